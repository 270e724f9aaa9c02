//! The goroutine table and the groups of every trace of the corpus equal those of Go 1.27's `trace.Summarizer` and of
//! the page `/goroutines`, to the nanosecond.

use tracepane_analysis::{Completeness, GoroutineTimes, Scope, goroutine_times, group_rows, names};
use tracepane_model::{GoroutineIndex, Nanos, Trace, load};
use tracepane_testkit::data;
use tracepane_testkit::golden::{self, Row};

fn main() {
    tracepane_tests::check_each(data::corpus(), check)
}

fn check(path: &str) -> Result<(), String> {
    let bytes = data::read(path);
    let trace = load(&bytes[..], Default::default()).map_err(|error| error.to_string())?;
    let expected = golden::of("goroutines", path);
    let found = tables(&trace);
    if path.contains("truncated") {
        // Go shows no goroutine of it. Here are those of the whole batches before the cut.
        assert!(expected.starts_with("error: "), "{expected}");
        let has_rows = !found.contains("## goroutines: 0 rows");
        return has_rows.then_some(()).ok_or(found);
    }
    golden::compare(&expected, &found)
}

fn tables(trace: &Trace) -> String {
    let times = goroutine_times(trace, &Scope::ALL, Completeness::AsGoToolTrace);
    let mut out = String::from(
        "# id, name, creation, start, end, total, execution, scheduling wait, syscall, syscall blocked, block by reason, ranges\n",
    );
    let mut goroutines: Vec<GoroutineIndex> = (0..trace.goroutines.len() as u32)
        .map(GoroutineIndex)
        // The others are only mentioned.
        .filter(|&goroutine| !trace.goroutines.spans(goroutine).is_empty())
        .collect();
    goroutines.sort_by_key(|&goroutine| trace.goroutines.row(goroutine).id);
    let mut totals = [0; 5];
    let mut rows = Vec::new();
    for goroutine in goroutines {
        let columns = columns(&times, goroutine);
        for (total, column) in totals.iter_mut().zip(columns) {
            *total += column;
        }
        rows.push(row(trace, &times, goroutine, columns));
    }
    let totals = totals.map(|total| total.to_string()).join(" ");
    golden::compact(
        &mut out,
        "goroutines",
        &format!(", totals [{totals}]"),
        rows,
    );

    let mut rows: Vec<Row> = group_rows(trace, &times)
        .into_iter()
        .map(|group| Row {
            weight: group.times.running.0,
            text: format!(
                "{}\t{}\t{}",
                trace.strings.get(group.name),
                group.goroutines,
                group.times.running.0
            ),
        })
        .collect();
    rows.sort_by(|a, b| a.text.cmp(&b.text));
    golden::compact(&mut out, "groups", "", rows);
    out
}

fn columns(times: &GoroutineTimes, goroutine: GoroutineIndex) -> [i64; 5] {
    let times = times.times(goroutine);
    [
        times.total.0,
        times.running.0,
        times.runnable.0,
        times.syscall.0,
        times.syscall_blocked.0,
    ]
}

fn row(trace: &Trace, times: &GoroutineTimes, goroutine: GoroutineIndex, columns: [i64; 5]) -> Row {
    let about = trace.goroutines.row(goroutine);
    let absolute = |time: Nanos| trace.clock_start.0 + time.0;
    let waits = (times.waits(goroutine).iter())
        .map(|&(reason, nanos)| format!("{}={}", names::reason(trace, reason), nanos.0));
    let ranges = (times.ranges(goroutine).iter())
        .map(|&(kind, nanos)| format!("{}={}", names::range(trace, kind), nanos.0));
    Row {
        weight: columns[1],
        text: format!(
            "{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}",
            about.id,
            trace.strings.get(about.name),
            absolute(about.created),
            about.first_ran.map_or(0, absolute),
            about.ended.map_or(0, absolute),
            columns.map(|column| column.to_string()).join("\t"),
            sorted(waits),
            sorted(ranges),
        ),
    }
}

fn sorted(parts: impl Iterator<Item = String>) -> String {
    let mut parts: Vec<String> = parts.collect();
    parts.sort();
    parts.join(",")
}
