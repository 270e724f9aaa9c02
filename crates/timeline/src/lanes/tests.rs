//! Lanes against a list made one by one.

use tracepane_model::TaskIndex;

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

/// The same lanes found by going through all of them, for any sequence of changes.
mod by_hand {
    use proptest::prelude::*;
    use tracepane_wire::GoroutineState as G;

    use super::*;
    use crate::lanes::drop::Drop;

    /// 18 goroutines of five functions, three procs; what they did differs.
    fn program() -> Trace {
        let mut p = Program::new(18, 3);
        for g in 0..18u32 {
            let function = match g {
                0 => "main.main",
                1..4 => "main.few",
                4..14 => "net/http.many",
                14..16 => "runtime.gcBgMarkWorker",
                _ => "main.other",
            };
            p.at(i64::from(g)).create(u32::MAX, g, function);
        }
        for g in 0..18u32 {
            let time = 100 + i64::from(g) * 50;
            p.at(time).run(g, 0);
            p.at(time + 1 + i64::from(g * 7 % 11)).stop(
                g,
                G::Waiting,
                ["sync", "select"][g as usize % 2],
            );
        }
        p.finish(2000)
    }

    #[derive(Clone, Debug)]
    enum Change {
        Pin(usize, bool),
        Hide(usize),
        ShowHidden,
        Fold(u32),
        FoldAll(bool),
        Procs,
        Sort(usize),
        Filter(usize),
        Move(usize, Option<usize>),
        Open(u32, bool),
        Arrange(usize),
    }

    const FILTERS: [&str; 6] = [
        "",
        "main",
        "g7",
        "waiting:sync>1ns",
        "fn:http active",
        "nothing",
    ];

    fn lanes_of(trace: &Trace) -> Vec<LaneKind> {
        let groups =
            (0..trace.goroutines.groups.len() as u32).map(|g| LaneKind::Group(GroupIndex(g)));
        let goroutines = (0..18).map(|g| LaneKind::Goroutine(GoroutineIndex(g)));
        let procs = (0..3).map(|p| LaneKind::Proc(ProcIndex(p)));
        let fixed = [
            LaneKind::GoroutineStates,
            LaneKind::ThreadStates,
            LaneKind::ProcsHeader,
        ];
        groups.chain(goroutines).chain(procs).chain(fixed).collect()
    }

    fn change() -> impl Strategy<Value = Change> {
        let lane = 0usize..64;
        prop_oneof![
            3 => (lane.clone(), any::<bool>()).prop_map(|(l, on)| Change::Pin(l, on)),
            2 => lane.clone().prop_map(Change::Hide),
            1 => Just(Change::ShowHidden),
            2 => (0u32..5).prop_map(Change::Fold),
            1 => any::<bool>().prop_map(Change::FoldAll),
            1 => Just(Change::Procs),
            2 => (0usize..7).prop_map(Change::Sort),
            2 => (0usize..6).prop_map(Change::Filter),
            3 => (lane.clone(), prop::option::of(lane)).prop_map(|(l, b)| Change::Move(l, b)),
            1 => (0u32..18, any::<bool>()).prop_map(|(g, on)| Change::Open(g, on)),
            1 => (0usize..3).prop_map(Change::Arrange),
        ]
    }

    fn apply(lanes: &mut Lanes, trace: &Trace, levels: &Levels, change: &Change) {
        let kinds = lanes_of(trace);
        let kind = |i: usize| kinds[i % kinds.len()];
        match *change {
            Change::Pin(l, on) => {
                lanes.pin(trace, kind(l), on);
            }
            Change::Hide(l) => {
                lanes.hide(trace, kind(l));
            }
            Change::ShowHidden => lanes.show_hidden(trace),
            Change::Fold(group) => lanes.toggle(GroupIndex(group)),
            Change::FoldAll(all) => lanes.set_folded(all),
            Change::Procs => lanes.toggle_procs(),
            Change::Sort(i) => lanes.sort(trace, Sort::ALL[i]),
            Change::Filter(i) => lanes.set_filter(trace, FILTERS[i]),
            Change::Move(l, before) => lanes.move_lane(trace, kind(l), before.map(kind)),
            Change::Open(g, on) => lanes.open(trace, levels, GoroutineIndex(g), on),
            Change::Arrange(i) => {
                let goroutine = GoroutineIndex(1);
                let arrangements = [
                    Arrangement::Procs,
                    Arrangement::Threads,
                    Arrangement::Goroutine {
                        goroutine,
                        depth: 1,
                    },
                ];
                lanes.arrange(trace, levels, arrangements[i]);
            }
        }
    }

