//! [`Levels`]: what makes the cost of a frame depend on its pixels and not on the trace's events. Built in one pass
//! over the span table; about two bytes for each span.

pub mod actors;
pub mod blocks;
pub mod bound;
mod bytes;
pub mod census;
pub mod functions;
pub mod heap;
pub mod rows_by;
mod span_pass;
mod steps;
mod stretch;
pub mod threads;
pub mod told;
pub mod whole;

use std::sync::atomic::{AtomicU64, Ordering};

use tracepane_model::{GoroutineIndex, ProcIndex, RangeKind, RangeScope, Trace};

use crate::class::{Class, Classes, OWN_CLASSES};
use actors::ActorLevels;
use blocks::{Blocks, SequenceBlocks};
use bound::BoundProcs;
use census::Census;
use heap::Extremes;
use rows_by::RowsBy;
use span_pass::pass_on;
use told::SpanLevels;

/// How many classes a proc's time is divided into: see [`proc_class`].
pub const PROC_CLASSES: usize = 3;

const NONE: u32 = u32::MAX;

/// How many rows of the span table are looked at together.
const PIECE: usize = 512;

/// The levels of detail of a trace, and the small indexes that drawing needs.
#[derive(Clone, Default, PartialEq, Debug)]
pub struct Levels {
    /// Another for each trace: what is kept of one must not be drawn for another.
    pub(crate) id: u64,
    pub(crate) classes: Classes,
    goroutine_blocks: Blocks<OWN_CLASSES>,
    /// By goroutine: its sequence in `goroutine_blocks`, or NONE.
    sequence_of: Vec<u32>,
    pub(crate) procs: ActorLevels<PROC_CLASSES>,
    pub(crate) census: Census,
    /// When procs had a thread.
    pub(crate) bound: BoundProcs,
    /// Rows of the span table in which a goroutine is runnable again after it waited for the network.
    pub(crate) network_wakeups: Vec<u32>,
    /// Rows in which it is runnable again after a system call that had lost its proc.
    pub(crate) syscall_returns: Vec<u32>,
    /// Regions by goroutine, sorted by depth, then start.
    pub(crate) regions: RowsBy,
    /// Mark assists by goroutine.
    pub(crate) assists: RowsBy,
    /// Sweeps by proc.
    pub(crate) sweeps: RowsBy,
    /// CPU samples by goroutine.
    pub(crate) samples: RowsBy,
    /// CPU samples by proc.
    pub(crate) proc_samples: RowsBy,
    /// Logs by goroutine.
    pub(crate) logs: RowsBy,
    /// Logs by the proc on which their goroutine ran.
    pub(crate) proc_logs: RowsBy,
    pub(crate) heap: Extremes,
    pub(crate) heap_goal: Extremes,
}

impl Levels {
    /// Sums up a trace: one pass over its spans.
    pub fn build(trace: &Trace) -> Self {
        Self::build_on(trace, 1)
    }

    /// [`Self::build`] on so many threads: always the same levels.
    pub fn build_on(trace: &Trace, threads: usize) -> Self {
        let classes = Classes::new(trace);
        let (of_spans, rest) = pass_on(trace, &classes, threads, || Self::without_spans(trace));
        Self::with(classes, of_spans, rest)
    }

    fn with(classes: Classes, of_spans: SpanLevels, rest: Self) -> Self {
        static BUILT: AtomicU64 = AtomicU64::new(1);
        let own = of_spans.goroutines;
        Self {
            id: BUILT.fetch_add(1, Ordering::Relaxed),
            classes,
            goroutine_blocks: own.blocks.finish(),
            sequence_of: own.sequence_of,
            procs: of_spans.procs,
            census: of_spans.census,
            network_wakeups: own.network_wakeups,
            syscall_returns: own.syscall_returns,
            proc_logs: of_spans.proc_logs,
            ..rest
        }
    }

