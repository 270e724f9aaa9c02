//! Bytes → all that a trace holds but its events: of these only the batches are kept, where each begins and how things
//! stood then. [`crate::v1::replay`] reads the events again from there, as often as they are wanted.
//!
//! After `readRawEvent` and `parseEvent` of Go's `internal/trace/internal/tracev1/parser.go`. That reader makes two
//! passes, this one makes one: what a pass decodes depends only on the batches of the same proc before it.

use hashbrown::{HashMap, HashSet};

use crate::error::WireError;
use crate::limits;
use crate::report::{Loss, Place, Report, SlipKind};
use crate::sink::Sink;
use crate::sorting::places_by;
use crate::table::Tables;
use crate::v1::decode::{Decoder, Naming};
use crate::v1::fault::{Fault, Reach};
use crate::v1::record::{Kind, MAX_PROCS, Record};
use crate::v1::resync::resynchronise;
use crate::v1::spec;
use crate::v1::symbols::{Defined, Names, Numbering, Symbols};
use crate::v1::{HEADER_BYTES, PIECE, SURVEYED};

/// A batch: events that one proc wrote one after another.
#[derive(Clone, Copy, Debug)]
pub struct Batch {
    /// Where it begins in the trace.
    pub offset: u64,
    /// Where its first event begins.
    pub start: u64,
    /// Where its last event ends.
    pub end: u64,
    /// The time that its first event counts from, in ticks.
    pub time: i64,
    /// Whose: a place in [`Survey::procs`].
    pub proc: u32,
    /// The goroutine that the proc runs when it begins, or 0.
    pub goroutine: u32,
    /// How many numbers were put into [`Survey::wide`] before it.
    pub wide: u32,
}

/// A sample of the CPU profile.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// Itself.
    pub record: Record,
    /// Where its batch begins in the trace.
    pub offset: u64,
}

/// All that a v1 trace holds, but for its events.
pub struct Survey<'a> {
    /// The trace.
    pub bytes: &'a [u8],
    /// The header's version.
    pub version: u32,
    /// How many events have a place in an order.
    pub count: u32,
    /// Arguments that do not fit into a record, in file order.
    pub wide: Vec<u64>,
    /// The batches in file order, but for empty ones.
    pub batches: Vec<Batch>,
    /// The ids of the procs that wrote batches, -1 for none.
    pub procs: Vec<i32>,
    /// The ids of all goroutines mentioned; place 0 is id 0, which is no goroutine.
    pub goroutines: Numbering,
    /// The samples of the CPU profile by time, and those of the same time in file order.
    pub samples: Vec<Sample>,
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

/// Goes through a whole v1 trace. Lenient reading notes damage in `report` and goes on after it.
pub fn survey<'a>(
    bytes: &'a [u8],
    version: u32,
    strict: bool,
    report: &mut Report,
    sink: &mut dyn Sink,
) -> Result<Survey<'a>, WireError> {
    let mut surveyor = Surveyor {
        bytes,
        version,
        decoder: Decoder::new(bytes, HEADER_BYTES as u64, version),
        count: 0,
        batches: Vec::new(),
        procs: Vec::new(),
        proc_places: HashMap::new(),
        last_goroutines: Vec::new(),
        ids: Ids {
            goroutines: Numbering::new(),
            symbols: Symbols::new(),
            wide: Vec::new(),
        },
        samples: Vec::new(),
        timers: HashSet::new(),
        frequency: None,
        current: None,
        stack: Vec::new(),
    };
    let mut cut = false;
    while !surveyor.decoder.is_at_end() {
        let Err((start, fault)) = surveyor.some() else {
            sink.reads(SURVEYED * surveyor.decoder.offset() as f64 / bytes.len() as f64);
            continue;
        };
        if strict {
            return Err(fault.into());
        }
        if let Reach::Event(slip) = fault.reach {
            report.slip(slip, place(start), || fault.to_string());
            continue;
        }
        cut = true;
        surveyor.end_batch(start);
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
        surveyor.decoder.seek(bytes, end as u64);
    }
    surveyor.finish(strict, cut, report)
}

fn place(offset: u64) -> Place {
    Place {
        generation: 1,
        offset,
        time: None,
    }
}

/// Gives everything its number when it is first mentioned.
struct Ids<'a> {
    goroutines: Numbering,
    symbols: Symbols<'a>,
    wide: Vec<u64>,
}

