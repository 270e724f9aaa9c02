//! What the GC did on procs, piece by piece: mark workers, mark assists, sweeps.
//!
//! A piece is a stretch of one proc's time. Assists and workers count only while their goroutine runs: an assist that
//! waits for others to mark takes nobody's time but its own.

use tracepane_model::{
    Cause, GoroutineIndex, Nanos, ProcIndex, RangeKind, RangeRow, RangeScope, SpanIndex, SpanState,
    StringRef, Trace,
};

use crate::profiles::found_since;

/// What kind of work.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum GcWorkKind {
    /// A mark worker that has its proc for itself, a quarter of all procs.
    Dedicated,
    /// A mark worker that runs now and then, to reach a quarter where the procs cannot be divided by four.
    Fractional,
    /// A mark worker on a proc that had nothing else to do.
    Idle,
    /// A goroutine helps to mark, because it allocates.
    Assist,
    /// Sweeping, in the background or because memory is needed.
    Sweep,
}

impl GcWorkKind {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Dedicated,
        Self::Fractional,
        Self::Idle,
        Self::Assist,
        Self::Sweep,
    ];

    /// The kind that a mark worker's label tells (`gcMarkWorkerModeStrings` of `runtime/mgc.go`).
    pub fn of_label(label: &str) -> Option<Self> {
        Some(match label {
            "GC (dedicated)" => Self::Dedicated,
            "GC (fractional)" => Self::Fractional,
            "GC (idle)" => Self::Idle,
            _ => return None,
        })
    }

    /// In words.
    pub fn title(self) -> &'static str {
        match self {
            Self::Dedicated => "Dedicated workers",
            Self::Fractional => "Fractional workers",
            Self::Idle => "Idle workers",
            Self::Assist => "Mark assists",
            Self::Sweep => "Sweeping",
        }
    }
}

/// A stretch of a proc's time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct GcWork {
    /// What for.
    pub kind: GcWorkKind,
    /// Whose time.
    pub proc: ProcIndex,
    /// Who did it, or NONE.
    pub goroutine: GoroutineIndex,
    /// From when on.
    pub start: Nanos,
    /// Until when.
    pub end: Nanos,
}

/// Calls `f` with each piece of work, assists by goroutine, workers in time order, then sweeps in time order.
pub fn for_each_gc_work(trace: &Trace, mut f: impl FnMut(GcWork)) {
    assists(trace, &mut f);
    workers(trace, &mut f);
    for range in trace.ranges.rows.iter() {
        if let (RangeKind::GcSweep, RangeScope::Proc(proc)) = (range.kind, range.scope) {
            f(GcWork {
                kind: GcWorkKind::Sweep,
                proc,
                goroutine: range.began_by,
                start: range.start,
                end: range.end,
            });
        }
    }
}

/// The parts of assists in which their goroutine ran.
fn assists(trace: &Trace, f: &mut impl FnMut(GcWork)) {
    let mut walk = SpanWalk::default();
    for (goroutine, range) in trace.ranges.bound_to_goroutines() {
        if range.kind == RangeKind::GcMarkAssist {
            walk.running(trace, goroutine, &range, &mut |proc, start, end| {
                f(GcWork {
                    kind: GcWorkKind::Assist,
                    proc,
                    goroutine,
                    start,
                    end,
                });
            });
        }
    }
}

/// A goroutine's spans, gone through once for many ranges in time order.
#[derive(Default)]
struct SpanWalk {
    goroutine: Option<GoroutineIndex>,
    place: usize,
}

