//! A table as text for other programs: comma-separated values (RFC 4180) for files, tab-separated ones for the
//! clipboard. In pieces, so that a million rows need neither the worker's memory nor its time all at once.

use tracepane_analysis::TimeRange;

use super::{Rows, Value};
use crate::protocol::{ColumnHead, ColumnKind, Row, SheetForm, StackText};

/// A piece ends with the row that brings it past this many bytes.
const PIECE: usize = 1 << 20;

/// Text in the making.
pub struct Sheet<'a> {
    rows: &'a dyn Rows,
    columns: Vec<ColumnHead>,
    stacks: bool,
    form: SheetForm,
    text: String,
    /// Nothing stands in the line yet.
    fresh: bool,
}

impl<'a> Sheet<'a> {
    /// An empty piece. If the rows have stacks, they are the last column.
    pub fn new(rows: &'a dyn Rows, form: SheetForm) -> Self {
        Self {
            columns: rows.columns(),
            stacks: rows.len() > 0 && rows.row(0).stack.is_some(),
            rows,
            form,
            text: String::new(),
            fresh: true,
        }
    }

    /// Whether the piece is long enough.
    pub fn is_full(&self) -> bool {
        self.text.len() >= PIECE
    }

    /// The text, as bytes.
    pub fn into_bytes(self) -> Vec<u8> {
        self.text.into_bytes()
    }

    /// The line of titles; times say their unit.
    pub fn head(&mut self) {
        for place in 0..self.columns.len() {
            let column = &self.columns[place];
            let title = match column.kind {
                ColumnKind::Time => format!("{} (ns)", column.title),
                _ => column.title.clone(),
            };
            self.field(&title);
        }
        if self.stacks {
            self.field("Stack");
        }
        self.end_line();
    }

    /// A row.
    pub fn row(&mut self, row: usize) {
        let (values, stack) = match self.rows.values(row) {
            Some(values) => (values, None),
            None => self.shown_values(row),
        };
        for value in &values {
            match value {
                Value::Empty => self.separate(),
                Value::Text(text) => self.field(text),
                Value::Whole(number) => self.plain(&number.to_string()),
                Value::Number(number) => self.plain(&number.to_string()),
            }
        }
        if self.stacks {
            self.field(&stack.as_ref().map_or_else(String::new, stack_line));
        }
        self.end_line();
    }

    /// A row as it is shown, as values: what stands in a cell is rounded, what the table sorts by is not.
    fn shown_values(&self, row: usize) -> (Vec<Value>, Option<StackText>) {
        let Row { cells, stack, .. } = self.rows.row(row);
        let values = self.columns.iter().enumerate().zip(cells);
        let values = values.map(|((place, column), cell)| match column.kind {
            ColumnKind::Text | ColumnKind::Word | ColumnKind::Bars => Value::Text(cell.text),
            ColumnKind::Share => cell.share.map_or(Value::Empty, Value::Number),
            _ => match self.rows.number(place, row) {
                // What the table has no number for sorts before all that it has.
                number if number < 0.0 && cell.text.is_empty() => Value::Empty,
                number => whole(number),
            },
        });
        (values.collect(), stack)
    }

    fn separate(&mut self) {
        if !std::mem::take(&mut self.fresh) {
            self.text.push(match self.form {
                SheetForm::Csv => ',',
                SheetForm::Tsv => '\t',
            });
        }
    }

    /// A number of ours.
    fn plain(&mut self, text: &str) {
        self.separate();
        self.text.push_str(text);
    }

    /// Text, which may be anybody's. A spreadsheet takes what begins like a formula for one, quoted or not: an
    /// apostrophe before it makes it text (OWASP, "CSV injection").
    fn field(&mut self, text: &str) {
        self.separate();
        let formula =
            text.trim_start().starts_with(FORMULA) || text.starts_with(['\t', '\r', '\n']);
        let guard = if formula { "'" } else { "" };
        match self.form {
            SheetForm::Csv => {
                let quoted = text.contains(['"', ',', '\r', '\n']);
                if quoted {
                    self.text.push('"');
                }
                self.text.push_str(guard);
                for (place, part) in text.split('"').enumerate() {
                    if place > 0 {
                        self.text.push_str("\"\"");
                    }
                    self.text.push_str(part);
                }
                if quoted {
                    self.text.push('"');
                }
            }
            SheetForm::Tsv => {
                self.text.push_str(guard);
                // There is no quoting that every program knows.
                let spaced = text.chars().map(|c| {
                    if matches!(c, '\t' | '\r' | '\n') {
                        ' '
                    } else {
                        c
                    }
                });
                self.text.extend(spaced);
            }
        }
    }

