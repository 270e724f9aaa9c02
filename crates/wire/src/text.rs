//! The text form of v2 traces: one line for each wire event, as Go's `internal/trace/raw` reads and writes it.
//!
//! ```text
//! Trace Go1.22
//! EventBatch gen=1 m=0 time=1 size=6
//! GoStart dt=1 g=1 g_seq=1
//! String id=5
//!     data="hello"
//! Stack id=5 nframes=1
//!     pc=1 func=3 file=6 line=124
//! ```
//! Blank lines and what follows a `#` are ignored. Nothing is checked but the shape: sizes, ids and the order of
//! events are the reader's business, so that broken traces can be written down too.

use std::fmt::Write as _;

use thiserror::Error;

use crate::quote::{quote, unquote};
use crate::v2::spec::{EVENTS, EventSpec};

/// Why a text is no trace, or bytes have no text form.
#[derive(Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum TextError {
    /// The text form is malformed.
    #[error("line {line}: {reason}")]
    Line {
        /// Counted from 1.
        line: usize,
        /// What was expected and what was found.
        reason: String,
    },
    /// The bytes do not have the shape of a v2 trace.
    #[error("byte {offset}: {reason}")]
    Byte {
        /// Counted from 0.
        offset: usize,
        /// What was expected and what was found.
        reason: String,
    },
}

/// The names of a frame's numbers.
const FRAME: [&str; 4] = ["pc", "func", "file", "line"];

/// The header versions of format v2.
const VERSIONS: [u8; 4] = [22, 23, 25, 26];

/// The event types of a header version, as Go's raw reader limits them; newer ones do not exist for it.
fn spec_of(number: u8, version: u8) -> Option<&'static EventSpec> {
    let spec = &EVENTS[usize::from(number)];
    (spec.exists() && spec.since <= version).then_some(spec)
}

/// The header of a trace file.
pub fn header(version: u8) -> [u8; 16] {
    let mut header = *b"go 1.?? trace\0\0\0";
    header[5] = b'0' + version / 10 % 10;
    header[6] = b'0' + version % 10;
    header
}

/// Appends an unsigned LEB128 number.
pub fn push_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// The bytes of a trace that is written in the text form.
///
/// # Errors
/// [`TextError::Line`] if the text is malformed.
pub fn encode(text: &str) -> Result<Vec<u8>, TextError> {
    let mut lines = Lines { text, line: 0 };
    let Some(first) = lines.next() else {
        return Err(lines.error("a header such as `Trace Go1.22` was expected, but the text ends"));
    };
    let mut tokens = tokens(first);
    let version = match (tokens.next(), tokens.next(), tokens.next()) {
        (Some("Trace"), Some(version), None) => version
            .strip_prefix("Go1.")
            .and_then(|minor| minor.parse().ok())
            .filter(|minor| VERSIONS.contains(minor)),
        _ => None,
    };
    let Some(version) = version else {
        return Err(lines.error("a header of Go1.22, 23, 25 or 26 was expected"));
    };
    let mut out = header(version).to_vec();
    while let Some(line) = lines.next() {
        encode_event(line, version, &mut lines, &mut out)?;
    }
    Ok(out)
}

fn encode_event(
    line: &str,
    version: u8,
    lines: &mut Lines<'_>,
    out: &mut Vec<u8>,
) -> Result<(), TextError> {
    let mut tokens = tokens(line);
    let name = tokens.next().unwrap_or_default();
    let found = (1..=u8::MAX).find_map(|number| {
        let spec = spec_of(number, version)?;
        (spec.name == name).then_some((number, spec))
    });
    let Some((number, spec)) = found else {
        return Err(lines.error(format!("Go 1.{version} has no event {name:?}")));
    };
    out.push(number);
    let dt = spec.timed.then_some("dt");
    let mut last = 0;
    for name in dt.iter().chain(spec.args) {
        last = argument(tokens.next(), name, lines)?;
        push_varint(out, last);
    }
    end(tokens.next(), lines)?;
    if spec.frames {
        for _ in 0..last {
            let Some(line) = lines.next() else {
                return Err(lines.error("a frame was expected, but the text ends"));
            };
            let mut tokens = self::tokens(line);
            for name in FRAME {
                push_varint(out, argument(tokens.next(), name, lines)?);
            }
            end(tokens.next(), lines)?;
        }
    }
    if spec.data {
        let line = lines.next().unwrap_or_default();
        let data = line
            .split_once('=')
            .filter(|(name, _)| name.trim() == "data")
            .and_then(|(_, literal)| unquote(literal.trim()));
        let Some(data) = data else {
            return Err(lines.error("a line `data=\"…\"` was expected"));
        };
        push_varint(out, data.len() as u64);
        out.extend_from_slice(&data);
    }
    Ok(())
}

