//! The time axis and the marks, as the page last told them.

use tracepane_timeline::wall::SECOND;
use tracepane_timeline::{Axis, Mark, Timing, WallClock};

use crate::protocol::{ClockReading, Look, TimingLook};

/// What of them is kept.
#[derive(Default)]
pub struct Timekeeping {
    /// The open trace's wall clock, if it has one.
    pub clock: Option<WallClock>,
    /// The marks.
    pub marks: Vec<Mark>,
}

impl Timekeeping {
    /// Takes what a look says.
    pub fn take(&mut self, look: &TimingLook) {
        self.marks.clear();
        let marks = look.marks.iter();
        self.marks.extend(marks.map(|mark| Mark {
            name: mark.name.clone(),
            time: mark.time,
        }));
    }

    /// The same for a frame.
    pub fn timing(&self, look: &Look) -> Timing<'_> {
        let TimingLook {
            axis, zone, cursor, ..
        } = look.timing;
        Timing {
            axis: Axis {
                kind: axis.name.kind(),
                origin: axis.origin,
                zone,
                clock: self.clock.as_ref(),
            },
            marks: &self.marks,
            cursor,
        }
    }

    /// The wall clock's readings, for the page.
    pub fn readings(&self) -> Vec<ClockReading> {
        let points = self.clock.as_ref().map_or(&[][..], WallClock::points);
        points
            .iter()
            .map(|point| ClockReading {
                time: point.time as f64,
                seconds: point.unix.div_euclid(SECOND) as f64,
                nanos: point.unix.rem_euclid(SECOND) as u32,
            })
            .collect()
    }
}
