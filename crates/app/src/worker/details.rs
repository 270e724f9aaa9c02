//! The panel about what is selected.

use tracepane_analysis::span_details::{SpanDetails, Waker, around, span_details};
use tracepane_analysis::tables::group_row;
use tracepane_analysis::{format, names};
use tracepane_model::{
    GoroutineIndex, GroupIndex, Nanos, Placement, RangeKind, RangeRow, RangeScope, ReasonId,
    RegionRow, SpanIndex, SpanState, StackRef, TaskIndex, Trace,
};
use tracepane_timeline::Hit;
use tracepane_timeline::family::task_times;
use tracepane_timeline::flows::{self, Flow, FlowKind};

use super::lanes::task_number;
use super::opened::OpenTrace;
use super::user_details;
use super::words::{self, duration_fact, fact, moment_fact};
use crate::protocol::{Details, Fact, HistoryStep, Link, RegionsOf, Selection, StackText};

/// Everything about a selection; `None` if the trace has no such thing (an old link).
pub fn details(open: &OpenTrace, selection: Selection) -> Option<Details> {
    let trace = &open.trace;
    match selection {
        Selection::Span(row) => {
            span_details(trace, SpanIndex(row)).map(|known| of_span(open, &known))
        }
        Selection::Range(row) => {
            let range = trace.ranges.rows.get(row as usize)?;
            Some(of_range(trace, selection, &range))
        }
        Selection::Region(row) => {
            let region = trace.regions.get(row as usize)?;
            Some(of_region(trace, selection, &region))
        }
        Selection::Goroutine(index) => {
            let goroutine = GoroutineIndex(index);
            let first = *trace.goroutines.spans(goroutine).first()?;
            let known = span_details(trace, SpanIndex(first))?;
            Some(of_span(open, &known))
        }
        Selection::Group(index) => of_group(open, GroupIndex(index)),
        Selection::Log(row) => user_details::of_log(open, row),
        Selection::Sample(row) => user_details::of_sample(open, row),
        Selection::Task(task) => user_details::of_task(trace, TaskIndex(task)),
    }
}

/// From when to when a selection lasts, ns.
pub fn time_of(trace: &Trace, selection: Selection) -> Option<(f64, f64)> {
    let (start, end) = match selection {
        Selection::Span(row) => {
            let span = SpanIndex(row);
            ((row as usize) < trace.spans.len())
                .then(|| (trace.spans.start(span), trace.span_end(span)))?
        }
        Selection::Range(row) => {
            let range = trace.ranges.rows.get(row as usize)?;
            (range.start, range.end)
        }
        Selection::Region(row) => {
            let region = trace.regions.get(row as usize)?;
            (
                region.start.unwrap_or(Nanos(0)),
                region.end.unwrap_or(trace.end),
            )
        }
        Selection::Goroutine(index) => {
            let row = trace.goroutines.rows.get(index as usize)?;
            (row.created, row.ended.unwrap_or(trace.end))
        }
        Selection::Group(_) => (Nanos(0), trace.end),
        Selection::Log(row) => {
            let time = trace.logs.get(row as usize)?.time;
            (time, time)
        }
        Selection::Sample(row) => {
            let time = trace.samples.get(row as usize)?.time;
            (time, time)
        }
        Selection::Task(task) => return task_times(trace, TaskIndex(task)),
    };
    Some((start.0 as f64, end.0 as f64))
}

/// The goroutine whose lane shows a selection.
pub fn lane_of(trace: &Trace, selection: Selection) -> Option<GoroutineIndex> {
    match selection {
        Selection::Span(row) => {
            ((row as usize) < trace.spans.len()).then(|| trace.spans.goroutine(SpanIndex(row)))
        }
        Selection::Range(row) => match trace.ranges.rows.get(row as usize)?.scope {
            RangeScope::Goroutine(goroutine) if goroutine.is_some() => Some(goroutine),
            _ => None,
        },
        Selection::Region(row) => Some(trace.regions.get(row as usize)?.goroutine),
        Selection::Goroutine(index) => Some(GoroutineIndex(index)),
        Selection::Group(group) => trace.goroutines.members(GroupIndex(group)).first().copied(),
        Selection::Log(row) => known(trace, trace.logs.get(row as usize)?.goroutine),
        Selection::Sample(row) => known(trace, trace.samples.get(row as usize)?.goroutine),
        Selection::Task(_) => None,
    }
}

