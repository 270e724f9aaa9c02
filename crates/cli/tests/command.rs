//! The command from outside: what it writes, what it says, and how it exits.

mod helpers;

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use helpers::{command, corpus, gzip, refusal, run, run_with_input, said, scratch};
use tracepane_pprof::Profile;

fn pprof(kind: &str, trace: &Path, more: &[&str]) -> Output {
    let trace = trace.to_str().unwrap();
    run(&[&["pprof", kind, trace], more].concat())
}

/// The profile that it wrote without a word.
fn profile(output: &Output) -> Profile {
    assert_eq!(said(output), "");
    assert_eq!(output.status.code(), Some(0));
    Profile::from_gzip(&output.stdout).unwrap()
}

/// Waits and nanoseconds of a profile.
fn totals(profile: &Profile) -> (i64, i64) {
    let sum = |i: usize| profile.sample.iter().map(|sample| sample.value[i]).sum();
    (sum(0), sum(1))
}

#[test]
fn each_kind_gives_what_go_gives() {
    // The totals that `go tool trace -pprof=…` of Go 1.27 has (testdata/goldens/profiles).
    for (kind, expect) in [
        ("net", (278, 5_313_639_681)),
        ("sync", (1_186, 9_227_784_961)),
    ] {
        let output = pprof(kind, &corpus("http-go1.27"), &[]);
        assert_eq!(totals(&profile(&output)), expect);
    }
    for kind in ["net", "sync", "syscall", "sched"] {
        for trace in ["http-go1.21", "http-go1.22", "http-go1.25"] {
            let profile = profile(&pprof(kind, &corpus(trace), &[]));
            assert!(!profile.sample.is_empty(), "{trace} {kind}");
        }
    }
}

#[test]
fn cpu_samples_are_a_profile_of_their_own() {
    // As many as `go tool trace -d=parsed` has StackSample events.
    let profile = profile(&pprof("cpu", &corpus("cpusamples-go1.27"), &[]));
    assert_eq!(totals(&profile), (59, 590_000_000));
    assert_eq!(profile.period, 10_000_000);
}

#[test]
fn files_pipes_and_gzip_give_the_same_bytes() {
    let trace = corpus("annotate-go1.27");
    let plain = std::fs::read(&trace).unwrap();
    let expect = pprof("sched", &trace, &[]).stdout;
    assert!(!expect.is_empty());
    let packed = scratch("packed.trace.gz", &gzip(&plain));
    assert_eq!(pprof("sched", &packed, &[]).stdout, expect);
    let dash = ["pprof", "sched", "-"];
    assert_eq!(run_with_input(&dash, &plain).stdout, expect);
    assert_eq!(run_with_input(&dash, &gzip(&plain)).stdout, expect);
    let file = scratch("out.pb.gz", b"");
    let output = pprof("sched", &trace, &["-o", file.to_str().unwrap()]);
    assert!(output.status.success() && output.stdout.is_empty());
    assert_eq!(std::fs::read(&file).unwrap(), expect);
}

#[test]
fn the_complete_profile_has_more() {
    let trace = corpus("annotate-go1.27");
    let (count, nanos) = totals(&profile(&pprof("sched", &trace, &[])));
    let (all, all_nanos) = totals(&profile(&pprof("sched", &trace, &["--complete"])));
    assert!(all > count && all_nanos > nanos);
}

#[test]
fn a_group_is_chosen_by_its_function() {
    let trace = corpus("http-go1.27");
    let group = ["--goroutines", "net/http.(*conn).serve"];
    let (count, _) = totals(&profile(&pprof("net", &trace, &group)));
    assert!(count > 0 && count < 278);
    let unknown = refusal(&pprof("net", &trace, &["--goroutines", "conn).SERVE"]));
    assert!(
        unknown.ends_with(
            "no goroutine was started with \"conn).SERVE\"; did you mean net/http.(*conn).serve?"
        ),
        "{unknown}"
    );
}

#[test]
fn a_cut_trace_gives_a_profile_and_warnings() {
    let output = pprof("sched", &corpus("truncated-go1.27"), &[]);
    assert_eq!(output.status.code(), Some(0));
    let profile = Profile::from_gzip(&output.stdout).unwrap();
    assert!(!profile.sample.is_empty());
    let said = said(&output);
    let first = said.lines().next().unwrap();
    assert!(first.starts_with("tracepane: warning: "), "{said}");
    assert!(first.contains("could not be shown"), "{said}");
}

#[test]
fn bad_input_gets_one_sentence() {
    let trace = std::fs::read(corpus("http-go1.27")).unwrap();
    let profile = pprof("net", &corpus("http-go1.27"), &[]).stdout;
    for (path, expect) in [
        (scratch("empty.trace", b""), "the file is empty"),
        (scratch("page.html", b"<!doctype html><p>no"), "HTML page"),
        (scratch("profile.pb.gz", &profile), "pprof profile"),
        (scratch("old.trace", b"go 1.7 trace\0\0\0\0"), "Go 1.7"),
        (scratch("header.trace", &trace[..16]), "nothing"),
        (PathBuf::from("/no/such/file"), "cannot be read"),
        (PathBuf::from(env!("CARGO_TARGET_TMPDIR")), "cannot be read"),
    ] {
        for command in [&["pprof", "net"][..], &["events"]] {
            let sentence = refusal(&run(&[command, &[path.to_str().unwrap()]].concat()));
            assert!(sentence.contains(expect), "{sentence}");
        }
    }
    let cut = scratch("cut.trace", &trace[..300]);
    let sentence = refusal(&pprof("net", &cut, &[]));
    assert!(
        sentence.contains("nothing of the trace could be read"),
        "{sentence}"
    );
    let sentence = refusal(&run_with_input(&["pprof", "net", "-"], b"hello"));
    assert!(sentence.starts_with("standard input: "), "{sentence}");
}

#[test]
fn a_file_that_cannot_be_written_is_named() {
    let sentence = refusal(&pprof("net", &corpus("http-go1.27"), &["-o", "/no/dir/x"]));
    assert!(
        sentence.starts_with("/no/dir/x cannot be written"),
        "{sentence}"
    );
}

#[test]
fn wrong_usage_exits_with_2() {
    for arguments in [
        &[][..],
        &["pprof"],
        &["pprof", "heap", "x"],
        &["pprof", "net"],
        &["pprof", "net", "x", "--nonsense"],
        &["dance"],
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty() && !output.stderr.is_empty());
    }
}

#[test]
fn it_says_its_version() {
    let output = run(&["--version"]);
    let expect = format!("tracepane {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(String::from_utf8(output.stdout).unwrap(), expect);
}

#[test]
fn events_are_text_as_gos() {
    let output = run(&["events", corpus("leak-go1.27").to_str().unwrap()]);
    assert_eq!(
        (output.status.code(), said(&output).as_str()),
        (Some(0), "")
    );
    let text = String::from_utf8(output.stdout).unwrap();
    let first = text.lines().next().unwrap();
    assert!(first.starts_with("M=-1 P=-1 G=-1 Sync Time="), "{first}");
    assert!(text.contains(" NotExist->Runnable Reason=\"\"\n"));
}

#[test]
fn nobody_reading_is_no_fault() {
    for arguments in [&["events"][..], &["pprof", "sched"]] {
        let mut child = command(arguments)
            .arg(corpus("pipeline-go1.27"))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(said(&output), "");
        assert_eq!(output.status.code(), Some(0));
    }
}
