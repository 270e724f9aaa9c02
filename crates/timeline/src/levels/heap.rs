//! The least and the most of a counter in any stretch of its points.

use tracepane_model::metric::MetricPoint;
use tracepane_model::{Column, Nanos};

/// Points in a block.
const BLOCK: usize = 64;

/// Least and most of each block of a counter's points.
#[derive(Clone, Default, PartialEq, Debug)]
pub struct Extremes {
    blocks: Vec<(u64, u64)>,
    /// The most of all.
    pub most: u64,
}

impl Extremes {
    /// Sums up a counter.
    pub fn new(points: &Column<MetricPoint>) -> Self {
        let mut blocks = Vec::with_capacity(points.len().div_ceil(BLOCK));
        for (i, point) in points.iter().enumerate() {
            if i % BLOCK == 0 {
                blocks.push((u64::MAX, 0));
            }
            if let Some(last) = blocks.last_mut() {
                *last = join(*last, (point.value, point.value));
            }
        }
        let most = blocks.iter().map(|b| b.1).max().unwrap_or(0);
        Self { blocks, most }
    }

    /// Least and most of the points at `first..end`; `None` if that is empty.
    pub fn of(&self, points: &Column<MetricPoint>, first: usize, end: usize) -> Option<(u64, u64)> {
        let end = end.min(points.len());
        if first >= end {
            return None;
        }
        let one = |i: usize| {
            let value = points.at(i).value;
            (value, value)
        };
        let (first_block, end_block) = (first.div_ceil(BLOCK), end / BLOCK);
        if first_block >= end_block {
            return (first..end).map(one).reduce(join);
        }
        let edges = (first..first_block * BLOCK).chain(end_block * BLOCK..end);
        let inner = self.blocks[first_block..end_block].iter().copied();
        inner.chain(edges.map(one)).reduce(join)
    }

    /// Bytes held.
    pub fn heap_bytes(&self) -> usize {
        self.blocks.capacity() * size_of::<(u64, u64)>()
    }
}

fn join(a: (u64, u64), b: (u64, u64)) -> (u64, u64) {
    (a.0.min(b.0), a.1.max(b.1))
}

/// The number of points before the first at or after `time`.
pub fn points_before(points: &Column<MetricPoint>, time: f64) -> usize {
    points.partition_point(|p| (p.time.0 as f64) < time)
}

/// The value that holds at `time`.
pub fn value_at(points: &Column<MetricPoint>, time: Nanos) -> Option<u64> {
    let after = points.partition_point(|p| p.time <= time);
    Some(points.at(after.checked_sub(1)?).value)
}
