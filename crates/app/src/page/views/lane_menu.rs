//! The menu of a lane, and the menu of all lanes: what can be done with them, with the pointer or with keys.

use leptos::ev::KeyboardEvent;
use leptos::html::Div;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use crate::address::Address;
use crate::interop::JsResult as _;
use crate::page::app::App;
use crate::page::history::Entry;
use crate::page::keys::focus_plot;
use crate::page::widgets::copy::copy;
use crate::protocol::{Fold, LaneChange, LaneInfo, LaneLayout, LaneSort, LaneView};

/// Which menu is open.
#[derive(Clone, PartialEq, Debug)]
pub enum Menu {
    /// Of a lane, at a place of the plot.
    Lane {
        /// The lane.
        info: Box<LaneInfo>,
        /// CSS pixels from the plot's left.
        x: f64,
        /// CSS pixels from the plot's top.
        y: f64,
    },
    /// Of all lanes, below its button.
    Lanes,
}

/// About how wide and high a menu is, in CSS pixels: it is kept within the plot.
const WIDTH: f64 = 260.0;
const ROW: f64 = 26.0;

/// Filters that are often wanted: what they show, and how they are written.
const PRESETS: [(&str, &str); 7] = [
    ("All of them", ""),
    ("Active in what is seen", "active"),
    ("Ran longer than 1 ms at once", "running>1ms"),
    ("Waited to run longer than 1 ms", "runnable>1ms"),
    ("Blocked longer than 1 ms", "blocked>1ms"),
    ("Waited for a lock", "waiting:sync"),
    ("Made system calls", "state:syscall"),
];

/// A row of a menu.
enum Row {
    Title(String),
    Line,
    Item {
        text: String,
        /// The key that does the same, or a filter as it is written.
        hint: &'static str,
        /// Whether it is chosen, of those of which one or more are.
        chosen: Option<bool>,
        act: Box<dyn Fn()>,
    },
}

fn item(text: impl Into<String>, hint: &'static str, act: impl Fn() + 'static) -> Row {
    Row::Item {
        text: text.into(),
        hint,
        chosen: None,
        act: Box::new(act),
    }
}

fn choice(
    text: impl Into<String>,
    hint: &'static str,
    chosen: bool,
    act: impl Fn() + 'static,
) -> Row {
    Row::Item {
        text: text.into(),
        hint,
        chosen: Some(chosen),
        act: Box::new(act),
    }
}

impl App {
    /// Opens the menu of the lane that is meant: by keys.
    pub fn open_lane_menu(self) {
        let x = tracepane_timeline::GUTTER - 40.0;
        self.with_lane(move |info| {
            let y = info.place.0 + info.place.1.min(ROW);
            self.menu.set(Some(Menu::Lane {
                info: Box::new(info),
                x,
                y,
            }));
        });
    }

    /// Opens the menu of the lane at a place of the plot.
    pub fn open_lane_menu_at(self, x: f64, y: f64) {
        let at = crate::protocol::LaneAt::Place { x, y };
        self.with_lane_at(at, move |info| {
            self.menu.set(Some(Menu::Lane {
                info: Box::new(info),
                x,
                y,
            }));
        });
    }

    fn close_menu(self) {
        self.menu.set(None);
        focus_plot(self);
    }
}

/// The button of the menu of all lanes.
pub fn button(app: App) -> AnyView {
    let changed = move || {
        app.lanes
            .with(|lanes| lanes.layout.sort != LaneSort::Usual || !lanes.layout.moves.is_empty())
            || app.by_function.get()
    };
    view! {
        <span class="menu-anchor">
            <button
                class="button small"
                class:changed=changed
                title="Sort, filter and colour lanes"
                aria-haspopup="menu"
                aria-expanded=move || app.menu.with(|menu| *menu == Some(Menu::Lanes)).to_string()
                on:click=move |_| {
                    let open = app.menu.with_untracked(|menu| *menu == Some(Menu::Lanes));
                    app.menu.set((!open).then_some(Menu::Lanes));
                }
            >
                "Lanes ▾"
            </button>
            {move || {
                app.menu
                    .with(|menu| *menu == Some(Menu::Lanes))
                    .then(|| menu(app, "Lanes", rows_of_all(app), None))
            }}
        </span>
        {hidden(app)}
    }
    .into_any()
}

