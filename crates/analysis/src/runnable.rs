//! Goroutines that could run, and procs that had nothing to do at the same time, over time.

use tracepane_model::{Nanos, ProcIndex, ProcSpan, ProcSpanState, Trace};

use crate::buckets::Buckets;
use crate::changes::{ChangedRows, Changes};
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
    let stopped = Stopped::default();
    let mut changes = Changes::new(trace, time, &stopped);
    let mut pass = Pass::new(trace, time, count, changes.counts());
    changes.for_each_piece(|_, changes| pass.piece(changes.rows()));
    pass.finish()
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
        Self {
            trace,
            // The first value is that of the beginning.
            places: [0, 1, 0],
            stopped: Stopped::of(trace),
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

    /// The next change, and when it is; `None` after the last.
    fn next(&mut self) -> Option<(Nanos, Other)> {
        let times = self.times();
        let time = self.next_time();
        if time == Nanos(i64::MAX) {
            return None;
        }
        let which = times.iter().position(|&other| other == time)?;
        let place = self.places[which];
        self.places[which] += 1;
        let change = match which {
            0 => Other::Proc(self.trace.procs.spans.get(place)?),
            1 => {
                let point = self.trace.metrics.gomaxprocs.get(place);
                Other::Count(point.map_or(0, |point| point.value))
            }
            _ => Other::Stopped(place.is_multiple_of(2)),
        };
        Some((time, change))
    }
}

/// A change beside goroutines.
enum Other {
    Proc(ProcSpan),
    /// GOMAXPROCS.
    Count(u64),
    /// Whether the world is stopped.
    Stopped(bool),
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

/// The longest [`Stretch`], ns: its sums cannot be too large then, as no trace has 2³² goroutines.
const LONGEST_STRETCH: i64 = 1 << 30;

/// A stretch of time in which nothing but goroutines changes, within a bucket: what the loop over rows has in its
/// hands.
#[derive(Clone, Copy)]
struct Stretch {
    since: i64,
    /// Where it ends at the latest.
    end: i64,
    runnable: i64,
    running: i64,
    /// Procs that goroutines could have.
    idle: i64,
    /// The most that were runnable for any time.
    most: i64,
    /// Runnable and running goroutines and those that an idle proc could have run, each × ns.
    runnable_nanos: i64,
    running_nanos: i64,
    wasted: i64,
    /// How long an idle proc could have run any.
    wasting: i64,
}

impl Stretch {
    /// Rows that begin before its end.
    fn rows(&mut self, rows: ChangedRows) {
        // A copy, which a loop has in registers.
        let mut stretch = *self;
        match stretch.idle > 0 {
            true => stretch.rows_in::<true>(rows),
            false => stretch.rows_in::<false>(rows),
        }
        *self = stretch;
    }

    #[inline(always)]
    fn rows_in<const ANY_IDLE: bool>(&mut self, rows: ChangedRows) {
        for (start, change) in rows.iter() {
            // Rows stand in time order.
            let nanos = start.wrapping_sub(self.since);
            self.since = start;
            self.runnable_nanos += self.runnable.wrapping_mul(nanos);
            self.running_nanos += self.running.wrapping_mul(nanos);
            if self.runnable > self.most && nanos > 0 {
                self.most = self.runnable;
            }
            if ANY_IDLE {
                let idle = self.idle.min(self.runnable);
                self.wasted += idle.wrapping_mul(nanos);
                self.wasting += if idle > 0 { nanos } else { 0 };
            }
            self.runnable += change.runnable();
            self.running += change.running();
        }
    }

