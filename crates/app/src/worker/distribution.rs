//! How a statistic is spread over goroutines.

use tracepane_analysis::format;
use tracepane_analysis::statistics::{spread, statistics};
use tracepane_analysis::time_histogram::TimeHistogram;
use tracepane_model::Nanos;

use super::opened::OpenTrace;
use super::tables::{members, statistic};
use super::words::{self, duration_fact, fact};
use crate::protocol::{Distribution, Fact, GoroutinesOf, Histogram, StatisticHead};

/// Answers a question.
///
/// # Errors
/// A sentence, if the trace has no such group or statistic.
pub fn answer(open: &OpenTrace, of: &GoroutinesOf) -> Result<Distribution, String> {
    let (trace, times) = (&open.trace, open.times());
    let members = members(open, of.group.as_deref())?;
    let all = statistics(members.iter().map(|&g| times.parts(g)));
    let chosen = statistic(open, of)?;
    let mut values: Vec<i64> = members
        .iter()
        .map(|&g| chosen.of(times.parts(g)).0)
        .collect();
    let histogram = TimeHistogram::of(values.iter().copied().map(Nanos));
    let most = members.iter().copied().zip(values.iter().copied());
    // Of equal ones the first.
    let most = most.rev().max_by_key(|&(_, nanos)| nanos).map(|(g, _)| g);
    let spread = spread(&mut values);
    let mut facts = vec![
        fact("Goroutines", format::count(spread.count)),
        duration_fact("Sum", spread.sum),
        duration_fact("Least", spread.min),
        duration_fact("Median", spread.p50),
        duration_fact("p90", spread.p90),
        duration_fact("p99", spread.p99),
    ];
    facts.push(Fact {
        link: most.map(|goroutine| words::goroutine_link(trace, goroutine)),
        ..duration_fact("Most", spread.max)
    });
    Ok(Distribution {
        of: of.clone(),
        statistics: all
            .iter()
            .map(|statistic| StatisticHead {
                key: statistic.key(trace),
                title: statistic.title(trace),
            })
            .collect(),
        chosen: chosen.key(trace),
        facts,
        histogram: Histogram::from(&histogram),
    })
}