impl SpanWalk {
    fn running(
        &mut self,
        trace: &Trace,
        goroutine: GoroutineIndex,
        range: &RangeRow,
        f: &mut impl FnMut(ProcIndex, Nanos, Nanos),
    ) {
        let spans = trace.goroutines.spans(goroutine);
        if self.goroutine != Some(goroutine) {
            self.goroutine = Some(goroutine);
            self.place = 0;
        }
        let start_of = |place: usize| trace.spans.start(SpanIndex(spans[place]));
        let rest = &spans[self.place.min(spans.len())..];
        // Assists are often many spans apart.
        let before =
            rest.partition_point(|&span| trace.spans.start(SpanIndex(span)) <= range.start);
        self.place += before.saturating_sub(1);
        let mut place = self.place;
        // What a goroutine was found doing, it did before, too.
        let found = place == 0 && before == 0;
        while place < spans.len() {
            let start = if found && place == 0 && was_going_on(trace, spans[0]) {
                range.start
            } else {
                start_of(place)
            };
            if start >= range.end {
                break;
            }
            let span = SpanIndex(spans[place]);
            let end = trace.span_end_at(goroutine, place).min(range.end);
            let start = start.max(range.start);
            if start < end
                && let Some(proc) = running_on(trace, span)
            {
                f(proc, start, end);
            }
            place += 1;
        }
    }
}

fn was_going_on(trace: &Trace, span: u32) -> bool {
    trace.spans.kind(SpanIndex(span)).was_going_on()
}

/// The proc that a Running span is on.
pub(crate) fn running_on(trace: &Trace, span: SpanIndex) -> Option<ProcIndex> {
    if trace.spans.kind(span).state() != SpanState::Running {
        return None;
    }
    match trace.spans.cause(span) {
        Cause::Placement(placement) => Some(trace.procs.placement(placement).proc),
        Cause::None | Cause::Goroutine(_) => None,
    }
}

/// Mark workers: from the label that says what one does, which the runtime writes whenever one begins to run, until it
/// stops. One that was found running, whose label is older than the trace, is taken for a dedicated one: those run
/// longest.
fn workers(trace: &Trace, f: &mut impl FnMut(GcWork)) {
    let mut kinds = LabelKinds::default();
    // Goroutines whose label fell into their first span.
    let mut labelled = Vec::new();
    for label in trace.labels.iter() {
        let Some(kind) = kinds.of(trace, label.label) else {
            continue;
        };
        let Some(place) = trace.span_at(label.goroutine, label.time) else {
            continue;
        };
        if place == 0 {
            labelled.push(label.goroutine);
        }
        let span = SpanIndex(trace.goroutines.spans(label.goroutine)[place]);
        let end = trace.span_end_at(label.goroutine, place);
        if label.time < end
            && let Some(proc) = running_on(trace, span)
        {
            f(GcWork {
                kind,
                proc,
                goroutine: label.goroutine,
                start: label.time,
                end,
            });
        }
    }
    labelled.sort_unstable();
    for (i, row) in trace.goroutines.rows.iter().enumerate() {
        let goroutine = GoroutineIndex(i as u32);
        if !row.is_system()
            || !is_worker(trace.strings.get(row.name))
            || labelled.binary_search(&goroutine).is_ok()
        {
            continue;
        }
        let Some(&span) = trace.goroutines.spans(goroutine).first() else {
            continue;
        };
        let start = trace.spans.start(SpanIndex(span));
        let end = trace.span_end_at(goroutine, 0);
        if was_going_on(trace, span)
            && start < end
            && let Some(proc) = running_on(trace, SpanIndex(span))
        {
            f(GcWork {
                kind: GcWorkKind::Dedicated,
                proc,
                goroutine,
                start: found_since(trace, start),
                end,
            });
        }
    }
}

/// Whether goroutines with this name are mark workers; Go 1.22 and newer start them through a wrapper.
fn is_worker(name: &str) -> bool {
    name == "runtime.gcBgMarkWorker" || name.starts_with("runtime.gcBgMarkStartWorkers")
}

/// Labels are few and repeat.
#[derive(Default)]
struct LabelKinds {
    last: Option<(StringRef, Option<GcWorkKind>)>,
}

impl LabelKinds {
    fn of(&mut self, trace: &Trace, label: StringRef) -> Option<GcWorkKind> {
        match self.last {
            Some((known, kind)) if known == label => kind,
            _ => {
                let kind = GcWorkKind::of_label(trace.strings.get(label));
                self.last = Some((label, kind));
                kind
            }
        }
    }
}
