//! Reading numbers from raw bytes: the only place that takes bytes apart.

use crate::limits::VARINT_BYTES;

/// Why a number could not be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum VarintFault {
    /// The bytes end inside the number.
    Short,
    /// It has more than 64 bits.
    Overflow,
}

/// Reads an unsigned LEB128 number from the front of `bytes`: its value and its length, as Go's `binary.Uvarint`.
#[inline]
pub fn uvarint(bytes: &[u8]) -> Result<(u64, usize), VarintFault> {
    match bytes {
        [a, ..] if *a < 0x80 => Ok((u64::from(*a), 1)),
        [a, b, ..] if *b < 0x80 => Ok((u64::from(*a & 0x7f) | u64::from(*b) << 7, 2)),
        _ => uvarint_long(bytes),
    }
}

fn uvarint_long(bytes: &[u8]) -> Result<(u64, usize), VarintFault> {
    let mut value = 0;
    for (i, &byte) in bytes.iter().take(VARINT_BYTES).enumerate() {
        if byte < 0x80 {
            if i == VARINT_BYTES - 1 && byte > 1 {
                return Err(VarintFault::Overflow);
            }
            return Ok((value | u64::from(byte) << (7 * i), i + 1));
        }
        value |= u64::from(byte & 0x7f) << (7 * i);
    }
    if bytes.len() < VARINT_BYTES {
        Err(VarintFault::Short)
    } else {
        Err(VarintFault::Overflow)
    }
}

/// How many bytes must be readable after an event's first byte: more than any event has.
pub const WINDOW: usize = 64;

/// The bytes from one event on. They may reach into what follows; the caller compares the position with the end.
#[derive(Clone, Copy)]
pub struct Window<'a>(&'a [u8; WINDOW]);

impl<'a> Window<'a> {
    /// The window at `at`, if that many bytes are there.
    #[inline(always)]
    pub fn new(bytes: &'a [u8], at: usize) -> Option<Self> {
        bytes.get(at..)?.first_chunk().map(Self)
    }

    /// Its first byte.
    #[inline(always)]
    pub fn first(self) -> u8 {
        self.0[0]
    }

    /// The byte at `at`.
    #[inline(always)]
    pub fn byte(self, at: usize) -> Option<u8> {
        self.0.get(at).copied()
    }

    /// Reads a number of at most three bytes at `at` and moves `at` behind it; `None` if it has more.
    #[inline(always)]
    pub fn short_uvarint(self, at: &mut usize) -> Option<u32> {
        let word = u32::from_le_bytes(*self.0.get(*at..)?.first_chunk()?);
        if word & 0x80 == 0 {
            *at += 1;
            return Some(word & 0x7f);
        }
        if word & 0x8000 == 0 {
            *at += 2;
            return Some(word & 0x7f | word >> 1 & 0x3f80);
        }
        if word & 0x80_0000 == 0 {
            *at += 3;
            return Some(word & 0x7f | word >> 1 & 0x3f80 | word >> 2 & 0x1f_c000);
        }
        None
    }

    /// Reads a number at `at` and moves `at` behind it.
    #[inline(always)]
    pub fn uvarint(self, at: &mut usize) -> Option<u64> {
        let a = *self.0.get(*at)?;
        if a < 0x80 {
            *at += 1;
            return Some(u64::from(a));
        }
        let b = *self.0.get(*at + 1)?;
        if b < 0x80 {
            *at += 2;
            return Some(u64::from(a & 0x7f) | u64::from(b) << 7);
        }
        let c = *self.0.get(*at + 2)?;
        if c < 0x80 {
            *at += 3;
            return Some(u64::from(a & 0x7f) | u64::from(b & 0x7f) << 7 | u64::from(c) << 14);
        }
        self.uvarint_long(at)
    }

    #[inline(never)]
    fn uvarint_long(self, at: &mut usize) -> Option<u64> {
        let (value, length) = uvarint_long(self.0.get(*at..)?).ok()?;
        *at += length;
        Some(value)
    }
}

/// A cursor over the bytes of a table; knows where it is in the file.
pub struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
    offset: u64,
}

impl<'a> Cursor<'a> {
    /// A cursor at the beginning of `bytes`, which are at `offset` in the file.
    pub fn new(bytes: &'a [u8], offset: u64) -> Self {
        Self {
            bytes,
            at: 0,
            offset,
        }
    }

    /// Where it is in the file.
    pub fn offset(&self) -> u64 {
        self.offset + self.at as u64
    }

    /// Whether all has been read.
    pub fn is_empty(&self) -> bool {
        self.at >= self.bytes.len()
    }

    /// What comes next, if so many bytes are there.
    #[inline(always)]
    pub fn window(&self) -> Option<Window<'a>> {
        Window::new(self.bytes, self.at)
    }

    /// Passes bytes that were seen in [`Self::window`].
    #[inline(always)]
    pub fn pass(&mut self, bytes: usize) {
        self.at = self.at.saturating_add(bytes).min(self.bytes.len());
    }

    /// The next byte.
    pub fn byte(&mut self) -> Result<u8, VarintFault> {
        let byte = *self.bytes.get(self.at).ok_or(VarintFault::Short)?;
        self.at += 1;
        Ok(byte)
    }

    /// The next number.
    #[inline]
    pub fn uvarint(&mut self) -> Result<u64, VarintFault> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let (value, length) = uvarint(rest)?;
        self.at += length;
        Ok(value)
    }

    /// The next `length` bytes.
    pub fn take(&mut self, length: usize) -> Result<&'a [u8], VarintFault> {
        let end = self.at.checked_add(length).ok_or(VarintFault::Short)?;
        let taken = self.bytes.get(self.at..end).ok_or(VarintFault::Short)?;
        self.at = end;
        Ok(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encode(mut value: u64) -> Vec<u8> {
        let mut bytes = Vec::new();
        while value >= 0x80 {
            bytes.push(value as u8 | 0x80);
            value >>= 7;
        }
        bytes.push(value as u8);
        bytes
    }

    #[test]
    fn numbers_of_every_length() {
        for shift in 0..64 {
            for value in [
                1u64 << shift,
                (1u64 << shift).wrapping_sub(1),
                u64::MAX >> shift,
            ] {
                let mut bytes = encode(value);
                assert_eq!(uvarint(&bytes), Ok((value, bytes.len())));
                let length = bytes.len();
                bytes.resize(WINDOW, 0xff);
                let mut at = 0;
                assert_eq!(
                    Window::new(&bytes, 0).unwrap().uvarint(&mut at),
                    Some(value)
                );
                assert_eq!(at, length);
                let mut at = 0;
                let short = Window::new(&bytes, 0).unwrap().short_uvarint(&mut at);
                assert_eq!(short, (length <= 3).then_some(value as u32));
                assert_eq!(at, if length <= 3 { length } else { 0 });
            }
        }
    }

    #[test]
    fn numbers_cut_short_or_too_long() {
        for shift in 0..64 {
            let bytes = encode(1 << shift);
            for end in 0..bytes.len() {
                assert_eq!(uvarint(&bytes[..end]), Err(VarintFault::Short));
            }
        }
        let mut long = vec![0xff; 9];
        long.push(2);
        assert_eq!(uvarint(&long), Err(VarintFault::Overflow));
        assert_eq!(uvarint(&[0x80; 11]), Err(VarintFault::Overflow));
        long.resize(WINDOW, 0);
        assert_eq!(Window::new(&long, 0).unwrap().uvarint(&mut 0), None);
    }
}
