//! The sweep over the spans for queries that compare no time. Of a stack it counts which of the query's sets of stacks
//! it is in, a few bits, and so it does of a waker or a place; all that can be found out about a span when it begins is
//! settled beforehand, for each kind of span and each combination of these bits: what is left is whether it is a hit, by
//! the stack that it ends with.

use std::rc::Rc;

use tracepane_model::{Cause, GoroutineIndex, PlacementId, SpanKind, SpanState, Trace};

use super::bits::Bits;
use super::leaf::{Leaf, Node};
use super::sets::packed;
use super::span_sweep::{GoroutineSets, Owner, kinds, runs, stack_owner};

/// How many rows are looked at between two looks at the clock: 64 divides it.
const STEP: usize = 4096;

/// Of how many sets of stacks at most.
const MOST_SETS: usize = 2;

/// The bits of the sets, and the one of stacks that are known at all.
const SETS: u8 = (1 << MOST_SETS) - 1;
const KNOWN: u8 = 1 << MOST_SETS;

/// The state before as far as it matters: for whose the next span's stack is, and whether the goroutine moves.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Before {
    Dead,
    Running,
    InSyscall,
    Off,
}

impl Before {
    /// Each with a state of its own.
    const ALL: [(Self, SpanState); 4] = [
        (Self::Dead, SpanState::Dead),
        (Self::Running, SpanState::Running),
        (Self::InSyscall, SpanState::Syscall),
        (Self::Off, SpanState::Waiting),
    ];

    fn of(state: SpanState) -> Self {
        match state {
            SpanState::Dead => Self::Dead,
            SpanState::Running => Self::Running,
            state if runs(state) => Self::InSyscall,
            _ => Self::Off,
        }
    }
}

/// What is to be known of a goroutine after a row.
///
/// From the lowest bit: the sets that its own stack is in and whether it is known, three bits; [`Before`], two. From
/// bit 8: for each combination of sets that the stack at the span's end may be in, whether the span is a hit then. From
/// bit 12: the sets that the stack of its own is in with which the span before ended.
type State = u16;

const VERDICTS: u32 = 8;
const END: u32 = 12;

/// The state after a row, by the state before, its lowest five bits, and the bits of the row's stack, three.
type Transitions = [State; 1 << 8];

/// What rows of a kind do, as far as the query can tell.
#[derive(Clone, PartialEq, Debug)]
struct Class {
    kind: (Before, [Owner; 4]),
    /// By the sets that a span's own stack and another's are in when it begins.
    verdicts: [u8; 1 << (2 * MOST_SETS)],
}

impl Class {
    fn transitions(&self) -> Transitions {
        let (now, owners) = self.kind;
        std::array::from_fn(|place| {
            let (stack, kept) = (place as u8 & 7, place as u8 >> 3 & 7);
            let (before, _) = Before::ALL[place >> 6];
            let (own, other) = match owners[before as usize] {
                Owner::Itself => (stack, 0),
                Owner::Other => (0, stack),
                Owner::Nobody => (0, 0),
            };
            // Nothing has moved since, unless it ran.
            let kept = match before {
                Before::Dead | Before::Running => 0,
                Before::InSyscall | Before::Off => kept,
            };
            let sets = if own != 0 { own } else { kept };
            let verdicts = self.verdicts[usize::from(sets & SETS | (other & SETS) << MOST_SETS)];
            State::from(sets)
                | (now as State) << 3
                | State::from(verdicts) << VERDICTS
                | State::from(own & SETS) << END
        })
    }
}

/// The sweep at work.
#[derive(Debug)]
pub(super) struct SettledSweep {
    next: usize,
    done: bool,
    goroutines: GoroutineSets,
    /// The sets of stacks, and which of them each stack is in.
    sets: Vec<Rc<Bits>>,
    stacks: Vec<u8>,
    /// The sets of wakers and of placements, and which of them each cause is in, as it is packed.
    cause_sets: Vec<CauseSet>,
    causes: Vec<u8>,
    /// By combination of sets of causes, of those of goroutines, then by kind: a place in the next ones and one, or 0 if it is not settled.
    known: Vec<u16>,
    kinds: usize,
    classes: Vec<Class>,
    transitions: Vec<Transitions>,
    /// By goroutine: its last row, and below bit 16 its state. Empty if the query asks for no stack.
    open: Vec<u64>,
    found: Vec<u64>,
    piece: Piece,
}

