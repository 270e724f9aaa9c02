//! The tables of goroutines: a row for each group, a group's goroutines, sorted by whatever the reader likes.

use std::cmp::Ordering;

use rustc_hash::FxHashMap;
use tracepane_model::sorting::sort_by_numbers;
use tracepane_model::{
    GoroutineIndex, GroupIndex, Nanos, RangeKind, ReasonId, SpanIndex, SpanState, StringRef, Trace,
};

use crate::goroutines::{GoroutineTimes, Times};
use crate::range_times::order;
use crate::scope::{GoroutineScope, Scope};
use crate::statistics::Parts;
use crate::sum;

/// One group of goroutines (`/goroutines` of go tool trace).
#[derive(Clone, PartialEq, Debug)]
pub struct GroupRow {
    /// Which.
    pub group: GroupIndex,
    /// The function they were started with; empty if no stack was seen.
    pub name: StringRef,
    /// How many goroutines it has.
    pub goroutines: u64,
    /// How many of them outlived the trace, or the part of time that was asked about.
    pub alive: u64,
    /// Their times together.
    pub times: Times,
    /// Their waiting time by reason, longest first, without zeros.
    pub waits: Vec<(ReasonId, Nanos)>,
    /// Their time in ranges, without zeros; overlaps with the times.
    pub ranges: Vec<(RangeKind, Nanos)>,
}

impl GroupRow {
    /// All of its times.
    pub fn parts(&self) -> Parts<'_> {
        Parts {
            times: self.times,
            waits: &self.waits,
            ranges: &self.ranges,
        }
    }
}

/// A column to sort by.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub enum SortKey {
    /// The name of a group, the number of a goroutine.
    Name,
    /// How many goroutines, or spans of one.
    Count,
    /// All time.
    Total,
    /// Running: what go tool trace sorts groups by.
    #[default]
    Running,
    /// Scheduling wait.
    Runnable,
    /// All waiting.
    Waiting,
    /// Waiting for one reason.
    Reason(ReasonId),
    /// System calls on a proc.
    Syscall,
    /// System calls without one.
    SyscallBlocked,
    /// What is not accounted for.
    Unknown,
    /// One kind of range.
    Range(RangeKind),
    /// All GC work: assists and sweeps.
    Gc,
}

/// The value of a row in a column of times.
fn value(
    key: SortKey,
    times: &Times,
    waits: &[(ReasonId, Nanos)],
    ranges: &[(RangeKind, Nanos)],
) -> i64 {
    let nanos = match key {
        SortKey::Name | SortKey::Count => Nanos(0),
        SortKey::Total => times.total,
        SortKey::Running => times.running,
        SortKey::Runnable => times.runnable,
        SortKey::Waiting => times.waiting,
        SortKey::Syscall => times.syscall,
        SortKey::SyscallBlocked => times.syscall_blocked,
        SortKey::Unknown => times.unknown(),
        SortKey::Reason(reason) => waits
            .iter()
            .find(|&&(r, _)| r == reason)
            .map_or(Nanos(0), |&(_, nanos)| nanos),
        SortKey::Range(kind) => ranges
            .iter()
            .find(|&&(k, _)| k == kind)
            .map_or(Nanos(0), |&(_, nanos)| nanos),
        SortKey::Gc => gc_time(ranges.iter().copied()),
    };
    nanos.0
}

/// The part of ranges that is work for the GC.
pub fn gc_time(ranges: impl IntoIterator<Item = (RangeKind, Nanos)>) -> Nanos {
    sum::all(
        ranges
            .into_iter()
            .filter(|(kind, _)| matches!(kind, RangeKind::GcMarkAssist | RangeKind::GcSweep))
            .map(|(_, nanos)| nanos),
    )
}

/// The groups that the scope of `times` has, sorted by running time.
pub fn group_rows(trace: &Trace, times: &GoroutineTimes) -> Vec<GroupRow> {
    let mut rows: Vec<GroupRow> = (0..trace.goroutines.groups.len())
        .map(|i| GroupIndex(i as u32))
        .filter_map(|group| group_row(trace, times, group))
        .collect();
    sort_groups(trace, &mut rows, SortKey::Running, true);
    rows
}

