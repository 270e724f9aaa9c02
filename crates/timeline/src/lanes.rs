//! The lanes: which exist, in which order, how high they are and which are folded away.
//!
//! A hundred thousand goroutines cost an index each, not an object: lanes of one kind stand in runs of one height.

use tracepane_model::{GoroutineIndex, GroupIndex, ProcIndex, Trace};

use crate::filter::Wanted;

/// The width of the lanes' names at the left, in CSS pixels.
pub const GUTTER: f64 = 220.0;

/// The height of the time axis on top, in CSS pixels.
pub const RULER: f64 = 28.0;

/// Groups with more members than this start folded.
const UNFOLDED_MEMBERS: usize = 8;

/// No more lanes than this start unfolded.
const UNFOLDED_LANES: usize = 48;

/// More procs than this start folded.
const UNFOLDED_PROCS: usize = 32;

/// A lane.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum LaneKind {
    /// The GC's mark phases and stop-the-world pauses.
    Gc,
    /// Live heap and heap goal.
    Heap,
    /// How many goroutines are in which state.
    GoroutineStates,
    /// The row above the procs.
    ProcsHeader,
    /// What ran on a proc.
    Proc(ProcIndex),
    /// The row above the goroutines of a group: all of them summed up.
    Group(GroupIndex),
    /// What a goroutine did.
    Goroutine(GoroutineIndex),
}

impl LaneKind {
    /// How high such a lane is, in CSS pixels.
    pub fn height(self) -> f64 {
        match self {
            Self::Gc | Self::ProcsHeader | Self::Group(_) => 26.0,
            Self::Heap => 48.0,
            Self::GoroutineStates => 60.0,
            Self::Proc(_) | Self::Goroutine(_) => 22.0,
        }
    }
}

/// A lane with its place.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Lane {
    /// Which.
    pub kind: LaneKind,
    /// CSS pixels from the top of the first lane.
    pub top: f64,
    /// CSS pixels.
    pub height: f64,
}

/// Lanes of one height, one below the other.
#[derive(Clone, Copy, Debug)]
struct Run {
    top: f64,
    height: f64,
    count: u32,
    what: What,
}

#[derive(Clone, Copy, Debug)]
enum What {
    One(LaneKind),
    /// All procs.
    Procs,
    /// Goroutines: `members[first..]`.
    Members {
        first: u32,
    },
}

/// A group and those of its goroutines that are shown.
#[derive(Clone, Copy, Debug)]
struct Section {
    group: GroupIndex,
    first: u32,
    count: u32,
}

const HIDDEN: u32 = u32::MAX;

/// All lanes of a trace.
#[derive(Clone, Default, Debug)]
pub struct Lanes {
    runs: Vec<Run>,
    total_height: f64,
    /// The tracks above the procs.
    tracks: Vec<LaneKind>,
    procs: Vec<ProcIndex>,
    procs_folded: bool,
    /// All groups in the order in which they are shown.
    order: Vec<GroupIndex>,
    /// One bit for each group.
    folded: Vec<u64>,
    filter: String,
    /// What the filter leaves, in the order in which it is shown.
    sections: Vec<Section>,
    members: Vec<GoroutineIndex>,
    /// Where each goroutine stands in `members`, or HIDDEN.
    place_of: Vec<u32>,
    /// Where each group stands in `sections`, or HIDDEN.
    section_of: Vec<u32>,
}

impl Lanes {
    /// The lanes of a trace: small groups unfolded, as far as they fit on a page or two.
    pub fn new(trace: &Trace) -> Self {
        let mut procs: Vec<_> = (0..trace.procs.ids.len() as u32).map(ProcIndex).collect();
        procs.sort_by_key(|p| trace.procs.ids[p.0 as usize]);
        let groups = trace.goroutines.groups.len();
        let mut lanes = Self {
            tracks: tracks(trace),
            procs_folded: procs.len() > UNFOLDED_PROCS,
            procs,
            order: ordered_groups(trace),
            folded: vec![0; groups.div_ceil(64)],
            ..Self::default()
        };
        let mut room = UNFOLDED_LANES;
        for i in 0..lanes.order.len() {
            let group = lanes.order[i];
            let members = trace.goroutines.members(group).len();
            if members > UNFOLDED_MEMBERS || members > room || is_system(trace, group) {
                lanes.fold(group, true);
            } else {
                room -= members;
            }
        }
        lanes.set_filter(trace, "");
        lanes
    }

    /// Folds a group that is unfolded, and the reverse.
    pub fn toggle(&mut self, group: GroupIndex) {
        let folded = self.is_folded(group);
        self.fold(group, !folded);
        self.lay_out();
    }

    /// Folds the procs if they are unfolded, and the reverse.
    pub fn toggle_procs(&mut self) {
        self.procs_folded = !self.procs_folded;
        self.lay_out();
    }

