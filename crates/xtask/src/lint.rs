//! `cargo xtask lint`: format, clippy with warnings as errors, and the rules of the house.

use std::process::Command;
use std::time::Duration;

use anyhow::{Result, bail};

use crate::toolchain::Toolchain;
use crate::{shell, tidy};

/// One line for the list of commands.
pub const HELP: &str = "checks the format, clippy (warnings are errors) and the rules of the house";

/// How long `rustup component add` may take.
const RUSTUP_LIMIT: Duration = Duration::from_secs(120);

/// The command.
pub fn run(words: &[String]) -> Result<()> {
    if let Some(word) = words.first() {
        bail!("unknown option {word:?}");
    }
    tidy::run()?;
    component("fmt", "rustfmt")?;
    component("clippy", "clippy")?;
    shell::run(shell::cargo().args(["fmt", "--all", "--check"]))?;

    let mut native = shell::cargo();
    native.args(["clippy", "--workspace", "--exclude", "tracepane-app"]);
    native.args(["--all-targets", "--all-features"]);
    shell::run(native.args(["--", "-Dwarnings"]))?;

    // Debian's compiler comes without its clippy: there the app is checked as native code, which it compiles as too.
    let mut app = match Toolchain::find()? {
        toolchain @ Toolchain::Installed => {
            let mut command = toolchain.cargo("clippy");
            command.args(["--profile", "page"]);
            command
        }
        Toolchain::Debian { .. } => {
            let mut command = shell::cargo();
            command.arg("clippy");
            command
        }
    };
    app.args(["--package", "tracepane-app", "--all-targets"]);
    shell::run(app.args(["--", "-Dwarnings"]))
}

/// Makes sure that a subcommand of cargo is there; a minimal rustup has neither.
fn component(verb: &str, name: &str) -> Result<()> {
    let present = || shell::output(shell::cargo().args([verb, "--version"])).is_some();
    let mut add = Command::new("rustup");
    add.args(["component", "add", name]);
    if present() || (shell::quietly(&mut add, RUSTUP_LIMIT) && present()) {
        return Ok(());
    }
    bail!("`cargo {verb}` is missing: run `rustup component add {name}`");
}
