//! Where Rust meets the browser: messages, listeners that end with their owner, errors as sentences.

use js_sys::{Array, Object, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{AddEventListenerOptions, Event, EventTarget, File, OffscreenCanvas, Worker};

use crate::protocol::{FromWorker, ReaderAsk, Request};

/// What the page posts to the worker: `{ask, file?, canvas?}`. A canvas must be in the list of transferables too; as must the
/// buffers in `bytes`, if a file's bytes come with it, see `Notice::BytesWanted`.
pub fn envelope(
    request: &Request,
    file: Option<&File>,
    canvas: Option<&OffscreenCanvas>,
) -> Result<Object, JsValue> {
    let message = Object::new();
    Reflect::set(
        &message,
        &"ask".into(),
        &serde_wasm_bindgen::to_value(request)?,
    )?;
    if let Some(file) = file {
        Reflect::set(&message, &"file".into(), file)?;
    }
    if let Some(canvas) = canvas {
        Reflect::set(&message, &"canvas".into(), canvas)?;
    }
    Ok(message)
}

/// Posts to a reader what the trace's worker asks of it: `{ask, file?, buffers}`; the buffers are handed over.
pub fn ask_reader(
    reader: &Worker,
    ask: &ReaderAsk,
    file: Option<&File>,
    buffers: &Array,
) -> Result<(), JsValue> {
    let message = Object::new();
    Reflect::set(&message, &"ask".into(), &serde_wasm_bindgen::to_value(ask)?)?;
    if let Some(file) = file {
        Reflect::set(&message, &"file".into(), file)?;
    }
    Reflect::set(&message, &"buffers".into(), buffers)?;
    reader.post_message_with_transfer(&message, buffers)
}

/// The worker's message, read.
pub fn from_worker(message: JsValue) -> Result<FromWorker, JsValue> {
    Ok(serde_wasm_bindgen::from_value(message)?)
}

/// A listener that removes itself when it is dropped.
#[derive(Debug)]
pub struct Listener {
    target: EventTarget,
    kind: &'static str,
    closure: Closure<dyn FnMut(Event)>,
}

impl Listener {
    /// Calls `heard` for each event of this kind. Never passive: `heard` may prevent the default.
    pub fn new<E: JsCast>(
        target: &EventTarget,
        kind: &'static str,
        mut heard: impl FnMut(E) + 'static,
    ) -> Self {
        let closure = Closure::<dyn FnMut(Event)>::new(move |event: Event| {
            heard(event.unchecked_into());
        });
        let options = AddEventListenerOptions::new();
        options.set_passive(false);
        target
            .add_event_listener_with_callback_and_add_event_listener_options(
                kind,
                closure.as_ref().unchecked_ref(),
                &options,
            )
            .or_warn("listening");
        Self {
            target: target.clone(),
            kind,
            closure,
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.target
            .remove_event_listener_with_callback(self.kind, self.closure.as_ref().unchecked_ref())
            .or_warn("no longer listening");
    }
}

/// What to do with a call into the browser that failed.
pub trait JsResult<T> {
    /// The value; a failure is told to the console, with what was being done.
    fn or_warn(self, doing: &str) -> Option<T>;
    /// The value, or the failure as a sentence.
    fn or_sentence(self) -> Result<T, String>;
}

impl<T> JsResult<T> for Result<T, JsValue> {
    fn or_warn(self, doing: &str) -> Option<T> {
        self.map_err(|error| warn(&format!("{doing}: {}", sentence(&error))))
            .ok()
    }

    fn or_sentence(self) -> Result<T, String> {
        self.map_err(|error| sentence(&error))
    }
}

/// A line on the console, for who develops.
pub fn warn(text: &str) {
    leptos::logging::warn!("tracepane: {text}");
}

/// What an error of JavaScript says.
pub fn sentence(error: &JsValue) -> String {
    if let Some(text) = error.as_string() {
        return text;
    }
    if let Some(error) = error.dyn_ref::<js_sys::Error>() {
        return String::from(error.message());
    }
    format!("{error:?}")
}
