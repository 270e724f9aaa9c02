//! The panel beside the timeline while nothing is selected: what the trace is, what is worth a look, what was lost.

use leptos::prelude::*;

use crate::page::app::App;
use crate::page::widgets::explain::explain;
use crate::page::widgets::facts::{facts, link};
use crate::protocol::{Finding, Summary};

/// The summary.
pub fn summary(app: App) -> AnyView {
    (move || match app.summary.get() {
        Some(summary) => contents(app, summary),
        None => view! { <p class="panel-body quiet">"Summing up…"</p> }.into_any(),
    })
    .into_any()
}

fn contents(app: App, summary: Summary) -> AnyView {
    let Summary {
        facts: known,
        findings,
        warnings,
    } = summary;
    let warnings = (!warnings.is_empty()).then(|| {
        let rows = warnings.into_iter().map(|text| view! { <li>{text}</li> });
        view! {
            <section class="warnings">
                <h3>"Lost or odd"</h3>
                <ul>{rows.collect_view()}</ul>
            </section>
        }
        .into_any()
    });
    let findings = (!findings.is_empty()).then(|| {
        let rows = findings.into_iter().map(|found| finding(app, found));
        view! {
            <section>
                <h3>"Worth a look"</h3>
                <ul class="findings">{rows.collect_view()}</ul>
            </section>
        }
        .into_any()
    });
    view! {
        <div class="panel-body">
            {warnings}
            <section>{facts(app, known)}</section>
            {findings}
        </div>
    }
    .into_any()
}

fn finding(app: App, finding: Finding) -> AnyView {
    let Finding {
        title,
        text,
        link: to,
        help,
    } = finding;
    let title = match to {
        Some(to) => link(app, to, title),
        None => title.into_any(),
    };
    view! {
        <li>
            <p class="finding-title">{title} {explain(app, &help)}</p>
            <p class="quiet">{text}</p>
        </li>
    }
    .into_any()
}
