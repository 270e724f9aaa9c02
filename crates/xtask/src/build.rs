//! `cargo xtask build`: makes `dist/tracepane.html`, and the command `dist/tracepane` with that page inside.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};

use crate::toolchain::{TARGET, Toolchain};
use crate::{bindgen, html, shell};

/// One line for the list of commands.
pub const HELP: &str = "makes dist/tracepane.html, one file with everything in it, and the command dist/tracepane  [--dev: the page only, quick to build, large]";

/// The largest page, as it is on disk.
const LIMIT: usize = 2_500_000;
/// The largest page, as a web server sends it.
const LIMIT_GZIPPED: usize = 1_650_000;

/// The parts of the page's style, `www/style/NAME.css`: sizes and colours first, then one file for each thing that is
/// styled. Later ones go before earlier ones.
const STYLES: &[&str] = &[
    "tokens",
    "controls",
    "frame",
    "bundle",
    "events",
    "start",
    "progress",
    "timeline",
    "lanes",
    "moves",
    "panel",
    "range",
    "find",
    "tables",
    "histograms",
    "annotations",
    "charts",
    "gc",
    "keys",
    "manual",
    "parts",
];

/// The command.
pub fn run(words: &[String]) -> Result<()> {
    let mut profile = Profile::Page;
    for word in words {
        match word.as_str() {
            "--dev" => profile = Profile::Dev,
            _ => bail!("unknown option {word:?}"),
        }
    }
    let page = built(&Toolchain::find()?, profile)?;
    if profile == Profile::Page {
        let command = command(&page, true)?;
        let to = shell::root().join("dist").join(COMMAND);
        fs::copy(&command, &to).with_context(|| format!("cannot write {}", to.display()))?;
        println!("dist/{COMMAND}: the command, with the page inside");
    }
    Ok(())
}

/// The native command's file.
const COMMAND: &str = if cfg!(windows) {
    "tracepane.exe"
} else {
    "tracepane"
};

/// Builds the native command with a page inside, and says where it is.
pub fn command(page: &Path, release: bool) -> Result<PathBuf> {
    let mut build = shell::cargo();
    build.args(["build", "--package", "tracepane-cli"]);
    if release {
        build.arg("--release");
    }
    shell::run(build.env("TRACEPANE_PAGE", page))?;
    let profile = if release { "release" } else { "debug" };
    Ok(shell::target_dir().join(profile).join(COMMAND))
}

/// How the module is compiled: one of Cargo's profiles.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Profile {
    /// As it is given to people.
    Page,
    /// For who changes the page and wants to see it soon.
    Dev,
}

impl Profile {
    fn name(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Dev => "page-dev",
        }
    }
}

/// Builds the page and says where it is.
pub fn page(toolchain: &Toolchain) -> Result<PathBuf> {
    built(toolchain, Profile::Page)
}

fn built(toolchain: &Toolchain, profile: Profile) -> Result<PathBuf> {
    let start = Instant::now();
    shell::run(toolchain.cargo("build").args([
        "--profile",
        profile.name(),
        "--package",
        "tracepane-app",
        "--lib",
    ]))?;
    let compiled = start.elapsed();
    let module = toolchain
        .target_dir()
        .join(TARGET)
        .join(profile.name())
        .join("tracepane_app.wasm");
    let bound = bindgen::bind(&module)?;

    let root = shell::root();
    let read = |name: &str| {
        let file = root.join("www").join(name);
        fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))
    };
    let style: Vec<String> = STYLES
        .iter()
        .map(|name| read(&format!("style/{name}.css")))
        .collect::<Result<_>>()?;
    let style = style.concat();
    // For newcomers: an HTTP server under load, small, with something of everything.
    let sample = root.join("testdata/corpus/http-go1.27.trace");
    let sample = fs::read(&sample).with_context(|| format!("cannot read {}", sample.display()))?;
    let page = html::page(&html::Parts {
        index: &read("index.html")?,
        style: &style,
        boot: &read("boot.js")?,
        worker: &read("worker.js")?,
        glue: &bound.glue,
        wasm: &bound.wasm,
        sample: Some(("sample.trace", &sample)),
    })?;
    let gzipped = html::gzip(page.as_bytes())?.len();
    println!(
        "dist/tracepane.html: {} bytes, {gzipped} gzipped (limits {LIMIT} and {LIMIT_GZIPPED}); \
         wasm {}, glue {}; compiled in {:.0} s",
        page.len(),
        bound.wasm.len(),
        bound.glue.len(),
        compiled.as_secs_f64()
    );
    ensure!(
        profile == Profile::Dev || page.len() < LIMIT && gzipped < LIMIT_GZIPPED,
        "the page is above its limits"
    );
    let file = root.join("dist/tracepane.html");
    fs::create_dir_all(root.join("dist"))?;
    // A whole file takes the place of the old one, so that a server never sends half of it.
    let unfinished = root.join("dist/.tracepane.html");
    fs::write(&unfinished, page)?;
    fs::rename(&unfinished, &file)?;
    Ok(file)
}
