//! A part's spans, of goroutines and of procs, go behind those before; between them, in its place, what its deeds make.

use std::ops::Range;

use super::clock::Clock;
use super::{Joint, Merger};
use crate::build::Builder;
use crate::build::goroutines::MAX_SPANS;
use crate::build::seam::SeamLog;
use crate::build::span_rows::SpanRows;
use crate::parts::Unsound;
use crate::proc::ProcSpan;
use crate::span::{ReasonId, SpanIndex, SpanKind, SpanSlices, Spans};

/// The spans of a part, in order.
pub trait SpanSource {
    /// How many rows there are.
    fn rows(&self) -> usize;

    /// Copies the next rows, the first of which is row `from`: as many as `to` has room for; there must be as many. They
    /// get other times and numbers.
    fn copy_next(&mut self, from: usize, to: &mut SpanSlices<'_>, renaming: &Renaming<'_>);

    /// All rows, if they can be read from several threads at once.
    #[cfg(not(target_arch = "wasm32"))]
    fn table(&self) -> Option<&Spans> {
        None
    }

    /// Whether all that was copied are rows.
    ///
    /// # Errors
    /// Why they are none.
    fn end(&self) -> Result<(), Unsound>;

    /// All rows as a table.
    ///
    /// # Errors
    /// As [`Self::end`].
    fn into_table(self) -> Result<Spans, Unsound>;
}

impl SpanSource for Spans {
    fn rows(&self) -> usize {
        self.len()
    }

    fn copy_next(&mut self, from: usize, to: &mut SpanSlices<'_>, renaming: &Renaming<'_>) {
        self.copy_rows(from, to);
        renaming.rows(to);
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn table(&self) -> Option<&Spans> {
        Some(self)
    }

    fn end(&self) -> Result<(), Unsound> {
        Ok(())
    }

    fn into_table(self) -> Result<Spans, Unsound> {
        Ok(self)
    }
}

/// Where a part's rows are now.
pub(super) struct Moved {
    /// From which row on, and by how many places.
    shifts: Vec<(u32, u32)>,
    /// For each watched system call: the summary has forgotten it.
    pub(super) forgotten: Vec<bool>,
}

impl Moved {
    pub(super) fn span(&self, span: SpanIndex) -> SpanIndex {
        let place = self.shifts.partition_point(|&(from, _)| from <= span.0);
        let shift = place.checked_sub(1).map_or(0, |i| self.shifts[i].1);
        SpanIndex(span.0.saturating_add(shift))
    }
}

/// What rows become in the trace: looked up, not decided, as there are millions.
#[derive(Clone, Copy)]
pub struct Renaming<'a> {
    clock: &'a Clock,
    /// By number: packed kinds, goroutines, stacks, packed causes. Numbers that are not there cannot be; they become 0.
    pub(in crate::parts) tables: [&'a [u32]; 4],
}

impl Renaming<'_> {
    /// Moves starts, which rise.
    #[inline(never)]
    pub(in crate::parts) fn times(&self, starts: &mut [i64]) {
        self.clock.move_all(starts);
    }

    fn rows(&self, rows: &mut SpanSlices<'_>) {
        self.times(rows.starts);
        for (numbers, table) in rows.columns().into_iter().zip(self.tables) {
            translate(numbers, table);
        }
    }
}

/// The tables of a [`Renaming`] that are for spans only.
struct Columns {
    kinds: Vec<u32>,
    causes: Vec<u32>,
}

impl Merger {
    pub(super) fn join_spans(
        &mut self,
        part: &Builder,
        spans: &mut impl SpanSource,
        seam: &SeamLog,
        joint: &mut Joint,
    ) -> Result<Moved, Unsound> {
        let all = self.builder.spans.len() + spans.rows() + seam.deeds.len();
        if all >= MAX_SPANS || self.builder.proc_spans.len() + part.proc_spans.len() >= MAX_SPANS {
            return Err(Unsound::new("there are too many spans"));
        }
        let mut moved = Moved {
            shifts: vec![(0, self.builder.spans.len() as u32)],
            forgotten: vec![false; part.syscalls.watched.len()],
        };
        let mut columns = Columns {
            kinds: kinds(&joint.names.reasons),
            causes: causes(&joint.resolved.goroutines, part.placements.all.len()),
        };
        let (mut done, mut procs_done) = (0, 0);
        for deed in &seam.deeds {
            self.join_placements(part, deed.placements as usize, &mut columns, joint)?;
            let row = (deed.spans as usize).clamp(done, spans.rows());
            self.copy_spans(spans, done, row, &columns, joint);
            done = row;
            let row = (deed.proc_spans as usize).clamp(procs_done, part.proc_spans.len());
            self.copy_proc_spans(part, procs_done, row, joint);
            procs_done = row;
            self.builder.now = joint.clock.time(deed.time);
            let before = self.builder.spans.len();
            let watches = seam.watches_of(deed);
            self.does(deed, watches, &mut moved.forgotten, joint)?;
            if self.builder.spans.len() > before {
                let shift = self.builder.spans.len() - done;
                moved.shifts.push((done as u32, shift as u32));
            }
        }
        self.join_placements(part, usize::MAX, &mut columns, joint)?;
        let rows = spans.rows();
        self.copy_spans(spans, done, rows, &columns, joint);
        spans.end()?;
        self.copy_proc_spans(part, procs_done, part.proc_spans.len(), joint);
        for (&count, &place) in part.placements.counts.iter().zip(&joint.placements) {
            if let Some(sum) = self.builder.placements.counts.get_mut(place as usize) {
                *sum += count;
            }
        }
        Ok(moved)
    }

