//! Opening a file: by readers where it can be cut into parts, else by this worker alone; and what a file has.

use js_sys::ArrayBuffer;
use tracepane_model::parts::{plan, plan_so_far};
use tracepane_model::{Loader, Trace};
use tracepane_timeline::Levels;
use tracepane_wire::{Index, IndexedGeneration};
use wasm_bindgen::{JsCast, JsValue};

use super::file::FileSource;
use super::indexing::Indexing;
use super::leveling::{Leveled, Leveling};
use super::need::need_of;
use super::port::Port;
use super::readers::{Hear, Heard, Reader, Readers, Step};
use super::stream::Stream;
use super::trace_file::TraceFile;
use super::waiting::Waiting;
use crate::interop::sentence;
use crate::protocol::{
    FileContents, FileGeneration, FromReader, Notice, OpenAsk, OpenCost, OpenLimits, Sketch,
};

/// How much memory readers have at a time, besides what the trace needs, bytes: measured were 270 MB (traces of 100 MB
/// and of 1 GB, two readers).
const READERS: f64 = 300e6;

/// How often the page is told how far reading is, where that is known at any time.
const PROGRESS_MILLIS: f64 = 100.0;

/// Files below this need little whatever is in them.
const SMALL: f64 = 16e6;

/// A file that readers are reading.
pub struct Opening {
    number: u32,
    ask: OpenAsk,
    file: TraceFile,
    readers: Readers,
    /// The index, as long as it is not known.
    indexing: Option<Indexing>,
    generations: Vec<FileGeneration>,
    began: f64,
    /// How many messages of readers came.
    heard: u32,
    cost: OpenCost,
}

/// A file that is read.
pub struct Read {
    /// The file's name.
    pub name: String,
    /// The file.
    pub file: TraceFile,
    /// What is in it.
    pub trace: Trace,
    /// Its levels of detail, if they were made with readers.
    pub levels: Option<Levels>,
    /// What that took so far.
    pub cost: OpenCost,
    /// How many generations it has, if parts of it can be opened, else 0.
    pub generations: u32,
    /// Readers that have nothing left to do.
    pub idle: Vec<Reader>,
}

impl Read {
    /// That only the timeline is to be made.
    pub fn preparing(&self) -> Notice {
        Notice::Progress {
            bytes: self.trace.bytes as f64,
            total: self.trace.bytes as f64,
            events: self.trace.events as f64,
            step: "Preparing the timeline".into(),
        }
    }
}

impl From<Leveled> for Next {
    fn from(leveled: Leveled) -> Self {
        match leveled {
            Leveled::Wait(leveling) => Self::Wait(Underway::Leveling(leveling)),
            Leveled::Done(read) => Self::Read(read),
        }
    }
}

/// What became of a file.
pub enum Next {
    /// Readers are at it.
    Wait(Underway),
    /// It is read.
    Read(Box<Read>),
    /// It is too large.
    Choose(Box<FileContents>),
}