    /// All that does not come of the span table.
    fn without_spans(trace: &Trace) -> Self {
        let (goroutines, procs) = (trace.goroutines.len(), trace.procs.ids.len());
        let ranges = |owners: usize, owner: fn(RangeKind, RangeScope) -> Option<usize>| {
            RowsBy::new(owners, trace.ranges.rows.len(), |row| {
                let range = trace.ranges.rows.at(row as usize);
                owner(range.kind, range.scope)
            })
        };
        Self {
            bound: BoundProcs::new(trace),
            regions: regions_by_goroutine(trace),
            assists: ranges(goroutines, |kind, scope| match (kind, scope) {
                (RangeKind::GcMarkAssist, RangeScope::Goroutine(g)) => g.get(),
                _ => None,
            }),
            sweeps: ranges(procs, |kind, scope| match (kind, scope) {
                (RangeKind::GcSweep, RangeScope::Proc(p)) => p.get(),
                _ => None,
            }),
            samples: RowsBy::new(goroutines, trace.samples.len(), |row| {
                trace.samples.at(row as usize).goroutine.get()
            }),
            proc_samples: RowsBy::new(procs, trace.samples.len(), |row| {
                trace.samples.at(row as usize).proc.get()
            }),
            logs: RowsBy::new(goroutines, trace.logs.len(), |row| {
                trace.logs.at(row as usize).goroutine.get()
            }),
            heap: Extremes::new(&trace.metrics.heap_objects),
            heap_goal: Extremes::new(&trace.metrics.heap_goal),
            ..Self::default()
        }
    }

    /// Whether they are those of the same trace: all is equal but the number that each has for itself.
    pub fn is_same(&self, other: &Self) -> bool {
        let other = Self {
            id: self.id,
            ..other.clone()
        };
        *self == other
    }

    /// Bytes held.
    pub fn heap_bytes(&self) -> usize {
        self.goroutine_blocks.heap_bytes()
            + self.sequence_of.capacity() * 4
            + self.procs.heap_bytes()
            + self.census.heap_bytes()
            + self.bound.heap_bytes()
            + (self.network_wakeups.capacity() + self.syscall_returns.capacity()) * 4
            + self.regions.heap_bytes()
            + self.assists.heap_bytes()
            + self.sweeps.heap_bytes()
            + self.samples.heap_bytes()
            + self.proc_samples.heap_bytes()
            + self.logs.heap_bytes()
            + self.proc_logs.heap_bytes()
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

    /// Rows of the span table in which a goroutine is runnable again: after a wait for the network, and after a system
    /// call that had lost its proc.
    pub fn arrivals(&self) -> (&[u32], &[u32]) {
        (&self.network_wakeups, &self.syscall_returns)
    }

    /// The logs and the CPU samples on a proc: rows of [`Trace::logs`] and [`Trace::samples`].
    pub fn marks_of(&self, proc: ProcIndex) -> (&[u32], &[u32]) {
        let i = proc.0 as usize;
        (self.proc_logs.of(i), self.proc_samples.of(i))
    }

    /// A goroutine's logs: rows of [`Trace::logs`], in time order.
    pub fn logs_of(&self, goroutine: GoroutineIndex) -> &[u32] {
        self.logs.of(goroutine.0 as usize)
    }

    /// A goroutine's CPU samples: rows of [`Trace::samples`], in time order.
    pub fn samples_of(&self, goroutine: GoroutineIndex) -> &[u32] {
        self.samples.of(goroutine.0 as usize)
    }

    /// How many rows of region bars a goroutine needs.
    pub(crate) fn region_rows(&self, trace: &Trace, goroutine: GoroutineIndex) -> u16 {
        // The deepest come last.
        match self.regions.of(goroutine.0 as usize).last() {
            Some(&row) => trace.regions.at(row as usize).depth.min(REGION_DEPTHS - 1) + 1,
            None => 0,
        }
    }
}

/// To which of the [`PROC_CLASSES`] a goroutine's class counts: 0 the program, 1 the GC, 2 system calls.
pub(crate) const fn proc_class(class: Class, worker: bool) -> usize {
    match class {
        Class::Syscall | Class::SyscallBlocked => 2,
        Class::GcWork => 1,
        _ if worker => 1,
        _ => 0,
    }
}

/// Deeper regions than this are drawn as one.
pub(crate) const REGION_DEPTHS: u16 = 6;

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

    /// How many threads the full height of the threads' track stands for.
    pub(crate) fn threads_scale(&self) -> f32 {
        let slot = self.census.slots.first();
        let peak = slot.map_or(0.0, |slot| slot.peak_threads);
        (peak * 1.15).ceil().max(1.0)
    }
}
