//! The events themselves, which the trace's tables do not hold: decoded again from the file, for the range that is
//! asked about, a generation at a time.

use std::cell::RefCell;
use std::ops::Range;
use std::rc::Rc;

use tracepane_model::{Nanos, Trace};
use tracepane_wire::excerpt::{EventRow, StackFrame, generations_of};
use tracepane_wire::{EventType, Excerpt, Footprint, GoroutineId, Replay, Wanted, footprint};

use super::file::FileSource;
use super::opened::OpenTrace;
use super::tables;
use super::trace_file::TraceFile;
use super::words::{self, fact};
use crate::protocol::{
    EventCount, EventPage, EventsOf, EventsSummary, Fact, FrameText, LONGEST_FILTER, Link, RowsOf,
    Selection, StackText, Table,
};

/// How many lists of events are kept: the one that is shown, and the one before.
const KEPT: usize = 2;

/// A trace's file, and what was read of it again.
pub struct Events {
    file: TraceFile,
    replay: RefCell<Option<Replay<FileSource>>>,
    begun: RefCell<Option<Begun>>,
    kept: RefCell<Vec<(EventsOf, Rc<Excerpt>)>>,
}

/// Events that are being read.
struct Begun {
    of: EventsOf,
    generations: Range<usize>,
    excerpt: Excerpt,
}

impl Events {
    /// Those of this file.
    pub fn new(file: TraceFile) -> Self {
        Self {
            file,
            replay: RefCell::default(),
            begun: RefCell::default(),
            kept: RefCell::default(),
        }
    }

    /// The events that are asked for; `None` if it is `late` before all are read: asked again, reading goes on.
    ///
    /// # Errors
    /// A sentence, if the file cannot be read any more.
    pub fn excerpt(
        &self,
        trace: &Trace,
        of: &EventsOf,
        late: &mut dyn FnMut() -> bool,
    ) -> Result<Option<Rc<Excerpt>>, String> {
        if let Some((_, found)) = self.kept.borrow().iter().find(|(known, _)| known == of) {
            return Ok(Some(Rc::clone(found)));
        }
        let mut replay = self.replay.borrow_mut();
        let mut reading = match replay.take() {
            Some(reading) => reading,
            None => Replay::new(self.source()?).map_err(|error| error.to_string())?,
        };
        let mut begun = match self.begun.take() {
            Some(begun) if begun.of == *of => begun,
            _ => {
                let begun = begin(trace, of)?;
                reading.go_to(begun.generations.start);
                begun
            }
        };
        // A reader that failed is not put back.
        while reading
            .advance(&begun.generations, &mut begun.excerpt)
            .map_err(|error| format!("The trace's file cannot be read any more: {error}."))?
        {
            if late() {
                *replay = Some(reading);
                self.begun.replace(Some(begun));
                return Ok(None);
            }
        }
        *replay = Some(reading);
        let excerpt = Rc::new(begun.excerpt);
        let mut kept = self.kept.borrow_mut();
        if kept.len() >= KEPT {
            kept.remove(0);
        }
        kept.push((of.clone(), Rc::clone(&excerpt)));
        Ok(Some(excerpt))
    }

    /// Bytes by type of event.
    ///
    /// # Errors
    /// A sentence, if the file cannot be read any more.
    pub fn footprint(&self) -> Result<Footprint, String> {
        footprint(self.source()?)
            .map_err(|error| format!("The trace's file cannot be read any more: {error}."))
    }

    fn source(&self) -> Result<FileSource, String> {
        FileSource::new(self.file.clone()).map_err(|error| format!("{error:?}"))
    }
}

/// The events that are asked for, within the scope.
pub fn within(open: &OpenTrace, of: &EventsOf) -> EventsOf {
    let Some(scope) = open.at.scope else {
        return of.clone();
    };
    let start = of.start.map_or(scope.start, |start| start.max(scope.start));
    // The last moment of the scope is the one before its end.
    let last = scope.end.saturating_sub(1);
    let end = of.end.map_or(last, |end| end.min(last));
    let (start, end) = match start <= end {
        true => (start, end),
        // They have nothing in common: after all events nothing is found.
        false => (LONGEST_FILTER, LONGEST_FILTER),
    };
    EventsOf {
        start: Some(start),
        end: Some(end),
        ..of.clone()
    }
}

