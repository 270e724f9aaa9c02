//! Moves of the timeline: zoom, pan, scroll, selection, and the ways from one span to the next.

use leptos::prelude::*;
use tracepane_timeline::{GUTTER, RULER, View};

use super::app::App;
use super::history::Entry;
use crate::address::{Address, Tab, Timeline};
use crate::protocol::{Answer, Ask, Details, Fold, LanesState, Selection};

/// What a key zooms by.
pub const KEY_ZOOM: f64 = 1.5;
/// What a key pans by, as a share of the view.
pub const KEY_PAN: f64 = 0.2;
/// What a key scrolls by, CSS pixels.
pub const KEY_SCROLL: f64 = 60.0;

/// A span thinner than this share of the view is zoomed to when it is gone to.
const THIN: f64 = 0.01;
/// The share of the view that it then takes.
const SEEN: f64 = 0.25;

impl App {
    /// Shows this part of the timeline; `glides` says that it is one of many small moves.
    pub fn look_at(self, view: View, glides: bool) {
        let view = self.kept(view.clamped(self.limits()));
        if view != self.view.get_untracked() {
            let still = self
                .view
                .with_untracked(|now| now.start == view.start && now.end == view.end);
            if !glides {
                // What was on its way into the address belongs to the step before.
                self.settle();
            }
            if glides {
                self.stop();
                self.view.set(view);
            } else {
                self.fly(view);
            }
            if !still {
                self.moved(glides);
            }
        }
    }

    /// Moves what is seen along with a hand, by CSS pixels to the right and down.
    pub fn drag_by(self, dx: f64, dy: f64) {
        let view = self.view.get_untracked();
        let time = dx / self.size.get_untracked().lane_width() * view.width();
        self.look_at(
            View {
                start: view.start - time,
                end: view.end - time,
                scroll: view.scroll - dy,
            },
            true,
        );
    }

    /// The view with its scrolling kept within the lanes.
    pub fn kept(self, view: View) -> View {
        // Pinned lanes take away from what is seen of the others.
        let height = self.lanes.with_untracked(|lanes| lanes.height) + self.band_now();
        view.scrolled_to(view.scroll, height, self.size.get_untracked())
    }

    /// Zooms at `x` CSS pixels from the canvas' left edge; at the pointer or the middle if `None`.
    pub fn zoom(self, x: Option<f64>, factor: f64) {
        let size = self.size.get_untracked();
        let pointer = self.pointer.get_untracked().map(|(x, _)| x);
        let fraction = x
            .or(pointer)
            .filter(|&x| x > GUTTER)
            .map_or(0.5, |x| View::fraction_at(x, size));
        let view = self.view.get_untracked();
        self.look_at(view.zoom_at(fraction, factor, self.limits()), true);
    }

    /// Pans by a share of the view.
    pub fn pan(self, fraction: f64) {
        let view = self.view.get_untracked();
        self.look_at(view.pan(fraction, self.limits()), true);
    }

    /// Shows what begins at this moment, or the last that can be shown.
    pub fn look_from(self, start: f64) {
        let view = self.view.get_untracked();
        let limits = self.limits();
        let start = start.clamp(0.0, (limits.end - view.width()).max(0.0));
        let end = start + view.width();
        self.look_at(View { start, end, ..view }, true);
    }

    /// Scrolls the lanes.
    pub fn scroll_by(self, pixels: f64) {
        self.scroll_to(self.view.get_untracked().scroll + pixels);
    }

    /// Scrolls the lanes to a place.
    pub fn scroll_to(self, scroll: f64) {
        let view = self.view.get_untracked();
        self.look_at(View { scroll, ..view }, true);
    }

    /// The height of the part of the canvas that shows lanes.
    pub fn lanes_seen(self) -> f64 {
        (f64::from(self.size.get_untracked().height) - RULER - self.band_now()).max(1.0)
    }

    /// Shows from `start` to `end` with a margin.
    pub fn fit(self, start: f64, end: f64) {
        let view = self.view.get_untracked();
        self.look_at(view.with_time(View::fit(start, end, self.limits())), false);
    }

    /// Shows all that the lanes are about; if that is what is seen, all of the trace.
    pub fn show_all(self) {
        let view = self.view.get_untracked();
        let home = self.home();
        let there = view.start == home.start && view.end == home.end;
        let all = if there { self.whole() } else { home };
        self.look_at(view.with_time(all), false);
    }

    /// The view that shows something that lasts from `start` to `end`: the same zoom if it is seen well at that.
    pub fn view_of(self, (start, end): (f64, f64)) -> View {
        let view = self.view.get_untracked();
        let limits = self.limits();
        let share = (end - start) / view.width();
        if end <= start {
            // A moment.
            return view.center_on(start, limits);
        }
        if share > 0.95 {
            return view.with_time(View::fit(start, end, limits));
        }
        let view = if share < THIN {
            view.zoom_at(0.5, share / SEEN, limits)
        } else {
            view
        };
        view.center_on(start + (end - start) / 2.0, limits)
    }

