//! The lanes: which exist, in which order, how high they are and which are folded away.
//!
//! A hundred thousand goroutines cost an index each, not an object: lanes of one kind stand in runs of one height
//! (`stack.rs`). What is pinned stands in a band of its own above all others; `layout.rs` makes both.

mod changes;
mod drop;
mod focus;
mod groups;
mod kind;
mod layout;
mod names;
mod opened;
mod order;
mod stack;

use tracepane_model::sorting::sort_by_numbers;
use tracepane_model::{GoroutineIndex, GroupIndex, ProcIndex, ThreadIndex, Trace};

use crate::family::{Family, task_times};
use crate::flames::Flames;
use crate::levels::Levels;
use focus::Focus;
use groups::Groups;
use opened::Opened;
use order::Move;
use stack::{Run, Stack, What};

pub use changes::{Layout, MAX_HIDDEN, MAX_PINS};
pub use drop::Drop;
pub(crate) use groups::group_name;
pub use kind::{Arrangement, BAR, FRAME_ROW, GUTTER, Heading, Lane, LaneKind, REGION_ROW, RULER};
pub use names::{lane_of_name, name_of};
pub use opened::MAX_OPENED;
pub use order::Sort;

/// More procs than this start folded.
const UNFOLDED_PROCS: usize = 32;

/// The part of the canvas below the time axis that pinned lanes take at most.
const BAND_SHARE: f64 = 0.45;

/// All lanes of a trace.
#[derive(Clone, Default, Debug)]
pub struct Lanes {
    arrangement: Arrangement,
    /// What is pinned, and all else.
    band: Stack,
    list: Stack,
    /// How many of the list's runs come before the goroutines'.
    fixed: usize,
    /// All tracks, and those in the list; so for procs and threads.
    tracks: Vec<LaneKind>,
    shown_tracks: Vec<LaneKind>,
    all_procs: Vec<ProcIndex>,
    procs: Vec<ProcIndex>,
    procs_folded: bool,
    all_threads: Vec<ThreadIndex>,
    threads: Vec<ThreadIndex>,
    threads_folded: bool,
    groups: Groups,
    focus: Focus,
    filter: String,
    /// The time in which a filter looks for what is active, ns.
    window: (f64, f64),
    pins: Vec<LaneKind>,
    hidden: Vec<LaneKind>,
    sort: Sort,
    moves: Vec<Move>,
    opened: Opened,
}

impl Lanes {
    /// The lanes of a trace, by proc: small groups unfolded, as far as they fit on a page or two.
    pub fn new(trace: &Trace, levels: &Levels) -> Self {
        let mut procs: Vec<_> = (0..trace.procs.ids.len() as u32).map(ProcIndex).collect();
        sort_by_numbers(&mut procs, |p| [trace.procs.ids[p.0 as usize].0, 0]);
        let count = trace.procs.threads.len() as u32;
        let mut threads: Vec<_> = (0..count).map(ThreadIndex).collect();
        sort_by_numbers(&mut threads, |t| [trace.procs.threads[t.0 as usize].0, 0]);
        let mut lanes = Self {
            tracks: layout::tracks(trace, levels),
            procs_folded: procs.len() > UNFOLDED_PROCS,
            all_procs: procs,
            all_threads: threads,
            groups: Groups::new(trace),
            window: (0.0, trace.end.0 as f64),
            ..Self::default()
        };
        lanes.refilter(trace);
        lanes
    }

