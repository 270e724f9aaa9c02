//! What is found in traces made by hand.

use tracepane_model::{Nanos, Trace};
use tracepane_wire::{EventKind, GoroutineState, Range, Scope};

use super::*;
use crate::script::{NOBODY, Script, g};

/// Goroutine 1 makes 2, which waits for a lock; 3 is woken by 2. A pause from 62 to 66, a mark phase from 60 to 90.
pub(super) fn trace() -> Trace {
    let mut t = Script::new();
    t.found(1, 1, GoroutineState::Running, "a<main.a");
    t.create(10, 1, 2, "a<main.a", "main.b");
    t.begin_task(12, 1, 7, 0, "request");
    t.begin_region(14, 1, 7, "outer", "a<main.a");
    t.run(30, 2);
    t.block(40, 2, "sync", "sync.(*Mutex).Lock<sync.(*Once).Do<b<main.b");
    t.log(45, 1, 7, "db", "slow Query");
    t.end_region(50, 1, 7, "outer");
    let (range, scope) = (Range::GcMark, Scope::Global);
    t.event(60, 1, "", EventKind::RangeBegin { range, scope });
    t.pause((62, 66), 1, "GC mark termination");
    t.wake(70, 1, 2, "c<main.c");
    t.run(75, 2);
    t.syscall(80, 2, "b<main.b");
    t.lose_proc(84, 2);
    t.return_blocked(88, 2);
    t.run(89, 2);
    let end = EventKind::RangeEnd {
        range,
        scope,
        swept: 0,
        reclaimed: 0,
    };
    t.event(90, 1, "", end);
    t.end_task(92, 1, 7, "request");
    t.sample(93, 1, "a<main.a");
    t.end(95, 2);
    t.block(
        97,
        1,
        "chan receive",
        "runtime.gopark<runtime.chanrecv<runtime.chanrecv1<main.a",
    );
    t.wake(98, NOBODY, 1, "");
    t.finish(100)
}

/// The hits in short: kind and times.
fn found(trace: &Trace, text: &str) -> Vec<String> {
    let query = parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let hits = find(trace, &query, None);
    let list = hits.list(trace);
    assert_eq!(hits.count(), list.len() as u64, "{text}");
    list.iter()
        .map(|hit| {
            let (start, end) = hit.time(trace).unwrap();
            format!("{} {}-{}", hit.kind.name(), start.0, end.0)
        })
        .collect()
}

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    assert_eq!(found(&trace(), text), expected, "{text}");
}

#[test]
fn states_and_durations() {
    check(
        "runnable",
        &["span 10-30", "span 70-75", "span 88-89", "span 98-100"],
    );
    check("runnable > 5ns", &["span 10-30"]);
    check("runnable >= 5ns < 20ns", &["span 70-75"]);
    check("waiting:sync", &["span 40-70"]);
    check(
        "waiting:chan or waiting:sync",
        &["span 40-70", "span 97-98"],
    );
    check("waiting -waiting:sync", &["span 97-98"]);
    check("syscall", &["span 80-84", "span 84-88"]);
    check("reason:\"chan r\"", &["span 97-98"]);
    check("state:blocked-syscall", &["span 84-88"]);
}

#[test]
fn functions_are_looked_for_in_stacks_of_its_own() {
    // Where it ran until it was blocked, the wait, and being ready, as nothing has moved.
    check(
        "fn:mutex",
        &["span 30-40", "span 40-70", "span 70-75", "span 75-80"],
    );
    check(
        "top:mutex",
        &["span 30-40", "span 40-70", "span 70-75", "span 75-80"],
    );
    check("top:main.b", &[]);
    check("by:main.c", &["span 70-75"]);
    check("by:1", &["span 10-30", "goroutine 10-95", "span 70-75"]);
    // The waker's stack is found by a word.
    check("main.c", &["span 70-75"]);
    check("fn:main.c", &[]);
}

#[test]
fn what_the_program_says_of_itself() {
    check("task:request", &["task 12-92"]);
    check("task:7", &["task 12-92"]);
    check("region:OUT", &["region 14-50"]);
    check("region:outer > 1ms", &[]);
    check("log:slow", &["log 45-45"]);
    check("log:db -slow", &[]);
    check(
        "work:7",
        &["span 1-97", "task 12-92", "region 14-50", "log 45-45"],
    );
    check("region:outer running", &["span 1-97"]);
    check("query", &["log 45-45"]);
    check("sample", &["sample 93-93"]);
}

#[test]
fn the_gc_and_what_it_meets() {
    check("gc", &["range 60-90"]);
    check("stw", &["range 62-66"]);
    check("stw:mark", &["range 62-66"]);
    check("stw:sweep", &[]);
    check("stw > 4ns", &[]);
    check("termination", &["range 62-66"]);
    check("runnable gc", &["span 70-75", "span 88-89"]);
    check("runnable -gc", &["span 10-30", "span 98-100"]);
    check("gc or runnable > 10ns", &["span 10-30", "range 60-90"]);
}

