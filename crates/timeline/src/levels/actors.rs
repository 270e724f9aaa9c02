//! What ran on a proc or a thread: its spans in blocks, and where each of them ends.

use std::ops::Range;

use tracepane_model::{LogRow, Nanos, SpanIndex, Trace};

use super::NONE;
use super::blocks::{Blocks, Filler, MIN_SPANS, SequenceBlocks};
use super::bytes::{Put, Take};
use super::rows_by::RowsBy;
use super::stretch::Stretch;

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
    match row_after(trace, row) {
        Some(next) => trace.spans.start(SpanIndex(next)),
        None => trace.end,
    }
}

/// The next row of a row's goroutine.
fn row_after(trace: &Trace, row: u32) -> Option<u32> {
    let goroutine = trace.spans.goroutine(SpanIndex(row));
    let rows = trace.goroutines.spans(goroutine);
    rows.get(place_after(rows, row)).copied()
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
    actors: Vec<Actor<'a>>,
    stretch: &'a Stretch,
    blocks: Filler<W>,
    ends: Vec<u8>,
    /// Ends of spans that began before these rows.
    late_ends: Vec<(OpenSpan, u8)>,
}

/// A proc or thread while the span table is read.
struct Actor<'a> {
    /// Its rows.
    ran: &'a [u32],
    /// How many of them there were so far.
    place: u32,
    /// How many of them are not among the ends, as they come before.
    before: u32,
    /// Where its spans begin in the ends.
    first: u32,
    /// Its sequence in the blocks, or NONE.
    sequence: u32,
}

/// A span of a proc or thread that goes on.
#[derive(Clone, Copy)]
pub(super) struct OpenSpan {
    actor: u32,
    /// Its place among the actor's rows.
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

    /// As numbers.
    pub fn numbers(self) -> [u32; 3] {
        [self.actor, self.place, self.row]
    }

    /// Of its [`Self::numbers`].
    pub fn of_numbers([actor, place, row]: [u32; 3]) -> Self {
        Self { actor, place, row }
    }
}

impl<'a, const W: usize> ActorPass<'a, W> {
    /// `ran` tells the rows of each actor; before some rows of the trace.
    pub fn new(
        trace: &Trace,
        stretch: &'a Stretch,
        actors: usize,
        ran: impl Fn(u32) -> &'a [u32],
    ) -> Self {
        let mut places = Vec::new();
        let mut total = 0;
        let actors: Vec<Actor<'_>> = (0..actors as u32)
            .map(|actor| {
                let ran = ran(actor);
                let own = stretch.places(ran);
                let (place, first) = (own.start as u32, total as u32);
                total += own.len();
                let mut sequence = NONE;
                if stretch.rows_on(actor, ran.len()) >= MIN_SPANS {
                    sequence = places.len() as u32;
                    places.push(own);
                }
                Actor {
                    ran,
                    place,
                    before: place,
                    first,
                    sequence,
                }
            })
            .collect();
        let mut blocks = Filler::new(places.into_iter());
        for actor in &actors {
            let last = actor.place.checked_sub(1).map(|i| actor.ran[i as usize]);
            if let Some(last) = last
                && let Some(progress) = blocks.progress.get_mut(actor.sequence as usize)
                && let Some(next) = row_after(trace, last)
                && (next as usize) < stretch.rows.start
            {
                progress.stop(trace.spans.start(SpanIndex(next)).0);
            }
        }
        Self {
            actors,
            stretch,
            blocks,
            ends: vec![OPEN; total],
            late_ends: Vec::new(),
        }
    }

