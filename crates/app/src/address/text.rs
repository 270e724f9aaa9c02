//! Addresses piece by piece: steps of a path and pairs of a query, percent-encoded.

use std::fmt::Write as _;

use super::Order;

/// Writes an address piece by piece.
pub(super) struct Printer {
    pub(super) text: String,
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
    pub(super) fn path(&mut self, step: &str) {
        self.text.push('/');
        encode(step, &mut self.text);
    }

    pub(super) fn pair(&mut self, key: &str, value: &str) {
        self.text.push(std::mem::replace(&mut self.mark, '&'));
        self.text.push_str(key);
        self.text.push('=');
        encode(value, &mut self.text);
    }

    /// The pair, if there is a value.
    pub(super) fn maybe(&mut self, key: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.pair(key, value);
        }
    }

    pub(super) fn order(&mut self, order: &Order) {
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

/// What stands behind the `?` of an address.
pub(super) struct Query<'a> {
    pairs: Vec<(&'a str, String)>,
}

impl<'a> Query<'a> {
    pub(super) fn read(text: &'a str) -> Self {
        Self {
            pairs: text
                .split('&')
                .filter_map(|pair| pair.split_once('='))
                .map(|(key, value)| (key, decode(value)))
                .collect(),
        }
    }

    /// The first value with this key.
    pub(super) fn value(&self, key: &str) -> Option<String> {
        let found = self.pairs.iter().find(|(name, _)| *name == key);
        found.map(|(_, value)| value.clone())
    }

    /// Whether the value with this key is `1`.
    pub(super) fn is_set(&self, key: &str) -> bool {
        self.value(key).as_deref() == Some("1")
    }

    pub(super) fn order(&self) -> Order {
        Order {
            sort: self.value("sort"),
            descending: self.is_set("desc"),
            filter: self.value("filter").unwrap_or_default(),
        }
    }
}

/// Percent-encodes what would be read as something else, or would not survive being pasted.
pub(super) fn encode(text: &str, into: &mut String) {
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

pub(super) fn decode(text: &str) -> String {
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
