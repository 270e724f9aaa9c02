//! The native command `tracepane`: the same answers as the page's, for scripts and CI.
//!
//! Exit status 0: done, perhaps with warnings on standard error; 1: bad input, one sentence on standard error;
//! 2: wrong usage.

mod bundle;
mod events;
mod file;
mod find;
mod footprint;
mod output;
mod pprof;
mod report;
mod table;
mod time;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// A quarter of the time that opening a large trace takes was the system's, for its memory in pages of 4 KiB. This one
/// asks for large pages, and gives none back while it may want them again.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Explains Go execution traces.
#[derive(Parser)]
#[command(name = "tracepane", version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Write one of a trace's profiles, for `go tool pprof`
    Pprof(pprof::Arguments),
    /// Put a trace into the page: one HTML file that opens on it, offline
    Bundle(bundle::Arguments),
    /// Print what a trace says, summed up: goroutines, tasks, regions, GC, scheduler, profiles
    Report(report::Arguments),
    /// Print how many bytes of a trace each type of event takes
    Footprint(footprint::Arguments),
    /// Print what a query finds in a trace: spans, regions, tasks, logs, pauses…
    Find(find::Arguments),
    /// Print a trace's events, as `go tool trace -d=parsed` does
    Events(events::Arguments),
}

/// The trace that a command reads.
#[derive(clap::Args)]
struct TraceArgument {
    /// The trace, gzip'ed or not; `-` reads standard input
    #[arg(value_name = "TRACE")]
    path: PathBuf,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let result = match &arguments.command {
        Command::Pprof(arguments) => pprof::run(arguments),
        Command::Bundle(arguments) => bundle::run(arguments),
        Command::Report(arguments) => report::run(arguments),
        Command::Footprint(arguments) => footprint::run(arguments),
        Command::Find(arguments) => find::run(arguments),
        Command::Events(arguments) => events::run(arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever reads us has had enough, as in `| head`.
        Err(error) if output::is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            output::say(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}
