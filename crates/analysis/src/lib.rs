//! Questions asked of a [`tracepane_model::Trace`] within a [`Scope`], and their answers as plain values.
//!
//! Nothing here reads a file, knows a browser or writes HTML; sentences are plain text.

pub mod annotations;
mod buckets;
mod changes;
mod clock;
pub mod cpu_profile;
mod ended_spans;
pub mod find;
pub mod findings;
pub mod format;
pub mod functions;
pub mod gc_cycles;
pub mod gc_series;
pub mod gc_work;
pub mod goroutines;
pub mod histogram;
pub mod intervals;
pub mod latency;
mod lists;
pub mod mmu;
pub mod mutator_utilization_distribution;
pub mod names;
pub mod pauses;
mod pieces;
pub mod place;
pub mod proc_times;
pub mod profiles;
pub mod range_summary;
mod range_times;
pub mod region_times;
pub mod regions;
pub mod runnable;
mod same_stacks;
pub mod scheduler;
pub mod scope;
#[cfg(test)]
mod script;
pub mod span_details;
pub mod span_lengths;
pub mod stack_reason;
pub mod statistics;
mod stopped;
mod sum;
pub mod summary;
pub mod tables;
pub mod task_events;
pub mod task_times;
pub mod tasks;
pub mod time_histogram;
mod time_sums;
pub mod top_stacks;
pub mod utilization;
pub mod waits;

pub use annotations::{Annotations, NoProfile, ProfileScope, profile_of};
pub use cpu_profile::{cpu_profile, cpu_profile_within};
pub use findings::{Finding, findings, sentence};
pub use gc_cycles::{GcCycle, GcCycles, GcTrigger, gc_cycles, gc_cycles_within};
pub use gc_series::{GcBucket, GcSeries, gc_series};
pub use gc_work::{GcWork, GcWorkKind, for_each_gc_work};
pub use goroutines::{GoroutineTimes, Times, goroutine_times};
pub use intervals::{Intervals, Overlaps};
pub use latency::{Latencies, Latency, LatencyGroup, latencies};
pub use mmu::{CurvePoint, Mmu, UtilizationWindow};
pub use pauses::{Pause, PauseKind, Pauses, pauses};
pub use proc_times::{ProcTimes, proc_times};
pub use profiles::{Completeness, Profile, ProfileKind, ProfileRow, profile, profile_within};
pub use range_summary::{RangeSummary, range_summary};
pub use region_times::{RegionTimes, region_times};
pub use regions::{RegionFilter, Regions};
pub use runnable::{RunnableBucket, RunnableSeries, runnable_series};
pub use scope::{GoroutineScope, Scope, TimeRange, group_named};
pub use span_details::{SpanDetails, Wake, Waker, span_details};
pub use summary::{Summary, summary};
pub use tables::{
    GoroutineDetails, GroupRow, SortKey, goroutine_details, group_row, group_rows, sort_goroutines,
    sort_groups,
};
pub use task_events::{TaskEvent, TaskEventKind, task_events};
pub use task_times::{TaskTimes, TaskWork};
pub use tasks::{TaskFilter, Tasks};
pub use time_histogram::TimeHistogram;
pub use top_stacks::{FrameText, TopStack, TopStacks, frames, top_stacks};
pub use utilization::{
    Utilization, UtilizationFlags, UtilizationRules, utilization, utilization_within,
};
