//! The lanes: which exist, in which order, how high they are and which are folded away.
//!
//! A hundred thousand goroutines cost an index each, not an object: lanes of one kind stand in runs of one height.

mod focus;
mod groups;

use tracepane_model::{GoroutineIndex, GroupIndex, ProcIndex, TaskIndex, ThreadIndex, Trace};

use crate::family::{Family, task_times};
use crate::filter::Wanted;
use crate::levels::Levels;
use focus::Focus;
use groups::Groups;

pub(crate) use groups::group_name;

/// The width of the lanes' names at the left, in CSS pixels.
pub const GUTTER: f64 = 220.0;

/// The height of the time axis on top, in CSS pixels.
pub const RULER: f64 = 28.0;

/// The height of what a goroutine, a proc or a thread did, in CSS pixels.
pub const BAR: f64 = 22.0;

/// The height of a row of regions below that, in CSS pixels.
pub const REGION_ROW: f64 = 16.0;

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
    /// How many threads run and are in system calls.
    ThreadStates,
    /// What came from outside: wake-ups by the network, returns from blocked system calls.
    Arrivals,
    /// The row above the procs.
    ProcsHeader,
    /// What ran on a proc.
    Proc(ProcIndex),
    /// The row above the threads.
    ThreadsHeader,
    /// What ran on a thread.
    Thread(ThreadIndex),
    /// The row above the goroutines of a group: all of them summed up.
    Group(GroupIndex),
    /// What a goroutine did.
    Goroutine(GoroutineIndex),
    /// From when to when a task lasted.
    Task(TaskIndex),
    /// A row that says what comes below it, in the views of one goroutine and of one task.
    Heading(Heading),
}

/// What comes below such a row.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Heading {
    /// The goroutine that the view is about.
    Focus,
    /// Those that unblocked the ones above, so many wake-ups away.
    Unblockers(
        /// 1 or more.
        u32,
    ),
    /// Nothing: nobody unblocked the goroutine.
    Nobody,
    /// The task that the view is about, with its subtasks.
    Tasks,
    /// The goroutines that worked for them.
    Workers,
}

impl LaneKind {
    /// Whether it is a row above others.
    pub(crate) fn is_header(self) -> bool {
        matches!(
            self,
            Self::Group(_) | Self::ProcsHeader | Self::ThreadsHeader | Self::Heading(_)
        )
    }

    /// How high such a lane is, in CSS pixels, without the regions below it.
    fn height(self) -> f64 {
        match self {
            Self::Gc | Self::ProcsHeader | Self::ThreadsHeader | Self::Group(_) => 26.0,
            Self::Heading(_) => 26.0,
            Self::Heap => 48.0,
            Self::GoroutineStates => 60.0,
            Self::ThreadStates => 34.0,
            Self::Arrivals | Self::Proc(_) | Self::Thread(_) | Self::Goroutine(_) => BAR,
            Self::Task(_) => 24.0,
        }
    }
}

/// What the lanes are arranged by.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub enum Arrangement {
    /// The procs, then the goroutines by group.
    #[default]
    Procs,
    /// The threads, then the goroutines by group.
    Threads,
    /// A goroutine with those that unblocked it.
    Goroutine {
        /// Which.
        goroutine: GoroutineIndex,
        /// How many wake-ups back; see [`crate::unblockers`].
        depth: u32,
    },
    /// A task with its subtasks, and the goroutines that worked for them.
    Task(TaskIndex),
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

impl Lane {
    /// How many rows of regions there are below what a goroutine did.
    pub(crate) fn region_rows(&self) -> u16 {
        match self.kind {
            LaneKind::Goroutine(_) => ((self.height - BAR) / REGION_ROW).max(0.0) as u16,
            _ => 0,
        }
    }
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
    /// All threads.
    Threads,
    /// Goroutines of a group: `groups.members[first..]`.
    Members {
        first: u32,
    },
    /// Lanes of the view of a goroutine or a task: `focus.list[first..]`.
    Listed {
        first: u32,
    },
}

/// All lanes of a trace.
#[derive(Clone, Default, Debug)]
pub struct Lanes {
    arrangement: Arrangement,
    runs: Vec<Run>,
    total_height: f64,
    /// The tracks above all else.
    tracks: Vec<LaneKind>,
    procs: Vec<ProcIndex>,
    procs_folded: bool,
    threads: Vec<ThreadIndex>,
    threads_folded: bool,
    groups: Groups,
    focus: Focus,
    filter: String,
}

