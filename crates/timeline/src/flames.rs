//! A goroutine's stacks over time: what is known of them from CPU samples and from the stacks at which it blocked.
//!
//! While it waits, is in a system call or waits for a proc, its stack is the one with which it left its proc. While it
//! runs, a sample holds until the next one or until it stops; before the first one those frames hold that the stack
//! before and the stack after have in common, and the root at least. What is deduced so is marked as such.

use tracepane_model::{
    Cause, FrameRef, GoroutineIndex, SpanIndex, SpanState, StackRef, StringRef, Trace,
};

use crate::levels::Levels;

/// No more rows than this are shown; the last one says how much deeper it goes.
pub const MAX_FRAME_ROWS: u16 = 24;

/// Units that are summed up together, on each level.
const BLOCK: usize = 16;

/// Up to so many units or blocks are looked at one by one.
const FEW: usize = 2 * BLOCK;

/// Frames of a stack from its root on.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Path {
    /// The stack.
    pub stack: StackRef,
    /// How many of its frames, from the root.
    pub depth: u16,
}

impl Path {
    /// Nothing is known.
    pub const NONE: Self = Self {
        stack: StackRef::NONE,
        depth: 0,
    };

    /// All of a stack.
    pub fn whole(trace: &Trace, stack: StackRef) -> Self {
        let depth = trace.stacks.get(stack).len().min(usize::from(u16::MAX)) as u16;
        Self { stack, depth }
    }

    /// Its first frames.
    fn first(self, frames: u16) -> Self {
        Self {
            depth: self.depth.min(frames),
            ..self
        }
    }

    /// The frame that many frames below the root.
    pub fn frame(self, trace: &Trace, depth: u16) -> Option<FrameRef> {
        let frames = trace.stacks.get(self.stack);
        let at = frames.len().checked_sub(1 + usize::from(depth))?;
        (depth < self.depth).then(|| frames[at])
    }

    /// How many functions both have in common, from the root.
    pub fn common(self, trace: &Trace, other: Self) -> u16 {
        let most = self.depth.min(other.depth);
        if self.stack == other.stack {
            return most;
        }
        let functions = |path: Self| {
            let frames = trace.stacks.get(path.stack).iter().rev();
            frames.map(|&frame| trace.stacks.frame(frame).function)
        };
        let both = functions(self)
            .zip(functions(other))
            .take(usize::from(most));
        both.take_while(|(a, b)| a == b).count() as u16
    }

    /// The function that many frames below the root.
    pub fn function(self, trace: &Trace, depth: u16) -> Option<StringRef> {
        let frame = self.frame(trace, depth)?;
        Some(trace.stacks.frame(frame).function)
    }
}

/// What is known of a stretch of time.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Known {
    /// What all of it has in common.
    pub path: Path,
    /// How deep it goes at most.
    pub most: u16,
    /// Some of it is deduced, from samples or from what is before and after.
    pub deduced: bool,
}

impl Known {
    fn certain(path: Path) -> Self {
        Self {
            path,
            most: path.depth,
            deduced: false,
        }
    }

    fn deduced(path: Path) -> Self {
        Self {
            deduced: true,
            ..Self::certain(path)
        }
    }

    /// Both together; a stretch of which nothing is known says nothing.
    pub fn and(self, trace: &Trace, other: Self) -> Self {
        if self.most == 0 {
            return other;
        }
        if other.most == 0 {
            return self;
        }
        let common = self.path.common(trace, other.path);
        Self {
            path: self.path.first(common),
            most: self.most.max(other.most),
            deduced: self.deduced || other.deduced,
        }
    }
}

/// A part of a span with one stack.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Piece {
    /// From when on, ns.
    pub start: f64,
    /// Until when, ns.
    pub end: f64,
    /// What is known of it.
    pub known: Known,
    /// The row of the sample table that tells it.
    pub sample: Option<u32>,
}

/// The stacks of one goroutine, summed up so that any stretch of time costs a few looks.
#[derive(Clone, Debug)]
pub struct Flames {
    goroutine: GoroutineIndex,
    /// How deep the deepest stack is.
    deepest: u16,
    /// What blocks of 16 spans have in common, of 16 such blocks, and so on.
    levels: Vec<Vec<Known>>,
}

