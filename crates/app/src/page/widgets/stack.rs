//! A stack as a list of frames, with a button that copies it.

use leptos::prelude::*;

use super::copy::copy_button_named;
use super::table::TableState;
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
                {copy_button_named("Copy stack", move || text.clone())}
            </div>
            <ol>{frames.collect_view()}</ol>
        </section>
    }
    .into_any()
}

/// The panel beside a table: the stack of the row that was chosen, or what stands there until one is.
pub fn stack_of_row(
    state: TableState,
    label: &'static str,
    otherwise: impl Fn() -> AnyView + Send + 'static,
) -> AnyView {
    view! {
        <aside class="panel" aria-label=label>
            <div class="panel-body row-stack">
                {move || match state.active_row().and_then(|row| row.stack) {
                    Some(found) => stack(found),
                    None => otherwise(),
                }}
            </div>
        </aside>
    }
    .into_any()
}

/// A sentence for where no row is chosen.
pub fn hint(text: &'static str) -> AnyView {
    view! { <p class="quiet">{text}</p> }.into_any()
}

fn as_text(stack: &StackText) -> String {
    let lines = stack.frames.iter();
    lines
        .map(|FrameText { function, place }| format!("{function}\n\t{place}\n"))
        .collect()
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

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
