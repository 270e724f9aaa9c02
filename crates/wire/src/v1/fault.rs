//! What is wrong with a v1 trace, and where.

use std::fmt;

use crate::report::SlipKind;

/// The kinds of faults.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FaultKind {
    /// Bytes that are no event: where the next one begins is not known.
    Malformed,
    /// An event with wrong arguments: the next one can be read.
    Argument,
    /// Times that contradict the order of events.
    Time,
    /// Events that contradict each other.
    Order,
    /// Something that the trace must have is not there.
    Missing,
}

/// A fault. Strict reading refuses the trace, lenient reading counts it and goes on.
#[derive(Clone, Debug)]
pub struct Fault {
    /// Which kind.
    pub kind: FaultKind,
    /// Where in the trace.
    pub offset: u64,
    /// What it counts as, if that is not clear from the kind.
    pub slip: Option<SlipKind>,
    detail: String,
}

impl Fault {
    /// A fault at a byte of the trace.
    #[cold]
    pub fn new(kind: FaultKind, offset: u64, detail: String) -> Self {
        Self {
            kind,
            offset,
            slip: None,
            detail,
        }
    }

    /// The same inside of arguments whose length is known.
    #[cold]
    pub fn within(self) -> Self {
        Self {
            kind: FaultKind::Argument,
            ..self
        }
    }

    /// Says what it counts as.
    #[cold]
    pub fn counted(mut self, slip: SlipKind) -> Self {
        self.slip = Some(slip);
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}
