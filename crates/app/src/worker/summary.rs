//! The numbers beside the timeline, and where to go next.

use tracepane_analysis::findings::{Finding as Found, sentence};
use tracepane_analysis::summary::{summary as sum_up, utc};
use tracepane_analysis::{format, names};
use tracepane_model::Nanos;

use super::opened::OpenTrace;
use super::words::{self, duration_fact, fact};
use crate::protocol::{Fact, Finding, Link, ProfileName, ProfileOf, ProfileScope, Summary};

/// Sums the open trace up.
pub fn summary(open: &OpenTrace) -> Summary {
    let trace = &open.trace;
    let known = sum_up(trace, open.whole_times());
    let mut facts = vec![
        fact("Written by", known.go_versions.clone()),
        duration_fact("Duration", known.duration),
    ];
    if let Some((seconds, nanos)) = known.wall_clock {
        facts.push(fact("Began", utc(seconds, nanos)));
    }
    facts.push(fact("Size", format::bytes(known.bytes)));
    facts.push(fact("Events", format::count(known.events)));
    facts.push(Fact {
        exact: Some(format!(
            "{} existed when the trace began, {} when it ended",
            format::count(known.goroutines.at_start),
            format::count(known.goroutines.at_end)
        )),
        ..fact(
            "Goroutines",
            format!(
                "{}, {} at once",
                format::count(known.goroutines.total),
                format::count(known.goroutines.most)
            ),
        )
    });
    facts.push(fact(
        "Procs",
        match known.gomaxprocs {
            Some(most) => format!("{} (GOMAXPROCS {most})", known.procs),
            None => known.procs.to_string(),
        },
    ));
    facts.push(fact("Threads", format::count(known.threads)));
    facts.push(Fact {
        exact: Some(format!("marking for {}", format::duration(known.gc_mark))),
        ..fact("GC cycles", format::count(known.gc_cycles))
    });
    if known.pauses.count > 0 {
        facts.push(Fact {
            exact: Some(format!(
                "{} in all, the longest {}",
                format::exact(known.pauses.total),
                format::exact(known.pauses.longest)
            )),
            ..fact(
                "Stop-the-world",
                format!(
                    "{}, {} in all",
                    format::count(known.pauses.count),
                    format::duration(known.pauses.total)
                ),
            )
        });
    }
    if let Some(bytes) = known.heap_max {
        facts.push(fact("Largest heap", format::bytes(bytes)));
    }
    let annotations = [
        ("Tasks", known.tasks),
        ("Regions", known.regions),
        ("Logs", known.logs),
        ("CPU samples", known.samples),
        ("Experimental events", known.experimental_events),
    ];
    facts.extend(
        annotations
            .iter()
            .filter(|(_, count)| *count > 0)
            .map(|&(label, count)| fact(label, format::count(count))),
    );
    Summary {
        facts,
        findings: known
            .findings
            .iter()
            .map(|found| finding(open, found))
            .collect(),
        warnings: known.losses.into_iter().chain(known.slips).collect(),
    }
}

/// A finding with its title and the place to look.
fn finding(open: &OpenTrace, found: &Found) -> Finding {
    let trace = &open.trace;
    let time = |start: Nanos, end: Nanos| Some(Link::Time(start.0 as f64, end.0 as f64));
    let (title, link) = match found {
        Found::SchedulingWait { span, .. } => (
            "Scheduling latency".to_owned(),
            Some(words::span_link(trace, *span)),
        ),
        Found::ProcUse { .. } => ("Use of the procs".into(), time(Nanos(0), trace.end)),
        Found::LongestPause { range, .. } => {
            ("Stop-the-world".into(), time(range.start, range.end))
        }
        Found::GcShare { longest, .. } => (
            "Garbage collection".into(),
            time(longest.start, longest.end),
        ),
        Found::MarkAssist { group, .. } => (
            "Mark assists".into(),
            Some(Link::Group(words::group_name(trace, *group).into())),
        ),
        Found::LockContention { span, .. } => {
            ("Locks".into(), Some(words::span_link(trace, *span)))
        }
        Found::Blocking { group, reason, .. } => {
            let reason = names::reason(trace, *reason);
            let kind = match reason {
                "network" => ProfileName::Net,
                _ => ProfileName::Sync,
            };
            let group = words::group_name(trace, *group);
            let link = Link::Profile(ProfileOf {
                kind,
                scope: ProfileScope::Group(group.into()),
                complete: false,
            });
            (format!("Waiting: {reason}"), Some(link))
        }
        Found::Unfinished { span, .. } => (
            "Goroutines that do not end".into(),
            Some(words::span_link(trace, *span)),
        ),
    };
    Finding {
        title,
        text: sentence(trace, found),
        link,
        help: match found {
            Found::SchedulingWait { .. } => "latency",
            Found::ProcUse { .. } => "parallelism",
            Found::LongestPause { .. } => "phases",
            Found::GcShare { .. } | Found::MarkAssist { .. } => "gc-pressure",
            Found::LockContention { .. } | Found::Blocking { .. } => "serialization",
            Found::Unfinished { .. } => "leaks",
        }
        .into(),
    }
}
