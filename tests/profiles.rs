//! The four profiles of every trace of the corpus, through the gzip'ed profile.proto and back, equal those of
//! `go tool trace -pprof=TYPE` of Go 1.27: the same stacks, counts and nanoseconds.

use tracepane_analysis::{Completeness, ProfileKind, Scope, profile};
use tracepane_model::{Trace, load};
use tracepane_pprof::Profile;
use tracepane_testkit::data;
use tracepane_testkit::golden::{self, SampleFrame};

fn main() {
    tracepane_tests::check_each(data::corpus(), check)
}

fn check(path: &str) -> Result<(), String> {
    let bytes = data::read(path);
    let trace = load(&bytes[..], Default::default()).map_err(|error| error.to_string())?;
    let expected = golden::of("profiles", path);
    let found = profiles(&trace)?;
    if path.contains("truncated") {
        // Go has no profile of it. Here it is what the whole batches before the cut hold.
        assert!(expected.contains("## sched: error:"), "{expected}");
        let has_rows = !found.contains("## sched: 0 rows");
        return has_rows.then_some(()).ok_or(found);
    }
    golden::compare(&expected, &found)
}

fn profiles(trace: &Trace) -> Result<String, String> {
    let mut out = String::from(
        "# count, ns, hash of the stack's lines `function file:line pc`, depth, leaf and its callers\n",
    );
    for kind in ["net", "sync", "syscall", "sched"] {
        let kind_of = ProfileKind::from_name(kind).ok_or("no such kind")?;
        let bytes =
            profile(trace, kind_of, &Scope::ALL, Completeness::AsGoToolTrace).to_pprof(trace);
        let decoded = Profile::from_gzip(&bytes).map_err(|error| error.to_string())?;
        golden::profile(&mut out, kind, rows(&decoded)?);
    }
    Ok(out)
}

fn rows(profile: &Profile) -> Result<Vec<(u64, i64, golden::Row)>, String> {
    let types = (profile.sample_type.iter())
        .map(|value| (profile.text(value.r#type), profile.text(value.unit)));
    if !types.eq([("contentions", "count"), ("delay", "nanoseconds")]) {
        return Err("other sample types".into());
    }
    let mut rows = Vec::new();
    for sample in &profile.sample {
        let [count, nanos] = sample.value[..] else {
            return Err(format!("{} values", sample.value.len()));
        };
        let mut stack = Vec::new();
        for &id in &sample.location_id {
            let location = profile.location(id).ok_or("no such location")?;
            let [line] = location.line[..] else {
                return Err(format!("{} lines", location.line.len()));
            };
            let function = profile
                .function(line.function_id)
                .ok_or("no such function")?;
            stack.push(SampleFrame {
                function: profile.text(function.name),
                file: profile.text(function.filename),
                line: line.line as u64,
                pc: location.address,
            });
        }
        let row = golden::sample_row(count as u64, nanos, &stack);
        rows.push((count as u64, nanos, row));
    }
    Ok(rows)
}
