//! Quantiles against the slow way.

use super::*;

/// The slow way: the exact quantile from all segments, sorted.
fn slow(functions: &[Integral<'_>], window: i64, part: f64) -> f64 {
    let mut segments = Vec::new();
    for function in functions {
        function.each_segment(window, 1.0, |segment| segments.push(segment));
    }
    let total: f64 = segments.iter().map(|segment| segment.mass).sum();
    let below = |value: f64| -> f64 {
        let share = |s: &Segment| {
            if value >= s.high {
                s.mass
            } else if value <= s.low {
                0.0
            } else {
                s.mass * (value - s.low) / (s.high - s.low)
            }
        };
        segments.iter().map(share).sum()
    };
    // The smallest value with enough below it.
    let (mut low, mut high) = (0.0, 1.0);
    if part == 0.0 {
        return segments.iter().fold(1.0, |min, s| s.low.min(min));
    }
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        if below(middle) >= part * total {
            high = middle;
        } else {
            low = middle;
        }
    }
    high
}

fn function(steps: &[(i64, f64)]) -> (Vec<Utilization>, Vec<f64>) {
    let steps: Vec<Utilization> = steps
        .iter()
        .map(|&(time, part)| Utilization {
            time: Nanos(time),
            part,
        })
        .collect();
    let mut sums = vec![0.0];
    for pair in steps.windows(2) {
        let area = pair[0].part * (pair[1].time.0 - pair[0].time.0) as f64;
        sums.push(sums[sums.len() - 1] + area);
    }
    (steps, sums)
}

#[track_caller]
fn check(functions: &[Vec<(i64, f64)>], window: i64) {
    let functions: Vec<_> = functions.iter().map(|steps| function(steps)).collect();
    let integrals: Vec<Integral<'_>> = functions
        .iter()
        .map(|(steps, sums)| Integral { steps, sums })
        .collect();
    let near = |parts: &[f64], found: &[f64], tolerance: f64| {
        for (&part, &found) in parts.iter().zip(found) {
            let expected = slow(&integrals, window, part);
            assert!(
                (found - expected).abs() <= tolerance,
                "window {window}, part {part}: expected {expected}, found {found}"
            );
        }
    };
    let all = [0.0, 0.5, 0.9, 1.0];
    let found = quantiles(&integrals, Nanos(window), all).unwrap();
    near(&all, &found, 1.0 / 4096.0);
    // Small ones are told more exactly.
    let low = [0.001, 0.01, 0.05];
    let found = quantiles(&integrals, Nanos(window), low).unwrap();
    near(&low, &found, 1.0 / 4096.0);
    let highest = slow(&integrals, window, 0.5);
    near(&low, &found, highest.max(0.01) / 4096.0);
}

#[test]
fn quantiles_are_those_of_all_segments() {
    let square: Vec<(i64, f64)> = (0..6)
        .map(|i| (i * 1000, if i % 2 == 0 { 1.0 } else { 0.0 }))
        .collect();
    for window in [1, 10, 500, 999, 1000, 1001, 2000, 3000, 4999] {
        check(std::slice::from_ref(&square), window);
    }
    // Steps by chance, in quarters as of four procs.
    let mut seed = 7u64;
    let mut next = |n: u64| {
        seed = seed
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (seed >> 33) % n
    };
    for _ in 0..20 {
        let mut functions = Vec::new();
        for _ in 0..1 + next(3) {
            let mut time = next(50) as i64;
            let mut steps = Vec::new();
            for _ in 0..2 + next(100) {
                steps.push((time, next(5) as f64 / 4.0));
                time += 1 + next(1000) as i64;
            }
            steps.push((time, 0.0));
            functions.push(steps);
        }
        let longest = functions
            .iter()
            .map(|f| f[f.len() - 1].0 - f[0].0)
            .max()
            .unwrap();
        for window in [1, 7, 100, 1000, longest / 2, longest - 1] {
            if window > 0 && window < longest {
                check(&functions, window);
            }
        }
    }
}

#[test]
fn a_window_as_long_as_the_function_has_no_distribution() {
    let (steps, sums) = function(&[(0, 1.0), (10, 0.0)]);
    let whole = [Integral {
        steps: &steps,
        sums: &sums,
    }];
    assert_eq!(quantiles(&whole, Nanos(10), [0.5]), None);
    assert_eq!(quantiles(&whole, Nanos(0), [0.5]), None);
    assert_eq!(quantiles(&[], Nanos(1), [0.5]), None);
    assert_eq!(quantiles(&whole, Nanos(9), [0.0, 1.0]), Some([1.0, 1.0]));
}
