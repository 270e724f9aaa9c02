//! `tracepane footprint`: a trace's bytes by event type, as `go tool trace -d=footprint` tells them.

use std::io::{self, Write as _};

use anyhow::{Context, Result};
use tracepane_wire::footprint;

use crate::{TraceArgument, file, output, table};

#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    trace: TraceArgument,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let path = &arguments.trace.path;
    let input = file::Input::open(path)?;
    let found = footprint(input).with_context(|| file::name(path))?;
    let share = |part: u64, whole: u64| match whole {
        0 => "0.00%".to_owned(),
        whole => format!("{:.2}%", part as f64 / whole as f64 * 100.0),
    };
    let mut table = table::Table::new(&["Event", "Bytes", "%", "Count", "%"]);
    for row in &found.rows {
        table.row(&[
            row.name.to_owned(),
            row.bytes.to_string(),
            share(row.bytes, found.bytes),
            row.count.to_string(),
            share(row.count, found.count),
        ]);
    }
    let mut out = io::stdout().lock();
    out.write_all(table.text().as_bytes())?;
    out.flush()?;
    if found.unread > 0 {
        output::warn(&[format!(
            "{} of {} bytes belong to no whole event: they are damaged or cut off.",
            found.unread, found.bytes
        )]);
    }
    Ok(())
}
