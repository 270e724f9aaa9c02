//! Goroutines one by one: of a group, or all.

use tracepane_analysis::tables::gc_time;
use tracepane_analysis::{format, names, scope};
use tracepane_model::{GoroutineIndex, Nanos};

use super::times::{self, TimeColumn};
use super::{Rows, head};
use crate::protocol::{Cell, ColumnHead, ColumnKind, Row};
use crate::worker::opened::OpenTrace;
use crate::worker::words;

/// The table of goroutines.
pub struct Goroutines<'a> {
    open: &'a OpenTrace,
    members: Vec<GoroutineIndex>,
    /// All goroutines, so the group's name is a column.
    all: bool,
    columns: Vec<TimeColumn>,
    longest: f64,
}

impl<'a> Goroutines<'a> {
    /// The goroutines of the group with this name, or all.
    ///
    /// # Errors
    /// A sentence, if there is no such group.
    pub fn new(open: &'a OpenTrace, group: Option<&str>) -> Result<Self, String> {
        let trace = &open.trace;
        let members: Vec<GoroutineIndex> = match group {
            Some(name) => {
                let group = scope::group_named(trace, name).ok_or_else(|| {
                    format!("This trace has no goroutines that were started with {name}.")
                })?;
                trace.goroutines.members(group).to_vec()
            }
            None => (0..trace.goroutines.len() as u32)
                .map(GoroutineIndex)
                .collect(),
        };
        let members: Vec<GoroutineIndex> = members
            .into_iter()
            .filter(|&g| !trace.goroutines.spans(g).is_empty())
            .collect();
        let times = open.times();
        let rows: Vec<_> = members
            .iter()
            .map(|&g| (times.times(g), times.waits(g), gc_time(times.ranges(g))))
            .collect();
        Ok(Self {
            open,
            all: group.is_none(),
            columns: times::columns(rows.iter().map(|(row, waits, gc)| (row, *waits, *gc))),
            longest: rows
                .iter()
                .map(|(row, ..)| row.total.0)
                .max()
                .unwrap_or_default() as f64,
            members,
        })
    }

    fn name(&self, row: usize) -> &str {
        let trace = &self.open.trace;
        names::or_inactive(
            trace
                .strings
                .get(trace.goroutines.row(self.members[row]).name),
        )
    }

    fn time_column(&self, column: usize) -> Option<TimeColumn> {
        column
            .checked_sub(if self.all { 3 } else { 2 })
            .and_then(|column| self.columns.get(column).copied())
    }

    fn time(&self, column: TimeColumn, row: usize) -> Nanos {
        let times = self.open.times();
        let goroutine = self.members[row];
        // Only one column needs the ranges, which take a search.
        let gc = match column {
            TimeColumn::Gc => gc_time(times.ranges(goroutine)),
            _ => Nanos(0),
        };
        column.nanos(&times.times(goroutine), times.waits(goroutine), gc)
    }
}

impl Rows for Goroutines<'_> {
    fn columns(&self) -> Vec<ColumnHead> {
        let mut heads = vec![head(
            "id",
            "Goroutine",
            ColumnKind::Count,
            "The runtime's number of the goroutine.",
        )];
        if self.all {
            heads.push(head(
                "name",
                "Start function",
                ColumnKind::Text,
                "The function that it was started with.",
            ));
        }
        heads.push(head(
            "created",
            "Created",
            ColumnKind::Time,
            "When it was created, since the trace's start; empty if before.",
        ));
        heads.extend(self.columns.iter().map(|c| c.head(&self.open.trace)));
        heads
    }

    fn len(&self) -> usize {
        self.members.len()
    }

    fn number(&self, column: usize, row: usize) -> f64 {
        if let Some(column) = self.time_column(column) {
            return self.time(column, row).0 as f64;
        }
        let goroutine = self.open.trace.goroutines.row(self.members[row]);
        match column {
            0 => goroutine.id.0 as f64,
            _ if goroutine.creation_seen => goroutine.created.0 as f64,
            _ => -1.0,
        }
    }

    fn text(&self, _column: usize, row: usize) -> &str {
        self.name(row)
    }

    fn contains(&self, row: usize, needle: &str) -> bool {
        let id = self.open.trace.goroutines.row(self.members[row]).id;
        let number = needle.strip_prefix('g').unwrap_or(needle);
        id.to_string() == number || self.name(row).to_lowercase().contains(needle)
    }

    fn row(&self, row: usize) -> Row {
        let trace = &self.open.trace;
        let goroutine = self.members[row];
        let known = trace.goroutines.row(goroutine);
        let mut cells = vec![Cell {
            link: Some(words::goroutine_link(trace, goroutine)),
            ..words::text_cell(format!("G{}", known.id))
        }];
        if self.all {
            cells.push(words::text_cell(self.name(row)));
        }
        cells.push(if known.creation_seen {
            words::duration_cell(known.created)
        } else {
            words::text_cell("")
        });
        let times = self.open.times();
        cells.extend(
            self.columns
                .iter()
                .map(|&column| words::duration_cell(self.time(column, row))),
        );
        Row {
            cells,
            stack: None,
            bar: times::bar(
                &self.open.classes,
                &times.times(goroutine),
                times.waits(goroutine),
                self.longest,
            ),
        }
    }

    fn caption(&self) -> String {
        let running: i64 = self
            .members
            .iter()
            .map(|&g| self.open.times().times(g).running.0)
            .sum();
        let all: i64 = self
            .open
            .groups()
            .iter()
            .map(|group| group.times.running.0)
            .sum();
        format!(
            "{}, running {} in all: {} of what all goroutines ran",
            format::counted(self.members.len() as u64, "goroutine"),
            format::duration(Nanos(running)),
            format::percent(running as f64, all as f64),
        )
    }
}
