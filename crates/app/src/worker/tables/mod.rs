//! The tables that the page shows, a screenful at a time: sorted and filtered here, where the trace is.

mod assists;
mod cycles;
mod durations;
mod events;
mod footprint;
mod functions;
mod goroutines;
mod groups;
mod hits;
mod kept;
mod latencies;
mod logs;
mod order;
mod pauses;
mod profile;
mod region_types;
mod regions;
mod sheet;
mod task_events;
mod task_goroutines;
mod task_types;
mod tasks;
mod times;

use super::events::within;
use super::opened::OpenTrace;
use crate::protocol::{
    Answer, ColumnHead, ColumnKind, GoroutinesOf, Measure, Row, RowsAnswer, RowsOf, SheetOf,
    SheetPiece, Table, TaskPart,
};

pub use goroutines::{at_end, members, statistic};
pub use kept::Kept;
pub use order::{Search, has};
pub use regions::durations as region_durations;
pub use tasks::{Part, durations as task_durations, ends};

/// The most rows that one answer may hold.
const MOST_ROWS: u32 = 1000;

/// What a kind of table must know of its rows. It is made anew for each question: what is worth more than a few
/// look-ups is to be kept ([`Kept::table`]).
trait Rows {
    /// The columns.
    fn columns(&self) -> Vec<ColumnHead>;
    /// How many rows there are.
    fn len(&self) -> usize;
    /// What a column of numbers sorts by. A negative one where the cell is empty stands for "none".
    fn number(&self, column: usize, row: usize) -> f64;
    /// What a column of text sorts by.
    fn text(&self, column: usize, row: usize) -> &str;
    /// Whether some text of the row contains `needle`, which is in small letters.
    fn contains(&self, row: usize, needle: &str) -> bool;
    /// The same for many rows: what is to be known of the needle is found out once.
    fn finder<'a>(&'a self, needle: &'a str) -> Box<dyn Fn(usize) -> bool + 'a> {
        Box::new(move |row| self.contains(row, needle))
    }
    /// The row as it is shown.
    fn row(&self, row: usize) -> Row;
    /// The row's values, one for each column, where they can be had for less than [`Self::row`].
    fn values(&self, _row: usize) -> Option<Vec<Value>> {
        None
    }
    /// A sentence above the table.
    fn caption(&self) -> String;
}

/// What a cell stands for, exactly.
#[derive(Clone, PartialEq, Debug)]
enum Value {
    /// Nothing.
    Empty,
    /// Text.
    Text(String),
    /// A count, a number, or ns.
    Whole(i64),
    /// A share.
    Number(f64),
}

/// A table.
///
/// # Errors
/// A sentence, if the trace has no such table.
fn view<'a>(open: &'a OpenTrace, table: &Table) -> Result<Box<dyn Rows + 'a>, String> {
    Ok(match table {
        Table::Groups(measure) => Box::new(groups::Groups::new(open, *measure)?),
        Table::Goroutines(of) => Box::new(goroutines::Goroutines::new(open, of)?),
        Table::Profile(profile) => Box::new(profile::Stacks::new(open, profile)?),
        Table::Functions(profile) => Box::new(functions::Functions::new(open, profile)?),
        Table::TaskTypes => Box::new(task_types::TaskTypes::new(open)?),
        Table::Tasks(of) => Box::new(tasks::Tasks::new(open, of)?),
        Table::Task(id, TaskPart::Events) => Box::new(task_events::TaskEvents::new(open, id)?),
        Table::Task(id, TaskPart::Goroutines) => {
            Box::new(task_goroutines::TaskGoroutines::new(open, id)?)
        }
        Table::Task(id, TaskPart::Subtasks) => Box::new(tasks::Tasks::subtasks(open, id)?),
        Table::RegionTypes => Box::new(region_types::RegionTypes::new(open, false)?),
        Table::InheritedTypes => Box::new(region_types::RegionTypes::new(open, true)?),
        Table::Regions(of) => Box::new(regions::Regions::new(open, of)?),
        Table::Logs => Box::new(logs::Logs::new(open)),
        Table::Cycles => Box::new(cycles::Cycles::new(open)),
        Table::Pauses => Box::new(pauses::Pauses::new(open)),
        Table::Assists => Box::new(assists::AssistGroups::new(open)),
        Table::Latencies => Box::new(latencies::LatencyGroups::new(open)),
        Table::WorstLatencies => Box::new(latencies::WorstLatencies::new(open)),
        Table::Events(of) => Box::new(events::Events::new(open, of)?),
        Table::Footprint => Box::new(footprint::Footprint::new(open)?),
        Table::Hits(query) => Box::new(hits::HitRows::new(open, query)?),
    })
}

