//! Tasks, regions and logs: what the page shows of them equals the analysis.

use anyhow::{Context, Result, ensure};
use tracepane_analysis::annotations::{Annotations, ProfileScope, profile_of};
use tracepane_analysis::profiles::{Completeness, ProfileKind};
use tracepane_analysis::region_times::region_times;
use tracepane_analysis::regions::{self, RegionFilter};
use tracepane_analysis::task_events::task_events;
use tracepane_analysis::task_times::TaskWork;
use tracepane_analysis::tasks::{self, TaskFilter};
use tracepane_analysis::time_histogram::Bar;
use tracepane_analysis::{TimeHistogram, format};
use tracepane_model::{Nanos, TaskId, Trace};
use tracepane_tests::web::Session;

use super::tables::{cells, go};
use super::{Test, corpus, hash, native, open, page, press, text};

pub const TESTS: [Test; 4] = [
    (
        "tasks_of_a_type_are_those_of_the_analysis",
        tasks_of_a_type_are_those_of_the_analysis,
    ),
    (
        "a_tasks_page_tells_what_happened",
        a_tasks_page_tells_what_happened,
    ),
    (
        "regions_keep_their_filter_in_profiles",
        regions_keep_their_filter_in_profiles,
    ),
    (
        "logs_are_searched_and_lead_on",
        logs_are_searched_and_lead_on,
    ),
];

/// The trace that all look at, its type of tasks and one of its types of regions.
const TRACE: &str = "http-go1.27";
const TYPE: &str = "handleOrder";
const REGION: &str = "fanout";

/// A page with the trace open, and the trace read natively.
fn opened() -> Result<(Session, impl Sized, Trace)> {
    let (session, server) = page()?;
    let file = corpus(TRACE);
    open(&session, &file)?;
    Ok((session, server, native(&file)?))
}

/// The table that is shown, saved as CSV: the lines of these columns.
fn table(session: &Session, titles: &[&str]) -> Result<Vec<Vec<String>>> {
    session.click_button("Save as CSV")?;
    let (_, bytes) = session.downloaded()?;
    let csv = String::from_utf8(bytes)?;
    let mut lines = csv.lines();
    let head = cells(lines.next().context("no line of titles")?);
    let columns: Vec<usize> = titles
        .iter()
        .map(|title| {
            let place = head.iter().position(|known| known == title);
            place.with_context(|| format!("no column {title:?} in {head:?}"))
        })
        .collect::<Result<_>>()?;
    Ok(lines
        .map(|line| {
            let cells = cells(line);
            columns
                .iter()
                .map(|&column| cells[column].clone())
                .collect()
        })
        .collect())
}

fn numbers<const N: usize>(numbers: [i64; N]) -> Vec<String> {
    numbers.map(|number| number.to_string()).to_vec()
}

/// Clicks the highest bar of the histogram.
fn click_highest(session: &Session) -> Result<()> {
    let place = session.run(
        "const height = (bar) => bar.firstElementChild.getBoundingClientRect().height;
         const bars = [...document.querySelectorAll('.histogram-bar')];
         const r = bars.sort((a, b) => height(b) - height(a))[0].getBoundingClientRect();
         return [r.left + r.width / 2, r.bottom - 2]",
    )?;
    let at = |i: usize| place[i].as_f64().unwrap_or_default() as i64;
    session.click_at(at(0), at(1))?;
    session.until("location.hash.includes('min=')")?;
    session.idle()
}

fn highest(histogram: &TimeHistogram) -> Result<Bar> {
    let bars = histogram.bars().rev();
    bars.max_by_key(|bar| bar.count).context("no bars")
}

