//! What the rules of the summary say, on traces made by hand.

use tracepane_wire::{GoroutineState, Range, Scope as RangeOf};

use super::*;
use crate::scope::TimeRange;
use crate::script::{NOBODY, Script, g};

/// A goroutine's statistics in go tool trace's words, and its total.
fn stats(trace: &Trace, goroutine: u32, completeness: Completeness) -> String {
    let times = goroutine_times(trace, &Scope::ALL, completeness);
    // The shorter way through the goroutine's own list gives the same.
    let alone = goroutine_times(trace, &Scope::goroutine(g(goroutine)), completeness);
    let text = |times: &GoroutineTimes| {
        let stats = times.go_stats(trace, g(goroutine));
        let stats: Vec<_> = stats
            .iter()
            .map(|(name, n)| format!("{name}={}", n.0))
            .collect();
        format!(
            "{}: {}",
            times.times(g(goroutine)).total.0,
            stats.join(", ")
        )
    };
    assert_eq!(text(&times), text(&alone));
    text(&times)
}

fn both(trace: &Trace, goroutine: u32) -> [String; 2] {
    [Completeness::AsGoToolTrace, Completeness::Complete].map(|c| stats(trace, goroutine, c))
}

#[test]
fn every_nanosecond_has_its_state() {
    let mut t = Script::new();
    t.found(1, 1, GoroutineState::Running, "a<main.a");
    t.create(10, 1, 2, "a<main.a", "main.b");
    t.run(30, 2);
    t.block(40, 2, "chan receive", "b<main.b");
    t.wake(70, 1, 2, "c<main.c");
    t.run(75, 2);
    t.syscall(80, 2, "b<main.b");
    t.lose_proc(82, 2);
    t.return_blocked(86, 2);
    t.run(89, 2);
    t.end(90, 2);
    let trace = t.finish(100);
    let expect = "80: Execution time=16, Sched wait time=28, Syscall execution time=2, \
                  Block time (syscall)=4, Block time (chan receive)=30";
    assert_eq!(both(&trace, 2), [expect, expect]);
    assert_eq!(both(&trace, 1), ["100: Execution time=100"; 2]);
}

#[test]
fn what_a_goroutine_is_found_in_counts_from_the_generations_start() {
    let mut t = Script::new();
    t.found(7, 1, GoroutineState::Waiting, "a<main.a");
    t.wake(10, NOBODY, 1, "");
    t.run(15, 1);
    let trace = t.finish(20);
    let expect = "20: Execution time=5, Sched wait time=5, Block time ()=10";
    assert_eq!(both(&trace, 1), [expect, expect]);
}

#[test]
fn a_system_call_blocked_at_the_end_is_counted_twice_by_go() {
    let mut t = Script::new();
    t.found(1, 1, GoroutineState::Running, "a<main.a");
    t.syscall(10, 1, "a<main.a");
    t.lose_proc(30, 1);
    let trace = t.finish(100);
    assert_eq!(
        both(&trace, 1),
        [
            "100: Execution time=10, Sched wait time=70, Syscall execution time=90",
            "100: Execution time=10, Syscall execution time=20, Block time (syscall)=70",
        ]
    );
}

#[test]
fn a_system_call_that_never_had_a_proc_is_blocked() {
    let mut t = Script::new();
    t.found(5, 1, GoroutineState::Syscall, "a<main.a");
    t.return_blocked(45, 1);
    t.run(50, 1);
    let trace = t.finish(60);
    assert_eq!(
        both(&trace, 1),
        [
            "60: Execution time=10, Sched wait time=5, Syscall execution time=40, Block time (syscall)=5",
            "60: Execution time=10, Sched wait time=5, Block time (syscall)=45",
        ]
    );
}

#[test]
fn who_blocks_for_ever_has_ended_for_go() {
    let mut t = Script::new();
    t.found(1, 1, GoroutineState::Running, "a<main.a");
    t.block(40, 1, "forever", "b<main.b");
    let trace = t.finish(100);
    assert_eq!(
        both(&trace, 1),
        [
            "40: Execution time=40",
            "100: Execution time=40, Block time (forever)=60"
        ]
    );
}

#[test]
fn of_an_id_that_is_used_again_go_knows_the_last_life() {
    let mut t = Script::new();
    t.found(1, 1, GoroutineState::Running, "a<main.a");
    t.create(10, 1, 2, "a<main.a", "main.b");
    t.run(12, 2);
    t.end(15, 2);
    t.create(50, 1, 2, "a<main.a", "main.b");
    t.run(51, 2);
    t.end(59, 2);
    let trace = t.finish(100);
    assert_eq!(
        both(&trace, 2),
        [
            "9: Execution time=8, Sched wait time=1",
            "14: Execution time=11, Sched wait time=3"
        ]
    );
}

#[test]
fn ranges_count_for_who_began_and_ended_them() {
    let mut t = Script::new();
    t.found(1, 1, GoroutineState::Running, "a<main.a");
    let sweep_of = |p| RangeOf::Proc(tracepane_model::ProcIndex(p));
    t.range((10, 13), 1, Range::GcSweep, sweep_of(1));
    t.range((20, 25), 1, Range::GcMarkAssist, RangeOf::Goroutine(g(1)));
    t.range((21, 23), NOBODY, Range::GcMark, RangeOf::Global);
    t.pause((30, 37), 1, "GC mark termination");
    t.event(
        90,
        1,
        "",
        tracepane_wire::EventKind::RangeBegin {
            range: Range::GcMarkAssist,
            scope: RangeOf::Goroutine(g(1)),
        },
    );
    let trace = t.finish(100);
    let expect = "100: Execution time=100, GC mark assist=15, GC incremental sweep=3, \
                  stop-the-world (GC mark termination)=7";
    assert_eq!(both(&trace, 1), [expect, expect]);
}

#[test]
fn a_state_that_began_at_0_does_not_count_for_go() {
    let mut t = Script::starting_at(-1);
    t.found(1, 1, GoroutineState::Runnable, "");
    t.run(11, 1);
    let trace = t.finish(20);
    assert_eq!(
        both(&trace, 1),
        [
            "20: Execution time=9, Sched wait time=1, Unknown time=10",
            "20: Execution time=9, Sched wait time=11"
        ]
    );
}

#[test]
fn a_scope_clips() {
    let mut t = Script::new();
    t.found(1, 1, GoroutineState::Running, "a<main.a");
    t.block(40, 1, "select", "b<main.b");
    t.wake(70, NOBODY, 1, "");
    let trace = t.finish(100);
    let scope = Scope {
        time: Some(TimeRange {
            start: Nanos(30),
            end: Nanos(60),
        }),
        ..Scope::ALL
    };
    let times = goroutine_times(&trace, &scope, Completeness::Complete);
    let row = times.times(g(1));
    assert_eq!(
        (row.total.0, row.running.0, row.waiting.0, row.runnable.0),
        (30, 10, 20, 0)
    );
}
