//! A trace's bytes, one generation at a time: finds its batches, and batches again after damage.

use super::batch::{BatchHeader, HeaderFault, Piece};
use crate::bytes::WINDOW;
use crate::error::WireError;
use crate::limits;
use crate::report::{Loss, Report};
use crate::source::Source;

/// A batch of the generation that is in memory.
#[derive(Clone, Copy, Debug)]
pub struct Batch {
    /// Where its data begin in [`Input::data`].
    pub start: usize,
    /// How many bytes of data it has.
    pub size: usize,
    /// Where its data begin in the file.
    pub offset: u64,
    /// The thread that wrote it; `u64::MAX` for none.
    pub thread: u64,
    /// What its first event's time counts from, in ticks.
    pub time: u64,
    /// The experiment whose own format it has.
    pub experiment: u8,
    /// How many bytes its header has.
    pub header: u8,
    /// The next batch of the same thread.
    pub next: u32,
}

/// The batches of one generation, in file order.
#[derive(Default, Debug)]
pub struct RawGeneration {
    /// Its number.
    pub number: u64,
    /// Where it begins in the file.
    pub offset: u64,
    /// How many bytes of the file it has, damage included.
    pub bytes: u64,
    /// The earliest time of a batch, in ticks.
    pub min_time: u64,
    /// Its batches.
    pub batches: Vec<Batch>,
    /// How many bytes that end a generation were read with it.
    pub ends: u32,
    /// Something of it was cut off or skipped.
    pub damaged: bool,
    /// What strict reading says after this generation.
    pub error: Option<WireError>,
}

/// The longest batch, with its header.
const BATCH: usize = limits::BATCH_BYTES as usize + limits::BATCH_HEADER_BYTES;

/// The bytes of the generation that is being read, and where the next one begins.
#[derive(Debug)]
pub struct Input {
    /// The bytes; those after `filled` are old or zero, and there are at least [`WINDOW`] of them.
    data: Vec<u8>,
    filled: usize,
    /// The next header.
    at: usize,
    /// The file offset of what comes after `filled`.
    next: u64,
    length: u64,
    /// How many bytes a generation has at most, where that is known beforehand, with the header behind it and its batch:
    /// in older formats the end is where another one begins. Else 0.
    expected: usize,
    version: u8,
    strict: bool,
    /// Whether any generation was read.
    begun: bool,
}

/// What the bytes at some place turned out to be.
enum Step {
    Batch(BatchHeader),
    EndOfGeneration,
    EndOfFile,
    Fault(HeaderFault),
    /// The header is sound but the file ends before its data do.
    Cut(BatchHeader),
}

impl Input {
    /// Begins to read at `offset`.
    pub fn new(offset: u64, length: u64, version: u8, strict: bool) -> Self {
        Self {
            data: vec![0; WINDOW],
            filled: 0,
            at: 0,
            next: offset,
            length,
            expected: 0,
            version,
            strict,
            begun: false,
        }
    }

    /// The bytes that batches point into; readable for [`WINDOW`] bytes after the last batch.
    pub fn data(&self) -> &[u8] {
        &self.data
    }

    /// The file offset of the next header.
    pub fn position(&self) -> u64 {
        self.offset(self.at)
    }

    /// No generation has more bytes than so many: then memory is asked for once, and for that.
    pub fn expect(&mut self, bytes: u64) {
        self.expected = match usize::try_from(bytes).unwrap_or(0) {
            0 => 0,
            bytes => bytes.saturating_add(BATCH),
        };
    }

    /// Room for `needed` bytes; all of it holds something.
    fn make_room(&mut self, needed: usize) -> Result<(), WireError> {
        if self.data.len() >= needed {
            return Ok(());
        }
        let left = usize::try_from(self.length - self.next).unwrap_or(usize::MAX);
        let wanted = (self.expected.min(left)).saturating_add(limits::READ_BYTES + WINDOW);
        let grown = match self.data.capacity() {
            0..=WINDOW if wanted > needed => self.data.try_reserve_exact(wanted - self.data.len()),
            _ => self.data.try_reserve(needed - self.data.len()),
        };
        if grown.is_err() {
            return Err(WireError::Memory {
                bytes: needed as u64,
            });
        }
        self.data.resize(needed, 0);
        Ok(())
    }

