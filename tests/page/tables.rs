//! Tables, groups and goroutines, scopes of profiles, and the help.

use std::fmt::Write as _;

use anyhow::{Context, Result, ensure};
use tracepane_analysis::annotations::{Annotations, ProfileScope, profile_of};
use tracepane_analysis::format;
use tracepane_analysis::goroutines::{GoroutineTimes, goroutine_times};
use tracepane_analysis::profiles::{Completeness, ProfileKind};
use tracepane_analysis::regions::RegionFilter;
use tracepane_analysis::scope::{Scope, TimeRange, group_named};
use tracepane_analysis::statistics::{Statistic, spread};
use tracepane_analysis::tasks::TaskFilter;
use tracepane_analysis::waits::wait_places;
use tracepane_model::{GoroutineIndex, Nanos, Trace};
use tracepane_tests::web::Session;

use super::{Test, corpus, hash, native, open, page, press, text};

pub const TESTS: [Test; 8] = [
    ("a_table_is_saved_as_csv", a_table_is_saved_as_csv),
    ("a_table_is_copied", a_table_is_copied),
    (
        "a_filter_replaces_the_one_before",
        a_filter_replaces_the_one_before,
    ),
    (
        "groups_show_sums_and_quantiles",
        groups_show_sums_and_quantiles,
    ),
    ("a_bar_filters_goroutines", a_bar_filters_goroutines),
    (
        "a_goroutines_page_tells_its_life",
        a_goroutines_page_tells_its_life,
    ),
    (
        "a_profile_is_of_what_is_chosen",
        a_profile_is_of_what_is_chosen,
    ),
    (
        "the_help_is_there_before_a_trace",
        the_help_is_there_before_a_trace,
    ),
];

/// The group that most tests look at.
const GROUP: &str = "main.runHTTP.func2";

pub(super) fn go(session: &Session, address: &str) -> Result<()> {
    session.run_with("location.hash = arguments[0]", vec![address.into()])?;
    session.idle()
}

/// The times as the page shows them.
fn times(trace: &Trace) -> GoroutineTimes {
    goroutine_times(trace, &Scope::ALL, Completeness::Complete)
}

fn members(trace: &Trace, group: &str) -> Result<Vec<GoroutineIndex>> {
    let group = group_named(trace, group).with_context(|| format!("no group {group}"))?;
    Ok(trace.goroutines.members(group).to_vec())
}

/// The group's goroutines, those that ran longest first.
fn by_running(trace: &Trace, times: &GoroutineTimes) -> Result<Vec<GoroutineIndex>> {
    let mut members = members(trace, GROUP)?;
    members.sort_by_key(|&goroutine| -times.times(goroutine).running.0);
    Ok(members)
}

fn a_table_is_saved_as_csv() -> Result<()> {
    let (session, _server) = page()?;
    let file = corpus("http-go1.27");
    let trace = native(&file)?;
    let times = times(&trace);
    open(&session, &file)?;
    go(
        &session,
        &format!("#/goroutines?group={GROUP}&sort=running&desc=1"),
    )?;
    session.click_button("Save as CSV")?;
    let (name, bytes) = session.downloaded()?;
    ensure!(
        name == format!("http-go1.27.goroutines-{GROUP}.csv"),
        "{name}"
    );
    let csv = String::from_utf8(bytes)?;
    ensure!(csv.ends_with("\r\n") && !csv.replace("\r\n", "").contains('\n'));
    let mut lines = csv.lines();
    let head = cells(lines.next().context("no line of titles")?);
    let column = |title: &str| {
        let place = head.iter().position(|known| known == title);
        place.with_context(|| format!("no column {title:?} in {head:?}"))
    };
    let (total, running, spans) = (
        column("Total (ns)")?,
        column("Running (ns)")?,
        column("Spans")?,
    );
    let found: Vec<[String; 4]> = lines
        .map(|line| {
            let cells = cells(line);
            [0, total, running, spans].map(|column| cells[column].clone())
        })
        .collect();
    let expected: Vec<[String; 4]> = by_running(&trace, &times)?
        .into_iter()
        .map(|goroutine| {
            let row = trace.goroutines.row(goroutine);
            let ended = i64::from(row.ended.is_some());
            let spans = trace.goroutines.spans(goroutine).len() as i64 - ended;
            let times = times.times(goroutine);
            [row.id.0, times.total.0, times.running.0, spans].map(|number| number.to_string())
        })
        .collect();
    ensure!(found == expected, "{found:?}\nis not\n{expected:?}");

    // A profile's rows have their stacks in the last column.
    go(&session, "#/profiles/sync")?;
    session.click_button("Save as CSV")?;
    let (name, bytes) = session.downloaded()?;
    ensure!(name == "http-go1.27.sync-profile.csv", "{name}");
    let csv = String::from_utf8(bytes)?;
    ensure!(
        csv.lines()
            .next()
            .is_some_and(|head| head.ends_with(",Stack"))
    );
    ensure!(csv.contains(" < "), "no stack in {csv}");
    Ok(())
}

