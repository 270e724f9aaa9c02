//! The page in a real browser: headless Chromium, driven over WebDriver, from http and from disk.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use libtest_mimic::{Arguments, Failed, Trial};
use tracepane_analysis::profiles::{Completeness, ProfileKind, profile};
use tracepane_analysis::scope::{Scope, group_named};
use tracepane_model::Trace;
use tracepane_tests::web::{Server, Session, html_file};

#[path = "page/annotations.rs"]
mod annotations;
#[path = "page/events.rs"]
mod events;
#[path = "page/find.rs"]
mod find;
#[path = "page/gc.rs"]
mod gc;
#[path = "page/lanes.rs"]
mod lanes;
#[path = "page/memory.rs"]
mod memory;
#[path = "page/moves.rs"]
mod moves;
#[path = "page/opening.rs"]
mod opening;
#[path = "page/range.rs"]
mod range;
#[path = "page/tables.rs"]
mod tables;
#[path = "page/timeline.rs"]
mod timeline;

/// A test and its name.
type Test = (&'static str, fn() -> Result<()>);

fn main() {
    let mut arguments = Arguments::from_args();
    // Each test has a browser of its own; side by side they only slow each other down.
    arguments.test_threads = Some(1);
    let tests: [Test; 11] = [
        (
            "opens_every_version_over_http",
            opens_every_version_over_http,
        ),
        (
            "works_from_disk_with_its_sample",
            works_from_disk_with_its_sample,
        ),
        (
            "downloads_equal_native_profiles",
            downloads_equal_native_profiles,
        ),
        (
            "tables_lead_on_and_history_leads_back",
            tables_lead_on_and_history_leads_back,
        ),
        (
            "a_pasted_link_shows_what_it_names",
            a_pasted_link_shows_what_it_names,
        ),
        ("keys_move_the_timeline", keys_move_the_timeline),
        ("a_click_selects_and_explains", a_click_selects_and_explains),
        ("markup_in_a_trace_is_text", markup_in_a_trace_is_text),
        (
            "a_broken_file_gives_a_sentence",
            a_broken_file_gives_a_sentence,
        ),
        (
            "a_cut_trace_is_shown_with_a_warning",
            a_cut_trace_is_shown_with_a_warning,
        ),
        ("nothing_leaves_the_page", nothing_leaves_the_page),
    ];
    let trials = tests
        .into_iter()
        .chain(tables::TESTS)
        .chain(annotations::TESTS)
        .chain(gc::TESTS)
        .chain(timeline::TESTS)
        .chain(lanes::TESTS)
        .chain(moves::TESTS)
        .chain(opening::TESTS)
        .chain(memory::TESTS)
        .chain(events::TESTS)
        .chain(range::TESTS)
        .chain(find::TESTS)
        .map(|(name, test)| {
            Trial::test(name, move || {
                test().map_err(|error| Failed::from(format!("{error:#}")))
            })
        })
        .collect();
    libtest_mimic::run(&arguments, trials).exit();
}

/// A file of `testdata`.
fn testdata(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../testdata")
        .join(path)
}

/// A corpus trace.
fn corpus(name: &str) -> PathBuf {
    testdata("corpus").join(format!("{name}.trace"))
}

/// A trace, read natively.
fn native(file: &Path) -> Result<Trace> {
    let bytes = std::fs::read(file)?;
    Ok(tracepane_model::load(&bytes[..], Default::default())?)
}

/// A browser with the page in it, over http.
fn page() -> Result<(Session, Server)> {
    let server = Server::start(&html_file()?)?;
    let session = Session::start(1440, 900, false)?;
    session.go(&server.address())?;
    Ok((session, server))
}

/// Opens a file and waits until its timeline is painted as a whole.
fn open(session: &Session, file: &Path) -> Result<()> {
    session.run("performance.clearMeasures('open')")?;
    session.choose(file)?;
    session
        .until("performance.getEntriesByName('open').length || document.querySelector('.failure')")
        .with_context(|| format!("opening {}", file.display()))?;
    if let Some(failure) = session
        .run("return document.querySelector('.failure')?.innerText")?
        .as_str()
    {
        bail!("{} does not open: {failure}", file.display());
    }
    session.idle()
}

/// Clicks the button or link with this text.
fn press(session: &Session, text: &str) -> Result<()> {
    let found = format!(
        "[...document.querySelectorAll('button, a')].find((e) => e.textContent.trim() === {})",
        serde_json::Value::String(text.into())
    );
    session.until(&found)?;
    session.run(&format!("{found}.click()"))?;
    session.idle()
}

/// What the page says.
fn text(session: &Session) -> Result<String> {
    Ok(session
        .run("return document.body.innerText")?
        .as_str()
        .unwrap_or_default()
        .to_owned())
}

/// The address behind `#`.
fn hash(session: &Session) -> Result<String> {
    Ok(session
        .run("return location.hash")?
        .as_str()
        .unwrap_or_default()
        .to_owned())
}

fn opens_every_version_over_http() -> Result<()> {
    let (session, server) = page()?;
    let traces = [
        ("go/tracev1/user_task_region_1_11_good", "Go 1.11"),
        ("go/tracev1/stress_1_19_good", "Go 1.19"),
        ("corpus/annotate-go1.21.trace", "Go 1.21"),
        ("corpus/annotate-go1.22.trace", "Go 1.22"),
        ("corpus/http-go1.23.trace", "Go 1.23"),
        ("corpus/gc-go1.24.trace", "Go 1.2"),
        ("corpus/http-go1.25.trace", "Go 1.25"),
        ("corpus/gc-go1.26.trace", "Go 1.26"),
        ("corpus/cpusamples-go1.27.trace", "1.27"),
        ("corpus/flight-go1.27.trace", "1.27"),
    ];
    for (file, version) in traces {
        open(&session, &testdata(file))?;
        let said = text(&session)?;
        ensure!(said.contains(version), "{file}: no {version:?} in {said}");
        ensure!(hash(&session)?.starts_with("#/timeline") || hash(&session)?.is_empty());
    }
    ensure!(
        server.requests() == ["GET / HTTP/1.1"],
        "the page asked for more than itself: {:?}",
        server.requests()
    );
    Ok(())
}

fn works_from_disk_with_its_sample() -> Result<()> {
    let session = Session::start(1024, 700, true)?;
    session.go(&format!("file://{}", html_file()?.display()))?;
    press(&session, "Try the sample trace")?;
    session.until("performance.getEntriesByName('open').length")?;
    session.idle()?;
    ensure!(text(&session)?.contains("1.27"));
    open(&session, &corpus("annotate-go1.22"))?;
    ensure!(text(&session)?.contains("Go 1.22"));
    let wide = session.run("return document.documentElement.scrollWidth <= innerWidth")?;
    ensure!(wide == true, "the page is wider than the window");
    Ok(())
}

fn downloads_equal_native_profiles() -> Result<()> {
    let (session, _server) = page()?;
    for name in ["http-go1.27", "gc-go1.21"] {
        let file = corpus(name);
        let trace = native(&file)?;
        open(&session, &file)?;
        for kind in ProfileKind::ALL {
            for completeness in [Completeness::AsGoToolTrace, Completeness::Complete] {
                let complete = completeness == Completeness::Complete;
                let address = format!(
                    "#/profiles/{}{}",
                    kind.name(),
                    if complete { "?complete=1" } else { "" }
                );
                download(
                    &session,
                    &address,
                    &trace,
                    kind,
                    Scope::ALL,
                    completeness,
                    name,
                )?;
            }
        }
    }
    let trace = native(&corpus("gc-go1.21"))?;
    let group = "main.runGC.func1";
    let scope = Scope::group(group_named(&trace, group).context("no such group")?);
    let address = format!("#/profiles/sched?group={group}");
    download(
        &session,
        &address,
        &trace,
        ProfileKind::Scheduler,
        scope,
        Completeness::AsGoToolTrace,
        "gc-go1.21",
    )
}

fn download(
    session: &Session,
    address: &str,
    trace: &Trace,
    kind: ProfileKind,
    scope: Scope,
    completeness: Completeness,
    name: &str,
) -> Result<()> {
    session.run_with("location.hash = arguments[0]", vec![address.into()])?;
    session.idle()?;
    // A page that saves one file after another without its user is stopped by the browser.
    session.click_button("Download for pprof")?;
    let (file, bytes) = session.downloaded()?;
    let wanted = profile(trace, kind, &scope, completeness);
    ensure!(
        file == wanted.file_name(&format!("{name}.trace"), scope.time),
        "{address} gave {file}"
    );
    ensure!(
        bytes == wanted.to_pprof(trace),
        "{address} of {name}: the page's profile is not the native one"
    );
    Ok(())
}

fn tables_lead_on_and_history_leads_back() -> Result<()> {
    let (session, _server) = page()?;
    let file = corpus("http-go1.27");
    open(&session, &file)?;
    press(&session, "Goroutines")?;
    session.until("document.querySelectorAll('tbody tr:not(.space)').length > 3")?;
    let groups = hash(&session)?;
    ensure!(groups.starts_with("#/goroutines"), "{groups}");
    press(&session, "main.runHTTP.func2")?;
    session.until("[...document.querySelectorAll('tbody a')].some((a) => /^G\\d+$/.test(a.textContent.trim()))")?;
    let trace = native(&file)?;
    let group = group_named(&trace, "main.runHTTP.func2").context("no such group")?;
    let members = trace.goroutines.members(group);
    let said = text(&session)?;
    ensure!(
        said.contains(&format!("{} goroutines", members.len())),
        "{} goroutines are not said: {said}",
        members.len()
    );
    let id = trace.goroutines.row(members[0]).id;
    press(&session, &format!("G{id}"))?;
    session.until("document.querySelector('#goroutine-title')")?;
    ensure!(hash(&session)? == format!("#/goroutine/{id}"));
    ensure!(text(&session)?.contains("Waiting for a proc"));
    session.run("history.back()")?;
    session.until("location.hash.includes('group=')")?;
    session.run("history.back()")?;
    session.until("location.hash === '#/goroutines' || !location.hash.includes('group')")?;
    session.run("history.forward()")?;
    session.until("location.hash.includes('group=')")?;
    session.idle()
}

fn a_pasted_link_shows_what_it_names() -> Result<()> {
    let (session, server) = page()?;
    session.go(&format!("{}#/goroutine/1", server.address()))?;
    session.choose(&corpus("annotate-go1.27"))?;
    session.until("document.querySelector('#goroutine-title')")?;
    let path = session.run("return document.querySelector('.crumbs').innerText")?;
    let path = path.as_str().unwrap_or_default().trim();
    ensure!(path.contains("main") && path.ends_with("G1"), "{path}");
    session.run("location.hash = '#/goroutine/99999999'")?;
    session.until("document.querySelector('.failure')")?;
    ensure!(text(&session)?.contains("no goroutine 99999999"));
    Ok(())
}

fn keys_move_the_timeline() -> Result<()> {
    let (session, _server) = page()?;
    open(&session, &corpus("http-go1.27"))?;
    let whole = hash(&session)?;
    session.run("document.activeElement.blur()")?;
    session.keys("www")?;
    session.until("location.hash.includes('start=')")?;
    let zoomed = hash(&session)?;
    ensure!(zoomed != whole, "W does not zoom");
    session.keys("d")?;
    session.idle()?;
    session.keys("0")?;
    session.idle()?;
    session.until("!location.hash.includes('start=')")?;
    session.keys("?")?;
    session.until("document.querySelector('dialog[open], [role=dialog]')")?;
    session.keys("\u{E00C}")?;
    session.until("!document.querySelector('dialog[open], [role=dialog]')")?;
    let frames = session.wait_for("return await window.tracepane.frames();")?;
    let painted = frames["millis"].as_array().map_or(0, Vec::len);
    ensure!(painted > 3, "only {painted} frames were painted");
    ensure!(frames["memory"].as_f64().unwrap_or(0.0) > 1e6);
    Ok(())
}

fn a_click_selects_and_explains() -> Result<()> {
    let (session, _server) = page()?;
    open(&session, &corpus("contention-go1.27"))?;
    let place = session.run("const r = document.querySelector('#canvas-holder').getBoundingClientRect(); return [r.left, r.top, r.right, r.bottom]")?;
    let edge = |i: usize| place[i].as_f64().unwrap_or_default() as i64;
    // Down the middle of the lanes, until something is hit.
    let x = (edge(0) + 220 + edge(2)) / 2;
    for y in ((edge(1) + 40)..edge(3)).step_by(9) {
        session.click_at(x, y)?;
        session.idle()?;
        if hash(&session)?.contains("sel=s") {
            break;
        }
    }
    ensure!(
        hash(&session)?.contains("sel="),
        "no click hit anything: {}",
        hash(&session)?
    );
    session.until("document.querySelector('.details-title')")?;
    let said = text(&session)?;
    for wanted in ["Goroutine", "Duration", "Start"] {
        ensure!(said.contains(wanted), "the details lack {wanted:?}: {said}");
    }
    session.keys("f")?;
    session.idle()?;
    session.keys("\u{E00C}")?;
    session.until("!document.querySelector('.details-title')")
}

fn markup_in_a_trace_is_text() -> Result<()> {
    let (session, _server) = page()?;
    // Strings of a trace are plain bytes: the same length of markup in place of a function's name.
    let bytes = std::fs::read(corpus("annotate-go1.27"))?;
    let (name, markup) = (b"main.runAnnotate", b"<img src=x id=z>");
    let places: Vec<usize> = bytes
        .windows(name.len())
        .enumerate()
        .filter(|(_, window)| *window == name)
        .map(|(at, _)| at)
        .collect();
    ensure!(!places.is_empty(), "the trace has no such name");
    let mut changed = bytes;
    for at in places {
        changed[at..at + markup.len()].copy_from_slice(markup);
    }
    let folder = tempfile::tempdir()?;
    let file = folder
        .path()
        .join("<b id=z>markup</b>.trace".replace('/', "-"));
    std::fs::write(&file, changed)?;
    open(&session, &file)?;
    press(&session, "Goroutines")?;
    session.until("document.body.innerText.includes('<img src=x id=z>')")?;
    press(&session, "Profiles")?;
    session.until("document.querySelectorAll('tbody tr:not(.space)').length")?;
    ensure!(
        session
            .run("return document.querySelector('#z')")?
            .is_null()
    );
    Ok(())
}

fn a_broken_file_gives_a_sentence() -> Result<()> {
    let (session, _server) = page()?;
    let folder = tempfile::tempdir()?;
    let files: [(&str, &[u8], &str); 5] = [
        ("empty.out", b"", "empty"),
        (
            "page.html",
            b"<!DOCTYPE html><html><body>login</body></html>",
            "HTML",
        ),
        ("notes.txt", b"ok  \texample.com/pkg\t0.5s\n", "go test"),
        ("old.trace", b"go 1.9 trace\0\0\0\0\x01\x02", "1.9"),
        ("new.trace", b"go 1.99 trace\0\0\0\x01\x02", "1.99"),
    ];
    for (name, bytes, said) in files {
        let file = folder.path().join(name);
        std::fs::write(&file, bytes)?;
        session.choose(&file)?;
        session.until(&format!(
            "document.querySelector('.failure')?.innerText.includes({})",
            serde_json::Value::String(name.into())
        ))?;
        let failure = session.run("return document.querySelector('.failure').innerText")?;
        let failure = failure.as_str().unwrap_or_default();
        ensure!(
            failure.to_lowercase().contains(&said.to_lowercase()),
            "{name}: {failure}"
        );
    }
    open(&session, &corpus("annotate-go1.27"))?;
    ensure!(text(&session)?.contains("1.27"));
    Ok(())
}

fn a_cut_trace_is_shown_with_a_warning() -> Result<()> {
    let (session, _server) = page()?;
    open(&session, &corpus("truncated-go1.27"))?;
    let said = text(&session)?;
    let trace = native(&corpus("truncated-go1.27"))?;
    ensure!(!trace.report.losses.is_empty());
    ensure!(trace.spans.len() > 100, "hardly anything is left of it");
    for loss in tracepane_analysis::summary::losses(&trace.report, trace.bytes) {
        ensure!(
            said.contains(&loss),
            "the page does not say {loss:?}: {said}"
        );
    }
    Ok(())
}

fn nothing_leaves_the_page() -> Result<()> {
    let (session, server) = page()?;
    open(&session, &corpus("annotate-go1.27"))?;
    let loaded = session.run(
        "return performance.getEntriesByType('resource').map((e) => e.name).filter((n) => !/^(blob|data):/.test(n))",
    )?;
    ensure!(loaded == serde_json::json!([]), "loaded: {loaded}");
    let tried = session.wait_for(
        "const refused = [];
         for (const [name, attempt] of Object.entries({
           fetch: () => fetch('/leak'),
           request: () => new Promise((done, fail) => { const r = new XMLHttpRequest(); r.onload = done; r.onerror = fail; r.open('GET', '/leak'); r.send(); }),
           image: () => new Promise((done, fail) => { const i = new Image(); i.onload = done; i.onerror = fail; i.src = '/leak.png'; }),
           socket: () => new Promise((done, fail) => { const s = new WebSocket('ws://' + location.host + '/leak'); s.onopen = done; s.onerror = fail; }),
         })) {
           try { await attempt(); } catch { refused.push(name); }
         }
         navigator.sendBeacon('/leak', 'x');
         await new Promise((done) => setTimeout(done, 300));
         return refused;",
    )?;
    ensure!(
        tried == serde_json::json!(["fetch", "request", "image", "socket"]),
        "not all attempts were refused: {tried}"
    );
    ensure!(
        server.requests() == ["GET / HTTP/1.1"],
        "something left the page: {:?}",
        server.requests()
    );
    Ok(())
}
