//! The numbers of `internal/trace/summary.go` from the tables, by the rules that `build/goroutines.rs` states: a plain
//! second opinion, compared with what Go 1.27 says of every trace of the corpus.

use std::collections::BTreeMap;
use std::fmt::Write;

use tracepane_model::{
    GoroutineIndex, Nanos, RangeKind, RangeScope, SpanIndex, SpanState, Trace, load,
};
use tracepane_testkit::{data, golden};

/// The numbers of one goroutine.
#[derive(Default)]
struct Numbers {
    total: i64,
    execution: i64,
    scheduling: i64,
    syscall: i64,
    syscall_blocked: i64,
    blocked: BTreeMap<String, i64>,
    ranges: BTreeMap<String, i64>,
}

fn numbers(trace: &Trace, g: GoroutineIndex) -> Numbers {
    let mut n = Numbers::default();
    let row = trace.goroutines.row(g);
    let end = row.ended.unwrap_or(trace.end);
    n.total = end.0 - row.created.0;
    let list = trace.goroutines.spans(g);
    let state_of = |place: usize| {
        let span = list.get(place)?;
        Some(trace.spans.kind(SpanIndex(*span)).state())
    };
    for (place, &span) in list.iter().enumerate() {
        let span = SpanIndex(span);
        let start = trace.spans.start(span);
        if start < row.created || start >= end {
            continue;
        }
        let stop = trace.span_end_at(g, place).min(end);
        let time = stop.0 - start.0;
        let kind = trace.spans.kind(span);
        let before = if kind.was_going_on() {
            start.0 - row.created.0
        } else {
            0
        };
        match kind.state() {
            SpanState::Running => n.execution += before + time,
            SpanState::Runnable => n.scheduling += before + time,
            SpanState::Waiting => {
                let reason = trace.spans.reasons[usize::from(kind.reason().0)];
                let reason = trace.strings.get(reason).to_string();
                *n.blocked.entry(reason).or_default() += before + time;
            }
            SpanState::Dead => {}
            SpanState::SyscallBlocked
                if place > 0 && state_of(place - 1) == Some(SpanState::Syscall) => {}
            first @ (SpanState::Syscall | SpanState::SyscallBlocked) => {
                let mut blocked_from = None;
                let mut stop = stop;
                let mut is_last = place + 1 == list.len();
                if first == SpanState::Syscall
                    && state_of(place + 1) == Some(SpanState::SyscallBlocked)
                {
                    blocked_from = Some(stop);
                    stop = trace.span_end_at(g, place + 1);
                    is_last = place + 2 == list.len();
                }
                let mut found_with_proc = first == SpanState::Syscall;
                if let Some(view) = trace.spans.syscall_view(span) {
                    blocked_from = view.blocked_from;
                    found_with_proc = view.found_with_proc;
                }
                match found_with_proc {
                    true => n.syscall += before,
                    false => n.syscall_blocked += before,
                }
                let blocked = blocked_from.map_or(0, |from| stop.0 - from.0);
                let whole = stop.0 - start.0;
                if is_last {
                    n.syscall += whole;
                    n.scheduling += blocked;
                } else {
                    n.syscall += whole - blocked;
                    n.syscall_blocked += blocked;
                }
            }
        }
    }
    n
}

/// Adds the ranges of goroutines, and of procs if they end on the goroutine that they began on.
fn add_ranges(trace: &Trace, all: &mut [Numbers]) {
    for range in trace.ranges.rows.iter() {
        let g = match range.scope {
            RangeScope::Goroutine(g) => g,
            RangeScope::Proc(_) if range.began_by == range.ended_by || !range.end_seen => {
                range.began_by
            }
            _ => continue,
        };
        let Some(g) = g.get() else { continue };
        let name = match range.kind {
            RangeKind::GcMark => "GC concurrent mark phase".to_string(),
            RangeKind::GcSweep => "GC incremental sweep".to_string(),
            RangeKind::GcMarkAssist => "GC mark assist".to_string(),
            RangeKind::StopTheWorld(kind) => {
                format!("stop-the-world ({})", trace.strings.get(kind))
            }
        };
        let time = range.end.0 - range.start.0;
        *all[g].ranges.entry(name).or_default() += time;
    }
}

fn durations(out: &mut String, of: &BTreeMap<String, i64>) {
    let shown = of.iter().filter(|&(_, &time)| time != 0);
    let mut parts: Vec<String> = shown.map(|(name, time)| format!("{name}={time}")).collect();
    parts.sort();
    let _ = write!(out, "\t{}", parts.join(","));
}

/// The table as the golden has it.
fn table(trace: &Trace) -> String {
    let absolute = |time: Nanos| trace.clock_start.0 + time.0;
    let count = trace.goroutines.len();
    let mut all: Vec<Numbers> = (0..count)
        .map(|g| numbers(trace, GoroutineIndex(g as u32)))
        .collect();
    add_ranges(trace, &mut all);
    let has_spans = |g: &usize| !trace.goroutines.spans(GoroutineIndex(*g as u32)).is_empty();
    let mut order: Vec<usize> = (0..count).filter(has_spans).collect();
    order.sort_by_key(|&g| trace.goroutines.rows[g].id);
    let mut totals = [0; 5];
    let mut rows = Vec::new();
    for g in order {
        let (row, n) = (&trace.goroutines.rows[g], &all[g]);
        let columns = [
            n.total,
            n.execution,
            n.scheduling,
            n.syscall,
            n.syscall_blocked,
        ];
        for (total, column) in totals.iter_mut().zip(columns) {
            *total += column;
        }
        let mut text = format!(
            "{}\t{}\t{}\t{}\t{}",
            row.id,
            trace.strings.get(row.name),
            absolute(row.created),
            row.first_ran.map_or(0, absolute),
            row.ended.map_or(0, absolute),
        );
        for column in columns {
            let _ = write!(text, "\t{column}");
        }
        durations(&mut text, &n.blocked);
        durations(&mut text, &n.ranges);
        let weight = n.execution;
        rows.push(golden::Row { weight, text });
    }
    let mut out = String::new();
    let [a, b, c, d, e] = totals;
    let totals = format!(", totals [{a} {b} {c} {d} {e}]");
    golden::compact(&mut out, "goroutines", &totals, rows);
    out
}

#[test]
fn goroutines_have_the_numbers_that_go_1_27_computes() {
    let mut wrong = String::new();
    let mut compared = 0;
    for path in data::corpus() {
        let expected = golden::of("goroutines", &path);
        // Of a damaged trace Go reads less than is read here.
        if expected.contains("error:") {
            continue;
        }
        let bytes = data::read(&path);
        let trace = load(&bytes[..], Default::default()).expect("a trace of the corpus");
        let expected: String = expected
            .lines()
            .skip_while(|line| !line.starts_with("## goroutines"))
            .take_while(|line| !line.starts_with("## groups"))
            .map(|line| format!("{line}\n"))
            .collect();
        compared += 1;
        if let Err(difference) = golden::compare(&expected, &table(&trace)) {
            let _ = writeln!(wrong, "{path}: {difference}");
        }
    }
    assert!(compared > 30, "{compared} traces");
    assert!(wrong.is_empty(), "{wrong}");
}
