//! `cargo xtask bench`: how fast and how large, beside `go tool trace` in the same run, as a table.
//!
//! Prints figures and asserts none.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::shell;

mod machine;
mod native;
mod page;
mod processes;
mod reference;
mod table;
mod traces;

use table::{Measured, Table};

/// One line for the list of commands.
pub const HELP: &str = "measures beside go tool trace, as a table  [native | page | reference: only these] [--frames] [--large: 1 GB, too] [--write: into README.md] [--trace FILE] [--small FILE] [--large-trace FILE] [--go GO] [--page FILE: one that is built]";

/// How often a program of ours is run; the best run counts.
const RUNS: usize = 3;

/// The command.
pub fn run(words: &[String]) -> Result<()> {
    let has = |name: &str| words.iter().any(|word| word == name);
    let option = |name: &str| {
        let at = words.iter().position(|word| word == name)?;
        words.get(at + 1).cloned()
    };
    let kinds: Vec<&str> = ["native", "page", "reference"]
        .into_iter()
        .filter(|kind| has(kind))
        .collect();
    let wanted = |kind: &str| kinds.is_empty() || kinds.contains(&kind);
    let go = option("--go").unwrap_or_else(|| "go".into());
    let trace = |name: &str, time: &str| -> Result<PathBuf> {
        match option(name) {
            Some(file) => fs::canonicalize(&file).with_context(|| format!("no trace {file}")),
            None => traces::pipeline(&go, time),
        }
    };
    let large = has("--large") || option("--large-trace").is_some();
    let middle = trace("--trace", traces::MIDDLE)?;
    let large = match large {
        true => Some(trace("--large-trace", traces::LARGE)?),
        false => None,
    };

    let mut found = Measured {
        bytes: fs::metadata(&middle)?.len(),
        large_bytes: match &large {
            Some(file) => Some(fs::metadata(file)?.len()),
            None => None,
        },
        ..Measured::default()
    };
    if wanted("native") {
        native::build()?;
        let small = trace("--small", traces::SMALL)?;
        let all = [Some(&small), Some(&middle), large.as_ref()];
        for (place, file) in all.into_iter().enumerate() {
            if let Some(file) = file {
                found.one_core[place] = Some(native::opening(file, 1)?);
            }
        }
        found.both_cores = native::opening(&middle, 2).ok();
        found.profile = Some(native::profile(&middle)?);
    }
    let mut browser = None;
    if wanted("page") {
        let page = page::Page::new(option("--page").as_deref())?;
        let mut what = vec!["questions"];
        if has("--frames") {
            what.push("frames");
        }
        found.page = page.measure(&middle, &what)?;
        if let Some(file) = &large {
            found.large_page = page.measure(file, &["once"])?;
        }
        browser = Some(page.version());
    }
    if wanted("reference") {
        found.their_profile = Some(reference::profile(&go, &middle)?);
        found.their_opening = Some(reference::opening(&go, &middle)?);
    }

    let table = Table {
        found,
        machine: machine::Machine::here(),
        go: shell::output(Command::new(&go).arg("version")).unwrap_or_default(),
        browser,
        command: format!("cargo xtask bench {}", written_options(words)),
    };
    let text = table.markdown();
    println!("\n{text}");
    if has("--write") {
        table::write(&text)?;
    }
    Ok(())
}

/// The options that say what was measured; where files lie is nobody's business.
fn written_options(words: &[String]) -> String {
    let said = ["native", "page", "reference", "--large"];
    let mut kept: Vec<&str> = (words.iter().map(String::as_str))
        .filter(|word| said.contains(word))
        .collect();
    if words.iter().any(|word| word == "--large-trace") && !kept.contains(&"--large") {
        kept.push("--large");
    }
    kept.join(" ")
}
