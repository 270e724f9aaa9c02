//! The lanes of procs, threads, groups and goroutines.

use tracepane_model::{GoroutineIndex, GroupIndex, ProcIndex, SpanIndex, ThreadIndex};

use crate::class::{CLASSES, Class};
use crate::draw::SpanLabel;
use crate::draw::bars::{Bars, Look};
use crate::draw::counters::WITH_THREAD;
use crate::draw::frame::Frame;
use crate::draw::name::{OnProc, OnThread};
use crate::draw::strip::{bound_to_proc, bound_to_thread, ranges};
use crate::draw::track::{GoroutineTrack, ProcTrack, ThreadTrack};
use crate::draw::tracks::add_stack;
use crate::draw::walk::Track as _;
use crate::lanes::{BAR, GUTTER, Lane, LaneKind};

/// Bars from this width on have text, in CSS pixels.
pub const TEXT_FROM: f64 = 30.0;

/// Bars from this width on leave a gap to the next where neighbours may have the same colour, in CSS pixels.
pub const GAP_FROM: f64 = 4.0;

/// The strips within a goroutine's or a proc's lane, in CSS pixels.
pub const ASSIST_HEIGHT: f64 = 3.0;
pub const SWEEP_HEIGHT: f64 = 3.0;

/// The classes of a proc's and of a thread's time, in the order in which they are stacked, from the bottom.
pub const ON_PROC: [usize; 3] = [1, 0, 2];
pub const ON_THREAD: [usize; 4] = [1, 0, 2, 3];

/// Where a proc's or thread's lane tells when it had a thread or a proc, in CSS pixels from its top.
pub const BOUND: (f64, f64) = (BAR - 3.0, BAR - 1.0);

impl Frame<'_, '_> {
    /// Draws what is in a lane.
    pub fn lane(&mut self, lane: &Lane) {
        if lane.kind.is_header() {
            let (top, _) = self.band(lane, 0.0, lane.height);
            let (x, right) = (self.px(GUTTER), self.right());
            self.list
                .rect(x, top, right, top + self.line(), self.colors.border);
        }
        match lane.kind {
            LaneKind::Gc => self.gc_track(lane),
            LaneKind::Heap => self.heap_track(lane),
            LaneKind::GoroutineStates => self.states_track(lane),
            LaneKind::ThreadStates => self.threads_track(lane),
            LaneKind::Arrivals => self.arrivals_track(lane),
            LaneKind::ProcsHeader => self.procs(lane),
            LaneKind::Proc(proc) => self.proc(lane, proc),
            LaneKind::ThreadsHeader => {
                let full = self.scene.trace.procs.threads.len() as f32;
                self.stack_of(lane, &WITH_THREAD, full);
            }
            LaneKind::Thread(thread) => self.thread(lane, thread),
            LaneKind::Group(group) => self.group(lane, group),
            LaneKind::Goroutine(goroutine) => self.goroutine(lane, goroutine),
            LaneKind::Task(task) => self.task(lane, task),
            LaneKind::Heading(_) => {}
        }
    }

    /// How many procs are busy, and how many have a thread at all.
    fn procs(&mut self, lane: &Lane) {
        let (trace, columns) = (self.scene.trace, self.columns);
        let (top, bottom) = self.bar_band(lane);
        let full = trace.procs.ids.len().max(1) as f32;
        let times = (0..=columns.count).map(|column| columns.time(column));
        let (list, color) = (&mut *self.list, self.colors.bound);
        // Equal neighbours are one rectangle.
        let mut last: Option<(usize, i32)> = None;
        let mut flush = |from: usize, to: usize, y: i32| {
            list.rect(columns.x(from), y, columns.x(to), bottom, color);
        };
        let bound = &self.scene.levels.bound;
        bound.averages(trace, times, |column, average| {
            let share = (average / full).min(1.0);
            let y = bottom - (share * (bottom - top) as f32).round() as i32;
            match last {
                Some((_, old)) if old == y => {}
                _ => {
                    if let Some((from, old)) = last {
                        flush(from, column, old);
                    }
                    last = Some((column, y));
                }
            }
        });
        if let Some((from, y)) = last {
            flush(from, columns.count, y);
        }
        self.stack_of(lane, &WITH_THREAD[..3], full);
    }

