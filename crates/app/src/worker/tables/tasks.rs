//! Tasks one by one, with where their time went by the clock.

use std::rc::Rc;

use tracepane_analysis::tasks::{is_background, is_complete, time_of};
use tracepane_analysis::{TaskTimes, TaskWork, format, names};
use tracepane_model::sorting::sort_by_numbers;
use tracepane_model::{GoroutineIndex, Nanos, ReasonId, TaskIndex, TaskRow};

use super::regions::{task_cell, task_number};
use super::task_types::MENTIONED;
use super::{Rows, has, head};
use crate::protocol::{
    Cell, ColumnHead, ColumnKind, LaneView, Link, Row, Table, TaskPart, TasksOf,
};
use crate::worker::opened::OpenTrace;
use crate::worker::{filters, words};

/// The table of tasks.
pub struct Tasks<'a> {
    open: &'a OpenTrace,
    data: Rc<Data>,
}

/// What is computed once.
struct Data {
    tasks: Vec<TaskIndex>,
    /// `None` where it would take too long to know.
    times: Vec<Option<TaskTimes>>,
    goroutines: Vec<u32>,
    columns: Vec<Column>,
    caption: String,
}

/// A column.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Column {
    Id,
    Type,
    Start,
    Duration,
    Part(Part),
    Goroutines,
    Regions,
    Subtasks,
    Ends,
    Log,
}

/// A part of a task's time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    /// Running the program's own code.
    Running,
    /// Helping the GC.
    Assist,
    /// Waiting for a proc.
    Runnable,
    /// Waiting for one reason.
    Wait(ReasonId),
    /// In system calls with a proc.
    Syscall,
    /// In system calls without one.
    SyscallBlocked,
    /// No goroutine is known to have worked for it.
    Nobody,
}

impl Part {
    /// How much of it there is.
    pub fn of(self, times: &TaskTimes) -> Nanos {
        match self {
            Self::Running => times.running,
            Self::Assist => times.assist,
            Self::Runnable => times.runnable,
            Self::Syscall => times.syscall,
            Self::SyscallBlocked => times.syscall_blocked,
            Self::Nobody => times.nobody,
            Self::Wait(reason) => (times.waits.iter())
                .find(|(known, _)| *known == reason)
                .map_or(Nanos(0), |&(_, nanos)| nanos),
        }
    }

