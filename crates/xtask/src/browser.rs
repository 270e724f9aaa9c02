//! Finds or installs the browsers that tests run in: Chromium and its chromedriver, Firefox and geckodriver.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::shell;

const CHROMIUM: &[&str] = &[
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];
const FIREFOX: &[&str] = &["firefox", "firefox-esr"];
const GECKODRIVER: &[&str] = &["geckodriver"];
/// The one that is installed where there is none.
const GECKODRIVER_VERSION: &str = "0.37.1";
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

/// Where a program is: where the variable says, or on the PATH.
fn place(variable: &str, names: &[&str]) -> Option<PathBuf> {
    let named = std::env::var_os(variable).map(PathBuf::from);
    named.or_else(|| shell::find_program(names))
}

/// Firefox and the program that drives it.
pub struct Firefox {
    firefox: PathBuf,
    geckodriver: PathBuf,
}

impl Firefox {
    /// Finds both on the PATH (or where `FIREFOX` and `GECKODRIVER` say), installs them, or says what to install.
    pub fn find() -> Result<Self> {
        let firefox = match place("FIREFOX", FIREFOX) {
            None if is_debian() && shell::can_apt() => {
                shell::apt_install(&["firefox-esr"], "the tests of the page in Firefox")?;
                place("FIREFOX", FIREFOX)
            }
            found => found,
        };
        let firefox = firefox.context(
            "these tests need Firefox: put it on the PATH (on Debian: `apt-get install firefox-esr`), or name it in FIREFOX",
        )?;
        let geckodriver = match place("GECKODRIVER", GECKODRIVER) {
            Some(found) => found,
            None => install_geckodriver()?,
        };
        Ok(Self {
            firefox,
            geckodriver,
        })
    }

    /// Tells a program that this is the browser, and where both are.
    pub fn tell(&self, command: &mut Command) {
        command
            .env("TRACEPANE_BROWSER", "firefox")
            .env("FIREFOX", &self.firefox)
            .env("GECKODRIVER", &self.geckodriver);
    }
}

/// Builds geckodriver, which few systems have a package of, into the target folder, unless it is there already.
fn install_geckodriver() -> Result<PathBuf> {
    let folder = shell::target_dir().join("geckodriver");
    let mut install = shell::cargo();
    install.args(["install", "--locked", "geckodriver", "--version"]);
    install.args([GECKODRIVER_VERSION, "--root"]).arg(&folder);
    shell::run(&mut install)
        .context("these tests need geckodriver: put it on the PATH, or name it in GECKODRIVER")?;
    Ok(folder.join("bin").join(GECKODRIVER[0]))
}

/// Debian proper: elsewhere the packages of these names may be empty shells.
fn is_debian() -> bool {
    std::fs::read_to_string("/etc/os-release")
        .is_ok_and(|text| text.lines().any(|line| line == "ID=debian"))
}
