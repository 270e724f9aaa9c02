//! A browser window with the page in it.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::Value;
use tempfile::TempDir;
use thirtyfour::prelude::*;
use tokio::runtime::Runtime;
use tracepane_testkit::processes::{Measure, descendants, memory};

use super::browser::{Browser, Program, Window};

/// How long the page may take for anything before a test gives up.
const PATIENCE: Duration = Duration::from_secs(60);

/// A browser with one window. Ends when dropped.
pub struct Session {
    runtime: Runtime,
    driver: Option<WebDriver>,
    browser: Browser,
    program: Program,
    downloads: TempDir,
    _profile: TempDir,
}

/// The finished page: `TRACEPANE_HTML`, or where `cargo xtask build` puts it.
///
/// # Errors
/// If it is not there.
pub fn html_file() -> Result<PathBuf> {
    let file = std::env::var_os("TRACEPANE_HTML").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../dist/tracepane.html"),
        PathBuf::from,
    );
    file.canonicalize().with_context(|| {
        format!(
            "no page at {}: `cargo xtask build` makes it",
            file.display()
        )
    })
}

impl Session {
    /// Starts a browser window of this size, in CSS pixels, and the program that drives it.
    ///
    /// # Errors
    /// If either does not start.
    pub fn start(width: u32, height: u32, dark: bool) -> Result<Self> {
        Self::start_with(width, height, dark, &[])
    }