    /// Goes to another place in the file.
    pub fn seek(&mut self, offset: u64) {
        self.filled = 0;
        self.at = 0;
        self.next = offset.min(self.length);
    }

    /// Where `at`, which must not lie before damage that was dropped, is in the file.
    fn offset(&self, at: usize) -> u64 {
        self.next - (self.filled - at) as u64
    }

    /// Reads on until `end` bytes are there, or the file ends.
    fn fill<S: Source>(
        &mut self,
        source: &mut S,
        end: usize,
        report: &mut Report,
    ) -> Result<(), WireError> {
        while self.filled < end && self.next < self.length {
            let left = usize::try_from(self.length - self.next).unwrap_or(usize::MAX);
            let at_once = (self.expected.saturating_sub(self.filled))
                .clamp(limits::READ_BYTES, limits::KNOWN_READ_BYTES);
            let size = at_once.max(end - self.filled).min(left);
            self.make_room(self.filled + size + WINDOW)?;
            let buffer = &mut self.data[self.filled..self.filled + size];
            if let Err(error) = source.read(self.next, buffer) {
                if self.strict {
                    return Err(error.into());
                }
                report.lose(Loss {
                    offset: self.next,
                    bytes: self.length - self.next,
                    generation: None,
                    reason: error.to_string(),
                });
                self.length = self.next;
                return Ok(());
            }
            self.filled += size;
            self.next += size as u64;
        }
        Ok(())
    }

    /// What is at `at`.
    fn look<S: Source>(
        &mut self,
        source: &mut S,
        at: usize,
        report: &mut Report,
    ) -> Result<Step, WireError> {
        self.fill(source, at + limits::BATCH_HEADER_BYTES, report)?;
        let end = self.filled.min(at + limits::BATCH_HEADER_BYTES);
        let bytes = self.data.get(at..end).unwrap_or_default();
        if bytes.is_empty() {
            return Ok(Step::EndOfFile);
        }
        match Piece::read(bytes) {
            Err(fault) => Ok(Step::Fault(fault)),
            Ok(Piece::EndOfGeneration) => Ok(Step::EndOfGeneration),
            Ok(Piece::Batch(header)) => {
                let end = at + header.header + header.size;
                self.fill(source, end, report)?;
                Ok(if end <= self.filled {
                    Step::Batch(header)
                } else {
                    Step::Cut(header)
                })
            }
        }
    }

    /// Reads the batches of the next generation into `raw`; false at the end of the file.
    pub fn read_generation<S: Source>(
        &mut self,
        source: &mut S,
        raw: &mut RawGeneration,
        report: &mut Report,
    ) -> Result<bool, WireError> {
        // What was read beyond the previous generation moves to the front.
        self.data.copy_within(self.at..self.filled, 0);
        self.filled -= self.at;
        self.at = 0;
        raw.batches.clear();
        *raw = RawGeneration {
            offset: self.position(),
            batches: std::mem::take(&mut raw.batches),
            ..RawGeneration::default()
        };
        loop {
            let step = self.look(source, self.at, report)?;
            let go_on = if self.strict {
                self.step_strict(step, raw)?
            } else {
                self.step_lenient(source, step, raw, report)?
            };
            if !go_on {
                break;
            }
        }
        raw.bytes = self.position() - raw.offset;
        Ok(!raw.batches.is_empty() || raw.number != 0 || raw.error.is_some())
    }

    fn push(&mut self, header: BatchHeader, raw: &mut RawGeneration) {
        let start = self.at + header.header;
        if raw.number == 0 {
            self.begun = true;
            raw.number = header.generation;
            raw.offset = self.position();
        }
        if raw.min_time == 0 || header.time < raw.min_time {
            raw.min_time = header.time;
        }
        raw.batches.push(Batch {
            start,
            size: header.size,
            offset: self.offset(start),
            thread: header.thread,
            time: header.time,
            experiment: header.experiment,
            header: header.header as u8,
            next: u32::MAX,
        });
        self.at = start + header.size;
    }

