//! Jumps: from what is selected to the next of its kind, to where its goroutine ran next, to what brought it about and
//! to what it brought about.

use tracepane_model::{
    Cause, GoroutineIndex, Nanos, RangeKind, RangeRow, RangeScope, SpanIndex, SpanState, Trace,
};

use crate::flows::{Flow, span_at, wake, wake_before};
use crate::hit::Hit;
use crate::lanes::LaneKind;
use crate::levels::Levels;

/// No more rows of the span table than this are searched for one jump: about a twentieth of a second.
const MAX_SEARCHED: u32 = 1 << 24;

/// Where to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Jump {
    /// The next span (or region, range, log, sample) of the same kind in the same lane.
    SameKind {
        /// Later, or earlier.
        forward: bool,
    },
    /// Where the same goroutine ran next, on whichever proc.
    SameGoroutine {
        /// Later, or earlier.
        forward: bool,
    },
    /// What brought it about.
    Cause,
    /// Whom it created or unblocked next.
    Effect,
}

/// Why there is nowhere to jump to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum NoJump {
    /// Nothing before it, or after it, is of its kind.
    NoneLeft,
    /// The goroutine did not run before, or after.
    NeverRan,
    /// The runtime brought it about: the network, a timer.
    ByRuntime,
    /// The trace does not say who brought it about.
    Unknown,
    /// It brought nothing about any more.
    NoEffect,
    /// It has no goroutine.
    NoGoroutine,
    /// There may be one, but it is too far off to be searched for.
    TooFar,
}

/// Jumps from `from`.
///
/// # Errors
/// Why there is nowhere to jump to.
pub fn jump(trace: &Trace, levels: &Levels, from: Hit, to: Jump) -> Result<Hit, NoJump> {
    match to {
        Jump::SameKind { forward } => same_kind(trace, levels, from, forward),
        Jump::SameGoroutine { forward } => same_goroutine(trace, from, forward),
        Jump::Cause => cause(trace, from),
        Jump::Effect => effect(trace, from),
    }
}

/// The span that is meant by something: itself, or what its goroutine did then.
fn span_of(trace: &Trace, hit: Hit) -> Result<SpanIndex, NoJump> {
    let at = |goroutine: GoroutineIndex, time: Nanos| {
        let known = goroutine.get().is_some_and(|i| i < trace.goroutines.len());
        if !known {
            return Err(NoJump::NoGoroutine);
        }
        span_at(trace, goroutine, time)
            .or_else(|| {
                let first = trace.goroutines.spans(goroutine).first();
                first.map(|&row| SpanIndex(row))
            })
            .ok_or(NoJump::NoGoroutine)
    };
    match hit {
        Hit::Span(span) | Hit::ProcSpan { span, .. } | Hit::ThreadSpan { span, .. } => {
            let known = (span.0 as usize) < trace.spans.len();
            known.then_some(span).ok_or(NoJump::NoGoroutine)
        }
        Hit::Range(row) => {
            let range = trace.ranges.rows.get(row as usize);
            match range.map(|range| (range.scope, range.start)) {
                Some((RangeScope::Goroutine(goroutine), start)) => at(goroutine, start),
                _ => Err(NoJump::NoGoroutine),
            }
        }
        Hit::Region(row) => {
            let region = trace.regions.get(row as usize).ok_or(NoJump::NoGoroutine)?;
            at(region.goroutine, region.start.unwrap_or(Nanos(0)))
        }
        Hit::Log(row) => {
            let log = trace.logs.get(row as usize).ok_or(NoJump::NoGoroutine)?;
            at(log.goroutine, log.time)
        }
        Hit::Sample(row) => {
            let sample = trace.samples.get(row as usize).ok_or(NoJump::NoGoroutine)?;
            at(sample.goroutine, sample.time)
        }
        Hit::Lane(LaneKind::Goroutine(goroutine)) => at(goroutine, Nanos(0)),
        _ => Err(NoJump::NoGoroutine),
    }
}

