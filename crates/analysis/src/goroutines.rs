//! Where the goroutines' time went: each goroutine's times, in one pass over the spans.
//!
//! The rules are those of `internal/trace/summary.go`. With [`Completeness::AsGoToolTrace`] the numbers are its own to
//! the nanosecond; with [`Completeness::Complete`] they are right where its are not: see [`goroutine_times`].

use tracepane_model::{
    GoroutineIndex, Nanos, RangeKind, ReasonId, SpanIndex, SpanKind, SpanState, Trace,
};

use crate::names;
use crate::profiles::{Completeness, found_since};
use crate::range_times::range_times;
use crate::scope::{Scope, TimeRange};
use crate::sum;

/// Where time went. The parts do not overlap.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Times {
    /// From creation (or the trace's beginning) to the end (or the trace's).
    pub total: Nanos,
    /// Running.
    pub running: Nanos,
    /// Ready to run, waiting for a proc.
    pub runnable: Nanos,
    /// Blocked, for whatever reason.
    pub waiting: Nanos,
    /// In system calls, on a proc.
    pub syscall: Nanos,
    /// In system calls that had lost their proc.
    pub syscall_blocked: Nanos,
}

impl Times {
    /// What of the total the rest does not account for (`GoroutineExecStats.UnknownTime`).
    pub fn unknown(&self) -> Nanos {
        let known = sum::all([
            self.running,
            self.runnable,
            self.waiting,
            self.syscall,
            self.syscall_blocked,
        ]);
        Nanos(self.total.0.saturating_sub(known.0).max(0))
    }

    /// Adds another's times.
    pub fn add(&mut self, other: &Self) {
        sum::add(&mut self.total, other.total.0);
        sum::add(&mut self.running, other.running.0);
        sum::add(&mut self.runnable, other.runnable.0);
        sum::add(&mut self.waiting, other.waiting.0);
        sum::add(&mut self.syscall, other.syscall.0);
        sum::add(&mut self.syscall_blocked, other.syscall_blocked.0);
    }
}

/// The times of all goroutines.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct GoroutineTimes {
    /// What they were asked of.
    pub scope: Scope,
    rows: Vec<Times>,
    waits: Vec<(ReasonId, Nanos)>,
    wait_starts: Vec<u32>,
    ranges: Vec<(GoroutineIndex, RangeKind, Nanos)>,
}

impl GoroutineTimes {
    /// A goroutine's times; all 0 for one outside the scope.
    pub fn times(&self, goroutine: GoroutineIndex) -> Times {
        self.rows
            .get(goroutine.0 as usize)
            .copied()
            .unwrap_or_default()
    }

    /// A goroutine's waiting time by reason, without zeros, sorted by reason.
    pub fn waits(&self, goroutine: GoroutineIndex) -> &[(ReasonId, Nanos)] {
        let i = goroutine.0 as usize;
        match (self.wait_starts.get(i), self.wait_starts.get(i + 1)) {
            (Some(&start), Some(&end)) => &self.waits[start as usize..end as usize],
            _ => &[],
        }
    }

