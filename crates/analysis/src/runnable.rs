//! Goroutines that could run, and procs that had nothing to do at the same time, over time.

use tracepane_model::{
    GoroutineIndex, Nanos, ProcIndex, ProcSpanState, SpanIndex, SpanPiece, SpanState, Trace,
};

use crate::buckets::Buckets;
use crate::pieces::for_each_piece_of_all;
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
    /// Whether the trace says how many procs there were; else nothing is known of idle ones.
    pub procs_known: bool,
}

/// Computes the series of a part of time, in at most `count` buckets.
pub fn runnable_series(trace: &Trace, time: TimeRange, count: usize) -> RunnableSeries {
    let whole = TimeRange {
        start: Nanos(0),
        end: trace.end,
    };
    let time = time.intersection(whole);
    let mut pass = Pass::new(trace, time, count);
    let mut others = Others::new(trace);
    for_each_piece_of_all(trace, |piece| add_piece(&mut pass, &mut others, piece));
    while others.next_time() < Nanos(i64::MAX) {
        others.next(&mut pass);
    }
    pass.finish()
}

/// Called for each piece, so that a browser compiles it well while the pass goes on.
#[inline(never)]
fn add_piece(pass: &mut Pass<'_>, others: &mut Others<'_>, piece: &SpanPiece) {
    let mut next = others.next_time();
    for (_, start, goroutine, kind, _) in piece.rows() {
        while next <= Nanos(start) {
            others.next(pass);
            next = others.next_time();
        }
        pass.goroutine(Nanos(start), goroutine.0 as usize, kind.state());
    }
}

/// What changes beside goroutines, in time order.
struct Others<'a> {
    trace: &'a Trace,
    /// Places in the procs' spans, in the values of GOMAXPROCS, and in the edges of [`Self::stopped`].
    places: [usize; 3],
    stopped: Stopped,
}

impl<'a> Others<'a> {
    fn new(trace: &'a Trace) -> Self {
        let pauses = trace.ranges.stop_the_world.iter();
        let pauses = pauses.filter_map(|&place| trace.ranges.rows.get(place as usize));
        Self {
            trace,
            // The first value is that of the beginning.
            places: [0, 1, 0],
            stopped: Stopped::new(pauses),
        }
    }

    fn times(&self) -> [Nanos; 3] {
        let [proc, count, edge] = self.places;
        let never = Nanos(i64::MAX);
        let proc = self.trace.procs.spans.get(proc);
        let count = self.trace.metrics.gomaxprocs.get(count);
        let stretch = self.stopped.stretches().get(edge / 2);
        [
            proc.map_or(never, |span| span.start),
            count.map_or(never, |point| point.time),
            stretch.map_or(never, |&(start, end)| {
                Nanos(if edge % 2 == 0 { start } else { end })
            }),
        ]
    }

    /// When the next change is; never is the largest time.
    fn next_time(&self) -> Nanos {
        let [proc, count, edge] = self.times();
        proc.min(count).min(edge)
    }

    fn next(&mut self, pass: &mut Pass<'_>) {
        let times = self.times();
        let time = self.next_time();
        let Some(which) = times.iter().position(|&other| other == time) else {
            return;
        };
        let place = self.places[which];
        self.places[which] += 1;
        pass.until(time);
        match which {
            0 => {
                if let Some(span) = self.trace.procs.spans.get(place) {
                    pass.proc(span.proc, span.state);
                }
            }
            1 => {
                let point = self.trace.metrics.gomaxprocs.get(place);
                pass.now.procs = point.map_or(0, |point| point.value);
            }
            _ => pass.now.stopped = place.is_multiple_of(2),
        }
    }
}

/// How things are at a moment.
#[derive(Clone, Copy, Default)]
struct Now {
    runnable: u64,
    running: u64,
    /// Procs that are bound to a thread.
    busy: u64,
    procs: u64,
    stopped: bool,
}

/// What a bucket has got so far, each × ns.
#[derive(Clone, Copy, Default)]
struct Sums {
    runnable: f64,
    running: f64,
    procs: f64,
    wasted: f64,
    most: u64,
}

struct Pass<'a> {
    trace: &'a Trace,
    time: TimeRange,
    /// By goroutine.
    states: Vec<SpanState>,
    /// By proc: whether it is bound to a thread.
    bound: Vec<bool>,
    /// Since when things have been as [`Self::now`] says.
    since: Nanos,
    now: Now,
    /// Only for its bounds.
    buckets: Buckets,
    sums: Vec<Sums>,
    /// The bucket that `since` lies in, and where it ends.
    bucket: usize,
    bucket_end: Nanos,
    wasted: Nanos,
    wasting: Nanos,
}