fn same_kind(trace: &Trace, levels: &Levels, from: Hit, forward: bool) -> Result<Hit, NoJump> {
    match from {
        Hit::Range(row) => same_range(trace, row, forward).map(Hit::Range),
        Hit::Region(row) => {
            let region = trace.regions.get(row as usize).ok_or(NoJump::NoneLeft)?;
            let own = (region.start, row);
            // They are sorted by depth: the nearest in time is searched for.
            let rows = levels.regions.of(region.goroutine.0 as usize).iter();
            let alike = rows.filter_map(|&row| {
                let other = trace.regions.at(row as usize);
                let key = (other.start, row);
                let after = if forward { key > own } else { key < own };
                (other.name == region.name && after).then_some(key)
            });
            let nearest = if forward { alike.min() } else { alike.max() };
            nearest
                .map(|(_, row)| Hit::Region(row))
                .ok_or(NoJump::NoneLeft)
        }
        Hit::Log(row) => {
            let log = trace.logs.get(row as usize).ok_or(NoJump::NoneLeft)?;
            let rows = levels.logs.of(log.goroutine.0 as usize);
            neighbour(rows, row, forward).map(Hit::Log)
        }
        Hit::Sample(row) => {
            let sample = trace.samples.get(row as usize).ok_or(NoJump::NoneLeft)?;
            let rows = levels.samples.of(sample.goroutine.0 as usize);
            neighbour(rows, row, forward).map(Hit::Sample)
        }
        from => {
            let span = span_of(trace, from)?;
            let kind = trace.spans.kind(span);
            next_span(trace, span, forward, |other| {
                let other = trace.spans.kind(other);
                (other.state(), other.reason()) == (kind.state(), kind.reason())
            })
            .map(Hit::Span)
            .ok_or(NoJump::NoneLeft)
        }
    }
}

/// The row before or after `row` in a list of rows in order.
fn neighbour(rows: &[u32], row: u32, forward: bool) -> Result<u32, NoJump> {
    let found = match forward {
        true => rows.get(rows.partition_point(|&r| r <= row)),
        false => rows[..rows.partition_point(|&r| r < row)].last(),
    };
    found.copied().ok_or(NoJump::NoneLeft)
}

/// The next GC phase, pause, sweep or assist of the same kind, where it has a lane of its own in that.
fn same_range(trace: &Trace, row: u32, forward: bool) -> Result<u32, NoJump> {
    let all = &trace.ranges;
    let range = all.rows.get(row as usize).ok_or(NoJump::NoneLeft)?;
    match range.kind {
        RangeKind::GcMark => return neighbour(&all.gc_marks, row, forward),
        RangeKind::StopTheWorld(_) => return neighbour(&all.stop_the_world, row, forward),
        RangeKind::GcSweep | RangeKind::GcMarkAssist => {}
    }
    let alike = |other: u32| {
        let other = all.rows.at(other as usize);
        let same = |other: &RangeRow| other.kind == range.kind && other.scope == range.scope;
        same(&other)
    };
    let most = MAX_SEARCHED as usize;
    let found = match forward {
        true => (row + 1..all.rows.len() as u32)
            .take(most)
            .find(|&r| alike(r)),
        false => (0..row).rev().take(most).find(|&r| alike(r)),
    };
    found.ok_or(NoJump::NoneLeft)
}

/// The goroutine's next span that fits, later or earlier.
fn next_span(
    trace: &Trace,
    span: SpanIndex,
    forward: bool,
    fits: impl Fn(SpanIndex) -> bool,
) -> Option<SpanIndex> {
    let goroutine = trace.spans.goroutine(span);
    let rows = trace.goroutines.spans(goroutine);
    let place = trace.goroutines.place_of(goroutine, span)?;
    let mut spans = rows.iter().map(|&row| SpanIndex(row));
    match forward {
        true => spans.skip(place + 1).find(|&span| fits(span)),
        false => spans.nth(place).and_then(|_| {
            let before = rows[..place].iter().rev().map(|&row| SpanIndex(row));
            before.into_iter().find(|&span| fits(span))
        }),
    }
}

fn same_goroutine(trace: &Trace, from: Hit, forward: bool) -> Result<Hit, NoJump> {
    let span = span_of(trace, from)?;
    next_span(trace, span, forward, |other| {
        matches!(
            trace.spans.kind(other).state(),
            SpanState::Running | SpanState::Syscall
        )
    })
    .map(Hit::Span)
    .ok_or(NoJump::NeverRan)
}

