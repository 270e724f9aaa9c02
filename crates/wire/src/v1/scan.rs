//! Reading raw bytes: a cursor over numbers, and the search for the next batch after damage.

use crate::v1::fault::{Fault, FaultKind};
use crate::v1::parse::MAX_ARGUMENT_BYTES;
use crate::v1::spec;

/// A place in the trace that only moves forward, and never past its end.
#[derive(Clone, Copy)]
pub struct Cursor<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl<'a> Cursor<'a> {
    /// Begins at `position`, or at the end if that is nearer.
    pub fn new(bytes: &'a [u8], position: usize) -> Self {
        let position = position.min(bytes.len());
        Self { bytes, position }
    }

    /// How many bytes are before the cursor.
    pub fn position(&self) -> usize {
        self.position
    }

    /// Whether nothing is left.
    #[inline]
    pub fn at_end(&self) -> bool {
        self.position >= self.bytes.len()
    }

    /// The next byte.
    #[inline]
    pub fn byte(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.position)?;
        self.position += 1;
        Some(byte)
    }

    /// The next number in base 128, at most ten bytes long (`binary.Uvarint`).
    #[inline]
    pub fn number(&mut self) -> Result<u64, Fault> {
        match self.bytes.get(self.position) {
            Some(&byte) if byte < 0x80 => {
                self.position += 1;
                Ok(u64::from(byte))
            }
            _ => self.long_number(),
        }
    }

    fn long_number(&mut self) -> Result<u64, Fault> {
        let rest = self.bytes.get(self.position..).unwrap_or(&[]);
        let mut value = 0_u64;
        for (place, &byte) in rest.iter().take(10).enumerate() {
            if place == 9 && byte > 1 {
                break;
            }
            value |= u64::from(byte & 0x7f) << (7 * place);
            if byte < 0x80 {
                self.position += place + 1;
                return Ok(value);
            }
        }
        if rest.len() < 10 {
            return Err(self.ends_early());
        }
        let detail = "a number is longer than 64 bits".to_owned();
        Err(Fault::new(
            FaultKind::Malformed,
            self.position as u64,
            detail,
        ))
    }

    /// The next `length` bytes.
    pub fn take(&mut self, length: u64) -> Result<&'a [u8], Fault> {
        let end = usize::try_from(length)
            .ok()
            .and_then(|length| self.position.checked_add(length));
        match end.and_then(|end| self.bytes.get(self.position..end)) {
            Some(taken) => {
                self.position += taken.len();
                Ok(taken)
            }
            None => Err(self.ends_early()),
        }
    }

    /// A cursor over the next `length` bytes, which this one passes.
    #[inline]
    pub fn block(&mut self, length: u64) -> Result<Self, Fault> {
        let position = self.position;
        self.take(length)?;
        Ok(Self {
            bytes: &self.bytes[..self.position],
            position,
        })
    }

    #[cold]
    fn ends_early(&self) -> Fault {
        let detail = "the trace ends in the middle of an event".to_owned();
        Fault::new(FaultKind::Malformed, self.position as u64, detail)
    }
}

/// How many events must follow a byte that looks like a batch's first one.
const CONVINCING: usize = 16;
/// How many are enough at the trace's end.
const CONVINCING_AT_END: usize = 4;

/// Where the next batch begins after damage at `start`, or the trace's end.
///
/// The format marks batches by nothing but an event, so a place counts if well-formed events follow it. Each place costs
/// a bounded number of steps.
pub fn resynchronise(bytes: &[u8], start: usize, version: u32) -> usize {
    const HEAD: u8 = spec::BATCH | 1 << 6;
    let from = start.saturating_add(1).min(bytes.len());
    bytes[from..]
        .iter()
        .enumerate()
        .filter(|(_, byte)| **byte == HEAD)
        .map(|(place, _)| from + place)
        .find(|place| convinces(Cursor::new(bytes, *place), version))
        .unwrap_or(bytes.len())
}

fn convinces(mut cursor: Cursor<'_>, version: u32) -> bool {
    for read in 0..CONVINCING {
        if cursor.at_end() {
            return read >= CONVINCING_AT_END;
        }
        if !skip(&mut cursor, version) {
            return false;
        }
    }
    true
}

/// Passes one event; false if it is none.
fn skip(cursor: &mut Cursor<'_>, version: u32) -> bool {
    let Some(head) = cursor.byte() else {
        return false;
    };
    let event_type = head & 0x3f;
    let Some(spec) = spec::spec(event_type, version) else {
        return false;
    };
    let numbers = usize::from(head >> 6) + 1;
    match event_type {
        spec::STRING => {
            let _id = cursor.number();
            return cursor
                .number()
                .and_then(|length| cursor.take(length))
                .is_ok();
        }
        spec::BATCH => {
            let proc = cursor.number().unwrap_or(u64::MAX - 1);
            let plausible = proc == u64::MAX || proc <= i32::MAX as u64;
            return numbers == 2 && plausible && cursor.number().is_ok();
        }
        _ => {}
    }
    if numbers <= 3 {
        return numbers == spec.numbers(event_type)
            && (0..numbers).all(|_| cursor.number().is_ok());
    }
    let Ok(length) = cursor.number() else {
        return false;
    };
    let fits = length <= MAX_ARGUMENT_BYTES && cursor.take(length).is_ok();
    if fits && event_type == spec::USER_LOG {
        return cursor
            .number()
            .and_then(|length| cursor.take(length))
            .is_ok();
    }
    fits && (event_type == spec::STACK || spec.numbers(event_type) > 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_go_reads_them() {
        let mut cursor = Cursor::new(&[0x7f, 0x80, 0x01, 0x80, 0x80, 0x00], 0);
        assert_eq!(cursor.number().ok(), Some(127));
        assert_eq!(cursor.number().ok(), Some(128));
        assert_eq!(
            cursor.number().ok(),
            Some(0),
            "padded, as the runtime writes lengths"
        );
        assert!(cursor.number().is_err());
        let longest = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
        assert_eq!(Cursor::new(&longest, 0).number().ok(), Some(u64::MAX));
        let too_long = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02];
        assert!(Cursor::new(&too_long, 0).number().is_err());
    }

    #[test]
    fn lengths_beyond_the_end_are_refused() {
        let mut cursor = Cursor::new(&[1, 2, 3], 1);
        assert!(cursor.take(u64::MAX).is_err());
        assert!(cursor.take(3).is_err());
        assert_eq!(cursor.take(2).ok(), Some([2, 3].as_slice()));
        assert!(cursor.at_end());
    }
}
