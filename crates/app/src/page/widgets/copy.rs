//! Text onto the clipboard, and a button that puts it there.

use std::time::Duration;

use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::HtmlElement;

use crate::interop::JsResult as _;

/// How long a button says that it has copied.
const SAID: Duration = Duration::from_secs(2);

/// Puts text onto the clipboard. Pages that came over plain http have no clipboard of their own; the old command for
/// what is selected works there too.
///
/// # Errors
/// A sentence, if the browser refuses.
pub async fn copy(text: &str) -> Result<(), String> {
    // As a value: the binding promises a clipboard where there may be none.
    let clipboard = js_sys::Reflect::get(&window().navigator(), &"clipboard".into());
    if let Ok(Ok(clipboard)) = clipboard.map(JsCast::dyn_into::<web_sys::Clipboard>) {
        let written = wasm_bindgen_futures::JsFuture::from(clipboard.write_text(text)).await;
        if written.is_ok() {
            return Ok(());
        }
    }
    match copy_selected(text) {
        Ok(true) => Ok(()),
        Ok(false) => Err("The browser does not let this page copy.".into()),
        Err(error) => Err(crate::interop::sentence(&error)),
    }
}

fn copy_selected(text: &str) -> Result<bool, JsValue> {
    let document = document();
    let before = document.active_element();
    let field: HtmlElement = document.create_element("textarea")?.unchecked_into();
    field.set_text_content(Some(text));
    field.set_class_name("visually-hidden");
    field.set_attribute("aria-hidden", "true")?;
    let Some(body) = document.body() else {
        return Ok(false);
    };
    body.append_child(&field)?;
    let select: js_sys::Function = js_sys::Reflect::get(&field, &"select".into())?.dyn_into()?;
    select.call0(&field)?;
    let command: js_sys::Function =
        js_sys::Reflect::get(&document, &"execCommand".into())?.dyn_into()?;
    let copied = command.call1(&document, &"copy".into());
    field.remove();
    if let Some(before) = before.and_then(|before| before.dyn_into::<HtmlElement>().ok()) {
        before.focus()?;
    }
    Ok(copied?.is_truthy())
}

/// A button that copies a text.
pub fn copy_button(text: impl Fn() -> String + 'static) -> AnyView {
    copy_button_named("Copy", text)
}

/// The same, saying what it copies.
pub fn copy_button_named(name: &'static str, text: impl Fn() -> String + 'static) -> AnyView {
    let copied = RwSignal::new(false);
    let press = move |_| {
        let text = text();
        leptos::task::spawn_local(async move {
            if copy(&text)
                .await
                .map_err(JsValue::from)
                .or_warn("copying")
                .is_some()
            {
                // The button may be gone by now.
                copied.try_set(true);
                set_timeout(
                    move || {
                        copied.try_set(false);
                    },
                    SAID,
                );
            }
        });
    };
    view! {
        <button class="button small" on:click=press>
            {move || if copied.get() { "Copied" } else { name }}
        </button>
    }
    .into_any()
}
