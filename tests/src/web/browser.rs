//! Which browser the tests of the page run in, and the program that drives it: Chromium, unless `TRACEPANE_BROWSER` names
//! another one.

use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use thirtyfour::Capabilities;

/// What Chromium is started with: no traffic of its own, nothing of the user's.
const CHROMIUM_ARGUMENTS: &[&str] = &[
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-sync",
    "--no-first-run",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
    "--enable-precise-memory-info",
];

/// How many times the program that drives a browser is started before a test gives up.
const STARTS: usize = 5;

/// How long it may take to listen.
const PATIENCE: Duration = Duration::from_secs(20);

/// A browser that tests can run in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Browser {
    /// Chromium or Chrome.
    Chromium,
    /// Firefox.
    Firefox,
    /// WebKitGTK's small browser: the nearest to Safari that is to be had. It needs a display.
    WebKit,
}

/// What a browser's window is to be like.
pub struct Window<'a> {
    /// Its size in CSS pixels.
    pub size: (u32, u32),
    /// Whether the user likes it dark.
    pub dark: bool,
    /// Arguments for the browser, besides those that all tests need.
    pub arguments: &'a [&'a str],
    /// A folder for what the browser keeps.
    pub profile: &'a Path,
    /// A folder for what it saves.
    pub downloads: &'a Path,
}

impl Browser {
    /// The one that `TRACEPANE_BROWSER` names.
    ///
    /// # Errors
    /// If it names none that is known.
    pub fn chosen() -> Result<Self> {
        let name = std::env::var("TRACEPANE_BROWSER").unwrap_or_default();
        match name.as_str() {
            "" | "chromium" => Ok(Self::Chromium),
            "firefox" => Ok(Self::Firefox),
            "webkit" => Ok(Self::WebKit),
            _ => bail!("TRACEPANE_BROWSER is chromium, firefox or webkit, not {name:?}"),
        }
    }

    /// The program that drives it: what the variable names, or where the PATH has it.
    fn driver(self) -> OsString {
        let (variable, name) = match self {
            Self::Chromium => ("CHROMEDRIVER", "chromedriver"),
            Self::Firefox => ("GECKODRIVER", "geckodriver"),
            Self::WebKit => ("WEBKITDRIVER", "WebKitWebDriver"),
        };
        std::env::var_os(variable).unwrap_or_else(|| name.into())
    }

    /// What to ask of its driver for such a window.
    ///
    /// # Errors
    /// If a path is no text.
    pub fn capabilities(self, window: &Window) -> Result<Capabilities> {
        let text = |path: &Path| {
            let text = path.to_str().map(str::to_owned);
            text.with_context(|| format!("{} is no text", path.display()))
        };
        let downloads = text(window.downloads)?;
        let (name, key, mut options) = match self {
            Self::Chromium => {
                let (width, height) = window.size;
                let mut arguments: Vec<String> = CHROMIUM_ARGUMENTS
                    .iter()
                    .chain(window.arguments)
                    .copied()
                    .map(String::from)
                    .collect();
                arguments.push(format!("--window-size={width},{height}"));
                arguments.push(format!("--user-data-dir={}", text(window.profile)?));
                if window.dark {
                    arguments.push("--blink-settings=preferredColorScheme=0".into());
                }
                let preferences = json!({
                    "download.default_directory": downloads,
                    "download.prompt_for_download": false,
                });
                let options = json!({ "args": arguments, "prefs": preferences });
                ("chrome", "goog:chromeOptions", options)
            }
            Self::Firefox => {
                let preferences = json!({
                    "browser.download.folderList": 2,
                    "browser.download.dir": downloads,
                    "browser.download.alwaysOpenPanel": false,
                    "layout.css.prefers-color-scheme.content-override": u8::from(!window.dark),
                    // Else it asks its makers for news at each start.
                    "app.normandy.enabled": false,
                    "services.settings.server": "data:,",
                });
                let arguments: Vec<&str> = ["-headless"]
                    .iter()
                    .chain(window.arguments)
                    .copied()
                    .collect();
                let options = json!({ "args": arguments, "prefs": preferences });
                ("firefox", "moz:firefoxOptions", options)
            }
            Self::WebKit => ("MiniBrowser", "webkitgtk:browserOptions", json!({})),
        };
        let variable = match self {
            Self::Chromium => "CHROMIUM",
            Self::Firefox => "FIREFOX",
            Self::WebKit => "WEBKIT",
        };
        if let Ok(binary) = std::env::var(variable) {
            options["binary"] = Value::String(binary);
            if self == Self::WebKit {
                options["args"] = json!(["--automation"]);
            }
        }
        let mut capabilities = Capabilities::new();
        capabilities.set("browserName", name)?;
        if options
            .as_object()
            .is_some_and(|options| !options.is_empty())
        {
            capabilities.set(key, options)?;
        }
        Ok(capabilities)
    }
}

/// A running program that drives a browser. Ends when dropped.
pub struct Program {
    child: Child,
    port: u16,
}

impl Program {
    /// Starts the one for this browser, which saves into the folder `downloads`.
    ///
    /// # Errors
    /// If it does not start.
    pub fn start(browser: Browser, downloads: &Path) -> Result<Self> {
        let mut failure = None;
        for _ in 0..STARTS {
            match Self::try_to_start(browser, downloads) {
                Ok(program) => return Ok(program),
                // It ends if the port that it chose was taken by another meanwhile.
                Err(error) => failure = Some(error),
            }
        }
        Err(failure.context("no driver was started")?)
    }

    fn try_to_start(browser: Browser, downloads: &Path) -> Result<Self> {
        let program = browser.driver();
        let mut command = Command::new(&program);
        let mut port = 0;
        match browser {
            Browser::Chromium => command.arg("--port=0"),
            Browser::Firefox => command.args(["--port=0", "--websocket-port=0"]),
            Browser::WebKit => {
                // It takes no port of its own choice.
                port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
                // It saves into the user's own folder.
                command.arg(format!("--port={port}")).env("HOME", downloads)
            }
        };
        let child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("starting {}", program.display()))?;
        // Dropped, and so ended, if anything fails from here on.
        let mut started = Self { child, port };
        match port {
            0 => started.port = port_of(&mut started.child)?,
            _ => started.listens()?,
        }
        Ok(started)
    }

    /// Waits until it listens.
    fn listens(&self) -> Result<()> {
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            if std::net::TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        bail!("the driver does not listen at port {}", self.port)
    }

    /// Where it is talked to.
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The id of its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The port that a driver chose, from what it prints at its start.
fn port_of(driver: &mut Child) -> Result<u16> {
    let output = driver.stdout.take().context("the driver prints nothing")?;
    let mut lines = BufReader::new(output).lines();
    let mut said = Vec::new();
    let port = lines
        .by_ref()
        .map_while(Result::ok)
        .inspect(|line| said.push(line.clone()))
        .find_map(|line| {
            let rest = ["on port ", "Listening on 127.0.0.1:"]
                .iter()
                .find_map(|words| line.split(words).nth(1))?;
            // Chromedriver first repeats the port that it was asked for: 0, for any.
            rest.trim_end_matches('.')
                .parse()
                .ok()
                .filter(|&port| port != 0)
        })
        .with_context(|| format!("the driver does not say its port, but {said:?}"))?;
    // It must not block on a full pipe later.
    std::thread::spawn(move || lines.for_each(drop));
    Ok(port)
}
