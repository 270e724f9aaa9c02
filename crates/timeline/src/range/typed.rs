//! Ranges of time as people type them: `1.2ms - 3.4ms`, `12.5s..13s`, `1.2ms +500us`, nanoseconds without a unit.

use tracepane_model::duration::{self, DurationError};

/// What a range may look like, for those who typed something else.
const FORMS: &str =
    "Type two times, such as 1.2ms - 3.4ms, or a time and how long, such as 1.2ms +500us.";

/// The units in which a time is printed: nobody reads minutes and a part.
const UNITS: [(&str, u64); 4] = [
    ("ns", 1),
    ("µs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
];

/// What stands between two times; the longer ones first.
const BETWEEN: [&str; 8] = ["...", "..", "…", " to ", "–", "—", "-", ";"];

/// Reads a range, in ns since the trace's start. It is cut off where the trace ends, at `last`.
///
/// # Errors
/// A sentence that says what is wrong with it.
pub fn parse(text: &str, last: u64) -> Result<(u64, u64), String> {
    let typed = text.trim().to_lowercase();
    if typed.is_empty() {
        return Err(FORMS.into());
    }
    let (start, end) = match typed.split_once('+') {
        Some((start, length)) => {
            let start = nanos(start, None)?;
            let length = nanos(length, None)?;
            (start, start.saturating_add(length))
        }
        None => {
            let parts = BETWEEN.into_iter().find_map(|mark| typed.split_once(mark));
            let Some((start, end)) = parts else {
                nanos(&typed, None)?;
                return Err(format!("That is only one time. {FORMS}"));
            };
            // `1.2 - 3.4ms` has one unit for both.
            (
                nanos(start, duration::trailing_unit(end))?,
                nanos(end, None)?,
            )
        }
    };
    if end < start {
        return Err("The range ends before it begins.".into());
    }
    if end == start {
        return Err("The range is empty: both times are the same.".into());
    }
    if start >= last {
        return Err(format!(
            "The range begins after the trace, which ends at {}.",
            exactly(last)
        ));
    }
    Ok((start, end.min(last)))
}

/// A range as [`parse`] reads it, exact.
pub fn print(start: u64, end: u64) -> String {
    format!("{} - {}", exactly(start), exactly(end))
}

/// A time in the largest unit that it fills, exact.
fn exactly(nanos: u64) -> String {
    let (unit, size) = UNITS
        .into_iter()
        .rev()
        .find(|&(_, size)| nanos >= size)
        .unwrap_or(UNITS[0]);
    let digits = size.ilog10() as usize;
    match format!("{:0digits$}", nanos % size).trim_end_matches('0') {
        "" => format!("{} {unit}", nanos / size),
        decimals => format!("{}.{decimals} {unit}", nanos / size),
    }
}

/// Reads a time. Without a unit it counts in `default`, or ns.
fn nanos(text: &str, default: Option<u64>) -> Result<u64, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err(format!("A time is missing. {FORMS}"));
    }
    duration::parse(text, Some(default.unwrap_or(1))).map_err(|error| match error {
        DurationError::NoNumber | DurationError::NoUnit => {
            format!("“{text}” is no time. {FORMS}")
        }
        DurationError::UnknownUnit(unit) => {
            format!("“{unit}” is no unit of time: take ns, us, ms or s.")
        }
        DurationError::TooLong => format!("“{text}” is too long a time."),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LAST: u64 = 90_000_000_000;

    #[test]
    fn ranges_are_read_as_they_are_typed() {
        let ms = 1_000_000;
        for (text, range) in [
            ("1.2ms - 3.4ms", (1_200_000, 3_400_000)),
            ("1.2ms-3.4ms", (1_200_000, 3_400_000)),
            (" 1.2 – 3.4 MS ", (1_200_000, 3_400_000)),
            ("1.2ms +500us", (1_200_000, 1_700_000)),
            ("1.2ms + 500 µs", (1_200_000, 1_700_000)),
            ("12.5s..13s", (12_500 * ms, 13_000 * ms)),
            ("12.5s...13s", (12_500 * ms, 13_000 * ms)),
            ("12.5s to 13s", (12_500 * ms, 13_000 * ms)),
            ("0 - 1m", (0, 60_000 * ms)),
            ("100 200", (0, 0)),
            ("1000-2000", (1_000, 2_000)),
            ("1,000,000 - 2_000_000", (ms, 2 * ms)),
            (".5s - 1.s", (500 * ms, 1_000 * ms)),
            ("80s - 100s", (80_000 * ms, LAST)),
            ("1.00000000049s..1.1s", (1_000 * ms, 1_100 * ms)),
        ] {
            match range {
                (0, 0) => assert!(parse(text, LAST).is_err(), "{text}"),
                range => assert_eq!(parse(text, LAST), Ok(range), "{text}"),
            }
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, says) in [
            ("", "Type two times"),
            ("  ", "Type two times"),
            ("5ms", "only one time"),
            ("5ms - ", "A time is missing"),
            ("+5ms", "A time is missing"),
            ("a - b", "“a” is no time"),
            ("5 parsecs - 6ms", "“parsecs” is no unit"),
            ("1.2.3ms - 5ms", "“1.2.3ms” is no time"),
            ("5ms - 4ms", "ends before it begins"),
            ("5ms - 5ms", "is empty"),
            ("5ms + 0", "is empty"),
            ("100s - 200s", "after the trace, which ends at 90 s"),
            (
                "1 - 99999999999999999999999999999999999999999999s",
                "too long",
            ),
            ("1 - 99999999999999999999s", "too long"),
        ] {
            let error = parse(text, LAST).expect_err(text);
            assert!(error.contains(says), "{text:?}: {error}");
        }
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back(start in 0..LAST, length in 1..LAST) {
            let end = (start + length).min(LAST);
            prop_assert_eq!(parse(&print(start, end), LAST), Ok((start, end)));
        }

        #[test]
        fn nothing_that_is_typed_panics(text in "\\PC{0,40}") {
            let _ = parse(&text, LAST);
        }
    }
}
