//! Pages with a trace inside, in a real browser: saved from the page and by the command, opened from disk.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use libtest_mimic::{Arguments, Failed, Trial};
use tempfile::TempDir;
use tracepane_bundle::{EMPTY_SLOT, find_slot};
use tracepane_tests::web::{Server, Session, html_file};

/// The window's height: too little for all lanes, so that they can be scrolled.
const HEIGHT: u32 = 500;

/// A test and its name.
type Test = (&'static str, fn() -> Result<()>);

fn main() {
    let mut arguments = Arguments::from_args();
    // Each test has a browser of its own; side by side they only slow each other down.
    arguments.test_threads = Some(1);
    let tests: [Test; 8] = [
        ("a_saved_page_shows_the_same", a_saved_page_shows_the_same),
        (
            "the_command_makes_such_a_page",
            the_command_makes_such_a_page,
        ),
        (
            "a_packed_trace_is_not_packed_twice",
            a_packed_trace_is_not_packed_twice,
        ),
        ("any_file_name_is_only_text", any_file_name_is_only_text),
        (
            "an_address_goes_before_the_view",
            an_address_goes_before_the_view,
        ),
        ("what_cannot_be_read_is_said", what_cannot_be_read_is_said),
        (
            "a_half_page_says_what_it_lacks",
            a_half_page_says_what_it_lacks,
        ),
        ("nothing_leaves_a_bundle", nothing_leaves_a_bundle),
    ];
    let trials = tests
        .into_iter()
        .map(|(name, test)| {
            Trial::test(name, move || {
                test().map_err(|error| Failed::from(format!("{error:#}")))
            })
        })
        .collect();
    libtest_mimic::run(&arguments, trials).exit();
}

/// A corpus trace.
fn corpus(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../testdata/corpus")
        .join(format!("{name}.trace"))
}

/// A folder of this test's own, not hidden.
fn folder() -> Result<TempDir> {
    Ok(tempfile::Builder::new().prefix("tracepane-").tempdir()?)
}

/// The page's address on disk.
fn on_disk(file: &Path, hash: &str) -> String {
    format!("file://{}{hash}", file.display())
}

/// A browser that has just opened a page from disk, which holds a trace.
fn opened(file: &Path, hash: &str) -> Result<Session> {
    let session = Session::start(1440, HEIGHT, false)?;
    session.go(&on_disk(file, hash))?;
    session
        .until("document.querySelector('.tabs') || document.querySelector('.failure')")
        .with_context(|| format!("opening {}", file.display()))?;
    session.idle()?;
    Ok(session)
}

/// Saves the page that a browser shows; its name and bytes.
fn saved(session: &Session) -> Result<(String, Vec<u8>)> {
    session.click_button("Save as HTML")?;
    session.downloaded()
}

/// The page with its slot emptied, which is the page as it was delivered.
fn without_trace(page: &[u8]) -> Result<Vec<u8>> {
    let slot = find_slot(page)?;
    Ok([
        &page[..slot.start],
        EMPTY_SLOT.as_bytes(),
        &page[slot.end..],
    ]
    .concat())
}

/// What the page says of the trace: the panel beside the timeline, the goroutines and a profile.
fn numbers(session: &Session) -> Result<[String; 3]> {
    let hash = session.hash()?;
    session.run("location.hash = '#/timeline'")?;
    session.idle()?;
    let summary = session.string("document.querySelector('.stage .panel').innerText")?;
    let mut tables = ["#/goroutines", "#/profiles/sync"].map(str::to_owned);
    for address in &mut tables {
        session.run_with(
            "location.hash = arguments[0]",
            vec![address.as_str().into()],
        )?;
        session.until("document.querySelectorAll('tbody tr:not(.space)').length > 1")?;
        session.idle()?;
        *address = session.string("document.querySelector('main').innerText")?;
    }
    session.run_with("location.hash = arguments[0]", vec![hash.into()])?;
    session.idle()?;
    let [groups, profile] = tables;
    Ok([summary, groups, profile])
}

fn a_saved_page_shows_the_same() -> Result<()> {
    let folder = folder()?;
    let delivered = fs::read(html_file()?)?;
    let server = Server::start(&html_file()?)?;
    let session = Session::start(1440, HEIGHT, false)?;
    session.go(&server.address())?;
    session.open(&corpus("http-go1.27"))?;
    let known = numbers(&session)?;
    session.run("window.tracepane.look({start: 40e6, end: 90e6, scroll: 90})")?;
    session.until("location.hash.includes('end=')")?;
    session.idle()?;
    let (view, hash) = (
        session.run("return window.tracepane.view()")?,
        session.hash()?,
    );
    ensure!(view["scroll"] == 90, "not scrolled: {view}");
    let (name, bytes) = saved(&session)?;
    ensure!(name == "http-go1.27.html", "saved as {name}");
    ensure!(
        without_trace(&bytes)? == delivered,
        "the saved page is not the one that was delivered"
    );
    ensure!(server.requests() == ["GET / HTTP/1.1"]);
    drop((session, server));

    let file = folder.path().join(name);
    fs::write(&file, bytes)?;
    let session = opened(&file, "")?;
    ensure!(session.hash()? == hash, "it opens on {}", session.hash()?);
    let seen = session.run("return window.tracepane.view()")?;
    ensure!(seen == view, "{seen} is seen, not {view}");
    ensure!(
        session.text()?.contains("in this file"),
        "it does not say where the trace is"
    );
    let found = numbers(&session)?;
    ensure!(found == known, "other numbers: {found:?}, not {known:?}");

    // A page saved from a saved one, on another view.
    session.run("location.hash = '#/goroutines?filter=serve'")?;
    session.until("document.querySelectorAll('tbody tr:not(.space)').length")?;
    session.idle()?;
    let (name, bytes) = saved(&session)?;
    ensure!(
        without_trace(&bytes)? == delivered,
        "the second page differs"
    );
    let file = folder.path().join(format!("again-{name}"));
    fs::write(&file, bytes)?;
    drop(session);
    let session = opened(&file, "")?;
    ensure!(
        session.hash()? == "#/goroutines?filter=serve",
        "{}",
        session.hash()?
    );
    ensure!(numbers(&session)? == known);

    // Other traces open in it as in any page, and it then says so.
    session.open(&corpus("annotate-go1.22"))?;
    let text = session.text()?;
    ensure!(
        text.contains("Go 1.22") && !text.contains("in this file"),
        "{text}"
    );
    Ok(())
}

fn the_command_makes_such_a_page() -> Result<()> {
    let folder = folder()?;
    let file = folder.path().join("report.html");
    let trace = corpus("annotate-go1.27");
    let tracepane = std::env::var_os("TRACEPANE_COMMAND").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/debug/tracepane"),
        PathBuf::from,
    );
    let mut command = Command::new(&tracepane);
    command.arg("bundle").arg(&trace).arg("-o").arg(&file);
    command.args(["--view", "#/goroutines"]);
    if std::env::var_os("TRACEPANE_COMMAND").is_none() {
        // One that was built without the page.
        command.arg("--page").arg(html_file()?);
    }
    let output = command
        .output()
        .with_context(|| format!("starting {}", tracepane.display()))?;
    ensure!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    ensure!(without_trace(&fs::read(&file)?)? == fs::read(html_file()?)?);
    let session = opened(&file, "")?;
    ensure!(
        session.hash()? == "#/goroutines",
        "it opens on {}",
        session.hash()?
    );
    let found = numbers(&session)?;
    session.go(&on_disk(&html_file()?, ""))?;
    session.open(&trace)?;
    let wanted = numbers(&session)?;
    ensure!(found == wanted, "{found:?}, not {wanted:?}");
    Ok(())
}

