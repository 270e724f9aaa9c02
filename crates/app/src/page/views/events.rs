//! The events of a range of time with all that the trace says of them, and what bytes the file is made of.

use leptos::prelude::*;

use crate::address::{Address, Order, Tab};
use crate::moment;
use crate::page::app::App;
use crate::page::history::Entry;
use crate::page::widgets::copy::copy_button;
use crate::page::widgets::explain::explain;
use crate::page::widgets::facts::{facts, link};
use crate::page::widgets::stack::stack;
use crate::page::widgets::table::{TableState, filter, table};
use crate::protocol::{
    Answer, Ask, EventPage, EventsOf, EventsSummary, Link, Row, RowsOf, Table, TimeScope,
};

impl App {
    /// The events of what the timeline shows.
    pub fn events_here(self) -> Address {
        Address::Events {
            of: self.range_here(EventsOf::default()),
            order: Order::default(),
        }
    }

    /// The same events, but of what the timeline shows.
    fn range_here(self, of: EventsOf) -> EventsOf {
        let (view, whole) = (self.view.get_untracked(), self.whole());
        let all = view.start <= whole.start && view.end >= whole.end;
        // Events outside of the selected range are not told in any case.
        let scope = self.scope.get_untracked().map(TimeScope::times);
        let scoped = scope.is_some_and(|(start, end)| {
            view.start <= start && view.end >= end || view.end <= start || view.start >= end
        });
        if all || scoped {
            return EventsOf {
                start: None,
                end: None,
                ..of
            };
        }
        EventsOf {
            start: Some(view.start.max(0.0).floor() as u64),
            end: Some(view.end.max(0.0).ceil() as u64),
            ..of
        }
    }
}

/// The list of events.
pub fn events(app: App) -> AnyView {
    let state = TableState::new(app);
    // With the filter's text.
    let of = Memo::new(move |before: Option<&EventsOf>| {
        let table = app
            .address
            .with(|address| address.table().map(|(table, _)| table));
        match table {
            Some(Table::Events(of)) => of,
            _ => before.cloned().unwrap_or_default(),
        }
    });
    let known = summary(app, state);
    let opens = move |row: u32, _: &Row| state.active.set(Some(row));
    view! {
        <section class="page wide" aria-labelledby="events-title">
            <h1 class="visually-hidden" id="events-title">"Events"</h1>
            <div class="page-head">
                {tabs(app)}
                <span class="quiet explain">
                    "All that the runtime wrote down in a range of time, one event a row."
                </span>
                {explain(app, "events")}
                <span class="grow"></span>
                {filter(app, "Filter by text")}
            </div>
            <div class="page-head">
                {range(app, of)}
                {goroutine(app, of)}
                <span class="grow"></span>
                {next(app, of, known)}
            </div>
            <div class="page-head chips" role="group" aria-label="Types of events">
                {types(app, of, known)}
            </div>
            <div class="split">
                {table(state, "Events", opens)}
                <aside class="panel" aria-label="Event">{details(app, state)}</aside>
            </div>
        </section>
    }
    .into_any()
}

/// Bytes by type of event.
pub fn footprint(app: App) -> AnyView {
    let state = TableState::new(app);
    view! {
        <section class="page wide" aria-labelledby="footprint-title">
            <h1 class="visually-hidden" id="footprint-title">"Bytes by type of event"</h1>
            <div class="page-head">
                {tabs(app)}
                <span class="quiet explain">"What the bytes of the trace's file are spent on."</span>
                {explain(app, "events")}
                <span class="grow"></span>
                {filter(app, "Filter by type")}
            </div>
            {table(state, "Bytes by type of event", |_, _| {})}
        </section>
    }
    .into_any()
}

fn tabs(app: App) -> AnyView {
    let shown = Memo::new(move |_| {
        app.address
            .with(|address| matches!(address, Address::Footprint { .. }))
    });
    let segment = move |footprint: bool, title: &'static str| {
        let to = move || match footprint {
            true => Address::Footprint {
                order: Order::default(),
            },
            false => app.events_here(),
        };
        view! {
            <a
                class="segment"
                href=move || app.href(&to())
                aria-current=move || (shown.get() == footprint).then_some("page")
                on:click=move |event| {
                    event.prevent_default();
                    app.go(to(), Entry::Push);
                }
            >
                {title}
            </a>
        }
        .into_any()
    };
    view! {
        <nav class="segments" aria-label="Events">
            {segment(false, "Events")} {segment(true, "Bytes by type")}
        </nav>
    }
    .into_any()
}

