//! The goroutines of a task: who worked for it, for how long, and as what.

use std::rc::Rc;

use tracepane_analysis::task_times::TaskGoroutine;
use tracepane_analysis::{TaskWork, format, names};
use tracepane_model::{GoroutineIndex, Nanos, TaskIndex};

use super::tasks::{Part, bar};
use super::{Rows, has, head};
use crate::protocol::{Cell, ColumnHead, ColumnKind, Link, Row, Selection, Table, TaskPart};
use crate::worker::opened::OpenTrace;
use crate::worker::{filters, words};

/// The table of a task's goroutines.
pub struct TaskGoroutines<'a> {
    open: &'a OpenTrace,
    data: Rc<Data>,
}

/// What is computed once.
struct Data {
    rows: Vec<Member>,
    parts: Vec<Part>,
    longest: f64,
}

/// A goroutine of the task.
struct Member {
    goroutine: GoroutineIndex,
    /// What it did, in words.
    role: String,
    /// `None` if it is not known to have worked for the task.
    work: Option<TaskGoroutine>,
}

impl<'a> TaskGoroutines<'a> {
    /// The goroutines of a task.
    ///
    /// # Errors
    /// A sentence, if there is no such task, or too much to know.
    pub fn new(open: &'a OpenTrace, id: &str) -> Result<Self, String> {
        let task = filters::task(open, id)?;
        let table = Table::Task(id.to_owned(), TaskPart::Goroutines);
        let data = open.at.kept.table(&table, || Data::new(open, task))?;
        Ok(Self { open, data })
    }

    fn name(&self, row: usize) -> &str {
        let trace = &self.open.trace;
        let goroutine = trace.goroutines.row(self.data.rows[row].goroutine);
        names::or_inactive(trace.strings.get(goroutine.name))
    }

    fn id(&self, row: usize) -> i64 {
        let goroutine = self.data.rows[row].goroutine;
        self.open.trace.goroutines.row(goroutine).id.0
    }
}

impl Data {
    fn new(open: &OpenTrace, task: TaskIndex) -> Result<Self, String> {
        let (trace, tasks) = (&open.trace, &open.annotations().tasks);
        let mut work = TaskWork::new(trace, tasks);
        let worked = work
            .by_goroutine(task)
            .ok_or("Too many tasks lie within this one to know who worked for it.")?;
        let parts = Part::all(worked.iter().map(|of| &of.times));
        let longest = worked.iter().map(|of| of.times.total().0).max();
        let mut rows: Vec<Member> = worked
            .into_iter()
            .map(|of| Member {
                goroutine: of.goroutine,
                role: String::new(),
                work: Some(of),
            })
            .collect();
        let mut known: Vec<GoroutineIndex> = rows.iter().map(|row| row.goroutine).collect();
        known.sort_unstable();
        for goroutine in tasks.goroutines(trace, task) {
            let is_there = known.binary_search(&goroutine).is_ok();
            if !is_there && (goroutine.0 as usize) < trace.goroutines.len() {
                rows.push(Member {
                    goroutine,
                    role: String::new(),
                    work: None,
                });
            }
        }
        let roles = Roles::new(open, task);
        for row in &mut rows {
            row.role = roles.of(row.goroutine);
        }
        Ok(Self {
            rows,
            parts,
            longest: longest.unwrap_or_default() as f64,
        })
    }
}

/// What the goroutines of a task did in it.
struct Roles {
    began: GoroutineIndex,
    ended: GoroutineIndex,
    /// Sorted.
    regions: Vec<GoroutineIndex>,
    logs: Vec<GoroutineIndex>,
    heirs: Vec<u32>,
}

impl Roles {
    fn new(open: &OpenTrace, task: TaskIndex) -> Self {
        let (trace, tasks) = (&open.trace, &open.annotations().tasks);
        let row = &trace.tasks[task.0 as usize];
        let regions = tasks.regions(task).iter();
        let logs = tasks.logs(task).iter();
        let mut roles = Self {
            began: row.began_by,
            ended: row.ended_by,
            regions: regions
                .filter_map(|&row| Some(trace.regions.get(row as usize)?.goroutine))
                .collect(),
            logs: logs
                .filter_map(|&row| Some(trace.logs.get(row as usize)?.goroutine))
                .collect(),
            heirs: tasks.heirs(task).to_vec(),
        };
        roles.regions.sort_unstable();
        roles.logs.sort_unstable();
        roles.heirs.sort_unstable();
        roles
    }

