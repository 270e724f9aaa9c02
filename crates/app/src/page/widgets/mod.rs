//! What several views show: facts, links, histograms, stacks, the legend, tables.

pub mod chart;
pub mod chooser;
pub mod copy;
pub mod explain;
pub mod facts;
pub mod histogram;
pub mod legend;
pub mod listing;
pub mod stack;
pub mod steps;
pub mod table;
