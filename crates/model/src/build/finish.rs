//! The last step: rows are counted into lists by goroutine, by proc and by group.

use rustc_hash::FxHashMap;
use tracepane_wire::{EventType, GoroutineIndex, Loss};

use super::goroutines::{NO_SYSCALL, State};
use super::{Builder, Finish, SpanLists};
use crate::both::both;
use crate::goroutine::{GoroutineRow, Goroutines, GroupIndex};
use crate::proc::{Placement, Procs};
use crate::span::{Cause, SpanKind, SpanState, Spans};
use crate::string::{StringRef, Strings};
use crate::trace::Trace;

impl Builder {
    /// No more events: the trace.
    pub fn finish(mut self, rest: Finish) -> Trace {
        let Finish {
            go_versions,
            bytes,
            mut report,
            resources,
            lists,
            threads,
        } = rest;
        if let Some(last) = resources.goroutines.len().checked_sub(1) {
            self.ensure(GoroutineIndex(last as u32), &resources);
        }
        for g in 0..self.states.len() {
            let syscall = self.states[g].syscall;
            if syscall != NO_SYSCALL {
                self.syscalls.leave(GoroutineIndex(g as u32), syscall);
            }
        }
        let end = self.now;
        let strings = self.interner.strings;
        let stacks = self.interner.stacks;
        let mut no_room = |count: u64, what: &str| {
            if count > 0 {
                report.losses.push(Loss {
                    offset: bytes,
                    bytes: 0,
                    generation: None,
                    reason: format!("{count} {what} could not be kept: there are too many"),
                });
            }
        };
        no_room(self.dropped_spans, "goroutine state changes");
        no_room(strings.dropped(), "strings");
        no_room(stacks.dropped(), "stacks");

        let mut spans = self.spans.finish();
        spans.reasons = self.interner.reasons.names;
        spans.syscall_views = self.syscalls.finish();
        let unlisted = lists == SpanLists::LeftOut && !spans.is_empty();
        let mut procs = Procs {
            ids: resources.procs,
            threads: resources.threads,
            spans: self.proc_spans,
            ..Procs::default()
        };
        let counts = self.placements.counts;
        procs.placements = self.placements.all;
        let ran = || match unlisted {
            true => Default::default(),
            false => ran(&spans, &procs.placements, &counts, procs.ids.len()),
        };
        let (rows, states) = (self.rows, self.states);
        let (ran, goroutines) = both(threads, ran, || {
            goroutines(rows, states, &spans, &strings, unlisted)
        });
        (procs.ran, procs.ran_starts) = ran;
        let mut event_counts = self.other_events;
        let transitions = self.events.saturating_sub(event_counts.total());
        event_counts.add(EventType::Goroutine, transitions);
        Trace {
            go_versions,
            bytes,
            events: self.events,
            event_counts,
            clock_start: self.clock_start,
            end,
            strings,
            stacks,
            generations: self.generations,
            goroutines,
            spans,
            procs,
            ranges: self.ranges.finish(end),
            metrics: self.metrics,
            samples: self.samples,
            tasks: self.user.tasks,
            regions: self.user.regions,
            logs: self.user.logs,
            labels: self.user.labels,
            report,
        }
    }
}

/// How many rows are looked at together.
const PIECE: usize = 1024;

/// Lists of rows by key, one after another in one column, each in row order: a counting sort, with exactly the memory
/// that the result has.
struct Lists {
    /// Where key `i`'s list begins, one place further; before filling, where its next row goes.
    next: Vec<u32>,
    rows: Vec<u32>,
}

impl Lists {
    /// `counts`: how many rows each key has.
    fn new(counts: impl ExactSizeIterator<Item = u32>) -> Self {
        let mut next = Vec::with_capacity(counts.len() + 1);
        let mut sum = 0;
        next.push(0);
        for count in counts {
            next.push(sum);
            sum += count;
        }
        Self {
            next,
            rows: vec![0; sum as usize],
        }
    }

    #[inline]
    fn push(&mut self, key: u32, row: u32) {
        let next = self.next.get_mut(1..);
        let Some(next) = next.and_then(|next| next.get_mut(key as usize)) else {
            return;
        };
        if let Some(place) = self.rows.get_mut(*next as usize) {
            *place = row;
        }
        *next += 1;
    }

