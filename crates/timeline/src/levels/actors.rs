//! What ran on a proc or a thread: its spans in blocks, and where each of them ends.

use tracepane_model::{Nanos, SpanIndex, Trace};

use super::NONE;
use super::blocks::{Blocks, Filler, MIN_SPANS, Progress, SequenceBlocks};
use super::rows_by::RowsBy;

/// A span lasts until the trace's end.
const OPEN: u8 = 0;

/// Where a span ends has to be looked up.
const FAR: u8 = 255;

/// The levels of detail of all procs, or of all threads.
#[derive(Clone, Default, PartialEq, Debug)]
pub struct ActorLevels<const W: usize> {
    blocks: Blocks<W>,
    /// By actor: its sequence in `blocks`, or NONE.
    sequence_of: Vec<u32>,
    /// For each of their spans: how many rows of the span table further its goroutine's next span is.
    ends: Vec<u8>,
    /// Where each actor's spans begin in `ends`; one more entry than actors.
    ends_of: Vec<u32>,
}

impl<const W: usize> ActorLevels<W> {
    /// The blocks of an actor's spans, if it has many.
    pub fn blocks(&self, actor: u32) -> Option<SequenceBlocks<'_, W>> {
        self.blocks.of(*self.sequence_of.get(actor as usize)?)
    }

    /// How many rows of the span table further the goroutine's next span is, for each of an actor's spans.
    pub fn ends(&self, actor: u32) -> &[u8] {
        let i = actor as usize;
        match (self.ends_of.get(i), self.ends_of.get(i + 1)) {
            (Some(&first), Some(&end)) => &self.ends[first as usize..end as usize],
            _ => &[],
        }
    }

    /// Bytes held.
    pub fn heap_bytes(&self) -> usize {
        self.blocks.heap_bytes()
            + self.sequence_of.capacity() * 4
            + self.ends.capacity()
            + self.ends_of.capacity() * 4
    }
}

/// When the span at `row` ends, which is `further` rows before its goroutine's next one.
#[inline]
pub fn end_of_row(trace: &Trace, row: u32, further: u8) -> f64 {
    let end = match further {
        OPEN => trace.end,
        FAR => far_end(trace, row),
        further => trace.spans.start(SpanIndex(row + u32::from(further))),
    };
    end.0 as f64
}

/// When the span at `row` ends, if that is far.
#[cold]
fn far_end(trace: &Trace, row: u32) -> Nanos {
    let rows = trace
        .goroutines
        .spans(trace.spans.goroutine(SpanIndex(row)));
    match rows.get(place_after(rows, row)) {
        Some(&next) => trace.spans.start(SpanIndex(next)),
        None => trace.end,
    }
}

/// The place of the first of `rows` after `row`. A goroutine's rows are spread evenly, mostly: guess, then look near.
fn place_after(rows: &[u32], row: u32) -> usize {
    let (Some(&first), Some(&last)) = (rows.first(), rows.last()) else {
        return 0;
    };
    let (mut low, mut high) = (0, rows.len());
    if row > first && row < last {
        let part = f64::from(row - first) / f64::from(last - first);
        let guess = (part * rows.len() as f64) as usize;
        let mut step = 16;
        if rows[guess.min(rows.len() - 1)] <= row {
            low = guess;
            while low + step < high && rows[low + step] <= row {
                low += step;
                step *= 2;
            }
            high = (low + step).min(high);
        } else {
            high = guess + 1;
            while high > step && rows[high - step] > row {
                high -= step;
                step *= 2;
            }
            low = high.saturating_sub(step);
        }
    }
    low + rows[low..high].partition_point(|&r| r <= row)
}

/// The procs or threads while the span table is read.
pub(super) struct ActorPass<'a, const W: usize> {
    actors: Vec<Actor<'a, W>>,
    blocks: Filler<W>,
    ends: Vec<u8>,
}

/// A proc or thread while the span table is read.
struct Actor<'a, const W: usize> {
    /// Its rows.
    ran: &'a [u32],
    /// How many of them there were so far.
    place: u32,
    /// Where its spans begin in the ends.
    first: u32,
    /// Its sequence in the blocks, or NONE.
    sequence: u32,
    progress: Progress<W>,
}

/// A span of a proc or thread that goes on.
#[derive(Clone, Copy)]
pub(super) struct OpenSpan {
    actor: u32,
    /// Its place in the ends.
    place: u32,
    row: u32,
}

impl OpenSpan {
    /// No span.
    pub const NONE: Self = Self {
        actor: NONE,
        place: 0,
        row: 0,
    };

    /// Whether it is one.
    #[inline(always)]
    pub fn is_some(self) -> bool {
        self.actor != NONE
    }

    /// On whom, or NONE.
    #[inline(always)]
    pub fn actor(self) -> u32 {
        self.actor
    }
}

