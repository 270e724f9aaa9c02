//! Opening with readers, without them, in parts, and where there is little memory.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use tempfile::TempDir;
use tracepane_analysis::profiles::{Completeness, ProfileKind};
use tracepane_analysis::scope::Scope;
use tracepane_tests::picture::Picture;
use tracepane_tests::web::{Server, Session, html_file};
use tracepane_wire::{Index, index};

use super::{Test, corpus, download, native, open, page, press};

pub const TESTS: [Test; 9] = [
    (
        "workers_that_may_read_no_file_get_its_bytes",
        workers_that_may_read_no_file_get_its_bytes,
    ),
    (
        "a_reader_that_fails_at_its_share_is_done_without",
        a_reader_that_fails_at_its_share_is_done_without,
    ),
    (
        "opening_is_rehearsed_while_a_file_is_chosen",
        opening_is_rehearsed_while_a_file_is_chosen,
    ),
    ("readers_give_what_one_reads", readers_give_what_one_reads),
    (
        "the_timeline_is_the_same_if_a_reader_makes_some_of_it",
        the_timeline_is_the_same_if_a_reader_makes_some_of_it,
    ),
    (
        "a_damaged_trace_is_read_in_order",
        a_damaged_trace_is_read_in_order,
    ),
    ("readers_can_be_stopped", readers_can_be_stopped),
    ("a_part_of_a_file_is_a_trace", a_part_of_a_file_is_a_trace),
    (
        "a_file_that_is_too_large_says_so",
        a_file_that_is_too_large_says_so,
    ),
];

/// A trace of sixteen generations.
const GENERATIONS: &str = "generations-go1.27";

/// Has the page read small files as it reads large ones.
pub fn with_readers(session: &Session, readers: u32) -> Result<()> {
    let limits =
        format!("window.tracepane.limits({{ leastBytes: 0, readers: {readers} }}); return 1");
    session.until("window.tracepane")?;
    session.run(&limits)?;
    Ok(())
}

fn opening_is_rehearsed_while_a_file_is_chosen() -> Result<()> {
    let (session, server) = page()?;
    // Some take longer to choose.
    for seconds in [1, 2, 4, 8, 16] {
        with_readers(&session, 2)?;
        std::thread::sleep(Duration::from_secs(seconds));
        open(&session, &corpus(GENERATIONS))?;
        let rehearsals = opening(&session)?["rehearsals"].as_u64();
        if rehearsals.is_some_and(|times| times > 1) {
            return Ok(());
        }
        ensure!(rehearsals.is_some(), "it is not said how often");
        session.go("about:blank")?;
        session.go(&server.address())?;
    }
    bail!("opening was not rehearsed within 16 seconds")
}

/// What an element says.
fn says(session: &Session, selector: &str) -> Result<String> {
    let said = session.run(&format!(
        "return document.querySelector('{selector}')?.innerText"
    ))?;
    Ok(said
        .as_str()
        .with_context(|| format!("there is no {selector}"))?
        .to_owned())
}

fn opening(session: &Session) -> Result<Value> {
    session.run("return window.tracepane.opening()")
}

/// Whether all profiles of the page are those that are read natively.
fn same_profiles(session: &Session, file: &Path) -> Result<()> {
    let trace = native(file)?;
    let name = file.file_stem().and_then(|name| name.to_str());
    for kind in ProfileKind::ALL {
        download(
            session,
            &format!("#/profiles/{}", kind.name()),
            &trace,
            kind,
            Scope::ALL,
            Completeness::AsGoToolTrace,
            name.context("no name")?,
        )?;
    }
    Ok(())
}

fn readers_give_what_one_reads() -> Result<()> {
    let (session, _server) = page()?;
    for (name, readers) in [
        (GENERATIONS, 2),
        ("taskgenerations-go1.27", 3),
        (GENERATIONS, 0),
    ] {
        with_readers(&session, readers)?;
        open(&session, &corpus(name))?;
        let cost = opening(&session)?;
        ensure!(
            (cost["readers"].as_u64() >= Some(2)) == (readers > 0) && cost["givenUp"].is_null(),
            "{name} with {readers} readers: {cost}"
        );
        same_profiles(&session, &corpus(name))?;
    }
    Ok(())
}

