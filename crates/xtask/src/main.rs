//! `cargo xtask`: every command of the project, one file for each.

use std::process::ExitCode;

mod bench;
mod bindgen;
mod browser;
mod build;
mod golden;
mod html;
mod lint;
mod serve;
mod shell;
mod test;
mod tidy;
mod toolchain;

/// One command: what is typed, what it does, what its help says.
struct Command {
    name: &'static str,
    run: fn(&[String]) -> anyhow::Result<()>,
    help: &'static str,
}

const COMMANDS: &[Command] = &[
    Command {
        name: "build",
        run: build::run,
        help: build::HELP,
    },
    Command {
        name: "serve",
        run: serve::run,
        help: serve::HELP,
    },
    Command {
        name: "test",
        run: test::run,
        help: test::HELP,
    },
    Command {
        name: "bench",
        run: bench::run,
        help: bench::HELP,
    },
    Command {
        name: "lint",
        run: lint::run,
        help: lint::HELP,
    },
    Command {
        name: "golden",
        run: golden::run,
        help: golden::HELP,
    },
];

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let name = words.first().map_or("help", String::as_str);
    if matches!(name, "help" | "-h" | "--help") {
        print!("{}", help());
        return ExitCode::SUCCESS;
    }
    let Some(command) = COMMANDS.iter().find(|command| command.name == name) else {
        eprint!("there is no command `{name}`\n\n{}", help());
        return ExitCode::from(2);
    };
    match (command.run)(&words[1..]) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cargo xtask {name}: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn help() -> String {
    let mut text = String::from("cargo xtask COMMAND\n\n");
    for command in COMMANDS {
        text += &format!("  {:8} {}\n", command.name, command.help);
    }
    text
}
