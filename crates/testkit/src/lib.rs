//! What the tests of several crates share: the test data, the strict validator, goldens, mutations.
//!
//! A dev-dependency only. Helpers here may panic: a test that cannot read its data has failed.

pub mod allocation;
pub mod case;
pub mod data;
pub mod golden;
pub mod hash;
pub mod mutate;
pub mod processes;
pub mod validator;

pub use case::{Case, Expectation};
pub use validator::Validator;
