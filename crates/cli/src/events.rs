//! `tracepane events`: a trace's events as text, as `go tool trace -d=parsed` prints them.

use std::io::{self, BufWriter, Write};

use anyhow::{Context, Result};
use tracepane_wire::dump::Dump;
use tracepane_wire::{Options, Reader};

use crate::{TraceArgument, file, output};

#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    trace: TraceArgument,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let path = &arguments.trace.path;
    let input = file::Input::open(path)?;
    let mut reader = Reader::new(input, Options::default()).with_context(|| file::name(path))?;
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    let mut written = Ok(());
    let mut dump = Dump::new(|line: &str| {
        // A sink cannot stop the reader: after the first error the rest of the generation is read in vain.
        if written.is_ok() {
            written = out.write_all(line.as_bytes());
        }
    });
    let mut generations = 0;
    loop {
        let next = reader.next_generation(&mut dump);
        if next.with_context(|| file::name(path))?.is_none() {
            break;
        }
        generations += 1;
    }
    drop(dump);
    written?;
    if generations == 0 {
        // What is buffered is no more than the Sync event of an empty trace.
        let _ = out.into_parts();
        return Err(file::nothing_read(path, reader.report()));
    }
    out.flush()?;
    output::warn(&output::about(
        reader.report(),
        reader.progress().bytes_total,
    ));
    Ok(())
}