/// Of a wait who ended it; of a run or a wait to run the one that made it runnable. Where the goroutine only went on
/// (it was preempted, or came back from a system call) what came before.
fn cause(trace: &Trace, from: Hit) -> Result<Hit, NoJump> {
    if let Hit::Task(task) = from {
        let parent = crate::flows::parent_of(trace, task);
        return parent.map(Hit::Task).ok_or(NoJump::Unknown);
    }
    let mut span = span_of(trace, from)?;
    // Each step goes back in time.
    for _ in 0..MAX_SEARCHED {
        if let Some(found) = wake_before(trace, span) {
            let Some(wake) = wake(trace, found) else {
                return Err(NoJump::Unknown);
            };
            if !wake.by.is_some() {
                return Err(match wake.kind {
                    crate::flows::FlowKind::ByRuntime => NoJump::ByRuntime,
                    _ => NoJump::Unknown,
                });
            }
            let by = span_at(trace, wake.by, wake.time);
            return by.map(Hit::Span).ok_or(NoJump::Unknown);
        }
        // A wait that nobody ended is the cause of nothing but itself.
        if trace.spans.kind(span).state() == SpanState::Waiting {
            return Err(NoJump::Unknown);
        }
        let before = next_span(trace, span, false, |_| true);
        match before.filter(|&before| trace.spans.kind(before).state() != SpanState::Dead) {
            // What it waited for, or what it ran after: that span's own cause.
            Some(before) if trace.spans.kind(before).state() == SpanState::Waiting => {
                return Err(NoJump::Unknown);
            }
            Some(before) => span = before,
            None => return Err(NoJump::Unknown),
        }
    }
    Err(NoJump::TooFar)
}

/// Whom the goroutine created or unblocked first from there on; of a task the first one below it.
fn effect(trace: &Trace, from: Hit) -> Result<Hit, NoJump> {
    if let Hit::Task(_) = from {
        let flows = crate::flows::of(trace, from);
        return flows.list[flows.into..]
            .iter()
            .find_map(|flow| match *flow {
                Flow::Subtask { task, .. } => Some(Hit::Task(task)),
                Flow::Wake(_) => None,
            })
            .ok_or(NoJump::NoEffect);
    }
    let span = span_of(trace, from)?;
    let goroutine = trace.spans.goroutine(span);
    let first = span.0 + 1;
    let last = (trace.spans.len() as u32).min(first.saturating_add(MAX_SEARCHED));
    (first..last)
        .map(SpanIndex)
        .find(|&row| {
            trace.spans.cause(row) == Cause::Goroutine(goroutine)
                && trace.spans.goroutine(row) != goroutine
                && wake(trace, row).is_some()
        })
        .map(Hit::Span)
        .ok_or(match (last as usize) < trace.spans.len() {
            true => NoJump::TooFar,
            false => NoJump::NoEffect,
        })
}

#[cfg(test)]
mod tests {
    use tracepane_wire::GoroutineState as G;

    use super::*;
    use crate::program::Program;

    const NOBODY: u32 = u32::MAX;

    /// main (0) creates and unblocks a worker (1), which unblocks another (2), which the network wakes at last.
    fn trace() -> Trace {
        let mut p = Program::new(3, 2);
        p.proc(0, true).proc(1, true);
        p.create(NOBODY, 0, "main.main").run(0, 0);
        p.at(10).create(0, 1, "main.worker");
        p.at(15).create(0, 2, "main.other");
        p.at(20).run(1, 1);
        p.at(30).stop(1, G::Waiting, "chan receive");
        p.at(32).run(2, 1);
        p.at(35).stop(2, G::Waiting, "sync");
        p.at(40).wake(0, 1);
        p.at(50).run(1, 1);
        p.at(55).wake(1, 2);
        p.at(60).stop(1, G::Waiting, "chan receive");
        p.at(62).run(2, 1);
        p.at(65).stop(2, G::Waiting, "network");
        p.at(70).wake(NOBODY, 2);
        p.at(75).run(2, 1);
        p.finish(100)
    }

    fn span(trace: &Trace, g: u32, place: usize) -> Hit {
        let rows = trace.goroutines.spans(GoroutineIndex(g));
        Hit::Span(SpanIndex(rows[place]))
    }

