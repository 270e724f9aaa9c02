//! Mutator utilization: which part of the procs is left to the program while the GC works, as a function of time
//! (`internal/trace/gc.go`).

use tracepane_model::sorting::sort_by_numbers;
use tracepane_model::{Nanos, ProcIndex, RangeKind, RangeRow, Trace};

use crate::gc_work::{GcWorkKind, for_each_gc_work};
use crate::scope::TimeRange;

mod as_go;
mod steps;
#[cfg(test)]
mod tests;

use steps::{Change, Steps};

/// What counts as the GC's time (`UtilFlags` of `internal/trace/gc.go`).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct UtilizationFlags {
    /// The GC's stop-the-world pauses. Those for other purposes do not count.
    pub stw: bool,
    /// Dedicated and fractional mark workers. Idle ones do not count: nobody else wanted their proc.
    pub background: bool,
    /// Mark assists, while their goroutine runs.
    pub assist: bool,
    /// Sweeping.
    pub sweep: bool,
    /// One function for each proc, 0 or 1, instead of one for all: what a goroutine on that proc has of it. Dedicated
    /// workers do not count then: they keep goroutines off their proc, but interrupt none.
    pub per_proc: bool,
}

impl Default for UtilizationFlags {
    /// As the page `/mmu` of `go tool trace` begins: everything but sweeps, all procs together.
    fn default() -> Self {
        Self {
            stw: true,
            background: true,
            assist: true,
            sweep: false,
            per_proc: false,
        }
    }
}

/// By whose rules.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub enum UtilizationRules {
    /// What happened.
    #[default]
    Right,
    /// Bit for bit what `go tool trace` 1.27 computes, with its faults:
    /// - A mark worker that runs a second time never ends: its proc counts as the GC's from then on.
    /// - An assist that was going on when the trace began counts for the proc that said so, also while its goroutine
    ///   waits, and that proc never gets it back.
    /// - Percentiles are the minimum; see [`crate::mutator_utilization_distribution`].
    AsGoToolTrace,
}

/// A step of a mutator utilization function.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Utilization {
    /// From when on.
    pub time: Nanos,
    /// The utilization, 0 to 1.
    pub part: f64,
}

/// A mutator utilization function: steps in time order. The last one ends it; its value means nothing.
pub type UtilizationSeries = Vec<Utilization>;

/// How many steps from a place on begin at or before a time. Cheap for times that are near: nothing far behind is looked
/// at.
pub(crate) fn steps_until(steps: &[Utilization], time: i64) -> usize {
    let is_before = |step: &Utilization| step.time.0 <= time;
    let (mut first, mut end) = (0, 8);
    while steps.get(end).is_some_and(is_before) {
        (first, end) = (end, end * 2);
    }
    let near = &steps[first..end.min(steps.len())];
    first + near.partition_point(is_before)
}

/// The most series there may be: a damaged trace could ask for any number of procs.
const MAX_SERIES: usize = 1 << 12;

/// The mutator utilization functions of a trace: one, or one for each proc (and one more for each time that a proc is
/// added again). None if the trace does not say how many procs there are.
pub fn utilization(
    trace: &Trace,
    flags: UtilizationFlags,
    rules: UtilizationRules,
) -> Vec<UtilizationSeries> {
    match rules {
        UtilizationRules::AsGoToolTrace => as_go::utilization(trace, flags),
        UtilizationRules::Right => right(trace, flags),
    }
}

/// The numbers of the procs that functions by proc belong to, in the order of [`utilization`]'s answer.
pub fn series_procs(trace: &Trace) -> Vec<u64> {
    let mut series = Vec::new();
    let mut procs = 0;
    for point in trace.metrics.gomaxprocs.iter() {
        let kept = point.value.min(MAX_SERIES as u64);
        for number in procs..kept {
            if series.len() < MAX_SERIES {
                series.push(number);
            }
        }
        procs = kept;
    }
    series
}

/// A function's part in a stretch of time; nothing if it has none there.
pub fn utilization_within(steps: &UtilizationSeries, time: TimeRange) -> UtilizationSeries {
    let (Some(first), Some(last)) = (steps.first(), steps.last()) else {
        return Vec::new();
    };
    let start = time.start.max(first.time);
    let end = time.end.min(last.time);
    if start >= end {
        return Vec::new();
    }
    // The last step at or before the start holds there.
    let begun = steps.partition_point(|step| step.time <= start);
    let after = steps.partition_point(|step| step.time < end);
    let mut part = Vec::with_capacity(after.saturating_sub(begun) + 2);
    part.push(Utilization {
        time: start,
        part: begun
            .checked_sub(1)
            .map_or(first.part, |place| steps[place].part),
    });
    part.extend_from_slice(steps.get(begun..after).unwrap_or_default());
    part.push(Utilization {
        time: end,
        part: 0.0,
    });
    part
}

impl UtilizationFlags {
    /// Whether a kind of work counts.
    pub fn counts(self, kind: GcWorkKind) -> bool {
        match kind {
            GcWorkKind::Dedicated => self.background && !self.per_proc,
            GcWorkKind::Fractional => self.background,
            GcWorkKind::Idle => false,
            GcWorkKind::Assist => self.assist,
            GcWorkKind::Sweep => self.sweep,
        }
    }
}

/// Whether a range is a stop-the-world pause of the GC (`isGCSTW`).
pub fn is_gc_pause(trace: &Trace, range: &RangeRow) -> bool {
    match range.kind {
        RangeKind::StopTheWorld(what) => trace.strings.get(what).contains("GC"),
        _ => false,
    }
}

/// The GC's pauses, in time order.
pub(crate) fn gc_pauses(trace: &Trace) -> impl Iterator<Item = RangeRow> + '_ {
    let rows = &trace.ranges;
    rows.stop_the_world
        .iter()
        .filter_map(|&place| rows.rows.get(place as usize))
        .filter(|range| is_gc_pause(trace, range))
}

/// A proc's number as an index of procs, which begin at 0; none for what is no proc of the program.
fn number(trace: &Trace, proc: ProcIndex) -> Option<u64> {
    let id = trace.procs.ids.get(proc.get()?)?;
    u64::try_from(id.0).ok()
}

fn right(trace: &Trace, flags: UtilizationFlags) -> Vec<UtilizationSeries> {
    let mut changes: Vec<(Nanos, Change)> = Vec::new();
    for (i, point) in trace.metrics.gomaxprocs.iter().enumerate() {
        // The first value is that of the beginning, wherever it stands.
        let time = if i == 0 { Nanos(0) } else { point.time };
        changes.push((time, Change::Procs(point.value)));
    }
    if flags.stw {
        for pause in gc_pauses(trace) {
            changes.push((pause.start, Change::Stop));
            changes.push((pause.end, Change::Start));
        }
    }
    let wanted = GcWorkKind::ALL.iter().any(|&kind| flags.counts(kind));
    if wanted {
        for_each_gc_work(trace, |work| {
            if flags.counts(work.kind)
                && work.start < work.end
                && let Some(proc) = number(trace, work.proc)
            {
                changes.push((work.start, Change::Begin(proc)));
                changes.push((work.end, Change::End(proc)));
            }
        });
    }
    sort_by_numbers(&mut changes, |&(time, change)| {
        [time.0, change.order().into()]
    });
    let mut steps = Steps::new(flags.per_proc, true);
    for (i, &(time, change)) in changes.iter().enumerate() {
        steps.change(time, change);
        // What happens at one moment is one step.
        if changes.get(i + 1).is_none_or(|&(next, _)| next > time) {
            steps.note(time);
        }
    }
    steps.finish(trace.end)
}
