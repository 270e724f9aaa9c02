//! The goroutines by group: in which order, which groups are folded, and what a filter leaves of them.

use tracepane_model::sorting::{largest_first, places_by};
use tracepane_model::{GoroutineIndex, GroupIndex, Trace};

use super::kind::LaneKind;
use super::order::{Move, Sort, apply_moves, keys, sorted_groups, sorted_members};
use crate::filter::Wanted;

/// Groups with more members than this start folded.
const UNFOLDED_MEMBERS: usize = 8;

/// No more lanes than this start unfolded.
const UNFOLDED_LANES: usize = 48;

/// A group and those of its goroutines that are shown.
#[derive(Clone, Debug)]
pub struct Section {
    pub group: GroupIndex,
    /// The place of the first in `members`.
    pub first: u32,
    pub count: u32,
    /// Whether it stands in the band of what is pinned.
    pub pinned: bool,
    /// Its runs: its header, if it has one, and its goroutines, if they are unfolded.
    pub runs: std::ops::Range<usize>,
}

impl Section {
    /// Whether its goroutines have a header: one alone needs none, unless it is the group that is pinned.
    pub fn has_header(&self) -> bool {
        self.pinned || self.count != 1
    }
}

/// Filtered away, or not asked yet.
const AWAY: u32 = u32::MAX;

/// Hidden, or pinned by itself.
const GONE: u32 = u32::MAX - 1;

/// What is not among the others.
#[derive(Clone, Copy, Debug)]
pub struct Apart<'a> {
    /// Goroutines that are hidden or pinned.
    pub goroutines: &'a [GoroutineIndex],
    /// Groups that are hidden.
    pub hidden: &'a [GroupIndex],
    /// Groups that are pinned.
    pub pinned: &'a [GroupIndex],
}

/// All groups of a trace.
#[derive(Clone, Default, Debug)]
pub struct Groups {
    /// All groups in their usual order, and in the order in which they are shown.
    usual: Vec<GroupIndex>,
    order: Vec<GroupIndex>,
    /// All goroutines by group in the order in which they are shown; empty while they stand as they appear.
    sorted: Vec<GoroutineIndex>,
    /// Where each group's begin in it; one more entry than groups.
    sorted_starts: Vec<u32>,
    folds: Folds,
    /// What the filter leaves, in the order in which it is shown.
    pub sections: Vec<Section>,
    pub members: Vec<GoroutineIndex>,
    /// Where each goroutine stands in `members`, or AWAY or GONE.
    place_of: Vec<u32>,
    /// Where each group stands in `sections`, or AWAY.
    section_of: Vec<u32>,
}

/// Which groups are folded.
#[derive(Clone, Default, Debug)]
pub struct Folds {
    /// Those that start so, a bit for each group.
    usual: Vec<u64>,
    /// Whether all are or none is; `None`: as they start.
    pub all: Option<bool>,
    /// Those that are not as that says, sorted.
    pub toggled: Vec<GroupIndex>,
    /// Those that are unfolded because a filter leaves a part of them, a bit for each group.
    found: Vec<u64>,
}

fn bit(bits: &[u64], group: GroupIndex) -> bool {
    let i = group.0 as usize;
    bits.get(i / 64)
        .is_some_and(|bits| bits >> (i % 64) & 1 != 0)
}

fn set_bit(bits: &mut [u64], group: GroupIndex, on: bool) {
    let i = group.0 as usize;
    if let Some(bits) = bits.get_mut(i / 64) {
        let bit = 1 << (i % 64);
        *bits = if on { *bits | bit } else { *bits & !bit };
    }
}

impl Folds {
    pub fn is_folded(&self, group: GroupIndex) -> bool {
        if bit(&self.found, group) {
            return false;
        }
        let usual = self.all.unwrap_or_else(|| bit(&self.usual, group));
        usual != self.toggled.binary_search(&group).is_ok()
    }

    pub fn fold(&mut self, group: GroupIndex, folded: bool) {
        set_bit(&mut self.found, group, false);
        let usual = self.all.unwrap_or_else(|| bit(&self.usual, group));
        match self.toggled.binary_search(&group) {
            Ok(i) if usual == folded => {
                self.toggled.remove(i);
            }
            Err(i) if usual != folded => self.toggled.insert(i, group),
            _ => {}
        }
    }

