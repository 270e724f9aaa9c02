//! A moment as people type it, or copy it from a log: from text to ns since the trace's start.

use tracepane_model::duration::{self, DurationError};

use crate::axis::{Axis, AxisKind};
use crate::text::Duration;
use crate::wall::{DAY, Date, SECOND};

/// No text longer than this, in bytes, is a time.
const MAX_LENGTH: usize = 80;

/// What a typed time may be relative to.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Context<'a> {
    /// The time axis: what plain times count from, and in which zone dates without one are.
    pub axis: Axis<'a>,
    /// The moment in the middle of the view, ns: what times with a sign count from.
    pub middle: f64,
    /// The trace's end, ns.
    pub end: f64,
}

/// Reads a moment:
///
/// - `1.234s`, `12 ms`, `12345678` (ns): since what the axis counts from, or the trace's start;
/// - `+5ms`, `-1s`: from the middle of the view;
/// - `14:03:22.123456`: the time of day within the trace;
/// - `2026-11-24 14:03:22.123`, with `T`, `Z`, `UTC` or `+01:00` as RFC 3339 has them, or `2026/11/24` as Go's log has
///   it: the wall clock;
/// - `1764000202.5`: seconds since the Unix epoch (or ms, µs, ns), if that is a moment of the trace.
///
/// # Errors
/// A sentence that says what is wrong.
pub fn parse(text: &str, context: &Context<'_>) -> Result<f64, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err("Type a time, such as 1.234s, +5ms or 14:03:22.5.".into());
    }
    if text.len() > MAX_LENGTH {
        return Err("That is too long for a time.".into());
    }
    let time = if text.contains(':') || is_date(text) {
        wall(text, context)?
    } else {
        plain(text, context)?
    };
    within(time, context)
}

/// Only moments of the trace can be shown.
fn within(time: f64, context: &Context<'_>) -> Result<f64, String> {
    // As much as a text may round away.
    let slack = 1.0;
    if time < -slack {
        return Err(format!(
            "That is {} before the trace begins.",
            Duration(-time)
        ));
    }
    if time > context.end + slack {
        return Err(format!(
            "That is {} after the trace ends.",
            Duration(time - context.end)
        ));
    }
    Ok(time.clamp(0.0, context.end))
}

fn not_a_time() -> String {
    "That is not a time. Try 1.234s, +5ms, 14:03:22.123 or 2026-11-24 14:03:22.".into()
}

/// A number with a unit, or without one.
fn plain(text: &str, context: &Context<'_>) -> Result<f64, String> {
    let (sign, rest) = match text.chars().next() {
        Some('+') => (Some(1), &text[1..]),
        Some('-') => (Some(-1), &text[1..]),
        Some('−') => (Some(-1), &text['−'.len_utf8()..]),
        _ => (None, text),
    };
    let rest = rest.trim();
    let is_bare = rest
        .chars()
        .all(|c| c.is_ascii_digit() || ".,_".contains(c));
    if is_bare && sign.is_none() {
        if let Some(time) = unix(rest, context) {
            return Ok(time);
        }
        if rest.contains('.') {
            return Err("A number needs a unit: ns, µs, ms, s or min.".into());
        }
    }
    let nanos = duration::parse(rest, Some(1)).map_err(|error| match error {
        DurationError::UnknownUnit(unit) => {
            format!("{unit:?} is no unit of time: there are ns, µs, ms, s and min.")
        }
        _ => not_a_time(),
    })?;
    let nanos = nanos as f64;
    Ok(match sign {
        Some(sign) => context.middle + f64::from(sign) * nanos,
        None if context.axis.kind() == AxisKind::Origin => context.axis.origin + nanos,
        None => nanos,
    })
}

/// A number as time since the Unix epoch, in seconds, ms, µs or ns: the one that is a moment of the trace.
fn unix(number: &str, context: &Context<'_>) -> Option<f64> {
    let clock = context.axis.clock?;
    [SECOND as u64, 1_000_000, 1_000, 1]
        .into_iter()
        .find_map(|size| {
            let time =
                clock.time_at(i64::try_from(duration::parse(number, Some(size)).ok()?).ok()?);
            // A second around it: seconds without decimals begin before the trace does.
            let near = -1e9..=context.end + 1e9;
            near.contains(&time).then_some(time.clamp(0.0, context.end))
        })
}

/// Whether a text begins like a date.
fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 10
        && (0..10).all(|i| match i {
            4 => matches!(bytes[4], b'-' | b'/'),
            7 => bytes[7] == bytes[4],
            i => bytes[i].is_ascii_digit(),
        })
}