/// A line of comma-separated values, cut up. What stands between quotes is one; there are no quotes within.
pub(super) fn cells(line: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    for (place, part) in line.split('"').enumerate() {
        let mut parts = part.split(',');
        let last = cells.last_mut().expect("there is one");
        if place % 2 == 1 {
            last.push_str(part);
        } else {
            last.push_str(parts.next().unwrap_or_default());
            cells.extend(parts.map(str::to_owned));
        }
    }
    cells
}

fn a_table_is_copied() -> Result<()> {
    let (session, _server) = page()?;
    let file = corpus("http-go1.27");
    open(&session, &file)?;
    go(&session, "#/goroutines?filter=runhttp&sort=name")?;
    // A headless browser has no clipboard to be read.
    session.run("navigator.clipboard.writeText = async (text) => { window.copied = text; }")?;
    session.click_button("Copy")?;
    session.until("window.copied")?;
    let copied = session.run("return window.copied")?;
    let copied = copied.as_str().unwrap_or_default();
    let names: Vec<&str> = copied
        .lines()
        .filter_map(|line| line.split('\t').next())
        .collect();
    ensure!(
        names
            == [
                "Start function",
                "main.runHTTP.func1.3",
                "main.runHTTP.func2"
            ],
        "copied: {copied}"
    );
    session.until("document.querySelector('.table-said').textContent === '2 rows copied'")
}

fn a_filter_replaces_the_one_before() -> Result<()> {
    let (session, _server) = page()?;
    let file = corpus("http-go1.27");
    let trace = native(&file)?;
    open(&session, &file)?;
    go(&session, "#/goroutines?all=1")?;
    session.run("document.getElementById('filter').focus()")?;
    session.keys(GROUP)?;
    let count = members(&trace, GROUP)?.len();
    session.until(&format!(
        "document.querySelector('.table-caption').textContent.startsWith('{count} of ')"
    ))?;
    ensure!(hash(&session)?.contains(&format!("filter={GROUP}")));
    session.idle()?;
    let shown = session.run("return document.querySelectorAll('tbody tr:not(.space)').length")?;
    ensure!(shown == count, "{shown} rows are shown, not {count}");
    Ok(())
}

fn groups_show_sums_and_quantiles() -> Result<()> {
    let (session, _server) = page()?;
    let file = corpus("http-go1.27");
    let trace = native(&file)?;
    let times = times(&trace);
    open(&session, &file)?;
    let mut values: Vec<i64> = members(&trace, GROUP)?
        .into_iter()
        .map(|goroutine| times.times(goroutine).running.0)
        .collect();
    let spread = spread(&mut values);
    go(&session, "#/goroutines")?;
    for (measure, expected) in [
        ("Sum", spread.sum),
        ("Median", spread.p50),
        ("p90", spread.p90),
        ("Max", spread.max),
    ] {
        press(&session, measure)?;
        let cell = format!(
            "(() => {{
               const heads = [...document.querySelectorAll('thead th')].map((th) => th.innerText.trim());
               const row = [...document.querySelectorAll('tbody tr')].find((tr) => tr.innerText.startsWith('{GROUP}'));
               return row?.children[heads.indexOf('Running')]?.title;
             }})()"
        );
        session.until(&format!("{cell} === '{}'", format::exact(expected)))?;
    }
    ensure!(hash(&session)?.contains("show=max"), "{}", hash(&session)?);
    Ok(())
}