    /// Folds all or none, or as they start.
    pub fn set_all(&mut self, all: Option<bool>) {
        self.all = all;
        self.toggled.clear();
        self.found.fill(0);
    }
}

impl Groups {
    /// The groups of a trace, before filtering: small ones unfolded, as far as they fit on a page or two.
    pub fn new(trace: &Trace) -> Self {
        let words = trace.goroutines.groups.len().div_ceil(64);
        let usual = ordered_groups(trace);
        let mut groups = Self {
            order: usual.clone(),
            usual,
            folds: Folds {
                usual: vec![0; words],
                found: vec![0; words],
                ..Folds::default()
            },
            ..Self::default()
        };
        let mut room = UNFOLDED_LANES;
        for &group in &groups.order {
            let members = trace.goroutines.members(group).len();
            if members > UNFOLDED_MEMBERS || members > room || is_system(trace, group) {
                set_bit(&mut groups.folds.usual, group, true);
            } else {
                room -= members;
            }
        }
        groups
    }

    /// Which groups are folded.
    pub fn folds(&self) -> &Folds {
        &self.folds
    }

    /// The same, to change it.
    pub fn folds_mut(&mut self) -> &mut Folds {
        &mut self.folds
    }

    /// Puts groups and goroutines in order. Filtering must follow.
    pub fn reorder(&mut self, trace: &Trace, sort: Sort, moves: &[Move]) {
        let keys = keys(trace, sort);
        self.order = sorted_groups(trace, sort, &self.usual, keys.as_deref());
        apply_moves(&mut self.order, moves, |lane| match lane {
            LaneKind::Group(group) => Some(group),
            _ => None,
        });
        self.sorted.clear();
        self.sorted_starts.clear();
        let by_hand = moves
            .iter()
            .any(|step| matches!(step.lane, LaneKind::Goroutine(_)));
        match keys {
            Some(keys) => self.sorted = sorted_members(trace, &keys),
            None if by_hand => self.sorted = sorted_members(trace, &[]),
            None => {
                self.sorted = Vec::new();
                return;
            }
        }
        let groups = (0..trace.goroutines.groups.len() as u32).map(GroupIndex);
        let mut first = 0;
        self.sorted_starts.push(0);
        for group in groups {
            first += trace.goroutines.members(group).len() as u32;
            self.sorted_starts.push(first);
        }
        for step in moves {
            self.move_member(trace, step);
        }
    }

    fn move_member(&mut self, trace: &Trace, step: &Move) {
        let LaneKind::Goroutine(g) = step.lane else {
            return;
        };
        let Some(row) = trace.goroutines.rows.get(g.0 as usize) else {
            return;
        };
        let Some(range) = self.sorted_range(row.group) else {
            return;
        };
        let members = &mut self.sorted[range];
        let find = |members: &[GoroutineIndex], g| members.iter().position(|&other| other == g);
        let Some(from) = find(members, g) else {
            return;
        };
        let to = match step.before {
            None => members.len(),
            Some(LaneKind::Goroutine(before)) => match find(members, before) {
                Some(to) => to,
                None => return,
            },
            Some(_) => return,
        };
        if from < to {
            members[from..to].rotate_left(1);
        } else {
            members[to..=from].rotate_right(1);
        }
    }

    fn sorted_range(&self, group: GroupIndex) -> Option<std::ops::Range<usize>> {
        let i = group.0 as usize;
        let (first, end) = (self.sorted_starts.get(i)?, self.sorted_starts.get(i + 1)?);
        Some(*first as usize..*end as usize)
    }

