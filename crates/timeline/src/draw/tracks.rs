//! The tracks above the procs, and what the GC and stopped worlds lay over all lanes.

use tracepane_model::Column;
use tracepane_model::metric::MetricPoint;

use crate::class::{CLASSES, Class};
use crate::draw::bars::{Bars, Look};
use crate::draw::frame::Frame;
use crate::draw::strip::ranges;
use crate::lanes::{Lane, RULER};
use crate::levels::heap::{Extremes, points_before};
use crate::list::Align;
use crate::scale::Columns;
use crate::text::{Bytes, Count, Counted};

use super::frame::Weight;

/// Down to where pauses are in the GC's track, in CSS pixels from its top; below them mark phases are seen.
pub const PAUSE_BOTTOM: f64 = 15.0;

/// From this share of the columns on, the red bands of stopped worlds are made fainter, lest all lanes turn red.
const RED_COLUMNS: f32 = 0.1;

impl Frame<'_, '_> {
    /// A faint band over all lanes while the GC marks.
    pub fn gc_band(&mut self) {
        let (top, bottom) = (self.px(RULER), self.bottom());
        let trace = self.scene.trace;
        let marks = ranges(trace, &trace.ranges.gc_marks);
        let (columns, color) = (self.columns, self.colors.gc_band);
        marks.walk(&columns, |from, to, _| {
            self.list
                .rect(columns.x(from), top, columns.x(to), bottom, color);
        });
    }

    /// A red band over all lanes while the world is stopped.
    pub fn stw_band(&mut self) {
        let (top, bottom) = (self.px(RULER), self.bottom());
        let trace = self.scene.trace;
        let pauses = ranges(trace, &trace.ranges.stop_the_world);
        let columns = self.columns;
        // Only pauses thinner than a column exaggerate.
        let mut thin = 0;
        pauses.walk(&columns, |from, to, _| thin += usize::from(to - from == 1));
        let share = thin as f32 / columns.count as f32;
        let [r, g, b, alpha] = self.colors.stw_band.to_le_bytes();
        let fainter = (RED_COLUMNS / share.max(RED_COLUMNS)).max(0.15);
        let faint = u32::from_le_bytes([r, g, b, (f32::from(alpha) * fainter) as u8]);
        pauses.walk(&columns, |from, to, _| {
            let color = if to - from == 1 {
                faint
            } else {
                self.colors.stw_band
            };
            self.list
                .rect(columns.x(from), top, columns.x(to), bottom, color);
        });
    }

    /// The GC's mark phases with their numbers, and red marks for pauses.
    pub fn gc_track(&mut self, lane: &Lane) {
        let (top, bottom) = self.bar_band(lane);
        let columns = self.columns;
        let trace = self.scene.trace;
        let rows = &trace.ranges.gc_marks;
        let mut wide = std::mem::take(&mut self.scratch.wide);
        wide.clear();
        let (least, whole) = (self.px(20.0), self.px(44.0));
        ranges(trace, rows).walk(&columns, |from, to, row| {
            let (x0, x1) = (columns.x(from), columns.x(to));
            self.list.rect(x0, top, x1, bottom, self.colors.gc_mark);
            if x1 - x0 >= least {
                wide.push((row as usize, x0, x1));
            }
        });
        for &(row, x0, x1) in &wide {
            let number = rows.partition_point(|&r| (r as usize) < row) + 1;
            let color = self.colors.on_gc_mark;
            let gc = if x1 - x0 < whole { "" } else { "GC " };
            self.bar_text(lane, x0, x1, color, format_args!("{gc}{number}"));
        }
        self.scratch.wide = wide;
        // Each mark phase begins and ends with a pause: both are seen, however thin.
        let (top, bottom) = self.band(lane, 0.0, PAUSE_BOTTOM);
        let pauses = ranges(trace, &trace.ranges.stop_the_world);
        pauses.walk(&columns, |from, to, _| {
            self.list
                .rect(columns.x(from), top, columns.x(to), bottom, self.colors.stw);
        });
    }

