//! The part of the trace's time that questions are asked of.

use serde::{Deserialize, Serialize};

use super::LONGEST_FILTER;

/// A part of time, ns since the trace's start. It is never empty.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Debug)]
pub struct TimeScope {
    /// Its first moment.
    pub start: u64,
    /// The moment after its last.
    pub end: u64,
}

impl TimeScope {
    /// From one moment to another; `None` if nothing is between them.
    pub fn new(start: u64, end: u64) -> Option<Self> {
        let end = end.min(LONGEST_FILTER);
        (start < end).then_some(Self { start, end })
    }

    /// Whole nanoseconds around a part of the timeline, at least one, whatever is before the trace's start left out.
    pub fn around((from, to): (f64, f64)) -> Option<Self> {
        if !(from.is_finite() && to.is_finite()) {
            return None;
        }
        let (from, to) = (from.min(to).max(0.0), from.max(to).max(0.0));
        // A cast keeps within the numbers that there are.
        let start = from.round() as u64;
        Self::new(start, (to.round() as u64).max(start.saturating_add(1)))
    }

    /// As places on the timeline.
    pub fn times(self) -> (f64, f64) {
        (self.start as f64, self.end as f64)
    }

    /// How long it is, ns.
    pub fn length(self) -> u64 {
        self.end.saturating_sub(self.start)
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn a_scope_is_never_empty() {
        let scope = |start, end| TimeScope { start, end };
        assert_eq!(TimeScope::new(5, 5), None);
        assert_eq!(TimeScope::new(6, 5), None);
        assert_eq!(TimeScope::new(0, u64::MAX), Some(scope(0, LONGEST_FILTER)));
        assert_eq!(TimeScope::around((7.6, 2.4)), Some(scope(2, 8)));
        assert_eq!(TimeScope::around((3.1, 3.2)), Some(scope(3, 4)));
        assert_eq!(TimeScope::around((-9.0, -3.0)), Some(scope(0, 1)));
        assert_eq!(TimeScope::around((f64::NAN, 1.0)), None);
        assert_eq!(TimeScope::around((0.0, f64::INFINITY)), None);
        assert_eq!(TimeScope::around((1e30, 2e30)), None);
    }
}
