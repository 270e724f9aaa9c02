//! Where the goroutines' time went: each goroutine's times, in one pass over the spans.
//!
//! The rules are those of `internal/trace/summary.go`. With [`Completeness::AsGoToolTrace`] the numbers are its own to
//! the nanosecond; with [`Completeness::Complete`] they are right where its are not: see [`goroutine_times`].

use tracepane_model::{GoroutineIndex, Nanos, RangeKind, ReasonId, SpanIndex, SpanPiece, Trace};

use crate::clock::{Clock, Rules, Waits};
use crate::names;
use crate::pieces::{for_each_piece, rows_of};
use crate::profiles::Completeness;
use crate::range_times::range_times;
use crate::scope::{GoroutineScope, Scope, TimeRange};
use crate::statistics::Parts;
use crate::sum;
use crate::time_sums::TimeSums;

/// Where time went. The parts do not overlap.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Times {
    /// From creation (or the trace's beginning) to the end (or the trace's).
    pub total: Nanos,
    /// Running.
    pub running: Nanos,
    /// Ready to run, waiting for a proc.
    pub runnable: Nanos,
    /// Blocked, for whatever reason.
    pub waiting: Nanos,
    /// In system calls, on a proc.
    pub syscall: Nanos,
    /// In system calls that had lost their proc.
    pub syscall_blocked: Nanos,
}

impl Times {
    /// What of the total the rest does not account for (`GoroutineExecStats.UnknownTime`).
    pub fn unknown(&self) -> Nanos {
        Nanos(self.total.0.saturating_sub(self.known().0).max(0))
    }

    /// What the parts add up to.
    fn known(&self) -> Nanos {
        sum::all([
            self.running,
            self.runnable,
            self.waiting,
            self.syscall,
            self.syscall_blocked,
        ])
    }

    /// These with what their parts add up to as the total.
    pub(crate) fn with_known_total(self) -> Self {
        Self {
            total: self.known(),
            ..self
        }
    }

    /// What these have more than `before`.
    pub(crate) fn since(&self, before: &Self) -> Self {
        let less = |now: Nanos, before: Nanos| Nanos(now.0.saturating_sub(before.0));
        Self {
            total: less(self.total, before.total),
            running: less(self.running, before.running),
            runnable: less(self.runnable, before.runnable),
            waiting: less(self.waiting, before.waiting),
            syscall: less(self.syscall, before.syscall),
            syscall_blocked: less(self.syscall_blocked, before.syscall_blocked),
        }
    }

    /// Adds another's times.
    pub fn add(&mut self, other: &Self) {
        sum::add(&mut self.total, other.total.0);
        sum::add(&mut self.running, other.running.0);
        sum::add(&mut self.runnable, other.runnable.0);
        sum::add(&mut self.waiting, other.waiting.0);
        sum::add(&mut self.syscall, other.syscall.0);
        sum::add(&mut self.syscall_blocked, other.syscall_blocked.0);
    }
}

/// The times of all goroutines.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct GoroutineTimes {
    /// What they were asked of.
    pub scope: Scope,
    rows: Vec<Times>,
    waits: Vec<(ReasonId, Nanos)>,
    wait_starts: Vec<u32>,
    ranges: Vec<(RangeKind, Nanos)>,
    range_starts: Vec<u32>,
}

impl GoroutineTimes {
    /// A goroutine's times; all 0 for one outside the scope.
    pub fn times(&self, goroutine: GoroutineIndex) -> Times {
        self.rows
            .get(goroutine.0 as usize)
            .copied()
            .unwrap_or_default()
    }

    /// Whether a goroutine lived in the part of time that was asked about; all do if that is all of it.
    pub fn lived(&self, goroutine: GoroutineIndex) -> bool {
        self.scope.time.is_none() || self.times(goroutine).total.0 > 0
    }

    /// A goroutine's waiting time by reason, without zeros, sorted by reason.
    pub fn waits(&self, goroutine: GoroutineIndex) -> &[(ReasonId, Nanos)] {
        part(&self.waits, &self.wait_starts, goroutine)
    }

