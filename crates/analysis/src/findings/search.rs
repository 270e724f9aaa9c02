//! The searches behind the findings: each looks for one thing, and says nothing if it is not worth a word.

use tracepane_model::{
    GroupIndex, Nanos, RangeKind, ReasonId, SpanIndex, SpanPiece, SpanState, StackRef, Trace,
};

use super::{Finding, is_system};
use crate::changes::{Changes, EndedWait};
use crate::histogram::Histogram;
use crate::names;
use crate::pieces::for_each_piece_of_all;
use crate::profiles::ProfileKind;
use crate::scope::{Scope, TimeRange};
use crate::stopped::Stopped;
use crate::sum;
use crate::summary::length;
use crate::tables::GroupRow;

/// Unfinished goroutines below this are none worth a word: any server has a few.
const FEW_UNFINISHED: u64 = 10;
/// A goroutine that has been blocked for this fraction of the trace, 1/n, may be stuck.
const LONG_WAIT_PART: i64 = 10;
/// Mark assists below this part of a group's life are none worth a word.
const SMALL_ASSIST: f64 = 0.01;
/// Waits for locks below this part of the trace's length are none worth a word.
const SMALL_CONTENTION: f64 = 0.01;
/// Pauses below this, in ns, are none worth a word: starting the trace makes one.
const SHORT_PAUSE: i64 = 50_000;
/// The innermost frames of goroutines that wait for a lock.
const LOCKS: [&str; 6] = [
    "sync.(*Mutex).Lock",
    "sync.(*RWMutex).Lock",
    "sync.(*RWMutex).RLock",
    "internal/sync.(*Mutex).Lock",
    "internal/sync.(*Mutex).lockSlow",
    "sync.(*Mutex).lockSlow",
];

