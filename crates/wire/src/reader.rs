//! The way in: a source of bytes becomes ordered events, one generation at a time.

use std::borrow::Cow;

use crate::error::WireError;
use crate::gzip::{Opened, open_source};
use crate::header::{Format, SNIFF_BYTES};
use crate::limits;
use crate::report::Report;
use crate::sink::{GenerationInfo, Sink};
use crate::source::{Source, SourceError};
use crate::table::Resources;
use crate::v1;
use crate::v2::{Generations, Standing};

/// How to read.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Options {
    /// Refuse what `go tool trace` refuses, instead of counting it and going on.
    pub strict: bool,
}

/// How far reading has come.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Progress {
    /// How many bytes of the (uncompressed) trace were read.
    pub bytes_read: u64,
    /// How many there are.
    pub bytes_total: u64,
    /// How many events were emitted.
    pub events: u64,
}

/// Where reading stood between two generations: see [`Reader::checkpoint`].
#[derive(Clone, Debug)]
pub struct Checkpoint {
    /// `None` for the beginning of a trace of format v1.
    standing: Option<Box<Standing>>,
    /// How many goroutines, procs and threads were known.
    resources: [usize; 3],
}

impl Checkpoint {
    /// How many bytes of memory it has, about.
    pub fn bytes(&self) -> u64 {
        let standing = self.standing.as_ref();
        standing.map_or(0, |standing| standing.bytes()) + size_of::<Self>() as u64
    }
}

/// Reads a trace. One that is compressed with gzip is uncompressed into memory first.
#[derive(Debug)]
pub struct Reader<S> {
    source: Opened<S>,
    format: Format,
    options: Options,
    resources: Resources,
    /// The most that was known before going back.
    seen: Resources,
    report: Report,
    body: Body,
}

/// What is left to read.
#[derive(Debug)]
enum Body {
    /// Format v2.
    V2(Box<Generations>),
    /// Format v1, which is one generation; how many events it gave, if it was read.
    V1(Option<u64>),
}

impl<S: Source> Reader<S> {
    /// Reads the header, and nothing more.
    ///
    /// # Errors
    /// If this is no trace, or none of a known format: the error says what it is and what to do.
    pub fn new(mut source: S, options: Options) -> Result<Self, WireError> {
        let packed = head(&mut source)?;
        let mut source = match open_source(source, limits::INFLATED_BYTES) {
            // A file that only begins as gzip: say what it is, not what the decoder said.
            Err(WireError::Gzip { .. }) => {
                let not_a_trace = crate::header::sniff(&packed);
                return Err(WireError::NotATrace(not_a_trace));
            }
            opened => opened?,
        };
        let length = source.length();
        let first = head(&mut source)?;
        let format = match Format::read(&first, length) {
            Err(WireError::NotATrace(_)) if matches!(source, Opened::Inflated(_)) => {
                let not_a_trace = crate::header::sniff(&packed);
                return Err(WireError::NotATrace(not_a_trace));
            }
            format => format?,
        };
        let mut report = Report::default();
        if let Some(loss) = source.loss() {
            report.lose(loss.clone());
        }
        let body = if format.is_v1() {
            Body::V1(None)
        } else {
            let generations = Generations::new(length, format.header(), options.strict);
            Body::V2(Box::new(generations))
        };
        Ok(Self {
            source,
            format,
            options,
            resources: Resources::default(),
            seen: Resources::default(),
            report,
            body,
        })
    }

    /// The trace's format.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Reads, orders and emits one generation. `None` after the last one, when the final
    /// [`Sync`](crate::EventKind::Sync) event has been emitted.
    ///
    /// # Errors
    /// If the source cannot be read, or if reading is strict and the trace is not sound; nothing follows then.
    pub fn next_generation<K: Sink>(
        &mut self,
        sink: &mut K,
    ) -> Result<Option<GenerationInfo>, WireError> {
        match &mut self.body {
            Body::V2(generations) => generations.next(
                &mut self.source,
                &mut self.resources,
                &mut self.report,
                sink,
            ),
            Body::V1(Some(_)) => Ok(None),
            Body::V1(events) => {
                // Its events are in order only when all of them are known.
                let bytes = whole(&mut self.source)?;
                *events = Some(0);
                let (info, count) = v1::read(
                    &bytes,
                    u32::from(self.format.header()),
                    self.options.strict,
                    &mut self.resources,
                    &mut self.report,
                    sink,
                )?;
                *events = Some(count);
                Ok(Some(info))
            }
        }
    }

    /// Goes to a generation that [`crate::index()`] found, to be read as if it were the first one: goroutines that it
    /// does not create come out of an unknown state. Does nothing for format v1.
    pub fn seek(&mut self, generation: &crate::index::IndexedGeneration) {
        if let Body::V2(generations) = &mut self.body {
            generations.seek(generation.offset);
        }
    }

