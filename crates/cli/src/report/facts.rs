//! What a report says, as values. Their names are those of the JSON, so they are kept once they are given out.

use serde::Serialize;
use tracepane_analysis::latency::Distribution;
use tracepane_analysis::place::place_text;
use tracepane_analysis::{
    Annotations, Completeness, GcWorkKind, Mmu, ProfileKind, Scope, TimeRange, UtilizationFlags,
    UtilizationRules, gc_cycles, goroutine_times, group_rows, latencies, names, pauses, proc_times,
    profile, sentence, summary, top_stacks, utilization,
};
use tracepane_model::{GroupIndex, Nanos, Trace};

/// The lengths of the windows whose utilization is told.
const WINDOWS: [Nanos; 3] = [Nanos(1_000_000), Nanos(10_000_000), Nanos(100_000_000)];
/// How many stacks of each profile are told.
const STACKS: usize = 5;

/// Everything.
#[derive(Serialize)]
pub struct Report {
    pub trace: TraceFacts,
    pub findings: Vec<String>,
    /// What was lost or odd.
    pub warnings: Vec<String>,
    /// Most running time first.
    pub goroutine_groups: Vec<Group>,
    pub task_types: Vec<TaskType>,
    pub region_types: Vec<RegionType>,
    pub gc: Gc,
    pub stop_the_world: Vec<Pause>,
    /// Empty if the trace does not say how many procs there were.
    pub minimum_mutator_utilization: Vec<Utilization>,
    pub scheduler: Scheduler,
    pub procs: Vec<Proc>,
    pub profiles: Vec<Profile>,
}

#[derive(Serialize)]
pub struct TraceFacts {
    pub written_by: String,
    pub size_bytes: u64,
    pub duration_ns: i64,
    /// When it began, UTC; since Go 1.25.
    pub began: Option<String>,
    pub events: u64,
    pub generations: u64,
    pub goroutines: u64,
    pub most_goroutines_at_once: u64,
    pub procs: u64,
    pub gomaxprocs: Option<u64>,
    pub threads: u64,
    pub tasks: u64,
    pub regions: u64,
    pub logs: u64,
    pub cpu_samples: u64,
}

#[derive(Serialize)]
pub struct Group {
    /// The function that the goroutines were started with; empty if no stack was seen.
    pub start_function: String,
    pub goroutines: u64,
    /// How many of them outlived the trace.
    pub alive: u64,
    pub total_ns: i64,
    pub running_ns: i64,
    pub runnable_ns: i64,
    pub waiting_ns: i64,
    pub syscall_ns: i64,
    pub syscall_blocked_ns: i64,
    /// By reason, longest first.
    pub waits: Vec<Part>,
    /// Mark assists, sweeps, stop-the-world pauses; these overlap with the times.
    pub ranges: Vec<Part>,
}

/// A named part of time.
#[derive(Serialize)]
pub struct Part {
    pub name: String,
    pub ns: i64,
}

#[derive(Serialize)]
pub struct TaskType {
    pub name: String,
    pub count: u64,
    pub complete: u64,
    pub incomplete: u64,
    /// Of the complete ones.
    pub total_ns: i64,
    pub longest_ns: i64,
}

#[derive(Serialize)]
pub struct RegionType {
    pub name: String,
    /// Where they were begun: function, file and line.
    pub place: Option<String>,
    pub count: u64,
    pub complete: u64,
    pub total_ns: i64,
    pub longest_ns: i64,
}

#[derive(Serialize)]
pub struct Gc {
    pub cycles: Vec<Cycle>,
    /// The procs' time for the GC's work, by kind, over the whole trace.
    pub work: Vec<Part>,
    /// The procs' time in all.
    pub available_ns: i64,
    /// Mark assists by start function, longest first.
    pub assists: Vec<Part>,
}

#[derive(Serialize)]
pub struct Cycle {
    pub start_ns: i64,
    pub end_ns: i64,
    /// Whether it began and ended in the trace.
    pub whole: bool,
    pub trigger: &'static str,
    pub mark_ns: i64,
    pub sweep_termination_ns: Option<i64>,
    pub mark_termination_ns: i64,
    pub assist_ns: i64,
    pub assists: u64,
    pub sweep_ns: i64,
    pub swept_bytes: u64,
    pub reclaimed_bytes: u64,
    pub heap_before_bytes: Option<u64>,
    pub heap_peak_bytes: Option<u64>,
    pub heap_live_bytes: Option<u64>,
    pub goal_bytes: Option<u64>,
}

#[derive(Serialize)]
pub struct Pause {
    pub kind: String,
    pub count: u64,
    pub total_ns: i64,
    pub p50_ns: i64,
    pub p99_ns: i64,
    pub longest_ns: i64,
    pub longest_at_ns: i64,
}

#[derive(Serialize)]
pub struct Utilization {
    pub window_ns: i64,
    /// 0 to 1.
    pub utilization: f64,
    /// Where the worst window of that length begins.
    pub worst_at_ns: Option<i64>,
}

