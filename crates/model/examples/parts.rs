//! Reads traces in order and in parts, compares what comes out, and says what it cost.
//!
//! `cargo run --release -p tracepane-model --example parts -- FILE…`

use std::io::Cursor;
use std::time::Instant;

use tracepane_model::parts::{Merger, Part, PartReader, Unsound, load_parallel, plan};
use tracepane_model::{SpanLists, Trace, load};
use tracepane_wire::{Index, WireError};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for path in std::env::args().skip(1) {
        let bytes = std::fs::read(&path)?;
        let mut source = bytes.as_slice();
        let index = tracepane_wire::index(&mut source)?;
        if plan(&index, 0).is_none() {
            println!(
                "{path}: {} generations, in order only",
                index.generations.len()
            );
            continue;
        }
        let begun = Instant::now();
        let whole = load(source, Default::default())?;
        let in_order = begun.elapsed();
        println!(
            "{path}: {} generations, {} events, {} spans, in order {in_order:?}",
            index.generations.len(),
            whole.events,
            whole.spans.len()
        );
        for threads in [1, 2] {
            let begun = Instant::now();
            let trace = load_parallel(|| Ok(source), threads, Default::default(), SpanLists::Made)?;
            let time = begun.elapsed();
            println!(
                "  {threads} threads: {:?}, {time:?}",
                whole.difference(&trace)
            );
        }
        let largest = index.generations.iter().map(|g| g.bytes).max().unwrap_or(0);
        for most in [0, 2 * largest, bytes.len() as u64 / 2] {
            let begun = Instant::now();
            let (joined, joining, parts) = read(source, &index, most)?;
            let time = begun.elapsed();
            let what = match joined {
                Err(why) => format!("given up: {why}"),
                Ok(trace) => match whole.difference(&trace) {
                    Some(table) => format!("DIFFERS in {table}"),
                    None => "same".to_owned(),
                },
            };
            println!(
                "  {parts} parts: {what}; {time:?}, of it joining {:.1} ns for a span",
                joining / whole.spans.len().max(1) as f64
            );
        }
    }
    Ok(())
}

type Read = (Result<Trace, Unsound>, f64, usize);

fn read(source: &[u8], index: &Index, most: u64) -> Result<Read, WireError> {
    let pieces = std::env::var_os("PIECES").is_some();
    let parts = plan(index, most).unwrap_or_default();
    let mut merger = Merger::new(index.format, source.len() as u64);
    let mut joining = 0.0;
    let count = parts.len();
    for range in parts {
        let mut reader = PartReader::new(source, index, range)?;
        while reader.step()?.is_some() {}
        let part = reader.finish();
        let begun = cpu_time();
        let pushed = if pieces {
            let mut tables = Vec::new();
            let header = part
                .pieces(1, |bytes| tables.extend_from_slice(bytes))
                .header;
            let part = Part::from_pieces(&header, Box::new(Cursor::new(tables)));
            merger.push(part.expect("a part's pieces"))
        } else {
            merger.push(part)
        };
        if let Err(why) = pushed {
            return Ok((Err(why), joining, count));
        }
        joining += cpu_time() - begun;
    }
    Ok((Ok(merger.finish()), joining, count))
}

/// How long this thread has run, ns: what others do on the machine does not count. 0 where nobody says it.
fn cpu_time() -> f64 {
    let times = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let first = times.split_whitespace().next();
    first.and_then(|time| time.parse().ok()).unwrap_or_default()
}
