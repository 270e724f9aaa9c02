//! What each row changes: its goroutine did one thing before, and does another from then on. The scheduler's questions
//! are about that only: who could run, and since when, who runs, and how long procs were on something.
//!
//! Rows are gone through piece by piece. What of it only some rows are about (the waits that end) and what needs much at
//! hand (how many could run at any time) is put down first and read by loops of their own: a processor has few
//! registers, a browser leaves fewer of them, and what the next row ends nobody can guess, as goroutines take turns.
//! [`Change`] is the only place that knows which row ends a wait for a proc.

use tracepane_model::{GoroutineIndex, Nanos, SpanIndex, SpanKind, SpanPiece, SpanState, Trace};

use crate::pieces::{ROWS, for_each_piece_with_causes};
use crate::profiles::found_since;
use crate::scope::TimeRange;
use crate::stopped::Stopped;
use crate::sum;

/// What it means that a goroutine goes from one state to another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Change(u8);

// Its bits: the lowest two are one more than what it adds to the goroutines that can run, the highest two likewise for
// those that run.
const ENDS_WAIT_SHIFT: u32 = 2;
const RUNNING_SHIFT: u32 = 6;
const MASK: u8 = 3;

impl Change {
    const NONE: Self = Self(1 | 1 << RUNNING_SHIFT);

    /// From and to kinds of which these are the lowest four bits: their state, and whether it was going on.
    const fn new(from: usize, to: usize) -> Self {
        let (before, after) = (from & 7, to & 7);
        let (can_run, runs) = (SpanState::Runnable as usize, SpanState::Running as usize);
        let runnable = 1 + (after == can_run) as u8 - (before == can_run) as u8;
        let running = 1 + (after == runs) as u8 - (before == runs) as u8;
        // Of what was going on nobody knows how long it took.
        let ends_wait = from == can_run && after == runs;
        Self(runnable | (ends_wait as u8) << ENDS_WAIT_SHIFT | running << RUNNING_SHIFT)
    }

    /// From a kind to another.
    #[inline(always)]
    pub(crate) fn between(from: SpanKind, to: SpanKind) -> Self {
        CHANGES[usize::from(to.packed() & 15) << 4 | usize::from(from.packed() & 15)]
    }

    /// Whether a wait for a proc ends with it, since when is known: the goroutine could run, and does.
    #[inline(always)]
    pub(crate) fn ends_wait(self) -> bool {
        self.0 >> ENDS_WAIT_SHIFT & 1 != 0
    }

    /// How many more can run: -1, 0 or 1.
    #[inline(always)]
    pub(crate) fn runnable(self) -> i64 {
        i64::from(self.0 & MASK) - 1
    }

    /// How many more run.
    #[inline(always)]
    pub(crate) fn running(self) -> i64 {
        i64::from(self.0 >> RUNNING_SHIFT) - 1
    }
}

/// By the lowest four bits of both kinds, those of the second in the higher half.
const CHANGES: [Change; 256] = {
    let mut changes = [Change::NONE; 256];
    let mut place = 0;
    while place < 256 {
        changes[place] = Change::new(place & 15, place >> 4);
        place += 1;
    }
    changes
};

/// Whether a goroutine in such a span waits for a proc, and since when is known.
#[inline(always)]
pub(crate) fn waits_for_proc(kind: SpanKind) -> bool {
    kind.state() == SpanState::Runnable && !kind.was_going_on()
}

/// A wait for a proc that has ended.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct EndedWait {
    /// How long it was, all of it.
    pub(crate) nanos: i64,
    /// The span, and the place in its piece of the row that ended it.
    rest: u64,
}

impl EndedWait {
    /// The Runnable span.
    #[inline(always)]
    pub(crate) fn span(self) -> SpanIndex {
        SpanIndex((self.rest >> 32) as u32)
    }

    /// The place in its piece of the row that ended it.
    #[inline(always)]
    pub(crate) fn place(self) -> usize {
        self.rest as usize % ROWS
    }
}

