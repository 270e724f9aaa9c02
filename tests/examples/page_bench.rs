//! What the page costs, printed, not judged: `page_bench TRACE [once] [questions] [frames]`.
//!
//! - Opening a trace and the memory it takes: always, three times, or once.
//! - `questions`: how long each view and search takes that a trace can be asked for.
//! - `frames`: how long the frames of some movements take.
//!
//! Lines that begin with `figure` are for programs: a name, a number, and perhaps a text.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use tracepane_testkit::processes::Measure;
use tracepane_tests::web::{Browser, Server, Session, html_file};

#[path = "page_bench/questions.rs"]
mod questions;

/// How often the trace is opened, each time in a browser of its own.
const RUNS: usize = 3;
/// How long the page is there before a file is chosen.
const CHOOSING: Duration = Duration::from_millis(1500);
/// How long a trace may take to open.
const PATIENCE: Duration = Duration::from_secs(600);
/// How many steps each move of the script has, one a frame.
const STEPS: usize = 60;

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let has = |word: &str| words.iter().skip(1).any(|other| other == word);
    let trace = words.first().context("which trace?")?;
    let server = Server::start(&html_file()?)?;
    println!(
        "\n{trace}: the page in {:?}, without a head, 1440 × 900",
        Browser::chosen()?
    );
    let runs = if has("once") { 1 } else { RUNS };
    let mut best: Option<Opened> = None;
    for run in 0..runs {
        let (session, opened) = open(&server, trace)?;
        if best.is_none_or(|best| opened.seconds < best.seconds) {
            best = Some(opened);
        }
        if run + 1 == runs {
            if has("questions") {
                questions::ask(&session)?;
            }
            if has("frames") {
                moves(&session)?;
            }
        }
    }
    let best = best.context("nothing was opened")?;
    println!("figure open {:.3}", best.seconds);
    println!("figure wasm {}", best.wasm);
    println!("figure pss {}", best.proportional);
    println!("figure page {}", best.page);
    Ok(())
}

/// What opening a trace cost.
#[derive(Clone, Copy)]
struct Opened {
    /// From the file's choice to the first complete frame of the whole trace.
    seconds: f64,
    /// Bytes of the worker's wasm memory.
    wasm: f64,
    /// Bytes of all processes of the browser, shared pages counted once.
    proportional: u64,
    /// The same, shared pages counted for each process.
    resident: u64,
    /// Bytes of the page's own process.
    page: u64,
}

/// Opens a trace in a browser of its own, and prints what that cost.
fn open(server: &Server, trace: &str) -> Result<(Session, Opened)> {
    let session = Session::start(1440, 900, false)?;
    session.go(&server.address())?;
    session.idle()?;
    // Nobody is faster at choosing a file, and the page uses that time (`App::warm_up`).
    std::thread::sleep(CHOOSING);
    let before = session.memory(Measure::Proportional);
    let page_before = session.page_memory(Measure::Proportional);
    session.choose(Path::new(trace))?;
    wait_until_open(&session)?;
    let open = session
        .run("return performance.getEntriesByName('open')[0]?.duration ?? document.querySelector('.failure').innerText")?;
    let millis = open
        .as_f64()
        .with_context(|| format!("the page says: {open}"))?;
    ensure!(millis > 0.0, "opening took no time");
    std::thread::sleep(Duration::from_millis(300));
    let frames = session.wait_for("return await window.tracepane.frames();")?;
    let opened = Opened {
        seconds: millis / 1e3,
        wasm: frames["memory"].as_f64().unwrap_or(0.0),
        proportional: session.memory(Measure::Proportional),
        resident: session.memory(Measure::Resident),
        page: session.page_memory(Measure::Proportional),
    };
    println!(
        "  open to the first frame of the whole trace: {:.2} s; wasm memory of the worker {:.0} MB; all processes of the browser {} MB (shared pages counted once; {} MB if each time), before opening {} MB; the page's own process {} MB, before opening {} MB",
        opened.seconds,
        opened.wasm / 1e6,
        opened.proportional / 1_000_000,
        opened.resident / 1_000_000,
        before / 1_000_000,
        opened.page / 1_000_000,
        page_before / 1_000_000,
    );
    let opening = session.run("return window.tracepane.opening()")?;
    let stages = opening["stages"].as_object().into_iter().flatten();
    let stages: Vec<String> = stages
        .map(|(name, millis)| format!("{name} {:.0}", millis.as_f64().unwrap_or(0.0)))
        .collect();
    println!(
        "    {} readers; stages, ms: {}{}",
        opening["readers"],
        stages.join(", "),
        opening["givenUp"]
            .as_str()
            .map_or(String::new(), |why| format!("; given up: {why}")),
    );
    Ok((session, opened))
}

