//! The spans of a part as bytes: blocks of rows, each block column by column, and back.

use tracepane_wire::Resources;

use super::code::{Reader, Writer, take};
use super::{BadPieces, TableBytes};
use crate::build::Builder;
use crate::build::span_rows::SpanRows;
use crate::narrow::NarrowChunk;
use crate::parts::Unsound;
use crate::parts::merge::SpanSource;
use crate::span::{SpanKind, SpanSlices, Spans, add_high_halves};

/// How many rows a block has at most: it is taken whole, and stays in the processor's cache until its rows are joined.
const ROWS: usize = 4096;
/// The least bytes of a row: a start, a goroutine, a kind, a stack and a cause.
const ROW_BYTES: usize = 12;

/// Which columns of a block have 32 bits for each number, not 16.
const WIDE_GOROUTINES: u8 = 1;
const WIDE_STACKS: u8 = 2;
const WIDE_CAUSES: u8 = 4;

/// Writes spans, chunk by chunk, so that each is free when it is written.
pub(super) fn put(to: &mut Writer<'_>, spans: Spans) {
    to.value(spans.len() as u64);
    to.slice(&spans.epochs);
    let rows = spans.start_low.into_chunks().zip(spans.kind.into_chunks());
    let names = spans.goroutine.into_chunks().zip(spans.stack.into_chunks());
    let causes = spans.cause.into_chunks();
    for (((starts, kinds), (goroutines, stacks)), causes) in rows.zip(names).zip(causes) {
        for from in (0..starts.len()).step_by(ROWS) {
            let end = starts.len().min(from + ROWS);
            let wide = |chunk: &NarrowChunk, bit| match chunk {
                NarrowChunk::Short(_) => 0,
                NarrowChunk::Long(_) => bit,
            };
            to.bytes(&[wide(&goroutines, WIDE_GOROUTINES)
                | wide(&stacks, WIDE_STACKS)
                | wide(&causes, WIDE_CAUSES)]);
            to.rows(&starts[from..end]);
            to.rows(kinds.get(from..end).unwrap_or_default());
            for chunk in [&goroutines, &stacks, &causes] {
                match chunk {
                    NarrowChunk::Short(short) => to.rows(short.get(from..end).unwrap_or_default()),
                    NarrowChunk::Long(long) => to.rows(long.get(from..end).unwrap_or_default()),
                }
            }
        }
    }
}

