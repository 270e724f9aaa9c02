//! Goldens in `testdata/goldens`: what Go says about each trace, in the compact forms that `testdata/oracle` writes.

use std::cmp::Reverse;
use std::fmt::Write as _;

use crate::data;
use crate::hash::{Fnv, fnv};

/// How many lines share a hash.
const CHUNK: u64 = 10_000;

/// A long text as its length and hashes: of the whole, and of each 10,000 lines.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct TextHash {
    /// How many lines.
    pub lines: u64,
    /// How many bytes.
    pub bytes: u64,
    /// Of the whole text.
    pub hash: u64,
    /// Of each 10,000 lines, the last one of the rest.
    pub chunks: Vec<u64>,
}

/// Computes a [`TextHash`] of a text that comes in pieces of whole lines.
#[derive(Default, Debug)]
pub struct TextHasher {
    lines: u64,
    bytes: u64,
    all: Fnv,
    part: Fnv,
    chunks: Vec<u64>,
}

impl TextHasher {
    /// Adds whole lines.
    pub fn write(&mut self, text: &str) {
        self.bytes += text.len() as u64;
        self.all.write(text.as_bytes());
        let added = text.bytes().filter(|&byte| byte == b'\n').count() as u64;
        let filled = self.lines % CHUNK;
        if filled != 0 && filled + added <= CHUNK {
            self.part.write(text.as_bytes());
            self.lines += added;
            return;
        }
        for line in text.split_inclusive('\n') {
            if self.lines > 0 && self.lines.is_multiple_of(CHUNK) {
                self.chunks.push(self.part.finish());
                self.part = Fnv::default();
            }
            self.part.write(line.as_bytes());
            self.lines += 1;
        }
    }

    /// The hash of all that was added.
    pub fn finish(mut self) -> TextHash {
        self.chunks.push(self.part.finish());
        TextHash {
            lines: self.lines,
            bytes: self.bytes,
            hash: self.all.finish(),
            chunks: self.chunks,
        }
    }
}

/// What `go tool trace -d=parsed` prints of one trace.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Events {
    /// The trace or case: its path under `testdata`.
    pub path: String,
    /// What it prints.
    pub text: TextHash,
    /// The error it ends with, if any.
    pub error: Option<String>,
}

/// `goldens/events.txt`.
///
/// # Panics
/// If the file is malformed.
pub fn events() -> Vec<Events> {
    let mut all: Vec<Events> = Vec::new();
    for line in data::text("goldens/events.txt").lines() {
        if line.starts_with('#') {
            continue;
        }
        if let Some(hash) = line.strip_prefix(' ') {
            let last = all.last_mut().expect("a path comes first");
            last.text.chunks.push(hex(hash));
            continue;
        }
        let (line, error) = match line.split_once(" error: ") {
            Some((line, error)) => (line, Some(error.to_string())),
            None => (line, None),
        };
        let fields: Vec<&str> = line.split(' ').collect();
        let [path, lines, bytes, hash] = fields[..] else {
            panic!("goldens/events.txt has the line {line:?}");
        };
        all.push(Events {
            path: path.to_string(),
            text: TextHash {
                lines: lines.parse().expect("a number of lines"),
                bytes: bytes.parse().expect("a number of bytes"),
                hash: hex(hash),
                chunks: Vec::new(),
            },
            error,
        });
    }
    all
}

fn hex(digits: &str) -> u64 {
    u64::from_str_radix(digits, 16).expect("a hash in hexadecimal digits")
}

/// A row of a table, with the weight that says whether it is kept when only the heaviest are.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
    /// Nanoseconds.
    pub weight: i64,
    /// The line.
    pub text: String,
}