/// Shows other events.
fn change(app: App, of: EventsOf, entry: Entry) {
    let order = app.address.with_untracked(|address| {
        let table = address.table();
        table.map(|(_, order)| order.clone()).unwrap_or_default()
    });
    let address = Address::Events {
        // The text is the order's filter.
        of: EventsOf {
            text: String::new(),
            ..of
        },
        order,
    };
    app.go(address, entry);
}

/// What is known beside the rows, asked for when the rows are here: then it needs no reading.
fn summary(app: App, state: TableState) -> RwSignal<Option<EventsSummary>> {
    let known = RwSignal::new(None::<EventsSummary>);
    let answered = Memo::new(move |_| match state.answered() {
        Some(Table::Events(of)) => Some(of),
        _ => None,
    });
    Effect::new(move || {
        let Some(of) = answered.get() else { return };
        app.ask(Ask::Events(of), move |answer| {
            if let Ok(Answer::Events(summary)) = answer {
                // The view may be gone.
                known.try_set(Some(*summary));
            }
        });
    });
    known
}

/// From when to when.
fn range(app: App, of: Memo<EventsOf>) -> AnyView {
    let first = move || app.scope.get().map_or(0, |scope| scope.start);
    let last = move || {
        let end = app.limits().end.max(0.0) as u64;
        app.scope.get().map_or(end, |scope| scope.end.min(end))
    };
    let bound = move |label: &'static str, start: bool| {
        let value = move || {
            let of = of.get();
            let nanos = if start { of.start } else { of.end };
            moment::print(nanos.unwrap_or(if start { first() } else { last() }))
        };
        let odd = RwSignal::new(false);
        view! {
            <label class="field">
                <span>{label}</span>
                <input
                    class="input moment"
                    autocomplete="off"
                    spellcheck="false"
                    title="Since the trace's start: a number with s, ms, us or ns"
                    prop:value=value
                    aria-invalid=move || odd.get().then_some("true")
                    on:input=move |_| odd.set(false)
                    on:change:target=move |event| {
                        let typed = event.target().value();
                        let nanos = moment::parse(&typed);
                        odd.set(nanos.is_none() && !typed.trim().is_empty());
                        if odd.get_untracked() {
                            return;
                        }
                        let now = of.get_untracked();
                        let now = match start {
                            true => EventsOf { start: nanos, ..now },
                            false => EventsOf { end: nanos, ..now },
                        };
                        change(app, now, Entry::Push);
                    }
                />
            </label>
        }
        .into_any()
    };
    let set = move |to: fn(App, EventsOf) -> EventsOf| {
        move |_| change(app, to(app, of.get_untracked()), Entry::Push)
    };
    let whole = move || {
        let of = of.get();
        of.start.is_none() && of.end.is_none()
    };
    view! {
        {bound("From", true)}
        {bound("to", false)}
        <div class="button-row">
            <button
                class="button small"
                title="The range of time that the timeline shows"
                on:click=set(|app, of| app.range_here(of))
            >
                "As on the timeline"
            </button>
            <button
                class="button small"
                disabled=whole
                on:click=set(|_, of| EventsOf { start: None, end: None, ..of })
            >
                {move || if app.scope.get().is_some() { "Whole range" } else { "Whole trace" }}
            </button>
        </div>
        {move || {
            let of = of.get();
            let (start, end) = (of.start.unwrap_or(first()), of.end.unwrap_or(last()));
            link(app, Link::Time(start as f64, end as f64), "Show on the timeline")
        }}
    }
    .into_any()
}

/// Of which goroutine, and a way back to all.
fn goroutine(app: App, of: Memo<EventsOf>) -> AnyView {
    (move || {
        let id = of.get().goroutine?;
        Some(view! {
            <span class="chosen">
                "of " {link(app, Link::Goroutine(id.clone()), format!("G{id}"))}
                <button
                    class="button small"
                    on:click=move |_| {
                        change(app, EventsOf { goroutine: None, ..of.get_untracked() }, Entry::Push);
                    }
                >
                    "Of all"
                </button>
            </span>
        })
    })
    .into_any()
}

