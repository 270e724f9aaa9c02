//! Looking for a text in events as they are printed, without printing each.
//!
//! What is printed of an event is a fixed text for its shape (its kind, its states), numbers, strings between quotes,
//! and stacks. A text without digits and quotes cannot reach over any of these borders, so it is in the fixed text, or
//! in one string, or in a stack; and each of those is looked at once for each generation.

use crate::dump::{transition_stack, write_arguments, write_frame, write_head};
use crate::event::{Event, EventKind, Range, Scope};
use crate::event_type::EventType;
use crate::id::{StackId, StringId};
use crate::quote::quote;
use crate::table::{ClockSnapshot, Resources, Tables};

/// What is known of a part: nothing yet, or whether it contains the text.
const NO: u8 = 1;
const YES: u8 = 2;

/// How many shapes one type of events may have.
const SHAPES: usize = 64;

/// A text that is looked for; small and capital letters of ASCII are the same.
#[derive(Debug)]
pub struct Needle {
    /// In small letters.
    text: String,
    /// It cannot reach over the border of a number or a string.
    within: bool,
    /// By stack of the present generation.
    stacks: Vec<u8>,
    /// By string of the present generation.
    strings: Vec<u8>,
    /// By shape.
    shapes: Vec<u8>,
    line: String,
    /// Tables without a string.
    blank: Tables,
}

impl Needle {
    /// Looks for this text.
    pub fn new(text: &str) -> Self {
        let text = text.to_ascii_lowercase();
        let odd = text.contains(|character: char| character.is_ascii_digit() || character == '"');
        // A minus may belong to a number, an arrow does not.
        let minus = text.replace("->", "").contains('-');
        Self {
            within: !odd && !minus,
            text,
            stacks: Vec::new(),
            strings: Vec::new(),
            shapes: vec![0; SHAPES * EventType::ALL.len()],
            line: String::new(),
            blank: Tables::new(),
        }
    }

    /// Whether there is nothing to look for.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// A generation begins: strings and stacks have other numbers.
    pub fn begin_generation(&mut self) {
        self.stacks.clear();
        self.strings.clear();
    }

    /// Whether the event's text, its stacks included, contains the needle. `clock` is its generation's, if this is its
    /// `Sync` event.
    pub fn is_in(
        &mut self,
        event: &Event,
        clock: Option<ClockSnapshot>,
        tables: &Tables,
        resources: &Resources,
    ) -> bool {
        let in_line = match shape(&event.kind) {
            Some((shape, strings)) if self.within => {
                self.is_in_shape(shape, event, resources)
                    || strings
                        .iter()
                        .any(|string| self.is_in_string(*string, tables))
            }
            _ => self.is_in_line(event, clock, tables, resources),
        };
        let transition = transition_stack(&event.kind).unwrap_or(StackId::NONE);
        in_line || self.is_in_stack(event.stack, tables) || self.is_in_stack(transition, tables)
    }

    fn is_in_line(
        &mut self,
        event: &Event,
        clock: Option<ClockSnapshot>,
        tables: &Tables,
        resources: &Resources,
    ) -> bool {
        self.line.clear();
        write_head(&mut self.line, event, resources);
        write_arguments(&mut self.line, event, clock, tables, resources);
        self.line.make_ascii_lowercase();
        self.line.contains(&self.text)
    }

    fn is_in_shape(&mut self, shape: usize, event: &Event, resources: &Resources) -> bool {
        if self.shapes[shape] == 0 {
            let blank = std::mem::take(&mut self.blank);
            let found = self.is_in_line(event, None, &blank, resources);
            self.blank = blank;
            self.shapes[shape] = if found { YES } else { NO };
        }
        self.shapes[shape] == YES
    }

    fn is_in_string(&mut self, string: StringId, tables: &Tables) -> bool {
        let place = string.0 as usize;
        if string == StringId::EMPTY || place >= tables.string_count() {
            return false;
        }
        // Strings may be added while a generation is read.
        if place >= self.strings.len() {
            self.strings.resize(tables.string_count(), 0);
        }
        if self.strings[place] == 0 {
            self.line.clear();
            quote(&mut self.line, tables.string(string).as_bytes());
            self.line.make_ascii_lowercase();
            let found = self.line.contains(&self.text);
            self.strings[place] = if found { YES } else { NO };
        }
        self.strings[place] == YES
    }

    fn is_in_stack(&mut self, stack: StackId, tables: &Tables) -> bool {
        let place = stack.0 as usize;
        if stack == StackId::NONE || place >= tables.stack_count() {
            return false;
        }
        if place >= self.stacks.len() {
            self.stacks.resize(tables.stack_count(), 0);
        }
        if self.stacks[place] == 0 {
            let found = tables.stack(stack).iter().any(|&frame| {
                let Some(frame) = tables.frames().get(frame as usize) else {
                    return false;
                };
                self.line.clear();
                let (function, file) = (tables.string(frame.function), tables.string(frame.file));
                write_frame(&mut self.line, function, frame.pc, file, frame.line);
                self.line.make_ascii_lowercase();
                self.line.contains(&self.text)
            });
            self.stacks[place] = if found { YES } else { NO };
        }
        self.stacks[place] == YES
    }
}

