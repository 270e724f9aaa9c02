//! The distribution of mutator utilization over all windows of a length: which part of the windows has at most so much?
//!
//! `internal/trace/mud.go` means to compute it, but nothing ever reaches it: `addMU` in `gc.go` returns first, and so
//! the percentiles of `go tool trace` are the minimum. What is computed here is what the comments there promise.

use tracepane_model::Nanos;

use crate::utilization::{Utilization, steps_until};

/// Buckets of utilization.
const BUCKETS: usize = 4096;

/// How many windows are looked at to guess where the quantiles lie.
const SAMPLES: i64 = 1000;

/// A mutator utilization function with its integral.
#[derive(Clone, Copy)]
pub(crate) struct Integral<'a> {
    /// The steps, not empty.
    pub(crate) steps: &'a [Utilization],
    /// `sums[j]`: the integral up to step `j`.
    pub(crate) sums: &'a [f64],
}

/// For each part of all windows (0 to 1), the utilization that so many of them do not exceed; to a four-thousandth of
/// what the largest part is worth. `None` if no function is longer than the window, so that there is no more than one
/// window each.
pub(crate) fn quantiles<const N: usize>(
    functions: &[Integral<'_>],
    window: Nanos,
    parts: [f64; N],
) -> Option<[f64; N]> {
    if window.0 <= 0 {
        return None;
    }
    let total: i64 = functions
        .iter()
        .map(|function| function.slack(window.0))
        .fold(0, i64::saturating_add);
    if total <= 0 {
        return None;
    }
    let total = total as f64;
    let most = parts.into_iter().fold(0.0, f64::max);
    let samples = samples(functions, window.0, total);
    // Windows that are better than all quantiles need not be looked at closely. Where that is has to be guessed: too
    // high costs time, too low is noticed.
    for margin in [0.02, 0.1, 1.0] {
        let place = ((most + margin) * samples.len() as f64) as usize;
        let limit = samples.get(place).copied().unwrap_or(1.0);
        let mut masses = Masses::new(limit);
        for function in functions {
            function.each_segment(window.0, limit, |segment| masses.add(segment));
        }
        if limit >= 1.0 || masses.total >= most * total {
            return Some(parts.map(|part| masses.quantile(part * total)));
        }
    }
    None
}

/// The means of windows that are evenly spread over all functions, sorted.
fn samples(functions: &[Integral<'_>], window: i64, total: f64) -> Vec<f64> {
    let mut samples = Vec::new();
    for function in functions {
        let slack = function.slack(window);
        if slack <= 0 {
            continue;
        }
        let start = function.start();
        let wanted = (slack as f64 / total * SAMPLES as f64).ceil().max(1.0);
        let step = slack as f64 / wanted;
        let (mut left, mut right) = (0, 0);
        for i in 0..wanted as i64 {
            let time = start.saturating_add(((i as f64 + 0.5) * step) as i64);
            samples.push(function.mean(&mut left, &mut right, time, window));
        }
    }
    samples.sort_unstable_by(f64::total_cmp);
    samples
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
    fn start(&self) -> i64 {
        self.steps.first().map_or(0, |step| step.time.0)
    }

    /// How many nanoseconds a window can move.
    fn slack(&self, window: i64) -> i64 {
        let end = self.steps.last().map_or(0, |step| step.time.0);
        let length = end.saturating_sub(self.start());
        length.saturating_sub(window).max(0)
    }

    /// The mean of a window. `left` and `right` are steps at or before its edges, and become the last such.
    #[inline]
    fn mean(&self, left: &mut usize, right: &mut usize, time: i64, window: i64) -> f64 {
        let until = time.saturating_add(window);
        (self.at(right, until) - self.at(left, time)) / window as f64
    }

    /// The integral up to a time.
    #[inline]
    fn at(&self, step: &mut usize, time: i64) -> f64 {
        let passed = steps_until(&self.steps[*step..], time);
        *step += passed.saturating_sub(1);
        self.within(*step, time)
    }

    /// The integral up to a time within a step.
    #[inline]
    fn within(&self, step: usize, time: i64) -> f64 {
        let Utilization { time: since, part } = self.steps[step];
        self.sums[step] + part * (time - since.0) as f64
    }

    /// Moves a window over the function. Stretches with means above `limit` are left out where that saves time.
    fn each_segment(&self, window: i64, limit: f64, mut f: impl FnMut(Segment)) {
        let steps = self.steps;
        let mut time = self.start();
        let end = time.saturating_add(self.slack(window));
        let (mut left, mut right) = (0, 0);
        if time >= end {
            return;
        }
        let mut before = self.mean(&mut left, &mut right, time, window);
        let time_of = |step: usize| steps.get(step).map_or(i64::MAX, |step| step.time.0);
        while time < end {
            let (next_left, next_right) = (time_of(left + 1), time_of(right + 1));
            let next = next_left.min(next_right.saturating_sub(window)).min(end);
            if before > limit {
                // The mean changes by 1/window in a nanosecond at most.
                let surely = time.saturating_add(((before - limit) * window as f64) as i64);
                if surely > next {
                    time = surely.min(end);
                    before = self.mean(&mut left, &mut right, time, window);
                    continue;
                }
            }
            // Which edge meets its step nobody can guess: both are moved on by a number.
            let until = next.saturating_add(window);
            left += usize::from(next_left <= next);
            right += usize::from(next_right <= until);
            let (sum_left, sum_right) = (self.within(left, next), self.within(right, until));
            let now = (sum_right - sum_left) / window as f64;
            f(Segment {
                low: before.min(now),
                high: before.max(now),
                mass: (next - time) as f64,
            });
            before = now;
            time = next;
        }
    }
}

/// How much mass lies in each of [`BUCKETS`] equal parts of the utilizations up to a limit.
struct Masses {
    limit: f64,
    /// All of it.
    total: f64,
    /// What segments that end within a bucket leave in it.
    partial: Vec<f64>,
    /// Differences from bucket to bucket of what segments leave that go right through.
    through: Vec<f64>,
    /// The lowest and highest value in each bucket of those that end there.
    bounds: Vec<(f64, f64)>,
}

impl Masses {
    fn new(limit: f64) -> Self {
        Self {
            limit: limit.max(1e-9),
            total: 0.0,
            partial: vec![0.0; BUCKETS],
            through: vec![0.0; BUCKETS + 1],
            bounds: vec![(f64::INFINITY, f64::NEG_INFINITY); BUCKETS],
        }
    }

    fn bounds(&self, bucket: usize) -> (f64, f64) {
        let width = self.limit / BUCKETS as f64;
        (width * bucket as f64, width * (bucket + 1) as f64)
    }

    #[inline]
    fn bucket(&self, value: f64) -> usize {
        ((value / self.limit * BUCKETS as f64) as usize).min(BUCKETS - 1)
    }

    /// Adds the part of a segment that lies up to the limit.
    #[inline]
    fn add(&mut self, segment: Segment) {
        let Segment {
            low,
            mut high,
            mut mass,
        } = segment;
        if low > self.limit {
            return;
        }
        if high > self.limit {
            mass *= (self.limit - low) / (high - low);
            high = self.limit;
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
        let width = self.limit / BUCKETS as f64;
        self.through[first + 1] += density * width;
        self.through[last] -= density * width;
    }

    #[inline]
    fn leave(&mut self, bucket: usize, low: f64, high: f64, mass: f64) {
        self.partial[bucket] += mass;
        let bounds = &mut self.bounds[bucket];
        *bounds = (bounds.0.min(low), bounds.1.max(high));
    }

    /// The value up to which a mass lies, as if each bucket's mass were spread evenly over what it has values of; the
    /// largest value if there is less.
    fn quantile(&self, mass: f64) -> f64 {
        // What sums leave behind that should be 0.
        let nothing = self.total * 1e-11;
        let (mut before, mut through, mut largest) = (0.0, 0.0, 0.0);
        for bucket in 0..BUCKETS {
            through += self.through[bucket];
            let passing = if through > nothing { through } else { 0.0 };
            let here = self.partial[bucket] + passing;
            if here > nothing {
                let known = self.bounds[bucket];
                let whole = passing > 0.0 || known.0 > known.1;
                let (low, high) = if whole { self.bounds(bucket) } else { known };
                if before + here + nothing >= mass {
                    let part = ((mass - before) / here).clamp(0.0, 1.0);
                    return (low + (high - low) * part).clamp(0.0, 1.0);
                }
                largest = high;
            }
            before += here;
        }
        largest
    }
}

#[cfg(test)]
mod tests;