/// A time of day, with or without its date.
fn wall(text: &str, context: &Context<'_>) -> Result<f64, String> {
    let Some(clock) = context.axis.clock else {
        return Err(
            "This trace does not know the wall clock: only Go 1.25 and newer write it down.".into(),
        );
    };
    let (date, rest) = match is_date(text) {
        true => {
            let date = date(&text[..10]).ok_or("The calendar has no such day.")?;
            let rest = text[10..].trim_start_matches(['T', 't', ' ']);
            (Some(date), rest)
        }
        false => (None, text),
    };
    let (rest, zone) = zone(rest)?;
    let of_day = time_of_day(rest.trim())?;
    // Without a zone, as the axis has it; where that shows no wall clock, the user's own.
    let ahead = zone.unwrap_or_else(|| match context.axis.kind() {
        AxisKind::Utc => 0,
        _ => Axis {
            kind: AxisKind::Local,
            ..context.axis
        }
        .ahead(),
    });
    let unix = |day: i64| {
        day.checked_mul(DAY)
            .and_then(|nanos| nanos.checked_add(of_day))
            .and_then(|nanos| nanos.checked_sub(ahead))
            .ok_or_else(|| "That is too far from the trace.".to_owned())
    };
    if let Some(day) = date {
        return Ok(clock.time_at(unix(day)?));
    }
    // The day on which it lies within the trace, or comes nearest to it.
    let first = clock.unix_at(0.0).saturating_add(ahead).div_euclid(DAY);
    let last = clock
        .unix_at(context.end)
        .saturating_add(ahead)
        .div_euclid(DAY);
    let days = (first.saturating_sub(1)..=last.saturating_add(1)).take(400);
    let mut best: Option<(f64, f64)> = None;
    for day in days {
        let time = clock.time_at(unix(day)?);
        let off = (-time).max(time - context.end).max(0.0);
        if best.is_none_or(|(least, _)| off < least) {
            best = Some((off, time));
        }
    }
    best.map(|(_, time)| time).ok_or_else(not_a_time)
}

/// The day of a date, counted from 1 January 1970.
fn date(text: &str) -> Option<i64> {
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<u32>().ok();
    Date {
        year: i64::from(number(0, 4)?),
        month: u8::try_from(number(5, 7)?).ok()?,
        day: u8::try_from(number(8, 10)?).ok()?,
    }
    .to_day()
}

/// A text without the time zone at its end, and that zone's distance from UTC, ns.
fn zone(text: &str) -> Result<(&str, Option<i64>), String> {
    for name in ["Z", "z", "UTC", "GMT"] {
        if let Some(rest) = text.strip_suffix(name) {
            return Ok((rest, Some(0)));
        }
    }
    let Some(at) = text.rfind(['+', '-']) else {
        return Ok((text, None));
    };
    let (rest, zone) = text.split_at(at);
    let digits: String = zone[1..].chars().filter(|c| *c != ':').collect();
    let number = |range: std::ops::Range<usize>| digits.get(range)?.parse::<i64>().ok();
    let (hours, minutes) = match digits.len() {
        2 => (number(0..2), Some(0)),
        4 => (number(0..2), number(2..4)),
        _ => (None, None),
    };
    match (hours, minutes) {
        (Some(hours @ 0..=23), Some(minutes @ 0..=59)) => {
            let size = (hours * 60 + minutes) * 60 * SECOND;
            let sign = if zone.starts_with('-') { -1 } else { 1 };
            Ok((rest, Some(sign * size)))
        }
        _ => Err(format!("{zone:?} is no time zone: try Z or +01:00.")),
    }
}

