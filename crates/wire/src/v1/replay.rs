//! The events of a trace once more: those of each proc in their order, and the samples of the CPU profile in theirs.
//!
//! Records are many times larger than the bytes that they are made of, so they are not kept: a few of each proc are made
//! when they are wanted, and again when they are wanted again.

use std::ops::Range;

use crate::bytes::Cursor;
use crate::sorting::places_by;
use crate::v1::decode::{Decoder, Naming};
use crate::v1::fault::Reach;
use crate::v1::record::Record;
use crate::v1::spec;
use crate::v1::survey::Survey;

/// How many records of a stream are made at a time.
const STEP: usize = 128;

/// A record, and where its batch begins in the trace.
#[derive(Clone, Copy, Debug)]
pub struct Placed {
    /// The record.
    pub record: Record,
    /// Where its batch begins in the trace.
    pub offset: u64,
}

impl Placed {
    /// None yet.
    pub const NONE: Self = Self {
        record: Record::NONE,
        offset: 0,
    };
}

/// The records of one proc, or the samples.
#[derive(Default)]
struct Stream {
    /// Some of them; the next one is at `at`.
    records: Vec<Record>,
    at: usize,
    /// Where the batch of these records begins in the trace.
    offset: u64,
    /// The batches that are not read to their end: places in [`Replay::batches`]. For samples, places in
    /// [`Survey::samples`].
    left: Range<u32>,
    /// Where reading stopped in the first of them, if it was begun.
    stopped: Option<Stop>,
}

/// A place within a batch, and what depends on what was before it.
#[derive(Clone, Copy)]
struct Stop {
    offset: u64,
    time: i64,
    goroutine: u32,
    wide: u32,
}

/// Reads a trace again, each proc at its own pace. Streams are numbered like [`Survey::procs`]; the samples' is the last.
pub struct Replay<'a> {
    survey: &'a Survey<'a>,
    /// The batches of stream after stream, each in file order.
    batches: Vec<u32>,
    streams: Vec<Stream>,
    decoder: Decoder<'a>,
}

impl<'a> Replay<'a> {
    /// Begins with the first record of each stream.
    pub fn new(survey: &'a Survey<'a>) -> Self {
        let mut procs = survey.batches.iter().map(|batch| [batch.proc.into(), 0]);
        let batches = places_by(&mut procs);
        let mut streams = Vec::with_capacity(survey.procs.len() + 1);
        let mut first = 0;
        for proc in 0..survey.procs.len() {
            let of_proc = |batch: &u32| survey.batches[*batch as usize].proc as usize <= proc;
            let count = batches[first as usize..].partition_point(of_proc) as u32;
            streams.push(Stream {
                left: first..first + count,
                ..Stream::default()
            });
            first += count;
        }
        streams.push(Stream {
            left: 0..survey.samples.len() as u32,
            ..Stream::default()
        });
        let mut replay = Self {
            survey,
            batches,
            streams,
            decoder: Decoder::new(survey.bytes, 0, survey.version),
        };
        for stream in 0..replay.streams.len() as u32 {
            replay.read_on(stream);
        }
        replay
    }

    /// The next record of a stream.
    #[inline]
    pub fn head(&self, stream: u32) -> Option<&Record> {
        let stream = self.streams.get(stream as usize)?;
        stream.records.get(stream.at)
    }

    /// Where its batch begins in the trace.
    #[inline]
    pub fn offset(&self, stream: u32) -> u64 {
        let stream = self.streams.get(stream as usize);
        stream.map_or(0, |stream| stream.offset)
    }

    /// Both.
    #[inline]
    pub fn placed(&self, stream: u32) -> Option<Placed> {
        Some(Placed {
            record: *self.head(stream)?,
            offset: self.offset(stream),
        })
    }

    /// Goes on to the record after it.
    #[inline]
    pub fn advance(&mut self, stream: u32) {
        let Some(known) = self.streams.get_mut(stream as usize) else {
            return;
        };
        known.at += 1;
        if known.at >= known.records.len() {
            self.read_on(stream);
        }
    }

    #[inline(never)]
    fn read_on(&mut self, number: u32) {
        let is_samples = number as usize + 1 == self.streams.len();
        let stream = &mut self.streams[number as usize];
        stream.records.clear();
        stream.at = 0;
        if is_samples {
            let sample = self.survey.samples.get(stream.left.start as usize);
            if let Some(sample) = sample {
                stream.records.push(sample.record);
                stream.offset = sample.offset;
                stream.left.start += 1;
            }
            return;
        }
        while stream.records.is_empty() && !stream.left.is_empty() {
            let place = self.batches[stream.left.start as usize];
            let batch = &self.survey.batches[place as usize];
            stream.offset = batch.offset;
            let begin = stream.stopped.take().unwrap_or(Stop {
                offset: batch.start,
                time: batch.time,
                goroutine: batch.goroutine,
                wide: batch.wide,
            });
            self.decoder.seek(self.survey.bytes, begin.offset);
            self.decoder.time = begin.time;
            self.decoder.goroutine = begin.goroutine;
            let mut known = Known {
                survey: self.survey,
                wide: begin.wide,
            };
            let records = &mut stream.records;
            let decoder = &mut self.decoder;
            while records.len() < STEP && decoder.offset() < batch.end {
                if let Some(usual) = decoder.usual() {
                    let named = usual.0.goroutine();
                    let named = named.map_or(0, |id| self.survey.goroutines.known(id));
                    records.push(decoder.usual_record(usual, number, named));
                    continue;
                }
                match read_event(decoder, number, &mut known) {
                    Ok(record) => records.extend(record),
                    // Where it ends was not known when the trace was surveyed either.
                    Err(Reach::Batch) => break,
                    Err(Reach::Event(_)) => {}
                }
            }
            if records.len() < STEP {
                stream.left.start += 1;
            } else {
                stream.stopped = Some(Stop {
                    offset: decoder.offset(),
                    time: decoder.time,
                    goroutine: decoder.goroutine,
                    wide: known.wide,
                });
            }
        }
        if stream.records.is_empty() {
            // There are as many streams as the trace says.
            stream.records = Vec::new();
        }
    }
}

