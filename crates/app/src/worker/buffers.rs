//! The bytes of a part on their way from a reader to the trace's worker: plain buffers outside of either's own memory,
//! which are handed over, not copied.

use std::collections::VecDeque;

use js_sys::{Array, Uint8Array};
use tracepane_model::parts::TableBytes;
use wasm_bindgen::JsValue;
use web_sys::{MessageChannel, MessagePort};

/// How many bytes a buffer has.
const BUFFER_BYTES: u32 = 4 << 20;
/// How many bytes come into the worker's own memory at once: what the processor's cache holds.
const WINDOW_BYTES: u32 = 128 << 10;

/// Buffers that are being filled.
#[derive(Default)]
pub struct Filled {
    /// Buffers that served for something else: their memory is there already, which of new ones costs more than to fill it.
    spare: Vec<Uint8Array>,
    buffers: Vec<Uint8Array>,
    /// How many bytes of the last one are there, and how many have room.
    filled: u32,
    room: u32,
    /// How many bytes there are.
    bytes: f64,
}

impl Filled {
    /// Uses other buffers first.
    pub fn with(spare: Vec<Uint8Array>) -> Self {
        Self {
            spare,
            ..Self::default()
        }
    }

    /// Appends bytes.
    pub fn put(&mut self, mut bytes: &[u8]) {
        self.bytes += bytes.len() as f64;
        while !bytes.is_empty() {
            if self.filled == self.room {
                let spare = self.spare.pop();
                let next = spare.unwrap_or_else(|| Uint8Array::new_with_length(BUFFER_BYTES));
                (self.filled, self.room) = (0, next.length());
                self.buffers.push(next);
                continue;
            }
            let room = (self.room - self.filled) as usize;
            let (now, later) = bytes.split_at(bytes.len().min(room));
            let end = self.filled + now.len() as u32;
            if let Some(last) = self.buffers.last() {
                last.subarray(self.filled, end).copy_from(now);
            }
            self.filled = end;
            bytes = later;
        }
    }

    /// The buffers, to be handed over, and how many bytes are in them: the last one may have more.
    pub fn end(self) -> (Array, f64) {
        let buffers = self.buffers.iter().map(|bytes| bytes.buffer());
        (buffers.collect(), self.bytes)
    }
}

/// Buffers that were handed over; each is freed when its last byte is taken, if they are not lent.
pub struct HandedOver {
    buffers: VecDeque<Uint8Array>,
    /// How many bytes of the first one are taken.
    taken: u32,
    /// How many bytes are left, those in the window included.
    left: usize,
    window: Vec<u8>,
    /// How many bytes of the window are taken, and how many are in it.
    at: usize,
    end: usize,
    drain: Drain,
}

impl HandedOver {
    /// Takes buffers that have so many bytes.
    pub fn new(buffers: &Array, bytes: f64) -> Self {
        Self::with(buffers, bytes, Drain::new())
    }

    /// The same of buffers that are of use afterwards: they are not freed.
    pub fn lent(buffers: &Array, bytes: f64) -> Self {
        Self::with(buffers, bytes, Drain(None))
    }

    fn with(buffers: &Array, bytes: f64, drain: Drain) -> Self {
        let buffers: VecDeque<Uint8Array> = buffers
            .iter()
            .map(|buffer| Uint8Array::new(&buffer))
            .collect();
        let most = buffers.iter().map(|buffer| buffer.length() as usize).sum();
        Self {
            buffers,
            taken: 0,
            left: (bytes as usize).min(most),
            window: Vec::new(),
            at: 0,
            end: 0,
            drain,
        }
    }

    /// More bytes come into the window, after those of it that are not taken, until there are so many or no more.
    fn load(&mut self, count: usize) {
        self.window.copy_within(self.at..self.end, 0);
        self.end -= self.at;
        self.at = 0;
        while self.end < count
            && let Some(first) = self.buffers.front()
        {
            let end = first.length().min(self.taken.saturating_add(WINDOW_BYTES));
            if end > self.taken {
                let from = self.end;
                self.end += (end - self.taken) as usize;
                if self.window.len() < self.end {
                    self.window.resize(self.end, 0);
                }
                let bytes = first.subarray(self.taken, end);
                bytes.copy_to(&mut self.window[from..self.end]);
                self.taken = end;
            } else {
                self.drain.free(first);
                self.buffers.pop_front();
                self.taken = 0;
            }
        }
    }
}

impl TableBytes for HandedOver {
    fn left(&self) -> usize {
        self.left
    }

    fn take(&mut self, count: usize) -> Option<&[u8]> {
        self.left = self.left.checked_sub(count)?;
        if self.end - self.at < count {
            self.load(count);
        }
        let from = self.at;
        self.at = (from + count).min(self.end);
        self.window.get(from..from + count)
    }
}

impl Drop for HandedOver {
    fn drop(&mut self) {
        for left in &self.buffers {
            self.drain.free(left);
        }
    }
}

/// Where buffers go to be freed at once: hundreds of megabytes could wait for the garbage collector, which sees little
/// of them. What is handed over to a port that nobody listens at is gone; `ArrayBuffer.prototype.transfer` would not do,
/// as Chromium keeps what came by a message until it collects its own garbage.
///
/// Without a port nothing is freed.
struct Drain(Option<MessagePort>);

impl Drain {
    fn new() -> Self {
        let channel = MessageChannel::new().ok();
        Self(channel.map(|channel| {
            channel.port2().close();
            channel.port1()
        }))
    }

    fn free(&self, bytes: &Uint8Array) {
        if let Some(port) = &self.0 {
            // A browser that refuses frees it in its own time.
            let _ =
                port.post_message_with_transferable(&JsValue::NULL, &Array::of1(&bytes.buffer()));
        }
    }
}

impl Drop for Drain {
    fn drop(&mut self) {
        if let Some(port) = &self.0 {
            port.close();
        }
    }
}
