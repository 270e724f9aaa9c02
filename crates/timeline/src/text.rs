//! Texts: how wide they are without a font at hand, how long a time is in words, a function's short name.

use std::fmt;

/// How wide `text` is in a sans-serif font, in ems: an estimate, rather too wide than too narrow.
pub fn width(text: &str) -> f32 {
    text.chars().map(char_width).sum()
}

fn char_width(c: char) -> f32 {
    // About Arial's widths; the fonts that browsers take for `system-ui` are a little narrower.
    match c {
        'i' | 'j' | 'l' => 0.24,
        '.' | ',' | ':' | ';' | '\'' | '|' | '!' | 'I' | 'f' | 't' | ' ' | '/' | '[' | ']' => 0.3,
        'r' | '(' | ')' | '-' | '*' => 0.36,
        'm' | 'M' | 'W' | '%' => 0.87,
        'w' => 0.74,
        '@' | '…' => 1.0,
        'c' | 'k' | 's' | 'v' | 'x' | 'y' | 'z' | 'J' => 0.52,
        'A'..='Z' => 0.72,
        c if c.is_ascii() => 0.57,
        '·' => 0.36,
        '×' => 0.6,
        '▸' | '▾' => 0.8,
        _ => 1.0,
    }
}

/// Cuts what `buffer` holds from `start` on to `room` ems; nothing is left if there is hardly room for a letter.
pub(crate) fn fit(buffer: &mut String, start: usize, room: f32) {
    let mut used = 0.0;
    // Where the text may end so that an ellipsis fits behind it.
    let mut cut = start;
    let mut letters = 0;
    for (i, c) in buffer[start..].char_indices() {
        used += char_width(c);
        if used > room {
            buffer.truncate(cut);
            // One letter and an ellipsis say nothing.
            if letters < 2 {
                buffer.truncate(start);
            } else {
                buffer.push('…');
            }
            return;
        }
        if used + char_width('…') <= room {
            cut = start + i + c.len_utf8();
            letters += 1;
        }
    }
}

/// A function's name without the path of its package: `net/http.(*conn).serve` is `http.(*conn).serve`.
pub fn short_name(function: &str) -> &str {
    // A slash inside brackets belongs to a type argument.
    let head = function.find(['[', '(']).unwrap_or(function.len());
    match function[..head].rfind('/') {
        Some(slash) => &function[slash + 1..],
        None => function,
    }
}

/// A length of time in words: three or four digits and a unit.
#[derive(Clone, Copy, Debug)]
pub struct Duration(
    /// ns.
    pub f64,
);

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = self.0;
        let size = nanos.abs();
        let (value, unit) = if size < 999.5 {
            (nanos, "ns")
        } else if size < 999.5e3 {
            (nanos / 1e3, "µs")
        } else if size < 999.5e6 {
            (nanos / 1e6, "ms")
        } else if size < 600e9 {
            (nanos / 1e9, "s")
        } else if size < 600.0 * 60e9 {
            (nanos / 60e9, "min")
        } else {
            (nanos / 3600e9, "h")
        };
        let decimals = match value.abs() {
            _ if unit == "ns" => 0,
            v if v < 9.995 => 2,
            v if v < 99.95 => 1,
            _ => 0,
        };
        write!(f, "{value:.decimals$} {unit}")
    }
}

/// A number of bytes in words.
#[derive(Clone, Copy, Debug)]
pub struct Bytes(
    /// The number.
    pub u64,
);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.0 as f64;
        let (value, unit) = if self.0 < 1 << 10 {
            return write!(f, "{} B", self.0);
        } else if self.0 < 1 << 20 {
            (bytes / 1024.0, "KiB")
        } else if self.0 < 1 << 30 {
            (bytes / f64::from(1 << 20), "MiB")
        } else {
            (bytes / f64::from(1 << 30), "GiB")
        };
        let decimals = usize::from(value < 99.95);
        write!(f, "{value:.decimals$} {unit}")
    }
}

/// A number with separated thousands.
#[derive(Clone, Copy, Debug)]
pub struct Count(
    /// The number.
    pub u64,
);

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 < 1000 {
            return write!(f, "{}", self.0);
        }
        write!(f, "{},{:03}", Count(self.0 / 1000), self.0 % 1000)
    }
}

/// A number of things.
#[derive(Clone, Copy, Debug)]
pub struct Counted(
    /// How many.
    pub u64,
    /// What one of them is called.
    pub &'static str,
);

impl fmt::Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(count, name) = *self;
        let ending = if count == 1 { "" } else { "s" };
        write!(f, "{} {name}{ending}", Count(count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_in_words() {
        let words = |nanos: f64| Duration(nanos).to_string();
        assert_eq!(words(0.0), "0 ns");
        assert_eq!(words(999.0), "999 ns");
        assert_eq!(words(1234.0), "1.23 µs");
        assert_eq!(words(999_700.0), "1.00 ms");
        assert_eq!(words(45_678_901.0), "45.7 ms");
        assert_eq!(words(12e9), "12.0 s");
        assert_eq!(words(3600e9), "60.0 min");
        assert_eq!(words(f64::from(i32::MAX) * 1e9), "596523 h");
    }

    #[test]
    fn numbers_in_words() {
        assert_eq!(Count(1_234_567).to_string(), "1,234,567");
        assert_eq!(Count(1_000).to_string(), "1,000");
        assert_eq!(Counted(1, "pause").to_string(), "1 pause");
        assert_eq!(Counted(2_000, "pause").to_string(), "2,000 pauses");
        assert_eq!(Bytes(1023).to_string(), "1023 B");
        assert_eq!(Bytes(5 << 20).to_string(), "5.0 MiB");
        assert_eq!(Bytes(u64::MAX).to_string(), "17179869184 GiB");
    }

    #[test]
    fn short_names_keep_package_and_receiver() {
        assert_eq!(short_name("net/http.(*conn).serve"), "http.(*conn).serve");
        assert_eq!(
            short_name("a.com/b/c.F[go.shape.struct { a/b.X int }]"),
            "c.F[go.shape.struct { a/b.X int }]"
        );
        assert_eq!(short_name("main.main"), "main.main");
        assert_eq!(short_name(""), "");
    }

    #[test]
    fn texts_are_cut_to_fit() {
        let cut = |text: &str, room: f32| {
            let mut buffer = format!("x{text}");
            fit(&mut buffer, 1, room);
            buffer[1..].to_owned()
        };
        assert_eq!(cut("main.worker", 100.0), "main.worker");
        assert_eq!(cut("main.worker", 4.0), "main.…");
        assert_eq!(cut("main.worker", 1.0), "");
        assert_eq!(cut("ééééé", 3.5), "éé…");
        assert_eq!(cut("", 3.0), "");
    }
}
