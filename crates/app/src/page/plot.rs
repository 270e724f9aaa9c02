//! From a chart's values to places: axes with round numbers, and paths. Pure; places along an axis are parts of it, from
//! 0 to 1, values are parts of the height.

use std::fmt::Write as _;

use tracepane_analysis::format;
use tracepane_timeline::View;
use tracepane_timeline::ruler::Ruler;

use crate::protocol::{Along, Chart, Series, Unit};

/// The size of a picture's coordinates: paths are drawn in a square of this size and stretched.
pub const SIZE: f64 = 1000.0;

/// Where something stands on an axis, and what is written there.
#[derive(Clone, PartialEq, Debug)]
pub struct Tick {
    /// The part of the axis.
    pub at: f64,
    /// The text; may be empty.
    pub text: String,
}

/// A chart's axes.
#[derive(Clone, PartialEq, Debug)]
pub struct Axes {
    along: Along,
    start: f64,
    end: f64,
    /// The value at the upper edge.
    pub top: f64,
}

impl Axes {
    /// The axes of a chart.
    pub fn new(chart: &Chart) -> Self {
        let first = chart.at.first().copied().unwrap_or(0.0);
        let start = match chart.along {
            Along::Time => first,
            Along::Durations => first.max(1.0),
        };
        Self {
            along: chart.along,
            start,
            end: chart.end.max(start + 1.0),
            top: match chart.unit {
                Unit::Share => 1.0,
                unit => top(unit, highest(&chart.series)),
            },
        }
    }

    /// The part of the axis at which a value of it stands.
    pub fn place(&self, value: f64) -> f64 {
        let part = match self.along {
            Along::Time => (value - self.start) / (self.end - self.start),
            Along::Durations => {
                (value.max(self.start) / self.start).ln() / (self.end / self.start).ln()
            }
        };
        part.clamp(0.0, 1.0)
    }

    /// The value of the axis at a part of it.
    pub fn value(&self, part: f64) -> f64 {
        let part = part.clamp(0.0, 1.0);
        match self.along {
            Along::Time => self.start + part * (self.end - self.start),
            Along::Durations => self.start * (self.end / self.start).powf(part),
        }
    }

    /// The point that a part of the axis belongs to: of time the one that holds there, of durations the nearest.
    pub fn point(&self, at: &[f64], part: f64) -> Option<usize> {
        let last = at.len().checked_sub(1)?;
        let value = self.value(part);
        let next = at.partition_point(|&point| point <= value);
        if self.along == Along::Time {
            return Some(next.saturating_sub(1).min(last));
        }
        let before = next.saturating_sub(1);
        let after = next.min(last);
        let distance = |point: usize| (self.place(at[point]) - part).abs();
        Some(if distance(before) <= distance(after) {
            before
        } else {
            after
        })
    }

    /// Ticks along the axis, for a chart some 900 pixels wide.
    pub fn ticks_along(&self) -> Vec<Tick> {
        match self.along {
            Along::Time => {
                let view = View {
                    start: self.start,
                    end: self.end,
                    scroll: 0.0,
                };
                let ruler = Ruler::new(view, 900.0);
                let tick = |time| Tick {
                    at: self.place(time),
                    text: ruler.label(time).to_string(),
                };
                ruler.ticks().map(tick).collect()
            }
            Along::Durations => {
                let mut ticks = Vec::new();
                let mut power = 1.0;
                // Few powers of ten leave room for more.
                let digits: &[f64] = match self.end / self.start {
                    ..2e3 => &[1.0, 2.0, 5.0],
                    ..2e5 => &[1.0, 3.0],
                    _ => &[1.0],
                };
                // i64 nanoseconds have 19 digits.
                for _ in 0..20 {
                    for digit in digits {
                        let value = power * digit;
                        // A little beyond the edges: windows are rounded to whole ns.
                        if value >= self.start * 0.999 && value <= self.end * 1.001 {
                            ticks.push(Tick {
                                at: self.place(value),
                                text: round(value),
                            });
                        }
                    }
                    power *= 10.0;
                }
                ticks
            }
        }
    }

    /// Ticks up the axis of values; the lowest is 0.
    pub fn ticks_up(&self, unit: Unit) -> Vec<Tick> {
        let step = step(unit, self.top);
        let count = (self.top / step).round().clamp(1.0, 10.0) as usize;
        let tick = |i: usize| Tick {
            at: (i as f64 * step / self.top).min(1.0),
            text: text(unit, i as f64 * step),
        };
        (0..=count).map(tick).collect()
    }

    /// A line through values, one for each point; broken where nothing is known.
    pub fn line(&self, at: &[f64], values: &[Option<f64>]) -> String {
        let mut path = Path::default();
        for (i, value) in values.iter().enumerate().take(at.len()) {
            let Some(value) = value else {
                path.open = false;
                continue;
            };
            let y = self.height(*value);
            path.to(self.x(at[i]), y);
            if self.along == Along::Time {
                path.to(self.x(self.next(at, i)), y);
            }
        }
        path.text
    }

