//! A range of time is selected, summed up, and the scope of the whole page.

use anyhow::{Context, Result, ensure};
use thirtyfour::Key;
use tracepane_analysis::profiles::{Completeness, ProfileKind};
use tracepane_analysis::scope::touches;
use tracepane_analysis::{
    Scope, TimeRange, format, gc_cycles_within, goroutine_times, group_rows, latencies, pauses,
    range_summary,
};
use tracepane_model::{Nanos, Trace};
use tracepane_tests::web::Session;
use tracepane_timeline::range::RangePlace;
use tracepane_timeline::{RULER, Size, View};

use super::{Test, corpus, download, hash, native, open, page, press, text};

pub const TESTS: [Test; 5] = [
    (
        "a_range_is_selected_and_summed_up",
        a_range_is_selected_and_summed_up,
    ),
    (
        "a_ranges_edges_can_be_moved_and_it_dropped",
        a_ranges_edges_can_be_moved_and_it_dropped,
    ),
    (
        "all_of_the_page_is_about_the_range",
        all_of_the_page_is_about_the_range,
    ),
    (
        "downloads_of_a_range_are_named_and_right",
        downloads_of_a_range_are_named_and_right,
    ),
    ("a_range_can_be_typed", a_range_can_be_typed),
];

/// The range that the address says.
fn scope(session: &Session) -> Result<Option<TimeRange>> {
    let hash = hash(session)?;
    let Some((_, scope)) = hash.split_once("scope=") else {
        return Ok(None);
    };
    let scope = scope.split('&').next().unwrap_or_default();
    let (start, end) = scope.split_once('-').context("a range")?;
    Ok(Some(TimeRange {
        start: Nanos(start.parse()?),
        end: Nanos(end.parse()?),
    }))
}

fn go(session: &Session, address: &str) -> Result<()> {
    session.run_with("location.hash = arguments[0]", vec![address.into()])?;
    session.idle()
}

/// Left edge and top of the canvas, and its width, CSS pixels.
fn plot(session: &Session) -> Result<(f64, f64, Size)> {
    let place = session.run(
        "const r = document.querySelector('#canvas-holder').getBoundingClientRect();
         return [r.left, r.top, r.width, r.height]",
    )?;
    let number = |i: usize| place[i].as_f64().context("a number");
    let size = Size {
        width: number(2)? as u32,
        height: number(3)? as u32,
        ratio: 1.0,
    };
    Ok((number(0)?, number(1)?, size))
}

fn view(session: &Session) -> Result<View> {
    let view = session.run("return window.tracepane.view()")?;
    let number = |key: &str| view[key].as_f64().context("a number");
    Ok(View {
        start: number("start")?,
        end: number("end")?,
        scroll: number("scroll")?,
    })
}

/// The page's place of a time.
fn x_of(session: &Session, time: f64) -> Result<i64> {
    let (left, _, size) = plot(session)?;
    Ok((left + view(session)?.x_of(time, size)).round() as i64)
}

/// Drags with Shift from one moment to another, over the lanes.
fn shift_drag(session: &Session, from: f64, to: f64) -> Result<()> {
    let (_, top, _) = plot(session)?;
    let y = (top + RULER + 60.0) as i64;
    let (from, to) = (x_of(session, from)?, x_of(session, to)?);
    session.drag_between((from, y), (to, y + 10), Some(Key::Shift))?;
    session.until("location.hash.includes('scope=')")?;
    session.idle()
}

fn chip(session: &Session) -> Result<String> {
    session.string("document.querySelector('.scope-text')?.textContent ?? ''")
}

/// What the panel says.
fn panel(session: &Session) -> Result<String> {
    session.string("document.querySelector('.panel').innerText")
}

/// A range as the page has it in words.
fn words(range: TimeRange) -> String {
    format!(
        "{} – {}",
        format::duration(range.start),
        format::duration(range.end)
    )
}

