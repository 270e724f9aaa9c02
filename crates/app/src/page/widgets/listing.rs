//! A short table, whole: its rows open to show their stacks.

use leptos::prelude::*;
use tracepane_analysis::format;

use super::stack::stack;
use super::table::{cell, percent, state_color};
use crate::page::app::App;
use crate::protocol::{ColumnHead, Listing, Row};

/// How many rows are seen at first.
const FIRST: usize = 12;

/// A list under a heading; nothing if it is empty.
pub fn listing(app: App, title: &'static str, listing: Listing) -> AnyView {
    let Listing {
        columns,
        rows,
        total,
    } = listing;
    if rows.is_empty() {
        return ().into_any();
    }
    let opened = RwSignal::new(None::<usize>);
    let all = RwSignal::new(rows.len() <= FIRST);
    let bars = rows.iter().any(|row| !row.bar.is_empty());
    let shown = rows.len() as u64;
    let count = if shown < u64::from(total) {
        format!(
            "the first {} of {}",
            format::count(shown),
            format::count(total.into())
        )
    } else {
        format::count(total.into())
    };
    let width = columns.len() + 1 + usize::from(bars);
    let heads = columns.iter().map(head).collect_view();
    let body = move || {
        let seen = if all.get() { rows.len() } else { FIRST };
        let seen = rows.iter().take(seen).enumerate();
        seen.map(|(at, content)| row(app, opened, at, content.clone(), &columns, bars, width))
            .collect_view()
    };
    view! {
        <section class="listing-section">
            <h2>
                {title}
                <span class="quiet">{count}</span>
            </h2>
            <table class="listing">
                <thead>
                    <tr>
                        <th></th>
                        {heads}
                        {bars.then(|| view! { <th></th> })}
                    </tr>
                </thead>
                <tbody>{body}</tbody>
            </table>
            {move || {
                (!all.get())
                    .then(|| {
                        view! {
                            <button class="button small" on:click=move |_| all.set(true)>
                                {format!("Show {}", format::count(shown))}
                            </button>
                        }
                    })
            }}
        </section>
    }
    .into_any()
}

fn head(column: &ColumnHead) -> AnyView {
    view! {
        <th scope="col" class:number=!column.kind.is_text() title=column.help.clone()>
            {column.title.clone()}
        </th>
    }
    .into_any()
}

fn row(
    app: App,
    opened: RwSignal<Option<usize>>,
    at: usize,
    row: Row,
    columns: &[ColumnHead],
    bars: bool,
    width: usize,
) -> AnyView {
    let Row {
        cells,
        stack: frames,
        bar,
    } = row;
    let open = move || opened.get() == Some(at);
    let toggle = frames.is_some().then(|| {
        view! {
            <button
                class="listing-open"
                aria-expanded=move || open().to_string()
                aria-label="Its stack"
                title="Its stack"
                on:click=move |_| {
                    opened.update(|opened| {
                        *opened = if *opened == Some(at) { None } else { Some(at) };
                    });
                }
            >
                {move || if open() { "▾" } else { "▸" }}
            </button>
        }
    });
    let kinds = columns.iter().map(|column| column.kind);
    let cells: Vec<AnyView> = kinds
        .zip(cells)
        .map(|(kind, content)| cell(app, kind, content))
        .collect();
    let bar = bars.then(|| {
        let parts = bar.into_iter().map(|(state, share)| {
            view! {
                <span
                    class="bar-part"
                    style:width=percent(share)
                    style:background=state_color(&state)
                ></span>
            }
        });
        view! { <td class="share-bar">{parts.collect_view()}</td> }
    });
    let more = move || {
        let frames = frames.clone().filter(|_| open())?;
        Some(view! {
            <tr class="listing-more">
                <td></td>
                <td colspan=width - 1>{stack(frames)}</td>
            </tr>
        })
    };
    view! {
        <tr>
            <td class="listing-toggle">{toggle}</td>
            {cells}
            {bar}
        </tr>
        {more}
    }
    .into_any()
}
