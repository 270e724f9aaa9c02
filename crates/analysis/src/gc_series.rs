//! The heap and the GC's share of all procs over time, in a bounded number of buckets, for charts.

use tracepane_model::metric::MetricPoint;
use tracepane_model::{Column, Nanos, Trace};

use crate::buckets::Buckets;
use crate::gc_work::{GcWorkKind, for_each_gc_work};
use crate::scope::TimeRange;
use crate::stopped::Stopped;
use crate::utilization::gc_pauses;

/// A stretch of time.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct GcBucket {
    /// When it begins.
    pub start: Nanos,
    /// The least and the most bytes of heap in it; `None` before the first value.
    pub heap: Option<(u64, u64)>,
    /// The last goal in it, bytes.
    pub goal: Option<u64>,
    /// The part of all procs' time that the GC's pauses took, 0 to 1.
    pub stopped: f64,
    /// The part of all procs' time that each kind of work took, 0 to 1, by [`GcWorkKind::ALL`]; what was done while the
    /// world was stopped is not counted twice.
    pub work: [f64; GcWorkKind::ALL.len()],
}

impl GcBucket {
    /// The mutator's share: all but pauses and work, idle workers not counted as work.
    pub fn mutator(&self) -> f64 {
        let kinds = GcWorkKind::ALL.iter().zip(self.work);
        let work = kinds.filter(|(kind, _)| **kind != GcWorkKind::Idle);
        let work: f64 = work.map(|(_, part)| part).sum();
        (1.0 - self.stopped - work).clamp(0.0, 1.0)
    }
}

/// The heap and the GC's share over time.
#[derive(Clone, PartialEq, Debug)]
pub struct GcSeries {
    /// The stretches, in time order, all equally long but perhaps the last.
    pub buckets: Vec<GcBucket>,
    /// Where the last one ends.
    pub end: Nanos,
    /// Whether the number of procs is known; else there are no shares.
    pub shares_known: bool,
}

/// Computes the series of a part of time, in at most `count` buckets.
pub fn gc_series(trace: &Trace, time: TimeRange, count: usize) -> GcSeries {
    let whole = TimeRange {
        start: Nanos(0),
        end: trace.end,
    };
    let time = time.intersection(whole);
    let mut procs = Buckets::new(time, count);
    let metrics = &trace.metrics;
    for (i, point) in metrics.gomaxprocs.iter().enumerate() {
        let start = if i == 0 { Nanos(0) } else { point.time };
        let next = metrics.gomaxprocs.get(i + 1);
        let end = next.map_or(trace.end, |next| next.time);
        procs.add(start, end, point.value as f64);
    }
    let mut pauses = Buckets::new(time, count);
    for pause in gc_pauses(trace) {
        pauses.add(pause.start, pause.end, 1.0);
    }
    let stopped = Stopped::new(gc_pauses(trace));
    let mut work = GcWorkKind::ALL.map(|_| Buckets::new(time, count));
    for_each_gc_work(trace, |piece| {
        let buckets = &mut work[piece.kind as usize];
        stopped.running_parts(piece.start, piece.end, |start, end| {
            buckets.add(start, end, 1.0);
        });
    });
    let heap = levels(&metrics.heap_objects, &procs);
    let goals = levels(&metrics.heap_goal, &procs);
    let (means, paused) = (procs.means(), pauses.means());
    let work = work.map(|buckets| buckets.means());
    let buckets = (0..procs.len())
        .map(|i| GcBucket {
            start: procs.start_of(i),
            heap: heap[i].map(|level| (level.low, level.high)),
            goal: goals[i].map(|level| level.last),
            stopped: paused[i].clamp(0.0, 1.0),
            work: std::array::from_fn(|kind| {
                let part = work[kind][i] / means[i];
                if part.is_finite() {
                    part.clamp(0.0, 1.0)
                } else {
                    0.0
                }
            }),
        })
        .collect();
    GcSeries {
        buckets,
        end: procs.start_of(procs.len()),
        shares_known: !metrics.gomaxprocs.is_empty(),
    }
}

/// The values of a counter in a bucket, the one from before included.
#[derive(Clone, Copy)]
struct Level {
    low: u64,
    high: u64,
    last: u64,
}

fn levels(points: &Column<MetricPoint>, buckets: &Buckets) -> Vec<Option<Level>> {
    let start = buckets.start_of(0);
    let first = points.partition_point(|point| point.time <= start);
    let mut last = first
        .checked_sub(1)
        .and_then(|i| points.get(i))
        .map(|p| p.value);
    let mut levels: Vec<Option<Level>> = Vec::with_capacity(buckets.len());
    let mut rest = points.range(first, points.len()).peekable();
    for bucket in 0..buckets.len() {
        let end = buckets.start_of(bucket + 1);
        let mut level = last.map(|value| Level {
            low: value,
            high: value,
            last: value,
        });
        while let Some(point) = rest.next_if(|point| point.time < end) {
            let value = point.value;
            level = Some(match level {
                None => Level {
                    low: value,
                    high: value,
                    last: value,
                },
                Some(level) => Level {
                    low: level.low.min(value),
                    high: level.high.max(value),
                    last: value,
                },
            });
            last = Some(value);
        }
        levels.push(level);
    }
    levels
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::Script;
    use tracepane_wire::{Metric, Range, Scope};

    #[test]
    fn shares_and_levels_are_those_of_each_bucket() {
        let mut s = Script::new();
        s.metric(0, Metric::GoMaxProcs, 2);
        s.metric(5, Metric::HeapObjects, 100);
        s.found(5, 1, tracepane_wire::GoroutineState::Running, "a<main.a");
        let p = |i| Scope::Proc(tracepane_wire::ProcIndex(i));
        s.range((10, 30), 1, Range::GcSweep, p(1));
        s.metric(40, Metric::HeapObjects, 300);
        s.metric(45, Metric::HeapObjects, 200);
        s.pause((50, 60), 1, "GC mark termination");
        s.metric(55, Metric::HeapGoal, 400);
        s.pause((70, 80), 1, "read mem stats");
        let trace = s.finish(100);
        let series = gc_series(&trace, TimeRange::ALL, 4);
        assert!(series.shares_known);
        assert_eq!(series.end, Nanos(100));
        let found: Vec<_> = series
            .buckets
            .iter()
            .map(|b| {
                (
                    b.start.0,
                    b.heap,
                    b.goal,
                    b.stopped,
                    b.work[GcWorkKind::Sweep as usize],
                )
            })
            .collect();
        assert_eq!(
            found,
            [
                (0, Some((100, 100)), None, 0.0, 15.0 / 50.0),
                (25, Some((100, 300)), None, 0.0, 5.0 / 50.0),
                (50, Some((200, 200)), Some(400), 10.0 / 25.0, 0.0),
                (75, Some((200, 200)), Some(400), 0.0, 0.0),
            ]
        );
        assert_eq!(series.buckets[2].mutator(), 0.6);
    }
}
