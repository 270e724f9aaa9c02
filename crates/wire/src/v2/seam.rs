//! Where reading began in the middle of a trace: what it took for granted of the time before, and whether that holds.
//!
//! Each generation says anew how every goroutine and proc stands before it says what they do. So a reader that begins
//! with any generation tells the same events in the same order as one that has read all before it, if what was before
//! is what those first words say: [`Seam`] has them, [`Carry`] how things really stood, and [`Carry::follow`] compares
//! every point on which [`super::order`] would have decided otherwise. What fails is not a fault of the trace alone: it
//! only must be read in order.

pub use super::carry::{Carry, Contradiction, Resolved};
use super::order::{At, Context};
use super::spec;
use super::state::{Gc, Goroutine, NONE, Proc, Thread, ps};

/// Not seen yet.
pub const UNSEEN: u8 = 0;
/// First seen when it was created: it did not exist before.
pub(super) const CREATED: u8 = 1;
/// First seen with a status: this and the status.
pub(super) const STATUS: u8 = 2;
/// Of procs that had been abandoned in a system call: the first theft was seen.
pub(super) const STOLEN: u8 = 0x80;

/// A range was first said to be going on.
pub const ACTIVE: u8 = 1;
/// A range first began.
pub const BEGUN: u8 = 2;
/// A pause began.
pub const PAUSED: u8 = 4;

/// Of threads: it was said which goroutine it has.
pub const GOROUTINE_TOLD: u8 = 1;
/// Of threads: it was said which proc it has.
pub const PROC_TOLD: u8 = 2;

/// The claim on a goroutine that is created.
#[inline(always)]
pub fn created(known: u8) -> u8 {
    if known == UNSEEN { CREATED } else { known }
}

/// The claim on what has a status now.
pub fn status(known: u8, status: u8) -> u8 {
    if known == UNSEEN {
        STATUS + status
    } else {
        known
    }
}

/// What a range was first seen as.
#[inline(always)]
pub fn first(known: u8, how: u8) -> u8 {
    if known & (ACTIVE | BEGUN) == 0 {
        known | how
    } else {
        known
    }
}

/// A thread's first event that is no mere status, if its proc or its goroutine was not known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ThreadClaim {
    /// The thread.
    pub thread: u32,
    /// How many events came before.
    pub event: u64,
    /// It is taken to have no proc.
    pub no_proc: bool,
    /// It is taken to have no goroutine.
    pub no_goroutine: bool,
}

/// A proc is stolen of which only its having been abandoned is known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Steal {
    /// The proc.
    pub proc: u32,
    /// The id of the thread that it is stolen from.
    pub thread: u64,
    /// How many events came before.
    pub event: u64,
}

/// The first event of the garbage collector.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CollectorClaim {
    /// It says that a cycle is in progress; else one begins.
    pub active: bool,
    /// Its number.
    pub seq: u64,
    /// A goroutine on a proc said so.
    pub user: bool,
}

/// What is taken for granted, as far as it is not in the states themselves.
#[derive(Clone, Default, Debug)]
pub struct Claims {
    threads: Vec<ThreadClaim>,
    /// The event that the last of each thread's claims is about: the thread's place and the offset.
    last: Vec<u64>,
    on_threads: Vec<[u32; 2]>,
    steals: Vec<Steal>,
    collector: Option<CollectorClaim>,
    again: bool,
}

impl Claims {
    /// A thread whose context was not settled has an event, which perhaps must wait and comes again.
    #[cold]
    pub fn thread(&mut self, thread: &mut Thread, at: At, events: u64) {
        thread.seen = true;
        if matches!(
            at.kind,
            spec::GO_STATUS
                | spec::GO_STATUS_STACK
                | spec::PROC_STATUS
                | spec::GC_SWEEP_ACTIVE
                | spec::GC_MARK_ASSIST_ACTIVE
        ) {
            // Once something else was seen, it happened.
            thread.settled |= thread.claim != NONE;
            return;
        }
        let claim = ThreadClaim {
            thread: at.thread,
            event: events,
            no_proc: thread.proc == NONE && thread.told & PROC_TOLD == 0,
            no_goroutine: thread.goroutine == NONE && thread.told & GOROUTINE_TOLD == 0,
        };
        let place = thread.claim as usize;
        match (self.threads.get_mut(place), self.last.get(place)) {
            (Some(known), Some(&offset)) if offset == at.offset => *known = claim,
            (Some(_), _) => thread.settled = true,
            (None, _) => {
                thread.claim = self.threads.len() as u32;
                self.threads.push(claim);
                self.last.push(at.offset);
            }
        }
    }

    /// A goroutine that was not known is in a system call on a thread.
    pub fn on_thread(&mut self, g: u32, m: u32) {
        self.on_threads.push([g, m]);
    }

