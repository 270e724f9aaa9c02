//! Tasks by type, with the distribution of their durations; and of each task its subtasks, regions, logs and
//! goroutines. `/usertasks` and `/usertask` of `go tool trace` (`cmd/trace/tasks.go`).

use rustc_hash::FxHashMap;
use tracepane_model::{GoroutineIndex, Nanos, StringRef, TaskId, TaskIndex, TaskRow, Trace};

use crate::lists::Lists;
use crate::regions::heirs;
use crate::scope::{TimeRange, touches};
use crate::sum;
use crate::time_histogram::TimeHistogram;

/// A type of tasks, by its place in [`Tasks::types`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TaskTypeIndex(pub u32);

/// The tasks with the same name.
#[derive(Clone, PartialEq, Debug)]
pub struct TaskType {
    /// The name; empty for tasks that the trace only mentions.
    pub name: StringRef,
    /// How many there are.
    pub count: u64,
    /// How long the complete ones are together.
    pub total: Nanos,
    /// The longest complete one.
    pub longest: Nanos,
    /// The durations of the complete ones.
    pub histogram: TimeHistogram,
}

impl TaskType {
    /// How many have both their beginning and their end in the trace.
    pub fn complete(&self) -> u64 {
        self.histogram.count()
    }

    /// How many have not.
    pub fn incomplete(&self) -> u64 {
        self.count - self.complete()
    }
}

/// All tasks of a trace. The background task (0), to which regions and logs belong that name no task, counts as one
/// without a name, as in `go tool trace`; [`is_background`] tells it.
#[derive(Clone, Default, Debug)]
pub struct Tasks {
    /// The types, sorted by name.
    pub types: Vec<TaskType>,
    /// By row of [`Trace::tasks`].
    type_of: Vec<TaskTypeIndex>,
    /// Sorted by id, then row.
    by_id: Vec<(TaskId, u32)>,
    subtasks: Lists,
    regions: Lists,
    logs: Lists,
    heirs: Lists,
}

impl Tasks {
    /// Counts all tasks of a trace.
    pub fn new(trace: &Trace) -> Self {
        Self::within(trace, TimeRange::ALL)
    }

    /// Counts those that touch a part of time, with all of their duration. The others have no type, but can be found,
    /// and what belongs to each task is all that does.
    pub fn within(trace: &Trace, time: TimeRange) -> Self {
        let mut by_id: Vec<(TaskId, u32)> =
            (0u32..).zip(&trace.tasks).map(|(i, t)| (t.id, i)).collect();
        by_id.sort_unstable();
        let mut tasks = Self {
            by_id,
            ..Self::default()
        };
        tasks.count(trace, time);
        let count = trace.tasks.len();
        let key = |task: Option<TaskIndex>| task.map_or(u32::MAX, |task| task.0);
        // Nearly always the same task as the row before.
        let keys = |rows: &mut dyn Iterator<Item = (TaskId, Nanos)>| -> Vec<u32> {
            let mut last = (TaskId::NONE, u32::MAX);
            let unique = tasks.by_id.windows(2).all(|pair| pair[0].0 != pair[1].0);
            rows.map(|(id, time)| {
                if !unique || last.0 != id {
                    last = (id, key(tasks.find_at(trace, id, time)));
                }
                last.1
            })
            .collect()
        };
        let of_regions = keys(&mut trace.regions.iter().map(|row| {
            let time = row.start.or(row.end).unwrap_or_default();
            (row.task, time)
        }));
        let of_logs = keys(&mut trace.logs.iter().map(|row| (row.task, row.time)));
        let of_tasks = keys(&mut trace.tasks.iter().map(|row| {
            let time = row.start.or(row.end).unwrap_or_default();
            (row.parent, time)
        }));
        let of_heirs: Vec<(u32, u32)> = heirs(trace)
            .map(|(goroutine, life)| {
                let task = trace.goroutines.row(goroutine).inherited_task;
                (key(tasks.find_at(trace, task, life.start)), goroutine.0)
            })
            .collect();
        let lists = |keys: &[u32]| Lists::new(count, || keys.iter().copied().zip(0u32..));
        tasks.regions = lists(&of_regions);
        tasks.logs = lists(&of_logs);
        tasks.subtasks = lists(&of_tasks);
        tasks.heirs = Lists::new(count, || of_heirs.iter().copied());
        tasks
    }

