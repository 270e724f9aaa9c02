//! Wheel and trackpad: browsers tell both by the same events. Pure.

/// Events further apart than this, ms, are not of one movement of the hand.
const PAUSE: f64 = 180.0;

/// Pixels of wheel that zoom by a factor of e.
const WHEEL_ZOOM: f64 = 400.0;

/// The same for a pinch, which comes as a wheel in smaller steps.
const PINCH_ZOOM: f64 = 80.0;

/// No step of a pinch has so many pixels; a wheel's has.
const NOTCH: f64 = 50.0;

/// Pixels in a line of a wheel that counts lines.
const LINE: f64 = 18.0;

/// Two fingers are kept to one axis if they move this many times more along it than along the other.
const CLEARLY: f64 = 2.5;

/// In what a wheel counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WheelUnit {
    /// Pixels.
    Pixels,
    /// Lines: only wheels do.
    Lines,
    /// Pages: only wheels do.
    Pages,
}

/// A wheel event.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Turn {
    /// To the right.
    pub dx: f64,
    /// Down.
    pub dy: f64,
    /// In what both count.
    pub unit: WheelUnit,
    /// What the browser calls `wheelDeltaY`, if it does: ±120 for a notch of a wheel, −3 × `dy` for a trackpad.
    pub notches: Option<f64>,
    /// Control or Command is held, or two fingers pinch.
    pub control: bool,
    /// Shift is held.
    pub shift: bool,
    /// Over the lanes' names.
    pub names: bool,
    /// Pixels in a page.
    pub page: f64,
}

/// What it means.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum WheelMove {
    /// The view gets this many times as wide.
    Zoom(
        /// The factor.
        f64,
    ),
    /// What is seen moves: pixels to later times, and pixels of lanes further down.
    Pan {
        /// To later times.
        dx: f64,
        /// To lanes below.
        dy: f64,
    },
}

/// The wheel events that followed each other without a pause.
#[derive(Clone, Copy, Default, Debug)]
pub struct WheelStream {
    last: Option<f64>,
    trackpad: bool,
    /// How far it went lately along each axis.
    along: (f64, f64),
}

impl WheelStream {
    /// Nothing was turned yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A wheel event at `now`, ms. `scrolls` says that the wheel is to scroll lanes, not to zoom.
    pub fn feed(&mut self, turn: Turn, scrolls: bool, now: f64) -> WheelMove {
        let pixels = match turn.unit {
            WheelUnit::Pixels => 1.0,
            WheelUnit::Lines => LINE,
            WheelUnit::Pages => turn.page,
        };
        let finite = |n: f64| if n.is_finite() { n } else { 0.0 };
        let (dx, dy) = (finite(turn.dx * pixels), finite(turn.dy * pixels));
        if self.last.is_none_or(|last| now - last > PAUSE) {
            self.trackpad = is_trackpad(turn);
            self.along = (0.0, 0.0);
        } else if turn.dx != 0.0 && turn.dy != 0.0 {
            // No wheel turns in both directions at once.
            self.trackpad = turn.unit == WheelUnit::Pixels;
        }
        self.last = Some(now);
        if turn.control {
            // Browsers tell a pinch as a wheel with Control.
            let by = if dy.abs() < NOTCH {
                PINCH_ZOOM
            } else {
                WHEEL_ZOOM
            };
            return WheelMove::Zoom((dy / by).clamp(-3.0, 3.0).exp());
        }
        if turn.shift {
            // Some systems turn the wheel's axis with Shift.
            let dy = if dy == 0.0 { dx } else { dy };
            return WheelMove::Pan { dx: 0.0, dy };
        }
        if turn.names {
            return WheelMove::Pan { dx: 0.0, dy };
        }
        if self.trackpad {
            let (dx, dy) = self.kept((dx, dy));
            return WheelMove::Pan { dx, dy };
        }
        if dx.abs() > dy.abs() {
            WheelMove::Pan { dx, dy: 0.0 }
        } else if scrolls {
            WheelMove::Pan { dx: 0.0, dy }
        } else {
            WheelMove::Zoom((dy / WHEEL_ZOOM).clamp(-3.0, 3.0).exp())
        }
    }

    /// A step of two fingers, kept to one axis where it clearly follows that.
    fn kept(&mut self, (dx, dy): (f64, f64)) -> (f64, f64) {
        let (x, y) = self.along;
        // What was long ago counts less.
        let (x, y) = (x * 0.85 + dx.abs(), y * 0.85 + dy.abs());
        self.along = (x, y);
        if x > CLEARLY * y {
            (dx, 0.0)
        } else if y > CLEARLY * x {
            (0.0, dy)
        } else {
            (dx, dy)
        }
    }
}