/// Some rows of a table; `None` if it is `late` before they are found: asked again, the search goes on.
///
/// # Errors
/// A sentence, if the trace has no such table.
pub fn rows(
    open: &OpenTrace,
    of: &RowsOf,
    late: &mut dyn FnMut() -> bool,
) -> Result<Option<RowsAnswer>, String> {
    // Events are read from the file first, in turns too.
    if let Table::Events(of) = &of.table
        && open
            .events
            .excerpt(&open.trace, &within(open, of), late)?
            .is_none()
    {
        return Ok(None);
    }
    let rows = view(open, &of.table)?;
    let Some(order) = open.at.kept.order(&*rows, of, late) else {
        return Ok(None);
    };
    let first = of.first as usize;
    let shown = (first..first.saturating_add(of.count.min(MOST_ROWS) as usize))
        .map_while(|place| order.at(place));
    Ok(Some(RowsAnswer {
        of: of.clone(),
        total: rows.len() as u32,
        matched: order.len() as u32,
        rows: shown.map(|row| rows.row(row as usize)).collect(),
        caption: rows.caption(),
        columns: rows.columns(),
    }))
}

/// The first of these rows, counted in the table's own order.
///
/// # Errors
/// A sentence, if the trace has no such table.
pub fn first(open: &OpenTrace, of: &RowsOf) -> Result<Option<usize>, String> {
    let rows = view(open, &of.table)?;
    let order = open.at.kept.order(&*rows, of, &mut || false);
    let row = order.and_then(|order| order.at(of.first as usize));
    Ok(row.map(|row| row as usize))
}

/// A piece of a table as text.
///
/// # Errors
/// A sentence, if the trace has no such table.
pub fn sheet(open: &OpenTrace, of: &SheetOf) -> Result<Answer, String> {
    let rows = view(open, &of.rows.table)?;
    let order = open.at.kept.order(&*rows, &of.rows, &mut || false);
    // Never late, it always has one.
    let order = order.ok_or("the search was given up")?;
    let mut sheet = sheet::Sheet::new(&*rows, of.form);
    let mut place = of.rows.first as usize;
    if place == 0 {
        sheet.head();
    }
    let end = order
        .len()
        .min(place.saturating_add(of.rows.count as usize));
    while place < end && !sheet.is_full() {
        if let Some(row) = order.at(place) {
            sheet.row(row as usize);
        }
        place += 1;
    }
    Ok(Answer::SheetPiece(SheetPiece {
        name: sheet::file_name(&open.name, &slug(&of.rows.table), open.at.time()),
        bytes: sheet.into_bytes(),
        next: place as u32,
        matched: order.len() as u32,
    }))
}

/// What a table is, for a file's name.
fn slug(table: &Table) -> String {
    match table {
        Table::Groups(Measure::Sum) => "groups".into(),
        Table::Groups(measure) => format!("groups-{}", measure.key()),
        Table::Goroutines(GoroutinesOf {
            group: Some(name), ..
        }) => format!("goroutines-{name}"),
        Table::Goroutines(_) => "goroutines".into(),
        Table::Profile(of) => format!("{}-profile", of.kind.key()),
        Table::Functions(of) => format!("{}-functions", of.kind.key()),
        Table::TaskTypes => "task-types".into(),
        Table::Tasks(of) => match &of.name {
            Some(name) => format!("tasks-{name}"),
            None => "tasks".into(),
        },
        Table::Task(id, part) => format!("task-{id}-{}", part.key()),
        Table::RegionTypes => "region-types".into(),
        Table::InheritedTypes => "inherited-regions".into(),
        Table::Regions(of) => format!("regions-{}", of.name),
        Table::Logs => "logs".into(),
        Table::Cycles => "gc-cycles".into(),
        Table::Pauses => "pauses".into(),
        Table::Assists => "mark-assists".into(),
        Table::Latencies => "latencies".into(),
        Table::WorstLatencies => "worst-latencies".into(),
        Table::Events(_) => "events".into(),
        Table::Footprint => "footprint".into(),
        Table::Hits(_) => "hits".into(),
    }
}

/// A column's head.
pub fn head(key: &str, title: &str, kind: ColumnKind, help: &str) -> ColumnHead {
    ColumnHead {
        key: key.into(),
        title: title.into(),
        help: help.into(),
        kind,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::worker::words;

    /// A table of words and their lengths.
    pub struct Letters(pub Vec<&'static str>);

    impl Rows for Letters {
        fn columns(&self) -> Vec<ColumnHead> {
            vec![
                head("word", "Word", ColumnKind::Text, "A word."),
                head("length", "Length", ColumnKind::Time, "How long it is."),
            ]
        }

        fn len(&self) -> usize {
            self.0.len()
        }

        fn number(&self, _column: usize, row: usize) -> f64 {
            self.0[row].len() as f64
        }

        fn text(&self, _column: usize, row: usize) -> &str {
            self.0[row]
        }

        fn contains(&self, row: usize, needle: &str) -> bool {
            has(self.0[row], needle)
        }

        fn row(&self, row: usize) -> Row {
            Row {
                cells: vec![
                    words::text_cell(self.0[row]),
                    words::text_cell(self.0[row].len().to_string()),
                ],
                stack: None,
                bar: Vec::new(),
            }
        }

        fn caption(&self) -> String {
            String::new()
        }
    }
}
