//! The events of a part of a trace as rows of text: those of some time, of some types, with some text.
//!
//! A range may have more events than anybody can hold: rows are kept up to [`limits::EXCERPT_EVENTS`], and counted all.

use std::ops::Range;
use std::rc::Rc;

use hashbrown::HashMap;

use crate::dump::{
    goroutine, has_stack, proc, thread, transition_stack, write_arguments, write_frame,
};
use crate::event::{Event, EventKind};
use crate::event_type::{EventCounts, EventType};
use crate::id::{GoroutineId, GoroutineIndex, Nanos, ProcId, StackId, StringId, ThreadId};
use crate::limits;
use crate::sink::{GenerationInfo, Sink};
use crate::table::{ClockSnapshot, Resources, Tables};
use crate::wanted::{Filter, Wanted, subject};

/// One event.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EventRow {
    /// When, on the trace's clock.
    pub time: Nanos,
    /// What it is.
    pub event_type: EventType,
    /// The thread that executed it, or none.
    pub thread: ThreadId,
    /// The proc that executed it, or none.
    pub proc: ProcId,
    /// The goroutine that executed it, or none.
    pub goroutine: GoroutineId,
    /// The same as a place in the trace's goroutines.
    pub goroutine_index: GoroutineIndex,
    /// The goroutine whose state it changes, or none.
    pub subject: GoroutineIndex,
    arguments: (u32, u32),
    stack: Option<u32>,
    transition_stack: Option<u32>,
}

/// One frame of a stack.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StackFrame {
    /// The function's full name.
    pub function: Rc<str>,
    /// The source file.
    pub file: Rc<str>,
    /// The line in it.
    pub line: u64,
    /// The program counter.
    pub pc: u64,
}

/// A [`Sink`] that keeps the events that are wanted.
#[derive(Debug)]
pub struct Excerpt {
    filter: Filter,
    rows: Vec<EventRow>,
    /// The arguments of all rows, one after another.
    text: String,
    stacks: Vec<Vec<StackFrame>>,
    /// What stacks and their strings take, about.
    stack_bytes: usize,
    counts: EventCounts,
    matched: u64,
    /// How many events of the wanted types there are, if that was known before.
    known: Option<u64>,
    most: usize,
    full: bool,
    /// The generation's, until its `Sync` event comes.
    clock: Option<ClockSnapshot>,
    of_generation: OfGeneration,
}

/// What is known of the present generation's tables.
#[derive(Default, Debug)]
struct OfGeneration {
    /// By stack: its place among those that are kept.
    kept: HashMap<StackId, u32>,
    strings: HashMap<StringId, Rc<str>>,
}

impl Excerpt {
    /// Nothing yet; it keeps [`limits::EXCERPT_EVENTS`] rows.
    pub fn new(wanted: Wanted) -> Self {
        Self::with_most(wanted, limits::EXCERPT_EVENTS)
    }

    /// Nothing yet; it keeps at most so many rows.
    pub fn with_most(wanted: Wanted, most: usize) -> Self {
        Self {
            filter: Filter::new(wanted),
            rows: Vec::new(),
            text: String::new(),
            stacks: Vec::new(),
            stack_bytes: 0,
            counts: EventCounts::default(),
            matched: 0,
            known: None,
            most,
            full: false,
            clock: None,
            of_generation: OfGeneration::default(),
        }
    }

    /// Nothing yet, of a trace of which is known how many events of each type it has: what cannot be kept need not be
    /// read to be counted. The same as [`Self::new`] if more than types is wanted, as nothing is known of that.
    pub fn of_counted(wanted: Wanted, counts: &EventCounts) -> Self {
        Self::of_counted_with_most(wanted, counts, limits::EXCERPT_EVENTS)
    }

    fn of_counted_with_most(wanted: Wanted, counts: &EventCounts, most: usize) -> Self {
        let known = wanted.of_types(counts);
        let excerpt = Self::with_most(wanted, most);
        match known {
            None => excerpt,
            Some(_) => Self {
                known,
                counts: *counts,
                ..excerpt
            },
        }
    }

