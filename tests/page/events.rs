//! The table of events and the footprint.

use anyhow::{Context, Result, ensure};
use tracepane_model::Nanos;
use tracepane_tests::web::Session;
use tracepane_wire::{EventType, Excerpt, Wanted, footprint};

use super::{Test, corpus, native, open, page, press, text};

pub const TESTS: [Test; 5] = [
    ("events_are_those_of_the_file", events_are_those_of_the_file),
    ("an_event_tells_all", an_event_tells_all),
    (
        "the_timeline_leads_to_its_events",
        the_timeline_leads_to_its_events,
    ),
    (
        "types_and_times_choose_events",
        types_and_times_choose_events,
    ),
    ("bytes_are_told_by_type", bytes_are_told_by_type),
];

fn go(session: &Session, address: &str) -> Result<()> {
    session.run_with("location.hash = arguments[0]", vec![address.into()])?;
    session.idle()
}

/// The events of a trace, read natively.
fn excerpt(name: &str, wanted: Wanted) -> Result<Excerpt> {
    let mut excerpt = Excerpt::new(wanted);
    let bytes = std::fs::read(corpus(name))?;
    tracepane_tests::read_leniently(&bytes, &mut excerpt)?;
    Ok(excerpt)
}

/// What "Save as CSV" gives of events, stacks aside.
fn csv(session: &Session) -> Result<String> {
    session.click_button("Save as CSV")?;
    let (_, bytes) = session.downloaded()?;
    Ok(String::from_utf8(bytes)?)
}

/// The same of events that were read natively.
fn as_csv(excerpt: &Excerpt, begin: i64) -> String {
    let id = |id: i64| match id {
        ..0 => String::new(),
        _ => id.to_string(),
    };
    let mut text =
        String::from("Time since the trace's start (ns),Type,Goroutine,Proc,Thread,Arguments\r\n");
    for row in excerpt.rows() {
        let arguments = excerpt.arguments(row);
        let arguments = match arguments.contains(['"', ',']) {
            true => format!("\"{}\"", arguments.replace('"', "\"\"")),
            false => arguments.to_owned(),
        };
        text += &format!(
            "{},{},{},{},{},{arguments}\r\n",
            row.time.0 - begin,
            row.event_type.name(),
            id(row.goroutine.0),
            id(row.proc.0),
            id(row.thread.0),
        );
    }
    text
}

fn events_are_those_of_the_file() -> Result<()> {
    let (session, _server) = page()?;
    // Both formats, and more than one generation, whose middle is read without its beginning.
    for name in ["taskgenerations-go1.27", "annotate-go1.21", "flight-go1.25"] {
        open(&session, &corpus(name))?;
        let trace = native(&corpus(name))?;
        let begin = trace.clock_start.0;
        let (start, end) = (trace.end.0 * 6 / 10, trace.end.0 * 7 / 10);
        for (address, wanted) in [
            (
                format!("#/events?start={start}&end={end}"),
                Wanted {
                    start: Nanos(begin + start),
                    end: Nanos(begin + end),
                    ..Wanted::ALL
                },
            ),
            (
                "#/events?type=Log,GoroutineTransition&filter=CHAN".to_owned(),
                Wanted {
                    types: vec![EventType::Log, EventType::Goroutine],
                    text: "chan".into(),
                    ..Wanted::ALL
                },
            ),
            ("#/events".to_owned(), Wanted::ALL),
        ] {
            go(&session, &address)?;
            session.until("document.querySelector('tbody tr:not(.space) td')")?;
            session.idle()?;
            let wanted = excerpt(name, wanted)?;
            let count = tracepane_analysis::format::counted(wanted.matched(), "event");
            let said = text(&session)?;
            ensure!(
                said.contains(&count),
                "{name} {address}: no {count:?}: {said}"
            );
            let (found, wanted) = (csv(&session)?, as_csv(&wanted, begin));
            let differs = found.lines().zip(wanted.lines()).find(|(a, b)| a != b);
            ensure!(
                found == wanted,
                "{name} {address}: {} lines, not {}; first {differs:?}",
                found.lines().count(),
                wanted.lines().count()
            );
        }
    }
    Ok(())
}

