//! Arrows for flows: of what is selected, and, where they are few, of all that is seen.

use tracepane_model::{Cause, Nanos, ProcIndex, SpanIndex, ThreadIndex};

use crate::draw::frame::Frame;
use crate::flows::{Flow, FlowKind, placement_of, span_at, wake};
use crate::lanes::{Arrangement, BAR, Lane, LaneKind, RULER};
use crate::list::{Arrows, Shape};

/// A view with more arrows than this has none: they would only hide what is below.
pub const MAX_ARROWS: usize = 160;

/// No more rows of the span table than this are looked at for a frame's arrows.
const MAX_ROWS: u32 = 1 << 14;

/// An arrow's head, in CSS pixels.
const HEAD: f64 = 6.0;

/// What a curve is made of.
const PARTS: u32 = 12;

/// How far out of the canvas an arrow goes on, in CSS pixels.
const BEYOND: f64 = 40.0;

/// An arrow, in device pixels.
#[derive(Clone, Copy, Debug)]
pub struct Arrow {
    from: (f32, f32),
    to: (f32, f32),
    kind: FlowKind,
    /// Whether its head is on the canvas.
    head: bool,
    /// Whether it begins and ends on the canvas.
    whole: bool,
}

/// How much of an arrow's colour is seen, of 255, if nothing that it leads to or comes from is selected; less if its
/// other end is out of sight.
const FAINT: u32 = 0x90;
const FAINTER: u32 = 0x48;

impl Frame<'_, '_> {
    /// Draws the arrows of the view, then those of the selection.
    pub fn arrows(&mut self) {
        let mut arrows = std::mem::take(&mut self.scratch.arrows);
        arrows.clear();
        self.list.arrows = Arrows::Off;
        if self.scene.arrows {
            self.list.arrows = match self.arrows_of_view(&mut arrows) {
                Some(()) => Arrows::Drawn(arrows.len() as u32),
                None => Arrows::TooMany,
            };
            if self.list.arrows != Arrows::TooMany {
                for arrow in &arrows {
                    self.arrow(arrow, false);
                }
            }
        }
        arrows.clear();
        for &flow in self.scene.flows {
            self.find_arrows(flow, true, &mut arrows);
        }
        for arrow in &arrows {
            self.arrow(arrow, true);
        }
        self.scratch.arrows = arrows;
    }

    /// Finds all arrows that have an end on the canvas; `None` if there are too many, or too much to look at.
    fn arrows_of_view(&self, arrows: &mut Vec<Arrow>) -> Option<()> {
        let trace = self.scene.trace;
        let lanes = self.scene.lanes;
        let mut add = |flow: Flow| {
            self.find_arrows(flow, false, arrows);
            (arrows.len() <= MAX_ARROWS).then_some(())
        };
        if let Some(family) = lanes.family() {
            if family.tasks.len() > MAX_ROWS as usize {
                return None;
            }
            for member in &family.tasks {
                if let Some(parent) = member.parent {
                    let task = member.task;
                    add(Flow::Subtask { task, parent })?;
                }
            }
        }
        let nanos = |time: f64| Nanos(time.ceil().max(0.0) as i64);
        let (start, end) = (nanos(self.columns.start()), nanos(self.columns.end()));
        let first = trace.spans.first_at(start).0;
        let last = trace.spans.first_at(end).0;
        if last - first <= MAX_ROWS {
            for row in (first..last).map(SpanIndex) {
                if matches!(trace.spans.cause(row), Cause::Goroutine(_)) {
                    add(Flow::Wake(row))?;
                }
            }
            return Some(());
        }
        // Where only goroutines are seen, their own spans are enough.
        let (from, to) = self.shown();
        let mut rows_left = MAX_ROWS as usize;
        for lane in lanes.visible(from, to) {
            let goroutine = match lane.kind {
                LaneKind::Goroutine(goroutine) => goroutine,
                LaneKind::Task(_) | LaneKind::Heading(_) | LaneKind::Gc => continue,
                _ => return None,
            };
            let rows = trace.goroutines.spans(goroutine);
            let place =
                |time| rows.partition_point(|&row| trace.spans.start(SpanIndex(row)) < time);
            let rows = &rows[place(start)..place(end)];
            rows_left = rows_left.checked_sub(rows.len())?;
            for &row in rows {
                add(Flow::Wake(SpanIndex(row)))?;
            }
        }
        Some(())
    }