/// What to read.
fn begin(trace: &Trace, of: &EventsOf) -> Result<Begun, String> {
    let clock = |nanos: u64| {
        let since = i64::try_from(nanos).unwrap_or(i64::MAX);
        Nanos(trace.clock_start.0.saturating_add(since))
    };
    let goroutine = match &of.goroutine {
        None => None,
        Some(id) => Some(GoroutineId(
            id.parse()
                .map_err(|_| format!("{id} is no goroutine's number."))?,
        )),
    };
    let wanted = Wanted {
        start: of.start.map_or(Wanted::ALL.start, clock),
        end: of.end.map_or(Wanted::ALL.end, clock),
        types: of
            .types
            .iter()
            .flat_map(|key| EventType::named(key))
            .collect(),
        goroutine,
        text: of.text.trim().to_owned(),
    };
    let starts: Vec<Nanos> = trace
        .generations
        .iter()
        .map(|generation| Nanos(trace.clock_start.0.saturating_add(generation.start.0)))
        .collect();
    Ok(Begun {
        of: of.clone(),
        generations: generations_of(&starts, wanted.start, wanted.end),
        excerpt: Excerpt::of_counted(wanted, &trace.event_counts),
    })
}

/// What a type is called where transitions of goroutines and of procs are told apart.
pub fn title(event_type: EventType) -> &'static str {
    match event_type {
        EventType::Goroutine => "Goroutine transitions",
        EventType::Proc => "Proc transitions",
        other => other.name(),
    }
}

/// A time of an event since the trace's start.
pub fn since(trace: &Trace, time: Nanos) -> Nanos {
    Nanos(time.0.saturating_sub(trace.clock_start.0))
}

/// Half of what is to be seen around an event, ns.
const AROUND: f64 = 5_000.0;

/// A link to an event's place on the timeline: what its goroutine did then, and close to the moment.
pub fn link(trace: &Trace, row: &EventRow) -> Link {
    let time = since(trace, row.time);
    let around = (time.0 as f64 - AROUND, time.0 as f64 + AROUND);
    let goroutine = [row.subject, row.goroutine_index]
        .into_iter()
        .find(|index| {
            index
                .get()
                .is_some_and(|place| place < trace.goroutines.len())
        });
    let span = goroutine.and_then(|goroutine| {
        let place = trace.span_at(goroutine, time)?;
        trace.goroutines.spans(goroutine).get(place).copied()
    });
    match span {
        Some(span) => Link::Select {
            selection: Selection::Span(span),
            time: around,
        },
        None => Link::Time(around.0, around.1),
    }
}

/// What is known of events beside their rows.
///
/// # Errors
/// As [`Events::excerpt`].
pub fn summary(open: &OpenTrace, of: &EventsOf) -> Result<EventsSummary, String> {
    let excerpt = whole(open, of)?;
    let rows = excerpt.rows();
    let all_rows = excerpt.matched() == rows.len() as u64;
    Ok(EventsSummary {
        of: of.clone(),
        types: excerpt
            .counts()
            .filter(|(event_type, count)| {
                *count > 0 || of.types.iter().any(|key| key == event_type.key())
            })
            .map(|(event_type, count)| EventCount {
                key: event_type.key().into(),
                title: title(event_type).into(),
                count: u32::try_from(count).unwrap_or(u32::MAX),
            })
            .collect(),
        more_from: rows
            .last()
            .filter(|_| !all_rows)
            .map(|row| since(&open.trace, row.time).0 as f64),
    })
}

fn whole(open: &OpenTrace, of: &EventsOf) -> Result<Rc<Excerpt>, String> {
    let excerpt = open
        .events
        .excerpt(&open.trace, &within(open, of), &mut || false)?;
    // Never late, it is always whole.
    excerpt.ok_or_else(|| "reading was given up".to_owned())
}

/// Everything about the first event of these rows.
///
/// # Errors
/// A sentence, if there is none.
pub fn page(open: &OpenTrace, of: &RowsOf) -> Result<EventPage, String> {
    let Table::Events(events) = &of.table else {
        return Err("This is no table of events.".into());
    };
    let excerpt = whole(open, events)?;
    let trace = &open.trace;
    let place = tables::first(open, of)?;
    let row = place.and_then(|place| excerpt.rows().get(place));
    let row = row.ok_or("There is no such event here.")?;
    let (own, transition) = (excerpt.stack(row), excerpt.transition_stack(row));
    // Who blocks has the same stack as who executes the event.
    let transition = transition.filter(|stack| own != Some(*stack));
    let stacks = [(stack_title(row), transition), ("Stack", own)];
    Ok(EventPage {
        title: row.event_type.name().into(),
        facts: facts(trace, &excerpt, row),
        stacks: stacks
            .into_iter()
            .filter_map(|(title, stack)| Some(stack_text(title, stack?)))
            .filter(|stack| !stack.frames.is_empty())
            .collect(),
        text: excerpt.full_text(row),
    })
}