/// One group's row; `None` if the scope of `times` has none of its goroutines.
pub fn group_row(trace: &Trace, times: &GoroutineTimes, group: GroupIndex) -> Option<GroupRow> {
    let members: Vec<GoroutineIndex> = match times.scope.goroutines {
        GoroutineScope::Goroutine(one) => {
            (trace.goroutines.row(one).group == group).then(|| vec![one])?
        }
        _ => trace.goroutines.members(group).to_vec(),
    };
    let members: Vec<GoroutineIndex> = members
        .into_iter()
        .filter(|&g| times.scope.has(trace, g) && times.lived(g))
        .collect();
    if members.is_empty() {
        return None;
    }
    let mut row = GroupRow {
        group,
        name: *trace.goroutines.groups.get(group.0 as usize)?,
        goroutines: members.len() as u64,
        alive: 0,
        times: Times::default(),
        waits: Vec::new(),
        ranges: Vec::new(),
    };
    let mut waits: FxHashMap<ReasonId, Nanos> = FxHashMap::default();
    let mut ranges: FxHashMap<RangeKind, Nanos> = FxHashMap::default();
    for goroutine in members {
        row.alive += u64::from(is_alive_after(trace, goroutine, &times.scope));
        row.times.add(&times.times(goroutine));
        for &(reason, nanos) in times.waits(goroutine) {
            sum::add(waits.entry(reason).or_default(), nanos.0);
        }
        for &(kind, nanos) in times.ranges(goroutine) {
            sum::add(ranges.entry(kind).or_default(), nanos.0);
        }
    }
    row.waits = waits.into_iter().collect();
    sort_by_numbers(&mut row.waits, |&(reason, nanos)| {
        [!nanos.0, reason.0.into()]
    });
    row.ranges = ranges.into_iter().collect();
    sort_by_numbers(&mut row.ranges, |&(kind, _)| order(kind));
    Some(row)
}

/// Whether a goroutine's last span is not its end.
pub fn is_alive(trace: &Trace, goroutine: GoroutineIndex) -> bool {
    trace
        .goroutines
        .spans(goroutine)
        .last()
        .is_some_and(|&span| trace.spans.kind(SpanIndex(span)).state() != SpanState::Dead)
}

/// Whether a goroutine has not ended when a scope's part of time does.
fn is_alive_after(trace: &Trace, goroutine: GoroutineIndex, scope: &Scope) -> bool {
    match scope.time {
        None => is_alive(trace, goroutine),
        Some(_) => last_span(trace, goroutine, scope)
            .is_some_and(|span| trace.spans.kind(span).state() != SpanState::Dead),
    }
}

/// The span that a goroutine is in at the end of a scope's part of time; if it begins to live later, its first.
pub fn last_span(trace: &Trace, goroutine: GoroutineIndex, scope: &Scope) -> Option<SpanIndex> {
    let spans = trace.goroutines.spans(goroutine);
    let end = scope.window(trace).end;
    let begun = match scope.time {
        None => spans.len(),
        Some(_) => spans.partition_point(|&span| trace.spans.start(SpanIndex(span)) <= end),
    };
    let span = spans.get(begun.saturating_sub(1))?;
    Some(SpanIndex(*span))
}

/// The spans of a goroutine that have a moment in a scope's part of time.
pub fn spans_in<'a>(trace: &'a Trace, goroutine: GoroutineIndex, scope: &Scope) -> &'a [u32] {
    let spans = trace.goroutines.spans(goroutine);
    if scope.time.is_none() {
        return spans;
    }
    let window = scope.window(trace);
    let starts = |span: u32| trace.spans.start(SpanIndex(span));
    let begun = spans.partition_point(|&span| starts(span) <= window.start);
    let end = spans.partition_point(|&span| starts(span) < window.end);
    let first = begun.saturating_sub(1);
    spans.get(first..end.max(first)).unwrap_or_default()
}

