//! Light or dark: as the system has it, or as the user chose. The colours stand in the style sheet; those of the
//! timeline's states come from its palette, so that page and canvas agree.

use leptos::prelude::*;
use tracepane_timeline::palette::{self, Theme};
use wasm_bindgen::JsCast;
use web_sys::{Event, HtmlElement, Storage};

use super::app::App;
use crate::interop::{JsResult as _, Listener};
use crate::states;

/// Where the choice is kept.
const KEY: &str = "tracepane-theme";
const WHEEL: &str = "tracepane-wheel";

/// What the user chose.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Choice {
    /// As the system has it.
    Auto,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Choice {
    /// The one after, for a button that goes through all.
    pub fn next(self) -> Self {
        match self {
            Self::Auto => Self::Light,
            Self::Light => Self::Dark,
            Self::Dark => Self::Auto,
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    fn from_name(name: &str) -> Self {
        match name {
            "light" => Self::Light,
            "dark" => Self::Dark,
            _ => Self::Auto,
        }
    }
}

/// Keeps the page's colours as the user and the system want them.
pub fn follow(app: App) {
    if let Some(kept) = storage().and_then(|storage| storage.get_item(KEY).ok().flatten()) {
        app.theme.set(Choice::from_name(&kept));
    }
    if let Some(kept) = storage().and_then(|storage| storage.get_item(WHEEL).ok().flatten()) {
        app.wheel_scrolls.set(kept == "scroll");
    }
    let system = RwSignal::new(false);
    let query = window().match_media("(prefers-color-scheme: dark)");
    if let Some(query) = query.or_warn("asking for the system's theme").flatten() {
        system.set(query.matches());
        let asked = query.clone();
        let changed = Listener::new(&query, "change", move |_: Event| {
            system.set(asked.matches());
        });
        StoredValue::new_local(changed);
    }
    Effect::new(move |before: Option<Choice>| {
        let choice = app.theme.get();
        let dark = match choice {
            Choice::Auto => system.get(),
            Choice::Light => false,
            Choice::Dark => true,
        };
        if app.dark.get_untracked() != dark || before.is_none() {
            app.dark.set(dark);
            paint(dark);
        }
        if before.is_some_and(|before| before != choice) {
            keep(KEY, choice.name());
        }
        choice
    });
    Effect::new(move |before: Option<bool>| {
        let scrolls = app.wheel_scrolls.get();
        if before.is_some_and(|before| before != scrolls) {
            keep(WHEEL, if scrolls { "scroll" } else { "zoom" });
        }
        scrolls
    });
}

fn storage() -> Option<Storage> {
    window().local_storage().ok().flatten()
}

/// A browser may refuse to keep anything, above all for files; then the choice holds until the page is closed.
fn keep(key: &str, value: &str) {
    if let Some(storage) = storage() {
        storage.set_item(key, value).or_warn("keeping a choice");
    }
}

/// Sets the root's `data-theme` and the colours of the states.
fn paint(dark: bool) {
    let root = document().document_element();
    let Some(root) = root.and_then(|root| root.dyn_into::<HtmlElement>().ok()) else {
        return;
    };
    let theme = if dark { Theme::Dark } else { Theme::Light };
    root.set_attribute("data-theme", if dark { "dark" } else { "light" })
        .or_warn("setting the theme");
    for (key, color) in states::colors(theme) {
        root.style()
            .set_property(&format!("--state-{key}"), &palette::css(color))
            .or_warn("setting a colour");
    }
}
