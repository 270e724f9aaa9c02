//! A set of rows or indexes, a bit each.

use tracepane_model::bits_of;

/// A set of small numbers, e.g. of goroutines or stacks.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Bits {
    words: Vec<u64>,
}

impl Bits {
    /// None of the numbers below `len`.
    pub fn none(len: usize) -> Self {
        Self {
            words: vec![0; len.div_ceil(64)],
        }
    }

    /// Those below `len` for which `has` is true.
    pub fn of(len: usize, mut has: impl FnMut(u32) -> bool) -> Self {
        let mut bits = Self::none(len);
        for i in (0..len as u32).filter(|&i| has(i)) {
            bits.set(i);
        }
        bits
    }

    /// From a bit for each number, lowest first.
    pub fn from_words(words: Vec<u64>) -> Self {
        Self { words }
    }

    /// Adds a number, unless it is too large.
    #[inline]
    pub fn set(&mut self, i: u32) {
        if let Some(word) = self.words.get_mut(i as usize / 64) {
            *word |= 1 << (i % 64);
        }
    }

    /// Whether it is in the set.
    #[inline]
    pub fn has(&self, i: u32) -> bool {
        self.words
            .get(i as usize / 64)
            .is_some_and(|word| word >> (i % 64) & 1 != 0)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|&word| word == 0)
    }

    /// How many there are.
    #[cfg(test)]
    pub fn count(&self) -> u64 {
        let ones = self.words.iter().map(|word| u64::from(word.count_ones()));
        ones.sum()
    }

    /// A bit for each number, lowest first.
    pub fn into_words(self) -> Vec<u64> {
        self.words
    }

    /// All, smallest first.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        let words = self.words.iter().enumerate();
        words.flat_map(|(place, &word)| bits_of(word).map(move |bit| place as u32 * 64 + bit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_added_is_there() {
        let mut bits = Bits::none(130);
        for i in [0, 63, 64, 129, 500] {
            bits.set(i);
        }
        assert_eq!(bits.iter().collect::<Vec<_>>(), [0, 63, 64, 129]);
        assert_eq!(bits.count(), 4);
        assert!(bits.has(63) && !bits.has(62) && !bits.has(500) && !bits.is_empty());
        assert_eq!(
            Bits::of(10, |i| i % 4 == 1).iter().collect::<Vec<_>>(),
            [1, 5, 9]
        );
    }
}
