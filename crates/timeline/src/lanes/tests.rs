//! Lanes against a list made one by one.

use super::*;
use crate::program::Program;

/// 3 + 1 + 10 goroutines of three functions.
fn trace() -> Trace {
    let mut program = Program::new(14, 2);
    for g in 0..14 {
        let function = match g {
            0..3 => "main.small",
            3 => "main.main",
            _ => "net/http.large",
        };
        program.at(i64::from(g) * 10).create(u32::MAX, g, function);
    }
    program.finish(1000)
}

/// Every lane, found one by one, and the other ways to find it agree.
fn all(lanes: &Lanes) -> Vec<LaneKind> {
    let found: Vec<Lane> = lanes.visible(0.0, lanes.total_height()).collect();
    let mut y = 0.0;
    for lane in &found {
        assert_eq!(lane.top, y);
        assert!(lane.height >= lane.kind.height());
        assert_eq!(lanes.place(lane.kind), Some(*lane));
        for inside in [y, y + lane.height / 2.0, y + lane.height - 0.01] {
            assert_eq!(lanes.lane_at(inside), Some(*lane));
        }
        y += lane.height;
    }
    assert_eq!(
        (y, found.len() as u64),
        (lanes.total_height(), lanes.count())
    );
    assert_eq!((lanes.lane_at(y), lanes.lane_at(-1.0)), (None, None));
    found.into_iter().map(|lane| lane.kind).collect()
}

fn goroutines(kinds: &[LaneKind]) -> usize {
    let is = |kind: &&LaneKind| matches!(kind, LaneKind::Goroutine(_));
    kinds.iter().filter(is).count()
}

#[test]
fn lanes_are_where_they_say() {
    let trace = trace();
    let levels = Levels::build(&trace);
    let mut lanes = Lanes::new(&trace, &levels);
    let kinds = all(&lanes);
    // main alone has no header, the small group is unfolded, the large one folded.
    assert_eq!(
        kinds[..6],
        [
            LaneKind::GoroutineStates,
            LaneKind::ThreadStates,
            LaneKind::ProcsHeader,
            LaneKind::Proc(ProcIndex(0)),
            LaneKind::Proc(ProcIndex(1)),
            LaneKind::Goroutine(GoroutineIndex(3)),
        ]
    );
    assert_eq!(goroutines(&kinds), 4);
    lanes.toggle_procs();
    lanes.set_folded(false);
    assert_eq!(goroutines(&all(&lanes)), 14);
    lanes.set_folded(true);
    assert_eq!(goroutines(&all(&lanes)), 1);
    let folded = GoroutineIndex(12);
    assert_eq!(lanes.place(LaneKind::Goroutine(folded)), None);
    let header = lanes.lane_of(&trace, folded).map(|lane| lane.kind);
    assert!(matches!(header, Some(LaneKind::Group(_))));
    assert!(lanes.reveal(&trace, folded).is_some());
    assert_eq!(goroutines(&all(&lanes)), 11);
}

#[test]
fn a_filter_finds_functions_and_goroutines() {
    let trace = trace();
    let levels = Levels::build(&trace);
    let mut lanes = Lanes::new(&trace, &levels);
    lanes.set_folded(false);
    for (filter, expected) in [
        ("HTTP", 10),
        ("main.", 4),
        ("g7", 1),
        (" 7 ", 1),
        ("nothing", 0),
        ("", 14),
    ] {
        lanes.set_filter(&trace, filter);
        assert_eq!(goroutines(&all(&lanes)), expected, "{filter}");
        assert_eq!(lanes.goroutines(), expected, "{filter}");
    }
    lanes.set_filter(&trace, "main.main");
    assert_eq!(lanes.place(LaneKind::Goroutine(GoroutineIndex(12))), None);
    assert!(lanes.reveal(&trace, GoroutineIndex(12)).is_some());
    assert_eq!(lanes.filter(), "");
}

#[test]
fn an_empty_trace_has_no_lanes() {
    let lanes = Lanes::new(&Trace::default(), &Levels::default());
    assert_eq!((lanes.total_height(), lanes.lane_at(0.0)), (0.0, None));
}

