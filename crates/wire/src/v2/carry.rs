//! How things stand between two generations, and whether a reader that begins there may take for granted what it does:
//! see [`super::seam`].

use super::ids::IdMap;
use super::seam::{
    ACTIVE, BEGUN, CREATED, GOROUTINE_TOLD, PAUSED, PROC_TOLD, SEEN, STATUS, STOLEN, Seam, UNSEEN,
    unpack,
};
use super::state::{ABSENT, NONE, ps};
use crate::state::ProcState;
use crate::table::Resources;

/// How goroutines, procs and threads stand between two generations.
#[derive(Default, Debug)]
pub struct Carry {
    resources: Resources,
    g_of: IdMap,
    p_of: IdMap,
    m_of: IdMap,
    gs: Vec<CarriedGoroutine>,
    ps: Vec<CarriedProc>,
    ms: Vec<CarriedThread>,
    /// As [`Seam::collector_end`].
    collector: [u64; 2],
}

#[derive(Clone, Copy, Debug)]
struct CarriedGoroutine {
    status: u8,
    /// [`ACTIVE`] for an assist, [`PAUSED`] for a pause.
    open: u8,
}

#[derive(Clone, Copy, Debug)]
struct CarriedProc {
    status: u8,
    sweeping: bool,
    thread: u32,
}

#[derive(Clone, Copy, Debug)]
struct CarriedThread {
    goroutine: u32,
    proc: u32,
    seen: bool,
}

/// What a reader could not know.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Resolved {
    /// The places of its goroutines among those of the whole trace.
    pub goroutines: Vec<u32>,
    /// The places of its procs.
    pub procs: Vec<u32>,
    /// The places of its threads.
    pub threads: Vec<u32>,
    /// For each of its procs the state that its first status comes from, if that is not the same state.
    pub proc_states: Vec<Option<ProcState>>,
    /// The thefts by which a proc that was running stops: how many events came before, in order.
    pub steals: Vec<u64>,
}

/// Why a reader's events are not those of one that has read all before: a sentence.
pub type Contradiction = String;

/// The places of ids; new ones are added to `all`.
fn places<T: Copy>(ids: &[T], id: impl Fn(T) -> i64, all: &mut Vec<T>, of: &mut IdMap) -> Vec<u32> {
    let place = |&new: &T| {
        let key = id(new) as u64;
        of.get(key).unwrap_or_else(|| {
            let place = all.len() as u32;
            all.push(new);
            of.insert(key, place);
            place
        })
    };
    ids.iter().map(place).collect()
}

impl Carry {
    /// Before a trace of that many bytes, which bound what arrays of ids may cost.
    pub fn new(bytes: u64) -> Self {
        let ids = || IdMap::new(bytes / 16);
        Self {
            g_of: ids(),
            p_of: ids(),
            m_of: ids(),
            ..Self::default()
        }
    }

    /// Every goroutine, proc and thread, in order of first mention.
    pub fn resources(&self) -> &Resources {
        &self.resources
    }

    /// Goes on to the end of what a reader read that began here; what it could not know. `resources` are those it
    /// mentioned. `first`: there is nothing before it, and it did not take anything for granted.
    ///
    /// # Errors
    /// If what it took for granted does not hold. Nothing must be taken from `self` then.
    pub fn follow(
        &mut self,
        seam: &Seam,
        resources: &Resources,
        first: bool,
    ) -> Result<Resolved, Contradiction> {
        let fits = seam.goroutines.len() == resources.goroutines.len()
            && seam.procs.len() == resources.procs.len()
            && seam.threads.len() == resources.threads.len();
        let all = &mut self.resources;
        let room = NONE as usize;
        if !fits
            || all.goroutines.len() + resources.goroutines.len() >= room
            || all.procs.len() + resources.procs.len() >= room
            || all.threads.len() + resources.threads.len() >= room
        {
            return Err("its lists do not fit its resources".to_owned());
        }
        let mut resolved = Resolved {
            goroutines: places(
                &resources.goroutines,
                |id| id.0,
                &mut all.goroutines,
                &mut self.g_of,
            ),
            procs: places(&resources.procs, |id| id.0, &mut all.procs, &mut self.p_of),
            threads: places(
                &resources.threads,
                |id| id.0,
                &mut all.threads,
                &mut self.m_of,
            ),
            ..Resolved::default()
        };
        self.grow();
        if first {
            resolved.proc_states.resize(seam.procs.len(), None);
        } else {
            self.check(seam, &mut resolved)?;
        }
        self.go_on(seam, &resolved, first);
        Ok(resolved)
    }

