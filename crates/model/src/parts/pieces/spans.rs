//! The spans of a part as bytes: blocks of rows, each block column by column, and back.
//!
//! Numbers are as wide as those of the block must be, and a start is how much later it is than that of the row before: in
//! a browser new memory costs more than what it is filled with.

use std::ops::{BitXor, Range};

use tracepane_wire::Resources;

use super::code::{Reader, Writer, take};
use super::{BadPieces, TableBytes};
use crate::build::Builder;
use crate::column::CHUNK;
use crate::narrow::NarrowChunk;
use crate::parts::Unsound;
use crate::parts::merge::{Renaming, SpanSource};
use crate::parts::sketch::Sketch;
use crate::span::{SpanKind, SpanSlices, Spans};

/// How many rows a block has at most: it is taken whole, and stays in the processor's cache until its rows are joined.
const ROWS: usize = 4096;
const _: () = assert!(CHUNK.is_multiple_of(ROWS));
/// The least bytes of a row: a start, and four other numbers.
const ROW_BYTES: usize = 6;
/// What a block begins with: how wide each of its columns is.
const WIDTHS: usize = 5;
/// Starts beyond this are no times of a real clock; within it nothing overflows.
const MAX_START: i64 = 1 << 62;
/// So much later than the one before no start of a real trace is: 13 days.
const MAX_LATER: u64 = 1 << 50;

/// Writes spans, and adds them to a sketch: a row is in the processor's cache only once.
pub(super) fn put(to: &mut Writer<'_>, spans: &Spans, sketch: &mut Sketch) {
    to.value(spans.len() as u64);
    let (mut starts, mut later) = ([0; ROWS], [0; ROWS]);
    let (mut whose, mut what) = ([0; ROWS], [0; ROWS]);
    let (mut before, mut row) = (0, 0);
    let names = spans.goroutine.chunks().iter().zip(spans.stack.chunks());
    let rest = spans.kind.chunks().iter().zip(spans.cause.chunks());
    for ((goroutines, stacks), (kinds, causes)) in names.zip(rest) {
        let columns = [kinds, goroutines, stacks, causes];
        for from in (0..kinds.len()).step_by(ROWS) {
            let rows = from..kinds.len().min(from + ROWS);
            let (starts, later) = (&mut starts[..rows.len()], &mut later[..rows.len()]);
            spans.copy_starts(row, starts);
            let (whose, what) = (&mut whose[..rows.len()], &mut what[..rows.len()]);
            spans.goroutine.copy_to(row, whose);
            spans.kind.copy_to(row, what);
            sketch.add(starts, whose, what);
            let bits = differences(before, starts, later);
            before = starts.last().copied().unwrap_or(before);
            row += rows.len();
            let width = match bits.leading_zeros() {
                48.. => 2,
                32.. => 4,
                _ => 8,
            };
            to.bytes(&[width]);
            to.bytes(&columns.map(width_of));
            match width {
                2 => to.numbers(later, |later| (later as u16).to_le_bytes()),
                4 => to.numbers(later, |later| (later as u32).to_le_bytes()),
                _ => to.rows(later),
            }
            for column in columns {
                let rows = rows.clone();
                match column {
                    NarrowChunk::Byte(numbers) => to.bytes(&numbers[rows]),
                    NarrowChunk::Short(numbers) => to.rows(&numbers[rows]),
                    NarrowChunk::Long(numbers) => to.rows(&numbers[rows]),
                }
            }
        }
    }
}

fn width_of(chunk: &NarrowChunk) -> u8 {
    match chunk {
        NarrowChunk::Byte(_) => 1,
        NarrowChunk::Short(_) => 2,
        NarrowChunk::Long(_) => 4,
    }
}

/// How much later each start is than the one before it; all bits of these numbers.
#[inline(never)]
fn differences(before: i64, starts: &[i64], later: &mut [u64]) -> u64 {
    let ([first, others @ ..], [start, ..]) = (later, starts) else {
        return 0;
    };
    *first = (start - before) as u64;
    let mut bits = *first;
    for (later, pair) in others.iter_mut().zip(starts.windows(2)) {
        *later = (pair[1] - pair[0]) as u64;
        bits |= *later;
    }
    bits
}

