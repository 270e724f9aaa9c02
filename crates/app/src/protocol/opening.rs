//! Opening a file: how, what it costs, what is seen meanwhile, and what a file has before it is open.

use serde::{Deserialize, Serialize};

/// How a file is to be opened.
#[derive(Clone, PartialEq, Serialize, Deserialize, Debug)]
pub struct OpenAsk {
    /// The file's name, for titles.
    pub name: String,
    /// What may be used for it.
    pub limits: OpenLimits,
}

/// Generations of a file that follow each other: the first and the last, counted from 1.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Debug)]
pub struct FilePart {
    /// The first.
    pub first: u32,
    /// The last, which is not before it.
    pub last: u32,
}

impl FilePart {
    /// From one generation to another; `None` if there is nothing between them.
    pub fn new(first: u32, last: u32) -> Option<Self> {
        (first >= 1 && first <= last).then_some(Self { first, last })
    }

    /// As it stands in addresses: `3` or `3-7`.
    pub fn print(self) -> String {
        match self.first == self.last {
            true => self.first.to_string(),
            false => format!("{}-{}", self.first, self.last),
        }
    }

    /// Reads what [`Self::print`] wrote.
    pub fn parse(text: &str) -> Option<Self> {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        Self::new(first.parse().ok()?, last.parse().ok()?)
    }
}

/// What opening may use.
#[derive(Clone, Copy, PartialEq, Serialize, Deserialize, Debug)]
pub struct OpenLimits {
    /// How many workers may read at the same time.
    pub readers: u32,
    /// Smaller files are read by one worker, bytes.
    pub least_bytes: f64,
    /// How much memory the trace may have, bytes.
    pub memory: f64,
    /// How much it may have together with the readers, bytes; without bound if the browser does not say what there is.
    pub machine: f64,
}

/// What a file has, as its batch headers tell.
#[derive(Clone, PartialEq, Serialize, Deserialize, Debug)]
pub struct FileContents {
    /// The generations in order; none if no part of it can be opened.
    pub generations: Vec<FileGeneration>,
    /// How much memory the file, or a part of it, will need.
    pub need: MemoryNeed,
    /// How many bytes of memory there are for a trace.
    pub memory: f64,
}

/// How much memory an open trace needs, about.
#[derive(Clone, Copy, PartialEq, Serialize, Deserialize, Debug)]
pub struct MemoryNeed {
    /// Whatever is in it, bytes.
    pub fixed: f64,
    /// For each byte of the file.
    pub per_byte: f64,
}

impl MemoryNeed {
    /// That of so many bytes of the file.
    pub fn of(self, bytes: f64) -> f64 {
        self.fixed + bytes * self.per_byte
    }
}

/// A generation of a file.
#[derive(Clone, Copy, PartialEq, Serialize, Deserialize, Debug)]
pub struct FileGeneration {
    /// Where it begins, as a share of the file's time.
    pub start: f64,
    /// Where it ends, as a share of the file's time.
    pub end: f64,
    /// Where it begins in the file, bytes.
    pub offset: f64,
    /// How many bytes it has.
    pub bytes: f64,
}

/// What opening took.
#[derive(Clone, PartialEq, Default, Serialize, Deserialize, Debug)]
pub struct OpenCost {
    /// How often opening had been rehearsed.
    pub rehearsals: u32,
    /// How many workers read; 0 if the trace's own did.
    pub readers: u32,
    /// Why they did not read to the end, if so.
    pub given_up: Option<String>,
    /// The stages in their order: names and milliseconds.
    pub stages: Vec<(String, f64)>,
}

/// What goroutines did in a part of a file that was read.
#[derive(Clone, PartialEq, Serialize, Deserialize, Debug)]
pub struct Sketch {
    /// From where to where, as shares of the file's time.
    pub range: (f64, f64),
    /// How many goroutines ran, were in system calls, and could have run, in columns of equal time.
    pub columns: Vec<[f32; 3]>,
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn parts_of_files_stand_in_addresses() {
        for (first, last) in [(1, 1), (1, 7), (12, u32::MAX)] {
            let part = FilePart::new(first, last);
            assert!(part.is_some());
            assert_eq!(part.and_then(|part| FilePart::parse(&part.print())), part);
        }
        for odd in ["", "-", "0", "0-3", "3-2", "a", "1-", "-1", "1-2-3"] {
            assert_eq!(FilePart::parse(odd), None, "{odd:?}");
        }
    }
}
