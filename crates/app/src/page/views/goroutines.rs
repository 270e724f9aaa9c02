//! The table of goroutine groups, and of one group's goroutines.

use leptos::prelude::*;

use super::distribution::distribution;
use super::profile_links::profile_links;
use crate::address::Address;
use crate::page::app::App;
use crate::page::history::Entry;
use crate::page::widgets::explain::explain;
use crate::page::widgets::facts::to;
use crate::page::widgets::table::{TableState, filter, table};
use crate::protocol::{GoroutinesOf, Measure, ProfileScope, Row};

/// The view.
pub fn goroutines(app: App) -> AnyView {
    let state = TableState::new(app);
    let of = Memo::new(move |_| {
        app.address.with(|address| match address {
            Address::Goroutines { of, .. } => of.clone(),
            _ => None,
        })
    });
    let opens = move |_: u32, row: &Row| {
        let to = row.cells.iter().find_map(|cell| cell.link.clone());
        if let Some(to) = to {
            app.follow_link(&to);
        }
    };
    view! {
        <section class="page wide" aria-label="Goroutines">
            <div class="page-head">
                {move || crumbs(app, of.get())}
                {explain(app, "groups")}
                {move || of.get().is_none().then(|| measures(app))}
                <span class="grow"></span>
                {move || {
                    let group = of.get().and_then(|of| of.group);
                    group.map(|group| profile_links(app, &ProfileScope::Group(group)))
                }}
                {filter(app, "Filter rows")}
            </div>
            {distribution(app, of)}
            {table(state, "Goroutines", opens)}
        </section>
    }
    .into_any()
}

/// The way to here.
fn crumbs(app: App, of: Option<GoroutinesOf>) -> AnyView {
    let title = match of {
        None => {
            return view! {
                <h1 class="title">"Goroutines by start function"</h1>
                {to(app, Address::goroutines(GoroutinesOf::default()), "One by one")}
            }
            .into_any();
        }
        Some(GoroutinesOf { group: None, .. }) => {
            view! { <h1 class="title">"All of them"</h1> }.into_any()
        }
        Some(GoroutinesOf {
            group: Some(name), ..
        }) => {
            view! { <h1 class="title code-title" title=name.clone()>{named(&name)}</h1> }.into_any()
        }
    };
    view! {
        <nav class="crumbs" aria-label="Path">
            {all_groups(app)}
            <span aria-hidden="true">"›"</span>
            {title}
        </nav>
    }
    .into_any()
}

/// What the columns of the groups' statistics show.
fn measures(app: App) -> AnyView {
    let current = Memo::new(move |_| {
        app.address.with(|address| match address {
            Address::Goroutines { measure, .. } => *measure,
            _ => Measure::Sum,
        })
    });
    let to = move |measure: Measure| {
        let order = app
            .address
            .with(|address| address.table().map(|(_, order)| order.clone()));
        Address::Goroutines {
            of: None,
            measure,
            order: order.unwrap_or_default(),
        }
    };
    let segment = move |measure: Measure| {
        let (title, help) = words(measure);
        view! {
            <a
                class="segment"
                title=help
                href=move || app.href(&to(measure))
                aria-current=move || (current.get() == measure).then_some("true")
                on:click=move |event| {
                    event.prevent_default();
                    app.go(untrack(move || to(measure)), Entry::Push);
                }
            >
                {title}
            </a>
        }
        .into_any()
    };
    view! {
        <nav class="segments" aria-label="Times show">
            {Measure::ALL.map(segment).collect_view()}
        </nav>
    }
    .into_any()
}

fn words(measure: Measure) -> (&'static str, &'static str) {
    match measure {
        Measure::Sum => ("Sum", "All goroutines of the group together"),
        Measure::Median => ("Median", "Half of the group's goroutines have at most this"),
        Measure::P90 => (
            "p90",
            "Nine in ten of the group's goroutines have at most this",
        ),
        Measure::P99 => (
            "p99",
            "99 in 100 of the group's goroutines have at most this",
        ),
        Measure::Max => ("Max", "The goroutine of the group that has most"),
    }
}

/// A link to the table of all groups.
pub fn all_groups(app: App) -> AnyView {
    to(app, Address::groups(), "Goroutines")
}

/// A group's name; goroutines that never ran have none.
pub fn named(group: &str) -> String {
    tracepane_analysis::names::or_inactive(group).to_owned()
}
