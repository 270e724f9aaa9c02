//! Finding: what is asked of a search, and what comes back.

use serde::{Deserialize, Serialize};

use super::Selection;

/// What a search found.
#[derive(Clone, PartialEq, Default, Serialize, Deserialize, Debug)]
pub struct SearchFound {
    /// What was looked for.
    pub query: String,
    /// How many hits there are.
    pub count: f64,
    /// How many of each kind there are, the most first: "span", "region"…
    pub kinds: Vec<(String, f64)>,
    /// A sentence, if not all of them are listed or highlighted.
    pub note: Option<String>,
}

/// A hit to go to.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Debug)]
pub enum HitTo {
    /// The next one in time.
    Next,
    /// The one before in time.
    Previous,
    /// The one that is selected, if it is one.
    Here,
}

/// A hit.
#[derive(Clone, PartialEq, Serialize, Deserialize, Debug)]
pub struct HitAt {
    /// What to select.
    pub selection: Selection,
    /// When it lasts, ns.
    pub time: (f64, f64),
    /// Its place among all hits, from 1.
    pub place: f64,
}

/// Something that may be typed.
#[derive(Clone, PartialEq, Serialize, Deserialize, Debug)]
pub struct SearchHint {
    /// The whole text with it.
    pub text: String,
    /// Where the cursor stands then, in UTF-16 units.
    pub cursor: u32,
    /// The part that is new.
    pub label: String,
    /// What it means, if that is not plain.
    pub help: String,
}

/// What a selection has in common with others.
#[derive(Clone, PartialEq, Serialize, Deserialize, Debug)]
pub struct SameAs {
    /// What it is, e.g. "goroutine".
    pub what: String,
    /// The query that finds the others.
    pub query: String,
}
