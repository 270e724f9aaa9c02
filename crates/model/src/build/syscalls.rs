//! Who is in a system call, on which proc, and from when on without it.
//!
//! Kept twice: as it is, and as `internal/trace/summary.go` sees it (`syscallingP`, `syscallingG`), because the
//! numbers of go tool trace must be computable from the spans. Where the two differ, a [`SyscallView`] says so.

use tracepane_wire::{GoroutineIndex, Nanos, ProcIndex, ThreadIndex};

use crate::span::{ReasonId, SpanIndex, SyscallView};
use crate::stack::StackRef;

/// A system call in progress.
#[derive(Clone, Copy)]
pub(super) struct Syscall {
    /// Its first row.
    pub(super) first: SpanIndex,
    /// The reason that its rows have.
    pub(super) reason: ReasonId,
    /// The proc it still holds, or NONE.
    pub(super) proc: ProcIndex,
    /// The thread it is on.
    pub(super) thread: ThreadIndex,
    /// Where it was made.
    pub(super) stack: StackRef,
    /// When it lost its proc; `None` if it did not, or never had one.
    pub(super) lost: Option<Nanos>,
    /// As the summary sees it.
    pub(super) summary: SummaryView,
}

/// A system call as the summary sees it.
#[derive(Clone, Copy)]
pub(super) struct SummaryView {
    /// `syscallingG[goroutine]`: the proc of the event that began or found it, or NONE.
    pub(super) proc: ProcIndex,
    /// `lastSyscallBlockTime`.
    pub(super) blocked_from: Option<Nanos>,
    /// Whether it was found with a proc, of those that were going on.
    pub(super) found_with_proc: bool,
    /// Whether the rows say that it was.
    pub(super) really_found_with_proc: bool,
}

/// All system calls in progress.
#[derive(Default)]
pub(super) struct Syscalls {
    slots: Vec<Syscall>,
    free: Vec<u32>,
    /// Which goroutine holds proc `i` in a system call, or NONE.
    holders: Vec<GoroutineIndex>,
    /// `syscallingP`: whom the summary takes for that.
    summary_holders: Vec<GoroutineIndex>,
    views: Vec<SyscallView>,
}

impl Syscalls {
    /// Makes room for procs.
    pub(super) fn ensure_procs(&mut self, count: usize) {
        if count > self.holders.len() {
            self.holders.resize(count, GoroutineIndex::NONE);
            self.summary_holders.resize(count, GoroutineIndex::NONE);
        }
    }

    /// A system call begins or is found; returns its slot.
    pub(super) fn enter(&mut self, goroutine: GoroutineIndex, syscall: Syscall) -> u32 {
        if let Some(holder) = slot_of(&mut self.holders, syscall.proc) {
            *holder = goroutine;
        }
        if let Some(holder) = slot_of(&mut self.summary_holders, syscall.summary.proc) {
            *holder = goroutine;
        }
        match self.free.pop() {
            Some(slot) => {
                self.slots[slot as usize] = syscall;
                slot
            }
            None => {
                self.slots.push(syscall);
                self.slots.len() as u32 - 1
            }
        }
    }

    /// A system call ends (or the trace does).
    pub(super) fn leave(&mut self, goroutine: GoroutineIndex, slot: u32) {
        let Some(&syscall) = self.slots.get(slot as usize) else {
            return;
        };
        if let Some(holder) = slot_of(&mut self.holders, syscall.proc)
            && *holder == goroutine
        {
            *holder = GoroutineIndex::NONE;
        }
        let summary = syscall.summary;
        // `delete(s.syscallingP, s.syscallingG[id])`, whoever is there by now.
        if let Some(holder) = slot_of(&mut self.summary_holders, summary.proc) {
            *holder = GoroutineIndex::NONE;
        }
        if summary.blocked_from != syscall.lost
            || summary.found_with_proc != summary.really_found_with_proc
        {
            self.views.push(SyscallView {
                span: syscall.first,
                blocked_from: summary.blocked_from,
                found_with_proc: summary.found_with_proc,
            });
        }
        self.free.push(slot);
    }

    /// The goroutine that holds `proc` in a system call, or NONE.
    #[inline]
    pub(super) fn holder(&self, proc: ProcIndex) -> GoroutineIndex {
        match self.holders.get(proc.0 as usize) {
            Some(&holder) => holder,
            None => GoroutineIndex::NONE,
        }
    }

    /// Whether a goroutine holds `proc` in a system call.
    #[inline(always)]
    pub(super) fn is_held(&self, proc: ProcIndex) -> bool {
        self.holder(proc).is_some()
    }

    /// The goroutine that the summary thinks to hold `proc`, which goes idle: forgotten.
    pub(super) fn take_summary_holder(&mut self, proc: ProcIndex) -> GoroutineIndex {
        match slot_of(&mut self.summary_holders, proc) {
            Some(holder) => std::mem::replace(holder, GoroutineIndex::NONE),
            None => GoroutineIndex::NONE,
        }
    }

    /// A system call in progress.
    pub(super) fn get_mut(&mut self, slot: u32) -> Option<&mut Syscall> {
        self.slots.get_mut(slot as usize)
    }

    /// Nobody holds `proc` any more.
    pub(super) fn release(&mut self, proc: ProcIndex) {
        if let Some(holder) = slot_of(&mut self.holders, proc) {
            *holder = GoroutineIndex::NONE;
        }
    }

    /// The views of the summary, sorted.
    pub(super) fn finish(self) -> Vec<SyscallView> {
        let mut views = self.views;
        views.sort_unstable_by_key(|view| view.span);
        views.shrink_to_fit();
        views
    }
}

fn slot_of(column: &mut [GoroutineIndex], proc: ProcIndex) -> Option<&mut GoroutineIndex> {
    column.get_mut(proc.get()?)
}
