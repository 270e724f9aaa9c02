//! The time axis: ticks at round times, and their labels.

use std::fmt;

use crate::axis::{Axis, AxisKind, Day, Moment, decimals_of};
use crate::scale::View;
use crate::text::Duration;
use crate::wall::{DAY, Date, TimeOfDay};

/// Ticks stand at least this far apart, in CSS pixels.
const APART: f64 = 100.0;

/// No axis has more ticks than this, however wide.
const MAX_TICKS: usize = 200;

/// If a tick's label would need more digits than this to tell it from its neighbour, labels are relative.
const DIGITS: f64 = 1e6;

/// The time of day of ticks that are nearer than this, ns, would have too many decimals: labels are relative.
const CLOCK_STEP: f64 = 1e4;

/// The ticks of a view.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Ruler<'a> {
    /// ns between two ticks: 1, 2 or 5 times a power of ten; whole minutes and hours of the wall clock.
    pub step: f64,
    /// The value to which labels are relative; 0 is what the axis counts from.
    pub base: f64,
    first: f64,
    count: usize,
    scale: Scale<'a>,
}

/// From moments to what an axis counts.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Scale<'a> {
    /// ns since this moment.
    Since(f64),
    /// ns since midnight.
    Clock(Day<'a>),
}

impl Scale<'_> {
    fn value_at(&self, time: f64) -> f64 {
        match self {
            Self::Since(origin) => time - origin,
            Self::Clock(day) => day.value_at(time),
        }
    }

    fn time_of(&self, value: f64) -> f64 {
        match self {
            Self::Since(origin) => value + origin,
            Self::Clock(day) => day.time_of(value),
        }
    }
}

impl<'a> Ruler<'a> {
    /// The ticks of `view` on an axis of `width` CSS pixels that counts from the trace's start.
    pub fn new(view: View, width: f64) -> Self {
        Self::on(Axis::default(), view, width)
    }

    /// The ticks of `view` on an axis of `width` CSS pixels: at whole units of what the axis counts.
    pub fn on(axis: Axis<'a>, view: View, width: f64) -> Self {
        let wanted = view.width() * APART / width.max(1.0);
        let (scale, step) = match axis.day_at(view.start) {
            Some(day) => (Scale::Clock(day), clock_step(wanted)),
            None if axis.kind() == AxisKind::Origin => {
                (Scale::Since(axis.origin), round_step(wanted))
            }
            None => (Scale::Since(0.0), round_step(wanted)),
        };
        let (start, end) = (scale.value_at(view.start), scale.value_at(view.end));
        let first = (start / step).ceil();
        let last = (end / step).floor();
        let count = (last - first + 1.0).clamp(0.0, MAX_TICKS as f64) as usize;
        let relative = match scale {
            // The time of day is as long as it is: what matters is how many decimals it has.
            Scale::Clock(_) => step < CLOCK_STEP,
            Scale::Since(_) => start.abs().max(end.abs()) / step > DIGITS,
        };
        let base = if relative {
            let unit = step * 1000.0;
            (start / unit).floor() * unit
        } else {
            0.0
        };
        Self {
            step,
            base,
            first,
            count,
            scale,
        }
    }

    /// The times of the ticks, ns since the trace's start.
    pub fn ticks(&self) -> impl Iterator<Item = f64> + use<'a> {
        let Self {
            step,
            first,
            count,
            scale,
            ..
        } = *self;
        (0..count).map(move |i| scale.time_of((first + i as f64) * step))
    }

    /// The label of the tick at `time`.
    pub fn label(&self, time: f64) -> Moment {
        // A tick's value is a multiple of the step; the way there and back may round.
        let value = (self.scale.value_at(time) / self.step).round() * self.step;
        match self.scale {
            Scale::Clock(day) if self.base == 0.0 => clock(value, self.step, day.number),
            Scale::Since(origin) if origin != 0.0 && self.base == 0.0 => {
                Moment::Label(Label::signed(value, self.step))
            }
            _ if self.base != 0.0 => Moment::Label(Label::signed(value - self.base, self.step)),
            _ => Moment::Label(Label::plain(value, self.step)),
        }
    }

    /// The moment to which labels are relative, in words; else the wall clock's date; `None` if there is nothing to say.
    pub fn base_label(&self) -> Option<Moment> {
        let step = self.step * 1000.0;
        match self.scale {
            Scale::Clock(day) if self.base == 0.0 => Some(Moment::Date(Date::of_day(day.number))),
            _ if self.base == 0.0 => None,
            Scale::Clock(_) => Some(Moment::Clock(TimeOfDay {
                nanos: self.base as i64,
                decimals: decimals_of(step),
            })),
            Scale::Since(origin) if origin != 0.0 => {
                Some(Moment::Label(Label::signed(self.base, step)))
            }
            Scale::Since(_) => Some(Moment::Label(Label::plain(self.base, step))),
        }
    }
}

/// A time of day as a tick says it; midnight says the date.
fn clock(value: f64, step: f64, day: i64) -> Moment {
    let nanos = value as i64;
    if nanos != 0 && nanos % DAY == 0 || step >= DAY as f64 {
        return Moment::Date(Date::of_day(day.saturating_add(nanos / DAY)));
    }
    Moment::Clock(TimeOfDay {
        nanos,
        decimals: decimals_of(step),
    })
}

