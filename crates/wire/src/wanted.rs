//! Which events are wanted: those of some time, of some types, of a goroutine, with some text.

use crate::dump::{goroutine, transition_stack, write_arguments, write_frame, write_head};
use crate::event::{Event, EventKind};
use crate::event_type::EventType;
use crate::id::{GoroutineId, GoroutineIndex, Nanos, StackId};
use crate::table::{ClockSnapshot, Resources, Tables};

/// Which events are wanted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wanted {
    /// From when, on the trace's clock.
    pub start: Nanos,
    /// Until when, this moment included.
    pub end: Nanos,
    /// Only of these types; of all if there are none.
    pub types: Vec<EventType>,
    /// Only those that this goroutine executed, or whose state they change.
    pub goroutine: Option<GoroutineId>,
    /// Only those whose text, as `go tool trace -d=parsed` prints it, contains this; small and capital letters of ASCII
    /// are the same. All if empty.
    pub text: String,
}

impl Wanted {
    /// All events.
    pub const ALL: Self = Self {
        start: Nanos(i64::MIN),
        end: Nanos(i64::MAX),
        types: Vec::new(),
        goroutine: None,
        text: String::new(),
    };
}

/// Tells events that are wanted from others.
#[derive(Debug)]
pub struct Filter {
    wanted: Wanted,
    types: u32,
    /// In small letters.
    needle: String,
    /// By stack of the present generation: whether it contains the needle; 0 if that was not asked.
    stacks: Vec<u8>,
    line: String,
}

impl Filter {
    /// A filter for these.
    pub fn new(wanted: Wanted) -> Self {
        Self {
            types: match wanted.types.as_slice() {
                [] => u32::MAX,
                types => types.iter().fold(0, |bits, one| bits | one.bit()),
            },
            needle: wanted.text.to_ascii_lowercase(),
            wanted,
            stacks: Vec::new(),
            line: String::new(),
        }
    }

    /// A generation begins: stacks have other numbers.
    pub fn begin_generation(&mut self) {
        self.stacks.clear();
    }

    /// Whether the event lies in the range of time.
    #[inline]
    pub fn is_in_range(&self, event: &Event) -> bool {
        (self.wanted.start..=self.wanted.end).contains(&event.time)
    }

    /// Whether the event, which lies in the range, is wanted. `clock` is its generation's, if this is its `Sync` event.
    pub fn wants(
        &mut self,
        event: &Event,
        clock: Option<ClockSnapshot>,
        tables: &Tables,
        resources: &Resources,
    ) -> bool {
        if self.types & EventType::of(&event.kind).bit() == 0 {
            return false;
        }
        if let Some(wanted) = self.wanted.goroutine
            && goroutine(event.goroutine, resources) != wanted.0
            && goroutine(subject(&event.kind), resources) != wanted.0
        {
            return false;
        }
        self.needle.is_empty() || self.contains(event, clock, tables, resources)
    }

    /// Whether the event's text contains the needle.
    fn contains(
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
        if self.line.contains(&self.needle) {
            return true;
        }
        let transition = transition_stack(&event.kind).unwrap_or(StackId::NONE);
        self.stack_contains(event.stack, tables) || self.stack_contains(transition, tables)
    }

    fn stack_contains(&mut self, stack: StackId, tables: &Tables) -> bool {
        const NO: u8 = 1;
        const YES: u8 = 2;
        let place = stack.0 as usize;
        let known = &mut self.stacks;
        if place >= tables.stack_count() || stack == StackId::NONE {
            return false;
        }
        if place >= known.len() {
            known.resize(tables.stack_count(), 0);
        }
        if known[place] == 0 {
            let found = tables.stack(stack).iter().any(|&frame| {
                let Some(frame) = tables.frames().get(frame as usize) else {
                    return false;
                };
                let mut text = String::new();
                let (function, file) = (tables.string(frame.function), tables.string(frame.file));
                write_frame(&mut text, function, frame.pc, file, frame.line);
                text.make_ascii_lowercase();
                text.contains(&self.needle)
            });
            known[place] = if found { YES } else { NO };
        }
        known[place] == YES
    }
}

/// The goroutine whose state an event changes.
pub(crate) fn subject(kind: &EventKind) -> GoroutineIndex {
    match *kind {
        EventKind::Goroutine { goroutine, .. } => goroutine,
        _ => GoroutineIndex::NONE,
    }
}