fn tasks_of_a_type_are_those_of_the_analysis() -> Result<()> {
    let (session, _server, trace) = opened()?;
    let all = Annotations::new(&trace).tasks;
    let filter = TaskFilter {
        name: Some(TYPE.into()),
        ..TaskFilter::default()
    };
    let of_type = all.matching(&trace, &filter);
    go(&session, "#/tasks")?;
    ensure!(text(&session)?.contains(TYPE));
    press(&session, TYPE)?;
    session.until("document.querySelector('.histogram-bar')")?;
    let titles = ["Task", "Duration (ns)", "Running (ns)", "Sched wait (ns)"];
    let found = table(&session, &titles)?;
    let mut work = TaskWork::new(&trace, &all);
    let mut expected = Vec::new();
    for &task in &of_type {
        let row = &trace.tasks[task.0 as usize];
        let times = work.by_clock(task).context("too much")?;
        let duration = tasks::time_of(&trace, row).length().0;
        let id = i64::try_from(row.id.0)?;
        expected.push(numbers([id, duration, times.running.0, times.runnable.0]));
    }
    ensure!(found == expected, "{found:?}\nis not\n{expected:?}");

    // A bar is a filter; the keyboard takes it back.
    let mut types = all.types.iter();
    let of = types.find(|of| trace.strings.get(of.name) == TYPE);
    let bar = highest(&of.context("no such type")?.histogram)?;
    click_highest(&session)?;
    let address = hash(&session)?;
    let bounds = format!("min={}&max={}", bar.shortest.0, bar.longest.0);
    ensure!(address.contains(&bounds), "{address} has no {bounds}");
    session.until(&format!(
        "document.querySelector('.table-caption').textContent.startsWith('{} task')",
        bar.count
    ))?;
    session.run("document.querySelector('.histogram-bar.marked').focus()")?;
    session.keys(" ")?;
    session.until("!location.hash.includes('min=')")?;

    // The text of a log finds its task.
    let row = &trace.tasks[of_type[0].0 as usize];
    let log = trace.logs.iter().find(|log| log.task == row.id);
    let message = trace.strings.get(log.context("no log")?.message);
    let with_text = TaskFilter {
        text: message.into(),
        ..filter
    };
    let matching = all.matching(&trace, &with_text).len();
    ensure!(matching > 0 && matching < of_type.len());
    session.run(&format!(
        "const box = document.querySelector('.log-text');
         box.value = '{message}';
         box.dispatchEvent(new Event('change', {{ bubbles: true }}));"
    ))?;
    session.until(&format!(
        "location.hash.includes('text={message}')
         && document.querySelector('.table-caption').textContent.startsWith('{}')",
        format::counted(matching as u64, "task")
    ))
}

fn a_tasks_page_tells_what_happened() -> Result<()> {
    let (session, _server, trace) = opened()?;
    let all = Annotations::new(&trace).tasks;
    let task = all.find(TaskId(43)).context("no such task")?;
    go(&session, "#/task/43")?;
    session.until("document.querySelector('.task-head .shares')")?;
    let mut work = TaskWork::new(&trace, &all);
    let by_clock = work.by_clock(task).context("too much")?;
    let goroutines = work.by_goroutine(task).context("too much")?;
    let said = text(&session)?;
    let row = &trace.tasks[task.0 as usize];
    for nanos in [
        tasks::time_of(&trace, row).length(),
        by_clock.running,
        by_clock.runnable,
        by_clock.waits[0].1,
    ] {
        let shown = format::duration(nanos);
        ensure!(said.contains(&shown), "no {shown} in {said}");
    }
    let titles = ["When (ns)", "Elapsed (ns)", "Since begin (ns)"];
    let found = table(&session, &titles)?;
    let expected: Vec<Vec<String>> = task_events(&trace, &all, task, true)
        .into_iter()
        .map(|event| numbers([event.time.0, event.elapsed.0, event.since_start.0]))
        .collect();
    ensure!(found == expected, "{found:?}\nis not\n{expected:?}");

    press(&session, &format!("Goroutines{}", goroutines.len()))?;
    let found = table(&session, &["Goroutine", "Worked (ns)", "Running (ns)"])?;
    let expected: Vec<Vec<String>> = goroutines
        .iter()
        .map(|of| {
            let id = trace.goroutines.row(of.goroutine).id.0;
            numbers([id, of.times.total().0, of.times.running.0])
        })
        .collect();
    ensure!(found == expected, "{found:?}\nis not\n{expected:?}");

    press(&session, "Show its timeline")?;
    session.until("location.hash.startsWith('#/timeline?view=task&id=43')")?;
    session.run("history.back()")?;
    session.until("location.hash === '#/task/43/goroutines'")?;
    go(&session, "#/task/987654")?;
    session.until("document.querySelector('.failure')")?;
    ensure!(text(&session)?.contains("This trace has no task 987654."));
    Ok(())
}

