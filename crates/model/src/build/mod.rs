//! The only writer of a [`crate::Trace`]: takes events one by one, keeps what is going on, fills the columns.
//!
//! Nothing here hashes per event: wire's numbers are dense, so that what an event names is looked up in vectors.
//! Any order of events gives a sane trace; where a rule is broken, the event's new state wins.

mod finish;
pub(crate) mod goroutines;
pub(crate) mod placements;
pub(crate) mod ranges;
pub(crate) mod seam;
pub(crate) mod span_rows;
pub(crate) mod syscalls;
pub(crate) mod tables;
#[cfg(test)]
mod tests;
pub(crate) mod user;

use tracepane_wire::{
    Event, EventCounts, EventKind, EventType, GenerationInfo, GoroutineIndex, Metric, Nanos,
    ProcIndex, ProcState, Report, Resources, Sink, Tables, ThreadIndex,
};

use crate::column::Column;
use crate::goroutine::GoroutineRow;
use crate::metric::{MetricPoint, Metrics};
use crate::proc::{ProcSpan, ProcSpanState};
use crate::sample::Sample;
use crate::trace::GenerationRow;

use goroutines::State;
use placements::Placements;
use ranges::OpenRanges;
use seam::SeamLog;
use span_rows::SpanRows;
use syscalls::Syscalls;
use tables::Interner;
use user::UserTables;

/// Receives events and becomes a [`crate::Trace`].
#[derive(Default)]
pub struct Builder {
    pub(crate) interner: Interner,
    /// The absolute time of the first event.
    pub(crate) clock_start: Nanos,
    /// The current event's time, relative.
    pub(crate) now: Nanos,
    /// The last Sync event's time, relative (`syncTs` of `summary.go`).
    pub(crate) sync: Nanos,
    pub(crate) events: u64,
    pub(crate) spans: SpanRows,
    pub(crate) dropped_spans: u64,
    pub(crate) states: Vec<State>,
    pub(crate) rows: Vec<GoroutineRow>,
    pub(crate) syscalls: Syscalls,
    pub(crate) placements: Placements,
    pub(crate) proc_spans: Column<ProcSpan>,
    pub(crate) ranges: OpenRanges,
    pub(crate) user: UserTables,
    pub(crate) metrics: Metrics,
    pub(crate) samples: Column<Sample>,
    pub(crate) generations: Vec<GenerationRow>,
    /// The last generation has had an event: before that its start is not known, nor the trace's.
    pub(crate) generation_began: bool,
    /// All but goroutines' changes of state, which are the rest.
    pub(crate) other_events: EventCounts,
    /// What must be settled when this is joined to what came before; `None` if nothing came before.
    pub(crate) seam: Option<Box<SeamLog>>,
}

/// What a [`Builder`] cannot know by itself.
#[derive(Clone, Default, Debug)]
pub struct Finish {
    /// See [`crate::Trace::go_versions`].
    pub go_versions: String,
    /// See [`crate::Trace::bytes`].
    pub bytes: u64,
    /// What was odd or lost so far; the builder adds what found no room in it.
    pub report: Report,
    /// Every goroutine, proc and thread.
    pub resources: Resources,
    /// Whether spans are listed by goroutine and by proc.
    pub lists: SpanLists,
    /// On how many threads: two lists can be made at the same time.
    pub threads: usize,
}

/// The lists of spans by goroutine and by proc: a quarter of a trace's memory, and some of the time.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum SpanLists {
    /// They are made.
    #[default]
    Made,
    /// They are left out, for who only goes through all spans in their order.
    LeftOut,
}

impl Builder {
    /// A builder that has seen nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many events it has received.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// The time of the last event since the trace's start.
    pub fn now(&self) -> Nanos {
        self.now
    }

    /// Takes the clock to an event. Wire promises that times grow; nothing here may depend on it.
    #[inline(always)]
    fn tick(&mut self, time: Nanos) {
        if !self.generation_began {
            self.begin_generation(time);
        }
        self.now = self.now.max(self.since_start(time));
        self.events += 1;
    }

