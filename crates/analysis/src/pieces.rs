//! Passes over the spans, piece by piece.
//!
//! Reading a piece's columns one after another is faster than asking for each row of each column. And what is called
//! once for each piece, and not inlined, a browser's engine can replace by a better compiled one while a pass goes on:
//! a single call that goes through millions of rows ends in the code that it began in.

use tracepane_model::{ReasonId, SpanIndex, SpanKind, SpanPiece, SpanState, Spans, Trace};

use crate::scope::TimeRange;

/// How many rows a piece has.
pub(crate) const ROWS: usize = SpanPiece::MOST;

/// Goes through the rows from `first` up to `end`, in their order.
pub(crate) fn for_each_piece(
    trace: &Trace,
    first: SpanIndex,
    end: SpanIndex,
    mut visit: impl FnMut(&SpanPiece),
) {
    pieces(trace, first, end, |_, piece| visit(piece));
}

/// The same; the pieces have their causes, too.
pub(crate) fn for_each_piece_with_causes(
    trace: &Trace,
    first: SpanIndex,
    end: SpanIndex,
    mut visit: impl FnMut(&SpanPiece),
) {
    pieces(trace, first, end, |spans, piece| {
        spans.copy_piece_causes(piece);
        visit(piece);
    });
}

#[inline(always)]
fn pieces(
    trace: &Trace,
    first: SpanIndex,
    end: SpanIndex,
    mut visit: impl FnMut(&Spans, &mut SpanPiece),
) {
    let mut piece = SpanPiece::default();
    let end = trace.spans.len().min(end.0 as usize);
    let mut next = first.0 as usize;
    while next < end {
        trace.spans.copy_piece(next, end - next, &mut piece);
        visit(&trace.spans, &mut piece);
        next += piece.len();
    }
}

/// One more than the placement that a packed cause is; 0 if it is none.
#[inline(always)]
pub(crate) fn placement_of(cause: u32) -> usize {
    // Odd numbers are goroutines.
    (cause >> 1 & (cause & 1).wrapping_sub(1)) as usize
}

/// The rows that begin in a part of time within the trace, from the first up to the end; all rows if it is all of it.
pub(crate) fn rows_of(trace: &Trace, time: TimeRange) -> (SpanIndex, SpanIndex) {
    let end = match time.end < trace.end {
        true => trace.spans.first_at(time.end),
        false => SpanIndex(trace.spans.len() as u32),
    };
    (trace.spans.first_at(time.start).min(end), end)
}

/// Goes through all rows, in their order.
pub(crate) fn for_each_piece_of_all(trace: &Trace, visit: impl FnMut(&SpanPiece)) {
    for_each_piece(trace, SpanIndex(0), SpanIndex(u32::MAX), visit);
}

/// What a pass has to know of each state and reason that a trace has.
#[derive(Clone, Debug)]
pub(crate) struct KindClasses<T>(Vec<T>);

impl<T: Copy + Default> KindClasses<T> {
    /// Asks `class` once for each.
    pub(crate) fn new(trace: &Trace, class: impl Fn(SpanKind) -> T) -> Self {
        let reasons = trace.spans.reasons.len().max(1);
        let mut classes = vec![T::default(); reasons << REASON_SHIFT];
        for reason in 0..reasons {
            let reason = ReasonId((reason as u16).min(SpanKind::MAX_REASON));
            for state in SpanState::ALL {
                for was_going_on in [false, true] {
                    let kind = SpanKind::new(state, reason, was_going_on);
                    classes[place(kind)] = class(kind);
                }
            }
        }
        Self(classes)
    }

    /// A kind's class; the default of one that the trace does not have.
    #[inline(always)]
    pub(crate) fn of(&self, kind: SpanKind) -> T {
        self.0.get(place(kind)).copied().unwrap_or_default()
    }
}

/// How many bits state and going on take.
const REASON_SHIFT: u32 = 4;

#[inline(always)]
fn place(kind: SpanKind) -> usize {
    usize::from(kind.packed())
}

#[cfg(test)]
mod tests {
    use tracepane_model::Nanos;
    use tracepane_wire::GoroutineState;

    use super::*;
    use crate::script::Script;

    #[test]
    fn pieces_have_every_row_once() {
        let mut t = Script::new();
        t.found(1, 1, GoroutineState::Running, "a<main.a");
        for i in 0..3 * ROWS as i64 {
            // Starts pass the border of 32 bits.
            let time = 2 + i * 1_000_000;
            t.block(time, 1, "select", "a<main.a");
            t.wake(time + 1, crate::script::NOBODY, 1, "");
            t.run(time + 2, 1);
        }
        let trace = t.finish(i64::from(u32::MAX) * 4);
        let len = trace.spans.len() as u32;
        assert!(len as usize > 8 * ROWS);
        for (first, end) in [
            (0, len),
            (0, u32::MAX),
            (1, len - 1),
            (5000, 5000),
            (7, 4103),
        ] {
            let mut next = first;
            for_each_piece(&trace, SpanIndex(first), SpanIndex(end), |piece| {
                for (row, start, goroutine, kind, stack) in piece.rows() {
                    assert_eq!(row.0, next);
                    assert_eq!(Nanos(start), trace.spans.start(row));
                    assert_eq!(goroutine, trace.spans.goroutine(row));
                    assert_eq!(
                        (kind, stack),
                        (trace.spans.kind(row), trace.spans.stack(row))
                    );
                    next += 1;
                }
            });
            assert_eq!(next, end.min(len));
        }
    }
}
