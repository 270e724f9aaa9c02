//! The counters that the runtime writes: GOMAXPROCS, live heap, heap goal.

use tracepane_wire::Nanos;

use crate::column::Column;

/// One value of a counter, valid until the next one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MetricPoint {
    /// Since when.
    pub time: Nanos,
    /// The value: bytes, or procs.
    pub value: u64,
}

/// The counters, each in time order.
#[derive(Clone, Default, PartialEq, Debug)]
pub struct Metrics {
    /// GOMAXPROCS.
    pub gomaxprocs: Column<MetricPoint>,
    /// Bytes of live heap objects.
    pub heap_objects: Column<MetricPoint>,
    /// The heap size in bytes at which the next GC ends.
    pub heap_goal: Column<MetricPoint>,
}
