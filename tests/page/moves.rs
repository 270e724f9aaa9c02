//! Moving on the timeline with pointer, wheel, fingers and keys; marks, the time axis and typed times.

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tracepane_model::{GoroutineIndex, SpanIndex, SpanState, Trace};
use tracepane_tests::web::Session;
use tracepane_timeline::jumps::{Jump, jump};
use tracepane_timeline::{Axis, AxisKind, GUTTER, Hit, Levels, RULER, WallClock};

use super::{Test, corpus, hash, native, open, page};

pub const TESTS: [Test; 8] = [
    (
        "a_drag_moves_and_what_is_thrown_comes_to_rest",
        a_drag_moves_and_what_is_thrown_comes_to_rest,
    ),
    ("fingers_pan_pinch_and_tap", fingers_pan_pinch_and_tap),
    (
        "two_fingers_on_a_trackpad_move_both_ways",
        two_fingers_on_a_trackpad_move_both_ways,
    ),
    (
        "the_minimap_moves_resizes_and_draws_the_frame",
        the_minimap_moves_resizes_and_draws_the_frame,
    ),
    (
        "moves_are_undone_and_done_again",
        moves_are_undone_and_done_again,
    ),
    ("marks_stand_in_the_link", marks_stand_in_the_link),
    (
        "the_axis_shows_the_wall_clock_and_times_are_typed",
        the_axis_shows_the_wall_clock_and_times_are_typed,
    ),
    (
        "jumps_lead_where_the_trace_says",
        jumps_lead_where_the_trace_says,
    ),
];

/// What the timeline shows: from when to when, ns, and how far it is scrolled.
fn seen(session: &Session) -> Result<(f64, f64, f64)> {
    let view = session.run("return window.tracepane.view()")?;
    let number = |key: &str| view[key].as_f64().with_context(|| format!("{view}"));
    Ok((number("start")?, number("end")?, number("scroll")?))
}

fn look(session: &Session, start: f64, end: f64) -> Result<()> {
    session.run(&format!(
        "window.tracepane.look({{start: {start}, end: {end}, scroll: 0}})"
    ))?;
    session.idle()
}

/// Where an element is: left, top, width, height.
fn place(session: &Session, selector: &str) -> Result<[f64; 4]> {
    let found = session.run_with(
        "const r = document.querySelector(arguments[0]).getBoundingClientRect(); return [r.left, r.top, r.width, r.height]",
        vec![selector.into()],
    )?;
    let number = |i: usize| found[i].as_f64().unwrap_or_default();
    Ok([number(0), number(1), number(2), number(3)])
}

#[track_caller]
fn near(what: &str, found: f64, expected: f64, off: f64) -> Result<()> {
    ensure!(
        (found - expected).abs() <= off,
        "{what}: {found} is not {expected} ± {off}"
    );
    Ok(())
}

fn words(session: &Session, selector: &str) -> Result<String> {
    let script = "return document.querySelector(arguments[0])?.textContent ?? ''";
    let found = session.run_with(script, vec![selector.into()])?;
    Ok(found.as_str().unwrap_or_default().to_owned())
}

fn focus(session: &Session) -> Result<()> {
    session.run("document.getElementById('plot').focus()")?;
    Ok(())
}

/// Tells the page of pointer events of fingers, as a screen would: `[type, finger, x, y, wait in ms]`, places from the
/// canvas' top left.
fn fingers(session: &Session, events: &[(&str, i32, f64, f64, u32)]) -> Result<()> {
    pointers(session, "touch", events)
}

/// The same of any kind of pointer. The moments of real ones depend on how busy the machine is.
fn pointers(session: &Session, kind: &str, events: &[(&str, i32, f64, f64, u32)]) -> Result<()> {
    let events: Vec<Value> = events
        .iter()
        .map(|&(kind, id, x, y, wait)| serde_json::json!([kind, id, x, y, wait]))
        .collect();
    session.wait_for(&format!(
        "const plot = document.getElementById('plot');
         const place = plot.getBoundingClientRect();
         for (const [kind, id, x, y, wait] of {}) {{
             if (wait) await new Promise((done) => setTimeout(done, wait));
             plot.dispatchEvent(new PointerEvent('pointer' + kind, {{
                 pointerId: id, pointerType: '{kind}', isPrimary: id === 1, button: kind === 'move' ? -1 : 0,
                 clientX: place.left + x, clientY: place.top + y, bubbles: true, cancelable: true,
             }}));
         }}",
        Value::from(events)
    ))?;
    Ok(())
}

