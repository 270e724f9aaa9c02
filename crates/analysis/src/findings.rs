//! Where to go next: what stands out in a trace, as data with a place to link to, and a sentence for each.

mod search;

use tracepane_model::{GroupIndex, Nanos, RangeKind, ReasonId, SpanIndex, StackRef, Trace};

use crate::format;
use crate::goroutines::GoroutineTimes;
use crate::names;
use crate::profiles::ProfileKind;
use crate::scope::TimeRange;
use crate::tables::group_rows;

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
        /// How long they did, waits for such work included.
        nanos: Nanos,
        /// As a part of their lives.
        share: f64,
    },
    /// Waiting for mutexes.
    LockContention {
        /// How many waits there were.
        count: u64,
        /// How long they were in all.
        nanos: Nanos,
        /// The stack with the longest waits in all.
        stack: StackRef,
        /// How long those were.
        stack_nanos: Nanos,
        /// The longest wait with that stack.
        span: SpanIndex,
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
        /// How many were created during the trace and are blocked at its end, and have been for a while.
        goroutines: u64,
        /// How many of it were created in all.
        created: u64,
        /// What most of them wait for.
        reason: ReasonId,
        /// The span of the one that waits longest.
        span: SpanIndex,
    },
}

/// What stands out, what matters to the whole program first.
pub fn findings(trace: &Trace, times: &GoroutineTimes) -> Vec<Finding> {
    let groups = group_rows(trace, times);
    [
        search::proc_use(trace, &groups),
        search::scheduling_wait(trace),
        search::longest_pause(trace),
        search::gc_share(trace),
        search::mark_assist(trace, &groups),
        search::lock_contention(trace),
        search::blocking(trace, &groups, ProfileKind::Sync),
        search::blocking(trace, &groups, ProfileKind::Network),
        search::unfinished(trace),
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
        } => {
            let what = match kind {
                RangeKind::StopTheWorld(what) => trace.strings.get(*what).to_owned(),
                other => names::range(trace, *other),
            };
            let what = if what.is_empty() {
                String::new()
            } else {
                format!(" ({what})")
            };
            let longest = format::duration(range.length());
            match count {
                1 => format!("There was one stop-the-world pause, of {longest}{what}."),
                _ => format!(
                    "The longest of {} took {longest}{what}; they took {} in all.",
                    format::counted(*count, "stop-the-world pause"),
                    format::duration(*total),
                ),
            }
        }
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
            "Goroutines of {} had to help the garbage collector for {} in all, {} of their lives.",
            group(*which),
            format::duration(*nanos),
            percent(*share),
        ),
        Finding::LockContention {
            count,
            nanos,
            stack,
            stack_nanos,
            ..
        } => format!(
            "Goroutines waited for locks {}, {} in all; {} of that in {}.",
            format::counted(*count, "time"),
            format::duration(*nanos),
            format::percent(stack_nanos.0 as f64, nanos.0 as f64),
            search::lock_user(trace, *stack),
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
                "{} of the {} that started as {} during the trace have long been blocked when it ends{reason}.",
                format::count(*goroutines),
                format::counted(*created, "goroutine"),
                group(*which),
            )
        }
    }
}

/// `internal/trace.IsSystemGoroutine`.
pub fn is_system(name: &str) -> bool {
    name.is_empty() || name != "runtime.main" && name.starts_with("runtime.")
}

#[cfg(test)]
mod tests;
