//! User regions: a thin strip in a goroutine's lane, or bars with names below it.

use tracepane_model::{GoroutineIndex, TaskId, Trace};

use crate::draw::frame::Frame;
use crate::draw::lane::GAP_FROM;
use crate::draw::strip::Intervals;
use crate::lanes::{BAR, Lane, REGION_ROW};
use crate::levels::{Levels, REGION_DEPTHS};

/// The strip's height, in CSS pixels.
pub const REGION_HEIGHT: f64 = 4.0;

/// Bars from this width on have text, in CSS pixels.
const TEXT_FROM: f64 = 24.0;

/// How many colours there are for depths.
const COLORS: u16 = 3;

impl Frame<'_, '_> {
    /// A goroutine's regions as a strip at the bottom of its bars.
    pub fn region_strip(&mut self, lane: &Lane, goroutine: GoroutineIndex) {
        let (trace, levels, columns) = (self.scene.trace, self.scene.levels, self.columns);
        let bottom = self.bar_band(lane).1;
        let height = bottom - self.clear_band(lane).1;
        let gap = self.px(GAP_FROM);
        for (depth, rows) in by_depth(trace, levels, goroutine) {
            let shade = depth.min(COLORS - 1);
            let color = self.colors.regions[usize::from(shade)];
            // Deeper ones lie lower within the strip.
            let y = bottom - height + height * i32::from(shade) / i32::from(COLORS);
            regions(trace, rows).walk(&columns, |from, to, _| {
                let (x0, mut x1) = (columns.x(from), columns.x(to));
                if x1 - x0 >= gap {
                    x1 -= 1;
                }
                self.list.rect(x0, y, x1, bottom, color);
            });
        }
    }

    /// A goroutine's regions as bars below it, nested ones below those around them. In a task's view those of other
    /// tasks are grey.
    pub fn region_bars(&mut self, lane: &Lane, goroutine: GoroutineIndex) {
        let (trace, levels, columns) = (self.scene.trace, self.scene.levels, self.columns);
        let gap = self.px(GAP_FROM);
        let text_from = self.px(TEXT_FROM);
        let family = self.scene.lanes.family();
        let mine = |task: TaskId| family.is_none_or(|family| family.has(task));
        let mut wide = std::mem::take(&mut self.scratch.wide);
        for (depth, rows) in by_depth(trace, levels, goroutine) {
            let (y, _) = region_band(depth);
            let (top, bottom) = self.band(lane, y, y + REGION_ROW - 2.0);
            let shade = usize::from(depth.min(COLORS - 1));
            wide.clear();
            regions(trace, rows).walk(&columns, |from, to, row| {
                let (x0, mut x1) = (columns.x(from), columns.x(to));
                if x1 - x0 >= gap {
                    x1 -= 1;
                }
                if x1 - x0 >= text_from {
                    wide.push((row as usize, x0, x1));
                }
                let color = match mine(trace.regions.at(row as usize).task) {
                    true => self.colors.regions[shade],
                    false => self.colors.other_region,
                };
                self.list.rect(x0, top, x1, bottom, color);
            });
            for &(row, x0, x1) in &wide {
                let region = trace.regions.at(row);
                let color = match mine(region.task) {
                    true => self.colors.on_regions,
                    false => self.colors.on_other_region,
                };
                let name = trace.strings.get(region.name);
                let middle = y + REGION_ROW / 2.0 - 1.0;
                self.text_at(lane, middle, (x0, x1), color, format_args!("{name}"));
            }
        }
        self.scratch.wide = wide;
    }
}

/// Where the bars of regions of a depth are, in CSS pixels below the top of their goroutine's lane.
pub fn region_band(depth: u16) -> (f64, f64) {
    let top = BAR - 1.0 + f64::from(depth.min(REGION_DEPTHS - 1)) * REGION_ROW;
    (top, top + REGION_ROW)
}

/// A goroutine's regions by depth, outermost first.
pub fn by_depth<'a>(
    trace: &'a Trace,
    levels: &'a Levels,
    goroutine: GoroutineIndex,
) -> impl Iterator<Item = (u16, &'a [u32])> {
    let mut rest = levels.regions.of(goroutine.0 as usize);
    (0..REGION_DEPTHS).filter_map(move |depth| {
        let count = match depth + 1 {
            REGION_DEPTHS => rest.len(),
            _ => rest.partition_point(|&row| trace.regions.at(row as usize).depth <= depth),
        };
        let (here, deeper) = rest.split_at(count);
        rest = deeper;
        (!here.is_empty()).then_some((depth, here))
    })
}

/// Rows of the region table as intervals.
pub fn regions<'a>(
    trace: &'a Trace,
    rows: &'a [u32],
) -> Intervals<'a, impl Fn(u32) -> (f64, f64) + use<'a>> {
    Intervals {
        rows,
        times: move |row| region_times(trace, row),
    }
}

/// When a region begins and ends, kept within the trace.
pub fn region_times(trace: &Trace, row: u32) -> (f64, f64) {
    let region = trace.regions.at(row as usize);
    let start = region.start.map_or(0.0, |t| t.0 as f64);
    let end = region.end.unwrap_or(trace.end).0 as f64;
    (start, end.max(start))
}
