//! Parts, in order → the trace.

mod clock;
mod deeds;
mod lives;
mod rows;
mod spans;
mod tables;
#[cfg(not(target_arch = "wasm32"))]
mod threads;
mod user;

use tracepane_wire::seam::{Carry, Resolved};
use tracepane_wire::{Format, Nanos, Report};

use super::{Part, Unsound};
use crate::build::span_rows::SpanRows;
use crate::build::{Builder, Finish, SpanLists};
use crate::trace::Trace;

use clock::Clock;
pub use spans::{Renaming, SpanSource};
use tables::Names;

/// Joins parts to a trace: see [`crate::parts`].
///
/// Once it has given up, it has nothing to say of the trace any more.
pub struct Merger {
    builder: Builder,
    carry: Carry,
    /// The trace's first generation that is wanted, and the next one.
    next: Option<usize>,
    /// The absolute time of the last event.
    last: i64,
    go_versions: String,
    bytes: u64,
    report: Report,
    /// How many threads copy rows and make the last tables.
    threads: usize,
}

/// What a part's own numbers are called in the trace.
struct Joint {
    resolved: Resolved,
    names: Names,
    clock: Clock,
    /// For each placement of the part, as far as they are known yet.
    placements: Vec<u32>,
}

impl Joint {
    fn goroutine(
        &self,
        goroutine: tracepane_wire::GoroutineIndex,
    ) -> tracepane_wire::GoroutineIndex {
        let place = self.resolved.goroutines.get(goroutine.0 as usize);
        place.map_or(tracepane_wire::GoroutineIndex::NONE, |&place| {
            tracepane_wire::GoroutineIndex(place)
        })
    }

    fn proc(&self, proc: tracepane_wire::ProcIndex) -> tracepane_wire::ProcIndex {
        let place = self.resolved.procs.get(proc.0 as usize);
        place.map_or(tracepane_wire::ProcIndex::NONE, |&place| {
            tracepane_wire::ProcIndex(place)
        })
    }

    fn thread(&self, thread: tracepane_wire::ThreadIndex) -> tracepane_wire::ThreadIndex {
        let place = self.resolved.threads.get(thread.0 as usize);
        place.map_or(tracepane_wire::ThreadIndex::NONE, |&place| {
            tracepane_wire::ThreadIndex(place)
        })
    }
}

impl Merger {
    /// Joins parts of a trace of `bytes` bytes (uncompressed) in this format.
    pub fn new(format: Format, bytes: u64) -> Self {
        Self {
            builder: Builder::new(),
            carry: Carry::new(bytes),
            next: None,
            last: 0,
            go_versions: format.go_versions().to_string(),
            bytes,
            report: Report::default(),
            threads: 1,
        }
    }

    /// Does it on so many threads.
    #[cfg(not(target_arch = "wasm32"))]
    pub(super) fn on_threads(self, threads: usize) -> Self {
        Self { threads, ..self }
    }

    /// How many events there are so far.
    pub fn events(&self) -> u64 {
        self.builder.events()
    }

    /// How many rows the span table has so far.
    pub fn rows(&self) -> usize {
        self.builder.spans.len()
    }

    /// The time of the last event so far.
    pub fn now(&self) -> Nanos {
        self.builder.now()
    }

    /// Adds the next part. The first one must have been read alone (the trace's beginning always is).
    ///
    /// # Errors
    /// If it does not fit what was before: the trace must be read in order.
    pub fn push<S: SpanSource>(&mut self, part: Part<S>) -> Result<(), Unsound> {
        if let Some(why) = part.unsound {
            return Err(Unsound(why));
        }
        let range = part.generations.clone();
        if part.alone != self.next.is_none() || self.next.is_some_and(|next| next != range.start) {
            return Err(Unsound::new("parts are not in order"));
        }
        self.take_report(&part.report);
        let last = clock::last(&part.builder)?;
        let resolved = self
            .carry
            .follow(&part.seam, &part.resources, part.alone)
            .map_err(Unsound)?;
        self.next = Some(range.end);
        if part.alone {
            self.builder = part.builder;
            self.builder.spans = SpanRows::from_spans(part.spans.into_table()?);
            self.last = last;
            return Ok(());
        }
        let clock = Clock::new(
            &part.builder,
            &part.times,
            self.builder.clock_start,
            self.last,
        )?;
        let resources = self.carry.resources();
        if let Some(last) = resources.goroutines.len().checked_sub(1) {
            let last = tracepane_wire::GoroutineIndex(last as u32);
            self.builder.ensure(last, resources);
        }
        self.builder.syscalls.ensure_procs(resources.procs.len());
        let names = Names::new(&mut self.builder.interner, &part.builder.interner)?;
        let mut joint = Joint {
            resolved,
            names,
            clock,
            placements: Vec::new(),
        };
        self.join(part, &mut joint)
    }

    fn join<S: SpanSource>(&mut self, part: Part<S>, joint: &mut Joint) -> Result<(), Unsound> {
        let Part {
            mut builder,
            mut spans,
            ..
        } = part;
        let seam = builder.seam.take().unwrap_or_default();
        let before = self.builder.now;
        let moved = self.join_spans(&builder, &mut spans, &seam, joint)?;
        drop(spans);
        let lives = self.join_lives(&builder, &seam, joint)?;
        self.join_goroutines(&builder, &lives, joint)?;
        self.join_syscalls(&builder, &moved, joint)?;
        self.join_tasks(&builder, joint)?;
        self.join_ranges(&builder, joint)?;
        self.join_rows(&builder, joint);
        let to = &mut self.builder;
        to.now = before.max(joint.clock.time(builder.now));
        to.sync = joint.clock.time(builder.sync);
        to.events += builder.events;
        to.other_events.merge(&builder.other_events);
        to.dropped_spans += builder.dropped_spans;
        self.last = to.clock_start.0 + to.now.0;
        if to.dropped_spans > 0 {
            return Err(Unsound::new("there are too many spans"));
        }
        Ok(())
    }

    fn take_report(&mut self, report: &Report) {
        for slip in &report.slips {
            let mut known = self.report.slips.iter_mut();
            match known.find(|known| known.kind == slip.kind) {
                Some(known) => known.count += slip.count,
                None => self.report.slips.push(slip.clone()),
            }
        }
    }

    /// The trace, as far as it was joined.
    pub fn finish(self) -> Trace {
        self.finish_with(SpanLists::Made)
    }

    /// [`Self::finish`], with or without lists of spans.
    pub(super) fn finish_with(self, lists: SpanLists) -> Trace {
        let rest = Finish {
            go_versions: self.go_versions,
            bytes: self.bytes,
            report: self.report,
            resources: self.carry.resources().clone(),
            lists,
            threads: self.threads,
        };
        self.builder.finish(rest)
    }
}