    fn grow(&mut self) {
        self.gs.resize(
            self.resources.goroutines.len(),
            CarriedGoroutine {
                status: ABSENT,
                open: 0,
            },
        );
        self.ps.resize(
            self.resources.procs.len(),
            CarriedProc {
                status: ABSENT,
                sweeping: false,
                thread: NONE,
            },
        );
        self.ms.resize(
            self.resources.threads.len(),
            CarriedThread {
                goroutine: NONE,
                proc: NONE,
                seen: false,
            },
        );
    }

    fn check(&self, seam: &Seam, places: &mut Resolved) -> Result<(), Contradiction> {
        if seam.again {
            return Err("something is told again as if it were new".to_owned());
        }
        for (&packed, &place) in seam.goroutines.iter().zip(&places.goroutines) {
            self.check_goroutine(packed, place)?;
        }
        for &[g, m] in &seam.on_threads {
            let thread = at(&places.threads, m).and_then(|place| self.ms.get(place as usize));
            let bound = thread
                .filter(|thread| thread.seen)
                .map(|thread| thread.goroutine);
            if bound.is_none() || bound != at(&places.goroutines, g) {
                return Err("a goroutine in a system call was on another thread before".to_owned());
            }
        }
        for (&packed, &place) in seam.procs.iter().zip(&places.procs) {
            places.proc_states.push(self.check_proc(packed, place)?);
        }
        // Which threads lose a proc that they had before, and when.
        let mut freed = Vec::new();
        for &[p, thread, event] in &seam.steals {
            let p = u32::try_from(p).ok().and_then(|p| at(&places.procs, p));
            let proc = p.and_then(|p| self.ps.get(p as usize));
            let (Some(p), Some(proc)) = (p, proc) else {
                return Err("a proc is stolen that is not there".to_owned());
            };
            if proc.status != ps::SYSCALL {
                continue;
            }
            let victim = self.ms.get(proc.thread as usize);
            let id = self.resources.threads.get(proc.thread as usize);
            if !victim.is_some_and(|victim| victim.seen && victim.proc == p)
                || id.is_none_or(|id| id.0 != thread as i64)
            {
                return Err("a proc is stolen from a thread that did not have it".to_owned());
            }
            freed.push((proc.thread, event));
            places.steals.push(event);
        }
        for &[m, flags, event] in &seam.thread_claims {
            let m = u32::try_from(m).ok().and_then(|m| at(&places.threads, m));
            let thread = m.and_then(|m| self.ms.get(m as usize));
            let (Some(m), Some(thread)) = (m, thread) else {
                return Err("a thread is not there".to_owned());
            };
            let was_freed = freed.iter().any(|&(thread, at)| thread == m && at < event);
            if flags & 1 != 0 && thread.proc != NONE && !was_freed {
                return Err("a thread had a proc before, and acts without one".to_owned());
            }
            if flags & 2 != 0 && thread.goroutine != NONE {
                return Err("a thread had a goroutine before, and acts without one".to_owned());
            }
        }
        self.check_collector(seam)?;
        places.steals.sort_unstable();
        Ok(())
    }

    fn check_goroutine(&self, packed: u64, place: u32) -> Result<(), Contradiction> {
        let ([claim, ranges, _, _], _) = unpack(packed);
        let Some(known) = self.gs.get(place as usize) else {
            return Err("a goroutine is not there".to_owned());
        };
        let before = match claim {
            UNSEEN => return Ok(()),
            CREATED => ABSENT,
            status => status - STATUS,
        };
        if known.status != before {
            return Err("a goroutine was in another state before".to_owned());
        }
        let holds = match ranges & (ACTIVE | BEGUN) {
            ACTIVE => known.open & ACTIVE != 0,
            BEGUN => known.open & ACTIVE == 0,
            _ => true,
        };
        if !holds || (ranges & PAUSED != 0 && known.open & PAUSED != 0) {
            return Err("a goroutine's range was in another state before".to_owned());
        }
        Ok(())
    }

