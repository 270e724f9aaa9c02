//! Tables: which there are, which rows are wanted, and what comes back.

use serde::{Deserialize, Serialize};

use super::{
    EventsOf, GoroutinesOf, Link, Measure, ProfileOf, RegionsOf, StackText, TaskPart, TasksOf,
};

/// The tables that the worker can serve.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize, Debug)]
pub enum Table {
    /// Goroutines by start function.
    Groups(Measure),
    /// Goroutines: of one group, or all.
    Goroutines(GoroutinesOf),
    /// The heaviest stacks of a profile.
    Profile(ProfileOf),
    /// A profile by function.
    Functions(ProfileOf),
    /// The types of tasks.
    TaskTypes,
    /// The tasks of a type that pass its filters.
    Tasks(TasksOf),
    /// What happened in a task, who worked for it, or its subtasks.
    Task(
        /// The task's number, as text.
        String,
        TaskPart,
    ),
    /// The types of regions.
    RegionTypes,
    /// The places where goroutines were created in regions, and so inherited tasks.
    InheritedTypes,
    /// The regions of a type that pass its filters.
    Regions(RegionsOf),
    /// The program's own log messages.
    Logs,
    /// GC cycles.
    Cycles,
    /// Stop-the-world pauses.
    Pauses,
    /// Mark assists by goroutine group.
    Assists,
    /// Scheduling latency by goroutine group.
    Latencies,
    /// The worst cases of scheduling latency.
    WorstLatencies,
    /// Events.
    Events(EventsOf),
    /// Bytes by type of event.
    Footprint,
    /// What the last search found.
    Hits(
        /// Its query.
        String,
    ),
}

/// Which rows of which table.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize, Debug)]
pub struct RowsOf {
    /// The table.
    pub table: Table,
    /// The key of the column to sort by; the table's own order if `None`.
    pub sort: Option<String>,
    /// Largest first.
    pub descending: bool,
    /// Only rows in which some text contains this, any case; all if empty.
    pub filter: String,
    /// The first row wanted, counted after sorting and filtering.
    pub first: u32,
    /// How many rows are wanted at most.
    pub count: u32,
}

/// What a column holds.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Debug)]
pub enum ColumnKind {
    /// Text, to the left. Takes the room that is left.
    Text,
    /// Short text, to the left.
    Word,
    /// A duration.
    Time,
    /// A number.
    Count,
    /// A share of the whole, drawn as a bar with its percentage.
    Share,
    /// A distribution, drawn as small bars: those of all rows stand for the same values.
    Bars,
}

impl ColumnKind {
    /// Whether it sorts as text does, and stands to the left.
    pub fn is_text(self) -> bool {
        matches!(self, Self::Text | Self::Word)
    }
}

/// A column of a table.
#[derive(Clone, PartialEq, Serialize, Deserialize, Debug)]
pub struct ColumnHead {
    /// Its name in addresses.
    pub key: String,
    /// Its title.
    pub title: String,
    /// What it means, one sentence.
    pub help: String,
    /// What it holds.
    pub kind: ColumnKind,
}

/// A cell.
#[derive(Clone, PartialEq, Serialize, Deserialize, Debug)]
pub struct Cell {
    /// The text shown.
    pub text: String,
    /// The exact value, where the text is rounded.
    pub exact: Option<String>,
    /// For shares: 0 to 1.
    pub share: Option<f64>,
    /// For distributions: how high each bar is, 0 to 1. Their numbers are the text.
    pub bars: Vec<f64>,
    /// Where it leads.
    pub link: Option<Link>,
}

/// A row.
#[derive(Clone, PartialEq, Serialize, Deserialize, Debug)]
pub struct Row {
    /// As many as there are column heads.
    pub cells: Vec<Cell>,
    /// More about the row, shown when it is opened: the stack of a profile's row.
    pub stack: Option<StackText>,
    /// The row's time by state, for a small stacked bar: (state key, share of the largest row).
    pub bar: Vec<(String, f64)>,
}

/// Some rows of a table.
#[derive(Clone, PartialEq, Serialize, Deserialize, Debug)]
pub struct RowsAnswer {
    /// The question this answers.
    pub of: RowsOf,
    /// The columns.
    pub columns: Vec<ColumnHead>,
    /// How many rows the table has.
    pub total: u32,
    /// How many of them pass the filter.
    pub matched: u32,
    /// The rows.
    #[serde(with = "super::as_text")]
    pub rows: Vec<Row>,
    /// A sentence above the table, with its totals.
    pub caption: String,
}

/// A piece of a table as text.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Debug)]
pub struct SheetOf {
    /// The table, its order, the first row of the piece, and how many are wanted in all from there on. The first piece
    /// begins with a line of titles.
    pub rows: RowsOf,
    /// What it is for.
    pub form: SheetForm,
}

/// What a table as text is for.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Debug)]
pub enum SheetForm {
    /// A file: comma-separated values.
    Csv,
    /// The clipboard: tab-separated values.
    Tsv,
}

/// A piece of a table as text: about a megabyte.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Debug)]
pub struct SheetPiece {
    /// A name for the file.
    pub name: String,
    /// The text.
    #[serde(with = "serde_bytes")]
    pub bytes: Vec<u8>,
    /// The row that the next piece begins with.
    pub next: u32,
    /// How many rows pass the filter.
    pub matched: u32,
}

/// A short table, whole.
#[derive(Clone, PartialEq, Default, Serialize, Deserialize, Debug)]
pub struct Listing {
    /// The columns.
    pub columns: Vec<ColumnHead>,
    /// The rows, the most important ones.
    pub rows: Vec<Row>,
    /// How many there would be.
    pub total: u32,
}