    /// Live heap as an area, heap goal as a line.
    pub fn heap_track(&mut self, lane: &Lane) {
        let trace = self.scene.trace;
        let most = self.heap_scale();
        let (top, bottom) = self.bar_band(lane);
        let scale = f64::from(bottom - top) / most as f64;
        let y_of = |value: u64| bottom - (value as f64 * scale).round() as i32;
        let columns = self.columns;
        let live = Steps {
            points: &trace.metrics.heap_objects,
            extremes: &self.scene.levels.heap,
        };
        live.walk(&columns, y_of, |from, to, low, high| {
            let (x0, x1) = (columns.x(from), columns.x(to));
            self.list.rect(x0, low, x1, bottom, self.colors.heap);
            self.list.rect(x0, high, x1, low, self.colors.heap_range);
        });
        let line = self.line();
        let goal = Steps {
            points: &trace.metrics.heap_goal,
            extremes: &self.scene.levels.heap_goal,
        };
        goal.walk(&columns, y_of, |from, to, low, high| {
            let (x0, x1) = (columns.x(from), columns.x(to));
            self.list
                .rect(x0, high, x1, low.max(high + line), self.colors.heap_goal);
        });
    }

    /// The bytes that the heap track's height stands for.
    pub fn heap_scale(&self) -> u64 {
        let levels = self.scene.levels;
        levels.heap.most.max(levels.heap_goal.most).max(1)
    }

    /// How many goroutines are active, by class; how many wait, as a line on a scale of its own.
    pub fn states_track(&mut self, lane: &Lane) {
        let levels = self.scene.levels;
        let (top, bottom) = self.bar_band(lane);
        let columns = self.columns;
        let scale = levels.states_scale();
        let all_scale = levels.census.size.most_alive.max(1) as f32;
        let line = self.line();
        let density = self.scratch.densities.all();
        let look = Look::of_goroutine((top, bottom), &self.colors.classes);
        let mut bars = Bars::new(self.list, columns, &look, &mut self.scratch.wide);
        for (column, (average, mut present)) in density.columns().enumerate() {
            let mut active = *average;
            for class in Class::ALL {
                if !class.is_active() {
                    active[class as usize] = 0.0;
                    present &= !(1 << class as u16);
                }
            }
            add_stack(&mut bars, column, active, present, scale);
        }
        bars.finish();
        let height = (bottom - top - line) as f32;
        let mut last: Option<(i32, i32)> = None;
        for (column, average) in density.averages().iter().enumerate() {
            let waiting: f32 = Class::ALL
                .iter()
                .filter(|class| !class.is_active())
                .map(|&class| average[class as usize])
                .sum();
            let y = bottom - line - (waiting / all_scale * height).round() as i32;
            let x = columns.x(column);
            let color = self.colors.waiting_line;
            match last {
                // The line so far gets longer.
                Some((_, old)) if old == y => {
                    if let Some(rect) = self.list.rects.last_mut() {
                        rect.x1 = x + columns.pixels;
                    }
                }
                _ => {
                    if let Some((_, old)) = last {
                        let (high, low) = (y.min(old), y.max(old) + line);
                        self.list.rect(x, high, x + line, low, color);
                    }
                    self.list.rect(x, y, x + columns.pixels, y + line, color);
                }
            }
            last = Some((x, y));
        }
    }

