//! The footprint of every trace of the corpus equals what `go tool trace -d=footprint` of Go 1.27 prints, and its rows
//! make up the whole file.

use libtest_mimic::{Arguments, Failed, Trial};
use tracepane_testkit::{data, golden};
use tracepane_wire::{Footprint, footprint};

/// The bytes before the first event.
const HEADER: u64 = 16;

fn main() {
    let mut paths = data::corpus();
    paths.extend(data::files("go/tracev1", "_good"));
    let trials = paths
        .into_iter()
        .map(|path| {
            let name = path.clone();
            Trial::test(name, move || check(&path).map_err(Failed::from))
        })
        .collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn check(path: &str) -> Result<(), String> {
    let trace = data::read(path);
    let found = footprint(&trace[..]).map_err(|error| error.to_string())?;
    let read: u64 = found.rows.iter().map(|row| row.bytes).sum();
    if HEADER + read + found.unread != trace.len() as u64 || found.bytes != trace.len() as u64 {
        return Err(format!("not all bytes are counted: {found:?}"));
    }
    if found.format.is_v1() {
        // Go cannot tell; nothing of a sound trace may be left out.
        return match found.unread {
            0 => Ok(()),
            bytes => Err(format!("{bytes} bytes of a sound trace are in no row")),
        };
    }
    let expected = golden::of("footprint", path);
    if path.contains("truncated") {
        return cut(&expected, &found);
    }
    match found.unread {
        0 => golden::compare(&expected, &as_go(&found)),
        bytes => Err(format!("{bytes} bytes of a sound trace are in no row")),
    }
}

/// The text of the golden.
fn as_go(found: &Footprint) -> String {
    let share = |part: u64, whole: u64| part as f64 / whole as f64 * 100.0;
    let mut rows: Vec<String> = found
        .rows
        .iter()
        .map(|row| {
            format!(
                "{}\t{}\t{:.2}%\t{}\t{:.2}%\n",
                row.name,
                row.shortest,
                share(row.shortest, found.bytes),
                row.count,
                share(row.count, found.count)
            )
        })
        .collect();
    rows.sort();
    format!(
        "# event type, bytes, share of the file's bytes, count, share of the events\n{}",
        rows.concat()
    )
}

/// Go counts the events of the batch that is cut, too; here, as everywhere, only those of whole batches.
fn cut(expected: &str, found: &Footprint) -> Result<(), String> {
    let mut missing = 0;
    for line in expected.lines().skip(1) {
        let fields: Vec<&str> = line.split('\t').collect();
        let [name, bytes, _, count, _] = fields[..] else {
            return Err(format!("the golden has the line {line:?}"));
        };
        let row = found.rows.iter().find(|row| row.name == name);
        let (few_bytes, few) = row.map_or((0, 0), |row| (row.shortest, row.count));
        let number = |text: &str| text.parse::<u64>().map_err(|error| error.to_string());
        let (bytes, count) = (number(bytes)?, number(count)?);
        if few > count || few_bytes > bytes {
            return Err(format!("more {name} than Go counts"));
        }
        missing += bytes - few_bytes;
    }
    // The header of that batch is longer than it must be, and its last event may be cut.
    if missing <= found.unread && found.unread < missing + 64 {
        return Ok(());
    }
    Err(format!(
        "{missing} bytes are not counted, and {} not read",
        found.unread
    ))
}
