//! What the timeline's lanes are arranged by, in addresses.

use tracepane_timeline::unblockers::{DEPTH, MAX_DEPTH};

use super::text::{Printer, Query};
use crate::protocol::LaneView;

/// Writes the pairs that say it; none for the procs.
pub(super) fn print(view: &LaneView, text: &mut Printer) {
    match view {
        LaneView::Procs => {}
        LaneView::Threads => text.pair("view", "threads"),
        LaneView::Goroutine { id, depth } => {
            text.pair("view", "goroutine");
            text.pair("id", id);
            text.pair("depth", &depth.to_string());
        }
        LaneView::Task { id } => {
            text.pair("view", "task");
            text.pair("id", id);
        }
    }
}

/// Reads them; the procs if it does not know what they say.
pub(super) fn parse(query: &Query<'_>) -> LaneView {
    match (query.value("view").as_deref(), query.value("id")) {
        (Some("threads"), _) => LaneView::Threads,
        (Some("goroutine"), Some(id)) => {
            let depth = query.value("depth").and_then(|depth| depth.parse().ok());
            LaneView::Goroutine {
                id,
                depth: depth.map_or(DEPTH, |depth: u32| depth.min(MAX_DEPTH)),
            }
        }
        (Some("task"), Some(id)) => LaneView::Task { id },
        _ => LaneView::Procs,
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;
    use crate::address::Address;

    #[track_caller]
    fn check(view: LaneView, text: &str) {
        let address = Address::lanes(view);
        assert_eq!(address.print(), text);
        assert_eq!(Address::parse(text), Some(address));
    }

    #[test]
    fn each_arrangement_has_an_address() {
        check(LaneView::Procs, "#/timeline");
        check(LaneView::Threads, "#/timeline?view=threads");
        check(
            LaneView::Goroutine {
                id: "17".into(),
                depth: 0,
            },
            "#/timeline?view=goroutine&id=17&depth=0",
        );
        check(
            LaneView::Task { id: "5".into() },
            "#/timeline?view=task&id=5",
        );
    }

    #[test]
    fn what_is_missing_or_too_much_is_made_good() {
        let read = |text: &str| match Address::parse(text) {
            Some(Address::Timeline(timeline)) => timeline.view,
            other => panic!("{other:?}"),
        };
        let asked = |depth| LaneView::Goroutine {
            id: "-3".into(),
            depth,
        };
        assert_eq!(read("#/timeline?view=goroutine&id=-3"), asked(DEPTH));
        let deep = "#/timeline?view=goroutine&id=-3&depth=4294967295";
        assert_eq!(read(deep), asked(MAX_DEPTH));
        let odd = "#/timeline?view=goroutine&id=-3&depth=x";
        assert_eq!(read(odd), asked(DEPTH));
        for procs in [
            "#/timeline?view=goroutine",
            "#/timeline?view=task",
            "#/timeline?view=x",
        ] {
            assert_eq!(read(procs), LaneView::Procs);
        }
    }
}
