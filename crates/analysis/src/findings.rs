//! Where to go next: what stands out in a trace, as data with a place to link to, and a sentence for each.

use tracepane_model::{GroupIndex, Nanos, RangeKind, ReasonId, SpanIndex, SpanState, Trace};

use crate::format;
use crate::goroutines::GoroutineTimes;
use crate::histogram::Histogram;
use crate::names;
use crate::profiles::ProfileKind;
use crate::scope::TimeRange;
use crate::sum;
use crate::summary::length;
use crate::tables::{GroupRow, group_rows};

/// Something that stands out.
#[derive(Clone, PartialEq, Debug)]
pub enum Finding {
    /// How long goroutines that were ready had to wait for a proc.
    SchedulingWait {
        /// How many such waits there were.
        count: u64,
        /// Half of them were shorter.
        median: Nanos,
        /// 99 of 100 were shorter (to 1.6 %).
        p99: Nanos,
        /// The longest.
        longest: Nanos,
        /// Where that is.
        span: SpanIndex,
    },
    /// How much of the procs' time goroutines ran.
    ProcUse {
        /// From 0 to 1.
        share: f64,
        /// How many procs there may be.
        gomaxprocs: u64,
    },
    /// The longest pause of the whole program.
    LongestPause {
        /// What for.
        kind: RangeKind,
        /// When.
        range: TimeRange,
        /// How many pauses there were.
        count: u64,
        /// How long in all.
        total: Nanos,
    },
    /// How much of the time the GC was marking.
    GcShare {
        /// From 0 to 1.
        share: f64,
        /// How many cycles.
        cycles: u64,
        /// The longest of them.
        longest: TimeRange,
    },
    /// The group whose goroutines had to help the GC most.
    MarkAssist {
        /// Which.
        group: GroupIndex,
        /// How long they did.
        nanos: Nanos,
        /// As a part of their running time.
        share: f64,
    },
    /// The group that waited longest for one reason.
    Blocking {
        /// Which.
        group: GroupIndex,
        /// For what.
        reason: ReasonId,
        /// How long, all its goroutines together.
        nanos: Nanos,
        /// How many goroutines it has.
        goroutines: u64,
    },
    /// The group that started most goroutines that did not end: perhaps a leak.
    Unfinished {
        /// Which.
        group: GroupIndex,
        /// How many were created during the trace and are still blocked at its end.
        goroutines: u64,
        /// How many of it were created in all.
        created: u64,
        /// What most of them wait for.
        reason: ReasonId,
        /// The span of the one that waits longest.
        span: SpanIndex,
    },
}

/// Unfinished goroutines below this are none worth a word: any server has a few.
const FEW_UNFINISHED: u64 = 10;
/// Mark assists below this part of a group's running time are none worth a word.
const SMALL_ASSIST: f64 = 0.01;

