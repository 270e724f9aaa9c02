//! [`Stretch`]: rows of the span table that one thread goes through. How all stands before them is told by the last row
//! of each goroutine; what only adds up begins from nothing, and is put behind what the other threads have.
//!
//! Where no memory is shared, another worker has the first rows as a trace of its own, a beginning of the whole one.
//! What it cannot know of that, it is told: [`Whole`].

use std::ops::Range;
use std::panic::resume_unwind;
use std::thread;

use tracepane_model::{GoroutineIndex, GroupIndex, SpanIndex, Trace};

use super::PIECE;
use super::whole::Whole;

/// Rows of the span table that follow each other; the first is a multiple of [`PIECE`].
pub struct Stretch {
    /// Which.
    pub rows: Range<usize>,
    /// By goroutine: how many of its rows come before.
    pub before: Vec<u32>,
    /// What is known of the whole trace, if the one at hand is only its beginning.
    whole: Option<Whole>,
}

impl Stretch {
    /// All rows of a trace.
    pub fn whole(trace: &Trace) -> Self {
        Self::new(trace, 0..trace.spans.len())
    }

    /// All rows of a trace, divided among so many threads: the first of them, and the others.
    pub fn divide(trace: &Trace, threads: usize) -> (Self, Vec<Self>) {
        let rows = trace.spans.len();
        let count = threads.min(rows / PIECE).max(1);
        let first_of = |i: usize| match i < count {
            true => rows / count * i / PIECE * PIECE,
            false => rows,
        };
        let share = |i| Self::new(trace, first_of(i)..first_of(i + 1));
        (share(0), (1..count).map(share).collect())
    }

    /// What a thread for each makes of these, in order.
    pub fn each<'a, R: Send>(
        first: &'a Self,
        others: &'a [Self],
        work: impl Fn(&'a Self) -> R + Sync,
    ) -> (R, Vec<R>) {
        // In a browser workers share no memory: there `others` are none.
        if others.is_empty() || cfg!(target_family = "wasm") {
            return (work(first), Vec::new());
        }
        let work = &work;
        thread::scope(|scope| {
            let others = others.iter().map(|other| scope.spawn(move || work(other)));
            let others: Vec<_> = others.collect();
            let first = work(first);
            let others = others.into_iter().map(|other| match other.join() {
                Ok(other) => other,
                Err(panic) => resume_unwind(panic),
            });
            (first, others.collect())
        })
    }

    /// Some rows.
    pub fn new(trace: &Trace, rows: Range<usize>) -> Self {
        let goroutines = (0..trace.goroutines.len() as u32).map(GoroutineIndex);
        let before = goroutines.map(|g| rows_before(trace.goroutines.spans(g), rows.start) as u32);
        Self {
            before: before.collect(),
            rows,
            whole: None,
        }
    }

    /// The first rows of a trace of which `trace` is the beginning.
    pub fn first(trace: &Trace, rows: usize, whole: Whole) -> Self {
        Self {
            whole: Some(whole),
            ..Self::new(trace, 0..rows.min(trace.spans.len()))
        }
    }

    /// How many rows the whole trace has.
    pub fn rows_of_all(&self, trace: &Trace) -> usize {
        let whole = self.whole.as_ref();
        whole.map_or(trace.spans.len(), |whole| whole.rows)
    }

    /// How many rows a goroutine has in the whole trace.
    pub fn rows_of(&self, trace: &Trace, goroutine: GoroutineIndex) -> usize {
        match &self.whole {
            Some(whole) => whole.rows_of(goroutine),
            None => trace.goroutines.spans(goroutine).len(),
        }
    }

    /// How many rows an actor has in the whole trace: a proc, or a thread that has `own` here.
    pub fn rows_on(&self, actor: u32, own: usize) -> usize {
        let whole = self.whole.as_ref();
        whole.map_or(own, |whole| whole.rows_on(actor))
    }

    /// How many groups there are, all told.
    pub fn groups(&self, trace: &Trace) -> usize {
        let whole = self.whole.as_ref();
        whole.map_or(trace.goroutines.groups.len(), Whole::groups)
    }

    /// How many goroutines a group has, and how many rows these have.
    pub fn group(&self, trace: &Trace, group: GroupIndex) -> (usize, usize) {
        match &self.whole {
            Some(whole) => whole.group(group),
            None => group_of(trace, group),
        }
    }

    /// When the row at a place of a goroutine's list begins, or its last one.
    pub fn start_of(&self, trace: &Trace, goroutine: GoroutineIndex, place: usize) -> Option<i64> {
        let spans = trace.goroutines.spans(goroutine);
        let behind = || self.whole.as_ref().map(|whole| whole.next_of(goroutine));
        start_at(trace, spans, place, behind)
    }

    /// The same of an actor's list.
    pub fn start_on(&self, trace: &Trace, actor: u32, ran: &[u32], place: usize) -> Option<i64> {
        let behind = || self.whole.as_ref().map(|whole| whole.next_on(actor));
        start_at(trace, ran, place, behind)
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

/// How many goroutines a group has, and how many rows these have.
pub(super) fn group_of(trace: &Trace, group: GroupIndex) -> (usize, usize) {
    let members = trace.goroutines.members(group);
    let rows = members.iter().map(|&g| trace.goroutines.spans(g).len());
    (members.len(), rows.sum())
}

/// When the row at a place of a list begins; else what `behind` says of rows that are not in the list; else the last one.
pub(super) fn start_at(
    trace: &Trace,
    rows: &[u32],
    place: usize,
    behind: impl FnOnce() -> Option<i64>,
) -> Option<i64> {
    let start = |&row: &u32| trace.spans.start(SpanIndex(row)).0;
    let here = rows.get(place).map(start);
    here.or_else(behind).or_else(|| rows.last().map(start))
}

/// How many of a goroutine's or a proc's rows come before a row.
pub(super) fn rows_before(rows: &[u32], row: usize) -> usize {
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
