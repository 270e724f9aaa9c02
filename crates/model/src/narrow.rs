//! A column of numbers that are mostly small: 8 bits each, in chunks whose numbers become 16 or 32 bits wide only where
//! they must.

use crate::column::{CHUNK, CHUNK_BITS};

/// Some entries of a [`Narrow`]: as wide as the largest of them must be.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum NarrowChunk {
    Byte(Vec<u8>),
    Short(Vec<u16>),
    Long(Vec<u32>),
}

impl NarrowChunk {
    fn extend(&mut self, values: &[u32]) {
        // Of all of them at once: cheaper than one comparison after another.
        let bits = values.iter().fold(0, |bits, &value| bits | value);
        if bits > self.most() {
            self.widen(bits);
        }
        match self {
            Self::Byte(chunk) => chunk.extend(values.iter().map(|&value| value as u8)),
            Self::Short(chunk) => chunk.extend(values.iter().map(|&value| value as u16)),
            Self::Long(chunk) => chunk.extend_from_slice(values),
        }
    }

    /// The largest number that it has room for.
    fn most(&self) -> u32 {
        match self {
            Self::Byte(_) => u8::MAX.into(),
            Self::Short(_) => u16::MAX.into(),
            Self::Long(_) => u32::MAX,
        }
    }

    /// Makes room for numbers with these bits.
    #[cold]
    #[inline(never)]
    fn widen(&mut self, bits: u32) {
        fn wide<T: Copy, U: From<T>>(chunk: &Vec<T>) -> Vec<U> {
            let mut wide = Vec::with_capacity(chunk.capacity());
            wide.extend(chunk.iter().map(|&number| U::from(number)));
            wide
        }
        *self = match self {
            Self::Byte(chunk) if bits <= u16::MAX.into() => Self::Short(wide(chunk)),
            Self::Byte(chunk) => Self::Long(wide(chunk)),
            Self::Short(chunk) => Self::Long(wide(chunk)),
            Self::Long(_) => return,
        };
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Byte(chunk) => chunk.len(),
            Self::Short(chunk) => chunk.len(),
            Self::Long(chunk) => chunk.len(),
        }
    }
}

/// An append-only column of `u32`.
#[derive(Clone, Default, PartialEq, Debug)]
pub struct Narrow {
    chunks: Vec<NarrowChunk>,
    len: usize,
}

impl Narrow {
    /// How many entries there are.
    #[inline]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Another chunk, of numbers of so many bytes.
    fn begin_chunk(&mut self, width: usize) {
        // The first chunk grows like a `Vec`, so that small traces stay small.
        let room = if self.chunks.is_empty() { 0 } else { CHUNK };
        self.chunks.push(match width {
            1 => NarrowChunk::Byte(Vec::with_capacity(room)),
            2 => NarrowChunk::Short(Vec::with_capacity(room)),
            _ => NarrowChunk::Long(Vec::with_capacity(room)),
        });
    }

    /// Appends entries.
    pub fn extend(&mut self, mut values: &[u32]) {
        while !values.is_empty() {
            let place = self.len & (CHUNK - 1);
            if place == 0 {
                self.begin_chunk(1);
            }
            let (now, later) = values.split_at(values.len().min(CHUNK - place));
            if let Some(chunk) = self.chunks.last_mut() {
                chunk.extend(now);
            }
            self.len += now.len();
            values = later;
        }
    }

    /// Appends entries that are bytes, little-endian, each of so many, as those of the whole chunk must be that they go
    /// to; whether they are. They must fit into that chunk.
    pub(crate) fn extend_bytes(&mut self, width: usize, bytes: &[u8]) -> bool {
        if self.len & (CHUNK - 1) == 0 {
            self.begin_chunk(width);
        }
        let Some(chunk) = self.chunks.last_mut() else {
            return false;
        };
        let before = chunk.len();
        match chunk {
            NarrowChunk::Byte(chunk) if width == 1 => chunk.extend_from_slice(bytes),
            NarrowChunk::Short(chunk) if width == 2 => {
                let (numbers, _) = bytes.as_chunks();
                chunk.extend(numbers.iter().map(|&bytes| u16::from_le_bytes(bytes)));
            }
            NarrowChunk::Long(chunk) if width == 4 => {
                let (numbers, _) = bytes.as_chunks();
                chunk.extend(numbers.iter().map(|&bytes| u32::from_le_bytes(bytes)));
            }
            _ => return false,
        }
        self.len += chunk.len() - before;
        chunk.len() <= CHUNK
    }

    /// The chunks.
    pub(crate) fn chunks(&self) -> &[NarrowChunk] {
        &self.chunks
    }

