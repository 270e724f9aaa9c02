//! The spans of a goroutine, of a proc and of a thread as [`Track`]s.

use tracepane_model::{GoroutineIndex, ProcIndex, SpanIndex, SpanState, Spans, ThreadIndex, Trace};

use crate::class::{Classes, OWN_CLASSES};
use crate::draw::walk::Track;
use crate::levels::actors::end_of_row;
use crate::levels::blocks::SequenceBlocks;
use crate::levels::threads::{THREAD_CLASSES, ThreadLevels, thread_class};
use crate::levels::{Levels, PROC_CLASSES, proc_class};

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

/// What ran on a proc or a thread.
#[derive(Clone, Copy)]
pub struct ActorTrack<'a, const W: usize> {
    trace: &'a Trace,
    classes: &'a Classes,
    ends: &'a [u8],
    /// The rows of the span table that ran on it.
    pub rows: &'a [u32],
    blocks: Option<SequenceBlocks<'a, W>>,
}

/// What ran on a proc.
pub type ProcTrack<'a> = ActorTrack<'a, PROC_CLASSES>;

/// What ran on a thread.
pub type ThreadTrack<'a> = ActorTrack<'a, THREAD_CLASSES>;

impl<'a> ProcTrack<'a> {
    /// The track of a proc.
    pub fn of_proc(trace: &'a Trace, levels: &'a Levels, proc: ProcIndex) -> Self {
        Self {
            trace,
            classes: &levels.classes,
            ends: levels.procs.ends(proc.0),
            rows: trace.procs.ran(proc),
            blocks: levels.procs.blocks(proc.0),
        }
    }
}

impl<'a> ThreadTrack<'a> {
    /// The track of a thread.
    pub fn of_thread(
        trace: &'a Trace,
        levels: &'a Levels,
        threads: &'a ThreadLevels,
        thread: ThreadIndex,
    ) -> Self {
        Self {
            trace,
            classes: &levels.classes,
            ends: threads.ends(thread),
            rows: threads.ran(thread),
            blocks: threads.blocks(thread),
        }
    }
}

impl<const W: usize> Track<W> for ActorTrack<'_, W> {
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
        Some(match W {
            PROC_CLASSES => proc_class(class, worker),
            _ => thread_class(class, worker),
        })
    }

    const HAS_WAITS: bool = false;

    fn is_wait_to_run(&self, _: usize) -> bool {
        false
    }

    fn blocks(&self) -> Option<SequenceBlocks<'_, W>> {
        self.blocks
    }
}