fn a_packed_trace_is_not_packed_twice() -> Result<()> {
    let folder = folder()?;
    let packed = folder.path().join("annotate.trace.gz");
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(&fs::read(corpus("annotate-go1.27"))?)?;
    fs::write(&packed, encoder.finish()?)?;
    let session = Session::start(1440, 900, false)?;
    session.go(&on_disk(&html_file()?, ""))?;
    session.open(&packed)?;
    let known = numbers(&session)?;
    let (name, bytes) = saved(&session)?;
    ensure!(name == "annotate.html", "saved as {name}");
    let size = format!(
        "data-encoding=\"stored\" data-size=\"{}\"",
        fs::metadata(&packed)?.len()
    );
    ensure!(
        bytes
            .windows(size.len())
            .any(|window| window == size.as_bytes()),
        "the page does not say {size}"
    );
    let file = folder.path().join(name);
    fs::write(&file, bytes)?;
    drop(session);
    let session = opened(&file, "")?;
    ensure!(numbers(&session)? == known);
    ensure!(session.text()?.contains("annotate.trace.gz"));
    Ok(())
}

fn any_file_name_is_only_text() -> Result<()> {
    let folder = folder()?;
    let name = "\"><img src=x id=z> &amp; 'ü\u{202e}\\ --><b>.trace";
    let trace = folder.path().join(name);
    fs::copy(corpus("annotate-go1.27"), &trace)?;
    let session = Session::start(1440, 900, false)?;
    session.go(&on_disk(&html_file()?, ""))?;
    session.open(&trace)?;
    let shown = session.string("document.querySelector('.file-name').textContent")?;
    // Browsers may replace what no file may be called elsewhere.
    ensure!(shown.contains("<img src=x id=z> &amp; 'ü"), "{shown}");
    let (_, bytes) = saved(&session)?;
    ensure!(without_trace(&bytes)? == fs::read(html_file()?)?);
    let file = folder.path().join("odd.html");
    fs::write(&file, bytes)?;
    drop(session);
    let session = opened(&file, "")?;
    let again = session.string("document.querySelector('.file-name').textContent")?;
    ensure!(again == shown, "{again}, not {shown}");
    ensure!(
        session
            .run("return document.querySelector('#z, b')")?
            .is_null()
    );
    ensure!(session.run("return document.querySelectorAll('#bundle').length")? == 1);
    Ok(())
}

