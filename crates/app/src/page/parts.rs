//! Opening a part of a file: some of its generations, which are a trace by themselves. The part is cut out of the file
//! as the browser has it: nothing is copied, and all that follows takes it for a whole file.

use js_sys::Array;
use leptos::prelude::*;
use tracepane_wire::header::HEADER_BYTES;
use wasm_bindgen::JsValue;
use web_sys::File;

use super::app::{App, Phase, Progress};
use crate::interop::JsResult as _;
use crate::protocol::{Answer, FileContents, FilePart};

impl FileContents {
    /// From where to where a part is in the file, bytes.
    pub fn bytes_of(&self, part: FilePart) -> (f64, f64) {
        let at = |number: u32| self.generations.get(number.saturating_sub(1) as usize);
        let start = at(part.first).map_or(0.0, |generation| generation.offset);
        let end = at(part.last).map_or(start, |last| last.offset + last.bytes);
        (start, end.max(start))
    }

    /// From where to where a part is, as shares of the file's time.
    pub fn time_of(&self, part: FilePart) -> (f64, f64) {
        let at = |number: u32| self.generations.get(number.saturating_sub(1) as usize);
        let start = at(part.first).map_or(0.0, |generation| generation.start);
        (
            start,
            at(part.last).map_or(1.0, |generation| generation.end),
        )
    }

    /// How much memory a part will need, bytes, about.
    pub fn memory_of(&self, part: FilePart) -> f64 {
        let (start, end) = self.bytes_of(part);
        self.need.of(end - start)
    }

    /// Whether there is as much memory as a part will need.
    pub fn fits(&self, part: FilePart) -> bool {
        self.memory_of(part) <= self.memory
    }

    /// All generations.
    pub fn all(&self) -> Option<FilePart> {
        FilePart::new(1, self.generations.len() as u32)
    }

    /// As many generations as fit, from this one on; at least one.
    pub fn that_fit(&self, first: u32) -> Option<FilePart> {
        let all = self.all()?;
        let fits = |last: &u32| FilePart::new(first, *last).is_some_and(|part| self.fits(part));
        let last = (first..=all.last).rev().find(fits).unwrap_or(first);
        FilePart::new(first, last)
    }
}

impl App {
    /// Has the user choose which part of the open file is to be open, or of one that is too large.
    pub fn choose_part(self) {
        if self.contents.with_untracked(Option::is_some) {
            self.show_choice();
            return;
        }
        let Some(file) = self.file.get_value() else {
            return;
        };
        self.ask_contents(self.limits.get_value(), &file, move |answer| {
            if let Ok(Answer::Contents(contents)) = answer {
                self.whole.set_value(self.file.get_value());
                self.contents.set(Some(*contents));
                self.show_choice();
            }
        });
    }

    /// A file is too large.
    pub(super) fn too_large(self, contents: FileContents) {
        self.whole.set_value(self.file.get_value());
        self.contents.set(Some(contents));
        self.show_choice();
    }

    fn show_choice(self) {
        let part = self.part.get_untracked();
        let usual = || {
            self.contents
                .with_untracked(|contents| contents.as_ref().and_then(|known| known.that_fit(1)))
        };
        self.chosen_part.set(part.or_else(usual));
        let open = self.phase.with_untracked(|phase| *phase == Phase::Open);
        self.phase.set(Phase::Choosing { open });
    }

    /// Goes back to what was there before a part was to be chosen.
    pub fn choose_no_part(self) {
        match self.phase.get_untracked() {
            Phase::Choosing { open: true } => self.phase.set(Phase::Open),
            _ => self.cancel(),
        }
    }

    /// Opens a part of the file whose contents are known.
    pub fn open_part(self, part: FilePart) {
        let bytes = self
            .contents
            .with_untracked(|contents| contents.as_ref().map(|known| known.bytes_of(part)));
        let (Some(whole), Some((start, end))) = (self.whole.get_value(), bytes) else {
            return;
        };
        if let Some(cut) = cut(&whole, start, end).or_warn("cutting a part out of the file") {
            let fits = self
                .contents
                .with_untracked(|contents| contents.as_ref().is_some_and(|known| known.fits(part)));
            // What was said to fit is not asked about again.
            self.anyway.set_value(fits);
            self.part.set(Some(part));
            self.open_file(cut);
        }
    }

    /// Opens all of the file after all.
    pub fn open_whole(self, anyway: bool) {
        let Some(whole) = self.whole.get_value() else {
            return;
        };
        self.part.set(None);
        self.anyway.set_value(anyway);
        self.open_file(whole);
    }

    /// Opens the part of a file that a link names; all of it if it has no such part.
    pub(super) fn open_linked_part(self, file: File, part: FilePart) {
        self.fresh_worker();
        self.file.set_value(Some(file.clone()));
        self.file_name.set(file.name());
        self.phase.set(Phase::Opening(Progress {
            total: file.size(),
            step: "Looking for its parts".into(),
            ..Progress::default()
        }));
        let limits = self.limits.get_value();
        let asked = file.clone();
        self.ask_contents(limits, &asked, move |answer| {
            let contents = match answer {
                Ok(Answer::Contents(contents)) => *contents,
                _ => return self.open_file(file),
            };
            let known = part.last as usize <= contents.generations.len();
            self.whole.set_value(Some(file.clone()));
            self.contents.set(Some(contents));
            match known {
                true => self.open_part(part),
                false => self.open_file(file),
            }
        });
    }
}

/// A file of a trace's header and the generations from `start` to `end`.
fn cut(whole: &File, start: f64, end: f64) -> Result<File, JsValue> {
    let header = whole.slice_with_f64_and_f64(0.0, HEADER_BYTES as f64)?;
    let generations = whole.slice_with_f64_and_f64(start, end)?;
    File::new_with_blob_sequence(&Array::of2(&header, &generations), &whole.name())
}

#[cfg(test)]
pub(super) mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;
    use crate::protocol::{FileGeneration, MemoryNeed};

    /// A file of four generations of 100 bytes each.
    pub fn four_generations(need: MemoryNeed, memory: f64) -> FileContents {
        let generation = |i: u32| FileGeneration {
            start: f64::from(i) / 4.0,
            end: f64::from(i + 1) / 4.0,
            offset: 16.0 + 100.0 * f64::from(i),
            bytes: 100.0,
        };
        FileContents {
            generations: (0..4).map(generation).collect(),
            need,
            memory,
        }
    }

    #[test]
    fn parts_are_measured() {
        let need = MemoryNeed {
            fixed: 0.0,
            per_byte: 4.0,
        };
        let contents = four_generations(need, 850.0);
        let part = |first, last| FilePart { first, last };
        assert_eq!(contents.bytes_of(part(2, 3)), (116.0, 316.0));
        assert_eq!(contents.time_of(part(2, 3)), (0.25, 0.75));
        assert_eq!(contents.memory_of(part(2, 3)), 800.0);
        assert_eq!(contents.that_fit(1), Some(part(1, 2)));
        // What is not there has no bytes.
        assert_eq!(contents.bytes_of(part(9, 12)), (0.0, 0.0));
        let nothing = FileContents {
            memory: 1.0,
            ..contents
        };
        assert_eq!(nothing.that_fit(1), Some(part(1, 1)));
    }
}
