//! The lanes of user tasks.

use tracepane_model::TaskIndex;

use crate::draw::frame::Frame;
use crate::family::task_times;
use crate::lanes::Lane;
use crate::text::Duration;

/// What a duration beside a bar may need, in CSS pixels.
const ROOM: f64 = 130.0;

/// What it needs at least, in CSS pixels.
const LEAST: f64 = 58.0;

impl Frame<'_, '_> {
    /// From when to when a task lasted, with its logs.
    pub fn task(&mut self, lane: &Lane, task: TaskIndex) {
        let trace = self.scene.trace;
        let columns = self.columns;
        let (Some((start, end)), Some(row)) =
            (task_times(trace, task), trace.tasks.get(task.0 as usize))
        else {
            return;
        };
        if end >= columns.start() && start <= columns.end() {
            let (top, bottom) = self.bar_band(lane);
            let from = columns.nearest(start).min(columns.count.saturating_sub(1));
            let to = columns
                .nearest(end)
                .clamp(from + 1, columns.count.max(from + 1));
            let (x0, x1) = (columns.x(from), columns.x(to));
            self.list.rect(x0, top, x1, bottom, self.colors.task);
            // Where its end or its beginning is in the trace, it has an edge.
            let (edge, line) = (self.colors.regions[0], self.px(2.0));
            if row.start.is_some() && start >= columns.start() {
                self.list.rect(x0, top, (x0 + line).min(x1), bottom, edge);
            }
            if row.end.is_some() && end <= columns.end() {
                self.list.rect((x1 - line).max(x0), top, x1, bottom, edge);
            }
            let open = if row.end.is_some() { "" } else { ", not ended" };
            let text = format_args!("{}{open}", Duration(end - start));
            let inside = x1 - x0 >= self.px(LEAST);
            let (x, color) = match inside {
                true => ((x0 + line, x1), self.colors.on_task),
                false => ((x1, x1 + self.px(ROOM)), self.colors.text_dim),
            };
            self.text_at(lane, lane.height / 2.0, x, color, text);
        }
        if let Some(family) = self.scene.lanes.family()
            && let Some(place) = family.place(task)
        {
            self.logs(lane, family.logs(place));
        }
    }
}
