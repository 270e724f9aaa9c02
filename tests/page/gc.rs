//! Garbage collection, minimum mutator utilization, and the scheduler.

use anyhow::{Context, Result, ensure};
use tracepane_analysis::scope::Scope;
use tracepane_analysis::{
    GcTrigger, Mmu, UtilizationFlags, UtilizationRules, format, gc_cycles, latencies, mmu, pauses,
    utilization,
};
use tracepane_model::Nanos;
use tracepane_tests::web::Session;

use super::{Test, corpus, native, open, page};

pub const TESTS: [Test; 4] = [
    (
        "gc_cycles_lead_to_the_timeline",
        gc_cycles_lead_to_the_timeline,
    ),
    (
        "a_crosshair_reads_mutator_utilization",
        a_crosshair_reads_mutator_utilization,
    ),
    (
        "flags_of_mutator_utilization_are_in_the_address",
        flags_of_mutator_utilization_are_in_the_address,
    ),
    (
        "the_scheduler_tells_its_latency",
        the_scheduler_tells_its_latency,
    ),
];

fn go(session: &Session, address: &str) -> Result<()> {
    session.run_with("location.hash = arguments[0]", vec![address.into()])?;
    session.idle()
}

/// The facts above a view, as lines of label and value.
fn facts(session: &Session) -> Result<String> {
    session.string(
        "[...document.querySelectorAll('.tiles .facts > div')]
            .map(fact => fact.querySelector('dt').textContent + ': ' + fact.querySelector('dd').textContent)
            .join('\\n')",
    )
}

/// The texts of a table's cells, row by row.
fn rows(session: &Session) -> Result<Vec<Vec<String>>> {
    let found = session.run(
        "return [...document.querySelectorAll('.table tbody tr:not(.space)')]
            .map(row => [...row.cells].map(cell => cell.textContent))",
    )?;
    Ok(serde_json::from_value(found)?)
}

fn gc_cycles_lead_to_the_timeline() -> Result<()> {
    let (session, _server) = page()?;
    let file = corpus("gc-go1.27");
    let trace = native(&file)?;
    let cycles = gc_cycles(&trace);
    open(&session, &file)?;
    go(&session, "#/gc")?;

    let says = facts(&session)?;
    let longest = cycles.rows.iter().map(|cycle| cycle.length()).max();
    let longest = longest.context("no cycle")?;
    for expected in [
        format!("Cycles: {}", cycles.rows.len()),
        format!("Longest cycle: {}", format::duration(longest)),
    ] {
        ensure!(says.contains(&expected), "no {expected:?} in {says}");
    }
    let charts =
        session.run("return document.querySelectorAll('.chart-area, .chart-line').length")?;
    ensure!(charts.as_u64() == Some(7), "{charts} lines and areas");
    let marks = session.run("return document.querySelectorAll('.chart-mark').length")?;
    ensure!(
        marks.as_u64() == Some(2 * cycles.rows.len() as u64),
        "{marks} marks"
    );

    let found = rows(&session)?;
    ensure!(found.len() == cycles.rows.len(), "{found:?}");
    for (row, cycle) in found.iter().zip(&cycles.rows) {
        ensure!(row[0] == format::duration(cycle.start), "{row:?}");
        ensure!(row[1] == format::duration(cycle.length()), "{row:?}");
        ensure!(cycle.trigger == GcTrigger::HeapSize && row[2] == "heap size");
    }
    session.run("document.querySelectorAll('.table tbody a')[2].click()")?;
    session.idle()?;
    let hash = session.hash()?;
    let selected = format!("sel=range:{}", cycles.rows[2].range);
    ensure!(
        hash.starts_with("#/timeline") && hash.contains(&selected),
        "{hash}"
    );

    // The pauses, and whose work the assists were.
    go(&session, "#/gc/pauses")?;
    let all = pauses(&trace, &Scope::ALL);
    let listed = session.string("document.querySelector('.listing').innerText")?;
    for kind in &all.kinds {
        let name = trace.strings.get(kind.kind);
        ensure!(listed.contains(name), "no {name:?} in {listed}");
    }
    ensure!(rows(&session)?.len() == all.rows.len());
    go(&session, "#/gc/assists")?;
    let found = rows(&session)?;
    ensure!(found.len() == cycles.assists_by_group.len(), "{found:?}");
    let most = cycles.assists_by_group[0].1;
    ensure!(found[0][1] == format::duration(most.time), "{found:?}");
    Ok(())
}

/// What the crosshair of a chart says.
fn crosshair(session: &Session) -> Result<String> {
    session.string("document.querySelector('.chart-plot').getAttribute('aria-valuetext')")
}

