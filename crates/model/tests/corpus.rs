//! Whatever is in the file, the tables are sane.

use tracepane_model::{Loader, load};
use tracepane_testkit::{data, mutate};

fn load_and_check(path: &str, bytes: &[u8]) {
    if let Ok(trace) = load(bytes, Default::default())
        && let Err(fault) = trace.check()
    {
        panic!("{path}: {fault}");
    }
}

#[test]
fn every_real_trace_loads_and_is_sound() {
    let mut paths = data::corpus();
    paths.extend(data::files("go/tracev1", "_good"));
    assert!(paths.len() > 30);
    for path in paths {
        let bytes = data::read(&path);
        let trace = load(&bytes[..], Default::default()).expect("a trace");
        assert!(trace.events > 0 && !trace.spans.is_empty(), "{path}");
        assert_eq!(trace.check(), Ok(()), "{path}");
    }
}

#[test]
fn mutated_traces_are_sound() {
    let mut random = mutate::Random::new(7);
    for path in data::corpus() {
        let bytes = data::read(&path);
        if bytes.len() > 100_000 {
            continue;
        }
        for _ in 0..20 {
            load_and_check(&path, &mutate::bytes(&bytes, &mut random));
            if let Some(mut batches) = mutate::Batches::parse(&bytes) {
                batches.mutate(&mut random);
                load_and_check(&path, &batches.encode());
            }
        }
    }
}

#[test]
fn loading_by_steps_tells_how_far_it_is() {
    let bytes = data::read("corpus/flight-go1.27.trace");
    let mut loader = Loader::new(&bytes[..], Default::default()).expect("a trace");
    let mut steps = 0;
    let mut before = 0;
    while let Some(progress) = loader.step().expect("a sound trace") {
        assert!(progress.bytes_read > before && progress.bytes_read <= progress.bytes_total);
        before = progress.bytes_read;
        steps += 1;
    }
    let events = loader.progress().events;
    let trace = loader.finish();
    assert_eq!((steps, events), (trace.generations.len(), trace.events));
}