    /// Folds or unfolds all groups.
    pub fn set_folded(&mut self, all: bool) {
        self.folded.fill(if all { u64::MAX } else { 0 });
        self.lay_out();
    }

    /// Whether a group is folded.
    pub fn is_folded(&self, group: GroupIndex) -> bool {
        let i = group.0 as usize;
        self.folded
            .get(i / 64)
            .is_some_and(|bits| bits >> (i % 64) & 1 != 0)
    }

    /// Whether the procs are folded.
    pub fn procs_folded(&self) -> bool {
        self.procs_folded
    }

    /// Shows only groups whose name contains `filter` in any case, goroutines with that id (`17` or `g17`) and
    /// goroutines whose label contains it; all if it is empty.
    pub fn set_filter(&mut self, trace: &Trace, filter: &str) {
        let wanted = Wanted::new(filter);
        self.filter = filter.trim().to_owned();
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
        self.lay_out();
    }

    /// What [`Self::set_filter`] was last told.
    pub fn filter(&self) -> &str {
        &self.filter
    }

    /// Makes a goroutine's lane one that is shown, by unfolding and if need be unfiltering; returns its top.
    pub fn reveal(&mut self, trace: &Trace, goroutine: GoroutineIndex) -> Option<f64> {
        let row = trace.goroutines.rows.get(goroutine.0 as usize)?;
        if self.place_of.get(goroutine.0 as usize) == Some(&HIDDEN) {
            self.set_filter(trace, "");
        }
        if self.is_folded(row.group) {
            self.toggle(row.group);
        }
        self.top_of(LaneKind::Goroutine(goroutine))
    }

    /// How high all lanes are together, in CSS pixels.
    pub fn total_height(&self) -> f64 {
        self.total_height
    }

    /// How many lanes are shown, headers and tracks included.
    pub fn count(&self) -> u64 {
        self.runs.iter().map(|run| u64::from(run.count)).sum()
    }

    /// How many goroutines the filter leaves.
    pub fn goroutines(&self) -> usize {
        self.members.len()
    }

    /// The lane at `y` CSS pixels below the top of the first lane, its top and its height.
    pub fn lane_at(&self, y: f64) -> Option<(LaneKind, f64, f64)> {
        if !(0.0..self.total_height).contains(&y) {
            return None;
        }
        let lane = self.visible(y, y).next()?;
        Some((lane.kind, lane.top, lane.height))
    }

