//! Profiles in pprof's format: `profile.proto`, gzip'ed, the same bytes for the same input.
//!
//! Feed stacks to a [`Builder`], [`Builder::finish`] it, and write [`Profile::to_gzip`]. The shape is the one that
//! `go tool trace` gives (`internal/trace/traceviewer/pprof.go`), so that `go tool pprof` treats both alike.

pub mod build;
pub mod gzip;
pub mod proto;

pub use build::{Builder, Frame, MAX_FRAMES, Measure};
pub use gzip::DecodeError;
pub use proto::Profile;
