//! Finding: what is typed is found, counted as the analysis counts it, walked with the keys, and stands in the address.

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tracepane_analysis::TimeRange;
use tracepane_analysis::find::{Kind, WalkFrom, find, parse};
use tracepane_analysis::format;
use tracepane_model::{Nanos, Trace};
use tracepane_tests::web::Session;

use super::{Test, corpus, hash, native, open, page, press};

pub const TESTS: [Test; 4] = [
    (
        "a_query_counts_what_the_analysis_finds",
        a_query_counts_what_the_analysis_finds,
    ),
    (
        "hits_are_walked_with_the_keys",
        hits_are_walked_with_the_keys,
    ),
    (
        "a_link_restores_a_search_and_errors_say_where",
        a_link_restores_a_search_and_errors_say_where,
    ),
    (
        "what_is_the_same_is_found_and_hits_are_listed",
        what_is_the_same_is_found_and_hits_are_listed,
    ),
];

/// The keys that WebDriver has private characters for.
const ENTER: &str = "\u{e007}";
const ESCAPE: &str = "\u{e00c}";
const SHIFT: char = '\u{e008}';

fn words(session: &Session, selector: &str) -> Result<String> {
    let script = "return document.querySelector(arguments[0])?.textContent ?? ''";
    let found = session.run_with(script, vec![selector.into()])?;
    Ok(found.as_str().unwrap_or_default().trim().to_owned())
}

/// Types a query into the find bar, which a key opens, and waits until it is looked for.
fn look_for(session: &Session, query: &str) -> Result<()> {
    session.run("document.getElementById('plot').focus()")?;
    session.keys("/")?;
    session.until("document.activeElement.id === 'find'")?;
    session.run("document.activeElement.select()")?;
    session.keys(query)?;
    let address = format!("find={}", encoded(query));
    session.until(&format!(
        "location.hash.includes({})",
        Value::String(address)
    ))?;
    session.until("!document.querySelector('.find-count').textContent.includes('Looking')")?;
    session.idle()
}

/// A query as addresses have it.
fn encoded(query: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~:,*()".contains(&byte);
    query
        .bytes()
        .map(|byte| match byte {
            byte if plain(byte) => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        })
        .collect()
}

fn counted(trace: &Trace, query: &str) -> Result<u64> {
    Ok(find(trace, &parse(query)?, None).count())
}

fn a_query_counts_what_the_analysis_finds() -> Result<()> {
    let (session, _server) = page()?;
    for (file, queries) in [
        (
            "http-go1.27",
            [
                "runnable > 50us",
                "waiting:sync",
                "fn:net/http",
                "gc or stw",
            ],
        ),
        (
            "annotate-go1.27",
            ["region: > 10us", "main", "task:", "-g:1 -running"],
        ),
    ] {
        let file = corpus(file);
        let trace = native(&file)?;
        open(&session, &file)?;
        for query in queries {
            look_for(&session, query)?;
            let count = counted(&trace, query)?;
            ensure!(count > 0, "{query} finds nothing");
            let said = words(&session, ".find-count")?;
            let expected = format::counted(count, "hit");
            ensure!(said == expected, "{query}: {said}, not {expected}");
        }
        // The range of the page is that of the search.
        session.run("location.hash += '&scope=1000000-3000000'")?;
        session.until("document.querySelector('.scope-chip')")?;
        session.idle()?;
        let within = TimeRange {
            start: Nanos(1_000_000),
            end: Nanos(3_000_000),
        };
        let last = parse(queries[3])?;
        let count = find(&trace, &last, Some(within)).count();
        ensure!(count < find(&trace, &last, None).count());
        let said = words(&session, ".find-count")?;
        ensure!(said == format::counted(count, "hit"), "in a range: {said}");
        session.run("document.getElementById('find').focus()")?;
        session.idle()?;
        session.keys(ESCAPE)?;
        session.until("!document.querySelector('.find-bar')")?;
        ensure!(!hash(&session)?.contains("find="));
    }
    Ok(())
}

/// What is selected, as addresses have it.
fn selected(session: &Session) -> Result<String> {
    let hash = hash(session)?;
    let (_, rest) = hash.split_once("sel=").context("nothing is selected")?;
    Ok(rest.split('&').next().unwrap_or_default().to_owned())
}