/// A goroutine, if the trace has it.
fn known(trace: &Trace, goroutine: GoroutineIndex) -> Option<GoroutineIndex> {
    goroutine
        .get()
        .filter(|&i| i < trace.goroutines.len())
        .map(|_| goroutine)
}

/// The number of the goroutine of a selection, as text.
pub fn goroutine_number(trace: &Trace, selection: Selection) -> Option<String> {
    let goroutine = match selection {
        Selection::Group(_) => return None,
        selection => lane_of(trace, selection)?,
    };
    let row = trace.goroutines.rows.get(goroutine.0 as usize)?;
    Some(row.id.to_string())
}

fn of_span(open: &OpenTrace, known: &SpanDetails) -> Details {
    let trace = &open.trace;
    let goroutine = trace.goroutines.row(known.goroutine);
    let mut facts = vec![
        Fact {
            link: Some(words::goroutine_link(trace, known.goroutine)),
            ..fact("Goroutine", words::goroutine_name(trace, known.goroutine))
        },
        duration_fact("Duration", Nanos(known.end.0 - known.start.0)),
        moment_fact("Start", known.start),
        moment_fact("End", known.end),
    ];
    if known.was_going_on {
        facts.push(fact("Note", "already so when the trace began"));
    }
    if known.unfinished && known.state != SpanState::Dead {
        facts.push(fact("Note", "still so when the trace ended"));
    }
    if let Some(placement) = known.placement {
        facts.push(fact("Where", place(trace, placement)));
    }
    facts.extend(ranks(open, known));
    let mut stacks: Vec<StackText> = Vec::new();
    let own = match known.state {
        SpanState::Waiting => "Blocked here",
        SpanState::Syscall | SpanState::SyscallBlocked => "System call from here",
        _ => "Stopped here",
    };
    stacks.extend(words::stack(trace, own, known.stack));
    stacks.extend(words::stack(trace, "Ran until here", known.end_stack));
    let mut cause = None;
    if let Some(wake) = &known.wake {
        let verb = if wake.creation {
            "Created by"
        } else {
            "Unblocked by"
        };
        match wake.by {
            Waker::Goroutine(by, span) => {
                cause = span.map(|span| words::timed_span(trace, span));
                facts.push(Fact {
                    link: Some(match span {
                        Some(span) => words::span_link(trace, span),
                        None => words::goroutine_link(trace, by),
                    }),
                    ..fact(verb, words::goroutine_name(trace, by))
                });
            }
            Waker::Runtime(placement) => facts.push(fact(
                verb,
                format!(
                    "the runtime (network poller or timer) on {}",
                    place(trace, placement)
                ),
            )),
            Waker::Unknown => facts.push(fact(verb, "the trace does not say")),
        }
        let when = if wake.creation {
            "Created at"
        } else {
            "Unblocked at"
        };
        facts.push(moment_fact(when, wake.time));
        let title = if wake.creation {
            "Created from"
        } else {
            "Unblocked from"
        };
        stacks.extend(words::stack(trace, title, wake.stack));
    }
    facts.extend(woken(trace, Hit::Span(known.span)));
    stacks.extend(first_stack(trace, known.goroutine));
    stacks.extend(created_from(trace, known.goroutine));
    let label = trace.strings.get(goroutine.label);
    if !label.is_empty() {
        facts.push(fact("Label", label));
    }
    let title = state_and_reason(trace, known.state, known.reason);
    Details {
        same: Vec::new(),
        selection: Selection::Span(known.span.0),
        title,
        state: words::span_key(trace, &open.classes, known.span).into(),
        time: (known.start.0 as f64, known.end.0 as f64),
        facts,
        stacks: without_repeats(stacks),
        history: history(open, known.span),
        previous: known.previous.map(|span| words::timed_span(trace, span)),
        next: known.next.map(|span| words::timed_span(trace, span)),
        cause,
        goroutine: Some(goroutine.id.to_string()),
        task: None,
    }
}