/// Spans that were sent.
pub struct SentSpans {
    bytes: Box<dyn TableBytes>,
    rows: usize,
    tables: Tables,
    /// How many rows came in blocks.
    come: usize,
    block: Block,
    /// How many rows of the block are taken.
    taken: usize,
    fault: Option<BadPieces>,
}

/// How long the tables are that rows lead into.
struct Tables {
    goroutines: usize,
    stacks: usize,
    reasons: usize,
    placements: usize,
}

/// Some rows: their starts, and the bytes of the other columns.
#[derive(Default)]
struct Block {
    starts: Vec<i64>,
    widths: [usize; 4],
    bytes: Vec<u8>,
}

impl SentSpans {
    /// Of what `from` has left.
    pub(super) fn new(
        mut from: Reader<'_>,
        part: &Builder,
        resources: &Resources,
    ) -> Result<Self, BadPieces> {
        let rows = from.count(ROW_BYTES)?;
        let bytes = from.rest()?;
        if rows == 0 && bytes.left() > 0 {
            return Err(BadPieces("there is more than a part"));
        }
        Ok(Self {
            bytes,
            rows,
            tables: Tables {
                goroutines: resources.goroutines.len(),
                stacks: part.interner.stacks.len(),
                reasons: part.interner.reasons.names.len().max(1),
                placements: part.placements.all.len(),
            },
            come: 0,
            block: Block::default(),
            taken: 0,
            fault: None,
        })
    }

    /// The next block.
    fn load(&mut self) -> Result<(), BadPieces> {
        let rows = (self.rows - self.come).min(ROWS);
        self.block.get(rows, &mut *self.bytes)?;
        if !self.block.fits(&self.tables) {
            return Err(BadPieces("a number leads out of its table"));
        }
        self.come += rows;
        self.taken = 0;
        if self.come == self.rows && self.bytes.left() > 0 {
            return Err(BadPieces("there is more than a part"));
        }
        Ok(())
    }
}

impl SpanSource for SentSpans {
    fn rows(&self) -> usize {
        self.rows
    }

    fn copy_next(&mut self, _from: usize, to: &mut SpanSlices<'_>, renaming: &Renaming<'_>) {
        let mut done = 0;
        while done < to.len() && self.fault.is_none() {
            if self.taken == self.block.starts.len() {
                // Its rows are never joined then: `fault` says so.
                self.fault = self.load().err();
                continue;
            }
            let now = (to.len() - done).min(self.block.starts.len() - self.taken);
            let (from, into) = (self.taken..self.taken + now, done..done + now);
            self.block.copy(from, &mut to.part(into), renaming);
            self.taken += now;
            done += now;
        }
    }

    fn end(&self) -> Result<(), Unsound> {
        match self.fault {
            None => Ok(()),
            Some(fault) => Err(Unsound::new(fault.to_string())),
        }
    }

    fn into_table(mut self) -> Result<Spans, Unsound> {
        let unsound = |fault: BadPieces| Unsound::new(fault.to_string());
        let mut spans = Spans::default();
        while self.come < self.rows {
            self.load().map_err(unsound)?;
            self.block.append_to(&mut spans).map_err(unsound)?;
        }
        Ok(spans)
    }
}

impl Block {
    /// Takes the next rows, so many.
    fn get(&mut self, rows: usize, from: &mut dyn TableBytes) -> Result<(), BadPieces> {
        let widths: [u8; WIDTHS] = take(from, WIDTHS)?.try_into().unwrap_or_default();
        let [width, columns @ ..] = widths.map(usize::from);
        if !matches!(width, 2 | 4 | 8) || !columns.iter().all(|width| matches!(width, 1 | 2 | 4)) {
            return Err(BadPieces("a block is of an unknown kind"));
        }
        let before = self.starts.last().copied().unwrap_or_default();
        let later = take(from, rows * width)?;
        self.starts.clear();
        let starts = &mut self.starts;
        let fit = match width {
            2 => get_starts(before, later, u16::from_le_bytes, starts),
            4 => get_starts(before, later, u32::from_le_bytes, starts),
            _ => get_starts(before, later, u64::from_le_bytes, starts),
        };
        if !fit {
            return Err(BadPieces("a time is far out"));
        }
        self.widths = columns;
        self.bytes.clear();
        self.bytes
            .extend_from_slice(take(from, rows * columns.iter().sum::<usize>())?);
        Ok(())
    }

