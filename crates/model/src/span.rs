//! The goroutines' spans: what each goroutine did from when on. The largest table: 8 to 18 bytes a row, 4 more with
//! the index, 4/3 more with the lists of the procs.
//!
//! Rows stand in time order over all goroutines. A span ends where the next span of the same goroutine begins, or
//! with the trace; [`crate::Goroutines`] has each goroutine's rows.

use std::ops::Range;

use tracepane_wire::{GoroutineIndex, Nanos};

use crate::column::Column;
use crate::narrow::Narrow;
use crate::proc::PlacementId;
use crate::stack::StackRef;
use crate::string::StringRef;

/// A row of [`Spans`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SpanIndex(pub u32);

/// What a goroutine does in a span.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum SpanState {
    /// It has ended.
    Dead = 0,
    /// Ready to run, waiting for a proc.
    Runnable = 1,
    /// Running on a proc.
    Running = 2,
    /// Blocked; the reason says on what.
    Waiting = 3,
    /// In a system call, still holding its proc.
    Syscall = 4,
    /// In a system call that lost its proc, or that never had one.
    SyscallBlocked = 5,
}

impl SpanState {
    /// Every state, in the order of their numbers.
    pub const ALL: [Self; 6] = [
        Self::Dead,
        Self::Runnable,
        Self::Running,
        Self::Waiting,
        Self::Syscall,
        Self::SyscallBlocked,
    ];
}

/// Why a goroutine is in a state: a place in [`Spans::reasons`]; 0 is "no reason given".
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ReasonId(pub u16);

impl ReasonId {
    /// No reason given.
    pub const NONE: Self = Self(0);
}

/// State, reason, and whether the span was already going on when it was first seen; packed into 16 bits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub struct SpanKind(u16);

impl SpanKind {
    /// The largest reason that fits; a trace with more distinct reasons has the rest counted as "other".
    pub const MAX_REASON: u16 = (1 << 12) - 1;

    /// Packs. `was_going_on`: the goroutine was found in this state when the trace began (`Undetermined -> …`).
    #[inline]
    pub fn new(state: SpanState, reason: ReasonId, was_going_on: bool) -> Self {
        debug_assert!(reason.0 <= Self::MAX_REASON);
        Self(state as u16 | (u16::from(was_going_on) << 3) | (reason.0 << 4))
    }

    /// The state.
    #[inline]
    pub fn state(self) -> SpanState {
        match self.0 & 7 {
            1 => SpanState::Runnable,
            2 => SpanState::Running,
            3 => SpanState::Waiting,
            4 => SpanState::Syscall,
            5 => SpanState::SyscallBlocked,
            _ => SpanState::Dead,
        }
    }

    /// As 16 bits: the state in the lowest three, then whether it was going on, then the reason.
    #[inline(always)]
    pub fn packed(self) -> u16 {
        self.0
    }

    /// From 16 bits.
    #[inline(always)]
    pub fn from_packed(packed: u16) -> Self {
        Self(packed)
    }

    /// From a number of a column.
    #[inline(always)]
    fn of(packed: u32) -> Self {
        Self(packed as u16)
    }

    /// The same with another reason.
    #[inline]
    pub(crate) fn with_reason(self, reason: u16) -> Self {
        Self(self.0 & 15 | reason << 4)
    }

    /// The reason.
    #[inline]
    pub fn reason(self) -> ReasonId {
        ReasonId(self.0 >> 4)
    }

    /// Whether the goroutine was found in this state when the trace began.
    #[inline]
    pub fn was_going_on(self) -> bool {
        self.0 & 8 != 0
    }
}

/// Where a span took place or who brought it about; see [`Spans::cause`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cause {
    /// Not known, or nobody.
    None,
    /// The goroutine that unblocked or created this one (of Runnable spans, and of Waiting spans that begin a life).
    Goroutine(GoroutineIndex),
    /// The proc and thread: of Running and Syscall spans where the span runs; of Runnable spans where the event
    /// happened that had no goroutine (network poller, timers).
    Placement(PlacementId),
}

/// Goroutines and placements from here on cannot be named as a cause.
pub(crate) const CAUSE_END: u32 = (1 << 31) - 1;

