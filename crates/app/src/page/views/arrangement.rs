//! The switch between the arrangements of the timeline's lanes, and what belongs to the one that is shown.

use leptos::prelude::*;
use tracepane_timeline::unblockers::MAX_DEPTH;

use crate::commands::Command;
use crate::page::app::App;
use crate::page::keys::run;
use crate::page::widgets::facts::link;
use crate::protocol::{ArrowsShown, LaneView, Link};

/// The switch.
pub fn switch(app: App) -> AnyView {
    let always = |_: App| true;
    view! {
        <span class="button-row" role="group" aria-label="Lanes by">
            {choice(app, Command::LanesByProc, "Procs", PROCS, is_procs, always)}
            {choice(app, Command::LanesByThread, "Threads", THREADS, is_threads, always)}
            {choice(app, Command::LanesOfGoroutine, "Goroutine", GOROUTINE, is_goroutine, |app| {
                app.goroutine_lanes().is_some()
            })}
            {choice(app, Command::LanesOfTask, "Task", TASK, is_task, |app| {
                app.task_lanes().is_some()
            })}
        </span>
    }
    .into_any()
}

const PROCS: &str = "Lanes by proc, then goroutines by group (P)";
const THREADS: &str = "Lanes by thread, then goroutines by group (T)";
const GOROUTINE: &str = "The selected goroutine with those that unblocked it (G)";
const TASK: &str = "The selected task with its subtasks and goroutines (K)";

fn is_procs(view: &LaneView) -> bool {
    *view == LaneView::Procs
}

fn is_threads(view: &LaneView) -> bool {
    *view == LaneView::Threads
}

fn is_goroutine(view: &LaneView) -> bool {
    matches!(view, LaneView::Goroutine { .. })
}

fn is_task(view: &LaneView) -> bool {
    matches!(view, LaneView::Task { .. })
}

fn choice(
    app: App,
    command: Command,
    text: &'static str,
    title: &'static str,
    chosen: fn(&LaneView) -> bool,
    possible: fn(App) -> bool,
) -> AnyView {
    view! {
        <button
            class="button small"
            title=title
            aria-pressed=move || app.lane_view.with(chosen).to_string()
            disabled=move || !possible(app)
            on:click=move |_| run(app, command)
        >
            {text}
        </button>
    }
    .into_any()
}

/// What the lanes are about, and how far back they go; nothing if they are about all of the trace.
pub fn about(app: App) -> AnyView {
    let note = move || {
        app.lane_note
            .get()
            .map(|text| view! { <span class="lane-note" role="alert">{text}</span> })
    };
    let subject = move || {
        let arranged = app.arranged.get()?;
        let view = app.lane_view.get();
        let to = match &view {
            LaneView::Goroutine { id, .. } => Link::Goroutine(id.clone()),
            LaneView::Task { id } => Link::Task(id.clone()),
            LaneView::Procs | LaneView::Threads => return None,
        };
        let title = arranged.title;
        let shown = title.clone();
        Some(view! {
            <span class="lane-subject" title=title>{link(app, to, shown)}</span>
        })
    };
    let depth = move || match app.lane_view.get() {
        LaneView::Goroutine { depth, .. } => Some(view! {
            <span class="button-row depth" role="group" aria-label="Wake-ups back">
                <button
                    class="button small"
                    title="One wake-up less"
                    aria-label="One wake-up less"
                    disabled=depth == 0
                    on:click=move |_| app.change_depth(false)
                >
                    "−"
                </button>
                <span class="depth-value" title="How many wake-ups back the lanes go">
                    {format!("{depth} back")}
                </span>
                <button
                    class="button small"
                    title="One wake-up further back"
                    aria-label="One wake-up further back"
                    disabled=depth == MAX_DEPTH
                    on:click=move |_| app.change_depth(true)
                >
                    "+"
                </button>
            </span>
        }),
        _ => None,
    };
    view! {
        {note}
        {subject}
        {depth}
    }
    .into_any()
}

/// The button for arrows.
pub fn arrows(app: App) -> AnyView {
    let title = move || match app.arrows_shown.get() {
        ArrowsShown::Off => {
            "Arrows for all creations and wake-ups seen, not only the selection's (L)".to_owned()
        }
        ArrowsShown::Drawn(count) => format!("{count} arrows: creations and wake-ups (L)"),
        ArrowsShown::TooMany => {
            "Too many creations and wake-ups here to draw arrows: zoom in (L)".to_owned()
        }
    };
    view! {
        <button
            class="button small"
            class:waiting=move || app.arrows_shown.get() == ArrowsShown::TooMany
            title=title
            aria-label=title
            aria-pressed=move || app.arrows.get().to_string()
            on:click=move |_| run(app, Command::ToggleArrows)
        >
            "Arrows"
        </button>
    }
    .into_any()
}