fn a_drag_moves_and_what_is_thrown_comes_to_rest() -> Result<()> {
    let (session, _server) = page()?;
    open(&session, &corpus("http-go1.27"))?;
    look(&session, 60e6, 80e6)?;
    let [left, top, width, _] = place(&session, "#plot")?;
    let per_pixel = 20e6 / (width - GUTTER);
    let (x, y) = (left + GUTTER + 500.0, top + RULER + 200.0);
    // Slowly, with a rest at the end: no throw.
    session.drag((x as i64, y as i64), &[(-60, 0), (-60, 0), (-60, 0)], 400)?;
    session.idle()?;
    let (start, end, scroll) = seen(&session)?;
    near(
        "the start",
        start,
        60e6 + 180.0 * per_pixel,
        3.0 * per_pixel,
    )?;
    near("the width", end - start, 20e6, 2.0)?;
    ensure!(scroll == 0.0, "a drag to the side scrolled the lanes");
    // Let go while it moves: it goes on, and comes to rest by itself.
    let throw = || -> Result<()> {
        look(&session, 60e6, 80e6)?;
        let (x, y) = (GUTTER + 500.0, RULER + 200.0);
        let mut events = vec![("down", 1, x, y, 0)];
        events.extend((1..=6).map(|i| ("move", 1, x - 50.0 * f64::from(i), y, 15)));
        events.push(("up", 1, x - 300.0, y, 0));
        pointers(&session, "mouse", &events)?;
        session.idle()
    };
    throw()?;
    let (thrown, ..) = seen(&session)?;
    ensure!(
        thrown > 60e6 + 330.0 * per_pixel,
        "it stopped at {thrown}, {} pixels on",
        (thrown - 60e6) / per_pixel
    );
    session.wait_for("await new Promise((done) => setTimeout(done, 300))")?;
    ensure!(seen(&session)?.0 == thrown, "it did not come to rest");
    // Who asks for little motion gets none.
    session.run(
        "const real = window.matchMedia.bind(window);
         window.matchMedia = (query) => query.includes('reduced-motion') ? { matches: true } : real(query)",
    )?;
    throw()?;
    let (start, ..) = seen(&session)?;
    near(
        "the start",
        start,
        60e6 + 300.0 * per_pixel,
        3.0 * per_pixel,
    )
}

fn fingers_pan_pinch_and_tap() -> Result<()> {
    let (session, _server) = page()?;
    open(&session, &corpus("http-go1.27"))?;
    look(&session, 60e6, 80e6)?;
    let [_, _, width, _] = place(&session, "#plot")?;
    let axis = width - GUTTER;
    // One finger pans; it rests before it is lifted.
    let (x, y) = (GUTTER + 400.0, RULER + 260.0);
    fingers(
        &session,
        &[
            ("down", 1, x, y, 0),
            ("move", 1, x + 40.0, y + 2.0, 20),
            ("move", 1, x + 100.0, y + 3.0, 20),
            ("up", 1, x + 100.0, y + 3.0, 150),
        ],
    )?;
    session.idle()?;
    let (start, ..) = seen(&session)?;
    near(
        "the start",
        start,
        60e6 - 100.0 * 20e6 / axis,
        2.0 * 20e6 / axis,
    )?;
    // Two spread: what is in their middle stays there.
    look(&session, 60e6, 80e6)?;
    fingers(
        &session,
        &[
            ("down", 1, x, y, 0),
            ("down", 2, x + 100.0, y, 10),
            ("move", 1, x - 50.0, y, 20),
            ("move", 2, x + 150.0, y, 20),
            ("up", 2, x + 150.0, y, 20),
            ("up", 1, x - 50.0, y, 150),
        ],
    )?;
    session.idle()?;
    let (start, end, _) = seen(&session)?;
    near("the width", end - start, 10e6, 1e5)?;
    let middle = |start: f64, end: f64| start + 450.0 / axis * (end - start);
    near(
        "the time between the fingers",
        middle(start, end),
        middle(60e6, 80e6),
        2e5,
    )?;
    // A tap selects, a held finger tells what is there too.
    look(&session, 60e6, 80e6)?;
    let lane = main_lane(&session)?;
    fingers(&session, &[("down", 1, x, lane, 0), ("up", 1, x, lane, 60)])?;
    session.until("location.hash.includes('sel=')")?;
    session.run("document.getElementById('plot').focus()")?;
    session.keys("\u{e00c}")?;
    session.until("!location.hash.includes('sel=')")?;
    fingers(&session, &[("down", 1, x, lane, 600)])?;
    session.until("location.hash.includes('sel=') && document.querySelector('.tooltip')")?;
    fingers(&session, &[("up", 1, x, lane, 0)])
}