    /// The bytes of the columns: kinds, goroutines, stacks and causes.
    fn columns(&self) -> [(usize, &[u8]); 4] {
        let mut rest = self.bytes.as_slice();
        self.widths.map(|width| {
            let (column, after) = rest.split_at(self.starts.len() * width);
            rest = after;
            (width, column)
        })
    }

    /// Whether every number leads into its table.
    fn fits(&self, tables: &Tables) -> bool {
        let columns = self.columns().map(|(width, bytes)| match width {
            1 => largest(bytes, u8::from_le_bytes, |n| n & (n & 1).wrapping_neg()),
            2 => largest(bytes, u16::from_le_bytes, |n| n & (n & 1).wrapping_neg()),
            _ => largest(bytes, u32::from_le_bytes, |n| n & (n & 1).wrapping_neg()),
        });
        let [kinds, goroutines, stacks, causes] = columns;
        let most = kinds.0.max(kinds.1);
        let reason = SpanKind::from_packed(most as u16).reason().0;
        let goroutine = goroutines.0.max(goroutines.1);
        let stack = stacks.0.max(stacks.1);
        most <= u16::MAX.into()
            && usize::from(reason) < tables.reasons
            && (goroutine as usize) < tables.goroutines
            && (stack as usize) < tables.stacks
            // 0 is none, odd ones are goroutines, the others placements.
            && (causes.0 >> 1) as usize <= tables.placements
            && (causes.1 == 0 || ((causes.1 >> 1) as usize) < tables.goroutines)
    }

    /// Appends its rows as they are; so many went before that they belong to one chunk.
    fn append_to(&self, spans: &mut Spans) -> Result<(), BadPieces> {
        spans.append_starts(&self.starts);
        let to = [
            &mut spans.kind,
            &mut spans.goroutine,
            &mut spans.stack,
            &mut spans.cause,
        ];
        for ((width, bytes), to) in self.columns().into_iter().zip(to) {
            if !to.extend_bytes(width, bytes) {
                return Err(BadPieces("numbers of a chunk differ in width"));
            }
        }
        Ok(())
    }

    fn copy(&self, rows: Range<usize>, to: &mut SpanSlices<'_>, renaming: &Renaming<'_>) {
        to.starts.copy_from_slice(&self.starts[rows.clone()]);
        renaming.times(to.starts);
        let columns = self.columns().into_iter().zip(to.columns());
        for (((width, bytes), to), table) in columns.zip(renaming.tables) {
            let bytes = &bytes[rows.start * width..rows.end * width];
            match width {
                1 => get(bytes, u8::from_le_bytes, table, to),
                2 => get(bytes, u16::from_le_bytes, table, to),
                _ => get(bytes, u32::from_le_bytes, table, to),
            }
        }
    }
}

// Each of these is called for every block, so that a browser that has made better code of it can use that for the next
// one.

/// Appends starts, each so much later than the one before; whether they are times.
#[inline(never)]
fn get_starts<T: Into<u64>, const N: usize>(
    before: i64,
    bytes: &[u8],
    number: impl Fn([u8; N]) -> T,
    to: &mut Vec<i64>,
) -> bool {
    let (numbers, _) = bytes.as_chunks::<N>();
    let (mut last, mut bits) = (before, 0);
    to.extend(numbers.iter().map(|&bytes| {
        let later = number(bytes).into();
        bits |= later;
        last = last.wrapping_add(later as i64);
        last
    }));
    // So many numbers without more bits do not add up to more than an i64 has room for.
    bits < MAX_LATER && (0..MAX_START).contains(&last)
}

