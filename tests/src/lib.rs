//! What runs across crates lives in the test targets of this package; here is what they share.

use libtest_mimic::{Arguments, Failed, Trial};
use tracepane_wire::{Options, Report, Sink, WireError, read_all};

/// A test program that checks each trace of the corpus, in tests that are named like the traces; ends the program.
pub fn check_each(corpus: Vec<String>, check: fn(&str) -> Result<(), String>) -> ! {
    let trials = corpus
        .into_iter()
        .map(|path| {
            let name = path.trim_start_matches("corpus/").to_string();
            Trial::test(name, move || check(&path).map_err(Failed::from))
        })
        .collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit()
}

/// Reads a trace as `go tool trace` does: the first inconsistency ends it.
///
/// # Errors
/// What ended it.
pub fn read_strictly(trace: &[u8], sink: &mut impl Sink) -> Result<Report, WireError> {
    read_all(trace, Options { strict: true }, sink)
}

/// Reads a trace as the page does: all that can be shown.
///
/// # Errors
/// If it is no trace at all.
pub fn read_leniently(trace: &[u8], sink: &mut impl Sink) -> Result<Report, WireError> {
    read_all(trace, Options { strict: false }, sink)
}

#[cfg(feature = "browser")]
pub mod picture;
#[cfg(feature = "browser")]
pub mod web;
