//! How long goroutines were in ranges: GC assists, sweeps, stop-the-world pauses (`RangeTime` of
//! `internal/trace/summary.go`).

use rustc_hash::FxHashMap;
use tracepane_model::{GoroutineIndex, Nanos, RangeKind, RangeScope, Trace};

use crate::profiles::Completeness;
use crate::scope::{Scope, TimeRange};
use crate::sum;

/// A goroutine's time in each kind of range, sorted by goroutine. A sweep, which is bound to a proc, counts for the
/// goroutine that was on the proc from its beginning to its end.
pub(crate) fn range_times(
    trace: &Trace,
    scope: &Scope,
    completeness: Completeness,
) -> Vec<(GoroutineIndex, RangeKind, Nanos)> {
    let as_go = completeness == Completeness::AsGoToolTrace;
    let window = scope.time.unwrap_or(TimeRange::ALL);
    let mut sums: FxHashMap<(GoroutineIndex, RangeKind), Nanos> = FxHashMap::default();
    // Of ranges whose end did not count: since when they are open.
    let mut open: FxHashMap<(GoroutineIndex, RangeKind), Nanos> = FxHashMap::default();
    for range in trace.ranges.rows.iter() {
        let (goroutine, closed) = match range.scope {
            RangeScope::Global => continue,
            RangeScope::Goroutine(goroutine) => (goroutine, range.end_seen),
            RangeScope::Proc(_) => (
                range.began_by,
                range.end_seen && range.ended_by == range.began_by,
            ),
        };
        let Some(row) = goroutine
            .get()
            .and_then(|i| trace.goroutines.rows.get(i))
            .filter(|_| scope.has(trace, goroutine))
        else {
            continue;
        };
        if as_go && range.start < row.created {
            continue;
        }
        let key = (goroutine, range.kind);
        if as_go {
            open.remove(&key);
            if !closed {
                open.insert(key, range.start);
                continue;
            }
        } else if !closed && range.end_seen {
            continue;
        }
        sum::add(
            sums.entry(key).or_default(),
            window.overlap(range.start, range.end),
        );
    }
    for ((goroutine, kind), since) in open {
        let end = trace.goroutines.row(goroutine).ended.unwrap_or(trace.end);
        sum::add(
            sums.entry((goroutine, kind)).or_default(),
            window.overlap(since, end),
        );
    }
    let mut rows: Vec<_> = sums
        .into_iter()
        .filter(|&(_, nanos)| nanos.0 != 0)
        .map(|((goroutine, kind), nanos)| (goroutine, kind, nanos))
        .collect();
    rows.sort_unstable_by_key(|&(goroutine, kind, _)| (goroutine, order(kind)));
    rows
}

/// Range kinds in a fixed order.
pub(crate) fn order(kind: RangeKind) -> (u8, u32) {
    match kind {
        RangeKind::GcMark => (0, 0),
        RangeKind::GcMarkAssist => (1, 0),
        RangeKind::GcSweep => (2, 0),
        RangeKind::StopTheWorld(what) => (3, what.0),
    }
}
