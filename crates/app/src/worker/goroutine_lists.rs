//! What a goroutine's page lists: where it waited, the tasks it worked for, its regions and its log messages.

use rustc_hash::FxHashSet;
use tracepane_analysis::regions;
use tracepane_analysis::scope::{TimeRange, touches};
use tracepane_analysis::tasks::{is_background, time_of};
use tracepane_analysis::waits::{WaitPlace, wait_places};
use tracepane_analysis::{format, names};
use tracepane_model::{GoroutineIndex, LogRow, Nanos, SpanState, TaskId, TaskIndex, TaskRow};

use super::opened::OpenTrace;
use super::tables::head;
use super::words::{self, count_cell, duration_cell, moment_cell, text_cell};
use crate::protocol::{Cell, ColumnKind, Link, Listing, Row, Selection};

/// The most rows of each list.
const MOST: usize = 100;
/// The most places of waits.
const MOST_WAITS: usize = 20;

/// The part of time that is asked about.
fn range(open: &OpenTrace) -> TimeRange {
    open.at.time().unwrap_or(TimeRange::ALL)
}

/// Whether something that has this time touches it.
fn is_here(open: &OpenTrace, time: TimeRange) -> bool {
    touches(range(open), time.start, time.end)
}

/// Where it waited, longest in all first.
pub fn waits(open: &OpenTrace, goroutine: GoroutineIndex, life: Nanos) -> Listing {
    let trace = &open.trace;
    let places = wait_places(trace, goroutine, range(open));
    let row = |place: &WaitPlace| {
        let reason = names::reason(trace, place.reason);
        let (what, key) = match place.state {
            SpanState::Runnable => ("a proc", "runnable"),
            SpanState::Syscall => ("a system call", "syscall"),
            _ => (
                if reason.is_empty() {
                    "no reason given"
                } else {
                    reason
                },
                words::class_key(open.classes.of_wait(place.reason)),
            ),
        };
        let share = place.nanos.0 as f64 / (life.0 as f64).max(1.0);
        Row {
            cells: vec![
                text_cell(what),
                text_cell(match words::caller(trace, place.stack) {
                    "" if place.state == SpanState::Runnable => "(the runtime)",
                    function => function,
                }),
                count_cell(place.count),
                Cell {
                    link: Some(words::span_link(trace, place.longest)),
                    ..duration_cell(place.longest_nanos)
                },
                duration_cell(place.nanos),
                text_cell(format::percent(share, 1.0)),
            ],
            stack: words::stack(
                trace,
                match place.state {
                    SpanState::Runnable => "Made ready here",
                    _ => "Waited here",
                },
                place.stack,
            ),
            bar: vec![(key.to_owned(), share)],
        }
    };
    Listing {
        columns: vec![
            head("for", "For", ColumnKind::Text, "What it waited for."),
            head(
                "in",
                "In",
                ColumnKind::Text,
                "The first function outside the runtime; of waits for a proc, where it was made ready.",
            ),
            head("count", "Count", ColumnKind::Count, "How many times."),
            head("longest", "Longest", ColumnKind::Time, "The longest wait."),
            head("total", "Total", ColumnKind::Time, "How long in all."),
            head(
                "share",
                "Of its life",
                ColumnKind::Count,
                "The part of its life.",
            ),
        ],
        rows: places.iter().take(MOST_WAITS).map(row).collect(),
        total: places.len() as u32,
    }
}

