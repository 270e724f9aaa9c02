//! Bytes → records: the batches of all procs, in file order, with strings, stacks and the clock's frequency aside.
//!
//! After `readRawEvent` and `parseEvent` of Go's `internal/trace/internal/tracev1/parser.go`. That reader makes two
//! passes, this one makes one: what a pass decodes depends only on the batches of the same proc before it.

use hashbrown::{HashMap, HashSet};

use crate::bytes::Cursor;
use crate::error::WireError;
use crate::id::StringId;
use crate::limits;
use crate::report::{Loss, Place, Report, SlipKind};
use crate::table::Tables;
use crate::v1::HEADER_BYTES;
use crate::v1::fault::{Fault, Reach};
use crate::v1::record::{ANY, Kind, MAX_PROCS, NEVER, Record, Records};
use crate::v1::resync::resynchronise;
use crate::v1::spec::{self, Reason};
use crate::v1::symbols::{Defined, Names, Numbering, Symbols};

/// A batch: events that one proc wrote one after another.
#[derive(Clone, Copy, Debug)]
pub struct Batch {
    /// Where it begins in the trace.
    pub offset: u64,
    /// Its first record; it has all up to the next batch's.
    pub first: u32,
    /// Whose: a place in [`Parsed::procs`].
    pub proc: u32,
}

/// All that a v1 trace holds, before it is put in order.
pub struct Parsed {
    /// The events in file order.
    pub records: Records,
    /// Arguments that do not fit into a record.
    pub wide: Vec<u64>,
    /// The batches in file order.
    pub batches: Vec<Batch>,
    /// The ids of the procs that wrote batches, -1 for none.
    pub procs: Vec<i32>,
    /// The ids of all goroutines mentioned; place 0 is id 0, which is no goroutine.
    pub goroutines: Numbering,
    /// The places of the CPU profile's samples, in file order.
    pub samples: Vec<u32>,
    /// The goroutines that ran timers.
    pub timers: HashSet<u32>,
    /// Ticks per second, if the trace says so.
    pub frequency: Option<i64>,
    /// Strings, frames and stacks.
    pub tables: Tables,
    /// From the records' names to those of `tables`.
    pub names: Names,
    /// Whether a part of the file could not be read.
    pub cut: bool,
}

impl Parsed {
    /// Where the batch of a record begins.
    pub fn offset(&self, record: u32) -> u64 {
        let after = self.batches.partition_point(|batch| batch.first <= record);
        match after.checked_sub(1) {
            Some(place) => self.batches[place].offset,
            None => HEADER_BYTES as u64,
        }
    }

    /// The end of a batch's records.
    pub fn batch_end(&self, batch: usize) -> u32 {
        match self.batches.get(batch + 1) {
            Some(next) => next.first,
            None => self.records.len(),
        }
    }
}

/// Reads a whole v1 trace. Lenient reading notes damage in `report` and goes on after it.
pub fn parse(
    bytes: &[u8],
    version: u32,
    strict: bool,
    report: &mut Report,
) -> Result<Parsed, WireError> {
    let mut parser = Parser {
        version,
        cursor: cursor_at(bytes, HEADER_BYTES),
        records: Records::default(),
        wide: Vec::new(),
        batches: Vec::new(),
        procs: Vec::new(),
        proc_places: HashMap::new(),
        last_goroutines: Vec::new(),
        goroutines: Numbering::new(),
        samples: Vec::new(),
        timers: HashSet::new(),
        frequency: None,
        symbols: Symbols::new(),
        current: None,
        time: 0,
        args: Vec::with_capacity(64),
        stack: Vec::new(),
    };
    let mut cut = false;
    while !parser.cursor.is_empty() {
        let start = parser.cursor.offset();
        let Err(fault) = parser.event() else { continue };
        if strict {
            return Err(fault.into());
        }
        if let Reach::Event(slip) = fault.reach {
            report.slip(slip, place(start), || fault.to_string());
            continue;
        }
        cut = true;
        let end = resynchronise(bytes, start as usize, version);
        report.lose(Loss {
            offset: start,
            bytes: end as u64 - start,
            generation: Some(1),
            reason: match end == bytes.len() {
                true => format!(
                    "{fault}; nothing after it could be read, and stacks stand at a trace's end"
                ),
                false => fault.to_string(),
            },
        });
        parser.cursor = cursor_at(bytes, end);
    }
    parser.finish(strict, cut, report)
}

