//! [`Levels`]: what makes the cost of a frame depend on its pixels and not on the trace's events. Built in one pass
//! over the span table; about two bytes for each span.

pub mod blocks;
pub mod census;
pub mod heap;
pub mod rows_by;

use tracepane_model::{
    Cause, GoroutineIndex, GroupIndex, Nanos, PlacementId, ProcIndex, RangeKind, RangeScope,
    SpanIndex, SpanState, Trace,
};

use crate::class::{Class, Classes, OWN_CLASSES};
use blocks::{Blocks, Filler, MIN_SPANS, SequenceBlocks};
use census::{Census, Counter};
use heap::Extremes;
use rows_by::RowsBy;

/// How many classes a proc's time is divided into: see [`proc_class`].
pub const PROC_CLASSES: usize = 3;

const NONE: u32 = u32::MAX;

/// A span of a proc lasts until the trace's end.
const OPEN: u8 = 0;

/// Where a span of a proc ends has to be looked up.
const FAR: u8 = 255;

/// The levels of detail of a trace, and the small indexes that drawing needs.
#[derive(Clone, Default, Debug)]
pub struct Levels {
    pub(crate) classes: Classes,
    goroutine_blocks: Blocks<OWN_CLASSES>,
    /// By goroutine: its sequence in `goroutine_blocks`, or NONE.
    sequence_of: Vec<u32>,
    proc_blocks: Blocks<PROC_CLASSES>,
    /// By proc: its sequence in `proc_blocks`, or NONE.
    sequence_of_proc: Vec<u32>,
    /// For each of the procs' spans: how many rows of the span table further its goroutine's next span is.
    proc_ends: Vec<u8>,
    /// Where each proc's spans begin in `proc_ends`.
    proc_ends_of: Vec<u32>,
    pub(crate) census: Census,
    /// Regions by goroutine, sorted by depth, then start.
    pub(crate) regions: RowsBy,
    /// Mark assists by goroutine.
    pub(crate) assists: RowsBy,
    /// Sweeps by proc.
    pub(crate) sweeps: RowsBy,
    /// CPU samples by goroutine.
    pub(crate) samples: RowsBy,
    pub(crate) heap: Extremes,
    pub(crate) heap_goal: Extremes,
}

/// A goroutine while the span table is read.
#[derive(Clone, Copy)]
struct Now {
    since: i64,
    /// The row of the span that it is in.
    row: u32,
    class: Option<Class>,
    worker: bool,
    /// The proc it runs on, and the place of the span among the proc's.
    proc: u32,
    proc_place: u32,
    sequence: u32,
    slot: u32,
    group: GroupIndex,
}

impl Levels {
    /// Sums up a trace: one pass over its spans.
    pub fn build(trace: &Trace) -> Self {
        let classes = Classes::new(trace);
        let mut census = Counter::new(trace);
        let goroutines = trace.goroutines.len();
        let mut sequence_of = vec![NONE; goroutines];
        let mut lengths = Vec::new();
        let mut now = Vec::with_capacity(goroutines);
        for g in (0..goroutines as u32).map(GoroutineIndex) {
            let spans = trace.goroutines.spans(g).len();
            if spans >= MIN_SPANS {
                sequence_of[g.0 as usize] = lengths.len() as u32;
                lengths.push(spans);
            }
            let group = trace.goroutines.row(g).group;
            now.push(Now {
                since: 0,
                row: 0,
                class: None,
                worker: classes.is_worker_group(group),
                proc: NONE,
                proc_place: 0,
                sequence: sequence_of[g.0 as usize],
                slot: census.slot_of(group),
                group,
            });
        }
        let mut blocks = Filler::<OWN_CLASSES>::new(lengths.into_iter());
        let mut procs = ProcPass::new(trace);
        let placements = &trace.procs.placements;
        let proc_of = |cause: Cause| match cause {
            Cause::Placement(PlacementId(i)) => placements
                .get(i as usize)
                .map_or(NONE, |placement| placement.proc.0),
            _ => NONE,
        };
        for (row, start) in trace.spans.iter() {
            census.row(row.0);
            let g = trace.spans.goroutine(row);
            let Some(now) = now.get_mut(g.0 as usize) else {
                continue;
            };
            let time = start.0.max(now.since);
            let kind = trace.spans.kind(row);
            let class = classes.of(kind);
            let length = time - now.since;
            if now.sequence != NONE {
                if let Some(old) = now.class {
                    let to_run = old == Class::Runnable;
                    blocks.add(now.sequence, old as usize, length, time, to_run);
                }
                blocks.begin(now.sequence, time, |place| {
                    let spans = trace.goroutines.spans(g);
                    let place = place.min(spans.len().saturating_sub(1));
                    spans
                        .get(place)
                        .map_or(time, |&s| trace.spans.start(SpanIndex(s)).0)
                });
            }
            if now.proc != NONE {
                if let Some(old) = now.class {
                    let class = proc_class(old, now.worker);
                    procs.end(now, class, length, time, row.0);
                }
                now.proc = NONE;
            }
            if matches!(kind.state(), SpanState::Running | SpanState::Syscall) {
                let proc = proc_of(trace.spans.cause(row));
                if proc != NONE {
                    now.proc_place = procs.begin(trace, ProcIndex(proc), row, time);
                    now.proc = if now.proc_place == NONE { NONE } else { proc };
                }
            }
            let shown = |class: Option<Class>| match class {
                Some(Class::Running) if now.worker => Some(Class::GcWork),
                class => class,
            };
            if now.class != class {
                census.change(now.slot, now.group, time, shown(now.class), shown(class));
            }
            now.since = time;
            now.row = row.0;
            now.class = class;
        }
        Self {
            classes,
            goroutine_blocks: blocks.finish(),
            sequence_of,
            proc_blocks: procs.blocks.finish(),
            sequence_of_proc: procs.sequence_of,
            proc_ends: procs.ends,
            proc_ends_of: procs.first_of,
            census: census.finish(trace.end),
            regions: regions_by_goroutine(trace),
            assists: RowsBy::new(goroutines, trace.ranges.rows.len(), |row| {
                let range = trace.ranges.rows.at(row as usize);
                match (range.kind, range.scope) {
                    (RangeKind::GcMarkAssist, RangeScope::Goroutine(g)) => g.get(),
                    _ => None,
                }
            }),
            sweeps: RowsBy::new(trace.procs.ids.len(), trace.ranges.rows.len(), |row| {
                let range = trace.ranges.rows.at(row as usize);
                match (range.kind, range.scope) {
                    (RangeKind::GcSweep, RangeScope::Proc(p)) => p.get(),
                    _ => None,
                }
            }),
            samples: RowsBy::new(goroutines, trace.samples.len(), |row| {
                trace.samples.at(row as usize).goroutine.get()
            }),
            heap: Extremes::new(&trace.metrics.heap_objects),
            heap_goal: Extremes::new(&trace.metrics.heap_goal),
        }
    }

