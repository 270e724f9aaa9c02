//! Go's own table, and every window the slow way.

use super::*;
use crate::utilization::Utilization;

fn function(steps: &[(i64, f64)]) -> UtilizationSeries {
    let step = |&(time, part)| Utilization {
        time: Nanos(time),
        part,
    };
    steps.iter().map(step).collect()
}

/// Equal up to 8 digits, as in Go's test.
fn near(a: f64, b: f64) -> bool {
    let factor = 1.0 - 1e-7;
    a * factor <= b && b * factor <= a
}

const SECOND: i64 = 1_000_000_000;

/// `TestMMU` of `internal/trace/gc_test.go`.
#[test]
fn gos_own_table() {
    let square: Vec<(i64, f64)> = (0..6)
        .map(|i| (i * SECOND, if i % 2 == 0 { 1.0 } else { 0.0 }))
        .collect();
    let mmu = Mmu::new(&[function(&square)]);
    let table: [(i64, f64, &[f64]); 8] = [
        (0, 0.0, &[]),
        (SECOND / 1000, 0.0, &[0.0, 0.0]),
        (SECOND, 0.0, &[0.0, 0.0]),
        (2 * SECOND, 0.5, &[0.5, 0.5]),
        (3 * SECOND, 1.0 / 3.0, &[1.0 / 3.0]),
        (4 * SECOND, 0.5, &[0.5]),
        (5 * SECOND, 3.0 / 5.0, &[3.0 / 5.0]),
        (6 * SECOND, 3.0 / 5.0, &[3.0 / 5.0]),
    ];
    for (window, min, worst) in table {
        let found = mmu.min(Nanos(window));
        assert!(near(min, found), "{window}: expected {min}, found {found}");
        let found = mmu.worst(Nanos(window), 2);
        let parts: Vec<f64> = found.iter().map(|window| window.part).collect();
        assert_eq!(parts, worst, "{window}");
    }
}

/// `mmuSlow` of `internal/trace/gc_test.go`: every window that begins or ends at a step.
fn slow(steps: &[(i64, f64)], window: i64) -> f64 {
    let end = steps[steps.len() - 1].0;
    let window = window.min(end - steps[0].0);
    let mean = |from: i64| {
        let parts = steps.windows(2).map(|pair| {
            let (start, part) = pair[0];
            let overlap = pair[1].0.min(from + window) - start.max(from);
            part * overlap.max(0) as f64
        });
        parts.sum::<f64>() / window as f64
    };
    let edges = steps.iter().flat_map(|&(time, _)| [time, time - window]);
    let edges = edges.filter(|&from| from >= steps[0].0 && from + window <= end);
    edges.map(mean).fold(1.0, f64::min)
}

fn chance(seed: &mut u64, n: u64) -> u64 {
    *seed = seed
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    (*seed >> 33) % n
}

#[test]
fn bands_leave_no_window_out() {
    let mut seed = 5;
    for count in [3, 10, 100, 3000] {
        let mut time = 1_000;
        let mut steps = Vec::new();
        for _ in 0..count {
            steps.push((time, chance(&mut seed, 5) as f64 / 4.0));
            time += 1 + chance(&mut seed, 1_000) as i64;
        }
        steps.push((time, 0.0));
        let whole = Mmu::new(&[function(&steps)]);
        let one_band = Mmu::with_bands(&[function(&steps)], 1);
        for window in [2, 10, 333, 1_000, 5_000, 100_000, i64::MAX] {
            let expected = slow(&steps, window);
            let found = whole.min(Nanos(window));
            assert!(
                near(expected, found),
                "{count} {window}: {expected} {found}"
            );
            assert!(
                near(expected, one_band.min(Nanos(window))),
                "{count} {window}"
            );
            let worst = whole.worst(Nanos(window), 5);
            assert!(near(expected, worst[0].part), "{count} {window}: {worst:?}");
        }
    }
}

#[test]
fn a_curve_ends_where_the_trace_does() {
    // A pause of 10 µs in 100 ms.
    let steps = [
        (0, 1.0),
        (50_000_000, 0.0),
        (50_010_000, 1.0),
        (100_000_000, 0.0),
    ];
    let mmu = Mmu::new(&[function(&steps)]);
    assert_eq!(mmu.bounds(), Some((Nanos(1_000), Nanos(100_000_000))));
    let curve = mmu.curve(true, UtilizationRules::Right);
    assert_eq!(curve.len(), CURVE_POINTS);
    assert_eq!((curve[0].window, curve[0].min), (Nanos(1_000), 0.0));
    let last = curve[CURVE_POINTS - 1];
    assert_eq!(last.window, Nanos(100_000_000));
    assert!(near(last.min, 0.9999));
    assert!(curve.is_sorted_by_key(|point| point.window));
    // Of windows of 1 ms hardly one in a hundred meets the pause.
    let [p999, p99, p95] = mmu
        .point(Nanos(1_000_000), true, UtilizationRules::Right)
        .percentiles
        .unwrap();
    assert!((p999 - 0.99).abs() < 1.0 / 4096.0, "{p999}");
    assert!((p95 - 1.0).abs() < 1.0 / 4096.0, "{p95}");
    assert!(p999 <= p99 && p99 <= p95);
    let as_go = mmu.point(Nanos(1_000_000), true, UtilizationRules::AsGoToolTrace);
    assert_eq!(as_go.percentiles, Some([as_go.min; 3]));
}

#[test]
fn nothing_and_hardly_anything() {
    let none = Mmu::new(&[]);
    assert!(none.is_empty());
    assert_eq!(none.bounds(), None);
    assert_eq!(none.curve(true, UtilizationRules::Right), []);
    assert_eq!(none.worst(Nanos(5), 3), []);
    for steps in [
        &[(0, 1.0)][..],
        &[(7, 1.0), (8, 0.0)],
        &[(i64::MAX - 1, 0.5), (i64::MAX, 0.0)],
    ] {
        let mmu = Mmu::new(&[function(steps)]);
        let curve = mmu.curve(true, UtilizationRules::Right);
        assert!(curve.iter().all(|point| (0.0..=1.0).contains(&point.min)));
        mmu.worst(Nanos(1), 10);
        mmu.worst(Nanos(i64::MAX), 10);
    }
    let far = [(i64::MIN / 2, 1.0), (0, 0.25), (i64::MAX / 2, 0.0)];
    let mmu = Mmu::new(&[function(&far)]);
    assert!(mmu.curve(true, UtilizationRules::Right).len() == CURVE_POINTS);
}
