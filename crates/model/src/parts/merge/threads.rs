//! A part's rows are copied by several threads: each makes whole chunks of the columns, which become the trace's as they
//! are.

use std::ops::Range;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::spans;
use crate::build::span_rows::SpanRows;
use crate::column::CHUNK;
use crate::span::{SpanSlices, Spans};

/// Rows that a thread takes at once.
const STRETCH: usize = 4 * CHUNK;

/// Copies some rows behind those that are there, with other numbers. What is left: less than a chunk, or all of what is too little
/// for several threads.
pub(super) fn copy(
    from: &Spans,
    range: Range<usize>,
    to: &mut SpanRows,
    rename: impl Fn(&mut SpanSlices<'_>) + Sync,
    threads: usize,
) -> Range<usize> {
    let room = to.room();
    let chunks = range.len().saturating_sub(room) / CHUNK;
    if threads < 2 || chunks * CHUNK <= STRETCH {
        return range;
    }
    let first = range.start + room;
    let end = first + chunks * CHUNK;
    let read = |row, to: &mut SpanSlices<'_>| {
        from.copy_rows(row, to);
        rename(to);
    };
    spans::copy(read, range.start..first, to);
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
            let stretch = start..end.min(start + STRETCH);
            spans::copy(read, stretch, &mut rows);
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
    end..range.end
}

#[cfg(test)]
mod tests {
    use tracepane_wire::{GoroutineIndex, Nanos};

    use super::*;
    use crate::span::{Cause, ReasonId, SpanKind, SpanState};
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
        let rename = |rows: &mut SpanSlices<'_>| {
            rows.starts.iter_mut().for_each(|start| *start += 1 << 40);
            rows.goroutines
                .iter_mut()
                .for_each(|goroutine| *goroutine += 3);
            rows.kinds.iter_mut().for_each(|kind| *kind += 1 << 4);
            rows.stacks.iter_mut().for_each(|stack| *stack *= 2);
            rows.causes.fill(7);
        };
        let mut from = SpanRows::default();
        push(&mut from, 11 * CHUNK + 300);
        let from = from.finish();
        for range in [0..from.len(), 100..9 * CHUNK, 5..6, 0..STRETCH] {
            let joined = |threads| {
                let mut to = SpanRows::default();
                push(&mut to, 12_345);
                let left = copy(&from, range.clone(), &mut to, rename, threads);
                let many = threads > 1 && range.len() > 5 * CHUNK;
                assert_eq!(many, left.start > range.start);
                assert!(left.start == range.start || left.len() < CHUNK);
                assert_eq!(left.end, range.end);
                let read = |row, to: &mut SpanSlices<'_>| {
                    from.copy_rows(row, to);
                    rename(to);
                };
                spans::copy(read, left, &mut to);
                to.finish()
            };
            let one = joined(1);
            assert_eq!(one.len(), 12_345 + range.len());
            assert!(one == joined(2));
            assert!(one == joined(5));
        }
    }
}
