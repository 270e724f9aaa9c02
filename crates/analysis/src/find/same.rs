//! Queries for what something has in common with others.

use tracepane_model::{
    GoroutineIndex, RangeKind, RangeScope, SpanIndex, SpanState, StackRef, TaskId, Trace,
};

use super::hits::Hit;
use super::kinds::Kind;
use super::parse::values::quoted;
use super::reasons::Wait;
use crate::span_details::span_details;
use crate::stack_reason;

/// What a thing has in common with others, and the query that finds those.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Same {
    /// What it is, e.g. "goroutine" or "lock stack".
    pub what: &'static str,
    /// The query.
    pub query: String,
}

/// What a row of a table has in common with others, the widest first.
pub fn same(trace: &Trace, hit: Hit) -> Vec<Same> {
    let mut list = List {
        trace,
        all: Vec::new(),
    };
    let row = hit.row as usize;
    match hit.kind {
        Kind::Span => list.span(SpanIndex(hit.row)),
        Kind::Goroutine => list.goroutine(GoroutineIndex(hit.row)),
        Kind::Region => {
            if let Some(region) = trace.regions.get(row) {
                list.add(
                    "region",
                    format!("region={}", quoted(trace.strings.get(region.name))),
                );
                list.goroutine(region.goroutine);
                list.task(region.task);
                list.stack("stack", region.begin_stack);
            }
        }
        Kind::Log => {
            if let Some(log) = trace.logs.get(row) {
                let category = trace.strings.get(log.category);
                if !category.is_empty() {
                    list.add("category", format!("log={}", quoted(category)));
                }
                list.goroutine(log.goroutine);
                list.task(log.task);
                list.stack("stack", log.stack);
            }
        }
        Kind::Task => {
            if let Some(task) = trace.tasks.get(row) {
                let name = trace.strings.get(task.name);
                list.add("type", format!("task={}", quoted(name)));
                list.task(task.id);
            }
        }
        Kind::Range => {
            if let Some(range) = trace.ranges.rows.get(row) {
                list.add(
                    "kind",
                    match range.kind {
                        RangeKind::GcMark => "gc".to_owned(),
                        RangeKind::GcSweep => "sweep".to_owned(),
                        RangeKind::GcMarkAssist => "assist".to_owned(),
                        RangeKind::StopTheWorld(_) => "stw".to_owned(),
                    },
                );
                if let RangeScope::Goroutine(goroutine) = range.scope {
                    list.goroutine(goroutine);
                }
            }
        }
        Kind::Sample => {
            if let Some(sample) = trace.samples.get(row) {
                list.goroutine(sample.goroutine);
                list.function(sample.stack);
                list.stack("stack", sample.stack);
            }
        }
    }
    list.all
}

struct List<'a> {
    trace: &'a Trace,
    all: Vec<Same>,
}