/// Whose stack the transition's is: a creation tells where the new goroutine will start.
fn stack_title(row: &EventRow) -> &'static str {
    if row.subject == row.goroutine_index {
        "Stack"
    } else if row.goroutine_index.is_some() {
        "Stack of the other goroutine"
    } else {
        "Stack of the goroutine"
    }
}

fn stack_text(title: &str, frames: &[StackFrame]) -> StackText {
    let frames = frames.iter().map(|frame| FrameText {
        function: frame.function.to_string(),
        place: format!("{}:{}", frame.file, frame.line),
    });
    StackText {
        title: title.into(),
        frames: frames.collect(),
    }
}

fn facts(trace: &Trace, excerpt: &Excerpt, row: &EventRow) -> Vec<Fact> {
    let mut facts = vec![
        Fact {
            link: Some(link(trace, row)),
            ..words::moment_fact("Time", since(trace, row.time))
        },
        fact("On the trace's clock", format!("{} ns", row.time.0)),
    ];
    let goroutine = |label: &str, index: tracepane_model::GoroutineIndex| {
        let known = index
            .get()
            .is_some_and(|place| place < trace.goroutines.len());
        known.then(|| Fact {
            link: Some(words::goroutine_link(trace, index)),
            ..fact(label, words::goroutine_name(trace, index))
        })
    };
    if row.subject != row.goroutine_index {
        facts.extend(goroutine("About", row.subject));
    }
    match goroutine("Executed by", row.goroutine_index) {
        Some(executed) => facts.push(executed),
        None => facts.push(fact("Executed by", "no goroutine")),
    }
    if row.proc.0 >= 0 {
        facts.push(fact("On proc", format!("P{}", row.proc)));
    }
    if row.thread.0 >= 0 {
        facts.push(fact("On thread", row.thread.to_string()));
    }
    facts.extend(
        arguments(excerpt.arguments(row))
            .into_iter()
            .map(|(name, value)| fact(&name, value)),
    );
    facts
}

/// The arguments that are names with values, from the text that Go prints: `GoID=7 Waiting->Runnable Reason="chan send"`.
/// What has no name, a transition, is called one.
fn arguments(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end = end_of_argument(rest);
        let (argument, after) = rest.split_at(end);
        rest = after.trim_start();
        match argument.split_once('=') {
            Some((_, "\"\"")) => {}
            Some((name, value)) => found.push((name.to_owned(), unquoted(value).to_owned())),
            None => found.push(("Transition".to_owned(), argument.replace("->", " → "))),
        }
    }
    found
}

/// What stands between quotes, if nothing in it is escaped.
fn unquoted(text: &str) -> &str {
    let inside = text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'));
    inside
        .filter(|inside| !inside.contains('\\'))
        .unwrap_or(text)
}

/// Where the first space outside quotes and brackets is, or the end.
fn end_of_argument(text: &str) -> usize {
    let (mut quoted, mut escaped, mut depth) = (false, false, 0u32);
    for (at, character) in text.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '[' | '{' if !quoted => depth += 1,
            ']' | '}' if !quoted => depth = depth.saturating_sub(1),
            ' ' if !quoted && depth == 0 => return at,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn arguments_are_taken_apart() {
        let pairs = |text| {
            let found = arguments(text);
            let pairs: Vec<String> = found
                .iter()
                .map(|(name, value)| format!("{name}: {value}"))
                .collect();
            pairs.join("; ")
        };
        assert_eq!(
            pairs("GoID=7 Waiting->Runnable Reason=\"chan send\""),
            "GoID: 7; Transition: Waiting → Runnable; Reason: chan send"
        );
        assert_eq!(
            pairs(
                "Name=\"a \\\" b=c\" Scope=None Attributes=[\"x y\"=Value{Uint64(1)} \"z\"=Value{Uint64(2)}]"
            ),
            "Name: \"a \\\" b=c\"; Scope: None; Attributes: [\"x y\"=Value{Uint64(1)} \"z\"=Value{Uint64(2)}]"
        );
        assert_eq!(pairs("Category=\"\" Message=\"m\""), "Message: m");
        assert_eq!(pairs(""), "");
    }
}
