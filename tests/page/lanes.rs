//! Lanes as the user wants them: pinned, hidden, dragged, sorted, filtered, with stacks below; by pointer, keys, links.

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tracepane_model::{GoroutineIndex, SpanIndex, Trace};
use tracepane_tests::web::Session;
use tracepane_timeline::flames::{Flames, Reader};
use tracepane_timeline::lanes::{BAR, FRAME_ROW, Lane, Sort, name_of};
use tracepane_timeline::{GUTTER, LaneKind, Lanes, Levels, RULER};

use super::{Test, corpus, hash, native, open, page, press};

pub const TESTS: [Test; 5] = [
    (
        "lanes_are_pinned_hidden_and_dragged",
        lanes_are_pinned_hidden_and_dragged,
    ),
    ("a_lane_has_a_menu", a_lane_has_a_menu),
    (
        "lanes_are_sorted_and_filtered",
        lanes_are_sorted_and_filtered,
    ),
    (
        "stacks_stand_below_a_goroutine",
        stacks_stand_below_a_goroutine,
    ),
    (
        "arrows_lead_to_their_other_end",
        arrows_lead_to_their_other_end,
    ),
];

const SHIFT: char = '\u{e008}';
const F10: char = '\u{e03a}';
const ESCAPE: &str = "\u{e00c}";
const DOWN: &str = "\u{e015}";
const ENTER: &str = "\u{e007}";

/// Where the canvas is on the page, and how wide.
fn canvas(session: &Session) -> Result<(f64, f64, f64)> {
    let place = session.run(
        "const r = document.querySelector('#canvas-holder').getBoundingClientRect(); return [r.left, r.top, r.width]",
    )?;
    let number = |i: usize| place[i].as_f64().context("a place");
    Ok((number(0)?, number(1)?, number(2)?))
}

/// The middle of a lane's name, on the page.
fn name(session: &Session, lanes: &Lanes, lane: Lane) -> Result<(i64, i64)> {
    let (left, top, _) = canvas(session)?;
    let band = if lane.pinned {
        0.0
    } else {
        lanes.band_height()
    };
    let y = top + RULER + band + lane.top + lane.height.min(BAR) / 2.0;
    Ok((left as i64 + 80, y as i64))
}

/// Waits until the address contains a text, and the page rests.
fn until_address(session: &Session, text: &str) -> Result<()> {
    let text = Value::String(text.into());
    let condition = format!("decodeURIComponent(location.hash).includes({text})");
    let found = session.until(&condition);
    found.with_context(|| format!("no {text} in {}", hash(session).unwrap_or_default()))?;
    session.idle()
}

fn until_not_in_address(session: &Session, text: &str) -> Result<()> {
    let text = Value::String(text.into());
    session.until(&format!("!location.hash.includes({text})"))?;
    session.idle()
}

fn place(lanes: &Lanes, kind: LaneKind) -> Result<Lane> {
    lanes
        .place(kind)
        .with_context(|| format!("{kind:?} is not there"))
}

