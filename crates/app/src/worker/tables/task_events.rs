//! What happened in a task, in order.

use std::rc::Rc;

use tracepane_analysis::{TaskEvent, TaskEventKind, format, task_events};
use tracepane_model::{StackRef, TaskIndex};

use super::task_types::MENTIONED;
use super::{Rows, has, head};
use crate::protocol::{Cell, ColumnHead, ColumnKind, Link, Row, Selection, Table, TaskPart};
use crate::worker::opened::OpenTrace;
use crate::worker::{filters, words};

/// The table of a task's events.
pub struct TaskEvents<'a> {
    open: &'a OpenTrace,
    task: TaskIndex,
    events: Rc<Vec<TaskEvent>>,
}

impl<'a> TaskEvents<'a> {
    /// The events of a task.
    ///
    /// # Errors
    /// A sentence, if there is no such task.
    pub fn new(open: &'a OpenTrace, id: &str) -> Result<Self, String> {
        let task = filters::task(open, id)?;
        let table = Table::Task(id.to_owned(), TaskPart::Events);
        let tasks = &open.annotations().tasks;
        let events = open
            .at
            .kept
            .table(&table, || Ok(task_events(&open.trace, tasks, task, true)))?;
        Ok(Self { open, task, events })
    }

    fn what(&self, row: usize) -> &'static str {
        match self.events[row].kind {
            TaskEventKind::Begin => "task begins",
            TaskEventKind::End => "task ends",
            TaskEventKind::SubtaskBegin(_) => "subtask begins",
            TaskEventKind::SubtaskEnd(_) => "subtask ends",
            TaskEventKind::RegionBegin(_) => "region begins",
            TaskEventKind::RegionEnd(_) => "region ends",
            TaskEventKind::RegionEndWithGoroutine(_) => "goroutine ends",
            TaskEventKind::Log(_) => "log",
        }
    }

    /// The name or the message.
    fn says(&self, row: usize) -> &str {
        let trace = &self.open.trace;
        let name = |task: TaskIndex| match trace.strings.get(trace.tasks[task.0 as usize].name) {
            "" => MENTIONED,
            name => name,
        };
        match self.events[row].kind {
            TaskEventKind::Begin | TaskEventKind::End => name(self.task),
            TaskEventKind::SubtaskBegin(task) | TaskEventKind::SubtaskEnd(task) => name(task),
            TaskEventKind::RegionBegin(region)
            | TaskEventKind::RegionEnd(region)
            | TaskEventKind::RegionEndWithGoroutine(region) => (trace.regions)
                .get(region as usize)
                .map_or("", |region| trace.strings.get(region.name)),
            TaskEventKind::Log(log) => (trace.logs)
                .get(log as usize)
                .map_or("", |log| trace.strings.get(log.message)),
        }
    }

    fn category(&self, row: usize) -> &str {
        let trace = &self.open.trace;
        match self.events[row].kind {
            TaskEventKind::Log(log) => (trace.logs)
                .get(log as usize)
                .map_or("", |log| trace.strings.get(log.category)),
            _ => "",
        }
    }

    fn goroutine(&self, row: usize) -> i64 {
        let rows = &self.open.trace.goroutines.rows;
        let goroutine = self.events[row].goroutine.get();
        goroutine
            .and_then(|i| rows.get(i))
            .map_or(-1, |row| row.id.0)
    }

    /// Where it leads.
    fn link(&self, row: usize) -> Option<Link> {
        let trace = &self.open.trace;
        match self.events[row].kind {
            TaskEventKind::SubtaskBegin(task) | TaskEventKind::SubtaskEnd(task) => {
                let id = trace.tasks.get(task.0 as usize)?.id;
                Some(Link::Task(id.0.to_string()))
            }
            TaskEventKind::RegionBegin(region)
            | TaskEventKind::RegionEnd(region)
            | TaskEventKind::RegionEndWithGoroutine(region) => {
                let row = trace.regions.get(region as usize)?;
                let time = tracepane_analysis::regions::time_of(trace, &row);
                Some(Link::Select {
                    selection: Selection::Region(region),
                    time: (time.start.0 as f64, time.end.0 as f64),
                })
            }
            TaskEventKind::Log(log) => {
                let time = trace.logs.get(log as usize)?.time.0 as f64;
                Some(Link::Select {
                    selection: Selection::Log(log),
                    time: (time, time),
                })
            }
            TaskEventKind::Begin | TaskEventKind::End => None,
        }
    }

    /// What it is on the timeline, if that can be selected.
    fn selection(&self, row: usize) -> Option<Selection> {
        match self.events[row].kind {
            TaskEventKind::Log(log) => Some(Selection::Log(log)),
            _ => None,
        }
    }

    fn stack(&self, row: usize) -> StackRef {
        let trace = &self.open.trace;
        let task = |task: TaskIndex| trace.tasks.get(task.0 as usize);
        let region = |region: u32| trace.regions.get(region as usize);
        let stack = match self.events[row].kind {
            TaskEventKind::Begin => task(self.task).map(|task| task.begin_stack),
            TaskEventKind::End => task(self.task).map(|task| task.end_stack),
            TaskEventKind::SubtaskBegin(of) => task(of).map(|task| task.begin_stack),
            TaskEventKind::SubtaskEnd(of) => task(of).map(|task| task.end_stack),
            TaskEventKind::RegionBegin(of) => region(of).map(|region| region.begin_stack),
            TaskEventKind::RegionEnd(of) => region(of).map(|region| region.end_stack),
            TaskEventKind::RegionEndWithGoroutine(_) => None,
            TaskEventKind::Log(log) => trace.logs.get(log as usize).map(|log| log.stack),
        };
        stack.unwrap_or(StackRef::NONE)
    }
}

