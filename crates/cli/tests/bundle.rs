//! `tracepane bundle`: what it writes, with a page that is only as much of one as it takes.

mod helpers;

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Output;

use flate2::read::GzDecoder;
use helpers::{command, corpus, gzip, refusal, run_with_input, said, scratch};
use tracepane_bundle::EMPTY_SLOT;

const BEFORE: &str = "<!doctype html><title>ä</title>\n";
const AFTER: &str = "\n<script>'the page'</script>\n";

/// A page of this test's own.
fn page(name: &str) -> PathBuf {
    scratch(name, format!("{BEFORE}{EMPTY_SLOT}{AFTER}").as_bytes())
}

fn bundle(trace: &Path, more: &[&str]) -> Output {
    let output = command(&["bundle"]).arg(trace).args(more).output();
    output.unwrap()
}

/// What stands in the page that it wrote without a word.
fn slot(output: &Output) -> String {
    assert_eq!(said(output), "");
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let slot = text
        .strip_prefix(BEFORE)
        .and_then(|rest| rest.strip_suffix(AFTER));
    slot.unwrap_or_else(|| panic!("not the page: {text}"))
        .to_owned()
}

/// The bytes of the slot's only element.
fn stored(slot: &str) -> Vec<u8> {
    let (_, rest) = slot.split_once("<script").unwrap();
    let (_, rest) = rest.split_once('>').unwrap();
    let (base64, end) = rest.split_once('<').unwrap();
    assert_eq!(end, "/script>\n</div>");
    let mut bytes = Vec::new();
    let (mut bits, mut held) = (0u32, 0);
    for letter in base64.bytes().filter(|letter| *letter != b'=') {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => panic!("{letter} is no letter of base64"),
        };
        bits = bits << 6 | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held) as u8);
        }
    }
    bytes
}

fn unpacked(bytes: &[u8]) -> Vec<u8> {
    let mut unpacked = Vec::new();
    GzDecoder::new(bytes).read_to_end(&mut unpacked).unwrap();
    unpacked
}

#[test]
fn the_page_is_whole_and_the_trace_is_in_it() {
    let page = page("page-whole.html");
    let trace = corpus("annotate-go1.27");
    let output = bundle(
        &trace,
        &["--page", page.to_str().unwrap(), "--view", "#/gc"],
    );
    let slot = slot(&output);
    let plain = std::fs::read(&trace).unwrap();
    assert!(
        slot.starts_with("<div id=\"bundle\" hidden data-format=\"1\" data-address=\"#/gc\">\n"),
        "{}",
        &slot[..200]
    );
    let attributes = format!(
        "data-part=\"trace\" data-name=\"annotate-go1.27.trace\" data-encoding=\"gzip\" data-size=\"{}\"",
        plain.len()
    );
    assert!(slot.contains(&attributes), "{}", &slot[..300]);
    assert_eq!(unpacked(&stored(&slot)), plain);
}

#[test]
fn a_packed_trace_stays_as_it_is() {
    let page = page("page-packed.html");
    let packed = gzip(&std::fs::read(corpus("annotate-go1.27")).unwrap());
    let arguments = ["bundle", "-", "--page", page.to_str().unwrap()];
    let output = run_with_input(&arguments, &packed);
    let slot = slot(&output);
    assert!(slot.contains("data-name=\"trace\" data-encoding=\"stored\""));
    assert_eq!(stored(&slot), packed);
}

#[test]
fn a_bundle_can_be_the_page() {
    let page = page("page-again.html");
    let first = bundle(
        &corpus("http-go1.27"),
        &[
            "--page",
            page.to_str().unwrap(),
            "--name",
            "</div>\"><script>",
        ],
    );
    assert!(slot(&first).contains("data-name=\"&lt;/div&gt;&quot;&gt;&lt;script&gt;\""));
    let again = scratch("bundle-again.html", &first.stdout);
    let trace = corpus("annotate-go1.27");
    let output = bundle(&trace, &["--page", again.to_str().unwrap()]);
    assert_eq!(
        unpacked(&stored(&slot(&output))),
        std::fs::read(&trace).unwrap()
    );
}

#[test]
fn a_file_is_written_whole_or_not_at_all() {
    let page = page("page-file.html");
    let page = page.to_str().unwrap();
    let trace = corpus("annotate-go1.27");
    let to = scratch("report.html", b"before");
    let output = bundle(&trace, &["--page", page, "-o", to.to_str().unwrap()]);
    assert_eq!(
        (said(&output).as_str(), output.status.code()),
        ("", Some(0))
    );
    assert!(output.stdout.is_empty());
    let written = std::fs::read(&to).unwrap();
    assert!(written.starts_with(BEFORE.as_bytes()) && written.ends_with(AFTER.as_bytes()));
    assert!(!to.with_file_name(".report.html.unfinished").exists());
    let sentence = refusal(&bundle(&trace, &["--page", page, "-o", "/no/dir/x.html"]));
    assert!(
        sentence.starts_with("/no/dir/x.html cannot be written"),
        "{sentence}"
    );
    let copy = scratch("itself.trace", &std::fs::read(&trace).unwrap());
    let sentence = refusal(&bundle(
        &copy,
        &["--page", page, "-o", copy.to_str().unwrap()],
    ));
    assert!(sentence.contains("is the trace"), "{sentence}");
    assert_eq!(
        std::fs::read(&copy).unwrap(),
        std::fs::read(&trace).unwrap()
    );
}

#[test]
fn bad_input_gets_one_sentence() {
    let good = page("page-bad.html");
    let good = good.to_str().unwrap();
    let other = scratch("other.html", b"<!doctype html>");
    let trace = corpus("annotate-go1.27");
    for (trace, page, expect) in [
        (
            trace.as_path(),
            other.to_str().unwrap(),
            "no place for a trace",
        ),
        (trace.as_path(), "/no/such.html", "cannot be read"),
        (other.as_path(), good, "HTML page"),
        (Path::new("/no/such.trace"), good, "cannot be read"),
    ] {
        let sentence = refusal(&bundle(trace, &["--page", page]));
        assert!(sentence.contains(expect), "{sentence}");
    }
    let packed = scratch("packed.html.gz", &gzip(b"<!doctype html>"));
    let sentence = refusal(&bundle(&packed, &["--page", good]));
    assert!(sentence.contains("HTML page"), "{sentence}");
}

#[test]
fn the_real_page_has_one_place_for_a_trace() {
    let index = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../www/index.html");
    let index = std::fs::read_to_string(index).unwrap();
    assert_eq!(index.matches(EMPTY_SLOT).count(), 1);
}
