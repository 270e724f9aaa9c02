//! What is known about goroutines, procs and threads while events are put in order.

use super::seam;
use super::spec::{goroutine_status, proc_status};
use crate::id::TaskId;
use crate::state::{GoroutineState, ProcState};

/// Nobody: no goroutine, proc, thread or extra.
pub const NONE: u32 = u32::MAX;
/// The status of what does not exist (any more).
pub const ABSENT: u8 = u8::MAX;

/// The status of goroutines as bytes.
pub mod gs {
    use super::goroutine_status as wire;

    pub const RUNNABLE: u8 = wire::RUNNABLE as u8;
    pub const RUNNING: u8 = wire::RUNNING as u8;
    pub const SYSCALL: u8 = wire::SYSCALL as u8;
    pub const WAITING: u8 = wire::WAITING as u8;
    /// The largest one.
    pub const LAST: u8 = WAITING;
}

/// The status of procs as bytes.
pub mod ps {
    use super::proc_status as wire;

    pub const RUNNING: u8 = wire::RUNNING as u8;
    pub const IDLE: u8 = wire::IDLE as u8;
    pub const SYSCALL: u8 = wire::SYSCALL as u8;
    pub const SYSCALL_ABANDONED: u8 = wire::SYSCALL_ABANDONED as u8;
    /// The largest one.
    pub const LAST: u8 = SYSCALL_ABANDONED;
}

/// The place of an event in its resource's order; counts anew in each generation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Seq {
    /// The generation's number.
    pub generation: u64,
    /// The count.
    pub n: u64,
}

impl Seq {
    /// Whether this comes right after `before`.
    #[inline(always)]
    pub fn succeeds(self, before: Self) -> bool {
        self.generation == before.generation && self.n == before.n.wrapping_add(1)
    }
}

/// A goroutine.
#[derive(Clone, Copy, Debug)]
pub struct Goroutine {
    /// Its last numbered event.
    pub seq: Seq,
    /// The thread it was last bound to.
    pub thread: u32,
    /// Its open regions and ranges, if it has any.
    pub extra: u32,
    /// Its status in the wire format's numbers, or [`ABSENT`].
    pub status: u8,
    /// What it was first seen as: see [`super::seam`].
    pub claim: u8,
    /// What its ranges were first seen as: see [`super::seam`].
    pub ranges: u8,
}

impl Goroutine {
    /// One that does not exist.
    pub const NEW: Self = Self {
        seq: Seq {
            generation: 0,
            n: 0,
        },
        thread: NONE,
        extra: NONE,
        status: ABSENT,
        claim: seam::UNSEEN,
        ranges: 0,
    };
}

/// A proc.
#[derive(Clone, Copy, Debug)]
pub struct Proc {
    /// Its last numbered event.
    pub seq: Seq,
    /// The thread it was last bound to.
    pub thread: u32,
    /// Its status in the wire format's numbers, or [`ABSENT`].
    pub status: u8,
    /// It is sweeping.
    pub sweeping: bool,
    /// What it was first seen as: see [`super::seam`].
    pub claim: u8,
    /// What its sweep was first seen as: see [`super::seam`].
    pub sweep: u8,
}

impl Proc {
    /// One that does not exist.
    pub const NEW: Self = Self {
        seq: Seq {
            generation: 0,
            n: 0,
        },
        thread: NONE,
        status: ABSENT,
        sweeping: false,
        claim: seam::UNSEEN,
        sweep: 0,
    };
}

/// A thread.
#[derive(Clone, Copy, Debug)]
pub struct Thread {
    /// The goroutine bound to it.
    pub goroutine: u32,
    /// The proc bound to it.
    pub proc: u32,
    /// Whether any event showed it.
    pub seen: bool,
    /// Whether nothing is taken for granted of it any more: see [`super::seam`].
    pub settled: bool,
    /// What was said of it before: see [`super::seam`].
    pub told: u8,
    /// Its place among the claims on threads, or [`NONE`].
    pub claim: u32,
}

impl Thread {
    /// One that nothing is known of.
    pub const NEW: Self = Self {
        goroutine: NONE,
        proc: NONE,
        seen: false,
        settled: false,
        told: 0,
        claim: NONE,
    };
}

/// What only few goroutines have.
#[derive(Clone, Default, Debug)]
pub struct Extra {
    /// Open regions, innermost last: task, and name in [`super::names::Names`].
    pub regions: Vec<(TaskId, u32)>,
    /// Open ranges.
    pub ranges: Vec<OpenRange>,
}

/// A range that is open on a goroutine.
#[derive(Clone, Copy, Debug)]
pub struct OpenRange {
    /// The event type that began it.
    pub kind: u8,
    /// The string id of its description, in the generation it began in.
    pub id: u64,
    /// Its description in [`super::names::Names`].
    pub name: u32,
}

/// An active user task.
#[derive(Clone, Copy, Debug)]
pub struct Task {
    /// Its type in [`super::names::Names`].
    pub name: u32,
    /// Its parent, or none.
    pub parent: TaskId,
}

/// The phase of the garbage collector.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Gc {
    /// Nothing seen yet.
    Undetermined,
    /// Between cycles.
    NotRunning,
    /// Marking.
    Running,
}

/// The state that a goroutine's status means (`tracev2GoStatus2GoState`).
pub fn goroutine_state(status: u8) -> GoroutineState {
    match status {
        gs::RUNNABLE => GoroutineState::Runnable,
        gs::RUNNING => GoroutineState::Running,
        gs::SYSCALL => GoroutineState::Syscall,
        gs::WAITING => GoroutineState::Waiting,
        _ => GoroutineState::Undetermined,
    }
}

/// The state that a proc's status means (`tracev2ProcStatus2ProcState`).
pub fn proc_state(status: u8) -> ProcState {
    match status {
        ps::RUNNING | ps::SYSCALL => ProcState::Running,
        ps::IDLE | ps::SYSCALL_ABANDONED => ProcState::Idle,
        _ => ProcState::Undetermined,
    }
}

/// The name of a goroutine's status in messages.
pub fn goroutine_status_name(status: u8) -> &'static str {
    match status {
        ABSENT => "not there",
        gs::RUNNABLE => "Runnable",
        gs::RUNNING => "Running",
        gs::SYSCALL => "Syscall",
        gs::WAITING => "Waiting",
        _ => "Bad",
    }
}

/// The name of a proc's status in messages.
pub fn proc_status_name(status: u8) -> &'static str {
    match status {
        ABSENT => "not there",
        ps::RUNNING => "Running",
        ps::IDLE => "Idle",
        ps::SYSCALL => "Syscall",
        ps::SYSCALL_ABANDONED => "SyscallAbandoned",
        _ => "Bad",
    }
}
