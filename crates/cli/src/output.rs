//! Where results go: a file, or standard output, which may be closed early; and warnings, which go to standard error.

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
                bail!(
                    "a profile is no text for a terminal; name a file with -o FILE or redirect the output"
                );
            }
            out.write_all(bytes)?;
            out.flush()?;
            return Ok(());
        }
    };
    std::fs::write(path, bytes).with_context(|| format!("{} cannot be written", path.display()))
}

/// Whether an error means that nobody reads our output any more.
pub fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<io::Error>()
        .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