    /// Adds the arrows of a flow: between goroutines or tasks, and between the procs or threads on which it happened.
    /// `far`: also those that only cross the canvas, or come from the runtime.
    fn find_arrows(&self, flow: Flow, far: bool, arrows: &mut Vec<Arrow>) {
        let trace = self.scene.trace;
        let lanes = self.scene.lanes;
        let mut add = |from: Option<Lane>, to: Option<Lane>, times: (f64, f64), kind| {
            if let (Some(from), Some(to)) = (from, to)
                && let Some(arrow) = self.arrow_between(&from, &to, times, kind, far)
            {
                arrows.push(arrow);
            }
        };
        match flow {
            Flow::Subtask { task, parent } => {
                let row = trace.tasks.get(task.0 as usize);
                let Some(start) = row.and_then(|row| row.start) else {
                    return;
                };
                let time = start.0 as f64;
                if time < self.columns.start() || time > self.columns.end() {
                    return;
                }
                let from = lanes.place(LaneKind::Task(parent));
                let to = lanes.place(LaneKind::Task(task));
                add(from, to, (time, time), FlowKind::Subtask);
            }
            Flow::Wake(span) => {
                // In a view of few goroutines, most flows are between others.
                let whom = lanes.lane_of(trace, trace.spans.goroutine(span));
                if whom.is_none() && !lanes.by_group() {
                    return;
                }
                let Some(wake) = wake(trace, span) else {
                    return;
                };
                let time = wake.time.0 as f64;
                if !wake.by.is_some() {
                    if far {
                        let from = lanes.place(LaneKind::Arrivals);
                        add(from, whom, (time, time), wake.kind);
                    }
                    return;
                }
                let by = lanes.lane_of(trace, wake.by);
                add(by, whom, (time, time), wake.kind);
                let actor = |(proc, thread): (ProcIndex, ThreadIndex)| match lanes.arrangement() {
                    Arrangement::Procs if proc.is_some() => Some(LaneKind::Proc(proc)),
                    Arrangement::Threads if thread.is_some() => Some(LaneKind::Thread(thread)),
                    _ => None,
                };
                let from = span_at(trace, wake.by, wake.time);
                let from = from.and_then(|span| actor(placement_of(trace, span)));
                if let (Some(from), Some((ran, to))) = (from, wake.ran) {
                    let to = actor(placement_of(trace, to)).and_then(|kind| lanes.place(kind));
                    let times = (time, ran.0 as f64);
                    add(lanes.place(from), to, times, wake.kind);
                }
            }
        }
    }

