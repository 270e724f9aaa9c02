//! Traces from files, which are read in pieces, and from standard input, which is read whole.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::num::NonZero;
use std::path::Path;
use std::thread;

use anyhow::{Context, Error, Result, anyhow};
use tracepane_model::parts::load_parallel;
use tracepane_model::{SpanLists, Trace};
use tracepane_wire::{MemorySource, Options, Report, Source, SourceError, WireError};

/// Bytes from a file or from memory.
pub enum Input {
    /// A file that can be read anywhere.
    File {
        /// The file.
        file: File,
        /// How long it was when it was opened.
        length: u64,
    },
    /// What came through a pipe.
    Memory(MemorySource),
}

impl Input {
    /// Opens a trace; `-` is standard input.
    pub fn open(path: &Path) -> Result<Self> {
        if path == Path::new("-") {
            return Self::read_all(io::stdin().lock()).context("standard input cannot be read");
        }
        let open = || -> io::Result<Self> {
            let file = File::open(path)?;
            let metadata = file.metadata()?;
            if metadata.is_dir() {
                return Err(io::Error::from(io::ErrorKind::IsADirectory));
            }
            if metadata.is_file() {
                let length = metadata.len();
                return Ok(Self::File { file, length });
            }
            Self::read_all(file)
        };
        open().with_context(|| format!("{} cannot be read", path.display()))
    }

    fn read_all(mut from: impl Read) -> io::Result<Self> {
        let mut bytes = Vec::new();
        from.read_to_end(&mut bytes)?;
        Ok(Self::Memory(MemorySource::new(bytes)))
    }
}

impl Source for Input {
    fn length(&self) -> u64 {
        match self {
            Self::File { length, .. } => *length,
            Self::Memory(memory) => memory.length(),
        }
    }

    fn read(&mut self, offset: u64, buffer: &mut [u8]) -> Result<(), SourceError> {
        match self {
            Self::File { file, .. } => file
                .seek(SeekFrom::Start(offset))
                .and_then(|_| file.read_exact(buffer))
                .map_err(|error| SourceError::Failed {
                    offset,
                    reason: error.to_string(),
                }),
            Self::Memory(memory) => memory.read(offset, buffer),
        }
    }
}

/// What to call a trace in sentences.
pub fn name(path: &Path) -> String {
    if path == Path::new("-") {
        "standard input".to_owned()
    } else {
        path.display().to_string()
    }
}

/// Loads a trace; one of which nothing at all could be read is an error.
pub fn load(path: &Path) -> Result<Trace> {
    load_with(path, SpanLists::Made)
}

/// [`load`], with or without lists of spans.
pub fn load_with(path: &Path, lists: SpanLists) -> Result<Trace> {
    let input = Input::open(path)?;
    let options = Options::default();
    let trace = match input {
        // Each thread reads the file by itself.
        Input::File { .. } => load_parallel(|| open_again(path), threads(), options, lists),
        Input::Memory(_) => tracepane_model::load_with(input, options, lists, threads()),
    };
    let trace = trace.with_context(|| name(path))?;
    if trace.goroutines.is_empty() {
        return Err(nothing_read(path, &trace.report));
    }
    Ok(trace)
}

/// How many threads are worth while.
fn threads() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

fn open_again(path: &Path) -> Result<Input, WireError> {
    Input::open(path).map_err(|error| {
        WireError::Source(SourceError::Failed {
            offset: 0,
            reason: format!("{error:#}"),
        })
    })
}

/// The error for a trace without content.
pub fn nothing_read(path: &Path, report: &Report) -> Error {
    let reason = match report.losses.first() {
        Some(loss) => format!(": {}", loss.reason),
        None => "; after its header there is nothing".to_owned(),
    };
    anyhow!("{}: nothing of the trace could be read{reason}", name(path))
}
