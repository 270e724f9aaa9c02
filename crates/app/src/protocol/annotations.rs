//! Tasks and regions: what their pages say.

use serde::{Deserialize, Serialize};

use super::{Fact, Histogram, Link, RegionsOf, StackText, TasksOf};

/// What has durations.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize, Debug)]
pub enum DurationsOf {
    /// Tasks; their bounds of duration do not matter.
    Tasks(TasksOf),
    /// Regions; their bounds of duration do not matter.
    Regions(RegionsOf),
}

/// How long the things are that pass a filter, whatever bounds of duration it has.
#[derive(Clone, PartialEq, Serialize, Deserialize, Debug)]
pub struct Durations {
    /// The question this answers.
    pub of: DurationsOf,
    /// How many, the shortest, quantiles, the longest.
    pub facts: Vec<Fact>,
    /// The bars. Of tasks only complete ones count, of regions all with what the trace has of them.
    pub histogram: Histogram,
}

/// The lists of a task's page.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, Debug)]
pub enum TaskPart {
    /// What happened.
    #[default]
    Events,
    /// Who worked for it.
    Goroutines,
    /// Its subtasks.
    Subtasks,
}

impl TaskPart {
    /// All, in the order they are shown.
    pub const ALL: [Self; 3] = [Self::Events, Self::Goroutines, Self::Subtasks];

    /// The name in addresses.
    pub fn key(self) -> &'static str {
        match self {
            Self::Events => "events",
            Self::Goroutines => "goroutines",
            Self::Subtasks => "subtasks",
        }
    }

    /// The part with this key.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|part| part.key() == key)
    }
}

/// A task's page.
#[derive(Clone, PartialEq, Serialize, Deserialize, Debug)]
pub struct TaskPage {
    /// Its number, as text.
    pub id: String,
    /// Its type; empty if the trace only mentions it.
    pub name: String,
    /// From when to when, ns, as far as the trace has it.
    pub time: (f64, f64),
    /// What is known of it.
    pub facts: Vec<Fact>,
    /// Where its time went, the largest parts by the clock first.
    pub times: Vec<TaskTime>,
    /// Why its times are not known, instead.
    pub no_times: Option<String>,
    /// Where it was begun and ended.
    pub stacks: Vec<StackText>,
    /// The task that it is a part of: a title and a link.
    pub parent: Option<(String, Link)>,
    /// How many rows each part has, in the order of [`TaskPart::ALL`].
    pub counts: [u32; 3],
}

/// A part of a task's time.
#[derive(Clone, PartialEq, Serialize, Deserialize, Debug)]
pub struct TaskTime {
    /// The key of the state, for its colour.
    pub state: String,
    /// In words.
    pub label: String,
    /// What it means, by the clock.
    pub help: String,
    /// By the clock: in fitting units, exact, share of the task's duration.
    pub clock: (String, String, f64),
    /// Summed over the goroutines: in fitting units, exact.
    pub sum: (String, String),
}
