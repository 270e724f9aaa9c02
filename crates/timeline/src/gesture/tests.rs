//! What fingers, pens and mice do, played to the machine.

use super::*;

const MOUSE: i32 = 1;

fn down(at: Point, zone: Zone, shift: bool) -> Input {
    Input::Down {
        id: MOUSE,
        at,
        device: Device::Mouse,
        zone,
        shift,
    }
}

fn finger(id: i32, at: Point) -> Input {
    Input::Down {
        id,
        at,
        device: Device::Touch,
        zone: Zone::Lanes,
        shift: false,
    }
}

fn to(id: i32, at: Point) -> Input {
    Input::Move { id, at }
}

fn up(id: i32, at: Point) -> Input {
    Input::Up { id, at }
}

/// What a sequence means, event by event.
fn play(events: &[(f64, Input)]) -> Vec<Outcome> {
    let mut gesture = Gesture::new();
    let out = events
        .iter()
        .flat_map(|&(time, input)| gesture.feed(input, time))
        .collect();
    assert!(!gesture.is_down(), "something is still down: {gesture:?}");
    out
}

fn panned(out: &[Outcome]) -> Point {
    out.iter()
        .fold((0.0, 0.0), |(x, y), outcome| match outcome {
            Outcome::Pan { dx, dy } => (x + dx, y + dy),
            _ => (x, y),
        })
}

fn flung(out: &[Outcome]) -> Option<Point> {
    out.iter().find_map(|outcome| match *outcome {
        Outcome::Fling { vx, vy } => Some((vx, vy)),
        _ => None,
    })
}

#[test]
fn a_click_may_tremble_and_the_second_is_a_double_click() {
    let out = play(&[
        (0.0, down((100.0, 50.0), Zone::Lanes, false)),
        (20.0, to(MOUSE, (102.0, 51.0))),
        (60.0, up(MOUSE, (102.0, 51.0))),
        (200.0, down((101.0, 50.0), Zone::Lanes, false)),
        (240.0, up(MOUSE, (101.0, 50.0))),
        // The third begins anew.
        (300.0, down((101.0, 50.0), Zone::Names, false)),
        (320.0, up(MOUSE, (101.0, 50.0))),
        // Too late, and too far.
        (900.0, down((101.0, 50.0), Zone::Lanes, false)),
        (910.0, up(MOUSE, (101.0, 50.0))),
        (950.0, down((140.0, 50.0), Zone::Lanes, false)),
        (960.0, up(MOUSE, (140.0, 50.0))),
    ]);
    let click = |x, zone| Outcome::Click {
        at: (x, 50.0),
        device: Device::Mouse,
        zone,
    };
    assert_eq!(
        out,
        [
            click(100.0, Zone::Lanes),
            Outcome::DoubleClick { at: (101.0, 50.0) },
            click(101.0, Zone::Names),
            click(101.0, Zone::Lanes),
            click(140.0, Zone::Lanes),
        ]
    );
}

#[test]
fn a_drag_moves_by_all_of_its_way_and_is_thrown() {
    let mut events = vec![(0.0, down((500.0, 300.0), Zone::Lanes, false))];
    for i in 1..=10 {
        let i = f64::from(i);
        events.push((i * 10.0, to(MOUSE, (500.0 - i * 10.0, 300.0 + i * 6.0))));
    }
    events.push((105.0, up(MOUSE, (400.0, 360.0))));
    let out = play(&events);
    assert_eq!(out[0], Outcome::Began);
    assert_eq!(panned(&out), (-100.0, 60.0));
    let (vx, vy) = flung(&out).expect("a throw");
    assert!((vx + 1.0).abs() < 1e-9 && (vy - 0.6).abs() < 1e-9);
    // Held still before it was released: no throw.
    events.pop();
    events.push((300.0, up(MOUSE, (400.0, 360.0))));
    assert_eq!(flung(&play(&events)), None);
}

