//! What a goroutine waited for: its waits by reason and stack, the longest in all first.

use rustc_hash::FxHashMap;
use tracepane_model::sorting::sort_by_numbers;
use tracepane_model::{GoroutineIndex, Nanos, ReasonId, SpanIndex, SpanState, StackRef, Trace};

use crate::profiles::found_since;
use crate::scope::{TimeRange, touches};
use crate::sum;

/// The waits of a goroutine in one place of its code.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct WaitPlace {
    /// Waiting, runnable, or in a system call; one that loses its proc is one call still.
    pub state: SpanState,
    /// Why.
    pub reason: ReasonId,
    /// Where: the goroutine's own stack; of a scheduling wait the waker's or creator's.
    pub stack: StackRef,
    /// How many waits.
    pub count: u64,
    /// How long in all.
    pub nanos: Nanos,
    /// The longest of them.
    pub longest: SpanIndex,
    /// How long that was.
    pub longest_nanos: Nanos,
}

/// Where a goroutine waited, longest in all first: all waits, also unfinished ones and those that were going on when
/// the trace began. Only what lies in the part of time counts.
pub fn wait_places(trace: &Trace, goroutine: GoroutineIndex, time: TimeRange) -> Vec<WaitPlace> {
    let mut places: Vec<WaitPlace> = Vec::new();
    let mut known: FxHashMap<(SpanState, ReasonId, StackRef), usize> = FxHashMap::default();
    let spans = trace.goroutines.spans(goroutine);
    let state_at = |place: usize| {
        spans
            .get(place)
            .map(|&span| call(trace.spans.kind(SpanIndex(span)).state()))
    };
    let mut place = 0;
    while let Some(&span) = spans.get(place) {
        let span = SpanIndex(span);
        let kind = trace.spans.kind(span);
        let state = call(kind.state());
        let first = place;
        place += 1;
        if !matches!(
            state,
            SpanState::Waiting | SpanState::Runnable | SpanState::Syscall
        ) {
            continue;
        }
        if state == SpanState::Syscall {
            while state_at(place) == Some(SpanState::Syscall) {
                place += 1;
            }
        }
        let since = match kind.was_going_on() && first == 0 {
            true => found_since(trace, trace.spans.start(span)),
            false => trace.spans.start(span),
        };
        let end = trace.span_end_at(goroutine, place - 1);
        let nanos = Nanos(time.overlap(since, end));
        if nanos.0 == 0 && !touches(time, since, end) {
            continue;
        }
        let key = (state, kind.reason(), trace.spans.stack(span));
        let at = *known.entry(key).or_insert_with(|| {
            places.push(WaitPlace {
                state,
                reason: kind.reason(),
                stack: key.2,
                count: 0,
                nanos: Nanos(0),
                longest: span,
                longest_nanos: Nanos(-1),
            });
            places.len() - 1
        });
        let found = &mut places[at];
        found.count += 1;
        sum::add(&mut found.nanos, nanos.0);
        if nanos > found.longest_nanos {
            found.longest = span;
            found.longest_nanos = nanos;
        }
    }
    sort_by_numbers(&mut places, |found| {
        [!found.nanos.0, found.longest.0.into()]
    });
    places
}

/// A call that lost its proc is a call.
fn call(state: SpanState) -> SpanState {
    match state {
        SpanState::SyscallBlocked => SpanState::Syscall,
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use tracepane_wire::GoroutineState;

    use super::*;
    use crate::names;
    use crate::script::{NOBODY, Script, g};

    #[test]
    fn waits_are_summed_by_place() {
        let mut t = Script::new();
        t.found(1, 1, GoroutineState::Running, "a<main.a");
        t.block(10, 1, "select", "a<main.a");
        t.wake(30, NOBODY, 1, "");
        t.run(31, 1);
        t.block(40, 1, "select", "a<main.a");
        t.wake(90, NOBODY, 1, "");
        t.run(90, 1);
        t.syscall(100, 1, "c<main.c");
        t.lose_proc(110, 1);
        t.return_blocked(160, 1);
        t.run(160, 1);
        t.block(170, 1, "chan receive", "b<main.b");
        let trace = t.finish(180);
        let found: Vec<_> = wait_places(&trace, g(1), TimeRange::ALL)
            .iter()
            .map(|place| {
                let reason = names::reason(&trace, place.reason).to_owned();
                (
                    place.state,
                    reason,
                    place.count,
                    place.nanos.0,
                    place.longest_nanos.0,
                )
            })
            .collect();
        let wait = |state, reason: &str, count, nanos, longest| {
            (state, reason.to_owned(), count, nanos, longest)
        };
        assert_eq!(
            found,
            [
                wait(SpanState::Waiting, "select", 2, 70, 50),
                wait(SpanState::Syscall, "", 1, 60, 60),
                wait(SpanState::Waiting, "chan receive", 1, 10, 10),
                wait(SpanState::Runnable, "", 3, 1, 1),
            ]
        );
    }
}
