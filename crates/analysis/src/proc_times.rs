//! Where the procs' time went.

use tracepane_model::sorting::sort_by_numbers;
use tracepane_model::{Nanos, ProcIndex, ProcSpanState, SpanPiece, SpanState, Trace};

use crate::changes::{Changes, OnPlacements};
use crate::ended_spans::{Doing, EndedSpan, EndedSpans};
use crate::gc_work::for_each_gc_work;
use crate::scope::TimeRange;
use crate::stopped::Stopped;
use crate::sum;

/// Where a proc's time went. The parts do not overlap.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ProcTimes {
    /// Which.
    pub proc: ProcIndex,
    /// How long there was such a proc: GOMAXPROCS was larger than its number. All the time if that is not known.
    pub total: Nanos,
    /// It ran goroutines, apart from what they did for the GC.
    pub running: Nanos,
    /// It worked for the GC: mark workers, assists, sweeps.
    pub gc: Nanos,
    /// Its goroutine was in a system call and still held it.
    pub syscall: Nanos,
    /// The world was stopped and it ran nothing. Goroutines run on for a while after somebody began to stop the world.
    pub stopped: Nanos,
    /// It had nothing to do.
    pub idle: Nanos,
    /// The rest: its thread looked for work, or changed from one goroutine to another.
    pub scheduling: Nanos,
}

/// Computes the times of all procs that there were in a part of time, in the order of their numbers.
pub fn proc_times(trace: &Trace, time: TimeRange) -> Vec<ProcTimes> {
    let whole = TimeRange {
        start: Nanos(0),
        end: trace.end,
    };
    let stopped = Stopped::of(trace);
    let time = time.intersection(whole);
    let mut changes = Changes::new(trace, time, &stopped);
    changes.for_each_piece(|_, _| ());
    of_placements(trace, time, &stopped, &changes.on_placements())
}

/// The times of a part of time within the trace, of which it is known what was on placements.
pub(crate) fn of_placements(
    trace: &Trace,
    time: TimeRange,
    stopped: &Stopped,
    on: &OnPlacements,
) -> Vec<ProcTimes> {
    let mut sums = vec![Sums::default(); trace.procs.ids.len()];
    for (placement, on) in trace.procs.placements.iter().zip(on.iter()) {
        if let Some(sums) = sums.get_mut(placement.proc.0 as usize) {
            sum::add(&mut sums.on_goroutines, on.running);
            sum::add(&mut sums.syscall, on.syscall);
            sum::add(&mut sums.in_pauses, on.in_pauses.0);
            sums.used |= on.used;
        }
    }
    rows(trace, time, stopped, sums)
}

/// What procs were on besides goroutines, and the sums of both, as rows.
fn rows(trace: &Trace, time: TimeRange, stopped: &Stopped, mut sums: Vec<Sums>) -> Vec<ProcTimes> {
    for_each_gc_work(trace, |work| {
        if let Some(sums) = sums.get_mut(work.proc.0 as usize) {
            let part = time.intersection(TimeRange {
                start: work.start,
                end: work.end,
            });
            sum::add(&mut sums.gc, part.length().0);
        }
    });
    idle(trace, time, stopped, &mut sums);
    let counts = proc_counts(trace, time);
    let mut rows: Vec<(i64, ProcTimes)> = (sums.iter().enumerate())
        .filter_map(|(i, sums)| row(trace, &counts, stopped, ProcIndex(i as u32), sums))
        .collect();
    sort_by_numbers(&mut rows, |&(number, _)| [number, 0]);
    rows.into_iter().map(|(_, row)| row).collect()
}

#[derive(Clone, Copy, Default)]
struct Sums {
    on_goroutines: Nanos,
    syscall: Nanos,
    gc: Nanos,
    idle: Nanos,
    /// The part of the time on goroutines and in system calls while the world was being stopped.
    in_pauses: Nanos,
    /// Something was on it.
    used: bool,
}

/// What procs were on, of spans that have [ended](EndedSpans).
pub(crate) struct OnProcs<'a> {
    trace: &'a Trace,
    time: TimeRange,
    stopped: &'a Stopped,
    /// By [`EndedSpan::placement`]: which proc.
    procs: Vec<u32>,
    sums: Vec<Sums>,
}

