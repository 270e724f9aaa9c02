//! Procs: started, stopped, stolen, and their status when a generation begins.

use super::{Answer, At, Context, Needs, Orderer, Out};
use crate::event::{EventKind, Metric};
use crate::id::{ProcIndex, StackId};
use crate::sink::Sink;
use crate::state::ProcState;
use crate::v2::seam;
use crate::v2::state::{ABSENT, NONE, Proc, proc_state, proc_status_name, ps};

/// A transition of a proc.
#[inline(always)]
pub(super) fn transition(p: u32, from: ProcState, to: ProcState) -> EventKind {
    EventKind::Proc {
        proc: ProcIndex(p),
        from,
        to,
    }
}

impl Orderer {
    /// `advanceProcStatus`.
    #[inline(never)]
    pub(super) fn proc_status<K: Sink>(
        &mut self,
        out: &mut Out<'_, K>,
        at: At,
        mut context: Context,
        [id, status]: [u64; 2],
    ) -> Answer {
        let status = status as u8;
        if status > ps::LAST {
            if self.unfit(out, at, || {
                format!("invalid status for proc {id}: {status}")
            }) {
                return Answer::Broken;
            }
            return Answer::Advanced;
        }
        let p = self.proc(id, out.resources);
        let Some(known) = self.ps.get(p as usize).copied() else {
            return self.nobody(out, at);
        };
        let mut from = proc_state(status);
        let mut to = from;
        let mut promoted = false;
        let mut new = status;
        if known.status == ABSENT {
            from = if self.generation == self.initial {
                ProcState::Undetermined
            } else {
                ProcState::NotExist
            };
            self.ps[p as usize] = Proc {
                claim: seam::status(known.claim, status),
                sweep: known.sweep,
                ..Proc::NEW
            };
        } else if status == ps::SYSCALL_ABANDONED && known.status == ps::SYSCALL {
            // It says that information may be lost, but here none is: the proc is still in the system call.
            from = ProcState::Running;
            to = ProcState::Running;
            new = ps::SYSCALL;
            promoted = true;
        } else if known.status != status {
            if self.unfit(out, at, || {
                format!(
                    "inconsistent status for proc {id}: old {} vs. new {}",
                    proc_status_name(known.status),
                    proc_status_name(status)
                )
            }) {
                return Answer::Broken;
            }
            from = ProcState::Undetermined;
            self.free_proc(p);
        }
        let seq = self.seq(0);
        let proc = &mut self.ps[p as usize];
        proc.status = new;
        proc.seq = seq;
        if status == ps::RUNNING || status == ps::SYSCALL {
            self.set_proc(at.thread, p);
            if let Some(thread) = self.ms.get_mut(at.thread as usize) {
                thread.told |= seam::PROC_TOLD;
            }
        }
        if promoted {
            // Running → Running must be told by the thread that the proc is bound to, which is not the emitting one.
            let owner = known.thread;
            match self.ms.get(owner as usize).copied() {
                Some(thread) if thread.proc == p => {
                    context = Context {
                        m: owner,
                        p,
                        g: thread.goroutine,
                    };
                }
                _ => {
                    if self.unfit(out, at, || {
                        format!(
                            "failed to find sched context for proc {id} that's about to be stolen"
                        )
                    }) {
                        return Answer::Broken;
                    }
                }
            }
        }
        out.emit(at.time, context, StackId::NONE, transition(p, from, to));
        Answer::Advanced
    }

    /// `advanceProcStart`.
    #[inline(always)]
    pub(super) fn proc_start<K: Sink>(
        &mut self,
        out: &mut Out<'_, K>,
        at: At,
        mut context: Context,
        [id, n]: [u64; 2],
    ) -> Answer {
        let p = self.proc(id, out.resources);
        let seq = self.seq(n);
        let Some(known) = self.ps.get(p as usize).copied() else {
            return self.nobody(out, at);
        };
        // With a proc of its own the thread is in a system call, and it has not been seen yet that it was stolen.
        if known.status != ps::IDLE || !seq.succeeds(known.seq) || context.p != NONE {
            if self.waits(out, at, || {
                format!(
                    "proc {id} should be Idle with event {}, but is {} with event {}",
                    n.wrapping_sub(1),
                    proc_status_name(known.status),
                    known.seq.n
                )
            }) {
                return Answer::NotYet;
            }
            self.free_proc(p);
            self.lose_proc(out, at, context);
            context.p = NONE;
        }
        if self.lacks(out, at, context, Needs::THREAD) {
            return Answer::Broken;
        }
        let proc = &mut self.ps[p as usize];
        proc.status = ps::RUNNING;
        proc.seq = seq;
        self.set_proc(context.m, p);
        let from = if known.status == ABSENT {
            ProcState::Undetermined
        } else {
            ProcState::Idle
        };
        let kind = transition(p, from, ProcState::Running);
        out.emit(at.time, context, StackId::NONE, kind);
        Answer::Advanced
    }

