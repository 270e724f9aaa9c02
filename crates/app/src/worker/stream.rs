//! A file's bytes on their way to its readers: got in file order and ahead of need, as who waits for bytes reads nothing
//! meanwhile. They stay outside of this worker's memory.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;
use std::rc::Rc;

use js_sys::{Array, ArrayBuffer, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::File;

use super::readers::{Hear, Heard};

/// How many bytes are got at once, and in how many pieces at the same time by this worker: fewer while readers get some,
/// as what comes first is wanted first.
const PIECE_BYTES: u64 = 8 << 20;
const PIECES: usize = 4;
const PIECES_OF_SOME: usize = 2;

/// How many bytes wait for a reader at most, or are under way.
const WINDOW_BYTES: u64 = 64 << 20;

/// Bytes of a file and where they begin.
pub type Piece = (u64, Uint8Array);

/// The bytes of a file.
pub struct Stream {
    file: File,
    length: u64,
    hear: Hear,
    /// How far the file was asked for, and in how many pieces that have not come.
    asked: u64,
    under_way: usize,
    /// How many of these others are getting.
    helped: usize,
    /// Up to where all has come.
    come: u64,
    /// What came before its turn.
    early: BTreeMap<u64, Uint8Array>,
    /// What no reader has, in order.
    held: VecDeque<Piece>,
    /// Up to where readers have it, or get it by themselves.
    handed: u64,
    /// Nothing more comes: it could not be read.
    failed: bool,
    /// Pieces that come later than this is dropped are of no use.
    wanted: Rc<()>,
}

impl Stream {
    /// The bytes of a file, from its first one on.
    pub fn new(file: File, hear: &Hear) -> Self {
        Self {
            length: file.size() as u64,
            file,
            hear: Rc::clone(hear),
            asked: 0,
            under_way: 0,
            helped: 0,
            come: 0,
            early: BTreeMap::new(),
            held: VecDeque::new(),
            handed: 0,
            failed: false,
            wanted: Rc::new(()),
        }
    }

    /// The next bytes to be got, as far as there is room: whoever asks gets them.
    fn next_piece(&mut self) -> Option<Range<u64>> {
        if self.failed || self.asked >= self.length || self.asked >= self.handed + WINDOW_BYTES {
            return None;
        }
        let offset = self.asked;
        self.asked = (offset + PIECE_BYTES).min(self.length);
        self.under_way += 1;
        Some(offset..self.asked)
    }

    /// Asks for more, as far as there is room: `help` has each of the `helpers` get a piece.
    ///
    /// # Errors
    /// What the browser refuses.
    pub fn ask<T>(
        &mut self,
        helpers: impl Iterator<Item = T>,
        mut help: impl FnMut(T, &Range<u64>) -> Result<(), JsValue>,
    ) -> Result<(), JsValue> {
        self.ask_here(1)?;
        for helper in helpers {
            if let Some(piece) = self.next_piece() {
                help(helper, &piece)?;
                self.helped += 1;
            }
        }
        self.ask_here(match self.helped {
            0 => PIECES,
            _ => PIECES_OF_SOME,
        })
    }

    /// Has this worker get so many pieces at the same time.
    fn ask_here(&mut self, most: usize) -> Result<(), JsValue> {
        while self.under_way - self.helped < most
            && let Some(piece) = self.next_piece()
        {
            let (offset, end) = (piece.start, piece.end);
            let slice = self
                .file
                .slice_with_f64_and_f64(offset as f64, end as f64)?;
            let (hear, still) = (Rc::clone(&self.hear), Rc::downgrade(&self.wanted));
            let promise = slice.array_buffer();
            spawn_local(async move {
                let bytes = JsFuture::from(promise).await;
                if still.strong_count() > 0 {
                    let bytes = bytes.ok().and_then(|bytes| bytes.dyn_into().ok());
                    hear(Heard::Bytes(offset, bytes));
                }
            });
        }
        Ok(())
    }

    /// A helper has got a piece.
    pub fn helped(&mut self) {
        self.helped = self.helped.saturating_sub(1);
    }

    /// Nothing comes any more before readers take what is there.
    pub fn is_stalled(&self) -> bool {
        self.under_way == 0
    }

    /// Takes what has come, or will not: the pieces whose turn it is now.
    pub fn take(&mut self, offset: u64, bytes: Option<ArrayBuffer>) -> Vec<Piece> {
        self.under_way = self.under_way.saturating_sub(1);
        match bytes {
            Some(bytes) => {
                self.early.insert(offset, Uint8Array::new(&bytes));
            }
            None => self.failed = true,
        }
        let mut pieces = Vec::new();
        while let Some(first) = self.early.first_entry()
            && *first.key() <= self.come
        {
            let (offset, bytes) = first.remove_entry();
            let end = offset + u64::from(bytes.length());
            if end > self.come {
                let skip = (self.come - offset) as u32;
                let piece = (self.come, bytes.subarray(skip, bytes.length()));
                self.come = end;
                self.held.push_back(piece.clone());
                pieces.push(piece);
            }
        }
        pieces
    }

    /// Hands over the bytes of a range, as far as its beginning is there.
    pub fn hand_over(&mut self, range: Range<u64>) -> Array {
        let handed = Array::new();
        let mut at = range.start;
        while let Some((offset, bytes)) = self.held.pop_front() {
            let end = offset + u64::from(bytes.length());
            if end <= at {
                continue;
            }
            if offset > at || offset >= range.end {
                self.held.push_front((offset, bytes));
                break;
            }
            let part =
                |from: u64, to: u64| bytes.subarray((from - offset) as u32, (to - offset) as u32);
            let to = end.min(range.end);
            if end > to {
                self.held.push_front((to, whole(part(to, end))));
            }
            handed.push(&whole(part(at, to)).buffer());
            at = to;
        }
        // The reader gets the rest by itself.
        self.handed = self.handed.max(range.end);
        self.come = self.come.max(range.end);
        self.asked = self.asked.max(range.end);
        handed
    }
}

/// The same bytes in a buffer of which they are all.
fn whole(bytes: Uint8Array) -> Uint8Array {
    match bytes.length() == bytes.buffer().byte_length() {
        true => bytes,
        false => bytes.slice(0, bytes.length()),
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn readers_get_their_bytes_whatever_came_first() {
        for seed in 0..60 {
            let mut state: u64 = seed;
            let mut below = move |end: usize| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                (state >> 33) as usize % end.max(1)
            };
            let bytes: Vec<u8> = (0..1000).map(|_| below(256) as u8).collect();
            let parts = Array::of1(&Uint8Array::from(bytes.as_slice()));
            let file = File::new_with_u8_array_sequence(&parts, "a").unwrap();
            let hear: Hear = Rc::new(|_| {});
            let mut stream = Stream::new(file, &hear);
            let mut pieces: Vec<usize> = (0..10).collect();
            let (mut handed, mut seen) = (16, 0);
            while !pieces.is_empty() {
                // One of the next few comes.
                let came = pieces.remove(below(pieces.len().min(4)));
                let piece = Uint8Array::from(&bytes[came * 100..(came + 1) * 100]);
                for (offset, piece) in stream.take(came as u64 * 100, Some(piece.buffer())) {
                    assert!(offset >= seen);
                    let from = offset as usize;
                    let expected = &bytes[from..from + piece.length() as usize];
                    assert_eq!(piece.to_vec(), expected, "seed {seed}");
                    seen = offset + u64::from(piece.length());
                }
                if below(3) == 0 {
                    // A part may be longer than what has come: its reader gets the rest.
                    let end = (handed + below(300)).min(1000);
                    let range = handed as u64..end as u64;
                    let mut there = Vec::new();
                    for buffer in stream.hand_over(range).iter() {
                        there.extend(Uint8Array::new(&buffer).to_vec());
                    }
                    let come = (seen as usize).clamp(handed, end);
                    assert_eq!(there, &bytes[handed..come], "seed {seed}");
                    seen = seen.max(end as u64);
                    handed = end;
                }
            }
        }
    }
}
