//! Runs a wasm test binary in a headless browser: the runner of wasm-bindgen, at the version in Cargo.lock.
//!
//! `cargo xtask test` names this program as cargo's runner for wasm32, so nobody installs a CLI.

fn main() -> anyhow::Result<()> {
    wasm_bindgen_cli::wasm_bindgen_test_runner::run_cli_with_args(std::env::args_os())
}
