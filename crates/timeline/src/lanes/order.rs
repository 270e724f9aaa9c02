//! In which order groups and goroutines stand: sorted by what they did, then moved by hand.

use tracepane_model::{GoroutineIndex, GroupIndex, SpanKind, SpanState, Trace};

use super::kind::LaneKind;
use crate::text::short_name;

/// What groups and goroutines are sorted by.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub enum Sort {
    /// main first, then the program's own groups, busiest first, then the runtime's; goroutines as they appear.
    #[default]
    Usual,
    /// First created first.
    Created,
    /// Longest running first; groups by the sum over their goroutines, as below.
    Running,
    /// Longest waiting for a proc first.
    Runnable,
    /// Longest blocked first: waiting, or in a system call that lost its proc.
    Waiting,
    /// By function; goroutines by their number.
    Name,
    /// Largest group first; goroutines with most spans first.
    Count,
}

impl Sort {
    /// All of them, as they are offered.
    pub const ALL: [Self; 7] = [
        Self::Usual,
        Self::Created,
        Self::Running,
        Self::Runnable,
        Self::Waiting,
        Self::Name,
        Self::Count,
    ];
}

/// One lane was put before another one, or behind all others of its kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Move {
    pub lane: LaneKind,
    pub before: Option<LaneKind>,
}

/// Puts a list in order by hand. `kind` is what each is as a lane; moves of other lanes change nothing.
pub fn apply_moves<T: Copy + PartialEq>(
    list: &mut Vec<T>,
    moves: &[Move],
    of: impl Fn(LaneKind) -> Option<T>,
) {
    for step in moves {
        let Some(lane) = of(step.lane) else {
            continue;
        };
        let Some(from) = list.iter().position(|&other| other == lane) else {
            continue;
        };
        let before = step.before.and_then(&of);
        if step.before.is_some() && before.is_none() || before == Some(lane) {
            continue;
        }
        list.remove(from);
        let to = before.and_then(|before| list.iter().position(|&other| other == before));
        list.insert(to.unwrap_or(list.len()), lane);
    }
}

/// What each goroutine is sorted by, smallest first; `None` if they stand as they appear.
pub fn keys(trace: &Trace, sort: Sort) -> Option<Vec<u64>> {
    let rows = trace.goroutines.rows.iter();
    let falling = |n: u64| u64::MAX - n;
    Some(match sort {
        Sort::Usual => return None,
        // Signs last: what is negative comes first.
        Sort::Created => rows.map(|row| row.created.0 as u64 ^ 1 << 63).collect(),
        Sort::Name => rows.map(|row| row.id.0 as u64 ^ 1 << 63).collect(),
        Sort::Count => (0..trace.goroutines.len() as u32)
            .map(|g| falling(trace.goroutines.spans(GoroutineIndex(g)).len() as u64))
            .collect(),
        Sort::Running => times(trace, |kind| kind.state() == SpanState::Running),
        Sort::Runnable => times(trace, |kind| kind.state() == SpanState::Runnable),
        Sort::Waiting => times(trace, |kind| {
            matches!(kind.state(), SpanState::Waiting | SpanState::SyscallBlocked)
        }),
    })
}

/// How long each goroutine was in these spans, as keys that put the longest first. One pass over the spans.
fn times(trace: &Trace, counts: impl Fn(SpanKind) -> bool) -> Vec<u64> {
    let goroutines = trace.goroutines.len();
    // Ends less starts: each alone overflows nothing that the sum does not.
    let mut sums = vec![0i64; goroutines];
    let mut inside = vec![false; goroutines];
    for (row, start) in trace.spans.iter() {
        let g = trace.spans.goroutine(row).0 as usize;
        let Some(was) = inside.get_mut(g) else {
            continue;
        };
        let is = counts(trace.spans.kind(row));
        if *was != is {
            let by = if is { start.0.wrapping_neg() } else { start.0 };
            sums[g] = sums[g].wrapping_add(by);
            *was = is;
        }
    }
    sums.iter()
        .zip(inside)
        .map(|(&sum, inside)| {
            let open = if inside { trace.end.0 } else { 0 };
            u64::MAX - sum.wrapping_add(open).max(0) as u64
        })
        .collect()
}

/// The groups in order.
pub fn sorted_groups(
    trace: &Trace,
    sort: Sort,
    usual: &[GroupIndex],
    keys: Option<&[u64]>,
) -> Vec<GroupIndex> {
    let mut groups = usual.to_vec();
    let members = |group: GroupIndex| trace.goroutines.members(group);
    let key_of = |g: &GoroutineIndex| keys.and_then(|keys| keys.get(g.0 as usize)).copied();
    match sort {
        Sort::Usual => {}
        Sort::Name => groups.sort_by_cached_key(|&group| {
            let name = super::group_name(trace, group);
            (short_name(name).to_lowercase(), name)
        }),
        Sort::Count => groups.sort_by_cached_key(|&group| u64::MAX - members(group).len() as u64),
        Sort::Created => groups.sort_by_cached_key(|&group| {
            let first = members(group).iter().filter_map(key_of).min();
            first.unwrap_or(u64::MAX)
        }),
        Sort::Running | Sort::Runnable | Sort::Waiting => groups.sort_by_cached_key(|&group| {
            let times = members(group).iter().filter_map(key_of);
            let sum = times.fold(0u64, |sum, key| sum.saturating_add(u64::MAX - key));
            u64::MAX - sum
        }),
    }
    groups
}

/// All goroutines by group, each group's in order; the groups' places are those of the model.
pub fn sorted_members(trace: &Trace, keys: &[u64]) -> Vec<GoroutineIndex> {
    let mut all = Vec::with_capacity(trace.goroutines.len());
    let mut sorted: Vec<(u64, GoroutineIndex)> = Vec::new();
    for group in (0..trace.goroutines.groups.len() as u32).map(GroupIndex) {
        let members = trace.goroutines.members(group).iter();
        sorted.clear();
        sorted.extend(members.map(|&g| (keys.get(g.0 as usize).copied().unwrap_or(u64::MAX), g)));
        sorted.sort_unstable();
        all.extend(sorted.iter().map(|&(_, g)| g));
    }
    all
}
