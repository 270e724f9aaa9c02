//! One event: bytes → numbers → record.
//!
//! After `readRawEvent` and `parseEvent` of Go's `internal/trace/internal/tracev1/parser.go`.

use crate::bytes::Cursor;
use crate::limits;
use crate::v1::fault::Fault;
use crate::v1::record::{ANY, Kind, NEVER, Record};
use crate::v1::spec::{self, EventSpec, Reason};

/// What the things are called that events name, and where arguments are that do not fit into a record.
pub trait Naming<'a> {
    /// The number of a goroutine.
    fn goroutine(&mut self, id: u64) -> u32;
    /// The slot of a string.
    fn string(&mut self, id: u64) -> u32;
    /// The place of arguments that do not fit.
    fn aside(&mut self, values: &[u64]) -> u32;
    /// The number of a text that stands in an event itself; only [`Self::aside`] is given it.
    fn text(&mut self, text: &'a [u8]) -> u64;
}

/// The most numbers that an event has which is no stack.
const MOST: usize = 5;

/// An event's first byte.
#[derive(Clone, Copy)]
pub struct Head {
    /// Where it is.
    pub start: u64,
    /// The type.
    pub event_type: u8,
    /// How many arguments follow it, less one; from 3 on it is their length that follows.
    pub numbers: u8,
    spec: &'static EventSpec,
}

impl Head {
    /// The event's name in Go's source.
    pub fn name(&self) -> &'static str {
        self.spec.name
    }
}

/// An event of one of the types that nearly all events are of, in the form that these have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Usual {
    /// `EvGoStartLocal`: this goroutine starts.
    Start(u64),
    /// `EvGoUnblockLocal`: this goroutine is unblocked.
    Unblock(u64),
    /// An event of a goroutine that blocks.
    Block(Reason),
}

impl Usual {
    /// The goroutine that it names.
    #[inline]
    pub fn goroutine(self) -> Option<u64> {
        match self {
            Self::Start(goroutine) | Self::Unblock(goroutine) => Some(goroutine),
            Self::Block(_) => None,
        }
    }
}

/// Why a goroutine blocks, by the type of the event.
#[inline]
fn block_reason(event_type: u8) -> Reason {
    match event_type {
        19 => Reason::Sleep,
        22 => Reason::ChanSend,
        23 => Reason::ChanReceive,
        24 => Reason::Select,
        25 => Reason::Sync,
        26 => Reason::SyncCond,
        27 => Reason::Network,
        42 => Reason::MarkAssistWait,
        _ => Reason::Unknown,
    }
}

/// Reads the events of a batch.
pub struct Decoder<'a> {
    cursor: Cursor<'a>,
    version: u32,
    /// The time of the last event, in ticks.
    pub time: i64,
    /// The goroutine that the proc runs, or 0.
    pub goroutine: u32,
    /// The numbers of the last event, as they are on the wire, and how many.
    args: [u64; MOST],
    count: usize,
    /// Those of a stack.
    pub stack: Vec<u64>,
    /// The text of the last log event.
    text: &'a [u8],
}

impl<'a> Decoder<'a> {
    /// Begins at a place of the trace's bytes.
    pub fn new(bytes: &'a [u8], offset: u64, version: u32) -> Self {
        let mut decoder = Self {
            cursor: Cursor::new(&[], 0),
            version,
            time: 0,
            goroutine: 0,
            args: [0; MOST],
            count: 0,
            stack: Vec::new(),
            text: &[],
        };
        decoder.seek(bytes, offset);
        decoder
    }

    /// Goes to another place.
    pub fn seek(&mut self, bytes: &'a [u8], offset: u64) {
        let rest = usize::try_from(offset).ok().and_then(|at| bytes.get(at..));
        self.cursor = Cursor::new(rest.unwrap_or_default(), offset);
    }

    /// Where the next event begins.
    pub fn offset(&self) -> u64 {
        self.cursor.offset()
    }

    /// Whether there is none.
    pub fn is_at_end(&self) -> bool {
        self.cursor.is_empty()
    }

    /// The next number, which belongs to `field`.
    #[inline]
    pub fn number(&mut self, field: &'static str) -> Result<u64, Fault> {
        let offset = self.cursor.offset();
        let number = self.cursor.uvarint();
        number.map_err(|fault| Fault::unread(offset, field, fault))
    }

