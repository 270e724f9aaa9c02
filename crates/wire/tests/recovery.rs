//! Cut and damaged files of format v2: what was whole is shown, what was lost is said.

use std::path::PathBuf;

use tracepane_wire::{
    Event, EventKind, GenerationInfo, Index, MemorySource, Options, Reader, Report, Resources,
    Sink, SlipKind, Source, SourceError, Tables, WireError, index, read_all, text,
};

const STRICT: Options = Options { strict: true };
const LENIENT: Options = Options { strict: false };

fn corpus(name: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../testdata/corpus")
        .join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Traces of every header version, with one generation and with many.
const SMALL: [&str; 7] = [
    "starve-go1.27.trace",
    "annotate-go1.22.trace",
    "annotate-go1.24.trace",
    "annotate-go1.25.trace",
    "annotate-go1.27.trace",
    "coroutine-go1.27.trace",
    "taskgenerations-go1.27.trace",
];

/// What was read.
#[derive(Default)]
struct Seen {
    generations: Vec<GenerationInfo>,
    /// Where each generation's events begin.
    starts: Vec<usize>,
    events: Vec<Event>,
}

impl Sink for Seen {
    fn generation(&mut self, info: &GenerationInfo, _: &Tables) {
        self.generations.push(*info);
        self.starts.push(self.events.len());
    }

    fn event(&mut self, event: &Event, tables: &Tables, resources: &Resources) {
        assert!((event.stack.0 as usize) < tables.stack_count());
        assert!(
            event
                .goroutine
                .get()
                .is_none_or(|g| g < resources.goroutines.len())
        );
        self.events.push(*event);
    }
}

fn read(bytes: &[u8], options: Options) -> (Seen, Result<Report, WireError>) {
    let mut seen = Seen::default();
    let report = read_all(bytes, options, &mut seen);
    (seen, report)
}

fn whole(bytes: &[u8]) -> Seen {
    let (seen, report) = read(bytes, STRICT);
    assert_eq!(report.unwrap(), Report::default());
    seen
}

/// Where batches begin and end: each is one step of an index of a file cut further and further.
fn borders(bytes: &[u8]) -> Vec<usize> {
    let mut borders = vec![16];
    let mut at = 16;
    while at < bytes.len() {
        let mut end = at + 1;
        while index(&mut &bytes[..end]).unwrap().fault.is_some() {
            end += 1;
        }
        borders.push(end);
        at = end;
    }
    borders
}

fn assert_increasing(events: &[Event]) {
    for pair in events.windows(2) {
        assert!(pair[0].time < pair[1].time);
    }
}

#[test]
fn cut_at_every_border_of_a_batch() {
    for name in SMALL {
        let bytes = corpus(name);
        let full = whole(&bytes);
        for end in borders(&bytes) {
            let (seen, report) = read(&bytes[..end], LENIENT);
            let report = report.unwrap();
            assert_increasing(&seen.events);
            // Generations before the cut are as they were.
            let whole_generations = seen
                .generations
                .iter()
                .zip(&full.generations)
                .take_while(|(cut, full)| cut.bytes == full.bytes && !cut.cut)
                .count();
            let known = full
                .starts
                .get(whole_generations)
                .copied()
                .unwrap_or(full.events.len() - 1);
            assert!(seen.events.len() > known, "{name} cut at {end}");
            assert_eq!(
                seen.events[..known],
                full.events[..known],
                "{name} cut at {end}"
            );
            // What is cut says so, and shows what there is.
            if let Some(last) = seen.generations.get(whole_generations) {
                let v26 = bytes.starts_with(b"go 1.26");
                assert_eq!(last.cut, v26, "{name} cut at {end}");
                assert_eq!(report.losses.is_empty(), !v26, "{name} cut at {end}");
            }
        }
    }
}

#[test]
fn cut_anywhere() {
    for name in [
        "starve-go1.27.trace",
        "coroutine-go1.27.trace",
        "annotate-go1.22.trace",
    ] {
        let bytes = corpus(name);
        let borders = borders(&bytes);
        let step = bytes.len() / 997 + 1;
        for end in (16..bytes.len()).step_by(step) {
            let (seen, report) = read(&bytes[..end], LENIENT);
            let report = report.unwrap();
            assert_increasing(&seen.events);
            let border = *borders.iter().rfind(|&&border| border <= end).unwrap();
            if border < end {
                let lost: u64 = report
                    .losses
                    .iter()
                    .filter(|loss| loss.offset == border as u64)
                    .map(|loss| loss.bytes)
                    .sum();
                assert_eq!(
                    lost,
                    (end - border) as u64,
                    "{name} cut at {end}: {report:?}"
                );
            }
            // The same up to the last whole batch.
            let (before, _) = read(&bytes[..border], LENIENT);
            assert_eq!(seen.events, before.events, "{name} cut at {end}");
        }
    }
}

#[test]
fn most_of_a_cut_generation_is_shown() {
    // One generation of many batches; the clock's frequency comes first.
    let bytes = corpus("annotate-go1.27.trace");
    let full = whole(&bytes).events.len();
    let borders = borders(&bytes);
    for &end in &borders[1..] {
        let (seen, _) = read(&bytes[..end], LENIENT);
        let share = end as f64 / bytes.len() as f64;
        assert!(
            seen.events.len() as f64 >= 0.9 * share * full as f64 - 10.0,
            "{} of {full} events from {share} of the bytes",
            seen.events.len()
        );
    }
}

#[test]
fn a_damaged_header_costs_its_batch() {
    for name in SMALL {
        let bytes = corpus(name);
        let borders = borders(&bytes);
        for pair in borders.windows(2) {
            let (start, end) = (pair[0], pair[1]);
            if end - start < 2 {
                continue;
            }
            let mut damaged = bytes.clone();
            damaged[start] = 0xee;
            let (seen, report) = read(&damaged, LENIENT);
            let report = report.unwrap();
            assert_increasing(&seen.events);
            assert_eq!(report.losses[0].offset, start as u64, "{name} at {start}");
            assert_eq!(
                report.losses[0].bytes,
                (end - start) as u64,
                "{name} at {start}"
            );
            assert!(read(&damaged, STRICT).1.is_err());
        }
    }
}

#[test]
fn a_damaged_size_costs_no_other_batch() {
    let bytes = corpus("coroutine-go1.27.trace");
    let full = whole(&bytes);
    let borders = borders(&bytes);
    // The runtime writes sizes as numbers of ten bytes, right before the data: here those of a sync batch.
    let first = &bytes[borders[0]..borders[1]];
    let size = first.len() - first.iter().rposition(|&byte| byte == 50).unwrap();
    let place = borders[1] - size - 10;
    assert_eq!(usize::from(bytes[place] & 0x7f), size);
    let mut damaged = bytes.clone();
    damaged[place] ^= 0x40;
    let (seen, report) = read(&damaged, LENIENT);
    assert!(
        seen.events.len() * 10 > full.events.len() * 9,
        "{:?}",
        report.unwrap()
    );
}

#[test]
fn a_hole_of_zeros_is_skipped() {
    let bytes = corpus("generations-go1.27.trace");
    let full = whole(&bytes);
    let third = bytes.len() / 3;
    let mut damaged = bytes[..third].to_vec();
    damaged.extend(std::iter::repeat_n(0, 3 << 20));
    damaged.extend_from_slice(&bytes[third + 5000..]);
    let (seen, report) = read(&damaged, LENIENT);
    let report = report.unwrap();
    assert_increasing(&seen.events);
    assert!(report.lost_bytes() >= 3 << 20, "{report:?}");
    assert!(seen.events.len() * 2 > full.events.len());
    // Later generations are complete again.
    let tail = |seen: &Seen| seen.events.len() - seen.starts.last().unwrap();
    assert_eq!(tail(&seen), tail(&full));
}

/// A source whose end cannot be read.
struct Broken {
    bytes: Vec<u8>,
    until: u64,
}

impl Source for Broken {
    fn length(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn read(&mut self, offset: u64, buffer: &mut [u8]) -> Result<(), SourceError> {
        if offset + buffer.len() as u64 > self.until {
            return Err(SourceError::Failed {
                offset,
                reason: "the disk is gone".to_owned(),
            });
        }
        self.bytes.as_slice().read(offset, buffer)
    }
}

#[test]
fn a_source_that_fails() {
    let bytes = corpus("flight-go1.25.trace");
    let until = 2 << 20;
    assert!(bytes.len() > until);
    let broken = || Broken {
        bytes: bytes.clone(),
        until: until as u64 + 16,
    };
    assert!(matches!(
        read_all(broken(), STRICT, &mut Seen::default()),
        Err(WireError::Source(_))
    ));
    let mut seen = Seen::default();
    let report = read_all(broken(), LENIENT, &mut seen).unwrap();
    let (cut, _) = read(&bytes[..until + 16], LENIENT);
    assert_eq!(seen.events, cut.events);
    assert_eq!(report.losses[0].bytes, (bytes.len() - until - 16) as u64);
}

#[test]
fn compressed_traces_read_the_same() {
    use std::io::Write as _;
    let bytes = corpus("coroutine-go1.27.trace");
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(&bytes).unwrap();
    let packed = encoder.finish().unwrap();
    let mut seen = Seen::default();
    read_all(MemorySource::new(packed.clone()), STRICT, &mut seen).unwrap();
    assert_eq!(seen.events, whole(&bytes).events);
    // Cut: as the trace cut there, and it is said.
    let mut cut = Seen::default();
    let half = MemorySource::new(packed[..packed.len() / 2].to_vec());
    let report = read_all(half, LENIENT, &mut cut).unwrap();
    assert!(report.losses[0].reason.contains("gzip"), "{report:?}");
}

#[test]
fn the_index_finds_what_the_reader_reads() {
    for name in SMALL
        .iter()
        .chain(&["flight-go1.25.trace", "generations-go1.27.trace"])
    {
        let bytes = corpus(name);
        let full = whole(&bytes);
        let Index {
            generations, fault, ..
        } = index(&mut bytes.as_slice()).unwrap();
        assert_eq!(fault, None);
        assert_eq!(generations.len(), full.generations.len());
        for (found, info) in generations.iter().zip(&full.generations) {
            assert!(found.whole);
            assert_eq!(
                (found.number, found.offset, found.bytes),
                (info.number, info.offset, info.bytes)
            );
        }
        // Each generation can be read alone: the same events, at most with another state before the first.
        let mut reader = Reader::new(bytes.as_slice(), STRICT).unwrap();
        for (i, generation) in generations.iter().enumerate() {
            reader.seek(generation);
            let mut alone = Seen::default();
            reader.next_generation(&mut alone).unwrap().unwrap();
            let end = full
                .starts
                .get(i + 1)
                .copied()
                .unwrap_or(full.events.len() - 1);
            assert_eq!(alone.events.len(), end - full.starts[i], "{name} {i}");
        }
    }
}

/// The slips of a trace in text form.
fn slips(trace: &str) -> (Seen, Vec<(SlipKind, u64)>) {
    let bytes = text::encode(trace).unwrap();
    let (seen, report) = read(&bytes, LENIENT);
    let slips = report.unwrap().slips;
    assert!(read(&bytes, STRICT).1.is_err());
    let slips = slips.iter().map(|slip| (slip.kind, slip.count)).collect();
    (seen, slips)
}

/// A trace of one thread that runs goroutine 1 on proc 0 and then does `events`.
fn one_thread(events: &str) -> String {
    let events =
        format!("ProcStatus dt=1 p=0 pstatus=1\nGoStatus dt=1 g=1 m=0 gstatus=2\n{events}");
    let sized = |head: &str, body: &str| {
        // The size is that of the body's bytes: what it encodes to without the batch around it.
        let size = text::encode(&format!("Trace Go1.22\n{body}"))
            .unwrap()
            .len()
            - 16;
        format!("{head} size={size}\n{body}")
    };
    format!(
        "Trace Go1.22\n{}{}{}",
        sized("EventBatch gen=1 m=0 time=1", &events),
        sized(
            "EventBatch gen=1 m=18446744073709551615 time=1",
            "Frequency freq=1000000000\n"
        ),
        sized(
            "EventBatch gen=1 m=18446744073709551615 time=1",
            "Strings\nString id=1\n\tdata=\"a\"\nString id=2\n\tdata=\"b\"\n"
        ),
    )
}

#[test]
fn slips_are_counted_and_mended() {
    let (seen, found) = slips(&one_thread(
        "UserRegionBegin dt=1 task=0 name_string=1 stack=0\n\
         UserRegionBegin dt=1 task=0 name_string=2 stack=0\n\
         UserRegionEnd dt=1 task=0 name_string=1 stack=0\n",
    ));
    assert_eq!(found, [(SlipKind::UnbalancedRegion, 1)]);
    assert_eq!(seen.events.len(), 2 + 2 + 3);
    let (seen, found) = slips(&one_thread(
        "UserTaskBegin dt=1 task=7 parent_task=0 name_string=1 stack=0\n\
         UserTaskBegin dt=1 task=7 parent_task=0 name_string=2 stack=0\n",
    ));
    assert_eq!(found, [(SlipKind::TaskBeganTwice, 1)]);
    assert_eq!(seen.events.len(), 2 + 2 + 2);
    let (seen, found) = slips(&one_thread(
        "GoLabel dt=1 label_string=9\nProcsChange dt=1 procs_value=1 stack=9\n",
    ));
    assert_eq!(
        found,
        [(SlipKind::UnknownString, 1), (SlipKind::UnknownStack, 1)]
    );
    assert_eq!(seen.events.len(), 2 + 2 + 2);
}

#[test]
fn an_event_that_waits_for_ever_is_forced() {
    let (seen, found) = slips(&one_thread(
        "GoUnblock dt=1 g=5 g_seq=9 stack=0\nGoStop dt=1 reason_string=1 stack=0\nGoStart dt=1 g=5 g_seq=11\n",
    ));
    assert_eq!(found, [(SlipKind::EventDoesNotFit, 2)]);
    let goroutine_events = seen
        .events
        .iter()
        .filter(|event| matches!(event.kind, EventKind::Goroutine { .. }))
        .count();
    assert_eq!(goroutine_events, 4);
}
