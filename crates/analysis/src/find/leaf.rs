//! The tests that a query is made of, once it is prepared for a trace: a few comparisons of numbers.

use std::rc::Rc;

use tracepane_model::SpanState;

use super::bits::Bits;
use super::query::Length;
use super::stretches::{OwnStretches, Stretches, overlap};
use super::thing::Thing;

/// One test of a thing.
#[derive(Clone, Debug)]
pub enum Leaf {
    /// The span's state and reason are among these.
    Kind(Rc<Bits>),
    /// The goroutine is.
    Goroutine(Rc<Bits>),
    /// A stack of its own is.
    Own(Rc<Bits>),
    /// The stack of its own at its beginning is.
    Begin(Rc<Bits>),
    /// The waker's or creator's stack is.
    Other(Rc<Bits>),
    /// The waker or creator is.
    By(Rc<Bits>),
    /// Proc and thread are, as a placement.
    Placement(Rc<Bits>),
    /// The proc is.
    Proc(Rc<Bits>),
    /// The thread is.
    Thread(Rc<Bits>),
    /// One of its texts is.
    Text(Rc<Bits>),
    /// The task's number is among these, which are sorted.
    Task(Rc<Vec<u64>>),
    /// The range is of one of these kinds.
    Range(u8),
    /// It lasts so long.
    Length(Length),
    /// It has time in common with this.
    Within(i64, i64),
    /// Or with one of these.
    During(Rc<Stretches>),
    /// Or with one of its goroutine's.
    DuringOwn(Rc<OwnStretches>),
}

impl Leaf {
    /// Whether a thing passes.
    #[inline]
    pub fn holds(&self, thing: &Thing) -> bool {
        let (start, end) = thing.time;
        match self {
            Self::Kind(kinds) => kinds.has(u32::from(thing.kind)),
            Self::Goroutine(goroutines) => goroutines.has(thing.goroutine),
            Self::Own(stacks) => stacks.has(thing.own[0]) || stacks.has(thing.own[1]),
            Self::Begin(stacks) => stacks.has(thing.own[0]),
            Self::Other(stacks) => stacks.has(thing.other),
            Self::By(goroutines) => goroutines.has(thing.by),
            Self::Placement(placements) => placements.has(thing.placement),
            Self::Proc(procs) => procs.has(thing.on.0),
            Self::Thread(threads) => threads.has(thing.on.1),
            Self::Text(texts) => texts.has(thing.texts[0]) || texts.has(thing.texts[1]),
            Self::Task(ids) => ids.binary_search(&thing.task).is_ok(),
            Self::Range(bits) => thing.range & bits != 0,
            Self::Length(length) => thing.lasts && length.has(end.saturating_sub(start)),
            Self::Within(from, to) => overlap((start, end), (*from, *to)),
            Self::During(stretches) => stretches.touch(start, end),
            Self::DuringOwn(own) => own.touch(thing.goroutine, start, end),
        }
    }
}

impl Leaf {
    /// The test; never, if it asks for one of none.
    fn into_node(self) -> Node {
        let never = match &self {
            Self::Kind(set)
            | Self::Goroutine(set)
            | Self::Own(set)
            | Self::Begin(set)
            | Self::Other(set)
            | Self::By(set)
            | Self::Placement(set)
            | Self::Proc(set)
            | Self::Thread(set)
            | Self::Text(set) => set.is_empty(),
            Self::Task(ids) => ids.is_empty(),
            Self::Range(bits) => *bits == 0,
            Self::Length(_) | Self::Within(..) | Self::During(_) | Self::DuringOwn(_) => false,
        };
        match never {
            true => Node::Always(false),
            false => Node::Leaf(self),
        }
    }
}

/// Whether spans of this state and reason, as they are packed, may be told of who woke or created their goroutine.
fn is_woken(kind: u16) -> bool {
    let state = kind & 7;
    state == SpanState::Runnable as u16 || state == SpanState::Waiting as u16
}

/// Tests, and how they belong together.
#[derive(Clone, Debug)]
pub enum Node {
    /// Always, or never.
    Always(bool),
    /// All of them.
    And(Vec<Node>),
    /// One of them.
    Or(Vec<Node>),
    /// Not this.
    Not(Box<Node>),
    /// One test.
    Leaf(Leaf),
}

