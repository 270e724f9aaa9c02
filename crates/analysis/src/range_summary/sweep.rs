//! One sweep over the spans of a range of time.

use tracepane_model::{GoroutineIndex, Nanos, SpanIndex, SpanKind, SpanState, StackRef, Trace};

use super::Blocked;
use crate::goroutines::Times;
use crate::histogram::Histogram;
use crate::latency::Distribution;
use crate::profiles::{ProfileKind, found_since};
use crate::same_stacks::SameStacks;
use crate::scope::TimeRange;
use crate::stack_reason;
use crate::sum;
use crate::time_histogram::TimeHistogram;

/// What the sweep found.
pub(super) struct Swept {
    /// By goroutine.
    pub times: Vec<Times>,
    /// By reason.
    pub waits: Vec<Nanos>,
    /// In no order.
    pub blocked: Vec<Blocked>,
    pub latency: Distribution,
    pub latencies: TimeHistogram,
}

/// The profiles that blocking counts for.
const KINDS: [ProfileKind; 2] = [ProfileKind::Sync, ProfileKind::Network];

/// A power of two, so that no state is looked for beyond.
const STATES: usize = 8;

/// Of [`Doing::profile`]: no wait that counts.
const NONE: u8 = u8::MAX;

/// Of [`Doing::ready`]: it cannot run, or since when is not known.
const NOT: i64 = i64::MIN;

/// What a goroutine is doing.
#[derive(Clone, Copy)]
struct Doing {
    /// Since when, but not before the range.
    since: i64,
    /// Since when it has been blocked.
    blocked: i64,
    /// Since when it has been ready to run.
    ready: i64,
    /// Where it was blocked.
    stack: StackRef,
    kind: SpanKind,
    /// Which of [`KINDS`] its wait counts for.
    profile: u8,
    /// It is in a wait, whether it counts or not.
    waits: bool,
}

struct Sweep<'a> {
    trace: &'a Trace,
    /// The range, cut down to the trace.
    time: TimeRange,
    doing: Vec<Doing>,
    /// By goroutine, then state; what is spent in none of them stands with Dead.
    times: Vec<[i64; STATES]>,
    waits: Vec<Nanos>,
    /// By reason: which of [`KINDS`].
    profiles: Vec<u8>,
    same: SameStacks,
    /// By stack, for each of [`KINDS`]: count and time.
    sums: [Vec<(u64, Nanos)>; 2],
    histogram: Histogram,
    total: Nanos,
    bars: TimeHistogram,
}

/// `time` is what the trace has of `range`.
pub(super) fn sweep(trace: &Trace, range: TimeRange, time: TimeRange) -> Swept {
    let mut sweep = Sweep::new(trace, time);
    let spans = &trace.spans;
    let (first, end) = (spans.first_at(time.start), spans.first_at(range.end));
    for goroutine in 0..trace.goroutines.len() as u32 {
        sweep.seed(GoroutineIndex(goroutine), first, end);
    }
    for (span, start) in spans.iter_from(first) {
        if span >= end {
            break;
        }
        sweep.span(span, start);
    }
    sweep.finish()
}

impl<'a> Sweep<'a> {
    fn new(trace: &'a Trace, time: TimeRange) -> Self {
        let nothing = Doing {
            since: 0,
            blocked: 0,
            ready: NOT,
            stack: StackRef::NONE,
            kind: SpanKind::new(SpanState::Dead, tracepane_model::ReasonId::NONE, false),
            profile: NONE,
            waits: false,
        };
        let reasons = trace.spans.reasons.iter();
        Self {
            trace,
            time,
            doing: vec![nothing; trace.goroutines.len()],
            times: vec![[0; STATES]; trace.goroutines.len()],
            waits: vec![Nanos(0); trace.spans.reasons.len()],
            profiles: reasons
                .map(|&reason| profile_of(trace.strings.get(reason)))
                .collect(),
            same: SameStacks::new(&trace.stacks),
            sums: [0, 1].map(|_| vec![(0, Nanos(0)); trace.stacks.len().max(1)]),
            histogram: Histogram::default(),
            total: Nanos(0),
            bars: TimeHistogram::new(),
        }
    }

    /// What a goroutine was doing when the range began. Spans of the range are those from `first` up to `end`.
    fn seed(&mut self, goroutine: GoroutineIndex, first: SpanIndex, end: SpanIndex) {
        let trace = self.trace;
        let spans = trace.goroutines.spans(goroutine);
        let Some(&own_first) = spans.first() else {
            return;
        };
        let place = goroutine.0 as usize;
        let Some(before) = spans.partition_point(|&span| span < first.0).checked_sub(1) else {
            // What it is found doing after the range, it did in the range, too.
            if own_first >= end.0 {
                let span = SpanIndex(own_first);
                let kind = trace.spans.kind(span);
                let start = trace.spans.start(span);
                if kind.was_going_on() && found_since(trace, start) < self.time.end {
                    self.enter(place, span, start);
                }
            }
            return;
        };
        let span = SpanIndex(spans[before]);
        let kind = trace.spans.kind(span);
        let state = kind.state();
        let doing = &mut self.doing[place];
        doing.kind = kind;
        doing.since = self.time.start.0;
        if state == SpanState::Runnable && !kind.was_going_on() {
            doing.ready = trace.spans.start(span).0;
        }
        if state == SpanState::Waiting {
            // A wait may be told in several spans; what it is for says the first.
            let waits = |&place: &usize| {
                trace.spans.kind(SpanIndex(spans[place])).state() == SpanState::Waiting
            };
            let begun = (0..before).rev().take_while(waits).last().unwrap_or(before);
            self.block(place, SpanIndex(spans[begun]));
        }
    }

