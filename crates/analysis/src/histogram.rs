//! A histogram of durations with 64 buckets for each doubling: quantiles to 1.6 %, in at most 30 KB for any number of
//! them, and in half a kilobyte for each doubling up to the longest.

/// Buckets for each doubling, as a power of two.
const BITS: u32 = 6;
/// Buckets for each doubling.
const PAGE: usize = 1 << BITS;

/// Counts durations of 0 ns and more.
#[derive(Clone, Default, Debug)]
pub struct Histogram {
    /// By bucket, up to the last one of the highest doubling that there is.
    counts: Vec<u64>,
    longest: i64,
}

impl Histogram {
    /// Counts one; a negative one as 0. Its bucket: see [`bucket`].
    #[inline(always)]
    pub fn add(&mut self, nanos: i64) -> usize {
        let nanos = nanos.max(0);
        let place = bucket(nanos as u64);
        match self.counts.get_mut(place) {
            Some(count) => *count += 1,
            None => self.grow_and_add(place),
        }
        // Written only if it changes: whoever reads what was just written waits for it.
        if nanos > self.longest {
            self.longest = nanos;
        }
        place
    }

    /// The buckets that are not empty, with their counts.
    pub(crate) fn counts(&self) -> impl Iterator<Item = (usize, u64)> {
        let places = self.counts.iter().copied().enumerate();
        places.filter(|&(_, count)| count > 0)
    }

    #[cold]
    #[inline(never)]
    fn grow_and_add(&mut self, place: usize) {
        self.counts.resize((place >> BITS << BITS) + PAGE, 0);
        self.counts[place] += 1;
    }

    /// Counts all that another one has counted.
    pub fn merge(&mut self, other: &Self) {
        if self.counts.len() < other.counts.len() {
            self.counts.resize(other.counts.len(), 0);
        }
        for (mine, more) in self.counts.iter_mut().zip(&other.counts) {
            *mine += more;
        }
        self.longest = self.longest.max(other.longest);
    }

    /// How many were counted.
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Whether none was counted.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// The longest; 0 if there are none.
    pub fn longest(&self) -> i64 {
        self.longest
    }

    /// A duration that at least this part of all do not exceed; at most 1.6 % above the shortest such. 0 if there
    /// are none.
    pub fn quantile(&self, part: f64) -> i64 {
        let wanted = (part.clamp(0.0, 1.0) * self.count() as f64).ceil().max(1.0) as u64;
        let mut so_far = 0;
        for (place, &count) in self.counts.iter().enumerate() {
            so_far += count;
            if so_far >= wanted {
                return (last_of(place) as i64).min(self.longest);
            }
        }
        self.longest
    }
}

/// How many buckets there can be.
pub(crate) const BUCKETS: usize = bucket(u64::MAX) + 1;

/// The bucket of a duration, ns.
#[inline]
pub(crate) const fn bucket(n: u64) -> usize {
    let high = 63 - (n | 1).leading_zeros();
    if high < BITS {
        return n as usize;
    }
    let doubling = high - BITS + 1;
    // The leading one stays in, so that doublings follow one another without a gap.
    ((doubling as usize) << BITS) + ((n >> (high - BITS)) as usize & ((1 << BITS) - 1))
}

/// The largest number in a bucket.
pub(crate) fn last_of(place: usize) -> u64 {
    let doubling = (place >> BITS) as u32;
    let part = (place & ((1 << BITS) - 1)) as u64;
    if doubling == 0 {
        return part;
    }
    let shift = doubling - 1;
    ((1 << BITS | part) << shift) + ((1 << shift) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_in_order_and_without_gaps() {
        let mut last = 0;
        for n in (0..100_000).chain((17..63).map(|bits| (1 << bits) - 1)) {
            let place = bucket(n);
            assert!(place >= last, "{n}");
            assert!(last_of(place) >= n, "{n}");
            assert!(last_of(place) - n <= n / 64, "{n}");
            last = place;
        }
    }

    #[test]
    fn quantiles_of_a_thousand() {
        let mut histogram = Histogram::default();
        assert_eq!(histogram.quantile(0.5), 0);
        for n in 1..=1_000 {
            histogram.add(n * 1_000);
        }
        assert_eq!(histogram.count(), 1_000);
        let near = |part, expect: i64| {
            let found = histogram.quantile(part);
            assert!(found >= expect && found <= expect + expect / 63, "{found}");
        };
        near(0.5, 500_000);
        near(0.99, 990_000);
        assert_eq!(histogram.quantile(1.0), 1_000_000);
        histogram.add(i64::MAX);
        histogram.add(-1);
        assert_eq!(histogram.quantile(1.0), i64::MAX);
        assert_eq!(histogram.quantile(0.0), 0);
    }

    #[test]
    fn two_merged_are_as_one() {
        let (mut one, mut two, mut both) = Default::default();
        let add = |to: &mut Histogram, n| to.add(n);
        for n in (0..2_000).map(|i: i64| i * i * 37) {
            add(if n % 3 == 0 { &mut one } else { &mut two }, n);
            add(&mut both, n);
        }
        one.merge(&two);
        assert_eq!((one.count(), one.longest()), (both.count(), both.longest()));
        for part in [0.0, 0.3, 0.5, 0.9, 1.0] {
            assert_eq!(one.quantile(part), both.quantile(part));
        }
    }
}
