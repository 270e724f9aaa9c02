//! What happened in a range of time, for the panel beside the timeline.

use tracepane_analysis::profiles::{self, ProfileKind};
use tracepane_analysis::range_summary::{Blocked, RangeGroup, RangeSummary as Known};
use tracepane_analysis::{ProcTimes, Times, format, names};
use tracepane_model::sorting::sort_by_numbers;
use tracepane_model::{GoroutineIndex, Nanos};
use tracepane_timeline::text::short_name;

use super::opened::OpenTrace;
use super::words::{self, duration_fact, fact};
use crate::protocol::{
    Fact, Histogram, Link, ProfileName, ProfileOf, ProfileScope, RangePart, RangeRow, RangeSummary,
    RangeTop, TimeShare,
};

/// How many rows a list has.
const ROWS: usize = 5;

/// How many stacks are listed.
const STACKS: usize = 8;

/// Sums the scope up.
pub fn summary(open: &OpenTrace) -> RangeSummary {
    let known = open.range_summary();
    RangeSummary {
        time: (known.time.start.0 as f64, known.time.end.0 as f64),
        facts: facts(known),
        states: states(open, known),
        procs: procs(&known.procs),
        gc: gc(known),
        tops: tops(open, known),
        latency: latency(known),
        latencies: Histogram::from(&known.latencies),
    }
}

fn facts(known: &Known) -> Vec<Fact> {
    let length = known.time.length();
    let mut facts = vec![
        words::moment_fact("From", known.time.start),
        words::moment_fact("To", known.time.end),
        duration_fact("Duration", length),
        fact("Goroutines", format::count(known.goroutines)),
    ];
    if length.0 > 0 {
        let at_once = known.times.running.0 as f64 / length.0 as f64;
        facts.push(fact("Running at once, on average", format!("{at_once:.2}")));
    }
    if let (Some(before), Some(after)) = known.heap {
        facts.push(Fact {
            exact: Some(format!(
                "from {} to {}",
                format::counted(before, "byte"),
                format::counted(after, "byte")
            )),
            ..fact(
                "Heap",
                format!("{} → {}", format::bytes(before), format::bytes(after)),
            )
        });
    }
    facts
}

/// Shares of a whole, without those that are nothing.
fn shares(whole: Nanos, parts: Vec<(&str, String, Nanos)>) -> Vec<TimeShare> {
    let whole = (whole.0 as f64).max(1.0);
    let parts = parts.into_iter().filter(|(_, _, nanos)| nanos.0 > 0);
    parts
        .map(|(state, label, nanos)| TimeShare {
            state: state.into(),
            label,
            value: format::duration(nanos),
            exact: format!(
                "{}, {} of all",
                format::exact(nanos),
                format::percent(nanos.0 as f64, whole)
            ),
            share: nanos.0 as f64 / whole,
        })
        .collect()
}

fn states(open: &OpenTrace, known: &Known) -> Vec<TimeShare> {
    let times = &known.times;
    let mut parts = vec![
        ("running", "Running".to_owned(), times.running),
        ("runnable", "Waiting for a proc".into(), times.runnable),
        ("syscall", "System call".into(), times.syscall),
        (
            "syscall-blocked",
            "System call, proc lost".into(),
            times.syscall_blocked,
        ),
    ];
    parts.extend(known.waits.iter().map(|&(reason, nanos)| {
        let label = match names::reason(&open.trace, reason) {
            "" => "Waiting, no reason given".into(),
            text => format!("Waiting: {text}"),
        };
        (words::class_key(open.classes.of_wait(reason)), label, nanos)
    }));
    shares(times.total, parts)
}

fn procs(procs: &[ProcTimes]) -> Vec<TimeShare> {
    let sum = |of: fn(&ProcTimes) -> Nanos| {
        let all = procs.iter().map(|proc| of(proc).0);
        Nanos(all.fold(0, i64::saturating_add))
    };
    let parts = vec![
        ("running", "Running".to_owned(), sum(|proc| proc.running)),
        ("gc-work", "GC work".into(), sum(|proc| proc.gc)),
        ("syscall", "System calls".into(), sum(|proc| proc.syscall)),
        ("stw", "Stopped".into(), sum(|proc| proc.stopped)),
        (
            "scheduling",
            "Scheduling".into(),
            sum(|proc| proc.scheduling),
        ),
        ("idle", "Idle".into(), sum(|proc| proc.idle)),
    ];
    shares(sum(|proc| proc.total), parts)
}

fn gc(known: &Known) -> Vec<Fact> {
    let gc = &known.gc;
    let mut facts = vec![Fact {
        exact: Some(format!("marking for {}", format::exact(gc.marking))),
        ..fact(
            "Cycles",
            match gc.cycles {
                0 => "none".into(),
                cycles => format!(
                    "{}, marking {}",
                    format::count(cycles),
                    format::duration(gc.marking)
                ),
            },
        )
    }];
    if gc.pauses > 0 {
        facts.push(Fact {
            exact: Some(format!(
                "{} of the range, the longest {}",
                format::exact(gc.paused),
                format::exact(gc.longest_pause)
            )),
            ..fact(
                "Stop-the-world",
                format!(
                    "{}, {} in all",
                    format::count(gc.pauses),
                    format::duration(gc.paused)
                ),
            )
        });
    }
    if gc.assists > 0 {
        facts.push(Fact {
            exact: Some(format::exact(gc.assisting)),
            ..fact(
                "Mark assists",
                format!(
                    "{}, {} in all",
                    format::count(gc.assists),
                    format::duration(gc.assisting)
                ),
            )
        });
    }
    facts
}

