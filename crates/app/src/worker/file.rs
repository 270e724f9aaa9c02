//! A file on the user's disk as a source of bytes, read slice by slice and never as a whole; and its generations as
//! messages carry them.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use js_sys::Uint8Array;
use tracepane_wire::{IndexedGeneration, Source, SourceError};
use wasm_bindgen::JsValue;
use web_sys::FileReaderSync;

use super::port::Port;
use super::trace_file::TraceFile;
use crate::protocol::{pack, unpack};

/// Reads within so many of the first bytes are answered from memory: a call of the browser takes a millisecond.
const HEAD_BYTES: u64 = 4096;

/// Buffers that are at least so long are worth being used again.
const SPARE_BYTES: u32 = 4 << 20;

/// A `File`, read synchronously: only workers may.
pub struct FileSource {
    file: TraceFile,
    reader: FileReaderSync,
    /// The file's first bytes, once they were asked for: who opens it looks at them again and again.
    head: Vec<u8>,
    /// How long it has waited for the browser, ms.
    waited: Rc<Cell<f64>>,
    /// The buffers of long reads, as the browser makes new ones for each.
    spare: Rc<RefCell<Vec<Uint8Array>>>,
    ahead: Ahead,
}

/// Bytes of a file that are there before they are asked for.
#[derive(Default)]
struct Ahead {
    /// Where the first ones begin.
    offset: u64,
    buffers: VecDeque<Uint8Array>,
}

impl Ahead {
    /// Copies the bytes from `offset` on, as far as they are there and have room: how many. Buffers that were copied to
    /// their end go to `done`.
    fn copy(&mut self, offset: u64, buffer: &mut [u8], mut done: impl FnMut(Uint8Array)) -> usize {
        let mut copied = 0;
        while copied < buffer.len()
            && let Some(first) = self.buffers.front()
            && let Some(from) = (offset + copied as u64).checked_sub(self.offset)
        {
            let left = u64::from(first.length()).saturating_sub(from);
            let count = left.min((buffer.len() - copied) as u64);
            if count > 0 {
                let part = first.subarray(from as u32, (from + count) as u32);
                part.copy_to(&mut buffer[copied..copied + count as usize]);
                copied += count as usize;
            }
            if count == left
                && let Some(first) = self.buffers.pop_front()
            {
                self.offset += u64::from(first.length());
                done(first);
            }
        }
        copied
    }
}

impl FileSource {
    /// Wraps a file.
    ///
    /// # Errors
    /// If the browser has no synchronous reader here.
    pub fn new(file: impl Into<TraceFile>) -> Result<Self, JsValue> {
        Ok(Self {
            file: file.into(),
            reader: FileReaderSync::new()?,
            head: Vec::new(),
            waited: Rc::default(),
            spare: Rc::default(),
            ahead: Ahead::default(),
        })
    }

    /// With buffers that have the bytes from `offset` on already.
    pub fn with(self, offset: u64, buffers: VecDeque<Uint8Array>) -> Self {
        let ahead = Ahead { offset, buffers };
        Self { ahead, ..self }
    }

    /// The buffers of long reads, which nobody needs any more.
    pub fn spare(&self) -> Rc<RefCell<Vec<Uint8Array>>> {
        Rc::clone(&self.spare)
    }

    /// How long it will have waited for the browser, ms.
    pub fn waited(&self) -> Rc<Cell<f64>> {
        Rc::clone(&self.waited)
    }
}

impl Source for FileSource {
    fn length(&self) -> u64 {
        self.file.size() as u64
    }

    fn read(&mut self, offset: u64, buffer: &mut [u8]) -> Result<(), SourceError> {
        let end = offset.saturating_add(buffer.len() as u64);
        if end > self.length() {
            return Err(SourceError::PastEnd {
                offset,
                end,
                length: self.length(),
            });
        }
        if end <= HEAD_BYTES {
            if self.head.is_empty() {
                let mut head = vec![0; self.length().min(HEAD_BYTES) as usize];
                self.read_slice(0, &mut head)?;
                self.head = head;
            }
            if let Some(bytes) = self.head.get(offset as usize..end as usize) {
                buffer.copy_from_slice(bytes);
                return Ok(());
            }
        }
        self.read_slice(offset, buffer)
    }
}

impl FileSource {
    /// Reads bytes that the file has.
    fn read_slice(&mut self, offset: u64, buffer: &mut [u8]) -> Result<(), SourceError> {
        let port = Port::of_this_worker();
        let began = port.now();
        let spare = &self.spare;
        let keep = |bytes: Uint8Array| {
            if bytes.length() >= SPARE_BYTES {
                spare.borrow_mut().push(bytes);
            }
        };
        let there = self.ahead.copy(offset, buffer, keep);
        let (offset, buffer) = (offset + there as u64, &mut buffer[there..]);
        if !buffer.is_empty() && !self.file.copy(offset, buffer) {
            let failed = |reason| SourceError::Failed { offset, reason };
            let end = offset + buffer.len() as u64;
            let file = &self.file.file;
            let slice = file.slice_with_f64_and_f64(offset as f64, end as f64);
            let bytes = slice
                .and_then(|slice| self.reader.read_as_array_buffer(&slice))
                .map_err(|error| failed(describe(&error)))?;
            let bytes = Uint8Array::new(&bytes.into());
            if bytes.length() as usize != buffer.len() {
                return Err(failed("the file became shorter while it was read".into()));
            }
            bytes.copy_to(buffer);
            keep(bytes);
        }
        self.waited.set(self.waited.get() + port.now() - began);
        Ok(())
    }
}

/// The generations of a file, as messages carry them.
pub fn generations_packed(generations: &[IndexedGeneration]) -> Vec<u8> {
    pack(generations.iter().flat_map(|generation| {
        [
            generation.number,
            generation.offset,
            generation.bytes,
            generation.batches,
            generation.min_time,
            generation.whole.into(),
        ]
    }))
}

/// Reads what [`generations_packed`] wrote.
pub fn generations_from(packed: &[u8]) -> Vec<IndexedGeneration> {
    let numbers: Vec<u64> = unpack(packed).collect();
    let (rows, _) = numbers.as_chunks::<6>();
    let row = |&[number, offset, bytes, batches, min_time, whole]: &[u64; 6]| IndexedGeneration {
        number,
        offset,
        bytes,
        batches,
        min_time,
        whole: whole != 0,
    };
    rows.iter().map(row).collect()
}

/// What a JavaScript exception says.
fn describe(error: &JsValue) -> String {
    js_sys::Reflect::get(error, &JsValue::from_str("message"))
        .ok()
        .and_then(|message| message.as_string())
        .unwrap_or_else(|| format!("{error:?}"))
}
