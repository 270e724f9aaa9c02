//! Arrows for flows: of what is selected, and, where they are few, of all that is seen.

use tracepane_model::{Cause, Nanos, ProcIndex, SpanIndex, ThreadIndex};

use crate::draw::Scene;
use crate::draw::frame::Frame;
use crate::flows::{Flow, FlowKind, placement_of, span_at, wake};
use crate::hit::Hit;
use crate::lanes::{Arrangement, BAR, GUTTER, Lane, LaneKind, RULER};
use crate::list::{Align, Arrows, Shape, TextPlace};
use crate::scale::Columns;

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

/// A selection's arrow whose other end is out of sight has this much of its colour, of 255.
const FAR: u32 = 0xa8;

/// The same for arrows of the view: whole ones, and those that lead out of sight.
const FAINT: u32 = 0x90;
const FAINTER: u32 = 0x48;

/// Arrows whose ends are no farther apart than this are one, in CSS pixels.
const NEIGHBOURS: f64 = 7.0;

/// A bundle is no wider than this, in CSS pixels.
const MAX_WIDTH: f32 = 5.0;

/// How an arrow stands to what is selected.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Role {
    /// It leads to it.
    Into,
    /// It comes from it.
    Out,
    /// Neither.
    None,
}

/// An arrow, or several that are as good as one; in device pixels.
#[derive(Clone, Copy, Debug)]
pub struct Arrow {
    from: (f32, f32),
    to: (f32, f32),
    kind: FlowKind,
    role: Role,
    /// What it stands for; of several the first.
    pub flow: Flow,
    /// How many it stands for.
    pub count: u32,
    /// Whether its head is on the canvas.
    head: bool,
    /// Whether it begins and ends on the canvas.
    whole: bool,
    /// How far it swings to the side.
    bow: f32,
}

impl Arrow {
    /// A point of its curve, from 0 to 1. It leaves and arrives upright, and swings aside where that would be straight.
    fn at(&self, t: f32) -> (f32, f32) {
        let (a, b) = (1.0 - t, t);
        let middle = (self.from.1 + self.to.1) / 2.0;
        // A cubic curve whose inner points are above and below the ends, halfway.
        let x = self.from.0 * (a * a * (a + 3.0 * b))
            + self.to.0 * (b * b * (b + 3.0 * a))
            + self.bow * 3.0 * a * b;
        let y = self.from.1 * a * a * a + 3.0 * middle * a * b * (a + b) + self.to.1 * b * b * b;
        (x, y)
    }

    /// Whether it is a creation, which is dashed.
    fn is_created(&self) -> bool {
        self.kind == FlowKind::Created
    }

    /// How far a point is from it.
    fn distance(&self, point: (f32, f32)) -> f32 {
        let mut least = f32::MAX;
        let mut last = self.from;
        for part in 1..=PARTS {
            let next = self.at(part as f32 / PARTS as f32);
            let (dx, dy) = (next.0 - last.0, next.1 - last.1);
            let (px, py) = (point.0 - last.0, point.1 - last.1);
            let squared = dx * dx + dy * dy;
            let along = match squared > 0.0 {
                true => ((px * dx + py * dy) / squared).clamp(0.0, 1.0),
                false => 0.0,
            };
            let (x, y) = (px - along * dx, py - along * dy);
            least = least.min((x * x + y * y).sqrt());
            last = next;
        }
        least
    }
}

/// Finds arrows, for drawing and for the pointer.
#[derive(Clone, Copy)]
pub struct Router<'a, 's> {
    pub scene: &'a Scene<'s>,
    pub columns: Columns,
}

/// An arrow under the pointer.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Pointed {
    pub flow: Flow,
    pub count: u32,
    /// The end to go to is the one from which it comes.
    pub back: bool,
}

impl Frame<'_, '_> {
    /// Draws the arrows of the view, then those of the selection.
    pub fn arrows(&mut self) {
        let mut arrows = std::mem::take(&mut self.scratch.arrows);
        let router = Router {
            scene: self.scene,
            columns: self.columns,
        };
        arrows.clear();
        self.list.arrows = Arrows::Off;
        if self.scene.arrows {
            self.list.arrows = match router.of_view(&mut arrows) {
                Some(()) => Arrows::Drawn(arrows.len() as u32),
                None => Arrows::TooMany,
            };
            if self.list.arrows != Arrows::TooMany {
                router.bundle(&mut arrows);
                for arrow in &arrows {
                    self.arrow(arrow);
                }
            }
        }
        arrows.clear();
        router.of_selection(&mut arrows);
        for arrow in &arrows {
            self.arrow(arrow);
        }
        self.scratch.arrows = arrows;
    }

