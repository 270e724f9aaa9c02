//! One sweep over the spans of a range of time.

use tracepane_model::{
    GoroutineIndex, Nanos, PlacementId, SpanIndex, SpanKind, SpanPiece, SpanState, StackRef, Trace,
};

use super::Blocked;
use crate::goroutines::Times;
use crate::histogram::Histogram;
use crate::latency::Distribution;
use crate::pieces::{KindClasses, for_each_piece};
use crate::proc_times::{self, ProcTimes, placements_of};
use crate::profiles::{ProfileKind, found_since};
use crate::same_stacks::SameStacks;
use crate::scope::TimeRange;
use crate::stack_reason;
use crate::stopped::Stopped;
use crate::sum;
use crate::time_histogram::{Splits, TimeHistogram};

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
    pub procs: Vec<ProcTimes>,
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
    /// The column of its time in [`Sweep::waits`].
    wait: u16,
    /// The column of its time in [`Sweep::times`].
    state: u8,
    /// Which of [`KINDS`] its wait counts for; [`Self::waits`] says whether it is in one, counting or not.
    profile: u8,
    waits: bool,
}

/// What has to be known of a span's state and reason.
#[derive(Clone, Copy, Default)]
struct Class {
    state: u8,
    /// 0 is no wait, others are one more than the reason.
    wait: u16,
    found: bool,
}

const DEAD: u8 = SpanState::Dead as u8;
const RUNNABLE: u8 = SpanState::Runnable as u8;
const RUNNING: u8 = SpanState::Running as u8;
const WAITING: u8 = SpanState::Waiting as u8;

struct Sweep<'a> {
    trace: &'a Trace,
    /// The range, cut down to the trace.
    time: TimeRange,
    classes: KindClasses<Class>,
    doing: Vec<Doing>,
    /// By goroutine, then state; what is spent in none of them stands with Dead.
    times: Vec<[i64; STATES]>,
    /// By reason, after one for all else.
    waits: Vec<i64>,
    /// By reason: which of [`KINDS`].
    profiles: Vec<u8>,
    same: SameStacks,
    /// By stack, for each of [`KINDS`]: count and time.
    sums: [Vec<(u64, Nanos)>; 2],
    histogram: Histogram,
    total: Nanos,
    bars: Splits,
}

/// `time` is what the trace has of `range`.
pub(super) fn sweep(trace: &Trace, range: TimeRange, time: TimeRange) -> Swept {
    let mut sweep = Sweep::new(trace, time);
    let spans = &trace.spans;
    let (first, end) = (spans.first_at(time.start), spans.first_at(range.end));
    for goroutine in 0..trace.goroutines.len() as u32 {
        sweep.seed(GoroutineIndex(goroutine), first, end);
    }
    // What is on procs comes in the same rows, but for some that begin when the trace ends.
    let stopped = Stopped::of(trace);
    let mut procs = proc_times::Pass::new(trace, time, &stopped);
    let (_, end_of_procs) = procs.begin();
    let mut placements = Vec::new();
    for_each_piece(trace, first, end_of_procs, |piece| {
        placements_of(trace, piece, &mut placements);
        sweep.piece(piece, &placements, &mut procs);
    });
    for_each_piece(trace, end_of_procs.max(first), end, |piece| {
        for (span, start, goroutine, kind, stack) in piece.rows() {
            sweep.row(goroutine.0 as usize, span, start, kind, stack);
        }
    });
    Swept {
        procs: procs.finish(),
        ..sweep.finish()
    }
}

