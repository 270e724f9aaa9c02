//! Puts the page into the command, if `TRACEPANE_PAGE` names its file: `cargo xtask build` does.

use std::path::PathBuf;
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-env-changed=TRACEPANE_PAGE");
    let page = env::var_os("TRACEPANE_PAGE").filter(|page| !page.is_empty());
    let page = page.map(|page| {
        let file = PathBuf::from(&page);
        println!("cargo::rerun-if-changed={}", file.display());
        // An absolute path: it is included from another folder.
        fs::canonicalize(&file)
            .unwrap_or_else(|error| panic!("TRACEPANE_PAGE={}: {error}", file.display()))
    });
    let text = match page {
        Some(page) => format!("Some(include_bytes!({page:?}).as_slice())"),
        None => "None".to_owned(),
    };
    let out = env::var_os("OUT_DIR").map(PathBuf::from);
    let out = out.expect("cargo sets OUT_DIR");
    fs::write(out.join("page.rs"), text).expect("cargo's folder can be written to");
}
