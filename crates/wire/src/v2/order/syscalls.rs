//! System calls, and goroutines that C code brings along.

use super::goroutines::{bare, transition};
use super::{Answer, At, Context, Needs, Orderer, Out, procs};
use crate::id::{StackId, StringId};
use crate::sink::Sink;
use crate::state::{GoroutineState, ProcState};
use crate::v2::seam;
use crate::v2::state::{ABSENT, Goroutine, NONE, goroutine_status_name, gs, proc_status_name, ps};

impl Orderer {
    /// `advanceGoSyscallBegin`.
    #[inline(always)]
    pub(super) fn go_syscall_begin<K: Sink>(
        &mut self,
        out: &mut Out<'_, K>,
        at: At,
        context: Context,
        [n, stack]: [u64; 2],
    ) -> Answer {
        match self.must_run(out, at, context) {
            Ok(()) => {}
            Err(answer) => return answer,
        }
        let Some(stack) = self.stack(out, at, stack) else {
            return Answer::Broken;
        };
        self.gs[context.g as usize].status = gs::SYSCALL;
        let seq = self.seq(n);
        if let Some(proc) = self.ps.get_mut(context.p as usize) {
            // The number tells from which of several system calls a proc was stolen, even if the times are wrong.
            // The proc runs here, so nothing else can have to happen first.
            let known = std::mem::replace(&mut proc.seq, seq);
            proc.status = ps::SYSCALL;
            if !seq.succeeds(known)
                && self.unfit(out, at, || {
                    format!("failed to advance: can't make sequence: {} -> {n}", known.n)
                })
            {
                return Answer::Broken;
            }
        }
        let kind = transition(
            context.g,
            GoroutineState::Running,
            GoroutineState::Syscall,
            StringId::EMPTY,
            stack,
        );
        out.emit(at.time, context, stack, kind);
        Answer::Advanced
    }

    /// Whether the context has a goroutine that is in a system call; else the answer.
    #[inline(always)]
    fn must_be_in_syscall<K: Sink>(
        &mut self,
        out: &mut Out<'_, K>,
        at: At,
        context: Context,
        needs: Needs,
    ) -> Result<(), Answer> {
        if self.lacks(out, at, context, needs) {
            return Err(Answer::Broken);
        }
        let known = *self.gs.get(context.g as usize).ok_or(Answer::Advanced)?;
        if known.status != gs::SYSCALL {
            let id = Self::g_id(out.resources, context.g);
            let status = goroutine_status_name(known.status);
            if self.unfit(out, at, || {
                format!("event for goroutine {id} that's not in Syscall but {status}")
            }) {
                return Err(Answer::Broken);
            }
        }
        Ok(())
    }

    /// `advanceGoSyscallEnd`: on the thread where it began, with the proc it had.
    #[inline(always)]
    pub(super) fn go_syscall_end<K: Sink>(
        &mut self,
        out: &mut Out<'_, K>,
        at: At,
        context: Context,
        []: [u64; 0],
    ) -> Answer {
        match self.must_be_in_syscall(out, at, context, Needs::USER) {
            Ok(()) => {}
            Err(answer) => return answer,
        }
        self.gs[context.g as usize].status = gs::RUNNING;
        if let Some(proc) = self.ps.get_mut(context.p as usize) {
            let known = std::mem::replace(&mut proc.status, ps::RUNNING);
            if known != ps::SYSCALL && self.not_in_syscall(out, at, context.p, known) {
                return Answer::Broken;
            }
        }
        let kind = bare(context.g, GoroutineState::Syscall, GoroutineState::Running);
        out.emit(at.time, context, StackId::NONE, kind);
        Answer::Advanced
    }

    #[cold]
    fn not_in_syscall<K>(&mut self, out: &mut Out<'_, K>, at: At, p: u32, status: u8) -> bool {
        let id = Self::p_id(out.resources, p);
        let status = proc_status_name(status);
        self.unfit(out, at, || {
            format!("expected proc {id} in state Syscall, but got {status} instead")
        })
    }

