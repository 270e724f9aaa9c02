//! Goroutines: created, started, stopped, blocked, unblocked, switched, gone.

use super::{Answer, At, Context, Needs, Orderer, Out};
use crate::event::EventKind;
use crate::id::{GoroutineId, GoroutineIndex, StackId, StringId};
use crate::sink::Sink;
use crate::state::GoroutineState;
use crate::v2::state::{ABSENT, Goroutine, NONE, goroutine_state, goroutine_status_name, gs};
use crate::v2::{seam, spec};

/// A transition of a goroutine.
#[inline(always)]
pub(super) fn transition(
    g: u32,
    from: GoroutineState,
    to: GoroutineState,
    reason: StringId,
    stack: StackId,
) -> EventKind {
    EventKind::Goroutine {
        goroutine: GoroutineIndex(g),
        from,
        to,
        reason,
        stack,
    }
}

/// A transition without reason and stack.
#[inline(always)]
pub(super) fn bare(g: u32, from: GoroutineState, to: GoroutineState) -> EventKind {
    transition(g, from, to, StringId::EMPTY, StackId::NONE)
}

impl Orderer {
    /// `advanceGoCreate`; also of goroutines that are created blocked.
    #[inline(always)]
    pub(super) fn go_create<K: Sink>(
        &mut self,
        out: &mut Out<'_, K>,
        at: At,
        context: Context,
        [id, new_stack, stack]: [u64; 3],
    ) -> Answer {
        if self.lacks(out, at, context, Needs::PROC) {
            return Answer::Broken;
        }
        let (Some(stack), Some(new_stack)) =
            (self.stack(out, at, stack), self.stack(out, at, new_stack))
        else {
            return Answer::Broken;
        };
        if let Some(creator) = self.gs.get(context.g as usize)
            && creator.status != gs::RUNNING
            && creator.status != ABSENT
            && self.unfit(out, at, || {
                "the goroutine that creates it is not Running".to_owned()
            })
        {
            return Answer::Broken;
        }
        let g = self.goroutine(id, out.resources);
        let Some(known) = self.gs.get(g as usize).copied() else {
            return self.nobody(out, at);
        };
        if known.status != ABSENT {
            if self.unfit(out, at, || {
                format!("tried to create goroutine ({id}) that already exists")
            }) {
                return Answer::Broken;
            }
            self.free_goroutine(g);
            self.remove(g);
        }
        let (status, to) = if at.kind == spec::GO_CREATE_BLOCKED {
            (gs::WAITING, GoroutineState::Waiting)
        } else {
            (gs::RUNNABLE, GoroutineState::Runnable)
        };
        self.gs[g as usize] = Goroutine {
            status,
            seq: self.seq(0),
            claim: seam::created(known.claim),
            ranges: known.ranges,
            ..Goroutine::NEW
        };
        let kind = transition(g, GoroutineState::NotExist, to, StringId::EMPTY, new_stack);
        out.emit(at.time, context, stack, kind);
        Answer::Advanced
    }

    /// `advanceGoStart`.
    #[inline(always)]
    pub(super) fn go_start<K: Sink>(
        &mut self,
        out: &mut Out<'_, K>,
        at: At,
        context: Context,
        [id, n]: [u64; 2],
    ) -> Answer {
        let g = self.goroutine(id, out.resources);
        let seq = self.seq(n);
        let Some(known) = self.gs.get(g as usize).copied() else {
            return self.nobody(out, at);
        };
        if known.status != gs::RUNNABLE || !seq.succeeds(known.seq) {
            // Nothing can be inferred from this: its creation, its status or an earlier event may still be ahead, on
            // another thread.
            if self.waits(out, at, || expected(id, known, gs::RUNNABLE, n)) {
                return Answer::NotYet;
            }
            self.free_goroutine(g);
        }
        if self.lacks(out, at, context, Needs::FREE_PROC) {
            return Answer::Broken;
        }
        let goroutine = &mut self.gs[g as usize];
        goroutine.status = gs::RUNNING;
        goroutine.seq = seq;
        self.set_goroutine(context.m, g);
        let from = before(known, GoroutineState::Runnable);
        let kind = bare(g, from, GoroutineState::Running);
        out.emit(at.time, context, StackId::NONE, kind);
        Answer::Advanced
    }