impl Flames {
    /// Sums up the stacks of a goroutine: one pass over its spans and samples.
    pub fn new(trace: &Trace, levels: &Levels, goroutine: GoroutineIndex) -> Self {
        let spans = trace.goroutines.spans(goroutine).len();
        let reader = Reader::new(trace, levels, goroutine);
        let mut blocks: Vec<Known> = Vec::with_capacity(spans.div_ceil(BLOCK));
        let mut block = Known::default();
        for place in 0..spans {
            block = block.and(trace, reader.span(place));
            if (place + 1).is_multiple_of(BLOCK) || place + 1 == spans {
                blocks.push(std::mem::take(&mut block));
            }
        }
        let deepest = blocks.iter().map(|block| block.most).max();
        let mut all = vec![blocks];
        while let Some(last) = all.last().filter(|last| last.len() > FEW) {
            let up = last.chunks(BLOCK).map(|blocks| {
                let sum = |sum: Known, block: &Known| sum.and(trace, *block);
                blocks.iter().fold(Known::default(), sum)
            });
            let up = up.collect();
            all.push(up);
        }
        Self {
            goroutine,
            deepest: deepest.unwrap_or(0),
            levels: all,
        }
    }

    /// Whose they are.
    pub fn goroutine(&self) -> GoroutineIndex {
        self.goroutine
    }

    /// How many rows they take.
    pub fn rows(&self) -> u16 {
        self.deepest.min(MAX_FRAME_ROWS)
    }

    /// How deep the deepest stack is.
    pub fn deepest(&self) -> u16 {
        self.deepest
    }

    /// How many rows show frames; if there are deeper ones the last row says so.
    pub fn frame_rows(&self) -> u16 {
        match self.deepest > MAX_FRAME_ROWS {
            true => MAX_FRAME_ROWS - 1,
            false => self.deepest,
        }
    }

    /// What the spans at these places of the goroutine have in common. Of many it may be what they have in common
    /// with some before and after them: never more than what holds.
    pub fn over(&self, reader: &Reader<'_>, places: std::ops::Range<usize>) -> Known {
        let trace = reader.trace;
        let (mut from, mut to) = (places.start, places.end);
        if to.saturating_sub(from) <= FEW {
            let spans = (from..to).map(|place| reader.span(place));
            return spans.fold(Known::default(), |sum, span| sum.and(trace, span));
        }
        let mut level = 0;
        loop {
            (from, to) = (from / BLOCK, to.div_ceil(BLOCK));
            let Some(blocks) = self.levels.get(level) else {
                return Known::default();
            };
            if to - from <= FEW || level + 1 == self.levels.len() {
                let blocks = blocks.get(from..to.min(blocks.len())).unwrap_or_default();
                let sum = |sum: Known, block: &Known| sum.and(trace, *block);
                return blocks.iter().fold(Known::default(), sum);
            }
            level += 1;
        }
    }

    /// Bytes held.
    pub fn heap_bytes(&self) -> usize {
        let levels = self.levels.iter();
        levels
            .map(|level| level.capacity() * size_of::<Known>())
            .sum()
    }
}

/// Reads what is known of a goroutine's spans.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    trace: &'a Trace,
    rows: &'a [u32],
    samples: &'a [u32],
}

impl<'a> Reader<'a> {
    /// For one goroutine.
    pub fn new(trace: &'a Trace, levels: &'a Levels, goroutine: GoroutineIndex) -> Self {
        Self {
            trace,
            rows: trace.goroutines.spans(goroutine),
            samples: levels.samples_of(goroutine),
        }
    }

    fn state(&self, place: usize) -> Option<SpanState> {
        let row = *self.rows.get(place)?;
        Some(self.trace.spans.kind(SpanIndex(row)).state())
    }