/// The middle of the lane of P1, CSS pixels below the canvas' top.
fn main_lane(session: &Session) -> Result<f64> {
    let trace = native(&corpus("http-go1.27"))?;
    let levels = Levels::build(&trace);
    let lanes = tracepane_timeline::Lanes::new(&trace, &levels);
    let lane = lanes
        .place(tracepane_timeline::LaneKind::Goroutine(GoroutineIndex(
            trace
                .goroutines
                .find(tracepane_model::GoroutineId(1))
                .context("G1")?
                .0,
        )))
        .context("its lane")?;
    let (_, _, scroll) = seen(session)?;
    Ok(RULER + lane.top + 10.0 - scroll)
}

fn two_fingers_on_a_trackpad_move_both_ways() -> Result<()> {
    let (session, _server) = page()?;
    open(&session, &corpus("http-go1.27"))?;
    session.run(
        "[...document.querySelectorAll('button')].find((b) => b.textContent === 'Unfold').click()",
    )?;
    session.idle()?;
    look(&session, 60e6, 80e6)?;
    let wheel = |dx: f64, dy: f64, control: bool, times: u32| -> Result<()> {
        session.wait_for(&format!(
            "const plot = document.getElementById('plot');
             const place = plot.getBoundingClientRect();
             await new Promise((done) => setTimeout(done, 250));
             for (let i = 0; i < {times}; i++) {{
                 plot.dispatchEvent(new WheelEvent('wheel', {{
                     deltaX: {dx}, deltaY: {dy}, ctrlKey: {control}, bubbles: true, cancelable: true,
                     clientX: place.left + {GUTTER} + 300, clientY: place.top + 300,
                 }}));
             }}"
        ))?;
        session.idle()
    };
    let [_, _, width, _] = place(&session, "#plot")?;
    let per_pixel = 20e6 / (width - GUTTER);
    wheel(6.0, 4.0, false, 10)?;
    let (start, end, scroll) = seen(&session)?;
    near("the start", start, 60e6 + 60.0 * per_pixel, 2.0)?;
    near("the width", end - start, 20e6, 2.0)?;
    near("the scrolling", scroll, 40.0, 0.5)?;
    // Clearly to the side: the lanes stay.
    wheel(8.0, 1.0, false, 10)?;
    let (start, _, still) = seen(&session)?;
    near("the start", start, 60e6 + 140.0 * per_pixel, 2.0)?;
    near("the scrolling", still, scroll, 0.5)?;
    // A pinch zooms, and so does a wheel.
    wheel(0.0, -8.0, true, 2)?;
    let (start, end, _) = seen(&session)?;
    near("the width", end - start, 20e6 * (-0.2f64).exp(), 5.0)?;
    wheel(0.0, 120.0, false, 1)?;
    let (wider, wider_end, _) = seen(&session)?;
    near(
        "the width",
        wider_end - wider,
        (end - start) * 0.3f64.exp(),
        5.0,
    )
}

