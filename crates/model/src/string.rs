//! All text of a trace, each distinct string once.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use crate::column::are_ends;

/// A string of the trace; 0 is the empty one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct StringRef(pub u32);

/// How many bytes all text may have: places in it are 32 bits wide.
const MAX_TEXT: usize = (1 << 31) - 1;

/// The interner: values live only in the columns, the hash table holds places.
#[derive(Clone, Debug)]
pub struct Strings {
    text: String,
    ends: Vec<u32>,
    index: HashTable<u32>,
    hasher: DefaultHashBuilder,
    dropped: u64,
}

/// The same text in the same places.
impl PartialEq for Strings {
    fn eq(&self, other: &Self) -> bool {
        (&self.text, &self.ends, self.dropped) == (&other.text, &other.ends, other.dropped)
    }
}

impl Default for Strings {
    fn default() -> Self {
        Self::new()
    }
}

impl Strings {
    /// An interner that holds the empty string.
    pub fn new() -> Self {
        Self {
            text: String::new(),
            ends: vec![0],
            index: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
            dropped: 0,
        }
    }

    /// The text, and where each string ends in it.
    pub(crate) fn columns(&self) -> (&str, &[u32]) {
        (&self.text, &self.ends)
    }

    /// From [`Self::columns`]; `None` if the ends are none. Only with `index` can it be asked or added to.
    pub(crate) fn from_columns(text: String, ends: Vec<u32>, index: bool) -> Option<Self> {
        let whole = ends.iter().all(|&end| text.is_char_boundary(end as usize));
        if !are_ends(&ends, text.len()) || !whole {
            return None;
        }
        let mut strings = Self {
            text,
            ends,
            ..Self::new()
        };
        if index {
            let Self {
                text,
                ends,
                index,
                hasher,
                ..
            } = &mut strings;
            for place in 1..ends.len() as u32 {
                let hash = hasher.hash_one(text_at(text, ends, place));
                index.insert_unique(hash, place, |&i| hasher.hash_one(text_at(text, ends, i)));
            }
        }
        Some(strings)
    }

    /// How many distinct strings there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether only the empty string is there.
    pub fn is_empty(&self) -> bool {
        self.ends.len() <= 1
    }

    /// The text of `string`; empty if there is none.
    pub fn get(&self, string: StringRef) -> &str {
        text_at(&self.text, &self.ends, string.0)
    }

    /// The place of `text`, which is added if it is new; the empty string's if there is no room ([`Self::dropped`]).
    pub fn intern(&mut self, text: &str) -> StringRef {
        if text.is_empty() {
            return StringRef(0);
        }
        let Self {
            text: all,
            ends,
            index,
            hasher,
            dropped,
        } = self;
        let hash = hasher.hash_one(text);
        if let Some(&found) = index.find(hash, |&i| text_at(all, ends, i) == text) {
            return StringRef(found);
        }
        if text.len() > MAX_TEXT - all.len() {
            *dropped += 1;
            return StringRef(0);
        }
        let place = ends.len() as u32;
        all.push_str(text);
        ends.push(all.len() as u32);
        index.insert_unique(hash, place, |&i| hasher.hash_one(text_at(all, ends, i)));
        StringRef(place)
    }

    /// The place of `text` if the trace has it.
    pub fn find(&self, text: &str) -> Option<StringRef> {
        if text.is_empty() {
            return Some(StringRef(0));
        }
        self.index
            .find(self.hasher.hash_one(text), |&i| {
                text_at(&self.text, &self.ends, i) == text
            })
            .map(|&i| StringRef(i))
    }

    /// How many strings found no room.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Bytes held.
    pub fn heap_bytes(&self) -> usize {
        self.text.capacity() + self.ends.capacity() * 4 + self.index.allocation_size()
    }

    /// All strings with their places.
    pub fn iter(&self) -> impl Iterator<Item = (StringRef, &str)> {
        (0..self.ends.len() as u32).map(|i| (StringRef(i), self.get(StringRef(i))))
    }
}

fn text_at<'a>(text: &'a str, ends: &[u32], place: u32) -> &'a str {
    let i = place as usize;
    if i == 0 || i >= ends.len() {
        return "";
    }
    &text[ends[i - 1] as usize..ends[i] as usize]
}
