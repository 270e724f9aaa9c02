//! A small trace as a picture in letters: each lane's middle and the texts beside it.

use tracepane_model::{GoroutineIndex, SpanIndex, Trace};
use tracepane_wire::{GoroutineState as G, Metric, Range};

use crate::class::Class;
use crate::lanes::{GUTTER, LaneKind, RULER};
use crate::palette::{Colors, Theme};
use crate::program::Program;
use crate::{DrawList, Hit, Lanes, Levels, Pixmap, Scene, Size, View, draw, hit, paint, tooltip};

fn trace() -> Trace {
    const NOBODY: u32 = u32::MAX;
    let mut p = Program::new(4, 2);
    p.create(NOBODY, 0, "main.main").run(0, 0);
    p.at(100)
        .create(0, 1, "main.worker")
        .create(0, 2, "main.worker");
    p.at(200).run(1, 1).heap(Metric::HeapGoal, 4 << 20);
    p.at(300).stop(0, G::Waiting, "sync").run(2, 0);
    p.heap(Metric::HeapObjects, 1 << 20);
    p.at(400).stop(1, G::Waiting, "chan receive");
    p.at(500)
        .range(Range::GcMark, true)
        .region(2, true, "handle");
    p.heap(Metric::HeapObjects, 3 << 20);
    let pause = p.pause("GC mark termination");
    p.at(600).range(pause, true);
    p.at(650).range(pause, false).wake(2, 1);
    p.at(700).region(2, false, "handle").syscall(2, true);
    p.at(750).range(Range::GcMark, false).run(1, 1);
    // Two hundred short spans in a tenth of the trace.
    for i in 0..50 {
        p.at(800 + i * 2).stop(1, G::Waiting, "network");
        p.wake(NOBODY, 1);
        p.at(801 + i * 2).run(1, 1);
    }
    p.at(920).stop(1, G::NotExist, "").syscall(2, false);
    p.finish(1000)
}

/// What a colour in a lane stands for.
fn letter(colors: &Colors, color: u32) -> char {
    let classes = Class::ALL.into_iter().zip("Rr$xgscniG".chars());
    classes
        .map(|(class, letter)| (colors.class(class), letter))
        .chain([
            (colors.background, ' '),
            (colors.gc_mark, '#'),
            (colors.stw, '!'),
            (colors.regions[0], '='),
            (colors.heap, 'h'),
        ])
        .find(|&(known, _)| known == color)
        .map_or('?', |(_, letter)| letter)
}

