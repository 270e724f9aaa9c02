//! What ends with each row: its goroutine's span before it, with what that began with.
//!
//! Who wants much of each row (the summary of a range) has too many things at hand in one loop for a processor's
//! registers, the fewer that a browser leaves of them, and what a row ends nobody can guess, as goroutines take turns. So
//! rows are first sorted, without a question, by what their goroutines did before. Then each kind of span has a small
//! loop of its own, in which all are alike.

use tracepane_model::{
    GoroutineIndex, Nanos, SpanIndex, SpanKind, SpanPiece, SpanState, StackRef, Trace,
};

use crate::pieces::{KindClasses, ROWS, for_each_piece_with_causes, placement_of};
use crate::profiles::found_since;
use crate::scope::TimeRange;
use crate::stack_reason;

/// Which list a span comes into.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum Doing {
    /// It lived not, or was in a system call that lost its proc.
    Other = 0,
    /// It could run.
    Runnable = 1,
    /// It ran, or was in a system call with its proc.
    OnProc = 2,
    /// It waited.
    Waiting = 3,
}

const LISTS: usize = 4;

/// How many bits a place in a piece takes.
const PLACE_BITS: u32 = ROWS.ilog2();
const PLACE: usize = ROWS - 1;

// The bits of EndedSpan::rest: what, kind, place, list, mark.
const KIND_SHIFT: u32 = 32;
const PLACE_SHIFT: u32 = 48;
const LIST_SHIFT: u32 = PLACE_SHIFT + PLACE_BITS;
const MARK_SHIFT: u32 = LIST_SHIFT + 2;

/// A span that has ended.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct EndedSpan {
    /// How long it was, ns: of what could run, all of it, of others what lies in the part of time. What was found so:
    /// since its generation began. A wait that is told in several spans: since the first one.
    ///
    /// Of a goroutine's span that goes on: since when.
    pub(crate) nanos: i64,
    /// What it began with, packed, so that it is copied as one.
    rest: u64,
}

impl EndedSpan {
    /// The place in its piece of the row that ended it.
    #[inline(always)]
    pub(crate) fn place(&self) -> usize {
        (self.rest >> PLACE_SHIFT) as usize & PLACE
    }

    /// The list.
    #[inline(always)]
    fn list(&self) -> usize {
        (self.rest >> LIST_SHIFT) as usize % LISTS
    }

    /// Of a wait: the mark that its reason has; of one in several spans the first one's.
    #[inline(always)]
    pub(crate) fn mark(&self) -> usize {
        (self.rest >> MARK_SHIFT) as usize
    }

    /// The same, with another state and reason.
    fn with_kind(self, kind: SpanKind) -> Self {
        let bits = u64::from(u16::MAX) << KIND_SHIFT;
        let rest = self.rest & !bits | u64::from(kind.packed()) << KIND_SHIFT;
        Self { rest, ..self }
    }

    /// State and reason. Of a wait that is told in several spans the last one's.
    #[inline(always)]
    pub(crate) fn kind(&self) -> SpanKind {
        SpanKind::from_packed((self.rest >> KIND_SHIFT) as u16)
    }

    /// Of a wait: where.
    #[inline(always)]
    pub(crate) fn stack(&self) -> StackRef {
        StackRef(self.rest as u32)
    }

    /// Of others: one more than the placement, 0 if it has none.
    #[inline(always)]
    pub(crate) fn placement(&self) -> usize {
        placement_of(self.rest as u32)
    }
}

/// A class: kind, list and mark, without its lower bits.
fn class_of(kind: SpanKind, mark: u8) -> u32 {
    let class = u64::from(kind.packed()) << KIND_SHIFT
        | (list_of(kind.state()) as u64) << LIST_SHIFT
        | u64::from(mark % 4) << MARK_SHIFT;
    (class >> KIND_SHIFT) as u32
}

/// Time that was counted for another kind of span than it is to be, ns.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Correction {
    pub(crate) kind: SpanKind,
    pub(crate) nanos: i64,
}

/// What a goroutine does, and has done: all of it is in one line of a processor's cache.
#[derive(Clone, Default, Debug)]
#[repr(C)]
struct State {
    doing: EndedSpan,
    /// By state: the time of what has ended.
    times: [i64; STATES],
}

/// How many states there are.
pub(crate) const STATES: usize = SpanState::ALL.len();

/// The spans that end in a part of time, sorted piece by piece.
pub(crate) struct EndedSpans<'a> {
    trace: &'a Trace,
    time: TimeRange,
    mark: fn(&str) -> u8,
    classes: KindClasses<u32>,
    /// By goroutine.
    states: Vec<State>,
    /// As many as [`LISTS`].
    lists: Vec<[EndedSpan; ROWS]>,
    counts: [usize; LISTS],
    corrections: Vec<Correction>,
}

