//! A field in which a time is typed, or pasted from a log, to go there.

use leptos::html::Input;
use leptos::prelude::*;
use tracepane_timeline::typed_time::{Context, parse};

use crate::interop::JsResult as _;
use crate::page::app::App;
use crate::page::keys::focus_plot;

/// The field, while it is wanted.
pub fn field(app: App) -> AnyView {
    (move || app.typing_time.get().then(|| open_field(app))).into_any()
}

fn open_field(app: App) -> AnyView {
    let typed = RwSignal::new(String::new());
    let failed = RwSignal::new(false);
    let input = NodeRef::<Input>::new();
    Effect::new(move || {
        if let Some(input) = input.get() {
            input.focus().or_warn("focusing the time");
        }
    });
    let read = move |text: &str| {
        let view = app.target();
        let end = app.limits().end;
        app.with_timing(|timing| {
            let context = Context {
                axis: timing.axis,
                middle: (view.start + view.end) / 2.0,
                end,
            };
            parse(text, &context).map(|time| (time, timing.axis.exact(time)))
        })
    };
    let hint = move || {
        let text = typed.get();
        if text.trim().is_empty() {
            return (
                "1.234s · 12345678 ns · +5ms · 14:03:22.5 · a log's date and time".to_owned(),
                false,
            );
        }
        match read(&text) {
            Ok((_, exact)) => (exact, false),
            Err(why) => (why, failed.get()),
        }
    };
    let leave = move || {
        app.typing_time.set(false);
        focus_plot(app);
    };
    view! {
        <div
            class="typed-time"
            role="dialog"
            aria-label="Go to a time"
            on:pointerdown=move |event| event.stop_propagation()
        >
            <label>
                <span>"Go to"</span>
                <input
                    node_ref=input
                    class="input"
                    type="text"
                    autocomplete="off"
                    spellcheck="false"
                    placeholder="a time"
                    aria-describedby="typed-time-hint"
                    on:input:target=move |event| {
                        failed.set(false);
                        typed.set(event.target().value());
                    }
                    on:blur=move |_| app.typing_time.set(false)
                    on:keydown:target=move |event| match &*event.key() {
                        "Enter" => {
                            match read(&event.target().value()) {
                                Ok((time, _)) => {
                                    leave();
                                    app.go_to_time(time);
                                }
                                Err(why) => {
                                    failed.set(true);
                                    app.said.set(why);
                                }
                            }
                        }
                        "Escape" => {
                            event.stop_propagation();
                            leave();
                        }
                        _ => {}
                    }
                />
            </label>
            <p id="typed-time-hint" class:bad=move || hint().1>
                {move || hint().0}
            </p>
        </div>
    }
    .into_any()
}
