//! What is under the pointer: asked of the worker, one question at a time, the newest place only.

use leptos::prelude::*;

use super::app::App;
use crate::protocol::{Answer, Ask, Found};

/// What the tooltip shows.
#[derive(Clone, Copy)]
pub struct Hover {
    app: App,
    /// What was found, and where.
    pub found: RwSignal<Option<(Found, (f64, f64))>>,
    asking: StoredValue<bool>,
}

impl Hover {
    /// Nothing yet.
    pub fn new(app: App) -> Self {
        let hover = Self {
            app,
            found: RwSignal::new(None),
            asking: StoredValue::new(false),
        };
        // Something else is under the pointer once the view has moved.
        Effect::new(move || {
            app.view.track();
            hover.hide();
        });
        hover
    }

    /// The pointer is here.
    pub fn at(self, place: (f64, f64)) {
        self.app.pointer.set(Some(place));
        if !self.asking.get_value() {
            self.ask(place);
        }
    }

    /// What is at this place, though no pointer hovers there: a finger was held.
    pub fn ask_at(self, place: (f64, f64)) {
        let (x, y) = place;
        self.app.ask(Ask::Find { x, y }, move |answer| {
            if let Ok(Answer::Found(Some(found))) = answer
                && !found.tooltip.is_empty()
            {
                self.found.set(Some((found, place)));
            }
        });
    }

    /// The pointer left, or does something else.
    pub fn leave(self) {
        self.app.pointer.set(None);
        self.hide();
    }

    /// No tooltip until the pointer moves.
    pub fn hide(self) {
        if self.found.with_untracked(Option::is_some) {
            self.found.set(None);
        }
    }

    fn ask(self, place: (f64, f64)) {
        self.asking.set_value(true);
        let session = self.app.session.get_untracked();
        let (x, y) = place;
        self.app.ask(Ask::Find { x, y }, move |answer| {
            if self.app.session.get_untracked() != session {
                return;
            }
            self.asking.set_value(false);
            let now = self.app.pointer.get_untracked();
            if self.app.dragging.get_untracked() || now.is_none() {
                self.hide();
                return;
            }
            match (answer, now) {
                (_, Some(now)) if now != place => self.ask(now),
                (Ok(Answer::Found(Some(found))), _) if !found.tooltip.is_empty() => {
                    self.found.set(Some((found, place)));
                }
                _ => self.hide(),
            }
        });
    }

    /// Another worker: what the old one was asked is void.
    pub fn reset(self) {
        self.asking.set_value(false);
        self.found.set(None);
    }
}
