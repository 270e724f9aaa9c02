//! How much memory a [`Trace`] holds, part by part.

use crate::goroutine::GoroutineRow;
use crate::string::StringRef;
use crate::task::TaskRow;
use crate::trace::{GenerationRow, Trace};

/// Bytes that a [`Trace`] holds on the heap.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct HeapBytes {
    /// The goroutines' spans.
    pub spans: usize,
    /// Which spans belong to which goroutine and proc.
    pub index: usize,
    /// The goroutines' rows and groups.
    pub goroutines: usize,
    /// The procs' own spans, threads and placements.
    pub procs: usize,
    /// Stacks and frames.
    pub stacks: usize,
    /// Text.
    pub strings: usize,
    /// Ranges.
    pub ranges: usize,
    /// Tasks, regions, logs and labels.
    pub user: usize,
    /// Counters and CPU samples.
    pub metrics: usize,
}

impl HeapBytes {
    /// All of it.
    pub fn total(&self) -> usize {
        self.spans
            + self.index
            + self.goroutines
            + self.procs
            + self.stacks
            + self.strings
            + self.ranges
            + self.user
            + self.metrics
    }
}

fn of<T>(column: &Vec<T>) -> usize {
    column.capacity() * size_of::<T>()
}

impl Trace {
    /// How much memory it holds.
    pub fn heap_bytes(&self) -> HeapBytes {
        let Self {
            goroutines, procs, ..
        } = self;
        HeapBytes {
            spans: self.spans.heap_bytes(),
            index: of(&goroutines.spans)
                + of(&goroutines.span_starts)
                + of(&procs.ran)
                + of(&procs.ran_starts),
            goroutines: of::<GoroutineRow>(&goroutines.rows)
                + of::<StringRef>(&goroutines.groups)
                + of(&goroutines.members)
                + of(&goroutines.member_starts),
            procs: of(&procs.ids)
                + of(&procs.threads)
                + of(&procs.placements)
                + procs.spans.heap_bytes(),
            stacks: self.stacks.heap_bytes(),
            strings: self.strings.heap_bytes() + self.go_versions.capacity(),
            ranges: self.ranges.rows.heap_bytes()
                + of(&self.ranges.gc_marks)
                + of(&self.ranges.stop_the_world)
                + of(&self.ranges.found)
                + of(&self.ranges.by_goroutine)
                + of(&self.ranges.by_proc),
            user: of::<TaskRow>(&self.tasks)
                + self.regions.heap_bytes()
                + self.logs.heap_bytes()
                + self.labels.heap_bytes(),
            metrics: self.metrics.gomaxprocs.heap_bytes()
                + self.metrics.heap_objects.heap_bytes()
                + self.metrics.heap_goal.heap_bytes()
                + self.samples.heap_bytes()
                + of::<GenerationRow>(&self.generations),
        }
    }
}
