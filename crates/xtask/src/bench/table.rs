//! The table: what was wanted, what was measured, and the reference beside it.

use std::fmt::Write as _;
use std::fs;

use anyhow::{Context, Result};

use super::machine::Machine;
use super::native::Speed;
use super::page::Figures;
use super::processes::Ran;
use crate::shell;

/// Between these lines of README.md stands the table.
const BEGIN: &str = "<!-- benchmark -->";
const END: &str = "<!-- end of benchmark -->";

/// What was measured; nothing of what was not.
#[derive(Default)]
pub struct Measured {
    /// The size of the trace that most is about.
    pub bytes: u64,
    /// The size of the large one.
    pub large_bytes: Option<u64>,
    /// Opening on one core: the small, the middle and the large trace.
    pub one_core: [Option<Speed>; 3],
    /// Opening on both cores.
    pub both_cores: Option<Speed>,
    /// One profile.
    pub profile: Option<Ran>,
    /// The page.
    pub page: Figures,
    /// The page with the large trace.
    pub large_page: Figures,
    /// One profile of the reference.
    pub their_profile: Option<Ran>,
    /// The reference, until its page can be opened.
    pub their_opening: Option<Ran>,
}

/// A table, as it is printed.
pub struct Table {
    /// What is in it.
    pub found: Measured,
    /// Where it was measured.
    pub machine: Machine,
    /// What `go version` prints.
    pub go: String,
    /// The browser's version.
    pub browser: Option<String>,
    /// How it was made.
    pub command: String,
}

impl Table {
    /// In Markdown.
    pub fn markdown(&self) -> String {
        let found = &self.found;
        let mut text = format!(
            "A trace of {} ({} events) that `testdata/corpusgen` makes.\n\n",
            megabytes(found.bytes as f64),
            match found.one_core[1] {
                Some(speed) => format!("{:.1} million", speed.events / 1e6),
                None => "millions of".to_owned(),
            }
        );
        text += "| | wanted | Tracepane | `go tool trace` | |\n|---|---|---|---|---|\n";
        let theirs = found.their_opening;
        let opening = match theirs {
            Some(ran) => format!("{} until its page opens", seconds(ran.seconds)),
            None => String::new(),
        };
        let faster = |ours: Option<f64>, theirs: Option<Ran>| match (ours, theirs) {
            (Some(ours), Some(theirs)) if ours > 0.0 => times(theirs.seconds / ours, "faster"),
            _ => String::new(),
        };
        let load = |speed: Option<Speed>| {
            let cell = speed.map(|speed| {
                let all = speed.events * speed.nanos / 1e9;
                format!(
                    "{:.1} million events/s ({})",
                    speed.millions(),
                    seconds(all)
                )
            });
            let taken = speed.map(|speed| speed.events * speed.nanos / 1e9);
            (cell, faster(taken, theirs))
        };
        let mut row =
            |what: &str, wanted: &str, ours: Option<String>, theirs: &str, ratio: &str| {
                let ours = ours.unwrap_or_else(|| "not measured".into());
                // A string takes all that is written into it.
                let _ = writeln!(text, "| {what} | {wanted} | {ours} | {theirs} | {ratio} |");
            };

        let (cell, ratio) = load(found.one_core[1]);
        row(
            "load natively, one core: decode, order, check, model, levels of detail",
            "25 million events/s",
            cell,
            &opening,
            &ratio,
        );
        let (cell, ratio) = load(found.both_cores);
        row(
            "load natively, two cores",
            "45 million events/s",
            cell,
            &opening,
            &ratio,
        );

        let ran = |ran: Ran| format!("{}, {}", seconds(ran.seconds), megabytes(ran.peak as f64));
        let ratio = match (found.profile, found.their_profile) {
            (Some(ours), Some(theirs)) => format!(
                "{}, {}",
                times(theirs.seconds / ours.seconds, "faster"),
                times(theirs.peak as f64 / ours.peak.max(1) as f64, "less memory")
            ),
            _ => String::new(),
        };
        row(
            "`tracepane pprof sched`, whole process",
            "0.6 s, 400 MB",
            found.profile.map(ran),
            &found.their_profile.map(ran).unwrap_or_default(),
            &ratio,
        );

        let page = &found.page;
        let open = page.get("open");
        row(
            "Chromium: from the file's choice to the whole timeline",
            "1.2 s",
            open.map(seconds),
            &opening,
            &faster(open, theirs),
        );
        let memory = page.get("page").zip(page.get("pss")).map(|(own, all)| {
            format!(
                "{} the page's process, {} with all others of the browser",
                megabytes(own),
                megabytes(all)
            )
        });
        let ratio = match (page.get("page"), theirs) {
            (Some(ours), Some(theirs)) if ours > 0.0 => {
                times(theirs.peak as f64 / ours, "less memory")
            }
            _ => String::new(),
        };
        row(
            "Chromium: memory of the tab after that",
            "600 MB",
            memory,
            &theirs.map_or_else(String::new, |ran| megabytes(ran.peak as f64)),
            &ratio,
        );
        let slowest = page.get("slowest").map(|slowest| {
            let count = page.get("questions").unwrap_or(0.0);
            format!(
                "{}: {}, the slowest of {count}",
                seconds(slowest),
                page.text("slowest")
            )
        });
        row(
            "Chromium: any table, profile or search",
            "0.3 s",
            slowest,
            "",
            "",
        );
        if let Some(bytes) = found.large_bytes {
            let open = found
                .large_page
                .get("open")
                .zip(found.large_page.get("wasm"));
            let open = open.map(|(open, wasm)| {
                format!("{}, {} of wasm memory", seconds(open), megabytes(wasm))
            });
            row(
                &format!("Chromium: {}", megabytes(bytes as f64)),
                "15 s, 4 GB of wasm memory",
                open,
                "",
                "",
            );
        }
        let speeds: Vec<Speed> = found.one_core.into_iter().flatten().collect();
        // Nothing, if one of them is not known.
        let list = |of: fn(&Speed) -> Option<f64>| -> Option<String> {
            let nanos = speeds
                .iter()
                .map(|speed| Some(format!("{:.1}", of(speed)?)));
            Some(nanos.collect::<Option<Vec<String>>>()?.join(", "))
        };
        let all = list(|speed| Some(speed.nanos)).filter(|_| !speeds.is_empty());
        let nanos = all.map(|all| match list(|speed| speed.own_nanos) {
            Some(own) => format!("{own}; with what the system does to give memory {all}"),
            None => all,
        });
        let sizes = if found.one_core[2].is_some() {
            "10, 100 and 1000 MB"
        } else {
            "10 and 100 MB"
        };
        row(
            &format!("ns for each event, one core: {sizes}"),
            "the same within 10 %",
            nanos,
            "",
            "",
        );
        let _ = write!(
            text,
            "\n{}. Made by `{}`; the best of {} runs of ours, one of `go tool trace`.\n",
            self.machine.sentence(&self.go, self.browser.as_deref()),
            self.command.trim(),
            super::RUNS
        );
        text
    }
}