    /// Keeps only what is wanted; what is pinned comes first, all of it. A group of which only some goroutines are
    /// wanted is unfolded.
    pub fn filter(&mut self, trace: &Trace, wanted: &Wanted, apart: Apart<'_>) {
        self.sections.clear();
        self.members.clear();
        self.folds.found.fill(0);
        self.place_of.clear();
        self.place_of.resize(trace.goroutines.len(), AWAY);
        self.section_of.clear();
        self.section_of.resize(trace.goroutines.groups.len(), AWAY);
        for g in apart.goroutines {
            if let Some(place) = self.place_of.get_mut(g.0 as usize) {
                *place = GONE;
            }
        }
        for &group in apart.pinned {
            self.add_section(trace, group, &Wanted::all(), true);
        }
        for i in 0..self.order.len() {
            let group = self.order[i];
            if !apart.pinned.contains(&group) && !apart.hidden.contains(&group) {
                self.add_section(trace, group, wanted, false);
            }
        }
    }

    fn add_section(&mut self, trace: &Trace, group: GroupIndex, wanted: &Wanted, pinned: bool) {
        let first = self.members.len();
        let members = match self.sorted_range(group) {
            Some(range) => self.sorted.get(range).unwrap_or_default(),
            None => trace.goroutines.members(group),
        };
        let place_of = &mut self.place_of;
        let gone = |g: GoroutineIndex| place_of.get(g.0 as usize).is_none_or(|&p| p == GONE);
        let here = members.iter().copied().filter(|&g| !gone(g));
        let rest = wanted.group(trace, group);
        if rest.is_empty() {
            self.members.extend(here);
        } else {
            self.members
                .extend(here.filter(|&g| wanted.goroutine(trace, g, rest)));
            if self.members.len() > first {
                set_bit(&mut self.folds.found, group, true);
            }
        }
        // A group that has no goroutines of its own left is there only if it is pinned.
        if self.members.len() == first && !pinned {
            return;
        }
        for (place, g) in self.members.iter().enumerate().skip(first) {
            place_of[g.0 as usize] = place as u32;
        }
        self.section_of[group.0 as usize] = self.sections.len() as u32;
        self.sections.push(Section {
            group,
            first: first as u32,
            count: (self.members.len() - first) as u32,
            pinned,
            runs: 0..0,
        });
    }

    /// Where a goroutine stands in `members`, if the filter leaves it.
    pub fn place_of(&self, goroutine: GoroutineIndex) -> Option<u32> {
        let place = *self.place_of.get(goroutine.0 as usize)?;
        (place < GONE).then_some(place)
    }

    /// The section of the goroutine at this place.
    pub fn section_at(&self, place: u32) -> Option<&Section> {
        // Empty ones begin where the next one does.
        let after = self
            .sections
            .partition_point(|section| section.first <= place);
        self.sections[..after]
            .iter()
            .rev()
            .find(|section| section.count > 0)
    }

    /// Where a group stands in `sections`, if the filter leaves it.
    pub fn section_of(&self, group: GroupIndex) -> Option<usize> {
        let section = *self.section_of.get(group.0 as usize)?;
        (section != AWAY).then_some(section as usize)
    }
}

/// Whether a group belongs to the runtime.
pub fn is_system(trace: &Trace, group: GroupIndex) -> bool {
    let name = group_name(trace, group);
    name.is_empty() || (name.starts_with("runtime.") && name != "runtime.main")
}

/// The name of a group: the function that its goroutines were started with; may be empty.
pub fn group_name(trace: &Trace, group: GroupIndex) -> &str {
    match trace.goroutines.groups.get(group.0 as usize) {
        Some(&name) => trace.strings.get(name),
        None => "",
    }
}

/// main first, then the program's own groups, busiest first, then the runtime's.
fn ordered_groups(trace: &Trace) -> Vec<GroupIndex> {
    let key = |group: GroupIndex| {
        let name = group_name(trace, group);
        let rank = match name {
            "runtime.main" | "main.main" => 0,
            _ if !is_system(trace, group) => 1,
            _ => 2,
        };
        let members = trace.goroutines.members(group).iter();
        let spans: usize = members.map(|&g| trace.goroutines.spans(g).len()).sum();
        [rank, largest_first(spans as u64)]
    };
    let groups = 0..trace.goroutines.groups.len() as u32;
    let sorted = places_by(&mut groups.map(|i| key(GroupIndex(i))));
    sorted.into_iter().map(GroupIndex).collect()
}
