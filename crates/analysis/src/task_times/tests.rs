//! Who works for a task, and where its time goes, on traces made by hand.

use tracepane_model::TaskId;
use tracepane_wire::{GoroutineState, Range, Scope as RangeOf};

use super::*;
use crate::names;
use crate::script::{NOBODY, Script, g};

fn text(trace: &Trace, times: &TaskTimes) -> String {
    let parts = [
        ("running", times.running),
        ("assist", times.assist),
        ("syscall", times.syscall),
        ("blocked", times.syscall_blocked),
        ("runnable", times.runnable),
        ("nobody", times.nobody),
    ];
    let waits: i64 = times.waits.iter().map(|(_, nanos)| nanos.0).sum();
    assert_eq!(waits, times.waiting.0);
    let parts = parts
        .iter()
        .filter(|(_, nanos)| nanos.0 != 0)
        .map(|(name, nanos)| format!("{name} {}", nanos.0));
    let waits = times
        .waits
        .iter()
        .map(|&(reason, nanos)| format!("{} {}", names::reason(trace, reason), nanos.0));
    parts.chain(waits).collect::<Vec<_>>().join(", ")
}

fn by_clock(trace: &Trace, id: u64) -> String {
    let tasks = Tasks::new(trace);
    let task = tasks.find(TaskId(id)).expect("a task with this id");
    let mut work = TaskWork::new(trace, &tasks);
    let times = work.by_clock(task).expect("few steps");
    let row = &trace.tasks[task.0 as usize];
    assert_eq!(times.total(), time_of(trace, row).length());
    text(trace, &times)
}

fn by_goroutine(trace: &Trace, id: u64) -> Vec<(u32, String)> {
    let tasks = Tasks::new(trace);
    let task = tasks.find(TaskId(id)).expect("a task with this id");
    let all = TaskWork::new(trace, &tasks)
        .by_goroutine(task)
        .expect("few steps");
    all.iter()
        .map(|of| (of.goroutine.0, text(trace, &of.times)))
        .collect()
}

#[test]
fn who_begins_and_ends_a_task_works_for_it_all_the_time() {
    let mut t = Script::new();
    t.found(1, 1, GoroutineState::Running, "a<main.a");
    t.begin_task(10, 1, 7, 0, "request");
    t.block(15, 1, "select", "a<main.a");
    t.wake(30, NOBODY, 1, "");
    t.run(33, 1);
    t.syscall(40, 1, "a<main.a");
    t.lose_proc(42, 1);
    t.return_blocked(46, 1);
    t.run(49, 1);
    t.range((50, 54), 1, Range::GcMarkAssist, RangeOf::Goroutine(g(1)));
    t.end_task(60, 1, 7, "request");
    let trace = t.finish(100);
    let expect = "running 19, assist 4, syscall 2, blocked 4, runnable 6, select 15";
    assert_eq!(by_clock(&trace, 7), expect);
    assert_eq!(by_goroutine(&trace, 7), [(1, expect.to_owned())]);
}

#[test]
fn who_began_a_task_that_another_ends_is_not_known_to_work_for_it() {
    let mut t = Script::new();
    t.found(1, 1, GoroutineState::Running, "a<main.a");
    t.found(2, 2, GoroutineState::Running, "b<main.b");
    t.begin_task(10, 1, 7, 0, "request");
    t.begin_region(20, 2, 7, "outer", "b<main.b");
    t.end_region(25, 2, 7, "outer");
    t.end_task(30, 2, 7, "request");
    // It never ends.
    t.begin_task(40, 1, 8, 0, "request");
    t.log(45, 1, 8, "db", "slow Query");
    let trace = t.finish(100);
    assert_eq!(by_clock(&trace, 7), "running 5, nobody 15");
    assert_eq!(by_clock(&trace, 8), "nobody 60");
}

