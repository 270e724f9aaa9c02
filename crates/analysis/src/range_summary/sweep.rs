//! One sweep over the spans of a range of time.

use tracepane_model::{Nanos, SpanKind, SpanPiece, SpanState, StackRef, Trace};

use super::Blocked;
use crate::changes::Change;
use crate::ended_spans::{Doing, EndedSpan, EndedSpans, STATES};
use crate::goroutines::Times;
use crate::histogram::Histogram;
use crate::latency::Distribution;
use crate::proc_times::{OnProcs, ProcTimes};
use crate::profiles::ProfileKind;
use crate::same_stacks::SameStacks;
use crate::scope::TimeRange;
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

/// The profiles that blocking counts for. A wait's mark is one more than the place here, 0 for none.
const KINDS: [ProfileKind; 2] = [ProfileKind::Sync, ProfileKind::Network];

struct Sweep<'a> {
    /// By reason.
    waits: Vec<Nanos>,
    same: SameStacks,
    /// By stack, for each of [`KINDS`]: count and time.
    sums: [Vec<(u64, Nanos)>; 2],
    histogram: Histogram,
    total: Nanos,
    bars: Splits,
    procs: OnProcs<'a>,
}

/// `time` is what the trace has of `range`.
pub(super) fn sweep(trace: &Trace, range: TimeRange, time: TimeRange) -> Swept {
    let spans = &trace.spans;
    let (first, end) = (spans.first_at(time.start), spans.first_at(range.end));
    let stopped = Stopped::of(trace);
    let mut sweep = Sweep {
        waits: vec![Nanos(0); spans.reasons.len().max(1)],
        same: SameStacks::new(&trace.stacks),
        sums: [0, 1].map(|_| vec![(0, Nanos(0)); trace.stacks.len().max(1)]),
        histogram: Histogram::default(),
        total: Nanos(0),
        bars: Splits::new(),
        procs: OnProcs::new(trace, time, &stopped),
    };
    let mut ended = EndedSpans::new(trace, time, mark_of);
    ended.begin(first, end);
    ended.for_each_piece(first, end, |piece, ended| sweep.piece(piece, ended));
    sweep.finish(ended)
}

impl Sweep<'_> {
    /// Called for each piece, so that a browser compiles it well while the sweep goes on.
    #[inline(never)]
    fn piece(&mut self, piece: &SpanPiece, ended: &EndedSpans<'_>) {
        for span in ended.list(Doing::Runnable) {
            if Change::between(span.kind(), piece.kinds()[span.place()]).ends_wait() {
                let bucket = self.histogram.add(span.nanos);
                self.bars.add(span.nanos, bucket);
                sum::grow(&mut self.total.0, span.nanos);
            }
        }
        for span in ended.list(Doing::Waiting) {
            self.waited(span, piece.first().0 + span.place() as u32);
        }
        for correction in ended.corrections() {
            if correction.kind.state() == SpanState::Waiting {
                self.add_wait(correction.kind, correction.nanos);
            }
        }
        self.procs.ended(piece, ended);
    }

    #[inline(always)]
    fn add_wait(&mut self, kind: SpanKind, nanos: i64) {
        if let Some(sum) = self.waits.get_mut(usize::from(kind.reason().0)) {
            sum::add(sum, nanos);
        }
    }

    /// A wait that ended; `order` is the row of the span that ended it.
    #[inline(always)]
    fn waited(&mut self, span: &EndedSpan, order: u32) {
        let nanos = span.nanos;
        self.add_wait(span.kind(), nanos);
        let Some(sums) = (span.mark().checked_sub(1)).and_then(|kind| self.sums.get_mut(kind))
        else {
            return;
        };
        if nanos > 0
            && let Some(sum) = sums.get_mut(self.same.count(span.stack(), order).0 as usize)
        {
            sum.0 += 1;
            sum::grow(&mut sum.1.0, nanos);
        }
    }

    fn finish(mut self, mut ended: EndedSpans<'_>) -> Swept {
        ended.finish(|_, doing, span| match doing {
            Doing::Waiting => self.waited(&span, u32::MAX),
            Doing::OnProc => self.procs.rest(&span),
            Doing::Other | Doing::Runnable => {}
        });
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
            times: ended.times().map(times_of).collect(),
            waits: self.waits,
            blocked,
            latency: Distribution::of(&self.histogram, self.total),
            latencies: self.bars.finish(&self.histogram),
            procs: self.procs.finish(),
        }
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
fn mark_of(reason: &str) -> u8 {
    let place = KINDS.iter().position(|kind| kind.wants_reason(reason));
    place.map_or(0, |place| place as u8 + 1)
}