fn regions_keep_their_filter_in_profiles() -> Result<()> {
    let (session, _server, trace) = opened()?;
    let annotations = Annotations::new(&trace);
    let all = &annotations.regions;
    go(&session, "#/regions")?;
    press(&session, REGION)?;
    session.until("document.querySelector('.histogram-bar')")?;
    let named = RegionFilter {
        name: Some(REGION.into()),
        ..RegionFilter::default()
    };
    let rows = all.matching(&trace, &named);
    let times = region_times(&trace, &rows, Completeness::Complete);
    let titles = ["Began (ns)", "Duration (ns)", "Running (ns)", "Task"];
    let found = table(&session, &titles)?;
    let expected: Vec<Vec<String>> = rows
        .iter()
        .enumerate()
        .map(|(place, &row)| {
            let row = trace.regions.at(row as usize);
            let time = regions::time_of(&trace, &row);
            let task = i64::try_from(row.task.0).unwrap_or(-1);
            let running = times.times(place).running.0;
            numbers([time.start.0, time.length().0, running, task])
        })
        .collect();
    ensure!(found == expected, "{found:?}\nis not\n{expected:?}");

    // What go tool trace loses: the place, and the bounds of duration.
    click_highest(&session)?;
    let mut types = all.types.iter();
    let of = types.find(|of| trace.strings.get(of.name) == REGION);
    let bar = highest(&of.context("no such type")?.histogram)?;
    let filter = RegionFilter {
        shortest: Some(bar.shortest),
        longest: Some(bar.longest),
        ..named
    };
    press(&session, "Scheduling")?;
    let profile = profile_of(
        &trace,
        &annotations,
        ProfileKind::Scheduler,
        &ProfileScope::Regions(filter),
        None,
        Completeness::AsGoToolTrace,
    )?;
    ensure!(profile.count > 0);
    let address = hash(&session)?;
    for part in [
        format!("region={REGION}"),
        "at=main.runHTTP.func1.3:".to_owned(),
        format!("max={}", bar.longest.0),
    ] {
        ensure!(address.contains(&part), "{address} has no {part}");
    }
    session.until(&format!(
        "document.querySelector('.table-caption').textContent.startsWith('{} in all: {}')",
        format::duration(Nanos(i64::try_from(profile.nanos)?)),
        format::counted(profile.count, "wait")
    ))
}

fn logs_are_searched_and_lead_on() -> Result<()> {
    let (session, _server, trace) = opened()?;
    go(&session, "#/logs")?;
    let message = |row: usize| trace.strings.get(trace.logs.at(row).message);
    let needle = message(trace.logs.len() - 1);
    session.run_with(
        "const box = document.querySelector('#filter');
         box.value = arguments[0];
         box.dispatchEvent(new Event('input', { bubbles: true }));",
        vec![needle.into()],
    )?;
    session.idle()?;
    let found = table(&session, &["When (ns)", "Task", "Message"])?;
    let expected: Vec<Vec<String>> = trace
        .logs
        .iter()
        .filter(|log| {
            let text = |string| trace.strings.get(string).to_lowercase().contains(needle);
            text(log.message) || text(log.category) || log.task.0.to_string() == needle
        })
        .map(|log| {
            let message = trace.strings.get(log.message).to_owned();
            vec![log.time.0.to_string(), log.task.0.to_string(), message]
        })
        .collect();
    ensure!(!expected.is_empty() && expected.len() < trace.logs.len());
    ensure!(found == expected, "{found:?}\nis not\n{expected:?}");
    session.run("document.querySelector('.table tbody a').click()")?;
    session.until("location.hash.startsWith('#/timeline') && location.hash.includes('sel=log:')")
}
