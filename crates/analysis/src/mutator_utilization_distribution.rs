//! The distribution of mutator utilization over all windows of a length: which part of the windows has at most so much?
//!
//! `internal/trace/mud.go` means to compute it, but nothing ever reaches it: `addMU` in `gc.go` returns first, and so
//! the percentiles of `go tool trace` are the minimum. What is computed here is what the comments there promise.

use tracepane_model::Nanos;

use crate::utilization::Utilization;

/// Buckets of utilization; each is split once more into as many where a quantile lies.
const BUCKETS: usize = 1024;

/// A mutator utilization function with its integral.
#[derive(Clone, Copy)]
pub(crate) struct Integral<'a> {
    /// The steps, not empty.
    pub(crate) steps: &'a [Utilization],
    /// `sums[j]`: the integral up to step `j`.
    pub(crate) sums: &'a [f64],
}

/// For each part of all windows (0 to 1), the utilization that so many of them do not exceed; to a millionth. `None` if
/// no function is longer than the window, so that there is no more than one window each.
pub(crate) fn quantiles<const N: usize>(
    functions: &[Integral<'_>],
    window: Nanos,
    parts: [f64; N],
) -> Option<[f64; N]> {
    if window.0 <= 0 {
        return None;
    }
    let mut coarse = Masses::new(0.0, 1.0);
    let mut total = 0.0;
    for function in functions {
        total += function.each_segment(window.0, |segment| coarse.add(segment));
    }
    if total <= 0.0 {
        return None;
    }
    let places = parts.map(|part| coarse.place(part * total));
    let mut fine = places.map(|place| {
        let (low, high) = coarse.bounds(place.bucket);
        Masses::new(low, high)
    });
    for function in functions {
        function.each_segment(window.0, |segment| {
            for (i, masses) in fine.iter_mut().enumerate() {
                // Often several quantiles lie in the same bucket.
                if (0..i).all(|earlier| places[earlier].bucket != places[i].bucket) {
                    masses.add(segment);
                }
            }
        });
    }
    let mut found = [0.0; N];
    for (i, value) in found.iter_mut().enumerate() {
        let same = (0..=i).find(|&earlier| places[earlier].bucket == places[i].bucket);
        let masses = &fine[same.unwrap_or(i)];
        *value = masses.interpolate(masses.place(places[i].rest));
    }
    Some(found)
}

/// A stretch of windows over which the mean changes evenly.
#[derive(Clone, Copy)]
struct Segment {
    low: f64,
    high: f64,
    /// How many nanoseconds the window moves.
    mass: f64,
}

impl Integral<'_> {
    /// Moves a window over the function; returns how many nanoseconds it can move.
    fn each_segment(&self, window: i64, mut f: impl FnMut(Segment)) -> f64 {
        let (steps, sums) = (self.steps, self.sums);
        let (Some(first), Some(last)) = (steps.first(), steps.last()) else {
            return 0.0;
        };
        let end = last.time.0.saturating_sub(window);
        if first.time.0 >= end {
            return 0.0;
        }
        let mut left = 0;
        let mut right = steps.partition_point(|step| step.time.0 <= first.time.0 + window) - 1;
        let at = |step: usize, time: i64| {
            sums[step] + steps[step].part * (time - steps[step].time.0) as f64
        };
        let mean = |left: usize, right: usize, time: i64| {
            (at(right, time + window) - at(left, time)) / window as f64
        };
        let mut time = first.time.0;
        let mut before = mean(left, right, time);
        while time < end {
            let next_left = steps.get(left + 1).map_or(end, |step| step.time.0);
            let next_right = steps
                .get(right + 1)
                .map_or(end, |step| step.time.0 - window);
            let next = next_left.min(next_right).min(end);
            if next_left <= next {
                left += 1;
            }
            if next_right <= next && right + 1 < steps.len() {
                right += 1;
            }
            let now = mean(left, right, next);
            f(Segment {
                low: before.min(now),
                high: before.max(now),
                mass: (next - time) as f64,
            });
            before = now;
            time = next;
        }
        (end - first.time.0) as f64
    }
}

