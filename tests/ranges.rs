//! What is said of a range of time is what its spans say, for every trace of the corpus: the summary of a range, and
//! the tables and curves that take a range as their scope, against the plainest way to compute them.

use std::collections::BTreeMap;

use tracepane_analysis::annotations::Annotations;
use tracepane_analysis::regions::{self, RegionFilter};
use tracepane_analysis::scope::touches;
use tracepane_analysis::tables::{group_rows, spans_in};
use tracepane_analysis::tasks::{self, TaskFilter};
use tracepane_analysis::{
    Completeness, Mmu, ProcTimes, ProfileKind, RangeSummary, Scope, TimeRange, Times,
    UtilizationFlags, UtilizationRules, gc_cycles, gc_cycles_within, goroutine_times, latencies,
    proc_times, profile, range_summary, utilization, utilization_within,
};
use tracepane_model::{Cause, GoroutineIndex, Nanos, RangeKind, SpanIndex, SpanState, Trace, load};
use tracepane_testkit::data;

fn main() {
    tracepane_tests::check_each(data::corpus(), check)
}

fn check(path: &str) -> Result<(), String> {
    let bytes = data::read(path);
    let trace = load(&bytes[..], Default::default()).map_err(|error| error.to_string())?;
    for range in ranges(&trace) {
        let found = range_summary(&trace, range);
        let say = |what: &str| format!("{what} of {range:?}");
        times(&trace, range, &found).map_err(|error| say(&error))?;
        blocked(&trace, range, &found).map_err(|error| say(&error))?;
        others(&trace, range, &found).map_err(|error| say(&error))?;
        annotations(&trace, range).map_err(|error| say(&error))?;
        gc(&trace, range).map_err(|error| say(&error))?;
    }
    parts(&trace)
}

/// The whole trace, more than it, its edges, slices of it, moments, and what begins and ends at spans.
fn ranges(trace: &Trace) -> Vec<TimeRange> {
    let end = trace.end.0;
    let part = |share: f64| (end as f64 * share) as i64;
    let mut ranges = vec![
        (i64::MIN, i64::MAX),
        (0, end),
        (0, 1),
        (0, part(0.01)),
        (part(0.2), part(0.7)),
        (part(0.5), part(0.5) + 1),
        (part(0.5), part(0.501)),
        (part(0.9), end),
        (end - 1, end),
        (end, end + 10),
        (part(0.3), i64::MAX),
    ];
    let spans = trace.spans.len() as u32;
    for at in [3, 5, 7, 11] {
        let start = |row: u32| trace.spans.start(SpanIndex(row.min(spans - 1))).0;
        ranges.push((start(spans / at), start(spans / at + spans / 9)));
    }
    let range = |(start, end)| TimeRange {
        start: Nanos(start),
        end: Nanos(end),
    };
    ranges.into_iter().map(range).collect()
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, found: T, expected: T) -> Result<(), String> {
    match found == expected {
        true => Ok(()),
        false => Err(format!("{what} are {found:?}, not {expected:?}:")),
    }
}

/// The time of each state, from each goroutine's own list of spans.
fn plain(trace: &Trace, range: TimeRange) -> Vec<Times> {
    let window = range.intersection(TimeRange {
        start: Nanos(0),
        end: trace.end,
    });
    (0..trace.goroutines.len() as u32)
        .map(|goroutine| {
            let goroutine = GoroutineIndex(goroutine);
            let mut times = Times::default();
            let mut before_alive = false;
            for (place, &span) in trace.goroutines.spans(goroutine).iter().enumerate() {
                let kind = trace.spans.kind(SpanIndex(span));
                let mut start = trace.spans.start(SpanIndex(span));
                let end = trace.span_end_at(goroutine, place);
                // What it is found doing, it did since the generation began.
                if !before_alive && kind.was_going_on() {
                    let generations = trace.generations.iter().map(|g| g.start);
                    start = generations
                        .filter(|&g| g <= start)
                        .max()
                        .unwrap_or_default();
                }
                before_alive = kind.state() != SpanState::Dead;
                let nanos = window.overlap(start, end);
                let sum = match kind.state() {
                    SpanState::Dead => continue,
                    SpanState::Runnable => &mut times.runnable,
                    SpanState::Running => &mut times.running,
                    SpanState::Waiting => &mut times.waiting,
                    SpanState::Syscall => &mut times.syscall,
                    SpanState::SyscallBlocked => &mut times.syscall_blocked,
                };
                sum.0 += nanos;
                times.total.0 += nanos;
            }
            times
        })
        .collect()
}

