//! A trace that is read in parts and joined is the one that is read in order: every trace of the corpus that has several
//! generations, in parts of one, two and three, through bytes, and by threads; Go's own cases; and damaged ones.

use std::io::Cursor;

use tracepane_model::parts::{Merger, Part, PartReader, Unsound, load_parallel, plan};
use tracepane_model::{SpanLists, Trace, load};
use tracepane_testkit::mutate::{self, Batches, Random};
use tracepane_testkit::{Case, data};
use tracepane_timeline::Levels;
use tracepane_timeline::levels::told::Told;
use tracepane_timeline::levels::whole::Whole;
use tracepane_wire::{Index, WireError};

/// How many times each trace is damaged, in its bytes and in its events.
const DAMAGES: u64 = 60;
/// Traces up to this size are damaged.
const LARGEST: usize = 1 << 20;

fn main() {
    let mut all = data::corpus();
    all.extend(data::files("go/cases", ".test"));
    tracepane_tests::check_each(all, check)
}

fn check(path: &str) -> Result<(), String> {
    if path.ends_with(".test") {
        return check_case(path);
    }
    let bytes = data::read(path);
    let whole = load(&bytes[..], Default::default()).map_err(|error| error.to_string())?;
    same("threads", &whole, &threads(&bytes)?)?;
    let index = tracepane_wire::index(&mut &bytes[..]).map_err(|error| error.to_string())?;
    // Nothing that is cut is in the corpus under another name, and format v1 has one generation.
    let several = plan(&index, 0).is_some();
    let expected = index.generations.len() > 1 && !path.contains("truncated");
    if several != expected {
        return Err(format!("read in parts: {several}"));
    }
    if several {
        for most in [1, 2, 3] {
            for through_bytes in [false, true] {
                let joined = joined(&bytes, &index, most, through_bytes, index.generations.len());
                let joined = joined.map_err(|error| error.to_string())?;
                let trace = joined.map_err(|why| format!("given up: {why}"))?;
                same(&format!("parts of {most}"), &whole, &trace)?;
                trace.check()?;
            }
        }
        levels_in_shares(&bytes, &index, &whole)?;
    }
    if bytes.len() <= LARGEST && index.generations.len() > 1 {
        damaged(&bytes)?;
    }
    Ok(())
}

/// Go's own cases have generations of a few events, and seams in the middle of everything.
fn check_case(path: &str) -> Result<(), String> {
    let case = Case::parse(&data::text(path)).map_err(|error| format!("{error:?}"))?;
    let bytes = &case.trace;
    let Ok(whole) = load(&bytes[..], Default::default()) else {
        return Ok(());
    };
    same("threads", &whole, &threads(bytes)?)?;
    let index = tracepane_wire::index(&mut &bytes[..]).map_err(|error| error.to_string())?;
    if plan(&index, 0).is_some() {
        let joined = joined(bytes, &index, 1, true, index.generations.len())
            .map_err(|error| error.to_string())?;
        // Sound ones are joined: only what is refused in order may be given up.
        match joined {
            Ok(trace) => same("parts", &whole, &trace)?,
            Err(_) if !whole.report.slips.is_empty() || !whole.report.losses.is_empty() => {}
            Err(why) => return Err(format!("given up: {why}")),
        }
        damaged(bytes)?;
    }
    Ok(())
}

fn threads(bytes: &[u8]) -> Result<Trace, String> {
    load_parallel(|| Ok(bytes), 2, Default::default(), SpanLists::Made)
        .map_err(|error| error.to_string())
}

fn same(what: &str, whole: &Trace, other: &Trace) -> Result<(), String> {
    match whole.difference(other) {
        Some(table) => Err(format!("{what}: another trace, in {table}")),
        None => Ok(()),
    }
}

/// Levels of detail of which another worker makes some, of the first parts.
fn levels_in_shares(bytes: &[u8], index: &Index, whole: &Trace) -> Result<(), String> {
    let expected = Levels::build(whole);
    let mut beginning = Merger::new(index.format, bytes.len() as u64);
    let count = index.generations.len();
    for i in 0..count - 1 {
        let mut reader = PartReader::new(bytes, index, i..i + 1).map_err(|e| e.to_string())?;
        while reader.step().map_err(|e| e.to_string())?.is_some() {}
        beginning
            .push(reader.finish())
            .map_err(|why| why.to_string())?;
        if i != 0 && i != count / 2 && i + 2 != count {
            continue;
        }
        let rows = beginning.rows();
        // A merger is of no more use once it has made a trace.
        let trace = joined(bytes, index, 1, false, i + 1).map_err(|e| e.to_string())?;
        let trace = trace.map_err(|why| why.to_string())?;
        for first in [Told::share(rows), Told::share(rows / 3)] {
            let told = Told::of_beginning(trace.clone(), first, Whole::of(whole, rows));
            let mut sent = Vec::new();
            told.put(|block| sent.extend_from_slice(block));
            let told = Told::nothing(whole).with(&mut Cursor::new(sent));
            let told = told.ok_or("it was not sent")?;
            let levels = Levels::of_two(whole, told, Told::of_rest(whole, first));
            if !levels.is_same(&expected) {
                return Err(format!("other levels with {first} rows of {} parts", i + 1));
            }
        }
    }
    Ok(())
}

/// The trace of the first parts of so many generations.
fn joined(
    bytes: &[u8],
    index: &Index,
    most: usize,
    through_bytes: bool,
    count: usize,
) -> Result<Result<Trace, Unsound>, WireError> {
    let mut merger = Merger::new(index.format, bytes.len() as u64);
    for start in (0..count).step_by(most) {
        let mut reader = PartReader::new(bytes, index, start..(start + most).min(count))?;
        while reader.step()?.is_some() {}
        let part = reader.finish();
        let pushed = match through_bytes {
            true => {
                let mut tables = Vec::new();
                let header = part
                    .pieces(1, |bytes| tables.extend_from_slice(bytes))
                    .header;
                let part = Part::from_pieces(&header, Box::new(Cursor::new(tables)));
                merger.push(part.expect("a part's pieces"))
            }
            false => merger.push(part),
        };
        if let Err(why) = pushed {
            return Ok(Err(why));
        }
    }
    Ok(Ok(merger.finish()))
}

/// Whatever was done to it: the same, joined or given up.
fn damaged(bytes: &[u8]) -> Result<(), String> {
    let batches = Batches::parse(bytes);
    for seed in 0..DAMAGES {
        let mut random = Random::new(seed);
        let bytes = match &batches {
            Some(batches) if seed % 2 == 0 => {
                let mut batches = batches.clone();
                batches.mutate(&mut random);
                batches.encode()
            }
            _ => mutate::bytes(bytes, &mut random),
        };
        let whole = load(&bytes[..], Default::default());
        let other = threads(&bytes);
        match (whole, other) {
            (Ok(whole), Ok(other)) => same(&format!("damage {seed}"), &whole, &other)?,
            (Err(_), Err(_)) => {}
            (whole, other) => {
                let (whole, other) = (whole.is_ok(), other.is_ok());
                return Err(format!("damage {seed}: {whole} in order, {other} in parts"));
            }
        }
    }
    Ok(())
}