    fn arrow(&mut self, arrow: &Arrow) {
        let selected = arrow.role != Role::None;
        let color = match (arrow.kind, arrow.role) {
            (FlowKind::Subtask, _) => self.colors.arrow_task,
            (_, Role::Into) => self.colors.arrow_into,
            (_, Role::Out | Role::None) => self.colors.arrow,
        };
        let alpha = match (selected, arrow.whole) {
            (true, true) => 0xff,
            (true, false) => FAR,
            (false, true) => FAINT,
            (false, false) => FAINTER,
        };
        let color = color & 0x00ff_ffff | alpha << 24;
        let ratio = self.scene.size.sane_ratio() as f32;
        let halo = self.colors.background & 0x00ff_ffff | 0xb0 << 24;
        let bundle = (arrow.count as f32).ln() * 0.7;
        let width = if selected { 1.5 } else { 1.0 };
        let width = (width + bundle).min(MAX_WIDTH) * ratio;
        let down = if arrow.to.1 > arrow.from.1 { 1.0 } else { -1.0 };
        let head = (HEAD as f32 + bundle * 1.2).min(10.0) * ratio;
        if selected {
            self.curve(arrow, halo, width + 2.0 * ratio, false);
        }
        self.curve(arrow, color, width, arrow.is_created());
        if arrow.head {
            let (x1, y1) = arrow.to;
            let half = head * 0.5;
            let base = y1 - down * head;
            let corners = [(x1, y1), (x1 - half, base), (x1 + half, base)];
            self.list.stroke(Shape::Triangle(corners), color);
        }
        let width = if selected { 5.0 } else { 4.0 } * ratio;
        let (from, to) = (arrow.from, arrow.from);
        self.list.stroke(Shape::Line { from, to, width }, color);
        if arrow.count > 1 && selected {
            self.count_of(arrow);
        }
    }

    /// How many arrows a bundle is, on its middle.
    fn count_of(&mut self, arrow: &Arrow) {
        let ratio = self.scene.size.sane_ratio();
        let (x, y) = arrow.at(0.5);
        let count = arrow.count;
        let digits = f64::from(count.ilog10() + 1);
        let (width, height) = ((7.0 * digits + 12.0) * ratio, 14.0 * ratio);
        let left = (f64::from(x) - width / 2.0) as i32;
        let top = (f64::from(y) - height / 2.0) as i32;
        if left < self.px(GUTTER) || top < self.px(RULER) {
            return;
        }
        let (right, bottom) = (left + width as i32, top + height as i32);
        let line = self.line();
        self.list.rect(left, top, right, bottom, self.colors.border);
        let inner = self.colors.background;
        self.list
            .rect(left + line, top + line, right - line, bottom - line, inner);
        let place = TextPlace {
            x: left as f32 + (3.0 * ratio) as f32,
            y: y + (10.0 * 0.36 * ratio) as f32,
            width: width as f32,
            color: self.colors.text,
            size: (10.0 * ratio) as f32,
            weight: 600,
            align: Align::Left,
        };
        self.list.text(place, format_args!("×{count}"));
    }

    /// The line of an arrow; it ends inside the head.
    fn curve(&mut self, arrow: &Arrow, color: u32, width: f32, dashed: bool) {
        let ratio = self.scene.size.sane_ratio() as f32;
        let down = if arrow.to.1 > arrow.from.1 { 1.0 } else { -1.0 };
        let inset = if arrow.head {
            HEAD as f32 * ratio * 0.7
        } else {
            0.0
        };
        let arrow = Arrow {
            to: (arrow.to.0, arrow.to.1 - down * inset),
            ..*arrow
        };
        let length = (arrow.to.1 - arrow.from.1).abs() + (arrow.to.0 - arrow.from.0).abs();
        let parts = match dashed {
            // Dashes of about five pixels.
            true => ((length / (5.0 * ratio)) as u32).clamp(4, 160),
            false => PARTS,
        };
        let mut last = arrow.from;
        for part in 1..=parts {
            let next = arrow.at(part as f32 / parts as f32);
            let (from, to) = (last, next);
            if !dashed || part % 2 == 1 {
                self.list.stroke(Shape::Line { from, to, width }, color);
            }
            last = next;
        }
    }
}

impl Router<'_, '_> {
    /// The arrow at a point, CSS pixels from the canvas' top left: one of the selection's before one of the view's.
    pub fn at(&self, x: f64, y: f64) -> Option<Pointed> {
        let ratio = self.scene.size.sane_ratio();
        let point = ((x * ratio) as f32, (y * ratio) as f32);
        let mut arrows = Vec::new();
        self.of_selection(&mut arrows);
        let near = |arrows: &[Arrow], reach: f64| {
            let distances = arrows.iter().map(|arrow| (arrow.distance(point), *arrow));
            let nearest = distances.min_by(|a, b| a.0.total_cmp(&b.0));
            nearest.filter(|(distance, arrow)| {
                *distance <= (reach * ratio) as f32 + (arrow.count as f32).ln()
            })
        };
        let mut found = near(&arrows, 3.5);
        if found.is_none() && self.scene.arrows {
            arrows.clear();
            if self.of_view(&mut arrows).is_some() {
                self.bundle(&mut arrows);
                found = near(&arrows, 2.5);
            }
        }
        let (_, arrow) = found?;
        let back = match arrow.role {
            Role::Into => true,
            Role::Out => false,
            // The farther end.
            Role::None => {
                let to = |end: (f32, f32)| (end.0 - point.0).hypot(end.1 - point.1);
                to(arrow.from) > to(arrow.to)
            }
        };
        Some(Pointed {
            flow: arrow.flow,
            count: arrow.count,
            back,
        })
    }

