//! What a user does to the lanes: pins, hides, moves, sorts, filters them. Lanes travel by name ("g17", "p0", "gc"; see
//! `tracepane_timeline::lanes::name_of`), so that links outlive this program's indexes.

use serde::{Deserialize, Serialize};

use super::Selection;

/// How the lanes were changed by hand.
#[derive(Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize, Debug)]
pub struct LaneLayout {
    /// What is pinned, from the top.
    pub pins: Vec<String>,
    /// What is hidden.
    pub hidden: Vec<String>,
    /// What was moved: which lane, and before which; behind all others if `None`.
    pub moves: Vec<(String, Option<String>)>,
    /// Goroutines whose regions and stacks are shown.
    pub opened: Vec<String>,
    /// What groups and goroutines are sorted by.
    pub sort: LaneSort,
    /// Whether all groups are folded, or none is; `None`: as they start.
    pub folded: Option<bool>,
    /// Groups that are not as that says.
    pub toggled: Vec<String>,
    /// The filter.
    pub filter: String,
}

impl LaneLayout {
    /// As the lanes are when a trace is opened.
    pub const AS_OPENED: Self = Self {
        pins: Vec::new(),
        hidden: Vec::new(),
        moves: Vec::new(),
        opened: Vec::new(),
        sort: LaneSort::Usual,
        folded: None,
        toggled: Vec::new(),
        filter: String::new(),
    };
}

/// What groups and goroutines are sorted by.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, Debug)]
pub enum LaneSort {
    /// main first, then the busiest groups, then the runtime's.
    #[default]
    Usual,
    /// First created first.
    Created,
    /// Longest running first.
    Running,
    /// Longest waiting for a proc first.
    Runnable,
    /// Longest blocked first.
    Waiting,
    /// By function, then number.
    Name,
    /// Largest group first; goroutines with most spans first.
    Count,
}

impl LaneSort {
    /// All, as they are offered.
    pub const ALL: [Self; 7] = [
        Self::Usual,
        Self::Created,
        Self::Running,
        Self::Runnable,
        Self::Waiting,
        Self::Name,
        Self::Count,
    ];

    /// Its key in addresses.
    pub fn key(self) -> &'static str {
        match self {
            Self::Usual => "usual",
            Self::Created => "created",
            Self::Running => "running",
            Self::Runnable => "runnable",
            Self::Waiting => "waiting",
            Self::Name => "name",
            Self::Count => "count",
        }
    }

    /// Its name.
    pub fn title(self) -> &'static str {
        match self {
            Self::Usual => "Usual order: busiest groups first",
            Self::Created => "Creation",
            Self::Running => "Time running",
            Self::Runnable => "Time waiting to run",
            Self::Waiting => "Time blocked",
            Self::Name => "Name",
            Self::Count => "Number of goroutines, spans",
        }
    }
}

/// A change to the lanes.
#[derive(Clone, PartialEq, Serialize, Deserialize, Debug)]
pub enum LaneChange {
    /// Pins a lane, or no longer.
    Pin {
        /// Which.
        lane: String,
        /// Whether it is pinned then.
        on: bool,
    },
    /// Pins what is not pinned, and the reverse.
    TogglePin(String),
    /// Hides a lane.
    Hide(String),
    /// Shows what was hidden.
    ShowHidden,
    /// Shows a goroutine's regions and stacks, or no longer.
    ToggleStacks(String),
    /// Moves a lane before another one, or behind all others.
    Move {
        /// Which.
        lane: String,
        /// Before which.
        before: Option<String>,
    },
    /// Sorts groups and goroutines.
    Sort(LaneSort),
    /// Shows only what fits. See `tracepane_timeline`'s `filter.rs`.
    Filter {
        /// The filter.
        text: String,
        /// The time in which it looks for what is active, ns.
        window: (f64, f64),
    },
    /// All as a link says.
    All {
        /// What it says.
        layout: LaneLayout,
        /// The time in which its filter looks for what is active, ns.
        window: (f64, f64),
    },
}

/// Which lane is meant.
#[derive(Clone, Copy, PartialEq, Serialize, Deserialize, Debug)]
pub enum LaneAt {
    /// The one at this place of the canvas.
    Place {
        /// CSS pixels from the canvas' left edge.
        x: f64,
        /// CSS pixels from the canvas' top edge.
        y: f64,
    },
    /// The one of a selection.
    Selection(Selection),
}

/// What is known of a lane.
#[derive(Clone, PartialEq, Serialize, Deserialize, Debug)]
pub struct LaneInfo {
    /// Its name in links.
    pub lane: String,
    /// Its name for people.
    pub title: String,
    /// The name in links of what is moved if it is dragged; `None` if it cannot be.
    pub movable: Option<String>,
    /// Whether it is pinned by itself.
    pub pinned: bool,
    /// Whether what it heads is folded; `None` if it heads nothing.
    pub folded: Option<bool>,
    /// What folds it.
    pub fold: Option<super::Fold>,
    /// Whether its regions and stacks are shown; `None` if it is no goroutine's.
    pub open: Option<bool>,
    /// The goroutine's number, as text.
    pub goroutine: Option<String>,
    /// The function of its group; may be empty.
    pub group: Option<String>,
    /// From when to when it lived, ns.
    pub life: Option<(f64, f64)>,
    /// Where it is: CSS pixels from the canvas' top, and how high.
    pub place: (f64, f64),
}

/// Where a lane goes that is dragged.
#[derive(Clone, PartialEq, Serialize, Deserialize, Debug)]
pub struct DropPlace {
    /// CSS pixels from the canvas' top.
    pub y: f64,
    /// The name in links of the lane that comes after it; `None` behind the last one.
    pub before: Option<String>,
}
