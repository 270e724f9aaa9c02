//! What happened in a range of time, in short: where the time of goroutines and procs went, who had most of it, where
//! goroutines were blocked, what the GC did, how long goroutines had to wait for a proc.
//!
//! One sweep over the spans that begin in the range, and a look at what each goroutine was doing when it began
//! (`sweep.rs`): what lies before the range costs nothing, so that a short range of a long trace is summed up at once.

use std::cmp::Reverse;

use tracepane_model::metric::MetricPoint;
use tracepane_model::sorting::sort_by_numbers;
use tracepane_model::{
    Column, GoroutineIndex, GroupIndex, Nanos, RangeKind, ReasonId, StackRef, Trace,
};

use crate::goroutines::Times;
use crate::latency::Distribution;
use crate::proc_times::ProcTimes;
use crate::profiles::ProfileKind;
use crate::scope::{TimeRange, touches};
use crate::sum;
use crate::time_histogram::TimeHistogram;

mod sweep;
#[cfg(test)]
mod tests;

/// How many goroutines and stacks are told of each list.
pub const TOP: usize = 10;

/// What happened in a range of time.
#[derive(Clone, PartialEq, Debug)]
pub struct RangeSummary {
    /// From when to when: the part of the range that the trace has.
    pub time: TimeRange,
    /// Where the time of all goroutines went. Their total is the sum of the rest: goroutines × time.
    pub times: Times,
    /// The waiting time by reason, longest first, without zeros.
    pub waits: Vec<(ReasonId, Nanos)>,
    /// How many goroutines lived in it.
    pub goroutines: u64,
    /// The groups that had goroutines in it, in the order of their indexes.
    pub groups: Vec<RangeGroup>,
    /// The goroutines that ran longest: at most [`TOP`], without zeros, longest first.
    pub running: Vec<(GoroutineIndex, Nanos)>,
    /// Those that could run and did not.
    pub runnable: Vec<(GoroutineIndex, Nanos)>,
    /// Those that waited longest, without the runtime's own, which hardly do anything else.
    pub waiting: Vec<(GoroutineIndex, Nanos)>,
    /// The stacks at which goroutines were blocked longest, at most [`TOP`], longest first: those of the complete
    /// profiles [`ProfileKind::Sync`] and [`ProfileKind::Network`].
    pub blocked: Vec<Blocked>,
    /// How many such stacks there are.
    pub blocked_stacks: u64,
    /// Where the time of the procs went.
    pub procs: Vec<ProcTimes>,
    /// The waits for a proc that ended in it, as [`crate::latencies`] counts them.
    pub latency: Distribution,
    /// The same, for people.
    pub latencies: TimeHistogram,
    /// What the GC did.
    pub gc: RangeGc,
    /// Bytes of live heap when it begins and when it ends, if the trace says.
    pub heap: (Option<u64>, Option<u64>),
}

/// A group of goroutines in a range of time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RangeGroup {
    /// Which.
    pub group: GroupIndex,
    /// How many of its goroutines lived in the range.
    pub goroutines: u64,
    /// Where their time went.
    pub times: Times,
}

/// Where goroutines were blocked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Blocked {
    /// The profile that has it: [`ProfileKind::Sync`] or [`ProfileKind::Network`].
    pub kind: ProfileKind,
    /// The stack.
    pub stack: StackRef,
    /// How many waits have a part in the range.
    pub count: u64,
    /// How long these parts are.
    pub nanos: Nanos,
}

/// What the GC did in a range of time.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct RangeGc {
    /// How many cycles were marking in it.
    pub cycles: u64,
    /// For how long of the range.
    pub marking: Nanos,
    /// How many times the world was stopped, for whatever reason.
    pub pauses: u64,
    /// For how long of the range.
    pub paused: Nanos,
    /// The longest pause, all of it.
    pub longest_pause: Nanos,
    /// How many times goroutines had to help to mark.
    pub assists: u64,
    /// For how long of the range, all together, waiting included.
    pub assisting: Nanos,
}