    /// `advanceGoSyscallEndBlocked`.
    #[inline(always)]
    pub(super) fn go_syscall_end_blocked<K: Sink>(
        &mut self,
        out: &mut Out<'_, K>,
        at: At,
        context: Context,
        []: [u64; 0],
    ) -> Answer {
        // While the thread has a proc in a system call, it is known to lose it first: by a stop or by a steal. It may
        // even have another one by then, but that one is not in a system call.
        if let Some(proc) = self.ps.get(context.p as usize)
            && proc.status == ps::SYSCALL
        {
            if self.waits(out, at, || "its proc was not seen to leave it".to_owned()) {
                return Answer::NotYet;
            }
            // The steal was lost.
            self.lose_proc(out, at, context);
            return self.end_blocked(out, at, Context { p: NONE, ..context });
        }
        self.end_blocked(out, at, context)
    }

    #[inline(always)]
    fn end_blocked<K: Sink>(&mut self, out: &mut Out<'_, K>, at: At, context: Context) -> Answer {
        match self.must_be_in_syscall(out, at, context, Needs::GOROUTINE) {
            Ok(()) => {}
            Err(answer) => return answer,
        }
        self.gs[context.g as usize].status = gs::RUNNABLE;
        self.set_goroutine(context.m, NONE);
        let kind = bare(context.g, GoroutineState::Syscall, GoroutineState::Runnable);
        out.emit(at.time, context, StackId::NONE, kind);
        Answer::Advanced
    }

    /// `advanceGoCreateSyscall`: C code calls into Go on a thread of its own.
    #[inline(never)]
    pub(super) fn go_create_syscall<K: Sink>(
        &mut self,
        out: &mut Out<'_, K>,
        at: At,
        context: Context,
        [id]: [u64; 1],
    ) -> Answer {
        if self.lacks(out, at, context, Needs::FREE_THREAD) {
            return Answer::Broken;
        }
        let g = self.goroutine(id, out.resources);
        let Some(known) = self.gs.get(g as usize).copied() else {
            return self.nobody(out, at);
        };
        if known.status != ABSENT {
            if self.unfit(out, at, || {
                format!("tried to create goroutine ({id}) in syscall that already exists")
            }) {
                return Answer::Broken;
            }
            self.free_goroutine(g);
            self.remove(g);
        }
        self.gs[g as usize] = Goroutine {
            status: gs::SYSCALL,
            seq: self.seq(0),
            claim: seam::created(known.claim),
            ranges: known.ranges,
            ..Goroutine::NEW
        };
        self.set_goroutine(context.m, g);
        let kind = bare(g, GoroutineState::NotExist, GoroutineState::Syscall);
        out.emit(at.time, context, StackId::NONE, kind);
        Answer::Advanced
    }

    /// `advanceGoDestroySyscall`: the callback returns to C, or its thread ends.
    ///
    /// The proc is lost as well: the system may give the thread's number to another one, which must not be taken for
    /// the one that had it.
    #[inline(never)]
    pub(super) fn go_destroy_syscall<K: Sink>(
        &mut self,
        out: &mut Out<'_, K>,
        at: At,
        context: Context,
        []: [u64; 0],
    ) -> Answer {
        match self.must_be_in_syscall(out, at, context, Needs::GOROUTINE) {
            Ok(()) => {}
            Err(answer) => return answer,
        }
        self.remove(context.g);
        self.set_goroutine(context.m, NONE);
        if let Some(proc) = self.ps.get_mut(context.p as usize) {
            let known = std::mem::replace(&mut proc.status, ps::SYSCALL_ABANDONED);
            if known != ps::SYSCALL && self.not_in_syscall(out, at, context.p, known) {
                return Answer::Broken;
            }
            self.set_proc(context.m, NONE);
            let kind = procs::transition(context.p, ProcState::Running, ProcState::Idle);
            out.emit(at.time, context, StackId::NONE, kind);
        }
        let kind = bare(context.g, GoroutineState::Syscall, GoroutineState::NotExist);
        out.emit(at.time, context, StackId::NONE, kind);
        Answer::Advanced
    }
}