impl<'a> OnProcs<'a> {
    /// Of a part of time within the trace.
    pub(crate) fn new(trace: &'a Trace, time: TimeRange, stopped: &'a Stopped) -> Self {
        let procs = trace.procs.placements.iter();
        let procs = procs.map(|placement| placement.proc.0);
        Self {
            trace,
            time,
            stopped,
            procs: [NONE].into_iter().chain(procs).collect(),
            sums: vec![Sums::default(); trace.procs.ids.len()],
        }
    }

    /// All that ended in a piece. Called for each piece, so that a browser compiles it well while the pass goes on.
    #[inline(never)]
    pub(crate) fn ended(&mut self, piece: &SpanPiece, ended: &EndedSpans<'_>) {
        let last = piece.last_start().unwrap_or(self.time.end.0);
        let calm = self.stopped.over_before(Nanos(last));
        for span in ended.list(Doing::OnProc) {
            self.add(span, piece.starts()[span.place()], calm);
        }
    }

    /// What a goroutine is doing when the part of time ends.
    pub(crate) fn rest(&mut self, span: &EndedSpan) {
        // What begins then is none of it.
        if span.nanos > 0 {
            self.add(span, self.time.end.0, i64::MAX);
        }
    }

    /// What a goroutine did up to `now`; the world has not been stopped since `calm`.
    #[inline(always)]
    fn add(&mut self, span: &EndedSpan, now: i64, calm: i64) {
        let proc = self.procs.get(span.placement()).copied();
        let Some(sums) = self.sums.get_mut(proc.unwrap_or(NONE) as usize) else {
            return;
        };
        sums.used = true;
        let sum = match span.kind().state() {
            SpanState::Syscall => &mut sums.syscall,
            _ => &mut sums.on_goroutines,
        };
        sum::grow(&mut sum.0, span.nanos);
        let since = now.saturating_sub(span.nanos);
        if since < calm {
            let stopped = self.stopped.within(Nanos(since), Nanos(now));
            sum::add(&mut sums.in_pauses, stopped.max(0));
        }
    }

    /// After all of it.
    pub(crate) fn finish(self) -> Vec<ProcTimes> {
        rows(self.trace, self.time, self.stopped, self.sums)
    }
}

/// How much of a stretch the world was not stopped.
fn running(stopped: &Stopped, start: Nanos, end: Nanos) -> i64 {
    let length = end.0.saturating_sub(start.0).max(0);
    (length - stopped.within(start, end)).max(0)
}

/// No proc.
const NONE: u32 = u32::MAX;

fn idle(trace: &Trace, time: TimeRange, stopped: &Stopped, sums: &mut [Sums]) {
    let second = (trace.generations.get(1)).map_or(Nanos(i64::MAX), |next| next.start);
    // Since when; `None` if it is not idle. A proc that is not heard of is idle.
    let mut since = vec![Some(Nanos(0)); sums.len()];
    let mut heard_of = vec![false; sums.len()];
    for span in trace.procs.spans.iter() {
        let i = span.proc.0 as usize;
        let (Some(open), Some(heard_of)) = (since.get_mut(i), heard_of.get_mut(i)) else {
            continue;
        };
        // How a proc is found in the first generation is how it was from the beginning.
        let found = !std::mem::replace(heard_of, true) && span.start < second;
        let is_idle = span.state == ProcSpanState::Idle;
        if found {
            *open = is_idle.then_some(Nanos(0));
        } else if is_idle {
            open.get_or_insert(span.start);
        } else if let Some(start) = open.take() {
            let start = start.max(time.start);
            let nanos = running(stopped, start, span.start.min(time.end));
            sum::add(&mut sums[i].idle, nanos);
        }
        sums[i].used = true;
    }
    for (sums, open) in sums.iter_mut().zip(since) {
        if let Some(start) = open {
            let nanos = running(stopped, start.max(time.start), time.end);
            sum::add(&mut sums.idle, nanos);
        }
    }
}

/// How often the number of procs may change; a damaged trace may have any number of changes.
const MOST_CHANGES: usize = 10_000;

/// How many procs there were when; without a number if that is not known.
fn proc_counts(trace: &Trace, time: TimeRange) -> Vec<(TimeRange, Option<u64>)> {
    let mut changes: Vec<(Nanos, Option<u64>)> = vec![(Nanos(0), None)];
    for (i, point) in trace.metrics.gomaxprocs.iter().enumerate() {
        if i == 0 {
            // The first value is that of the beginning, wherever it stands.
            changes[0].1 = Some(point.value);
        } else if changes[changes.len() - 1].1 != Some(point.value) {
            changes.push((point.time, Some(point.value)));
        }
        if changes.len() == MOST_CHANGES {
            break;
        }
    }
    let ends = changes.iter().skip(1).map(|&(start, _)| start);
    let ends: Vec<Nanos> = ends.chain([trace.end]).collect();
    let ranges = changes.into_iter().zip(ends);
    ranges
        .map(|((start, count), end)| (time.intersection(TimeRange { start, end }), count))
        .collect()
}

