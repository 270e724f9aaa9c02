//! The heaviest stacks of a profile.

use std::rc::Rc;

use tracepane_analysis::format;
use tracepane_analysis::profiles::{Profile, ProfileKind, ProfileRow};
use tracepane_model::Nanos;

use super::{Rows, has, head};
use crate::protocol::{Cell, ColumnHead, ColumnKind, ProfileOf, Row, Table};
use crate::worker::opened::OpenTrace;
use crate::worker::words;

/// The table of stacks.
pub struct Stacks<'a> {
    open: &'a OpenTrace,
    profile: Rc<Profile>,
    data: Rc<Data>,
}

/// What is computed once.
struct Data {
    columns: Vec<Column>,
    /// How much the rows up to and with each have together.
    sums: Vec<u64>,
}

/// A column.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Column {
    Time,
    Share,
    Sum,
    Count,
    Mean,
    Leaf,
    Caller,
}

impl Column {
    fn head(self, samples: bool) -> ColumnHead {
        use ColumnKind::{Count, Share, Text, Time};
        let (key, title, kind, help) = match self {
            Self::Time => ("time", "Time", Time, "How long in all."),
            Self::Share => ("share", "Share", Share, "Its part of the profile's time."),
            Self::Sum => (
                "sum",
                "Sum",
                Share,
                "The part that this and all heavier stacks have together.",
            ),
            Self::Count if samples => ("count", "Samples", Count, "How many samples."),
            Self::Count => ("count", "Count", Count, "How many times."),
            Self::Mean => ("mean", "Mean", Time, "How long on average."),
            Self::Leaf => ("leaf", "Function", Text, "The innermost frame."),
            Self::Caller => (
                "caller",
                "Called by",
                Text,
                "The first frame outside the runtime and the standard library's locks.",
            ),
        };
        head(key, title, kind, help)
    }
}

impl Data {
    fn new(profile: &Profile) -> Self {
        use Column::{Caller, Count, Leaf, Mean, Share, Sum, Time};
        let sum = |sum: &mut u64, row: &ProfileRow| {
            *sum = sum.saturating_add(row.nanos);
            Some(*sum)
        };
        Self {
            columns: match profile.kind {
                // Each sample stands for the same time.
                ProfileKind::Cpu => vec![Time, Share, Sum, Count, Leaf, Caller],
                _ => vec![Time, Share, Sum, Count, Mean, Leaf, Caller],
            },
            sums: profile.rows.iter().scan(0, sum).collect(),
        }
    }
}

impl<'a> Stacks<'a> {
    /// The stacks of a profile.
    ///
    /// # Errors
    /// A sentence, if there is nothing that the profile could be of.
    pub fn new(open: &'a OpenTrace, of: &ProfileOf) -> Result<Self, String> {
        let profile = open.profile(of)?;
        let table = Table::Profile(of.clone());
        let data = open.at.kept.table(&table, || Ok(Data::new(&profile)))?;
        Ok(Self {
            open,
            profile,
            data,
        })
    }

    fn share(&self, nanos: u64) -> Cell {
        let share = nanos as f64 / (self.profile.nanos as f64).max(1.0);
        Cell {
            share: Some(share),
            ..words::text_cell(format::percent(share, 1.0))
        }
    }

    fn leaf(&self, row: usize) -> &str {
        let trace = &self.open.trace;
        trace
            .stacks
            .leaf(self.profile.rows[row].stack)
            .map_or("(no stack)", |frame| trace.strings.get(frame.function))
    }

    fn caller(&self, row: usize) -> &str {
        words::caller(&self.open.trace, self.profile.rows[row].stack)
    }

    fn samples(&self) -> bool {
        self.profile.kind == ProfileKind::Cpu
    }
}

impl Rows for Stacks<'_> {
    fn columns(&self) -> Vec<ColumnHead> {
        let columns = self.data.columns.iter();
        columns.map(|column| column.head(self.samples())).collect()
    }

    fn len(&self) -> usize {
        self.profile.rows.len()
    }

    fn number(&self, column: usize, row: usize) -> f64 {
        let of = &self.profile.rows[row];
        match self.data.columns[column] {
            Column::Sum => self.data.sums[row] as f64,
            Column::Count => of.count as f64,
            Column::Mean => of.nanos as f64 / of.count.max(1) as f64,
            _ => of.nanos as f64,
        }
    }

    fn text(&self, column: usize, row: usize) -> &str {
        match self.data.columns[column] {
            Column::Caller => self.caller(row),
            _ => self.leaf(row),
        }
    }

    fn contains(&self, row: usize, needle: &str) -> bool {
        let trace = &self.open.trace;
        let frames = trace.stacks.get(self.profile.rows[row].stack).iter();
        let mut functions = frames.map(|&frame| trace.stacks.frame(frame).function);
        functions.any(|function| has(trace.strings.get(function), needle))
    }

    fn row(&self, row: usize) -> Row {
        let of = &self.profile.rows[row];
        let time = |n: u64| words::duration_cell(Nanos(i64::try_from(n).unwrap_or(i64::MAX)));
        let cell = |&column: &Column| match column {
            Column::Time => time(of.nanos),
            Column::Share => self.share(of.nanos),
            Column::Sum => self.share(self.data.sums[row]),
            Column::Count => words::count_cell(of.count),
            Column::Mean => time(of.nanos / of.count.max(1)),
            Column::Leaf => words::text_cell(self.leaf(row)),
            Column::Caller => words::text_cell(self.caller(row)),
        };
        Row {
            cells: self.data.columns.iter().map(cell).collect(),
            stack: words::stack(&self.open.trace, "Stack", of.stack),
            bar: Vec::new(),
        }
    }

    fn caption(&self) -> String {
        let thing = if self.samples() { "sample" } else { "wait" };
        let caption = format!(
            "{} in all: {} at {}",
            format::duration(Nanos(i64::try_from(self.profile.nanos).unwrap_or(i64::MAX))),
            format::counted(self.profile.count, thing),
            format::counted(self.profile.rows.len() as u64, "stack"),
        );
        self.open
            .at
            .caption(caption, "only their time in the range")
    }
}