    /// The next bytes, which belong to `field`.
    pub fn take(&mut self, length: u64, field: &'static str) -> Result<&'a [u8], Fault> {
        let offset = self.cursor.offset();
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let taken = self.cursor.take(length);
        taken.map_err(|fault| Fault::unread(offset, field, fault))
    }

    /// Reads an event's first byte; `None` at the end.
    #[inline]
    pub fn head(&mut self) -> Result<Option<Head>, Fault> {
        let start = self.cursor.offset();
        let Ok(head) = self.cursor.byte() else {
            return Ok(None);
        };
        let event_type = head & 0x3f;
        let Some(spec) = spec::spec(event_type, self.version) else {
            let found = format!("byte {head:#04x}");
            let expected = "a type of this format";
            return Err(Fault::malformed(start, "event", expected, found));
        };
        Ok(Some(Head {
            start,
            event_type,
            numbers: head >> 6,
            spec,
        }))
    }

    /// Reads a usual event: itself, what is added to the time, and its stack. Reads nothing if the next one is none, or is
    /// too near the end.
    #[inline(always)]
    pub fn usual(&mut self) -> Option<(Usual, i64, u32)> {
        let window = self.cursor.window()?;
        let head = window.first();
        let mut at = 1;
        let delta = window.uvarint(&mut at)?;
        // The type, and how many numbers follow, less one.
        let usual = match (head & 0x3f, head >> 6) {
            (38, 1) => Usual::Start(window.uvarint(&mut at)?),
            (39, 2) => Usual::Unblock(window.uvarint(&mut at)?),
            (event_type @ (19 | 20 | 22..=27 | 42), 1) => Usual::Block(block_reason(event_type)),
            _ => return None,
        };
        let stack = match usual {
            Usual::Start(_) => 0,
            _ => window.uvarint(&mut at)? as u32,
        };
        self.cursor.pass(at);
        Some((usual, delta as i64, stack))
    }

    /// The record of a usual event; `named` is the number of the goroutine that it names.
    #[inline(always)]
    pub fn usual_record(
        &mut self,
        (usual, delta, stack): (Usual, i64, u32),
        proc: u32,
        named: u32,
    ) -> Record {
        self.time = self.time.wrapping_add(delta);
        let own = self.goroutine;
        let record = |kind, goroutine| Record::new(kind, self.time, proc, goroutine, stack);
        let record = match usual {
            Usual::Start(_) => record(Kind::GoStart, named).with(0, ANY),
            Usual::Unblock(_) => record(Kind::GoUnblock, own).with(named, ANY),
            Usual::Block(reason) => record(Kind::GoBlock, own).because(reason),
        };
        self.goes_on_with(usual, named);
        record
    }

    /// What the proc runs after a usual event.
    #[inline(always)]
    pub fn goes_on_with(&mut self, usual: Usual, named: u32) {
        match usual {
            Usual::Start(_) => self.goroutine = named,
            Usual::Unblock(_) => {}
            Usual::Block(_) => self.goroutine = 0,
        }
    }

    /// Reads the arguments of what is neither a batch nor a string. The cursor is after them also when they only turn
    /// out to be wrong.
    #[inline]
    pub fn arguments(&mut self, head: Head) -> Result<(), Fault> {
        let Head {
            start,
            event_type,
            spec,
            ..
        } = head;
        if head.numbers < 3 {
            self.count = usize::from(head.numbers) + 1;
            for place in 0..self.count {
                self.args[place] = self.number(spec.name)?;
            }
            if event_type == spec::STACK {
                self.stack.clear();
                self.stack.extend_from_slice(&self.args[..self.count]);
            }
        } else {
            self.long_arguments(head)?;
        }
        let expected = spec.numbers(event_type);
        if self.count != expected && event_type != spec::STACK {
            let found = self.count.to_string();
            let expected = format!("{expected} numbers");
            return Err(Fault::malformed(start, spec.name, expected, found).of_event());
        }
        Ok(())
    }

    /// Arguments whose length stands before them, and a log's text after them.
    fn long_arguments(&mut self, head: Head) -> Result<(), Fault> {
        let (start, name) = (head.start, head.name());
        let length = self.number(name)?;
        if length > limits::V1_ARGUMENT_BYTES {
            let expected = format!("arguments of up to {} bytes", limits::V1_ARGUMENT_BYTES);
            return Err(Fault::malformed(start, name, expected, length.to_string()));
        }
        let block = self.take(length, name)?;
        if head.event_type == spec::USER_LOG {
            self.text = self.text()?;
        }
        let mut block = Cursor::new(block, start);
        self.count = 0;
        self.stack.clear();
        while !block.is_empty() {
            let number = block.uvarint();
            let number = number.map_err(|fault| Fault::unread(start, name, fault).of_event())?;
            if head.event_type == spec::STACK {
                self.stack.push(number);
            } else if let Some(arg) = self.args.get_mut(self.count) {
                *arg = number;
            }
            self.count += 1;
        }
        Ok(())
    }

    /// Passes a string's id and text.
    pub fn pass_string(&mut self) -> Result<(), Fault> {
        self.number("String")?;
        let length = self.number("String")?;
        self.take(length, "String")?;
        Ok(())
    }

    /// The text after a log event's arguments (`readStr`).
    fn text(&mut self) -> Result<&'a [u8], Fault> {
        let start = self.cursor.offset();
        let length = self.number("UserLog")?;
        if length > limits::V1_STRING_BYTES {
            let expected = format!("up to {} bytes", limits::V1_STRING_BYTES);
            let found = length.to_string();
            return Err(Fault::malformed(start, "UserLog", expected, found));
        }
        self.take(length, "UserLog")
    }

