//! Seeded damage to small traces through the whole native path: no panic, memory within a fixed multiple of the file,
//! no more events than its bytes can hold, and no case that runs away.
//!
//! `TRACEPANE_MUTATIONS=n` says how many cases, `TRACEPANE_SEED=n` which; a failure names the seed of its case, and
//! `TRACEPANE_SEED=thatone TRACEPANE_MUTATIONS=1` runs it alone.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{env, thread};

use libtest_mimic::{Arguments, Failed, Trial};
use tracepane_analysis::regions::RegionFilter;
use tracepane_analysis::tasks::{TaskFilter, time_of};
use tracepane_analysis::{
    Annotations, Completeness, Mmu, ProfileKind, Scope, TaskWork, TimeRange, UtilizationFlags,
    UtilizationRules, findings, gc_cycles, gc_series, goroutine_times, group_rows, latencies, mmu,
    pauses, proc_times, profile, profile_within, region_times, runnable_series, summary,
    task_events, utilization,
};
use tracepane_model::{GoroutineIndex, Nanos, TaskIndex, Trace, load};
use tracepane_testkit::allocation::{Counting, peak_of};
use tracepane_testkit::mutate::{self, Batches, Random};
use tracepane_testkit::{Case, data};
use tracepane_tests::read_strictly;
use tracepane_timeline::flows::{self, Flows};
use tracepane_timeline::{
    Arrangement, DrawList, Lanes, Levels, Limits, Scene, Size, Theme, ThreadLevels, View, draw,
    hit, tooltip,
};
use tracepane_wire::Options;
use tracepane_wire::dump::Dump;

#[global_allocator]
static COUNTING: Counting = Counting;

/// How many cases, unless `TRACEPANE_MUTATIONS` says otherwise.
const CASES: u64 = 4_000;
/// How many tests share them, each on a thread of its own.
const SHARES: u64 = 8;
/// Traces up to this size are damaged.
const LARGEST: usize = 80_000;
/// A case may need so many bytes for each byte of its trace…
const BYTES_PER_BYTE: usize = 150;
/// …and these besides.
const BYTES_BESIDES: usize = 4 << 20;
/// A case may come to so many events for each byte of its trace…
const EVENTS_PER_BYTE: u64 = 2;
/// …and these besides.
const EVENTS_BESIDES: u64 = 64;
/// A case that takes longer has run away; the usual one takes milliseconds.
const LONGEST: Duration = Duration::from_secs(20);

thread_local! {
    /// What the last panic of this thread said, and where.
    static LAST_PANIC: RefCell<String> = const { RefCell::new(String::new()) };
}

/// A whole trace to damage.
struct Original {
    name: String,
    bytes: Vec<u8>,
    batches: Option<Batches>,
}

