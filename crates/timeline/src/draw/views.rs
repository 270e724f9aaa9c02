//! The views of threads, of one goroutine and of one task: what is where, and which arrows there are.

use tracepane_model::{GoroutineIndex, ProcIndex, SpanIndex, TaskIndex, ThreadIndex, Trace};
use tracepane_wire::GoroutineState as G;

use crate::flows;
use crate::lanes::{BAR, REGION_ROW};
use crate::list::{Arrows, Shape};
use crate::program::Program;
use crate::{
    Arrangement, DrawList, GUTTER, Hit, LaneKind, Lanes, Levels, Pixmap, RULER, Scene, Size, Theme,
    ThreadLevels, View, draw, hit, paint, tooltip,
};

const NOBODY: u32 = u32::MAX;

/// main (0) creates a worker (1), which waits for main twice, works for a task, logs and is sampled.
fn trace() -> Trace {
    let mut p = Program::new(3, 2);
    p.proc(0, true).proc(1, true);
    p.create(NOBODY, 0, "main.main").run(0, 0);
    p.at(100).create(0, 1, "main.worker");
    p.at(150).run(1, 1);
    p.at(200)
        .task(1, true, 5, 0, "job")
        .task(1, true, 6, 5, "part");
    p.at(250).region_of(1, true, 5, "outer");
    p.at(300)
        .region_of(1, true, 6, "inner")
        .log(1, 6, "db", "asked");
    p.at(350).sample(1);
    p.at(400)
        .region_of(1, false, 6, "inner")
        .region_of(1, false, 5, "outer");
    p.at(500).stop(1, G::Waiting, "chan receive").proc(1, false);
    p.at(600).wake(0, 1);
    p.at(700).stop(0, G::Waiting, "network").run(1, 0);
    p.at(800).task(1, false, 6, 5, "part");
    p.at(900).wake(NOBODY, 0);
    p.finish(1000)
}

struct Stage {
    trace: Trace,
    levels: Levels,
    threads: ThreadLevels,
    lanes: Lanes,
}

impl Stage {
    fn new(trace: Trace, arrangement: Arrangement) -> Self {
        let levels = Levels::build(&trace);
        let mut lanes = Lanes::new(&trace, &levels);
        lanes.arrange(&trace, &levels, arrangement);
        Self {
            threads: ThreadLevels::build(&trace, &levels),
            levels,
            lanes,
            trace,
        }
    }

    fn scene(&self) -> Scene<'_> {
        Scene {
            trace: &self.trace,
            levels: &self.levels,
            threads: Some(&self.threads),
            functions: None,
            band_scroll: 0.0,
            lanes: &self.lanes,
            view: View::whole(self.trace.end),
            size: Size {
                width: GUTTER as u32 + 1000,
                height: 700,
                ratio: 1.0,
            },
            theme: Theme::Light,
            hover: None,
            selection: None,
            flows: &[],
            arrows: true,
            range: None,
            timing: crate::Timing::default(),
            highlights: None,
        }
    }

    /// The place of a time in a lane, `y` below its top.
    fn point(&self, kind: LaneKind, time: f64, y: f64) -> (f64, f64) {
        let lane = self.lanes.place(kind).expect("a lane");
        (GUTTER + time, RULER + lane.top + y)
    }

    fn hit(&self, kind: LaneKind, time: f64, y: f64) -> Option<Hit> {
        let (x, y) = self.point(kind, time, y);
        hit(&self.scene(), x, y)
    }

    fn says(&self, kind: LaneKind, time: f64, y: f64) -> String {
        let (x, y) = self.point(kind, time, y);
        let hit = hit(&self.scene(), x, y).expect("something");
        tooltip(&self.scene(), &hit, x, y).join("\n")
    }
}

fn goroutine(g: u32) -> LaneKind {
    LaneKind::Goroutine(GoroutineIndex(g))
}

