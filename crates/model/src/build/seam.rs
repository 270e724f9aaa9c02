//! A [`Builder`] that begins in the middle of a trace: what depends on the time before is not decided, but written down
//! with its place among the rows, for [`crate::parts::Merger`] to do when it knows.
//!
//! Goroutines and procs are first heard of by their status, which says nothing new to who has read what was before: no
//! row. What they do then makes rows as always. What is left are system calls, ranges, regions and lives that began
//! before; there are about as many as goroutines and procs, however long the part is.

use tracepane_wire::{
    GoroutineIndex, GoroutineState, Nanos, ProcIndex, ProcState, TaskId, ThreadIndex,
};

use super::Builder;
use super::goroutines::SPECIAL;
use super::ranges::OpenRanges;
use super::syscalls::{NOT_WATCHED, Syscalls, Watched};
use super::user::NO_REGION;
use crate::span::SpanState;

/// Instead of a system call's slot: it began before.
pub(crate) const CARRIED: u32 = u32::MAX - 1;

/// Instead of a goroutine: who holds the proc is not known.
pub(crate) const UNKNOWN_HOLDER: GoroutineIndex = GoroutineIndex(u32::MAX - 1);

/// How many system calls may be watched; the summary's faults are few.
const MAX_WATCHED: usize = 1 << 16;

/// What is left to do.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Deed {
    /// A proc is first heard of.
    ProcStatus(ProcIndex, ProcState, ThreadIndex),
    /// A proc that was idle when first heard of goes idle; perhaps it had been in a system call.
    ProcIdleAgain(ProcIndex, ThreadIndex),
    /// A proc goes idle of which it is not known who holds it: in fact, and for the summary.
    ProcIdle(ProcIndex, bool, bool),
    /// A goroutine gets a proc of which it is not known who holds it.
    ProcTaken(ProcIndex, GoroutineIndex),
    /// A goroutine leaves a system call that began before; its watches are those from here up to there.
    Leave(GoroutineIndex, u32, u32),
}

/// A deed and its place.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct SeamDeed {
    /// What.
    pub(crate) deed: Deed,
    /// When.
    pub(crate) time: Nanos,
    /// How many events came before.
    pub(crate) event: u64,
    /// How many spans came before.
    pub(crate) spans: u32,
    /// How many spans of procs came before.
    pub(crate) proc_spans: u32,
    /// How many placements were known.
    pub(crate) placements: u32,
}

/// Something about lives and regions that depends on the time before.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Fate {
    /// A goroutine that existed before ends.
    Ends(GoroutineIndex, Nanos),
    /// A goroutine is created by another one: what it inherits depends on that one's regions.
    Inherits(GoroutineIndex, GoroutineIndex),
    /// A goroutine is created in a region of this part.
    Gets(GoroutineIndex, TaskId),
}

/// What must be settled when a part is joined to what came before.
#[derive(Clone, Default, Debug)]
pub(crate) struct SeamLog {
    pub(crate) deeds: Vec<SeamDeed>,
    /// With how many regions came before each.
    pub(crate) fates: Vec<(u32, Fate)>,
    /// For each watch of a [`Deed::Leave`]: the proc, and the place in [`Syscalls::watched`].
    pub(crate) watches: Vec<(ProcIndex, u32)>,
    /// What is known of each proc.
    procs: Vec<Known>,
    /// Why this cannot be joined to anything.
    pub(crate) unsound: Option<&'static str>,
}

#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
enum Known {
    /// Nothing.
    #[default]
    Nothing,
    /// It was idle, and nothing has happened since.
    Idle,
    /// All.
    All,
}

impl SeamLog {
    /// The watches of a deed.
    pub(crate) fn watches_of(&self, deed: &SeamDeed) -> &[(ProcIndex, u32)] {
        let watches = match deed.deed {
            Deed::Leave(_, first, end) => self.watches.get(first as usize..end as usize),
            _ => None,
        };
        watches.unwrap_or_default()
    }

    fn unsound(&mut self, why: &'static str) {
        self.unsound.get_or_insert(why);
    }
}

impl Builder {
    /// A builder whose trace has begun before, with what is not read here.
    pub(crate) fn over_seam() -> Self {
        Self {
            seam: Some(Box::default()),
            syscalls: Syscalls {
                at_first: UNKNOWN_HOLDER,
                ..Syscalls::default()
            },
            ranges: OpenRanges {
                over_seam: true,
                ..OpenRanges::default()
            },
            ..Self::default()
        }
    }

    #[cold]
    fn later(&mut self, deed: Deed) {
        let deed = SeamDeed {
            deed,
            time: self.now,
            event: self.events.saturating_sub(1),
            spans: self.spans.len() as u32,
            proc_spans: self.proc_spans.len() as u32,
            placements: self.placements.all.len() as u32,
        };
        if let Some(seam) = &mut self.seam {
            seam.deeds.push(deed);
        }
    }

    /// Whether what a proc does must be seen later.
    pub(crate) fn proc_over_seam(
        &mut self,
        proc: ProcIndex,
        from: ProcState,
        to: ProcState,
        thread: ThreadIndex,
    ) -> bool {
        let Some(seam) = &mut self.seam else {
            return false;
        };
        let i = proc.0 as usize;
        if i >= seam.procs.len() {
            seam.procs.resize(i + 1, Known::Nothing);
        }
        let known = seam.procs[i];
        match (from, known) {
            (ProcState::Undetermined | ProcState::NotExist, Known::Nothing) => {
                seam.procs[i] = match to {
                    ProcState::Idle => Known::Idle,
                    _ => Known::All,
                };
                self.later(Deed::ProcStatus(proc, to, thread));
                true
            }
            (_, Known::Nothing) | (ProcState::Undetermined | ProcState::NotExist, _) => {
                seam.unsound("a proc acts before its status is told, or its status is told twice");
                true
            }
            (ProcState::Idle, Known::Idle) if to == ProcState::Idle => {
                self.later(Deed::ProcIdleAgain(proc, thread));
                true
            }
            _ => {
                if from != to {
                    seam.procs[i] = Known::All;
                }
                false
            }
        }
    }

