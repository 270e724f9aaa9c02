//! Small event streams made by hand, and the tables they become.

mod script;

use tracepane_wire::{
    EventKind, GoroutineIndex, GoroutineState as G, Nanos, ProcIndex, ProcState as P, Range, Scope,
    StringId, TaskId,
};

use script::{NO_STACK, Script, check};

#[test]
fn a_goroutine_is_created_blocks_and_is_unblocked() {
    let mut s = Script::new();
    s.at(1, Some(0), Some(0), None)
        .change(0, G::Undetermined, G::Running, "");
    s.at(5, Some(0), Some(0), Some(0)).stack(&["main.main"]);
    s.create(1, "main.worker");
    s.at(8, Some(1), Some(1), None)
        .change(1, G::Runnable, G::Running, "");
    s.at(10, Some(1), Some(1), Some(1))
        .stack(&["chanrecv", "main.worker"])
        .change(1, G::Running, G::Waiting, "chan receive");
    s.at(15, Some(0), Some(0), Some(0))
        .stack(&["chansend", "main.main"]);
    s.change_with(1, G::Waiting, G::Runnable, "", NO_STACK);
    s.at(16, Some(1), Some(1), None)
        .change(1, G::Runnable, G::Running, "");
    // A timer wakes: nobody's doing, but on a proc.
    s.at(17, Some(1), Some(1), Some(1))
        .stack(&["main.worker"])
        .change(1, G::Running, G::Waiting, "sleep");
    s.at(18, Some(1), Some(1), None)
        .change(1, G::Waiting, G::Runnable, "");
    s.at(19, Some(1), Some(1), None)
        .change(1, G::Runnable, G::Running, "");
    // Preempted: its own doing.
    s.at(20, Some(1), Some(1), Some(1))
        .stack(&["main.worker"])
        .change(1, G::Running, G::Runnable, "preempted");
    s.at(21, Some(1), Some(1), None)
        .change(1, G::Runnable, G::Running, "");
    // A report of a state that is known adds nothing.
    s.at(22, Some(1), Some(1), None)
        .change(1, G::Running, G::Running, "");
    s.at(23, Some(1), Some(1), Some(1))
        .change(1, G::Running, G::NotExist, "");
    let trace = s.finish();
    check(
        &trace.dump_goroutines(),
        r#"
        G10 "" before 0 ran 1
        1 Running (before) on P0 M100
        G11 "main.worker" 5 ran 8 ended 23 by G10
        5 Runnable by G10 at main.main
        8 Running on P1 M101
        10 Waiting "chan receive" at chanrecv<main.worker
        15 Runnable by G10 at chansend<main.main
        16 Running on P1 M101
        17 Waiting "sleep" at main.worker
        18 Runnable on P1 M101
        19 Running on P1 M101
        20 Runnable "preempted" at main.worker
        21 Running on P1 M101
        23 Dead
        "#,
    );
    assert_eq!(trace.end, Nanos(23));
    assert_eq!(trace.events, 14);
    assert_eq!(trace.procs.ran(ProcIndex(0)).len(), 1);
    assert_eq!(trace.procs.ran(ProcIndex(1)).len(), 4);
    // Only goroutines that have spans are in groups.
    let groups = trace.goroutines.groups.len() as u32;
    let sizes = (0..groups).map(|i| trace.goroutines.members(crate::GroupIndex(i)).len());
    assert_eq!(sizes.collect::<Vec<_>>(), [1, 1]);
}

#[test]
fn a_syscall_that_loses_its_proc_is_blocked_from_then_on() {
    let mut s = Script::new();
    s.at(1, Some(0), Some(0), None)
        .proc(0, P::Undetermined, P::Running);
    s.at(2, Some(0), Some(0), None)
        .change(0, G::Undetermined, G::Running, "");
    s.at(3, Some(0), Some(0), Some(0))
        .stack(&["read", "main.main"])
        .change(0, G::Running, G::Syscall, "");
    s.at(6, Some(1), None, None).proc(0, P::Running, P::Idle);
    s.at(9, Some(0), None, Some(0))
        .change(0, G::Syscall, G::Runnable, "");
    // One that keeps it.
    s.at(10, Some(0), Some(1), None)
        .change(0, G::Runnable, G::Running, "");
    s.at(11, Some(0), Some(1), Some(0))
        .change(0, G::Running, G::Syscall, "");
    s.at(12, Some(0), Some(1), Some(0))
        .change(0, G::Syscall, G::Running, "");
    s.at(13, Some(0), Some(1), Some(0))
        .proc(1, P::Running, P::Idle);
    let trace = s.finish();
    check(
        &trace.dump_goroutines(),
        r#"
        G10 "main.main" before 0 ran 2
        2 Running (before) on P0 M100
        3 Syscall on P0 M100 at read<main.main
        6 SyscallBlocked on P- M100 at read<main.main
        9 Runnable
        10 Running on P1 M100
        11 Syscall on P1 M100
        12 Running on P1 M100
        "#,
    );
    assert_eq!(trace.procs.spans.len(), 3);
    assert_eq!(trace.spans.syscall_views, []);
}