/// Where a span stands among others of its kind: in the trace, in its goroutine, and how much of that one's life they are.
fn ranks(open: &OpenTrace, known: &SpanDetails) -> Vec<Fact> {
    if known.state == SpanState::Dead {
        return Vec::new();
    }
    let mut facts = Vec::new();
    let nanos = known.end.0.saturating_sub(known.start.0);
    let (rank, median) = open.rank(known.state, known.reason, nanos);
    if rank.of > 1 {
        let median = median.unwrap_or(0);
        facts.push(Fact {
            exact: Some(format!(
                "{}{} of {} are longer; the median is {}",
                if rank.exact { "" } else { "about " },
                format::count(rank.longer),
                format::count(rank.of),
                format::exact(Nanos(median as i64))
            )),
            ..fact("Of its kind", among(rank.longer, rank.of))
        });
        facts.push(duration_fact("Median of it", Nanos(median as i64)));
    }
    let (place, of) = known.rank;
    if of > 1 {
        let text = format!("{} longest of {}", ordinal(place), format::count(of));
        facts.push(fact("In its goroutine", text));
    }
    let (alike, life) = known.of_life;
    if life > 0 {
        facts.push(Fact {
            exact: Some(format!(
                "{} of {}",
                format::exact(Nanos(alike)),
                format::exact(Nanos(life))
            )),
            ..fact(
                "Share of its life",
                format!(
                    "{}, {} of {}",
                    format::percent(alike as f64, life as f64),
                    format::duration(Nanos(alike)),
                    format::duration(Nanos(life))
                ),
            )
        });
    }
    facts
}

/// The first few by their place, the others by the part of all that is at least as long.
fn among(longer: u64, of: u64) -> String {
    let all = format::count(of);
    match longer {
        0 => format!("longest of {all}"),
        1..10 => format!("{} longest of {all}", ordinal(longer + 1)),
        _ => {
            let part = format::percent(longer as f64 + 1.0, of as f64);
            format!("longest {part} of {all}")
        }
    }
}

/// How many spans of the goroutine are told before and after one.
const NEAR: usize = 5;

/// What the goroutine did around a span.
fn history(open: &OpenTrace, span: SpanIndex) -> Vec<HistoryStep> {
    let trace = &open.trace;
    let near = around(trace, span, NEAR);
    if near.len() < 2 {
        return Vec::new();
    }
    let steps = near.into_iter().map(|span| {
        let kind = trace.spans.kind(span);
        let (selection, time) = words::timed_span(trace, span);
        HistoryStep {
            selection,
            time,
            title: state_and_reason(trace, kind.state(), kind.reason()),
            state: words::span_key(trace, &open.classes, span).into(),
            duration: format::duration(Nanos((time.1 - time.0) as i64)),
        }
    });
    steps.collect()
}

/// "Waiting: chan receive".
fn state_and_reason(trace: &Trace, state: SpanState, reason: ReasonId) -> String {
    let reason = names::reason(trace, reason);
    let title = capital(names::state(state));
    match reason.is_empty() {
        true => title,
        false => format!("{title}: {reason}"),
    }
}

/// No more of those whom a span woke than this are listed.
const MAX_WOKEN: usize = 8;

/// Whom something created or unblocked.
fn woken(trace: &Trace, hit: Hit) -> Vec<Fact> {
    let found = flows::of(trace, hit);
    let out = &found.list[found.into..];
    let wakes = out.iter().filter_map(|&flow| match flow {
        Flow::Wake(span) => flows::wake(trace, span).map(|wake| (span, wake)),
        Flow::Subtask { .. } => None,
    });
    let mut facts: Vec<Fact> = wakes
        .take(MAX_WOKEN)
        .map(|(span, wake)| {
            let label = match wake.kind {
                FlowKind::Created => "Created",
                _ => "Unblocked",
            };
            Fact {
                link: Some(words::span_link(trace, span)),
                ..fact(label, words::goroutine_name(trace, wake.whom))
            }
        })
        .collect();
    let more = out.len().saturating_sub(MAX_WOKEN);
    if more > 0 {
        let cut = if found.cut { " or more" } else { "" };
        let text = format!("{}{cut} others", format::count(more as u64));
        facts.push(fact("And unblocked or created", text));
    }
    facts
}

