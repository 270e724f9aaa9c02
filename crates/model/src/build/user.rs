//! Tasks, regions, logs and labels → rows. The rules are those of `internal/trace/summary.go`.

use hashbrown::HashMap;
use tracepane_wire::{GoroutineIndex, Nanos, TaskId};

use crate::column::Column;
use crate::stack::StackRef;
use crate::string::StringRef;
use crate::task::{LabelRow, LogRow, RegionRow, TaskRow};

/// No open region.
pub(crate) const NO_REGION: u32 = u32::MAX;

/// How far outwards a region's end looks for its beginning; only unbalanced regions are not the innermost ones.
const MAX_UNBALANCED: usize = 256;

/// The rows so far, and what is open.
#[derive(Default)]
pub(crate) struct UserTables {
    pub(crate) tasks: Vec<TaskRow>,
    /// The last row of each task id; ids are the program's (or a hostile file's), so hashed with a seed.
    pub(crate) task_rows: HashMap<u64, u32>,
    pub(crate) last_task: Option<(TaskId, usize)>,
    pub(crate) regions: Column<RegionRow>,
    /// For each region the one around it, or [`NO_REGION`].
    pub(crate) outer: Column<u32>,
    pub(crate) logs: Column<LogRow>,
    pub(crate) labels: Column<LabelRow>,
}

impl UserTables {
    /// The row of a task, which is added if it was never mentioned (`getOrAddTask`).
    fn mention(&mut self, task: TaskId) -> Option<usize> {
        if task == TaskId::NONE {
            return None;
        }
        if let Some((last, row)) = self.last_task
            && last == task
        {
            return Some(row);
        }
        let row = match self.task_rows.get(&task.0) {
            Some(&row) => row as usize,
            None => self.add_task(task)?,
        };
        self.last_task = Some((task, row));
        Some(row)
    }

    pub(crate) fn add_task(&mut self, task: TaskId) -> Option<usize> {
        let row = self.tasks.len();
        self.task_rows.insert(task.0, u32::try_from(row).ok()?);
        self.last_task = None;
        self.tasks.push(TaskRow {
            id: task,
            parent: TaskId::NONE,
            name: StringRef(0),
            start: None,
            end: None,
            began_by: GoroutineIndex::NONE,
            ended_by: GoroutineIndex::NONE,
            begin_stack: StackRef::NONE,
            end_stack: StackRef::NONE,
        });
        Some(row)
    }

    pub(crate) fn begin_task(
        &mut self,
        time: Nanos,
        task: TaskId,
        parent: TaskId,
        name: StringRef,
        by: GoroutineIndex,
        stack: StackRef,
    ) {
        let Some(mut row) = self.mention(task) else {
            return;
        };
        // An id that is used again names another task.
        if self.tasks[row].start.is_some() || self.tasks[row].end.is_some() {
            let Some(new) = self.add_task(task) else {
                return;
            };
            row = new;
        }
        let row = &mut self.tasks[row];
        row.parent = parent;
        row.name = name;
        row.start = Some(time);
        row.began_by = by;
        row.begin_stack = stack;
        self.mention(parent);
    }

    pub(crate) fn end_task(
        &mut self,
        time: Nanos,
        task: TaskId,
        parent: TaskId,
        name: StringRef,
        by: GoroutineIndex,
        stack: StackRef,
    ) {
        let Some(mut row) = self.mention(task) else {
            return;
        };
        if self.tasks[row].end.is_some() {
            let Some(new) = self.add_task(task) else {
                return;
            };
            row = new;
        }
        let row = &mut self.tasks[row];
        if row.start.is_none() {
            // Ends of format v1 name no parent, which the events tell as the background task.
            row.parent = match parent {
                TaskId::BACKGROUND => TaskId::NONE,
                parent => parent,
            };
            row.name = name;
        }
        row.end = Some(time);
        row.ended_by = by;
        row.end_stack = stack;
        self.mention(parent);
    }

    pub(crate) fn begin_region(
        &mut self,
        time: Nanos,
        goroutine: GoroutineIndex,
        open: &mut u32,
        task: TaskId,
        name: StringRef,
        stack: StackRef,
    ) {
        self.mention(task);
        let row = RegionRow {
            goroutine,
            task,
            name,
            start: Some(time),
            end: None,
            depth: self.depth_inside(*open),
            end_seen: false,
            begin_stack: stack,
            end_stack: StackRef::NONE,
        };
        if let Some(place) = self.push_region(row, *open) {
            *open = place;
        }
    }

    pub(crate) fn end_region(
        &mut self,
        time: Nanos,
        goroutine: GoroutineIndex,
        open: &mut u32,
        task: TaskId,
        name: StringRef,
        stack: StackRef,
    ) {
        self.mention(task);
        if *open == NO_REGION {
            // It began before the trace.
            let row = RegionRow {
                goroutine,
                task,
                name,
                start: None,
                end: Some(time),
                depth: 0,
                end_seen: true,
                begin_stack: StackRef::NONE,
                end_stack: stack,
            };
            self.push_region(row, NO_REGION);
            return;
        }
        let Some(target) = self.find_open(*open, task, name) else {
            return;
        };
        // What was begun inside and not ended (a slip) cannot outlast it.
        while *open != target {
            self.close(time, open);
        }
        self.close(time, open);
        if let Some(row) = self.regions.get_mut(target as usize) {
            row.end_seen = true;
            row.end_stack = stack;
        }
    }

    /// The innermost open region with this task and name.
    fn find_open(&self, innermost: u32, task: TaskId, name: StringRef) -> Option<u32> {
        let mut place = innermost;
        for _ in 0..MAX_UNBALANCED {
            let row = self.regions.get(place as usize)?;
            if row.task == task && row.name == name {
                return Some(place);
            }
            place = self.outer.get(place as usize)?;
        }
        None
    }

    /// Ends all open regions of a goroutine, which itself ends.
    pub(crate) fn close_regions(&mut self, time: Nanos, open: &mut u32) {
        while *open != NO_REGION {
            self.close(time, open);
        }
    }

    /// Ends the innermost open region.
    pub(crate) fn close(&mut self, time: Nanos, open: &mut u32) {
        let place = *open as usize;
        if let Some(row) = self.regions.get_mut(place) {
            row.end = Some(time);
        }
        *open = self.outer.get(place).unwrap_or(NO_REGION);
    }

    /// The task of an open region.
    pub(crate) fn task_of_region(&self, open: u32) -> Option<TaskId> {
        self.regions.get(open as usize).map(|row| row.task)
    }

    pub(crate) fn depth_inside(&self, open: u32) -> u16 {
        self.regions
            .get(open as usize)
            .map_or(0, |row| row.depth.saturating_add(1))
    }

    pub(crate) fn push_region(&mut self, row: RegionRow, outer: u32) -> Option<u32> {
        let place = u32::try_from(self.regions.len()).ok()?;
        if place == NO_REGION {
            return None;
        }
        self.regions.push(row);
        self.outer.push(outer);
        Some(place)
    }

    pub(crate) fn log(
        &mut self,
        time: Nanos,
        goroutine: GoroutineIndex,
        task: TaskId,
        category: StringRef,
        message: StringRef,
        stack: StackRef,
    ) {
        self.mention(task);
        self.logs.push(LogRow {
            time,
            goroutine,
            task,
            category,
            message,
            stack,
        });
    }

    pub(crate) fn label(&mut self, time: Nanos, goroutine: GoroutineIndex, label: StringRef) {
        self.labels.push(LabelRow {
            time,
            goroutine,
            label,
        });
    }
}