/// Some rows.
#[derive(Clone, Default, Debug)]
struct Piece {
    kinds: Vec<SpanKind>,
    goroutines: Vec<u32>,
    causes: Vec<u32>,
    stacks: Vec<u32>,
}

impl SettledSweep {
    /// Prepares a sweep; `None` for queries that ask for more.
    pub fn new(trace: &Trace, node: &Node) -> Option<Self> {
        let asks_more = |leaf: &Leaf| {
            let settled = matches!(leaf, Leaf::Kind(_) | Leaf::Goroutine(_));
            !settled && stacks_of(leaf).is_none() && CauseSet::of(leaf).is_none()
        };
        if matches!(node, Node::Always(false)) || node.uses(&asks_more) {
            return None;
        }
        let mut sets: Vec<Rc<Bits>> = Vec::new();
        let mut cause_sets: Vec<CauseSet> = Vec::new();
        node.for_each(&mut |leaf| {
            cause_sets.extend(CauseSet::of(leaf).filter(|set| !cause_sets.contains(set)));
            if let Some(stacks) = stacks_of(leaf)
                && !sets.contains(stacks)
            {
                sets.push(Rc::clone(stacks));
            }
        });
        // No stack is in none.
        if sets.len() > MOST_SETS || sets.iter().any(|set| set.has(0)) {
            return None;
        }
        let goroutines = GoroutineSets::new(trace, node)
            .filter(|goroutines| goroutines.are_few(trace, cause_sets.len()))?;
        let with_stacks = !sets.is_empty();
        let stacks = (0..trace.stacks.len() as u32).map(|stack| {
            let in_sets = (0..)
                .zip(&sets)
                .map(|(i, set)| u8::from(set.has(stack)) << i);
            in_sets.fold(if stack == 0 { 0 } else { KNOWN }, |bits, bit| bits | bit)
        });
        Some(Self {
            next: 0,
            done: false,
            stacks: if with_stacks {
                stacks.collect()
            } else {
                Vec::new()
            },
            sets,
            known: vec![0; kinds(trace) << (cause_sets.len() + goroutines.count())],
            causes: CauseSet::bits(trace, &cause_sets),
            cause_sets,
            kinds: kinds(trace),
            classes: Vec::new(),
            transitions: Vec::new(),
            open: match with_stacks {
                true => vec![0; trace.goroutines.len()],
                false => Vec::new(),
            },
            goroutines,
            found: vec![0; trace.spans.len().div_ceil(64)],
            piece: Piece::default(),
        })
    }

    pub fn is_done(&self) -> bool {
        self.done
    }

    pub fn into_found(self) -> Bits {
        Bits::from_words(self.found)
    }

    /// Goes on for some rows.
    pub fn step(&mut self, trace: &Trace, node: &Node) {
        let count = STEP.min(trace.spans.len() - self.next);
        let mut piece = std::mem::take(&mut self.piece);
        piece.kinds.resize(count, SpanKind::default());
        trace.spans.copy_kinds(self.next, &mut piece.kinds);
        piece.goroutines.resize(count, 0);
        if !self.open.is_empty() || self.goroutines.count() > 0 {
            trace
                .spans
                .copy_goroutines(self.next, &mut piece.goroutines);
        }
        piece.causes.resize(count, 0);
        if !self.cause_sets.is_empty() {
            trace.spans.copy_causes(self.next, &mut piece.causes);
        }
        match self.sets.is_empty() {
            true => self.kinds(node, &piece),
            false => {
                piece.stacks.resize(count, 0);
                trace.spans.copy_stacks(self.next, &mut piece.stacks);
                self.rows(node, &piece);
            }
        }
        self.piece = piece;
        self.next += count;
        if self.next == trace.spans.len() {
            for open in std::mem::take(&mut self.open) {
                self.end(open, 0);
            }
            self.done = true;
        }
    }

