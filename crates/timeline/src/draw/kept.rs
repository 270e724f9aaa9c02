//! What the columns of lanes show, kept from frame to frame: while the view is panned only columns that come in are
//! summed up, while it is scrolled only lanes that come in, and for what the pointer does none at all. A zoom makes
//! new columns.

use std::collections::HashMap;

use crate::class::CLASSES;
use crate::draw::bars::{Bars, Look};
use crate::draw::walk::{Piece, Track, walk};
use crate::lanes::LaneKind;
use crate::scale::Columns;

/// No more lanes than this are kept beside those of the last frame.
const MOST_LANES: usize = 192;

/// How far columns may be from where the kept ones are, in columns: the views of a pan differ in width by a rounding.
const OFF: f64 = 1e-3;

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
    ) {
        let kept = self.lanes.entry(lane).or_default();
        kept.frame = self.frame;
        kept.update(track, columns, look, &mut self.spare);
        let (first, count) = (columns.first(), columns.count as i64);
        // Within the columns, so that it fits.
        let place_of = |column: i64| (column - first).clamp(0, count) as usize;
        for part in &kept.parts {
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
    /// Makes the parts those of `columns`.
    fn update<const W: usize>(
        &mut self,
        track: &impl Track<W>,
        columns: &Columns,
        look: &Look<'_>,
        spare: &mut Vec<Part>,
    ) {
        let first = columns.first();
        let end = first.saturating_add(columns.count as i64);
        let height = look.y.1 - look.y.0;
        let drift = (columns.nanos / self.nanos - 1.0).abs() * first.max(end) as f64;
        let fits = drift < OFF && height == self.height;
        let (from, to) = (self.first.max(first), self.end.min(end));
        if !fits || from >= to {
            self.parts.clear();
            sum_up(track, columns, look, 0..columns.count, &mut self.parts);
            (self.nanos, self.height) = (columns.nanos, height);
        } else if (self.first, self.end) != (first, end) {
            spare.clear();
            let missing = 0..(from - first) as usize;
            sum_up(track, columns, look, missing, spare);
            spare.extend(self.parts.iter().filter_map(|part| part.within(from, to)));
            let missing = (to - first) as usize..columns.count;
            sum_up(track, columns, look, missing, spare);
            std::mem::swap(&mut self.parts, spare);
        }
        (self.first, self.end) = (first, end);
    }
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

/// Adds what is in some of the columns.
fn sum_up<const W: usize>(
    track: &impl Track<W>,
    columns: &Columns,
    look: &Look<'_>,
    which: std::ops::Range<usize>,
    parts: &mut Vec<Part>,
) {
    if which.is_empty() {
        return;
    }
    let some = columns.part(which);
    let first = some.first();
    walk(track, &some, |piece| {
        parts.push(match piece {
            Piece::Span { from, to, place } => Part::Span {
                from: first + from as i64,
                to: first + to as i64,
                place: place as u32,
            },
            Piece::Mixed {
                column,
                shares,
                present,
                long_wait,
            } => Part::Mixed {
                column: first + column as i64,
                heights: look.heights(&shares, present as u16, long_wait),
            },
        });
    });
}
