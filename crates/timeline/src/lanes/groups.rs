//! The goroutines by group: in which order, which groups are folded, and what a filter leaves of them.

use tracepane_model::{GoroutineIndex, GroupIndex, Trace};

use crate::filter::Wanted;

/// Groups with more members than this start folded.
const UNFOLDED_MEMBERS: usize = 8;

/// No more lanes than this start unfolded.
const UNFOLDED_LANES: usize = 48;

/// A group and those of its goroutines that are shown.
#[derive(Clone, Copy, Debug)]
pub struct Section {
    pub group: GroupIndex,
    /// The place of the first in `members`.
    pub first: u32,
    pub count: u32,
}

pub const HIDDEN: u32 = u32::MAX;

/// All groups of a trace.
#[derive(Clone, Default, Debug)]
pub struct Groups {
    /// All groups in the order in which they are shown.
    order: Vec<GroupIndex>,
    /// One bit for each group.
    folded: Vec<u64>,
    /// What the filter leaves, in the order in which it is shown.
    pub sections: Vec<Section>,
    pub members: Vec<GoroutineIndex>,
    /// Where each goroutine stands in `members`, or HIDDEN.
    place_of: Vec<u32>,
    /// Where each group stands in `sections`, or HIDDEN.
    section_of: Vec<u32>,
}

impl Groups {
    /// The groups of a trace, before filtering: small ones unfolded, as far as they fit on a page or two.
    pub fn new(trace: &Trace) -> Self {
        let mut groups = Self {
            order: ordered_groups(trace),
            folded: vec![0; trace.goroutines.groups.len().div_ceil(64)],
            ..Self::default()
        };
        let mut room = UNFOLDED_LANES;
        for i in 0..groups.order.len() {
            let group = groups.order[i];
            let members = trace.goroutines.members(group).len();
            if members > UNFOLDED_MEMBERS || members > room || is_system(trace, group) {
                groups.fold(group, true);
            } else {
                room -= members;
            }
        }
        groups
    }

    /// Keeps only what is wanted. A group of which only some goroutines are is unfolded.
    pub fn filter(&mut self, trace: &Trace, wanted: &Wanted) {
        self.sections.clear();
        self.members.clear();
        self.place_of = vec![HIDDEN; trace.goroutines.len()];
        self.section_of = vec![HIDDEN; trace.goroutines.groups.len()];
        for i in 0..self.order.len() {
            let group = self.order[i];
            let first = self.members.len();
            let members = trace.goroutines.members(group);
            if wanted.group(trace, group) {
                self.members.extend_from_slice(members);
            } else {
                let some = members.iter().filter(|&&g| wanted.goroutine(trace, g));
                self.members.extend(some);
                if self.members.len() > first {
                    self.fold(group, false);
                }
            }
            if self.members.len() == first {
                continue;
            }
            for (place, g) in self.members.iter().enumerate().skip(first) {
                self.place_of[g.0 as usize] = place as u32;
            }
            self.section_of[group.0 as usize] = self.sections.len() as u32;
            self.sections.push(Section {
                group,
                first: first as u32,
                count: (self.members.len() - first) as u32,
            });
        }
    }

    pub fn fold(&mut self, group: GroupIndex, folded: bool) {
        let i = group.0 as usize;
        if let Some(bits) = self.folded.get_mut(i / 64) {
            let bit = 1 << (i % 64);
            *bits = if folded { *bits | bit } else { *bits & !bit };
        }
    }

    pub fn set_folded(&mut self, all: bool) {
        self.folded.fill(if all { u64::MAX } else { 0 });
    }

    pub fn is_folded(&self, group: GroupIndex) -> bool {
        let i = group.0 as usize;
        self.folded
            .get(i / 64)
            .is_some_and(|bits| bits >> (i % 64) & 1 != 0)
    }

    /// Where a goroutine stands in `members`, if the filter leaves it.
    pub fn place_of(&self, goroutine: GoroutineIndex) -> Option<u32> {
        let place = *self.place_of.get(goroutine.0 as usize)?;
        (place != HIDDEN).then_some(place)
    }

    /// The section of the goroutine at this place.
    pub fn section_at(&self, place: u32) -> Option<usize> {
        self.sections
            .partition_point(|section| section.first <= place)
            .checked_sub(1)
    }

    /// Where a group stands in `sections`, if the filter leaves it.
    pub fn section_of(&self, group: GroupIndex) -> Option<usize> {
        let section = *self.section_of.get(group.0 as usize)?;
        (section != HIDDEN).then_some(section as usize)
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
        (rank, std::cmp::Reverse(spans), group)
    };
    let mut keys: Vec<_> = (0..trace.goroutines.groups.len() as u32)
        .map(|i| key(GroupIndex(i)))
        .collect();
    keys.sort_unstable();
    keys.into_iter().map(|(_, _, group)| group).collect()
}
