//! Distributions of durations as cells: small bars, on one axis for all rows of a table.

use tracepane_analysis::format;
use tracepane_analysis::time_histogram::{TimeHistogram, bounds};
use tracepane_model::Nanos;

use crate::protocol::Cell;
use crate::worker::words;

/// The bars that a table shows: from one to another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Axis {
    first: usize,
    count: usize,
}

impl Axis {
    /// The axis on which all of these fit.
    pub fn of<'a>(all: impl Iterator<Item = &'a TimeHistogram>) -> Self {
        let ends = all
            .filter(|histogram| histogram.count() > 0)
            .map(|histogram| {
                (
                    histogram.first(),
                    histogram.first() + histogram.bars().len(),
                )
            })
            .reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
        let (first, end) = ends.unwrap_or((0, 0));
        Self {
            first,
            count: end - first,
        }
    }

    /// The column's title, with the ends of the axis.
    pub fn title(self) -> String {
        if self.count == 0 {
            return "Durations".to_owned();
        }
        let shortest = bounds(self.first).0;
        let longest = bounds(self.first + self.count - 1).1;
        format!("Durations, {} to {}", rough(shortest), rough(longest))
    }

    /// A row's cell.
    pub fn cell(self, histogram: &TimeHistogram) -> Cell {
        if histogram.count() == 0 {
            return words::text_cell("");
        }
        let mut bars = vec![0.0; self.count];
        let most = histogram.bars().map(|bar| bar.count).max().unwrap_or(1) as f64;
        let mut texts = Vec::new();
        for (place, bar) in histogram.bars().enumerate() {
            let at = (histogram.first() + place).checked_sub(self.first);
            if let Some(height) = at.and_then(|at| bars.get_mut(at)) {
                *height = bar.count as f64 / most;
            }
            if bar.count > 0 {
                let (from, to) = (
                    format::duration(bar.shortest),
                    format::duration(bar.longest),
                );
                texts.push(format!("{from} to {to}: {}", format::count(bar.count)));
            }
        }
        Cell {
            bars,
            ..words::text_cell(texts.join("; "))
        }
    }
}

/// A duration with as few digits as a title has room for.
fn rough(nanos: Nanos) -> String {
    let text = format::duration(nanos);
    match text.split_once(' ') {
        Some((number, unit)) => {
            let digits = if number.find('.') == Some(1) {
                3
            } else {
                number.find('.').unwrap_or(number.len())
            };
            format!("{} {unit}", &number[..digits.min(number.len())])
        }
        None => text,
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn rows_share_an_axis() {
        let a = TimeHistogram::of([1_200, 1_300, 40_000].map(Nanos));
        let b = TimeHistogram::of([5_000].map(Nanos));
        let none = TimeHistogram::new();
        let axis = Axis::of([&a, &none, &b].into_iter());
        assert_eq!(axis.title(), "Durations, 1.0 µs to 63 µs");
        let cell = axis.cell(&a);
        assert_eq!(cell.bars, [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.5]);
        assert_eq!(
            cell.text,
            "1.001 µs to 1.584 µs: 2; 39.81 µs to 63.09 µs: 1"
        );
        let cell = axis.cell(&b);
        assert_eq!(cell.bars.iter().position(|&bar| bar > 0.0), Some(3));
        assert_eq!(cell.bars.len(), 9);
        assert!(axis.cell(&none).bars.is_empty());
        assert_eq!(Axis::of([&none].into_iter()).title(), "Durations");
    }
}