    /// Goes through the pinned lanes as [`all`] does through the others.
    fn pinned(lanes: &Lanes) -> Vec<LaneKind> {
        let found: Vec<Lane> = lanes.pinned(0.0, lanes.band_height()).collect();
        let mut y = 0.0;
        for lane in &found {
            assert!(lane.pinned);
            assert_eq!(lane.top, y);
            assert_eq!(lanes.place(lane.kind), Some(*lane));
            assert_eq!(lanes.pinned_at(y + lane.height - 0.01), Some(*lane));
            y += lane.height;
        }
        assert_eq!(y, lanes.band_height());
        found.into_iter().map(|lane| lane.kind).collect()
    }

    /// What is shown of the list, made one by one from what was asked for.
    fn check(lanes: &Lanes, trace: &Trace) {
        let (band, list) = (pinned(lanes), unpinned(lanes));
        let both: Vec<_> = band.iter().chain(&list).copied().collect();
        for kind in lanes_of(trace) {
            let times = both.iter().filter(|&&other| other == kind).count();
            assert!(times <= 1, "{kind:?} is there twice");
            assert_eq!(lanes.place(kind).is_some(), times == 1, "{kind:?}");
            if lanes.hidden.contains(&kind) {
                assert_eq!(times, 0, "{kind:?} is hidden");
            }
            if let LaneKind::Goroutine(_) | LaneKind::Proc(_) = kind
                && lanes.is_pinned(kind)
            {
                assert!(band.contains(&kind), "{kind:?} is pinned");
            }
        }
        let goroutines = list
            .iter()
            .filter(|kind| matches!(kind, LaneKind::Goroutine(_)));
        assert!(goroutines.count() <= lanes.goroutines());
        // What a group of the list shows comes right below its header.
        for pair in list.windows(2) {
            if let [LaneKind::Group(group), below] = *pair {
                let own = |g: GoroutineIndex| trace.goroutines.row(g).group == group;
                let unfolded = matches!(below, LaneKind::Goroutine(g) if own(g));
                assert_eq!(
                    unfolded,
                    !lanes.is_folded(group),
                    "{group:?} then {below:?}"
                );
            }
        }
        let order: Vec<_> = lanes.pins.iter().filter(|pin| band.contains(pin)).collect();
        let heads = band.iter().filter(|kind| lanes.pins.contains(kind));
        assert_eq!(order, heads.collect::<Vec<_>>());
    }

    fn unpinned(lanes: &Lanes) -> Vec<LaneKind> {
        let found: Vec<Lane> = lanes.visible(0.0, lanes.total_height()).collect();
        let mut y = 0.0;
        for lane in &found {
            assert!(!lane.pinned);
            assert_eq!((lane.top, lanes.place(lane.kind)), (y, Some(*lane)));
            for inside in [y, y + lane.height / 2.0, y + lane.height - 0.01] {
                assert_eq!(lanes.lane_at(inside), Some(*lane));
            }
            y += lane.height;
        }
        assert_eq!(y, lanes.total_height());
        let (count, pinned) = (found.len() as u64, lanes.band.count());
        assert_eq!(count + pinned, lanes.count());
        found.into_iter().map(|lane| lane.kind).collect()
    }

    /// A dragged lane goes where the line is drawn: behind all siblings that end above it.
    fn check_drops(lanes: &Lanes, trace: &Trace) {
        for kind in lanes_of(trace) {
            let Some(lane) = lanes.place(kind) else {
                continue;
            };
            let height = if lane.pinned {
                lanes.band_height()
            } else {
                lanes.total_height()
            };
            let Some(moved) = lanes.movable(trace, kind) else {
                continue;
            };
            for y in [-10.0, 0.0, lane.top, height / 2.0, height + 10.0] {
                let Some(Drop { y, pinned, before }) = lanes.drop_at(trace, kind, y) else {
                    panic!("{kind:?} can be moved as {moved:?}, but not to {y}");
                };
                assert!((0.0..=height).contains(&y));
                assert_eq!(pinned, lane.pinned);
                if let Some(place) = before.and_then(|before| lanes.place(before)) {
                    assert_eq!(place.top, y);
                }
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(96))]
        #[test]
        fn places_agree_under_any_changes(changes in prop::collection::vec(change(), 1..24)) {
            let trace = program();
            let levels = Levels::build(&trace);
            let mut lanes = Lanes::new(&trace, &levels);
            for change in &changes {
                apply(&mut lanes, &trace, &levels, change);
                check(&lanes, &trace);
            }
            check_drops(&lanes, &trace);
            // A link brings all of it back.
            let layout = lanes.layout(&trace);
            let mut other = Lanes::new(&trace, &levels);
            other.arrange(&trace, &levels, lanes.arrangement());
            other.set_layout(&trace, &levels, &layout);
            prop_assert_eq!(other.layout(&trace), layout);
            prop_assert_eq!(pinned(&other), pinned(&lanes));
            if lanes.filter().is_empty() {
                prop_assert_eq!(unpinned(&other), unpinned(&lanes));
            }
        }
    }

