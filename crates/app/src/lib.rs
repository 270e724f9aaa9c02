//! The page and its worker: one wasm module with two entry points, which `www/boot.js` starts.

pub mod address;
pub mod commands;
pub mod help;
pub mod interop;
pub mod moment;
pub mod page;
pub mod protocol;
pub mod states;
mod worker;

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// The role of the page: owns the DOM, holds no trace.
///
/// # Errors
/// What the browser refuses at start.
#[wasm_bindgen]
pub fn page_main() -> Result<(), JsValue> {
    page::start()
}

/// The role of the worker: owns the trace, answers questions, paints the timeline.
///
/// # Errors
/// What the browser refuses at start.
#[wasm_bindgen]
pub fn worker_main() -> Result<(), JsValue> {
    worker::start()
}

/// The role of a reader: reads a part of a trace for the worker that started it.
#[wasm_bindgen]
pub fn reader_main() {
    worker::reader::start();
}

// Unit tests run where the code does: each module of tests names wasm-bindgen's attribute `test`.
#[cfg(all(test, target_arch = "wasm32"))]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
