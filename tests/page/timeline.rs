//! The timeline's arrangements: their addresses, what they show, and what can be selected in them.

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tracepane_model::{GoroutineId, TaskId, Trace};
use tracepane_tests::web::Session;
use tracepane_timeline::family::task_of;
use tracepane_timeline::{Arrangement, GUTTER, LaneKind, Lanes, Levels, Limits, RULER, View};

use super::{Test, corpus, hash, native, open, page, press, text};

pub const TESTS: [Test; 5] = [
    (
        "each_arrangement_has_an_address",
        each_arrangement_has_an_address,
    ),
    (
        "a_goroutines_lanes_open_on_its_life",
        a_goroutines_lanes_open_on_its_life,
    ),
    ("a_tasks_bars_can_be_selected", a_tasks_bars_can_be_selected),
    (
        "a_log_leads_to_its_task_and_back",
        a_log_leads_to_its_task_and_back,
    ),
    ("arrows_are_counted", arrows_are_counted),
];

fn go(session: &Session, address: &str) -> Result<()> {
    session.run_with("location.hash = arguments[0]", vec![address.into()])?;
    session.until(&format!(
        "location.hash === {}",
        Value::String(address.into())
    ))?;
    session.idle()
}

/// The text of an element; empty if there is none.
fn words(session: &Session, selector: &str) -> Result<String> {
    let script = "return document.querySelector(arguments[0])?.textContent ?? ''";
    let found = session.run_with(script, vec![selector.into()])?;
    Ok(found.as_str().unwrap_or_default().to_owned())
}

/// What the timeline shows: from when to when, ns.
fn seen(session: &Session) -> Result<(f64, f64)> {
    let view = session.run("return window.tracepane.view()")?;
    let number = |key: &str| view[key].as_f64().with_context(|| format!("{view}"));
    Ok((number("start")?, number("end")?))
}

/// Which of the arrangements is marked as the one that is shown.
fn chosen(session: &Session) -> Result<String> {
    words(
        session,
        "[aria-label='Lanes by'] button[aria-pressed='true']",
    )
}

/// The lanes as the worker has them.
fn lanes(trace: &Trace, arrangement: Arrangement) -> Lanes {
    let levels = Levels::build(trace);
    let mut lanes = Lanes::new(trace, &levels);
    lanes.arrange(trace, &levels, arrangement);
    lanes
}

fn each_arrangement_has_an_address() -> Result<()> {
    let (session, _server) = page()?;
    open(&session, &corpus("http-go1.27"))?;
    ensure!(chosen(&session)? == "Procs");
    session.run("document.activeElement.blur()")?;
    session.keys("t")?;
    session.until("location.hash.includes('view=threads')")?;
    session.idle()?;
    ensure!(chosen(&session)? == "Threads");
    session.keys("w")?;
    session.until("location.hash.includes('view=threads&start=')")?;
    // The way back leads through both.
    session.run("history.back()")?;
    session.until("location.hash === '#/timeline?view=threads'")?;
    session.run("history.back()")?;
    session.until("!location.hash.includes('view=')")?;
    session.idle()?;
    ensure!(chosen(&session)? == "Procs");
    session.run("history.forward()")?;
    session.until("location.hash === '#/timeline?view=threads'")?;
    session.idle()?;
    ensure!(chosen(&session)? == "Threads");
    // What is not there is said, and all of the trace is shown in its place.
    session.run("location.hash = '#/timeline?view=task&id=987654'")?;
    session.until("location.hash === '#/timeline' && document.querySelector('.lane-note')")?;
    let note = words(&session, ".lane-note")?;
    ensure!(note == "This trace has no task 987654.", "{note}");
    Ok(())
}

fn a_goroutines_lanes_open_on_its_life() -> Result<()> {
    let (session, server) = page()?;
    let file = corpus("http-go1.27");
    let trace = native(&file)?;
    let id = 48;
    let goroutine = trace
        .goroutines
        .find(GoroutineId(id))
        .context("a goroutine")?;
    let address = format!("#/timeline?view=goroutine&id={id}&depth=1");
    // A link that was pasted before a trace is open.
    session.go(&format!("{}{address}", server.address()))?;
    session.choose(&file)?;
    session.until("document.querySelector('.lane-subject')")?;
    session.idle()?;
    let arrangement = |depth| Arrangement::Goroutine { goroutine, depth };
    let known = lanes(&trace, arrangement(1));
    let (start, end) = known.life(&trace);
    let life = View::fit(start, end, Limits::new(trace.end));
    let (start, end) = seen(&session)?;
    ensure!(
        (start - life.start).abs() < 1.0 && (end - life.end).abs() < 1.0,
        "{start} to {end} is not {life:?}"
    );
    ensure!(hash(&session)? == address, "{}", hash(&session)?);
    ensure!(words(&session, ".lane-subject")?.starts_with("G48 "));
    ensure!(words(&session, ".depth-value")? == "1 back");
    // One wake-up further back, in place: the way back leads over it.
    session.run("document.querySelector('[aria-label=\"One wake-up further back\"]').click()")?;
    session.until("location.hash.includes('depth=2')")?;
    session.idle()?;
    ensure!(words(&session, ".depth-value")? == "2 back");
    ensure!(
        seen(&session)? == (start, end),
        "another depth moved the view"
    );
    let deeper = lanes(&trace, arrangement(2));
    ensure!(deeper.count() > known.count());
    // A click on its own lane selects what it did.
    let lane = deeper
        .place(LaneKind::Goroutine(goroutine))
        .context("its lane")?;
    click_lane(&session, lane.top + 10.0, 0.5)?;
    session.until("location.hash.includes('sel=span:')")?;
    press(&session, "Its goroutine's lanes")?;
    ensure!(hash(&session)?.contains("view=goroutine&id=48"));
    Ok(())
}

