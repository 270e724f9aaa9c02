//! Sums over time in a bounded number of equal buckets, for charts: each addition costs the same, however many buckets
//! it covers.

use tracepane_model::Nanos;

use crate::scope::TimeRange;

/// Collects weights × time.
#[derive(Clone, Debug)]
pub(crate) struct Buckets {
    start: i64,
    end: i64,
    /// Nanoseconds in each bucket but perhaps the last.
    step: i64,
    /// Weight × nanoseconds that parts of buckets got.
    partial: Vec<f64>,
    /// Differences from bucket to bucket of the weights that cover whole buckets.
    through: Vec<f64>,
}

impl Buckets {
    /// Splits a part of time into at most `count` buckets, at least one, each at least 1 ns long.
    pub(crate) fn new(time: TimeRange, count: usize) -> Self {
        let length = time.length().0.max(1);
        let count = (count.max(1) as i64).min(length);
        let step = (length as u64).div_ceil(count as u64) as i64;
        let count = (length as u64).div_ceil(step as u64) as usize;
        Self {
            start: time.start.0,
            end: time.start.0.saturating_add(length),
            step,
            partial: vec![0.0; count],
            through: vec![0.0; count + 1],
        }
    }

    /// How many buckets there are.
    pub(crate) fn len(&self) -> usize {
        self.partial.len()
    }

    /// Where a bucket begins.
    pub(crate) fn start_of(&self, bucket: usize) -> Nanos {
        let offset = self.step.saturating_mul(bucket as i64);
        Nanos(self.start.saturating_add(offset).min(self.end))
    }

    /// How long a bucket is.
    pub(crate) fn length_of(&self, bucket: usize) -> Nanos {
        Nanos(self.start_of(bucket + 1).0 - self.start_of(bucket).0)
    }

    /// Adds `weight` for each nanosecond from `start` to `end`, as far as they lie in the part of time.
    #[inline]
    pub(crate) fn add(&mut self, start: Nanos, end: Nanos, weight: f64) {
        let (start, end) = (start.0.max(self.start), end.0.min(self.end));
        if start >= end {
            return;
        }
        let first = ((start - self.start) / self.step) as usize;
        let last = ((end - 1 - self.start) / self.step) as usize;
        if first == last {
            self.partial[first] += weight * (end - start) as f64;
            return;
        }
        self.partial[first] += weight * (self.start_of(first + 1).0 - start) as f64;
        self.partial[last] += weight * (end - self.start_of(last).0) as f64;
        self.through[first + 1] += weight;
        self.through[last] -= weight;
    }

    /// The mean weight in each bucket.
    pub(crate) fn means(&self) -> Vec<f64> {
        let mut through = 0.0;
        (0..self.len())
            .map(|bucket| {
                through += self.through[bucket];
                let length = self.length_of(bucket).0.max(1) as f64;
                self.partial[bucket] / length + through
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buckets(start: i64, end: i64, count: usize) -> Buckets {
        let time = TimeRange {
            start: Nanos(start),
            end: Nanos(end),
        };
        Buckets::new(time, count)
    }

    #[test]
    fn means_are_those_of_every_nanosecond() {
        let pieces = [
            (0, 25, 1.0),
            (3, 4, 2.0),
            (9, 21, 4.0),
            (-5, 2, 8.0),
            (24, 99, 16.0),
        ];
        for count in [1, 2, 3, 5, 7, 24, 25, 100] {
            let mut sums = buckets(0, 25, count);
            for (start, end, weight) in pieces {
                sums.add(Nanos(start), Nanos(end), weight);
            }
            let means = sums.means();
            assert!(means.len() <= count);
            for (bucket, mean) in means.into_iter().enumerate() {
                let (start, length) = (sums.start_of(bucket).0, sums.length_of(bucket).0);
                let slow: f64 = (start..start + length)
                    .map(|time| -> f64 {
                        let at = pieces.iter().filter(|p| p.0 <= time && time < p.1);
                        at.map(|p| p.2).sum()
                    })
                    .sum();
                assert!(
                    (mean - slow / length as f64).abs() < 1e-9,
                    "{count}: {bucket}"
                );
            }
        }
    }

    #[test]
    fn no_time_is_a_bucket_of_a_nanosecond() {
        let mut sums = buckets(5, 5, 10);
        assert_eq!(sums.len(), 1);
        sums.add(Nanos(0), Nanos(100), 3.0);
        assert_eq!(sums.means(), [3.0]);
        let far = buckets(i64::MAX - 10, i64::MAX, 3);
        assert_eq!(far.start_of(far.len()), Nanos(i64::MAX));
        assert!(far.length_of(far.len() - 1).0 > 0);
    }
}