fn cursor_at(bytes: &[u8], offset: usize) -> Cursor<'_> {
    Cursor::new(bytes.get(offset..).unwrap_or_default(), offset as u64)
}

fn place(offset: u64) -> Place {
    Place {
        generation: 1,
        offset,
        time: None,
    }
}

struct Parser<'a> {
    version: u32,
    cursor: Cursor<'a>,
    records: Records,
    wide: Vec<u64>,
    batches: Vec<Batch>,
    procs: Vec<i32>,
    proc_places: HashMap<i32, u32>,
    /// The goroutine that each proc ran last: it is remembered from batch to batch.
    last_goroutines: Vec<u32>,
    goroutines: Numbering,
    samples: Vec<u32>,
    timers: HashSet<u32>,
    frequency: Option<i64>,
    symbols: Symbols<'a>,
    /// The proc whose batch is being read.
    current: Option<u32>,
    /// The time of the last event.
    time: i64,
    args: Vec<u64>,
    stack: Vec<u32>,
}

impl<'a> Parser<'a> {
    #[inline]
    fn number(&mut self, field: &'static str) -> Result<u64, Fault> {
        let offset = self.cursor.offset();
        let number = self.cursor.uvarint();
        number.map_err(|fault| Fault::unread(offset, field, fault))
    }

