//! Where results go: a file, or standard output, which may be closed early; and warnings, which go to standard error.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::path::Path;

use anyhow::{Context, Result, bail};
use tracepane_analysis::summary;
use tracepane_wire::Report;

/// Writes a line to standard error, if anybody reads it.
pub fn say(sentence: &str) {
    let _ = writeln!(io::stderr(), "tracepane: {sentence}");
}

/// How many warnings are enough.
const MAX_WARNINGS: usize = 8;

/// What was lost and what was odd, in sentences.
pub fn about(report: &Report, bytes: u64) -> Vec<String> {
    let mut sentences = summary::losses(report, bytes);
    sentences.extend(summary::slips(report));
    if sentences.len() > MAX_WARNINGS {
        let more = sentences.len() - MAX_WARNINGS;
        sentences.truncate(MAX_WARNINGS);
        sentences.push(format!("{more} more like these are not listed."));
    }
    sentences
}

/// Says what was lost and what was odd.
pub fn warn(sentences: &[String]) {
    for sentence in sentences {
        say(&format!("warning: {sentence}"));
    }
}

/// Writes binary results to `path`, or to standard output.
pub fn write_binary(path: Option<&Path>, bytes: &[u8]) -> Result<()> {
    let path = match path {
        Some(path) if path != Path::new("-") => path,
        _ => {
            let mut out = io::stdout().lock();
            if out.is_terminal() {
                bail!(no_text("a profile"));
            }
            out.write_all(bytes)?;
            out.flush()?;
            return Ok(());
        }
    };
    std::fs::write(path, bytes).with_context(|| format!("{} cannot be written", path.display()))
}

/// Writes text to standard output.
pub fn write_text(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(())
}

/// The sentence for what does not belong on a terminal.
pub fn no_text(what: &str) -> String {
    format!("{what} is no text for a terminal; name a file with -o FILE or redirect the output")
}

/// Writes something large to `path`, or to standard output. A file is there only when it is whole.
pub fn write_large(
    path: Option<&Path>,
    what: &str,
    write: impl FnOnce(&mut dyn Write) -> Result<()>,
) -> Result<()> {
    let path = match path {
        Some(path) if path != Path::new("-") => path,
        _ => {
            let mut out = io::stdout().lock();
            if out.is_terminal() {
                bail!(no_text(what));
            }
            write(&mut out)?;
            out.flush()?;
            return Ok(());
        }
    };
    let cannot = || format!("{} cannot be written", path.display());
    // A pipe or a device is not to be replaced.
    if path.exists() && !path.is_file() {
        let mut file = File::options()
            .write(true)
            .open(path)
            .with_context(cannot)?;
        return write(&mut file);
    }
    let mut name = OsString::from(".");
    name.push(path.file_name().with_context(cannot)?);
    name.push(".unfinished");
    let unfinished = path.with_file_name(name);
    let written = File::create(&unfinished)
        .with_context(cannot)
        .and_then(|mut file| write(&mut file))
        .and_then(|()| std::fs::rename(&unfinished, path).with_context(cannot));
    if written.is_err() {
        // What is wrong was said; half a file helps nobody.
        let _ = std::fs::remove_file(&unfinished);
    }
    written
}

/// Whether an error means that nobody reads our output any more.
pub fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<io::Error>()
        .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