impl Lanes {
    /// The lanes of a trace, by proc: small groups unfolded, as far as they fit on a page or two.
    pub fn new(trace: &Trace, levels: &Levels) -> Self {
        let mut procs: Vec<_> = (0..trace.procs.ids.len() as u32).map(ProcIndex).collect();
        procs.sort_by_key(|p| trace.procs.ids[p.0 as usize]);
        let count = trace.procs.threads.len() as u32;
        let mut threads: Vec<_> = (0..count).map(ThreadIndex).collect();
        threads.sort_by_key(|t| trace.procs.threads[t.0 as usize]);
        let mut lanes = Self {
            tracks: tracks(trace, levels),
            procs_folded: procs.len() > UNFOLDED_PROCS,
            procs,
            threads,
            groups: Groups::new(trace),
            ..Self::default()
        };
        lanes.set_filter(trace, "");
        lanes
    }

    /// Arranges the lanes by something else. What is folded and the filter stay.
    pub fn arrange(&mut self, trace: &Trace, levels: &Levels, arrangement: Arrangement) {
        if self.arrangement == arrangement {
            return;
        }
        self.arrangement = arrangement;
        self.focus = match arrangement {
            Arrangement::Procs | Arrangement::Threads => Focus::default(),
            Arrangement::Goroutine { goroutine, depth } => {
                Focus::goroutine(trace, levels, goroutine, depth)
            }
            Arrangement::Task(task) => Focus::task(trace, levels, task),
        };
        let filter = std::mem::take(&mut self.filter);
        self.set_filter(trace, &filter);
    }

    /// What the lanes are arranged by.
    pub fn arrangement(&self) -> Arrangement {
        self.arrangement
    }

    /// From when to when that which the lanes are about lasted, ns; the whole trace if they are about all of it.
    pub fn life(&self, trace: &Trace) -> (f64, f64) {
        let whole = (0.0, trace.end.0 as f64);
        match self.arrangement {
            Arrangement::Procs | Arrangement::Threads => whole,
            Arrangement::Goroutine { goroutine, .. } => {
                match trace.goroutines.rows.get(goroutine.0 as usize) {
                    Some(row) => {
                        let end = row.ended.unwrap_or(trace.end);
                        (row.created.0 as f64, end.0 as f64)
                    }
                    None => whole,
                }
            }
            Arrangement::Task(task) => task_times(trace, task).unwrap_or(whole),
        }
    }

    /// Folds a group that is unfolded, and the reverse.
    pub fn toggle(&mut self, group: GroupIndex) {
        let folded = self.is_folded(group);
        self.groups.fold(group, !folded);
        self.lay_out();
    }

    /// Folds the procs if they are unfolded, and the reverse.
    pub fn toggle_procs(&mut self) {
        self.procs_folded = !self.procs_folded;
        self.lay_out();
    }

    /// Folds the threads if they are unfolded, and the reverse.
    pub fn toggle_threads(&mut self) {
        self.threads_folded = !self.threads_folded;
        self.lay_out();
    }

    /// Folds or unfolds all groups.
    pub fn set_folded(&mut self, all: bool) {
        self.groups.set_folded(all);
        self.lay_out();
    }

    /// Whether a group is folded.
    pub fn is_folded(&self, group: GroupIndex) -> bool {
        self.groups.is_folded(group)
    }

    /// Whether the procs are folded.
    pub fn procs_folded(&self) -> bool {
        self.procs_folded
    }

    /// Whether the threads are folded.
    pub fn threads_folded(&self) -> bool {
        self.threads_folded
    }

    /// Shows only groups whose name contains `filter` in any case, goroutines with that id (`17` or `g17`) and
    /// goroutines whose label contains it; all if it is empty.
    pub fn set_filter(&mut self, trace: &Trace, filter: &str) {
        let wanted = Wanted::new(filter);
        self.filter = filter.trim().to_owned();
        self.groups.filter(trace, &wanted);
        self.focus.filter(trace, &wanted);
        self.lay_out();
    }

    /// What [`Self::set_filter`] was last told.
    pub fn filter(&self) -> &str {
        &self.filter
    }

    /// Makes a goroutine's lane one that is shown, by unfolding and if need be unfiltering; returns it. `None` if the
    /// lanes are about something else.
    pub fn reveal(&mut self, trace: &Trace, goroutine: GoroutineIndex) -> Option<Lane> {
        let row = trace.goroutines.rows.get(goroutine.0 as usize)?;
        let kind = LaneKind::Goroutine(goroutine);
        if self.place(kind).is_none() && !self.filter.is_empty() {
            self.set_filter(trace, "");
        }
        if self.by_group() && self.is_folded(row.group) {
            self.toggle(row.group);
        }
        self.place(kind)
    }

