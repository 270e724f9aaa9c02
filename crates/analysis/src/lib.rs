//! Questions asked of a [`tracepane_model::Trace`] within a [`Scope`], and their answers as plain values.
//!
//! Nothing here reads a file, knows a browser or writes HTML; sentences are plain text.

mod clock;
pub mod findings;
pub mod format;
pub mod goroutines;
pub mod histogram;
pub mod intervals;
mod lists;
pub mod names;
pub mod place;
pub mod profiles;
mod range_times;
pub mod region_times;
pub mod regions;
mod same_stacks;
pub mod scope;
#[cfg(test)]
mod script;
pub mod span_details;
pub mod stack_reason;
mod sum;
pub mod summary;
pub mod tables;
pub mod task_events;
pub mod task_times;
pub mod tasks;
pub mod time_histogram;
pub mod top_stacks;

pub use findings::{Finding, findings, sentence};
pub use goroutines::{GoroutineTimes, Times, goroutine_times};
pub use intervals::{Intervals, Overlaps};
pub use profiles::{Completeness, Profile, ProfileKind, ProfileRow, profile, profile_within};
pub use scope::{GoroutineScope, Scope, TimeRange, group_named};
pub use span_details::{SpanDetails, Wake, Waker, span_details};
pub use summary::{Summary, summary};
pub use tables::{
    GoroutineDetails, GroupRow, SortKey, goroutine_details, group_row, group_rows, sort_goroutines,
    sort_groups,
};
pub use top_stacks::{FrameText, TopStack, TopStacks, frames, top_stacks};
