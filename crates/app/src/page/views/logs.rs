//! What the program logged: one table, searched as one types, and where each message came from.

use leptos::prelude::*;

use crate::page::app::App;
use crate::page::widgets::explain::explain;
use crate::page::widgets::stack::stack;
use crate::page::widgets::table::{TableState, filter, table};
use crate::protocol::Row;

/// The view.
pub fn logs(app: App) -> AnyView {
    let state = TableState::new(app);
    let opens = move |row: u32, _: &Row| state.active.set(Some(row));
    view! {
        <section class="page wide" aria-label="Logs">
            <div class="page-head">
                <h1 class="title">"Logs"</h1>
                {explain(app, "logs")}
                <span class="grow"></span>
                {filter(app, "Search messages")}
            </div>
            <div class="split">
                {table(state, "Logs", opens)}
                <aside class="panel" aria-label="Message">
                    <div class="panel-body">{move || message(state)}</div>
                </aside>
            </div>
        </section>
    }
    .into_any()
}

/// The chosen message in full, and its stack.
fn message(state: TableState) -> AnyView {
    let Some(row) = state.active_row() else {
        return view! {
            <p class="quiet">"Choose a message to see all of it, and where it was logged."</p>
        }
        .into_any();
    };
    let text = row.cells.last().map(|cell| cell.text.clone());
    view! {
        <p class="log-message">{text.unwrap_or_default()}</p>
        {row.stack.map(stack)}
    }
    .into_any()
}
