//! What is under a point.
use tracepane_model::{GroupIndex, ProcIndex, SpanIndex};

use crate::{LaneKind, Scene};

/// Something on the timeline that can be pointed at and selected.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Hit {
    /// A span in its goroutine's lane.
    Span(SpanIndex),
    /// A goroutine's span in the lane of the proc on which it ran.
    ProcSpan {
        /// The proc.
        proc: ProcIndex,
        /// The span.
        span: SpanIndex,
    },
    /// A GC mark phase, a stop-the-world pause, a mark assist: a row of [`tracepane_model::Ranges`].
    Range(
        /// The row.
        u32,
    ),
    /// A user region: a row of [`tracepane_model::Trace::regions`].
    Region(
        /// The row.
        u32,
    ),
    /// The header of a group, where it shows what its goroutines did.
    GroupLane(GroupIndex),
    /// The header's name: a click folds and unfolds.
    GroupFold(GroupIndex),
    /// The name of the procs' header: a click folds and unfolds.
    ProcsFold,
    /// A place in the heap track or in the track of goroutine states.
    Counter(LaneKind),
    /// A lane's name, or an empty place in it.
    Lane(LaneKind),
    /// The time axis.
    Ruler,
}

/// What is at (`x`, `y`), CSS pixels from the canvas' top left.
pub fn hit(_scene: &Scene<'_>, _x: f64, _y: f64) -> Option<Hit> {
    None
}
