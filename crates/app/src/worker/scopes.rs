//! What a profile may be of, by what is typed: groups, goroutines, types of regions and tasks.

use tracepane_analysis::place::place_text;
use tracepane_analysis::{format, names};
use tracepane_model::{GoroutineId, TaskId};

use super::opened::OpenTrace;
use super::tables::has;
use super::words;
use crate::protocol::{ProfileScope, ProfileScopes, RegionsOf, ScopeChoice, TasksOf};

/// The most choices of one answer.
const MOST: usize = 60;

/// The scopes whose names contain a text.
pub fn scopes(open: &OpenTrace, text: &str) -> ProfileScopes {
    let mut found = Found {
        needle: text.trim().to_lowercase(),
        choices: Vec::new(),
        total: 0,
    };
    found.offer("All goroutines", String::new(), "", || ProfileScope::All);
    by_number(open, &mut found);
    groups(open, &mut found);
    annotations(open, &mut found);
    ProfileScopes {
        text: text.into(),
        choices: found.choices,
        total: found.total,
    }
}

struct Found {
    needle: String,
    choices: Vec<ScopeChoice>,
    total: u32,
}

impl Found {
    fn offer(
        &mut self,
        title: &str,
        detail: String,
        kind: &str,
        scope: impl FnOnce() -> ProfileScope,
    ) {
        if has(title, &self.needle) {
            self.add(title.into(), detail, kind, scope());
        }
    }

    fn add(&mut self, title: String, detail: String, kind: &str, scope: ProfileScope) {
        self.total = self.total.saturating_add(1);
        if self.choices.len() < MOST {
            self.choices.push(ScopeChoice {
                scope,
                kind: kind.into(),
                title,
                detail,
            });
        }
    }
}

/// A goroutine or task whose number was typed: `17`, `G17`, `task 17`.
fn by_number(open: &OpenTrace, found: &mut Found) {
    let trace = &open.trace;
    let typed = found.needle.as_str();
    let goroutine = typed.strip_prefix('g').unwrap_or(typed).trim().parse().ok();
    let goroutine = goroutine.and_then(|id| trace.goroutines.find(GoroutineId(id)));
    let task = typed
        .strip_prefix("task")
        .unwrap_or(typed)
        .trim()
        .parse()
        .ok();
    let task = task.filter(|_| !trace.tasks.is_empty());
    let task = task.and_then(|id| open.annotations().tasks.find(TaskId(id)));
    if let Some(goroutine) = goroutine.filter(|&g| !trace.goroutines.spans(g).is_empty()) {
        let id = trace.goroutines.row(goroutine).id.to_string();
        let title = words::goroutine_name(trace, goroutine);
        found.add(
            title,
            String::new(),
            "Goroutine",
            ProfileScope::Goroutine(id),
        );
    }
    if let Some(task) = task.and_then(|task| trace.tasks.get(task.0 as usize)) {
        let title = format!("Task {} {}", task.id.0, trace.strings.get(task.name));
        let scope = ProfileScope::Task(task.id.0.to_string());
        found.add(title, String::new(), "Task", scope);
    }
}

fn groups(open: &OpenTrace, found: &mut Found) {
    for group in open.groups() {
        let name = open.trace.strings.get(group.name);
        let count = format::counted(group.goroutines, "goroutine");
        found.offer(names::or_inactive(name), count, "Group", || {
            ProfileScope::Group(name.into())
        });
    }
}

fn annotations(open: &OpenTrace, found: &mut Found) {
    let trace = &open.trace;
    if trace.regions.is_empty() && trace.tasks.is_empty() {
        return;
    }
    let known = open.annotations();
    for of in &known.regions.types {
        let name = trace.strings.get(of.name);
        let place = of
            .place
            .map_or_else(String::new, |place| place_text(trace, place));
        let detail = format!("{} at {place}", format::counted(of.count(), "region"));
        found.offer(name, detail, "Region", || {
            ProfileScope::Regions(RegionsOf {
                name: name.into(),
                place: Some(place),
                ..RegionsOf::default()
            })
        });
    }
    for of in &known.tasks.types {
        let name = trace.strings.get(of.name);
        if name.is_empty() {
            continue;
        }
        let count = format::counted(of.count, "task");
        found.offer(name, count, "Task type", || {
            ProfileScope::Tasks(TasksOf {
                name: Some(name.into()),
                ..TasksOf::default()
            })
        });
    }
}
