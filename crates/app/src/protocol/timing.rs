//! How moments are told, and which are marked; where a jump leads.

use serde::{Deserialize, Serialize};
use tracepane_timeline::AxisKind;

use super::Selection;

/// What the time axis counts from.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, Debug)]
pub enum AxisName {
    /// The trace's start.
    #[default]
    Start,
    /// A moment that the user chose.
    Origin,
    /// Midnight, in the user's time zone.
    Local,
    /// Midnight, UTC.
    Utc,
}

impl AxisName {
    /// All, in the order in which they are offered.
    pub const ALL: [Self; 4] = [Self::Start, Self::Origin, Self::Local, Self::Utc];

    /// Whether it shows the wall clock.
    pub fn is_wall(self) -> bool {
        matches!(self, Self::Local | Self::Utc)
    }

    /// The same for the timeline.
    pub fn kind(self) -> AxisKind {
        match self {
            Self::Start => AxisKind::Start,
            Self::Origin => AxisKind::Origin,
            Self::Local => AxisKind::Local,
            Self::Utc => AxisKind::Utc,
        }
    }
}

/// A time axis that was chosen.
#[derive(Clone, Copy, PartialEq, Default, Serialize, Deserialize, Debug)]
pub struct AxisChoice {
    /// What it counts from.
    pub name: AxisName,
    /// The origin, ns since the trace's start.
    pub origin: f64,
}

impl AxisChoice {
    /// The trace's start.
    pub const START: Self = Self {
        name: AxisName::Start,
        origin: 0.0,
    };
}

/// A moment with a name that the user set.
#[derive(Clone, PartialEq, Serialize, Deserialize, Debug)]
pub struct MarkAt {
    /// Its name.
    pub name: String,
    /// When, ns.
    pub time: f64,
}

/// How moments are told, and which are marked.
#[derive(Clone, PartialEq, Default, Serialize, Deserialize, Debug)]
pub struct TimingLook {
    /// The time axis.
    pub axis: AxisChoice,
    /// By how many minutes the user's time zone is ahead of UTC.
    pub zone: i32,
    /// The marks.
    pub marks: Vec<MarkAt>,
    /// A moment that was typed, ns.
    pub cursor: Option<f64>,
}

/// A reading of the wall clock.
#[derive(Clone, Copy, PartialEq, Serialize, Deserialize, Debug)]
pub struct ClockReading {
    /// ns since the trace's start; may be before it.
    pub time: f64,
    /// Whole seconds since the Unix epoch.
    pub seconds: f64,
    /// ns within the second.
    pub nanos: u32,
}

/// Where to jump from what is selected.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Debug)]
pub enum JumpTo {
    /// The next of the same kind in the same lane.
    SameKind {
        /// Later, or earlier.
        forward: bool,
    },
    /// Where the same goroutine ran next.
    SameGoroutine {
        /// Later, or earlier.
        forward: bool,
    },
    /// What brought it about.
    Cause,
    /// Whom it created or unblocked next.
    Effect,
    /// The whole life of its goroutine.
    Life,
    /// The task that it belongs to.
    Task,
}

/// Where a jump leads.
#[derive(Clone, PartialEq, Serialize, Deserialize, Debug)]
pub enum Jumped {
    /// To this, with its time, ns.
    To(
        /// What.
        Selection,
        /// When.
        (f64, f64),
    ),
    /// Nowhere, and why: a sentence.
    Nowhere(String),
}
