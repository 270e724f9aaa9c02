//! Where pixels and time meet: the view's arithmetic, and the columns in which a frame is drawn. Pure numbers.

use tracepane_model::Nanos;

use crate::lanes::GUTTER;

/// The narrowest window, in ns.
pub const MIN_WINDOW: f64 = 20.0;

/// The part of its own width that [`View::fit`] leaves free on each side.
const MARGIN: f64 = 0.05;

/// How far a view may go.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Limits {
    /// The trace's end, ns since its start; at least [`MIN_WINDOW`].
    pub end: f64,
}

impl Limits {
    /// The limits of a trace that ends at `trace_end`.
    pub fn new(trace_end: Nanos) -> Self {
        Self::from_end(trace_end.0 as f64)
    }

    /// The limits of a trace that ends `end` ns after its start.
    pub fn from_end(end: f64) -> Self {
        Self {
            // `max` also replaces NaN.
            end: end.max(MIN_WINDOW),
        }
    }
}

/// What is to be seen: a stretch of time, and how far the lanes are scrolled.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct View {
    /// Left edge, ns since the trace's start.
    pub start: f64,
    /// Right edge, ns since the trace's start.
    pub end: f64,
    /// CSS pixels of lanes scrolled away.
    pub scroll: f64,
}

impl View {
    /// All of the trace.
    pub fn whole(trace_end: Nanos) -> Self {
        Self {
            start: 0.0,
            end: Limits::new(trace_end).end,
            scroll: 0.0,
        }
    }

    /// From `start` to `end` with a small margin.
    pub fn fit(start: f64, end: f64, limits: Limits) -> Self {
        let margin = (end - start).max(MIN_WINDOW) * MARGIN;
        Self {
            start: start - margin,
            end: end.max(start) + margin,
            scroll: 0.0,
        }
        .clamped(limits)
    }

    /// The same place with another stretch of time.
    pub fn with_time(self, other: Self) -> Self {
        Self {
            scroll: self.scroll,
            ..other
        }
    }

    /// How much time is in it, ns.
    pub fn width(self) -> f64 {
        self.end - self.start
    }

    /// Makes it `factor` times as wide; what is at `x_fraction` of its width stays there. Factors below 1 zoom in.
    pub fn zoom_at(self, x_fraction: f64, factor: f64, limits: Limits) -> Self {
        let x = x_fraction.clamp(0.0, 1.0);
        let anchor = self.start + self.width() * x;
        let factor = if factor.is_finite() { factor } else { 1.0 };
        let width = (self.width() * factor).clamp(MIN_WINDOW, limits.end);
        Self {
            start: anchor - width * x,
            end: anchor + width * (1.0 - x),
            ..self
        }
        .clamped(limits)
    }

    /// Moves by a fraction of its width; positive goes to later times.
    pub fn pan(self, fraction: f64, limits: Limits) -> Self {
        let by = self.width() * fraction;
        Self {
            start: self.start + by,
            end: self.end + by,
            ..self
        }
        .clamped(limits)
    }

    /// Moves so that `time` is in the middle.
    pub fn center_on(self, time: f64, limits: Limits) -> Self {
        let half = self.width() / 2.0;
        Self {
            start: time - half,
            end: time + half,
            ..self
        }
        .clamped(limits)
    }

    /// Scrolls the lanes to `scroll`, as far as `lanes_height` allows in a canvas of `size`.
    pub fn scrolled_to(self, scroll: f64, lanes_height: f64, size: Size) -> Self {
        let most = (lanes_height - (f64::from(size.height) - crate::lanes::RULER)).max(0.0);
        let scroll = if scroll.is_finite() { scroll } else { 0.0 };
        Self {
            scroll: scroll.clamp(0.0, most),
            ..self
        }
    }

    /// The nearest view that lies within the trace and is wide enough.
    pub fn clamped(self, limits: Limits) -> Self {
        let (start, end) = if self.start.is_finite() && self.end.is_finite() {
            (self.start, self.end)
        } else {
            (0.0, limits.end)
        };
        let width = (end - start).clamp(MIN_WINDOW, limits.end);
        // A window that was too narrow grows on both sides.
        let middle = start + (end - start) / 2.0;
        let start = (middle - width / 2.0).clamp(0.0, limits.end - width);
        Self {
            start,
            end: (start + width).min(limits.end).max(start + MIN_WINDOW),
            ..self
        }
    }

