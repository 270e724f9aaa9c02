//! What may be typed next: predicates, and values that the trace has.

use tracepane_model::{StringRef, Trace};

use super::bits::Bits;
use super::parse::LONGEST;
use super::parse::keys::Key;
use super::parse::values::quoted;
use super::query::Text;
use super::reasons::NAMES;

/// How many hints there are at most.
const MOST: usize = 12;

/// Something that may be typed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hint {
    /// The whole text with it.
    pub text: String,
    /// Where the cursor stands then, in bytes.
    pub cursor: usize,
    /// The part that is new, to be shown.
    pub label: String,
    /// What it means, if that is not plain.
    pub help: String,
}

/// Predicates with what each means; those with a colon want a value.
const PREDICATES: [(&str, &str); 29] = [
    (
        "runnable",
        "ready to run, waiting for a proc; as in runnable > 1ms",
    ),
    ("waiting", "blocked"),
    (
        "waiting:",
        "blocked on something: sync, chan, select, net, gc, sleep, or a reason",
    ),
    ("running", "running on a proc"),
    ("syscall", "in a system call"),
    ("fn:", "a part of a function's name, anywhere in the stack"),
    ("top:", "the innermost function of the stack"),
    ("file:", "a source file, as in server.go:120"),
    ("g:", "a goroutine's number"),
    ("group:", "the function that goroutines were started with"),
    ("p:", "a proc's number"),
    ("m:", "a thread's number"),
    ("task:", "a task's type or number"),
    (
        "work:",
        "all that was done for a task: its regions, logs and spans",
    ),
    ("region:", "a region's name"),
    ("log:", "a log's category or message"),
    ("reason:", "the reason of a state"),
    (
        "state:",
        "running, runnable, waiting, syscall, blocked-syscall",
    ),
    ("by:", "woken or created by a goroutine or function"),
    ("stack:", "a stack's number, as in #12"),
    ("gc", "mark phases; with a state: while the GC marks"),
    ("stw", "stop-the-world pauses"),
    ("assist", "mark assists"),
    ("sweep", "sweeping"),
    ("created", "goroutines, where they were created"),
    ("sample", "CPU samples"),
    ("dur", "how long it lasts, as in dur > 5ms"),
    ("in:", "a stretch of time, as in 1s..1.5s"),
    ("or", "one of two"),
];

/// Reasons of goroutines that are ready to run (`traceGoStopReasonStrings` in Go's `runtime/traceruntime.go`).
const YIELDS: [&str; 2] = ["preempted", "runtime.Gosched"];

const STATES: [&str; 5] = [
    "running",
    "runnable",
    "waiting",
    "syscall",
    "blocked-syscall",
];

