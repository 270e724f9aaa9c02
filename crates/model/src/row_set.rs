//! Some rows of a large table, a bit each, with how many come before each block of them: a place among them is found
//! in a row's bit and a row from its place without a list of all.

/// Words in a block.
const BLOCK: usize = 8;

/// The places of the bits of a word, lowest first.
#[inline]
pub fn bits_of(mut word: u64) -> impl Iterator<Item = u32> {
    std::iter::from_fn(move || {
        let bit = word.trailing_zeros();
        if bit == 64 {
            return None;
        }
        word &= word - 1;
        Some(bit)
    })
}

/// A set of rows. Only the first ones are kept, as many as it was made for, and the others marked: [`Self::has`] knows
/// all, everything else is about those that are kept.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct RowSet {
    words: Vec<u64>,
    /// How many rows come before each block, those that are not kept included.
    before: Vec<u32>,
    /// How many there are, and how many are kept.
    count: usize,
    kept: usize,
    /// The row after the last that is kept.
    end: u32,
}

impl RowSet {
    /// From a bit for each row, lowest first; keeps `most` rows.
    pub fn new(words: Vec<u64>, most: usize) -> Self {
        let mut count = 0;
        let before = words.chunks(BLOCK).map(|block| {
            let before = count;
            count += ones(block);
            before
        });
        let before = before.collect();
        let mut set = Self {
            end: (words.len() * 64) as u32,
            words,
            before,
            count: count as usize,
            kept: count as usize,
        };
        if let Some(row) = set.row(most) {
            (set.kept, set.end) = (most, row);
        }
        set
    }

    /// From rows, which rise, of a table with `len` rows.
    pub fn of(len: usize, rows: impl IntoIterator<Item = u32>) -> Self {
        let mut words = vec![0u64; len.div_ceil(64)];
        for row in rows {
            if let Some(word) = words.get_mut(row as usize / 64) {
                *word |= 1 << (row % 64);
            }
        }
        Self::new(words, usize::MAX)
    }

    /// Whether a row is in the set, kept or not.
    #[inline]
    pub fn has(&self, row: u32) -> bool {
        self.words
            .get(row as usize / 64)
            .is_some_and(|word| word >> (row % 64) & 1 != 0)
    }

    /// Whether a row is kept.
    #[inline]
    pub fn keeps(&self, row: u32) -> bool {
        row < self.end && self.has(row)
    }

    /// How many there are, kept or not.
    pub fn count(&self) -> usize {
        self.count
    }

    /// How many are kept.
    #[inline]
    pub fn len(&self) -> usize {
        self.kept
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.kept == 0
    }

    /// How many of those that are kept come before a row.
    pub fn place(&self, row: u32) -> usize {
        if row >= self.end {
            return self.kept;
        }
        let (word, bit) = (row as usize / 64, row % 64);
        let block = word / BLOCK;
        let whole = ones(&self.words[block * BLOCK..word]);
        let part = self.words[word] & ((1 << bit) - 1);
        (self.before[block] + whole + part.count_ones()) as usize
    }

    /// The row at a place.
    pub fn row(&self, place: usize) -> Option<u32> {
        if place >= self.kept {
            return None;
        }
        let block = self
            .before
            .partition_point(|&before| before as usize <= place)
            - 1;
        let mut left = place as u32 - self.before[block];
        let first = block * BLOCK;
        for (word, mut bits) in (first..).zip(self.words[first..].iter().copied()) {
            if left >= bits.count_ones() {
                left -= bits.count_ones();
                continue;
            }
            for _ in 0..left {
                bits &= bits - 1;
            }
            return Some(word as u32 * 64 + bits.trailing_zeros());
        }
        None
    }

    /// Those that are kept, in their order.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.rows(0, self.end)
    }

    /// Those of the rows from `first` up to `end` that are kept.
    #[inline]
    pub fn rows(&self, first: u32, end: u32) -> impl Iterator<Item = u32> + '_ {
        let parts = self.parts(first, end);
        parts.flat_map(|(place, part)| bits_of(part).map(move |bit| place + bit))
    }

    /// The same, the last one first.
    #[inline]
    pub fn rows_back(&self, first: u32, end: u32) -> impl Iterator<Item = u32> + '_ {
        self.parts(first, end).rev().flat_map(|(place, mut part)| {
            std::iter::from_fn(move || {
                let bit = 63u32.checked_sub(part.leading_zeros())?;
                part ^= 1 << bit;
                Some(place + bit)
            })
        })
    }

    /// The words of rows that are kept: the first word's and the last one's bits outside of `first` up to `end` are left
    /// out. Each with the row of its lowest bit.
    #[inline]
    fn parts(&self, first: u32, end: u32) -> impl DoubleEndedIterator<Item = (u32, u64)> + '_ {
        let end = end.min(self.end);
        let words = self
            .words
            .get(first as usize / 64..end.div_ceil(64) as usize);
        let from = first / 64;
        let words = words.unwrap_or_default().iter().enumerate();
        words.map(move |(place, &word)| {
            let row = (from + place as u32) * 64;
            let (before, left) = (first.saturating_sub(row), end.saturating_sub(row));
            let after = if left < 64 { u64::MAX << left } else { 0 };
            (row, word >> before << before & !after)
        })
    }

    /// Bytes held.
    pub fn heap_bytes(&self) -> usize {
        self.words.capacity() * 8 + self.before.capacity() * 4
    }
}

fn ones(words: &[u64]) -> u32 {
    words.iter().map(|word| word.count_ones()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_and_rows_lead_to_one_another() {
        let len = 3000;
        for every in [1, 7, 64, 700, 5000] {
            let rows: Vec<u32> = (3..len).step_by(every).collect();
            for most in [rows.len(), rows.len() / 2, 0] {
                let all = RowSet::of(len as usize, rows.iter().copied());
                let set = RowSet::new(all.words.clone(), most);
                let kept = &rows[..most];
                assert_eq!((set.count(), set.len()), (rows.len(), most));
                assert_eq!(set.iter().collect::<Vec<_>>(), kept);
                assert!((0..=rows.len()).all(|place| set.row(place) == kept.get(place).copied()));
                for row in (0..len + 200).chain([u32::MAX]) {
                    assert_eq!(set.place(row), kept.partition_point(|&kept| kept < row));
                    assert_eq!(set.has(row), rows.binary_search(&row).is_ok());
                    assert_eq!(set.keeps(row), kept.binary_search(&row).is_ok());
                }
                for (first, end) in [
                    (64, 64),
                    (130, 1000),
                    (3, 60),
                    (2944, u32::MAX),
                    (6400, 9000),
                    (9, 4),
                ] {
                    let part = kept
                        .iter()
                        .copied()
                        .filter(|row| (first..end).contains(row));
                    let part: Vec<u32> = part.collect();
                    assert!(set.rows(first, end).eq(part.iter().copied()));
                    assert!(set.rows_back(first, end).eq(part.into_iter().rev()));
                }
            }
        }
        assert_eq!(RowSet::default().place(5), 0);
        assert_eq!(RowSet::default().row(0), None);
        assert_eq!(RowSet::default().iter().count(), 0);
    }
}
