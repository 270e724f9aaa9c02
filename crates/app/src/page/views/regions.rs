//! The types of regions, and the regions of a type: histogram, filters, one row each. What goroutines inherited stands
//! apart.

use leptos::prelude::*;

use super::durations::{Band, Bounds, band};
use super::profile_links::profile_links;
use super::tasks::completeness;
use crate::address::{Address, Order};
use crate::page::app::App;
use crate::page::history::Entry;
use crate::page::widgets::explain::explain;
use crate::page::widgets::facts::to;
use crate::page::widgets::table::{TableState, filter, opens_first_link, table};
use crate::protocol::{DurationsOf, ProfileScope, RegionsOf};

/// The view.
pub fn regions(app: App) -> AnyView {
    let of = Memo::new(move |_| {
        app.address.with(|address| match address {
            Address::Regions { of, .. } => of.clone(),
            _ => None,
        })
    });
    let inherited = Memo::new(move |_| {
        app.address
            .with(|address| matches!(address, Address::InheritedRegions { .. }))
    });
    let is_list = Memo::new(move |_| of.get().is_some());
    let state = TableState::new(app);
    view! {
        <section class="page wide" aria-label="Regions">
            <div class="page-head">
                {move || crumbs(app, of.get())}
                {explain(app, "regions")}
                {move || (!is_list.get()).then(|| kinds(app, inherited))}
                <span class="grow"></span>
                {move || of.get().map(|of| profile_links(app, &ProfileScope::Regions(of)))}
                {filter(app, "Filter rows")}
            </div>
            {move || {
                inherited
                    .get()
                    .then(|| {
                        view! {
                            <p class="page-note quiet">
                                "A goroutine that is created inside a region inherits its task, as long as it lives. go tool trace lists these lives as regions without a name."
                            </p>
                        }
                    })
            }}
            {move || is_list.get().then(|| list_band(app, of))}
            {table(state, "Regions", opens_first_link(app))}
        </section>
    }
    .into_any()
}

/// The way to here.
fn crumbs(app: App, of: Option<RegionsOf>) -> AnyView {
    let Some(of) = of else {
        return view! { <h1 class="title">"Regions by type"</h1> }.into_any();
    };
    let mut all = vec![all_types(app)];
    if of.inherited {
        let address = Address::InheritedRegions {
            order: Order::default(),
        };
        all.push(to(app, address, "Inherited"));
    }
    let name = match (of.inherited, of.name.as_str()) {
        (true, _) => String::new(),
        (false, "") => "(no name)".to_owned(),
        (false, name) => name.to_owned(),
    };
    let place = match of.place.as_deref() {
        None => String::new(),
        Some("") => "begun before the trace".to_owned(),
        Some(place) => format!("at {place}"),
    };
    let title = format!("{name} {place}").trim().to_owned();
    let steps = all.into_iter().map(|step| {
        view! {
            {step}
            <span aria-hidden="true">"›"</span>
        }
        .into_any()
    });
    view! {
        <nav class="crumbs" aria-label="Path">
            {steps.collect_view()}
            <h1 class="title code-title" title=title.clone()>{title.clone()}</h1>
        </nav>
    }
    .into_any()
}

fn all_types(app: App) -> AnyView {
    let address = Address::Regions {
        of: None,
        order: Order::default(),
    };
    to(app, address, "Regions")
}

/// The program's own, or inherited ones.
fn kinds(app: App, inherited: Memo<bool>) -> AnyView {
    let segment = move |title: &'static str, value: bool| {
        let address = move || {
            let order = Order::default();
            match value {
                true => Address::InheritedRegions { order },
                false => Address::Regions { of: None, order },
            }
        };
        view! {
            <a
                class="segment"
                href=app.href(&address())
                aria-current=move || (inherited.get() == value).then_some("true")
                on:click=move |event| {
                    event.prevent_default();
                    app.go(address(), Entry::Push);
                }
            >
                {title}
            </a>
        }
        .into_any()
    };
    view! {
        <nav class="segments" aria-label="Which regions">
            {segment("The program's", false)}
            {segment("Inherited", true)}
        </nav>
    }
    .into_any()
}

/// Filters and distribution of a list.
fn list_band(app: App, of: Memo<Option<RegionsOf>>) -> AnyView {
    let durations = Signal::derive(move || {
        of.get().map(|of| {
            DurationsOf::Regions(RegionsOf {
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
    let change = move |with: &dyn Fn(RegionsOf) -> RegionsOf| {
        let order = app
            .address
            .with_untracked(|address| address.table().map(|(_, order)| order.clone()));
        let of = of.get_untracked().map(with);
        let order = order.unwrap_or_default();
        app.go(Address::Regions { of, order }, Entry::Push);
    };
    let about = Band {
        label: "How many regions last how long",
        of: durations,
        bounds,
        set: Callback::new(move |Bounds { shortest, longest }| {
            change(&|of| RegionsOf {
                shortest,
                longest,
                ..of
            });
        }),
    };
    band(app, about, move || {
        completeness(
            Signal::derive(move || of.get().and_then(|of| of.complete)),
            Callback::new(move |complete| change(&|of| RegionsOf { complete, ..of })),
        )
    })
}