    /// Whether the goroutines stand by group.
    pub(crate) fn by_group(&self) -> bool {
        matches!(self.arrangement, Arrangement::Procs | Arrangement::Threads)
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
        if self.by_group() {
            self.groups.members.len()
        } else {
            self.focus.goroutines()
        }
    }

    /// The task that the lanes are about, with those below it.
    pub fn family(&self) -> Option<&Family> {
        self.focus.family.as_ref()
    }

    /// How many lanes there are below a heading before filtering.
    pub(crate) fn headed(&self, heading: Heading) -> usize {
        self.focus.headed(heading)
    }

    /// How often a goroutine unblocked those that stand one nearer to the one that the lanes are about.
    pub(crate) fn wakes(&self, goroutine: GoroutineIndex) -> Option<u32> {
        self.focus.wakes(goroutine)
    }

    /// The lane at `y` CSS pixels below the top of the first lane.
    pub fn lane_at(&self, y: f64) -> Option<Lane> {
        if !(0.0..self.total_height).contains(&y) {
            return None;
        }
        self.visible(y, y).next()
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

    /// Where a lane is; `None` if it is not shown.
    pub fn place(&self, kind: LaneKind) -> Option<Lane> {
        let (run, i) = match kind {
            LaneKind::Goroutine(_) | LaneKind::Group(_) if self.by_group() => {
                self.place_in_groups(kind)?
            }
            LaneKind::Goroutine(_) | LaneKind::Task(_) | LaneKind::Heading(_) => {
                let place = self.focus.place(kind)?;
                let before = |run: &Run| match run.what {
                    What::Listed { first } => first <= place,
                    _ => true,
                };
                let run = self.runs[..self.runs.partition_point(before)].last()?;
                let What::Listed { first } = run.what else {
                    return None;
                };
                (run, place - first)
            }
            LaneKind::Proc(proc) => {
                let mut runs = self.runs.iter().take(self.fixed_runs());
                let run = runs.find(|run| matches!(run.what, What::Procs))?;
                let i = self.procs.iter().position(|&p| p == proc)?;
                (run, i as u32)
            }
            LaneKind::Thread(thread) => {
                let mut runs = self.runs.iter().take(self.fixed_runs());
                let run = runs.find(|run| matches!(run.what, What::Threads))?;
                let i = self.threads.iter().position(|&t| t == thread)?;
                (run, i as u32)
            }
            _ => {
                let mut runs = self.runs.iter().take(self.fixed_runs());
                let run = runs.find(|run| matches!(run.what, What::One(k) if k == kind))?;
                (run, 0)
            }
        };
        (i < run.count).then(|| self.lane(run, i))
    }

    fn place_in_groups(&self, kind: LaneKind) -> Option<(&Run, u32)> {
        match kind {
            LaneKind::Goroutine(g) => {
                let place = self.groups.place_of(g)?;
                let section = self.groups.section_at(place)?;
                let run = self.runs[self.runs_of(section)].last()?;
                let What::Members { first } = run.what else {
                    return None;
                };
                Some((run, place - first))
            }
            LaneKind::Group(group) => {
                let section = self.groups.section_of(group)?;
                let run = self.runs[self.runs_of(section)].first()?;
                matches!(run.what, What::One(_)).then_some((run, 0))
            }
            _ => None,
        }
    }

    /// The place of a goroutine's lane, or, if it is folded away, that of its group's header.
    pub fn lane_of(&self, trace: &Trace, goroutine: GoroutineIndex) -> Option<Lane> {
        let row = trace.goroutines.rows.get(goroutine.0 as usize)?;
        self.place(LaneKind::Goroutine(goroutine))
            .or_else(|| self.place(LaneKind::Group(row.group)))
    }

    /// The procs in the order in which they are shown.
    pub fn procs(&self) -> &[ProcIndex] {
        &self.procs
    }

    /// The threads in the order in which they are shown.
    pub fn threads(&self) -> &[ThreadIndex] {
        &self.threads
    }

    fn lane(&self, run: &Run, i: u32) -> Lane {
        Lane {
            kind: match run.what {
                What::One(kind) => kind,
                What::Procs => LaneKind::Proc(self.procs[i as usize]),
                What::Threads => LaneKind::Thread(self.threads[i as usize]),
                What::Members { first } => {
                    LaneKind::Goroutine(self.groups.members[(first + i) as usize])
                }
                What::Listed { first } => self.focus.list[(first + i) as usize].0,
            },
            top: run.top + f64::from(i) * run.height,
            height: run.height,
        }
    }

    /// How many runs come before the goroutines'.
    fn fixed_runs(&self) -> usize {
        let (none, folded) = match self.arrangement {
            Arrangement::Procs => (self.procs.is_empty(), self.procs_folded),
            Arrangement::Threads => (self.threads.is_empty(), self.threads_folded),
            _ => (true, true),
        };
        let above = match (none, folded) {
            (true, _) => 0,
            (false, true) => 1,
            (false, false) => 2,
        };
        self.shown_tracks().count() + above
    }

    /// The tracks that this arrangement shows: of one goroutine or task only what may hold it up; the threads' own
    /// header says what their track does.
    fn shown_tracks(&self) -> impl Iterator<Item = LaneKind> + '_ {
        let shows = |kind: &LaneKind| match self.arrangement {
            Arrangement::Procs => true,
            Arrangement::Threads => *kind != LaneKind::ThreadStates,
            Arrangement::Goroutine { .. } | Arrangement::Task(_) => *kind == LaneKind::Gc,
        };
        self.tracks.iter().copied().filter(shows)
    }

