//! The help: every key, made from the list of commands, and the mouse.

use leptos::html::Dialog;
use leptos::prelude::*;

use crate::commands::{self, Entry, Place};
use crate::interop::JsResult as _;
use crate::page::app::App;

/// The help dialog.
pub fn help(app: App) -> AnyView {
    let dialog = NodeRef::<Dialog>::new();
    Effect::new(move || {
        let open = app.help.get();
        if let Some(dialog) = dialog.get() {
            if open && !dialog.open() {
                dialog.show_modal().or_warn("opening the help");
            } else if !open && dialog.open() {
                dialog.close();
            }
        }
    });
    view! {
        <dialog node_ref=dialog class="help" aria-labelledby="help-title" on:close=move |_| app.help.set(false)>
            <div class="help-head">
                <h2 id="help-title">"Keys and mouse"</h2>
                <button class="button icon" aria-label="Close" on:click=move |_| app.help.set(false)>
                    "×"
                </button>
            </div>
            <div class="help-body">
                <section class="mouse">
                    <h3>"Mouse and trackpad"</h3>
                    <dl class="keys">{MOUSE.map(mouse_row).collect_view()}</dl>
                    <label class="check">
                        <input
                            type="checkbox"
                            prop:checked=app.wheel_scrolls
                            on:change:target=move |event| {
                                app.wheel_scrolls.set(event.target().checked());
                            }
                        />
                        "The wheel scrolls lanes, and zooms with Ctrl"
                    </label>
                </section>
                {Place::ALL.map(section).collect_view()}
            </div>
        </dialog>
    }
    .into_any()
}

const MOUSE: [(&str, &str); 17] = [
    ("Wheel", "Zoom at the pointer"),
    ("Shift wheel, or over the names", "Scroll the lanes"),
    ("Pinch, Ctrl wheel", "Zoom at the pointer"),
    ("Drag, sideways wheel", "Move, or throw"),
    ("Two fingers on a trackpad", "Move, both ways at once"),
    ("One finger on a screen", "Move; two zoom"),
    ("Tap, double tap", "Select; zoom to what is there"),
    ("Hold a finger", "Tell what is there, and select it"),
    ("Shift drag, or on the time axis", "Select a range of time"),
    ("Drag an edge of the range", "Adjust it"),
    ("Double click in the range", "Zoom to it"),
    ("Click", "Select; on a group's name: fold"),
    ("Click on an arrow", "Go to its other end"),
    ("Right click", "Menu of the lane"),
    ("Drag a lane's name", "Move it up or down"),
    ("Double click", "Zoom to what is there, or in"),
    (
        "Drag a flag on the time axis",
        "Move the mark, or the origin",
    ),
];

fn mouse_row((does, what): (&'static str, &'static str)) -> AnyView {
    view! {
        <div>
            <dt>{what}</dt>
            <dd>{does}</dd>
        </div>
    }
    .into_any()
}

fn section(place: Place) -> AnyView {
    let entries = commands::ALL
        .iter()
        .filter(move |entry| entry.place == place);
    view! {
        <section>
            <h3>{place.title()}</h3>
            <dl class="keys">{entries.map(key_row).collect_view()}</dl>
        </section>
    }
    .into_any()
}

fn key_row(entry: &'static Entry) -> AnyView {
    let keys = entry.keys.iter();
    view! {
        <div>
            <dt>{entry.name}</dt>
            <dd>{keys.map(|key| view! { <kbd>{key.label}</kbd> }).collect_view()}</dd>
        </div>
    }
    .into_any()
}
