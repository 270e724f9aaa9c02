//! `tracepane bundle`: the page with a trace inside, one HTML file that opens from disk. `docs/bundle.md` is the format.

use std::borrow::Cow;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use tracepane_bundle::{Encoding, GZIP_MAGIC, Head, Part, Slot, find_slot};
use tracepane_wire::header::SNIFF_BYTES;
use tracepane_wire::{Format, Source};

use crate::file::Input;
use crate::{TraceArgument, file, output};

/// The page that this command was built with: `cargo xtask build` puts it in.
const PAGE: Option<&[u8]> = include!(concat!(env!("OUT_DIR"), "/page.rs"));

/// The page's name where it lies beside the command.
const PAGE_NAME: &str = "tracepane.html";

/// How much of the trace is read at once, and about how much of the file is written at once.
const CHUNK: usize = 1 << 20;

#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    trace: TraceArgument,
    /// Write to this file, not to standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The view that it opens on: what stands in a page's address from its `#` on, e.g. '#/goroutines'
    #[arg(long, value_name = "ADDRESS", default_value = "")]
    view: String,
    /// The trace's name in the page, instead of its file name
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Put the trace into this page (tracepane.html, or another bundle), not into the one inside this command
    #[arg(long, value_name = "FILE")]
    page: Option<PathBuf>,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let path = &arguments.trace.path;
    if let Some(output) = &arguments.output
        && is_same(path, output)
    {
        bail!("{} is the trace: name another file", output.display());
    }
    let mut input = Input::open(path)?;
    let packed = is_packed_trace(&mut input).with_context(|| file::name(path))?;
    let (page, page_name) = page(arguments.page.as_deref())?;
    let slot = find_slot(&page).with_context(|| page_name)?;
    let part = Part {
        name: match &arguments.name {
            Some(name) => name.clone(),
            None => name_of(path),
        },
        encoding: if packed {
            Encoding::Stored
        } else {
            Encoding::Gzip
        },
        size: input.length(),
    };
    let head = Head {
        address: address(&arguments.view),
        scroll: 0.0,
    };
    output::write_large(arguments.output.as_deref(), "a page", |out| {
        out.write_all(&page[..slot.start])?;
        let mut text = String::new();
        let slot_writer = Slot::begin(&head, &part, &mut text);
        let mut writer = SlotWriter {
            out,
            slot: slot_writer,
            text,
        };
        if packed {
            copy(&mut input, &mut writer)?;
        } else {
            let mut encoder = GzEncoder::new(writer, Compression::default());
            copy(&mut input, &mut encoder)?;
            writer = encoder.finish()?;
        }
        writer.end()?.write_all(&page[slot.end..])?;
        Ok(())
    })
}

/// Whether both are the same file.
fn is_same(a: &Path, b: &Path) -> bool {
    match (a.canonicalize(), b.canonicalize()) {
        (Ok(a), Ok(b)) => a == b,
        // One that is not there yet is no trace.
        _ => false,
    }
}

/// Whether the trace is compressed.
///
/// # Errors
/// If it is no trace.
fn is_packed_trace(input: &mut Input) -> Result<bool> {
    let length = input.length();
    let mut head = vec![0; length.min(SNIFF_BYTES as u64) as usize];
    input.read(0, &mut head)?;
    if !head.starts_with(&GZIP_MAGIC) {
        Format::read(&head, length)?;
        return Ok(false);
    }
    let mut inside = Vec::new();
    // The head ends within the stream: what comes before its end is enough.
    let _ = GzDecoder::new(head.as_slice())
        .take(SNIFF_BYTES as u64)
        .read_to_end(&mut inside);
    Format::read(&inside, u64::MAX)?;
    Ok(true)
}

/// The page to put the trace into, and what to call it.
fn page(named: Option<&Path>) -> Result<(Cow<'static, [u8]>, String)> {
    let read = |path: &Path| -> Result<(Cow<'static, [u8]>, String)> {
        let name = path.display().to_string();
        let bytes = std::fs::read(path).with_context(|| format!("{name} cannot be read"))?;
        Ok((bytes.into(), name))
    };
    if let Some(path) = named {
        return read(path);
    }
    if let Some(page) = PAGE {
        return Ok((page.into(), "the page inside this command".to_owned()));
    }
    let beside = std::env::current_exe().ok();
    let beside = beside.map(|command| command.with_file_name(PAGE_NAME));
    match beside.filter(|page| page.is_file()) {
        Some(path) => read(&path),
        None => bail!(
            "this command was built without the page: name one with --page FILE; `cargo xtask build` makes \
             dist/{PAGE_NAME}, and dist/tracepane with that page inside"
        ),
    }
}

/// The trace's name in the page.
fn name_of(path: &Path) -> String {
    match path.file_name() {
        Some(name) if path != Path::new("-") => name.to_string_lossy().into_owned(),
        _ => "trace".to_owned(),
    }
}

/// An address as the page writes it.
fn address(view: &str) -> String {
    match view.split_once('#') {
        Some((_, view)) => format!("#{view}"),
        None if view.is_empty() => String::new(),
        None => format!("#{view}"),
    }
}

fn copy(input: &mut Input, to: &mut impl Write) -> Result<()> {
    let length = input.length();
    let mut buffer = vec![0; CHUNK];
    let mut at = 0;
    while at < length {
        let size = usize::try_from(length - at).map_or(CHUNK, |left| left.min(CHUNK));
        input.read(at, &mut buffer[..size])?;
        to.write_all(&buffer[..size])?;
        at += size as u64;
    }
    Ok(())
}

/// Writes bytes into the slot.
struct SlotWriter<'a> {
    out: &'a mut dyn Write,
    slot: Slot,
    text: String,
}

impl<'a> SlotWriter<'a> {
    /// Ends the slot; what it was written to.
    fn end(mut self) -> io::Result<&'a mut dyn Write> {
        self.slot.end(&mut self.text);
        self.out.write_all(self.text.as_bytes())?;
        Ok(self.out)
    }
}

impl Write for SlotWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.slot.push(bytes, &mut self.text);
        if self.text.len() >= CHUNK {
            self.out.write_all(self.text.as_bytes())?;
            self.text.clear();
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_begin_with_their_mark() {
        for (view, text) in [
            ("", ""),
            ("#/gc", "#/gc"),
            ("/gc", "#/gc"),
            ("file:///a/b.html#/gc?x=1", "#/gc?x=1"),
        ] {
            assert_eq!(address(view), text);
        }
    }
}