fn a_crosshair_reads_mutator_utilization() -> Result<()> {
    let (session, _server) = page()?;
    let file = corpus("http-go1.27");
    let trace = native(&file)?;
    open(&session, &file)?;
    go(&session, "#/gc/mmu?percentiles=1")?;
    let functions = utilization(&trace, UtilizationFlags::default(), UtilizationRules::Right);
    let known = Mmu::new(&functions);
    let curve = known.curve(true, UtilizationRules::Right);

    // With the keys, from the left end.
    session.run("document.querySelector('.chart-plot').focus()")?;
    session.keys("\u{e011}")?;
    for _ in 0..40 {
        session.keys("\u{e014}")?;
    }
    let point = curve[40];
    let [p999, p99, p95] = point.percentiles.context("no percentiles")?;
    let percent = |part: f64| format!("{:.1} %", part * 100.0);
    let parts = [p95, p99, p999, point.min].map(percent).join(", ");
    let expected = format!("{}: {parts}", format::duration(point.window));
    let says = crosshair(&session)?;
    ensure!(says == expected, "{says} is not {expected}");

    // Enter chooses the window; its worst ones lead to the timeline.
    session.keys("\u{e007}")?;
    session.idle()?;
    let hash = session.hash()?;
    ensure!(
        hash.ends_with(&format!("&window={}", point.window.0)),
        "{hash}"
    );
    let worst = known.worst(point.window, mmu::WORST_WINDOWS);
    let listed = session.run(
        "return [...document.querySelectorAll('.worst tbody tr')]
            .map(row => [...row.cells].map(cell => cell.textContent.trim()))",
    )?;
    let listed: Vec<Vec<String>> = serde_json::from_value(listed)?;
    let expected: Vec<Vec<String>> = worst
        .iter()
        .map(|window| vec![percent(window.part), format::duration(window.time)])
        .collect();
    ensure!(listed == expected, "{listed:?} is not {expected:?}");
    session.run("document.querySelector('.worst a').click()")?;
    session.idle()?;
    let view = session.run("return window.tracepane.view()")?;
    let number = |key: &str| view[key].as_f64().unwrap_or(f64::NAN);
    let (start, end) = (number("start"), number("end"));
    let (from, length) = (worst[0].time.0 as f64, point.window.0 as f64);
    ensure!(start <= from && end >= from + length, "{start} to {end}");
    ensure!(end - start < 1.5 * length, "{start} to {end}");
    Ok(())
}

fn flags_of_mutator_utilization_are_in_the_address() -> Result<()> {
    let (session, _server) = page()?;
    let file = corpus("gc-go1.27");
    let trace = native(&file)?;
    open(&session, &file)?;
    go(&session, "#/gc/mmu")?;
    let click = |label: &str| -> Result<()> {
        session.run_with(
            "[...document.querySelectorAll('.controls label, .controls button')]
                .find(control => control.textContent.trim() === arguments[0])
                .click()",
            vec![label.into()],
        )?;
        session.idle()
    };
    click("Sweeping")?;
    click("Per proc")?;
    click("As go tool trace counts")?;
    let hash = session.hash()?;
    ensure!(
        hash == "#/gc/mmu?count=stw,background,assist,sweep&perproc=1&gotool=1",
        "{hash}"
    );
    let flags = UtilizationFlags {
        sweep: true,
        per_proc: true,
        ..UtilizationFlags::default()
    };
    let rules = UtilizationRules::AsGoToolTrace;
    let known = Mmu::new(&utilization(&trace, flags, rules));
    let last = known.curve(false, rules).pop().context("no curve")?;
    session.run("document.querySelector('.chart-plot').focus()")?;
    session.keys("\u{e010}")?;
    let says = crosshair(&session)?;
    let expected = format!(
        "{}: {:.1} %",
        format::duration(last.window),
        last.min * 100.0
    );
    ensure!(says == expected, "{says} is not {expected}");
    let procs = session.string("document.querySelector('.worst tbody tr').innerText")?;
    ensure!(procs.contains("Proc "), "{procs}");
    Ok(())
}

fn the_scheduler_tells_its_latency() -> Result<()> {
    let (session, _server) = page()?;
    let file = corpus("http-go1.27");
    let trace = native(&file)?;
    let known = latencies(&trace, &Scope::ALL);
    open(&session, &file)?;
    go(&session, "#/scheduler")?;
    let says = facts(&session)?;
    let of = |label: &str, nanos: Nanos| format!("{label}: {}", format::duration(nanos));
    for expected in [
        format!("Waits for a proc: {}", format::count(known.all.count)),
        of("Median", known.all.p50),
        of("p90", known.all.p90),
        of("p99", known.all.p99),
        of("p99.9", known.all.p999),
        of("Longest", known.all.longest),
        "Procs: 4".to_owned(),
    ] {
        ensure!(says.contains(&expected), "no {expected:?} in {says}");
    }
    let found = rows(&session)?;
    let worst_group = &known.groups[0];
    let name = trace.goroutines.groups[worst_group.group.0 as usize];
    ensure!(found[0][0] == trace.strings.get(name), "{:?}", found[0]);
    ensure!(
        found[0][2] == format::duration(worst_group.latency.total),
        "{:?}",
        found[0]
    );
    let procs =
        session.run("return document.querySelectorAll('.procs .listing tbody tr').length")?;
    ensure!(procs.as_u64() == Some(4), "{procs} procs");

    go(&session, "#/scheduler/worst")?;
    let found = rows(&session)?;
    ensure!(
        found[0][0] == format::duration(known.worst[0].length),
        "{:?}",
        found[0]
    );
    session.run("document.querySelector('.table tbody a').click()")?;
    session.idle()?;
    let hash = session.hash()?;
    let selected = format!("sel=span:{}", known.worst[0].span.0);
    ensure!(
        hash.starts_with("#/timeline") && hash.contains(&selected),
        "{hash}"
    );
    Ok(())
}
