//! Types, filters and events of tasks, on traces made by hand.

use tracepane_wire::GoroutineState;

use super::*;
use crate::script::{Script, g};
use crate::task_events::{TaskEventKind, task_events};

fn trace() -> Trace {
    let mut t = Script::new();
    t.found(1, 1, GoroutineState::Running, "a<main.a");
    t.found(2, 2, GoroutineState::Running, "b<main.b");
    t.begin_task(10, 1, 7, 0, "request");
    t.begin_task(12, 1, 8, 7, "query");
    t.begin_region(15, 2, 8, "inner", "b<main.b");
    t.log(16, 2, 7, "db", "slow Query");
    t.end_region(18, 2, 8, "inner");
    t.end_task(20, 2, 8, "query");
    t.begin_region(22, 1, 7, "outer", "a<main.a");
    t.create(23, 1, 3, "a<main.a", "main.c");
    t.end_task(30, 1, 7, "request");
    t.begin_task(40, 1, 9, 33, "request");
    t.log(41, 1, 0, "", "slow Query");
    t.end(50, 1);
    t.finish(100)
}

fn ids(trace: &Trace, found: &[TaskIndex]) -> Vec<u64> {
    found
        .iter()
        .map(|task| trace.tasks[task.0 as usize].id.0)
        .collect()
}

#[test]
fn types_count_complete_ones_and_others() {
    let trace = trace();
    let tasks = Tasks::new(&trace);
    let types: Vec<_> = tasks
        .types
        .iter()
        .map(|of| {
            let name = trace.strings.get(of.name);
            (name, of.complete(), of.incomplete(), of.total.0)
        })
        .collect();
    // Tasks 0 and 33 are only mentioned.
    assert_eq!(
        types,
        [("", 0, 2, 0), ("query", 1, 0, 8), ("request", 1, 1, 20)]
    );
    assert!(is_background(
        &trace.tasks[tasks.find(TaskId(0)).map_or(99, |t| t.0 as usize)]
    ));
}

#[test]
fn a_task_knows_what_belongs_to_it() {
    let trace = trace();
    let tasks = Tasks::new(&trace);
    let request = tasks.find(TaskId(7)).unwrap_or(TaskIndex(99));
    let query = tasks.find(TaskId(8)).unwrap_or(TaskIndex(99));
    assert_eq!(tasks.subtasks(request), [query.0]);
    assert_eq!(tasks.parent(&trace, query), Some(request));
    assert_eq!(tasks.parent(&trace, request), None);
    assert_eq!(tasks.goroutines(&trace, request), [g(1), g(2)]);
    assert_eq!(tasks.regions(query), [0]);
    assert_eq!(tasks.logs(request), [0]);
    assert_eq!(tasks.heirs(request), [3]);
    assert_eq!(tasks.find(TaskId(1_000)), None);
}

#[test]
fn an_id_that_is_used_again_names_two_tasks() {
    let mut t = Script::new();
    t.found(1, 1, GoroutineState::Running, "a<main.a");
    t.begin_task(10, 1, 7, 0, "request");
    t.end_task(20, 1, 7, "request");
    t.begin_task(30, 1, 7, 0, "query");
    t.begin_region(35, 1, 7, "inner", "b<main.b");
    t.end_region(36, 1, 7, "inner");
    t.end_task(40, 1, 7, "query");
    let trace = t.finish(100);
    let tasks = Tasks::new(&trace);
    assert_eq!(tasks.find(TaskId(7)), Some(TaskIndex(0)));
    let at = |time| tasks.find_at(&trace, TaskId(7), Nanos(time));
    assert_eq!(
        [at(5), at(15), at(30), at(99)],
        [0, 0, 1, 1].map(|row| Some(TaskIndex(row)))
    );
    assert!(tasks.regions(TaskIndex(0)).is_empty());
    assert_eq!(tasks.regions(TaskIndex(1)), [0]);
}

#[test]
fn filters_ask_for_all_they_say() {
    let trace = trace();
    let tasks = Tasks::new(&trace);
    let matching = |filter: TaskFilter| ids(&trace, &tasks.matching(&trace, &filter));
    assert_eq!(matching(TaskFilter::default()), [7, 8, 9, 33, 0]);
    let named = || TaskFilter {
        name: Some("request".to_owned()),
        ..TaskFilter::default()
    };
    assert_eq!(matching(named()), [7, 9]);
    let complete = |complete| TaskFilter {
        complete: Some(complete),
        ..named()
    };
    assert_eq!(matching(complete(true)), [7]);
    assert_eq!(matching(complete(false)), [9]);
    let between = |shortest, longest| TaskFilter {
        shortest: Some(Nanos(shortest)),
        longest: Some(Nanos(longest)),
        ..TaskFilter::default()
    };
    assert_eq!(matching(between(8, 20)), [7, 8]);
    assert_eq!(matching(between(9, 19)), []);
    assert_eq!(matching(between(0, 1_000)), [7, 8]);
    let says = |text: &str, exact_case| TaskFilter {
        text: text.to_owned(),
        exact_case,
        ..TaskFilter::default()
    };
    assert_eq!(matching(says("query", true)), [8]);
    assert_eq!(matching(says("query", false)), [7, 8, 0]);
    assert_eq!(matching(says("inne", true)), [8]);
    assert_eq!(matching(says("DB", false)), [7]);
    assert_eq!(matching(says("nowhere", false)), []);
}

#[test]
fn events_come_in_order_with_the_time_between() {
    let trace = trace();
    let tasks = Tasks::new(&trace);
    let events = |with| {
        task_events(&trace, &tasks, TaskIndex(0), with)
            .into_iter()
            .map(|e| {
                (
                    e.time.0,
                    e.elapsed.0,
                    e.since_start.0,
                    e.goroutine.0,
                    e.kind,
                )
            })
            .collect::<Vec<_>>()
    };
    use TaskEventKind::{Begin, End, Log, RegionBegin, RegionEndWithGoroutine};
    assert_eq!(
        events(false),
        [
            (10, 10, 0, 1, Begin),
            (16, 6, 6, 2, Log(0)),
            (22, 6, 12, 1, RegionBegin(1)),
            (30, 8, 20, 1, End),
            (50, 20, 40, 1, RegionEndWithGoroutine(1)),
        ]
    );
    let subtask = TaskIndex(1);
    let with = events(true);
    assert_eq!(with[1], (12, 2, 2, 1, TaskEventKind::SubtaskBegin(subtask)));
    assert_eq!(with[3], (20, 4, 10, 2, TaskEventKind::SubtaskEnd(subtask)));
    assert_eq!(with.len(), 7);
    assert!(task_events(&trace, &tasks, TaskIndex(99), true).is_empty());
}