    /// The lanes that touch `from..=to`, CSS pixels below the top of the first lane.
    pub fn visible(&self, from: f64, to: f64) -> impl Iterator<Item = Lane> + '_ {
        let first = self
            .runs
            .partition_point(|run| run.top <= from)
            .saturating_sub(1);
        self.runs[first.min(self.runs.len())..]
            .iter()
            .take_while(move |run| run.top <= to)
            .flat_map(move |run| {
                let row = |y: f64| ((y - run.top) / run.height).max(0.0) as u32;
                let last = row(to).saturating_add(1).min(run.count);
                (row(from).min(last)..last).map(move |i| self.lane(run, i))
            })
    }

    /// The top of a lane in CSS pixels below the top of the first; `None` if it is not shown.
    pub fn top_of(&self, kind: LaneKind) -> Option<f64> {
        match kind {
            LaneKind::Goroutine(g) => {
                let place = *self.place_of.get(g.0 as usize)?;
                if place == HIDDEN {
                    return None;
                }
                let i = self
                    .sections
                    .partition_point(|s| s.first <= place)
                    .checked_sub(1)?;
                let run = self.runs[self.runs_of(i)].last()?;
                let What::Members { first } = run.what else {
                    return None;
                };
                Some(run.top + f64::from(place - first) * run.height)
            }
            LaneKind::Group(group) => {
                let i = *self.section_of.get(group.0 as usize)?;
                if i == HIDDEN {
                    return None;
                }
                Some(self.runs[self.runs_of(i as usize)].first()?.top)
            }
            LaneKind::Proc(proc) => {
                let run = self.runs.iter().take(self.fixed_runs());
                let run = run.into_iter().find(|r| matches!(r.what, What::Procs))?;
                let place = self.procs.iter().position(|&p| p == proc)?;
                Some(run.top + place as f64 * run.height)
            }
            _ => {
                let mut runs = self.runs.iter().take(self.fixed_runs());
                runs.find(|run| matches!(run.what, What::One(k) if k == kind))
                    .map(|run| run.top)
            }
        }
    }

    /// The place of a goroutine's lane, or, if it is folded away, that of its group's header.
    pub fn lane_of(&self, trace: &Trace, goroutine: GoroutineIndex) -> Option<Lane> {
        let row = trace.goroutines.rows.get(goroutine.0 as usize)?;
        [LaneKind::Goroutine(goroutine), LaneKind::Group(row.group)]
            .into_iter()
            .find_map(|kind| {
                Some(Lane {
                    kind,
                    top: self.top_of(kind)?,
                    height: kind.height(),
                })
            })
    }

    /// The procs in the order in which they are shown.
    pub fn procs(&self) -> &[ProcIndex] {
        &self.procs
    }

    fn lane(&self, run: &Run, i: u32) -> Lane {
        Lane {
            kind: match run.what {
                What::One(kind) => kind,
                What::Procs => LaneKind::Proc(self.procs[i as usize]),
                What::Members { first } => LaneKind::Goroutine(self.members[(first + i) as usize]),
            },
            top: run.top + f64::from(i) * run.height,
            height: run.height,
        }
    }

    fn fold(&mut self, group: GroupIndex, folded: bool) {
        let i = group.0 as usize;
        if let Some(bits) = self.folded.get_mut(i / 64) {
            let bit = 1 << (i % 64);
            *bits = if folded { *bits | bit } else { *bits & !bit };
        }
    }

    /// How many runs come before the first section's.
    fn fixed_runs(&self) -> usize {
        let procs = match (self.procs.is_empty(), self.procs_folded) {
            (true, _) => 0,
            (false, true) => 1,
            (false, false) => 2,
        };
        self.tracks.len() + procs
    }

    /// The runs of a section: its header, if it has one, and its members, if they are unfolded.
    fn runs_of(&self, section: usize) -> std::ops::Range<usize> {
        let Some(&wanted) = self.sections.get(section) else {
            return 0..0;
        };
        // Sections and runs are in the same order: find the first run at or after the section's.
        let fixed = self.fixed_runs().min(self.runs.len());
        let runs = &self.runs[fixed..];
        let start = runs.partition_point(|run| match run.what {
            What::One(LaneKind::Group(group)) => self.section_of[group.0 as usize] < section as u32,
            What::Members { first } => first < wanted.first,
            _ => true,
        });
        let mine = |run: &&Run| match run.what {
            What::One(LaneKind::Group(group)) => group == wanted.group,
            What::Members { first } => first == wanted.first,
            _ => false,
        };
        let count = runs[start..].iter().take(2).take_while(mine).count();
        fixed + start..fixed + start + count
    }

    /// Computes the runs anew.
    fn lay_out(&mut self) {
        self.runs.clear();
        self.total_height = 0.0;
        for i in 0..self.tracks.len() {
            self.push(What::One(self.tracks[i]), self.tracks[i].height(), 1);
        }
        if !self.procs.is_empty() {
            let header = LaneKind::ProcsHeader;
            self.push(What::One(header), header.height(), 1);
            if !self.procs_folded {
                let height = LaneKind::Proc(ProcIndex(0)).height();
                self.push(What::Procs, height, self.procs.len() as u32);
            }
        }
        let height = LaneKind::Goroutine(GoroutineIndex(0)).height();
        for i in 0..self.sections.len() {
            let Section {
                group,
                first,
                count,
            } = self.sections[i];
            // One goroutine alone needs no header.
            if count > 1 {
                let header = LaneKind::Group(group);
                self.push(What::One(header), header.height(), 1);
            }
            if count == 1 || !self.is_folded(group) {
                self.push(What::Members { first }, height, count);
            }
        }
    }

    fn push(&mut self, what: What, height: f64, count: u32) {
        self.runs.push(Run {
            top: self.total_height,
            height,
            count,
            what,
        });
        self.total_height += height * f64::from(count);
    }
}

/// The tracks for which the trace has data.
fn tracks(trace: &Trace) -> Vec<LaneKind> {
    let ranges = &trace.ranges;
    let has_gc = !ranges.gc_marks.is_empty() || !ranges.stop_the_world.is_empty();
    let metrics = &trace.metrics;
    let has_heap = !metrics.heap_objects.is_empty() || !metrics.heap_goal.is_empty();
    [
        (has_gc, LaneKind::Gc),
        (has_heap, LaneKind::Heap),
        (!trace.spans.is_empty(), LaneKind::GoroutineStates),
    ]
    .into_iter()
    .filter_map(|(has, kind)| has.then_some(kind))
    .collect()
}

/// Whether a group belongs to the runtime.
pub(crate) fn is_system(trace: &Trace, group: GroupIndex) -> bool {
    let name = group_name(trace, group);
    name.is_empty() || (name.starts_with("runtime.") && name != "runtime.main")
}

/// The name of a group: the function that its goroutines were started with; may be empty.
pub(crate) fn group_name(trace: &Trace, group: GroupIndex) -> &str {
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

#[cfg(test)]
mod tests;