    /// How long a goroutine was in GC assists, sweeps and stop-the-world pauses of its own making, without zeros.
    /// These overlap with the times: they are wall time from begin to end.
    pub fn ranges(&self, goroutine: GoroutineIndex) -> &[(RangeKind, Nanos)] {
        part(&self.ranges, &self.range_starts, goroutine)
    }

    /// `ranges` are sorted by goroutine.
    fn put_ranges(&mut self, ranges: Vec<(GoroutineIndex, RangeKind, Nanos)>) {
        let mut place = 0;
        for goroutine in 0..=self.rows.len() as u32 {
            while ranges.get(place).is_some_and(|range| range.0.0 < goroutine) {
                place += 1;
            }
            self.range_starts.push(place as u32);
        }
        let ranges = ranges.into_iter().map(|(_, kind, nanos)| (kind, nanos));
        self.ranges = ranges.collect();
    }

    /// All that is known of a goroutine's times.
    pub fn parts(&self, goroutine: GoroutineIndex) -> Parts<'_> {
        Parts {
            times: self.times(goroutine),
            waits: self.waits(goroutine),
            ranges: self.ranges(goroutine),
        }
    }

    /// The statistics as `go tool trace` names and counts them (`NonOverlappingStats` and `RangeTime`), zeros left
    /// out; meant for a [`Completeness::AsGoToolTrace`] table.
    pub fn go_stats(&self, trace: &Trace, goroutine: GoroutineIndex) -> Vec<(String, Nanos)> {
        let times = self.times(goroutine);
        let mut stats: Vec<(String, Nanos)> = [
            ("Execution time", times.running),
            ("Sched wait time", times.runnable),
            ("Syscall execution time", times.syscall),
            ("Block time (syscall)", times.syscall_blocked),
            ("Unknown time", times.unknown()),
        ]
        .map(|(name, nanos)| (name.to_owned(), nanos))
        .to_vec();
        for &(reason, nanos) in self.waits(goroutine) {
            let reason = names::reason(trace, reason);
            stats.push((format!("Block time ({reason})"), nanos));
        }
        for &(kind, nanos) in self.ranges(goroutine) {
            stats.push((names::range(trace, kind), nanos));
        }
        stats.retain(|(_, nanos)| nanos.0 != 0);
        stats
    }
}

/// Computes the times of the scope's goroutines, in one pass.
///
/// [`Completeness::AsGoToolTrace`] differs from [`Completeness::Complete`] in what it takes over from
/// `internal/trace/summary.go`:
/// - A system call that is still blocked when the trace ends counts in full as system call execution, and its blocked
///   part once more as scheduling wait (`snapshotStat`).
/// - A goroutine that never had a proc in its system call (found so, or created in one) counts as executing it.
/// - A goroutine that blocks for ever ends there; its block is not counted.
/// - Of an id that is used again, only the last life counts.
/// - A state that began at the trace clock's 0, which only format v1 has, does not count (0 means "not in it").
/// - A sweep during which the proc changed its goroutine counts for the first one until its next sweep, or its end.
pub fn goroutine_times(trace: &Trace, scope: &Scope, completeness: Completeness) -> GoroutineTimes {
    let ranges = range_times(trace, scope, completeness);
    if completeness == Completeness::Complete
        && scope.goroutines == GoroutineScope::All
        && let Some(sums) = sums_of(trace, scope.window(trace))
    {
        return from_sums(trace, *scope, &sums, ranges);
    }
    let mut pass = Pass::new(trace, scope, completeness);
    match scope.few(trace) {
        Some(members) => {
            for goroutine in members {
                for &span in trace.goroutines.spans(goroutine) {
                    pass.span(SpanIndex(span), trace.spans.start(SpanIndex(span)));
                }
            }
        }
        None => {
            for (span, start) in trace.spans.iter() {
                pass.span(span, start);
            }
        }
    }
    pass.finish(*scope, ranges)
}