/// What a goroutine does.
#[derive(Clone, Copy, Default, Debug)]
struct Doing {
    /// Since when: what can run since it can, all else within the part of time.
    since: i64,
    /// The row, the slot and the lowest bits of the kind, as one number: what is written in parts and read as a whole
    /// soon after, a processor waits for.
    rest: u64,
}

/// Of [`Doing::rest`]: the goroutine was found so.
const FOUND: u64 = 1 << 3;
/// How many bits there are below the slot.
const SLOT_SHIFT: u32 = 4;

impl Doing {
    #[inline(always)]
    fn new(since: i64, row: u32, low: u32) -> Self {
        Self {
            since,
            rest: u64::from(row) << 32 | u64::from(low),
        }
    }

    /// State, and whether it was going on.
    #[inline(always)]
    fn kind(self) -> SpanKind {
        SpanKind::from_packed(self.rest as u16 & 15)
    }
}

/// The place among the sums, by [`Doing::rest`].
#[inline(always)]
fn slot_of(rest: u64) -> usize {
    (rest as u32 >> SLOT_SHIFT) as usize
}

/// The slots of what is on no placement come first. Nobody wants these sums, and they are many, so that no row waits
/// until the one before it is added.
const FIRST_SLOT: usize = 16;

/// The lower half of [`Doing::rest`]. The slot of what is on a placement is made of its packed cause, an even number, and
/// in a system call one more: see [`OnPlacements`]. Computed for many rows at a time, so there is nothing to look up.
/// `row` is any number.
#[inline(always)]
fn low_of(kind: SpanKind, cause: u32, row: u32) -> u32 {
    let kind = u32::from(kind.packed());
    let (runs, calls) = (
        kind & 7 == SpanState::Running as u32,
        kind & 7 == SpanState::Syscall as u32,
    );
    // Without a cause it is below the first one.
    let on_proc = cause.wrapping_add(FIRST_SLOT as u32 - 2 + u32::from(calls));
    let slot = if runs | calls { on_proc } else { row % 8 };
    slot << SLOT_SHIFT | kind & 15
}

/// What was on placements.
#[derive(Clone, Default, Debug)]
pub(crate) struct OnPlacements {
    /// By slot: how long goroutines ran on a placement, and after it how long they were in system calls there. The first
    /// two are for what was on none.
    nanos: Vec<i64>,
    /// By slot.
    beside: Vec<Beside>,
}

/// What there is to count beside the time.
#[derive(Clone, Copy, Default, Debug)]
struct Beside {
    in_pauses: Nanos,
    used: bool,
}

/// What was on a placement.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct OnPlacement {
    pub(crate) running: i64,
    pub(crate) syscall: i64,
    /// The part of both while the world was being stopped.
    pub(crate) in_pauses: Nanos,
    /// Something was, however short.
    pub(crate) used: bool,
}

impl OnPlacements {
    fn new(trace: &Trace) -> Self {
        let slots = FIRST_SLOT + 2 * trace.procs.placements.len();
        Self {
            nanos: vec![0; slots],
            beside: vec![Beside::default(); slots],
        }
    }

    /// By placement.
    pub(crate) fn iter(&self) -> impl Iterator<Item = OnPlacement> {
        let all = self
            .nanos
            .chunks(2)
            .zip(self.beside.chunks(2))
            .skip(FIRST_SLOT / 2);
        all.map(|(nanos, beside)| {
            let mut found = OnPlacement {
                running: nanos[0],
                syscall: nanos[1],
                ..OnPlacement::default()
            };
            for (&nanos, beside) in nanos.iter().zip(beside) {
                sum::add(&mut found.in_pauses, beside.in_pauses.0);
                found.used |= beside.used || nanos > 0;
            }
            found
        })
    }
}

/// What is put down of a piece, row by row. All of it has one address, and entries are equally long: a loop needs one
/// counter then.
struct PutDown {
    starts: [i64; ROWS],
    /// First what begins with a row: its goroutine, and the lower half of [`Doing::rest`]; then what it changes.
    rows: [u64; ROWS],
    waits: [EndedWait; ROWS],
}