    /// How many goroutines are in these classes, of `full`.
    pub fn stack_of(&mut self, lane: &Lane, classes: &[Class], full: f32) {
        let y = self.bar_band(lane);
        let look = self.colors_of_density(y);
        let density = self.scratch.densities.all();
        let mut bars = Bars::new(self.list, self.columns, &look, &mut self.scratch.wide);
        let wanted = classes
            .iter()
            .fold(0, |mask, &class| mask | 1 << class as u16);
        for (column, (average, present)) in density.columns().enumerate() {
            let mut busy = [0.0; CLASSES];
            for &class in classes {
                busy[class as usize] = average[class as usize];
            }
            add_stack(&mut bars, column, busy, present & wanted, full);
        }
        bars.finish();
    }

    /// What the goroutines of a group do, summed up.
    fn group(&mut self, lane: &Lane, group: GroupIndex) {
        let y = self.bar_band(lane);
        let (trace, levels) = (self.scene.trace, self.scene.levels);
        let full = levels.census.scale_of(group);
        let look = self.colors_of_density(y);
        let density = self
            .scratch
            .densities
            .group(trace, levels, &self.columns, group);
        let mut bars = Bars::new(self.list, self.columns, &look, &mut self.scratch.wide);
        for (column, (average, present)) in density.columns().enumerate() {
            add_stack(&mut bars, column, *average, present, full);
        }
        bars.finish();
    }

