//! The types of tasks, and the tasks of a type: histogram, filters, one row each.

use leptos::prelude::*;

use super::durations::{Band, Bounds, band};
use super::profile_links::profile_links;
use crate::address::{Address, Order};
use crate::page::app::App;
use crate::page::history::Entry;
use crate::page::widgets::explain::explain;
use crate::page::widgets::facts::to;
use crate::page::widgets::table::{TableState, filter, opens_first_link, table};
use crate::protocol::{DurationsOf, ProfileScope, TasksOf};

/// The view.
pub fn tasks(app: App) -> AnyView {
    let of = Memo::new(move |_| {
        app.address.with(|address| match address {
            Address::Tasks { of, .. } => of.clone(),
            _ => None,
        })
    });
    let is_list = Memo::new(move |_| of.get().is_some());
    let state = TableState::new(app);
    view! {
        <section class="page wide" aria-label="Tasks">
            <div class="page-head">
                {move || crumbs(app, of.get())}
                {explain(app, "tasks")}
                <span class="grow"></span>
                {move || of.get().map(|of| profile_links(app, &ProfileScope::Tasks(of)))}
                {move || (!is_list.get()).then(|| search(app, of))}
                {filter(app, "Filter rows")}
            </div>
            {move || is_list.get().then(|| list_band(app, of))}
            {table(state, "Tasks", opens_first_link(app))}
        </section>
    }
    .into_any()
}

/// The way to here.
fn crumbs(app: App, of: Option<TasksOf>) -> AnyView {
    let Some(of) = of else {
        return view! { <h1 class="title">"Tasks by type"</h1> }.into_any();
    };
    let name = match of.name.as_deref() {
        None => view! { <h1 class="title">"All types"</h1> }.into_any(),
        Some("") => view! { <h1 class="title">"Only mentioned"</h1> }.into_any(),
        Some(name) => {
            let name = name.to_owned();
            view! { <h1 class="title code-title" title=name.clone()>{name.clone()}</h1> }.into_any()
        }
    };
    view! {
        <nav class="crumbs" aria-label="Path">
            {all_types(app)}
            <span aria-hidden="true">"›"</span>
            {name}
        </nav>
    }
    .into_any()
}

/// A link to the table of all types.
pub fn all_types(app: App) -> AnyView {
    let address = Address::Tasks {
        of: None,
        order: Order::default(),
    };
    to(app, address, "Tasks")
}

/// Filters and distribution of a list.
fn list_band(app: App, of: Memo<Option<TasksOf>>) -> AnyView {
    let durations = Signal::derive(move || {
        of.get().map(|of| {
            DurationsOf::Tasks(TasksOf {
                shortest: None,
                longest: None,
                ..of
            })
        })
    });
    let bounds = Signal::derive(move || {
        of.get().map_or_else(Bounds::default, |of| Bounds {
            shortest: of.shortest,
            longest: of.longest,
        })
    });
    let set = Callback::new(move |Bounds { shortest, longest }| {
        change(app, of, Entry::Push, |of| TasksOf {
            shortest,
            longest,
            ..of
        });
    });
    let about = Band {
        label: "How many complete tasks last how long",
        of: durations,
        bounds,
        set,
    };
    band(app, about, move || {
        view! {
            {completeness(
                Signal::derive(move || of.get().and_then(|of| of.complete)),
                Callback::new(move |complete| {
                    change(app, of, Entry::Push, |of| TasksOf { complete, ..of });
                }),
            )}
            {search(app, of)}
        }
        .into_any()
    })
}

/// Shows other tasks, in the same order.
fn change(
    app: App,
    of: Memo<Option<TasksOf>>,
    entry: Entry,
    with: impl FnOnce(TasksOf) -> TasksOf,
) {
    let order = app
        .address
        .with_untracked(|address| address.table().map(|(_, order)| order.clone()));
    let is_list = of.get_untracked().is_some();
    let of = with(of.get_untracked().unwrap_or_default());
    // The types have other columns.
    let order = order.filter(|_| is_list).unwrap_or_default();
    let of = Some(of);
    app.go(Address::Tasks { of, order }, entry);
}

/// All, complete ones, or the others.
pub fn completeness(chosen: Signal<Option<bool>>, choose: Callback<Option<bool>>) -> AnyView {
    let segment = move |title: &'static str, help: &'static str, value: Option<bool>| {
        view! {
            <button
                type="button"
                class="segment"
                title=help
                aria-pressed=move || (chosen.get() == value).to_string()
                on:click=move |_| choose.run(value)
            >
                {title}
            </button>
        }
        .into_any()
    };
    view! {
        <div class="segments" role="group" aria-label="Completeness">
            {segment("All", "Whether the trace has all of it or not", None)}
            {segment("Complete", "Both the beginning and the end are in the trace", Some(true))}
            {segment("Incomplete", "The beginning or the end is not in the trace", Some(false))}
        </div>
    }
    .into_any()
}

/// A box for the text of logs.
fn search(app: App, of: Memo<Option<TasksOf>>) -> AnyView {
    let text = move || of.get().map_or_else(String::new, |of| of.text);
    view! {
        <input
            class="input log-text"
            type="search"
            placeholder="Text of logs or regions"
            aria-label="Tasks with this text in a log message, its category, a region's name or their own"
            title="Tasks with this text in a log message, its category, a region's name or their own"
            autocomplete="off"
            spellcheck="false"
            prop:value=text
            on:change:target=move |event| {
                let text = event.target().value();
                if text != untrack(move || of.get().map_or_else(String::new, |of| of.text)) {
                    change(app, of, Entry::Push, |of| TasksOf { text, ..of });
                }
            }
        />
    }
    .into_any()
}