/// Begins to open a file, with readers that wait for one if there are any: they begin before the whole index is known.
///
/// # Errors
/// A sentence, if it cannot be opened.
pub fn begin(
    number: u32,
    ask: OpenAsk,
    file: TraceFile,
    waiting: Option<Waiting>,
    port: &Port,
    hear: &Hear,
) -> Result<Next, String> {
    let began = port.now();
    let mut limits = ask.limits;
    if file.is_here() {
        // Readers would find nothing to read.
        limits.readers = 0;
    }
    let mut source = FileSource::new(file.clone()).map_err(|error| format!("{error:?}"))?;
    let need = need_of(&mut source, limits.memory);
    let needed = need.of(file.size());
    let too_large = needed > limits.memory;
    let alone = needed + READERS > limits.machine;
    if too_large || alone || file.size() < limits.least_bytes || limits.readers == 0 {
        let index = tracepane_wire::skim(&mut source).ok();
        let generations = generations_of(index.as_ref());
        if too_large {
            return Ok(Next::Choose(Box::new(FileContents {
                generations,
                need,
                memory: limits.memory,
            })));
        }
        let generations = generations.len() as u32;
        let read = read_in_order(ask.name, file, port, OpenCost::default(), generations)?;
        return Ok(Next::Read(Box::new(read)));
    }
    let mut cost = OpenCost {
        rehearsals: waiting.as_ref().map_or(0, |waiting| waiting.rehearsals),
        ..OpenCost::default()
    };
    // Where it fails, reading in order says why.
    let indexing = Indexing::new(&mut source).ok();
    if let Some(indexing) = indexing.filter(|indexing| !indexing.is_done()) {
        let begun = Waiting::or_start(waiting, limits.readers, hear).and_then(|readers| {
            let stream = Stream::new(file.file.clone(), hear);
            let index = indexing.index();
            let mut readers = Readers::new(readers, file.file.clone(), stream, index, hear);
            readers.ask_bytes()?;
            Ok(readers)
        });
        match begun {
            Ok(readers) => {
                return Ok(Next::Wait(Underway::Reading(Box::new(Opening {
                    number,
                    ask,
                    file,
                    readers,
                    indexing: Some(indexing),
                    generations: Vec::new(),
                    began,
                    heard: 0,
                    cost,
                }))));
            }
            Err(error) => cost.given_up = Some(sentence(&error)),
        }
    }
    let read = read_in_order(ask.name, file, port, cost, 0)?;
    Ok(Next::Read(Box::new(read)))
}

/// The parts in which a file is read: a generation each, or some small ones.
fn parts(index: &Index, bytes: f64, limits: OpenLimits) -> Option<Vec<std::ops::Range<usize>>> {
    plan(index, part_bytes(bytes, limits)).filter(|parts| parts.len() > 1)
}

/// How many bytes a part has at most, if it is not a single generation.
fn part_bytes(bytes: f64, limits: OpenLimits) -> u64 {
    // So that readers that began together do not end one part apart.
    let share = bytes / (4.0 * f64::from(limits.readers.max(1)));
    share.min(SMALL) as u64
}

/// The generations of a file that can be opened in parts, else none.
fn generations_of(index: Option<&Index>) -> Vec<FileGeneration> {
    match index {
        Some(index) if !index.format.is_v1() && index.generations.len() > 1 => {
            file_generations(&index.generations)
        }
        _ => Vec::new(),
    }
}

/// What a file has.
///
/// # Errors
/// A sentence, if it cannot be read.
pub fn contents_of(file: TraceFile, limits: OpenLimits) -> Result<FileContents, String> {
    let mut source = FileSource::new(file).map_err(|error| format!("{error:?}"))?;
    let index = tracepane_wire::skim(&mut source).ok();
    Ok(FileContents {
        generations: generations_of(index.as_ref()),
        need: need_of(&mut source, 0.0),
        memory: limits.memory,
    })
}

/// Generations with their times: each lasts until the next one begins, the last one as long as its bytes say.
fn file_generations(generations: &[IndexedGeneration]) -> Vec<FileGeneration> {
    let ticks =
        |a: &IndexedGeneration, b: &IndexedGeneration| b.min_time.saturating_sub(a.min_time) as f64;
    let mut lengths: Vec<f64> = generations
        .windows(2)
        .map(|pair| ticks(&pair[0], &pair[1]))
        .collect();
    let bytes = |generation: &IndexedGeneration| generation.bytes as f64;
    let before = &generations[..generations.len().saturating_sub(1)];
    let (time, size) = (
        lengths.iter().sum::<f64>(),
        before.iter().map(bytes).sum::<f64>(),
    );
    lengths.push(
        generations
            .last()
            .map_or(0.0, |last| time * bytes(last) / size.max(1.0)),
    );
    let all = lengths.iter().sum::<f64>().max(1.0);
    let mut start = 0.0;
    generations
        .iter()
        .zip(lengths)
        .map(|(generation, length)| {
            let end = (start + length / all).min(1.0);
            let row = FileGeneration {
                start,
                end,
                offset: generation.offset as f64,
                bytes: bytes(generation),
            };
            start = end;
            row
        })
        .collect()
}

