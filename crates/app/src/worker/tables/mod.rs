//! The tables that the page shows, a screenful at a time: sorted and filtered here, where the trace is.

mod goroutines;
mod groups;
mod profile;
mod times;

use std::cmp::Ordering;

use super::opened::OpenTrace;
use crate::protocol::{ColumnHead, ColumnKind, Row, RowsAnswer, RowsOf, Table};

/// The most rows that one answer may hold.
const MOST_ROWS: u32 = 1000;

/// What a kind of table must know of its rows.
trait Rows {
    /// The columns.
    fn columns(&self) -> Vec<ColumnHead>;
    /// How many rows there are.
    fn len(&self) -> usize;
    /// What a column of numbers sorts by.
    fn number(&self, column: usize, row: usize) -> f64;
    /// What a column of text sorts by.
    fn text(&self, column: usize, row: usize) -> &str;
    /// Whether some text of the row contains `needle`, which is in small letters.
    fn contains(&self, row: usize, needle: &str) -> bool;
    /// The row as it is shown.
    fn row(&self, row: usize) -> Row;
    /// A sentence above the table.
    fn caption(&self) -> String;
}

/// The order that was asked for last: scrolling asks for the same again and again.
#[derive(Default)]
pub struct LastOrder {
    of: Option<RowsOf>,
    rows: Vec<u32>,
}

/// Some rows of a table.
///
/// # Errors
/// A sentence, if the trace has no such table.
pub fn rows(open: &mut OpenTrace, of: RowsOf) -> Result<RowsAnswer, String> {
    let mut last = std::mem::take(&mut open.last_order);
    let answer = match &of.table {
        Table::Groups => Ok(answer(&groups::Groups::new(open), &of, &mut last)),
        Table::Goroutines { group } => goroutines::Goroutines::new(open, group.as_deref())
            .map(|rows| answer(&rows, &of, &mut last)),
        Table::Profile(profile) => {
            profile::Stacks::new(open, &profile.clone()).map(|rows| answer(&rows, &of, &mut last))
        }
        Table::TaskTypes
        | Table::Tasks(_)
        | Table::RegionTypes
        | Table::Regions(_)
        | Table::Logs
        | Table::Cycles
        | Table::Latencies => Err("There is no such table yet.".into()),
    };
    open.last_order = last;
    answer
}

fn answer(rows: &impl Rows, of: &RowsOf, last: &mut LastOrder) -> RowsAnswer {
    let columns = rows.columns();
    let same = RowsOf {
        first: 0,
        count: 0,
        ..of.clone()
    };
    if last.of.as_ref() != Some(&same) {
        last.rows = order(rows, &columns, of);
        last.of = Some(same);
    }
    let shown = last
        .rows
        .iter()
        .skip(of.first as usize)
        .take(of.count.min(MOST_ROWS) as usize);
    RowsAnswer {
        of: of.clone(),
        total: rows.len() as u32,
        matched: last.rows.len() as u32,
        rows: shown.map(|&row| rows.row(row as usize)).collect(),
        caption: rows.caption(),
        columns,
    }
}

/// The rows that pass the filter, in the order that was asked for; of equal ones, in the table's own.
fn order(rows: &impl Rows, columns: &[ColumnHead], of: &RowsOf) -> Vec<u32> {
    let needle = of.filter.trim().to_lowercase();
    let mut order: Vec<u32> = (0..rows.len() as u32)
        .filter(|&row| needle.is_empty() || rows.contains(row as usize, &needle))
        .collect();
    let column = of
        .sort
        .as_ref()
        .and_then(|key| columns.iter().position(|column| column.key == *key));
    let directed = |ordering: Ordering| match of.descending {
        true => ordering.reverse(),
        false => ordering,
    };
    match column {
        Some(column) if columns[column].kind == ColumnKind::Text => order.sort_by(|&a, &b| {
            directed(
                rows.text(column, a as usize)
                    .cmp(rows.text(column, b as usize)),
            )
        }),
        Some(column) => {
            let mut keyed: Vec<(f64, u32)> = order
                .iter()
                .map(|&row| (rows.number(column, row as usize), row))
                .collect();
            keyed.sort_by(|a, b| directed(a.0.total_cmp(&b.0)));
            order = keyed.into_iter().map(|(_, row)| row).collect();
        }
        None => {}
    }
    order
}

/// A column's head.
fn head(key: &str, title: &str, kind: ColumnKind, help: &str) -> ColumnHead {
    ColumnHead {
        key: key.into(),
        title: title.into(),
        help: help.into(),
        kind,
    }
}