    fn take(&mut self, length: u64, field: &'static str) -> Result<&'a [u8], Fault> {
        let offset = self.cursor.offset();
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let taken = self.cursor.take(length);
        taken.map_err(|fault| Fault::unread(offset, field, fault))
    }

    /// Reads one event. The cursor is after it also when only its arguments turn out to be wrong.
    #[inline]
    fn event(&mut self) -> Result<(), Fault> {
        let start = self.cursor.offset();
        let Ok(head) = self.cursor.byte() else {
            return Ok(());
        };
        let event_type = head & 0x3f;
        let Some(spec) = spec::spec(event_type, self.version) else {
            let found = format!("byte {head:#04x}");
            return Err(Fault::malformed(
                start,
                "event",
                "a type of this format",
                found,
            ));
        };
        match event_type {
            spec::STRING => return self.string(start),
            spec::BATCH => return self.batch(start, head >> 6),
            _ => {}
        }
        self.args.clear();
        let numbers = usize::from(head >> 6) + 1;
        let mut text: &'a [u8] = &[];
        if numbers <= 3 {
            for _ in 0..numbers {
                let number = self.number(spec.name)?;
                self.args.push(number);
            }
        } else {
            let length = self.number(spec.name)?;
            if length > limits::V1_ARGUMENT_BYTES {
                let expected = format!("arguments of up to {} bytes", limits::V1_ARGUMENT_BYTES);
                return Err(Fault::malformed(
                    start,
                    spec.name,
                    expected,
                    length.to_string(),
                ));
            }
            let block = self.take(length, spec.name)?;
            if event_type == spec::USER_LOG {
                text = self.text()?;
            }
            let mut block = Cursor::new(block, start);
            while !block.is_empty() {
                let number = block.uvarint();
                let number =
                    number.map_err(|fault| Fault::unread(start, spec.name, fault).of_event());
                self.args.push(number?);
            }
        }
        let expected = spec.numbers(event_type);
        if self.args.len() != expected && event_type != spec::STACK {
            let found = self.args.len().to_string();
            let expected = format!("{expected} numbers");
            return Err(Fault::malformed(start, spec.name, expected, found).of_event());
        }
        let Some(proc) = self.current else {
            return Err(Fault::malformed(start, spec.name, "a batch before it", "none").of_event());
        };
        match event_type {
            spec::STACK => self.stack(start),
            spec::FREQUENCY => self.frequency(start),
            spec::TIMER_GOROUTINE => {
                let goroutine = self.goroutines.number(self.args[0]);
                self.timers.insert(goroutine);
                Ok(())
            }
            spec::CPU_SAMPLE => self.sample(start, proc),
            _ => self.timed(start, proc, event_type, text),
        }
    }

    /// `EvBatch`: a batch begins; what its proc ran last is what it runs now.
    fn batch(&mut self, start: u64, numbers: u8) -> Result<(), Fault> {
        if numbers != 1 {
            let found = (numbers + 1).to_string();
            return Err(Fault::malformed(start, "Batch", "2 numbers", found));
        }
        let proc = self.number("Batch")?;
        let time = self.number("Batch")?;
        let proc = match (proc, i32::try_from(proc)) {
            (u64::MAX, _) => -1,
            (_, Ok(proc)) => proc,
            (_, Err(_)) => {
                let expected = format!("a proc of at most {}", i32::MAX);
                return Err(Fault::malformed(start, "Batch", expected, proc.to_string()));
            }
        };
        let place = match self.proc_places.get(&proc) {
            Some(place) => *place,
            // One place is kept for the stream of the CPU profile's samples.
            None if self.procs.len() >= MAX_PROCS - 1 => {
                let expected = format!("at most {} procs", MAX_PROCS - 1);
                return Err(Fault::malformed(start, "Batch", expected, "more"));
            }
            None => {
                let place = self.procs.len() as u32;
                self.procs.push(proc);
                self.last_goroutines.push(0);
                self.proc_places.insert(proc, place);
                place
            }
        };
        self.batches.push(Batch {
            offset: start,
            first: self.records.len(),
            proc: place,
        });
        self.current = Some(place);
        self.time = time as i64;
        Ok(())
    }

    /// `EvString`: an id and a text. What stands before the first batch is never read by the reference.
    fn string(&mut self, start: u64) -> Result<(), Fault> {
        let id = self.number("String")?;
        let length = self.number("String")?;
        let text = self.take(length, "String")?;
        if self.current.is_none() {
            return Ok(());
        }
        let wrong = |expected: String, found: u64| {
            Err(Fault::malformed(start, "String", expected, found.to_string()).of_event())
        };
        if id == 0 {
            return wrong("an id of 1 or more".to_owned(), id);
        }
        if length == 0 || length > limits::V1_STRING_BYTES {
            return wrong(format!("1 to {} bytes", limits::V1_STRING_BYTES), length);
        }
        match self.symbols.define_string(id, text) {
            Defined::Fresh => Ok(()),
            Defined::Duplicate => {
                let fault = Fault::malformed(start, "String", "an id of its own", id.to_string());
                Err(fault.counted(SlipKind::DuplicateId))
            }
            Defined::Full => wrong("at most 4 GB of strings".to_owned(), length),
        }
    }

    /// The text after a log event's arguments (`readStr`).
    fn text(&mut self) -> Result<&'a [u8], Fault> {
        let start = self.cursor.offset();
        let length = self.number("UserLog")?;
        if length > limits::V1_STRING_BYTES {
            let expected = format!("up to {} bytes", limits::V1_STRING_BYTES);
            return Err(Fault::malformed(
                start,
                "UserLog",
                expected,
                length.to_string(),
            ));
        }
        self.take(length, "UserLog")
    }