    /// Counts what was so up to a time that may be any number of stretches away.
    fn jump(&mut self, time: i64) {
        let nanos = time.saturating_sub(self.since).max(0);
        self.since = time;
        self.runnable_nanos += self.runnable.saturating_mul(nanos);
        self.running_nanos += self.running.saturating_mul(nanos);
        self.most = self.most.max(if nanos > 0 { self.runnable } else { 0 });
        let idle = self.idle.min(self.runnable).max(0);
        self.wasted += idle.saturating_mul(nanos);
        self.wasting += if idle > 0 { nanos } else { 0 };
    }
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

/// The pass at work: rows are given to it piece by piece.
pub(crate) struct Pass<'a> {
    trace: &'a Trace,
    time: TimeRange,
    others: Others<'a>,
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
    /// Of a part of time within the trace. What is found during the first generation was so from the beginning. So many
    /// goroutines could run when it began, and so many did.
    pub(crate) fn new(
        trace: &'a Trace,
        time: TimeRange,
        count: usize,
        (runnable, running): (u64, u64),
    ) -> Self {
        let second = (trace.generations.get(1)).map_or(Nanos(i64::MAX), |next| next.start);
        let mut now = Now {
            runnable,
            running,
            ..Now::default()
        };
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
            others: Others::new(trace),
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

    /// Counts what was so up to a time, in which nothing changed.
    fn until(&mut self, time: Nanos) {
        let end = time.min(self.time.end);
        self.since = self.since.max(self.time.start);
        while self.since < end {
            if self.since >= self.bucket_end {
                if self.bucket + 1 >= self.sums.len() {
                    break;
                }
                self.bucket += 1;
                self.bucket_end = self.buckets.start_of(self.bucket + 1);
            }
            let part = end.min(self.bucket_end);
            let mut stretch = self.stretch_to(part);
            stretch.jump(part.0);
            self.end_stretch(&stretch);
        }
        self.since = time;
    }

    /// The rows of a piece, and what they change. Called for each piece, so that a browser compiles it well while the
    /// pass goes on.
    #[inline(never)]
    pub(crate) fn piece(&mut self, mut rows: ChangedRows) {
        let mut stretch = self.stretch();
        while let Some(&start) = rows.starts.first() {
            // At least one: what lies beyond the stretch begins another one.
            let count = match start < stretch.end {
                true => rows.starts.partition_point(|&start| start < stretch.end),
                false => {
                    stretch = self.next_stretch(&stretch, start);
                    1
                }
            };
            let (now, later) = rows.split_at(count);
            stretch.rows(now);
            rows = later;
        }
        self.end_stretch(&stretch);
    }

    #[cold]
    fn next_stretch(&mut self, stretch: &Stretch, start: i64) -> Stretch {
        self.end_stretch(stretch);
        while self.others.next_time() <= Nanos(start) && self.other() {}
        self.until(Nanos(start));
        self.stretch()
    }

    /// What comes up to the next change beside goroutines, or the end of the bucket.
    fn stretch(&self) -> Stretch {
        self.stretch_to(match self.since >= self.time.start {
            true => (self.others.next_time()).min(self.bucket_end.min(self.time.end)),
            // What was before the part of time does not count.
            false => Nanos(i64::MIN),
        })
    }

    /// What comes up to a time, or before it if that is far.
    fn stretch_to(&self, end: Nanos) -> Stretch {
        let Now {
            runnable,
            running,
            busy,
            procs,
            stopped,
        } = self.now;
        let since = self.since.0;
        Stretch {
            since,
            end: end.0.min(since.saturating_add(LONGEST_STRETCH)),
            runnable: runnable as i64,
            running: running as i64,
            idle: match stopped {
                true => 0,
                false => i64::try_from(procs.saturating_sub(busy)).unwrap_or(i64::MAX),
            },
            most: 0,
            runnable_nanos: 0,
            running_nanos: 0,
            wasted: 0,
            wasting: 0,
        }
    }

    /// Counts a stretch up to its last row.
    fn end_stretch(&mut self, stretch: &Stretch) {
        self.now.runnable = stretch.runnable.max(0) as u64;
        self.now.running = stretch.running.max(0) as u64;
        let length = stretch.since.saturating_sub(self.since.0);
        self.since = Nanos(stretch.since);
        let Some(sums) = self.sums.get_mut(self.bucket).filter(|_| length > 0) else {
            return;
        };
        sums.runnable += stretch.runnable_nanos as f64;
        sums.running += stretch.running_nanos as f64;
        sums.wasted += stretch.wasted as f64;
        sums.procs += self.now.procs as f64 * length as f64;
        sums.most = sums.most.max(stretch.most.max(0) as u64);
        sum::add(&mut self.wasted, stretch.wasted);
        sum::add(&mut self.wasting, stretch.wasting);
    }

    /// The next change beside goroutines; whether there was one.
    fn other(&mut self) -> bool {
        let Some((time, change)) = self.others.next() else {
            return false;
        };
        self.until(time);
        match change {
            Other::Proc(span) => self.proc(span.proc, span.state),
            Other::Count(procs) => self.now.procs = procs,
            Other::Stopped(stopped) => self.now.stopped = stopped,
        }
        true
    }

    fn proc(&mut self, proc: ProcIndex, to: ProcSpanState) {
        let Some(bound) = self.bound.get_mut(proc.0 as usize) else {
            return;
        };
        let was_bound = std::mem::replace(bound, to == ProcSpanState::Running);
        self.now.busy += u64::from(*bound);
        self.now.busy -= u64::from(was_bound);
    }

    /// After the last row.
    pub(crate) fn finish(mut self) -> RunnableSeries {
        while self.other() {}
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

    /// Of two procs one runs goroutine 1; goroutine 2 waits.
    fn one_of_two_procs_is_idle() -> Script {
        let mut s = Script::new();
        s.metric(0, Metric::GoMaxProcs, 2);
        s.found(0, 1, GoroutineState::Running, "a<main.a");
        s.found(0, 2, GoroutineState::Waiting, "b<main.b");
        s.take_proc(0, 1);
        s.lose_proc(0, 2);
        s
    }

    #[test]
    fn idle_procs_are_wasted_only_while_somebody_can_run() {
        let mut s = one_of_two_procs_is_idle();
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

    #[test]
    fn stretches_may_be_longer_than_the_longest_one() {
        let second = 1_000_000_000;
        let mut s = one_of_two_procs_is_idle();
        s.wake(3 * second, 1, 2, "a<main.a");
        // Rows within a long stretch, and further apart than one may be.
        s.preempt(10 * second, 1, "a<main.a");
        s.run(10 * second + 5, 1);
        s.preempt(100 * second, 1, "a<main.a");
        s.run(100 * second, 1);
        let trace = s.finish(200 * second);
        for count in [1, 2, 7] {
            let series = runnable_series(&trace, TimeRange::ALL, count);
            let nanos = |of: fn(&RunnableBucket) -> f64| {
                let starts = series.buckets.iter().map(|bucket| bucket.start);
                let ends = starts.skip(1).chain([series.end]);
                let buckets = series.buckets.iter().zip(ends);
                let sum: f64 = buckets
                    .map(|(bucket, end)| of(bucket) * (end.0 - bucket.start.0) as f64)
                    .sum();
                sum.round() as i64
            };
            assert_eq!(nanos(|bucket| bucket.runnable), 197 * second + 5, "{count}");
            assert_eq!(nanos(|bucket| bucket.running), 200 * second - 5, "{count}");
            assert_eq!(series.wasted, Nanos(197 * second), "{count}");
            assert_eq!(series.wasting, Nanos(197 * second), "{count}");
            assert_eq!(series.most_runnable, 2);
        }
    }

    #[test]
    fn the_times_of_a_damaged_trace_are_passed_at_once() {
        let far = 1 << 61;
        let mut s = Script::new();
        s.metric(0, Metric::GoMaxProcs, 2);
        s.found(0, 1, GoroutineState::Running, "a<main.a");
        s.found(0, 2, GoroutineState::Runnable, "b<main.b");
        s.take_proc(0, 1);
        s.run(far, 2);
        let trace = s.finish(far + 10);
        for count in [1, 7] {
            let series = runnable_series(&trace, TimeRange::ALL, count);
            assert_eq!(series.buckets.len(), count);
            assert_eq!(series.most_runnable, 1);
            assert_eq!((series.wasting.0 as f64 / far as f64).round(), 1.0);
        }
    }
}