    /// In the first generation something is told as if it were the first thing known, and is not: a reader that knows
    /// what was before finds that odd.
    #[cold]
    pub fn again(&mut self) {
        self.again = true;
    }

    /// A proc is stolen that was abandoned in a system call.
    pub fn steal(&mut self, proc: &mut Proc, p: u32, thread: u64, event: u64) {
        if proc.claim == STATUS + ps::SYSCALL_ABANDONED {
            proc.claim |= STOLEN;
            self.steals.push(Steal {
                proc: p,
                thread,
                event,
            });
        }
    }

    /// The garbage collector is first heard of.
    pub fn collector(&mut self, active: bool, seq: u64, context: Context) {
        self.collector = Some(CollectorClaim {
            active,
            seq,
            user: context.p != NONE && context.g != NONE,
        });
    }
}

/// What a reader took for granted of the time before it began, and how things stood when it stopped. Plain numbers, so
/// that it can be sent elsewhere; all places are those of its own [`crate::Resources`].
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Seam {
    /// For each goroutine: claim, ranges' claims, status and open ranges, a byte each, then the thread.
    pub goroutines: Vec<u64>,
    /// For each proc: claim, sweep's claim, status, and whether it sweeps, a byte each, then the thread.
    pub procs: Vec<u64>,
    /// For each thread: its goroutine, its proc, and flags: seen, what was told of it.
    pub threads: Vec<[u32; 3]>,
    /// Threads' claims: thread, flags (1 no proc, 2 no goroutine), events before.
    pub thread_claims: Vec<[u64; 3]>,
    /// Goroutines said to be in a system call on a thread.
    pub on_threads: Vec<[u32; 2]>,
    /// Thefts of abandoned procs: proc, thread's id, events before.
    pub steals: Vec<[u64; 3]>,
    /// The garbage collector's first event: 1 if active, its number, 1 if by a goroutine on a proc.
    pub collector: Option<[u64; 3]>,
    /// Something was told as if it were the first thing known, and was not.
    pub again: bool,
    /// The garbage collector at the end: 0 unknown, 1 between cycles, 2 marking; and its last number.
    pub collector_end: [u64; 2],
}

pub(super) const SEEN: u32 = 4;

fn pack(bytes: [u8; 4], thread: u32) -> u64 {
    u64::from(u32::from_le_bytes(bytes)) | u64::from(thread) << 32
}

pub(super) fn unpack(packed: u64) -> ([u8; 4], u32) {
    ((packed as u32).to_le_bytes(), (packed >> 32) as u32)
}

/// What [`Seam::new`] takes from an orderer.
pub(super) struct Standings<'a> {
    pub(super) gs: &'a [Goroutine],
    pub(super) ps: &'a [Proc],
    pub(super) ms: &'a [Thread],
    pub(super) claims: &'a Claims,
    /// A goroutine's open ranges: [`ACTIVE`] for an assist, [`PAUSED`] for a pause.
    pub(super) open: &'a dyn Fn(&Goroutine) -> u8,
    pub(super) gc: (Gc, u64),
}

impl Seam {
    pub(super) fn new(standings: &Standings) -> Self {
        let claims = standings.claims;
        let goroutine =
            |g: &Goroutine| pack([g.claim, g.ranges, g.status, (standings.open)(g)], g.thread);
        let proc = |p: &Proc| pack([p.claim, p.sweep, p.status, u8::from(p.sweeping)], p.thread);
        let thread = |m: &Thread| {
            let seen = if m.seen { SEEN } else { 0 };
            [m.goroutine, m.proc, u32::from(m.told) | seen]
        };
        Self {
            goroutines: standings.gs.iter().map(goroutine).collect(),
            procs: standings.ps.iter().map(proc).collect(),
            threads: standings.ms.iter().map(thread).collect(),
            thread_claims: claims
                .threads
                .iter()
                .map(|claim| {
                    let flags = u64::from(claim.no_proc) | u64::from(claim.no_goroutine) << 1;
                    [u64::from(claim.thread), flags, claim.event]
                })
                .collect(),
            on_threads: claims.on_threads.clone(),
            steals: claims
                .steals
                .iter()
                .map(|steal| [u64::from(steal.proc), steal.thread, steal.event])
                .collect(),
            collector: claims
                .collector
                .map(|claim| [u64::from(claim.active), claim.seq, u64::from(claim.user)]),
            again: claims.again,
            collector_end: [
                match standings.gc.0 {
                    Gc::Undetermined => 0,
                    Gc::NotRunning => 1,
                    Gc::Running => 2,
                },
                standings.gc.1,
            ],
        }
    }
}
