//! Goroutines by start function.

use tracepane_analysis::tables::{GroupRow, gc_time};
use tracepane_analysis::{format, names};
use tracepane_model::Nanos;

use super::times::{self, TimeColumn};
use super::{Rows, head};
use crate::protocol::{Cell, ColumnHead, ColumnKind, Link, Row};
use crate::worker::opened::OpenTrace;
use crate::worker::words;

/// The table of groups.
pub struct Groups<'a> {
    open: &'a OpenTrace,
    rows: &'a [GroupRow],
    columns: Vec<TimeColumn>,
    gc: Vec<Nanos>,
    longest: f64,
}

impl<'a> Groups<'a> {
    /// The groups of an open trace.
    pub fn new(open: &'a OpenTrace) -> Self {
        let rows = open.groups();
        let gc: Vec<Nanos> = rows
            .iter()
            .map(|row| gc_time(row.ranges.iter().copied()))
            .collect();
        let sums = rows.iter().zip(&gc);
        Self {
            open,
            rows,
            columns: times::columns(sums.map(|(row, &gc)| (&row.times, &row.waits[..], gc))),
            longest: rows
                .iter()
                .map(|row| row.times.total.0)
                .max()
                .unwrap_or_default() as f64,
            gc,
        }
    }

    fn name(&self, row: usize) -> &str {
        self.open.trace.strings.get(self.rows[row].name)
    }
}

impl Rows for Groups<'_> {
    fn columns(&self) -> Vec<ColumnHead> {
        let mut heads = vec![
            head(
                "name",
                "Start function",
                ColumnKind::Text,
                "The function that the goroutines were started with.",
            ),
            head(
                "count",
                "Count",
                ColumnKind::Count,
                "How many goroutines the group has.",
            ),
        ];
        heads.extend(self.columns.iter().map(|c| c.head(&self.open.trace)));
        heads
    }

    fn len(&self) -> usize {
        self.rows.len()
    }

    fn number(&self, column: usize, row: usize) -> f64 {
        let group = &self.rows[row];
        match column {
            0 => 0.0,
            1 => group.goroutines as f64,
            _ => {
                self.columns[column - 2]
                    .nanos(&group.times, &group.waits, self.gc[row])
                    .0 as f64
            }
        }
    }

    fn text(&self, _column: usize, row: usize) -> &str {
        self.name(row)
    }

    fn contains(&self, row: usize, needle: &str) -> bool {
        names::or_inactive(self.name(row))
            .to_lowercase()
            .contains(needle)
    }

    fn row(&self, row: usize) -> Row {
        let group = &self.rows[row];
        let name = self.name(row);
        let mut cells = vec![
            Cell {
                link: Some(Link::Group(name.into())),
                ..words::text_cell(names::or_inactive(name))
            },
            words::count_cell(group.goroutines),
        ];
        cells.extend(
            self.columns
                .iter()
                .map(|column| column.cell(&group.times, &group.waits, self.gc[row])),
        );
        Row {
            cells,
            stack: None,
            bar: times::bar(&self.open.classes, &group.times, &group.waits, self.longest),
        }
    }

    fn caption(&self) -> String {
        let goroutines = self.rows.iter().map(|row| row.goroutines).sum();
        format!(
            "{} in {}",
            format::counted(goroutines, "goroutine"),
            format::counted(self.rows.len() as u64, "group")
        )
    }
}
