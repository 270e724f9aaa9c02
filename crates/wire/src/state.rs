//! The states of goroutines and procs, as Go's `internal/trace/resources.go` names them.

/// The state of a goroutine.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum GoroutineState {
    /// Its state before this moment is not known: it existed before the trace began.
    Undetermined = 0,
    /// It does not exist: not yet created, or already gone.
    NotExist = 1,
    /// Ready to run, waiting for a proc.
    Runnable = 2,
    /// Running on a proc.
    Running = 3,
    /// Blocked.
    Waiting = 4,
    /// In a system call or in C code.
    Syscall = 5,
}

impl GoroutineState {
    /// The name that `go tool trace -d=parsed` prints.
    pub fn name(self) -> &'static str {
        match self {
            Self::Undetermined => "Undetermined",
            Self::NotExist => "NotExist",
            Self::Runnable => "Runnable",
            Self::Running => "Running",
            Self::Waiting => "Waiting",
            Self::Syscall => "Syscall",
        }
    }
}

/// The state of a proc.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum ProcState {
    /// Its state before this moment is not known.
    Undetermined = 0,
    /// It does not exist.
    NotExist = 1,
    /// Bound to a thread (a proc in a system call counts as running until it is lost).
    Running = 2,
    /// Not bound to a thread.
    Idle = 3,
}

impl ProcState {
    /// The name that `go tool trace -d=parsed` prints.
    pub fn name(self) -> &'static str {
        match self {
            Self::Undetermined => "Undetermined",
            Self::NotExist => "NotExist",
            Self::Running => "Running",
            Self::Idle => "Idle",
        }
    }
}