pub(super) fn proc_use(trace: &Trace, groups: &[GroupRow]) -> Option<Finding> {
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

/// The waits that [`crate::latency`] counts.
pub(super) fn scheduling_wait(trace: &Trace) -> Option<Finding> {
    let stopped = Stopped::default();
    let mut changes = Changes::new(trace, Scope::ALL.window(trace), &stopped);
    let mut waits = SchedulingWaits {
        lengths: Histogram::default(),
        longest: (-1, SpanIndex(0)),
    };
    changes.for_each_piece(|_, changes| waits.piece(changes.waits()));
    changes.for_each_piece_at_end(|_, changes| waits.piece(changes.waits()));
    let SchedulingWaits { lengths, longest } = waits;
    (lengths.count() > 0).then(|| Finding::SchedulingWait {
        count: lengths.count(),
        median: Nanos(lengths.quantile(0.5)),
        p99: Nanos(lengths.quantile(0.99)),
        longest: Nanos(longest.0),
        span: longest.1,
    })
}

struct SchedulingWaits {
    lengths: Histogram,
    longest: (i64, SpanIndex),
}

impl SchedulingWaits {
    /// Called for each piece, so that a browser compiles it well while the pass goes on.
    #[inline(never)]
    fn piece(&mut self, waits: &[EndedWait]) {
        for wait in waits {
            self.lengths.add(wait.nanos);
            if wait.nanos > self.longest.0 {
                self.longest = (wait.nanos, wait.span());
            }
        }
    }
}

pub(super) fn longest_pause(trace: &Trace) -> Option<Finding> {
    let pauses = || {
        trace
            .ranges
            .stop_the_world
            .iter()
            .map(|&place| trace.ranges.rows.at(place as usize))
    };
    let longest = pauses().rev().max_by_key(length)?;
    if length(&longest).0 < SHORT_PAUSE {
        return None;
    }
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

pub(super) fn gc_share(trace: &Trace) -> Option<Finding> {
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

pub(super) fn mark_assist(trace: &Trace, groups: &[GroupRow]) -> Option<Finding> {
    let assist = |row: &GroupRow| {
        row.ranges
            .iter()
            .find(|(kind, _)| *kind == RangeKind::GcMarkAssist)
            .map_or(0, |(_, nanos)| nanos.0)
    };
    let row = groups
        .iter()
        .rev()
        .filter(|row| !is_system(trace.strings.get(row.name)))
        .max_by_key(|row| assist(row))?;
    let nanos = assist(row);
    let share = nanos as f64 / row.times.total.0.max(1) as f64;
    (share > SMALL_ASSIST).then_some(Finding::MarkAssist {
        group: row.group,
        nanos: Nanos(nanos),
        share,
    })
}

/// Waits whose stack has one of sync's locks at its leaf: unlike channels, nobody waits for those by intention.
pub(super) fn lock_contention(trace: &Trace) -> Option<Finding> {
    let is_lock: Vec<bool> = (0..trace.stacks.len() as u32)
        .map(|stack| {
            trace
                .stacks
                .leaf(StackRef(stack))
                .is_some_and(|leaf| LOCKS.contains(&trace.strings.get(leaf.function)))
        })
        .collect();
    if !is_lock.contains(&true) {
        return None;
    }
    let mut waits = LockWaits {
        sums: vec![(Nanos(0), -1, SpanIndex(0)); is_lock.len()],
        is_lock,
        open: vec![(NOT, SpanIndex(0), StackRef::NONE); trace.goroutines.len()],
        count: 0,
    };
    for_each_piece_of_all(trace, |piece| waits.piece(piece));
    let LockWaits { sums, count, .. } = waits;
    let (place, heaviest) = sums
        .iter()
        .enumerate()
        .rev()
        .max_by_key(|(_, (all, ..))| *all)?;
    let nanos = sum::all(sums.iter().map(|&(all, ..)| all));
    (nanos.0 as f64 > SMALL_CONTENTION * trace.end.0 as f64).then_some(Finding::LockContention {
        count,
        nanos,
        stack: StackRef(place as u32),
        stack_nanos: heaviest.0,
        span: heaviest.2,
    })
}

/// Of a goroutine: it is in no such wait.
const NOT: i64 = i64::MIN;

struct LockWaits {
    /// By stack.
    is_lock: Vec<bool>,
    /// By stack: time in all, the longest wait, and where that is.
    sums: Vec<(Nanos, i64, SpanIndex)>,
    /// By goroutine: since when it has waited for a lock, that span, and its stack.
    open: Vec<(i64, SpanIndex, StackRef)>,
    count: u64,
}

impl LockWaits {
    /// Called for each piece, so that a browser compiles it well while the pass goes on.
    #[inline(never)]
    fn piece(&mut self, piece: &SpanPiece) {
        for (span, start, goroutine, kind, stack) in piece.rows() {
            let Some(open) = self.open.get_mut(goroutine.0 as usize) else {
                continue;
            };
            let (since, wait, at) = *open;
            if since != NOT {
                open.0 = NOT;
                let nanos = start.saturating_sub(since);
                let (all, longest, place) = &mut self.sums[at.0 as usize];
                sum::add(all, nanos);
                self.count += 1;
                if nanos > *longest {
                    (*longest, *place) = (nanos, wait);
                }
            }
            if kind.state() == SpanState::Waiting
                && self.is_lock.get(stack.0 as usize) == Some(&true)
            {
                *open = (start, span, stack);
            }
        }
    }
}

/// The innermost function of a stack that is not of package sync: who wanted the lock.
pub(super) fn lock_user(trace: &Trace, stack: StackRef) -> &str {
    trace
        .stacks
        .get(stack)
        .iter()
        .map(|&frame| trace.strings.get(trace.stacks.frame(frame).function))
        .find(|function| !function.starts_with("sync.") && !function.starts_with("internal/sync."))
        .unwrap_or("an unknown place")
}

/// The group of the program's own goroutines that waited longest for a reason of a profile's.
pub(super) fn blocking(trace: &Trace, groups: &[GroupRow], kind: ProfileKind) -> Option<Finding> {
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

pub(super) fn unfinished(trace: &Trace) -> Option<Finding> {
    let mut best: Option<Finding> = None;
    let mut most = FEW_UNFINISHED - 1;
    // Who has just begun to wait may well go on.
    let long_ago = trace.end.0 / LONG_WAIT_PART;
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
            let start = trace.spans.start(last);
            if kind.state() != SpanState::Waiting || trace.end.0 - start.0 < long_ago {
                continue;
            }
            goroutines += 1;
            if let Some(count) = reasons.get_mut(usize::from(kind.reason().0)) {
                *count += 1;
            }
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
