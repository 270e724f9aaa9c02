//! The timeline's lanes: what they are arranged by, and how high they are.

use serde::{Deserialize, Serialize};

use super::LaneLayout;

/// What the lanes are arranged by.
#[derive(Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize, Debug)]
pub enum LaneView {
    /// The procs, then the goroutines by group.
    #[default]
    Procs,
    /// The threads, then the goroutines by group.
    Threads,
    /// A goroutine with those that unblocked it.
    Goroutine {
        /// The runtime's number, as text.
        id: String,
        /// How many wake-ups back.
        depth: u32,
    },
    /// A task with its subtasks and the goroutines that worked for them.
    Task {
        /// The task's number, as text.
        id: String,
    },
}

impl LaneView {
    /// A goroutine's view as it opens.
    pub fn goroutine(id: String) -> Self {
        Self::Goroutine {
            id,
            depth: tracepane_timeline::unblockers::DEPTH,
        }
    }

    /// Whether it is about one thing and not about all of the trace.
    pub fn is_focus(&self) -> bool {
        matches!(self, Self::Goroutine { .. } | Self::Task { .. })
    }
}

/// How high the lanes are.
#[derive(Clone, PartialEq, Serialize, Deserialize, Debug)]
pub struct LanesState {
    /// CSS pixels of all lanes together.
    pub height: f64,
    /// CSS pixels of all pinned lanes together; they are not among the others.
    pub band: f64,
    /// How many lanes there are.
    pub count: u32,
    /// How they were changed by hand.
    pub layout: LaneLayout,
    /// Where the lane that was asked for begins and how high it is, CSS pixels before scrolling.
    pub reveal: Option<(f64, f64)>,
    /// The lane that was asked for is not among these, but here.
    pub elsewhere: Option<LaneView>,
}

/// The lanes are arranged as was asked.
#[derive(Clone, PartialEq, Serialize, Deserialize, Debug)]
pub struct Arranged {
    /// By what.
    pub view: LaneView,
    /// The lanes.
    pub lanes: LanesState,
    /// From when to when that which they are about lasts, ns; the whole trace if they are about all of it.
    pub life: (f64, f64),
    /// What they are about, e.g. "G17 main.worker"; empty if about all of the trace.
    pub title: String,
}

/// What became of the arrows of a view.
#[derive(Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, Debug)]
pub enum ArrowsShown {
    /// They are not wanted.
    #[default]
    Off,
    /// So many are shown.
    Drawn(u32),
    /// They are too many: none is shown.
    TooMany,
}