impl<'a> EndedSpans<'a> {
    /// Of a part of time within the trace. Waits are given a `mark`, 0 to 3, by their reason; if that is not known, by
    /// the one that their stack tells.
    pub(crate) fn new(trace: &'a Trace, time: TimeRange, mark: fn(&str) -> u8) -> Self {
        let reasons = trace.spans.reasons.iter();
        let marks: Vec<u8> = reasons
            .map(|&reason| mark(trace.strings.get(reason)))
            .collect();
        let class = |kind: SpanKind| {
            let mark = match kind.state() {
                SpanState::Waiting => marks.get(usize::from(kind.reason().0)).copied(),
                _ => None,
            };
            class_of(kind, mark.unwrap_or(0))
        };
        Self {
            trace,
            time,
            mark,
            classes: KindClasses::new(trace, class),
            states: vec![State::default(); trace.goroutines.len()],
            lists: vec![[EndedSpan::default(); ROWS]; LISTS],
            counts: [0; LISTS],
            corrections: Vec::new(),
        }
    }

    /// What goroutines were doing when the part of time began. The rows that come next are those from `first` up to
    /// `end`.
    pub(crate) fn begin(&mut self, first: SpanIndex, end: SpanIndex) {
        for place in 0..self.states.len() {
            let goroutine = GoroutineIndex(place as u32);
            if let Some(doing) = self.before(goroutine, first, end) {
                self.states[place].doing = doing;
                let before = self.time.start.0.saturating_sub(doing.nanos);
                self.spend(place, doing.kind(), -before.max(0));
            }
        }
    }

    fn before(
        &self,
        goroutine: GoroutineIndex,
        first: SpanIndex,
        end: SpanIndex,
    ) -> Option<EndedSpan> {
        let trace = self.trace;
        let spans = trace.goroutines.spans(goroutine);
        let Some(last) = spans.partition_point(|&span| span < first.0).checked_sub(1) else {
            // What it is found doing after the part of time, it did in it, too. Where is not known.
            let span = SpanIndex(*spans.first().filter(|&&span| span >= end.0)?);
            let mut begun = self.begun(span);
            if list_of(begun.kind().state()) != Doing::Waiting {
                begun.rest &= !u64::from(u32::MAX);
            }
            let is_found = begun.kind().was_going_on() && begun.nanos < self.time.end.0;
            return is_found.then_some(begun);
        };
        let span = SpanIndex(spans[last]);
        let kind = trace.spans.kind(span);
        if kind.state() != SpanState::Waiting {
            return Some(self.begun(span));
        }
        // A wait may be told in several spans; what it is for says the first.
        let waits = |&place: &usize| {
            trace.spans.kind(SpanIndex(spans[place])).state() == SpanState::Waiting
        };
        let first = (0..last).rev().take_while(waits).last().unwrap_or(last);
        Some(self.begun(SpanIndex(spans[first])).with_kind(kind))
    }

    /// A row as what its goroutine is doing.
    fn begun(&self, span: SpanIndex) -> EndedSpan {
        let spans = &self.trace.spans;
        let kind = spans.kind(span);
        let what = match kind.state() {
            SpanState::Waiting => spans.stack(span).0,
            _ => spans.cause(span).pack(),
        };
        self.within(EndedSpan {
            nanos: spans.start(span).0,
            rest: u64::from(self.classes.of(kind)) << KIND_SHIFT | u64::from(what),
        })
    }

    /// What a goroutine is doing, since when within the part of time, and what for if it was found so.
    fn within(&self, doing: EndedSpan) -> EndedSpan {
        let EndedSpan {
            mut nanos,
            mut rest,
        } = doing;
        let (kind, is_found) = (doing.kind(), doing.kind().was_going_on());
        if is_found {
            nanos = found_since(self.trace, Nanos(nanos)).0;
        }
        if is_found && kind.state() == SpanState::Waiting {
            // The runtime does not say what for; the stack does.
            let mark = (self.mark)(stack_reason::of(self.trace, doing.stack()));
            rest = u64::from(class_of(kind, mark)) << KIND_SHIFT | rest & u64::from(u32::MAX);
        }
        if is_found || kind.state() != SpanState::Runnable {
            nanos = nanos.max(self.time.start.0);
        }
        EndedSpan { nanos, rest }
    }

    /// Goes through the rows from `first` up to `end`; `visit` has the lists of each piece.
    pub(crate) fn for_each_piece(
        &mut self,
        first: SpanIndex,
        end: SpanIndex,
        mut visit: impl FnMut(&SpanPiece, &Self),
    ) {
        for_each_piece_with_causes(self.trace, first, end, |piece| {
            self.sort(piece);
            visit(piece, self);
        });
    }