/// The value of a token `name=value`.
fn argument(token: Option<&str>, name: &str, lines: &Lines<'_>) -> Result<u64, TextError> {
    let Some((found, value)) = token.and_then(|token| token.split_once('=')) else {
        return Err(lines.error(format!("the argument {name:?} was expected")));
    };
    if found != name {
        return Err(lines.error(format!("the argument {name:?} was expected, not {found:?}")));
    }
    value
        .parse()
        .map_err(|_| lines.error(format!("{name} is no number: {value:?}")))
}

fn end(token: Option<&str>, lines: &Lines<'_>) -> Result<(), TextError> {
    match token {
        None => Ok(()),
        Some(token) => Err(lines.error(format!("the end of the line was expected, not {token:?}"))),
    }
}

/// What a line holds before a comment, split at white space.
fn tokens(line: &str) -> impl Iterator<Item = &str> {
    let code = line.split('#').next().unwrap_or_default();
    code.split_whitespace()
}

/// The lines that hold something.
struct Lines<'a> {
    text: &'a str,
    line: usize,
}

impl<'a> Lines<'a> {
    fn next(&mut self) -> Option<&'a str> {
        while !self.text.is_empty() {
            let (line, rest) = self.text.split_once('\n').unwrap_or((self.text, ""));
            self.text = rest;
            self.line += 1;
            if tokens(line).next().is_some() {
                return Some(line);
            }
        }
        None
    }

    fn error(&self, reason: impl Into<String>) -> TextError {
        TextError::Line {
            line: self.line,
            reason: reason.into(),
        }
    }
}

/// The text form of a v2 trace. `go tool trace -d=wire` prints the same, without the first line.
///
/// # Errors
/// [`TextError::Byte`] if the bytes do not have the shape of a trace of format v2.
pub fn decode(bytes: &[u8]) -> Result<String, TextError> {
    let version = VERSIONS
        .into_iter()
        .find(|&version| bytes.starts_with(&header(version)));
    let Some(version) = version else {
        return Err(TextError::Byte {
            offset: 0,
            reason: "the header of a v2 trace was expected".into(),
        });
    };
    let mut out = format!("Trace Go1.{version}\n");
    let mut bytes = Bytes { bytes, at: 16 };
    while let Some(number) = bytes.byte() {
        let Some(spec) = spec_of(number, version) else {
            bytes.at -= 1;
            return Err(bytes.error(format!("Go 1.{version} has no event {number}")));
        };
        decode_event(spec, &mut bytes, &mut out)?;
    }
    Ok(out)
}

fn decode_event(
    spec: &EventSpec,
    bytes: &mut Bytes<'_>,
    out: &mut String,
) -> Result<(), TextError> {
    out.push_str(spec.name);
    let dt = spec.timed.then_some("dt");
    let mut last = 0;
    for name in dt.iter().chain(spec.args) {
        last = bytes.varint()?;
        let _ = write!(out, " {name}={last}");
    }
    if spec.frames {
        for _ in 0..last {
            for (i, name) in FRAME.into_iter().enumerate() {
                let before = if i == 0 { "\n\t" } else { " " };
                let _ = write!(out, "{before}{name}={}", bytes.varint()?);
            }
        }
    }
    if spec.data {
        let length = bytes.varint()?;
        let data = bytes.take(length)?;
        // Go's writer leaves out empty data, which its reader then refuses.
        out.push_str("\n\tdata=");
        quote(out, data);
    }
    out.push('\n');
    Ok(())
}