/// `delete(s.syscallingP, s.syscallingG[id])` in `summary.go` forgets whoever is in a system call on that proc now.
#[test]
fn a_return_from_a_lost_proc_hides_the_next_loss_from_the_summary() {
    let mut s = Script::new();
    s.at(1, Some(0), Some(0), None)
        .change(0, G::Undetermined, G::Running, "");
    s.at(2, Some(0), Some(0), Some(0))
        .change(0, G::Running, G::Syscall, "");
    s.at(3, Some(1), None, None).proc(0, P::Running, P::Idle);
    s.at(4, Some(1), None, None).proc(0, P::Idle, P::Running);
    s.at(5, Some(1), Some(0), None)
        .change(1, G::Undetermined, G::Running, "");
    s.at(6, Some(1), Some(0), Some(1))
        .change(1, G::Running, G::Syscall, "");
    s.at(7, Some(0), None, Some(0))
        .change(0, G::Syscall, G::Runnable, "");
    s.at(8, Some(2), None, None).proc(0, P::Running, P::Idle);
    s.at(9, Some(1), None, Some(1))
        .change(1, G::Syscall, G::Runnable, "");
    check(
        &s.finish().dump_goroutines(),
        r#"
        G10 "" before 0 ran 1
        1 Running (before) on P0 M100
        2 Syscall on P0 M100
        3 SyscallBlocked on P- M100
        7 Runnable
        G11 "" before 0 ran 5
        5 Running (before) on P0 M101
        6 Syscall on P0 M101 (go tool trace: blocked never)
        8 SyscallBlocked on P- M101
        9 Runnable
        "#,
    );
}

/// `advanceGoStatus` in `order.go` gives such an event the thread of the system call, but the proc of the reporter.
#[test]
fn a_goroutine_found_in_a_syscall_by_another_has_no_proc() {
    let mut s = Script::new();
    s.at(1, Some(0), Some(0), None)
        .change(0, G::Undetermined, G::Running, "");
    s.at(2, Some(2), Some(0), Some(0))
        .stack(&["read", "main.reader"])
        .change(1, G::Undetermined, G::Syscall, "");
    s.at(3, Some(0), Some(0), Some(0))
        .proc(0, P::Running, P::Idle);
    s.at(5, Some(2), None, Some(1))
        .change(1, G::Syscall, G::Runnable, "");
    check(
        &s.finish().dump_goroutines(),
        r#"
        G10 "" before 0 ran 1
        1 Running (before) on P0 M100
        G11 "main.reader" before 0
        2 SyscallBlocked (before) on P- M102 at read<main.reader (go tool trace: blocked from 3, had a proc)
        5 Runnable
        "#,
    );
}

#[test]
fn a_proc_that_runs_another_goroutine_is_lost_without_being_told() {
    let mut s = Script::new();
    s.at(1, Some(0), Some(0), None)
        .change(0, G::Undetermined, G::Syscall, "");
    s.at(4, Some(1), Some(0), None)
        .change(1, G::Undetermined, G::Running, "");
    check(
        &s.finish().dump_goroutines(),
        r#"
        G10 "" before 0
        1 Syscall (before) on P0 M100 (go tool trace: blocked never, had a proc)
        4 SyscallBlocked on P- M100
        G11 "" before 0 ran 4
        4 Running (before) on P0 M101
        "#,
    );
}