    /// Called for each piece, so that a browser compiles it well while the pass goes on.
    #[inline(never)]
    fn sort(&mut self, piece: &SpanPiece) {
        self.corrections.clear();
        let mut all_lists = std::mem::take(&mut self.lists);
        let Some(lists) = all_lists.first_chunk_mut::<LISTS>() else {
            return;
        };
        let causes = piece.causes();
        let mut counts = [0usize; LISTS];
        for (place, (_, start, goroutine, kind, stack)) in piece.rows().enumerate() {
            let class = self.classes.of(kind);
            let Some(State { doing, times }) = self.states.get_mut(goroutine.0 as usize) else {
                continue;
            };
            let EndedSpan { nanos: since, rest } = *doing;
            let list = (class >> (LIST_SHIFT - KIND_SHIFT)) as usize % LISTS;
            // Which of the two nobody can guess: no branch.
            let waits = (((list + 1) >> 2) as u32).wrapping_neg();
            let cause = causes[place % ROWS];
            let what = cause ^ (cause ^ stack.0) & waits;
            *doing = EndedSpan {
                nanos: start,
                rest: u64::from(class) << KIND_SHIFT | u64::from(what),
            };
            let before = (rest >> LIST_SHIFT) as usize % LISTS;
            let nanos = start.wrapping_sub(since);
            if kind.was_going_on() || list & before == Doing::Waiting as usize {
                if self.odd(goroutine, EndedSpan { nanos: since, rest }) {
                    continue;
                }
                self.spend(
                    goroutine.0 as usize,
                    EndedSpan { nanos, rest }.kind(),
                    nanos,
                );
            } else if let Some(sum) = times.get_mut((rest >> KIND_SHIFT) as usize % 8) {
                *sum = sum.wrapping_add(nanos);
            }
            lists[before][counts[before] & PLACE] = EndedSpan {
                nanos,
                rest: rest | (place as u64) << PLACE_SHIFT,
            };
            counts[before] += 1;
        }
        self.counts = counts;
        self.lists = all_lists;
    }

    /// A goroutine that waits on, or that was found in what it does; whether its span goes on.
    #[cold]
    fn odd(&mut self, goroutine: GoroutineIndex, before: EndedSpan) -> bool {
        let place = goroutine.0 as usize;
        let Some(&State { doing: now, .. }) = self.states.get(place) else {
            return false;
        };
        let until = now.nanos;
        let waits = Doing::Waiting as usize;
        if (before.list(), now.list()) == (waits, waits) {
            let nanos = until.saturating_sub(before.nanos);
            self.correct(goroutine, before.kind(), nanos);
            self.correct(goroutine, now.kind(), -nanos);
            self.states[place].doing = before.with_kind(now.kind());
            return true;
        }
        let now = self.within(now);
        self.states[place].doing = now;
        // Of one that was known before, nobody asks what it did since its generation began.
        if before.kind().state() != SpanState::Dead {
            self.correct(goroutine, now.kind(), now.nanos.saturating_sub(until));
        }
        false
    }

    fn correct(&mut self, goroutine: GoroutineIndex, kind: SpanKind, nanos: i64) {
        self.spend(goroutine.0 as usize, kind, nanos);
        self.corrections.push(Correction { kind, nanos });
    }

    fn spend(&mut self, goroutine: usize, kind: SpanKind, nanos: i64) {
        if let Some(State { times, .. }) = self.states.get_mut(goroutine) {
            let sum = &mut times[kind.state() as usize % STATES];
            *sum = sum.wrapping_add(nanos);
        }
    }

    /// The spans of a kind that ended in the piece, in the order of the rows that ended them.
    pub(crate) fn list(&self, of: Doing) -> &[EndedSpan] {
        let list = &self.lists[of as usize];
        list.get(..self.counts[of as usize]).unwrap_or_default()
    }

    /// What was found in the piece.
    pub(crate) fn corrections(&self) -> &[Correction] {
        &self.corrections
    }

    /// What goroutines are doing after the last piece ends with the part of time, by goroutine.
    pub(crate) fn finish(&mut self, mut visit: impl FnMut(GoroutineIndex, Doing, EndedSpan)) {
        for place in 0..self.states.len() {
            let doing = self.states[place].doing;
            let nanos = self.time.end.0.saturating_sub(doing.nanos).max(0);
            self.spend(place, doing.kind(), nanos);
            let ended = EndedSpan { nanos, ..doing };
            visit(
                GoroutineIndex(place as u32),
                list_of(doing.kind().state()),
                ended,
            );
        }
    }