    /// The numbers of the last event that was no stack.
    pub fn args(&self) -> [u64; MOST] {
        self.args
    }

    /// The last one of them.
    #[inline]
    fn last(&self) -> u64 {
        let last = self.args.get(self.count.wrapping_sub(1));
        last.copied().unwrap_or(0)
    }

    /// The record of an event that has its place in its batch's order, whose arguments were read.
    pub fn record(
        &mut self,
        event_type: u8,
        proc: u32,
        naming: &mut dyn Naming<'a>,
    ) -> Option<Record> {
        let [delta, args @ ..] = self.args;
        let time = self.time.wrapping_add(delta as i64);
        self.time = time;
        let stack = match &spec::SPECS[usize::from(event_type)] {
            spec if spec.stack => self.last() as u32,
            _ => 0,
        };
        let plain = |kind| Record::new(kind, time, proc, self.goroutine, stack);
        let mut record = match event_type {
            4 => plain(Kind::Gomaxprocs).with_value(args[0]),
            5 => plain(Kind::ProcStart).with_value(args[0]),
            6 => plain(Kind::ProcStop),
            7 => plain(Kind::GcStart).with(0, sequence(args[0])),
            8 => plain(Kind::GcDone),
            9 => plain(Kind::StopStart).with(spec::stop_kind(self.version, args[0]), 0),
            10 => plain(Kind::StopDone),
            11 => plain(Kind::SweepStart),
            12 => plain(Kind::SweepDone).with(naming.aside(&[args[0], args[1]]), 0),
            13 => {
                let start_stack = u32::try_from(args[1]).unwrap_or(u32::MAX);
                plain(Kind::GoCreate).with(naming.goroutine(args[0]), start_stack)
            }
            14 => plain(Kind::GoStart).with(0, sequence(args[1])),
            15 => plain(Kind::GoEnd),
            16 => plain(Kind::GoStop),
            17 => plain(Kind::GoYield).because(Reason::Gosched),
            18 => plain(Kind::GoYield).because(Reason::Preempted),
            19 | 20 | 22..=27 | 42 => plain(Kind::GoBlock).because(block_reason(event_type)),
            21 => plain(Kind::GoUnblock).with(naming.goroutine(args[0]), sequence(args[1])),
            28 => plain(Kind::Syscall),
            29 => plain(Kind::SysExit)
                .with(0, sequence(args[1]))
                .with_real_time(args[2]),
            30 => plain(Kind::SysBlock),
            31 => plain(Kind::GoWaiting),
            32 => plain(Kind::GoInSyscall),
            33 => plain(Kind::HeapAlloc).with_value(args[0]),
            34 => plain(Kind::HeapGoal).with_value(args[0]),
            36 => plain(Kind::FutileWakeup),
            38 => plain(Kind::GoStart).with(0, ANY),
            39 => plain(Kind::GoUnblock).with(naming.goroutine(args[0]), ANY),
            40 => plain(Kind::SysExit).with(0, ANY).with_real_time(0),
            41 => plain(Kind::GoStartLabel).with(naming.string(args[2]), sequence(args[1])),
            43 => plain(Kind::AssistStart),
            44 => plain(Kind::AssistDone),
            45 => {
                let place = naming.aside(&[args[0], args[1]]);
                plain(Kind::TaskCreate).with(place, naming.string(args[2]))
            }
            46 => plain(Kind::TaskEnd).with_value(args[0]),
            47 => {
                let kind = match args[1] {
                    0 => Kind::RegionStart,
                    1 => Kind::RegionEnd,
                    _ => Kind::RegionUnknown,
                };
                let place = naming.aside(&args[..1]);
                plain(kind).with(place, naming.string(args[2]))
            }
            spec::USER_LOG => {
                let category = u64::from(naming.string(args[1]));
                let message = naming.text(self.text);
                plain(Kind::Log).with(naming.aside(&[args[0], category, message]), 0)
            }
            _ => return None,
        };
        match record.kind {
            Kind::GoStart | Kind::GoStartLabel => {
                record.goroutine = naming.goroutine(args[0]);
                self.goroutine = record.goroutine;
            }
            Kind::GoEnd | Kind::GoStop | Kind::GoYield | Kind::GoBlock | Kind::SysBlock => {
                self.goroutine = 0;
            }
            Kind::SysExit | Kind::GoWaiting | Kind::GoInSyscall => {
                record.goroutine = naming.goroutine(args[0]);
            }
            _ => {}
        }
        Some(record)
    }
}

