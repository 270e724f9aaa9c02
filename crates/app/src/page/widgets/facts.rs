//! Facts as a list of labels and values, and links inside the page.

use leptos::prelude::*;

use crate::address::Address;
use crate::page::app::App;
use crate::page::history::Entry;
use crate::protocol::{AxisName, Fact, Link};

/// Moments are told as exactly as a view of this width would, ns: to the microsecond.
const MOMENT_WIDTH: f64 = 1e7;

/// A link to another view, or to a place of the timeline.
pub fn link(app: App, to: Link, children: impl IntoView) -> AnyView {
    let href = app.href(&app.address_of(&to));
    view! {
        <a
            class="link"
            href=href
            on:click=move |event| {
                if event.ctrl_key() || event.meta_key() || event.shift_key() {
                    return;
                }
                event.prevent_default();
                event.stop_propagation();
                app.follow_link(&to);
            }
        >
            {children.into_any()}
        </a>
    }
    .into_any()
}

/// A link to an address.
pub fn to(app: App, address: Address, text: &'static str) -> AnyView {
    view! {
        <a
            class="link"
            href=app.href(&address)
            on:click=move |event| {
                if event.ctrl_key() || event.meta_key() || event.shift_key() {
                    return;
                }
                event.prevent_default();
                app.go(address.clone(), Entry::Push);
            }
        >
            {text}
        </a>
    }
    .into_any()
}

/// A list of facts.
pub fn facts(app: App, facts: Vec<Fact>) -> AnyView {
    let rows = facts.into_iter().map(|fact| {
        let Fact {
            label,
            value,
            exact,
            link: to,
            moment,
        } = fact;
        // A moment is told as the time axis counts.
        let told = move || match moment.filter(|_| app.axis.get().name != AxisName::Start) {
            Some(time) => app.with_axis(|axis| {
                (
                    axis.moment(time, MOMENT_WIDTH).to_string(),
                    Some(axis.exact(time)),
                )
            }),
            None => (value.clone(), exact.clone()),
        };
        let told = Memo::new(move |_| told());
        let shown = move || told.get().0;
        let value = match to {
            Some(to) => link(app, to, shown),
            None => shown.into_any(),
        };
        view! {
            <div>
                <dt>{label}</dt>
                <dd title=move || told.get().1>{value}</dd>
            </div>
        }
        .into_any()
    });
    view! { <dl class="facts">{rows.collect_view()}</dl> }.into_any()
}
