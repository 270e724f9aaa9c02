//! What rows of traces made by hand change.

use tracepane_wire::GoroutineState;

use super::*;
use crate::pieces::for_each_piece_of_all;
use crate::script::{NOBODY, Script};

/// Some pieces long, with calls, pauses, and a goroutine that dies while it could run.
fn trace() -> Trace {
    let mut s = Script::new();
    s.found(0, 1, GoroutineState::Running, "a<main.a");
    s.found(5, 2, GoroutineState::Runnable, "b<main.b");
    s.take_proc(0, 1);
    s.take_proc(1, 2);
    s.run(6, 2);
    s.block(9, 2, "select", "b<main.b");
    s.take_turns(|s, i, time| {
        if i % 700 == 3 {
            s.pause((time + 6, time + 11), 1, "GC mark termination");
        }
    });
    s.create(60_050, 1, 3, "a<main.a", "main.c");
    s.wake(60_100, NOBODY, 2, "");
    s.run(60_200, 2);
    s.finish(60_200)
}

/// By row that ends one: the span, and how long it was.
type Waits = Vec<(u32, u32, i64)>;

fn found(trace: &Trace, time: TimeRange, is_short: bool) -> (Waits, Vec<[i64; 3]>, (i64, i64)) {
    let stopped = Stopped::of(trace);
    let mut changes = Changes::new(trace, time, &stopped);
    assert!(changes.is_short);
    changes.is_short = is_short;
    let (runnable, running) = changes.counts();
    let mut counts = (runnable as i64, running as i64);
    let mut waits = Vec::new();
    changes.for_each_piece(|piece, changes| {
        for (_, change) in changes.rows().iter() {
            counts.0 += change.runnable();
            counts.1 += change.running();
        }
        let first = piece.first().0;
        let ended = changes.waits().iter();
        waits.extend(ended.map(|w| (first + w.place() as u32, w.span().0, w.nanos)));
    });
    let on = changes.on_placements();
    let on = on.iter().map(|on| [on.running, on.syscall, on.in_pauses.0]);
    (waits, on.collect(), counts)
}

/// The same, by a plain look at each row.
fn expected(trace: &Trace, time: TimeRange) -> (Waits, Vec<[i64; 3]>, (i64, i64)) {
    let stopped = Stopped::of(trace);
    let mut waits = Vec::new();
    let mut on = vec![[0; 3]; trace.procs.placements.len()];
    let mut last = vec![None; trace.goroutines.len()];
    let mut spend = |span: SpanIndex, since: i64, until: i64| {
        let kind = trace.spans.kind(span);
        let (since, until) = (since.max(time.start.0), until.min(time.end.0));
        let which = match kind.state() {
            SpanState::Running => 0,
            SpanState::Syscall => 1,
            _ => return,
        };
        if let (true, tracepane_model::Cause::Placement(place)) =
            (since < until, trace.spans.cause(span))
        {
            let on = &mut on[place.0 as usize];
            on[which] += until - since;
            on[2] += stopped.within(Nanos(since), Nanos(until));
        }
    };
    let mut counts = (0, 0);
    for_each_piece_of_all(trace, |piece| {
        for (row, start, goroutine, kind, _) in piece.rows().filter(|row| row.1 < time.end.0) {
            let since = if kind.was_going_on() { 0 } else { start };
            let before = last[goroutine.0 as usize].replace((row, since));
            let Some((span, since)) = before else {
                continue;
            };
            spend(span, since, start);
            let runs = kind.state() == SpanState::Running;
            if runs && start >= time.start.0 && waits_for_proc(trace.spans.kind(span)) {
                waits.push((row.0, span.0, start - since));
            }
        }
    });
    for (span, since) in last.into_iter().flatten() {
        spend(span, since, time.end.0);
        match trace.spans.kind(span).state() {
            SpanState::Runnable => counts.0 += 1,
            SpanState::Running => counts.1 += 1,
            _ => {}
        }
    }
    (waits, on, counts)
}

#[test]
fn what_rows_change_is_what_a_plain_look_finds() {
    let trace = trace();
    assert!(trace.spans.len() > 2 * ROWS);
    for (start, end) in [
        (0, 60_200),
        (33, 50_000),
        (10_001, 10_002),
        (59_999, 60_200),
    ] {
        let time = TimeRange {
            start: Nanos(start),
            end: Nanos(end),
        };
        let expected = expected(&trace, time);
        assert!(end - start < 1_000 || expected.0.len() > 2_000);
        assert_eq!(found(&trace, time, true), expected, "{start} {end}");
        // Row by row, as it is done where sums could be too large.
        assert_eq!(found(&trace, time, false), expected, "{start} {end}");
    }
}

#[test]
fn waits_may_end_with_the_trace() {
    let trace = trace();
    let stopped = Stopped::default();
    let time = TimeRange {
        start: Nanos(60_000),
        end: trace.end,
    };
    let mut changes = Changes::new(&trace, time, &stopped);
    let mut ended = Vec::new();
    changes.for_each_piece(|_, _| ());
    let waiting: Vec<_> = changes.waiting().map(|(g, since)| (g.0, since)).collect();
    assert_eq!(waiting, [(2, 60_100), (3, 60_050)]);
    changes.for_each_piece_at_end(|_, changes| {
        ended.extend(changes.waits().iter().map(|wait| wait.nanos));
    });
    assert_eq!(ended, [100]);
    assert_eq!(changes.waiting().count(), 1);
}

#[test]
fn a_change_says_who_can_run_and_who_does() {
    let kind = |state, found| SpanKind::new(state, tracepane_model::ReasonId(3), found);
    for from in SpanState::ALL {
        for to in SpanState::ALL {
            for found in [false, true] {
                let change = Change::between(kind(from, found), kind(to, false));
                let more = |of| i64::from(to == of) - i64::from(from == of);
                assert_eq!(change.runnable(), more(SpanState::Runnable));
                assert_eq!(change.running(), more(SpanState::Running));
                let ends = (from, to) == (SpanState::Runnable, SpanState::Running) && !found;
                assert_eq!(change.ends_wait(), ends);
            }
        }
    }
}
