//! The messages of pprof's `profile.proto`, as far as a profile of a trace fills them.

use prost::Message;

/// A profile: `perftools.profiles.Profile`.
#[derive(Clone, PartialEq, Message)]
pub struct Profile {
    /// What each of a sample's values is.
    #[prost(message, repeated, tag = "1")]
    pub sample_type: Vec<ValueType>,
    /// The samples.
    #[prost(message, repeated, tag = "2")]
    pub sample: Vec<Sample>,
    /// The places that samples name.
    #[prost(message, repeated, tag = "4")]
    pub location: Vec<Location>,
    /// The functions that locations name.
    #[prost(message, repeated, tag = "5")]
    pub function: Vec<Function>,
    /// All text; entry 0 is "".
    #[prost(string, repeated, tag = "6")]
    pub string_table: Vec<String>,
    /// How long the profile covers, ns; 0 if it does not say.
    #[prost(int64, tag = "10")]
    pub duration_nanos: i64,
    /// What the period counts.
    #[prost(message, optional, tag = "11")]
    pub period_type: Option<ValueType>,
    /// How many of those lie between two samples.
    #[prost(int64, tag = "12")]
    pub period: i64,
}

/// A kind of value and its unit, as places in [`Profile::string_table`].
#[derive(Clone, Copy, PartialEq, Message)]
pub struct ValueType {
    /// The kind.
    #[prost(int64, tag = "1")]
    pub r#type: i64,
    /// The unit.
    #[prost(int64, tag = "2")]
    pub unit: i64,
}

/// One stack with its values.
#[derive(Clone, PartialEq, Message)]
pub struct Sample {
    /// The stack as [`Location::id`]s, leaf first.
    #[prost(uint64, repeated, tag = "1")]
    pub location_id: Vec<u64>,
    /// One value for each of [`Profile::sample_type`].
    #[prost(int64, repeated, tag = "2")]
    pub value: Vec<i64>,
}

/// A place in the program.
#[derive(Clone, PartialEq, Message)]
pub struct Location {
    /// Its number, from 1.
    #[prost(uint64, tag = "1")]
    pub id: u64,
    /// The program counter.
    #[prost(uint64, tag = "3")]
    pub address: u64,
    /// Its line; one, because traces expand inlined calls.
    #[prost(message, repeated, tag = "4")]
    pub line: Vec<Line>,
}

/// A line of a function.
#[derive(Clone, Copy, PartialEq, Message)]
pub struct Line {
    /// The function's [`Function::id`].
    #[prost(uint64, tag = "1")]
    pub function_id: u64,
    /// The line in its file.
    #[prost(int64, tag = "2")]
    pub line: i64,
}

/// A function; its texts are places in [`Profile::string_table`].
#[derive(Clone, Copy, PartialEq, Message)]
pub struct Function {
    /// Its number, from 1.
    #[prost(uint64, tag = "1")]
    pub id: u64,
    /// Its name.
    #[prost(int64, tag = "2")]
    pub name: i64,
    /// Its name as the linker knows it; the same.
    #[prost(int64, tag = "3")]
    pub system_name: i64,
    /// Its file.
    #[prost(int64, tag = "4")]
    pub filename: i64,
}

impl Profile {
    /// The text at a place of the string table; empty if there is none.
    pub fn text(&self, place: i64) -> &str {
        usize::try_from(place)
            .ok()
            .and_then(|i| self.string_table.get(i))
            .map_or("", String::as_str)
    }

    /// The location with an id, if there is one. Quick for profiles that number their locations 1, 2, 3…
    pub fn location(&self, id: u64) -> Option<&Location> {
        let guess = self.location.get((id as usize).wrapping_sub(1));
        guess
            .filter(|l| l.id == id)
            .or_else(|| self.location.iter().find(|l| l.id == id))
    }

    /// The function with an id, if there is one.
    pub fn function(&self, id: u64) -> Option<&Function> {
        let guess = self.function.get((id as usize).wrapping_sub(1));
        guess
            .filter(|f| f.id == id)
            .or_else(|| self.function.iter().find(|f| f.id == id))
    }
}