/// The smallest of 1, 2 and 5 times a power of ten that is at least `wanted` and at least 1 ns.
pub(crate) fn round_step(wanted: f64) -> f64 {
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

/// The same for a clock: from a second on, whole parts of minutes, hours and days.
fn clock_step(wanted: f64) -> f64 {
    const STEPS: [f64; 16] = [
        1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0,
        21_600.0, 43_200.0,
    ];
    if wanted <= 5e8 {
        return round_step(wanted);
    }
    let fits = STEPS.into_iter().map(|seconds| seconds * 1e9);
    fits.into_iter()
        .find(|&step| step >= wanted)
        .unwrap_or_else(|| DAY as f64 * round_step(wanted / DAY as f64))
}

/// A time on the axis: the largest unit that suits it, and as many decimals as its step needs.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Label {
    time: f64,
    step: f64,
    signed: bool,
}

impl Label {
    /// Since the trace's start.
    pub(crate) fn plain(time: f64, step: f64) -> Self {
        Self {
            time,
            step,
            signed: false,
        }
    }

    /// Before or after something: always with a sign.
    pub(crate) fn signed(time: f64, step: f64) -> Self {
        Self {
            time,
            step,
            signed: true,
        }
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.time {
            time if time < 0.0 => "−",
            _ if self.signed => "+",
            _ => "",
        };
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
        write!(f, "{sign}{:.decimals$} {name}", size / unit)
    }
}

/// How wide the view is, in words.
pub fn span_of(view: View) -> Duration {
    Duration(view.width())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wall::{ClockPoint, SECOND, WallClock};

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

    fn wall() -> WallClock {
        // 2026-11-24 14:03:22.123456789 UTC, 1 ms into the trace; the wall clock is 100 ppm fast.
        let unix = (20_781 * 86_400 + 14 * 3600 + 3 * 60 + 22) * SECOND + 123_456_789;
        WallClock::from_points([
            ClockPoint {
                time: 1_000_000,
                unix,
            },
            ClockPoint {
                time: 1_001_000_000,
                unix: unix + 1_000_100_000,
            },
        ])
        .expect("points")
    }

    fn on(axis: Axis<'_>, start: f64, end: f64) -> String {
        let view = View {
            start,
            end,
            scroll: 0.0,
        };
        let ruler = Ruler::on(axis, view, 600.0);
        let ticks: Vec<_> = ruler.ticks().map(|t| ruler.label(t).to_string()).collect();
        match ruler.base_label() {
            Some(base) => format!("{base} | {}", ticks.join(", ")),
            None => ticks.join(", "),
        }
    }

    #[test]
    fn an_origin_counts_both_ways() {
        let axis = Axis {
            kind: AxisKind::Origin,
            origin: 12_345.0,
            ..Axis::default()
        };
        assert_eq!(
            on(axis, 10_345.0, 14_345.0),
            "−2 µs, −1 µs, +0, +1 µs, +2 µs"
        );
    }

    #[test]
    fn ticks_of_the_wall_clock_are_whole_units_of_it() {
        let wall = wall();
        let axis = |kind, zone| Axis {
            kind,
            zone,
            origin: 0.0,
            clock: Some(&wall),
        };
        let utc = axis(AxisKind::Utc, 0);
        assert_eq!(
            on(utc, 0.0, 5e9),
            "2026-11-24 | 14:03:23, 14:03:24, 14:03:25, 14:03:26, 14:03:27"
        );
        assert_eq!(
            on(axis(AxisKind::Local, -330), 0.0, 5e7),
            "2026-11-24 | 08:33:22.13, 08:33:22.14, 08:33:22.15, 08:33:22.16, 08:33:22.17"
        );
        assert_eq!(
            on(utc, 1e6, 1.000_4e6),
            "14:03:22.1234 | +56.8 µs, +56.9 µs, +57.0 µs, +57.1 µs"
        );
        assert_eq!(
            on(utc, 0.0, 14.0 * 3600e9),
            "2026-11-24 | 18:00:00, 2026-11-25"
        );
        // A tick stands where the wall clock has that value.
        let view = View {
            start: 0.0,
            end: 5e9,
            scroll: 0.0,
        };
        for tick in Ruler::on(utc, view, 600.0).ticks() {
            let off = wall.unix_at(tick).rem_euclid(SECOND);
            assert!(off.min(SECOND - off) <= 1, "{off}");
        }
    }

    #[test]
    fn labels_never_overlap() {
        let wall = wall();
        let axes = [
            AxisKind::Start,
            AxisKind::Origin,
            AxisKind::Local,
            AxisKind::Utc,
        ]
        .map(|kind| Axis {
            kind,
            zone: 345,
            origin: 77_777.0,
            clock: Some(&wall),
        });
        for axis in axes {
            for start in [0.0, 123_456.0, 1e9, 59_123_456_789.0, 4e12] {
                for power in 5..44 {
                    let view = View {
                        start,
                        end: start + 2f64.powi(power),
                        scroll: 0.0,
                    };
                    let width = 1000.0;
                    let ruler = Ruler::on(axis, view, width);
                    let apart = ruler.step / view.width() * width;
                    for tick in ruler.ticks() {
                        let label = ruler.label(tick).to_string();
                        // 11 pixels to the em, a little air.
                        let needed = f64::from(crate::text::width(&label)) * 11.0 + 8.0;
                        assert!(
                            needed <= apart,
                            "{label:?} {needed} {apart} {axis:?} {view:?}"
                        );
                    }
                }
            }
        }
    }
}
