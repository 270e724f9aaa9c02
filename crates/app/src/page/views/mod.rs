//! The views: functions from the page's state to elements.

pub mod arrangement;
pub mod choose_part;
pub mod details;
pub mod distribution;
pub mod durations;
pub mod events;
mod find;
pub mod gc;
pub mod goroutine;
pub mod goroutines;
pub mod help;
pub mod lane_menu;
pub mod logs;
pub mod manual;
mod marks;
mod minimap;
pub mod mmu;
pub mod pointer;
pub mod profile_links;
pub mod profiles;
pub mod progress;
mod range;
mod range_dialog;
pub mod regions;
mod reorder;
pub mod save;
pub mod scheduler;
pub mod shell;
pub mod sketch;
pub mod start;
pub mod summary;
pub mod task;
pub mod tasks;
pub mod timeline;
mod typed_time;

/// The id of the filter of what is shown, for the key that goes there.
pub const FILTER: &str = "filter";

/// The id of the filter of the timeline's lanes.
pub const LANE_FILTER: &str = "lane-filter";
