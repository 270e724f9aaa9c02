//! `go tool trace`, on the same trace in the same run.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use super::processes::{Ran, end, measure, tree_peak};

/// How long it may take until its page can be opened.
const PATIENCE: Duration = Duration::from_secs(1800);

/// One profile, as a whole process.
pub fn profile(go: &str, trace: &Path) -> Result<Ran> {
    let mut command = Command::new(go);
    measure(command.args(["tool", "trace", "-pprof=sched"]).arg(trace))
}

/// Until it says that it listens; it is ended then.
pub fn opening(go: &str, trace: &Path) -> Result<Ran> {
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