    fn count(&mut self, trace: &Trace, time: TimeRange) {
        let mut index: FxHashMap<StringRef, usize> = FxHashMap::default();
        let mut types: Vec<TaskType> = Vec::new();
        let mut type_of: Vec<usize> = Vec::with_capacity(trace.tasks.len());
        for row in &trace.tasks {
            let own = time_of(trace, row);
            if time != TimeRange::ALL && !touches(time, own.start, own.end) {
                type_of.push(usize::MAX);
                continue;
            }
            let of = *index.entry(row.name).or_insert_with(|| {
                types.push(TaskType {
                    name: row.name,
                    count: 0,
                    total: Nanos(0),
                    longest: Nanos(0),
                    histogram: TimeHistogram::new(),
                });
                types.len() - 1
            });
            type_of.push(of);
            let known = &mut types[of];
            known.count += 1;
            if is_complete(row) {
                let duration = time_of(trace, row).length();
                sum::add(&mut known.total, duration.0);
                known.longest = known.longest.max(duration);
                known.histogram.add(duration);
            }
        }
        let mut order: Vec<usize> = (0..types.len()).collect();
        order.sort_by_key(|&of| trace.strings.get(types[of].name));
        let mut places = vec![0; types.len()];
        for (new, &old) in (0u32..).zip(&order) {
            places[old] = new;
        }
        self.types = order.iter().map(|&of| types[of].clone()).collect();
        self.type_of = type_of
            .iter()
            .map(|&of| TaskTypeIndex(places.get(of).copied().unwrap_or(u32::MAX)))
            .collect();
    }

    /// The task with this id; the first one, if several have it.
    pub fn find(&self, id: TaskId) -> Option<TaskIndex> {
        let place = self.by_id.partition_point(|&(known, _)| known < id);
        let &(known, row) = self.by_id.get(place)?;
        (known == id).then_some(TaskIndex(row))
    }

    /// The task that had this id at `time`. Ids are used once, but in damaged traces.
    pub fn find_at(&self, trace: &Trace, id: TaskId, time: Nanos) -> Option<TaskIndex> {
        let first = self.by_id.partition_point(|&(known, _)| known < id);
        let rows = &self.by_id[first..];
        let rows = &rows[..rows.partition_point(|&(known, _)| known == id)];
        // Rows of an id stand in the order of their beginnings.
        let begun = rows.partition_point(|&(_, row)| {
            let start = trace.tasks.get(row as usize).and_then(|task| task.start);
            start.is_none_or(|start| start <= time)
        });
        rows.get(begun.saturating_sub(1))
            .map(|&(_, row)| TaskIndex(row))
    }

    /// The type of a task.
    pub fn type_of(&self, task: TaskIndex) -> Option<TaskTypeIndex> {
        let of = self.type_of.get(task.0 as usize).copied();
        of.filter(|of| (of.0 as usize) < self.types.len())
    }

    /// A task's subtasks, as rows of [`Trace::tasks`], in order of their first mention.
    pub fn subtasks(&self, task: TaskIndex) -> &[u32] {
        self.subtasks.of(task.0)
    }

    /// A task's regions, as rows of [`Trace::regions`].
    pub fn regions(&self, task: TaskIndex) -> &[u32] {
        self.regions.of(task.0)
    }

    /// A task's logs, as rows of [`Trace::logs`].
    pub fn logs(&self, task: TaskIndex) -> &[u32] {
        self.logs.of(task.0)
    }

    /// The goroutines that were created in one of its regions, or by such goroutines, as indexes.
    pub fn heirs(&self, task: TaskIndex) -> &[u32] {
        self.heirs.of(task.0)
    }

    /// The parent of a task, if the trace knows it.
    pub fn parent(&self, trace: &Trace, task: TaskIndex) -> Option<TaskIndex> {
        let row = trace.tasks.get(task.0 as usize)?;
        if row.parent == TaskId::NONE {
            return None;
        }
        let time = row.start.or(row.end).unwrap_or_default();
        self.find_at(trace, row.parent, time)
    }

    /// The task, then its subtasks, theirs and so on, each once; of more than `most` the rest is left out.
    pub fn family(&self, task: TaskIndex, most: usize) -> Vec<TaskIndex> {
        let mut family = vec![task];
        // Almost all families are too small for anything but a look at all.
        let mut known: Option<rustc_hash::FxHashSet<u32>> = None;
        let mut next = 0;
        while let Some(&parent) = family.get(next) {
            next += 1;
            for &child in self.subtasks(parent) {
                if family.len() >= most {
                    return family;
                }
                let is_new = match &mut known {
                    Some(known) => known.insert(child),
                    None => !family.contains(&TaskIndex(child)),
                };
                if is_new {
                    family.push(TaskIndex(child));
                    if family.len() == 32 {
                        known = Some(family.iter().map(|task| task.0).collect());
                    }
                }
            }
        }
        family
    }