/// What may be typed at `cursor`, a place in `text` in bytes.
pub fn hints(trace: &Trace, text: &str, cursor: usize) -> Vec<Hint> {
    let cursor = cursor.min(text.len());
    if text.len() > LONGEST || !text.is_char_boundary(cursor) {
        return Vec::new();
    }
    let before = &text[..cursor];
    let from = word_before(before);
    let mut start = from;
    // A sign, or what is opened, is no part of the word.
    while let Some(sign) = before[start..].chars().next() {
        let opens = matches!(sign, '-' | '!') || sign == '(' && !before[start..].starts_with("(*");
        if !opens {
            break;
        }
        start += 1;
    }
    let word = &before[start..];
    let rest = text[cursor..].trim_start();
    let make = |label: &str, help: &str, text_of_it: &str| {
        let space = if text_of_it.ends_with(':') { "" } else { " " };
        let head = format!("{}{text_of_it}{space}", &text[..start]);
        Hint {
            cursor: head.len(),
            text: format!("{head}{rest}"),
            label: label.to_owned(),
            help: help.to_owned(),
        }
    };
    let split = word.find([':', '=']);
    let key = split.and_then(|at| Some((at, Key::named(&word[..at])?)));
    let Some((at, key)) = key else {
        let typed = word.to_ascii_lowercase();
        if typed.starts_with('"') {
            return Vec::new();
        }
        let fits = |name: &str| name.starts_with(&typed) && name.trim_end_matches(':') != typed;
        let mut all: Vec<Hint> = PREDICATES
            .iter()
            .filter(|(name, _)| fits(name))
            .map(|(name, help)| make(name, help, name))
            .collect();
        all.truncate(if typed.is_empty() { 8 } else { MOST });
        return all;
    };
    let (name, value) = (&word[..at], &word[at + 1..]);
    let value = value.strip_prefix('"').unwrap_or(value);
    let part = Text::Part(value.to_lowercase());
    let sign = &word[at..=at];
    let filled = |value: &str| make(value, "", &format!("{name}{sign}{}", quoted(value)));
    let strings = |found: &mut dyn Iterator<Item = StringRef>| -> Vec<Hint> {
        best(trace, found, &part).into_iter().map(filled).collect()
    };
    match key {
        Key::Function | Key::Top | Key::By | Key::Running | Key::Syscall if !value.is_empty() => {
            strings(&mut trace.stacks.frames.iter().map(|frame| frame.function))
        }
        Key::Group => strings(&mut trace.goroutines.groups.iter().copied()),
        Key::File if !value.is_empty() => {
            strings(&mut trace.stacks.frames.iter().map(|frame| frame.file))
        }
        Key::Task | Key::Work => strings(&mut trace.tasks.iter().map(|task| task.name)),
        Key::Region => strings(&mut trace.regions.iter().map(|region| region.name)),
        Key::Log => strings(&mut trace.logs.iter().map(|log| log.category)),
        Key::Reason | Key::Runnable => strings(&mut trace.spans.reasons.iter().copied()),
        Key::Waiting => {
            let classes = NAMES
                .iter()
                .filter(|(class, _, help)| !help.is_empty() && part.is_in(class));
            let classes =
                classes.map(|(class, _, help)| make(class, help, &format!("{name}:{class}")));
            let reasons = trace.spans.reasons.iter().copied();
            let reasons = best(trace, &mut reasons.into_iter(), &part);
            let mut all: Vec<Hint> = classes.collect();
            all.extend(
                reasons
                    .into_iter()
                    .filter(|reason| {
                        !YIELDS.contains(reason) && super::Wait::named(reason).is_none()
                    })
                    .map(filled),
            );
            all.truncate(MOST + 4);
            all
        }
        Key::State => STATES
            .iter()
            .filter(|state| part.is_in(state))
            .map(|state| filled(state))
            .collect(),
        _ => Vec::new(),
    }
}

/// Where the word before a cursor begins.
fn word_before(text: &str) -> usize {
    let mut start = 0;
    let mut quoted = false;
    for (at, letter) in text.char_indices() {
        match letter {
            '"' => quoted = !quoted,
            _ if !quoted && (letter.is_whitespace() || letter == '|') => {
                start = at + letter.len_utf8()
            }
            _ => {}
        }
    }
    start
}

/// The texts that have a part, best first: those of which a name begins with it, then the short ones.
fn best<'a>(
    trace: &'a Trace,
    strings: &mut dyn Iterator<Item = StringRef>,
    part: &Text,
) -> Vec<&'a str> {
    let Text::Part(needle) = part else {
        return Vec::new();
    };
    let mut seen = Bits::none(trace.strings.len());
    let mut found: Vec<(u8, usize, &str)> = Vec::new();
    for string in strings {
        if seen.has(string.0) {
            continue;
        }
        seen.set(string.0);
        let text = trace.strings.get(string);
        if text.is_empty() || text.len() > 200 || !part.is_in(text) {
            continue;
        }
        let small = text.to_lowercase();
        let name = small.rsplit('/').next().unwrap_or(&small);
        let last = name.rsplit('.').next().unwrap_or(name);
        let rank = if small.starts_with(needle) || name.starts_with(needle) {
            0
        } else if last.starts_with(needle) {
            1
        } else {
            2
        };
        found.push((rank, text.len(), text));
        // Enough to choose from; the rest goes.
        if found.len() >= MOST * 64 {
            found.sort_unstable();
            found.truncate(MOST);
        }
    }
    found.sort_unstable();
    found.truncate(MOST);
    found.into_iter().map(|(_, _, text)| text).collect()
}