#[test]
fn an_id_that_is_created_again_keeps_its_index_and_tells_of_its_last_life() {
    let mut s = Script::new();
    s.at(1, Some(0), None, None)
        .change(0, G::NotExist, G::Syscall, "");
    s.at(2, Some(0), Some(0), Some(0))
        .stack(&["main.first"])
        .change(0, G::Syscall, G::Running, "");
    s.at(3, Some(0), Some(0), Some(0)).region(true, 0, "open");
    s.at(4, Some(0), None, Some(0))
        .change(0, G::Running, G::NotExist, "");
    s.at(6, Some(1), None, None)
        .change(0, G::NotExist, G::Syscall, "");
    s.at(7, Some(1), Some(0), Some(0))
        .stack(&["main.second"])
        .change(0, G::Syscall, G::Running, "");
    let trace = s.finish();
    check(
        &trace.dump_goroutines(),
        r#"
        G10 "main.second" 6 ran 7
        1 SyscallBlocked on P- M100
        2 Running on P0 M100 at main.first
        4 Dead
        6 SyscallBlocked on P- M101
        7 Running on P0 M101 at main.second
        "#,
    );
    check(
        &trace.dump_user(),
        r#"
        task 0 "" ?..?
        region "open" G10 depth 0 3..4~ task 0
        "#,
    );
}

#[test]
fn blocking_for_ever_ends_a_goroutine() {
    let mut s = Script::new();
    s.at(1, Some(0), Some(0), None)
        .change(0, G::Undetermined, G::Running, "");
    s.at(2, Some(0), Some(0), Some(0))
        .stack(&["main.main"])
        .change(0, G::Running, G::Waiting, "forever");
    check(
        &s.finish().dump_goroutines(),
        r#"
        G10 "main.main" before 0 ran 1 ended 2
        1 Running (before) on P0 M100
        2 Waiting "forever" at main.main
        "#,
    );
}

#[test]
fn tasks_span_generations_and_regions_nest() {
    let none = u64::MAX;
    let mut s = Script::new();
    s.at(1, Some(0), Some(0), None)
        .change(0, G::Undetermined, G::Running, "");
    s.at(2, Some(0), Some(0), Some(0))
        .region(false, 9, "before the trace");
    s.at(3, Some(0), Some(0), Some(0))
        .task(true, 1, none, "request");
    s.at(4, Some(0), Some(0), Some(0)).task(true, 2, 1, "query");
    s.at(5, Some(0), Some(0), Some(0)).region(true, 1, "outer");
    s.at(6, Some(0), Some(0), Some(0)).region(true, 2, "inner");
    s.at(7, Some(0), Some(0), Some(0)).create(1, "main.child");
    s.at(8, Some(0), Some(0), Some(0)).region(false, 2, "inner");
    s.generation(10);
    s.at(11, Some(0), Some(0), Some(0))
        .region(true, 1, "never ended");
    s.at(12, Some(0), Some(0), Some(0))
        .region(false, 1, "no such region");
    s.at(13, Some(0), Some(0), Some(0))
        .region(false, 1, "outer");
    s.at(14, Some(0), Some(0), Some(0))
        .task(false, 2, 1, "query");
    s.at(15, Some(0), Some(0), Some(0))
        .task(true, 2, none, "again");
    s.at(16, Some(0), Some(0), Some(0)).task(false, 7, none, "");
    let (category, message) = (s.string("db"), s.string("slow"));
    let task = TaskId(1);
    s.at(17, Some(0), Some(0), Some(0)).event(EventKind::Log {
        task,
        category,
        message,
    });
    s.at(18, Some(0), Some(0), Some(0)).region(true, 1, "open");
    let label = s.string("GC (idle)");
    s.at(19, Some(0), Some(0), Some(0))
        .event(EventKind::Label { label });
    let trace = s.finish();
    check(
        &trace.dump_user(),
        r#"
        task 9 "" ?..?
        task 1 "request" 3..?
        task 2 "query" 4..14 in 1
        task 2 "again" 15..?
        task 7 "" ?..16
        region "before the trace" G10 depth 0 ?..2 task 9
        region "outer" G10 depth 0 5..13 task 1
        region "inner" G10 depth 1 6..8 task 2
        region "never ended" G10 depth 1 11..13~ task 1
        region "open" G10 depth 0 18..?~ task 1
        log 17 G10 "db" "slow"
        label 19 G10 "GC (idle)"
        "#,
    );
    check(
        &trace.dump_goroutines(),
        r#"
        G10 "" before 0 ran 1 label "GC (idle)"
        1 Running (before) on P0 M100
        G11 "main.child" 7 by G10 task 2
        7 Runnable by G10
        "#,
    );
    // The same text of two generations is one string.
    let again = trace.strings.iter().filter(|(_, text)| *text == "query");
    assert_eq!(again.count(), 1);
    assert_eq!(trace.generations[1].start, Nanos(10));
}