/// The number of an event's shape, and the strings that it has between quotes; `None` for the few that have other text.
fn shape(kind: &EventKind) -> Option<(usize, [StringId; 2])> {
    const NONE: StringId = StringId::EMPTY;
    let (sub, strings) = match *kind {
        // A wall-clock time.
        EventKind::Sync { .. } => return None,
        EventKind::RangeBegin { range, scope }
        | EventKind::RangeActive { range, scope }
        | EventKind::RangeEnd { range, scope, .. } => {
            let range = match range {
                Range::GcMark => 0,
                Range::GcSweep => 1,
                Range::GcMarkAssist => 2,
                // Its kind stands within other text.
                Range::StopTheWorld(_) => return None,
            };
            let scope = match scope {
                Scope::Global => 0,
                Scope::Proc(_) => 1,
                Scope::Goroutine(_) => 2,
            };
            (range * 4 + scope, [NONE; 2])
        }
        EventKind::Metric { metric, .. } => (metric as usize, [NONE; 2]),
        EventKind::Label { label } => (0, [label, NONE]),
        EventKind::StackSample => (0, [NONE; 2]),
        EventKind::TaskBegin { name, .. }
        | EventKind::TaskEnd { name, .. }
        | EventKind::RegionBegin { name, .. }
        | EventKind::RegionEnd { name, .. } => (0, [name, NONE]),
        EventKind::Log {
            category, message, ..
        } => (0, [category, message]),
        EventKind::Goroutine {
            from, to, reason, ..
        } => (from as usize * 8 + to as usize, [reason, NONE]),
        EventKind::Proc { from, to, .. } => (from as usize * 8 + to as usize, [NONE; 2]),
        EventKind::Experimental { event_type, .. } => {
            let sub = usize::from(event_type.wrapping_sub(128));
            if sub >= SHAPES {
                return None;
            }
            (sub, [NONE; 2])
        }
    };
    Some((EventType::of(kind) as usize * SHAPES + sub, strings))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dump::Dump;
    use crate::reader::{Options, Reader};
    use crate::sink::{GenerationInfo, Sink};

    /// Asks about each event, and has its text to compare with.
    struct Both {
        needle: Needle,
        clock: Option<ClockSnapshot>,
        found: Vec<bool>,
    }

    impl Sink for Both {
        fn generation(&mut self, info: &GenerationInfo, _: &Tables) {
            self.clock = info.clock;
            self.needle.begin_generation();
        }

        fn event(&mut self, event: &Event, tables: &Tables, resources: &Resources) {
            let clock = match event.kind {
                EventKind::Sync { .. } => self.clock.take(),
                _ => None,
            };
            let found = self.needle.is_in(event, clock, tables, resources);
            self.found.push(found);
        }
    }

    fn read<K: Sink>(trace: &[u8], sink: &mut K) {
        let mut reader = Reader::new(trace, Options::default()).unwrap();
        while reader.next_generation(sink).unwrap().is_some() {}
    }

    #[test]
    fn what_is_found_is_what_is_printed() {
        for name in [
            "taskgenerations-go1.27",
            "allocfree-go1.27",
            "gc-go1.24",
            "annotate-go1.21",
        ] {
            let path = format!(
                "{}/../../testdata/corpus/{name}.trace",
                env!("CARGO_MANIFEST_DIR")
            );
            let trace = std::fs::read(path).unwrap();
            let mut lines = Vec::new();
            read(
                &trace,
                &mut Dump::new(|line: &str| lines.push(line.to_ascii_lowercase())),
            );
            for text in [
                "a",
                "->",
                "Running->Waiting",
                "reason=",
                "task",
                " log ",
                "chan",
                "runtime.",
                "=-",
                "m=-1",
                "-",
                "stop-the-world",
                "heapobject",
                "wall",
                "g=1 ",
                "\"chan",
                "uint64(",
                "no such",
                ":",
                "scope=goroutine(",
                "GC",
                "objects",
                ".go:4",
            ] {
                let mut both = Both {
                    needle: Needle::new(text),
                    clock: None,
                    found: Vec::new(),
                };
                read(&trace, &mut both);
                let text = text.to_ascii_lowercase();
                for (line, found) in lines.iter().zip(&both.found) {
                    // The words before stacks are not looked at.
                    let line = line
                        .replace("\nstack=\n", "\n")
                        .replace("\ntransitionstack=\n", "\n");
                    assert_eq!(line.contains(&text), *found, "{name}: {text:?} in {line}");
                }
            }
        }
    }
}
