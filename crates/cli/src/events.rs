//! `tracepane events`: a trace's events as text, as `go tool trace -d=parsed` prints them; all, or those that are wanted.

use std::io::{self, BufWriter, Write};

use anyhow::{Context, Result};
use tracepane_model::Nanos;
use tracepane_wire::dump::Dump;
use tracepane_wire::{
    Event, EventKind, EventType, Filter, GenerationInfo, GoroutineId, Options, Reader, Resources,
    Sink, Tables, Wanted,
};

use crate::time::{self, Moment};
use crate::{TraceArgument, file, output};

#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    trace: TraceArgument,
    /// Only events from this time on
    #[arg(long, value_name = "TIME", value_parser = time::moment, long_help = format!("Only events from this time on, {}", time::HELP))]
    start: Option<Moment>,
    /// Only events up to this time
    #[arg(long, value_name = "TIME", value_parser = time::moment, long_help = format!("Only events up to this time, {}", time::HELP))]
    end: Option<Moment>,
    /// Only events of these types: StateTransition (or GoroutineTransition, ProcTransition), RangeBegin, Log, …
    #[arg(long = "type", value_name = "TYPE", value_delimiter = ',', value_parser = types)]
    types: Vec<Types>,
    /// Only events that this goroutine executed, or that change its state
    #[arg(long, value_name = "ID")]
    goroutine: Option<i64>,
    /// Only events whose text, stacks included, contains this; small and capital letters are the same
    #[arg(long, value_name = "TEXT", default_value = "")]
    text: String,
}

/// The types with one name.
#[derive(Clone, Debug)]
struct Types(Vec<EventType>);

fn types(name: &str) -> Result<Types, String> {
    let found = EventType::named(name);
    if found.is_empty() {
        let all: Vec<&str> = EventType::ALL.iter().map(|one| one.key()).collect();
        return Err(format!("the types are {}", all.join(", ")));
    }
    Ok(Types(found))
}

impl Arguments {
    /// What is wanted of a trace that starts at `start`.
    fn wanted(&self, start: Nanos) -> Wanted {
        let clock = |moment: Option<Moment>| moment.map(|moment| moment.on_clock(start));
        Wanted {
            start: clock(self.start).unwrap_or(Wanted::ALL.start),
            end: clock(self.end).unwrap_or(Wanted::ALL.end),
            types: self
                .types
                .iter()
                .flat_map(|types| types.0.clone())
                .collect(),
            goroutine: self.goroutine.map(GoroutineId),
            text: self.text.clone(),
        }
    }
}

/// Hands on what is wanted.
struct Chosen<'a, F> {
    arguments: &'a Arguments,
    /// Known when the first event tells when the trace starts.
    filter: Option<Filter>,
    info: Option<GenerationInfo>,
    to: Dump<F>,
}

impl<F: FnMut(&str)> Sink for Chosen<'_, F> {
    fn generation(&mut self, info: &GenerationInfo, tables: &Tables) {
        self.info = Some(*info);
        if let Some(filter) = &mut self.filter {
            filter.begin_generation();
        }
        self.to.generation(info, tables);
    }

    fn event(&mut self, event: &Event, tables: &Tables, resources: &Resources) {
        let filter = self
            .filter
            .get_or_insert_with(|| Filter::new(self.arguments.wanted(event.time)));
        let clock = match event.kind {
            EventKind::Sync { .. } => self.info.take().and_then(|info| info.clock),
            _ => None,
        };
        if filter.is_in_range(event) && filter.wants(event, clock, tables, resources) {
            self.to.event(event, tables, resources);
        } else if matches!(event.kind, EventKind::Sync { .. }) {
            self.to.skip_sync();
        }
    }
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let path = &arguments.trace.path;
    let input = file::Input::open(path)?;
    let mut reader = Reader::new(input, Options::default()).with_context(|| file::name(path))?;
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    let mut written = Ok(());
    let mut chosen = Chosen {
        arguments,
        filter: None,
        info: None,
        to: Dump::new(|line: &str| {
            // A sink cannot stop the reader: after the first error the rest of the generation is read in vain.
            if written.is_ok() {
                written = out.write_all(line.as_bytes());
            }
        }),
    };
    let mut generations = 0;
    loop {
        let next = reader.next_generation(&mut chosen);
        if next.with_context(|| file::name(path))?.is_none() {
            break;
        }
        generations += 1;
    }
    drop(chosen);
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
