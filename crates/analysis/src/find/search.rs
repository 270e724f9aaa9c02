//! The sweep over a trace's tables, in turns that can be left.

use tracepane_model::{Cause, GoroutineIndex, SpanIndex, SpanKind, SpanPiece, SpanState, Trace};

use super::bits::Bits;
use super::hits::{Hits, MAX_HITS};
use super::kinds::Kind;
use super::leaf::{Leaf, Node};
use super::plan::Plan;
use super::query::Query;
use super::sets::packed;
use super::thing::{NONE, Thing};
use crate::scope::TimeRange;

/// How many rows are looked at between two looks at the clock.
const STEP: usize = 16_384;

/// A search at work. It is prepared for one trace, and must be stepped with that one.
#[derive(Debug)]
pub struct Search {
    plan: Plan,
    spans: SpanSweep,
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
            spans: SpanSweep::new(trace, plan.of(Kind::Span)),
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
        Hits::new(trace, self.spans.found, self.rows, self.counts)
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

/// Whether a goroutine in this state has a thread.
pub(super) fn runs(state: SpanState) -> bool {
    matches!(
        state,
        SpanState::Running | SpanState::Syscall | SpanState::SyscallBlocked
    )
}

/// A goroutine's span that has not ended yet.
#[derive(Clone, Copy, Debug)]
struct Open {
    start: i64,
    row: u32,
    kind: u16,
    state: SpanState,
    /// Where the goroutine is in the program.
    own: u32,
    other: u32,
}

impl Open {
    const NONE: Self = Self {
        start: 0,
        row: NONE,
        kind: 0,
        state: SpanState::Dead,
        own: 0,
        other: 0,
    };
}

/// What is known of a state and reason.
const UNKNOWN: u8 = 0;
const NEVER: u8 = 1;
const ALWAYS: u8 = 2;
const DEPENDS: u8 = 3;

/// The sweep over the spans in time order: memory is read in the order in which it lies. A span is looked at when its
/// goroutine's next one begins, as its length and the stack at its end are known then.
#[derive(Debug)]
struct SpanSweep {
    next: usize,
    piece: SpanPiece,
    done: bool,
    /// The last span of each goroutine.
    open: Vec<Open>,
    /// By kind, once it was met.
    verdicts: Vec<u8>,
    stacks: bool,
    causes: bool,
    found: Bits,
}

impl SpanSweep {
    fn new(trace: &Trace, node: &Node) -> Self {
        let never = matches!(node, Node::Always(false));
        Self {
            next: 0,
            piece: SpanPiece::default(),
            done: never,
            open: match never {
                true => Vec::new(),
                false => vec![Open::NONE; trace.goroutines.len()],
            },
            verdicts: vec![UNKNOWN; if never { 0 } else { 1 << 16 }],
            stacks: node
                .uses(&|leaf| matches!(leaf, Leaf::Own(_) | Leaf::Begin(_) | Leaf::Other(_))),
            causes: node.uses(&|leaf| matches!(leaf, Leaf::By(_) | Leaf::Placement(_))),
            found: Bits::none(trace.spans.len()),
        }
    }

    fn is_done(&self) -> bool {
        self.done
    }

    fn step(&mut self, trace: &Trace, node: &Node) {
        let spans = &trace.spans;
        let end = (self.next + STEP).min(spans.len());
        let mut piece = std::mem::take(&mut self.piece);
        spans.copy_piece(self.next, end - self.next, &mut piece);
        for (span, start, goroutine, kind, stack) in piece.rows() {
            let Some(&before) = self.open.get(goroutine.0 as usize) else {
                continue;
            };
            let state = kind.state();
            let mut now = Open {
                start,
                row: span.0,
                kind: packed(kind),
                state,
                own: 0,
                other: 0,
            };
            let mut stack_at_end = 0;
            if self.stacks {
                let stack = stack.0;
                let of = stack_owner(kind, before.state);
                if of == Owner::Itself {
                    stack_at_end = stack;
                }
                now.own = match of {
                    Owner::Itself if stack != 0 => stack,
                    // Nothing has moved since.
                    _ if matches!(before.state, SpanState::Dead | SpanState::Running) => 0,
                    _ => before.own,
                };
                if of == Owner::Other {
                    now.other = stack;
                }
            }
            self.ended(trace, node, goroutine.0, before, (start, stack_at_end));
            self.open[goroutine.0 as usize] = now;
        }
        self.piece = piece;
        self.next = end;
        if end == spans.len() {
            for goroutine in 0..self.open.len() {
                let last = self.open[goroutine];
                self.ended(trace, node, goroutine as u32, last, (trace.end.0, 0));
            }
            self.open = Vec::new();
            self.done = true;
        }
    }

    /// A span ended: is it one?
    #[inline]
    fn ended(&mut self, trace: &Trace, node: &Node, goroutine: u32, span: Open, end: (i64, u32)) {
        if span.row == NONE || span.state == SpanState::Dead {
            return;
        }
        let verdict = match self.verdicts[usize::from(span.kind)] {
            UNKNOWN => self.judge(node, span.kind),
            known => known,
        };
        let is = match verdict {
            ALWAYS => true,
            DEPENDS => {
                let (end, stack_at_end) = end;
                let mut thing = Thing {
                    goroutine,
                    kind: span.kind,
                    own: [span.own, stack_at_end],
                    other: span.other,
                    ..Thing::at(span.start, end.max(span.start))
                };
                if self.causes {
                    (thing.by, thing.placement) = cause(trace, span.row, span.state);
                }
                node.holds(&thing)
            }
            _ => false,
        };
        if is {
            self.found.set(span.row);
        }
    }

    #[cold]
    fn judge(&mut self, node: &Node, kind: u16) -> u8 {
        let verdict = match node.holds_for_kind(kind) {
            Some(false) => NEVER,
            Some(true) => ALWAYS,
            None => DEPENDS,
        };
        self.verdicts[usize::from(kind)] = verdict;
        verdict
    }
}

/// Whose the stack of a span's first event is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Owner {
    /// The goroutine's own.
    Itself,
    /// The one's that woke or created it.
    Other,
    /// Nobody's: it came back from a system call.
    Nobody,
}

/// Whose the stack is with which a span of this kind begins, after one in the state `before`
/// (see [`crate::span_details`]).
pub(super) fn stack_owner(kind: SpanKind, before: SpanState) -> Owner {
    let born = before == SpanState::Dead;
    match kind.state() {
        _ if kind.was_going_on() => Owner::Itself,
        SpanState::Waiting if born => Owner::Other,
        SpanState::Runnable if before == SpanState::Running => Owner::Itself,
        SpanState::Runnable if runs(before) => Owner::Nobody,
        SpanState::Runnable => Owner::Other,
        _ => Owner::Itself,
    }
}

/// Who woke or created a goroutine, and where a span ran.
fn cause(trace: &Trace, row: u32, state: SpanState) -> (u32, u32) {
    match trace.spans.cause(SpanIndex(row)) {
        Cause::Goroutine(by) if matches!(state, SpanState::Runnable | SpanState::Waiting) => {
            (by.0, NONE)
        }
        Cause::Placement(placement) if runs(state) => (NONE, placement.0),
        _ => (NONE, NONE),
    }
}
