//! Goroutines' changes of state → spans and rows. Where each number of `internal/trace/summary.go` comes from:
//!
//! | number | from |
//! |---|---|
//! | `CreationTime`, `StartTime`, `EndTime`, `Name` | the row: `created`, `first_ran`, `ended`, `name` |
//! | `TotalTime` | `ended`, else the trace's end, minus `created` |
//! | `ExecTime` | the sum of Running spans |
//! | `SchedWaitTime` | the sum of Runnable spans (and see below) |
//! | `BlockTimeByReason` | the sums of Waiting spans by reason, but not from the row's `ended` on (reason "forever") |
//! | `SyscallTime` | Syscall spans, and SyscallBlocked spans that follow no Syscall span of the goroutine |
//! | `SyscallBlockTime` | SyscallBlocked spans that follow a Syscall span |
//! | `RangeTime` | the goroutine's ranges, and a proc's whose `began_by` it is, if that is also `ended_by` or it has no end |
//!
//! - Only spans from `created` on count: an id that lived before starts from nothing.
//! - A span that `was_going_on` adds the time from `created` to its start to its own number; there a Syscall span to
//!   `SyscallTime` and a SyscallBlocked span to `SyscallBlockTime`.
//! - [`crate::span::SyscallView`] says for a few system calls from when on, if at all, `SyscallBlockTime` counts
//!   instead, and which of the two gets the time before a span that was going on.
//! - A system call still going on at the end of the trace (or of a region) gives its whole length to `SyscallTime`
//!   and the length since it lost its proc to `SchedWaitTime`, a fault of `snapshotStat`.
//! - `tests/summary.rs` is these rules as code, compared with what Go says of the corpus.
//! - "Unknown time" is what `TotalTime` has more than the sum of these.

use tracepane_wire::{
    Event, GoroutineIndex, GoroutineState, Nanos, ProcIndex, Resources, StackId, Tables, TaskId,
};

use super::Builder;
use super::seam;
use super::syscalls::{NOT_WATCHED, SummaryView, Syscall};
use super::user::NO_REGION;
use crate::span::{Cause, ReasonId, SpanIndex, SpanKind, SpanState};
use crate::stack::StackRef;

/// How many spans there may be: their places are 32 bits wide.
pub(crate) const MAX_SPANS: usize = u32::MAX as usize - 1;

/// No system call in progress.
pub(crate) const NO_SYSCALL: u32 = u32::MAX;

/// What must be known of a goroutine while events come; 16 bytes, touched by each of its events.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct State {
    /// How many spans it has.
    pub(crate) spans: u32,
    /// The innermost open region, or [`NO_REGION`].
    pub(crate) open_region: u32,
    /// The system call it is in, or [`NO_SYSCALL`].
    pub(crate) syscall: u32,
    /// The last span's state; `None` if there is no span.
    pub(crate) last: Option<SpanState>,
    /// What makes its next change more than a row: some of the constants below.
    pub(crate) open: u8,
}

/// Its name is not known yet.
pub(crate) const UNNAMED: u8 = 1;
/// It has not run yet.
pub(crate) const NEVER_RAN: u8 = 2;
/// It has no span, or is in a system call.
pub(crate) const SPECIAL: u8 = 4;

impl Default for State {
    fn default() -> Self {
        Self {
            spans: 0,
            open_region: NO_REGION,
            syscall: NO_SYSCALL,
            last: None,
            open: UNNAMED | NEVER_RAN | SPECIAL,
        }
    }
}

/// A goroutine's change of state.
#[derive(Clone, Copy)]
pub(crate) struct Change {
    pub(crate) goroutine: GoroutineIndex,
    pub(crate) from: GoroutineState,
    pub(crate) to: GoroutineState,
    pub(crate) reason: ReasonId,
    pub(crate) stack: StackId,
}

impl Builder {
    /// Appends a span.
    #[inline(always)]
    pub(crate) fn push(
        &mut self,
        g: usize,
        kind: SpanKind,
        stack: StackRef,
        cause: Cause,
    ) -> SpanIndex {
        let state = &mut self.states[g];
        state.last = Some(kind.state());
        if self.spans.len() >= MAX_SPANS {
            self.dropped_spans += 1;
            return SpanIndex(MAX_SPANS as u32);
        }
        state.spans += 1;
        if let (SpanState::Running | SpanState::Syscall, Cause::Placement(place)) =
            (kind.state(), cause)
        {
            self.placements.count(place);
        }
        let goroutine = GoroutineIndex(g as u32);
        self.spans.push(self.now, goroutine, kind, stack, cause)
    }