fn a_bar_filters_goroutines() -> Result<()> {
    let (session, _server) = page()?;
    let file = corpus("http-go1.27");
    let trace = native(&file)?;
    let times = times(&trace);
    open(&session, &file)?;
    go(&session, &format!("#/goroutines?group={GROUP}"))?;
    session.until("document.querySelector('.distribution select option')")?;
    session.run(
        "const select = document.querySelector('.distribution select');
         select.value = 'runnable';
         select.dispatchEvent(new Event('change', { bubbles: true }));",
    )?;
    session.until("location.hash.includes('by=runnable')")?;
    session.idle()?;
    let place = session.run(
        "const bars = [...document.querySelectorAll('.histogram-bar:not(.empty)')];
         const r = bars[bars.length - 1].getBoundingClientRect();
         return [r.left + r.width / 2, r.bottom - 2]",
    )?;
    let at = |i: usize| place[i].as_f64().unwrap_or_default() as i64;
    session.click_at(at(0), at(1))?;
    session.until("location.hash.includes('min=')")?;
    session.idle()?;
    let address = hash(&session)?;
    let bound = |key: &str| -> Result<i64> {
        let value = address
            .split(&format!("{key}="))
            .nth(1)
            .context("no bound")?;
        Ok(value.split('&').next().unwrap_or_default().parse()?)
    };
    let (least, most) = (bound("min")?, bound("max")?);
    let wanted = members(&trace, GROUP)?;
    let all = wanted.len();
    let runnable = |goroutine| Statistic::Runnable.of(times.parts(goroutine)).0;
    let matching = wanted
        .into_iter()
        .filter(|&goroutine| (least..=most).contains(&runnable(goroutine)))
        .count();
    ensure!(matching > 0 && matching < all, "{matching} of {all}");
    session.until(&format!(
        "document.querySelector('.table-caption').textContent.startsWith('{matching} of {all} goroutines')"
    ))?;
    press(&session, "Show all")?;
    session.until("!location.hash.includes('min=')")
}

fn a_goroutines_page_tells_its_life() -> Result<()> {
    let (session, _server) = page()?;
    let file = corpus("http-go1.27");
    let trace = native(&file)?;
    let times = times(&trace);
    open(&session, &file)?;
    let members = members(&trace, GROUP)?;
    let [first, second] = members[..2] else {
        unreachable!("the group has more");
    };
    let id = |goroutine| trace.goroutines.row(goroutine).id;
    go(&session, &format!("#/goroutine/{}", id(first)))?;
    session.until("document.querySelector('#goroutine-title')")?;
    let said = text(&session)?;
    let waits = wait_places(&trace, first, TimeRange::ALL);
    let longest = waits.first().context("it never waited")?;
    let mut expected = vec![
        "Where it waited".to_owned(),
        format::duration(longest.nanos),
    ];
    let creator = trace.goroutines.row(first).creator;
    expected.push(format!("G{}", id(creator)));
    for &(_, nanos) in times.waits(first) {
        expected.push(format::duration(nanos));
    }
    for wanted in expected {
        ensure!(said.contains(&wanted), "no {wanted:?} in {said}");
    }
    press(&session, "Next")?;
    session.until(&format!("location.hash === '#/goroutine/{}'", id(second)))?;
    press(&session, "Previous")?;
    session.until(&format!("location.hash === '#/goroutine/{}'", id(first)))?;
    // The longest wait leads to its moment.
    session.run("document.querySelector('.listing tbody a').click()")?;
    session.until("location.hash.includes('sel=span:')")?;
    ensure!(
        hash(&session)?.ends_with(&format!("sel=span:{}", longest.longest.0)),
        "{}",
        hash(&session)?
    );
    session.idle()
}