    /// How long a goroutine was in GC assists, sweeps and stop-the-world pauses of its own making, without zeros.
    /// These overlap with the times: they are wall time from begin to end.
    pub fn ranges(
        &self,
        goroutine: GoroutineIndex,
    ) -> impl Iterator<Item = (RangeKind, Nanos)> + '_ {
        let first = self.ranges.partition_point(|&(g, ..)| g < goroutine);
        self.ranges[first..]
            .iter()
            .take_while(move |&&(g, ..)| g == goroutine)
            .map(|&(_, kind, nanos)| (kind, nanos))
    }

    /// The statistics as `go tool trace` names and counts them (`NonOverlappingStats` and `RangeTime`), zeros left
    /// out; meant for a [`Completeness::AsGoToolTrace`] table.
    pub fn go_stats(&self, trace: &Trace, goroutine: GoroutineIndex) -> Vec<(String, Nanos)> {
        let times = self.times(goroutine);
        let mut stats: Vec<(String, Nanos)> = [
            ("Execution time", times.running),
            ("Sched wait time", times.runnable),
            ("Syscall execution time", times.syscall),
            ("Block time (syscall)", times.syscall_blocked),
            ("Unknown time", times.unknown()),
        ]
        .map(|(name, nanos)| (name.to_owned(), nanos))
        .to_vec();
        for &(reason, nanos) in self.waits(goroutine) {
            let reason = names::reason(trace, reason);
            stats.push((format!("Block time ({reason})"), nanos));
        }
        for (kind, nanos) in self.ranges(goroutine) {
            stats.push((names::range(trace, kind), nanos));
        }
        stats.retain(|(_, nanos)| nanos.0 != 0);
        stats
    }
}

/// Computes the times of the scope's goroutines, in one pass.
///
/// [`Completeness::AsGoToolTrace`] differs from [`Completeness::Complete`] in what it takes over from
/// `internal/trace/summary.go`:
/// - A system call that is still blocked when the trace ends counts in full as system call execution, and its blocked
///   part once more as scheduling wait (`snapshotStat`).
/// - A goroutine that never had a proc in its system call (found so, or created in one) counts as executing it.
/// - A goroutine that blocks for ever ends there; its block is not counted.
/// - Of an id that is used again, only the last life counts.
/// - A state that began at the trace clock's 0, which only format v1 has, does not count (0 means "not in it").
/// - A sweep during which the proc changed its goroutine counts for the first one until its next sweep, or its end.
pub fn goroutine_times(trace: &Trace, scope: &Scope, completeness: Completeness) -> GoroutineTimes {
    let mut pass = Pass::new(trace, scope, completeness);
    match scope.few(trace) {
        Some(members) => {
            for goroutine in members {
                for &span in trace.goroutines.spans(goroutine) {
                    pass.span(SpanIndex(span), trace.spans.start(SpanIndex(span)));
                }
            }
        }
        None => {
            for (span, start) in trace.spans.iter() {
                pass.span(span, start);
            }
        }
    }
    let ranges = range_times(trace, scope, completeness);
    pass.finish(*scope, ranges)
}

/// The end of a list in [`Pass::waits`].
const END: u32 = u32::MAX;
/// Of [`Open::blocked_from`]: the system call keeps its proc.
const NEVER: i64 = i64::MAX;
/// Of [`Open::blocked_from`]: the system call's rows tell.
const AS_ROWS: i64 = i64::MIN;

/// What a goroutine is doing.
#[derive(Clone, Copy)]
struct Open {
    alive: bool,
    kind: SpanKind,
    since: i64,
    created: i64,
    /// Of a system call as go tool trace sees it.
    blocked_from: i64,
    /// The goroutine's list in [`Pass::waits`].
    waits: u32,
}

#[derive(Clone, Copy)]
struct WaitEntry {
    nanos: Nanos,
    next: u32,
    reason: ReasonId,
}

struct Pass<'a> {
    trace: &'a Trace,
    as_go: bool,
    all: bool,
    scope: Scope,
    window: TimeRange,
    forever: Option<ReasonId>,
    rows: Vec<Times>,
    open: Vec<Open>,
    waits: Vec<WaitEntry>,
}

impl<'a> Pass<'a> {
    fn new(trace: &'a Trace, scope: &Scope, completeness: Completeness) -> Self {
        let none = Open {
            alive: false,
            kind: SpanKind::new(SpanState::Dead, ReasonId(0), false),
            since: 0,
            created: 0,
            blocked_from: AS_ROWS,
            waits: END,
        };
        let forever = trace
            .spans
            .reasons
            .iter()
            .position(|&reason| trace.strings.get(reason) == "forever");
        Self {
            trace,
            as_go: completeness == Completeness::AsGoToolTrace,
            all: *scope == Scope::ALL,
            scope: *scope,
            window: scope.time.unwrap_or(TimeRange::ALL),
            forever: forever.map(|place| ReasonId(place as u16)),
            rows: vec![Times::default(); trace.goroutines.len()],
            open: vec![none; trace.goroutines.len()],
            waits: Vec::new(),
        }
    }

