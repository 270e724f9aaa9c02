//! When procs had a thread, and how many of them: lists and a running total over the procs' own spans.

use tracepane_model::{ProcIndex, ProcSpanState, Trace};

use super::NONE;
use super::rows_by::RowsBy;

/// Rows between two points.
const EVERY: usize = 32;

/// When procs had a thread.
#[derive(Clone, Default, PartialEq, Debug)]
pub struct BoundProcs {
    /// By row of [`tracepane_model::Procs::spans`]: how it changed the number of procs with a thread.
    changes: Vec<i8>,
    /// Before every so many rows: the number, and the proc-time since the trace's start (modulo 2^64).
    points: Vec<(u32, u64)>,
    /// The rows in which a proc had a thread, by proc.
    rows: RowsBy,
    /// By row: the same proc's next one, or NONE.
    next: Vec<u32>,
}

impl BoundProcs {
    /// Sums up a trace.
    pub fn new(trace: &Trace) -> Self {
        let spans = &trace.procs.spans;
        let mut bound = vec![false; trace.procs.ids.len()];
        let mut changes = Vec::with_capacity(spans.len());
        let mut points = Vec::with_capacity(spans.len().div_ceil(EVERY));
        let (mut count, mut total, mut since) = (0u32, 0u64, 0i64);
        for (row, span) in spans.iter().enumerate() {
            let time = span.start.0.max(since);
            total = total.wrapping_add((time - since) as u64 * u64::from(count));
            since = time;
            if row % EVERY == 0 {
                points.push((count, total));
            }
            let now = span.state == ProcSpanState::Running;
            let before = match bound.get_mut(span.proc.0 as usize) {
                Some(bound) => std::mem::replace(bound, now),
                None => now,
            };
            let change = i8::from(now) - i8::from(before);
            changes.push(change);
            count = count.saturating_add_signed(i32::from(change));
        }
        Self {
            changes,
            points,
            rows: RowsBy::new(trace.procs.ids.len(), spans.len(), |row| {
                let span = spans.at(row as usize);
                let has_thread = span.state == ProcSpanState::Running;
                span.proc.get().filter(|_| has_thread)
            }),
            next: next_of_proc(trace),
        }
    }

    /// The rows of [`tracepane_model::Procs::spans`] in which a proc had a thread.
    pub fn rows_of(&self, proc: ProcIndex) -> &[u32] {
        self.rows.of(proc.0 as usize)
    }

    /// When such a row begins and ends.
    pub fn times(&self, trace: &Trace, row: u32) -> (f64, f64) {
        let spans = &trace.procs.spans;
        let end = match self.next.get(row as usize) {
            Some(&next) if next != NONE => spans.at(next as usize).start,
            _ => trace.end,
        };
        (spans.at(row as usize).start.0 as f64, end.0 as f64)
    }

    /// How many procs had a thread at `time`, and the proc-time until then, ns.
    fn at(&self, trace: &Trace, time: f64) -> (u32, f64) {
        let spans = &trace.procs.spans;
        let rows = spans.partition_point(|span| span.start.0 as f64 <= time);
        let Some(last) = rows.checked_sub(1) else {
            return (0, 0.0);
        };
        let point = last / EVERY;
        let (mut count, total) = self.points[point];
        let mut total = total as f64;
        let mut since = spans.at(point * EVERY).start.0 as f64;
        for row in point * EVERY..rows {
            let start = spans.at(row).start.0 as f64;
            total += (start - since).max(0.0) * f64::from(count);
            since = since.max(start);
            count = count.saturating_add_signed(i32::from(self.changes[row]));
        }
        (count, total + (time - since).max(0.0) * f64::from(count))
    }

    /// How many procs had a thread at `time`.
    pub fn count(&self, trace: &Trace, time: f64) -> u32 {
        self.at(trace, time).0
    }

    /// How many procs had a thread, on average, from each of `times` to the next; times must rise.
    pub fn averages(
        &self,
        trace: &Trace,
        mut times: impl Iterator<Item = f64>,
        mut emit: impl FnMut(usize, f32),
    ) {
        let Some(mut from) = times.next() else { return };
        let mut before = self.at(trace, from).1;
        for (i, to) in times.enumerate() {
            let after = self.at(trace, to).1;
            emit(
                i,
                ((after - before) / (to - from).max(1e-9)).max(0.0) as f32,
            );
            (from, before) = (to, after);
        }
    }

    /// Bytes held.
    pub fn heap_bytes(&self) -> usize {
        self.changes.capacity()
            + self.points.capacity() * size_of::<(u32, u64)>()
            + self.rows.heap_bytes()
            + self.next.capacity() * 4
    }
}

fn next_of_proc(trace: &Trace) -> Vec<u32> {
    let mut last = vec![NONE; trace.procs.ids.len()];
    let mut next = vec![NONE; trace.procs.spans.len()];
    for (row, span) in trace.procs.spans.iter().enumerate() {
        if let Some(last) = last.get_mut(span.proc.0 as usize) {
            if *last != NONE {
                next[*last as usize] = row as u32;
            }
            *last = row as u32;
        }
    }
    next
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::Program;

    #[test]
    fn procs_with_a_thread_are_counted_at_any_time() {
        let mut p = Program::new(1, 3);
        let mut expected = Vec::new();
        let mut on = [false; 3];
        for i in 0..200u32 {
            let proc = (i * 7 + i / 5) % 3;
            on[proc as usize] = !on[proc as usize];
            p.at(i64::from(i) * 10).proc(proc, on[proc as usize]);
            expected.push(on.iter().filter(|&&on| on).count() as u32);
        }
        let trace = p.finish(3000);
        let bound = BoundProcs::new(&trace);
        for (i, &count) in expected.iter().enumerate() {
            assert_eq!(bound.count(&trace, i as f64 * 10.0 + 5.0), count, "{i}");
        }
        assert_eq!(bound.count(&trace, -1.0), 0);
        let mut whole = 0.0;
        bound.averages(&trace, [0.0, 700.0, 2000.0].into_iter(), |i, average| {
            whole += f64::from(average) * [700.0, 1300.0][i];
        });
        let sum: u32 = expected.iter().sum();
        assert!((whole - f64::from(sum) * 10.0).abs() < 1.0, "{whole} {sum}");
    }
}
