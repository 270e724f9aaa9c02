//! The help: what everything means, what to look for, how to record. Its keys have a dialog of their own.

use leptos::prelude::*;
use web_sys::{ScrollBehavior, ScrollIntoViewOptions, ScrollLogicalPosition};

use crate::address::Address;
use crate::help::snippets::Snippet;
use crate::help::{CHAPTERS, Chapter, Part, Section, pieces};
use crate::page::app::App;
use crate::page::history::Entry;
use crate::page::widgets::copy::copy_button;
use crate::page::widgets::table::state_color;

/// The view.
pub fn manual(app: App) -> AnyView {
    let section = Memo::new(move |_| {
        app.address.with(|address| match address {
            Address::Help { section } => section.clone(),
            _ => None,
        })
    });
    Effect::new(move |before: Option<Option<String>>| {
        let now = section.get();
        // The page opens at its top by itself.
        if before.is_some() || now.is_some() {
            show(now.as_deref());
        }
        now
    });
    view! {
        <div class="manual">
            <nav class="manual-contents" aria-label="Contents of the help">
                {CHAPTERS.map(|chapter| contents_of(app, section, chapter)).collect_view()}
                <div>
                    <h2>"Keys"</h2>
                    <button class="button small" on:click=move |_| app.help.set(true)>
                        "Keys and mouse"
                        <kbd>"?"</kbd>
                    </button>
                </div>
            </nav>
            <div class="manual-text" id=TOP tabindex="-1">
                <h1>"Help"</h1>
                {CHAPTERS.map(|chapter| chapter_of(app, chapter)).collect_view()}
            </div>
        </div>
    }
    .into_any()
}

/// The id of the text, which scrolls.
const TOP: &str = "help";

/// An element's id.
fn id_of(section: &str) -> String {
    format!("help-{section}")
}

/// Scrolls to a section, or to the top.
fn show(section: Option<&str>) {
    let id = section.map(id_of);
    request_animation_frame(move || {
        let place = id.and_then(|id| document().get_element_by_id(&id));
        match place {
            Some(element) => {
                let options = ScrollIntoViewOptions::new();
                options.set_behavior(ScrollBehavior::Instant);
                options.set_block(ScrollLogicalPosition::Start);
                element.scroll_into_view_with_scroll_into_view_options(&options);
            }
            None => {
                if let Some(text) = document().get_element_by_id(TOP) {
                    text.set_scroll_top(0);
                }
            }
        }
    });
}

/// A link to a section.
fn section_link(app: App, id: &'static str, children: impl IntoView) -> AnyView {
    let address = Address::Help {
        section: Some(id.to_owned()),
    };
    view! {
        <a
            class="link"
            href=app.href(&address)
            on:click=move |event| {
                event.prevent_default();
                app.go(address.clone(), Entry::Push);
                // Also if the address names it already.
                show(Some(id));
            }
        >
            {children.into_any()}
        </a>
    }
    .into_any()
}

fn contents_of(app: App, current: Memo<Option<String>>, chapter: Chapter) -> AnyView {
    let rows = chapter.sections.iter().map(|section| {
        let id = section.id;
        view! {
            <li aria-current=move || {
                current.with(|current| (current.as_deref() == Some(id)).then_some("true"))
            }>{section_link(app, id, section.title)}</li>
        }
        .into_any()
    });
    view! {
        <div>
            <h2>{chapter.title}</h2>
            <ul>{rows.collect_view()}</ul>
        </div>
    }
    .into_any()
}

fn chapter_of(app: App, chapter: Chapter) -> AnyView {
    view! {
        <div class="manual-chapter">
            <h2>{chapter.title}</h2>
            {chapter.sections.iter().map(|section| section_of(app, section)).collect_view()}
        </div>
    }
    .into_any()
}

fn section_of(app: App, section: &'static Section) -> AnyView {
    let heading = id_of(section.id);
    let labelled = format!("{heading}-title");
    let parts = section.parts.iter();
    view! {
        <section id=heading aria-labelledby=labelled.clone()>
            <h3 id=labelled.clone()>
                {section.title}
                <span class="anchor">{section_link(app, section.id, "#")}</span>
            </h3>
            {parts.map(|part| part_of(app, part)).collect_view()}
        </section>
    }
    .into_any()
}

fn part_of(app: App, part: &'static Part) -> AnyView {
    match *part {
        Part::Text(paragraph) => view! { <p>{text(paragraph)}</p> }.into_any(),
        Part::Points(points) => view! { <ul class="points">{items(points)}</ul> }.into_any(),
        Part::Steps(steps) => view! { <ol class="steps">{items(steps)}</ol> }.into_any(),
        Part::Terms(terms) => {
            let rows = terms.iter().map(|&(term, meaning)| {
                view! {
                    <div>
                        <dt>{text(term)}</dt>
                        <dd>{text(meaning)}</dd>
                    </div>
                }
                .into_any()
            });
            view! { <dl class="terms">{rows.collect_view()}</dl> }.into_any()
        }
        Part::Colours(colours) => {
            let rows = colours.iter().map(|&(key, name, meaning)| {
                view! {
                    <div>
                        <dt>
                            <span class="swatch large" style:background=state_color(key)></span>
                            {name}
                        </dt>
                        <dd>{text(meaning)}</dd>
                    </div>
                }
                .into_any()
            });
            view! { <dl class="terms">{rows.collect_view()}</dl> }.into_any()
        }
        Part::Code(snippet) => code(snippet),
        Part::Links(links) => view! {
            <p class="manual-links">
                // Before a trace is open they lead nowhere.
                <Show when=move || app.is_open()>
                    {links.iter().map(|&(name, to)| view_link(app, name, to)).collect_view()}
                </Show>
            </p>
        }
        .into_any(),
    }
}

fn items(texts: &'static [&'static str]) -> AnyView {
    let rows = texts
        .iter()
        .map(|&point| view! { <li>{text(point)}</li> }.into_any());
    rows.collect_view().into_any()
}

/// A text with its code.
fn text(whole: &'static str) -> AnyView {
    let parts = pieces(whole).map(|(piece, is_code)| {
        if is_code {
            view! { <code>{piece}</code> }.into_any()
        } else {
            piece.into_any()
        }
    });
    parts.collect_view().into_any()
}

fn view_link(app: App, name: &'static str, to: &'static str) -> AnyView {
    view! {
        <a
            class="link"
            href=to
            on:click=move |event| {
                if let Some(address) = Address::parse(to) {
                    event.prevent_default();
                    app.go(address, Entry::Push);
                }
            }
        >
            {name}
        </a>
    }
    .into_any()
}

/// Code to copy.
pub fn code(snippet: Snippet) -> AnyView {
    view! {
        <figure class="snippet">
            <figcaption>
                <span>{snippet.title}</span>
                {copy_button(move || snippet.code.to_owned())}
            </figcaption>
            <pre class="code"><code>{snippet.code.trim_end()}</code></pre>
        </figure>
    }
    .into_any()
}
