//! Running whole programs: how long they take, and how much memory at most.

use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// The tests' own file: this crate builds where the others do not, so it depends on none.
#[path = "../../../testkit/src/processes.rs"]
#[allow(dead_code, reason = "the tests measure in more ways")]
mod of_tests;

use of_tests::{Measure, descendants, memory};

/// What a program took.
#[derive(Clone, Copy)]
pub struct Ran {
    /// From its start to its end, or to what was waited for.
    pub seconds: f64,
    /// The most resident memory of any of its processes, bytes.
    pub peak: u64,
}

/// Runs a program to its end; its output is dropped.
pub fn measure(command: &mut Command) -> Result<Ran> {
    let began = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .with_context(|| format!("starting {}", command.get_program().display()))?;
    let mut peak = 0;
    let status = loop {
        peak = peak.max(tree_peak(child.id()));
        if let Some(status) = child.try_wait()? {
            break status;
        }
        sleep(Duration::from_millis(2));
    };
    if !status.success() {
        bail!("{} ended with {status}", command.get_program().display());
    }
    Ok(Ran {
        seconds: began.elapsed().as_secs_f64(),
        peak,
    })
}

/// What a program prints.
pub fn printed(command: &mut Command) -> Result<String> {
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("starting {}", command.get_program().display()))?;
    if !output.status.success() {
        let program = command.get_program().display();
        bail!("{program} ended with {}", output.status);
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Ends a process and those it started: `go` runs the tool as one of its own.
pub fn end(child: &mut Child) {
    for id in descendants(child.id()) {
        let _ = Command::new("kill").arg(id.to_string()).status();
    }
    let _ = child.kill();
    let _ = child.wait();
}

/// The largest peak of resident memory among a process and those it started, bytes.
pub fn tree_peak(id: u32) -> u64 {
    let all = descendants(id).into_iter().chain([id]);
    all.map(|id| memory(id, Measure::Peak)).max().unwrap_or(0)
}
