//! Names for what a trace has, as `go tool trace` writes them.

use tracepane_model::{RangeKind, ReasonId, SpanState, Trace};

/// The name of a range: "GC mark assist", "stop-the-world (GC sweep termination)" (`internal/trace/event.go`).
pub fn range(trace: &Trace, kind: RangeKind) -> String {
    match kind {
        RangeKind::GcMark => "GC concurrent mark phase".to_owned(),
        RangeKind::GcSweep => "GC incremental sweep".to_owned(),
        RangeKind::GcMarkAssist => "GC mark assist".to_owned(),
        RangeKind::StopTheWorld(what) => {
            format!("stop-the-world ({})", trace.strings.get(what))
        }
    }
}

/// The kind of range with this name; `None` for one that the trace cannot have.
pub fn range_named(trace: &Trace, name: &str) -> Option<RangeKind> {
    let plain = [
        RangeKind::GcMark,
        RangeKind::GcSweep,
        RangeKind::GcMarkAssist,
    ];
    if let Some(kind) = plain.into_iter().find(|&kind| range(trace, kind) == name) {
        return Some(kind);
    }
    let what = name.strip_prefix("stop-the-world (")?.strip_suffix(')')?;
    trace.strings.find(what).map(RangeKind::StopTheWorld)
}

/// The text of a reason; empty for "no reason given".
pub fn reason(trace: &Trace, reason: ReasonId) -> &str {
    trace
        .spans
        .reasons
        .get(usize::from(reason.0))
        .map_or("", |&text| trace.strings.get(text))
}

/// A state in words.
pub fn state(state: SpanState) -> &'static str {
    match state {
        SpanState::Dead => "ended",
        SpanState::Runnable => "runnable",
        SpanState::Running => "running",
        SpanState::Waiting => "waiting",
        SpanState::Syscall => "in a system call",
        SpanState::SyscallBlocked => "blocked in a system call",
    }
}

/// What stands for the name of goroutines of which no stack was seen (`cmd/trace/goroutines.go`).
pub const NO_NAME: &str = "(Inactive, no stack trace sampled)";

/// A group's or goroutine's name, or [`NO_NAME`].
pub fn or_inactive(name: &str) -> &str {
    if name.is_empty() { NO_NAME } else { name }
}
