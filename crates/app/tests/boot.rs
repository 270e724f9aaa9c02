//! The entry points, in a real browser but without `www/boot.js`.
#![cfg(target_arch = "wasm32")]

use wasm_bindgen_test::wasm_bindgen_test;

/// An error is as good as a page that says what is missing; a trap, which fails the test, would leave nothing.
#[wasm_bindgen_test]
fn a_page_without_boot_does_not_trap() {
    let _ = tracepane_app::page_main();
}
