//! What records refer to: dense numbers for ids of any size, and the trace's strings, frames and stacks.

use std::hash::Hash;

use hashbrown::HashMap;

use crate::id::{StackId, StringId};
use crate::limits;
use crate::table::{Frame, Tables};

/// A place that is not taken.
const VACANT: u32 = u32::MAX;

/// From ids to dense numbers: a table for small ids, a map with a keyed hash for all others.
#[derive(Default)]
struct IdMap {
    small: Vec<u32>,
    large: HashMap<u64, u32>,
}

impl IdMap {
    #[inline]
    fn get(&self, id: u64) -> Option<u32> {
        if id < limits::V1_DENSE_IDS {
            let number = *self.small.get(id as usize)?;
            return (number != VACANT).then_some(number);
        }
        self.large.get(&id).copied()
    }

    fn insert(&mut self, id: u64, number: u32) {
        if id >= limits::V1_DENSE_IDS {
            self.large.insert(id, number);
            return;
        }
        let place = id as usize;
        if self.small.len() <= place {
            self.small.resize(place + 1, VACANT);
        }
        self.small[place] = number;
    }
}

/// Numbers ids densely in order of first mention; id 0 is always number 0.
pub struct Numbering {
    numbers: IdMap,
    ids: Vec<u64>,
}

impl Numbering {
    /// Knows only id 0.
    pub fn new() -> Self {
        let mut numbers = IdMap::default();
        numbers.insert(0, 0);
        Self {
            numbers,
            ids: vec![0],
        }
    }

    /// The number of an id, a new one if it is mentioned for the first time.
    #[inline]
    pub fn number(&mut self, id: u64) -> u32 {
        match self.numbers.get(id) {
            Some(number) => number,
            None => {
                let number = self.ids.len() as u32;
                self.ids.push(id);
                self.numbers.insert(id, number);
                number
            }
        }
    }

    /// The number of an id that was mentioned; 0 if it was not.
    #[inline]
    pub fn known(&self, id: u64) -> u32 {
        self.numbers.get(id).unwrap_or(0)
    }

    /// The ids by their numbers.
    pub fn ids(&self) -> &[u64] {
        &self.ids
    }
}

/// What became of a definition.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Defined {
    /// It is in the table.
    Fresh,
    /// The id had a string already, which stays.
    Duplicate,
    /// The table is full.
    Full,
}

/// Strings, frames and stacks while they are read. Strings are named by slots until all are known, because an event
/// may stand in the file before the string it names.
pub struct Symbols<'a> {
    tables: Tables,
    slots: Numbering,
    strings: Vec<StringId>,
    texts: HashMap<&'a [u8], StringId>,
    frames: Vec<[u64; 2]>,
    frame_slots: Vec<[u32; 2]>,
    counters: HashMap<u64, u32>,
    stacks: IdMap,
}

impl<'a> Symbols<'a> {
    /// No symbols but the empty string.
    pub fn new() -> Self {
        Self {
            tables: Tables::new(),
            slots: Numbering::new(),
            strings: vec![StringId::EMPTY],
            texts: HashMap::new(),
            frames: Vec::new(),
            frame_slots: Vec::new(),
            counters: HashMap::new(),
            stacks: IdMap::default(),
        }
    }

    /// The slot of the string with this id, whether it is known yet or not.
    pub fn slot(&mut self, id: u64) -> u32 {
        let slot = self.slots.number(id);
        if self.strings.len() <= slot as usize {
            self.strings.resize(slot as usize + 1, StringId(VACANT));
        }
        slot
    }

    /// Gives a string its id; the first one counts.
    pub fn define_string(&mut self, id: u64, text: &'a [u8]) -> Defined {
        let slot = self.slot(id) as usize;
        if self.strings[slot] != StringId(VACANT) {
            return Defined::Duplicate;
        }
        match self.text(text) {
            Some(string) => {
                self.strings[slot] = string;
                Defined::Fresh
            }
            None => Defined::Full,
        }
    }

    /// The number of a text, the same for equal texts; `None` if the table is full.
    pub fn text(&mut self, text: &'a [u8]) -> Option<StringId> {
        if let Some(known) = self.texts.get(text) {
            return Some(*known);
        }
        // What is no UTF-8 may grow to three times its length, and places are 32 bits wide.
        let room = u64::from(u32::MAX).saturating_sub(self.tables.text.len() as u64);
        if text.len() as u64 > room / 3 {
            return None;
        }
        let string = self.tables.push_string(&String::from_utf8_lossy(text));
        self.texts.insert(text, string);
        Some(string)
    }