impl<'a> Sweep<'a> {
    fn new(trace: &'a Trace, time: TimeRange) -> Self {
        let nothing = Doing {
            since: 0,
            blocked: 0,
            ready: NOT,
            stack: StackRef::NONE,
            wait: 0,
            state: DEAD,
            profile: NONE,
            waits: false,
        };
        let reasons = trace.spans.reasons.iter();
        Self {
            trace,
            time,
            classes: KindClasses::new(trace, class),
            doing: vec![nothing; trace.goroutines.len()],
            times: vec![[0; STATES]; trace.goroutines.len()],
            waits: vec![0; trace.spans.reasons.len() + 1],
            profiles: reasons
                .map(|&reason| profile_of(trace.strings.get(reason)))
                .collect(),
            same: SameStacks::new(&trace.stacks),
            sums: [0, 1].map(|_| vec![(0, Nanos(0)); trace.stacks.len().max(1)]),
            histogram: Histogram::default(),
            total: Nanos(0),
            bars: Splits::new(),
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
                let start = trace.spans.start(span);
                let (kind, stack) = (trace.spans.kind(span), trace.spans.stack(span));
                if kind.was_going_on() && found_since(trace, start) < self.time.end {
                    self.row(place, span, start.0, kind, stack);
                }
            }
            return;
        };
        let span = SpanIndex(spans[before]);
        let kind = trace.spans.kind(span);
        let class = self.classes.of(kind);
        let doing = &mut self.doing[place];
        doing.state = class.state;
        doing.wait = class.wait;
        doing.since = self.time.start.0;
        if class.state == RUNNABLE && !kind.was_going_on() {
            doing.ready = trace.spans.start(span).0;
        }
        if class.state == WAITING {
            // A wait may be told in several spans; what it is for says the first.
            let waits = |&place: &usize| {
                trace.spans.kind(SpanIndex(spans[place])).state() == SpanState::Waiting
            };
            let begun = (0..before).rev().take_while(waits).last().unwrap_or(before);
            let span = SpanIndex(spans[begun]);
            let (kind, stack) = (trace.spans.kind(span), trace.spans.stack(span));
            self.block(place, trace.spans.start(span).0, kind, stack);
        }
    }

    /// Called for each piece, so that a browser compiles it well while the sweep goes on.
    #[inline(never)]
    fn piece(
        &mut self,
        piece: &SpanPiece,
        placements: &[PlacementId],
        procs: &mut proc_times::Pass<'_>,
    ) {
        for ((span, start, goroutine, kind, stack), &placement) in piece.rows().zip(placements) {
            self.row(goroutine.0 as usize, span, start, kind, stack);
            procs.row(start, goroutine, kind, placement);
        }
    }

    /// A goroutine's next span.
    #[inline(always)]
    fn row(&mut self, place: usize, span: SpanIndex, start: i64, kind: SpanKind, stack: StackRef) {
        let class = self.classes.of(kind);
        let Some(doing) = self.doing.get_mut(place) else {
            return;
        };
        let before = *doing;
        let now = start.min(self.time.end.0);
        doing.since = now;
        doing.state = class.state;
        doing.wait = class.wait;
        doing.ready = NOT;
        self.spend(
            place,
            before.state,
            before.wait,
            now.saturating_sub(before.since),
        );
        if class.found && before.state == DEAD && class.state != DEAD {
            self.found(place, class, start, now);
        }
        if class.state == WAITING {
            if !before.waits {
                self.block(place, start, kind, stack);
            }
            return;
        }
        if before.waits {
            self.unblock(place, start, span.0);
        }
        if class.state == RUNNABLE {
            if !class.found {
                self.doing[place].ready = start;
            }
        } else if class.state == RUNNING && before.ready != NOT {
            let nanos = start.saturating_sub(before.ready);
            let bucket = self.histogram.add(nanos);
            self.bars.add(nanos, bucket);
            sum::add(&mut self.total, nanos);
        }
    }

    /// What it is found doing it did since its generation began.
    #[cold]
    fn found(&mut self, place: usize, class: Class, start: i64, now: i64) {
        let since = found_since(self.trace, Nanos(start)).max(self.time.start);
        let nanos = now.saturating_sub(since.0).max(0);
        self.spend(place, class.state, class.wait, nanos);
    }

    #[inline(always)]
    fn spend(&mut self, place: usize, state: u8, wait: u16, nanos: i64) {
        let sum = &mut self.times[place][usize::from(state) % STATES];
        *sum = sum.saturating_add(nanos);
        if let Some(sum) = self.waits.get_mut(usize::from(wait)) {
            *sum = sum.saturating_add(nanos);
        }
    }

    /// A wait begins.
    #[inline]
    fn block(&mut self, place: usize, start: i64, kind: SpanKind, stack: StackRef) {
        let doing = &mut self.doing[place];
        doing.waits = true;
        doing.stack = stack;
        (doing.blocked, doing.profile) = match kind.was_going_on() {
            // The runtime does not say what for; the stack does.
            true => (
                found_since(self.trace, Nanos(start)).0,
                profile_of(stack_reason::of(self.trace, stack)),
            ),
            false => {
                let known = self.profiles.get(usize::from(kind.reason().0));
                (start, known.copied().unwrap_or(NONE))
            }
        };
    }

    /// A wait ends; `order` is the row of the span that ended it.
    #[inline]
    fn unblock(&mut self, place: usize, now: i64, order: u32) {
        let doing = &mut self.doing[place];
        doing.waits = false;
        let (profile, stack) = (usize::from(doing.profile), doing.stack);
        let Some(sums) = self.sums.get_mut(profile) else {
            return;
        };
        let nanos = self.time.overlap(Nanos(doing.blocked), Nanos(now));
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
            let nanos = end.0.saturating_sub(doing.since).max(0);
            self.spend(place, doing.state, doing.wait, nanos);
            if doing.waits {
                self.unblock(place, end.0, u32::MAX);
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
            waits: self.waits.into_iter().skip(1).map(Nanos).collect(),
            blocked,
            latency: Distribution::of(&self.histogram, self.total),
            latencies: self.bars.finish(&self.histogram),
            procs: Vec::new(),
        }
    }
}

fn class(kind: SpanKind) -> Class {
    Class {
        state: kind.state() as u8,
        wait: match kind.state() {
            SpanState::Waiting => kind.reason().0 + 1,
            _ => 0,
        },
        found: kind.was_going_on(),
    }
}

/// The sums of a goroutine, by name.
fn times_of(sums: &[i64; STATES]) -> Times {
    let of = |state: SpanState| Nanos(sums[state as usize % STATES]);
    Times {
        running: of(SpanState::Running),
        runnable: of(SpanState::Runnable),
        waiting: of(SpanState::Waiting),
        syscall: of(SpanState::Syscall),
        syscall_blocked: of(SpanState::SyscallBlocked),
        ..Times::default()
    }
    .with_known_total()
}

/// Which of [`KINDS`] has waits for a reason.
fn profile_of(reason: &str) -> u8 {
    let place = KINDS.iter().position(|kind| kind.wants_reason(reason));
    place.map_or(NONE, |place| place as u8)
}
