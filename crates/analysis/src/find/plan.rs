//! A [`Query`] prepared for a trace: for each kind of thing the tests that it must pass.
//!
//! Which kinds a query is about follows from its terms. Each term is *of* some kinds, and can *say* something about
//! others: `region:parse` is of regions, but a span can lie in one, so that `region:parse waiting` are the waits in
//! such regions, while `region:parse` alone are regions. Of terms that all must hold, those kinds count that every
//! term says something about and at least one is of. A negation is of nothing. If nothing is of any kind (`dur > 1s`),
//! all that can be said something about counts.

use std::rc::Rc;

use tracepane_model::{SpanState, Trace};

use super::kinds::{Kind, Kinds};
use super::leaf::{Leaf, Node};
use super::query::{Expr, Length, Query, States, Term, Text, What};
use super::sets::{Sets, number};
use super::thing::RANGE_NAMES;
use crate::scope::TimeRange;

/// Every state but that of the dead.
const ALIVE: States = States::of(&[
    SpanState::Runnable,
    SpanState::Running,
    SpanState::Waiting,
    SpanState::Syscall,
    SpanState::SyscallBlocked,
]);
const WAITING: States = States::of(&[SpanState::Waiting]);
const RUNNABLE: States = States::of(&[SpanState::Runnable]);

/// What each kind of thing must pass.
#[derive(Debug)]
pub struct Plan {
    nodes: [Node; Kind::COUNT],
}

impl Plan {
    /// Prepares a query; only what lies `within` that part of time is found.
    pub fn new(trace: &Trace, query: &Query, within: Option<TimeRange>) -> Self {
        let sets = Sets::new(trace);
        let Some(expr) = &query.expr else {
            return Self {
                nodes: std::array::from_fn(|_| Node::Always(false)),
            };
        };
        let kinds = Reach::of(expr).shown();
        let nodes = Kind::ALL.map(|kind| {
            if !kinds.has(kind) {
                return Node::Always(false);
            }
            let node = compile(&sets, expr, kind, true).simplified();
            match within {
                None => node,
                Some(range) => {
                    let within = Leaf::Within(range.start.0, range.end.0);
                    Node::all(vec![node, Node::Leaf(within)])
                }
            }
        });
        Self { nodes }
    }

    /// What a kind of thing must pass.
    pub fn of(&self, kind: Kind) -> &Node {
        &self.nodes[kind as usize]
    }
}

/// The kinds that a part of a query is of, and the others that it says something about.
#[derive(Clone, Copy)]
struct Reach {
    of: Kinds,
    says: Kinds,
}

impl Reach {
    fn all(self) -> Kinds {
        self.of.or(self.says)
    }

    fn shown(self) -> Kinds {
        if self.of.is_empty() {
            self.says
        } else {
            self.of
        }
    }

    fn of(expr: &Expr) -> Self {
        match expr {
            Expr::Term(term) => Self::of_term(term),
            Expr::Not(inner) => Self {
                of: Kinds::NONE,
                says: Self::of(inner).all(),
            },
            Expr::Or(list) => {
                let parts = || list.iter().map(Self::of);
                let of = parts().fold(Kinds::NONE, |sum, part| sum.or(part.shown()));
                let all = parts().fold(Kinds::NONE, |sum, part| sum.or(part.all()));
                Self {
                    of,
                    says: all.without(of),
                }
            }
            Expr::And(list) => {
                let negated = |expr: &&Expr| matches!(expr, Expr::Not(_));
                let parts = || list.iter().filter(|e| !negated(e)).map(Self::of);
                if parts().next().is_none() {
                    let all = list.iter().map(|expr| Self::of(expr).all());
                    return Self {
                        of: Kinds::NONE,
                        says: all.fold(Kinds::NONE, Kinds::or),
                    };
                }
                let all = parts().fold(Kinds::ALL, |sum, part| sum.and(part.all()));
                let of = parts().fold(Kinds::NONE, |sum, part| sum.or(part.of));
                let of = all.and(of);
                Self {
                    of,
                    says: all.without(of),
                }
            }
        }
    }