impl Cause {
    /// As one number: 0 is none.
    #[inline]
    pub fn pack(self) -> u32 {
        match self {
            Self::Goroutine(g) if g.0 < CAUSE_END => (g.0 << 1) + 1,
            Self::Placement(p) if p.0 < CAUSE_END => (p.0 << 1) + 2,
            _ => 0,
        }
    }

    #[inline]
    pub(crate) fn unpack(packed: u32) -> Self {
        match packed {
            0 => Self::None,
            p if p & 1 == 0 => Self::Placement(PlacementId((p >> 1) - 1)),
            g => Self::Goroutine(GoroutineIndex(g >> 1)),
        }
    }
}

/// The spans, in columns. Row `i` of each column belongs together.
#[derive(Clone, Default, PartialEq, Debug)]
pub struct Spans {
    /// The low 32 bits of each start, ns since the trace's start.
    pub(crate) start_low: Column<u32>,
    /// The high 32 bits of the starts, where they change: the first row that has them, and they. 0 before the first.
    pub(crate) epochs: Vec<(u32, u32)>,
    /// The high 32 bits of the last start.
    pub(crate) last_high: u32,
    /// Whose.
    pub(crate) goroutine: Narrow,
    /// State and reason.
    pub(crate) kind: Narrow,
    /// The stack of the event that began it (`Event.Stack`): the goroutine's own at a block, the waker's or
    /// creator's at a wake-up or creation, none where a goroutine starts to run. SyscallBlocked spans that follow
    /// a Syscall span keep that one's stack.
    pub(crate) stack: Narrow,
    /// See [`Cause`]: 0 is none, odd numbers are twice a goroutine and one, even ones twice a placement and two.
    pub(crate) cause: Narrow,
    /// The distinct reasons; 0 is "".
    pub reasons: Vec<StringRef>,
    /// Where go tool trace takes another view of a system call than these rows do; sorted by row, few.
    pub syscall_views: Vec<SyscallView>,
}

/// How `internal/trace/summary.go` sees a system call, where that is not what happened.
///
/// Two faults of it: a goroutine that returns from a system call makes it forget who is in a system call on the proc
/// that the goroutine lost long ago; and of a goroutine found in a system call it takes the proc of the thread that
/// said so for the goroutine's own. Whoever wants its numbers looks the system call's first row up with
/// [`Spans::syscall_view`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SyscallView {
    /// The system call's first row (Syscall or SyscallBlocked).
    pub span: SpanIndex,
    /// From when on the summary counts it as blocked; `None`: never.
    pub blocked_from: Option<Nanos>,
    /// Whether the time before a row that [`SpanKind::was_going_on`] counts as "Syscall execution time" (else as
    /// "Block time (syscall)").
    pub found_with_proc: bool,
}

/// Room for rows that follow each other, in columns that are equally long.
pub struct SpanSlices<'a> {
    pub(crate) starts: &'a mut [i64],
    pub(crate) goroutines: &'a mut [u32],
    /// As [`SpanKind::packed`].
    pub(crate) kinds: &'a mut [u32],
    pub(crate) stacks: &'a mut [u32],
    pub(crate) causes: &'a mut [u32],
}

impl SpanSlices<'_> {
    /// For how many rows.
    pub(crate) fn len(&self) -> usize {
        self.starts.len()
    }

    /// The columns but for the starts: kinds, goroutines, stacks and causes.
    pub(crate) fn columns(&mut self) -> [&mut [u32]; 4] {
        [
            &mut *self.kinds,
            &mut *self.goroutines,
            &mut *self.stacks,
            &mut *self.causes,
        ]
    }

    /// The room for some of them.
    pub(crate) fn part(&mut self, rows: Range<usize>) -> SpanSlices<'_> {
        SpanSlices {
            starts: &mut self.starts[rows.clone()],
            goroutines: &mut self.goroutines[rows.clone()],
            kinds: &mut self.kinds[rows.clone()],
            stacks: &mut self.stacks[rows.clone()],
            causes: &mut self.causes[rows],
        }
    }
}

/// Rows of [`Spans`] that follow each other, for loops over all of them; see [`Spans::copy_piece`].
#[derive(Clone, Default, Debug)]
pub struct SpanPiece {
    first: u32,
    len: usize,
    columns: Option<Box<PieceColumns>>,
}