    /// The time at `x` CSS pixels from the canvas' left edge.
    pub fn time_at(self, x: f64, size: Size) -> f64 {
        self.start + (x - GUTTER) / size.lane_width() * self.width()
    }

    /// Where `time` is, in CSS pixels from the canvas' left edge.
    pub fn x_of(self, time: f64, size: Size) -> f64 {
        GUTTER + (time - self.start) / self.width() * size.lane_width()
    }

    /// Which fraction of the view's width is at `x` CSS pixels from the canvas' left edge: for [`Self::zoom_at`].
    pub fn fraction_at(x: f64, size: Size) -> f64 {
        ((x - GUTTER) / size.lane_width()).clamp(0.0, 1.0)
    }
}

/// A canvas' size.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Size {
    /// CSS pixels.
    pub width: u32,
    /// CSS pixels.
    pub height: u32,
    /// Device pixels per CSS pixel.
    pub ratio: f64,
}

impl Size {
    /// The width of the part that shows time, in CSS pixels; at least 1.
    pub fn lane_width(self) -> f64 {
        (f64::from(self.width) - GUTTER).max(1.0)
    }

    /// The ratio, kept within what displays have.
    pub fn sane_ratio(self) -> f64 {
        if self.ratio.is_finite() {
            self.ratio.clamp(0.25, 8.0)
        } else {
            1.0
        }
    }

    /// Device pixels for a length or a place in CSS pixels, rounded.
    pub fn device(self, css: f64) -> i32 {
        (css * self.sane_ratio()).round() as i32
    }

    /// The canvas' width in device pixels.
    pub fn device_width(self) -> u32 {
        self.device(f64::from(self.width).min(MAX_SIDE)).max(1) as u32
    }

    /// The canvas' height in device pixels.
    pub fn device_height(self) -> u32 {
        self.device(f64::from(self.height).min(MAX_SIDE)).max(1) as u32
    }
}

/// No canvas is larger than this, in CSS pixels on a side.
const MAX_SIDE: f64 = 8192.0;

/// The columns in which a frame is drawn: one CSS pixel wide, or one device pixel where those are larger.
///
/// Their edges are multiples of their width in time, not offsets from the view's start, so that what a column sums up
/// stays the same while the view is moved.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Columns {
    /// The first column's number, counted from the trace's start.
    first: f64,
    /// ns in a column.
    pub nanos: f64,
    /// How many there are.
    pub count: usize,
    /// Where the first begins, in device pixels.
    pub left: i32,
    /// How wide one is, in device pixels.
    pub pixels: i32,
}

impl Columns {
    /// The columns of a view.
    pub fn new(view: View, size: Size) -> Self {
        let left = size.device(GUTTER);
        let pixels = (size.sane_ratio().round() as i32).max(1);
        let width = (size.device_width() as i32 - left).max(pixels);
        let nanos = (view.width() / f64::from(width) * f64::from(pixels)).max(1e-6);
        Self {
            first: (view.start / nanos).round(),
            nanos,
            count: ((width + pixels - 1) / pixels) as usize,
            left,
            pixels,
        }
    }

    /// Only column `column`.
    pub fn only(&self, column: usize) -> Self {
        self.part(column..column + 1)
    }

    /// Only some of them.
    pub fn part(&self, columns: std::ops::Range<usize>) -> Self {
        Self {
            first: self.first + columns.start as f64,
            count: columns.len(),
            left: self.x(columns.start),
            ..*self
        }
    }

    /// Columns that are `by` times as wide and cover all of these; on the same grid, wherever these begin.
    pub fn joined(&self, by: usize) -> Self {
        let wide = by as f64;
        let first = (self.first / wide).floor();
        let end = ((self.first + self.count as f64) / wide).ceil();
        Self {
            first,
            nanos: self.nanos * wide,
            count: (end - first) as usize,
            pixels: self.pixels * by as i32,
            ..*self
        }
    }

    /// The first column's number, counted from the trace's start.
    pub fn first(&self) -> i64 {
        // Far from where numbers end, so that more can be added.
        self.first.clamp(-1e18, 1e18) as i64
    }

