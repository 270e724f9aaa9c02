//! `cargo xtask bench`: how fast and how large, beside `go tool trace` in the same run.
//!
//! Prints figures and asserts none. Every program is run as a whole process, its peak memory read from `/proc`.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::browser::Browser;
use crate::toolchain::Toolchain;
use crate::{build, shell};

/// One line for the list of commands.
pub const HELP: &str = "prints speed and memory beside go tool trace  [native | page] [--trace FILE] [--go GO] [--page FILE: one that is built]";

/// How long the generated programs run: about 100 MB of trace on a machine of two cores, and as long as a hundred
/// thousand goroutines need for some turns each.
const PIPELINE_FOR: &str = "2400ms";
const CROWD_FOR: &str = "1500ms";
/// How often a process of ours is run; the best run counts, and all are printed.
const RUNS: usize = 3;
/// How long `go tool trace` may take until its page can be opened.
const PATIENCE: Duration = Duration::from_secs(900);

/// The command.
pub fn run(words: &[String]) -> Result<()> {
    let option = |name: &str| {
        let at = words.iter().position(|word| word == name)?;
        words.get(at + 1).cloned()
    };
    let go = option("--go").unwrap_or_else(|| "go".into());
    let kinds: Vec<&str> = ["native", "page"]
        .into_iter()
        .filter(|kind| words.iter().any(|word| word == kind))
        .collect();
    let wanted = |kind: &str| kinds.is_empty() || kinds.contains(&kind);
    let traces = match option("--trace") {
        Some(file) => {
            vec![fs::canonicalize(&file).with_context(|| format!("no trace {file}"))?]
        }
        None => vec![
            generated(&go, "pipeline", PIPELINE_FOR)?,
            generated(&go, "crowd", CROWD_FOR)?,
        ],
    };
    for trace in &traces {
        let size = fs::metadata(trace)?.len();
        println!("trace: {} ({:.1} MB)", trace.display(), size as f64 / 1e6);
    }
    if let Some(version) = shell::output(Command::new(&go).arg("version")) {
        println!("reference: {version}");
    }
    if wanted("native") {
        native(&traces, &go)?;
    }
    if wanted("page") {
        page(&traces, option("--page"))?;
    }
    Ok(())
}

/// A trace made once by the generator in `testdata/corpusgen` and kept below the target folder.
fn generated(go: &str, mode: &str, time: &str) -> Result<PathBuf> {
    let folder = shell::target_dir().join("bench");
    let trace = folder.join(format!("{mode}.trace"));
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
    shell::run(&mut command).context("the benchmark makes its trace with Go: put `go` on the PATH, name it with --go, or give a trace with --trace")?;
    let mut command = Command::new(program);
    command.args(["-mode", mode, "-for", time, "-o"]);
    shell::run(command.arg(&trace))?;
    Ok(trace)
}

/// The native programs and the reference; of the traces after the first the frames only.
fn native(traces: &[PathBuf], go: &str) -> Result<()> {
    let Some((trace, more)) = traces.split_first() else {
        return Ok(());
    };
    let mut build = shell::cargo();
    build.args(["build", "--release", "--package", "tracepane-cli"]);
    shell::run(&mut build)?;
    let mut build = shell::cargo();
    build.args(["build", "--release", "--examples"]);
    build.args([
        "--package",
        "tracepane-wire",
        "--package",
        "tracepane-model",
    ]);
    build.args(["--package", "tracepane-timeline"]);
    shell::run(&mut build)?;
    let programs = shell::target_dir().join("release");
    for (title, example, arguments) in [
        ("decode: read, order, check", "decode", &[][..]),
        ("load: decode and build the model", "load", &[][..]),
        (
            "levels of detail, and frames of a scripted pan and zoom",
            "paint",
            &["bench"][..],
        ),
    ] {
        println!("\n{title}");
        for _ in 0..RUNS {
            let mut command = Command::new(programs.join("examples").join(example));
            let ran = measure(command.arg(trace).args(arguments), true)?;
            println!("  whole process {}", ran.figures());
        }
    }

    for trace in more.iter().chain([trace]) {
        println!("\nframes of {}, all goroutines unfolded", trace.display());
        let mut command = Command::new(programs.join("examples/paint"));
        measure(command.arg(trace).args(["bench", "unfold"]), true)?;
    }

    let mut table = String::from("\nwhole process | seconds | peak memory\n--- | --- | ---\n");
    let mut best: Option<Ran> = None;
    for _ in 0..RUNS {
        let mut command = Command::new(programs.join("tracepane"));
        let ran = measure(command.args(["pprof", "sched"]).arg(trace), false)?;
        writeln!(table, "tracepane pprof sched | {}", ran.columns())?;
        if best.as_ref().is_none_or(|best| ran.seconds < best.seconds) {
            best = Some(ran);
        }
    }
    let mut command = Command::new(go);
    let theirs = measure(
        command.args(["tool", "trace", "-pprof=sched"]).arg(trace),
        false,
    )?;
    writeln!(table, "go tool trace -pprof=sched | {}", theirs.columns())?;
    let opened = until_listening(go, trace)?;
    writeln!(
        table,
        "go tool trace, until its page can be opened | {}",
        opened.columns()
    )?;
    print!("{table}");
    if let Some(ours) = best {
        println!(
            "\npprof sched: {:.0} times faster, {:.0} times less memory",
            theirs.seconds / ours.seconds,
            theirs.peak as f64 / ours.peak.max(1) as f64
        );
    }
    Ok(())
}

