//! The time axis and the marks, in addresses: `axis=utc`, `axis=origin&origin=NS`, `marks=NAME@NS,NAME@NS`.

use tracepane_timeline::mark::{MAX_MARKS, clean_name};

use super::text::{Printer, Query, decode, encode};
use super::timeline::number;
use crate::protocol::{AxisChoice, AxisName, MarkAt};

/// No list of marks is longer than this, in bytes.
const LONGEST: usize = 8192;

pub(super) fn print(axis: AxisChoice, marks: &[MarkAt], text: &mut Printer) {
    let name = match axis.name {
        AxisName::Start => None,
        AxisName::Origin => Some("origin"),
        AxisName::Local => Some("local"),
        AxisName::Utc => Some("utc"),
    };
    text.maybe("axis", name);
    if axis.origin != 0.0 {
        text.pair("origin", &number(axis.origin));
    }
    if !marks.is_empty() {
        let marks = marks.iter().take(MAX_MARKS).map(|mark| {
            let mut text = String::new();
            // What separates marks must not stand in a name.
            for part in mark.name.split_inclusive(',') {
                let (part, comma) = match part.strip_suffix(',') {
                    Some(part) => (part, "%2C"),
                    None => (part, ""),
                };
                encode(part, &mut text);
                text.push_str(comma);
            }
            text.push('@');
            text.push_str(&number(mark.time));
            text
        });
        text.pair("marks", &marks.collect::<Vec<_>>().join(","));
    }
}

pub(super) fn parse_axis(query: &Query<'_>) -> AxisChoice {
    let origin = query
        .value("origin")
        .and_then(|text| text.parse::<f64>().ok())
        .filter(|origin| origin.is_finite() && *origin >= 0.0);
    let name = match query.value("axis").as_deref() {
        Some("origin") => AxisName::Origin,
        Some("local") => AxisName::Local,
        Some("utc") => AxisName::Utc,
        _ => AxisName::Start,
    };
    AxisChoice {
        name,
        origin: origin.unwrap_or_default(),
    }
}

pub(super) fn parse_marks(query: &Query<'_>) -> Vec<MarkAt> {
    let text = query.value("marks").filter(|text| text.len() <= LONGEST);
    let text = text.unwrap_or_default();
    let marks = text.split(',').filter_map(|mark| {
        let (name, time) = mark.rsplit_once('@')?;
        let time = time.parse::<f64>().ok()?;
        let name = clean_name(&decode(name))?;
        (time.is_finite() && time >= 0.0).then_some(MarkAt { name, time })
    });
    marks.take(MAX_MARKS).collect()
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use crate::address::{Address, Timeline};
    use crate::protocol::{AxisChoice, AxisName, MarkAt};

    fn mark(name: &str, time: f64) -> MarkAt {
        MarkAt {
            name: name.into(),
            time,
        }
    }

    #[track_caller]
    fn check(timeline: Timeline, text: &str) {
        let address = Address::Timeline(timeline);
        assert_eq!(address.print(), text);
        assert_eq!(Address::parse(text), Some(address));
    }

    #[test]
    fn the_axis_and_marks_are_read_back() {
        check(
            Timeline {
                axis: AxisChoice {
                    name: AxisName::Origin,
                    origin: 1500.0,
                },
                marks: vec![mark("A", 0.0), mark("slow one", 12_345.0)],
                ..Timeline::WHOLE
            },
            "#/timeline?axis=origin&origin=1500&marks=A%400,slow%2520one%4012345",
        );
        for name in [AxisName::Local, AxisName::Utc] {
            let timeline = Timeline {
                axis: AxisChoice { name, origin: 7.0 },
                ..Timeline::WHOLE
            };
            let address = Address::Timeline(timeline);
            assert_eq!(Address::parse(&address.print()), Some(address));
        }
        // Names may have anything in them.
        for name in ["a,b@1", "<b>&=%2C", "\u{1F600} ä", ",", "@", "100%"] {
            let address = Address::Timeline(Timeline {
                marks: vec![mark(name, 5.0), mark("z", 6.0)],
                ..Timeline::WHOLE
            });
            assert_eq!(Address::parse(&address.print()), Some(address), "{name}");
        }
    }

    #[test]
    fn what_is_odd_or_too_much_is_left_out() {
        let marks = |text: &str| match Address::parse(&format!("#/timeline?marks={text}")) {
            Some(Address::Timeline(timeline)) => timeline.marks,
            other => panic!("{other:?}"),
        };
        assert_eq!(
            marks("A@1,B,@3,C@x,D@-4,E@NaN,F@6"),
            [mark("A", 1.0), mark("F", 6.0)]
        );
        assert_eq!(marks(&vec!["m@1"; 500].join(",")).len(), 32);
        assert_eq!(marks(&"m@1,".repeat(5000)), []);
        let long = format!("{}@1", "x".repeat(999));
        assert_eq!(marks(&long)[0].name.len(), 40);
        let axis = Address::parse("#/timeline?axis=moon&origin=-5");
        assert_eq!(axis, Some(Address::WHOLE));
    }
}