#[test]
fn ranges_are_matched_by_kind_and_scope() {
    let g = |i| Scope::Goroutine(GoroutineIndex(i));
    let p = |i| Scope::Proc(ProcIndex(i));
    let mut s = Script::new();
    let pause = s.string("GC mark termination");
    let begin = |range, scope| EventKind::RangeBegin { range, scope };
    let end = |range, scope| EventKind::RangeEnd {
        range,
        scope,
        swept: 0,
        reclaimed: 0,
    };
    s.at(1, Some(0), Some(0), Some(0))
        .event(begin(Range::GcMarkAssist, g(0)));
    s.at(2, Some(1), Some(1), None)
        .event(EventKind::RangeActive {
            range: Range::GcMark,
            scope: Scope::Global,
        });
    s.at(3, Some(1), Some(1), Some(1))
        .event(begin(Range::StopTheWorld(pause), g(1)));
    s.at(4, Some(1), Some(1), Some(1))
        .event(end(Range::StopTheWorld(StringId::EMPTY), g(1)));
    s.at(5, Some(1), Some(1), Some(1))
        .event(begin(Range::GcSweep, p(1)));
    s.at(6, Some(0), Some(0), None).event(EventKind::RangeEnd {
        range: Range::GcSweep,
        scope: p(1),
        swept: 8192,
        reclaimed: 4096,
    });
    s.at(7, Some(1), Some(1), None)
        .event(end(Range::GcMark, Scope::Global));
    // What is going on already is no second range, and an end of what never began none either.
    s.generation(8);
    s.at(9, Some(0), Some(0), Some(0))
        .event(EventKind::RangeActive {
            range: Range::GcMarkAssist,
            scope: g(0),
        });
    s.at(10, Some(0), Some(0), Some(0))
        .event(end(Range::GcSweep, p(0)));
    let trace = s.finish();
    check(
        &trace.dump_ranges(),
        r#"
        0~..7 mark all
        1..10~ assist G10
        3..4 stop "GC mark termination" G11
        5..6 sweep P1 swept 8192 reclaimed 4096
        "#,
    );
    let found = crate::range::FoundRange {
        row: 0,
        time: Nanos(2),
        proc: ProcIndex(1),
    };
    assert_eq!(trace.ranges.found, [found]);
    assert_eq!(trace.ranges.gc_marks, [0]);
    assert_eq!(trace.ranges.stop_the_world, [2]);
    assert_eq!(trace.ranges.of_proc(ProcIndex(1)).count(), 1);
    assert_eq!(trace.ranges.of_goroutine(GoroutineIndex(0)).count(), 1);
}

#[test]
fn the_same_program_counters_are_the_same_stack_in_every_generation() {
    let mut s = Script::new();
    s.at(1, Some(0), Some(0), None)
        .stack(&["leaf", "root"])
        .change(0, G::Undetermined, G::Waiting, "");
    s.generation(5);
    s.at(6, Some(0), Some(0), None)
        .stack(&["leaf", "root"])
        .change(0, G::Waiting, G::Runnable, "");
    s.at(7, Some(0), Some(0), None)
        .stack(&["root"])
        .change(0, G::Runnable, G::Running, "");
    let trace = s.finish();
    assert_eq!((trace.stacks.len(), trace.stacks.frames.len()), (3, 2));
}

#[test]
fn times_of_any_size_are_kept_in_order() {
    let mut s = Script::new();
    for (i, time) in [1, 3, i64::MAX - 1000, -5].into_iter().enumerate() {
        s.at(time, Some(0), Some(0), None)
            .change(i as u32, G::Undetermined, G::Running, "");
    }
    let trace = s.finish();
    let starts: Vec<i64> = trace.spans.iter().map(|(_, start)| start.0).collect();
    let last = i64::MAX - 1000;
    assert_eq!(starts, [1, 3, last, last]);
}

#[test]
fn reasons_beyond_the_limit_are_one() {
    let mut s = Script::new();
    let states = [G::Waiting, G::Runnable];
    for i in 0..5000u32 {
        let (from, to) = (states[1 - i as usize % 2], states[i as usize % 2]);
        s.at(1 + i64::from(i), Some(0), Some(0), None)
            .change(0, from, to, &format!("reason {i}"));
    }
    let trace = s.finish();
    assert_eq!(trace.spans.reasons.len(), 4096);
    let last = trace.spans.kind(crate::SpanIndex(4999)).reason();
    let name = trace.spans.reasons[usize::from(last.0)];
    assert_eq!(trace.strings.get(name), "other");
}