    /// The names of the tracks, with their scales.
    pub fn track_names(&mut self, lane: &Lane) {
        use crate::lanes::LaneKind as Kind;
        let room = (10.0, crate::lanes::GUTTER - 8.0);
        let middle = lane.height / 2.0;
        let levels = self.scene.levels;
        match lane.kind {
            Kind::Gc => {
                let ranges = &self.scene.trace.ranges;
                let cycles = Counted(ranges.gc_marks.len() as u64, "cycle");
                let pauses = Counted(ranges.stop_the_world.len() as u64, "pause");
                self.gutter_text(
                    lane,
                    room,
                    middle,
                    Weight::Bold,
                    Align::Left,
                    format_args!("GC"),
                );
                let text = format_args!("{cycles}, {pauses}");
                self.gutter_text(lane, room, middle, Weight::Dim, Align::Right, text);
            }
            Kind::Heap => {
                self.gutter_text(
                    lane,
                    room,
                    14.0,
                    Weight::Bold,
                    Align::Left,
                    format_args!("Heap"),
                );
                let top = Bytes(self.heap_scale());
                self.gutter_text(
                    lane,
                    room,
                    14.0,
                    Weight::Dim,
                    Align::Right,
                    format_args!("0 to {top}"),
                );
                let (live, goal) = (Bytes(levels.heap.most), Bytes(levels.heap_goal.most));
                let text = format_args!("live ≤ {live}, goal ≤ {goal}");
                self.gutter_text(lane, room, 32.0, Weight::Dim, Align::Left, text);
            }
            _ => {
                self.gutter_text(
                    lane,
                    room,
                    14.0,
                    Weight::Bold,
                    Align::Left,
                    format_args!("Goroutines"),
                );
                let most = Count(levels.states_scale().ceil() as u64);
                let text = format_args!("active: 0 to {most}");
                self.gutter_text(lane, room, 31.0, Weight::Dim, Align::Left, text);
                let most = Count(u64::from(levels.census.size.most_alive));
                let text = format_args!("waiting (line): 0 to {most}");
                self.gutter_text(lane, room, 46.0, Weight::Dim, Align::Left, text);
            }
        }
    }
}

/// Adds a column of `average` goroutines, stacked on a scale on which full height is `full`; more active ones than
/// that are squeezed. Bit `c` of `present` is set if there is any of class `c`.
pub fn add_stack(
    bars: &mut Bars<'_>,
    column: usize,
    average: [f32; CLASSES],
    present: u16,
    full: f32,
) {
    if present == 0 {
        return;
    }
    let active = Class::ALL.into_iter().filter(|class| class.is_active());
    let active: f32 = active.map(|class| average[class as usize]).sum();
    let full = full.max(active);
    let shares = average.map(|n| n / full);
    let heights = bars.heights(&shares, present, false);
    bars.add_heights(column, heights);
}

/// A counter as steps.
struct Steps<'a> {
    points: &'a Column<MetricPoint>,
    extremes: &'a Extremes,
}

impl Steps<'_> {
    /// Tells `emit` of columns from, to, and the places of least and most, equal neighbours as one.
    fn walk(
        &self,
        columns: &Columns,
        y_of: impl Fn(u64) -> i32,
        mut emit: impl FnMut(usize, usize, i32, i32),
    ) {
        let mut run: Option<(usize, i32, i32)> = None;
        let mut before = points_before(self.points, columns.start());
        let count = columns.clamped(columns.end().min(f64::MAX));
        for column in 0..count {
            let next = before + {
                // Mostly few points in a column.
                let to = columns.time(column + 1);
                let mut n = 0;
                while n < 8
                    && before + n < self.points.len()
                    && (self.points.at(before + n).time.0 as f64) < to
                {
                    n += 1;
                }
                if n == 8 {
                    points_before(self.points, to) - before
                } else {
                    n
                }
            };
            // The value from before still holds when the column begins.
            let here = self
                .extremes
                .of(self.points, before.saturating_sub(1), next);
            let here = here
                .filter(|_| next > 0)
                .map(|(least, most)| (y_of(least), y_of(most)));
            before = next;
            match (&run, here) {
                (Some((_, low, high)), Some(here)) if (*low, *high) == here => continue,
                _ => {}
            }
            if let Some((from, low, high)) = run.take() {
                emit(from, column, low, high);
            }
            run = here.map(|(low, high)| (column, low, high));
        }
        if let Some((from, low, high)) = run {
            emit(from, columns.count, low, high);
        }
    }
}
