//! The page: owns the DOM and holds no trace.

pub mod format;
pub mod scroller;

use wasm_bindgen::JsValue;

/// Starts the page.
///
/// # Errors
/// What the browser refuses at start.
pub fn start() -> Result<(), JsValue> {
    console_error_panic_hook::set_once();
    Ok(())
}
