//! What rows of the span table change, a piece of them at a time: what each goroutine did before and does after, and how
//! long that was.

use tracepane_model::{GoroutineIndex, ReasonId, SpanKind, SpanState, Trace};

use super::PIECE;
use super::stretch::{Stretch, last_before};
use crate::class::{CLASSES, Class, Classes};

/// Places for what a goroutine can do: a power of two with room for every [`Doing`].
pub const PLACES: usize = 16;

/// What a goroutine does: the place of its class among counts, or one more place for none at all, so that counting has
/// no special case.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Doing(u8);

impl Doing {
    /// It is not there.
    pub const NONE: Self = Self(CLASSES as u8);

    /// Its place, below [`PLACES`].
    #[inline(always)]
    pub fn place(self) -> usize {
        usize::from(self.0) % PLACES
    }

    /// The place of its class among those of a single goroutine, for which a worker of the GC runs like any other.
    #[inline(always)]
    pub fn own_place(self) -> usize {
        const GC_WORK: usize = Class::GcWork as usize;
        match self.place() {
            GC_WORK => Class::Running as usize,
            place => place,
        }
    }

    /// What has this place.
    pub const fn at(place: usize) -> Self {
        Self((place % PLACES) as u8)
    }

    /// The class, if it is there.
    pub const fn class(self) -> Option<Class> {
        if (self.0 as usize) < CLASSES {
            Some(Class::ALL[self.0 as usize])
        } else {
            None
        }
    }

    const fn is_active(self) -> bool {
        match self.class() {
            Some(class) => class.is_active(),
            None => false,
        }
    }

    /// Whether it is on a proc, running or in a system call.
    pub const fn is_on_proc(self) -> bool {
        matches!(
            self.class(),
            Some(Class::Running | Class::GcWork | Class::Syscall)
        )
    }
}

impl From<Option<Class>> for Doing {
    #[inline(always)]
    fn from(class: Option<Class>) -> Self {
        class.map_or(Self::NONE, |class| Self(class as u8))
    }
}

/// From doing one thing to doing another. What follows from that stands in a table, not in branches that a processor
/// guesses wrong: three changes take turns in most traces.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Change(u8);

/// What follows from a change, or from one of some: bits.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Facts(u8);

const ON_PROC: u8 = 1;
const IS_ON_PROC: u8 = 1 << 1;
const WAS_ACTIVE: u8 = 1 << 2;
const IS_ACTIVE: u8 = 1 << 3;
const WAITED: u8 = 1 << 4;
const IS_RARE: u8 = 1 << 5;
const FROM_NETWORK: u8 = 1 << 6;
const FROM_SYSCALL: u8 = 1 << 7;

const FACTS: [Facts; PLACES * PLACES] = {
    let mut facts = [Facts(0); PLACES * PLACES];
    let mut i = 0;
    while i < facts.len() {
        let (old, new) = (Doing((i >> 4) as u8), Doing((i & 15) as u8));
        let mut bits = 0;
        if old.is_on_proc() || new.is_on_proc() {
            bits |= ON_PROC;
        }
        if new.is_on_proc() {
            bits |= IS_ON_PROC;
        }
        if old.is_active() {
            bits |= WAS_ACTIVE;
        }
        if new.is_active() {
            bits |= IS_ACTIVE;
        }
        if matches!(old.class(), Some(Class::Runnable)) {
            bits |= WAITED;
        }
        if old.0 == new.0 || old.0 == Doing::NONE.0 || new.0 == Doing::NONE.0 {
            bits |= IS_RARE;
        }
        if matches!(new.class(), Some(Class::Runnable)) {
            bits |= match old.class() {
                Some(Class::Network) => FROM_NETWORK,
                Some(Class::Syscall | Class::SyscallBlocked) => FROM_SYSCALL,
                _ => 0,
            };
        }
        facts[i] = Facts(bits);
        i += 1;
    }
    facts
};

/// Where a goroutine comes from that is runnable again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Arrival {
    /// From a wait for the network.
    Network,
    /// From a system call.
    Syscall,
}

impl Facts {
    /// Whether it begins, ends or is none.
    #[inline(always)]
    pub fn is_rare(self) -> bool {
        self.0 & IS_RARE != 0
    }

    /// By how much it changes the number of goroutines that are active.
    #[inline(always)]
    pub fn acts(self) -> i32 {
        i32::from(self.0 & IS_ACTIVE != 0) - i32::from(self.0 & WAS_ACTIVE != 0)
    }

    /// 1 if the goroutine is on a proc before or after, else 0.
    #[inline(always)]
    pub fn on_proc(self) -> usize {
        usize::from(self.0 & ON_PROC)
    }

