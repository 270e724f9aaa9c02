//! A stack as a list of frames, with a button that copies it.

use leptos::prelude::*;
use std::time::Duration;

use crate::interop::JsResult as _;
use crate::protocol::{FrameText, StackText};

/// A stack, innermost frame first.
pub fn stack(stack: StackText) -> AnyView {
    let text = as_text(&stack);
    let StackText { title, frames } = stack;
    let frames = frames.into_iter().map(|FrameText { function, place }| {
        view! {
            <li>
                <span class="frame-function">{function}</span>
                <span class="frame-place">{place}</span>
            </li>
        }
        .into_any()
    });
    view! {
        <section class="stack">
            <div class="stack-head">
                <h3>{title}</h3>
                {copy_button(text)}
            </div>
            <ol>{frames.collect_view()}</ol>
        </section>
    }
    .into_any()
}

fn as_text(stack: &StackText) -> String {
    let lines = stack.frames.iter();
    lines
        .map(|FrameText { function, place }| format!("{function}\n\t{place}\n"))
        .collect()
}

/// A button that copies a text.
fn copy_button(text: String) -> AnyView {
    let copied = RwSignal::new(false);
    let copy = move |_| {
        let clipboard = window().navigator().clipboard();
        let text = text.clone();
        leptos::task::spawn_local(async move {
            let written = wasm_bindgen_futures::JsFuture::from(clipboard.write_text(&text)).await;
            if written.or_warn("copying").is_some() {
                copied.set(true);
                set_timeout(
                    move || {
                        // The button may be gone by now.
                        copied.try_set(false);
                    },
                    Duration::from_secs(2),
                );
            }
        });
    };
    view! {
        <button class="button small" on:click=copy>
            {move || if copied.get() { "Copied" } else { "Copy" }}
        </button>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copied_stack_looks_like_go_s() {
        let frame = |function: &str, place: &str| FrameText {
            function: function.into(),
            place: place.into(),
        };
        let stack = StackText {
            title: "Blocked here".into(),
            frames: vec![
                frame("main.f", "/a/b.go:17"),
                frame("main.main", "/a/b.go:3"),
            ],
        };
        assert_eq!(
            as_text(&stack),
            "main.f\n\t/a/b.go:17\nmain.main\n\t/a/b.go:3\n"
        );
    }
}
