//! The scheduler's page.

use std::cell::OnceCell;

use tracepane_analysis::scheduler::{SchedulerTimes, scheduler_times};
use tracepane_analysis::{Latencies, ProcTimes, RunnableSeries, TimeRange, format};
use tracepane_model::{Nanos, Trace};

use super::gc::POINTS;
use super::opened::OpenTrace;
use super::tables::head;
use super::words::{self, duration_fact, fact};
use crate::protocol::{
    Along, Chart, ColumnKind, Fact, Histogram, LatencyPage, Listing, ProcsPage, Row, Series, Unit,
};

/// How many procs are listed.
const MOST_PROCS: usize = 512;

/// What is computed once of a trace, or of a part of its time.
#[derive(Default)]
pub struct Known {
    time: Option<TimeRange>,
    times: OnceCell<SchedulerTimes>,
}

impl Known {
    /// Of a part of time, or of all of it.
    pub fn new(time: Option<TimeRange>) -> Self {
        Self {
            time,
            ..Self::default()
        }
    }

    /// All that the views show.
    fn times(&self, trace: &Trace) -> &SchedulerTimes {
        self.times
            .get_or_init(|| scheduler_times(trace, self.time, POINTS))
    }

    /// The latencies of all goroutines that ended in it.
    pub fn latencies(&self, trace: &Trace) -> &Latencies {
        &self.times(trace).latencies
    }
}

/// The latencies in a few numbers.
pub fn latency_page(open: &OpenTrace) -> LatencyPage {
    let trace = &open.trace;
    let known = open.at.scheduler.latencies(trace);
    let all = known.all;
    let mut facts = vec![
        fact("Waits for a proc", format::count(all.count)),
        duration_fact("In all", all.total),
        duration_fact("Mean", all.mean()),
        duration_fact("Median", all.p50),
        duration_fact("p90", all.p90),
        duration_fact("p99", all.p99),
        duration_fact("p99.9", all.p999),
    ];
    facts.push(Fact {
        link: (known.worst.first()).map(|worst| words::span_link(trace, worst.span)),
        ..duration_fact("Longest", all.longest)
    });
    if known.unfinished > 0 {
        facts.push(Fact {
            value: format!(
                "{}, the longest for {}",
                format::count(known.unfinished),
                format::duration(known.longest_unfinished)
            ),
            ..duration_fact("Waiting still at the end", known.longest_unfinished)
        });
    }
    LatencyPage {
        facts,
        histogram: Histogram::from(&known.histogram),
    }
}

/// Runnable goroutines and procs.
pub fn procs_page(open: &OpenTrace) -> ProcsPage {
    let trace = &open.trace;
    let SchedulerTimes {
        runnable: series,
        procs,
        ..
    } = open.at.scheduler.times(trace);
    let buckets = || series.buckets.iter();
    let line = |key: &str, title: &str, values: Vec<Option<f64>>| Series {
        key: key.into(),
        title: title.into(),
        area: false,
        values,
    };
    let mut runnable = Chart {
        along: Along::Time,
        at: buckets().map(|b| b.start.0 as f64).collect(),
        end: series.end.0 as f64,
        unit: Unit::Count,
        series: vec![
            line(
                "most-runnable",
                "Most at once",
                buckets().map(|b| Some(b.most_runnable as f64)).collect(),
            ),
            Series {
                area: true,
                ..line(
                    "runnable",
                    "Runnable",
                    buckets().map(|b| Some(b.runnable)).collect(),
                )
            },
            line(
                "running",
                "Running",
                buckets().map(|b| Some(b.running)).collect(),
            ),
        ],
        marks: Vec::new(),
    };
    if series.procs_known {
        runnable.series.push(line(
            "wasted",
            "Idle procs meanwhile",
            buckets().map(|b| Some(b.wasted)).collect(),
        ));
    }
    let whole = |of: fn(&ProcTimes) -> Nanos| {
        let sum = procs.iter().map(|proc| of(proc).0);
        sum.fold(0, i64::saturating_add) as f64
    };
    let total = whole(|proc| proc.total);
    let mut facts = vec![
        fact("Procs", format::count(procs.len() as u64)),
        fact(
            "Most runnable at once",
            format::counted(series.most_runnable, "goroutine"),
        ),
    ];
    if total > 0.0 {
        let share = |part| format::percent(part, total);
        facts.push(fact("Running goroutines", share(whole(|p| p.running))));
        facts.push(fact("Idle", share(whole(|p| p.idle))));
    }
    if series.procs_known {
        facts.push(wasted(open, series));
    }
    ProcsPage {
        facts,
        runnable,
        procs: listing(trace, procs),
    }
}

/// How long procs were idle although a goroutine could run.
fn wasted(open: &OpenTrace, series: &RunnableSeries) -> Fact {
    let length = open.at.all().window(&open.trace).length();
    Fact {
        value: format!(
            "{} of proc time, during {} of the {}",
            format::duration(series.wasted),
            format::percent(series.wasting.0 as f64, length.0 as f64),
            match open.at.scope {
                None => "trace",
                Some(_) => "range",
            }
        ),
        ..duration_fact("Idle while some were runnable", series.wasted)
    }
}

fn listing(trace: &Trace, procs: &[ProcTimes]) -> Listing {
    use ColumnKind::{Time, Word};
    let longest = procs.iter().map(|proc| proc.total.0).max().unwrap_or(0);
    let longest = (longest as f64).max(1.0);
    let rows = procs.iter().take(MOST_PROCS).map(|times| {
        let id = trace.procs.ids.get(times.proc.0 as usize);
        let name = id.map_or_else(String::new, |id| format!("Proc {id}"));
        let parts = [
            ("running", times.running),
            ("gc-work", times.gc),
            ("syscall", times.syscall),
            ("stw", times.stopped),
            ("scheduling", times.scheduling),
            ("idle", times.idle),
        ];
        let mut cells = vec![words::text_cell(name)];
        cells.extend(parts.iter().map(|&(_, nanos)| words::duration_cell(nanos)));
        Row {
            cells,
            stack: None,
            bar: parts
                .iter()
                .filter(|(_, nanos)| nanos.0 > 0)
                .map(|&(key, nanos)| (key.to_owned(), nanos.0 as f64 / longest))
                .collect(),
        }
    });
    Listing {
        columns: vec![
            head("proc", "Proc", Word, "Its number."),
            head(
                "running",
                "Running",
                Time,
                "It ran goroutines, apart from their work for the GC.",
            ),
            head(
                "gc",
                "GC work",
                Time,
                "Mark workers, mark assists and sweeping.",
            ),
            head(
                "syscall",
                "System calls",
                Time,
                "Its goroutine was in a system call and still held it.",
            ),
            head(
                "stopped",
                "Stopped",
                Time,
                "The world was stopped and it ran nothing.",
            ),
            head(
                "scheduling",
                "Scheduling",
                Time,
                "Its thread looked for work or went from one goroutine to another.",
            ),
            head("idle", "Idle", Time, "It had nothing to do."),
        ],
        total: procs.len() as u32,
        rows: rows.collect(),
    }
}
