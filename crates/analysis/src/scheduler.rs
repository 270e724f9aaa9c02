//! All that the scheduler's view shows of a part of time, in one pass over its spans: the rows are read once, and what
//! each needs of them costs less together than apart.

use tracepane_model::Trace;

use crate::changes::Changes;
use crate::latency::{self, Latencies};
use crate::proc_times::{self, ProcTimes};
use crate::runnable::{self, RunnableSeries};
use crate::scope::{Scope, TimeRange};
use crate::stopped::Stopped;

/// What the scheduler did in a part of time.
#[derive(Clone, PartialEq, Debug)]
pub struct SchedulerTimes {
    /// How long goroutines waited for a proc, as [`crate::latencies`] has it.
    pub latencies: Latencies,
    /// Goroutines and procs over time, as [`crate::runnable_series`] has it.
    pub runnable: RunnableSeries,
    /// Where the procs' time went, as [`crate::proc_times`] has it.
    pub procs: Vec<ProcTimes>,
}

/// Computes them, the series in at most `count` buckets.
pub fn scheduler_times(trace: &Trace, time: Option<TimeRange>, count: usize) -> SchedulerTimes {
    let scope = Scope { time, ..Scope::ALL };
    let window = scope.window(trace);
    let stopped = Stopped::of(trace);
    let mut changes = Changes::new(trace, window, &stopped);
    let mut runnable = runnable::Pass::new(trace, window, count, changes.counts());
    let mut latency = latency::Pass::new(trace, &scope);
    changes.for_each_piece(|piece, changes| {
        runnable.piece(changes.rows());
        latency.piece(piece, changes.waits());
    });
    let on = changes.on_placements();
    changes.for_each_piece_at_end(|piece, changes| latency.piece(piece, changes.waits()));
    SchedulerTimes {
        latencies: latency.finish(changes.waiting()),
        runnable: runnable.finish(),
        procs: proc_times::of_placements(trace, window, &stopped, &on),
    }
}

#[cfg(test)]
mod tests {
    use tracepane_model::Nanos;
    use tracepane_wire::{GoroutineState, Metric};

    use super::*;
    use crate::latencies;
    use crate::proc_times::proc_times;
    use crate::runnable::runnable_series;
    use crate::script::{NOBODY, Script};

    #[test]
    fn together_they_are_what_each_is_alone() {
        let mut s = Script::new();
        s.metric(0, Metric::GoMaxProcs, 3);
        s.found(0, 1, GoroutineState::Running, "a<main.a");
        s.found(0, 2, GoroutineState::Waiting, "b<main.b");
        s.take_proc(0, 1);
        for i in 0..40 {
            let time = 10 + i * 20;
            s.wake(time, 1, 2, "a<main.a");
            s.take_proc(time + 3, 2);
            s.run(time + 5 + i % 3, 2);
            s.block(time + 12, 2, "select", "b<main.b");
            s.lose_proc(time + 14, 2);
            if i % 7 == 0 {
                s.pause((time + 15, time + 17), 1, "GC mark termination");
            }
        }
        s.wake(900, NOBODY, 2, "");
        s.run(1000, 2);
        let trace = s.finish(1000);
        let range = |start, end| TimeRange {
            start: Nanos(start),
            end: Nanos(end),
        };
        for time in [
            None,
            Some(range(0, 1000)),
            Some(range(0, 5000)),
            Some(range(100, 101)),
            Some(range(333, 777)),
            Some(range(990, 1000)),
            Some(range(2000, 3000)),
        ] {
            let scope = Scope { time, ..Scope::ALL };
            let all = time.unwrap_or(TimeRange::ALL);
            let together = scheduler_times(&trace, time, 7);
            assert_eq!(together.latencies, latencies(&trace, &scope), "{time:?}");
            assert_eq!(together.runnable, runnable_series(&trace, all, 7));
            assert_eq!(together.procs, proc_times(&trace, all), "{time:?}");
        }
        // A part alone is what the whole has there.
        let whole = runnable_series(&trace, TimeRange::ALL, 13);
        let starts = whole.buckets.iter().map(|bucket| bucket.start);
        let ends = starts.skip(1).chain([whole.end]);
        for (bucket, end) in whole.buckets.iter().zip(ends) {
            let part = TimeRange {
                start: bucket.start,
                end,
            };
            assert_eq!(runnable_series(&trace, part, 1).buckets, [*bucket]);
        }
    }
}
