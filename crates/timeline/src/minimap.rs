//! The minimap under the pointer: which part of the view's frame it grabs, and where that leads. Its picture is drawn
//! by [`draw_minimap`].

pub use crate::draw::minimap::{MINIMAP, MinimapScene, draw_minimap};

use crate::scale::{Limits, Size, View};

/// How far from an edge of the frame it can still be grabbed, in CSS pixels.
const REACH: f64 = 5.0;

/// A frame is grabbed as if it were at least this wide, in CSS pixels.
const LEAST: f64 = 12.0;

/// A drag is a click as long as it does not go further than this, in CSS pixels.
const CLICK: f64 = 3.0;

/// What of the frame is under the pointer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Grip {
    /// The frame: it can be moved.
    Frame,
    /// Its left edge.
    Left,
    /// Its right edge.
    Right,
    /// Nothing of it: a new one can be drawn.
    Outside,
}

/// Where the view's frame is on the minimap: left and right edge, CSS pixels from its left edge.
pub fn frame(view: View, size: Size, limits: Limits) -> (f64, f64) {
    let whole = whole(limits);
    (whole.x_of(view.start, size), whole.x_of(view.end, size))
}

fn whole(limits: Limits) -> View {
    View {
        start: 0.0,
        end: limits.end,
        scroll: 0.0,
    }
}

/// What is at `x` CSS pixels from the minimap's left edge.
pub fn grip(x: f64, view: View, size: Size, limits: Limits) -> Grip {
    let (left, right) = frame(view, size, limits);
    // The edges of a narrow frame are grabbed from outside.
    let inward = ((right - left - LEAST) / 2.0).clamp(0.0, REACH);
    let (out_left, out_right) = match right - left {
        width if width < LEAST => {
            let more = (LEAST - width) / 2.0;
            (left - more, right + more)
        }
        _ => (left + inward, right - inward),
    };
    let all = left <= size_left() + 1.0 && right >= f64::from(size.width) - 1.0;
    match x {
        // The whole trace is seen: there is nothing to move, only a new frame to draw.
        _ if all && x > out_left && x < out_right => Grip::Outside,
        x if x >= out_left && x <= out_right => Grip::Frame,
        x if x < out_left && x >= out_left - inward - REACH => Grip::Left,
        x if x > out_right && x <= out_right + inward + REACH => Grip::Right,
        _ => Grip::Outside,
    }
}

fn size_left() -> f64 {
    crate::lanes::GUTTER
}

/// A drag on the minimap.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct MinimapDrag {
    grip: Grip,
    from: f64,
    view: View,
    far: bool,
}

impl MinimapDrag {
    /// The button went down at `x` CSS pixels from the minimap's left edge.
    pub fn new(x: f64, view: View, size: Size, limits: Limits) -> Self {
        Self {
            grip: grip(x, view, size, limits),
            from: x,
            view,
            far: false,
        }
    }

    /// What was grabbed.
    pub fn grip(&self) -> Grip {
        self.grip
    }

    /// The pointer is at `x` now: the view that follows, if it does.
    pub fn to(&mut self, x: f64, size: Size, limits: Limits) -> Option<View> {
        self.far |= (x - self.from).abs() > CLICK;
        if !self.far {
            return None;
        }
        let whole = whole(limits);
        let View { start, end, .. } = self.view;
        let by = (x - self.from) / size.lane_width() * limits.end;
        let time = whole.time_at(x, size).clamp(0.0, limits.end);
        let (start, end) = match self.grip {
            Grip::Frame => (start + by, end + by),
            // An edge that is dragged over the other takes its place.
            Grip::Left => ordered(start + by, end),
            Grip::Right => ordered(start, end + by),
            Grip::Outside => {
                let from = whole.time_at(self.from, size);
                ordered(from.clamp(0.0, limits.end), time)
            }
        };
        let within = |time: f64| match self.grip {
            Grip::Frame => time,
            _ => time.clamp(0.0, limits.end),
        };
        Some(
            View {
                start: within(start),
                end: within(end),
                ..self.view
            }
            .clamped(limits),
        )
    }

