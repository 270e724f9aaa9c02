//! Cycles and GC work of traces made by hand.

use tracepane_wire::{EventKind, GoroutineState, Metric, Range, Scope};

use super::*;
use crate::script::{NOBODY, Script};

fn begin(range: Range) -> EventKind {
    EventKind::RangeBegin {
        range,
        scope: Scope::Global,
    }
}

fn end(range: Range) -> EventKind {
    EventKind::RangeEnd {
        range,
        scope: Scope::Global,
        swept: 0,
        reclaimed: 0,
    }
}

/// One whole cycle with what the runtime writes of it, in its order, and the beginning of the next one.
fn script() -> Script {
    let own = |g| Scope::Goroutine(tracepane_wire::GoroutineIndex(g));
    let mut s = Script::new();
    s.metric(0, Metric::GoMaxProcs, 4);
    s.metric(1, Metric::HeapGoal, 1_000);
    for g in [1, 2, 3] {
        s.found(2, g, GoroutineState::Runnable, "a<main.a");
        s.run(3, g);
    }
    s.metric(5, Metric::HeapObjects, 800);
    s.sweep((6, 8), 2, 10, 5);
    s.event(10, 1, "runtime.GC<main.a", begin(Range::GcMark));
    s.pause((12, 15), 1, "GC sweep termination");
    s.label(20, 3, "GC (dedicated)");
    s.event(
        22,
        1,
        "",
        EventKind::RangeBegin {
            range: Range::GcMarkAssist,
            scope: own(1),
        },
    );
    s.metric(24, Metric::HeapObjects, 950);
    s.block(25, 1, "sync", "a<main.a");
    s.wake(30, 3, 1, "");
    s.run(32, 1);
    s.event(
        36,
        1,
        "",
        EventKind::RangeEnd {
            range: Range::GcMarkAssist,
            scope: own(1),
            swept: 0,
            reclaimed: 0,
        },
    );
    s.block(40, 3, "sync", "b<main.b");
    // Something was left to mark.
    s.pause((42, 44), 2, "GC mark termination");
    let stop = s.begin_pause(50, 2, "GC mark termination");
    s.metric(52, Metric::HeapObjects, 400);
    s.event(53, 2, "", end(Range::GcMark));
    s.metric(54, Metric::HeapGoal, 900);
    s.end_pause(55, 2, stop);
    s.pause((56, 57), 2, "read mem stats");
    s.sweep((58, 60), 1, 100, 40);
    s.metric(70, Metric::HeapObjects, 880);
    s.event(80, NOBODY, "runtime.mallocgc<main.b", begin(Range::GcMark));
    // Still of the cycle before.
    s.sweep((81, 82), 2, 10, 0);
    s.pause((83, 84), 2, "GC sweep termination");
    s.range((90, 95), 2, Range::GcMarkAssist, own(2));
    s
}

#[test]
fn a_cycle_has_its_phases_work_and_heap() {
    let trace = script().finish(100);
    let cycles = gc_cycles(&trace);
    let [first, second] = &cycles.rows[..] else {
        panic!("{:?}", cycles.rows);
    };
    assert_eq!((first.start, first.end), (Nanos(10), Nanos(55)));
    assert!(first.begin_seen && first.end_seen);
    assert_eq!(first.trigger, GcTrigger::Call);
    let sweep_termination = first.sweep_termination.unwrap();
    assert_eq!(sweep_termination.length(), Nanos(3));
    assert_eq!(first.mark_terminations.len(), 2);
    // Marking ends with the first attempt to end it.
    assert_eq!(first.mark, Nanos(42 - 15));
    assert_eq!(first.paused(), Nanos(3 + 2 + 5));

    let work = |cycle: &GcCycle, kind: GcWorkKind| cycle.work[kind as usize].0;
    assert_eq!(work(first, GcWorkKind::Dedicated), 20);
    assert_eq!(work(first, GcWorkKind::Assist), 3 + 4);
    assert_eq!(work(first, GcWorkKind::Sweep), 2 + 1);
    assert_eq!(first.worked(), Nanos(30));
    let assists = Assists {
        count: 1,
        time: Nanos(14),
        running: Nanos(7),
    };
    assert_eq!(first.assists, assists);
    let group = trace.goroutines.row(first.by).group;
    assert_eq!(first.assists_by_group, [(group, assists)]);

    let swept = first.swept;
    assert_eq!((swept.count, swept.swept, swept.reclaimed), (2, 110, 40));
    assert_eq!((swept.time, swept.until), (Nanos(3), Some(Nanos(82))));
    assert_eq!(
        (cycles.swept_before.count, cycles.swept_before.swept),
        (1, 10)
    );

    assert_eq!(
        (first.heap_before, first.heap_peak, first.heap_live),
        (Some(800), Some(950), Some(400))
    );
    assert_eq!((first.goal, first.next_goal), (Some(1_000), Some(900)));

    // The trace ends while the second one marks.
    assert_eq!((second.start, second.end), (Nanos(80), Nanos(100)));
    assert!(second.begin_seen && !second.end_seen);
    assert_eq!(second.trigger, GcTrigger::HeapSize);
    assert_eq!((second.heap_before, second.heap_live), (Some(880), None));
    assert_eq!((second.goal, second.next_goal), (Some(900), None));
    assert_eq!((second.mark, second.paused()), (Nanos(16), Nanos(1)));
    assert_eq!(second.assists.count, 1);

    assert_eq!(cycles.available, Nanos(400));
    assert_eq!(cycles.work[GcWorkKind::Sweep as usize], Nanos(5));
    assert_eq!(cycles.assists_by_group.len(), 1);
    assert_eq!(cycles.assists_by_group[0].1.time, Nanos(19));
}

#[test]
fn a_cycle_that_was_going_on_is_marked_so() {
    let mut s = Script::new();
    s.metric(0, Metric::GoMaxProcs, 4);
    s.event(
        5,
        1,
        "",
        EventKind::RangeActive {
            range: Range::GcMark,
            scope: Scope::Global,
        },
    );
    let stop = s.begin_pause(20, 2, "GC mark termination");
    s.metric(22, Metric::HeapObjects, 400);
    s.event(23, 2, "", end(Range::GcMark));
    s.end_pause(25, 2, stop);
    let trace = s.finish(30);
    let cycles = gc_cycles(&trace);
    let [cycle] = &cycles.rows[..] else {
        panic!("{:?}", cycles.rows);
    };
    assert!(!cycle.begin_seen && cycle.end_seen);
    assert_eq!((cycle.start, cycle.end), (Nanos(0), Nanos(25)));
    assert_eq!(cycle.trigger, GcTrigger::Unknown);
    assert_eq!(cycle.sweep_termination, None);
    assert_eq!(cycle.mark, Nanos(20));
    assert_eq!((cycle.heap_before, cycle.heap_live), (None, Some(400)));
}

#[test]
fn work_counts_only_while_its_goroutine_runs() {
    let trace = script().finish(100);
    let mut pieces = Vec::new();
    for_each_gc_work(&trace, |work| {
        pieces.push((work.kind, work.proc.0, work.start.0, work.end.0));
    });
    use GcWorkKind::{Assist, Dedicated, Sweep};
    assert_eq!(
        pieces,
        [
            (Assist, 1, 22, 25),
            (Assist, 1, 32, 36),
            (Assist, 2, 90, 95),
            (Dedicated, 3, 20, 40),
            (Sweep, 2, 6, 8),
            (Sweep, 1, 58, 60),
            (Sweep, 2, 81, 82),
        ]
    );
}