    /// Rows of a query without stacks: each is a hit or none by itself. Not inlined, as in [`crate::pieces`].
    #[inline(never)]
    fn kinds(&mut self, node: &Node, piece: &Piece) {
        let rows = piece.kinds.chunks(64).zip(piece.goroutines.chunks(64));
        let rows = rows.zip(piece.causes.chunks(64));
        for (place, ((kinds, goroutines), causes)) in (self.next / 64..).zip(rows) {
            let mut word = 0;
            let rows = kinds.iter().zip(goroutines).zip(causes);
            for (bit, ((&kind, &goroutine), &cause)) in rows.enumerate() {
                let state = self.after(node, goroutine, cause, kind, 0);
                word |= u64::from(state >> VERDICTS & 1) << bit;
            }
            if let Some(found) = self.found.get_mut(place) {
                *found = word;
            }
        }
    }

    /// Rows of a query with stacks.
    #[inline(never)]
    fn rows(&mut self, node: &Node, piece: &Piece) {
        let rows = piece.kinds.iter().zip(&piece.goroutines);
        let rows = rows.zip(piece.stacks.iter().zip(&piece.causes));
        for (row, ((&kind, &goroutine), (&stack, &cause))) in (self.next as u64..).zip(rows) {
            let Some(&before) = self.open.get(goroutine as usize) else {
                continue;
            };
            let stack = self.stacks.get(stack as usize).copied().unwrap_or(0);
            let by = (before & 31) << 3 | u64::from(stack);
            let state = self.after(node, goroutine, cause, kind, by as u8);
            self.open[goroutine as usize] = row << 16 | u64::from(state);
            self.end(before, state >> END);
        }
    }

    /// A span ended, with a stack of its own in these sets.
    #[inline(always)]
    fn end(&mut self, span: u64, sets: State) {
        let row = span >> 16;
        if span >> (VERDICTS + u32::from(sets)) & 1 != 0
            && let Some(word) = self.found.get_mut(row as usize / 64)
        {
            *word |= 1 << (row % 64);
        }
    }

    /// The state of a goroutine after a row of this kind; `by` is a place in [`Transitions`].
    #[inline(always)]
    fn after(&mut self, node: &Node, goroutine: u32, cause: u32, kind: SpanKind, by: u8) -> State {
        let causes = self.causes.get(cause as usize).copied().unwrap_or(0);
        let sets = usize::from(causes) << self.goroutines.count() | self.goroutines.of(goroutine);
        let place = sets * self.kinds + usize::from(kind.packed());
        let mut class = usize::from(self.known.get(place).copied().unwrap_or(0));
        if class == 0 {
            class = self.settle(node, goroutine, causes, kind);
            if let Some(known) = self.known.get_mut(place) {
                *known = class as u16;
            }
        }
        let transitions = self.transitions.get(class.wrapping_sub(1));
        transitions.map_or(0, |transitions| transitions[usize::from(by)])
    }

    /// Settles what rows of a kind do, whose cause is in these sets: a place in [`Self::classes`] and one.
    #[cold]
    fn settle(&mut self, node: &Node, goroutine: u32, causes: u8, kind: SpanKind) -> usize {
        let rest = match kind.state() {
            SpanState::Dead => Node::Always(false),
            _ => node.given(packed(kind), Some(goroutine)),
        };
        let is_in = |set: &Rc<Bits>, bits: usize| {
            let place = self.sets.iter().position(|other| other == set);
            place.is_some_and(|place| bits >> place & 1 != 0)
        };
        let holds = |own: usize, other: usize, end: usize| {
            rest.holds_if(&|leaf| match leaf {
                Leaf::Own(set) => is_in(set, own | end),
                Leaf::Begin(set) => is_in(set, own),
                Leaf::Other(set) => is_in(set, other),
                leaf => {
                    let set = CauseSet::of(leaf);
                    let place = self
                        .cause_sets
                        .iter()
                        .position(|known| Some(known) == set.as_ref());
                    place.is_some_and(|place| causes >> place & 1 != 0)
                }
            })
        };
        let sets = usize::from(SETS);
        let class = Class {
            kind: (
                Before::of(kind.state()),
                Before::ALL.map(|(_, before)| stack_owner(kind, before)),
            ),
            verdicts: std::array::from_fn(|bits| {
                let (own, other) = (bits & sets, bits >> MOST_SETS);
                (0..=sets).fold(0, |all, end| all | u8::from(holds(own, other, end)) << end)
            }),
        };
        let place = match self.classes.iter().position(|known| *known == class) {
            Some(place) => place,
            None => {
                self.transitions.push(class.transitions());
                self.classes.push(class);
                self.classes.len() - 1
            }
        };
        place + 1
    }
}

