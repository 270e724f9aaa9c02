//! What a line of text means: [`Query`].

use tracepane_model::{Nanos, SpanState};

use super::reasons::Wait;
use crate::scope::TimeRange;

/// What is looked for.
#[derive(Clone, PartialEq, Debug)]
pub struct Query {
    /// All of it; `None` if nothing was said.
    pub expr: Option<Expr>,
}

/// Terms, and how they belong together.
#[derive(Clone, PartialEq, Debug)]
pub enum Expr {
    /// All of them.
    And(Vec<Expr>),
    /// One of them.
    Or(Vec<Expr>),
    /// Not this.
    Not(Box<Expr>),
    /// One term.
    Term(Term),
}

/// One term: what it is about, and how long that lasts.
#[derive(Clone, PartialEq, Debug)]
pub struct Term {
    /// What it is about.
    pub what: What,
    /// How long that may last; anything if `None`.
    pub length: Option<Length>,
}

/// Bounds of a duration, both included.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Length {
    /// Not shorter.
    pub least: Nanos,
    /// Not longer.
    pub most: Nanos,
}

impl Length {
    /// Any.
    pub const ANY: Self = Self {
        least: Nanos(i64::MIN),
        most: Nanos(i64::MAX),
    };

    /// Whether a length is within the bounds.
    #[inline]
    pub fn has(self, nanos: i64) -> bool {
        self.least.0 <= nanos && nanos <= self.most.0
    }

    /// Both bounds hold.
    pub fn and(self, other: Self) -> Self {
        Self {
            least: self.least.max(other.least),
            most: self.most.min(other.most),
        }
    }
}

/// A text that others are compared with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Text {
    /// They contain this, in any case. In small letters; empty is contained in all, the empty one too.
    Part(String),
    /// They are this.
    Exactly(String),
}

impl Text {
    /// Whether it is in `text`.
    pub fn is_in(&self, text: &str) -> bool {
        match self {
            Self::Exactly(whole) => text == whole,
            Self::Part(part) => contains(text, part),
        }
    }

    /// Whether every text has it.
    pub fn is_any(&self) -> bool {
        matches!(self, Self::Part(part) if part.is_empty())
    }
}

/// Whether a text contains `part`, which is in small letters; any case.
fn contains(text: &str, part: &str) -> bool {
    if !text.is_ascii() {
        return text.to_lowercase().contains(part);
    }
    let (text, part) = (text.as_bytes(), part.as_bytes());
    let Some((&first, rest)) = part.split_first() else {
        return true;
    };
    let Some(last) = text.len().checked_sub(part.len()) else {
        return false;
    };
    let other = first.to_ascii_uppercase();
    (0..=last).any(|at| {
        (text[at] == first || text[at] == other)
            && text[at + 1..at + part.len()].eq_ignore_ascii_case(rest)
    })
}

/// Some of the states of spans.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct States(u8);

impl States {
    /// These.
    pub const fn of(states: &[SpanState]) -> Self {
        let (mut bits, mut i) = (0, 0);
        while i < states.len() {
            bits |= 1 << states[i] as u8;
            i += 1;
        }
        Self(bits)
    }

    /// Whether a state is among them.
    pub fn has(self, state: SpanState) -> bool {
        self.0 & 1 << state as u8 != 0
    }
}

/// What a term is about.
#[derive(Clone, PartialEq, Debug)]
pub enum What {
    /// A plain word: any text or number of a thing, and its goroutine's.
    Word(Text),
    /// Goroutines by number.
    Goroutines(Vec<i64>),
    /// Goroutines by the function they were started with.
    Group(Text),
    /// On procs, by number.
    Procs(Vec<i64>),
    /// On threads, by number.
    Threads(Vec<i64>),
    /// In a stack of its own, anywhere.
    Function(Text),
    /// The innermost function of such a stack.
    Top(Text),
    /// A line, or any, of a source file in such a stack.
    File(Text, Option<u64>),
    /// That very stack, by its number in the trace.
    Stack(u32),
    /// Woken or created by goroutines.
    ByGoroutines(Vec<i64>),
    /// Woken or created by that function.
    ByFunction(Text),
    /// Tasks by number.
    TaskNumbers(Vec<u64>),
    /// Tasks by type.
    Task(Text),
    /// What was done for tasks, by number: they themselves, their regions and logs, and what goroutines did in those
    /// regions.
    WorkForNumbers(Vec<u64>),
    /// The same for tasks by type.
    WorkFor(Text),
    /// Regions by name.
    Region(Text),
    /// Logs by category or message.
    Log(Text),
    /// The reason of a state.
    Reason(Text),
    /// In a state.
    State(States),
    /// Waiting for something of a class.
    Waiting(Wait),
    /// Waiting for this reason.
    WaitingFor(Text),
    /// Ready to run since something with this reason.
    RunnableFor(Text),
    /// In a state with that function in a stack of its own.
    StateIn(States, Text),
    /// A mark phase of the GC.
    Gc,
    /// A stop-the-world pause, by what it is for.
    StopTheWorld(Text),
    /// A mark assist.
    Assist,
    /// A sweep.
    Sweep,
    /// A goroutine's creation.
    Created,
    /// A CPU sample.
    Sample,
    /// Anything that lasts.
    Lasting,
    /// At least partly in this part of time.
    Within(TimeRange),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_found_in_any_case() {
        let part = |text: &str| Text::Part(text.to_lowercase());
        assert!(part("HTTP").is_in("net/http.(*conn).serve"));
        assert!(part("ÖL").is_in("Das öl"));
        assert!(!part("https").is_in("net/http"));
        assert!(part("").is_in("") && part("").is_any());
        assert!(Text::Exactly("a".into()).is_in("a"));
        assert!(!Text::Exactly("a".into()).is_in("A"));
    }
}