/// How many lanes are hidden, and the way back.
fn hidden(app: App) -> AnyView {
    (move || {
        let count = app.lanes.with(|lanes| lanes.layout.hidden.len());
        (count > 0).then(|| {
            view! {
                <button
                    class="button small"
                    title="Show the lanes that were hidden"
                    on:click=move |_| app.change_lanes(LaneChange::ShowHidden)
                >
                    {format!("{count} hidden · Show")}
                </button>
            }
        })
    })
    .into_any()
}

/// The menu of a lane, if it is open; over the plot.
pub fn of_lane(app: App) -> AnyView {
    (move || match app.menu.get() {
        Some(Menu::Lane { info, x, y }) => {
            let title = info.title.clone();
            let rows = rows_of_lane(app, *info);
            let size = app.size.get_untracked();
            let high = rows.len() as f64 * ROW + ROW;
            let left = x.min(f64::from(size.width) - WIDTH).max(0.0);
            let top = y.min(f64::from(size.height) - high).max(0.0);
            Some(menu(app, &title, rows, Some((left, top))))
        }
        _ => None,
    })
    .into_any()
}

fn rows_of_lane(app: App, info: LaneInfo) -> Vec<Row> {
    let mut rows = vec![Row::Title(info.title.clone())];
    let lane = info.lane.clone();
    let pin = if info.pinned { "Pin no longer" } else { "Pin" };
    rows.push(item(pin, "X", move || {
        app.change_lanes(LaneChange::TogglePin(lane.clone()));
    }));
    let lane = info.lane.clone();
    rows.push(item("Hide", "Shift X", move || {
        app.change_lanes(LaneChange::Hide(lane.clone()));
    }));
    if let (Some(folded), Some(fold)) = (info.folded, info.fold) {
        let text = if folded { "Unfold" } else { "Fold" };
        rows.push(item(text, "", move || app.fold(fold.clone())));
    }
    if let Some(open) = info.open {
        let lane = info.lane.clone();
        let text = match open {
            true => "Hide regions and stacks",
            false => "Regions and stacks over time",
        };
        rows.push(item(text, "V", move || {
            app.change_lanes(LaneChange::ToggleStacks(lane.clone()));
        }));
    }
    if let Some(group) = info.group.filter(|group| !group.is_empty()) {
        rows.push(item("Show only this group", "", move || {
            app.filter_lanes(format!("group:{group}"));
        }));
    }
    rows.push(Row::Line);
    if let Some((start, end)) = info.life {
        rows.push(item("Zoom to its life", "", move || app.fit(start, end)));
    }
    if let Some(id) = info.goroutine {
        let of = id.clone();
        rows.push(item("Lanes of those that unblocked it", "G", move || {
            app.show_lanes(LaneView::goroutine(of.clone()));
        }));
        rows.push(item("Open its page", "", move || {
            app.go(Address::Goroutine { id: id.clone() }, Entry::Push);
        }));
    }
    let title = info.title;
    rows.push(item("Copy name", "", move || {
        let title = title.clone();
        leptos::task::spawn_local(async move {
            app.said.set(match copy(&title).await {
                Ok(()) => format!("Copied {title}"),
                Err(text) => text,
            });
        });
    }));
    rows
}

fn rows_of_all(app: App) -> Vec<Row> {
    let layout = app.lanes.with_untracked(|lanes| lanes.layout.clone());
    let mut rows = vec![Row::Title("Sort groups and goroutines by".into())];
    for sort in LaneSort::ALL {
        let chosen = layout.sort == sort;
        rows.push(choice(sort.title(), "", chosen, move || {
            app.sort_lanes(sort)
        }));
    }
    rows.push(Row::Title("Filter goroutines".into()));
    for (text, filter) in PRESETS {
        let chosen = layout.filter == filter;
        rows.push(choice(text, filter, chosen, move || {
            app.filter_lanes(filter.to_owned());
        }));
    }
    rows.push(Row::Line);
    if !app.lane_view.with_untracked(LaneView::is_focus) {
        rows.push(item("Unfold all groups", "]", move || {
            app.fold(Fold::All { folded: false });
        }));
        rows.push(item("Fold all groups", "[", move || {
            app.fold(Fold::All { folded: true });
        }));
    }
    let on = app.by_function.get_untracked();
    rows.push(choice("Colour procs by function", "C", on, move || {
        app.toggle_functions();
    }));
    let as_opened = layout == LaneLayout::AS_OPENED;
    if !as_opened {
        rows.push(item("All lanes as they were at first", "", move || {
            app.reset_lanes();
        }));
    }
    rows
}