    fn of(&self, goroutine: GoroutineIndex) -> String {
        let count = |all: &[GoroutineIndex]| {
            let from = all.partition_point(|&other| other < goroutine);
            let to = all.partition_point(|&other| other <= goroutine);
            (to - from) as u64
        };
        let mut parts: Vec<String> = Vec::new();
        match (self.began == goroutine, self.ended == goroutine) {
            (true, true) => parts.push("began and ended it".into()),
            (true, false) => parts.push("began it".into()),
            (false, true) => parts.push("ended it".into()),
            (false, false) => {}
        }
        if self.heirs.binary_search(&goroutine.0).is_ok() {
            parts.push("inherited it".into());
        }
        for (all, thing) in [(&self.regions, "region"), (&self.logs, "log")] {
            match count(all) {
                0 => {}
                n => parts.push(format::counted(n, thing)),
            }
        }
        if parts.is_empty() {
            parts.push("worked for a subtask".into());
        }
        parts.join(", ")
    }
}

impl Rows for TaskGoroutines<'_> {
    fn columns(&self) -> Vec<ColumnHead> {
        use ColumnKind::{Count, Text, Time};
        let mut heads = vec![
            head(
                "id",
                "Goroutine",
                Count,
                "The runtime's number of the goroutine.",
            ),
            head(
                "name",
                "Start function",
                Text,
                "The function that it was started with.",
            ),
            head("role", "Part", Text, "What it did in the task."),
            head(
                "from",
                "From",
                Time,
                "When it began to work for the task, since the trace's start.",
            ),
            head(
                "worked",
                "Worked",
                Time,
                "How long it worked for the task. The times that follow add up to it.",
            ),
        ];
        heads.extend(self.data.parts.iter().map(|part| {
            let help = match part {
                Part::Running => "Running on a proc.",
                Part::Assist => "Helping the GC mark, because it allocates.",
                Part::Runnable => "Ready to run, but waiting for a proc.",
                Part::Wait(_) => "Blocked for this reason.",
                Part::Syscall => "In system calls, holding a proc.",
                Part::SyscallBlocked => {
                    "In system calls so long that the proc was given to others."
                }
                Part::Nobody => "",
            };
            let key = format!("part:{}", part.title(self.open));
            head(&key, &part.title(self.open), Time, help)
        }));
        heads
    }

    fn len(&self) -> usize {
        self.data.rows.len()
    }

    fn number(&self, column: usize, row: usize) -> f64 {
        let member = &self.data.rows[row];
        let nanos = match (column, &member.work) {
            (0, _) => self.id(row),
            (_, None) => -1,
            (3, Some(work)) => work.time.start.0,
            (4, Some(work)) => work.times.total().0,
            (column, Some(work)) => self.data.parts[column - 5].of(&work.times).0,
        };
        nanos as f64
    }

    fn text(&self, column: usize, row: usize) -> &str {
        match column {
            1 => self.name(row),
            _ => &self.data.rows[row].role,
        }
    }

    fn contains(&self, row: usize, needle: &str) -> bool {
        needle.strip_prefix('g').unwrap_or(needle).parse() == Ok(self.id(row))
            || has(self.name(row), needle)
            || has(&self.data.rows[row].role, needle)
    }

    fn row(&self, row: usize) -> Row {
        let trace = &self.open.trace;
        let member = &self.data.rows[row];
        let mut cells = vec![
            Cell {
                link: Some(words::goroutine_link(trace, member.goroutine)),
                ..words::text_cell(format!("G{}", self.id(row)))
            },
            words::text_cell(self.name(row)),
            words::text_cell(member.role.as_str()),
        ];
        let work = member.work.as_ref();
        cells.push(work.map_or_else(
            || words::text_cell(""),
            |work| Cell {
                link: Some(Link::Select {
                    selection: Selection::Goroutine(member.goroutine.0),
                    time: (work.time.start.0 as f64, work.time.end.0 as f64),
                }),
                ..words::moment_cell(work.time.start)
            },
        ));
        let nanos =
            |of: &dyn Fn(&TaskGoroutine) -> Nanos| words::duration_cell(work.map_or(Nanos(0), of));
        cells.push(nanos(&|work| work.times.total()));
        cells.extend(
            self.data
                .parts
                .iter()
                .map(|part| nanos(&|work| part.of(&work.times))),
        );
        Row {
            cells,
            stack: None,
            bar: work.map_or_else(Vec::new, |work| {
                bar(self.open, &work.times, self.data.longest)
            }),
        }
    }

    fn caption(&self) -> String {
        let all = self.data.rows.len();
        let worked = self.data.rows.iter().filter(|row| row.work.is_some());
        let caption = match worked.count() {
            worked if worked == all => {
                format!("{} worked for it", format::counted(all as u64, "goroutine"))
            }
            worked => format!(
                "{}, {} of them known to have worked for it",
                format::counted(all as u64, "goroutine"),
                format::count(worked as u64)
            ),
        };
        self.open.at.caption(caption, "all of the task")
    }
}