    /// The events that are kept, in their order.
    pub fn rows(&self) -> &[EventRow] {
        &self.rows
    }

    /// How many events are wanted; more than the rows if not all could be kept.
    pub fn matched(&self) -> u64 {
        self.known.unwrap_or(self.matched)
    }

    /// How many events of each type lie in the range, wanted or not.
    pub fn counts(&self) -> impl Iterator<Item = (EventType, u64)> {
        self.counts.iter()
    }

    /// A row's arguments, as `go tool trace -d=parsed` prints them: `GoID=7 Waiting->Runnable Reason=""`.
    pub fn arguments(&self, row: &EventRow) -> &str {
        let (start, end) = row.arguments;
        self.text
            .get(start as usize..end as usize)
            .unwrap_or_default()
    }

    /// The stack of who executed the event, leaf first; `None` if it has none.
    pub fn stack(&self, row: &EventRow) -> Option<&[StackFrame]> {
        self.kept_stack(row.stack)
    }

    /// The stack of the goroutine whose state changes, leaf first; `None` if it has none.
    pub fn transition_stack(&self, row: &EventRow) -> Option<&[StackFrame]> {
        self.kept_stack(row.transition_stack)
    }

    fn kept_stack(&self, place: Option<u32>) -> Option<&[StackFrame]> {
        let stack = self.stacks.get(place? as usize)?;
        Some(stack)
    }

    /// A row just as `go tool trace -d=parsed` prints it, final newline included.
    pub fn full_text(&self, row: &EventRow) -> String {
        let mut text = format!(
            "M={} P={} G={} {} Time={}",
            row.thread,
            row.proc,
            row.goroutine,
            row.event_type.name(),
            row.time.0
        );
        if !self.arguments(row).is_empty() {
            text.push(' ');
            text.push_str(self.arguments(row));
        }
        for (title, stack) in [
            ("TransitionStack", self.transition_stack(row)),
            ("Stack", self.stack(row)),
        ] {
            let Some(stack) = stack else { continue };
            text.push('\n');
            text.push_str(title);
            text.push_str("=\n");
            for frame in stack {
                write_frame(
                    &mut text,
                    &frame.function,
                    frame.pc,
                    &frame.file,
                    frame.line,
                );
            }
        }
        text.push('\n');
        text
    }

    /// The place of a stack among those that are kept; keeps it if it is new.
    fn keep_stack(&mut self, stack: StackId, tables: &Tables) -> u32 {
        if let Some(&place) = self.of_generation.kept.get(&stack) {
            return place;
        }
        let strings = &mut self.of_generation.strings;
        let mut bytes = 0;
        let mut string = |id: StringId| {
            let known = strings.entry(id).or_insert_with(|| {
                let text = tables.string(id);
                bytes += text.len() + 64;
                text.into()
            });
            Rc::clone(known)
        };
        let frames = tables.stack(stack).iter().filter_map(|&frame| {
            let frame = tables.frames().get(frame as usize)?;
            Some(StackFrame {
                function: string(frame.function),
                file: string(frame.file),
                line: frame.line,
                pc: frame.pc,
            })
        });
        let frames: Vec<StackFrame> = frames.collect();
        self.stack_bytes += bytes + size_of_val(frames.as_slice()) + 64;
        let place = self.stacks.len() as u32;
        self.stacks.push(frames);
        self.of_generation.kept.insert(stack, place);
        place
    }

    #[cold]
    fn keep(
        &mut self,
        event: &Event,
        clock: Option<ClockSnapshot>,
        tables: &Tables,
        resources: &Resources,
    ) {
        let start = self.text.len();
        write_arguments(&mut self.text, event, clock, tables, resources);
        // The space before the first one is no part of them.
        let first = start + usize::from(self.text.len() > start);
        let transition_stack = transition_stack(&event.kind);
        let row = EventRow {
            time: event.time,
            event_type: EventType::of(&event.kind),
            thread: ThreadId(thread(event.thread, resources)),
            proc: ProcId(proc(event.proc, resources)),
            goroutine: GoroutineId(goroutine(event.goroutine, resources)),
            goroutine_index: event.goroutine,
            subject: subject(&event.kind),
            arguments: (first as u32, self.text.len() as u32),
            stack: has_stack(event).then(|| self.keep_stack(event.stack, tables)),
            transition_stack: transition_stack.map(|stack| self.keep_stack(stack, tables)),
        };
        self.rows.push(row);
        self.full = self.rows.len() >= self.most
            || self.text.len() + self.stack_bytes >= limits::EXCERPT_BYTES;
    }
}