    /// `advanceGoStopExec` of a goroutine that blocks.
    #[inline(always)]
    pub(super) fn go_block<K: Sink>(
        &mut self,
        out: &mut Out<'_, K>,
        at: At,
        context: Context,
        [reason, stack]: [u64; 2],
    ) -> Answer {
        self.go_stop_with(out, at, context, reason, stack, gs::WAITING)
    }

    /// `advanceGoStopExec` of a goroutine that yields.
    #[inline(always)]
    pub(super) fn go_stop<K: Sink>(
        &mut self,
        out: &mut Out<'_, K>,
        at: At,
        context: Context,
        [reason, stack]: [u64; 2],
    ) -> Answer {
        self.go_stop_with(out, at, context, reason, stack, gs::RUNNABLE)
    }

    #[inline(always)]
    fn go_stop_with<K: Sink>(
        &mut self,
        out: &mut Out<'_, K>,
        at: At,
        context: Context,
        reason: u64,
        stack: u64,
        status: u8,
    ) -> Answer {
        match self.must_run(out, at, context) {
            Ok(()) => {}
            Err(answer) => return answer,
        }
        let (Some(reason), Some(stack)) =
            (self.string(out, at, reason), self.stack(out, at, stack))
        else {
            return Answer::Broken;
        };
        self.gs[context.g as usize].status = status;
        self.set_goroutine(context.m, NONE);
        let to = goroutine_state(status);
        let kind = transition(context.g, GoroutineState::Running, to, reason, stack);
        out.emit(at.time, context, stack, kind);
        Answer::Advanced
    }

    /// `advanceGoStopExec` of a goroutine that ends.
    #[inline(always)]
    pub(super) fn go_destroy<K: Sink>(
        &mut self,
        out: &mut Out<'_, K>,
        at: At,
        context: Context,
        []: [u64; 0],
    ) -> Answer {
        match self.must_run(out, at, context) {
            Ok(()) => {}
            Err(answer) => return answer,
        }
        self.remove(context.g);
        self.set_goroutine(context.m, NONE);
        let kind = bare(context.g, GoroutineState::Running, GoroutineState::NotExist);
        out.emit(at.time, context, StackId::NONE, kind);
        Answer::Advanced
    }

    /// `advanceGoUnblock`.
    #[inline(always)]
    pub(super) fn go_unblock<K: Sink>(
        &mut self,
        out: &mut Out<'_, K>,
        at: At,
        context: Context,
        [id, n, stack]: [u64; 3],
    ) -> Answer {
        let g = self.goroutine(id, out.resources);
        let seq = self.seq(n);
        let Some(known) = self.gs.get(g as usize).copied() else {
            return self.nobody(out, at);
        };
        if known.status != gs::WAITING || !seq.succeeds(known.seq) {
            if self.waits(out, at, || expected(id, known, gs::WAITING, n)) {
                return Answer::NotYet;
            }
            self.free_goroutine(g);
        }
        let Some(stack) = self.stack(out, at, stack) else {
            return Answer::Broken;
        };
        let goroutine = &mut self.gs[g as usize];
        goroutine.status = gs::RUNNABLE;
        goroutine.seq = seq;
        // Anything can unblock a goroutine, even a thread without a proc.
        let from = before(known, GoroutineState::Waiting);
        let kind = bare(g, from, GoroutineState::Runnable);
        out.emit(at.time, context, stack, kind);
        Answer::Advanced
    }