    #[test]
    fn the_next_of_the_same_kind_has_the_same_reason() {
        let trace = trace();
        let levels = Levels::build(&trace);
        // Runnable, running, waiting, runnable, running, waiting.
        let worker = |place| span(&trace, 1, place);
        let to = |from, forward| jump(&trace, &levels, from, Jump::SameKind { forward });
        assert_eq!(to(worker(2), true), Ok(worker(5)));
        assert_eq!(to(worker(5), true), Err(NoJump::NoneLeft));
        assert_eq!(to(worker(5), false), Ok(worker(2)));
        assert_eq!(to(worker(4), false), Ok(worker(1)));
        // The other's waits have different reasons.
        assert_eq!(to(span(&trace, 2, 2), true), Err(NoJump::NoneLeft));
        // From a whole lane, from its first span on.
        let lane = Hit::Lane(LaneKind::Goroutine(GoroutineIndex(1)));
        assert_eq!(to(lane, true), Ok(worker(3)));
        assert_eq!(to(Hit::Ruler, true), Err(NoJump::NoGoroutine));
        assert_eq!(
            to(Hit::Span(SpanIndex(9999)), true),
            Err(NoJump::NoGoroutine)
        );
    }

    #[test]
    fn a_goroutine_is_followed_to_where_it_runs_next() {
        let trace = trace();
        let levels = Levels::build(&trace);
        let worker = |place| span(&trace, 1, place);
        let to = |from, forward| jump(&trace, &levels, from, Jump::SameGoroutine { forward });
        assert_eq!(to(worker(1), true), Ok(worker(4)));
        assert_eq!(to(worker(2), true), Ok(worker(4)));
        assert_eq!(to(worker(4), false), Ok(worker(1)));
        assert_eq!(to(worker(4), true), Err(NoJump::NeverRan));
    }

    #[test]
    fn causes_are_followed_again_and_again_and_effects_the_other_way() {
        let trace = trace();
        let levels = Levels::build(&trace);
        let cause = |from| jump(&trace, &levels, from, Jump::Cause);
        let effect = |from| jump(&trace, &levels, from, Jump::Effect);
        // The other's wait for a lock was ended by the worker, whose wait was ended by main.
        let lock = span(&trace, 2, 2);
        let by_worker = cause(lock).expect("a cause");
        assert_eq!(by_worker, span(&trace, 1, 4));
        let by_main = cause(by_worker).expect("a cause");
        assert_eq!(by_main, span(&trace, 0, 1));
        // Nobody is known to have created main.
        assert_eq!(cause(by_main), Err(NoJump::Unknown));
        assert_eq!(cause(span(&trace, 2, 5)), Err(NoJump::ByRuntime));
        // And back: main creates the worker first, who unblocks the other, who unblocks nobody.
        let created = effect(by_main).expect("an effect");
        assert_eq!(created, span(&trace, 1, 0));
        let unblocked = effect(created).expect("an effect");
        assert_eq!(unblocked, span(&trace, 2, 3));
        assert_eq!(effect(unblocked), Err(NoJump::NoEffect));
    }

    #[test]
    fn regions_and_logs_have_neighbours_of_their_own() {
        let mut p = Program::new(1, 1);
        p.proc(0, true).create(NOBODY, 0, "main.main").run(0, 0);
        for i in 0..3 {
            p.at(10 + i * 20).region_of(0, true, 0, "a");
            p.at(12 + i * 20)
                .region_of(0, true, 0, "b")
                .log(0, 0, "", "m");
            p.at(14 + i * 20).region_of(0, false, 0, "b");
            p.at(18 + i * 20).region_of(0, false, 0, "a");
        }
        let trace = p.finish(100);
        let levels = Levels::build(&trace);
        let to = |from, forward| jump(&trace, &levels, from, Jump::SameKind { forward });
        let of = |name: &str| -> Vec<u32> {
            (0..trace.regions.len() as u32)
                .filter(|&row| trace.strings.get(trace.regions.at(row as usize).name) == name)
                .collect()
        };
        let (a, b) = (of("a"), of("b"));
        assert_eq!(to(Hit::Region(a[0]), true), Ok(Hit::Region(a[1])));
        assert_eq!(to(Hit::Region(b[2]), false), Ok(Hit::Region(b[1])));
        assert_eq!(to(Hit::Region(b[2]), true), Err(NoJump::NoneLeft));
        assert_eq!(to(Hit::Log(1), true), Ok(Hit::Log(2)));
        assert_eq!(to(Hit::Log(0), false), Err(NoJump::NoneLeft));
    }
}
