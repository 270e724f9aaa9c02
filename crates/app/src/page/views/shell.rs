//! The frame of the page: header, what is shown below it, and what lies above everything.

use leptos::prelude::*;

use super::{
    choose_part, events, gc, goroutine, goroutines, help, logs, manual, mmu, profiles, progress,
    range_dialog, regions, save, scheduler, start, task, tasks, timeline,
};
use crate::address::{Address, Tab};
use crate::page::app::{App, Phase};
use crate::page::history::Entry;
use crate::page::opening;
use crate::page::theme::Choice;
use crate::protocol::{GcPart, SchedulerPart};

/// The whole page.
pub fn shell(app: App) -> AnyView {
    let place = Memo::new(move |_| match app.phase.get() {
        Phase::Empty | Phase::Failed(_) => Place::Start,
        Phase::Opening(_) => Place::Opening,
        Phase::Choosing { .. } => Place::Choosing,
        Phase::Open => Place::Trace,
    });
    let tab = Memo::new(move |_| app.address.with(Address::tab));
    // The timeline stays where it is, as its canvas belongs to the worker; all else comes and goes.
    let timeline_shown = move || {
        place.get() == Place::Opening || place.get() == Place::Trace && tab.get() == Tab::Timeline
    };
    view! {
        <input
            type="file"
            id=opening::INPUT
            class="visually-hidden"
            tabindex="-1"
            aria-label="Open a trace"
            on:change:target=move |event| {
                if let Some(file) = opening::chosen(&event.target()) {
                    app.open(file);
                }
            }
        />
        {header(app, tab)}
        {save::problem(app)}
        <main class="main">
            <div class="view" class:hidden=move || !timeline_shown()>{timeline::timeline(app)}</div>
            {move || match place.get() {
                Place::Start if tab.get() == Tab::Help => manual::manual(app),
                Place::Start => start::start(app),
                Place::Opening => progress::progress(app),
                Place::Choosing => choose_part::choose_part(app),
                Place::Trace => table_view(app),
            }}
        </main>
        <div class="visually-hidden" role="status" aria-live="polite">{app.said}</div>
        <div class="drop-veil" aria-hidden="true"><p>"Drop the trace to open it"</p></div>
        {help::help(app)}
        {range_dialog::dialog(app)}
    }
    .into_any()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Start,
    Opening,
    Choosing,
    Trace,
}

/// Which of the views beside the timeline; within one, only its contents change.
#[derive(Clone, PartialEq)]
enum Kind {
    Timeline,
    Goroutines,
    Goroutine(String),
    Tasks,
    Task(String),
    Regions,
    Logs,
    Gc(GcPart),
    Mmu,
    Scheduler(SchedulerPart),
    Profiles,
    Help,
    Events,
    Footprint,
}

fn table_view(app: App) -> AnyView {
    let kind = Memo::new(move |_| {
        app.address.with(|address| match address {
            Address::Timeline(_) => Kind::Timeline,
            Address::Goroutines { .. } => Kind::Goroutines,
            Address::Goroutine { id } => Kind::Goroutine(id.clone()),
            Address::Profile { .. } => Kind::Profiles,
            Address::Tasks { .. } => Kind::Tasks,
            Address::Task { id, .. } => Kind::Task(id.clone()),
            Address::Regions { .. } | Address::InheritedRegions { .. } => Kind::Regions,
            Address::Logs { .. } => Kind::Logs,
            Address::Gc { part, .. } => Kind::Gc(*part),
            Address::Mmu { .. } => Kind::Mmu,
            Address::Scheduler { part, .. } => Kind::Scheduler(*part),
            Address::Events { .. } => Kind::Events,
            Address::Footprint { .. } => Kind::Footprint,
            Address::Help { .. } => Kind::Help,
        })
    });
    // Another part of time is another view: its questions are asked anew.
    let shown = Memo::new(move |_| (kind.get(), app.scope.get()));
    (move || match shown.get().0 {
        Kind::Timeline => ().into_any(),
        Kind::Goroutines => goroutines::goroutines(app),
        Kind::Goroutine(id) => goroutine::goroutine(app, id),
        Kind::Tasks => tasks::tasks(app),
        Kind::Task(id) => task::task(app, id),
        Kind::Regions => regions::regions(app),
        Kind::Logs => logs::logs(app),
        Kind::Gc(part) => gc::gc(app, part),
        Kind::Mmu => mmu::mmu(app),
        Kind::Scheduler(part) => scheduler::scheduler(app, part),
        Kind::Profiles => profiles::profiles(app),
        Kind::Events => events::events(app),
        Kind::Footprint => events::footprint(app),
        Kind::Help => manual::manual(app),
    })
    .into_any()
}