fn an_address_goes_before_the_view() -> Result<()> {
    let folder = folder()?;
    let session = Session::start(1440, 900, false)?;
    session.go(&on_disk(&html_file()?, ""))?;
    session.open(&corpus("annotate-go1.27"))?;
    session.run("location.hash = '#/goroutines'")?;
    session.idle()?;
    let (name, bytes) = saved(&session)?;
    let file = folder.path().join(name);
    fs::write(&file, bytes)?;
    drop(session);
    let session = opened(&file, "#/profiles/sched")?;
    ensure!(session.hash()? == "#/profiles/sched", "{}", session.hash()?);
    session.until("document.querySelectorAll('tbody tr:not(.space)').length")
}

fn what_cannot_be_read_is_said() -> Result<()> {
    let folder = folder()?;
    let session = Session::start(1440, 900, false)?;
    session.go(&on_disk(&html_file()?, ""))?;
    session.open(&corpus("annotate-go1.27"))?;
    let (_, bytes) = saved(&session)?;
    drop(session);
    let text = String::from_utf8(bytes)?;
    let slot = find_slot(text.as_bytes())?;
    let end = slot.end - "</script>\n</div>".len();
    let cut = format!("{}{}", &text[..end - 4000], &text[end..]);
    for (name, page, said) in [
        (
            "later",
            text.replace("data-format=\"1\"", "data-format=\"2\""),
            "newer Tracepane",
        ),
        (
            "unsaid",
            text.replace(" data-format=\"1\"", ""),
            "does not say how",
        ),
        ("cut", cut, "may be damaged"),
        (
            "odd",
            format!("{}!!!!{}", &text[..end], &text[end..]),
            "may be damaged",
        ),
    ] {
        let file = folder.path().join(format!("{name}.html"));
        fs::write(&file, page)?;
        let session = opened(&file, "")?;
        session.until("document.querySelector('.failure')")?;
        let failure = session.string("document.querySelector('.failure').innerText")?;
        ensure!(failure.contains(said), "{name}: {failure}");
        session.open(&corpus("annotate-go1.22"))?;
    }
    Ok(())
}

/// A file that ends too early never runs what starts the page.
fn a_half_page_says_what_it_lacks() -> Result<()> {
    let folder = folder()?;
    let file = folder.path().join("half.html");
    let page = fs::read_to_string(html_file()?)?;
    fs::write(&file, &page[..page.len() / 2])?;
    let session = Session::start(1024, 700, false)?;
    session.go(&on_disk(&file, ""))?;
    session.until(
        "getComputedStyle(document.querySelector('#boot .late')).visibility === 'visible'",
    )?;
    let said = session.string("document.querySelector('#boot').innerText")?;
    ensure!(said.contains("not complete"), "{said}");
    Ok(())
}

fn nothing_leaves_a_bundle() -> Result<()> {
    let folder = folder()?;
    let session = Session::start(1440, 900, false)?;
    session.go(&on_disk(&html_file()?, ""))?;
    session.open(&corpus("annotate-go1.27"))?;
    let (name, bytes) = saved(&session)?;
    drop(session);
    let file = folder.path().join(name);
    fs::write(&file, bytes)?;
    // As it would be put on a static host.
    let server = Server::start(&file)?;
    let session = Session::start(1440, 900, false)?;
    session.go(&server.address())?;
    session.until("document.querySelector('.tabs')")?;
    session.idle()?;
    let tried = session.wait_for(
        "const refused = [];
         for (const [name, attempt] of Object.entries({
           fetch: () => fetch('/leak'),
           image: () => new Promise((done, fail) => { const i = new Image(); i.onload = done; i.onerror = fail; i.src = '/leak.png'; }),
           script: () => new Promise((done, fail) => { const s = document.createElement('script'); s.onload = done; s.onerror = fail; s.src = '/leak.js'; document.body.append(s); }),
         })) {
           try { await attempt(); } catch { refused.push(name); }
         }
         const inline = document.createElement('script');
         inline.textContent = 'globalThis.ran = true';
         document.body.append(inline);
         if (!globalThis.ran) refused.push('inline');
         return refused;",
    )?;
    ensure!(
        tried == serde_json::json!(["fetch", "image", "script", "inline"]),
        "not all attempts were refused: {tried}"
    );
    ensure!(
        server.requests() == ["GET / HTTP/1.1"],
        "something left the page: {:?}",
        server.requests()
    );
    Ok(())
}
