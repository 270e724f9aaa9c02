//! The native programs.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use super::RUNS;
use super::processes::{Ran, measure, printed};
use crate::shell;

/// How fast a trace is opened.
#[derive(Clone, Copy)]
pub struct Speed {
    /// How many events it has.
    pub events: f64,
    /// For each event, everything included.
    pub nanos: f64,
    /// The same without what the system does for it, if that is known.
    pub own_nanos: Option<f64>,
}

impl Speed {
    /// Million events a second.
    pub fn millions(self) -> f64 {
        1e3 / self.nanos
    }
}

/// Builds what is measured.
pub fn build() -> Result<()> {
    let mut build = shell::cargo();
    build.args(["build", "--release", "--package", "tracepane-cli"]);
    shell::run(&mut build)?;
    let mut build = shell::cargo();
    build.args(["build", "--release", "--package", "tracepane-timeline"]);
    shell::run(build.args(["--example", "stages"]))
}

/// Opens a trace, levels of detail included, on one core or on `threads`; the best of some runs.
pub fn opening(trace: &Path, threads: usize) -> Result<Speed> {
    let program = shell::target_dir().join("release/examples/stages");
    let mut command = Command::new(program);
    command.arg(trace).arg(RUNS.to_string());
    if threads > 1 {
        command.arg(threads.to_string());
    }
    let text = printed(&mut command)?;
    print!("{text}");
    let number = |line: &str, place: usize| {
        let word = line.split_whitespace().nth(place)?;
        word.trim_end_matches(':').parse().ok()
    };
    let events = text.lines().find(|line| line.contains(" events, ns"));
    let line = |start: &str| {
        text.lines()
            .map(str::trim)
            .find(|line| line.starts_with(start))
    };
    Ok(Speed {
        events: events
            .and_then(|line| number(line, 0))
            .context("it does not say how many events there are")?,
        own_nanos: line("without the system ").and_then(|line| number(line, 3)),
        nanos: line("all ")
            .and_then(|line| number(line, 1))
            .context("it does not say how long all takes")?,
    })
}

/// One profile, as a whole process; the best of some runs.
pub fn profile(trace: &Path) -> Result<Ran> {
    let program = shell::target_dir().join("release/tracepane");
    let mut best: Option<Ran> = None;
    for _ in 0..RUNS {
        let mut command = Command::new(&program);
        let ran = measure(command.args(["pprof", "sched"]).arg(trace))?;
        println!(
            "tracepane pprof sched: {:.3} s, peak {:.0} MB",
            ran.seconds,
            ran.peak as f64 / 1e6
        );
        if best.is_none_or(|best| ran.seconds < best.seconds) {
            best = Some(ran);
        }
    }
    best.context("nothing was run")
}
