//! Columns of times, and bars that show how a time divides.

use tracepane_analysis::goroutines::Times;
use tracepane_analysis::statistics::Statistic;
use tracepane_model::{Nanos, ReasonId, Trace};
use tracepane_timeline::class::Classes;

use super::head;
use crate::protocol::{ColumnHead, ColumnKind};
use crate::worker::words;

/// A statistic's column.
pub fn statistic_head(trace: &Trace, statistic: Statistic) -> ColumnHead {
    head(
        &statistic.key(trace),
        &statistic.title(trace),
        ColumnKind::Time,
        statistic.explained(),
    )
}

/// How a time divides, for a small stacked bar: state keys with shares of `whole`.
pub fn bar(
    classes: &Classes,
    times: &Times,
    waits: &[(ReasonId, Nanos)],
    whole: f64,
) -> Vec<(String, f64)> {
    let share = |nanos: Nanos| nanos.0 as f64 / whole.max(1.0);
    let mut parts = vec![
        ("running".to_owned(), share(times.running)),
        ("runnable".to_owned(), share(times.runnable)),
        ("syscall".to_owned(), share(times.syscall)),
        ("syscall-blocked".to_owned(), share(times.syscall_blocked)),
    ];
    for &(reason, nanos) in waits {
        let key = words::class_key(classes.of_wait(reason)).to_owned();
        match parts.iter_mut().find(|(known, _)| *known == key) {
            Some((_, sum)) => *sum += share(nanos),
            None => parts.push((key, share(nanos))),
        }
    }
    parts.retain(|&(_, share)| share > 0.0);
    parts
}
