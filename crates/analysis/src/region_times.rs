//! Where the time of regions went: running, runnable, in system calls, waiting by reason, and in GC work, each as the
//! difference of what the goroutine had spent when the region ended and when it began.
//!
//! One sweep over a goroutine's spans serves all its regions. The rules are those of `internal/trace/summary.go`, with
//! the same two answers as [`crate::goroutine_times`].

use std::cmp::Reverse;

use tracepane_model::sorting::sort_by_numbers;
use tracepane_model::{GoroutineIndex, Nanos, RangeKind, ReasonId, SpanIndex, Trace};

use crate::clock::{Clock, Rules, Waits};
use crate::goroutines::Times;
use crate::profiles::Completeness;
use crate::range_times::{RangeClock, Stretch, order, stretches};
use crate::regions::time_of;

/// How many steps may be spent on waits by reason and on ranges for all regions together: only a hostile trace, with
/// thousands of reasons in regions within regions, needs more.
const MAX_STEPS: usize = 1 << 28;

/// How many of them may be held for regions that are open at one moment.
const MAX_OPEN: usize = 1 << 22;

/// The times of some regions.
#[derive(Clone, Default, Debug)]
pub struct RegionTimes {
    times: Vec<Times>,
    waits: Lists<ReasonId>,
    ranges: Lists<RangeKind>,
    cut: bool,
}

impl RegionTimes {
    /// How many regions these are of.
    pub fn len(&self) -> usize {
        self.times.len()
    }

    /// Whether these are of no region.
    pub fn is_empty(&self) -> bool {
        self.times.is_empty()
    }

    /// The times of the region at a place in the list that was asked for. Its total is what the trace knows of the
    /// goroutine in that time.
    pub fn times(&self, place: usize) -> Times {
        self.times.get(place).copied().unwrap_or_default()
    }

    /// Its waiting time by reason, without zeros, sorted by reason.
    pub fn waits(&self, place: usize) -> &[(ReasonId, Nanos)] {
        self.waits.of(place)
    }

    /// Its time in GC assists, sweeps and stop-the-world pauses of the goroutine's own making, without zeros. These
    /// overlap with the times.
    pub fn ranges(&self, place: usize) -> &[(RangeKind, Nanos)] {
        self.ranges.of(place)
    }

    /// Whether of some regions the waits by reason and the ranges are left out, because there is too much of them.
    pub fn is_cut(&self) -> bool {
        self.cut
    }
}

/// A list for each region, one after another.
#[derive(Clone, Debug)]
struct Lists<T> {
    all: Vec<(T, Nanos)>,
    /// From where to where in `all`.
    places: Vec<(u32, u32)>,
}

impl<T> Default for Lists<T> {
    fn default() -> Self {
        Self {
            all: Vec::new(),
            places: Vec::new(),
        }
    }
}

impl<T: Copy + PartialEq> Lists<T> {
    fn of(&self, place: usize) -> &[(T, Nanos)] {
        self.places
            .get(place)
            .and_then(|&(start, end)| self.all.get(start as usize..end as usize))
            .unwrap_or(&[])
    }

    /// Keeps what `now` has more than `before`.
    fn push_difference<K: Ord>(
        &mut self,
        place: usize,
        now: &[(T, Nanos)],
        before: &[(T, Nanos)],
        key: impl Fn(T) -> K,
    ) {
        let start = self.all.len();
        for &(of, nanos) in now {
            let base = before
                .iter()
                .find(|(known, _)| *known == of)
                .map_or(0, |(_, nanos)| nanos.0);
            if nanos.0 != base {
                self.all.push((of, Nanos(nanos.0.saturating_sub(base))));
            }
        }
        self.all[start..].sort_unstable_by_key(|&(of, _)| key(of));
        if let Some(at) = self.places.get_mut(place) {
            *at = (start as u32, self.all.len() as u32);
        }
    }
}

/// Computes the times of some regions, given as rows of [`Trace::regions`] in any order. Rows that are not there have
/// no times.
///
/// [`Completeness::AsGoToolTrace`] gives the numbers of `UserRegionSummary`, with what it takes over from there: see
/// [`crate::goroutine_times`]. Where a range was not ended by who began it, they may even be negative.
pub fn region_times(trace: &Trace, regions: &[u32], completeness: Completeness) -> RegionTimes {
    // Regions of a goroutine lie within each other or apart: so sorted, the last open one ends first.
    let mut wanted: Vec<(GoroutineIndex, Nanos, Reverse<Nanos>, u32)> = regions
        .iter()
        .zip(0u32..)
        .filter_map(|(&row, place)| {
            let row = trace.regions.get(row as usize)?;
            let time = time_of(trace, &row);
            Some((row.goroutine, time.start, Reverse(time.end), place))
        })
        .collect();
    wanted.sort_unstable();
    let mut has_regions = vec![false; trace.goroutines.len()];
    for (goroutine, ..) in &wanted {
        if let Some(has) = has_regions.get_mut(goroutine.0 as usize) {
            *has = true;
        }
    }
    let has = |goroutine: GoroutineIndex| {
        has_regions
            .get(goroutine.0 as usize)
            .copied()
            .unwrap_or(false)
    };
    let mut ranges = stretches(trace, has, completeness);
    sort_by_numbers(&mut ranges, |stretch| [stretch.goroutine.0.into(), 0]);

    let mut found = RegionTimes {
        times: vec![Times::default(); regions.len()],
        ..RegionTimes::default()
    };
    found.waits.places = vec![(0, 0); regions.len()];
    found.ranges.places = vec![(0, 0); regions.len()];
    let mut sweep = Sweep {
        trace,
        rules: Rules::new(trace, None, completeness),
        waits: Waits::default(),
        found,
        steps: 0,
        open_waits: Vec::new(),
        open_ranges: Vec::new(),
        waits_now: Vec::new(),
        ranges_now: Vec::new(),
    };
    for of_one in wanted.chunk_by(|a, b| a.0 == b.0) {
        let goroutine = of_one[0].0;
        let first = ranges.partition_point(|stretch| stretch.goroutine < goroutine);
        let count = ranges[first..].partition_point(|stretch| stretch.goroutine == goroutine);
        let of_one = of_one
            .iter()
            .filter_map(|&(_, start, Reverse(end), place)| {
                let row = trace.regions.get(*regions.get(place as usize)? as usize)?;
                Some(Wanted {
                    place: place as usize,
                    start,
                    end,
                    start_seen: row.start.is_some(),
                })
            });
        sweep.goroutine(goroutine, of_one, &ranges[first..first + count]);
    }
    sweep.found
}