#[test]
fn threads_stand_where_procs_do() {
    let trace = trace();
    let levels = Levels::build(&trace);
    let mut lanes = Lanes::new(&trace, &levels);
    let by_proc = all(&lanes);
    lanes.arrange(&trace, &levels, Arrangement::Threads);
    let kinds = all(&lanes);
    assert_eq!(
        kinds[1..4],
        [
            LaneKind::ThreadsHeader,
            LaneKind::Thread(ThreadIndex(0)),
            LaneKind::Thread(ThreadIndex(1)),
        ]
    );
    assert_eq!(goroutines(&kinds), goroutines(&by_proc));
    lanes.toggle_threads();
    assert_eq!(all(&lanes).len(), kinds.len() - 2);
    lanes.arrange(&trace, &levels, Arrangement::Procs);
    assert_eq!(all(&lanes), by_proc);
}

/// 1 unblocks 0, and has a region inside a region of a task; 2 unblocks 1.
fn woken() -> Trace {
    use tracepane_wire::GoroutineState as G;
    let mut p = Program::new(4, 3);
    for g in 0..4 {
        p.create(
            u32::MAX,
            g,
            ["main.main", "main.a", "main.b", "main.c"][g as usize],
        );
    }
    for (by, whom) in [(1, 0), (2, 1)] {
        p.at(10).run(whom, 0).stop(whom, G::Waiting, "chan receive");
        p.at(20).run(by, 0).wake(by, whom);
        p.stop(by, G::Runnable, "preempted");
    }
    p.at(30)
        .run(1, 1)
        .task(1, true, 7, 0, "job")
        .task(1, true, 8, 7, "part");
    p.at(40)
        .region_of(1, true, 7, "outer")
        .region_of(1, true, 8, "inner");
    p.at(50).log(1, 8, "", "hello");
    p.finish(100)
}

#[test]
fn a_goroutine_stands_above_those_that_unblocked_it() {
    let trace = woken();
    let levels = Levels::build(&trace);
    let mut lanes = Lanes::new(&trace, &levels);
    let goroutine = GoroutineIndex(0);
    let g = |i| LaneKind::Goroutine(GoroutineIndex(i));
    let heading = LaneKind::Heading;
    for (depth, expected) in [
        (0, vec![heading(Heading::Focus), g(0)]),
        (
            5,
            vec![
                heading(Heading::Focus),
                g(0),
                heading(Heading::Unblockers(1)),
                g(1),
                heading(Heading::Unblockers(2)),
                g(2),
            ],
        ),
    ] {
        lanes.arrange(&trace, &levels, Arrangement::Goroutine { goroutine, depth });
        assert_eq!(all(&lanes), expected, "{depth}");
    }
    // Two rows of regions make it higher.
    let lane = lanes.place(g(1)).expect("a lane");
    assert_eq!(
        (lane.height, lane.region_rows()),
        (BAR + 2.0 * REGION_ROW, 2)
    );
    assert_eq!(lanes.headed(Heading::Unblockers(2)), 1);
    assert_eq!(
        (lanes.wakes(GoroutineIndex(2)), lanes.wakes(goroutine)),
        (Some(1), None)
    );
    // Another's lane is not made for it; a filter does not outlive a wish.
    assert_eq!(lanes.reveal(&trace, GoroutineIndex(3)), None);
    lanes.set_filter(&trace, "main.b");
    assert_eq!(lanes.place(g(1)), None);
    assert!(lanes.reveal(&trace, GoroutineIndex(1)).is_some());
    let alone = Arrangement::Goroutine {
        goroutine: GoroutineIndex(3),
        depth: 2,
    };
    lanes.arrange(&trace, &levels, alone);
    assert_eq!(all(&lanes).last(), Some(&heading(Heading::Nobody)));
    lanes.arrange(
        &trace,
        &levels,
        Arrangement::Goroutine {
            goroutine: GoroutineIndex::NONE,
            depth: 1,
        },
    );
    assert_eq!((all(&lanes), lanes.life(&trace)), (vec![], (0.0, 100.0)));
}

#[test]
fn a_task_stands_above_its_subtasks_and_their_goroutines() {
    let trace = woken();
    let levels = Levels::build(&trace);
    let mut lanes = Lanes::new(&trace, &levels);
    lanes.arrange(&trace, &levels, Arrangement::Task(TaskIndex(0)));
    assert_eq!(
        all(&lanes),
        [
            LaneKind::Heading(Heading::Tasks),
            LaneKind::Task(TaskIndex(0)),
            LaneKind::Task(TaskIndex(1)),
            LaneKind::Heading(Heading::Workers),
            LaneKind::Goroutine(GoroutineIndex(1)),
        ]
    );
    assert_eq!(lanes.life(&trace), (30.0, 100.0));
    lanes.arrange(&trace, &levels, Arrangement::Task(TaskIndex(9)));
    assert_eq!(all(&lanes), []);
}
