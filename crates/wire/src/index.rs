//! Where a trace's generations are: found by batch headers alone, without decoding anything.

use crate::error::WireError;
use crate::header::{Format, HEADER_BYTES, SNIFF_BYTES};
use crate::limits;
use crate::source::Source;
use crate::v2::Piece;

/// A trace's generations.
#[derive(Clone, PartialEq, Debug)]
pub struct Index {
    /// The format.
    pub format: Format,
    /// The generations in file order; a v1 trace is one.
    pub generations: Vec<IndexedGeneration>,
    /// Where no batch header was found any more, if that is before the end: what follows is damaged or cut.
    pub fault: Option<u64>,
}

/// One generation as its batch headers show it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct IndexedGeneration {
    /// Its number.
    pub number: u64,
    /// Where its first batch begins.
    pub offset: u64,
    /// How many bytes it has.
    pub bytes: u64,
    /// How many batches it has.
    pub batches: u64,
    /// The earliest time of its batches, in ticks.
    pub min_time: u64,
    /// Its end was seen: the next generation begins, or the file says that it is over.
    pub whole: bool,
}

/// Finds the generations of a trace that is not compressed (see [`crate::open_source`]). Stops at the first bytes that
/// are no batch header; a [`crate::Reader`] may find more behind them.
///
/// # Errors
/// If the source cannot be read, or is no trace.
pub fn index<S: Source>(source: &mut S) -> Result<Index, WireError> {
    let length = source.length();
    let mut head = vec![0; length.min(SNIFF_BYTES as u64) as usize];
    source.read(0, &mut head)?;
    let format = Format::read(&head, length)?;
    let mut index = Index {
        format,
        generations: Vec::new(),
        fault: None,
    };
    if format.is_v1() {
        index.generations.push(IndexedGeneration {
            number: 1,
            offset: HEADER_BYTES,
            bytes: length - HEADER_BYTES,
            batches: 0,
            min_time: 0,
            whole: true,
        });
        return Ok(index);
    }
    let explicit = format.header() >= 26;
    let mut window = Window {
        source,
        bytes: Vec::new(),
        start: 0,
        length,
    };
    let mut open = false;
    let mut offset = HEADER_BYTES;
    while offset < length {
        match Piece::read(window.at(offset)?) {
            Ok(Piece::EndOfGeneration) if explicit => {
                offset += 1;
                if open && let Some(last) = index.generations.last_mut() {
                    last.bytes = offset - last.offset;
                    last.whole = true;
                }
                open = false;
            }
            Ok(Piece::Batch(header)) if header.generation != 0 => {
                let end = offset + (header.header + header.size) as u64;
                if end > length {
                    index.fault = Some(offset);
                    break;
                }
                let known = index.generations.last_mut();
                match known.filter(|last| open && last.number == header.generation) {
                    Some(last) => {
                        last.bytes = end - last.offset;
                        last.batches += 1;
                        last.min_time = last.min_time.min(header.time);
                    }
                    None => {
                        if let Some(last) = index.generations.last_mut() {
                            last.whole |= !explicit;
                        }
                        index.generations.push(IndexedGeneration {
                            number: header.generation,
                            offset,
                            bytes: end - offset,
                            batches: 1,
                            min_time: header.time,
                            whole: false,
                        });
                        open = true;
                    }
                }
                offset = end;
            }
            Ok(_) | Err(_) => {
                index.fault = Some(offset);
                break;
            }
        }
    }
    if !explicit
        && index.fault.is_none()
        && let Some(last) = index.generations.last_mut()
    {
        last.whole = true;
    }
    Ok(index)
}

/// A small part of the source.
struct Window<'a, S> {
    source: &'a mut S,
    bytes: Vec<u8>,
    start: u64,
    length: u64,
}

impl<S: Source> Window<'_, S> {
    /// The bytes from `offset` on: as many as a batch header may have, or up to the end.
    fn at(&mut self, offset: u64) -> Result<&[u8], WireError> {
        let wanted = (self.length - offset).min(limits::BATCH_HEADER_BYTES as u64);
        let held = self.start..=self.start + self.bytes.len() as u64;
        if !(held.contains(&offset) && held.contains(&(offset + wanted))) {
            let size = (self.length - offset).min(limits::INDEX_BYTES as u64);
            self.bytes.resize(size as usize, 0);
            self.start = offset;
            self.source.read(offset, &mut self.bytes)?;
        }
        let from = (offset - self.start) as usize;
        Ok(&self.bytes[from..])
    }
}
