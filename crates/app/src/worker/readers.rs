//! The readers of a trace: workers that read parts of its file, and what they have read so far.

use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;

use js_sys::{Array, ArrayBuffer, Reflect};
use tracepane_model::parts::{Merger, Part};
use tracepane_wire::{Index, IndexedGeneration};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{ErrorEvent, Event, File, MessageEvent, Worker};

use super::buffers::HandedOver;
use super::file::generations_packed;
use super::share::Share;
use super::stream::{Piece, Stream};
use crate::interop::{Listener, ask_reader, sentence};
use crate::protocol::{FromReader, JoinAsk, ReadAsk, ReadPart, ReaderAsk};

/// In how many columns the whole file is sketched while it is read.
const COLUMNS: f64 = 480.0;

#[wasm_bindgen]
extern "C" {
    /// A new worker running this very module in another role; `www/worker.js` provides it.
    #[wasm_bindgen(catch, js_name = tracepaneWorker)]
    fn new_worker(role: &str) -> Result<Worker, JsValue>;
}

/// A message of a reader with its buffers, or why there will be none.
pub type Said = Result<(FromReader, Array), String>;

/// What was heard.
pub enum Heard {
    /// A message of the reader at this place.
    Reader(usize, Said),
    /// Bytes of the file from here on, if they could be read.
    Bytes(u64, Option<ArrayBuffer>),
}

/// Who is told.
pub type Hear = Rc<dyn Fn(Heard)>;

/// A worker that reads. Once it is not needed any more it is kept until the trace is shown, and ended then: giving its
/// memory back makes all of the page's threads wait that want some, for tens of milliseconds.
pub struct Reader {
    /// It.
    pub worker: Worker,
    /// The part that it is reading.
    busy: Option<usize>,
    /// It is getting bytes of the file.
    fetches: bool,
    _listeners: [Listener; 3],
}

impl Reader {
    /// Starts one; `hear` is told what it says, as of the reader at this place.
    ///
    /// # Errors
    /// What the browser refuses.
    pub fn start(place: usize, hear: &Hear) -> Result<Self, JsValue> {
        let worker = new_worker("reader")?;
        let said = Rc::clone(hear);
        let message = Listener::new(&worker, "message", move |event: MessageEvent| {
            let message = understood(&event.data()).map_err(|error| sentence(&error));
            said(Heard::Reader(place, message));
        });
        let failed = |kind: &'static str, hear: &Hear| {
            let hear = Rc::clone(hear);
            Listener::new(&worker, kind, move |event: Event| {
                event.prevent_default();
                let why = event.dyn_ref::<ErrorEvent>().map(ErrorEvent::message);
                let why = why.unwrap_or_else(|| "a message was lost".into());
                hear(Heard::Reader(place, Err(why)));
            })
        };
        let listeners = [message, failed("error", hear), failed("messageerror", hear)];
        Ok(Self {
            worker,
            busy: None,
            fetches: false,
            _listeners: listeners,
        })
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        // Its memory goes with it.
        self.worker.terminate();
    }
}

fn understood(message: &JsValue) -> Result<(FromReader, Array), JsValue> {
    let said = Reflect::get(message, &"say".into())?;
    let buffers = Reflect::get(message, &"buffers".into())?;
    Ok((serde_wasm_bindgen::from_value(said)?, buffers.dyn_into()?))
}

/// The reader that makes a share of the levels of detail.
pub struct Sharer {
    /// It.
    pub reader: Reader,
    /// Its place among the readers.
    pub place: usize,
    /// How many rows it has, the trace's first ones.
    pub rows: usize,
}

/// The readers of one file.
pub struct Readers {
    file: File,
    index: Index,
    packed: Vec<u8>,
    /// The parts, as places in the index.
    parts: Vec<Range<usize>>,
    /// Whether these are all parts.
    all: bool,
    readers: Vec<Option<Reader>>,
    /// Those that have nothing left to do.
    idle: Vec<Reader>,
    /// The part that is read next.
    next: usize,
    /// How many parts are joined.
    joined: usize,
    stream: Stream,
    hear: Hear,
    /// Parts that came before their turn, still outside of this worker's memory.
    waiting: BTreeMap<usize, (ReadPart, Array)>,
    merger: Merger,
    share: Share,
    /// Bytes and events read, by part.
    progress: Vec<(f64, f64)>,
    /// What was spent, ms.
    pub spent: Spent,
    /// How many readers were started.
    pub count: u32,
}

