//! One goroutine's times, moment by moment: what it has spent in each state up to now.
//!
//! The rules are those of [`crate::goroutine_times`]; who wants the times between two moments takes the difference of
//! two readings, as `internal/trace/summary.go` does for regions.

use tracepane_model::{Nanos, ReasonId, SpanIndex, SpanKind, SpanState, Trace};

use crate::goroutines::Times;
use crate::profiles::{Completeness, found_since};
use crate::scope::TimeRange;
use crate::sum;

/// The end of a list in [`Waits`].
const END: u32 = u32::MAX;
/// Of [`Doing::blocked_from`]: the system call keeps its proc.
const NEVER: i64 = i64::MAX;
/// Of [`Doing::blocked_from`]: the system call's rows tell.
const AS_ROWS: i64 = i64::MIN;

/// What a goroutine has spent up to now, and what it is doing.
#[derive(Clone, Copy)]
pub(crate) struct Clock {
    /// What counts up to the last change of its state.
    pub(crate) times: Times,
    doing: Doing,
    /// The goroutine's list in [`Waits`].
    waits: u32,
}

/// What a goroutine is doing.
#[derive(Clone, Copy)]
struct Doing {
    alive: bool,
    kind: SpanKind,
    since: i64,
    created: i64,
    /// Of a system call as go tool trace sees it.
    blocked_from: i64,
}

impl Clock {
    /// Of a goroutine that has done nothing yet.
    pub(crate) fn new() -> Self {
        Self {
            times: Times::default(),
            doing: Doing {
                alive: false,
                kind: SpanKind::new(SpanState::Dead, ReasonId::NONE, false),
                since: 0,
                created: 0,
                blocked_from: AS_ROWS,
            },
            waits: END,
        }
    }
}

/// The waits by reason of any number of clocks: a linked list each.
#[derive(Clone, Default)]
pub(crate) struct Waits {
    entries: Vec<WaitEntry>,
}

#[derive(Clone, Copy)]
struct WaitEntry {
    nanos: Nanos,
    next: u32,
    reason: ReasonId,
}

impl Waits {
    #[inline]
    fn add(&mut self, list: &mut u32, reason: ReasonId, nanos: i64) {
        let mut place = *list;
        while place != END {
            let entry = &mut self.entries[place as usize];
            if entry.reason == reason {
                sum::add(&mut entry.nanos, nanos);
                return;
            }
            place = entry.next;
        }
        let next = *list;
        *list = self.entries.len() as u32;
        self.entries.push(WaitEntry {
            nanos: Nanos(nanos),
            next,
            reason,
        });
    }

    /// A clock's waits up to the last change of its state, in no order.
    pub(crate) fn of(&self, clock: &Clock) -> impl Iterator<Item = (ReasonId, Nanos)> + '_ {
        let mut place = clock.waits;
        std::iter::from_fn(move || {
            let entry = self.entries.get(place as usize)?;
            place = entry.next;
            Some((entry.reason, entry.nanos))
        })
    }

    /// Forgets all; no clock may be used with it any more.
    pub(crate) fn clear(&mut self) {
        self.entries.clear();
    }
}

/// What a goroutine spent since its state changed: a system call may have two parts.
#[derive(Clone, Copy)]
struct Spent {
    parts: [(SpanState, i64); 2],
    reason: ReasonId,
}

impl Spent {
    const NOTHING: Self = Self::one(SpanState::Dead, ReasonId::NONE, 0);

    const fn one(state: SpanState, reason: ReasonId, nanos: i64) -> Self {
        Self {
            parts: [(state, nanos), (SpanState::Dead, 0)],
            reason,
        }
    }

    const fn two(first: (SpanState, i64), second: (SpanState, i64)) -> Self {
        Self {
            parts: [first, second],
            reason: ReasonId::NONE,
        }
    }
}