/// A goroutine's first stack: of one that the trace saw created, what it was started with.
pub fn first_stack(trace: &Trace, goroutine: GoroutineIndex) -> Option<StackText> {
    let row = trace.goroutines.row(goroutine);
    let title = match row.creation_seen {
        true => "Goroutine started with",
        false => "First stack in the trace",
    };
    words::stack(trace, title, row.started_with)
}

/// Where a goroutine was created.
pub fn created_from(trace: &Trace, goroutine: GoroutineIndex) -> Option<StackText> {
    let row = trace.goroutines.row(goroutine);
    words::stack(trace, "Created from", row.created_at)
}

/// The same stack twice tells nothing new.
fn without_repeats(stacks: Vec<StackText>) -> Vec<StackText> {
    let mut kept: Vec<StackText> = Vec::new();
    for stack in stacks {
        if !kept.iter().any(|known| known.frames == stack.frames) {
            kept.push(stack);
        }
    }
    kept
}

fn of_range(trace: &Trace, selection: Selection, range: &RangeRow) -> Details {
    let mut facts = vec![
        duration_fact("Duration", Nanos(range.end.0 - range.start.0)),
        moment_fact("Start", range.start),
        moment_fact("End", range.end),
    ];
    match range.scope {
        RangeScope::Goroutine(goroutine) if goroutine.is_some() => facts.push(Fact {
            link: Some(words::goroutine_link(trace, goroutine)),
            ..fact("Goroutine", words::goroutine_name(trace, goroutine))
        }),
        RangeScope::Proc(proc) => {
            if let Some(id) = proc.get().and_then(|i| trace.procs.ids.get(i)) {
                facts.push(fact("Proc", id.to_string()));
            }
        }
        _ => {}
    }
    if range.kind == RangeKind::GcSweep {
        facts.push(fact("Swept", format::bytes(range.swept)));
        facts.push(fact("Reclaimed", format::bytes(range.reclaimed)));
    }
    if !range.begin_seen {
        facts.push(fact("Note", "already in progress when the trace began"));
    }
    if !range.end_seen {
        facts.push(fact("Note", "still in progress when the trace ended"));
    }
    let state = match range.kind {
        RangeKind::GcMark => "gc-mark",
        RangeKind::GcSweep => "sweep",
        RangeKind::GcMarkAssist => "assist",
        RangeKind::StopTheWorld(_) => "stw",
    };
    Details {
        same: Vec::new(),
        selection,
        title: capital(&names::range(trace, range.kind)),
        state: state.into(),
        time: (range.start.0 as f64, range.end.0 as f64),
        facts,
        stacks: words::stack(trace, "Began here", range.stack)
            .into_iter()
            .collect(),
        history: Vec::new(),
        previous: None,
        next: None,
        cause: None,
        goroutine: goroutine_number(trace, selection),
        task: None,
    }
}

