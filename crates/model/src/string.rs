//! All text of a trace, each distinct string once.

use std::hash::{BuildHasher, Hasher};

use hashbrown::HashTable;
use rustc_hash::FxBuildHasher;

/// A string of the trace; 0 is the empty one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct StringRef(pub u32);

/// The interner: values live only in the columns, the hash table holds places.
#[derive(Clone, Default, Debug)]
pub struct Strings {
    text: String,
    ends: Vec<u32>,
    index: HashTable<u32>,
}

impl Strings {
    /// An interner that holds the empty string.
    pub fn new() -> Self {
        Self {
            text: String::new(),
            ends: vec![0],
            index: HashTable::new(),
        }
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

    /// The place of `text`, which is added if it is new.
    pub fn intern(&mut self, text: &str) -> StringRef {
        if text.is_empty() {
            return StringRef(0);
        }
        let Self {
            text: all,
            ends,
            index,
        } = self;
        let hash = hash_of(text);
        if let Some(&found) = index.find(hash, |&i| text_at(all, ends, i) == text) {
            return StringRef(found);
        }
        let place = ends.len() as u32;
        all.push_str(text);
        ends.push(all.len() as u32);
        index.insert_unique(hash, place, |&i| hash_of(text_at(all, ends, i)));
        StringRef(place)
    }

    /// The place of `text` if the trace has it.
    pub fn find(&self, text: &str) -> Option<StringRef> {
        if text.is_empty() {
            return Some(StringRef(0));
        }
        self.index
            .find(hash_of(text), |&i| {
                text_at(&self.text, &self.ends, i) == text
            })
            .map(|&i| StringRef(i))
    }

    /// All strings with their places.
    pub fn iter(&self) -> impl Iterator<Item = (StringRef, &str)> {
        (0..self.ends.len() as u32).map(|i| (StringRef(i), self.get(StringRef(i))))
    }
}

fn hash_of(text: &str) -> u64 {
    let mut hasher = FxBuildHasher.build_hasher();
    hasher.write(text.as_bytes());
    hasher.finish()
}

fn text_at<'a>(text: &'a str, ends: &[u32], place: u32) -> &'a str {
    let i = place as usize;
    if i == 0 || i >= ends.len() {
        return "";
    }
    &text[ends[i - 1] as usize..ends[i] as usize]
}