impl PutDown {
    /// The rows of a piece. Called for each piece, like what follows.
    #[inline(never)]
    fn begin(&mut self, piece: &SpanPiece) {
        let len = piece.len().min(ROWS);
        self.starts[..len].copy_from_slice(&piece.starts()[..len]);
        let columns = (piece.goroutines().iter())
            .zip(piece.kinds())
            .zip(piece.causes());
        let rows = self.rows[..len].iter_mut().zip(0u32..);
        for ((row, i), ((&goroutine, &kind), &cause)) in rows.zip(columns) {
            *row = u64::from(goroutine) << 32 | u64::from(low_of(kind, cause, i));
        }
    }

    /// The rows from `next` on, as long as nothing is odd about them: none is found in its state, none takes no time, or
    /// began before the world was stopped. Returns where that ends, and how many waits have ended by then.
    ///
    /// Nothing is called within the loop, as a browser keeps nothing in registers over a call.
    #[inline(never)]
    fn usual_rows(
        &mut self,
        first: u32,
        (mut next, end): (usize, usize),
        mut waits: usize,
        calm: i64,
        doings: &mut [Doing],
        sums: &mut [i64],
    ) -> (usize, usize) {
        let end = end.min(ROWS);
        while next < end {
            let (start, now) = (self.starts[next], self.rows[next]);
            let Some(doing) = doings.get_mut((now >> 32) as usize) else {
                break;
            };
            let before = *doing;
            let Some(sum) = sums.get_mut(slot_of(before.rest)) else {
                break;
            };
            // Rows stand in time order.
            let nanos = start.wrapping_sub(before.since);
            if now & FOUND != 0 || before.since < calm || nanos <= 0 {
                break;
            }
            *sum = sum.wrapping_add(nanos);
            *doing = Doing::new(start, first.wrapping_add(next as u32), now as u32);
            waits = self.put(next, waits, before, now, nanos);
            next += 1;
        }
        (next, waits)
    }

    /// What a row changes, and how long what it ends was. Returns how many waits have ended with it.
    #[inline(always)]
    fn put(&mut self, i: usize, waits: usize, before: Doing, now: u64, nanos: i64) -> usize {
        let place = now << 4 & 0xf0 | before.rest & 15;
        let change = CHANGES[place as usize % CHANGES.len()];
        self.rows[i] = u64::from(change.0);
        // Written in any case: whether a wait ends nobody can guess.
        self.waits[waits % ROWS] = EndedWait {
            nanos,
            rest: before.rest >> 32 << 32 | i as u64,
        };
        waits + usize::from(change.0 >> ENDS_WAIT_SHIFT & 1)
    }
}

/// Rows that follow each other, with what they change.
#[derive(Clone, Copy)]
pub(crate) struct ChangedRows<'a> {
    pub(crate) starts: &'a [i64],
    changes: &'a [u64],
}

impl<'a> ChangedRows<'a> {
    /// The first rows and the others.
    pub(crate) fn split_at(self, count: usize) -> (Self, Self) {
        let (starts, later_starts) = self.starts.split_at(count.min(self.starts.len()));
        let (changes, later_changes) = self.changes.split_at(starts.len());
        let later = Self {
            starts: later_starts,
            changes: later_changes,
        };
        (Self { starts, changes }, later)
    }

    /// Each row's start, ns, and what it changes.
    #[inline(always)]
    pub(crate) fn iter(self) -> impl Iterator<Item = (i64, Change)> {
        let changes = self.changes.iter().map(|&change| Change(change as u8));
        self.starts.iter().copied().zip(changes)
    }
}

