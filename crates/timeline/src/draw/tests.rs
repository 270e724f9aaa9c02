//! What is drawn against a painter without levels of detail.

use proptest::prelude::*;
use tracepane_model::{GoroutineIndex, GroupIndex, ProcIndex, SpanIndex, ThreadIndex, Trace};

use super::budget::{Budget, Spending};
use super::density::{Densities, head_count};
use super::track::{GoroutineTrack, ProcTrack, ThreadTrack};
use super::walk::{Piece, Track, walk};
use crate::class::{CLASSES, Class};
use crate::levels::census::ALL;
use crate::program::{steps, trace_of};
use crate::scale::{Columns, Limits, Size, View};
use crate::{Arrangement, Hit, LaneKind, Lanes, Levels, Scene, Theme, ThreadLevels, hit};

const SIZE: Size = Size {
    width: 340,
    height: 900,
    ratio: 1.0,
};

/// A view of this share of the trace, 0 to 1, at `place` parts of what is left.
pub(super) fn view_of(trace: &Trace, width: f64, place: f64) -> View {
    let end = trace.end.0 as f64;
    let width = end * width;
    let start = (end - width) * place;
    View {
        start,
        end: start + width,
        scroll: 0.0,
    }
    .clamped(Limits::new(trace.end))
}

/// Whole traces as often as millionths of them.
fn views() -> impl Strategy<Value = (f64, f64)> {
    (
        (-6.0..0.0f64).prop_map(|power| 10f64.powf(power)),
        0.0..1.0f64,
    )
}

/// Each span's class and times, from the tables alone.
fn spans_of<const W: usize>(track: &impl Track<W>) -> Vec<(f64, f64, Option<usize>)> {
    (0..track.len())
        .map(|i| (track.start(i), track.end(i), track.class(i)))
        .collect()
}

/// The part of `from..to` that each class has.
fn shares<const W: usize>(spans: &[(f64, f64, Option<usize>)], from: f64, to: f64) -> [f64; W] {
    let mut shares = [0.0; W];
    for &(start, end, class) in spans {
        if let Some(class) = class {
            shares[class] += (end.min(to) - start.max(from)).max(0.0) / (to - from);
        }
    }
    shares
}

/// Compares a lane with what its spans say.
fn compare<const W: usize>(track: &impl Track<W>, columns: &Columns) {
    let spans = spans_of(track);
    let gapless = spans
        .windows(2)
        .all(|s| s[0].1 == s[1].0 && s[0].2.is_some());
    let mut covered = vec![false; columns.count];
    // What a run of mixed columns has too much so far, in columns.
    let mut excess = [0.0; W];
    let mut last = usize::MAX;
    walk(track, columns, |piece| match piece {
        Piece::Span { from, to, place } => {
            assert!(from < to && to <= columns.count);
            for (column, covered) in covered.iter_mut().enumerate().take(to).skip(from) {
                assert!(!std::mem::replace(covered, true));
                let (a, b) = (columns.time(column), columns.time(column + 1));
                let (start, end, _) = spans[place];
                let part = (end.min(b) - start.max(a)) / (b - a);
                assert!(part > 0.499, "column {column} has only {part} of {place}");
            }
        }
        Piece::Mixed {
            column,
            shares: found,
            ..
        } => {
            assert!(!std::mem::replace(&mut covered[column], true));
            if last.wrapping_add(1) != column {
                excess = [0.0; W];
            }
            last = column;
            let (a, b) = (columns.time(column), columns.time(column + 1));
            let expected = shares::<W>(&spans, a, b);
            let mut sum = 0.0;
            for c in 0..W {
                let found = f64::from(found[c]);
                assert!((0.0..1.001).contains(&found), "class {c}: {found}");
                sum += found;
                excess[c] += found - expected[c];
                assert!(
                    excess[c].abs() < 2.01,
                    "column {column}, class {c}: {excess:?}"
                );
            }
            assert!(sum < 1.001, "column {column}: {sum}");
            // Without gaps no time is lost, wherever it is counted.
            if gapless {
                let expected = expected.into_iter().sum::<f64>();
                assert!(
                    (sum - expected).abs() < 2e-3,
                    "column {column}: {sum}, not {expected}"
                );
            }
        }
    });
    for (column, covered) in covered.into_iter().enumerate() {
        if !covered {
            let (a, b) = (columns.time(column), columns.time(column + 1));
            let expected = shares::<W>(&spans, a, b);
            let most = expected.into_iter().sum::<f64>();
            assert!(
                most < 0.501,
                "column {column} is empty but should have {most}"
            );
        }
    }
}

