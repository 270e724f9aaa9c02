//! [`Told`]: what some rows of the span table add to the levels of detail, with nothing borrowed of the trace, so that it
//! can be kept, and come from another worker.

use tracepane_model::Trace;
use tracepane_model::parts::TableBytes;

use super::actors::{ActorLevels, LogPass, OpenSpan, ToldActors};
use super::blocks::Filler;
use super::bytes::{Put, Take};
use super::census::{Census, Counter};
use super::rows_by::RowsBy;
use super::span_pass::Fills;
use super::steps::Walk;
use super::stretch::Stretch;
use super::whole::Whole;
use super::{Levels, NONE, PIECE, PROC_CLASSES};
use crate::class::{Classes, OWN_CLASSES};

/// What some rows that follow each other add to the levels.
pub struct Told {
    pub(super) goroutines: ToldGoroutines,
    pub(super) procs: ToldProcs,
    pub(super) census: Counter,
}

/// What comes of the span table.
pub(super) struct SpanLevels {
    pub goroutines: ToldGoroutines,
    pub procs: ActorLevels<PROC_CLASSES>,
    pub proc_logs: RowsBy,
    pub census: Census,
}

/// What goroutines did in them: see [`Levels`].
pub(super) struct ToldGoroutines {
    pub blocks: Filler<OWN_CLASSES>,
    /// By goroutine: its sequence in the blocks, or NONE.
    pub sequence_of: Vec<u32>,
    pub network_wakeups: Vec<u32>,
    pub syscall_returns: Vec<u32>,
}

/// What ran on procs.
pub(super) struct ToldProcs {
    pub procs: ToldActors<PROC_CLASSES>,
    /// By goroutine: where it runs after the last row.
    pub on: Vec<OpenSpan>,
    pub logs: LogPass,
}

impl Told {
    /// Of no rows, with room for what all rows of a trace add.
    pub fn nothing(trace: &Trace) -> Self {
        Self::of(trace, &Classes::new(trace), &Stretch::new(trace, 0..0))
    }

    /// What the first `rows` rows add to the levels of a trace, of which `beginning` has at least these.
    pub fn of_beginning(mut beginning: Trace, rows: usize, whole: Whole) -> Self {
        let classes = whole.classes(&mut beginning);
        let stretch = Stretch::first(&beginning, rows, whole);
        Self::of(&beginning, &classes, &stretch)
    }

    /// What all rows from `first` on add to the levels of a trace; `first` is a [`Self::share`].
    pub fn of_rest(trace: &Trace, first: usize) -> Self {
        let stretch = Stretch::new(trace, first.min(trace.spans.len())..trace.spans.len());
        Self::of(trace, &Classes::new(trace), &stretch)
    }

    fn of(trace: &Trace, classes: &Classes, stretch: &Stretch) -> Self {
        let walk = Walk::new(trace, classes, stretch);
        let mut fills = Fills::new(trace, &walk, stretch);
        walk.fill(&mut fills);
        fills.told()
    }

    /// Goes on with what comes behind, where all was to be told.
    pub(super) fn follow(&mut self, trace: &Trace, next: Self) {
        let own = &mut self.goroutines;
        own.blocks.follow(next.goroutines.blocks);
        own.network_wakeups.extend(next.goroutines.network_wakeups);
        own.syscall_returns.extend(next.goroutines.syscall_returns);
        let own = &mut self.procs;
        own.procs.follow(next.procs.procs);
        let on = |g: usize| own.on.get(g).map_or(NONE, |on| on.actor());
        own.logs.follow(trace, next.procs.logs, on);
        own.on = next.procs.on;
        self.census.follow(next.census);
    }

    /// All rows were told.
    pub(super) fn finish(mut self, trace: &Trace) -> SpanLevels {
        self.goroutines.network_wakeups.shrink_to_fit();
        self.goroutines.syscall_returns.shrink_to_fit();
        let procs = self.procs;
        let on = |g: usize| procs.on.get(g).map_or(NONE, |on| on.actor());
        SpanLevels {
            goroutines: self.goroutines,
            proc_logs: procs.logs.finish(trace, trace.procs.ids.len(), on),
            procs: procs.procs.finish(),
            census: self.census.finish(trace.end),
        }
    }

    /// The number of rows nearest below so many at which a trace can be divided.
    pub fn share(rows: usize) -> usize {
        rows / PIECE * PIECE
    }

    /// Writes it; it must be of first rows.
    pub fn put(&self, mut put: impl FnMut(&[u8])) {
        let mut to = Put::new(&mut put);
        self.goroutines.blocks.put(&mut to);
        to.short(&self.goroutines.network_wakeups);
        to.short(&self.goroutines.syscall_returns);
        self.procs.procs.put(&mut to);
        let on = self.procs.on.iter();
        let on: Vec<[u32; 3]> = on.map(|on| on.numbers()).collect();
        to.short(on.as_flattened());
        self.procs.logs.put(&mut to);
        self.census.put(&mut to);
    }