fn latency(known: &Known) -> Vec<Fact> {
    let latency = &known.latency;
    let mut facts = vec![fact("Waits for a proc", format::count(latency.count))];
    if latency.count > 0 {
        facts.extend([
            duration_fact("Median", latency.p50),
            duration_fact("p99", latency.p99),
            duration_fact("Longest", latency.longest),
        ]);
    }
    facts
}

fn tops(open: &OpenTrace, known: &Known) -> Vec<RangeTop> {
    let stacks = known.blocked.iter().take(STACKS);
    let most = known.blocked.first().map_or(0, |first| first.nanos.0);
    let stacks = stacks.map(|at| stack(open, at, most)).collect();
    let lists = [
        groups(open, known, RangePart::Running, "running", |of| of.running),
        groups(open, known, RangePart::Runnable, "runnable", |of| {
            of.runnable
        }),
        groups(open, known, RangePart::Waiting, "sync", |of| of.waiting),
        goroutines(
            open,
            RangePart::GoroutinesRunning,
            "running",
            &known.running,
        ),
        goroutines(
            open,
            RangePart::GoroutinesRunnable,
            "runnable",
            &known.runnable,
        ),
        goroutines(open, RangePart::GoroutinesWaiting, "sync", &known.waiting),
        RangeTop {
            part: RangePart::Stacks,
            rows: stacks,
            total: u32::try_from(known.blocked_stacks).unwrap_or(u32::MAX),
        },
    ];
    lists
        .into_iter()
        .filter(|list| !list.rows.is_empty())
        .collect()
}

/// The groups with most of something.
fn groups(
    open: &OpenTrace,
    known: &Known,
    part: RangePart,
    state: &str,
    of: fn(&Times) -> Nanos,
) -> RangeTop {
    let trace = &open.trace;
    let is_wait = part == RangePart::Waiting;
    let mut rows: Vec<(Nanos, &RangeGroup)> = (known.groups.iter())
        .map(|group| (of(&group.times), group))
        .filter(|(nanos, group)| nanos.0 > 0 && !(is_wait && is_system(open, group)))
        .collect();
    sort_by_numbers(&mut rows, |(nanos, group)| [!nanos.0, group.group.0.into()]);
    let most = rows.first().map_or(0, |first| first.0.0);
    RangeTop {
        part,
        total: rows.len() as u32,
        rows: rows
            .into_iter()
            .take(ROWS)
            .map(|(nanos, group)| {
                let name = words::group_name(trace, group.group);
                let count = format::counted(group.goroutines, "goroutine");
                row(
                    names::or_inactive(name).to_owned(),
                    count,
                    Link::Group(name.to_owned()),
                    state,
                    (nanos, most),
                )
            })
            .collect(),
    }
}

/// Whether a group is the runtime's own: it waits nearly all the time.
fn is_system(open: &OpenTrace, group: &RangeGroup) -> bool {
    let members = open.trace.goroutines.members(group.group);
    let first = members.first();
    first.is_some_and(|&first| open.trace.goroutines.row(first).is_system())
}

fn goroutines(
    open: &OpenTrace,
    part: RangePart,
    state: &str,
    found: &[(GoroutineIndex, Nanos)],
) -> RangeTop {
    let trace = &open.trace;
    let most = found.first().map_or(0, |first| first.1.0);
    let rows = found.iter().take(ROWS);
    RangeTop {
        part,
        total: found.len() as u32,
        rows: rows
            .map(|&(goroutine, nanos)| {
                row(
                    words::goroutine_name(trace, goroutine),
                    String::new(),
                    words::goroutine_link(trace, goroutine),
                    state,
                    (nanos, most),
                )
            })
            .collect(),
    }
}

fn stack(open: &OpenTrace, at: &Blocked, most: i64) -> RangeRow {
    let trace = &open.trace;
    let (name, state) = match at.kind {
        ProfileKind::Network => (ProfileName::Net, "network"),
        _ => (ProfileName::Sync, "sync"),
    };
    let frames = profiles::frames(trace, at.stack);
    let leaf = frames.first().map(|frame| frame.function.clone());
    let leaf = leaf.unwrap_or_else(|| "(no stack)".into());
    // Where the program did it says more than which of the runtime's functions it was.
    let title = match words::caller(trace, at.stack) {
        "" => leaf.clone(),
        caller => match frames.iter().find(|frame| frame.function == caller) {
            Some(frame) => format!("{}:{}", short_name(caller), frame.line),
            None => caller.to_owned(),
        },
    };
    let lines = frames
        .iter()
        .take(12)
        .map(|frame| format!("{} {}", frame.function, frame.place()));
    let detail = format!(
        "{} in {leaf}\n{}",
        format::counted(at.count, "wait"),
        lines.collect::<Vec<_>>().join("\n")
    );
    let link = Link::Profile(ProfileOf {
        kind: name,
        scope: ProfileScope::All,
        complete: true,
    });
    row(title, detail, link, state, (at.nanos, most))
}

fn row(
    title: String,
    detail: String,
    link: Link,
    state: &str,
    (nanos, most): (Nanos, i64),
) -> RangeRow {
    RangeRow {
        title,
        detail,
        link,
        state: state.into(),
        value: format::duration(nanos),
        exact: format::exact(nanos),
        share: nanos.0 as f64 / (most as f64).max(1.0),
    }
}
