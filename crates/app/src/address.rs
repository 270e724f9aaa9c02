//! Addresses of views: what stands behind the `#` of the page's address. Pure: text in, text out.

use std::fmt::Write as _;

use crate::protocol::{ProfileName, ProfileOf, Selection, Table};

/// What the page shows.
#[derive(Clone, PartialEq, Debug)]
pub enum Address {
    /// The timeline.
    Timeline {
        /// From when to when, ns; the whole trace if `None`.
        range: Option<(f64, f64)>,
        /// What is selected.
        selection: Option<Selection>,
    },
    /// The groups of goroutines, or the goroutines of one group.
    Goroutines {
        /// The group's name.
        group: Option<String>,
        /// How the table is sorted and filtered.
        order: Order,
    },
    /// One goroutine.
    Goroutine {
        /// The runtime's number, as text.
        id: String,
    },
    /// The heaviest stacks of a profile.
    Profile {
        /// Which profile.
        of: ProfileOf,
        /// How the table is sorted and filtered.
        order: Order,
    },
}

/// How a table is sorted and filtered.
#[derive(Clone, PartialEq, Eq, Hash, Default, Debug)]
pub struct Order {
    /// The key of the column; the table's own order if `None`.
    pub sort: Option<String>,
    /// Largest first.
    pub descending: bool,
    /// Only rows with this text.
    pub filter: String,
}

/// The three tabs of the header.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tab {
    /// The timeline.
    Timeline,
    /// Tables of goroutines and a goroutine's page.
    Goroutines,
    /// The four profiles.
    Profiles,
}

impl Address {
    /// The timeline of the whole trace, with nothing selected.
    pub const WHOLE: Self = Self::Timeline {
        range: None,
        selection: None,
    };

    /// The table of all groups.
    pub fn groups() -> Self {
        Self::Goroutines {
            group: None,
            order: Order::default(),
        }
    }

    /// The goroutines of a group.
    pub fn group(name: String) -> Self {
        Self::Goroutines {
            group: Some(name),
            order: Order::default(),
        }
    }

    /// A profile of all goroutines.
    pub fn profile(kind: ProfileName) -> Self {
        Self::Profile {
            of: ProfileOf {
                kind,
                group: None,
                complete: false,
            },
            order: Order::default(),
        }
    }

    /// The tab that this is a part of.
    pub fn tab(&self) -> Tab {
        match self {
            Self::Timeline { .. } => Tab::Timeline,
            Self::Goroutines { .. } | Self::Goroutine { .. } => Tab::Goroutines,
            Self::Profile { .. } => Tab::Profiles,
        }
    }

    /// The table that this shows, if it is one, and how it is ordered.
    pub fn table(&self) -> Option<(Table, &Order)> {
        match self {
            Self::Goroutines { group: None, order } => Some((Table::Groups, order)),
            Self::Goroutines { group, order } => Some((
                Table::Goroutines {
                    group: group.clone(),
                },
                order,
            )),
            Self::Profile { of, order } => Some((Table::Profile(of.clone()), order)),
            Self::Timeline { .. } | Self::Goroutine { .. } => None,
        }
    }

    /// The same, ordered differently; itself if it has no table.
    pub fn ordered(&self, order: Order) -> Self {
        match self {
            Self::Goroutines { group, .. } => Self::Goroutines {
                group: group.clone(),
                order,
            },
            Self::Profile { of, .. } => Self::Profile {
                of: of.clone(),
                order,
            },
            other => other.clone(),
        }
    }

    /// As text, beginning with `#/`.
    pub fn print(&self) -> String {
        let mut text = Printer::default();
        match self {
            Self::Timeline { range, selection } => {
                text.path("timeline");
                if let Some((start, end)) = range {
                    text.pair("start", &number(*start));
                    text.pair("end", &number(*end));
                }
                if let Some(selection) = selection {
                    text.pair("sel", &print_selection(*selection));
                }
            }
            Self::Goroutines { group, order } => {
                text.path("goroutines");
                if let Some(group) = group {
                    text.pair("group", group);
                }
                text.order(order);
            }
            Self::Goroutine { id } => {
                text.path("goroutine");
                text.path(id);
            }
            Self::Profile { of, order } => {
                text.path("profiles");
                text.path(of.kind.key());
                if let Some(group) = &of.group {
                    text.pair("group", group);
                }
                if of.complete {
                    text.pair("complete", "1");
                }
                text.order(order);
            }
        }
        text.text
    }

    /// Reads what [`print`](Self::print) wrote, with or without its `#`. What it does not know it leaves out;
    /// `None` if it knows nothing of it.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.strip_prefix('#').unwrap_or(text);
        let (path, query) = text.split_once('?').unwrap_or((text, ""));
        let pairs: Vec<(&str, String)> = query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(key, value)| (key, decode(value)))
            .collect();
        let value = |key: &str| {
            let found = pairs.iter().find(|(name, _)| *name == key);
            found.map(|(_, value)| value.clone())
        };
        let order = || Order {
            sort: value("sort"),
            descending: value("desc").as_deref() == Some("1"),
            filter: value("filter").unwrap_or_default(),
        };
        let mut steps = path.split('/').filter(|step| !step.is_empty());
        Some(match (steps.next()?, steps.next()) {
            ("timeline", _) => Self::Timeline {
                range: value("start")
                    .zip(value("end"))
                    .and_then(|(start, end)| parse_range(&start, &end)),
                selection: value("sel").and_then(|text| parse_selection(&text)),
            },
            ("goroutines", _) => Self::Goroutines {
                group: value("group"),
                order: order(),
            },
            ("goroutine", Some(id)) => Self::Goroutine { id: decode(id) },
            ("profiles", kind) => Self::Profile {
                of: ProfileOf {
                    kind: match kind {
                        None => ProfileName::ALL[0],
                        Some(key) => ProfileName::from_key(key)?,
                    },
                    group: value("group"),
                    complete: value("complete").as_deref() == Some("1"),
                },
                order: order(),
            },
            _ => return None,
        })
    }
}