fn times(trace: &Trace, range: TimeRange, found: &RangeSummary) -> Result<(), String> {
    let expected = plain(trace, range);
    let mut all = Times::default();
    for times in &expected {
        all.add(times);
    }
    same("the times", found.times, all)?;
    let lived = expected.iter().filter(|times| times.total.0 > 0).count();
    same("the goroutines", found.goroutines, lived as u64)?;
    let waits = found.waits.iter().map(|(_, nanos)| nanos.0).sum::<i64>();
    same("the waits", waits, all.waiting.0)?;
    // The tables of the page say the same.
    let scope = Scope {
        time: Some(range),
        ..Scope::ALL
    };
    let table = goroutine_times(trace, &scope, Completeness::Complete);
    for (i, times) in expected.iter().enumerate() {
        let goroutine = GoroutineIndex(i as u32);
        same("a goroutine's times", table.times(goroutine), *times)?;
        let spans = spans_in(trace, goroutine, &scope).len();
        let window = scope.window(trace);
        let list = trace.goroutines.spans(goroutine);
        let own = (0..list.len()).filter(|&place| {
            let start = trace.spans.start(SpanIndex(list[place]));
            let end = trace.span_end_at(goroutine, place);
            start < window.end && (end > window.start || place + 1 == list.len())
        });
        if window.length().0 > 0 && times.total.0 > 0 {
            let most = own.count();
            if spans > most {
                return Err(format!("{spans} spans, but {most} touch it:"));
            }
        }
    }
    let rows = group_rows(trace, &table);
    same("the groups", found.groups.len(), rows.len())?;
    for row in rows {
        let group = found.groups.iter().find(|group| group.group == row.group);
        let group = group.map(|group| (group.goroutines, group.times));
        same("a group", group, Some((row.goroutines, row.times)))?;
    }
    for (list, of) in [
        (&found.running, (|t| t.running) as fn(&Times) -> Nanos),
        (&found.runnable, |t| t.runnable),
        (&found.waiting, |t| t.waiting),
    ] {
        let mut sorted: Vec<(i64, u32)> =
            (0..).zip(&expected).map(|(i, t)| (-of(t).0, i)).collect();
        sorted.retain(|&(nanos, i)| {
            let row = &trace.goroutines.rows[i as usize];
            nanos != 0 && !(row.is_system() && std::ptr::eq(list, &found.waiting))
        });
        sorted.sort_unstable();
        sorted.truncate(list.len().max(10));
        let list: Vec<(i64, u32)> = list.iter().map(|(g, nanos)| (-nanos.0, g.0)).collect();
        same("a list of goroutines", list, sorted)?;
    }
    Ok(())
}

/// Program counters of a stack: stacks that are the same count together.
fn pcs(trace: &Trace, stack: tracepane_model::StackRef) -> Vec<u64> {
    let frames = trace.stacks.get(stack).iter();
    frames.map(|&frame| trace.stacks.frame(frame).pc).collect()
}

fn blocked(trace: &Trace, range: TimeRange, found: &RangeSummary) -> Result<(), String> {
    let scope = Scope {
        time: Some(range),
        ..Scope::ALL
    };
    let mut all = Vec::new();
    for kind in [ProfileKind::Sync, ProfileKind::Network] {
        let known = profile(trace, kind, &scope, Completeness::Complete);
        all.extend(known.rows.iter().map(|row| {
            let nanos = i64::try_from(row.nanos).unwrap_or(i64::MAX);
            (
                -nanos,
                std::cmp::Reverse(row.count),
                kind.name(),
                pcs(trace, row.stack),
            )
        }));
    }
    same("the stacks", found.blocked_stacks, all.len() as u64)?;
    all.sort();
    // Equal ones may stand in any order.
    let weight = |row: &(i64, std::cmp::Reverse<u64>, &str, Vec<u64>)| (row.0, row.1);
    let ties = all
        .windows(2)
        .any(|pair| weight(&pair[0]) == weight(&pair[1]));
    all.truncate(found.blocked.len());
    let mut list: Vec<_> = (found.blocked.iter())
        .map(|at| {
            let count = std::cmp::Reverse(at.count);
            (-at.nanos.0, count, at.kind.name(), pcs(trace, at.stack))
        })
        .collect();
    list.sort();
    let weights = |list: &[_]| list.iter().map(weight).collect::<Vec<_>>();
    same("the heaviest stacks", weights(&list), weights(&all))?;
    match ties {
        true => Ok(()),
        false => same("the heaviest stacks", list, all),
    }
}

