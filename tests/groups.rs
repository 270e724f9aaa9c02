//! The groups of goroutines of every trace of the corpus have the sums, medians and maxima of every statistic, and the
//! four profiles, that Go 1.27's own functions compute. The goldens come from `testdata/oracle/trace/groups.go`.

use std::fmt::Write as _;

use tracepane_analysis::statistics::{Statistic, spread, statistics};
use tracepane_analysis::{
    Completeness, GoroutineTimes, ProfileKind, Scope, goroutine_times, group_rows, names, profile,
};
use tracepane_model::{GroupIndex, Trace, load};
use tracepane_testkit::data;
use tracepane_testkit::golden::{self, Row};
use tracepane_testkit::hash::fnv;

fn main() {
    tracepane_tests::check_each(data::corpus(), check)
}

const AS_GO: Completeness = Completeness::AsGoToolTrace;

fn check(path: &str) -> Result<(), String> {
    let bytes = data::read(path);
    let trace = load(&bytes[..], Default::default()).map_err(|error| error.to_string())?;
    let expected = golden::of("groups", path);
    let found = groups(&trace);
    if path.contains("truncated") {
        // Go has nothing of it. Here are the whole batches before the cut.
        assert!(expected.starts_with("error: "), "{expected}");
        let has_rows = !found.contains("statistics of groups: 0 rows");
        return has_rows.then_some(()).ok_or(found);
    }
    golden::compare(&expected, &found)
}

fn groups(trace: &Trace) -> String {
    let times = goroutine_times(trace, &Scope::ALL, AS_GO);
    let mut groups: Vec<(&str, GroupIndex)> = group_rows(trace, &times)
        .iter()
        .map(|row| (trace.strings.get(row.name), row.group))
        .collect();
    groups.sort();
    let mut out = String::from("# see oracle/trace/groups.go for the columns\n");
    let rows = groups
        .iter()
        .map(|&(name, group)| statistics_row(trace, &times, name, group))
        .collect();
    golden::compact(&mut out, "statistics of groups", "", rows);
    let rows = groups
        .iter()
        // The tool takes the empty name for all goroutines.
        .filter(|(name, _)| !name.is_empty())
        .flat_map(|&(name, group)| {
            ["net", "sync", "syscall", "sched"]
                .into_iter()
                .filter_map(ProfileKind::from_name)
                .filter_map(move |kind| profile_row(trace, name, group, kind))
        })
        .collect();
    let rows: Vec<Row> = rows;
    if std::env::var_os("DUMP").is_some() {
        for r in &rows {
            eprintln!("{}", r.text);
        }
    }
    golden::compact(&mut out, "profiles of groups", "", rows);
    out
}

fn statistics_row(trace: &Trace, times: &GoroutineTimes, name: &str, group: GroupIndex) -> Row {
    let members = trace.goroutines.members(group);
    let mut running = 0;
    let mut parts = Vec::new();
    for statistic in statistics(members.iter().map(|&g| times.parts(g))) {
        let values = members.iter().map(|&g| statistic.of(times.parts(g)).0);
        let spread = spread(&mut values.collect::<Vec<_>>());
        if statistic == Statistic::Running {
            running = spread.sum.0;
        }
        if spread.sum.0 != 0 {
            let name = go_name(trace, statistic);
            let (sum, median, most) = (spread.sum.0, spread.p50.0, spread.max.0);
            parts.push(format!("{name}={sum} {median} {most}"));
        }
    }
    parts.sort();
    Row {
        weight: running,
        text: format!("{name}\t{}\t{}", members.len(), parts.join(",")),
    }
}

fn go_name(trace: &Trace, statistic: Statistic) -> String {
    match statistic {
        Statistic::Total => "Total".into(),
        Statistic::Running => "Execution time".into(),
        Statistic::Runnable => "Sched wait time".into(),
        Statistic::Syscall => "Syscall execution time".into(),
        Statistic::SyscallBlocked => "Block time (syscall)".into(),
        Statistic::Unknown => "Unknown time".into(),
        Statistic::Wait(reason) => format!("Block time ({})", names::reason(trace, reason)),
        Statistic::Range(kind) => names::range(trace, kind),
    }
}

/// `None` if the profile is empty.
fn profile_row(trace: &Trace, name: &str, group: GroupIndex, kind: ProfileKind) -> Option<Row> {
    let profile = profile(trace, kind, &Scope::group(group), AS_GO);
    let mut lines: Vec<String> = profile
        .rows
        .iter()
        .map(|row| {
            let mut line = format!("{} {}", row.count, row.nanos);
            for &frame in trace.stacks.get(row.stack).iter().take(128) {
                let frame = trace.stacks.frame(frame);
                let (function, file) = (
                    trace.strings.get(frame.function),
                    trace.strings.get(frame.file),
                );
                let _ = write!(line, " {function} {file}:{} {:#x}", frame.line, frame.pc);
            }
            line.push('\n');
            line
        })
        .collect();
    lines.sort();
    (!lines.is_empty()).then(|| Row {
        weight: profile.nanos as i64,
        text: format!(
            "{name}\t{}\t{}\t{}\t{}\t{:016x}",
            kind.name(),
            lines.len(),
            profile.count,
            profile.nanos,
            fnv(lines.concat().as_bytes())
        ),
    })
}
