//! Reads a v2 trace generation by generation and emits its events (`internal/trace/reader.go`).
//!
//! 1. All batches of the next generation are read; their headers say how long they are ([`super::input`]).
//! 2. Strings, stacks, CPU samples and clocks are taken from them ([`super::generation`]).
//! 3. The others are lists of events, one for each thread; a heap holds each thread's next one by time
//!    ([`super::frontier`]).
//! 4. The earliest event happens if the scheduler's state lets it ([`super::order`]), else the next one that can.
//! 5. That thread's next event takes its place in the heap; back to 4, until there is none.

use super::clock::Frequency;
use super::frontier::{Cursor, Heap, Key, NoEvent};
use super::generation::Generation;
use super::input::{Batch, Input, RawGeneration};
use super::order::{Answer, At, Context, Orderer, Out};
use super::seam::Seam;
use super::spec::EVENTS;
use super::state::NONE;
use super::usual::{Ended, is_usual};
use crate::error::WireError;
use crate::event::EventKind;
use crate::header::HEADER_BYTES;
use crate::id::{Nanos, StackId};
use crate::limits;
use crate::report::{Loss, Place, Report, SlipKind};
use crate::sink::{GenerationInfo, Sink};
use crate::source::Source;
use crate::table::Resources;

/// A v2 trace that is being read.
#[derive(Debug)]
pub struct Generations {
    version: u8,
    strict: bool,
    input: Input,
    raw: RawGeneration,
    generation: Generation,
    orderer: Orderer,
    heap: Heap,
    cursors: Vec<Cursor>,
    /// The time of the last event.
    last: i64,
    syncs: u32,
    events: u64,
    /// The last one seen: a damaged generation may lack its own.
    frequency: Option<Frequency>,
    /// What strict reading says next.
    pending: Option<WireError>,
    done: bool,
    /// The generation before was damaged.
    damaged: bool,
    /// How much was forgotten after damage so far.
    forgotten: u64,
}

/// Where reading stands between two generations.
#[derive(Clone, Debug)]
pub struct Standing {
    offset: u64,
    orderer: Orderer,
    last: i64,
    syncs: u32,
    events: u64,
    frequency: Option<Frequency>,
    damaged: bool,
    forgotten: u64,
}

impl Standing {
    /// How many bytes it has, about.
    pub fn bytes(&self) -> u64 {
        self.orderer.bytes()
    }
}

impl Generations {
    /// Where reading stands, if that is between two generations.
    pub fn standing(&self) -> Option<Standing> {
        (!self.done && self.pending.is_none()).then(|| Standing {
            offset: self.input.position(),
            orderer: self.orderer.clone(),
            last: self.last,
            syncs: self.syncs,
            events: self.events,
            frequency: self.frequency,
            damaged: self.damaged,
            forgotten: self.forgotten,
        })
    }

    /// Goes back, or forward, to where reading stood.
    pub fn resume(&mut self, standing: &Standing) {
        self.input.seek(standing.offset);
        self.orderer.clone_from(&standing.orderer);
        self.last = standing.last;
        self.syncs = standing.syncs;
        self.events = standing.events;
        self.frequency = standing.frequency;
        self.damaged = standing.damaged;
        self.forgotten = standing.forgotten;
        self.pending = None;
        self.done = false;
    }

    /// Reads a trace of `length` bytes from behind its header.
    pub fn new(length: u64, version: u8, strict: bool) -> Self {
        Self {
            version,
            strict,
            input: Input::new(HEADER_BYTES.min(length), length, version, strict),
            raw: RawGeneration::default(),
            generation: Generation::default(),
            orderer: Orderer::new(strict, length),
            heap: Heap::default(),
            cursors: Vec::new(),
            last: 0,
            syncs: 0,
            events: 0,
            frequency: None,
            pending: None,
            done: false,
            damaged: false,
            forgotten: 0,
        }
    }