/// What counts, and how.
pub(crate) struct Rules<'a> {
    trace: &'a Trace,
    as_go: bool,
    /// All time counts.
    all: bool,
    window: TimeRange,
    forever: Option<ReasonId>,
}

impl<'a> Rules<'a> {
    /// Only what lies in `time` counts.
    pub(crate) fn new(
        trace: &'a Trace,
        time: Option<TimeRange>,
        completeness: Completeness,
    ) -> Self {
        let forever = trace
            .spans
            .reasons
            .iter()
            .position(|&reason| trace.strings.get(reason) == "forever");
        Self {
            trace,
            as_go: completeness == Completeness::AsGoToolTrace,
            all: time.is_none(),
            window: time.unwrap_or(TimeRange::ALL),
            forever: forever.map(|place| ReasonId(place as u16)),
        }
    }

    #[inline]
    fn overlap(&self, from: i64, to: i64) -> i64 {
        if self.all {
            return to.saturating_sub(from);
        }
        self.window.overlap(Nanos(from), Nanos(to))
    }

    /// The goroutine's next span.
    #[inline]
    pub(crate) fn span(&self, clock: &mut Clock, waits: &mut Waits, span: SpanIndex, start: Nanos) {
        let kind = self.trace.spans.kind(span);
        let state = kind.state();
        let now = start.0;
        let before = clock.doing;
        if before.alive {
            let spent = self.spent(&before, now, Some(state));
            add(clock, waits, spent);
        } else if state != SpanState::Dead {
            self.begin_life(clock, waits, kind, span, start);
        }
        clock.doing.kind = kind;
        clock.doing.since = now;
        if self.as_go {
            self.enter_as_go(&mut clock.doing, &before, span, now);
        }
        let ends = state == SpanState::Dead
            || self.as_go && state == SpanState::Waiting && Some(kind.reason()) == self.forever;
        if ends {
            self.end_life(clock, now);
        }
    }

    /// The trace is over.
    pub(crate) fn finish(&self, clock: &mut Clock, waits: &mut Waits) {
        let end = self.trace.end.0;
        if clock.doing.alive {
            let spent = self.spent(&clock.doing, end, None);
            add(clock, waits, spent);
            self.end_life(clock, end);
        }
    }

    /// What the goroutine has spent up to `now`, which is not before its last span.
    pub(crate) fn times(&self, clock: &Clock, now: Nanos) -> Times {
        let mut times = clock.times;
        if clock.doing.alive {
            for (state, nanos) in self.spent(&clock.doing, now.0, None).parts {
                add_to(&mut times, state, nanos);
            }
            let total = self.overlap(clock.doing.created, now.0);
            sum::add(&mut times.total, total);
        }
        times
    }

    /// Its waits by reason up to `now`, appended to `found` in no order, each reason once.
    pub(crate) fn waits(
        &self,
        clock: &Clock,
        waits: &Waits,
        now: Nanos,
        found: &mut Vec<(ReasonId, Nanos)>,
    ) {
        let first = found.len();
        found.extend(waits.of(clock));
        if !clock.doing.alive {
            return;
        }
        let spent = self.spent(&clock.doing, now.0, None);
        for (state, nanos) in spent.parts {
            if state == SpanState::Waiting {
                let known = found[first..]
                    .iter_mut()
                    .find(|(reason, _)| *reason == spent.reason);
                match known {
                    Some((_, sum)) => sum::add(sum, nanos),
                    None => found.push((spent.reason, Nanos(nanos))),
                }
            }
        }
    }

    /// A goroutine that is found in a state has been in it since its generation began; that time counts.
    fn begin_life(
        &self,
        clock: &mut Clock,
        waits: &mut Waits,
        kind: SpanKind,
        span: SpanIndex,
        start: Nanos,
    ) {
        if self.as_go {
            clock.times = Times::default();
            clock.waits = END;
        }
        clock.doing.alive = true;
        clock.doing.created = start.0;
        if !kind.was_going_on() {
            return;
        }
        let since = found_since(self.trace, start).0;
        clock.doing.created = since;
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
        add(clock, waits, Spent::one(state, kind.reason(), nanos));
    }

