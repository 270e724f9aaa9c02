//! Where a trace's generations are: found by batch headers alone, without decoding anything.

use crate::error::WireError;
use crate::header::{Format, HEADER_BYTES, SNIFF_BYTES};
use crate::limits;
use crate::source::Source;
use crate::v2::{BatchHeader, Piece};

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
    index_by(source, false)
}

/// The same with some hundred reads for each gigabyte instead of a read for each batch: within a generation it looks
/// for batches here and there, and follows them one by one only where the next generation begins. Batches that it did
/// not see do not count, and their times neither; damage inside a generation is not seen. Whoever relies on a
/// generation's place must compare it with where reading ends.
///
/// # Errors
/// As [`index`].
pub fn skim<S: Source>(source: &mut S) -> Result<Index, WireError> {
    index_by(source, true)
}

fn index_by<S: Source>(source: &mut S, skims: bool) -> Result<Index, WireError> {
    Indexer::begin(source)?.read_rest(source, skims)
}

/// Finds generations in bytes that somebody else reads: says where the next batch header is, and takes it.
pub struct Indexer {
    index: Index,
    length: u64,
    /// Where the next header is, if there is one.
    next: Option<u64>,
    /// The last batch, if its generation may go on.
    open: Option<BatchHeader>,
}

impl Indexer {
    /// Begins with a file: reads what tells what it is.
    ///
    /// # Errors
    /// If the source cannot be read, or is no trace.
    pub fn begin<S: Source>(source: &mut S) -> Result<Self, WireError> {
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
        }
        let more = !format.is_v1() && HEADER_BYTES < length;
        Ok(Self {
            index,
            length,
            next: more.then_some(HEADER_BYTES),
            open: None,
        })
    }

    /// What is known: all, or all generations but the last one, which may have more bytes.
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// Which bytes are wanted: where they begin, and how many. `None` if all is known.
    pub fn wanted(&self) -> Option<(u64, usize)> {
        let next = self.next?;
        let left = (self.length - next).min(limits::BATCH_HEADER_BYTES as u64);
        Some((next, left as usize))
    }

    /// Takes the bytes that are [`Self::wanted`], or more. Whether another generation begins with them.
    pub fn take(&mut self, bytes: &[u8]) -> bool {
        self.header(bytes).is_some()
    }

    /// Looks for the rest in the file: as [`skim`], but with all headers so far.
    ///
    /// # Errors
    /// If the source cannot be read.
    pub fn skim_rest<S: Source>(self, source: &mut S) -> Result<Index, WireError> {
        self.read_rest(source, true)
    }

    fn read_rest<S: Source>(mut self, source: &mut S, skims: bool) -> Result<Index, WireError> {
        let mut window = Window {
            source,
            bytes: Vec::new(),
            start: 0,
            length: self.length,
            size: match skims {
                true => limits::SKIM_BYTES,
                false => limits::INDEX_BYTES,
            },
        };
        // Within a generation that somebody else began.
        let mut begun = self.open;
        while let Some((offset, _)) = self.wanted() {
            let header = match begun.take() {
                Some(header) => Some(header),
                None => self.header(window.at(offset)?),
            };
            if skims
                && let (Some(header), Some(end)) = (header, self.next)
                && let Some(far) = window.far(header, end, self.bytes_before())?
            {
                self.next = Some(far);
            }
        }
        Ok(self.index)
    }

    /// How many bytes the generation before the last one has.
    fn bytes_before(&self) -> Option<u64> {
        let generations = &self.index.generations;
        let place = generations.len().checked_sub(2)?;
        generations.get(place).map(|before| before.bytes)
    }

    /// Takes a header; itself, if a generation begins with it.
    fn header(&mut self, bytes: &[u8]) -> Option<BatchHeader> {
        let offset = self.next?;
        let mut first = None;
        let end = match Piece::read(bytes) {
            Ok(Piece::EndOfGeneration) if self.is_explicit() => {
                if self.open.take().is_some()
                    && let Some(last) = self.index.generations.last_mut()
                {
                    last.bytes = offset + 1 - last.offset;
                    last.whole = true;
                }
                Some(offset + 1)
            }
            Ok(Piece::Batch(header)) if header.generation != 0 => {
                let end = offset + (header.header + header.size) as u64;
                let sound = end <= self.length;
                if sound && self.batch(header, offset, end) {
                    first = Some(header);
                }
                sound.then_some(end)
            }
            Ok(_) | Err(_) => None,
        };
        self.next = end.filter(|&end| end < self.length);
        if end.is_none() {
            self.index.fault = Some(offset);
        } else if self.next.is_none()
            && !self.is_explicit()
            && let Some(last) = self.index.generations.last_mut()
        {
            last.whole = true;
        }
        first
    }

    /// A batch is there; whether it begins a generation.
    fn batch(&mut self, header: BatchHeader, offset: u64, end: u64) -> bool {
        let explicit = self.is_explicit();
        let open = self.open.replace(header).is_some();
        let known = self.index.generations.last_mut();
        if let Some(last) = known.filter(|last| open && last.number == header.generation) {
            last.bytes = end - last.offset;
            last.batches += 1;
            last.min_time = last.min_time.min(header.time);
            return false;
        }
        if let Some(last) = self.index.generations.last_mut() {
            last.whole |= !explicit;
        }
        self.index.generations.push(IndexedGeneration {
            number: header.generation,
            offset,
            bytes: end - offset,
            batches: 1,
            min_time: header.time,
            whole: false,
        });
        true
    }

    /// Whether a generation says where it ends.
    fn is_explicit(&self) -> bool {
        self.index.format.header() >= 26
    }
}

