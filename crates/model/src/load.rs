//! Bytes → [`Trace`]: in one call, or one generation at a time.

use tracepane_wire::{Options, Progress, Reader, Source, WireError};

use crate::build::{Builder, Finish, SpanLists};
use crate::parts::PartSink;
use crate::trace::Trace;

/// Loads a trace one generation at a time, so that the caller can show progress and stop.
///
/// ```no_run
/// # fn load(bytes: &[u8]) -> Result<(), tracepane_wire::WireError> {
/// let mut loader = tracepane_model::Loader::new(bytes, Default::default())?;
/// while let Some(progress) = loader.step()? {
///     println!("{} of {} bytes", progress.bytes_read, progress.bytes_total);
/// }
/// let trace = loader.finish();
/// # Ok(())
/// # }
/// ```
pub struct Loader<S> {
    reader: Reader<S>,
    sink: PartSink,
}

impl<S: Source> Loader<S> {
    /// Reads the header, and nothing more.
    ///
    /// # Errors
    /// As [`Reader::new`].
    pub fn new(source: S, options: Options) -> Result<Self, WireError> {
        Ok(Self {
            reader: Reader::new(source, options)?,
            sink: PartSink::new(Builder::new(), false),
        })
    }

    /// Where a step takes long, tells `told` how far it is, from 0 to 1, and how many events there are: see
    /// [`tracepane_wire::Sink::reads`].
    pub fn tell(&mut self, told: impl FnMut(f64, u64) + 'static) {
        self.sink.told = Some(Box::new(told));
    }

    /// Reads a generation; how far that is, or `None` if there was none left.
    ///
    /// # Errors
    /// As [`Reader::next_generation`].
    pub fn step(&mut self) -> Result<Option<Progress>, WireError> {
        let read = self.reader.next_generation(&mut self.sink)?;
        Ok(read.map(|_| self.reader.progress()))
    }

    /// How far reading has come.
    pub fn progress(&self) -> Progress {
        self.reader.progress()
    }

    /// The trace, as far as it was read. What reading needed is given back before the last tables are made.
    pub fn finish(self) -> Trace {
        self.finish_with(SpanLists::Made, 1)
    }

    /// [`Self::finish`], with or without lists of spans, on so many threads.
    pub fn finish_with(self, lists: SpanLists, threads: usize) -> Trace {
        let Self { reader, sink } = self;
        let rest = Finish {
            go_versions: reader.format().go_versions().to_string(),
            bytes: reader.progress().bytes_total,
            report: reader.report().clone(),
            resources: reader.resources().clone(),
            lists,
            threads,
        };
        drop(reader);
        sink.builder.finish(rest)
    }
}

/// Loads a whole trace.
///
/// # Errors
/// As [`Reader::new`] and [`Reader::next_generation`].
pub fn load<S: Source>(source: S, options: Options) -> Result<Trace, WireError> {
    load_with(source, options, SpanLists::Made, 1)
}

/// [`load`], with or without lists of spans, which are made on so many threads.
///
/// # Errors
/// As [`load`].
pub fn load_with<S: Source>(
    source: S,
    options: Options,
    lists: SpanLists,
    threads: usize,
) -> Result<Trace, WireError> {
    let mut loader = Loader::new(source, options)?;
    while loader.step()?.is_some() {}
    Ok(loader.finish_with(lists, threads))
}