/// The largest even number, and the largest odd one, 0 for none; `odd` makes 0 of the others.
#[inline(never)]
fn largest<T, const N: usize>(
    bytes: &[u8],
    number: impl Fn([u8; N]) -> T,
    odd: impl Fn(T) -> T,
) -> (u32, u32)
where
    T: Copy + Ord + Default + BitXor<Output = T> + Into<u32>,
{
    let (numbers, _) = bytes.as_chunks::<N>();
    let none = (T::default(), T::default());
    let (even, odd) = numbers.iter().fold(none, |most, &bytes| {
        let number = number(bytes);
        let odd = odd(number);
        (most.0.max(number ^ odd), most.1.max(odd))
    });
    (even.into(), odd.into())
}

/// What a table has in these places; what it does not have cannot be.
#[inline(never)]
fn get<T: Into<u32>, const N: usize>(
    bytes: &[u8],
    number: impl Fn([u8; N]) -> T,
    table: &[u32],
    to: &mut [u32],
) {
    let (numbers, _) = bytes.as_chunks::<N>();
    for (to, &bytes) in to.iter_mut().zip(numbers) {
        let place = number(bytes).into() as usize;
        *to = table.get(place).copied().unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use tracepane_wire::{GoroutineIndex, Nanos};

    use super::*;
    use crate::build::span_rows::SpanRows;
    use crate::span::{Cause, ReasonId, SpanState};
    use crate::stack::StackRef;

    /// Spans that begin so much later, one after another.
    fn spans(count: usize, later: impl Fn(usize) -> i64) -> Spans {
        let (mut rows, mut start) = (SpanRows::default(), 0);
        for i in 0..count {
            start += later(i);
            let wide = i as u32 / CHUNK as u32 * 300;
            let state = SpanState::ALL[i % SpanState::ALL.len()];
            rows.push(
                Nanos(start),
                GoroutineIndex(wide * wide + i as u32 % 7),
                SpanKind::new(state, ReasonId((i % 40) as u16), false),
                StackRef(i as u32 % 50 + wide),
                Cause::Goroutine(GoroutineIndex(i as u32 % 100)),
            );
        }
        rows.finish()
    }

    /// How many bytes they become, and what they are taken for.
    fn sent(spans: &Spans) -> (usize, Result<Spans, Unsound>) {
        let mut bytes = Vec::new();
        let mut put_bytes = |more: &[u8]| bytes.extend_from_slice(more);
        let mut writer = Writer::new(&mut put_bytes);
        put(&mut writer, spans, &mut Sketch::new(10, 10, 1));
        writer.end();
        let count = bytes.len();
        let sent = SentSpans {
            bytes: Box::new(Cursor::new(bytes)),
            rows: spans.len(),
            tables: Tables {
                goroutines: 1 << 20,
                stacks: 1 << 20,
                reasons: 40,
                placements: 0,
            },
            come: 0,
            block: Block::default(),
            taken: 0,
            fault: None,
        };
        (count, sent.into_table())
    }

    #[test]
    fn numbers_of_every_width_come_out_as_they_went_in() {
        let rows = 2 * CHUNK + 5000;
        for (later, start_bytes) in [(70, 2), (70_000, 4), (5 << 32, 8)] {
            let spans = spans(rows, |i| if i % ROWS == 9 { later } else { 40 });
            let (bytes, taken) = sent(&spans);
            assert!(taken.as_ref() == Ok(&spans), "{later} ns");
            // Kinds are short; goroutines and stacks are bytes, then wider; causes are bytes.
            let widths = [1 + 1, 4 + 2, 4 + 2];
            let lengths = [CHUNK, CHUNK, 5000];
            let numbers: usize = widths.iter().zip(lengths).map(|(w, rows)| w * rows).sum();
            let blocks = rows.div_ceil(ROWS);
            let rest = rows * (start_bytes + 2 + 1) + blocks * WIDTHS;
            assert_eq!(bytes, numbers + rest, "{later} ns");
        }
    }

    #[test]
    fn times_that_are_no_times_are_refused() {
        for (later, fits) in [(1 << 49, true), (1 << 50, false), (i64::MAX / 2, false)] {
            let spans = spans(2, |_| later);
            assert_eq!(sent(&spans).1 == Ok(spans), fits, "{later} ns");
        }
    }
}