    /// The parts that some of these have, in the order of columns: waits by how much there is of them.
    pub fn all<'a>(times: impl Iterator<Item = &'a TaskTimes>) -> Vec<Self> {
        const OTHERS: [Part; 5] = [
            Part::Assist,
            Part::Runnable,
            Part::Syscall,
            Part::SyscallBlocked,
            Part::Nobody,
        ];
        let mut has = [false; OTHERS.len()];
        // By reason: there are few, and tasks may be many.
        let mut waits: Vec<i64> = Vec::new();
        for of in times {
            for (has, part) in has.iter_mut().zip(OTHERS) {
                *has |= part.of(of).0 != 0;
            }
            for &(reason, nanos) in &of.waits {
                let place = usize::from(reason.0);
                if waits.len() <= place {
                    waits.resize(place + 1, 0);
                }
                waits[place] = waits[place].saturating_add(nanos.0);
            }
        }
        let mut waits: Vec<(i64, u16)> = waits
            .into_iter()
            .zip(0u16..)
            .filter(|&(nanos, _)| nanos > 0)
            .collect();
        sort_by_numbers(&mut waits, |&(nanos, reason)| [!nanos, reason.into()]);
        let mut others = OTHERS
            .into_iter()
            .zip(has)
            .filter(|&(_, has)| has)
            .peekable();
        let mut parts = vec![Self::Running];
        while let Some((part, _)) =
            others.next_if(|(part, _)| matches!(part, Self::Assist | Self::Runnable))
        {
            parts.push(part);
        }
        parts.extend(
            waits
                .into_iter()
                .map(|(_, reason)| Self::Wait(ReasonId(reason))),
        );
        parts.extend(others.map(|(part, _)| part));
        parts
    }

    /// The key of its colour.
    pub fn state(self, open: &OpenTrace) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Assist => "assist",
            Self::Runnable => "runnable",
            Self::Wait(reason) => words::class_key(open.classes.of_wait(reason)),
            Self::Syscall => "syscall",
            Self::SyscallBlocked => "syscall-blocked",
            Self::Nobody => "dead",
        }
    }

    /// In words.
    pub fn title(self, open: &OpenTrace) -> String {
        match self {
            Self::Running => "Running".into(),
            Self::Assist => "GC assist".into(),
            Self::Runnable => "Sched wait".into(),
            Self::Syscall => "Syscall".into(),
            Self::SyscallBlocked => "Syscall, blocked".into(),
            Self::Nobody => "Nobody".into(),
            Self::Wait(reason) => match names::reason(&open.trace, reason) {
                "" => "Wait: no reason given".into(),
                reason => format!("Wait: {reason}"),
            },
        }
    }

    /// What it means, by the clock.
    pub fn explained(self) -> &'static str {
        match self {
            Self::Running => "At least one goroutine ran for it.",
            Self::Assist => {
                "The best that a goroutine did for it was helping the GC mark, because it allocates."
            }
            Self::Runnable => "The best that a goroutine did for it was waiting for a proc.",
            Self::Syscall => "The best that a goroutine did for it was being in a system call.",
            Self::SyscallBlocked => {
                "The best that a goroutine did for it was being in a system call that lost its proc."
            }
            Self::Wait(_) => {
                "All goroutines that worked for it waited, and the wait that ended first was for this."
            }
            Self::Nobody => "No goroutine is known to have worked for it.",
        }
    }

    fn key(self, open: &OpenTrace) -> String {
        match self {
            Self::Running => "running".into(),
            Self::Assist => "assist".into(),
            Self::Runnable => "runnable".into(),
            Self::Syscall => "syscall".into(),
            Self::SyscallBlocked => "syscall-blocked".into(),
            Self::Nobody => "nobody".into(),
            Self::Wait(reason) => format!("wait:{}", names::reason(&open.trace, reason)),
        }
    }

    fn head(self, open: &OpenTrace) -> ColumnHead {
        let (key, title) = (self.key(open), self.title(open));
        head(&key, &title, ColumnKind::Time, self.explained())
    }
}

/// How a task's time divides, for a small stacked bar: state keys with shares of `whole`.
pub fn bar(open: &OpenTrace, times: &TaskTimes, whole: f64) -> Vec<(String, f64)> {
    let mut parts: Vec<(String, f64)> = Vec::new();
    for part in Part::all(std::iter::once(times)) {
        let share = part.of(times).0 as f64 / whole.max(1.0);
        let state = part.state(open);
        match parts.iter_mut().find(|(known, _)| known == state) {
            Some((_, sum)) => *sum += share,
            None => parts.push((state.to_owned(), share)),
        }
    }
    parts
}

impl<'a> Tasks<'a> {
    /// The tasks that pass a filter.
    ///
    /// # Errors
    /// None; as other tables.
    pub fn new(open: &'a OpenTrace, of: &TasksOf) -> Result<Self, String> {
        let table = Table::Tasks(of.clone());
        let data = open.at.kept.table(&table, || {
            let tasks = matching(open, of);
            let with_type = of.name.is_none();
            let mut data = Data::new(open, tasks, with_type);
            let rule = "those that touch the range, with all of their time";
            data.caption = open.at.caption(data.caption, rule);
            Ok(data)
        })?;
        Ok(Self { open, data })
    }

    /// A task's subtasks.
    ///
    /// # Errors
    /// A sentence, if there is no such task.
    pub fn subtasks(open: &'a OpenTrace, id: &str) -> Result<Self, String> {
        let task = filters::task(open, id)?;
        let table = Table::Task(id.to_owned(), TaskPart::Subtasks);
        let data = open.at.kept.table(&table, || {
            let subtasks = open.annotations().tasks.subtasks(task).iter();
            let subtasks = subtasks.map(|&child| TaskIndex(child)).collect();
            let mut data = Data::new(open, subtasks, true);
            data.caption = open.at.caption(data.caption, "all of the task");
            Ok(data)
        })?;
        Ok(Self { open, data })
    }