    /// One step as `readGeneration` and `readGenerationWithSpill` do it; whether there are more.
    fn step_strict(&mut self, step: Step, raw: &mut RawGeneration) -> Result<bool, WireError> {
        let offset = self.position();
        let explicit = self.version >= 26;
        let error = match step {
            Step::EndOfFile if explicit && !raw.batches.is_empty() => {
                return Err(WireError::malformed(
                    offset,
                    "incomplete generation found; trace likely truncated",
                    "an end-of-generation event",
                    "the end of the file",
                ));
            }
            Step::EndOfFile if explicit => return Ok(false),
            Step::EndOfFile if raw.number == 0 && !self.begun => return Err(no_frequency(offset)),
            Step::EndOfFile => return Ok(false),
            Step::EndOfGeneration if explicit => {
                self.at += 1;
                raw.ends += 1;
                if raw.batches.is_empty() {
                    return Err(no_frequency(offset));
                }
                return Ok(false);
            }
            Step::EndOfGeneration => return Err(generation_zero(offset)),
            Step::Batch(header) if header.generation == 0 => return Err(generation_zero(offset)),
            Step::Batch(header) if raw.number == 0 || header.generation == raw.number => {
                self.push(header, raw);
                return Ok(true);
            }
            Step::Batch(header) if !explicit && header.generation == raw.number.wrapping_add(1) => {
                return Ok(false);
            }
            Step::Batch(header) => {
                return Err(WireError::malformed(
                    offset,
                    if explicit {
                        "broken trace: missing end-of-generation event, or generations are interleaved"
                    } else {
                        "generations out of order"
                    },
                    format!("generation {}", raw.number),
                    format!("generation {}", header.generation),
                ));
            }
            Step::Fault(fault) => fault.error(offset),
            Step::Cut(header) => WireError::malformed(
                offset,
                "batch data",
                format!("{} bytes", header.size),
                "the end of the file",
            ),
        };
        // Before Go 1.26 this may be the first batch of the next generation, and what was read is taken to be whole.
        if explicit || raw.number == 0 {
            return Err(error);
        }
        raw.error = Some(error);
        Ok(false)
    }

    /// One step that makes the best of what is there; whether there are more.
    fn step_lenient<S: Source>(
        &mut self,
        source: &mut S,
        step: Step,
        raw: &mut RawGeneration,
        report: &mut Report,
    ) -> Result<bool, WireError> {
        let offset = self.position();
        let explicit = self.version >= 26;
        let cut = matches!(step, Step::Fault(HeaderFault::Short) | Step::Cut(_));
        let reason = match step {
            Step::EndOfFile => {
                if explicit && !raw.batches.is_empty() {
                    raw.damaged = true;
                    report.lose(Loss {
                        offset,
                        bytes: 0,
                        generation: Some(raw.number),
                        reason: "the file ends before its last generation does: how much is missing is not known"
                            .to_owned(),
                    });
                }
                return Ok(false);
            }
            Step::EndOfGeneration if explicit => {
                self.at += 1;
                raw.ends += 1;
                // One without batches ends nothing.
                return Ok(raw.batches.is_empty());
            }
            Step::EndOfGeneration => {
                "an end of generation, which this format does not have".to_owned()
            }
            Step::Batch(header) if header.generation == 0 => {
                "a batch of generation 0, which does not exist".to_owned()
            }
            Step::Batch(header) if raw.number == 0 || header.generation == raw.number => {
                self.push(header, raw);
                return Ok(true);
            }
            Step::Batch(header) if header.generation == raw.number.wrapping_add(1) && !explicit => {
                return Ok(false);
            }
            Step::Batch(header)
                if header.generation > raw.number
                    && self.believable(source, self.at, Known::UNKNOWN, report)? =>
            {
                raw.damaged = true;
                report.lose(Loss {
                    offset,
                    bytes: 0,
                    generation: Some(raw.number),
                    reason: format!(
                        "generation {} follows although the end of this one is missing",
                        header.generation
                    ),
                });
                return Ok(false);
            }
            Step::Batch(header) => format!(
                "a batch of generation {} among those of generation {}",
                header.generation, raw.number
            ),
            Step::Fault(HeaderFault::Short) => "the file ends inside a batch header".to_owned(),
            Step::Cut(header) => format!(
                "the file ends inside a batch of {} bytes: it was cut",
                header.size
            ),
            Step::Fault(fault) => fault.error(offset).to_string(),
        };
        raw.damaged = true;
        let found = self.recover(source, raw, cut, report)?;
        let end = self.position();
        if end > offset {
            report.lose(Loss {
                offset,
                bytes: end - offset,
                generation: (raw.number != 0).then_some(raw.number),
                reason,
            });
        }
        Ok(found)
    }

