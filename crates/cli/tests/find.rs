//! `tracepane find` on real traces.

mod helpers;

use helpers::{corpus, run, said};

fn trace() -> String {
    corpus("annotate-go1.27").display().to_string()
}

#[test]
fn hits_are_listed_in_time_order_and_counted() {
    let output = run(&["find", &trace(), "region: > 10us", "--json"]);
    assert!(output.status.success(), "{}", said(&output));
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let hits = found["hits"].as_array().unwrap();
    assert_eq!(found["count"].as_u64(), Some(hits.len() as u64));
    assert!(hits.len() > 3);
    let starts: Vec<_> = hits.iter().map(|hit| hit["start_ns"].as_i64()).collect();
    assert!(starts.is_sorted());
    assert!(
        hits.iter()
            .all(|hit| hit["kind"] == "region" && hit["duration_ns"].as_i64() > Some(10_000))
    );
    let text = run(&["find", &trace(), "region: > 10us", "--limit", "2"]);
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.contains("the first 2 are above"), "{text}");
    assert_eq!(text.lines().count(), 4);
}

#[test]
fn a_part_of_time_has_fewer() {
    let count = |more: &[&str]| {
        let trace = trace();
        let mut words = vec!["find", &trace, "running", "--json", "--limit", "0"];
        words.extend(more);
        let output = run(&words);
        let found: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        found["count"].as_u64().unwrap()
    };
    let part = count(&["--end", "1ms"]);
    assert!(part > 0 && part < count(&[]));
}

#[test]
fn what_is_wrong_with_a_query_is_said() {
    let output = run(&["find", &trace(), "runnable > 5parsecs"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        said(&output).contains("at \"5parsecs\""),
        "{}",
        said(&output)
    );
    assert_eq!(run(&["find", &trace(), " "]).status.code(), Some(1));
}
