//! The numbers that name things in a trace, as types: ids as the runtime gave them, and dense indexes for columns.

use std::fmt;

/// A moment or a length of time in nanoseconds, on the trace's own clock.
///
/// The clock's zero is arbitrary for format v2 and the first event for v1, as in Go's `internal/trace`;
/// the model makes times relative to the trace's start.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct Nanos(pub i64);

macro_rules! runtime_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub struct $name(pub i64);

        impl $name {
            /// No such thing: `-1`, as Go's `internal/trace` writes it.
            pub const NONE: Self = Self(-1);
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

runtime_id!(
    /// The runtime's number of a goroutine (G).
    GoroutineId
);
runtime_id!(
    /// The runtime's number of a proc (P).
    ProcId
);
runtime_id!(
    /// The operating system's number of a thread (M).
    ThreadId
);

/// The number of a user task; 0 is the background task, [`TaskId::NONE`] is no task at all.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TaskId(pub u64);

impl TaskId {
    /// No task: `^uint64(0)`, as Go's `internal/trace.NoTask`.
    pub const NONE: Self = Self(u64::MAX);
    /// The task that regions belong to when the program names none.
    pub const BACKGROUND: Self = Self(0);
}

macro_rules! dense_index {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub struct $name(pub u32);

        impl $name {
            /// No such thing.
            pub const NONE: Self = Self(u32::MAX);

            /// The place in a column, or `None` for [`Self::NONE`].
            #[inline]
            pub fn get(self) -> Option<usize> {
                (self.0 != u32::MAX).then_some(self.0 as usize)
            }

            /// Whether it names something.
            #[inline]
            pub fn is_some(self) -> bool {
                self.0 != u32::MAX
            }
        }
    };
}

dense_index!(
    /// A goroutine's place in [`crate::Resources::goroutines`]: dense, in order of first mention, the same for the
    /// whole trace. A goroutine id that dies and is created again (cgo callbacks do it) keeps its index.
    GoroutineIndex
);
dense_index!(
    /// A proc's place in [`crate::Resources::procs`].
    ProcIndex
);
dense_index!(
    /// A thread's place in [`crate::Resources::threads`].
    ThreadIndex
);

/// A string of the current generation: a place in its [`crate::Tables`]. 0 is always the empty string.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct StringId(pub u32);

impl StringId {
    /// The empty string, in every generation.
    pub const EMPTY: Self = Self(0);
}

/// A stack of the current generation: a place in its [`crate::Tables`]. 0 is always "no stack".
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct StackId(pub u32);

impl StackId {
    /// No stack, in every generation.
    pub const NONE: Self = Self(0);
}
