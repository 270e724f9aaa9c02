//! A goroutine's page.

use tracepane_analysis::tables::goroutine_details;
use tracepane_analysis::{format, names};
use tracepane_model::{GoroutineIndex, Nanos, SpanState};

use super::opened::OpenTrace;
use super::strip::strip;
use super::tables::{at_end, members};
use super::words::{self, duration_fact, fact, moment_fact};
use super::{details, filters, goroutine_lists};
use crate::protocol::{Fact, GoroutinePage, Link, TimeShare};

/// The page of the goroutine with this number.
///
/// # Errors
/// A sentence, if the trace has none.
pub fn page(open: &OpenTrace, id: &str) -> Result<GoroutinePage, String> {
    let trace = &open.trace;
    let index = filters::goroutine(trace, id)?;
    let row = trace.goroutines.row(index);
    let known = goroutine_details(trace, open.times(), index);
    let end = row.ended.unwrap_or(trace.end);
    let group = words::group_name(trace, row.group);
    let mut facts = vec![Fact {
        link: Some(Link::Group(group.into())),
        ..fact("Started with", names::or_inactive(group))
    }];
    if row.creation_seen {
        facts.push(moment_fact("Created", row.created));
    } else {
        facts.push(fact("Created", "before the trace"));
    }
    if row.creator.is_some() {
        facts.push(Fact {
            link: Some(words::goroutine_link(trace, row.creator)),
            ..fact("Created by", words::goroutine_name(trace, row.creator))
        });
    }
    match row.first_ran {
        Some(time) => facts.push(moment_fact("First ran", time)),
        None => facts.push(fact("First ran", "never in this trace")),
    }
    let state = at_end(open, index);
    match (row.ended, state) {
        (ended, state) if open.at.scope.is_some() => {
            facts.push(fact("At the range's end", state));
            facts.extend(ended.map(|time| moment_fact("Ended", time)));
        }
        (Some(time), "ended") => facts.push(moment_fact("Ended", time)),
        (Some(time), state) => {
            facts.push(fact("At the end", state));
            facts.push(moment_fact("Since", time));
        }
        (None, state) => facts.push(Fact {
            exact: Some("It outlived the trace".into()),
            ..fact("At the end", format!("alive: {state}"))
        }),
    }
    facts.push(match open.at.scope {
        None => duration_fact("Lifetime", known.times.total),
        Some(_) => duration_fact("Lived in the range", known.times.total),
    });
    let label = trace.strings.get(row.label);
    if !label.is_empty() {
        facts.push(fact("Label", label));
    }
    let states = known.spans_by_state;
    facts.push(fact(
        "Times it ran",
        format::count(states[SpanState::Running as usize]),
    ));
    facts.push(fact(
        "Times it blocked",
        format::count(states[SpanState::Waiting as usize]),
    ));
    facts.push(fact("Spans", format::count(known.spans)));
    let time = (row.created.0 as f64, end.0 as f64);
    let members = members(open, Some(group))?;
    // The group's goroutines stand in the order of their indexes.
    let place = members.partition_point(|&member| member < index);
    let next = place + usize::from(members.get(place) == Some(&index));
    let number = |place: usize| {
        let member = members.get(place);
        member.map(|&member| trace.goroutines.row(member).id.to_string())
    };
    Ok(GoroutinePage {
        index: index.0,
        title: words::goroutine_name(trace, index),
        time,
        strip: strip(open, index, time),
        facts,
        times: times(open, &known),
        ranges: known
            .ranges
            .iter()
            .map(|&(kind, nanos)| duration_fact(&names::range(trace, kind), nanos))
            .collect(),
        stacks: stacks(open, index),
        group: group.into(),
        place: (place as u32 + 1, members.len() as u32),
        previous: place.checked_sub(1).and_then(number),
        next: number(next),
        waits: goroutine_lists::waits(open, index, known.times.total),
        tasks: goroutine_lists::tasks(open, index),
        regions: goroutine_lists::regions(open, index),
        logs: goroutine_lists::logs(open, index),
    })
}

fn times(open: &OpenTrace, known: &tracepane_analysis::tables::GoroutineDetails) -> Vec<TimeShare> {
    let whole = (known.times.total.0 as f64).max(1.0);
    let share = |state: &str, label: String, nanos: Nanos| TimeShare {
        state: state.into(),
        label,
        value: format::duration(nanos),
        exact: format::exact(nanos),
        share: nanos.0 as f64 / whole,
    };
    let times = &known.times;
    let mut shares = vec![
        share("running", "Running".into(), times.running),
        share("runnable", "Waiting for a proc".into(), times.runnable),
    ];
    for &(reason, nanos) in &known.waits {
        let text = names::reason(&open.trace, reason);
        let label = match text {
            "" => "Waiting, no reason given".into(),
            text => format!("Waiting: {text}"),
        };
        shares.push(share(
            words::class_key(open.classes.of_wait(reason)),
            label,
            nanos,
        ));
    }
    shares.push(share("syscall", "System call".into(), times.syscall));
    shares.push(share(
        "syscall-blocked",
        "System call, proc lost".into(),
        times.syscall_blocked,
    ));
    shares.push(share("dead", "Not accounted for".into(), times.unknown()));
    shares.retain(|share| share.share > 0.0);
    shares
}

fn stacks(open: &OpenTrace, index: GoroutineIndex) -> Vec<crate::protocol::StackText> {
    let trace = &open.trace;
    [
        details::first_stack(trace, index),
        details::created_from(trace, index),
    ]
    .into_iter()
    .flatten()
    .collect()
}
