//! The button that saves the page with its trace, and what is said when that fails.

use leptos::prelude::*;

use crate::page::app::App;
use crate::page::saving::Saving;

/// The button: its text tells how far saving is, and a click then stops it.
pub fn button(app: App) -> AnyView {
    let busy = move || matches!(app.saving.get(), Saving::Busy(..));
    let text = move || match app.saving.get() {
        Saving::Busy(_, share) => format!("Saving {:.0} %", share * 100.0).into_any(),
        // What is left out where there is little room.
        Saving::Idle | Saving::Failed(_) => {
            view! { "Save" <span class="more">" as HTML"</span> }.into_any()
        }
    };
    let title = move || match busy() {
        true => "Stop saving",
        false => "Save this page with the trace in it: one file that opens here, offline",
    };
    view! {
        <button
            class="button save"
            title=title
            aria-busy=move || busy().to_string()
            on:click=move |_| app.save_as_html()
        >
            {text}
        </button>
    }
    .into_any()
}

/// Why saving failed.
pub fn problem(app: App) -> AnyView {
    (move || match app.saving.get() {
        Saving::Failed(why) => view! {
            <div class="notice" role="alert">
                <p>{why}</p>
                <button class="button small" on:click=move |_| app.saving.set(Saving::Idle)>
                    "Close"
                </button>
            </div>
        }
        .into_any(),
        Saving::Idle | Saving::Busy(..) => ().into_any(),
    })
    .into_any()
}
