//! The GC's page and its pauses, and minimum mutator utilization.

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use tracepane_analysis::gc_cycles::{GcCycle, GcCycles};
use tracepane_analysis::mmu::{CurvePoint, WORST_WINDOWS};
use tracepane_analysis::utilization::series_procs;
use tracepane_analysis::{
    GcWorkKind, Mmu, Pauses, Scope, TimeHistogram, TimeRange, UtilizationFlags, UtilizationRules,
    format, gc_cycles, gc_cycles_within, gc_series, pauses, utilization, utilization_within,
};
use tracepane_model::{Nanos, Trace};

use super::opened::OpenTrace;
use super::tables::head;
use super::words::{self, duration_fact, fact};
use crate::protocol::{
    Along, Cell, Chart, ColumnKind, Fact, GcPage, Histogram, Link, Listing, MmuCurve, MmuOf,
    MmuPoint, MmuWorst, PauseKinds, Row, Selection, Series, Unit, WorstWindow,
};

/// How many points a chart over time has at most.
pub const POINTS: usize = 600;

/// How many mark phases a chart marks at most; more would be one grey.
const MARKED: usize = 400;

/// For how many sets of flags mutator utilization is kept.
const KEPT: usize = 3;

/// What is computed once of a trace, or of a part of its time.
#[derive(Default)]
pub struct Known {
    time: Option<TimeRange>,
    cycles: OnceCell<GcCycles>,
    pauses: OnceCell<Pauses>,
    mmu: RefCell<Vec<(MmuOf, Rc<KnownMmu>)>>,
}

/// Mutator utilization with the procs that its functions belong to, if each proc has its own.
struct KnownMmu {
    mmu: Mmu,
    procs: Vec<u64>,
}

impl Known {
    /// Of a part of time, or of all of it.
    pub fn new(time: Option<TimeRange>) -> Self {
        Self {
            time,
            ..Self::default()
        }
    }

    /// The cycles that touch it.
    pub fn cycles(&self, trace: &Trace) -> &GcCycles {
        self.cycles.get_or_init(|| match self.time {
            None => gc_cycles(trace),
            Some(time) => gc_cycles_within(trace, time),
        })
    }

    /// The pauses that touch it.
    pub fn pauses(&self, trace: &Trace) -> &Pauses {
        self.pauses.get_or_init(|| {
            let scope = Scope {
                time: self.time,
                ..Scope::ALL
            };
            pauses(trace, &scope)
        })
    }

    /// Mutator utilization; percentiles do not change it.
    fn mmu(&self, trace: &Trace, of: &MmuOf) -> Rc<KnownMmu> {
        let key = MmuOf {
            percentiles: false,
            ..*of
        };
        let mut kept = self.mmu.borrow_mut();
        if let Some((_, known)) = kept.iter().find(|(known, _)| *known == key) {
            return Rc::clone(known);
        }
        let functions = utilization(trace, flags(of), rules(of));
        let procs = match of.per_proc {
            true => series_procs(trace),
            false => vec![0; functions.len()],
        };
        let (functions, procs): (Vec<_>, Vec<u64>) = functions
            .into_iter()
            .zip(procs)
            .map(|(steps, proc)| match self.time {
                None => (steps, proc),
                Some(time) => (utilization_within(&steps, time), proc),
            })
            .filter(|(steps, _)| !steps.is_empty())
            .unzip();
        let mmu = Mmu::new(&functions);
        let computed = Rc::new(KnownMmu { mmu, procs });
        if kept.len() >= KEPT {
            kept.remove(0);
        }
        kept.push((key, Rc::clone(&computed)));
        computed
    }
}

