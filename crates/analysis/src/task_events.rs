//! What happened in a task, in order, with the time between (`/usertask` of `go tool trace`).

use tracepane_model::sorting::sort_by_numbers;
use tracepane_model::{GoroutineIndex, Nanos, TaskIndex, Trace};

use crate::tasks::{Tasks, time_of};

/// What happened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TaskEventKind {
    /// The task began.
    Begin,
    /// The task ended.
    End,
    /// A subtask began.
    SubtaskBegin(TaskIndex),
    /// A subtask ended.
    SubtaskEnd(TaskIndex),
    /// A region began: a row of [`Trace::regions`].
    RegionBegin(u32),
    /// A region ended.
    RegionEnd(u32),
    /// A region was open when its goroutine ended.
    RegionEndWithGoroutine(u32),
    /// A log message: a row of [`Trace::logs`].
    Log(u32),
}

/// One event of a task.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TaskEvent {
    /// When.
    pub time: Nanos,
    /// How long after the event before; of the first one how long after the trace's start.
    pub elapsed: Nanos,
    /// How long after the task's start, or the trace's if it began before that.
    pub since_start: Nanos,
    /// By whom, or NONE.
    pub goroutine: GoroutineIndex,
    /// What.
    pub kind: TaskEventKind,
}

/// A task's events in order of time. Without its subtasks they are those of `go tool trace`.
pub fn task_events(
    trace: &Trace,
    tasks: &Tasks,
    task: TaskIndex,
    with_subtasks: bool,
) -> Vec<TaskEvent> {
    let Some(row) = trace.tasks.get(task.0 as usize) else {
        return Vec::new();
    };
    let mut all: Vec<TaskEvent> = Vec::new();
    let mut push = |time: Option<Nanos>, goroutine: GoroutineIndex, kind: TaskEventKind| {
        all.extend(time.map(|time| TaskEvent {
            time,
            elapsed: Nanos(0),
            since_start: Nanos(0),
            goroutine,
            kind,
        }));
    };
    push(row.start, row.began_by, TaskEventKind::Begin);
    push(row.end, row.ended_by, TaskEventKind::End);
    for &log in tasks.logs(task) {
        if let Some(row) = trace.logs.get(log as usize) {
            push(Some(row.time), row.goroutine, TaskEventKind::Log(log));
        }
    }
    for &region in tasks.regions(task) {
        let Some(row) = trace.regions.get(region as usize) else {
            continue;
        };
        push(row.start, row.goroutine, TaskEventKind::RegionBegin(region));
        let is_system = (row.goroutine.get())
            .and_then(|i| trace.goroutines.rows.get(i))
            .is_some_and(|goroutine| goroutine.is_system());
        let kind = match row.end_seen {
            true => TaskEventKind::RegionEnd(region),
            // Regions of the runtime's own goroutines do not end with them: `finalize` of `summary.go`.
            false if is_system => continue,
            false => TaskEventKind::RegionEndWithGoroutine(region),
        };
        push(row.end, row.goroutine, kind);
    }
    if with_subtasks {
        for &child in tasks.subtasks(task) {
            if let Some(row) = trace.tasks.get(child as usize) {
                let child = TaskIndex(child);
                push(row.start, row.began_by, TaskEventKind::SubtaskBegin(child));
                push(row.end, row.ended_by, TaskEventKind::SubtaskEnd(child));
            }
        }
    }
    sort_by_numbers(&mut all, |event| [event.time.0, 0]);
    let start = time_of(trace, row).start;
    let mut last = Nanos(0);
    for event in &mut all {
        event.elapsed = Nanos(event.time.0.saturating_sub(last.0));
        event.since_start = Nanos(event.time.0.saturating_sub(start.0));
        last = event.time;
    }
    all
}
