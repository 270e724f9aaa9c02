//! What goroutines did in a part, in few columns: a picture of a trace that is still being read.
//!
//! It is as true as levels of detail: each column has the very means of its time, of all rows. Only what the time before
//! the part decides is not in it.

use crate::span::{SpanKind, SpanState};

/// How many kinds of doing a sketch tells apart: running, in system calls, and ready to run.
const KINDS: usize = 3;

/// The kind of doing that a state is; [`KINDS`] is none.
fn kind_of(state: SpanState) -> usize {
    match state {
        SpanState::Running => 0,
        SpanState::Syscall | SpanState::SyscallBlocked => 1,
        SpanState::Runnable => 2,
        SpanState::Dead | SpanState::Waiting => KINDS,
    }
}

/// Rows that are added together begin within so many ns: [`Changes`] has room for their sum.
const MOST_TIME: i64 = 1 << 32;

/// The columns of a sketch, from the first to the last.
pub(super) struct Sketch {
    columns: Vec<[f32; KINDS]>,
    /// How many there will be.
    count: usize,
    /// How long each is, ns, and where the one ends that is being filled.
    width: f64,
    ends: i64,
    /// Each goroutine's state, times eight.
    states: Vec<u8>,
    /// How many goroutines do what now.
    standing: [i64; KINDS],
    /// How long, in this column, added up over goroutines: as if each went on to the column's end.
    time: [f64; KINDS],
}

impl Sketch {
    /// Of what so many goroutines do in `length` ns, in so many columns.
    pub(super) fn new(goroutines: usize, length: i64, columns: usize) -> Self {
        let columns = columns.max(1);
        let width = (length.max(1) as f64 / columns as f64).max(1.0);
        Self {
            columns: Vec::with_capacity(columns),
            count: columns,
            width,
            ends: column_end(0, width),
            states: vec![0; goroutines],
            standing: [0; KINDS],
            time: [0.0; KINDS],
        }
    }

    /// Adds the next rows, 4096 at most: their starts (ns), goroutines and packed kinds.
    pub(super) fn add(&mut self, starts: &[i64], goroutines: &[u32], kinds: &[u32]) {
        let mut from = 0;
        while let Some(&begin) = starts.get(from) {
            while begin >= self.ends && self.columns.len() + 1 < self.count {
                self.end_column();
            }
            let mut end = begin.saturating_add(MOST_TIME);
            if self.columns.len() + 1 < self.count {
                end = end.min(self.ends);
            }
            let rows = from..from + starts[from..].partition_point(|&start| start < end);
            from = rows.end;
            let mut changes = Changes([0; 64]);
            changes.add(
                &starts[rows.clone()],
                &goroutines[rows.clone()],
                &kinds[rows],
                &mut self.states,
            );
            self.change(&changes, begin);
        }
    }

    /// How many goroutines ran, were in system calls, and could have run, on average in each column.
    pub(super) fn finish(mut self) -> Vec<[f32; KINDS]> {
        while self.columns.len() < self.count {
            self.end_column();
        }
        self.columns
    }

    #[cold]
    fn end_column(&mut self) {
        let mean = |time: f64| (time / self.width).max(0.0) as f32;
        self.columns.push(self.time.map(mean));
        self.ends = column_end(self.columns.len(), self.width);
        self.time = self.standing.map(|count| count as f64 * self.width);
    }

    /// Adds what rows change, the first of which begins at `begin`.
    fn change(&mut self, changes: &Changes, begin: i64) {
        let left = (self.ends - begin) as f64;
        for (i, &sum) in changes.0.iter().enumerate().filter(|&(_, &sum)| sum > 0) {
            let count = (sum / Changes::ONE) as i64;
            let time = count as f64 * left - (sum % Changes::ONE) as f64;
            let kind_of = |state: usize| kind_of(SpanKind::from_packed(state as u16).state());
            for (kind, sign) in [(kind_of(i % 8), 1), (kind_of(i / 8), -1)] {
                if let Some(standing) = self.standing.get_mut(kind) {
                    *standing += sign * count;
                    self.time[kind] += sign as f64 * time;
                }
            }
        }
    }
}

/// Where a column ends, ns.
fn column_end(column: usize, width: f64) -> i64 {
    ((column + 1) as f64 * width) as i64
}

/// What some rows change, by the goroutine's state before (times eight) and now: how many there are, times [`Self::ONE`],
/// and the sum of their starts, ns since the first of them. One sum for both, as that is most of the work; many sums, as
/// each has to wait for what was added to it just before.
struct Changes([u64; 64]);

impl Changes {
    /// More than the sum of all starts: those of 4096 rows, each within [`MOST_TIME`].
    const ONE: u64 = 1 << 44;

    /// Adds rows; `states` has each goroutine's, times eight.
    #[inline(never)]
    fn add(&mut self, starts: &[i64], goroutines: &[u32], kinds: &[u32], states: &mut [u8]) {
        let Some(&first) = starts.first() else {
            return;
        };
        for ((&start, &goroutine), &kind) in starts.iter().zip(goroutines).zip(kinds) {
            let Some(state) = states.get_mut(goroutine as usize) else {
                continue;
            };
            let now = kind as u8 & 7;
            let change = std::mem::replace(state, now << 3) | now;
            self.0[usize::from(change) % 64] += Self::ONE + (start - first) as u64;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parts::PartReader;

    #[test]
    fn a_sketch_adds_up_to_the_time_that_goroutines_spent() {
        let path = format!(
            "{}/../../testdata/corpus/http-go1.27.trace",
            env!("CARGO_MANIFEST_DIR")
        );
        let bytes = std::fs::read(path).unwrap();
        let index = tracepane_wire::index(&mut bytes.as_slice()).unwrap();
        let all = 0..index.generations.len();
        let mut reader = PartReader::new(bytes.as_slice(), &index, all).unwrap();
        while reader.step().unwrap().is_some() {}
        let part = reader.finish();
        let trace = crate::load(bytes.as_slice(), Default::default()).unwrap();
        let mut running = 0;
        for row in 0..trace.spans.len() as u32 {
            let span = crate::SpanIndex(row);
            if trace.spans.kind(span).state() == SpanState::Running {
                running += trace.span_end(span).0 - trace.spans.start(span).0;
            }
        }
        for columns in [1, 7, 300] {
            let sketch = part.pieces(columns, |_| {}).sketch;
            assert_eq!(sketch.len(), columns);
            let mean = sketch
                .iter()
                .map(|column| f64::from(column[0]))
                .sum::<f64>();
            let found = mean / columns as f64 * trace.end.0 as f64;
            let share = found / running as f64;
            assert!((share - 1.0).abs() < 1e-3, "{columns} columns: {share}");
        }
    }
}
