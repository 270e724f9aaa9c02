//! Stacks and frames, each distinct one once for the whole trace.

use crate::string::StringRef;

/// A stack of the trace; 0 is "no stack".
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct StackRef(pub u32);

impl StackRef {
    /// No stack.
    pub const NONE: Self = Self(0);

    /// Whether there is a stack.
    pub fn is_some(self) -> bool {
        self.0 != 0
    }
}

/// A frame's place in [`Stacks::frames`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct FrameRef(pub u32);

/// A frame.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct FrameRow {
    /// The program counter.
    pub pc: u64,
    /// The function's full name.
    pub function: StringRef,
    /// The source file.
    pub file: StringRef,
    /// The line in it.
    pub line: u64,
}

/// The stack table. Two stacks are the same if their program counters are (`cmd/trace/pprof.go` groups so).
#[derive(Clone, Default, Debug)]
pub struct Stacks {
    /// Distinct frames.
    pub frames: Vec<FrameRow>,
    /// The frames of all stacks, leaf first.
    pub(crate) stack_frames: Vec<FrameRef>,
    /// Where stack `i` ends in `stack_frames`; stack 0 is empty.
    pub(crate) ends: Vec<u32>,
}

impl Stacks {
    /// How many stacks there are, "no stack" included.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no stack but "no stack".
    pub fn is_empty(&self) -> bool {
        self.ends.len() <= 1
    }

    /// The frames of a stack, leaf first.
    pub fn get(&self, stack: StackRef) -> &[FrameRef] {
        let i = stack.0 as usize;
        if i == 0 || i >= self.ends.len() {
            return &[];
        }
        &self.stack_frames[self.ends[i - 1] as usize..self.ends[i] as usize]
    }

    /// A frame.
    pub fn frame(&self, frame: FrameRef) -> &FrameRow {
        &self.frames[frame.0 as usize]
    }

    /// The innermost frame of a stack.
    pub fn leaf(&self, stack: StackRef) -> Option<&FrameRow> {
        self.get(stack).first().map(|&f| self.frame(f))
    }

    /// The outermost frame of a stack: the function that the goroutine was started with.
    pub fn root(&self, stack: StackRef) -> Option<&FrameRow> {
        self.get(stack).last().map(|&f| self.frame(f))
    }
}
