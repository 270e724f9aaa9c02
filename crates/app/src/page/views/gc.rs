//! Garbage collection: the heap over time and the cycles, the pauses, who had to help.

use leptos::prelude::*;
use tracepane_timeline::View;

use crate::address::{Address, Order};
use crate::page::app::App;
use crate::page::history::Entry;
use crate::page::widgets::chart::{Plot, chart};
use crate::page::widgets::explain::explain;
use crate::page::widgets::facts::facts;
use crate::page::widgets::histogram::{Bars, histogram};
use crate::page::widgets::listing::listing;
use crate::page::widgets::stack::{hint, stack_of_row};
use crate::page::widgets::table::{TableState, filter, table};
use crate::protocol::{Answer, Ask, Chart, GcPage, GcPart, Histogram, MmuOf, PauseKinds, Row};

/// The view.
pub fn gc(app: App, part: GcPart) -> AnyView {
    match part {
        GcPart::Cycles => cycles(app),
        GcPart::Pauses => pauses(app),
        GcPart::Assists => assists(app),
    }
}

/// The head of each part.
pub fn head(app: App, filtered: Option<&'static str>) -> AnyView {
    let part = |part| Address::Gc {
        part,
        order: Order::default(),
    };
    let mmu = Address::Mmu {
        of: MmuOf::default(),
        window: None,
    };
    let segments = [
        ("Cycles", part(GcPart::Cycles)),
        ("Pauses", part(GcPart::Pauses)),
        ("Assists", part(GcPart::Assists)),
        ("Utilization", mmu),
    ];
    view! {
        <div class="page-head">
            <h1 class="title">"Garbage collection"</h1>
            {explain(app, "gc")}
            <nav class="segments" aria-label="Parts">
                {segments.map(|(title, to)| segment(app, title, to)).collect_view()}
            </nav>
            <span class="grow"></span>
            {filtered.map(|label| filter(app, label))}
        </div>
    }
    .into_any()
}

/// A link to a part of a view, marked while that is shown.
pub fn segment(app: App, title: &'static str, to: Address) -> AnyView {
    let same = {
        let to = to.clone();
        Memo::new(move |_| {
            app.address.with(|now| match (now, &to) {
                (Address::Gc { part: now, .. }, Address::Gc { part, .. }) => now == part,
                (Address::Mmu { .. }, Address::Mmu { .. }) => true,
                (Address::Scheduler { part: now, .. }, Address::Scheduler { part, .. }) => {
                    now == part
                }
                _ => false,
            })
        })
    };
    view! {
        <a
            class="segment"
            href=app.href(&to)
            aria-current=move || same.get().then_some("page")
            on:click=move |event| {
                event.prevent_default();
                app.go(to.clone(), Entry::Push);
            }
        >
            {title}
        </a>
    }
    .into_any()
}

fn cycles(app: App) -> AnyView {
    let page = RwSignal::new(None::<GcPage>);
    app.ask(Ask::Gc, move |answer| {
        if let Ok(Answer::Gc(answer)) = answer {
            // The view may be gone.
            page.try_set(Some(*answer));
        }
    });
    let state = TableState::new(app);
    state.fill_box();
    let opens = move |_: u32, row: &Row| {
        if let Some(to) = row.cells.iter().find_map(|cell| cell.link.clone()) {
            app.follow_link(&to);
        }
    };
    let of = move |which: fn(&GcPage) -> &Chart| {
        Signal::derive(move || {
            page.with(|page| page.as_ref().map(|page| which(page).clone()))
                .unwrap_or_default()
        })
    };
    let (heap, share) = (of(|page| &page.heap), of(|page| &page.share));
    let at = RwSignal::new(None);
    let there = |of: &Chart| {
        of.series
            .iter()
            .any(|series| series.values.iter().any(Option::is_some))
    };
    let charts = move || {
        page.with(Option::is_some).then(|| {
            let none = Signal::derive(|| None);
            let show = move |label, of: Signal<Chart>| {
                let choose = Callback::new(move |point| to_timeline(app, of, point));
                of.with_untracked(there).then(|| {
                    chart(Plot {
                        label,
                        of,
                        at,
                        chosen: none,
                        choose: Some(choose),
                        large: false,
                    })
                })
            };
            view! {
                <div class="charts">
                    {show("Heap", heap)}
                    {show("The GC's share of all procs", share)}
                </div>
            }
        })
    };
    view! {
        <section class="page scrolls" aria-label="Garbage collection">
            {head(app, Some("Filter cycles"))}
            <div class="tiles">
                {move || page.with(|page| page.as_ref().map(|page| facts(app, page.facts.clone())))}
            </div>
            {charts}
            <div class="table-box" style:height=move || state.box_height()>
                {table(state, "Cycles", opens)}
            </div>
        </section>
    }
    .into_any()
}

