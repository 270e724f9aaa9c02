//! From a view to what the help says of it.

use leptos::prelude::*;

use crate::address::Address;
use crate::page::app::App;
use crate::page::history::Entry;

/// A link to a section of the help.
pub fn explain(app: App, section: &str) -> AnyView {
    debug_assert!(
        crate::help::sections().any(|known| known.id == section),
        "the help has no section {section:?}"
    );
    let address = Address::Help {
        section: Some(section.to_owned()),
    };
    view! {
        <a
            class="explain-link"
            title="What does this mean?"
            aria-label="What does this mean?"
            href=app.href(&address)
            on:click=move |event| {
                if event.ctrl_key() || event.meta_key() || event.shift_key() {
                    return;
                }
                event.prevent_default();
                app.go(address.clone(), Entry::Push);
            }
        >
            "?"
        </a>
    }
    .into_any()
}
