//! The events of any range, read from the middle of the file, equal the same slice of the whole event list, which
//! `parity` compares with `go tool trace -d=parsed`: every line, on every trace of the corpus and of Go's v1 traces.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};

use libtest_mimic::{Arguments, Failed, Trial};
use tracepane_model::load;
use tracepane_testkit::data;
use tracepane_tests::read_leniently;
use tracepane_wire::dump::Dump;
use tracepane_wire::excerpt::generations_of;
use tracepane_wire::{
    Event, Excerpt, GenerationInfo, Nanos, Replay, Resources, Sink, Tables, Wanted,
};

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

/// Every event's time and text, the latter as a hash: the texts of a trace are long.
#[derive(Default)]
struct Lines {
    times: Vec<i64>,
    hashes: Vec<u64>,
}

fn hash(state: &RandomState, text: &str) -> u64 {
    let mut hasher = state.build_hasher();
    hasher.write(text.as_bytes());
    hasher.finish()
}

/// Notes the time of the event whose text came last.
struct Timed<D> {
    dump: D,
    times: Vec<i64>,
}

impl<D: Sink> Sink for Timed<D> {
    fn generation(&mut self, info: &GenerationInfo, tables: &Tables) {
        self.dump.generation(info, tables);
    }

    fn event(&mut self, event: &Event, tables: &Tables, resources: &Resources) {
        self.dump.event(event, tables, resources);
        self.times.push(event.time.0);
    }
}

fn check(path: &str) -> Result<(), String> {
    let trace = data::read(path);
    let state = RandomState::new();
    let mut lines = Lines::default();
    let mut timed = Timed {
        dump: Dump::new(|text: &str| lines.hashes.push(hash(&state, text))),
        times: Vec::new(),
    };
    read_leniently(&trace, &mut timed).map_err(|error| error.to_string())?;
    let times = timed.times;
    lines.times = times;

    let model = load(&trace[..], Default::default()).map_err(|error| error.to_string())?;
    let begin = model.clock_start.0;
    let starts: Vec<Nanos> = model
        .generations
        .iter()
        .map(|generation| Nanos(generation.start.0.saturating_add(begin)))
        .collect();
    if lines.times.first() != Some(&begin) {
        return Err(format!("the trace does not begin at {begin}"));
    }
    let mut replay = Replay::new(&trace[..]).map_err(|error| error.to_string())?;
    let length = lines.times.len();
    // The end first, so that it is read without what comes before; then here and there; the whole at last.
    for (first, last) in [
        (length * 9 / 10, length - 1),
        (0, 0),
        (length / 3, length / 2),
        (length / 2, length / 2 + 1),
        (length - 1, length - 1),
        (length / 10, length / 9),
        (0, length - 1),
    ] {
        let last = last.min(length - 1);
        let (start, end) = (Nanos(lines.times[first]), Nanos(lines.times[last]));
        let mut excerpt = Excerpt::with_most(
            Wanted {
                start,
                end,
                ..Wanted::ALL
            },
            usize::MAX,
        );
        replay
            .read(generations_of(&starts, start, end), &mut excerpt)
            .map_err(|error| error.to_string())?;
        let found: Vec<u64> = excerpt
            .rows()
            .iter()
            .map(|row| hash(&state, &excerpt.full_text(row)))
            .collect();
        let wanted = &lines.hashes[first..=last];
        if found != wanted {
            let differs = found.iter().zip(wanted).position(|(a, b)| a != b);
            let shown = differs.and_then(|at| excerpt.rows().get(at));
            return Err(format!(
                "events {first} to {last}: {} were found; the first that differs is number {differs:?}: {}",
                found.len(),
                shown.map_or(String::new(), |row| excerpt.full_text(row))
            ));
        }
        if excerpt.matched() != wanted.len() as u64 {
            return Err(format!(
                "{} are counted, not {}",
                excerpt.matched(),
                wanted.len()
            ));
        }
        if wanted.len() == length && !excerpt.counts().eq(model.event_counts.iter()) {
            let types = model.event_counts;
            return Err(format!("the trace counts other types of events: {types:?}"));
        }
    }
    Ok(())
}
