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
    let (begin, cpu) = (Instant::now(), cpu_seconds());
    let trace = load(FileSource(file, length), Options::default())?;
    let wall = begin.elapsed().as_secs_f64();
    let seconds = cpu_seconds()
        .zip(cpu)
        .map_or(wall, |(now, then)| now - then);
    let peak = peak();
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
        "{wall:.3} s, of these {seconds:.3} s on a processor: {:.2} million events/s",
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
    println!("peak memory {}", peak.as_deref().unwrap_or("not known"));
    Ok(())
}

/// How long this thread has been on a processor, where the system says so.
fn cpu_seconds() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanos: f64 = stat.split(' ').next()?.parse().ok()?;
    Some(nanos / 1e9)
}

/// The largest resident memory so far, where the system says so.
fn peak() -> Option<String> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().to_string())
}