    fn known(&self, row: usize) -> &TaskRow {
        &self.open.trace.tasks[self.data.tasks[row].0 as usize]
    }

    fn name(&self, row: usize) -> &str {
        match self.open.trace.strings.get(self.known(row).name) {
            "" => MENTIONED,
            name => name,
        }
    }

    /// The message that it logged first.
    fn log(&self, row: usize) -> &str {
        let trace = &self.open.trace;
        let logs = self.open.annotations().tasks.logs(self.data.tasks[row]);
        let first = logs.first().and_then(|&log| trace.logs.get(log as usize));
        first.map_or("", |log| trace.strings.get(log.message))
    }

    fn number_of(&self, column: Column, row: usize) -> i64 {
        let tasks = &self.open.annotations().tasks;
        let task = self.data.tasks[row];
        let count = |rows: &[u32]| rows.len() as i64;
        match column {
            Column::Id => task_number(self.known(row).id),
            Column::Start => time_of(&self.open.trace, self.known(row)).start.0,
            Column::Duration => time_of(&self.open.trace, self.known(row)).length().0,
            Column::Part(part) => match &self.data.times[row] {
                Some(times) => part.of(times).0,
                None => -1,
            },
            Column::Goroutines => self.data.goroutines[row].into(),
            Column::Regions => count(tasks.regions(task)),
            Column::Subtasks => count(tasks.subtasks(task)),
            Column::Type | Column::Ends | Column::Log => 0,
        }
    }
}

/// The tasks that pass a filter; never the background.
fn matching(open: &OpenTrace, of: &TasksOf) -> Vec<TaskIndex> {
    let trace = &open.trace;
    let tasks = &open.annotations_here().tasks;
    let mut found = tasks.matching(trace, &filters::tasks(of));
    found.retain(|task| !is_background(&trace.tasks[task.0 as usize]));
    found
}

/// What the trace does not have of a task; nothing if it has all.
pub fn ends(task: &TaskRow) -> &'static str {
    match (task.start, task.end) {
        (Some(_), Some(_)) => "",
        (None, Some(_)) => "began before",
        (Some(_), None) => "not ended",
        (None, None) => "only mentioned",
    }
}

/// How long each complete task is.
pub fn durations(open: &OpenTrace, of: &TasksOf) -> Vec<Nanos> {
    let trace = &open.trace;
    matching(open, of)
        .into_iter()
        .map(|task| &trace.tasks[task.0 as usize])
        .filter(|row| is_complete(row))
        .map(|row| time_of(trace, row).length())
        .collect()
}

impl Data {
    fn new(open: &OpenTrace, tasks: Vec<TaskIndex>, with_type: bool) -> Self {
        let trace = &open.trace;
        let all = &open.annotations().tasks;
        let mut work = TaskWork::new(trace, all);
        let times: Vec<Option<TaskTimes>> = tasks.iter().map(|&task| work.by_clock(task)).collect();
        let goroutines: Vec<u32> = tasks
            .iter()
            .map(|&task| {
                let own = all.goroutines(trace, task);
                let heirs = all.heirs(task).iter();
                let others = heirs.filter(|&&g| own.binary_search(&GoroutineIndex(g)).is_err());
                (own.len() + others.count()) as u32
            })
            .collect();
        let mut columns = vec![Column::Id];
        if with_type {
            columns.push(Column::Type);
        }
        columns.extend([Column::Start, Column::Duration]);
        columns.extend(
            Part::all(times.iter().flatten())
                .into_iter()
                .map(Column::Part),
        );
        columns.push(Column::Goroutines);
        let any = |of: fn(&tracepane_analysis::Tasks, TaskIndex) -> &[u32]| {
            tasks.iter().any(|&task| !of(all, task).is_empty())
        };
        if any(tracepane_analysis::Tasks::regions) {
            columns.push(Column::Regions);
        }
        if any(tracepane_analysis::Tasks::subtasks) {
            columns.push(Column::Subtasks);
        }
        let row = |task: &TaskIndex| &trace.tasks[task.0 as usize];
        if tasks.iter().any(|task| !is_complete(row(task))) {
            columns.push(Column::Ends);
        }
        if any(tracepane_analysis::Tasks::logs) {
            columns.push(Column::Log);
        }
        let mut caption = format::counted(tasks.len() as u64, "task");
        if times.contains(&None) {
            caption.push_str(
                "; too many lie within each other to know for all of them where their time went",
            );
        }
        Self {
            tasks,
            times,
            goroutines,
            columns,
            caption,
        }
    }
}

