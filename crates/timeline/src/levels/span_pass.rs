//! The pass over the span table that fills the levels of detail: what each goroutine did, what ran on each proc, and how
//! many goroutines did what.

use tracepane_model::{
    GoroutineIndex, GroupIndex, Nanos, PlacementId, ProcIndex, ReasonId, SpanIndex, SpanKind,
    SpanPiece, SpanState, Trace,
};

use super::actors::{ActorLevels, ActorPass, LogPass};
use super::blocks::{Blocks, Filler, MIN_SPANS};
use super::census::{Census, Counter, Doing, ROLL_ROWS};
use super::rows_by::RowsBy;
use super::{NONE, PIECE, PROC_CLASSES, proc_class};
use crate::class::{Class, Classes, OWN_CLASSES};

/// A goroutine while the span table is read: what it does, and since when.
#[derive(Clone, Copy)]
struct Now {
    since: i64,
    class: Option<Class>,
}

/// Where a goroutine runs.
#[derive(Clone, Copy)]
struct On {
    /// The proc, or NONE.
    proc: u32,
    /// The place of its span among the proc's.
    place: u32,
    /// The row of its span.
    row: u32,
    /// It is a worker of the GC.
    worker: bool,
}

/// Where a goroutine is counted.
#[derive(Clone, Copy)]
struct Counted {
    slot: u32,
    group: GroupIndex,
    /// As what it counts when it runs.
    running: Doing,
}

impl Counted {
    #[inline(always)]
    fn doing(self, class: Option<Class>) -> Doing {
        match class {
            Some(Class::Running) => self.running,
            class => class.into(),
        }
    }
}

/// What a row of the span table changes.
#[derive(Clone, Copy)]
struct Step {
    /// When; not before the goroutine's last one.
    time: i64,
    /// How long the span was that ends.
    length: i64,
    goroutine: GoroutineIndex,
    old: Option<Class>,
    new: Option<Class>,
}

/// So many places for states: a power of two.
const STATES: usize = 8;

/// The place of a kind in [`SpanPass::class_of`].
#[inline(always)]
fn place_of(kind: SpanKind) -> usize {
    usize::from(kind.reason().0) * STATES + kind.state() as usize
}

/// What the pass has found so far.
pub(super) struct SpanPass<'a> {
    trace: &'a Trace,
    classes: Classes,
    /// By reason and state: see [`place_of`].
    class_of: Vec<Option<Class>>,
    /// These four by goroutine: apart, because each is read in a loop of its own.
    now: Vec<Now>,
    sequence_of: Vec<u32>,
    on: Vec<On>,
    counted: Vec<Counted>,
    /// By row of the piece.
    steps: Vec<Step>,
    blocks: Filler<OWN_CLASSES>,
    procs: ActorPass<'a, PROC_CLASSES>,
    /// By placement.
    proc_of: Vec<u32>,
    census: Counter,
    logs: LogPass,
    network_wakeups: Vec<u32>,
    syscall_returns: Vec<u32>,
}

/// What the pass has found: see [`super::Levels`].
pub(super) struct Passed {
    pub classes: Classes,
    pub goroutine_blocks: Blocks<OWN_CLASSES>,
    pub sequence_of: Vec<u32>,
    pub procs: ActorLevels<PROC_CLASSES>,
    pub census: Census,
    pub network_wakeups: Vec<u32>,
    pub syscall_returns: Vec<u32>,
    pub proc_logs: RowsBy,
}

impl<'a> SpanPass<'a> {
    /// Before the first row.
    pub fn new(trace: &'a Trace) -> Self {
        let classes = Classes::new(trace);
        let census = Counter::new(trace);
        let mut lengths = Vec::new();
        let goroutines = (0..trace.goroutines.len() as u32).map(GoroutineIndex);
        let sequence_of = goroutines.clone().map(|g| {
            let spans = trace.goroutines.spans(g).len();
            if spans < MIN_SPANS {
                return NONE;
            }
            lengths.push(spans);
            lengths.len() as u32 - 1
        });
        let sequence_of = sequence_of.collect();
        let groups = goroutines.map(|g| trace.goroutines.row(g).group);
        let on = groups.clone().map(|group| On {
            proc: NONE,
            place: 0,
            row: 0,
            worker: classes.is_worker_group(group),
        });
        let counted = groups.map(|group| Counted {
            slot: census.slot_of(group),
            group,
            running: match classes.is_worker_group(group) {
                true => Some(Class::GcWork).into(),
                false => Some(Class::Running).into(),
            },
        });
        let kinds = (0..trace.spans.reasons.len().max(1) * STATES).map(|i| {
            let state = SpanState::ALL.get(i % STATES).copied()?;
            let reason = ReasonId((i / STATES) as u16);
            classes.of(SpanKind::new(state, reason, false))
        });
        let nothing = Now {
            since: 0,
            class: None,
        };
        let placements = trace.procs.placements.iter();
        Self {
            trace,
            class_of: kinds.collect(),
            now: vec![nothing; trace.goroutines.len()],
            sequence_of,
            on: on.collect(),
            counted: counted.collect(),
            steps: Vec::new(),
            blocks: Filler::new(lengths.into_iter()),
            procs: ActorPass::new(trace.procs.ids.len(), |proc| {
                trace.procs.ran(ProcIndex(proc))
            }),
            proc_of: placements.map(|placement| placement.proc.0).collect(),
            census,
            logs: LogPass::new(trace),
            network_wakeups: Vec::new(),
            syscall_returns: Vec::new(),
            classes,
        }
    }