    /// The span that began in this row on an actor, before all that are told.
    pub fn open(&self, actor: u32, row: SpanIndex) -> OpenSpan {
        let ran = self.actors.get(actor as usize).map(|actor| actor.ran);
        match ran.and_then(|ran| ran.binary_search(&row.0).ok()) {
            Some(place) => OpenSpan {
                actor,
                place: place as u32,
                row: row.0,
            },
            None => OpenSpan::NONE,
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
        if let Some(progress) = self.blocks.progress.get_mut(actor.sequence as usize)
            && let Some(block) = progress.begin(time)
        {
            let ran = actor.ran;
            self.blocks
                .begin_block(actor.sequence, block, time, |place| {
                    let start = self.stretch.start_on(trace, number, ran, place);
                    start.unwrap_or(time)
                });
        }
        OpenSpan {
            actor: number,
            place,
            row: row.0,
        }
    }

    /// A span ends at `time`, where its goroutine's next one begins, which is `row`. `length`: how long it was.
    #[inline(always)]
    pub fn end(&mut self, span: OpenSpan, class: usize, length: i64, time: i64, row: SpanIndex) {
        let Some(actor) = self.actors.get_mut(span.actor as usize) else {
            return;
        };
        if let Some(progress) = self.blocks.progress.get_mut(actor.sequence as usize) {
            progress.add(class, length);
            // Not if another one has begun since, which goes on.
            if span.place + 1 == actor.place {
                progress.stop(time);
            }
        }
        let further = (row.0 - span.row).min(u32::from(FAR)) as u8;
        let place = span.place.wrapping_sub(actor.before);
        match self.ends.get_mut(actor.first.wrapping_add(place) as usize) {
            Some(end) if span.place >= actor.before => *end = further,
            _ => self.late_ends.push((span, further)),
        }
    }

    /// What was told.
    pub fn told(self) -> ToldActors<W> {
        let actors = self.actors.iter().map(|actor| ToldActor {
            place: actor.place,
            before: actor.before,
            first: actor.first,
            sequence: actor.sequence,
        });
        ToldActors {
            actors: actors.collect(),
            blocks: self.blocks,
            ends: self.ends,
            late_ends: self.late_ends,
        }
    }
}

/// What was told of procs or threads: [`ActorPass`] without the trace.
pub(super) struct ToldActors<const W: usize> {
    actors: Vec<ToldActor>,
    blocks: Filler<W>,
    ends: Vec<u8>,
    late_ends: Vec<(OpenSpan, u8)>,
}

/// What was told of a proc or thread: as in [`Actor`].
struct ToldActor {
    place: u32,
    before: u32,
    first: u32,
    sequence: u32,
}

impl<const W: usize> ToldActors<W> {
    /// Goes on with what comes behind all that is here, where all was to be told.
    pub fn follow(&mut self, next: Self) {
        for (to, from) in self.actors.iter_mut().zip(&next.actors) {
            let count = (from.place - from.before) as usize;
            let first = (to.first + from.before) as usize;
            let from_first = from.first as usize;
            self.ends[first..first + count]
                .copy_from_slice(&next.ends[from_first..from_first + count]);
            to.place = from.place;
        }
        for (span, further) in next.late_ends {
            let actor = self.actors.get(span.actor as usize);
            let place = actor.map_or(NONE, |actor| actor.first + span.place);
            if let Some(end) = self.ends.get_mut(place as usize) {
                *end = further;
            }
        }
        self.blocks.follow(next.blocks);
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

    /// Writes it; nothing was told before.
    pub fn put(&self, to: &mut Put<'_>) {
        debug_assert!(self.late_ends.is_empty());
        let told: Vec<u32> = self.actors.iter().map(|actor| actor.place).collect();
        to.short(&told);
        to.parts(&self.ends, &self.places(&told), u8::to_le_bytes);
        self.blocks.put(to);
    }

    /// Takes what [`Self::put`] wrote, where nothing was told and all was to be; `None` if it does not fit.
    pub fn take(&mut self, from: &mut Take<'_>) -> Option<()> {
        let told = from.short()?;
        let firsts = self.actors.iter().skip(1).map(|actor| actor.first);
        let ends = firsts.chain([self.ends.len() as u32]);
        let mut room = self.actors.iter().zip(ends).zip(&told);
        let fits = |((actor, end), &told): ((&ToldActor, u32), &u32)| told <= end - actor.first;
        if told.len() > self.actors.len() || !room.all(fits) {
            return None;
        }
        let places = self.places(&told);
        from.parts(&mut self.ends, &places, u8::from_le_bytes)?;
        for (actor, &told) in self.actors.iter_mut().zip(&told) {
            actor.place = told;
        }
        self.blocks.take(from)
    }

    /// Where the ends of so many first spans of each actor are.
    fn places(&self, told: &[u32]) -> Vec<Range<usize>> {
        let actors = self.actors.iter().zip(told);
        let places = actors.map(|(actor, &told)| {
            let first = actor.first as usize;
            first..first + told as usize
        });
        places.collect()
    }
}

/// The logs while the span table is read: on which proc or thread each was written.
pub(super) struct LogPass {
    /// The first of them that is told.
    first: usize,
    next_time: i64,
    /// By log: the actor, or NONE.
    actors: Vec<u32>,
}

impl LogPass {
    /// Before some rows of the trace.
    pub fn new(trace: &Trace, stretch: &Stretch) -> Self {
        let mut pass = Self {
            first: 0,
            next_time: i64::MAX,
            actors: Vec::new(),
        };
        if !stretch.is_first() {
            let start = trace.spans.start(SpanIndex(stretch.rows.start as u32));
            pass.first = trace.logs.partition_point(|log| log.time < start);
        }
        pass.look_ahead(trace);
        pass
    }

    fn next(&self, trace: &Trace) -> Option<LogRow> {
        trace.logs.get(self.first + self.actors.len())
    }

    fn look_ahead(&mut self, trace: &Trace) {
        let next = self.next(trace);
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
        while let Some(log) = self.next(trace)
            && log.time < time
        {
            self.actors.push(log.goroutine.get().map_or(NONE, &actor));
        }
        self.look_ahead(trace);
    }

    /// Goes on with the logs behind some rows; until then, `actor` tells where each goroutine was.
    pub fn follow(&mut self, trace: &Trace, next: Self, actor: impl Fn(usize) -> u32) {
        while self.actors.len() < next.first
            && let Some(log) = self.next(trace)
        {
            self.actors.push(log.goroutine.get().map_or(NONE, &actor));
        }
        self.actors.extend(next.actors);
        self.look_ahead(trace);
    }

    /// Writes what was told of the first logs.
    pub fn put(&self, to: &mut Put<'_>) {
        debug_assert_eq!(self.first, 0);
        to.short(&self.actors);
    }

    /// Reads what [`Self::put`] wrote; `None` if it is none.
    pub fn take(from: &mut Take<'_>) -> Option<Self> {
        Some(Self {
            first: 0,
            next_time: i64::MAX,
            actors: from.short()?,
        })
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