/// Sorts groups by a column; equal ones by total time, then name, so that the order is always the same.
pub fn sort_groups(trace: &Trace, rows: &mut [GroupRow], key: SortKey, descending: bool) {
    let name = |row: &GroupRow| trace.strings.get(row.name);
    rows.sort_by(|a, b| {
        let by_key = match key {
            SortKey::Name => name(a).cmp(name(b)),
            SortKey::Count => a.goroutines.cmp(&b.goroutines),
            key => {
                let value = |row: &GroupRow| value(key, &row.times, &row.waits, &row.ranges);
                value(a).cmp(&value(b))
            }
        };
        directed(by_key, descending)
            .then_with(|| b.times.total.cmp(&a.times.total))
            .then_with(|| name(a).cmp(name(b)))
    });
}

/// Sorts goroutines by a column; equal ones by total time, then number.
pub fn sort_goroutines(
    trace: &Trace,
    times: &GoroutineTimes,
    goroutines: &mut [GoroutineIndex],
    key: SortKey,
    descending: bool,
) {
    let id = |g: GoroutineIndex| trace.goroutines.row(g).id;
    goroutines.sort_by_cached_key(|&g| {
        let row = times.times(g);
        let value = match key {
            SortKey::Name => id(g).0,
            SortKey::Count => trace.goroutines.spans(g).len() as i64,
            SortKey::Range(_) | SortKey::Gc => value(key, &row, &[], times.ranges(g)),
            key => value(key, &row, times.waits(g), &[]),
        };
        let value = if descending { !value } else { value };
        (value, !row.total.0, id(g))
    });
}

fn directed(ordering: Ordering, descending: bool) -> Ordering {
    if descending {
        ordering.reverse()
    } else {
        ordering
    }
}

/// One goroutine, in full.
#[derive(Clone, PartialEq, Debug)]
pub struct GoroutineDetails {
    /// Which.
    pub goroutine: GoroutineIndex,
    /// How many spans it has, its end not counted.
    pub spans: u64,
    /// How often it was in each state ([`SpanState::ALL`]'s order).
    pub spans_by_state: [u64; 6],
    /// Its times.
    pub times: Times,
    /// Its waiting time by reason, longest first.
    pub waits: Vec<(ReasonId, Nanos)>,
    /// Its time in ranges; overlaps with the times.
    pub ranges: Vec<(RangeKind, Nanos)>,
    /// Whether it outlived the trace.
    pub alive: bool,
    /// What its group has.
    pub group: Option<GroupRow>,
}

/// One goroutine's numbers; creator, creation stack and times of its life stand in its
/// [`tracepane_model::goroutine::GoroutineRow`].
pub fn goroutine_details(
    trace: &Trace,
    times: &GoroutineTimes,
    goroutine: GoroutineIndex,
) -> GoroutineDetails {
    let mut spans_by_state = [0; 6];
    for &span in spans_in(trace, goroutine, &times.scope) {
        let state = trace.spans.kind(SpanIndex(span)).state();
        spans_by_state[state as usize] += 1;
    }
    let mut waits = times.waits(goroutine).to_vec();
    sort_by_numbers(&mut waits, |&(reason, nanos)| [!nanos.0, reason.0.into()]);
    let group = trace
        .goroutines
        .rows
        .get(goroutine.0 as usize)
        .and_then(|row| group_row(trace, times, row.group));
    GoroutineDetails {
        goroutine,
        spans: spans_by_state.iter().skip(1).sum(),
        spans_by_state,
        times: times.times(goroutine),
        waits,
        ranges: times.ranges(goroutine).to_vec(),
        alive: is_alive_after(trace, goroutine, &times.scope),
        group,
    }
}

#[cfg(test)]
mod tests {
    use tracepane_wire::{GoroutineState, Range, Scope as RangeOf};