fn others(trace: &Trace, range: TimeRange, found: &RangeSummary) -> Result<(), String> {
    let scope = Scope {
        time: Some(range),
        ..Scope::ALL
    };
    let window = scope.window(trace);
    let known = latencies(trace, &scope);
    same("the latencies", found.latency, known.all)?;
    same("their bars", &found.latencies, &known.histogram)?;
    same("the procs", &found.procs, &proc_times(trace, window))?;
    on_procs(trace, window, &found.procs)?;
    let mut counts = [(0u64, 0i64); 3];
    for row in trace.ranges.rows.iter() {
        let which = match row.kind {
            RangeKind::GcMark => 0,
            RangeKind::StopTheWorld(_) => 1,
            RangeKind::GcMarkAssist => 2,
            RangeKind::GcSweep => continue,
        };
        if touches(window, row.start, row.end) {
            counts[which].0 += 1;
            counts[which].1 += window.overlap(row.start, row.end);
        }
    }
    let gc = found.gc;
    let told = [
        (gc.cycles, gc.marking.0),
        (gc.pauses, gc.paused.0),
        (gc.assists, gc.assisting.0),
    ];
    same("the GC's numbers", told, counts)?;
    let heap = |time: Nanos| {
        let points = trace.metrics.heap_objects.iter();
        let before = points.take_while(|point| point.time <= time);
        before.last().map(|point| point.value)
    };
    same(
        "the heaps",
        found.heap,
        (heap(window.start), heap(window.end)),
    )
}

/// What goroutines had of each proc: running, and in system calls.
fn on_procs(trace: &Trace, window: TimeRange, found: &[ProcTimes]) -> Result<(), String> {
    let mut sums = vec![(0, 0); trace.procs.ids.len()];
    for goroutine in (0..trace.goroutines.len() as u32).map(GoroutineIndex) {
        for (place, &span) in trace.goroutines.spans(goroutine).iter().enumerate() {
            let span = SpanIndex(span);
            let kind = trace.spans.kind(span);
            let Cause::Placement(on) = trace.spans.cause(span) else {
                continue;
            };
            let mut start = trace.spans.start(span);
            if kind.was_going_on() {
                let generations = trace.generations.iter().map(|g| g.start);
                start = generations
                    .filter(|&g| g <= start)
                    .max()
                    .unwrap_or_default();
            }
            // What is found beyond the range is not looked at.
            if trace.spans.start(span) >= window.end {
                continue;
            }
            let nanos = window.overlap(start, trace.span_end_at(goroutine, place));
            let proc = trace.procs.placement(on).proc.0 as usize;
            let Some(sum) = sums.get_mut(proc) else {
                continue;
            };
            match kind.state() {
                SpanState::Running => sum.0 += nanos,
                SpanState::Syscall => sum.1 += nanos,
                _ => {}
            }
        }
    }
    for proc in found {
        let expected = sums[proc.proc.0 as usize];
        let told = (proc.running.0 + proc.gc.0, proc.syscall.0);
        same("a proc's times", told, expected)?;
    }
    Ok(())
}

fn annotations(trace: &Trace, range: TimeRange) -> Result<(), String> {
    let here = Annotations::within(trace, range);
    let all = Annotations::new(trace);
    let regions = here.regions.matching(trace, &RegionFilter::default());
    let expected: Vec<u32> = (all
        .regions
        .matching(trace, &RegionFilter::default())
        .into_iter())
    .filter(|&region| {
        let row = trace.regions.get(region as usize).expect("a row");
        let time = regions::time_of(trace, &row);
        touches(range, time.start, time.end)
    })
    .collect();
    let counted: u64 = here.regions.types.iter().map(|of| of.count()).sum();
    same("the regions counted", counted, expected.len() as u64)?;
    same("the regions", regions, expected)?;
    let tasks = here.tasks.matching(trace, &TaskFilter::default());
    let expected: Vec<_> = (all
        .tasks
        .matching(trace, &TaskFilter::default())
        .into_iter())
    .filter(|task| {
        let time = tasks::time_of(trace, &trace.tasks[task.0 as usize]);
        touches(range, time.start, time.end)
    })
    .collect();
    let counted: u64 = here.tasks.types.iter().map(|of| of.count).sum();
    same("the tasks counted", counted, expected.len() as u64)?;
    same("the tasks", tasks, expected)
}

