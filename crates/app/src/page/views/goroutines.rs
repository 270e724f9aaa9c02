//! The table of goroutine groups, and of one group's goroutines.

use leptos::prelude::*;

use crate::address::Address;
use crate::page::app::App;
use crate::page::widgets::facts::link;
use crate::page::widgets::table::{TableState, filter, table};
use crate::protocol::{Link, ProfileName, ProfileOf, ProfileScope, Row};

/// The view.
pub fn goroutines(app: App) -> AnyView {
    let state = TableState::new(app);
    let group = Memo::new(move |_| {
        app.address.with(|address| match address {
            Address::Goroutines { group, .. } => group.clone(),
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
                {move || crumbs(app, group.get())}
                <span class="quiet">{move || state.caption()}</span>
                <span class="grow"></span>
                {move || {
                    group
                        .get()
                        .map(|group| {
                            let of = ProfileOf {
                                kind: ProfileName::ALL[0],
                                scope: ProfileScope::Group(group),
                                complete: false,
                            };
                            link(app, Link::Profile(of), "Its profiles")
                        })
                }}
                {filter(app, "Filter rows")}
            </div>
            {table(state, "Goroutines", opens)}
        </section>
    }
    .into_any()
}

/// The way to here.
fn crumbs(app: App, group: Option<String>) -> AnyView {
    match group {
        None => view! { <h1 class="title">"Goroutines by start function"</h1> }.into_any(),
        Some(name) => view! {
            <nav class="crumbs" aria-label="Path">
                {all_groups(app)}
                <span aria-hidden="true">"›"</span>
                <h1 class="title code-title" title=name.clone()>{named(&name)}</h1>
            </nav>
        }
        .into_any(),
    }
}

/// A link to the table of all groups.
pub fn all_groups(app: App) -> AnyView {
    use crate::page::history::Entry;
    view! {
        <a
            class="link"
            href=Address::groups().print()
            on:click=move |event| {
                event.prevent_default();
                app.go(Address::groups(), Entry::Push);
            }
        >
            "Goroutines"
        </a>
    }
    .into_any()
}

/// A group's name; goroutines that never ran have none.
pub fn named(group: &str) -> String {
    tracepane_analysis::names::or_inactive(group).to_owned()
}