    /// The same with more arguments for the browser, as it knows them.
    ///
    /// # Errors
    /// If either does not start.
    pub fn start_with(width: u32, height: u32, dark: bool, arguments: &[&str]) -> Result<Self> {
        let browser = Browser::chosen()?;
        // Not hidden, as temporary folders are by default: the browser saves nothing into hidden ones.
        let folder = || tempfile::Builder::new().prefix("tracepane-").tempdir();
        let (profile, downloads) = (folder()?, folder()?);
        let program = Program::start(browser, downloads.path())?;
        let wanted = Window {
            size: (width, height),
            dark,
            arguments,
            profile: profile.path(),
            downloads: downloads.path(),
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let driver = runtime
            .block_on(WebDriver::new(
                program.address(),
                browser.capabilities(&wanted)?,
            ))
            .context("the browser does not start")?;
        let session = Self {
            runtime,
            driver: Some(driver),
            browser,
            program,
            downloads,
            _profile: profile,
        };
        session.resize(width, height)?;
        Ok(session)
    }

    fn driver(&self) -> Result<&WebDriver> {
        self.driver.as_ref().context("the browser has ended")
    }

    /// Gives the page this size, in CSS pixels.
    ///
    /// # Errors
    /// What the browser refuses.
    pub fn resize(&self, width: u32, height: u32) -> Result<()> {
        let set = |w: u32, h: u32| {
            self.runtime
                .block_on(self.driver()?.set_window_rect(0, 0, w, h))
                .map_err(anyhow::Error::from)
        };
        set(width, height)?;
        // A window has borders even where nothing shows them.
        let inner = self.run("return [innerWidth, innerHeight]")?;
        let missing = |i: usize, wanted: u32| {
            i64::from(wanted) - inner[i].as_i64().unwrap_or(i64::from(wanted))
        };
        let (dx, dy) = (missing(0, width), missing(1, height));
        if dx != 0 || dy != 0 {
            set(
                (i64::from(width) + dx) as u32,
                (i64::from(height) + dy) as u32,
            )?;
        }
        Ok(())
    }

    /// Goes to an address.
    ///
    /// # Errors
    /// What the browser refuses.
    pub fn go(&self, address: &str) -> Result<()> {
        Ok(self.runtime.block_on(self.driver()?.goto(address))?)
    }

    /// Runs a script's body in the page and returns what it returns.
    ///
    /// # Errors
    /// What the script throws.
    pub fn run(&self, script: &str) -> Result<Value> {
        self.run_with(script, Vec::new())
    }

    /// Runs a script's body with `arguments`.
    ///
    /// # Errors
    /// What the script throws.
    pub fn run_with(&self, script: &str, arguments: Vec<Value>) -> Result<Value> {
        let returned = self
            .runtime
            .block_on(self.driver()?.execute(script, arguments))
            .with_context(|| format!("in the page: {script}"))?;
        Ok(returned.json().clone())
    }

    /// Runs the body of an async function in the page and waits for what it returns.
    ///
    /// # Errors
    /// What the script throws.
    pub fn wait_for(&self, body: &str) -> Result<Value> {
        let script = format!(
            "const done = arguments[arguments.length - 1];
             (async () => {{ {body} }})().then((value) => done([value ?? null]), (error) => done(String(error?.stack ?? error)));"
        );
        let returned = self
            .runtime
            .block_on(self.driver()?.execute_async(script, Vec::new()))?;
        match returned.json() {
            Value::Array(values) => Ok(values.first().cloned().unwrap_or(Value::Null)),
            Value::String(error) => bail!("in the page: {error}\nwhile: {body}"),
            other => bail!("the page returned {other}"),
        }
    }

    /// Waits until a condition, an expression in the page, holds.
    ///
    /// # Errors
    /// If it does not within a minute, with what the page shows then.
    pub fn until(&self, condition: &str) -> Result<()> {
        self.until_within(condition, PATIENCE)
    }

    /// The same with another patience.
    ///
    /// # Errors
    /// If it does not, with what the page shows then.
    pub fn until_within(&self, condition: &str, patience: Duration) -> Result<()> {
        let began = Instant::now();
        while began.elapsed() < patience {
            if self.run(&format!("return Boolean({condition})"))? == Value::Bool(true) {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let shown = self.run("return document.body.innerText")?;
        bail!("waited in vain for {condition}; the page shows: {shown}")
    }

    /// Waits until nothing is in flight and a frame was painted.
    ///
    /// # Errors
    /// If the page does not get there.
    pub fn idle(&self) -> Result<()> {
        self.until("window.tracepane")?;
        self.wait_for("await window.tracepane.idle();").map(drop)
    }

    /// Chooses a file in the page's file input.
    ///
    /// # Errors
    /// If there is no such input.
    pub fn choose(&self, file: &Path) -> Result<()> {
        self.until("document.querySelector('input[type=file]')")?;
        let path = file.canonicalize()?;
        self.runtime.block_on(async {
            let input = self.driver()?.find(By::Css("input[type=file]")).await?;
            input.send_keys(path.to_string_lossy()).await?;
            Ok(())
        })
    }

    /// Types keys into whatever has the focus.
    ///
    /// # Errors
    /// What the browser refuses.
    pub fn keys(&self, keys: &str) -> Result<()> {
        Ok(self
            .runtime
            .block_on(self.driver()?.action_chain().send_keys(keys).perform())?)
    }

    /// Moves the pointer to a place of the page, in CSS pixels.
    ///
    /// # Errors
    /// What the browser refuses.
    pub fn point(&self, x: i64, y: i64) -> Result<()> {
        Ok(self
            .runtime
            .block_on(self.driver()?.action_chain().move_to(x, y).perform())?)
    }

    /// Clicks a place of the page, in CSS pixels.
    ///
    /// # Errors
    /// What the browser refuses.
    pub fn click_at(&self, x: i64, y: i64) -> Result<()> {
        Ok(self.runtime.block_on(
            self.driver()?
                .action_chain()
                .move_to(x, y)
                .click()
                .perform(),
        )?)
    }

    /// Presses the mouse's button at a place of the page, moves by each of `steps`, rests for so many ms, and releases
    /// it; in CSS pixels.
    ///
    /// # Errors
    /// What the browser refuses.
    pub fn drag(&self, from: (i64, i64), steps: &[(i64, i64)], rest: u64) -> Result<()> {
        self.runtime.block_on(async {
            let driver = self.driver()?;
            let chain = driver
                .action_chain_with_delay(Some(Duration::ZERO), Some(Duration::from_millis(16)))
                .move_to(from.0, from.1)
                .click_and_hold();
            let (mut x, mut y) = from;
            let chain = steps.iter().fold(chain, |chain, &(dx, dy)| {
                (x, y) = (x + dx, y + dy);
                chain.move_to(x, y)
            });
            if rest == 0 {
                return Ok(chain.release().perform().await?);
            }
            chain.perform().await?;
            std::thread::sleep(Duration::from_millis(rest));
            Ok(driver.action_chain().release().perform().await?)
        })
    }

    /// Types a key while others are held: the codes of WebDriver.
    ///
    /// # Errors
    /// What the browser refuses.
    pub fn chord(&self, held: &[char], key: char) -> Result<()> {
        let chain = self.driver()?.action_chain();
        let chain = held.iter().fold(chain, |chain, &key| chain.key_down(key));
        let chain = chain.key_down(key).key_up(key);
        let chain = held.iter().fold(chain, |chain, &key| chain.key_up(key));
        Ok(self.runtime.block_on(chain.perform())?)
    }

    /// Drags from one place of the page to another, in CSS pixels, perhaps while a key is held.
    ///
    /// # Errors
    /// What the browser refuses.
    pub fn drag_between(&self, from: (i64, i64), to: (i64, i64), held: Option<Key>) -> Result<()> {
        let middle = ((from.0 + to.0) / 2, (from.1 + to.1) / 2);
        self.runtime.block_on(async {
            let mut chain = self.driver()?.action_chain();
            if let Some(key) = &held {
                chain = chain.key_down(key.clone());
            }
            chain = chain
                .move_to(from.0, from.1)
                .click_and_hold()
                .move_to(middle.0, middle.1)
                .move_to(to.0, to.1)
                .release();
            if let Some(key) = held {
                chain = chain.key_up(key);
            }
            chain.perform().await?;
            Ok(())
        })
    }

    /// Clicks the button with this text, as a user would: what the browser grants only to users, it grants here.
    ///
    /// # Errors
    /// If there is none, or something lies over it.
    pub fn click_button(&self, text: &str) -> Result<()> {
        let path = format!("//button[normalize-space()='{text}']");
        self.runtime.block_on(async {
            let element = self.driver()?.find(By::XPath(path)).await?;
            element.click().await?;
            Ok(())
        })
    }

    /// Waits for a download and returns its name and bytes; it is removed.
    ///
    /// # Errors
    /// If none comes.
    pub fn downloaded(&self) -> Result<(String, Vec<u8>)> {
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            for entry in std::fs::read_dir(self.downloads.path())? {
                let path = entry?.path();
                let name = path
                    .file_name()
                    .map(|name| name.to_string_lossy().into_owned())
                    .unwrap_or_default();
                // What is not complete yet.
                let partly = [".crdownload", ".part", ".wkdownload"];
                if partly.iter().any(|end| name.ends_with(end)) || name.starts_with('.') {
                    continue;
                }
                let bytes = std::fs::read(&path)?;
                if self.browser == Browser::WebKit {
                    // It gives a file its name before it is complete.
                    std::thread::sleep(Duration::from_millis(300));
                    if std::fs::metadata(&path)?.len() != bytes.len() as u64 {
                        continue;
                    }
                }
                // The browser holds the name with an empty file before it moves the whole one there.
                if !bytes.is_empty() {
                    std::fs::remove_file(&path)?;
                    return Ok((name, bytes));
                }
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        bail!("no download came")
    }

    /// Bytes of memory that all processes of the browser have together; 0 where there is no `/proc`.
    pub fn memory(&self, measure: Measure) -> u64 {
        let all = descendants(self.program.id()).into_iter();
        all.map(|id| memory(id, measure)).sum()
    }

    /// Bytes of the page's own process: the largest of those that show pages. The browser has others, which are there
    /// before any page.
    pub fn page_memory(&self, measure: Measure) -> u64 {
        let shows_pages = |id: &u32| {
            let command = std::fs::read_to_string(format!("/proc/{id}/cmdline"));
            command.is_ok_and(|command| {
                command.contains("--type=renderer") || command.contains("-isForBrowser")
            })
        };
        let all = descendants(self.program.id()).into_iter();
        let pages = all.filter(shows_pages);
        pages.map(|id| memory(id, measure)).max().unwrap_or(0)
    }

    /// A picture of the window, as PNG.
    ///
    /// # Errors
    /// What the browser refuses.
    pub fn screenshot(&self) -> Result<Vec<u8>> {
        Ok(self.runtime.block_on(self.driver()?.screenshot_as_png())?)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if let Some(driver) = self.driver.take() {
            // The browser goes with the program that drives it at the latest.
            let _ = self.runtime.block_on(driver.quit());
        }
    }
}
