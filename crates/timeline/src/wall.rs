//! The wall clock: from moments of the trace to the time of day and back, by the clock snapshots that Go 1.25 and newer
//! write, and dates as the calendar has them.

use tracepane_model::Trace;

/// No more snapshots than this are kept, evenly spread: there is one for each generation, about one in a second.
pub const MAX_POINTS: usize = 4096;

/// ns in a second.
pub const SECOND: i64 = 1_000_000_000;

/// ns in a day.
pub const DAY: i64 = 86_400 * SECOND;

/// A reading of both clocks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ClockPoint {
    /// ns since the trace's start; may be before it.
    pub time: i64,
    /// ns since the Unix epoch.
    pub unix: i64,
}

/// The wall clock of a trace.
///
/// Between two snapshots it is interpolated, before the first and after the last it runs as the trace's clock does.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct WallClock {
    /// Both rise strictly.
    points: Vec<ClockPoint>,
    /// The most by which the two clocks drifted apart between two snapshots, ns.
    drift: i64,
    /// A snapshot did not fit between its neighbours: the clock was set back meanwhile.
    set_back: bool,
}

impl WallClock {
    /// The clock of a trace; `None` if it has no snapshots (before Go 1.25).
    pub fn of(trace: &Trace) -> Option<Self> {
        let points = trace.generations.iter().filter_map(|generation| {
            let clock = generation.clock?;
            let unix = clock
                .wall_seconds
                .checked_mul(SECOND)?
                .checked_add(i64::from(clock.wall_nanos))?;
            Some(ClockPoint {
                time: clock.trace.0.saturating_sub(trace.clock_start.0),
                unix,
            })
        });
        Self::from_points(points)
    }

    /// The clock with these readings, in the order in which they were made; `None` without any.
    pub fn from_points(points: impl IntoIterator<Item = ClockPoint>) -> Option<Self> {
        let mut clock = Self::default();
        for point in points {
            if let Some(&last) = clock.points.last() {
                let (time, unix) = (
                    point.time.saturating_sub(last.time),
                    point.unix.saturating_sub(last.unix),
                );
                if time <= 0 || unix <= 0 {
                    clock.set_back |= unix < 0;
                    continue;
                }
                clock.drift = clock.drift.max(unix.saturating_sub(time).saturating_abs());
            }
            clock.points.push(point);
        }
        if clock.points.len() > MAX_POINTS {
            let every = clock.points.len().div_ceil(MAX_POINTS);
            let last = clock.points.last().copied();
            clock.points = clock.points.iter().copied().step_by(every).collect();
            if clock.points.last() != last.as_ref() {
                clock.points.extend(last);
            }
        }
        (!clock.points.is_empty()).then_some(clock)
    }

    /// The readings.
    pub fn points(&self) -> &[ClockPoint] {
        &self.points
    }

    /// The wall clock at `time` ns after the trace's start, ns since the Unix epoch.
    pub fn unix_at(&self, time: f64) -> i64 {
        let next = self
            .points
            .partition_point(|point| point.time as f64 <= time);
        let Some((near, rate)) = self.around(next) else {
            return 0;
        };
        let passed = (time - near.time as f64) * rate;
        // `as` saturates.
        near.unix.saturating_add(passed.round() as i64)
    }

    /// When the wall clock showed `unix`, ns after the trace's start.
    pub fn time_at(&self, unix: i64) -> f64 {
        let next = self.points.partition_point(|point| point.unix <= unix);
        let Some((near, rate)) = self.around(next) else {
            return 0.0;
        };
        near.time as f64 + unix.saturating_sub(near.unix) as f64 / rate
    }

    /// The point before place `next` (or the first), and how fast the wall clock runs from there on.
    fn around(&self, next: usize) -> Option<(ClockPoint, f64)> {
        let near = *self.points.get(next.saturating_sub(1))?;
        let after = if next == 0 {
            None
        } else {
            self.points.get(next)
        };
        let rate = after.map_or(1.0, |after| {
            let unix = after.unix.saturating_sub(near.unix);
            let time = after.time.saturating_sub(near.time);
            unix as f64 / time.max(1) as f64
        });
        Some((near, rate))
    }

    /// How exact it is, in words.
    pub fn exactness(&self) -> String {
        let count = self.points.len();
        let drift = crate::text::Duration(self.drift as f64);
        let mut text = match count {
            1 => "From one clock snapshot: how far the clocks drift apart is not known".to_owned(),
            _ => format!("From {count} clock snapshots; between two they drift by at most {drift}"),
        };
        if self.set_back {
            text.push_str(". The clock was set back meanwhile: there it is only roughly right");
        }
        text
    }
}

/// A date.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Date {
    /// The year.
    pub year: i64,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
}

