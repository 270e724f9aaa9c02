//! Intervals of a table → column ranges: GC phases, pauses, regions, assists.

use tracepane_model::{ProcIndex, ThreadIndex, Trace};

use crate::levels::Levels;
use crate::levels::threads::ThreadLevels;
use crate::scale::Columns;

/// The rows of a table that are intervals in order of their starts and don't overlap.
pub struct Intervals<'a, F> {
    /// The rows.
    pub rows: &'a [u32],
    /// When a row begins and ends.
    pub times: F,
}

impl<F: Fn(u32) -> (f64, f64)> Intervals<'_, F> {
    /// Tells `emit` which intervals are in the columns: first column, the column after the last, row. At least one
    /// column each; of several in one column only the first. Costs a search for each column at most.
    pub fn walk(&self, columns: &Columns, mut emit: impl FnMut(usize, usize, u32)) {
        let mut i = self.first_ending_after(0, columns.start());
        let mut free = 0;
        while i < self.rows.len() && free < columns.count {
            let row = self.rows[i];
            let (start, end) = (self.times)(row);
            if start >= columns.end() {
                break;
            }
            let from = columns.nearest(start).max(free).min(columns.count - 1);
            let to = columns.nearest(end).clamp(from + 1, columns.count);
            emit(from, to, row);
            free = to;
            i += 1;
            // The next that reaches into a free column: mostly the very next.
            if i < self.rows.len() && columns.nearest((self.times)(self.rows[i]).1) < free {
                i = self.first_ending_after(i, columns.time(free) - columns.nanos / 2.0);
            }
        }
    }

    /// The row that contains `time`, or the nearest within `reach`.
    pub fn at(&self, time: f64, reach: f64) -> Option<u32> {
        let i = self.first_ending_after(0, time);
        let near = |i: usize| {
            let row = *self.rows.get(i)?;
            let (start, end) = (self.times)(row);
            let distance = (start - time).max(time - end).max(0.0);
            (distance <= reach).then_some((distance, row))
        };
        let before = i.checked_sub(1).and_then(near);
        let candidates = [near(i), before];
        let nearest = candidates
            .into_iter()
            .flatten()
            .min_by(|a, b| a.0.total_cmp(&b.0))?;
        Some(nearest.1)
    }

    fn first_ending_after(&self, from: usize, time: f64) -> usize {
        from + self.rows[from..].partition_point(|&row| (self.times)(row).1 <= time)
    }
}

/// Places in the range table as intervals.
pub fn ranges<'r>(
    trace: &'r Trace,
    rows: &'r [u32],
) -> Intervals<'r, impl Fn(u32) -> (f64, f64) + use<'r>> {
    Intervals {
        rows,
        times: move |row| {
            let range = trace.ranges.rows.at(row as usize);
            (range.start.0 as f64, range.end.0 as f64)
        },
    }
}

/// When a proc had a thread: rows of its own spans.
pub fn bound_to_thread<'r>(
    trace: &'r Trace,
    levels: &'r Levels,
    proc: ProcIndex,
) -> Intervals<'r, impl Fn(u32) -> (f64, f64) + use<'r>> {
    Intervals {
        rows: levels.bound.rows_of(proc),
        times: move |row| levels.bound.times(trace, row),
    }
}

/// When a thread had a proc: rows of the procs' own spans.
pub fn bound_to_proc<'r>(
    trace: &'r Trace,
    levels: &'r Levels,
    threads: &'r ThreadLevels,
    thread: ThreadIndex,
) -> Intervals<'r, impl Fn(u32) -> (f64, f64) + use<'r>> {
    Intervals {
        rows: threads.bound.of(thread.0 as usize),
        times: move |row| levels.bound.times(trace, row),
    }
}
