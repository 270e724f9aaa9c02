//! A trace that is read in parts and joined is the one that is read in order: every trace of the corpus that has several
//! generations, in parts of one, two and three, through bytes, and by threads; Go's own cases; and damaged ones.

use std::io::Cursor;

use tracepane_model::parts::{Merger, Part, PartReader, Unsound, load_parallel, plan};
use tracepane_model::{SpanLists, Trace, load};
use tracepane_testkit::mutate::{self, Batches, Random};
use tracepane_testkit::{Case, data};
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
                let joined = joined(&bytes, &index, most, through_bytes);
                let joined = joined.map_err(|error| error.to_string())?;
                let trace = joined.map_err(|why| format!("given up: {why}"))?;
                same(&format!("parts of {most}"), &whole, &trace)?;
                trace.check()?;
            }
        }
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
        let joined = joined(bytes, &index, 1, true).map_err(|error| error.to_string())?;
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

/// The trace of parts of so many generations.
fn joined(
    bytes: &[u8],
    index: &Index,
    most: usize,
    through_bytes: bool,
) -> Result<Result<Trace, Unsound>, WireError> {
    let count = index.generations.len();
    let mut merger = Merger::new(index, bytes.len() as u64);
    for start in (0..count).step_by(most) {
        let mut reader = PartReader::new(bytes, index, start..(start + most).min(count))?;
        while reader.step()?.is_some() {}
        let part = reader.finish();
        let pushed = match through_bytes {
            true => {
                let mut tables = Vec::new();
                let header = part.into_pieces(|bytes| tables.extend_from_slice(bytes));
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