/// A pass over the rows of a part of time.
pub(crate) struct Changes<'a> {
    trace: &'a Trace,
    time: TimeRange,
    stopped: &'a Stopped,
    /// By goroutine.
    doings: Vec<Doing>,
    on: OnPlacements,
    down: Box<PutDown>,
    /// How many rows the piece has.
    len: usize,
    /// How many waits ended in the piece.
    waits: usize,
    /// No sum of times can be too large: all goroutines together have not lived so long.
    is_short: bool,
}

impl<'a> Changes<'a> {
    /// Of a part of time within the trace, with what goroutines were doing when it began.
    pub(crate) fn new(trace: &'a Trace, time: TimeRange, stopped: &'a Stopped) -> Self {
        let first = trace.spans.first_at(time.start);
        let goroutines = (0..trace.goroutines.len() as u32).map(GoroutineIndex);
        Self {
            trace,
            time,
            stopped,
            doings: goroutines
                .map(|goroutine| before(trace, time, goroutine, first))
                .collect(),
            on: OnPlacements::new(trace),
            down: Box::new(PutDown {
                starts: [0; ROWS],
                rows: [0; ROWS],
                waits: [EndedWait::default(); ROWS],
            }),
            len: 0,
            waits: 0,
            is_short: i64::try_from(trace.goroutines.len())
                .is_ok_and(|count| trace.end.0.checked_mul(count.max(1)).is_some()),
        }
    }

    /// How many goroutines can run, and how many run.
    pub(crate) fn counts(&self) -> (u64, u64) {
        let of = |state: SpanState| {
            let in_it = self
                .doings
                .iter()
                .filter(|doing| doing.kind().state() == state);
            in_it.count() as u64
        };
        (of(SpanState::Runnable), of(SpanState::Running))
    }

    /// Goes through the rows of the part of time; `visit` has what each piece changes.
    pub(crate) fn for_each_piece(&mut self, visit: impl FnMut(&SpanPiece, &Self)) {
        let spans = &self.trace.spans;
        let (first, end) = (
            spans.first_at(self.time.start),
            spans.first_at(self.time.end),
        );
        self.pieces(first, end, visit);
    }

    /// Goes on with the rows that begin when the trace ends, if the part of time does, too: a wait may end then.
    pub(crate) fn for_each_piece_at_end(&mut self, visit: impl FnMut(&SpanPiece, &Self)) {
        if self.time.end >= self.trace.end {
            let end = self.trace.spans.first_at(self.time.end);
            self.pieces(end, SpanIndex(u32::MAX), visit);
        }
    }

    /// Goes through the rows from `first` up to `end`.
    fn pieces(
        &mut self,
        first: SpanIndex,
        end: SpanIndex,
        mut visit: impl FnMut(&SpanPiece, &Self),
    ) {
        for_each_piece_with_causes(self.trace, first, end, |piece| {
            self.piece(piece);
            visit(piece, self);
        });
    }

    fn piece(&mut self, piece: &SpanPiece) {
        let calm = self.calm_before(piece);
        let first = piece.first().0;
        let len = piece.len().min(ROWS);
        self.down.begin(piece);
        let (mut next, mut waits) = (0, 0);
        while next < len {
            if self.is_short {
                let (doings, sums) = (&mut self.doings, &mut self.on.nanos);
                (next, waits) =
                    (self.down).usual_rows(first, (next, len), waits, calm, doings, sums);
            }
            if next < len {
                waits = self.row(first, next, waits, calm);
                next += 1;
            }
        }
        (self.len, self.waits) = (len, waits);
    }

    /// Any row. Returns how many waits have ended with it.
    #[inline(never)]
    fn row(&mut self, first: u32, i: usize, waits: usize, calm: i64) -> usize {
        let i = i % ROWS;
        let (start, now) = (self.down.starts[i], self.down.rows[i]);
        let Some(doing) = self.doings.get_mut((now >> 32) as usize) else {
            self.down.rows[i] = Change::NONE.0.into();
            return waits;
        };
        let since = match now & FOUND != 0 {
            true => found_since(self.trace, Nanos(start)).max(self.time.start).0,
            false => start,
        };
        let begun = Doing::new(since, first.wrapping_add(i as u32), now as u32);
        let before = std::mem::replace(doing, begun);
        let nanos = start.saturating_sub(before.since).max(0);
        if let Some(sum) = self.on.nanos.get_mut(slot_of(before.rest)) {
            sum::grow(sum, nanos);
        }
        if before.since < calm || nanos == 0 {
            beside(self.stopped, &mut self.on.beside, before, start);
        }
        self.down.put(i, waits, before, now, nanos)
    }

