//! The post-processing of wasm-bindgen, as a library: the compiler's module in, the page's module and its glue out.
//!
//! The library calls itself internal, so all use of it is here. It reads modules of its own version only:
//! the workspace's Cargo.toml pins both.

use std::path::Path;

use anyhow::{Result, ensure};
use wasm_bindgen_cli_support::Bindgen;

/// What the page needs of a module.
pub struct Bound {
    /// A classic script that defines the global `wasm_bindgen`.
    pub glue: String,
    /// The module.
    pub wasm: Vec<u8>,
}

/// Post-processes a module that cargo built.
pub fn bind(module: &Path) -> Result<Bound> {
    let mut output = Bindgen::new()
        .input_path(module)
        .no_modules(true)?
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate_output()?;
    let foreign: Vec<&String> = output
        .snippets()
        .iter()
        .filter(|(_, inline)| !inline.is_empty())
        .map(|(name, _)| name)
        .chain(output.local_modules().keys())
        .collect();
    ensure!(
        foreign.is_empty(),
        "a dependency brings JavaScript of its own, which a single script cannot import: {foreign:?}"
    );
    let glue = output.js().to_owned();
    let wasm = output.wasm_mut().emit_wasm();
    Ok(Bound { glue, wasm })
}
