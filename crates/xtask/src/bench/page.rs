//! The page, in headless Chromium: `tests/examples/page_bench.rs` measures, and says its figures in lines of their own.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::processes::printed;
use crate::browser::Browser;
use crate::toolchain::Toolchain;
use crate::{build, shell};

/// What was measured, by name; some figures have a text beside them.
#[derive(Default)]
pub struct Figures(HashMap<String, (f64, String)>);

impl Figures {
    /// A figure.
    pub fn get(&self, name: &str) -> Option<f64> {
        self.0.get(name).map(|(figure, _)| *figure)
    }

    /// What stands beside a figure.
    pub fn text(&self, name: &str) -> &str {
        self.0.get(name).map_or("", |(_, text)| text)
    }
}

/// The page and the browser.
pub struct Page {
    browser: Browser,
    file: PathBuf,
}

impl Page {
    /// Builds the page, unless there is one.
    pub fn new(built: Option<&str>) -> Result<Self> {
        let browser = Browser::find()?;
        let file = match built {
            Some(file) => fs::canonicalize(file).with_context(|| format!("no page {file}"))?,
            None => build::page(&Toolchain::find()?)?,
        };
        Ok(Self { browser, file })
    }

    /// Measures: `what` are the measurement's options.
    pub fn measure(&self, trace: &Path, what: &[&str]) -> Result<Figures> {
        let mut command = self.example();
        let text = printed(command.arg(trace).args(what))?;
        let mut figures = Figures::default();
        for line in text.lines() {
            let Some(rest) = line.strip_prefix("figure ") else {
                println!("{line}");
                continue;
            };
            let mut words = rest.splitn(3, ' ');
            if let (Some(name), Some(Ok(figure))) =
                (words.next(), words.next().map(str::parse::<f64>))
            {
                let text = words.next().unwrap_or_default().to_owned();
                figures.0.insert(name.to_owned(), (figure, text));
            }
        }
        Ok(figures)
    }

    fn example(&self) -> Command {
        let mut command = shell::cargo();
        command.args(["run", "--quiet", "--package", "tracepane-tests"]);
        command.args(["--features", "browser", "--example", "page_bench", "--"]);
        self.browser.tell(command.env("TRACEPANE_HTML", &self.file));
        command
    }

    /// The browser's name and version.
    pub fn version(&self) -> String {
        let mut command = Command::new(&self.browser.chromium);
        shell::output(command.arg("--version")).unwrap_or_else(|| "Chromium".into())
    }
}