#[test]
fn a_small_trace() {
    let trace = trace();
    let levels = Levels::build(&trace);
    let lanes = Lanes::new(&trace, &levels);
    let size = Size {
        width: GUTTER as u32 + 500,
        height: 400,
        ratio: 1.0,
    };
    let scene = Scene {
        trace: &trace,
        levels: &levels,
        threads: None,
        functions: None,
        band_scroll: 0.0,
        lanes: &lanes,
        view: View::whole(trace.end),
        size,
        theme: Theme::Light,
        hover: None,
        selection: None,
        flows: &[],
        arrows: false,
        range: None,
        timing: crate::Timing::default(),
        highlights: None,
    };
    let (mut list, mut pixmap) = (DrawList::new(), Pixmap::new());
    draw(&scene, &mut list);
    pixmap.resize(size.device_width(), size.device_height());
    paint(&list, &mut pixmap);
    let colors = Theme::Light.colors();
    let mut picture = String::new();
    for lane in lanes.visible(0.0, lanes.total_height()) {
        // Where a goroutine's bar is not covered by its strips.
        let y = (RULER + lane.top + 8.0) as usize;
        let row = &pixmap.pixels[y * pixmap.width as usize..][GUTTER as usize..][..500];
        let letters: String = row
            .iter()
            .skip(5)
            .step_by(10)
            .map(|&pixel| letter(colors, pixel))
            .collect();
        picture += &format!("{letters}|");
        for text in &list.texts {
            let in_lane = (y as f32 - 8.0..y as f32 + 16.0).contains(&text.y);
            if in_lane {
                picture += &format!(" [{}]", list.text_of(text));
            }
        }
        picture += "\n";
    }
    insta::assert_snapshot!(picture);
    // A second frame is the same, from the same memory.
    let (rects, bytes) = (list.rects.clone(), list.heap_bytes());
    draw(&scene, &mut list);
    assert_eq!((rects == list.rects, bytes), (true, list.heap_bytes()));

    let middle = |kind: LaneKind| {
        let lane = lanes.place(kind).expect("a lane");
        RULER + lane.top + lane.height / 2.0
    };
    let say = |x: f64, kind: LaneKind| {
        let (x, y) = (GUTTER + x, middle(kind));
        let hit = hit(&scene, x, y).expect("something");
        tooltip(&scene, &hit, x, y).join("\n")
    };
    let worker = LaneKind::Goroutine(GoroutineIndex(1));
    insta::assert_snapshot!(say(340.0, worker), @r"
    G2 main.worker
    runnable
    100 ns, from 650 ns
    unblocked by G3 main.worker
    ");
    insta::assert_snapshot!(say(310.0, LaneKind::Gc), @r"
    Stop the world: GC mark termination
    50 ns, from 600 ns
    ");
    insta::assert_snapshot!(say(340.0, LaneKind::GoroutineStates), @r"
    Goroutines
    at 680 ns
    1 running
    1 runnable
    1 waiting for a lock
    ");
}

#[test]
fn nothing_panics_at_the_edges_of_time() {
    const NOBODY: u32 = u32::MAX;
    let mut p = Program::new(2, 1);
    p.create(NOBODY, 0, "").run(0, 0);
    for _ in 0..300 {
        // No time passes.
        p.stop(0, G::Runnable, "").run(0, 0);
    }
    p.at(1 << 60).stop(0, G::Waiting, "sync");
    p.at((1 << 62) + 1).create(NOBODY, 1, "x");
    let traces = [
        p.finish(i64::MAX - 2000),
        Program::new(1, 1).finish(0),
        Trace::default(),
    ];
    let (mut list, mut pixmap) = (DrawList::new(), Pixmap::new());
    for trace in &traces {
        let levels = Levels::build(trace);
        let lanes = Lanes::new(trace, &levels);
        let end = trace.end.0 as f64;
        let times = [0.0, end / 3.0, end, -1e300, f64::NAN, f64::INFINITY];
        for (start, width) in times
            .into_iter()
            .flat_map(|t| [0.0, 21.0, 1e9, end, f64::NAN].map(|w| (t, w)))
        {
            for (side, ratio) in [(700, 1.0), (0, 2.0), (u32::MAX, f64::NAN), (300, 1.3)] {
                let scene = Scene {
                    trace,
                    levels: &levels,
                    threads: None,
                    functions: None,
                    band_scroll: 0.0,
                    lanes: &lanes,
                    view: View {
                        start,
                        end: start + width,
                        scroll: width,
                    },
                    size: Size {
                        width: side,
                        height: side.min(400),
                        ratio,
                    },
                    theme: Theme::Dark,
                    hover: Some((start, width)),
                    selection: Some(Hit::Span(SpanIndex(601))),
                    flows: &[],
                    arrows: true,
                    range: None,
                    timing: crate::Timing::default(),
                    highlights: None,
                };
                draw(&scene, &mut list);
                pixmap.resize(
                    scene.size.device_width().min(2000),
                    scene.size.device_height(),
                );
                paint(&list, &mut pixmap);
                for (x, y) in [
                    (230.0, 60.0),
                    (690.0, 80.0),
                    (f64::NAN, width),
                    (300.0, 150.0),
                ] {
                    if let Some(hit) = hit(&scene, x, y) {
                        tooltip(&scene, &hit, x, y);
                    }
                }
            }
        }
    }
}