    /// The button was released without a drag: the view with this moment in its middle.
    pub fn click(&self, size: Size, limits: Limits) -> Option<View> {
        if self.far {
            return None;
        }
        let time = whole(limits).time_at(self.from, size);
        Some(self.view.center_on(time, limits))
    }
}

fn ordered(a: f64, b: f64) -> (f64, f64) {
    (a.min(b), a.max(b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lanes::GUTTER;

    const LIMITS: Limits = Limits { end: 1e6 };

    const SIZE: Size = Size {
        width: GUTTER as u32 + 1000,
        height: MINIMAP as u32,
        ratio: 1.0,
    };

    fn view(start: f64, end: f64) -> View {
        View {
            start,
            end,
            scroll: 7.0,
        }
    }

    fn grips(view: View, places: &[f64]) -> Vec<Grip> {
        let places = places.iter();
        places
            .map(|x| grip(GUTTER + x, view, SIZE, LIMITS))
            .collect()
    }

    #[test]
    fn edges_are_grabbed_from_both_sides_and_narrow_frames_from_outside() {
        use Grip::{Frame, Left, Outside, Right};
        let wide = view(4e5, 6e5);
        assert_eq!(
            grips(wide, &[394.0, 396.0, 404.0, 500.0, 597.0, 604.0, 606.0]),
            [Outside, Left, Left, Frame, Right, Right, Outside]
        );
        let narrow = view(5e5, 5.001e5);
        assert_eq!(
            grips(narrow, &[486.0, 492.0, 500.0, 505.0, 508.0, 515.0]),
            [Outside, Left, Frame, Frame, Right, Outside]
        );
        // All is seen: a drag draws a new frame.
        assert_eq!(grips(view(0.0, 1e6), &[500.0]), [Outside]);
    }

    fn dragged(view: View, from: f64, to: f64) -> Option<(f64, f64)> {
        let mut drag = MinimapDrag::new(GUTTER + from, view, SIZE, LIMITS);
        let moved = drag.to(GUTTER + to, SIZE, LIMITS)?;
        assert_eq!(moved.scroll, 7.0, "lanes do not scroll");
        Some((moved.start, moved.end))
    }

    #[test]
    fn a_frame_is_moved_resized_and_drawn_anew() {
        let wide = view(4e5, 6e5);
        assert_eq!(dragged(wide, 500.0, 550.0), Some((4.5e5, 6.5e5)));
        assert_eq!(dragged(wide, 500.0, 5000.0), Some((8e5, 1e6)));
        assert_eq!(dragged(wide, 400.0, 300.0), Some((3e5, 6e5)));
        assert_eq!(dragged(wide, 600.0, 700.0), Some((4e5, 7e5)));
        // The left edge over the right one.
        assert_eq!(dragged(wide, 400.0, 800.0), Some((6e5, 8e5)));
        assert_eq!(dragged(wide, 100.0, 200.0), Some((1e5, 2e5)));
        assert_eq!(dragged(wide, 900.0, -50.0), Some((0.0, 9e5)));
        assert_eq!(dragged(wide, 900.0, 902.0), None);
    }

    #[test]
    fn a_click_puts_its_moment_into_the_middle() {
        let mut drag = MinimapDrag::new(GUTTER + 800.0, view(0.0, 1e5), SIZE, LIMITS);
        drag.to(GUTTER + 801.0, SIZE, LIMITS);
        let centred = drag.click(SIZE, LIMITS).expect("a click");
        assert_eq!((centred.start, centred.end), (7.5e5, 8.5e5));
        drag.to(GUTTER + 900.0, SIZE, LIMITS);
        assert_eq!(drag.click(SIZE, LIMITS), None);
    }
}