    /// Looks for the next batch after the fault at `self.at`; false if there is none up to the end of the file.
    fn recover<S: Source>(
        &mut self,
        source: &mut S,
        raw: &mut RawGeneration,
        cut: bool,
        report: &mut Report,
    ) -> Result<bool, WireError> {
        let known = raw.number != 0;
        let known = Known {
            generation: known.then_some(raw.number),
            time: known.then_some(raw.min_time),
            most: 1,
            cut,
        };
        let fault = self.at;
        // The size of the batch before may be what is wrong: then the next one begins inside it.
        if let Some(last) = raw.batches.last().copied() {
            for at in last.start..fault {
                if self.believable(source, at, known, report)? {
                    if let Some(last) = raw.batches.last_mut() {
                        last.size = at - last.start;
                    }
                    self.at = at;
                    return Ok(true);
                }
            }
        }
        let known = Known {
            most: limits::RESYNC_GENERATIONS,
            ..known
        };
        let mut at = fault + 1;
        loop {
            self.fill(source, at + 1, report)?;
            if at >= self.filled {
                self.at = self.filled;
                return Ok(false);
            }
            if self.believable(source, at, known, report)? {
                self.at = at;
                return Ok(true);
            }
            at += 1;
            if at - fault > limits::DAMAGE_BYTES {
                self.data.copy_within(at..self.filled, fault);
                self.filled -= at - fault;
                at = fault;
            }
        }
    }

    /// Whether what begins at `at` are batches: several that follow one another, of this generation or the next, of
    /// about this time.
    fn believable<S: Source>(
        &mut self,
        source: &mut S,
        mut at: usize,
        known: Known,
        report: &mut Report,
    ) -> Result<bool, WireError> {
        let mut generation = known.generation;
        let mut ended = false;
        let mut far = false;
        let mut batches = 0;
        while batches < limits::RESYNC_BATCHES {
            match self.look(source, at, report)? {
                // The lone byte that ends the last generation, unless it is the file's end that is missing.
                Step::EndOfFile if ended && batches == 0 => return Ok(!known.cut),
                // A single batch at the end of the file could be chance, if its time and generation tell nothing.
                Step::EndOfFile | Step::Fault(HeaderFault::Short) | Step::Cut(_) => {
                    return Ok(batches > usize::from(far || known.time.is_none()));
                }
                Step::EndOfGeneration if self.version >= 26 && batches > 0 => return Ok(true),
                Step::EndOfGeneration if self.version >= 26 && !ended => {
                    ended = true;
                    at += 1;
                }
                Step::Batch(header) => {
                    // Whole generations may be missing, but only before the first of these.
                    let most = if batches == 0 { known.most } else { 1 };
                    let follows = generation.is_none_or(|generation| {
                        (u64::from(ended && batches == 0)..=most)
                            .contains(&header.generation.wrapping_sub(generation))
                    });
                    let near = known
                        .time
                        .is_none_or(|time| header.time.abs_diff(time) < limits::RESYNC_TICKS);
                    if !follows || !near || header.generation == 0 || header.size == 0 {
                        return Ok(false);
                    }
                    far |= generation
                        .is_some_and(|generation| header.generation.wrapping_sub(generation) > 1);
                    generation = Some(header.generation);
                    at += header.header + header.size;
                    batches += 1;
                }
                Step::EndOfGeneration | Step::Fault(_) => return Ok(false),
            }
        }
        Ok(true)
    }
}

/// What is known of the batches before damage.
#[derive(Clone, Copy)]
struct Known {
    generation: Option<u64>,
    /// The earliest time of this generation, in ticks.
    time: Option<u64>,
    /// How many generations later it may go on.
    most: u64,
    /// The file seems to end too early.
    cut: bool,
}

impl Known {
    const UNKNOWN: Self = Self {
        generation: None,
        time: None,
        most: 0,
        cut: false,
    };
}

fn generation_zero(offset: u64) -> WireError {
    WireError::malformed(offset, "invalid generation number", "1 or more", "0")
}

fn no_frequency(offset: u64) -> WireError {
    WireError::malformed(offset, "no frequency event found", "a generation", "none")
}