impl Date {
    /// The date of a day, counted from 1 January 1970.
    pub fn of_day(day: i64) -> Self {
        // Howard Hinnant's way: years begin in March, so that leap days come last.
        let z = day.clamp(-100_000_000, 100_000_000) + 719_468;
        let era = z.div_euclid(146_097);
        let of_era = z.rem_euclid(146_097);
        let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * month + 2) / 5 + 1;
        let month = if month < 10 { month + 3 } else { month - 9 };
        Self {
            year: year + era * 400 + i64::from(month <= 2),
            month: month as u8,
            day: day as u8,
        }
    }

    /// The day with this date, counted from 1 January 1970; `None` if the calendar has no such date.
    pub fn to_day(self) -> Option<i64> {
        let Self { year, month, day } = self;
        if !(1..=12).contains(&month) || day == 0 || !(-200_000..=200_000).contains(&year) {
            return None;
        }
        let (month, day) = (i64::from(month), i64::from(day));
        let year = year - i64::from(month <= 2);
        let era = year.div_euclid(400);
        let of_era = year.rem_euclid(400);
        let shifted = if month > 2 { month - 3 } else { month + 9 };
        let of_year = (153 * shifted + 2) / 5 + day - 1;
        let of_era = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
        let found = era * 146_097 + of_era - 719_468;
        // The 30th of February is another day.
        (Self::of_day(found) == self).then_some(found)
    }
}

impl std::fmt::Display for Date {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// The time of a day with so many decimals of a second.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TimeOfDay {
    /// ns since midnight.
    pub nanos: i64,
    /// 0 to 9.
    pub decimals: usize,
}

impl std::fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let nanos = self.nanos.rem_euclid(DAY);
        let seconds = nanos / SECOND;
        let (hour, minute) = (seconds / 3600, seconds / 60 % 60);
        write!(f, "{hour:02}:{minute:02}:{:02}", seconds % 60)?;
        let decimals = self.decimals.min(9);
        if decimals > 0 {
            let part = nanos % SECOND / 10i64.pow(9 - decimals as u32);
            write!(f, ".{part:0decimals$}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock(points: &[(i64, i64)]) -> WallClock {
        let points = points.iter().map(|&(time, unix)| ClockPoint { time, unix });
        WallClock::from_points(points).expect("points")
    }

    #[test]
    fn between_snapshots_it_is_interpolated_and_beyond_them_it_runs_on() {
        let unix = 1_764_000_000 * SECOND;
        let wall = clock(&[(100, unix), (1100, unix + 1010), (2100, unix + 2000)]);
        for (time, after) in [
            (0.0, -100),
            (100.0, 0),
            (600.0, 505),
            (1100.0, 1010),
            (1600.0, 1505),
            (2100.0, 2000),
            (5000.0, 4900),
        ] {
            assert_eq!(wall.unix_at(time), unix + after, "{time}");
            assert!((wall.time_at(unix + after) - time).abs() < 0.6, "{time}");
        }
        assert_eq!(
            wall.exactness(),
            "From 3 clock snapshots; between two they drift by at most 10 ns"
        );
    }

    #[test]
    fn a_clock_that_is_set_back_still_only_rises() {
        let wall = clock(&[(0, 1000), (10, 500), (10, 1005), (20, 1030), (20, 1031)]);
        let times: Vec<_> = wall.points().iter().map(|p| (p.time, p.unix)).collect();
        assert_eq!(times, [(0, 1000), (10, 1005), (20, 1030)]);
        assert!(wall.exactness().contains("set back"));
        let wild = clock(&[(i64::MIN, i64::MIN), (i64::MAX, i64::MAX)]);
        for time in [0.0, -1e300, 1e300, f64::NAN] {
            wild.unix_at(time);
        }
        assert!(wild.time_at(i64::MAX).is_finite());
        assert_eq!(WallClock::from_points([]), None);
    }

    #[test]
    fn very_many_snapshots_are_thinned_but_keep_their_ends() {
        let wall = WallClock::from_points((0..50_000).map(|i| ClockPoint {
            time: i * 1000,
            unix: i * 1001,
        }))
        .expect("points");
        assert!(wall.points().len() <= MAX_POINTS + 1);
        assert_eq!(wall.points().last().map(|p| p.time), Some(49_999_000));
        assert_eq!(wall.unix_at(25_000_000.0), 25_025_000);
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (day, text) in [
            (0, "1970-01-01"),
            (-1, "1969-12-31"),
            (59, "1970-03-01"),
            (11_016, "2000-02-29"),
            (20_781, "2026-11-24"),
            (47_540, "2100-02-28"),
            (47_541, "2100-03-01"),
        ] {
            let date = Date::of_day(day);
            assert_eq!(date.to_string(), text);
            assert_eq!(date.to_day(), Some(day));
        }
        for (month, day) in [(2, 29), (13, 1), (0, 1), (4, 31), (1, 0)] {
            let year = 2026;
            assert_eq!(Date { year, month, day }.to_day(), None, "{month} {day}");
        }
    }

    #[test]
    fn the_time_of_day_has_as_many_decimals_as_are_wanted() {
        let nanos = 14 * 3600 * SECOND + 3 * 60 * SECOND + 22 * SECOND + 123_456_789;
        let show = |decimals| TimeOfDay { nanos, decimals }.to_string();
        assert_eq!(show(0), "14:03:22");
        assert_eq!(show(3), "14:03:22.123");
        assert_eq!(show(9), "14:03:22.123456789");
        let before = TimeOfDay {
            nanos: -1,
            decimals: 1,
        };
        assert_eq!(before.to_string(), "23:59:59.9");
    }
}