/// Where arrows point to: x from the gutter, y from the first lane's top.
fn heads(list: &DrawList) -> Vec<(i32, i32)> {
    let strokes = list.strokes.iter();
    let tips = strokes.filter_map(|stroke| match stroke.shape {
        Shape::Triangle([tip, ..]) => Some(tip),
        _ => None,
    });
    let mut heads: Vec<_> = tips
        .map(|(x, y)| (x as i32 - GUTTER as i32, y as i32 - RULER as i32))
        .collect();
    heads.sort_unstable();
    heads
}

#[test]
fn arrows_lead_to_where_a_wait_to_run_begins() {
    let stage = Stage::new(
        trace(),
        Arrangement::Goroutine {
            goroutine: GoroutineIndex(1),
            depth: 2,
        },
    );
    let mut list = DrawList::new();
    draw(&stage.scene(), &mut list);
    let worker = stage.lanes.place(goroutine(1)).expect("a lane");
    let main = stage.lanes.place(goroutine(0)).expect("a lane");
    assert!(main.top > worker.top);
    // From below: main's creation of it, and the end of its wait.
    let y = (worker.top + BAR - 2.0) as i32;
    assert_eq!(heads(&list), [(100, y), (600, y)]);
    assert_eq!(list.arrows, Arrows::Drawn(2));
    // Who wakes nobody that is shown has none.
    let off = Scene {
        arrows: false,
        range: None,
        timing: crate::Timing::default(),
        highlights: None,
        ..stage.scene()
    };
    draw(&off, &mut list);
    assert_eq!((heads(&list), list.arrows), (vec![], Arrows::Off));
    // Those of a selection are drawn all the same.
    let running = SpanIndex(stage.trace.goroutines.spans(GoroutineIndex(0))[1]);
    let flows = flows::of(&stage.trace, Hit::Span(running)).list;
    let selected = Scene {
        flows: &flows,
        ..off
    };
    draw(&selected, &mut list);
    assert_eq!(heads(&list), [(100, y), (600, y)]);
    let mut pixmap = Pixmap::new();
    pixmap.resize(1220, 700);
    paint(&list, &mut pixmap);
    let tip = (RULER as usize + y as usize) * 1220 + GUTTER as usize + 600;
    let ink = Theme::Light.colors().arrow;
    assert!(pixmap.pixels[tip..tip + 1220 * 4].contains(&ink));
}

#[test]
fn between_procs_arrows_lead_to_where_it_ran() {
    for (arrangement, on) in [
        (
            Arrangement::Procs,
            [0, 1].map(|p| LaneKind::Proc(ProcIndex(p))),
        ),
        (
            Arrangement::Threads,
            [0, 1].map(|t| LaneKind::Thread(ThreadIndex(t))),
        ),
    ] {
        let stage = Stage::new(trace(), arrangement);
        let mut list = DrawList::new();
        draw(&stage.scene(), &mut list);
        let second = stage.lanes.place(on[1]).expect("a lane");
        // It ran on the second at 150; later on the same one as main, which needs no arrow.
        let heads = heads(&list);
        assert!(heads.contains(&(150, second.top as i32 + 2)), "{heads:?}");
        assert!(!heads.iter().any(|head| head.0 == 700), "{heads:?}");
    }
}

