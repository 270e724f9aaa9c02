//! Tooltips of what the program says of itself: tasks, regions, logs.

use tracepane_model::{TaskId, TaskIndex};

use super::{at, goroutine_name, times};
use crate::draw::Scene;
use crate::draw::name::task_name;
use crate::draw::regions::region_times;
use crate::family::{task_of, task_times};

pub fn region_lines(scene: &Scene<'_>, row: u32) -> Vec<String> {
    let trace = scene.trace;
    let Some(region) = trace.regions.get(row as usize) else {
        return Vec::new();
    };
    let (start, end) = region_times(trace, row);
    let mut lines = vec![
        format!("Region {}", trace.strings.get(region.name)),
        times(scene, start, end),
        goroutine_name(scene, region.goroutine),
    ];
    lines.extend(of_task(scene, region.task));
    lines
}

pub fn log_lines(scene: &Scene<'_>, row: u32) -> Vec<String> {
    let trace = scene.trace;
    let Some(log) = trace.logs.get(row as usize) else {
        return Vec::new();
    };
    let category = trace.strings.get(log.category);
    let mut lines = vec![match category {
        "" => "Log".to_owned(),
        category => format!("Log: {category}"),
    }];
    lines.push(trace.strings.get(log.message).to_owned());
    lines.push(at(scene, log.time.0 as f64));
    lines.push(goroutine_name(scene, log.goroutine));
    lines.extend(of_task(scene, log.task));
    lines
}

/// A task in words.
pub fn task_title(scene: &Scene<'_>, task: TaskIndex) -> String {
    match scene.trace.tasks.get(task.0 as usize) {
        Some(row) => {
            let name = task_name(scene.trace.strings.get(row.name));
            format!("{name} #{}", row.id.0)
        }
        None => "an unknown task".to_owned(),
    }
}

pub fn task_lines(scene: &Scene<'_>, task: TaskIndex) -> Vec<String> {
    let trace = scene.trace;
    let (Some((start, end)), Some(row)) =
        (task_times(trace, task), trace.tasks.get(task.0 as usize))
    else {
        return Vec::new();
    };
    let name = task_name(trace.strings.get(row.name));
    let mut lines = vec![
        format!("Task {name} #{}", row.id.0),
        times(scene, start, end),
    ];
    if row.start.is_none() {
        lines.push("since before the trace".to_owned());
    }
    if row.end.is_none() {
        lines.push("not ended in the trace".to_owned());
    }
    if row.began_by.is_some() {
        lines.push(format!("begun by {}", goroutine_name(scene, row.began_by)));
    }
    if row.ended_by.is_some() && row.ended_by != row.began_by {
        lines.push(format!("ended by {}", goroutine_name(scene, row.ended_by)));
    }
    lines
}

/// To which task something belongs, if the program said so.
fn of_task(scene: &Scene<'_>, id: TaskId) -> Option<String> {
    if id == TaskId::NONE || id == TaskId::BACKGROUND {
        return None;
    }
    let task = task_of(scene.trace, id)?;
    let row = &scene.trace.tasks[task.0 as usize];
    let name = task_name(scene.trace.strings.get(row.name));
    Some(format!("task {name} #{}", id.0))
}