/// Waits until a trace is open, or cannot be. It is the browser that says so: asking it again and again takes the
/// processors that are measured.
fn wait_until_open(session: &Session) -> Result<()> {
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        let over = session.wait_for(
            "const over = () => performance.getEntriesByName('open').length || document.querySelector('.failure');
             const measured = new Promise((done) => new PerformanceObserver((list) =>
                 list.getEntriesByName('open').length && done()).observe({ type: 'measure', buffered: true }));
             const later = (millis) => new Promise((done) => setTimeout(done, millis));
             for (let i = 0; i < 10 && !over(); i++) await Promise.race([measured, later(1000)]);
             return Boolean(over());",
        )?;
        if over == Value::Bool(true) {
            return Ok(());
        }
    }
    bail!("it takes too long to open")
}

/// The movements, each a script's body that moves by `await look(start, end, scroll)`, `end` being the trace's.
const MOVES: [(&str, &str); 4] = [
    (
        "zoom in at a third, to a millionth, and out again",
        "for (let i = -steps; i <= steps; i++) { const w = end * Math.pow(1e-6, 1 - Math.abs(i) / steps); const s = end / 3 - w / 3; await look(Math.max(0, s), Math.min(end, s + w), scroll); }",
    ),
    (
        "pan at a tenth",
        "for (let i = 0; i <= steps; i++) { const s = end * (0.3 + 0.2 * i / steps); await look(s, s + end * 0.1, scroll); }",
    ),
    (
        "pan at a thousandth",
        "for (let i = 0; i <= steps; i++) { const s = end * (0.3 + 0.01 * i / steps); await look(s, s + end * 1e-3, scroll); }",
    ),
    (
        "scroll",
        "for (let i = 0; i <= 2 * steps; i++) await look(0, end, i * 24);",
    ),
];

/// Moves by script, one step a frame, first with the goroutines folded, then unfolded and scrolled to, and prints how
/// long the worker took to paint each.
fn moves(session: &Session) -> Result<()> {
    for unfolded in [false, true] {
        if unfolded {
            let unfold = "[...document.querySelectorAll('button')].find((e) => e.textContent.trim() === 'Unfold')";
            session.until(unfold)?;
            session.run(&format!("{unfold}.click()"))?;
            session.idle()?;
        }
        let (what, scroll) = match unfolded {
            true => ("unfolded", 400),
            false => ("folded", 0),
        };
        for (name, body) in MOVES {
            let script = format!(
                "const frame = () => new Promise(requestAnimationFrame);
                 const end = window.tracepane.view().last, steps = {STEPS}, scroll = {scroll};
                 const look = async (start, end, scroll) => {{ window.tracepane.look({{ start, end, scroll }}); await frame(); }};
                 await look(0, end, scroll);
                 await window.tracepane.idle();
                 const before = (await window.tracepane.frames()).millis.length;
                 {body}
                 await window.tracepane.idle();
                 const frames = await window.tracepane.frames();
                 return [frames.millis.length - before, frames.millis];"
            );
            print(&format!("{what}, {name}"), &session.wait_for(&script)?);
        }
        resize(session, what)?;
    }
    Ok(())
}

/// Makes the window smaller and larger again.
fn resize(session: &Session, what: &str) -> Result<()> {
    let count = "window.tracepane.look({ start: 0, end: window.tracepane.view().last, scroll: 400 });
        await window.tracepane.idle(); const frames = await window.tracepane.frames(); return [frames.millis.length, frames.millis];";
    let before = session.wait_for(count)?[0].as_u64().unwrap_or(0);
    for i in 0..12 {
        session.resize(1440 - 30 * i, 900 - 15 * i)?;
    }
    session.resize(1440, 900)?;
    let after = session.wait_for(count)?;
    let new = after[0].as_u64().unwrap_or(0).saturating_sub(before);
    print(
        &format!("{what}, resize"),
        &serde_json::json!([new, after[1]]),
    );
    Ok(())
}

/// Prints the times of the last frames: their number, and the times of as many as the worker keeps.
fn print(what: &str, frames: &serde_json::Value) {
    let all: Vec<f64> = frames[1]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(serde_json::Value::as_f64)
        .collect();
    let count = frames[0].as_u64().unwrap_or(0) as usize;
    let mut millis = all[all.len().saturating_sub(count)..].to_vec();
    millis.sort_by(f64::total_cmp);
    let at = |share: f64| {
        let last = millis.len().saturating_sub(1);
        let place = (last as f64 * share).round() as usize;
        millis.get(place).copied().unwrap_or(0.0)
    };
    println!(
        "  {what}: {count} frames in the worker, median {:.1} ms, 95 % within {:.1} ms, longest {:.1} ms",
        at(0.5),
        at(0.95),
        at(1.0),
    );
}