    /// The runs of a section of groups: its header, if it has one, and its members, if they are unfolded.
    fn runs_of(&self, section: usize) -> std::ops::Range<usize> {
        let Some(wanted) = self.groups.sections.get(section) else {
            return 0..0;
        };
        // Sections and runs are in the same order: find the first run at or after the section's.
        let fixed = self.fixed_runs().min(self.runs.len());
        let runs = &self.runs[fixed..];
        let start = runs.partition_point(|run| match run.what {
            What::One(LaneKind::Group(group)) => {
                self.groups.section_of(group).is_some_and(|s| s < section)
            }
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
        let tracks: Vec<_> = self.shown_tracks().collect();
        for track in tracks {
            self.push(What::One(track), track.height(), 1);
        }
        let (header, what, count, folded) = match self.arrangement {
            Arrangement::Procs => {
                let header = LaneKind::ProcsHeader;
                (header, What::Procs, self.procs.len(), self.procs_folded)
            }
            Arrangement::Threads => {
                let header = LaneKind::ThreadsHeader;
                (
                    header,
                    What::Threads,
                    self.threads.len(),
                    self.threads_folded,
                )
            }
            _ => return self.lay_out_focus(),
        };
        if count > 0 {
            self.push(What::One(header), header.height(), 1);
            if !folded {
                self.push(what, BAR, count as u32);
            }
        }
        for i in 0..self.groups.sections.len() {
            let section = self.groups.sections[i];
            // One goroutine alone needs no header.
            if section.count > 1 {
                let header = LaneKind::Group(section.group);
                self.push(What::One(header), header.height(), 1);
            }
            if section.count == 1 || !self.is_folded(section.group) {
                let first = section.first;
                self.push(What::Members { first }, BAR, section.count);
            }
        }
    }

    fn lay_out_focus(&mut self) {
        let mut first = 0;
        let list = std::mem::take(&mut self.focus.list);
        for equal in list.chunk_by(|a, b| a.1 == b.1) {
            let what = What::Listed { first };
            self.push(what, equal[0].1, equal.len() as u32);
            first += equal.len() as u32;
        }
        self.focus.list = list;
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
fn tracks(trace: &Trace, levels: &Levels) -> Vec<LaneKind> {
    let ranges = &trace.ranges;
    let has_gc = !ranges.gc_marks.is_empty() || !ranges.stop_the_world.is_empty();
    let has_arrivals = !levels.network_wakeups.is_empty() || !levels.syscall_returns.is_empty();
    let metrics = &trace.metrics;
    let has_heap = !metrics.heap_objects.is_empty() || !metrics.heap_goal.is_empty();
    [
        (has_gc, LaneKind::Gc),
        (has_heap, LaneKind::Heap),
        (!trace.spans.is_empty(), LaneKind::GoroutineStates),
        (!trace.spans.is_empty(), LaneKind::ThreadStates),
        (has_arrivals, LaneKind::Arrivals),
    ]
    .into_iter()
    .filter_map(|(has, kind)| has.then_some(kind))
    .collect()
}

#[cfg(test)]
mod tests;
