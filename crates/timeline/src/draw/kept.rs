//! What the columns of lanes show, kept from frame to frame: while the view is panned only columns that come in are
//! summed up, while it is scrolled only lanes that come in, and for what the pointer does none at all.
//!
//! A zoom makes new columns. With a budget ([`crate::DrawList::budget`]) so many are summed up in a frame; the other
//! lanes show their columns of before, stretched, and get their turn in the frames that follow. Where nothing was seen
//! before, [`COARSE`] columns are summed up as one until then.

use std::collections::HashMap;
use std::ops::Range;

use crate::class::CLASSES;
use crate::draw::bars::{Bars, Look};
use crate::draw::budget::Spending;
use crate::draw::walk::{Piece, Track, walk};
use crate::lanes::LaneKind;
use crate::scale::Columns;

/// No more lanes than this are kept beside those of the last frame.
const MOST_LANES: usize = 192;

/// Columns are stretched to no more than so many, or squeezed into one.
const MOST_STRETCHED: f64 = 8.0;

/// So many columns are one where there is neither time to sum them up nor anything to stretch.
const COARSE: usize = 8;

/// How far columns may be from where the kept ones are, in columns: the views of a pan differ in width by a rounding.
pub const OFF: f64 = 1e-3;

/// What is in some columns, which are counted from the trace's start.
#[derive(Clone, Copy, Debug)]
enum Part {
    /// One span, from a column up to another.
    Span { from: i64, to: i64, place: u32 },
    /// Several in one column, as heights in device pixels.
    Mixed {
        column: i64,
        heights: [u16; CLASSES],
    },
}

/// A lane's columns.
#[derive(Default, Debug)]
struct KeptLane {
    /// ns in a column.
    nanos: f64,
    first: i64,
    end: i64,
    /// The bars' height in device pixels.
    height: i32,
    /// The frame that it was last in.
    frame: u32,
    parts: Vec<Part>,
}

/// The lanes that are kept.
#[derive(Default, Debug)]
pub struct Kept {
    /// Of which levels.
    levels: u64,
    lanes: HashMap<LaneKind, KeptLane>,
    frame: u32,
    spare: Vec<Part>,
}

impl Kept {
    /// A frame with these levels begins.
    pub fn begin(&mut self, levels: u64) {
        if self.levels != levels {
            self.levels = levels;
            self.lanes.clear();
        }
        self.frame = self.frame.wrapping_add(1);
        if self.lanes.len() > MOST_LANES {
            let last = self.frame.wrapping_sub(1);
            self.lanes.retain(|_, lane| lane.frame == last);
        }
    }

    /// Adds the bars of a lane.
    pub fn draw<const W: usize>(
        &mut self,
        lane: LaneKind,
        track: &impl Track<W>,
        columns: &Columns,
        look: &Look<'_>,
        bars: &mut Bars<'_>,
        spending: &mut Spending,
    ) {
        let kept = self.lanes.entry(lane).or_default();
        kept.frame = self.frame;
        let missing = kept.missing(columns, look.y.1 - look.y.0);
        let parts = if spending.grants(lane, missing, columns.count) {
            spending.spend(missing, || {
                kept.update(track, columns, look, &mut self.spare)
            });
            &kept.parts
        } else {
            kept.stretch(track, columns, look, &mut self.spare);
            &self.spare
        };
        let (first, count) = (columns.first(), columns.count as i64);
        // Within the columns, so that it fits.
        let place_of = |column: i64| (column - first).clamp(0, count) as usize;
        for part in parts {
            match *part {
                Part::Span { from, to, place } => {
                    let (from, to) = (place_of(from), place_of(to));
                    let class = |place| track.class(place);
                    bars.add(
                        Piece::<W>::Span {
                            from,
                            to,
                            place: place as usize,
                        },
                        class,
                    );
                }
                Part::Mixed { column, heights } => bars.mixed(place_of(column), heights),
            }
        }
    }

    /// Bytes held.
    pub fn heap_bytes(&self) -> usize {
        let parts = self.lanes.values().map(|lane| lane.parts.capacity());
        (parts.sum::<usize>() + self.spare.capacity()) * size_of::<Part>()
            + self.lanes.capacity() * size_of::<(LaneKind, KeptLane)>()
    }
}

impl KeptLane {
    /// Whether its columns are of the same size as these.
    fn fits(&self, columns: &Columns, height: i32) -> bool {
        let (first, end) = ends(columns);
        let drift = (columns.nanos / self.nanos - 1.0).abs() * first.max(end) as f64;
        drift < OFF && height == self.height
    }

    /// How many of these columns are to be summed up.
    fn missing(&self, columns: &Columns, height: i32) -> usize {
        if !self.fits(columns, height) {
            return columns.count;
        }
        let (first, end) = ends(columns);
        let known = self.end.min(end) - self.first.max(first);
        columns.count - known.max(0) as usize
    }