    /// The part's placements up to the `count`th get their names.
    fn join_placements(
        &mut self,
        part: &Builder,
        count: usize,
        columns: &mut Columns,
        joint: &mut Joint,
    ) -> Result<(), Unsound> {
        let known = joint.placements.len();
        let new = part.placements.all.iter().take(count).skip(known);
        for placement in new {
            let (proc, thread) = (joint.proc(placement.proc), joint.thread(placement.thread));
            let Some(place) = self.builder.placements.intern(proc, thread) else {
                return Err(Unsound::new("there are too many placements"));
            };
            let packed = 2 * joint.placements.len() + 2;
            if let Some(cause) = columns.causes.get_mut(packed) {
                *cause = crate::span::Cause::Placement(place).pack();
            }
            joint.placements.push(place.0);
        }
        Ok(())
    }

    fn copy_spans(
        &mut self,
        from: &mut impl SpanSource,
        start: usize,
        end: usize,
        columns: &Columns,
        joint: &Joint,
    ) {
        let renaming = Renaming {
            clock: &joint.clock,
            tables: [
                &columns.kinds,
                &joint.resolved.goroutines,
                &joint.names.stacks,
                &columns.causes,
            ],
        };
        let to = &mut self.builder.spans;
        let rows = start..end;
        #[cfg(not(target_arch = "wasm32"))]
        let rows = match from.table() {
            Some(table) => {
                let rename = |rows: &mut SpanSlices<'_>| renaming.rows(rows);
                super::threads::copy(table, rows, to, rename, self.threads)
            }
            None => rows,
        };
        copy(|row, to| from.copy_next(row, to, &renaming), rows, to);
    }

    fn copy_proc_spans(&mut self, part: &Builder, start: usize, end: usize, joint: &Joint) {
        for span in part.proc_spans.range(start, end) {
            self.builder.proc_spans.push(ProcSpan {
                start: joint.clock.time(span.start),
                proc: joint.proc(span.proc),
                thread: joint.thread(span.thread),
                state: span.state,
            });
        }
    }
}

/// Appends rows; `read` copies some of them, the first of which has the place that it is told.
pub(super) fn copy(
    mut read: impl FnMut(usize, &mut SpanSlices<'_>),
    rows: Range<usize>,
    to: &mut SpanRows,
) {
    let mut row = rows.start;
    to.extend(rows.len(), |to| {
        read(row, to);
        row += to.len();
    });
}

/// Packed kinds by packed kinds: with the reasons' numbers in the trace.
fn kinds(reasons: &[ReasonId]) -> Vec<u32> {
    let of = |packed| {
        let kind = SpanKind::from_packed(packed);
        let reason = reasons.get(usize::from(kind.reason().0))?;
        Some(kind.with_reason(reason.0).packed().into())
    };
    (0..=u16::MAX).map_while(of).collect()
}

/// Packed causes of goroutines; those of placements follow when they are known.
fn causes(goroutines: &[u32], placements: usize) -> Vec<u32> {
    let mut causes = vec![0; 2 * goroutines.len().max(placements + 1) + 1];
    for (i, &goroutine) in goroutines.iter().enumerate() {
        let goroutine = tracepane_wire::GoroutineIndex(goroutine);
        causes[2 * i + 1] = crate::span::Cause::Goroutine(goroutine).pack();
    }
    causes
}

/// Called for some rows at a time, so that a browser that has made better code of it can use that for the next ones.
#[inline(never)]
fn translate(numbers: &mut [u32], table: &[u32]) {
    for number in numbers {
        *number = table.get(*number as usize).copied().unwrap_or_default();
    }
}
