//! What happened in a range of time, in short.

use serde::{Deserialize, Serialize};

use super::{Fact, Histogram, Link, TimeShare};

/// What happened in a range of time.
#[derive(Clone, PartialEq, Serialize, Deserialize, Debug)]
pub struct RangeSummary {
    /// From when to when, ns: as much of what was asked for as the trace has.
    pub time: (f64, f64),
    /// What is known of it as a whole.
    pub facts: Vec<Fact>,
    /// Where the time of all goroutines went.
    pub states: Vec<TimeShare>,
    /// Where the time of all procs went; empty if the trace does not say how many there were.
    pub procs: Vec<TimeShare>,
    /// What the GC did.
    pub gc: Vec<Fact>,
    /// What lists are there: groups, goroutines, stacks.
    pub tops: Vec<RangeTop>,
    /// How long goroutines had to wait for a proc.
    pub latency: Vec<Fact>,
    /// The same, of all waits that ended in the range.
    pub latencies: Histogram,
}

/// A list of what had most of something.
#[derive(Clone, PartialEq, Serialize, Deserialize, Debug)]
pub struct RangeTop {
    /// Which.
    pub part: RangePart,
    /// The first rows.
    pub rows: Vec<RangeRow>,
    /// How many there are.
    pub total: u32,
}

/// The lists.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Debug)]
pub enum RangePart {
    /// Groups of goroutines by how long they ran.
    Running,
    /// Groups by how long they could run and did not.
    Runnable,
    /// Groups by how long they waited.
    Waiting,
    /// Goroutines by how long they ran.
    GoroutinesRunning,
    /// Goroutines by how long they could run and did not.
    GoroutinesRunnable,
    /// Goroutines by how long they waited.
    GoroutinesWaiting,
    /// The stacks that goroutines were blocked at.
    Stacks,
}

/// One of them.
#[derive(Clone, PartialEq, Serialize, Deserialize, Debug)]
pub struct RangeRow {
    /// What it is.
    pub title: String,
    /// More of it, for the pointer: a stack's frames.
    pub detail: String,
    /// Where it leads.
    pub link: Link,
    /// The key of the colour of its bar.
    pub state: String,
    /// How much, in fitting units.
    pub value: String,
    /// The same to the nanosecond.
    pub exact: String,
    /// The part of the first row's.
    pub share: f64,
}
