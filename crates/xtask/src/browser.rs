//! Finds or installs the browser that tests run in: Chromium and its chromedriver.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, bail};

use crate::shell;

const CHROMIUM: &[&str] = &[
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];
const CHROMEDRIVER: &[&str] = &["chromedriver", "chromium.chromedriver"];

/// What every headless browser here is started with: no traffic of its own.
const ARGUMENTS: &[&str] = &[
    "--headless=new",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-sync",
    "--no-first-run",
];

/// A browser and the program that drives it.
pub struct Browser {
    /// Chromium or Chrome.
    pub chromium: PathBuf,
    /// The chromedriver of the same version.
    pub chromedriver: PathBuf,
}

impl Browser {
    /// Finds both on the PATH (or where `CHROMIUM` and `CHROMEDRIVER` say), installs them, or says what to install.
    pub fn find() -> Result<Self> {
        if let Some(found) = Self::present() {
            return Ok(found);
        }
        if is_debian() && shell::can_apt() {
            shell::apt_install(&["chromium", "chromium-driver"], "the tests of the page")?;
            if let Some(found) = Self::present() {
                return Ok(found);
            }
        }
        bail!(
            "the tests of the page need Chromium and its chromedriver: put both on the PATH (on Debian: `apt-get install chromium chromium-driver`), or name them in CHROMIUM and CHROMEDRIVER"
        );
    }

    fn present() -> Option<Self> {
        let place = |variable: &str, names: &[&str]| {
            std::env::var_os(variable)
                .map(PathBuf::from)
                .or_else(|| shell::find_program(names))
        };
        Some(Self {
            chromium: place("CHROMIUM", CHROMIUM)?,
            chromedriver: place("CHROMEDRIVER", CHROMEDRIVER)?,
        })
    }

    /// Tells a program where both are.
    pub fn tell(&self, command: &mut Command) {
        command
            .env("CHROMIUM", &self.chromium)
            .env("CHROMEDRIVER", &self.chromedriver);
    }

    /// The WebDriver capabilities of a headless session, as JSON.
    pub fn capabilities(&self) -> String {
        let mut arguments: Vec<&str> = ARGUMENTS.to_vec();
        if shell::is_root() {
            // Chromium refuses to run as root within its sandbox.
            arguments.push("--no-sandbox");
        }
        format!(
            "{{\"goog:chromeOptions\": {{\"binary\": {:?}, \"args\": {arguments:?}}}}}",
            self.chromium
        )
    }
}

/// Debian proper: elsewhere the packages of these names may be empty shells.
fn is_debian() -> bool {
    std::fs::read_to_string("/etc/os-release")
        .is_ok_and(|text| text.lines().any(|line| line == "ID=debian"))
}
