//! Mutator utilization as the page `/mmu` of Go 1.27 computes it, for every set of its flags: the functions, the curves
//! and the worst windows, bit for bit. True percentiles, which that page lacks, as Go's own distribution has them.

use std::collections::HashMap;
use std::fmt::Write as _;

use tracepane_analysis::{Mmu, UtilizationFlags, UtilizationRules, mmu, utilization};
use tracepane_model::{Nanos, Trace, load};
use tracepane_testkit::hash::fnv;
use tracepane_testkit::{data, golden};

/// Go's distribution and ours sum in different orders, and ours knows a bucket only.
const TOLERANCE: f64 = 1.0 / 4096.0;

fn main() {
    tracepane_tests::check_each(data::corpus(), check)
}

fn check(path: &str) -> Result<(), String> {
    let trace = load(&data::read(path)[..], Default::default()).map_err(|e| e.to_string())?;
    let expected = golden::of("mmu", path);
    if path.contains("truncated") {
        // Go shows nothing of it.
        assert!(expected.starts_with("error: "), "{expected}");
        let functions = utilization(&trace, UtilizationFlags::default(), UtilizationRules::Right);
        let mmu = Mmu::new(&functions);
        let found = mmu.bounds().ok_or("no function")?;
        return (found.1 > found.0)
            .then_some(())
            .ok_or(format!("{found:?}"));
    }
    let mut windows = HashMap::new();
    let mut results = HashMap::new();
    let mut sets = 0;
    let mut current = None;
    for line in expected.lines() {
        if line.starts_with('#') {
            continue;
        }
        if let Some(line) = line.strip_prefix("windows ") {
            let (ends, list) = line.split_once(": ").ok_or("windows without any")?;
            let list: Result<Vec<i64>, _> = list.split(' ').map(str::parse).collect();
            windows.insert(ends.to_string(), list.map_err(|e| e.to_string())?);
            continue;
        }
        if let Some(line) = line.strip_prefix("  ") {
            let mmu = current.as_ref().ok_or("percentiles of nothing")?;
            percentiles(mmu, line)?;
            continue;
        }
        let (names, expected) = line.split_once(' ').ok_or("an empty line")?;
        let expected = match expected.strip_prefix("= ") {
            Some(same) => results.get(same).cloned().ok_or("same as nothing")?,
            None => expected.to_string(),
        };
        results.insert(names.to_string(), expected.clone());
        let functions = utilization(&trace, flags(names), UtilizationRules::AsGoToolTrace);
        let mmu = Mmu::new(&functions);
        sets += 1;
        if expected.starts_with("panic: ") {
            if !mmu.is_empty() {
                return Err(format!(
                    "{names}: Go has no function, here are {}",
                    functions.len()
                ));
            }
            continue;
        }
        let found = result(&trace, &functions, &mmu, &windows)?;
        if found != expected {
            return Err(format!("{names}:\n expected {expected}\n found    {found}"));
        }
        current = Some(mmu);
    }
    if sets == 32 {
        Ok(())
    } else {
        Err(format!("{sets} sets of flags, of 32"))
    }
}

fn flags(names: &str) -> UtilizationFlags {
    let has = |wanted| names.split('|').any(|name| name == wanted);
    UtilizationFlags {
        stw: has("stw"),
        background: has("background"),
        assist: has("assist"),
        sweep: has("sweep"),
        per_proc: has("perProc"),
    }
}

fn result(
    trace: &Trace,
    functions: &[Vec<tracepane_analysis::Utilization>],
    mmu: &Mmu,
    windows: &HashMap<String, Vec<i64>>,
) -> Result<String, String> {
    let absolute = |time: Nanos| trace.clock_start.0 + time.0;
    let mut text = String::new();
    for steps in functions {
        let _ = writeln!(text, "{}", steps.len());
        for step in steps {
            let _ = writeln!(text, "{} {:016x}", absolute(step.time), step.part.to_bits());
        }
    }
    let points: usize = functions.iter().map(Vec::len).sum();
    let mut found = format!("{} {points} {:016x}", functions.len(), fnv(text.as_bytes()));

    let (first, last) = mmu.bounds().ok_or("no function")?;
    let windows = (windows.get(&format!("{} {}", first.0, last.0)))
        .ok_or_else(|| format!("{found}, but Go has no curve from {first:?} to {last:?}"))?;
    let ours: Vec<Nanos> = mmu::windows(first, last).collect();
    let near = |(a, b): (&i64, &Nanos)| (a - b.0).abs() <= 1;
    if ours.len() != windows.len() || !windows.iter().zip(&ours).all(near) {
        return Err(format!("windows:\n expected {windows:?}\n found {ours:?}"));
    }
    let (mut curve, mut with_percentiles) = (String::new(), String::new());
    for &window in windows {
        let point = mmu.point(Nanos(window), true, UtilizationRules::AsGoToolTrace);
        let [p999, p99, p95] = point.percentiles.ok_or("no percentiles")?;
        let _ = writeln!(curve, "{:016x}", point.min.to_bits());
        for part in [point.min, p999, p99, p95] {
            let _ = writeln!(with_percentiles, "{:016x}", part.to_bits());
        }
    }
    let _ = write!(
        found,
        "; {:016x}; {:016x}",
        fnv(curve.as_bytes()),
        fnv(with_percentiles.as_bytes())
    );
    for place in [20, 50, 80] {
        let worst = mmu.worst(Nanos(windows[place]), mmu::WORST_WINDOWS);
        let mut text = String::new();
        for window in &worst {
            let _ = writeln!(
                text,
                "{} {:016x}",
                absolute(window.time),
                window.part.to_bits()
            );
        }
        let _ = write!(
            found,
            "; {place} {} {:016x}",
            worst.len(),
            fnv(text.as_bytes())
        );
    }
    Ok(found)
}

/// `line`: a window, and its p99.9, p99, p95 and p55 in brackets.
fn percentiles(mmu: &Mmu, line: &str) -> Result<(), String> {
    let numbers: Result<Vec<f64>, _> = line
        .split([' ', '[', ']'])
        .filter(|number| !number.is_empty())
        .map(str::parse)
        .collect();
    let [window, p999, p99, p95, p55] = numbers.map_err(|e| e.to_string())?[..] else {
        return Err(format!("percentiles: {line}"));
    };
    let parts = [1.0 - 0.999, 1.0 - 0.99, 1.0 - 0.95, 0.45];
    let found = mmu.quantiles(Nanos(window as i64), parts);
    let found = found.ok_or("no distribution")?;
    for (expected, found) in [p999, p99, p95, p55].into_iter().zip(found) {
        if (expected - found).abs() > TOLERANCE {
            return Err(format!("percentiles: expected {line}\n found {found:?}"));
        }
    }
    Ok(())
}
