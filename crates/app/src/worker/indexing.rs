//! The index of a file, found in the bytes that pass by on their way to its readers.

use std::ops::Range;

use tracepane_wire::{Index, Indexer, Source, WireError};

use super::stream::Piece;

/// How much is looked at at once: some headers stand near each other.
const WINDOW_BYTES: u64 = 4 << 10;

/// An index that is being found.
pub struct Indexing {
    indexer: Indexer,
    /// Some bytes, and where they begin.
    window: Vec<u8>,
    start: u64,
}

impl Indexing {
    /// Begins with a file.
    ///
    /// # Errors
    /// If it cannot be read, or is no trace.
    pub fn new<S: Source>(source: &mut S) -> Result<Self, WireError> {
        Ok(Self {
            indexer: Indexer::begin(source)?,
            window: Vec::new(),
            start: 0,
        })
    }

    /// What is known.
    pub fn index(&self) -> &Index {
        self.indexer.index()
    }

    /// Whether all is known.
    pub fn is_done(&self) -> bool {
        self.indexer.wanted().is_none()
    }

    /// All that can be known: what was not seen is looked for in the file.
    ///
    /// # Errors
    /// If that cannot be read.
    pub fn finish<S: Source>(self, source: &mut S) -> Result<Index, WireError> {
        self.indexer.skim_rest(source)
    }

    /// Takes the next bytes of the file; whether more generations are known than before.
    pub fn take(&mut self, piece: &Piece) -> bool {
        let mut more = false;
        while let Some((offset, count)) = self.indexer.wanted() {
            if self.held(offset, count).is_none() {
                self.load(offset, piece);
            }
            let range = self.held(offset, count);
            let Some(bytes) = range.and_then(|range| self.window.get(range)) else {
                break;
            };
            more |= self.indexer.take(bytes);
        }
        more
    }

    /// Where in the window these bytes are, if they are.
    fn held(&self, offset: u64, count: usize) -> Option<Range<usize>> {
        let from = usize::try_from(offset.checked_sub(self.start)?).ok()?;
        let to = from.checked_add(count)?;
        (to <= self.window.len()).then_some(from..to)
    }

    /// The window begins at `offset`, in this piece or in the one before, of which it has the end.
    fn load(&mut self, offset: u64, (start, bytes): &Piece) {
        let end = start + u64::from(bytes.length());
        let kept = self.held(offset, 0).map_or(0, |range| {
            self.window.drain(..range.start);
            self.window.len()
        });
        let from = offset.max(*start).max(offset + kept as u64).min(end);
        let to = end.min(from + WINDOW_BYTES);
        self.window.truncate(kept);
        self.window.resize(kept + (to - from) as usize, 0);
        let part = bytes.subarray((from - start) as u32, (to - start) as u32);
        part.copy_to(&mut self.window[kept..]);
        self.start = offset;
    }
}

#[cfg(test)]
mod tests {
    use js_sys::Uint8Array;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn an_index_is_the_same_however_the_bytes_come() {
        let bytes: &[u8] = include_bytes!("../../../../testdata/corpus/flight-go1.25.trace");
        let cut = &bytes[..bytes.len() / 2 - 7];
        for bytes in [bytes, cut] {
            let expected = tracepane_wire::index(&mut &bytes[..]).unwrap();
            for size in [29, 1000, 5000, 70_000, bytes.len()] {
                let mut indexing = Indexing::new(&mut &bytes[..]).unwrap();
                let mut begun = 0;
                for (i, piece) in bytes.chunks(size).enumerate() {
                    let piece = ((i * size) as u64, Uint8Array::from(piece));
                    let more = indexing.take(&piece);
                    let known = indexing.index().generations.len();
                    assert_eq!(more, known > begun, "{size}");
                    begun = known;
                }
                assert!(indexing.is_done());
                assert_eq!(indexing.index(), &expected, "{size}");
            }
        }
    }
}
