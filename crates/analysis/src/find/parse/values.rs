//! What stands after a key: numbers, durations, quoted text.

use tracepane_model::duration;

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

/// A duration with a unit, and what follows it; `None` if there is none.
pub(super) fn read_duration(text: &str) -> Option<(i64, &str)> {
    let (nanos, rest) = duration::parse_leading(text, None).ok()?;
    Some((i64::try_from(nanos).unwrap_or(i64::MAX), rest))
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