/// A file that readers are at.
pub enum Underway {
    /// They read it.
    Reading(Box<Opening>),
    /// One of them makes a share of its levels of detail.
    Leveling(Box<Leveling>),
}

impl Underway {
    /// The number of the question.
    pub fn number(&self) -> u32 {
        match self {
            Self::Reading(opening) => opening.number,
            Self::Leveling(leveling) => leveling.number,
        }
    }

    /// How many messages of readers have come: a number that does not change for long says that nobody does anything.
    pub fn heard(&self) -> u32 {
        match self {
            Self::Reading(opening) => opening.heard,
            // One is to come.
            Self::Leveling(_) => u32::MAX,
        }
    }

    /// Takes what was heard, and tells the page.
    ///
    /// # Errors
    /// A sentence, if the file cannot be opened.
    pub fn hear(self, heard: Heard, port: &Port) -> Result<Next, String> {
        match self {
            Self::Reading(opening) => opening.hear(heard, port),
            Self::Leveling(leveling) => Ok(leveling.hear(heard, port).into()),
        }
    }

    /// Does what is left without readers.
    ///
    /// # Errors
    /// A sentence, if the file cannot be opened.
    pub fn give_up(self, why: &str, port: &Port) -> Result<Next, String> {
        match self {
            Self::Reading(opening) => opening.read_in_order(Some(why.into()), port),
            Self::Leveling(leveling) => Ok(Next::Read(leveling.give_up())),
        }
    }
}

impl Opening {
    fn hear(mut self: Box<Self>, heard: Heard, port: &Port) -> Result<Next, String> {
        self.heard += 1;
        let heard = match heard {
            Heard::Reader(place, Ok((FromReader::Bytes { offset }, buffers))) => {
                self.readers.fetched(place);
                Heard::Bytes(offset as u64, buffers.get(0).dyn_into().ok())
            }
            heard => heard,
        };
        let step = match heard {
            Heard::Reader(reader, said) => {
                let step = self.readers.hear(reader, said, || port.now());
                let (bytes, events) = self.readers.progress();
                port.notice(Notice::Progress {
                    bytes,
                    total: self.file.size(),
                    events,
                    step: "Reading".into(),
                });
                step
            }
            Heard::Bytes(offset, bytes) => match self.take_bytes(offset, bytes, port) {
                Ok(step) => step,
                Err(error) => Step::GiveUp(sentence(&error)),
            },
        };
        match step {
            Step::More => Ok(Next::Wait(Underway::Reading(self))),
            Step::Read(place, columns) => {
                self.tell_sketch(place, columns, port);
                match self.readers.is_done() {
                    true => self.finish(port),
                    false => Ok(Next::Wait(Underway::Reading(self))),
                }
            }
            Step::Done => self.finish(port),
            Step::InOrder => self.read_in_order(None, port),
            Step::GiveUp(why) => self.read_in_order(Some(why), port),
        }
    }

    /// Takes bytes of the file, which tell more of its index.
    fn take_bytes(
        &mut self,
        offset: u64,
        bytes: Option<ArrayBuffer>,
        port: &Port,
    ) -> Result<Step, JsValue> {
        let pieces = self.readers.take_bytes(offset, bytes);
        let Some(mut indexing) = self.indexing.take() else {
            self.readers.ask_bytes()?;
            return Ok(Step::More);
        };
        let (bytes, limits) = (self.file.size(), self.ask.limits);
        let mut more = false;
        for piece in &pieces {
            more |= indexing.take(piece);
        }
        if more {
            let parts = plan_so_far(indexing.index(), part_bytes(bytes, limits));
            self.readers.know(indexing.index(), parts, false)?;
        }
        if self.readers.ask_bytes()? && !indexing.is_done() {
            self.indexing = Some(indexing);
            return Ok(Step::More);
        }
        // There is room for no more bytes before the next part is read: the rest of the index does not wait for that.
        let mut source = FileSource::new(self.file.clone())?;
        let Ok(index) = indexing.finish(&mut source) else {
            return Ok(Step::InOrder);
        };
        self.generations = generations_of(Some(&index));
        self.cost
            .stages
            .push(("index".into(), port.now() - self.began));
        let Some(parts) = parts(&index, bytes, limits) else {
            return Ok(Step::InOrder);
        };
        self.readers.know(&index, parts, true)?;
        self.readers.complete(limits.readers as usize)?;
        self.cost.readers = self.readers.count;
        Ok(match self.readers.is_done() {
            true => Step::Done,
            false => Step::More,
        })
    }

