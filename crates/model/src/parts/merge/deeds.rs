//! What a part left to be done by who knows how procs and system calls stood before: see [`crate::build::seam`].

use tracepane_wire::{Nanos, ProcIndex, ProcState};

use super::spans::Moved;
use super::{Joint, Merger};
use crate::build::Builder;
use crate::build::goroutines::NO_SYSCALL;
use crate::build::seam::{CARRIED, Deed, SeamDeed, UNKNOWN_HOLDER};
use crate::build::syscalls::{NOT_WATCHED, SummaryView, Syscall, Watched};
use crate::parts::Unsound;
use crate::span::SyscallView;

impl Merger {
    pub(super) fn does(
        &mut self,
        deed: &SeamDeed,
        watches: &[(ProcIndex, u32)],
        forgotten: &mut [bool],
        joint: &Joint,
    ) -> Result<(), Unsound> {
        match deed.deed {
            Deed::ProcStatus(proc, to, thread) => {
                let from = joint.resolved.proc_states.get(proc.0 as usize);
                if from.copied().flatten().is_some_and(|from| from != to) {
                    let (proc, thread) = (joint.proc(proc), joint.thread(thread));
                    self.builder.change_proc(proc, to, thread);
                }
            }
            Deed::ProcIdleAgain(proc, thread) => {
                if joint.resolved.steals.binary_search(&deed.event).is_ok() {
                    let (proc, thread) = (joint.proc(proc), joint.thread(thread));
                    self.builder.change_proc(proc, ProcState::Idle, thread);
                }
            }
            Deed::ProcIdle(proc, real, summary) => {
                let proc = joint.proc(proc);
                if real {
                    self.builder.proc_lost(proc);
                }
                if summary {
                    self.builder.summary_lost(proc);
                }
            }
            Deed::ProcTaken(proc, goroutine) => {
                let goroutine = joint.goroutine(goroutine).0 as usize;
                self.builder.proc_taken(goroutine, joint.proc(proc));
            }
            Deed::Leave(goroutine, ..) => {
                let goroutine = joint.goroutine(goroutine);
                let syscalls = &mut self.builder.syscalls;
                let state = self.builder.states.get_mut(goroutine.0 as usize);
                let Some(state) = state.filter(|state| state.syscall != NO_SYSCALL) else {
                    return Err(Unsound::new("a system call ends that never began"));
                };
                let slot = std::mem::replace(&mut state.syscall, NO_SYSCALL);
                let proc = syscalls.get_mut(slot).map(|slot| slot.summary.proc);
                let watch = watches
                    .iter()
                    .find(|&&(watched, _)| Some(joint.proc(watched)) == proc);
                if let Some(forgotten) = watch.and_then(|&(_, i)| forgotten.get_mut(i as usize)) {
                    *forgotten = true;
                }
                syscalls.leave(goroutine, slot);
            }
        }
        Ok(())
    }

    /// System calls that are over, and those that are not.
    pub(super) fn join_syscalls(
        &mut self,
        part: &Builder,
        moved: &Moved,
        joint: &Joint,
    ) -> Result<(), Unsound> {
        let of = &part.syscalls;
        let is_forgotten = |watch: u32| moved.forgotten.get(watch as usize).copied() == Some(true);
        let watched = |first| {
            let mut all = of.watched.iter().zip(&moved.forgotten);
            all.any(|(watched, &forgotten)| forgotten && watched.first == first)
        };
        let any = moved.forgotten.contains(&true);
        for view in &of.views {
            if any && watched(view.span) {
                continue;
            }
            self.builder.syscalls.views.push(SyscallView {
                span: moved.span(view.span),
                blocked_from: view.blocked_from.map(|time| joint.clock.time(time)),
                found_with_proc: view.found_with_proc,
            });
        }
        for (
            &Watched {
                first, lost, over, ..
            },
            &forgotten,
        ) in of.watched.iter().zip(&moved.forgotten)
        {
            if forgotten && over && lost.is_some() {
                self.builder.syscalls.views.push(SyscallView {
                    span: moved.span(first),
                    blocked_from: None,
                    found_with_proc: false,
                });
            }
        }
        for (i, state) in part.states.iter().enumerate() {
            if state.syscall == NO_SYSCALL || state.syscall == CARRIED {
                continue;
            }
            let slot = of.slots.get(state.syscall as usize);
            let to = joint.resolved.goroutines.get(i).copied();
            let to = to.and_then(|to| self.builder.states.get_mut(to as usize));
            let (Some(&syscall), Some(to)) = (slot, to) else {
                return Err(Unsound::new("a system call is not there"));
            };
            let time = |time: Option<Nanos>| time.map(|time| joint.clock.time(time));
            let blocked_from = match is_forgotten(syscall.watch) {
                true => None,
                false => time(syscall.summary.blocked_from),
            };
            let syscalls = &mut self.builder.syscalls;
            let slot = syscalls.put(Syscall {
                first: moved.span(syscall.first),
                reason: joint.names.reason(syscall.reason),
                proc: joint.proc(syscall.proc),
                thread: joint.thread(syscall.thread),
                stack: joint.names.stack(syscall.stack),
                lost: time(syscall.lost),
                summary: SummaryView {
                    proc: joint.proc(syscall.summary.proc),
                    blocked_from,
                    ..syscall.summary
                },
                watch: NOT_WATCHED,
            });
            to.syscall = slot;
        }
        // Who holds which proc, as far as the part knows.
        for (i, &place) in joint.resolved.procs.iter().enumerate() {
            let (i, place) = (i, place as usize);
            if let (Some(&holder), Some(to)) = (
                of.holders.get(i),
                self.builder.syscalls.holders.get_mut(place),
            ) && holder != UNKNOWN_HOLDER
            {
                *to = joint.goroutine(holder);
            }
            if let (Some(&holder), Some(to)) = (
                of.summary_holders.get(i),
                self.builder.syscalls.summary_holders.get_mut(place),
            ) && holder != UNKNOWN_HOLDER
            {
                let slot = part
                    .states
                    .get(holder.0 as usize)
                    .map(|state| state.syscall);
                let slot = slot.and_then(|slot| of.slots.get(slot as usize));
                *to = match slot.is_some_and(|slot| is_forgotten(slot.watch)) {
                    true => tracepane_wire::GoroutineIndex::NONE,
                    false => joint.goroutine(holder),
                };
            }
        }
        Ok(())
    }
}
