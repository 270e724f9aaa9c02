//! The statistics of goroutines, each as a column of its own, and how a group's goroutines differ in them.
//!
//! Those of `NonOverlappingStats` and `RangeTime` in Go's `internal/trace/summary.go`.

use tracepane_model::sorting::sort_by_numbers;
use tracepane_model::{Nanos, RangeKind, ReasonId, Trace};

use crate::goroutines::Times;
use crate::names;
use crate::range_times::order;
use crate::sum;

/// All times of something: of a goroutine, a group, a region.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Parts<'a> {
    /// What does not overlap.
    pub times: Times,
    /// Waiting time by reason.
    pub waits: &'a [(ReasonId, Nanos)],
    /// Time in ranges.
    pub ranges: &'a [(RangeKind, Nanos)],
}

/// A time that each goroutine has, if only 0 of it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Statistic {
    /// From creation to end.
    Total,
    /// Running.
    Running,
    /// Ready to run, waiting for a proc.
    Runnable,
    /// Waiting for one reason.
    Wait(ReasonId),
    /// In system calls with a proc.
    Syscall,
    /// In system calls without one.
    SyscallBlocked,
    /// What is not accounted for.
    Unknown,
    /// In ranges of one kind; overlaps with the others.
    Range(RangeKind),
}

impl Statistic {
    /// How much there is of it.
    #[inline]
    pub fn of(self, parts: Parts<'_>) -> Nanos {
        match self {
            Self::Total => parts.times.total,
            Self::Running => parts.times.running,
            Self::Runnable => parts.times.runnable,
            Self::Syscall => parts.times.syscall,
            Self::SyscallBlocked => parts.times.syscall_blocked,
            Self::Unknown => parts.times.unknown(),
            Self::Wait(reason) => found(parts.waits, reason),
            Self::Range(kind) => found(parts.ranges, kind),
        }
    }

    /// Its name in addresses: "running", "wait:select", "range:GC mark assist".
    pub fn key(self, trace: &Trace) -> String {
        match self {
            Self::Total => "total".into(),
            Self::Running => "running".into(),
            Self::Runnable => "runnable".into(),
            Self::Syscall => "syscall".into(),
            Self::SyscallBlocked => "syscall-blocked".into(),
            Self::Unknown => "unknown".into(),
            Self::Wait(reason) => format!("wait:{}", names::reason(trace, reason)),
            Self::Range(kind) => format!("range:{}", names::range(trace, kind)),
        }
    }

    /// The statistic with this key; `None` for one that the trace cannot have.
    pub fn from_key(trace: &Trace, key: &str) -> Option<Self> {
        Some(match key {
            "total" => Self::Total,
            "running" => Self::Running,
            "runnable" => Self::Runnable,
            "syscall" => Self::Syscall,
            "syscall-blocked" => Self::SyscallBlocked,
            "unknown" => Self::Unknown,
            key => match key.split_once(':')? {
                ("wait", reason) => {
                    let mut reasons = trace.spans.reasons.iter();
                    let place = reasons.position(|&text| trace.strings.get(text) == reason)?;
                    Self::Wait(ReasonId(u16::try_from(place).ok()?))
                }
                ("range", name) => Self::Range(names::range_named(trace, name)?),
                _ => return None,
            },
        })
    }

    /// In words, as a column's title.
    pub fn title(self, trace: &Trace) -> String {
        match self {
            Self::Total => "Total".into(),
            Self::Running => "Running".into(),
            Self::Runnable => "Sched wait".into(),
            Self::Syscall => "Syscall".into(),
            Self::SyscallBlocked => "Syscall, blocked".into(),
            Self::Unknown => "Unknown".into(),
            Self::Wait(reason) => match names::reason(trace, reason) {
                "" => "Wait: no reason given".into(),
                reason => format!("Wait: {reason}"),
            },
            Self::Range(kind) => names::range(trace, kind),
        }
    }

    /// What it means, one sentence.
    pub fn explained(self) -> &'static str {
        match self {
            Self::Total => "From creation to end, or as much of it as the trace has.",
            Self::Running => "Running on a proc: execution time.",
            Self::Runnable => "Ready to run, but waiting for a proc: scheduling latency.",
            Self::Syscall => "In system calls, holding a proc.",
            Self::SyscallBlocked => "In system calls so long that the proc was given to others.",
            Self::Unknown => "What the trace does not account for.",
            Self::Wait(_) => "Blocked for this reason.",
            Self::Range(RangeKind::GcMarkAssist) => {
                "Helping the GC mark, because it allocates. Overlaps with the other times."
            }
            Self::Range(RangeKind::GcSweep) => {
                "Sweeping for the GC before it gets memory. Overlaps with the other times."
            }
            Self::Range(_) => "Stopping the world. Overlaps with the other times.",
        }
    }
}

fn found<K: PartialEq>(all: &[(K, Nanos)], wanted: K) -> Nanos {
    all.iter()
        .find(|(key, _)| *key == wanted)
        .map_or(Nanos(0), |&(_, nanos)| nanos)
}