    fn tell_sketch(&self, place: usize, columns: Vec<[f32; 3]>, port: &Port) {
        let part = self.readers.part(place);
        let of = |generation: &IndexedGeneration| {
            let offset = generation.offset as f64;
            self.generations.iter().find(|known| known.offset == offset)
        };
        if let Some(first) = part.first().and_then(of)
            && let Some(last) = part.last().and_then(of)
        {
            port.notice(Notice::Sketch(Sketch {
                range: (first.start, last.end),
                columns,
            }));
        }
    }

    /// All parts are joined.
    fn finish(self: Box<Self>, port: &Port) -> Result<Next, String> {
        let generations = self.generations.len() as u32;
        let Self {
            number,
            ask,
            file,
            readers,
            began,
            mut cost,
            ..
        } = *self;
        let spent = readers.spent;
        let index = cost.stages.iter().map(|(_, millis)| millis).sum::<f64>();
        let began_to_finish = port.now();
        let (merger, share, idle) = readers.finish();
        let trace = merger.finish();
        let reading = began_to_finish - began - index;
        cost.stages.extend([
            ("reading".into(), reading),
            ("of readers: waiting for bytes".into(), spent.bytes),
            ("of readers: events and tables".into(), spent.reading),
            ("of it joining".into(), spent.joining),
            ("last tables".into(), port.now() - began_to_finish),
        ]);
        let read = Box::new(Read {
            name: ask.name,
            file,
            trace,
            levels: None,
            cost,
            generations,
            idle,
        });
        Ok(match share {
            Some(share) => Leveling::begin(number, read, share, port).into(),
            None => Next::Read(read),
        })
    }

    /// Reads everything in order after all.
    fn read_in_order(self: Box<Self>, why: Option<String>, port: &Port) -> Result<Next, String> {
        let Self {
            ask,
            file,
            readers,
            generations,
            mut cost,
            ..
        } = *self;
        // Their memory goes before the same is read again.
        drop(readers);
        cost.given_up = why;
        let generations = generations.len() as u32;
        let read = read_in_order(ask.name, file, port, cost, generations)?;
        Ok(Next::Read(Box::new(read)))
    }
}

/// Reads a file generation by generation, telling the page how far it is.
fn read_in_order(
    name: String,
    file: TraceFile,
    port: &Port,
    mut cost: OpenCost,
    generations: u32,
) -> Result<Read, String> {
    let began = port.now();
    let source = FileSource::new(file.clone()).map_err(|error| format!("{error:?}"))?;
    let waited = source.waited();
    let mut loader = Loader::new(source, Default::default()).map_err(|error| error.to_string())?;
    let reading = |bytes, total, events: u64| Notice::Progress {
        bytes,
        total,
        events: events as f64,
        step: "Reading".into(),
    };
    let (teller, mut told, total) = (port.clone(), began, file.size());
    loader.tell(move |share, events| {
        if teller.now() - told > PROGRESS_MILLIS {
            told = teller.now();
            teller.notice(reading(share * total, total, events));
        }
    });
    while let Some(progress) = loader.step().map_err(|error| error.to_string())? {
        let bytes = [progress.bytes_read, progress.bytes_total].map(|bytes| bytes as f64);
        port.notice(reading(bytes[0], bytes[1], progress.events));
    }
    let read = port.now();
    let trace = loader.finish();
    cost.stages.extend([
        ("reading in order".into(), read - began),
        ("of it waiting for bytes".into(), waited.get()),
        ("last tables".into(), port.now() - read),
    ]);
    Ok(Read {
        name,
        file,
        trace,
        levels: None,
        cost,
        generations,
        idle: Vec::new(),
    })
}
