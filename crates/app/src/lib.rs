//! The page and its worker: one wasm module with two entry points, which `www/boot.js` starts.

use leptos::prelude::*;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent, Worker};

#[wasm_bindgen]
extern "C" {
    /// A new worker running [`worker_main`] of this very module; `www/boot.js` provides it.
    #[wasm_bindgen(catch, js_name = tracepaneWorker)]
    fn new_worker() -> Result<Worker, JsValue>;
}

/// The role of the page: owns the DOM.
#[wasm_bindgen]
pub fn page_main() -> Result<(), JsValue> {
    console_error_panic_hook::set_once();
    let said = RwSignal::new(String::from("waiting for the worker"));
    let worker = new_worker()?;
    let listener = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        said.set(
            event
                .data()
                .as_string()
                .unwrap_or_else(|| "not a string".into()),
        );
    });
    worker.set_onmessage(Some(listener.as_ref().unchecked_ref()));
    listener.forget();
    worker.post_message(&"relay".into())?;
    let host = document()
        .get_element_by_id("app")
        .ok_or("no element #app")?;
    mount_to(host.unchecked_into(), move || {
        view! { <h1>"Tracepane"</h1><p>"The worker says: "<output>{said}</output></p> }
    })
    .forget();
    Ok(())
}

/// The role of the worker: answers messages, and has a worker of its own answer a "relay".
#[wasm_bindgen]
pub fn worker_main() -> Result<(), JsValue> {
    console_error_panic_hook::set_once();
    let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    let reply_to = scope.clone();
    let listener = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        let message = event.data().as_string().unwrap_or_default();
        let done = if message == "relay" {
            relay(reply_to.clone())
        } else {
            reply_to.post_message(&answer(&message).into())
        };
        if let Err(error) = done {
            wasm_bindgen::throw_val(error);
        }
    });
    scope.set_onmessage(Some(listener.as_ref().unchecked_ref()));
    listener.forget();
    Ok(())
}

/// Asks a worker of this worker, and hands its answer on.
fn relay(reply_to: DedicatedWorkerGlobalScope) -> Result<(), JsValue> {
    let inner = new_worker()?;
    let listener = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        let said = event.data().as_string().unwrap_or_default();
        if let Err(error) = reply_to.post_message(&format!("{said}, by a worker of mine").into()) {
            wasm_bindgen::throw_val(error);
        }
    });
    inner.set_onmessage(Some(listener.as_ref().unchecked_ref()));
    listener.forget();
    inner.post_message(&"ping".into())
}

/// What the worker says to a message.
fn answer(message: &str) -> String {
    match message {
        "ping" => "pong".into(),
        other => format!("unknown request {other:?}"),
    }
}
