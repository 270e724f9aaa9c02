//! Who unblocked a goroutine, who unblocked those, and so on: the goroutines of its view.

use tracepane_model::sorting::{largest_first, sort_by_numbers};
use tracepane_model::{Cause, GoroutineIndex, SpanIndex, SpanState, Trace};

/// No view goes further back than this.
pub const MAX_DEPTH: u32 = 99;

/// The depth at which a goroutine's view opens: that of `go tool trace` (`RelatedGoroutinesV2` in
/// `internal/trace/summary.go`).
pub const DEPTH: u32 = 2;

/// A goroutine that unblocked another one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Unblocker {
    /// Which.
    pub goroutine: GoroutineIndex,
    /// Over how many wake-ups it leads to the goroutine that was asked about: 0 for that one itself.
    pub distance: u32,
    /// How often it unblocked goroutines that are one nearer.
    pub wakes: u32,
}

/// The goroutine itself, then those that unblocked it, up to `depth` wake-ups away: nearest first, at the same
/// distance those that did it most often.
///
/// A wake-up counts if it ended a wait: neither a creation nor the return from a system call does.
pub fn unblockers(trace: &Trace, goroutine: GoroutineIndex, depth: u32) -> Vec<Unblocker> {
    let goroutines = &trace.goroutines;
    if goroutine.0 as usize >= goroutines.len() {
        return Vec::new();
    }
    const UNSEEN: u32 = u32::MAX;
    let mut distances = vec![UNSEEN; goroutines.len()];
    distances[goroutine.0 as usize] = 0;
    let mut found = vec![Unblocker {
        goroutine,
        distance: 0,
        wakes: 0,
    }];
    let mut wakes = vec![0u32; goroutines.len()];
    let mut nearer = 0..1;
    for distance in 1..=depth.min(MAX_DEPTH) {
        let first = found.len();
        for i in nearer {
            for by in wakers(trace, found[i].goroutine) {
                let Some(known) = distances.get_mut(by.0 as usize) else {
                    continue;
                };
                if *known == UNSEEN {
                    *known = distance;
                    found.push(Unblocker {
                        goroutine: by,
                        distance,
                        wakes: 0,
                    });
                }
                if *known == distance {
                    let count = &mut wakes[by.0 as usize];
                    *count = count.saturating_add(1);
                }
            }
        }
        if found.len() == first {
            break;
        }
        let new = &mut found[first..];
        for unblocker in new.iter_mut() {
            unblocker.wakes = wakes[unblocker.goroutine.0 as usize];
        }
        sort_by_numbers(new, |u| {
            [
                largest_first(u.wakes.into()),
                goroutines.row(u.goroutine).id.0,
            ]
        });
        nearer = first..found.len();
    }
    found
}

/// The goroutines that ended a goroutine's waits, wait by wait.
fn wakers(trace: &Trace, goroutine: GoroutineIndex) -> impl Iterator<Item = GoroutineIndex> + '_ {
    let spans = &trace.spans;
    let rows = trace.goroutines.spans(goroutine);
    rows.windows(2).filter_map(move |pair| {
        let [before, after] = [pair[0], pair[1]].map(SpanIndex);
        if spans.kind(after).state() != SpanState::Runnable
            || spans.kind(before).state() != SpanState::Waiting
        {
            return None;
        }
        match spans.cause(after) {
            Cause::Goroutine(by) => Some(by),
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use tracepane_wire::GoroutineState as G;

    use super::*;
    use crate::program::Program;

    const NOBODY: u32 = u32::MAX;

    /// 3 wakes 2 once, 4 wakes 2 twice, 2 wakes 1, 1 wakes 0; 0 wakes 3; 5 only creates 0.
    fn chain() -> Trace {
        let mut p = Program::new(7, 1);
        p.create(NOBODY, 5, "main.creator")
            .run(5, 0)
            .create(5, 0, "main.asked");
        p.at(1).stop(5, G::NotExist, "");
        for g in [1, 2, 3, 4, 6] {
            p.create(NOBODY, g, "main.other");
        }
        let mut time = 10;
        let mut wake = |by: u32, whom: u32| {
            p.at(time).run(whom, 0);
            p.at(time + 1)
                .stop(whom, G::Waiting, "chan receive")
                .run(by, 0);
            p.at(time + 2)
                .wake(by, whom)
                .stop(by, G::Runnable, "preempted");
            time += 10;
        };
        wake(1, 0);
        wake(2, 1);
        wake(3, 2);
        wake(4, 2);
        wake(4, 2);
        wake(0, 3);
        p.finish(1000)
    }

    fn check(depth: u32, expected: &[(u32, u32, u32)]) {
        let found: Vec<_> = unblockers(&chain(), GoroutineIndex(0), depth)
            .into_iter()
            .map(|u| (u.goroutine.0, u.distance, u.wakes))
            .collect();
        assert_eq!(found, expected, "depth {depth}");
    }

    #[test]
    fn each_depth_goes_one_wake_further_back() {
        check(0, &[(0, 0, 0)]);
        check(1, &[(0, 0, 0), (1, 1, 1)]);
        check(2, &[(0, 0, 0), (1, 1, 1), (2, 2, 1)]);
        let all = [(0, 0, 0), (1, 1, 1), (2, 2, 1), (4, 3, 2), (3, 3, 1)];
        check(3, &all);
        // Who woke 3 is known already: there is nobody further away.
        check(MAX_DEPTH, &all);
        check(u32::MAX, &all);
    }

    #[test]
    fn a_goroutine_that_is_not_there_has_nobody() {
        assert_eq!(unblockers(&chain(), GoroutineIndex(99), 3), []);
        assert_eq!(unblockers(&Trace::default(), GoroutineIndex::NONE, 3), []);
    }
}
