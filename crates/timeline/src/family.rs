//! A task's family: itself with all tasks below it, and the goroutines that worked for them.

use std::collections::HashMap;

use tracepane_model::{GoroutineIndex, Nanos, TaskId, TaskIndex, Trace};

use crate::levels::rows_by::RowsBy;

/// A task of a family.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Member {
    /// Which.
    pub task: TaskIndex,
    /// How many generations it lies below the first.
    pub depth: u32,
    /// The task below which it began; `None` for the first.
    pub parent: Option<TaskIndex>,
}

/// A task and those below it.
#[derive(Clone, Default, Debug)]
pub struct Family {
    /// The task, then each subtask below its parent, brothers in the order of their beginnings.
    pub tasks: Vec<Member>,
    /// Those that began or ended a task of the family, logged in one or had a region of one
    /// (`UserTaskSummary.Goroutines` in `internal/trace/summary.go`), in the order in which they first did.
    pub goroutines: Vec<GoroutineIndex>,
    /// The tasks' numbers, with their beginnings and their places in `tasks`, sorted.
    numbers: Vec<(TaskId, Nanos, usize)>,
    /// Rows of [`Trace::logs`], by place in `tasks`.
    logs: RowsBy,
    /// Where each task stands in `tasks`.
    place_of: HashMap<TaskIndex, usize>,
}

impl Family {
    /// The family of a task; empty if the trace has no such task.
    pub fn new(trace: &Trace, task: TaskIndex) -> Self {
        let tasks = descendants(trace, task);
        let mut numbers: Vec<_> = tasks
            .iter()
            .enumerate()
            .map(|(place, member)| {
                let row = &trace.tasks[member.task.0 as usize];
                (row.id, row.start.unwrap_or_default(), place)
            })
            .collect();
        numbers.sort_unstable();
        let place_of = tasks.iter().enumerate();
        let mut family = Self {
            place_of: place_of.map(|(place, m)| (m.task, place)).collect(),
            tasks,
            numbers,
            ..Self::default()
        };
        family.goroutines = goroutines(trace, &family);
        family.logs = RowsBy::new(family.tasks.len(), trace.logs.len(), |row| {
            family.place_of_log(trace, row)
        });
        family
    }

    /// Where the task to which a log belongs stands in [`Self::tasks`]. Where a number was used again, it is the task
    /// that was going on.
    fn place_of_log(&self, trace: &Trace, row: u32) -> Option<usize> {
        let log = trace.logs.get(row as usize)?;
        let begun = |&(id, start, _): &(TaskId, Nanos, usize)| (id, start) <= (log.task, log.time);
        let after = self.numbers.partition_point(begun);
        let near = [after.checked_sub(1), Some(after)].into_iter().flatten();
        near.filter_map(|i| self.numbers.get(i))
            .find(|&&(id, ..)| id == log.task)
            .map(|&(_, _, place)| place)
    }

    /// The task of the family to which a log belongs.
    pub fn task_of_log(&self, trace: &Trace, row: u32) -> Option<TaskIndex> {
        let place = self.place_of_log(trace, row)?;
        Some(self.tasks[place].task)
    }

    /// Whether a task of this number is in the family.
    pub fn has(&self, task: TaskId) -> bool {
        self.numbers
            .binary_search_by_key(&task, |&(id, ..)| id)
            .is_ok()
    }

    /// Where a task stands in [`Self::tasks`].
    pub fn place(&self, task: TaskIndex) -> Option<usize> {
        self.place_of.get(&task).copied()
    }

    /// The logs of the task at this place in [`Self::tasks`]: rows of [`Trace::logs`], in time order.
    pub fn logs(&self, place: usize) -> &[u32] {
        self.logs.of(place)
    }
}

/// When a task begins and ends, kept within the trace.
pub fn task_times(trace: &Trace, task: TaskIndex) -> Option<(f64, f64)> {
    let row = trace.tasks.get(task.0 as usize)?;
    let start = row.start.unwrap_or_default().0 as f64;
    let end = row.end.unwrap_or(trace.end).0 as f64;
    Some((start, end.max(start)))
}

/// The task of a number, if the trace has it; of several the last.
pub fn task_of(trace: &Trace, id: TaskId) -> Option<TaskIndex> {
    // Rare: a link or a look at one thing.
    let place = trace.tasks.iter().rposition(|task| task.id == id)?;
    u32::try_from(place).ok().map(TaskIndex)
}

fn id_of(trace: &Trace, task: TaskIndex) -> TaskId {
    trace.tasks[task.0 as usize].id
}