/// Writes an address piece by piece.
struct Printer {
    text: String,
    mark: char,
}

impl Default for Printer {
    fn default() -> Self {
        Self {
            text: String::from("#"),
            mark: '?',
        }
    }
}

impl Printer {
    fn path(&mut self, step: &str) {
        self.text.push('/');
        encode(step, &mut self.text);
    }

    fn pair(&mut self, key: &str, value: &str) {
        self.text.push(std::mem::replace(&mut self.mark, '&'));
        self.text.push_str(key);
        self.text.push('=');
        encode(value, &mut self.text);
    }

    fn order(&mut self, order: &Order) {
        let Order {
            sort,
            descending,
            filter,
        } = order;
        if let Some(sort) = sort {
            self.pair("sort", sort);
        }
        if *descending {
            self.pair("desc", "1");
        }
        if !filter.is_empty() {
            self.pair("filter", filter);
        }
    }
}

/// Nanoseconds, to the thousandth.
fn number(nanos: f64) -> String {
    let text = format!("{nanos:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn parse_range(start: &str, end: &str) -> Option<(f64, f64)> {
    let (start, end): (f64, f64) = (start.parse().ok()?, end.parse().ok()?);
    (start.is_finite() && end.is_finite() && start < end).then_some((start, end))
}

fn print_selection(selection: Selection) -> String {
    match selection {
        Selection::Span(at) => format!("span:{at}"),
        Selection::Range(at) => format!("range:{at}"),
        Selection::Region(at) => format!("region:{at}"),
        Selection::Goroutine(at) => format!("goroutine:{at}"),
        Selection::Group(at) => format!("group:{at}"),
    }
}

fn parse_selection(text: &str) -> Option<Selection> {
    let (kind, at) = text.split_once(':')?;
    let at = at.parse().ok()?;
    Some(match kind {
        "span" => Selection::Span(at),
        "range" => Selection::Range(at),
        "region" => Selection::Region(at),
        "goroutine" => Selection::Goroutine(at),
        "group" => Selection::Group(at),
        _ => return None,
    })
}

/// Percent-encodes what would be read as something else, or would not survive being pasted.
fn encode(text: &str, into: &mut String) {
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => into.push(byte.into()),
            b'-' | b'_' | b'.' | b'~' | b':' | b',' | b'*' | b'(' | b')' => into.push(byte.into()),
            _ => {
                let _ = write!(into, "%{byte:02X}");
            }
        }
    }
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let code = after
            .get(..2)
            .filter(|_| first == b'%')
            .and_then(|hex| std::str::from_utf8(hex).ok())
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match code {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(address: Address, text: &str) {
        assert_eq!(address.print(), text);
        assert_eq!(Address::parse(text), Some(address.clone()));
        assert_eq!(Address::parse(&text[1..]), Some(address));
    }

    #[test]
    fn what_is_printed_is_read_back() {
        check(Address::WHOLE, "#/timeline");
        check(
            Address::Timeline {
                range: Some((1.5, 2_000_000_000.0)),
                selection: Some(Selection::Span(17)),
            },
            "#/timeline?start=1.5&end=2000000000&sel=span:17",
        );
        check(Address::groups(), "#/goroutines");
        check(
            Address::Goroutines {
                group: Some("main.(*T).run&more=1/x %".into()),
                order: Order {
                    sort: Some("exec".into()),
                    descending: true,
                    filter: "ö?".into(),
                },
            },
            "#/goroutines?group=main.(*T).run%26more%3D1%2Fx%20%25&sort=exec&desc=1&filter=%C3%B6%3F",
        );
        check(Address::Goroutine { id: "17".into() }, "#/goroutine/17");
        check(Address::profile(ProfileName::Net), "#/profiles/net");
        check(
            Address::Profile {
                of: ProfileOf {
                    kind: ProfileName::Sched,
                    group: Some(String::new()),
                    complete: true,
                },
                order: Order::default(),
            },
            "#/profiles/sched?group=&complete=1",
        );
    }

    #[test]
    fn every_selection_survives() {
        for selection in [
            Selection::Span(0),
            Selection::Range(1),
            Selection::Region(u32::MAX),
            Selection::Goroutine(3),
            Selection::Group(4),
        ] {
            assert_eq!(
                parse_selection(&print_selection(selection)),
                Some(selection)
            );
        }
    }

    #[test]
    fn what_is_odd_is_left_out_or_refused() {
        let whole = Some(Address::WHOLE);
        assert_eq!(Address::parse("#/timeline?start=5&end=5"), whole);
        assert_eq!(Address::parse("#/timeline?start=NaN&end=5"), whole);
        assert_eq!(Address::parse("#/timeline?sel=span:-1&x&=&y=%"), whole);
        for nothing in ["", "#", "#/", "#/nothing", "#/goroutine", "#/profiles/heap"] {
            assert_eq!(Address::parse(nothing), None, "{nothing:?}");
        }
        assert_eq!(decode("%zz%4"), "%zz%4");
        assert_eq!(decode("%é%41"), "%éA");
    }
}
