//! Tables of any length: the worker has the rows, and only those that are seen exist.

use leptos::html::Div;
use leptos::prelude::*;
use tracepane_analysis::format;
use wasm_bindgen::JsCast;
use web_sys::{Event, HtmlElement, KeyboardEvent};

use super::facts::link;
use crate::address::Order;
use crate::interop::JsResult as _;
use crate::page::app::App;
use crate::page::history::Entry;
use crate::page::scroller::{Rows, Scroller};
use crate::page::views::FILTER;
use crate::protocol::{Answer, Ask, Cell, ColumnHead, ColumnKind, Row, RowsAnswer, RowsOf, Table};

/// The height of a row, CSS pixels; the style sheet has the same.
const ROW: f64 = 28.0;
/// Rows that exist above and below those that are seen.
const MORE: u32 = 6;
/// Rows that are asked for beyond those, so that short scrolls need no question.
const AHEAD: u32 = 60;

/// A table's state, for views that show more about a row.
#[derive(Clone, Copy)]
pub struct TableState {
    app: App,
    answer: RwSignal<Option<RowsAnswer>>,
    problem: RwSignal<Option<String>>,
    /// What is scrolled away, CSS pixels of the element.
    top: RwSignal<f64>,
    height: RwSignal<f64>,
    /// The row that the keys act on.
    pub active: RwSignal<Option<u32>>,
    asking: StoredValue<Option<RowsOf>>,
}

impl TableState {
    /// A table that has asked nothing yet.
    pub fn new(app: App) -> Self {
        Self {
            app,
            answer: RwSignal::new(None),
            problem: RwSignal::new(None),
            top: RwSignal::new(0.0),
            height: RwSignal::new(600.0),
            active: RwSignal::new(None),
            asking: StoredValue::new(None),
        }
    }

    /// The row that the keys act on, if it is here.
    pub fn active_row(self) -> Option<Row> {
        let active = self.active.get()?;
        self.answer
            .with(|answer| row_of(answer.as_ref()?, active).cloned())
    }

    /// The sentence above the table.
    pub fn caption(self) -> String {
        self.answer.with(|answer| {
            let Some(answer) = answer else {
                return String::new();
            };
            if answer.matched < answer.total {
                format!(
                    "{} of {} rows · {}",
                    format::count(answer.matched.into()),
                    format::count(answer.total.into()),
                    answer.caption
                )
            } else {
                answer.caption.clone()
            }
        })
    }

    fn scroller(self) -> Scroller {
        let matched = self
            .answer
            .with(|answer| answer.as_ref().map_or(0, |answer| answer.matched));
        Scroller {
            content: f64::from(matched) * ROW,
            visible: self.height.get(),
        }
    }

    fn rows(self) -> Rows {
        self.scroller().rows(self.top.get(), ROW, MORE)
    }

    /// Asks for the rows that are needed, unless they are here or asked for.
    fn need(self, table: &Table, order: &Order, rows: Rows) {
        let fresh = self.answer.with_untracked(|answer| {
            let Some(answer) = answer else {
                return false;
            };
            let of = &answer.of;
            let have = of.first..of.first.saturating_add(answer.rows.len() as u32);
            let end = (rows.first + rows.count).min(answer.matched);
            same(of, table, order)
                && (rows.first >= end || have.contains(&rows.first) && have.end >= end)
        });
        if fresh || self.asking.with_value(Option::is_some) {
            return;
        }
        let first = rows.first.saturating_sub(AHEAD);
        let of = RowsOf {
            table: table.clone(),
            sort: order.sort.clone(),
            descending: order.descending,
            filter: order.filter.clone(),
            first,
            count: rows.first - first + rows.count.max(40) + AHEAD,
        };
        self.asking.set_value(Some(of.clone()));
        self.app.ask(Ask::Rows(of), move |answer| {
            // The view may be gone.
            if self.asking.try_set_value(None).is_some() {
                return;
            }
            match answer {
                Ok(Answer::Rows(rows)) => {
                    self.problem.set(None);
                    self.answer.set(Some(rows));
                }
                Ok(_) => {}
                Err(text) => self.problem.set(Some(text)),
            }
        });
    }
}

fn same(of: &RowsOf, table: &Table, order: &Order) -> bool {
    of.table == *table
        && of.sort == order.sort
        && of.descending == order.descending
        && of.filter == order.filter
}

fn row_of(answer: &RowsAnswer, row: u32) -> Option<&Row> {
    answer.rows.get(row.checked_sub(answer.of.first)? as usize)
}

