//! A profile by function.

use std::rc::Rc;

use tracepane_analysis::format;
use tracepane_analysis::functions::{FunctionRow, functions};
use tracepane_model::Nanos;

use super::{Rows, has, head};
use crate::protocol::{Cell, ColumnHead, ColumnKind, ProfileOf, Row, Table};
use crate::worker::opened::OpenTrace;
use crate::worker::words;

/// The table of functions.
pub struct Functions<'a> {
    open: &'a OpenTrace,
    data: Rc<Data>,
}

/// What is computed once.
struct Data {
    rows: Vec<FunctionRow>,
    nanos: u64,
}

impl<'a> Functions<'a> {
    /// The functions of a profile.
    ///
    /// # Errors
    /// A sentence, if there is nothing that the profile could be of.
    pub fn new(open: &'a OpenTrace, of: &ProfileOf) -> Result<Self, String> {
        let data = open.at.kept.table(&Table::Functions(of.clone()), || {
            let profile = open.profile(of)?;
            Ok(Data {
                rows: functions(&open.trace, &profile),
                nanos: profile.nanos,
            })
        })?;
        Ok(Self { open, data })
    }

    fn name(&self, row: usize) -> &str {
        match self.open.trace.strings.get(self.data.rows[row].function) {
            "" => "(no stack)",
            name => name,
        }
    }

    fn share(&self, nanos: u64) -> f64 {
        nanos as f64 / (self.data.nanos as f64).max(1.0)
    }
}

impl Rows for Functions<'_> {
    fn columns(&self) -> Vec<ColumnHead> {
        use ColumnKind::{Count, Share, Text, Time};
        vec![
            head("function", "Function", Text, "Its name."),
            head(
                "total",
                "Total",
                Time,
                "How long in all the stacks that it is in.",
            ),
            head(
                "total-share",
                "Share",
                Share,
                "The total's part of the profile's time.",
            ),
            head(
                "self",
                "Self",
                Time,
                "How long in the stacks that it is the innermost frame of.",
            ),
            head(
                "self-share",
                "Share",
                Share,
                "Its own part of the profile's time.",
            ),
            head("count", "Count", Count, "How many times in all its stacks."),
            head(
                "self-count",
                "Self count",
                Count,
                "How many times as the innermost frame.",
            ),
        ]
    }

    fn len(&self) -> usize {
        self.data.rows.len()
    }

    fn number(&self, column: usize, row: usize) -> f64 {
        let row = &self.data.rows[row];
        match column {
            3 | 4 => row.own_nanos as f64,
            5 => row.total_count as f64,
            6 => row.own_count as f64,
            _ => row.total_nanos as f64,
        }
    }

    fn text(&self, _column: usize, row: usize) -> &str {
        self.name(row)
    }

    fn contains(&self, row: usize, needle: &str) -> bool {
        has(self.name(row), needle)
    }

    fn row(&self, row: usize) -> Row {
        let of = &self.data.rows[row];
        let share = |nanos: u64| Cell {
            share: Some(self.share(nanos)),
            ..words::text_cell(format::percent(self.share(nanos), 1.0))
        };
        let time =
            |nanos: u64| words::duration_cell(Nanos(i64::try_from(nanos).unwrap_or(i64::MAX)));
        Row {
            cells: vec![
                words::text_cell(self.name(row)),
                time(of.total_nanos),
                share(of.total_nanos),
                time(of.own_nanos),
                share(of.own_nanos),
                words::count_cell(of.total_count),
                words::count_cell(of.own_count),
            ],
            stack: words::stack(&self.open.trace, "Its heaviest stack", of.heaviest),
            bar: Vec::new(),
        }
    }

    fn caption(&self) -> String {
        let caption = format!(
            "{} in all, of {}",
            format::duration(Nanos(i64::try_from(self.data.nanos).unwrap_or(i64::MAX))),
            format::counted(self.data.rows.len() as u64, "function"),
        );
        self.open
            .at
            .caption(caption, "only their time in the range")
    }
}
