//! The sweep over the spans in time order: memory is read in the order in which it lies. A span is looked at when its
//! goroutine's next one begins, as its length and the stack at its end are known then.
//!
//! What a query asks of a span's state, reason and goroutine is settled once for each of these that there is; only what
//! is left is tested for each span.

use std::rc::Rc;

use tracepane_model::{
    Cause, GoroutineIndex, Nanos, SpanIndex, SpanKind, SpanPiece, SpanState, StackRef, Trace,
};

use super::bits::Bits;
use super::leaf::{Leaf, Node};
use super::query::Length;
use super::sets::packed;
use super::thing::{NONE, Thing};
use crate::pieces::KindClasses;
use crate::scope::TimeRange;

/// How many rows are looked at between two looks at the clock.
const STEP: usize = SpanPiece::MOST;

/// Of how many sets of goroutines it is settled beforehand which goroutines are in them.
const MOST_SETS: usize = 4;

/// What is left to test is kept for each combination of sets and each kind at most: so many have numbers of 16 bits,
/// whatever reasons a trace makes up.
const MOST_RESTS: usize = (u16::MAX - FIRST_REST) as usize;

/// A goroutine's span that has not ended yet.
#[derive(Clone, Copy, Debug)]
struct Open {
    start: i64,
    row: u32,
    /// Where the goroutine is in the program.
    own: u32,
    other: u32,
    /// What is left to test: [`NEVER`], [`ALWAYS`], or a place in [`SpanSweep::rests`] after [`FIRST_REST`].
    rest: u16,
    state: SpanState,
}

impl Open {
    const NONE: Self = Self {
        start: 0,
        row: NONE,
        own: 0,
        other: 0,
        rest: NEVER,
        state: SpanState::Dead,
    };
}

const UNKNOWN: u16 = 0;
const NEVER: u16 = 1;
const ALWAYS: u16 = 2;
const FIRST_REST: u16 = 3;

/// What is left to test of a span: the usual tests have a place of their own, as all others need a [`Thing`].
#[derive(Debug)]
enum Rest {
    Length(Length),
    Own(Rc<Bits>),
    /// Its own stacks, or the waker's or creator's.
    OwnOrOther(Rc<Bits>, Rc<Bits>),
    By(Rc<Bits>),
    Node(Node),
}

impl From<Node> for Rest {
    fn from(node: Node) -> Self {
        match node {
            Node::Leaf(Leaf::Length(length)) => Self::Length(length),
            Node::Leaf(Leaf::Own(stacks)) => Self::Own(stacks),
            Node::Leaf(Leaf::By(goroutines)) => Self::By(goroutines),
            Node::Or(nodes) => match nodes.as_slice() {
                [Node::Leaf(Leaf::Own(own)), Node::Leaf(Leaf::Other(other))] => {
                    Self::OwnOrOther(Rc::clone(own), Rc::clone(other))
                }
                _ => Self::Node(Node::Or(nodes)),
            },
            node => Self::Node(node),
        }
    }
}

/// In which of the sets of goroutines that a query asks for each goroutine is.
#[derive(Clone, Default, Debug)]
pub(super) struct GoroutineSets {
    count: usize,
    /// By goroutine: a bit for each set.
    of: Vec<u8>,
}

impl GoroutineSets {
    /// `None` if the query asks for too many.
    pub fn new(trace: &Trace, node: &Node) -> Option<Self> {
        let mut asked = Vec::new();
        node.for_each(&mut |leaf| {
            if let Leaf::Goroutine(set) = leaf {
                asked.push(set);
            }
        });
        let goroutines = match asked.len() {
            0 => 0,
            1..=MOST_SETS => trace.goroutines.len() as u32,
            _ => return None,
        };
        let of = (0..goroutines).map(|goroutine| {
            let bits = asked.iter().enumerate();
            bits.fold(0, |sum, (i, set)| sum | u8::from(set.has(goroutine)) << i)
        });
        Some(Self {
            of: of.collect(),
            count: asked.len(),
        })
    }

    /// How many sets there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The combination of sets that a goroutine is in.
    #[inline(always)]
    pub fn of(&self, goroutine: u32) -> usize {
        self.of
            .get(goroutine as usize)
            .map_or(0, |&sets| sets.into())
    }

    /// Whether it can be settled for each combination, with so many `more` sets, what is left of each kind.
    pub fn are_few(&self, trace: &Trace, more: usize) -> bool {
        are_few(self.count + more, kinds(trace))
    }
}

/// A row of a piece.
type Row = (SpanIndex, i64, GoroutineIndex, SpanKind, StackRef);

/// The sweep at work.
#[derive(Debug)]
pub(super) struct SpanSweep {
    /// The next row to look at, and the one after the last.
    next: usize,
    end: usize,
    piece: SpanPiece,
    done: bool,
    /// The last span of each goroutine.
    open: Vec<Open>,
    sets: GoroutineSets,
    /// For each combination of sets, by kind: what is left to test. Combinations follow one another.
    known: Vec<u16>,
    /// How many kinds there are.
    kinds: usize,
    by_goroutine: bool,
    rests: Vec<Rest>,
    owners: KindClasses<[Owner; 6]>,
    stacks: bool,
    causes: bool,
    found: Bits,
}

