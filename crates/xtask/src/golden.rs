//! `cargo xtask golden`: renews what tests compare with, and shows what changed.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use crate::browser::Browser;
use crate::toolchain::Toolchain;
use crate::{build, shell};

/// One line for the list of commands.
pub const HELP: &str = "renews the expected outputs of the tests, and shows which changed  [screens: the pictures of the page  [--page FILE]]";

/// The command.
pub fn run(words: &[String]) -> Result<()> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        [] => native()?,
        ["screens"] => screens(&build::page(&Toolchain::find()?)?)?,
        ["screens", "--page", file] => screens(&Path::new(file).canonicalize()?)?,
        _ => bail!("unknown option {words:?}"),
    }
    let mut status = Command::new("git");
    status
        .current_dir(shell::root())
        .args(["status", "--short"]);
    shell::run(&mut status)
}

/// The pictures of the page, in a browser.
fn screens(page: &Path) -> Result<()> {
    let mut command = shell::cargo();
    command.args(["test", "--package", "tracepane-tests"]);
    command.args(["--features", "browser", "--test", "screenshots"]);
    Browser::find()?.tell(command.env("TRACEPANE_HTML", page).env("BLESS", "1"));
    shell::run(&mut command)
}

/// All that needs no browser.
fn native() -> Result<()> {
    let mut tests = shell::cargo();
    tests.args(["test", "--workspace", "--exclude", "tracepane-app"]);
    shell::run(tests.env("BLESS", "1").env("INSTA_UPDATE", "always"))
}
