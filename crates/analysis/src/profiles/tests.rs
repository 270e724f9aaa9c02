//! What the rules of the profiles say, on traces made by hand.

use tracepane_wire::GoroutineState;

use super::*;
use crate::scope::group_named;
use crate::script::{NOBODY, Script, g};

/// The rows as `LEAF COUNT NANOS`.
fn rows(trace: &Trace, kind: ProfileKind, scope: Scope, completeness: Completeness) -> String {
    let profile = profile(trace, kind, &scope, completeness);
    assert_eq!(profile.count, profile.rows.iter().map(|r| r.count).sum());
    let row = |row: &ProfileRow| {
        let frames = frames(trace, row.stack);
        let leaf = frames.first().map_or("-", |frame| frame.function.as_str());
        format!("{leaf} {} {}", row.count, row.nanos)
    };
    profile.rows.iter().map(row).collect::<Vec<_>>().join("; ")
}

fn both(trace: &Trace, kind: ProfileKind) -> (String, String) {
    let of = |completeness| rows(trace, kind, Scope::ALL, completeness);
    (of(Completeness::AsGoToolTrace), of(Completeness::Complete))
}

/// Goroutine 1 runs from the start; 2 is created at 10, first runs at 30, waits 40–70, runs again at 75 and ends
/// at 90.
fn two_goroutines() -> Trace {
    let mut t = Script::new();
    t.found(1, 1, GoroutineState::Running, "a<main.a");
    t.create(10, 1, 2, "a<main.a", "main.b");
    t.run(30, 2);
    t.block(40, 2, "chan receive", "b<main.b");
    t.wake(70, 1, 2, "c<main.c");
    t.run(75, 2);
    t.end(90, 2);
    t.finish(100)
}

#[test]
fn waits_before_the_first_run_are_only_in_the_complete_profile() {
    let trace = two_goroutines();
    let (go, complete) = both(&trace, ProfileKind::Scheduler);
    assert_eq!(go, "c 1 5");
    assert_eq!(complete, "a 1 20; c 1 5");
}

#[test]
fn scheduling_waits_have_the_wakers_stack_and_blocks_the_goroutines_own() {
    let trace = two_goroutines();
    assert_eq!(both(&trace, ProfileKind::Sync).0, "b 1 30");
    assert_eq!(both(&trace, ProfileKind::Network).0, "");
}