/// How much mass lies in each of [`BUCKETS`] equal parts of a range.
struct Masses {
    low: f64,
    high: f64,
    /// All of it.
    total: f64,
    /// What segments that end within a bucket leave in it.
    partial: Vec<f64>,
    /// Differences from bucket to bucket of what segments leave that go right through.
    through: Vec<f64>,
    /// The lowest and highest value in each bucket.
    bounds: Vec<(f64, f64)>,
}

/// Where a mass is reached.
#[derive(Clone, Copy)]
struct Place {
    bucket: usize,
    /// How much of the bucket's mass is left to go through, and how much it has.
    rest: f64,
    mass: f64,
    /// Whether segments go right through it.
    through: bool,
}

impl Masses {
    fn new(low: f64, high: f64) -> Self {
        Self {
            low,
            high,
            total: 0.0,
            partial: vec![0.0; BUCKETS],
            through: vec![0.0; BUCKETS + 1],
            bounds: vec![(f64::INFINITY, f64::NEG_INFINITY); BUCKETS],
        }
    }

    fn bounds(&self, bucket: usize) -> (f64, f64) {
        let width = (self.high - self.low) / BUCKETS as f64;
        let low = self.low + width * bucket as f64;
        (low, low + width)
    }

    #[inline]
    fn bucket(&self, value: f64) -> usize {
        let scaled = (value - self.low) / (self.high - self.low) * BUCKETS as f64;
        (scaled as usize).min(BUCKETS - 1)
    }

    /// Adds the part of a segment that lies in the range.
    #[inline]
    fn add(&mut self, segment: Segment) {
        let Segment {
            mut low,
            mut high,
            mut mass,
        } = segment;
        // The last bucket of all has 1 in it.
        let beyond = low > self.high || low == self.high && self.high < 1.0;
        if high < self.low || beyond {
            return;
        }
        if low < self.low || high > self.high {
            let density = mass / (high - low);
            (low, high) = (low.max(self.low), high.min(self.high));
            mass = density * (high - low);
        }
        self.total += mass;
        let (first, last) = (self.bucket(low), self.bucket(high));
        if first == last {
            self.leave(first, low, high, mass);
            return;
        }
        let density = mass / (high - low);
        let (_, first_end) = self.bounds(first);
        let (last_start, _) = self.bounds(last);
        self.leave(first, low, first_end, density * (first_end - low).max(0.0));
        self.leave(
            last,
            last_start,
            high,
            density * (high - last_start).max(0.0),
        );
        let width = (self.high - self.low) / BUCKETS as f64;
        self.through[first + 1] += density * width;
        self.through[last] -= density * width;
    }

    #[inline]
    fn leave(&mut self, bucket: usize, low: f64, high: f64, mass: f64) {
        self.partial[bucket] += mass;
        let bounds = &mut self.bounds[bucket];
        *bounds = (bounds.0.min(low), bounds.1.max(high));
    }

    /// The bucket in which a mass, counted from the lower end, is reached; the last one with any if it is not.
    fn place(&self, mass: f64) -> Place {
        // What sums leave behind that should be 0.
        let nothing = self.total * 1e-11;
        let mut before = 0.0;
        let mut through = 0.0;
        let mut last = None;
        for bucket in 0..BUCKETS {
            through += self.through[bucket];
            let passing = if through > nothing { through } else { 0.0 };
            let here = self.partial[bucket] + passing;
            if here > nothing {
                let place = Place {
                    bucket,
                    rest: (mass - before).max(0.0),
                    mass: here,
                    through: passing > 0.0,
                };
                if before + here + nothing >= mass {
                    return place;
                }
                last = Some(place);
            }
            before += here;
        }
        last.unwrap_or(Place {
            bucket: BUCKETS - 1,
            rest: 0.0,
            mass: 0.0,
            through: false,
        })
    }

    /// The value at a place, as if its bucket's mass were spread evenly over what the bucket has values of.
    fn interpolate(&self, place: Place) -> f64 {
        let bucket = self.bounds(place.bucket);
        let known = self.bounds[place.bucket];
        let whole = place.through || known.0 > known.1;
        let (low, high) = if whole { bucket } else { known };
        if place.mass <= 0.0 {
            return low;
        }
        let part = (place.rest / place.mass).clamp(0.0, 1.0);
        (low + (high - low) * part).clamp(0.0, 1.0)
    }
}

#[cfg(test)]
mod tests;
