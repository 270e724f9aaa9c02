//! A goroutine's life in a row of equal columns: what it did in each, by share.

use tracepane_model::{GoroutineIndex, SpanIndex};
use tracepane_timeline::Class;
use tracepane_timeline::class::CLASSES;

use super::opened::OpenTrace;
use super::words::class_key;
use crate::protocol::Stretch;

/// How many columns there are: about as many as the picture has pixels.
const COLUMNS: usize = 600;

/// The life of a goroutine, from `start` to `end` in ns; columns that are alike are one stretch.
pub fn strip(
    open: &OpenTrace,
    goroutine: GoroutineIndex,
    (start, end): (f64, f64),
) -> Vec<Stretch> {
    let trace = &open.trace;
    let width = (end - start) / COLUMNS as f64;
    if width <= 0.0 {
        return Vec::new();
    }
    let worker = open.classes.is_worker(trace, goroutine);
    let mut columns = Columns::new(width);
    for (place, &span) in trace.goroutines.spans(goroutine).iter().enumerate() {
        let span = SpanIndex(span);
        let class = match open.classes.of(trace.spans.kind(span)) {
            None => continue,
            Some(Class::Running) if worker => Class::GcWork,
            Some(class) => class,
        };
        let from = trace.spans.start(span).0 as f64 - start;
        let to = trace.span_end_at(goroutine, place).0 as f64 - start;
        columns.add(class, from, to);
    }
    columns.stretches()
}

/// Time by class in each column.
struct Columns {
    width: f64,
    nanos: Vec<[f64; CLASSES]>,
}

impl Columns {
    fn new(width: f64) -> Self {
        Self {
            width,
            nanos: vec![[0.0; CLASSES]; COLUMNS],
        }
    }

    fn add(&mut self, class: Class, from: f64, to: f64) {
        let column = |time: f64| ((time / self.width).max(0.0) as usize).min(COLUMNS - 1);
        for i in column(from)..=column(to) {
            let left = i as f64 * self.width;
            let within = to.min(left + self.width) - from.max(left);
            self.nanos[i][class as usize] += within.max(0.0);
        }
    }

    fn stretches(&self) -> Vec<Stretch> {
        let mut stretches: Vec<Stretch> = Vec::new();
        for column in &self.nanos {
            let shares: Vec<(String, f64)> = Class::STACKED
                .into_iter()
                .filter(|&class| column[class as usize] > 0.0)
                .map(|class| {
                    let share = column[class as usize] / self.width;
                    // Three places are finer than a pixel, and let columns be alike.
                    (class_key(class).to_owned(), (share * 1e3).round() / 1e3)
                })
                .collect();
            match stretches.last_mut() {
                Some(last) if last.shares == shares => last.columns += 1,
                _ => stretches.push(Stretch { columns: 1, shares }),
            }
        }
        stretches
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn columns_that_are_alike_are_one_stretch() {
        let mut columns = Columns::new(10.0);
        columns.add(Class::Idle, 0.0, 3000.0);
        columns.add(Class::Running, 3000.0, 3005.0);
        columns.add(Class::Idle, 3005.0, 9e9);
        let stretches = columns.stretches();
        let widths: Vec<u32> = stretches.iter().map(|stretch| stretch.columns).collect();
        assert_eq!(widths, [300, 1, 299]);
        let middle = [("running".to_owned(), 0.5), ("idle".to_owned(), 0.5)];
        assert_eq!(stretches[1].shares, middle);
    }
}
