//! A report as text.

use std::fmt::Write as _;

use tracepane_analysis::{format, names};
use tracepane_model::Nanos;

use super::facts::{Latency, Report};
use crate::table::Table;

/// How many rows of a table are printed; JSON has all.
const ROWS: usize = 15;

/// The whole report.
pub fn text(report: &Report) -> String {
    let mut out = String::new();
    trace(report, &mut out);
    list("Worth a look", &report.findings, &mut out);
    list("Lost or odd", &report.warnings, &mut out);
    groups(report, &mut out);
    annotations(report, &mut out);
    gc(report, &mut out);
    scheduler(report, &mut out);
    profiles(report, &mut out);
    // Names are the trace's: a terminal must not take them for commands.
    out.replace(|c: char| c.is_control() && c != '\n', "\u{FFFD}")
}

fn time(nanos: i64) -> String {
    format::duration(Nanos(nanos))
}

fn bytes(n: Option<u64>) -> String {
    n.map_or("-".to_owned(), format::bytes)
}

fn trace(report: &Report, out: &mut String) {
    let facts = &report.trace;
    let _ = writeln!(
        out,
        "{} written by {}, {}, {}",
        time(facts.duration_ns),
        facts.written_by,
        format::bytes(facts.size_bytes),
        format::counted(facts.events, "event"),
    );
    if let Some(began) = &facts.began {
        let _ = writeln!(out, "began {began}");
    }
    let _ = writeln!(
        out,
        "{}, {} at once; {}, {}; {}, {}, {}, {}",
        format::counted(facts.goroutines, "goroutine"),
        format::count(facts.most_goroutines_at_once),
        format::counted(facts.procs, "proc"),
        format::counted(facts.threads, "thread"),
        format::counted(facts.tasks, "task"),
        format::counted(facts.regions, "region"),
        format::counted(facts.logs, "log"),
        format::counted(facts.cpu_samples, "CPU sample"),
    );
}

fn list(title: &str, sentences: &[String], out: &mut String) {
    if sentences.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{title}");
    for sentence in sentences {
        let _ = writeln!(out, "- {sentence}");
    }
}

/// A table under its title, cut after [`ROWS`]; nothing if it is empty.
fn table<T>(
    title: &str,
    heads: &[&str],
    rows: &[T],
    cells: impl Fn(&T) -> Vec<String>,
    out: &mut String,
) {
    if rows.is_empty() {
        return;
    }
    let mut table = Table::new(heads);
    for row in rows.iter().take(ROWS) {
        table.row(&cells(row));
    }
    let _ = writeln!(out, "\n{title}\n{}", table.text().trim_end());
    if rows.len() > ROWS {
        let _ = writeln!(out, "… and {} more", rows.len() - ROWS);
    }
}

fn groups(report: &Report, out: &mut String) {
    table(
        "Goroutines by start function",
        &[
            "Start function",
            "Count",
            "Running",
            "Sched wait",
            "Waiting",
            "Syscall",
            "most for",
        ],
        &report.goroutine_groups,
        |group| {
            vec![
                names::or_inactive(&group.start_function).to_owned(),
                format::count(group.goroutines),
                time(group.running_ns),
                time(group.runnable_ns),
                time(group.waiting_ns),
                time(group.syscall_ns.saturating_add(group.syscall_blocked_ns)),
                group.waits.first().map_or(String::new(), |wait| {
                    format!("{} {}", wait.name, time(wait.ns))
                }),
            ]
        },
        out,
    );
}

fn annotations(report: &Report, out: &mut String) {
    table(
        "Tasks by type",
        &["Type", "Count", "Complete", "Total", "Longest"],
        &report.task_types,
        |kind| {
            vec![
                kind.name.clone(),
                format::count(kind.count),
                format::count(kind.complete),
                time(kind.total_ns),
                time(kind.longest_ns),
            ]
        },
        out,
    );
    table(
        "Regions by type",
        &["Type", "Count", "Complete", "Total", "Longest", "Begun at"],
        &report.region_types,
        |kind| {
            vec![
                kind.name.clone(),
                format::count(kind.count),
                format::count(kind.complete),
                time(kind.total_ns),
                time(kind.longest_ns),
                kind.place.clone().unwrap_or_default(),
            ]
        },
        out,
    );
}

