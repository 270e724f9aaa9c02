//! `tracepane events` with its filters, and `tracepane footprint`.

mod helpers;

use helpers::{command, corpus, run, said, scratch};

/// The lines that it wrote without a word.
fn lines(trace: &str, more: &[&str]) -> Vec<String> {
    let output = command(&["events"]).arg(corpus(trace)).args(more).output();
    let output = output.unwrap();
    assert_eq!(said(&output), "");
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(str::to_owned).collect()
}

/// The first lines of events.
fn heads(lines: &[String]) -> Vec<&str> {
    let lines = lines.iter().map(String::as_str);
    lines.filter(|line| line.starts_with("M=")).collect()
}

fn time(head: &str) -> i64 {
    let (_, rest) = head.split_once(" Time=").unwrap();
    rest.split(' ').next().unwrap().parse().unwrap()
}

#[test]
fn a_range_is_a_slice_of_all() {
    let all = lines("annotate-go1.27", &[]);
    let heads = heads(&all);
    let begin = time(heads[0]);
    let (start, end) = (time(heads[500]), time(heads[700]));
    let since = |time: i64| (time - begin).to_string();
    let part = lines(
        "annotate-go1.27",
        &["--start", &since(start), "--end", &since(end)],
    );
    let first = all.iter().position(|line| line == heads[500]).unwrap();
    let last = all.iter().position(|line| line == heads[701]).unwrap();
    assert_eq!(part, all[first..last]);
    let clock = |time: i64| format!("@{time}");
    let same = lines(
        "annotate-go1.27",
        &["--start", &clock(start), "--end", &clock(end)],
    );
    assert_eq!(same, part);
    let micros = format!("{}us", (start - begin) as f64 / 1000.0);
    let rest = lines("annotate-go1.27", &["--start", &micros]);
    assert_eq!(rest.last(), all.last());
}

#[test]
fn types_goroutines_and_text_choose() {
    let all = lines("annotate-go1.27", &[]);
    let count = |what: &dyn Fn(&str) -> bool| heads(&all).iter().filter(|head| what(head)).count();
    let chosen = lines("annotate-go1.27", &["--type", "log,taskbegin"]);
    let wanted = count(&|head| head.contains(" Log Time=") || head.contains(" TaskBegin Time="));
    assert!(wanted > 0);
    assert_eq!(heads(&chosen).len(), wanted);
    let chosen = lines("annotate-go1.27", &["--goroutine", "1"]);
    let wanted = count(&|head| head.contains(" G=1 ") || head.contains(" GoID=1 "));
    assert_eq!(heads(&chosen).len(), wanted);
    let chosen = lines("annotate-go1.27", &["--text", "GOID=1 "]);
    assert_eq!(
        heads(&chosen).len(),
        count(&|head| head.contains(" GoID=1 "))
    );
}

#[test]
fn what_is_no_time_or_type_is_wrong_usage() {
    let trace = corpus("annotate-go1.27");
    let trace = trace.to_str().unwrap();
    for (option, value, expect) in [
        ("--start", "soon", "a number with ns, us, ms or s"),
        ("--type", "Dance", "the types are GoroutineTransition"),
    ] {
        let output = run(&["events", trace, option, value]);
        assert_eq!(output.status.code(), Some(2));
        assert!(said(&output).contains(expect), "{}", said(&output));
    }
}

#[test]
fn the_footprint_has_a_row_for_each_type() {
    let output = command(&["footprint"])
        .arg(corpus("http-go1.27"))
        .output()
        .unwrap();
    assert_eq!(said(&output), "");
    let text = String::from_utf8(output.stdout).unwrap();
    let mut rows = text.lines();
    let cells =
        |line: &str| -> Vec<String> { line.split_whitespace().map(str::to_owned).collect() };
    assert_eq!(
        cells(rows.next().unwrap()),
        ["Event", "Bytes", "%", "Count", "%"]
    );
    // As go tool trace -d=footprint has it: testdata/goldens/footprint.
    let stack = cells(rows.next().unwrap());
    assert_eq!(stack, ["Stack", "72105", "28.90%", "700", "2.08%"]);
    let bytes: u64 = rows.map(|row| cells(row)[1].parse::<u64>().unwrap()).sum();
    let size = std::fs::metadata(corpus("http-go1.27")).unwrap().len();
    assert_eq!(16 + 72_105 + bytes, size);
}

#[test]
fn a_v1_trace_has_a_footprint_too() {
    let output = command(&["footprint"])
        .arg(corpus("http-go1.21"))
        .output()
        .unwrap();
    assert_eq!(
        (said(&output).as_str(), output.status.code()),
        ("", Some(0))
    );
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("\nGoUnblockLocal ") || text.contains("\nGoStartLocal "),
        "{text}"
    );
}

#[test]
fn a_cut_trace_says_what_is_not_counted() {
    let trace = std::fs::read(corpus("http-go1.27")).unwrap();
    let cut = scratch("footprint-cut.trace", &trace[..60_000]);
    let output = command(&["footprint"]).arg(cut).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(
        said(&output).contains("belong to no whole event"),
        "{}",
        said(&output)
    );
}
