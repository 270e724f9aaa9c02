//! Where the time of regions goes, on traces made by hand.

use tracepane_wire::{GoroutineState, Range, Scope as RangeOf};

use super::*;
use crate::names;
use crate::script::{NOBODY, Script, g};

/// The times of all regions.
fn texts(trace: &Trace, completeness: Completeness) -> Vec<String> {
    // In another order than they stand in, to be sure that it does not matter.
    let rows: Vec<u32> = (0..trace.regions.len() as u32).rev().collect();
    let found = region_times(trace, &rows, completeness);
    assert!(!found.is_cut());
    assert_eq!(found.len(), rows.len());
    let mut texts: Vec<String> = (0..rows.len())
        .map(|place| {
            let times = found.times(place);
            let mut text = format!(
                "{}: {} {} {} {}",
                times.total.0,
                times.running.0,
                times.runnable.0,
                times.syscall.0,
                times.syscall_blocked.0
            );
            for &(reason, nanos) in found.waits(place) {
                text += &format!(", {} {}", names::reason(trace, reason), nanos.0);
            }
            for &(kind, nanos) in found.ranges(place) {
                text += &format!(", {} {}", names::range(trace, kind), nanos.0);
            }
            text
        })
        .collect();
    texts.reverse();
    texts
}

#[test]
fn nested_regions_each_have_their_own_part() {
    let mut t = Script::new();
    t.found(1, 1, GoroutineState::Running, "a<main.a");
    t.block(3, 1, "select", "a<main.a");
    t.wake(5, NOBODY, 1, "");
    t.run(6, 1);
    t.begin_region(10, 1, 0, "outer", "a<main.a");
    t.block(12, 1, "select", "a<main.a");
    t.wake(20, NOBODY, 1, "");
    t.run(21, 1);
    t.begin_region(22, 1, 0, "inner", "a<main.a");
    t.range((23, 27), 1, Range::GcMarkAssist, RangeOf::Goroutine(g(1)));
    t.block(30, 1, "sync", "a<main.a");
    t.wake(34, NOBODY, 1, "");
    t.run(35, 1);
    t.end_region(36, 1, 0, "inner");
    t.begin_region(37, 1, 0, "inner", "a<main.a");
    t.end_region(38, 1, 0, "inner");
    t.syscall(40, 1, "a<main.a");
    t.lose_proc(42, 1);
    t.return_blocked(47, 1);
    t.run(50, 1);
    t.end_region(51, 1, 0, "outer");
    let trace = t.finish(100);
    let expect = [
        "41: 17 5 2 5, select 8, sync 4, GC mark assist 4",
        "14: 9 1 0 0, sync 4, GC mark assist 4",
        "1: 1 0 0 0",
    ];
    assert_eq!(texts(&trace, Completeness::Complete), expect);
    assert_eq!(texts(&trace, Completeness::AsGoToolTrace), expect);
}

#[test]
fn regions_without_beginning_or_end_have_what_the_trace_has() {
    let mut t = Script::new();
    t.found(7, 1, GoroutineState::Running, "a<main.a");
    t.found(8, 2, GoroutineState::Running, "a<main.a");
    t.end_region(20, 1, 0, "outer");
    t.begin_region(30, 2, 0, "outer", "a<main.a");
    t.end(50, 2);
    t.begin_region(60, 1, 0, "outer", "a<main.a");
    t.block(70, 1, "select", "a<main.a");
    let trace = t.finish(100);
    let expect = ["20: 20 0 0 0", "20: 20 0 0 0", "40: 10 0 0 0, select 30"];
    assert_eq!(texts(&trace, Completeness::Complete), expect);
    assert_eq!(texts(&trace, Completeness::AsGoToolTrace), expect);
}

#[test]
fn a_system_call_that_outlives_the_trace_is_counted_twice_by_go() {
    let mut t = Script::new();
    t.found(7, 1, GoroutineState::Running, "a<main.a");
    t.begin_region(10, 1, 0, "outer", "a<main.a");
    t.syscall(20, 1, "a<main.a");
    t.lose_proc(30, 1);
    let trace = t.finish(100);
    assert_eq!(texts(&trace, Completeness::Complete), ["90: 10 0 10 70"]);
    assert_eq!(
        texts(&trace, Completeness::AsGoToolTrace),
        ["90: 10 70 80 0"]
    );
}

#[test]
fn rows_that_are_not_there_have_no_times() {
    let trace = Script::new().finish(100);
    let found = region_times(&trace, &[5, 6], Completeness::Complete);
    assert_eq!((found.len(), found.times(1)), (2, Times::default()));
    assert!(found.waits(0).is_empty() && found.waits(9).is_empty());
}
