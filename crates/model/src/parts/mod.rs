//! A trace in parts that are read at the same time, each by itself, and joined in order to the very [`crate::Trace`]
//! that reading it from first to last gives.
//!
//! Each generation of format v2 says anew how everything stands before it goes on, so any run of generations can be
//! read alone ([`PartReader`] → [`Part`]). What a part cannot know of the time before, it takes for granted or leaves
//! open; the [`Merger`] knows, and checks or settles it ([`crate::build::seam`] and [`tracepane_wire::seam`] say what
//! there is). Whatever is odd (a slip, a loss, a state that contradicts the one before) makes the merger give up, and
//! the trace is read in order: a part is never joined to what it does not fit.

mod merge;
#[cfg(not(target_arch = "wasm32"))]
mod parallel;
mod part;
mod pieces;
mod sketch;

use std::fmt;
use std::ops::Range;

use tracepane_wire::{Index, IndexedGeneration};

pub use merge::{Merger, Renaming, SpanSource};
#[cfg(not(target_arch = "wasm32"))]
pub use parallel::load_parallel;
pub(crate) use part::PartSink;
pub use part::{Part, PartReader};
pub use pieces::{BadPieces, Pieces, SentPart, SentSpans, TableBytes};

/// Why parts could not be joined: the trace must be read in order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unsound(pub(crate) String);

impl Unsound {
    pub(crate) fn new(why: impl Into<String>) -> Self {
        Self(why.into())
    }
}

impl fmt::Display for Unsound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Unsound {}

/// Cuts a trace into runs of generations of at most `most_bytes` (or a single one each); `None` if it must be read in
/// order: it is of format v1, has one generation, or its end is damaged.
pub fn plan(index: &Index, most_bytes: u64) -> Option<Vec<Range<usize>>> {
    let generations = &index.generations;
    let sound = index.fault.is_none() && generations.iter().all(|generation| generation.whole);
    if index.format.is_v1() || generations.len() < 2 || !sound {
        return None;
    }
    Some(cut(generations, most_bytes))
}

/// The parts that [`plan`] will begin with, whatever is found behind the generations of an unfinished index
/// ([`tracepane_wire::Indexer`]).
pub fn plan_so_far(index: &Index, most_bytes: u64) -> Vec<Range<usize>> {
    // Of the last one only the beginning is known.
    let whole = index.generations.len().saturating_sub(1);
    let generations = &index.generations[..whole];
    if index.format.is_v1() || !generations.iter().all(|generation| generation.whole) {
        return Vec::new();
    }
    let mut parts = cut(generations, most_bytes);
    let bytes = |part: &Range<usize>| -> u64 {
        let generations = generations[part.clone()].iter();
        generations.map(|generation| generation.bytes).sum()
    };
    // Another one may fit into it.
    if parts.last().is_some_and(|last| bytes(last) < most_bytes) {
        parts.pop();
    }
    parts
}

fn cut(generations: &[IndexedGeneration], most_bytes: u64) -> Vec<Range<usize>> {
    let mut parts: Vec<Range<usize>> = Vec::new();
    let mut bytes = 0;
    for (i, generation) in generations.iter().enumerate() {
        match parts.last_mut() {
            Some(last) if bytes + generation.bytes <= most_bytes => last.end = i + 1,
            _ => {
                parts.push(i..i + 1);
                bytes = 0;
            }
        }
        bytes += generation.bytes;
    }
    parts
}

#[cfg(test)]
mod tests {
    use tracepane_testkit::mutate::Random;
    use tracepane_wire::Format;

    use super::*;

    #[test]
    fn a_plan_begins_as_it_was_said_before_all_was_known() {
        for seed in 0..500 {
            let mut random = Random::new(seed);
            let count = 1 + random.below(12);
            let generations = (0..count as u64).map(|i| IndexedGeneration {
                number: i + 1,
                offset: i,
                bytes: 1 + random.below(30) as u64,
                batches: 1,
                min_time: i,
                whole: true,
            });
            let index = Index {
                format: Format::new(26).expect("a format"),
                generations: generations.collect(),
                fault: None,
            };
            let most = random.below(60) as u64;
            let plan = plan(&index, most).unwrap_or_default();
            let mut said = 0;
            for known in 2..=count {
                let mut so_far = index.clone();
                so_far.generations.truncate(known);
                so_far.generations[known - 1].whole = false;
                so_far.generations[known - 1].bytes = 1;
                let parts = plan_so_far(&so_far, most);
                assert!(
                    plan.starts_with(&parts),
                    "seed {seed}: {parts:?} of {plan:?}"
                );
                assert!(parts.len() >= said);
                said = parts.len();
            }
            assert!(count < 3 || most > 0 || said == count - 1);
        }
    }
}
