//! The scheduler: its latency, who was runnable, what procs did.

use serde::{Deserialize, Serialize};

use super::{Chart, Fact, Histogram, Listing};

/// The parts of the view of the scheduler that have a table.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, Debug)]
pub enum SchedulerPart {
    /// Latency by goroutine group.
    #[default]
    Groups,
    /// The worst cases.
    Worst,
}

impl SchedulerPart {
    /// The name in addresses.
    pub fn key(self) -> Option<&'static str> {
        match self {
            Self::Groups => None,
            Self::Worst => Some("worst"),
        }
    }
}

/// How long goroutines that could run had to wait for it.
#[derive(Clone, PartialEq, Serialize, Deserialize, Debug)]
pub struct LatencyPage {
    /// What is known.
    pub facts: Vec<Fact>,
    /// How the latencies are distributed.
    pub histogram: Histogram,
}

/// Goroutines that could run, and what procs did.
#[derive(Clone, PartialEq, Serialize, Deserialize, Debug)]
pub struct ProcsPage {
    /// What is known.
    pub facts: Vec<Fact>,
    /// Runnable goroutines and idle procs over time.
    pub runnable: Chart,
    /// Where each proc's time went.
    pub procs: Listing,
}
