//! The panel beside the timeline while something is selected: everything about it, and the ways on from it.

use leptos::prelude::*;

use super::{events, marks};
use crate::commands::Command;
use crate::page::app::App;
use crate::page::keys::run;
use crate::page::widgets::facts::facts;
use crate::page::widgets::stack::stack;
use crate::page::widgets::steps::steps;
use crate::page::widgets::table::state_color;
use crate::protocol::{Details, LaneView, SameAs};

/// The details.
pub fn details(app: App) -> AnyView {
    (move || {
        // Its links say the range, too.
        app.scope.track();
        app.details.get().map(|details| contents(app, details))
    })
    .into_any()
}

/// A button that makes the time of something the range that the page is about.
pub fn use_as_range(app: App, time: (f64, f64)) -> AnyView {
    view! {
        <button
            class="button small"
            title="Select this range of time: tables, profiles and downloads then answer for it"
            on:click=move |_| app.use_as_range(time)
        >
            "Use as range"
        </button>
    }
    .into_any()
}

fn contents(app: App, details: Details) -> AnyView {
    let Details {
        title,
        state,
        facts: known,
        stacks,
        history,
        selection,
        previous,
        next,
        goroutine,
        task,
        time,
        same,
        ..
    } = details;
    let lanes = move |view: Option<LaneView>, text: &'static str, title: &'static str| {
        view.map(|view| {
            view! {
                <button
                    class="button small"
                    title=title
                    on:click=move |_| app.show_lanes(view.clone())
                >
                    {text}
                </button>
            }
        })
    };
    let goroutine = goroutine.map(LaneView::goroutine);
    let has_task = task.is_some();
    let task = task.map(|id| LaneView::Task { id });
    let step = |command: Command, text: &'static str, key: &'static str, there: bool| {
        view! {
            <button
                class="button small"
                title=format!("{text} ({key})")
                disabled=!there
                on:click=move |_| run(app, command)
            >
                {text}
            </button>
        }
        .into_any()
    };
    view! {
        <div class="panel-body details">
            <h2 class="details-title">
                <span class="swatch large" style:background=state_color(&state)></span>
                {title}
            </h2>
            {marks::trail(app)}
            <div class="actions">
                {step(Command::Previous, "Previous", "←", previous.is_some())}
                {step(Command::Next, "Next", "→", next.is_some())}
                {step(Command::Cause, "Cause", "U", true)}
                {step(Command::Effect, "Effect", "Shift U", true)}
                {step(Command::FitSelection, "Zoom", "F", true)}
                {events::button(app, "All events of this range of time", move || events::within(time))}
                {(time.0 < time.1).then(|| use_as_range(app, time))}
            </div>
            <div class="actions">
                {lanes(
                    goroutine,
                    "Its goroutine's lanes",
                    "The goroutine with those that unblocked it (G)",
                )}
                {has_task.then(|| step(Command::FitTask, "Zoom to its task", "in this view", true))}
                {lanes(task, "Its task's lanes", "The task with its subtasks and goroutines (K)")}
            </div>
            {alike(app, same)}
            {facts(app, known)}
            {steps(app, history, selection)}
            {stacks.into_iter().map(stack).collect_view()}
        </div>
    }
    .into_any()
}

/// Buttons that highlight what has something in common with the selection.
fn alike(app: App, same: Vec<SameAs>) -> AnyView {
    if same.is_empty() {
        return ().into_any();
    }
    let buttons = same.into_iter().map(|SameAs { what, query }| {
        let find = query.clone();
        let now = query.clone();
        view! {
            <button
                class="button small"
                title=format!("Find {query} (E goes through these)")
                aria-pressed=move || app.find.query.with(|query| *query == now).to_string()
                on:click=move |_| app.find_query(find.clone())
            >
                {what}
            </button>
        }
        .into_any()
    });
    view! {
        <div class="same" role="group" aria-label="Highlight the same">
            <span class="quiet">"Highlight the same"</span>
            {buttons.collect_view()}
        </div>
    }
    .into_any()
}
