//! The range of time that is selected: where its edges and its × are on the canvas, what a drag makes of it, and how it
//! is typed ([`typed`]).

use std::fmt;

use crate::lanes::{GUTTER, RULER};
use crate::scale::{Size, View};
use crate::text;

pub mod typed;

/// How near an edge the pointer must be to take it, in CSS pixels: below the ruler lanes want their clicks, too.
const NEAR: f64 = 3.0;
/// The same on the ruler, where there is nothing else.
const NEAR_ON_RULER: f64 = 6.0;

/// The label's font size, in CSS pixels.
pub(crate) const FONT: f64 = 11.0;
/// Left and right of the label's text, in CSS pixels.
pub(crate) const LABEL_PAD: f64 = 6.0;
/// Fonts may be wider than is estimated: the label must not be cut.
const WIDER: f64 = 1.2;
/// How wide the × is, in CSS pixels.
const CLOSE: f64 = 18.0;
/// From the ruler's edge to the label, in CSS pixels.
pub(crate) const LABEL_TOP: f64 = 3.0;

/// What of the range is under the pointer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Grip {
    /// Its beginning, which can be moved.
    Start,
    /// Its end, which can be moved.
    End,
    /// What drops it.
    Close,
    /// The range itself.
    Inside,
}

/// Where a range is in a view, in CSS pixels from the canvas' left edge.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct RangePlace {
    /// Where it begins, kept within the part that shows time.
    pub left: f64,
    /// Where it ends, kept likewise.
    pub right: f64,
    /// Whether its beginning is seen.
    pub start_seen: bool,
    /// Whether its end is seen.
    pub end_seen: bool,
    /// From where to where its label is, × included; `None` if nothing of the range is seen, or there is no room.
    pub label: Option<(f64, f64)>,
}

impl RangePlace {
    /// Where `range`, in ns, is in a view; `None` if nothing of it is seen.
    pub fn new(range: (f64, f64), view: View, size: Size) -> Option<Self> {
        let (start, end) = (range.0.min(range.1), range.0.max(range.1));
        let edge = f64::from(size.width).max(GUTTER);
        if !(start.is_finite() && end.is_finite()) || end < view.start || start > view.end {
            return None;
        }
        let (left, right) = (view.x_of(start, size), view.x_of(end, size));
        let place = Self {
            left: left.clamp(GUTTER, edge),
            right: right.clamp(GUTTER, edge),
            start_seen: (GUTTER..=edge).contains(&left),
            end_seen: (GUTTER..=edge).contains(&right),
            label: None,
        };
        let label = f64::from(text::width(&RangeLabel::new(range).to_string())) * FONT;
        let width = label * WIDER + 2.0 * LABEL_PAD + CLOSE;
        let middle = (place.left + place.right) / 2.0;
        let from = (middle - width / 2.0).min(edge - width).max(GUTTER);
        Some(Self {
            label: (edge - GUTTER >= width).then_some((from, from + width)),
            ..place
        })
    }

    /// From where to where the × is.
    pub fn close(&self) -> Option<(f64, f64)> {
        self.label.map(|(_, end)| (end - CLOSE, end))
    }

    /// What of the range is at `x`, `y` CSS pixels from the canvas' top left.
    pub fn grip_at(&self, x: f64, y: f64) -> Option<Grip> {
        let on_ruler = (0.0..RULER).contains(&y);
        if x < GUTTER || y < 0.0 {
            return None;
        }
        let within = |part: Option<(f64, f64)>| part.is_some_and(|(a, b)| (a..b).contains(&x));
        if on_ruler && within(self.close()) {
            return Some(Grip::Close);
        }
        let near = if on_ruler { NEAR_ON_RULER } else { NEAR };
        let from_start = self.start_seen.then(|| (x - self.left).abs());
        let from_end = self.end_seen.then(|| (x - self.right).abs());
        let taken = |distance: Option<f64>| distance.filter(|&distance| distance <= near);
        match (taken(from_start), taken(from_end)) {
            // Of a range that is hardly seen, the side of the pointer says which edge is meant.
            (Some(_), Some(_)) if x > (self.left + self.right) / 2.0 => Some(Grip::End),
            (Some(_), _) => Some(Grip::Start),
            (None, Some(_)) => Some(Grip::End),
            _ if (self.left..self.right).contains(&x) || on_ruler && within(self.label) => {
                Some(Grip::Inside)
            }
            _ => None,
        }
    }
}

/// How long a range is, in words.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct RangeLabel(f64);

impl RangeLabel {
    /// Of a range in ns.
    pub fn new((start, end): (f64, f64)) -> Self {
        Self((end - start).abs())
    }
}

impl fmt::Display for RangeLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        text::Duration(self.0).fmt(f)
    }
}