fn gc(report: &Report, out: &mut String) {
    table(
        "GC cycles",
        &[
            "Start", "Mark", "Paused", "Assists", "Sweep", "Before", "Peak", "Live", "Goal",
        ],
        &report.gc.cycles,
        |cycle| {
            let paused = cycle
                .sweep_termination_ns
                .unwrap_or(0)
                .saturating_add(cycle.mark_termination_ns);
            vec![
                time(cycle.start_ns),
                time(cycle.mark_ns),
                time(paused),
                time(cycle.assist_ns),
                time(cycle.sweep_ns),
                bytes(cycle.heap_before_bytes),
                bytes(cycle.heap_peak_bytes),
                bytes(cycle.heap_live_bytes),
                bytes(cycle.goal_bytes),
            ]
        },
        out,
    );
    table(
        "GC work of the procs",
        &["Kind", "Time", "Share"],
        &report.gc.work,
        |work| {
            let share = format::percent(work.ns as f64, report.gc.available_ns as f64);
            vec![work.name.clone(), time(work.ns), share]
        },
        out,
    );
    table(
        "Stop-the-world pauses",
        &["Kind", "Count", "Total", "p50", "p99", "Longest", "at"],
        &report.stop_the_world,
        |pause| {
            vec![
                pause.kind.clone(),
                format::count(pause.count),
                time(pause.total_ns),
                time(pause.p50_ns),
                time(pause.p99_ns),
                time(pause.longest_ns),
                time(pause.longest_at_ns),
            ]
        },
        out,
    );
    table(
        "Minimum mutator utilization",
        &["Window", "Left to the program", "worst at"],
        &report.minimum_mutator_utilization,
        |row| {
            vec![
                time(row.window_ns),
                format::percent(row.utilization, 1.0),
                row.worst_at_ns.map_or(String::new(), time),
            ]
        },
        out,
    );
}

fn latency(of: &Latency) -> Vec<String> {
    vec![
        format::count(of.count),
        time(of.total_ns),
        time(of.p50_ns),
        time(of.p90_ns),
        time(of.p99_ns),
        time(of.p999_ns),
        time(of.longest_ns),
    ]
}

fn scheduler(report: &Report, out: &mut String) {
    let all = [("all", &report.scheduler.latency)];
    let groups = report.scheduler.groups.iter();
    let groups = groups.map(|group| {
        let name = names::or_inactive(&group.start_function);
        (name, &group.latency)
    });
    let rows: Vec<(&str, &Latency)> = all.into_iter().chain(groups).collect();
    table(
        "From runnable to running",
        &[
            "Start function",
            "Count",
            "Total",
            "p50",
            "p90",
            "p99",
            "p99.9",
            "Longest",
        ],
        &rows,
        |(name, of)| [vec![(*name).to_owned()], latency(of)].concat(),
        out,
    );
    table(
        "Procs",
        &[
            "Proc",
            "Running",
            "GC",
            "Syscall",
            "Stopped",
            "Scheduling",
            "Idle",
        ],
        &report.procs,
        |proc| {
            let times = [
                proc.running_ns,
                proc.gc_ns,
                proc.syscall_ns,
                proc.stopped_ns,
                proc.scheduling_ns,
                proc.idle_ns,
            ];
            let name = std::iter::once(proc.proc.to_string());
            name.chain(times.map(time)).collect()
        },
        out,
    );
}

fn profiles(report: &Report, out: &mut String) {
    for profile in &report.profiles {
        if profile.count == 0 {
            continue;
        }
        let total = i64::try_from(profile.total_ns).unwrap_or(i64::MAX);
        let _ = writeln!(
            out,
            "\nProfile {}: {} in all, {} times at {}",
            profile.kind,
            time(total),
            format::count(profile.count),
            format::counted(profile.stacks, "stack"),
        );
        for stack in &profile.top {
            let nanos = i64::try_from(stack.ns).unwrap_or(i64::MAX);
            let _ = writeln!(
                out,
                "{:>10}  {:>6}  {}",
                time(nanos),
                format::percent(stack.ns as f64, profile.total_ns as f64),
                stack.frames.first().map_or("(no stack)", String::as_str),
            );
            for frame in stack.frames.iter().skip(1).take(3) {
                let _ = writeln!(out, "{:>20}{frame}", "");
            }
        }
    }
}
