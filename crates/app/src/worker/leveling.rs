//! [`Leveling`]: a trace that is read, while a reader makes a share of its levels of detail.

use tracepane_timeline::Levels;
use tracepane_timeline::levels::told::Told;
use tracepane_timeline::levels::whole::Whole;

use super::buffers::HandedOver;
use super::opening::Read;
use super::port::Port;
use super::readers::{Heard, Said, Sharer};
use crate::interop::ask_reader;
use crate::protocol::{FromReader, ReaderAsk};

/// The reader's share of the rows, if it has so many: what it makes of them has to be put together with the rest, which
/// this worker does.
const SHARE: f64 = 0.47;

/// A trace whose levels of detail are made in two places.
pub struct Leveling {
    /// The number of the question.
    pub number: u32,
    read: Box<Read>,
    /// Room for all, and what this worker made.
    own: (Told, Told),
    sharer: Sharer,
    began: f64,
}

/// What became of the levels.
pub enum Leveled {
    /// The reader is at it.
    Wait(Box<Leveling>),
    /// They are there, or nobody makes them.
    Done(Box<Read>),
}

impl Leveling {
    /// Has a reader, which has the first `rows` rows, make a share, and makes the rest.
    pub fn begin(number: u32, read: Box<Read>, sharer: Sharer, port: &Port) -> Leveled {
        port.notice(read.preparing());
        let began = port.now();
        let all = read.trace.spans.len();
        let rows = sharer.rows;
        let first = Told::share(((all as f64 * SHARE) as usize).min(rows));
        let mut whole = Vec::new();
        Whole::of(&read.trace, rows).put(|bytes| whole.extend_from_slice(bytes));
        let ask = ReaderAsk::Levels {
            rows: first as u32,
            whole,
        };
        if let Err(error) = ask_reader(&sharer.reader.worker, &ask, None, &js_sys::Array::new()) {
            web_sys::console::warn_1(&error);
            return Leveled::Done(read);
        }
        let nothing = Told::nothing(&read.trace);
        let own = (nothing, Told::of_rest(&read.trace, first));
        Leveled::Wait(Box::new(Self {
            number,
            read,
            own,
            sharer,
            began,
        }))
    }

    /// Takes what was heard.
    pub fn hear(self: Box<Self>, heard: Heard, port: &Port) -> Leveled {
        match heard {
            Heard::Reader(place, said) if place == self.sharer.place => self.end(said, port),
            _ => Leveled::Wait(self),
        }
    }

    fn end(self: Box<Self>, said: Said, port: &Port) -> Leveled {
        let Self {
            mut read,
            own: (nothing, rest),
            sharer,
            began,
            ..
        } = *self;
        read.idle.push(sharer.reader);
        if let Ok((FromReader::Levels { bytes }, buffers)) = said
            && let Some(first) = nothing.with(&mut HandedOver::new(&buffers, bytes))
        {
            read.levels = Some(Levels::of_two(&read.trace, first, rest));
        }
        let levels = ("levels of detail, by two".into(), port.now() - began);
        read.cost.stages.push(levels);
        Leveled::Done(read)
    }

    /// The reader is not waited for.
    pub fn give_up(self) -> Box<Read> {
        self.read
    }
}
