//! Who is in a system call, on which proc, and from when on without it.
//!
//! Kept twice: as it is, and as `internal/trace/summary.go` sees it (`syscallingP`, `syscallingG`), because the
//! numbers of go tool trace must be computable from the spans. Where the two differ, a [`SyscallView`] says so.

use tracepane_wire::sorting::sort_by_numbers;
use tracepane_wire::{GoroutineIndex, Nanos, ProcIndex, ThreadIndex};

use crate::span::{ReasonId, SpanIndex, SyscallView};
use crate::stack::StackRef;

/// A system call in progress.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Syscall {
    /// Its first row.
    pub(crate) first: SpanIndex,
    /// The reason that its rows have.
    pub(crate) reason: ReasonId,
    /// The proc it still holds, or NONE.
    pub(crate) proc: ProcIndex,
    /// The thread it is on.
    pub(crate) thread: ThreadIndex,
    /// Where it was made.
    pub(crate) stack: StackRef,
    /// When it lost its proc; `None` if it did not, or never had one.
    pub(crate) lost: Option<Nanos>,
    /// As the summary sees it.
    pub(crate) summary: SummaryView,
    /// Its place in [`Syscalls::watched`], or [`NOT_WATCHED`].
    pub(crate) watch: u32,
}

/// Nobody asks what became of a system call.
pub(crate) const NOT_WATCHED: u32 = u32::MAX;

/// What became of a system call that the summary may have forgotten: see [`super::seam`].
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Watched {
    /// Its first row.
    pub(crate) first: SpanIndex,
    /// Whose it is.
    pub(crate) goroutine: GoroutineIndex,
    /// When it lost its proc, once it is over.
    pub(crate) lost: Option<Nanos>,
    /// It is over.
    pub(crate) over: bool,
}

/// A system call as the summary sees it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct SummaryView {
    /// `syscallingG[goroutine]`: the proc of the event that began or found it, or NONE.
    pub(crate) proc: ProcIndex,
    /// `lastSyscallBlockTime`.
    pub(crate) blocked_from: Option<Nanos>,
    /// Whether it was found with a proc, of those that were going on.
    pub(crate) found_with_proc: bool,
    /// Whether the rows say that it was.
    pub(crate) really_found_with_proc: bool,
}

/// All system calls in progress.
pub(crate) struct Syscalls {
    pub(crate) slots: Vec<Syscall>,
    pub(crate) free: Vec<u32>,
    /// Which goroutine holds proc `i` in a system call, or NONE.
    pub(crate) holders: Vec<GoroutineIndex>,
    /// `syscallingP`: whom the summary takes for that.
    pub(crate) summary_holders: Vec<GoroutineIndex>,
    pub(crate) views: Vec<SyscallView>,
    /// Those of which it matters what becomes of them.
    pub(crate) watched: Vec<Watched>,
    /// Who holds a proc of which nothing was said yet: nobody, or it is not known.
    pub(crate) at_first: GoroutineIndex,
}

impl Default for Syscalls {
    fn default() -> Self {
        Self {
            slots: Vec::new(),
            free: Vec::new(),
            holders: Vec::new(),
            summary_holders: Vec::new(),
            views: Vec::new(),
            watched: Vec::new(),
            at_first: GoroutineIndex::NONE,
        }
    }
}

impl Syscalls {
    /// Makes room for procs.
    pub(crate) fn ensure_procs(&mut self, count: usize) {
        if count > self.holders.len() {
            self.holders.resize(count, self.at_first);
            self.summary_holders.resize(count, self.at_first);
        }
    }

    /// A system call begins or is found; returns its slot.
    pub(crate) fn enter(&mut self, goroutine: GoroutineIndex, syscall: Syscall) -> u32 {
        if let Some(holder) = slot_of(&mut self.holders, syscall.proc) {
            *holder = goroutine;
        }
        if let Some(holder) = slot_of(&mut self.summary_holders, syscall.summary.proc) {
            *holder = goroutine;
        }
        self.put(syscall)
    }

    /// A slot for a system call.
    pub(crate) fn put(&mut self, syscall: Syscall) -> u32 {
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
    pub(crate) fn leave(&mut self, goroutine: GoroutineIndex, slot: u32) {
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
        if let Some(watched) = self.watched.get_mut(syscall.watch as usize) {
            watched.lost = syscall.lost;
            watched.over = true;
        }
        self.free.push(slot);
    }

    /// The goroutine that holds `proc` in a system call, or NONE.
    #[inline]
    pub(crate) fn holder(&self, proc: ProcIndex) -> GoroutineIndex {
        match self.holders.get(proc.0 as usize) {
            Some(&holder) => holder,
            None if proc.is_some() => self.at_first,
            None => GoroutineIndex::NONE,
        }
    }

    /// Whether a goroutine holds `proc` in a system call.
    #[inline(always)]
    pub(crate) fn is_held(&self, proc: ProcIndex) -> bool {
        self.holder(proc).is_some()
    }

    /// The goroutine that the summary thinks to hold `proc`, which goes idle: forgotten.
    pub(crate) fn take_summary_holder(&mut self, proc: ProcIndex) -> GoroutineIndex {
        match slot_of(&mut self.summary_holders, proc) {
            Some(holder) => std::mem::replace(holder, GoroutineIndex::NONE),
            None => GoroutineIndex::NONE,
        }
    }

    /// A system call in progress.
    pub(crate) fn get_mut(&mut self, slot: u32) -> Option<&mut Syscall> {
        self.slots.get_mut(slot as usize)
    }

    /// Nobody holds `proc` any more.
    pub(crate) fn release(&mut self, proc: ProcIndex) {
        if let Some(holder) = slot_of(&mut self.holders, proc) {
            *holder = GoroutineIndex::NONE;
        }
    }

    /// The views of the summary, sorted.
    pub(crate) fn finish(self) -> Vec<SyscallView> {
        let mut views = self.views;
        sort_by_numbers(&mut views, |view| [view.span.0.into(), 0]);
        views.shrink_to_fit();
        views
    }
}

fn slot_of(column: &mut [GoroutineIndex], proc: ProcIndex) -> Option<&mut GoroutineIndex> {
    column.get_mut(proc.get()?)
}
