//! The minimap's picture: the whole trace in a strip.
//!
//! It is as wide as the canvas below it, and the trace begins where that one's gutter ends, so that with all of the
//! trace in view a moment stands at the same place in both.

use tracepane_model::Trace;

use crate::class::Class;
use crate::draw::Budget;
use crate::draw::bars::{Bars, Look};
use crate::draw::strip::ranges;
use crate::draw::tracks::add_stack;
use crate::highlights::Highlights;
use crate::lanes::GUTTER;
use crate::levels::Levels;
use crate::list::DrawList;
use crate::mark::Mark;
use crate::palette::Theme;
use crate::scale::{Columns, Size, View};

/// How high it is, in CSS pixels.
pub const MINIMAP: f64 = 36.0;

/// Where it shows how many goroutines wait to run, in CSS pixels from its top.
const QUEUE: (f64, f64) = (2.0, 11.0);

/// Where it shows what procs do: running goroutines, the GC's workers, system calls.
const PROCS: (f64, f64) = (12.0, 27.0);

/// How high the mark of a hit is, at the upper edge.
const HIT: f64 = 5.0;

/// Where GC phases and pauses stand.
const GC: (f64, f64) = (29.0, 33.0);

/// All that the minimap's picture depends on. It does not depend on the view: the page draws its frame.
#[derive(Clone, Copy)]
pub struct MinimapScene<'a> {
    /// The trace.
    pub trace: &'a Trace,
    /// Its levels of detail.
    pub levels: &'a Levels,
    /// As wide as the timeline's canvas, and [`MINIMAP`] high.
    pub size: Size,
    /// Light or dark.
    pub theme: Theme,
    /// Marks that the user set.
    pub marks: &'a [Mark],
    /// What a search found: where its hits begin.
    pub highlights: Option<&'a Highlights>,
    /// A range of time that stands out, such as one that is selected, ns.
    pub band: Option<(f64, f64)>,
}

/// Draws the minimap. `list` is cleared first. Costs by its pixels, and for a search by the number of its hits, once.
pub fn draw_minimap(scene: &MinimapScene<'_>, list: &mut DrawList) {
    list.clear();
    let mut scratch = std::mem::take(&mut list.scratch);
    let (trace, levels, size) = (scene.trace, scene.levels, scene.size);
    let colors = scene.theme.colors();
    let px = |css: f64| size.device(css);
    let (right, bottom) = (size.device_width() as i32, size.device_height() as i32);
    let columns = Columns::new(View::whole(trace.end), size);
    list.rect(0, 0, right, bottom, colors.gutter);
    list.rect(px(GUTTER), 0, right, bottom, colors.minimap);
    if let Some((start, end)) = scene.band {
        let (x0, x1) = (columns.pixel(start), columns.pixel(end));
        let x1 = x1.max(x0 + columns.pixels);
        list.rect(x0, 0, x1, bottom, colors.range);
    }
    scratch.spending.begin(Budget::All);
    scratch.densities.prepare(
        (trace, levels),
        &columns,
        std::iter::empty(),
        true,
        &mut scratch.spending,
    );
    let density = scratch.densities.all();
    let waits = |class: Class| class == Class::Runnable;
    // Each on its own scale: a long queue would leave no room for the procs.
    let most = density.averages().iter();
    let most = most.fold(0.0f32, |most, average| {
        most.max(average[Class::Runnable as usize])
    });
    type Shown<'a> = &'a dyn Fn(Class) -> bool;
    let parts: [((f64, f64), f32, Shown<'_>); 2] = [
        (QUEUE, most.max(1.0), &waits),
        (PROCS, levels.threads_scale(), &|class| class.has_thread()),
    ];
    for (band, scale, shown) in parts {
        let look = Look::of_goroutine((px(band.0), px(band.1)), &colors.classes);
        let mut bars = Bars::new(list, columns, &look, &mut scratch.wide);
        for (column, (average, mut present)) in density.columns().enumerate() {
            let mut active = *average;
            for class in Class::ALL {
                if !shown(class) {
                    active[class as usize] = 0.0;
                    present &= !(1 << class as u16);
                }
            }
            add_stack(&mut bars, column, active, present, scale);
        }
        bars.finish();
    }
    let (top, low) = (px(GC.0), px(GC.1));
    ranges(trace, &trace.ranges.gc_marks).walk(&columns, |from, to, _| {
        list.rect(columns.x(from), top, columns.x(to), low, colors.gc_mark);
    });
    ranges(trace, &trace.ranges.stop_the_world).walk(&columns, |from, to, _| {
        list.rect(columns.x(from), top, columns.x(to), low, colors.stw);
    });
    if let Some(highlights) = scene.highlights {
        let times = (columns.start(), columns.end());
        let counts = highlights.counts(trace, times, columns.count);
        for (column, _) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            let x = columns.x(column);
            let right = x + columns.pixels.max(px(2.0));
            list.rect(x, 0, right, px(HIT), colors.hit);
        }
    }
    for mark in scene.marks {
        let x = columns.pixel(mark.time);
        if x >= columns.left && x < right {
            list.rect(x, 0, x + columns.pixels, bottom, colors.flag);
        }
    }
    let line = (size.sane_ratio().round() as i32).max(1);
    list.rect(0, bottom - line, right, bottom, colors.border);
    list.rect(px(GUTTER) - line, 0, px(GUTTER), bottom, colors.border);
    list.scratch = scratch;
}

