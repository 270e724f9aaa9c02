//! `cargo xtask golden`: renews what tests compare with, and shows what changed.

use std::process::Command;

use anyhow::{Result, bail};

use crate::shell;

/// One line for the list of commands.
pub const HELP: &str = "renews the expected outputs of the tests, and shows which changed";

/// The command.
pub fn run(words: &[String]) -> Result<()> {
    if let Some(word) = words.first() {
        bail!("unknown option {word:?}");
    }
    let mut tests = shell::cargo();
    tests.args(["test", "--workspace", "--exclude", "tracepane-app"]);
    shell::run(tests.env("BLESS", "1").env("INSTA_UPDATE", "always"))?;
    let mut status = Command::new("git");
    status
        .current_dir(shell::root())
        .args(["status", "--short"]);
    shell::run(&mut status)
}
