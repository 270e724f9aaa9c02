//! A part's rows are copied by several threads: each makes whole chunks of the columns, which become the trace's as they
//! are.

use std::ops::Range;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::build::span_rows::SpanRows;
use crate::column::CHUNK;
use crate::span::{SpanKind, Spans};

/// Changes the values of rows: starts, goroutines, kinds, stacks, causes.
pub(super) trait Translate:
    Fn(&mut [i64], &mut [u32], &mut [SpanKind], &mut [u32], &mut [u32]) + Copy + Sync
{
}

impl<F> Translate for F where
    F: Fn(&mut [i64], &mut [u32], &mut [SpanKind], &mut [u32], &mut [u32]) + Copy + Sync
{
}

/// Rows that a thread takes at once.
const STRETCH: usize = 4 * CHUNK;

/// Copies some rows behind those that are there; how far it has come: less than a chunk is left, or all of what is too
/// little for several threads.
pub(super) fn copy(
    from: &Spans,
    range: Range<usize>,
    to: &mut SpanRows,
    translate: impl Translate,
    threads: usize,
) -> usize {
    let room = to.room();
    let chunks = range.len().saturating_sub(room) / CHUNK;
    if threads < 2 || chunks * CHUNK <= STRETCH {
        return range.start;
    }
    let first = range.start + room;
    let end = first + chunks * CHUNK;
    copy_rows(from, range.start..first, to, translate);
    let stretches: Vec<OnceLock<Spans>> = (first..end)
        .step_by(STRETCH)
        .map(|_| OnceLock::new())
        .collect();
    let next = AtomicUsize::new(0);
    let work = || {
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            let Some(made) = stretches.get(place) else {
                break;
            };
            let start = first + place * STRETCH;
            let mut rows = SpanRows::default();
            copy_rows(from, start..end.min(start + STRETCH), &mut rows, translate);
            // Nobody else has this place.
            let _ = made.set(rows.finish());
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads.min(stretches.len()) {
            scope.spawn(work);
        }
        work();
    });
    for made in stretches.into_iter().filter_map(OnceLock::into_inner) {
        to.append_chunks(made);
    }
    end
}

fn copy_rows(from: &Spans, range: Range<usize>, to: &mut SpanRows, translate: impl Translate) {
    let mut row = range.start;
    to.extend(range.len(), |starts, goroutines, kinds, stacks, causes| {
        from.copy_rows(row, starts, goroutines, kinds, stacks, causes);
        row += starts.len();
        translate(starts, goroutines, kinds, stacks, causes);
    });
}

#[cfg(test)]
mod tests {
    use tracepane_wire::{GoroutineIndex, Nanos};

    use super::*;
    use crate::span::{Cause, ReasonId, SpanState};
    use crate::stack::StackRef;

    fn push(rows: &mut SpanRows, count: usize) {
        for i in 0..count as u32 {
            let kind = SpanKind::new(SpanState::Running, ReasonId((i % 5) as u16), false);
            let goroutine = GoroutineIndex(i % 70_000);
            rows.push(
                Nanos(i64::from(i) << 14),
                goroutine,
                kind,
                StackRef(i % 9),
                Cause::None,
            );
        }
    }

    #[test]
    fn however_many_threads_copy_the_rows_are_the_same() {
        let translate = |starts: &mut [i64],
                         goroutines: &mut [u32],
                         kinds: &mut [SpanKind],
                         stacks: &mut [u32],
                         causes: &mut [u32]| {
            starts.iter_mut().for_each(|start| *start += 1 << 40);
            goroutines.iter_mut().for_each(|goroutine| *goroutine += 3);
            kinds
                .iter_mut()
                .for_each(|kind| *kind = kind.with_reason(kind.reason().0 + 1));
            stacks.iter_mut().for_each(|stack| *stack *= 2);
            causes.fill(7);
        };
        let mut from = SpanRows::default();
        push(&mut from, 11 * CHUNK + 300);
        let from = from.finish();
        for range in [0..from.len(), 100..9 * CHUNK, 5..6, 0..STRETCH] {
            let joined = |threads| {
                let mut to = SpanRows::default();
                push(&mut to, 12_345);
                let row = copy(&from, range.clone(), &mut to, translate, threads);
                assert_eq!(threads > 1 && range.len() > 5 * CHUNK, row > range.start);
                assert!(row == range.start || range.end - row < CHUNK);
                copy_rows(&from, row..range.end, &mut to, translate);
                to.finish()
            };
            let one = joined(1);
            assert_eq!(one.len(), 12_345 + range.len());
            assert!(one == joined(2));
            assert!(one == joined(5));
        }
    }
}