/// What stands out, what matters to the whole program first.
pub fn findings(trace: &Trace, times: &GoroutineTimes) -> Vec<Finding> {
    let groups = group_rows(trace, times);
    [
        proc_use(trace, &groups),
        scheduling_wait(trace),
        longest_pause(trace),
        gc_share(trace),
        mark_assist(&groups),
        blocking(trace, &groups, ProfileKind::Sync),
        blocking(trace, &groups, ProfileKind::Network),
        unfinished(trace),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Says a finding in a sentence of plain text.
pub fn sentence(trace: &Trace, finding: &Finding) -> String {
    let group = |group: GroupIndex| {
        let name = trace.goroutines.groups.get(group.0 as usize);
        names::or_inactive(name.map_or("", |&name| trace.strings.get(name)))
    };
    let percent = |share: f64| format::percent(share, 1.0);
    match finding {
        Finding::SchedulingWait {
            count,
            median,
            p99,
            longest,
            ..
        } => format!(
            "Goroutines that were ready waited {} for a proc (median) and {} at worst; 99 of 100 of {} waits were \
             shorter than {}.",
            format::duration(*median),
            format::duration(*longest),
            format::count(*count),
            format::duration(*p99),
        ),
        Finding::ProcUse { share, gomaxprocs } => format!(
            "Goroutines used {} of the time of {}.",
            percent(*share),
            format::counted(*gomaxprocs, "proc"),
        ),
        Finding::LongestPause {
            kind,
            range,
            count,
            total,
        } => format!(
            "The longest of {} took {}: {}; {} in all.",
            format::counted(*count, "stop-the-world pause"),
            format::duration(range.length()),
            match kind {
                RangeKind::StopTheWorld(what) => trace.strings.get(*what).to_owned(),
                other => names::range(trace, *other),
            },
            format::duration(*total),
        ),
        Finding::GcShare {
            share,
            cycles,
            longest,
        } => format!(
            "The garbage collector was marking for {} of the time, in {}, the longest of {}.",
            percent(*share),
            format::counted(*cycles, "cycle"),
            format::duration(longest.length()),
        ),
        Finding::MarkAssist {
            group: which,
            nanos,
            share,
        } => format!(
            "Goroutines of {} had to help the garbage collector for {}, {} of their running time.",
            group(*which),
            format::duration(*nanos),
            percent(*share),
        ),
        Finding::Blocking {
            group: which,
            reason,
            nanos,
            goroutines,
        } => format!(
            "{} of {} waited for {} in all for this reason: {}.",
            format::counted(*goroutines, "goroutine"),
            group(*which),
            format::duration(*nanos),
            names::reason(trace, *reason),
        ),
        Finding::Unfinished {
            group: which,
            goroutines,
            created,
            reason,
            ..
        } => {
            let reason = match names::reason(trace, *reason) {
                "" => String::new(),
                reason => format!(", most of them for this reason: {reason}"),
            };
            format!(
                "{} of the {} that started as {} during the trace are still blocked at its end{reason}.",
                format::count(*goroutines),
                format::counted(*created, "goroutine"),
                group(*which),
            )
        }
    }
}

fn proc_use(trace: &Trace, groups: &[GroupRow]) -> Option<Finding> {
    let gomaxprocs = trace.metrics.gomaxprocs.last()?.value;
    let busy = sum::all(
        groups
            .iter()
            .flat_map(|g| [g.times.running, g.times.syscall]),
    );
    let all = trace.end.0 as f64 * gomaxprocs as f64;
    (all > 0.0).then(|| Finding::ProcUse {
        share: (busy.0 as f64 / all).min(1.0),
        gomaxprocs,
    })
}

fn scheduling_wait(trace: &Trace) -> Option<Finding> {
    let mut since = vec![(i64::MIN, SpanIndex(0)); trace.goroutines.len()];
    let mut waits = Histogram::default();
    let mut longest = (-1, SpanIndex(0));
    for (span, start) in trace.spans.iter() {
        let Some(wait) = since.get_mut(trace.spans.goroutine(span).0 as usize) else {
            continue;
        };
        if wait.0 != i64::MIN {
            let nanos = start.0.saturating_sub(wait.0);
            waits.add(nanos);
            if nanos > longest.0 {
                longest = (nanos, wait.1);
            }
            wait.0 = i64::MIN;
        }
        if trace.spans.kind(span).state() == SpanState::Runnable {
            *wait = (start.0, span);
        }
    }
    (waits.count() > 0).then(|| Finding::SchedulingWait {
        count: waits.count(),
        median: Nanos(waits.quantile(0.5)),
        p99: Nanos(waits.quantile(0.99)),
        longest: Nanos(longest.0),
        span: longest.1,
    })
}

fn longest_pause(trace: &Trace) -> Option<Finding> {
    let pauses = || {
        trace
            .ranges
            .stop_the_world
            .iter()
            .map(|&place| trace.ranges.rows.at(place as usize))
    };
    let longest = pauses().rev().max_by_key(length)?;
    Some(Finding::LongestPause {
        kind: longest.kind,
        range: TimeRange {
            start: longest.start,
            end: longest.end,
        },
        count: pauses().count() as u64,
        total: sum::all(pauses().map(|range| length(&range))),
    })
}

fn gc_share(trace: &Trace) -> Option<Finding> {
    let marks = || {
        trace
            .ranges
            .gc_marks
            .iter()
            .map(|&place| trace.ranges.rows.at(place as usize))
            .map(|range| TimeRange {
                start: range.start,
                end: range.end,
            })
    };
    let longest = marks().rev().max_by_key(|range| range.length())?;
    let total = sum::all(marks().map(TimeRange::length)).0;
    (trace.end.0 > 0).then(|| Finding::GcShare {
        share: total as f64 / trace.end.0 as f64,
        cycles: marks().count() as u64,
        longest,
    })
}

fn mark_assist(groups: &[GroupRow]) -> Option<Finding> {
    let assist = |row: &GroupRow| {
        row.ranges
            .iter()
            .find(|(kind, _)| *kind == RangeKind::GcMarkAssist)
            .map_or(0, |(_, nanos)| nanos.0)
    };
    let row = groups.iter().rev().max_by_key(|row| assist(row))?;
    let nanos = assist(row);
    let share = nanos as f64 / row.times.running.0.max(1) as f64;
    (share > SMALL_ASSIST).then_some(Finding::MarkAssist {
        group: row.group,
        nanos: Nanos(nanos),
        share,
    })
}

/// The group of the program's own goroutines that waited longest for a reason of a profile's.
fn blocking(trace: &Trace, groups: &[GroupRow], kind: ProfileKind) -> Option<Finding> {
    let own = groups
        .iter()
        .filter(|row| !is_system(trace.strings.get(row.name)));
    let (row, reason, nanos) = own
        .flat_map(|row| row.waits.iter().map(move |&(r, n)| (row, r, n)))
        .filter(|&(_, reason, _)| kind.wants_reason(names::reason(trace, reason)))
        .max_by_key(|&(row, reason, nanos)| (nanos, std::cmp::Reverse((row.group, reason))))?;
    Some(Finding::Blocking {
        group: row.group,
        reason,
        nanos,
        goroutines: row.goroutines,
    })
}

/// `internal/trace.IsSystemGoroutine`.
pub fn is_system(name: &str) -> bool {
    name.is_empty() || name != "runtime.main" && name.starts_with("runtime.")
}

fn unfinished(trace: &Trace) -> Option<Finding> {
    let mut best: Option<Finding> = None;
    let mut most = FEW_UNFINISHED - 1;
    for (place, &name) in trace.goroutines.groups.iter().enumerate() {
        if is_system(trace.strings.get(name)) {
            continue;
        }
        let group = GroupIndex(place as u32);
        let mut created = 0;
        let mut goroutines = 0;
        let mut reasons = vec![0u64; trace.spans.reasons.len().max(1)];
        let mut longest: Option<(Nanos, SpanIndex)> = None;
        for &goroutine in trace.goroutines.members(group) {
            if !trace.goroutines.row(goroutine).creation_seen {
                continue;
            }
            created += 1;
            let Some(&last) = trace.goroutines.spans(goroutine).last() else {
                continue;
            };
            let last = SpanIndex(last);
            let kind = trace.spans.kind(last);
            if kind.state() != SpanState::Waiting {
                continue;
            }
            goroutines += 1;
            if let Some(count) = reasons.get_mut(usize::from(kind.reason().0)) {
                *count += 1;
            }
            let start = trace.spans.start(last);
            if longest.is_none_or(|(since, _)| start < since) {
                longest = Some((start, last));
            }
        }
        let Some((_, span)) = longest.filter(|_| goroutines > most) else {
            continue;
        };
        most = goroutines;
        let reason = (0..reasons.len()).rev().max_by_key(|&i| reasons[i]);
        best = Some(Finding::Unfinished {
            group,
            goroutines,
            created,
            reason: ReasonId(reason.unwrap_or(0) as u16),
            span,
        });
    }
    best
}

#[cfg(test)]
mod tests {
    use tracepane_wire::{GoroutineState, Metric, Range, Scope as RangeOf};

    use super::*;
    use crate::goroutines::goroutine_times;
    use crate::profiles::Completeness;
    use crate::scope::Scope;
    use crate::script::{NOBODY, Script, g};
    use crate::summary::summary;

    fn trace() -> Trace {
        let mut t = Script::new();
        t.metric(0, Metric::GoMaxProcs, 2);
        t.found(1, 1, GoroutineState::Running, "a<main.a");
        t.create(10_000, 1, 2, "a<main.a", "main.b");
        t.run(30_000, 2);
        t.range(
            (31_000, 36_000),
            2,
            Range::GcMarkAssist,
            RangeOf::Goroutine(g(2)),
        );
        t.block(40_000, 2, "chan receive", "b<main.b");
        t.pause((50_000, 51_000), 1, "GC sweep termination");
        t.range((51_000, 61_000), NOBODY, Range::GcMark, RangeOf::Global);
        t.pause((61_000, 63_000), 1, "GC mark termination");
        t.metric(64_000, Metric::HeapObjects, 5 << 20);
        t.finish(100_000)
    }

    #[test]
    fn every_finding_has_a_sentence() {
        let trace = trace();
        let times = goroutine_times(&trace, &Scope::ALL, Completeness::Complete);
        let sentences: Vec<String> = findings(&trace, &times)
            .iter()
            .map(|finding| sentence(&trace, finding))
            .collect();
        assert_eq!(
            sentences,
            [
                "Goroutines used 55.0 % of the time of 2 procs.",
                "Goroutines that were ready waited 20.00 µs for a proc (median) and 20.00 µs at worst; 99 of 100 of \
                 1 waits were shorter than 20.00 µs.",
                "The longest of 2 stop-the-world pauses took 2.000 µs: GC mark termination; 3.000 µs in all.",
                "The garbage collector was marking for 10.0 % of the time, in 1 cycle, the longest of 10.00 µs.",
                "Goroutines of main.b had to help the garbage collector for 5.000 µs, 50.0 % of their running time.",
                "1 goroutine of main.b waited for 60.00 µs in all for this reason: chan receive.",
            ]
        );
    }

    #[test]
    fn many_unfinished_goroutines_are_worth_a_word() {
        let finding = Finding::Unfinished {
            group: GroupIndex(0),
            goroutines: 1_200,
            created: 1_201,
            reason: ReasonId(0),
            span: SpanIndex(0),
        };
        let trace = Trace::default();
        assert_eq!(
            sentence(&trace, &finding),
            "1,200 of the 1,201 goroutines that started as (Inactive, no stack trace sampled) during the trace are \
             still blocked at its end."
        );
    }

    #[test]
    fn an_empty_trace_has_no_findings() {
        let trace = Trace::default();
        let times = goroutine_times(&trace, &Scope::ALL, Completeness::Complete);
        assert_eq!(findings(&trace, &times), []);
        assert_eq!(summary(&trace, &times).goroutines.total, 0);
    }

    #[test]
    fn the_summary_counts() {
        let trace = trace();
        let times = goroutine_times(&trace, &Scope::ALL, Completeness::Complete);
        let summary = summary(&trace, &times);
        assert_eq!(summary.duration, Nanos(100_000));
        assert_eq!(summary.gomaxprocs, Some(2));
        assert_eq!(summary.heap_max, Some(5 << 20));
        let goroutines = summary.goroutines;
        assert_eq!((goroutines.total, goroutines.at_start), (2, 1));
        assert_eq!((goroutines.at_end, goroutines.most), (2, 2));
        assert_eq!((summary.gc_cycles, summary.gc_mark), (1, Nanos(10_000)));
        assert_eq!(summary.pauses.count, 2);
        assert_eq!(summary.pauses.longest, Nanos(2_000));
        assert_eq!(summary.losses, [""; 0]);
    }
}
