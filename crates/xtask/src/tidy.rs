//! The rules of the house, checked: which crate may know which, and what every source file looks like.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::shell;

/// Past this a file has a second subject.
const MAX_LINES: usize = 900;

/// A crate, what it may depend on, and why no more.
struct Rule {
    folder: &'static str,
    may_use: &'static [&'static str],
    reason: &'static str,
}

/// The way of the data: each crate knows only what lies before it.
const DIRECTION: &[Rule] = &[
    Rule {
        folder: "wire",
        may_use: &[],
        reason: "bytes to events, and nothing before it",
    },
    Rule {
        folder: "pprof",
        may_use: &[],
        reason: "a file format, which knows of no trace",
    },
    Rule {
        folder: "bundle",
        may_use: &[],
        reason: "a file format, which knows of no trace",
    },
    Rule {
        folder: "model",
        may_use: &["wire"],
        reason: "events to columns",
    },
    Rule {
        folder: "analysis",
        may_use: &["model", "pprof"],
        reason: "asks the columns; no event's bytes, no picture",
    },
    Rule {
        folder: "timeline",
        may_use: &["model"],
        reason: "a picture of the columns; no answers, no browser",
    },
    Rule {
        folder: "app",
        may_use: &["wire", "model", "analysis", "pprof", "timeline", "bundle"],
        reason: "the page",
    },
    Rule {
        folder: "cli",
        may_use: &["wire", "model", "analysis", "pprof", "bundle"],
        reason: "the command; it draws nothing",
    },
    Rule {
        folder: "testkit",
        may_use: &["wire", "model"],
        reason: "fixtures, for tests only",
    },
    Rule {
        folder: "xtask",
        may_use: &[],
        reason: "builds the others from outside",
    },
];

/// Checks all, and fails with the list of what is wrong.
pub fn run() -> Result<()> {
    let problems = problems()?;
    if problems.is_empty() {
        eprintln!("tidy: ok");
        return Ok(());
    }
    bail!("the rules of the house:\n  {}", problems.join("\n  "));
}

/// Everything that breaks a rule, one line each.
fn problems() -> Result<Vec<String>> {
    let root = shell::root();
    let mut problems = Vec::new();
    for entry in fs::read_dir(root.join("crates"))? {
        let folder = entry?.path();
        let manifest = folder.join("Cargo.toml");
        if let Ok(text) = fs::read_to_string(&manifest) {
            let name = folder.file_name().unwrap_or_default().to_string_lossy();
            direction(&name, &text, &mut problems);
        }
    }
    let mut sources = Vec::new();
    for folder in ["crates", "tests", "fuzz"] {
        find_sources(&root.join(folder), &mut sources)?;
    }
    sources.sort();
    for file in sources {
        let text = fs::read_to_string(&file)?;
        let name = file.strip_prefix(&root).unwrap_or(&file);
        source(
            &name.to_string_lossy().replace('\\', "/"),
            &text,
            &mut problems,
        );
    }
    for entry in fs::read_dir(root.join("www/style"))? {
        let file = entry?.path();
        if file.extension().is_some_and(|extension| extension == "css") {
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            style(&name, &fs::read_to_string(&file)?, &mut problems);
        }
    }
    Ok(problems)
}

/// A file of the page's style: colours, font sizes and radii are those of `tokens.css`.
fn style(name: &str, text: &str, problems: &mut Vec<String>) {
    if name == "tokens.css" {
        return;
    }
    for (number, line) in text.lines().enumerate() {
        let Some((property, value)) = line.trim().split_once(": ") else {
            continue;
        };
        let at = format!("www/style/{name}:{}", number + 1);
        if has_color(value) {
            problems.push(format!("{at}: a colour: give it a name in tokens.css"));
        }
        if matches!(property, "font-size" | "border-radius" | "font") && has_pixels(value) {
            problems.push(format!(
                "{at}: {property} in pixels: take a step of tokens.css"
            ));
        }
    }
}

/// Whether a value has a colour by numbers.
fn has_color(value: &str) -> bool {
    let hex = value.split('#').skip(1).any(|rest| {
        let digits = rest.bytes().take_while(u8::is_ascii_hexdigit).count();
        digits >= 3
    });
    hex || ["rgb(", "rgba(", "hsl(", "oklch("]
        .iter()
        .any(|name| value.contains(name))
}

/// Whether a value has a length in pixels.
fn has_pixels(value: &str) -> bool {
    value
        .match_indices("px")
        .any(|(at, _)| value[..at].ends_with(|c: char| c.is_ascii_digit()))
}