/// How many goroutines of a group, or of all, are in each class on average.
fn averages(
    trace: &Trace,
    levels: &Levels,
    group: Option<GroupIndex>,
    from: f64,
    to: f64,
) -> [f64; CLASSES] {
    let mut sums = [0.0; CLASSES];
    for g in (0..trace.goroutines.len() as u32).map(GoroutineIndex) {
        if group.is_none_or(|group| trace.goroutines.row(g).group == group) {
            let spans = spans_of(&GoroutineTrack::new(trace, levels, g));
            let own: [f64; CLASSES] = shares(&spans, from, to);
            for c in 0..CLASSES {
                sums[c] += own[c];
            }
        }
    }
    sums
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn lanes_show_what_spans_say(steps in steps(4000), (width, place) in views()) {
        let trace = trace_of(&steps);
        let levels = Levels::build(&trace);
        let columns = Columns::new(view_of(&trace, width, place), SIZE);
        for g in (0..trace.goroutines.len() as u32).map(GoroutineIndex) {
            compare(&GoroutineTrack::new(&trace, &levels, g), &columns);
        }
        for p in (0..trace.procs.ids.len() as u32).map(ProcIndex) {
            compare(&ProcTrack::of_proc(&trace, &levels, p), &columns);
        }
        let threads = ThreadLevels::build(&trace, &levels);
        for t in (0..trace.procs.threads.len() as u32).map(ThreadIndex) {
            compare(&ThreadTrack::of_thread(&trace, &levels, &threads, t), &columns);
        }
    }

    #[test]
    fn head_counts_are_exact_at_any_moment(steps in steps(6000), place in 0.0..1.1f64) {
        let trace = trace_of(&steps);
        let levels = Levels::build(&trace);
        let time = (trace.end.0 as f64 * place).floor();
        let groups = (0..trace.goroutines.groups.len() as u32).map(GroupIndex);
        for group in groups.map(Some).chain([None]) {
            let mut expected = [0u32; CLASSES];
            for g in (0..trace.goroutines.len() as u32).map(GoroutineIndex) {
                if group.is_some_and(|group| trace.goroutines.row(g).group != group) {
                    continue;
                }
                let track = GoroutineTrack::new(&trace, &levels, g);
                let mut begun = (0..track.len()).filter(|&place| track.start(place) <= time);
                if let Some(class) = begun.next_back().and_then(|place| track.class(place)) {
                    expected[class] += 1;
                }
            }
            prop_assert_eq!(head_count(&trace, &levels, group, time), Some(expected));
        }
    }

    #[test]
    fn densities_count_goroutines(steps in steps(6000), (width, place) in views()) {
        let trace = trace_of(&steps);
        let levels = Levels::build(&trace);
        let columns = Columns::new(view_of(&trace, width, place), SIZE);
        let groups = (0..trace.goroutines.groups.len() as u32).map(GroupIndex);
        let mut densities = Densities::default();
        let mut spending = Spending::default();
        densities.prepare((&trace, &levels), &columns, groups.clone(), true, &mut spending);
        for group in groups.map(Some).chain([None]) {
            let found = match group {
                Some(group) => densities.group(&trace, &levels, &columns, group),
                None => densities.all(),
            };
            for (column, (found, present)) in found.columns().enumerate() {
                let (a, b) = (columns.time(column), columns.time(column + 1));
                if b > trace.end.0 as f64 {
                    // What is on when the trace ends is taken to go on to the column's end.
                    continue;
                }
                let expected = averages(&trace, &levels, group, a, b);
                for c in 0..CLASSES {
                    let difference = (f64::from(found[c]) - expected[c]).abs();
                    prop_assert!(difference < 2e-3, "{group:?} {column}: {found:?} {expected:?}");
                    // However little it is.
                    prop_assert!(expected[c] <= 1e-9 || present >> c & 1 != 0, "{group:?} {column} {c}");
                }
            }
        }
    }

    #[test]
    fn densities_that_are_kept_are_as_true(
        steps in steps(6000),
        (width, place) in views(),
        moves in prop::collection::vec((-0.9..0.9f64, 0.5..1.8f64, 0usize..3000), 1..8),
    ) {
        let trace = trace_of(&steps);
        let levels = Levels::build(&trace);
        let limits = Limits::new(trace.end);
        let mut view = view_of(&trace, width, place);
        let groups = (0..trace.goroutines.groups.len() as u32).map(GroupIndex);
        let mut densities = Densities::default();
        let mut spending = Spending::default();
        for (by, zoom, budget) in moves {
            let columns = Columns::new(view, SIZE);
            spending.begin(Budget::Columns(budget));
            densities.prepare((&trace, &levels), &columns, groups.clone(), true, &mut spending);
            for group in groups.clone() {
                let shown = densities.group(&trace, &levels, &columns, group);
                prop_assert_eq!(shown.averages().len(), columns.count);
            }
            prop_assert_eq!(densities.all().averages().len(), columns.count);
            view = view.pan(by * by.abs(), limits);
            if zoom > 1.0 {
                view = view.zoom_at(0.4, zoom - 0.4, limits);
            }
        }
        // A part of the way in each frame.
        let columns = Columns::new(view, SIZE);
        let frames = (0..200).take_while(|_| {
            spending.begin(Budget::Columns(300));
            densities.prepare((&trace, &levels), &columns, groups.clone(), true, &mut spending);
            spending.unfinished
        });
        prop_assert!(frames.count() < 100);
        let mut fresh = Densities::default();
        let mut all = Spending::default();
        fresh.prepare((&trace, &levels), &columns, groups.clone(), true, &mut all);
        for group in groups.map(Some).chain([None]) {
            let of = |densities: &Densities| match group {
                Some(group) => densities.group(&trace, &levels, &columns, group).clone(),
                None => densities.all().clone(),
            };
            let (kept, fresh) = (of(&densities), of(&fresh));
            prop_assert_eq!(kept.averages().len(), columns.count);
            for (column, (a, b)) in kept.columns().zip(fresh.columns()).enumerate() {
                for c in 0..CLASSES {
                    let difference = (a.0[c] - b.0[c]).abs();
                    prop_assert!(difference < 2e-2, "{group:?} {column}: {a:?} {b:?}");
                }
            }
        }
    }

    #[test]
    fn running_totals_end_where_counting_does(steps in steps(6000)) {
        let trace = trace_of(&steps);
        let levels = Levels::build(&trace);
        let end = trace.end.0 as f64;
        let mut sums = [0.0f64; CLASSES];
        let times = (0..=50).map(|i| f64::from(i) / 50.0 * end);
        levels.census.slots[ALL as usize].between(times, |_, totals| {
            for c in 0..CLASSES {
                sums[c] += f64::from(totals[c]);
            }
        });
        let expected = averages(&trace, &levels, None, 0.0, end).map(|n| n * end);
        for class in Class::ALL {
            let c = class as usize;
            prop_assert!((sums[c] - expected[c]).abs() <= 1e-4 * end + 1.0, "{class:?}");
        }
    }

    #[test]
    fn the_middle_of_a_bar_is_that_bar(
        steps in steps(1500),
        (width, place) in views(),
        ratio in 1u8..3,
        by_thread in any::<bool>(),
    ) {
        let trace = trace_of(&steps);
        let levels = Levels::build(&trace);
        let mut lanes = Lanes::new(&trace, &levels);
        lanes.set_folded(false);
        let threads = ThreadLevels::build(&trace, &levels);
        if by_thread {
            lanes.arrange(&trace, &levels, Arrangement::Threads);
        }
        let scene = Scene {
            trace: &trace,
            levels: &levels,
            threads: Some(&threads),
            functions: None,
            band_scroll: 0.0,
        lanes: &lanes,
            view: view_of(&trace, width, place),
            size: Size { ratio: f64::from(ratio), ..SIZE },
            theme: Theme::Light,
            hover: None,
            selection: None,
        flows: &[],
        // They may lie over bars.
        arrows: false,
        range: None,
        timing: crate::Timing::default(),
        highlights: None,
        };
        let columns = Columns::new(scene.view, scene.size);
        let x_of = |from: usize, to: usize| {
            f64::from(columns.x(from) + columns.x(to)) / 2.0 / scene.size.ratio
        };
        for lane in lanes.visible(0.0, 800.0) {
            // Not where their marks would be.
            let y = crate::RULER + lane.top + 15.0;
            match lane.kind {
                LaneKind::Goroutine(g) => {
                    let track = GoroutineTrack::new(&trace, &levels, g);
                    walk(&track, &columns, |piece| if let Piece::Span { from, to, place } = piece {
                        let expected = Some(Hit::Span(SpanIndex(track.rows[place])));
                        assert_eq!(hit(&scene, x_of(from, to), y), expected);
                    });
                }
                LaneKind::Thread(thread) => {
                    let track = ThreadTrack::of_thread(&trace, &levels, &threads, thread);
                    walk(&track, &columns, |piece| if let Piece::Span { from, to, place } = piece {
                        let span = SpanIndex(track.rows[place]);
                        let expected = Some(Hit::ThreadSpan { thread, span });
                        assert_eq!(hit(&scene, x_of(from, to), y), expected);
                    });
                }
                LaneKind::Proc(proc) => {
                    let track = ProcTrack::of_proc(&trace, &levels, proc);
                    walk(&track, &columns, |piece| if let Piece::Span { from, to, place } = piece {
                        let span = SpanIndex(track.rows[place]);
                        let expected = Some(Hit::ProcSpan { proc, span });
                        assert_eq!(hit(&scene, x_of(from, to), y), expected);
                    });
                }
                _ => {}
            }
        }
    }
}
