//! Tables of any length: the worker has the rows, and only those that are seen exist.

mod cells;
mod state;
mod tools;

use leptos::html::Div;
use leptos::prelude::*;
use web_sys::{Event, KeyboardEvent};

use cells::{cols, heads, min_width, px, row_id, table_row};
use state::{HEAD, ROW, row_of};

use crate::address::{Address, Order};
use crate::page::app::App;
use crate::page::history::Entry;
use crate::page::views::FILTER;
use crate::page::widgets::facts::to;
use crate::protocol::{ColumnKind, ProfileName, Row, Table};

pub use cells::{cell, percent, state_color};
pub use state::TableState;

/// The table of what the address says. `opens` is what Enter, or a click beside the links, does with a row.
pub fn table(
    state: TableState,
    label: &'static str,
    opens: impl Fn(u32, &Row) + Copy + Send + 'static,
) -> AnyView {
    let app = state.app;
    let of = Memo::new(move |_| state.wanted());
    let rows = Memo::new(move |_| state.rows());
    let viewport = NodeRef::<Div>::new();
    Effect::new(move |before: Option<Option<(Table, Order)>>| {
        let now = of.get();
        if before.is_some_and(|before| before != now) {
            state.active.set(None);
            state.top.set(0.0);
            if let Some(element) = viewport.get_untracked() {
                element.set_scroll_top(0);
            }
        }
        now
    });
    Effect::new(move || {
        // After each answer, too: the view may have moved on meanwhile.
        state.answer.track();
        if let Some((table, order)) = of.get() {
            state.need(&table, &order, rows.get());
        }
    });
    Effect::new(move || {
        if let Some(element) = viewport.get() {
            let height = f64::from(element.client_height());
            state.height.set(height.max(ROW));
        }
    });
    let columns = Memo::new(move |_| {
        state
            .answer
            .with(|answer| answer.as_ref().map(|answer| answer.columns.clone()))
            .unwrap_or_default()
    });
    let bars = Memo::new(move |before: Option<&(Option<Table>, bool)>| {
        let table = of.get().map(|(table, _)| table);
        let seen = state.answer.with(|answer| {
            answer
                .as_ref()
                .is_some_and(|answer| answer.rows.iter().any(|row| !row.bar.is_empty()))
        });
        let still = before.is_some_and(|(of, seen)| *of == table && *seen);
        (table, seen || still)
    });
    let with_bars = move || bars.get().1;
    let act = move |event: KeyboardEvent| {
        let last = state.answer.with_untracked(|answer| {
            answer
                .as_ref()
                .map_or(0, |answer| answer.matched)
                .checked_sub(1)
        });
        let Some(last) = last else { return };
        let page = (state.height.get_untracked() / ROW) as u32;
        let active = state.active.get_untracked();
        let next = match event.key().as_str() {
            "ArrowDown" => active.map_or(0, |row| row + 1),
            "ArrowUp" => active.map_or(0, |row| row.saturating_sub(1)),
            "PageDown" => active.unwrap_or(0) + page,
            "PageUp" => active.unwrap_or(0).saturating_sub(page),
            "Home" => 0,
            "End" => last,
            "Enter" => {
                let row = active.and_then(|active| {
                    let row = state
                        .answer
                        .with_untracked(|answer| row_of(answer.as_ref()?, active).cloned());
                    Some((active, row?))
                });
                if let Some((active, row)) = row {
                    event.prevent_default();
                    opens(active, &row);
                }
                return;
            }
            _ => return,
        };
        event.prevent_default();
        let next = next.min(last);
        state.active.set(Some(next));
        if let Some(element) = viewport.get_untracked() {
            let scroller = untrack(move || state.scroller());
            let seen = scroller.to_content(f64::from(element.scroll_top()));
            let at = f64::from(next) * ROW;
            // The heads cover the first rows.
            let covered = HEAD + ROW;
            let lowest = seen + scroller.visible - covered;
            if at < seen || at > lowest {
                let top = if at < seen {
                    at
                } else {
                    at - scroller.visible + covered
                };
                element.set_scroll_top(scroller.to_element(top).round() as i32);
            }
        }
    };
    let moved = RwSignal::new(false);
    let scrolled = move |_: Event| {
        if let Some(element) = viewport.get_untracked() {
            state.top.set(f64::from(element.scroll_top()));
            moved.set(element.scroll_left() > 0);
            state
                .height
                .set(f64::from(element.client_height()).max(ROW));
        }
    };
    let space_after = move || {
        let rows = rows.get();
        let shown = rows.before + f64::from(rows.count) * ROW;
        (state.scroller().element() - shown).max(0.0)
    };
    // Rows that stay are kept as they are: scrolling makes only those that come into view.
    let shown = move || {
        let rows = rows.get();
        let bars = with_bars();
        let stamp = state.stamp.get();
        state.answer.with(|answer| {
            let here = |at| {
                answer
                    .as_ref()
                    .is_some_and(|answer| row_of(answer, at).is_some())
            };
            let all = rows.first..rows.first + rows.count;
            all.map(|at| (at, here(at), bars, stamp))
                .collect::<Vec<_>>()
        })
    };
    let one = move |(at, here, bars, _): (u32, bool, bool, u32)| {
        let row = state.answer.with_untracked(|answer| {
            let row = answer.as_ref().and_then(|answer| row_of(answer, at));
            row.filter(|_| here).cloned()
        });
        columns.with_untracked(|columns| table_row(state, at, row, columns, bars, opens))
    };
    view! {
        <div class="table-frame">
        {tools::bar(state)}
        <div
            class="table-scroll"
            class:moved=moved
            node_ref=viewport
            tabindex="0"
            role="group"
            aria-label=label
            aria-activedescendant=move || state.active.get().map(row_id)
            on:scroll=scrolled
            on:keydown=act
        >
            <table
                class="table"
                aria-rowcount=move || {
                    state.answer.with(|answer| answer.as_ref().map(|answer| answer.matched + 1))
                }
                style:min-width=move || min_width(&columns.get(), with_bars())
                // Without a text to take what is left, the columns stay as wide as they need to be.
                class:narrow=move || !columns.get().iter().any(|column| column.kind == ColumnKind::Text)
            >
                <caption class="visually-hidden">{label} ": " {move || state.caption()}</caption>
                <colgroup>{move || cols(&columns.get(), with_bars())}</colgroup>
                <thead>
                    <tr aria-rowindex="1">{move || heads(state, &columns.get(), with_bars())}</tr>
                </thead>
                <tbody>
                    <tr class="space" aria-hidden="true" style:height=move || px(rows.get().before)></tr>
                    <For each=shown key=|shown| *shown children=one />
                    <tr class="space" aria-hidden="true" style:height=move || px(space_after())></tr>
                </tbody>
            </table>
            {move || {
                let table = of.get().map(|(table, _)| table);
                let counts = state.answer.with(|answer| {
                    answer.as_ref().map(|answer| (answer.matched, answer.total))
                });
                let text = match (state.problem.get(), counts) {
                    (Some(problem), _) => problem,
                    (None, Some((0, 0))) => {
                        let more = table.as_ref().and_then(how_to).map(|(section, text)| {
                            let section = Some(section.to_owned());
                            to(app, Address::Help { section }, text)
                        });
                        let text = nothing(table);
                        return Some(view! { <p class="table-note">{text} " " {more}</p> }.into_any());
                    }
                    (None, Some((0, _))) => "No row contains this text.".to_owned(),
                    _ => return None,
                };
                Some(view! { <p class="table-note">{text}</p> }.into_any())
            }}
        </div>
        </div>
    }
    .into_any()
}

