//! What events refer to: a generation's strings, stacks and clocks, and the trace's goroutines, procs and threads.

use crate::id::{GoroutineId, Nanos, ProcId, StackId, StringId, ThreadId};

/// One frame of a stack.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Frame {
    /// The program counter. Inlining is already expanded: each logical frame has its own.
    pub pc: u64,
    /// The function's full name.
    pub function: StringId,
    /// The source file.
    pub file: StringId,
    /// The line in it.
    pub line: u64,
}

/// A near-simultaneous reading of the trace clock, the monotonic clock and the wall clock (Go 1.25 and newer).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ClockSnapshot {
    /// On the trace's clock.
    pub trace: Nanos,
    /// On the system's monotonic clock, ns.
    pub monotonic: u64,
    /// Wall clock: whole seconds since the Unix epoch.
    pub wall_seconds: i64,
    /// Wall clock: nanoseconds within the second.
    pub wall_nanos: u32,
}

/// The strings and stacks of one generation, densely numbered in the order they were read; number 0 is the empty
/// string and no stack. Strings may be appended while the generation is read (a task that began earlier and ends here).
#[derive(Clone, Debug)]
pub struct Tables {
    /// All text, one after another. May hold any bytes a trace holds, made valid UTF-8 (lossily) on insertion.
    pub(crate) text: String,
    /// Where string `i` ends in `text`; string 0 is empty.
    pub(crate) string_ends: Vec<u32>,
    /// All frames of all stacks, as places in `frames`; leaf first.
    pub(crate) stack_frames: Vec<u32>,
    /// Where stack `i` ends in `stack_frames`; stack 0 is empty.
    pub(crate) stack_ends: Vec<u32>,
    /// Distinct frames: one for each program counter, the first one seen.
    pub(crate) frames: Vec<Frame>,
}

impl Default for Tables {
    fn default() -> Self {
        Self::new()
    }
}

impl Tables {
    /// Tables that hold only the empty string and the empty stack.
    pub fn new() -> Self {
        Self {
            text: String::new(),
            string_ends: vec![0],
            stack_frames: Vec::new(),
            stack_ends: vec![0],
            frames: Vec::new(),
        }
    }

    /// Forgets all but the empty string and the empty stack; keeps the memory.
    pub fn clear(&mut self) {
        self.text.clear();
        self.string_ends.clear();
        self.string_ends.push(0);
        self.stack_frames.clear();
        self.stack_ends.clear();
        self.stack_ends.push(0);
        self.frames.clear();
    }

    /// How many strings there are, the empty one included.
    pub fn string_count(&self) -> usize {
        self.string_ends.len()
    }

    /// How many stacks there are, "no stack" included.
    pub fn stack_count(&self) -> usize {
        self.stack_ends.len()
    }

    /// The text of a string; empty for an id of another generation.
    pub fn string(&self, id: StringId) -> &str {
        let i = id.0 as usize;
        if i == 0 || i >= self.string_ends.len() {
            return "";
        }
        &self.text[self.string_ends[i - 1] as usize..self.string_ends[i] as usize]
    }

    /// The frames of a stack as places in [`Self::frames`], leaf first; empty for "no stack".
    pub fn stack(&self, id: StackId) -> &[u32] {
        let i = id.0 as usize;
        if i == 0 || i >= self.stack_ends.len() {
            return &[];
        }
        &self.stack_frames[self.stack_ends[i - 1] as usize..self.stack_ends[i] as usize]
    }

    /// The distinct frames of the generation.
    pub fn frames(&self) -> &[Frame] {
        &self.frames
    }

    /// Appends a string and returns its id.
    pub fn push_string(&mut self, text: &str) -> StringId {
        if text.is_empty() {
            return StringId::EMPTY;
        }
        self.text.push_str(text);
        self.string_ends.push(self.text.len() as u32);
        StringId(self.string_ends.len() as u32 - 1)
    }

    /// Appends a frame and returns its place.
    pub fn push_frame(&mut self, frame: Frame) -> u32 {
        self.frames.push(frame);
        self.frames.len() as u32 - 1
    }

    /// Appends a stack of places in [`Self::frames`], leaf first, and returns its id.
    pub fn push_stack(&mut self, frames: &[u32]) -> StackId {
        self.stack_frames.extend_from_slice(frames);
        self.stack_ends.push(self.stack_frames.len() as u32);
        StackId(self.stack_ends.len() as u32 - 1)
    }
}

/// Every goroutine, proc and thread that the trace has mentioned so far, in order of first mention.
/// An index, once given, is kept for the whole trace.
#[derive(Clone, Default, Debug)]
pub struct Resources {
    /// The goroutines' ids, by [`crate::GoroutineIndex`].
    pub goroutines: Vec<GoroutineId>,
    /// The procs' ids, by [`crate::ProcIndex`].
    pub procs: Vec<ProcId>,
    /// The threads' ids, by [`crate::ThreadIndex`].
    pub threads: Vec<ThreadId>,
}
