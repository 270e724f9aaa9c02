//! Why a trace could not be read, in sentences that say what the file is and what to do.

use thiserror::Error;

use crate::source::SourceError;

/// What a file is that is not a Go execution trace.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Error)]
#[non_exhaustive]
pub enum NotATrace {
    /// It has no bytes.
    #[error(
        "the file is empty: the program probably ended before trace.Stop, or the download failed; record the trace again"
    )]
    Empty,
    /// A profile.proto, gzip'ed or not.
    #[error("this is a pprof profile, not an execution trace: open it with `go tool pprof`")]
    Pprof,
    /// HTML.
    #[error(
        "this is an HTML page: probably an error page or a login page was saved in place of the trace; fetch /debug/pprof/trace?seconds=5 again and look at what the server answers"
    )]
    Html,
    /// JSON for Chrome's or Perfetto's viewer.
    #[error(
        "this is a Chrome trace in JSON, not a Go execution trace: open it at ui.perfetto.dev, or open the file that it was made from here"
    )]
    ChromeTrace,
    /// Other JSON.
    #[error(
        "this is JSON, not a Go execution trace: open the file that `go test -trace` or runtime/trace wrote"
    )]
    Json,
    /// The printed output of `go test`.
    #[error(
        "this is the printed output of `go test`, not a trace: run `go test -trace trace.out` and open trace.out"
    )]
    GoTest,
    /// Other text.
    #[error(
        "this is a text file, not a Go execution trace: open the file that `go test -trace` or runtime/trace wrote"
    )]
    Text,
    /// A heap dump.
    #[error(
        "this is a heap dump (runtime/debug.WriteHeapDump), not an execution trace: record one with runtime/trace"
    )]
    HeapDump,
    /// A program or a core file.
    #[error(
        "this is a program or a core file, not an execution trace: open the file that the program wrote with runtime/trace"
    )]
    Binary,
    /// A ZIP archive.
    #[error("this is a ZIP archive: unpack it and open the trace inside")]
    Zip,
    /// Something inside gzip that is none of these.
    #[error("this is a gzip file with something else than a Go execution trace inside")]
    Gzip,
    /// Nothing that is known here.
    #[error(
        "this is not a Go execution trace: one begins with \"go 1.\" and comes from `go test -trace`, runtime/trace or /debug/pprof/trace"
    )]
    Unknown,
}

/// Why a trace could not be read.
#[derive(Clone, Debug, Error)]
#[non_exhaustive]
pub enum WireError {
    /// It is something else.
    #[error("{0}")]
    NotATrace(NotATrace),
    /// The file ends inside the first 16 bytes.
    #[error(
        "the file ends after {length} bytes, inside the header of a Go execution trace: it was cut; copy or record it again"
    )]
    HeaderCut {
        /// How many bytes there are.
        length: u64,
    },
    /// A format older than Go 1.11's.
    #[error(
        "the trace was made by Go 1.{minor}, older than Go 1.11, the oldest this Tracepane reads: record it again with a newer Go, or use the `go tool trace` of that release"
    )]
    TooOld {
        /// The number in the header.
        minor: u32,
    },
    /// A format newer than Go 1.27's.
    #[error(
        "the trace was made by Go 1.{minor}, newer than this Tracepane knows (up to Go 1.27): get a newer Tracepane"
    )]
    TooNew {
        /// The number in the header.
        minor: u32,
    },
    /// A number in the header that no Go release writes.
    #[error(
        "byte 5: the header says format 1.{minor}, which no Go release writes: the file is damaged or not a Go execution trace"
    )]
    NoSuchFormat {
        /// The number in the header.
        minor: u32,
    },
    /// Bytes that are not what the format wants at that place.
    #[error("byte {offset}: {field}: expected {expected}, found {found}")]
    Malformed {
        /// Where in the (uncompressed) trace.
        offset: u64,
        /// What was being read.
        field: &'static str,
        /// What the format wants.
        expected: String,
        /// What was there.
        found: String,
    },
    /// An event that contradicts the events before it; only strict reading refuses it.
    #[error("byte {offset}, generation {generation}: {event}: {reason}")]
    Inconsistent {
        /// Where in the (uncompressed) trace.
        offset: u64,
        /// The generation's number.
        generation: u64,
        /// The event's name.
        event: &'static str,
        /// What contradicts what.
        reason: String,
    },
    /// A compressed trace that is too large.
    #[error(
        "the trace is larger than {limit} bytes when uncompressed: use `gunzip` and open the result"
    )]
    TooLarge {
        /// The limit.
        limit: u64,
    },
    /// A part of the trace that must be held whole does not fit into memory.
    #[error(
        "{bytes} bytes of the trace must be in memory at once, and there is not enough: close other tabs, or record a shorter trace"
    )]
    Memory {
        /// How many bytes.
        bytes: u64,
    },
    /// A compressed trace that cannot be uncompressed at all.
    #[error("the gzip file is damaged from its beginning ({reason}): copy it again")]
    Gzip {
        /// What the decoder said.
        reason: String,
    },
    /// The bytes could not be had.
    #[error(transparent)]
    Source(#[from] SourceError),
}

impl WireError {
    /// A [`WireError::Malformed`].
    #[cold]
    pub fn malformed(
        offset: u64,
        field: &'static str,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> Self {
        Self::Malformed {
            offset,
            field,
            expected: expected.into(),
            found: found.into(),
        }
    }
}