/// A menu: at a place of the plot, or below what it stands in.
fn menu(app: App, label: &str, rows: Vec<Row>, at: Option<(f64, f64)>) -> AnyView {
    let list = NodeRef::<Div>::new();
    let is_item = |row: &&Row| matches!(row, Row::Item { .. });
    let count = rows.iter().filter(is_item).count();
    Effect::new(move || {
        if let Some(list) = list.get() {
            step(&list, count, Step::First);
        }
    });
    let mut next = 0;
    let rows = rows.into_iter().map(|row| {
        let place = next;
        next += usize::from(matches!(row, Row::Item { .. }));
        show(app, row, place)
    });
    let rows = rows.collect_view();
    let pressed = move |event: KeyboardEvent| {
        let Some(list) = list.get_untracked() else {
            return;
        };
        match event.key().as_str() {
            "ArrowDown" => step(&list, count, Step::Next),
            "ArrowUp" => step(&list, count, Step::Previous),
            "Home" => step(&list, count, Step::First),
            "End" => step(&list, count, Step::Last),
            "Escape" | "Tab" => app.close_menu(),
            "Enter" | " " => return event.stop_propagation(),
            _ => {}
        }
        // No key of the timeline's while a menu is open.
        event.prevent_default();
        event.stop_propagation();
    };
    let placed = at.is_some();
    let place = at.map(|(left, top)| format!("left: {left}px; top: {top}px"));
    let label = label.to_owned();
    view! {
        <div
            class="menu-veil"
            on:pointerdown=move |event| {
                event.stop_propagation();
                event.prevent_default();
                app.close_menu();
            }
            on:contextmenu=move |event| {
                event.prevent_default();
                event.stop_propagation();
                app.close_menu();
            }
            on:wheel=move |event| event.stop_propagation()
        ></div>
        <div
            class="menu"
            class:at=placed
            role="menu"
            aria-label=label
            style=place.unwrap_or_default()
            node_ref=list
            on:keydown=pressed
            on:pointerdown=move |event| event.stop_propagation()
            on:pointerup=move |event| event.stop_propagation()
            on:pointermove=move |event| event.stop_propagation()
            on:dblclick=move |event| event.stop_propagation()
            on:wheel=move |event| event.stop_propagation()
            on:contextmenu=move |event| {
                event.prevent_default();
                event.stop_propagation();
            }
        >
            {rows}
        </div>
    }
    .into_any()
}

fn show(app: App, row: Row, place: usize) -> AnyView {
    match row {
        Row::Title(text) => view! { <p class="menu-title">{text}</p> }.into_any(),
        Row::Line => view! { <hr class="menu-line" /> }.into_any(),
        Row::Item {
            text,
            hint,
            chosen,
            act,
        } => {
            let role = match chosen {
                Some(_) => "menuitemradio",
                None => "menuitem",
            };
            view! {
                <button
                    class="menu-item"
                    role=role
                    data-place=place.to_string()
                    tabindex="-1"
                    aria-checked=chosen.map(|chosen| chosen.to_string())
                    on:click=move |_| {
                        app.close_menu();
                        act();
                    }
                >
                    <span class="menu-mark" aria-hidden="true">
                        {if chosen == Some(true) { "✓" } else { "" }}
                    </span>
                    <span class="menu-text">{text}</span>
                    <span class="menu-hint">{hint}</span>
                </button>
            }
            .into_any()
        }
    }
}

/// Where the keyboard goes within a menu.
#[derive(Clone, Copy)]
enum Step {
    First,
    Last,
    Next,
    Previous,
}

fn step(list: &HtmlElement, count: usize, step: Step) {
    let Some(last) = count.checked_sub(1) else {
        return;
    };
    let now = document().active_element();
    let at = now.and_then(|now| now.get_attribute(PLACE)?.parse::<usize>().ok());
    let to = match (step, at) {
        (Step::First, _) | (Step::Next, None) => 0,
        (Step::Last, _) | (Step::Previous, None) => last,
        (Step::Next, Some(at)) => (at + 1) % count,
        (Step::Previous, Some(at)) => at.checked_sub(1).unwrap_or(last),
    };
    let item = list.query_selector(&format!("[{PLACE}='{to}']"));
    let item = item.ok().flatten();
    if let Some(item) = item.and_then(|item| item.dyn_into::<HtmlElement>().ok()) {
        item.focus().or_warn("focusing a menu's item");
    }
}

/// The attribute that says which of the items one is.
const PLACE: &str = "data-place";
