//! The address of a list of events: `start`, `end`, `type`, `g`.

use super::text::{Printer, Query};
use crate::protocol::{EventsOf, LONGEST_FILTER};

pub(super) fn print(of: &EventsOf, text: &mut Printer) {
    let number = |nanos: u64| nanos.to_string();
    text.maybe("start", of.start.map(number).as_deref());
    text.maybe("end", of.end.map(number).as_deref());
    if !of.types.is_empty() {
        text.pair("type", &of.types.join(","));
    }
    text.maybe("g", of.goroutine.as_deref());
}

pub(super) fn parse(query: &Query) -> EventsOf {
    let bound = |key: &str| {
        let nanos: f64 = query.value(key)?.parse().ok()?;
        (nanos.is_finite() && nanos >= 0.0).then_some(nanos)
    };
    // Views of the timeline begin and end between nanoseconds.
    let whole = |nanos: f64| (nanos as u64).min(LONGEST_FILTER);
    let types = query.value("type").unwrap_or_default();
    EventsOf {
        start: bound("start").map(|nanos| whole(nanos.floor())),
        end: bound("end").map(|nanos| whole(nanos.ceil())),
        types: types
            .split(',')
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect(),
        goroutine: query.value("g"),
        text: String::new(),
    }
}