    /// The goroutine's own stack when the span at a place began, if the trace has it.
    fn own_stack(&self, place: usize) -> Option<StackRef> {
        let span = SpanIndex(*self.rows.get(place)?);
        let spans = &self.trace.spans;
        let own = match spans.kind(span).state() {
            // A life that begins blocked has its creator's stack.
            SpanState::Waiting => !matches!(spans.cause(span), Cause::Goroutine(_)),
            SpanState::Syscall | SpanState::SyscallBlocked => true,
            // Preempted; else it is the waker's.
            SpanState::Runnable => {
                let before = place.checked_sub(1).and_then(|before| self.state(before));
                before == Some(SpanState::Running)
            }
            SpanState::Running | SpanState::Dead => false,
        };
        Some(spans.stack(span)).filter(|stack| own && stack.is_some())
    }

    /// The stack with which it last left its proc before the span at a place, in the same life.
    fn stack_before(&self, place: usize) -> Option<StackRef> {
        // A wait, a wait to run, then the run: three back at most, four with a system call that blocked.
        for before in (place.saturating_sub(4)..place).rev() {
            if let Some(stack) = self.own_stack(before) {
                return Some(stack);
            }
            match self.state(before) {
                // It ran in between: what was before does not hold any more.
                Some(SpanState::Running) if before + 1 < place => return None,
                Some(SpanState::Dead) | None => return None,
                _ => {}
            }
        }
        None
    }

    /// What holds of the span at a place without samples.
    fn without_samples(&self, place: usize) -> Known {
        let trace = self.trace;
        let whole = |stack| Path::whole(trace, stack);
        match self.state(place) {
            None | Some(SpanState::Dead) => Known::default(),
            Some(SpanState::Running) => {
                let before = self.stack_before(place).map(whole);
                let after = self.own_stack(place + 1).map(whole);
                Known::deduced(match (before, after) {
                    (Some(before), Some(after)) => before.first(before.common(trace, after).max(1)),
                    // The root is there as long as it lives.
                    (Some(one), None) | (None, Some(one)) => one.first(1),
                    (None, None) => Path::NONE,
                })
            }
            Some(SpanState::Runnable) => {
                let stack = self.own_stack(place).or_else(|| self.stack_before(place));
                stack.map_or(Known::default(), |stack| Known::certain(whole(stack)))
            }
            Some(_) => {
                let stack = self.own_stack(place);
                stack.map_or(Known::default(), |stack| Known::certain(whole(stack)))
            }
        }
    }

    fn times(&self, place: usize) -> (f64, f64) {
        let start = |row: u32| self.trace.spans.start(SpanIndex(row)).0 as f64;
        let from = self.rows.get(place).map_or(0.0, |&row| start(row));
        let end = match self.rows.get(place + 1) {
            Some(&next) => start(next),
            None => self.trace.end.0 as f64,
        };
        (from, end.max(from))
    }

    /// The samples taken while the span at a place lasted, if it ran: places in the goroutine's samples.
    fn samples_in(&self, place: usize) -> std::ops::Range<usize> {
        if self.samples.is_empty() || self.state(place) != Some(SpanState::Running) {
            return 0..0;
        }
        let (start, end) = self.times(place);
        let at = |time| {
            self.samples
                .partition_point(|&row| self.sample_time(row) < time)
        };
        at(start)..at(end)
    }

    fn sample_time(&self, row: u32) -> f64 {
        self.trace.samples.at(row as usize).time.0 as f64
    }

    fn sampled(&self, row: u32) -> Known {
        let stack = self.trace.samples.at(row as usize).stack;
        Known::deduced(Path::whole(self.trace, stack))
    }

    /// What is known of all of the span at a place.
    pub fn span(&self, place: usize) -> Known {
        let samples = self.samples_in(place);
        let first = self.before_samples(place, &samples);
        let samples = self.samples[samples].iter();
        samples.fold(first, |sum, &row| sum.and(self.trace, self.sampled(row)))
    }

    /// What holds of a span until its first sample.
    fn before_samples(&self, place: usize, samples: &std::ops::Range<usize>) -> Known {
        let known = self.without_samples(place);
        if samples.is_empty() {
            return known;
        }
        let first = self.sampled(self.samples[samples.start]);
        match self.stack_before(place) {
            Some(before) => {
                let before = Path::whole(self.trace, before);
                let common = before.common(self.trace, first.path).max(1);
                Known::deduced(before.first(common))
            }
            None => Known::deduced(first.path.first(1)),
        }
    }

