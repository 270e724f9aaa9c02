//! `cargo xtask test`: every test there is; what needs a browser gets one.

use std::fs;
use std::process::Command;

use anyhow::{Result, bail};

use crate::browser::{Browser, Firefox};
use crate::toolchain::Toolchain;
use crate::{build, shell};

/// One line for the list of commands.
pub const HELP: &str = "runs every test, or those of one kind  [native | wasm | page] [-- ARGUMENTS OF THE TESTS]; firefox: the page's in Firefox";

/// The command.
pub fn run(words: &[String]) -> Result<()> {
    let end = words.iter().position(|word| word == "--");
    let (kinds, rest) = words.split_at(end.unwrap_or(words.len()));
    for kind in kinds {
        if !["native", "wasm", "page", "firefox"].contains(&kind.as_str()) {
            bail!("no such kind of tests: {kind:?}");
        }
    }
    let wanted = |kind: &str| kinds.is_empty() || kinds.iter().any(|wanted| wanted == kind);

    // What may be missing is looked for first: a sentence now is better than one in ten minutes.
    let web = if wanted("wasm") || wanted("page") {
        Some((Browser::find()?, Toolchain::find()?))
    } else {
        None
    };
    // Only where it is asked for: installing it takes minutes.
    let firefox = match kinds.iter().any(|kind| kind == "firefox") {
        true => Some((Firefox::find()?, Toolchain::find()?)),
        false => None,
    };
    if wanted("native") {
        native(rest)?;
    }
    if let Some((browser, toolchain)) = web {
        if wanted("wasm") {
            wasm(&browser, &toolchain, rest)?;
        }
        if wanted("page") {
            page(&toolchain, &["screenshots"], |c| browser.tell(c), rest)?;
        }
    }
    if let Some((firefox, toolchain)) = firefox {
        page(&toolchain, &[], |command| firefox.tell(command), rest)?;
    }
    Ok(())
}

/// All that needs no browser.
fn native(rest: &[String]) -> Result<()> {
    let mut command = shell::cargo();
    command.args(["test", "--workspace", "--exclude", "tracepane-app"]);
    shell::run(command.args(rest))
}

/// The tests of the app crate, compiled for wasm, in a browser. The runner is wasm-bindgen's, built from Cargo.lock's version.
fn wasm(browser: &Browser, toolchain: &Toolchain, rest: &[String]) -> Result<()> {
    let mut build = shell::cargo();
    build.args(["build", "--package", "xtask", "--features"]);
    shell::run(build.args(["wasm-test-runner", "--bin", "wasm-test-runner"]))?;
    let runner = shell::target_dir().join("debug/wasm-test-runner");
    let capabilities = toolchain.target_dir().join("webdriver.json");
    fs::create_dir_all(toolchain.target_dir())?;
    fs::write(&capabilities, browser.capabilities())?;

    // The profile is the page's, so that its dependencies are compiled once.
    let mut command: Command = toolchain.cargo("test");
    command
        .args(["--profile", "page", "--package", "tracepane-app", "--tests"])
        .args(rest)
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", runner)
        .env("WASM_BINDGEN_USE_BROWSER", "1")
        .env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", capabilities);
    browser.tell(&mut command);
    shell::run(&mut command)
}

/// The finished page in a browser, which `tell` names; `more` are the tests that are not for every browser.
fn page(
    toolchain: &Toolchain,
    more: &[&str],
    tell: impl Fn(&mut Command),
    rest: &[String],
) -> Result<()> {
    let file = build::page(toolchain)?;
    let tracepane = build::command(&file, false)?;
    let mut command = shell::cargo();
    command.args(["test", "--package", "tracepane-tests"]);
    command.args(["--features", "browser"]);
    for test in ["page", "bundles"].iter().chain(more) {
        command.args(["--test", test]);
    }
    command.env("TRACEPANE_COMMAND", tracepane);
    command.env("TRACEPANE_HTML", file).args(rest);
    tell(&mut command);
    shell::run(&mut command)
}
