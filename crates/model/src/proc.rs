//! Procs and threads: their own states, and which goroutines' spans ran on them.

use tracepane_wire::{Nanos, ProcId, ProcIndex, ThreadId, ThreadIndex};

/// A pair of proc and thread on which something ran: a place in [`Procs::placements`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct PlacementId(pub u32);

impl PlacementId {
    /// No placement.
    pub const NONE: Self = Self(u32::MAX);
}

/// A pair of proc and thread; either may be NONE.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Placement {
    /// The proc.
    pub proc: ProcIndex,
    /// The thread.
    pub thread: ThreadIndex,
}

/// What a proc does, apart from goroutines.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum ProcSpanState {
    /// Bound to no thread.
    Idle,
    /// Bound to a thread.
    Running,
}

/// From when on a proc was bound to a thread or idle; in time order over all procs.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ProcSpan {
    /// Since when.
    pub start: Nanos,
    /// Which proc.
    pub proc: ProcIndex,
    /// The thread it is bound to, if running; of an idle span the thread that stopped or stole it.
    pub thread: ThreadIndex,
    /// What it does.
    pub state: ProcSpanState,
}

/// All procs and threads.
#[derive(Clone, Default, PartialEq, Debug)]
pub struct Procs {
    /// The procs' numbers, by [`ProcIndex`].
    pub ids: Vec<ProcId>,
    /// The threads' numbers, by [`ThreadIndex`].
    pub threads: Vec<ThreadId>,
    /// Distinct pairs of proc and thread.
    pub placements: Vec<Placement>,
    /// The procs' own spans.
    pub spans: crate::column::Column<ProcSpan>,
    /// Rows of [`crate::Spans`] that are Running or Syscall on a proc, sorted by proc, then time.
    pub(crate) ran: Vec<u32>,
    /// Where proc `i`'s rows begin in `ran`; one more entry than procs.
    pub(crate) ran_starts: Vec<u32>,
}

impl Procs {
    /// The goroutines' spans that ran on `proc` (Running and Syscall), as rows of [`crate::Spans`], in time order.
    /// Each ends where its goroutine's next span begins. Not of a trace that was
    /// [loaded without lists](crate::SpanLists::LeftOut).
    pub fn ran(&self, proc: ProcIndex) -> &[u32] {
        let i = proc.0 as usize;
        if i + 1 >= self.ran_starts.len() {
            return &[];
        }
        &self.ran[self.ran_starts[i] as usize..self.ran_starts[i + 1] as usize]
    }

    /// The proc and thread of a placement.
    pub fn placement(&self, id: PlacementId) -> Placement {
        self.placements
            .get(id.0 as usize)
            .copied()
            .unwrap_or(Placement {
                proc: ProcIndex::NONE,
                thread: ThreadIndex::NONE,
            })
    }
}