    /// `advanceProcStop`: by the thread that started it, so it needs no number.
    #[inline(always)]
    pub(super) fn proc_stop<K: Sink>(
        &mut self,
        out: &mut Out<'_, K>,
        at: At,
        context: Context,
        []: [u64; 0],
    ) -> Answer {
        if self.lacks(out, at, context, Needs::PROC) {
            return Answer::Broken;
        }
        let Some(known) = self.ps.get(context.p as usize).copied() else {
            return Answer::Advanced;
        };
        if known.status != ps::RUNNING
            && known.status != ps::SYSCALL
            && self.unfit(out, at, || {
                format!(
                    "event for proc that's not Running or Syscall but {}",
                    proc_status_name(known.status)
                )
            })
        {
            return Answer::Broken;
        }
        self.ps[context.p as usize].status = ps::IDLE;
        self.set_proc(context.m, NONE);
        let kind = transition(context.p, ProcState::Running, ProcState::Idle);
        out.emit(at.time, context, StackId::NONE, kind);
        Answer::Advanced
    }

    /// `advanceProcSteal`.
    #[inline(always)]
    pub(super) fn proc_steal<K: Sink>(
        &mut self,
        out: &mut Out<'_, K>,
        at: At,
        context: Context,
        [id, n, thread]: [u64; 3],
    ) -> Answer {
        let p = self.proc(id, out.resources);
        let seq = self.seq(n);
        let Some(known) = self.ps.get(p as usize).copied() else {
            return self.nobody(out, at);
        };
        let in_syscall = known.status == ps::SYSCALL || known.status == ps::SYSCALL_ABANDONED;
        if !in_syscall || !seq.succeeds(known.seq) {
            if self.waits(out, at, || {
                format!(
                    "proc {id} should be in Syscall with event {}, but is {} with event {}",
                    n.wrapping_sub(1),
                    proc_status_name(known.status),
                    known.seq.n
                )
            }) {
                return Answer::NotYet;
            }
            self.free_proc(p);
        }
        if self.lacks(out, at, context, Needs::THREAD) {
            return Answer::Broken;
        }
        let proc = &mut self.ps[p as usize];
        proc.status = ps::IDLE;
        proc.seq = seq;
        if known.status == ps::SYSCALL_ABANDONED {
            self.claims.steal(proc, p, thread, *out.events);
        }
        let (was_running, is_bound) = (in_syscall && known.status == ps::SYSCALL, in_syscall);
        if was_running {
            let m = self.thread(thread, out.resources);
            let victim = self.ms.get(m as usize).copied();
            match victim {
                // From itself: like a stop.
                Some(victim) if victim.proc == p && (victim.seen || m == context.m) => {
                    self.ms[m as usize].proc = NONE;
                }
                _ => {
                    let found = victim.map(|victim| Self::p_id(out.resources, victim.proc));
                    if self.unfit(out, at, || match (victim, found) {
                        (Some(victim), Some(found)) if victim.seen => format!(
                            "tried to steal proc {id} from thread {}, but got proc {found} instead",
                            thread as i64
                        ),
                        _ => format!("stole proc from non-existent thread {}", thread as i64),
                    }) {
                        return Answer::Broken;
                    }
                    self.free_proc(p);
                }
            }
        }
        // One that was abandoned has been Idle for all that is known outside. One that is stolen against all
        // appearances was running if it was anything.
        let from = if known.status == ABSENT {
            ProcState::Undetermined
        } else if is_bound && !was_running {
            ProcState::Idle
        } else {
            ProcState::Running
        };
        out.emit(
            at.time,
            context,
            StackId::NONE,
            transition(p, from, ProcState::Idle),
        );
        Answer::Advanced
    }

    /// Mends: a thread goes on without the proc it had; how it lost it is missing.
    #[cold]
    pub(super) fn lose_proc<K: Sink>(&mut self, out: &mut Out<'_, K>, at: At, context: Context) {
        let p = context.p;
        self.free_proc(p);
        if let Some(proc) = self.ps.get_mut(p as usize) {
            proc.status = ps::SYSCALL_ABANDONED;
            let kind = transition(p, ProcState::Running, ProcState::Idle);
            out.emit(at.time, context, StackId::NONE, kind);
        }
    }

    /// `advanceAnnotation` of a new GOMAXPROCS.
    #[inline(never)]
    pub(super) fn procs_change<K: Sink>(
        &mut self,
        out: &mut Out<'_, K>,
        at: At,
        context: Context,
        [value, stack]: [u64; 2],
    ) -> Answer {
        if self.lacks(out, at, context, Needs::USER) {
            return Answer::Broken;
        }
        let Some(stack) = self.stack(out, at, stack) else {
            return Answer::Broken;
        };
        let metric = Metric::GoMaxProcs;
        out.emit(at.time, context, stack, EventKind::Metric { metric, value });
        Answer::Advanced
    }
}
