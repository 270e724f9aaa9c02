//! Where a task's time went: by the clock on the wall, and summed over all goroutines that worked for it.
//!
//! A goroutine works for a task
//! - while a region of the task is open on it;
//! - all its life, if it was created in a region of the task, or by a goroutine that was (it inherits the task);
//! - from the task's beginning to its end, if it both began and ended the task;
//! - while it works for a subtask, or a subtask's subtask: the task gets what they do.
//!
//! Only the time between the task's beginning and its end counts. Who merely logs in a task is not known to work for
//! it, and neither is who began a task that another goroutine ended.
//!
//! By the clock, each moment counts once: for the best that any of these goroutines does in it. Running is better
//! than helping the GC, that than being in a system call, that than waiting for a proc, that than waiting for anything
//! else; of several waits that one counts which ends first, because with it the task goes on. So the parts add up to
//! the task's duration.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use tracepane_model::sorting::sort_by_numbers;
use tracepane_model::{
    GoroutineIndex, Nanos, RangeKind, RangeScope, ReasonId, SpanIndex, SpanState, TaskIndex, Trace,
};

use crate::intervals::{Intervals, Overlaps};
use crate::profiles::found_since;
use crate::regions;
use crate::scope::TimeRange;
use crate::sum;
use crate::tasks::{TaskFilter, Tasks, time_of};

/// How many changes of state, regions and subtasks may be looked at for all questions together. Tasks within tasks on
/// the same goroutines could make it any number.
const MAX_STEPS: u64 = 1 << 26;

/// Where time went. The parts do not overlap.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct TaskTimes {
    /// Running the program's own code.
    pub running: Nanos,
    /// Running, but for the GC: mark assists.
    pub assist: Nanos,
    /// In system calls, on a proc.
    pub syscall: Nanos,
    /// In system calls that had lost their proc.
    pub syscall_blocked: Nanos,
    /// Ready to run, waiting for a proc.
    pub runnable: Nanos,
    /// Blocked, for whatever reason.
    pub waiting: Nanos,
    /// The same by reason, longest first, without zeros.
    pub waits: Vec<(ReasonId, Nanos)>,
    /// When no goroutine is known to have worked for it (by the clock only).
    pub nobody: Nanos,
}

impl TaskTimes {
    /// All parts together.
    pub fn total(&self) -> Nanos {
        sum::all([
            self.running,
            self.assist,
            self.syscall,
            self.syscall_blocked,
            self.runnable,
            self.waiting,
            self.nobody,
        ])
    }

    #[inline]
    fn add(&mut self, doing: Doing, nanos: i64) {
        let part = match doing {
            Doing::Running => &mut self.running,
            Doing::Assist => &mut self.assist,
            Doing::Syscall => &mut self.syscall,
            Doing::SyscallBlocked => &mut self.syscall_blocked,
            Doing::Runnable => &mut self.runnable,
            Doing::Nothing => &mut self.nobody,
            Doing::Waiting(reason) => {
                match self.waits.iter_mut().find(|(known, _)| *known == reason) {
                    Some((_, sum)) => sum::add(sum, nanos),
                    None if nanos > 0 => self.waits.push((reason, Nanos(nanos))),
                    None => {}
                }
                &mut self.waiting
            }
        };
        sum::add(part, nanos);
    }

    /// Adds another's times; the waits lose their order.
    fn add_all(&mut self, other: &Self) {
        for (doing, nanos) in [
            (Doing::Running, other.running),
            (Doing::Assist, other.assist),
            (Doing::Syscall, other.syscall),
            (Doing::SyscallBlocked, other.syscall_blocked),
            (Doing::Runnable, other.runnable),
            (Doing::Nothing, other.nobody),
        ] {
            self.add(doing, nanos.0);
        }
        for &(reason, nanos) in &other.waits {
            self.add(Doing::Waiting(reason), nanos.0);
        }
    }

    /// What it costs to add one more piece: a look at the waits known so far.
    #[inline]
    fn effort(&self) -> u64 {
        1 + self.waits.len() as u64 / 16
    }

    fn sorted(mut self) -> Self {
        sort_by_numbers(&mut self.waits, |&(reason, nanos)| {
            [!nanos.0, reason.0.into()]
        });
        self
    }
}

/// What a goroutine does for a task, the best first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Doing {
    Running,
    Assist,
    Syscall,
    SyscallBlocked,
    Runnable,
    Waiting(ReasonId),
    Nothing,
}

impl Doing {
    /// How many kinds there are that are not waiting or nothing.
    const RANKS: usize = 5;