impl<'a> Pass<'a> {
    /// What is found during the first generation was so from the beginning.
    fn new(trace: &'a Trace, time: TimeRange, count: usize) -> Self {
        let second = (trace.generations.get(1)).map_or(Nanos(i64::MAX), |next| next.start);
        let mut now = Now::default();
        let mut states = vec![SpanState::Dead; trace.goroutines.len()];
        for (i, state) in states.iter_mut().enumerate() {
            let goroutine = GoroutineIndex(i as u32);
            let Some(&first) = trace.goroutines.spans(goroutine).first() else {
                continue;
            };
            let first = SpanIndex(first);
            let kind = trace.spans.kind(first);
            if kind.was_going_on() && trace.spans.start(first) < second {
                *state = kind.state();
                now.runnable += u64::from(*state == SpanState::Runnable);
                now.running += u64::from(*state == SpanState::Running);
            }
        }
        let mut bound = vec![false; trace.procs.ids.len()];
        let mut seen = vec![false; trace.procs.ids.len()];
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
                now.busy += 1;
            }
        }
        let first = trace.metrics.gomaxprocs.get(0);
        now.procs = first.map_or(0, |point| point.value);
        let buckets = Buckets::new(time, count);
        Self {
            trace,
            time,
            states,
            bound,
            since: Nanos(0),
            now,
            sums: vec![Sums::default(); buckets.len()],
            bucket: 0,
            bucket_end: buckets.start_of(1),
            buckets,
            wasted: Nanos(0),
            wasting: Nanos(0),
        }
    }

    /// Counts what was so up to a time.
    #[inline]
    fn until(&mut self, time: Nanos) {
        let start = self.since.max(self.time.start);
        self.since = time;
        let end = time.min(self.time.end);
        if start >= end {
            return;
        }
        if end <= self.bucket_end {
            self.add(end.0 - start.0);
            return;
        }
        self.add_across(start, end);
    }

    #[cold]
    fn add_across(&mut self, mut start: Nanos, end: Nanos) {
        while start < end {
            let next = self.bucket_end.min(end);
            self.add(next.0.saturating_sub(start.0));
            start = start.max(next);
            if start < end {
                if self.bucket + 1 >= self.sums.len() {
                    return;
                }
                self.bucket += 1;
                self.bucket_end = self.buckets.start_of(self.bucket + 1);
            }
        }
    }

    /// Counts some nanoseconds within the bucket.
    #[inline]
    fn add(&mut self, nanos: i64) {
        if nanos <= 0 {
            return;
        }
        let Now {
            runnable,
            running,
            busy,
            procs,
            stopped,
        } = self.now;
        let length = nanos as f64;
        let sums = &mut self.sums[self.bucket];
        sums.runnable += runnable as f64 * length;
        sums.running += running as f64 * length;
        sums.procs += procs as f64 * length;
        sums.most = sums.most.max(runnable);
        let idle = procs.saturating_sub(busy).min(runnable);
        if idle > 0 && !stopped {
            sums.wasted += idle as f64 * length;
            sum::add(&mut self.wasting, nanos);
            let idle = i64::try_from(idle).unwrap_or(i64::MAX);
            sum::add(&mut self.wasted, nanos.saturating_mul(idle));
        }
    }

    #[inline]
    fn goroutine(&mut self, time: Nanos, goroutine: usize, to: SpanState) {
        let Some(state) = self.states.get_mut(goroutine) else {
            return;
        };
        let from = std::mem::replace(state, to);
        if from == to {
            return;
        }
        self.until(time);
        let now = &mut self.now;
        now.runnable -= u64::from(from == SpanState::Runnable);
        now.running -= u64::from(from == SpanState::Running);
        now.runnable += u64::from(to == SpanState::Runnable);
        now.running += u64::from(to == SpanState::Running);
    }

    fn proc(&mut self, proc: ProcIndex, to: ProcSpanState) {
        let Some(bound) = self.bound.get_mut(proc.0 as usize) else {
            return;
        };
        let was_bound = std::mem::replace(bound, to == ProcSpanState::Running);
        self.now.busy += u64::from(*bound);
        self.now.busy -= u64::from(was_bound);
    }

    fn finish(mut self) -> RunnableSeries {
        self.until(self.trace.end);
        let buckets: Vec<RunnableBucket> = (self.sums.iter().enumerate())
            .map(|(i, sums)| {
                let length = self.buckets.length_of(i).0.max(1) as f64;
                RunnableBucket {
                    start: self.buckets.start_of(i),
                    runnable: sums.runnable / length,
                    most_runnable: sums.most,
                    running: sums.running / length,
                    procs: sums.procs / length,
                    wasted: sums.wasted / length,
                }
            })
            .collect();
        RunnableSeries {
            end: self.buckets.start_of(buckets.len()),
            wasted: self.wasted,
            wasting: self.wasting,
            most_runnable: self.sums.iter().map(|sums| sums.most).max().unwrap_or(0),
            procs_known: !self.trace.metrics.gomaxprocs.is_empty(),
            buckets,
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
