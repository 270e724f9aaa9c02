//! Rows of the span table on their way into its columns: they wait in a block that stays in the processor's cache, and
//! go into the columns many at a time, so that a row costs five stores and no look at any column.

use std::ops::Range;

use tracepane_wire::{GoroutineIndex, Nanos};

use crate::column::CHUNK;
use crate::span::{Cause, SpanIndex, SpanKind, SpanSlices, Spans};
use crate::stack::StackRef;

/// How many rows wait; when a chunk of a column is full, none do.
const WAITING: usize = 256;
const _: () = assert!(CHUNK.is_multiple_of(WAITING));

/// The span table while it is written.
pub(crate) struct SpanRows {
    /// How many rows there are, those that wait included.
    len: u32,
    /// The columns, without the rows that wait.
    spans: Spans,
    waiting: Box<Waiting>,
}

/// Rows that wait, in columns.
struct Waiting {
    starts: [i64; WAITING],
    goroutines: [u32; WAITING],
    kinds: [u32; WAITING],
    stacks: [u32; WAITING],
    causes: [u32; WAITING],
}

impl Waiting {
    fn slices(&mut self, rows: Range<usize>) -> SpanSlices<'_> {
        SpanSlices {
            starts: &mut self.starts[rows.clone()],
            goroutines: &mut self.goroutines[rows.clone()],
            kinds: &mut self.kinds[rows.clone()],
            stacks: &mut self.stacks[rows.clone()],
            causes: &mut self.causes[rows],
        }
    }
}

impl Default for SpanRows {
    fn default() -> Self {
        Self {
            len: 0,
            spans: Spans::default(),
            waiting: Box::new(Waiting {
                starts: [0; WAITING],
                goroutines: [0; WAITING],
                kinds: [0; WAITING],
                stacks: [0; WAITING],
                causes: [0; WAITING],
            }),
        }
    }
}

impl SpanRows {
    /// How many rows there are.
    #[inline(always)]
    pub(crate) fn len(&self) -> usize {
        self.len as usize
    }

    /// Appends a row; `start` must not be before the last row's, and there must be less than 2^32 - 1.
    #[inline(always)]
    pub(crate) fn push(
        &mut self,
        start: Nanos,
        goroutine: GoroutineIndex,
        kind: SpanKind,
        stack: StackRef,
        cause: Cause,
    ) -> SpanIndex {
        let row = self.len;
        let i = row as usize % WAITING;
        let waiting = &mut *self.waiting;
        waiting.starts[i] = start.0;
        waiting.goroutines[i] = goroutine.0;
        waiting.kinds[i] = kind.packed().into();
        waiting.stacks[i] = stack.0;
        waiting.causes[i] = cause.pack();
        self.len = row + 1;
        if i == WAITING - 1 {
            self.put(WAITING);
        }
        SpanIndex(row)
    }

    /// Puts the first `count` rows that wait into the columns.
    #[inline(never)]
    fn put(&mut self, count: usize) {
        let waiting = &*self.waiting;
        self.spans.append(
            &waiting.starts[..count],
            &waiting.goroutines[..count],
            &waiting.kinds[..count],
            &waiting.stacks[..count],
            &waiting.causes[..count],
        );
    }

    /// Goes on with a table; there must be less than 2^32 - 1 rows.
    pub(crate) fn from_spans(mut spans: Spans) -> Self {
        let mut rows = Self {
            len: spans.len() as u32,
            ..Self::default()
        };
        let from = spans.len() - spans.len() % WAITING;
        let count = spans.len() - from;
        spans.copy_rows(from, &mut rows.waiting.slices(0..count));
        spans.drop_last(count);
        rows.spans = spans;
        rows
    }

    /// Appends `count` rows: `fill` writes as many as what it is given has room for, first to last. Starts must not be
    /// before the last row's, and there must be less than 2^32 - 1 rows.
    pub(crate) fn extend(&mut self, mut count: usize, mut fill: impl FnMut(&mut SpanSlices<'_>)) {
        while count > 0 {
            let from = self.len as usize % WAITING;
            let now = count.min(WAITING - from);
            fill(&mut self.waiting.slices(from..from + now));
            self.len += now as u32;
            if from + now == WAITING {
                self.put(WAITING);
            }
            count -= now;
        }
    }

    /// How many rows can be appended until all chunks of the columns are full.
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) fn room(&self) -> usize {
        self.len().next_multiple_of(CHUNK) - self.len()
    }

    /// Appends whole chunks of rows as they are, if there is no [`Self::room`]; starts must not be before the last row's,
    /// and there must be less than 2^32 - 1 rows.
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) fn append_chunks(&mut self, table: Spans) {
        debug_assert!(self.room() == 0 && table.len().is_multiple_of(CHUNK));
        self.len += table.len() as u32;
        self.spans.append_table(table);
    }

    /// The table with all rows.
    pub(crate) fn finish(mut self) -> Spans {
        self.put(self.len as usize % WAITING);
        self.spans
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::span::{ReasonId, SpanState};

    fn row(i: usize) -> (Nanos, GoroutineIndex, SpanKind, StackRef, Cause) {
        let state = SpanState::ALL[i % SpanState::ALL.len()];
        (
            Nanos((i as i64) << 17),
            GoroutineIndex(if i == 69_000 { 1 << 20 } else { i as u32 % 500 }),
            SpanKind::new(state, ReasonId((i % 7) as u16), i.is_multiple_of(2)),
            StackRef(i as u32 % 65_537),
            match i % 3 {
                0 => Cause::None,
                _ => Cause::Goroutine(GoroutineIndex(i as u32)),
            },
        )
    }

    fn push_all(rows: &mut SpanRows, range: Range<usize>) {
        for i in range {
            let (start, goroutine, kind, stack, cause) = row(i);
            rows.push(start, goroutine, kind, stack, cause);
        }
    }

    /// Over the ends of blocks and chunks, and over a change of the starts' high halves within a block.
    #[test]
    fn rows_are_the_same_in_the_columns() {
        let count = 70_000 + WAITING / 2;
        let mut rows = SpanRows::default();
        push_all(&mut rows, 0..count);
        assert_eq!(rows.len(), count);
        let spans = rows.finish();
        assert_eq!(spans.len(), count);
        for (i, start) in spans.iter() {
            let found = (
                start,
                spans.goroutine(i),
                spans.kind(i),
                spans.stack(i),
                spans.cause(i),
            );
            assert_eq!(found, row(i.0 as usize));
        }
        assert_eq!(spans.epochs.len(), 2);
    }

    #[test]
    fn chunks_made_apart_are_those_made_one_after_another() {
        let count = 6 * CHUNK + 17;
        let mut one = SpanRows::default();
        push_all(&mut one, 0..count);
        let mut apart = SpanRows::default();
        push_all(&mut apart, 0..1000);
        let mut done = 1000 + apart.room();
        push_all(&mut apart, 1000..done);
        for chunks in [2, 1, 2] {
            let mut rows = SpanRows::default();
            push_all(&mut rows, done..done + chunks * CHUNK);
            apart.append_chunks(rows.finish());
            done += chunks * CHUNK;
        }
        push_all(&mut apart, done..count);
        let (one, apart) = (one.finish(), apart.finish());
        assert!(one.epochs.len() > 10);
        assert!(one == apart);
    }
}
