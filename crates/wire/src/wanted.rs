//! Which events are wanted: those of some time, of some types, of a goroutine, with some text.

use crate::dump::goroutine;
use crate::event::{Event, EventKind};
use crate::event_type::{EventCounts, EventType};
use crate::id::{GoroutineId, GoroutineIndex, Nanos};
use crate::needle::Needle;
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

    /// How many events are wanted of a trace that has so many of each type; `None` if types are not all that is asked.
    pub(crate) fn of_types(&self, counts: &EventCounts) -> Option<u64> {
        let by_type = Self {
            types: self.types.clone(),
            ..Self::ALL
        };
        let is_wanted =
            |&(one, _): &(EventType, u64)| self.types.is_empty() || self.types.contains(&one);
        (*self == by_type).then(|| counts.iter().filter(is_wanted).map(|(_, n)| n).sum())
    }
}

/// Tells events that are wanted from others.
#[derive(Debug)]
pub struct Filter {
    wanted: Wanted,
    types: u32,
    needle: Needle,
}

impl Filter {
    /// A filter for these.
    pub fn new(wanted: Wanted) -> Self {
        Self {
            types: match wanted.types.as_slice() {
                [] => u32::MAX,
                types => types.iter().fold(0, |bits, one| bits | one.bit()),
            },
            needle: Needle::new(&wanted.text),
            wanted,
        }
    }

    /// A generation begins: stacks have other numbers.
    pub fn begin_generation(&mut self) {
        self.needle.begin_generation();
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
        self.needle.is_empty() || self.needle.is_in(event, clock, tables, resources)
    }
}

/// The goroutine whose state an event changes.
pub(crate) fn subject(kind: &EventKind) -> GoroutineIndex {
    match *kind {
        EventKind::Goroutine { goroutine, .. } => goroutine,
        _ => GoroutineIndex::NONE,
    }
}
