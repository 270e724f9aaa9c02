//! How long each view and search takes, asked for the first time.

use anyhow::Result;
use tracepane_tests::web::Session;

/// Views by their addresses.
const VIEWS: &[&str] = &[
    "goroutines",
    "goroutines?by=function",
    "profiles/net",
    "profiles/sync",
    "profiles/syscall",
    "profiles/sched",
    "profiles/net?complete=1",
    "profiles/sync?complete=1",
    "profiles/syscall?complete=1",
    "profiles/sched?complete=1",
    "profiles/sched?complete=1&by=function",
    "tasks",
    "regions",
    "logs",
    "gc",
    "gc/pauses",
    "gc/assists",
    "gc/mmu",
    "gc/mmu?percentiles=1",
    "scheduler",
    "scheduler/worst",
];

/// Views of a part of time, which depends on it.
const VIEWS_OF_TIME: &[&str] = &[
    "goroutines",
    "profiles/sync",
    "profiles/sched",
    "tasks",
    "regions",
    "gc",
    "gc/mmu",
    "scheduler",
    "timeline",
];

/// Searches.
const SEARCHES: &[&str] = &[
    "runnable > 1ms",
    "waiting:sync > 10us",
    "running",
    "g:17",
    "main",
    "fn:main",
    "fn:runtime running",
    "gc or runnable > 100us",
    "by:g1",
    "no such text anywhere",
];

/// Asks for all, prints how long each took, the slowest first, and the slowest as a figure.
pub fn ask(session: &Session) -> Result<()> {
    let end = session.run("return window.tracepane.view().last")?;
    let end = end.as_f64().unwrap_or(0.0);
    let mut asked: Vec<(String, f64)> = Vec::new();
    let mut ask = |name: String, address: &str| -> Result<()> {
        // The page waits for two frames before it asks whether anything is left to do.
        let millis = session.wait_for(&format!(
            "const frame = () => new Promise(requestAnimationFrame);
             await window.tracepane.idle();
             const began = performance.now();
             location.hash = {};
             await window.tracepane.idle();
             const took = performance.now() - began;
             await frame();
             return took;",
            serde_json::json!(address)
        ))?;
        asked.push((name, millis.as_f64().unwrap_or(0.0)));
        Ok(())
    };
    for view in VIEWS {
        ask((*view).to_owned(), &format!("#/{view}"))?;
    }
    for (part, from, to) in [("98 %", 0.01, 0.99), ("10 %", 0.4, 0.5)] {
        let scope = format!("scope={:.0}-{:.0}", end * from, end * to);
        for view in VIEWS_OF_TIME {
            ask(format!("{view} [{part}]"), &format!("#/{view}?{scope}"))?;
        }
    }
    for search in SEARCHES {
        let query = percent_encoded(search);
        ask(
            format!("search \"{search}\""),
            &format!("#/timeline?find={query}"),
        )?;
    }
    ask("events (first page)".to_owned(), "#/events")?;
    asked.sort_by(|a, b| b.1.total_cmp(&a.1));
    for (name, millis) in &asked {
        println!("  {millis:7.0} ms  {name}");
    }
    if let Some((name, millis)) = asked.first() {
        println!("figure slowest {:.3} {name}", millis / 1e3);
    }
    println!("figure questions {}", asked.len());
    Ok(())
}

/// A text as a value in an address.
fn percent_encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    let encoded = text.bytes().map(|byte| match plain(byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    });
    encoded.collect()
}
