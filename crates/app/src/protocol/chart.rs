//! Pictures of numbers, as values.

use serde::{Deserialize, Serialize};

/// How many things have which value, bar by bar.
#[derive(Clone, PartialEq, Default, Serialize, Deserialize, Debug)]
pub struct Histogram {
    /// The bars, in order, empty ones between full ones included.
    pub bars: Vec<Bar>,
}

/// A bar of a histogram.
#[derive(Clone, PartialEq, Serialize, Deserialize, Debug)]
pub struct Bar {
    /// The smallest value in it, ns.
    pub from: f64,
    /// The largest value in it, ns.
    pub to: f64,
    /// How many things it has.
    pub count: f64,
}

/// Values along an axis, as lines and areas.
#[derive(Clone, PartialEq, Default, Serialize, Deserialize, Debug)]
pub struct Chart {
    /// What lies along it.
    pub along: Along,
    /// Where each point is or begins, ns, ascending.
    pub at: Vec<f64>,
    /// Where the axis ends, ns.
    pub end: f64,
    /// What the values are.
    pub unit: Unit,
    /// What is drawn, lowest first.
    pub series: Vec<Series>,
    /// Stretches of the axis that are marked, ns.
    pub marks: Vec<(f64, f64)>,
}

/// What lies along a chart's axis.
#[derive(Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, Debug)]
pub enum Along {
    /// Time since the trace's start. Values hold from their point to the next.
    #[default]
    Time,
    /// Durations, each ten times as long as the one before. Values are those at their points.
    Durations,
}

/// What a chart's values are.
#[derive(Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, Debug)]
pub enum Unit {
    /// Parts of 1, in percent. The axis goes up to 1.
    #[default]
    Share,
    /// Bytes.
    Bytes,
    /// Numbers of things, or their means.
    Count,
}

/// One line or area.
#[derive(Clone, PartialEq, Default, Serialize, Deserialize, Debug)]
pub struct Series {
    /// The key of its colour.
    pub key: String,
    /// What it is.
    pub title: String,
    /// An area instead of a line. Areas stand one on another.
    pub area: bool,
    /// Its values, one for each point; none where nothing is known.
    pub values: Vec<Option<f64>>,
}
