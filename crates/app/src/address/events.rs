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

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use crate::address::{Address, Order};
    use crate::protocol::{EventsOf, Table};

    fn events(of: EventsOf) -> Address {
        Address::Events {
            of,
            order: Order::default(),
        }
    }

    #[test]
    fn what_is_printed_is_read_back() {
        for (of, text) in [
            (EventsOf::default(), "#/events"),
            (
                EventsOf {
                    start: Some(5),
                    end: Some(1_000_000),
                    types: vec!["Log".into(), "TaskBegin".into()],
                    goroutine: Some("17".into()),
                    text: String::new(),
                },
                "#/events?start=5&end=1000000&type=Log,TaskBegin&g=17",
            ),
        ] {
            let address = events(of);
            assert_eq!(address.print(), text);
            assert_eq!(Address::parse(text), Some(address));
        }
    }

    #[test]
    fn views_between_nanoseconds_are_widened() {
        let of = EventsOf {
            start: Some(1),
            end: Some(3),
            ..EventsOf::default()
        };
        assert_eq!(
            Address::parse("#/events?start=1.7&end=2.1"),
            Some(events(of))
        );
        for odd in ["start=-1&end=NaN", "start=&end=x", "type=,,"] {
            let address = Address::parse(&format!("#/events?{odd}"));
            assert_eq!(address, Some(events(EventsOf::default())), "{odd}");
        }
    }

    #[test]
    fn the_filter_is_the_text_of_the_events() {
        let address = Address::parse("#/events?filter=chan&start=5");
        let table = address.as_ref().and_then(Address::table);
        let of = EventsOf {
            start: Some(5),
            text: "chan".into(),
            ..EventsOf::default()
        };
        assert_eq!(table.map(|(table, _)| table), Some(Table::Events(of)));
    }
}
