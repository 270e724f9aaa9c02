//! Durations as people and Go write them: `10ms`, `1.5 s`, `1m30s`, `200us`, `1,584,893 ns`. The only place that reads them.

/// Units, with all the ways in which they are written, in any case; and their length, ns.
const UNITS: [(&[&str], u64); 6] = [
    (&["ns"], 1),
    (&["us", "µs", "μs"], 1_000),
    (&["ms"], 1_000_000),
    (&["s", "sec"], 1_000_000_000),
    (&["m", "min"], 60_000_000_000),
    (&["h"], 3_600_000_000_000),
];

/// The longest duration, ns: longer ones are as long as this.
const LONGEST: u64 = i64::MAX as u64;

/// More decimals say nothing about nanoseconds.
const MOST_DECIMALS: usize = 18;

/// Why a text is no duration.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DurationError<'a> {
    /// There is no number, or what there is is none.
    NoNumber,
    /// The number has no unit, and needs one.
    NoUnit,
    /// That is no unit of time.
    UnknownUnit(&'a str),
    /// It is longer than any trace can be.
    TooLong,
}

/// Reads a text that is a duration, in ns; what is below a nanosecond does not count. A number without a unit counts in
/// units of `bare` ns, if that is given; 0 needs none.
///
/// # Errors
/// Why it is none.
pub fn parse(text: &str, bare: Option<u64>) -> Result<u64, DurationError<'_>> {
    let (mut sum, mut rest) = parse_leading(text.trim(), bare)?;
    loop {
        rest = rest.trim_start();
        if rest.is_empty() {
            break;
        }
        // `1m 30s`
        let (more, after) = match parse_leading(rest, None) {
            Err(DurationError::NoNumber) => return Err(DurationError::UnknownUnit(rest)),
            other => other?,
        };
        sum = sum.saturating_add(more);
        rest = after;
    }
    match sum < LONGEST {
        true => Ok(sum),
        false => Err(DurationError::TooLong),
    }
}

/// Reads the duration that a text begins with, in ns, and says what follows it. One that is too long is cut off at
/// 2^63 − 1.
///
/// # Errors
/// Why it begins with none.
pub fn parse_leading(text: &str, bare: Option<u64>) -> Result<(u64, &str), DurationError<'_>> {
    let mut rest = text;
    let mut sum = None;
    loop {
        let (number, after) = split_number(rest);
        if number.is_empty() {
            break;
        }
        let spaced = after.trim_start();
        let letters = spaced.find(|c: char| !c.is_alphabetic());
        let (unit, behind) = spaced.split_at(letters.unwrap_or(spaced.len()));
        let size = match (size_of(unit), sum) {
            (Some(size), _) => size,
            // Nothing is nothing in any unit.
            (None, None) if scaled(number, 1_000_000_000)? == 0 => return Ok((0, after)),
            (None, None) if unit.is_empty() && bare.is_some() => {
                return Ok((scaled(number, bare.unwrap_or(1))?, after));
            }
            (None, _) if unit.is_empty() => return Err(DurationError::NoUnit),
            (None, _) => return Err(DurationError::UnknownUnit(unit)),
        };
        let nanos = scaled(number, size)?;
        sum = Some(sum.unwrap_or(0u64).saturating_add(nanos).min(LONGEST));
        rest = behind;
    }
    sum.map(|sum| (sum, rest)).ok_or(DurationError::NoNumber)
}

/// The length of the unit that a text ends with, ns.
pub fn trailing_unit(text: &str) -> Option<u64> {
    let text = text.trim_end();
    let letters = text.trim_end_matches(char::is_alphabetic).len();
    size_of(&text[letters..])
}

fn size_of(unit: &str) -> Option<u64> {
    let is = |names: &[&str]| names.iter().any(|name| name.eq_ignore_ascii_case(unit));
    let found = UNITS.iter().find(|(names, _)| is(names));
    found.map(|&(_, size)| size)
}

/// The characters of numbers that a text begins with. The dots of a range (`1..2ms`) belong to none.
fn split_number(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ',' | '_')));
    let number = &text[..end.unwrap_or(text.len())];
    text.split_at(number.find("..").unwrap_or(number.len()))
}

