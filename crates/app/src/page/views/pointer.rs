//! Mouse, pen, fingers and trackpad on the timeline. What they mean is found by [`Gesture`] and [`WheelStream`]; here it
//! is done.

use leptos::prelude::*;
use tracepane_timeline::gesture::{Device, Gesture, Input, Outcome, Point, Zone};
use tracepane_timeline::mark::flag_at;
use tracepane_timeline::range::{Grip, RangePlace, between};
use tracepane_timeline::wheel::{Turn, WheelMove, WheelStream, WheelUnit};
use tracepane_timeline::{Flag, GUTTER, RULER, View};
use wasm_bindgen::JsCast;
use web_sys::{PointerEvent, WheelEvent};

use crate::page::app::App;
use crate::page::hover::Hover;
use crate::protocol::{Answer, Ask, Found, TimeScope};

// Numbers of what can be moved along the axis; marks have their places as numbers.
/// The origin.
const ORIGIN: u32 = u32::MAX;
/// The beginning of the selected range.
const RANGE_START: u32 = u32::MAX - 1;
/// Its end.
const RANGE_END: u32 = u32::MAX - 2;
/// What drops it.
const RANGE_CLOSE: u32 = u32::MAX - 3;

/// The pointer's state.
#[derive(Clone, Copy)]
pub struct Pointer {
    app: App,
    hover: Hover,
    gesture: StoredValue<Gesture>,
    wheel: StoredValue<WheelStream>,
    /// What of the selected range is under the pointer, while nothing is held.
    pub grip: RwSignal<Option<Grip>>,
}

impl Pointer {
    /// A pointer that does nothing yet.
    pub fn new(app: App, hover: Hover) -> Self {
        Self {
            app,
            hover,
            gesture: StoredValue::new(Gesture::new()),
            wheel: StoredValue::new(WheelStream::new()),
            grip: RwSignal::new(None),
        }
    }

    /// A button or finger went down at a place of the canvas.
    pub fn down(self, at: Point, event: &PointerEvent) {
        self.app.halt();
        let device = device_of(event);
        if device == Device::Touch {
            self.hover.leave();
        }
        let input = Input::Down {
            id: event.pointer_id(),
            at,
            device,
            zone: self.zone(at, event.shift_key()),
            shift: event.shift_key(),
        };
        self.feed(input, event.time_stamp());
        if let Some(due) = self.gesture.with_value(Gesture::due) {
            let wait = (due - event.time_stamp()).max(0.0) + 1.0;
            set_timeout(
                move || self.feed(Input::Tick, due + 1.0),
                std::time::Duration::from_millis(wait as u64),
            );
        }
    }

    /// On what a place of the canvas lies.
    fn zone(self, (x, y): Point, shift: bool) -> Zone {
        match self.grip_at((x, y)).filter(|_| !shift) {
            Some(Grip::Close) => return Zone::Flag(RANGE_CLOSE),
            Some(Grip::Start) => return Zone::Flag(RANGE_START),
            Some(Grip::End) => return Zone::Flag(RANGE_END),
            Some(Grip::Inside) | None => {}
        }
        if y < RULER {
            let size = self.app.size.get_untracked();
            let view = self.app.view.get_untracked();
            let flag = self
                .app
                .with_timing(|timing| flag_at(timing, view, size, x));
            match flag {
                Some(Flag::Mark(i)) => Zone::Flag(i),
                Some(Flag::Origin) => Zone::Flag(ORIGIN),
                None if x > GUTTER => Zone::Ruler,
                None => Zone::Names,
            }
        } else if x > GUTTER {
            Zone::Lanes
        } else {
            Zone::Names
        }
    }

    /// The pointer is here now.
    pub fn moved(self, at: Point, event: &PointerEvent) {
        if self.gesture.with_value(Gesture::is_down) {
            let id = event.pointer_id();
            self.feed(Input::Move { id, at }, event.time_stamp());
        } else if device_of(event) == Device::Mouse {
            let grip = self.grip_at(at);
            if self.grip.get_untracked() != grip {
                self.grip.set(grip);
            }
            self.hover.at(at);
        }
    }

