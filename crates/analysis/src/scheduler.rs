//! All that the scheduler's view shows of a part of time, in one pass over its spans: the rows are read once, and what
//! each needs of them costs less together than apart.

use tracepane_model::{Nanos, SpanPiece, SpanState, Trace};

use crate::latency::{self, Latencies, Waiting};
use crate::pieces::{for_each_piece, for_each_piece_with_causes, rows_of};
use crate::proc_times::{self, Open, ProcTimes};
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
    let mut pass = Pass {
        latency: latency::Pass::new(trace, &scope),
        runnable: runnable::Pass::new(trace, window, count),
        procs: proc_times::Pass::new(trace, window, &stopped),
        doing: Vec::new(),
    };
    // All three want the same rows, but a latency may end with the trace.
    let (first, end) = pass.procs.begin();
    pass.runnable.begin();
    pass.latency.begin(first);
    pass.doing = (pass.latency.waiting().iter())
        .zip(pass.procs.open().iter())
        .map(|(&waits, &open)| Doing::new(waits, open))
        .collect();
    for_each_piece_with_causes(trace, first, end, |piece| pass.piece(piece));
    for (goroutine, doing) in pass.doing.iter().enumerate() {
        pass.latency.waiting()[goroutine] = doing.waits();
        pass.procs.open()[goroutine] = doing.open();
    }
    let (_, last) = rows_of(trace, window);
    for_each_piece(trace, end.max(first), last, |piece| {
        pass.latency.piece(piece)
    });
    SchedulerTimes {
        latencies: pass.latency.finish(),
        runnable: pass.runnable.finish(),
        procs: pass.procs.finish(),
    }
}

struct Pass<'a> {
    latency: latency::Pass<'a>,
    runnable: runnable::Pass<'a>,
    procs: proc_times::Pass<'a>,
    /// By goroutine.
    doing: Vec<Doing>,
}

/// What a goroutine is doing: none waits for a proc and is on one at the same time, so both are one record.
#[derive(Clone, Copy)]
struct Doing {
    /// Since when it does what is not nothing.
    since: i64,
    /// Of [`Waiting`].
    span: u32,
    /// Of [`Open`].
    place: u32,
}

impl Doing {
    fn new(waits: Waiting, open: Open) -> Self {
        Self {
            since: if waits.waits() {
                waits.since
            } else {
                open.since
            },
            span: waits.span,
            place: open.place,
        }
    }

    #[inline(always)]
    fn waits(self) -> Waiting {
        Waiting {
            since: self.since,
            span: self.span,
        }
    }

    #[inline(always)]
    fn open(self) -> Open {
        Open {
            since: self.since,
            place: self.place,
        }
    }
}

impl Pass<'_> {
    /// Called for each piece, so that a browser compiles it well while the pass goes on.
    #[inline(never)]
    fn piece(&mut self, piece: &SpanPiece) {
        let mut stretch = self.runnable.stretch();
        self.procs.begin_piece(piece);
        for ((span, start, goroutine, kind, _), &cause) in piece.rows().zip(piece.causes()) {
            self.runnable.row(&mut stretch, start, goroutine, kind);
            let now = Doing {
                since: self.procs.since(start, kind),
                span: Waiting::begun(span, start, kind).span,
                place: self.procs.place(kind, cause),
            };
            let Some(doing) = self.doing.get_mut(goroutine.0 as usize) else {
                continue;
            };
            let before = std::mem::replace(doing, now);
            if before.waits().waits() {
                if kind.state() == SpanState::Running {
                    self.latency
                        .add(goroutine.0 as usize, before.waits(), span, Nanos(start));
                }
            } else {
                self.procs.close(before.open(), start);
            }
        }
        self.runnable.end_stretch(&stretch);
    }
}

#[cfg(test)]
mod tests {
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
