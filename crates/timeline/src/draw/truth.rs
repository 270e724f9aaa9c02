//! The picture against a painter without levels of detail: pixels of whole frames beside exact shares of raw spans.
//!
//! What is promised, for every zoom, width and density of pixels:
//! - A column shows of each class what the columns up to [`NEAR`] beside it have, to within a device pixel and a half
//!   and one for each rare class in it; over [`WINDOW`] columns the shares are right to within [`WINDOW_ERROR`].
//! - Nothing rare is lost: wherever a goroutine ran, worked for the GC or was in a system call, or waited for a proc
//!   long, a pixel of it is seen no more than [`NEAR`] columns beside; a pause or a mark phase no more than one.
//! - Zooming changes no colour at once: [`MOST_CHANGE`].
//! - What is hit is what is drawn there.

use proptest::prelude::*;
use tracepane_model::{SpanIndex, SpanState, Trace};
use tracepane_wire::{GoroutineState, Options, Range};

use super::frame::clear_part;
use super::lane::GAP_FROM;
use super::tests::view_of;
use super::track::{GoroutineTrack, ProcTrack, ThreadTrack};
use super::walk::{LONG_WAIT, Track};
use crate::class::{CLASSES, Class};
use crate::draw::counters::WITH_THREAD;
use crate::lanes::{GUTTER, Lane, RULER};
use crate::palette::Theme;
use crate::program::{Program, steps, trace_of};
use crate::scale::{Columns, Limits, Size, View};
use crate::{
    Arrangement, Budget, DrawList, Hit, LaneKind, Lanes, Levels, Pixmap, Scene, ThreadLevels, draw,
    hit, paint,
};

/// So many columns beside its place something may be seen: among spans thinner than a column, of which the totals of
/// blocks are known.
const NEAR: usize = 2;

/// Columns that are compared as one.
const WINDOW: usize = 24;

/// How wrong the share of a class may be over so many columns.
const WINDOW_ERROR: f64 = 0.125;

/// How much the mean colour of [`ZOOM_WINDOW`] columns may change from one zoom to the next, which is [`ZOOM`] narrower: a
/// part of the way from black to white, in linear light.
const MOST_CHANGE: f64 = 0.06;
const ZOOM: f64 = 0.97;
const ZOOM_WINDOW: usize = 60;

/// Spans of a lane in time order.
struct Raw(Vec<RawSpan>);

#[derive(Clone, Copy)]
struct RawSpan {
    start: f64,
    end: f64,
    class: Option<Class>,
    runnable: bool,
}

impl Raw {
    fn of<const W: usize>(track: &impl Track<W>, class_of: impl Fn(usize) -> Class) -> Self {
        let spans = (0..track.len()).map(|place| RawSpan {
            start: track.start(place),
            end: track.end(place),
            class: track.class(place).map(&class_of),
            runnable: track.is_wait_to_run(place),
        });
        Self(spans.collect())
    }

    fn of_lane(scene: &Scene<'_>, lane: &Lane) -> Option<Self> {
        let (trace, levels) = (scene.trace, scene.levels);
        match lane.kind {
            LaneKind::Goroutine(g) => {
                let worker = levels.classes.is_worker(trace, g);
                let track = GoroutineTrack::new(trace, levels, g);
                Some(Self::of(&track, |c| match Class::ALL[c] {
                    Class::Running if worker => Class::GcWork,
                    class => class,
                }))
            }
            LaneKind::Proc(p) => {
                let track = ProcTrack::of_proc(trace, levels, p);
                Some(Self::of(&track, |c| WITH_THREAD[c]))
            }
            LaneKind::Thread(t) => {
                let track = ThreadTrack::of_thread(trace, levels, scene.threads?, t);
                Some(Self::of(&track, |c| WITH_THREAD[c]))
            }
            _ => None,
        }
    }

    fn in_time(&self, from: f64, to: f64) -> impl Iterator<Item = &RawSpan> {
        let first = self.0.partition_point(|span| span.end < from);
        self.0[first..]
            .iter()
            .take_while(move |span| span.start <= to)
    }

    /// The part of `from..to` that each class has.
    fn shares(&self, from: f64, to: f64) -> [f64; CLASSES] {
        let mut shares = [0.0; CLASSES];
        for span in self.in_time(from, to) {
            if let Some(class) = span.class {
                let length = (span.end.min(to) - span.start.max(from)).max(0.0);
                shares[class as usize] += length / (to - from);
            }
        }
        shares
    }
}

