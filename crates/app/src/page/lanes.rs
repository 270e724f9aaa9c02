//! The lanes as the user wants them: pinned, hidden, moved, sorted, filtered, with their stacks; and the lane that a
//! command is about.

use leptos::prelude::*;
use tracepane_timeline::lanes::band_shown;
use tracepane_timeline::{GUTTER, RULER};

use super::app::App;
use crate::address::Address;
use crate::protocol::{Answer, Ask, LaneAt, LaneChange, LaneInfo, LaneLayout, LaneSort, Selection};

impl App {
    /// Changes the lanes, and writes it into the address.
    pub fn change_lanes(self, change: LaneChange) {
        self.ask(Ask::Lanes(change), move |answer| match answer {
            Ok(Answer::Lanes(lanes)) => {
                self.lanes_changed(lanes);
                self.note_lanes();
            }
            Ok(_) => {}
            Err(text) => {
                self.said.set(text.clone());
                self.lane_note.set(Some(text));
            }
        });
    }

    /// Makes the lanes what a link says.
    pub fn apply_lanes_of(self, address: &Address) {
        if let Address::Timeline(timeline) = address
            && self.is_open_now()
        {
            self.by_function.set(timeline.by_function);
            self.apply_layout(&timeline.layout);
        }
    }

    /// All lanes as they were when the trace was opened.
    pub fn reset_lanes(self) {
        self.by_function.set(false);
        self.apply_layout(&LaneLayout::AS_OPENED);
        self.note_lanes();
    }

    fn apply_layout(self, layout: &LaneLayout) {
        let now = self.lanes.with_untracked(|lanes| lanes.layout == *layout);
        if now {
            return;
        }
        self.lane_filter.set(layout.filter.clone());
        let window = self.window();
        let layout = layout.clone();
        let change = LaneChange::All { layout, window };
        self.ask(Ask::Lanes(change), move |answer| {
            if let Ok(Answer::Lanes(lanes)) = answer {
                self.lanes_changed(lanes);
                self.note_lanes();
            }
        });
    }

    /// Shows only lanes that fit, from the first on.
    pub fn filter_lanes(self, text: String) {
        self.lane_filter.set(text.clone());
        self.view.update(|view| view.scroll = 0.0);
        let window = self.window();
        self.change_lanes(LaneChange::Filter { text, window });
    }

    /// Where a filter looks for what is active: in the selected range, or in what is seen.
    fn window(self) -> (f64, f64) {
        let view = self.view.get_untracked();
        match self.scope.get_untracked() {
            Some(scope) => (scope.start as f64, scope.end as f64),
            None => (view.start, view.end),
        }
    }

    /// Sorts groups and goroutines.
    pub fn sort_lanes(self, sort: LaneSort) {
        self.change_lanes(LaneChange::Sort(sort));
    }

    /// Colours procs by function, or by state again.
    pub fn toggle_functions(self) {
        self.by_function.update(|on| *on = !*on);
        self.note_lanes();
    }

    /// How much of the canvas is taken by what is pinned, CSS pixels.
    pub fn band(self) -> f64 {
        let height = f64::from(self.size.get().height);
        self.lanes.with(|lanes| band_shown(lanes.band, height))
    }

    /// The same, without following it.
    pub fn band_now(self) -> f64 {
        untrack(|| self.band())
    }

    /// Scrolls what is pinned, if the pointer is there and there is more than is seen; false if not.
    pub fn scroll_band(self, x: f64, y: f64, by: f64) -> bool {
        let band = self.band_now();
        let hidden = self.lanes.with_untracked(|lanes| lanes.band) - band;
        if hidden < 1.0 || y < RULER || y > RULER + band || x > GUTTER {
            return false;
        }
        let scroll = self.band_scroll.get_untracked() + by;
        self.band_scroll.set(scroll.clamp(0.0, hidden));
        true
    }

    /// The lane that a command is about: the one whose name is pointed at, else that of the selection, else the one
    /// under the pointer.
    fn lane_meant(self) -> Option<LaneAt> {
        let pointer = self.pointer.get_untracked();
        let place = |(x, y)| LaneAt::Place { x, y };
        if let Some((x, _)) = pointer
            && x < GUTTER
        {
            return pointer.map(place);
        }
        let selected = self
            .selection
            .get_untracked()
            .filter(|selection| !matches!(selection, Selection::Range(_)));
        selected.map(LaneAt::Selection).or(pointer.map(place))
    }

    /// Does something with the lane that is meant.
    pub fn with_lane(self, then: impl FnOnce(LaneInfo) + 'static) {
        let Some(at) = self.lane_meant() else {
            self.said.set("Select something, or point at a lane".into());
            return;
        };
        self.with_lane_at(at, then);
    }

    /// Does something with a lane.
    pub fn with_lane_at(self, at: LaneAt, then: impl FnOnce(LaneInfo) + 'static) {
        self.ask(Ask::Lane(at), move |answer| {
            if let Ok(Answer::Lane(Some(info))) = answer {
                then(*info);
            }
        });
    }

    /// Pins the lane that is meant, or no longer.
    pub fn pin_lane(self) {
        self.with_lane(move |info| self.change_lanes(LaneChange::TogglePin(info.lane)));
    }

    /// Hides the lane that is meant.
    pub fn hide_lane(self) {
        self.with_lane(move |info| self.change_lanes(LaneChange::Hide(info.lane)));
    }

    /// Shows the stacks of the goroutine whose lane is meant, or no longer.
    pub fn toggle_stacks(self) {
        self.with_lane(move |info| {
            if info.open.is_some() {
                self.change_lanes(LaneChange::ToggleStacks(info.lane));
            }
        });
    }
}
