//! A [`Trace`] as text, for tests and for looking at small ones.

use std::fmt::{self, Write};

use tracepane_wire::{GoroutineIndex, Nanos, ProcIndex, TaskId, ThreadIndex};

use crate::range::{RangeKind, RangeScope};
use crate::span::{Cause, SpanIndex};
use crate::stack::StackRef;
use crate::trace::Trace;

impl Trace {
    /// One line for each goroutine and each of its spans.
    pub fn dump_goroutines(&self) -> String {
        let mut out = String::new();
        for (i, row) in self.goroutines.rows.iter().enumerate() {
            let g = GoroutineIndex(i as u32);
            let _ = write!(
                out,
                "G{} {:?} {}{}",
                row.id,
                self.strings.get(row.name),
                if row.creation_seen { "" } else { "before " },
                row.created.0
            );
            for (name, time) in [("ran", row.first_ran), ("ended", row.ended)] {
                if let Some(time) = time {
                    let _ = write!(out, " {name} {}", time.0);
                }
            }
            if row.creator.is_some() {
                let _ = write!(out, " by {}", self.g(row.creator));
            }
            if row.label.0 != 0 {
                let _ = write!(out, " label {:?}", self.strings.get(row.label));
            }
            if row.inherited_task != TaskId::NONE {
                let _ = write!(out, " task {}", row.inherited_task.0);
            }
            out.push('\n');
            for &span in self.goroutines.spans(g) {
                let _ = writeln!(out, "  {}", self.span_line(SpanIndex(span)));
            }
        }
        out
    }

    fn span_line(&self, span: SpanIndex) -> String {
        let kind = self.spans.kind(span);
        let mut line = format!("{} {:?}", self.spans.start(span).0, kind.state());
        if kind.was_going_on() {
            line.push_str(" (before)");
        }
        let reason = self.spans.reasons.get(usize::from(kind.reason().0));
        if let Some(reason) = reason.filter(|reason| reason.0 != 0) {
            let _ = write!(line, " {:?}", self.strings.get(*reason));
        }
        match self.spans.cause(span) {
            Cause::None => {}
            Cause::Goroutine(g) => {
                let _ = write!(line, " by {}", self.g(g));
            }
            Cause::Placement(place) => {
                let place = self.procs.placement(place);
                let _ = write!(line, " on {} {}", self.p(place.proc), self.m(place.thread));
            }
        }
        self.stack_words(self.spans.stack(span), &mut line);
        if let Some(view) = self.spans.syscall_view(span) {
            let _ = write!(line, " (go tool trace: blocked ");
            let _ = match view.blocked_from {
                Some(from) => write!(line, "from {}", from.0),
                None => write!(line, "never"),
            };
            line.push_str(if view.found_with_proc {
                ", had a proc)"
            } else {
                ")"
            });
        }
        line
    }

    /// One line for each range.
    pub fn dump_ranges(&self) -> String {
        let mut out = String::new();
        for row in self.ranges.rows.iter() {
            let kind = match row.kind {
                RangeKind::GcMark => "mark".to_string(),
                RangeKind::GcSweep => "sweep".to_string(),
                RangeKind::GcMarkAssist => "assist".to_string(),
                RangeKind::StopTheWorld(kind) => format!("stop {:?}", self.strings.get(kind)),
            };
            let scope = match row.scope {
                RangeScope::Global => "all".to_string(),
                RangeScope::Proc(proc) => self.p(proc),
                RangeScope::Goroutine(goroutine) => self.g(goroutine),
            };
            let _ = write!(out, "{}{}", row.start.0, mark(row.begin_seen));
            let _ = write!(out, "..{}{} {kind} {scope}", row.end.0, mark(row.end_seen));
            if row.swept != 0 || row.reclaimed != 0 {
                let _ = write!(out, " swept {} reclaimed {}", row.swept, row.reclaimed);
            }
            out.push('\n');
        }
        out
    }

    /// One line for each task, then for each region, log and label.
    pub fn dump_user(&self) -> String {
        let mut out = String::new();
        let time = |time: Option<Nanos>| time.map_or("?".to_string(), |time| time.0.to_string());
        for row in &self.tasks {
            let name = self.strings.get(row.name);
            let _ = write!(out, "task {} {name:?}", row.id.0);
            let _ = write!(out, " {}..{}", time(row.start), time(row.end));
            if row.parent != TaskId::NONE {
                let _ = write!(out, " in {}", row.parent.0);
            }
            out.push('\n');
        }
        for row in self.regions.iter() {
            let name = self.strings.get(row.name);
            let _ = writeln!(
                out,
                "region {name:?} {} depth {} {}..{}{} task {}",
                self.g(row.goroutine),
                row.depth,
                time(row.start),
                time(row.end),
                mark(row.end_seen),
                row.task.0
            );
        }
        for row in self.logs.iter() {
            let (category, message) = (
                self.strings.get(row.category),
                self.strings.get(row.message),
            );
            let g = self.g(row.goroutine);
            let _ = writeln!(out, "log {} {g} {category:?} {message:?}", row.time.0);
        }
        for row in self.labels.iter() {
            let (g, label) = (self.g(row.goroutine), self.strings.get(row.label));
            let _ = writeln!(out, "label {} {g} {label:?}", row.time.0);
        }
        out
    }

    fn stack_words(&self, stack: StackRef, line: &mut String) {
        let mut separator = " at ";
        for &frame in self.stacks.get(stack) {
            line.push_str(separator);
            line.push_str(self.strings.get(self.stacks.frame(frame).function));
            separator = "<";
        }
    }

    fn g(&self, goroutine: GoroutineIndex) -> String {
        name(
            'G',
            goroutine
                .get()
                .and_then(|i| self.goroutines.rows.get(i))
                .map(|row| row.id),
        )
    }

    fn p(&self, proc: ProcIndex) -> String {
        name('P', proc.get().and_then(|i| self.procs.ids.get(i)))
    }

    fn m(&self, thread: ThreadIndex) -> String {
        name('M', thread.get().and_then(|i| self.procs.threads.get(i)))
    }
}

fn name(letter: char, id: Option<impl fmt::Display>) -> String {
    id.map_or(format!("{letter}-"), |id| format!("{letter}{id}"))
}

/// Stands at a time that no event gave.
fn mark(seen: bool) -> &'static str {
    if seen { "" } else { "~" }
}
