//! What is filled in one pass over the span table: what each goroutine did, what ran on each proc, and how many
//! goroutines did what.

use tracepane_model::{GoroutineIndex, Nanos, PlacementId, ProcIndex, SpanIndex, Trace, both};

use super::actors::{ActorLevels, ActorPass, LogPass, OpenSpan};
use super::blocks::{Blocks, Filler, MIN_SPANS, Progress};
use super::census::{Census, Counter};
use super::rows_by::RowsBy;
use super::steps::{Arrival, Doing, Fill, PLACES, Step, Steps, pass};
use super::{NONE, PIECE, PROC_CLASSES, proc_class};
use crate::class::{Classes, OWN_CLASSES};

/// Goes through the span table once, or at the same time on each of some threads, which then fill different things. The
/// one with the least to do also does the `rest`.
pub(super) fn pass_on<R: Send>(
    trace: &Trace,
    classes: &Classes,
    threads: usize,
    rest: impl FnOnce() -> R + Send,
) -> (GoroutineLevels, ProcLevels, Census, R) {
    let goroutines = || GoroutineFill::new(trace);
    let procs = || ProcFill::new(trace);
    let census = || Counter::new(trace);
    if threads < 2 {
        let all = (goroutines(), (procs(), census()));
        let (goroutines, (procs, census)) = pass(trace, classes, all);
        let (procs, census) = (procs.finish(), census.finish(trace.end));
        return (goroutines.finish(), procs, census, rest());
    }
    let one = || (pass(trace, classes, goroutines()).finish(), rest());
    let ((goroutines, rest), (procs, census)) = both(threads, one, || {
        if threads == 2 {
            let (procs, census) = pass(trace, classes, (procs(), census()));
            return (procs.finish(), census.finish(trace.end));
        }
        both(
            threads,
            || pass(trace, classes, procs()).finish(),
            || pass(trace, classes, census()).finish(trace.end),
        )
    });
    (goroutines, procs, census, rest)
}

/// What each goroutine did: see [`super::Levels`].
pub(super) struct GoroutineLevels {
    pub blocks: Blocks<OWN_CLASSES>,
    pub sequence_of: Vec<u32>,
    pub network_wakeups: Vec<u32>,
    pub syscall_returns: Vec<u32>,
}

struct GoroutineFill<'a> {
    trace: &'a Trace,
    blocks: Filler<OWN_CLASSES>,
    /// By goroutine: its sequence in the blocks, or NONE.
    sequence_of: Vec<u32>,
    /// By sequence.
    progress: Vec<Progress<OWN_CLASSES>>,
    network_wakeups: Vec<u32>,
    syscall_returns: Vec<u32>,
}

impl<'a> GoroutineFill<'a> {
    fn new(trace: &'a Trace) -> Self {
        let mut lengths = Vec::new();
        let goroutines = (0..trace.goroutines.len() as u32).map(GoroutineIndex);
        let sequence_of = goroutines.map(|g| {
            let spans = trace.goroutines.spans(g).len();
            if spans < MIN_SPANS {
                return NONE;
            }
            lengths.push(spans);
            lengths.len() as u32 - 1
        });
        let sequence_of = sequence_of.collect();
        Self {
            trace,
            sequence_of,
            progress: vec![Progress::default(); lengths.len()],
            blocks: Filler::new(lengths.into_iter()),
            network_wakeups: Vec::new(),
            syscall_returns: Vec::new(),
        }
    }

    #[inline(never)]
    fn find_arrivals(&mut self, steps: &Steps) {
        for (step, row) in steps.steps.iter().zip(steps.first..) {
            match step.facts.arrival() {
                None => {}
                Some(Arrival::Network) => self.network_wakeups.push(row),
                Some(Arrival::Syscall) => self.syscall_returns.push(row),
            }
        }
    }

    #[inline(never)]
    fn begin_block(&mut self, sequence: u32, block: usize, step: &Step) {
        let &Step {
            time, goroutine, ..
        } = step;
        let trace = self.trace;
        let progress = &mut self.progress[sequence as usize];
        self.blocks
            .begin_block(sequence, progress, block, time, |place| {
                let spans = trace.goroutines.spans(goroutine);
                let span = spans.get(place).or(spans.last());
                span.map_or(time, |&span| trace.spans.start(SpanIndex(span)).0)
            });
    }

    fn finish(mut self) -> GoroutineLevels {
        self.network_wakeups.shrink_to_fit();
        self.syscall_returns.shrink_to_fit();
        GoroutineLevels {
            blocks: self.blocks.finish(),
            sequence_of: self.sequence_of,
            network_wakeups: self.network_wakeups,
            syscall_returns: self.syscall_returns,
        }
    }
}

