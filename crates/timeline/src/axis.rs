//! What the time axis counts from: the trace's start, an origin that can be moved, or the wall clock.

use std::fmt;

use crate::ruler::{Label, round_step};
use crate::scale::View;
use crate::text::Count;
use crate::wall::{DAY, Date, TimeOfDay, WallClock};

/// What the axis counts from.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub enum AxisKind {
    /// The trace's start.
    #[default]
    Start,
    /// A moment that the user chose.
    Origin,
    /// Midnight, in the user's time zone.
    Local,
    /// Midnight, UTC.
    Utc,
}

/// A time axis.
#[derive(Clone, Copy, PartialEq, Default, Debug)]
pub struct Axis<'a> {
    /// What it counts from.
    pub kind: AxisKind,
    /// The origin, ns since the trace's start.
    pub origin: f64,
    /// By how many minutes the user's time zone is ahead of UTC. It is one number for the whole trace: where clocks
    /// are put forward or back during it, the hour before or after is off by that.
    pub zone: i32,
    /// The trace's wall clock, if it has one.
    pub clock: Option<&'a WallClock>,
}

/// A day and a clock: moments are told as ns since its midnight.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Day<'a> {
    clock: &'a WallClock,
    /// ns since the Unix epoch, at its midnight.
    pub midnight: i64,
    /// Days since 1 January 1970.
    pub number: i64,
}

impl Day<'_> {
    /// ns since midnight.
    pub fn value_at(&self, time: f64) -> f64 {
        self.clock.unix_at(time).saturating_sub(self.midnight) as f64
    }

    /// When it is so many ns after midnight, ns since the trace's start.
    pub fn time_of(&self, value: f64) -> f64 {
        self.clock
            .time_at(self.midnight.saturating_add(value as i64))
    }
}

impl<'a> Axis<'a> {
    /// What it counts from in fact: the wall clock only if there is one.
    pub fn kind(&self) -> AxisKind {
        match self.kind {
            AxisKind::Local | AxisKind::Utc if self.clock.is_none() => AxisKind::Start,
            kind => kind,
        }
    }

    /// ns by which the axis' zone is ahead of UTC.
    pub fn ahead(&self) -> i64 {
        match self.kind {
            // No zone is further off.
            AxisKind::Local => i64::from(self.zone.clamp(-24 * 60, 24 * 60)) * 60_000_000_000,
            _ => 0,
        }
    }

    /// The day of a moment, if it shows the wall clock.
    pub fn day_at(&self, time: f64) -> Option<Day<'a>> {
        let clock = self.clock?;
        if !matches!(self.kind, AxisKind::Local | AxisKind::Utc) {
            return None;
        }
        let here = clock.unix_at(time).saturating_add(self.ahead());
        let number = here.div_euclid(DAY);
        Some(Day {
            clock,
            midnight: number.saturating_mul(DAY).saturating_sub(self.ahead()),
            number,
        })
    }

    /// A moment, as exactly as a view of this width can tell it.
    pub fn moment(&self, time: f64, width: f64) -> Moment {
        // A hundredth of a pixel or so is what a pointer can tell.
        let step = round_step(width / 10_000.0);
        match (self.kind(), self.day_at(time)) {
            (_, Some(day)) => Moment::Clock(TimeOfDay {
                nanos: day.value_at(time) as i64,
                decimals: decimals_of(step),
            }),
            (AxisKind::Origin, None) => Moment::Label(Label::signed(time - self.origin, step)),
            _ => Moment::Label(Label::plain(time, step)),
        }
    }

    /// A moment to the nanosecond, with its day or what it is counted from.
    pub fn exact(&self, time: f64) -> String {
        let since = |nanos: f64| {
            let sign = if nanos < 0.0 { "−" } else { "" };
            format!("{sign}{} ns", Count(nanos.abs().round() as u64))
        };
        match (self.kind(), self.day_at(time)) {
            (kind, Some(day)) => {
                let clock = TimeOfDay {
                    nanos: day.value_at(time) as i64,
                    decimals: 9,
                };
                let zone = match kind {
                    AxisKind::Utc => "UTC".to_owned(),
                    _ => zone_name(self.zone),
                };
                format!("{} {clock} {zone}", Date::of_day(day.number))
            }
            (AxisKind::Origin, None) => format!("{} from the origin", since(time - self.origin)),
            _ => format!("{} after the trace's start", since(time)),
        }
    }

    /// The date of a moment, if it shows the wall clock.
    pub fn date(&self, time: f64) -> Option<Date> {
        self.day_at(time).map(|day| Date::of_day(day.number))
    }
}

