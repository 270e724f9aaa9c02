//! Who receives the events: the model, a printer, a counter.

use crate::event::Event;
use crate::table::{ClockSnapshot, Resources, Tables};

/// A generation that is about to be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct GenerationInfo {
    /// Its number in the file; 1 for a v1 trace.
    pub number: u64,
    /// Where its first batch begins in the (uncompressed) trace, in bytes.
    pub offset: u64,
    /// How many bytes it has.
    pub bytes: u64,
    /// Its clock snapshot (Go 1.25 and newer).
    pub clock: Option<ClockSnapshot>,
    /// Its end was cut off or damaged: tables or batches may be missing.
    pub cut: bool,
}

/// Receives what [`crate::Reader`] reads, in order. Generic code: the calls inline into the reader's loop.
pub trait Sink {
    /// A generation begins; its tables replace those of the one before. Its `Sync` event follows.
    fn generation(&mut self, info: &GenerationInfo, tables: &Tables);

    /// One event. `tables` are the current generation's; they may have grown since [`Self::generation`].
    fn event(&mut self, event: &Event, tables: &Tables, resources: &Resources);

    /// How far reading is, from 0 to 1: told from time to time where there are no events for long, as in format v1, whose
    /// events are known when all of them are.
    fn reads(&mut self, _share: f64) {}

    /// Whether no more events are wanted: then the rest of the generation may be left out, and the reader must be taken
    /// to another place before it goes on ([`crate::Replay`] does it). It is asked from time to time.
    fn has_enough(&self) -> bool {
        false
    }
}

/// A sink that is called instead of inlined: for what is read again and rarely, as the reader's loop is large and each
/// kind of sink has one of its own.
impl Sink for &mut dyn Sink {
    fn generation(&mut self, info: &GenerationInfo, tables: &Tables) {
        (**self).generation(info, tables);
    }

    fn event(&mut self, event: &Event, tables: &Tables, resources: &Resources) {
        (**self).event(event, tables, resources);
    }

    fn reads(&mut self, share: f64) {
        (**self).reads(share);
    }

    fn has_enough(&self) -> bool {
        (**self).has_enough()
    }
}