/// Shows the moment of a point of a chart on the timeline, with what is around it.
pub fn to_timeline(app: App, of: Signal<Chart>, point: usize) {
    let range = of.with_untracked(|of| {
        let start = *of.at.get(point)?;
        let end = of.at.get(point + 1).copied().unwrap_or(of.end);
        Some((start, end))
    });
    if let Some((start, end)) = range {
        let around = (end - start) * 10.0;
        app.go(exactly(app, start - around, end + around), Entry::Push);
    }
}

/// The timeline with this stretch of time and hardly more.
pub fn exactly(app: App, start: f64, end: f64) -> Address {
    Address::Timeline(app.timeline_at(View::fit(start, end, app.limits()), None))
}

fn pauses(app: App) -> AnyView {
    let known = RwSignal::new(None::<PauseKinds>);
    app.ask(Ask::PauseKinds, move |answer| {
        if let Ok(Answer::PauseKinds(answer)) = answer {
            known.try_set(Some(*answer));
        }
    });
    let state = TableState::new(app);
    let opens = move |row: u32, _: &Row| state.active.set(Some(row));
    view! {
        <section class="page wide" aria-label="Stop-the-world pauses">
            {head(app, Some("Filter pauses"))}
            {move || known.get().map(|known| pause_kinds(app, known))}
            <div class="split">
                {table(state, "Pauses", opens)}
                {stack_of_row(state, "Pause", || {
                    hint(
                        "While the world is stopped no goroutine runs. Choose a pause to see where it was called for.",
                    )
                })}
            </div>
        </section>
    }
    .into_any()
}

/// The kinds of pauses with their numbers, and how long they are.
pub fn pause_kinds(app: App, known: PauseKinds) -> AnyView {
    let PauseKinds { kinds, lengths } = known;
    if kinds.rows.is_empty() {
        return ().into_any();
    }
    let shown = RwSignal::new(0usize);
    let titles: Vec<String> = lengths.iter().map(|(title, _)| title.clone()).collect();
    let options = titles
        .into_iter()
        .enumerate()
        .map(|(i, title)| view! { <option value=i.to_string()>{title}</option> }.into_any());
    let bars: Vec<Histogram> = lengths.into_iter().map(|(_, bars)| bars).collect();
    let of = Signal::derive(move || bars.get(shown.get()).cloned().unwrap_or_default());
    view! {
        <div class="halves">
            {listing(app, "Stop-the-world pauses", kinds)}
            <section class="half">
                <div class="half-head">
                    <h2>"How long they are"</h2>
                    <select
                        class="input"
                        aria-label="Which pauses"
                        on:change:target=move |event| {
                            shown.set(event.target().value().parse().unwrap_or(0));
                        }
                    >
                        {options.collect_view()}
                    </select>
                </div>
                {histogram(Bars {
                    label: "How many pauses are how long",
                    of,
                    chosen: Signal::derive(|| None),
                    choose: None,
                })}
            </section>
        </div>
    }
    .into_any()
}

fn assists(app: App) -> AnyView {
    let state = TableState::new(app);
    let opens = move |_: u32, row: &Row| {
        if let Some(to) = row.cells.iter().find_map(|cell| cell.link.clone()) {
            app.follow_link(&to);
        }
    };
    view! {
        <section class="page wide" aria-label="Mark assists">
            {head(app, Some("Filter by function"))}
            <p class="page-note quiet">
                "While the GC marks, a goroutine that allocates faster than the GC works has to help before it gets its memory. That is latency, and it falls on those who allocate most."
            </p>
            {table(state, "Mark assists by start function", opens)}
        </section>
    }
    .into_any()
}