/// A decimal number of units of `size` ns, exactly.
fn scaled(number: &str, size: u64) -> Result<u64, DurationError<'static>> {
    let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && decimals.is_empty() || decimals.contains(['.', ',']) {
        return Err(DurationError::NoNumber);
    }
    let digits = |text: &str, most: usize| {
        let digits = text.bytes().filter(u8::is_ascii_digit).take(most);
        digits.fold((0u128, 1u128), |(sum, scale), digit| {
            let sum = sum.saturating_mul(10);
            (
                sum.saturating_add(u128::from(digit - b'0')),
                scale.saturating_mul(10),
            )
        })
    };
    let (whole, _) = digits(whole, usize::MAX);
    let (part, scale) = digits(decimals, MOST_DECIMALS);
    let nanos = whole
        .saturating_mul(u128::from(size))
        .saturating_add(part * u128::from(size) / scale);
    Ok(nanos.min(u128::from(LONGEST)) as u64)
}

#[cfg(test)]
mod tests {
    use super::DurationError::{NoNumber, NoUnit, TooLong, UnknownUnit};
    use super::*;

    #[test]
    fn durations_are_read_as_they_are_written() {
        for (text, nanos) in [
            ("10ms", 10_000_000),
            (" 1.5 s ", 1_500_000_000),
            ("1m30s", 90_000_000_000),
            ("1m 3.5s", 63_500_000_000),
            ("1h0m0s", 3_600_000_000_000),
            ("200us", 200_000),
            ("200µs", 200_000),
            ("200 μs", 200_000),
            ("3 SEC", 3_000_000_000),
            ("0.05 min", 3_000_000_000),
            ("1,584,894 ns", 1_584_894),
            ("12_345.5us", 12_345_500),
            (".5ms", 500_000),
            ("1.S", 1_000_000_000),
            ("1.584893ms", 1_584_893),
            // Below a nanosecond.
            ("1.23456 us", 1_234),
            ("1.00000000000000000000000049s", 1_000_000_000),
            ("9007199254740993ns", 9_007_199_254_740_993),
            ("0", 0),
            ("0.0", 0),
        ] {
            assert_eq!(parse(text, None), Ok(nanos), "{text}");
            assert_eq!(parse(text, Some(7)), Ok(nanos), "{text}");
        }
    }

    #[test]
    fn a_bare_number_needs_a_unit_that_is_meant() {
        assert_eq!(parse("17", Some(1)), Ok(17));
        assert_eq!(parse("1,234", Some(1)), Ok(1_234));
        assert_eq!(parse("1.5", Some(1_000)), Ok(1_500));
        assert_eq!(parse("0.5", Some(1)), Ok(0));
        assert_eq!(parse("17", None), Err(NoUnit));
        assert_eq!(parse("1m30", Some(1)), Err(NoUnit));
    }

    #[test]
    fn what_is_none_says_why() {
        for (text, why) in [
            ("", NoNumber),
            ("  ", NoNumber),
            (".", NoNumber),
            ("ms", NoNumber),
            ("-1ms", NoNumber),
            ("1.2.3ms", NoNumber),
            ("1.2,3ms", NoNumber),
            ("٣ms", NoNumber),
            ("NaN", NoNumber),
            ("5 apples", UnknownUnit("apples")),
            ("1e400s", UnknownUnit("e")),
            ("1..2s", UnknownUnit("..2s")),
            ("5ms!", UnknownUnit("!")),
            ("99999999999999999999", TooLong),
            ("999999999h", TooLong),
            (
                "9999999999999999999999999999999999999999999999999s",
                TooLong,
            ),
        ] {
            assert_eq!(parse(text, Some(1)), Err(why), "{text}");
        }
    }

    #[test]
    fn what_follows_is_told() {
        for (text, found) in [
            ("5ms..7ms", Ok((5_000_000, "..7ms"))),
            ("1m30s and more", Ok((90_000_000_000, " and more"))),
            ("0 and", Ok((0, " and"))),
            ("5ms 6ms", Ok((5_000_000, " 6ms"))),
            ("7 main", Err(UnknownUnit("main"))),
            ("99999999999h)", Ok((LONGEST, ")"))),
        ] {
            assert_eq!(parse_leading(text, None), found, "{text}");
        }
        assert_eq!(trailing_unit("3.4 ms "), Some(1_000_000));
        assert_eq!((trailing_unit("3.4"), trailing_unit("")), (None, None));
    }
}