    fn rank(self) -> Option<usize> {
        match self {
            Self::Running => Some(0),
            Self::Assist => Some(1),
            Self::Syscall => Some(2),
            Self::SyscallBlocked => Some(3),
            Self::Runnable => Some(4),
            Self::Waiting(_) | Self::Nothing => None,
        }
    }

    fn of_rank(rank: usize) -> Self {
        [
            Self::Running,
            Self::Assist,
            Self::Syscall,
            Self::SyscallBlocked,
            Self::Runnable,
        ][rank]
    }
}

/// One goroutine's part in a task.
#[derive(Clone, PartialEq, Debug)]
pub struct TaskGoroutine {
    /// Which.
    pub goroutine: GoroutineIndex,
    /// When it worked for the task: from the first to the last moment.
    pub time: TimeRange,
    /// Where its time went while it did.
    pub times: TaskTimes,
}

/// Answers where the time of tasks went.
pub struct TaskWork<'a> {
    trace: &'a Trace,
    tasks: &'a Tasks,
    /// When goroutines helped the GC, sorted by goroutine, then time.
    assists: Vec<(GoroutineIndex, TimeRange)>,
    steps: u64,
}

impl<'a> TaskWork<'a> {
    /// For any number of questions, which share a limit of effort.
    pub fn new(trace: &'a Trace, tasks: &'a Tasks) -> Self {
        let mut assists: Vec<(GoroutineIndex, TimeRange)> = trace
            .ranges
            .rows
            .iter()
            .filter_map(|row| match (row.kind, row.scope) {
                (RangeKind::GcMarkAssist, RangeScope::Goroutine(goroutine)) => {
                    let (start, end) = (row.start, row.end);
                    Some((goroutine, TimeRange { start, end }))
                }
                _ => None,
            })
            .collect();
        sort_by_numbers(&mut assists, |(goroutine, time)| {
            [goroutine.0.into(), time.start.0]
        });
        Self {
            trace,
            tasks,
            assists,
            steps: 0,
        }
    }

    /// Which goroutines worked for a task, and when. `None` if that is too much: see [`Self::is_tired`].
    pub fn intervals(&mut self, task: TaskIndex) -> Option<Intervals> {
        let mut all = Vec::new();
        self.add_intervals(task, &mut all)?;
        Some(Intervals::new(all, Overlaps::Joined))
    }

    /// Which goroutines worked for any of the tasks that pass a filter, and when; for [`crate::profile_within`].
    /// `None` if that is too much.
    pub fn intervals_of_all(&mut self, filter: &TaskFilter) -> Option<Intervals> {
        let mut all = Vec::new();
        for task in self.tasks.matching(self.trace, filter) {
            self.add_intervals(task, &mut all)?;
        }
        Some(Intervals::new(all, Overlaps::Joined))
    }

    fn add_intervals(
        &mut self,
        task: TaskIndex,
        all: &mut Vec<(GoroutineIndex, TimeRange)>,
    ) -> Option<()> {
        let (trace, tasks) = (self.trace, self.tasks);
        let whole = time_of(trace, trace.tasks.get(task.0 as usize)?);
        let mut push = |goroutine: GoroutineIndex, time: TimeRange| {
            let time = time.intersection(whole);
            let is_known = (goroutine.0 as usize) < trace.goroutines.len();
            if is_known && time.length().0 > 0 {
                all.push((goroutine, time));
            }
        };
        let most = MAX_STEPS.saturating_sub(self.steps) as usize;
        let family = tasks.family(task, most);
        let of_members = family
            .iter()
            .map(|&member| 1 + tasks.regions(member).len() + tasks.heirs(member).len())
            .sum::<usize>();
        self.steps += of_members as u64;
        if self.is_tired() {
            return None;
        }
        for member in family {
            let row = trace.tasks.get(member.0 as usize)?;
            if row.began_by == row.ended_by
                && let (Some(start), Some(end)) = (row.start, row.end)
            {
                push(row.began_by, TimeRange { start, end });
            }
            for &region in tasks.regions(member) {
                if let Some(region) = trace.regions.get(region as usize) {
                    push(region.goroutine, regions::time_of(trace, &region));
                }
            }
            for &heir in tasks.heirs(member) {
                let heir = GoroutineIndex(heir);
                push(heir, regions::life(trace, heir));
            }
        }
        Some(())
    }

