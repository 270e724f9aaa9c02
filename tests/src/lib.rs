//! What runs across crates lives in the test targets of this package.