impl SpanSweep {
    /// Prepares a sweep. Only spans that have time in common with `within` can pass, if that is given.
    pub(super) fn new(trace: &Trace, node: &Node, within: Option<TimeRange>) -> Self {
        let never = matches!(node, Node::Always(false));
        let goroutines = if never { 0 } else { trace.goroutines.len() };
        // Of more, goroutines are looked at span by span.
        let few = GoroutineSets::new(trace, node).filter(|sets| sets.are_few(trace, 0));
        let by_goroutine = few.is_some();
        let sets = few.unwrap_or_default();
        let mut sweep = Self {
            next: 0,
            end: trace.spans.len(),
            piece: SpanPiece::default(),
            done: never,
            open: vec![Open::NONE; goroutines],
            known: vec![UNKNOWN; kinds(trace) << sets.count()],
            sets,
            kinds: kinds(trace),
            by_goroutine,
            rests: Vec::new(),
            owners: KindClasses::new(trace, |kind| {
                SpanState::ALL.map(|before| stack_owner(kind, before))
            }),
            stacks: node
                .uses(&|leaf| matches!(leaf, Leaf::Own(_) | Leaf::Begin(_) | Leaf::Other(_))),
            causes: node.uses(&|leaf| matches!(leaf, Leaf::By(_) | Leaf::Placement(_))),
            found: Bits::none(trace.spans.len()),
        };
        if let Some(time) = within.filter(|_| !never) {
            let first = trace.spans.first_at(time.start);
            // A span of no length may stand at the edge.
            let end = Nanos(time.end.0.saturating_add(1));
            let end = trace.spans.first_at(end);
            sweep.go_to(trace, node, first.0 as usize, end.0 as usize);
        }
        sweep
    }

    /// Leaves out the rows before `first` and from `end` on, if it is quicker to ask what goroutines were doing then.
    fn go_to(&mut self, trace: &Trace, node: &Node, first: usize, end: usize) {
        let rows = end.saturating_sub(first) + 16 * trace.goroutines.len();
        if rows > trace.spans.len() / 2 {
            return;
        }
        (self.next, self.end) = (first, end);
        let state = |span: u32| trace.spans.kind(SpanIndex(span)).state();
        for (i, goroutine) in (0..self.open.len()).zip((0..).map(GoroutineIndex)) {
            let spans = trace.goroutines.spans(goroutine);
            let before = &spans[..spans.partition_point(|&span| (span as usize) < first)];
            // Where it is in the program follows from what came since it ran.
            let since =
                |&&span: &&u32| !matches!(state(span), SpanState::Dead | SpanState::Running);
            let (last, earlier) = match before.split_last() {
                Some(split) => split,
                None => continue,
            };
            let moved = earlier.iter().rev().take_while(since).count();
            let (resets, rest) = earlier.split_at(earlier.len() - moved);
            if let Some(&span) = resets.last() {
                self.open[i].state = state(span);
            }
            for &span in rest.iter().chain([last]) {
                self.span(trace, node, SpanIndex(span));
            }
        }
    }

    pub(super) fn is_done(&self) -> bool {
        self.done
    }

    pub(super) fn into_found(self) -> Bits {
        self.found
    }

    /// Goes on for some rows.
    pub(super) fn step(&mut self, trace: &Trace, node: &Node) {
        let end = (self.next + STEP).min(self.end);
        let mut piece = std::mem::take(&mut self.piece);
        trace
            .spans
            .copy_piece(self.next, end.saturating_sub(self.next), &mut piece);
        self.rows(trace, node, &piece);
        self.piece = piece;
        self.next = end;
        if end >= self.end {
            self.finish(trace, node);
        }
    }

    /// Called for each piece, so that a browser compiles it well while the sweep goes on.
    #[inline(never)]
    fn rows(&mut self, trace: &Trace, node: &Node, piece: &SpanPiece) {
        // Two loops, as queries that ask for no stack need half as much of a row.
        if self.stacks {
            for row in piece.rows() {
                self.row::<true>(trace, node, row);
            }
        } else {
            for row in piece.rows() {
                self.row::<false>(trace, node, row);
            }
        }
    }

    fn span(&mut self, trace: &Trace, node: &Node, span: SpanIndex) {
        let spans = &trace.spans;
        let (start, goroutine) = (spans.start(span).0, spans.goroutine(span));
        let (kind, stack) = (spans.kind(span), spans.stack(span));
        let row = (span, start, goroutine, kind, stack);
        match self.stacks {
            true => self.row::<true>(trace, node, row),
            false => self.row::<false>(trace, node, row),
        }
    }