    /// Takes what [`Self::put`] wrote into [`Self::nothing`] of the whole trace; `None` if it does not fit.
    pub fn with(mut self, from: &mut dyn TableBytes) -> Option<Self> {
        let mut from = Take(from);
        let own = &mut self.goroutines;
        own.blocks.take(&mut from)?;
        own.network_wakeups = from.short()?;
        own.syscall_returns = from.short()?;
        let own = &mut self.procs;
        own.procs.take(&mut from)?;
        let on = from.short()?;
        let on = on.as_chunks().0.iter();
        own.on = on.map(|&numbers| OpenSpan::of_numbers(numbers)).collect();
        own.logs = LogPass::take(&mut from)?;
        let census = Counter::take(&mut from)?;
        if !self.census.has_room_for(&census) {
            return None;
        }
        self.census.follow(census);
        Some(self)
    }
}

impl Levels {
    /// The levels of a trace, of what two shares of its rows add to nothing.
    pub fn of_two(trace: &Trace, mut first: Told, rest: Told) -> Self {
        first.follow(trace, rest);
        let rest = Self::without_spans(trace);
        Self::with(Classes::new(trace), first.finish(trace), rest)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;
    use crate::program::{Step, steps, trace_of};

    fn sent<T>(
        put: impl FnOnce(&mut dyn FnMut(&[u8])),
        take: impl Fn(&mut dyn TableBytes) -> Option<T>,
    ) -> T {
        let mut bytes = Vec::new();
        put(&mut |block| bytes.extend_from_slice(block));
        // Whatever is missing is noticed.
        for cut in [0, 1, bytes.len() / 2, bytes.len() - 1] {
            assert!(take(&mut Cursor::new(bytes[..cut].to_vec())).is_none());
        }
        take(&mut Cursor::new(bytes)).expect("what was put")
    }

    /// Superblocks of more than 2^32 ns, of which some begin in the first share and end behind what its worker has.
    #[test]
    fn levels_are_the_same_where_blocks_last_for_seconds() {
        let waits = |count: u32| -> Vec<Step> {
            let wait = |i: u32| 15_000_000 + i % 7 * 1_000_000;
            (0..count).map(|i| (wait(i), i, 40)).collect()
        };
        let whole = trace_of(&waits(20_000));
        let expected = Levels::build(&whole);
        for part in [3_000, 9_000, 17_000] {
            let beginning = trace_of(&waits(part));
            let known = Whole::of(&whole, beginning.spans.len());
            let first = Told::share(beginning.spans.len());
            assert!(first >= 2 * PIECE);
            let told = Told::of_beginning(beginning, first, known);
            let told = sent(|put| told.put(put), |from| Told::nothing(&whole).with(from));
            let levels = Levels::of_two(&whole, told, Told::of_rest(&whole, first));
            assert!(levels.is_same(&expected));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn levels_are_the_same_if_another_worker_has_the_first_rows(
            steps in steps(9000),
            part in 0.0..=1.0f64,
            share in 0.0..=1.0f64,
        ) {
            let whole = trace_of(&steps);
            let beginning = trace_of(&steps[..(steps.len() as f64 * part) as usize]);
            let has = beginning.spans.len();
            let first = Told::share((has as f64 * share) as usize);
            let known = Whole::of(&whole, has);
            let known = sent(|put| known.put(put), Whole::take);
            prop_assert_eq!(&known, &Whole::of(&whole, has));
            let told = Told::of_beginning(beginning, first, known);
            let told = sent(|put| told.put(put), |from| Told::nothing(&whole).with(from));
            let levels = Levels::of_two(&whole, told, Told::of_rest(&whole, first));
            prop_assert!(levels.is_same(&Levels::build(&whole)));
        }

        #[test]
        fn shares_of_another_trace_are_refused_or_make_levels(
            steps in steps(3000),
            others in steps(6000),
        ) {
            let (whole, other) = (trace_of(&steps), trace_of(&others));
            let known = Whole::of(&other, other.spans.len());
            let told = Told::of_beginning(other, usize::MAX, known);
            let mut bytes = Vec::new();
            told.put(|block| bytes.extend_from_slice(block));
            // Either is well; nothing is asked of what they say.
            let told = Told::nothing(&whole).with(&mut Cursor::new(bytes));
            if let Some(told) = told {
                Levels::of_two(&whole, told, Told::of_rest(&whole, 0));
            }
        }
    }
}