impl Rows for TaskEvents<'_> {
    fn columns(&self) -> Vec<ColumnHead> {
        use ColumnKind::{Count, Text, Time, Word};
        vec![
            head("time", "When", Time, "Since the trace's start."),
            head(
                "since",
                "Since begin",
                Time,
                "Since the task's beginning, or the trace's if that came later.",
            ),
            head(
                "elapsed",
                "Elapsed",
                Time,
                "Since the row before, in order of time.",
            ),
            head("goroutine", "Goroutine", Count, "Where it happened."),
            head("what", "What", Word, "What happened."),
            head(
                "says",
                "Name or message",
                Text,
                "The name of the task or region, or what was logged, after its category.",
            ),
        ]
    }

    fn len(&self) -> usize {
        self.events.len()
    }

    fn number(&self, column: usize, row: usize) -> f64 {
        let event = &self.events[row];
        let number = match column {
            0 => event.time.0,
            1 => event.since_start.0,
            2 => event.elapsed.0,
            _ => self.goroutine(row),
        };
        number as f64
    }

    fn text(&self, column: usize, row: usize) -> &str {
        match column {
            4 => self.what(row),
            _ => self.says(row),
        }
    }

    fn contains(&self, row: usize, needle: &str) -> bool {
        needle.strip_prefix('g').unwrap_or(needle).parse() == Ok(self.goroutine(row))
            || has(self.what(row), needle)
            || has(self.category(row), needle)
            || has(self.says(row), needle)
    }

    fn row(&self, row: usize) -> Row {
        let trace = &self.open.trace;
        let event = &self.events[row];
        let goroutine = match self.goroutine(row) {
            -1 => words::text_cell(""),
            id => Cell {
                link: Some(words::goroutine_link(trace, event.goroutine)),
                exact: Some(words::goroutine_name(trace, event.goroutine)),
                ..words::text_cell(format!("G{id}"))
            },
        };
        let cells = vec![
            words::moment_of_cell(trace, event.goroutine, event.time, self.selection(row)),
            words::duration_cell(event.since_start),
            words::duration_cell(event.elapsed),
            goroutine,
            words::text_cell(self.what(row)),
            Cell {
                link: self.link(row),
                ..words::text_cell(match self.category(row) {
                    "" => self.says(row).to_owned(),
                    category => format!("{category}: {}", self.says(row)),
                })
            },
        ];
        Row {
            cells,
            stack: words::stack(trace, "Here", self.stack(row)),
            bar: Vec::new(),
        }
    }

    fn caption(&self) -> String {
        let caption = format::counted(self.events.len() as u64, "event");
        self.open.at.caption(caption, "all of the task")
    }
}
