//! What stands out in traces made by hand, and the sentences that say so.

use tracepane_wire::{GoroutineState, Metric, Range, Scope as RangeOf};

use super::*;
use crate::goroutines::goroutine_times;
use crate::profiles::Completeness;
use crate::scope::Scope;
use crate::script::{NOBODY, Script, g};
use crate::summary::summary;

fn trace() -> Trace {
    let mut t = Script::new();
    t.metric(0, Metric::GoMaxProcs, 2);
    t.found(1, 1, GoroutineState::Running, "a<main.a");
    t.create(100_000, 1, 2, "a<main.a", "main.b");
    t.run(300_000, 2);
    let of_2 = RangeOf::Goroutine(g(2));
    t.range((310_000, 360_000), 2, Range::GcMarkAssist, of_2);
    t.block(
        400_000,
        2,
        "sync",
        "sync.(*Mutex).Lock<sync.(*Once).Do<b<main.b",
    );
    t.wake(450_000, 1, 2, "a<main.a");
    t.run(450_100, 2);
    t.block(450_200, 2, "chan receive", "b<main.b");
    t.pause((500_000, 510_000), 1, "GC sweep termination");
    t.range((510_000, 610_000), NOBODY, Range::GcMark, RangeOf::Global);
    t.pause((610_000, 830_000), 1, "GC mark termination");
    t.metric(840_000, Metric::HeapObjects, 5 << 20);
    t.finish(1_000_000)
}

fn sentences(trace: &Trace) -> Vec<String> {
    let times = goroutine_times(trace, &Scope::ALL, Completeness::Complete);
    findings(trace, &times)
        .iter()
        .map(|finding| sentence(trace, finding))
        .collect()
}

#[test]
fn every_finding_has_a_sentence() {
    assert_eq!(
        sentences(&trace()),
        [
            "Goroutines used 55.0 % of the time of 2 procs.",
            "Goroutines that were ready waited 100 ns for a proc (median) and 200.0 µs at worst; 99 of 100 of \
             2 waits were shorter than 200.0 µs.",
            "The longest of 2 stop-the-world pauses took 220.0 µs (GC mark termination); they took 230.0 µs in all.",
            "The garbage collector was marking for 10.0 % of the time, in 1 cycle, the longest of 100.0 µs.",
            "Goroutines of main.b had to help the garbage collector for 50.00 µs in all, 5.6 % of their lives.",
            "Goroutines waited for locks 1 time, 50.00 µs in all; 100.0 % of that in b.",
            "1 goroutine of main.b waited for 549.8 µs in all for this reason: chan receive.",
        ]
    );
}

#[test]
fn the_waits_of_the_sentence_are_those_of_the_schedulers_view() {
    let mut t = Script::new();
    t.found(1, 1, GoroutineState::Running, "a<main.a");
    // Since when it has waited is not known.
    t.found(2, 2, GoroutineState::Runnable, "b<main.b");
    t.run(10, 2);
    t.block(20, 2, "select", "b<main.b");
    t.wake(30, 1, 2, "a<main.a");
    t.run(35, 2);
    // This one waits until the end.
    t.create(40, 1, 3, "a<main.a", "main.c");
    let trace = t.finish(100);
    let counts: Vec<(u64, Nanos)> = findings(
        &trace,
        &goroutine_times(&trace, &Scope::ALL, Completeness::Complete),
    )
    .iter()
    .filter_map(|finding| match finding {
        Finding::SchedulingWait { count, longest, .. } => Some((*count, *longest)),
        _ => None,
    })
    .collect();
    let all = crate::latency::latencies(&trace, &Scope::ALL).all;
    assert_eq!(counts, [(all.count, all.longest)]);
    assert_eq!(counts, [(1, Nanos(5))]);
}

#[test]
fn goroutines_that_have_long_been_blocked_may_be_stuck() {
    let mut t = Script::new();
    t.found(1, 1, GoroutineState::Running, "a<main.a");
    for goroutine in 2..14 {
        let start = i64::from(goroutine) * 10;
        t.create(start, 1, goroutine, "a<main.a", "main.b");
        t.run(start + 1, goroutine);
    }
    for goroutine in 2..13 {
        t.block(
            200 + i64::from(goroutine),
            goroutine,
            "chan receive",
            "b<main.b",
        );
    }
    t.block(990, 13, "chan receive", "b<main.b");
    let trace = t.finish(1_000);
    assert_eq!(
        sentences(&trace).last().unwrap(),
        "11 of the 12 goroutines that started as main.b during the trace have long been blocked when it ends, most \
         of them for this reason: chan receive."
    );
}

#[test]
fn an_empty_trace_has_no_findings() {
    let trace = Trace::default();
    let times = goroutine_times(&trace, &Scope::ALL, Completeness::Complete);
    assert_eq!(findings(&trace, &times), []);
    assert_eq!(summary(&trace, &times).goroutines.total, 0);
}

#[test]
fn the_summary_counts() {
    let trace = trace();
    let times = goroutine_times(&trace, &Scope::ALL, Completeness::Complete);
    let summary = summary(&trace, &times);
    assert_eq!(summary.duration, Nanos(1_000_000));
    assert_eq!(summary.gomaxprocs, Some(2));
    assert_eq!(summary.heap_max, Some(5 << 20));
    let goroutines = summary.goroutines;
    assert_eq!((goroutines.total, goroutines.at_start), (2, 1));
    assert_eq!((goroutines.at_end, goroutines.most), (2, 2));
    assert_eq!((summary.gc_cycles, summary.gc_mark), (1, Nanos(100_000)));
    assert_eq!(summary.pauses.count, 2);
    assert_eq!(summary.pauses.longest, Nanos(220_000));
    assert_eq!(summary.losses, [""; 0]);
}
