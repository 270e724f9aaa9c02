//! Sums of times that stop at the largest number: the times of a damaged trace may lie near 2^63.

use tracepane_model::Nanos;

/// Adds to a sum.
#[inline]
pub(crate) fn add(sum: &mut Nanos, nanos: i64) {
    sum.0 = sum.0.saturating_add(nanos);
}

/// The sum of all.
pub(crate) fn all(nanos: impl IntoIterator<Item = Nanos>) -> Nanos {
    let mut sum = Nanos(0);
    for Nanos(n) in nanos {
        add(&mut sum, n);
    }
    sum
}
