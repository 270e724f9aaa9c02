//! The panel about a user log, a CPU sample or a user task.

use tracepane_analysis::format;
use tracepane_model::{GoroutineIndex, Nanos, Placement, TaskIndex, Trace};
use tracepane_timeline::family::{Family, task_of, task_times};

use super::details::{goroutine_number, place};
use super::lanes::task_number;
use super::opened::OpenTrace;
use super::words::{self, duration_fact, fact, moment_fact};
use crate::protocol::{Details, Fact, Link, Selection, StackText};

/// A log message.
pub fn of_log(open: &OpenTrace, row: u32) -> Option<Details> {
    let trace = &open.trace;
    let log = trace.logs.get(row as usize)?;
    let selection = Selection::Log(row);
    let mut facts = vec![fact("Message", trace.strings.get(log.message))];
    let category = trace.strings.get(log.category);
    if !category.is_empty() {
        facts.push(fact("Category", category));
    }
    facts.push(moment_fact("Time", log.time));
    facts.extend(goroutine_fact(trace, "Goroutine", log.goroutine));
    facts.extend(words::task_fact(trace, log.task));
    let time = |row: u32| trace.logs.at(row as usize).time;
    let (previous, next) = neighbours(open.levels.logs_of(log.goroutine), row, time);
    Some(Details {
        same: Vec::new(),
        selection,
        title: match category {
            "" => "Log".to_owned(),
            category => format!("Log: {category}"),
        },
        state: "log".into(),
        time: (log.time.0 as f64, log.time.0 as f64),
        facts,
        stacks: stacks([words::stack(trace, "Logged here", log.stack)]),
        history: Vec::new(),
        previous: previous.map(|(row, time)| (Selection::Log(row), time)),
        next: next.map(|(row, time)| (Selection::Log(row), time)),
        cause: None,
        goroutine: goroutine_number(trace, selection),
        task: task_number(trace, log.task),
    })
}

/// A CPU sample.
pub fn of_sample(open: &OpenTrace, row: u32) -> Option<Details> {
    let trace = &open.trace;
    let sample = trace.samples.get(row as usize)?;
    let selection = Selection::Sample(row);
    let mut facts = vec![moment_fact("Time", sample.time)];
    facts.extend(goroutine_fact(trace, "Goroutine", sample.goroutine));
    let placement = Placement {
        proc: sample.proc,
        thread: sample.thread,
    };
    facts.push(fact("Where", place(trace, placement)));
    let time = |row: u32| trace.samples.at(row as usize).time;
    let (previous, next) = neighbours(open.levels.samples_of(sample.goroutine), row, time);
    Some(Details {
        same: Vec::new(),
        selection,
        title: "CPU sample".into(),
        state: "sample".into(),
        time: (sample.time.0 as f64, sample.time.0 as f64),
        facts,
        stacks: stacks([words::stack(trace, "Running here", sample.stack)]),
        history: Vec::new(),
        previous: previous.map(|(row, time)| (Selection::Sample(row), time)),
        next: next.map(|(row, time)| (Selection::Sample(row), time)),
        cause: None,
        goroutine: goroutine_number(trace, selection),
        task: None,
    })
}

/// A task.
pub fn of_task(trace: &Trace, task: TaskIndex) -> Option<Details> {
    let row = trace.tasks.get(task.0 as usize)?;
    let (start, end) = task_times(trace, task)?;
    let number = row.id.0.to_string();
    let mut facts = vec![Fact {
        link: Some(Link::Task(number.clone())),
        ..fact("Task", number.clone())
    }];
    facts.push(duration_fact("Duration", Nanos((end - start) as i64)));
    match row.start {
        Some(start) => facts.push(moment_fact("Start", start)),
        None => facts.push(fact("Start", "before the trace")),
    }
    match row.end {
        Some(end) => facts.push(moment_fact("End", end)),
        None => facts.push(fact("End", "not in this trace")),
    }
    if let Some(parent) = task_of(trace, row.parent) {
        facts.push(Fact {
            link: Some(Link::Task(row.parent.0.to_string())),
            ..fact("Part of", words::task_name(trace, parent))
        });
    }
    facts.extend(goroutine_fact(trace, "Begun by", row.began_by));
    facts.extend(goroutine_fact(trace, "Ended by", row.ended_by));
    let family = Family::new(trace, task);
    let subtasks = family.tasks.len().saturating_sub(1) as u64;
    facts.push(fact("Subtasks", format::count(subtasks)));
    let goroutines = family.goroutines.len() as u64;
    facts.push(fact("Goroutines", format::count(goroutines)));
    facts.push(fact("Logs", format::count(family.logs(0).len() as u64)));
    Some(Details {
        same: Vec::new(),
        selection: Selection::Task(task.0),
        title: format!("Task {}", words::task_name(trace, task)),
        state: "task".into(),
        time: (start, end),
        facts,
        stacks: stacks([
            words::stack(trace, "Began here", row.begin_stack),
            words::stack(trace, "Ended here", row.end_stack),
        ]),
        history: Vec::new(),
        previous: None,
        next: None,
        cause: task_of(trace, row.parent).and_then(|parent| {
            let time = task_times(trace, parent)?;
            Some((Selection::Task(parent.0), time))
        }),
        goroutine: None,
        task: Some(number),
    })
}

fn stacks<const N: usize>(stacks: [Option<StackText>; N]) -> Vec<StackText> {
    stacks.into_iter().flatten().collect()
}

fn goroutine_fact(trace: &Trace, label: &str, goroutine: GoroutineIndex) -> Option<Fact> {
    goroutine.get().filter(|&i| i < trace.goroutines.len())?;
    Some(Fact {
        link: Some(words::goroutine_link(trace, goroutine)),
        ..fact(label, words::goroutine_name(trace, goroutine))
    })
}

/// A row with the moment at which it is.
type Neighbour = Option<(u32, (f64, f64))>;

/// The rows before and after one among those of its goroutine.
fn neighbours(rows: &[u32], row: u32, time: impl Fn(u32) -> Nanos) -> (Neighbour, Neighbour) {
    let timed = |&row: &u32| {
        let at = time(row).0 as f64;
        (row, (at, at))
    };
    match rows.binary_search(&row) {
        Ok(place) => (
            place.checked_sub(1).and_then(|i| rows.get(i)).map(timed),
            rows.get(place + 1).map(timed),
        ),
        Err(_) => (None, None),
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn neighbours_are_those_of_the_same_goroutine() {
        let rows = [2, 5, 9];
        let places = |row| {
            let (before, after) = neighbours(&rows, row, |row| Nanos(i64::from(row) * 10));
            (before.map(|n| n.0), after.map(|n| n.1.0))
        };
        assert_eq!(places(2), (None, Some(50.0)));
        assert_eq!(places(5), (Some(2), Some(90.0)));
        assert_eq!(places(9), (Some(5), None));
        assert_eq!(places(4), (None, None));
    }
}