fn of_region(trace: &Trace, selection: Selection, region: &RegionRow) -> Details {
    let start = region.start.unwrap_or(Nanos(0));
    let end = region.end.unwrap_or(trace.end);
    let mut facts = vec![
        Fact {
            link: Some(words::goroutine_link(trace, region.goroutine)),
            ..fact("Goroutine", words::goroutine_name(trace, region.goroutine))
        },
        duration_fact("Duration", Nanos(end.0 - start.0)),
        moment_fact("Start", start),
        moment_fact("End", end),
    ];
    facts.extend(words::task_fact(trace, region.task));
    let name = trace.strings.get(region.name);
    facts.push(Fact {
        link: Some(Link::Regions(RegionsOf {
            name: name.to_owned(),
            ..RegionsOf::default()
        })),
        ..fact(
            "All of its name",
            if name.is_empty() { "(no name)" } else { name },
        )
    });
    if region.start.is_none() {
        facts.push(fact("Note", "began before the trace"));
    }
    if !region.end_seen {
        facts.push(fact("Note", "its end is not in the trace"));
    }
    if let Selection::Region(row) = selection {
        facts.extend(woken(trace, Hit::Region(row)));
    }
    let stacks = [
        words::stack(trace, "Began here", region.begin_stack),
        words::stack(trace, "Ended here", region.end_stack),
    ];
    Details {
        same: Vec::new(),
        selection,
        title: format!("Region {}", trace.strings.get(region.name)),
        state: "region".into(),
        time: (start.0 as f64, end.0 as f64),
        facts,
        stacks: stacks.into_iter().flatten().collect(),
        history: Vec::new(),
        previous: None,
        next: None,
        cause: None,
        goroutine: goroutine_number(trace, selection),
        task: task_number(trace, region.task),
    }
}

fn of_group(open: &OpenTrace, group: GroupIndex) -> Option<Details> {
    let trace = &open.trace;
    let row = group_row(trace, open.whole_times(), group)?;
    let name = words::group_name(trace, group);
    let mut facts = vec![
        Fact {
            link: Some(Link::Group(name.into())),
            ..fact("Goroutines", format::count(row.goroutines))
        },
        fact("Alive at the end", format::count(row.alive)),
        duration_fact("Running", row.times.running),
        duration_fact("Waiting for a proc", row.times.runnable),
        duration_fact(
            "In system calls",
            Nanos(row.times.syscall.0 + row.times.syscall_blocked.0),
        ),
    ];
    for &(reason, nanos) in &row.waits {
        let reason = names::reason(trace, reason);
        facts.push(duration_fact(&format!("Waiting: {reason}"), nanos));
    }
    let started_with = trace
        .goroutines
        .members(group)
        .first()
        .map_or(StackRef::NONE, |&g| trace.goroutines.row(g).started_with);
    Some(Details {
        same: Vec::new(),
        selection: Selection::Group(group.0),
        title: names::or_inactive(name).into(),
        state: "running".into(),
        time: (0.0, trace.end.0 as f64),
        facts,
        stacks: words::stack(trace, "First stack of the first one", started_with)
            .into_iter()
            .collect(),
        history: Vec::new(),
        previous: None,
        next: None,
        cause: None,
        goroutine: None,
        task: None,
    })
}

/// A proc and thread in words.
pub fn place(trace: &Trace, placement: Placement) -> String {
    let proc = placement.proc.get().and_then(|i| trace.procs.ids.get(i));
    let thread = placement
        .thread
        .get()
        .and_then(|i| trace.procs.threads.get(i));
    match (proc, thread) {
        (Some(proc), Some(thread)) => format!("proc {proc}, thread {thread}"),
        (Some(proc), None) => format!("proc {proc}"),
        (None, Some(thread)) => format!("thread {thread}"),
        (None, None) => "an unknown place".into(),
    }
}

/// "1st", "2nd", "11th".
fn ordinal(n: u64) -> String {
    let ending = match (n % 100, n % 10) {
        (11..=13, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    };
    format!("{}{ending}", format::count(n))
}

/// With a capital first letter.
pub fn capital(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::{among, capital, ordinal};

    #[test]
    fn ordinals_are_english() {
        let said = [1, 2, 3, 4, 11, 12, 13, 21, 101, 111, 1003].map(ordinal);
        assert_eq!(
            said.join(" "),
            "1st 2nd 3rd 4th 11th 12th 13th 21st 101st 111th 1,003rd"
        );
    }

    #[test]
    fn ranks_are_places_or_parts() {
        assert_eq!(among(0, 7), "longest of 7");
        assert_eq!(among(2, 1234), "3rd longest of 1,234");
        assert_eq!(among(99, 10_000), "longest 1.0 % of 10,000");
    }

    #[test]
    fn capitals_of_nothing_are_nothing() {
        assert_eq!(capital(""), "");
        assert_eq!(capital("system call"), "System call");
    }
}
