//! Where bytes come from: anything that returns byte ranges. No file, no browser, no clock in here.

use thiserror::Error;

use crate::report::Loss;

/// Why a [`Source`] could not return a range.
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum SourceError {
    /// The range ends after the source's end.
    #[error("bytes {offset}..{end} were asked for, but there are only {length}")]
    PastEnd {
        /// First byte asked for.
        offset: u64,
        /// One after the last byte asked for.
        end: u64,
        /// How many bytes there are.
        length: u64,
    },
    /// The system refused.
    #[error("reading at byte {offset} failed: {reason}")]
    Failed {
        /// First byte asked for.
        offset: u64,
        /// What the system said.
        reason: String,
    },
}

/// Random access to the bytes of a trace.
pub trait Source {
    /// How many bytes there are.
    fn length(&self) -> u64;

    /// Fills `buffer` with the bytes from `offset` on.
    ///
    /// # Errors
    /// [`SourceError`] if the range is not wholly inside the source or the system refuses.
    fn read(&mut self, offset: u64, buffer: &mut [u8]) -> Result<(), SourceError>;

    /// What is known to be missing after these bytes, e.g. because they come from a cut archive.
    fn loss(&self) -> Option<&Loss> {
        None
    }
}

impl Source for &[u8] {
    fn length(&self) -> u64 {
        self.len() as u64
    }

    fn read(&mut self, offset: u64, buffer: &mut [u8]) -> Result<(), SourceError> {
        let past_end = || SourceError::PastEnd {
            offset,
            end: offset.saturating_add(buffer.len() as u64),
            length: self.len() as u64,
        };
        let start = usize::try_from(offset).map_err(|_| past_end())?;
        let range = start
            .checked_add(buffer.len())
            .and_then(|end| self.get(start..end))
            .ok_or_else(past_end)?;
        buffer.copy_from_slice(range);
        Ok(())
    }
}
