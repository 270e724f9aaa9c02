//! A goroutine's page: its life, its times, its stacks.

use leptos::prelude::*;

use super::goroutines::{all_groups, named};
use crate::page::app::App;
use crate::page::format;
use crate::page::widgets::facts::{facts, link};
use crate::page::widgets::stack::stack;
use crate::page::widgets::table::state_color;
use crate::protocol::{Answer, Ask, GoroutinePage, Link, Selection, TimeShare};

/// The view of the goroutine with this number.
pub fn goroutine(app: App, id: String) -> AnyView {
    let page = RwSignal::new(None::<Result<GoroutinePage, String>>);
    let asked = id.clone();
    app.ask(Ask::Goroutine { id }, move |answer| {
        // The view may be gone.
        page.try_set(Some(match answer {
            Ok(Answer::Goroutine(found)) => Ok(*found),
            Ok(_) => Err("the worker answered another question".into()),
            Err(text) => Err(text),
        }));
    });
    (move || match page.get() {
        None => ().into_any(),
        Some(Ok(page)) => contents(app, page),
        Some(Err(text)) => view! {
            <section class="page">
                <nav class="crumbs" aria-label="Path">
                    {all_groups(app)}
                </nav>
                <div class="failure" role="alert">
                    <h2>"No goroutine " {asked.clone()}</h2>
                    <p>{text}</p>
                </div>
            </section>
        }
        .into_any(),
    })
    .into_any()
}

fn contents(app: App, page: GoroutinePage) -> AnyView {
    let GoroutinePage {
        index,
        title,
        time,
        facts: known,
        times,
        ranges,
        stacks,
        group,
        ..
    } = page;
    let on_timeline = Link::Select {
        selection: Selection::Goroutine(index),
        time,
    };
    let ranges = (!ranges.is_empty()).then(|| {
        view! {
            <section>
                <h2>"GC and stops meanwhile"</h2>
                <p class="quiet">"These overlap with the times above."</p>
                {facts(app, ranges)}
            </section>
        }
        .into_any()
    });
    view! {
        <section class="page scrolls" aria-labelledby="goroutine-title">
            <div class="page-head">
                <nav class="crumbs" aria-label="Path">
                    {all_groups(app)}
                    <span aria-hidden="true">"›"</span>
                    {link(app, Link::Group(group.clone()), named(&group))}
                    <span aria-hidden="true">"›"</span>
                    <h1 class="title code-title" id="goroutine-title">{title}</h1>
                </nav>
                <span class="grow"></span>
                <button
                    class="button primary"
                    on:click=move |_| app.follow_link(&on_timeline)
                >
                    "Show on the timeline"
                </button>
            </div>
            <div class="columns">
                <div class="column">
                    <section>
                        <h2>"How its time divides"</h2>
                        {strip(&times)}
                        {shares(times)}
                    </section>
                    {ranges}
                </div>
                <div class="column">
                    <section>
                        <h2>"Known"</h2>
                        {facts(app, known)}
                    </section>
                    {stacks.into_iter().map(stack).collect_view()}
                </div>
            </div>
        </section>
    }
    .into_any()
}

/// All of its life as one bar.
fn strip(times: &[TimeShare]) -> AnyView {
    let parts = times.iter().map(|part| {
        view! {
            <span
                class="bar-part"
                title=format!("{}: {}", part.label, part.value)
                style:flex-grow=part.share.to_string()
                style:background=state_color(&part.state)
            ></span>
        }
        .into_any()
    });
    view! { <div class="strip" aria-hidden="true">{parts.collect_view()}</div> }.into_any()
}

fn shares(times: Vec<TimeShare>) -> AnyView {
    let rows = times.into_iter().map(|part| {
        let width = format!("{:.3}%", part.share.clamp(0.0, 1.0) * 100.0);
        view! {
            <tr>
                <th scope="row">
                    <span class="swatch" style:background=state_color(&part.state)></span>
                    {part.label}
                </th>
                <td class="number" title=part.exact>{part.value}</td>
                <td class="number">{format::percent(part.share)}</td>
                <td class="share-bar">
                    <span
                        class="bar-part"
                        style:width=width
                        style:background=state_color(&part.state)
                    ></span>
                </td>
            </tr>
        }
        .into_any()
    });
    view! {
        <table class="shares">
            <caption class="visually-hidden">"Time by state"</caption>
            <tbody>{rows.collect_view()}</tbody>
        </table>
    }
    .into_any()
}
