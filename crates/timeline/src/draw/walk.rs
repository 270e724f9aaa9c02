//! A lane's spans → its columns: whole ones where a span is wide, shares of each class where spans are thin.

use crate::draw::dense::{Edge, Shape, walk_dense};
use crate::levels::blocks::{BLOCK, SequenceBlocks, magnitude};
use crate::scale::Columns;

/// Waits to run from this length on stay visible however little of a column they are: 1 ms.
pub const LONG_WAIT: i64 = 1_000_000;

/// Spans in time order that don't overlap, of `W` classes.
pub trait Track<const W: usize> {
    /// Whether any of its spans is a wait to run.
    const HAS_WAITS: bool;

    /// How many there are.
    fn len(&self) -> usize;
    /// When a span begins.
    fn start(&self, place: usize) -> f64;
    /// When it ends; not after the next one begins.
    fn end(&self, place: usize) -> f64;
    /// Its class, below `W`; `None` is drawn like no span at all.
    fn class(&self, place: usize) -> Option<usize>;
    /// Whether it is a wait to run.
    fn is_wait_to_run(&self, place: usize) -> bool;
    /// Running totals, if there are many spans.
    fn blocks(&self) -> Option<SequenceBlocks<'_, W>>;
}

/// What is in some columns of a lane.
#[derive(Clone, Copy, Debug)]
pub enum Piece<const W: usize> {
    /// One span, in columns `from..to`. Its pieces follow each other.
    Span {
        /// First column.
        from: usize,
        /// The column after the last.
        to: usize,
        /// Which span.
        place: usize,
    },
    /// Several, in one column.
    Mixed {
        /// The column.
        column: usize,
        /// Which part of the column's time each class has; what is missing to 1 is empty.
        shares: [f32; W],
        /// Bit `c` is set if there is any span of class `c`, even without length.
        present: u32,
        /// Whether there is a wait to run of [`LONG_WAIT`] or more.
        long_wait: bool,
    },
}

/// The place of the first span that ends after `time`, or the number of spans.
pub fn place_at<const W: usize>(track: &impl Track<W>, time: f64) -> usize {
    let (low, high) = match track.blocks() {
        Some(blocks) => {
            let block = blocks.find(0, time);
            (block * BLOCK, ((block + 1) * BLOCK).min(track.len()))
        }
        None => (0, track.len()),
    };
    place_within(track, time, low, high)
}

