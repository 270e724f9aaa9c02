//! Numbers as people read them: durations, bytes, counts and shares in fitting units. Pure, plain text.

use tracepane_model::Nanos;

/// A duration with four significant digits: "17 ns", "12.35 µs", "1.234 ms", "2.500 s", "3 min 20 s", "2 h 5 min".
pub fn duration(nanos: Nanos) -> String {
    let sign = if nanos.0 < 0 { "-" } else { "" };
    let n = nanos.0.unsigned_abs();
    let text = match n {
        0..1_000 => format!("{n} ns"),
        1_000..1_000_000 => scaled(n, 1_000, "µs"),
        1_000_000..1_000_000_000 => scaled(n, 1_000_000, "ms"),
        1_000_000_000..60_000_000_000 => scaled(n, 1_000_000_000, "s"),
        _ => {
            let seconds = n / 1_000_000_000;
            let (minutes, seconds) = (seconds / 60, seconds % 60);
            if minutes < 60 {
                format!("{minutes} min {seconds} s")
            } else {
                format!("{} h {} min", minutes / 60, minutes % 60)
            }
        }
    };
    format!("{sign}{text}")
}

/// `n / unit` with as many decimals as four digits allow. Cut off, not rounded: 999 999 ns is not "1000 µs".
fn scaled(n: u64, unit: u64, name: &str) -> String {
    let whole = n / unit;
    let thousandths = n % unit / (unit / 1_000);
    match whole {
        0..10 => format!("{whole}.{thousandths:03} {name}"),
        10..100 => format!("{whole}.{:02} {name}", thousandths / 10),
        _ => format!("{whole}.{} {name}", thousandths / 100),
    }
}

/// A duration to the nanosecond: "1,234,567 ns".
pub fn exact(nanos: Nanos) -> String {
    let sign = if nanos.0 < 0 { "-" } else { "" };
    format!("{sign}{} ns", count(nanos.0.unsigned_abs()))
}

/// A duration as Go's `time.Duration` prints it: "1.5ms", "2m3.000000004s". Nothing is lost.
pub fn go_duration(nanos: Nanos) -> String {
    let sign = if nanos.0 < 0 { "-" } else { "" };
    let n = nanos.0.unsigned_abs();
    let text = match n {
        0 => "0s".to_owned(),
        1..1_000 => format!("{n}ns"),
        1_000..1_000_000 => format!("{}µs", fraction(n, 3)),
        1_000_000..1_000_000_000 => format!("{}ms", fraction(n, 6)),
        _ => {
            let (minutes, rest) = (n / 60_000_000_000, n % 60_000_000_000);
            let seconds = format!("{}s", fraction(rest, 9));
            match (minutes / 60, minutes % 60) {
                (0, 0) => seconds,
                (0, minutes) => format!("{minutes}m{seconds}"),
                (hours, minutes) => format!("{hours}h{minutes}m{seconds}"),
            }
        }
    };
    format!("{sign}{text}")
}

/// `n / 10^digits` without trailing zeros.
fn fraction(n: u64, digits: usize) -> String {
    let unit = 10u64.pow(digits as u32);
    let decimals = format!("{:0digits$}", n % unit);
    let decimals = decimals.trim_end_matches('0');
    let whole = n / unit;
    if decimals.is_empty() {
        whole.to_string()
    } else {
        format!("{whole}.{decimals}")
    }
}

/// A number of bytes: "512 B", "1.5 KiB", "23.4 MiB".
pub fn bytes(n: u64) -> String {
    const UNITS: [&str; 7] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if n < 1_024 {
        return format!("{n} B");
    }
    let unit = (63 - n.leading_zeros()) / 10;
    let tenths = (u128::from(n) * 10) >> (10 * unit);
    let name = UNITS[unit as usize];
    if tenths >= 1_000 {
        format!("{} {name}", tenths / 10)
    } else {
        format!("{}.{} {name}", tenths / 10, tenths % 10)
    }
}

/// A count with its thousands set apart: "12,345,678".
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() * 2);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A share in percent: "12.3 %"; "<0.1 %" for what is not nothing.
pub fn percent(part: f64, whole: f64) -> String {
    if whole <= 0.0 || part <= 0.0 {
        return "0 %".to_owned();
    }
    let share = part / whole * 100.0;
    if share < 0.1 {
        "<0.1 %".to_owned()
    } else {
        format!("{share:.1} %")
    }
}

/// A count with its noun: "1 event", "2 events".
pub fn counted(n: u64, noun: &str) -> String {
    let plural = if n == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", count(n))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_four_digits() {
        for (nanos, expect) in [
            (0, "0 ns"),
            (999, "999 ns"),
            (1_000, "1.000 µs"),
            (12_345, "12.34 µs"),
            (999_999, "999.9 µs"),
            (1_234_567, "1.234 ms"),
            (-1_234_567, "-1.234 ms"),
            (59_999_999_999, "59.99 s"),
            (200_000_000_000, "3 min 20 s"),
            (7_500_000_000_000, "2 h 5 min"),
            (i64::MIN, "-2562047 h 47 min"),
        ] {
            assert_eq!(duration(Nanos(nanos)), expect);
        }
    }

    #[test]
    fn go_durations_are_gos() {
        for (nanos, expect) in [
            (0, "0s"),
            (1, "1ns"),
            (1_100, "1.1µs"),
            (2_200_000, "2.2ms"),
            (3_300_000_000, "3.3s"),
            (4 * 60_000_000_000 + 5_000_000_000, "4m5s"),
            (5 * 3_600_000_000_000 + 7_001_000_000, "5h0m7.001s"),
            (-1_500_000, "-1.5ms"),
        ] {
            assert_eq!(go_duration(Nanos(nanos)), expect);
        }
    }

    #[test]
    fn exact_durations_keep_every_nanosecond() {
        assert_eq!(exact(Nanos(1_234_567)), "1,234,567 ns");
        assert_eq!(exact(Nanos(-17)), "-17 ns");
    }

    #[test]
    fn bytes_are_binary() {
        for (n, expect) in [
            (0, "0 B"),
            (1_023, "1023 B"),
            (1_024, "1.0 KiB"),
            (1_536, "1.5 KiB"),
            (100 << 20, "100 MiB"),
            (u64::MAX, "15.9 EiB"),
        ] {
            assert_eq!(bytes(n), expect);
        }
    }

    #[test]
    fn counts_and_shares() {
        assert_eq!(count(0), "0");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(counted(1, "event"), "1 event");
        assert_eq!(counted(2_000, "event"), "2,000 events");
        assert_eq!(percent(1.0, 8.0), "12.5 %");
        assert_eq!(percent(1.0, 1e9), "<0.1 %");
        assert_eq!(percent(0.0, 0.0), "0 %");
    }
}