#[test]
fn arrows_out_of_sight_go_to_the_edge_and_too_many_are_none() {
    let mut p = Program::new(40, 1);
    for g in 0..40 {
        p.create(NOBODY, g, if g == 0 { "main.main" } else { "main.worker" });
    }
    for i in 1..40 {
        p.at(i * 10)
            .run(i as u32, 0)
            .stop(i as u32, G::Waiting, "sync");
    }
    p.at(500).run(0, 0);
    for i in 1..40 {
        p.at(500 + i).wake(0, i as u32);
    }
    let mut stage = Stage::new(p.finish(1000), Arrangement::Procs);
    stage.lanes.set_folded(false);
    let mut list = DrawList::new();
    let low = Scene {
        size: Size {
            height: 400,
            ..stage.scene().size
        },
        ..stage.scene()
    };
    draw(&low, &mut list);
    let seen = heads(&list).len();
    // Of lanes below the canvas only the line is seen, as its other end is.
    assert!(seen > 3 && seen < 39, "{seen}");
    let all_seen = seen;
    assert_eq!(list.arrows, Arrows::Drawn(39));
    // Folded, they all lead to their group.
    stage.lanes.set_folded(true);
    draw(&stage.scene(), &mut list);
    let group = stage.trace.goroutines.row(GoroutineIndex(1)).group;
    let lane = stage.lanes.place(LaneKind::Group(group)).expect("a lane");
    assert!(
        heads(&list)
            .iter()
            .all(|head| head.1 == lane.top as i32 + 3)
    );
    // Those that could hardly be told apart are one: from one lane to one lane within 39 pixels.
    let bundles = heads(&list).len();
    assert!(
        (4..=8).contains(&bundles) && bundles < all_seen,
        "{bundles}"
    );
    // A selection's bundles say how many they are, and lead to their other end.
    let running = SpanIndex(stage.trace.goroutines.spans(GoroutineIndex(0))[1]);
    let flows = flows::of(&stage.trace, Hit::Span(running)).list;
    assert_eq!(flows.len(), 39);
    let selected = Scene {
        flows: &flows,
        selection: Some(Hit::Span(running)),
        arrows: false,
        ..stage.scene()
    };
    draw(&selected, &mut list);
    let counts = list.texts.iter().filter_map(|text| {
        let text = list.text_of(text).strip_prefix('×')?;
        text.parse::<u32>().ok()
    });
    // The group's header has its own number, of all goroutines in it.
    assert_eq!(counts.sum::<u32>(), 39 + 39);
    let columns = crate::scale::Columns::new(selected.view, selected.size);
    let router = crate::draw::arrows::Router {
        scene: &selected,
        columns,
    };
    let (x, y) = stage.point(LaneKind::Group(group), 520.0, 3.0);
    let found = router.at(x, y).expect("an arrow");
    assert!(found.count > 1 && !found.back, "{found:?}");
    let hit = hit(&selected, x, y).expect("the same");
    let Hit::Arrow { flow, back, .. } = hit else {
        panic!("{hit:?}");
    };
    assert_eq!((flow, back), (found.flow, false));
    let flows::Flow::Wake(span) = flow else {
        panic!("{flow:?}");
    };
    assert_eq!(
        flows::end_of(&stage.trace, flow, false),
        Some(Hit::Span(span))
    );
    let from = flows::end_of(&stage.trace, flow, true);
    assert_eq!(from, Some(Hit::Span(running)));
    let text = tooltip(&selected, &hit, x, y).join("\n");
    assert!(text.starts_with("G1 main.main unblocked G"), "{text}");

    let mut p = Program::new(2, 2);
    p.create(NOBODY, 0, "main.main")
        .run(0, 0)
        .create(0, 1, "main.worker");
    for i in 0..200 {
        p.at(10 + i * 3).run(1, 1).stop(1, G::Waiting, "sync");
        p.at(11 + i * 3).wake(0, 1);
    }
    let stage = Stage::new(p.finish(1000), Arrangement::Procs);
    draw(&stage.scene(), &mut list);
    assert_eq!((heads(&list), list.arrows), (vec![], Arrows::TooMany));
}

