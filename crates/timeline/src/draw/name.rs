//! What stands in bars and beside lanes.

use std::fmt;

use tracepane_model::{Cause, GoroutineIndex, SpanIndex, SpanState, StackRef, TaskIndex, Trace};

use crate::draw::frame::{Frame, Weight};
use crate::flows::placement_of;
use crate::hit::{NAME_HEIGHT, PIN_FROM};
use crate::lanes::{
    BAR, FRAME_ROW, GUTTER, Heading, Lane, LaneKind, REGION_ROW, RULER, group_name,
};
use crate::list::Align;
use crate::text::{Count, short_name};

/// The text in a span's bar: the proc, or the reason and where.
#[derive(Clone, Copy)]
pub struct SpanLabel<'a> {
    pub trace: &'a Trace,
    pub span: SpanIndex,
}

impl fmt::Display for SpanLabel<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { trace, span } = *self;
        let spans = &trace.spans;
        let kind = spans.kind(span);
        match kind.state() {
            SpanState::Dead => Ok(()),
            SpanState::Runnable => f.write_str("runnable"),
            SpanState::Running => match spans.cause(span) {
                Cause::Placement(id) => match trace.procs.placement(id).proc.get() {
                    Some(proc) => write!(f, "P{}", trace.procs.ids[proc]),
                    None => f.write_str("running"),
                },
                _ => f.write_str("running"),
            },
            SpanState::Syscall | SpanState::SyscallBlocked => {
                match call_site(trace, spans.stack(span)) {
                    Some(function) => f.write_str(function),
                    None => f.write_str("syscall"),
                }
            }
            SpanState::Waiting => {
                let reason = match spans.reasons.get(usize::from(kind.reason().0)) {
                    Some(&reason) => trace.strings.get(reason),
                    None => "",
                };
                f.write_str(if reason.is_empty() { "waiting" } else { reason })?;
                match call_site(trace, spans.stack(span)) {
                    Some(function) => write!(f, " · {function}"),
                    None => Ok(()),
                }
            }
        }
    }
}

/// The innermost function of a stack that is not the runtime's or the standard library's plumbing.
pub fn call_site(trace: &Trace, stack: StackRef) -> Option<&str> {
    const PLUMBING: [&str; 5] = ["runtime.", "internal/", "sync.", "syscall.", "time.Sleep"];
    let names = || {
        let frames = trace.stacks.get(stack).iter().take(64);
        frames.map(|&frame| trace.strings.get(trace.stacks.frame(frame).function))
    };
    names()
        .find(|name| !PLUMBING.iter().any(|p| name.starts_with(p)))
        .or_else(|| names().next())
        .map(short_name)
}

/// The text in a proc's bar: the goroutine's function and number.
pub struct OnProc<'a> {
    pub trace: &'a Trace,
    pub span: SpanIndex,
}

/// The text in a thread's bar: the same, and the proc.
pub struct OnThread<'a> {
    pub trace: &'a Trace,
    pub span: SpanIndex,
}

impl fmt::Display for OnThread<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { trace, span } = *self;
        OnProc { trace, span }.fmt(f)?;
        match placement_of(trace, span).0.get() {
            Some(proc) => write!(f, " · P{}", trace.procs.ids[proc]),
            None => Ok(()),
        }
    }
}

impl fmt::Display for OnProc<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let row = self
            .trace
            .goroutines
            .row(self.trace.spans.goroutine(self.span));
        let name = short_name(self.trace.strings.get(row.name));
        if name.is_empty() {
            return write!(f, "G{}", row.id);
        }
        write!(f, "{name} G{}", row.id)
    }
}

