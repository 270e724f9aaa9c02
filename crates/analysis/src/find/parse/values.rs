//! What stands after a key: numbers, durations, quoted text.

/// Numbers with commas between them, each perhaps after one of these signs.
pub(super) fn numbers(text: &str, signs: &str) -> Option<Vec<i64>> {
    text.split(',')
        .map(|part| {
            let part = part.trim();
            let part = part
                .strip_prefix(|sign| signs.contains(sign))
                .unwrap_or(part);
            part.parse().ok()
        })
        .collect()
}

/// A duration as people and Go write it (`1.5ms`, `20 us`, `1m30s`), and what follows it; `None` if there is none.
pub(super) fn read_duration(text: &str) -> Option<(i64, &str)> {
    let mut rest = text;
    let mut sum = 0.0f64;
    let mut any = false;
    loop {
        let digits = rest
            .find(|c: char| !(c.is_ascii_digit() || c == '.' || c == '_'))
            .unwrap_or(rest.len());
        // The dots of a range belong to no number.
        let digits = rest[..digits].find("..").unwrap_or(digits);
        if digits == 0 {
            break;
        }
        let number: f64 = rest[..digits].replace('_', "").parse().ok()?;
        let after = &rest[digits..];
        let spaced = after.trim_start();
        let letters = spaced
            .find(|c: char| !c.is_alphabetic())
            .unwrap_or(spaced.len());
        let unit = match spaced[..letters].to_lowercase().as_str() {
            "ns" => 1.0,
            "us" | "µs" | "μs" => 1e3,
            "ms" => 1e6,
            "s" | "sec" => 1e9,
            "m" | "min" => 60e9,
            "h" => 3600e9,
            // Nothing is nothing in any unit.
            _ if number == 0.0 && !any => return Some((0, after)),
            _ => return None,
        };
        sum += number * unit;
        any = true;
        rest = &spaced[letters..];
    }
    // `as` saturates.
    any.then_some((sum.round() as i64, rest))
}

/// A value as it can be written after a key: in quotes, if it needs them.
pub(in crate::find) fn quoted(value: &str) -> String {
    let mut open = 0i32;
    let plain = !value.is_empty()
        && !value.starts_with('#')
        && value.chars().all(|c| {
            open += i32::from(c == '(') - i32::from(c == ')');
            open >= 0 && !c.is_whitespace() && !matches!(c, '"' | '<' | '>' | '|' | '=' | '\\')
        });
    if plain {
        return value.to_owned();
    }
    let mut text = String::from('"');
    for letter in value.chars() {
        if matches!(letter, '"' | '\\') {
            text.push('\\');
        }
        text.push(letter);
    }
    text.push('"');
    text
}