#[test]
fn goroutines_and_time() {
    check("created", &["goroutine 0-100", "goroutine 10-95"]);
    check("g:2 created", &["goroutine 10-95"]);
    check("g:2 running", &["span 30-40", "span 75-80", "span 89-95"]);
    check(
        "running in:35ns..80ns",
        &["span 1-97", "span 30-40", "span 75-80"],
    );
    check("p:2 running", &["span 30-40", "span 75-80", "span 89-95"]);
    check(
        "in:45ns",
        &[
            "goroutine 0-100",
            "span 1-97",
            "goroutine 10-95",
            "task 12-92",
            "region 14-50",
            "span 40-70",
            "log 45-45",
        ],
    );
}

#[test]
fn a_scope_leaves_out_what_lies_elsewhere() {
    let trace = trace();
    let query = parse("runnable").unwrap();
    let within = crate::TimeRange {
        start: Nanos(72),
        end: Nanos(88),
    };
    assert_eq!(find(&trace, &query, Some(within)).count(), 1);
}

#[test]
fn hits_are_walked_in_time_order_from_anywhere() {
    let trace = trace();
    let query = parse("runnable or log: or gc or sample").unwrap();
    let hits = find(&trace, &query, None);
    let list = hits.list(&trace);
    assert_eq!(list.len(), 7);
    let mut seen = Vec::new();
    let mut from = WalkFrom::Time(Nanos(0));
    while let Some(hit) = hits.next(&trace, from) {
        assert_eq!(hits.place(&trace, hit), seen.len() as u64);
        assert!(hits.has(&trace, hit));
        seen.push(hit);
        from = WalkFrom::Row(hit);
    }
    assert_eq!(seen, list);
    while let Some(hit) = hits.previous(&trace, from) {
        assert_eq!(
            seen.pop().map(|_| hit),
            Some(
                *list[..seen.len() + 1]
                    .split_last()
                    .unwrap()
                    .1
                    .last()
                    .unwrap_or(&hit)
            )
        );
        from = WalkFrom::Row(hit);
    }
    assert_eq!(hits.edge(&trace, true), list.first().copied());
    assert_eq!(hits.edge(&trace, false), list.last().copied());
    // A moment's own hits come after it.
    let log = hits.next(&trace, WalkFrom::Time(Nanos(45))).unwrap();
    assert_eq!(log.kind, Kind::Log);
    let before = hits.previous(&trace, WalkFrom::Time(Nanos(45))).unwrap();
    assert_eq!(before.kind, Kind::Span);
}

#[test]
fn what_is_the_same_finds_itself() {
    let trace = trace();
    for text in ["in:0s..1s", "created", "sample", "log:"] {
        for hit in find(&trace, &parse(text).unwrap(), None).list(&trace) {
            let all = same(&trace, hit);
            assert!(!all.is_empty(), "{hit:?}");
            for Same { what, query } in all {
                let found = find(&trace, &parse(&query).unwrap(), None);
                // Of what is none of a state's, the goroutine's spans are found, or its tasks.
                let itself = found.has(&trace, hit);
                assert!(itself || found.count() > 0, "{hit:?} {what} {query}");
                assert!(itself || hit.kind != Kind::Span, "{hit:?} {what} {query}");
            }
        }
    }
    let wait = find(&trace, &parse("waiting:sync").unwrap(), None).list(&trace)[0];
    let names: Vec<_> = same(&trace, wait).iter().map(|same| same.what).collect();
    assert_eq!(
        names,
        [
            "goroutine",
            "group",
            "function",
            "stack",
            "lock stack",
            "reason"
        ]
    );
    assert_eq!(wait.goroutine(&trace), Some(g(2)));
}

#[test]
fn hints_are_what_the_trace_has() {
    let trace = trace();
    let labels = |text: &str| -> Vec<String> {
        hints(&trace, text, text.len())
            .into_iter()
            .map(|hint| hint.label)
            .collect()
    };
    assert_eq!(labels("runn"), ["runnable", "running"]);
    assert_eq!(labels("gc -wai"), ["waiting", "waiting:"]);
    assert_eq!(labels("region:o"), ["outer"]);
    assert_eq!(labels("task:"), ["request"]);
    assert!(labels("fn:lock").contains(&"sync.(*Mutex).Lock".to_owned()));
    assert_eq!(labels("waiting:sy")[0], "sync");
    let hint = &hints(&trace, "gc (reg or x", 7)[0];
    assert_eq!((hint.text.as_str(), hint.cursor), ("gc (region:or x", 11));
    let hint = &hints(&trace, "reason:chan", 11)[0];
    assert_eq!(hint.text, "reason:\"chan receive\" ");
}

#[test]
fn a_search_can_be_left_and_goes_on() {
    let trace = trace();
    let query = parse("in:0s..1s").unwrap();
    let mut search = Search::new(&trace, &query, None);
    let mut turns = 0;
    while !search.step(&trace, &mut || true) {
        turns += 1;
    }
    assert!(turns > 2);
    assert_eq!(
        search.into_hits(&trace).count(),
        find(&trace, &query, None).count()
    );
}