impl Frame<'_, '_> {
    /// Draws a lane's name into the gutter.
    pub fn name(&mut self, lane: &Lane) {
        let trace = self.scene.trace;
        let (top, bottom) = self.band(lane, 0.0, lane.height);
        let gutter = self.px(GUTTER);
        let header = lane.kind.is_header();
        let back = if header {
            self.colors.header
        } else {
            self.colors.gutter
        };
        self.list.rect(0, top, gutter, bottom, back);
        if header {
            let line = self.line();
            self.list
                .rect(0, top, gutter, top + line, self.colors.border);
        }
        let middle = lane.height / 2.0;
        let end = self.name_end(lane);
        self.signs(lane);
        match lane.kind {
            LaneKind::Gc | LaneKind::Heap | LaneKind::GoroutineStates => self.track_names(lane),
            LaneKind::ProcsHeader => {
                let fold = fold_sign(self.scene.lanes.procs_folded());
                let text = format_args!("{fold} Procs");
                self.gutter_text(lane, (8.0, 150.0), middle, Weight::Bold, Align::Left, text);
                let text = format_args!("{}", Count(trace.procs.ids.len() as u64));
                self.gutter_text(lane, (150.0, end), middle, Weight::Dim, Align::Right, text);
            }
            LaneKind::ThreadStates | LaneKind::Arrivals => self.counter_name(lane),
            LaneKind::Proc(proc) => {
                let id = trace.procs.ids[proc.0 as usize];
                let text = format_args!("P{id}");
                self.gutter_text(lane, (26.0, end), middle, Weight::Plain, Align::Left, text);
            }
            LaneKind::ThreadsHeader => {
                let fold = fold_sign(self.scene.lanes.threads_folded());
                let text = format_args!("{fold} Threads");
                self.gutter_text(lane, (8.0, 150.0), middle, Weight::Bold, Align::Left, text);
                let text = format_args!("{}", Count(trace.procs.threads.len() as u64));
                self.gutter_text(lane, (150.0, end), middle, Weight::Dim, Align::Right, text);
            }
            LaneKind::Thread(thread) => {
                let id = trace.procs.threads[thread.0 as usize];
                let text = format_args!("Thread {id}");
                self.gutter_text(lane, (26.0, end), middle, Weight::Plain, Align::Left, text);
            }
            LaneKind::Task(task) => self.task_name(lane, task),
            LaneKind::Heading(heading) => self.heading(lane, heading),
            LaneKind::Group(group) => {
                let fold = fold_sign(self.scene.lanes.is_folded(group));
                let name = title(group_name(trace, group));
                let text = format_args!("{fold} {name}");
                let room = (8.0, end - 48.0);
                self.gutter_text(lane, room, middle, Weight::Bold, Align::Left, text);
                let count = Count(trace.goroutines.members(group).len() as u64);
                let room = (end - 46.0, end);
                let text = format_args!("×{count}");
                self.gutter_text(lane, room, middle, Weight::Dim, Align::Right, text);
            }
            LaneKind::Goroutine(goroutine) => self.goroutine_name(lane, goroutine),
        }
    }

    fn goroutine_name(&mut self, lane: &Lane, goroutine: GoroutineIndex) {
        let trace = self.scene.trace;
        let row = trace.goroutines.row(goroutine);
        let (middle, end) = (BAR / 2.0, self.name_end(lane));
        self.names_below(lane);
        // Nothing above it tells its function.
        if self.scene.lanes.stands_alone(trace, goroutine) {
            let digits = f64::from(row.id.0.unsigned_abs().max(1).ilog10() + 1);
            let split = (end - 12.0 - 7.0 * digits).max(GUTTER / 2.0);
            let text = format_args!("G{}", row.id);
            let room = (split, end);
            self.gutter_text(lane, room, middle, Weight::Dim, Align::Right, text);
            let text = format_args!("{}", title(group_name(trace, row.group)));
            let room = (22.0, split - 4.0);
            self.gutter_text(lane, room, middle, Weight::Bold, Align::Left, text);
            return;
        }
        let label = trace.strings.get(row.label);
        let text = format_args!("G{}", row.id);
        let split = if label.is_empty() {
            end
        } else {
            GUTTER - 120.0
        };
        let room = (26.0, split);
        self.gutter_text(lane, room, middle, Weight::Plain, Align::Left, text);
        let room = (GUTTER - 118.0, end.max(GUTTER - 118.0));
        let text = format_args!("{label}");
        self.gutter_text(lane, room, middle, Weight::Dim, Align::Right, text);
    }

    /// Where a lane's name ends, in CSS pixels: before the sign for pinning, if that is shown.
    fn name_end(&self, lane: &Lane) -> f64 {
        match self.shows_pin(lane) {
            true => PIN_FROM - 2.0,
            false => GUTTER - 8.0,
        }
    }

    /// Whether the pointer is on a lane's name.
    fn is_pointed_at(&self, lane: &Lane) -> bool {
        let Some((x, y)) = self.scene.hover else {
            return false;
        };
        let top = self.lane_y(lane);
        let (from, to) = self.room(lane);
        x < GUTTER && y >= RULER && (top..top + lane.height).contains(&y) && y >= from && y < to
    }

    pub fn shows_pin(&self, lane: &Lane) -> bool {
        let may = !matches!(lane.kind, LaneKind::Heading(_));
        may && (self.scene.lanes.is_pinned(lane.kind) || self.is_pointed_at(lane))
    }