    /// An arrow from one lane to another; `None` if they are the same, or nothing of it is seen.
    fn arrow_between(
        &self,
        from: &Lane,
        to: &Lane,
        (start, end): (f64, f64),
        kind: FlowKind,
        far: bool,
    ) -> Option<Arrow> {
        if from.top == to.top || end < self.columns.start() || start > self.columns.end() {
            return None;
        }
        let bottom = f64::from(self.scene.size.height);
        let seen = |lane: &Lane| {
            let y = self.y_of(lane.top);
            y + lane.height > RULER && y < bottom
        };
        if !far && !seen(from) && !seen(to) {
            return None;
        }
        let bars = |lane: &Lane| match lane.kind {
            LaneKind::Goroutine(_) | LaneKind::Proc(_) | LaneKind::Thread(_) => (2.0, BAR - 2.0),
            _ => (3.0, lane.height - 3.0),
        };
        let middle = |lane: &Lane| {
            let (top, bottom) = bars(lane);
            self.y_of(lane.top) + (top + bottom) / 2.0
        };
        // The head touches the bar on the side from which the arrow comes.
        let touched = if from.top < to.top {
            bars(to).0
        } else {
            bars(to).1
        };
        let y = (middle(from), self.y_of(to.top) + touched);
        // Kept near the canvas: a lane may be millions of pixels away.
        let keep = |y: f64| y.clamp(RULER - BEYOND, bottom + BEYOND);
        let ratio = self.scene.size.sane_ratio();
        let point = |time: f64, y: f64| {
            let x = self.columns.pixel(time);
            (
                x as f32 + self.line() as f32 / 2.0,
                (keep(y) * ratio) as f32,
            )
        };
        Some(Arrow {
            from: point(start, y.0),
            to: point(end, y.1),
            kind,
            head: end <= self.columns.end() && keep(y.1) == y.1,
            whole: seen(from) && seen(to),
        })
    }

    fn arrow(&mut self, arrow: &Arrow, selected: bool) {
        let color = match arrow.kind {
            FlowKind::Created => self.colors.arrow_created,
            FlowKind::Unblocked | FlowKind::ByRuntime | FlowKind::Returned => self.colors.arrow,
            FlowKind::Subtask => self.colors.arrow_task,
        };
        let color = match (selected, arrow.whole) {
            (true, _) => color,
            (false, true) => color & 0x00ff_ffff | FAINT << 24,
            (false, false) => color & 0x00ff_ffff | FAINTER << 24,
        };
        let ratio = self.scene.size.sane_ratio() as f32;
        let halo = self.colors.background & 0x00ff_ffff | 0xb0 << 24;
        let width = if selected { 1.5 } else { 1.0 } * ratio;
        let ((x0, y0), (x1, y1)) = (arrow.from, arrow.to);
        let down = if y1 > y0 { 1.0 } else { -1.0 };
        let head = HEAD as f32 * ratio;
        // The line ends inside the head.
        let end = if arrow.head {
            y1 - down * head * 0.7
        } else {
            y1
        };
        if selected {
            self.curve((x0, y0), (x1, end), halo, width + 2.0 * ratio);
        }
        self.curve((x0, y0), (x1, end), color, width);
        if arrow.head {
            let half = head * 0.5;
            let base = y1 - down * head;
            let corners = [(x1, y1), (x1 - half, base), (x1 + half, base)];
            self.list.stroke(Shape::Triangle(corners), color);
        }
        let dot = (x0, y0);
        let width = if selected { 5.0 } else { 4.0 } * ratio;
        let (from, to) = (dot, dot);
        self.list.stroke(Shape::Line { from, to, width }, color);
    }

    /// A line that leaves and arrives upright; straight if it is upright anyhow.
    fn curve(&mut self, from: (f32, f32), to: (f32, f32), color: u32, width: f32) {
        if (from.0 - to.0).abs() < 2.0 {
            self.list.stroke(Shape::Line { from, to, width }, color);
            return;
        }
        let middle = (from.1 + to.1) / 2.0;
        let at = |t: f32| {
            let (a, b) = (1.0 - t, t);
            // A cubic curve whose inner points are above and below the ends, halfway.
            let x = from.0 * (a * a * (a + 3.0 * b)) + to.0 * (b * b * (b + 3.0 * a));
            let y = from.1 * a * a * a + 3.0 * middle * a * b * (a + b) + to.1 * b * b * b;
            (x, y)
        };
        let mut last = from;
        for part in 1..=PARTS {
            let next = at(part as f32 / PARTS as f32);
            let (from, to) = (last, next);
            self.list.stroke(Shape::Line { from, to, width }, color);
            last = next;
        }
    }
}
