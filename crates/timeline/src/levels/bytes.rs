//! Numbers as bytes and back: how levels come from another worker of the same page.

use std::ops::Range;
use std::slice::from_ref;

use tracepane_model::parts::TableBytes;

/// How many numbers are turned into bytes at once.
const BLOCK: usize = 1 << 12;

/// Writes numbers, first how many there are.
pub struct Put<'a> {
    put: &'a mut dyn FnMut(&[u8]),
    block: Vec<u8>,
}

impl<'a> Put<'a> {
    /// `put` gets the bytes in order.
    pub fn new(put: &'a mut dyn FnMut(&[u8])) -> Self {
        Self {
            put,
            block: Vec::new(),
        }
    }

    /// Numbers of 32 bits.
    pub fn short(&mut self, numbers: &[u32]) {
        self.parts(numbers, from_ref(&(0..numbers.len())), |n| n.to_le_bytes());
    }

    /// Numbers of 64 bits.
    pub fn long(&mut self, numbers: &[u64]) {
        self.parts(numbers, from_ref(&(0..numbers.len())), |n| n.to_le_bytes());
    }

    /// Parts of a column, one after the other.
    pub fn parts<T: Copy, const BYTES: usize>(
        &mut self,
        column: &[T],
        parts: &[Range<usize>],
        bytes: fn(T) -> [u8; BYTES],
    ) {
        let parts = parts.iter().map(|part| column.get(part.clone()));
        let parts = parts.map(Option::unwrap_or_default);
        self.count(parts.clone().map(<[T]>::len).sum());
        self.block.clear();
        for values in parts.flat_map(|part| part.chunks(BLOCK)) {
            let from = self.block.len();
            self.block.resize(from + values.len() * BYTES, 0);
            let (to, _) = self.block[from..].as_chunks_mut();
            for (to, &value) in to.iter_mut().zip(values) {
                *to = bytes(value);
            }
            if self.block.len() >= BLOCK {
                (self.put)(&self.block);
                self.block.clear();
            }
        }
        (self.put)(&self.block);
    }

    /// [`Self::long`] of numbers with signs.
    pub fn signed(&mut self, numbers: &[i64]) {
        let numbers: Vec<u64> = numbers.iter().map(|&number| number as u64).collect();
        self.long(&numbers);
    }

    fn count(&mut self, count: usize) {
        (self.put)(&(count as u64).to_le_bytes());
    }
}

/// Reads what [`Put`] wrote; `None` where there is less.
pub struct Take<'a>(pub &'a mut dyn TableBytes);

impl Take<'_> {
    /// Numbers of 32 bits.
    pub fn short(&mut self) -> Option<Vec<u32>> {
        self.numbers(u32::from_le_bytes)
    }

    /// Numbers of 64 bits.
    pub fn long(&mut self) -> Option<Vec<u64>> {
        self.numbers(u64::from_le_bytes)
    }

    /// Numbers of 64 bits with signs.
    pub fn signed(&mut self) -> Option<Vec<i64>> {
        self.numbers(i64::from_le_bytes)
    }

    /// As many numbers of 64 bits as are wanted, and no more.
    pub fn fixed<const N: usize>(&mut self) -> Option<[u64; N]> {
        self.long()?.try_into().ok()
    }

    /// What was [`Put::parts`] of a column goes to these parts of another, which must be as long together.
    pub fn parts<const BYTES: usize, T>(
        &mut self,
        column: &mut [T],
        parts: &[Range<usize>],
        value: fn([u8; BYTES]) -> T,
    ) -> Option<()> {
        let mut left = self.count(BYTES)?;
        for part in parts {
            left = left.checked_sub(part.len())?;
            for to in column.get_mut(part.clone())?.chunks_mut(BLOCK) {
                let (bytes, _) = self.0.take(to.len() * BYTES)?.as_chunks();
                for (to, &bytes) in to.iter_mut().zip(bytes) {
                    *to = value(bytes);
                }
            }
        }
        (left == 0).then_some(())
    }

    /// How many values follow, of so many bytes each.
    fn count(&mut self, bytes: usize) -> Option<usize> {
        let count = self.0.take(8)?.first_chunk().copied();
        let count = usize::try_from(u64::from_le_bytes(count?)).ok()?;
        (count <= self.0.left() / bytes).then_some(count)
    }

    fn numbers<const BYTES: usize, T>(&mut self, number: fn([u8; BYTES]) -> T) -> Option<Vec<T>> {
        let count = self.count(BYTES)?;
        let mut numbers = Vec::with_capacity(count);
        while numbers.len() < count {
            let now = (count - numbers.len()).min(BLOCK);
            let (bytes, _) = self.0.take(now * BYTES)?.as_chunks();
            numbers.extend(bytes.iter().map(|&bytes| number(bytes)));
        }
        Some(numbers)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn numbers_come_back_and_no_more_than_there_are() {
        let short: Vec<u32> = (0..10_000u32).map(|i| i.wrapping_mul(430_001)).collect();
        let mut sent = Vec::new();
        let mut put = |block: &[u8]| sent.extend_from_slice(block);
        let mut to = Put::new(&mut put);
        to.short(&short);
        to.parts(b"abcdefg", &[1..3, 0..0, 6..7], |byte| [byte]);
        to.signed(&[-1, i64::MIN]);
        to.long(&[7, u64::MAX]);
        let mut from = Cursor::new(sent.clone());
        let mut take = Take(&mut from);
        assert_eq!(take.short().as_ref(), Some(&short));
        let mut bytes = *b"1234567";
        let taken = take.parts(&mut bytes, &[0..1, 4..6], |[byte]| byte);
        assert_eq!((taken, &bytes), (Some(()), b"b234cg7"));
        assert_eq!(take.signed(), Some(vec![-1, i64::MIN]));
        assert_eq!(take.fixed(), Some([7, u64::MAX]));
        assert_eq!(take.long(), None);
        let mut cut = Cursor::new(sent[..39_000].to_vec());
        assert_eq!(Take(&mut cut).short(), None);
    }
}