/// Reads an event of a batch; the record, if it is one that has its place in the batch's order.
#[inline(never)]
fn read_event<'a>(
    decoder: &mut Decoder<'a>,
    proc: u32,
    known: &mut Known<'a>,
) -> Result<Option<Record>, Reach> {
    let Some(head) = decoder.head().map_err(|fault| fault.reach)? else {
        return Err(Reach::Batch);
    };
    if head.event_type == spec::STRING {
        decoder.pass_string().map_err(|fault| fault.reach)?;
        return Ok(None);
    }
    decoder.arguments(head).map_err(|fault| fault.reach)?;
    Ok(match head.event_type {
        spec::CPU_SAMPLE => None,
        event_type if spec::is_structure(event_type) => None,
        event_type => decoder.record(event_type, proc, known),
    })
}

/// Looks up what the survey gave.
struct Known<'a> {
    survey: &'a Survey<'a>,
    /// The place of the next arguments.
    wide: u32,
}

impl<'a> Naming<'a> for Known<'a> {
    #[inline]
    fn goroutine(&mut self, id: u64) -> u32 {
        self.survey.goroutines.known(id)
    }

    fn string(&mut self, id: u64) -> u32 {
        self.survey.names.slot(id)
    }

    fn aside(&mut self, values: &[u64]) -> u32 {
        let place = self.wide;
        self.wide = place.wrapping_add(values.len() as u32);
        place
    }

    fn text(&mut self, _: &'a [u8]) -> u64 {
        // It is put aside with others, and is there already.
        0
    }
}

/// Which stream each record of an order is from: the order itself, a byte each where there are few streams.
#[derive(Default)]
pub struct Sequence {
    /// LEB128 numbers.
    bytes: Vec<u8>,
    length: u32,
}

impl Sequence {
    /// An empty one, with room for so many records.
    pub fn with_room(records: u32) -> Self {
        Self {
            bytes: Vec::with_capacity(records as usize),
            length: 0,
        }
    }

    /// How many records it has.
    pub fn len(&self) -> u32 {
        self.length
    }

    /// Puts the next record of a stream behind all others.
    #[inline]
    pub fn push(&mut self, stream: u32) {
        let mut rest = stream;
        while rest >= 0x80 {
            self.bytes.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        self.bytes.push(rest as u8);
        self.length += 1;
    }

    /// The records in this order.
    pub fn records<'a>(&'a self, survey: &'a Survey<'a>) -> Records<'a> {
        Records {
            replay: Replay::new(survey),
            streams: Cursor::new(&self.bytes, 0),
        }
    }
}

/// See [`Sequence::records`].
pub struct Records<'a> {
    replay: Replay<'a>,
    streams: Cursor<'a>,
}

impl Records<'_> {
    /// Puts the next record into `placed`, if there is one.
    #[inline]
    pub fn next_into(&mut self, placed: &mut Placed) -> bool {
        let Ok(stream) = self.streams.uvarint() else {
            return false;
        };
        let stream = stream as u32;
        let Some(record) = self.replay.head(stream) else {
            return false;
        };
        placed.record = *record;
        placed.offset = self.replay.offset(stream);
        self.replay.advance(stream);
        true
    }
}

impl Iterator for Records<'_> {
    type Item = Placed;

    fn next(&mut self) -> Option<Placed> {
        let mut placed = Placed::NONE;
        self.next_into(&mut placed).then_some(placed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Report;
    use crate::v1::convert::Nobody;
    use crate::v1::survey::survey;

    #[test]
    fn each_stream_goes_its_own_way() {
        const PROCS: u32 = 300;
        // More events than are made at a time, in two batches with a string between them.
        let events = [STEP + 1, 2 * STEP];
        let mut bytes = vec![0; 16];
        for events in events {
            for proc in 0..PROCS {
                bytes.extend([0x41, proc as u8 | 0x80, (proc >> 7) as u8, 10]);
                bytes.extend([0x06, 1].repeat(events));
                bytes.extend([0x25, 1 + u8::from(events == STEP + 1), 1, b'x']);
            }
        }
        let survey =
            survey(&bytes, 21, false, &mut Report::default(), &mut Nobody).expect("lenient");
        let mut sequence = Sequence::with_room(survey.count);
        let all = events[0] + events[1];
        for place in 0..all {
            // Some of each, from the last proc to the first.
            for proc in (0..PROCS).rev() {
                if place % 2 == 0 || proc % 2 == 0 {
                    sequence.push(proc);
                }
            }
        }
        let mut seen = vec![0; PROCS as usize];
        for placed in sequence.records(&survey) {
            let count = &mut seen[placed.record.proc() as usize];
            let within = if *count < events[0] {
                *count
            } else {
                *count - events[0]
            };
            assert_eq!(placed.record.time(), 11 + within as i64);
            let batch = survey.batches.iter().rfind(|batch| {
                batch.proc == placed.record.proc() && (batch.offset == placed.offset)
            });
            assert!(batch.is_some(), "{} is where a batch begins", placed.offset);
            *count += 1;
        }
        assert_eq!(seen[2], all);
        assert_eq!(seen[3], all.div_ceil(2));
    }
}