    /// None of the generations that are read has more bytes than so many: then memory is asked for once. If one has, it is
    /// read as well.
    pub fn expect(&mut self, bytes: u64) {
        if let Body::V2(generations) = &mut self.body {
            generations.expect(bytes);
        }
    }

    /// Where reading stands, to come back to it with [`Self::resume`]; `None` after the end, and within a trace of
    /// format v1, which has no place between its beginning and its end.
    pub fn checkpoint(&self) -> Option<Checkpoint> {
        let standing = match &self.body {
            Body::V2(generations) => Some(Box::new(generations.standing()?)),
            Body::V1(None) => None,
            Body::V1(Some(_)) => return None,
        };
        Some(Checkpoint {
            standing,
            resources: self.resource_counts(),
        })
    }

    /// Reads on from a checkpoint of this very reader: the same events as from there the first time. The report stays
    /// as it is, and counts what is odd again.
    pub fn resume(&mut self, checkpoint: &Checkpoint) {
        match (&mut self.body, &checkpoint.standing) {
            (Body::V2(generations), Some(standing)) => generations.resume(standing),
            (Body::V1(events), None) => *events = None,
            // A checkpoint of another trace.
            _ => return,
        }
        let [goroutines, procs, threads] = checkpoint.resources;
        let (now, seen) = (&mut self.resources, &mut self.seen);
        go_back(&mut now.goroutines, &mut seen.goroutines, goroutines);
        go_back(&mut now.procs, &mut seen.procs, procs);
        go_back(&mut now.threads, &mut seen.threads, threads);
    }

    /// What was taken for granted of the time before this reader began, and how things stand now; `None` for format v1.
    pub fn seam(&self) -> Option<crate::v2::seam::Seam> {
        match &self.body {
            Body::V2(generations) => Some(generations.seam()),
            Body::V1(_) => None,
        }
    }

    fn resource_counts(&self) -> [usize; 3] {
        let Resources {
            goroutines,
            procs,
            threads,
        } = &self.resources;
        [goroutines.len(), procs.len(), threads.len()]
    }

    /// What was odd or lost so far.
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// The goroutines, procs and threads seen so far.
    pub fn resources(&self) -> &Resources {
        &self.resources
    }

    /// How far reading has come.
    pub fn progress(&self) -> Progress {
        let bytes_total = self.source.length();
        let (bytes_read, events) = match &self.body {
            Body::V2(generations) => generations.progress(),
            Body::V1(Some(events)) => (bytes_total, *events),
            Body::V1(None) => (0, 0),
        };
        Progress {
            bytes_read,
            bytes_total,
            events,
        }
    }
}

/// Makes `now` the first `count` of all that was ever `seen`; the order of mention is always the same.
fn go_back<T: Copy>(now: &mut Vec<T>, seen: &mut Vec<T>, count: usize) {
    if let Some(more) = now.get(seen.len()..) {
        seen.extend_from_slice(more);
    }
    now.clear();
    now.extend_from_slice(&seen[..count.min(seen.len())]);
}

/// The first bytes of a source: enough to see what it is.
pub(crate) fn head<S: Source>(source: &mut S) -> Result<Vec<u8>, WireError> {
    let size = source.length().min(SNIFF_BYTES as u64) as usize;
    let mut bytes = vec![0; size];
    source.read(0, &mut bytes)?;
    Ok(bytes)
}

/// All bytes of a source.
pub(crate) fn whole<S: Source>(source: &mut Opened<S>) -> Result<Cow<'_, [u8]>, WireError> {
    let source = match source {
        Opened::Plain(source) => source,
        Opened::Inflated(memory) => return Ok(Cow::Borrowed(memory.bytes())),
    };
    let length = source.length();
    let mut bytes = Vec::new();
    let reserved = usize::try_from(length).map(|length| (bytes.try_reserve_exact(length), length));
    let Ok((Ok(()), length)) = reserved else {
        return Err(WireError::Source(SourceError::Failed {
            offset: 0,
            reason: format!("there is no memory for a trace of {length} bytes in format v1"),
        }));
    };
    bytes.resize(length, 0);
    let mut offset = 0;
    for piece in bytes.chunks_mut(limits::KNOWN_READ_BYTES) {
        source.read(offset, piece)?;
        offset += piece.len() as u64;
    }
    Ok(Cow::Owned(bytes))
}

/// Reads a whole trace; what was odd or lost.
///
/// # Errors
/// As [`Reader::new`] and [`Reader::next_generation`].
pub fn read_all<K: Sink>(
    source: impl Source,
    options: Options,
    sink: &mut K,
) -> Result<Report, WireError> {
    let mut reader = Reader::new(source, options)?;
    while reader.next_generation(sink)?.is_some() {}
    Ok(reader.report)
}