fn lanes_are_pinned_hidden_and_dragged() -> Result<()> {
    let (session, _server) = page()?;
    let file = corpus("http-go1.27");
    let trace = native(&file)?;
    let levels = Levels::build(&trace);
    let mut lanes = Lanes::new(&trace, &levels);
    open(&session, &file)?;
    let procs: Vec<LaneKind> = lanes.procs().iter().map(|&p| LaneKind::Proc(p)).collect();
    ensure!(procs.len() >= 3, "too few procs");
    // Pinned by the key, pointing at its name; the others close ranks below it.
    let (x, y) = name(&session, &lanes, place(&lanes, procs[1])?)?;
    session.point(x, y)?;
    session.keys("x")?;
    until_address(&session, "pin=p1")?;
    lanes.pin(&trace, procs[1], true);
    // By the sign in its name.
    let (x, y) = name(&session, &lanes, place(&lanes, LaneKind::Heap)?)?;
    session.click_at(x - 80 + GUTTER as i64 - 15, y)?;
    until_address(&session, "pin=p1.heap")?;
    lanes.pin(&trace, LaneKind::Heap, true);
    // Pinned lanes change their order by being dragged.
    let (x, y) = name(&session, &lanes, place(&lanes, LaneKind::Heap)?)?;
    session.drag((x, y), &[(0, -6), (0, -6), (0, -12)], 300)?;
    until_address(&session, "pin=heap.p1")?;
    lanes.move_lane(&trace, LaneKind::Heap, Some(procs[1]));
    // So do the others: the first proc goes behind the last.
    let (x, y) = name(&session, &lanes, place(&lanes, procs[0])?)?;
    let below = (procs.len() as i64 - 1) * BAR as i64;
    session.drag((x, y), &[(0, 8), (0, below - 16), (0, 16)], 300)?;
    until_address(&session, "move=p0~")?;
    lanes.move_lane(&trace, procs[0], None);
    ensure!(lanes.procs().last().map(|&p| LaneKind::Proc(p)) == Some(procs[0]));
    // What is hidden leaves a way back.
    let (x, y) = name(&session, &lanes, place(&lanes, procs[2])?)?;
    session.point(x, y)?;
    session.chord(&[SHIFT], 'x')?;
    until_address(&session, "hide=p2")?;
    press(&session, "1 hidden · Show")?;
    until_not_in_address(&session, "hide=")?;
    // The link brings the rest back.
    let address = session.string("location.href")?;
    session.go("about:blank")?;
    session.go(&address)?;
    session.choose(&file)?;
    session.until("document.querySelector('nav.tabs')")?;
    session.idle()?;
    until_address(&session, "pin=heap.p1")?;
    let (x, y) = name(&session, &lanes, place(&lanes, procs[1])?)?;
    session.point(x, y)?;
    session.keys("x")?;
    until_not_in_address(&session, ".p1")?;
    let now = hash(&session)?;
    ensure!(
        now.contains("pin=heap") && now.contains("move=p0~"),
        "{now}"
    );
    Ok(())
}

/// A right click: what the browser makes of one.
fn context_click(session: &Session, (x, y): (i64, i64)) -> Result<()> {
    session.run_with(
        "document.elementFromPoint(arguments[0], arguments[1]).dispatchEvent(new MouseEvent('contextmenu', \
         {clientX: arguments[0], clientY: arguments[1], bubbles: true, cancelable: true, button: 2}))",
        vec![x.into(), y.into()],
    )?;
    session.until("document.querySelector('[role=menu] button:focus')")
}

/// The items of the menu that is open.
fn items(session: &Session) -> Result<String> {
    session.string("[...document.querySelectorAll('[role=menu] .menu-text')].map((e) => e.textContent).join('|')")
}

fn a_lane_has_a_menu() -> Result<()> {
    let (session, _server) = page()?;
    let file = corpus("http-go1.27");
    let trace = native(&file)?;
    let lanes = Lanes::new(&trace, &Levels::build(&trace));
    open(&session, &file)?;
    let proc = place(&lanes, LaneKind::Proc(lanes.procs()[0]))?;
    let at = name(&session, &lanes, proc)?;
    context_click(&session, at)?;
    let shown = items(&session)?;
    ensure!(shown == "Pin|Hide|Copy name", "{shown}");
    // Keys go through it, and none of them moves the timeline.
    session.keys("w")?;
    session.keys(DOWN)?;
    session.keys(ENTER)?;
    until_address(&session, "hide=p0")?;
    ensure!(!hash(&session)?.contains("start="), "{}", hash(&session)?);
    press(&session, "1 hidden · Show")?;
    // A goroutine's has more, and is called by keys for what is selected.
    let goroutine = lanes
        .visible(0.0, lanes.total_height())
        .find(|lane| matches!(lane.kind, LaneKind::Goroutine(_)))
        .context("a goroutine")?;
    let (x, y) = name(&session, &lanes, goroutine)?;
    session.click_at(x, y)?;
    until_address(&session, "sel=goroutine:")?;
    session.point(x + 600, y)?;
    session.chord(&[SHIFT], F10)?;
    session.until("document.querySelector('[role=menu] button:focus')")?;
    let shown = items(&session)?;
    for wanted in [
        "Regions and stacks over time",
        "Show only this group",
        "Zoom to its life",
    ] {
        ensure!(shown.contains(wanted), "{shown}");
    }
    session.keys(ESCAPE)?;
    session.until("!document.querySelector('[role=menu]')")?;
    ensure!(
        hash(&session)?.contains("sel=goroutine:"),
        "Escape closes only the menu"
    );
    context_click(&session, (x, y))?;
    press(&session, "Show only this group")?;
    until_address(&session, "lanes=group:")
}