/// Whether the first event of a movement comes from fingers on a trackpad. No browser says so.
fn is_trackpad(turn: Turn) -> bool {
    if turn.unit != WheelUnit::Pixels {
        return false;
    }
    if turn.dx != 0.0 && turn.dy != 0.0 {
        return true;
    }
    match turn.notches {
        Some(notches) if notches != 0.0 && (notches + 3.0 * turn.dy).abs() < 1.0 => true,
        Some(notches) if notches != 0.0 && notches % 120.0 == 0.0 => false,
        _ => turn.dx.abs().max(turn.dy.abs()) < NOTCH,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turn(dx: f64, dy: f64) -> Turn {
        Turn {
            dx,
            dy,
            unit: WheelUnit::Pixels,
            notches: None,
            control: false,
            shift: false,
            names: false,
            page: 600.0,
        }
    }

    fn zooms(moved: WheelMove) -> bool {
        matches!(moved, WheelMove::Zoom(_))
    }

    #[test]
    fn a_wheel_zooms_or_scrolls_as_was_chosen() {
        let mut wheel = WheelStream::new();
        let WheelMove::Zoom(factor) = wheel.feed(turn(0.0, -120.0), false, 0.0) else {
            panic!("a wheel zooms");
        };
        assert!((factor - (-0.3f64).exp()).abs() < 1e-12);
        let scrolled = WheelMove::Pan { dx: 0.0, dy: 120.0 };
        assert_eq!(wheel.feed(turn(0.0, 120.0), true, 10.0), scrolled);
        let names = Turn {
            names: true,
            ..turn(0.0, 120.0)
        };
        assert_eq!(wheel.feed(names, false, 20.0), scrolled);
        let shift = Turn {
            shift: true,
            ..turn(120.0, 0.0)
        };
        assert_eq!(wheel.feed(shift, false, 30.0), scrolled);
        let lines = Turn {
            unit: WheelUnit::Lines,
            ..turn(0.0, 3.0)
        };
        assert!(zooms(WheelStream::new().feed(lines, false, 0.0)));
        // An accelerated wheel of a Mac: few pixels, whole notches.
        let mac = Turn {
            notches: Some(-120.0),
            ..turn(0.0, 4.000_244)
        };
        assert!(zooms(WheelStream::new().feed(mac, false, 0.0)));
    }

    #[test]
    fn two_fingers_move_both_ways_at_once_unless_they_clearly_go_one() {
        let mut pad = WheelStream::new();
        let moved = pad.feed(turn(3.0, 2.0), false, 0.0);
        assert_eq!(moved, WheelMove::Pan { dx: 3.0, dy: 2.0 });
        // It goes on to the side only.
        let mut last = moved;
        for i in 1..20 {
            last = pad.feed(turn(12.0, 1.0), false, f64::from(i) * 16.0);
        }
        assert_eq!(last, WheelMove::Pan { dx: 12.0, dy: 0.0 });
        // A turn of direction is followed within a few steps.
        for i in 20..30 {
            last = pad.feed(turn(0.5, 12.0), false, f64::from(i) * 16.0);
        }
        assert_eq!(last, WheelMove::Pan { dx: 0.0, dy: 12.0 });
        // Straight down from the start, fast: still fingers, for it began slowly.
        let mut pad = WheelStream::new();
        pad.feed(turn(0.0, 2.0), false, 0.0);
        let fast = pad.feed(turn(0.0, 90.0), false, 16.0);
        assert_eq!(fast, WheelMove::Pan { dx: 0.0, dy: 90.0 });
        let told = Turn {
            notches: Some(-270.0),
            ..turn(0.0, 90.0)
        };
        assert!(!zooms(WheelStream::new().feed(told, false, 0.0)));
    }

    #[test]
    fn a_pinch_zooms_in_smaller_steps() {
        let pinch = Turn {
            control: true,
            ..turn(0.0, 8.0)
        };
        let WheelMove::Zoom(factor) = WheelStream::new().feed(pinch, true, 0.0) else {
            panic!("a pinch zooms");
        };
        assert!((factor - 0.1f64.exp()).abs() < 1e-12);
        let wild = Turn {
            control: true,
            ..turn(0.0, f64::INFINITY)
        };
        assert_eq!(
            WheelStream::new().feed(wild, true, 0.0),
            WheelMove::Zoom(1.0)
        );
    }
}