    /// The pieces of the span at a place that touch `from..to` (ns), in time order; no more than `most` of one stretch
    /// of `apart` ns.
    pub fn pieces(
        &self,
        place: usize,
        (from, to): (f64, f64),
        apart: f64,
        mut emit: impl FnMut(Piece),
    ) {
        let (start, end) = self.times(place);
        let samples = self.samples_in(place);
        if samples.is_empty() {
            return emit(Piece {
                start,
                end,
                known: self.without_samples(place),
                sample: None,
            });
        }
        let time = |at: usize| match samples.contains(&at) {
            true => self.sample_time(self.samples[at]),
            false => end,
        };
        if from < time(samples.start) {
            emit(Piece {
                start,
                end: time(samples.start),
                known: self.before_samples(place, &samples),
                sample: None,
            });
        }
        let within = &self.samples[samples.clone()];
        let after = |time: f64| within.partition_point(|&row| self.sample_time(row) <= time);
        let mut at = samples.start + after(from).saturating_sub(1);
        let (mut stretch, mut count) = (f64::NEG_INFINITY, 0);
        while at < samples.end && time(at) < to {
            let begun = time(at);
            if begun >= stretch + apart {
                (stretch, count) = (begun, 0);
            }
            count += 1;
            if count > FEW {
                // More than can be seen: on to the next stretch.
                let next = samples.start + after(stretch + apart);
                if next > at {
                    at = next;
                    continue;
                }
            }
            emit(Piece {
                start: begun,
                end: time(at + 1),
                known: self.sampled(self.samples[at]),
                sample: Some(self.samples[at]),
            });
            at += 1;
        }
    }

    /// The piece that the span at a place has at `time`.
    pub fn piece_at(&self, place: usize, time: f64) -> Option<Piece> {
        let mut found = None;
        let (start, end) = self.times(place);
        let time = time.clamp(start, end);
        self.pieces(place, (time, time + 1.0), f64::INFINITY, |piece| {
            if found.is_none() || piece.start <= time {
                found = Some(piece);
            }
        });
        found
    }

    /// From when to when the frame that many frames below the root lasts around a span, as far as `most` spans before
    /// and after; `None` if it may be longer.
    pub fn extent(
        &self,
        place: usize,
        piece: &Piece,
        depth: u16,
        most: usize,
    ) -> Option<(f64, f64)> {
        let holds = |known: Known| {
            known.path.common(self.trace, piece.known.path) > depth && known.path.depth > depth
        };
        let (mut start, mut end) = (piece.start, piece.end);
        // Within the span.
        let (span_start, span_end) = self.times(place);
        let mut pieces = Vec::new();
        self.pieces(place, (span_start, span_end), f64::INFINITY, |piece| {
            pieces.push(piece)
        });
        let at = pieces.iter().position(|other| other.start == piece.start)?;
        let (before, after) = (&pieces[..at], &pieces[at + 1..]);
        let left = before.iter().rev().take_while(|piece| holds(piece.known));
        start = left.last().map_or(start, |piece| piece.start);
        let right = after.iter().take_while(|piece| holds(piece.known));
        end = right.last().map_or(end, |piece| piece.end);
        if start <= span_start {
            let mut left = (place.saturating_sub(most)..place).rev();
            let first = left.find(|&place| !holds(self.span(place)));
            match first {
                Some(first) => start = self.times(first).1,
                None if place <= most => start = self.times(0).0,
                None => return None,
            }
        }
        if end >= span_end {
            let last = self.rows.len().min(place + 1 + most);
            match (place + 1..last).find(|&place| !holds(self.span(place))) {
                Some(after) => end = self.times(after).0,
                None if last == self.rows.len() => end = self.trace.end.0 as f64,
                None => return None,
            }
        }
        Some((start, end))
    }
}

#[cfg(test)]
mod tests;
