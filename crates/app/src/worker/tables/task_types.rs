//! The types of tasks.

use std::rc::Rc;

use tracepane_analysis::format;
use tracepane_analysis::tasks::{TaskType, Tasks, is_background};
use tracepane_model::{TaskId, TaskIndex, Trace};

use super::durations::Axis;
use super::region_types::mean;
use super::{Rows, has, head};
use crate::protocol::{Cell, ColumnHead, ColumnKind, Link, Row, Table, TasksOf};
use crate::worker::opened::OpenTrace;
use crate::worker::words;

/// What stands for the name of tasks that the trace only mentions.
pub const MENTIONED: &str = "(only mentioned)";

/// The table of types.
pub struct TaskTypes<'a> {
    open: &'a OpenTrace,
    data: Rc<Data>,
}

/// What is computed once.
struct Data {
    rows: Vec<TaskType>,
    axis: Axis,
    caption: String,
}

impl<'a> TaskTypes<'a> {
    /// All types.
    ///
    /// # Errors
    /// None; as other tables.
    pub fn new(open: &'a OpenTrace) -> Result<Self, String> {
        let data = open
            .at
            .kept
            .table(&Table::TaskTypes, || Ok(Data::new(open)))?;
        Ok(Self { open, data })
    }

    fn name(&self, row: usize) -> &str {
        self.open.trace.strings.get(self.data.rows[row].name)
    }
}

/// The task to which regions and logs belong that name none, if the trace has such.
pub fn background(trace: &Trace, tasks: &Tasks) -> Option<TaskIndex> {
    let task = tasks.find(TaskId::BACKGROUND)?;
    is_background(trace.tasks.get(task.0 as usize)?).then_some(task)
}

impl Data {
    fn new(open: &OpenTrace) -> Self {
        let trace = &open.trace;
        let tasks = &open.annotations_here().tasks;
        let mut rows = tasks.types.clone();
        // The background is no task of the program's.
        if let Some(of) = background(trace, tasks).and_then(|task| tasks.type_of(task))
            && let Some(row) = rows.get_mut(of.0 as usize)
        {
            row.count = row.count.saturating_sub(1);
        }
        rows.retain(|row| row.count > 0);
        let count = rows.iter().map(|row| row.count).sum();
        Self {
            axis: Axis::of(rows.iter().map(|row| &row.histogram)),
            caption: format!(
                "{} of {}",
                format::counted(count, "task"),
                format::counted(rows.len() as u64, "type")
            ),
            rows,
        }
    }
}

impl Rows for TaskTypes<'_> {
    fn columns(&self) -> Vec<ColumnHead> {
        use ColumnKind::{Bars, Count, Text, Time};
        vec![
            head("name", "Type", Text, "The name that the program gives it."),
            head("count", "Count", Count, "How many tasks there are."),
            head(
                "complete",
                "Complete",
                Count,
                "How many both begin and end in the trace.",
            ),
            head(
                "incomplete",
                "Incomplete",
                Count,
                "How many began before the trace, or had not ended when it did.",
            ),
            head(
                "mean",
                "Mean",
                Time,
                "How long complete ones are on average.",
            ),
            head(
                "longest",
                "Longest",
                Time,
                "How long the longest complete one is.",
            ),
            head(
                "total",
                "Total",
                Time,
                "How long the complete ones are together.",
            ),
            head(
                "durations",
                &self.data.axis.title(),
                Bars,
                "How many complete ones are how long. The axis is logarithmic, and the same in all rows.",
            ),
        ]
    }

    fn len(&self) -> usize {
        self.data.rows.len()
    }

    fn number(&self, column: usize, row: usize) -> f64 {
        let of = &self.data.rows[row];
        match column {
            2 | 7 => of.complete() as f64,
            3 => of.incomplete() as f64,
            4 => mean(of.total, of.complete()).0 as f64,
            5 => of.longest.0 as f64,
            6 => of.total.0 as f64,
            _ => of.count as f64,
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
        let name = self.name(row);
        let shown = match name {
            "" => MENTIONED,
            name => name,
        };
        let cells = vec![
            Cell {
                link: Some(Link::Tasks(TasksOf {
                    name: Some(name.to_owned()),
                    ..TasksOf::default()
                })),
                ..words::text_cell(shown)
            },
            words::count_cell(of.count),
            words::count_cell(of.complete()),
            words::count_cell(of.incomplete()),
            words::duration_cell(mean(of.total, of.complete())),
            words::duration_cell(of.longest),
            words::duration_cell(of.total),
            self.data.axis.cell(&of.histogram),
        ];
        Row {
            cells,
            stack: None,
            bar: Vec::new(),
        }
    }

    fn caption(&self) -> String {
        let caption = self.data.caption.clone();
        self.open.at.caption(
            caption,
            "those that touch the range, with all of their time",
        )
    }
}