    /// The area between lower and upper values.
    pub fn area(&self, at: &[f64], lower: &[f64], upper: &[f64]) -> String {
        let mut path = Path::default();
        let count = at.len().min(lower.len()).min(upper.len());
        let edge = |path: &mut Path, i: usize, values: &[f64], back: bool| {
            let y = self.height(values[i]);
            let (mut from, mut to) = (self.x(at[i]), self.x(at[i]));
            if self.along == Along::Time {
                to = self.x(self.next(at, i));
            }
            if back {
                std::mem::swap(&mut from, &mut to);
            }
            path.to(from, y);
            if from != to {
                path.to(to, y);
            }
        };
        for i in 0..count {
            edge(&mut path, i, upper, false);
        }
        for i in (0..count).rev() {
            edge(&mut path, i, lower, true);
        }
        if count > 0 {
            path.text.push('Z');
        }
        path.text
    }

    fn next(&self, at: &[f64], point: usize) -> f64 {
        at.get(point + 1).copied().unwrap_or(self.end)
    }

    fn x(&self, value: f64) -> f64 {
        self.place(value) * SIZE
    }

    fn height(&self, value: f64) -> f64 {
        (1.0 - (value / self.top).clamp(0.0, 1.0)) * SIZE
    }
}

/// A path as SVG writes it.
#[derive(Default)]
struct Path {
    text: String,
    open: bool,
}

impl Path {
    fn to(&mut self, x: f64, y: f64) {
        let command = if std::mem::replace(&mut self.open, true) {
            'L'
        } else {
            'M'
        };
        let _ = write!(self.text, "{command}{x:.1} {y:.1}");
    }
}

/// Areas stand one on another: for each, its lower and upper edge at each point. Lines have none.
pub fn stacked(series: &[Series], points: usize) -> Vec<Option<(Vec<f64>, Vec<f64>)>> {
    let mut level = vec![0.0; points];
    let one = |series: &Series| {
        if !series.area {
            return None;
        }
        let lower = level.clone();
        for (level, value) in level.iter_mut().zip(&series.values) {
            *level += value.unwrap_or(0.0).max(0.0);
        }
        Some((lower, level.clone()))
    };
    series.iter().map(one).collect()
}

/// The highest value that is drawn.
fn highest(series: &[Series]) -> f64 {
    let points = series.iter().map(|series| series.values.len()).max();
    let areas = stacked(series, points.unwrap_or(0));
    let areas = areas.iter().flatten().flat_map(|(_, upper)| upper.iter());
    let lines = series.iter().filter(|series| !series.area);
    let lines = lines.flat_map(|series| series.values.iter().flatten());
    areas.chain(lines).copied().fold(0.0, f64::max)
}

/// The upper edge for values up to `highest`: a whole number of steps.
fn top(unit: Unit, highest: f64) -> f64 {
    let least = match unit {
        Unit::Share => return 1.0,
        Unit::Bytes => 1024.0,
        Unit::Count => 1.0,
    };
    let highest = highest.max(least);
    let step = step(unit, highest);
    (highest / step).ceil() * step
}

/// A round step with which `top` has two to five of them.
fn step(unit: Unit, top: f64) -> f64 {
    let base: f64 = match unit {
        Unit::Share => return 0.25,
        // 1, 2, 5, 10, … 500 KiB, MiB and so on.
        Unit::Bytes => 1024f64.powf((top.max(1.0).ln() / 1024f64.ln()).floor()),
        Unit::Count => 1.0,
    };
    let wanted = top / base / 4.0;
    let mut power = 10f64.powf(wanted.log10().floor());
    if unit == Unit::Count {
        power = power.max(1.0);
    }
    let digit = [1.0, 2.0, 2.5, 5.0, 10.0]
        .into_iter()
        .filter(|&digit| unit != Unit::Count || (digit * power).fract() == 0.0)
        .find(|digit| digit * power >= wanted)
        .unwrap_or(10.0);
    digit * power * base
}

/// A value in words.
pub fn text(unit: Unit, value: f64) -> String {
    match unit {
        Unit::Share => {
            let percent = value * 100.0;
            if percent == percent.round() {
                format!("{percent:.0} %")
            } else {
                format!("{percent:.1} %")
            }
        }
        Unit::Bytes => {
            let text = format::bytes(value.max(0.0) as u64);
            text.replace(".0 ", " ")
        }
        Unit::Count => {
            if value == value.round() {
                format::count(value.max(0.0) as u64)
            } else {
                format!("{value:.1}")
            }
        }
    }
}

