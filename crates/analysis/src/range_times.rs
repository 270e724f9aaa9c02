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
    let window = scope.time.unwrap_or(TimeRange::ALL);
    let mut sums: FxHashMap<(GoroutineIndex, RangeKind), Nanos> = FxHashMap::default();
    let has = |goroutine| scope.has(trace, goroutine);
    for stretch in stretches(trace, has, completeness) {
        if stretch.lost.is_none() {
            let key = (stretch.goroutine, stretch.kind);
            let nanos = window.overlap(stretch.start, stretch.end);
            sum::add(sums.entry(key).or_default(), nanos);
        }
    }
    let mut rows: Vec<_> = sums
        .into_iter()
        .filter(|&(_, nanos)| nanos.0 != 0)
        .map(|((goroutine, kind), nanos)| (goroutine, kind, nanos))
        .collect();
    rows.sort_unstable_by_key(|&(goroutine, kind, _)| (goroutine, order(kind)));
    rows
}

/// When a goroutine was in a range.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stretch {
    /// Whose time it is.
    pub(crate) goroutine: GoroutineIndex,
    /// What it was in.
    pub(crate) kind: RangeKind,
    /// Since when.
    pub(crate) start: Nanos,
    /// Until when.
    pub(crate) end: Nanos,
    /// `go tool trace` counts it only when asked before this moment: it never saw an end that it accepts, and then
    /// the next such range began.
    pub(crate) lost: Option<Nanos>,
}

/// The time in ranges of the goroutines that `has` names, in order of the ranges' beginnings.
pub(crate) fn stretches(
    trace: &Trace,
    has: impl Fn(GoroutineIndex) -> bool,
    completeness: Completeness,
) -> Vec<Stretch> {
    let as_go = completeness == Completeness::AsGoToolTrace;
    let mut all: Vec<Stretch> = Vec::new();
    // The places in `all` of those whose end did not count.
    let mut open: FxHashMap<(GoroutineIndex, RangeKind), usize> = FxHashMap::default();
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
            .filter(|_| has(goroutine))
        else {
            continue;
        };
        if as_go && range.start < row.created || !as_go && !closed && range.end_seen {
            continue;
        }
        let mut end = range.end;
        if as_go {
            let key = (goroutine, range.kind);
            if let Some(place) = open.remove(&key) {
                all[place].lost = Some(range.start);
            }
            if !closed {
                open.insert(key, all.len());
                end = row.ended.unwrap_or(trace.end);
            }
        }
        all.push(Stretch {
            goroutine,
            kind: range.kind,
            start: range.start,
            end,
            lost: None,
        });
    }
    all
}

/// Range kinds in a fixed order.
pub(crate) fn order(kind: RangeKind) -> [i64; 2] {
    match kind {
        RangeKind::GcMark => [0, 0],
        RangeKind::GcMarkAssist => [1, 0],
        RangeKind::GcSweep => [2, 0],
        RangeKind::StopTheWorld(what) => [3, what.0.into()],
    }
}

/// One goroutine's time in ranges, moment by moment.
pub(crate) struct RangeClock<'a> {
    /// Those that have not begun yet, in order of their beginnings.
    next: &'a [Stretch],
    /// Those that have begun and are not over.
    open: Vec<Stretch>,
    /// What is over.
    done: Vec<(RangeKind, Nanos)>,
}

impl<'a> RangeClock<'a> {
    /// `stretches`: one goroutine's, in order of their beginnings.
    pub(crate) fn new(stretches: &'a [Stretch]) -> Self {
        Self {
            next: stretches,
            open: Vec::new(),
            done: Vec::new(),
        }
    }

    /// The time in ranges up to `now`, which does not go back; appended to `ranges_now`, each kind once. Returns how
    /// many ranges were looked at.
    pub(crate) fn read(&mut self, now: Nanos, ranges_now: &mut Vec<(RangeKind, Nanos)>) -> usize {
        while let Some((first, rest)) = self.next.split_first()
            && first.start <= now
        {
            self.open.push(*first);
            self.next = rest;
        }
        let looked_at = self.open.len() + self.done.len();
        let done = &mut self.done;
        self.open.retain(|stretch| {
            let is_lost = stretch.lost.is_some_and(|lost| lost <= now);
            let is_over = stretch.lost.is_none() && stretch.end <= now;
            if is_over {
                add(done, stretch.kind, length(stretch, stretch.end));
            }
            !is_lost && !is_over
        });
        let first = ranges_now.len();
        ranges_now.extend_from_slice(&self.done);
        for stretch in &self.open {
            let until = now.min(stretch.end);
            add_from(ranges_now, first, stretch.kind, length(stretch, until));
        }
        looked_at
    }
}

fn length(stretch: &Stretch, until: Nanos) -> i64 {
    until.0.saturating_sub(stretch.start.0).max(0)
}

fn add(sums: &mut Vec<(RangeKind, Nanos)>, kind: RangeKind, nanos: i64) {
    add_from(sums, 0, kind, nanos);
}

fn add_from(sums: &mut Vec<(RangeKind, Nanos)>, first: usize, kind: RangeKind, nanos: i64) {
    match sums[first..].iter_mut().find(|(known, _)| *known == kind) {
        Some((_, sum)) => sum::add(sum, nanos),
        None => sums.push((kind, Nanos(nanos))),
    }
}
