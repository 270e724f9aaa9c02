//! Where a lane's spans are thinner than columns: what columns have is taken from the running totals of blocks.

use crate::draw::walk::{LONG_WAIT, Mix, Piece, Track, place_within};
use crate::levels::blocks::{BLOCK, SUPER, SequenceBlocks, magnitude};
use crate::scale::Columns;

/// Beside a block's longest span, the others are taken together if they fill no more than a column on one side, and
/// no more than this part of one on the other: they are drawn as one mixture, and must not be seen where they are not.
const THIN: f64 = 1.0 / 32.0;

/// How spans lie in a block.
pub enum Shape {
    /// All are shorter than a column together.
    Thin,
    /// Those before and those after the longest span or gap are, nearly. It is at `start..end`; `place` is that of the span or of
    /// the first after the gap.
    Around {
        /// When it begins.
        start: f64,
        /// When it ends.
        end: f64,
        /// Its place.
        place: usize,
        /// Its class.
        class: Option<usize>,
    },
    /// Otherwise.
    Rough,
}

impl Shape {
    /// The shape of a block at this size of columns.
    pub fn of<const W: usize>(
        track: &impl Track<W>,
        blocks: SequenceBlocks<'_, W>,
        columns: &Columns,
        block: usize,
    ) -> Self {
        let length = blocks.length(block);
        if length <= columns.nanos {
            return Self::Thin;
        }
        if length == f64::INFINITY {
            return Self::Rough;
        }
        let part = blocks.part(block);
        let place = block * BLOCK + part.place();
        let (start, end) = if part.is_gap() {
            (track.end(place - 1), track.start(place))
        } else {
            (track.start(place), track.end(place))
        };
        let before = start - blocks.start(block);
        let after = blocks.start(block + 1) - end;
        if before.max(after) > columns.nanos || before.min(after) > columns.nanos * THIN {
            return Self::Rough;
        }
        Self::Around {
            start,
            end,
            place,
            class: if part.is_gap() {
                None
            } else {
                track.class(place)
            },
        }
    }
}

/// Columns from `column` on, of whose spans most are thinner than a column. Returns the first column that begins in
/// a span or gap that is not, and the place of the first span that ends after its beginning.
pub fn walk_dense<const W: usize, T: Track<W>>(
    track: &T,
    blocks: SequenceBlocks<'_, W>,
    columns: &Columns,
    mut column: usize,
    place: usize,
    emit: &mut impl FnMut(Piece<W>),
) -> (usize, usize) {
    // A gap before the first span belongs to the block before.
    let block = (place / BLOCK).saturating_sub(1);
    let mut before = Edge::new(track, blocks, columns, block, columns.time(column));
    loop {
        let after = Edge::new(
            track,
            blocks,
            columns,
            before.block,
            columns.time(column + 1),
        );
        let mut mix = Mix::<W>::new();
        mix.pieces = 3;
        mix.add_totals(&before.totals, &after.totals);
        let last = after.block.saturating_sub(1).max(before.block);
        mix.long_wait = T::HAS_WAITS && blocks.longest(before.block, last) >= magnitude(LONG_WAIT);
        mix.emit(columns, column, emit);
        column += 1;
        before = after;
        match before.place {
            Some(place) => return (column, place),
            None if column >= columns.count => return (column, track.len()),
            None => {}
        }
    }
}

/// Where a column begins or ends.
pub struct Edge<const W: usize> {
    /// The running totals at it.
    pub totals: [f64; W],
    /// The block that it is in, or the first of its superblock if that is short enough.
    pub block: usize,
    /// The place of the first span that ends after it, if it is among spans or in gaps that are not thin.
    pub place: Option<usize>,
}

impl<const W: usize> Edge<W> {
    /// The edge at `time`, which is in block `from` or after it.
    pub fn new(
        track: &impl Track<W>,
        blocks: SequenceBlocks<'_, W>,
        columns: &Columns,
        from: usize,
        time: f64,
    ) -> Self {
        let up = blocks.find_super(from / SUPER, time);
        let length = blocks.super_length(up);
        if length <= columns.nanos {
            let totals = between(
                blocks.super_totals(up),
                blocks.super_totals(up + 1),
                time - blocks.super_start(up),
                length,
            );
            return Self {
                totals,
                block: up * SUPER,
                place: None,
            };
        }
        let block = blocks.find_in(up, time);
        let (totals, place) = totals_at(track, blocks, columns, block, time);
        Self {
            totals,
            block,
            place,
        }
    }
}

/// Totals in proportion: `after` of `length` after those at `before`.
fn between<const W: usize>(
    mut before: [f64; W],
    next: [f64; W],
    after: f64,
    length: f64,
) -> [f64; W] {
    let part = if length > 0.0 {
        (after / length).clamp(0.0, 1.0)
    } else {
        1.0
    };
    for c in 0..W {
        before[c] += (next[c] - before[c]) * part;
    }
    before
}

/// The running totals at `time`, which is in `block`: exact but among thin spans, where they are in proportion. The
/// place of the first span that ends after it, if not among thin spans.
fn totals_at<const W: usize>(
    track: &impl Track<W>,
    blocks: SequenceBlocks<'_, W>,
    columns: &Columns,
    block: usize,
    time: f64,
) -> ([f64; W], Option<usize>) {
    let mut totals = blocks.totals(block);
    match Shape::of(track, blocks, columns, block) {
        Shape::Thin => {
            let next = blocks.totals(block + 1);
            let after = time - blocks.start(block);
            (between(totals, next, after, blocks.length(block)), None)
        }
        Shape::Around {
            start,
            end,
            place,
            class,
        } => {
            // The thin ones are all of one mixture.
            let mut next = blocks.totals(block + 1);
            let begin = blocks.start(block);
            let thin = blocks.length(block) - (end - start);
            let passed = (time.min(start) - begin).max(0.0) + (time - end).max(0.0);
            if let Some(class) = class {
                next[class] -= end - start;
            }
            totals = between(totals, next, passed, thin);
            if let Some(class) = class {
                totals[class] += time.clamp(start, end) - start;
            }
            let inside = start <= time && time < end;
            (totals, inside.then_some(place))
        }
        Shape::Rough => {
            let (low, high) = (block * BLOCK, ((block + 1) * BLOCK).min(track.len()));
            let place = place_within(track, time, low, high);
            // What comes before within the block, or what comes after taken from the next block's totals.
            if place - low <= BLOCK / 2 || high == track.len() {
                for place in low..(place + 1).min(high) {
                    if let Some(class) = track.class(place) {
                        let end = track.end(place).min(time);
                        totals[class] += (end - track.start(place)).max(0.0);
                    }
                }
            } else {
                totals = blocks.totals(block + 1);
                for place in place..high {
                    if let Some(class) = track.class(place) {
                        let start = track.start(place).max(time);
                        totals[class] -= (track.end(place) - start).max(0.0);
                    }
                }
            }
            (totals, Some(place))
        }
    }
}