#[test]
fn a_drag_along_an_axis_keeps_to_it_until_it_clearly_leaves_it() {
    let mut events = vec![(0.0, down((500.0, 300.0), Zone::Lanes, false))];
    for i in 1..=20 {
        let i = f64::from(i);
        events.push((i * 10.0, to(MOUSE, (500.0 + i * 8.0, 300.0 + i))));
    }
    let held = {
        let mut all = events.clone();
        all.push((1000.0, up(MOUSE, (660.0, 320.0))));
        play(&all)
    };
    assert_eq!(panned(&held), (160.0, 0.0));
    // 28 pixels off, it is free: what came before is not made up for.
    events.push((210.0, to(MOUSE, (660.0, 330.0))));
    events.push((220.0, to(MOUSE, (650.0, 350.0))));
    events.push((1000.0, up(MOUSE, (650.0, 350.0))));
    assert_eq!(panned(&play(&events)), (150.0, 20.0));
}

#[test]
fn names_move_up_and_down_only() {
    let out = play(&[
        (0.0, down((50.0, 300.0), Zone::Names, false)),
        (10.0, to(MOUSE, (150.0, 310.0))),
        (20.0, to(MOUSE, (150.0, 330.0))),
        (25.0, up(MOUSE, (150.0, 330.0))),
    ]);
    assert_eq!(panned(&out), (0.0, 30.0));
    assert_eq!(flung(&out).map(|(vx, _)| vx), Some(0.0));
}

#[test]
fn with_shift_and_on_the_axis_a_range_is_drawn() {
    for (zone, shift, y) in [(Zone::Ruler, false, 10.0), (Zone::Lanes, true, 90.0)] {
        let out = play(&[
            (0.0, down((500.0, y), zone, shift)),
            (10.0, to(MOUSE, (503.0, y + 30.0))),
            (20.0, to(MOUSE, (420.0, y))),
            (30.0, to(MOUSE, (400.0, y))),
            (40.0, up(MOUSE, (390.0, y))),
        ]);
        let range = |to| Outcome::Range { from: 500.0, to };
        assert_eq!(
            out,
            [
                Outcome::Began,
                range(420.0),
                range(400.0),
                Outcome::Ended,
                Outcome::RangeDone {
                    from: 500.0,
                    to: 390.0
                },
            ]
        );
    }
    // Names have no time: with Shift they move as without.
    let out = play(&[
        (0.0, down((50.0, 90.0), Zone::Names, true)),
        (10.0, to(MOUSE, (50.0, 120.0))),
        (500.0, up(MOUSE, (50.0, 120.0))),
    ]);
    assert_eq!(panned(&out), (0.0, 30.0));
}

#[test]
fn a_flag_slides_and_a_click_on_it_says_so() {
    let out = play(&[
        (0.0, down((500.0, 10.0), Zone::Flag(3), false)),
        (10.0, to(MOUSE, (502.0, 90.0))),
        (20.0, to(MOUSE, (540.0, 10.0))),
        (30.0, up(MOUSE, (541.0, 10.0))),
        (900.0, down((541.0, 10.0), Zone::Flag(3), false)),
        (930.0, up(MOUSE, (541.0, 10.0))),
    ]);
    assert_eq!(
        out,
        [
            Outcome::Began,
            Outcome::Slide { flag: 3, x: 540.0 },
            Outcome::Ended,
            Outcome::SlideDone { flag: 3, x: 541.0 },
            Outcome::Click {
                at: (541.0, 10.0),
                device: Device::Mouse,
                zone: Zone::Flag(3)
            },
        ]
    );
}

