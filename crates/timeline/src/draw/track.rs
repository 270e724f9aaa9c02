//! The spans of a goroutine and of a proc as [`Track`]s.

use tracepane_model::{GoroutineIndex, ProcIndex, SpanIndex, SpanState, Spans, Trace};

use crate::class::{Classes, OWN_CLASSES};
use crate::draw::walk::Track;
use crate::levels::blocks::SequenceBlocks;
use crate::levels::{Levels, PROC_CLASSES, end_of_row, proc_class};

/// What a goroutine did.
#[derive(Clone, Copy)]
pub struct GoroutineTrack<'a> {
    spans: &'a Spans,
    /// Its rows of the span table.
    pub rows: &'a [u32],
    classes: &'a Classes,
    blocks: Option<SequenceBlocks<'a, OWN_CLASSES>>,
    end: f64,
}

impl<'a> GoroutineTrack<'a> {
    /// The track of a goroutine.
    pub fn new(trace: &'a Trace, levels: &'a Levels, goroutine: GoroutineIndex) -> Self {
        Self {
            spans: &trace.spans,
            rows: trace.goroutines.spans(goroutine),
            classes: &levels.classes,
            blocks: levels.goroutine_blocks(goroutine),
            end: trace.end.0 as f64,
        }
    }
}

impl Track<OWN_CLASSES> for GoroutineTrack<'_> {
    const HAS_WAITS: bool = true;

    #[inline]
    fn len(&self) -> usize {
        self.rows.len()
    }

    #[inline]
    fn start(&self, place: usize) -> f64 {
        self.spans.start(SpanIndex(self.rows[place])).0 as f64
    }

    #[inline]
    fn end(&self, place: usize) -> f64 {
        match self.rows.get(place + 1) {
            Some(&row) => self.spans.start(SpanIndex(row)).0 as f64,
            None => self.end.max(self.start(place)),
        }
    }

    #[inline]
    fn class(&self, place: usize) -> Option<usize> {
        let kind = self.spans.kind(SpanIndex(self.rows[place]));
        self.classes.of(kind).map(|class| class as usize)
    }

    #[inline]
    fn is_wait_to_run(&self, place: usize) -> bool {
        let kind = self.spans.kind(SpanIndex(self.rows[place]));
        kind.state() == SpanState::Runnable
    }

    fn blocks(&self) -> Option<SequenceBlocks<'_, OWN_CLASSES>> {
        self.blocks
    }
}

/// What ran on a proc.
#[derive(Clone, Copy)]
pub struct ProcTrack<'a> {
    trace: &'a Trace,
    classes: &'a Classes,
    ends: &'a [u8],
    /// The rows of the span table that ran on it.
    pub rows: &'a [u32],
    blocks: Option<SequenceBlocks<'a, PROC_CLASSES>>,
}

impl<'a> ProcTrack<'a> {
    /// The track of a proc.
    pub fn new(trace: &'a Trace, levels: &'a Levels, proc: ProcIndex) -> Self {
        let rows = trace.procs.ran(proc);
        Self {
            trace,
            classes: &levels.classes,
            ends: levels.proc_ends(proc, rows.len()),
            rows,
            blocks: levels.proc_blocks(proc),
        }
    }
}

impl Track<PROC_CLASSES> for ProcTrack<'_> {
    #[inline]
    fn len(&self) -> usize {
        self.rows.len()
    }

    #[inline]
    fn start(&self, place: usize) -> f64 {
        self.trace.spans.start(SpanIndex(self.rows[place])).0 as f64
    }

    #[inline]
    fn end(&self, place: usize) -> f64 {
        let end = end_of_row(self.trace, self.rows[place], self.ends[place]);
        let end = end.max(self.start(place));
        // A damaged trace may have two spans on a proc at once.
        if place + 1 < self.rows.len() {
            end.min(self.start(place + 1))
        } else {
            end
        }
    }

    #[inline]
    fn class(&self, place: usize) -> Option<usize> {
        let span = SpanIndex(self.rows[place]);
        let class = self.classes.of(self.trace.spans.kind(span))?;
        let worker = self
            .classes
            .is_worker(self.trace, self.trace.spans.goroutine(span));
        Some(proc_class(class, worker))
    }

    const HAS_WAITS: bool = false;

    fn is_wait_to_run(&self, _: usize) -> bool {
        false
    }

    fn blocks(&self) -> Option<SequenceBlocks<'_, PROC_CLASSES>> {
        self.blocks
    }
}