    /// At most [`PIECE`] rows from row `first` on, and the placements that are their causes. `first` is a multiple of
    /// [`PIECE`].
    ///
    /// One loop for each kind of thing that comes of them: what a loop carries along stays in registers then. They are
    /// functions that are called for each piece, so that a browser compiles them well while the pass goes on.
    pub fn piece(&mut self, first: u32, rows: &SpanPiece, places: &[PlacementId]) {
        self.take_steps(rows);
        self.fill_blocks(first);
        self.fill_procs(first, places);
        self.count(first);
    }

    #[inline(never)]
    fn take_steps(&mut self, rows: &SpanPiece) {
        self.steps.clear();
        let now = self.now.as_mut_slice();
        let class_of = self.class_of.as_slice();
        self.steps
            .extend(rows.rows().map(|(_, start, goroutine, kind, _)| {
                let new = class_of.get(place_of(kind)).copied().flatten();
                let Some(now) = now.get_mut(goroutine.0 as usize) else {
                    return Step {
                        time: start,
                        length: 0,
                        goroutine,
                        old: None,
                        new: None,
                    };
                };
                let time = start.max(now.since);
                let step = Step {
                    time,
                    length: time - now.since,
                    goroutine,
                    old: now.class,
                    new,
                };
                now.since = time;
                now.class = new;
                step
            }));
    }

    /// What each goroutine did.
    #[inline(never)]
    fn fill_blocks(&mut self, first: u32) {
        let trace = self.trace;
        let sequence_of = self.sequence_of.as_slice();
        for (step, row) in self.steps.iter().zip(first..) {
            let &Step {
                time,
                length,
                goroutine,
                old,
                new,
            } = step;
            if new == Some(Class::Runnable) {
                match old {
                    Some(Class::Network) => self.network_wakeups.push(row),
                    Some(Class::Syscall | Class::SyscallBlocked) => self.syscall_returns.push(row),
                    _ => {}
                }
            }
            let sequence = match sequence_of.get(goroutine.0 as usize) {
                Some(&sequence) if sequence != NONE => sequence,
                _ => continue,
            };
            let ended = old.map(|old| (old as usize, length, old == Class::Runnable));
            if let Some(block) = self.blocks.go_on(sequence, ended, time) {
                self.blocks.begin_block(sequence, block, time, |place| {
                    let spans = trace.goroutines.spans(goroutine);
                    let span = spans.get(place).or(spans.last());
                    span.map_or(time, |&span| trace.spans.start(SpanIndex(span)).0)
                });
            }
        }
    }

    /// What ran on procs, and on which of them logs were written.
    #[inline(never)]
    fn fill_procs(&mut self, first: u32, places: &[PlacementId]) {
        let trace = self.trace;
        let proc_of = self.proc_of.as_slice();
        for ((step, place), row) in self.steps.iter().zip(places).zip(first..) {
            self.logs.until(trace, Nanos(step.time), |g| {
                self.on.get(g).map_or(NONE, |on| on.proc)
            });
            let on_proc =
                |class: Option<Class>| matches!(class, Some(Class::Running | Class::Syscall));
            if !on_proc(step.old) && !on_proc(step.new) {
                continue;
            }
            let Some(on) = self.on.get_mut(step.goroutine.0 as usize) else {
                continue;
            };
            if on.proc != NONE {
                if let Some(old) = step.old {
                    let class = proc_class(old, on.worker);
                    let span = (on.proc, on.place);
                    let further = row - on.row;
                    self.procs.end(span, class, step.length, step.time, further);
                }
                on.proc = NONE;
            }
            if on_proc(step.new)
                && let Some(&proc) = proc_of.get(place.0 as usize)
                && proc != NONE
            {
                on.place = self.procs.begin(trace, proc, SpanIndex(row), step.time);
                on.proc = if on.place == NONE { NONE } else { proc };
                on.row = row;
            }
        }
    }

    /// How many goroutines did what.
    #[inline(never)]
    fn count(&mut self, first: u32) {
        // Heads are counted before the first row of a piece, if at all.
        const { assert!(ROLL_ROWS.is_multiple_of(PIECE as u32)) };
        self.census.row(first);
        let counted = self.counted.as_slice();
        for step in &self.steps {
            if step.old == step.new {
                continue;
            }
            if let Some(&counted) = counted.get(step.goroutine.0 as usize) {
                let (old, new) = (counted.doing(step.old), counted.doing(step.new));
                self.census
                    .change(counted.slot, counted.group, step.time, old, new);
            }
        }
    }

    /// After the last row.
    pub fn finish(mut self) -> Passed {
        let proc_logs = self
            .logs
            .finish(self.trace, self.trace.procs.ids.len(), |g| {
                self.on.get(g).map_or(NONE, |on| on.proc)
            });
        self.network_wakeups.shrink_to_fit();
        self.syscall_returns.shrink_to_fit();
        Passed {
            classes: self.classes,
            goroutine_blocks: self.blocks.finish(),
            sequence_of: self.sequence_of,
            procs: self.procs.finish(),
            census: self.census.finish(self.trace.end),
            network_wakeups: self.network_wakeups,
            syscall_returns: self.syscall_returns,
            proc_logs,
        }
    }
}
