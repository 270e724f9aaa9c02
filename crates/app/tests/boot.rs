//! The entry points, in a real browser but without `www/boot.js`.
#![cfg(target_arch = "wasm32")]

use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
fn a_page_without_boot_is_an_error_and_no_trap() {
    assert!(tracepane_app::page_main().is_err());
}