#[cfg(test)]
mod tests {
    use tracepane_wire::GoroutineState as G;

    use super::*;
    use crate::Pixmap;
    use crate::highlights::FoundRows;
    use crate::program::Program;
    use tracepane_model::RowSet;

    fn trace() -> Trace {
        let mut p = Program::new(3, 2);
        p.proc(0, true).proc(1, true);
        p.create(u32::MAX, 0, "main.main").run(0, 0);
        p.at(200).create(0, 1, "main.worker");
        p.at(400).run(1, 1);
        p.at(600).stop(1, G::Waiting, "chan receive");
        p.at(800).stop(0, G::Waiting, "network");
        p.finish(1000)
    }

    fn picture(
        trace: &Trace,
        marks: &[Mark],
        highlights: Option<&Highlights>,
        band: Option<(f64, f64)>,
    ) -> Pixmap {
        let levels = Levels::build(trace);
        let size = Size {
            width: GUTTER as u32 + 1000,
            height: MINIMAP as u32,
            ratio: 1.0,
        };
        let scene = MinimapScene {
            trace,
            levels: &levels,
            size,
            theme: Theme::Light,
            marks,
            highlights,
            band,
        };
        let mut list = DrawList::new();
        draw_minimap(&scene, &mut list);
        // The same memory again draws the same.
        let rects = list.rects.clone();
        draw_minimap(&scene, &mut list);
        assert_eq!(rects, list.rects);
        let mut pixmap = Pixmap::new();
        pixmap.resize(size.device_width(), size.device_height());
        crate::paint(&list, &mut pixmap);
        pixmap
    }

    /// How many pixels of each colour stand in a column.
    fn column(pixmap: &Pixmap, time: usize, color: u32) -> usize {
        let x = GUTTER as usize + time;
        let width = pixmap.width as usize;
        (0..pixmap.height as usize)
            .filter(|y| pixmap.pixels[y * width + x] == color)
            .count()
    }

    #[test]
    fn each_column_sums_up_who_ran_and_who_waited_to_run() {
        let trace = trace();
        let colors = Theme::Light.colors();
        let pixmap = picture(&trace, &[], None, None);
        let running = |time| column(&pixmap, time, colors.class(Class::Running));
        let runnable = |time| column(&pixmap, time, colors.class(Class::Runnable));
        // One runs; one waits to run; two run; one again; none.
        assert!(running(100) > 0 && runnable(100) == 0);
        assert_eq!(running(300), running(100));
        assert!(runnable(300) > 0);
        assert!(running(500) >= 2 * running(100) - 1 && runnable(500) == 0);
        assert_eq!(running(700), running(100));
        assert_eq!(running(900) + runnable(900), 0);
    }

    #[test]
    fn what_stands_out_is_seen() {
        let trace = trace();
        let colors = Theme::Light.colors();
        let marks = [Mark {
            name: "m".into(),
            time: 900.0,
        }];
        // The worker's wait, from 600 on.
        let wait = (0..trace.spans.len() as u32)
            .find(|&row| trace.spans.start(tracepane_model::SpanIndex(row)).0 == 600)
            .expect("a span");
        let found = FoundRows {
            spans: RowSet::of(trace.spans.len(), [wait]).into(),
            ..FoundRows::default()
        };
        let found = Highlights::new(found, true);
        let pixmap = picture(&trace, &marks, Some(&found), Some((850.0, 880.0)));
        assert!(column(&pixmap, 900, colors.flag) > 30);
        assert_eq!(column(&pixmap, 600, colors.hit), HIT as usize);
        assert_eq!(column(&pixmap, 700, colors.hit), 0);
        assert_ne!(
            column(&pixmap, 860, colors.minimap),
            column(&pixmap, 890, colors.minimap)
        );
    }

    #[test]
    fn an_empty_trace_has_a_minimap() {
        let trace = Program::new(0, 0).finish(0);
        let pixmap = picture(&trace, &[], None, None);
        assert!(column(&pixmap, 500, Theme::Light.colors().minimap) > 30);
    }
}