    fn colors_of_density(&self, y: (i32, i32)) -> Look<'static> {
        Look::of_goroutine(y, &self.colors.classes)
    }

    /// Which goroutines ran on a proc, and when it had a thread.
    fn proc(&mut self, lane: &Lane, proc: ProcIndex) {
        let (trace, levels) = (self.scene.trace, self.scene.levels);
        let track = ProcTrack::of_proc(trace, levels, proc);
        let classes = &self.colors.classes;
        let colors = WITH_THREAD.map(|c| classes[c as usize]);
        let look = self.look_of_actor(lane, &colors[..3], &ON_PROC);
        let mut wide = std::mem::take(&mut self.scratch.wide);
        let functions = self.scene.functions;
        if let Some(functions) = functions {
            self.proc_by_function(lane, functions, proc, &mut wide);
        } else {
            let mut bars = Bars::new(self.list, self.columns, &look, &mut wide);
            let (kept, spending) = (&mut self.scratch.kept, &mut self.scratch.spending);
            kept.draw(lane.kind, &track, &self.columns, &look, &mut bars, spending);
            bars.finish();
        }
        let bound = bound_to_thread(trace, levels, proc);
        let columns = self.columns;
        let (top, bottom) = self.band(lane, BOUND.0, BOUND.1);
        let color = self.colors.bound;
        bound.walk(&columns, |from, to, _| {
            self.list
                .rect(columns.x(from), top, columns.x(to), bottom, color);
        });
        let sweep = (self.clear_band(lane).1, self.bar_band(lane).1);
        let color = self.colors.sweep;
        let i = proc.0 as usize;
        self.strip_of_ranges(levels.sweeps.of(i), sweep, color);
        self.samples(lane, levels.proc_samples.of(i));
        for &(place, x0, x1) in &wide {
            let span = SpanIndex(track.rows[place]);
            let class = WITH_THREAD[track.class(place).unwrap_or(0)];
            let color = match functions {
                Some(_) if class != Class::GcWork => self.colors.on_functions,
                _ => self.colors.on_classes[class as usize],
            };
            let color = self.text_in_span(span, color);
            let text = OnProc { trace, span };
            self.bar_text(lane, x0, x1, color, format_args!("{text}"));
        }
        self.scratch.wide = wide;
        self.logs(lane, levels.proc_logs.of(i));
    }

    /// Which goroutines ran on a thread, and when it had a proc.
    fn thread(&mut self, lane: &Lane, thread: ThreadIndex) {
        let (trace, levels) = (self.scene.trace, self.scene.levels);
        let Some(threads) = self.scene.threads else {
            return;
        };
        let track = ThreadTrack::of_thread(trace, levels, threads, thread);
        let classes = &self.colors.classes;
        let colors = WITH_THREAD.map(|c| classes[c as usize]);
        let look = self.look_of_actor(lane, &colors, &ON_THREAD);
        let mut wide = std::mem::take(&mut self.scratch.wide);
        let mut bars = Bars::new(self.list, self.columns, &look, &mut wide);
        let (kept, spending) = (&mut self.scratch.kept, &mut self.scratch.spending);
        kept.draw(lane.kind, &track, &self.columns, &look, &mut bars, spending);
        bars.finish();
        let bound = bound_to_proc(trace, levels, threads, thread);
        let columns = self.columns;
        let (top, bottom) = self.band(lane, BOUND.0, BOUND.1);
        let color = self.colors.bound;
        bound.walk(&columns, |from, to, _| {
            self.list
                .rect(columns.x(from), top, columns.x(to), bottom, color);
        });
        let i = thread.0 as usize;
        self.samples(lane, threads.samples.of(i));
        for &(place, x0, x1) in &wide {
            let span = SpanIndex(track.rows[place]);
            let class = WITH_THREAD[track.class(place).unwrap_or(0)];
            let color = self.text_in_span(span, self.colors.on_classes[class as usize]);
            let text = OnThread { trace, span };
            self.bar_text(lane, x0, x1, color, format_args!("{text}"));
        }
        self.scratch.wide = wide;
        self.logs(lane, threads.logs.of(i));
    }

    /// How what ran on a proc or thread looks.
    fn look_of_actor<'l>(&self, lane: &Lane, colors: &'l [u32], stacked: &'l [usize]) -> Look<'l> {
        Look {
            gap: Some(self.px(GAP_FROM)),
            wide_from: self.px(TEXT_FROM),
            ..Look::of_actor(self.clear_band(lane), colors, stacked)
        }
    }

    /// What a goroutine did.
    fn goroutine(&mut self, lane: &Lane, goroutine: GoroutineIndex) {
        let (trace, levels) = (self.scene.trace, self.scene.levels);
        let track = GoroutineTrack::new(trace, levels, goroutine);
        let (mut colors, mut on_colors) = (self.colors.classes, self.colors.on_classes);
        if levels.classes.is_worker(trace, goroutine) {
            colors[Class::Running as usize] = colors[Class::GcWork as usize];
            on_colors[Class::Running as usize] = on_colors[Class::GcWork as usize];
        }
        let look = Look {
            wide_from: self.px(TEXT_FROM),
            ..Look::of_goroutine(self.clear_band(lane), &colors)
        };
        let mut wide = std::mem::take(&mut self.scratch.wide);
        let mut bars = Bars::new(self.list, self.columns, &look, &mut wide);
        let (kept, spending) = (&mut self.scratch.kept, &mut self.scratch.spending);
        kept.draw(lane.kind, &track, &self.columns, &look, &mut bars, spending);
        bars.finish();
        let i = goroutine.0 as usize;
        let assist = (self.bar_band(lane).0, self.clear_band(lane).0);
        self.strip_of_ranges(levels.assists.of(i), assist, self.colors.assist);
        if lane.region_rows() == 0 {
            self.region_strip(lane, goroutine);
        } else {
            self.region_bars(lane, goroutine);
        }
        self.samples(lane, levels.samples.of(i));
        for &(place, x0, x1) in &wide {
            let span = SpanIndex(track.rows[place]);
            let color = self.text_in_span(span, on_colors[track.class(place).unwrap_or(0)]);
            let text = SpanLabel { trace, span };
            self.bar_text(lane, x0, x1, color, format_args!("{text}"));
        }
        self.scratch.wide = wide;
        self.logs(lane, levels.logs.of(i));
        self.stacks(lane, goroutine);
    }

    fn strip_of_ranges(&mut self, rows: &[u32], (top, bottom): (i32, i32), color: u32) {
        let columns = self.columns;
        ranges(self.scene.trace, rows).walk(&columns, |from, to, _| {
            self.list
                .rect(columns.x(from), top, columns.x(to), bottom, color);
        });
    }
}
