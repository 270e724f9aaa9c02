//! The lanes of procs, groups and goroutines.

use tracepane_model::{GoroutineIndex, GroupIndex, ProcIndex, SpanIndex};

use crate::class::{CLASSES, Class};
use crate::draw::SpanLabel;
use crate::draw::bars::{ALWAYS, Bars, Look, STACKED};
use crate::draw::frame::Frame;
use crate::draw::name::OnProc;
use crate::draw::strip::{Intervals, ranges};
use crate::draw::track::{GoroutineTrack, ProcTrack};
use crate::draw::tracks::add_stack;
use crate::draw::walk::{Track as _, walk};
use crate::lanes::{GUTTER, Lane, LaneKind};
use crate::levels::REGION_DEPTHS;

/// Bars from this width on have text, in CSS pixels.
const TEXT_FROM: f64 = 30.0;

/// Bars from this width on leave a gap to the next where neighbours may have the same colour, in CSS pixels.
const GAP_FROM: f64 = 4.0;

/// The strips within a goroutine's lane, in CSS pixels.
pub const ASSIST_HEIGHT: f64 = 4.0;
pub const REGION_HEIGHT: f64 = 5.0;
const SWEEP_HEIGHT: f64 = 4.0;
const SAMPLE_HEIGHT: f64 = 6.0;

impl Frame<'_, '_> {
    /// Draws what is in a lane.
    pub fn lane(&mut self, lane: &Lane) {
        if matches!(lane.kind, LaneKind::Group(_) | LaneKind::ProcsHeader) {
            let (top, _) = self.band(lane, 0.0, lane.height);
            let (x, right) = (self.px(GUTTER), self.right());
            self.list
                .rect(x, top, right, top + self.line(), self.colors.border);
        }
        match lane.kind {
            LaneKind::Gc => self.gc_track(lane),
            LaneKind::Heap => self.heap_track(lane),
            LaneKind::GoroutineStates => self.states_track(lane),
            LaneKind::ProcsHeader => self.procs(lane),
            LaneKind::Proc(proc) => self.proc(lane, proc),
            LaneKind::Group(group) => self.group(lane, group),
            LaneKind::Goroutine(goroutine) => self.goroutine(lane, goroutine),
        }
    }

    /// How many procs are busy.
    fn procs(&mut self, lane: &Lane) {
        let y = self.bar_band(lane);
        let full = self.scene.trace.procs.ids.len() as f32;
        let levels = self.scene.levels;
        let look = self.colors_of_density(y);
        let density = self.scratch.densities.all(levels, &self.columns);
        let mut bars = Bars::new(self.list, self.columns, &look, &mut self.scratch.wide);
        for (column, average) in density.averages().iter().enumerate() {
            let mut busy = [0.0; CLASSES];
            for class in [Class::Running, Class::GcWork, Class::Syscall] {
                busy[class as usize] = average[class as usize];
            }
            add_stack(&mut bars, column, busy, full);
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
        for (column, average) in density.averages().iter().enumerate() {
            add_stack(&mut bars, column, *average, full);
        }
        bars.finish();
    }

    fn colors_of_density(&self, y: (i32, i32)) -> Look<'static> {
        Look {
            y,
            colors: &self.colors.classes,
            stacked: &STACKED,
            always: ALWAYS,
            wait: Some(Class::Runnable as usize),
            gap: None,
            wide_from: i32::MAX,
        }
    }