/// Why a table is empty.
fn nothing(table: Option<Table>) -> &'static str {
    match table {
        Some(Table::Tasks(_) | Table::Regions(_)) => "None passes these filters.",
        Some(Table::Hits(_)) => "Nothing was found.",
        Some(Table::Events(_)) => "No such event in this range of time.",
        _ => "Nothing here: the trace has none.",
    }
}

/// What a row does that only leads elsewhere: it follows its first link.
pub fn opens_first_link(app: App) -> impl Fn(u32, &Row) + Copy + Send + 'static {
    move |_: u32, row: &Row| {
        let to = row.cells.iter().find_map(|cell| cell.link.clone());
        if let Some(to) = to {
            app.follow_link(&to);
        }
    }
}

/// The section of the help that says how a trace comes to have something of a table, and the link's text.
fn how_to(table: &Table) -> Option<(&'static str, &'static str)> {
    match table {
        Table::TaskTypes | Table::RegionTypes | Table::InheritedTypes | Table::Logs => {
            Some(("annotate", "How a program writes them"))
        }
        Table::Profile(of) | Table::Functions(of) if of.kind == ProfileName::Cpu => {
            Some(("cpu-samples", "How a trace gets samples"))
        }
        _ => None,
    }
}

/// The filter box of the table that the address names.
pub fn filter(app: App, label: &'static str) -> AnyView {
    let order = move || {
        app.address
            .with(|address| address.table().map(|(_, order)| order.clone()))
            .unwrap_or_default()
    };
    view! {
        <input
            id=FILTER
            class="input"
            type="search"
            placeholder=label
            aria-label=label
            autocomplete="off"
            spellcheck="false"
            prop:value=move || order().filter
            on:input:target=move |event| {
                let order = Order {
                    filter: event.target().value(),
                    ..untrack(order)
                };
                let address = app.address.with_untracked(|address| address.ordered(order));
                app.go(address, Entry::Replace);
            }
        />
    }
    .into_any()
}