/// A frame, painted.
struct Painted {
    list: DrawList,
    pixmap: Pixmap,
}

impl Painted {
    fn new(scene: &Scene<'_>) -> Self {
        Self::after(scene, DrawList::new())
    }

    /// A frame drawn with what was kept of those before.
    fn after(scene: &Scene<'_>, mut list: DrawList) -> Self {
        let mut pixmap = Pixmap::new();
        draw(scene, &mut list);
        // The bands of the GC hide nothing; the marks of logs and samples are on top of all, with a halo.
        let colors = scene.theme.colors();
        let marks = [colors.log, colors.sample];
        list.rects.retain(|rect| {
            let halo = rect.color == colors.background && rect.y1 - rect.y0 == 1;
            rect.color >> 24 == 255 && !marks.contains(&rect.color) && !halo
        });
        pixmap.resize(scene.size.device_width(), scene.size.device_height());
        paint(&list, &mut pixmap);
        Self { list, pixmap }
    }

    fn pixel(&self, x: i32, y: i32) -> u32 {
        self.pixmap.pixels[y as usize * self.pixmap.width as usize + x as usize]
    }

    /// Whether `color` is seen in a column of `columns` within these rows of pixels.
    fn shows(
        &self,
        columns: &Columns,
        column: usize,
        (top, bottom): (i32, i32),
        color: u32,
    ) -> bool {
        let x = columns.x(column);
        let bottom = bottom.min(self.pixmap.height as i32);
        x < self.pixmap.width as i32 && (top..bottom).any(|y| self.pixel(x, y) == color)
    }

    /// The part of a lane's height that each class has in each column, from the rectangles of the classes' colours.
    fn drawn(&self, scene: &Scene<'_>, lane: &Lane, raw: &Raw) -> Vec<[f64; CLASSES]> {
        let columns = Columns::new(scene.view, scene.size);
        let (top, bottom) = clear_rows(scene, lane);
        let colors = scene.theme.colors();
        let gap = match lane.kind {
            LaneKind::Proc(_) | LaneKind::Thread(_) => scene.size.device(GAP_FROM),
            _ => i32::MAX,
        };
        let mut drawn = vec![[0.0; CLASSES]; columns.count];
        let mut gaps = Vec::new();
        let inside = |rect: &&crate::Rect| rect.y0 >= top && rect.y1 <= bottom;
        for rect in self.list.rects.iter().filter(inside) {
            let Some(class) = colors.classes.iter().position(|&c| c == rect.color) else {
                continue;
            };
            let part = f64::from(rect.y1 - rect.y0) / f64::from(bottom - top);
            let from = ((rect.x0 - columns.left) / columns.pixels) as usize;
            let to = ((rect.x1 - columns.left) / columns.pixels) as usize;
            for column in &mut drawn[from..to.min(columns.count)] {
                column[class] += part;
            }
            // A bar may leave a gap to the next one, which begins in its last column.
            if part == 1.0 && rect.x1 - rect.x0 + 1 >= gap {
                gaps.push(((rect.x1 - columns.left) / columns.pixels, class));
            }
        }
        for (column, class) in gaps {
            match drawn.get_mut(column as usize) {
                Some(drawn) if drawn.iter().sum::<f64>() == 0.0 => {
                    let (from, to) = (
                        columns.time(column as usize),
                        columns.time(column as usize + 1),
                    );
                    // Not where the bar was that much narrower.
                    drawn[class] = f64::from(u8::from(raw.shares(from, to)[class] > 0.499));
                }
                _ => {}
            }
        }
        drawn
    }
}

/// Where a lane's bars are, in device pixels.
fn clear_rows(scene: &Scene<'_>, lane: &Lane) -> (i32, i32) {
    let (top, bottom) = clear_part(scene.levels, lane);
    let y = RULER + lane.top - scene.view.scroll;
    (scene.size.device(y + top), scene.size.device(y + bottom))
}

/// Classes of which any bit is seen.
fn is_rare(class: Class) -> bool {
    matches!(
        class,
        Class::Running | Class::GcWork | Class::Syscall | Class::SyscallBlocked
    )
}

