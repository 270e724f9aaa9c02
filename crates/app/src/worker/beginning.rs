//! [`Beginning`]: the first parts of a trace, which a reader that has nothing left to read joins once more, to make a
//! share of the levels of detail of them: workers share no memory.

use std::io::Cursor;

use js_sys::Array;
use tracepane_model::Trace;
use tracepane_model::parts::{Merger, Part};
use tracepane_timeline::levels::told::Told;
use tracepane_timeline::levels::whole::Whole;
use tracepane_wire::Format;

use super::buffers::{Filled, HandedOver};
use crate::protocol::JoinAsk;

/// The first parts of a trace.
#[derive(Default)]
pub enum Beginning {
    /// None of them.
    #[default]
    Nothing,
    /// Some of them.
    Joining(Box<Merger>),
    /// All that were to come.
    Joined(Box<Trace>),
}

impl Beginning {
    /// Joins the next part.
    ///
    /// # Errors
    /// Why it does not fit.
    pub fn join(&mut self, part: &JoinAsk, buffers: &Array) -> Result<(), String> {
        let (format, bytes) = part.file;
        let mut merger = match std::mem::take(self) {
            Self::Joining(merger) => merger,
            Self::Nothing => {
                let format = Format::new(format).ok_or("the format is unknown")?;
                Box::new(Merger::new(format, bytes as u64))
            }
            Self::Joined(_) => return Err("more parts came than were to come".into()),
        };
        let tables = Box::new(HandedOver::new(buffers, part.bytes));
        let sent = Part::from_pieces(&part.header, tables).map_err(|error| error.to_string())?;
        merger.push(sent).map_err(|error| error.to_string())?;
        *self = match part.is_last {
            true => Self::Joined(Box::new(merger.finish())),
            false => Self::Joining(merger),
        };
        Ok(())
    }

    /// What the first `rows` rows add to the levels of the whole trace, as buffers and how many bytes they have.
    ///
    /// # Errors
    /// If there is nothing, or `whole` is not understood.
    pub fn levels(self, rows: usize, whole: Vec<u8>) -> Result<(Array, f64), String> {
        let trace = match self {
            Self::Nothing => return Err("no part has come".into()),
            Self::Joining(merger) => merger.finish(),
            Self::Joined(trace) => *trace,
        };
        let whole = Whole::take(&mut Cursor::new(whole)).ok_or("a message was not understood")?;
        let mut levels = Filled::default();
        Told::of_beginning(trace, rows, whole).put(|bytes| levels.put(bytes));
        Ok(levels.end())
    }
}