    /// The world has not been stopped since then, up to the end of the piece.
    fn calm_before(&self, piece: &SpanPiece) -> i64 {
        let last = piece.last_start().unwrap_or(self.time.end.0);
        self.stopped.over_before(Nanos(last))
    }

    /// The rows of the piece, with what they change.
    pub(crate) fn rows(&self) -> ChangedRows<'_> {
        ChangedRows {
            starts: self.down.starts.get(..self.len).unwrap_or_default(),
            changes: self.down.rows.get(..self.len).unwrap_or_default(),
        }
    }

    /// The waits for a proc that ended in the piece.
    pub(crate) fn waits(&self) -> &[EndedWait] {
        self.down.waits.get(..self.waits).unwrap_or_default()
    }

    /// After the part of time: what was on placements in it.
    pub(crate) fn on_placements(&mut self) -> OnPlacements {
        let mut on = std::mem::take(&mut self.on);
        let end = self.time.end.0;
        for &doing in &self.doings {
            let nanos = end.saturating_sub(doing.since).max(0);
            if let Some(sum) = on.nanos.get_mut(slot_of(doing.rest)) {
                sum::grow(sum, nanos);
            }
            beside(self.stopped, &mut on.beside, doing, end);
        }
        on
    }

    /// Who still waits for a proc, and since when (ns).
    pub(crate) fn waiting(&self) -> impl Iterator<Item = (GoroutineIndex, i64)> {
        let doings = (0..).map(GoroutineIndex).zip(&self.doings);
        let waiting = doings.filter(|(_, doing)| waits_for_proc(doing.kind()));
        waiting.map(|(goroutine, doing)| (goroutine, doing.since))
    }
}

/// What a goroutine was doing before the first row. What it is found doing during the first generation was so from the
/// beginning.
fn before(trace: &Trace, time: TimeRange, goroutine: GoroutineIndex, first: SpanIndex) -> Doing {
    let spans = trace.goroutines.spans(goroutine);
    let begun = spans.partition_point(|&span| span < first.0);
    let Some(&row) = begun.checked_sub(1).and_then(|place| spans.get(place)) else {
        let second = (trace.generations.get(1)).map_or(Nanos(i64::MAX), |next| next.start);
        let found = spans.first().map(|&span| SpanIndex(span));
        let found = found.filter(|&span| trace.spans.start(span) < second);
        let kind = found.map_or(SpanKind::default(), |span| trace.spans.kind(span));
        let kind = match kind.was_going_on() {
            true => kind,
            false => SpanKind::default(),
        };
        return Doing::new(time.start.0, 0, low_of(kind, 0, 0));
    };
    let span = SpanIndex(row);
    let kind = trace.spans.kind(span);
    let since = match waits_for_proc(kind) {
        true => trace.spans.start(span).0,
        false => time.start.0,
    };
    Doing::new(since, row, low_of(kind, trace.spans.cause(span).pack(), 0))
}

/// What there is to count beside its time, of what perhaps reaches over a pause, or is no time at all.
#[inline(never)]
fn beside(stopped: &Stopped, all: &mut [Beside], doing: Doing, now: i64) {
    let slot = slot_of(doing.rest);
    if slot >= FIRST_SLOT
        && let Some(beside) = all.get_mut(slot)
    {
        beside.used = true;
        let stopped = stopped.within(Nanos(doing.since), Nanos(now));
        sum::add(&mut beside.in_pauses, stopped.max(0));
    }
}

#[cfg(test)]
mod tests;