fn the_timeline_is_the_same_if_a_reader_makes_some_of_it() -> Result<()> {
    let (session, _server) = page()?;
    for name in [GENERATIONS, "flight-go1.25"] {
        let mut pictures = Vec::new();
        for readers in [2, 0] {
            with_readers(&session, readers)?;
            open(&session, &corpus(name))?;
            let cost = opening(&session)?;
            ensure!(
                cost["stages"]["levels of detail, by two"].is_number() == (readers > 0),
                "{name} with {readers} readers: {cost}"
            );
            pictures.push(pictures_of(&session)?);
        }
        ensure!(pictures[0] == pictures[1], "{name}: another timeline");
        ensure!(pictures[0][0] != pictures[0][1]);
    }
    Ok(())
}

/// The timeline at three views, below the toolbars: the canvas, to the last pixel.
fn pictures_of(session: &Session) -> Result<Vec<Vec<[u8; 3]>>> {
    let mut pictures = Vec::new();
    for (start, end, scroll) in [(0.0, 1.0, 0), (0.3, 0.6, 0), (0.45, 0.47, 200)] {
        session.run(&format!(
            "const {{ last }} = window.tracepane.view();
             window.tracepane.look({{ start: {start} * last, end: {end} * last, scroll: {scroll} }});
             return 1"
        ))?;
        session.idle()?;
        let picture = Picture::from_png(&session.screenshot()?)?;
        pictures.push(picture.pixels[120 * picture.width..].to_vec());
    }
    Ok(pictures)
}

/// What a reader says in place of the levels of detail that it made, in JavaScript: that it could not, or what is none.
const NO_LEVELS: [&str; 2] = [
    "{ say: { Failed: { why: 'it had no mind to' } }, buffers: [] }",
    "{ say: message.say, buffers: [new ArrayBuffer(message.say.Levels.bytes)] }",
];

/// A server of the page with more at the beginning of its workers' script.
pub fn with_worker_that_begins(hook: &str) -> Result<(Server, TempDir)> {
    let html = std::fs::read_to_string(html_file()?)?;
    let begin = "self.onmessage = ({ data: { module, script, role } }) => {";
    ensure!(
        html.matches(begin).count() == 1,
        "the worker's script changed"
    );
    let folder = tempfile::Builder::new().prefix("tracepane-").tempdir()?;
    let path = folder.path().join("page.html");
    std::fs::write(&path, html.replace(begin, &format!("{hook}\n{begin}")))?;
    Ok((Server::start(&path)?, folder))
}

/// What WebKit does in a page from disk, in JavaScript: a worker reads no file, and starts no other.
const BLIND: &str = "
    const refused = new DOMException('The I/O read operation failed.', 'NotReadableError');
    self.FileReaderSync = class { readAsArrayBuffer() { throw refused; } };
    Blob.prototype.arrayBuffer = () => Promise.reject(refused);
    self.Worker = class { constructor() { throw refused; } };";

fn workers_that_may_read_no_file_get_its_bytes() -> Result<()> {
    let (server, _folder) = with_worker_that_begins(BLIND)?;
    let session = Session::start(1440, 900, false)?;
    session.go(&server.address())?;
    for name in [GENERATIONS, "http-go1.21"] {
        with_readers(&session, 2)?;
        open(&session, &corpus(name))?;
        let cost = opening(&session)?;
        ensure!(cost["readers"] == 0 && cost["givenUp"].is_null(), "{cost}");
        same_profiles(&session, &corpus(name))?;
        // Events are read again.
        session.run("location.hash = '#/events'")?;
        session.until("document.querySelectorAll('tbody tr:not(.space)').length > 9")?;
    }
    // A link to a part asks for what the file has, and then for the part.
    session.go("about:blank")?;
    session.go(&format!("{}#/timeline?part=3-7", server.address()))?;
    open(&session, &corpus(GENERATIONS))?;
    ensure!(
        session.hash()?.contains("part=3-7"),
        "{} is open",
        session.hash()?
    );
    // What the page cannot read either.
    session
        .run("Blob.prototype.arrayBuffer = () => Promise.reject(new Error('gone')); return 1")?;
    session.choose(&corpus("http-go1.27"))?;
    session.until("document.querySelector('.failure')")?;
    let said = says(&session, ".failure")?;
    ensure!(said.contains("Reading at byte 0 failed"), "{said}");
    Ok(())
}

fn a_reader_that_fails_at_its_share_is_done_without() -> Result<()> {
    let (session, _server) = page()?;
    with_readers(&session, 0)?;
    open(&session, &corpus(GENERATIONS))?;
    let expected = pictures_of(&session)?;
    for instead in NO_LEVELS {
        let hook = format!(
            "const post = self.postMessage;
             self.postMessage = (message, buffers) =>
               message?.say?.Levels ? post.call(self, {instead}) : post.call(self, message, buffers);"
        );
        let (server, _folder) = with_worker_that_begins(&hook)?;
        session.go(&server.address())?;
        with_readers(&session, 2)?;
        open(&session, &corpus(GENERATIONS))?;
        let cost = opening(&session)?;
        ensure!(
            cost["readers"] == 2 && cost["stages"]["levels of detail"].is_number(),
            "{instead}: {cost}"
        );
        ensure!(
            pictures_of(&session)? == expected,
            "{instead}: another timeline"
        );
    }
    Ok(())
}

