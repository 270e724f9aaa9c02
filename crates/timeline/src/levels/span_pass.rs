//! The pass over the span table that fills the levels of detail: what each goroutine did, what ran on each proc, and how
//! many goroutines did what.

use tracepane_model::{
    GoroutineIndex, GroupIndex, Nanos, PlacementId, ProcIndex, ReasonId, SpanIndex, SpanKind,
    SpanPiece, SpanState, Trace,
};

use super::actors::{ActorLevels, ActorPass, LogPass};
use super::blocks::{Blocks, Filler, MIN_SPANS};
use super::census::{Census, Counter, Doing};
use super::rows_by::RowsBy;
use super::{NONE, PROC_CLASSES, proc_class};
use crate::class::{Class, Classes, OWN_CLASSES};

/// A goroutine while the span table is read.
#[derive(Clone, Copy)]
struct Now {
    since: i64,
    /// The row of the span that it is in.
    row: u32,
    /// The proc it runs on, and the place of the span among the proc's.
    proc: u32,
    proc_place: u32,
    sequence: u32,
    slot: u32,
    group: GroupIndex,
    class: Option<Class>,
    /// The same, as the census counts it.
    doing: Doing,
    worker: bool,
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
    /// By goroutine.
    now: Vec<Now>,
    sequence_of: Vec<u32>,
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
        let now: Vec<Now> = (0..trace.goroutines.len() as u32)
            .map(GoroutineIndex)
            .map(|g| {
                let spans = trace.goroutines.spans(g).len();
                let mut sequence = NONE;
                if spans >= MIN_SPANS {
                    sequence = lengths.len() as u32;
                    lengths.push(spans);
                }
                let group = trace.goroutines.row(g).group;
                Now {
                    since: 0,
                    row: 0,
                    proc: NONE,
                    proc_place: 0,
                    sequence,
                    slot: census.slot_of(group),
                    group,
                    class: None,
                    doing: Doing::NONE,
                    worker: classes.is_worker_group(group),
                }
            })
            .collect();
        let placements = trace.procs.placements.iter();
        Self {
            trace,
            class_of: (0..trace.spans.reasons.len().max(1) * STATES)
                .map(|i| {
                    let state = SpanState::ALL.get(i % STATES).copied()?;
                    let reason = ReasonId((i / STATES) as u16);
                    classes.of(SpanKind::new(state, reason, false))
                })
                .collect(),
            classes,
            sequence_of: now.iter().map(|now| now.sequence).collect(),
            now,
            blocks: Filler::new(lengths.into_iter()),
            procs: ActorPass::new(trace.procs.ids.len(), |proc| {
                trace.procs.ran(ProcIndex(proc))
            }),
            proc_of: placements.map(|placement| placement.proc.0).collect(),
            census,
            logs: LogPass::new(trace),
            network_wakeups: Vec::new(),
            syscall_returns: Vec::new(),
        }
    }

    /// Rows that follow each other, and the placements that are their causes. Called for each piece, so that a browser
    /// compiles it well while the pass goes on.
    #[inline(never)]
    pub fn piece(&mut self, rows: &SpanPiece, places: &[PlacementId]) {
        let trace = self.trace;
        for ((row, start, g, kind, _), place) in rows.rows().zip(places) {
            self.census.row(row.0);
            self.logs.until(trace, Nanos(start), |g| {
                self.now.get(g).map_or(NONE, |now| now.proc)
            });
            let Some(now) = self.now.get_mut(g.0 as usize) else {
                continue;
            };
            let time = start.max(now.since);
            let class = self.class_of.get(place_of(kind)).copied().flatten();
            let length = time - now.since;
            if now.sequence != NONE {
                let start_of = |place: usize| {
                    let spans = trace.goroutines.spans(g);
                    let span = spans.get(place).or(spans.last());
                    span.map_or(time, |&span| trace.spans.start(SpanIndex(span)).0)
                };
                match now.class {
                    Some(old) => {
                        let part = (old as usize, length, old == Class::Runnable);
                        self.blocks.go_on(now.sequence, part, time, start_of);
                    }
                    None => self.blocks.begin(now.sequence, time, start_of),
                }
            }
            if now.proc != NONE {
                if let Some(old) = now.class {
                    let class = proc_class(old, now.worker);
                    let on = (now.proc, now.proc_place);
                    self.procs.end(on, class, length, time, row.0 - now.row);
                }
                now.proc = NONE;
            }
            match kind.state() {
                SpanState::Running | SpanState::Syscall => {
                    if let Some(&proc) = self.proc_of.get(place.0 as usize)
                        && proc != NONE
                    {
                        now.proc_place = self.procs.begin(trace, proc, row, time);
                        now.proc = if now.proc_place == NONE { NONE } else { proc };
                    }
                }
                SpanState::Runnable => match now.class {
                    Some(Class::Network) => self.network_wakeups.push(row.0),
                    Some(Class::Syscall | Class::SyscallBlocked) => {
                        self.syscall_returns.push(row.0);
                    }
                    _ => {}
                },
                _ => {}
            }
            if now.class != class {
                let doing = match class {
                    Some(Class::Running) if now.worker => Some(Class::GcWork).into(),
                    class => class.into(),
                };
                self.census
                    .change(now.slot, now.group, time, now.doing, doing);
                now.class = class;
                now.doing = doing;
            }
            now.since = time;
            now.row = row.0;
        }
    }

    /// After the last row.
    pub fn finish(mut self) -> Passed {
        let proc_logs = self
            .logs
            .finish(self.trace, self.trace.procs.ids.len(), |g| {
                self.now.get(g).map_or(NONE, |now| now.proc)
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
