//! The time axis: ticks at round times, and their labels.

use std::fmt;

use crate::scale::View;
use crate::text::Duration;

/// Ticks stand at least this far apart, in CSS pixels.
const APART: f64 = 100.0;

/// No axis has more ticks than this, however wide.
const MAX_TICKS: usize = 200;

/// If a tick's label would need more digits than this to tell it from its neighbour, labels are relative.
const DIGITS: f64 = 1e6;

/// The ticks of a view.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Ruler {
    /// ns between two ticks: 1, 2 or 5 times a power of ten.
    pub step: f64,
    /// The time to which labels are relative; 0 is the trace's start.
    pub base: f64,
    first: f64,
    count: usize,
}

impl Ruler {
    /// The ticks of `view` on an axis of `width` CSS pixels.
    pub fn new(view: View, width: f64) -> Self {
        let wanted = view.width() * APART / width.max(1.0);
        let step = round_step(wanted);
        let first = (view.start / step).ceil();
        let last = (view.end / step).floor();
        let count = (last - first + 1.0).clamp(0.0, MAX_TICKS as f64) as usize;
        let base = if view.end / step > DIGITS {
            let unit = step * 1000.0;
            (view.start / unit).floor() * unit
        } else {
            0.0
        };
        Self {
            step,
            base,
            first,
            count,
        }
    }

    /// The times of the ticks, ns since the trace's start.
    pub fn ticks(&self) -> impl Iterator<Item = f64> + use<> {
        let Self {
            step, first, count, ..
        } = *self;
        (0..count).map(move |i| (first + i as f64) * step)
    }

    /// The label of the tick at `time`.
    pub fn label(&self, time: f64) -> Label {
        Label {
            time: time - self.base,
            step: self.step,
            relative: self.base > 0.0,
        }
    }

    /// The time to which labels are relative, in words; `None` if that is the trace's start.
    pub fn base_label(&self) -> Option<Label> {
        (self.base > 0.0).then_some(Label {
            time: self.base,
            step: self.step * 1000.0,
            relative: false,
        })
    }
}

/// The smallest of 1, 2 and 5 times a power of ten that is at least `wanted` and at least 1 ns.
fn round_step(wanted: f64) -> f64 {
    let mut power = 1.0;
    // Bounded: i64 nanoseconds have 19 digits.
    for _ in 0..20 {
        for digit in [1.0, 2.0, 5.0] {
            if digit * power >= wanted {
                return digit * power;
            }
        }
        power *= 10.0;
    }
    power
}

/// A time on the axis: the largest unit that suits it, and as many decimals as its step needs.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Label {
    time: f64,
    step: f64,
    relative: bool,
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.relative { "+" } else { "" };
        if self.time == 0.0 {
            return write!(f, "{sign}0");
        }
        let size = self.time.abs();
        let (unit, name) = [(1e9, "s"), (1e6, "ms"), (1e3, "µs")]
            .into_iter()
            .find(|&(unit, _)| size >= unit)
            .unwrap_or((1.0, "ns"));
        let decimals = (0..=9)
            .find(|&n| self.step * 10f64.powi(n) >= unit * 0.999)
            .unwrap_or(9) as usize;
        write!(f, "{sign}{:.decimals$} {name}", self.time / unit)
    }
}

/// A moment in full: seconds with as many decimals as a view of this width can tell apart.
pub fn moment(time: f64, view: View) -> impl fmt::Display {
    // A hundredth of the view is about what a pointer can tell.
    let step = round_step(view.width() / 10_000.0);
    Label {
        time,
        step,
        relative: false,
    }
}

/// How wide the view is, in words.
pub fn span_of(view: View) -> Duration {
    Duration(view.width())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(start: f64, end: f64) -> String {
        let view = View {
            start,
            end,
            scroll: 0.0,
        };
        let ruler = Ruler::new(view, 600.0);
        let ticks: Vec<_> = ruler.ticks().map(|t| ruler.label(t).to_string()).collect();
        match ruler.base_label() {
            Some(base) => format!("{base} | {}", ticks.join(", ")),
            None => ticks.join(", "),
        }
    }

    #[test]
    fn ticks_are_round_in_every_unit() {
        assert_eq!(labels(0.0, 20.0), "0, 5 ns, 10 ns, 15 ns, 20 ns");
        assert_eq!(
            labels(0.0, 3e3),
            "0, 500 ns, 1.0 µs, 1.5 µs, 2.0 µs, 2.5 µs, 3.0 µs"
        );
        assert_eq!(labels(1e6, 7e6), "1 ms, 2 ms, 3 ms, 4 ms, 5 ms, 6 ms, 7 ms");
        assert_eq!(labels(0.0, 4.3e9), "0, 1 s, 2 s, 3 s, 4 s");
        assert_eq!(
            labels(998e6, 1.004e9),
            "998 ms, 999 ms, 1.000 s, 1.001 s, 1.002 s, 1.003 s, 1.004 s"
        );
    }

    #[test]
    fn deep_in_a_long_trace_labels_are_relative() {
        assert_eq!(
            labels(12_345_678_901.0, 12_345_679_101.0),
            "12.34565 s | +28.95 µs, +29.00 µs, +29.05 µs, +29.10 µs"
        );
    }

    #[test]
    fn the_number_of_ticks_is_bounded() {
        for (start, end) in [
            (0.0, 9.3e18),
            (9.2e18, 9.2e18 + 2048.0),
            (0.0, 0.0),
            (5.0, 1.0),
        ] {
            let view = View {
                start,
                end,
                scroll: 0.0,
            };
            assert!(Ruler::new(view, 1e9).ticks().count() <= MAX_TICKS);
            assert!(Ruler::new(view, 0.0).ticks().count() <= MAX_TICKS);
        }
    }
}