    #[inline]
    fn overlap(&self, from: i64, to: i64) -> i64 {
        if self.all {
            return to.saturating_sub(from);
        }
        self.window.overlap(Nanos(from), Nanos(to))
    }

    #[inline]
    fn span(&mut self, span: SpanIndex, start: Nanos) {
        let goroutine = self.trace.spans.goroutine(span);
        let g = goroutine.0 as usize;
        if g >= self.open.len() || !self.all && !self.scope.has(self.trace, goroutine) {
            return;
        }
        let kind = self.trace.spans.kind(span);
        let state = kind.state();
        let now = start.0;
        let before = self.open[g];
        if before.alive {
            self.leave(g, before, now, Some(state));
        } else if state != SpanState::Dead {
            self.begin_life(g, kind, span, start);
        }
        let open = &mut self.open[g];
        open.kind = kind;
        open.since = now;
        if self.as_go {
            self.enter_as_go(g, before, span, now);
        }
        let ends = state == SpanState::Dead
            || self.as_go && state == SpanState::Waiting && Some(kind.reason()) == self.forever;
        if ends {
            self.end_life(g, now);
        }
    }

    /// A goroutine that is found in a state has been in it since its generation began; that time counts.
    fn begin_life(&mut self, g: usize, kind: SpanKind, span: SpanIndex, start: Nanos) {
        if self.as_go {
            self.rows[g] = Times::default();
            self.open[g].waits = END;
        }
        self.open[g].alive = true;
        self.open[g].created = start.0;
        if !kind.was_going_on() {
            return;
        }
        let since = found_since(self.trace, start).0;
        self.open[g].created = since;
        let nanos = self.overlap(since, start.0);
        let mut state = kind.state();
        if self.as_go
            && matches!(state, SpanState::Syscall | SpanState::SyscallBlocked)
            && let Some(view) = self.trace.spans.syscall_view(span)
        {
            state = if view.found_with_proc {
                SpanState::Syscall
            } else {
                SpanState::SyscallBlocked
            };
        }
        self.add(g, state, kind.reason(), nanos);
    }

    /// Adds what the goroutine did up to now. `next`: the state it goes to, or `None` at the trace's end.
    #[inline]
    fn leave(&mut self, g: usize, before: Open, now: i64, next: Option<SpanState>) {
        let state = before.kind.state();
        if self.as_go {
            if matches!(state, SpanState::Syscall | SpanState::SyscallBlocked) {
                self.leave_syscall_as_go(g, before, now, next);
                return;
            }
            // A state that began at 0 is none, except that leaving Running is not asked.
            let leaves_running = state == SpanState::Running && next.is_some();
            if self.trace.clock_start.0.wrapping_add(before.since) == 0 && !leaves_running {
                return;
            }
        }
        let nanos = self.overlap(before.since, now);
        self.add(g, state, before.kind.reason(), nanos);
    }

    #[inline]
    fn add(&mut self, g: usize, state: SpanState, reason: ReasonId, nanos: i64) {
        let row = &mut self.rows[g];
        match state {
            SpanState::Dead => {}
            SpanState::Runnable => sum::add(&mut row.runnable, nanos),
            SpanState::Running => sum::add(&mut row.running, nanos),
            SpanState::Syscall => sum::add(&mut row.syscall, nanos),
            SpanState::SyscallBlocked => sum::add(&mut row.syscall_blocked, nanos),
            SpanState::Waiting => {
                sum::add(&mut row.waiting, nanos);
                self.add_wait(g, reason, nanos);
            }
        }
    }