fn lanes_are_sorted_and_filtered() -> Result<()> {
    let (session, _server) = page()?;
    let file = corpus("http-go1.27");
    let trace = native(&file)?;
    let levels = Levels::build(&trace);
    let mut lanes = Lanes::new(&trace, &levels);
    open(&session, &file)?;
    press(&session, "Lanes ▾")?;
    session.until("document.querySelector('[role=menu] button:focus')")?;
    press(&session, "Time running")?;
    until_address(&session, "order=running")?;
    lanes.sort(&trace, Sort::Running);
    let group = lanes
        .visible(0.0, lanes.total_height())
        .find(|lane| matches!(lane.kind, LaneKind::Group(_) | LaneKind::Goroutine(_)))
        .context("a group")?;
    let (x, y) = name(&session, &lanes, group)?;
    context_click(&session, (x, y))?;
    let title = session.string("document.querySelector('.menu-title').textContent")?;
    let expected = match group.kind {
        LaneKind::Group(group) => trace.goroutines.groups[group.0 as usize],
        LaneKind::Goroutine(g) => trace.goroutines.row(g).name,
        other => anyhow::bail!("{other:?}"),
    };
    let expected = trace.strings.get(expected);
    ensure!(title.contains(expected), "{title} is not {expected}");
    session.keys(ESCAPE)?;
    session.until("!document.querySelector('[role=menu]')")?;
    // The key leads into the filter; what is typed there stands in the address.
    session.keys("i")?;
    session.until("document.activeElement.id === 'lane-filter'")?;
    session.keys("runnable > 1us")?;
    until_address(&session, "lanes=runnable > 1us")?;
    session.keys(ESCAPE)?;
    session.run("history.pushState(null, '', '#/timeline'); dispatchEvent(new PopStateEvent('popstate', {state: null}))")?;
    session.idle()?;
    session.until("document.querySelector('#lane-filter').value === ''")
}

/// A goroutine without regions whose stack is known for most of the trace, and a moment at which it is.
fn with_stack(trace: &Trace, levels: &Levels) -> Option<(GoroutineIndex, usize, f64)> {
    let all = (0..trace.goroutines.len() as u32).map(GoroutineIndex);
    all.filter(|&g| trace.regions.iter().all(|region| region.goroutine != g))
        .find_map(|g| {
            let reader = Reader::new(trace, levels, g);
            let rows = trace.goroutines.spans(g);
            let wide = (0..rows.len()).find(|&place| {
                let start = trace.spans.start(SpanIndex(rows[place])).0;
                let end = trace.span_end(SpanIndex(rows[place])).0;
                (end - start) * 3 > trace.end.0 && reader.span(place).path.depth > 1
            })?;
            let start = trace.spans.start(SpanIndex(rows[wide])).0;
            let end = trace.span_end(SpanIndex(rows[wide])).0;
            let middle = (start + end) as f64 / 2.0;
            (Flames::new(trace, levels, g).rows() > 1).then_some((g, wide, middle))
        })
}

