//! `tracepane pprof`: one of the profiles as a file for `go tool pprof`.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use tracepane_analysis::{
    Annotations, Completeness, ProfileKind, ProfileScope, RegionFilter, TaskFilter, TimeRange,
    group_named, profile_of,
};
use tracepane_model::{GoroutineId, Nanos, SpanLists, TaskId, Trace};

use crate::time::{self, Moment};
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
    #[command(flatten)]
    scope: ScopeArguments,
    #[arg(long, value_name = "TIME", value_parser = time::moment, help = format!("Only from here on: {}", time::HELP))]
    start: Option<Moment>,
    /// Only up to here
    #[arg(long, value_name = "TIME", value_parser = time::moment)]
    end: Option<Moment>,
}

/// Whose waits count: one of these.
#[derive(PartialEq, Default, clap::Args)]
struct ScopeArguments {
    /// Only goroutines that were started with this function
    #[arg(long, value_name = "NAME", group = "whose")]
    goroutines: Option<String>,
    /// Only the goroutine with this number
    #[arg(long, value_name = "ID", group = "whose")]
    goroutine: Option<i64>,
    /// Only within regions of this type
    #[arg(long, value_name = "TYPE", group = "whose")]
    region: Option<String>,
    /// Only within tasks of this type, and their subtasks
    #[arg(long, value_name = "TYPE", group = "whose")]
    tasks: Option<String>,
    /// Only within the task with this number, and its subtasks
    #[arg(long, value_name = "ID", group = "whose")]
    task: Option<u64>,
    /// Of the regions only those begun here, as `tracepane report` names the place
    #[arg(long, value_name = "PLACE", requires = "region")]
    at: Option<String>,
    /// Of the regions or tasks only those that last at least this long
    #[arg(long, value_name = "TIME", value_parser = time::duration)]
    min: Option<Nanos>,
    /// Of the regions or tasks only those that last at most this long
    #[arg(long, value_name = "TIME", value_parser = time::duration)]
    max: Option<Nanos>,
    /// Of the tasks only those with this text in a log, a region's name or their own
    #[arg(long, value_name = "TEXT", requires = "tasks")]
    text: Option<String>,
}

impl Arguments {
    /// Whether all spans of all goroutines count: no list of anybody's spans is looked at then.
    fn is_of_all(&self) -> bool {
        self.scope == ScopeArguments::default() && self.start.is_none() && self.end.is_none()
    }
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let path = &arguments.trace.path;
    let lists = match arguments.is_of_all() {
        true => SpanLists::LeftOut,
        false => SpanLists::Made,
    };
    let trace = file::load_with(path, lists)?;
    let scope = scope(&trace, &arguments.scope).with_context(|| file::name(path))?;
    let completeness = if arguments.complete {
        Completeness::Complete
    } else {
        Completeness::AsGoToolTrace
    };
    let annotations = if scope.needs_annotations() {
        Annotations::new(&trace)
    } else {
        Annotations::default()
    };
    let profile = profile_of(
        &trace,
        &annotations,
        arguments.kind.into(),
        &scope,
        window(&trace, arguments),
        completeness,
    )
    .with_context(|| file::name(path))?;
    output::warn(&output::about(&trace.report, trace.bytes));
    output::write_binary(arguments.output.as_deref(), &profile.to_pprof(&trace))
}

/// The part of time that is meant, if not all of it.
fn window(trace: &Trace, arguments: &Arguments) -> Option<TimeRange> {
    let Arguments { start, end, .. } = arguments;
    if start.is_none() && end.is_none() {
        return None;
    }
    let since_start = |moment: Moment| {
        let clock = moment.on_clock(trace.clock_start);
        Nanos(clock.0.saturating_sub(trace.clock_start.0))
    };
    Some(TimeRange {
        start: start.map_or(Nanos(0), since_start),
        end: end.map_or(trace.end, since_start),
    })
}

fn scope(trace: &Trace, arguments: &ScopeArguments) -> Result<ProfileScope> {
    let ScopeArguments {
        goroutines,
        goroutine,
        region,
        tasks,
        task,
        at,
        min,
        max,
        text,
    } = arguments;
    if (min.is_some() || max.is_some()) && region.is_none() && tasks.is_none() {
        bail!("--min and --max go with --region or --tasks");
    }
    if let Some(name) = goroutines {
        return match group_named(trace, name) {
            Some(group) if !trace.goroutines.members(group).is_empty() => {
                Ok(ProfileScope::Group(group))
            }
            _ => bail!(
                "no goroutine was started with {name:?}{}",
                similar(trace, name)
            ),
        };
    }
    if let Some(id) = *goroutine {
        let found = trace.goroutines.find(GoroutineId(id));
        return Ok(ProfileScope::Goroutine(
            found.with_context(|| format!("there is no goroutine {id}"))?,
        ));
    }
    if let Some(name) = region {
        return Ok(ProfileScope::Regions(RegionFilter {
            name: Some(name.clone()),
            place: at.clone(),
            shortest: *min,
            longest: *max,
            ..RegionFilter::default()
        }));
    }
    if let Some(name) = tasks {
        return Ok(ProfileScope::Tasks(TaskFilter {
            name: Some(name.clone()),
            shortest: *min,
            longest: *max,
            text: text.clone().unwrap_or_default(),
            ..TaskFilter::default()
        }));
    }
    Ok(task.map_or(ProfileScope::All, |id| ProfileScope::Task(TaskId(id))))
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
