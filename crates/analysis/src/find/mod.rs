//! Finding: a line of text such as `runnable > 1ms fn:net/http` → everything in a trace that it is about.
//!
//! [`parse`] makes a [`Query`] of the text. [`Search`] prepares it once for a trace (every text, stack and goroutine
//! is looked at once and becomes a bit) and then sweeps over the tables in turns that can be left; the sweep over the
//! spans compares no text and hashes nothing. [`Hits`] are the rows that were found, in time order.

mod bits;
mod describe;
mod hints;
mod hits;
mod kinds;
mod leaf;
mod parse;
mod plan;
mod query;
mod reasons;
mod same;
mod search;
mod sets;
mod settled_sweep;
mod span_sweep;
mod stretches;
#[cfg(test)]
mod tests;
mod thing;

pub use bits::Bits;
pub use hints::{Hint, hints};
pub use hits::{Hit, Hits, MAX_HITS, MAX_LISTED, WalkFrom};
pub use kinds::Kind;
pub use parse::{LONGEST, MAX_TERMS, QueryError, parse};
pub use query::{Expr, Length, Query, States, Term, Text, What};
pub use reasons::Wait;
pub use same::{Same, same};
pub use search::Search;

use tracepane_model::Trace;

use crate::scope::TimeRange;

/// All that a query finds, at once.
pub fn find(trace: &Trace, query: &Query, within: Option<TimeRange>) -> Hits {
    let mut search = Search::new(trace, query, within);
    search.step(trace, &mut || false);
    search.into_hits(trace)
}