    /// A moment since the first event.
    #[inline(always)]
    fn since_start(&self, time: Nanos) -> Nanos {
        Nanos(time.0.saturating_sub(self.clock_start.0))
    }

    /// The first event of a generation, or of all, comes.
    #[cold]
    fn begin_generation(&mut self, time: Nanos) {
        self.generation_began = true;
        if self.events == 0 {
            self.clock_start = time;
        }
        let start = self.now.max(self.since_start(time));
        if let Some(row) = self.generations.last_mut() {
            row.start = start;
        }
    }

    /// A proc's change of state: its own span, and perhaps a system call that loses it.
    fn proc(
        &mut self,
        event: &Event,
        proc: ProcIndex,
        from: ProcState,
        to: ProcState,
        resources: &Resources,
    ) {
        let count = resources.procs.len();
        if (proc.0 as usize) >= count {
            return;
        }
        if self.seam.is_some() && self.proc_over_seam(proc, from, to, event.thread) {
            return;
        }
        if from != to {
            self.syscalls.ensure_procs(count);
            self.change_proc(proc, to, event.thread);
        }
    }

    /// A known proc changes its state.
    pub(crate) fn change_proc(&mut self, proc: ProcIndex, to: ProcState, thread: ThreadIndex) {
        let state = match to {
            ProcState::Running => ProcSpanState::Running,
            _ => ProcSpanState::Idle,
        };
        self.proc_spans.push(ProcSpan {
            start: self.now,
            proc,
            thread,
            state,
        });
        if state == ProcSpanState::Idle {
            if self.seam.is_some() {
                self.idle_over_seam(proc);
            }
            self.proc_lost(proc);
        }
        // `old != new && new == ProcIdle` in `summary.go`.
        if to == ProcState::Idle {
            self.summary_lost(proc);
        }
    }

    /// For the summary, whoever is in a system call on `proc` is blocked from now on.
    pub(crate) fn summary_lost(&mut self, proc: ProcIndex) {
        let goroutine = self.syscalls.take_summary_holder(proc);
        if let Some(state) = goroutine.get().and_then(|g| self.states.get(g))
            && let Some(syscall) = self.syscalls.get_mut(state.syscall)
        {
            syscall.summary.blocked_from = Some(self.now);
        }
    }

    fn metric(&mut self, metric: Metric, value: u64) {
        let column = match metric {
            Metric::GoMaxProcs => &mut self.metrics.gomaxprocs,
            Metric::HeapObjects => &mut self.metrics.heap_objects,
            Metric::HeapGoal => &mut self.metrics.heap_goal,
        };
        column.push(MetricPoint {
            time: self.now,
            value,
        });
    }