/// Milliseconds of readers, added up, and of joining.
#[derive(Clone, Copy, Default)]
pub struct Spent {
    /// Waiting for bytes of the file.
    pub bytes: f64,
    /// Reading events.
    pub reading: f64,
    /// Joining parts.
    pub joining: f64,
}

/// What became of a message.
pub enum Step {
    /// More is to come.
    More,
    /// A part was read, perhaps the last one: its place, and what goroutines did in it.
    Read(usize, Vec<[f32; 3]>),
    /// All is read and joined.
    Done,
    /// There are no parts: it is to be read in order.
    InOrder,
    /// It does not go like this.
    GiveUp(String),
}

impl Readers {
    /// Has readers read a file, of which this much is known.
    pub fn new(
        readers: Vec<Reader>,
        file: File,
        stream: Stream,
        index: &Index,
        hear: &Hear,
    ) -> Self {
        let readers: Vec<_> = readers.into_iter().map(Some).collect();
        Self {
            merger: Merger::new(index.format, file.size() as u64),
            share: Share::of(file.size(), readers.len()),
            packed: Vec::new(),
            progress: Vec::new(),
            count: 0,
            readers,
            idle: Vec::new(),
            next: 0,
            joined: 0,
            stream,
            hear: Rc::clone(hear),
            waiting: BTreeMap::new(),
            spent: Spent::default(),
            file,
            index: Index {
                generations: Vec::new(),
                ..index.clone()
            },
            parts: Vec::new(),
            all: false,
        }
    }

    /// Takes what is known of the file now: `parts` are all of it, or the first ones, the same as before and perhaps more.
    ///
    /// # Errors
    /// What the browser refuses.
    pub fn know(
        &mut self,
        index: &Index,
        parts: Vec<Range<usize>>,
        all: bool,
    ) -> Result<(), JsValue> {
        self.packed = generations_packed(&index.generations);
        self.index = index.clone();
        self.progress.resize(parts.len(), (0.0, 0.0));
        self.parts = parts;
        self.all = all;
        self.give_all()
    }

    /// All parts are known: starts what readers are missing for `most` of them to be read at the same time.
    ///
    /// # Errors
    /// What the browser refuses.
    pub fn complete(&mut self, most: usize) -> Result<(), JsValue> {
        // With one part more than processors, all at once take less time than one after the others.
        let wanted = match self.parts.len() {
            parts if parts <= most + 1 => parts,
            _ => most,
        };
        for place in self.readers.len()..wanted {
            self.readers.push(Some(Reader::start(place, &self.hear)?));
            self.give(place)?;
        }
        self.count = self.readers.len().min(self.parts.len()) as u32;
        Ok(())
    }

    fn is_idle(&self, place: usize) -> bool {
        let reader = self.readers.get(place).and_then(Option::as_ref);
        reader.is_some_and(|reader| reader.busy.is_none())
    }

    /// Whether all is read and joined.
    pub fn is_done(&self) -> bool {
        self.all && self.joined == self.parts.len()
    }

    /// Takes bytes of the file, or that they will not come: the pieces whose turn it is.
    pub fn take_bytes(&mut self, offset: u64, bytes: Option<ArrayBuffer>) -> Vec<Piece> {
        self.stream.take(offset, bytes)
    }

    /// Asks for more bytes; whether some are under way. Readers that have nothing to read get some too: a thread that gets
    /// bytes mostly waits for new memory.
    ///
    /// # Errors
    /// What the browser refuses.
    pub fn ask_bytes(&mut self) -> Result<bool, JsValue> {
        let idle = self.readers.iter_mut().flatten();
        let idle = idle.filter(|reader| reader.busy.is_none() && !reader.fetches);
        let file = &self.file;
        self.stream.ask(idle, |reader, piece| {
            reader.fetches = true;
            let ask = ReaderAsk::Fetch {
                offset: piece.start as f64,
                end: piece.end as f64,
            };
            ask_reader(&reader.worker, &ask, Some(file), &Array::new())
        })?;
        Ok(!self.stream.is_stalled())
    }

