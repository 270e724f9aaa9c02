//! Bytes of a Go execution trace → ordered events.
//!
//! Reads format v2 (headers 22, 23, 25, 26: Go 1.22–1.27) and v1 (11, 19, 21: Go 1.11–1.21) from anything that
//! returns byte ranges ([`Source`]), one generation at a time ([`Reader`]), and hands events in their final order
//! to a [`Sink`]. Nothing after this crate knows an event's bytes or which format they came from.
//!
//! The rules are those of Go's `internal/trace`; its order and its times are reproduced bit for bit.
//!
//! ```
//! use tracepane_wire::{Event, GenerationInfo, Options, Reader, Resources, Sink, Tables};
//!
//! /// Counts the events of a trace.
//! struct Count(u64);
//!
//! impl Sink for Count {
//!     fn generation(&mut self, _: &GenerationInfo, _: &Tables) {}
//!
//!     fn event(&mut self, _: &Event, _: &Tables, _: &Resources) {
//!         self.0 += 1;
//!     }
//! }
//!
//! let bytes = b"go 1.26 trace\0\0\0";
//! let mut reader = Reader::new(bytes.as_slice(), Options::default())?;
//! assert_eq!(reader.format().go_versions(), "Go 1.26 or 1.27");
//! let mut count = Count(0);
//! while let Some(generation) = reader.next_generation(&mut count)? {
//!     println!("generation {}: {} events so far", generation.number, count.0);
//! }
//! // Only the `Sync` event that ends every trace.
//! assert_eq!(count.0, 1);
//! assert!(reader.report().losses[0].reason.starts_with("the file ends before any event"));
//! # Ok::<(), tracepane_wire::WireError>(())
//! ```
//!
//! What a file is, [`header`] tells; [`gzip`] uncompresses it; [`index()`] finds generations without decoding them.
//! Reading is lenient unless [`Options::strict`] says otherwise: what is odd is counted in a [`Report`], what is
//! damaged is skipped and listed there, and every limit that untrusted bytes meet has a name in [`limits`].

mod bytes;
pub mod dump;
pub mod error;
pub mod event;
pub mod event_type;
pub mod excerpt;
pub mod footprint;
pub mod gzip;
pub mod header;
pub mod id;
pub mod index;
pub mod limits;
mod needle;
pub mod quote;
pub mod reader;
pub mod replay;
pub mod report;
pub mod sink;
pub mod sorting;
pub mod source;
pub mod state;
pub mod table;
pub mod text;
pub mod v1;
pub mod v2;
pub mod wanted;

pub use error::{NotATrace, WireError};
pub use event::{Event, EventKind, Metric, Range, Scope};
pub use event_type::{EventCounts, EventType};
pub use excerpt::Excerpt;
pub use footprint::{Footprint, FootprintRow, Sample, footprint, sample};
pub use gzip::{MemorySource, Opened, decompress, is_compressed, open_source};
pub use header::Format;
pub use id::{
    GoroutineId, GoroutineIndex, Nanos, ProcId, ProcIndex, StackId, StringId, TaskId, ThreadId,
    ThreadIndex,
};
pub use index::{Index, IndexedGeneration, Indexer, index, skim};
pub use reader::{Options, Progress, Reader, read_all};
pub use replay::Replay;
pub use report::{Loss, Place, Report, Slip, SlipKind};
pub use sink::{GenerationInfo, Sink};
pub use source::{Source, SourceError};
pub use state::{GoroutineState, ProcState};
pub use table::{ClockSnapshot, Frame, Resources, Tables};
pub use v2::seam;
pub use wanted::{Filter, Wanted};
