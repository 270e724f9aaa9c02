//! [`Waiting`]: readers that wait for a file, as starting them takes them a while. Meanwhile one of them rehearses.

use js_sys::Array;
use wasm_bindgen::JsValue;
use web_sys::File;

use super::readers::{Hear, Reader};
use crate::interop::ask_reader;
use crate::protocol::ReaderAsk;

/// How often opening is rehearsed at most: after that the browser has made good code of nearly all that it uses.
const REHEARSALS: u32 = 24;

/// Readers that wait for a file.
pub struct Waiting {
    readers: Vec<Reader>,
    /// What one of them rehearses opening with.
    sample: Option<File>,
    /// How often that was done.
    pub rehearsals: u32,
}

impl Waiting {
    /// Starts readers.
    ///
    /// # Errors
    /// What the browser refuses.
    pub fn start(count: u32, hear: &Hear) -> Result<Self, JsValue> {
        let readers = (0..count as usize).map(|place| Reader::start(place, hear));
        Ok(Self {
            readers: readers.collect::<Result<_, _>>()?,
            sample: None,
            rehearsals: 0,
        })
    }

    /// Has one of them rehearse opening with this file, again and again until another is there to be read.
    ///
    /// # Errors
    /// What the browser refuses.
    pub fn rehearse(&mut self, sample: File) -> Result<(), JsValue> {
        self.sample = Some(sample);
        self.ask_rehearsal()
    }

    /// It was rehearsed once.
    ///
    /// # Errors
    /// What the browser refuses.
    pub fn rehearsed(&mut self) -> Result<(), JsValue> {
        self.rehearsals += 1;
        match self.rehearsals < REHEARSALS {
            true => self.ask_rehearsal(),
            false => Ok(()),
        }
    }

    fn ask_rehearsal(&self) -> Result<(), JsValue> {
        // The one that gets its part of a file last.
        let Some(last) = self.readers.last() else {
            return Ok(());
        };
        let (ask, nothing) = (ReaderAsk::Rehearse, Array::new());
        ask_reader(&last.worker, &ask, self.sample.as_ref(), &nothing)
    }

    /// Those that wait, at most so many, or new ones if none do.
    ///
    /// # Errors
    /// What the browser refuses.
    pub fn or_start(
        waiting: Option<Self>,
        count: u32,
        hear: &Hear,
    ) -> Result<Vec<Reader>, JsValue> {
        match waiting {
            Some(mut waiting) => {
                waiting.readers.truncate(count as usize);
                Ok(waiting.readers)
            }
            None => Ok(Self::start(count, hear)?.readers),
        }
    }
}
