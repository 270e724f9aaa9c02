//! Beginnings and ends of ranges → rows; matched by kind and scope.

use rustc_hash::FxHashMap;
use tracepane_wire::sorting::places_by;
use tracepane_wire::{GoroutineIndex, Nanos, ProcIndex, Range, Scope, Tables};

use super::tables::Interner;
use crate::column::Column;
use crate::range::{FoundRange, RangeKind, RangeRow, RangeScope, Ranges};
use crate::stack::StackRef;

/// The kind of a range in the trace's own terms.
pub(crate) fn kind(range: Range, interner: &mut Interner, tables: &Tables) -> RangeKind {
    match range {
        Range::GcMark => RangeKind::GcMark,
        Range::GcSweep => RangeKind::GcSweep,
        Range::GcMarkAssist => RangeKind::GcMarkAssist,
        Range::StopTheWorld(kind) => RangeKind::StopTheWorld(interner.string(kind, tables)),
    }
}

/// The kind (a pause's end need not repeat its purpose) and scope of a range, as a number.
pub(crate) type Key = (u8, u32);

/// In a [`Key`]: the scope is a proc.
pub(crate) const OF_PROC: u8 = 4;
/// In a [`Key`]: the scope is a goroutine.
pub(crate) const OF_GOROUTINE: u8 = 8;

pub(crate) fn key(kind: RangeKind, scope: Scope) -> Key {
    let kind = match kind {
        RangeKind::GcMark => 0,
        RangeKind::GcSweep => 1,
        RangeKind::GcMarkAssist => 2,
        RangeKind::StopTheWorld(_) => 3,
    };
    match scope {
        Scope::Global => (kind, 0),
        Scope::Proc(proc) => (kind | OF_PROC, proc.0),
        Scope::Goroutine(goroutine) => (kind | OF_GOROUTINE, goroutine.0),
    }
}

/// The rows so far, and which are open.
#[derive(Default)]
pub(crate) struct OpenRanges {
    pub(crate) rows: Column<RangeRow>,
    pub(crate) found: Vec<FoundRange>,
    pub(crate) open: FxHashMap<Key, u32>,
    /// What is found going on began before this, and is not ours to write.
    pub(crate) over_seam: bool,
    /// Such ranges, in the order in which they were found.
    pub(crate) carried: Vec<Key>,
    /// Ends of such ranges.
    pub(crate) ends: Vec<RangeEnd>,
    /// Ranges ended of which nothing was known.
    pub(crate) unknown_ends: u64,
}

/// The place of a range that began before, in [`OpenRanges::open`].
pub(crate) const CARRIED_RANGE: u32 = u32::MAX;

/// The end of a range that began before.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct RangeEnd {
    pub(crate) key: Key,
    pub(crate) time: Nanos,
    pub(crate) by: GoroutineIndex,
    pub(crate) swept: u64,
    pub(crate) reclaimed: u64,
}

impl OpenRanges {
    pub(crate) fn begin(
        &mut self,
        time: Nanos,
        kind: RangeKind,
        scope: Scope,
        by: GoroutineIndex,
        stack: StackRef,
    ) {
        self.close(time, key(kind, scope));
        self.push(time, kind, scope, by, stack, true);
    }

    /// `proc` says at `time` that a range is going on: nothing new, unless its beginning was before the trace. It is
    /// then known to have been going on since `sync`.
    pub(crate) fn active(
        &mut self,
        (time, sync): (Nanos, Nanos),
        kind: RangeKind,
        scope: Scope,
        (proc, by): (ProcIndex, GoroutineIndex),
    ) {
        if !self.open.contains_key(&key(kind, scope)) {
            if self.over_seam {
                self.open.insert(key(kind, scope), CARRIED_RANGE);
                self.carried.push(key(kind, scope));
                return;
            }
            let row = self.rows.len() as u32;
            self.push(sync, kind, scope, by, StackRef::NONE, false);
            if self.rows.len() as u32 > row {
                self.found.push(FoundRange { row, time, proc });
            }
        }
    }

