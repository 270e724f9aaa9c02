//! The stop-the-world pauses, one by one.

use tracepane_analysis::{Pause, format};

use super::{Rows, has, head};
use crate::protocol::{Cell, ColumnHead, ColumnKind, Row};
use crate::worker::gc::{pause_name, range_link};
use crate::worker::opened::OpenTrace;
use crate::worker::words;

/// The table of pauses, in time order.
pub struct Pauses<'a> {
    open: &'a OpenTrace,
    rows: &'a [Pause],
}

impl<'a> Pauses<'a> {
    /// All pauses.
    pub fn new(open: &'a OpenTrace) -> Self {
        Self {
            open,
            rows: &open.at.gc.pauses(&open.trace).rows,
        }
    }

    fn kind(&self, row: usize) -> &str {
        pause_name(self.open.trace.strings.get(self.rows[row].kind))
    }

    fn goroutine(&self, row: usize) -> i64 {
        let rows = &self.open.trace.goroutines.rows;
        let by = self.rows[row].by.get();
        by.and_then(|i| rows.get(i)).map_or(-1, |row| row.id.0)
    }
}

impl Rows for Pauses<'_> {
    fn columns(&self) -> Vec<ColumnHead> {
        use ColumnKind::{Count, Text, Time};
        vec![
            head("start", "Start", Time, "Since the trace's start."),
            head("length", "Length", Time, "How long it took."),
            head("goroutine", "Goroutine", Count, "Who stopped the world."),
            head("kind", "Purpose", Text, "What the world was stopped for."),
        ]
    }

    fn len(&self) -> usize {
        self.rows.len()
    }

    fn number(&self, column: usize, row: usize) -> f64 {
        let pause = &self.rows[row];
        let number = match column {
            0 => pause.start.0,
            1 => pause.length().0,
            _ => self.goroutine(row),
        };
        number as f64
    }

    fn text(&self, _column: usize, row: usize) -> &str {
        self.kind(row)
    }

    fn contains(&self, row: usize, needle: &str) -> bool {
        let id = needle.strip_prefix('g').and_then(|id| id.parse().ok());
        has(self.kind(row), needle) || id == Some(self.goroutine(row))
    }

    fn row(&self, row: usize) -> Row {
        let trace = &self.open.trace;
        let pause = &self.rows[row];
        let goroutine = match self.goroutine(row) {
            -1 => words::text_cell(""),
            id => Cell {
                link: Some(words::goroutine_link(trace, pause.by)),
                exact: Some(words::goroutine_name(trace, pause.by)),
                ..words::text_cell(format!("G{id}"))
            },
        };
        Row {
            cells: vec![
                Cell {
                    link: Some(range_link(pause.range, pause.start, pause.end)),
                    ..words::moment_cell(pause.start)
                },
                words::duration_cell(pause.length()),
                goroutine,
                words::text_cell(self.kind(row)),
            ],
            stack: words::stack(trace, "Stopped here", pause.stack),
            bar: Vec::new(),
        }
    }

    fn caption(&self) -> String {
        let total = self.rows.iter().map(|pause| pause.length().0);
        let total = tracepane_model::Nanos(total.fold(0, i64::saturating_add));
        let caption = format!(
            "{}, {} in all",
            format::counted(self.rows.len() as u64, "pause"),
            format::duration(total)
        );
        let rule = "those that touch the range, with all of their time";
        self.open.at.caption(caption, rule)
    }
}
