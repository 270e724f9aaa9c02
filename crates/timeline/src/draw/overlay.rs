//! What lies over the lanes: the lane under the pointer, what is selected, and who woke it.

use tracepane_model::{
    Cause, GoroutineIndex, Nanos, ProcIndex, RangeKind, RangeScope, SpanIndex, SpanState, Trace,
};

use crate::draw::frame::Frame;
use crate::draw::lane::{ASSIST_HEIGHT, REGION_HEIGHT, region_times};
use crate::hit::Hit;
use crate::lanes::{GUTTER, Lane, LaneKind, RULER};

/// A selected bar is at least this wide, in CSS pixels, so that it can be found.
const LEAST_WIDTH: f64 = 4.0;

impl Frame<'_, '_> {
    /// Lights the lane under the pointer faintly.
    pub fn hovered(&mut self) {
        let Some((_, y)) = self.scene.hover else {
            return;
        };
        if y < RULER {
            return;
        }
        let lanes_y = y - RULER + self.scene.view.scroll.max(0.0);
        if let Some((kind, top, height)) = self.scene.lanes.lane_at(lanes_y) {
            let lane = Lane { kind, top, height };
            let (top, bottom) = self.band(&lane, 0.0, height);
            let right = self.right();
            let left = self.px(GUTTER);
            self.list.rect(left, top, right, bottom, self.colors.hover);
        }
    }

    /// Outlines what is selected.
    pub fn selected(&mut self) {
        let trace = self.scene.trace;
        match self.scene.selection {
            Some(Hit::Span(span) | Hit::ProcSpan { span, .. }) => self.selected_span(span),
            Some(Hit::Range(row)) => {
                let Some(range) = trace.ranges.rows.get(row as usize) else {
                    return;
                };
                let times = (range.start.0 as f64, range.end.0 as f64);
                match (range.kind, range.scope) {
                    (RangeKind::GcMarkAssist, RangeScope::Goroutine(g)) => {
                        if let Some(lane) = self.find(LaneKind::Goroutine(g)) {
                            let (top, _) = self.bar_band(&lane);
                            let y = (top, top + self.px(ASSIST_HEIGHT));
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
                if let Some(lane) = self.find(LaneKind::Goroutine(region.goroutine)) {
                    let (_, bottom) = self.bar_band(&lane);
                    let y = (bottom - self.px(REGION_HEIGHT), bottom);
                    self.outline(region_times(trace, row), y);
                }
            }
            Some(Hit::Lane(kind)) => self.mark_name(kind),
            Some(Hit::GroupLane(group) | Hit::GroupFold(group)) => {
                self.mark_name(LaneKind::Group(group));
            }
            Some(Hit::ProcsFold | Hit::Counter(_) | Hit::Ruler) | None => {}
        }
    }

    fn selected_span(&mut self, span: SpanIndex) {
        let trace = self.scene.trace;
        if span.0 as usize >= trace.spans.len() {
            return;
        }
        let goroutine = trace.spans.goroutine(span);
        if let Some(wake) = wake_of(trace, span) {
            self.arrow(&wake);
        }
        let times = (
            trace.spans.start(span).0 as f64,
            trace.span_end(span).0 as f64,
        );
        self.outline_lane(LaneKind::Goroutine(goroutine), times);
        if let Some(proc) = proc_of(trace, span) {
            self.outline_lane(LaneKind::Proc(proc), times);
        }
        self.mark_name(LaneKind::Goroutine(goroutine));
    }

    fn outline_lane(&mut self, kind: LaneKind, times: (f64, f64)) {
        if let Some(lane) = self.find(kind) {
            let y = self.bar_band(&lane);
            self.outline(times, y);
        }
    }

    fn find(&self, kind: LaneKind) -> Option<Lane> {
        Some(Lane {
            kind,
            top: self.scene.lanes.top_of(kind)?,
            height: kind.height(),
        })
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
        if let Some(lane) = self.find(kind) {
            let (top, bottom) = self.band(&lane, 0.0, lane.height);
            let width = self.px(4.0);
            self.list.rect(0, top, width, bottom, self.colors.selection);
        }
    }

    /// A line from the lane of the goroutine that woke or created the selected one.
    fn arrow(&mut self, wake: &Wake) {
        let time = wake.time.0 as f64;
        if time < self.columns.start() || time > self.columns.end() {
            return;
        }
        let lanes = self.scene.lanes;
        let trace = self.scene.trace;
        let (Some(from), Some(to)) = (
            lanes.lane_of(trace, wake.by),
            lanes.lane_of(trace, wake.whom),
        ) else {
            return;
        };
        if from.top == to.top {
            return;
        }
        let middle = |lane: &Lane| self.y_of(lane.top) + lane.height / 2.0;
        let (y0, y1) = (middle(&from), middle(&to));
        // The head touches the bar, on the side from which the line comes.
        let half = to.height / 2.0 - 2.0;
        let y1 = if y0 < y1 { y1 - half } else { y1 + half };
        // Kept near the canvas: a lane may be millions of pixels away.
        let limits = (RULER - 50.0, f64::from(self.scene.size.height) + 50.0);
        let keep = |y: f64| self.px(y.clamp(limits.0, limits.1));
        let (from_y, to_y) = (keep(y0), keep(y1));
        let x = self.columns.pixel(time);
        let line = self.line();
        let color = self.colors.arrow;
        self.list
            .rect(x, from_y.min(to_y), x + line, from_y.max(to_y), color);
        let dot = self.px(2.0);
        self.list
            .rect(x - dot, from_y - dot, x + dot + line, from_y + dot, color);
        if (RULER..=f64::from(self.scene.size.height)).contains(&y1) {
            let down = if y0 < y1 { -1 } else { 1 };
            for i in 0..self.px(5.0) {
                let y = to_y + down * i;
                let half = (i + 1) / 2;
                self.list.rect(
                    x - half,
                    y.min(y + down),
                    x + half + line,
                    y.max(y + down),
                    color,
                );
            }
        }
    }
}

/// Who made a goroutine runnable, and when.
pub struct Wake {
    pub by: GoroutineIndex,
    pub whom: GoroutineIndex,
    pub time: Nanos,
}

/// Who brought a span about: of a wait to run and of what follows it who ended the wait before; of another wait who
/// ended it.
pub fn wake_of(trace: &Trace, span: SpanIndex) -> Option<Wake> {
    let whom = trace.spans.goroutine(span);
    let list = trace.goroutines.spans(whom);
    let place = trace.goroutines.place_of(whom, span)?;
    let caused = |place: usize| {
        let span = SpanIndex(*list.get(place)?);
        match trace.spans.cause(span) {
            Cause::Goroutine(by) if (by.0 as usize) < trace.goroutines.len() => Some(Wake {
                by,
                whom,
                time: trace.spans.start(span),
            }),
            _ => None,
        }
    };
    match trace.spans.kind(span).state() {
        SpanState::Runnable => caused(place),
        SpanState::Waiting => caused(place).or_else(|| caused(place + 1)),
        SpanState::Running => caused(place.checked_sub(1)?),
        _ => None,
    }
}

/// The proc on which a span ran.
pub fn proc_of(trace: &Trace, span: SpanIndex) -> Option<ProcIndex> {
    if !matches!(
        trace.spans.kind(span).state(),
        SpanState::Running | SpanState::Syscall
    ) {
        return None;
    }
    match trace.spans.cause(span) {
        Cause::Placement(id) => {
            let proc = trace.procs.placement(id).proc;
            ((proc.0 as usize) < trace.procs.ids.len()).then_some(proc)
        }
        _ => None,
    }
}
