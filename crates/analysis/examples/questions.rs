//! How long the answers to the page's questions take, one line for each, the slowest first:
//! `cargo run --release -p tracepane-analysis --example questions TRACE [WORD: only those whose name has it]`
//!
//! The time is that of this thread on a processor, the least of [`RUNS`] runs.

use std::error::Error;
use std::hint::black_box;
use std::time::Instant;

use tracepane_analysis::annotations::{Annotations, ProfileScope};
use tracepane_analysis::find::{self, parse};
use tracepane_analysis::functions::functions;
use tracepane_analysis::scheduler::scheduler_times;
use tracepane_analysis::span_lengths::SpanLengths;
use tracepane_analysis::waits::wait_places;
use tracepane_analysis::{
    Completeness, GoroutineScope, Mmu, ProfileKind, RegionFilter, Scope, TaskFilter, TaskWork,
    TimeRange, UtilizationFlags, UtilizationRules, for_each_gc_work, gc_cycles, gc_series,
    goroutine_times, group_rows, latencies, pauses, proc_times, profile, profile_of, range_summary,
    region_times, runnable_series, summary, top_stacks, utilization,
};
use tracepane_model::{GoroutineIndex, GroupIndex, Nanos, ReasonId, SpanState, Trace, load};

/// How often each question is asked.
const RUNS: usize = 3;

/// Searches of each kind.
const QUERIES: [&str; 14] = [
    "runnable > 1ms",
    "running",
    "waiting > 10us",
    "waiting:sync > 10us",
    "main",
    "fn:main",
    "fn:runtime running",
    "g:17",
    "by:g1",
    "gc or runnable > 100us",
    "gc runnable",
    "stw",
    "syscall",
    "!running > 1us",
];

/// Questions with their times.
struct Asked {
    only: String,
    rows: Vec<(String, f64)>,
}