/// The bytes and the index of the trace of many generations.
fn generations() -> Result<(Vec<u8>, Index)> {
    let bytes = std::fs::read(corpus(GENERATIONS))?;
    let index = index(&mut bytes.as_slice())?;
    ensure!(index.generations.len() == 16);
    Ok((bytes, index))
}

/// A file with these bytes.
fn file(bytes: &[u8]) -> Result<(TempDir, PathBuf)> {
    let folder = tempfile::Builder::new().prefix("tracepane-").tempdir()?;
    let path = folder.path().join("made.trace");
    std::fs::write(&path, bytes)?;
    Ok((folder, path))
}

fn a_damaged_trace_is_read_in_order() -> Result<()> {
    let (session, _server) = page()?;
    with_readers(&session, 2)?;
    let (mut bytes, index) = generations()?;
    let fifth = index.generations[4];
    let damage = (fifth.offset + fifth.bytes / 2) as usize;
    bytes[damage..damage + 40].fill(0xff);
    let (_folder, path) = file(&bytes)?;
    let report = native(&path)?.report;
    ensure!(
        !report.losses.is_empty() || !report.slips.is_empty(),
        "the damage does no harm"
    );
    open(&session, &path)?;
    let cost = opening(&session)?;
    ensure!(
        cost["givenUp"].is_string() && cost["stages"]["reading in order"].is_number(),
        "{cost}"
    );
    session.until("document.querySelector('.warnings')")?;
    same_profiles(&session, &path)
}

fn readers_can_be_stopped() -> Result<()> {
    let (session, _server) = page()?;
    with_readers(&session, 2)?;
    // As soon as something is read.
    session.run(
        "window.stopped = 0;
         setInterval(() => {
             const bar = document.querySelector('.progress progress');
             if (bar?.value > 0 && !window.enough) { document.querySelector('.progress .actions button').click(); window.stopped++; }
         }, 0); return 1",
    )?;
    for _ in 0..20 {
        session.choose(&corpus(GENERATIONS))?;
        session.until(
            "document.querySelector('.start') || performance.getEntriesByName('open').length",
        )?;
        if session.run("return window.stopped")?.as_u64() > Some(0) {
            break;
        }
    }
    ensure!(
        session.run("return window.stopped")?.as_u64() > Some(0),
        "it was never stopped"
    );
    session.run("window.enough = true; return 1")?;
    // Nothing of it is left: the next file opens as ever.
    with_readers(&session, 3)?;
    open(&session, &corpus(GENERATIONS))?;
    ensure!(opening(&session)?["readers"].as_u64() >= Some(2));
    same_profiles(&session, &corpus(GENERATIONS))
}

/// The bytes of some generations, counted from 1, as a trace.
fn cut(bytes: &[u8], index: &Index, first: usize, last: usize) -> Vec<u8> {
    let start = index.generations[first - 1].offset as usize;
    let last = index.generations[last - 1];
    let end = (last.offset + last.bytes) as usize;
    [&bytes[..16], &bytes[start..end]].concat()
}

/// Types the numbers of generations.
fn choose(session: &Session, first: u32, last: u32) -> Result<()> {
    for (id, number) in [("part-last", last), ("part-first", first)] {
        session.run(&format!(
            "const field = document.getElementById('{id}'); field.value = {number};
             field.dispatchEvent(new Event('change', {{ bubbles: true }})); return 1"
        ))?;
    }
    Ok(())
}

/// Whether what is open is this part of the trace of many generations.
fn is_part(session: &Session, first: usize, last: usize) -> Result<()> {
    let (bytes, index) = generations()?;
    let (_folder, path) = file(&cut(&bytes, &index, first, last))?;
    let trace = native(&path)?;
    let end = session.run("return window.tracepane.view().last")?;
    ensure!(
        end.as_f64() == Some(trace.end.0 as f64),
        "the part ends at {end}, not {}",
        trace.end.0
    );
    let events = says(session, ".panel-body")?;
    let count = tracepane_analysis::format::count(trace.events);
    ensure!(events.contains(&count), "not {count} events: {events}");
    ensure!(says(session, ".part-button")? == format!("Parts {first}–{last} of 16"));
    Ok(())
}

