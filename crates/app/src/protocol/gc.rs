//! Garbage collection: its page, its pauses, and minimum mutator utilization.

use serde::{Deserialize, Serialize};

use super::{Chart, Fact, Histogram, Listing};

/// The parts of the view of the GC that have a table.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, Debug)]
pub enum GcPart {
    /// Its cycles.
    #[default]
    Cycles,
    /// The stop-the-world pauses.
    Pauses,
    /// The mark assists by goroutine group.
    Assists,
}

impl GcPart {
    /// The name in addresses.
    pub fn key(self) -> Option<&'static str> {
        match self {
            Self::Cycles => None,
            Self::Pauses => Some("pauses"),
            Self::Assists => Some("assists"),
        }
    }
}

/// The GC in a few numbers and two charts.
#[derive(Clone, PartialEq, Serialize, Deserialize, Debug)]
pub struct GcPage {
    /// What is known.
    pub facts: Vec<Fact>,
    /// The heap and its goal; the GC's mark phases are marked.
    pub heap: Chart,
    /// What part of all procs' time the GC took.
    pub share: Chart,
}

/// The stop-the-world pauses by kind.
#[derive(Clone, PartialEq, Serialize, Deserialize, Debug)]
pub struct PauseKinds {
    /// The kinds.
    pub kinds: Listing,
    /// How long the pauses are: all together, then of each kind, with titles.
    pub lengths: Vec<(String, Histogram)>,
}

/// What counts as the GC's time, and by whose rules.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Debug)]
pub struct MmuOf {
    /// Each proc on its own, not all together.
    pub per_proc: bool,
    /// The GC's pauses.
    pub stw: bool,
    /// Background workers.
    pub background: bool,
    /// Mark assists.
    pub assist: bool,
    /// Sweeping.
    pub sweep: bool,
    /// With percentiles.
    pub percentiles: bool,
    /// As `go tool trace` counts, with its faults.
    pub as_go: bool,
}

impl Default for MmuOf {
    fn default() -> Self {
        Self {
            per_proc: false,
            stw: true,
            background: true,
            assist: true,
            sweep: false,
            percentiles: false,
            as_go: false,
        }
    }
}

/// A curve of minimum mutator utilization.
#[derive(Clone, PartialEq, Serialize, Deserialize, Debug)]
pub struct MmuCurve {
    /// What it was asked of.
    pub of: MmuOf,
    /// The windows, by length.
    pub points: Vec<MmuPoint>,
}

/// A point of the curve.
#[derive(Clone, Copy, PartialEq, Serialize, Deserialize, Debug)]
pub struct MmuPoint {
    /// The window's length, ns.
    pub window: f64,
    /// The utilization in the worst window, 0 to 1.
    pub min: f64,
    /// What one window in 1000, one in 100 and one in 20 do not exceed, if asked for.
    pub percentiles: Option<[f64; 3]>,
}

/// The worst windows of a length.
#[derive(Clone, PartialEq, Serialize, Deserialize, Debug)]
pub struct MmuWorst {
    /// What they were asked of.
    pub of: MmuOf,
    /// What the curve has at this length.
    pub point: MmuPoint,
    /// The windows, worst first. No two overlap.
    pub windows: Vec<WorstWindow>,
}

/// A window.
#[derive(Clone, PartialEq, Serialize, Deserialize, Debug)]
pub struct WorstWindow {
    /// Its utilization, 0 to 1.
    pub part: f64,
    /// When it begins, in words.
    pub text: String,
    /// The same, exactly.
    pub exact: String,
    /// The proc, of curves by proc.
    pub proc: Option<String>,
    /// From when to when, ns.
    pub time: (f64, f64),
}
