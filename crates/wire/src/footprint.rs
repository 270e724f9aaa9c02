//! How many bytes of a trace each type of wire event takes (`go tool trace -d=footprint`).
//!
//! Counted are the bytes as they are in the file, so that all rows, the header and what could not be read make up the
//! whole file. The reference counts what each event would take in its shortest encoding; [`FootprintRow::shortest`] is
//! that. The two differ where a number is longer than it must be: the runtime writes the size of a batch with ten bytes.

mod sample;

use std::cmp::Reverse;

use crate::bytes::{Cursor, uvarint};
use crate::error::WireError;
use crate::gzip::open_source;
use crate::header::{Format, HEADER_BYTES};
use crate::limits;
use crate::reader::{head, whole};
use crate::report::Report;
use crate::source::Source;
use crate::v1;
use crate::v2::spec::{self, EVENTS, NO_EXPERIMENT};
use crate::v2::{Input, RawGeneration};
pub use sample::{Sample, sample};

/// One event type.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FootprintRow {
    /// Its name in Go's source.
    pub name: &'static str,
    /// How many bytes of the file its events take.
    pub bytes: u64,
    /// How many they would take with every number as short as it can be. The same as `bytes` for format v1.
    pub shortest: u64,
    /// How many events of this type there are.
    pub count: u64,
    /// Whether it is an event that happened at some time; else it is a part of the format: a batch's header, a string, a stack.
    pub timed: bool,
}

/// What a trace's bytes are spent on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Footprint {
    /// The format.
    pub format: Format,
    /// How many bytes the (uncompressed) trace has.
    pub bytes: u64,
    /// How many of them are in no row and not the header: damaged, or cut within an event.
    pub unread: u64,
    /// How many events there are in all rows.
    pub count: u64,
    /// The event types that occur, most bytes first; equal ones by name.
    pub rows: Vec<FootprintRow>,
}

/// Reads a trace for its footprint. Nothing is decoded but the events' lengths; what is damaged is skipped.
///
/// # Errors
/// If the source cannot be read, or is no trace.
pub fn footprint<S: Source>(source: S) -> Result<Footprint, WireError> {
    let mut source = open_source(source, limits::INFLATED_BYTES)?;
    let bytes = source.length();
    let format = Format::read(&head(&mut source)?, bytes)?;
    let mut tally = Tally::default();
    if format.is_v1() {
        let all = whole(&mut source)?;
        let events = all.get(HEADER_BYTES as usize..).unwrap_or_default();
        count_v1(events, format.header(), &mut tally);
    } else {
        count_v2(&mut source, format.header(), &mut tally)?;
    }
    Ok(tally.footprint(format, bytes))
}

/// What the events of one type take.
#[derive(Clone, Copy, Default)]
struct Sum {
    count: u64,
    bytes: u64,
    shortest: u64,
}

/// By event type.
struct Tally(Box<[Sum; 256]>);

impl Default for Tally {
    fn default() -> Self {
        Self(Box::new([Sum::default(); 256]))
    }
}

impl Tally {
    /// As a footprint, of a trace of so many bytes.
    #[inline(never)]
    fn footprint(self, format: Format, bytes: u64) -> Footprint {
        let name = |event_type: usize| match format.is_v1() {
            true => v1::spec::SPECS.get(event_type).map_or("", |spec| spec.name),
            false => EVENTS[event_type].name,
        };
        let timed = |event_type: usize| match format.is_v1() {
            true => !v1::spec::is_structure(event_type as u8),
            // The format's table calls it timed, for it has a `dt`.
            false => EVENTS[event_type].timed && event_type != usize::from(spec::CLOCK_SNAPSHOT),
        };
        let mut rows: Vec<FootprintRow> = (0..self.0.len())
            .filter(|&event_type| self.0[event_type].count > 0)
            .map(|event_type| {
                let Sum {
                    count,
                    bytes,
                    shortest,
                } = self.0[event_type];
                FootprintRow {
                    name: name(event_type),
                    bytes,
                    shortest,
                    count,
                    timed: timed(event_type),
                }
            })
            .collect();
        rows.sort_by_key(|row| (Reverse(row.bytes), row.name));
        let read: u64 = rows.iter().map(|row| row.bytes).sum();
        Footprint {
            format,
            bytes,
            unread: bytes.saturating_sub(HEADER_BYTES).saturating_sub(read),
            count: rows.iter().map(|row| row.count).sum(),
            rows,
        }
    }

    #[inline]
    fn add(&mut self, event_type: u8, bytes: u64, shortest: u64) {
        let sum = &mut self.0[usize::from(event_type)];
        sum.count += 1;
        sum.bytes += bytes;
        sum.shortest += shortest;
    }
}

fn count_v2<S: Source>(source: &mut S, version: u8, tally: &mut Tally) -> Result<(), WireError> {
    let length = source.length();
    let mut input = Input::new(HEADER_BYTES.min(length), length, version, false);
    let mut raw = RawGeneration::default();
    let mut report = Report::default();
    loop {
        let more = input.read_generation(source, &mut raw, &mut report)?;
        for _ in 0..raw.ends {
            tally.add(spec::END_OF_GENERATION, 1, 1);
        }
        if !more {
            return Ok(());
        }
        for batch in &raw.batches {
            let numbers = [raw.number, batch.thread, batch.time, batch.size as u64];
            let shortest = 1 + numbers.map(length_of).iter().sum::<u64>();
            let header = u64::from(batch.header);
            let size = batch.size as u64;
            if batch.experiment != NO_EXPERIMENT {
                // Its data are the experiment's own business.
                tally.add(spec::EXPERIMENTAL_BATCH, header + size, shortest + 1 + size);
                continue;
            }
            tally.add(spec::EVENT_BATCH, header, shortest);
            let end = batch.start + batch.size;
            count_batch(
                input.data().get(batch.start..end).unwrap_or_default(),
                tally,
            );
        }
    }
}

