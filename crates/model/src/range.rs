//! Ranges: GC mark phases, sweeps, mark assists and stop-the-world pauses.

use tracepane_wire::{GoroutineIndex, Nanos, ProcIndex};

use crate::column::Column;
use crate::stack::StackRef;
use crate::string::StringRef;

/// The kinds of ranges.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum RangeKind {
    /// The GC's concurrent mark phase.
    GcMark,
    /// A proc sweeps.
    GcSweep,
    /// A goroutine helps the GC mark, because it allocates.
    GcMarkAssist,
    /// The world is stopped.
    StopTheWorld(
        /// What for, e.g. "GC mark termination".
        StringRef,
    ),
}

/// What a range is bound to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RangeScope {
    /// The whole program.
    Global,
    /// A proc.
    Proc(ProcIndex),
    /// A goroutine.
    Goroutine(GoroutineIndex),
}

/// One range.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct RangeRow {
    /// When it began; if it was going on when the trace began, when its generation began.
    pub start: Nanos,
    /// When it ended; the trace's end if it did not.
    pub end: Nanos,
    /// Which.
    pub kind: RangeKind,
    /// Whose.
    pub scope: RangeScope,
    /// Where it began.
    pub stack: StackRef,
    /// The goroutine that began it or was on the scope's proc then, or NONE.
    pub began_by: GoroutineIndex,
    /// The goroutine that ended it or was on the scope's proc then, or NONE. The summary of go tool trace counts a
    /// sweep for a goroutine only if this is also [`Self::began_by`].
    pub ended_by: GoroutineIndex,
    /// Whether its beginning is in the trace.
    pub begin_seen: bool,
    /// Whether its end is in the trace.
    pub end_seen: bool,
    /// Bytes swept (sweeps only).
    pub swept: u64,
    /// Bytes reclaimed (sweeps only).
    pub reclaimed: u64,
}

/// A range that was found going on: its beginning lies before the trace.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FoundRange {
    /// Its place in [`Ranges::rows`].
    pub row: u32,
    /// When the trace first said so.
    pub time: Nanos,
    /// The proc that said so, or NONE. Not always the one that the range is bound to, or that its goroutine runs on.
    pub proc: ProcIndex,
}

/// All ranges.
#[derive(Clone, Default, PartialEq, Debug)]
pub struct Ranges {
    /// In order of their beginnings.
    pub rows: Column<RangeRow>,
    /// Places of the GC mark phases in `rows`.
    pub gc_marks: Vec<u32>,
    /// Places of the stop-the-world pauses in `rows`.
    pub stop_the_world: Vec<u32>,
    /// Those that were found going on, in the order in which they were found; few.
    pub found: Vec<FoundRange>,
    /// Places of ranges bound to goroutines, sorted by goroutine, then time.
    pub(crate) by_goroutine: Vec<(GoroutineIndex, u32)>,
    /// Places of ranges bound to procs, sorted by proc, then time.
    pub(crate) by_proc: Vec<(ProcIndex, u32)>,
}

impl Ranges {
    /// The ranges bound to a goroutine, in time order.
    pub fn of_goroutine(&self, goroutine: GoroutineIndex) -> impl Iterator<Item = RangeRow> + '_ {
        let first = self.by_goroutine.partition_point(|&(g, _)| g < goroutine);
        self.by_goroutine[first..]
            .iter()
            .take_while(move |&&(g, _)| g == goroutine)
            .map(|&(_, row)| self.rows.at(row as usize))
    }

    /// All ranges bound to goroutines, by goroutine, then in time order.
    pub fn bound_to_goroutines(&self) -> impl Iterator<Item = (GoroutineIndex, RangeRow)> + '_ {
        self.by_goroutine
            .iter()
            .map(|&(goroutine, row)| (goroutine, self.rows.at(row as usize)))
    }

    /// The ranges bound to a proc, in time order.
    pub fn of_proc(&self, proc: ProcIndex) -> impl Iterator<Item = RangeRow> + '_ {
        let first = self.by_proc.partition_point(|&(p, _)| p < proc);
        self.by_proc[first..]
            .iter()
            .take_while(move |&&(p, _)| p == proc)
            .map(|&(_, row)| self.rows.at(row as usize))
    }
}