#[derive(Serialize)]
pub struct Scheduler {
    /// From runnable to running.
    pub latency: Latency,
    pub groups: Vec<GroupLatency>,
}

#[derive(Serialize)]
pub struct Latency {
    pub count: u64,
    pub total_ns: i64,
    pub p50_ns: i64,
    pub p90_ns: i64,
    pub p99_ns: i64,
    pub p999_ns: i64,
    pub longest_ns: i64,
}

#[derive(Serialize)]
pub struct GroupLatency {
    pub start_function: String,
    #[serde(flatten)]
    pub latency: Latency,
}

#[derive(Serialize)]
pub struct Proc {
    pub proc: u64,
    pub running_ns: i64,
    pub gc_ns: i64,
    pub syscall_ns: i64,
    pub stopped_ns: i64,
    pub scheduling_ns: i64,
    pub idle_ns: i64,
}

#[derive(Serialize)]
pub struct Profile {
    /// As `tracepane pprof` calls it.
    pub kind: &'static str,
    pub count: u64,
    pub total_ns: u64,
    pub stacks: u64,
    /// The heaviest.
    pub top: Vec<Stack>,
}

#[derive(Serialize)]
pub struct Stack {
    pub count: u64,
    pub ns: u64,
    /// Innermost first: function, file and line.
    pub frames: Vec<String>,
}

impl Report {
    /// Asks the trace.
    pub fn of(trace: &Trace) -> Self {
        let times = goroutine_times(trace, &Scope::ALL, Completeness::Complete);
        let summary = summary(trace, &times);
        let annotations = Annotations::new(trace);
        Self {
            findings: summary
                .findings
                .iter()
                .map(|finding| sentence(trace, finding))
                .collect(),
            warnings: [summary.losses, summary.slips].concat(),
            trace: TraceFacts {
                written_by: summary.go_versions,
                size_bytes: summary.bytes,
                duration_ns: summary.duration.0,
                began: summary
                    .wall_clock
                    .map(|(seconds, nanos)| tracepane_analysis::summary::utc(seconds, nanos)),
                events: summary.events,
                generations: summary.generations,
                goroutines: summary.goroutines.total,
                most_goroutines_at_once: summary.goroutines.most,
                procs: summary.procs,
                gomaxprocs: summary.gomaxprocs,
                threads: summary.threads,
                tasks: summary.tasks,
                regions: summary.regions,
                logs: summary.logs,
                cpu_samples: summary.samples,
            },
            goroutine_groups: groups(trace, &times),
            task_types: task_types(trace, &annotations),
            region_types: region_types(trace, &annotations),
            gc: gc(trace),
            stop_the_world: stop_the_world(trace),
            minimum_mutator_utilization: mutator_utilization(trace),
            scheduler: scheduler(trace),
            procs: procs(trace),
            profiles: profiles(trace),
        }
    }
}

fn group_name(trace: &Trace, group: GroupIndex) -> String {
    let name = trace.goroutines.groups.get(group.0 as usize);
    name.map_or(String::new(), |&name| trace.strings.get(name).to_owned())
}

fn groups(trace: &Trace, times: &tracepane_analysis::GoroutineTimes) -> Vec<Group> {
    let rows = group_rows(trace, times).into_iter();
    rows.map(|row| Group {
        start_function: trace.strings.get(row.name).to_owned(),
        goroutines: row.goroutines,
        alive: row.alive,
        total_ns: row.times.total.0,
        running_ns: row.times.running.0,
        runnable_ns: row.times.runnable.0,
        waiting_ns: row.times.waiting.0,
        syscall_ns: row.times.syscall.0,
        syscall_blocked_ns: row.times.syscall_blocked.0,
        waits: row
            .waits
            .iter()
            .map(|&(reason, nanos)| part(names::reason(trace, reason), nanos))
            .collect(),
        ranges: row
            .ranges
            .iter()
            .map(|&(kind, nanos)| part(&names::range(trace, kind), nanos))
            .collect(),
    })
    .collect()
}

fn part(name: &str, nanos: Nanos) -> Part {
    Part {
        name: name.to_owned(),
        ns: nanos.0,
    }
}

fn task_types(trace: &Trace, annotations: &Annotations) -> Vec<TaskType> {
    let types = annotations.tasks.types.iter();
    types
        .map(|kind| TaskType {
            name: trace.strings.get(kind.name).to_owned(),
            count: kind.count,
            complete: kind.complete(),
            incomplete: kind.incomplete(),
            total_ns: kind.total.0,
            longest_ns: kind.longest.0,
        })
        .collect()
}

fn region_types(trace: &Trace, annotations: &Annotations) -> Vec<RegionType> {
    let types = annotations.regions.types.iter();
    types
        .map(|kind| RegionType {
            name: trace.strings.get(kind.name).to_owned(),
            place: kind.place.map(|place| place_text(trace, place)),
            count: kind.count(),
            complete: kind.complete,
            total_ns: kind.total.0,
            longest_ns: kind.longest.0,
        })
        .collect()
}

