//! The native command `tracepane`.
fn main() {}
