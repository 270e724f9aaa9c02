//! Sums of times that stop at the largest number: the times of a damaged trace may lie near 2^63.

use tracepane_model::Nanos;

/// Adds to a sum.
#[inline]
pub(crate) fn add(sum: &mut Nanos, nanos: i64) {
    sum.0 = sum.0.saturating_add(nanos);
}

/// The same for a sum that has grown by nothing but this, and a time of 0 or more: for loops over millions, as one
/// comparison does it.
#[inline(always)]
pub(crate) fn grow(sum: &mut i64, nanos: i64) {
    debug_assert!(*sum >= 0 && nanos >= 0, "{sum} + {nanos}");
    // Two such numbers never are more than the largest without a sign.
    let grown = (*sum as u64).wrapping_add(nanos as u64);
    *sum = grown.min(i64::MAX as u64) as i64;
}

/// The sum of all.
pub(crate) fn all(nanos: impl IntoIterator<Item = Nanos>) -> Nanos {
    let mut sum = Nanos(0);
    for Nanos(n) in nanos {
        add(&mut sum, n);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_grows_stops_at_the_largest_number() {
        for (start, nanos) in [
            (0, 0),
            (5, 7),
            (i64::MAX - 3, 3),
            (i64::MAX - 3, 4),
            (i64::MAX, i64::MAX),
        ] {
            let (mut grown, mut added) = (start, Nanos(start));
            grow(&mut grown, nanos);
            add(&mut added, nanos);
            assert_eq!(grown, added.0);
        }
    }
}
