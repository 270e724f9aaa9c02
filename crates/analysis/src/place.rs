//! Places of the program: where something was started, as people and addresses name them.

use rustc_hash::FxHashMap;
use tracepane_model::{FrameRef, StackRef, StringRef, Trace};

/// Frames of this package stand between an annotation and the program's own code.
const ANNOTATIONS: &str = "runtime/trace.";

/// One line of the program: the frames that have it are the same place, whatever their program counters (inlining
/// and generics give a line several).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Place(
    /// The first of the frames.
    pub FrameRef,
);

/// Finds places.
#[derive(Clone, Default, Debug)]
pub(crate) struct Places {
    /// By frame: the first one with the same function and line.
    first: Vec<FrameRef>,
}

impl Places {
    pub(crate) fn new(trace: &Trace) -> Self {
        let mut seen: FxHashMap<(StringRef, StringRef, u64), FrameRef> = FxHashMap::default();
        let first = (0u32..)
            .zip(&trace.stacks.frames)
            .map(|(i, frame)| {
                *seen
                    .entry((frame.function, frame.file, frame.line))
                    .or_insert(FrameRef(i))
            })
            .collect();
        Self { first }
    }

    /// The place where the program annotated or started something with this stack: its innermost frame that is not
    /// package runtime/trace's own.
    pub(crate) fn of(&self, trace: &Trace, stack: StackRef) -> Option<Place> {
        let frames = trace.stacks.get(stack);
        let own = frames.iter().find(|&&frame| {
            let function = trace.strings.get(trace.stacks.frame(frame).function);
            !function.starts_with(ANNOTATIONS)
        });
        let frame = own.or(frames.first())?;
        self.first.get(frame.0 as usize).copied().map(Place)
    }
}

/// A place as text: `main.serve:35`. It names one place of a trace, as good as always.
pub fn place_text(trace: &Trace, place: Place) -> String {
    let frame = trace.stacks.frame(place.0);
    format!("{}:{}", trace.strings.get(frame.function), frame.line)
}

/// A place's file and line: `workload/workload.go:313`.
pub fn place_file(trace: &Trace, place: Place) -> String {
    let frame = trace.stacks.frame(place.0);
    format!("{}:{}", trace.strings.get(frame.file), frame.line)
}