    /// The goroutines that began or ended it, logged or had regions in it, sorted
    /// (`UserTaskSummary.Goroutines` of `internal/trace/summary.go`).
    pub fn goroutines(&self, trace: &Trace, task: TaskIndex) -> Vec<GoroutineIndex> {
        let Some(row) = trace.tasks.get(task.0 as usize) else {
            return Vec::new();
        };
        let regions = self.regions(task).iter();
        let logs = self.logs(task).iter();
        let mut all: Vec<GoroutineIndex> = [row.began_by, row.ended_by]
            .into_iter()
            .chain(regions.filter_map(|&r| Some(trace.regions.get(r as usize)?.goroutine)))
            .chain(logs.filter_map(|&l| Some(trace.logs.get(l as usize)?.goroutine)))
            .filter(|goroutine| goroutine.is_some())
            .collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// The tasks that pass a filter, in the order of [`Trace::tasks`].
    pub fn matching(&self, trace: &Trace, filter: &TaskFilter) -> Vec<TaskIndex> {
        let wanted: Vec<bool> = self
            .types
            .iter()
            .map(|of| {
                let name = filter.name.as_deref();
                name.is_none_or(|name| trace.strings.get(of.name) == name)
            })
            .collect();
        let mut text = (!filter.text.is_empty()).then(|| TextSearch::new(trace, filter));
        (0u32..)
            .zip(&trace.tasks)
            .zip(&self.type_of)
            .filter(|((i, row), of)| {
                wanted.get(of.0 as usize) == Some(&true)
                    && filter.has_time(time_of(trace, row).length(), is_complete(row))
                    && text
                        .as_mut()
                        .is_none_or(|text| self.says(trace, TaskIndex(*i), text))
            })
            .map(|((i, _), _)| TaskIndex(i))
            .collect()
    }

    /// Whether a task's name, a region's of it, or a log's category or message contains the text
    /// (`taskMatches` of `cmd/trace/tasks.go`).
    fn says(&self, trace: &Trace, task: TaskIndex, text: &mut TextSearch<'_>) -> bool {
        text.is_in(trace.tasks[task.0 as usize].name)
            || self
                .regions(task)
                .iter()
                .filter_map(|&r| trace.regions.get(r as usize))
                .any(|region| text.is_in(region.name))
            || self
                .logs(task)
                .iter()
                .filter_map(|&l| trace.logs.get(l as usize))
                .any(|log| text.is_in(log.category) || text.is_in(log.message))
    }
}

/// Which tasks are meant. All that is said must be true of a task.
#[derive(Clone, PartialEq, Eq, Hash, Default, Debug)]
pub struct TaskFilter {
    /// The name is this.
    pub name: Option<String>,
    /// Whether both its beginning and its end are in the trace.
    pub complete: Option<bool>,
    /// It is complete and at least as long.
    pub shortest: Option<Nanos>,
    /// It is complete and at most as long.
    pub longest: Option<Nanos>,
    /// Its name, a region's of it, or a log's category or message contains this.
    pub text: String,
    /// Capitals count in [`Self::text`], as in `go tool trace`.
    pub exact_case: bool,
}

impl TaskFilter {
    fn has_time(&self, length: Nanos, complete: bool) -> bool {
        let asks_length = self.shortest.is_some() || self.longest.is_some();
        (complete || !asks_length)
            && self.complete.is_none_or(|wanted| complete == wanted)
            && self.shortest.is_none_or(|shortest| length >= shortest)
            && self.longest.is_none_or(|longest| length <= longest)
    }
}

/// Searches each string of a trace once.
struct TextSearch<'a> {
    trace: &'a Trace,
    needle: String,
    exact_case: bool,
    /// By string, once it was asked for.
    found: Vec<Option<bool>>,
}

impl<'a> TextSearch<'a> {
    fn new(trace: &'a Trace, filter: &TaskFilter) -> Self {
        let needle = match filter.exact_case {
            true => filter.text.clone(),
            false => filter.text.to_lowercase(),
        };
        Self {
            trace,
            needle,
            exact_case: filter.exact_case,
            found: vec![None; trace.strings.len()],
        }
    }

    fn is_in(&mut self, string: StringRef) -> bool {
        let Some(known) = self.found.get_mut(string.0 as usize) else {
            return false;
        };
        *known.get_or_insert_with(|| {
            let text = self.trace.strings.get(string);
            match self.exact_case {
                true => text.contains(&self.needle),
                false => text.to_lowercase().contains(&self.needle),
            }
        })
    }
}

/// When a task lasted, as far as the trace has it (`taskInterval` of `cmd/trace/tasks.go`).
pub fn time_of(trace: &Trace, task: &TaskRow) -> TimeRange {
    let start = task.start.unwrap_or(Nanos(0));
    TimeRange {
        start,
        end: task.end.unwrap_or(trace.end).max(start),
    }
}

/// Whether both a task's beginning and its end are in the trace.
pub fn is_complete(task: &TaskRow) -> bool {
    task.start.is_some() && task.end.is_some()
}

/// Whether a task is the one to which regions and logs belong that name no task.
pub fn is_background(task: &TaskRow) -> bool {
    task.id == TaskId::BACKGROUND
}

#[cfg(test)]
mod tests;