/// The columns of a [`SpanPiece`], all in one place: a loop needs one address and one counter for all of them, which
/// leaves registers to what the loop is for. In a browser, which has few, that is a third of a loop's time.
#[derive(Clone, Debug)]
struct PieceColumns {
    starts: [i64; SpanPiece::MOST],
    goroutines: [u32; SpanPiece::MOST],
    stacks: [u32; SpanPiece::MOST],
    causes: [u32; SpanPiece::MOST],
    kinds: [SpanKind; SpanPiece::MOST],
}

static NO_COLUMNS: PieceColumns = PieceColumns {
    starts: [0; SpanPiece::MOST],
    goroutines: [0; SpanPiece::MOST],
    stacks: [0; SpanPiece::MOST],
    causes: [0; SpanPiece::MOST],
    kinds: [SpanKind(0); SpanPiece::MOST],
};

impl SpanPiece {
    /// How many rows it can have: their columns fit into a processor's second cache. A power of two.
    pub const MOST: usize = 4096;

    /// Its first row.
    #[inline]
    pub fn first(&self) -> SpanIndex {
        SpanIndex(self.first)
    }

    /// How many rows it has.
    #[inline]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    #[inline(always)]
    fn columns(&self) -> &PieceColumns {
        self.columns.as_deref().unwrap_or(&NO_COLUMNS)
    }

    /// When the last row begins, ns; `None` if there is none.
    pub fn last_start(&self) -> Option<i64> {
        self.columns().starts[..self.len].last().copied()
    }

    /// The rows: each with its start (ns), goroutine, kind and stack.
    #[inline(always)]
    pub fn rows(
        &self,
    ) -> impl Iterator<Item = (SpanIndex, i64, GoroutineIndex, SpanKind, StackRef)> {
        let (columns, first) = (self.columns(), self.first);
        (0..self.len.min(Self::MOST)).map(move |i| {
            (
                SpanIndex(first.wrapping_add(i as u32)),
                columns.starts[i],
                GoroutineIndex(columns.goroutines[i]),
                columns.kinds[i],
                StackRef(columns.stacks[i]),
            )
        })
    }

    /// The rows' starts, ns; what is beyond them means nothing.
    #[inline(always)]
    pub fn starts(&self) -> &[i64; Self::MOST] {
        &self.columns().starts
    }

    /// Whose the rows are; likewise.
    #[inline(always)]
    pub fn goroutines(&self) -> &[u32; Self::MOST] {
        &self.columns().goroutines
    }

    /// The rows' states and reasons; likewise.
    #[inline(always)]
    pub fn kinds(&self) -> &[SpanKind; Self::MOST] {
        &self.columns().kinds
    }

    /// The causes of the rows, packed as [`Cause::pack`] does it; all 0 if they were
    /// [not copied](Spans::copy_piece_causes).
    #[inline(always)]
    pub fn causes(&self) -> &[u32; Self::MOST] {
        &self.columns().causes
    }
}

impl Spans {
    /// How many rows there are.
    #[inline]
    pub fn len(&self) -> usize {
        self.start_low.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.start_low.is_empty()
    }

    /// Appends rows: the slices are equally long, `starts` rise from where the last row began, kinds and causes are packed.
    pub(crate) fn append(
        &mut self,
        starts: &[i64],
        goroutines: &[u32],
        kinds: &[u32],
        stacks: &[u32],
        causes: &[u32],
    ) {
        self.append_starts(starts);
        self.goroutine.extend(goroutines);
        self.kind.extend(kinds);
        self.stack.extend(stacks);
        self.cause.extend(causes);
    }

    /// Appends starts, for rows of which the other columns follow.
    pub(crate) fn append_starts(&mut self, starts: &[i64]) {
        let high = |start: i64| (start as u64 >> 32) as u32;
        if starts
            .last()
            .is_some_and(|&last| high(last) != self.last_high)
        {
            for (row, &start) in (self.len() as u32..).zip(starts) {
                if high(start) != self.last_high {
                    self.last_high = high(start);
                    self.epochs.push((row, self.last_high));
                }
            }
        }
        let mut low = [0; 64];
        for starts in starts.chunks(low.len()) {
            for (low, &start) in low.iter_mut().zip(starts) {
                *low = start as u32;
            }
            self.start_low.extend(&low[..starts.len()]);
        }
    }

