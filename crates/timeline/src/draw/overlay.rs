//! What lies over the lanes: the lane under the pointer, and what is selected.

use tracepane_model::{GoroutineIndex, Nanos, RangeKind, RangeScope, SpanIndex};

use crate::draw::frame::Frame;
use crate::draw::regions::{region_band, region_times};
use crate::family::task_times;
use crate::flows::placement_of;
use crate::hit::Hit;
use crate::lanes::{GUTTER, LaneKind, REGION_ROW, RULER};

/// A selected bar is at least this wide, in CSS pixels, so that it can be found.
const LEAST_WIDTH: f64 = 4.0;

/// The frame around a moment, in CSS pixels.
const MARK: f64 = 12.0;

impl Frame<'_, '_> {
    /// Lights the lane under the pointer faintly.
    pub fn hovered(&mut self) {
        let Some((_, y)) = self.scene.hover else {
            return;
        };
        if y < RULER {
            return;
        }
        if let Some(lane) = self.scene.lane_at(y) {
            self.clip_to(&lane);
            let (top, bottom) = self.band(&lane, 0.0, lane.height);
            let right = self.right();
            let left = self.px(GUTTER);
            self.list.rect(left, top, right, bottom, self.colors.hover);
            self.unclip();
        }
    }

    /// Outlines what is selected.
    pub fn selected(&mut self) {
        let trace = self.scene.trace;
        match self.scene.selection {
            Some(Hit::Span(span) | Hit::ProcSpan { span, .. } | Hit::ThreadSpan { span, .. }) => {
                self.selected_span(span);
            }
            Some(Hit::Range(row)) => {
                let Some(range) = trace.ranges.rows.get(row as usize) else {
                    return;
                };
                let times = (range.start.0 as f64, range.end.0 as f64);
                match (range.kind, range.scope) {
                    (RangeKind::GcMarkAssist, RangeScope::Goroutine(g)) => {
                        if let Some(lane) = self.scene.lanes.place(LaneKind::Goroutine(g)) {
                            self.clip_to(&lane);
                            let y = (self.bar_band(&lane).0, self.clear_band(&lane).0);
                            self.outline(times, y);
                        }
                    }
                    (_, RangeScope::Proc(proc)) => self.outline_lane(LaneKind::Proc(proc), times),
                    _ => self.outline_lane(LaneKind::Gc, times),
                }
            }
            Some(Hit::Region(row)) => {
                let Some(region) = trace.regions.get(row as usize) else {
                    return;
                };
                let kind = LaneKind::Goroutine(region.goroutine);
                if let Some(lane) = self.scene.lanes.place(kind) {
                    self.clip_to(&lane);
                    let y = if lane.region_rows() > 0 {
                        let (top, _) = region_band(region.depth);
                        self.band(&lane, top, top + REGION_ROW - 2.0)
                    } else {
                        (self.clear_band(&lane).1, self.bar_band(&lane).1)
                    };
                    self.outline(region_times(trace, row), y);
                }
            }
            Some(Hit::Log(row)) => {
                let Some(log) = trace.logs.get(row as usize) else {
                    return;
                };
                self.selected_moment(log.goroutine, log.time);
                let family = self.scene.lanes.family();
                let task = family.and_then(|family| family.task_of_log(trace, row));
                if let Some(task) = task {
                    self.outline_moment(LaneKind::Task(task), log.time);
                }
            }
            Some(Hit::Sample(row)) => {
                if let Some(sample) = trace.samples.get(row as usize) {
                    self.selected_moment(sample.goroutine, sample.time);
                    self.outline_moment(LaneKind::Proc(sample.proc), sample.time);
                    self.outline_moment(LaneKind::Thread(sample.thread), sample.time);
                }
            }
            Some(Hit::Task(task)) => {
                if let Some(times) = task_times(trace, task) {
                    self.outline_lane(LaneKind::Task(task), times);
                }
                self.mark_name(LaneKind::Task(task));
            }
            Some(Hit::Lane(kind)) => self.mark_name(kind),
            Some(Hit::GroupLane(group) | Hit::GroupFold(group)) => {
                self.mark_name(LaneKind::Group(group));
            }
            Some(
                Hit::ProcsFold
                | Hit::ThreadsFold
                | Hit::Counter(_)
                | Hit::Bound { .. }
                | Hit::Pin(_)
                | Hit::Disclose(_)
                | Hit::Frame { .. }
                | Hit::Arrow { .. }
                | Hit::Ruler
                | Hit::Flag(_),
            )
            | None => {}
        }
    }

    fn selected_span(&mut self, span: SpanIndex) {
        let trace = self.scene.trace;
        if span.0 as usize >= trace.spans.len() {
            return;
        }
        let goroutine = trace.spans.goroutine(span);
        let times = (
            trace.spans.start(span).0 as f64,
            trace.span_end(span).0 as f64,
        );
        self.outline_lane(LaneKind::Goroutine(goroutine), times);
        let (proc, thread) = placement_of(trace, span);
        self.outline_lane(LaneKind::Proc(proc), times);
        self.outline_lane(LaneKind::Thread(thread), times);
        self.mark_name(LaneKind::Goroutine(goroutine));
    }

    /// A moment of a goroutine.
    fn selected_moment(&mut self, goroutine: GoroutineIndex, time: Nanos) {
        let kind = LaneKind::Goroutine(goroutine);
        self.outline_moment(kind, time);
        self.mark_name(kind);
    }

    fn outline_moment(&mut self, kind: LaneKind, time: Nanos) {
        let half = MARK / 2.0 / self.scene.size.lane_width() * self.scene.view.width();
        let time = time.0 as f64;
        self.outline_lane(kind, (time - half, time + half));
    }

    fn outline_lane(&mut self, kind: LaneKind, times: (f64, f64)) {
        if let Some(lane) = self.scene.lanes.place(kind) {
            self.clip_to(&lane);
            let y = self.bar_band(&lane);
            self.outline(times, y);
        }
    }

    /// A frame around a bar.
    fn outline(&mut self, (start, end): (f64, f64), (top, bottom): (i32, i32)) {
        let columns = self.columns;
        if end < columns.start() || start > columns.end() {
            return;
        }
        let (mut x0, mut x1) = (columns.pixel(start), columns.pixel(end));
        let missing = self.px(LEAST_WIDTH) - (x1 - x0);
        if missing > 0 {
            x0 -= missing / 2;
            x1 = x0 + self.px(LEAST_WIDTH);
        }
        let left = self.px(GUTTER);
        let line = self.px(1.5).max(1);
        let color = self.colors.selection;
        let ruler = self.px(RULER);
        let (top, bottom) = (top - line, bottom + line);
        if bottom <= ruler {
            return;
        }
        let x_from = x0.max(left);
        self.list.rect(x_from, top, x1, top + line, color);
        self.list.rect(x_from, bottom - line, x1, bottom, color);
        if x0 >= left {
            self.list.rect(x0, top, x0 + line, bottom, color);
        }
        self.list
            .rect((x1 - line).max(left), top, x1, bottom, color);
    }

    /// A mark beside a lane's name.
    fn mark_name(&mut self, kind: LaneKind) {
        if let Some(lane) = self.scene.lanes.place(kind) {
            self.clip_to(&lane);
            let (top, bottom) = self.band(&lane, 0.0, lane.height);
            let width = self.px(4.0);
            self.list.rect(0, top, width, bottom, self.colors.selection);
        }
    }
}