    /// A goroutine changes its state, from another one.
    #[inline(always)]
    pub(crate) fn change(
        &mut self,
        change: Change,
        event: &Event,
        tables: &Tables,
        resources: &Resources,
    ) {
        let g = change.goroutine.0 as usize;
        if let Some(state) = self.states.get(g)
            && state.open == 0
            && change.from != GoroutineState::NotExist
        {
            let stack = self.interner.stack(event.stack, tables);
            let kind = |state| SpanKind::new(state, change.reason, false);
            match change.to {
                GoroutineState::Running if !self.syscalls.is_held(event.proc) => {
                    let cause = self.placements.cause(event.proc, event.thread, resources);
                    self.push(g, kind(SpanState::Running), stack, cause);
                    return;
                }
                GoroutineState::Runnable => {
                    let cause = self.woken_by(change.goroutine, event, resources);
                    self.push(g, kind(SpanState::Runnable), stack, cause);
                    return;
                }
                GoroutineState::Waiting if !self.interner.reasons.is_forever(change.reason) => {
                    self.push(g, kind(SpanState::Waiting), stack, Cause::None);
                    return;
                }
                _ => {}
            }
        }
        // A copy, so that the common case above has none in memory.
        let event = *event;
        self.special_change(change, &event, tables, resources);
    }

    /// Who made a goroutine runnable that existed before: the goroutine that did, or, if there was none, the proc and
    /// thread; nobody if it was itself.
    #[inline(always)]
    fn woken_by(
        &mut self,
        goroutine: GoroutineIndex,
        event: &Event,
        resources: &Resources,
    ) -> Cause {
        if event.goroutine == goroutine {
            Cause::None
        } else if event.goroutine.is_some() {
            Cause::Goroutine(event.goroutine)
        } else {
            self.placements.cause(event.proc, event.thread, resources)
        }
    }

    /// A goroutine changes its state, and that may be more than a row.
    #[inline(never)]
    fn special_change(
        &mut self,
        change: Change,
        event: &Event,
        tables: &Tables,
        resources: &Resources,
    ) {
        let Some(g) = self.ensure(change.goroutine, resources) else {
            return;
        };
        let state = self.states[g];
        if state.syscall != NO_SYSCALL {
            if state.syscall == seam::CARRIED {
                self.leave_over_seam(change.goroutine);
            }
            self.syscalls.leave(change.goroutine, state.syscall);
            self.states[g].syscall = NO_SYSCALL;
        }
        let was_going_on = change.from != GoroutineState::NotExist && state.last.is_none();
        if was_going_on && self.seam.is_some() {
            return self.goroutine_over_seam(g, change.from, change.to);
        }
        if was_going_on || change.from == GoroutineState::NotExist {
            self.begin_life(g, &change, event, tables);
        }
        if self.states[g].open & UNNAMED != 0 && change.stack != StackId::NONE {
            self.name(g, change.stack, tables);
        }
        let stack = self.interner.stack(event.stack, tables);
        let kind = |state| SpanKind::new(state, change.reason, was_going_on);
        match change.to {
            GoroutineState::Running => {
                self.proc_taken(g, event.proc);
                if self.states[g].open & NEVER_RAN != 0 {
                    self.states[g].open &= !NEVER_RAN;
                    self.rows[g].first_ran = Some(self.now);
                }
                let cause = self.placements.cause(event.proc, event.thread, resources);
                self.push(g, kind(SpanState::Running), stack, cause);
            }
            GoroutineState::Runnable => {
                let cause = if was_going_on {
                    // A mere report of its state.
                    Cause::None
                } else {
                    self.woken_by(change.goroutine, event, resources)
                };
                self.push(g, kind(SpanState::Runnable), stack, cause);
            }
            GoroutineState::Waiting => {
                let cause = match change.from {
                    GoroutineState::NotExist
                        if event.goroutine.is_some() && event.goroutine != change.goroutine =>
                    {
                        Cause::Goroutine(event.goroutine)
                    }
                    _ => Cause::None,
                };
                self.push(g, kind(SpanState::Waiting), stack, cause);
                if self.interner.reasons.is_forever(change.reason) {
                    self.end_life(g);
                }
            }
            GoroutineState::Syscall => {
                self.enter_syscall(g, kind, stack, was_going_on, event, resources);
            }
            GoroutineState::NotExist => {
                if state.last.is_some_and(|last| last != SpanState::Dead) {
                    self.push(g, kind(SpanState::Dead), stack, Cause::None);
                }
                self.end_life(g);
            }
            GoroutineState::Undetermined => {}
        }
        let state = &mut self.states[g];
        let special = state.last.is_none() || state.syscall != NO_SYSCALL;
        state.open = state.open & !SPECIAL | if special { SPECIAL } else { 0 };
    }

