//! The parts of a table: heads that sort, rows, cells, small bars, and how wide each column is.

use leptos::prelude::*;

use super::state::TableState;
use crate::address::Order;
use crate::page::app::App;
use crate::page::widgets::facts::link;
use crate::protocol::{Cell, ColumnHead, ColumnKind, Row};

/// The row of heads; a column of bars comes second.
pub(super) fn heads(state: TableState, columns: &[ColumnHead], bars: bool) -> AnyView {
    let mut heads: Vec<AnyView> = columns.iter().map(|column| head(state, column)).collect();
    if bars {
        let at = heads.len().min(1);
        heads.insert(
            at,
            view! { <th scope="col"><span class="head-plain">"By state"</span></th> }.into_any(),
        );
    }
    heads.into_any()
}

/// A column's head: a button that sorts by it, largest first for numbers.
fn head(state: TableState, column: &ColumnHead) -> AnyView {
    let key = column.key.clone();
    let text = column.kind.is_text();
    let number = !text && column.kind != ColumnKind::Bars;
    let sorted = Memo::new(move |_| {
        let (_, order) = state.wanted()?;
        (order.sort.as_deref() == Some(&key)).then_some(order.descending)
    });
    let key = column.key.clone();
    let sort = move |_| {
        let descending = sorted
            .get_untracked()
            .map_or(!text, |descending| !descending);
        let filter = untrack(move || state.wanted()).map(|(_, order)| order.filter);
        state.reorder(Order {
            sort: Some(key.clone()),
            descending,
            filter: filter.unwrap_or_default(),
        });
    };
    view! {
        <th
            scope="col"
            class:number=number
            aria-sort=move || match sorted.get() {
                None => "none",
                Some(true) => "descending",
                Some(false) => "ascending",
            }
        >
            <button class="head" title=column.help.clone() on:click=sort>
                <span class="head-text">{column.title.clone()}</span>
                <span class="arrow" aria-hidden="true">
                    {move || match sorted.get() {
                        None => "",
                        Some(true) => "▾",
                        Some(false) => "▴",
                    }}
                </span>
            </button>
        </th>
    }
    .into_any()
}

/// One row; empty while its contents are on their way.
pub(super) fn table_row(
    state: TableState,
    at: u32,
    row: Option<Row>,
    columns: &[ColumnHead],
    bars: bool,
    opens: impl Fn(u32, &Row) + Copy + Send + 'static,
) -> AnyView {
    let kinds = columns.iter().map(|column| column.kind);
    let mut cells: Vec<AnyView> = match &row {
        Some(row) => kinds
            .zip(&row.cells)
            .map(|(kind, content)| cell(state.app, kind, content.clone()))
            .collect(),
        None => {
            let all = kinds.count() + usize::from(bars);
            vec![view! { <td colspan=all></td> }.into_any()]
        }
    };
    if let Some(row) = row.as_ref().filter(|_| bars) {
        cells.insert(cells.len().min(1), bar(row.bar.clone()));
    }
    view! {
        <tr
            id=row_id(at)
            aria-rowindex=at + 2
            class:active=move || state.active.get() == Some(at)
            on:click=move |_| {
                state.active.set(Some(at));
                if let Some(row) = &row {
                    opens(at, row);
                }
            }
        >
            {cells}
        </tr>
    }
    .into_any()
}

/// A cell.
pub fn cell(app: App, kind: ColumnKind, cell: Cell) -> AnyView {
    let Cell {
        text,
        exact,
        share,
        bars,
        link: to,
    } = cell;
    if kind == ColumnKind::Bars {
        return small_bars(&bars, text);
    }
    let title = exact.or_else(|| kind.is_text().then(|| text.clone()));
    let content = match to {
        Some(to) => link(app, to, text),
        None => text.into_any(),
    };
    let meter = share.map(|share| {
        let width = percent(share);
        view! { <span class="meter"><span class="meter-fill" style:width=width></span></span> }
            .into_any()
    });
    view! {
        <td class:number=!kind.is_text() class:share=kind == ColumnKind::Share title=title>
            {meter}
            {content}
        </td>
    }
    .into_any()
}