    /// [`Self::push`] for rows that follow each other. Called for each piece of a table, so that a browser compiles it
    /// well while it goes on.
    #[inline(never)]
    fn push_all(&mut self, keys: &[u32], first: u32) {
        for (&key, row) in keys.iter().zip(first..) {
            self.push(key, row);
        }
    }

    /// The rows, and where each key's begin; one more entry than keys.
    fn finish(self) -> (Vec<u32>, Vec<u32>) {
        (self.rows, self.next)
    }
}

fn goroutines(
    mut rows: Vec<GoroutineRow>,
    states: Vec<State>,
    spans: &Spans,
    strings: &Strings,
    unlisted: bool,
) -> Goroutines {
    let (span_rows, span_starts) = if unlisted {
        Default::default()
    } else {
        let mut lists = Lists::new(states.iter().map(|state| state.spans));
        let mut keys = [0; PIECE];
        for first in (0..spans.len()).step_by(PIECE) {
            let keys = &mut keys[..PIECE.min(spans.len() - first)];
            spans.goroutine.copy_to(first, keys);
            lists.push_all(keys, first as u32);
        }
        lists.finish()
    };

    let mut groups: Vec<StringRef> = Vec::new();
    let mut index: FxHashMap<StringRef, GroupIndex> = FxHashMap::default();
    let mut counts: Vec<u32> = Vec::new();
    for (row, state) in rows.iter_mut().zip(&states) {
        row.system = is_system(strings.get(row.name));
        row.group = *index.entry(row.name).or_insert_with(|| {
            groups.push(row.name);
            counts.push(0);
            GroupIndex(groups.len() as u32 - 1)
        });
        if state.spans > 0 {
            counts[row.group.0 as usize] += 1;
        }
    }
    let mut lists = Lists::new(counts.iter().copied());
    for (i, (row, state)) in rows.iter().zip(&states).enumerate() {
        if state.spans > 0 {
            lists.push(row.group.0, i as u32);
        }
    }
    let (members, member_starts) = lists.finish();
    rows.shrink_to_fit();
    Goroutines {
        rows,
        spans: span_rows,
        span_starts,
        unlisted,
        groups,
        members: members.into_iter().map(GoroutineIndex).collect(),
        member_starts,
    }
}

/// `IsSystemGoroutine` of `internal/trace/summary.go`.
fn is_system(name: &str) -> bool {
    name.is_empty() || (name != "runtime.main" && name.starts_with("runtime."))
}

/// The rows that ran on each proc: Running, or Syscall that still held it. `counts`: how many there are of each
/// placement.
fn ran(
    spans: &Spans,
    placements: &[Placement],
    counts: &[u32],
    procs: usize,
) -> (Vec<u32>, Vec<u32>) {
    let proc_of: Vec<u32> = placements.iter().map(|place| place.proc.0).collect();
    let mut counts_of_procs = vec![0u32; procs];
    for (&proc, count) in proc_of.iter().zip(counts) {
        if let Some(sum) = counts_of_procs.get_mut(proc as usize) {
            *sum += count;
        }
    }
    let mut lists = Lists::new(counts_of_procs.into_iter());
    let (mut kinds, mut causes) = ([SpanKind::default(); PIECE], [0; PIECE]);
    for first in (0..spans.len()).step_by(PIECE) {
        let count = PIECE.min(spans.len() - first);
        let (kinds, causes) = (&mut kinds[..count], &mut causes[..count]);
        spans.copy_kinds(first, kinds);
        spans.copy_causes(first, causes);
        push_ran(&mut lists, &proc_of, kinds, causes, first as u32);
    }
    lists.finish()
}

/// Called for each piece, like [`Lists::push_all`].
#[inline(never)]
fn push_ran(lists: &mut Lists, proc_of: &[u32], kinds: &[SpanKind], causes: &[u32], first: u32) {
    for ((kind, &cause), row) in kinds.iter().zip(causes).zip(first..) {
        if matches!(kind.state(), SpanState::Running | SpanState::Syscall)
            && let Cause::Placement(place) = Cause::unpack(cause)
            && let Some(&proc) = proc_of.get(place.0 as usize)
        {
            lists.push(proc, row);
        }
    }
}