    /// Appends a column's chunks as they are; the ones before must be full.
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) fn append(&mut self, other: Self) {
        debug_assert!(self.len.is_multiple_of(CHUNK));
        self.len += other.len;
        self.chunks.extend(other.chunks);
    }

    /// Forgets the last entries.
    pub fn drop_last(&mut self, count: usize) {
        let mut left = count.min(self.len);
        self.len -= left;
        while left > 0
            && let Some(chunk) = self.chunks.last_mut()
        {
            let length = chunk.len();
            let now = left.min(length);
            match chunk {
                NarrowChunk::Byte(chunk) => chunk.truncate(length - now),
                NarrowChunk::Short(chunk) => chunk.truncate(length - now),
                NarrowChunk::Long(chunk) => chunk.truncate(length - now),
            }
            left -= now;
            if now == length {
                self.chunks.pop();
            }
        }
    }

    /// The entry at `index`.
    ///
    /// # Panics
    /// If there is none.
    #[inline]
    pub fn at(&self, index: usize) -> u32 {
        let place = index & (CHUNK - 1);
        match &self.chunks[index >> CHUNK_BITS] {
            NarrowChunk::Byte(chunk) => u32::from(chunk[place]),
            NarrowChunk::Short(chunk) => u32::from(chunk[place]),
            NarrowChunk::Long(chunk) => chunk[place],
        }
    }

    /// Copies the entries from `from` on into `to`, as many as both have: faster than asking one by one.
    pub fn copy_to(&self, from: usize, to: &mut [u32]) {
        self.copy_with(from, to, |number| number);
    }

    /// [`Self::copy_to`] for what `of` makes of the numbers.
    pub fn copy_with<T>(&self, from: usize, to: &mut [T], of: impl Fn(u32) -> T + Copy) {
        let mut done = 0;
        let end = to.len().min(self.len.saturating_sub(from));
        while done < end {
            let at = from + done;
            let place = at & (CHUNK - 1);
            let count = (end - done).min(CHUNK - place);
            let into = &mut to[done..done + count];
            match &self.chunks[at >> CHUNK_BITS] {
                NarrowChunk::Byte(chunk) => copy(&chunk[place..], into, |number| of(number.into())),
                NarrowChunk::Short(chunk) => {
                    copy(&chunk[place..], into, |number| of(number.into()));
                }
                NarrowChunk::Long(chunk) => copy(&chunk[place..], into, of),
            }
            done += count;
        }
    }

    /// Bytes held.
    pub fn heap_bytes(&self) -> usize {
        let chunks = self.chunks.iter().map(|chunk| match chunk {
            NarrowChunk::Byte(chunk) => chunk.capacity(),
            NarrowChunk::Short(chunk) => chunk.capacity() * size_of::<u16>(),
            NarrowChunk::Long(chunk) => chunk.capacity() * size_of::<u32>(),
        });
        chunks.sum::<usize>() + self.chunks.capacity() * size_of::<NarrowChunk>()
    }
}

#[inline(always)]
fn copy<T: Copy, U>(from: &[T], to: &mut [U], of: impl Fn(T) -> U) {
    for (to, &number) in to.iter_mut().zip(from) {
        *to = of(number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_chunks_with_large_entries_are_wide() {
        let mut column = Narrow::default();
        let value = |i: usize| match i {
            _ if i == CHUNK + 5 => 70_000,
            _ if i == 2 * CHUNK + 9 => 256,
            _ => i as u32 % 256,
        };
        let count = 3 * CHUNK + 10;
        // Pieces of many lengths, also over the ends of chunks.
        let mut i = 0;
        for length in (1..).step_by(977) {
            let piece: Vec<u32> = (i..count.min(i + length)).map(value).collect();
            column.extend(&piece);
            i += piece.len();
            if i == count {
                break;
            }
        }
        assert_eq!(column.len(), count);
        assert!((0..count).all(|i| column.at(i) == value(i)));
        for (from, len) in [
            (0, 10),
            (CHUNK - 3, 10),
            (CHUNK, CHUNK),
            (count - 2, 5),
            (count, 1),
        ] {
            let mut copied = vec![7; len];
            column.copy_to(from, &mut copied);
            let expected = (from..from + len).map(|i| if i < count { value(i) } else { 7 });
            assert!(copied.iter().copied().eq(expected), "{from}");
        }
        let most: Vec<_> = column.chunks.iter().map(NarrowChunk::most).collect();
        assert_eq!(most, [255, u32::MAX, 65_535, 255]);
        assert!(column.heap_bytes() < 9 * CHUNK);
    }
}