/// A moment in words.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Moment {
    /// A number with a unit.
    Label(
        /// The number.
        Label,
    ),
    /// A time of day.
    Clock(
        /// The time.
        TimeOfDay,
    ),
    /// A day.
    Date(
        /// Its date.
        Date,
    ),
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Label(label) => label.fmt(f),
            Self::Clock(time) => time.fmt(f),
            Self::Date(date) => date.fmt(f),
        }
    }
}

/// How many decimals of a second show steps of `step` ns.
pub fn decimals_of(step: f64) -> usize {
    (0..9)
        .find(|&n| step * 10f64.powi(n) >= 0.999e9)
        .unwrap_or(9) as usize
}

/// A time zone by its distance from UTC in minutes: "UTC+01:00".
pub fn zone_name(minutes: i32) -> String {
    let sign = if minutes < 0 { '−' } else { '+' };
    let size = minutes.unsigned_abs();
    match size {
        0 => "UTC".to_owned(),
        _ => format!("UTC{sign}{:02}:{:02}", size / 60, size % 60),
    }
}

/// A moment since the trace's start: seconds with as many decimals as a view of this width can tell apart.
pub fn since_start(time: f64, view: View) -> Moment {
    Axis::default().moment(time, view.width())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wall::{ClockPoint, SECOND};

    fn wall() -> WallClock {
        // 2026-11-24 23:59:58.5 UTC.
        let unix = (20_781 * 86_400 + 86_398) * SECOND + 500_000_000;
        WallClock::from_points([ClockPoint { time: 0, unix }]).expect("a point")
    }

    fn axis(clock: Option<&WallClock>, kind: AxisKind, zone: i32) -> Axis<'_> {
        Axis {
            kind,
            origin: 5e6,
            zone,
            clock,
        }
    }

    #[test]
    fn a_moment_is_told_as_the_axis_counts() {
        let wall = wall();
        let say = |kind, zone, time| {
            let axis = axis(Some(&wall), kind, zone);
            (axis.moment(time, 1e6).to_string(), axis.exact(time))
        };
        let (short, long) = say(AxisKind::Start, 0, 12_345_678.0);
        assert_eq!(
            (&*short, &*long),
            ("12.3457 ms", "12,345,678 ns after the trace's start")
        );
        let (short, long) = say(AxisKind::Origin, 0, 4e6);
        assert_eq!(
            (&*short, &*long),
            ("−1.0000 ms", "−1,000,000 ns from the origin")
        );
        let (short, long) = say(AxisKind::Utc, 60, 1.6e9);
        assert_eq!(
            (&*short, &*long),
            ("00:00:00.1000000", "2026-11-25 00:00:00.100000000 UTC")
        );
        let (short, long) = say(AxisKind::Local, -90, 1.6e9);
        assert_eq!(
            (&*short, &*long),
            (
                "22:30:00.1000000",
                "2026-11-24 22:30:00.100000000 UTC−01:30"
            )
        );
    }

    #[test]
    fn without_a_wall_clock_it_counts_from_the_start() {
        let axis = axis(None, AxisKind::Local, 60);
        assert_eq!(axis.kind(), AxisKind::Start);
        assert_eq!(axis.moment(1e6, 1e7).to_string(), "1.000 ms");
        assert_eq!(axis.date(0.0), None);
    }

    #[test]
    fn decimals_follow_the_step() {
        assert_eq!(decimals_of(2e9), 0);
        assert_eq!(decimals_of(1e9), 0);
        assert_eq!(decimals_of(5e8), 1);
        assert_eq!(decimals_of(1e6), 3);
        assert_eq!(decimals_of(1.0), 9);
        assert_eq!(decimals_of(0.0), 9);
    }
}