    /// How many bytes were read, and how many events emitted.
    pub fn progress(&self) -> (u64, u64) {
        (self.input.position(), self.events)
    }

    /// What was taken for granted of the time before reading began, and how things stand.
    pub fn seam(&self) -> Seam {
        self.orderer.seam()
    }

    /// See [`Input::expect`].
    pub fn expect(&mut self, bytes: u64) {
        self.input.expect(bytes);
    }

    /// Goes to the generation that begins at `offset`, to be read as if it were the first.
    pub fn seek(&mut self, offset: u64) {
        self.input.seek(offset);
        self.orderer.forget();
        self.pending = None;
        self.done = false;
        self.damaged = false;
    }

    /// Reads and emits the next generation; `None` after the end, when the last `Sync` event was emitted.
    pub fn next<S: Source, K: Sink>(
        &mut self,
        source: &mut S,
        resources: &mut Resources,
        report: &mut Report,
        sink: &mut K,
    ) -> Result<Option<GenerationInfo>, WireError> {
        if self.done {
            return Ok(None);
        }
        let loaded = match self.pending.take() {
            Some(error) => Err(error),
            None => self.load(source, report),
        };
        match loaded {
            Ok(Some(frequency)) => match self.emit(frequency, resources, report, sink) {
                Ok(info) => Ok(Some(info)),
                Err(error) => {
                    self.done = true;
                    Err(error)
                }
            },
            end => {
                self.done = true;
                if self.syncs == 0 && !self.strict && report.losses.is_empty() {
                    report.lose(Loss {
                        offset: self.input.position(),
                        bytes: 0,
                        generation: None,
                        reason: "the file ends before any event: it was cut, or the program ended too soon"
                            .to_owned(),
                    });
                }
                self.emit_sync(self.last, resources, report, sink);
                end.map(|_| None)
            }
        }
    }

    /// Reads the next generation into memory, up to its tables; its frequency.
    fn load<S: Source>(
        &mut self,
        source: &mut S,
        report: &mut Report,
    ) -> Result<Option<Frequency>, WireError> {
        loop {
            if !self.input.read_generation(source, &mut self.raw, report)? {
                return Ok(None);
            }
            self.pending = self.raw.error.take();
            let raw = &mut self.raw;
            self.generation
                .read(raw, self.input.data(), self.version, self.strict, report)?;
            let sync = self.generation.sync;
            let frequency = match sync.frequency {
                None if self.strict => {
                    let offset = raw.offset;
                    let field = "no frequency event found";
                    return Err(WireError::malformed(offset, field, "one", "none"));
                }
                None => self.frequency,
                known => known,
            };
            if self.strict && self.version >= 25 && sync.snapshot.is_none() {
                let field = "no clock snapshot event found";
                return Err(WireError::malformed(raw.offset, field, "one", "none"));
            }
            let Some(frequency) = frequency else {
                self.damaged = true;
                report.lose(Loss {
                    offset: raw.offset,
                    bytes: raw.bytes,
                    generation: Some(raw.number),
                    reason: "the clock's frequency is missing, so the events have no times"
                        .to_owned(),
                });
                continue;
            };
            self.frequency = Some(frequency);
            self.generation.fix_samples(frequency);
            return Ok(Some(frequency));
        }
    }

    /// After damage, what was known is not to be relied on: the generation's own status events say how things stand.
    fn forget_damage(&mut self) {
        if !std::mem::replace(&mut self.damaged, self.raw.damaged) {
            return;
        }
        let allowed = limits::FREE_SEARCHES + limits::FORGET_PER_BYTE * self.input.position();
        self.forgotten += self.orderer.known();
        if self.forgotten <= allowed {
            self.orderer.forget();
        }
    }

