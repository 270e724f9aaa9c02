//! What goroutines did in a part, in few columns: a picture of a trace that is still being read.

use super::Part;
use crate::span::{SpanPiece, SpanState};

/// How many kinds of doing a sketch tells apart.
const KINDS: usize = 3;

/// How many rows are looked at at once.
const ROWS: usize = SpanPiece::MOST;

/// Of a goroutine: it does nothing that a sketch shows.
const NOTHING: u8 = KINDS as u8;

impl Part {
    /// How many goroutines ran, were in system calls, and could have run, on average in each of `columns` equal pieces
    /// of the part's time.
    pub fn sketch(&self, columns: usize) -> Vec<[f32; KINDS]> {
        let columns = columns.max(1);
        let width = (self.builder.now().0.max(1) as f64 / columns as f64).max(1.0);
        let mut sweep = Sweep {
            columns: Vec::with_capacity(columns),
            width,
            ends: column_end(0, width),
            last: columns - 1,
            standing: [0.0; KINDS + 1],
            time: [0.0; KINDS + 1],
        };
        let mut doing = vec![NOTHING; self.builder.rows.len()];
        let mut piece = SpanPiece::default();
        let mut next = 0;
        while next < self.spans.len() {
            self.spans.copy_piece(next, ROWS, &mut piece);
            sweep.add(&piece, &mut doing);
            next += ROWS;
        }
        while sweep.columns.len() < columns {
            sweep.end_column();
        }
        sweep.columns
    }
}

/// Where a column ends, ns.
fn column_end(column: usize, width: f64) -> i64 {
    ((column + 1) as f64 * width) as i64
}

/// By kind, and one more place for all else: four, as processors do two or four things at once.
type Counts = [f64; KINDS + 1];

/// What changes of [`Sweep::standing`] when a goroutine that did `i >> 2` does `i & 3`.
const CHANGES: [Counts; 16] = {
    let mut changes = [[0.0; KINDS + 1]; 16];
    let mut i = 0;
    while i < changes.len() {
        changes[i][i & 3] += 1.0;
        changes[i][i >> 2] -= 1.0;
        i += 1;
    }
    changes
};

/// The columns, from the first to the last.
struct Sweep {
    columns: Vec<[f32; KINDS]>,
    width: f64,
    /// Where the column ends that is being filled, and the place of the last one.
    ends: i64,
    last: usize,
    /// How many goroutines do what now.
    standing: Counts,
    /// How long, in this column, added up over goroutines: as if each went on to the column's end.
    time: Counts,
}

impl Sweep {
    #[cold]
    fn end_column(&mut self) {
        let of = |kind: usize| (self.time[kind] / self.width).max(0.0) as f32;
        self.columns.push(std::array::from_fn(of));
        self.ends = column_end(self.columns.len(), self.width);
        self.time = self.standing.map(|count| count * self.width);
    }

    /// Adds what some rows change.
    #[inline(never)]
    fn add(&mut self, piece: &SpanPiece, doing: &mut [u8]) {
        let (mut standing, mut time) = (self.standing, self.time);
        for (_, start, goroutine, kind, _) in piece.rows() {
            let Some(doing) = doing.get_mut(goroutine.0 as usize) else {
                continue;
            };
            let now = match kind.state() {
                SpanState::Running => 0,
                SpanState::Syscall | SpanState::SyscallBlocked => 1,
                SpanState::Runnable => 2,
                SpanState::Dead | SpanState::Waiting => NOTHING,
            };
            if start >= self.ends && self.columns.len() < self.last {
                (self.standing, self.time) = (standing, time);
                while start >= self.ends && self.columns.len() < self.last {
                    self.end_column();
                }
                (standing, time) = (self.standing, self.time);
            }
            let before = std::mem::replace(doing, now);
            let change = &CHANGES[usize::from(before << 2 | now) % CHANGES.len()];
            let left = (self.ends - start).max(0) as f64;
            for kind in 0..=KINDS {
                standing[kind] += change[kind];
                time[kind] += change[kind] * left;
            }
        }
        (self.standing, self.time) = (standing, time);
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
            let sketch = part.sketch(columns);
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
