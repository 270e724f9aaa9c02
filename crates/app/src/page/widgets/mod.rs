//! What several views show: facts, links, histograms, stacks, the legend, tables.

pub mod chooser;
pub mod copy;
pub mod explain;
pub mod facts;
#[allow(dead_code)] // The views that show it come next.
pub mod histogram;
pub mod legend;
pub mod listing;
pub mod stack;
pub mod table;
