//! The range of time that is selected on the timeline, which is the scope of the whole page.

use leptos::prelude::*;
use tracepane_analysis::format;
use tracepane_model::Nanos;
use tracepane_timeline::View;

use super::app::App;
use super::history::Entry;
use crate::address::{Address, Tab};
use crate::protocol::TimeScope;

impl App {
    /// Makes a range the scope of the page, or drops it: a step that can be undone.
    pub fn set_scope(self, scope: Option<TimeScope>) {
        let scope = scope.filter(|scope| (scope.start as f64) < self.limits().end);
        if self.scope.get_untracked() == scope {
            return;
        }
        self.settle();
        self.enter_scope(scope);
        let address = self.address.get_untracked();
        let address = match address.tab() {
            // It may be behind the view by a moment.
            Tab::Timeline => Address::Timeline(self.timeline()),
            _ => address,
        };
        self.record(&address, Entry::Push);
        if self.address.with_untracked(|now| *now != address) {
            self.address.set(address);
        }
        self.said.set(match scope {
            None => "The range is dropped: all of the trace counts".into(),
            Some(scope) => format!("Range {}", title(scope)),
        });
    }

    /// The same, leaving the history as it is.
    pub fn enter_scope(self, scope: Option<TimeScope>) {
        if self.scope.get_untracked() != scope {
            self.scope.set(scope);
        }
    }

    /// Makes the time of something the range.
    pub fn use_as_range(self, time: (f64, f64)) {
        self.set_scope(TimeScope::around(time));
        self.panel.set(true);
    }

    /// A link's range ends with the trace; one that lies beyond it is none.
    pub fn keep_scope_within(self) {
        let last = self.limits().end.ceil() as u64;
        let scope = self.scope.get_untracked();
        self.enter_scope(scope.and_then(|scope| TimeScope::new(scope.start, scope.end.min(last))));
    }

    /// Zooms to the range.
    pub fn fit_scope(self) {
        if let Some(scope) = self.scope.get_untracked() {
            let (start, end) = scope.times();
            self.fit(start, end);
        }
    }

    /// The range that the timeline shows: the one that is being selected, or the selected one.
    pub fn range_to_draw(self) -> Option<(f64, f64)> {
        let scope = self.scope.get_untracked();
        self.drawn_range
            .get_untracked()
            .or(scope.map(TimeScope::times))
    }

    /// Whether a double click in the range zooms to it: not once it is what is seen.
    pub fn is_scope_to_zoom(self, view: View) -> bool {
        let scope = self.scope.get_untracked();
        scope.is_some_and(|scope| (scope.length() as f64) < view.width() * ZOOMED)
    }
}

/// A range that takes this much of the view is zoomed to already.
const ZOOMED: f64 = 0.8;

/// A range in words: "1.2 ms – 3.4 ms".
pub fn title(scope: TimeScope) -> String {
    let words = |nanos: u64| format::duration(Nanos(i64::try_from(nanos).unwrap_or(i64::MAX)));
    format!("{} – {}", words(scope.start), words(scope.end))
}

/// The same to the nanosecond.
pub fn exactly(scope: TimeScope) -> String {
    let words = |nanos: u64| format::exact(Nanos(i64::try_from(nanos).unwrap_or(i64::MAX)));
    format!("{} – {}", words(scope.start), words(scope.end))
}
