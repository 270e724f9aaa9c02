//! Mark assists by goroutine group.

use tracepane_analysis::gc_cycles::Assists;
use tracepane_analysis::{format, names};
use tracepane_model::{GroupIndex, Nanos};

use super::{Rows, has, head};
use crate::protocol::{Cell, ColumnHead, ColumnKind, Link, Row};
use crate::worker::opened::OpenTrace;
use crate::worker::words;

/// The table of groups that had to help the GC, the most time first.
pub struct AssistGroups<'a> {
    open: &'a OpenTrace,
    rows: &'a [(GroupIndex, Assists)],
    total: Nanos,
}

impl<'a> AssistGroups<'a> {
    /// All such groups.
    pub fn new(open: &'a OpenTrace) -> Self {
        let rows = &open.at.gc.cycles(&open.trace).assists_by_group;
        let total = rows.iter().map(|(_, assists)| assists.time.0);
        Self {
            open,
            rows,
            total: Nanos(total.fold(0, i64::saturating_add)),
        }
    }

    fn name(&self, row: usize) -> &str {
        words::group_name(&self.open.trace, self.rows[row].0)
    }
}

impl Rows for AssistGroups<'_> {
    fn columns(&self) -> Vec<ColumnHead> {
        use ColumnKind::{Count, Share, Text, Time};
        vec![
            head(
                "name",
                "Start function",
                Text,
                "The function that the goroutines were started with.",
            ),
            head(
                "time",
                "Assist time",
                Time,
                "How long they were held up, from the beginning of each assist to its end.",
            ),
            head("share", "Share", Share, "Its part of all assist time."),
            head(
                "running",
                "On a proc",
                Time,
                "The part of it in which they marked; the rest is waiting.",
            ),
            head("count", "Count", Count, "How many times they had to help."),
            head("mean", "Mean", Time, "How long an assist is on average."),
        ]
    }

    fn len(&self) -> usize {
        self.rows.len()
    }

    fn number(&self, column: usize, row: usize) -> f64 {
        let assists = self.rows[row].1;
        match column {
            3 => assists.running.0 as f64,
            4 => assists.count as f64,
            5 => mean(assists).0 as f64,
            _ => assists.time.0 as f64,
        }
    }

    fn text(&self, _column: usize, row: usize) -> &str {
        names::or_inactive(self.name(row))
    }

    fn contains(&self, row: usize, needle: &str) -> bool {
        has(names::or_inactive(self.name(row)), needle)
    }

    fn row(&self, row: usize) -> Row {
        let assists = self.rows[row].1;
        let share = assists.time.0 as f64 / (self.total.0 as f64).max(1.0);
        let name = self.name(row);
        Row {
            cells: vec![
                Cell {
                    link: Some(Link::Group(name.to_owned())),
                    ..words::text_cell(names::or_inactive(name))
                },
                words::duration_cell(assists.time),
                Cell {
                    share: Some(share),
                    ..words::text_cell(format::percent(share, 1.0))
                },
                words::duration_cell(assists.running),
                words::count_cell(assists.count),
                words::duration_cell(mean(assists)),
            ],
            stack: None,
            bar: Vec::new(),
        }
    }

    fn caption(&self) -> String {
        let count = self.rows.iter().map(|(_, assists)| assists.count).sum();
        let caption = format!(
            "{}, {} in all",
            format::counted(count, "assist"),
            format::duration(self.total)
        );
        self.open
            .at
            .caption(caption, "only their time in the range")
    }
}

fn mean(assists: Assists) -> Nanos {
    Nanos(assists.time.0 / (assists.count as i64).max(1))
}
