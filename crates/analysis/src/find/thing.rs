//! A row of any table as the leaves of a query see it.

use tracepane_model::{
    GoroutineIndex, LogRow, RangeKind, RangeRow, RangeScope, RegionRow, Sample, TaskRow, Trace,
};

use crate::tasks::time_of;

/// No goroutine, no proc, no placement.
pub const NONE: u32 = u32::MAX;

/// A row of any table.
#[derive(Clone, Copy, Debug)]
pub struct Thing {
    /// When it begins and ends, ns; the same for moments.
    pub time: (i64, i64),
    /// Whether it lasts at all.
    pub lasts: bool,
    /// Whose it is.
    pub goroutine: u32,
    /// State, reason and flags of a span, as they are packed.
    pub kind: u16,
    /// Where its goroutine was in the program when it began and when it ended; 0 if not known.
    pub own: [u32; 2],
    /// Where another goroutine was that woke or created this one.
    pub other: u32,
    /// Which.
    pub by: u32,
    /// On which proc and thread a span or a sample was.
    pub placement: u32,
    /// Texts of it.
    pub texts: [u32; 2],
    /// The task that it is, or is of.
    pub task: u64,
    /// What kind of range: a bit.
    pub range: u8,
    /// The proc of a range or sample, and the thread of a sample.
    pub on: (u32, u32),
}

impl Thing {
    /// Nothing in particular, at a time.
    pub fn at(start: i64, end: i64) -> Self {
        Self {
            time: (start, end),
            lasts: true,
            goroutine: NONE,
            kind: 0,
            own: [0; 2],
            other: 0,
            by: NONE,
            placement: NONE,
            texts: [0; 2],
            task: u64::MAX,
            range: 0,
            on: (NONE, NONE),
        }
    }

    fn moment(time: i64) -> Self {
        Self {
            lasts: false,
            ..Self::at(time, time)
        }
    }

    /// A range.
    pub fn range(row: &RangeRow) -> Self {
        let (goroutine, proc) = match row.scope {
            RangeScope::Global => (NONE, NONE),
            RangeScope::Proc(proc) => (row.began_by.0, proc.0),
            RangeScope::Goroutine(goroutine) => (goroutine.0, NONE),
        };
        Self {
            goroutine,
            own: [row.stack.0, 0],
            texts: match row.kind {
                RangeKind::StopTheWorld(what) => [what.0, 0],
                _ => [0; 2],
            },
            range: range_bit(row.kind),
            on: (proc, NONE),
            ..Self::at(row.start.0, row.end.0.max(row.start.0))
        }
    }

    /// A region.
    pub fn region(trace: &Trace, row: &RegionRow) -> Self {
        let (start, end) = region_time(trace, row);
        Self {
            goroutine: row.goroutine.0,
            own: [row.begin_stack.0, row.end_stack.0],
            texts: [row.name.0, 0],
            task: row.task.0,
            ..Self::at(start, end)
        }
    }

    /// A task.
    pub fn task(trace: &Trace, row: &TaskRow) -> Self {
        let time = time_of(trace, row);
        Self {
            goroutine: row.began_by.0,
            own: [row.begin_stack.0, row.end_stack.0],
            texts: [row.name.0, 0],
            task: row.id.0,
            ..Self::at(time.start.0, time.end.0)
        }
    }

    /// A log.
    pub fn log(row: &LogRow) -> Self {
        Self {
            goroutine: row.goroutine.0,
            own: [row.stack.0, 0],
            texts: [row.category.0, row.message.0],
            task: row.task.0,
            ..Self::moment(row.time.0)
        }
    }

    /// A goroutine, from its creation to its end.
    pub fn life(trace: &Trace, goroutine: GoroutineIndex) -> Self {
        let row = trace.goroutines.row(goroutine);
        let end = row.ended.unwrap_or(trace.end);
        Self {
            goroutine: goroutine.0,
            own: [row.started_with.0, 0],
            other: row.created_at.0,
            by: row.creator.0,
            task: row.inherited_task.0,
            ..Self::at(row.created.0, end.0.max(row.created.0))
        }
    }

    /// A sample.
    pub fn sample(row: &Sample) -> Self {
        Self {
            goroutine: row.goroutine.0,
            own: [row.stack.0, 0],
            on: (row.proc.0, row.thread.0),
            ..Self::moment(row.time.0)
        }
    }
}

/// When a region lasted, as far as the trace has it.
pub fn region_time(trace: &Trace, row: &RegionRow) -> (i64, i64) {
    let start = row.start.map_or(0, |start| start.0);
    let end = row.end.unwrap_or(trace.end).0;
    (start, end.max(start))
}

/// A bit for each kind of range.
pub fn range_bit(kind: RangeKind) -> u8 {
    match kind {
        RangeKind::GcMark => 1,
        RangeKind::GcSweep => 2,
        RangeKind::GcMarkAssist => 4,
        RangeKind::StopTheWorld(_) => 8,
    }
}

/// The names of the kinds of ranges by their bits, as [`crate::names::range`] has them.
pub const RANGE_NAMES: [(u8, &str); 4] = [
    (1, "GC concurrent mark phase"),
    (2, "GC incremental sweep"),
    (4, "GC mark assist"),
    (8, "stop-the-world"),
];

impl Thing {
    /// Whose it is, or NONE.
    pub fn owner(&self) -> GoroutineIndex {
        GoroutineIndex(self.goroutine)
    }
}