/// The times of all goroutines in a part of time within the trace; `None` if they are too many to be summed up so.
fn sums_of(trace: &Trace, time: TimeRange) -> Option<TimeSums<'_>> {
    let mut sums = TimeSums::new(trace, time)?;
    let (first, end) = rows_of(trace, time);
    for goroutine in 0..trace.goroutines.len() as u32 {
        sums.seed(GoroutineIndex(goroutine), first, end);
    }
    for_each_piece(trace, first, end, |piece| add_piece(&mut sums, piece));
    sums.finish();
    Some(sums)
}

/// Called for each piece, so that a browser compiles it well while the pass goes on.
#[inline(never)]
fn add_piece(sums: &mut TimeSums<'_>, piece: &SpanPiece) {
    for (_, start, goroutine, kind, _) in piece.rows() {
        sums.span(goroutine.0 as usize, kind, start);
    }
}

fn from_sums(
    trace: &Trace,
    scope: Scope,
    sums: &TimeSums<'_>,
    ranges: Vec<(GoroutineIndex, RangeKind, Nanos)>,
) -> GoroutineTimes {
    let goroutines = trace.goroutines.len();
    let mut times = GoroutineTimes {
        scope,
        rows: (0..goroutines).map(|place| sums.times(place)).collect(),
        wait_starts: Vec::with_capacity(goroutines + 1),
        ..GoroutineTimes::default()
    };
    for place in 0..goroutines {
        times.wait_starts.push(times.waits.len() as u32);
        let waits = sums.waits(place).filter(|(_, nanos)| nanos.0 != 0);
        times.waits.extend(waits);
    }
    times.wait_starts.push(times.waits.len() as u32);
    times.put_ranges(ranges);
    times
}

struct Pass<'a> {
    trace: &'a Trace,
    rules: Rules<'a>,
    all: bool,
    scope: Scope,
    clocks: Vec<Clock>,
    waits: Waits,
}

impl<'a> Pass<'a> {
    fn new(trace: &'a Trace, scope: &Scope, completeness: Completeness) -> Self {
        Self {
            trace,
            rules: Rules::new(trace, scope.time, completeness),
            all: *scope == Scope::ALL,
            scope: *scope,
            clocks: vec![Clock::new(); trace.goroutines.len()],
            waits: Waits::default(),
        }
    }

    #[inline]
    fn span(&mut self, span: SpanIndex, start: Nanos) {
        let goroutine = self.trace.spans.goroutine(span);
        if !self.all && !self.scope.has(self.trace, goroutine) {
            return;
        }
        if let Some(clock) = self.clocks.get_mut(goroutine.0 as usize) {
            self.rules.span(clock, &mut self.waits, span, start);
        }
    }

    fn finish(
        mut self,
        scope: Scope,
        ranges: Vec<(GoroutineIndex, RangeKind, Nanos)>,
    ) -> GoroutineTimes {
        for clock in &mut self.clocks {
            self.rules.finish(clock, &mut self.waits);
        }
        let mut waits = Vec::new();
        let mut wait_starts = Vec::with_capacity(self.clocks.len() + 1);
        for clock in &self.clocks {
            let start = waits.len();
            wait_starts.push(start as u32);
            waits.extend(self.waits.of(clock).filter(|(_, nanos)| nanos.0 != 0));
            waits[start..].sort_unstable_by_key(|&(reason, _)| reason);
        }
        wait_starts.push(waits.len() as u32);
        let mut times = GoroutineTimes {
            scope,
            rows: self.clocks.iter().map(|clock| clock.times).collect(),
            waits,
            wait_starts,
            ..GoroutineTimes::default()
        };
        times.put_ranges(ranges);
        times
    }
}

/// A goroutine's part of what stands in order of goroutines.
fn part<'a, T>(all: &'a [T], starts: &[u32], goroutine: GoroutineIndex) -> &'a [T] {
    let i = goroutine.0 as usize;
    match (starts.get(i), starts.get(i + 1)) {
        (Some(&start), Some(&end)) => &all[start as usize..end as usize],
        _ => &[],
    }
}

#[cfg(test)]
mod tests;