impl<'a, const W: usize> ActorPass<'a, W> {
    /// `ran` tells the rows of each actor.
    pub fn new(actors: usize, ran: impl Fn(u32) -> &'a [u32]) -> Self {
        let mut lengths = Vec::new();
        let mut total = 0;
        let actors = (0..actors as u32)
            .map(|actor| {
                let ran = ran(actor);
                let first = total as u32;
                total += ran.len();
                let mut sequence = NONE;
                if ran.len() >= MIN_SPANS {
                    sequence = lengths.len() as u32;
                    lengths.push(ran.len());
                }
                Actor {
                    ran,
                    place: 0,
                    first,
                    sequence,
                    progress: Progress::default(),
                }
            })
            .collect();
        Self {
            actors,
            blocks: Filler::new(lengths.into_iter()),
            ends: vec![OPEN; total],
        }
    }

    /// A span begins on an actor; [`OpenSpan::NONE`] if the actor does not list it.
    #[inline(always)]
    pub fn begin(&mut self, trace: &Trace, actor: u32, row: SpanIndex, time: i64) -> OpenSpan {
        let number = actor;
        let Some(actor) = self.actors.get_mut(number as usize) else {
            return OpenSpan::NONE;
        };
        let place = actor.place;
        if actor.ran.get(place as usize) != Some(&row.0) {
            return OpenSpan::NONE;
        }
        actor.place += 1;
        if let Some(block) = actor.progress.begin(time)
            && actor.sequence != NONE
        {
            let ran = actor.ran;
            self.blocks
                .begin_block(actor.sequence, &mut actor.progress, block, time, |place| {
                    let row = ran[place.min(ran.len() - 1)];
                    trace.spans.start(SpanIndex(row)).0
                });
        }
        OpenSpan {
            actor: number,
            place: actor.first + place,
            row: row.0,
        }
    }

    /// A span ends at `time`, where its goroutine's next one begins, which is `row`. `length`: how long it was.
    #[inline(always)]
    pub fn end(&mut self, span: OpenSpan, class: usize, length: i64, time: i64, row: SpanIndex) {
        let Some(actor) = self.actors.get_mut(span.actor as usize) else {
            return;
        };
        actor.progress.add(class, length);
        actor.progress.stop(time);
        if let Some(end) = self.ends.get_mut(span.place as usize) {
            *end = (row.0 - span.row).min(u32::from(FAR)) as u8;
        }
    }

    /// All spans were told.
    pub fn finish(self) -> ActorLevels<W> {
        let mut ends_of: Vec<u32> = self.actors.iter().map(|actor| actor.first).collect();
        ends_of.push(self.ends.len() as u32);
        ActorLevels {
            blocks: self.blocks.finish(),
            sequence_of: self.actors.iter().map(|actor| actor.sequence).collect(),
            ends: self.ends,
            ends_of,
        }
    }
}

/// The logs while the span table is read: on which proc or thread each was written.
pub(super) struct LogPass {
    next_time: i64,
    /// By log: the actor, or NONE.
    actors: Vec<u32>,
}

impl LogPass {
    pub fn new(trace: &Trace) -> Self {
        let mut pass = Self {
            next_time: i64::MAX,
            actors: Vec::with_capacity(trace.logs.len()),
        };
        pass.look_ahead(trace);
        pass
    }

    fn look_ahead(&mut self, trace: &Trace) {
        let next = trace.logs.get(self.actors.len());
        self.next_time = next.map_or(i64::MAX, |log| log.time.0);
    }

    /// Something changes at `time`; until then, `actor` told where each goroutine was.
    #[inline(always)]
    pub fn until(&mut self, trace: &Trace, time: Nanos, actor: impl Fn(usize) -> u32) {
        if self.next_time < time.0 {
            self.pass(trace, time, actor);
        }
    }

    #[cold]
    fn pass(&mut self, trace: &Trace, time: Nanos, actor: impl Fn(usize) -> u32) {
        while let Some(log) = trace.logs.get(self.actors.len())
            && log.time < time
        {
            self.actors.push(log.goroutine.get().map_or(NONE, &actor));
        }
        self.look_ahead(trace);
    }

    /// Nothing changes any more: the logs by actor.
    pub fn finish(mut self, trace: &Trace, actors: usize, actor: impl Fn(usize) -> u32) -> RowsBy {
        self.pass(trace, Nanos(i64::MAX), actor);
        RowsBy::new(actors, self.actors.len(), |row| {
            Some(self.actors[row as usize] as usize)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_after_a_row_is_found_however_rows_are_spread() {
        let even: Vec<u32> = (0..5000).map(|i| i * 7).collect();
        let bunched: Vec<u32> = (0..3000).chain([1 << 20, 1 << 30, u32::MAX]).collect();
        for rows in [&even[..], &bunched, &[4], &[]] {
            for row in (0..36_000)
                .step_by(13)
                .chain([0, 1 << 20, 1 << 25, u32::MAX])
            {
                let expected = rows.partition_point(|&r| r <= row);
                assert_eq!(place_after(rows, row), expected, "{row}");
            }
        }
    }
}
