//! Goroutines that could run, and procs that had nothing to do at the same time, over time.

use tracepane_model::{Nanos, ProcIndex, ProcSpanState, SpanState, Trace};

use crate::buckets::Buckets;
use crate::scope::TimeRange;
use crate::stopped::Stopped;
use crate::sum;

/// A stretch of time.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct RunnableBucket {
    /// When it begins.
    pub start: Nanos,
    /// How many goroutines were runnable, on average.
    pub runnable: f64,
    /// The most that were runnable at once.
    pub most_runnable: u64,
    /// How many goroutines were running, on average.
    pub running: f64,
    /// GOMAXPROCS, on average; 0 if it is not known.
    pub procs: f64,
    /// How many procs were idle although a goroutine was runnable, on average; no more than were runnable.
    pub wasted: f64,
}

/// Goroutines and procs over time.
#[derive(Clone, PartialEq, Debug)]
pub struct RunnableSeries {
    /// The stretches, in time order, all equally long but perhaps the last.
    pub buckets: Vec<RunnableBucket>,
    /// Where the last one ends.
    pub end: Nanos,
    /// How long procs were idle although a goroutine was runnable: proc × time, without stop-the-world pauses.
    pub wasted: Nanos,
    /// How long that was so for any proc.
    pub wasting: Nanos,
    /// The most goroutines that were runnable at once.
    pub most_runnable: u64,
}

/// Computes the series of a part of time, in at most `count` buckets.
pub fn runnable_series(trace: &Trace, time: TimeRange, count: usize) -> RunnableSeries {
    let whole = TimeRange {
        start: Nanos(0),
        end: trace.end,
    };
    let time = time.intersection(whole);
    let mut pass = Pass::new(trace, time, count);
    let mut procs = trace.procs.spans.iter().peekable();
    let mut counts = trace.metrics.gomaxprocs.iter().skip(1).peekable();
    for (span, start) in trace.spans.iter() {
        while let Some(proc) = procs.next_if(|proc| proc.start <= start) {
            while let Some(point) = counts.next_if(|point| point.time <= proc.start) {
                pass.procs(point.time, point.value);
            }
            pass.proc(proc.start, proc.proc, proc.state);
        }
        while let Some(point) = counts.next_if(|point| point.time <= start) {
            pass.procs(point.time, point.value);
        }
        let goroutine = trace.spans.goroutine(span).0 as usize;
        pass.goroutine(start, goroutine, trace.spans.kind(span).state());
    }
    for proc in procs {
        pass.proc(proc.start, proc.proc, proc.state);
    }
    for point in counts {
        pass.procs(point.time, point.value);
    }
    pass.finish()
}

struct Pass<'a> {
    trace: &'a Trace,
    stopped: Stopped,
    time: TimeRange,
    /// By goroutine.
    states: Vec<SpanState>,
    /// By proc: whether it is bound to a thread.
    bound: Vec<bool>,
    /// Since when the numbers below have been so.
    since: Nanos,
    runnable: u64,
    running: u64,
    busy: u64,
    procs: u64,
    sums: [Buckets; 4],
    most: Vec<u64>,
    wasted: Nanos,
    wasting: Nanos,
    most_in_all: u64,
}

impl<'a> Pass<'a> {
    /// What is found during the first generation was so from the beginning.
    fn new(trace: &'a Trace, time: TimeRange, count: usize) -> Self {
        let second = (trace.generations.get(1)).map_or(Nanos(i64::MAX), |next| next.start);
        let mut states = vec![SpanState::Dead; trace.goroutines.len()];
        let (mut runnable, mut running) = (0, 0);
        for (i, state) in states.iter_mut().enumerate() {
            let goroutine = tracepane_model::GoroutineIndex(i as u32);
            let Some(&first) = trace.goroutines.spans(goroutine).first() else {
                continue;
            };
            let first = tracepane_model::SpanIndex(first);
            let kind = trace.spans.kind(first);
            if kind.was_going_on() && trace.spans.start(first) < second {
                *state = kind.state();
                runnable += u64::from(*state == SpanState::Runnable);
                running += u64::from(*state == SpanState::Running);
            }
        }
        let mut bound = vec![false; trace.procs.ids.len()];
        let mut seen = vec![false; trace.procs.ids.len()];
        let mut busy = 0;
        for span in trace.procs.spans.iter() {
            if span.start >= second {
                break;
            }
            let i = span.proc.0 as usize;
            if let Some(seen) = seen.get_mut(i)
                && !std::mem::replace(seen, true)
                && span.state == ProcSpanState::Running
            {
                bound[i] = true;
                busy += 1;
            }
        }
        let first = trace.metrics.gomaxprocs.get(0);
        let buckets = Buckets::new(time, count);
        Self {
            trace,
            stopped: Stopped::new(
                (trace.ranges.stop_the_world.iter())
                    .filter_map(|&place| trace.ranges.rows.get(place as usize)),
            ),
            time,
            states,
            bound,
            since: Nanos(0),
            runnable,
            running,
            busy,
            procs: first.map_or(0, |point| point.value),
            most: vec![0; buckets.len()],
            sums: std::array::from_fn(|_| buckets.clone()),
            wasted: Nanos(0),
            wasting: Nanos(0),
            most_in_all: 0,
        }
    }