    #[inline(always)]
    fn row<const STACKS: bool>(&mut self, trace: &Trace, node: &Node, row: Row) {
        let (span, start, goroutine, kind, stack) = row;
        let place = goroutine.0 as usize;
        let Some(open) = self.open.get_mut(place) else {
            return;
        };
        let before = *open;
        let state = kind.state();
        let mut now = Open {
            start,
            row: span.0,
            own: 0,
            other: 0,
            rest: NEVER,
            state,
        };
        let mut stack_at_end = 0;
        if STACKS {
            let stack = stack.0;
            let owner = self.owners.of(kind)[before.state as usize];
            let own = if owner == Owner::Itself { stack } else { 0 };
            stack_at_end = own;
            // Nothing has moved since, unless it ran.
            let kept = match before.state {
                SpanState::Dead | SpanState::Running => 0,
                _ => before.own,
            };
            now.own = if own != 0 { own } else { kept };
            now.other = if owner == Owner::Other { stack } else { 0 };
        }
        let known = self.sets.of(goroutine.0) * self.kinds + usize::from(kind.packed());
        now.rest = self.known.get(known).copied().unwrap_or(NEVER);
        *open = now;
        if now.rest == UNKNOWN {
            let rest = self.settle(node, place, kind);
            self.open[place].rest = rest;
        }
        if before.rest != NEVER {
            self.ended(trace, goroutine.0, before, (start, stack_at_end));
        }
    }

    /// A span that may pass ended: is it one?
    #[inline]
    fn ended(&mut self, trace: &Trace, goroutine: u32, span: Open, end: (i64, u32)) {
        let (end, stack_at_end) = end;
        let rest = usize::from(span.rest).checked_sub(usize::from(FIRST_REST));
        let is = match rest.and_then(|place| self.rests.get(place)) {
            None => true,
            Some(Rest::Length(length)) => length.has(end.saturating_sub(span.start).max(0)),
            Some(Rest::Own(stacks)) => stacks.has(span.own) || stacks.has(stack_at_end),
            Some(Rest::OwnOrOther(own, other)) => {
                own.has(span.own) || own.has(stack_at_end) || other.has(span.other)
            }
            Some(Rest::By(goroutines)) => {
                let (by, _) = cause(trace, span.row, span.state);
                goroutines.has(by)
            }
            Some(Rest::Node(node)) => {
                let mut thing = Thing {
                    goroutine,
                    own: [span.own, stack_at_end],
                    other: span.other,
                    ..Thing::at(span.start, end.max(span.start))
                };
                if self.causes {
                    (thing.by, thing.placement) = cause(trace, span.row, span.state);
                }
                node.holds(&thing)
            }
        };
        if is {
            self.found.set(span.row);
        }
    }

    /// What is left to test of a goroutine's spans of a kind.
    #[cold]
    fn settle(&mut self, node: &Node, goroutine: usize, kind: SpanKind) -> u16 {
        let one = self.by_goroutine.then_some(goroutine as u32);
        let rest = match (kind.state(), node.given(packed(kind), one)) {
            (SpanState::Dead, _) | (_, Node::Always(false)) => NEVER,
            (_, Node::Always(true)) => ALWAYS,
            (_, node) => {
                let place = self.rests.len() as u16 + FIRST_REST;
                self.rests.push(Rest::from(node));
                place
            }
        };
        let known = self.sets.of(goroutine as u32) * self.kinds + usize::from(kind.packed());
        if let Some(place) = self.known.get_mut(known) {
            *place = rest;
        }
        rest
    }

    /// No row is left: what is open ends with its goroutine's next span, or with the trace.
    fn finish(&mut self, trace: &Trace, node: &Node) {
        for goroutine in 0..self.open.len() {
            let last = self.open[goroutine];
            if last.rest == NEVER {
                continue;
            }
            let index = GoroutineIndex(goroutine as u32);
            let spans = trace.goroutines.spans(index);
            let next = spans.partition_point(|&span| (span as usize) < self.end);
            match spans.get(next) {
                Some(&span) => self.span(trace, node, SpanIndex(span)),
                None => self.ended(trace, index.0, last, (trace.end.0, 0)),
            }
        }
        self.open = Vec::new();
        self.done = true;
    }
}

/// Whether it can be settled for each combination of so many sets of goroutines what is left of each kind.
fn are_few(sets: usize, kinds: usize) -> bool {
    sets == 0 || (sets <= MOST_SETS && kinds << sets <= MOST_RESTS)
}

/// How many states and reasons there can be, as [`packed`] counts them.
pub(super) fn kinds(trace: &Trace) -> usize {
    trace.spans.reasons.len().max(1) << 4
}

/// Whether a goroutine in this state has a thread.
pub(super) fn runs(state: SpanState) -> bool {
    matches!(
        state,
        SpanState::Running | SpanState::Syscall | SpanState::SyscallBlocked
    )
}

/// Whose the stack of a span's first event is.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) enum Owner {
    /// The goroutine's own.
    #[default]
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_to_test_has_a_number() {
        // A usual trace: some dozens of reasons.
        assert!(are_few(MOST_SETS, 64 << 4));
        assert!(!are_few(MOST_SETS + 1, 64 << 4));
        // As many reasons as there can be: two for each state that is no end, without sets.
        let reasons = usize::from(SpanKind::MAX_REASON) + 1;
        assert!((1..=MOST_SETS).all(|sets| !are_few(sets, reasons << 4)));
        assert!(reasons * 2 * (SpanState::ALL.len() - 1) <= MOST_RESTS);
    }
}
