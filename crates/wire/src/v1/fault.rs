//! What is wrong with a v1 trace, and how much of it that costs.

use std::fmt;

use crate::bytes::VarintFault;
use crate::error::WireError;
use crate::report::SlipKind;

/// How much a fault costs a reader that goes on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reach {
    /// All up to the next batch: where the next event begins is not known.
    Batch,
    /// One event: the next one can be read. It is counted as the slip.
    Event(SlipKind),
}

/// A fault. Strict reading refuses the trace with its error, lenient reading counts it and goes on.
#[derive(Debug)]
pub struct Fault {
    /// What it costs.
    pub reach: Reach,
    /// What it is.
    pub error: Box<WireError>,
}

impl Fault {
    /// Bytes that are not what the format wants; what follows them cannot be told.
    #[cold]
    pub fn malformed(
        offset: u64,
        field: &'static str,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> Self {
        Self {
            reach: Reach::Batch,
            error: Box::new(WireError::malformed(offset, field, expected, found)),
        }
    }

    /// A number or a range of bytes that could not be read.
    #[cold]
    pub fn unread(offset: u64, field: &'static str, fault: VarintFault) -> Self {
        match fault {
            VarintFault::Short => Self::malformed(offset, field, "more bytes", "the end"),
            VarintFault::Overflow => Self::malformed(
                offset,
                field,
                "a number of 64 bits",
                "one of more than 64 bits",
            ),
        }
    }

    /// The same, where the next event begins is known.
    #[cold]
    pub fn of_event(self) -> Self {
        self.counted(SlipKind::BadBatch)
    }

    /// The same, counted as another slip.
    #[cold]
    pub fn counted(self, slip: SlipKind) -> Self {
        Self {
            reach: Reach::Event(slip),
            ..self
        }
    }
}

impl From<Fault> for WireError {
    fn from(fault: Fault) -> Self {
        *fault.error
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

/// What strict reading says of events that contradict each other.
#[cold]
pub fn inconsistent(offset: u64, event: &'static str, reason: impl Into<String>) -> WireError {
    WireError::Inconsistent {
        offset,
        generation: 1,
        event,
        reason: reason.into(),
    }
}
