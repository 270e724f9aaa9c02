//! [`Stretch`]: rows of the span table that one thread goes through. How all stands before them is told by the last row
//! of each goroutine; what only adds up begins from nothing, and is put behind what the other threads have.

use std::ops::Range;
use std::panic::resume_unwind;
use std::thread;

use tracepane_model::{GoroutineIndex, SpanIndex, Trace};

use super::PIECE;

/// Rows of the span table that follow each other; the first is a multiple of [`PIECE`].
pub struct Stretch {
    /// Which.
    pub rows: Range<usize>,
    /// By goroutine: how many of its rows come before.
    pub before: Vec<u32>,
}

impl Stretch {
    /// All rows of a trace.
    pub fn whole(trace: &Trace) -> Self {
        Self::new(trace, 0..trace.spans.len())
    }

    /// All rows of a trace, divided among so many threads: what each makes of its own, in order. (In a browser there is
    /// one: its workers share no memory.)
    pub fn each<R: Send>(
        trace: &Trace,
        threads: usize,
        work: impl Fn(&Self) -> R + Sync,
    ) -> (R, Vec<R>) {
        let rows = trace.spans.len();
        let count = threads.min(rows / PIECE);
        if count < 2 || cfg!(target_family = "wasm") {
            return (work(&Self::whole(trace)), Vec::new());
        }
        let first_of = |i: usize| match i < count {
            true => rows / count * i / PIECE * PIECE,
            false => rows,
        };
        let work = |i| work(&Self::new(trace, first_of(i)..first_of(i + 1)));
        thread::scope(|scope| {
            let others = (1..count).map(|i| scope.spawn(move || work(i)));
            let others: Vec<_> = others.collect();
            let first = work(0);
            let others = others.into_iter().map(|other| match other.join() {
                Ok(other) => other,
                Err(panic) => resume_unwind(panic),
            });
            (first, others.collect())
        })
    }

    fn new(trace: &Trace, rows: Range<usize>) -> Self {
        let goroutines = (0..trace.goroutines.len() as u32).map(GoroutineIndex);
        let before = goroutines.map(|g| rows_before(trace.goroutines.spans(g), rows.start) as u32);
        Self {
            before: before.collect(),
            rows,
        }
    }

    /// Whether these are the trace's first rows.
    pub fn is_first(&self) -> bool {
        self.rows.start == 0
    }

    /// Which of the `rows` (of a goroutine, of a proc) are to be filled from, as places among them: all if nothing comes before, as
    /// what comes behind is put there too.
    pub fn places(&self, rows: &[u32]) -> Range<usize> {
        match self.is_first() {
            true => 0..rows.len(),
            false => rows_before(rows, self.rows.start)..rows_before(rows, self.rows.end),
        }
    }
}

/// How many of a goroutine's or a proc's rows come before a row.
fn rows_before(rows: &[u32], row: usize) -> usize {
    // Most goroutines of a trace that has many are all before or all behind.
    match (rows.first(), rows.last()) {
        (Some(&first), _) if first as usize >= row => 0,
        (_, Some(&last)) if (last as usize) < row => rows.len(),
        _ => rows.partition_point(|&r| (r as usize) < row),
    }
}

/// A goroutine's last row of which so many of its rows come before the next one.
pub fn last_before(trace: &Trace, goroutine: GoroutineIndex, before: u32) -> Option<SpanIndex> {
    let place = before.checked_sub(1)?;
    let row = trace.goroutines.spans(goroutine).get(place as usize);
    row.map(|&row| SpanIndex(row))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tracepane_wire::GoroutineState;

    use super::*;
    use crate::levels::Levels;
    use crate::program::{Program, steps, trace_of};

    /// That all is the same, told field by field.
    fn same(trace: &Trace) -> Result<(), TestCaseError> {
        let one = Levels::build(trace);
        for threads in 2..8 {
            let all = Levels::build_on(trace, threads);
            prop_assert_eq!(&all.goroutine_blocks, &one.goroutine_blocks);
            prop_assert_eq!(&all.procs, &one.procs);
            prop_assert_eq!(&all.census, &one.census);
            prop_assert_eq!(&all.proc_logs, &one.proc_logs);
            prop_assert!(all.is_same(&one), "on {} threads", threads);
        }
        Ok(())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn levels_are_the_same_wherever_rows_are_divided(steps in steps(9000)) {
            same(&trace_of(&steps))?;
        }
    }

    /// Blocks that begin where rows are divided, logs around that, goroutines that end and come again.
    #[test]
    fn levels_are_the_same_where_all_is_even() {
        for lives in [2, 30, 500] {
            let mut p = Program::new(300, 2);
            for i in 0..6_000u32 {
                let g = i % 4 + 4 * (i / 8 / lives % 70);
                p.at(i64::from(i) * 7).create(u32::MAX, g, "main.worker");
                p.at(p.now() + 1).run(g, i % 2).log(g, 0, "a", "b");
                p.at(p.now() + 2).log(g, 0, "a", "b");
                let end = (i / 8 + 1).is_multiple_of(lives) || i.is_multiple_of(7);
                let to = match end {
                    true => GoroutineState::NotExist,
                    false => GoroutineState::Waiting,
                };
                p.stop(g, to, "sync").log(g, 0, "a", "after");
                if !end {
                    p.wake(u32::MAX, g).run(g, i % 2);
                    p.stop(g, GoroutineState::NotExist, "");
                }
            }
            let trace = p.finish(50_000);
            assert!(trace.spans.len() > 12 * PIECE && trace.logs.len() > 1000);
            same(&trace).expect("the same");
        }
    }
}