    /// Bytes held.
    pub fn heap_bytes(&self) -> usize {
        self.goroutine_blocks.heap_bytes()
            + self.sequence_of.capacity() * 4
            + self.proc_blocks.heap_bytes()
            + self.sequence_of_proc.capacity() * 4
            + self.proc_ends.capacity()
            + self.proc_ends_of.capacity() * 4
            + self.census.heap_bytes()
            + self.regions.heap_bytes()
            + self.assists.heap_bytes()
            + self.sweeps.heap_bytes()
            + self.samples.heap_bytes()
            + self.heap.heap_bytes()
            + self.heap_goal.heap_bytes()
    }

    /// The blocks of a goroutine's spans, if it has many.
    pub(crate) fn goroutine_blocks(
        &self,
        goroutine: GoroutineIndex,
    ) -> Option<SequenceBlocks<'_, OWN_CLASSES>> {
        self.goroutine_blocks
            .of(*self.sequence_of.get(goroutine.0 as usize)?)
    }

    /// The blocks of a proc's spans, if it has many.
    pub(crate) fn proc_blocks(&self, proc: ProcIndex) -> Option<SequenceBlocks<'_, PROC_CLASSES>> {
        self.proc_blocks
            .of(*self.sequence_of_proc.get(proc.0 as usize)?)
    }

    /// How many rows of the span table further the goroutine's next span is, for each of a proc's spans.
    pub(crate) fn proc_ends(&self, proc: ProcIndex, spans: usize) -> &[u8] {
        let first = self.proc_ends_of[proc.0 as usize] as usize;
        &self.proc_ends[first..first + spans]
    }
}

/// When a goroutine's span at `row` ends, which is `further` rows before its next one.
#[inline]
pub(crate) fn end_of_row(trace: &Trace, row: u32, further: u8) -> f64 {
    let end = match further {
        OPEN => trace.end,
        FAR => far_end(trace, row),
        further => trace.spans.start(SpanIndex(row + u32::from(further))),
    };
    end.0 as f64
}

/// When the span at `row` ends, if that is far.
#[cold]
fn far_end(trace: &Trace, row: u32) -> Nanos {
    let rows = trace
        .goroutines
        .spans(trace.spans.goroutine(SpanIndex(row)));
    match rows.get(place_after(rows, row)) {
        Some(&next) => trace.spans.start(SpanIndex(next)),
        None => trace.end,
    }
}