/// Spans that were sent.
pub struct SentSpans {
    bytes: Box<dyn TableBytes>,
    rows: usize,
    epochs: Vec<(u32, u32)>,
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

/// Some rows.
#[derive(Default)]
struct Block {
    starts: Vec<i64>,
    goroutines: Vec<u32>,
    kinds: Vec<SpanKind>,
    stacks: Vec<u32>,
    causes: Vec<u32>,
}

impl SentSpans {
    /// Of what `from` has left.
    pub(super) fn new(
        mut from: Reader<'_>,
        part: &Builder,
        resources: &Resources,
    ) -> Result<Self, BadPieces> {
        let rows = from.count(ROW_BYTES)?;
        let epochs: Vec<(u32, u32)> = from.slice()?;
        if !epochs.is_sorted_by(|a, b| a.0 < b.0 && a.1 < b.1) {
            return Err(BadPieces("times do not rise"));
        }
        let bytes = from.rest()?;
        if rows == 0 && bytes.left() > 0 {
            return Err(BadPieces("there is more than a part"));
        }
        Ok(Self {
            bytes,
            rows,
            epochs,
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
        add_high_halves(&self.epochs, self.come, &mut self.block.starts);
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

    fn copy_next(&mut self, _from: usize, to: &mut SpanSlices<'_>) {
        let mut done = 0;
        while done < to.len() && self.fault.is_none() {
            if self.taken == self.block.starts.len() {
                // Its rows are never joined then: `fault` says so.
                self.fault = self.load().err();
                continue;
            }
            let now = (to.len() - done).min(self.block.starts.len() - self.taken);
            let (block, from, into) = (&self.block, self.taken, done..done + now);
            to.starts[into.clone()].copy_from_slice(&block.starts[from..from + now]);
            to.goroutines[into.clone()].copy_from_slice(&block.goroutines[from..from + now]);
            to.kinds[into.clone()].copy_from_slice(&block.kinds[from..from + now]);
            to.stacks[into.clone()].copy_from_slice(&block.stacks[from..from + now]);
            to.causes[into].copy_from_slice(&block.causes[from..from + now]);
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
        let (mut rows, count) = (SpanRows::default(), self.rows);
        rows.extend(count, |to| self.copy_next(0, to));
        self.end().map(|()| rows.finish())
    }
}

impl Block {
    fn get(&mut self, rows: usize, from: &mut dyn TableBytes) -> Result<(), BadPieces> {
        let wide = take(from, 1)?.first().copied().unwrap_or_default();
        if wide > WIDE_GOROUTINES | WIDE_STACKS | WIDE_CAUSES {
            return Err(BadPieces("a block is of an unknown kind"));
        }
        get_starts(take(from, rows * 4)?, &mut self.starts);
        get_kinds(take(from, rows * 2)?, &mut self.kinds);
        for (to, bit) in [
            (&mut self.goroutines, WIDE_GOROUTINES),
            (&mut self.stacks, WIDE_STACKS),
            (&mut self.causes, WIDE_CAUSES),
        ] {
            match wide & bit {
                0 => get_short(take(from, rows * 2)?, to),
                _ => get_long(take(from, rows * 4)?, to),
            }
        }
        Ok(())
    }

    /// Whether every number leads into its table.
    fn fits(&self, tables: &Tables) -> bool {
        let (even, odd) = largest_by_parity(&self.causes);
        let reason = largest_reason(&self.kinds);
        (largest(&self.goroutines) as usize) < tables.goroutines
            && (largest(&self.stacks) as usize) < tables.stacks
            && usize::from(reason) < tables.reasons
            // 0 is none, odd ones are goroutines, the others placements.
            && (even >> 1) as usize <= tables.placements
            && (odd == 0 || ((odd >> 1) as usize) < tables.goroutines)
    }
}

// Each of these is called for every block, so that a browser that has made better code of it can use that for the next
// one; without a branch in their loops, they take several numbers at once.

#[inline(never)]
fn get_starts(bytes: &[u8], to: &mut Vec<i64>) {
    let (numbers, _) = bytes.as_chunks::<4>();
    to.clear();
    to.extend(numbers.iter().map(|&b| i64::from(u32::from_le_bytes(b))));
}

#[inline(never)]
fn get_kinds(bytes: &[u8], to: &mut Vec<SpanKind>) {
    let (numbers, _) = bytes.as_chunks::<2>();
    let kinds = numbers.iter();
    to.clear();
    to.extend(kinds.map(|&b| SpanKind::from_packed(u16::from_le_bytes(b))));
}

#[inline(never)]
fn get_short(bytes: &[u8], to: &mut Vec<u32>) {
    let (numbers, _) = bytes.as_chunks::<2>();
    to.clear();
    to.extend(numbers.iter().map(|&b| u32::from(u16::from_le_bytes(b))));
}

#[inline(never)]
fn get_long(bytes: &[u8], to: &mut Vec<u32>) {
    let (numbers, _) = bytes.as_chunks::<4>();
    to.clear();
    to.extend(numbers.iter().map(|&b| u32::from_le_bytes(b)));
}

#[inline(never)]
fn largest(numbers: &[u32]) -> u32 {
    numbers.iter().fold(0, |most, &number| most.max(number))
}

/// The largest even number, and the largest odd one; 0 for none.
#[inline(never)]
fn largest_by_parity(numbers: &[u32]) -> (u32, u32) {
    numbers.iter().fold((0, 0), |(even, odd), &number| {
        let is_odd = (number & 1).wrapping_neg();
        (even.max(number & !is_odd), odd.max(number & is_odd))
    })
}

#[inline(never)]
fn largest_reason(kinds: &[SpanKind]) -> u16 {
    kinds.iter().fold(0, |most, kind| most.max(kind.reason().0))
}
