//! What the program logged.

use std::ops::Range;

use tracepane_analysis::format;
use tracepane_model::{LogRow, TaskId};

use super::regions::{task_cell, task_number};
use super::{Rows, has, head};
use crate::protocol::{Cell, ColumnHead, ColumnKind, Row, Selection};
use crate::worker::opened::OpenTrace;
use crate::worker::words;

/// The table of log messages, in time order.
pub struct Logs<'a> {
    open: &'a OpenTrace,
    /// The rows of the log table: they stand in time order.
    rows: Range<usize>,
}

impl<'a> Logs<'a> {
    /// All messages of the scope.
    pub fn new(open: &'a OpenTrace) -> Self {
        let logs = &open.trace.logs;
        let rows = match open.at.time() {
            None => 0..logs.len(),
            Some(time) => {
                let first = logs.partition_point(|log| log.time < time.start);
                first..logs.partition_point(|log| log.time < time.end).max(first)
            }
        };
        Self { open, rows }
    }

    fn place(&self, row: usize) -> usize {
        self.rows.start + row
    }

    fn log(&self, row: usize) -> LogRow {
        self.open.trace.logs.at(self.place(row))
    }

    fn goroutine(&self, row: usize) -> i64 {
        let rows = &self.open.trace.goroutines.rows;
        let goroutine = self.log(row).goroutine.get();
        goroutine
            .and_then(|i| rows.get(i))
            .map_or(-1, |row| row.id.0)
    }

    /// The type of the task that it belongs to; nothing for the background.
    fn task_type(&self, row: usize) -> &str {
        let trace = &self.open.trace;
        let log = self.log(row);
        if log.task == TaskId::BACKGROUND {
            return "";
        }
        let task = self
            .open
            .annotations()
            .tasks
            .find_at(trace, log.task, log.time);
        task.and_then(|task| trace.tasks.get(task.0 as usize))
            .map_or("", |task| trace.strings.get(task.name))
    }
}

impl Rows for Logs<'_> {
    fn columns(&self) -> Vec<ColumnHead> {
        use ColumnKind::{Count, Text, Time, Word};
        vec![
            head("time", "When", Time, "Since the trace's start."),
            head("goroutine", "Goroutine", Count, "Who logged it."),
            head("task", "Task", Count, "The task that it belongs to."),
            head("type", "Task type", Word, "The type of that task."),
            head(
                "category",
                "Category",
                Word,
                "The category that the program gave it.",
            ),
            head("message", "Message", Text, "What was logged."),
        ]
    }

    fn len(&self) -> usize {
        self.rows.len()
    }

    fn number(&self, column: usize, row: usize) -> f64 {
        let number = match column {
            0 => self.log(row).time.0,
            1 => self.goroutine(row),
            _ => task_number(self.log(row).task),
        };
        number as f64
    }

    fn text(&self, column: usize, row: usize) -> &str {
        let text = |string| self.open.trace.strings.get(string);
        match column {
            3 => self.task_type(row),
            4 => text(self.log(row).category),
            _ => text(self.log(row).message),
        }
    }

    fn contains(&self, row: usize, needle: &str) -> bool {
        self.finder(needle)(row)
    }

    fn finder<'b>(&'b self, needle: &'b str) -> Box<dyn Fn(usize) -> bool + 'b> {
        let text = |string| self.open.trace.strings.get(string);
        let goroutine = needle.strip_prefix('g').and_then(|id| id.parse().ok());
        let task = needle.parse().ok();
        Box::new(move |row| {
            let log = self.log(row);
            has(text(log.message), needle)
                || has(text(log.category), needle)
                || has(self.task_type(row), needle)
                || goroutine == Some(self.goroutine(row))
                || task == Some(log.task.0)
        })
    }

    fn row(&self, row: usize) -> Row {
        let trace = &self.open.trace;
        let log = self.log(row);
        let text = |string| trace.strings.get(string);
        let goroutine = match self.goroutine(row) {
            -1 => words::text_cell(""),
            id => Cell {
                link: Some(words::goroutine_link(trace, log.goroutine)),
                exact: Some(words::goroutine_name(trace, log.goroutine)),
                ..words::text_cell(format!("G{id}"))
            },
        };
        Row {
            cells: vec![
                words::moment_of_cell(
                    trace,
                    log.goroutine,
                    log.time,
                    Some(Selection::Log(self.place(row) as u32)),
                ),
                goroutine,
                task_cell(log.task),
                words::text_cell(self.task_type(row)),
                words::text_cell(text(log.category)),
                words::text_cell(text(log.message)),
            ],
            stack: words::stack(trace, "Logged here", log.stack),
            bar: Vec::new(),
        }
    }

    fn caption(&self) -> String {
        let caption = format::counted(self.len() as u64, "message");
        self.open.at.caption(caption, "in the range")
    }
}
