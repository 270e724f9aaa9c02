//! Ten views of corpus traces as pictures, compared with goldens by a tolerant measure.
//!
//! `cargo xtask golden screens` renews them. Where one differs, `target/screens/` has what was seen and where it differs.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use libtest_mimic::{Arguments, Failed, Trial};
use tracepane_tests::picture::{BLOCK, Picture};
use tracepane_tests::web::{Server, Session, html_file};

/// A golden may be no larger, in bytes.
const MOST_BYTES: usize = 80_000;

/// A view and how it is seen.
struct Screen {
    name: &'static str,
    trace: &'static str,
    address: &'static str,
    size: (u32, u32),
    dark: bool,
}

const LARGE: (u32, u32) = (1440, 900);
const SMALL: (u32, u32) = (1024, 700);

const fn screen(
    name: &'static str,
    trace: &'static str,
    address: &'static str,
    size: (u32, u32),
    dark: bool,
) -> Screen {
    Screen {
        name,
        trace,
        address,
        size,
        dark,
    }
}

const SCREENS: [Screen; 10] = [
    screen("timeline", "http-go1.27", "#/timeline", SMALL, false),
    screen(
        "timeline-part-dark",
        "gc-go1.27",
        "#/timeline?start=40000000&end=70000000&sel=goroutine:15",
        LARGE,
        true,
    ),
    screen(
        "timeline-threads",
        "syscall-go1.27",
        "#/timeline?view=threads",
        SMALL,
        false,
    ),
    screen(
        "timeline-goroutine",
        "annotate-go1.27",
        "#/timeline?view=goroutine&id=1&depth=1",
        SMALL,
        true,
    ),
    screen(
        "timeline-task",
        "annotate-go1.27",
        "#/timeline?view=task&id=43",
        LARGE,
        false,
    ),
    screen("goroutines", "http-go1.27", "#/goroutines", LARGE, true),
    screen("gc", "gc-go1.27", "#/gc", LARGE, false),
    screen(
        "scheduler-dark",
        "starve-go1.27",
        "#/scheduler",
        SMALL,
        true,
    ),
    screen(
        "profile",
        "contention-go1.27",
        "#/profiles/sync",
        SMALL,
        false,
    ),
    screen("help", "annotate-go1.27", "#/help", SMALL, false),
];

