//! The one event type: what happened, when, and in which scheduling context. Both formats end here.

use crate::id::{GoroutineIndex, Nanos, ProcIndex, StackId, StringId, TaskId, ThreadIndex};
use crate::state::{GoroutineState, ProcState};

/// One event in its final order.
///
/// `thread`, `proc` and `goroutine` are the context that executed the event, *before* it took effect
/// (`internal/trace.Event.Thread`, `.Proc`, `.Goroutine`).
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Event {
    /// When: strictly increasing over the whole trace.
    pub time: Nanos,
    /// The thread that executed it, or NONE.
    pub thread: ThreadIndex,
    /// The proc that executed it, or NONE.
    pub proc: ProcIndex,
    /// The goroutine that executed it, or NONE.
    pub goroutine: GoroutineIndex,
    /// The stack of the executing context (`Event.Stack`), or NONE. Belongs to the current generation.
    pub stack: StackId,
    /// What happened.
    pub kind: EventKind,
}

/// What an event says. String and stack ids belong to the current generation's [`crate::Tables`].
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum EventKind {
    /// A generation begins, or the trace ends; the `n`th such point, from 1.
    Sync {
        /// Counts from 1.
        n: u32,
    },
    /// A value was measured.
    Metric {
        /// What was measured.
        metric: Metric,
        /// The value, in the metric's unit.
        value: u64,
    },
    /// The executing goroutine got a label.
    Label {
        /// The label.
        label: StringId,
    },
    /// A CPU profile's sample; its stack is the event's.
    StackSample,
    /// A range began.
    RangeBegin {
        /// Which.
        range: Range,
        /// Whose.
        scope: Scope,
    },
    /// A range was already in progress when the generation began.
    RangeActive {
        /// Which.
        range: Range,
        /// Whose.
        scope: Scope,
    },
    /// A range ended.
    RangeEnd {
        /// Which.
        range: Range,
        /// Whose.
        scope: Scope,
        /// Bytes swept; only of a sweep, else 0.
        swept: u64,
        /// Bytes reclaimed; only of a sweep, else 0.
        reclaimed: u64,
    },
    /// A user task began.
    TaskBegin {
        /// Its id.
        task: TaskId,
        /// Its parent, or NONE.
        parent: TaskId,
        /// Its type.
        name: StringId,
    },
    /// A user task ended; parent and name are carried over from its beginning, NONE and empty if that was not seen.
    TaskEnd {
        /// Its id.
        task: TaskId,
        /// Its parent, or NONE.
        parent: TaskId,
        /// Its type.
        name: StringId,
    },
    /// The executing goroutine entered a user region.
    RegionBegin {
        /// The task it belongs to.
        task: TaskId,
        /// Its type.
        name: StringId,
    },
    /// The executing goroutine left a user region.
    RegionEnd {
        /// The task it belongs to.
        task: TaskId,
        /// Its type.
        name: StringId,
    },
    /// The program logged a message.
    Log {
        /// The task it belongs to.
        task: TaskId,
        /// Its category, may be empty.
        category: StringId,
        /// Its text.
        message: StringId,
    },
    /// A goroutine changed its state.
    Goroutine {
        /// Which goroutine: not always the executing one.
        goroutine: GoroutineIndex,
        /// The state before.
        from: GoroutineState,
        /// The state after.
        to: GoroutineState,
        /// Why, or empty.
        reason: StringId,
        /// The goroutine's own stack (`StateTransition.Stack`): for a creation the new goroutine's start.
        stack: StackId,
    },
    /// A proc changed its state.
    Proc {
        /// Which proc: not always the executing one.
        proc: ProcIndex,
        /// The state before.
        from: ProcState,
        /// The state after.
        to: ProcState,
    },
    /// An event of an experiment, e.g. AllocFree.
    Experimental {
        /// The number of the event's type in the wire format (128…).
        event_type: u8,
        /// Its arguments in the order of the spec; unused ones are 0.
        args: [u64; 3],
    },
}

impl EventKind {
    /// The name of the kind in Go's `internal/trace`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Sync { .. } => "Sync",
            Self::Metric { .. } => "Metric",
            Self::Label { .. } => "Label",
            Self::StackSample => "StackSample",
            Self::RangeBegin { .. } => "RangeBegin",
            Self::RangeActive { .. } => "RangeActive",
            Self::RangeEnd { .. } => "RangeEnd",
            Self::TaskBegin { .. } => "TaskBegin",
            Self::TaskEnd { .. } => "TaskEnd",
            Self::RegionBegin { .. } => "RegionBegin",
            Self::RegionEnd { .. } => "RegionEnd",
            Self::Log { .. } => "Log",
            Self::Goroutine { .. } | Self::Proc { .. } => "StateTransition",
            Self::Experimental { .. } => "Experimental",
        }
    }
}

/// What a [`EventKind::Metric`] measures.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Metric {
    /// GOMAXPROCS.
    GoMaxProcs,
    /// Bytes of live heap objects.
    HeapObjects,
    /// The heap size at which the next GC ends, in bytes.
    HeapGoal,
}

impl Metric {
    /// The name in `runtime/metrics`.
    pub fn name(self) -> &'static str {
        match self {
            Self::GoMaxProcs => "/sched/gomaxprocs:threads",
            Self::HeapObjects => "/memory/classes/heap/objects:bytes",
            Self::HeapGoal => "/gc/heap/goal:bytes",
        }
    }
}

/// The kinds of ranges (`internal/trace.Event.Range`).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Range {
    /// "GC concurrent mark phase".
    GcMark,
    /// "GC incremental sweep".
    GcSweep,
    /// "GC mark assist".
    GcMarkAssist,
    /// "stop-the-world (KIND)".
    StopTheWorld(
        /// The kind, e.g. "GC mark termination".
        StringId,
    ),
}

/// What a range is bound to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scope {
    /// The whole program.
    Global,
    /// One proc.
    Proc(ProcIndex),
    /// One goroutine.
    Goroutine(GoroutineIndex),
}
