//! Moments and durations as people type them, exact to the nanosecond. Pure: text in, text out.

use tracepane_model::duration;

use crate::protocol::LONGEST_FILTER;

/// The units, largest first.
const UNITS: [(&str, u64); 4] = [
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("µs", 1_000),
    ("ns", 1),
];

/// Nanoseconds in the largest unit that they fill: "12.345678 ms". [`parse`] reads just that back.
pub fn print(nanos: u64) -> String {
    let fits = UNITS.into_iter().find(|(_, size)| nanos >= *size);
    let Some((unit, size)) = fits else {
        return "0 ns".into();
    };
    let digits = size.ilog10() as usize;
    let decimals = format!("{:0digits$}", nanos % size);
    match decimals.trim_end_matches('0') {
        "" => format!("{} {unit}", nanos / size),
        decimals => format!("{}.{decimals} {unit}", nanos / size),
    }
}

/// Reads a duration; ns without a unit; at most [`LONGEST_FILTER`].
pub fn parse(text: &str) -> Option<u64> {
    let nanos = duration::parse(text, Some(1)).ok()?;
    (nanos <= LONGEST_FILTER).then_some(nanos)
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn what_is_printed_is_read_back() {
        for (nanos, text) in [
            (0, "0 ns"),
            (999, "999 ns"),
            (1_000, "1 µs"),
            (12_345_678, "12.345678 ms"),
            (40_000_000, "40 ms"),
            (1_000_000_001, "1.000000001 s"),
            (LONGEST_FILTER, "9007199.254740991 s"),
        ] {
            assert_eq!(print(nanos), text);
            assert_eq!(parse(text), Some(nanos), "{text}");
        }
    }

    #[test]
    fn what_people_type_is_read() {
        for (text, nanos) in [
            ("5", Some(5)),
            ("1,234", Some(1_234)),
            (".5ms", Some(500_000)),
            ("1.S", Some(1_000_000_000)),
            ("2us", Some(2_000)),
            ("1.23456 us", Some(1_234)),
            ("", None),
            (".", None),
            ("ms", None),
            ("-1", None),
            ("1.2.3", None),
            ("1 h", Some(3_600_000_000_000)),
            ("99999999999999999999", None),
            ("9007199254740992", None),
        ] {
            assert_eq!(parse(text), nanos, "{text:?}");
        }
    }
}
