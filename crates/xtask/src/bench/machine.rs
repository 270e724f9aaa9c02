//! The machine that is measured on, and when.

use std::fs;
use std::process::Command;

use crate::shell;

/// What stands below the table.
pub struct Machine {
    processor: String,
    cores: usize,
    memory: u64,
    rustc: String,
    date: String,
}

impl Machine {
    /// This one, now.
    pub fn here() -> Self {
        let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = processors
            .lines()
            .find_map(|line| line.strip_prefix("model name")?.split_once(": "));
        let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
        let kilobytes = memory
            .lines()
            .find_map(|line| line.strip_prefix("MemTotal:"))
            .and_then(|rest| {
                rest.trim()
                    .trim_end_matches("kB")
                    .trim()
                    .parse::<u64>()
                    .ok()
            });
        Self {
            processor: model
                .map_or("an unknown processor", |(_, name)| name)
                .to_owned(),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            memory: kilobytes.unwrap_or(0) * 1024,
            rustc: shell::output(Command::new("rustc").arg("--version")).unwrap_or_default(),
            date: shell::output(Command::new("date").args(["-u", "+%Y-%m-%d"])).unwrap_or_default(),
        }
    }

    /// In a sentence.
    pub fn sentence(&self, go: &str, browser: Option<&str>) -> String {
        let version = |text: &str, place: usize| {
            let mut words = text.split_whitespace();
            words
                .nth(place)
                .unwrap_or("of an unknown version")
                .to_owned()
        };
        let mut text = format!(
            "{}: {}, {} cores, {:.0} GB; rustc {}, {}",
            self.date,
            self.processor,
            self.cores,
            self.memory as f64 / 1e9,
            version(&self.rustc, 1),
            version(go, 2),
        );
        if let Some(browser) = browser {
            text += &format!(
                ", {}",
                browser.split(" built").next().unwrap_or(browser).trim()
            );
        }
        text
    }
}
