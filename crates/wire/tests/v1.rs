//! Format v1 against what Go says of the same traces, and against damage.

use tracepane_testkit::allocation::{Counting, peak_of};
use tracepane_testkit::data;
use tracepane_testkit::golden::{self, TextHasher};
use tracepane_testkit::mutate::{self, Random};
use tracepane_testkit::validator::Validator;
use tracepane_wire::dump::Dump;
use tracepane_wire::{
    Event, GenerationInfo, Options, Reader, Report, Resources, Sink, SlipKind, Tables, WireError,
};

#[global_allocator]
static COUNTING: Counting = Counting;

/// All v1 traces of `testdata`.
fn traces() -> Vec<String> {
    let mut paths = data::files("go/tracev1", "_good");
    paths.extend(data::files("corpus", "go1.21.trace"));
    assert!(paths.len() >= 16, "{paths:?}");
    paths
}

fn read<K: Sink>(bytes: &[u8], strict: bool, sink: &mut K) -> Result<(u64, Report), WireError> {
    let mut reader = Reader::new(bytes, Options { strict })?;
    while reader.next_generation(sink)?.is_some() {}
    Ok((reader.progress().events, reader.report().clone()))
}

/// Keeps the times.
#[derive(Default)]
struct Seen {
    times: Vec<i64>,
    cut: bool,
}

impl Sink for Seen {
    fn generation(&mut self, info: &GenerationInfo, _: &Tables) {
        self.cut = info.cut;
    }

    fn event(&mut self, event: &Event, _: &Tables, _: &Resources) {
        self.times.push(event.time.0);
    }
}

#[test]
fn the_text_of_the_events_is_gos() {
    let goldens = golden::events();
    for path in traces() {
        let golden = goldens.iter().find(|golden| golden.path == path);
        let golden = golden.unwrap_or_else(|| panic!("{path}: no golden"));
        for strict in [true, false] {
            let mut hasher = TextHasher::default();
            let mut dump = Dump::new(|text: &str| hasher.write(text));
            let (_, report) = read(&data::read(&path), strict, &mut dump).expect("a good trace");
            drop(dump);
            assert_eq!(report, Report::default(), "{path}");
            assert_eq!(hasher.finish(), golden.text, "{path}");
        }
    }
}

#[test]
fn the_events_are_consistent() {
    for path in traces() {
        let bytes = data::read(&path);
        let mut validator = Validator::new(data::version(&bytes).unwrap_or(21));
        let (events, _) = read(&bytes, true, &mut validator).expect("a good trace");
        assert_eq!(events, validator.events(), "{path}");
        assert_eq!(validator.errors(), [""; 0], "{path}");
    }
}

#[test]
fn a_cut_trace_shows_what_is_there() {
    let whole = data::read("corpus/http-go1.21.trace");
    let mut all = Seen::default();
    read(&whole, true, &mut all).expect("a whole trace");
    for part in 1..20 {
        let bytes = &whole[..whole.len() * part / 20];
        assert!(read(bytes, true, &mut Seen::default()).is_err(), "{part}");
        let mut seen = Seen::default();
        let (events, report) = read(bytes, false, &mut seen).expect("lenient");
        let events = events as usize;
        assert!(seen.cut, "{part}");
        assert!(!report.losses.is_empty(), "{part}");
        assert!(
            events >= all.times.len() * (part - 1) / 20,
            "{part}: {events} of {}",
            all.times.len()
        );
        assert!(seen.times.is_sorted_by(|a, b| a < b), "{part}");
    }
}

#[test]
fn a_hole_costs_its_batch_and_no_more() {
    let mut bytes = data::read("corpus/gc-go1.21.trace");
    let mut whole = Seen::default();
    read(&bytes, true, &mut whole).expect("a whole trace");
    let middle = bytes.len() / 2;
    bytes[middle..middle + 64].fill(0);
    assert!(read(&bytes, true, &mut Seen::default()).is_err());
    let mut seen = Seen::default();
    let (events, report) = read(&bytes, false, &mut seen).expect("lenient");
    let events = events as usize;
    assert!(report.lost_bytes() < 100_000, "{report:?}");
    assert!(events > whole.times.len() / 2, "{events}: {report:?}");
    let lost_clock = report.losses.iter().any(|loss| loss.bytes == 0);
    assert!(!lost_clock, "the clock is after the hole: {report:?}");
}

#[test]
fn a_time_out_of_order_is_counted() {
    // Two procs; goroutine 1 is created on one at tick 100 and starts on the other at tick 90.
    let mut bytes = b"go 1.21 trace\0\0\0".to_vec();
    bytes.extend([0x41, 0, 80]);
    bytes.extend([0x05 | 1 << 6, 1, 7]);
    bytes.extend([0x0d | 3 << 6, 4, 19, 1, 0, 0]);
    bytes.extend([0x41, 1, 80]);
    bytes.extend([0x05 | 1 << 6, 2, 8]);
    bytes.extend([0x0e | 2 << 6, 8, 1, 1]);
    bytes.extend([0x02, 100]);
    assert!(read(&bytes, true, &mut Seen::default()).is_err());
    let (_, report) = read(&bytes, false, &mut Seen::default()).expect("lenient");
    assert_eq!(report.slips.len(), 1, "{report:?}");
    assert_eq!(report.slips[0].kind, SlipKind::TimeOutOfOrder);
    assert_eq!(report.slips[0].count, 1);
    assert!(report.losses.is_empty(), "{report:?}");
}

#[test]
fn damage_is_survived() {
    let mut random = Random::new(1);
    let mut lenient = 0;
    for path in [
        "go/tracev1/user_task_region_1_21_good",
        "go/tracev1/stress_start_stop_1_19_good",
        "go/tracev1/http_1_11_good",
    ] {
        let trace = data::read(path);
        for _ in 0..400 {
            let bytes = mutate::bytes(&trace, &mut random);
            if !bytes.starts_with(&trace[..16]) {
                continue;
            }
            for strict in [true, false] {
                let mut seen = Seen::default();
                let (result, peak) = peak_of(|| read(&bytes, strict, &mut seen));
                assert!(
                    strict || result.is_ok() || bytes.len() < 16,
                    "{path}: {result:?}"
                );
                assert!(seen.times.is_sorted_by(|a, b| a < b), "{path}: times fall");
                assert!(
                    peak < (16 << 20) + 200 * bytes.len(),
                    "{path}: {peak} bytes"
                );
                lenient += u64::from(result.is_ok_and(|(_, report)| report != Report::default()));
            }
        }
    }
    assert!(lenient > 500, "only {lenient} mutations did damage");
}