    fn of_term(term: &Term) -> Self {
        use Kind::{Goroutine, Log, Range, Region, Sample, Span, Task};
        const LASTING: Kinds = Kinds::of(&[Span, Range, Region, Task, Goroutine]);
        let reach = |of: &[Kind], says: &[Kind]| Self {
            of: Kinds::of(of),
            says: Kinds::of(says),
        };
        let found = match &term.what {
            What::Word(_) | What::Goroutines(_) | What::Group(_) | What::Within(_) => Self {
                of: Kinds::NONE,
                says: Kinds::ALL,
            },
            What::Procs(_) => reach(&[], &[Span, Range, Sample]),
            What::Threads(_) => reach(&[], &[Span, Sample]),
            What::Function(_) | What::Top(_) | What::File(..) | What::Stack(_) => {
                reach(&[Span, Sample], &[Range, Region, Task, Log, Goroutine])
            }
            What::ByGoroutines(_) | What::ByFunction(_) => reach(&[Span, Goroutine], &[]),
            What::TaskNumbers(_) | What::Task(_) => {
                reach(&[Task], &[Span, Region, Log, Sample, Goroutine])
            }
            What::WorkForNumbers(_) | What::WorkFor(_) => {
                reach(&[Span, Region, Task, Log], &[Sample, Goroutine])
            }
            What::Region(_) => reach(&[Region], &[Span, Log, Sample]),
            What::Log(_) => reach(&[Log], &[]),
            What::Reason(_)
            | What::State(_)
            | What::Waiting(_)
            | What::WaitingFor(_)
            | What::RunnableFor(_)
            | What::StateIn(..) => reach(&[Span], &[]),
            What::Gc | What::StopTheWorld(_) | What::Sweep => {
                reach(&[Range], &[Span, Region, Task, Log, Sample])
            }
            What::Assist => reach(&[Range], &[Span]),
            What::Created => reach(&[Goroutine], &[]),
            What::Sample => reach(&[Sample], &[]),
            What::Lasting => Self {
                of: Kinds::NONE,
                says: LASTING,
            },
        };
        // A moment has no length.
        match term.length {
            Some(_) if !says_of_others(&term.what) => Self {
                of: found.of.and(LASTING),
                says: found.says.and(LASTING),
            },
            _ => found,
        }
    }
}

/// Whether a length is that of the thing that the term names, even where it says something about another one.
fn says_of_others(what: &What) -> bool {
    matches!(
        what,
        What::TaskNumbers(_)
            | What::Task(_)
            | What::WorkForNumbers(_)
            | What::WorkFor(_)
            | What::Region(_)
            | What::Gc
            | What::StopTheWorld(_)
            | What::Sweep
            | What::Assist
    )
}

/// The tests of a part of a query for a kind of thing. On `top`, no other term holds for the whole.
fn compile(sets: &Sets<'_>, expr: &Expr, kind: Kind, top: bool) -> Node {
    match expr {
        Expr::Term(term) => compile_term(sets, term, kind),
        Expr::Not(inner) => compile(sets, inner, kind, false).negated(),
        Expr::And(list) => {
            // What alone is of kinds stands as if it were alone: of (gc or runnable) in:1s..2s, "gc" says nothing of
            // spans; of (gc or stw) runnable it does.
            let gives =
                |expr: &Expr| !matches!(expr, Expr::Not(_)) && !Reach::of(expr).of.is_empty();
            let alone = list.iter().filter(|expr| gives(expr)).count() == 1;
            let nodes = list
                .iter()
                .map(|expr| compile(sets, expr, kind, top && alone && gives(expr)));
            Node::all(nodes.collect())
        }
        Expr::Or(list) => {
            let nodes = list
                .iter()
                .filter(|expr| !top || Reach::of(expr).shown().has(kind))
                .map(|expr| compile(sets, expr, kind, top));
            Node::any(nodes.collect())
        }
    }
}

