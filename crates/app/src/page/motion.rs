//! Views that move on their own: flights to where somebody jumped, and what was thrown. One frame after another, until
//! they are there or somebody does something else.

use leptos::prelude::*;
use tracepane_timeline::View;
use tracepane_timeline::motion::{Flight, Throw};

use super::app::App;

/// What moves on its own.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Motion {
    Flight(Flight),
    Throw(Throw),
}

/// A motion under way.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Moving {
    motion: Motion,
    /// When it began, ms.
    since: f64,
    /// The view that it showed last: another one is somebody else's.
    shown: View,
}

/// ms since the page was loaded.
pub fn now() -> f64 {
    window().performance().map_or(0.0, |clock| clock.now())
}

/// Whether the user asked for little motion.
fn is_still() -> bool {
    window()
        .match_media("(prefers-reduced-motion: reduce)")
        .ok()
        .flatten()
        .is_some_and(|query| query.matches())
}

impl App {
    /// Goes to a view, in a short flight if the user likes motion.
    pub fn fly(self, to: View) {
        let from = self.view.get_untracked();
        let moves = (from.start, from.end) != (to.start, to.end);
        if !moves || is_still() {
            self.stop();
            self.view.set(to);
            return;
        }
        self.begin(Motion::Flight(Flight { from, to }));
    }

    /// The view goes on at this speed, pixels per ms, and slows down.
    pub fn throw(self, speed: (f64, f64)) {
        if is_still() {
            return;
        }
        let from = self.view.get_untracked();
        self.begin(Motion::Throw(Throw { from, speed }));
    }

    fn begin(self, motion: Motion) {
        let shown = self.view.get_untracked();
        let moving = Moving {
            motion,
            since: now(),
            shown,
        };
        let before = self
            .motion
            .try_update_value(|motion| motion.replace(moving))
            .flatten();
        self.client.update_value(|client| client.moving = true);
        // A motion that was under way has its frame ordered already.
        if before.is_none() {
            request_animation_frame(move || self.step_motion());
        }
    }

    /// Shows the next frame of what moves.
    fn step_motion(self) {
        let Some(mut moving) = self.motion.get_value() else {
            return;
        };
        let seen = self.view.get_untracked();
        let size = self.size.get_untracked();
        let same = (seen.start, seen.end) == (moving.shown.start, moving.shown.end);
        if !same || !self.is_open_now() {
            // Somebody else moved it.
            self.stop();
            return;
        }
        if seen.scroll != moving.shown.scroll {
            // A lane was made visible meanwhile: that stays so.
            match &mut moving.motion {
                Motion::Flight(flight) => {
                    flight.from.scroll = seen.scroll;
                    flight.to.scroll = seen.scroll;
                }
                Motion::Throw(throw) => {
                    throw.from.scroll = seen.scroll;
                    throw.speed.1 = 0.0;
                }
            }
        }
        let ms = now() - moving.since;
        let (view, over) = match moving.motion {
            Motion::Flight(flight) => (flight.at(ms), flight.is_over(ms)),
            Motion::Throw(throw) => {
                let view = throw.at(ms, size, self.limits());
                // It came to an edge of all that there is.
                let rests = ms > 40.0 && self.kept(view) == seen;
                (view, throw.is_over(ms) || rests)
            }
        };
        let view = self.kept(view);
        if view != seen {
            self.view.set(view);
            let glides = matches!(moving.motion, Motion::Throw(_));
            if glides && (view.start, view.end) != (seen.start, seen.end) {
                self.moved(true);
            }
        }
        if over {
            self.stop();
            return;
        }
        moving.shown = view;
        self.motion.set_value(Some(moving));
        request_animation_frame(move || self.step_motion());
    }

    /// Where the view is going, or is.
    pub fn target(self) -> View {
        let seen = self.view.get_untracked();
        match self.motion.get_value().map(|moving| moving.motion) {
            Some(Motion::Flight(flight)) => View {
                scroll: seen.scroll,
                ..flight.to
            },
            _ => seen,
        }
    }

    /// Stops what moves on its own, where it is.
    pub fn halt(self) {
        let flew = matches!(
            self.motion.get_value().map(|moving| moving.motion),
            Some(Motion::Flight(_))
        );
        self.stop();
        if flew {
            // The address says where it was going.
            self.selection_changed();
        }
    }

    /// Stops what was thrown.
    pub fn catch(self) {
        let thrown = self.motion.with_value(
            |moving| matches!(moving, Some(moving) if matches!(moving.motion, Motion::Throw(_))),
        );
        if thrown {
            self.stop();
        }
    }

    /// Nothing moves on its own any more.
    pub fn stop(self) {
        let moved = self
            .motion
            .try_update_value(|motion| motion.take().is_some());
        if moved == Some(true) {
            self.client.update_value(|client| client.moving = false);
            self.check_idle();
        }
    }
}