impl Asked {
    fn ask<T>(&mut self, name: &str, mut question: impl FnMut() -> T) {
        if !name.contains(&self.only) {
            return;
        }
        let times = (0..RUNS).map(|_| {
            let (wall, cpu) = (Instant::now(), cpu_seconds());
            black_box(question());
            let wall = wall.elapsed().as_secs_f64();
            cpu_seconds()
                .zip(cpu)
                .map_or(wall, |(now, then)| now - then)
        });
        let least = times.fold(f64::INFINITY, f64::min);
        self.rows.push((name.to_owned(), least));
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let bytes = std::fs::read(arguments.next().ok_or("which trace?")?)?;
    let trace = load(&bytes[..], Default::default())?;
    drop(bytes);
    println!(
        "{} events, {} spans, {} goroutines, {} ranges, {} regions, {} tasks",
        trace.events,
        trace.spans.len(),
        trace.goroutines.len(),
        trace.ranges.rows.len(),
        trace.regions.len(),
        trace.tasks.len()
    );
    let mut asked = Asked {
        only: arguments.next().unwrap_or_default(),
        rows: Vec::new(),
    };
    let tenth = TimeRange {
        start: Nanos(trace.end.0 / 10 * 4),
        end: Nanos(trace.end.0 / 10 * 5),
    };
    let nearly_all = TimeRange {
        start: Nanos(trace.end.0 / 50),
        end: Nanos(trace.end.0 / 50 * 49),
    };
    for (name, time) in [
        ("whole", None),
        ("98 %", Some(nearly_all)),
        ("10 %", Some(tenth)),
    ] {
        of_time(&mut asked, &trace, name, time);
    }
    of_goroutines(&mut asked, &trace);
    of_gc(&mut asked, &trace);
    for text in QUERIES {
        let query = parse(text)?;
        asked.ask(&format!("find {text}"), || find::find(&trace, &query, None));
    }
    asked.rows.sort_by(|a, b| b.1.total_cmp(&a.1));
    for (name, seconds) in &asked.rows {
        println!("{:9.1} ms  {name}", seconds * 1e3);
    }
    Ok(())
}

/// What is asked of a part of time.
fn of_time(asked: &mut Asked, trace: &Trace, part: &str, time: Option<TimeRange>) {
    let scope = Scope { time, ..Scope::ALL };
    let all = time.unwrap_or(TimeRange::ALL);
    let name = |what: &str| format!("{what} [{part}]");
    asked.ask(&name("goroutine times"), || {
        goroutine_times(trace, &scope, Completeness::Complete)
    });
    let times = goroutine_times(trace, &scope, Completeness::Complete);
    asked.ask(&name("group rows"), || group_rows(trace, &times));
    if time.is_none() {
        asked.ask(&name("summary and findings"), || summary(trace, &times));
    }
    for kind in ProfileKind::ALL {
        for (word, completeness) in [
            ("", Completeness::AsGoToolTrace),
            (", complete", Completeness::Complete),
        ] {
            asked.ask(&name(&format!("profile {}{word}", kind.name())), || {
                profile(trace, kind, &scope, completeness)
            });
        }
    }
    let sched = profile(
        trace,
        ProfileKind::Scheduler,
        &scope,
        Completeness::Complete,
    );
    asked.ask(&name("functions of a profile"), || functions(trace, &sched));
    asked.ask(&name("top stacks of a profile"), || {
        top_stacks(trace, &sched, 100)
    });
    asked.ask(&name("range summary"), || range_summary(trace, all));
    asked.ask(&name("latencies"), || latencies(trace, &scope));
    asked.ask(&name("runnable series"), || {
        runnable_series(trace, all, 600)
    });
    asked.ask(&name("proc times"), || proc_times(trace, all));
    asked.ask(&name("scheduler times"), || {
        scheduler_times(trace, time, 600)
    });
    asked.ask(&name("pauses"), || pauses(trace, &scope));
    asked.ask(&name("gc series"), || gc_series(trace, all, 600));
    let annotate = || match time {
        None => Annotations::new(trace),
        Some(time) => Annotations::within(trace, time),
    };
    asked.ask(&name("annotations"), annotate);
    let annotations = annotate();
    let regions = annotations
        .regions
        .matching(trace, &RegionFilter::default());
    asked.ask(&name("region times"), || {
        region_times(trace, &regions, Completeness::Complete)
    });
    let tasks = annotations.tasks.matching(trace, &TaskFilter::default());
    asked.ask(&name("task times"), || {
        let mut work = TaskWork::new(trace, &annotations.tasks);
        let all = tasks.iter().map(|&task| work.by_clock(task).is_some());
        all.filter(|is| *is).count()
    });
    for (what, scope) in [
        ("regions", ProfileScope::Regions(RegionFilter::default())),
        ("tasks", ProfileScope::Tasks(TaskFilter::default())),
    ] {
        asked.ask(&name(&format!("profile sync of all {what}")), || {
            let (kind, complete) = (ProfileKind::Sync, Completeness::Complete);
            profile_of(trace, &annotations, kind, &scope, time, complete)
        });
    }
}

/// What is asked of groups and goroutines.
fn of_goroutines(asked: &mut Asked, trace: &Trace) {
    let spans = |group: u32| -> usize {
        let members = trace.goroutines.members(GroupIndex(group)).iter();
        members.map(|&g| trace.goroutines.spans(g).len()).sum()
    };
    let groups = 0..trace.goroutines.groups.len() as u32;
    if let Some(largest) = groups.max_by_key(|&group| spans(group)) {
        let scope = Scope {
            time: None,
            goroutines: GoroutineScope::Group(GroupIndex(largest)),
        };
        asked.ask("profile sched of the largest group", || {
            profile(
                trace,
                ProfileKind::Scheduler,
                &scope,
                Completeness::Complete,
            )
        });
        asked.ask("latencies of the largest group", || {
            latencies(trace, &scope)
        });
    }
    let goroutines = (0..trace.goroutines.len() as u32).map(GoroutineIndex);
    if let Some(largest) = goroutines.max_by_key(|&g| trace.goroutines.spans(g).len()) {
        asked.ask("waits of the largest goroutine", || {
            wait_places(trace, largest, TimeRange::ALL)
        });
    }
    asked.ask("rank of runnable spans", || {
        SpanLengths::of(trace, SpanState::Runnable, ReasonId::NONE)
    });
}

/// What is asked of the GC.
fn of_gc(asked: &mut Asked, trace: &Trace) {
    asked.ask("gc cycles", || gc_cycles(trace));
    asked.ask("gc work", || {
        let mut count = 0u64;
        for_each_gc_work(trace, |_| count += 1);
        count
    });
    for per_proc in [false, true] {
        let flags = UtilizationFlags {
            stw: true,
            background: true,
            assist: true,
            sweep: true,
            per_proc,
        };
        let what = if per_proc { "by proc" } else { "all procs" };
        for (word, rules) in [
            ("", UtilizationRules::Right),
            (", as go tool trace", UtilizationRules::AsGoToolTrace),
        ] {
            let name = |part: &str| format!("mmu {part} ({what}{word})");
            asked.ask(&name("functions"), || {
                Mmu::new(&utilization(trace, flags, rules))
            });
            let mmu = Mmu::new(&utilization(trace, flags, rules));
            asked.ask(&name("curve"), || mmu.curve(false, rules));
            asked.ask(&name("percentiles"), || mmu.curve(true, rules));
            asked.ask(&name("worst windows"), || mmu.worst(Nanos(1_000_000), 10));
        }
    }
}

/// How long this thread has been on a processor, where the system says so.
fn cpu_seconds() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanos: f64 = stat.split(' ').next()?.parse().ok()?;
    Some(nanos / 1e9)
}