    fn names(lanes: &Lanes) -> Vec<LaneKind> {
        let kinds = unpinned(lanes).into_iter();
        kinds
            .filter(|kind| matches!(kind, LaneKind::Goroutine(_) | LaneKind::Group(_)))
            .collect()
    }

    #[test]
    fn lanes_are_sorted_by_what_they_did() {
        let mut p = Program::new(5, 2);
        for g in 0..5u32 {
            let function = ["main.a", "main.a", "main.a", "main.b", "main.b"][g as usize];
            p.create(u32::MAX, g, function);
        }
        // Ran for 10, 30, 20; 50, 5.
        for (g, time) in [(0, 10), (1, 30), (2, 20), (3, 50), (4, 5)] {
            p.run(g, 0);
            let now = p.now();
            p.at(now + time).stop(g, G::Waiting, "sync");
        }
        let trace = p.finish(1000);
        let levels = Levels::build(&trace);
        let mut lanes = Lanes::new(&trace, &levels);
        let g = |i| LaneKind::Goroutine(GoroutineIndex(i));
        let [a, b] = [0, 1].map(|i| LaneKind::Group(GroupIndex(i)));
        lanes.sort(&trace, Sort::Running);
        assert_eq!(names(&lanes), [a, g(1), g(2), g(0), b, g(3), g(4)]);
        // The later one begins to wait, the less it waits; the longer it waits to run.
        lanes.sort(&trace, Sort::Runnable);
        assert_eq!(names(&lanes), [b, g(4), g(3), a, g(2), g(1), g(0)]);
        lanes.sort(&trace, Sort::Waiting);
        assert_eq!(names(&lanes), [a, g(0), g(1), g(2), b, g(3), g(4)]);
        lanes.sort(&trace, Sort::Count);
        assert_eq!(names(&lanes)[0], a);
        lanes.sort(&trace, Sort::Name);
        lanes.move_lane(&trace, b, Some(a));
        lanes.move_lane(&trace, g(2), Some(g(0)));
        lanes.move_lane(&trace, g(3), None);
        assert_eq!(names(&lanes), [b, g(4), g(3), a, g(2), g(0), g(1)]);
        // What is pinned goes up, what is hidden goes away.
        lanes.pin(&trace, g(0), true);
        lanes.hide(&trace, g(4));
        assert_eq!(pinned(&lanes), [g(0)]);
        assert_eq!(names(&lanes), [g(3), a, g(2), g(1)]);
        lanes.pin(&trace, a, true);
        assert_eq!(pinned(&lanes), [g(0), a, g(2), g(1)]);
        lanes.move_lane(&trace, a, Some(g(0)));
        assert_eq!(pinned(&lanes), [a, g(2), g(1), g(0)]);
        assert_eq!((lanes.hidden(), names(&lanes)), (1, vec![g(3)]));
        assert!(lanes.reveal(&trace, GoroutineIndex(4)).is_some());
        assert_eq!(lanes.hidden(), 0);
    }

    #[test]
    fn a_filter_looks_at_what_goroutines_did() {
        let trace = program();
        let levels = Levels::build(&trace);
        let mut lanes = Lanes::new(&trace, &levels);
        for (filter, expected) in [
            ("waiting:sync", 9),
            ("waiting:select", 9),
            ("state:runnable", 18),
            ("runnable>700ns", 5),
            ("running>10ns", 2),
            ("running>10ns few", 1),
            ("state:syscall", 0),
            ("fn:many", 10),
            ("g:3", 1),
            ("active", 18),
        ] {
            lanes.set_filter(&trace, filter);
            assert_eq!(lanes.goroutines(), expected, "{filter}");
        }
        // The last of them began to wait at about 960.
        lanes.set_window((1500.0, 2000.0));
        lanes.set_filter(&trace, "active");
        assert_eq!(lanes.goroutines(), 0);
        lanes.set_window((900.0, 2000.0));
        lanes.set_filter(&trace, "active");
        assert_eq!(lanes.goroutines(), 2);
    }

    #[test]
    fn names_lead_back_to_lanes() {
        let trace = program();
        for kind in lanes_of(&trace) {
            let name = name_of(&trace, kind).expect("a name");
            assert_eq!(lane_of_name(&trace, &name), Some(kind), "{name}");
        }
        for name in ["", "g", "g999", "px", "f", "fzz", "é", "t-1", "k7"] {
            assert_eq!(lane_of_name(&trace, name), None, "{name}");
        }
    }
}
