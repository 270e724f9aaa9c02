//! The columns of times that groups and goroutines share.

use tracepane_analysis::goroutines::Times;
use tracepane_analysis::names;
use tracepane_model::{Nanos, ReasonId, Trace};
use tracepane_timeline::class::Classes;

use super::head;
use crate::protocol::{Cell, ColumnHead, ColumnKind};
use crate::worker::words;

/// A column of times.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TimeColumn {
    /// The whole life.
    Total,
    /// Running.
    Running,
    /// Waiting for a proc.
    Runnable,
    /// Waiting for one reason.
    Wait(ReasonId),
    /// In system calls with a proc.
    Syscall,
    /// In system calls without.
    SyscallBlocked,
    /// GC assists and sweeps; overlaps with the others.
    Gc,
    /// Not accounted for.
    Unknown,
}

/// The columns that some row has something in; waits by their share, longest first.
pub fn columns<'a>(
    sums: impl Iterator<Item = (&'a Times, &'a [(ReasonId, Nanos)], Nanos)>,
) -> Vec<TimeColumn> {
    let mut all = Times::default();
    let mut gc = 0;
    let mut waits: Vec<(ReasonId, i64)> = Vec::new();
    for (times, by_reason, gc_time) in sums {
        all.add(times);
        gc += gc_time.0;
        for &(reason, nanos) in by_reason {
            match waits.iter_mut().find(|(known, _)| *known == reason) {
                Some((_, sum)) => *sum += nanos.0,
                None => waits.push((reason, nanos.0)),
            }
        }
    }
    waits.sort_by_key(|&(reason, sum)| (-sum, reason));
    let mut columns = vec![TimeColumn::Total, TimeColumn::Running, TimeColumn::Runnable];
    columns.extend(waits.iter().map(|&(reason, _)| TimeColumn::Wait(reason)));
    let optional = [
        (all.syscall.0, TimeColumn::Syscall),
        (all.syscall_blocked.0, TimeColumn::SyscallBlocked),
        (gc, TimeColumn::Gc),
        (all.unknown().0, TimeColumn::Unknown),
    ];
    columns.extend(
        optional
            .iter()
            .filter(|(nanos, _)| *nanos != 0)
            .map(|&(_, column)| column),
    );
    columns
}

impl TimeColumn {
    /// The column's head.
    pub fn head(self, trace: &Trace) -> ColumnHead {
        let (key, title, help) = match self {
            Self::Total => (
                "total",
                "Total",
                "From creation to end, or as much of it as the trace has.",
            ),
            Self::Running => ("running", "Running", "Running on a proc."),
            Self::Runnable => (
                "runnable",
                "Sched wait",
                "Ready to run, but waiting for a proc: scheduling latency.",
            ),
            Self::Syscall => ("syscall", "Syscall", "In system calls, holding a proc."),
            Self::SyscallBlocked => (
                "syscall-blocked",
                "Syscall, blocked",
                "In system calls so long that the proc was given to others.",
            ),
            Self::Gc => (
                "gc",
                "GC work",
                "Helping the GC: mark assists and sweeps. Overlaps with the other times.",
            ),
            Self::Unknown => ("unknown", "Unknown", "What the trace does not account for."),
            Self::Wait(reason) => {
                let reason = names::reason(trace, reason);
                let title = if reason.is_empty() {
                    "no reason given"
                } else {
                    reason
                };
                return head(
                    &format!("wait:{reason}"),
                    &format!("Wait: {title}"),
                    ColumnKind::Time,
                    "Blocked for this reason.",
                );
            }
        };
        head(key, title, ColumnKind::Time, help)
    }

    /// A row's time in the column.
    pub fn nanos(self, times: &Times, waits: &[(ReasonId, Nanos)], gc: Nanos) -> Nanos {
        match self {
            Self::Total => times.total,
            Self::Running => times.running,
            Self::Runnable => times.runnable,
            Self::Syscall => times.syscall,
            Self::SyscallBlocked => times.syscall_blocked,
            Self::Gc => gc,
            Self::Unknown => times.unknown(),
            Self::Wait(reason) => waits
                .iter()
                .find(|&&(known, _)| known == reason)
                .map_or(Nanos(0), |&(_, nanos)| nanos),
        }
    }

    /// A row's cell in the column.
    pub fn cell(self, times: &Times, waits: &[(ReasonId, Nanos)], gc: Nanos) -> Cell {
        words::duration_cell(self.nanos(times, waits, gc))
    }
}

/// How a time divides, for a small stacked bar: state keys with shares of `whole`.
pub fn bar(
    classes: &Classes,
    times: &Times,
    waits: &[(ReasonId, Nanos)],
    whole: f64,
) -> Vec<(String, f64)> {
    let share = |nanos: Nanos| nanos.0 as f64 / whole.max(1.0);
    let mut parts = vec![
        ("running".to_owned(), share(times.running)),
        ("runnable".to_owned(), share(times.runnable)),
        ("syscall".to_owned(), share(times.syscall)),
        ("syscall-blocked".to_owned(), share(times.syscall_blocked)),
    ];
    for &(reason, nanos) in waits {
        let key = words::class_key(classes.of_wait(reason)).to_owned();
        match parts.iter_mut().find(|(known, _)| *known == key) {
            Some((_, sum)) => *sum += share(nanos),
            None => parts.push((key, share(nanos))),
        }
    }
    parts.retain(|&(_, share)| share > 0.0);
    parts
}
