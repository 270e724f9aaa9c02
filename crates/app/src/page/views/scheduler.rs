//! The scheduler: how long goroutines waited for a proc, how many did, and what the procs did meanwhile.

use leptos::prelude::*;

use super::gc::{pause_kinds, segment, to_timeline};
use crate::address::{Address, Order};
use crate::page::app::App;
use crate::page::widgets::chart::{Plot, chart};
use crate::page::widgets::explain::explain;
use crate::page::widgets::facts::facts;
use crate::page::widgets::histogram::{Bars, histogram};
use crate::page::widgets::listing::listing;
use crate::page::widgets::stack::{hint, stack_of_row};
use crate::page::widgets::table::{TableState, filter, state_color, table};
use crate::protocol::{Answer, Ask, LatencyPage, PauseKinds, ProcsPage, Row, SchedulerPart};

/// The view.
pub fn scheduler(app: App, part: SchedulerPart) -> AnyView {
    match part {
        SchedulerPart::Groups => overview(app),
        SchedulerPart::Worst => worst(app),
    }
}

fn head(app: App, label: &'static str) -> AnyView {
    let part = |part| Address::Scheduler {
        part,
        order: Order::default(),
    };
    view! {
        <div class="page-head">
            <h1 class="title">"Scheduler"</h1>
            {explain(app, "scheduler")}
            <nav class="segments" aria-label="Parts">
                {segment(app, "Overview", part(SchedulerPart::Groups))}
                {segment(app, "Worst cases", part(SchedulerPart::Worst))}
            </nav>
            <span class="grow"></span>
            {filter(app, label)}
        </div>
    }
    .into_any()
}

fn overview(app: App) -> AnyView {
    let latency = RwSignal::new(None::<LatencyPage>);
    app.ask(Ask::Latency, move |answer| {
        if let Ok(Answer::Latency(answer)) = answer {
            // The view may be gone.
            latency.try_set(Some(*answer));
        }
    });
    let state = TableState::new(app);
    state.fill_box();
    let opens = move |_: u32, row: &Row| {
        if let Some(to) = row.cells.iter().find_map(|cell| cell.link.clone()) {
            app.follow_link(&to);
        }
    };
    let procs = RwSignal::new(None::<ProcsPage>);
    app.ask(Ask::Procs, move |answer| {
        if let Ok(Answer::Procs(answer)) = answer {
            procs.try_set(Some(*answer));
        }
    });
    let pauses = RwSignal::new(None::<PauseKinds>);
    app.ask(Ask::PauseKinds, move |answer| {
        if let Ok(Answer::PauseKinds(answer)) = answer {
            pauses.try_set(Some(*answer));
        }
    });
    let bars = Signal::derive(move || {
        latency.with(|page| {
            page.as_ref()
                .map(|page| page.histogram.clone())
                .unwrap_or_default()
        })
    });
    let runnable = Signal::derive(move || {
        procs.with(|page| {
            page.as_ref()
                .map(|page| page.runnable.clone())
                .unwrap_or_default()
        })
    });
    let choose = Callback::new(move |point| to_timeline(app, runnable, point));
    view! {
        <section class="page scrolls" aria-label="Scheduler">
            {head(app, "Filter by function")}
            <div class="tiles">
                {move || latency.with(|page| page.as_ref().map(|page| facts(app, page.facts.clone())))}
            </div>
            <div class="halves">
                <section class="half">
                    <h2>"Latency: from runnable to running"</h2>
                    {histogram(Bars {
                        label: "How many waits for a proc are how long",
                        of: bars,
                        chosen: Signal::derive(|| None),
                        choose: None,
                    })}
                </section>
                <section class="half">
                    {chart(Plot {
                        label: "Goroutines and procs",
                        of: runnable,
                        at: RwSignal::new(None),
                        chosen: Signal::derive(|| None),
                        choose: Some(choose),
                        large: false,
                    })}
                </section>
            </div>
            <h2 class="section-title">"Latency by start function"</h2>
            <div class="table-box" style:height=move || state.box_height()>
                {table(state, "Latency by start function", opens)}
            </div>
            {move || procs.get().map(|page| procs_section(app, page))}
            {move || pauses.get().map(|pauses| pause_kinds(app, pauses))}
        </section>
    }
    .into_any()
}

/// Where the procs' time went.
fn procs_section(app: App, page: ProcsPage) -> AnyView {
    let states = [
        ("running", "running goroutines"),
        ("gc-work", "GC work"),
        ("syscall", "in system calls"),
        ("stw", "stopped"),
        ("scheduling", "scheduling"),
        ("idle", "idle"),
    ];
    let legend = states.map(|(key, text)| {
        view! {
            <li>
                <span class="swatch" style:background=state_color(key)></span>
                {text}
            </li>
        }
    });
    view! {
        <div class="procs">
            <h2 class="section-title">"Procs"</h2>
            <div class="tiles">{facts(app, page.facts)}</div>
            {listing(app, "Where their time went", page.procs)}
            <ul class="procs-legend" aria-label="Colours">{legend.collect_view()}</ul>
        </div>
    }
    .into_any()
}

fn worst(app: App) -> AnyView {
    let state = TableState::new(app);
    let opens = move |row: u32, _: &Row| state.active.set(Some(row));
    view! {
        <section class="page wide" aria-label="Worst scheduling latencies">
            {head(app, "Filter by function")}
            <div class="split">
                {table(state, "Worst cases", opens)}
                {stack_of_row(state, "Case", || {
                    hint(
                        "These goroutines were ready to run and had to wait longest for a proc. Choose a row to see what made it runnable; its times lead to the timeline.",
                    )
                })}
            </div>
        </section>
    }
    .into_any()
}
