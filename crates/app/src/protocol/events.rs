//! The events themselves: which are wanted, and everything about one.

use serde::{Deserialize, Serialize};

use super::{Fact, StackText};

/// Which events.
#[derive(Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize, Debug)]
pub struct EventsOf {
    /// From when, ns since the trace's start; from there if `None`. Up to [`super::LONGEST_FILTER`].
    pub start: Option<u64>,
    /// Until when, this moment included; to the trace's end if `None`.
    pub end: Option<u64>,
    /// Only events of these types, by their keys; of all if there are none.
    pub types: Vec<String>,
    /// Only events that this goroutine executed, or whose state they change: the runtime's number, as text.
    pub goroutine: Option<String>,
    /// Only events whose text contains this; any case.
    pub text: String,
}

/// One type of events within a range of time.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Debug)]
pub struct EventCount {
    /// Its key.
    pub key: String,
    /// What it is called.
    pub title: String,
    /// How many there are.
    pub count: u32,
}

/// What is known of the events that are wanted, beside their rows.
#[derive(Clone, PartialEq, Serialize, Deserialize, Debug)]
pub struct EventsSummary {
    /// The question that this answers.
    pub of: EventsOf,
    /// The types in the range of time, wanted or not.
    pub types: Vec<EventCount>,
    /// When the last row is, ns since the trace's start, if there are more events than rows.
    pub more_from: Option<f64>,
}

/// Everything about one event.
#[derive(Clone, PartialEq, Serialize, Deserialize, Debug)]
pub struct EventPage {
    /// What it is.
    pub title: String,
    /// Who executed it, and its arguments.
    pub facts: Vec<Fact>,
    /// Its stacks.
    pub stacks: Vec<StackText>,
    /// Just as `go tool trace -d=parsed` prints it.
    pub text: String,
}