/// A duration of one digit and zeros: "10 µs".
fn round(nanos: f64) -> String {
    let (unit, name) = match nanos {
        ..1e3 => (1.0, "ns"),
        ..1e6 => (1e3, "µs"),
        ..1e9 => (1e6, "ms"),
        _ => (1e9, "s"),
    };
    format!("{:.0} {name}", nanos / unit)
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn chart(along: Along, at: &[f64], end: f64, unit: Unit) -> Chart {
        Chart {
            along,
            at: at.to_vec(),
            end,
            unit,
            series: Vec::new(),
            marks: Vec::new(),
        }
    }

    fn texts(ticks: &[Tick]) -> Vec<&str> {
        ticks.iter().map(|tick| tick.text.as_str()).collect()
    }

    #[test]
    fn values_have_round_ticks() {
        let up = |unit, highest| {
            let values = vec![Some(highest)];
            let series = vec![Series {
                values,
                ..Series::default()
            }];
            let axes = Axes::new(&Chart {
                series,
                ..chart(Along::Time, &[0.0], 10.0, unit)
            });
            let ticks = axes.ticks_up(unit);
            assert!(axes.top >= highest && ticks.len() <= 7, "{ticks:?}");
            assert_eq!(ticks.last().map(|tick| tick.at), Some(1.0));
            ticks.into_iter().map(|tick| tick.text).collect::<Vec<_>>()
        };
        assert_eq!(
            up(Unit::Share, 0.2),
            ["0 %", "25 %", "50 %", "75 %", "100 %"]
        );
        assert_eq!(up(Unit::Count, 3.2), ["0", "1", "2", "3", "4"]);
        assert_eq!(up(Unit::Count, 0.0), ["0", "1"]);
        assert_eq!(up(Unit::Count, 27.0), ["0", "10", "20", "30"]);
        let heap = up(Unit::Bytes, 33.0 * 1024.0 * 1024.0);
        assert_eq!(heap, ["0 B", "10 MiB", "20 MiB", "30 MiB", "40 MiB"]);
        assert_eq!(up(Unit::Bytes, 0.0)[0], "0 B");
        for exponent in 0..60 {
            up(Unit::Bytes, 1.7 * 2f64.powi(exponent));
            up(Unit::Count, (1.3 * 2f64.powi(exponent)).round());
        }
    }

    #[test]
    fn durations_lie_by_their_logarithms() {
        let at = [1e3, 1e4, 1e5, 1e9];
        let axes = Axes::new(&chart(Along::Durations, &at, 1e9, Unit::Share));
        assert_eq!(axes.place(1e3), 0.0);
        assert!((axes.place(1e6) - 0.5).abs() < 1e-9);
        assert!((axes.value(0.5) / 1e6 - 1.0).abs() < 1e-9);
        assert_eq!(
            texts(&axes.ticks_along()),
            ["1 µs", "10 µs", "100 µs", "1 ms", "10 ms", "100 ms", "1 s"]
        );
        let short = Axes::new(&chart(Along::Durations, &[1e6], 123e6, Unit::Share));
        assert_eq!(
            texts(&short.ticks_along())[..4],
            ["1 ms", "2 ms", "5 ms", "10 ms"]
        );
        assert_eq!(axes.point(&at, 0.0), Some(0));
        assert_eq!(axes.point(&at, 0.3), Some(2));
        assert_eq!(axes.point(&at, 0.9), Some(3));
        assert_eq!(axes.point(&[], 0.9), None);
        assert_eq!(
            axes.line(&at[..2], &[Some(0.0), Some(1.0)]),
            "M0.0 1000.0L166.7 0.0"
        );
    }

    #[test]
    fn values_over_time_hold_until_the_next() {
        let at = [0.0, 10.0, 20.0];
        let axes = Axes::new(&chart(Along::Time, &at, 40.0, Unit::Share));
        assert_eq!(axes.point(&at, 0.49), Some(1));
        assert_eq!(axes.point(&at, 1.0), Some(2));
        assert_eq!(
            axes.line(&at, &[Some(1.0), None, Some(0.5)]),
            "M0.0 0.0L250.0 0.0M500.0 500.0L1000.0 500.0"
        );
        assert_eq!(
            axes.area(&[0.0, 20.0], &[0.0, 0.0], &[1.0, 0.5]),
            "M0.0 0.0L500.0 0.0L500.0 500.0L1000.0 500.0L1000.0 1000.0L500.0 1000.0L500.0 1000.0L0.0 1000.0Z"
        );
        assert_eq!(texts(&axes.ticks_along())[..2], ["0", "5 ns"]);
    }

    #[test]
    fn areas_stand_one_on_another() {
        let series = |area, values: &[f64]| Series {
            area,
            values: values.iter().copied().map(Some).collect(),
            ..Series::default()
        };
        let all = [
            series(true, &[1.0, 2.0]),
            series(false, &[9.0, 9.0]),
            series(true, &[3.0, 4.0]),
        ];
        let found = stacked(&all, 2);
        assert_eq!(found[0], Some((vec![0.0, 0.0], vec![1.0, 2.0])));
        assert_eq!(found[1], None);
        assert_eq!(found[2], Some((vec![1.0, 2.0], vec![4.0, 6.0])));
        assert_eq!(highest(&all), 9.0);
        assert_eq!(highest(&all[2..]), 4.0);
    }
}
