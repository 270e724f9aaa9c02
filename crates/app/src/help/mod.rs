//! The help as data: sections of short texts, colours, code and links. Pure; the page only lays it out.

mod find;
mod read;
mod record;
pub mod snippets;
mod views;

use snippets::Snippet;

/// A section; its id is its address.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Section {
    /// What stands in addresses.
    pub id: &'static str,
    /// The heading.
    pub title: &'static str,
    /// What it says.
    pub parts: &'static [Part],
}

/// A part of a section. In texts, what stands between backticks is code.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Part {
    /// A paragraph.
    Text(&'static str),
    /// Short points.
    Points(&'static [&'static str]),
    /// Steps, in order.
    Steps(&'static [&'static str]),
    /// Words and what they mean.
    Terms(&'static [(&'static str, &'static str)]),
    /// Colours: the state's key, its name, what it means.
    Colours(&'static [(&'static str, &'static str, &'static str)]),
    /// Code to copy.
    Code(Snippet),
    /// Where to look: names and addresses.
    Links(&'static [(&'static str, &'static str)]),
}

/// A chapter: sections under one heading.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Chapter {
    /// The heading.
    pub title: &'static str,
    /// The sections.
    pub sections: &'static [Section],
}

/// All of the help, in reading order.
pub const CHAPTERS: [Chapter; 4] = [
    Chapter {
        title: "Read a trace",
        sections: read::SECTIONS,
    },
    Chapter {
        title: "The views",
        sections: views::SECTIONS,
    },
    Chapter {
        title: "Find",
        sections: find::SECTIONS,
    },
    Chapter {
        title: "Record a trace",
        sections: record::SECTIONS,
    },
];

/// All sections.
pub fn sections() -> impl Iterator<Item = &'static Section> {
    CHAPTERS.iter().flat_map(|chapter| chapter.sections)
}

/// A text cut at its backticks: pieces, and whether each is code.
pub fn pieces(text: &'static str) -> impl Iterator<Item = (&'static str, bool)> {
    let cut = text.split('`').enumerate();
    cut.map(|(place, piece)| (piece, place % 2 == 1))
        .filter(|(piece, _)| !piece.is_empty())
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use std::collections::HashSet;

    use super::*;
    use crate::address::Address;
    use crate::states;

    fn texts(part: &Part) -> Vec<&'static str> {
        match *part {
            Part::Text(text) => vec![text],
            Part::Points(points) | Part::Steps(points) => points.to_vec(),
            Part::Terms(terms) => terms.iter().flat_map(|&(a, b)| [a, b]).collect(),
            Part::Colours(rows) => rows.iter().flat_map(|&(_, a, b)| [a, b]).collect(),
            Part::Code(_) => Vec::new(),
            Part::Links(links) => links.iter().map(|&(name, _)| name).collect(),
        }
    }

    #[test]
    fn sections_have_ids_of_their_own() {
        let mut ids = HashSet::new();
        for section in sections() {
            assert!(ids.insert(section.id), "{} twice", section.id);
            let plain = |c: char| c.is_ascii_lowercase() || c == '-';
            assert!(section.id.chars().all(plain), "{}", section.id);
            assert!(!section.parts.is_empty(), "{} is empty", section.id);
        }
    }

    #[test]
    fn texts_are_whole() {
        for section in sections() {
            for text in section.parts.iter().flat_map(texts) {
                assert_eq!(text.matches('`').count() % 2, 0, "{text}");
                assert_eq!(text.trim(), text);
                assert!(!text.contains("  "), "{text}");
            }
        }
    }

    #[test]
    fn links_lead_somewhere() {
        for section in sections() {
            for part in section.parts {
                let Part::Links(links) = part else { continue };
                for (name, to) in *links {
                    let address = Address::parse(to);
                    assert!(address.is_some(), "{name}: {to}");
                    assert_eq!(address.map(|a| a.print()).as_deref(), Some(*to), "{name}");
                }
            }
        }
    }

    #[test]
    fn every_state_is_explained_and_has_a_colour() {
        let known: HashSet<&str> = states::colors(tracepane_timeline::palette::Theme::Light)
            .into_iter()
            .map(|(key, _)| key)
            .collect();
        let mut explained = HashSet::new();
        for part in sections().flat_map(|section| section.parts) {
            let Part::Colours(rows) = part else { continue };
            for (key, ..) in *rows {
                assert!(known.contains(key), "{key}");
                explained.insert(*key);
            }
        }
        for key in known {
            assert!(explained.contains(key) || key == "dead", "{key}");
        }
    }

    #[test]
    fn code_is_cut_out_of_texts() {
        let cut: Vec<_> = pieces("press `W` or `S`").collect();
        assert_eq!(
            cut,
            [("press ", false), ("W", true), (" or ", false), ("S", true)]
        );
    }
}