    /// The state that a proc's first status comes from, if that is not the same.
    fn check_proc(&self, packed: u64, place: u32) -> Result<Option<ProcState>, Contradiction> {
        let ([claim, sweep, _, _], _) = unpack(packed);
        let Some(known) = self.ps.get(place as usize) else {
            return Err("a proc is not there".to_owned());
        };
        let holds = match sweep & (ACTIVE | BEGUN) {
            ACTIVE => known.sweeping,
            BEGUN => !known.sweeping,
            _ => true,
        };
        if !holds {
            return Err("a proc's sweep was in another state before".to_owned());
        }
        let status = match claim & !STOLEN {
            UNSEEN => return Ok(None),
            claim => claim.wrapping_sub(STATUS),
        };
        if known.status == ABSENT {
            return Ok(Some(ProcState::NotExist));
        }
        if status == ps::SYSCALL_ABANDONED && known.status == ps::SYSCALL {
            let owner = self.ms.get(known.thread as usize);
            return if owner.is_some_and(|owner| owner.proc == place) {
                Ok(None)
            } else {
                Err("a proc was in a system call on no thread".to_owned())
            };
        }
        if known.status != status {
            return Err("a proc was in another state before".to_owned());
        }
        Ok(None)
    }

    fn check_collector(&self, seam: &Seam) -> Result<(), Contradiction> {
        let Some([active, seq, user]) = seam.collector else {
            return Ok(());
        };
        let [state, last] = self.collector;
        let holds = match (state, active) {
            (0, 0) => true,
            (1, 0) | (2, 1) => seq == last.wrapping_add(1) && user == 1,
            _ => false,
        };
        if holds {
            Ok(())
        } else {
            Err("the garbage collector was in another state before".to_owned())
        }
    }

    /// How things stand afterwards.
    fn go_on(&mut self, seam: &Seam, places: &Resolved, first: bool) {
        let global = |places: &[u32], local: u32| at(places, local).unwrap_or(NONE);
        for &[p, _, _] in &seam.steals {
            let p = u32::try_from(p).map_or(NONE, |p| global(&places.procs, p));
            if let Some(&proc) = self.ps.get(p as usize)
                && proc.status == ps::SYSCALL
                && let Some(thread) = self.ms.get_mut(proc.thread as usize)
                && thread.proc == p
            {
                thread.proc = NONE;
            }
        }
        for (&packed, &place) in seam.goroutines.iter().zip(&places.goroutines) {
            let ([claim, ranges, status, open], _) = unpack(packed);
            if claim != UNSEEN
                && let Some(known) = self.gs.get_mut(place as usize)
            {
                // What is open stays so, if nothing was said of it.
                let mut stays = known.open;
                if claim == CREATED || status == ABSENT {
                    stays = 0;
                } else if ranges & (ACTIVE | BEGUN) != 0 {
                    stays &= PAUSED;
                }
                *known = CarriedGoroutine {
                    status,
                    open: open | stays,
                };
            }
        }
        for (&packed, &place) in seam.procs.iter().zip(&places.procs) {
            let ([claim, sweep, status, sweeping], thread) = unpack(packed);
            let Some(known) = self.ps.get_mut(place as usize) else {
                continue;
            };
            if sweep & (ACTIVE | BEGUN) != 0 || known.status == ABSENT {
                known.sweeping = sweeping != 0;
            }
            let still_abandoned = claim == STATUS + ps::SYSCALL_ABANDONED
                && status == ps::SYSCALL_ABANDONED
                && known.status != ABSENT;
            if claim != UNSEEN && (first || !still_abandoned) {
                known.status = status;
                known.thread = global(&places.threads, thread);
            }
        }
        for (&[goroutine, proc, flags], &place) in seam.threads.iter().zip(&places.threads) {
            let Some(known) = self.ms.get_mut(place as usize) else {
                continue;
            };
            known.seen |= flags & SEEN != 0;
            // What was neither told nor claimed is as it was before.
            if goroutine != NONE || flags & u32::from(GOROUTINE_TOLD) != 0 || first {
                known.goroutine = global(&places.goroutines, goroutine);
            }
            if proc != NONE || flags & u32::from(PROC_TOLD) != 0 || first {
                known.proc = global(&places.procs, proc);
            }
        }
        if seam.collector_end[0] != 0 {
            self.collector = seam.collector_end;
        }
    }
}

fn at(places: &[u32], local: u32) -> Option<u32> {
    places.get(local as usize).copied()
}
