//! Traces that were compressed with gzip: uncompressed into memory, within a limit.

use std::io::{self, Write};

use flate2::write::MultiGzDecoder;

use crate::error::WireError;
use crate::limits;
use crate::report::Loss;
use crate::source::{Source, SourceError};

/// A trace whose bytes are in memory.
#[derive(Clone, Default, Debug)]
pub struct MemorySource {
    bytes: Vec<u8>,
    loss: Option<Loss>,
}

impl MemorySource {
    /// Takes the bytes as they are.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self { bytes, loss: None }
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl Source for MemorySource {
    fn length(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn read(&mut self, offset: u64, buffer: &mut [u8]) -> Result<(), SourceError> {
        self.bytes.as_slice().read(offset, buffer)
    }

    fn loss(&self) -> Option<&Loss> {
        self.loss.as_ref()
    }
}

/// A source as it is, or uncompressed in memory if it was compressed.
#[derive(Clone, Debug)]
pub enum Opened<S> {
    /// It was not compressed.
    Plain(S),
    /// It was: this is what was inside.
    Inflated(MemorySource),
}

impl<S: Source> Source for Opened<S> {
    fn length(&self) -> u64 {
        match self {
            Self::Plain(source) => source.length(),
            Self::Inflated(memory) => memory.length(),
        }
    }

    fn read(&mut self, offset: u64, buffer: &mut [u8]) -> Result<(), SourceError> {
        match self {
            Self::Plain(source) => source.read(offset, buffer),
            Self::Inflated(memory) => memory.read(offset, buffer),
        }
    }

    fn loss(&self) -> Option<&Loss> {
        match self {
            Self::Plain(source) => source.loss(),
            Self::Inflated(memory) => memory.loss(),
        }
    }
}

/// Opens a source that may be compressed: anything that begins as gzip is uncompressed into memory.
///
/// [`crate::Reader::new`] does this itself; call it to share one source between [`crate::index()`] and readers.
///
/// # Errors
/// If the source cannot be read, or holds more than `limit` bytes, or cannot be uncompressed at all.
pub fn open_source<S: Source>(mut source: S, limit: u64) -> Result<Opened<S>, WireError> {
    Ok(match inflate(&mut source, limit)? {
        None => Opened::Plain(source),
        Some(memory) => Opened::Inflated(memory),
    })
}

/// Whether a source begins as gzip.
///
/// # Errors
/// If it cannot be read.
pub fn is_compressed(source: &mut dyn Source) -> Result<bool, WireError> {
    let mut magic = [0; 2];
    if source.length() < 2 {
        return Ok(false);
    }
    source.read(0, &mut magic)?;
    Ok(magic == [0x1f, 0x8b])
}

/// What is inside of a source that is compressed; the same code for all of them.
fn inflate(source: &mut dyn Source, limit: u64) -> Result<Option<MemorySource>, WireError> {
    if !is_compressed(source)? {
        return Ok(None);
    }
    let length = source.length();
    let mut inflater = Inflater::new(limit);
    let mut chunk = vec![0; limits::READ_BYTES.min(usize::try_from(length).unwrap_or(usize::MAX))];
    let mut offset = 0;
    while offset < length && inflater.fault.is_none() {
        let size = chunk
            .len()
            .min(usize::try_from(length - offset).unwrap_or(usize::MAX));
        source.read(offset, &mut chunk[..size])?;
        inflater.feed(&chunk[..size])?;
        offset += size as u64;
    }
    inflater.finish().map(Some)
}

/// Uncompresses gzip'ed bytes; other bytes are returned as they are. A cut file gives what could be uncompressed.
///
/// # Errors
/// If the result is larger than `limit`, or nothing can be uncompressed at all.
pub fn decompress(bytes: Vec<u8>, limit: u64) -> Result<Vec<u8>, WireError> {
    match open_source(MemorySource::new(bytes), limit)? {
        Opened::Plain(memory) | Opened::Inflated(memory) => Ok(memory.bytes),
    }
}

struct Inflater {
    decoder: MultiGzDecoder<Bounded>,
    /// Compressed bytes so far.
    fed: u64,
    fault: Option<(u64, String)>,
}

impl Inflater {
    fn new(limit: u64) -> Self {
        let bounded = Bounded {
            bytes: Vec::new(),
            limit,
            full: false,
        };
        Self {
            decoder: MultiGzDecoder::new(bounded),
            fed: 0,
            fault: None,
        }
    }

    fn feed(&mut self, chunk: &[u8]) -> Result<(), WireError> {
        let result = self.decoder.write_all(chunk);
        if self.decoder.get_ref().full {
            return Err(self.too_large());
        }
        if let Err(error) = result {
            self.fault = Some((self.fed, error.to_string()));
        }
        self.fed += chunk.len() as u64;
        Ok(())
    }

    fn too_large(&self) -> WireError {
        WireError::TooLarge {
            limit: self.decoder.get_ref().limit,
        }
    }

    fn finish(mut self) -> Result<MemorySource, WireError> {
        if self.fault.is_none()
            && let Err(error) = self.decoder.try_finish()
        {
            if self.decoder.get_ref().full {
                return Err(self.too_large());
            }
            self.fault = Some((self.fed, error.to_string()));
        }
        let bytes = std::mem::take(&mut self.decoder.get_mut().bytes);
        let loss = match self.fault {
            None => None,
            Some((_, reason)) if bytes.is_empty() => return Err(WireError::Gzip { reason }),
            Some((_, reason)) => Some(Loss {
                offset: bytes.len() as u64,
                bytes: 0,
                generation: None,
                reason: format!(
                    "the gzip file is cut or damaged here ({reason}); how much followed is not known"
                ),
            }),
        };
        Ok(MemorySource { bytes, loss })
    }
}

/// Collects bytes up to a limit.
struct Bounded {
    bytes: Vec<u8>,
    limit: u64,
    full: bool,
}

impl Write for Bounded {
    fn write(&mut self, chunk: &[u8]) -> io::Result<usize> {
        if self.bytes.len() as u64 + chunk.len() as u64 > self.limit {
            self.full = true;
            return Err(io::Error::other("too large"));
        }
        self.bytes.try_reserve(chunk.len())?;
        self.bytes.extend_from_slice(chunk);
        Ok(chunk.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gzip(inside: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), Default::default());
        encoder.write_all(inside).unwrap();
        encoder.finish().unwrap()
    }

    fn noise(length: usize) -> Vec<u8> {
        let mut state = 1u32;
        (0..length)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 24) as u8
            })
            .collect()
    }

    #[test]
    fn plain_bytes_pass() {
        assert_eq!(decompress(b"go 1.26".to_vec(), 10).unwrap(), b"go 1.26");
        assert_eq!(decompress(Vec::new(), 10).unwrap(), b"");
    }

    #[test]
    fn whole_and_cut_files_give_what_is_there() {
        let inside = noise(100_000);
        let packed = gzip(&inside);
        assert_eq!(decompress(packed.clone(), 1 << 20).unwrap(), inside);
        let cut = packed[..packed.len() / 2].to_vec();
        let Opened::Inflated(memory) = open_source(MemorySource::new(cut), 1 << 20).unwrap() else {
            panic!("it is compressed");
        };
        assert!(memory.loss().is_some());
        assert!(memory.length() > 10_000 && inside.starts_with(&memory.bytes));
    }

    #[test]
    fn a_bomb_is_refused() {
        let packed = gzip(&vec![0; 1 << 20]);
        assert!(matches!(
            decompress(packed, 1 << 16),
            Err(WireError::TooLarge { limit: 65536 })
        ));
    }
}