    /// A reader has got bytes.
    pub fn fetched(&mut self, place: usize) {
        self.stream.helped();
        if let Some(Some(reader)) = self.readers.get_mut(place) {
            reader.fetches = false;
        }
    }

    /// How far reading is: bytes and events.
    pub fn progress(&self) -> (f64, f64) {
        let sum = |(bytes, events), &(b, e): &(f64, f64)| (bytes + b, events + e);
        self.progress.iter().fold((0.0, 0.0), sum)
    }

    /// The generations of a part.
    pub fn part(&self, place: usize) -> &[IndexedGeneration] {
        let part = self.parts.get(place).cloned().unwrap_or_default();
        self.index.generations.get(part).unwrap_or_default()
    }

    /// All parts joined; the reader that has the first ones to make levels of; and those that have nothing left to do.
    pub fn finish(self) -> (Merger, Option<Sharer>, Vec<Reader>) {
        let (mut readers, mut idle) = (self.readers, self.idle);
        let share = self.share.reader().filter(|&(_, rows)| rows > 0);
        let share = share.and_then(|(place, rows)| {
            let reader = readers.get_mut(place)?.take()?;
            Some(Sharer {
                reader,
                place,
                rows,
            })
        });
        idle.extend(readers.into_iter().flatten());
        (self.merger, share, idle)
    }

    /// Gives a reader its next part; if there is none, what it makes levels of, or ends it.
    fn give(&mut self, place: usize) -> Result<(), JsValue> {
        let may_read = self.may_read();
        let Some(reader) = self.readers.get_mut(place) else {
            return Ok(());
        };
        let Some(range) = self.parts.get(self.next) else {
            if self.all && self.share.wants_reader() && reader.is_some() {
                self.share.give_to(place);
            }
            let shares = self.share.reader().is_some_and(|(by, _)| by == place);
            if self.all && !shares {
                self.idle.extend(reader.take());
            }
            return self.post_share();
        };
        let Some(reader) = reader else {
            return Ok(());
        };
        if !may_read {
            return Ok(());
        }
        let bytes = bytes_of(&self.index, range);
        let share = (bytes.end - bytes.start) as f64 / self.file.size().max(1.0);
        let ask = ReadAsk {
            place: self.next as u32,
            generations: (range.start as u32, range.end as u32),
            offset: bytes.start as f64,
            index: self.packed.clone(),
            format: self.index.format.header().into(),
            alone: self.next == 0,
            columns: (COLUMNS * share).ceil() as u32,
        };
        ask_reader(
            &reader.worker,
            &ReaderAsk::Read(ask),
            Some(&self.file),
            &self.stream.hand_over(bytes),
        )?;
        reader.busy = Some(self.next);
        self.next += 1;
        self.ask_bytes().map(|_| ())
    }

    /// Whether the next part may be read before more parts are joined: there is room for one large part more than there
    /// are readers.
    fn may_read(&self) -> bool {
        let bytes = |part: &Range<usize>| {
            let bytes = bytes_of(&self.index, part);
            bytes.end - bytes.start
        };
        let most = self.parts.iter().map(bytes).max().unwrap_or(0);
        let ahead = self.parts.get(self.joined..=self.next).unwrap_or_default();
        ahead.iter().map(bytes).sum::<u64>() <= most.saturating_mul(self.readers.len() as u64 + 1)
    }

    /// Posts what waits for the reader that makes a share of the levels.
    fn post_share(&mut self) -> Result<(), JsValue> {
        let reader = self.share.reader();
        match reader.and_then(|(place, _)| self.readers.get(place)?.as_ref()) {
            Some(reader) => self.share.post(&reader.worker),
            None => Ok(()),
        }
    }

