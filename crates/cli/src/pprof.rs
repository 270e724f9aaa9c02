//! `tracepane pprof`: one of the profiles as a file for `go tool pprof`.

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::ValueEnum;
use tracepane_analysis::{Completeness, ProfileKind, Scope, group_named, profile};
use tracepane_model::Trace;

use crate::{TraceArgument, file, output};

/// Which profile.
#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    /// Waiting for the network
    Net,
    /// Waiting for channels, locks and the like
    Sync,
    /// In system calls
    Syscall,
    /// Ready to run, waiting for a proc
    Sched,
    /// CPU samples that the trace holds; each stands for 10 ms, Go's default, as a trace does not say its rate
    Cpu,
}

impl From<Kind> for ProfileKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Net => Self::Network,
            Kind::Sync => Self::Sync,
            Kind::Syscall => Self::Syscall,
            Kind::Sched => Self::Scheduler,
            Kind::Cpu => Self::Cpu,
        }
    }
}

#[derive(clap::Args)]
pub struct Arguments {
    /// Which profile
    #[arg(value_enum, value_name = "TYPE")]
    kind: Kind,
    #[command(flatten)]
    trace: TraceArgument,
    /// Write to this file, not to standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Count all waits, also those that `go tool trace` leaves out: before a goroutine's first run, unfinished ones,
    /// and those in progress when the trace began
    #[arg(long)]
    complete: bool,
    /// Only goroutines that were started with this function
    #[arg(long, value_name = "NAME")]
    goroutines: Option<String>,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let path = &arguments.trace.path;
    let trace = file::load(path)?;
    let scope = match &arguments.goroutines {
        None => Scope::ALL,
        Some(name) => match group_named(&trace, name) {
            Some(group) if !trace.goroutines.members(group).is_empty() => Scope::group(group),
            _ => bail!(
                "{}: no goroutine was started with {name:?}{}",
                file::name(path),
                similar(&trace, name)
            ),
        },
    };
    let completeness = if arguments.complete {
        Completeness::Complete
    } else {
        Completeness::AsGoToolTrace
    };
    let profile = profile(&trace, arguments.kind.into(), &scope, completeness);
    output::warn(&output::about(&trace.report, trace.bytes));
    output::write_binary(arguments.output.as_deref(), &profile.to_pprof(&trace))
}

/// Up to three functions whose names contain `name`.
fn similar(trace: &Trace, name: &str) -> String {
    let wanted = name.to_lowercase();
    let mut names: Vec<&str> = trace
        .goroutines
        .groups
        .iter()
        .map(|&group| trace.strings.get(group))
        .filter(|group| !wanted.is_empty() && group.to_lowercase().contains(&wanted))
        .collect();
    names.sort_unstable();
    names.truncate(3);
    if names.is_empty() {
        return String::new();
    }
    format!("; did you mean {}?", names.join(" or "))
}
