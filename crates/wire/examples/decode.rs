//! Reads traces and prints how fast: `decode [--strict] [--dump] TRACE…`. With `--dump` the events, as
//! `go tool trace -d=parsed` prints them.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::os::unix::fs::FileExt as _;
use std::process::ExitCode;
use std::time::Instant;

use tracepane_wire::dump::Dump;
use tracepane_wire::{
    Event, GenerationInfo, Options, Reader, Resources, Sink, Source, SourceError, Tables,
};

/// A file on disk, read in ranges.
struct FileSource {
    file: File,
    length: u64,
}

impl Source for FileSource {
    fn length(&self) -> u64 {
        self.length
    }

    fn read(&mut self, offset: u64, buffer: &mut [u8]) -> Result<(), SourceError> {
        self.file
            .read_exact_at(buffer, offset)
            .map_err(|error| SourceError::Failed {
                offset,
                reason: error.to_string(),
            })
    }
}

/// Looks at every event, a little, so that none is optimised away.
#[derive(Default)]
struct Count {
    generations: u64,
    events: u64,
    sum: u64,
}

impl Sink for Count {
    fn generation(&mut self, _: &GenerationInfo, _: &Tables) {
        self.generations += 1;
    }

    fn event(&mut self, event: &Event, _: &Tables, _: &Resources) {
        self.events += 1;
        self.sum = self
            .sum
            .wrapping_add(event.time.0 as u64 ^ u64::from(event.goroutine.0));
        std::hint::black_box(event);
    }
}

fn main() -> ExitCode {
    let mut options = Options::default();
    let mut dump = false;
    let mut status = ExitCode::SUCCESS;
    for arg in std::env::args().skip(1) {
        match arg.as_str() {
            "--strict" => options.strict = true,
            "--dump" => dump = true,
            path => {
                if let Err(error) = read(path, options, dump) {
                    eprintln!("{path}: {error}");
                    status = ExitCode::FAILURE;
                }
            }
        }
    }
    status
}

fn read(path: &str, options: Options, dump: bool) -> Result<(), Box<dyn std::error::Error>> {
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    let source = FileSource { file, length };
    let start = Instant::now();
    let mut reader = Reader::new(source, options)?;
    if dump {
        let mut out = BufWriter::new(std::io::stdout().lock());
        let mut sink = Dump::new(|line| {
            let _ = out.write_all(line.as_bytes());
        });
        while reader.next_generation(&mut sink)?.is_some() {}
    } else {
        let mut sink = Count::default();
        while reader.next_generation(&mut sink)?.is_some() {}
        let seconds = start.elapsed().as_secs_f64();
        println!(
            "{path}: {}, {} generations, {} events in {:.1} ms: {:.1} million events/s, {:.0} MB/s ({:x})",
            reader.format().go_versions(),
            sink.generations,
            sink.events,
            seconds * 1e3,
            sink.events as f64 / seconds / 1e6,
            length as f64 / seconds / 1e6,
            sink.sum
        );
    }
    let report = reader.report();
    for slip in &report.slips {
        eprintln!(
            "{path}: {} times {:?}, first at byte {}: {}",
            slip.count, slip.kind, slip.first.offset, slip.detail
        );
    }
    for loss in &report.losses {
        eprintln!(
            "{path}: {} bytes lost at byte {}: {}",
            loss.bytes, loss.offset, loss.reason
        );
    }
    Ok(())
}