#[test]
fn reasons_choose_the_profile() {
    let wants = |reason| {
        ProfileKind::ALL
            .into_iter()
            .take(2)
            .filter(|kind| kind.wants_reason(reason))
            .map(ProfileKind::name)
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(wants("network"), "net");
    for reason in [
        "sync",
        "sync.(*Cond).Wait",
        "chan send",
        "chan receive",
        "select",
        "synctest",
    ] {
        assert_eq!(wants(reason), "sync", "{reason}");
    }
    for reason in [
        "",
        "sleep",
        "forever",
        "preempted",
        "GC mark assist wait for work",
        "system goroutine wait",
    ] {
        assert_eq!(wants(reason), "", "{reason}");
    }
}

#[test]
fn unfinished_waits_are_only_in_the_complete_profile() {
    let mut t = Script::new();
    t.found(1, 1, GoroutineState::Running, "a<main.a");
    t.block(40, 1, "select", "b<main.b");
    let trace = t.finish(100);
    let (go, complete) = both(&trace, ProfileKind::Sync);
    assert_eq!(go, "");
    assert_eq!(complete, "b 1 60");
}

#[test]
fn waits_in_progress_at_the_start_count_in_full_in_the_complete_profile() {
    let mut t = Script::new();
    t.found(1, 1, GoroutineState::Running, "");
    t.found(
        2,
        2,
        GoroutineState::Waiting,
        "runtime.gopark<runtime.chanrecv<runtime.chanrecv1<main.a",
    );
    t.wake(50, 1, 2, "a<main.a");
    t.run(60, 2);
    t.block(70, 2, "chan receive", "b<main.b");
    t.wake(90, 1, 2, "a<main.a");
    let trace = t.finish(100);
    let (go, complete) = both(&trace, ProfileKind::Sync);
    assert_eq!(go, "b 1 20");
    assert_eq!(complete, "runtime.gopark 1 50; b 1 20");
    let (go, complete) = both(&trace, ProfileKind::Scheduler);
    assert_eq!(go, "");
    assert_eq!(complete, "a 2 20");
}

#[test]
fn a_goroutine_that_never_ran_counts_in_full() {
    let mut t = Script::new();
    t.found(5, 1, GoroutineState::Syscall, "a<main.a");
    t.return_blocked(45, 1);
    let trace = t.finish(100);
    let (go, complete) = both(&trace, ProfileKind::Syscall);
    assert_eq!(go, "a 1 40");
    assert_eq!(complete, "a 1 45");
}

#[test]
fn a_system_call_that_loses_its_proc_is_one_wait() {
    let mut t = Script::new();
    t.found(1, 1, GoroutineState::Running, "");
    t.syscall(10, 1, "a<main.a");
    t.lose_proc(30, 1);
    t.return_blocked(60, 1);
    t.run(65, 1);
    let trace = t.finish(100);
    let (go, complete) = both(&trace, ProfileKind::Syscall);
    assert_eq!(go, "a 1 50");
    assert_eq!(complete, "a 1 50");
    assert_eq!(both(&trace, ProfileKind::Scheduler).0, "- 1 5");
}

#[test]
fn of_an_id_that_is_used_again_only_the_last_life_counts_for_go() {
    let mut t = Script::new();
    t.found(1, 1, GoroutineState::Running, "a<main.a");
    for start in [10, 50] {
        t.create(start, 1, 2, "a<main.a", "main.b");
        t.run(start + 1, 2);
        t.block(start + 5, 2, "select", "b<main.b");
        t.wake(start + 10, NOBODY, 2, "");
        t.run(start + 11, 2);
        t.end(start + 20, 2);
    }
    let trace = t.finish(100);
    let (go, complete) = both(&trace, ProfileKind::Sync);
    assert_eq!(go, "b 1 5");
    assert_eq!(complete, "b 2 10");
}

#[test]
fn a_scope_clips_waits_and_leaves_out_other_goroutines() {
    let trace = two_goroutines();
    let time = Some(TimeRange {
        start: Nanos(50),
        end: Nanos(60),
    });
    let all = GoroutineScope::All;
    let go = Completeness::AsGoToolTrace;
    let scope = Scope {
        time,
        goroutines: all,
    };
    assert_eq!(rows(&trace, ProfileKind::Sync, scope, go), "b 1 10");
    assert_eq!(rows(&trace, ProfileKind::Scheduler, scope, go), "");
    let one = Scope::goroutine(g(1));
    assert_eq!(rows(&trace, ProfileKind::Sync, one, go), "");
    let group = group_named(&trace, "main.b").unwrap();
    let group = Scope::group(group);
    assert_eq!(rows(&trace, ProfileKind::Sync, group, go), "b 1 30");
    assert_eq!(group_named(&trace, "main.nobody"), None);
}

#[test]
fn time_0_means_not_yet_to_go() {
    // Format v1 begins its clock at -1, so that an event can have time 0.
    let mut t = Script::starting_at(-1);
    t.found(1, 1, GoroutineState::Running, "a<main.a");
    t.block(10, 1, "select", "b<main.b");
    t.wake(20, NOBODY, 1, "");
    t.run(30, 1);
    t.block(40, 1, "select", "b<main.b");
    t.wake(45, NOBODY, 1, "");
    let trace = t.finish(100);
    let (go, complete) = both(&trace, ProfileKind::Sync);
    assert_eq!(go, "b 1 5");
    assert_eq!(complete, "b 2 15");
}

#[test]
fn the_heaviest_stacks_come_with_shares() {
    let trace = two_goroutines();
    let profile = profile(
        &trace,
        ProfileKind::Scheduler,
        &Scope::ALL,
        Completeness::Complete,
    );
    let top = top_stacks(&trace, &profile, 1);
    assert_eq!((top.stacks, top.count, top.nanos), (2, 2, 25));
    assert_eq!(top.rows.len(), 1);
    assert_eq!(top.rows[0].share, 0.8);
    assert_eq!(top.rows[0].frames[0].function, "a");
    assert_eq!(top.rows[0].frames[1].place(), "main.go:1");
    let all = top_stacks(&trace, &profile, 10);
    assert_eq!(all.rows[1].cumulative, 1.0);
}

#[test]
fn the_file_has_one_sample_for_each_row() {
    let trace = two_goroutines();
    let profile = profile(
        &trace,
        ProfileKind::Scheduler,
        &Scope::ALL,
        Completeness::Complete,
    );
    let file = tracepane_pprof::Profile::from_gzip(&profile.to_pprof(&trace)).unwrap();
    let samples: Vec<_> = file.sample.iter().map(|s| s.value.clone()).collect();
    assert_eq!(samples, [vec![1, 20], vec![1, 5]]);
    assert_eq!(
        profile.file_name("web.trace.gz", None),
        "web.sched-complete.pb.gz"
    );
    assert_eq!(
        ProfileKind::from_name("sched"),
        Some(ProfileKind::Scheduler)
    );
}
