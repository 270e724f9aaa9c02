//! A task's page: what is known of it, where its time went, what happened in it, who worked for it, its subtasks.

use leptos::prelude::*;
use tracepane_analysis::format;

use super::details::use_as_range;
use super::profile_links::profile_links;
use super::tasks::all_types;
use crate::address::{Address, Order};
use crate::page::app::App;
use crate::page::history::Entry;
use crate::page::widgets::explain::explain;
use crate::page::widgets::facts::{facts, link};
use crate::page::widgets::stack::{stack, stack_of_row};
use crate::page::widgets::table::{TableState, filter, opens_first_link, state_color, table};
use crate::protocol::{
    Answer, Ask, LaneView, Link, ProfileScope, Row, StackText, TaskPage, TaskPart, TaskTime,
    TasksOf,
};

/// The view of the task with this number.
pub fn task(app: App, id: String) -> AnyView {
    let page = RwSignal::new(None::<Result<TaskPage, String>>);
    let asked = id.clone();
    app.ask(Ask::Task { id }, move |answer| {
        // The view may be gone.
        page.try_set(Some(match answer {
            Ok(Answer::Task(found)) => Ok(*found),
            Ok(_) => Err("the worker answered another question".into()),
            Err(text) => Err(text),
        }));
    });
    (move || match page.get() {
        None => ().into_any(),
        Some(Ok(page)) => contents(app, page),
        Some(Err(text)) => view! {
            <section class="page">
                <nav class="crumbs" aria-label="Path">{all_types(app)}</nav>
                <div class="failure" role="alert">
                    <h2>"No task " {asked.clone()}</h2>
                    <p>{text}</p>
                </div>
            </section>
        }
        .into_any(),
    })
    .into_any()
}

fn contents(app: App, page: TaskPage) -> AnyView {
    let TaskPage {
        id,
        name,
        time,
        facts: known,
        times,
        no_times,
        stacks,
        parent,
        counts,
    } = page;
    let state = TableState::new(app);
    let of_type = Link::Tasks(TasksOf {
        name: Some(name.clone()),
        ..TasksOf::default()
    });
    let shown = match name.as_str() {
        "" => "only mentioned".to_owned(),
        name => name.to_owned(),
    };
    let parent = parent.map(|(title, to)| {
        view! {
            {link(app, to, title)}
            <span aria-hidden="true">"›"</span>
        }
        .into_any()
    });
    let on_timeline = Link::Time(time.0, time.1);
    let alone = Link::Lanes(LaneView::Task { id: id.clone() });
    let first_link = opens_first_link(app);
    let opens = move |row: u32, of: &Row| match of.stack {
        // What has a stack shows it.
        Some(_) => state.active.set(Some(row)),
        None => first_link(row, of),
    };
    let stacks = StoredValue::new(stacks);
    view! {
        <section class="page wide" aria-labelledby="task-title">
            <div class="page-head">
                <nav class="crumbs" aria-label="Path">
                    {all_types(app)}
                    <span aria-hidden="true">"›"</span>
                    {link(app, of_type, shown)}
                    <span aria-hidden="true">"›"</span>
                    {parent}
                    <h1 class="title" id="task-title">"Task " {id.clone()}</h1>
                </nav>
                {explain(app, "tasks")}
                <span class="grow"></span>
                {profile_links(app, &ProfileScope::Task(id.clone()))}
                {(time.0 < time.1).then(|| use_as_range(app, time))}
                <button
                    class="button"
                    title="The timeline of everything, while the task lasted"
                    on:click=move |_| app.follow_link(&on_timeline)
                >
                    "Show its time"
                </button>
                <button
                    class="button primary"
                    title="A timeline of the task, its subtasks and their goroutines"
                    on:click=move |_| app.follow_link(&alone)
                >
                    "Show its timeline"
                </button>
            </div>
            <div class="task-head">
                <section>
                    <h2>"Where its time went"</h2>
                    {match no_times {
                        Some(text) => view! { <p class="quiet">{text}</p> }.into_any(),
                        None => shares(times),
                    }}
                </section>
                <section>
                    <h2>"Known"</h2>
                    {facts(app, known)}
                </section>
            </div>
            <div class="page-head">
                {parts(app, id, counts)}
                <span class="grow"></span>
                {filter(app, "Filter rows")}
            </div>
            <div class="split">
                {table(state, "Task", opens)}
                {stack_of_row(state, "Stack", move || own_stacks(stacks.get_value()))}
            </div>
        </section>
    }
    .into_any()
}

fn own_stacks(stacks: Vec<StackText>) -> AnyView {
    if stacks.is_empty() {
        return view! { <p class="quiet">"Choose a row to see its stack."</p> }.into_any();
    }
    stacks.into_iter().map(stack).collect_view().into_any()
}

/// The lists of the task.
fn parts(app: App, id: String, counts: [u32; 3]) -> AnyView {
    let current = Memo::new(move |_| {
        app.address.with(|address| match address {
            Address::Task { part, .. } => *part,
            _ => TaskPart::default(),
        })
    });
    let segment = |(part, count): (TaskPart, u32)| {
        let address = Address::Task {
            id: id.clone(),
            part,
            order: Order::default(),
        };
        let title = match part {
            TaskPart::Events => "Events",
            TaskPart::Goroutines => "Goroutines",
            TaskPart::Subtasks => "Subtasks",
        };
        view! {
            <a
                class="segment"
                href=app.href(&address)
                aria-current=move || (current.get() == part).then_some("true")
                on:click=move |event| {
                    event.prevent_default();
                    app.go(address.clone(), Entry::Push);
                }
            >
                {title}
                <span class="segment-count">{format::count(count.into())}</span>
            </a>
        }
        .into_any()
    };
    view! {
        <nav class="segments" aria-label="Of the task">
            {TaskPart::ALL.into_iter().zip(counts).map(segment).collect_view()}
        </nav>
    }
    .into_any()
}

/// The parts of its time: by the clock, with a bar, and summed over goroutines.
fn shares(times: Vec<TaskTime>) -> AnyView {
    let rows = times.into_iter().map(|part| {
        let TaskTime {
            state,
            label,
            help,
            clock: (value, exact, share),
            sum: (sum, exact_sum),
        } = part;
        let percent = match share {
            0.0 => String::new(),
            share => format::percent(share, 1.0),
        };
        let width = format!("{:.2}%", share.clamp(0.0, 1.0) * 100.0);
        let color = state_color(&state);
        view! {
            <tr>
                <th scope="row" title=help>
                    <span class="swatch" style:background=color.clone()></span>
                    {label}
                </th>
                <td class="share-bar">
                    <span class="bar-part" style:width=width style:background=color></span>
                </td>
                <td class="number">{percent}</td>
                <td class="number" title=exact>{value}</td>
                <td class="number quiet" title=exact_sum>{sum}</td>
            </tr>
        }
        .into_any()
    });
    view! {
        <table class="shares">
            <caption class="visually-hidden">"Time by the clock and summed over goroutines"</caption>
            <thead>
                <tr>
                    <th></th>
                    <th></th>
                    <th
                        colspan="2"
                        class="number"
                        title="Each moment counts once: for the best that any goroutine does for the task. Together they are its duration."
                    >
                        "By the clock"
                    </th>
                    <th
                        class="number"
                        title="What the goroutines did while they worked for the task, each for itself."
                    >
                        "All goroutines"
                    </th>
                </tr>
            </thead>
            <tbody>{rows.collect_view()}</tbody>
        </table>
    }
    .into_any()
}
