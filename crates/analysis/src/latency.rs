//! Scheduling latency: how long goroutines that could run had to wait until they did.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use tracepane_model::sorting::sort_by_numbers;
use tracepane_model::{
    Cause, GoroutineIndex, GroupIndex, Nanos, ProcIndex, SpanIndex, SpanKind, SpanPiece, Trace,
};

use crate::changes::{Change, Changes, EndedWait, waits_for_proc};
use crate::gc_work::running_on;
use crate::histogram::Histogram;
use crate::scope::Scope;
use crate::stopped::Stopped;
use crate::sum;
use crate::time_histogram::{Splits, TimeHistogram};

/// How many of the worst cases are kept.
pub const WORST: usize = 1000;

/// Numbers of a distribution.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Distribution {
    /// How many.
    pub count: u64,
    /// How long in all.
    pub total: Nanos,
    /// Half are at most so long; this and the next three at most 1.6 % too large.
    pub p50: Nanos,
    /// 90 of a hundred are at most so long.
    pub p90: Nanos,
    /// 99 of a hundred are at most so long.
    pub p99: Nanos,
    /// 999 of a thousand are at most so long.
    pub p999: Nanos,
    /// The longest.
    pub longest: Nanos,
}

impl Distribution {
    /// The mean; 0 of nothing.
    pub fn mean(&self) -> Nanos {
        Nanos(self.total.0.checked_div(self.count as i64).unwrap_or(0))
    }

    pub(crate) fn of(histogram: &Histogram, total: Nanos) -> Self {
        let quantile = |part| Nanos(histogram.quantile(part));
        Self {
            count: histogram.count(),
            total,
            p50: quantile(0.5),
            p90: quantile(0.9),
            p99: quantile(0.99),
            p999: quantile(0.999),
            longest: Nanos(histogram.longest()),
        }
    }
}

/// The latencies of a group of goroutines.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LatencyGroup {
    /// Which.
    pub group: GroupIndex,
    /// How they are distributed.
    pub latency: Distribution,
    /// The span of the longest: see [`Latency::span`].
    pub worst: SpanIndex,
}

/// One case.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Latency {
    /// The Runnable span.
    pub span: SpanIndex,
    /// Whose.
    pub goroutine: GoroutineIndex,
    /// Since when it could run.
    pub start: Nanos,
    /// How long it had to wait.
    pub length: Nanos,
    /// Who woke or created it, if that is known.
    pub woken_by: Option<GoroutineIndex>,
    /// The span in which it ran then.
    pub ran: SpanIndex,
    /// Where it ran then.
    pub proc: Option<ProcIndex>,
}

/// The latencies of a scope.
#[derive(Clone, PartialEq, Debug)]
pub struct Latencies {
    /// All together.
    pub all: Distribution,
    /// All together, for people.
    pub histogram: TimeHistogram,
    /// By group, most time first.
    pub groups: Vec<LatencyGroup>,
    /// The worst cases, at most [`WORST`], worst first.
    pub worst: Vec<Latency>,
    /// How many goroutines were still waiting when the trace ended, and how long the longest was by then. They are not
    /// counted.
    pub unfinished: u64,
    /// See [`Self::unfinished`].
    pub longest_unfinished: Nanos,
}

/// Collects the latencies of the scope's goroutines that ended within its part of time, in one pass.
///
/// A latency is a span in which a goroutine could run, from being woken, created or preempted until it runs. Those that
/// were going on when the trace began do not count: nobody knows how long they took.
pub fn latencies(trace: &Trace, scope: &Scope) -> Latencies {
    let mut pass = Pass::new(trace, scope);
    if let Some(members) = scope.few(trace) {
        let waiting: Vec<_> = (members.into_iter())
            .filter_map(|goroutine| pass.goroutine(goroutine))
            .collect();
        return pass.finish(waiting);
    }
    let stopped = Stopped::default();
    let mut changes = Changes::new(trace, scope.window(trace), &stopped);
    changes.for_each_piece(|piece, changes| pass.piece(piece, changes.waits()));
    changes.for_each_piece_at_end(|piece, changes| pass.piece(piece, changes.waits()));
    pass.finish(changes.waiting())
}

/// What is known of a group.
#[derive(Clone, Default)]
struct Group {
    histogram: Histogram,
    /// Together their time. More than one, so that no wait has to wait until the one before it is added.
    totals: [i64; TOTALS],
    worst: u32,
}

const TOTALS: usize = 4;

/// The pass at work: rows are given to it piece by piece.
pub(crate) struct Pass<'a> {
    trace: &'a Trace,
    scope: Scope,
    /// By goroutine; the largest number for those outside the scope.
    groups_of: Vec<u32>,
    groups: Vec<Group>,
    bars: Splits,
    /// The shortest of the worst first; of equal ones the later one.
    worst: BinaryHeap<Reverse<(i64, Reverse<u32>, u32)>>,
    /// Once they are [`WORST`], only longer ones than this are kept.
    least: i64,
}

impl<'a> Pass<'a> {
    /// Before any row.
    pub(crate) fn new(trace: &'a Trace, scope: &Scope) -> Self {
        let groups_of = (0..trace.goroutines.len() as u32)
            .map(|i| {
                let goroutine = GoroutineIndex(i);
                match scope.has(trace, goroutine) {
                    true => trace.goroutines.row(goroutine).group.0,
                    false => u32::MAX,
                }
            })
            .collect();
        Self {
            trace,
            scope: *scope,
            groups_of,
            groups: vec![Group::default(); trace.goroutines.groups.len()],
            bars: Splits::new(),
            worst: BinaryHeap::with_capacity(WORST + 1),
            least: i64::MIN,
        }
    }