/// The same, known to be in `low..=high`.
pub fn place_within<const W: usize>(
    track: &impl Track<W>,
    time: f64,
    mut low: usize,
    mut high: usize,
) -> usize {
    // The last span that begins at or before `time`, or the first of all.
    let first = low;
    while low < high {
        let middle = low + (high - low) / 2;
        if track.start(middle) <= time {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    let mut place = low.saturating_sub(1).max(first);
    if place < track.len() && track.end(place) <= time {
        place += 1;
    }
    place
}

/// Tells `emit` what is in the columns, from left to right; of columns without spans it says nothing.
///
/// Costs a few spans and blocks for each column, however many there are.
pub fn walk<const W: usize>(
    track: &impl Track<W>,
    columns: &Columns,
    mut emit: impl FnMut(Piece<W>),
) {
    if track.len() == 0 {
        return;
    }
    let blocks = track.blocks();
    let mut place = place_at(track, columns.start());
    let mut column = 0;
    if place < track.len() {
        column = columns.clamped(track.start(place));
    }
    while column < columns.count && place < track.len() {
        let (from, to) = (columns.time(column), columns.time(column + 1));
        let start = track.start(place);
        if start >= to {
            column = columns.clamped(start).max(column + 1);
            continue;
        }
        let end = track.end(place);
        if start <= from && end >= to {
            let last = columns.clamped(end).max(column + 1);
            if track.class(place).is_some() {
                emit(Piece::Span {
                    from: column,
                    to: last,
                    place,
                });
            }
            column = last;
            // Its end may reach into the next column.
            if end <= columns.time(column) {
                place += 1;
                if place < track.len() && track.end(place) <= columns.time(column) {
                    place = place_at(track, columns.time(column));
                }
            }
            continue;
        }
        if let Some(blocks) = blocks
            && !has_one_edge(track, from, to, place)
            && !matches!(
                Shape::of(track, blocks, columns, place / BLOCK),
                Shape::Rough
            )
        {
            (column, place) = walk_dense(track, blocks, columns, column, place, &mut emit);
            continue;
        }
        let mut mix = Mix::new();
        place = mix.fill(track, blocks, columns, column, place);
        mix.emit(columns, column, &mut emit);
        column += 1;
        if blocks.is_some() && place == track.len() {
            // The rest of the column was taken from blocks: find out where that led.
            place = place_at(track, columns.time(column));
        }
    }
}

/// Whether only one span begins or ends within a column; `place` is the first that ends after its beginning, and
/// does not fill it.
fn has_one_edge<const W: usize>(track: &impl Track<W>, from: f64, to: f64, place: usize) -> bool {
    let end = track.end(place);
    if track.start(place) > from {
        return end >= to;
    }
    if place + 1 == track.len() {
        return true;
    }
    let next = track.start(place + 1);
    next >= to || (next <= end && track.end(place + 1) >= to)
}

/// What a column consists of.
pub struct Mix<const W: usize> {
    /// Time of each class.
    nanos: [f64; W],
    present: u32,
    /// See [`Piece::Mixed`].
    pub long_wait: bool,
    /// Spans and gaps.
    pub pieces: u32,
    /// The longest piece: its length, and its place unless it is a gap.
    largest: (f64, Option<usize>),
    /// The whole length, also outside of the column, of the shortest of the spans and gaps.
    least_whole: f64,
}

impl<const W: usize> Mix<W> {
    /// Nothing yet.
    pub fn new() -> Self {
        Self {
            nanos: [0.0; W],
            present: 0,
            long_wait: false,
            pieces: 0,
            largest: (0.0, None),
            least_whole: f64::INFINITY,
        }
    }

    /// Adds all that is in the column; `place` is the first span that ends after its beginning. Returns the first
    /// that ends after its end, or the number of spans if that is not known.
    fn fill(
        &mut self,
        track: &impl Track<W>,
        blocks: Option<SequenceBlocks<'_, W>>,
        columns: &Columns,
        column: usize,
        mut place: usize,
    ) -> usize {
        let (from, to) = (columns.time(column), columns.time(column + 1));
        let first = place;
        let mut cursor = from;
        while place < track.len() {
            if let Some(blocks) = blocks
                && place.is_multiple_of(BLOCK)
                && place > first
                && blocks.start(place / BLOCK) < to
                && !matches!(
                    Shape::of(track, blocks, columns, place / BLOCK),
                    Shape::Rough
                )
            {
                let block = place / BLOCK;
                let after = Edge::new(track, blocks, columns, block, to);
                self.add_totals(&blocks.totals(block), &after.totals);
                let last = after.block.saturating_sub(1).max(block);
                self.long_wait |= blocks.longest(block, last) >= magnitude(LONG_WAIT);
                self.pieces += 3;
                return after.place.unwrap_or(track.len());
            }
            let start = track.start(place);
            if start >= to {
                break;
            }
            if start > cursor {
                let begin = match place.checked_sub(1) {
                    Some(before) => track.end(before),
                    None => f64::NEG_INFINITY,
                };
                self.piece(start - cursor, start - begin, None);
            }
            let end = track.end(place);
            let length = (end.min(to) - start.max(from)).max(0.0);
            match track.class(place) {
                None => self.piece(length, end - start, None),
                Some(class) => {
                    self.nanos[class] += length;
                    self.present |= 1 << class;
                    self.piece(length, end - start, Some(place));
                    self.long_wait |=
                        end - start >= LONG_WAIT as f64 && track.is_wait_to_run(place);
                }
            }
            cursor = cursor.max(end);
            if end > to {
                return place;
            }
            place += 1;
        }
        if cursor < to {
            let end = match place < track.len() {
                true => track.start(place),
                false => f64::INFINITY,
            };
            self.piece(to - cursor, end - cursor, None);
        }
        // Not "unknown": there is nothing more.
        place
    }

    fn piece(&mut self, length: f64, whole: f64, place: Option<usize>) {
        self.pieces += 1;
        self.least_whole = self.least_whole.min(whole);
        if length > self.largest.0 {
            self.largest = (length, place);
        }
    }

    /// Adds what is between two running totals.
    pub fn add_totals(&mut self, before: &[f64; W], after: &[f64; W]) {
        for c in 0..W {
            let length = after[c] - before[c];
            if length > 0.0 {
                self.nanos[c] += length;
                self.present |= 1 << c;
            }
        }
    }

    /// One edge in a column moves to the nearer side; more are shown as shares. So is what is shorter than a column:
    /// moving both of its edges could make it vanish.
    pub fn emit(&self, columns: &Columns, column: usize, emit: &mut impl FnMut(Piece<W>)) {
        if self.pieces <= 2 && self.least_whole >= columns.nanos {
            if let (_, Some(place)) = self.largest {
                emit(Piece::Span {
                    from: column,
                    to: column + 1,
                    place,
                });
            }
            return;
        }
        let shares = std::array::from_fn(|c| (self.nanos[c] / columns.nanos) as f32);
        emit(Piece::Mixed {
            column,
            shares,
            present: self.present,
            long_wait: self.long_wait,
        });
    }
}
