//! Time by goroutine, state and reason over a part of time: one addition for each span that begins in it, and a look at
//! what each goroutine was doing when it began.

use tracepane_model::{GoroutineIndex, Nanos, ReasonId, SpanIndex, SpanKind, SpanState, Trace};

use crate::goroutines::Times;
use crate::pieces::KindClasses;
use crate::profiles::found_since;
use crate::scope::TimeRange;
use crate::sum;

/// The columns of states, before those of waits by reason: no state, and these.
const STATES: [SpanState; 4] = [
    SpanState::Runnable,
    SpanState::Running,
    SpanState::Syscall,
    SpanState::SyscallBlocked,
];
const FIRST_WAIT: usize = 1 + STATES.len();

/// Of a kind's class: the goroutine was found so. The other bits are its column.
const FOUND: u8 = 0x80;

/// How many columns there can be.
const MOST_COLUMNS: usize = FOUND as usize;

/// How many sums there may be, of all goroutines: 16 MiB.
const MOST_SUMS: usize = 1 << 21;

/// What a goroutine is doing.
#[derive(Clone, Copy)]
struct Doing {
    /// Since when, but not before the part of time.
    since: i64,
    column: u8,
}

/// Sums that grow with each span.
pub(crate) struct TimeSums<'a> {
    trace: &'a Trace,
    time: TimeRange,
    classes: KindClasses<u8>,
    doing: Vec<Doing>,
    columns: usize,
    /// By goroutine, then column.
    sums: Vec<i64>,
}

impl<'a> TimeSums<'a> {
    /// Of a part of time within the trace, before its first span; `None` if there would be too many sums.
    pub(crate) fn new(trace: &'a Trace, time: TimeRange) -> Option<Self> {
        let goroutines = trace.goroutines.len();
        let columns = FIRST_WAIT + trace.spans.reasons.len().max(1);
        if columns > MOST_COLUMNS || columns.saturating_mul(goroutines) > MOST_SUMS {
            return None;
        }
        let nothing = Doing {
            since: time.start.0,
            column: 0,
        };
        Some(Self {
            trace,
            time,
            classes: KindClasses::new(trace, class),
            doing: vec![nothing; goroutines],
            columns,
            sums: vec![0; columns * goroutines],
        })
    }

    /// What a goroutine was doing when the part of time began. The spans that begin in it are those from `first` up to
    /// `end`.
    pub(crate) fn seed(&mut self, goroutine: GoroutineIndex, first: SpanIndex, end: SpanIndex) {
        let spans = &self.trace.spans;
        let own = self.trace.goroutines.spans(goroutine);
        let place = goroutine.0 as usize;
        match own.partition_point(|&span| span < first.0).checked_sub(1) {
            Some(before) => {
                let kind = spans.kind(SpanIndex(own[before]));
                self.doing[place].column = self.classes.of(kind) & !FOUND;
            }
            // What it is found doing after the part of time, it did in it, too.
            None => {
                let Some(&span) = own.first().filter(|&&span| span >= end.0) else {
                    return;
                };
                let class = self.classes.of(spans.kind(SpanIndex(span)));
                if class & FOUND != 0 {
                    self.found(place, class & !FOUND, spans.start(SpanIndex(span)).0);
                }
            }
        }
    }

    /// A goroutine's next span, which begins in the part of time.
    #[inline(always)]
    pub(crate) fn span(&mut self, goroutine: usize, kind: SpanKind, start: i64) {
        let class = self.classes.of(kind);
        let Some(doing) = self.doing.get_mut(goroutine) else {
            return;
        };
        let before = *doing;
        *doing = Doing {
            since: start,
            column: class & !FOUND,
        };
        // Rows stand in time order.
        let nanos = start.wrapping_sub(before.since).max(0);
        let place = goroutine * self.columns + usize::from(before.column);
        if let Some(sum) = self.sums.get_mut(place) {
            sum::grow(sum, nanos);
        }
        if class & FOUND != 0 && before.column == 0 {
            self.found(goroutine, class & !FOUND, start);
        }
    }

    /// What a goroutine is found doing it did since its generation began.
    #[cold]
    fn found(&mut self, goroutine: usize, column: u8, start: i64) {
        let since = found_since(self.trace, Nanos(start));
        let nanos = self.time.overlap(since, Nanos(start));
        let place = goroutine * self.columns + usize::from(column);
        if let Some(sum) = self.sums.get_mut(place) {
            *sum = sum.saturating_add(nanos);
        }
    }

    /// The part of time is over.
    pub(crate) fn finish(&mut self) {
        let end = self.time.end.0;
        for (goroutine, doing) in self.doing.iter_mut().enumerate() {
            let nanos = end.saturating_sub(doing.since).max(0);
            let place = goroutine * self.columns + usize::from(doing.column);
            if let Some(sum) = self.sums.get_mut(place) {
                *sum = sum.saturating_add(nanos);
            }
            *doing = Doing {
                since: end,
                column: 0,
            };
        }
    }

    fn sums_of(&self, goroutine: usize) -> &[i64] {
        let from = goroutine * self.columns;
        self.sums.get(from..from + self.columns).unwrap_or_default()
    }

    /// A goroutine's times; its total is the sum of the others.
    pub(crate) fn times(&self, goroutine: usize) -> Times {
        let sums = self.sums_of(goroutine);
        let of = |state| sums.get(column(state)).map_or(Nanos(0), |&sum| Nanos(sum));
        Times {
            running: of(SpanState::Running),
            runnable: of(SpanState::Runnable),
            waiting: sum::all(self.waits(goroutine).map(|(_, nanos)| nanos)),
            syscall: of(SpanState::Syscall),
            syscall_blocked: of(SpanState::SyscallBlocked),
            ..Times::default()
        }
        .with_known_total()
    }

    /// A goroutine's waiting time by reason, in order of reasons.
    pub(crate) fn waits(&self, goroutine: usize) -> impl Iterator<Item = (ReasonId, Nanos)> + '_ {
        let sums = self.sums_of(goroutine).iter().skip(FIRST_WAIT);
        (0u16..).map(ReasonId).zip(sums.map(|&sum| Nanos(sum)))
    }
}

/// The column of a state that is no wait; 0 for none.
fn column(state: SpanState) -> usize {
    let place = STATES.iter().position(|&other| other == state);
    place.map_or(0, |place| place + 1)
}

fn class(kind: SpanKind) -> u8 {
    let column = match kind.state() {
        SpanState::Waiting => FIRST_WAIT + usize::from(kind.reason().0),
        state => column(state),
    };
    let found = kind.was_going_on() && kind.state() != SpanState::Dead;
    // There are no more than MOST_COLUMNS.
    (column.min(MOST_COLUMNS - 1) as u8) | if found { FOUND } else { 0 }
}