    /// The place of the frame with this program counter; the first one seen counts (`parseEvent`, `EvStack`).
    pub fn frame(&mut self, counter: u64, function: u64, file: u64, line: u64) -> u32 {
        if let Some(place) = self.counters.get(&counter) {
            return *place;
        }
        let place = self.frames.len() as u32;
        let slots = [self.slot(function), self.slot(file)];
        self.frames.push([counter, line]);
        self.frame_slots.push(slots);
        self.counters.insert(counter, place);
        place
    }

    /// Gives a stack its id; the last one counts, as in `parseEvent`.
    pub fn define_stack(&mut self, id: u32, frames: &[u32]) {
        let stack = self.tables.push_stack(frames);
        self.stacks.insert(u64::from(id), stack.0);
    }

    /// Ends the reading: resolves the frames' strings. `unknown` is told how many of them were never defined.
    pub fn finish(mut self) -> (Tables, Names, u64) {
        let mut unknown = 0;
        for (&[pc, line], slots) in self.frames.iter().zip(&self.frame_slots) {
            let [function, file] = slots.map(|slot| {
                let string = self.strings[slot as usize];
                if string == StringId(VACANT) {
                    unknown += 1;
                    return StringId::EMPTY;
                }
                string
            });
            self.tables.push_frame(Frame {
                pc,
                function,
                file,
                line,
            });
        }
        let names = Names {
            slots: self.slots,
            strings: self.strings,
            stacks: self.stacks,
        };
        (self.tables, names, unknown)
    }
}

/// From the wire's ids to those of the [`Tables`].
pub struct Names {
    slots: Numbering,
    strings: Vec<StringId>,
    stacks: IdMap,
}

impl Names {
    /// The slot of the string with this id; 0 if none was mentioned.
    pub fn slot(&self, id: u64) -> u32 {
        self.slots.known(id)
    }

    /// The string in a slot, if it was defined.
    pub fn string(&self, slot: u32) -> Option<StringId> {
        let string = *self.strings.get(slot as usize)?;
        (string != StringId(VACANT)).then_some(string)
    }

    /// The stack with this id, if it was defined; 0 is [`StackId::NONE`].
    #[inline]
    pub fn stack(&self, id: u32) -> Option<StackId> {
        if id == 0 {
            return Some(StackId::NONE);
        }
        self.stacks.get(u64::from(id)).map(StackId)
    }
}

/// From a resource's id to its place in a column of [`crate::Resources`], in order of first mention.
pub struct Register<T> {
    places: HashMap<T, u32>,
}

impl<T: Copy + Eq + Hash> Register<T> {
    /// Knows what the column holds already.
    pub fn new(column: &[T]) -> Self {
        let places = column.iter().copied().zip(0..).collect();
        Self { places }
    }

    /// The place of an id; appends it if it is new.
    pub fn place(&mut self, column: &mut Vec<T>, id: T) -> u32 {
        *self.places.entry(id).or_insert_with(|| {
            column.push(id);
            column.len() as u32 - 1
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_dense_whatever_the_ids() {
        let mut numbering = Numbering::new();
        assert_eq!(numbering.number(0), 0);
        assert_eq!(numbering.number(u64::MAX), 1);
        assert_eq!(numbering.number(7), 2);
        assert_eq!(numbering.number(u64::MAX), 1);
        assert_eq!(numbering.ids(), [0, u64::MAX, 7]);
    }

    #[test]
    fn a_string_may_be_named_before_it_is_defined() {
        let mut symbols = Symbols::new();
        let slot = symbols.slot(9);
        let frame = symbols.frame(0x10, 9, 8, 3);
        symbols.define_stack(4, &[frame]);
        assert_eq!(symbols.define_string(9, b"main.main"), Defined::Fresh);
        assert_eq!(symbols.define_string(9, b"other"), Defined::Duplicate);
        let (tables, names, unknown) = symbols.finish();
        let string = names.string(slot).expect("defined");
        assert_eq!(tables.string(string), "main.main");
        assert_eq!(unknown, 1, "the file was never defined");
        assert_eq!(names.stack(4), Some(StackId(1)));
        assert_eq!(names.stack(5), None);
        assert_eq!(tables.frames()[0].line, 3);
    }
}
