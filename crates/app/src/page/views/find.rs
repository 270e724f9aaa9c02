//! The find bar: the field with its hints, how many hits there are, the ways from one to the next, and their list.

use leptos::prelude::*;
use tracepane_analysis::format;
use web_sys::KeyboardEvent;

use crate::address::{Address, Order, Tab};
use crate::commands::Command;
use crate::page::app::App;
use crate::page::find::{FIELD, hits};
use crate::page::keys::run;
use crate::page::widgets::facts::to;
use crate::page::widgets::table::{TableState, table};
use crate::protocol::{HitTo, Link, Row, Table};

/// The button that opens the bar.
pub fn button(app: App) -> AnyView {
    view! {
        <button
            class="button small"
            title="Find spans, functions, regions, goroutines (/)"
            aria-pressed=move || app.find.open.get().to_string()
            on:click=move |_| {
                if app.find.open.get_untracked() {
                    app.close_find();
                } else {
                    app.open_find();
                }
            }
        >
            "Find"
        </button>
    }
    .into_any()
}

/// The bar, if it is open.
pub fn bar(app: App) -> AnyView {
    view! { <Show when=move || app.find.open.get()>{contents(app)}</Show> }.into_any()
}

fn contents(app: App) -> AnyView {
    let find = app.find;
    let any = move || {
        find.found
            .with(|found| found.as_ref().is_some_and(|found| found.count > 0.0))
    };
    let step = move |command: Command, text: &'static str, title: &'static str| {
        view! {
            <button
                class="button small"
                title=title
                aria-label=title
                disabled=move || !any()
                on:click=move |_| run(app, command)
            >
                {text}
            </button>
        }
        .into_any()
    };
    view! {
        <div class="find-bar" role="search" aria-label="Find in the trace">
            <div class="find-field">
                <input
                    id=FIELD
                    class="input"
                    type="text"
                    placeholder="runnable > 1ms, fn:net/http, region:parse, any text…"
                    aria-label="Find in the trace"
                    autocomplete="off"
                    spellcheck="false"
                    role="combobox"
                    aria-expanded=move || (!find.hints.with(Vec::is_empty)).to_string()
                    aria-controls="find-hints"
                    aria-invalid=move || find.problem.with(Option::is_some).then_some("true")
                    prop:value=find.text
                    on:input:target=move |event| app.find_typed(event.target().value())
                    on:keydown=move |event| pressed(app, &event)
                    on:focus=move |_| app.ask_for_hints()
                    on:blur=move |_| find.hide_hints()
                />
                {hints(app)}
            </div>
            <span class="find-count" role="status">{move || count(app)}</span>
            <span class="button-row">
                {step(Command::PreviousHit, "↑", "The hit before (Shift N, Shift Enter)")}
                {step(Command::NextHit, "↓", "The next hit (N, Enter)")}
            </span>
            <button
                class="button small"
                title="List the hits below the timeline"
                aria-pressed=move || find.listed.get().to_string()
                on:click=move |_| find.listed.update(|listed| *listed = !*listed)
            >
                "List"
            </button>
            <button
                class="button small"
                title="Dim all that was not found"
                aria-pressed=move || find.dims.get().to_string()
                on:click=move |_| find.dims.update(|dims| *dims = !*dims)
            >
                "Dim others"
            </button>
            {message(app)}
            <span class="grow"></span>
            <Show when=move || find.problem.with(Option::is_none)>
                {to(app, Address::Help { section: Some("find".into()) }, "What can be typed")}
            </Show>
            <button
                class="button small"
                title="Close (Esc)"
                aria-label="Close the search"
                on:click=move |_| app.close_find()
            >
                "×"
            </button>
        </div>
    }
    .into_any()
}

/// "17 of 1,204", "1,204 hits", or that it is being looked for.
fn count(app: App) -> String {
    let find = app.find;
    if find.problem.with(Option::is_some) || find.query.with(String::is_empty) {
        return String::new();
    }
    find.found.with(|found| match (found, find.place.get()) {
        (None, _) => "Looking…".into(),
        (Some(found), Some(place)) => format!(
            "{} of {}",
            format::count(place as u64),
            format::count(found.count as u64)
        ),
        (Some(found), None) => hits(found.count),
    })
}

