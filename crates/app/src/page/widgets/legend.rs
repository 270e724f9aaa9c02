//! What the timeline's colours mean.

use leptos::prelude::*;
use tracepane_timeline::palette::{self, Theme, css};

use super::explain::explain;
use crate::page::app::App;

/// The legend.
pub fn legend(app: App) -> AnyView {
    let rows = move || {
        let theme = if app.dark.get() {
            Theme::Dark
        } else {
            Theme::Light
        };
        palette::legend(theme)
            .into_iter()
            .map(|(name, color)| {
                view! {
                    <li>
                        <span class="swatch" style:background=css(color)></span>
                        {name}
                    </li>
                }
                .into_any()
            })
            .collect_view()
    };
    // What arrows mean is of interest where there are some.
    let arrows = move || {
        let theme = if app.dark.get() {
            Theme::Dark
        } else {
            Theme::Light
        };
        let selected = app.selection.with(Option::is_some);
        selected.then(|| {
            palette::arrow_legend(theme)
                .map(|(name, color, dashed)| {
                    let line = if dashed { "dashed" } else { "solid" };
                    let line = format!("2px {line} {}", css(color));
                    view! {
                        <li>
                            <span class="arrow-swatch" style:border-top=line></span>
                            {name}
                        </li>
                    }
                })
                .collect_view()
        })
    };
    let functions = move || {
        app.by_function
            .get()
            .then(|| view! { <li class="legend-note">"Procs: coloured by function (C)"</li> })
    };
    view! {
        <ul class="legend" aria-label="Colours">
            {functions}
            {rows}
            {arrows}
            <li>{explain(app, "states")}</li>
        </ul>
    }
    .into_any()
}
