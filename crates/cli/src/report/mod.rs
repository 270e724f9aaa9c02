//! `tracepane report`: what a trace says, summed up: as text for people, as JSON for machines.

mod facts;
mod text;

use anyhow::{Context, Result};

use crate::{TraceArgument, file, output};

#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    trace: TraceArgument,
    /// Print JSON, with every group, type and proc. Names ending in `_ns` are nanoseconds, those ending in `_bytes`
    /// bytes; moments count from the trace's start
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let path = &arguments.trace.path;
    let trace = file::load(path)?;
    let report = facts::Report::of(&trace);
    let text = if arguments.json {
        let mut text = serde_json::to_string_pretty(&report).context("the report as JSON")?;
        text.push('\n');
        text
    } else {
        text::text(&report)
    };
    output::warn(&output::about(&trace.report, trace.bytes));
    output::write_text(&text)
}
