//! Moments in a lane: user logs and CPU samples.

use tracepane_model::Trace;

use crate::draw::frame::Frame;
use crate::draw::strip::Intervals;
use crate::lanes::Lane;

/// How high a CPU sample's mark is, in CSS pixels.
pub const SAMPLE_HEIGHT: f64 = 6.0;

/// How high the head of a log's mark is, in CSS pixels; it hangs from the top of the bars.
pub const LOG_HEAD: f64 = 6.0;

/// Log marks with less room than this to a neighbour are mere ticks, in CSS pixels.
const HEAD_ROOM: f64 = 16.0;

impl Frame<'_, '_> {
    /// CPU samples as dashes in the middle of a lane's bars.
    pub fn samples(&mut self, lane: &Lane, rows: &[u32]) {
        let columns = self.columns;
        let (top, bottom) = self.bar_band(lane);
        let height = self.px(SAMPLE_HEIGHT);
        let y = (top + bottom - height) / 2;
        let color = self.colors.sample;
        let width = self.px(2.0);
        samples(self.scene.trace, rows).walk(&columns, |from, _, _| {
            let x = columns.x(from);
            self.list.rect(x, y, x + width, y + height, color);
        });
    }

    /// Logs as wedges that point into a lane's bars from above; as ticks where they are dense.
    pub fn logs(&mut self, lane: &Lane, rows: &[u32]) {
        if rows.is_empty() {
            return;
        }
        let columns = self.columns;
        let (top, _) = self.bar_band(lane);
        let room = self.px(HEAD_ROOM);
        // The one before: where it is, and whether the one before that was near.
        let mut last: Option<(i32, bool)> = None;
        logs(self.scene.trace, rows).walk(&columns, |from, _, _| {
            let x = columns.x(from);
            let near = last.is_some_and(|(before, _)| x - before < room);
            if let Some((before, was_near)) = last {
                self.log(before, top, was_near || near);
            }
            last = Some((x, near));
        });
        if let Some((x, near)) = last {
            self.log(x, top, near);
        }
    }

    fn log(&mut self, x: i32, top: i32, dense: bool) {
        let line = self.line();
        let head = self.px(LOG_HEAD);
        let (color, halo) = (self.colors.log, self.colors.background);
        let list = &mut *self.list;
        if dense {
            list.rect(x, top - line, x + line, top + head / 2, color);
            return;
        }
        for step in -1..head {
            // Narrower by a pixel on each side with every second row.
            let half = head / 2 - step.max(0) / 2;
            let y = top - line + step;
            list.rect(x - half - line, y, x + half + 2 * line, y + 1, halo);
            if step >= 0 {
                list.rect(x - half, y, x + half + line, y + 1, color);
            }
        }
    }
}

/// Rows of the sample table as intervals without length.
pub fn samples<'a>(
    trace: &'a Trace,
    rows: &'a [u32],
) -> Intervals<'a, impl Fn(u32) -> (f64, f64) + use<'a>> {
    Intervals {
        rows,
        times: move |row| {
            let time = trace.samples.at(row as usize).time.0 as f64;
            (time, time)
        },
    }
}

/// Rows of the log table as intervals without length.
pub fn logs<'a>(
    trace: &'a Trace,
    rows: &'a [u32],
) -> Intervals<'a, impl Fn(u32) -> (f64, f64) + use<'a>> {
    Intervals {
        rows,
        times: move |row| {
            let time = trace.logs.at(row as usize).time.0 as f64;
            (time, time)
        },
    }
}
