//! `tracepane report`, and the profiles of every scope.

mod helpers;

use helpers::{corpus, refusal, run, said};
use serde_json::Value;
use tracepane_pprof::Profile;

fn json(trace: &str) -> Value {
    let output = run(&["report", "--json", corpus(trace).to_str().unwrap()]);
    assert_eq!(said(&output), "");
    assert_eq!(output.status.code(), Some(0));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn sum(rows: &Value, field: &str) -> i64 {
    let rows = rows.as_array().unwrap().iter();
    rows.map(|row| row[field].as_i64().unwrap()).sum()
}

#[test]
fn a_report_in_json_has_exact_numbers() {
    let report = json("annotate-go1.27");
    // testdata/goldens: 290 goroutines; the sums of Go's own table.
    assert_eq!(report["trace"]["goroutines"], 290);
    assert_eq!(sum(&report["goroutine_groups"], "goroutines"), 290);
    assert_eq!(sum(&report["goroutine_groups"], "running_ns"), 138_485_698);
    assert_eq!(sum(&report["goroutine_groups"], "runnable_ns"), 24_690_559);
    assert_eq!(report["scheduler"]["latency"]["total_ns"], 24_690_559);
    assert_eq!(sum(&report["task_types"], "count"), 548);
    assert_eq!(sum(&report["region_types"], "count"), 822);
    assert_eq!(report["profiles"].as_array().unwrap().len(), 4);
    for proc in report["procs"].as_array().unwrap() {
        let parts = ["running", "gc", "syscall", "stopped", "scheduling", "idle"];
        let parts = parts.map(|part| proc[format!("{part}_ns")].as_i64().unwrap());
        let all: i64 = parts.iter().sum();
        assert_eq!(all, report["trace"]["duration_ns"], "{proc}");
    }
}

#[test]
fn a_report_tells_of_the_gc() {
    let report = json("gc-go1.27");
    let cycles = report["gc"]["cycles"].as_array().unwrap();
    assert!(!cycles.is_empty());
    for cycle in cycles {
        assert!(
            cycle["start_ns"].as_i64() <= cycle["end_ns"].as_i64(),
            "{cycle}"
        );
    }
    let utilization = report["minimum_mutator_utilization"].as_array().unwrap();
    let utilization: Vec<f64> = utilization
        .iter()
        .map(|row| row["utilization"].as_f64().unwrap())
        .collect();
    assert!(!utilization.is_empty() && utilization.iter().all(|u| (0.0..=1.0).contains(u)));
    assert!(!report["stop_the_world"].as_array().unwrap().is_empty());
    let samples = json("cpusamples-go1.27");
    let cpu = samples["profiles"].as_array().unwrap().last().unwrap();
    assert_eq!((&cpu["kind"], &cpu["count"]), (&"cpu".into(), &59.into()));
}

#[test]
fn a_report_as_text_has_every_part() {
    let trace = corpus("http-go1.27");
    let output = run(&["report", trace.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8(output.stdout).unwrap();
    for part in [
        "Worth a look",
        "Goroutines by start function",
        "Tasks by type",
        "Regions by type",
        "GC cycles",
        "GC work of the procs",
        "Stop-the-world pauses",
        "Minimum mutator utilization",
        "From runnable to running",
        "Procs",
        "Profile net: 5.313 s in all, 278 times",
        "Profile sync: 9.227 s in all, 1,186 times",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert!(text.chars().all(|c| !c.is_control() || c == '\n'));
}

#[test]
fn a_cut_trace_is_reported_with_a_warning() {
    let output = run(&["report", corpus("truncated-go1.27").to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0));
    assert!(said(&output).contains("warning"), "{}", said(&output));
    assert!(String::from_utf8_lossy(&output.stdout).contains("Lost or odd"));
}

/// Waits and nanoseconds of a profile.
fn totals(trace: &str, more: &[&str]) -> (i64, i64) {
    let trace = corpus(trace);
    let output = run(&[&["pprof", "sync", trace.to_str().unwrap()], more].concat());
    assert_eq!(said(&output), "", "{more:?}");
    let profile = Profile::from_gzip(&output.stdout).unwrap();
    let sum = |i: usize| profile.sample.iter().map(|sample| sample.value[i]).sum();
    (sum(0), sum(1))
}

#[test]
fn a_profile_is_of_what_was_named() {
    let http = "http-go1.27";
    let all = totals(http, &[]);
    for scope in [
        &["--goroutines", "net/http.(*conn).serve"][..],
        &["--goroutine", "1"],
        &["--region", "db.query"],
        &["--region", "render", "--at", "main.runHTTP.func1:151"],
        &["--tasks", "handleOrder"],
        &["--tasks", "handleOrder", "--min", "20ms"],
        &["--start", "50ms", "--end", "0.1s"],
    ] {
        let part = totals(http, scope);
        assert!(part.1 > 0 && part.1 < all.1, "{scope:?} {part:?}");
    }
    let long = totals(http, &["--region", "render", "--min", "10ms"]);
    let short = totals(http, &["--region", "render", "--max", "9.999999ms"]);
    let render = totals(http, &["--region", "render"]);
    assert_eq!((long.0 + short.0, long.1 + short.1), render);
    assert!(long.0 > 0 && short.0 > 0);
}

#[test]
fn a_profile_of_nothing_is_refused() {
    let trace = corpus("http-go1.27");
    let trace = trace.to_str().unwrap();
    for scope in [
        &["--region", "no such type"][..],
        &["--tasks", "no such type"],
        &["--task", "123456"],
        &["--goroutine", "123456"],
        &["--min", "1ms"],
    ] {
        let output = run(&[&["pprof", "sync", trace], scope].concat());
        refusal(&output);
    }
}
