//! Latencies of traces made by hand.

use tracepane_wire::GoroutineState;

use super::*;
use crate::scope::TimeRange;
use crate::script::{NOBODY, Script, g};

fn script() -> Script {
    let mut s = Script::new();
    // Nobody knows since when it could run.
    s.found(1, 1, GoroutineState::Runnable, "a<main.a");
    s.run(5, 1);
    s.create(10, 1, 2, "a<main.a", "main.b");
    s.run(40, 2);
    s.block(50, 2, "sync", "b<main.b");
    s.wake(60, 1, 2, "a<main.a");
    s.run(61, 2);
    s.preempt(70, 1, "a<main.a");
    s.run(75, 1);
    s.block(80, 2, "network", "b<main.b");
    s.wake(90, NOBODY, 2, "");
    s.create(91, 1, 3, "a<main.a", "main.c");
    s
}

#[test]
fn latencies_last_from_runnable_to_running() {
    let trace = script().finish(100);
    let found = latencies(&trace, &Scope::ALL);
    let all = found.all;
    assert_eq!(
        (all.count, all.total, all.longest),
        (3, Nanos(36), Nanos(30))
    );
    assert_eq!(
        (all.p50, all.p99, all.mean()),
        (Nanos(5), Nanos(30), Nanos(12))
    );
    assert_eq!(found.histogram.count(), 3);
    let worst: Vec<_> = (found.worst.iter())
        .map(|case| {
            (
                case.goroutine,
                case.start.0,
                case.length.0,
                case.woken_by,
                case.proc,
            )
        })
        .collect();
    let proc = |i| Some(ProcIndex(i));
    assert_eq!(
        worst,
        [
            (g(2), 10, 30, Some(g(1)), proc(2)),
            (g(1), 70, 5, None, proc(1)),
            (g(2), 60, 1, Some(g(1)), proc(2)),
        ]
    );
    let groups: Vec<_> = (found.groups.iter())
        .map(|group| {
            let name = trace.goroutines.groups[group.group.0 as usize];
            (
                trace.strings.get(name),
                group.latency.count,
                group.latency.total.0,
            )
        })
        .collect();
    assert_eq!(groups, [("main.b", 2, 31), ("main.a", 1, 5)]);
    assert_eq!(trace.spans.start(found.groups[0].worst), Nanos(10));
    assert_eq!((found.unfinished, found.longest_unfinished), (2, Nanos(10)));
}

#[test]
fn a_latency_belongs_to_the_time_at_which_it_ends() {
    let trace = script().finish(100);
    let count = |start, end| {
        let time = TimeRange {
            start: Nanos(start),
            end: Nanos(end),
        };
        let scope = Scope {
            time: Some(time),
            ..Scope::ALL
        };
        let found = latencies(&trace, &scope);
        (found.all.count, found.unfinished)
    };
    assert_eq!(count(0, 40), (0, 0));
    assert_eq!(count(40, 61), (1, 0));
    assert_eq!(count(61, 200), (2, 2));
    let one = latencies(&trace, &Scope::goroutine(g(2)));
    assert_eq!((one.all.count, one.worst.len(), one.unfinished), (2, 2, 1));
}

#[test]
fn only_the_worst_cases_are_kept() {
    let mut s = Script::new();
    s.found(0, 1, GoroutineState::Running, "a<main.a");
    let mut time = 0;
    for i in 0..3 * WORST as i64 {
        s.preempt(time, 1, "a<main.a");
        // Each is one longer, then the longest come again.
        time += 1 + i % (2 * WORST as i64);
        s.run(time, 1);
        time += 1;
    }
    let found = latencies(&s.finish(time), &Scope::ALL);
    assert_eq!(found.all.count, 3 * WORST as u64);
    assert_eq!(found.worst.len(), WORST);
    assert_eq!(found.worst[0].length, Nanos(2 * WORST as i64));
    assert_eq!(found.worst[WORST - 1].length, Nanos(WORST as i64 + 1));
}