    /// Which goroutines ran on a proc.
    fn proc(&mut self, lane: &Lane, proc: ProcIndex) {
        let (trace, levels) = (self.scene.trace, self.scene.levels);
        let track = ProcTrack::new(trace, levels, proc);
        let classes = &self.colors.classes;
        // The program, the GC, system calls: see `proc_class`.
        let colors = [Class::Running, Class::GcWork, Class::Syscall].map(|c| classes[c as usize]);
        let look = Look {
            y: self.bar_band(lane),
            colors: &colors,
            stacked: &[1, 0, 2],
            always: 0b111,
            wait: None,
            gap: Some(self.px(GAP_FROM)),
            wide_from: self.px(TEXT_FROM),
        };
        let mut wide = std::mem::take(&mut self.scratch.wide);
        let mut bars = Bars::new(self.list, self.columns, &look, &mut wide);
        walk(&track, &self.columns, |piece| {
            bars.add(piece, |place| track.class(place));
        });
        bars.finish();
        let sweep = self.bar_band(lane).1;
        let height = self.px(SWEEP_HEIGHT);
        let color = self.colors.sweep;
        let rows = levels.sweeps.of(proc.0 as usize);
        self.strip_of_ranges(rows, (sweep - height, sweep), color);
        for &(place, x0, x1) in &wide {
            let span = SpanIndex(track.rows[place]);
            let class =
                [Class::Running, Class::GcWork, Class::Syscall][track.class(place).unwrap_or(0)];
            let color = self.colors.on_classes[class as usize];
            self.bar_text(
                lane,
                x0,
                x1,
                color,
                format_args!("{}", OnProc { trace, span }),
            );
        }
        self.scratch.wide = wide;
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
            y: self.bar_band(lane),
            colors: &colors,
            stacked: &STACKED,
            always: ALWAYS,
            wait: Some(Class::Runnable as usize),
            gap: None,
            wide_from: self.px(TEXT_FROM),
        };
        let mut wide = std::mem::take(&mut self.scratch.wide);
        let mut bars = Bars::new(self.list, self.columns, &look, &mut wide);
        walk(&track, &self.columns, |piece| {
            bars.add(piece, |place| track.class(place));
        });
        bars.finish();
        self.goroutine_strips(lane, goroutine);
        for &(place, x0, x1) in &wide {
            let span = SpanIndex(track.rows[place]);
            let color = on_colors[track.class(place).unwrap_or(0)];
            self.bar_text(
                lane,
                x0,
                x1,
                color,
                format_args!("{}", SpanLabel { trace, span }),
            );
        }
        self.scratch.wide = wide;
    }

    /// GC assists, regions and CPU samples, over the bars.
    fn goroutine_strips(&mut self, lane: &Lane, goroutine: GoroutineIndex) {
        let (trace, levels) = (self.scene.trace, self.scene.levels);
        let (top, bottom) = self.bar_band(lane);
        let i = goroutine.0 as usize;
        let columns = self.columns;
        let assist = (top, top + self.px(ASSIST_HEIGHT));
        self.strip_of_ranges(levels.assists.of(i), assist, self.colors.assist);
        let mut rows = levels.regions.of(i);
        let height = self.px(REGION_HEIGHT);
        for depth in 0..REGION_DEPTHS {
            let at_depth = |&row: &u32| trace.regions.at(row as usize).depth <= depth;
            let count = match depth + 1 {
                REGION_DEPTHS => rows.len(),
                _ => rows.partition_point(at_depth),
            };
            let (here, deeper) = rows.split_at(count);
            rows = deeper;
            let color = self.colors.regions[usize::from(depth)];
            // Deeper ones lie lower within the strip.
            let y = bottom - height + height * i32::from(depth) / i32::from(REGION_DEPTHS);
            let regions = Intervals {
                rows: here,
                times: |row| region_times(trace, row),
            };
            regions.walk(&columns, |from, to, _| {
                let (x0, mut x1) = (columns.x(from), columns.x(to));
                if x1 - x0 >= self.px(GAP_FROM) {
                    x1 -= 1;
                }
                self.list.rect(x0, y, x1, bottom, color);
            });
        }
        let samples = Intervals {
            rows: levels.samples.of(i),
            times: |row| {
                let time = trace.samples.at(row as usize).time.0 as f64;
                (time, time)
            },
        };
        let y = (top + bottom) / 2 - self.px(SAMPLE_HEIGHT / 2.0);
        samples.walk(&columns, |from, _, _| {
            let x = columns.x(from);
            let color = self.colors.sample;
            self.list
                .rect(x, y, x + columns.pixels, y + self.px(SAMPLE_HEIGHT), color);
        });
    }

    fn strip_of_ranges(&mut self, rows: &[u32], (top, bottom): (i32, i32), color: u32) {
        let columns = self.columns;
        ranges(self.scene.trace, rows).walk(&columns, |from, to, _| {
            self.list
                .rect(columns.x(from), top, columns.x(to), bottom, color);
        });
    }
}

/// When a region begins and ends, kept within the trace.
pub fn region_times(trace: &tracepane_model::Trace, row: u32) -> (f64, f64) {
    let region = trace.regions.at(row as usize);
    let start = region.start.map_or(0.0, |t| t.0 as f64);
    let end = region.end.unwrap_or(trace.end).0 as f64;
    (start, end.max(start))
}