    /// Goes to something and selects it: moves there and makes its lane visible.
    pub fn go_to(self, selection: Selection, time: (f64, f64)) {
        let view = self.view_of(time);
        self.go(
            Address::Timeline(self.timeline_at(view, Some(selection))),
            Entry::Push,
        );
        self.reveal(selection);
    }

    /// Makes the lane of something visible.
    pub fn reveal(self, selection: Selection) {
        self.ask(Ask::Reveal(selection), move |answer| {
            let Ok(Answer::Lanes(lanes)) = answer else {
                return;
            };
            let here = self.lane_view.get_untracked();
            let elsewhere = lanes
                .elsewhere
                .clone()
                .filter(|there| *there != here && (here.is_focus() || there.is_focus()));
            match elsewhere {
                // These lanes are about something else.
                Some(there) => {
                    let view = self.view.get_untracked();
                    let address = Address::Timeline(Timeline {
                        view: there,
                        range: Some((view.start, view.end)),
                        ..self.timeline()
                    });
                    self.go(address, Entry::Replace);
                    self.reveal(selection);
                }
                None => {
                    // A filter that had hidden it is gone.
                    if lanes.layout.filter.is_empty() {
                        self.lane_filter.set(String::new());
                    }
                    self.lanes_changed(lanes);
                    self.note_lanes();
                }
            }
        });
    }

    /// Folds, unfolds or filters lanes.
    pub fn fold(self, fold: Fold) {
        self.ask(Ask::Fold(fold), move |answer| {
            if let Ok(Answer::Lanes(lanes)) = answer {
                self.lanes_changed(lanes);
                self.note_lanes();
            }
        });
    }

    /// The lanes are others: keeps what is seen within them.
    pub fn lanes_changed(self, lanes: LanesState) {
        let reveal = lanes.reveal;
        self.lanes.set(lanes);
        let hidden = self.lanes.with_untracked(|lanes| lanes.band) - self.band_now();
        self.band_scroll
            .update(|scroll| *scroll = scroll.clamp(0.0, hidden.max(0.0)));
        let view = self.view.get_untracked();
        let seen = self.lanes_seen();
        let scroll = match reveal {
            Some((top, height)) if top < view.scroll || top + height > view.scroll + seen => {
                top + height / 2.0 - seen / 2.0
            }
            _ => view.scroll,
        };
        // Also keeps the scrolling within lanes that became fewer, and has them painted anew.
        self.view.set(self.kept(View { scroll, ..view }));
    }

    /// Selects something, or nothing.
    pub fn select(self, selection: Option<Selection>) {
        self.set_selection(selection);
        self.selection_changed();
    }

    /// The same, leaving the address as it is.
    pub fn set_selection(self, selection: Option<Selection>) {
        if self.selection.get_untracked() == selection {
            return;
        }
        self.selection.set(selection);
        let Some(selection) = selection else {
            self.details.set(None);
            self.said.set("Nothing selected".into());
            return;
        };
        self.panel.set(true);
        self.ask(Ask::Details(selection), move |answer| {
            if self.selection.get_untracked() != Some(selection) {
                return;
            }
            match answer {
                Ok(Answer::Details(details)) => {
                    self.said.set(spoken(&details));
                    self.details.set(Some(*details));
                }
                // A link to something that this trace does not have.
                _ => self.select(None),
            }
        });
    }

    /// Zooms to the selection.
    pub fn fit_selection(self) {
        let time = self
            .details
            .with_untracked(|details| details.as_ref().map(|details| details.time));
        if let (Some((start, end)), Some(selection)) = (time, self.selection.get_untracked()) {
            self.fit(start, end);
            self.reveal(selection);
        }
    }

    /// Selects a neighbour, moving no more than is needed.
    pub fn step_to(self, selection: Selection, (start, end): (f64, f64)) {
        let view = self.view.get_untracked();
        self.set_selection(Some(selection));
        let inside = start >= view.start && end <= view.end;
        let around = start <= view.start && end >= view.end;
        if !inside && !around {
            let middle = if end - start > view.width() {
                // Its beginning, and what fits.
                start + view.width() * 0.4
            } else {
                start + (end - start) / 2.0
            };
            self.look_at(view.center_on(middle, self.limits()), false);
        }
        self.selection_changed();
        self.reveal(selection);
    }

    /// Leaves what is open: the selection, or a page for the one above it.
    pub fn leave(self) {
        let on_timeline = self
            .address
            .with_untracked(|address| address.tab() == Tab::Timeline);
        if on_timeline {
            if self.cursor.get_untracked().is_some() {
                self.drop_cursor();
            } else if self.selection.get_untracked().is_some() {
                self.select(None);
            } else if self.find.open.get_untracked() {
                self.close_find();
            } else {
                self.set_scope(None);
            }
        } else if let Some(address) = self.address.with_untracked(Address::parent) {
            self.go(address, Entry::Push);
        }
    }
}

/// A selection as a screen reader should say it.
fn spoken(details: &Details) -> String {
    let facts = details.facts.iter().take(4);
    let facts = facts.map(|fact| format!("{} {}", fact.label, fact.value));
    std::iter::once(details.title.clone())
        .chain(facts)
        .collect::<Vec<_>>()
        .join(", ")
}