/// Appends a table as the oracle does: a title with the number of rows and the hash of all, then all rows if they
/// are few, else the heaviest. `totals` stands at the end of the title, e.g. `", totals 1 2"`.
pub fn compact(out: &mut String, title: &str, totals: &str, mut rows: Vec<Row>) {
    const FEW: usize = 40;
    const TOP: usize = 20;
    let mut hash = Fnv::default();
    for row in &rows {
        hash.write(row.text.as_bytes());
        hash.write(b"\n");
    }
    let _ = writeln!(
        out,
        "## {title}: {} rows, hash {:016x}{totals}",
        rows.len(),
        hash.finish()
    );
    if rows.len() > FEW {
        rows.sort_by_key(|row| Reverse(row.weight));
        rows.truncate(TOP);
    }
    for row in rows {
        out.push_str(&row.text);
        out.push('\n');
    }
}

/// One frame of a sample, leaf first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SampleFrame<'a> {
    /// The function's full name.
    pub function: &'a str,
    /// The source file.
    pub file: &'a str,
    /// The line.
    pub line: u64,
    /// The program counter.
    pub pc: u64,
}

/// The row of one sample of a profile.
pub fn sample_row(count: u64, nanos: i64, stack: &[SampleFrame<'_>]) -> Row {
    let mut lines = String::new();
    let mut names = String::new();
    for (i, frame) in stack.iter().enumerate() {
        let SampleFrame {
            function,
            file,
            line,
            pc,
        } = frame;
        let _ = writeln!(lines, "{function} {file}:{line} {pc:#x}");
        // Go's filepath.Base: "." for the empty path.
        let base = match file.rsplit('/').next() {
            None | Some("") => ".",
            Some(base) => base,
        };
        let _ = match i {
            0 => write!(names, "{function} ({base}:{line})"),
            _ if i < 4 || i + 1 == stack.len() => write!(names, " < {function}"),
            4 => write!(names, " < …"),
            _ => Ok(()),
        };
    }
    Row {
        weight: nanos,
        text: format!(
            "{count}\t{nanos}\t{:016x}\t{}\t{names}",
            fnv(lines.as_bytes()),
            stack.len()
        ),
    }
}

/// Appends one profile; `rows` may come in any order.
pub fn profile(out: &mut String, kind: &str, rows: Vec<(u64, i64, Row)>) {
    let count: u64 = rows.iter().map(|(count, _, _)| count).sum();
    let nanos: i64 = rows.iter().map(|(_, nanos, _)| nanos).sum();
    let mut rows: Vec<Row> = rows.into_iter().map(|(_, _, row)| row).collect();
    rows.sort_by(|a, b| a.text.cmp(&b.text));
    compact(out, kind, &format!(", totals {count} {nanos}"), rows);
}

/// The golden of a trace in `goldens/KIND/`.
///
/// # Panics
/// If there is none.
pub fn of(kind: &str, corpus_path: &str) -> String {
    let name = corpus_path
        .trim_start_matches("corpus/")
        .trim_end_matches(".trace");
    data::text(format!("goldens/{kind}/{name}.txt"))
}

/// Says where two texts differ first, in two lines.
///
/// # Errors
/// If they differ.
pub fn compare(expected: &str, found: &str) -> Result<(), String> {
    if expected == found {
        return Ok(());
    }
    let mut expected_lines = expected.lines();
    let mut found_lines = found.lines();
    for line in 1.. {
        match (expected_lines.next(), found_lines.next()) {
            (None, None) => break,
            (a, b) if a == b => {}
            (a, b) => {
                let shown = |line: Option<&str>| line.unwrap_or("(the end)").to_string();
                return Err(format!(
                    "line {line} differs:\n expected {}\n found    {}",
                    shown(a),
                    shown(b)
                ));
            }
        }
    }
    Err("the ends of lines differ".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_do_not_matter() {
        let text: String = (0..25_003).map(|i| format!("line {i}\n")).collect();
        let mut whole = TextHasher::default();
        whole.write(&text);
        let mut pieces = TextHasher::default();
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        for piece in lines.chunks(7) {
            pieces.write(&piece.concat());
        }
        let whole = whole.finish();
        assert_eq!(whole, pieces.finish());
        assert_eq!((whole.lines, whole.chunks.len()), (25_003, 3));
        assert_eq!(whole.hash, fnv(text.as_bytes()));
    }
}
