//! The traces that are measured: made once by the generator in `testdata/corpusgen`, and kept below the target folder.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::shell;

/// How long the generator's pipeline runs: about 10, 100 and 1000 MB on a machine of two cores.
pub const SMALL: &str = "240ms";
pub const MIDDLE: &str = "2400ms";
pub const LARGE: &str = "24s";

/// A trace of the generator's pipeline that ran so long.
pub fn pipeline(go: &str, time: &str) -> Result<PathBuf> {
    let folder = shell::target_dir().join("bench");
    let trace = folder.join(format!("pipeline-{time}.trace"));
    if trace.exists() {
        return Ok(trace);
    }
    fs::create_dir_all(&folder)?;
    let program = folder.join("workload");
    let mut command = Command::new(go);
    command
        .current_dir(shell::root().join("testdata/corpusgen"))
        .args(["build", "-o"])
        .arg(&program)
        .arg(".");
    shell::run(&mut command).context("the benchmark makes its traces with Go: put `go` on the PATH, name it with --go, or give traces with --trace, --small and --large")?;
    let mut command = Command::new(program);
    command.args(["-mode", "pipeline", "-for", time, "-o"]);
    shell::run(command.arg(&trace))?;
    Ok(trace)
}