/// A distribution: small bars, and what they count in words.
fn small_bars(bars: &[f64], text: String) -> AnyView {
    let bars = bars.iter().map(|&height| {
        let height = if height > 0.0 {
            // What is there is seen.
            format!("max(1px, {})", percent(height))
        } else {
            "0".to_owned()
        };
        view! { <span style:height=height></span> }.into_any()
    });
    view! {
        <td title=text>
            <span class="small-bars">{bars.collect_view()}</span>
        </td>
    }
    .into_any()
}

/// A small stacked bar of times by state.
fn bar(parts: Vec<(String, f64)>) -> AnyView {
    let parts = parts.into_iter().map(|(state, share)| {
        view! {
            <span
                class="bar-part"
                style:width=percent(share)
                style:background=state_color(&state)
            ></span>
        }
        .into_any()
    });
    view! { <td class="bar-cell"><span class="bar">{parts.collect_view()}</span></td> }.into_any()
}

/// The colour of a state's key, as CSS.
pub fn state_color(key: &str) -> String {
    // The keys are the worker's, but they go into a style: nothing else may.
    let known = key
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte == b'-');
    format!(
        "var(--state-{}, transparent)",
        if known { key } else { "dead" }
    )
}

/// The columns, with their widths.
pub(super) fn cols(columns: &[ColumnHead], bars: bool) -> AnyView {
    let mut widths: Vec<String> = columns.iter().map(width).collect();
    if bars {
        widths.insert(widths.len().min(1), px(BAR_WIDTH));
    }
    widths
        .into_iter()
        .map(|width| view! { <col style:width=width /> }.into_any())
        .collect_view()
        .into_any()
}

const BAR_WIDTH: f64 = 140.0;
/// A table's only column of text, and one of several.
const TEXT_WIDTHS: [f64; 2] = [260.0, 180.0];

/// CSS pixels, enough for what it holds and for its title.
fn fixed_width(column: &ColumnHead) -> f64 {
    let holds = match column.kind {
        ColumnKind::Text => TEXT_WIDTHS[0],
        ColumnKind::Time => 96.0,
        ColumnKind::Count => 92.0,
        ColumnKind::Share => 112.0,
        ColumnKind::Word => 124.0,
        ColumnKind::Bars => 172.0,
    };
    title_width(&column.title).max(holds)
}

/// A title may take two lines.
fn title_width(title: &str) -> f64 {
    let words = || title.split(' ').map(|word| word.chars().count());
    let all = title.chars().count();
    let longest = words().max().unwrap_or_default();
    // The first line's words, as many as bring it to half of all.
    let mut first = 0;
    for word in words() {
        if first * 2 >= all {
            break;
        }
        first += word + usize::from(first > 0);
    }
    let second = all.saturating_sub(first);
    longest.max(first).max(second) as f64 * 6.6 + 30.0
}

/// Text takes what is left.
fn width(column: &ColumnHead) -> String {
    match column.kind {
        ColumnKind::Text => "auto".to_owned(),
        _ => px(fixed_width(column)),
    }
}

/// The width below which the table is moved sideways.
pub(super) fn min_width(columns: &[ColumnHead], bars: bool) -> String {
    let sum: f64 = columns.iter().map(fixed_width).sum();
    let texts = columns
        .iter()
        .filter(|column| column.kind == ColumnKind::Text);
    let texts = texts.count() as f64;
    let spared = if texts > 1.0 {
        texts * (TEXT_WIDTHS[0] - TEXT_WIDTHS[1])
    } else {
        0.0
    };
    px(sum - spared + if bars { BAR_WIDTH } else { 0.0 })
}

/// A row's id.
pub(super) fn row_id(at: u32) -> String {
    format!("row-{at}")
}

/// A length as CSS has it.
pub(super) fn px(length: f64) -> String {
    format!("{length}px")
}

/// A share as CSS has it.
pub fn percent(share: f64) -> String {
    format!("{:.3}%", share.clamp(0.0, 1.0) * 100.0)
}
