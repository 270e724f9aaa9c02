//! A goroutine's stacks over time below its bars, root first.

use tracepane_model::{FrameRef, GoroutineIndex, StringRef};

use crate::draw::frame::Frame;
use crate::draw::lane::GAP_FROM;
use crate::draw::track::GoroutineTrack;
use crate::draw::walk::{Track as _, place_at};
use crate::flames::{Flames, Known, MAX_FRAME_ROWS, Reader};
use crate::lanes::{FRAME_ROW, GUTTER, Lane};
use crate::palette::{blend, function_number};
use crate::text::short_name;

/// Bars from this width on have text, in CSS pixels.
const TEXT_FROM: f64 = 26.0;

/// How much of the colour of what is deduced is the background's, of 255.
const LIGHT: u8 = 120;

/// A frame's bar that may go on.
#[derive(Clone, Copy, Debug)]
struct Bar {
    frame: FrameRef,
    function: StringRef,
    /// The first column, and the first that is drawn alike.
    from: usize,
    shade_from: usize,
    deduced: bool,
}

/// What goes on deeper than is known or shown: first column, first row, row after the last.
type Deeper = (usize, u16, u16);

/// The bars of a frame with text in them.
#[derive(Clone, Copy, Debug)]
pub struct Label {
    frame: FrameRef,
    row: u16,
    x: (i32, i32),
}

/// Draws columns from left to right.
struct Chart<'c, 'f, 's> {
    frame: &'c mut Frame<'f, 's>,
    lane: Lane,
    rows: u16,
    bars: Vec<Bar>,
    deeper: Option<Deeper>,
    /// The column after the last.
    end: usize,
    labels: Vec<Label>,
    gap: i32,
    text_from: i32,
}

impl Frame<'_, '_> {
    /// Draws a goroutine's stacks, if they are shown.
    pub fn stacks(&mut self, lane: &Lane, goroutine: GoroutineIndex) {
        let Some(flames) = self
            .scene
            .lanes
            .flames(goroutine)
            .filter(|_| lane.below.stacks)
        else {
            return;
        };
        let (gap, text_from) = (self.px(GAP_FROM), self.px(TEXT_FROM));
        let mut chart = Chart {
            lane: *lane,
            rows: flames.frame_rows(),
            bars: Vec::with_capacity(usize::from(MAX_FRAME_ROWS)),
            deeper: None,
            end: 0,
            labels: Vec::new(),
            gap,
            text_from,
            frame: self,
        };
        chart.draw(flames);
        let labels = std::mem::take(&mut chart.labels);
        let trace = self.scene.trace;
        for label in labels {
            let middle = lane.below.frames_top() + (f64::from(label.row) + 0.5) * FRAME_ROW - 0.5;
            let function = trace.stacks.frame(label.frame).function;
            let name = short_name(trace.strings.get(function));
            let color = self.colors.on_functions;
            self.text_at(lane, middle, label.x, color, format_args!("{name}"));
        }
        if flames.rows() == 0 {
            let middle = lane.below.frames_top() + FRAME_ROW / 2.0;
            let x = (self.px(GUTTER + 4.0), self.right());
            let color = self.colors.text_dim;
            let text = "The trace has no stacks of this goroutine";
            self.text_at(lane, middle, x, color, format_args!("{text}"));
        }
    }
}

