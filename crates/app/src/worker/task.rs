//! A task's page, and how long tasks and regions are.

use tracepane_analysis::statistics::spread;
use tracepane_analysis::task_times::sum_of;
use tracepane_analysis::tasks::{is_complete, time_of};
use tracepane_analysis::{TaskTimes, TaskWork, TimeHistogram, format, task_events};
use tracepane_model::{GoroutineIndex, Nanos};

use super::filters;
use super::opened::OpenTrace;
use super::tables::{Part, ends, region_durations, task_durations};
use super::words::{self, duration_fact, fact, moment_fact};
use crate::protocol::{
    Durations, DurationsOf, Fact, Histogram, Link, StackText, TaskPage, TaskTime, TasksOf,
};

/// The page of the task with this number.
///
/// # Errors
/// A sentence, if the trace has none.
pub fn page(open: &OpenTrace, id: &str) -> Result<TaskPage, String> {
    let (trace, tasks) = (&open.trace, &open.annotations().tasks);
    let task = filters::task(open, id)?;
    let row = &trace.tasks[task.0 as usize];
    let time = time_of(trace, row);
    let name = trace.strings.get(row.name);
    let goroutine = |label: &str, goroutine: GoroutineIndex| Fact {
        link: Some(words::goroutine_link(trace, goroutine)),
        ..fact(label, words::goroutine_name(trace, goroutine))
    };
    let mut facts = vec![duration_fact("Duration", time.length())];
    if !is_complete(row) {
        facts.push(fact("Not complete", ends(row)));
    }
    match row.start {
        Some(start) => facts.push(moment_fact("Began", start)),
        None => facts.push(fact("Began", "before the trace")),
    }
    if row.began_by.is_some() {
        facts.push(goroutine("Begun by", row.began_by));
    }
    match row.end {
        Some(end) => facts.push(moment_fact("Ended", end)),
        None => facts.push(fact("Ended", "not in this trace")),
    }
    if row.ended_by.is_some() && row.ended_by != row.began_by {
        facts.push(goroutine("Ended by", row.ended_by));
    }
    let count = |rows: &[u32]| format::count(rows.len() as u64);
    facts.push(fact("Regions", count(tasks.regions(task))));
    facts.push(fact("Logs", count(tasks.logs(task))));
    let parent = tasks.parent(trace, task).map(|parent| {
        let row = &trace.tasks[parent.0 as usize];
        let title = format!("Task {} {}", row.id.0, trace.strings.get(row.name));
        (
            title.trim_end().to_owned(),
            Link::Task(row.id.0.to_string()),
        )
    });
    if let Some((title, link)) = &parent {
        facts.push(Fact {
            link: Some(link.clone()),
            ..fact("Part of", title.as_str())
        });
    }
    let stacks: Vec<StackText> = [
        words::stack(trace, "Begun here", row.begin_stack),
        words::stack(trace, "Ended here", row.end_stack),
    ]
    .into_iter()
    .flatten()
    .collect();
    let mut work = TaskWork::new(trace, tasks);
    let known = work.by_clock(task).zip(work.by_goroutine(task));
    let events = task_events(trace, tasks, task, true).len();
    let mut goroutines = tasks.goroutines(trace, task);
    let (times, no_times) = match known {
        Some((clock, by_goroutine)) => {
            goroutines.extend(by_goroutine.iter().map(|of| of.goroutine));
            goroutines.sort_unstable();
            goroutines.dedup();
            (
                times(open, &clock, &sum_of(&by_goroutine), time.length()),
                None,
            )
        }
        None => (
            Vec::new(),
            Some("Too many tasks lie within this one to know where its time went.".to_owned()),
        ),
    };
    let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    Ok(TaskPage {
        id: id.to_owned(),
        name: name.to_owned(),
        time: (time.start.0 as f64, time.end.0 as f64),
        facts,
        times,
        no_times,
        stacks,
        parent,
        counts: [
            number(events),
            number(goroutines.len()),
            number(tasks.subtasks(task).len()),
        ],
    })
}

fn times(open: &OpenTrace, clock: &TaskTimes, sum: &TaskTimes, whole: Nanos) -> Vec<TaskTime> {
    let mut parts = Part::all([clock, sum].into_iter());
    parts.sort_by_key(|part| (part == &Part::Nobody, -part.of(clock).0, -part.of(sum).0));
    parts
        .into_iter()
        .map(|part| {
            let text = |nanos: Nanos| match nanos.0 {
                0 => ("–".to_owned(), format::exact(nanos)),
                _ => (format::duration(nanos), format::exact(nanos)),
            };
            let nanos = part.of(clock);
            let (value, exact) = text(nanos);
            TaskTime {
                state: part.state(open).to_owned(),
                label: part.title(open),
                help: part.explained().to_owned(),
                clock: (value, exact, nanos.0 as f64 / (whole.0 as f64).max(1.0)),
                sum: text(part.of(sum)),
            }
        })
        .collect()
}

/// How long the tasks or regions are that pass a filter, whatever bounds it has.
pub fn durations(open: &OpenTrace, of: &DurationsOf) -> Durations {
    let all = match of {
        DurationsOf::Tasks(tasks) => task_durations(
            open,
            &TasksOf {
                shortest: None,
                longest: None,
                ..tasks.clone()
            },
        ),
        DurationsOf::Regions(regions) => {
            let mut regions = regions.clone();
            (regions.shortest, regions.longest) = (None, None);
            region_durations(open, &regions)
        }
    };
    let histogram = TimeHistogram::of(all.iter().copied());
    let mut values: Vec<i64> = all.into_iter().map(|duration| duration.0).collect();
    let spread = spread(&mut values);
    let mut facts = vec![fact(
        match of {
            DurationsOf::Tasks(_) => "Complete",
            DurationsOf::Regions(_) => "Count",
        },
        format::count(spread.count),
    )];
    if spread.count > 0 {
        facts.extend([
            duration_fact("Sum", spread.sum),
            duration_fact("Shortest", spread.min),
            duration_fact("Median", spread.p50),
            duration_fact("p90", spread.p90),
            duration_fact("p99", spread.p99),
            duration_fact("Longest", spread.max),
        ]);
    }
    Durations {
        of: of.clone(),
        facts,
        histogram: Histogram::from(&histogram),
    }
}