/// Puts the table into README.md.
pub fn write(table: &str) -> Result<()> {
    let file = shell::root().join("README.md");
    let readme = fs::read_to_string(&file)?;
    fs::write(&file, put(&readme, table)?)?;
    Ok(())
}

fn put(readme: &str, table: &str) -> Result<String> {
    let (before, rest) = readme
        .split_once(BEGIN)
        .with_context(|| format!("README.md has no line {BEGIN}"))?;
    let (_, after) = rest
        .split_once(END)
        .with_context(|| format!("README.md has no line {END}"))?;
    Ok(format!("{before}{BEGIN}\n{table}{END}{after}"))
}

fn seconds(seconds: f64) -> String {
    match seconds {
        s if s < 10.0 => format!("{s:.2} s"),
        s => format!("{s:.0} s"),
    }
}

fn megabytes(bytes: f64) -> String {
    match bytes / 1e6 {
        mb if mb < 10_000.0 => format!("{mb:.0} MB"),
        mb => format!("{:.1} GB", mb / 1e3),
    }
}

fn times(ratio: f64, what: &str) -> String {
    match ratio {
        ratio if ratio < 10.0 => format!("{ratio:.1} × {what}"),
        ratio => format!("{ratio:.0} × {what}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_takes_its_place_and_nothing_else() {
        let readme = format!("# A\n{BEGIN}\nold\n{END}\nrest\n");
        let put = put(&readme, "new\n").unwrap();
        assert_eq!(put, format!("# A\n{BEGIN}\nnew\n{END}\nrest\n"));
        assert!(super::put("# A\n", "new").is_err());
    }

    #[test]
    fn the_systems_part_is_told_where_it_is_known() {
        let mut table = Table {
            found: Measured::default(),
            machine: Machine::here(),
            go: String::new(),
            browser: None,
            command: String::new(),
        };
        let speed = |nanos: f64, own_nanos| Speed {
            events: 1e6,
            nanos,
            own_nanos,
        };
        table.found.one_core[0] = Some(speed(30.0, Some(29.0)));
        table.found.one_core[1] = Some(speed(40.0, Some(29.5)));
        let told = "29.0, 29.5; with what the system does to give memory 30.0, 40.0 |";
        assert!(table.markdown().contains(told));
        table.found.one_core[1] = Some(speed(40.0, None));
        assert!(table.markdown().contains("| 30.0, 40.0 |"));
    }

    #[test]
    fn what_was_not_measured_says_so() {
        let table = Table {
            found: Measured {
                bytes: 100_000_000,
                profile: Some(Ran {
                    seconds: 0.5,
                    peak: 200_000_000,
                }),
                their_profile: Some(Ran {
                    seconds: 20.0,
                    peak: 4_000_000_000,
                }),
                ..Measured::default()
            },
            machine: Machine::here(),
            go: "go version go1.27.3 linux/amd64".into(),
            browser: None,
            command: "cargo xtask bench ".into(),
        };
        let text = table.markdown();
        let rows: Vec<&str> = text.lines().filter(|line| line.starts_with("| ")).collect();
        assert_eq!(rows.len(), 8);
        assert!(rows[1].contains("not measured"));
        assert!(rows[3].contains("0.50 s, 200 MB | 20 s, 4000 MB | 40 × faster, 20 × less memory"));
        assert!(text.contains("go1.27.3"));
    }
}
