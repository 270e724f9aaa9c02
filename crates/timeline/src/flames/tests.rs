//! Stacks over time, of programs made by hand.

use proptest::prelude::*;
use tracepane_wire::GoroutineState as G;

use super::*;
use crate::program::{Program, sampled_trace_of, steps};

/// A goroutine that blocks twice in functions of one parent, with a sample in between.
fn trace() -> Trace {
    let mut p = Program::new(2, 1);
    p.create(u32::MAX, 0, "main.main").run(0, 0);
    p.at(10)
        .stop_at(0, G::Waiting, "sync", &["sync.Lock", "main.a", "main.main"]);
    p.at(20).wake(u32::MAX, 0);
    p.at(30).run(0, 0);
    p.at(40).sample_at(0, &["main.deep", "main.b", "main.main"]);
    p.at(50).sample_at(0, &["main.b", "main.main"]);
    p.at(60).stop_at(
        0,
        G::Waiting,
        "chan receive",
        &["chanrecv", "main.b", "main.main"],
    );
    p.at(70).wake(u32::MAX, 0).run(0, 0);
    p.at(80)
        .stop_at(0, G::Waiting, "sync", &["main.c", "main.b", "main.main"]);
    p.finish(100)
}

fn names(trace: &Trace, known: Known) -> Vec<String> {
    (0..known.path.depth)
        .map(|depth| {
            let function = known.path.function(trace, depth).expect("a function");
            trace.strings.get(function).to_owned()
        })
        .collect()
}

#[test]
fn stacks_hold_while_it_is_known() {
    let trace = trace();
    let levels = Levels::build(&trace);
    let reader = Reader::new(&trace, &levels, GoroutineIndex(0));
    let mut found = Vec::new();
    for place in 0..trace.goroutines.spans(GoroutineIndex(0)).len() {
        reader.pieces(place, (0.0, 100.0), 1.0, |piece| {
            let known = piece.known;
            let times = (piece.start as i64, piece.end as i64);
            found.push((times, names(&trace, known).join(" "), known.deduced));
        });
    }
    let row = |from, to, names: &str, deduced| ((from, to), names.to_owned(), deduced);
    assert_eq!(
        found,
        [
            // The wait to run after its creation; then it runs, and its root is there.
            row(0, 0, "", false),
            row(0, 10, "main.main", true),
            row(10, 20, "main.main main.a sync.Lock", false),
            // Ready to run, it still is where it waited.
            row(20, 30, "main.main main.a sync.Lock", false),
            // What the stack before and the sample have in common.
            row(30, 40, "main.main", true),
            row(40, 50, "main.main main.b main.deep", true),
            row(50, 60, "main.main main.b", true),
            row(60, 70, "main.main main.b chanrecv", false),
            row(70, 70, "main.main main.b chanrecv", false),
            // What is before and after.
            row(70, 80, "main.main main.b", true),
            row(80, 100, "main.main main.b main.c", false),
        ]
    );
}

#[test]
fn what_a_stretch_has_in_common_is_known() {
    let trace = trace();
    let levels = Levels::build(&trace);
    let g = GoroutineIndex(0);
    let flames = Flames::new(&trace, &levels, g);
    let reader = Reader::new(&trace, &levels, g);
    assert_eq!((flames.rows(), flames.frame_rows()), (3, 3));
    let all = flames.over(&reader, 0..trace.goroutines.spans(g).len());
    assert_eq!(
        (names(&trace, all).join(" "), all.most, all.deduced),
        ("main.main".into(), 3, true)
    );
    let end = flames.over(&reader, 5..9);
    assert_eq!(names(&trace, end), ["main.main", "main.b"]);
    // Around the sample, `main.b` is there from 40 to the end.
    let piece = reader.piece_at(4, 55.0).expect("a piece");
    assert_eq!((piece.start, piece.end), (50.0, 60.0));
    assert_eq!(reader.extent(4, &piece, 1, 100), Some((40.0, 100.0)));
    assert_eq!(reader.extent(4, &piece, 0, 100), Some((0.0, 100.0)));
}

#[test]
fn deep_stacks_leave_a_row_to_say_so() {
    let frames: Vec<String> = (0..40).map(|i| format!("main.f{i}")).collect();
    let frames: Vec<&str> = frames.iter().map(String::as_str).collect();
    let mut p = Program::new(1, 1);
    p.create(u32::MAX, 0, "main.main").run(0, 0);
    p.at(10).stop_at(0, G::Waiting, "sync", &frames);
    let trace = p.finish(100);
    let flames = Flames::new(&trace, &Levels::build(&trace), GoroutineIndex(0));
    assert_eq!(
        (flames.rows(), flames.frame_rows(), flames.deepest()),
        (24, 23, 40)
    );
}

proptest! {
    #[test]
    fn a_stretch_never_claims_more_than_its_spans(
        steps in steps(600),
        stretch in (0usize..600, 0usize..600),
    ) {
        let trace = sampled_trace_of(&steps);
        let levels = Levels::build(&trace);
        for g in (0..trace.goroutines.len() as u32).map(GoroutineIndex) {
            let spans = trace.goroutines.spans(g).len();
            let flames = Flames::new(&trace, &levels, g);
            let reader = Reader::new(&trace, &levels, g);
            let (from, to) = (stretch.0.min(stretch.1).min(spans), stretch.0.max(stretch.1).min(spans));
            let known = flames.over(&reader, from..to);
            for place in from..to {
                let own = reader.span(place);
                prop_assert!(own.most <= known.most);
                if own.most > 0 {
                    prop_assert_eq!(own.path.common(&trace, known.path), known.path.depth);
                }
            }
        }
    }
}