/// Counts the events of a batch, up to the first that is none.
#[inline(never)]
fn count_batch(bytes: &[u8], tally: &mut Tally) {
    let mut at = 0;
    while let Some(event) = event_length(&bytes[at..]) {
        tally.add(bytes[at], event.bytes as u64, event.shortest as u64);
        at += event.bytes;
    }
}

/// How long an event is, its type included.
struct Length {
    bytes: usize,
    shortest: usize,
}

/// The length of the event at the front of `bytes`; `None` if there is no whole one.
#[inline]
fn event_length(bytes: &[u8]) -> Option<Length> {
    let spec = &EVENTS[usize::from(*bytes.first()?)];
    if !spec.exists() || matches!(bytes[0], spec::EVENT_BATCH | spec::EXPERIMENTAL_BATCH) {
        return None;
    }
    let mut length = Length {
        bytes: 1,
        shortest: 1,
    };
    let mut number = || {
        let (value, size) = uvarint(bytes.get(length.bytes..)?).ok()?;
        length.bytes += size;
        // Only a number that ends in a zero byte could be shorter.
        length.shortest += match bytes[length.bytes - 1] {
            0 if size > 1 => length_of(value) as usize,
            _ => size,
        };
        Some(value)
    };
    let mut last = 0;
    for _ in 0..spec.args.len() + usize::from(spec.timed) {
        last = number()?;
    }
    if spec.frames {
        if last > limits::STACK_FRAMES {
            return None;
        }
        for _ in 0..4 * last {
            number()?;
        }
    }
    if spec.data {
        let size = usize::try_from(number()?).ok()?;
        if size > bytes.len() - length.bytes {
            return None;
        }
        length.bytes += size;
        length.shortest += size;
    }
    Some(length)
}

/// How many bytes a number takes at least.
fn length_of(value: u64) -> u64 {
    u64::from(64 - (value | 1).leading_zeros()).div_ceil(7)
}

/// Counts the events of bytes that begin with one, or with none.
#[inline(never)]
fn count_v1(bytes: &[u8], version: u8, tally: &mut Tally) {
    let version = u32::from(version);
    let mut at = 0;
    while at < bytes.len() {
        let mut cursor = Cursor::new(&bytes[at..], 0);
        match v1::skip(&mut cursor, version) {
            Some(event_type) => {
                let length = cursor.offset();
                tally.add(event_type, length, length);
                at += length as usize;
            }
            None => at = v1::resynchronise(bytes, at, version),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::encode;

    fn of(text: &str) -> Footprint {
        footprint(&encode(text).unwrap()[..]).unwrap()
    }

    fn row(footprint: &Footprint, name: &str) -> (u64, u64, u64) {
        let row = footprint.rows.iter().find(|row| row.name == name).unwrap();
        (row.count, row.bytes, row.shortest)
    }

    #[test]
    fn numbers_have_their_lengths() {
        for (value, length) in [(0, 1), (127, 1), (128, 2), (1 << 21, 4), (u64::MAX, 10)] {
            assert_eq!(length_of(value), length, "{value}");
        }
    }

    #[test]
    fn every_byte_is_in_a_row() {
        let found = of("Trace Go1.23
EventBatch gen=1 m=18446744073709551615 time=5 size=9
Strings
String id=7
\tdata=\"hello\"
EventBatch gen=1 m=1 time=300 size=7
GoStart dt=1 g=200 g_seq=1
GoDestroy dt=1
ExperimentalBatch exp=1 gen=1 m=0 time=1
\tdata=\"abc\"
");
        assert_eq!(row(&found, "EventBatch"), (2, 14 + 6, 14 + 6));
        assert_eq!(row(&found, "String"), (1, 8, 8));
        assert_eq!(row(&found, "Strings"), (1, 1, 1));
        assert_eq!(row(&found, "GoStart"), (1, 5, 5));
        assert_eq!(row(&found, "GoDestroy"), (1, 2, 2));
        assert_eq!(row(&found, "ExperimentalBatch"), (1, 9, 9));
        assert_eq!((found.bytes, found.unread, found.count), (61, 0, 7));
        assert_eq!(found.rows[0].name, "EventBatch");
        let timed: Vec<&str> = found
            .rows
            .iter()
            .filter(|row| row.timed)
            .map(|row| row.name)
            .collect();
        assert_eq!(timed, ["GoStart", "GoDestroy"]);
    }

    #[test]
    fn long_numbers_are_counted_as_they_are() {
        let mut bytes = encode("Trace Go1.22\nEventBatch gen=1 m=1 time=1 size=3\n").unwrap();
        // GoDestroy with its dt in two bytes.
        bytes.extend([spec::GO_DESTROY, 0x81, 0]);
        let found = footprint(&bytes[..]).unwrap();
        assert_eq!(row(&found, "GoDestroy"), (1, 3, 2));
    }

    #[test]
    fn what_is_damaged_is_said() {
        let mut bytes = encode("Trace Go1.22\nEventBatch gen=1 m=1 time=1 size=6\n").unwrap();
        bytes.extend([spec::GO_DESTROY, 1, 0xff, 1, 2, 3]);
        let found = footprint(&bytes[..]).unwrap();
        assert_eq!((found.unread, found.count), (4, 2));
        for cut in 16..bytes.len() {
            let found = footprint(&bytes[..cut]).unwrap();
            let read: u64 = found.rows.iter().map(|row| row.bytes).sum();
            assert_eq!(16 + read + found.unread, cut as u64);
        }
    }
}
