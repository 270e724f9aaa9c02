//! What a goroutine does, in the few classes that have colours: states, and waits by kind.

use tracepane_model::{GoroutineIndex, GroupIndex, ReasonId, SpanKind, SpanState, Trace};

/// How many classes there are.
pub const CLASSES: usize = 10;

/// How many of them a single goroutine can be in: [`Class::GcWork`] stands for `Running` of a GC worker.
pub const OWN_CLASSES: usize = 9;

/// What a goroutine does.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum Class {
    /// Running.
    Running = 0,
    /// Ready to run, waiting for a proc.
    Runnable = 1,
    /// In a system call, holding its proc.
    Syscall = 2,
    /// In a system call that lost its proc.
    SyscallBlocked = 3,
    /// Waiting for the GC.
    Gc = 4,
    /// Waiting for a lock, a wait group or a condition.
    Sync = 5,
    /// Waiting for a channel or in a select.
    Chan = 6,
    /// Waiting for the network.
    Network = 7,
    /// Sleeping, or waiting without another reason.
    Idle = 8,
    /// A GC worker, running.
    GcWork = 9,
}

impl Class {
    /// All, in the order of their numbers.
    pub const ALL: [Self; CLASSES] = [
        Self::Running,
        Self::Runnable,
        Self::Syscall,
        Self::SyscallBlocked,
        Self::Gc,
        Self::Sync,
        Self::Chan,
        Self::Network,
        Self::Idle,
        Self::GcWork,
    ];

    /// All, in the order in which shares of a column are stacked, from the bottom.
    pub const STACKED: [Self; CLASSES] = [
        Self::GcWork,
        Self::Running,
        Self::Runnable,
        Self::Syscall,
        Self::SyscallBlocked,
        Self::Gc,
        Self::Sync,
        Self::Chan,
        Self::Network,
        Self::Idle,
    ];

    /// Its name in legends and tooltips.
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Runnable => "runnable",
            Self::Syscall => "system call",
            Self::SyscallBlocked => "system call, blocked",
            Self::Gc => "waiting for the GC",
            Self::Sync => "waiting for a lock",
            Self::Chan => "waiting for a channel",
            Self::Network => "waiting for the network",
            Self::Idle => "sleeping or idle",
            Self::GcWork => "GC worker",
        }
    }

    /// Whether it holds or wants a proc.
    pub const fn is_active(self) -> bool {
        matches!(
            self,
            Self::Running | Self::Runnable | Self::Syscall | Self::GcWork
        )
    }

    /// Whether it has a thread.
    pub fn has_thread(self) -> bool {
        matches!(
            self,
            Self::Running | Self::GcWork | Self::Syscall | Self::SyscallBlocked
        )
    }
}

/// The class of each span, looked up by state and reason.
#[derive(Clone, Default, PartialEq, Debug)]
pub struct Classes {
    /// The class of a wait, by reason.
    waits: Vec<Class>,
    /// The group of the GC's workers.
    workers: Option<GroupIndex>,
}

impl Classes {
    /// The classes of a trace's reasons.
    pub fn new(trace: &Trace) -> Self {
        let reasons = trace.spans.reasons.iter();
        Self {
            waits: reasons
                .map(|&reason| of_wait(trace.strings.get(reason)))
                .collect(),
            workers: (0..trace.goroutines.groups.len())
                .find(|&i| {
                    trace.strings.get(trace.goroutines.groups[i]) == "runtime.gcBgMarkWorker"
                })
                .map(|i| GroupIndex(i as u32)),
        }
    }

    /// The same with these for the GC's workers.
    pub(crate) fn with_workers(self, workers: Option<GroupIndex>) -> Self {
        Self { workers, ..self }
    }

    /// What a goroutine does in a span of this kind; `None` if it is dead. Never [`Class::GcWork`].
    #[inline]
    pub fn of(&self, kind: SpanKind) -> Option<Class> {
        Some(match kind.state() {
            SpanState::Dead => return None,
            SpanState::Runnable => Class::Runnable,
            SpanState::Running => Class::Running,
            SpanState::Waiting => self.of_wait(kind.reason()),
            SpanState::Syscall => Class::Syscall,
            SpanState::SyscallBlocked => Class::SyscallBlocked,
        })
    }

    /// The class of a wait for this reason.
    #[inline]
    pub fn of_wait(&self, reason: ReasonId) -> Class {
        self.waits
            .get(usize::from(reason.0))
            .copied()
            .unwrap_or(Class::Idle)
    }

    /// Whether a group is that of the GC's workers.
    #[inline]
    pub fn is_worker_group(&self, group: GroupIndex) -> bool {
        self.workers == Some(group)
    }

    /// Whether a goroutine is one of the GC's workers.
    #[inline]
    pub fn is_worker(&self, trace: &Trace, goroutine: GoroutineIndex) -> bool {
        self.workers.is_some() && self.workers == Some(trace.goroutines.row(goroutine).group)
    }
}

/// The class of a wait for this reason (`traceBlockReasonStrings` in Go's `runtime/traceruntime.go`).
fn of_wait(reason: &str) -> Class {
    match reason {
        "sync" | "sync.(*Cond).Wait" => Class::Sync,
        "chan send" | "chan receive" | "select" => Class::Chan,
        "network" => Class::Network,
        "GC mark assist wait for work" | "wait until GC ends" | "GC weak to strong wait" => {
            Class::Gc
        }
        _ => Class::Idle,
    }
}