/// A small part of the source.
struct Window<'a, S> {
    source: &'a mut S,
    bytes: Vec<u8>,
    start: u64,
    length: u64,
    /// How much is read at once.
    size: usize,
}

impl<S: Source> Window<'_, S> {
    /// The bytes from `offset` on: as many as a batch header may have, or up to the end.
    fn at(&mut self, offset: u64) -> Result<&[u8], WireError> {
        let wanted = (self.length - offset).min(limits::BATCH_HEADER_BYTES as u64);
        let held = self.start..=self.start + self.bytes.len() as u64;
        if !(held.contains(&offset) && held.contains(&(offset + wanted))) {
            let size = (self.length - offset).min(self.size as u64);
            self.bytes.resize(size as usize, 0);
            self.start = offset;
            self.source.read(offset, &mut self.bytes)?;
        }
        let from = (offset - self.start) as usize;
        Ok(&self.bytes[from..])
    }

    /// A batch of the same generation as `first`, as near to the generation's end as [`limits::SKIM_NEAR_BYTES`]; `at` is
    /// behind `first`. `before`: how many bytes the generation before has, as they are often about equally long. `None` if
    /// it is near already.
    fn far(
        &mut self,
        first: BatchHeader,
        at: u64,
        before: Option<u64>,
    ) -> Result<Option<u64>, WireError> {
        let (mut low, mut high) = (at, self.length);
        let mut found = None;
        let least = limits::SKIM_JUMP_BYTES;
        let share = before.unwrap_or(0) / 8;
        let (mut jump, mut next) = ((7 * share).max(least), share.max(2 * least));
        // Ever farther ahead, until that is behind the generation.
        while low + jump < high {
            match self.batch_behind(low + jump, first)? {
                Some((place, true)) if place > low => {
                    (low, found) = (place, Some(place));
                    (jump, next) = (next, 2 * next);
                }
                _ => high = low + jump,
            }
        }
        // Between a place inside and one that is not.
        while high - low > limits::SKIM_NEAR_BYTES {
            let middle = low + (high - low) / 2;
            match self.batch_behind(middle, first)? {
                Some((place, true)) if place > low && place < high => {
                    (low, found) = (place, Some(place));
                }
                _ => high = middle,
            }
        }
        Ok(found)
    }

    /// Where the next batch begins at or after `offset`, and whether it is of the generation of `first`; `None` if none
    /// is found where one must be.
    fn batch_behind(
        &mut self,
        offset: u64,
        first: BatchHeader,
    ) -> Result<Option<(u64, bool)>, WireError> {
        let longest = limits::BATCH_BYTES + limits::BATCH_HEADER_BYTES as u64;
        let size = (self.length - offset).min(longest * (limits::RESYNC_BATCHES as u64 + 1));
        let mut bytes = vec![0; size as usize];
        self.source.read(offset, &mut bytes)?;
        let places = (size.min(longest)) as usize;
        let found =
            (0..places).find_map(|at| Some((at, chain(&bytes, at, first, limits::RESYNC_TICKS)?)));
        Ok(found.map(|(at, same)| (offset + at as u64, same)))
    }
}