/// The place of the first of `rows` after `row`. A goroutine's rows are spread evenly, mostly: guess, then look near.
fn place_after(rows: &[u32], row: u32) -> usize {
    let (Some(&first), Some(&last)) = (rows.first(), rows.last()) else {
        return 0;
    };
    let (mut low, mut high) = (0, rows.len());
    if row > first && row < last {
        let part = f64::from(row - first) / f64::from(last - first);
        let guess = (part * rows.len() as f64) as usize;
        let mut step = 16;
        if rows[guess.min(rows.len() - 1)] <= row {
            low = guess;
            while low + step < high && rows[low + step] <= row {
                low += step;
                step *= 2;
            }
            high = (low + step).min(high);
        } else {
            high = guess + 1;
            while high > step && rows[high - step] > row {
                high -= step;
                step *= 2;
            }
            low = high.saturating_sub(step);
        }
    }
    low + rows[low..high].partition_point(|&r| r <= row)
}

/// To which of the [`PROC_CLASSES`] a goroutine's class counts: 0 the program, 1 the GC, 2 system calls.
pub(crate) fn proc_class(class: Class, worker: bool) -> usize {
    match class {
        Class::Syscall | Class::SyscallBlocked => 2,
        Class::GcWork => 1,
        _ if worker => 1,
        _ => 0,
    }
}

/// The procs while the span table is read.
struct ProcPass {
    blocks: Filler<PROC_CLASSES>,
    sequence_of: Vec<u32>,
    /// How many spans each proc has had.
    places: Vec<u32>,
    ends: Vec<u8>,
    first_of: Vec<u32>,
}

impl ProcPass {
    fn new(trace: &Trace) -> Self {
        let procs = trace.procs.ids.len();
        let mut sequence_of = vec![NONE; procs];
        let mut lengths = Vec::new();
        let mut first_of = Vec::with_capacity(procs);
        let mut total = 0;
        for (p, sequence) in sequence_of.iter_mut().enumerate() {
            let spans = trace.procs.ran(ProcIndex(p as u32)).len();
            first_of.push(total as u32);
            total += spans;
            if spans >= MIN_SPANS {
                *sequence = lengths.len() as u32;
                lengths.push(spans);
            }
        }
        Self {
            blocks: Filler::new(lengths.into_iter()),
            sequence_of,
            places: vec![0; procs],
            ends: vec![OPEN; total],
            first_of,
        }
    }

    /// A span begins on a proc: its place among the proc's, or NONE if the proc does not list it.
    #[inline]
    fn begin(&mut self, trace: &Trace, proc: ProcIndex, row: SpanIndex, time: i64) -> u32 {
        let Some(next) = self.places.get_mut(proc.0 as usize) else {
            return NONE;
        };
        let place = *next;
        if trace.procs.ran(proc).get(place as usize) != Some(&row.0) {
            return NONE;
        }
        *next += 1;
        let sequence = self.sequence_of[proc.0 as usize];
        if sequence != NONE {
            self.blocks.begin(sequence, time, |place| {
                let ran = trace.procs.ran(proc);
                let row = ran[place.min(ran.len() - 1)];
                trace.spans.start(SpanIndex(row)).0
            });
        }
        place
    }

    /// The span that a goroutine was in on a proc ends with row `next`.
    #[inline]
    fn end(&mut self, now: &Now, class: usize, length: i64, time: i64, next: u32) {
        let sequence = self.sequence_of[now.proc as usize];
        if sequence != NONE {
            self.blocks.add(sequence, class, length, time, false);
        }
        let i = self.first_of[now.proc as usize] + now.proc_place;
        self.ends[i as usize] = (next - now.row).min(u32::from(FAR)) as u8;
    }
}

/// Deeper regions than this are drawn as one.
pub(crate) const REGION_DEPTHS: u16 = 3;

fn regions_by_goroutine(trace: &Trace) -> RowsBy {
    let mut rows = RowsBy::new(trace.goroutines.len(), trace.regions.len(), |row| {
        trace.regions.at(row as usize).goroutine.get()
    });
    rows.sort_each(|row| {
        let region = trace.regions.at(row as usize);
        (region.depth.min(REGION_DEPTHS - 1), region.start)
    });
    rows
}

impl Levels {
    /// How many active goroutines the full height of the states track stands for.
    pub(crate) fn states_scale(&self) -> f32 {
        let peak = self.census.slots.first().map_or(0.0, |slot| slot.peak);
        (peak * 1.15).ceil().max(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_after_a_row_is_found_however_rows_are_spread() {
        let even: Vec<u32> = (0..5000).map(|i| i * 7).collect();
        let bunched: Vec<u32> = (0..3000).chain([1 << 20, 1 << 30, u32::MAX]).collect();
        for rows in [&even[..], &bunched, &[4], &[]] {
            for row in (0..36_000)
                .step_by(13)
                .chain([0, 1 << 20, 1 << 25, u32::MAX])
            {
                let expected = rows.partition_point(|&r| r <= row);
                assert_eq!(place_after(rows, row), expected, "{row}");
            }
        }
    }
}
