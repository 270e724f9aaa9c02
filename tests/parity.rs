//! Every event of every trace of the corpus, of Go's cases and of Go's v1 traces, as text, equals what
//! `go tool trace -d=parsed` of Go 1.27 prints: time, kind, thread, proc, goroutine, stacks, reasons.
//!
//! Against the goldens' hashes; with `GO127` set to a go binary, line by line against what that prints now.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Read};
use std::process::{Command, Stdio};
use std::{env, fs};

use libtest_mimic::{Arguments, Failed, Trial};
use tracepane_testkit::golden::{self, Events, TextHash, TextHasher};
use tracepane_testkit::{Case, Validator, data};
use tracepane_tests::{read_leniently, read_strictly};
use tracepane_wire::dump::Dump;
use tracepane_wire::{Event, GenerationInfo, Report, Resources, Sink, Tables};

fn main() {
    let go = env::var_os("GO127");
    let trials = golden::events()
        .into_iter()
        .map(|expected| {
            let go = go.clone();
            Trial::test(expected.path.clone(), move || {
                check(&expected, go.as_deref()).map_err(Failed::from)
            })
        })
        .collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn check(expected: &Events, go: Option<&OsStr>) -> Result<(), String> {
    let trace = if expected.path.ends_with(".test") {
        Case::parse(&data::text(&expected.path))?.trace
    } else {
        data::read(&expected.path)
    };
    // As go tool trace reads it.
    let mut hasher = TextHasher::default();
    let strict = read_strictly(&trace, &mut Dump::new(|text: &str| hasher.write(text)));
    let found = hasher.finish();
    let ended = match (&expected.error, strict) {
        (None, Err(error)) => Err(format!("unexpected error: {error}")),
        (Some(error), Ok(_)) => Err(format!("no error, where Go says: {error}")),
        (None, Ok(report)) => nothing_odd(&report),
        (Some(_), Err(_)) => Ok(()),
    };
    let same = same_text(&expected.text, &found);
    // Where v1 events at the same tick stand varies with every run of Go, so a golden that agrees is enough.
    let v1 = data::version(&trace) < Some(22);
    if let Some(go) = go.filter(|_| !v1 || same.is_err()) {
        compare_with(go, &expected.path, &trace)?;
    }
    // Where the text differs says more than how it ended.
    same.and(ended)?;
    if expected.error.is_some() {
        return Ok(());
    }

    // As the page reads it: the same events, and the validator agrees.
    let mut hasher = TextHasher::default();
    let mut both = Both {
        dump: Dump::new(|text: &str| hasher.write(text)),
        validator: Validator::new(data::version(&trace).ok_or("no header")?),
    };
    let report = read_leniently(&trace, &mut both).map_err(|error| error.to_string())?;
    if !both.validator.errors().is_empty() {
        return Err(both.validator.errors().join("\n"));
    }
    same_text(&expected.text, &hasher.finish()).map_err(|error| format!("lenient: {error}"))?;
    nothing_odd(&report)
}

fn nothing_odd(report: &Report) -> Result<(), String> {
    if *report == Report::default() {
        Ok(())
    } else {
        Err(format!("a sound trace, but {report:#?}"))
    }
}

fn same_text(expected: &TextHash, found: &TextHash) -> Result<(), String> {
    if found == expected {
        return Ok(());
    }
    let differs = (expected.chunks.iter().zip(&found.chunks)).position(|(a, b)| a != b);
    let first = differs.unwrap_or(found.chunks.len().min(expected.chunks.len())) * 10_000 + 1;
    Err(format!(
        "{} lines of {} bytes were expected, found {} of {}; the first difference is in lines {first} to {}: GO127=/path/to/go shows it",
        expected.lines,
        expected.bytes,
        found.lines,
        found.bytes,
        first + 9_999
    ))
}

/// Two sinks at once.
struct Both<F> {
    dump: Dump<F>,
    validator: Validator,
}

impl<F: FnMut(&str)> Sink for Both<F> {
    fn generation(&mut self, info: &GenerationInfo, tables: &Tables) {
        self.dump.generation(info, tables);
        self.validator.generation(info, tables);
    }

    fn event(&mut self, event: &Event, tables: &Tables, resources: &Resources) {
        self.dump.event(event, tables, resources);
        self.validator.event(event, tables, resources);
    }
}

/// Compares line by line with what a go binary prints now.
fn compare_with(go: &OsStr, path: &str, trace: &[u8]) -> Result<(), String> {
    let file = env::temp_dir().join(format!("tracepane-parity-{}", path.replace('/', "-")));
    fs::write(&file, trace).map_err(|error| error.to_string())?;
    let mut command = Command::new(go);
    command.args(["tool", "trace", "-d=parsed"]).arg(&file);
    command.env("GOTOOLCHAIN", "local").env("TZ", "UTC");
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{}: {error}", go.display()))?;
    let mut expected = BufReader::new(child.stdout.take().ok_or("no output")?);
    let mut line_number = 0;
    let mut difference = None;
    let mut context = String::new();
    let mut line = Vec::new();
    let strict = read_strictly(
        trace,
        &mut Dump::new(|text: &str| {
            for found in text.split_inclusive('\n') {
                if difference.is_some() {
                    return;
                }
                line_number += 1;
                line.clear();
                let _ = expected.read_until(b'\n', &mut line);
                let line = String::from_utf8_lossy(&line);
                if line.starts_with("M=") {
                    context.clear();
                    context.push_str(&line);
                }
                if line != found {
                    difference = Some(format!(
                        "line {line_number} differs:\n expected {line} found    {found}\n in the event {context} which is here\n{text}"
                    ));
                }
            }
        }),
    );
    line.clear();
    let _ = expected.read_to_end(&mut line);
    let output = child
        .wait_with_output()
        .map_err(|error| error.to_string())?;
    let _ = fs::remove_file(&file);
    if let Some(difference) = difference {
        return Err(difference);
    }
    if !line.is_empty() {
        let missing = String::from_utf8_lossy(&line);
        let missing: String = missing.split_inclusive('\n').take(3).collect();
        let ended = strict.map(|_| "no error");
        return Err(format!(
            "after line {line_number} ({ended:?}) these are missing:\n{missing}"
        ));
    }
    if output.status.success() != strict.is_ok() {
        return Err(format!(
            "go ends with {}, here it is {strict:?}",
            String::from_utf8_lossy(&output.stderr)
        ));
    }
    Ok(())
}
