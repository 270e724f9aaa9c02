//! The worker's end of the wire to the page: posts replies and notices, asks for animation frames.

use js_sys::{Array, Function, Object, Reflect, Uint8Array};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{DedicatedWorkerGlobalScope, MessageChannel};

use crate::protocol::{Answer, FromWorker, Notice, Reply};

#[wasm_bindgen]
extern "C" {
    /// `performance.measure(name, {start, end})`: web-sys has only the form with marks.
    #[wasm_bindgen(catch, js_namespace = performance)]
    fn measure(name: &str, options: &Object) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(js_namespace = performance)]
    fn now() -> f64;
}

/// Milliseconds on the clock of [`Port::now`], for who has no port.
pub fn clock() -> f64 {
    now()
}

/// Calls something once the messages that wait are taken: a message to itself. A timer would do, but browsers let one
/// that a timer has set wait for 4 ms, a third of a turn.
pub struct Soon {
    channel: MessageChannel,
}

impl Soon {
    /// Will call `then`.
    ///
    /// # Errors
    /// What the browser refuses.
    pub fn new(then: &Function) -> Result<Self, JsValue> {
        let channel = MessageChannel::new()?;
        channel.port1().set_onmessage(Some(then));
        Ok(Self { channel })
    }

    /// Calls it soon.
    pub fn call(&self) {
        if let Err(error) = self.channel.port2().post_message(&JsValue::NULL) {
            web_sys::console::warn_1(&error);
        }
    }
}

/// The global scope of this worker.
#[derive(Clone)]
pub struct Port {
    scope: DedicatedWorkerGlobalScope,
}

impl Port {
    /// The scope that this code runs in.
    pub fn of_this_worker() -> Self {
        Self {
            scope: js_sys::global().unchecked_into(),
        }
    }

    /// Calls `listener` with each message.
    pub fn listen(&self, listener: &Function) {
        self.scope.set_onmessage(Some(listener));
    }

    /// Calls `paint` before the next repaint of the screen.
    pub fn request_frame(&self, paint: &Function) {
        if let Err(error) = self.scope.request_animation_frame(paint) {
            web_sys::console::warn_1(&error);
        }
    }

    /// Calls `then` after so many milliseconds.
    pub fn call_later(&self, then: &Function, millis: i32) {
        let asked = self
            .scope
            .set_timeout_with_callback_and_timeout_and_arguments_0(then, millis);
        if let Err(error) = asked {
            web_sys::console::warn_1(&error);
        }
    }

    /// Milliseconds on the worker's clock.
    pub fn now(&self) -> f64 {
        clock()
    }

    /// Leaves a `PerformanceMeasure` of what lasted from `began` to `ended`, both of [`Self::now`].
    pub fn measure(&self, name: &str, began: f64, ended: f64) {
        let options = Object::new();
        // Setting a property of an object of ours cannot fail, and a measure that the browser refuses is none that
        // anybody misses.
        let _ = Reflect::set(&options, &"start".into(), &began.into());
        let _ = Reflect::set(&options, &"end".into(), &ended.into());
        // The browser keeps measures for ever: only the last one stays.
        if let Some(clock) = self.scope.performance() {
            clock.clear_measures_with_measure_name(name);
        }
        let _ = measure(name, &options);
    }

    /// Posts a message, and hands these buffers over with it.
    pub fn hand_over(&self, message: &JsValue, buffers: &Array) -> Result<(), JsValue> {
        self.scope.post_message_with_transfer(message, buffers)
    }

    /// Sends a reply.
    pub fn reply(&self, number: u32, answer: Result<Answer, String>) {
        self.post(&FromWorker::Reply(Reply { number, answer }));
    }

    /// Sends a notice.
    pub fn notice(&self, notice: Notice) {
        self.post(&FromWorker::Notice(notice));
    }

    fn post(&self, message: &FromWorker) {
        let sent = serde_wasm_bindgen::to_value(message)
            .map_err(JsValue::from)
            .and_then(|value| match file_bytes(message) {
                // A download's bytes are handed over, not copied.
                Some(()) => self
                    .scope
                    .post_message_with_transfer(&value, &transferable(&value)),
                None => self.scope.post_message(&value),
            });
        if let Err(error) = sent {
            web_sys::console::error_1(&error);
        }
    }
}

fn file_bytes(message: &FromWorker) -> Option<()> {
    match message {
        FromWorker::Reply(Reply {
            answer: Ok(Answer::File { .. } | Answer::SheetPiece(_)),
            ..
        }) => Some(()),
        _ => None,
    }
}

/// The buffers inside a message that can be handed over: the `bytes` of an [`Answer::File`] or a piece of a table.
fn transferable(message: &JsValue) -> Array {
    let buffers = ["File", "SheetPiece"].into_iter().filter_map(|kind| {
        let mut inside = ["Reply", "answer", "Ok", kind, "bytes"].into_iter();
        let bytes = inside.try_fold(message.clone(), |value, key| {
            Reflect::get(&value, &JsValue::from_str(key))
        });
        bytes.ok()?.dyn_into::<Uint8Array>().ok()
    });
    buffers.map(|bytes| bytes.buffer()).collect()
}
