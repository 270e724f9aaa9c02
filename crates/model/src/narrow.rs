//! A column of numbers that are mostly small: 16 bits each, in chunks that become 32 bits wide only where they must.

/// Entries in a chunk, as a power of two.
const CHUNK_BITS: usize = 16;
const CHUNK: usize = 1 << CHUNK_BITS;

#[derive(Clone, Debug)]
enum Chunk {
    Short(Vec<u16>),
    Long(Vec<u32>),
}

/// An append-only column of `u32`.
#[derive(Clone, Default, Debug)]
pub struct Narrow {
    chunks: Vec<Chunk>,
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

    /// Appends an entry.
    #[inline]
    pub fn push(&mut self, value: u32) {
        if self.len & (CHUNK - 1) == 0 {
            self.grow();
        }
        self.len += 1;
        match self.chunks.last_mut() {
            Some(Chunk::Short(chunk)) if value <= u32::from(u16::MAX) => chunk.push(value as u16),
            Some(Chunk::Long(chunk)) => chunk.push(value),
            _ => self.widen(value),
        }
    }

    #[cold]
    fn grow(&mut self) {
        // The first chunk grows like a `Vec`, so that small traces stay small.
        let reserve = if self.chunks.is_empty() { 0 } else { CHUNK };
        self.chunks.push(Chunk::Short(Vec::with_capacity(reserve)));
    }

    /// Appends an entry that is too large for its chunk.
    #[cold]
    fn widen(&mut self, value: u32) {
        let Some(chunk) = self.chunks.last_mut() else {
            return;
        };
        if let Chunk::Short(short) = chunk {
            let mut long = Vec::with_capacity(short.capacity());
            long.extend(short.iter().map(|&value| u32::from(value)));
            *chunk = Chunk::Long(long);
        }
        if let Chunk::Long(long) = chunk {
            long.push(value);
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
            Chunk::Short(chunk) => u32::from(chunk[place]),
            Chunk::Long(chunk) => chunk[place],
        }
    }

    /// Calls `f` with all entries in order: faster than asking one by one.
    #[inline]
    pub fn for_each(&self, mut f: impl FnMut(u32)) {
        for chunk in &self.chunks {
            match chunk {
                Chunk::Short(chunk) => chunk.iter().for_each(|&value| f(u32::from(value))),
                Chunk::Long(chunk) => chunk.iter().for_each(|&value| f(value)),
            }
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
                Chunk::Short(chunk) => {
                    for (to, &value) in into.iter_mut().zip(&chunk[place..]) {
                        *to = u32::from(value);
                    }
                }
                Chunk::Long(chunk) => into.copy_from_slice(&chunk[place..place + count]),
            }
            done += count;
        }
    }

    /// Bytes held.
    pub fn heap_bytes(&self) -> usize {
        let chunks = self.chunks.iter().map(|chunk| match chunk {
            Chunk::Short(chunk) => chunk.capacity() * size_of::<u16>(),
            Chunk::Long(chunk) => chunk.capacity() * size_of::<u32>(),
        });
        chunks.sum::<usize>() + self.chunks.capacity() * size_of::<Chunk>()
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
        for i in 0..count {
            column.push(value(i));
        }
        assert_eq!(column.len(), count);
        assert!((0..count).all(|i| column.at(i) == value(i)));
        let mut i = 0;
        column.for_each(|found| {
            assert_eq!(found, value(i));
            i += 1;
        });
        assert_eq!(i, count);
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
        let wide = |chunk: &&Chunk| matches!(chunk, Chunk::Long(_));
        assert_eq!(column.chunks.iter().filter(wide).count(), 1);
        assert!(column.heap_bytes() < 11 * CHUNK);
    }
}
