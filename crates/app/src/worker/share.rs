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
    /// The share of a file of so many bytes, if it is worth it.
    pub fn of(bytes: f64) -> Self {
        Self {
            is_over: bytes > MOST_BYTES,
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
