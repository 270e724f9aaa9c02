//! A column that grows without copying: chunks of a fixed length, so that memory is never held twice while a trace
//! is read (a wasm memory that has grown never shrinks).

/// Entries in a chunk, as a power of two.
pub(crate) const CHUNK_BITS: usize = 16;
pub(crate) const CHUNK: usize = 1 << CHUNK_BITS;

/// An append-only column of `T`.
#[derive(Clone, PartialEq, Debug)]
pub struct Column<T> {
    chunks: Vec<Vec<T>>,
    len: usize,
}

impl<T> Default for Column<T> {
    fn default() -> Self {
        Self {
            chunks: Vec::new(),
            len: 0,
        }
    }
}

impl<T: Copy> Column<T> {
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
    pub fn push(&mut self, value: T) {
        if self.len & (CHUNK - 1) == 0 {
            self.grow();
        }
        let last = self.chunks.len() - 1;
        self.chunks[last].push(value);
        self.len += 1;
    }

    /// Appends entries: faster than one by one.
    pub fn extend(&mut self, mut values: &[T]) {
        while !values.is_empty() {
            let place = self.len & (CHUNK - 1);
            if place == 0 {
                self.grow();
            }
            let (now, later) = values.split_at(values.len().min(CHUNK - place));
            let last = self.chunks.len() - 1;
            self.chunks[last].extend_from_slice(now);
            self.len += now.len();
            values = later;
        }
    }

    #[cold]
    fn grow(&mut self) {
        // The first chunk grows like a `Vec`, so that small traces stay small.
        let reserve = if self.chunks.is_empty() { 0 } else { CHUNK };
        self.chunks.push(Vec::with_capacity(reserve));
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
            let now = left.min(chunk.len());
            chunk.truncate(chunk.len() - now);
            left -= now;
            if chunk.is_empty() {
                self.chunks.pop();
            }
        }
    }

    /// The entry at `index`.
    ///
    /// # Panics
    /// If there is none.
    #[inline]
    pub fn at(&self, index: usize) -> T {
        self.chunks[index >> CHUNK_BITS][index & (CHUNK - 1)]
    }

    /// The entry at `index`, if there is one.
    #[inline]
    pub fn get(&self, index: usize) -> Option<T> {
        self.chunks
            .get(index >> CHUNK_BITS)?
            .get(index & (CHUNK - 1))
            .copied()
    }

    /// The entry at `index`, to change it.
    #[inline]
    pub fn get_mut(&mut self, index: usize) -> Option<&mut T> {
        self.chunks
            .get_mut(index >> CHUNK_BITS)?
            .get_mut(index & (CHUNK - 1))
    }

    /// The last entry.
    pub fn last(&self) -> Option<T> {
        self.len.checked_sub(1).map(|i| self.at(i))
    }

    /// All entries in order.
    pub fn iter(&self) -> impl Iterator<Item = T> + '_ {
        self.chunks.iter().flat_map(|chunk| chunk.iter().copied())
    }

    /// The entries from `start` up to `end`, in order.
    pub fn range(&self, start: usize, end: usize) -> impl Iterator<Item = T> + '_ {
        let end = end.min(self.len);
        (start.min(end)..end).map(|i| self.at(i))
    }

    /// The entries from `start` on, in order.
    pub fn iter_from(&self, start: usize) -> impl Iterator<Item = T> + '_ {
        let chunks = self.chunks.iter().skip(start >> CHUNK_BITS);
        let mut skip = start & (CHUNK - 1);
        chunks.flat_map(move |chunk| {
            let first = std::mem::take(&mut skip);
            chunk.get(first..).unwrap_or_default().iter().copied()
        })
    }

    /// Copies the entries from `from` on into `to`, as many as both have: faster than asking one by one.
    pub fn copy_to(&self, from: usize, to: &mut [T]) {
        let mut done = 0;
        for slice in self.slices_of(from, to.len()) {
            to[done..done + slice.len()].copy_from_slice(slice);
            done += slice.len();
        }
    }

    /// The entries from `from` on, as many as there are up to `count`, for loops that want slices.
    pub fn slices_of(&self, from: usize, count: usize) -> impl Iterator<Item = &[T]> {
        let end = from.saturating_add(count).min(self.len);
        let mut next = from;
        std::iter::from_fn(move || {
            let place = next & (CHUNK - 1);
            let chunk = self.chunks.get(next >> CHUNK_BITS).filter(|_| next < end)?;
            let slice = &chunk[place..CHUNK.min(place + (end - next))];
            next += slice.len();
            Some(slice)
        })
    }

    /// The chunks, for loops that want slices.
    pub fn slices(&self) -> impl Iterator<Item = &[T]> {
        self.chunks.iter().map(Vec::as_slice)
    }

    /// Bytes held.
    pub fn heap_bytes(&self) -> usize {
        self.chunks
            .iter()
            .map(|chunk| chunk.capacity() * size_of::<T>())
            .sum()
    }

    /// The number of entries before the first for which `before` is false; entries must be sorted by it.
    pub fn partition_point(&self, mut before: impl FnMut(T) -> bool) -> usize {
        let (mut low, mut high) = (0, self.len);
        while low < high {
            let middle = low + (high - low) / 2;
            if before(self.at(middle)) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }
}

/// Whether these are the ends of pieces that follow each other, the first of them empty, and fill `len` entries.
pub(crate) fn are_ends(ends: &[u32], len: usize) -> bool {
    ends.is_sorted()
        && ends.first() == Some(&0)
        && ends.last().map(|&end| end as usize) == Some(len)
}