/// The table of what the address says. `opens` is what Enter, or a click beside the links, does with a row.
pub fn table(
    state: TableState,
    label: &'static str,
    opens: impl Fn(u32, &Row) + Copy + Send + 'static,
) -> AnyView {
    let app = state.app;
    let of = Memo::new(move |_| {
        app.address.with(|address| {
            let (table, order) = address.table()?;
            Some((table, order.clone()))
        })
    });
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
        focus_row(next);
        if let Some(element) = viewport.get_untracked() {
            let scroller = untrack(move || state.scroller());
            let seen = scroller.to_content(f64::from(element.scroll_top()));
            let at = f64::from(next) * ROW;
            // The head covers the first row's height.
            let lowest = seen + scroller.visible - 2.0 * ROW;
            if at < seen || at > lowest {
                let top = if at < seen {
                    at
                } else {
                    at - scroller.visible + 2.0 * ROW
                };
                element.set_scroll_top(scroller.to_element(top).round() as i32);
            }
        }
    };
    let scrolled = move |_: Event| {
        if let Some(element) = viewport.get_untracked() {
            state.top.set(f64::from(element.scroll_top()));
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
    let body = move || {
        let rows = rows.get();
        let columns = columns.get();
        let bars = with_bars();
        state.answer.with(|answer| {
            (rows.first..rows.first + rows.count)
                .map(|at| {
                    let row = answer.as_ref().and_then(|answer| row_of(answer, at));
                    table_row(state, at, row.cloned(), &columns, bars, opens)
                })
                .collect_view()
        })
    };
    view! {
        <div
            class="table-scroll"
            node_ref=viewport
            tabindex="0"
            role="group"
            aria-label=label
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
                    <tr aria-rowindex="1">{move || heads(app, &columns.get(), with_bars())}</tr>
                </thead>
                <tbody>
                    <tr class="space" aria-hidden="true" style:height=move || px(rows.get().before)></tr>
                    {body}
                    <tr class="space" aria-hidden="true" style:height=move || px(space_after())></tr>
                </tbody>
            </table>
            {move || {
                let text = match (state.problem.get(), state.answer.with(|a| a.as_ref().map(|a| (a.matched, a.total)))) {
                    (Some(problem), _) => problem,
                    (None, Some((0, 0))) => "Nothing here: the trace has none.".to_owned(),
                    (None, Some((0, _))) => "No row contains this text.".to_owned(),
                    _ => return None,
                };
                Some(view! { <p class="table-note">{text}</p> })
            }}
        </div>
    }
    .into_any()
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

fn heads(app: App, columns: &[ColumnHead], bars: bool) -> AnyView {
    let mut heads: Vec<AnyView> = columns.iter().map(|column| head(app, column)).collect();
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
fn head(app: App, column: &ColumnHead) -> AnyView {
    let key = column.key.clone();
    let text = column.kind == ColumnKind::Text;
    let sorted = Memo::new(move |_| {
        app.address.with(|address| {
            let (_, order) = address.table()?;
            (order.sort.as_deref() == Some(&key)).then_some(order.descending)
        })
    });
    let key = column.key.clone();
    let sort = move |_| {
        let descending = sorted
            .get_untracked()
            .map_or(!text, |descending| !descending);
        let address = app.address.with_untracked(|address| {
            let filter = address.table().map(|(_, order)| order.filter.clone());
            address.ordered(Order {
                sort: Some(key.clone()),
                descending,
                filter: filter.unwrap_or_default(),
            })
        });
        app.go(address, Entry::Replace);
    };
    view! {
        <th
            scope="col"
            class:number=!text
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

fn table_row(
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
        None => kinds.map(|_| view! { <td></td> }.into_any()).collect(),
    };
    if bars {
        let parts = row.as_ref().map(|row| row.bar.clone());
        cells.insert(cells.len().min(1), bar(parts.unwrap_or_default()));
    }
    view! {
        <tr
            id=row_id(at)
            tabindex="-1"
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

fn cell(app: App, kind: ColumnKind, cell: Cell) -> AnyView {
    let Cell {
        text,
        exact,
        share,
        link: to,
    } = cell;
    let title = exact.or_else(|| (kind == ColumnKind::Text).then(|| text.clone()));
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
        <td class:number=kind != ColumnKind::Text class:share=kind == ColumnKind::Share title=title>
            {meter}
            {content}
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

fn cols(columns: &[ColumnHead], bars: bool) -> AnyView {
    let mut widths: Vec<String> = columns.iter().map(|column| width(column)).collect();
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
        ColumnKind::Count => 80.0,
        ColumnKind::Share => 112.0,
    };
    let title = column.title.chars().count() as f64 * 7.0 + 32.0;
    title.min(200.0).max(holds)
}

/// Text takes what is left.
fn width(column: &ColumnHead) -> String {
    match column.kind {
        ColumnKind::Text => "auto".to_owned(),
        _ => px(fixed_width(column)),
    }
}

fn min_width(columns: &[ColumnHead], bars: bool) -> String {
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

/// Gives a row the keyboard, once it exists.
fn focus_row(at: u32) {
    request_animation_frame(move || {
        let row = document().get_element_by_id(&row_id(at));
        if let Some(row) = row.and_then(|row| row.dyn_into::<HtmlElement>().ok()) {
            row.focus().or_warn("focusing a row");
        }
    });
}

fn row_id(at: u32) -> String {
    format!("row-{at}")
}

fn px(length: f64) -> String {
    format!("{length}px")
}

fn percent(share: f64) -> String {
    format!("{:.3}%", share.clamp(0.0, 1.0) * 100.0)
}