impl Rows for Tasks<'_> {
    fn columns(&self) -> Vec<ColumnHead> {
        use ColumnKind::{Count, Text, Time, Word};
        let columns = self.data.columns.iter();
        columns
            .map(|&column| match column {
                Column::Part(part) => part.head(self.open),
                Column::Id => head("id", "Task", Count, "Its number in the program."),
                Column::Type => head("type", "Type", Word, "The name that the program gives it."),
                Column::Start => head(
                    "start",
                    "Began",
                    Time,
                    "When it began, since the trace's start; 0 if before.",
                ),
                Column::Duration => head(
                    "duration",
                    "Duration",
                    Time,
                    "How long it lasted; of an incomplete one, as much as the trace has. The times that follow add up to it.",
                ),
                Column::Goroutines => head(
                    "goroutines",
                    "Goroutines",
                    Count,
                    "How many began or ended it, logged or had regions in it, or inherited it.",
                ),
                Column::Regions => head("regions", "Regions", Count, "How many regions it has."),
                Column::Subtasks => head("subtasks", "Subtasks", Count, "How many subtasks it has."),
                Column::Ends => head("ends", "Not complete", Word, "What the trace does not have of it: it began before, or had not ended when the trace did."),
                Column::Log => head("log", "First log", Text, "The message that was logged first in it."),
            })
            .collect()
    }

    fn len(&self) -> usize {
        self.data.tasks.len()
    }

    fn number(&self, column: usize, row: usize) -> f64 {
        self.number_of(self.data.columns[column], row) as f64
    }

    fn text(&self, column: usize, row: usize) -> &str {
        match self.data.columns[column] {
            Column::Type => self.name(row),
            Column::Ends => ends(self.known(row)),
            _ => self.log(row),
        }
    }

    fn contains(&self, row: usize, needle: &str) -> bool {
        needle.parse() == Ok(task_number(self.known(row).id))
            || has(self.name(row), needle)
            || has(ends(self.known(row)), needle)
            || has(self.log(row), needle)
    }

    fn row(&self, row: usize) -> Row {
        let trace = &self.open.trace;
        let known = self.known(row);
        let time = time_of(trace, known);
        let times = self.data.times[row].as_ref();
        let number = |column| self.number_of(column, row) as u64;
        let cell = |&column: &Column| match column {
            Column::Id => task_cell(known.id),
            Column::Type => Cell {
                link: Some(Link::Tasks(TasksOf {
                    name: Some(trace.strings.get(known.name).to_owned()),
                    ..TasksOf::default()
                })),
                ..words::text_cell(self.name(row))
            },
            Column::Start => Cell {
                link: Some(Link::Lanes(LaneView::Task {
                    id: known.id.0.to_string(),
                })),
                ..words::moment_cell(time.start)
            },
            Column::Duration => words::duration_cell(time.length()),
            Column::Part(part) => match times {
                Some(times) => words::duration_cell(part.of(times)),
                None => words::text_cell("–"),
            },
            Column::Goroutines | Column::Regions | Column::Subtasks => {
                words::count_cell(number(column))
            }
            Column::Ends => words::text_cell(ends(known)),
            Column::Log => words::text_cell(self.log(row)),
        };
        Row {
            cells: self.data.columns.iter().map(cell).collect(),
            stack: words::stack(trace, "Begun here", known.begin_stack),
            bar: times.map_or_else(Vec::new, |times| {
                bar(self.open, times, time.length().0 as f64)
            }),
        }
    }

    fn caption(&self) -> String {
        self.data.caption.clone()
    }
}