    /// Whether it is on a proc after.
    #[inline(always)]
    pub fn is_on_proc_now(self) -> bool {
        self.0 & IS_ON_PROC != 0
    }

    /// How much of the time before was a wait to run: all or nothing. No branch.
    #[inline(always)]
    pub fn wait_of(self, length: i64) -> i64 {
        length & -i64::from(self.0 & WAITED != 0)
    }

    /// Whether a goroutine is runnable again after a wait for the network or a system call.
    #[inline(always)]
    pub fn arrives(self) -> bool {
        self.0 & (FROM_NETWORK | FROM_SYSCALL) != 0
    }

    /// From where, if it [`Self::arrives`].
    #[inline(always)]
    pub fn arrival(self) -> Option<Arrival> {
        match self.0 & (FROM_NETWORK | FROM_SYSCALL) {
            0 => None,
            FROM_NETWORK => Some(Arrival::Network),
            _ => Some(Arrival::Syscall),
        }
    }
}

impl Change {
    /// Nothing at all.
    const NONE: Self = Self::new(Doing::NONE, Doing::NONE);

    /// From this to that.
    pub const fn new(old: Doing, new: Doing) -> Self {
        Self(old.0 << 4 | new.0)
    }

    const fn both(self) -> (Doing, Doing) {
        (Doing(self.0 >> 4), Doing(self.0 & 15))
    }

    /// What the goroutine did.
    #[inline(always)]
    pub fn old(self) -> Doing {
        self.both().0
    }

    /// What it does now.
    #[inline(always)]
    pub fn new_doing(self) -> Doing {
        self.both().1
    }

    /// Whether it does the same as before.
    #[inline(always)]
    pub fn is_none(self) -> bool {
        self.old() == self.new_doing()
    }

    /// Whether the goroutine was not there before.
    #[inline(always)]
    pub fn begins(self) -> bool {
        self.old() == Doing::NONE
    }

    /// Whether it is not there any more.
    #[inline(always)]
    pub fn ends(self) -> bool {
        self.new_doing() == Doing::NONE
    }

    /// What follows from it.
    #[inline(always)]
    pub fn facts(self) -> Facts {
        FACTS[usize::from(self.0)]
    }
}

/// What one row of the span table changes.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// When; not before the goroutine's last one.
    pub time: i64,
    /// How long the span was that ends, ns.
    pub length: i64,
    /// Whose.
    pub goroutine: GoroutineIndex,
    /// From what to what.
    pub change: Change,
    /// What follows from that.
    pub facts: Facts,
}

/// The steps of rows that follow each other.
#[derive(Default)]
pub struct Steps {
    /// The first of the rows.
    pub first: u32,
    /// By row.
    pub steps: Vec<Step>,
    /// What follows from any of them.
    pub facts: Facts,
}

/// What is filled while all steps of a trace are gone through.
///
/// One loop for each kind of thing that comes of them: what a loop carries along stays in registers then. They are
/// functions that are called for each piece, so that a browser compiles them well while the pass goes on.
pub trait Fill {
    /// The next rows: at most [`PIECE`], of which the first is a multiple of it.
    fn piece(&mut self, steps: &Steps);
}

/// So many numbers have the kinds of one reason.
const KINDS: usize = 16;

/// A goroutine while the span table is read.
#[derive(Clone, Copy)]
struct Now {
    /// Since when it does what it does.
    since: i64,
    /// Where its part of [`Walk::doing_of`] begins.
    doing_of: u32,
    doing: Doing,
}

impl Now {
    /// What it does in a span of this kind.
    #[inline(always)]
    fn doing_in(&self, kind: SpanKind, doing_of: &[Doing]) -> Doing {
        let place = self.doing_of as usize + usize::from(kind.packed());
        doing_of.get(place).copied().unwrap_or(Doing::NONE)
    }
}

/// Makes the steps of rows that follow each other.
pub struct Walk<'a> {
    trace: &'a Trace,
    /// What a goroutine does in a span, by the span's kind; and the same again for workers of the GC.
    doing_of: Vec<Doing>,
    /// By goroutine.
    now: Vec<Now>,
    stretch: &'a Stretch,
    starts: Vec<i64>,
    goroutines: Vec<u32>,
    kinds: Vec<SpanKind>,
    steps: Steps,
}