    /// By goroutine, then state: the time of what has ended, in the part of time.
    pub(crate) fn times(&self) -> impl Iterator<Item = &[i64; STATES]> {
        self.states.iter().map(|state| &state.times)
    }
}

fn list_of(state: SpanState) -> Doing {
    match state {
        SpanState::Runnable => Doing::Runnable,
        SpanState::Running | SpanState::Syscall => Doing::OnProc,
        SpanState::Waiting => Doing::Waiting,
        SpanState::Dead | SpanState::SyscallBlocked => Doing::Other,
    }
}

#[cfg(test)]
mod tests {
    use tracepane_wire::GoroutineState;

    use super::*;
    use crate::pieces::for_each_piece_of_all;
    use crate::script::{NOBODY, Script};

    fn trace() -> Trace {
        let mut s = Script::new();
        s.found(0, 1, GoroutineState::Running, "a<main.a");
        s.found(5, 2, GoroutineState::Waiting, "runtime.chanrecv<b<main.b");
        s.take_turns(|_, _, _| ());
        s.wake(60_100, NOBODY, 2, "");
        s.finish(60_200)
    }

    /// By list: goroutine, kind, length, and when it ended.
    type Ended = Vec<(usize, u32, SpanKind, i64, i64)>;

    fn ended(trace: &Trace, time: TimeRange) -> Ended {
        let (first, end) = (
            trace.spans.first_at(time.start),
            trace.spans.first_at(time.end),
        );
        let mut all = Vec::new();
        let mut spans = EndedSpans::new(trace, time, |_| 1);
        spans.begin(first, end);
        spans.for_each_piece(first, end, |piece, spans| {
            assert!(spans.corrections().is_empty());
            for doing in [Doing::Other, Doing::Runnable, Doing::OnProc, Doing::Waiting] {
                for span in spans.list(doing) {
                    let place = span.place();
                    all.push((
                        doing as usize,
                        piece.goroutines()[place],
                        span.kind(),
                        span.nanos,
                        piece.starts()[place],
                    ));
                }
            }
        });
        spans.finish(|goroutine, doing, span| {
            all.push((
                doing as usize,
                goroutine.0,
                span.kind(),
                span.nanos,
                time.end.0,
            ));
        });
        let mut sums = vec![[0; STATES]; trace.goroutines.len()];
        for &(_, goroutine, kind, nanos, end) in &all {
            // What could run is told in full.
            let nanos = nanos.min(end - time.start.0);
            sums[goroutine as usize][kind.state() as usize] += nanos;
        }
        let alive = |times: &[i64; STATES]| times[1..].to_vec();
        assert!(spans.times().map(alive).eq(sums.iter().map(alive)));
        all.sort_unstable_by_key(|&(list, goroutine, _, _, end)| (end, goroutine, list));
        all
    }

    #[test]
    fn every_span_that_ends_is_told_once() {
        let trace = trace();
        assert!(trace.spans.len() > 2 * ROWS);
        for (start, end) in [
            (0, 60_200),
            (33, 50_000),
            (10_001, 10_002),
            (59_999, 60_200),
        ] {
            let time = TimeRange {
                start: Nanos(start),
                end: Nanos(end),
            };
            let mut expected = Vec::new();
            let mut open = vec![(0, SpanKind::default()); trace.goroutines.len()];
            for_each_piece_of_all(&trace, |piece| {
                for (_, at, goroutine, kind, _) in piece.rows().filter(|row| row.1 < end) {
                    let before = &mut open[goroutine.0 as usize];
                    // What is found so was so from the generation's beginning.
                    let since = if kind.was_going_on() { 0 } else { at };
                    let (since, before) = std::mem::replace(before, (since, kind));
                    if at >= start {
                        expected.push((goroutine.0, before, since, at));
                    }
                }
            });
            let rest = (0..).zip(open);
            expected.extend(rest.map(|(goroutine, (since, kind))| (goroutine, kind, since, end)));
            let mut expected: Ended = (expected.into_iter())
                .map(|(goroutine, kind, since, at)| {
                    let since = match kind.state() {
                        SpanState::Runnable => since,
                        _ => since.max(start),
                    };
                    (
                        list_of(kind.state()) as usize,
                        goroutine,
                        kind,
                        at - since,
                        at,
                    )
                })
                .collect();
            expected.sort_unstable_by_key(|&(list, goroutine, _, _, end)| (end, goroutine, list));
            let mut found = ended(&trace, time);
            // Of those that nothing is known of yet, how long is not asked.
            found.retain(|row| row.2 != SpanKind::default());
            expected.retain(|row| row.2 != SpanKind::default());
            assert_eq!(found, expected, "{start} {end}");
        }
    }
}