/// Clicks into a lane, `y` below the top of the first one, at a share of its width.
fn click_lane(session: &Session, y: f64, share: f64) -> Result<()> {
    let place = session.run(
        "const r = document.querySelector('#canvas-holder').getBoundingClientRect(); return [r.left, r.top, r.width]",
    )?;
    let number = |i: usize| place[i].as_f64().unwrap_or_default();
    let x = number(0) + GUTTER + (number(2) - GUTTER) * share;
    session.click_at(x as i64, (number(1) + RULER + y) as i64)?;
    session.idle()
}

fn a_tasks_bars_can_be_selected() -> Result<()> {
    let (session, _server) = page()?;
    let file = corpus("annotate-go1.27");
    let trace = native(&file)?;
    open(&session, &file)?;
    // A subtask: its own bar fills the view that it opens with.
    let task = task_of(&trace, TaskId(7)).context("a task")?;
    go(&session, "#/timeline?view=task&id=7")?;
    session.until("document.querySelector('.lane-subject')")?;
    ensure!(chosen(&session)? == "Task");
    let known = lanes(&trace, Arrangement::Task(task));
    let bar = known.place(LaneKind::Task(task)).context("its lane")?;
    click_lane(&session, bar.top + 15.0, 0.4)?;
    session.until(&format!("location.hash.includes('sel=task:{}')", task.0))?;
    session.until("document.querySelector('.details-title')")?;
    let said = text(&session)?;
    for wanted in ["Task subtask 7", "Part of", "checkout 1", "Goroutines"] {
        ensure!(said.contains(wanted), "the details lack {wanted:?}: {said}");
    }
    // Its goroutines stand below; the region of it is a bar with a name.
    let region = trace
        .regions
        .iter()
        .position(|region| region.task == TaskId(7))
        .context("a region of it")?;
    let row = trace.regions.at(region);
    let lane = known
        .place(LaneKind::Goroutine(row.goroutine))
        .context("its goroutine")?;
    let (start, end) = seen(&session)?;
    let middle = (row.start.context("its start")?.0 + row.end.context("its end")?.0) as f64 / 2.0;
    let y = lane.top + 22.0 + 16.0 * f64::from(row.depth) + 7.0;
    click_lane(&session, y, (middle - start) / (end - start))?;
    session.until(&format!("location.hash.includes('sel=region:{region}')"))?;
    Ok(())
}

fn a_log_leads_to_its_task_and_back() -> Result<()> {
    let (session, _server) = page()?;
    let file = corpus("annotate-go1.27");
    let trace = native(&file)?;
    open(&session, &file)?;
    let row = 40;
    let log = trace.logs.get(row).context("a log")?;
    let message = trace.strings.get(log.message);
    go(&session, &format!("#/timeline?sel=log:{row}"))?;
    session.until("document.querySelector('.details-title')")?;
    let said = text(&session)?;
    ensure!(said.contains(message), "{message:?} is not in {said}");
    press(&session, "Its task's lanes")?;
    let task = log.task.0;
    session.until(&format!(
        "location.hash.includes('view=task&id={task}') && document.querySelector('.lane-subject')"
    ))?;
    ensure!(hash(&session)?.contains(&format!("sel=log:{row}")));
    // The table of logs leads to the log itself.
    go(&session, "#/logs")?;
    session.until("document.querySelector('tbody a')")?;
    session.run("document.querySelector('tbody a').click()")?;
    session.until("location.hash.includes('sel=log:0')")?;
    // It is not of the task whose lanes were shown: those of all are.
    session.until("!location.hash.includes('view=task')")?;
    Ok(())
}

fn arrows_are_counted() -> Result<()> {
    let (session, _server) = page()?;
    open(&session, &corpus("annotate-go1.27"))?;
    let button = |session: &Session| -> Result<(String, bool)> {
        let found = session.run(
            "const b = [...document.querySelectorAll('button')].find((b) => b.textContent === 'Arrows'); return [b.title, b.ariaPressed]",
        )?;
        let title = found[0].as_str().unwrap_or_default().to_owned();
        Ok((title, found[1] == "true"))
    };
    let (title, on) = button(&session)?;
    ensure!(on && title.starts_with("Too many"), "{title}");
    go(&session, "#/timeline?start=8000000&end=8400000")?;
    let (title, _) = button(&session)?;
    let count: u32 = title
        .split(' ')
        .next()
        .and_then(|word| word.parse().ok())
        .with_context(|| title.clone())?;
    ensure!((5..=160).contains(&count), "{title}");
    session.run("document.activeElement.blur()")?;
    session.keys("l")?;
    session.idle()?;
    let (title, on) = button(&session)?;
    ensure!(!on && title.starts_with("Arrows for all"), "{title}");
    Ok(())
}
