//! Ordered events → [`Trace`]: everything a trace says, in columns, built once and read-only after.
//!
//! A [`Builder`] receives a [`tracepane_wire::Reader`]'s events and becomes a [`Trace`]. Times in a `Trace` are
//! [`Nanos`] since the trace's start; absolute trace-clock times are those plus [`Trace::clock_start`].

pub mod both;
pub mod build;
pub mod check;
pub mod column;
pub mod dump;
pub mod duration;
pub mod goroutine;
pub mod heap;
pub mod load;
pub mod metric;
pub mod narrow;
pub mod parts;
pub mod proc;
pub mod range;
pub mod row_set;
pub mod sample;
pub mod span;
pub mod stack;
pub mod string;
pub mod task;
pub mod trace;

pub use build::{Builder, Finish, SpanLists};
pub use column::Column;
pub use goroutine::{Goroutines, GroupIndex};
pub use heap::HeapBytes;
pub use load::{Loader, load, load_with};
pub use metric::Metrics;
pub use proc::{Placement, PlacementId, ProcSpan, ProcSpanState, Procs};
pub use range::{FoundRange, RangeKind, RangeRow, RangeScope, Ranges};
pub use row_set::{RowSet, bits_of};
pub use sample::Sample;
pub use span::{Cause, ReasonId, SpanIndex, SpanKind, SpanPiece, SpanState, Spans, SyscallView};
pub use stack::{FrameRef, StackRef, Stacks};
pub use string::{StringRef, Strings};
pub use task::{LabelRow, LogRow, RegionRow, TaskIndex, TaskRow};
pub use trace::Trace;
pub use tracepane_wire::sorting;
pub use tracepane_wire::{
    ClockSnapshot, EventCounts, EventType, GoroutineId, GoroutineIndex, Nanos, ProcId, ProcIndex,
    Report, SlipKind, TaskId, ThreadId, ThreadIndex,
};
