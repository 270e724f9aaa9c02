//! What the timeline's lanes are arranged by: from one arrangement to the next, and what each is about.

use leptos::prelude::*;
use tracepane_timeline::View;
use tracepane_timeline::unblockers::MAX_DEPTH;

use super::app::App;
use super::history::Entry;
use crate::address::{Address, Timeline};
use crate::protocol::{Answer, Arranged, Ask, LaneView};

impl App {
    /// Goes to another arrangement, as it opens. What is selected stays so.
    pub fn show_lanes(self, view: LaneView) {
        let now = self.timeline();
        // All of the trace, either way: the time stays too.
        let stays = !view.is_focus() && !now.view.is_focus();
        let address = Address::Timeline(Timeline {
            view,
            range: now.range.filter(|_| stays),
            ..now
        });
        self.go(address, Entry::Push);
    }

    /// The lanes of the goroutine that is selected or was looked at last.
    pub fn goroutine_lanes(self) -> Option<LaneView> {
        let selected = self.details.with(|details| {
            details
                .as_ref()
                .and_then(|details| details.goroutine.clone())
        });
        match (self.lane_view.get(), selected) {
            (view @ LaneView::Goroutine { .. }, None) => Some(view),
            (_, selected) => selected.map(LaneView::goroutine),
        }
    }

    /// The lanes of the task that is selected or was looked at last.
    pub fn task_lanes(self) -> Option<LaneView> {
        let selected = self
            .details
            .with(|details| details.as_ref().and_then(|details| details.task.clone()));
        match (self.lane_view.get(), selected) {
            (view @ LaneView::Task { .. }, None) => Some(view),
            (_, selected) => selected.map(|id| LaneView::Task { id }),
        }
    }

    /// Goes one wake-up further back, or less far.
    pub fn change_depth(self, further: bool) {
        let LaneView::Goroutine { id, depth } = self.lane_view.get_untracked() else {
            return;
        };
        let depth = match further {
            true => depth.saturating_add(1).min(MAX_DEPTH),
            false => depth.saturating_sub(1),
        };
        let address = Address::Timeline(Timeline {
            view: LaneView::Goroutine { id, depth },
            ..self.timeline()
        });
        self.go(address, Entry::Replace);
    }

    /// What an arrangement shows as it opens: the whole trace, or the life of what it is about.
    pub fn home(self) -> View {
        let now = self.lane_view.get_untracked();
        self.arranged.with_untracked(|arranged| match arranged {
            Some(arranged) if now.is_focus() && arranged.view == now => {
                let (start, end) = arranged.life;
                View::fit(start, end, self.limits())
            }
            _ => self.whole(),
        })
    }

    /// Has the worker arrange the lanes, and shows this part of them then.
    pub fn arrange(self, view: LaneView, range: Option<(f64, f64)>, scroll: f64) {
        // Another depth of the same goroutine moves nothing.
        let same = match (&view, self.lane_view.get_untracked()) {
            (LaneView::Goroutine { id, .. }, LaneView::Goroutine { id: old, .. }) => *id == old,
            _ => false,
        };
        self.lane_view.set(view.clone());
        self.lane_note.set(None);
        let scroll = if same {
            self.view.with_untracked(|view| view.scroll)
        } else {
            scroll
        };
        let asked = view.clone();
        self.ask(Ask::Arrange(view), move |answer| {
            // Something else may have been asked since.
            if self.lane_view.with_untracked(|now| *now != asked) {
                return;
            }
            match answer {
                Ok(Answer::Arranged(arranged)) => self.arranged_as(*arranged, range, scroll),
                Ok(_) => {}
                Err(text) => {
                    // The lanes are as they were before: by proc, if they were of something that is gone.
                    self.said.set(text.clone());
                    self.go(Address::WHOLE, Entry::Replace);
                    self.lane_note.set(Some(text));
                }
            }
        });
    }

    fn arranged_as(self, arranged: Arranged, range: Option<(f64, f64)>, scroll: f64) {
        self.lanes.set(arranged.lanes.clone());
        self.arranged.set(Some(arranged));
        let home = self.home();
        let (start, end) = range.unwrap_or((home.start, home.end));
        let view = View { start, end, scroll };
        self.view.set(self.kept(view.clamped(self.limits())));
    }
}