fn gc(trace: &Trace, range: TimeRange) -> Result<(), String> {
    let all = gc_cycles(trace);
    let here = gc_cycles_within(trace, range);
    let window = Scope {
        time: Some(range),
        ..Scope::ALL
    }
    .window(trace);
    let expected: Vec<_> = (all.rows.iter())
        .filter(|cycle| cycle.start < window.end && cycle.end > window.start)
        .collect();
    same("the cycles", here.rows.iter().collect::<Vec<_>>(), expected)?;
    if window.start.0 == 0 && window.end == trace.end {
        same("the GC's work", here.work, all.work)?;
        same("the procs' time", here.available, all.available)?;
    }
    let mut assists = (0, 0);
    for (_, row) in trace.ranges.bound_to_goroutines() {
        if row.kind == RangeKind::GcMarkAssist && touches(window, row.start, row.end) {
            assists.0 += 1;
            assists.1 += window.overlap(row.start, row.end);
        }
    }
    let groups = here.assists_by_group.iter();
    let told = groups.fold((0, 0), |sum, (_, assists)| {
        (sum.0 + assists.count, sum.1 + assists.time.0)
    });
    same("the assists", told, assists)?;
    // A function cut to the range is the same in it.
    let flags = UtilizationFlags::default();
    for steps in utilization(trace, flags, UtilizationRules::Right) {
        let part = utilization_within(&steps, range);
        // Of a few nanoseconds nobody asks for windows.
        if part.is_empty() || range.intersection(window).length().0 < 10_000 {
            continue;
        }
        let at = |steps: &[tracepane_analysis::Utilization], time: Nanos| {
            let begun = steps.partition_point(|step| step.time <= time);
            steps.get(begun.wrapping_sub(1)).map(|step| step.part)
        };
        let (first, last) = (part[0].time, part[part.len() - 1].time);
        let length = last.0 - first.0;
        for i in 0..100 {
            let time = Nanos(first.0 + length * i / 100);
            same("the utilization", at(&part, time), at(&steps, time))?;
        }
        let mmu = Mmu::new(&[part]);
        let least = mmu.min(Nanos(length));
        let worst = mmu.worst(Nanos((length / 10).max(1)), 3);
        for window in worst {
            let inside = window.time >= first && window.time <= last;
            if !inside || !(0.0..=1.0 + 1e-9).contains(&least) {
                return Err(format!("a window at {:?}:", window.time));
            }
        }
    }
    Ok(())
}

/// Ranges that lie side by side have together what the trace has.
fn parts(trace: &Trace) -> Result<(), String> {
    let end = trace.end.0;
    let mut cuts: Vec<i64> = (0..=7)
        .map(|i| (end as f64 * f64::from(i) / 7.0) as i64)
        .collect();
    cuts[7] = end;
    let mut sum = Times::default();
    let mut blocked: BTreeMap<&str, u64> = BTreeMap::new();
    let kinds = ProfileKind::ALL;
    for pair in cuts.windows(2) {
        let time = TimeRange {
            start: Nanos(pair[0]),
            end: Nanos(pair[1]),
        };
        sum.add(&range_summary(trace, time).times);
        for kind in kinds {
            let scope = Scope {
                time: Some(time),
                ..Scope::ALL
            };
            *blocked.entry(kind.name()).or_default() +=
                profile(trace, kind, &scope, Completeness::AsGoToolTrace).nanos;
        }
    }
    same("the parts", sum, range_summary(trace, TimeRange::ALL).times)?;
    for kind in kinds {
        let whole = profile(trace, kind, &Scope::ALL, Completeness::AsGoToolTrace).nanos;
        // In old traces waits may have begun before time 0.
        if trace.clock_start.0 >= 0 {
            same(kind.name(), blocked[kind.name()], whole)?;
        }
    }
    Ok(())
}