    /// A proc goes idle.
    pub(crate) fn idle_over_seam(&mut self, proc: ProcIndex) {
        let Some(i) = proc.get() else {
            return;
        };
        let unknown = |holders: &mut Vec<GoroutineIndex>| {
            let holder = holders
                .get_mut(i)
                .filter(|holder| **holder == UNKNOWN_HOLDER);
            holder
                .map(|holder| *holder = GoroutineIndex::NONE)
                .is_some()
        };
        let real = unknown(&mut self.syscalls.holders);
        let summary = unknown(&mut self.syscalls.summary_holders);
        if real || summary {
            self.later(Deed::ProcIdle(proc, real, summary));
        }
    }

    /// A goroutine gets a proc of which it is not known who holds it.
    #[cold]
    pub(crate) fn taken_over_seam(&mut self, g: usize, proc: ProcIndex) {
        let Some(i) = proc.get() else {
            return;
        };
        self.syscalls.ensure_procs(i + 1);
        self.syscalls.release(proc);
        self.later(Deed::ProcTaken(proc, GoroutineIndex(g as u32)));
    }

    /// A goroutine leaves a system call that began before.
    #[cold]
    pub(crate) fn leave_over_seam(&mut self, goroutine: GoroutineIndex) {
        let Some(seam) = &mut self.seam else {
            return;
        };
        let first = seam.watches.len() as u32;
        // The summary forgets whoever is in a system call on the proc on which that one began.
        for (i, holder) in self.syscalls.summary_holders.iter().enumerate() {
            if !holder.is_some() || *holder == UNKNOWN_HOLDER {
                continue;
            }
            let slot = self
                .states
                .get(holder.0 as usize)
                .map(|state| state.syscall);
            let Some(slot) = slot.and_then(|slot| self.syscalls.slots.get_mut(slot as usize))
            else {
                continue;
            };
            if slot.watch == NOT_WATCHED {
                slot.watch = self.syscalls.watched.len() as u32;
                self.syscalls.watched.push(Watched {
                    first: slot.first,
                    goroutine: *holder,
                    lost: None,
                    over: false,
                });
            }
            seam.watches.push((ProcIndex(i as u32), slot.watch));
            if seam.watches.len() > MAX_WATCHED {
                seam.unsound("too many system calls are watched");
                break;
            }
        }
        let end = seam.watches.len() as u32;
        self.later(Deed::Leave(goroutine, first, end));
    }

    /// The status of a goroutine that existed before.
    #[cold]
    pub(crate) fn goroutine_over_seam(
        &mut self,
        g: usize,
        from: GoroutineState,
        to: GoroutineState,
    ) {
        let state = &mut self.states[g];
        state.last = Some(match to {
            GoroutineState::Running => SpanState::Running,
            GoroutineState::Runnable => SpanState::Runnable,
            GoroutineState::Waiting => SpanState::Waiting,
            _ => SpanState::Syscall,
        });
        if to == GoroutineState::Syscall {
            state.syscall = CARRIED;
        } else {
            state.open &= !SPECIAL;
        }
        let told = matches!(
            to,
            GoroutineState::Running
                | GoroutineState::Runnable
                | GoroutineState::Waiting
                | GoroutineState::Syscall
        );
        if let Some(seam) = &mut self.seam
            && !(told && from == GoroutineState::Undetermined)
        {
            seam.unsound("a goroutine acts before its status is told");
        }
    }

    /// A goroutine is created: what it inherits.
    #[cold]
    pub(crate) fn inherit_over_seam(&mut self, g: usize, creator: GoroutineIndex) {
        let goroutine = GoroutineIndex(g as u32);
        let known = creator.get().filter(|&c| c < self.states.len() && c != g);
        let open = known.map_or(NO_REGION, |c| self.states[c].open_region);
        let fate = match self.user.task_of_region(open) {
            Some(task) => Fate::Gets(goroutine, task),
            None if known.is_some() => Fate::Inherits(goroutine, creator),
            None => Fate::Gets(goroutine, TaskId::NONE),
        };
        self.fate(fate);
    }

    /// A goroutine ends.
    #[cold]
    pub(crate) fn end_over_seam(&mut self, g: usize) {
        if self.rows.get(g).is_some_and(|row| !row.creation_seen) {
            self.fate(Fate::Ends(GoroutineIndex(g as u32), self.now));
        }
    }

    /// A region ends that is not known to be open.
    pub(crate) fn region_end_over_seam(&mut self, g: usize) {
        let state = &self.states[g];
        if let Some(seam) = &mut self.seam
            && state.open_region == NO_REGION
            && self.rows[g].ended.is_some()
            && state.last != Some(SpanState::Dead)
        {
            seam.unsound("a goroutine that waited for ever ends a region");
        }
    }

    fn fate(&mut self, fate: Fate) {
        let regions = self.user.regions.len() as u32;
        if let Some(seam) = &mut self.seam {
            seam.fates.push((regions, fate));
        }
    }
}