/// The tasks that it began, ended, or had regions or logs of.
pub fn tasks(open: &OpenTrace, goroutine: GoroutineIndex) -> Listing {
    let trace = &open.trace;
    let mut ids: FxHashSet<TaskId> = FxHashSet::default();
    ids.insert(trace.goroutines.row(goroutine).inherited_task);
    let regions = trace.regions.iter().filter(|r| r.goroutine == goroutine);
    ids.extend(regions.map(|region| region.task));
    let logs = trace.logs.iter().filter(|log| log.goroutine == goroutine);
    ids.extend(logs.map(|log| log.task));
    let worked = |task: &TaskRow| {
        !is_background(task)
            && (task.began_by == goroutine || task.ended_by == goroutine || ids.contains(&task.id))
    };
    let found: Vec<(TaskIndex, &TaskRow)> = (0u32..)
        .map(TaskIndex)
        .zip(&trace.tasks)
        .filter(|(_, task)| worked(task) && is_here(open, time_of(trace, task)))
        .collect();
    let row = |&(_, task): &(TaskIndex, &TaskRow)| {
        let time = time_of(trace, task);
        Row {
            cells: vec![
                Cell {
                    link: Some(Link::Task(task.id.0.to_string())),
                    ..text_cell(format!("Task {}", task.id.0))
                },
                text_cell(trace.strings.get(task.name)),
                moment_cell(time.start),
                duration_cell(time.length()),
            ],
            stack: None,
            bar: Vec::new(),
        }
    };
    Listing {
        columns: vec![
            head("id", "Task", ColumnKind::Text, "Its number."),
            head("type", "Type", ColumnKind::Text, "Its type."),
            head("start", "Start", ColumnKind::Time, "When it began."),
            head(
                "duration",
                "Duration",
                ColumnKind::Time,
                "How long it lasted.",
            ),
        ],
        rows: found.iter().take(MOST).map(row).collect(),
        total: found.len() as u32,
    }
}

/// Its regions, in order of their beginnings.
pub fn regions(open: &OpenTrace, goroutine: GoroutineIndex) -> Listing {
    let trace = &open.trace;
    let mut total = 0;
    let mut rows = Vec::new();
    for (place, region) in trace.regions.iter().enumerate() {
        if region.goroutine != goroutine || !is_here(open, regions::time_of(trace, &region)) {
            continue;
        }
        total += 1;
        if rows.len() == MOST {
            continue;
        }
        let time = regions::time_of(trace, &region);
        let link = Link::Select {
            selection: Selection::Region(place as u32),
            time: (time.start.0 as f64, time.end.0 as f64),
        };
        // Regions within regions stand further in.
        let name = format!(
            "{}{}",
            "\u{2003}".repeat(usize::from(region.depth).min(8)),
            trace.strings.get(region.name)
        );
        rows.push(Row {
            cells: vec![
                Cell {
                    link: Some(link),
                    ..text_cell(name)
                },
                task_cell(region.task),
                moment_cell(time.start),
                duration_cell(time.length()),
            ],
            stack: words::stack(trace, "Began here", region.begin_stack),
            bar: Vec::new(),
        });
    }
    Listing {
        columns: vec![
            head("type", "Region", ColumnKind::Text, "Its type."),
            head("task", "Task", ColumnKind::Text, "The task it belongs to."),
            head("start", "Start", ColumnKind::Time, "When it began."),
            head(
                "duration",
                "Duration",
                ColumnKind::Time,
                "How long it lasted.",
            ),
        ],
        rows,
        total,
    }
}

/// Its log messages, in order of time.
pub fn logs(open: &OpenTrace, goroutine: GoroutineIndex) -> Listing {
    let trace = &open.trace;
    let mut total = 0;
    let mut rows = Vec::new();
    let range = range(open);
    let own = |log: &LogRow| log.goroutine == goroutine && range.contains(log.time);
    for log in trace.logs.iter().filter(own) {
        total += 1;
        if rows.len() < MOST {
            rows.push(Row {
                cells: vec![
                    moment_cell(log.time),
                    task_cell(log.task),
                    text_cell(trace.strings.get(log.category)),
                    text_cell(trace.strings.get(log.message)),
                ],
                stack: words::stack(trace, "Logged here", log.stack),
                bar: Vec::new(),
            });
        }
    }
    Listing {
        columns: vec![
            head("time", "When", ColumnKind::Time, "When it was written."),
            head("task", "Task", ColumnKind::Text, "The task it belongs to."),
            head("category", "Category", ColumnKind::Text, "Its category."),
            head("message", "Message", ColumnKind::Text, "Its text."),
        ],
        rows,
        total,
    }
}

/// A link to a task, if it is one of the program's.
fn task_cell(task: TaskId) -> Cell {
    if task == TaskId::NONE || task == TaskId::BACKGROUND {
        return text_cell("");
    }
    Cell {
        link: Some(Link::Task(task.0.to_string())),
        ..text_cell(format!("Task {}", task.0))
    }
}