impl Sink for Excerpt {
    fn generation(&mut self, info: &GenerationInfo, _: &Tables) {
        self.clock = info.clock;
        self.of_generation = OfGeneration::default();
        self.filter.begin_generation();
    }

    fn event(&mut self, event: &Event, tables: &Tables, resources: &Resources) {
        let clock = match event.kind {
            EventKind::Sync { .. } => self.clock.take(),
            _ => None,
        };
        if !self.filter.is_in_range(event) {
            return;
        }
        if self.known.is_none() {
            self.counts.add(EventType::of(&event.kind), 1);
        }
        if !self.filter.wants(event, clock, tables, resources) {
            return;
        }
        self.matched += 1;
        if !self.full {
            self.keep(event, clock, tables, resources);
        }
    }

    fn has_enough(&self) -> bool {
        self.known
            .is_some_and(|known| self.full || self.matched >= known)
    }
}

/// The generations, counted from 0, that have events from `start` to `end`; `starts` are the times at which they begin.
/// A range that reaches the last one reaches the trace's end, and goes on for ever.
pub fn generations_of(starts: &[Nanos], start: Nanos, end: Nanos) -> Range<usize> {
    let first = starts.partition_point(|begin| *begin <= start);
    let after = starts.partition_point(|begin| *begin <= end);
    let after = match after {
        all if all == starts.len() => usize::MAX,
        some => some,
    };
    first.saturating_sub(1)..after
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dump::Dump;
    use crate::reader::{Options, Reader};
    use crate::replay::Replay;

    fn corpus(name: &str) -> Vec<u8> {
        let path = format!(
            "{}/../../testdata/corpus/{name}.trace",
            env!("CARGO_MANIFEST_DIR")
        );
        std::fs::read(path).unwrap()
    }

    fn read<K: Sink>(trace: &[u8], sink: &mut K) {
        let mut reader = Reader::new(trace, Options::default()).unwrap();
        while reader.next_generation(sink).unwrap().is_some() {}
    }

    fn excerpt(trace: &[u8], wanted: Wanted) -> Excerpt {
        let mut excerpt = Excerpt::new(wanted);
        read(trace, &mut excerpt);
        excerpt
    }

    fn lines(trace: &[u8]) -> Vec<String> {
        let mut lines = Vec::new();
        read(
            trace,
            &mut Dump::new(|line: &str| lines.push(line.to_owned())),
        );
        lines
    }

    fn texts(excerpt: &Excerpt) -> Vec<String> {
        let rows = excerpt.rows().iter();
        rows.map(|row| excerpt.full_text(row)).collect()
    }

    fn time_of(line: &str) -> i64 {
        let (_, rest) = line.split_once(" Time=").unwrap();
        rest.split([' ', '\n']).next().unwrap().parse().unwrap()
    }

    #[test]
    fn all_events_are_those_of_the_dump() {
        for name in [
            "allocfree-go1.27",
            "taskgenerations-go1.27",
            "annotate-go1.21",
        ] {
            let trace = corpus(name);
            let all = excerpt(&trace, Wanted::ALL);
            let lines = lines(&trace);
            assert_eq!(all.matched(), lines.len() as u64, "{name}");
            assert_eq!(all.counts().map(|(_, n)| n).sum::<u64>(), all.matched());
            for (found, wanted) in texts(&all).iter().zip(&lines) {
                assert_eq!(found, wanted, "{name}");
            }
        }
    }

    #[test]
    fn filters_do_what_a_search_of_the_text_does() {
        let trace = corpus("annotate-go1.27");
        let lines = lines(&trace);
        let middle = time_of(&lines[lines.len() / 2]);
        for text in [
            "MAIN.",
            "reason=\"chan receive\"",
            "g=1 ",
            "Log",
            "no such text",
        ] {
            let found = excerpt(
                &trace,
                Wanted {
                    start: Nanos(middle),
                    text: text.into(),
                    ..Wanted::ALL
                },
            );
            let wanted: Vec<String> = lines
                .iter()
                .filter(|line| time_of(line) >= middle)
                .filter(|line| line.to_lowercase().contains(&text.to_lowercase()))
                .cloned()
                .collect();
            assert_eq!(texts(&found), wanted, "{text}");
        }
    }

    #[test]
    fn types_and_goroutines_choose() {
        let trace = corpus("annotate-go1.27");
        let lines = lines(&trace);
        let found = excerpt(
            &trace,
            Wanted {
                types: EventType::named("log"),
                ..Wanted::ALL
            },
        );
        let wanted: Vec<String> = lines
            .iter()
            .filter(|line| line.contains(" Log Time="))
            .cloned()
            .collect();
        assert!(!wanted.is_empty());
        assert_eq!(texts(&found), wanted);
        let found = excerpt(
            &trace,
            Wanted {
                goroutine: Some(GoroutineId(1)),
                ..Wanted::ALL
            },
        );
        let wanted: Vec<String> = lines
            .iter()
            .filter(|line| line.contains(" G=1 ") || line.contains(" GoID=1 "))
            .cloned()
            .collect();
        assert_eq!(texts(&found), wanted);
    }

    #[test]
    fn what_is_counted_already_need_not_be_read() {
        for name in [
            "allocfree-go1.27",
            "taskgenerations-go1.27",
            "annotate-go1.21",
        ] {
            let trace = corpus(name);
            let mut counts = EventCounts::default();
            for (event_type, count) in excerpt(&trace, Wanted::ALL).counts() {
                counts.add(event_type, count);
            }
            for types in [Vec::new(), vec![EventType::Proc, EventType::RegionEnd]] {
                let wanted = Wanted {
                    types,
                    ..Wanted::ALL
                };
                for most in [7, 100_000] {
                    let mut all = Excerpt::with_most(wanted.clone(), most);
                    read(&trace, &mut all);
                    let mut quick = Excerpt::of_counted_with_most(wanted.clone(), &counts, most);
                    let mut replay = Replay::new(&trace[..]).unwrap();
                    replay.read(0..usize::MAX, &mut quick).unwrap();
                    assert_eq!(texts(&quick), texts(&all), "{name}");
                    assert_eq!(quick.matched(), all.matched());
                    assert!(quick.counts().eq(all.counts()));
                    // What it left is read as if nothing had been.
                    let mut again = Excerpt::new(Wanted::ALL);
                    replay.read(0..usize::MAX, &mut again).unwrap();
                    assert_eq!(again.matched(), counts.total(), "{name}");
                }
            }
        }
    }

    #[test]
    fn what_cannot_be_kept_is_counted() {
        let trace = corpus("annotate-go1.27");
        let mut few = Excerpt::with_most(Wanted::ALL, 10);
        read(&trace, &mut few);
        let lines = lines(&trace);
        assert_eq!(texts(&few), lines[..10]);
        assert_eq!(few.matched(), lines.len() as u64);
    }

    #[test]
    fn ranges_reach_the_generations_they_touch() {
        let starts = [10, 20, 30].map(Nanos);
        let of = |start, end| generations_of(&starts, Nanos(start), Nanos(end));
        assert_eq!(of(0, 5), 0..0);
        assert_eq!(of(0, 10), 0..1);
        assert_eq!(of(12, 19), 0..1);
        assert_eq!(of(20, 29), 1..2);
        assert_eq!(of(15, 30), 0..usize::MAX);
        assert_eq!(of(99, 100), 2..usize::MAX);
        assert_eq!(generations_of(&[], Nanos(0), Nanos(1)), 0..usize::MAX);
    }
}
