//! Names that outlive their generation: of tasks, regions and stop-the-world kinds. String ids change with every
//! generation; these do not.

use hashbrown::HashMap;

use crate::id::StringId;
use crate::table::Tables;

const NONE: u32 = u32::MAX;

/// Texts, each once.
#[derive(Clone, Default, Debug)]
pub struct Names {
    texts: Vec<Box<str>>,
    places: HashMap<Box<str>, u32>,
    /// By the current generation's [`StringId`]: the name, if it was asked for.
    of_string: Vec<u32>,
    /// By name: the current generation's string, if it is known.
    strings: HashMap<u32, StringId>,
}

impl Names {
    /// How many bytes it has, about.
    pub fn bytes(&self) -> u64 {
        let texts: u64 = self.texts.iter().map(|text| text.len() as u64).sum();
        2 * texts + 64 * self.texts.len() as u64
    }

    /// A new generation: string ids mean something else now.
    pub fn forget_strings(&mut self) {
        self.of_string.clear();
        self.strings.clear();
    }

    /// The name of a string of the current generation.
    pub fn of(&mut self, string: StringId, tables: &Tables) -> u32 {
        let i = string.0 as usize;
        if let Some(&name) = self.of_string.get(i)
            && name != NONE
        {
            return name;
        }
        let text = tables.string(string);
        let name = match self.places.get(text) {
            Some(&name) => name,
            None => {
                let name = self.texts.len() as u32;
                self.texts.push(text.into());
                self.places.insert(text.into(), name);
                name
            }
        };
        if i >= self.of_string.len() {
            self.of_string.resize(i + 1, NONE);
        }
        self.of_string[i] = name;
        self.strings.entry(name).or_insert(string);
        name
    }

    /// The string of a name in the current generation; it is added to `tables` if it is not there.
    pub fn string(&mut self, name: u32, tables: &mut Tables) -> StringId {
        let text = self.texts.get(name as usize).map_or("", |text| text);
        *self
            .strings
            .entry(name)
            .or_insert_with(|| tables.push_string(text))
    }

    /// The text of a name.
    pub fn text(&self, name: u32) -> &str {
        self.texts.get(name as usize).map_or("", |text| text)
    }
}