fn stacks_stand_below_a_goroutine() -> Result<()> {
    let (session, _server) = page()?;
    let file = corpus("http-go1.27");
    let trace = native(&file)?;
    let levels = Levels::build(&trace);
    let (g, place_of, time) = with_stack(&trace, &levels).context("a goroutine with a stack")?;
    let kind = LaneKind::Goroutine(g);
    let lane = name_of(&trace, kind).context("its name")?;
    open(&session, &file)?;
    // A link with it pinned: it stands on top.
    let address = format!("#/timeline?pin={lane}&color=function");
    session.run_with("location.hash = arguments[0]", vec![address.into()])?;
    until_address(&session, &format!("pin={lane}"))?;
    let mut lanes = Lanes::new(&trace, &levels);
    lanes.pin(&trace, kind, true);
    let (x, y) = name(&session, &lanes, place(&lanes, kind)?)?;
    session.point(x, y)?;
    session.keys("v")?;
    until_address(&session, &format!("stacks={lane}"))?;
    let now = hash(&session)?;
    ensure!(now.contains("color=function"), "{now}");
    // A click on its root frame selects the span; the tooltip names the function.
    let (left, top, width) = canvas(&session)?;
    let x = left + GUTTER + (width - GUTTER) * time / trace.end.0 as f64;
    let y = top + RULER + BAR + 3.0 + FRAME_ROW / 2.0;
    session.point(x as i64, y as i64)?;
    session.until("document.querySelector('.tooltip-title')")?;
    let said = session.string("document.querySelector('.tooltip-title').textContent")?;
    let reader = Reader::new(&trace, &levels, g);
    let root = reader
        .span(place_of)
        .path
        .function(&trace, 0)
        .context("a root")?;
    ensure!(said == trace.strings.get(root), "{said}");
    session.click_at(x as i64, y as i64)?;
    let row = trace.goroutines.spans(g)[place_of];
    until_address(&session, &format!("sel=span:{row}"))?;
    session.keys("c")?;
    until_not_in_address(&session, "color=")
}

fn arrows_lead_to_their_other_end() -> Result<()> {
    let (session, _server) = page()?;
    let file = corpus("annotate-go1.27");
    let trace = native(&file)?;
    open(&session, &file)?;
    // A goroutine that another one created, in lanes of its own: the arrow comes from below.
    let (row, by) = trace
        .goroutines
        .rows
        .iter()
        .find_map(|row| (row.creation_seen && row.creator.is_some()).then_some((row, row.creator)))
        .context("a creation")?;
    let g = trace.goroutines.find(row.id).context("itself")?;
    let first = trace.goroutines.spans(g)[0];
    let (id, creator) = (row.id, trace.goroutines.row(by).id);
    let name = name_of(&trace, LaneKind::Goroutine(by)).context("a name")?;
    let own = name_of(&trace, LaneKind::Goroutine(g)).context("a name")?;
    let (start, end) = (row.created.0 - 2000, row.created.0 + 2000);
    let address = format!("#/timeline?start={start}&end={end}&sel=span:{first}&pin={name}.{own}");
    session.run_with("location.hash = arguments[0]", vec![address.into()])?;
    until_address(&session, &format!("pin={name}"))?;
    session.until("document.querySelector('.details-title')")?;
    session.idle()?;
    // Both are pinned, the creator above: between their bars there is nothing but the arrow.
    let (left, top, width) = canvas(&session)?;
    let x = left + GUTTER + (width - GUTTER) / 2.0;
    let y = top + RULER + BAR - 1.0;
    session.point(x as i64, y as i64)?;
    session.until("document.querySelector('.tooltip-title')")?;
    let said = session.string("document.querySelector('.tooltip-title').textContent")?;
    ensure!(
        said.contains(" created ")
            && said.contains(&format!("G{creator}"))
            && said.contains(&format!("G{id}")),
        "{said}"
    );
    session.click_at(x as i64, y as i64)?;
    session.until(&format!("!location.hash.includes('sel=span:{first}')"))?;
    let now = hash(&session)?;
    let selected = now.split("sel=span:").nth(1).context("a span")?;
    let selected: u32 = selected.split('&').next().unwrap_or_default().parse()?;
    ensure!(trace.spans.goroutine(SpanIndex(selected)) == by, "{now}");
    Ok(())
}