    /// Which of these columns show something of its own, stretched.
    fn stretched(&self, columns: &Columns, height: i32) -> (i64, i64) {
        let (first, end) = ends(columns);
        let ratio = self.nanos / columns.nanos;
        if height != self.height || !(MOST_STRETCHED.recip()..MOST_STRETCHED).contains(&ratio) {
            return (first, first);
        }
        let from = scaled(self.first, ratio).clamp(first, end);
        (from, scaled(self.end, ratio).clamp(from, end))
    }

    /// Makes the parts those of `columns`.
    fn update<const W: usize>(
        &mut self,
        track: &impl Track<W>,
        columns: &Columns,
        look: &Look<'_>,
        spare: &mut Vec<Part>,
    ) {
        let (first, end) = ends(columns);
        let height = look.y.1 - look.y.0;
        let (from, to) = (self.first.max(first), self.end.min(end));
        if !self.fits(columns, height) || from >= to {
            self.parts.clear();
            sum_up(track, (columns, 1), look, 0..columns.count, &mut self.parts);
            (self.nanos, self.height) = (columns.nanos, height);
        } else if (self.first, self.end) != (first, end) {
            spare.clear();
            let (left, right) = beside(columns, (from, to));
            sum_up(track, (columns, 1), look, left, spare);
            spare.extend(self.parts.iter().filter_map(|part| part.within(from, to)));
            sum_up(track, (columns, 1), look, right, spare);
            std::mem::swap(&mut self.parts, spare);
        }
        (self.first, self.end) = (first, end);
    }

    /// Writes its parts, stretched to `columns`, into `out`, and coarsely what is beside them.
    fn stretch<const W: usize>(
        &self,
        track: &impl Track<W>,
        columns: &Columns,
        look: &Look<'_>,
        out: &mut Vec<Part>,
    ) {
        let ratio = self.nanos / columns.nanos;
        let (from, to) = self.stretched(columns, look.y.1 - look.y.0);
        let (left, right) = beside(columns, (from, to));
        out.clear();
        sum_up(track, (columns, COARSE), look, left, out);
        if from < to {
            for part in &self.parts {
                match *part {
                    Part::Span {
                        from: a,
                        to: b,
                        place,
                    } => {
                        let (a, b) = (scaled(a, ratio), scaled(b, ratio));
                        let part = Part::Span {
                            from: a,
                            to: b,
                            place,
                        };
                        out.extend(part.within(from, to));
                    }
                    Part::Mixed { column, heights } => {
                        let (a, b) = (scaled(column, ratio), scaled(column + 1, ratio));
                        let columns = a.max(from)..b.min(to);
                        out.extend(columns.map(|column| Part::Mixed { column, heights }));
                    }
                }
            }
        }
        sum_up(track, (columns, COARSE), look, right, out);
    }
}

/// The number of the first column, and of the one after the last.
fn ends(columns: &Columns) -> (i64, i64) {
    let first = columns.first();
    (first, first + columns.count as i64)
}

/// Where a column begins among columns that are `ratio` times as many.
fn scaled(column: i64, ratio: f64) -> i64 {
    (column as f64 * ratio).round() as i64
}

/// Which columns are left and right of the columns `from..to`.
fn beside(columns: &Columns, (from, to): (i64, i64)) -> (Range<usize>, Range<usize>) {
    let (first, _) = ends(columns);
    let (left, right) = ((from - first) as usize, (to - first) as usize);
    (0..left, right..columns.count)
}

impl Part {
    /// What of it is in the columns `first..end`.
    fn within(self, first: i64, end: i64) -> Option<Self> {
        match self {
            Self::Span { from, to, place } => {
                let (from, to) = (from.max(first), to.min(end));
                (from < to).then_some(Self::Span { from, to, place })
            }
            Self::Mixed { column, .. } => (first..end).contains(&column).then_some(self),
        }
    }
}

/// Adds what is in some of the columns, `together` of them as one.
fn sum_up<const W: usize>(
    track: &impl Track<W>,
    (columns, together): (&Columns, usize),
    look: &Look<'_>,
    which: Range<usize>,
    parts: &mut Vec<Part>,
) {
    if which.is_empty() {
        return;
    }
    let some = columns.part(which);
    let (first, end) = ends(&some);
    let coarse = match together {
        1 => some,
        _ => some.joined(together),
    };
    // Where one of them begins, in columns.
    let begin = |of: usize| (coarse.first() + of as i64) * together as i64;
    walk(track, &coarse, |piece| match piece {
        Piece::Span { from, to, place } => {
            let part = Part::Span {
                from: begin(from),
                to: begin(to),
                place: place as u32,
            };
            parts.extend(part.within(first, end));
        }
        Piece::Mixed {
            column,
            shares,
            present,
            long_wait,
        } => {
            let heights = look.heights(&shares, present as u16, long_wait);
            let columns = begin(column).max(first)..begin(column + 1).min(end);
            parts.extend(columns.map(|column| Part::Mixed { column, heights }));
        }
    });
}
