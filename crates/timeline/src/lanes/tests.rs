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
        assert_eq!((lane.top, lane.height), (y, lane.kind.height()));
        assert_eq!(lanes.top_of(lane.kind), Some(y));
        for inside in [y, y + lane.height / 2.0, y + lane.height - 0.01] {
            assert_eq!(
                lanes.lane_at(inside),
                Some((lane.kind, lane.top, lane.height))
            );
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
    let mut lanes = Lanes::new(&trace);
    let kinds = all(&lanes);
    // main alone has no header, the small group is unfolded, the large one folded.
    assert_eq!(
        kinds[..5],
        [
            LaneKind::GoroutineStates,
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
    assert_eq!(lanes.top_of(LaneKind::Goroutine(folded)), None);
    let header = lanes.lane_of(&trace, folded).map(|lane| lane.kind);
    assert!(matches!(header, Some(LaneKind::Group(_))));
    assert!(lanes.reveal(&trace, folded).is_some());
    assert_eq!(goroutines(&all(&lanes)), 11);
}

#[test]
fn a_filter_finds_functions_and_goroutines() {
    let trace = trace();
    let mut lanes = Lanes::new(&trace);
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
    assert_eq!(lanes.top_of(LaneKind::Goroutine(GoroutineIndex(12))), None);
    assert!(lanes.reveal(&trace, GoroutineIndex(12)).is_some());
    assert_eq!(lanes.filter(), "");
}

#[test]
fn an_empty_trace_has_no_lanes() {
    let lanes = Lanes::new(&Trace::default());
    assert_eq!((lanes.total_height(), lanes.lane_at(0.0)), (0.0, None));
}
