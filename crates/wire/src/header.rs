//! The first 16 bytes of a trace, and what a file is that does not begin with them.

use std::io::Read as _;

use crate::error::{NotATrace, WireError};

/// How many bytes the header has.
pub const HEADER_BYTES: u64 = 16;
/// How many bytes from a file's beginning tell what it is.
pub const SNIFF_BYTES: usize = 1024;

/// The format of a trace.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Format {
    minor: u8,
}

impl Format {
    /// The format with that header number, if there is one.
    pub fn new(minor: u32) -> Option<Self> {
        match minor {
            11 | 19 | 21 | 22 | 23 | 25 | 26 => Some(Self { minor: minor as u8 }),
            _ => None,
        }
    }

    /// The number in the header: 11, 19, 21, 22, 23, 25 or 26.
    pub fn header(self) -> u8 {
        self.minor
    }

    /// Which releases of Go write it.
    pub fn go_versions(self) -> &'static str {
        match self.minor {
            11 => "Go 1.11 to 1.18",
            19 => "Go 1.19 or 1.20",
            21 => "Go 1.21",
            22 => "Go 1.22",
            23 => "Go 1.23 or 1.24",
            25 => "Go 1.25",
            _ => "Go 1.26 or 1.27",
        }
    }

    /// Whether it is format v1 (up to Go 1.21).
    pub fn is_v1(self) -> bool {
        self.minor < 22
    }

    /// Reads the header from a file's first bytes (up to [`SNIFF_BYTES`] of them); `length` is the file's.
    ///
    /// # Errors
    /// Says what the file is if it is not a trace that can be read.
    pub fn read(bytes: &[u8], length: u64) -> Result<Self, WireError> {
        const PREFIX: &[u8] = b"go 1.";
        if bytes.is_empty() {
            return Err(WireError::NotATrace(NotATrace::Empty));
        }
        let Some(rest) = bytes.strip_prefix(PREFIX) else {
            if PREFIX.starts_with(bytes) {
                return Err(WireError::HeaderCut { length });
            }
            return Err(WireError::NotATrace(sniff(bytes)));
        };
        let digits = rest
            .iter()
            .take(3)
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        let (number, tail) = rest.split_at(digits);
        const TAIL: &[u8] = b" trace\0\0\0";
        if !tail.starts_with(TAIL) {
            return Err(if TAIL.starts_with(tail) {
                WireError::HeaderCut { length }
            } else {
                WireError::NotATrace(sniff(bytes))
            });
        }
        let minor = number
            .iter()
            .fold(0, |minor, digit| minor * 10 + u32::from(digit - b'0'));
        Self::new(minor).ok_or(match minor {
            ..11 => WireError::TooOld { minor },
            27.. => WireError::TooNew { minor },
            _ => WireError::NoSuchFormat { minor },
        })
    }
}

/// Tells from a file's first bytes what it is, given that it is no trace.
pub fn sniff(bytes: &[u8]) -> NotATrace {
    const BINARIES: [&[u8]; 6] = [
        b"\x7fELF",
        b"MZ",
        b"\xcf\xfa\xed\xfe",
        b"\xca\xfe\xba\xbe",
        b"\xfe\xed\xfa\xcf",
        b"\0asm",
    ];
    match bytes {
        [] => return NotATrace::Empty,
        [0x1f, 0x8b, ..] => return sniff_gzip(bytes),
        [b'P', b'K', 3, 4, ..] => return NotATrace::Zip,
        _ if BINARIES.iter().any(|magic| bytes.starts_with(magic)) => return NotATrace::Binary,
        _ if is_profile(bytes) => return NotATrace::Pprof,
        _ => {}
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let head = &bytes[..bytes.len().min(SNIFF_BYTES)];
    // A cut in the middle of a character is no reason not to call it text.
    let text = match str::from_utf8(head) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return NotATrace::Unknown,
    };
    if text
        .chars()
        .any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\x1b' | '\x0c'))
    {
        return if text.starts_with("go1.") && text.contains("heap dump") {
            NotATrace::HeapDump
        } else {
            NotATrace::Unknown
        };
    }
    sniff_text(text)
}

fn sniff_text(text: &str) -> NotATrace {
    let text = text.trim_start();
    let lower = text.get(..text.len().min(SNIFF_BYTES)).unwrap_or(text);
    let lower = lower.to_ascii_lowercase();
    if lower.starts_with('<')
        && [
            "<!doctype html",
            "<html",
            "<head",
            "<body",
            "<script",
            "<title",
        ]
        .iter()
        .any(|tag| lower.contains(tag))
    {
        return NotATrace::Html;
    }
    if text.starts_with("go1.") && text.contains("heap dump") {
        return NotATrace::HeapDump;
    }
    if text.starts_with(['{', '[']) {
        let chrome = ["\"traceEvents\"", "\"ph\"", "\"displayTimeUnit\""];
        return if chrome.iter().any(|key| text.contains(key)) {
            NotATrace::ChromeTrace
        } else {
            NotATrace::Json
        };
    }
    let go_test = text.lines().take(40).any(|line| {
        [
            "=== RUN", "--- PASS", "--- FAIL", "--- SKIP", "ok  \t", "FAIL\t", "goos: ", "?   \t",
        ]
        .iter()
        .any(|start| line.trim_start().starts_with(start))
            || line == "PASS"
            || line == "FAIL"
    });
    if go_test {
        NotATrace::GoTest
    } else {
        NotATrace::Text
    }
}