    /// A goroutine's next span.
    #[inline]
    fn span(&mut self, span: SpanIndex, start: Nanos) {
        let place = self.trace.spans.goroutine(span).0 as usize;
        if place < self.doing.len() {
            self.enter(place, span, start);
        }
    }

    #[inline]
    fn enter(&mut self, place: usize, span: SpanIndex, start: Nanos) {
        let kind = self.trace.spans.kind(span);
        let state = kind.state();
        let now = start.0.min(self.time.end.0);
        let doing = &mut self.doing[place];
        let before = *doing;
        doing.kind = kind;
        doing.since = now;
        doing.ready = NOT;
        self.spend(place, before.kind, now.saturating_sub(before.since));
        let was = before.kind.state();
        if kind.was_going_on() && was == SpanState::Dead && state != SpanState::Dead {
            // What it is found doing it did since its generation began.
            let since = found_since(self.trace, start).max(self.time.start);
            self.spend(place, kind, now.saturating_sub(since.0).max(0));
        } else if state == SpanState::Runnable && !kind.was_going_on() {
            self.doing[place].ready = start.0;
        }
        if state == SpanState::Running && before.ready != NOT {
            let nanos = start.0.saturating_sub(before.ready);
            self.histogram.add(nanos);
            sum::add(&mut self.total, nanos);
            self.bars.add(Nanos(nanos));
        }
        if before.waits {
            if state != SpanState::Waiting {
                self.unblock(place, start, span.0);
            }
        } else if state == SpanState::Waiting {
            self.block(place, span);
        }
    }

    #[inline]
    fn spend(&mut self, place: usize, kind: SpanKind, nanos: i64) {
        let state = kind.state();
        let sum = &mut self.times[place][state as usize % STATES];
        *sum = sum.saturating_add(nanos);
        if state == SpanState::Waiting
            && let Some(wait) = self.waits.get_mut(usize::from(kind.reason().0))
        {
            sum::add(wait, nanos);
        }
    }

    /// A wait begins with this span.
    fn block(&mut self, place: usize, span: SpanIndex) {
        let spans = &self.trace.spans;
        let (kind, stack) = (spans.kind(span), spans.stack(span));
        let start = spans.start(span);
        let doing = &mut self.doing[place];
        doing.waits = true;
        doing.stack = stack;
        (doing.blocked, doing.profile) = match kind.was_going_on() {
            // The runtime does not say what for; the stack does.
            true => (
                found_since(self.trace, start).0,
                profile_of(stack_reason::of(self.trace, stack)),
            ),
            false => {
                let known = self.profiles.get(usize::from(kind.reason().0));
                (start.0, known.copied().unwrap_or(NONE))
            }
        };
    }

    /// A wait ends; `order` is the row of the span that ended it.
    fn unblock(&mut self, place: usize, now: Nanos, order: u32) {
        let doing = &mut self.doing[place];
        doing.waits = false;
        let (profile, stack) = (usize::from(doing.profile), doing.stack);
        let Some(sums) = self.sums.get_mut(profile) else {
            return;
        };
        let nanos = self.time.overlap(Nanos(doing.blocked), now);
        if nanos > 0
            && let Some(sum) = sums.get_mut(self.same.count(stack, order).0 as usize)
        {
            sum.0 += 1;
            sum::add(&mut sum.1, nanos);
        }
    }

    fn finish(mut self) -> Swept {
        let end = self.time.end;
        for place in 0..self.doing.len() {
            let doing = self.doing[place];
            self.spend(place, doing.kind, end.0.saturating_sub(doing.since).max(0));
            if doing.waits {
                self.unblock(place, end, u32::MAX);
            }
        }
        let mut blocked = Vec::new();
        for (kind, sums) in KINDS.into_iter().zip(&self.sums) {
            let found = (0u32..).map(StackRef).zip(sums);
            let found = found.filter(|(_, (count, _))| *count > 0);
            blocked.extend(found.map(|(stack, &(count, nanos))| Blocked {
                kind,
                stack: self.same.shown(stack),
                count,
                nanos,
            }));
        }
        Swept {
            times: self.times.iter().map(times_of).collect(),
            waits: self.waits,
            blocked,
            latency: Distribution::of(&self.histogram, self.total),
            latencies: self.bars,
        }
    }
}

/// The sums of a goroutine, by name.
fn times_of(sums: &[i64; STATES]) -> Times {
    let of = |state: SpanState| Nanos(sums[state as usize % STATES]);
    let mut times = Times {
        total: Nanos(0),
        running: of(SpanState::Running),
        runnable: of(SpanState::Runnable),
        waiting: of(SpanState::Waiting),
        syscall: of(SpanState::Syscall),
        syscall_blocked: of(SpanState::SyscallBlocked),
    };
    times.total = sum::all([
        times.running,
        times.runnable,
        times.waiting,
        times.syscall,
        times.syscall_blocked,
    ]);
    times
}

/// Which of [`KINDS`] has waits for a reason.
fn profile_of(reason: &str) -> u8 {
    let place = KINDS.iter().position(|kind| kind.wants_reason(reason));
    place.map_or(NONE, |place| place as u8)
}