impl Node {
    /// All of them, without what makes no difference.
    pub fn all(nodes: Vec<Self>) -> Self {
        if nodes.iter().any(|node| matches!(node, Self::Always(false))) {
            return Self::Always(false);
        }
        join(nodes, true, Self::And)
    }

    /// One of them, without what makes no difference.
    pub fn any(nodes: Vec<Self>) -> Self {
        if nodes.iter().any(|node| matches!(node, Self::Always(true))) {
            return Self::Always(true);
        }
        join(nodes, false, Self::Or)
    }

    /// The contrary.
    pub fn negated(self) -> Self {
        match self {
            Self::Always(is) => Self::Always(!is),
            other => Self::Not(Box::new(other)),
        }
    }

    /// Whether a thing passes.
    pub fn holds(&self, thing: &Thing) -> bool {
        self.holds_if(&|leaf| leaf.holds(thing))
    }

    /// Whether something passes of which it is known which tests it passes.
    pub fn holds_if(&self, passes: &impl Fn(&Leaf) -> bool) -> bool {
        match self {
            Self::Always(is) => *is,
            Self::And(nodes) => nodes.iter().all(|node| node.holds_if(passes)),
            Self::Or(nodes) => nodes.iter().any(|node| node.holds_if(passes)),
            Self::Not(node) => !node.holds_if(passes),
            Self::Leaf(leaf) => passes(leaf),
        }
    }

    /// What is left to test of a goroutine's spans of this state and reason. The goroutine is only looked at if
    /// `goroutine` says which.
    pub fn given(&self, kind: u16, goroutine: Option<u32>) -> Self {
        let of = |nodes: &[Self]| {
            nodes
                .iter()
                .map(|node| node.given(kind, goroutine))
                .collect()
        };
        match (self, goroutine) {
            (Self::Always(is), _) => Self::Always(*is),
            (Self::And(nodes), _) => Self::all(of(nodes)),
            (Self::Or(nodes), _) => Self::any(of(nodes)),
            (Self::Not(node), _) => node.given(kind, goroutine).negated(),
            (Self::Leaf(Leaf::Kind(kinds)), _) => Self::Always(kinds.has(u32::from(kind))),
            (Self::Leaf(Leaf::Goroutine(set)), Some(one)) => Self::Always(set.has(one)),
            // Who woke it is known of those that were woken, and a place of those that run.
            (Self::Leaf(Leaf::By(_)), _) if !is_woken(kind) => Self::Always(false),
            (Self::Leaf(Leaf::Placement(_)), _) if is_woken(kind) => Self::Always(false),
            (Self::Leaf(leaf), _) => leaf.clone().into_node(),
        }
    }

    /// Tells of its tests.
    pub fn for_each<'a>(&'a self, visit: &mut dyn FnMut(&'a Leaf)) {
        match self {
            Self::And(nodes) | Self::Or(nodes) => {
                nodes.iter().for_each(|node| node.for_each(visit));
            }
            Self::Not(node) => node.for_each(visit),
            Self::Leaf(leaf) => visit(leaf),
            Self::Always(_) => {}
        }
    }

    /// The same, without tests that nothing passes.
    pub fn simplified(self) -> Self {
        let of = |nodes: Vec<Self>| nodes.into_iter().map(Self::simplified).collect();
        match self {
            Self::Always(is) => Self::Always(is),
            Self::And(nodes) => Self::all(of(nodes)),
            Self::Or(nodes) => Self::any(of(nodes)),
            Self::Not(node) => node.simplified().negated(),
            Self::Leaf(leaf) => leaf.into_node(),
        }
    }

    /// Whether one of its tests is such a one.
    pub fn uses(&self, such: &dyn Fn(&Leaf) -> bool) -> bool {
        let mut uses = false;
        self.for_each(&mut |leaf| uses |= such(leaf));
        uses
    }
}

/// `neutral` is what makes no difference.
fn join(mut nodes: Vec<Node>, neutral: bool, of: fn(Vec<Node>) -> Node) -> Node {
    nodes.retain(|node| !matches!(node, Node::Always(is) if *is == neutral));
    match nodes.pop() {
        None => Node::Always(neutral),
        Some(only) if nodes.is_empty() => only,
        Some(last) => {
            nodes.push(last);
            of(nodes)
        }
    }
}