    fn emit_sync<K: Sink>(
        &mut self,
        time: i64,
        resources: &mut Resources,
        report: &mut Report,
        sink: &mut K,
    ) {
        self.syncs = self.syncs.wrapping_add(1);
        let nobody = Context {
            m: NONE,
            p: NONE,
            g: NONE,
        };
        let mut out = Out {
            sink,
            tables: &mut self.generation,
            resources,
            report,
            last: &mut self.last,
            events: &mut self.events,
        };
        let kind = EventKind::Sync { n: self.syncs };
        out.emit(time, nobody, StackId::NONE, kind);
    }

    /// Emits the events of the generation in memory.
    fn emit<K: Sink>(
        &mut self,
        frequency: Frequency,
        resources: &mut Resources,
        report: &mut Report,
        sink: &mut K,
    ) -> Result<GenerationInfo, WireError> {
        self.forget_damage();
        self.orderer.begin(self.raw.number);
        let info = GenerationInfo {
            number: self.raw.number,
            offset: self.raw.offset,
            bytes: self.raw.bytes,
            clock: self.generation.sync.clock(frequency),
            cut: self.raw.damaged,
        };
        sink.generation(&info, &self.generation.tables);
        self.emit_sync(frequency.nanos(self.raw.min_time), resources, report, sink);
        self.cursors.clear();
        self.heap.clear();
        for group in &self.generation.groups {
            let thread = self.orderer.thread(group.thread, resources);
            let cursor = Cursor::new(thread, group.first, &self.raw.batches);
            self.cursors.push(cursor);
        }
        let samples = std::mem::take(&mut self.generation.samples);
        let mut run = Run {
            data: self.input.data(),
            batches: &self.raw.batches,
            frequency,
            short_nanos: std::array::from_fn(|ticks| frequency.nanos(ticks as u64)),
            strict: self.strict,
            damaged: self.raw.damaged,
            searches: limits::FREE_SEARCHES + limits::SEARCHES_PER_BYTE * self.raw.bytes,
            orderer: &mut self.orderer,
            heap: &mut self.heap,
            cursors: &mut self.cursors,
            out: Out {
                sink,
                tables: &mut self.generation,
                resources,
                report,
                last: &mut self.last,
                events: &mut self.events,
            },
        };
        for cursor in 0..run.cursors.len() as u32 {
            if let Some(time) = run.next_event(cursor)? {
                run.heap.insert(Key { time, cursor });
            }
        }
        let mut rest = samples.as_slice();
        while let Some((sample, later)) = rest.split_first() {
            run.until(sample.time)?;
            if run.out.sink.has_enough() {
                break;
            }
            let none = |id| if id == 0 { u64::MAX } else { id };
            let context = Context {
                m: run.orderer.thread(sample.thread, run.out.resources),
                p: run.orderer.proc(sample.proc, run.out.resources),
                g: run
                    .orderer
                    .goroutine(none(sample.goroutine), run.out.resources),
            };
            let stack = run.out.tables.stack(sample.stack).unwrap_or(StackId::NONE);
            run.out
                .emit(sample.time, context, stack, EventKind::StackSample);
            rest = later;
        }
        run.until(i64::MAX)?;
        self.generation.samples = samples;
        Ok(info)
    }
}

/// What became of a thread's next event.
enum Outcome {
    /// It waits.
    Stuck,
    /// It is done; the time of the one after it.
    Next(i64),
    /// It is done, and was the last.
    End,
}

/// The loop over one generation's events.
pub(super) struct Run<'a, K> {
    pub(super) data: &'a [u8],
    batches: &'a [Batch],
    pub(super) frequency: Frequency,
    /// So many ticks in nanoseconds: most events come soon after another.
    pub(super) short_nanos: [i64; 128],
    strict: bool,
    /// Something is missing: do not wait long.
    damaged: bool,
    /// How many more threads may be looked at when the earliest event cannot happen.
    searches: u64,
    pub(super) orderer: &'a mut Orderer,
    pub(super) heap: &'a mut Heap,
    pub(super) cursors: &'a mut [Cursor],
    pub(super) out: Out<'a, K>,
}