    /// The signs with which a lane is pinned and its stacks are shown.
    fn signs(&mut self, lane: &Lane) {
        if self.shows_pin(lane) {
            let pinned = self.scene.lanes.is_pinned(lane.kind);
            let color = match pinned {
                true => self.colors.text,
                false => self.colors.text_dim,
            };
            let middle = lane.height.min(NAME_HEIGHT) / 2.0;
            let y = self.lane_y(lane) + middle;
            let x = GUTTER - 15.0;
            // A pin seen from the side.
            for (left, top, right, bottom) in [
                (-3.0, -6.0, 3.0, -4.5),
                (-2.0, -4.5, 2.0, 0.0),
                (-4.0, 0.0, 4.0, 1.5),
                (-0.5, 1.5, 0.5, 6.0),
            ] {
                let (x0, y0) = (self.px(x + left), self.px(y + top));
                let (x1, y1) = (self.px(x + right), self.px(y + bottom));
                self.list.rect(x0, y0, x1.max(x0 + 1), y1, color);
            }
        }
        if let LaneKind::Goroutine(goroutine) = lane.kind {
            let open = self.scene.lanes.is_open(goroutine);
            if open || self.is_pointed_at(lane) {
                let sign = fold_sign(!open);
                let text = format_args!("{sign}");
                self.gutter_text(lane, (8.0, 24.0), BAR / 2.0, Weight::Dim, Align::Left, text);
            }
        }
    }

    /// What the rows below a goroutine's bars are.
    fn names_below(&mut self, lane: &Lane) {
        if !lane.below.stacks {
            return;
        }
        let room = (40.0, GUTTER - 8.0);
        if lane.below.regions > 0 {
            let text = format_args!("regions");
            let y = BAR + REGION_ROW / 2.0 - 1.0;
            self.gutter_text(lane, room, y, Weight::Dim, Align::Right, text);
        }
        let y = lane.below.frames_top() + FRAME_ROW / 2.0;
        let text = format_args!("stacks");
        self.gutter_text(lane, room, y, Weight::Dim, Align::Right, text);
        if let LaneKind::Goroutine(goroutine) = lane.kind
            && let Some(flames) = self.scene.lanes.flames(goroutine)
            && flames.deepest() > flames.frame_rows()
        {
            let more = flames.deepest() - flames.frame_rows();
            let y = y + f64::from(flames.frame_rows()) * FRAME_ROW;
            let text = format_args!("+{more} deeper");
            self.gutter_text(lane, room, y, Weight::Dim, Align::Right, text);
        }
    }

    fn task_name(&mut self, lane: &Lane, task: TaskIndex) {
        let trace = self.scene.trace;
        let Some(row) = trace.tasks.get(task.0 as usize) else {
            return;
        };
        let family = self.scene.lanes.family();
        let place = family.and_then(|family| family.place(task));
        let member = family.zip(place).map(|(family, place)| family.tasks[place]);
        let depth = member.map_or(0, |member| member.depth);
        let (middle, end) = (lane.height / 2.0, GUTTER - 8.0);
        let left = 22.0 + INDENT * f64::from(depth.min(MAX_INDENTS));
        let digits = f64::from(row.id.0.max(1).ilog10() + 1);
        let split = (end - 12.0 - 7.0 * digits).max(left + 20.0);
        let text = format_args!("#{}", row.id.0);
        self.gutter_text(lane, (split, end), middle, Weight::Dim, Align::Right, text);
        let weight = if depth == 0 {
            Weight::Bold
        } else {
            Weight::Plain
        };
        let text = format_args!("{}", task_name(trace.strings.get(row.name)));
        let room = (left, split - 4.0);
        self.gutter_text(lane, room, middle, weight, Align::Left, text);
    }

    fn heading(&mut self, lane: &Lane, heading: Heading) {
        let count = self.scene.lanes.headed(heading);
        let (middle, end) = (lane.height / 2.0, GUTTER - 8.0);
        let room = (8.0, GUTTER - 48.0);
        let far;
        let text = match heading {
            Heading::Focus => "Goroutine",
            Heading::Unblockers(1) => "Unblocked it",
            Heading::Unblockers(2) => "Unblocked those",
            Heading::Unblockers(distance) => {
                far = format!("{distance} wake-ups away");
                &far
            }
            Heading::Nobody => "Unblocked by no goroutine",
            Heading::Tasks if count == 1 => "Task",
            Heading::Tasks => "Task and subtasks",
            Heading::Workers => "Goroutines",
        };
        let text = format_args!("{text}");
        self.gutter_text(lane, room, middle, Weight::Bold, Align::Left, text);
        if count > 1 || matches!(heading, Heading::Unblockers(_) | Heading::Workers) {
            let room = (GUTTER - 46.0, end);
            let text = format_args!("×{}", Count(count as u64));
            self.gutter_text(lane, room, middle, Weight::Dim, Align::Right, text);
        }
    }
}

/// How far a subtask's name stands right of its parent's, in CSS pixels, and how often at most.
const INDENT: f64 = 12.0;
const MAX_INDENTS: u32 = 6;

/// A task's type as lanes show it.
pub fn task_name(name: &str) -> &str {
    if name.is_empty() {
        "(task without a name)"
    } else {
        name
    }
}

fn fold_sign(folded: bool) -> char {
    if folded { '▸' } else { '▾' }
}

/// A group's name as lanes show it.
pub fn title(name: &str) -> &str {
    if name.is_empty() {
        "(unknown function)"
    } else {
        short_name(name)
    }
}
