//! What opening a trace in the page costs, and how long its frames take: `page_bench TRACE`, printed, not judged.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use tracepane_tests::web::{Server, Session, html_file};

/// How often the trace is opened, each time in a browser of its own.
const RUNS: usize = 3;
/// How many steps each move of the script has, one a frame.
const STEPS: usize = 60;

fn main() -> Result<()> {
    let trace = std::env::args().nth(1).context("which trace?")?;
    let server = Server::start(&html_file()?)?;
    println!("\nthe page in headless Chromium, 1440 × 900");
    for run in 0..RUNS {
        let session = Session::start(1440, 900, false)?;
        session.go(&server.address())?;
        session.idle()?;
        let before = session.memory();
        session.choose(Path::new(&trace))?;
        session.until(
            "performance.getEntriesByName('open').length || document.querySelector('.failure')",
        )?;
        let open = session
            .run("return performance.getEntriesByName('open')[0]?.duration ?? document.querySelector('.failure').innerText")?;
        let millis = open
            .as_f64()
            .with_context(|| format!("the page says: {open}"))?;
        std::thread::sleep(Duration::from_millis(300));
        let frames = session.wait_for("return await window.tracepane.frames();")?;
        println!(
            "  open to the first frame of the whole trace: {:.2} s; wasm memory {:.0} MB; all processes of the browser {} MB, before opening {} MB",
            millis / 1e3,
            frames["memory"].as_f64().unwrap_or(0.0) / 1e6,
            session.memory() / 1_000_000,
            before / 1_000_000,
        );
        if run + 1 == RUNS {
            moves(&session)?;
        }
    }
    Ok(())
}

/// Pans and zooms by script, one step a frame, and prints how long the worker took to paint each.
fn moves(session: &Session) -> Result<()> {
    let script = format!(
        "const frame = () => new Promise(requestAnimationFrame);
         const end = window.tracepane.view().last;
         const steps = {STEPS};
         const look = async (start, stop, scroll) => {{ window.tracepane.look({{ start, end: stop, scroll }}); await frame(); }};
         // Zoom in at a third, to a millionth of the trace; pan there; zoom out again; scroll down.
         for (let i = 0; i <= steps; i++) {{ const w = end * Math.pow(1e-6, i / steps); const s = end / 3 - w / 3; await look(Math.max(0, s), Math.min(end, s + w), 0); }}
         for (let i = 0; i <= steps; i++) {{ const w = end * 1e-3; const s = end * (0.3 + 0.2 * i / steps); await look(s, s + w, 0); }}
         for (let i = steps; i >= 0; i--) {{ const w = end * Math.pow(1e-6, i / steps); const s = end / 3 - w / 3; await look(Math.max(0, s), Math.min(end, s + w), 0); }}
         for (let i = 0; i <= steps; i++) await look(0, end, i * 20);
         await window.tracepane.idle();
         return await window.tracepane.frames();"
    );
    let frames = session.wait_for(&script)?;
    let mut millis: Vec<f64> = frames["millis"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(serde_json::Value::as_f64)
        .collect();
    millis.sort_by(f64::total_cmp);
    let at = |share: f64| {
        let last = millis.len().saturating_sub(1);
        millis
            .get((last as f64 * share).round() as usize)
            .copied()
            .unwrap_or(0.0)
    };
    println!(
        "  {} frames of a scripted zoom, pan and scroll, painting in the worker: median {:.1} ms, 95 % within {:.1} ms, longest {:.1} ms",
        millis.len(),
        at(0.5),
        at(0.95),
        at(1.0),
    );
    Ok(())
}