/// A test and its name.
type Test = (&'static str, fn() -> Result<()>);

fn main() {
    let mut arguments = Arguments::from_args();
    arguments.test_threads = Some(1);
    let measure: [Test; 3] = [
        ("the_measure_allows_other_letters", other_letters),
        ("the_measure_refuses_what_is_missing", missing_lane),
        ("the_measure_refuses_other_colours", other_colours),
    ];
    let run = |result: Result<()>| result.map_err(|error| Failed::from(format!("{error:#}")));
    let trials = measure
        .into_iter()
        .map(|(name, test)| Trial::test(name, move || run(test())))
        .chain(SCREENS.iter().map(|screen| {
            let name = format!("looks_as_before_{}", screen.name.replace('-', "_"));
            Trial::test(name, move || run(compare(screen)))
        }))
        .collect();
    libtest_mimic::run(&arguments, trials).exit();
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn golden(name: &str) -> PathBuf {
    root().join(format!("testdata/goldens/screens/{name}.png"))
}

/// The view as the page shows it now.
fn seen(screen: &Screen) -> Result<Picture> {
    let server = Server::start(&html_file()?)?;
    let (width, height) = screen.size;
    let session = Session::start(width, height, screen.dark)?;
    session.go(&server.address())?;
    session.choose(&root().join(format!("testdata/corpus/{}.trace", screen.trace)))?;
    session.until("performance.getEntriesByName('open').length")?;
    session.run(&format!("location.hash = {:?}", screen.address))?;
    session.idle()?;
    // Of what the pointer is over nothing is said, and nothing moves any more.
    session.run("document.activeElement?.blur(); document.documentElement.style.setProperty('caret-color', 'transparent');")?;
    session.wait_for(
        "await document.fonts.ready; await new Promise((done) => setTimeout(done, 400));",
    )?;
    session.idle()?;
    Picture::from_png(&session.screenshot()?)
}

/// Compares a view with its golden, or renews that.
fn compare(screen: &Screen) -> Result<()> {
    let seen = seen(screen)?;
    let golden = golden(screen.name);
    if std::env::var_os("BLESS").is_some() {
        let bytes = seen.to_png()?;
        ensure!(
            bytes.len() <= MOST_BYTES,
            "{}: {} bytes, more than {MOST_BYTES}",
            screen.name,
            bytes.len()
        );
        // One that shows the same stays: other letters are no news.
        if Picture::read(&golden)
            .and_then(|old| old.difference(&seen))
            .is_ok_and(|d| d.mean < 0.02)
        {
            return Ok(());
        }
        fs::create_dir_all(golden.parent().context("a folder")?)?;
        return Ok(fs::write(&golden, bytes)?);
    }
    let known = Picture::read(&golden).context("`cargo xtask golden screens` makes it")?;
    let difference = known.difference(&seen)?;
    if difference.is_same() {
        return Ok(());
    }
    let folder = root().join("target/screens");
    fs::create_dir_all(&folder)?;
    fs::write(folder.join(format!("{}.png", screen.name)), seen.to_png()?)?;
    let marked = seen.marked(&difference).to_png()?;
    fs::write(folder.join(format!("{}-differs.png", screen.name)), marked)?;
    bail!(
        "{} looks otherwise: mean distance {:.2}, {:.1} of a thousand squares differ; see target/screens/{}-differs.png, \
         and renew with `cargo xtask golden screens` if that is meant",
        screen.name,
        difference.mean,
        difference.of_thousand,
        screen.name
    )
}

/// A golden that the measure is tried with.
fn example() -> Result<Picture> {
    Picture::read(&golden(SCREENS[0].name)).context("`cargo xtask golden screens` makes it")
}

/// Letters a little lower and wider, edges softer: as another machine's fonts make them.
fn other_letters() -> Result<()> {
    let known = example()?;
    let (width, height) = (known.width, known.height);
    let at = |x: usize, y: usize| known.pixels[y.min(height - 1) * width + x.min(width - 1)];
    let mut other = known.clone();
    for y in 0..height {
        for x in 0..width {
            let (a, b) = (at(x.saturating_sub(1), y.saturating_sub(1)), at(x, y));
            other.pixels[y * width + x] =
                std::array::from_fn(|c| ((u16::from(a[c]) + u16::from(b[c])) / 2) as u8);
        }
    }
    let difference = known.difference(&other)?;
    ensure!(
        difference.is_same(),
        "{} {}",
        difference.mean,
        difference.of_thousand
    );
    Ok(())
}

/// A lane's worth of the timeline is empty.
fn missing_lane() -> Result<()> {
    let known = example()?;
    // Where most bars are: the lane that would be missed.
    let bars = |y: usize| {
        let row = &known.pixels[y * known.width..(y + 1) * known.width];
        row.iter().filter(|pixel| hue(pixel) > 60).count()
    };
    let y = (0..known.height - 22).max_by_key(|&y| (y..y + 22).map(bars).sum::<usize>());
    let y = y.context("a picture")?;
    let mut other = known.clone();
    other.pixels[y * known.width..(y + 22) * known.width].fill([255; 3]);
    let difference = known.difference(&other)?;
    ensure!(
        !difference.is_same(),
        "{} {}",
        difference.mean,
        difference.of_thousand
    );
    Ok(())
}

/// The most frequent colour of bars is another one.
fn other_colours() -> Result<()> {
    let known = example()?;
    let mut other = known.clone();
    let mut counts = std::collections::HashMap::<[u8; 3], usize>::new();
    for &pixel in &known.pixels {
        let gray = pixel.iter().max() == pixel.iter().min();
        *counts.entry(pixel).or_default() += usize::from(!gray);
    }
    // Enough for a lane of squares, and of a hue.
    let least = BLOCK * BLOCK * 40;
    let color = counts
        .iter()
        .filter(|&(pixel, &n)| n > least && hue(pixel) > 60)
        .max_by_key(|&(_, n)| n);
    let (&color, _) = color.context("a picture with bars")?;
    for pixel in &mut other.pixels {
        if *pixel == color {
            pixel.rotate_left(1);
        }
    }
    let difference = known.difference(&other)?;
    ensure!(
        !difference.is_same(),
        "{} {}",
        difference.mean,
        difference.of_thousand
    );
    Ok(())
}

/// How far from grey a colour is.
fn hue(pixel: &[u8; 3]) -> u8 {
    pixel.iter().max().unwrap_or(&0) - pixel.iter().min().unwrap_or(&0)
}