#[test]
fn the_best_of_several_goroutines_counts() {
    let mut t = Script::new();
    t.found(1, 1, GoroutineState::Running, "a<main.a");
    t.begin_task(10, 1, 7, 0, "request");
    t.begin_region(10, 1, 7, "outer", "a<main.a");
    t.create(20, 1, 2, "a<main.a", "main.b");
    t.run(25, 2);
    t.block(30, 1, "sync", "a<main.a");
    t.block(40, 2, "network", "b<main.b");
    t.wake(70, NOBODY, 2, "");
    t.run(72, 2);
    t.end(80, 2);
    t.wake(80, NOBODY, 1, "");
    t.run(81, 1);
    t.end_region(85, 1, 7, "outer");
    t.end_task(90, 1, 7, "request");
    let trace = t.finish(100);
    // From 40 to 70 both wait; the network's wait ends first.
    assert_eq!(by_clock(&trace, 7), "running 47, runnable 3, network 30");
    assert_eq!(
        by_goroutine(&trace, 7),
        [
            (1, "running 29, runnable 1, sync 50".to_owned()),
            (2, "running 23, runnable 7, network 30".to_owned()),
        ]
    );
    let tasks = Tasks::new(&trace);
    let all = TaskWork::new(&trace, &tasks).by_goroutine(TaskIndex(0));
    let sum = sum_of(&all.unwrap_or_default());
    assert_eq!(
        text(&trace, &sum),
        "running 52, runnable 8, sync 50, network 30"
    );
}

#[test]
fn work_for_a_subtask_is_work_for_the_task() {
    let mut t = Script::new();
    t.found(1, 1, GoroutineState::Running, "a<main.a");
    t.found(2, 2, GoroutineState::Running, "b<main.b");
    t.begin_task(10, 1, 7, 0, "request");
    t.begin_task(20, 1, 8, 7, "query");
    t.begin_region(30, 2, 8, "inner", "b<main.b");
    t.end_region(50, 2, 8, "inner");
    t.end_task(60, 2, 8, "query");
    t.end_task(70, 2, 7, "request");
    let trace = t.finish(100);
    assert_eq!(by_clock(&trace, 8), "running 20, nobody 20");
    assert_eq!(by_clock(&trace, 7), "running 20, nobody 40");
}

#[test]
fn tasks_that_are_their_own_ancestors_do_no_harm() {
    let mut t = Script::new();
    t.found(1, 1, GoroutineState::Running, "a<main.a");
    t.begin_task(10, 1, 7, 8, "request");
    t.begin_task(20, 1, 8, 7, "query");
    t.begin_task(30, 1, 9, 9, "query");
    t.end_task(40, 1, 9, "query");
    t.end_task(50, 1, 8, "query");
    t.end_task(60, 1, 7, "request");
    let trace = t.finish(100);
    assert_eq!(by_clock(&trace, 7), "running 50");
    assert_eq!(by_clock(&trace, 9), "running 10");
    let tasks = Tasks::new(&trace);
    assert_eq!(tasks.family(TaskIndex(0), 100).len(), 2);
    assert_eq!(tasks.family(TaskIndex(0), 1).len(), 1);
}

#[test]
fn what_lies_outside_the_task_does_not_count() {
    let mut t = Script::new();
    t.found(7, 1, GoroutineState::Waiting, "a<main.a");
    t.wake(10, NOBODY, 1, "");
    t.run(15, 1);
    // A region and a task that both began before the trace.
    t.end_region(20, 1, 7, "outer");
    t.end_task(30, 1, 7, "request");
    t.begin_task(40, 1, 8, 0, "request");
    t.begin_region(45, 1, 8, "outer", "a<main.a");
    t.create(46, 1, 2, "a<main.a", "main.b");
    t.end_region(47, 1, 8, "outer");
    t.run(48, 2);
    t.end_task(50, 1, 8, "request");
    t.end(90, 2);
    let trace = t.finish(100);
    assert_eq!(by_clock(&trace, 7), "running 5, runnable 5, nobody 10,  10");
    assert_eq!(by_clock(&trace, 8), "running 10");
    let both = by_goroutine(&trace, 8);
    assert_eq!(both[1], (2, "running 2, runnable 2".to_owned()));
}
