//! Bands by their lower bounds, lowest first: Go's `container/heap` step by step, because among equal bounds its order
//! decides which windows are found.

/// A band with a lower bound of the windows that begin in it (`bandUtil`).
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Band {
    pub(super) series: usize,
    pub(super) place: usize,
    pub(super) bound: f64,
}

/// A heap of bands.
pub(super) struct BandHeap {
    bands: Vec<Band>,
}

impl BandHeap {
    /// `heap.Init`.
    pub(super) fn new(bands: Vec<Band>) -> Self {
        let mut heap = Self { bands };
        let count = heap.bands.len();
        for i in (0..count / 2).rev() {
            heap.down(i, count);
        }
        heap
    }

    pub(super) fn first(&self) -> Option<Band> {
        self.bands.first().copied()
    }

    /// `heap.Pop`.
    pub(super) fn pop(&mut self) {
        let Some(last) = self.bands.len().checked_sub(1) else {
            return;
        };
        self.bands.swap(0, last);
        self.down(0, last);
        self.bands.pop();
    }

    fn down(&mut self, start: usize, count: usize) {
        let mut i = start;
        loop {
            let left = 2 * i + 1;
            if left >= count {
                return;
            }
            let mut child = left;
            let right = left + 1;
            if right < count && self.bands[right].bound < self.bands[left].bound {
                child = right;
            }
            if self.bands[child].bound >= self.bands[i].bound {
                return;
            }
            self.bands.swap(i, child);
            i = child;
        }
    }
}
