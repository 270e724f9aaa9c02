//! Batch headers: how the file is cut into pieces (`internal/trace/batch.go`).

use super::spec;
use crate::bytes::{VarintFault, uvarint};
use crate::error::WireError;
use crate::limits;

/// What stands between two batches of a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Piece {
    /// A batch; its data follow.
    Batch(BatchHeader),
    /// The lone byte that ends a generation (Go 1.26 and newer).
    EndOfGeneration,
}

/// The header of a batch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BatchHeader {
    /// The generation it belongs to; never 0 in a sound trace.
    pub generation: u64,
    /// The thread that wrote it; `u64::MAX` for none.
    pub thread: u64,
    /// The time that its first event counts from, in ticks.
    pub time: u64,
    /// How many bytes of data follow.
    pub size: usize,
    /// The experiment whose own format the data have.
    pub experiment: u8,
    /// How many bytes this header has.
    pub header: usize,
}

/// Why bytes are no batch header.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HeaderFault {
    /// The bytes end inside it.
    Short,
    /// The type byte is none of a batch.
    Type(u8),
    /// A number in it has more than 64 bits.
    Number(&'static str),
    /// The data are larger than the runtime ever makes them.
    Size(u64),
}

impl HeaderFault {
    /// The error for a header at `offset`.
    #[cold]
    pub fn error(self, offset: u64) -> WireError {
        match self {
            Self::Short => WireError::malformed(
                offset,
                "batch header",
                "a whole header",
                "the end of the file",
            ),
            Self::Type(found) => WireError::malformed(
                offset,
                "batch header",
                "batch event (type 1 or 49)",
                format!("type {found}"),
            ),
            Self::Number(field) => {
                WireError::malformed(offset, field, "a number of 64 bits", "a longer one")
            }
            Self::Size(found) => WireError::malformed(
                offset,
                "batch size",
                format!("at most {}", limits::BATCH_BYTES),
                found.to_string(),
            ),
        }
    }
}

impl Piece {
    /// Reads a header from the front of `bytes`, of which [`limits::BATCH_HEADER_BYTES`] are enough.
    pub fn read(bytes: &[u8]) -> Result<Self, HeaderFault> {
        let (experiment, mut at) = match *bytes {
            [spec::END_OF_GENERATION, ..] => return Ok(Self::EndOfGeneration),
            [spec::EVENT_BATCH, ..] => (spec::NO_EXPERIMENT, 1),
            [spec::EXPERIMENTAL_BATCH, experiment, ..] => (experiment, 2),
            [spec::EXPERIMENTAL_BATCH] | [] => return Err(HeaderFault::Short),
            [other, ..] => return Err(HeaderFault::Type(other)),
        };
        let mut number = |field| match uvarint(&bytes[at..]) {
            Ok((value, length)) => {
                at += length;
                Ok(value)
            }
            Err(VarintFault::Short) => Err(HeaderFault::Short),
            Err(VarintFault::Overflow) => Err(HeaderFault::Number(field)),
        };
        let generation = number("batch generation")?;
        let thread = number("batch thread")?;
        let time = number("batch time")?;
        let size = number("batch size")?;
        if size > limits::BATCH_BYTES {
            return Err(HeaderFault::Size(size));
        }
        Ok(Self::Batch(BatchHeader {
            generation,
            thread,
            time,
            size: size as usize,
            experiment,
            header: at,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers() {
        assert_eq!(Piece::read(&[52]), Ok(Piece::EndOfGeneration));
        assert_eq!(Piece::read(&[]), Err(HeaderFault::Short));
        assert_eq!(Piece::read(&[7, 1]), Err(HeaderFault::Type(7)));
        let bytes = [49, 1, 3, 0x80, 1, 5, 6];
        assert_eq!(
            Piece::read(&bytes),
            Ok(Piece::Batch(BatchHeader {
                generation: 3,
                thread: 128,
                time: 5,
                size: 6,
                experiment: 1,
                header: 7
            }))
        );
        for end in 0..bytes.len() {
            assert_eq!(Piece::read(&bytes[..end]), Err(HeaderFault::Short));
        }
        assert_eq!(
            Piece::read(&[1, 1, 1, 1, 0x81, 0x80, 4]),
            Err(HeaderFault::Size(65537))
        );
    }
}