    /// `advanceGoSwitch`: the next goroutine is unblocked, this one blocks or ends, the next one starts.
    #[inline(always)]
    pub(super) fn go_switch<K: Sink>(
        &mut self,
        out: &mut Out<'_, K>,
        at: At,
        context: Context,
        [id, n]: [u64; 2],
    ) -> Answer {
        match self.must_run(out, at, context) {
            Ok(()) => {}
            Err(answer) => return answer,
        }
        let next = self.goroutine(id, out.resources);
        let seq = self.seq(n);
        let Some(known) = self.gs.get(next as usize).copied() else {
            return self.nobody(out, at);
        };
        if known.status != gs::WAITING || !seq.succeeds(known.seq) {
            if self.waits(out, at, || expected(id, known, gs::WAITING, n)) {
                return Answer::NotYet;
            }
            self.free_goroutine(next);
        }
        use GoroutineState::{NotExist, Runnable, Running, Waiting};
        out.emit(
            at.time,
            context,
            StackId::NONE,
            bare(next, before(known, Waiting), Runnable),
        );
        let to = if at.kind == spec::GO_SWITCH {
            self.gs[context.g as usize].status = gs::WAITING;
            Waiting
        } else {
            self.remove(context.g);
            NotExist
        };
        out.emit(
            at.time,
            context,
            StackId::NONE,
            bare(context.g, Running, to),
        );
        let goroutine = &mut self.gs[next as usize];
        goroutine.status = gs::RUNNING;
        goroutine.seq = seq;
        self.set_goroutine(context.m, next);
        let free = Context { g: NONE, ..context };
        out.emit(at.time, free, StackId::NONE, bare(next, Runnable, Running));
        Answer::Advanced
    }

    /// `advanceGoStatus` without a stack.
    #[inline(always)]
    pub(super) fn go_status<K: Sink>(
        &mut self,
        out: &mut Out<'_, K>,
        at: At,
        context: Context,
        [id, thread, status]: [u64; 3],
    ) -> Answer {
        self.go_status_stack(out, at, context, [id, thread, status, 0])
    }

    /// `advanceGoStatus`.
    #[inline(never)]
    pub(super) fn go_status_stack<K: Sink>(
        &mut self,
        out: &mut Out<'_, K>,
        at: At,
        mut context: Context,
        [id, thread, status, stack]: [u64; 4],
    ) -> Answer {
        let status = status as u8;
        if status > gs::LAST {
            if self.unfit(out, at, || {
                format!("invalid status for goroutine {id}: {status}")
            }) {
                return Answer::Broken;
            }
            return Answer::Advanced;
        }
        let Some(stack) = self.stack(out, at, stack) else {
            return Answer::Broken;
        };
        let g = self.goroutine(id, out.resources);
        let Some(known) = self.gs.get(g as usize).copied() else {
            return self.nobody(out, at);
        };
        let mut from = goroutine_state(status);
        if known.status == ABSENT {
            from = GoroutineState::Undetermined;
            if self.generation != self.initial
                && self.unfit(out, at, || {
                    format!("found goroutine status for new goroutine after the first generation: id={id} status={}", goroutine_status_name(status))
                })
            {
                return Answer::Broken;
            }
            if known.claim != seam::UNSEEN {
                self.claims.again();
            }
            self.gs[g as usize] = Goroutine {
                claim: seam::status(known.claim, status),
                ranges: known.ranges,
                ..Goroutine::NEW
            };
        } else if known.status != status {
            from = GoroutineState::Undetermined;
            if self.unfit(out, at, || {
                format!(
                    "inconsistent status for goroutine {id}: old {} vs. new {}",
                    goroutine_status_name(known.status),
                    goroutine_status_name(status)
                )
            }) {
                return Answer::Broken;
            }
            self.free_goroutine(g);
        }
        let goroutine = &mut self.gs[g as usize];
        goroutine.status = status;
        goroutine.seq.generation = self.generation;
        goroutine.seq.n = 0;
        let mut bind = status == gs::RUNNING;
        if status == gs::SYSCALL {
            let m = self.thread(thread, out.resources);
            if m == NONE {
                if self.unfit(out, at, || {
                    format!("found goroutine {id} in syscall without a thread")
                }) {
                    return Answer::Broken;
                }
            } else if m == context.m {
                if known.status != ABSENT && context.g != g {
                    self.claims.again();
                }
                let found = Self::g_id(out.resources, context.g);
                if self.generation != self.initial
                    && context.g != g
                    && self.unfit(out, at, || wrong_thread(id, found))
                {
                    return Answer::Broken;
                }
                bind = true;
            } else {
                // A goroutine that sat in a system call on another thread for the whole generation so far. It cannot
                // have a proc: the runtime takes them all back when a generation begins.
                let other = self.ms[m as usize];
                if other.seen {
                    if other.goroutine != g {
                        let found = Self::g_id(out.resources, other.goroutine);
                        if self.unfit(out, at, || wrong_thread(id, found)) {
                            return Answer::Broken;
                        }
                        self.set_goroutine(m, g);
                    }
                    // Syscall → Syscall happens in the context of the goroutine itself.
                    context.g = other.goroutine;
                } else {
                    // This event binds it; the context is the one before.
                    self.ms[m as usize].seen = true;
                    self.set_goroutine(m, g);
                }
                context.m = m;
                self.ms[m as usize].told |= seam::GOROUTINE_TOLD;
            }
            if known.status == ABSENT && m != NONE {
                self.claims.on_thread(g, m);
            }
        }
        if bind {
            if let Some(thread) = self.ms.get_mut(at.thread as usize) {
                thread.told |= seam::GOROUTINE_TOLD;
            }
            self.set_goroutine(at.thread, g);
        }
        let kind = transition(g, from, goroutine_state(status), StringId::EMPTY, stack);
        out.emit(at.time, context, stack, kind);
        Answer::Advanced
    }

