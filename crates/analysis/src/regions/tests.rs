//! Types, places and filters of regions, on traces made by hand.

use tracepane_wire::GoroutineState;

use super::*;
use crate::profiles::{ProfileKind, profile_within};
use crate::script::{NOBODY, Script, g};

fn trace() -> Trace {
    let mut t = Script::new();
    t.found(1, 1, GoroutineState::Running, "a<main.a");
    t.found(2, 2, GoroutineState::Running, "b<main.b");
    t.end_region(5, 2, 0, "inner");
    t.begin_region(10, 1, 7, "outer", "a<main.a");
    t.begin_region(12, 1, 7, "inner", "runtime/trace.WithRegion<a<main.a");
    t.create(13, 1, 3, "a<main.a", "main.c");
    t.end_region(16, 1, 7, "inner");
    t.begin_region(20, 2, 7, "inner", "a<main.b");
    t.end_region(23, 2, 7, "inner");
    t.run(30, 3);
    t.create(32, 3, 4, "c<main.c", "runtime.bgsweep");
    t.end(40, 3);
    t.end(50, 1);
    t.begin_region(60, 2, 0, "outer", "b<main.b");
    t.finish(100)
}

fn types(trace: &Trace, of: &[RegionType]) -> Vec<(String, String, u64, u64, i64)> {
    of.iter()
        .map(|of| {
            (
                trace.strings.get(of.name).to_owned(),
                of.place.map_or(String::new(), |p| place_text(trace, p)),
                of.count(),
                of.complete,
                of.total.0,
            )
        })
        .collect()
}

#[test]
fn a_type_is_a_name_at_a_place() {
    let trace = trace();
    let regions = Regions::new(&trace);
    let frame = |name: &str| {
        let frames = &trace.stacks.frames;
        let found = frames
            .iter()
            .find(|frame| trace.strings.get(frame.function) == name);
        format!("{name}:{}", found.map_or(0, |frame| frame.line))
    };
    let (a, b) = (frame("a"), frame("b"));
    let row = |name: &str, place: &str, count, complete, total| {
        (name.to_owned(), place.to_owned(), count, complete, total)
    };
    assert_eq!(
        types(&trace, &regions.types),
        [
            row("inner", "", 1, 0, 5),
            // Through WithRegion and without, from two goroutines: the same line.
            row("inner", &a, 2, 2, 7),
            row("outer", &a, 1, 0, 40),
            row("outer", &b, 1, 0, 40),
        ]
    );
    // The runtime's own goroutine 4 inherits nothing.
    assert_eq!(types(&trace, &regions.inherited), [row("", &a, 1, 1, 27)]);
}

#[test]
fn filters_ask_for_all_they_say() {
    let trace = trace();
    let regions = Regions::new(&trace);
    let matching = |filter: RegionFilter| regions.matching(&trace, &filter);
    assert_eq!(matching(RegionFilter::default()), [0, 1, 2, 3, 4]);
    let named = |name: &str| RegionFilter {
        name: Some(name.to_owned()),
        ..RegionFilter::default()
    };
    assert_eq!(matching(named("inner")), [0, 2, 3]);
    let at = |place: String| RegionFilter {
        place: Some(place),
        ..named("inner")
    };
    assert_eq!(matching(at(String::new())), [0]);
    let place = regions.types[1].place.map(|p| place_text(&trace, p));
    assert_eq!(matching(at(place.unwrap_or_default())), [2, 3]);
    let root = |name: &str| {
        let frames = &trace.stacks.frames;
        let found = frames
            .iter()
            .find(|frame| trace.strings.get(frame.function) == name);
        RegionFilter {
            root_pc: Some(found.map_or(0, |frame| frame.pc)),
            ..RegionFilter::default()
        }
    };
    assert_eq!(matching(root("main.a")), [1, 2]);
    assert_eq!(matching(root("main.b")), [3, 4]);
    assert_eq!(matching(root("nowhere")), [0]);
    let between = RegionFilter {
        shortest: Some(Nanos(3)),
        longest: Some(Nanos(4)),
        ..RegionFilter::default()
    };
    assert_eq!(matching(between), [2, 3]);
    let incomplete = RegionFilter {
        complete: Some(false),
        ..RegionFilter::default()
    };
    assert_eq!(matching(incomplete), [0, 1, 4]);
    let inherited = RegionFilter {
        inherited: true,
        ..RegionFilter::default()
    };
    assert!(matching(inherited.clone()).is_empty());
    assert_eq!(regions.matching_heirs(&trace, &inherited), [g(3)]);
    let long = RegionFilter {
        shortest: Some(Nanos(28)),
        ..inherited
    };
    assert!(regions.matching_heirs(&trace, &long).is_empty());
}

#[test]
fn a_profile_counts_only_what_lies_in_the_regions() {
    let mut t = Script::new();
    t.found(1, 1, GoroutineState::Running, "a<main.a");
    t.begin_region(10, 1, 0, "outer", "a<main.a");
    t.block(20, 1, "select", "a<main.a");
    t.wake(40, NOBODY, 1, "");
    t.run(41, 1);
    t.begin_region(42, 1, 0, "inner", "a<main.a");
    t.block(43, 1, "sync", "b<main.b");
    t.wake(45, NOBODY, 1, "");
    t.run(46, 1);
    t.end_region(50, 1, 0, "inner");
    t.end_region(60, 1, 0, "outer");
    t.block(61, 1, "select", "a<main.a");
    t.wake(69, NOBODY, 1, "");
    let trace = t.finish(100);
    let regions = Regions::new(&trace);
    let sums = |name: &str, kind: ProfileKind, completeness| {
        let filter = RegionFilter {
            name: (!name.is_empty()).then(|| name.to_owned()),
            ..RegionFilter::default()
        };
        let intervals = regions.intervals(&trace, &filter, completeness);
        let profile = profile_within(&trace, kind, &intervals, completeness);
        (profile.count, profile.nanos)
    };
    for completeness in [Completeness::AsGoToolTrace, Completeness::Complete] {
        // The inner one lies in the outer one: its time counts once.
        assert_eq!(sums("", ProfileKind::Sync, completeness), (2, 22));
        assert_eq!(sums("inner", ProfileKind::Sync, completeness), (1, 2));
        assert_eq!(sums("outer", ProfileKind::Scheduler, completeness), (2, 2));
        assert_eq!(sums("nowhere", ProfileKind::Sync, completeness), (0, 0));
    }
}