/// A region whose times are asked for.
#[derive(Clone, Copy)]
struct Wanted {
    place: usize,
    start: Nanos,
    end: Nanos,
    start_seen: bool,
}

/// A region that is open.
struct Open {
    place: usize,
    end: Nanos,
    times: Times,
    /// Where its list in [`Sweep::open_waits`] and [`Sweep::open_ranges`] begins; `None` if none was kept.
    lists: Option<(usize, usize)>,
}

struct Sweep<'a> {
    trace: &'a Trace,
    rules: Rules<'a>,
    waits: Waits,
    found: RegionTimes,
    steps: usize,
    /// What had been spent when each open region began, innermost last.
    open_waits: Vec<(ReasonId, Nanos)>,
    open_ranges: Vec<(RangeKind, Nanos)>,
    waits_now: Vec<(ReasonId, Nanos)>,
    ranges_now: Vec<(RangeKind, Nanos)>,
}

/// A goroutine at a moment.
struct Now<'a> {
    clock: Clock,
    ranges: RangeClock<'a>,
    /// The spans to come.
    spans: &'a [u32],
}

impl<'a> Sweep<'a> {
    fn goroutine(
        &mut self,
        goroutine: GoroutineIndex,
        regions: impl Iterator<Item = Wanted>,
        ranges: &'a [Stretch],
    ) {
        self.waits.clear();
        let mut now = Now {
            clock: Clock::new(),
            ranges: RangeClock::new(ranges),
            spans: self.trace.goroutines.spans(goroutine),
        };
        let mut open: Vec<Open> = Vec::new();
        for region in regions {
            while let Some(last) = open.pop_if(|last| last.end <= region.start) {
                self.end(&mut now, last);
            }
            let opened = if region.start_seen {
                self.begin(&mut now, region)
            } else {
                // Of what was before the trace nothing is to be subtracted.
                Open {
                    place: region.place,
                    end: region.end,
                    times: Times::default(),
                    lists: Some((self.open_waits.len(), self.open_ranges.len())),
                }
            };
            open.push(opened);
        }
        while let Some(last) = open.pop() {
            self.end(&mut now, last);
        }
        self.open_waits.clear();
        self.open_ranges.clear();
    }

    /// Lets the goroutine go on up to `time`, and reads what it has spent.
    fn read(&mut self, now: &mut Now<'_>, time: Nanos) -> Times {
        while let Some((&first, rest)) = now.spans.split_first() {
            let span = SpanIndex(first);
            let start = self.trace.spans.start(span);
            if start > time {
                break;
            }
            self.rules
                .span(&mut now.clock, &mut self.waits, span, start);
            now.spans = rest;
        }
        self.waits_now.clear();
        self.ranges_now.clear();
        if self.steps < MAX_STEPS {
            self.steps += now.ranges.read(time, &mut self.ranges_now);
            self.rules
                .waits(&now.clock, &self.waits, time, &mut self.waits_now);
            self.steps += self.waits_now.len();
        }
        self.rules.times(&now.clock, time)
    }

    fn begin(&mut self, now: &mut Now<'_>, region: Wanted) -> Open {
        let times = self.read(now, region.start);
        let lists = (self.open_waits.len(), self.open_ranges.len());
        let room = MAX_OPEN.saturating_sub(lists.0 + lists.1);
        let fits = self.waits_now.len() + self.ranges_now.len() <= room;
        if fits {
            self.open_waits.extend_from_slice(&self.waits_now);
            self.open_ranges.extend_from_slice(&self.ranges_now);
        }
        Open {
            place: region.place,
            end: region.end,
            times,
            lists: fits.then_some(lists),
        }
    }

    fn end(&mut self, now: &mut Now<'_>, open: Open) {
        let times = self.read(now, open.end);
        let found = &mut self.found;
        if let Some(known) = found.times.get_mut(open.place) {
            *known = times.since(&open.times);
        }
        let Some((first_wait, first_range)) = open.lists else {
            found.cut = true;
            return;
        };
        let waits = &self.open_waits[first_wait..];
        let ranges = &self.open_ranges[first_range..];
        self.steps += self.waits_now.len() * waits.len() + self.ranges_now.len() * ranges.len();
        if self.steps < MAX_STEPS {
            let (waits_now, ranges_now) = (&self.waits_now, &self.ranges_now);
            let place = open.place;
            (found.waits).push_difference(place, waits_now, waits, |reason| reason);
            (found.ranges).push_difference(place, ranges_now, ranges, order);
        } else {
            found.cut = true;
        }
        self.open_waits.truncate(first_wait);
        self.open_ranges.truncate(first_range);
    }
}

#[cfg(test)]
mod tests;