/// Compares the picture of each lane with what its spans say.
fn compare(scene: &Scene<'_>, painted: &Painted) {
    let columns = Columns::new(scene.view, scene.size);
    let height = f64::from(scene.size.height) - RULER;
    for lane in scene
        .lanes
        .visible(scene.view.scroll, scene.view.scroll + height)
    {
        // One that is cut off is not compared.
        let y = RULER + lane.top - scene.view.scroll;
        if y < RULER || y + lane.height > f64::from(scene.size.height) {
            continue;
        }
        if let Some(raw) = Raw::of_lane(scene, &lane) {
            compare_shares(scene, &lane, &columns, &raw, painted);
            compare_rare(scene, &lane, &columns, &raw, painted);
        }
    }
}

fn compare_shares(scene: &Scene<'_>, lane: &Lane, columns: &Columns, raw: &Raw, painted: &Painted) {
    let drawn = painted.drawn(scene, lane, raw);
    let exact: Vec<_> = (0..columns.count)
        .map(|k| raw.shares(columns.time(k), columns.time(k + 1)))
        .collect();
    let (top, bottom) = clear_rows(scene, lane);
    let pixel = 1.0 / f64::from(bottom - top);
    // The last column may be cut off by the canvas, or by the trace's end.
    for k in 0..columns.count.saturating_sub(1) {
        let near = &exact[k.saturating_sub(NEAR)..(k + NEAR + 1).min(columns.count)];
        let rare = Class::ALL
            .into_iter()
            .filter(|&class| is_rare(class) || class == Class::Runnable);
        let rare = rare
            .filter(|&c| near.iter().any(|shares| shares[c as usize] > 0.0))
            .count();
        let tolerance = pixel * (1.5 + rare as f64) + 1e-3;
        for c in 0..CLASSES {
            let (mut low, mut high) = (f64::MAX, 0.0f64);
            for shares in near {
                low = low.min(shares[c]);
                high = high.max(shares[c]);
            }
            // The edge of a bar moves to the nearer side of its column.
            if exact[k][c] > 0.499 {
                high = 1.0;
            }
            if exact[k][c] < 0.501 {
                low = 0.0;
            }
            let found = drawn[k][c];
            assert!(
                found >= low - tolerance && found <= high + tolerance,
                "{:?}, column {k} of {columns:?}, {:?}: {found}, not {low} to {high}",
                lane.kind,
                Class::ALL[c],
            );
        }
    }
    for (k, (drawn, exact)) in drawn.windows(WINDOW).zip(exact.windows(WINDOW)).enumerate() {
        for c in 0..CLASSES {
            let sum = |shares: &[[f64; CLASSES]]| shares.iter().map(|s| s[c]).sum::<f64>();
            let error = (sum(drawn) - sum(exact)) / WINDOW as f64;
            assert!(
                error.abs() < WINDOW_ERROR + 1.5 * pixel,
                "{:?}, {WINDOW} columns from {k} of {columns:?}, {:?}: wrong by {error}",
                lane.kind,
                Class::ALL[c],
            );
        }
    }
}

fn compare_rare(scene: &Scene<'_>, lane: &Lane, columns: &Columns, raw: &Raw, painted: &Painted) {
    let colors = scene.theme.colors();
    let rows = clear_rows(scene, lane);
    let pixels = f64::from(rows.1 - rows.0);
    // Of a bar that begins or ends outside of the view less than half of a column may be inside; the last column may be
    // cut off by the canvas.
    for k in 1..columns.count.saturating_sub(1) {
        let (from, to) = (columns.time(k), columns.time(k + 1));
        let mut wanted = 0u16;
        for span in raw.in_time(from, to) {
            let length = span.end.min(to) - span.start.max(from);
            if length <= 0.0 {
                continue;
            }
            let long =
                length / columns.nanos * pixels >= 0.5 || span.end - span.start >= LONG_WAIT as f64;
            match span.class {
                Some(class) if is_rare(class) || span.runnable && long => {
                    wanted |= 1 << class as u16
                }
                _ => {}
            }
        }
        for class in Class::ALL
            .into_iter()
            .filter(|&c| wanted >> c as u16 & 1 != 0)
        {
            let color = colors.class(class);
            let mut near = k.saturating_sub(NEAR)..(k + NEAR + 1).min(columns.count);
            let seen = near.any(|near| painted.shows(columns, near, rows, color));
            assert!(
                seen,
                "{:?}, column {k} of {columns:?}, {from} to {to}: {class:?} is not seen",
                lane.kind,
            );
        }
    }
}

/// Whole traces as often as thousand-millionths of them.
fn views() -> impl Strategy<Value = (f64, f64)> {
    (
        (-9.0..0.3f64).prop_map(|power| 10f64.powf(power).min(1.0)),
        0.0..1.0f64,
    )
}

