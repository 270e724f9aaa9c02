//! Where there is no memory, and where workers die or fall silent: a sentence, and a page that still works.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tracepane_tests::web::{Browser, Server, Session, html_file};

use super::opening::{with_readers, with_worker_that_begins};
use super::{Test, corpus, open, page, press};

pub const TESTS: [Test; 5] = [
    (
        "without_memory_a_part_can_be_opened",
        without_memory_a_part_can_be_opened,
    ),
    (
        "a_question_without_memory_leads_to_a_part",
        a_question_without_memory_leads_to_a_part,
    ),
    (
        "readers_that_die_or_fall_silent_are_done_without",
        readers_that_die_or_fall_silent_are_done_without,
    ),
    (
        "what_needs_more_than_others_of_its_size_says_so",
        what_needs_more_than_others_of_its_size_says_so,
    ),
    (
        "a_worker_that_is_ended_is_missed",
        a_worker_that_is_ended_is_missed,
    ),
];

/// A trace that needs more memory than the page itself. Its first generation is most of it.
const LARGE: &str = "flight-go1.25";

/// Whatever may be on the screen when nothing is under way.
const SETTLED: &str = "performance.getEntriesByName('open').length || document.querySelector('.failure, .choose-part')";

/// What the screen says on which a part is chosen, once it is there.
fn choice(session: &Session) -> Result<String> {
    session.until("document.querySelector('.choose-part')")?;
    session.string("document.querySelector('.choose-part-body').innerText")
}

/// Opens the part that is proposed: as text, its first and last generation.
fn open_proposed(session: &Session) -> Result<(String, String)> {
    let value = |id: &str| session.string(&format!("document.getElementById('{id}').value"));
    let part = (value("part-first")?, value("part-last")?);
    session.run("performance.clearMeasures('open')")?;
    press(session, "Open this part")?;
    session.until(SETTLED)?;
    session.until("document.querySelector('.part-button')")?;
    session.idle()?;
    Ok(part)
}

/// Goes to the page with this before each worker's script, in JavaScript.
fn go_with(session: &Session, hook: &str) -> Result<()> {
    let (server, _folder) = with_worker_that_begins(hook)?;
    session.go(&server.address())
}

/// Bytes of the memory of wasm that the open trace has.
fn memory(session: &Session) -> Result<f64> {
    let frames = session.wait_for("return await window.tracepane.frames();")?;
    frames["memory"].as_f64().context("it is not said")
}

/// How much of it the large trace has, and its first generation.
fn memory_of_all_and_of_a_part() -> Result<(f64, f64)> {
    let (session, server) = page()?;
    with_readers(&session, 2)?;
    open(&session, &corpus(LARGE))?;
    let all = memory(&session)?;
    session.go("about:blank")?;
    session.go(&format!("{}#/timeline?part=1", server.address()))?;
    with_readers(&session, 2)?;
    open(&session, &corpus(LARGE))?;
    Ok((all, memory(&session)?))
}

fn without_memory_a_part_can_be_opened() -> Result<()> {
    if Browser::chosen()? != Browser::Chromium {
        // No other takes a limit for it.
        return Ok(());
    }
    let (all, part) = memory_of_all_and_of_a_part()?;
    ensure!(all > part + 1e6, "{all} bytes, and {part} for a part of it");
    // A memory of wasm that cannot grow so far, in pages of 64 KiB.
    let pages = ((all + part) / 2.0 / 65536.0) as u32;
    let flag = format!("--js-flags=--wasm-max-mem-pages={pages}");
    let server = Server::start(&html_file()?)?;
    let session = Session::start_with(1440, 900, false, &[&flag])?;
    session.go(&server.address())?;
    with_readers(&session, 2)?;
    session.choose(&corpus(LARGE))?;
    let said = choice(&session)?;
    ensure!(
        said.contains("There was not enough memory") && said.contains("MiB. Choose which part"),
        "{said}"
    );
    let (first, last) = open_proposed(&session)?;
    ensure!(first == "1" && last == "1", "from {first} to {last}");
    // All of it does not fit, however often it is tried.
    let button = session.string("document.querySelector('.part-button').textContent")?;
    press(&session, &button)?;
    choice(&session)?;
    press(&session, "Try to open all of it")?;
    session.until("!document.querySelector('.choose-part')")?;
    ensure!(choice(&session)?.contains("There was not enough memory"));
    // Another file is not held back by that.
    open(&session, &corpus("http-go1.27"))
}

/// Stops the worker when it is asked about events: as wasm does without memory, or with the words of a panic before.
const STOPPED: &str = "
    self.addEventListener('message', (event) => {
        if (!event.data?.ask?.ask?.Rows) return;
        event.stopImmediatePropagation();
        PANIC
        throw new WebAssembly.RuntimeError('unreachable');
    });";

fn a_question_without_memory_leads_to_a_part() -> Result<()> {
    let (session, _server) = page()?;
    go_with(&session, &STOPPED.replace("PANIC", ""))?;
    open(&session, &corpus("generations-go1.27"))?;
    session.run("location.hash = '#/goroutines'; return 1")?;
    let said = choice(&session)?;
    ensure!(
        said.contains("The tab got no more memory for what was asked when this trace had")
            && said.contains("16 generations"),
        "{said}"
    );
    let (first, last) = open_proposed(&session)?;
    ensure!(first == "1" && last != "16", "from {first} to {last}");
    // A mistake of ours is none of memory, whatever its words.
    let panic = "self.postMessage({ Notice: { Panic: { message: 'entered unreachable code' } } });";
    go_with(&session, &STOPPED.replace("PANIC", panic))?;
    open(&session, &corpus("generations-go1.27"))?;
    session.run("location.hash = '#/goroutines'; return 1")?;
    session.until(SETTLED.split_once("|| ").context("two cases")?.1)?;
    let said = session.text()?;
    ensure!(said.contains("This is a mistake in Tracepane"), "{said}");
    Ok(())
}

