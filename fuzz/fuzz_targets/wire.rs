//! Any bytes through the reader, strict and lenient, with every event printed: no panic, and no more events than the
//! bytes can hold.
//!
//! With the fuzzer: `cargo +nightly fuzz run wire -- -max_len=65536`, seeded with `testdata/corpus`.
//! Without it: `cargo run --manifest-path fuzz/Cargo.toml --no-default-features -- FILE…`.

#![cfg_attr(feature = "libfuzzer", no_main)]

use tracepane_wire::dump::Dump;
use tracepane_wire::{Options, read_all};

fn run(bytes: &[u8]) {
    for strict in [true, false] {
        let mut events = 0;
        let mut sink = Dump::new(|text: &str| {
            events += 1;
            assert!(text.starts_with("M="));
        });
        let _ = read_all(bytes, Options { strict }, &mut sink);
        assert!(events <= 8 * bytes.len() + 64, "{events} events");
    }
}

#[cfg(feature = "libfuzzer")]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| run(bytes));

#[cfg(not(feature = "libfuzzer"))]
fn main() {
    for path in std::env::args_os().skip(1) {
        match std::fs::read(&path) {
            Ok(bytes) => run(&bytes),
            Err(error) => eprintln!("{}: {error}", path.display()),
        }
    }
}
