//! The sweep over a trace's tables, in turns that can be left.

use tracepane_model::{GoroutineIndex, Trace};

use super::bits::Bits;
use super::hits::{Hits, MAX_HITS};
use super::kinds::Kind;
use super::leaf::Node;
use super::plan::Plan;
use super::query::Query;
use super::settled_sweep::SettledSweep;
use super::span_sweep::SpanSweep;
use super::thing::Thing;
use crate::scope::TimeRange;

/// How many rows are looked at between two looks at the clock.
const STEP: usize = 16_384;

/// The sweep over the spans: the quicker one, if it can answer.
#[derive(Debug)]
enum Spans {
    Settled(SettledSweep),
    Each(SpanSweep),
}

impl Spans {
    fn new(trace: &Trace, node: &Node, within: Option<TimeRange>) -> Self {
        match SettledSweep::new(trace, node) {
            Some(sweep) => Self::Settled(sweep),
            None => Self::Each(SpanSweep::new(trace, node, within)),
        }
    }

    fn is_done(&self) -> bool {
        match self {
            Self::Settled(sweep) => sweep.is_done(),
            Self::Each(sweep) => sweep.is_done(),
        }
    }

    fn step(&mut self, trace: &Trace, node: &Node) {
        match self {
            Self::Settled(sweep) => sweep.step(trace, node),
            Self::Each(sweep) => sweep.step(trace, node),
        }
    }

    fn into_found(self) -> Bits {
        match self {
            Self::Settled(sweep) => sweep.into_found(),
            Self::Each(sweep) => sweep.into_found(),
        }
    }
}

/// A search at work. It is prepared for one trace, and must be stepped with that one.
#[derive(Debug)]
pub struct Search {
    plan: Plan,
    spans: Spans,
    /// The kinds that come after the spans, and the next row of the first of them.
    kind: usize,
    next: usize,
    rows: [Vec<u32>; Kind::COUNT],
    counts: [u64; Kind::COUNT],
}

impl Search {
    /// Prepares a query. Only what has time in common with `within` is found, if that is given.
    pub fn new(trace: &Trace, query: &Query, within: Option<TimeRange>) -> Self {
        let plan = Plan::new(trace, query, within);
        Self {
            spans: Spans::new(trace, plan.of(Kind::Span), within),
            plan,
            kind: 1,
            next: 0,
            rows: Default::default(),
            counts: [0; Kind::COUNT],
        }
    }

    /// Goes on until all is seen, or until it is `late`; whether all is seen.
    pub fn step(&mut self, trace: &Trace, late: &mut dyn FnMut() -> bool) -> bool {
        let node = self.plan.of(Kind::Span);
        while !self.spans.is_done() {
            self.spans.step(trace, node);
            if !self.spans.is_done() && late() {
                return false;
            }
        }
        while let Some(&kind) = Kind::ALL.get(self.kind) {
            if self.others(trace, kind) {
                self.kind += 1;
                self.next = 0;
            }
            if self.kind < Kind::COUNT && late() {
                return false;
            }
        }
        true
    }

    /// What was found so far; all of it once [`Self::step`] has said so.
    pub fn into_hits(self, trace: &Trace) -> Hits {
        Hits::new(trace, self.spans.into_found(), self.rows, self.counts)
    }

    /// Some rows of a table other than the spans'; whether they were the last.
    fn others(&mut self, trace: &Trace, kind: Kind) -> bool {
        let node = self.plan.of(kind);
        if matches!(node, Node::Always(false)) {
            return true;
        }
        let len = match kind {
            Kind::Span => 0,
            Kind::Range => trace.ranges.rows.len(),
            Kind::Region => trace.regions.len(),
            Kind::Task => trace.tasks.len(),
            Kind::Log => trace.logs.len(),
            Kind::Goroutine => trace.goroutines.len(),
            Kind::Sample => trace.samples.len(),
        };
        let end = (self.next + STEP).min(len);
        for row in self.next..end {
            if let Some(thing) = thing(trace, kind, row)
                && node.holds(&thing)
            {
                self.counts[kind as usize] += 1;
                let rows = &mut self.rows[kind as usize];
                if rows.len() < MAX_HITS {
                    rows.push(row as u32);
                }
            }
        }
        self.next = end;
        end == len
    }
}

/// A row of a table other than the spans'; `None` for what is not shown.
pub(super) fn thing(trace: &Trace, kind: Kind, row: usize) -> Option<Thing> {
    Some(match kind {
        Kind::Span => return None,
        Kind::Range => Thing::range(&trace.ranges.rows.get(row)?),
        Kind::Region => Thing::region(trace, &trace.regions.get(row)?),
        Kind::Task => {
            let task = trace.tasks.get(row)?;
            if crate::tasks::is_background(task) {
                return None;
            }
            Thing::task(trace, task)
        }
        Kind::Log => Thing::log(&trace.logs.get(row)?),
        Kind::Goroutine => {
            let goroutine = GoroutineIndex(row as u32);
            // One that the trace only mentions has no lane.
            if trace.goroutines.spans(goroutine).is_empty() {
                return None;
            }
            Thing::life(trace, goroutine)
        }
        Kind::Sample => Thing::sample(&trace.samples.get(row)?),
    })
}