fn compile_term(sets: &Sets<'_>, term: &Term, kind: Kind) -> Node {
    if !Reach::of_term(term).all().has(kind) {
        return Node::Always(false);
    }
    let node = compile_what(sets, &term.what, term.length, kind);
    match term.length {
        Some(length) if !says_of_others(&term.what) => {
            Node::all(vec![node, Node::Leaf(Leaf::Length(length))])
        }
        // Where it names the thing itself, its own length counts.
        Some(length) if matches!(kind, Kind::Region | Kind::Range) => {
            let own = match (&term.what, kind) {
                (What::Region(_), Kind::Region) => true,
                (What::Region(_), _) => false,
                (_, Kind::Range) => true,
                _ => false,
            };
            if own {
                Node::all(vec![node, Node::Leaf(Leaf::Length(length))])
            } else {
                node
            }
        }
        _ => node,
    }
}

fn compile_what(sets: &Sets<'_>, what: &What, length: Option<Length>, kind: Kind) -> Node {
    let leaf = Node::Leaf;
    let never = Node::Always(false);
    let spans_only = |leaf: Leaf| match kind {
        Kind::Span => Node::Leaf(leaf),
        _ => Node::Always(false),
    };
    match what {
        What::Word(text) => word(sets, text, kind),
        What::Goroutines(ids) => leaf(Leaf::Goroutine(sets.numbered(ids))),
        What::Group(text) => leaf(Leaf::Goroutine(sets.group(text))),
        What::Procs(ids) => match kind {
            Kind::Span => leaf(Leaf::Placement(sets.placements(ids, false))),
            _ => leaf(Leaf::Proc(sets.actors(ids, false))),
        },
        What::Threads(ids) => match kind {
            Kind::Span => leaf(Leaf::Placement(sets.placements(ids, true))),
            _ => leaf(Leaf::Thread(sets.actors(ids, true))),
        },
        What::Function(text) => leaf(Leaf::Own(sets.functions(text, false))),
        What::Top(text) => leaf(Leaf::Own(sets.functions(text, true))),
        What::File(text, line) => leaf(Leaf::Own(sets.files(text, *line))),
        What::Stack(stack) => leaf(Leaf::Own(sets.stack(*stack))),
        What::ByGoroutines(ids) => leaf(Leaf::By(sets.numbered(ids))),
        What::ByFunction(text) => leaf(Leaf::Other(sets.functions(text, false))),
        What::TaskNumbers(ids) => of_tasks(sets, sets.tasks_numbered(ids, length), kind),
        What::WorkForNumbers(ids) => of_tasks(sets, sets.tasks_numbered(ids, length), kind),
        What::Task(text) | What::WorkFor(text) => {
            of_tasks(sets, sets.tasks_named(text, length), kind)
        }
        What::Region(text) => match kind {
            Kind::Region => leaf(Leaf::Text(sets.strings(text))),
            _ => leaf(Leaf::DuringOwn(sets.regions(text, length))),
        },
        What::Log(text) => match kind {
            // A log without a category has a text, but not that of the search for nothing.
            Kind::Log if text.is_any() => Node::Always(true),
            Kind::Log => leaf(Leaf::Text(sets.strings(text))),
            _ => never,
        },
        What::Reason(text) => spans_only(Leaf::Kind(sets.with_reason(ALIVE, text))),
        What::State(states) => spans_only(Leaf::Kind(sets.in_state(*states))),
        What::Waiting(wait) => match kind {
            Kind::Span => {
                let named = leaf(Leaf::Kind(sets.waits(*wait)));
                let (without, told) = sets.waits_by_stack(|_| true);
                let (_, stacks) = sets.waits_by_stack(|told| super::Wait::of(told) == *wait);
                let by_stack = Node::all(vec![
                    leaf(Leaf::Kind(Rc::clone(&without))),
                    leaf(Leaf::Begin(stacks)),
                ]);
                // Where the stack tells a reason, "none given" is not true.
                let silent = Node::any(vec![
                    leaf(Leaf::Kind(without)).negated(),
                    leaf(Leaf::Begin(told)).negated(),
                ]);
                Node::any(vec![Node::all(vec![named, silent]), by_stack])
            }
            _ => never,
        },
        What::WaitingFor(text) => match kind {
            Kind::Span => {
                let named = leaf(Leaf::Kind(sets.with_reason(WAITING, text)));
                let (without, stacks) = sets.waits_by_stack(|told| text.is_in(told));
                let by_stack =
                    Node::all(vec![leaf(Leaf::Kind(without)), leaf(Leaf::Begin(stacks))]);
                Node::any(vec![named, by_stack])
            }
            _ => never,
        },
        What::RunnableFor(text) => spans_only(Leaf::Kind(sets.with_reason(RUNNABLE, text))),
        What::StateIn(states, text) => match kind {
            Kind::Span => {
                let state = leaf(Leaf::Kind(sets.in_state(*states)));
                match text.is_any() {
                    true => state,
                    false => Node::all(vec![state, leaf(Leaf::Own(sets.functions(text, false)))]),
                }
            }
            _ => never,
        },
        What::Gc => ranges(sets, 1, length, None, kind),
        What::Sweep => ranges(sets, 2, length, None, kind),
        What::StopTheWorld(text) => ranges(sets, 8, length, Some(text), kind),
        What::Assist => match kind {
            Kind::Range => leaf(Leaf::Range(4)),
            _ => leaf(Leaf::DuringOwn(sets.assists(length))),
        },
        What::Created => Node::Always(kind == Kind::Goroutine),
        What::Sample => Node::Always(kind == Kind::Sample),
        What::Lasting => Node::Always(true),
        What::Within(range) => leaf(Leaf::Within(range.start.0, range.end.0)),
    }
}