    /// Arranges the lanes by something else. What is folded, pinned and hidden, the order and the filter stay.
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
        self.refilter(trace);
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
        self.groups.folds_mut().fold(group, !folded);
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
        self.groups.folds_mut().set_all(Some(all));
        self.lay_out();
    }

    /// Whether a group is folded.
    pub fn is_folded(&self, group: GroupIndex) -> bool {
        self.groups.folds().is_folded(group)
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
    /// goroutines whose label contains it; all if it is empty. `filter.rs` has the words that mean more.
    pub fn set_filter(&mut self, trace: &Trace, filter: &str) {
        self.filter = filter.trim().to_owned();
        self.refilter(trace);
    }

    /// Sets the time in which the next filter looks for what is active, ns.
    pub fn set_window(&mut self, window: (f64, f64)) {
        self.window = window;
    }

    /// What [`Self::set_filter`] was last told.
    pub fn filter(&self) -> &str {
        &self.filter
    }

    /// Makes a goroutine's lane one that is shown, by unfolding and if need be unfiltering and no longer hiding it;
    /// returns it. `None` if the lanes are about something else.
    pub fn reveal(&mut self, trace: &Trace, goroutine: GoroutineIndex) -> Option<Lane> {
        let row = trace.goroutines.rows.get(goroutine.0 as usize)?;
        let kind = LaneKind::Goroutine(goroutine);
        if let Some(lane) = self.place(kind) {
            return Some(lane);
        }
        let group = LaneKind::Group(row.group);
        if self.hidden.contains(&kind) || self.hidden.contains(&group) {
            self.hidden.retain(|&lane| lane != kind && lane != group);
            self.refilter(trace);
        }
        let away = match self.by_group() {
            true => self.groups.place_of(goroutine).is_none(),
            false => self.place(kind).is_none(),
        };
        if away && !self.filter.is_empty() {
            self.set_filter(trace, "");
        }
        if self.by_group() && self.is_folded(row.group) && self.place(kind).is_none() {
            self.toggle(row.group);
        }
        self.place(kind)
    }

    /// Whether the goroutines stand by group.
    pub(crate) fn by_group(&self) -> bool {
        matches!(self.arrangement, Arrangement::Procs | Arrangement::Threads)
    }

    /// How high all lanes are together, in CSS pixels, but for those that are pinned.
    pub fn total_height(&self) -> f64 {
        self.list.height
    }

    /// How high the pinned lanes are together, in CSS pixels.
    pub fn band_height(&self) -> f64 {
        self.band.height
    }

    /// How many lanes are shown, headers, tracks and pinned ones included.
    pub fn count(&self) -> u64 {
        self.list.count() + self.band.count()
    }

    /// How many goroutines the filter leaves, but for those that are pinned or hidden by themselves.
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

    /// The stacks of a goroutine over time, if they are shown.
    pub(crate) fn flames(&self, goroutine: GoroutineIndex) -> Option<&Flames> {
        self.opened.flames(goroutine)
    }

    /// The lane at `y` CSS pixels below the top of the first lane that is not pinned.
    pub fn lane_at(&self, y: f64) -> Option<Lane> {
        if !(0.0..self.list.height).contains(&y) {
            return None;
        }
        self.visible(y, y).next()
    }

    /// The lane at `y` CSS pixels below the top of the first pinned one.
    pub fn pinned_at(&self, y: f64) -> Option<Lane> {
        if !(0.0..self.band.height).contains(&y) {
            return None;
        }
        self.pinned(y, y).next()
    }

    /// The lanes that touch `from..=to`, CSS pixels below the top of the first one that is not pinned.
    pub fn visible(&self, from: f64, to: f64) -> impl Iterator<Item = Lane> + '_ {
        let lanes = self.list.visible(from, to);
        lanes.map(|(run, i)| self.lane(run, i, false))
    }

    /// The pinned lanes that touch `from..=to`, CSS pixels below the top of the first of them.
    pub fn pinned(&self, from: f64, to: f64) -> impl Iterator<Item = Lane> + '_ {
        let lanes = self.band.visible(from, to);
        lanes.map(|(run, i)| self.lane(run, i, true))
    }

    /// Where a lane is; `None` if it is not shown.
    pub fn place(&self, kind: LaneKind) -> Option<Lane> {
        if let Some(run) = self.band.one(kind, usize::MAX) {
            return Some(self.lane(run, 0, true));
        }
        let at = |i: Option<usize>| i.map(|i| i as u32);
        let (run, i, pinned) = match kind {
            LaneKind::Goroutine(g) if self.by_group() => {
                let place = self.groups.place_of(g)?;
                let section = self.groups.section_at(place)?;
                let stack = if section.pinned {
                    &self.band
                } else {
                    &self.list
                };
                let runs = stack.runs.get(section.runs.clone())?;
                let before = |run: &Run| match run.what {
                    What::Members { first } => first <= place,
                    _ => true,
                };
                let run = runs[..runs.partition_point(before)].last()?;
                let What::Members { first } = run.what else {
                    return None;
                };
                (run, place - first, section.pinned)
            }
            LaneKind::Group(group) if self.by_group() => {
                let section = &self.groups.sections[self.groups.section_of(group)?];
                let stack = if section.pinned {
                    &self.band
                } else {
                    &self.list
                };
                let run = stack.runs.get(section.runs.clone())?.first()?;
                matches!(run.what, What::One(_)).then_some((run, 0, section.pinned))?
            }
            LaneKind::Goroutine(_) | LaneKind::Task(_) | LaneKind::Heading(_) => {
                let place = self.focus.place(kind)?;
                let before = |run: &Run| match run.what {
                    What::Listed { first } => first <= place,
                    _ => true,
                };
                let run = self.list.runs[..self.list.runs.partition_point(before)].last()?;
                let What::Listed { first } = run.what else {
                    return None;
                };
                (run, place - first, false)
            }
            LaneKind::Proc(proc) => {
                let i = at(self.procs.iter().position(|&p| p == proc))?;
                let (run, pinned) = self.run_of(|what| matches!(what, What::Procs))?;
                (run, i, pinned)
            }
            LaneKind::Thread(thread) => {
                let i = at(self.threads.iter().position(|&t| t == thread))?;
                let (run, pinned) = self.run_of(|what| matches!(what, What::Threads))?;
                (run, i, pinned)
            }
            _ => (self.list.one(kind, self.fixed)?, 0, false),
        };
        (i < run.count).then(|| self.lane(run, i, pinned))
    }

    /// The run of the procs or threads, and whether it is pinned.
    fn run_of(&self, is: impl Fn(What) -> bool) -> Option<(&Run, bool)> {
        let find = |runs: &'_ [Run]| runs.iter().position(|run| is(run.what));
        let fixed = &self.list.runs[..self.fixed.min(self.list.runs.len())];
        match find(&self.band.runs) {
            Some(i) => Some((&self.band.runs[i], true)),
            None => find(fixed).map(|i| (&self.list.runs[i], false)),
        }
    }

    /// The place of a goroutine's lane, or, if it is folded away, that of its group's header.
    pub fn lane_of(&self, trace: &Trace, goroutine: GoroutineIndex) -> Option<Lane> {
        let row = trace.goroutines.rows.get(goroutine.0 as usize)?;
        self.place(LaneKind::Goroutine(goroutine))
            .or_else(|| self.place(LaneKind::Group(row.group)))
    }

    /// Whether nothing above a goroutine's lane tells its function.
    pub(crate) fn stands_alone(&self, trace: &Trace, goroutine: GoroutineIndex) -> bool {
        if !self.by_group() || self.pins.contains(&LaneKind::Goroutine(goroutine)) {
            return true;
        }
        let row = trace.goroutines.rows.get(goroutine.0 as usize);
        row.is_none_or(|row| self.place(LaneKind::Group(row.group)).is_none())
    }

    /// The procs in the order in which they are shown.
    pub fn procs(&self) -> &[ProcIndex] {
        &self.procs
    }

    /// The threads in the order in which they are shown.
    pub fn threads(&self) -> &[ThreadIndex] {
        &self.threads
    }

    fn lane(&self, run: &Run, i: u32, pinned: bool) -> Lane {
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
            pinned,
            below: run.below,
        }
    }
}

/// How much of the canvas pinned lanes take that are `band` high together, in CSS pixels: all of their height, or as
/// much as leaves room for the others.
pub fn band_shown(band: f64, canvas_height: f64) -> f64 {
    let most = ((canvas_height - RULER).max(0.0) * BAND_SHARE).floor();
    band.min(most).max(0.0)
}

#[cfg(test)]
mod tests;