    /// A button or finger was lifted.
    pub fn up(self, at: Point, event: &PointerEvent) {
        let id = event.pointer_id();
        self.feed(Input::Up { id, at }, event.time_stamp());
    }

    /// Whatever was done is over.
    pub fn cancel(self) {
        self.feed(Input::Cancel, 0.0);
    }

    fn feed(self, input: Input, now: f64) {
        let outcomes = self
            .gesture
            .try_update_value(|gesture| gesture.feed(input, now));
        for outcome in outcomes.unwrap_or_default() {
            self.follow(outcome);
        }
    }

    fn follow(self, outcome: Outcome) {
        let app = self.app;
        match outcome {
            Outcome::Began => {
                app.dragging.set(true);
                self.hover.hide();
            }
            Outcome::Ended => {
                app.dragging.set(false);
                self.grip.set(None);
                if app.drawn_range.with_untracked(Option::is_some) {
                    app.drawn_range.set(None);
                }
            }
            Outcome::Pan { dx, dy } => app.drag_by(dx, dy),
            Outcome::Pinch { at, scale, dx, dy } => {
                app.drag_by(dx, dy);
                app.zoom(Some(at.0), 1.0 / scale);
            }
            Outcome::Fling { vx, vy } => app.throw((vx, vy)),
            Outcome::Range { from, to } => {
                let range = self.range(self.time_at(from), to);
                app.drawn_range.set(Some(range));
            }
            Outcome::RangeDone { from, to } => {
                self.select_range(self.range(self.time_at(from), to))
            }
            Outcome::Slide { flag, x } => self.slide(flag, x, false),
            Outcome::SlideDone { flag, x } => self.slide(flag, x, true),
            Outcome::Click {
                zone: Zone::Flag(flag),
                ..
            } => match flag {
                RANGE_CLOSE => app.set_scope(None),
                ORIGIN | RANGE_START | RANGE_END => {}
                mark => app.naming.set(Some(mark as usize)),
            },
            Outcome::Click { at, .. } => self.click(at),
            Outcome::DoubleClick { at } => self.double_click(at),
            Outcome::LongPress { at } => {
                self.click(at);
                self.hover.ask_at(at);
            }
        }
    }

    /// A place along the axis of time.
    fn on_axis(self, x: f64) -> f64 {
        let right = f64::from(self.app.size.get_untracked().width);
        x.clamp(GUTTER, right.max(GUTTER))
    }

    fn time_at(self, x: f64) -> f64 {
        let size = self.app.size.get_untracked();
        let end = self.app.limits().end;
        let view = self.app.view.get_untracked();
        view.time_at(self.on_axis(x), size).clamp(0.0, end)
    }

    /// The range from a moment to a place.
    fn range(self, from: f64, x: f64) -> (f64, f64) {
        between(from, self.time_at(x), self.app.limits().end)
    }

    /// A range was drawn.
    fn select_range(self, range: (f64, f64)) {
        self.app.set_scope(TimeScope::around(range));
        // What it is about stands in the panel.
        self.app.panel.set(true);
        self.app.select(None);
    }

    /// What of the selected range is here.
    fn grip_at(self, (x, y): Point) -> Option<Grip> {
        let scope = self.app.scope.get_untracked()?;
        let view = self.app.view.get_untracked();
        let size = self.app.size.get_untracked();
        RangePlace::new(scope.times(), view, size)?.grip_at(x, y)
    }