fn the_minimap_moves_resizes_and_draws_the_frame() -> Result<()> {
    let (session, _server) = page()?;
    open(&session, &corpus("http-go1.27"))?;
    let last = session.run("return window.tracepane.view().last")?;
    let last = last.as_f64().context("the end")?;
    let [left, top, width, height] = place(&session, ".minimap-surface")?;
    let x_of = |share: f64| (left + width * share).round() as i64;
    let y = (top + height / 2.0) as i64;
    let step = (width * 0.1).round() as i64;
    let off = last * 3.0 / width;
    // A drag where no frame can be grabbed draws one.
    session.drag((x_of(0.2), y), &[(step, 0), (step, 0)], 0)?;
    session.idle()?;
    let (start, end, _) = seen(&session)?;
    near("the drawn start", start, 0.2 * last, off)?;
    near("the drawn end", end, 0.4 * last, off)?;
    // Its picture is there, with room for one as wide as the timeline's.
    let [_, _, shown, _] = place(&session, ".minimap-canvas")?;
    let [_, _, canvas, _] = place(&session, ".minimap-canvas canvas")?;
    let [_, _, plot, _] = place(&session, "#plot")?;
    ensure!(shown == plot && canvas >= plot, "{canvas} {shown} {plot}");
    // Inside it, it is moved.
    session.drag((x_of(0.3), y), &[(step, 0)], 0)?;
    session.idle()?;
    let (start, end, _) = seen(&session)?;
    near("the moved start", start, 0.3 * last, off)?;
    near("the moved end", end, 0.5 * last, off)?;
    // Its right edge.
    session.drag((x_of(0.5), y), &[(step, 0), (step, 0)], 0)?;
    session.idle()?;
    let (start, end, _) = seen(&session)?;
    near("the start that stays", start, 0.3 * last, off)?;
    near("the resized end", end, 0.7 * last, off)?;
    // A click beside it goes there.
    session.click_at(x_of(0.8), y)?;
    session.idle()?;
    let (start, end, _) = seen(&session)?;
    near("the middle", (start + end) / 2.0, 0.8 * last, off)?;
    let [frame, _, wide, _] = place(&session, ".minimap-frame")?;
    near("the frame", frame - left, width * 0.6, 3.0)?;
    near("the frame's width", wide, width * 0.4, 3.0)?;
    // A double click shows all.
    session.run(
        "document.querySelector('.minimap-surface').dispatchEvent(new MouseEvent('dblclick', {bubbles: true}))",
    )?;
    session.idle()?;
    let (start, end, _) = seen(&session)?;
    ensure!((start, end) == (0.0, last), "{start} {end}");
    Ok(())
}

fn moves_are_undone_and_done_again() -> Result<()> {
    let (session, _server) = page()?;
    open(&session, &corpus("http-go1.27"))?;
    let tool = |name: &str| -> Result<bool> {
        let found = session.run_with(
            "return document.querySelector(`[aria-label^='${arguments[0]}']`).disabled",
            vec![name.into()],
        )?;
        Ok(found == true)
    };
    ensure!(tool("Back to the view")? && tool("Forward again")?);
    focus(&session)?;
    let whole = seen(&session)?;
    // Three zooms in a row are one step.
    session.keys("www")?;
    session.idle()?;
    let zoomed = seen(&session)?;
    near(
        "the width",
        zoomed.1 - zoomed.0,
        whole.1 / 1.5f64.powi(3),
        10.0,
    )?;
    session.wait_for("await new Promise((done) => setTimeout(done, 1000))")?;
    session.keys("d")?;
    session.idle()?;
    let panned = seen(&session)?;
    ensure!(panned.0 > zoomed.0);
    session.chord(&['\u{e009}'], 'z')?;
    until_seen(&session, zoomed)?;
    session.chord(&['\u{e009}'], 'z')?;
    until_seen(&session, whole)?;
    ensure!(tool("Back to the view")? && !tool("Forward again")?);
    session.chord(&['\u{e009}'], 'y')?;
    until_seen(&session, zoomed)?;
    session.chord(&['\u{e009}', '\u{e008}'], 'z')?;
    until_seen(&session, panned)?;
    ensure!(!tool("Back to the view")? && tool("Forward again")?);
    // A new move ends what could be done again.
    session.chord(&['\u{e009}'], 'z')?;
    until_seen(&session, zoomed)?;
    session.keys("0")?;
    session.idle()?;
    ensure!(tool("Forward again")? && !tool("Back to the view")?);
    // Another trace has no steps yet.
    open(&session, &corpus("gc-go1.27"))?;
    ensure!(tool("Back to the view")? && tool("Forward again")?);
    Ok(())
}

fn until_seen(session: &Session, (start, end, _): (f64, f64, f64)) -> Result<()> {
    session.until(&format!(
        "Math.abs(window.tracepane.view().start - {start}) < 1 && Math.abs(window.tracepane.view().end - {end}) < 1"
    ))?;
    session.idle()
}