impl Fill for GoroutineFill<'_> {
    #[inline(never)]
    fn piece(&mut self, steps: &Steps) {
        if steps.facts.arrives() {
            self.find_arrivals(steps);
        }
        for step in &steps.steps {
            // Goroutines that have no sequence have few spans.
            let Some(&sequence) = self.sequence_of.get(step.goroutine.0 as usize) else {
                continue;
            };
            let Some(progress) = self.progress.get_mut(sequence as usize) else {
                continue;
            };
            let begun = if step.facts.is_rare() && step.change.begins() {
                progress.begin(step.time)
            } else {
                let wait = step.facts.wait_of(step.length);
                progress.add(step.change.old().own_place(), step.length);
                progress.add_wait(wait);
                if step.facts.is_rare() && step.change.ends() {
                    progress.stop(step.time);
                }
                progress.go_on()
            };
            if let Some(block) = begun {
                self.begin_block(sequence, block, step);
            }
        }
    }
}

/// What ran on procs, and on which of them logs were written: see [`super::Levels`].
pub(super) struct ProcLevels {
    pub procs: ActorLevels<PROC_CLASSES>,
    pub logs: RowsBy,
}

struct ProcFill<'a> {
    trace: &'a Trace,
    procs: ActorPass<'a, PROC_CLASSES>,
    /// By goroutine: where it runs.
    on: Vec<OpenSpan>,
    /// By placement.
    proc_of: Vec<u32>,
    logs: LogPass,
    /// The placements that are the causes of a piece's rows.
    causes: Vec<PlacementId>,
    /// The places of a piece's rows that matter to procs.
    matter: Vec<u16>,
}

impl<'a> ProcFill<'a> {
    fn new(trace: &'a Trace) -> Self {
        let placements = trace.procs.placements.iter();
        Self {
            trace,
            procs: ActorPass::new(trace.procs.ids.len(), |proc| {
                trace.procs.ran(ProcIndex(proc))
            }),
            on: vec![OpenSpan::NONE; trace.goroutines.len()],
            proc_of: placements.map(|placement| placement.proc.0).collect(),
            logs: LogPass::new(trace),
            causes: vec![PlacementId::NONE; PIECE],
            matter: vec![0; PIECE],
        }
    }

    fn finish(self) -> ProcLevels {
        let procs = self.trace.procs.ids.len();
        let logs = self.logs.finish(self.trace, procs, |g| {
            self.on.get(g).map_or(NONE, |on| on.actor())
        });
        ProcLevels {
            procs: self.procs.finish(),
            logs,
        }
    }

    /// Finds the rows before or after which a goroutine is on a proc, without a branch that depends on it.
    #[inline(never)]
    fn find(&mut self, steps: &Steps) -> usize {
        let mut count = 0;
        for (step, place) in steps.steps.iter().zip(0..) {
            if let Some(matters) = self.matter.get_mut(count) {
                *matters = place;
            }
            count += step.facts.on_proc();
        }
        count
    }
}

impl Fill for ProcFill<'_> {
    #[inline(never)]
    fn piece(&mut self, steps: &Steps) {
        /// By the place of what a goroutine does.
        const CLASSES: [u8; PLACES] = {
            let mut classes = [0; PLACES];
            let mut place = 0;
            while place < PLACES {
                if let Some(class) = Doing::at(place).class() {
                    classes[place] = proc_class(class, false) as u8;
                }
                place += 1;
            }
            classes
        };
        let trace = self.trace;
        trace
            .spans
            .copy_placements(steps.first as usize, &mut self.causes);
        let count = self.find(steps);
        let proc_of = self.proc_of.as_slice();
        for &place in &self.matter[..count] {
            let place = usize::from(place);
            let (Some(step), Some(cause)) = (steps.steps.get(place), self.causes.get(place)) else {
                continue;
            };
            let row = steps.first + place as u32;
            self.logs.until(trace, Nanos(step.time), |g| {
                self.on.get(g).map_or(NONE, |on| on.actor())
            });
            let Some(on) = self.on.get_mut(step.goroutine.0 as usize) else {
                continue;
            };
            if on.is_some() {
                let class = usize::from(CLASSES[step.change.old().place()]);
                self.procs
                    .end(*on, class, step.length, step.time, SpanIndex(row));
                *on = OpenSpan::NONE;
            }
            if step.facts.is_on_proc_now()
                && let Some(&proc) = proc_of.get(cause.0 as usize)
                && proc != NONE
            {
                *on = self.procs.begin(trace, proc, SpanIndex(row), step.time);
            }
        }
    }
}
