//! Views that move on their own: a short flight to where somebody jumped, and what was thrown. Pure.

use crate::scale::{Limits, Size, View};

/// How long a jump takes, ms.
pub const FLIGHT: f64 = 160.0;

/// After this time, ms, a throw has lost all but 1/e of its speed.
const DRAG: f64 = 280.0;

/// Slower than this, pixels per ms, a throw is over.
const STOPS: f64 = 0.02;

/// From one view to another.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Flight {
    /// Where it begins.
    pub from: View,
    /// Where it ends.
    pub to: View,
}

impl Flight {
    /// The view `ms` after the beginning: ever slower, and at the end just [`Self::to`].
    pub fn at(&self, ms: f64) -> View {
        let part = (ms / FLIGHT).clamp(0.0, 1.0);
        if !part.is_finite() || part >= 1.0 {
            return self.to;
        }
        let eased = 1.0 - (1.0 - part).powi(3);
        let (from, to) = (self.from, self.to);
        let mix = |a: f64, b: f64| a + (b - a) * eased;
        let scroll = mix(from.scroll, to.scroll);
        let (a, b) = (from.width(), to.width());
        if a <= 0.0 || b <= 0.0 || (a / b - 1.0).abs() < 1e-3 {
            return View {
                start: mix(from.start, to.start),
                end: mix(from.end, to.end),
                scroll,
            };
        }
        // The same factor in the same time; one place of the picture stands still, as if somebody zoomed there.
        let width = a * (b / a).powf(eased);
        let done = (a - width) / (a - b);
        let start = from.start + (to.start - from.start) * done;
        View {
            start,
            end: start + width,
            scroll,
        }
    }

    /// Whether it is over after `ms`.
    pub fn is_over(&self, ms: f64) -> bool {
        !ms.is_finite() || ms >= FLIGHT
    }
}

/// A view that was thrown.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Throw {
    /// The view when it was let go.
    pub from: View,
    /// Its speed then, pixels per ms to the right and down.
    pub speed: (f64, f64),
}

impl Throw {
    /// The view `ms` after it was let go. Where the trace ends it stops.
    pub fn at(&self, ms: f64, size: Size, limits: Limits) -> View {
        let way = DRAG * (1.0 - (-ms.max(0.0) / DRAG).exp());
        let (x, y) = (self.speed.0 * way, self.speed.1 * way);
        let time = x / size.lane_width() * self.from.width();
        View {
            start: self.from.start - time,
            end: self.from.end - time,
            scroll: self.from.scroll - y,
        }
        .clamped(limits)
    }

    /// Whether it is over after `ms`.
    pub fn is_over(&self, ms: f64) -> bool {
        let speed = self.speed.0.hypot(self.speed.1) * (-ms / DRAG).exp();
        speed.is_nan() || speed < STOPS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(start: f64, end: f64, scroll: f64) -> View {
        View { start, end, scroll }
    }

    #[test]
    fn a_flight_ends_exactly_where_it_should_and_zooms_evenly() {
        let flight = Flight {
            from: view(0.0, 1e9, 0.0),
            to: view(4e8, 4.000_01e8, 50.0),
        };
        assert_eq!(flight.at(0.0), flight.from);
        assert_eq!(flight.at(FLIGHT), flight.to);
        assert_eq!(flight.at(f64::NAN), flight.to);
        assert!(flight.is_over(FLIGHT) && !flight.is_over(FLIGHT - 1.0));
        let mut before = flight.from;
        for ms in (10..160).step_by(10) {
            let now = flight.at(f64::from(ms));
            assert!(now.width() < before.width());
            // What is in the middle in the end is seen all the time.
            assert!(now.start <= 4e8 && now.end >= 4.000_01e8, "{now:?}");
            assert!((0.0..=50.0).contains(&now.scroll));
            before = now;
        }
    }

    #[test]
    fn a_flight_to_the_side_keeps_its_width() {
        let flight = Flight {
            from: view(0.0, 100.0, 0.0),
            to: view(1000.0, 1100.0, 0.0),
        };
        for ms in [13.0, 60.0, 159.0] {
            assert!((flight.at(ms).width() - 100.0).abs() < 1e-9);
        }
    }

    #[test]
    fn a_throw_slows_down_and_stops_at_the_end_of_the_trace() {
        let size = Size {
            width: 1220,
            height: 600,
            ratio: 1.0,
        };
        let limits = Limits { end: 1e9 };
        let throw = Throw {
            from: view(5e8, 6e8, 100.0),
            speed: (-1.0, 0.5),
        };
        let starts: Vec<f64> = (0..20)
            .map(|i| throw.at(f64::from(i) * 100.0, size, limits).start)
            .collect();
        let steps: Vec<f64> = starts.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(steps.windows(2).all(|pair| pair[1] < pair[0]));
        assert!(steps.iter().all(|&step| step >= 0.0));
        // A pixel is 1e5 ns here; 280 pixels in all.
        assert!((starts[19] - 5.28e8).abs() < 1e5, "{starts:?}");
        assert!(!throw.is_over(500.0) && throw.is_over(1300.0));
        let wild = Throw {
            speed: (-1e9, 0.0),
            ..throw
        };
        assert_eq!(wild.at(1e4, size, limits).end, 1e9);
        let none = Throw {
            speed: (f64::NAN, 0.0),
            ..throw
        };
        assert!(none.is_over(0.0));
    }
}
