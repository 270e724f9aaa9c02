//! [`TraceFile`]: the file that a trace is in; with its bytes where the browser lets workers read no file.

use std::rc::Rc;

use js_sys::{Array, Uint8Array};
use web_sys::{File, FileReaderSync};

/// A trace's file.
#[derive(Clone)]
pub struct TraceFile {
    /// It.
    pub file: File,
    /// Its bytes, if the page had to get them.
    bytes: Option<Rc<[Piece]>>,
}

/// Bytes of a file and where they end in it.
struct Piece {
    end: u64,
    bytes: Uint8Array,
}

impl From<File> for TraceFile {
    fn from(file: File) -> Self {
        Self { file, bytes: None }
    }
}

/// Whether this worker may read this file: in a page from disk, WebKit's workers read none.
pub fn can_be_read(file: &File) -> bool {
    let first = file.slice_with_f64_and_f64(0.0, 1.0);
    let read = first.and_then(|first| FileReaderSync::new()?.read_as_array_buffer(&first));
    read.is_ok()
}

impl TraceFile {
    /// A file with its bytes, in buffers one after the other. If they are not all of it, it is left to the browser to say
    /// why.
    pub fn with(file: File, buffers: &Array) -> Self {
        let mut end = 0;
        let piece = |buffer| {
            let bytes = Uint8Array::new(&buffer);
            end += u64::from(bytes.length());
            Piece { end, bytes }
        };
        let pieces: Rc<[Piece]> = buffers.iter().map(piece).collect();
        let bytes = (end as f64 == file.size()).then_some(pieces);
        Self { file, bytes }
    }

    /// How many bytes it has.
    pub fn size(&self) -> f64 {
        self.file.size()
    }

    /// Whether its bytes are here, and nothing but these can be read of it.
    pub fn is_here(&self) -> bool {
        self.bytes.is_some()
    }

    /// Copies the bytes from `offset` on, if they are here; the file has so many.
    pub fn copy(&self, offset: u64, buffer: &mut [u8]) -> bool {
        let Some(pieces) = &self.bytes else {
            return false;
        };
        let mut copied = 0;
        let first = pieces.partition_point(|piece| piece.end <= offset);
        for piece in &pieces[first..] {
            if copied == buffer.len() {
                break;
            }
            let start = piece.end - u64::from(piece.bytes.length());
            let from = (offset + copied as u64 - start) as u32;
            let count = (buffer.len() - copied).min((piece.bytes.length() - from) as usize);
            let part = piece.bytes.subarray(from, from + count as u32);
            part.copy_to(&mut buffer[copied..copied + count]);
            copied += count;
        }
        copied == buffer.len()
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn bytes_are_found_across_buffers() {
        let bytes: Vec<u8> = (0..100).collect();
        let whole = Array::of1(&Uint8Array::from(bytes.as_slice()));
        let file = File::new_with_u8_array_sequence(&whole, "a").unwrap();
        let buffers: Array = bytes
            .chunks(30)
            .map(|piece| Uint8Array::from(piece).buffer())
            .collect();
        let here = TraceFile::with(file.clone(), &buffers);
        assert!(here.is_here());
        for offset in 0..bytes.len() {
            for end in offset..=bytes.len() {
                let mut buffer = vec![0; end - offset];
                assert!(here.copy(offset as u64, &mut buffer));
                assert_eq!(buffer, bytes[offset..end]);
            }
        }
        buffers.pop();
        assert!(!TraceFile::with(file, &buffers).is_here());
    }
}
