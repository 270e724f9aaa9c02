//! Dragging a lane's name up or down: a line shows where it would go.

use leptos::prelude::*;
use tracepane_timeline::{GUTTER, RULER};

use crate::page::app::App;
use crate::protocol::{Answer, Ask, DropPlace, LaneAt, LaneChange};

/// A name that is moved less than this, in CSS pixels, was clicked.
const CLICK: f64 = 5.0;

/// Within so many pixels of an edge of the plot the lanes are scrolled.
const EDGE: f64 = 24.0;

/// What is held.
#[derive(Clone, PartialEq, Default)]
struct Held {
    from: (f64, f64),
    /// The lane's name in links, once it is known; `None` if it cannot be moved.
    lane: Option<String>,
    /// Whether it was moved far enough.
    far: bool,
    /// Whether a place is being asked for, and the newest place of the pointer.
    asking: bool,
    y: f64,
}

/// A lane that is dragged by its name.
#[derive(Clone, Copy)]
pub struct Reorder {
    app: App,
    held: StoredValue<Option<Held>>,
    /// Counts what was held, so that late answers are told apart.
    turn: StoredValue<u32>,
    place: RwSignal<Option<DropPlace>>,
}

impl Reorder {
    /// Nothing is held.
    pub fn new(app: App) -> Self {
        Self {
            app,
            held: StoredValue::new(None),
            turn: StoredValue::new(0),
            place: RwSignal::new(None),
        }
    }

    /// A button was pressed.
    pub fn down(self, x: f64, y: f64) {
        self.cancel();
        if x >= GUTTER || y <= RULER {
            return;
        }
        self.held.set_value(Some(Held {
            from: (x, y),
            y,
            ..Held::default()
        }));
        let turn = self.turn.get_value();
        self.app.with_lane_at(LaneAt::Place { x, y }, move |info| {
            if self.turn.get_value() == turn {
                self.held.update_value(|held| {
                    if let Some(held) = held {
                        held.lane = info.movable;
                    }
                });
            }
        });
    }

    /// The pointer is here now; true if it drags a lane.
    pub fn moved(self, x: f64, y: f64) -> bool {
        let Some(held) = self.held.get_value() else {
            return false;
        };
        let far = held.far || (y - held.from.1).abs() > CLICK;
        if !far {
            return (x - held.from.0).abs() <= CLICK;
        }
        self.held.update_value(|held| {
            if let Some(held) = held {
                (held.far, held.y) = (true, y);
            }
        });
        self.app.dragging.set(true);
        let height = f64::from(self.app.size.get_untracked().height);
        if y > height - EDGE {
            self.app.scroll_by(EDGE / 2.0);
        } else if y < RULER + self.app.band_now() + EDGE {
            self.app.scroll_by(-EDGE / 2.0);
        }
        self.ask();
        true
    }

    /// Asks where the lane would go, one question at a time.
    fn ask(self) {
        let Some(held) = self.held.get_value() else {
            return;
        };
        let Some(lane) = held.lane.clone().filter(|_| !held.asking) else {
            return;
        };
        self.set_asking(true);
        let (turn, y) = (self.turn.get_value(), held.y);
        self.app.ask(Ask::Drop { lane, y }, move |answer| {
            if self.turn.get_value() != turn {
                return;
            }
            self.set_asking(false);
            if let Ok(Answer::Drop(place)) = answer {
                self.place.set(place);
            }
            let newer = self
                .held
                .with_value(|held| held.as_ref().is_some_and(|held| held.y != y));
            if newer {
                self.ask();
            }
        });
    }

    fn set_asking(self, asking: bool) {
        self.held.update_value(|held| {
            if let Some(held) = held {
                held.asking = asking;
            }
        });
    }

    /// The button was released; true if that ends a drag.
    pub fn up(self) -> bool {
        let Some(Held {
            far: true, lane, ..
        }) = self.held.get_value()
        else {
            self.cancel();
            return false;
        };
        let place = self.place.get_untracked();
        self.cancel();
        self.app.dragging.set(false);
        if let (Some(lane), Some(DropPlace { before, .. })) = (lane, place) {
            self.app.change_lanes(LaneChange::Move { lane, before });
        }
        true
    }

    /// Nothing is held any more.
    pub fn cancel(self) {
        self.turn.update_value(|turn| *turn = turn.wrapping_add(1));
        self.held.set_value(None);
        if self.place.with_untracked(Option::is_some) {
            self.place.set(None);
        }
    }

    /// The line between two lanes.
    pub fn line(self) -> AnyView {
        (move || {
            let place = self.place.get()?;
            let top = format!("{}px", place.y - 1.0);
            Some(view! { <div class="drop-line" style:top=top></div> })
        })
        .into_any()
    }
}
