//! Goroutines: which ones a table is of, how their times are spread, and one goroutine's page.

use serde::{Deserialize, Serialize};

use super::{Fact, Histogram, Listing, StackText};

/// What a table of groups shows of each statistic.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, Debug)]
pub enum Measure {
    /// All goroutines of the group together.
    #[default]
    Sum,
    /// Half of its goroutines have at most this.
    Median,
    /// Nine in ten of its goroutines have at most this.
    P90,
    /// 99 in 100 of its goroutines have at most this.
    P99,
    /// The goroutine that has most.
    Max,
}

impl Measure {
    /// All, in the order they are shown.
    pub const ALL: [Self; 5] = [Self::Sum, Self::Median, Self::P90, Self::P99, Self::Max];

    /// Its name in addresses.
    pub fn key(self) -> &'static str {
        match self {
            Self::Sum => "sum",
            Self::Median => "median",
            Self::P90 => "p90",
            Self::P99 => "p99",
            Self::Max => "max",
        }
    }

    /// The measure with this key.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|measure| measure.key() == key)
    }
}

/// Which goroutines.
#[derive(Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize, Debug)]
pub struct GoroutinesOf {
    /// The group's name (the start function); all goroutines if `None`.
    pub group: Option<String>,
    /// The statistic that they are looked at by; their whole time if `None`.
    pub by: Option<String>,
    /// Only those with at least so much of it, ns, up to [`LONGEST_FILTER`](super::LONGEST_FILTER).
    pub shortest: Option<u64>,
    /// Only those with at most so much of it, ns, up to [`LONGEST_FILTER`](super::LONGEST_FILTER).
    pub longest: Option<u64>,
}

/// How a statistic is spread over goroutines.
#[derive(Clone, PartialEq, Serialize, Deserialize, Debug)]
pub struct Distribution {
    /// Of which, whatever their filter.
    pub of: GoroutinesOf,
    /// The statistics that can be chosen.
    pub statistics: Vec<StatisticHead>,
    /// The key of the one that this is of.
    pub chosen: String,
    /// Least, quantiles, most.
    pub facts: Vec<Fact>,
    /// How many goroutines have how much of it.
    pub histogram: Histogram,
}

/// A statistic that can be chosen.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Debug)]
pub struct StatisticHead {
    /// Its name in addresses.
    pub key: String,
    /// Its title.
    pub title: String,
}

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
    /// Its place in the group, from 1, and how many goroutines that has.
    pub place: (u32, u32),
    /// The number of the group's goroutine before it.
    pub previous: Option<String>,
    /// The number of the group's goroutine after it.
    pub next: Option<String>,
    /// Where it waited, longest in all first.
    pub waits: Listing,
    /// The tasks it worked for.
    pub tasks: Listing,
    /// Its regions.
    pub regions: Listing,
    /// Its log messages.
    pub logs: Listing,
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