impl<'a> Naming<'a> for Ids<'a> {
    fn goroutine(&mut self, id: u64) -> u32 {
        self.goroutines.number(id)
    }

    fn string(&mut self, id: u64) -> u32 {
        self.symbols.slot(id)
    }

    fn aside(&mut self, values: &[u64]) -> u32 {
        let place = self.wide.len() as u32;
        self.wide.extend_from_slice(values);
        place
    }

    fn text(&mut self, text: &'a [u8]) -> u64 {
        self.symbols.text(text).map_or(0, |text| u64::from(text.0))
    }
}

struct Surveyor<'a> {
    bytes: &'a [u8],
    version: u32,
    decoder: Decoder<'a>,
    count: u32,
    batches: Vec<Batch>,
    procs: Vec<i32>,
    proc_places: HashMap<i32, u32>,
    /// The goroutine that each proc ran last: it is remembered from batch to batch.
    last_goroutines: Vec<u32>,
    ids: Ids<'a>,
    samples: Vec<Sample>,
    timers: HashSet<u32>,
    frequency: Option<i64>,
    /// The proc whose batch is being read, and where that begins.
    current: Option<(u32, u64)>,
    stack: Vec<u32>,
}

impl<'a> Surveyor<'a> {
    /// Reads some events; where one is wrong begins, and how it is wrong.
    #[inline(never)]
    fn some(&mut self) -> Result<(), (u64, Fault)> {
        for _ in 0..PIECE {
            let start = self.decoder.offset();
            self.event().map_err(|fault| (start, fault))?;
        }
        Ok(())
    }

    /// Reads one event. The decoder is after it also when only its arguments turn out to be wrong.
    #[inline]
    fn event(&mut self) -> Result<(), Fault> {
        let start = self.decoder.offset();
        if self.current.is_some()
            && let Some((usual, ..)) = self.decoder.usual()
        {
            // Times are read when the events are.
            let named = usual.goroutine().map(|id| self.ids.goroutines.number(id));
            self.decoder.goes_on_with(usual, named.unwrap_or(0));
            return self.count(start);
        }
        self.unusual_event()
    }

    #[inline(never)]
    fn unusual_event(&mut self) -> Result<(), Fault> {
        let Some(head) = self.decoder.head()? else {
            return Ok(());
        };
        let start = head.start;
        match head.event_type {
            spec::STRING => return self.string(start),
            spec::BATCH => return self.batch(start, head.numbers),
            _ => {}
        }
        self.decoder.arguments(head)?;
        let Some((proc, batch)) = self.current else {
            let expected = "a batch before it";
            return Err(Fault::malformed(start, head.name(), expected, "none").of_event());
        };
        match head.event_type {
            spec::STACK => self.stack(start),
            spec::FREQUENCY => self.frequency(start),
            spec::TIMER_GOROUTINE => {
                let goroutine = self.ids.goroutines.number(self.decoder.args()[0]);
                self.timers.insert(goroutine);
                Ok(())
            }
            spec::CPU_SAMPLE => self.sample(start, proc, batch),
            event_type => {
                let record = self.decoder.record(event_type, proc, &mut self.ids);
                match record {
                    Some(_) => self.count(start),
                    None => Ok(()),
                }
            }
        }
    }

    #[inline]
    fn count(&mut self, start: u64) -> Result<(), Fault> {
        if self.count < limits::V1_EVENTS {
            self.count += 1;
            return Ok(());
        }
        let expected = format!("at most {} events", limits::V1_EVENTS);
        Err(Fault::malformed(start, "event", expected, "more"))
    }

    /// `EvBatch`: a batch begins; what its proc ran last is what it runs now.
    fn batch(&mut self, start: u64, numbers: u8) -> Result<(), Fault> {
        if numbers != 1 {
            let found = (numbers + 1).to_string();
            return Err(Fault::malformed(start, "Batch", "2 numbers", found));
        }
        let proc = self.decoder.number("Batch")?;
        let time = self.decoder.number("Batch")?;
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
        self.end_batch(start);
        let goroutine = self.last_goroutines[place as usize];
        self.batches.push(Batch {
            offset: start,
            start: self.decoder.offset(),
            end: self.bytes.len() as u64,
            time: time as i64,
            proc: place,
            goroutine,
            wide: self.ids.wide.len() as u32,
        });
        self.current = Some((place, start));
        self.decoder.time = time as i64;
        self.decoder.goroutine = goroutine;
        Ok(())
    }

