//! Format v2: what Go 1.22 and newer write.

pub mod spec;
