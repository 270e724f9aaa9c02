//! Stretches of time by goroutine: what regions and tasks cut out of a trace.

use tracepane_model::{GoroutineIndex, Nanos, Trace};

use crate::scope::TimeRange;

/// What becomes of stretches of a goroutine that overlap.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Overlaps {
    /// Time that several have counts once.
    Joined,
    /// As `pprofMatchingRegions` of `cmd/trace/pprof.go`: whatever begins before the one before has ended is left
    /// out. Of two that begin together that is the longer one.
    OuterAsGoToolTrace,
}

/// For each of some goroutines, when it counts. The stretches of a goroutine are sorted and do not overlap.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Intervals {
    /// Sorted.
    goroutines: Vec<GoroutineIndex>,
    /// Where each goroutine's stretches begin in `ranges`; one more entry than goroutines.
    starts: Vec<u32>,
    ranges: Vec<TimeRange>,
}

impl Intervals {
    /// From stretches in any order; of more than 2³² the last ones are left out.
    pub fn new(mut all: Vec<(GoroutineIndex, TimeRange)>, overlaps: Overlaps) -> Self {
        all.sort_unstable_by_key(|(goroutine, time)| (*goroutine, time.start, time.end));
        all.truncate(u32::MAX as usize);
        let mut found = Self::default();
        for (goroutine, time) in all {
            if found.goroutines.last() != Some(&goroutine) {
                found.goroutines.push(goroutine);
                found.starts.push(found.ranges.len() as u32);
            }
            let first = found.starts.last().map_or(0, |&start| start as usize);
            match found.ranges[first..].last_mut() {
                Some(last) if overlaps == Overlaps::Joined && time.start <= last.end => {
                    last.end = last.end.max(time.end);
                }
                Some(last) if time.start < last.end => {}
                _ => found.ranges.push(time),
            }
        }
        found.starts.push(found.ranges.len() as u32);
        found
    }

    /// Only what lies in a part of time.
    pub fn within(&self, time: TimeRange) -> Self {
        let all = self
            .iter()
            .flat_map(|(goroutine, ranges)| ranges.iter().map(move |&range| (goroutine, range)))
            .map(|(goroutine, range)| (goroutine, range.intersection(time)))
            .filter(|(_, range)| range.length().0 > 0)
            .collect();
        Self::new(all, Overlaps::Joined)
    }

    /// Whether no time of any goroutine counts.
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// The goroutines, sorted.
    pub fn goroutines(&self) -> &[GoroutineIndex] {
        &self.goroutines
    }

    /// Each goroutine with its stretches, sorted by goroutine.
    pub fn iter(&self) -> impl Iterator<Item = (GoroutineIndex, &[TimeRange])> + '_ {
        self.goroutines
            .iter()
            .zip(self.starts.windows(2))
            .map(|(&goroutine, at)| {
                let ranges = &self.ranges[at[0] as usize..at[1] as usize];
                (goroutine, ranges)
            })
    }

    /// How long all stretches of all goroutines are together.
    pub fn length(&self) -> Nanos {
        crate::sum::all(self.ranges.iter().map(|range| range.length()))
    }

    /// For questions that come goroutine by goroutine in time order.
    pub(crate) fn cursors(&self, trace: &Trace) -> Cursors<'_> {
        let mut places = vec![(0, 0); trace.goroutines.len()];
        for (goroutine, at) in self.goroutines.iter().zip(self.starts.windows(2)) {
            if let Some(place) = places.get_mut(goroutine.0 as usize) {
                *place = (at[0], at[1]);
            }
        }
        Cursors {
            ranges: &self.ranges,
            places,
        }
    }
}

/// How much of stretches of time counts, asked in time order for each goroutine.
pub(crate) struct Cursors<'a> {
    ranges: &'a [TimeRange],
    /// By goroutine: its first range that is not over, and the end of its ranges.
    places: Vec<(u32, u32)>,
}

impl Cursors<'_> {
    /// How many nanoseconds of `since..until` count. `since` must not be before that of the goroutine's question
    /// before.
    #[inline]
    pub(crate) fn overlap(&mut self, goroutine: usize, since: Nanos, until: Nanos) -> i64 {
        let Some((next, end)) = self.places.get_mut(goroutine) else {
            return 0;
        };
        while next < end && self.ranges[*next as usize].end <= since {
            *next += 1;
        }
        let mut sum: i64 = 0;
        for range in &self.ranges[*next as usize..*end as usize] {
            if range.start >= until {
                break;
            }
            sum = sum.saturating_add(range.overlap(since, until));
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::Script;

    const G: GoroutineIndex = GoroutineIndex(1);

    fn range(start: i64, end: i64) -> TimeRange {
        TimeRange {
            start: Nanos(start),
            end: Nanos(end),
        }
    }

    fn of(ranges: &[(i64, i64)], overlaps: Overlaps) -> Vec<(i64, i64)> {
        let all = ranges.iter().map(|&(a, b)| (G, range(a, b))).collect();
        let intervals = Intervals::new(all, overlaps);
        intervals
            .iter()
            .flat_map(|(_, ranges)| ranges)
            .map(|range| (range.start.0, range.end.0))
            .collect()
    }

    #[test]
    fn what_overlaps_is_joined_or_left_out() {
        let nested = [(0, 10), (2, 5), (10, 20), (15, 25), (30, 31)];
        assert_eq!(of(&nested, Overlaps::Joined), [(0, 25), (30, 31)]);
        let outer = of(&nested, Overlaps::OuterAsGoToolTrace);
        assert_eq!(outer, [(0, 10), (10, 20), (30, 31)]);
        let together = [(0, 10), (0, 3)];
        assert_eq!(of(&together, Overlaps::Joined), [(0, 10)]);
        assert_eq!(of(&together, Overlaps::OuterAsGoToolTrace), [(0, 3)]);
    }

    #[test]
    fn goroutines_keep_their_own() {
        let other = GoroutineIndex(0);
        let all = vec![(G, range(5, 9)), (other, range(0, 7)), (G, range(1, 2))];
        let intervals = Intervals::new(all, Overlaps::Joined);
        assert_eq!(intervals.goroutines(), [other, G]);
        assert_eq!(intervals.length(), Nanos(12));
        let cut = intervals.within(range(6, 8));
        let lists: Vec<_> = cut.iter().map(|(g, ranges)| (g, ranges.to_vec())).collect();
        assert_eq!(lists, [(other, vec![range(6, 7)]), (G, vec![range(6, 8)])]);
        assert!(intervals.within(range(50, 60)).is_empty());
    }

    #[test]
    fn cursors_go_forward() {
        let all = [(0, 10), (20, 30), (40, 50)].map(|(a, b)| (G, range(a, b)));
        let intervals = Intervals::new(all.to_vec(), Overlaps::Joined);
        let mut script = Script::new();
        script.found(0, 1, tracepane_wire::GoroutineState::Running, "");
        let trace = script.finish(100);
        let mut cursors = intervals.cursors(&trace);
        let mut ask = |g, since, until| cursors.overlap(g, Nanos(since), Nanos(until));
        assert_eq!(ask(1, 5, 25), 5 + 5);
        assert_eq!(ask(1, 25, 28), 3);
        assert_eq!(ask(1, 28, 100), 2 + 10);
        assert_eq!(ask(1, 100, 110), 0);
        assert_eq!(ask(0, 0, 100), 0);
        assert_eq!(ask(99, 0, 100), 0);
    }
}
