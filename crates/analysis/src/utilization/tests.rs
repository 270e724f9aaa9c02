//! Functions of traces made by hand, right and as go tool trace has them.

use tracepane_model::Trace;
use tracepane_wire::{EventKind, GoroutineIndex, GoroutineState, Metric, Range, Scope};

use super::*;
use crate::script::{NOBODY, Script};

fn own(g: u32) -> Scope {
    Scope::Goroutine(GoroutineIndex(g))
}

/// Goroutines 0 to 3 run on procs 0 to 3.
fn four() -> Script {
    let mut s = Script::new();
    s.metric(0, Metric::GoMaxProcs, 4);
    for g in 0..4 {
        s.found(1, g, GoroutineState::Runnable, "a<main.a");
        s.run(2 + i64::from(g), g);
    }
    s
}

fn steps(trace: &Trace, flags: UtilizationFlags, rules: UtilizationRules) -> Vec<Vec<(i64, f64)>> {
    let functions = utilization(trace, flags, rules).into_iter();
    functions
        .map(|f| f.into_iter().map(|step| (step.time.0, step.part)).collect())
        .collect()
}

fn right(trace: &Trace, flags: UtilizationFlags) -> Vec<Vec<(i64, f64)>> {
    steps(trace, flags, UtilizationRules::Right)
}

#[test]
fn each_flag_has_its_own_part() {
    let mut s = four();
    s.pause((10, 20), 0, "GC mark termination");
    s.pause((25, 28), 0, "read mem stats");
    s.range((30, 40), 1, Range::GcMarkAssist, own(1));
    s.sweep((50, 60), 2, 0, 0);
    s.label(70, 3, "GC (fractional)");
    s.block(80, 3, "sync", "a<main.a");
    let trace = s.finish(100);
    let none = UtilizationFlags {
        stw: false,
        background: false,
        assist: false,
        ..UtilizationFlags::default()
    };
    let part = |from, to, part| vec![vec![(0, 1.0), (from, part), (to, 1.0), (100, 0.0)]];
    assert_eq!(right(&trace, none), [[(0, 1.0), (100, 0.0)]]);
    let stw = UtilizationFlags { stw: true, ..none };
    assert_eq!(right(&trace, stw), part(10, 20, 0.0));
    let assist = UtilizationFlags {
        assist: true,
        ..none
    };
    assert_eq!(right(&trace, assist), part(30, 40, 0.75));
    let sweep = UtilizationFlags {
        sweep: true,
        ..none
    };
    assert_eq!(right(&trace, sweep), part(50, 60, 0.75));
    let background = UtilizationFlags {
        background: true,
        ..none
    };
    assert_eq!(right(&trace, background), part(70, 80, 0.75));
    // So early, go tool trace sees the same.
    for flags in [none, stw, assist, sweep, background] {
        let as_go = steps(&trace, flags, UtilizationRules::AsGoToolTrace);
        assert_eq!(as_go, right(&trace, flags));
    }
    let per_proc = UtilizationFlags {
        per_proc: true,
        ..assist
    };
    let functions = right(&trace, per_proc);
    assert_eq!(functions.len(), 4);
    assert_eq!(functions[1], part(30, 40, 0.0)[0]);
    assert_eq!(functions[2], [(0, 1.0), (100, 0.0)]);
}

#[test]
fn a_worker_that_stops_is_no_longer_the_gcs() {
    let mut s = four();
    for start in [10, 30, 50] {
        s.label(start, 3, "GC (dedicated)");
        s.block(start + 10, 3, "sync", "a<main.a");
        s.wake(start + 15, NOBODY, 3, "");
        s.run(start + 19, 3);
    }
    let trace = s.finish(100);
    let flags = UtilizationFlags::default();
    assert_eq!(
        right(&trace, flags),
        [[
            (0, 1.0),
            (10, 0.75),
            (20, 1.0),
            (30, 0.75),
            (40, 1.0),
            (50, 0.75),
            (60, 1.0),
            (100, 0.0)
        ]]
    );
    // There the proc never comes back: each run begins twice, with the goroutine and with the label.
    assert_eq!(
        steps(&trace, flags, UtilizationRules::AsGoToolTrace),
        [[(0, 1.0), (10, 0.75), (20, 1.0), (29, 0.75), (100, 0.0)]]
    );
    let per_proc = UtilizationFlags {
        per_proc: true,
        ..flags
    };
    assert!(right(&trace, per_proc).iter().all(|steps| steps.len() == 2));
}