/// Some of the causes that spans can have.
#[derive(Clone, PartialEq, Debug)]
enum CauseSet {
    /// Who woke or created a goroutine.
    Wakers(Rc<Bits>),
    Placements(Rc<Bits>),
}

impl CauseSet {
    /// What a test asks for.
    fn of(leaf: &Leaf) -> Option<Self> {
        match leaf {
            Leaf::By(goroutines) => Some(Self::Wakers(Rc::clone(goroutines))),
            Leaf::Placement(placements) => Some(Self::Placements(Rc::clone(placements))),
            _ => None,
        }
    }

    /// By cause, as it is packed: a bit for each set that it is in.
    fn bits(trace: &Trace, sets: &[Self]) -> Vec<u8> {
        let mut bits = Vec::new();
        for (place, set) in sets.iter().enumerate() {
            let (members, cause): (_, fn(u32) -> Cause) = match set {
                Self::Wakers(set) => (set, |by| Cause::Goroutine(GoroutineIndex(by))),
                Self::Placements(set) => (set, |on| Cause::Placement(PlacementId(on))),
            };
            let most = trace.goroutines.len().max(trace.procs.placements.len());
            bits.resize(2 * most + 2, 0u8);
            for member in members.iter() {
                if let Some(bits) = bits.get_mut(cause(member).pack() as usize) {
                    *bits |= 1 << place;
                }
            }
        }
        bits
    }
}

/// The stacks that a test asks for.
fn stacks_of(leaf: &Leaf) -> Option<&Rc<Bits>> {
    match leaf {
        Leaf::Own(stacks) | Leaf::Begin(stacks) | Leaf::Other(stacks) => Some(stacks),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::kinds::Kind;
    use super::super::parse;
    use super::super::plan::Plan;
    use super::super::span_sweep::SpanSweep;
    use super::super::tests::trace;
    use super::*;

    #[test]
    fn what_needs_no_time_is_settled_and_found_as_by_looking_at_each() {
        let trace = trace();
        let mut hits = 0;
        for text in [
            "running",
            "!running",
            "runnable or waiting:sync",
            "g:2 running or g:1 waiting",
            "main",
            "fn:mutex",
            "fn:main.a running",
            "fn:mutex or fn:main.c",
            "fn:mutex -fn:main.b",
            "by:main.c or fn:main.b g:2",
            "by:main.a -by:main.c",
            "waiting:chan",
            "top:mutex (runnable or waiting)",
            "by:1",
            "by:1 fn:main.b",
            "-by:1 runnable",
            "p:2 running",
            "by:1 or p:2 or g:1",
        ] {
            let plan = Plan::new(&trace, &parse(text).unwrap(), None);
            let node = plan.of(Kind::Span);
            let mut settled = SettledSweep::new(&trace, node).expect(text);
            while !settled.is_done() {
                settled.step(&trace, node);
            }
            let mut each = SpanSweep::new(&trace, node, None);
            while !each.is_done() {
                each.step(&trace, node);
            }
            let found = settled.into_found();
            hits += found.count();
            assert_eq!(found, each.into_found(), "{text}");
        }
        assert!(hits > 50, "{hits}");
    }

    #[test]
    fn what_asks_for_more_is_left_to_the_other_sweep() {
        let trace = trace();
        for text in [
            "runnable > 1ns",
            "running gc",
            "in:1ns..5ns running",
            "fn:mutex or fn:main.c or fn:main.a",
        ] {
            let plan = Plan::new(&trace, &parse(text).unwrap(), None);
            assert!(
                SettledSweep::new(&trace, plan.of(Kind::Span)).is_none(),
                "{text}"
            );
        }
    }
}
