//! How much memory a trace will need, told before it is read.

use tracepane_wire::{FootprintRow, Source, is_compressed, sample};

use crate::protocol::MemoryNeed;

/// Whatever is in a trace, bytes: the worker itself, frames, tables.
const FIXED: f64 = 22e6;

/// About what was measured of usual traces: one of a server has 3.8 bytes for each of its own, of much collecting 3.5
/// (50 MB each), of pipelines 2.8 (107 MB and 1.05 GB).
const USUAL: f64 = 3.7;

/// More than any trace needs for each of its bytes: of goroutines that live for a few events it was 30.
const MOST: f64 = 32.0;

/// Bytes of memory for each event. Measured were 16 (a few goroutines) to 20 (thousands of goroutines or stacks).
const EVENT: f64 = 20.0;

/// What a goroutine has besides: its row, its lane, its list of spans. Measured with 0.1 to 2.6 million of them.
const GOROUTINE: f64 = 360.0;

/// A switch is three events: one goroutine waits, the other becomes ready and runs.
const SWITCH: f64 = 2.0 * EVENT;

/// What a task, a region or a log has besides.
const ANNOTATION: f64 = 25.0;

/// For each byte of stacks and strings.
const TABLES: f64 = 3.5;

/// How much memory a trace needs. What surely fits into `memory` is not looked at.
pub fn need_of<S: Source>(source: &mut S, memory: f64) -> MemoryNeed {
    let bytes = source.length() as f64;
    let packed = is_compressed(source).unwrap_or(false);
    let need = |per_byte| MemoryNeed {
        fixed: FIXED,
        per_byte,
    };
    if need(MOST).of(bytes) <= memory && !packed {
        return need(USUAL);
    }
    let Ok(sample) = sample(source) else {
        return need(USUAL);
    };
    let rows = sample.footprint.rows.iter();
    let needed = rows.map(needed_for).sum::<f64>() * sample.share;
    match needed > 0.0 {
        true => need(needed / bytes.max(1.0)),
        // Where nothing is found, nothing is known.
        false => need(USUAL),
    }
}

/// How much all events of a type need.
fn needed_for(row: &FootprintRow) -> f64 {
    if !row.timed {
        return row.bytes as f64 * TABLES;
    }
    let more = match row.name {
        "GoCreate" | "GoCreateBlocked" | "GoCreateSyscall" => GOROUTINE,
        "GoSwitch" | "GoSwitchDestroy" => SWITCH,
        name if name.starts_with("User") => ANNOTATION,
        _ => 0.0,
    };
    row.count as f64 * (EVENT + more)
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    const BURST: &[u8] = include_bytes!("../../../../testdata/corpus/burst-go1.27.trace");
    const V1: &[u8] = include_bytes!("../../../../testdata/corpus/http-go1.21.trace");
    const PIPELINE: &[u8] = include_bytes!("../../../../testdata/corpus/pipeline-go1.27.trace");

    #[test]
    fn a_trace_of_short_goroutines_needs_more() {
        let per_byte = |mut bytes: &[u8]| need_of(&mut bytes, 0.0).per_byte;
        // What was measured of traces of these kinds: 25, 3.4 and 2.8.
        let (burst, v1, pipeline) = (per_byte(BURST), per_byte(V1), per_byte(PIPELINE));
        assert!((20.0..MOST).contains(&burst), "{burst}");
        assert!((3.0..9.0).contains(&v1), "{v1}");
        assert!((2.5..5.0).contains(&pipeline), "{pipeline}");
        // What fits in any case is not looked at.
        assert_eq!(need_of(&mut { BURST }, 1e9).per_byte, USUAL);
        // What is no trace is none of this one's business.
        assert_eq!(need_of(&mut &b"nothing"[..], 0.0).per_byte, USUAL);
    }
}