    pub(crate) fn end(
        &mut self,
        time: Nanos,
        kind: RangeKind,
        scope: Scope,
        by: GoroutineIndex,
        swept: u64,
        reclaimed: u64,
    ) {
        // An end of what never began (a slip) says nothing about when it began; it is left out.
        let Some(row) = self.open.remove(&key(kind, scope)) else {
            self.unknown_ends += 1;
            return;
        };
        if row == CARRIED_RANGE {
            self.ends.push(RangeEnd {
                key: key(kind, scope),
                time,
                by,
                swept,
                reclaimed,
            });
        }
        if let Some(row) = self.rows.get_mut(row as usize) {
            row.end = time;
            row.end_seen = true;
            row.ended_by = by;
            row.swept = swept;
            row.reclaimed = reclaimed;
        }
    }

    fn push(
        &mut self,
        start: Nanos,
        kind: RangeKind,
        scope: Scope,
        began_by: GoroutineIndex,
        stack: StackRef,
        begin_seen: bool,
    ) {
        if self.rows.len() >= u32::MAX as usize {
            return;
        }
        self.open.insert(key(kind, scope), self.rows.len() as u32);
        self.rows.push(RangeRow {
            start,
            end: Nanos(i64::MAX),
            kind,
            scope: match scope {
                Scope::Global => RangeScope::Global,
                Scope::Proc(proc) => RangeScope::Proc(proc),
                Scope::Goroutine(goroutine) => RangeScope::Goroutine(goroutine),
            },
            stack,
            began_by,
            ended_by: GoroutineIndex::NONE,
            begin_seen,
            end_seen: false,
            swept: 0,
            reclaimed: 0,
        });
    }

    /// Ends what never ended: it began again (a slip), or the trace is over.
    fn close(&mut self, time: Nanos, key: Key) {
        if let Some(row) = self.open.remove(&key)
            && let Some(row) = self.rows.get_mut(row as usize)
        {
            row.end = time;
        }
    }

    /// The table, in order of beginnings.
    pub(crate) fn finish(mut self, end: Nanos) -> Ranges {
        for (_, row) in std::mem::take(&mut self.open) {
            if let Some(row) = self.rows.get_mut(row as usize) {
                row.end = end;
            }
        }
        let rows = in_order(self.rows, &mut self.found);
        let mut ranges = Ranges {
            found: self.found,
            ..Ranges::default()
        };
        for (i, row) in rows.iter().enumerate() {
            let i = i as u32;
            match row.kind {
                RangeKind::GcMark => ranges.gc_marks.push(i),
                RangeKind::StopTheWorld(_) => ranges.stop_the_world.push(i),
                RangeKind::GcSweep | RangeKind::GcMarkAssist => {}
            }
            match row.scope {
                RangeScope::Global => {}
                RangeScope::Proc(proc) => ranges.by_proc.push((proc, i)),
                RangeScope::Goroutine(goroutine) => ranges.by_goroutine.push((goroutine, i)),
            }
        }
        ranges.by_goroutine.sort_unstable();
        ranges.by_proc.sort_unstable();
        ranges.by_goroutine.shrink_to_fit();
        ranges.by_proc.shrink_to_fit();
        ranges.rows = rows;
        ranges
    }
}

/// Ranges found going on begin earlier than where they were found.
fn in_order(rows: Column<RangeRow>, found: &mut [FoundRange]) -> Column<RangeRow> {
    if rows.iter().is_sorted_by_key(|row| row.start) {
        return rows;
    }
    let order = places_by(&mut rows.iter().map(|row| [row.start.0, 0]));
    let mut sorted = Column::default();
    for &place in &order {
        sorted.push(rows.at(place as usize));
    }
    let mut places = vec![0; order.len()];
    for (new, &old) in order.iter().enumerate() {
        places[old as usize] = new as u32;
    }
    for range in found {
        range.row = places.get(range.row as usize).copied().unwrap_or_default();
    }
    sorted
}