    /// Has the reader that makes a share of the levels get the part that was joined just now.
    fn share(&mut self, part: ReadPart, buffers: Array) -> Result<(), JsValue> {
        let all = self.file.size();
        let range = self.parts.get(self.joined).cloned().unwrap_or_default();
        let bytes = bytes_of(&self.index, &range);
        let part = JoinAsk {
            header: part.header,
            bytes: part.bytes,
            file: (self.index.format.header().into(), all),
            is_last: false,
        };
        let bytes = ((bytes.end - bytes.start) as f64, all);
        self.share.add(part, buffers, self.merger.rows(), bytes);
        self.post_share()
    }

    /// The reader that makes a share of the levels failed: it is done without.
    fn end_share(&mut self, place: usize) {
        self.share.end();
        if let Some(reader) = self.readers.get_mut(place) {
            *reader = None;
        }
    }

    /// Gives parts to all readers that wait for one.
    fn give_all(&mut self) -> Result<(), JsValue> {
        for place in 0..self.readers.len() {
            if self.is_idle(place) {
                self.give(place)?;
            }
        }
        Ok(())
    }

    /// Takes what a reader said.
    pub fn hear(&mut self, reader: usize, said: Said, now: impl Fn() -> f64) -> Step {
        let shares = self.share.reader().is_some_and(|(by, _)| by == reader);
        let (said, buffers) = match said {
            Err(_) | Ok((FromReader::Failed { .. }, _)) if shares => {
                self.end_share(reader);
                return Step::More;
            }
            Ok(said) => said,
            Err(why) => return Step::GiveUp(why),
        };
        match said {
            FromReader::Failed { why } => Step::GiveUp(why),
            // They come elsewhere, or of what was rehearsed before.
            FromReader::Rehearsed | FromReader::Levels { .. } | FromReader::Bytes { .. } => {
                Step::More
            }
            FromReader::Progress {
                place,
                bytes,
                events,
            } => {
                if let Some(progress) = self.progress.get_mut(place as usize) {
                    *progress = (bytes, events);
                }
                Step::More
            }
            FromReader::Part(mut part) => {
                let place = part.place as usize;
                let columns = std::mem::take(&mut part.columns);
                if let Some(range) = self.parts.get(place) {
                    let bytes = bytes_of(&self.index, range);
                    self.progress[place] = ((bytes.end - bytes.start) as f64, part.events);
                }
                self.spent.bytes += part.millis.0;
                self.spent.reading += part.millis.1;
                self.waiting.insert(place, (part, buffers));
                if let Some(Some(reader)) = self.readers.get_mut(reader) {
                    reader.busy = None;
                }
                match self.go_on(reader, now) {
                    Err(why) => Step::GiveUp(why),
                    Ok(()) => Step::Read(place, columns),
                }
            }
        }
    }

    /// Has readers that wait go on, joins what is there, and again.
    fn go_on(&mut self, first: usize, now: impl Fn() -> f64) -> Result<(), String> {
        // The one that was heard goes on before this worker is busy with joining.
        self.give(first).map_err(|error| sentence(&error))?;
        while let Some((part, buffers)) = self.waiting.remove(&self.joined) {
            let began = now();
            let shared = self.share.wants_more();
            let tables = match shared {
                true => HandedOver::lent(&buffers, part.bytes),
                false => HandedOver::new(&buffers, part.bytes),
            };
            let sent = Part::from_pieces(&part.header, Box::new(tables))
                .map_err(|error| error.to_string())?;
            self.merger.push(sent).map_err(|error| error.to_string())?;
            self.spent.joining += now() - began;
            if shared {
                self.share(part, buffers)
                    .map_err(|error| sentence(&error))?;
            }
            self.joined += 1;
            self.give_all().map_err(|error| sentence(&error))?;
        }
        Ok(())
    }
}

/// The bytes of the file that a part has.
fn bytes_of(index: &Index, part: &Range<usize>) -> Range<u64> {
    let generations = index.generations.get(part.clone()).unwrap_or_default();
    match (generations.first(), generations.last()) {
        (Some(first), Some(last)) => first.offset..last.offset + last.bytes,
        _ => 0..0,
    }
}