fn gc(trace: &Trace) -> Gc {
    let cycles = gc_cycles(trace);
    let work = GcWorkKind::ALL.iter().zip(cycles.work);
    Gc {
        work: work
            .map(|(kind, nanos)| part(kind.title(), nanos))
            .collect(),
        available_ns: cycles.available.0,
        assists: cycles
            .assists_by_group
            .iter()
            .map(|(group, assists)| part(&group_name(trace, *group), assists.time))
            .collect(),
        cycles: cycles
            .rows
            .iter()
            .map(|cycle| Cycle {
                start_ns: cycle.start.0,
                end_ns: cycle.end.0,
                whole: cycle.begin_seen && cycle.end_seen,
                trigger: cycle.trigger.title(),
                mark_ns: cycle.mark.0,
                sweep_termination_ns: cycle.sweep_termination.as_ref().map(|p| p.length().0),
                mark_termination_ns: cycle
                    .mark_terminations
                    .iter()
                    .fold(0i64, |sum, phase| sum.saturating_add(phase.length().0)),
                assist_ns: cycle.assists.time.0,
                assists: cycle.assists.count,
                sweep_ns: cycle.swept.time.0,
                swept_bytes: cycle.swept.swept,
                reclaimed_bytes: cycle.swept.reclaimed,
                heap_before_bytes: cycle.heap_before,
                heap_peak_bytes: cycle.heap_peak,
                heap_live_bytes: cycle.heap_live,
                goal_bytes: cycle.goal,
            })
            .collect(),
    }
}

fn stop_the_world(trace: &Trace) -> Vec<Pause> {
    let kinds = pauses(trace, &Scope::ALL).kinds.into_iter();
    kinds
        .map(|kind| Pause {
            kind: trace.strings.get(kind.kind).to_owned(),
            count: kind.count,
            total_ns: kind.total.0,
            p50_ns: kind.p50.0,
            p99_ns: kind.p99.0,
            longest_ns: kind.longest.0,
            longest_at_ns: kind.longest_at.0,
        })
        .collect()
}

fn mutator_utilization(trace: &Trace) -> Vec<Utilization> {
    let functions = utilization(trace, UtilizationFlags::default(), UtilizationRules::Right);
    let mmu = Mmu::new(&functions);
    if mmu.is_empty() {
        return Vec::new();
    }
    let fitting = WINDOWS.iter().filter(|window| **window <= trace.end);
    fitting
        .map(|&window| Utilization {
            window_ns: window.0,
            utilization: mmu.min(window),
            worst_at_ns: mmu.worst(window, 1).first().map(|worst| worst.time.0),
        })
        .collect()
}

fn scheduler(trace: &Trace) -> Scheduler {
    let found = latencies(trace, &Scope::ALL);
    Scheduler {
        latency: latency(&found.all),
        groups: found
            .groups
            .iter()
            .map(|group| GroupLatency {
                start_function: group_name(trace, group.group),
                latency: latency(&group.latency),
            })
            .collect(),
    }
}

fn latency(of: &Distribution) -> Latency {
    Latency {
        count: of.count,
        total_ns: of.total.0,
        p50_ns: of.p50.0,
        p90_ns: of.p90.0,
        p99_ns: of.p99.0,
        p999_ns: of.p999.0,
        longest_ns: of.longest.0,
    }
}

fn procs(trace: &Trace) -> Vec<Proc> {
    let rows = proc_times(trace, TimeRange::ALL).into_iter();
    rows.map(|row| Proc {
        proc: trace
            .procs
            .ids
            .get(row.proc.0 as usize)
            .map_or(u64::MAX, |id| id.0 as u64),
        running_ns: row.running.0,
        gc_ns: row.gc.0,
        syscall_ns: row.syscall.0,
        stopped_ns: row.stopped.0,
        scheduling_ns: row.scheduling.0,
        idle_ns: row.idle.0,
    })
    .collect()
}

fn profiles(trace: &Trace) -> Vec<Profile> {
    let cpu = (!trace.samples.is_empty()).then_some(ProfileKind::Cpu);
    let kinds = ProfileKind::ALL.into_iter().chain(cpu);
    kinds
        .map(|kind| {
            let profile = profile(trace, kind, &Scope::ALL, Completeness::AsGoToolTrace);
            let top = top_stacks(trace, &profile, STACKS);
            Profile {
                kind: kind.name(),
                count: top.count,
                total_ns: top.nanos,
                stacks: top.stacks as u64,
                top: top
                    .rows
                    .iter()
                    .map(|row| Stack {
                        count: row.count,
                        ns: row.nanos,
                        frames: row
                            .frames
                            .iter()
                            .map(|frame| format!("{} {}", frame.function, frame.place()))
                            .collect(),
                    })
                    .collect(),
            }
        })
        .collect()
}