fn marks_stand_in_the_link() -> Result<()> {
    let (session, server) = page()?;
    let file = corpus("http-go1.27");
    open(&session, &file)?;
    look(&session, 60e6, 80e6)?;
    focus(&session)?;
    session.keys("m")?;
    session.until("document.activeElement?.classList.contains('name-field')")?;
    session.wait_for(
        "await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))",
    )?;
    session.keys("<b>a, b@7")?;
    session.keys("\u{e007}")?;
    session.idle()?;
    look(&session, 100e6, 120e6)?;
    session.keys("m")?;
    session.until("document.activeElement?.classList.contains('name-field')")?;
    session.keys("\u{e00c}")?;
    session.idle()?;
    let link = hash(&session)?;
    ensure!(link.contains("marks="), "{link}");
    // Shift-M goes to the next one after the middle: around to the first.
    session.chord(&['\u{e008}'], 'm')?;
    session.idle()?;
    let (start, end, _) = seen(&session)?;
    near("the first mark", (start + end) / 2.0, 70e6, 2.0)?;
    // Elsewhere, by the link alone. The server answers one connection after the other, and a browser keeps some that
    // it does not use: the first one has to go.
    drop(session);
    let other = Session::start(1440, 900, false)?;
    other.go(&format!("{}{link}", server.address()))?;
    other.choose(&file)?;
    other.until("document.querySelector('.tool-count')")?;
    other.idle()?;
    ensure!(words(&other, ".tool-count")? == "2");
    other.run("[...document.querySelectorAll('.tool')].find((b) => b.textContent.startsWith('Marks')).click()")?;
    other.until("document.querySelector('.marks')")?;
    let names = other
        .run("return [...document.querySelectorAll('.mark-name')].map((field) => field.value)")?;
    ensure!(names == serde_json::json!(["<b>a, b@7", "A"]), "{names}");
    let table = words(&other, ".marks")?;
    ensure!(table.contains("40.0 ms"), "the distance: {table}");
    // Renamed and removed in the list, as steps of their own.
    other.run(
        "const field = document.querySelector('.mark-name'); field.value = 'first';
         field.dispatchEvent(new Event('change', {bubbles: true}))",
    )?;
    other.until("location.hash.includes('marks=first%40')")?;
    other.run("document.querySelector('[aria-label=\"Remove mark first\"]').click()")?;
    other.until("location.hash.includes('marks=A%40')")?;
    ensure!(words(&other, ".tool-count")? == "1");
    other.run("history.back()")?;
    other.until("document.querySelector('.tool-count')?.textContent === '2'")
}

/// The wall clock of a trace.
fn clock(trace: &Trace) -> Result<WallClock> {
    WallClock::of(trace).context("a wall clock")
}

fn the_axis_shows_the_wall_clock_and_times_are_typed() -> Result<()> {
    let (session, _server) = page()?;
    let file = corpus("http-go1.27");
    let trace = native(&file)?;
    let clock = clock(&trace)?;
    let axis = Axis {
        kind: AxisKind::Utc,
        clock: Some(&clock),
        ..Axis::default()
    };
    open(&session, &file)?;
    look(&session, 60e6, 80e6)?;
    focus(&session)?;
    // Start, local time, UTC.
    session.keys("y")?;
    session.until("location.hash.includes('axis=local')")?;
    session.keys("y")?;
    session.until("location.hash.includes('axis=utc')")?;
    session.idle()?;
    let shown = words(&session, ".toolbar .range")?;
    let expected = axis.moment(60e6, 20e6).to_string();
    ensure!(shown.contains(&expected), "{shown} lacks {expected}");
    // A log line's time leads there.
    let exact = axis.exact(90e6);
    let typed = exact.trim_end_matches(" UTC");
    session.keys("@")?;
    session.until("document.querySelector('.typed-time input') === document.activeElement")?;
    session.keys(typed)?;
    session.until(&format!(
        "document.getElementById('typed-time-hint').textContent === {}",
        Value::String(exact.clone())
    ))?;
    session.keys("\u{e007}")?;
    session.until("!document.querySelector('.typed-time')")?;
    session.idle()?;
    let (start, end, _) = seen(&session)?;
    near("the middle", (start + end) / 2.0, 90e6, 2.0)?;
    // What is no time of this trace is explained, and nothing moves.
    session.keys("@")?;
    session.until("document.querySelector('.typed-time input') === document.activeElement")?;
    session.keys("99s")?;
    session.keys("\u{e007}")?;
    session.until(
        "document.querySelector('#typed-time-hint.bad')?.textContent.includes('after the trace ends')",
    )?;
    session.keys("\u{e00c}")?;
    session.until("!document.querySelector('.typed-time')")?;
    ensure!(seen(&session)?.0 == start);
    // A trace without a wall clock offers none.
    let (session, _server) = page()?;
    open(&session, &corpus("http-go1.22"))?;
    focus(&session)?;
    session.keys("y")?;
    session.until("document.querySelector('.plot-note')?.textContent.includes('Go 1.25')")?;
    let offered = session.run(
        "return [...document.querySelectorAll('.axis-chooser option')].map((option) => option.disabled)",
    )?;
    ensure!(
        offered == serde_json::json!([false, false, true, true]),
        "{offered}"
    );
    Ok(())
}