/// The GC's page.
pub fn page(open: &OpenTrace) -> GcPage {
    let trace = &open.trace;
    let cycles = open.at.gc.cycles(trace);
    let series = gc_series(trace, open.at.time().unwrap_or(TimeRange::ALL), POINTS);
    let at: Vec<f64> = series.buckets.iter().map(|b| b.start.0 as f64).collect();
    let line = |key: &str, title: &str, values: Vec<Option<f64>>| Series {
        key: key.into(),
        title: title.into(),
        area: false,
        values,
    };
    let buckets = || series.buckets.iter();
    let marks: Vec<(f64, f64)> = match cycles.rows.len() {
        0..=MARKED => (cycles.rows.iter())
            .map(|cycle| (cycle.start.0 as f64, cycle.end.0 as f64))
            .collect(),
        _ => Vec::new(),
    };
    let heap = Chart {
        along: Along::Time,
        at: at.clone(),
        end: series.end.0 as f64,
        unit: Unit::Bytes,
        series: vec![
            Series {
                area: true,
                ..line(
                    "heap",
                    "Heap",
                    buckets()
                        .map(|b| b.heap.map(|(_, most)| most as f64))
                        .collect(),
                )
            },
            line(
                "heap-goal",
                "Goal",
                buckets().map(|b| b.goal.map(|goal| goal as f64)).collect(),
            ),
        ],
        marks: marks.clone(),
    };
    let work = |kind: GcWorkKind| -> Vec<Option<f64>> {
        buckets().map(|b| Some(b.work[kind as usize])).collect()
    };
    let workers = buckets().map(|b| {
        let of = |kind: GcWorkKind| b.work[kind as usize];
        Some(of(GcWorkKind::Dedicated) + of(GcWorkKind::Fractional))
    });
    let area = |key: &str, title: &str, values: Vec<Option<f64>>| Series {
        area: true,
        ..line(key, title, values)
    };
    let share = Chart {
        along: Along::Time,
        at,
        end: series.end.0 as f64,
        unit: Unit::Share,
        series: match series.shares_known {
            false => Vec::new(),
            true => vec![
                area(
                    "stw",
                    "Stopped",
                    buckets().map(|b| Some(b.stopped)).collect(),
                ),
                area("workers", "Mark workers", workers.collect()),
                area("assist", "Mark assists", work(GcWorkKind::Assist)),
                area("sweep", "Sweeping", work(GcWorkKind::Sweep)),
                area("idle-workers", "Idle mark workers", work(GcWorkKind::Idle)),
            ],
        },
        marks,
    };
    GcPage {
        facts: facts(open, cycles),
        heap,
        share,
    }
}

fn facts(open: &OpenTrace, cycles: &GcCycles) -> Vec<Fact> {
    let trace = &open.trace;
    let rows = &cycles.rows;
    let mut facts = vec![fact("Cycles", format::count(rows.len() as u64))];
    if let (Some(first), Some(last)) = (rows.first(), rows.last())
        && rows.len() > 1
    {
        let between = (last.start.0 - first.start.0) / (rows.len() as i64 - 1);
        facts.push(duration_fact("Apart, on average", Nanos(between)));
    }
    let longest = rows.iter().max_by_key(|cycle| cycle.length());
    if let Some(longest) = longest {
        facts.push(Fact {
            link: Some(cycle_link(longest)),
            ..duration_fact("Longest cycle", longest.length())
        });
    }
    let pauses = open.at.gc.pauses(trace);
    let of_gc = pauses.rows.iter().filter(|pause| is_gc(trace, pause.kind));
    let window = open.at.all().window(trace);
    let paused = of_gc
        .clone()
        .map(|pause| window.overlap(pause.start, pause.end));
    let total = Nanos(paused.fold(0, i64::saturating_add));
    if let Some(longest) = of_gc.max_by_key(|pause| pause.length()) {
        let share = format::percent(total.0 as f64, window.length().0 as f64);
        facts.push(Fact {
            value: format!("{}, {share} of the time", format::duration(total)),
            ..duration_fact("Paused in all", total)
        });
        facts.push(Fact {
            link: Some(range_link(longest.range, longest.start, longest.end)),
            ..duration_fact("Longest pause", longest.length())
        });
    }
    let available = cycles.available.0 as f64;
    let of = |kind: GcWorkKind| cycles.work[kind as usize].0 as f64;
    if available > 0.0 && !rows.is_empty() {
        let workers = of(GcWorkKind::Dedicated) + of(GcWorkKind::Fractional);
        let share = |part: f64| format::percent(part, available);
        let all = workers + of(GcWorkKind::Assist) + of(GcWorkKind::Sweep);
        facts.push(fact("GC's share of the procs", share(all)));
        facts.push(fact("Mark workers", share(workers)));
        facts.push(fact("Mark assists", share(of(GcWorkKind::Assist))));
        facts.push(fact("Sweeping", share(of(GcWorkKind::Sweep))));
        if of(GcWorkKind::Idle) > 0.0 {
            facts.push(fact("On idle procs besides", share(of(GcWorkKind::Idle))));
        }
    }
    facts
}

fn is_gc(trace: &Trace, kind: tracepane_model::StringRef) -> bool {
    trace.strings.get(kind).contains("GC")
}

/// A link that selects a range.
pub fn range_link(range: u32, start: Nanos, end: Nanos) -> Link {
    Link::Select {
        selection: Selection::Range(range),
        time: (start.0 as f64, end.0 as f64),
    }
}

/// A link that selects a cycle's mark phase.
pub fn cycle_link(cycle: &GcCycle) -> Link {
    range_link(cycle.range, cycle.start, cycle.end)
}

