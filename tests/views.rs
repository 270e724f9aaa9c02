//! The views of the timeline against `/jsontrace` of Go 1.27 in each of its modes, on the whole corpus: arrows and
//! instants by name, what was on each thread, the goroutines of the view of one goroutine, the tasks and goroutines
//! of the view of one task.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt::Write as _;

use tracepane_model::{
    Cause, GoroutineId, GoroutineIndex, Nanos, ProcIndex, ProcSpanState, SpanIndex, SpanState,
    TaskId, ThreadIndex, Trace, load,
};
use tracepane_testkit::golden::{self, Row};
use tracepane_testkit::{data, hash::Fnv};
use tracepane_timeline::family::{Family, task_of};
use tracepane_timeline::flows::{FlowKind, Wake, placement_of, span_at, wake};
use tracepane_timeline::unblockers::{DEPTH, unblockers};
use tracepane_timeline::{Levels, ThreadLevels};

fn main() {
    tracepane_tests::check_each(data::corpus(), check)
}

/// What the corpus' traces of the old format are written by.
const OLD: &str = "Go 1.21";

fn check(path: &str) -> Result<(), String> {
    let bytes = data::read(path);
    let trace = load(&bytes[..], Default::default()).map_err(|error| error.to_string())?;
    let expected = golden::of("timeline", path);
    if path.contains("truncated") {
        // Go shows nothing of it. Here are the whole batches before the cut.
        assert!(expected.starts_with("error: "), "{expected}");
        let shown = wakes(&trace).next().is_some();
        return shown.then_some(()).ok_or("no wake-up is shown".into());
    }
    let found = views(&trace, &expected);
    golden::compare(&expected, &found)
}

/// What the golden says, by our own rules; which goroutines and tasks it asks about it says itself.
fn views(trace: &Trace, golden: &str) -> String {
    let levels = Levels::build(trace);
    let threads = ThreadLevels::build(trace, &levels);
    let mut out = String::from("# see oracle/trace/timeline.go for the columns\n");
    raw(&mut out, "proc view, arrows", arrows(trace, true));
    raw(
        &mut out,
        "proc view, instants",
        instants(trace, &levels, None),
    );
    raw(&mut out, "thread view, arrows", arrows(trace, false));
    let on_threads = instants(trace, &levels, Some(&threads));
    raw(&mut out, "thread view, instants", on_threads);
    golden::compact(&mut out, "threads", "", thread_rows(trace));
    for title in golden.lines().filter_map(|line| line.strip_prefix("## ")) {
        let number = |kind: &str| {
            let rest = title.strip_prefix(kind)?;
            rest.split(':').next()?.trim().parse::<i64>().ok()
        };
        if let Some(id) = number("goroutine ") {
            let rows = goroutine_view(trace, GoroutineId(id));
            raw(&mut out, &format!("goroutine {id}"), rows);
        } else if let Some(id) = number("task ") {
            let rows = task_view(trace, TaskId(id as u64));
            raw(&mut out, &format!("task {id}"), rows);
        }
    }
    out
}

fn raw(out: &mut String, title: &str, rows: Vec<String>) {
    let _ = writeln!(out, "## {title}: {} rows", rows.len());
    for row in rows {
        let _ = writeln!(out, "{row}");
    }
}

fn counted(counts: BTreeMap<String, usize>) -> Vec<String> {
    let rows = counts.into_iter();
    rows.map(|(name, count)| format!("{name}\t{count}"))
        .collect()
}

/// All wake-ups with the span that each ended.
fn wakes(trace: &Trace) -> impl Iterator<Item = (Wake, Option<SpanIndex>)> + '_ {
    (0..trace.spans.len() as u32).filter_map(|row| {
        let wake = wake(trace, SpanIndex(row))?;
        let rows = trace.goroutines.spans(wake.whom);
        let place = rows.binary_search(&row).ok()?;
        let before = place.checked_sub(1).map(|place| SpanIndex(rows[place]));
        Some((wake, before))
    })
}

/// What the tool calls an arrow.
fn name_of(trace: &Trace, wake: &Wake, before: Option<SpanIndex>) -> String {
    match wake.kind {
        FlowKind::Created => return "go".into(),
        FlowKind::Returned => return "exit blocked syscall".into(),
        _ => {}
    }
    let reason = before.map(|span| trace.spans.kind(span).reason().0);
    let reason = reason.map_or("", |reason| {
        trace.strings.get(trace.spans.reasons[usize::from(reason)])
    });
    match reason {
        "" => "unblock".into(),
        reason => format!("unblock ({reason})"),
    }
}

