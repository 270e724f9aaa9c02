//! When the world was stopped, and what lies outside of that.

use tracepane_model::{Nanos, RangeRow, Trace};

/// Stretches of time in order that do not overlap.
#[derive(Clone, Default, Debug)]
pub(crate) struct Stopped {
    stretches: Vec<(i64, i64)>,
    /// How long all up to each one are, it included.
    sums: Vec<i64>,
}

impl Stopped {
    /// The stretches of pauses in order of their beginnings.
    pub(crate) fn new(pauses: impl IntoIterator<Item = RangeRow>) -> Self {
        let mut stopped = Self::default();
        for pause in pauses {
            let (start, end) = (pause.start.0, pause.end.0);
            let start = stopped
                .stretches
                .last()
                .map_or(start, |last| start.max(last.1));
            if start < end {
                let sum = stopped.sums.last().copied().unwrap_or(0);
                stopped.sums.push(sum.saturating_add(end - start));
                stopped.stretches.push((start, end));
            }
        }
        stopped
    }

    /// All pauses of a trace.
    pub(crate) fn of(trace: &Trace) -> Self {
        let places = trace.ranges.stop_the_world.iter();
        Self::new(places.filter_map(|&place| trace.ranges.rows.get(place as usize)))
    }

    /// How much of the time up to a moment the world was stopped.
    pub(crate) fn before(&self, time: Nanos) -> i64 {
        let place = self.stretches.partition_point(|&(start, _)| start < time.0);
        let Some(last) = place.checked_sub(1) else {
            return 0;
        };
        let beyond = self.stretches[last].1.saturating_sub(time.0).max(0);
        self.sums[last] - beyond
    }

    /// When the last stretch is over that begins before a moment; the smallest time if there is none.
    pub(crate) fn over_before(&self, time: Nanos) -> i64 {
        let place = self.stretches.partition_point(|&(start, _)| start < time.0);
        let last = place
            .checked_sub(1)
            .and_then(|place| self.stretches.get(place));
        last.map_or(i64::MIN, |&(_, end)| end)
    }

    /// The stretches.
    pub(crate) fn stretches(&self) -> &[(i64, i64)] {
        &self.stretches
    }

    /// How much of a stretch the world was stopped.
    pub(crate) fn within(&self, start: Nanos, end: Nanos) -> i64 {
        if start >= end || self.stretches.is_empty() {
            return 0;
        }
        self.before(end) - self.before(start)
    }

    /// Calls `f` with the parts of a stretch in which the world ran.
    pub(crate) fn running_parts(&self, start: Nanos, end: Nanos, mut f: impl FnMut(Nanos, Nanos)) {
        let mut time = start.0;
        let first = self.stretches.partition_point(|&(_, end)| end <= start.0);
        for &(from, to) in &self.stretches[first..] {
            if from >= end.0 {
                break;
            }
            if time < from {
                f(Nanos(time), Nanos(from));
            }
            time = to;
        }
        if time < end.0 {
            f(Nanos(time), end);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::Script;

    #[test]
    fn what_is_stopped_is_not_running() {
        let mut s = Script::new();
        s.pause((10, 20), 1, "GC mark termination");
        s.pause((30, 40), 1, "GC mark termination");
        let trace = s.finish(100);
        let stopped = Stopped::new(trace.ranges.rows.iter());
        for time in 0..60 {
            let over = [10, 30].into_iter().rfind(|&start| start < time);
            let over = over.map_or(i64::MIN, |start| start + 10);
            assert_eq!(stopped.over_before(Nanos(time)), over);
        }
        for start in 0..50 {
            for end in start..60 {
                let (start, end) = (Nanos(start), Nanos(end));
                let mut runs = 0;
                stopped.running_parts(start, end, |from, to| {
                    assert!(start <= from && from < to && to <= end);
                    runs += to.0 - from.0;
                });
                let slow = (start.0..end.0)
                    .filter(|t| t / 10 == 1 || t / 10 == 3)
                    .count();
                assert_eq!(stopped.within(start, end), slow as i64, "{start:?} {end:?}");
                assert_eq!(runs + slow as i64, end.0 - start.0);
            }
        }
    }
}
