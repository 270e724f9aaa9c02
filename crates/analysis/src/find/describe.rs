//! Hits in words: what each is, and what tells it from others of its kind.

use tracepane_model::{RangeKind, SpanIndex, SpanState, StackRef, Trace};

use super::hits::Hit;
use super::kinds::Kind;
use crate::names;

/// Packages that stand between a wait and the program's own code.
const PLUMBING: [&str; 4] = ["runtime.", "sync.", "internal/", "syscall."];

impl Hit {
    /// What it is: a reason or state, a kind of range, a kind of thing. Empty if the trace has no such row.
    pub fn what(self, trace: &Trace) -> &str {
        let row = self.row as usize;
        match self.kind {
            Kind::Span if row < trace.spans.len() => {
                let kind = trace.spans.kind(SpanIndex(self.row));
                match (kind.state(), names::reason(trace, kind.reason())) {
                    (SpanState::Waiting, reason) if !reason.is_empty() => reason,
                    (state, _) => names::state(state),
                }
            }
            Kind::Span => "",
            Kind::Range => match trace.ranges.rows.get(row).map(|range| range.kind) {
                Some(RangeKind::GcMark) => "GC mark phase",
                Some(RangeKind::GcSweep) => "GC sweep",
                Some(RangeKind::GcMarkAssist) => "GC mark assist",
                Some(RangeKind::StopTheWorld(_)) => "stop the world",
                None => "",
            },
            Kind::Region => "region",
            Kind::Task => "task",
            Kind::Log => "log",
            Kind::Goroutine => "created",
            Kind::Sample => "CPU sample",
        }
    }

    /// What tells it from others of its kind: a name, a message, the function of the program.
    pub fn text(self, trace: &Trace) -> &str {
        let row = self.row as usize;
        let text = |string| trace.strings.get(string);
        let function = || {
            self.goroutine(trace)
                .map_or("", |g| text(trace.goroutines.row(g).name))
        };
        match self.kind {
            Kind::Span if row < trace.spans.len() => {
                let span = SpanIndex(self.row);
                // Of others the stack is the waker's, or none.
                let own = matches!(
                    trace.spans.kind(span).state(),
                    SpanState::Waiting | SpanState::Syscall | SpanState::SyscallBlocked
                );
                match own {
                    true => caller(trace, trace.spans.stack(span)).unwrap_or_else(function),
                    false => function(),
                }
            }
            Kind::Span => "",
            Kind::Range => match trace.ranges.rows.get(row).map(|range| range.kind) {
                Some(RangeKind::StopTheWorld(what)) => text(what),
                _ => "",
            },
            Kind::Region => trace
                .regions
                .get(row)
                .map_or("", |region| text(region.name)),
            Kind::Task => trace.tasks.get(row).map_or("", |task| text(task.name)),
            Kind::Log => trace.logs.get(row).map_or("", |log| text(log.message)),
            Kind::Goroutine => function(),
            Kind::Sample => {
                let stack = trace.samples.get(row).map_or(StackRef::NONE, |s| s.stack);
                trace
                    .stacks
                    .leaf(stack)
                    .map_or("", |frame| text(frame.function))
            }
        }
    }
}

/// The innermost function of a stack that is the program's own, or the innermost of all.
fn caller(trace: &Trace, stack: StackRef) -> Option<&str> {
    let frames = trace.stacks.get(stack);
    let name = |i: usize| {
        let frame = frames.get(i)?;
        Some(trace.strings.get(trace.stacks.frame(*frame).function))
    };
    let own = |name: &&str| !PLUMBING.iter().any(|plumbing| name.starts_with(plumbing));
    (0..frames.len())
        .filter_map(name)
        .find(own)
        .or_else(|| name(0))
        .filter(|name| !name.is_empty())
}
