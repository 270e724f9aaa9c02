//! Numbers as people read them. Pure.

/// A length of time, ns, in a fitting unit with three or four figures: `1.24 ms`.
pub fn duration(nanos: f64) -> String {
    let size = nanos.abs();
    let (value, unit) = if size < 999.5 {
        (nanos, "ns")
    } else if size < 999_500.0 {
        (nanos / 1e3, "µs")
    } else if size < 999_500_000.0 {
        (nanos / 1e6, "ms")
    } else if size < 600e9 {
        (nanos / 1e9, "s")
    } else {
        (nanos / 60e9, "min")
    };
    format!("{} {unit}", figures(value))
}

/// Three figures, more before the point if need be, no zeros at the end.
fn figures(value: f64) -> String {
    let size = value.abs();
    let places = if size < 9.995 {
        2
    } else if size < 99.95 {
        1
    } else {
        0
    };
    let text = format!("{value:.places$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

/// A moment, ns, told as finely as a view of this width needs: `1.20345 s`.
pub fn moment(nanos: f64, width: f64) -> String {
    // A thousandth of the view must show.
    let finest = (width / 1000.0).max(1e-3);
    let places = (9.0 - finest.log10().floor()).clamp(0.0, 12.0) as usize;
    format!("{:.places$} s", nanos / 1e9)
}

/// An amount of memory or of a file.
pub fn bytes(count: f64) -> String {
    let (value, unit) = if count < 999.5 {
        return format!("{count:.0} bytes");
    } else if count < 999_500.0 {
        (count / 1e3, "kB")
    } else if count < 999_500_000.0 {
        (count / 1e6, "MB")
    } else {
        (count / 1e9, "GB")
    };
    format!("{} {unit}", figures(value))
}

/// A whole number with commas: `18,500,000`.
pub fn count(number: f64) -> String {
    let digits = format!("{:.0}", number.abs());
    let mut text = String::from(if number <= -0.5 { "-" } else { "" });
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A share, 0 to 1.
pub fn percent(share: f64) -> String {
    let value = share * 100.0;
    if value > 0.0 && value < 0.05 {
        "<0.1%".into()
    } else if value < 99.95 {
        format!("{value:.1}%")
    } else {
        format!("{value:.0}%")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_three_figures_and_a_fitting_unit() {
        for (nanos, text) in [
            (0.0, "0 ns"),
            (17.0, "17 ns"),
            (999.0, "999 ns"),
            (1000.0, "1 µs"),
            (1234.0, "1.23 µs"),
            (56_789.0, "56.8 µs"),
            (999_600.0, "1 ms"),
            (123_456_789.0, "123 ms"),
            (2_500_000_000.0, "2.5 s"),
            (75e9, "75 s"),
            (3600e9, "60 min"),
        ] {
            assert_eq!(duration(nanos), text);
        }
    }

    #[test]
    fn moments_are_as_fine_as_the_view() {
        assert_eq!(moment(1_203_456_789.0, 2e9), "1.203 s");
        assert_eq!(moment(1_203_456_789.0, 1e6), "1.203457 s");
        assert_eq!(moment(1_203_456_789.0, 1e3), "1.203456789 s");
    }

    #[test]
    fn counts_bytes_and_shares() {
        assert_eq!(count(0.0), "0");
        assert_eq!(count(999.0), "999");
        assert_eq!(count(18_500_000.0), "18,500,000");
        assert_eq!(count(-1234.0), "-1,234");
        assert_eq!(bytes(12.0), "12 bytes");
        assert_eq!(bytes(104_857_600.0), "105 MB");
        assert_eq!(percent(0.0), "0.0%");
        assert_eq!(percent(0.0001), "<0.1%");
        assert_eq!(percent(0.123), "12.3%");
        assert_eq!(percent(1.0), "100%");
    }
}