#[test]
fn an_assist_counts_while_its_goroutine_runs() {
    let mut s = Script::new();
    s.metric(0, Metric::GoMaxProcs, 4);
    s.found(1, 1, GoroutineState::Runnable, "a<main.a");
    s.run(2, 1);
    s.found(3, 2, GoroutineState::Waiting, "b<main.b");
    // Found by goroutine 1, on its proc.
    let active = |g| EventKind::RangeActive {
        range: Range::GcMarkAssist,
        scope: own(g),
    };
    s.event(4, 1, "", active(2));
    s.wake(10, 1, 2, "");
    s.run(20, 2);
    let end = EventKind::RangeEnd {
        range: Range::GcMarkAssist,
        scope: own(2),
        swept: 0,
        reclaimed: 0,
    };
    s.event(30, 2, "", end);
    let trace = s.finish(100);
    let flags = UtilizationFlags::default();
    assert_eq!(
        right(&trace, flags),
        [[(0, 1.0), (20, 0.75), (30, 1.0), (100, 0.0)]]
    );
    // There proc 1, which only said so, is the GC's for ever.
    assert_eq!(
        steps(&trace, flags, UtilizationRules::AsGoToolTrace),
        [[(0, 1.0), (4, 0.75), (20, 0.5), (30, 0.75), (100, 0.0)]]
    );
}

#[test]
fn procs_come_and_go() {
    let mut s = four();
    let (range, scope) = (Range::GcMarkAssist, own(1));
    s.event(10, 1, "", EventKind::RangeBegin { range, scope });
    s.metric(20, Metric::GoMaxProcs, 2);
    s.metric(40, Metric::GoMaxProcs, 4);
    let (swept, reclaimed) = (0, 0);
    let end = EventKind::RangeEnd {
        range,
        scope,
        swept,
        reclaimed,
    };
    s.event(50, 1, "", end);
    let trace = s.finish(100);
    let flags = UtilizationFlags::default();
    for rules in [UtilizationRules::Right, UtilizationRules::AsGoToolTrace] {
        assert_eq!(
            steps(&trace, flags, rules),
            [[
                (0, 1.0),
                (10, 0.75),
                (20, 0.5),
                (40, 0.75),
                (50, 1.0),
                (100, 0.0)
            ]]
        );
        let per_proc = UtilizationFlags {
            per_proc: true,
            ..flags
        };
        let functions = steps(&trace, per_proc, rules);
        assert_eq!(functions.len(), 6);
        assert_eq!(functions[3], [(0, 1.0), (20, 0.0)]);
        assert_eq!(functions[5], [(40, 1.0), (100, 0.0)]);
        assert_eq!(series_procs(&trace), [0, 1, 2, 3, 2, 3]);
    }
}

#[test]
fn any_number_of_procs_is_survived() {
    let mut s = Script::new();
    s.range((1, 2), 1, Range::GcMarkAssist, own(1));
    let trace = s.finish(10);
    for per_proc in [false, true] {
        let flags = UtilizationFlags {
            per_proc,
            ..UtilizationFlags::default()
        };
        assert!(right(&trace, flags).is_empty());
        assert!(steps(&trace, flags, UtilizationRules::AsGoToolTrace).is_empty());
    }
    let mut s = four();
    for i in 0..20 {
        s.metric(
            10 + i,
            Metric::GoMaxProcs,
            if i % 2 == 0 { u64::MAX } else { 0 },
        );
    }
    s.pause((50, 60), 1, "GC mark termination");
    let trace = s.finish(100);
    for rules in [UtilizationRules::Right, UtilizationRules::AsGoToolTrace] {
        for per_proc in [false, true] {
            let flags = UtilizationFlags {
                per_proc,
                ..UtilizationFlags::default()
            };
            let functions = utilization(&trace, flags, rules);
            assert!(!functions.is_empty() && functions.len() <= MAX_SERIES);
        }
    }
}

#[test]
fn steps_until_a_time_are_those_at_or_before_it() {
    let steps: Vec<Utilization> = (0..200)
        .map(|i| Utilization {
            time: Nanos(i * i / 3),
            part: 0.5,
        })
        .collect();
    for from in [0, 1, 7, 150, 199, 200] {
        let rest = &steps[from..];
        for time in -1..14_000 {
            let slow = rest.iter().filter(|step| step.time.0 <= time).count();
            assert_eq!(steps_until(rest, time), slow, "{from} {time}");
        }
    }
}
