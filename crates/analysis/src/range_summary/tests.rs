//! A range of a trace made by hand has what lies in it.

use tracepane_wire::{GoroutineState, Metric, Range, Scope as RangeOf};

use super::*;
use crate::names;
use crate::script::{NOBODY, Script, g};

fn range(start: i64, end: i64) -> TimeRange {
    TimeRange {
        start: Nanos(start),
        end: Nanos(end),
    }
}

/// Goroutine 1 runs to 30, is blocked at a channel to 70, ready to 75, runs on; 2 is found waiting for the network and
/// stays so; 3 is created at 20, runs from 40, ends at 60.
fn trace() -> Trace {
    let mut t = Script::new();
    t.metric(0, Metric::GoMaxProcs, 2);
    t.metric(5, Metric::HeapObjects, 1_000);
    t.found(0, 1, GoroutineState::Running, "a<main.a");
    t.found(
        1,
        2,
        GoroutineState::Waiting,
        "runtime.netpollblock<b<main.b",
    );
    t.create(20, 1, 3, "a<main.a", "main.c");
    t.block(30, 1, "chan receive", "wait<main.a");
    t.run(40, 3);
    t.metric(45, Metric::HeapObjects, 3_000);
    t.range((46, 50), 3, Range::GcMarkAssist, RangeOf::Goroutine(g(3)));
    t.pause((50, 54), 3, "GC mark termination");
    t.end(60, 3);
    t.wake(70, NOBODY, 1, "");
    t.run(75, 1);
    t.finish(100)
}

#[test]
fn a_range_has_what_lies_in_it() {
    let trace = trace();
    let found = range_summary(&trace, range(35, 72));
    assert_eq!(found.time, range(35, 72));
    let ns = |times: &Times| {
        [
            times.total,
            times.running,
            times.runnable,
            times.waiting,
            times.syscall,
        ]
        .map(|nanos| nanos.0)
    };
    // 1: blocked 35–70, ready 70–72. 2: waits 37. 3: ready 35–40, runs 40–60.
    assert_eq!(ns(&found.times), [37 + 37 + 25, 20, 2 + 5, 35 + 37, 0]);
    assert_eq!((found.goroutines, found.groups.len()), (3, 3));
    assert_eq!(found.running, [(g(3), Nanos(20))]);
    assert_eq!(found.runnable, [(g(3), Nanos(5)), (g(1), Nanos(2))]);
    assert_eq!(found.waiting, [(g(2), Nanos(37)), (g(1), Nanos(35))]);
    let reasons: Vec<(&str, i64)> = (found.waits.iter())
        .map(|&(reason, nanos)| (names::reason(&trace, reason), nanos.0))
        .collect();
    // The runtime does not say what a goroutine waits for that it finds waiting…
    assert_eq!(reasons, [("", 37), ("chan receive", 35)]);
    // …but its stack does.
    let blocked: Vec<(ProfileKind, u64, i64)> = (found.blocked.iter())
        .map(|at| (at.kind, at.count, at.nanos.0))
        .collect();
    assert_eq!(
        blocked,
        [(ProfileKind::Network, 1, 37), (ProfileKind::Sync, 1, 35)]
    );
    // Of the waits for a proc, 3's ended in it: all of it counts.
    assert_eq!((found.latency.count, found.latency.total), (1, Nanos(20)));
    assert_eq!(found.latencies.count(), 1);
    assert_eq!(found.heap, (Some(1_000), Some(3_000)));
    assert_eq!(
        found.gc,
        RangeGc {
            cycles: 0,
            marking: Nanos(0),
            pauses: 1,
            paused: Nanos(4),
            longest_pause: Nanos(4),
            assists: 1,
            assisting: Nanos(4),
        }
    );
    let total: i64 = found.procs.iter().map(|proc| proc.total.0).sum();
    assert_eq!(total, 2 * 37);
}

#[test]
fn edges_cut_what_reaches_over_them() {
    let trace = trace();
    let found = range_summary(&trace, range(48, 52));
    assert_eq!(found.gc.assisting, Nanos(2));
    assert_eq!(
        (found.gc.paused, found.gc.longest_pause),
        (Nanos(2), Nanos(4))
    );
    // Nothing changes in it: all is what goroutines were doing when it began.
    assert_eq!(found.times.running, Nanos(4));
    assert_eq!(found.times.waiting, Nanos(8));
    assert_eq!(found.latency.count, 0);
}

#[test]
fn before_the_first_word_of_a_goroutine_it_did_the_same() {
    let mut t = Script::new();
    t.found(50, 1, GoroutineState::Waiting, "runtime.chanrecv<a<main.a");
    let trace = t.finish(100);
    let found = range_summary(&trace, range(10, 20));
    assert_eq!((found.goroutines, found.times.waiting), (1, Nanos(10)));
    assert_eq!(found.blocked.len(), 1);
    assert_eq!(found.blocked[0].nanos, Nanos(10));
}

#[test]
fn ranges_without_time_are_empty() {
    let trace = trace();
    for odd in [range(100, 200), range(50, 50), range(60, 40), range(-10, 0)] {
        let found = range_summary(&trace, odd);
        assert_eq!(found.times, Times::default(), "{odd:?}");
        assert_eq!((found.goroutines, found.blocked_stacks), (0, 0), "{odd:?}");
    }
    let whole = range_summary(&trace, TimeRange::ALL);
    assert_eq!(whole.time, range(0, 100));
    assert_eq!(whole, range_summary(&trace, range(0, 101)));
    let nothing = range_summary(&Trace::default(), TimeRange::ALL);
    assert_eq!(nothing.goroutines, 0);
}