/// ns since midnight of `14:03:22.123456`, or of `14:03`.
fn time_of_day(text: &str) -> Result<i64, String> {
    let wrong = || not_a_time();
    let mut parts = text.split(':');
    let mut number = |most: i64| -> Result<i64, String> {
        let part = parts.next().ok_or_else(wrong)?;
        let fits = matches!(part.len(), 1 | 2) && part.bytes().all(|b| b.is_ascii_digit());
        let number = part.parse::<i64>().ok().filter(|_| fits);
        let number = number.ok_or_else(wrong)?;
        match number <= most {
            true => Ok(number),
            false => Err("A day has 24 hours, an hour 60 minutes.".into()),
        }
    };
    let (hours, minutes) = (number(23)?, number(59)?);
    let seconds = match parts.next() {
        None => 0,
        // Some logs write decimals with a comma.
        Some(seconds) => {
            let seconds = seconds.replace(',', ".");
            let plain = seconds.chars().all(|c| c.is_ascii_digit() || c == '.');
            let nanos = duration::parse(&seconds, Some(SECOND as u64)).ok();
            let nanos = nanos.and_then(|nanos| i64::try_from(nanos).ok());
            nanos.filter(|_| plain).ok_or_else(wrong)?
        }
    };
    if parts.next().is_some() {
        return Err(wrong());
    }
    // A leap second is the one after.
    if seconds > 60 * SECOND {
        return Err("A minute has 60 seconds.".into());
    }
    Ok((hours * 60 + minutes) * 60 * SECOND + seconds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wall::{ClockPoint, WallClock};

    /// A trace of 10 s that begins at 2026-11-24 13:03:20.5 UTC.
    fn wall() -> WallClock {
        let unix = (20_781 * 86_400 + 13 * 3600 + 3 * 60 + 20) * SECOND + 500_000_000;
        WallClock::from_points([ClockPoint { time: 0, unix }]).expect("a point")
    }

    fn context(kind: AxisKind, clock: Option<&WallClock>) -> Context<'_> {
        Context {
            axis: Axis {
                kind,
                origin: 2e9,
                zone: 60,
                clock,
            },
            middle: 4e9,
            end: 10e9,
        }
    }

    #[track_caller]
    fn check(kind: AxisKind, text: &str, expected: f64) {
        let wall = wall();
        let found = parse(text, &context(kind, Some(&wall)));
        match found {
            Ok(time) => assert!((time - expected).abs() < 1.0, "{text}: {time}"),
            Err(error) => panic!("{text}: {error}"),
        }
    }

    #[test]
    fn durations_count_from_the_start_or_the_origin() {
        for (text, nanos) in [
            ("1.234s", 1.234e9),
            (" 1.5 S ", 1.5e9),
            ("12345678", 12_345_678.0),
            ("12_345_678 ns", 12_345_678.0),
            ("12,345.5µs", 12_345_500.0),
            ("2us", 2000.0),
            (".25ms", 250_000.0),
            ("0.05 min", 3e9),
            ("+5ms", 4.005e9),
            ("-1s", 3e9),
            ("−1s", 3e9),
            ("+ 7", 4e9 + 7.0),
        ] {
            check(AxisKind::Start, text, nanos);
        }
        check(AxisKind::Origin, "1s", 3e9);
        check(AxisKind::Origin, "+1s", 5e9);
        check(AxisKind::Utc, "1s", 1e9);
    }

    #[test]
    fn times_of_the_wall_clock_are_found() {
        for (text, nanos) in [
            // One hour ahead of UTC.
            ("14:03:22.123456", 1.623_456e9),
            ("14:03:22,5", 2e9),
            ("2026-11-24 14:03:22.123", 1.623e9),
            ("2026/11/24 14:03:22", 1.5e9),
            ("2026-11-24T13:03:22.5Z", 2e9),
            ("2026-11-24t13:03:22.5z", 2e9),
            ("2026-11-24T15:33:22.5+02:30", 2e9),
            ("2026-11-24 08:03:22.5-0500", 2e9),
            ("13:03:22.5 UTC", 2e9),
            ("13:03:30Z", 9.5e9),
        ] {
            check(AxisKind::Start, text, nanos);
            check(AxisKind::Local, text, nanos);
        }
        check(AxisKind::Utc, "13:03:22.5", 2e9);
        let unix = 20_781 * 86_400 + 13 * 3600 + 3 * 60 + 20;
        check(AxisKind::Start, &format!("{unix}.75"), 0.25e9);
        check(AxisKind::Start, &format!("{}", unix + 5), 4.5e9);
        check(AxisKind::Start, &format!("{}123", unix + 5), 4.623e9);
        check(
            AxisKind::Start,
            &format!("{}123456789", unix + 5),
            4.623_456_789e9,
        );
        // Before it begins, as its first second does.
        check(AxisKind::Start, &format!("{unix}"), 0.0);
    }

    #[test]
    fn a_time_of_day_after_midnight_is_on_the_next_day() {
        let unix = (20_781 * 86_400 + 86_398) * SECOND;
        let wall = WallClock::from_points([ClockPoint { time: 0, unix }]).expect("a point");
        let context = context(AxisKind::Utc, Some(&wall));
        assert_eq!(parse("00:00:03", &context), Ok(5e9));
        assert_eq!(parse("23:59:59", &context), Ok(1e9));
    }

    #[test]
    fn what_is_no_time_is_explained() {
        let wall = wall();
        let known = context(AxisKind::Start, Some(&wall));
        let unknown = context(AxisKind::Start, None);
        for (text, context, expected) in [
            ("", &known, "Type a time"),
            ("soon", &known, "not a time"),
            ("5 apples", &known, "\"apples\" is no unit"),
            ("1.5", &known, "needs a unit"),
            ("11s", &known, "1.00 s after the trace ends"),
            ("-5s", &known, "1.00 s before the trace begins"),
            ("14:03", &known, "20.5 s before the trace begins"),
            ("25:00:00", &known, "24 hours"),
            ("14:03:61", &known, "60 seconds"),
            ("14:03:22:11", &known, "not a time"),
            ("2026-02-30 14:03:22", &known, "no such day"),
            ("2026-11-24 14:03:22+99", &known, "no time zone"),
            ("9999-12-31 14:03:22", &known, "too far"),
            ("14:03:22", &unknown, "wall clock"),
            ("99999999999999999999", &known, "not a time"),
            ("1.2.3s", &known, "not a time"),
            ("é", &known, "not a time"),
            ("2026-1é-24 1", &known, "is no unit"),
        ] {
            match parse(text, context) {
                Err(error) => assert!(error.contains(expected), "{text}: {error}"),
                Ok(time) => panic!("{text} is {time}"),
            }
        }
        assert!(parse(&"9".repeat(1000), &known).is_err());
    }
}
