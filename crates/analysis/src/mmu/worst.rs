//! The worst windows so far, no two of which overlap: Go's `utilHeap` step by step, because its order decides which of
//! two overlapping windows is met first.

use super::UtilizationWindow;

/// A heap whose first entry is the least bad one.
pub(super) struct WorstWindows {
    wanted: usize,
    heap: Vec<UtilizationWindow>,
}

/// `utilHeap.Less`: the less bad and later one comes first.
fn less(a: &UtilizationWindow, b: &UtilizationWindow) -> bool {
    if a.part != b.part {
        return a.part > b.part;
    }
    a.time > b.time
}

impl WorstWindows {
    pub(super) fn new(wanted: usize) -> Self {
        Self {
            wanted,
            heap: Vec::with_capacity(wanted + 1),
        }
    }

    pub(super) fn wanted(&self) -> usize {
        self.wanted
    }

    /// The least bad one's utilization, once there are as many as wanted.
    pub(super) fn least_bad(&self) -> Option<f64> {
        if self.heap.len() < self.wanted {
            return None;
        }
        self.heap.first().map(|window| window.part)
    }

    /// Keeps a window, unless there are enough worse ones or a worse one overlaps.
    pub(super) fn add(&mut self, new: UtilizationWindow, length: i64) {
        if self.least_bad().is_some_and(|least| new.part >= least) {
            return;
        }
        let overlaps = |old: &UtilizationWindow| {
            new.time.0.saturating_add(length) > old.time.0
                && old.time.0.saturating_add(length) > new.time.0
        };
        if let Some(place) = self.heap.iter().position(overlaps) {
            if self.heap[place].part <= new.part {
                return;
            }
            self.remove(place);
        }
        self.push(new);
        if self.heap.len() > self.wanted {
            self.remove(0);
        }
    }

    /// Worst first.
    pub(super) fn into_sorted(mut self) -> Vec<UtilizationWindow> {
        self.heap
            .sort_by(|a, b| (a.part.total_cmp(&b.part)).then(a.time.cmp(&b.time)));
        self.heap
    }

    fn push(&mut self, window: UtilizationWindow) {
        self.heap.push(window);
        self.up(self.heap.len() - 1);
    }

    fn remove(&mut self, place: usize) {
        let last = self.heap.len() - 1;
        if last != place {
            self.heap.swap(place, last);
            if !self.down(place, last) {
                self.up(place);
            }
        }
        self.heap.pop();
    }

    fn up(&mut self, mut i: usize) {
        while i > 0 {
            let parent = (i - 1) / 2;
            if !less(&self.heap[i], &self.heap[parent]) {
                return;
            }
            self.heap.swap(i, parent);
            i = parent;
        }
    }

    fn down(&mut self, start: usize, count: usize) -> bool {
        let mut i = start;
        loop {
            let left = 2 * i + 1;
            if left >= count {
                break;
            }
            let mut child = left;
            if left + 1 < count && less(&self.heap[left + 1], &self.heap[left]) {
                child = left + 1;
            }
            if !less(&self.heap[child], &self.heap[i]) {
                break;
            }
            self.heap.swap(i, child);
            i = child;
        }
        i > start
    }
}
