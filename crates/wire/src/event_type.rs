//! The types that events are chosen by.

use crate::event::EventKind;

/// The types that events can be chosen by: the kinds of Go's `internal/trace`, with the transitions of goroutines and
/// of procs apart.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum EventType {
    /// A goroutine changed its state.
    Goroutine,
    /// A proc changed its state.
    Proc,
    /// A range began: mark, sweep, assist, stop-the-world.
    RangeBegin,
    /// A range was in progress when its generation began.
    RangeActive,
    /// A range ended.
    RangeEnd,
    /// A value was measured.
    Metric,
    /// A task began.
    TaskBegin,
    /// A task ended.
    TaskEnd,
    /// A region began.
    RegionBegin,
    /// A region ended.
    RegionEnd,
    /// A message was logged.
    Log,
    /// A goroutine got a label.
    Label,
    /// A sample of the CPU profile.
    StackSample,
    /// A generation began, or the trace ended.
    Sync,
    /// An event of an experiment.
    Experimental,
}

impl EventType {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::Goroutine,
        Self::Proc,
        Self::RangeBegin,
        Self::RangeActive,
        Self::RangeEnd,
        Self::Metric,
        Self::TaskBegin,
        Self::TaskEnd,
        Self::RegionBegin,
        Self::RegionEnd,
        Self::Log,
        Self::Label,
        Self::StackSample,
        Self::Sync,
        Self::Experimental,
    ];

    /// The type of an event.
    #[inline]
    pub fn of(kind: &EventKind) -> Self {
        match kind {
            EventKind::Sync { .. } => Self::Sync,
            EventKind::Metric { .. } => Self::Metric,
            EventKind::Label { .. } => Self::Label,
            EventKind::StackSample => Self::StackSample,
            EventKind::RangeBegin { .. } => Self::RangeBegin,
            EventKind::RangeActive { .. } => Self::RangeActive,
            EventKind::RangeEnd { .. } => Self::RangeEnd,
            EventKind::TaskBegin { .. } => Self::TaskBegin,
            EventKind::TaskEnd { .. } => Self::TaskEnd,
            EventKind::RegionBegin { .. } => Self::RegionBegin,
            EventKind::RegionEnd { .. } => Self::RegionEnd,
            EventKind::Log { .. } => Self::Log,
            EventKind::Goroutine { .. } => Self::Goroutine,
            EventKind::Proc { .. } => Self::Proc,
            EventKind::Experimental { .. } => Self::Experimental,
        }
    }

    /// Its name in Go, as `go tool trace -d=parsed` prints it: both kinds of transitions have the same.
    pub fn name(self) -> &'static str {
        match self {
            Self::Goroutine | Self::Proc => "StateTransition",
            Self::RangeBegin => "RangeBegin",
            Self::RangeActive => "RangeActive",
            Self::RangeEnd => "RangeEnd",
            Self::Metric => "Metric",
            Self::TaskBegin => "TaskBegin",
            Self::TaskEnd => "TaskEnd",
            Self::RegionBegin => "RegionBegin",
            Self::RegionEnd => "RegionEnd",
            Self::Log => "Log",
            Self::Label => "Label",
            Self::StackSample => "StackSample",
            Self::Sync => "Sync",
            Self::Experimental => "Experimental",
        }
    }

    /// A name of its own, for addresses and options.
    pub fn key(self) -> &'static str {
        match self {
            Self::Goroutine => "GoroutineTransition",
            Self::Proc => "ProcTransition",
            other => other.name(),
        }
    }

    /// The types with this [`key`](Self::key) or [`name`](Self::name), in any case; none if it is neither.
    pub fn named(name: &str) -> Vec<Self> {
        let is = |text: &str| text.eq_ignore_ascii_case(name);
        let all = Self::ALL.into_iter();
        all.filter(|event_type| is(event_type.key()) || is(event_type.name()))
            .collect()
    }

    #[inline]
    pub(crate) fn bit(self) -> u32 {
        1 << self as u8
    }
}

/// How many events there are of each type.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct EventCounts([u64; EventType::ALL.len()]);

impl EventCounts {
    /// From the numbers, in the order of [`EventType::ALL`].
    pub fn new(counts: [u64; EventType::ALL.len()]) -> Self {
        Self(counts)
    }

    /// The numbers, in the order of [`EventType::ALL`].
    pub fn numbers(&self) -> [u64; EventType::ALL.len()] {
        self.0
    }

    /// Counts some more of a type.
    #[inline]
    pub fn add(&mut self, event_type: EventType, more: u64) {
        let count = &mut self.0[event_type as usize];
        *count = count.saturating_add(more);
    }

    /// Counts all that others have counted.
    pub fn merge(&mut self, other: &Self) {
        for (event_type, more) in other.iter() {
            self.add(event_type, more);
        }
    }

    /// How many there are of a type.
    pub fn of(&self, event_type: EventType) -> u64 {
        self.0[event_type as usize]
    }

    /// Each type with its number.
    pub fn iter(&self) -> impl Iterator<Item = (EventType, u64)> {
        EventType::ALL.into_iter().zip(self.0)
    }

    /// How many there are of all types.
    pub fn total(&self) -> u64 {
        self.0.iter().fold(0, |sum, &n| sum.saturating_add(n))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_is_found_by_its_names() {
        for event_type in EventType::ALL {
            assert!(EventType::named(event_type.key()).contains(&event_type));
            assert!(EventType::named(&event_type.name().to_lowercase()).contains(&event_type));
        }
        assert_eq!(EventType::named("StateTransition").len(), 2);
        assert!(EventType::named("nothing").is_empty());
    }

    #[test]
    fn places_are_those_of_the_list() {
        let mut counts = EventCounts::default();
        for (more, event_type) in (1..).zip(EventType::ALL) {
            counts.add(event_type, more);
        }
        assert!(counts.iter().zip(1..).all(|((_, n), more)| n == more));
        assert_eq!(counts.of(EventType::Experimental), 15);
        let mut twice = EventCounts::new(counts.numbers());
        twice.merge(&counts);
        assert_eq!(twice.total(), 2 * counts.total());
    }
}