/// The arrows that lead to a run. `by_proc`: those of the proc view, in which returns from blocked system calls have
/// some. Wake-ups on proc 0, and on a thread of that number (old traces have one), have none in the tool: a fault of
/// `gState.unblock` in Go's `cmd/trace/gstate.go`. Here they have.
fn arrows(trace: &Trace, by_proc: bool) -> Vec<String> {
    let mut counts = BTreeMap::new();
    for (wake, before) in wakes(trace) {
        let name = name_of(trace, &wake, before);
        let wanted = wake.ran.is_some()
            && (by_proc || wake.kind != FlowKind::Returned)
            && !is_lost_on_zero(trace, &wake, &name, by_proc);
        if wanted {
            *counts.entry(name).or_default() += 1;
        }
    }
    counted(counts)
}

fn is_lost_on_zero(trace: &Trace, wake: &Wake, name: &str, by_proc: bool) -> bool {
    let is_wait = matches!(wake.kind, FlowKind::Unblocked | FlowKind::ByRuntime);
    // Those of the network are on no proc and no thread of number 0.
    if !is_wait || name.contains("network") {
        return false;
    }
    let (proc, thread) = match span_at(trace, wake.by, wake.time) {
        Some(span) => placement_of(trace, span),
        // Of what the runtime did, the woken goroutine's span has the place.
        None => match span_at(trace, wake.whom, wake.time).map(|span| trace.spans.cause(span)) {
            Some(Cause::Placement(id)) => {
                let placement = trace.procs.placement(id);
                (placement.proc, placement.thread)
            }
            _ => (ProcIndex::NONE, ThreadIndex::NONE),
        },
    };
    match by_proc {
        true => proc.get().is_some_and(|i| trace.procs.ids[i].0 == 0),
        false => thread.get().is_some_and(|i| trace.procs.threads[i].0 == 0),
    }
}

/// The instants on procs, or on threads.
fn instants(trace: &Trace, levels: &Levels, threads: Option<&ThreadLevels>) -> Vec<String> {
    let mut counts = BTreeMap::new();
    let mut add = |name: &str, count: usize| {
        if count > 0 {
            *counts.entry(name.to_owned()).or_default() += count;
        }
    };
    match threads {
        Some(threads) => {
            for i in 0..trace.procs.threads.len() as u32 {
                let (logs, samples) = threads.marks_of(ThreadIndex(i));
                add("log", logs.len());
                add("CPU profile sample", samples.len());
            }
        }
        None => {
            for i in 0..trace.procs.ids.len() as u32 {
                let (logs, samples) = levels.marks_of(ProcIndex(i));
                add("log", logs.len());
                add("CPU profile sample", samples.len());
            }
        }
    }
    let (network, returns) = levels.arrivals();
    add("unblock (network)", network.len());
    if threads.is_none() {
        add("exit blocked syscall", returns.len());
    }
    let mut running = HashSet::new();
    for span in trace.procs.spans.iter() {
        match span.state {
            ProcSpanState::Running => {
                running.insert(span.proc);
                add("proc start", 1);
            }
            ProcSpanState::Idle => add("proc stop", usize::from(running.remove(&span.proc))),
        }
    }
    counted(counts)
}

/// What was on a thread: executions, and system calls that did not block and that did. The tool draws a system call
/// that blocked only when its goroutine stops the next time, on the thread of that time (`syscallEnd` comes after `stop`
/// in Go's `cmd/trace/threadgen.go`): so it is counted here, though not drawn.
#[derive(Default)]
struct Thread {
    executed: Vec<(i64, i64, i64)>,
    syscalls: [(usize, i64); 2],
}