#[test]
fn marks_and_nested_regions_can_be_pointed_at() {
    let stage = Stage::new(
        trace(),
        Arrangement::Goroutine {
            goroutine: GoroutineIndex(1),
            depth: 1,
        },
    );
    let worker = goroutine(1);
    let mut list = DrawList::new();
    draw(&stage.scene(), &mut list);
    let texts: Vec<_> = list.texts.iter().map(|text| list.text_of(text)).collect();
    for name in ["outer", "inner", "Unblocked it", "main.worker"] {
        assert!(texts.contains(&name), "{name}: {texts:?}");
    }
    assert_eq!(stage.hit(worker, 300.0, 4.0), Some(Hit::Log(0)));
    assert_eq!(stage.hit(worker, 350.0, BAR / 2.0), Some(Hit::Sample(0)));
    let region = |depth: f64| BAR + REGION_ROW * (depth + 0.5);
    assert_eq!(stage.hit(worker, 350.0, region(0.0)), Some(Hit::Region(0)));
    assert_eq!(stage.hit(worker, 350.0, region(1.0)), Some(Hit::Region(1)));
    assert_eq!(
        stage.hit(worker, 280.0, region(1.0)),
        Some(Hit::Lane(worker))
    );
    insta::assert_snapshot!(stage.says(worker, 300.0, 4.0), @r"
    Log: db
    asked
    at 300 ns
    G2 main.worker
    task part #6
    ");
    insta::assert_snapshot!(stage.says(worker, 350.0, BAR / 2.0), @r"
    CPU sample
    G2 main.worker
    P1, thread 101
    at 350 ns
    ");
}

#[test]
fn a_task_has_its_bar_its_logs_and_an_arrow_to_its_subtask() {
    let stage = Stage::new(trace(), Arrangement::Task(TaskIndex(0)));
    let part = LaneKind::Task(TaskIndex(1));
    assert_eq!(stage.hit(part, 500.0, 12.0), Some(Hit::Task(TaskIndex(1))));
    assert_eq!(stage.hit(part, 300.0, 12.0), Some(Hit::Log(0)));
    assert_eq!(stage.hit(part, 900.0, 12.0), Some(Hit::Lane(part)));
    insta::assert_snapshot!(stage.says(part, 500.0, 12.0), @r"
    Task part #6
    600 ns, from 200 ns
    begun by G2 main.worker
    ");
    let mut list = DrawList::new();
    draw(&stage.scene(), &mut list);
    let lane = stage.lanes.place(part).expect("a lane");
    assert_eq!(heads(&list), [(200, lane.top as i32 + 3)]);
}

#[test]
fn a_thread_shows_what_was_on_it_and_when_it_had_a_proc() {
    let stage = Stage::new(trace(), Arrangement::Threads);
    let second = LaneKind::Thread(ThreadIndex(1));
    insta::assert_snapshot!(stage.says(second, 450.0, 9.0), @r"
    Thread 101: G2 main.worker
    running on P1, thread 101
    350 ns, from 150 ns
    created by G1 main.main
    ");
    insta::assert_snapshot!(stage.says(second, 450.0, BAR - 2.0), @r"
    P1 has thread 101
    500 ns, from 0
    ");
    assert_eq!(stage.hit(second, 700.0, BAR - 2.0), Some(Hit::Lane(second)));
    let proc = Stage::new(trace(), Arrangement::Procs);
    insta::assert_snapshot!(proc.says(LaneKind::ThreadStates, 450.0, 9.0), @r"
    Threads
    at 450 ns
    2 running
    ");
    insta::assert_snapshot!(proc.says(LaneKind::ProcsHeader, 550.0, 9.0), @r"
    Procs
    at 550 ns
    1 has a thread
    1 running
    ");
    assert_eq!(
        proc.hit(LaneKind::Proc(ProcIndex(1)), 300.0, 4.0),
        Some(Hit::Log(0))
    );
    let network = proc.hit(LaneKind::Arrivals, 900.0, 5.0);
    let last = *proc
        .trace
        .goroutines
        .spans(GoroutineIndex(0))
        .last()
        .expect("a span");
    assert_eq!(network, Some(Hit::Span(SpanIndex(last))));
    assert_eq!(
        proc.hit(LaneKind::Arrivals, 900.0, 15.0),
        Some(Hit::Lane(LaneKind::Arrivals))
    );
}