/// The pauses by kind.
pub fn pause_kinds(open: &OpenTrace) -> PauseKinds {
    use ColumnKind::{Count, Text, Time};
    let trace = &open.trace;
    let pauses = open.at.gc.pauses(trace);
    let rows = pauses.kinds.iter().map(|kind| Row {
        cells: vec![
            words::text_cell(pause_name(trace.strings.get(kind.kind))),
            words::count_cell(kind.count),
            words::duration_cell(kind.total),
            words::duration_cell(kind.p50),
            words::duration_cell(kind.p99),
            Cell {
                link: longest_of(pauses, kind),
                ..words::duration_cell(kind.longest)
            },
        ],
        stack: None,
        bar: Vec::new(),
    });
    let histogram = |wanted: Option<tracepane_model::StringRef>| {
        let rows = pauses.rows.iter();
        let lengths = rows
            .filter(|pause| wanted.is_none_or(|kind| kind == pause.kind))
            .map(|pause| pause.length());
        Histogram::from(&TimeHistogram::of(lengths))
    };
    let kinds = pauses.kinds.iter().map(|kind| {
        let title = pause_name(trace.strings.get(kind.kind)).to_owned();
        (title, histogram(Some(kind.kind)))
    });
    let all = ("All kinds".to_owned(), histogram(None));
    PauseKinds {
        kinds: Listing {
            columns: vec![
                head("kind", "Purpose", Text, "What the world was stopped for."),
                head("count", "Count", Count, "How many times."),
                head("total", "In all", Time, "How long in all."),
                head("p50", "Median", Time, "Half of them are at most so long."),
                head("p99", "p99", Time, "99 of 100 are at most so long."),
                head("longest", "Longest", Time, "The longest one."),
            ],
            total: pauses.kinds.len() as u32,
            rows: rows.collect(),
        },
        lengths: std::iter::once(all).chain(kinds).collect(),
    }
}

fn longest_of(pauses: &Pauses, kind: &tracepane_analysis::PauseKind) -> Option<Link> {
    let place = pauses
        .rows
        .partition_point(|pause| pause.start < kind.longest_at);
    let pause = pauses.rows[place..]
        .iter()
        .find(|pause| pause.kind == kind.kind)?;
    Some(range_link(pause.range, pause.start, pause.end))
}

/// What the world was stopped for; the runtime does not always say.
pub fn pause_name(kind: &str) -> &str {
    if kind.is_empty() { "(not told)" } else { kind }
}

fn flags(of: &MmuOf) -> UtilizationFlags {
    UtilizationFlags {
        stw: of.stw,
        background: of.background,
        assist: of.assist,
        sweep: of.sweep,
        per_proc: of.per_proc,
    }
}

fn rules(of: &MmuOf) -> UtilizationRules {
    match of.as_go {
        true => UtilizationRules::AsGoToolTrace,
        false => UtilizationRules::Right,
    }
}

const NO_PROCS: &str =
    "The trace does not say how many procs there were, so utilization cannot be computed.";

/// A curve.
///
/// # Errors
/// A sentence, if the trace says too little.
pub fn mmu_curve(open: &OpenTrace, of: &MmuOf) -> Result<MmuCurve, String> {
    let known = open.at.gc.mmu(&open.trace, of);
    let points = known.mmu.curve(of.percentiles, rules(of));
    if points.is_empty() {
        return Err(NO_PROCS.into());
    }
    Ok(MmuCurve {
        of: *of,
        points: points.into_iter().map(point).collect(),
    })
}

fn point(of: CurvePoint) -> MmuPoint {
    MmuPoint {
        window: of.window.0 as f64,
        min: of.min,
        percentiles: of.percentiles,
    }
}

/// The worst windows of a length.
///
/// # Errors
/// A sentence, if the trace says too little.
pub fn mmu_worst(open: &OpenTrace, of: &MmuOf, window: f64) -> Result<MmuWorst, String> {
    let trace = &open.trace;
    let known = open.at.gc.mmu(trace, of);
    let mmu = &known.mmu;
    let length = open.at.all().window(trace).length().0;
    let window = Nanos((window as i64).clamp(1, length.max(1)));
    if mmu.is_empty() {
        return Err(NO_PROCS.into());
    }
    let windows = mmu.worst(window, WORST_WINDOWS).into_iter();
    Ok(MmuWorst {
        of: *of,
        point: point(mmu.point(window, of.percentiles, rules(of))),
        windows: windows
            .map(|worst| {
                let end = Nanos(worst.time.0.saturating_add(window.0));
                WorstWindow {
                    part: worst.part,
                    text: format::duration(worst.time),
                    exact: format!("{} after the trace's start", format::exact(worst.time)),
                    proc: (known.procs.get(worst.series))
                        .filter(|_| of.per_proc)
                        .map(|proc| format!("Proc {proc}")),
                    time: (worst.time.0 as f64, end.0 as f64),
                }
            })
            .collect(),
    })
}
