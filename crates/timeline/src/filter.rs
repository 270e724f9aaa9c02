//! Which goroutines a filter leaves: a few words, each of which must fit.
//!
//! Words are those of the search: a text, `g:17`, `fn:net/http`, a state (`state:syscall`, `waiting:sync`) and how long
//! it lasts (`running>1ms`). A goroutine fits if one of its spans does; `active` looks at what it does in the time seen.

mod words;

use tracepane_model::{GoroutineIndex, GroupIndex, SpanIndex, SpanState, StackRef, Trace};

use crate::class::{Class, Classes};
use crate::lanes::group_name;
use words::Word;

/// No more words than this are minded.
const MAX_WORDS: usize = 16;

/// A filter that was read, ready for one trace.
pub(crate) struct Wanted {
    words: Vec<Ready>,
}

/// Words that something does not fit yet, a bit for each.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Rest(u16);

impl Rest {
    /// Whether it fits all.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// A word with what was looked up for it.
struct Ready {
    word: Word,
    /// By reason: whether it is one that the word names.
    reasons: Vec<bool>,
    /// By stack: whether it has the function that the word names.
    stacks: Vec<bool>,
    /// Rows of the sample table with such a stack belong to these goroutines.
    sampled: Vec<GoroutineIndex>,
    /// From when to when `active` looks, ns.
    window: (f64, f64),
}

impl Wanted {
    /// All of it.
    pub(crate) fn all() -> Self {
        Self { words: Vec::new() }
    }

    /// Reads a filter. `window`: the time that is seen, ns.
    pub(crate) fn new(filter: &str, trace: &Trace, window: (f64, f64)) -> Self {
        let words = words::read(filter).into_iter().take(MAX_WORDS);
        Self {
            words: words.map(|word| Ready::new(word, trace, window)).collect(),
        }
    }

    /// Whether something of this name is wanted, with nothing else known of it.
    pub(crate) fn text(&self, name: &str) -> bool {
        let name = name.to_lowercase();
        self.words.iter().all(|ready| match &ready.word {
            Word::Text { text, .. } | Word::Function(text) => name.contains(text.as_str()),
            _ => false,
        })
    }

    /// What a group's goroutines must still fit.
    pub(crate) fn group(&self, trace: &Trace, group: GroupIndex) -> Rest {
        if self.words.is_empty() {
            return Rest(0);
        }
        let name = group_name(trace, group).to_lowercase();
        let mut rest = 0;
        for (i, ready) in self.words.iter().enumerate() {
            let fits = match &ready.word {
                Word::Text { text, .. } | Word::Function(text) => name.contains(text.as_str()),
                Word::Group(text) => name == *text,
                _ => false,
            };
            rest |= u16::from(!fits) << i;
        }
        Rest(rest)
    }

    /// Whether a goroutine fits what its group does not.
    pub(crate) fn goroutine(&self, trace: &Trace, goroutine: GoroutineIndex, rest: Rest) -> bool {
        let words = self.words.iter().enumerate();
        words
            .filter(|(i, _)| rest.0 >> i & 1 != 0)
            .all(|(_, ready)| ready.fits(trace, goroutine))
    }
}

impl Ready {
    fn new(word: Word, trace: &Trace, window: (f64, f64)) -> Self {
        let mut ready = Self {
            reasons: Vec::new(),
            stacks: Vec::new(),
            sampled: Vec::new(),
            window,
            word,
        };
        match &ready.word {
            Word::Function(text) => {
                let names = trace.stacks.frames.iter();
                let frames: Vec<bool> = names
                    .map(|frame| {
                        let name = trace.strings.get(frame.function);
                        name.to_lowercase().contains(text.as_str())
                    })
                    .collect();
                ready.stacks = (0..trace.stacks.len() as u32)
                    .map(|stack| {
                        let mut of = trace.stacks.get(StackRef(stack)).iter();
                        of.any(|frame| frames.get(frame.0 as usize) == Some(&true))
                    })
                    .collect();
                let sampled = (0..trace.samples.len()).map(|row| trace.samples.at(row));
                let sampled = sampled
                    .filter(|sample| ready.stacks.get(sample.stack.0 as usize) == Some(&true))
                    .map(|sample| sample.goroutine);
                ready.sampled = sampled.collect();
                ready.sampled.sort_unstable();
                ready.sampled.dedup();
            }
            Word::State { state, .. } => {
                let classes = Classes::new(trace);
                let reasons = trace.spans.reasons.iter().enumerate();
                ready.reasons = reasons
                    .map(|(i, &reason)| {
                        let class = classes.of_wait(tracepane_model::ReasonId(i as u16));
                        state.has_reason(class, trace.strings.get(reason))
                    })
                    .collect();
            }
            _ => {}
        }
        ready
    }

    fn fits(&self, trace: &Trace, goroutine: GoroutineIndex) -> bool {
        let Some(row) = trace.goroutines.rows.get(goroutine.0 as usize) else {
            return false;
        };
        let rows = trace.goroutines.spans(goroutine);
        let spans = || rows.iter().map(|&row| SpanIndex(row));
        match &self.word {
            Word::Text { text, id } => {
                if Some(row.id.0) == *id {
                    return true;
                }
                let label = trace.strings.get(row.label);
                !label.is_empty() && label.to_lowercase().contains(text.as_str())
            }
            Word::Group(_) => false,
            Word::Goroutine(id) => row.id.0 == *id,
            Word::Function(_) => {
                spans().any(|span| self.has_function(trace, span))
                    || self.sampled.binary_search(&goroutine).is_ok()
            }
            Word::State { state, length } => spans().enumerate().any(|(place, span)| {
                let kind = trace.spans.kind(span);
                state.has(kind.state(), || {
                    let reason = usize::from(kind.reason().0);
                    self.reasons.get(reason) == Some(&true)
                }) && length.is_none_or(|length| {
                    let start = trace.spans.start(span);
                    let end = match rows.get(place + 1) {
                        Some(&next) => trace.spans.start(SpanIndex(next)),
                        None => trace.end,
                    };
                    length.fits(end.0.saturating_sub(start.0))
                })
            }),
            Word::Active => {
                let (from, to) = self.window;
                let start = |row: u32| trace.spans.start(SpanIndex(row)).0 as f64;
                let first = rows.partition_point(|&row| start(row) <= from);
                let seen = rows[first.saturating_sub(1)..].iter();
                seen.take_while(|&&row| start(row) < to)
                    .any(|&row| is_active(trace.spans.kind(SpanIndex(row)).state()))
            }
        }
    }

    /// Whether a span's own stack has the function: a wake-up's is the waker's.
    fn has_function(&self, trace: &Trace, span: SpanIndex) -> bool {
        let own = !matches!(trace.spans.kind(span).state(), SpanState::Runnable);
        own && self.stacks.get(trace.spans.stack(span).0 as usize) == Some(&true)
    }
}

fn is_active(state: SpanState) -> bool {
    matches!(
        state,
        SpanState::Runnable | SpanState::Running | SpanState::Syscall
    )
}

/// The classes that a word for a wait names.
pub(crate) fn waits_named(name: &str) -> Option<Class> {
    Some(match name {
        "sync" | "lock" => Class::Sync,
        "chan" | "channel" => Class::Chan,
        "network" | "net" => Class::Network,
        "gc" => Class::Gc,
        "idle" | "sleep" => Class::Idle,
        _ => return None,
    })
}