/// Whether several batches follow one another from `at` on, or fewer up to the end of a generation or of `bytes`, and
/// then whether the first is of the generation of `first`.
/// How far their times may be from the first one's: `ticks`, but always less than half of it.
#[inline(never)]
pub(crate) fn chain(bytes: &[u8], mut at: usize, first: BatchHeader, ticks: u64) -> Option<bool> {
    let mut same = None;
    let mut generation = first.generation;
    for _ in 0..limits::RESYNC_BATCHES {
        match Piece::read(bytes.get(at..)?) {
            Ok(Piece::Batch(header)) => {
                let later = header.generation.checked_sub(generation)?;
                // Events are full of small numbers, times are none.
                let near = header.time.abs_diff(first.time) < ticks.min(first.time / 2 + 1);
                if later > limits::RESYNC_GENERATIONS || !near {
                    return None;
                }
                generation = header.generation;
                same = same.or(Some(generation == first.generation));
                at += header.header + header.size;
            }
            Ok(Piece::EndOfGeneration) => return same,
            Err(_) => return same.filter(|_| at >= bytes.len()),
        }
        if at >= bytes.len() {
            return same;
        }
    }
    same
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(bytes: &mut Vec<u8>, mut value: u64) {
        while value >= 0x80 {
            bytes.push(value as u8 | 0x80);
            value >>= 7;
        }
        bytes.push(value as u8);
    }

    /// A trace of batches of bytes by chance; how many bytes each generation has.
    fn trace(explicit: bool, generations: &[usize]) -> Vec<u8> {
        let mut bytes = match explicit {
            true => b"go 1.26 trace\0\0\0".to_vec(),
            false => b"go 1.22 trace\0\0\0".to_vec(),
        };
        let mut state = 7u64;
        let mut random = move || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            state >> 33
        };
        let mut time = 10_000_000_000;
        for (number_of, size) in generations.iter().enumerate() {
            let end = bytes.len() + size;
            while bytes.len() < end {
                let size = 1 + random() % limits::BATCH_BYTES;
                bytes.push(1);
                number(&mut bytes, 1 + number_of as u64);
                number(&mut bytes, random() % 1000);
                time += random() % 10_000;
                number(&mut bytes, time);
                number(&mut bytes, size);
                // Much of it looks like the beginning of a batch.
                bytes.extend((0..size).map(|_| match random() % 8 {
                    0..4 => 1,
                    4 => 1 + number_of as u8,
                    5 => random() as u8 % 8,
                    _ => random() as u8,
                }));
            }
            if explicit {
                bytes.push(52);
            }
        }
        bytes
    }

    /// Counts what is read.
    struct Counted<'a>(&'a [u8], u64);

    impl Source for Counted<'_> {
        fn length(&self) -> u64 {
            self.0.len() as u64
        }

        fn read(&mut self, offset: u64, buffer: &mut [u8]) -> Result<(), crate::SourceError> {
            self.1 += 1;
            let mut bytes = self.0;
            bytes.read(offset, buffer)
        }
    }

    #[test]
    fn skimming_finds_the_same_generations() {
        let million = 1 << 20;
        for generations in [
            &[20 * million, 3 * million, million / 8, 9 * million][..],
            &[1000, 1000, 1000],
            &[5 * million],
            &[300_000, 64, 300_000, 2 * million],
        ] {
            for explicit in [false, true] {
                let bytes = trace(explicit, generations);
                let mut source = Counted(&bytes, 0);
                let skimmed = skim(&mut source).unwrap();
                let reads = source.1;
                let mut source = Counted(&bytes, 0);
                let whole = index(&mut source).unwrap();
                assert_eq!(skimmed.fault, whole.fault);
                let places = |index: &Index| -> Vec<_> {
                    let rows = index.generations.iter();
                    rows.map(|g| (g.number, g.offset, g.bytes, g.whole))
                        .collect()
                };
                assert_eq!(places(&skimmed), places(&whole));
                assert_eq!(whole.generations.len(), generations.len());
                for (skimmed, whole) in skimmed.generations.iter().zip(&whole.generations) {
                    assert_eq!(skimmed.min_time, whole.min_time);
                }
                if generations[0] > 10 * million {
                    assert!(reads < source.1 / 3, "{reads} of {}", source.1);
                }
                // Its end is cut: all say so.
                let cut = &bytes[..bytes.len() - 30];
                let whole = index(&mut &cut[..]).unwrap();
                let mut skimmed = vec![skim(&mut &cut[..]).unwrap()];
                // Begun by somebody else, who reads some headers, the rest looked for: the same.
                for told in [0, 1, 10, 60] {
                    let mut indexer = Indexer::begin(&mut &cut[..]).unwrap();
                    let mut begun = 0;
                    for _ in 0..told {
                        if let Some((offset, count)) = indexer.wanted() {
                            let at = offset as usize;
                            begun += usize::from(indexer.take(&cut[at..at + count]));
                        }
                    }
                    assert_eq!(indexer.index().generations.len(), begun);
                    skimmed.push(indexer.skim_rest(&mut &cut[..]).unwrap());
                }
                for skimmed in skimmed {
                    assert_eq!(skimmed.fault, whole.fault);
                    assert_eq!(places(&skimmed), places(&whole));
                }
            }
        }
    }
}