fn an_event_tells_all() -> Result<()> {
    let (session, _server) = page()?;
    open(&session, &corpus("annotate-go1.27"))?;
    go(&session, "#/events?type=Log")?;
    session.until("document.querySelector('tbody tr:not(.space) td')")?;
    let all = excerpt(
        "annotate-go1.27",
        Wanted {
            types: vec![EventType::Log],
            ..Wanted::ALL
        },
    )?;
    session.run("document.querySelectorAll('tbody tr:not(.space)')[2].querySelector('td:last-child').click()")?;
    session.until("document.querySelector('.event-text')")?;
    let shown = session.string("document.querySelector('.event-text').textContent")?;
    let row = all.rows().get(2).context("too few logs")?;
    ensure!(shown == all.full_text(row), "{shown}");
    let said = session.string("document.querySelector('aside').innerText")?;
    let function = &all.stack(row).context("no stack")?[0].function;
    ensure!(said.contains(&**function), "no {function} in {said}");
    // From the event to its goroutine, and to its moment.
    press(&session, &format!("G{}", row.goroutine))?;
    session.until("document.querySelector('#goroutine-title')")?;
    session.run("history.back()")?;
    session.until("location.hash.includes('type=Log')")?;
    session.until("document.querySelector('tbody tr:not(.space) td a')")?;
    session.run("document.querySelector('tbody tr:not(.space) td a').click()")?;
    session.until("location.hash.startsWith('#/timeline?start=')")
}

fn the_timeline_leads_to_its_events() -> Result<()> {
    let (session, _server) = page()?;
    open(&session, &corpus("http-go1.27"))?;
    session.run("window.tracepane.look({start: 40e6, end: 41e6})")?;
    session.idle()?;
    session.run("[...document.querySelectorAll('.toolbar button')].find((b) => b.textContent.trim() === 'Events').click()")?;
    session.until("location.hash === '#/events?start=40000000&end=41000000'")?;
    session.idle()?;
    press(&session, "Show on the timeline")?;
    session.until("location.hash.startsWith('#/timeline')")?;
    session.idle()?;
    let view = session.run("return window.tracepane.view()")?;
    let (start, end) = (view["start"].as_f64(), view["end"].as_f64());
    ensure!(
        start.is_some_and(|start| (start - 40e6).abs() < 1e6)
            && end.is_some_and(|end| (end - 41e6).abs() < 1e6),
        "{view}"
    );
    Ok(())
}

fn types_and_times_choose_events() -> Result<()> {
    let (session, _server) = page()?;
    open(&session, &corpus("annotate-go1.27"))?;
    let trace = native(&corpus("annotate-go1.27"))?;
    go(&session, "#/events")?;
    session.until("document.querySelector('.chips button')")?;
    let logs = excerpt(
        "annotate-go1.27",
        Wanted {
            types: vec![EventType::Log],
            ..Wanted::ALL
        },
    )?;
    press(&session, &format!("Log{}", logs.matched()))?;
    session.until("location.hash === '#/events?type=Log'")?;
    let caption = tracepane_analysis::format::counted(logs.matched(), "event");
    session.until(&format!(
        "document.querySelector('.table-caption').textContent === '{caption}'"
    ))?;
    // A range that is typed.
    let half = logs.rows()[logs.rows().len() / 2].time.0 - trace.clock_start.0;
    let typed = format!("{}us", half as f64 / 1e3);
    session.run_with(
        "const box = document.querySelectorAll('.input.moment')[0]; box.value = arguments[0]; box.dispatchEvent(new Event('change'));",
        vec![typed.into()],
    )?;
    session.until(&format!(
        "location.hash === '#/events?start={half}&type=Log'"
    ))?;
    let rest = logs.rows().len() - logs.rows().len() / 2;
    session.until(&format!(
        "document.querySelector('.table-caption').textContent === '{rest} events'"
    ))?;
    // What is no time is marked, and changes nothing.
    session.run("const box = document.querySelectorAll('.input.moment')[1]; box.value = 'soon'; box.dispatchEvent(new Event('change'));")?;
    session.until("document.querySelectorAll('.input.moment')[1].ariaInvalid === 'true'")?;
    press(&session, "Whole trace")?;
    session.until("location.hash === '#/events?type=Log'")
}

fn bytes_are_told_by_type() -> Result<()> {
    let (session, _server) = page()?;
    for name in ["http-go1.27", "http-go1.21"] {
        open(&session, &corpus(name))?;
        press(&session, "Events")?;
        press(&session, "Bytes by type")?;
        session.until("location.hash === '#/footprint'")?;
        session.until("document.querySelector('tbody tr:not(.space) td')")?;
        session.idle()?;
        let bytes = std::fs::read(corpus(name))?;
        let wanted = footprint(&bytes[..])?;
        let text = csv(&session)?;
        let rows: Vec<&str> = text.lines().skip(1).collect();
        ensure!(rows.len() == wanted.rows.len(), "{name}: {text}");
        for (row, wanted) in rows.iter().zip(&wanted.rows) {
            let cells: Vec<&str> = row.split(',').collect();
            ensure!(
                cells[0] == wanted.name
                    && cells[1] == wanted.bytes.to_string()
                    && cells[3] == wanted.count.to_string(),
                "{name}: {row} is not {wanted:?}"
            );
        }
    }
    Ok(())
}
