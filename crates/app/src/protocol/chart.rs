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
