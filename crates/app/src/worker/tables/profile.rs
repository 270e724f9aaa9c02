//! The heaviest stacks of a profile.

use std::rc::Rc;

use tracepane_analysis::format;
use tracepane_analysis::profiles::Profile;
use tracepane_model::Nanos;

use super::{Rows, head};
use crate::protocol::{Cell, ColumnHead, ColumnKind, ProfileOf, Row};
use crate::worker::opened::OpenTrace;
use crate::worker::words;

/// The table of stacks.
pub struct Stacks<'a> {
    open: &'a OpenTrace,
    profile: Rc<Profile>,
    /// How much the rows up to and with each have together.
    sums: Vec<u64>,
}

impl<'a> Stacks<'a> {
    /// The stacks of a profile.
    ///
    /// # Errors
    /// A sentence, if there is no such group.
    pub fn new(open: &'a OpenTrace, of: &ProfileOf) -> Result<Self, String> {
        let profile = open.profile(of)?;
        let sums = profile
            .rows
            .iter()
            .scan(0u64, |sum, row| {
                *sum = sum.saturating_add(row.nanos);
                Some(*sum)
            })
            .collect();
        Ok(Self {
            open,
            profile,
            sums,
        })
    }

    fn share(&self, nanos: u64) -> f64 {
        nanos as f64 / (self.profile.nanos as f64).max(1.0)
    }

    fn leaf(&self, row: usize) -> &str {
        let trace = &self.open.trace;
        trace
            .stacks
            .leaf(self.profile.rows[row].stack)
            .map_or("(no stack)", |frame| trace.strings.get(frame.function))
    }

    /// The first function of the stack that is not the runtime's or the standard library's locking: where in the
    /// program it happened.
    fn caller(&self, row: usize) -> &str {
        words::caller(&self.open.trace, self.profile.rows[row].stack)
    }
}

impl Rows for Stacks<'_> {
    fn columns(&self) -> Vec<ColumnHead> {
        vec![
            head("time", "Time", ColumnKind::Time, "How long in all."),
            head(
                "share",
                "Share",
                ColumnKind::Share,
                "Its part of the profile's time.",
            ),
            head(
                "sum",
                "Sum",
                ColumnKind::Share,
                "The part that this and all heavier stacks have together.",
            ),
            head("count", "Count", ColumnKind::Count, "How many times."),
            head("mean", "Mean", ColumnKind::Time, "How long on average."),
            head("leaf", "Function", ColumnKind::Text, "The innermost frame."),
            head(
                "caller",
                "Called by",
                ColumnKind::Text,
                "The first frame outside the runtime and the standard library's locks.",
            ),
        ]
    }

    fn len(&self) -> usize {
        self.profile.rows.len()
    }

    fn number(&self, column: usize, row: usize) -> f64 {
        let of = &self.profile.rows[row];
        match column {
            2 => self.sums[row] as f64,
            3 => of.count as f64,
            4 => of.nanos as f64 / of.count.max(1) as f64,
            _ => of.nanos as f64,
        }
    }

    fn text(&self, column: usize, row: usize) -> &str {
        match column {
            6 => self.caller(row),
            _ => self.leaf(row),
        }
    }

    fn contains(&self, row: usize, needle: &str) -> bool {
        let trace = &self.open.trace;
        trace
            .stacks
            .get(self.profile.rows[row].stack)
            .iter()
            .any(|&frame| {
                let function = trace.strings.get(trace.stacks.frame(frame).function);
                function.to_lowercase().contains(needle)
            })
    }

    fn row(&self, row: usize) -> Row {
        let of = &self.profile.rows[row];
        let share_cell = |share: f64| Cell {
            share: Some(share),
            ..words::text_cell(format::percent(share, 1.0))
        };
        let nanos = |n: u64| Nanos(i64::try_from(n).unwrap_or(i64::MAX));
        Row {
            cells: vec![
                words::duration_cell(nanos(of.nanos)),
                share_cell(self.share(of.nanos)),
                share_cell(self.share(self.sums[row])),
                words::count_cell(of.count),
                words::duration_cell(nanos(of.nanos / of.count.max(1))),
                words::text_cell(self.leaf(row)),
                words::text_cell(self.caller(row)),
            ],
            stack: words::stack(&self.open.trace, "Stack", of.stack),
            bar: Vec::new(),
        }
    }

    fn caption(&self) -> String {
        format!(
            "{} in all: {} at {}",
            format::duration(Nanos(i64::try_from(self.profile.nanos).unwrap_or(i64::MAX))),
            format::counted(self.profile.count, "wait"),
            format::counted(self.profile.rows.len() as u64, "stack"),
        )
    }
}