fn sizes() -> impl Strategy<Value = Size> {
    let ratio = prop::sample::select(&[1.0, 1.25, 1.5, 2.0, 3.0][..]);
    (260u32..1500, ratio).prop_map(|(width, ratio)| Size {
        width,
        height: 800,
        ratio,
    })
}

/// The scenes of a trace: by proc with all goroutines, or by thread.
fn with_scene<T>(
    trace: &Trace,
    view: View,
    size: Size,
    by_thread: bool,
    then: impl FnOnce(Scene<'_>) -> T,
) -> T {
    let levels = Levels::build(trace);
    let threads = ThreadLevels::build(trace, &levels);
    let mut lanes = Lanes::new(trace, &levels);
    if by_thread {
        lanes.arrange(trace, &levels, Arrangement::Threads);
    } else {
        lanes.set_folded(false);
    }
    then(Scene {
        trace,
        levels: &levels,
        threads: Some(&threads),
        functions: None,
        band_scroll: 0.0,
        lanes: &lanes,
        view,
        size,
        theme: Theme::Light,
        hover: None,
        selection: None,
        flows: &[],
        arrows: false,
        range: None,
        timing: crate::Timing::default(),
        highlights: None,
    })
}

/// The mean colour of a lane's pixels from one time to another, in linear light.
fn mean_color(
    painted: &Painted,
    columns: &Columns,
    rows: (i32, i32),
    times: (f64, f64),
) -> [f64; 3] {
    let x_of = |time: f64| {
        let column = (time - columns.start()) / columns.nanos;
        f64::from(columns.left) + column * f64::from(columns.pixels)
    };
    let (from, to) = (x_of(times.0), x_of(times.1));
    let mut sum = [0.0; 3];
    for x in from.floor() as i32..to.ceil() as i32 {
        let part = (f64::from(x) + 1.0).min(to) - f64::from(x).max(from);
        for y in rows.0..rows.1 {
            let color = crate::palette::linear(painted.pixel(x, y));
            for channel in 0..3 {
                sum[channel] += color[channel] * part;
            }
        }
    }
    sum.map(|channel| channel / (to - from) / f64::from(rows.1 - rows.0))
}

/// Pauses and mark phases made by chance: how long nothing is, how long it lasts, whether pauses begin and end it.
fn ranges_of(steps: &[(u32, u32, bool)]) -> Trace {
    const NOBODY: u32 = u32::MAX;
    let mut p = Program::new(1, 1);
    p.create(NOBODY, 0, "main.main").run(0, 0);
    let mut time = 0;
    for &(nothing, length, marks) in steps {
        time += i64::from(nothing) + 1;
        let pause = p.pause("a pause");
        if marks {
            p.at(time).range(Range::GcMark, true);
            p.range(pause, true)
                .at(time + i64::from(length / 8))
                .range(pause, false);
            time += i64::from(length) + 2;
            p.at(time).range(Range::GcMark, false);
        } else {
            p.at(time).range(pause, true);
            time += i64::from(length) + 1;
            p.at(time).range(pause, false);
        }
    }
    p.at(time + 50).stop(0, GoroutineState::Waiting, "sync");
    p.finish(time + 1000)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn columns_show_the_shares_of_spans_and_nothing_rare_is_lost(
        steps in steps(3000),
        (width, place) in views(),
        size in sizes(),
        by_thread in any::<bool>(),
    ) {
        let trace = trace_of(&steps);
        let view = view_of(&trace, width, place);
        with_scene(&trace, view, size, by_thread, |scene| compare(&scene, &Painted::new(&scene)));
    }

    #[test]
    fn what_is_kept_of_frames_before_is_as_true(
        steps in steps(3000),
        (width, place) in views(),
        size in sizes(),
        by_thread in any::<bool>(),
        moves in prop::collection::vec((-0.9..0.9f64, 0.0..300.0f64, 0.5..2.0f64), 1..8),
        budget in 0usize..4000,
    ) {
        let trace = trace_of(&steps);
        let view = view_of(&trace, width, place);
        let limits = Limits::new(trace.end);
        with_scene(&trace, view, size, by_thread, |mut scene| {
            let mut list = DrawList::new();
            for (by, scroll, zoom) in moves {
                list.budget = Budget::Columns(budget);
                draw(&scene, &mut list);
                if zoom > 1.2 {
                    scene.view = scene.view.zoom_at(0.4, zoom - 0.5, limits);
                }
                let scrolled = scene.view.pan(by * by.abs(), limits);
                scene.view = scrolled.scrolled_to(scroll.floor(), scene.lanes.total_height(), size);
            }
            // What could only be stretched gets its turn, a few lanes in each frame.
            list.budget = Budget::Columns(3000);
            let frames = (0..200).take_while(|_| {
                draw(&scene, &mut list);
                list.unfinished
            });
            prop_assert!(frames.count() < 40);
            let painted = Painted::after(&scene, list);
            compare(&scene, &painted);
            Ok(())
        })?;
    }

    #[test]
    fn pauses_and_mark_phases_are_never_lost(
        steps in prop::collection::vec((0u32..4000, 0u32..900, any::<bool>()), 1..300),
        (width, place) in views(),
        size in sizes(),
    ) {
        let trace = ranges_of(&steps);
        let view = view_of(&trace, width, place);
        with_scene(&trace, view, size, false, |scene| {
            let painted = Painted::new(&scene);
            let columns = Columns::new(scene.view, size);
            let lane = scene.lanes.place(LaneKind::Gc).expect("the GC's lane");
            let y = RULER + lane.top;
            let rows = (size.device(y), size.device(y + lane.height));
            let colors = scene.theme.colors();
            let pauses = trace.ranges.stop_the_world.iter().map(|&row| (row, colors.stw));
            let marks = trace.ranges.gc_marks.iter().map(|&row| (row, colors.gc_mark));
            for (row, color) in pauses.chain(marks) {
                let range = trace.ranges.rows.at(row as usize);
                let (start, end) = (range.start.0 as f64, range.end.0 as f64);
                let (from, to) = (columns.of(start), columns.of(end));
                for k in from.max(1)..=to.min(columns.count as isize - 2) {
                    let k = k as usize;
                    let mut near = k.saturating_sub(1)..(k + 2).min(columns.count);
                    assert!(
                        near.any(|near| painted.shows(&columns, near, rows, color)),
                        "column {k} of {columns:?}, {start} to {end}"
                    );
                }
            }
        });
    }

    #[test]
    fn what_is_hit_is_what_is_drawn(
        steps in steps(3000),
        (width, place) in views(),
        size in sizes(),
        by_thread in any::<bool>(),
        points in prop::collection::vec((0.0..1.0f64, 0.0..1.0f64), 40),
    ) {
        let trace = trace_of(&steps);
        let view = view_of(&trace, width, place);
        with_scene(&trace, view, size, by_thread, |scene| {
            let painted = Painted::new(&scene);
            for &(x, y) in &points {
                let bottom = (f64::from(size.height)).min(RULER + scene.lanes.total_height());
                // The middle of a device pixel.
                let x = ((GUTTER + x * size.lane_width()) * size.ratio).floor() as i32;
                let y = ((RULER + y * (bottom - RULER - 1.0)) * size.ratio).floor() as i32;
                if x >= painted.pixmap.width as i32 || y >= painted.pixmap.height as i32 {
                    continue;
                }
                same_as_drawn(&scene, &painted, x, y);
            }
        });
    }
}

proptest! {
    // Each paints hundreds of frames.
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn zooming_changes_no_colour_at_once(
        steps in steps(3000),
        place in 0.1..0.9f64,
        size in sizes(),
    ) {
        let trace = trace_of(&steps);
        let size = Size { width: size.width + 240, ..size };
        let view = View::whole(trace.end);
        let limits = Limits::new(trace.end);
        with_scene(&trace, view, size, false, |mut scene| {
            let lanes: Vec<_> = scene.lanes.visible(0.0, 700.0).collect();
            while scene.view.width() > 2e3 {
                let before = Painted::new(&scene);
                let old = Columns::new(scene.view, size);
                let middle = ((old.count as f64 * place) as usize).min(old.count - ZOOM_WINDOW - 4);
                let times = (old.time(middle), old.time(middle + ZOOM_WINDOW));
                scene.view = scene.view.zoom_at(place, ZOOM, limits);
                let after = Painted::new(&scene);
                let new = Columns::new(scene.view, size);
                for lane in &lanes {
                    if !matches!(lane.kind, LaneKind::Goroutine(_) | LaneKind::Proc(_)) {
                        continue;
                    }
                    let rows = clear_rows(&scene, lane);
                    let colors = [
                        mean_color(&before, &old, rows, times),
                        mean_color(&after, &new, rows, times),
                    ];
                    for channel in 0..3 {
                        let change = (colors[0][channel] - colors[1][channel]).abs();
                        assert!(
                            change < MOST_CHANGE,
                            "{:?}, {old:?} to {new:?}, {times:?}: {colors:?}",
                            lane.kind
                        );
                    }
                }
                // Not every zoom of a long way.
                scene.view = scene.view.zoom_at(place, 0.4, limits);
            }
        });
    }
}

/// Checks what is hit in a pixel.
fn same_as_drawn(scene: &Scene<'_>, painted: &Painted, x: i32, y: i32) {
    let size = scene.size;
    let (css_x, css_y) = (
        (f64::from(x) + 0.5) / size.ratio,
        (f64::from(y) + 0.5) / size.ratio,
    );
    let Some(lane) = scene.lanes.lane_at(css_y - RULER) else {
        return;
    };
    let (top, bottom) = clear_rows(scene, &lane);
    let Some(raw) = Raw::of_lane(scene, &lane).filter(|_| (top..bottom).contains(&y)) else {
        return;
    };
    let columns = Columns::new(scene.view, size);
    let column = ((x - columns.left) / columns.pixels) as usize;
    if column + 1 >= columns.count {
        return;
    }
    let (from, to) = (columns.time(column), columns.time(column + 1));
    let colors = scene.theme.colors();
    let color = painted.pixel(x, y);
    let drawn = colors.classes.iter().position(|&class| class == color);
    let found = hit(scene, css_x, css_y);
    let span = match found {
        Some(Hit::Span(span) | Hit::ProcSpan { span, .. } | Hit::ThreadSpan { span, .. }) => span,
        Some(Hit::Lane(kind)) => {
            assert_eq!(kind, lane.kind);
            // Among thin spans the picture may show what is a column beside.
            let here: f64 = raw.shares(from, to).iter().sum();
            assert!(
                drawn.is_none() || here < 1e-3,
                "nothing is hit at {x}, {y} of {columns:?}"
            );
            return;
        }
        other => panic!("{other:?} is hit in {:?}", lane.kind),
    };
    let start = scene.trace.spans.start(span).0 as f64;
    let known = raw
        .0
        .iter()
        .find(|known| known.start == start && known.end > known.start);
    let Some(known) = known.or_else(|| raw.0.iter().find(|known| known.start == start)) else {
        panic!(
            "{:?} is not in {:?}",
            state_of(scene.trace, span),
            lane.kind
        );
    };
    assert!(
        known.start < to && known.end >= from,
        "{found:?} is beside {x}, {y} of {columns:?}"
    );
    let Some(drawn) = drawn else {
        return;
    };
    let shares = raw.shares(from, to);
    if shares[drawn] > 0.0 {
        let same = raw.0.iter().any(|known| {
            known.start == start && known.class.is_some_and(|class| class as usize == drawn)
        });
        assert!(
            same,
            "{:?} is hit where {:?} is drawn, at {x}, {y} of {columns:?}",
            state_of(scene.trace, span),
            Class::ALL[drawn]
        );
    }
}

fn state_of(trace: &Trace, span: SpanIndex) -> SpanState {
    trace.spans.kind(span).state()
}

/// A trace of the corpus.
fn corpus(name: &str) -> Trace {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/corpus/");
    let bytes = std::fs::read(format!("{file}{name}.trace")).expect("a trace of the corpus");
    tracepane_model::load(&bytes[..], Options::default()).expect("a trace")
}

#[test]
fn real_traces_are_shown_as_they_are() {
    for name in [
        "annotate-go1.27",
        "gc-go1.27",
        "http-go1.27",
        "syscall-go1.27",
        "starve-go1.27",
    ] {
        let trace = corpus(name);
        let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(
            std::env::var("CASES").map_or(12, |n| n.parse().unwrap()),
        ));
        let random = (views(), sizes(), any::<bool>(), 0.0..1.0f64);
        let result = runner.run(&random, |((width, place), size, by_thread, scroll)| {
            let view = view_of(&trace, width, place);
            with_scene(&trace, view, size, by_thread, |mut scene| {
                let most = (scene.lanes.total_height() - 800.0).max(0.0);
                scene.view.scroll = (most * scroll).floor();
                compare(&scene, &Painted::new(&scene));
            });
            Ok(())
        });
        result.unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}
