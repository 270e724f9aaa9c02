//! Minimum mutator utilization: in the worst window of a given length, which part of the procs was left to the program?
//!
//! The algorithm is that of `internal/trace/gc.go` ("MMUCurve"), operation by operation, so that the numbers are the
//! same to the last bit: each function is cut into 1000 bands; for each band a lower bound of all windows that begin in
//! it is cheap, and only bands whose bound is below the minimum so far are looked at closely.

use tracepane_model::Nanos;

use crate::mutator_utilization_distribution::{Integral, quantiles};
use crate::utilization::{UtilizationRules, UtilizationSeries, steps_until};

mod band_heap;
#[cfg(test)]
mod tests;
mod worst;

use band_heap::{Band, BandHeap};
use worst::WorstWindows;

/// How many bands a function is cut into (`bandsPerSeries`).
const BANDS: usize = 1000;

/// How many windows a curve has (`samples` in `internal/trace/traceviewer/mmu.go`).
pub const CURVE_POINTS: usize = 100;

/// How many of the worst windows are told (`HandleDetails` in `internal/trace/traceviewer/mmu.go`).
pub const WORST_WINDOWS: usize = 10;

/// The percentiles of a curve, as the parts of all windows that are worse: p99.9, p99, p95.
pub const PERCENTILES: [f64; 3] = [1.0 - 0.999, 1.0 - 0.99, 1.0 - 0.95];

/// Mutator utilization functions, prepared for questions.
#[derive(Clone, Debug)]
pub struct Mmu {
    series: Vec<Series>,
}

/// A window with its mean mutator utilization.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct UtilizationWindow {
    /// Where it begins.
    pub time: Nanos,
    /// Its mean utilization, 0 to 1.
    pub part: f64,
    /// Which function: of curves by proc, in the order of [`crate::utilization()`].
    pub series: usize,
}

/// A point of a curve.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct CurvePoint {
    /// The window's length.
    pub window: Nanos,
    /// The minimum over all windows.
    pub min: f64,
    /// What [`PERCENTILES`] of the windows do not exceed, if asked for.
    pub percentiles: Option<[f64; 3]>,
}

/// One function with its summaries (`mmuSeries`).
#[derive(Clone, Debug)]
struct Series {
    steps: UtilizationSeries,
    /// `sums[j]`: the integral up to step `j`.
    sums: Vec<f64>,
    bands: Vec<BandSummary>,
    band_length: i64,
}

/// `mmuBand`.
#[derive(Clone, Copy, Debug)]
struct BandSummary {
    /// The lowest utilization in it.
    min: f64,
    /// The integral up to its left edge.
    sum: f64,
    /// The step at its left edge.
    step: usize,
}

/// A place in a function's steps that only moves forward (`integrator`).
#[derive(Clone, Copy)]
struct Integrator {
    step: usize,
}

impl Mmu {
    /// Prepares functions. Those without any length are left out.
    pub fn new(functions: &[UtilizationSeries]) -> Self {
        Self::with_bands(functions, BANDS)
    }

    fn with_bands(functions: &[UtilizationSeries], bands: usize) -> Self {
        let series = functions
            .iter()
            .filter(|steps| !steps.is_empty())
            .map(|steps| Series::new(steps, bands))
            .collect();
        Self { series }
    }

    /// Whether there is no function: the trace does not say how many procs there are.
    pub fn is_empty(&self) -> bool {
        self.series.is_empty()
    }

    /// The functions.
    pub fn functions(&self) -> impl Iterator<Item = &UtilizationSeries> {
        self.series.iter().map(|series| &series.steps)
    }

