//! What the columns of lanes show, kept from frame to frame: while the view is panned only columns that come in are
//! summed up, while it is scrolled only lanes that come in, and for what the pointer does none at all.
//!
//! A zoom makes new columns. With a budget ([`crate::DrawList::budget`]) so many are summed up in a frame; the other
//! lanes show their columns of before, stretched, and get their turn in the frames that follow. Columns that were
//! never seen are summed up whatever they cost.

use std::collections::HashMap;

use crate::class::CLASSES;
use crate::draw::bars::{Bars, Look};
use crate::draw::walk::{Piece, Track, walk};
use crate::lanes::LaneKind;
use crate::scale::Columns;

/// No more lanes than this are kept beside those of the last frame.
const MOST_LANES: usize = 192;

/// Columns are stretched to no more than so many, or squeezed into one.
const MOST_STRETCHED: f64 = 8.0;

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
    /// How many columns may still be summed up in this frame.
    budget: usize,
    /// The lane that is the first to get something of the budget, until it comes.
    awaited: Option<LaneKind>,
    /// The first lane that got nothing of it.
    left_out: Option<LaneKind>,
    /// Whether any lane is stretched.
    pub unfinished: bool,
}

impl Kept {
    /// A frame with these levels begins, in which no more than so many columns should be summed up anew.
    pub fn begin(&mut self, levels: u64, budget: usize) {
        self.budget = budget;
        self.awaited = self.left_out.take();
        self.unfinished = false;
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
        if self.awaited == Some(lane) {
            self.awaited = None;
        }
        let kept = self.lanes.entry(lane).or_default();
        kept.frame = self.frame;
        let height = look.y.1 - look.y.0;
        let sums_up = kept.fits(columns, height)
            || self.awaited.is_none() && self.budget >= columns.count
            || !kept.can_stretch(columns, height);
        if sums_up {
            let columns = kept.update(track, columns, look, &mut self.spare);
            self.budget = self.budget.saturating_sub(columns);
        } else {
            let columns = kept.stretch(track, columns, look, &mut self.spare);
            self.budget = self.budget.saturating_sub(columns);
            self.unfinished = true;
            if self.awaited.is_none() {
                self.left_out.get_or_insert(lane);
            }
        }
        let parts = match sums_up {
            true => &kept.parts,
            false => &self.spare,
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

    /// Whether its columns show something of these, stretched.
    fn can_stretch(&self, columns: &Columns, height: i32) -> bool {
        let ratio = self.nanos / columns.nanos;
        if height != self.height || !(MOST_STRETCHED.recip()..MOST_STRETCHED).contains(&ratio) {
            return false;
        }
        let (first, end) = ends(columns);
        let half = columns.count as i64 / 2;
        let (from, to) = (scaled(self.first, ratio), scaled(self.end, ratio));
        to.min(end) - from.max(first) > half
    }

    /// Makes the parts those of `columns`; how many were summed up.
    fn update<const W: usize>(
        &mut self,
        track: &impl Track<W>,
        columns: &Columns,
        look: &Look<'_>,
        spare: &mut Vec<Part>,
    ) -> usize {
        let (first, end) = ends(columns);
        let height = look.y.1 - look.y.0;
        let (from, to) = (self.first.max(first), self.end.min(end));
        let mut done = 0;
        if !self.fits(columns, height) || from >= to {
            self.parts.clear();
            sum_up(track, columns, look, 0..columns.count, &mut self.parts);
            (self.nanos, self.height) = (columns.nanos, height);
            done = columns.count;
        } else if (self.first, self.end) != (first, end) {
            spare.clear();
            done = frame_with(track, columns, look, (from, to), spare, |spare| {
                spare.extend(self.parts.iter().filter_map(|part| part.within(from, to)));
            });
            std::mem::swap(&mut self.parts, spare);
        }
        (self.first, self.end) = (first, end);
        done
    }

    /// Writes its parts, stretched to `columns`, into `out`, and sums up what is beside them; how many those are.
    fn stretch<const W: usize>(
        &self,
        track: &impl Track<W>,
        columns: &Columns,
        look: &Look<'_>,
        out: &mut Vec<Part>,
    ) -> usize {
        let ratio = self.nanos / columns.nanos;
        let (first, end) = ends(columns);
        let from = scaled(self.first, ratio).clamp(first, end);
        let to = scaled(self.end, ratio).clamp(from, end);
        out.clear();
        frame_with(track, columns, look, (from, to), out, |out| {
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
        })
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

/// Sums up what is left of column `from`, lets `middle` add what is from there to `to`, sums up what is right of it;
/// how many columns those are.
fn frame_with<const W: usize>(
    track: &impl Track<W>,
    columns: &Columns,
    look: &Look<'_>,
    (from, to): (i64, i64),
    parts: &mut Vec<Part>,
    middle: impl FnOnce(&mut Vec<Part>),
) -> usize {
    let (first, _) = ends(columns);
    let (left, right) = ((from - first) as usize, (to - first) as usize);
    sum_up(track, columns, look, 0..left, parts);
    middle(parts);
    sum_up(track, columns, look, right..columns.count, parts);
    left + columns.count - right
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