fn a_range_is_selected_and_summed_up() -> Result<()> {
    let (session, _server) = page()?;
    let file = corpus("http-go1.27");
    let trace = native(&file)?;
    open(&session, &file)?;
    let end = trace.end.0 as f64;
    let whole = view(&session)?;
    shift_drag(&session, end * 0.3, end * 0.6)?;
    let range = scope(&session)?.context("no range")?;
    // To a pixel, which is some 200 µs.
    for (found, wanted) in [(range.start, 0.3), (range.end, 0.6)] {
        let off = (found.0 as f64 - end * wanted).abs() / end;
        ensure!(off < 0.003, "{range:?} is not 30 to 60 %");
    }
    ensure!(
        chip(&session)? == format!("Range {}", words(range)),
        "{}",
        chip(&session)?
    );
    // What was seen is seen still.
    let now = view(&session)?;
    ensure!((now.start, now.end) == (whole.start, whole.end), "{now:?}");
    session.until("document.querySelector('.range-shares')")?;
    let says = panel(&session)?;
    let known = range_summary(&trace, range);
    for expected in [
        format::duration(range.length()),
        format::count(known.goroutines),
        format::duration(known.times.running),
        format::duration(known.times.runnable),
        format::count(known.latency.count),
        format::duration(known.latency.p99),
        format::duration(known.running[0].1),
        format::duration(known.blocked[0].nanos),
    ] {
        ensure!(says.contains(&expected), "no {expected:?} in {says}");
    }
    // Enter zooms to it, a double click on the axis, too.
    session.run("document.querySelector('#plot').focus()")?;
    session.keys("\u{E007}")?;
    session.until("location.hash.includes('start=')")?;
    session.idle()?;
    let zoomed = view(&session)?;
    let length = range.length().0 as f64;
    ensure!(
        zoomed.start < range.start.0 as f64 && zoomed.width() < length * 1.2,
        "{zoomed:?} is not {range:?}"
    );
    ensure!(scope(&session)? == Some(range), "zooming changed the range");
    // Esc drops it.
    session.keys("\u{E00C}")?;
    session.until("!location.hash.includes('scope=')")?;
    session.idle()?;
    ensure!(chip(&session)?.is_empty() && panel(&session)?.starts_with("Summary"));
    // And the way back has it again.
    session.run("history.back()")?;
    session.until("location.hash.includes('scope=')")?;
    session.idle()?;
    ensure!(chip(&session)?.contains(&words(range)));
    Ok(())
}

fn a_ranges_edges_can_be_moved_and_it_dropped() -> Result<()> {
    let (session, _server) = page()?;
    let file = corpus("gc-go1.27");
    let trace = native(&file)?;
    open(&session, &file)?;
    let end = trace.end.0 as f64;
    // Dragging on the axis selects, too.
    let (_, top, size) = plot(&session)?;
    let axis = (top + RULER / 2.0) as i64;
    let (from, to) = (x_of(&session, end * 0.7)?, x_of(&session, end * 0.4)?);
    session.drag_between((from, axis), (to, axis), None)?;
    session.until("location.hash.includes('scope=')")?;
    session.idle()?;
    let first = scope(&session)?.context("no range")?;
    // Its end, to the right.
    let lanes = (top + RULER + 40.0) as i64;
    let at = x_of(&session, first.end.0 as f64)?;
    session.drag_between((at, lanes), (x_of(&session, end * 0.9)?, lanes), None)?;
    session.idle()?;
    let wider = scope(&session)?.context("no range")?;
    ensure!(
        wider.start == first.start && wider.end.0 as f64 > end * 0.88,
        "{wider:?} after {first:?}"
    );
    // Its beginning, over its end: they change places.
    let at = x_of(&session, wider.start.0 as f64)?;
    session.drag_between((at, lanes), (x_of(&session, end * 0.95)?, lanes), None)?;
    session.idle()?;
    let turned = scope(&session)?.context("no range")?;
    ensure!(turned.start == wider.end, "{turned:?} after {wider:?}");
    // The × on the axis.
    let times = (turned.start.0 as f64, turned.end.0 as f64);
    let place = RangePlace::new(times, view(&session)?, size).context("out of sight")?;
    let (close, edge) = place.close().context("no ×")?;
    let (left, ..) = plot(&session)?;
    session.click_at((left + (close + edge) / 2.0) as i64, axis)?;
    session.until("!location.hash.includes('scope=')")?;
    // What is selected can be made the range.
    let cycle = &tracepane_analysis::gc_cycles(&trace).rows[2];
    go(&session, &format!("#/timeline?sel=range:{}", cycle.range))?;
    session.until("document.querySelector('.details-title')")?;
    press(&session, "Use as range")?;
    session.until("location.hash.includes('scope=')")?;
    let mark = trace.ranges.rows.at(cycle.range as usize);
    let range = scope(&session)?.context("no range")?;
    ensure!(
        (range.start, range.end) == (mark.start, mark.end),
        "{range:?} is not {mark:?}"
    );
    Ok(())
}