fn a_profile_is_of_what_is_chosen() -> Result<()> {
    let (session, _server) = page()?;
    let file = corpus("annotate-go1.27");
    let trace = native(&file)?;
    let annotations = Annotations::new(&trace);
    open(&session, &file)?;
    go(&session, "#/profiles/sync")?;
    let region = annotations
        .regions
        .types
        .iter()
        .map(|of| trace.strings.get(of.name))
        .find(|name| !name.is_empty())
        .context("no region")?;
    let task = annotations
        .tasks
        .types
        .iter()
        .map(|of| trace.strings.get(of.name))
        .find(|name| !name.is_empty())
        .context("no task")?;
    let one = trace.tasks.iter().find(|task| task.end.is_some());
    let one = one.context("no task has ended")?.id;
    let goroutine = trace.goroutines.row(one_that_waits(&trace)?).id;
    let number = trace.goroutines.find(goroutine).context("it is there")?;
    let cases = [
        (
            format!("goroutine={goroutine}"),
            ProfileScope::Goroutine(number),
        ),
        (
            format!("region={}", escaped(region)),
            ProfileScope::Regions(RegionFilter {
                name: Some(region.into()),
                ..RegionFilter::default()
            }),
        ),
        (
            format!("tasks={}", escaped(task)),
            ProfileScope::Tasks(TaskFilter {
                name: Some(task.into()),
                ..TaskFilter::default()
            }),
        ),
        (format!("task={}", one.0), ProfileScope::Task(one)),
    ];
    let kind = ProfileKind::Sync;
    for (query, scope) in cases {
        let wanted = profile_of(
            &trace,
            &annotations,
            kind,
            &scope,
            None,
            Completeness::Complete,
        )?;
        go(&session, &format!("#/profiles/sync?{query}&complete=1"))?;
        session.click_button("Download for pprof")?;
        let (_, bytes) = session.downloaded()?;
        ensure!(
            bytes == wanted.to_pprof(&trace),
            "{query}: the page's profile is not the native one"
        );
        let said = text(&session)?;
        let nanos = format::duration(Nanos(wanted.nanos as i64));
        ensure!(said.contains(&nanos), "{query}: no {nanos} in {said}");
    }
    // By typing: the group is found, and Enter takes it.
    session.run("document.querySelector('.chooser input').focus()")?;
    session.until("document.querySelectorAll('.chooser-list li').length > 3")?;
    session.keys("func1.1.2")?;
    session.until("document.querySelectorAll('.chooser-list li').length === 1")?;
    session.keys("\u{E007}")?;
    session.until("location.hash.includes('group=main.runAnnotate.func1.1.2')")?;
    press(&session, "Functions")?;
    session.until("location.hash.includes('by=function')")?;
    session.idle()
}

/// A goroutine with something in the synchronization profile.
fn one_that_waits(trace: &Trace) -> Result<GoroutineIndex> {
    let all = (0..trace.goroutines.len() as u32).map(GoroutineIndex);
    let mut waiting = all.filter(|&goroutine| {
        wait_places(trace, goroutine, TimeRange::ALL)
            .iter()
            .any(|place| tracepane_analysis::names::reason(trace, place.reason).contains("chan"))
    });
    waiting.next().context("nobody waits")
}

fn escaped(text: &str) -> String {
    text.bytes().fold(String::new(), |mut escaped, byte| {
        let _ = write!(escaped, "%{byte:02X}");
        escaped
    })
}

fn the_help_is_there_before_a_trace() -> Result<()> {
    let (session, server) = page()?;
    session.run("location.hash = '#/help/flight-recorder'")?;
    session.until("document.getElementById('help-flight-recorder')")?;
    session.until(
        "Math.abs(document.getElementById('help-flight-recorder').getBoundingClientRect().top - document.querySelector('.manual-text').getBoundingClientRect().top) < 40",
    )?;
    ensure!(text(&session)?.contains("trace.NewFlightRecorder"));
    session.run("navigator.clipboard.writeText = async (text) => { window.copied = text; }")?;
    session.run("document.querySelector('#help-flight-recorder .snippet button').click()")?;
    session.until("window.copied?.includes('recorder.WriteTo(f)')")?;
    // The colours are the timeline's.
    let colour = session.run(
        "return getComputedStyle(document.querySelector('#help-states .swatch')).backgroundColor",
    )?;
    ensure!(colour == "rgb(31, 138, 76)", "running is {colour}");
    // A trace that is opened is seen.
    open(&session, &corpus("annotate-go1.27"))?;
    ensure!(
        hash(&session)?.starts_with("#/timeline"),
        "{}",
        hash(&session)?
    );
    go(&session, "#/goroutines")?;
    // The timeline is still there, with a link of its own, but not seen.
    session.run(
        "[...document.querySelectorAll('.explain-link')].find((link) => link.offsetParent).click()",
    )?;
    session.until("location.hash === '#/help/groups'")?;
    session.until("document.getElementById('help-groups')")?;
    ensure!(
        server.requests() == ["GET / HTTP/1.1"],
        "{:?}",
        server.requests()
    );
    Ok(())
}