    /// The arrows of what is selected, bundled.
    fn of_selection(&self, arrows: &mut Vec<Arrow>) {
        for &flow in self.scene.flows {
            self.find_arrows(flow, true, arrows);
        }
        self.bundle(arrows);
    }

    /// What a flow of the selection is to it.
    fn role(&self, flow: Flow) -> Role {
        let trace = self.scene.trace;
        let into = match flow {
            Flow::Wake(span) => {
                let whom = trace.spans.goroutine(span);
                match self.scene.selection {
                    Some(
                        Hit::Span(span) | Hit::ProcSpan { span, .. } | Hit::ThreadSpan { span, .. },
                    ) => {
                        (span.0 as usize) < trace.spans.len() && trace.spans.goroutine(span) == whom
                    }
                    Some(Hit::Lane(LaneKind::Goroutine(goroutine))) => goroutine == whom,
                    _ => false,
                }
            }
            Flow::Subtask { task, .. } => self.scene.selection == Some(Hit::Task(task)),
        };
        if into { Role::Into } else { Role::Out }
    }

    /// Makes one of those that can hardly be told apart.
    fn bundle(&self, arrows: &mut Vec<Arrow>) {
        let cell = (NEIGHBOURS * self.scene.size.sane_ratio()) as f32;
        let key = |arrow: &Arrow| {
            let cell = |v: f32| (v / cell).floor() as i32;
            (
                arrow.role,
                arrow.is_created(),
                cell(arrow.from.0),
                arrow.from.1 as i32,
                cell(arrow.to.0),
                arrow.to.1 as i32,
            )
        };
        arrows.sort_by_key(key);
        arrows.dedup_by(|next, first| {
            let same = key(next) == key(first);
            if same {
                first.count += next.count;
            }
            same
        });
    }

    /// Finds all arrows that have an end on the canvas; `None` if there are too many, or too much to look at.
    fn of_view(&self, arrows: &mut Vec<Arrow>) -> Option<()> {
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
        let mut rows_left = MAX_ROWS as usize;
        for lane in self.scene.lanes_seen() {
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
                && let Some(arrow) = self.arrow_between(&from, &to, times, (flow, kind), far)
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
        (flow, kind): (Flow, FlowKind),
        far: bool,
    ) -> Option<Arrow> {
        if (from.pinned, from.top) == (to.pinned, to.top)
            || end < self.columns.start()
            || start > self.columns.end()
        {
            return None;
        }
        let bottom = f64::from(self.scene.size.height);
        let seen = |lane: &Lane| {
            let y = self.scene.lane_y(lane);
            let edge = RULER + self.scene.band();
            match lane.pinned {
                true => y < edge,
                false => y + lane.height > edge && y < bottom,
            }
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
            self.scene.lane_y(lane) + (top + bottom) / 2.0
        };
        // The head touches the bar on the side from which the arrow comes.
        let (above, below) = (self.scene.lane_y(from), self.scene.lane_y(to));
        let touched = if above < below {
            bars(to).0
        } else {
            bars(to).1
        };
        let y = (middle(from), below + touched);
        // Kept near the canvas: a lane may be millions of pixels away.
        let keep = |y: f64| y.clamp(RULER - BEYOND, bottom + BEYOND);
        let ratio = self.scene.size.sane_ratio();
        let line = ratio.round().max(1.0) as f32;
        let point = |time: f64, y: f64| {
            let x = self.columns.pixel(time);
            (x as f32 + line / 2.0, (keep(y) * ratio) as f32)
        };
        let (from_at, to_at) = (point(start, y.0), point(end, y.1));
        let role = if far { self.role(flow) } else { Role::None };
        // Upright lines would lie on each other: the flatter one is anyhow, the less it swings.
        let (dx, dy) = ((to_at.0 - from_at.0).abs(), (to_at.1 - from_at.1).abs());
        let steep = 1.0 - (dx / (60.0 * ratio as f32)).min(1.0);
        let bow = (dy * 0.12).clamp(0.0, 36.0 * ratio as f32) * steep;
        Some(Arrow {
            from: from_at,
            to: to_at,
            bow: if role == Role::Into { -bow } else { bow },
            role,
            flow,
            count: 1,
            kind,
            head: end <= self.columns.end() && keep(y.1) == y.1,
            whole: seen(from) && seen(to),
        })
    }
}