impl Chart<'_, '_, '_> {
    fn draw(&mut self, flames: &Flames) {
        let scene = self.frame.scene;
        let columns = self.frame.columns;
        let goroutine = flames.goroutine();
        let track = GoroutineTrack::new(scene.trace, scene.levels, goroutine);
        let reader = Reader::new(scene.trace, scene.levels, goroutine);
        let mut place = place_at(&track, columns.start());
        let mut column = 0;
        while column < columns.count && place < track.len() {
            let (from, to) = (columns.time(column), columns.time(column + 1));
            let start = track.start(place);
            if start >= to {
                column = columns.clamped(start).max(column + 1);
                continue;
            }
            let end = track.end(place);
            if end >= to {
                // All of the column, or what comes first in it: whole columns up to the one in which it ends.
                let last = columns.clamped(end).max(column + 1);
                self.span(&reader, place, (column, last));
                column = last;
                if end <= columns.time(column) {
                    place = place_at(&track, columns.time(column));
                }
                continue;
            }
            // Those that end in it, and the one that goes on.
            let next = place_at(&track, to);
            let goes_on = next < track.len() && track.start(next) < to;
            let places = place..next + usize::from(goes_on);
            let known = match places.len() {
                // One edge moves to the nearer side, as it does in the bars above.
                2 if goes_on && end - start.max(from) < to - end => reader.span(next),
                2 if goes_on => reader.span(place),
                _ => flames.over(&reader, places),
            };
            self.put(column, column + 1, known);
            column += 1;
            place = next;
        }
        self.finish();
    }

    /// A span that fills these columns, piece by piece; pieces in one column are taken together.
    fn span(&mut self, reader: &Reader<'_>, place: usize, (first, last): (usize, usize)) {
        let columns = self.frame.columns;
        let trace = self.frame.scene.trace;
        let times = (columns.time(first), columns.time(last));
        let mut thin: Option<(usize, Known)> = None;
        reader.pieces(place, times, columns.nanos, |piece| {
            let from = columns.nearest(piece.start).clamp(first, last);
            let to = columns.nearest(piece.end).clamp(from, last);
            if to > from {
                if let Some((column, known)) = thin.take() {
                    self.put(column, column + 1, known);
                }
                self.put(from, to, piece.known);
                return;
            }
            let column = columns.clamped(piece.start).clamp(first, last - 1);
            thin = match thin.take() {
                Some((other, known)) if other == column => {
                    Some((column, known.and(trace, piece.known)))
                }
                Some((other, known)) => {
                    self.put(other, other + 1, known);
                    Some((column, piece.known))
                }
                None => Some((column, piece.known)),
            };
        });
        if let Some((column, known)) = thin {
            self.put(column, column + 1, known);
        }
    }

    /// What is known of these columns, which come after all before.
    fn put(&mut self, from: usize, to: usize, known: Known) {
        let from = from.max(self.end);
        if from >= to {
            return;
        }
        let trace = self.frame.scene.trace;
        let depth = known.path.depth.min(self.rows);
        let goes_on = from == self.end;
        let mut common = 0;
        if goes_on {
            let functions = self.bars.iter().enumerate().take(usize::from(depth));
            common = functions
                .take_while(|(row, bar)| {
                    known.path.function(trace, *row as u16) == Some(bar.function)
                })
                .count();
        }
        self.close(common, self.end);
        for row in 0..common {
            let bar = &self.bars[row];
            if bar.deduced != known.deduced {
                self.shade(row, from);
                self.bars[row].deduced = known.deduced;
                self.bars[row].shade_from = from;
            }
        }
        for row in common as u16..depth {
            let Some(frame) = known.path.frame(trace, row) else {
                break;
            };
            self.bars.push(Bar {
                frame,
                function: trace.stacks.frame(frame).function,
                from,
                shade_from: from,
                deduced: known.deduced,
            });
        }
        // What differs within the columns, and what is deeper than there are rows.
        let most = known.most.min(self.rows + 1).min(MAX_FRAME_ROWS);
        let deeper = (most > depth).then_some((from, depth, most));
        let same = match (self.deeper, deeper) {
            (Some((_, a, b)), Some((_, c, d))) => goes_on && (a, b) == (c, d),
            (None, None) => true,
            _ => false,
        };
        if !same {
            self.close_deeper();
            self.deeper = deeper;
        }
        self.end = to;
    }

    /// Ends the bars from this row on, at this column.
    fn close(&mut self, row: usize, end: usize) {
        for row in row..self.bars.len() {
            self.shade(row, end);
            let bar = self.bars[row];
            let columns = self.frame.columns;
            let x = (columns.x(bar.from), columns.x(end));
            if x.1 - x.0 >= self.text_from {
                self.labels.push(Label {
                    frame: bar.frame,
                    row: row as u16,
                    x,
                });
            }
            if x.1 - x.0 >= self.gap {
                let (top, bottom) = self.row(row as u16);
                let background = self.frame.colors.background;
                self.frame.list.rect(x.1 - 1, top, x.1, bottom, background);
            }
        }
        self.bars.truncate(row);
    }

    /// Draws a bar up to this column.
    fn shade(&mut self, row: usize, end: usize) {
        let bar = self.bars[row];
        let frame = &mut *self.frame;
        let name = frame.scene.trace.strings.get(bar.function);
        let mut color = frame.colors.functions[function_number(name)];
        if bar.deduced {
            color = blend(color, frame.colors.background, LIGHT);
        }
        let x = (frame.columns.x(bar.shade_from), frame.columns.x(end));
        let (top, bottom) = self.row(row as u16);
        self.frame.list.rect(x.0, top, x.1, bottom, color);
    }

    fn close_deeper(&mut self) {
        let Some((from, first, last)) = self.deeper.take() else {
            return;
        };
        let columns = self.frame.columns;
        let (x0, x1) = (columns.x(from), columns.x(self.end));
        let color = self.frame.colors.various;
        for row in first..last {
            let (top, bottom) = self.row(row);
            self.frame.list.rect(x0, top, x1, bottom, color);
        }
    }

    fn row(&self, row: u16) -> (i32, i32) {
        let top = self.lane.below.frames_top() + f64::from(row) * FRAME_ROW;
        self.frame.band(&self.lane, top, top + FRAME_ROW - 1.0)
    }

    fn finish(&mut self) {
        self.close(0, self.end);
        self.close_deeper();
    }
}