fn header(app: App, tab: Memo<Tab>) -> AnyView {
    let trace = move || app.is_open();
    let busy = move || !matches!(app.phase.get(), Phase::Empty | Phase::Failed(_));
    let range = move || app.scope.get().is_some() && app.is_open();
    view! {
        <header class="header" class:with-trace=trace class:with-range=range>
            <a
                class="brand"
                href=move || {
                    app.scope.track();
                    app.href(&Tab::Timeline.address())
                }
                on:click=move |event| {
                    event.prevent_default();
                    app.go(Address::Timeline(app.timeline()), Entry::Push);
                }
            >
                {logo()}
                <span class="brand-name">"Tracepane"</span>
            </a>
            <Show when=busy>
                <span class="file-name" title=app.file_name>{app.file_name}</span>
                <Show when=move || app.inside.get()>
                    <span class="badge" title="The trace is a part of this HTML file. Nothing was loaded from anywhere.">
                        "in this file"
                    </span>
                </Show>
            </Show>
            <Show when=trace>{part_button(app)}</Show>
            <Show when=trace>
                <nav class="tabs" aria-label="Views">
                    {Tab::SHOWN.map(|shown| tab_link(app, tab, shown)).collect_view()}
                </nav>
            </Show>
            <span class="grow"></span>
            {range_dialog::chip(app)}
            <Show when=trace>{save::button(app)}</Show>
            <Show when=busy>
                <button class="button" on:click=move |_| app.choose()>"Open…"</button>
            </Show>
            <button
                class="button icon"
                title=move || format!("Theme: {}", app.theme.get().name())
                aria-label=move || format!("Theme: {}", app.theme.get().name())
                on:click=move |_| app.theme.update(|theme| *theme = theme.next())
            >
                {move || theme_icon(app.theme.get())}
            </button>
            <a
                class="button icon"
                title="Help: what everything means"
                href=move || {
                    app.scope.track();
                    app.href(&Tab::Help.address())
                }
                aria-current=move || (tab.get() == Tab::Help).then_some("page")
                on:click=move |event| {
                    event.prevent_default();
                    app.go(Tab::Help.address(), Entry::Push);
                }
            >
                {book()}
                <span class="visually-hidden">"Help"</span>
            </a>
            <button
                class="button icon"
                title="Keys and mouse (?)"
                aria-label="Keys and mouse"
                on:click=move |_| app.help.set(true)
            >
                "?"
            </button>
        </header>
    }
    .into_any()
}

/// Which part of the file is open; a click leads to the others. Nothing for a file that has no parts.
fn part_button(app: App) -> AnyView {
    let text = move || {
        let generations = app
            .opened
            .with(|opened| opened.as_ref().map_or(0, |opened| opened.generations));
        let all = app.contents.with(|contents| {
            let known = contents.as_ref().filter(|_| app.part.get().is_some());
            known.map_or(generations as usize, |contents| contents.generations.len())
        });
        match (app.part.get(), all) {
            (None, 0 | 1) => None,
            (None, _) => Some("Part…".to_owned()),
            (Some(part), all) if part.first == part.last => {
                Some(format!("Part {} of {all}", part.first))
            }
            (Some(part), all) => Some(format!("Parts {}–{} of {all}", part.first, part.last)),
        }
    };
    let title = move || match app.part.get() {
        None => "Open a part of this file only: some of its generations",
        Some(_) => "A part of the file is open: choose another one, or all of it",
    };
    (move || {
        text().map(|text| {
            view! {
                <button
                    class="button small part-button"
                    title=title
                    on:click=move |_| app.choose_part()
                >
                    {text}
                </button>
            }
        })
    })
    .into_any()
}

fn tab_link(app: App, current: Memo<Tab>, tab: Tab) -> AnyView {
    let address = move || events::tab_address(app, tab);
    view! {
        <a
            class="tab"
            href=move || {
                app.address.track();
                app.scope.track();
                app.href(&address())
            }
            aria-current=move || (current.get() == tab).then_some("page")
            on:click=move |event| {
                event.prevent_default();
                app.go(address(), Entry::Push);
            }
        >
            {tab.title()}
        </a>
    }
    .into_any()
}

fn logo() -> AnyView {
    view! {
        <svg class="logo" viewBox="0 0 16 16" aria-hidden="true">
            <rect class="logo-a" x="1" y="3" width="9" height="3" rx="1" />
            <rect class="logo-b" x="4" y="7" width="11" height="3" rx="1" />
            <rect class="logo-c" x="2" y="11" width="7" height="3" rx="1" />
        </svg>
    }
    .into_any()
}

/// An open book.
fn book() -> AnyView {
    view! {
        <svg class="glyph" viewBox="0 0 16 16" aria-hidden="true">
            <path
                fill-rule="evenodd"
                d="M1 3h5c.8 0 1.5.3 2 .8c.5-.5 1.2-.8 2-.8h5v10h-5c-.8 0-1.4.3-2 1c-.6-.7-1.2-1-2-1H1zM2.3 4.3v7.4H6c.5 0 .9.1 1.35.3V5.2c-.1-.6-.6-.9-1.35-.9zM13.7 4.3H10c-.75 0-1.25.3-1.35.9V12c.45-.2.85-.3 1.35-.3h3.7z"
            />
        </svg>
    }
    .into_any()
}

fn theme_icon(choice: Choice) -> AnyView {
    let path = match choice {
        // Half light, half dark; a sun; a moon.
        Choice::Auto => "M8 1.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 0 0 0-13zM8 3v10a5 5 0 0 1 0-10z",
        Choice::Light => {
            "M8 5a3 3 0 1 0 0 6a3 3 0 0 0 0-6zM7.4 1h1.2v2.2H7.4zM7.4 12.8h1.2V15H7.4zM1 7.4h2.2v1.2H1zM12.8 7.4H15v1.2h-2.2zM2.6 3.4l.8-.8 1.6 1.6-.8.8zM11 11.8l.8-.8 1.6 1.6-.8.8zM2.6 12.6l1.6-1.6.8.8-1.6 1.6zM11 4.2l1.6-1.6.8.8L11.8 5z"
        }
        Choice::Dark => "M6.2 1.8a6.3 6.3 0 1 0 8 8a5.2 5.2 0 0 1-8-8z",
    };
    view! {
        <svg class="glyph" viewBox="0 0 16 16" aria-hidden="true">
            <path d=path fill-rule="evenodd" />
        </svg>
    }
    .into_any()
}