impl List<'_> {
    fn add(&mut self, what: &'static str, query: String) {
        self.all.push(Same { what, query });
    }

    fn goroutine(&mut self, goroutine: GoroutineIndex) {
        if let Some(row) = goroutine
            .get()
            .and_then(|i| self.trace.goroutines.rows.get(i))
        {
            self.add("goroutine", format!("g:{}", row.id));
            let name = self.trace.strings.get(row.name);
            if !name.is_empty() {
                self.add("group", format!("group={}", quoted(name)));
            }
        }
    }

    fn task(&mut self, task: TaskId) {
        if task != TaskId::NONE && task != TaskId::BACKGROUND {
            self.add("task", format!("work:{}", task.0));
        }
    }

    fn stack(&mut self, what: &'static str, stack: StackRef) {
        if stack.is_some() {
            self.add(what, format!("stack:#{}", stack.0));
        }
    }

    /// The innermost function of a stack that is the program's own.
    fn function(&mut self, stack: StackRef) {
        const RUNTIME: [&str; 5] = ["runtime.", "internal/", "sync.", "syscall.", "time."];
        let trace = self.trace;
        let frames = trace.stacks.get(stack).iter();
        let mut names = frames.map(|&f| trace.strings.get(trace.stacks.frame(f).function));
        let own = names.find(|name| !RUNTIME.iter().any(|own| name.starts_with(own)));
        if let Some(name) = own.filter(|name| !name.is_empty()) {
            self.add("function", format!("fn={}", quoted(name)));
        }
    }

    fn span(&mut self, span: SpanIndex) {
        let trace = self.trace;
        let Some(details) = span_details(trace, span) else {
            return;
        };
        self.goroutine(details.goroutine);
        let stack = match own_stack(trace, span) {
            StackRef::NONE => details.end_stack,
            stack => stack,
        };
        self.function(stack);
        self.stack("stack", stack);
        for task in tasks_of(trace, details.goroutine, details.start.0, details.end.0) {
            self.task(task);
        }
        let mut reason = crate::names::reason(trace, details.reason);
        if details.state == SpanState::Waiting && reason.is_empty() {
            reason = stack_reason::of(trace, stack);
        }
        if details.state == SpanState::Waiting && Wait::of(reason) == Wait::Sync && stack.is_some()
        {
            self.add("lock stack", format!("waiting:sync stack:#{}", stack.0));
        }
        match details.state {
            SpanState::Waiting if !reason.is_empty() => {
                self.add("reason", format!("waiting:{}", quoted_reason(reason)));
            }
            state => {
                let name = match state {
                    SpanState::Running => "running",
                    SpanState::Runnable => "runnable",
                    SpanState::Waiting => "waiting",
                    SpanState::Syscall | SpanState::SyscallBlocked => "syscall",
                    SpanState::Dead => return,
                };
                self.add("state", name.to_owned());
            }
        }
    }
}

/// A reason is more than the class that may have its name.
fn quoted_reason(reason: &str) -> String {
    let text = quoted(reason);
    if text.starts_with('"') || Wait::named(&reason.to_lowercase()).is_none() {
        text
    } else {
        format!("\"{reason}\"")
    }
}

/// Where a span's goroutine was in the program when it began.
fn own_stack(trace: &Trace, span: SpanIndex) -> StackRef {
    let goroutine = trace.spans.goroutine(span);
    let list = trace.goroutines.spans(goroutine);
    let Some(place) = trace.goroutines.place_of(goroutine, span) else {
        return StackRef::NONE;
    };
    // A wait, being ready, running: no more than that lies between a span and where it stopped.
    for back in (0..=place).rev().take(8) {
        let row = SpanIndex(list[back]);
        let kind = trace.spans.kind(row);
        let before = match back.checked_sub(1) {
            Some(before) => trace.spans.kind(SpanIndex(list[before])).state(),
            None => SpanState::Dead,
        };
        let stack = trace.spans.stack(row);
        if super::span_sweep::stack_owner(kind, before) == super::span_sweep::Owner::Itself
            && stack.is_some()
        {
            return stack;
        }
        if matches!(before, SpanState::Dead | SpanState::Running) {
            break;
        }
    }
    StackRef::NONE
}

/// The tasks that a goroutine worked for in a stretch of time, two at most.
fn tasks_of(trace: &Trace, goroutine: GoroutineIndex, start: i64, end: i64) -> Vec<TaskId> {
    const MOST: usize = 2;
    let mut tasks: Vec<TaskId> = Vec::new();
    let inherited = trace.goroutines.row(goroutine).inherited_task;
    let regions = trace.regions.iter().filter(|region| {
        let time = super::thing::region_time(trace, region);
        region.goroutine == goroutine && super::stretches::overlap((start, end), time)
    });
    for task in regions.map(|region| region.task).chain([inherited]) {
        let named = task != TaskId::NONE && task != TaskId::BACKGROUND;
        if named && !tasks.contains(&task) {
            tasks.push(task);
            if tasks.len() == MOST {
                break;
            }
        }
    }
    tasks
}