/// What is wrong with the query and where, or what else is to be said of the hits.
fn message(app: App) -> AnyView {
    let find = app.find;
    (move || {
        if let Some(problem) = find.problem.get() {
            let [before, wrong, after] = problem.parts;
            // Only what is near the place is shown.
            let start: Vec<char> = before.chars().collect();
            let start: String = start[start.len().saturating_sub(24)..].iter().collect();
            let end: String = after.chars().take(24).collect();
            let text = problem.text;
            return view! {
                <span class="find-problem" role="alert" title=text.clone()>
                    <code class="find-place">{start}<mark>{wrong}</mark>{end}</code>
                    {text.clone()}
                </span>
            }
            .into_any();
        }
        let (kinds, note) = find.found.with(|found| {
            found.as_ref().map_or((Vec::new(), None), |found| {
                (found.kinds.clone(), found.note.clone())
            })
        });
        let kinds = match kinds.len() {
            0 | 1 => String::new(),
            _ => {
                let parts = kinds
                    .iter()
                    .map(|(kind, count)| format::counted(*count as u64, kind));
                parts.collect::<Vec<_>>().join(", ")
            }
        };
        let note = note.unwrap_or(kinds);
        view! {
            <span class="find-note" title=note.clone()>
                {note.clone()}
            </span>
        }
        .into_any()
    })
    .into_any()
}

fn hints(app: App) -> AnyView {
    let find = app.find;
    (move || {
        let hints = find.hints.get();
        if hints.is_empty() {
            return ().into_any();
        }
        let rows = hints.into_iter().enumerate().map(|(place, hint)| {
            let (label, help) = (hint.label.clone(), hint.help.clone());
            view! {
                <li
                    role="option"
                    aria-selected=move || (find.hint.get() == Some(place)).to_string()
                    class:active=move || find.hint.get() == Some(place)
                    // The field keeps the keyboard.
                    on:mousedown=move |event| {
                        event.prevent_default();
                        app.take_hint(&hint);
                    }
                >
                    <code>{label}</code>
                    <span class="quiet">{help}</span>
                </li>
            }
            .into_any()
        });
        view! {
            <ul id="find-hints" class="find-hints" role="listbox" aria-label="What may be typed">
                {rows.collect_view()}
            </ul>
        }
        .into_any()
    })
    .into_any()
}

/// A key in the field.
fn pressed(app: App, event: &KeyboardEvent) {
    let find = app.find;
    let count = find.hints.with_untracked(Vec::len);
    let hint = find.hint.get_untracked();
    let chosen = || {
        let place = find.hint.get_untracked()?;
        find.hints.with_untracked(|hints| hints.get(place).cloned())
    };
    match event.key().as_str() {
        "Escape" if count > 0 && hint.is_some() => find.hide_hints(),
        "Escape" => app.close_find(),
        "ArrowDown" if count > 0 => {
            find.hint
                .set(Some(hint.map_or(0, |place| (place + 1) % count)));
        }
        "ArrowUp" if count > 0 => {
            let last = count - 1;
            find.hint.set(Some(
                hint.map_or(last, |place| place.checked_sub(1).unwrap_or(last)),
            ));
        }
        "Tab" if !event.shift_key() && count > 0 => {
            let hint =
                chosen().or_else(|| find.hints.with_untracked(|hints| hints.first().cloned()));
            if let Some(hint) = hint {
                app.take_hint(&hint);
            }
        }
        "Enter" => match chosen() {
            Some(hint) => app.take_hint(&hint),
            None => {
                find.hide_hints();
                if app.take_typed() {
                    app.walk(if event.shift_key() {
                        HitTo::Previous
                    } else {
                        HitTo::Next
                    });
                }
            }
        },
        _ => return,
    }
    event.prevent_default();
    event.stop_propagation();
}

/// The list of hits below the timeline.
pub fn list(app: App) -> AnyView {
    let find = app.find;
    let shown = Memo::new(move |_| {
        let here = app.address.with(|address| address.tab() == Tab::Timeline);
        here && find.open.get() && find.listed.get() && !find.query.with(String::is_empty)
    });
    view! { <Show when=move || shown.get()>{drawer(app)}</Show> }.into_any()
}

fn drawer(app: App) -> AnyView {
    let find = app.find;
    let source = RwSignal::new(None::<(Table, Order)>);
    let state = TableState::of(app, source);
    Effect::new(move || {
        let query = find
            .found
            .with(|found| found.as_ref().map(|found| found.query.clone()));
        state.forget();
        let order = source.with_untracked(|source| source.as_ref().map(|(_, order)| order.clone()));
        source.set(query.map(|query| (Table::Hits(query), order.unwrap_or_default())));
    });
    // The selected hit is the active row, as long as the rows stand in time order.
    Effect::new(move || {
        let in_time = source.with(|source| {
            source
                .as_ref()
                .is_some_and(|(_, order)| order.sort.is_none())
        });
        let place = find.place.get().filter(|_| in_time);
        state.active.set(place.map(|place| place as u32 - 1));
    });
    let opens = move |_: u32, row: &Row| {
        let link = row.cells.iter().find_map(|cell| cell.link.clone());
        if let Some(Link::Select { selection, time }) = link {
            app.step_to(selection, time);
        }
    };
    view! {
        <section class="find-list" aria-label="Hits">
            {table(state, "Hits", opens)}
        </section>
    }
    .into_any()
}