fn thread_rows(trace: &Trace) -> Vec<Row> {
    let mut threads: BTreeMap<i64, Thread> = BTreeMap::new();
    let spans = &trace.spans;
    let is = |row: u32, states: &[SpanState]| states.contains(&spans.kind(SpanIndex(row)).state());
    const CALLS: &[SpanState] = &[SpanState::Syscall, SpanState::SyscallBlocked];
    const EXECUTES: &[SpanState] = &[
        SpanState::Running,
        SpanState::Syscall,
        SpanState::SyscallBlocked,
    ];
    // What was going on when the trace began is drawn from there on.
    let start = |row: u32| match spans.kind(SpanIndex(row)).was_going_on() {
        true => 0,
        false => spans.start(SpanIndex(row)).0,
    };
    for g in (0..trace.goroutines.len() as u32).map(GoroutineIndex) {
        let rows = trace.goroutines.spans(g);
        let end = |place: usize| {
            let next = rows.get(place).map(|&row| spans.start(SpanIndex(row)));
            next.unwrap_or(trace.end).0
        };
        let mut place = 0;
        let mut late = (0, 0);
        while place < rows.len() {
            let first = place;
            if !is(rows[first], EXECUTES) {
                place += 1;
                continue;
            }
            while place < rows.len() && is(rows[place], EXECUTES) {
                place += 1;
            }
            let Some(thread) = placement_of(trace, SpanIndex(rows[first])).1.get() else {
                continue;
            };
            let thread = threads.entry(trace.procs.threads[thread].0).or_default();
            let begin = start(rows[first]);
            let id = trace.goroutines.row(g).id.0;
            let (count, nanos) = std::mem::take(&mut late);
            thread.syscalls[1] = (thread.syscalls[1].0 + count, thread.syscalls[1].1 + nanos);
            thread.executed.push((begin, end(place) - begin, id));
            let mut call = first;
            while call < place {
                let begin = call;
                while call < place && is(rows[call], CALLS) {
                    call += 1;
                }
                if call == begin {
                    call += 1;
                    continue;
                }
                let blocked = call == place && place < rows.len();
                let sum = match blocked {
                    true => &mut late,
                    false => &mut thread.syscalls[0],
                };
                *sum = (sum.0 + 1, sum.1 + end(call) - start(rows[begin]));
            }
        }
    }
    let mut out = Vec::new();
    for (id, mut thread) in threads {
        thread.executed.sort_unstable();
        let mut hash = Fnv::default();
        let mut total = 0;
        for (start, length, goroutine) in &thread.executed {
            total += length;
            hash.write(format!("{start} {length} {goroutine}\n").as_bytes());
        }
        let [no, yes] = thread.syscalls;
        out.push(Row {
            weight: total,
            text: format!(
                "{id}\t{}\t{total}\t{:016x}\t{}\t{}\t{}\t{}",
                thread.executed.len(),
                hash.finish(),
                no.0,
                no.1,
                yes.0,
                yes.1
            ),
        });
    }
    out
}

/// The goroutines of a goroutine's view, and the arrows between them during its life.
fn goroutine_view(trace: &Trace, id: GoroutineId) -> Vec<String> {
    let Some(goroutine) = trace.goroutines.find(id) else {
        return vec![format!("no goroutine {id}")];
    };
    let found = unblockers(trace, goroutine, DEPTH);
    let members: HashSet<_> = found.iter().map(|u| u.goroutine).collect();
    let numbers = members.iter().map(|&g| trace.goroutines.row(g).id.0);
    let mut rows = vec![format!("goroutines\t{}", ids(numbers.collect()))];
    let life = trace.goroutines.row(goroutine);
    let start = life.first_ran.unwrap_or(Nanos(0));
    let shown = start..=life.ended.unwrap_or(trace.end);
    let mut counts = BTreeMap::new();
    for (wake, before) in wakes(trace) {
        let name = name_of(trace, &wake, before);
        let between = members.contains(&wake.by) && members.contains(&wake.whom);
        let ran = wake.ran.is_some_and(|(ran, _)| shown.contains(&ran));
        // The network's wake-ups come from a lane that this view of the tool leaves out.
        if between && ran && shown.contains(&wake.time) && !name.contains("network") {
            *counts.entry(name).or_default() += 1;
        }
    }
    rows.extend(counted(counts));
    rows
}

/// The tasks and goroutines of a task's view, and the arrows between the tasks.
fn task_view(trace: &Trace, id: TaskId) -> Vec<String> {
    let Some(task) = task_of(trace, id) else {
        return vec![format!("no task {}", id.0)];
    };
    let family = Family::new(trace, task);
    let number = |member: &tracepane_timeline::family::Member| {
        trace.tasks[member.task.0 as usize].id.0 as i64
    };
    let goroutines = family.goroutines.iter();
    let goroutines = goroutines.map(|&g| trace.goroutines.row(g).id.0).collect();
    let begun = family.tasks.iter().filter(|member| {
        let row = &trace.tasks[member.task.0 as usize];
        member.parent.is_some() && row.start.is_some()
    });
    // The tool takes task 0 for the parent of whatever task ended in a trace of the old format.
    let root = &trace.tasks[task.0 as usize];
    let of_task_zero = trace.go_versions == OLD && root.parent == TaskId::NONE;
    let more = usize::from(of_task_zero && root.end.is_some());
    vec![
        format!("tasks\t{}", ids(family.tasks.iter().map(number).collect())),
        format!("goroutines\t{}", ids(goroutines)),
        format!("newTask\t{}", begun.count() + more),
    ]
}

/// Numbers in their order: how many, what they hash to, and the first of them.
fn ids(numbers: BTreeSet<i64>) -> String {
    let mut hash = Fnv::default();
    for number in &numbers {
        hash.write(format!("{number}\n").as_bytes());
    }
    let shown: Vec<_> = numbers.iter().take(12).map(i64::to_string).collect();
    format!(
        "{}\t{:016x}\t{}",
        numbers.len(),
        hash.finish(),
        shown.join(" ")
    )
}