    /// Something of the axis is dragged to `x`.
    fn slide(self, flag: u32, x: f64, done: bool) {
        let time = self.time_at(x);
        match flag {
            ORIGIN => self.app.move_origin(time, done),
            RANGE_CLOSE => {}
            RANGE_START | RANGE_END => {
                let Some((start, end)) = self.app.scope.get_untracked().map(TimeScope::times)
                else {
                    return;
                };
                let stays = if flag == RANGE_START { end } else { start };
                let range = self.range(stays, x);
                if done {
                    self.select_range(range);
                } else {
                    self.app.drawn_range.set(Some(range));
                }
            }
            mark => self.app.move_mark(mark as usize, time, done),
        }
    }

    fn find(self, (x, y): Point, then: impl FnOnce(Option<Found>) + 'static) {
        self.app.ask(Ask::Find { x, y }, move |answer| {
            if let Ok(Answer::Found(found)) = answer {
                then(found);
            }
        });
    }

    /// Selects what is there, or folds it.
    fn click(self, at: Point) {
        let app = self.app;
        app.drop_cursor();
        self.find(at, move |found| match found {
            Some(Found {
                fold: Some(fold), ..
            }) => app.fold(fold),
            Some(Found {
                change: Some(change),
                ..
            }) => app.change_lanes(change),
            Some(Found {
                goes: true,
                selection: Some(selection),
                time: Some(time),
                ..
            }) => app.go_to(selection, time),
            Some(Found { goes: true, .. }) => {}
            Some(found) => app.select(found.selection),
            None => app.select(None),
        });
    }

    /// Zooms to the range that is there, or, once that is what is seen, to what is there, or in where there is nothing.
    fn double_click(self, at: Point) {
        let app = self.app;
        match self.grip_at(at) {
            Some(Grip::Close) => return,
            Some(_) if at.1 < RULER || app.is_scope_to_zoom(app.view.get_untracked()) => {
                app.fit_scope();
                return;
            }
            _ => {}
        }
        self.find(at, move |found| match found {
            // What a click turns, a second one turns back.
            Some(Found {
                fold: Some(fold), ..
            }) => app.fold(fold),
            Some(Found {
                change: Some(change),
                ..
            }) => app.change_lanes(change),
            Some(Found {
                fold: None,
                time: Some((start, end)),
                ..
            }) => app.fit(start, end),
            Some(Found { fold: None, .. }) if at.0 > GUTTER && at.1 > RULER => {
                let size = app.size.get_untracked();
                let view = app.view.get_untracked();
                let fraction = View::fraction_at(at.0, size);
                app.look_at(view.zoom_at(fraction, 0.4, app.limits()), false);
            }
            _ => {}
        });
    }

    /// The wheel was turned, or fingers moved on a trackpad.
    pub fn wheel(self, (x, y): Point, event: &WheelEvent) {
        let app = self.app;
        app.halt();
        self.hover.hide();
        let turn = Turn {
            dx: event.delta_x(),
            dy: event.delta_y(),
            unit: match event.delta_mode() {
                WheelEvent::DOM_DELTA_LINE => WheelUnit::Lines,
                WheelEvent::DOM_DELTA_PAGE => WheelUnit::Pages,
                _ => WheelUnit::Pixels,
            },
            // Not in any standard, but all browsers have it, and it tells wheels from trackpads.
            notches: js_sys::Reflect::get(event.unchecked_ref(), &"wheelDeltaY".into())
                .ok()
                .and_then(|value| value.as_f64()),
            control: event.ctrl_key() || event.meta_key(),
            shift: event.shift_key(),
            names: x < GUTTER && y > RULER,
            page: app.lanes_seen(),
        };
        let scrolls = app.wheel_scrolls.get_untracked();
        let moved = self
            .wheel
            .try_update_value(|wheel| wheel.feed(turn, scrolls, event.time_stamp()));
        match moved {
            Some(WheelMove::Zoom(factor)) => app.zoom(Some(x), factor),
            Some(WheelMove::Pan { dx, dy }) => app.drag_by(-dx, -dy),
            None => {}
        }
    }
}

fn device_of(event: &PointerEvent) -> Device {
    match &*event.pointer_type() {
        "touch" => Device::Touch,
        _ => Device::Mouse,
    }
}
