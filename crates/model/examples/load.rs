//! Loads a trace and prints what it costs: `cargo run --release -p tracepane-model --example load -- FILE [dump]`.

use std::error::Error;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::time::Instant;

use tracepane_model::load;
use tracepane_wire::{Options, Source, SourceError};

/// A file, read in ranges.
struct FileSource(File, u64);

impl Source for FileSource {
    fn length(&self) -> u64 {
        self.1
    }

    fn read(&mut self, offset: u64, buffer: &mut [u8]) -> Result<(), SourceError> {
        let mut read = || {
            self.0.seek(SeekFrom::Start(offset))?;
            self.0.read_exact(buffer)
        };
        read().map_err(|error| SourceError::Failed {
            offset,
            reason: error.to_string(),
        })
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().ok_or("which file?")?;
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    let begin = Instant::now();
    let trace = load(FileSource(file, length), Options::default())?;
    let seconds = begin.elapsed().as_secs_f64();
    if arguments.next().is_some() {
        print!("{}", trace.dump_goroutines());
        print!("{}", trace.dump_ranges());
        print!("{}", trace.dump_user());
    }
    trace.check()?;
    let heap = trace.heap_bytes();
    let events = trace.events as f64;
    println!(
        "{}: {} bytes, {} events",
        trace.go_versions, trace.bytes, trace.events
    );
    println!(
        "{seconds:.3} s, {:.2} million events/s",
        events / seconds / 1e6
    );
    println!(
        "{} spans of {} goroutines, {} stacks, {} ranges, {} regions, {} proc spans",
        trace.spans.len(),
        trace.goroutines.len(),
        trace.stacks.len(),
        trace.ranges.rows.len(),
        trace.regions.len(),
        trace.procs.spans.len(),
    );
    println!(
        "{} bytes held, {:.2} per event; {:.2} per span with index",
        heap.total(),
        heap.total() as f64 / events,
        (heap.spans + heap.index) as f64 / trace.spans.len() as f64,
    );
    println!("{heap:?}");
    for slip in &trace.report.slips {
        println!("slip: {} x {:?}: {}", slip.count, slip.kind, slip.detail);
    }
    for loss in &trace.report.losses {
        println!(
            "lost: {} bytes at {}: {}",
            loss.bytes, loss.offset, loss.reason
        );
    }
    if let Ok(status) = std::fs::read_to_string("/proc/self/status") {
        let peak = status.lines().find(|line| line.starts_with("VmHWM"));
        println!("{}", peak.unwrap_or("peak memory is not known"));
    }
    Ok(())
}