fn ranges(
    sets: &Sets<'_>,
    bits: u8,
    length: Option<Length>,
    text: Option<&Text>,
    kind: Kind,
) -> Node {
    let strings = text.filter(|text| !text.is_any()).map(|t| sets.strings(t));
    if kind == Kind::Range {
        let of = Node::Leaf(Leaf::Range(bits));
        return match strings {
            Some(strings) => Node::all(vec![of, Node::Leaf(Leaf::Text(strings))]),
            None => of,
        };
    }
    let passes = |what| strings.as_ref().is_none_or(|strings| strings.has(what));
    Node::Leaf(Leaf::During(sets.ranges(bits, length, passes)))
}

fn of_tasks(sets: &Sets<'_>, ids: Rc<Vec<u64>>, kind: Kind) -> Node {
    Node::Leaf(match kind {
        Kind::Span | Kind::Sample => Leaf::DuringOwn(sets.work(&ids)),
        _ => Leaf::Task(ids),
    })
}

/// Any text or number of a thing, or of its goroutine.
fn word(sets: &Sets<'_>, text: &Text, kind: Kind) -> Node {
    let mut any = vec![
        Node::Leaf(Leaf::Goroutine(sets.called(text))),
        Node::Leaf(Leaf::Own(sets.functions(text, false))),
    ];
    match kind {
        Kind::Span => {
            any.push(Node::Leaf(Leaf::Kind(sets.with_reason(ALIVE, text))));
            any.push(Node::Leaf(Leaf::Other(sets.functions(text, false))));
        }
        Kind::Range => {
            let named = RANGE_NAMES.iter().filter(|(_, name)| text.is_in(name));
            any.push(Node::Leaf(Leaf::Range(
                named.fold(0, |sum, (bit, _)| sum | bit),
            )));
            any.push(Node::Leaf(Leaf::Text(sets.strings(text))));
        }
        Kind::Region | Kind::Log => any.push(Node::Leaf(Leaf::Text(sets.strings(text)))),
        Kind::Task => {
            any.push(Node::Leaf(Leaf::Text(sets.strings(text))));
            if let Some(id) = number(text, "#").and_then(|id| u64::try_from(id).ok()) {
                any.push(Node::Leaf(Leaf::Task(Rc::new(vec![id]))));
            }
        }
        Kind::Goroutine | Kind::Sample => {}
    }
    Node::any(any)
}