    /// `EvStack`: an id and its frames.
    fn stack(&mut self, start: u64) -> Result<(), Fault> {
        let (id, size, frames) = match self.args.as_slice() {
            [id, size, frames @ ..] => (*id as u32, *size, frames),
            _ => (0, u64::MAX, [].as_slice()),
        };
        if size > limits::V1_STACK_FRAMES || frames.len() as u64 != size * 4 {
            let expected = format!("up to {} frames of 4 numbers", limits::V1_STACK_FRAMES);
            let found = format!("{} numbers", self.args.len());
            return Err(Fault::malformed(start, "Stack", expected, found).of_event());
        }
        if id == 0 || size == 0 {
            return Ok(());
        }
        self.stack.clear();
        for frame in frames.chunks_exact(4) {
            if let [counter, function, file, line] = *frame {
                self.stack
                    .push(self.symbols.frame(counter, function, file, line));
            }
        }
        self.symbols.define_stack(id, &self.stack);
        Ok(())
    }

    /// `EvFrequency`: the last one counts; what is not positive comes of clocks that disagree.
    fn frequency(&mut self, start: u64) -> Result<(), Fault> {
        let frequency = self.args[0] as i64;
        if frequency <= 0 {
            let found = frequency.to_string();
            let fault = Fault::malformed(start, "Frequency", "1 or more ticks per second", found);
            return Err(fault.counted(SlipKind::TimeOutOfOrder));
        }
        self.frequency = Some(frequency);
        Ok(())
    }

    /// `EvCPUSample`: its time, proc and goroutine are its own (`collectBatchesAndCPUSamples`).
    fn sample(&mut self, start: u64, proc: u32) -> Result<(), Fault> {
        if let [_, time, sampled, goroutine, stack] = *self.args.as_slice() {
            let goroutine = self.goroutines.number(goroutine);
            let record = Record::new(Kind::Sample, time as i64, proc, goroutine, stack as u32);
            self.samples.push(self.records.len());
            self.push(start, record.with(sampled as u32, 0))?;
        }
        Ok(())
    }