    /// A goroutine is created, or found.
    fn begin_life(&mut self, g: usize, change: &Change, event: &Event, tables: &Tables) {
        let seen = change.from == GoroutineState::NotExist;
        let created_at = if seen {
            self.interner.stack(event.stack, tables)
        } else {
            StackRef::NONE
        };
        let creator = if seen {
            event.goroutine
        } else {
            GoroutineIndex::NONE
        };
        let inherited_task = creator
            .get()
            .filter(|&c| c < self.states.len() && c != g)
            .map_or(TaskId::NONE, |c| {
                self.user
                    .task_of_region(self.states[c].open_region)
                    .unwrap_or(self.rows[c].inherited_task)
            });
        if self.seam.is_some() {
            self.inherit_over_seam(g, creator);
        }
        // A region of a former life that no end of that life closed: odd, but it must not stay open.
        self.user
            .close_regions(self.now, &mut self.states[g].open_region);
        let row = &mut self.rows[g];
        *row = crate::goroutine::GoroutineRow {
            created: if seen { self.now } else { self.sync },
            creation_seen: seen,
            creator,
            created_at,
            inherited_task,
            // A label may precede the first state of a goroutine that existed before.
            label: if seen { Default::default() } else { row.label },
            ..crate::goroutine::GoroutineRow::unknown(row.id)
        };
        self.states[g].open |= UNNAMED | NEVER_RAN;
    }

    /// A goroutine ends, or blocks for ever: `finalize` in `summary.go`.
    fn end_life(&mut self, g: usize) {
        if self.seam.is_some() {
            self.end_over_seam(g);
        }
        self.rows[g].ended = Some(self.now);
        self.user
            .close_regions(self.now, &mut self.states[g].open_region);
    }

    /// The goroutine's name is the function of the root frame of its first stack that has one.
    fn name(&mut self, g: usize, stack: StackId, tables: &Tables) {
        let stack = self.interner.stack(stack, tables);
        let Some(root) = self.interner.stacks.root(stack) else {
            return;
        };
        let row = &mut self.rows[g];
        row.name = root.function;
        if row.started_with == StackRef::NONE {
            row.started_with = stack;
        }
        if root.function.0 != 0 {
            self.states[g].open &= !UNNAMED;
        }
    }

    fn enter_syscall(
        &mut self,
        g: usize,
        kind: impl Fn(SpanState) -> SpanKind,
        stack: StackRef,
        was_going_on: bool,
        event: &Event,
        resources: &Resources,
    ) {
        // Of a goroutine that is found in a system call by another one, the event has the thread, but that other
        // goroutine's proc (`advanceGoStatus` in `order.go`); the goroutine itself has none.
        let goroutine = GoroutineIndex(g as u32);
        let found_by_other =
            was_going_on && event.goroutine.is_some() && event.goroutine != goroutine;
        let proc = if found_by_other {
            ProcIndex::NONE
        } else {
            event.proc
        };
        self.syscalls.ensure_procs(resources.procs.len());
        self.proc_taken(g, proc);
        let cause = self.placements.cause(proc, event.thread, resources);
        let state = if proc.is_some() {
            SpanState::Syscall
        } else {
            SpanState::SyscallBlocked
        };
        let kind = kind(state);
        let first = self.push(g, kind, stack, cause);
        let syscall = Syscall {
            first,
            reason: kind.reason(),
            proc,
            thread: event.thread,
            stack,
            lost: None,
            summary: SummaryView {
                proc: event.proc,
                blocked_from: None,
                found_with_proc: was_going_on && event.proc.is_some(),
                really_found_with_proc: was_going_on && proc.is_some(),
            },
            watch: NOT_WATCHED,
        };
        self.states[g].syscall = self.syscalls.enter(goroutine, syscall);
    }

    /// A goroutine gets `proc`: whoever holds it in a system call has lost it, even if no event said so (v1 has none
    /// for goroutines that were in a system call when the trace began).
    #[inline]
    pub(crate) fn proc_taken(&mut self, g: usize, proc: ProcIndex) {
        let holder = self.syscalls.holder(proc);
        if holder.is_some() && holder.0 as usize != g {
            if holder == seam::UNKNOWN_HOLDER {
                return self.taken_over_seam(g, proc);
            }
            self.proc_lost(proc);
        }
    }

    /// The goroutine that holds `proc` in a system call, if any, loses it.
    pub(crate) fn proc_lost(&mut self, proc: ProcIndex) {
        let Some(g) = self.syscalls.holder(proc).get() else {
            return;
        };
        self.syscalls.release(proc);
        let Some(&State { syscall, .. }) = self.states.get(g) else {
            return;
        };
        let now: Nanos = self.now;
        let Some(syscall) = self.syscalls.get_mut(syscall) else {
            return;
        };
        syscall.proc = ProcIndex::NONE;
        syscall.lost = Some(now);
        let (reason, thread, stack) = (syscall.reason, syscall.thread, syscall.stack);
        let cause = self.placements.without_proc(thread);
        let kind = SpanKind::new(SpanState::SyscallBlocked, reason, false);
        self.push(g, kind, stack, cause);
    }
}