    /// Counts what was so up to now.
    #[inline]
    fn until(&mut self, now: Nanos) {
        let since = std::mem::replace(&mut self.since, now);
        if since >= now || now <= self.time.start || since >= self.time.end {
            return;
        }
        let [runnable, running, procs, wasted] = &mut self.sums;
        runnable.add(since, now, self.runnable as f64);
        running.add(since, now, self.running as f64);
        procs.add(since, now, self.procs as f64);
        let first = runnable.bucket(since.max(self.time.start));
        let last = runnable.bucket(Nanos(now.0 - 1).min(Nanos(self.time.end.0 - 1)));
        if let (Some(first), Some(last)) = (first, last)
            && let Some(most) = self.most.get_mut(first..=last)
        {
            for most in most {
                *most = (*most).max(self.runnable);
            }
        }
        self.most_in_all = self.most_in_all.max(self.runnable);
        let idle = self.procs.saturating_sub(self.busy).min(self.runnable);
        if idle > 0 {
            let (since, now) = (since.max(self.time.start), now.min(self.time.end));
            let (count, total) = (idle as f64, &mut self.wasted);
            let wasting = &mut self.wasting;
            self.stopped.running_parts(since, now, |start, end| {
                wasted.add(start, end, count);
                let nanos = end.0 - start.0;
                sum::add(wasting, nanos);
                let idle = i64::try_from(idle).unwrap_or(i64::MAX);
                sum::add(total, nanos.saturating_mul(idle));
            });
        }
    }

    #[inline]
    fn goroutine(&mut self, now: Nanos, goroutine: usize, to: SpanState) {
        let Some(&from) = self.states.get(goroutine) else {
            return;
        };
        let counts = |state| matches!(state, SpanState::Runnable | SpanState::Running);
        if from == to || !counts(from) && !counts(to) {
            self.states[goroutine] = to;
            return;
        }
        self.until(now);
        self.states[goroutine] = to;
        for (state, count) in [
            (SpanState::Runnable, &mut self.runnable),
            (SpanState::Running, &mut self.running),
        ] {
            *count -= u64::from(from == state);
            *count += u64::from(to == state);
        }
    }

    fn proc(&mut self, now: Nanos, proc: ProcIndex, to: ProcSpanState) {
        let Some(&bound) = self.bound.get(proc.0 as usize) else {
            return;
        };
        let now_bound = to == ProcSpanState::Running;
        if bound != now_bound {
            self.until(now);
            self.bound[proc.0 as usize] = now_bound;
            self.busy = self.busy + u64::from(now_bound) - u64::from(bound);
        }
    }

    fn procs(&mut self, now: Nanos, count: u64) {
        self.until(now);
        self.procs = count;
    }

    fn finish(mut self) -> RunnableSeries {
        self.until(self.trace.end);
        let [runnable, running, procs, wasted] = &self.sums;
        let (starts, end) = (runnable, runnable.start_of(runnable.len()));
        let [runnable, running, procs, wasted] =
            [runnable, running, procs, wasted].map(Buckets::means);
        let buckets = (0..runnable.len())
            .map(|i| RunnableBucket {
                start: starts.start_of(i),
                runnable: runnable[i],
                most_runnable: self.most[i],
                running: running[i],
                procs: procs[i],
                wasted: wasted[i],
            })
            .collect();
        RunnableSeries {
            buckets,
            end,
            wasted: self.wasted,
            wasting: self.wasting,
            most_runnable: self.most_in_all,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::Script;
    use tracepane_wire::{GoroutineState, Metric};

    #[test]
    fn what_is_found_was_so_from_the_beginning() {
        let mut s = Script::new();
        s.metric(0, Metric::GoMaxProcs, 2);
        s.found(10, 1, GoroutineState::Running, "a<main.a");
        s.found(20, 2, GoroutineState::Runnable, "b<main.b");
        s.run(50, 2);
        s.block(60, 2, "sync", "b<main.b");
        s.wake(80, 1, 2, "a<main.a");
        let trace = s.finish(100);
        let series = runnable_series(&trace, TimeRange::ALL, 10);
        let column =
            |f: fn(&RunnableBucket) -> f64| -> Vec<f64> { series.buckets.iter().map(f).collect() };
        assert_eq!(
            column(|b| b.runnable),
            [1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0, 1.0]
        );
        assert_eq!(
            column(|b| b.running),
            [1.0, 1.0, 1.0, 1.0, 1.0, 2.0, 1.0, 1.0, 1.0, 1.0]
        );
        assert_eq!(series.buckets[3].most_runnable, 1);
        assert_eq!(series.buckets[6].most_runnable, 0);
        assert_eq!((series.most_runnable, series.end), (1, Nanos(100)));
        // Procs that no event tells of are idle all along: one is wasted whenever somebody can run.
        assert_eq!((series.wasted, series.wasting), (Nanos(70), Nanos(70)));
    }

    #[test]
    fn idle_procs_are_wasted_only_while_somebody_can_run() {
        let mut s = Script::new();
        s.metric(0, Metric::GoMaxProcs, 2);
        s.found(0, 1, GoroutineState::Running, "a<main.a");
        s.found(0, 2, GoroutineState::Waiting, "b<main.b");
        s.take_proc(0, 1);
        s.lose_proc(0, 2);
        s.wake(10, 1, 2, "a<main.a");
        s.pause((20, 30), 1, "read mem stats");
        s.take_proc(40, 2);
        s.run(60, 2);
        s.lose_proc(70, 2);
        let trace = s.finish(100);
        let series = runnable_series(&trace, TimeRange::ALL, 10);
        // From 10 to 40, but not while the world was stopped.
        assert_eq!((series.wasted, series.wasting), (Nanos(20), Nanos(20)));
        let wasted: Vec<f64> = series.buckets.iter().map(|b| b.wasted).collect();
        assert_eq!(wasted, [0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
        let part = TimeRange {
            start: Nanos(35),
            end: Nanos(45),
        };
        let part = runnable_series(&trace, part, 2);
        assert_eq!(part.wasted, Nanos(5));
        assert_eq!(part.buckets.len(), 2);
    }
}