    /// The batch that was read ends.
    fn end_batch(&mut self, end: u64) {
        if let Some((proc, offset)) = self.current {
            self.last_goroutines[proc as usize] = self.decoder.goroutine;
            if let Some(last) = self.batches.last_mut()
                && last.offset == offset
            {
                last.end = last.end.min(end);
                if last.start >= last.end {
                    self.batches.pop();
                }
            }
        }
    }

    /// `EvString`: an id and a text. What stands before the first batch is never read by the reference.
    fn string(&mut self, start: u64) -> Result<(), Fault> {
        let id = self.decoder.number("String")?;
        let length = self.decoder.number("String")?;
        let text = self.decoder.take(length, "String")?;
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
        match self.ids.symbols.define_string(id, text) {
            Defined::Fresh => Ok(()),
            Defined::Duplicate => {
                let fault = Fault::malformed(start, "String", "an id of its own", id.to_string());
                Err(fault.counted(SlipKind::DuplicateId))
            }
            Defined::Full => wrong("at most 4 GB of strings".to_owned(), length),
        }
    }

    /// `EvStack`: an id and its frames.
    fn stack(&mut self, start: u64) -> Result<(), Fault> {
        let args = self.decoder.stack.as_slice();
        let (id, size, frames) = match args {
            [id, size, frames @ ..] => (*id as u32, *size, frames),
            _ => (0, u64::MAX, [].as_slice()),
        };
        if size > limits::V1_STACK_FRAMES || frames.len() as u64 != size * 4 {
            let expected = format!("up to {} frames of 4 numbers", limits::V1_STACK_FRAMES);
            let found = format!("{} numbers", args.len());
            return Err(Fault::malformed(start, "Stack", expected, found).of_event());
        }
        if id == 0 || size == 0 {
            return Ok(());
        }
        self.stack.clear();
        let symbols = &mut self.ids.symbols;
        for frame in frames.chunks_exact(4) {
            if let [counter, function, file, line] = *frame {
                self.stack
                    .push(symbols.frame(counter, function, file, line));
            }
        }
        symbols.define_stack(id, &self.stack);
        Ok(())
    }

    /// `EvFrequency`: the last one counts; what is not positive comes of clocks that disagree.
    fn frequency(&mut self, start: u64) -> Result<(), Fault> {
        let frequency = self.decoder.args()[0] as i64;
        if frequency <= 0 {
            let found = frequency.to_string();
            let fault = Fault::malformed(start, "Frequency", "1 or more ticks per second", found);
            return Err(fault.counted(SlipKind::TimeOutOfOrder));
        }
        self.frequency = Some(frequency);
        Ok(())
    }

    /// `EvCPUSample`: its time, proc and goroutine are its own (`collectBatchesAndCPUSamples`).
    fn sample(&mut self, start: u64, proc: u32, batch: u64) -> Result<(), Fault> {
        let [_, time, sampled, goroutine, stack] = self.decoder.args();
        self.count(start)?;
        let goroutine = self.ids.goroutines.number(goroutine);
        let record = Record::new(Kind::Sample, time as i64, proc, goroutine, stack as u32);
        self.samples.push(Sample {
            record: record.with(sampled as u32, 0),
            offset: batch,
        });
        Ok(())
    }

    fn finish(
        mut self,
        strict: bool,
        cut: bool,
        report: &mut Report,
    ) -> Result<Survey<'a>, WireError> {
        let end = self.decoder.offset();
        self.end_batch(end);
        let (tables, names, unknown) = self.ids.symbols.finish();
        if unknown > 0 {
            let found = format!("{unknown} that are not");
            let error = WireError::malformed(end, "Stack", "names that are in the trace", found);
            if strict {
                return Err(error);
            }
            report.slip(SlipKind::UnknownString, place(end), || error.to_string());
        }
        let mut times = (self.samples.iter()).map(|sample| [sample.record.time(), 0]);
        let places = places_by(&mut times);
        let samples = places.iter().map(|place| self.samples[*place as usize]);
        Ok(Survey {
            bytes: self.bytes,
            version: self.version,
            count: self.count,
            wide: self.ids.wide,
            batches: self.batches,
            procs: self.procs,
            goroutines: self.ids.goroutines,
            samples: samples.collect(),
            timers: self.timers,
            frequency: self.frequency,
            tables,
            names,
            cut,
        })
    }
}