struct Bytes<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Bytes<'a> {
    fn byte(&mut self) -> Option<u8> {
        let byte = self.bytes.get(self.at).copied()?;
        self.at += 1;
        Some(byte)
    }

    fn varint(&mut self) -> Result<u64, TextError> {
        let mut value = 0u64;
        for shift in (0..70).step_by(7) {
            let Some(byte) = self.byte() else {
                return Err(self.error("a number was expected, but the file ends"));
            };
            if shift == 63 && byte > 1 {
                break;
            }
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(self.error("a number is larger than 64 bits"))
    }

    fn take(&mut self, length: u64) -> Result<&'a [u8], TextError> {
        let end = usize::try_from(length)
            .ok()
            .and_then(|length| self.at.checked_add(length));
        match end.and_then(|end| Some((end, self.bytes.get(self.at..end)?))) {
            Some((end, data)) => {
                self.at = end;
                Ok(data)
            }
            None => Err(self.error(format!(
                "{length} bytes of data were expected, but the file ends"
            ))),
        }
    }

    fn error(&self, reason: impl Into<String>) -> TextError {
        TextError::Byte {
            offset: self.at,
            reason: reason.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = "Trace Go1.23
EventBatch gen=1 m=18446744073709551615 time=5 size=9
Stack id=1 nframes=2
\tpc=300 func=1 file=2 line=3
\tpc=1 func=1 file=2 line=4
GoStart dt=1 g=2 g_seq=3
String id=7
\tdata=\"a\\n\\xff\"
";

    #[test]
    fn both_ways() {
        let bytes = encode(SMALL).expect("well formed");
        assert_eq!(bytes[..16], *b"go 1.23 trace\0\0\0");
        assert_eq!(bytes[bytes.len() - 6..], [5, 7, 3, b'a', b'\n', 0xff]);
        assert_eq!(decode(&bytes).as_deref(), Ok(SMALL));
        let spaced = SMALL.replace('\n', "  # comment\n\n # another\n");
        let spaced = spaced.replace("\\xff\"  # comment", "\\xff\"");
        assert_eq!(encode(&spaced).as_deref(), Ok(&bytes[..]));
    }

    #[track_caller]
    fn check_error(text: &str, message: &str) {
        let error = encode(text).expect_err("malformed");
        assert_eq!(error.to_string(), message);
    }

    #[test]
    fn malformed_text() {
        check_error(
            "",
            "line 0: a header such as `Trace Go1.22` was expected, but the text ends",
        );
        check_error(
            "Trace Go1.21",
            "line 1: a header of Go1.22, 23, 25 or 26 was expected",
        );
        check_error(
            "Trace Go1.22\nGoSwitch dt=1 g=1 g_seq=1",
            "line 2: Go 1.22 has no event \"GoSwitch\"",
        );
        check_error(
            "Trace Go1.22\n\nGoStart g=1",
            "line 3: the argument \"dt\" was expected, not \"g\"",
        );
        check_error(
            "Trace Go1.22\nGoDestroy dt=-1",
            "line 2: dt is no number: \"-1\"",
        );
        check_error(
            "Trace Go1.22\nGoDestroy dt=1 g=1",
            "line 2: the end of the line was expected, not \"g=1\"",
        );
        check_error(
            "Trace Go1.22\nString id=1\ndata=x",
            "line 3: a line `data=\"…\"` was expected",
        );
    }

    #[test]
    fn malformed_bytes() {
        let bytes = encode(SMALL).expect("well formed");
        assert!(decode(b"go 1.21 trace\0\0\0").is_err());
        for cut in [17, bytes.len() - 1, bytes.len() - 4] {
            assert!(decode(&bytes[..cut]).is_err(), "cut at {cut}");
        }
    }
}