    /// All spans of a goroutine; the goroutine and since when it waits, if it still does at the end.
    fn goroutine(&mut self, goroutine: GoroutineIndex) -> Option<(GoroutineIndex, i64)> {
        let spans = &self.trace.spans;
        let (mut before, mut since) = (SpanKind::default(), 0);
        let mut last = SpanIndex(0);
        for &span in self.trace.goroutines.spans(goroutine) {
            let span = SpanIndex(span);
            let (kind, start) = (spans.kind(span), spans.start(span));
            let change = Change::between(before, kind);
            if change.ends_wait() && self.scope.time.is_none_or(|time| time.contains(start)) {
                self.add(goroutine, start.0.wrapping_sub(since), last, span);
            }
            (before, since, last) = (kind, start.0, span);
        }
        waits_for_proc(before).then_some((goroutine, since))
    }

    /// The waits that ended in a piece of the scope's part of time, or when the trace ends. Called for each piece, so
    /// that a browser compiles it well while the pass goes on.
    #[inline(never)]
    pub(crate) fn piece(&mut self, piece: &SpanPiece, waits: &[EndedWait]) {
        // Rows that begin when the trace ends may lie outside.
        let last = piece.last_start().map(Nanos);
        let time = self.scope.time;
        if time.is_some_and(|time| last.is_some_and(|last| last >= time.end)) {
            return;
        }
        for wait in waits {
            let goroutine = GoroutineIndex(piece.goroutines()[wait.place()]);
            let ran = SpanIndex(piece.first().0.wrapping_add(wait.place() as u32));
            self.add(goroutine, wait.nanos, wait.span(), ran);
        }
    }

    /// A wait that is over.
    #[inline(always)]
    fn add(&mut self, goroutine: GoroutineIndex, nanos: i64, span: SpanIndex, ran: SpanIndex) {
        let group = self.groups_of.get(goroutine.0 as usize);
        let Some(group) = group.and_then(|&group| self.groups.get_mut(group as usize)) else {
            return;
        };
        // Rows stand in time order.
        let nanos = nanos.max(0);
        if nanos > group.histogram.longest() || group.histogram.is_empty() {
            group.worst = span.0;
        }
        let bucket = group.histogram.add(nanos);
        self.bars.add(nanos, bucket);
        sum::grow(&mut group.totals[ran.0 as usize % TOTALS], nanos);
        if nanos > self.least {
            self.keep(nanos, span.0, ran);
        }
    }

    /// One of the worst, so far.
    #[cold]
    fn keep(&mut self, nanos: i64, span: u32, ran: SpanIndex) {
        self.worst.push(Reverse((nanos, Reverse(span), ran.0)));
        if self.worst.len() > WORST {
            self.worst.pop();
        }
        if self.worst.len() == WORST {
            self.least = self.worst.peek().map_or(i64::MIN, |worst| worst.0.0);
        }
    }

    /// After the last row. Who still waits then, and since when, ns.
    pub(crate) fn finish(
        self,
        waiting: impl IntoIterator<Item = (GoroutineIndex, i64)>,
    ) -> Latencies {
        let Self { trace, scope, .. } = self;
        let mut all = Histogram::default();
        let mut total = Nanos(0);
        let mut groups = Vec::new();
        for (i, group) in self.groups.iter().enumerate() {
            if group.histogram.is_empty() {
                continue;
            }
            all.merge(&group.histogram);
            let group_total = sum::all(group.totals.map(Nanos));
            sum::add(&mut total, group_total.0);
            groups.push(LatencyGroup {
                group: GroupIndex(i as u32),
                latency: Distribution::of(&group.histogram, group_total),
                worst: SpanIndex(group.worst),
            });
        }
        sort_by_numbers(&mut groups, |group| {
            [!group.latency.total.0, group.group.0.into()]
        });
        let window = scope.window(trace);
        let mut unfinished = (0, 0);
        if window.end >= trace.end {
            for (goroutine, since) in waiting {
                if scope.has(trace, goroutine) {
                    unfinished.0 += 1;
                    unfinished.1 = unfinished.1.max(trace.end.0.saturating_sub(since));
                }
            }
        }
        let worst = self.worst.into_sorted_vec();
        Latencies {
            all: Distribution::of(&all, total),
            histogram: self.bars.finish(&all),
            groups,
            worst: worst
                .into_iter()
                .map(|Reverse((nanos, Reverse(span), ran))| case(trace, nanos, span, ran))
                .collect(),
            unfinished: unfinished.0,
            longest_unfinished: Nanos(unfinished.1),
        }
    }
}

fn case(trace: &Trace, nanos: i64, span: u32, ran: u32) -> Latency {
    let (span, ran) = (SpanIndex(span), SpanIndex(ran));
    Latency {
        span,
        goroutine: trace.spans.goroutine(span),
        start: trace.spans.start(span),
        length: Nanos(nanos),
        woken_by: match trace.spans.cause(span) {
            Cause::Goroutine(by) => Some(by),
            Cause::None | Cause::Placement(_) => None,
        },
        ran,
        proc: running_on(trace, ran),
    }
}

#[cfg(test)]
mod tests;