    fn integrals(&self) -> Vec<Integral<'_>> {
        let series = self.series.iter();
        let integral = series.map(|series| Integral {
            steps: &series.steps,
            sums: &series.sums,
        });
        integral.collect()
    }

    /// The minimum over all windows of this length, 0 to 1. Windows longer than a function count as long as it is.
    pub fn min(&self, window: Nanos) -> f64 {
        let mut seen = Seen::new(0);
        self.visit(window, &mut seen);
        seen.min
    }

    /// The worst windows of this length, at most `count`, worst first; no two overlap.
    pub fn worst(&self, window: Nanos, count: usize) -> Vec<UtilizationWindow> {
        let mut seen = Seen::new(count);
        self.visit(window, &mut seen);
        seen.worst.into_sorted()
    }

    /// For each part of all windows of this length (0 to 1), the utilization that so many of them do not exceed, to a
    /// millionth; `None` if no function is longer than the window.
    pub fn quantiles<const N: usize>(&self, window: Nanos, parts: [f64; N]) -> Option<[f64; N]> {
        quantiles(&self.integrals(), window, parts)
    }

    /// The curve, as the page `/mmu` of `go tool trace` draws it. [`UtilizationRules::AsGoToolTrace`] has its
    /// percentiles: they are the minimum, because `addMU` returns before it adds to the distribution.
    pub fn curve(&self, percentiles: bool, rules: UtilizationRules) -> Vec<CurvePoint> {
        let Some((first, last)) = self.bounds() else {
            return Vec::new();
        };
        windows(first, last)
            .map(|window| self.point(window, percentiles, rules))
            .collect()
    }

    /// A curve's point at a window.
    pub fn point(&self, window: Nanos, percentiles: bool, rules: UtilizationRules) -> CurvePoint {
        let min = self.min(window);
        let percentiles = percentiles.then(|| match rules {
            UtilizationRules::AsGoToolTrace => [min; 3],
            UtilizationRules::Right => (self.quantiles(window, PERCENTILES))
                // Where there is only one window, it is the distribution.
                .map_or([min; 3], |parts| parts.map(|part| part.max(min))),
        });
        CurvePoint {
            window,
            min,
            percentiles,
        }
    }

    /// The shortest and the longest window of the curve: the shortest is where the minimum is 0, in steps of a
    /// thousand; six orders of magnitude follow, but no more than the trace has (`HandlePlot`). `None` without a
    /// function.
    pub fn bounds(&self) -> Option<(Nanos, Nanos)> {
        let mut min = 1_000_000_000;
        while min > 1 && self.min(Nanos(min)) >= 0.0001 {
            min /= 1000;
        }
        let start = self.functions().filter_map(|f| f.first()).map(|s| s.time.0);
        let end = self.functions().filter_map(|f| f.last()).map(|s| s.time.0);
        let length = end.max()?.saturating_sub(start.min()?);
        Some((Nanos(min), Nanos((min * 1_000_000).min(length))))
    }

    /// `MMUCurve.mmu`: looks at windows until no other can change what was seen.
    fn visit(&self, window: Nanos, seen: &mut Seen) {
        if window.0 <= 0 {
            seen.min = 0.0;
            return;
        }
        let mut bands = Vec::new();
        let mut windows = Vec::with_capacity(self.series.len());
        for (i, series) in self.series.iter().enumerate() {
            let window = window.0.min(series.length()).max(0);
            windows.push(window);
            series.bounds(i, window, &mut bands);
        }
        let mut bands = BandHeap::new(bands);
        while let Some(band) = bands.first() {
            if band.bound >= seen.bound {
                break;
            }
            seen.series = band.series;
            self.series[band.series].visit(band.place, windows[band.series], seen);
            bands.pop();
        }
    }
}

/// The windows of a curve from `first` to `last`, evenly spread by their logarithms. `go tool trace` cuts fractions of
/// a nanosecond off, so that of its windows the first and last are often 1 ns too short.
pub fn windows(first: Nanos, last: Nanos) -> impl Iterator<Item = Nanos> {
    let (low, high) = ((first.0.max(1) as f64).ln(), (last.0.max(1) as f64).ln());
    (0..CURVE_POINTS).map(move |i| {
        let log = i as f64 / (CURVE_POINTS - 1) as f64 * (high - low) + low;
        Nanos((log.exp().round() as i64).max(1))
    })
}

/// What was seen of the windows so far (`accumulator`).
struct Seen {
    min: f64,
    /// Windows with more cannot change anything.
    bound: f64,
    worst: WorstWindows,
    /// The function that is being looked at.
    series: usize,
}

impl Seen {
    fn new(worst: usize) -> Self {
        Self {
            min: 1.0,
            bound: 1.0,
            worst: WorstWindows::new(worst),
            series: 0,
        }
    }

    /// `addMU`; returns whether nothing can change any more.
    fn add(&mut self, time: i64, part: f64, window: i64) -> bool {
        if part < self.min {
            self.min = part;
        }
        self.bound = self.min;
        if self.worst.wanted() == 0 {
            return part == 0.0;
        }
        self.worst.add(
            UtilizationWindow {
                time: Nanos(time),
                part,
                series: self.series,
            },
            window,
        );
        match self.worst.least_bad() {
            None => {
                self.bound = 1.0;
                false
            }
            Some(least_bad) => {
                self.bound = self.bound.max(least_bad);
                least_bad == 0.0
            }
        }
    }
}