    /// What the goroutine did since its last change of state. `next`: the state it goes to, or `None` if it is only
    /// asked, or at the trace's end.
    #[inline]
    fn spent(&self, doing: &Doing, now: i64, next: Option<SpanState>) -> Spent {
        let state = doing.kind.state();
        if self.as_go {
            if matches!(state, SpanState::Syscall | SpanState::SyscallBlocked) {
                return self.spent_in_syscall_as_go(doing, now, next);
            }
            // A state that began at 0 is none, except that leaving Running is not asked.
            let leaves_running = state == SpanState::Running && next.is_some();
            if self.trace.clock_start.0.wrapping_add(doing.since) == 0 && !leaves_running {
                return Spent::NOTHING;
            }
        }
        Spent::one(state, doing.kind.reason(), self.overlap(doing.since, now))
    }

    fn end_life(&self, clock: &mut Clock, now: i64) {
        if clock.doing.alive {
            clock.doing.alive = false;
            let nanos = self.overlap(clock.doing.created, now);
            sum::add(&mut clock.times.total, nanos);
        }
    }

    /// Keeps of a system call what go tool trace does: one state with a moment from which on it is blocked.
    fn enter_as_go(&self, doing: &mut Doing, before: &Doing, span: SpanIndex, now: i64) {
        let in_syscall = |state| matches!(state, SpanState::Syscall | SpanState::SyscallBlocked);
        let state = doing.kind.state();
        if !in_syscall(state) {
            return;
        }
        if before.alive && in_syscall(before.kind.state()) {
            // The call goes on. It lost its proc, unless a view of the call says otherwise.
            doing.since = before.since;
            if before.blocked_from == AS_ROWS && state == SpanState::SyscallBlocked {
                doing.blocked_from = now;
            }
            return;
        }
        doing.blocked_from = match self.trace.spans.syscall_view(span) {
            Some(view) => view.blocked_from.map_or(NEVER, |time| time.0),
            // There was no proc to lose.
            None if state == SpanState::SyscallBlocked => NEVER,
            None => AS_ROWS,
        };
    }

    fn spent_in_syscall_as_go(&self, doing: &Doing, now: i64, next: Option<SpanState>) -> Spent {
        if matches!(next, Some(SpanState::Syscall | SpanState::SyscallBlocked))
            || self.trace.clock_start.0.wrapping_add(doing.since) == 0
        {
            return Spent::NOTHING;
        }
        let blocked = match doing.blocked_from {
            AS_ROWS | NEVER => now,
            from => from,
        };
        let without = self.overlap(blocked, now);
        if next.is_some() {
            let on_proc = self.overlap(doing.since, blocked);
            Spent::two(
                (SpanState::Syscall, on_proc),
                (SpanState::SyscallBlocked, without),
            )
        } else {
            let all = self.overlap(doing.since, now);
            Spent::two((SpanState::Syscall, all), (SpanState::Runnable, without))
        }
    }
}

#[inline]
fn add(clock: &mut Clock, waits: &mut Waits, spent: Spent) {
    for (state, nanos) in spent.parts {
        add_to(&mut clock.times, state, nanos);
        if state == SpanState::Waiting {
            waits.add(&mut clock.waits, spent.reason, nanos);
        }
    }
}

#[inline]
fn add_to(times: &mut Times, state: SpanState, nanos: i64) {
    match state {
        SpanState::Dead => {}
        SpanState::Runnable => sum::add(&mut times.runnable, nanos),
        SpanState::Running => sum::add(&mut times.running, nanos),
        SpanState::Syscall => sum::add(&mut times.syscall, nanos),
        SpanState::SyscallBlocked => sum::add(&mut times.syscall_blocked, nanos),
        SpanState::Waiting => sum::add(&mut times.waiting, nanos),
    }
}
