//! Mouse, pen and trackpad on the timeline: what a drag, a click or a wheel means.

use leptos::prelude::*;
use tracepane_timeline::range::{Grip, RangePlace, between};
use tracepane_timeline::{GUTTER, RULER, View};
use web_sys::WheelEvent;

use crate::page::app::App;
use crate::page::hover::Hover;
use crate::protocol::{Answer, Ask, Found, TimeScope};

/// A button that is released within this many pixels of where it was pressed is a click.
const CLICK: f64 = 4.0;
/// Pixels of wheel that zoom by a factor of e.
const WHEEL_ZOOM: f64 = 400.0;
/// The same for a pinch, which comes as a wheel in smaller steps.
const PINCH_ZOOM: f64 = 80.0;
/// Pixels in a line of a wheel that counts lines.
const LINE: f64 = 18.0;

/// What a held button does.
#[derive(Clone, Copy, PartialEq)]
enum Drag {
    None,
    /// Moves what is seen.
    Move {
        from: (f64, f64),
        view: View,
        far: bool,
    },
    /// Selects a range: from where the button was pressed, and at which moment.
    Range {
        from: f64,
        moment: f64,
    },
    /// Moves an edge of the range; the other one stays at this moment.
    Edge {
        stays: f64,
    },
    /// Drops the range, if released there.
    Close,
}

/// The pointer's state.
#[derive(Clone, Copy)]
pub struct Pointer {
    app: App,
    hover: Hover,
    drag: StoredValue<Drag>,
    /// What of the selected range is under the pointer, while nothing is held.
    pub grip: RwSignal<Option<Grip>>,
}

impl Pointer {
    /// A pointer that does nothing yet.
    pub fn new(app: App, hover: Hover) -> Self {
        Self {
            app,
            hover,
            drag: StoredValue::new(Drag::None),
            grip: RwSignal::new(None),
        }
    }

    /// A button was pressed.
    pub fn down(self, x: f64, y: f64, shift: bool) {
        let view = self.app.view.get_untracked();
        let on_axis = y < RULER && x > GUTTER;
        let grip = self.grip_at(x, y).filter(|_| !shift);
        let scope = self.app.scope.get_untracked().map(TimeScope::times);
        self.drag.set_value(match (grip, scope) {
            (Some(Grip::Close), _) => Drag::Close,
            (Some(Grip::Start), Some((_, end))) => Drag::Edge { stays: end },
            (Some(Grip::End), Some((start, _))) => Drag::Edge { stays: start },
            _ if on_axis || shift && x > GUTTER => Drag::Range {
                from: x,
                moment: self.moment(x),
            },
            _ => Drag::Move {
                from: (x, y),
                view,
                far: false,
            },
        });
    }

    /// The pointer is here now.
    pub fn moved(self, x: f64, y: f64) {
        match self.drag.get_value() {
            Drag::None => {
                let grip = self.grip_at(x, y);
                if self.grip.get_untracked() != grip {
                    self.grip.set(grip);
                }
                self.hover.at((x, y));
            }
            Drag::Close => {}
            Drag::Range { from, moment } => {
                let drawn = self.app.drawn_range.with_untracked(Option::is_some);
                if (x - from).abs() > CLICK || drawn {
                    self.draw_range(moment, x);
                }
            }
            Drag::Edge { stays } => self.draw_range(stays, x),
            Drag::Move { from, view, far } => {
                let (dx, dy) = (x - from.0, y - from.1);
                if !far && dx.abs().max(dy.abs()) <= CLICK {
                    return;
                }
                self.drag.set_value(Drag::Move {
                    from,
                    view,
                    far: true,
                });
                self.begin_drag();
                let size = self.app.size.get_untracked();
                let time = dx / size.lane_width() * view.width();
                // The names are not on the axis of time.
                let time = if from.0 > GUTTER { time } else { 0.0 };
                self.app.look_at(
                    View {
                        start: view.start - time,
                        end: view.end - time,
                        scroll: view.scroll - dy,
                    },
                    true,
                );
            }
        }
    }

    /// The time at a place, kept within what is seen.
    fn moment(self, x: f64) -> f64 {
        let size = self.app.size.get_untracked();
        let right = f64::from(size.width).max(GUTTER);
        let view = self.app.view.get_untracked();
        view.time_at(x.clamp(GUTTER, right), size)
    }