    fn end_line(&mut self) {
        self.text.push_str(match self.form {
            SheetForm::Csv => "\r\n",
            SheetForm::Tsv => "\n",
        });
        self.fresh = true;
    }
}

/// What a formula may begin with, in the eyes of one spreadsheet or another.
const FORMULA: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// A stack in one line, innermost frame first.
fn stack_line(stack: &StackText) -> String {
    let frames = stack.frames.iter();
    let frames: Vec<String> = frames
        .map(|frame| format!("{} ({})", frame.function, frame.place))
        .collect();
    frames.join(" < ")
}

/// A number as a whole one, if it is.
fn whole(number: f64) -> Value {
    if number.fract() == 0.0 && number.abs() < 9e18 {
        Value::Whole(number as i64)
    } else {
        Value::Number(number)
    }
}

/// A file's name: the trace's, and what the table is.
pub fn file_name(trace: &str, table: &str, time: Option<TimeRange>) -> String {
    let mut stem = trace;
    for suffix in [".gz", ".trace", ".out"] {
        stem = stem.strip_suffix(suffix).unwrap_or(stem);
    }
    let stem = if stem.is_empty() { "trace" } else { stem };
    // What a start function is called may hold anything; a file's name may not.
    let plain: String = table
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || ".-_*()".contains(c) {
                c
            } else {
                '_'
            }
        })
        .take(80)
        .collect();
    let part = time.map_or_else(String::new, |time| format!("-{}", time.for_file_name()));
    format!("{stem}.{plain}{part}.csv")
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::super::tests::Letters;
    use super::*;

    #[track_caller]
    fn check(form: SheetForm, words: &[&'static str], expect: &str) {
        let rows = Letters(words.to_vec());
        let mut sheet = Sheet::new(&rows, form);
        sheet.head();
        for row in 0..words.len() {
            sheet.row(row);
        }
        let text = String::from_utf8(sheet.into_bytes()).expect("text");
        assert_eq!(text, expect);
    }

    #[test]
    fn quotes_are_those_of_rfc_4180() {
        check(
            SheetForm::Csv,
            &["plain", "a,b", "say \"go\"", "two\r\nlines", "µ"],
            "Word,Length (ns)\r\nplain,5\r\n\"a,b\",3\r\n\"say \"\"go\"\"\",8\r\n\"two\r\nlines\",10\r\nµ,2\r\n",
        );
        check(
            SheetForm::Tsv,
            &["a\tb", "say \"go\"", "two\nlines"],
            "Word\tLength (ns)\na b\t3\nsay \"go\"\t8\ntwo lines\t9\n",
        );
    }

    #[test]
    fn no_text_is_a_formula() {
        for word in ["=1+1", "+1", "-1", "@x", " =1", "\t=1", "＝1"] {
            for form in [SheetForm::Csv, SheetForm::Tsv] {
                let rows = Letters(vec![word]);
                let mut sheet = Sheet::new(&rows, form);
                sheet.row(0);
                let text = String::from_utf8(sheet.into_bytes()).expect("text");
                assert!(text.starts_with('\''), "{word:?} gives {text:?}");
            }
        }
        let quoted = "=HYPERLINK(\"http://x\",\"y\")";
        check(
            SheetForm::Csv,
            &[quoted],
            "Word,Length (ns)\r\n\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\",26\r\n",
        );
    }

    #[test]
    fn a_piece_is_bounded() {
        let rows = Letters(vec!["word"; 200_000]);
        let mut sheet = Sheet::new(&rows, SheetForm::Csv);
        let mut row = 0;
        while !sheet.is_full() {
            sheet.row(row);
            row += 1;
        }
        assert!(row < 200_000);
        assert!(sheet.into_bytes().len() < PIECE + 64);
    }

    #[test]
    fn a_file_is_named_after_its_trace_and_table() {
        assert_eq!(file_name("a.trace.gz", "groups", None), "a.groups.csv");
        let time = TimeRange {
            start: tracepane_model::Nanos(1_500),
            end: tracepane_model::Nanos(2_000_000),
        };
        assert_eq!(
            file_name("a", "groups", Some(time)),
            "a.groups-1.5us-2ms.csv"
        );
        assert_eq!(file_name("", "of ../x/y", None), "trace.of_.._x_y.csv");
    }
}
