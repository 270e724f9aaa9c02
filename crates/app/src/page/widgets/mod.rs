//! What several views show: facts, links, stacks, the legend, tables.

pub mod facts;
pub mod legend;
pub mod stack;
pub mod table;
