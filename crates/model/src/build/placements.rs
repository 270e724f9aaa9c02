//! Pairs of proc and thread, each distinct one once; the last one of each thread is remembered.

use rustc_hash::FxHashMap;
use tracepane_wire::{ProcIndex, Resources, ThreadIndex};

use crate::proc::{Placement, PlacementId};
use crate::span::{CAUSE_END, Cause};

/// The interner of placements.
#[derive(Default)]
pub(crate) struct Placements {
    pub(crate) all: Vec<Placement>,
    /// How many spans ran on each.
    pub(crate) counts: Vec<u32>,
    pub(crate) index: FxHashMap<(u32, u32), PlacementId>,
    /// For no thread, then for each thread: its last proc and what that pair is called.
    recent: Vec<(ProcIndex, Option<PlacementId>)>,
}

impl Placements {
    /// What a proc and a thread are called; nothing if both are NONE.
    #[inline(always)]
    pub(crate) fn cause(
        &mut self,
        proc: ProcIndex,
        thread: ThreadIndex,
        resources: &Resources,
    ) -> Cause {
        // NONE is the largest number, so that it becomes place 0.
        match self.recent.get(thread.0.wrapping_add(1) as usize) {
            Some(&(known, Some(id))) if known == proc => Cause::Placement(id),
            _ => self.look_up(proc, thread, resources),
        }
    }

    /// A span ran on a placement.
    #[inline(always)]
    pub(crate) fn count(&mut self, place: PlacementId) {
        if let Some(count) = self.counts.get_mut(place.0 as usize) {
            *count += 1;
        }
    }

    /// What a thread without a proc is called, added if it is new. The thread is known to exist.
    pub(crate) fn without_proc(&mut self, thread: ThreadIndex) -> Cause {
        if !thread.is_some() {
            return Cause::None;
        }
        self.intern(ProcIndex::NONE, thread)
            .map_or(Cause::None, Cause::Placement)
    }

    pub(crate) fn intern(&mut self, proc: ProcIndex, thread: ThreadIndex) -> Option<PlacementId> {
        match self.index.get(&(proc.0, thread.0)) {
            Some(&id) => Some(id),
            None if self.all.len() >= CAUSE_END as usize => None,
            None => {
                let id = PlacementId(self.all.len() as u32);
                self.all.push(Placement { proc, thread });
                self.counts.push(0);
                self.index.insert((proc.0, thread.0), id);
                Some(id)
            }
        }
    }

    /// Makes all of them known, after they were set from elsewhere.
    pub(crate) fn index_all(&mut self) {
        let ids = (0..).map(PlacementId);
        self.index = self
            .all
            .iter()
            .map(|place| (place.proc.0, place.thread.0))
            .zip(ids)
            .collect();
    }

    #[cold]
    fn look_up(&mut self, proc: ProcIndex, thread: ThreadIndex, resources: &Resources) -> Cause {
        if !proc.is_some() && !thread.is_some() {
            return Cause::None;
        }
        let known = |get: Option<usize>, count: usize| get.is_none_or(|i| i < count);
        if !known(proc.get(), resources.procs.len())
            || !known(thread.get(), resources.threads.len())
        {
            return Cause::None;
        }
        let Some(id) = self.intern(proc, thread) else {
            return Cause::None;
        };
        let slots = resources.threads.len() + 1;
        if self.recent.len() < slots {
            self.recent.resize(slots, (ProcIndex::NONE, None));
        }
        if let Some(slot) = self.recent.get_mut(thread.0.wrapping_add(1) as usize) {
            *slot = (proc, Some(id));
        }
        Cause::Placement(id)
    }
}
