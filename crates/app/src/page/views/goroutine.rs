//! A goroutine's page: its life, its times, its stacks.

use leptos::prelude::*;
use tracepane_analysis::format;
use tracepane_model::Nanos;
use tracepane_timeline::View;

use super::goroutines::{all_groups, named};
use crate::address::Address;
use crate::page::app::App;
use crate::page::history::Entry;
use crate::page::widgets::explain::explain;
use crate::page::widgets::facts::{facts, link};
use crate::page::widgets::listing::listing;
use crate::page::widgets::stack::stack;
use crate::page::widgets::table::state_color;
use crate::protocol::{
    Answer, Ask, GoroutinePage, LaneView, Link, ProfileName, ProfileOf, ProfileScope, Selection,
    Stretch, TimeShare,
};

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
        Some(Ok(page)) => contents(app, asked.clone(), page),
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

fn contents(app: App, id: String, page: GoroutinePage) -> AnyView {
    let GoroutinePage {
        index,
        title,
        time,
        strip,
        facts: known,
        times,
        ranges,
        stacks,
        group,
        place: (nth, of),
        previous,
        next,
        waits,
        tasks,
        regions,
        logs,
    } = page;
    let step = |to: Option<String>, text: &'static str| {
        let address = to.map(|id| Address::Goroutine { id });
        let there = address.is_some();
        view! {
            <button
                class="button"
                disabled=!there
                on:click=move |_| {
                    if let Some(address) = address.clone() {
                        app.go(address, Entry::Push);
                    }
                }
            >
                {text}
            </button>
        }
        .into_any()
    };
    let profiles = Link::Profile(ProfileOf {
        kind: ProfileName::ALL[0],
        scope: ProfileScope::Goroutine(id.clone()),
        complete: true,
    });
    let on_timeline = Link::Select {
        selection: Selection::Goroutine(index),
        time,
    };
    let unblockers = Link::Lanes(LaneView::goroutine(id.clone()));
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
                    // The group's name stands before it.
                    <h1 class="title code-title" id="goroutine-title" title=title>
                        {format!("G{id}")}
                    </h1>
                </nav>
                {explain(app, "goroutine")}
                <span class="grow"></span>
                {link(app, profiles, "Its profiles")}
                <span class="button-row" title=format!("{nth} of {of} in its group")>
                    {step(previous, "Previous")}
                    {step(next, "Next")}
                </span>
                <button
                    class="button"
                    title="A timeline of this goroutine and those that unblocked it"
                    on:click=move |_| app.follow_link(&unblockers)
                >
                    "Who unblocked it"
                </button>
                <button
                    class="button primary"
                    on:click=move |_| app.follow_link(&on_timeline)
                >
                    "Show on the timeline"
                </button>
            </div>
            <section class="life">
                <h2>"Its life"</h2>
                {life(app, index, time, strip)}
            </section>
            <div class="columns">
                <div class="column">
                    <section>
                        <h2>
                            {match app.scope.get_untracked() {
                                None => "How its time divides",
                                Some(_) => "How its time in the range divides",
                            }}
                        </h2>
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
            <div class="listings">
                {listing(app, "Where it waited", waits)}
                {listing(app, "Tasks it worked for", tasks)}
                {listing(app, "Its regions", regions)}
                {listing(app, "Its log messages", logs)}
            </div>
        </section>
    }
    .into_any()
}

/// What it did from beginning to end, as a picture; a click leads to the same moment on the timeline.
fn life(app: App, index: u32, (start, end): (f64, f64), strip: Vec<Stretch>) -> AnyView {
    let columns: u32 = strip.iter().map(|stretch| stretch.columns).sum();
    let mut left = 0;
    let mut parts = Vec::new();
    for Stretch { columns, shares } in strip {
        let mut bottom = 1.0;
        for (state, share) in shares {
            bottom -= share;
            parts.push(
                view! {
                    <rect
                        x=left
                        y=bottom.max(0.0)
                        width=columns
                        height=share
                        style:fill=state_color(&state)
                    ></rect>
                }
                .into_any(),
            );
        }
        left += columns;
    }
    let clicked = move |event: web_sys::MouseEvent| {
        let picture: web_sys::Element = event_target(&event);
        // A rectangle of the picture, or the picture itself.
        let picture = picture.closest("svg").ok().flatten().unwrap_or(picture);
        let place = picture.get_bounding_client_rect();
        let share = (f64::from(event.client_x()) - place.left()) / place.width().max(1.0);
        let at = start + (end - start) * share.clamp(0.0, 1.0);
        let around = (end - start) / 20.0;
        let selection = Selection::Goroutine(index);
        let view = View::fit(at - around, at + around, app.limits());
        app.go(
            Address::Timeline(app.timeline_at(view, Some(selection))),
            Entry::Push,
        );
        app.reveal(selection);
    };
    view! {
        <svg
            class="life-picture"
            viewBox=format!("0 0 {} 1", columns.max(1))
            preserveAspectRatio="none"
            role="img"
            aria-label="What the goroutine did over its life"
            on:click=clicked
        >
            {parts}
        </svg>
        <p class="life-ends">
            <span>{format::duration(Nanos(start as i64))}</span>
            <span>{format::duration(Nanos(end as i64))}</span>
        </p>
    }
    .into_any()
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
                <td class="number">{format::percent(part.share, 1.0)}</td>
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