impl Series {
    /// `newMMUSeries`; `steps` is not empty.
    fn new(steps: &UtilizationSeries, bands: usize) -> Self {
        let mut sums = Vec::with_capacity(steps.len());
        let mut sum = 0.0;
        let mut before = (0.0, 0);
        for step in steps {
            let (part, time) = before;
            sum += part * step.time.0.saturating_sub(time) as f64;
            sums.push(sum);
            before = (step.part, step.time.0);
        }
        let count = bands.min(steps.len());
        let mut series = Self {
            steps: steps.clone(),
            sums,
            bands: Vec::with_capacity(count + 1),
            band_length: 0,
        };
        let length = series.length() as u64;
        series.band_length = (length.div_ceil(count as u64) as i64).max(1);
        let mut left = Integrator { step: 0 };
        for i in 0..=count {
            let (start, end) = series.band_time(i);
            let sum = left.advance(&series, start);
            let rest = &series.steps[left.step..];
            let within = rest.iter().take_while(|step| step.time.0 < end);
            let min = within.fold(1.0, |min: f64, step| min.min(step.part));
            series.bands.push(BandSummary {
                min,
                sum,
                step: left.step,
            });
        }
        series
    }

    fn start(&self) -> i64 {
        self.steps[0].time.0
    }

    fn end(&self) -> i64 {
        self.steps[self.steps.len() - 1].time.0
    }

    fn length(&self) -> i64 {
        self.end().saturating_sub(self.start()).max(0)
    }

    fn band_time(&self, band: usize) -> (i64, i64) {
        let start = (band as i64)
            .saturating_mul(self.band_length)
            .saturating_add(self.start());
        (start, start.saturating_add(self.band_length))
    }

    /// `mkBandUtil`: for each band, a lower bound of all windows that begin in it.
    fn bounds(&self, series: usize, window: i64, bands: &mut Vec<Band>) {
        if window == 0 {
            return;
        }
        let length = self.band_length;
        // How many bands a window touches at least, and at most.
        let least = window.saturating_add(length - 1) / length;
        let most = window.saturating_add(2 * (length - 1)) / length;
        let tail = window % length;
        let (least, most) = (least as usize, (most as usize).max(1));
        let count = (self.bands.len() + 1).saturating_sub(most);
        for place in 0..count {
            // The lowest value where a window covers a band only in part, the mean where it covers all of it.
            let left = self.bands[place].min;
            let right = self.bands[place + least - 1].min;
            let beyond = self.bands[place + most - 1].min;
            let min = left.min(right.min(beyond));
            let mut sum = 0.0;
            if least == 1 {
                sum += min * window as f64;
            } else {
                sum += min * length as f64;
                let second = if min == left {
                    right.min(beyond)
                } else if min == right {
                    left.min(beyond)
                } else {
                    left.min(right)
                };
                sum += second * tail as f64;
            }
            if least > 2 {
                sum += self.bands[place + least - 1].sum - self.bands[place + 1].sum;
            }
            bands.push(Band {
                series,
                place,
                bound: sum / window as f64,
            });
        }
    }

    /// `bandMMU`: the windows that begin in a band, at the moments where one of their edges meets a step: only there
    /// the mean can be a minimum.
    fn visit(&self, band: usize, window: i64, seen: &mut Seen) {
        let mut left = Integrator {
            step: self.bands[band].step,
        };
        let mut right = left;
        let (mut time, end) = self.band_time(band);
        let end = end.min(self.end().saturating_sub(window));
        loop {
            let until = time.saturating_add(window);
            let sum = right.advance(self, until) - left.advance(self, time);
            let part = sum / window as f64;
            if seen.add(time, part, window) || time == end {
                return;
            }
            // The mean changes by 1/window in a nanosecond at most: so long it surely stays above the bound.
            let surely = time.saturating_add(((part - seen.bound) * window as f64) as i64);
            let next = left
                .next(self, time)
                .min(right.next(self, until).saturating_sub(window));
            time = next.max(surely).min(end);
        }
    }
}

impl Integrator {
    /// The integral up to `time`, which must not go back.
    #[inline]
    fn advance(&mut self, series: &Series, time: i64) -> f64 {
        let steps = &series.steps;
        let passed = steps_until(&steps[self.step..], time);
        // A band that begins after the last window goes back once, as in Go.
        self.step = (self.step + passed).saturating_sub(1);
        let step = steps[self.step];
        let partial = match time.saturating_sub(step.time.0) {
            0 => 0.0,
            since => step.part * since as f64,
        };
        series.sums[self.step] + partial
    }

    /// When the next step after `time` is.
    #[inline]
    fn next(&self, series: &Series, time: i64) -> i64 {
        let rest = &series.steps[self.step..];
        let next = rest.iter().find(|step| step.time.0 > time);
        next.map_or(i64::MAX, |step| step.time.0)
    }
}