impl<'a> Walk<'a> {
    /// Before the first of these rows.
    pub fn new(trace: &'a Trace, classes: &Classes, stretch: &'a Stretch) -> Self {
        let kinds = trace.spans.reasons.len().max(1) * KINDS;
        let doing_of = (0..2 * kinds).map(|i| {
            let kind = i % kinds;
            let state = SpanState::ALL.get(kind % 8).copied();
            let kind =
                state.map(|state| SpanKind::new(state, ReasonId((kind / KINDS) as u16), false));
            match kind.and_then(|kind| classes.of(kind)) {
                Some(Class::Running) if i >= kinds => Some(Class::GcWork).into(),
                class => class.into(),
            }
        });
        let doing_of: Vec<Doing> = doing_of.collect();
        let now = (0..).zip(&stretch.before).map(|(g, &before)| {
            let g = GoroutineIndex(g);
            let mut now = Now {
                since: 0,
                doing_of: match classes.is_worker(trace, g) {
                    true => kinds as u32,
                    false => 0,
                },
                doing: Doing::NONE,
            };
            if let Some(row) = last_before(trace, g, before) {
                now.since = trace.spans.start(row).0;
                now.doing = now.doing_in(trace.spans.kind(row), &doing_of);
            }
            now
        });
        Self {
            trace,
            now: now.collect(),
            doing_of,
            stretch,
            starts: Vec::new(),
            goroutines: Vec::new(),
            kinds: Vec::new(),
            steps: Steps::default(),
        }
    }

    /// What each goroutine does, and since when.
    pub fn standing(&self) -> impl Iterator<Item = (GoroutineIndex, Doing, i64)> {
        let now = (0..).zip(&self.now);
        now.map(|(g, now)| (GoroutineIndex(g), now.doing, now.since))
    }

    /// Goes through all of the rows.
    pub fn fill(mut self, fill: &mut impl Fill) {
        for first in self.stretch.rows.clone().step_by(PIECE) {
            self.piece(first);
            fill.piece(&self.steps);
        }
    }

    /// Reads the rows from `first` on.
    #[inline(never)]
    fn piece(&mut self, first: usize) {
        let spans = &self.trace.spans;
        let count = PIECE.min(self.stretch.rows.end - first);
        self.starts.resize(count, 0);
        spans.copy_starts(first, &mut self.starts);
        self.goroutines.resize(count, 0);
        spans.copy_goroutines(first, &mut self.goroutines);
        self.kinds.resize(count, SpanKind::default());
        spans.copy_kinds(first, &mut self.kinds);

        let now = self.now.as_mut_slice();
        let doing_of = self.doing_of.as_slice();
        let rows = self.starts.iter().zip(&self.goroutines).zip(&self.kinds);
        let mut any = 0;
        self.steps.first = first as u32;
        self.steps.steps.clear();
        self.steps
            .steps
            .extend(rows.map(|((&start, &goroutine), &kind)| {
                let goroutine = GoroutineIndex(goroutine);
                let Some(now) = now.get_mut(goroutine.0 as usize) else {
                    return Step {
                        time: start,
                        length: 0,
                        goroutine,
                        change: Change::NONE,
                        facts: Change::NONE.facts(),
                    };
                };
                let new = now.doing_in(kind, doing_of);
                let time = start.max(now.since);
                let change = Change::new(now.doing, new);
                let facts = change.facts();
                let step = Step {
                    time,
                    length: time - now.since,
                    goroutine,
                    change,
                    facts,
                };
                any |= facts.0;
                now.since = time;
                now.doing = new;
                step
            }));
        self.steps.facts = Facts(any);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_of_changes_say_what_classes_say() {
        let all: Vec<Option<Class>> = [None].into_iter().chain(Class::ALL.map(Some)).collect();
        let on_proc = |class: Option<Class>| {
            matches!(class, Some(Class::Running | Class::GcWork | Class::Syscall))
        };
        let active = |class: Option<Class>| i32::from(class.is_some_and(Class::is_active));
        for &old in &all {
            for &new in &all {
                let change = Change::new(old.into(), new.into());
                assert_eq!(
                    (change.old().class(), change.new_doing().class()),
                    (old, new)
                );
                assert_eq!(change.is_none(), old == new);
                let facts = change.facts();
                let rare = old == new || old.is_none() || new.is_none();
                assert_eq!(facts.is_rare(), rare);
                assert_eq!(
                    (change.begins(), change.ends()),
                    (old.is_none(), new.is_none())
                );
                assert_eq!(facts.acts(), active(new) - active(old));
                assert_eq!(facts.on_proc() == 1, on_proc(old) || on_proc(new));
                assert_eq!(facts.is_on_proc_now(), on_proc(new));
                let arrival = match (old, new) {
                    (Some(Class::Network), Some(Class::Runnable)) => Some(Arrival::Network),
                    (Some(Class::Syscall | Class::SyscallBlocked), Some(Class::Runnable)) => {
                        Some(Arrival::Syscall)
                    }
                    _ => None,
                };
                assert_eq!(facts.arrival(), arrival);
                assert_eq!(facts.arrives(), arrival.is_some());
                let wait = if old == Some(Class::Runnable) { 7 } else { 0 };
                assert_eq!(facts.wait_of(7), wait);
            }
        }
    }
}