/// What is inside a gzip file that does not hold a trace.
fn sniff_gzip(bytes: &[u8]) -> NotATrace {
    let mut inside = Vec::new();
    // An error only means that the first bytes end within the stream.
    let _ = flate2::read::GzDecoder::new(bytes)
        .take(SNIFF_BYTES as u64)
        .read_to_end(&mut inside);
    match inside.as_slice() {
        inside if is_profile(inside) => NotATrace::Pprof,
        [] | [0x1f, 0x8b, ..] => NotATrace::Gzip,
        inside => match sniff(inside) {
            NotATrace::Unknown => NotATrace::Gzip,
            known => known,
        },
    }
}

/// Whether it looks like a profile.proto: a message whose first field is a `sample_type`, a small message of two
/// small numbers.
fn is_profile(bytes: &[u8]) -> bool {
    matches!(bytes, [0x0a, 1..=12, 0x08 | 0x10, ..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(bytes: &[u8]) -> Result<Format, WireError> {
        Format::read(bytes, bytes.len() as u64)
    }

    fn what(bytes: &[u8]) -> NotATrace {
        match header(bytes) {
            Err(WireError::NotATrace(what)) => what,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_format_has_its_releases() {
        for (minor, versions) in [
            (11, "Go 1.11 to 1.18"),
            (19, "Go 1.19 or 1.20"),
            (21, "Go 1.21"),
            (22, "Go 1.22"),
            (23, "Go 1.23 or 1.24"),
            (25, "Go 1.25"),
            (26, "Go 1.26 or 1.27"),
        ] {
            let format = header(format!("go 1.{minor} trace\0\0\0").as_bytes()).unwrap();
            assert_eq!(u32::from(format.header()), minor);
            assert_eq!(format.go_versions(), versions);
            assert_eq!(format.is_v1(), minor < 22);
        }
    }

    #[test]
    fn other_formats_say_so() {
        let read = |minor| header(format!("go 1.{minor} trace\0\0\0\0").as_bytes());
        assert!(matches!(read(5), Err(WireError::TooOld { minor: 5 })));
        assert!(matches!(read(10), Err(WireError::TooOld { minor: 10 })));
        assert!(matches!(read(27), Err(WireError::TooNew { minor: 27 })));
        assert!(matches!(
            read(24),
            Err(WireError::NoSuchFormat { minor: 24 })
        ));
    }

    #[test]
    fn a_header_cut_anywhere_is_called_cut() {
        let whole = b"go 1.26 trace\0\0\0";
        for end in 1..whole.len() {
            assert!(matches!(
                header(&whole[..end]),
                Err(WireError::HeaderCut { .. })
            ));
        }
    }

    #[test]
    fn other_files_are_named() {
        assert_eq!(what(b""), NotATrace::Empty);
        assert_eq!(what(b"\x0a\x04\x08\x01\x10\x02\x0a\x04"), NotATrace::Pprof);
        assert_eq!(what(b"  <!DOCTYPE html><html>"), NotATrace::Html);
        assert_eq!(
            what(b"{\"displayTimeUnit\":\"ns\",\"traceEvents\":[]}"),
            NotATrace::ChromeTrace
        );
        assert_eq!(what(b"{\"a\":1}"), NotATrace::Json);
        assert_eq!(
            what(b"=== RUN   TestX\n--- PASS: TestX\nPASS\n"),
            NotATrace::GoTest
        );
        assert_eq!(what("Grüße\n".as_bytes()), NotATrace::Text);
        assert_eq!(what(b"\x7fELF\x02\x01\x01\0"), NotATrace::Binary);
        assert_eq!(what(b"PK\x03\x04\x14\0"), NotATrace::Zip);
        assert_eq!(what(b"go1.7 heap dump\n\x06\0"), NotATrace::HeapDump);
        assert_eq!(what(b"go 1.x trace"), NotATrace::Text);
        assert_eq!(what(&[0, 1, 2, 3, 0xff]), NotATrace::Unknown);
    }

    #[test]
    fn gzip_is_looked_into() {
        use std::io::Write as _;
        let gzip = |inside: &[u8]| {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), Default::default());
            encoder.write_all(inside).unwrap();
            encoder.finish().unwrap()
        };
        assert_eq!(what(&gzip(b"\x0a\x04\x08\x01\x10\x02")), NotATrace::Pprof);
        assert_eq!(what(&gzip(b"<html><body>")), NotATrace::Html);
        assert_eq!(what(&gzip(&[0, 0, 0])), NotATrace::Gzip);
        assert_eq!(what(&[0x1f, 0x8b, 8]), NotATrace::Gzip);
    }
}
