//! What is filled in one pass over the span table: what each goroutine did, what ran on each proc, and how many
//! goroutines did what.

use std::sync::atomic::{AtomicBool, Ordering};

use tracepane_model::{Cause, GoroutineIndex, Nanos, PlacementId, ProcIndex, SpanIndex, Trace};

use super::actors::{ActorPass, LogPass, OpenSpan};
use super::blocks::{Filler, MIN_SPANS};
use super::census::Counter;
use super::steps::{Arrival, Doing, Fill, PLACES, Step, Steps, Walk};
use super::stretch::{Stretch, last_before};
use super::told::{SpanLevels, Told, ToldGoroutines, ToldProcs};
use super::{NONE, PIECE, PROC_CLASSES, proc_class};
use crate::class::{Classes, OWN_CLASSES};

/// Goes through the span table once, on so many threads, each of which has some of the rows. The one that is done first
/// does the `rest`.
pub(super) fn pass_on<R: Send>(
    trace: &Trace,
    classes: &Classes,
    threads: usize,
    rest: impl Fn() -> R + Sync,
) -> (SpanLevels, R) {
    let rest_begun = AtomicBool::new(false);
    // In a browser workers share no memory: see [`Told`].
    let threads = if cfg!(target_family = "wasm") {
        1
    } else {
        threads
    };
    let (first, others) = Stretch::divide(trace, threads);
    let pass = |stretch| {
        let walk = Walk::new(trace, classes, stretch);
        let mut fills = Fills::new(trace, &walk, stretch);
        walk.fill(&mut fills);
        let is_first = !rest_begun.swap(true, Ordering::Relaxed);
        (fills.told(), is_first.then(&rest))
    };
    let ((mut told, mut done), others) = Stretch::each(&first, &others, pass);
    for (next, also_done) in others {
        done = done.or(also_done);
        told.follow(trace, next);
    }
    (told.finish(trace), done.unwrap_or_else(rest))
}

/// All that is filled.
pub(super) struct Fills<'a> {
    goroutines: GoroutineFill<'a>,
    procs: ProcFill<'a>,
    census: Counter,
}

impl<'a> Fills<'a> {
    /// Before the rows of a stretch, which the walk has before it.
    pub fn new(trace: &'a Trace, walk: &Walk<'_>, stretch: &'a Stretch) -> Self {
        Self {
            goroutines: GoroutineFill::new(trace, walk, stretch),
            procs: ProcFill::new(trace, walk, stretch),
            census: Counter::before(trace, walk, stretch),
        }
    }

    /// What was filled.
    pub fn told(self) -> Told {
        Told {
            goroutines: self.goroutines.told(),
            procs: ToldProcs {
                procs: self.procs.procs.told(),
                on: self.procs.on,
                logs: self.procs.logs,
            },
            census: self.census,
        }
    }
}

impl Fill for Fills<'_> {
    fn piece(&mut self, steps: &Steps) {
        self.goroutines.piece(steps);
        self.procs.piece(steps);
        self.census.piece(steps);
    }
}

/// What each goroutine did: see [`super::Levels`].
struct GoroutineFill<'a> {
    trace: &'a Trace,
    stretch: &'a Stretch,
    blocks: Filler<OWN_CLASSES>,
    /// By goroutine: its sequence in the blocks, or NONE.
    sequence_of: Vec<u32>,
    network_wakeups: Vec<u32>,
    syscall_returns: Vec<u32>,
}

impl<'a> GoroutineFill<'a> {
    fn new(trace: &'a Trace, walk: &Walk<'_>, stretch: &'a Stretch) -> Self {
        let mut places = Vec::new();
        let goroutines = (0..trace.goroutines.len() as u32).map(GoroutineIndex);
        let sequence_of = goroutines.map(|g| {
            if stretch.rows_of(trace, g) < MIN_SPANS {
                return NONE;
            }
            places.push(stretch.places(trace.goroutines.spans(g)));
            places.len() as u32 - 1
        });
        let sequence_of: Vec<u32> = sequence_of.collect();
        let mut blocks = Filler::new(places.into_iter());
        let standing = walk.standing().zip(&stretch.before).zip(&sequence_of);
        for (((_, doing, since), &before), &sequence) in standing {
            if let Some(progress) = blocks.progress.get_mut(sequence as usize)
                && doing == Doing::NONE
                && before > 0
            {
                progress.stop(since);
            }
        }
        Self {
            trace,
            stretch,
            sequence_of,
            blocks,
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
        self.blocks.begin_block(sequence, block, time, |place| {
            let start = self.stretch.start_of(self.trace, goroutine, place);
            start.unwrap_or(time)
        });
    }

    fn told(self) -> ToldGoroutines {
        ToldGoroutines {
            blocks: self.blocks,
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
            let Some(progress) = self.blocks.progress.get_mut(sequence as usize) else {
                continue;
            };
            let begun = if step.facts.is_rare() && step.change.begins() {
                progress.begin(step.time)
            } else {
                let wait = step.facts.wait_of(step.length);
                progress.add(step.change.old().own_place(), step.length);
                progress.add_wait(wait);
                progress.go_on()
            };
            if step.facts.is_rare() && step.change.ends() {
                progress.stop(step.time);
            }
            if let Some(block) = begun {
                self.begin_block(sequence, block, step);
            }
        }
    }
}

/// What ran on procs, and on which of them logs were written: see [`super::Levels`].
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
    fn new(trace: &'a Trace, walk: &Walk<'_>, stretch: &'a Stretch) -> Self {
        let placements = trace.procs.placements.iter();
        let proc_of: Vec<u32> = placements.map(|placement| placement.proc.0).collect();
        let ran = |proc| trace.procs.ran(ProcIndex(proc));
        let procs = ActorPass::new(trace, stretch, trace.procs.ids.len(), ran);
        let standing = walk.standing().zip(&stretch.before);
        let on = standing.map(|((goroutine, doing, _), &before)| {
            let last = last_before(trace, goroutine, before);
            let Some(row) = last.filter(|_| doing.is_on_proc()) else {
                return OpenSpan::NONE;
            };
            match trace.spans.cause(row) {
                Cause::Placement(place) => {
                    let proc = proc_of.get(place.0 as usize);
                    proc.map_or(OpenSpan::NONE, |&proc| procs.open(proc, row))
                }
                _ => OpenSpan::NONE,
            }
        });
        Self {
            trace,
            on: on.collect(),
            procs,
            proc_of,
            logs: LogPass::new(trace, stretch),
            causes: vec![PlacementId::NONE; PIECE],
            matter: vec![0; PIECE],
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