fn a_part_of_a_file_is_a_trace() -> Result<()> {
    let (session, server) = page()?;
    with_readers(&session, 2)?;
    open(&session, &corpus(GENERATIONS))?;
    press(&session, "Part…")?;
    session.until("document.querySelector('.choose-part-strip')")?;
    // Back leads to where it was.
    press(&session, "Back to the trace")?;
    session.until("!document.querySelector('.choose-part')")?;
    press(&session, "Part…")?;
    session.until("document.getElementById('part-first')")?;
    choose(&session, 3, 7)?;
    let facts = says(&session, ".choose-part-facts")?;
    let (_, index) = generations()?;
    let bytes: u64 = index.generations[2..7].iter().map(|row| row.bytes).sum();
    let size = tracepane_analysis::format::bytes(bytes);
    ensure!(facts.contains(&size), "not {size}: {facts}");
    session.run("performance.clearMeasures('open')")?;
    press(&session, "Open this part")?;
    session.until("performance.getEntriesByName('open').length")?;
    session.idle()?;
    is_part(&session, 3, 7)?;
    // The same from its address.
    session.run(
        "window.tracepane.look({ start: 0, end: window.tracepane.view().last / 2 }); return 1",
    )?;
    session.until("location.hash.includes('part=3-7')")?;
    session.go("about:blank")?;
    session.go(&format!("{}#/timeline?part=3-7", server.address()))?;
    with_readers(&session, 2)?;
    session.choose(&corpus(GENERATIONS))?;
    session.until("document.querySelector('.part-button')")?;
    session.idle()?;
    is_part(&session, 3, 7)?;
    // And the rest of the file is still there.
    press(&session, "Parts 3–7 of 16")?;
    session.until("document.querySelector('.choose-part-strip')")?;
    press(&session, "Open all of it")?;
    session.until("document.querySelector('.part-button')?.textContent === 'Part…'")?;
    session.idle()?;
    let whole = native(&corpus(GENERATIONS))?;
    let end = session.run("return window.tracepane.view().last")?;
    ensure!(end.as_f64() == Some(whole.end.0 as f64));
    ensure!(
        !session
            .run("return location.hash")?
            .to_string()
            .contains("part=")
    );
    Ok(())
}

fn a_file_that_is_too_large_says_so() -> Result<()> {
    let (session, _server) = page()?;
    session.until("window.tracepane")?;
    // Little more than a trace needs whatever is in it.
    session.run(
        "window.tracepane.limits({ memory: 22080000, leastBytes: 0, readers: 2 }); return 1",
    )?;
    session.choose(&corpus(GENERATIONS))?;
    session.until("document.querySelector('.choose-part')")?;
    let said = says(&session, ".choose-part-body")?;
    ensure!(
        said.contains("too large to open as a whole") && said.contains("16 generations"),
        "{said}"
    );
    // Figures: what it needs, and what there is.
    let has = tracepane_analysis::format::bytes(22_080_000);
    ensure!(said.contains(&has), "not {has}: {said}");
    let value = |id: &str| session.run(&format!("return document.getElementById('{id}').value"));
    ensure!(value("part-first")? == "1", "the first that fit are chosen");
    let fit: u32 = value("part-last")?.as_str().unwrap_or_default().parse()?;
    ensure!((2..16).contains(&fit), "{fit} generations fit");
    session.run("document.querySelector('.choose-part-strip').focus(); return 1")?;
    session.run(
        "document.querySelector('.choose-part-strip').dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true })); return 1",
    )?;
    let moved = [value("part-first")?, value("part-last")?];
    let wanted = [2, fit + 1].map(|number| Value::String(number.to_string()));
    ensure!(moved == wanted, "{moved:?}");
    choose(&session, 1, 16)?;
    session.until("document.querySelector('.choose-part-facts.too-much')")?;
    choose(&session, 2, 4)?;
    session.until("!document.querySelector('.choose-part-facts.too-much')")?;
    press(&session, "Open this part")?;
    session.until("document.querySelector('.part-button')")?;
    session.idle()?;
    is_part(&session, 2, 4)?;
    // A file that has no parts says that too.
    session.choose(&corpus("http-go1.21"))?;
    session.until("document.querySelector('.choose-part')")?;
    let said = says(&session, ".choose-part-body")?;
    ensure!(said.contains("cannot be opened in parts"), "{said}");
    press(&session, "Cancel")?;
    session.until("document.querySelector('.start')")
}