    /// Appends a table's columns as they are: [`CHUNK`](crate::column::CHUNK) must divide the number of rows before, and
    /// starts rise from where the last row began.
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) fn append_table(&mut self, table: Self) {
        let rows = self.len() as u32;
        for (row, high) in table.epochs {
            // A table by itself begins with 0.
            if high != self.last_high {
                self.last_high = high;
                self.epochs.push((rows + row, high));
            }
        }
        self.start_low.append(table.start_low);
        self.goroutine.append(table.goroutine);
        self.kind.append(table.kind);
        self.stack.append(table.stack);
        self.cause.append(table.cause);
    }

    /// When row `i` began.
    #[inline]
    pub fn start(&self, i: SpanIndex) -> Nanos {
        let low = self.start_low.at(i.0 as usize);
        let high = match self.epochs.partition_point(|&(first, _)| first <= i.0) {
            0 => 0,
            n => self.epochs[n - 1].1,
        };
        join(high, low)
    }

    /// Whose row `i` is.
    #[inline]
    pub fn goroutine(&self, i: SpanIndex) -> GoroutineIndex {
        GoroutineIndex(self.goroutine.at(i.0 as usize))
    }

    /// State and reason of row `i`.
    #[inline]
    pub fn kind(&self, i: SpanIndex) -> SpanKind {
        SpanKind::of(self.kind.at(i.0 as usize))
    }

    /// The stack of the event that began row `i`.
    #[inline]
    pub fn stack(&self, i: SpanIndex) -> StackRef {
        StackRef(self.stack.at(i.0 as usize))
    }

    /// Where row `i` took place or who brought it about.
    #[inline]
    pub fn cause(&self, i: SpanIndex) -> Cause {
        Cause::unpack(self.cause.at(i.0 as usize))
    }

    /// The first row that begins at or after `time`.
    pub fn first_at(&self, time: Nanos) -> SpanIndex {
        let (mut low, mut high) = (0, self.len() as u32);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.start(SpanIndex(middle)) < time {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        SpanIndex(low)
    }

    /// All rows with their starts, in time order: faster than asking row by row.
    pub fn iter(&self) -> impl Iterator<Item = (SpanIndex, Nanos)> + '_ {
        let mut epochs = self.epochs.iter().copied().peekable();
        let mut high = 0;
        self.start_low.iter().enumerate().map(move |(i, low)| {
            let i = i as u32;
            while let Some((_, next)) = epochs.next_if(|&(first, _)| first <= i) {
                high = next;
            }
            (SpanIndex(i), join(high, low))
        })
    }

    /// The rows from `first` on with their starts, in time order.
    pub fn iter_from(&self, first: SpanIndex) -> impl Iterator<Item = (SpanIndex, Nanos)> + '_ {
        let place = self.epochs.partition_point(|&(row, _)| row <= first.0);
        let mut high = match place {
            0 => 0,
            begun => self.epochs[begun - 1].1,
        };
        let mut epochs = self.epochs[place..].iter().copied().peekable();
        let rows = self.start_low.iter_from(first.0 as usize);
        (first.0..).zip(rows).map(move |(i, low)| {
            while let Some((_, next)) = epochs.next_if(|&(row, _)| row <= i) {
                high = next;
            }
            (SpanIndex(i), join(high, low))
        })
    }

    /// Copies some rows into a piece of them, as many as there are from `from` on, at most [`SpanPiece::MOST`]: faster
    /// than asking row by row.
    pub fn copy_piece(&self, from: usize, count: usize, piece: &mut SpanPiece) {
        let left = self.len().saturating_sub(from);
        piece.first = from as u32;
        piece.len = count.min(left).min(SpanPiece::MOST);
        let columns = (piece.columns).get_or_insert_with(|| Box::new(NO_COLUMNS.clone()));
        self.copy_starts(from, &mut columns.starts[..piece.len]);
        self.copy_goroutines(from, &mut columns.goroutines[..piece.len]);
        self.copy_kinds(from, &mut columns.kinds[..piece.len]);
        self.copy_stacks(from, &mut columns.stacks[..piece.len]);
    }

    /// Copies the causes of a piece's rows into it.
    pub fn copy_piece_causes(&self, piece: &mut SpanPiece) {
        if let Some(columns) = &mut piece.columns {
            self.copy_causes(piece.first as usize, &mut columns.causes[..piece.len]);
        }
    }

    /// Copies the starts (ns) of rows from `from` on, as many as there are and `to` has room for.
    pub fn copy_starts(&self, from: usize, to: &mut [i64]) {
        let count = to.len().min(self.len().saturating_sub(from));
        let mut next = (self.epochs).partition_point(|&(first, _)| first as usize <= from);
        let mut done = 0;
        while done < count {
            // Rows that have the same high halves.
            let high = next.checked_sub(1).map_or(0, |i| self.epochs[i].1);
            let high = (u64::from(high) << 32) as i64;
            let end = (self.epochs.get(next)).map_or(count, |&(first, _)| {
                (first as usize - from).clamp(done, count)
            });
            let mut to = &mut to[done..end];
            for lows in self.start_low.slices_of(from + done, to.len()) {
                let (now, later) = to.split_at_mut(lows.len());
                for (start, &low) in now.iter_mut().zip(lows) {
                    *start = high | i64::from(low);
                }
                to = later;
            }
            done = end;
            next += 1;
        }
    }

    /// Copies whose rows are, from row `from` on, as many as there are and `to` has room for.
    pub fn copy_goroutines(&self, from: usize, to: &mut [u32]) {
        self.goroutine.copy_to(from, to);
    }

    /// Copies states and reasons of rows from `from` on, as many as there are and `to` has room for.
    pub fn copy_kinds(&self, from: usize, to: &mut [SpanKind]) {
        self.kind.copy_with(from, to, SpanKind::of);
    }

    /// Copies the stacks of rows from `from` on, as many as there are and `to` has room for.
    pub fn copy_stacks(&self, from: usize, to: &mut [u32]) {
        self.stack.copy_to(from, to);
    }

    /// Copies the causes of rows from `from` on, as many as there are and `to` has room for, as [`Cause::pack`] makes
    /// them.
    pub fn copy_causes(&self, from: usize, to: &mut [u32]) {
        self.cause.copy_to(from, to);
    }

    /// Copies the placements that are rows' causes into `to`, from row `from` on, as many as both have:
    /// [`PlacementId::NONE`] where the cause is another or none. Faster than asking row by row.
    pub fn copy_placements(&self, from: usize, to: &mut [PlacementId]) {
        let mut packed = [0; 256];
        let mut from = from;
        for to in to.chunks_mut(packed.len()) {
            self.cause.copy_to(from, &mut packed);
            for (to, &packed) in to.iter_mut().zip(&packed) {
                // Odd numbers are goroutines.
                *to = match packed & 1 {
                    0 => PlacementId((packed >> 1).wrapping_sub(1)),
                    _ => PlacementId::NONE,
                };
            }
            from += to.len();
        }
    }

    /// Copies rows from `from` on, as many as `to` has room for; there must be as many.
    pub(crate) fn copy_rows(&self, from: usize, to: &mut SpanSlices<'_>) {
        self.copy_starts(from, to.starts);
        self.goroutine.copy_to(from, to.goroutines);
        self.kind.copy_to(from, to.kinds);
        self.stack.copy_to(from, to.stacks);
        self.cause.copy_to(from, to.causes);
    }

    /// Forgets the last rows.
    pub(crate) fn drop_last(&mut self, count: usize) {
        self.start_low.drop_last(count);
        self.goroutine.drop_last(count);
        self.kind.drop_last(count);
        self.stack.drop_last(count);
        self.cause.drop_last(count);
        let left = self.len() as u32;
        while self.epochs.last().is_some_and(|&(first, _)| first >= left) {
            self.epochs.pop();
        }
        self.last_high = self.epochs.last().map_or(0, |&(_, high)| high);
    }

    /// How go tool trace sees the system call whose first row is `first`, if not as it was.
    pub fn syscall_view(&self, first: SpanIndex) -> Option<SyscallView> {
        self.syscall_views
            .binary_search_by_key(&first, |view| view.span)
            .ok()
            .map(|i| self.syscall_views[i])
    }

    /// Bytes held.
    pub fn heap_bytes(&self) -> usize {
        self.start_low.heap_bytes()
            + self.epochs.capacity() * size_of::<(u32, u32)>()
            + self.goroutine.heap_bytes()
            + self.kind.heap_bytes()
            + self.stack.heap_bytes()
            + self.cause.heap_bytes()
            + self.reasons.capacity() * size_of::<StringRef>()
            + self.syscall_views.capacity() * size_of::<SyscallView>()
    }
}

#[inline]
fn join(high: u32, low: u32) -> Nanos {
    Nanos((u64::from(high) << 32 | u64::from(low)) as i64)
}