    /// Where a task's time went by the clock; together as long as the task. `None` if this and the questions before
    /// were too much: see [`Self::is_tired`].
    pub fn by_clock(&mut self, task: TaskIndex) -> Option<TaskTimes> {
        let row = self.trace.tasks.get(task.0 as usize)?;
        let whole = time_of(self.trace, row);
        let intervals = self.intervals(task)?;
        let mut times = TaskTimes::default();
        let steps = &mut self.steps;
        match intervals.goroutines() {
            // One goroutine's own time is the clock's.
            &[goroutine] => {
                let (_, ranges) = intervals.iter().next()?;
                for piece in Pieces::new(self.trace, &self.assists, goroutine, ranges) {
                    *steps += times.effort();
                    if *steps > MAX_STEPS {
                        return None;
                    }
                    times.add(piece.doing, piece.length());
                }
            }
            _ => {
                let mut pieces: Vec<Pieces<'_>> = intervals
                    .iter()
                    .map(|(goroutine, ranges)| {
                        Pieces::new(self.trace, &self.assists, goroutine, ranges)
                    })
                    .collect();
                best(&mut pieces, &mut times, steps)?;
            }
        }
        let known = times.total();
        times.nobody = Nanos(whole.length().0.saturating_sub(known.0).max(0));
        Some(times.sorted())
    }

    /// Where the goroutines' time went, each for itself: those that worked longest first. `None` if that is too much.
    pub fn by_goroutine(&mut self, task: TaskIndex) -> Option<Vec<TaskGoroutine>> {
        let intervals = self.intervals(task)?;
        let mut all = Vec::new();
        for (goroutine, ranges) in intervals.iter() {
            let (Some(first), Some(last)) = (ranges.first(), ranges.last()) else {
                continue;
            };
            let mut times = TaskTimes::default();
            for piece in Pieces::new(self.trace, &self.assists, goroutine, ranges) {
                self.steps += times.effort();
                if self.steps > MAX_STEPS {
                    return None;
                }
                times.add(piece.doing, piece.length());
            }
            all.push(TaskGoroutine {
                goroutine,
                time: TimeRange {
                    start: first.start,
                    end: last.end,
                },
                times: times.sorted(),
            });
        }
        sort_by_numbers(&mut all, |of| [!of.times.total().0, of.goroutine.0.into()]);
        Some(all)
    }

    /// Whether the limit of effort is reached: further questions have no answer.
    pub fn is_tired(&self) -> bool {
        self.steps >= MAX_STEPS
    }
}

/// The sum of what goroutines did.
pub fn sum_of(goroutines: &[TaskGoroutine]) -> TaskTimes {
    let mut sum = TaskTimes::default();
    for of in goroutines {
        sum.add_all(&of.times);
    }
    sum.sorted()
}

/// Adds the best of what several goroutines do at each moment. `None` if it takes too many steps.
fn best(pieces: &mut [Pieces<'_>], times: &mut TaskTimes, steps: &mut u64) -> Option<()> {
    // The current or next piece of each, and when it begins or ends.
    let mut current: Vec<Option<Piece>> = pieces.iter_mut().map(Iterator::next).collect();
    let mut has_begun = vec![false; current.len()];
    let mut changes: BinaryHeap<Reverse<(Nanos, usize)>> = current
        .iter()
        .enumerate()
        .filter_map(|(i, piece)| Some(Reverse((piece.as_ref()?.from, i))))
        .collect();
    let mut counts = [0u32; Doing::RANKS];
    let mut waits: BinaryHeap<Reverse<(Nanos, ReasonId)>> = BinaryHeap::new();
    let mut now = Nanos(i64::MIN);
    while let Some(Reverse((time, i))) = changes.pop() {
        if time > now {
            while waits.peek().is_some_and(|Reverse((end, _))| *end <= now) {
                waits.pop();
            }
            let doing = match counts.iter().position(|&count| count > 0) {
                Some(rank) => Some(Doing::of_rank(rank)),
                None => waits
                    .peek()
                    .map(|&Reverse((_, reason))| Doing::Waiting(reason)),
            };
            if let Some(doing) = doing {
                times.add(doing, time.0.saturating_sub(now.0));
            }
            now = time;
        }
        *steps += times.effort();
        if *steps > MAX_STEPS {
            return None;
        }
        let Some(piece) = current[i] else { continue };
        if has_begun[i] {
            if let Some(rank) = piece.doing.rank() {
                counts[rank] -= 1;
            }
            current[i] = pieces[i].next();
            has_begun[i] = false;
            if let Some(next) = &current[i] {
                changes.push(Reverse((next.from, i)));
            }
        } else {
            match (piece.doing.rank(), piece.doing) {
                (Some(rank), _) => counts[rank] += 1,
                (None, Doing::Waiting(reason)) => waits.push(Reverse((piece.to, reason))),
                (None, _) => {}
            }
            has_begun[i] = true;
            changes.push(Reverse((piece.to, i)));
        }
    }
    Some(())
}

/// A stretch of time in which a goroutine does one thing.
#[derive(Clone, Copy, Debug)]
struct Piece {
    from: Nanos,
    to: Nanos,
    doing: Doing,
}

impl Piece {
    fn length(&self) -> i64 {
        self.to.0.saturating_sub(self.from.0)
    }
}

/// What a goroutine does within some ranges, piece by piece.
struct Pieces<'a> {
    trace: &'a Trace,
    goroutine: GoroutineIndex,
    spans: &'a [u32],
    /// The ranges to come, the current one first.
    ranges: &'a [TimeRange],
    /// The assists to come or in progress.
    assists: &'a [(GoroutineIndex, TimeRange)],
    /// The span that is next looked at.
    place: usize,
    /// What was told up to here.
    now: Nanos,
}

