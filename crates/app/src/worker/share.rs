//! [`Share`]: what goes to the reader that makes a share of the levels of detail: the first parts, once they are joined.

use js_sys::Array;
use wasm_bindgen::JsValue;
use web_sys::Worker;

use crate::interop::ask_reader;
use crate::protocol::{JoinAsk, ReaderAsk};

/// Which part of a file's bytes is enough: the reader cannot begin before this worker has the last tables, and what it
/// made has to be put together with the rest.
const ENOUGH: f64 = 0.5;

/// With more bytes of the file there is no share: what goes to the reader is in memory twice, and waits until the last
/// part is being read.
const MOST_BYTES: f64 = 320e6;

/// The first parts of a file.
#[derive(Default)]
pub struct Share {
    /// The place of the reader that gets them, once there is one with nothing left to read.
    by: Option<usize>,
    /// What waits for it.
    waiting: Vec<(JoinAsk, Array)>,
    /// How many bytes of the file they have, and how many rows.
    bytes: f64,
    rows: usize,
    is_over: bool,
}

impl Share {
    /// The share of a file of so many bytes, if it is worth it: so many readers may work at the same time.
    pub fn of(bytes: f64, readers: usize) -> Self {
        Self {
            is_over: bytes > MOST_BYTES || readers < 2,
            ..Self::default()
        }
    }

    /// Whether the next part goes there too.
    pub fn wants_more(&self) -> bool {
        !self.is_over
    }

    /// Adds a part that was joined, with which there are so many rows; `bytes` of the file's `all` are in it.
    pub fn add(
        &mut self,
        mut part: JoinAsk,
        buffers: Array,
        rows: usize,
        (bytes, all): (f64, f64),
    ) {
        self.bytes += bytes;
        self.rows = rows;
        part.is_last = self.bytes >= all * ENOUGH;
        self.is_over = part.is_last;
        self.waiting.push((part, buffers));
    }

    /// There is no share after all.
    pub fn end(&mut self) {
        *self = Self {
            is_over: true,
            ..Self::default()
        };
    }

    /// Whether a reader is still to be found for it.
    pub fn wants_reader(&self) -> bool {
        self.by.is_none() && (!self.is_over || !self.waiting.is_empty())
    }

    /// This reader gets them.
    pub fn give_to(&mut self, place: usize) {
        self.by = Some(place);
    }

    /// The place of the reader that has them, and how many rows it has.
    pub fn reader(&self) -> Option<(usize, usize)> {
        self.by.map(|by| (by, self.rows))
    }

    /// Posts what waits.
    ///
    /// # Errors
    /// What the browser refuses.
    pub fn post(&mut self, reader: &Worker) -> Result<(), JsValue> {
        for (part, buffers) in self.waiting.drain(..) {
            ask_reader(reader, &ReaderAsk::Join(part), None, &buffers)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn the_first_parts_are_shared_up_to_half_of_a_file() {
        for (bytes, readers) in [(400e6, 4), (100e6, 1)] {
            let none = Share::of(bytes, readers);
            assert!(!none.wants_more() && !none.wants_reader());
        }
        let mut share = Share::of(100.0, 2);
        assert!(share.wants_reader());
        for (rows, bytes, is_last) in [(10, 30.0, false), (25, 30.0, true)] {
            assert!(share.wants_more());
            let part = JoinAsk {
                header: Vec::new(),
                bytes: 0.0,
                file: (26, 100.0),
                is_last: false,
            };
            share.add(part, Array::new(), rows, (bytes, 100.0));
            assert_eq!(
                share.waiting.last().map(|(part, _)| part.is_last),
                Some(is_last)
            );
        }
        assert!(!share.wants_more() && share.wants_reader());
        share.give_to(1);
        assert_eq!(share.reader(), Some((1, 25)));
        share.end();
        assert!(share.reader().is_none() && share.waiting.is_empty());
        assert!(!share.wants_more() && !share.wants_reader());
    }
}
