//! What the traced program says of itself: tasks, regions, logs and labels.

use tracepane_wire::{GoroutineIndex, Nanos, TaskId};

use crate::stack::StackRef;
use crate::string::StringRef;

/// A row of [`crate::Trace::tasks`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TaskIndex(pub u32);

/// A user task.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct TaskRow {
    /// Its number in the program.
    pub id: TaskId,
    /// Its parent's number, or [`TaskId::NONE`].
    pub parent: TaskId,
    /// Its type.
    pub name: StringRef,
    /// When it began; `None` if before the trace.
    pub start: Option<Nanos>,
    /// When it ended; `None` if it outlived the trace.
    pub end: Option<Nanos>,
    /// Who began it, or NONE.
    pub began_by: GoroutineIndex,
    /// Who ended it, or NONE.
    pub ended_by: GoroutineIndex,
    /// Where it was begun.
    pub begin_stack: StackRef,
    /// Where it was ended.
    pub end_stack: StackRef,
}

/// A user region: a part of one goroutine's life.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct RegionRow {
    /// The goroutine.
    pub goroutine: GoroutineIndex,
    /// The task it belongs to.
    pub task: TaskId,
    /// Its type.
    pub name: StringRef,
    /// When it began; `None` if before the trace.
    pub start: Option<Nanos>,
    /// When it ended (with its goroutine, if it was still open then); `None` if it outlived the trace.
    pub end: Option<Nanos>,
    /// How many regions of the goroutine were open around it.
    pub depth: u16,
    /// Whether an event ended it (not its goroutine's end, nor the trace's).
    pub end_seen: bool,
    /// Where it was begun.
    pub begin_stack: StackRef,
    /// Where it was ended.
    pub end_stack: StackRef,
}

/// A user log message.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct LogRow {
    /// When.
    pub time: Nanos,
    /// By whom.
    pub goroutine: GoroutineIndex,
    /// In which task.
    pub task: TaskId,
    /// Its category; may be empty.
    pub category: StringRef,
    /// Its text.
    pub message: StringRef,
    /// From where.
    pub stack: StackRef,
}

/// A label that a goroutine got.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct LabelRow {
    /// When.
    pub time: Nanos,
    /// Which goroutine.
    pub goroutine: GoroutineIndex,
    /// The label.
    pub label: StringRef,
}