    /// The range that is being selected ends here.
    fn draw_range(self, from: f64, x: f64) {
        self.begin_drag();
        let range = between(from, self.moment(x), self.app.limits().end);
        self.app.drawn_range.set(Some(range));
    }

    /// What of the selected range is here.
    fn grip_at(self, x: f64, y: f64) -> Option<Grip> {
        let scope = self.app.scope.get_untracked()?;
        let view = self.app.view.get_untracked();
        let size = self.app.size.get_untracked();
        RangePlace::new(scope.times(), view, size)?.grip_at(x, y)
    }

    fn begin_drag(self) {
        if !self.app.dragging.get_untracked() {
            self.app.dragging.set(true);
            self.hover.hide();
        }
    }

    /// The button was released.
    pub fn up(self, x: f64, y: f64) {
        let drag = self.drag.get_value();
        let range = self.app.drawn_range.get_untracked();
        match (drag, range) {
            (Drag::Range { .. } | Drag::Edge { .. }, Some(range)) => {
                self.app.set_scope(TimeScope::around(range));
                // What it is about stands in the panel.
                self.app.panel.set(true);
                self.app.select(None);
            }
            (Drag::Close, _) if self.grip_at(x, y) == Some(Grip::Close) => {
                self.app.set_scope(None);
            }
            (Drag::Move { far: false, .. } | Drag::Range { .. }, None) => self.click(x, y),
            _ => {}
        }
        self.cancel();
    }

    /// Whatever was done with the button is over.
    pub fn cancel(self) {
        self.drag.set_value(Drag::None);
        self.grip.set(None);
        if self.app.drawn_range.with_untracked(Option::is_some) {
            self.app.drawn_range.set(None);
        }
        self.app.dragging.set(false);
    }

    fn find(self, x: f64, y: f64, then: impl FnOnce(Option<Found>) + 'static) {
        self.app.ask(Ask::Find { x, y }, move |answer| {
            if let Ok(Answer::Found(found)) = answer {
                then(found);
            }
        });
    }

    /// Selects what is there, or folds it.
    fn click(self, x: f64, y: f64) {
        let app = self.app;
        self.find(x, y, move |found| match found {
            Some(Found {
                fold: Some(fold), ..
            }) => app.fold(fold),
            Some(found) => app.select(found.selection),
            None => app.select(None),
        });
    }

    /// Zooms to the range that is there, or, once that is what is seen, to what is there.
    pub fn double_click(self, x: f64, y: f64) {
        let app = self.app;
        match self.grip_at(x, y) {
            Some(Grip::Close) => return,
            Some(_) if y < RULER || app.is_scope_to_zoom(app.view.get_untracked()) => {
                app.fit_scope();
                return;
            }
            _ => {}
        }
        self.find(x, y, move |found| {
            if let Some(Found {
                fold: None,
                time: Some((start, end)),
                ..
            }) = found
            {
                app.fit(start, end);
            }
        });
    }

    /// The wheel was turned, or fingers moved on a trackpad.
    pub fn wheel(self, x: f64, event: &WheelEvent) {
        let app = self.app;
        let unit = match event.delta_mode() {
            WheelEvent::DOM_DELTA_LINE => LINE,
            WheelEvent::DOM_DELTA_PAGE => app.lanes_seen(),
            _ => 1.0,
        };
        let (dx, dy) = (event.delta_x() * unit, event.delta_y() * unit);
        self.hover.hide();
        // Browsers tell a pinch as a wheel with Control.
        let control = event.ctrl_key() || event.meta_key();
        let scrolls = app.wheel_scrolls.get_untracked();
        if control {
            let pixels = if dy.abs() < 50.0 {
                PINCH_ZOOM
            } else {
                WHEEL_ZOOM
            };
            app.zoom(Some(x), (dy / pixels).exp());
        } else if event.shift_key() {
            // Some systems turn the wheel's axis with Shift.
            app.scroll_by(if dy == 0.0 { dx } else { dy });
        } else if dx.abs() > dy.abs() {
            app.pan(dx / app.size.get_untracked().lane_width());
        } else if scrolls || x < GUTTER {
            app.scroll_by(dy);
        } else {
            app.zoom(Some(x), (dy / WHEEL_ZOOM).exp());
        }
    }
}