impl<K: Sink> Run<'_, K> {
    /// Emits events until the earliest one is later than `time`; the latest time there is means all.
    fn until(&mut self, time: i64) -> Result<(), WireError> {
        loop {
            let happened = self.usual(time);
            if self.out.sink.has_enough() {
                return Ok(());
            }
            let Some(key) = self.heap.first() else {
                return Ok(());
            };
            if happened == Ended::Event && key.time > time {
                return Ok(());
            }
            let mut outcome = match happened {
                Ended::Cursor => self.next(key.cursor)?,
                Ended::Event => self.advance(key)?,
            };
            // Unusual ones come in company.
            loop {
                match outcome {
                    Outcome::Next(time) => self.heap.update(0, time),
                    Outcome::End => self.heap.remove(0),
                    Outcome::Stuck => self.search()?,
                }
                match self.heap.first() {
                    Some(key) if key.time <= time && !is_usual(self.kind(key)) => {
                        outcome = self.advance(key)?;
                    }
                    _ => break,
                }
            }
        }
    }

    /// The type of a thread's next event.
    fn kind(&self, key: Key) -> u8 {
        let cursor = self.cursors.get(key.cursor as usize);
        cursor.map_or(0, |cursor| cursor.kind)
    }

    /// Lets a thread's next event happen.
    #[inline(never)]
    fn advance(&mut self, key: Key) -> Result<Outcome, WireError> {
        let cursor = &mut self.cursors[key.cursor as usize];
        let at = At {
            time: key.time,
            thread: cursor.thread,
            kind: cursor.kind,
            offset: cursor.delta.wrapping_add(cursor.args as u64),
        };
        let mut args = cursor.args;
        let answer = self
            .orderer
            .advance(&mut self.out, at, self.data, &mut args, cursor.end);
        match answer {
            Answer::Advanced => cursor.args = args,
            Answer::NotYet => return Ok(Outcome::Stuck),
            Answer::Broken => return Err(self.broken()),
            Answer::Malformed => self.bad_batch(key.cursor)?,
        }
        self.next(key.cursor)
    }

    /// Goes on to a thread's next event.
    #[inline(always)]
    fn next(&mut self, key: u32) -> Result<Outcome, WireError> {
        let cursor = &mut self.cursors[key as usize];
        match cursor.advance(self.data, self.batches, self.frequency) {
            Ok(time) => Ok(Outcome::Next(time)),
            Err(NoEvent::End) => Ok(Outcome::End),
            Err(NoEvent::Bad) => {
                self.bad_batch(key)?;
                Ok(match self.next_event(key)? {
                    Some(time) => Outcome::Next(time),
                    None => Outcome::End,
                })
            }
        }
    }

    /// Reads a thread's next event; its time.
    #[cold]
    fn next_event(&mut self, cursor: u32) -> Result<Option<i64>, WireError> {
        loop {
            let next = &mut self.cursors[cursor as usize];
            match next.advance(self.data, self.batches, self.frequency) {
                Ok(time) => return Ok(Some(time)),
                Err(NoEvent::End) => return Ok(None),
                Err(NoEvent::Bad) => self.bad_batch(cursor)?,
            }
        }
    }

    #[cold]
    fn broken(&mut self) -> WireError {
        self.orderer
            .fault
            .take()
            .unwrap_or_else(|| WireError::malformed(0, "event", "a sound one", "a broken one"))
    }

    /// What a thread's cursor points at is no event: the rest of its batch is skipped.
    #[cold]
    fn bad_batch(&mut self, cursor: u32) -> Result<(), WireError> {
        let cursor = &mut self.cursors[cursor as usize];
        let offset = cursor.delta.wrapping_add(cursor.args as u64);
        let kind = cursor.kind;
        let found = match EVENTS[usize::from(kind)].name {
            "" => format!("type {kind}"),
            name => format!("{name} (type {kind}) that is cut or out of place"),
        };
        let error = WireError::malformed(offset, "event", "a whole event with a time", found);
        if self.strict {
            return Err(error);
        }
        let generation = self.orderer.generation;
        let place = Place {
            generation,
            offset,
            time: Some(Nanos(*self.out.last)),
        };
        self.out
            .report
            .slip(SlipKind::BadBatch, place, || error.to_string());
        self.out.report.lose(Loss {
            offset,
            bytes: cursor.end.saturating_sub(cursor.args) as u64,
            generation: Some(generation),
            reason: error.to_string(),
        });
        cursor.skip_batch();
        self.damaged = true;
        Ok(())
    }

    /// The earliest event cannot happen yet: the next one that can, in order of time, or the earliest by force.
    #[cold]
    fn search(&mut self) -> Result<(), WireError> {
        let threads = self.heap.keys().len();
        // Go's order among equal times is worth its price only where Go's order is all there is.
        let mended = self.damaged && !self.strict && threads > limits::POOR_SEARCH;
        if mended || self.searches < 2 * threads as u64 {
            return self.poor_search();
        }
        self.searches -= threads as u64;
        self.heap.sort();
        let first = self.heap.keys()[0];
        for i in 1..threads {
            let key = self.heap.keys()[i];
            if self.is_late(key, first) {
                break;
            }
            self.searches -= 1;
            match self.advance(key)? {
                Outcome::Next(time) => self.heap.update(i, time),
                Outcome::End => self.heap.remove(i),
                Outcome::Stuck => continue,
            }
            return Ok(());
        }
        if self.strict {
            return Err(self.stuck(first));
        }
        // Sorting may have put another event of the same time first, which was not tried.
        let outcome = match self.advance(first)? {
            Outcome::Stuck => self.force(first)?,
            outcome => outcome,
        };
        match outcome {
            Outcome::Next(time) => self.heap.update(0, time),
            Outcome::End | Outcome::Stuck => self.heap.remove(0),
        }
        Ok(())
    }

    /// Whether an event is so late that the first one will wait in vain.
    fn is_late(&self, key: Key, first: Key) -> bool {
        self.damaged && !self.strict && key.time.saturating_sub(first.time) > limits::PATIENCE_NANOS
    }

    /// Lets an event happen whatever it waits for.
    #[cold]
    fn force(&mut self, key: Key) -> Result<Outcome, WireError> {
        self.damaged = true;
        self.orderer.forcing = true;
        let outcome = self.advance(key);
        self.orderer.forcing = false;
        outcome
    }

    /// [`Self::search`] when its allowance is used up or something is missing: only the few earliest events are tried.
    #[cold]
    fn poor_search(&mut self) -> Result<(), WireError> {
        let mut tried = Vec::with_capacity(limits::POOR_SEARCH);
        let mut outcome = Outcome::Stuck;
        while tried.len() < limits::POOR_SEARCH
            && let Some(key) = self.heap.first()
        {
            if tried.first().is_some_and(|&first| self.is_late(key, first)) {
                break;
            }
            self.heap.remove(0);
            tried.push(key);
            outcome = self.advance(key)?;
            if !matches!(outcome, Outcome::Stuck) {
                break;
            }
        }
        let mut done = tried.len().saturating_sub(1);
        if matches!(outcome, Outcome::Stuck) {
            if self.strict {
                return Err(self.stuck(tried[0]));
            }
            done = 0;
            outcome = self.force(tried[0])?;
        }
        if let Outcome::Next(time) = outcome {
            tried[done].time = time;
        } else {
            tried.remove(done);
        }
        for key in tried {
            self.heap.insert(key);
        }
        Ok(())
    }

    #[cold]
    fn stuck(&self, first: Key) -> WireError {
        let cursor = &self.cursors[first.cursor as usize];
        WireError::Inconsistent {
            offset: cursor.delta.wrapping_add(cursor.args as u64),
            generation: self.orderer.generation,
            event: EVENTS[usize::from(cursor.kind)].name,
            reason: "broken trace: failed to advance: no thread's next event can happen".to_owned(),
        }
    }
}