fn hits_are_walked_with_the_keys() -> Result<()> {
    let (session, _server) = page()?;
    let file = corpus("http-go1.27");
    let trace = native(&file)?;
    open(&session, &file)?;
    let query = "runnable > 50us";
    let hits = find(&trace, &parse(query)?, None);
    look_for(&session, query)?;
    // From the middle of what is seen: the whole trace.
    let middle = WalkFrom::Time(Nanos(trace.end.0 / 2));
    let first = hits
        .next(&trace, middle)
        .context("no hit after the middle")?;
    ensure!(first.kind == Kind::Span);
    let count = format::count(hits.count());
    let is_at = |hit: tracepane_analysis::find::Hit| -> Result<()> {
        session.until(&format!("location.hash.includes('sel=span:{}')", hit.row))?;
        session.idle()?;
        let place = format::count(hits.place(&trace, hit) + 1);
        let said = words(&session, ".find-count")?;
        ensure!(said == format!("{place} of {count}"), "{said}");
        Ok(())
    };
    session.keys(ENTER)?;
    is_at(first)?;
    // The keys of the timeline do the same.
    session.run("document.getElementById('plot').focus()")?;
    session.keys("n")?;
    let second = hits.next(&trace, WalkFrom::Row(first)).context("one hit")?;
    is_at(second)?;
    session.chord(&[SHIFT], 'n')?;
    is_at(first)?;
    session.chord(&[SHIFT], 'n')?;
    let before = hits
        .previous(&trace, WalkFrom::Row(first))
        .context("the first")?;
    is_at(before)?;
    ensure!(words(&session, ".details-title")?.starts_with("Runnable"));
    // Its lane is seen: the place is outlined on the canvas, and the view contains it or is within it.
    let view = session.run("return window.tracepane.view()")?;
    let (start, end) = before.time(&trace).context("a time")?;
    ensure!(
        view["start"].as_f64() <= Some(start.0 as f64)
            && Some(end.0 as f64) <= view["end"].as_f64()
    );
    Ok(())
}

fn a_link_restores_a_search_and_errors_say_where() -> Result<()> {
    let (session, _server) = page()?;
    let file = corpus("gc-go1.27");
    let trace = native(&file)?;
    session.run("location.hash = '#/timeline?find=stw%20%3E%2010us'")?;
    // A link has no frame of the whole trace to wait for.
    session.choose(&file)?;
    session.until("document.querySelector('.find-count')?.textContent.includes('hit')")?;
    session.idle()?;
    let count = format::counted(counted(&trace, "stw > 10us")?, "hit");
    ensure!(words(&session, ".find-count")? == count);
    let typed = session.run("return document.getElementById('find').value")?;
    ensure!(typed.as_str() == Some("stw > 10us"), "{typed}");
    // What is wrong is shown, and where; what was found before stays in the address.
    session.run("document.getElementById('find').focus(); document.activeElement.select()")?;
    session.keys("stw > 5parsecs")?;
    session.until("document.querySelector('.find-problem mark')")?;
    ensure!(words(&session, ".find-problem mark")? == "5parsecs");
    ensure!(words(&session, ".find-problem")?.contains("needs its unit"));
    ensure!(hash(&session)?.contains("find=stw"));
    Ok(())
}

fn what_is_the_same_is_found_and_hits_are_listed() -> Result<()> {
    let (session, _server) = page()?;
    let file = corpus("http-go1.27");
    let trace = native(&file)?;
    open(&session, &file)?;
    look_for(&session, "waiting:sync > 100us")?;
    press(&session, "List")?;
    session.until("document.querySelector('.find-list tbody tr[id]')")?;
    let hits = find(&trace, &parse("waiting:sync > 100us")?, None);
    let caption = words(&session, ".find-list .table-caption")?;
    ensure!(caption == format::counted(hits.count(), "hit"), "{caption}");
    // The longest first, and a click goes there.
    let head = "[...document.querySelectorAll('.find-list th button')].find((e) => e.textContent.includes('Duration'))";
    session.run(&format!("{head}.click()"))?;
    session.idle()?;
    session.run("document.querySelector('.find-list tbody tr[id]').click()")?;
    session.until("location.hash.includes('sel=span:')")?;
    session.idle()?;
    let longest = hits.list(&trace).into_iter().max_by_key(|hit| {
        let (start, end) = hit.time(&trace).unwrap_or_default();
        (end.0 - start.0, std::cmp::Reverse(hit.row))
    });
    let longest = longest.context("no hit")?;
    ensure!(selected(&session)? == format!("span:{}", longest.row));
    // Its goroutine's number is what the key finds first.
    session.run("document.getElementById('plot').focus()")?;
    session.keys("e")?;
    let goroutine = longest.goroutine(&trace).context("a goroutine")?;
    let query = format!("g:{}", trace.goroutines.row(goroutine).id);
    session.until(&format!("location.hash.includes('find={query}')"))?;
    session.until("!document.querySelector('.find-count').textContent.includes('Looking')")?;
    session.idle()?;
    let count = format::count(counted(&trace, &query)?);
    let said = words(&session, ".find-count")?;
    ensure!(said.ends_with(&format!("of {count}")), "{said} of {count}");
    // Pressed again, the next thing that it has in common with others.
    session.keys("e")?;
    session.until("location.hash.includes('find=group')")?;
    session.idle()
}
