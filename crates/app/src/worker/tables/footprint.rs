//! Bytes of the file by type of event.

use std::rc::Rc;

use tracepane_analysis::format;
use tracepane_wire::{Footprint as Found, FootprintRow};

use super::order::has;
use super::{Rows, head};
use crate::protocol::{Cell, ColumnHead, ColumnKind, Row, Table};
use crate::worker::opened::OpenTrace;
use crate::worker::words;

/// The table of the types that occur.
pub struct Footprint {
    found: Rc<Found>,
}

impl Footprint {
    /// Reads the file for it, once.
    ///
    /// # Errors
    /// A sentence, if the file cannot be read any more.
    pub fn new(open: &OpenTrace) -> Result<Self, String> {
        let found = open
            .at
            .kept
            .table(&Table::Footprint, || open.events.footprint())?;
        Ok(Self { found })
    }

    fn mean(row: &FootprintRow) -> f64 {
        row.bytes as f64 / row.count.max(1) as f64
    }
}

impl Rows for Footprint {
    fn columns(&self) -> Vec<ColumnHead> {
        vec![
            head(
                "type",
                "Event",
                ColumnKind::Text,
                "The type of event in the file, as Go's source names it.",
            ),
            head(
                "bytes",
                "Bytes",
                ColumnKind::Count,
                "How many bytes of the file they take.",
            ),
            head(
                "share",
                "Share of bytes",
                ColumnKind::Share,
                "Their part of the file.",
            ),
            head("count", "Count", ColumnKind::Count, "How many there are."),
            head(
                "part",
                "Share of events",
                ColumnKind::Share,
                "Their part of all events.",
            ),
            head(
                "mean",
                "Each",
                ColumnKind::Count,
                "Bytes of one on average.",
            ),
            head(
                "role",
                "What it is",
                ColumnKind::Text,
                "An event that happened at some time, or a part of the format: headers, names, stacks.",
            ),
        ]
    }

    fn len(&self) -> usize {
        self.found.rows.len()
    }

    fn number(&self, column: usize, row: usize) -> f64 {
        let of = &self.found.rows[row];
        match column {
            3 | 4 => of.count as f64,
            5 => Self::mean(of),
            _ => of.bytes as f64,
        }
    }

    fn text(&self, column: usize, row: usize) -> &str {
        let of = &self.found.rows[row];
        match column {
            0 => of.name,
            _ if of.timed => "event",
            _ => "part of the format",
        }
    }

    fn contains(&self, row: usize, needle: &str) -> bool {
        has(self.found.rows[row].name, needle)
    }

    fn row(&self, row: usize) -> Row {
        let of = &self.found.rows[row];
        let share = |part: u64, whole: u64| Cell {
            share: Some(part as f64 / whole.max(1) as f64),
            ..words::text_cell(format::percent(part as f64, whole as f64))
        };
        Row {
            cells: vec![
                words::text_cell(of.name),
                words::count_cell(of.bytes),
                share(of.bytes, self.found.bytes),
                words::count_cell(of.count),
                share(of.count, self.found.count),
                words::text_cell(format!("{:.1}", Self::mean(of))),
                words::text_cell(self.text(6, row)),
            ],
            stack: None,
            bar: Vec::new(),
        }
    }

    fn caption(&self) -> String {
        let Found {
            bytes,
            unread,
            count,
            ..
        } = *self.found;
        let unread = match unread {
            0 => String::new(),
            bytes => format!(" · {} damaged or cut off", format::bytes(bytes)),
        };
        format!(
            "{} in {}{unread}",
            format::bytes(bytes),
            format::counted(count, "event")
        )
    }
}
