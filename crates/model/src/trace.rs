//! The [`Trace`]: every table, and the few questions that all parts ask of it.

use tracepane_wire::{ClockSnapshot, EventCounts, GoroutineIndex, Nanos, Report};

use crate::column::Column;
use crate::goroutine::Goroutines;
use crate::metric::Metrics;
use crate::proc::Procs;
use crate::range::Ranges;
use crate::sample::Sample;
use crate::span::{SpanIndex, Spans};
use crate::stack::Stacks;
use crate::string::Strings;
use crate::task::{LabelRow, LogRow, RegionRow, TaskRow};

/// Where a generation lies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct GenerationRow {
    /// Its number in the file.
    pub number: u64,
    /// When it begins.
    pub start: Nanos,
    /// Where its first batch begins in the (uncompressed) trace, in bytes.
    pub offset: u64,
    /// How many bytes it has.
    pub bytes: u64,
    /// Its clock snapshot; `trace` is absolute.
    pub clock: Option<ClockSnapshot>,
    /// Its end was cut off or damaged.
    pub cut: bool,
}

/// A whole trace, read-only.
#[derive(Clone, Default, PartialEq, Debug)]
pub struct Trace {
    /// The Go versions that write this format, e.g. "Go 1.26 or 1.27".
    pub go_versions: String,
    /// How many bytes the (uncompressed) trace has.
    pub bytes: u64,
    /// How many events were read, Sync events included.
    pub events: u64,
    /// The same by type.
    pub event_counts: EventCounts,
    /// The trace clock's time at the trace's start; add it to get the times that `go tool trace -d=parsed` prints.
    pub clock_start: Nanos,
    /// When the trace ends: the time of its last event.
    pub end: Nanos,
    /// All text.
    pub strings: Strings,
    /// All stacks.
    pub stacks: Stacks,
    /// The generations, in order.
    pub generations: Vec<GenerationRow>,
    /// The goroutines.
    pub goroutines: Goroutines,
    /// The goroutines' spans.
    pub spans: Spans,
    /// Procs and threads.
    pub procs: Procs,
    /// GC and stop-the-world ranges.
    pub ranges: Ranges,
    /// Counters.
    pub metrics: Metrics,
    /// CPU samples, in time order.
    pub samples: Column<Sample>,
    /// Tasks, in order of first mention.
    pub tasks: Vec<TaskRow>,
    /// Regions, in order of their beginnings (those begun before the trace stand where they ended).
    pub regions: Column<RegionRow>,
    /// Logs, in time order.
    pub logs: Column<LogRow>,
    /// Labels, in time order.
    pub labels: Column<LabelRow>,
    /// What was odd or lost.
    pub report: Report,
}

impl Trace {
    /// When a span ends: where its goroutine's next one begins, or with the trace.
    pub fn span_end(&self, span: SpanIndex) -> Nanos {
        let goroutine = self.spans.goroutine(span);
        let spans = self.goroutines.spans(goroutine);
        match spans.binary_search(&span.0) {
            Ok(place) => self.span_end_at(goroutine, place),
            Err(_) => self.end,
        }
    }

    /// When the span at `place` in its goroutine's list ends.
    pub fn span_end_at(&self, goroutine: GoroutineIndex, place: usize) -> Nanos {
        match self.goroutines.spans(goroutine).get(place + 1) {
            Some(&next) => self.spans.start(SpanIndex(next)),
            None => self.end,
        }
    }

    /// The place, in its goroutine's list, of the span that contains `time`, if any (a Dead span counts).
    pub fn span_at(&self, goroutine: GoroutineIndex, time: Nanos) -> Option<usize> {
        self.goroutines
            .spans(goroutine)
            .partition_point(|&span| self.spans.start(SpanIndex(span)) <= time)
            .checked_sub(1)
    }

    /// The wall-clock time of a moment, as whole seconds and nanoseconds since the Unix epoch, from the nearest
    /// clock snapshot before it (or the first); `None` if the trace has none (before Go 1.25).
    pub fn wall_clock(&self, time: Nanos) -> Option<(i64, u32)> {
        let absolute = self.clock_start.0.saturating_add(time.0);
        let snapshots = || self.generations.iter().filter_map(|g| g.clock);
        let snapshot = snapshots()
            .take_while(|s| s.trace.0 <= absolute)
            .last()
            .or_else(|| snapshots().next())?;
        let nanos = i128::from(snapshot.wall_seconds) * 1_000_000_000
            + i128::from(snapshot.wall_nanos)
            + i128::from(absolute)
            - i128::from(snapshot.trace.0);
        let seconds = i64::try_from(nanos.div_euclid(1_000_000_000)).ok()?;
        Some((seconds, nanos.rem_euclid(1_000_000_000) as u32))
    }
}