/// A proc's row with its number; none if there was no such proc.
fn row(
    trace: &Trace,
    counts: &[(TimeRange, Option<u64>)],
    stopped: &Stopped,
    proc: ProcIndex,
    sums: &Sums,
) -> Option<(i64, ProcTimes)> {
    let number = trace.procs.ids.get(proc.0 as usize)?.0;
    let mut total = Nanos(0);
    let mut while_stopped = Nanos(0);
    let mut beyond = Nanos(0);
    for &(part, count) in counts {
        let exists = count.is_none_or(|count| u64::try_from(number).is_ok_and(|n| n < count));
        if exists {
            sum::add(&mut total, part.length().0);
            sum::add(&mut while_stopped, stopped.within(part.start, part.end));
        } else {
            // Nobody says when a proc that is taken away stops to be idle.
            sum::add(&mut beyond, running(stopped, part.start, part.end));
        }
    }
    let unknown = counts.iter().all(|(_, count)| count.is_none());
    if total.0 == 0 || !sums.used && unknown {
        return None;
    }
    let gc = sums.gc.min(sums.on_goroutines);
    let idle = Nanos(sums.idle.0.saturating_sub(beyond.0).max(0));
    let running = Nanos(sums.on_goroutines.0 - gc.0);
    let while_stopped = Nanos(while_stopped.0.saturating_sub(sums.in_pauses.0).max(0));
    let known = sum::all([running, gc, sums.syscall, while_stopped, idle]);
    let times = ProcTimes {
        proc,
        total,
        running,
        gc,
        syscall: sums.syscall,
        stopped: while_stopped,
        idle,
        scheduling: Nanos(total.0.saturating_sub(known.0).max(0)),
    };
    Some((number, times))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::Script;
    use tracepane_wire::{GoroutineIndex, GoroutineState, Metric, Range, Scope};

    #[test]
    fn a_procs_time_is_split_without_overlap() {
        let mut s = Script::new();
        s.metric(0, Metric::GoMaxProcs, 3);
        s.found(0, 1, GoroutineState::Runnable, "a<main.a");
        s.take_proc(0, 1);
        s.run(0, 1);
        let own = Scope::Goroutine(GoroutineIndex(1));
        s.range((10, 30), 1, Range::GcMarkAssist, own);
        s.pause((40, 45), 1, "GC mark termination");
        s.syscall(50, 1, "a<main.a");
        s.lose_proc(60, 1);
        s.take_proc(90, 1);
        s.return_blocked(91, 1);
        s.run(95, 1);
        let trace = s.finish(100);
        let rows = proc_times(&trace, TimeRange::ALL);
        assert_eq!(rows.len(), 3);
        let ns = |of: ProcTimes| {
            [
                of.total,
                of.running,
                of.gc,
                of.syscall,
                of.stopped,
                of.idle,
                of.scheduling,
            ]
            .map(|n| n.0)
        };
        // Runs 0–50, without the assist but through its own pause, and 95–100.
        assert_eq!(ns(rows[1]), [100, 35, 20, 10, 0, 30, 5]);
        // A proc that nothing happens on.
        assert_eq!(ns(rows[2]), [100, 0, 0, 0, 5, 95, 0]);
        let part = TimeRange {
            start: Nanos(20),
            end: Nanos(70),
        };
        let part = proc_times(&trace, part);
        assert_eq!(ns(part[1]), [50, 20, 10, 10, 0, 10, 0]);
    }

    #[test]
    fn a_proc_that_is_taken_away_is_gone() {
        let mut s = Script::new();
        s.metric(0, Metric::GoMaxProcs, 3);
        s.take_proc(0, 2);
        s.lose_proc(35, 2);
        s.metric(40, Metric::GoMaxProcs, 2);
        let trace = s.finish(100);
        let rows = proc_times(&trace, TimeRange::ALL);
        let gone = rows.iter().find(|row| row.proc == ProcIndex(2)).unwrap();
        assert_eq!((gone.total, gone.idle), (Nanos(40), Nanos(5)));
        assert_eq!(gone.scheduling, Nanos(35));
    }
}
