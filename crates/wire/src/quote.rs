//! Go's quoted strings: `strconv.Quote` and `strconv.Unquote`, which the text forms of traces are written with.

use std::fmt::Write as _;

/// Appends `bytes` as a Go string literal in double quotes, as `strconv.Quote` and `%q` write it.
pub fn quote(out: &mut String, bytes: &[u8]) {
    out.push('"');
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            quote_char(out, c);
        }
        for byte in chunk.invalid() {
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
    out.push('"');
}

fn quote_char(out: &mut String, c: char) {
    match c {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        ' '..='~' => out.push(c),
        '\x07' => out.push_str("\\a"),
        '\x08' => out.push_str("\\b"),
        '\x0c' => out.push_str("\\f"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\x0b' => out.push_str("\\v"),
        '\0'..='\x7f' => {
            let _ = write!(out, "\\x{:02x}", u32::from(c));
        }
        _ if is_print(c) => out.push(c),
        '\u{80}'..='\u{ffff}' => {
            let _ = write!(out, "\\u{:04x}", u32::from(c));
        }
        _ => {
            let _ = write!(out, "\\U{:08x}", u32::from(c));
        }
    }
}

/// `strconv.IsPrint` for what is not ASCII. The standard library escapes the same characters when it prints for
/// debugging, if they do not come first: compared for every character with Go 1.27 (both are Unicode 17).
fn is_print(c: char) -> bool {
    let mut text = [b'a'; 5];
    let length = c.encode_utf8(&mut text[1..]).len();
    let Ok(text) = std::str::from_utf8(&text[..=length]) else {
        return false;
    };
    text.escape_debug().nth(1) == Some(c)
}

/// The bytes of a Go string literal, in double quotes or backquotes; `None` if it is malformed.
pub fn unquote(literal: &str) -> Option<Vec<u8>> {
    if let Some(raw) = literal
        .strip_prefix('`')
        .and_then(|rest| rest.strip_suffix('`'))
    {
        return (!raw.contains('`')).then(|| raw.replace('\r', "").into_bytes());
    }
    let mut rest = literal.strip_prefix('"')?.strip_suffix('"')?;
    let mut bytes = Vec::with_capacity(rest.len());
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match c {
            '"' | '\n' => return None,
            '\\' => rest = unquote_escape(rest, &mut bytes)?,
            _ => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    Some(bytes)
}

/// Appends what an escape after the backslash means and returns what follows it.
fn unquote_escape<'a>(rest: &'a str, bytes: &mut Vec<u8>) -> Option<&'a str> {
    let c = rest.chars().next()?;
    let digits = |from: usize, count: usize, radix: u32| {
        let digits = rest.get(from..from + count)?;
        if !digits.chars().all(|digit| digit.is_digit(radix)) {
            return None;
        }
        u32::from_str_radix(digits, radix).ok()
    };
    let simple = match c {
        'a' => 0x07,
        'b' => 0x08,
        'f' => 0x0c,
        'n' => b'\n',
        'r' => b'\r',
        't' => b'\t',
        'v' => 0x0b,
        '\\' | '"' => c as u8,
        'x' => {
            bytes.push(digits(1, 2, 16)? as u8);
            return rest.get(3..);
        }
        '0'..='7' => {
            bytes.push(u8::try_from(digits(0, 3, 8)?).ok()?);
            return rest.get(3..);
        }
        'u' | 'U' => {
            let count = if c == 'u' { 4 } else { 8 };
            let c = char::from_u32(digits(1, count, 16)?)?;
            bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            return rest.get(1 + count..);
        }
        _ => return None,
    };
    bytes.push(simple);
    rest.get(1..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], literal: &str) {
        let mut quoted = String::new();
        quote(&mut quoted, bytes);
        assert_eq!(quoted, literal);
        assert_eq!(unquote(literal).as_deref(), Some(bytes), "{literal}");
    }

    #[test]
    fn as_go_quotes() {
        check(b"", r#""""#);
        check("<b>ünï</b>".as_bytes(), r#""<b>ünï</b>""#);
        check(b"\"\\'\x07\x08\x0c\n\r\t\x0b", r#""\"\\'\a\b\f\n\r\t\v""#);
        check(b"\x00\x1f\x7f", r#""\x00\x1f\x7f""#);
        check(b"a\xff\xc3b", r#""a\xff\xc3b""#);
        check(
            "\u{80}\u{a0}\u{200b}\u{feff}\u{e0001}".as_bytes(),
            r#""\u0080\u00a0\u200b\ufeff\U000e0001""#,
        );
        check(
            "e\u{301}\u{fffd}日🙂".as_bytes(),
            "\"e\u{301}\u{fffd}日🙂\"",
        );
    }

    #[test]
    fn as_go_unquotes() {
        assert_eq!(
            unquote(r#""\101\u00fc\x41""#).as_deref(),
            Some("AüA".as_bytes())
        );
        assert_eq!(unquote("`a\\n`").as_deref(), Some(&b"a\\n"[..]));
        for malformed in [
            "",
            "\"",
            "a",
            "\"a",
            r#""\""#,
            r#""\x4""#,
            r#""\q""#,
            r#""\ud800""#,
            r#""a"b""#,
        ] {
            assert_eq!(unquote(malformed), None, "{malformed}");
        }
    }
}
