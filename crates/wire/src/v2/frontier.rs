//! Which thread's event comes next: a cursor for each thread, and a heap of their next events' times
//! (`internal/trace/batchcursor.go`). Its order among equal times is Go's, swap for swap.

use super::clock::Frequency;
use super::input::Batch;
use super::sort::sort_as_go;
use super::spec::EVENTS;
use crate::bytes::Window;

/// The next event of a thread.
#[derive(Clone, Copy, Debug)]
pub struct Cursor {
    /// Where its arguments begin in the data.
    pub args: usize,
    /// Where its batch ends in the data.
    pub end: usize,
    /// What to add to a place in the data for its offset in the file.
    pub delta: u64,
    /// The batch it is in.
    batch: u32,
    /// The place of its thread in the orderer; `u32::MAX` for none.
    pub thread: u32,
    /// Its time; 0 also means that the batch's own time comes first.
    pub last: i64,
    /// Its type.
    pub kind: u8,
}

/// Why a thread has no next event here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NoEvent {
    /// Its batches are read.
    End,
    /// What follows is no event.
    Bad,
}

/// Whether a type number is an event with a time of its own.
static TIMED: [bool; 256] = {
    let mut timed = [false; 256];
    let mut i = 0;
    while i < 256 {
        timed[i] = EVENTS[i].timed;
        i += 1;
    }
    timed
};

impl Cursor {
    /// A cursor before the first event of a thread's batches.
    pub fn new(thread: u32, first: u32, batches: &[Batch]) -> Self {
        let mut cursor = Self {
            args: 0,
            end: 0,
            delta: 0,
            batch: first,
            thread,
            last: 0,
            kind: 0,
        };
        cursor.enter(batches);
        cursor
    }

    fn enter(&mut self, batches: &[Batch]) {
        if let Some(batch) = batches.get(self.batch as usize) {
            self.args = batch.start;
            self.end = batch.start + batch.size;
            self.delta = batch.offset.wrapping_sub(batch.start as u64);
            self.last = 0;
        }
    }

    /// Gives up the rest of the batch.
    pub fn skip_batch(&mut self) {
        self.args = self.end;
    }

    /// Reads the type and time of the next event, which begins at `args`; its time.
    #[inline(always)]
    pub fn advance(
        &mut self,
        data: &[u8],
        batches: &[Batch],
        frequency: Frequency,
    ) -> Result<i64, NoEvent> {
        while self.args >= self.end {
            let Some(batch) = batches.get(self.batch as usize) else {
                return Err(NoEvent::End);
            };
            self.batch = batch.next;
            if batch.next == u32::MAX {
                return Err(NoEvent::End);
            }
            self.enter(batches);
        }
        if self.last == 0 {
            self.last = batches
                .get(self.batch as usize)
                .map_or(0, |batch| frequency.nanos(batch.time));
        }
        let window = Window::new(data, self.args).ok_or(NoEvent::Bad)?;
        self.kind = window.first();
        let mut at = 1;
        let ticks = window.uvarint(&mut at).ok_or(NoEvent::Bad)?;
        let args = self.args + at;
        if !TIMED[usize::from(self.kind)] || args > self.end {
            return Err(NoEvent::Bad);
        }
        self.args = args;
        self.last = frequency.nanos(ticks).wrapping_add(self.last);
        Ok(self.last)
    }
}

/// A thread's next event in the heap.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// Its time.
    pub time: i64,
    /// The thread's cursor.
    pub cursor: u32,
}

/// A min-heap by time.
#[derive(Default, Debug)]
pub struct Heap(Vec<Key>);

impl Heap {
    /// The entries; the first is the earliest.
    #[inline(always)]
    pub fn keys(&self) -> &[Key] {
        &self.0
    }

    /// The earliest entry.
    #[inline(always)]
    pub fn first(&self) -> Option<Key> {
        self.0.first().copied()
    }

    /// Empties it.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Adds an entry.
    pub fn insert(&mut self, key: Key) {
        self.0.push(key);
        self.sift_up(self.0.len() - 1);
    }

    /// Gives entry `i` a new time.
    #[inline(always)]
    pub fn update(&mut self, i: usize, time: i64) {
        self.0[i].time = time;
        if i == 0 || self.sift_up(i) == i {
            self.sift_down(i);
        }
    }

    /// Removes entry `i`.
    pub fn remove(&mut self, mut i: usize) {
        while i > 0 {
            self.0.swap((i - 1) / 2, i);
            i = (i - 1) / 2;
        }
        self.0.swap_remove(0);
        if !self.0.is_empty() {
            self.sift_down(0);
        }
    }

    /// Sorts the entries by time; a sorted heap is a heap.
    pub fn sort(&mut self) {
        sort_as_go(&mut self.0, |key| key.time);
    }

    fn sift_up(&mut self, mut i: usize) -> usize {
        while i > 0 && self.0[(i - 1) / 2].time > self.0[i].time {
            self.0.swap((i - 1) / 2, i);
            i = (i - 1) / 2;
        }
        i
    }

    #[inline(always)]
    fn sift_down(&mut self, mut i: usize) {
        let keys = self.0.as_mut_slice();
        let moving = keys[i];
        loop {
            let left = 2 * i + 1;
            if left >= keys.len() {
                break;
            }
            let right = left + 1;
            // The smaller child; the left one among equals.
            let child = if right < keys.len() && keys[right].time < keys[left].time {
                right
            } else {
                left
            };
            if keys[child].time >= moving.time {
                break;
            }
            keys[i] = keys[child];
            i = child;
        }
        keys[i] = moving;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn earliest_first() {
        let mut heap = Heap::default();
        let mut state = 1u64;
        for cursor in 0..100 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            heap.insert(Key {
                time: (state >> 40) as i64,
                cursor,
            });
        }
        for i in [0, 50, 99, 3] {
            heap.update(i, 7 * i as i64);
        }
        heap.remove(20);
        heap.remove(0);
        let mut last = i64::MIN;
        let mut count = 0;
        while let Some(key) = heap.first() {
            assert!(key.time >= last);
            last = key.time;
            count += 1;
            heap.remove(0);
        }
        assert_eq!(count, 98);
    }
}