/// The rows of the table that is shown: the texts of their cells.
fn rows(session: &Session) -> Result<Vec<Vec<String>>> {
    session.until("document.querySelector('.table tbody tr:not(.space)')")?;
    session.idle()?;
    let found = session.run(
        "return [...document.querySelectorAll('.table tbody tr:not(.space)')]
            .map(row => [...row.cells].map(cell => cell.textContent))",
    )?;
    Ok(serde_json::from_value(found)?)
}

fn has_row(rows: &[Vec<String>], cells: &[String]) -> bool {
    rows.iter()
        .any(|row| cells.iter().all(|cell| row.contains(cell)))
}

fn all_of_the_page_is_about_the_range() -> Result<()> {
    let (session, _server) = page()?;
    let file = corpus("http-go1.27");
    let trace = native(&file)?;
    open(&session, &file)?;
    let end = trace.end.0 as f64;
    shift_drag(&session, end * 0.25, end * 0.5)?;
    let range = scope(&session)?.context("no range")?;
    let asked = Scope {
        time: Some(range),
        ..Scope::ALL
    };

    press(&session, "Goroutines")?;
    let found = rows(&session)?;
    ensure!(scope(&session)? == Some(range), "{}", hash(&session)?);
    let times = goroutine_times(&trace, &asked, Completeness::Complete);
    let groups = group_rows(&trace, &times);
    ensure!(found.len() == groups.len(), "{} groups", found.len());
    for group in groups.iter().take(5) {
        let cells = [
            trace.strings.get(group.name).to_owned(),
            format::count(group.goroutines),
            format::duration(group.times.running),
        ];
        ensure!(has_row(&found, &cells), "no {cells:?} in {found:?}");
    }

    press(&session, "Logs")?;
    session.until("location.hash.startsWith('#/logs')")?;
    rows(&session)?;
    let logs = trace.logs.iter().filter(|log| range.contains(log.time));
    let said = format::counted(logs.count() as u64, "message");
    ensure!(text(&session)?.contains(&said), "no {said:?}");

    press(&session, "Regions")?;
    session.until("location.hash.startsWith('#/regions')")?;
    rows(&session)?;
    let open_in_it = trace.regions.iter().filter(|region| {
        let time = tracepane_analysis::regions::time_of(&trace, region);
        touches(range, time.start, time.end)
    });
    let said = format::counted(open_in_it.count() as u64, "region");
    ensure!(text(&session)?.contains(&said), "no {said:?}");

    press(&session, "GC")?;
    session.until("location.hash.startsWith('#/gc')")?;
    let found = rows(&session)?;
    let cycles = gc_cycles_within(&trace, range);
    ensure!(found.len() == cycles.rows.len(), "{} cycles", found.len());
    go(&session, &format!("#/gc/pauses?{}", asked_in(range)))?;
    rows(&session)?;
    let stops = pauses(&trace, &asked).rows.len() as u64;
    let said = format::counted(stops, "pause");
    ensure!(text(&session)?.contains(&said), "no {said:?}");

    press(&session, "Scheduler")?;
    session.until("location.hash.startsWith('#/scheduler')")?;
    rows(&session)?;
    let said = format::counted(latencies(&trace, &asked).all.count, "wait");
    ensure!(text(&session)?.contains(&said), "no {said:?}");

    press(&session, "Events")?;
    session.until("location.hash.startsWith('#/events')")?;
    let found = rows(&session)?;
    let first = found[0][0].trim_end_matches(" ms").parse::<f64>()? * 1e6;
    ensure!(
        first >= range.start.0 as f64 && first < range.end.0 as f64,
        "the first event is at {first}"
    );

    // Dropped here, all events are told.
    let all = session.string("document.querySelector('.caption, .table-caption')?.textContent")?;
    session.run("document.querySelector('.scope-drop').click()")?;
    session.until("!location.hash.includes('scope=')")?;
    let found = rows(&session)?;
    let first = found[0][0].trim_end_matches(" ms").parse::<f64>()? * 1e6;
    ensure!(first < range.start.0 as f64, "{first} of all, {all}");
    Ok(())
}