fn descendants(trace: &Trace, task: TaskIndex) -> Vec<Member> {
    let count = trace.tasks.len();
    if task.0 as usize >= count {
        return Vec::new();
    }
    // By parent, then beginning: a task's children are neighbours.
    let mut children: Vec<u32> = (0..count as u32).collect();
    let key = |&row: &u32| {
        let task = &trace.tasks[row as usize];
        (task.parent, task.start, row)
    };
    children.sort_unstable_by_key(key);
    let mut seen = vec![false; count];
    let mut found = Vec::new();
    let mut waiting = vec![Member {
        task,
        depth: 0,
        parent: None,
    }];
    while let Some(member) = waiting.pop() {
        // A damaged trace may have a task below itself.
        if std::mem::replace(&mut seen[member.task.0 as usize], true) {
            continue;
        }
        found.push(member);
        let id = id_of(trace, member.task);
        if id == TaskId::NONE {
            continue;
        }
        let first = children.partition_point(|&row| trace.tasks[row as usize].parent < id);
        let end = children.partition_point(|&row| trace.tasks[row as usize].parent <= id);
        let below = children[first..end].iter().rev();
        waiting.extend(below.map(|&row| Member {
            task: TaskIndex(row),
            depth: member.depth.saturating_add(1),
            parent: Some(member.task),
        }));
    }
    found
}

fn goroutines(trace: &Trace, family: &Family) -> Vec<GoroutineIndex> {
    let mut first = vec![Nanos(i64::MAX); trace.goroutines.len()];
    let mut involved = |goroutine: GoroutineIndex, time: Option<Nanos>| {
        if let Some(known) = first.get_mut(goroutine.0 as usize) {
            *known = (*known).min(time.unwrap_or_default());
        }
    };
    for member in &family.tasks {
        let row = &trace.tasks[member.task.0 as usize];
        if row.start.is_some() {
            involved(row.began_by, row.start);
        }
        if row.end.is_some() {
            involved(row.ended_by, row.end);
        }
    }
    for region in trace
        .regions
        .iter()
        .filter(|region| family.has(region.task))
    {
        involved(region.goroutine, region.start);
    }
    for log in trace.logs.iter().filter(|log| family.has(log.task)) {
        involved(log.goroutine, Some(log.time));
    }
    let mut found: Vec<_> = first
        .into_iter()
        .enumerate()
        .filter(|&(_, time)| time.0 != i64::MAX)
        .map(|(i, time)| (time, GoroutineIndex(i as u32)))
        .collect();
    found.sort_unstable();
    found.into_iter().map(|(_, goroutine)| goroutine).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::Program;

    const NOBODY: u32 = u32::MAX;

    /// Task 1 with 2 and 3 below it, 4 below 2; 5 is another's.
    fn trace() -> Trace {
        let mut p = Program::new(5, 5);
        for g in 0..5 {
            p.create(NOBODY, g, "main.worker").run(g, g);
        }
        p.at(10).task(2, true, 1, 0, "request");
        p.at(20).task(0, true, 3, 1, "late");
        p.at(15).task(0, true, 2, 1, "early").log(0, 2, "", "begun");
        p.at(30)
            .task(1, true, 4, 2, "deep")
            .log(1, 4, "db", "asked");
        p.at(35)
            .task(3, true, 5, 0, "other")
            .log(3, 5, "", "not mine");
        p.at(40).region_of(4, true, 4, "query");
        p.at(50).task(1, false, 4, 2, "deep");
        p.finish(100)
    }

    #[test]
    fn a_family_is_a_tree_in_reading_order() {
        let trace = trace();
        let family = Family::new(&trace, TaskIndex(0));
        let ids: Vec<_> = family
            .tasks
            .iter()
            .map(|m| (trace.tasks[m.task.0 as usize].id.0, m.depth))
            .collect();
        // Times only rise: task 2 began after task 3.
        assert_eq!(ids, [(1, 0), (3, 1), (2, 1), (4, 2)]);
        let goroutines: Vec<_> = family.goroutines.iter().map(|g| g.0).collect();
        assert_eq!(goroutines, [2, 0, 1, 4]);
        assert!(family.has(TaskId(4)) && !family.has(TaskId(5)));
        let messages = |place: usize| -> Vec<_> {
            let rows = family.logs(place).iter();
            rows.map(|&row| trace.strings.get(trace.logs.at(row as usize).message))
                .collect()
        };
        assert_eq!(messages(2), ["begun"]);
        assert_eq!(messages(3), ["asked"]);
        assert!(messages(0).is_empty());
    }

    #[test]
    fn a_task_below_itself_ends() {
        let mut p = Program::new(1, 1);
        p.create(NOBODY, 0, "main.main").run(0, 0);
        p.task(0, true, 1, 2, "a")
            .task(0, true, 2, 1, "b")
            .task(0, true, 3, 3, "c");
        let trace = p.finish(10);
        assert_eq!(Family::new(&trace, TaskIndex(0)).tasks.len(), 2);
        let own = task_of(&trace, TaskId(3)).expect("a task");
        assert_eq!(Family::new(&trace, own).tasks.len(), 1);
        assert!(Family::new(&trace, TaskIndex(99)).tasks.is_empty());
    }
}
