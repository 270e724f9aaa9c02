//! A goroutine's page.

use serde::{Deserialize, Serialize};

use super::{Fact, Selection, StackText};

/// A goroutine's page.
#[derive(Clone, PartialEq, Serialize, Deserialize, Debug)]
pub struct GoroutinePage {
    /// Its index.
    pub index: u32,
    /// Its number and function.
    pub title: String,
    /// Its life, ns.
    pub time: (f64, f64),
    /// What it did from the beginning to the end of its life.
    pub strip: Vec<Stretch>,
    /// What is known: creation, creator, end, label.
    pub facts: Vec<Fact>,
    /// How its time divides: state key, label, text, share of its life.
    pub times: Vec<TimeShare>,
    /// Times of GC work and stops that overlap the above.
    pub ranges: Vec<Fact>,
    /// Where it was created, and what with.
    pub stacks: Vec<StackText>,
    /// Its group's name.
    pub group: String,
    /// The first of its spans to select.
    pub first_span: Option<Selection>,
}

/// A part of a goroutine's life in which every column of its picture looks the same.
#[derive(Clone, PartialEq, Serialize, Deserialize, Debug)]
pub struct Stretch {
    /// How many columns there are.
    pub columns: u32,
    /// What it did in each: state key, share of the column, 0 to 1; from the bottom.
    pub shares: Vec<(String, f64)>,
}

/// A part of a goroutine's time.
#[derive(Clone, PartialEq, Serialize, Deserialize, Debug)]
pub struct TimeShare {
    /// The key of the state, for its colour.
    pub state: String,
    /// In words.
    pub label: String,
    /// The time in fitting units.
    pub value: String,
    /// Exact ns.
    pub exact: String,
    /// Share of its life, 0 to 1.
    pub share: f64,
}