/// What comes after the last row, if there are more events than rows.
fn next(app: App, of: Memo<EventsOf>, known: RwSignal<Option<EventsSummary>>) -> AnyView {
    (move || {
        let known = known.get()?;
        let from = known.more_from?;
        let here = of.get();
        if known.of != here {
            return None;
        }
        let to = EventsOf {
            start: Some(from as u64 + 1),
            ..here
        };
        Some(view! {
            <button
                class="button small"
                title="The events after the last row"
                on:click=move |_| change(app, to.clone(), Entry::Push)
            >
                "Next ones"
            </button>
        })
    })
    .into_any()
}

/// Which types: a button for each that occurs.
fn types(app: App, of: Memo<EventsOf>, known: RwSignal<Option<EventsSummary>>) -> AnyView {
    (move || {
        let known = known.get()?;
        let buttons = known.types.into_iter().map(|one| {
            let key = one.key.clone();
            let pressed = move || of.with(|of| of.types.contains(&key));
            let key = one.key;
            let press = move |_| {
                let mut now = of.get_untracked();
                match now.types.iter().position(|chosen| *chosen == key) {
                    Some(place) => drop(now.types.remove(place)),
                    None => now.types.push(key.clone()),
                }
                change(app, now, Entry::Push);
            };
            view! {
                <button
                    class="button small"
                    aria-pressed=move || pressed().to_string()
                    on:click=press
                >
                    {one.title}
                    <span class="quiet">{tracepane_analysis::format::count(one.count.into())}</span>
                </button>
            }
            .into_any()
        });
        Some(buttons.collect_view())
    })
    .into_any()
}

/// Everything about the chosen event.
fn details(app: App, state: TableState) -> AnyView {
    let page = RwSignal::new(None::<Result<EventPage, String>>);
    // The row and its text: the same row of other events is another.
    let chosen = Memo::new(move |_| {
        let row = state.active_row()?;
        Some((state.active.get()?, row))
    });
    Effect::new(move || {
        let Some((row, _)) = chosen.get() else {
            return page.set(None);
        };
        let Some(of) = state.shown() else { return };
        let of = RowsOf {
            first: row,
            count: 1,
            ..of
        };
        app.ask(Ask::Event(of), move |answer| {
            // Another may be chosen by now, and the view gone.
            let now = chosen.try_get_untracked().flatten();
            if now.map(|(now, _)| now) != Some(row) {
                return;
            }
            page.try_set(Some(match answer {
                Ok(Answer::Event(page)) => Ok(*page),
                Ok(_) => Err("The worker answered another question.".into()),
                Err(text) => Err(text),
            }));
        });
    });
    (move || match page.get() {
        None => view! {
            <div class="panel-body">
                <p class="quiet">"Choose a row to see its arguments and stacks."</p>
            </div>
        }
        .into_any(),
        Some(Err(text)) => view! { <div class="panel-body"><p>{text}</p></div> }.into_any(),
        Some(Ok(EventPage {
            title,
            facts: known,
            stacks,
            text,
        })) => {
            let copied = text.clone();
            view! {
                <div class="panel-body">
                    <h2 class="details-title">{title}</h2>
                    {facts(app, known)}
                    {stacks.into_iter().map(stack).collect_view()}
                    <section class="stack">
                        <div class="stack-head">
                            <h3>"As go tool trace -d=parsed prints it"</h3>
                            {copy_button(move || copied.clone())}
                        </div>
                        <pre class="code event-text"><code>{text}</code></pre>
                    </section>
                </div>
            }
            .into_any()
        }
    })
    .into_any()
}

/// The events of a stretch of time, ns.
pub fn within((start, end): (f64, f64)) -> Address {
    Address::Events {
        of: EventsOf {
            start: Some(start.max(0.0).floor() as u64),
            end: Some(end.max(0.0).ceil() as u64),
            ..EventsOf::default()
        },
        order: Order::default(),
    }
}

/// A button that leads to other events.
pub fn button(app: App, title: &'static str, to: impl Fn() -> Address + 'static) -> AnyView {
    view! {
        <button class="button small" title=title on:click=move |_| app.go(to(), Entry::Push)>
            "Events"
        </button>
    }
    .into_any()
}

/// Where a tab of the header leads.
pub fn tab_address(app: App, tab: Tab) -> Address {
    match tab {
        Tab::Timeline => Address::Timeline(app.timeline()),
        Tab::Events => app.events_here(),
        tab => tab.address(),
    }
}
