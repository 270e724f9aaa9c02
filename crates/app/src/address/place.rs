//! An address with the part of time that the page is about: what stands behind the `#` as a whole.

use super::Address;
use super::text::Query;
use crate::protocol::{FilePart, TimeScope};

/// A view, and the part of time that it is asked about.
#[derive(Clone, PartialEq, Debug)]
pub struct Place {
    /// The view.
    pub address: Address,
    /// The part of time; all of it if `None`.
    pub scope: Option<TimeScope>,
    /// The part of the file that is open; all of it if `None`.
    pub part: Option<FilePart>,
}

impl Place {
    /// As text, beginning with `#/`.
    pub fn print(&self) -> String {
        let mut text = self.address.print();
        if let Some(TimeScope { start, end }) = self.scope {
            let mark = if text.contains('?') { '&' } else { '?' };
            text.push_str(&format!("{mark}scope={start}-{end}"));
        }
        if let Some(part) = self.part {
            let mark = if text.contains('?') { '&' } else { '?' };
            text.push_str(&format!("{mark}part={}", part.print()));
        }
        text
    }

    /// Reads what [`print`](Self::print) wrote. A part of time that is none is left out.
    pub fn parse(text: &str) -> Option<Self> {
        let address = Address::parse(text)?;
        let query = text.split_once('?').map_or("", |(_, query)| query);
        let query = Query::read(query);
        let part = query.value("part");
        let part = part.as_deref().and_then(FilePart::parse);
        let scope = query.value("scope");
        let scope = scope.as_deref().and_then(|scope| {
            let (start, end) = scope.split_once('-')?;
            TimeScope::new(start.parse().ok()?, end.parse().ok()?)
        });
        Some(Self {
            address,
            scope,
            part,
        })
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;
    use crate::address::Tab;
    use crate::protocol::{GoroutinesOf, LONGEST_FILTER};

    #[test]
    fn the_scope_stands_in_every_address() {
        let scope = TimeScope::new(1_200_000, 3_400_000);
        for address in Tab::SHOWN.map(Tab::address).into_iter().chain([
            Address::group("main.run?a=b&c".into()),
            Address::Goroutine { id: "17".into() },
            Address::goroutines(GoroutinesOf::default()),
            Address::Help {
                section: Some("gc".into()),
            },
        ]) {
            for (scope, part) in [
                (None, None),
                (scope, None),
                (None, FilePart::new(3, 3)),
                (scope, FilePart::new(1, 40)),
            ] {
                let place = Place {
                    address: address.clone(),
                    scope,
                    part,
                };
                assert_eq!(Place::parse(&place.print()), Some(place));
            }
        }
        let place = Place {
            address: Address::WHOLE,
            scope,
            part: FilePart::new(2, 4),
        };
        assert_eq!(place.print(), "#/timeline?scope=1200000-3400000&part=2-4");
        let place = Place {
            address: Address::group("a".into()),
            scope,
            part: None,
        };
        assert_eq!(place.print(), "#/goroutines?group=a&scope=1200000-3400000");
    }

    #[test]
    fn what_is_no_scope_is_left_out() {
        let scope = |text: &str| {
            let place = Place::parse(&format!("#/logs?scope={text}"));
            place.and_then(|place| place.scope)
        };
        for odd in ["", "-", "5", "5-5", "6-5", "a-b", "-1-5", "1-2-3", "1.5-2"] {
            assert_eq!(scope(odd), None, "{odd:?}");
        }
        assert_eq!(
            scope("0-18446744073709551615"),
            TimeScope::new(0, LONGEST_FILTER)
        );
        assert_eq!(Place::parse("#/nothing?scope=1-2"), None);
    }
}