fn main() {
    let number = |name: &str, default: u64| match env::var(name) {
        Ok(text) => text
            .parse()
            .unwrap_or_else(|_| panic!("{name} is no number: {text:?}")),
        Err(_) => default,
    };
    // A panic is a failed case, told with its place in the end.
    panic::set_hook(Box::new(|panic| {
        LAST_PANIC.with_borrow_mut(|last| *last = panic.to_string());
    }));
    let cases = number("TRACEPANE_MUTATIONS", CASES);
    let seed = number("TRACEPANE_SEED", 1);
    let originals = Arc::new(originals());
    let shares = SHARES.min(cases);
    let trials = (0..shares)
        .map(|share| {
            let originals = Arc::clone(&originals);
            let seeds = (seed + share..seed + cases).step_by(shares as usize);
            Trial::test(format!("share {} of {shares}", share + 1), move || {
                // The allocator counts for each thread: the work stays on this one.
                let work = move || all(&originals, seeds);
                let failures = thread::spawn(work).join();
                let failures = failures.map_err(|_| Failed::from("the thread ended early"))?;
                match failures.is_empty() {
                    true => Ok(()),
                    false => Err(Failed::from(failures)),
                }
            })
        })
        .collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn originals() -> Vec<Original> {
    let corpus = data::corpus().into_iter().map(|path| {
        let bytes = data::read(&path);
        (path, bytes)
    });
    let v1 = data::files("go/tracev1", "_good").into_iter().map(|path| {
        let bytes = data::read(&path);
        (path, bytes)
    });
    let cases = data::files("go/cases", ".test").into_iter().map(|path| {
        let case = Case::parse(&data::text(&path)).expect("a well-formed case");
        (path, case.trace)
    });
    corpus
        .chain(v1)
        .chain(cases)
        .filter(|(_, bytes)| bytes.len() <= LARGEST)
        .map(|(name, bytes)| Original {
            batches: Batches::parse(&bytes),
            name,
            bytes,
        })
        .collect()
}

/// The failures of some cases: each kind with the first case and how many there are.
fn all(originals: &[Original], seeds: impl Iterator<Item = u64>) -> String {
    let mut kinds: BTreeMap<String, (String, u64)> = BTreeMap::new();
    for seed in seeds {
        if let Err((case, failure)) = check(originals, seed) {
            kinds.entry(failure).or_insert((case, 0)).1 += 1;
        }
    }
    let mut out = String::new();
    for (failure, (case, count)) in kinds {
        let _ = writeln!(out, "{count} × {failure}\n    first: {case}");
    }
    out
}

/// One case, known by its seed. If it fails: which it is, and how it failed.
fn check(originals: &[Original], seed: u64) -> Result<(), (String, String)> {
    let mut random = Random::new(seed);
    let original = &originals[random.below(originals.len())];
    let trace = match &original.batches {
        Some(batches) if random.below(3) > 0 => {
            let mut batches = batches.clone();
            batches.mutate(&mut random);
            batches.encode()
        }
        _ => mutate::bytes(&original.bytes, &mut random),
    };
    let length = trace.len();
    let began = Instant::now();
    let work = || peak_of(|| whole_path(&trace));
    let failure = match catch_unwind(AssertUnwindSafe(work)) {
        Err(_) => LAST_PANIC.with_borrow(Clone::clone).replace('\n', " "),
        Ok((_, peak)) if peak > BYTES_PER_BYTE * length + BYTES_BESIDES => {
            format!("took {} times its size in memory", peak / length.max(1))
        }
        Ok((events, _)) if events > EVENTS_PER_BYTE * length as u64 + EVENTS_BESIDES => {
            format!("came to {} events a byte", events / length.max(1) as u64)
        }
        Ok(_) if began.elapsed() > LONGEST => format!("took longer than {LONGEST:?}"),
        Ok(_) => return Ok(()),
    };
    let name = &original.name;
    Err((format!("seed {seed}, {name}, {length} bytes"), failure))
}

/// All that the command and the page ask of a trace; how many events it has.
fn whole_path(bytes: &[u8]) -> u64 {
    let mut strict_events = 0;
    let _ = read_strictly(bytes, &mut Dump::new(|_: &str| strict_events += 1));
    let Ok(trace) = load(bytes, Options::default()) else {
        return strict_events;
    };
    for completeness in [Completeness::AsGoToolTrace, Completeness::Complete] {
        let times = goroutine_times(&trace, &Scope::ALL, completeness);
        group_rows(&trace, &times);
        summary(&trace, &times);
        findings(&trace, &times);
        for kind in ProfileKind::ALL.into_iter().chain([ProfileKind::Cpu]) {
            profile(&trace, kind, &Scope::ALL, completeness).to_pprof(&trace);
        }
        annotations(&trace, completeness);
    }
    assert_eq!(trace.check(), Ok(()));
    gc_and_scheduler(&trace);
    timeline(&trace);
    trace.events.max(strict_events)
}

/// What the views of the GC and of the scheduler ask.
fn gc_and_scheduler(trace: &Trace) {
    gc_cycles(trace);
    gc_series(trace, TimeRange::ALL, 200);
    pauses(trace, &Scope::ALL);
    latencies(trace, &Scope::ALL);
    runnable_series(trace, TimeRange::ALL, 200);
    let procs = proc_times(trace, TimeRange::ALL);
    for proc in procs {
        assert!(
            proc.total >= Nanos(0) && proc.scheduling >= Nanos(0),
            "{proc:?}"
        );
    }
    for rules in [UtilizationRules::Right, UtilizationRules::AsGoToolTrace] {
        for per_proc in [false, true] {
            let flags = UtilizationFlags {
                per_proc,
                sweep: true,
                ..UtilizationFlags::default()
            };
            let mmu = Mmu::new(&utilization(trace, flags, rules));
            let Some((first, last)) = mmu.bounds() else {
                continue;
            };
            for window in mmu::windows(first, last).step_by(11) {
                let point = mmu.point(window, true, UtilizationRules::Right);
                assert!((0.0..=1.0).contains(&point.min), "{point:?}");
                mmu.worst(window, mmu::WORST_WINDOWS);
            }
        }
    }
}

/// Regions and tasks, with their times and profiles. The times of a task by the clock add up to its duration.
fn annotations(trace: &Trace, completeness: Completeness) {
    let Annotations { regions, tasks } = Annotations::new(trace);
    let rows: Vec<u32> = (0..trace.regions.len() as u32).collect();
    region_times(trace, &rows, completeness);
    let inherited = RegionFilter {
        inherited: true,
        ..RegionFilter::default()
    };
    for filter in [RegionFilter::default(), inherited] {
        let intervals = regions.intervals(trace, &filter, completeness);
        profile_within(trace, ProfileKind::Scheduler, &intervals, completeness);
    }
    let mut work = TaskWork::new(trace, &tasks);
    for (i, row) in (0u32..).zip(&trace.tasks) {
        let task = TaskIndex(i);
        if let Some(times) = work.by_clock(task) {
            assert_eq!(times.total(), time_of(trace, row).length(), "{row:?}");
        }
        work.by_goroutine(task);
        task_events(trace, &tasks, task, true);
    }
    let filter = TaskFilter {
        text: "e".to_owned(),
        ..TaskFilter::default()
    };
    tasks.matching(trace, &filter);
    if let Some(intervals) = work.intervals_of_all(&filter) {
        profile_within(trace, ProfileKind::Sync, &intervals, completeness);
    }
}

/// Draws the whole trace and some of it, arranged in every way, with the pointer here and there.
fn timeline(trace: &Trace) {
    let levels = Levels::build(trace);
    for threads in [2, 3] {
        let others = Levels::build_on(trace, threads);
        assert!(levels.is_same(&others), "on {threads} threads");
    }
    let threads = ThreadLevels::build(trace, &levels);
    let mut lanes = Lanes::new(trace, &levels);
    lanes.set_folded(false);
    let size = Size {
        width: 500,
        height: 300,
        ratio: 1.0,
    };
    let limits = Limits::new(trace.end);
    let whole = View::whole(trace.end);
    let mut list = DrawList::new();
    for arrangement in [
        Arrangement::Procs,
        Arrangement::Threads,
        Arrangement::Goroutine {
            goroutine: GoroutineIndex(0),
            depth: 3,
        },
        Arrangement::Task(TaskIndex(0)),
    ] {
        lanes.arrange(trace, &levels, arrangement);
        for view in [
            whole,
            whole.zoom_at(0.3, 50.0, limits),
            whole.zoom_at(0.6, 1e6, limits),
        ] {
            let mut scene = Scene {
                trace,
                levels: &levels,
                threads: Some(&threads),
                functions: None,
                band_scroll: 0.0,
                lanes: &lanes,
                view,
                size,
                theme: Theme::Dark,
                hover: Some((300.0, 150.0)),
                selection: None,
                flows: &[],
                arrows: true,
                timing: tracepane_timeline::Timing::default(),
                range: None,
                highlights: None,
            };
            let mut found = Flows::default();
            for y in [30.0, 90.0, 150.0, 250.0] {
                if let Some(hit) = hit(&scene, 320.0, y) {
                    tooltip(&scene, &hit, 320.0, y);
                    scene.selection = Some(hit);
                    found = flows::of(trace, hit);
                }
            }
            scene.flows = &found.list;
            draw(&scene, &mut list);
        }
    }
}