/// The statistics that some of these have something of, in the order of columns: waits by how much there is of them.
/// Total, running and scheduling wait are always there.
pub fn statistics<'a>(parts: impl IntoIterator<Item = Parts<'a>>) -> Vec<Statistic> {
    let mut all = Times::default();
    let mut waits: Vec<(ReasonId, Nanos)> = Vec::new();
    let mut ranges: Vec<(RangeKind, Nanos)> = Vec::new();
    for parts in parts {
        all.add(&parts.times);
        for &(reason, nanos) in parts.waits {
            add_to(&mut waits, reason, nanos);
        }
        for &(kind, nanos) in parts.ranges {
            add_to(&mut ranges, kind, nanos);
        }
    }
    sort_by_numbers(&mut waits, |&(reason, nanos)| [!nanos.0, reason.0.into()]);
    sort_by_numbers(&mut ranges, |&(kind, _)| order(kind));
    let mut found = vec![Statistic::Total, Statistic::Running, Statistic::Runnable];
    found.extend(waits.iter().map(|&(reason, _)| Statistic::Wait(reason)));
    let optional = [
        (all.syscall, Statistic::Syscall),
        (all.syscall_blocked, Statistic::SyscallBlocked),
        (all.unknown(), Statistic::Unknown),
    ];
    let there = optional.iter().filter(|(nanos, _)| nanos.0 != 0);
    found.extend(there.map(|&(_, statistic)| statistic));
    found.extend(ranges.iter().map(|&(kind, _)| Statistic::Range(kind)));
    found
}

/// Reasons and kinds are few: a list is faster than a map.
fn add_to<K: PartialEq>(sums: &mut Vec<(K, Nanos)>, key: K, nanos: Nanos) {
    match sums.iter_mut().find(|(known, _)| *known == key) {
        Some((_, sum)) => sum::add(sum, nanos.0),
        None => sums.push((key, nanos)),
    }
}

/// How some values are spread.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Spread {
    /// How many values.
    pub count: u64,
    /// All together.
    pub sum: Nanos,
    /// The least.
    pub min: Nanos,
    /// Half of them are at most this.
    pub p50: Nanos,
    /// Nine in ten are at most this.
    pub p90: Nanos,
    /// 99 in 100 are at most this.
    pub p99: Nanos,
    /// The largest.
    pub max: Nanos,
}

/// The spread of values, whose order is lost. Quantiles are values of their own (the nearest rank), exact.
pub fn spread(values: &mut [i64]) -> Spread {
    let count = values.len();
    if count == 0 {
        return Spread::default();
    }
    let sum = sum::all(values.iter().map(|&nanos| Nanos(nanos)));
    // The least place such that at least `part` of 100 values stand up to it.
    let place = |part: usize| (count * part).div_ceil(100).max(1) - 1;
    let mut at = |place: usize| Nanos(*values.select_nth_unstable(place).1);
    let [min, p50, p90, p99, max] = [0, place(50), place(90), place(99), count - 1].map(&mut at);
    Spread {
        count: count as u64,
        sum,
        min,
        p50,
        p90,
        p99,
        max,
    }
}

#[cfg(test)]
mod tests {
    use tracepane_wire::{GoroutineState, Range, Scope as RangeOf};

    use super::*;
    use crate::goroutines::goroutine_times;
    use crate::profiles::Completeness;
    use crate::scope::Scope;
    use crate::script::{NOBODY, Script, g};
    use crate::tables::group_rows;

    fn trace() -> Trace {
        let mut t = Script::new();
        t.found(1, 1, GoroutineState::Running, "a<main.a");
        t.create(10, 1, 2, "a<main.a", "main.b");
        t.create(11, 1, 3, "a<main.a", "main.b");
        t.run(20, 2);
        t.run(21, 3);
        t.range((22, 24), 3, Range::GcMarkAssist, RangeOf::Goroutine(g(3)));
        t.pause((25, 28), 3, "GC mark termination");
        t.block(30, 2, "select", "b<main.b");
        t.block(51, 3, "chan receive", "b<main.b");
        t.wake(60, NOBODY, 3, "");
        t.run(60, 3);
        t.end(65, 3);
        t.finish(100)
    }

    #[test]
    fn every_statistic_is_a_column_with_a_key_of_its_own() {
        let trace = trace();
        let times = goroutine_times(&trace, &Scope::ALL, Completeness::Complete);
        let found = statistics([1, 2, 3].map(|n| times.parts(g(n))));
        let keys: Vec<String> = found.iter().map(|s| s.key(&trace)).collect();
        assert_eq!(
            keys,
            [
                "total",
                "running",
                "runnable",
                "wait:select",
                "wait:chan receive",
                "range:GC mark assist",
                "range:stop-the-world (GC mark termination)",
            ]
        );
        for (statistic, key) in found.iter().zip(&keys) {
            assert_eq!(Statistic::from_key(&trace, key), Some(*statistic));
        }
        for key in ["", "wait", "wait:nothing", "range:GC", "sum:running"] {
            assert_eq!(Statistic::from_key(&trace, key), None, "{key}");
        }
        let groups = group_rows(&trace, &times);
        let b = groups.iter().find(|row| row.goroutines == 2);
        for statistic in found {
            let sum = statistic.of(times.parts(g(2))).0 + statistic.of(times.parts(g(3))).0;
            assert_eq!(b.map(|row| statistic.of(row.parts())), Some(Nanos(sum)));
        }
    }

    #[test]
    fn quantiles_are_values() {
        assert_eq!(spread(&mut []), Spread::default());
        let one = spread(&mut [7]);
        assert_eq!(
            (one.min, one.p50, one.p99, one.max),
            (Nanos(7), Nanos(7), Nanos(7), Nanos(7))
        );
        let mut values: Vec<i64> = (1..=200).rev().collect();
        let many = spread(&mut values);
        assert_eq!(many.min, Nanos(1));
        assert_eq!(many.p50, Nanos(100));
        assert_eq!(many.p90, Nanos(180));
        assert_eq!(many.p99, Nanos(198));
        assert_eq!(many.max, Nanos(200));
        assert_eq!(many.sum, Nanos(20_100));
        assert_eq!(spread(&mut [i64::MAX, i64::MAX]).sum, Nanos(i64::MAX));
    }
}
