//! Scheduling latency: how long goroutines that could run had to wait until they did.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use tracepane_model::{
    Cause, GoroutineIndex, GroupIndex, Nanos, ProcIndex, SpanIndex, SpanKind, SpanPiece, SpanState,
    Trace,
};

use crate::gc_work::running_on;
use crate::histogram::Histogram;
use crate::pieces::{for_each_piece, rows_of};
use crate::scope::Scope;
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
        for goroutine in members {
            for &span in trace.goroutines.spans(goroutine) {
                let span = SpanIndex(span);
                let (start, kind) = (trace.spans.start(span).0, trace.spans.kind(span));
                pass.row(span, start, goroutine, kind);
            }
        }
        return pass.finish();
    }
    let (first, end) = rows_of(trace, scope.window(trace));
    pass.begin(first);
    for_each_piece(trace, first, end, |piece| pass.piece(piece));
    pass.finish()
}

/// A goroutine that can run.
#[derive(Clone, Copy)]
pub(crate) struct Waiting {
    /// Since when, ns.
    pub(crate) since: i64,
    /// The Runnable span.
    pub(crate) span: u32,
}

/// Of [`Waiting::span`]: it cannot, or since when is not known.
const NOT: u32 = u32::MAX;
const NOBODY: Waiting = Waiting {
    since: 0,
    span: NOT,
};

impl Waiting {
    /// Whether it can run, and since when is known.
    #[inline(always)]
    pub(crate) fn waits(self) -> bool {
        self.span != NOT
    }

    /// What begins with a row.
    #[inline(always)]
    pub(crate) fn begun(span: SpanIndex, start: i64, kind: SpanKind) -> Self {
        let waits = kind.state() == SpanState::Runnable && !kind.was_going_on();
        Self {
            since: start,
            span: if waits { span.0 } else { NOT },
        }
    }
}

/// Waits for a proc while rows are gone through: from when goroutines can run until they do.
pub(crate) struct Waits {
    /// By goroutine.
    waiting: Vec<Waiting>,
}

impl Waits {
    pub(crate) fn new(goroutines: usize) -> Self {
        Self {
            waiting: vec![NOBODY; goroutines],
        }
    }

    /// One row: the wait that ends with it, if one does.
    #[inline(always)]
    pub(crate) fn row(
        &mut self,
        span: SpanIndex,
        start: i64,
        goroutine: GoroutineIndex,
        kind: SpanKind,
    ) -> Option<Waiting> {
        let waiting = self.waiting.get_mut(goroutine.0 as usize)?;
        let before = std::mem::replace(waiting, Waiting::begun(span, start, kind));
        (before.waits() && kind.state() == SpanState::Running).then_some(before)
    }
}

/// What is known of a group.
#[derive(Clone, Default)]
struct Group {
    histogram: Histogram,
    total: Nanos,
    worst: u32,
}

/// The pass at work: rows are given to it piece by piece.
pub(crate) struct Pass<'a> {
    trace: &'a Trace,
    scope: Scope,
    waits: Waits,
    /// By goroutine; [`NOT`] for those outside the scope.
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
                    false => NOT,
                }
            })
            .collect();
        Self {
            trace,
            scope: *scope,
            waits: Waits::new(trace.goroutines.len()),
            groups_of,
            groups: vec![Group::default(); trace.goroutines.groups.len()],
            bars: Splits::new(),
            worst: BinaryHeap::with_capacity(WORST + 1),
            least: i64::MIN,
        }
    }

    /// `first` is the first row that is given to it.
    pub(crate) fn begin(&mut self, first: SpanIndex) {
        if first.0 > 0 {
            for goroutine in 0..self.trace.goroutines.len() as u32 {
                self.seed(GoroutineIndex(goroutine), first);
            }
        }
    }

    /// What a goroutine was doing before the first row that is looked at.
    fn seed(&mut self, goroutine: GoroutineIndex, first: SpanIndex) {
        let spans = self.trace.goroutines.spans(goroutine);
        let before = spans.partition_point(|&span| span < first.0);
        let Some(&span) = before.checked_sub(1).and_then(|place| spans.get(place)) else {
            return;
        };
        let span = SpanIndex(span);
        let kind = self.trace.spans.kind(span);
        // Most do something else: when they began that is not asked.
        if kind.state() == SpanState::Runnable {
            self.row(span, self.trace.spans.start(span).0, goroutine, kind);
        }
    }

    /// Called for each piece, so that a browser compiles it well while the pass goes on.
    #[inline(never)]
    pub(crate) fn piece(&mut self, piece: &SpanPiece) {
        for (span, start, goroutine, kind, _) in piece.rows() {
            self.row(span, start, goroutine, kind);
        }
    }

    /// One row.
    #[inline(always)]
    pub(crate) fn row(
        &mut self,
        span: SpanIndex,
        start: i64,
        goroutine: GoroutineIndex,
        kind: SpanKind,
    ) {
        if let Some(before) = self.waits.row(span, start, goroutine, kind) {
            self.add(goroutine.0 as usize, before, span, Nanos(start));
        }
    }

    /// By goroutine: who waits.
    pub(crate) fn waiting(&mut self) -> &mut [Waiting] {
        &mut self.waits.waiting
    }

    /// A wait that is over.
    #[inline]
    pub(crate) fn add(&mut self, goroutine: usize, before: Waiting, ran: SpanIndex, now: Nanos) {
        let Some(group) = self.groups.get_mut(self.groups_of[goroutine] as usize) else {
            return;
        };
        if self.scope.time.is_some_and(|time| !time.contains(now)) {
            return;
        }
        // Rows stand in time order.
        let nanos = now.0.wrapping_sub(before.since).max(0);
        if nanos > group.histogram.longest() || group.histogram.is_empty() {
            group.worst = before.span;
        }
        let bucket = group.histogram.add(nanos);
        self.bars.add(nanos, bucket);
        sum::grow(&mut group.total.0, nanos);
        if nanos > self.least {
            self.keep(nanos, before.span, ran);
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

    /// After the last row.
    pub(crate) fn finish(self) -> Latencies {
        let Self { trace, scope, .. } = self;
        let mut all = Histogram::default();
        let mut total = Nanos(0);
        let mut groups = Vec::new();
        for (i, group) in self.groups.iter().enumerate() {
            if group.histogram.is_empty() {
                continue;
            }
            all.merge(&group.histogram);
            sum::add(&mut total, group.total.0);
            groups.push(LatencyGroup {
                group: GroupIndex(i as u32),
                latency: Distribution::of(&group.histogram, group.total),
                worst: SpanIndex(group.worst),
            });
        }
        groups.sort_unstable_by_key(|group| (Reverse(group.latency.total), group.group));
        let window = scope.window(trace);
        let mut unfinished = (0, 0);
        if window.end >= trace.end {
            for (waiting, &group) in self.waits.waiting.iter().zip(&self.groups_of) {
                if waiting.span != NOT && group != NOT {
                    unfinished.0 += 1;
                    unfinished.1 = unfinished.1.max(trace.end.0.saturating_sub(waiting.since));
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