    use super::*;
    use crate::goroutines::goroutine_times;
    use crate::profiles::Completeness;
    use crate::script::{NOBODY, Script, g};

    fn trace() -> Trace {
        let mut t = Script::new();
        t.found(1, 1, GoroutineState::Running, "a<main.a");
        t.create(10, 1, 2, "a<main.a", "main.b");
        t.create(11, 1, 3, "a<main.a", "main.b");
        t.run(20, 2);
        t.run(21, 3);
        t.range((22, 24), 3, Range::GcMarkAssist, RangeOf::Goroutine(g(3)));
        t.block(30, 2, "select", "b<main.b");
        t.block(51, 3, "chan receive", "b<main.b");
        t.wake(60, NOBODY, 3, "");
        t.run(60, 3);
        t.end(65, 3);
        t.finish(100)
    }

    fn names(trace: &Trace, rows: &[GroupRow]) -> String {
        let names: Vec<&str> = rows.iter().map(|r| trace.strings.get(r.name)).collect();
        names.join(" ")
    }

    #[test]
    fn groups_are_sums() {
        let trace = trace();
        let times = goroutine_times(&trace, &Scope::ALL, Completeness::Complete);
        let mut rows = group_rows(&trace, &times);
        assert_eq!(names(&trace, &rows), "main.a main.b");
        let b = rows[1].clone();
        assert_eq!((b.goroutines, b.alive), (2, 1));
        assert_eq!(b.times.running, Nanos(10 + 30 + 5));
        assert_eq!(b.times.waiting, Nanos(70 + 9));
        assert_eq!(b.waits[0].1, Nanos(70));
        assert_eq!(gc_time(b.ranges.clone()), Nanos(2));
        for (key, expect) in [
            (SortKey::Name, "main.b main.a"),
            (SortKey::Count, "main.b main.a"),
            (SortKey::Waiting, "main.b main.a"),
            (SortKey::Gc, "main.b main.a"),
            (SortKey::Running, "main.a main.b"),
            (SortKey::Syscall, "main.b main.a"),
        ] {
            sort_groups(&trace, &mut rows, key, true);
            assert_eq!(names(&trace, &rows), expect, "{key:?}");
        }
        sort_groups(&trace, &mut rows, SortKey::Running, false);
        assert_eq!(names(&trace, &rows), "main.b main.a");
    }

    #[test]
    fn a_scope_has_only_its_groups() {
        let trace = trace();
        let scope = Scope::goroutine(g(3));
        let times = goroutine_times(&trace, &scope, Completeness::Complete);
        let rows = group_rows(&trace, &times);
        assert_eq!(rows.len(), 1);
        assert_eq!((rows[0].goroutines, rows[0].times.running), (1, Nanos(35)));
    }

    #[test]
    fn goroutines_are_sorted_by_a_column() {
        let trace = trace();
        let times = goroutine_times(&trace, &Scope::ALL, Completeness::Complete);
        let sorted = |key, descending| {
            let mut all = [g(1), g(2), g(3)];
            sort_goroutines(&trace, &times, &mut all, key, descending);
            all.map(|g| g.0)
        };
        assert_eq!(sorted(SortKey::Running, true), [1, 3, 2]);
        assert_eq!(sorted(SortKey::Running, false), [2, 3, 1]);
        assert_eq!(sorted(SortKey::Gc, true), [3, 1, 2]);
        assert_eq!(sorted(SortKey::Name, true), [3, 2, 1]);
        assert_eq!(sorted(SortKey::Count, true), [3, 2, 1]);
    }

    #[test]
    fn details_of_one_goroutine() {
        let trace = trace();
        let times = goroutine_times(&trace, &Scope::ALL, Completeness::Complete);
        let details = goroutine_details(&trace, &times, g(3));
        assert_eq!(details.spans, 5);
        assert_eq!(details.spans_by_state, [1, 2, 2, 1, 0, 0]);
        assert!(!details.alive);
        assert_eq!(details.group.map(|group| group.goroutines), Some(2));
    }
}
