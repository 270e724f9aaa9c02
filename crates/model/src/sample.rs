//! CPU profile samples that the trace holds.

use tracepane_wire::{GoroutineIndex, Nanos, ProcIndex, ThreadIndex};

use crate::stack::StackRef;

/// One sample.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Sample {
    /// When.
    pub time: Nanos,
    /// On which thread.
    pub thread: ThreadIndex,
    /// On which proc, or NONE.
    pub proc: ProcIndex,
    /// In which goroutine, or NONE.
    pub goroutine: GoroutineIndex,
    /// What was running.
    pub stack: StackRef,
}
