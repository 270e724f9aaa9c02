//! What was odd or lost while a trace was read: values beside the events, never silence and never a refused file.

use crate::id::Nanos;
use crate::limits;

/// Where something odd was found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place {
    /// The generation's number; 1 for a v1 trace.
    pub generation: u64,
    /// The byte offset in the (uncompressed) trace: of the event where it is known, else of its batch.
    pub offset: u64,
    /// The time of the event, if it has one.
    pub time: Option<Nanos>,
}

/// The kinds of slips: faults of the traced program, of the runtime or of the file that leave the rest readable.
/// Strict reading refuses each of them, as `go tool trace` does.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum SlipKind {
    /// A region ended that was not the innermost one of its goroutine.
    UnbalancedRegion,
    /// A task began with the id of one that had not ended.
    TaskBeganTwice,
    /// A v1 event whose timestamp is earlier than its predecessor's.
    TimeOutOfOrder,
    /// An event that does not fit the state of its goroutine, proc or thread; it was skipped or the state was mended.
    EventDoesNotFit,
    /// An event or a frame names a string that its generation does not have.
    UnknownString,
    /// An event names a stack that its generation does not have.
    UnknownStack,
    /// A batch of an experiment that this program does not know; it was skipped.
    UnknownExperiment,
    /// A table has the same id twice; the first one counts.
    DuplicateId,
    /// Bytes of a batch that are no event; the rest of that batch was skipped.
    BadBatch,
}

/// One kind of slip: how often, and where first.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Slip {
    /// What kind.
    pub kind: SlipKind,
    /// How many times.
    pub count: u64,
    /// Where the first one was.
    pub first: Place,
    /// A sentence about the first one, with what was expected and what was found.
    pub detail: String,
}

/// A part of the file that could not be shown.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Loss {
    /// Where it begins in the (uncompressed) trace.
    pub offset: u64,
    /// How many bytes of the file it has.
    pub bytes: u64,
    /// The generation it belongs to, if known.
    pub generation: Option<u64>,
    /// A sentence that says why.
    pub reason: String,
}

/// All that was odd or lost.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Report {
    /// One entry for each kind of slip that occurred, in order of first occurrence.
    pub slips: Vec<Slip>,
    /// What could not be shown, in file order.
    pub losses: Vec<Loss>,
}

impl Report {
    /// Counts a slip. `detail` is asked for only the first time.
    pub fn slip(&mut self, kind: SlipKind, place: Place, detail: impl FnOnce() -> String) {
        match self.slips.iter_mut().find(|slip| slip.kind == kind) {
            Some(slip) => slip.count += 1,
            None => self.slips.push(Slip {
                kind,
                count: 1,
                first: place,
                detail: detail(),
            }),
        }
    }

    /// Adds a loss; when there are very many, to the last one.
    pub fn lose(&mut self, loss: Loss) {
        let full = self.losses.len() >= limits::LOSSES;
        match self.losses.last_mut() {
            Some(last) if full => last.bytes += loss.bytes,
            _ => self.losses.push(loss),
        }
    }

    /// Bytes lost in all.
    pub fn lost_bytes(&self) -> u64 {
        self.losses.iter().map(|loss| loss.bytes).sum()
    }
}
