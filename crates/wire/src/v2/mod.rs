//! Format v2: what Go 1.22 and newer write.

mod batch;
mod carry;
mod clock;
mod frontier;
mod generation;
mod ids;
mod input;
mod names;
mod order;
mod run;
pub mod seam;
mod sort;
pub mod spec;
mod state;
mod usual;

pub(crate) use batch::{BatchHeader, Piece};
pub(crate) use input::{Input, RawGeneration};
pub(crate) use run::{Generations, Standing};