/// Before a worker's script: what befalls a reader stands at `SAY`, before it says something of this `kind`, and at `ASK`,
/// before it is asked; silence is noticed soon.
const READERS: &str = "
    const later = self.setTimeout;
    self.setTimeout = (then, millis, ...more) => later.call(self, then, millis === 30000 ? 200 : millis, ...more);
    const named = (part) => part && (typeof part === 'string' ? part : Object.keys(part)[0]);
    const post = self.postMessage;
    self.postMessage = (message, ...more) => {
        const kind = named(message?.say);
        SAY
        post.call(self, message, ...more);
    };
    self.addEventListener('message', (event) => {
        const kind = event.data?.buffers && named(event.data.ask);
        ASK
    });";

/// What befalls a reader: what is done where it says something, and where it is asked; why it is given up, if it is.
const MISFORTUNES: [(&str, &str, &str); 6] = [
    // It hears nothing.
    (
        "",
        "if (kind === 'Read') event.stopImmediatePropagation();",
        "the readers fell silent",
    ),
    // It is ended while it reads.
    (
        "if (kind === 'Part') return self.close();",
        "",
        "the readers fell silent",
    ),
    // There is no memory for what it read.
    (
        "if (kind === 'Part') throw new RangeError('Array buffer allocation failed');",
        "",
        "Array buffer allocation failed",
    ),
    // Its code is stopped.
    (
        "",
        "if (kind === 'Read') { event.stopImmediatePropagation(); throw new WebAssembly.RuntimeError('unreachable'); }",
        "unreachable",
    ),
    // It makes no levels of detail: these are made without it.
    ("if (kind === 'Levels') return;", "", ""),
    // It ends before there is a file: others read it.
    (
        "",
        "if (kind === 'Rehearse') { event.stopImmediatePropagation(); later(() => self.close()); throw new WebAssembly.RuntimeError('unreachable'); }",
        "",
    ),
];

fn readers_that_die_or_fall_silent_are_done_without() -> Result<()> {
    let (session, _server) = page()?;
    let file = corpus("generations-go1.27");
    open(&session, &file)?;
    let seen =
        "return [window.tracepane.view().last, document.querySelector('.panel-body').innerText]";
    let expected = session.run(seen)?;
    for (say, ask, why) in MISFORTUNES {
        go_with(&session, &READERS.replace("SAY", say).replace("ASK", ask))?;
        with_readers(&session, 2)?;
        // Readers have been started by then.
        std::thread::sleep(Duration::from_millis(400));
        open(&session, &file).with_context(|| format!("{say}{ask}"))?;
        let cost = session.run("return window.tracepane.opening()")?;
        let given_up = cost["givenUp"].as_str().unwrap_or_default();
        ensure!(
            given_up.contains(why) && given_up.is_empty() == why.is_empty(),
            "{say}{ask}: {cost}"
        );
        let made_alone = !cost["stages"]["levels of detail"].is_null();
        ensure!(made_alone || why.is_empty(), "{say}{ask}: {cost}");
        ensure!(session.run(seen)? == expected, "{say}{ask}: another trace");
    }
    Ok(())
}

fn what_needs_more_than_others_of_its_size_says_so() -> Result<()> {
    let (session, _server) = page()?;
    // Of the two the second is three times as large; the first has thousands of goroutines that live for 2 µs.
    for (name, fits) in [("burst-go1.27", false), ("pipeline-go1.27", true)] {
        session.run("window.tracepane.limits({ memory: 27e6 }); performance.clearMeasures('open'); return 1")?;
        session.choose(&corpus(name))?;
        session.until(SETTLED)?;
        let chooses = session.run("return Boolean(document.querySelector('.choose-part'))")?;
        ensure!(chooses == Value::Bool(!fits), "{name}: {}", session.text()?);
    }
    // Where there is memory for the trace, but none for readers, there are none.
    session.run(
        "window.tracepane.limits({ memory: 1e9, machine: 200e6, leastBytes: 0, readers: 2 }); return 1",
    )?;
    open(&session, &corpus("generations-go1.27"))?;
    let cost = session.run("return window.tracepane.opening()")?;
    ensure!(cost["readers"] == 0 && cost["givenUp"].is_null(), "{cost}");
    Ok(())
}

fn a_worker_that_is_ended_is_missed() -> Result<()> {
    let ended = "self.addEventListener('message', (event) => {
            if (!event.data?.ask?.ask?.Open) return;
            event.stopImmediatePropagation();
            self.close();
        });";
    let (session, _server) = page()?;
    go_with(&session, ended)?;
    // The clock of the progress runs fast.
    session.run(
        "const often = window.setInterval;
         window.setInterval = (then, millis, ...more) => often(then, millis === 500 ? 10 : millis, ...more); return 1",
    )?;
    session.choose(&corpus("http-go1.27"))?;
    session.until(
        "document.querySelector('.progress')?.innerText.includes('Nothing has been heard')",
    )?;
    press(&session, "Cancel")?;
    session.until("document.querySelector('.start')")
}