#[test]
fn two_fingers_zoom_around_their_middle_and_the_last_one_pans() {
    let mut gesture = Gesture::new();
    let mut feed = |input, now| gesture.feed(input, now);
    assert_eq!(feed(finger(1, (400.0, 200.0)), 0.0), []);
    assert_eq!(feed(finger(2, (500.0, 200.0)), 5.0), [Outcome::Began]);
    assert_eq!(
        feed(to(2, (600.0, 200.0)), 20.0),
        [Outcome::Pinch {
            at: (500.0, 200.0),
            scale: 2.0,
            dx: 50.0,
            dy: 0.0
        }]
    );
    // Both move: the middle moves, the scale does not.
    assert_eq!(
        feed(to(1, (400.0, 220.0)), 30.0).len()
            + feed(to(2, (600.0, 220.0)), 30.0).len()
            // A third finger means nothing.
            + feed(finger(3, (0.0, 0.0)), 31.0).len()
            + feed(to(3, (9.0, 99.0)), 32.0).len(),
        2
    );
    assert_eq!(feed(up(1, (400.0, 220.0)), 40.0), []);
    assert_eq!(
        feed(to(2, (590.0, 223.0)), 50.0),
        [Outcome::Pan { dx: -10.0, dy: 3.0 }]
    );
    assert_eq!(feed(up(2, (590.0, 223.0)), 500.0), [Outcome::Ended]);
    // Fingers that meet do not zoom without end.
    feed(finger(1, (400.0, 200.0)), 600.0);
    feed(finger(2, (401.0, 200.0)), 600.0);
    let out = feed(to(2, (402.0, 200.0)), 610.0);
    assert!(matches!(out[..], [Outcome::Pinch { scale: 1.0, .. }]));
}

#[test]
fn a_finger_that_is_held_asks_and_one_that_moves_or_leaves_does_not() {
    let mut gesture = Gesture::new();
    gesture.feed(finger(1, (400.0, 200.0)), 100.0);
    let due = gesture.due().expect("a tick is wanted");
    assert_eq!(gesture.feed(Input::Tick, due - 1.0), []);
    let at = (402.0, 201.0);
    gesture.feed(to(1, at), due - 1.0);
    assert_eq!(gesture.feed(Input::Tick, due), [Outcome::LongPress { at }]);
    // That was all.
    assert_eq!(gesture.due(), None);
    assert_eq!(gesture.feed(to(1, (500.0, 200.0)), due + 50.0), []);
    assert_eq!(gesture.feed(up(1, (500.0, 200.0)), due + 60.0), []);
    assert!(!gesture.is_down());
    // A tap is a click; a mouse asks nothing however long it is held.
    let out = play(&[(0.0, finger(1, at)), (90.0, up(1, at))]);
    assert_eq!(
        out,
        [Outcome::Click {
            at,
            device: Device::Touch,
            zone: Zone::Lanes
        }]
    );
    gesture.feed(down(at, Zone::Lanes, false), 0.0);
    assert_eq!(gesture.due(), None);
}

#[test]
fn what_is_cancelled_is_over_and_leaves_no_click() {
    let at = (400.0, 200.0);
    let out = play(&[(0.0, finger(1, at)), (10.0, Input::Cancel)]);
    assert_eq!(out, []);
    let out = play(&[
        (0.0, down(at, Zone::Ruler, false)),
        (10.0, to(MOUSE, (500.0, 200.0))),
        (20.0, Input::Cancel),
        (30.0, to(MOUSE, (600.0, 200.0))),
        (40.0, up(MOUSE, (600.0, 200.0))),
    ]);
    assert_eq!(out.last(), Some(&Outcome::Ended));
    assert_eq!(out.len(), 3);
}

#[test]
fn a_throw_is_seen_though_events_are_rare() {
    let out = play(&[
        (0.0, down((900.0, 0.0), Zone::Lanes, false)),
        (200.0, to(MOUSE, (800.0, 0.0))),
        (400.0, to(MOUSE, (700.0, 0.0))),
        (410.0, up(MOUSE, (700.0, 0.0))),
    ]);
    assert_eq!(flung(&out), Some((-0.5, 0.0)));
}

#[test]
fn no_throw_is_faster_than_can_be_followed() {
    let out = play(&[
        (0.0, down((0.0, 0.0), Zone::Lanes, false)),
        (5.0, to(MOUSE, (900.0, 0.0))),
        (6.0, to(MOUSE, (1900.0, 0.0))),
        (7.0, up(MOUSE, (1900.0, 0.0))),
    ]);
    assert_eq!(flung(&out), Some((MOST_SPEED, 0.0)));
}
