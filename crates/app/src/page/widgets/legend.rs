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
    view! {
        <ul class="legend" aria-label="Colours">
            {rows}
            <li>{explain(app, "states")}</li>
        </ul>
    }
    .into_any()
}