/// The page, in headless Chromium.
fn page(traces: &[PathBuf], built: Option<String>) -> Result<()> {
    let browser = Browser::find()?;
    let file = match built {
        Some(file) => fs::canonicalize(&file).with_context(|| format!("no page {file}"))?,
        None => build::page(&Toolchain::find()?)?,
    };
    let mut command = shell::cargo();
    command.args(["run", "--quiet", "--package", "tracepane-tests"]);
    command.args(["--features", "browser", "--example", "page_bench", "--"]);
    browser.tell(command.args(traces).env("TRACEPANE_HTML", file));
    shell::run(&mut command)
}

/// What a process took.
struct Ran {
    seconds: f64,
    /// Bytes.
    peak: u64,
}

impl Ran {
    fn figures(&self) -> String {
        format!(
            "{:.3} s, peak memory {:.0} MB",
            self.seconds,
            self.peak as f64 / 1e6
        )
    }

    fn columns(&self) -> String {
        format!("{:.3} | {:.0} MB", self.seconds, self.peak as f64 / 1e6)
    }
}

/// Runs a program to its end; its output is shown or dropped.
fn measure(command: &mut Command, show: bool) -> Result<Ran> {
    let output = || {
        if show {
            Stdio::inherit()
        } else {
            Stdio::null()
        }
    };
    let began = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(output())
        .stderr(output())
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

/// How long `go tool trace` takes until it says that it listens; it is ended then.
fn until_listening(go: &str, trace: &Path) -> Result<Ran> {
    let began = Instant::now();
    let mut child = Command::new(go)
        .args(["tool", "trace", "-http=127.0.0.1:0"])
        .arg(trace)
        // It opens a browser if it can.
        .env("BROWSER", "true")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()?;
    let lines = child.stderr.take().map(BufReader::new);
    let (say, hear) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let lines = lines.into_iter().flat_map(BufRead::lines);
        for line in lines.map_while(Result::ok) {
            if line.contains("listening on") {
                // Whoever waited may have given up.
                let _ = say.send(());
            }
        }
    });
    let mut peak = 0;
    let listening = loop {
        peak = peak.max(tree_peak(child.id()));
        if hear.try_recv().is_ok() {
            break true;
        }
        if began.elapsed() > PATIENCE || child.try_wait()?.is_some() {
            break false;
        }
        sleep(Duration::from_millis(5));
    };
    let seconds = began.elapsed().as_secs_f64();
    end(&mut child);
    if !listening {
        bail!("go tool trace did not say that it listens");
    }
    Ok(Ran { seconds, peak })
}

/// Ends a process and those it started: `go` runs the tool as one of its own.
fn end(child: &mut Child) {
    for id in descendants(child.id()) {
        let _ = Command::new("kill").arg(id.to_string()).status();
    }
    let _ = child.kill();
    let _ = child.wait();
}

/// The largest peak of resident memory among a process and those it started, in bytes; 0 where there is no `/proc`.
fn tree_peak(id: u32) -> u64 {
    descendants(id)
        .into_iter()
        .chain([id])
        .map(peak_of)
        .max()
        .unwrap_or(0)
}

fn peak_of(id: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|rest| {
            rest.trim()
                .trim_end_matches("kB")
                .trim()
                .parse::<u64>()
                .ok()
        })
        .unwrap_or(0)
        * 1024
}

/// The processes that a process started, whichever of its threads did, and theirs.
fn descendants(id: u32) -> Vec<u32> {
    let threads = fs::read_dir(format!("/proc/{id}/task"));
    let children = threads
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    let mut all = Vec::new();
    for child in children.collect::<String>().split_whitespace() {
        if let Ok(child) = child.parse() {
            all.extend(descendants(child));
            all.push(child);
        }
    }
    all
}