    /// All events that have their place in their batch's order.
    #[inline]
    fn timed(
        &mut self,
        start: u64,
        proc: u32,
        event_type: u8,
        text: &'a [u8],
    ) -> Result<(), Fault> {
        let time = self.time.wrapping_add(self.args[0] as i64);
        self.time = time;
        let goroutine = self.last_goroutines[proc as usize];
        let args = &self.args[1..];
        let stack = match &spec::SPECS[usize::from(event_type)] {
            spec if spec.stack => args[args.len() - 1] as u32,
            _ => 0,
        };
        let plain = |kind| Record::new(kind, time, proc, goroutine, stack);
        let mut record = match event_type {
            4 => plain(Kind::Gomaxprocs).with_value(args[0]),
            5 => plain(Kind::ProcStart).with_value(args[0]),
            6 => plain(Kind::ProcStop),
            7 => plain(Kind::GcStart).with(0, sequence(args[0])),
            8 => plain(Kind::GcDone),
            9 => plain(Kind::StopStart).with(spec::stop_kind(self.version, args[0]), 0),
            10 => plain(Kind::StopDone),
            11 => plain(Kind::SweepStart),
            12 => plain(Kind::SweepDone).with(widen(&mut self.wide, &[args[0], args[1]]), 0),
            13 => {
                let start_stack = u32::try_from(args[1]).unwrap_or(u32::MAX);
                plain(Kind::GoCreate).with(self.goroutines.number(args[0]), start_stack)
            }
            14 => plain(Kind::GoStart).with(0, sequence(args[1])),
            15 => plain(Kind::GoEnd),
            16 => plain(Kind::GoStop),
            17 => plain(Kind::GoYield).because(Reason::Gosched),
            18 => plain(Kind::GoYield).because(Reason::Preempted),
            19 => plain(Kind::GoBlock).because(Reason::Sleep),
            20 => plain(Kind::GoBlock).because(Reason::Unknown),
            21 => plain(Kind::GoUnblock).with(self.goroutines.number(args[0]), sequence(args[1])),
            22 => plain(Kind::GoBlock).because(Reason::ChanSend),
            23 => plain(Kind::GoBlock).because(Reason::ChanReceive),
            24 => plain(Kind::GoBlock).because(Reason::Select),
            25 => plain(Kind::GoBlock).because(Reason::Sync),
            26 => plain(Kind::GoBlock).because(Reason::SyncCond),
            27 => plain(Kind::GoBlock).because(Reason::Network),
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
            39 => plain(Kind::GoUnblock).with(self.goroutines.number(args[0]), ANY),
            40 => plain(Kind::SysExit).with(0, ANY).with_real_time(0),
            41 => plain(Kind::GoStartLabel).with(self.symbols.slot(args[2]), sequence(args[1])),
            42 => plain(Kind::GoBlock).because(Reason::MarkAssistWait),
            43 => plain(Kind::AssistStart),
            44 => plain(Kind::AssistDone),
            45 => {
                let place = widen(&mut self.wide, &[args[0], args[1]]);
                plain(Kind::TaskCreate).with(place, self.symbols.slot(args[2]))
            }
            46 => plain(Kind::TaskEnd).with_value(args[0]),
            47 => {
                let kind = match args[1] {
                    0 => Kind::RegionStart,
                    1 => Kind::RegionEnd,
                    _ => Kind::RegionUnknown,
                };
                let place = widen(&mut self.wide, &[args[0]]);
                plain(kind).with(place, self.symbols.slot(args[2]))
            }
            spec::USER_LOG => {
                let category = u64::from(self.symbols.slot(args[1]));
                let place = widen(&mut self.wide, &[args[0], category]);
                let message = self.symbols.text(text).unwrap_or(StringId::EMPTY);
                plain(Kind::Log).with(place, message.0)
            }
            _ => return Ok(()),
        };
        match record.kind {
            Kind::GoStart | Kind::GoStartLabel => {
                record.goroutine = self.goroutines.number(args[0]);
                self.last_goroutines[proc as usize] = record.goroutine;
            }
            Kind::GoEnd | Kind::GoStop | Kind::GoYield | Kind::GoBlock | Kind::SysBlock => {
                self.last_goroutines[proc as usize] = 0;
            }
            Kind::SysExit | Kind::GoWaiting | Kind::GoInSyscall => {
                record.goroutine = self.goroutines.number(args[0]);
            }
            _ => {}
        }
        self.push(start, record)
    }

    #[inline]
    fn push(&mut self, start: u64, record: Record) -> Result<(), Fault> {
        if self.records.push(record) {
            return Ok(());
        }
        let expected = format!("at most {} events", Records::MAX);
        Err(Fault::malformed(start, "event", expected, "more"))
    }

    fn finish(self, strict: bool, cut: bool, report: &mut Report) -> Result<Parsed, WireError> {
        let end = self.cursor.offset();
        let (tables, names, unknown) = self.symbols.finish();
        if unknown > 0 {
            let found = format!("{unknown} that are not");
            let error = WireError::malformed(end, "Stack", "names that are in the trace", found);
            if strict {
                return Err(error);
            }
            report.slip(SlipKind::UnknownString, place(end), || error.to_string());
        }
        Ok(Parsed {
            records: self.records,
            wide: self.wide,
            batches: self.batches,
            procs: self.procs,
            goroutines: self.goroutines,
            samples: self.samples,
            timers: self.timers,
            frequency: self.frequency,
            tables,
            names,
            cut,
        })
    }
}

/// A sequence number as a record holds it.
#[inline]
fn sequence(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(NEVER).min(NEVER)
}

/// Puts arguments aside and returns their place.
fn widen(wide: &mut Vec<u64>, values: &[u64]) -> u32 {
    let place = wide.len() as u32;
    wide.extend_from_slice(values);
    place
}