/// A sequence number as a record holds it.
#[inline]
fn sequence(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(NEVER).min(NEVER)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives a goroutine the number that its id is.
    struct Same;

    impl<'a> Naming<'a> for Same {
        fn goroutine(&mut self, id: u64) -> u32 {
            id as u32
        }

        fn string(&mut self, id: u64) -> u32 {
            id as u32
        }

        fn aside(&mut self, _: &[u64]) -> u32 {
            0
        }

        fn text(&mut self, _: &'a [u8]) -> u64 {
            0
        }
    }

    #[test]
    fn usual_events_are_read_like_all_others() {
        let numbers = [0, 1, 127, 128, 300, 70_000, u64::from(u32::MAX), u64::MAX];
        let mut usual_ones = 0;
        for (event_type, spec) in (0_u8..).zip(&spec::SPECS) {
            let count = spec.numbers(event_type);
            if spec::is_structure(event_type) || !(1..=3).contains(&count) {
                continue;
            }
            for seed in 0..numbers.len() {
                let mut bytes = vec![event_type | (count as u8 - 1) << 6];
                for place in 0..count {
                    let mut rest = numbers[(seed + 3 * place) % numbers.len()];
                    while rest >= 0x80 {
                        bytes.push(rest as u8 | 0x80);
                        rest >>= 7;
                    }
                    bytes.push(rest as u8);
                }
                let length = bytes.len() as u64;
                bytes.resize(200, 0);
                let begin = || {
                    let mut decoder = Decoder::new(&bytes, 0, 21);
                    (decoder.time, decoder.goroutine) = (-5, 9);
                    decoder
                };
                let mut one = begin();
                let Some(usual) = one.usual() else {
                    assert_eq!(one.offset(), 0, "{}", spec.name);
                    continue;
                };
                usual_ones += 1;
                let named = usual.0.goroutine().unwrap_or(0) as u32;
                let record = one.usual_record(usual, 3, named);
                let mut other = begin();
                let head = other.head().expect("sound").expect("an event");
                other.arguments(head).expect("sound");
                let expected = other.record(event_type, 3, &mut Same).expect("a record");
                assert_eq!(format!("{record:?}"), format!("{expected:?}"));
                assert_eq!((one.offset(), other.offset()), (length, length));
                assert_eq!((one.time, one.goroutine), (other.time, other.goroutine));
            }
        }
        assert_eq!(usual_ones, 11 * numbers.len());
    }

    #[test]
    fn no_event_has_more_numbers_than_there_is_room_for() {
        for (event_type, spec) in (0..).zip(&spec::SPECS) {
            assert!(spec.numbers(event_type) <= MOST, "{}", spec.name);
        }
    }
}