/// Sums up a range of time.
pub fn range_summary(trace: &Trace, range: TimeRange) -> RangeSummary {
    let time = range.intersection(TimeRange {
        start: Nanos(0),
        end: trace.end,
    });
    let swept = sweep::sweep(trace, range, time);
    let mut groups: Vec<RangeGroup> = (0..trace.goroutines.groups.len() as u32)
        .map(|group| RangeGroup {
            group: GroupIndex(group),
            goroutines: 0,
            times: Times::default(),
        })
        .collect();
    let mut times = Times::default();
    let mut goroutines = 0;
    for (row, own) in trace.goroutines.rows.iter().zip(&swept.times) {
        if own.total.0 <= 0 {
            continue;
        }
        goroutines += 1;
        times.add(own);
        if let Some(group) = groups.get_mut(row.group.0 as usize) {
            group.goroutines += 1;
            group.times.add(own);
        }
    }
    groups.retain(|group| group.goroutines > 0);
    let mut waits: Vec<(ReasonId, Nanos)> = (0u16..)
        .map(ReasonId)
        .zip(swept.waits)
        .filter(|(_, nanos)| nanos.0 > 0)
        .collect();
    sort_by_numbers(&mut waits, |&(reason, nanos)| [!nanos.0, reason.0.into()]);
    let mut blocked = swept.blocked;
    let blocked_stacks = blocked.len() as u64;
    keep_first(&mut blocked, |at| {
        (
            Reverse(at.nanos),
            Reverse(at.count),
            at.kind.name(),
            at.stack,
        )
    });
    let top = |system: bool, of: fn(&Times) -> Nanos| {
        let rows = trace.goroutines.rows.iter().zip(&swept.times);
        let mut found: Vec<(GoroutineIndex, Nanos)> = (0u32..)
            .map(GoroutineIndex)
            .zip(rows)
            .filter(|(_, (row, _))| system || !row.is_system())
            .map(|(goroutine, (_, times))| (goroutine, of(times)))
            .filter(|(_, nanos)| nanos.0 > 0)
            .collect();
        keep_first(&mut found, |&(goroutine, nanos)| {
            (Reverse(nanos), goroutine)
        });
        found
    };
    RangeSummary {
        time,
        times,
        waits,
        goroutines,
        groups,
        running: top(true, |times| times.running),
        runnable: top(true, |times| times.runnable),
        waiting: top(false, |times| times.waiting),
        blocked,
        blocked_stacks,
        procs: swept.procs,
        latency: swept.latency,
        latencies: swept.latencies,
        gc: gc(trace, time),
        heap: (
            value_at(&trace.metrics.heap_objects, time.start),
            value_at(&trace.metrics.heap_objects, time.end),
        ),
    }
}

/// Keeps the first [`TOP`], sorted.
fn keep_first<T, K: Ord>(all: &mut Vec<T>, key: impl Fn(&T) -> K) {
    if all.len() > TOP {
        all.select_nth_unstable_by_key(TOP, &key);
        all.truncate(TOP);
    }
    all.sort_unstable_by_key(key);
}

/// The value of a counter at a moment; before its first point that is not known.
fn value_at(points: &Column<MetricPoint>, time: Nanos) -> Option<u64> {
    let next = points.partition_point(|point| point.time <= time);
    let point = points.get(next.checked_sub(1)?)?;
    Some(point.value)
}

fn gc(trace: &Trace, time: TimeRange) -> RangeGc {
    let mut gc = RangeGc::default();
    for range in trace.ranges.rows.iter() {
        // They stand in the order of their beginnings.
        if range.start >= time.end {
            break;
        }
        if !touches(time, range.start, range.end) {
            continue;
        }
        let (count, nanos) = match range.kind {
            RangeKind::GcMark => (&mut gc.cycles, &mut gc.marking),
            RangeKind::StopTheWorld(_) => {
                let length = range.end.0.saturating_sub(range.start.0);
                gc.longest_pause = gc.longest_pause.max(Nanos(length));
                (&mut gc.pauses, &mut gc.paused)
            }
            RangeKind::GcMarkAssist => (&mut gc.assists, &mut gc.assisting),
            RangeKind::GcSweep => continue,
        };
        *count += 1;
        sum::add(nanos, time.overlap(range.start, range.end));
    }
    gc
}
