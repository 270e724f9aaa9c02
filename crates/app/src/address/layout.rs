//! How the lanes were changed by hand, in addresses: few short pairs, none for what is as it was opened.

use super::text::{Printer, Query};
use crate::protocol::{LaneLayout, LaneSort};

/// No more lanes than this are read from each pair.
const MAX_NAMES: usize = 40;

/// No lane's name is longer.
const MAX_NAME: usize = 24;

/// No filter is longer.
const MAX_FILTER: usize = 500;

/// Between names, and between a lane that was moved and the one that comes after it. An address needs no escape for
/// either, and no name has them.
const BETWEEN: char = '.';
const BEFORE: char = '~';

/// Writes the pairs that say it.
pub(super) fn print(layout: &LaneLayout, by_function: bool, text: &mut Printer) {
    let mut names = |key: &str, names: &[String]| {
        if !names.is_empty() {
            text.pair(key, &names.join("."));
        }
    };
    names("pin", &layout.pins);
    names("hide", &layout.hidden);
    names("stacks", &layout.opened);
    let moves: Vec<String> = (layout.moves.iter())
        .map(|(lane, before)| format!("{lane}{BEFORE}{}", before.as_deref().unwrap_or_default()))
        .collect();
    names("move", &moves);
    names("flip", &layout.toggled);
    if layout.sort != LaneSort::Usual {
        text.pair("order", layout.sort.key());
    }
    if let Some(folded) = layout.folded {
        text.pair("fold", if folded { "all" } else { "none" });
    }
    if !layout.filter.is_empty() {
        text.pair("lanes", &layout.filter);
    }
    if by_function {
        text.pair("color", "function");
    }
}

/// Reads them: how the lanes are, and whether procs are coloured by function.
pub(super) fn parse(query: &Query<'_>) -> (LaneLayout, bool) {
    let names = |key: &str| -> Vec<String> {
        let text = query.value(key).unwrap_or_default();
        let names = text.split(BETWEEN).filter(|name| is_name(name));
        names.take(MAX_NAMES).map(str::to_owned).collect()
    };
    let moves = query.value("move").unwrap_or_default();
    let moves = moves.split(BETWEEN).filter_map(|step| {
        let (lane, before) = step.split_once(BEFORE)?;
        let before = match before {
            "" => None,
            before => Some(before.to_owned()).filter(|before| is_name(before)),
        };
        is_name(lane).then(|| (lane.to_owned(), before))
    });
    let sort = query.value("order");
    let sort = LaneSort::ALL
        .into_iter()
        .find(|known| Some(known.key()) == sort.as_deref());
    let filter = query.value("lanes").unwrap_or_default();
    let layout = LaneLayout {
        pins: names("pin"),
        hidden: names("hide"),
        moves: moves.take(MAX_NAMES).collect(),
        opened: names("stacks"),
        sort: sort.unwrap_or_default(),
        folded: match query.value("fold").as_deref() {
            Some("all") => Some(true),
            Some("none") => Some(false),
            _ => None,
        },
        toggled: names("flip"),
        filter: filter.chars().take(MAX_FILTER).collect(),
    };
    let by_function = query.value("color").as_deref() == Some("function");
    (layout, by_function)
}

fn is_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    !name.is_empty() && name.len() <= MAX_NAME && name.chars().all(plain)
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;
    use crate::address::{Address, Timeline};

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn what_was_changed_by_hand_survives() {
        let layout = LaneLayout {
            pins: names(&["g17", "gc", "f12ab"]),
            hidden: names(&["g-3"]),
            moves: vec![("g3".into(), Some("g5".into())), ("f12ab".into(), None)],
            opened: names(&["g17"]),
            sort: LaneSort::Running,
            folded: Some(true),
            toggled: names(&["procs"]),
            filter: "fn:net/http running > 1ms & more".into(),
        };
        let address = Address::Timeline(Timeline {
            layout,
            by_function: true,
            ..Timeline::WHOLE
        });
        let text = address.print();
        assert!(
            text.starts_with("#/timeline?pin=g17.gc.f12ab&hide=g-3&stacks=g17&move=g3~g5.f12ab~&flip=procs&order=running&fold=all&lanes="),
            "{text}"
        );
        assert_eq!(Address::parse(&text), Some(address));
    }

    #[test]
    fn what_is_no_name_is_left_out() {
        let long = "x".repeat(25);
        let text =
            format!("#/timeline?pin=g1.<b>..{long}.g2&move=a.b~<.c~d&order=x&fold=x&color=x");
        let Some(Address::Timeline(timeline)) = Address::parse(&text) else {
            panic!("{text}");
        };
        let expected = LaneLayout {
            pins: names(&["g1", "g2"]),
            moves: vec![("b".into(), None), ("c".into(), Some("d".into()))],
            ..LaneLayout::AS_OPENED
        };
        assert_eq!((timeline.layout, timeline.by_function), (expected, false));
        let many = format!("#/timeline?pin={}", vec!["g1"; 1000].join("."));
        let Some(Address::Timeline(timeline)) = Address::parse(&many) else {
            panic!("an address");
        };
        assert_eq!(timeline.layout.pins.len(), MAX_NAMES);
    }
}