    #[inline]
    fn add_wait(&mut self, g: usize, reason: ReasonId, nanos: i64) {
        let mut place = self.open[g].waits;
        while place != END {
            let entry = &mut self.waits[place as usize];
            if entry.reason == reason {
                sum::add(&mut entry.nanos, nanos);
                return;
            }
            place = entry.next;
        }
        let next = self.open[g].waits;
        self.open[g].waits = self.waits.len() as u32;
        self.waits.push(WaitEntry {
            nanos: Nanos(nanos),
            next,
            reason,
        });
    }

    fn end_life(&mut self, g: usize, now: i64) {
        if self.open[g].alive {
            self.open[g].alive = false;
            let nanos = self.overlap(self.open[g].created, now);
            sum::add(&mut self.rows[g].total, nanos);
        }
    }

    /// Keeps of a system call what go tool trace does: one state with a moment from which on it is blocked.
    fn enter_as_go(&mut self, g: usize, before: Open, span: SpanIndex, now: i64) {
        let in_syscall = |state| matches!(state, SpanState::Syscall | SpanState::SyscallBlocked);
        let state = self.open[g].kind.state();
        if !in_syscall(state) {
            return;
        }
        let open = &mut self.open[g];
        if before.alive && in_syscall(before.kind.state()) {
            // The call goes on. It lost its proc, unless a view of the call says otherwise.
            open.since = before.since;
            if before.blocked_from == AS_ROWS && state == SpanState::SyscallBlocked {
                open.blocked_from = now;
            }
            return;
        }
        open.blocked_from = match self.trace.spans.syscall_view(span) {
            Some(view) => view.blocked_from.map_or(NEVER, |time| time.0),
            // There was no proc to lose.
            None if state == SpanState::SyscallBlocked => NEVER,
            None => AS_ROWS,
        };
    }

    fn leave_syscall_as_go(&mut self, g: usize, before: Open, now: i64, next: Option<SpanState>) {
        if matches!(next, Some(SpanState::Syscall | SpanState::SyscallBlocked))
            || self.trace.clock_start.0.wrapping_add(before.since) == 0
        {
            return;
        }
        let blocked = match before.blocked_from {
            AS_ROWS | NEVER => now,
            from => from,
        };
        if next.is_some() {
            let (on_proc, without) = (
                self.overlap(before.since, blocked),
                self.overlap(blocked, now),
            );
            sum::add(&mut self.rows[g].syscall, on_proc);
            sum::add(&mut self.rows[g].syscall_blocked, without);
        } else {
            let (all, without) = (self.overlap(before.since, now), self.overlap(blocked, now));
            sum::add(&mut self.rows[g].syscall, all);
            sum::add(&mut self.rows[g].runnable, without);
        }
    }

    fn finish(
        mut self,
        scope: Scope,
        ranges: Vec<(GoroutineIndex, RangeKind, Nanos)>,
    ) -> GoroutineTimes {
        let end = self.trace.end.0;
        for g in 0..self.open.len() {
            let open = self.open[g];
            if open.alive {
                self.leave(g, open, end, None);
                self.end_life(g, end);
            }
        }
        let mut waits = Vec::new();
        let mut wait_starts = Vec::with_capacity(self.open.len() + 1);
        for open in &self.open {
            let start = waits.len();
            wait_starts.push(start as u32);
            let mut place = open.waits;
            while place != END {
                let entry = self.waits[place as usize];
                if entry.nanos.0 != 0 {
                    waits.push((entry.reason, entry.nanos));
                }
                place = entry.next;
            }
            waits[start..].sort_unstable_by_key(|&(reason, _)| reason);
        }
        wait_starts.push(waits.len() as u32);
        GoroutineTimes {
            scope,
            rows: self.rows,
            waits,
            wait_starts,
            ranges,
        }
    }
}

#[cfg(test)]
mod tests;