    /// Whether the context has a goroutine on a proc, and it runs; else the answer.
    #[inline(always)]
    pub(super) fn must_run<K: Sink>(
        &mut self,
        out: &mut Out<'_, K>,
        at: At,
        context: Context,
    ) -> Result<(), Answer> {
        if self.lacks(out, at, context, Needs::USER) {
            return Err(Answer::Broken);
        }
        // Without a goroutine the event says nothing: it is left out.
        let known = *self.gs.get(context.g as usize).ok_or(Answer::Advanced)?;
        if known.status != gs::RUNNING {
            let id = Self::g_id(out.resources, context.g);
            let status = goroutine_status_name(known.status);
            if self.unfit(out, at, || {
                format!("event for goroutine {id} that's not Running but {status}")
            }) {
                return Err(Answer::Broken);
            }
        }
        Ok(())
    }

    /// An event that names no goroutine, proc or thread where it must: left out.
    #[cold]
    pub(super) fn nobody<K: Sink>(&mut self, out: &mut Out<'_, K>, at: At) -> Answer {
        if self.unfit(out, at, || "it names nobody".to_owned()) {
            Answer::Broken
        } else {
            Answer::Advanced
        }
    }
}

/// The state before a transition: not known for a goroutine that the transition was forced on.
#[inline(always)]
fn before(known: Goroutine, state: GoroutineState) -> GoroutineState {
    if known.status == ABSENT {
        GoroutineState::Undetermined
    } else {
        state
    }
}

fn wrong_thread(id: u64, found: GoroutineId) -> String {
    format!("inconsistent thread for syscalling goroutine {id}: thread has goroutine {found}")
}

fn expected(id: u64, known: Goroutine, status: u8, n: u64) -> String {
    format!(
        "goroutine {id} should be {} with event {}, but is {} with event {} of generation {}",
        goroutine_status_name(status),
        n.wrapping_sub(1),
        goroutine_status_name(known.status),
        known.seq.n,
        known.seq.generation
    )
}