/// The range between two times that lie within the trace, at least 1 ns long.
pub fn between(a: f64, b: f64, end: f64) -> (f64, f64) {
    let most = end.max(1.0);
    let sane = |time: f64| {
        if time.is_finite() {
            time.clamp(0.0, most).round()
        } else {
            0.0
        }
    };
    let (start, end) = (sane(a.min(b)), sane(a.max(b)));
    if end - start >= 1.0 {
        (start, end)
    } else if start + 1.0 <= most {
        (start, start + 1.0)
    } else {
        (most - 1.0, most)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SIZE: Size = Size {
        width: 1220,
        height: 400,
        ratio: 1.0,
    };

    const VIEW: View = View {
        start: 0.0,
        end: 1e6,
        scroll: 0.0,
    };

    fn place(start: f64, end: f64) -> RangePlace {
        RangePlace::new((start, end), VIEW, SIZE).unwrap()
    }

    fn x(time: f64) -> f64 {
        VIEW.x_of(time, SIZE)
    }

    #[test]
    fn edges_are_taken_within_a_few_pixels() {
        let place = place(2e5, 6e5);
        let lanes = RULER + 50.0;
        let ruler = RULER / 2.0;
        for (at, y, grip) in [
            (x(2e5) - 3.0, lanes, Some(Grip::Start)),
            (x(2e5) - 4.0, lanes, None),
            (x(2e5) - 6.0, ruler, Some(Grip::Start)),
            (x(2e5) + 4.0, lanes, Some(Grip::Inside)),
            (x(6e5) + 3.0, lanes, Some(Grip::End)),
            (x(6e5) + 7.0, ruler, None),
            (GUTTER - 1.0, lanes, None),
            (x(2e5), -1.0, None),
        ] {
            assert_eq!(place.grip_at(at, y), grip, "{at} {y}");
        }
        let (from, to) = place.close().unwrap();
        let middle = (from + to) / 2.0;
        assert_eq!(place.grip_at(middle, ruler), Some(Grip::Close));
        // Below the ruler lies a lane.
        assert_eq!(place.grip_at(middle, lanes), Some(Grip::Inside));
    }

    #[test]
    fn the_side_tells_the_edges_of_a_thin_range_apart() {
        let thin = place(5e5, 5e5 + 1.0);
        let at = x(5e5);
        assert_eq!(thin.grip_at(at - 1.0, 200.0), Some(Grip::Start));
        assert_eq!(thin.grip_at(at + 1.0, 200.0), Some(Grip::End));
        // Its label is wider than itself.
        let (from, to) = thin.label.unwrap();
        assert!(from < thin.left && to > thin.right);
        assert_eq!(thin.grip_at(from + 1.0, 2.0), Some(Grip::Inside));
        assert_eq!(thin.grip_at(from + 1.0, 200.0), None);
    }

    #[test]
    fn what_is_out_of_sight_cannot_be_taken() {
        assert_eq!(RangePlace::new((2e6, 3e6), VIEW, SIZE), None);
        assert_eq!(RangePlace::new((f64::NAN, 3e6), VIEW, SIZE), None);
        let wide = place(-5e5, 2e6);
        assert!(!wide.start_seen && !wide.end_seen);
        assert_eq!((wide.left, wide.right), (GUTTER, 1220.0));
        assert_eq!(wide.grip_at(GUTTER + 1.0, 200.0), Some(Grip::Inside));
        assert_eq!(wide.grip_at(1219.0, 200.0), Some(Grip::Inside));
        // No room for a label.
        let narrow = Size { width: 260, ..SIZE };
        let place = RangePlace::new((0.0, 1e6), VIEW, narrow).unwrap();
        assert_eq!(place.label, None);
    }

    proptest! {
        #[test]
        fn the_label_is_always_on_the_canvas(
            start in -2e6..2e6f64,
            length in 0.0..3e6f64,
            width in 300u32..3000,
        ) {
            let size = Size { width, ..SIZE };
            if let Some(place) = RangePlace::new((start, start + length), VIEW, size)
                && let Some((from, to)) = place.label
            {
                prop_assert!(from >= GUTTER && to <= f64::from(width) + 1e-6);
                let (close, end) = place.close().unwrap();
                prop_assert!(close > from && end <= to);
            }
        }

        #[test]
        fn ranges_are_never_empty_and_lie_in_the_trace(
            a in proptest::num::f64::ANY,
            b in proptest::num::f64::ANY,
            end in 1.0..1e15f64,
        ) {
            let (start, to) = between(a, b, end);
            prop_assert!(start >= 0.0 && to <= end.max(1.0).ceil() && to - start >= 1.0);
        }
    }
}