impl<'a> Pieces<'a> {
    fn new(
        trace: &'a Trace,
        assists: &'a [(GoroutineIndex, TimeRange)],
        goroutine: GoroutineIndex,
        ranges: &'a [TimeRange],
    ) -> Self {
        let mut pieces = Self {
            trace,
            goroutine,
            spans: trace.goroutines.spans(goroutine),
            ranges,
            assists: &[],
            place: 0,
            now: Nanos(0),
        };
        if let Some(first) = ranges.first() {
            let begin =
                assists.partition_point(|&(g, time)| (g, time.end) <= (goroutine, first.start));
            let own = &assists[begin..];
            let own = &own[..own.partition_point(|&(g, _)| g <= goroutine)];
            pieces.assists = own;
            pieces.enter(*first);
        }
        pieces
    }

    /// Goes to the span in which a range begins.
    fn enter(&mut self, range: TimeRange) {
        let rest = &self.spans[self.place.min(self.spans.len())..];
        let begun =
            rest.partition_point(|&span| self.trace.spans.start(SpanIndex(span)) <= range.start);
        self.place += begun.saturating_sub(1);
        self.now = range.start;
    }

    /// The span that is looked at: what it is, and its time.
    fn span(&self) -> Option<(Doing, TimeRange)> {
        let span = SpanIndex(*self.spans.get(self.place)?);
        let kind = self.trace.spans.kind(span);
        let mut start = self.trace.spans.start(span);
        if self.place == 0 && kind.was_going_on() {
            start = found_since(self.trace, start);
        }
        let end = match self.spans.get(self.place + 1) {
            Some(&next) => self.trace.spans.start(SpanIndex(next)),
            None => self.trace.end,
        };
        let doing = match kind.state() {
            SpanState::Dead => Doing::Nothing,
            SpanState::Runnable => Doing::Runnable,
            SpanState::Running => Doing::Running,
            SpanState::Waiting => Doing::Waiting(kind.reason()),
            SpanState::Syscall => Doing::Syscall,
            SpanState::SyscallBlocked => Doing::SyscallBlocked,
        };
        Some((doing, TimeRange { start, end }))
    }
}

impl Iterator for Pieces<'_> {
    type Item = Piece;

    fn next(&mut self) -> Option<Piece> {
        loop {
            let range = *self.ranges.first()?;
            let Some((doing, time)) = self.span() else {
                // The goroutine has no more spans.
                return None;
            };
            let from = self.now.max(time.start).max(range.start);
            let mut to = time.end.min(range.end);
            if from >= to {
                if range.end <= time.end {
                    self.ranges = &self.ranges[1..];
                    if let Some(&next) = self.ranges.first() {
                        self.enter(next);
                    }
                } else {
                    self.place += 1;
                }
                continue;
            }
            let mut doing = doing;
            if doing == Doing::Running {
                while let Some(((_, assist), rest)) = self.assists.split_first()
                    && assist.end <= from
                {
                    self.assists = rest;
                }
                if let Some(&(goroutine, assist)) = self.assists.first()
                    && goroutine == self.goroutine
                    && assist.start < to
                {
                    if assist.start <= from {
                        doing = Doing::Assist;
                        to = to.min(assist.end);
                    } else {
                        to = assist.start;
                    }
                }
            }
            self.now = to;
            if doing == Doing::Nothing {
                continue;
            }
            return Some(Piece { from, to, doing });
        }
    }
}

#[cfg(test)]
mod tests;