fn jumps_lead_where_the_trace_says() -> Result<()> {
    let (session, _server) = page()?;
    let file = corpus("http-go1.27");
    let trace = native(&file)?;
    let levels = Levels::build(&trace);
    let to = |from: u32, to: Jump| match jump(&trace, &levels, Hit::Span(SpanIndex(from)), to) {
        Ok(Hit::Span(span)) => Some(span.0),
        _ => None,
    };
    let forward = true;
    // A wait whose cause has a cause, and that has a later one of its kind.
    let wait = (0..trace.spans.len() as u32)
        .find(|&row| {
            trace.spans.kind(SpanIndex(row)).state() == SpanState::Waiting
                && to(row, Jump::SameKind { forward }).is_some()
                && to(row, Jump::SameGoroutine { forward }).is_some()
                && to(row, Jump::Cause).is_some_and(|by| to(by, Jump::Cause).is_some())
        })
        .context("such a wait")?;
    open(&session, &file)?;
    focus(&session)?;
    // Nothing is selected yet: it says so.
    session.keys("j")?;
    session.until(
        "document.querySelector('.plot-note')?.textContent.startsWith('Select something')",
    )?;
    let select = |row: u32| -> Result<()> {
        session.run(&format!("location.hash = '#/timeline?sel=span:{row}'"))?;
        session.until(&format!(
            "location.hash.endsWith('sel=span:{row}') && document.querySelector('.details-title')"
        ))?;
        session.idle()?;
        focus(&session)
    };
    let leads = |row: Option<u32>| -> Result<()> {
        let row = row.context("a jump that leads somewhere")?;
        session
            .until(&format!("/sel=span:{row}(&|$)/.test(location.hash)"))
            .with_context(|| format!("to {row}"))?;
        session.idle()
    };
    select(wait)?;
    session.keys("j")?;
    leads(to(wait, Jump::SameKind { forward }))?;
    session.chord(&['\u{e008}'], 'j')?;
    leads(Some(wait))?;
    session.keys("b")?;
    leads(to(wait, Jump::SameGoroutine { forward }))?;
    select(wait)?;
    session.keys("u")?;
    let first = to(wait, Jump::Cause);
    leads(first)?;
    session.keys("u")?;
    leads(first.and_then(|by| to(by, Jump::Cause)))?;
    session
        .until("document.querySelector('.trail')?.textContent.startsWith('Followed 2 steps')")?;
    session.run("document.querySelector('.trail button').click()")?;
    leads(first)?;
    session.run("document.querySelector('.trail button').click()")?;
    leads(Some(wait))?;
    session.until("!document.querySelector('.trail')")?;
    // The life of its goroutine.
    session.chord(&['\u{e008}'], 'f')?;
    session.idle()?;
    let goroutine = trace.goroutines.row(trace.spans.goroutine(SpanIndex(wait)));
    let (start, end, _) = seen(&session)?;
    ensure!(start <= goroutine.created.0 as f64);
    ensure!(end >= goroutine.ended.unwrap_or(trace.end).0 as f64);
    // The end of the lane is said.
    let last = (0..trace.spans.len() as u32)
        .rev()
        .find(|&row| to(row, Jump::SameKind { forward }).is_none() && row != wait)
        .context("the last of its kind")?;
    select(last)?;
    session.keys("j")?;
    session.until("document.querySelector('.plot-note')?.textContent.includes('no later one')")?;
    session.until("document.querySelector('[role=status]').textContent.includes('no later one')")
}