    /// When column `column` begins, and the one before it ends; `count` is the end of the last.
    #[inline]
    pub fn time(&self, column: usize) -> f64 {
        (self.first + column as f64) * self.nanos
    }

    /// The column that contains `time`: below 0 if it is before the first, `count` or more if after the last.
    #[inline]
    pub fn of(&self, time: f64) -> isize {
        let column = (time / self.nanos - self.first).floor();
        // Rounding may put a time on a column's edge into the one before.
        let column = column as isize;
        if (self.first + column as f64 + 1.0) * self.nanos <= time {
            column.saturating_add(1)
        } else {
            column
        }
    }

    /// The column that contains `time`, kept within 0 to `count`.
    #[inline]
    pub fn clamped(&self, time: f64) -> usize {
        self.of(time).clamp(0, self.count as isize) as usize
    }

    /// The column edge nearest to `time`, kept within 0 to `count`.
    pub fn nearest(&self, time: f64) -> usize {
        let edge = (time / self.nanos - self.first).round() as isize;
        edge.clamp(0, self.count as isize) as usize
    }

    /// Where column `column` begins, in device pixels.
    #[inline]
    pub fn x(&self, column: usize) -> i32 {
        self.left + column as i32 * self.pixels
    }

    /// The device pixel at `time`, kept within the columns and one beyond on each side.
    pub fn pixel(&self, time: f64) -> i32 {
        let x = (time / self.nanos - self.first) * f64::from(self.pixels);
        let most = (self.count as i32 + 1) * self.pixels;
        self.left + x.round().clamp(f64::from(-self.pixels), f64::from(most)) as i32
    }

    /// When the first column begins.
    pub fn start(&self) -> f64 {
        self.time(0)
    }

    /// When the last column ends.
    pub fn end(&self) -> f64 {
        self.time(self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { end: 1e9 };

    #[test]
    fn zoom_keeps_what_is_under_the_pointer() {
        let view = View {
            start: 1e8,
            end: 2e8,
            scroll: 7.0,
        };
        let zoomed = view.zoom_at(0.25, 0.5, LIMITS);
        assert_eq!(
            (zoomed.start, zoomed.end, zoomed.scroll),
            (1.125e8, 1.625e8, 7.0)
        );
        assert_eq!(zoomed.zoom_at(0.25, 2.0, LIMITS), view);
    }

    #[test]
    fn views_stay_within_the_trace_and_never_vanish() {
        let mut view = View::whole(Nanos(1_000_000_000));
        for _ in 0..200 {
            view = view.zoom_at(0.3, 0.5, LIMITS);
        }
        assert!((view.width() - MIN_WINDOW).abs() < 1e-6, "{view:?}");
        for fraction in [1e9, -1e12, f64::NAN, f64::INFINITY] {
            let moved = view.pan(fraction, LIMITS);
            assert!(moved.start >= 0.0 && moved.end <= LIMITS.end, "{moved:?}");
        }
        for _ in 0..200 {
            view = view.zoom_at(0.9, 3.0, LIMITS);
        }
        assert_eq!((view.start, view.end), (0.0, 1e9));
    }

    #[test]
    fn a_trace_of_no_length_has_a_view() {
        let view = View::whole(Nanos(0));
        assert_eq!(view.width(), MIN_WINDOW);
        assert_eq!(View::fit(0.0, 0.0, Limits::new(Nanos(0))), view);
    }

    #[test]
    fn columns_stay_on_the_same_grid_when_the_view_moves() {
        let size = Size {
            width: 1220,
            height: 100,
            ratio: 1.0,
        };
        let view = View {
            start: 0.0,
            end: 1e6,
            scroll: 0.0,
        };
        let a = Columns::new(view, size);
        let b = Columns::new(view.pan(0.0133, LIMITS), size);
        assert_eq!((a.count, a.nanos), (1000, 1000.0));
        assert!((b.time(0) / 1000.0).fract().abs() < 1e-6);
        for column in [0, 1, 17, 999] {
            assert_eq!(a.of(a.time(column)), column as isize);
            assert_eq!(b.of(b.time(column)), column as isize);
        }
        assert!(a.of(-1e300) < 0);
        assert_eq!(a.clamped(1e300), 1000);
    }
}