fn asked_in(range: TimeRange) -> String {
    format!("scope={}-{}", range.start.0, range.end.0)
}

fn part(trace: &Trace, from: f64, to: f64) -> TimeRange {
    let at = |share: f64| Nanos((trace.end.0 as f64 * share) as i64);
    TimeRange {
        start: at(from),
        end: at(to),
    }
}

fn downloads_of_a_range_are_named_and_right() -> Result<()> {
    let (session, _server) = page()?;
    for (name, kinds) in [
        ("http-go1.27", &ProfileKind::ALL[..]),
        ("cpusamples-go1.27", &[ProfileKind::Cpu][..]),
    ] {
        let file = corpus(name);
        let trace = native(&file)?;
        open(&session, &file)?;
        let range = part(&trace, 0.2, 0.55);
        for &kind in kinds {
            let address = format!("#/profiles/{}?{}", kind.name(), asked_in(range));
            let time = Some(range);
            let scope = Scope { time, ..Scope::ALL };
            let how = Completeness::AsGoToolTrace;
            download(&session, &address, &trace, kind, scope, how, name)?;
        }
    }
    // Tables, too.
    let trace = native(&corpus("cpusamples-go1.27"))?;
    let range = part(&trace, 0.2, 0.55);
    go(&session, &format!("#/goroutines?{}", asked_in(range)))?;
    session.click_button("Save as CSV")?;
    let (name, bytes) = session.downloaded()?;
    let expected = format!("cpusamples-go1.27.groups-{}.csv", range.for_file_name());
    ensure!(name == expected, "{name}");
    let scope = Scope {
        time: Some(range),
        ..Scope::ALL
    };
    let times = goroutine_times(&trace, &scope, Completeness::Complete);
    let groups = group_rows(&trace, &times);
    let sheet = String::from_utf8(bytes)?;
    ensure!(sheet.lines().count() == groups.len() + 1, "{sheet}");
    let longest = groups[0].times.running.0.to_string();
    ensure!(sheet.contains(&longest), "no {longest} in {sheet}");
    Ok(())
}

fn a_range_can_be_typed() -> Result<()> {
    let (session, server) = page()?;
    let file = corpus("http-go1.27");
    open(&session, &file)?;
    press(&session, "Goroutines")?;
    session.run("document.activeElement.blur()")?;
    session.keys("r")?;
    session.until("document.querySelector('.range-dialog').open")?;
    let field = "document.querySelector('.range-dialog input')";
    session.run(&format!("{field}.select()"))?;
    session.keys("9ms - 2ms\u{E007}")?;
    session
        .until("document.querySelector('.range-problem').textContent.includes('ends before')")?;
    session.run(&format!("{field}.select()"))?;
    session.keys("2ms +7ms\u{E007}")?;
    session.until("location.hash === '#/goroutines?scope=2000000-9000000'")?;
    session.until("!document.querySelector('.range-dialog').open")?;
    session.idle()?;
    ensure!(
        chip(&session)? == "Range 2.000 ms – 9.000 ms",
        "{}",
        chip(&session)?
    );
    // A pasted link has it, too, before there is a trace; and the tabs lead on with it.
    session.go("about:blank")?;
    session.go(&format!(
        "{}#/scheduler?scope=2000000-9000000",
        server.address()
    ))?;
    session.choose(&file)?;
    session.until("document.querySelector('.scope-text')")?;
    session.idle()?;
    let link = session.string("document.querySelector('.tabs a').getAttribute('href')")?;
    ensure!(link == "#/timeline?scope=2000000-9000000", "{link}");
    press(&session, "Timeline")?;
    session.until("document.querySelector('.range-shares')")?;
    // One of another trace is none.
    session.go("about:blank")?;
    session.go(&format!(
        "{}#/logs?scope=900000000000-990000000000",
        server.address()
    ))?;
    session.choose(&file)?;
    session.until("document.querySelector('.tabs')")?;
    session.idle()?;
    ensure!(chip(&session)?.is_empty());
    Ok(())
}
