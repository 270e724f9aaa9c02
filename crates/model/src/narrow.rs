//! A column of numbers that are mostly small: 16 bits each, in chunks that become 32 bits wide only where they must.

use crate::column::{CHUNK, CHUNK_BITS};

/// Some entries of a [`Narrow`].
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum NarrowChunk {
    Short(Vec<u16>),
    Long(Vec<u32>),
}

impl NarrowChunk {
    fn extend(&mut self, values: &[u32]) {
        if let Self::Short(short) = self {
            // Of all of them at once: cheaper than one comparison after another.
            if values.iter().fold(0, |bits, &value| bits | value) <= u32::from(u16::MAX) {
                short.extend(values.iter().map(|&value| value as u16));
                return;
            }
            let mut long = Vec::with_capacity(short.capacity());
            long.extend(short.iter().map(|&value| u32::from(value)));
            *self = Self::Long(long);
        }
        if let Self::Long(long) = self {
            long.extend_from_slice(values);
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

    /// Appends entries.
    pub fn extend(&mut self, mut values: &[u32]) {
        while !values.is_empty() {
            let place = self.len & (CHUNK - 1);
            if place == 0 {
                // The first chunk grows like a `Vec`, so that small traces stay small.
                let reserve = if self.chunks.is_empty() { 0 } else { CHUNK };
                self.chunks
                    .push(NarrowChunk::Short(Vec::with_capacity(reserve)));
            }
            let (now, later) = values.split_at(values.len().min(CHUNK - place));
            if let Some(chunk) = self.chunks.last_mut() {
                chunk.extend(now);
            }
            self.len += now.len();
            values = later;
        }
    }

    /// The chunks, to be freed one by one.
    pub(crate) fn into_chunks(self) -> impl Iterator<Item = NarrowChunk> {
        self.chunks.into_iter()
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
            let length = match chunk {
                NarrowChunk::Short(chunk) => chunk.len(),
                NarrowChunk::Long(chunk) => chunk.len(),
            };
            let now = left.min(length);
            match chunk {
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
            NarrowChunk::Short(chunk) => u32::from(chunk[place]),
            NarrowChunk::Long(chunk) => chunk[place],
        }
    }

    /// Copies the entries from `from` on into `to`, as many as both have: faster than asking one by one.
    pub fn copy_to(&self, from: usize, to: &mut [u32]) {
        let mut done = 0;
        let end = to.len().min(self.len.saturating_sub(from));
        while done < end {
            let at = from + done;
            let place = at & (CHUNK - 1);
            let count = (end - done).min(CHUNK - place);
            let into = &mut to[done..done + count];
            match &self.chunks[at >> CHUNK_BITS] {
                NarrowChunk::Short(chunk) => {
                    for (to, &value) in into.iter_mut().zip(&chunk[place..]) {
                        *to = u32::from(value);
                    }
                }
                NarrowChunk::Long(chunk) => into.copy_from_slice(&chunk[place..place + count]),
            }
            done += count;
        }
    }

    /// Bytes held.
    pub fn heap_bytes(&self) -> usize {
        let chunks = self.chunks.iter().map(|chunk| match chunk {
            NarrowChunk::Short(chunk) => chunk.capacity() * size_of::<u16>(),
            NarrowChunk::Long(chunk) => chunk.capacity() * size_of::<u32>(),
        });
        chunks.sum::<usize>() + self.chunks.capacity() * size_of::<NarrowChunk>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_chunks_with_large_entries_are_wide() {
        let mut column = Narrow::default();
        let value = |i: usize| {
            if i == CHUNK + 5 {
                70_000
            } else {
                i as u32 % 1000
            }
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
        let wide = |chunk: &&NarrowChunk| matches!(chunk, NarrowChunk::Long(_));
        assert_eq!(column.chunks.iter().filter(wide).count(), 1);
        assert!(column.heap_bytes() < 11 * CHUNK);
    }
}