    /// Everything but goroutines' changes of state.
    #[inline(never)]
    fn other(&mut self, event: &Event, tables: &Tables, resources: &Resources) {
        let now = self.now;
        self.other_events.add(EventType::of(&event.kind), 1);
        match event.kind {
            EventKind::Metric { metric, value } => self.metric(metric, value),
            EventKind::Label { label } => {
                let label = self.interner.string(label, tables);
                self.user.label(now, event.goroutine, label);
                if let Some(g) = self.ensure(event.goroutine, resources) {
                    self.rows[g].label = label;
                }
            }
            EventKind::StackSample => {
                let stack = self.interner.stack(event.stack, tables);
                self.samples.push(Sample {
                    time: now,
                    thread: event.thread,
                    proc: event.proc,
                    goroutine: event.goroutine,
                    stack,
                });
            }
            EventKind::RangeBegin { range, scope } => {
                let stack = self.interner.stack(event.stack, tables);
                let kind = ranges::kind(range, &mut self.interner, tables);
                self.ranges.begin(now, kind, scope, event.goroutine, stack);
            }
            EventKind::RangeActive { range, scope } => {
                let kind = ranges::kind(range, &mut self.interner, tables);
                let known = event.proc.get().is_some_and(|i| i < resources.procs.len());
                let proc = if known { event.proc } else { ProcIndex::NONE };
                let by = (proc, event.goroutine);
                self.ranges.active((now, self.sync), kind, scope, by);
            }
            EventKind::RangeEnd {
                range,
                scope,
                swept,
                reclaimed,
            } => {
                let kind = ranges::kind(range, &mut self.interner, tables);
                self.ranges
                    .end(now, kind, scope, event.goroutine, swept, reclaimed);
            }
            EventKind::TaskBegin { task, parent, name } => {
                let stack = self.interner.stack(event.stack, tables);
                let name = self.interner.string(name, tables);
                self.user
                    .begin_task(now, task, parent, name, event.goroutine, stack);
            }
            EventKind::TaskEnd { task, parent, name } => {
                let stack = self.interner.stack(event.stack, tables);
                let name = self.interner.string(name, tables);
                self.user
                    .end_task(now, task, parent, name, event.goroutine, stack);
            }
            EventKind::RegionBegin { task, name } => {
                let stack = self.interner.stack(event.stack, tables);
                let name = self.interner.string(name, tables);
                if let Some(g) = self.ensure(event.goroutine, resources) {
                    let open = &mut self.states[g].open_region;
                    self.user
                        .begin_region(now, event.goroutine, open, task, name, stack);
                }
            }
            EventKind::RegionEnd { task, name } => {
                let stack = self.interner.stack(event.stack, tables);
                let name = self.interner.string(name, tables);
                if let Some(g) = self.ensure(event.goroutine, resources) {
                    self.region_end_over_seam(g);
                    let open = &mut self.states[g].open_region;
                    self.user
                        .end_region(now, event.goroutine, open, task, name, stack);
                }
            }
            EventKind::Log {
                task,
                category,
                message,
            } => {
                let stack = self.interner.stack(event.stack, tables);
                let category = self.interner.string(category, tables);
                let message = self.interner.string(message, tables);
                self.user
                    .log(now, event.goroutine, task, category, message, stack);
            }
            EventKind::Experimental { .. } => {}
            EventKind::Proc { proc, from, to } => self.proc(event, proc, from, to, resources),
            EventKind::Sync { .. } => self.sync = now,
            EventKind::Goroutine { .. } => {}
        }
    }

    /// The place of a goroutine in the columns, which are made long enough; `None` if it is none.
    #[inline]
    pub(crate) fn ensure(
        &mut self,
        goroutine: GoroutineIndex,
        resources: &Resources,
    ) -> Option<usize> {
        let g = goroutine.0 as usize;
        if g < self.states.len() {
            return Some(g);
        }
        self.grow(g, resources)
    }

    #[cold]
    fn grow(&mut self, g: usize, resources: &Resources) -> Option<usize> {
        let ids = &resources.goroutines;
        if g >= ids.len() {
            return None;
        }
        self.states.resize(ids.len(), State::default());
        let new = ids[self.rows.len()..].iter();
        self.rows.extend(new.map(|&id| GoroutineRow::unknown(id)));
        Some(g)
    }
}

impl Sink for Builder {
    fn generation(&mut self, info: &GenerationInfo, tables: &Tables) {
        self.interner.generation(tables);
        self.generations.push(GenerationRow {
            number: info.number,
            start: self.now,
            offset: info.offset,
            bytes: info.bytes,
            clock: info.clock,
            cut: info.cut,
        });
        self.generation_began = false;
    }

    #[inline(always)]
    fn event(&mut self, event: &Event, tables: &Tables, resources: &Resources) {
        self.tick(event.time);
        match event.kind {
            EventKind::Goroutine {
                goroutine,
                from,
                to,
                reason,
                stack,
            } => {
                if from != to {
                    let change = goroutines::Change {
                        goroutine,
                        from,
                        to,
                        reason: self.interner.reason(reason, tables),
                        stack,
                    };
                    self.change(change, event, tables, resources);
                }
            }
            _ => {
                // A copy, so that the case above has none in memory.
                let event = *event;
                self.other(&event, tables, resources);
            }
        }
    }
}