/// Adds every `.rs` file below a folder; a folder that is not there has none.
fn find_sources(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Ok(());
    };
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() && !path.ends_with("target") {
            find_sources(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    Ok(())
}

/// The edges of one crate's manifest against the table.
fn direction(folder: &str, manifest: &str, problems: &mut Vec<String>) {
    let Some(rule) = DIRECTION.iter().find(|rule| rule.folder == folder) else {
        problems.push(format!(
            "crates/{folder} is not in the table of crates/xtask/src/tidy.rs"
        ));
        return;
    };
    for (kind, used) in edges(manifest) {
        let allowed = match kind {
            // A test may start from bytes, so it may use all that its crate rests on.
            Kind::Dev => used == "testkit" || used == folder || rests_on(rule, &used),
            Kind::Normal => rule.may_use.contains(&used.as_str()),
        };
        if !allowed {
            problems.push(format!(
                "crates/{folder} must not depend on {used} ({})",
                rule.reason
            ));
        }
    }
}

fn rests_on(rule: &Rule, used: &str) -> bool {
    rule.may_use.iter().any(|below| {
        *below == used
            || DIRECTION
                .iter()
                .any(|other| other.folder == *below && rests_on(other, used))
    })
}

#[derive(Debug, PartialEq)]
enum Kind {
    Normal,
    Dev,
}

/// The crates of the workspace that a manifest names as dependencies, without `tracepane-`.
fn edges(manifest: &str) -> Vec<(Kind, String)> {
    let mut found = Vec::new();
    let mut section = "";
    for line in manifest.lines().map(str::trim) {
        let key = if let Some(header) = line.strip_prefix('[') {
            section = header.trim_end_matches(']');
            section.rsplit_once("dependencies.").map(|(_, name)| name)
        } else if section.ends_with("dependencies") {
            line.split(['.', '=', ' ']).next()
        } else {
            None
        };
        if let Some(name) = key.and_then(|key| key.strip_prefix("tracepane-")) {
            let kind = if section.contains("dev-dependencies") {
                Kind::Dev
            } else {
                Kind::Normal
            };
            found.push((kind, name.to_owned()));
        }
    }
    found
}

/// One source file.
fn source(name: &str, text: &str, problems: &mut Vec<String>) {
    if !text.starts_with("//! ") {
        problems.push(format!(
            "{name}:1: the first line says what the file is, as `//! …`"
        ));
    }
    let lines = text.lines().count();
    if lines > MAX_LINES {
        problems.push(format!(
            "{name}: {lines} lines, above {MAX_LINES}: look for the second subject"
        ));
    }
    // xtask handles the module from outside, so it names the tools for it.
    let browser_free = !name.starts_with("crates/app/") && !name.starts_with("crates/xtask/");
    for (number, line) in text.lines().enumerate() {
        let at = number + 1;
        for word in ["todo", "unimplemented", "dbg"] {
            if line.contains(&format!("{word}!(")) {
                problems.push(format!("{name}:{at}: {word}! is not finished code"));
            }
        }
        if browser_free && (line.contains("web_sys") || line.contains("wasm_bindgen")) {
            problems.push(format!("{name}:{at}: only crates/app knows of a browser"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_house_is_tidy() {
        assert_eq!(problems().unwrap(), Vec::<String>::new());
    }

    #[test]
    fn edges_are_found_in_every_form() {
        let manifest = "[dependencies]\ntracepane-wire.workspace = true\ntracepane-model = { path = \"x\" }\nserde = \"1\"\n\
            [dependencies.tracepane-pprof]\npath = \"y\"\n[dev-dependencies]\ntracepane-testkit.workspace = true\n";
        let names: Vec<_> = edges(manifest).into_iter().map(|(_, name)| name).collect();
        assert_eq!(names, ["wire", "model", "pprof", "testkit"]);
        assert_eq!(edges(manifest)[3].0, Kind::Dev);
    }

    #[test]
    fn an_edge_against_the_direction_is_a_problem() {
        let check = |folder: &str, manifest: &str| {
            let mut problems = Vec::new();
            direction(folder, manifest, &mut problems);
            problems.len()
        };
        assert_eq!(check("wire", "[dependencies]\ntracepane-model = 1"), 1);
        assert_eq!(check("analysis", "[dependencies]\ntracepane-wire = 1"), 1);
        assert_eq!(
            check("analysis", "[dev-dependencies]\ntracepane-wire = 1"),
            0
        );
        assert_eq!(check("model", "[dependencies]\ntracepane-testkit = 1"), 1);
        assert_eq!(check("nobody", ""), 1);
    }

    #[test]
    fn a_style_takes_its_sizes_and_colours_from_the_tokens() {
        let check = |name: &str, text: &str| {
            let mut problems = Vec::new();
            style(name, text, &mut problems);
            problems.len()
        };
        assert_eq!(
            check("a.css", ".a {\n  color: var(--ink);\n  padding: 3px;\n}\n"),
            0
        );
        assert_eq!(
            check("a.css", "#app .a:hover {\n  border-radius: 50% 0;\n}\n"),
            0
        );
        assert_eq!(check("a.css", "  color: #fff;\n"), 1);
        assert_eq!(
            check("a.css", "  box-shadow: 0 0 2px rgba(0, 0, 0, 0.5);\n"),
            1
        );
        assert_eq!(check("a.css", "  font-size: 11.5px;\n"), 1);
        assert_eq!(check("a.css", "  border-radius: 0 4px;\n"), 1);
        assert_eq!(check("tokens.css", "  --ink: #1c1f24;\n"), 0);
    }

    #[test]
    fn a_source_file_is_checked() {
        let check = |name: &str, text: &str| {
            let mut problems = Vec::new();
            source(name, text, &mut problems);
            problems.len()
        };
        assert_eq!(check("crates/wire/src/a.rs", "//! A.\n"), 0);
        assert_eq!(check("crates/wire/src/a.rs", "fn a() {}\n"), 1);
        assert_eq!(
            check("crates/wire/src/a.rs", "//! A.\nuse web_sys::X;\n"),
            1
        );
        assert_eq!(check("crates/app/src/a.rs", "//! A.\nuse web_sys::X;\n"), 0);
        assert_eq!(
            check("tests/a.rs", &format!("//! A.\n{}", "\n".repeat(900))),
            1
        );
    }
}
