//! The [`DrawList`]: rectangles, lines and texts in device pixels, in the order in which they are painted.

use std::fmt::{self, Write as _};

use crate::draw::{Budget, Scratch};

/// A filled rectangle, from (`x0`, `y0`) up to and without (`x1`, `y1`), in device pixels.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rect {
    /// Left edge.
    pub x0: i32,
    /// Top edge.
    pub y0: i32,
    /// Right edge.
    pub x1: i32,
    /// Bottom edge.
    pub y1: i32,
    /// Red in the lowest byte, then green, blue, alpha (not premultiplied).
    pub color: u32,
}

/// A straight line with round ends, or a filled triangle, with smooth edges; in device pixels.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Stroke {
    /// The line's ends, or the triangle's corners in any order.
    pub shape: Shape,
    /// Red in the lowest byte, then green, blue, alpha (not premultiplied).
    pub color: u32,
    /// How many of [`DrawList::rects`] lie under it; it is painted before the others.
    pub above: u32,
}

/// What a [`Stroke`] covers.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Shape {
    /// A line of this width.
    Line {
        /// Where it begins.
        from: (f32, f32),
        /// Where it ends.
        to: (f32, f32),
        /// How wide it is.
        width: f32,
    },
    /// A triangle.
    Triangle(
        /// Its corners.
        [(f32, f32); 3],
    ),
}

/// A line of text.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct TextRow {
    /// Where it begins, in device pixels.
    pub x: f32,
    /// Its baseline, in device pixels.
    pub y: f32,
    /// How wide it may be, in device pixels; it was cut to this by an estimate of its width, so clip it.
    pub max_width: f32,
    /// Red in the lowest byte, then green, blue, alpha.
    pub color: u32,
    /// Font size in device pixels.
    pub size: f32,
    /// Font weight, 400 or 600.
    pub weight: u16,
    /// Where its text begins in [`DrawList::text_of`]'s buffer.
    start: u32,
    end: u32,
}

/// What became of the arrows of a view.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Arrows {
    /// They are not wanted.
    #[default]
    Off,
    /// So many are drawn.
    Drawn(u32),
    /// They are too many: none is drawn.
    TooMany,
}

/// The rows of pixels that rectangles are cut to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Clip {
    pub top: i32,
    pub bottom: i32,
}

impl Default for Clip {
    fn default() -> Self {
        Self {
            top: i32::MIN,
            bottom: i32::MAX,
        }
    }
}

/// How much wider the painter's font is than [`crate::text::width`] estimates.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct FontScale {
    /// At weight 400.
    pub regular: f32,
    /// At weight 600.
    pub bold: f32,
}

impl Default for FontScale {
    fn default() -> Self {
        Self {
            regular: 1.0,
            bold: 1.0,
        }
    }
}

/// What a frame consists of. Reused between frames: a warm one allocates nothing.
#[derive(Default, Debug)]
pub struct DrawList {
    /// The rectangles, later ones on top.
    pub rects: Vec<Rect>,
    /// Lines and triangles among them, in the order in which they are painted.
    pub strokes: Vec<Stroke>,
    /// The texts, on top of all rectangles and lines.
    pub texts: Vec<TextRow>,
    /// Rectangles are cut to these rows of pixels.
    pub(crate) clip: Clip,
    /// What became of the arrows between lanes.
    pub arrows: Arrows,
    /// The painter's font, for cutting texts to what fits; the painter sets it.
    pub font: FontScale,
    /// How much may be summed up for a frame where what is kept of those before can be shown instead; the painter
    /// sets it.
    pub budget: Budget,
    /// Whether that was too little for all: another frame of the same view will show more.
    pub unfinished: bool,
    buffer: String,
    pub(crate) scratch: Scratch,
}

impl DrawList {
    /// An empty list.
    pub fn new() -> Self {
        Self::default()
    }

    /// The characters of one of [`Self::texts`].
    pub fn text_of(&self, row: &TextRow) -> &str {
        self.buffer
            .get(row.start as usize..row.end as usize)
            .unwrap_or("")
    }

    /// Forgets the last frame, keeps its memory.
    pub fn clear(&mut self) {
        self.clip = Clip::default();
        self.rects.clear();
        self.strokes.clear();
        self.texts.clear();
        self.buffer.clear();
    }

    /// Bytes held.
    pub fn heap_bytes(&self) -> usize {
        self.rects.capacity() * size_of::<Rect>()
            + self.strokes.capacity() * size_of::<Stroke>()
            + self.texts.capacity() * size_of::<TextRow>()
            + self.buffer.capacity()
            + self.scratch.heap_bytes()
    }

    /// Adds a rectangle, unless it is empty.
    #[inline]
    pub(crate) fn rect(&mut self, x0: i32, y0: i32, x1: i32, y1: i32, color: u32) {
        let (y0, y1) = (y0.max(self.clip.top), y1.min(self.clip.bottom));
        if x0 < x1 && y0 < y1 {
            self.rects.push(Rect {
                x0,
                y0,
                x1,
                y1,
                color,
            });
        }
    }

    /// Adds a line or a triangle, on top of all rectangles so far.
    pub(crate) fn stroke(&mut self, shape: Shape, color: u32) {
        self.strokes.push(Stroke {
            shape,
            color,
            above: self.rects.len() as u32,
        });
    }

    /// Adds a text, cut with an ellipsis to what fits into `place.width`; nothing if hardly a letter would be left.
    pub(crate) fn text(&mut self, place: TextPlace, text: fmt::Arguments<'_>) {
        let start = self.buffer.len();
        // Writing to a String cannot fail.
        let _ = self.buffer.write_fmt(text);
        let scale = match place.weight {
            ..=500 => self.font.regular,
            _ => self.font.bold,
        };
        let em = place.size * scale.clamp(0.5, 2.0);
        crate::text::fit(&mut self.buffer, start, place.width / em);
        if self.buffer.len() == start {
            return;
        }
        let x = match place.align {
            Align::Left => place.x,
            Align::Right => {
                place.x - (crate::text::width(&self.buffer[start..]) * em).min(place.width)
            }
        };
        self.texts.push(TextRow {
            x,
            y: place.y,
            max_width: place.width,
            color: place.color,
            size: place.size,
            weight: place.weight,
            start: start as u32,
            end: self.buffer.len() as u32,
        });
    }
}

/// From where a text extends.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Align {
    /// To the right of `x`.
    Left,
    /// To the left of `x`.
    Right,
}

/// Where and how a text stands; device pixels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TextPlace {
    pub x: f32,
    pub y: f32,
    pub width: f32,
    pub color: u32,
    pub size: f32,
    pub weight: u16,
    pub align: Align,
}
