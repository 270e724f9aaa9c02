//! The chip that says which range of time the page is about, and the dialog in which one is typed.

use leptos::html::{Dialog, Input};
use leptos::prelude::*;
use tracepane_timeline::range::typed;

use crate::interop::JsResult as _;
use crate::page::app::App;
use crate::page::range::{exactly, title};
use crate::protocol::TimeScope;

/// The chip in the header.
pub fn chip(app: App) -> AnyView {
    (move || {
        let scope = app.scope.get().filter(|_| app.is_open())?;
        Some(view! {
            <span class="scope-chip" role="group" aria-label="Range of time">
                <button
                    class="scope-text"
                    title=format!("All of the page is about {}. Click to change it (R)", exactly(scope))
                    on:click=move |_| app.typing_range.set(true)
                >
                    <span class="scope-word">"Range "</span>
                    {title(scope)}
                </button>
                <button
                    class="scope-drop"
                    title="Back to the whole trace"
                    aria-label="Drop the range: back to the whole trace"
                    on:click=move |_| app.set_scope(None)
                >
                    "×"
                </button>
            </span>
        })
    })
    .into_any()
}

/// The dialog.
pub fn dialog(app: App) -> AnyView {
    let dialog = NodeRef::<Dialog>::new();
    let input = NodeRef::<Input>::new();
    let problem = RwSignal::new(None::<String>);
    Effect::new(move || {
        let open = app.typing_range.get();
        let Some(dialog) = dialog.get() else { return };
        if open && !dialog.open() {
            problem.set(None);
            if let Some(input) = input.get_untracked() {
                input.set_value(&first_text(app));
            }
            dialog.show_modal().or_warn("opening a dialog");
            if let Some(input) = input.get_untracked() {
                input.select();
            }
        } else if !open && dialog.open() {
            dialog.close();
        }
    });
    let close = move || app.typing_range.set(false);
    let take = move || {
        let text = input.get_untracked().map(|input| input.value());
        let last = app.limits().end.max(1.0) as u64;
        match typed::parse(&text.unwrap_or_default(), last) {
            Err(text) => problem.set(Some(text)),
            Ok((start, end)) => {
                close();
                app.set_scope(TimeScope::new(start, end));
                app.panel.set(true);
            }
        }
    };
    let put = move |range: (f64, f64)| {
        if let (Some(scope), Some(input)) = (TimeScope::around(range), input.get_untracked()) {
            problem.set(None);
            input.set_value(&typed::print(scope.start, scope.end));
            input.focus().or_warn("focusing");
        }
    };
    view! {
        <dialog
            node_ref=dialog
            class="range-dialog"
            aria-labelledby="range-title"
            on:close=move |_| close()
        >
            <form
                on:submit=move |event| {
                    event.prevent_default();
                    take();
                }
            >
                <h2 id="range-title">"Range of time"</h2>
                <p class="quiet">
                    "Tables, profiles and downloads then answer for this range. Times count since the trace's start."
                </p>
                <input
                    node_ref=input
                    class="input"
                    type="text"
                    aria-label="From when to when"
                    aria-describedby="range-problem"
                    aria-invalid=move || problem.with(Option::is_some).then_some("true")
                    placeholder="1.2ms - 3.4ms"
                    autocomplete="off"
                    spellcheck="false"
                    on:input=move |_| problem.set(None)
                />
                <p id="range-problem" class="range-problem" role="alert">
                    {move || {
                        problem
                            .get()
                            .unwrap_or_else(|| {
                                "Also 1.2ms +500us, 12.5s..13s, or nanoseconds without a unit.".into()
                            })
                    }}
                </p>
                <div class="range-actions">
                    <button
                        type="button"
                        class="button"
                        title="The part of time that the timeline shows"
                        on:click=move |_| {
                            let view = app.view.get_untracked();
                            put((view.start, view.end));
                        }
                    >
                        "What is seen"
                    </button>
                    <button
                        type="button"
                        class="button"
                        disabled=move || app.scope.get().is_none()
                        on:click=move |_| {
                            close();
                            app.set_scope(None);
                        }
                    >
                        "Whole trace"
                    </button>
                    <span class="grow"></span>
                    <button type="button" class="button" on:click=move |_| close()>
                        "Cancel"
                    </button>
                    <button type="submit" class="button primary">
                        "Use"
                    </button>
                </div>
            </form>
        </dialog>
    }
    .into_any()
}

/// What stands in the field at first: the range, or what is seen.
fn first_text(app: App) -> String {
    let view = app.view.get_untracked();
    let scope = app.scope.get_untracked();
    let scope = scope.or_else(|| TimeScope::around((view.start, view.end)));
    scope.map_or_else(String::new, |scope| typed::print(scope.start, scope.end))
}
