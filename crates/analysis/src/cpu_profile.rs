//! The samples of a CPU profile that ran beside the trace, by stack.
//!
//! A trace has one event for each sample, but says nowhere how many there were in a second. Go's default is a hundred
//! (`runtime/pprof.StartCPUProfile`), and hardly anybody changes it; so each sample stands for 10 ms here.

use tracepane_model::sample::Sample;
use tracepane_model::{Nanos, Trace};
use tracepane_pprof::Measure;

use crate::intervals::Intervals;
use crate::profiles::{Completeness, Profile, ProfileKind, from_sums};
use crate::same_stacks::SameStacks;
use crate::scope::{GoroutineScope, Scope, TimeRange};

/// How much time a sample stands for: Go's default rate, as the trace has none.
pub const SAMPLE: Nanos = Nanos(10_000_000);

/// The CPU profile of a scope: how many samples each stack has, and how much time they stand for. Samples outside of any
/// goroutine (in the scheduler, in the garbage collector's own stacks) count only where all goroutines are meant.
pub fn cpu_profile(trace: &Trace, scope: &Scope) -> Profile {
    let window = scope.time.unwrap_or(TimeRange::ALL);
    let all = scope.goroutines == GoroutineScope::All;
    count(trace, |sample| {
        window.contains(sample.time) && (all || scope.has(trace, sample.goroutine))
    })
}

/// The CPU profile of what goroutines did in stretches of time.
pub fn cpu_profile_within(trace: &Trace, intervals: &Intervals) -> Profile {
    let mut cursors = intervals.cursors(trace);
    count(trace, |sample| {
        let Some(goroutine) = sample.goroutine.get() else {
            return false;
        };
        let until = Nanos(sample.time.0.saturating_add(1));
        cursors.overlap(goroutine, sample.time, until) > 0
    })
}

fn count(trace: &Trace, mut wanted: impl FnMut(&Sample) -> bool) -> Profile {
    let mut same = SameStacks::new(&trace.stacks);
    let mut sums = vec![(0, 0); trace.stacks.len().max(1)];
    for (i, sample) in trace.samples.iter().enumerate() {
        if wanted(&sample)
            && let Some((count, nanos)) =
                sums.get_mut(same.count(sample.stack, i as u32).0 as usize)
        {
            *count += 1;
            *nanos += SAMPLE.0 as u64;
        }
    }
    // Samples are always complete.
    from_sums(ProfileKind::Cpu, Completeness::AsGoToolTrace, &same, &sums)
}

/// What the pprof file says of itself.
pub(crate) fn measure(trace: &Trace) -> Measure {
    Measure::Cpu {
        period: SAMPLE.0,
        duration: trace.end.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intervals::Overlaps;
    use crate::script::{NOBODY, Script, g};
    use tracepane_wire::GoroutineState;

    #[test]
    fn samples_are_counted_by_stack_and_scope() {
        let mut s = Script::new();
        s.found(0, 1, GoroutineState::Running, "a<main.a");
        s.found(0, 2, GoroutineState::Running, "b<main.b");
        s.sample(10, 1, "a<main.a");
        s.sample(20, 1, "a<main.a");
        s.sample(25, 2, "b<main.b");
        s.sample(30, NOBODY, "c<main.c");
        s.sample(35, 1, "c<main.c");
        let trace = s.finish(100);
        let counts = |profile: &Profile| -> Vec<(u64, u64)> {
            let rows = profile.rows.iter();
            rows.map(|row| (row.count, row.nanos)).collect()
        };
        let all = cpu_profile(&trace, &Scope::ALL);
        assert_eq!(
            (all.kind, all.count, all.nanos),
            (ProfileKind::Cpu, 5, 50_000_000)
        );
        assert_eq!(
            counts(&all),
            [(2, 20_000_000), (2, 20_000_000), (1, 10_000_000)]
        );
        assert_eq!(cpu_profile(&trace, &Scope::goroutine(g(1))).count, 3);
        let group = trace.goroutines.row(g(2)).group;
        assert_eq!(cpu_profile(&trace, &Scope::group(group)).count, 1);
        let time = TimeRange {
            start: Nanos(20),
            end: Nanos(30),
        };
        let some_time = Scope {
            time: Some(time),
            ..Scope::ALL
        };
        assert_eq!(cpu_profile(&trace, &some_time).count, 2);
        let intervals = Intervals::new(vec![(g(1), time)], Overlaps::Joined);
        assert_eq!(cpu_profile_within(&trace, &intervals).count, 1);
        assert_eq!(
            cpu_profile(&trace, &Scope::ALL).file_name("x.trace", None),
            "x.cpu.pb.gz"
        );
    }
}
