//! Stacks and frames, each distinct one once for the whole trace.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use crate::column::are_ends;
use crate::string::StringRef;

/// How many frames all stacks may have together: places among them are 32 bits wide.
const MAX_STACK_FRAMES: usize = (1 << 31) - 1;

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

/// The stack table. Two stacks are the same if their program counters are: there is one frame for each program
/// counter, the first one seen. (`cmd/trace/pprof.go` groups so, by the first 128 of them.)
#[derive(Clone, Debug)]
pub struct Stacks {
    /// Distinct frames.
    pub frames: Vec<FrameRow>,
    /// The frames of all stacks, leaf first.
    pub(crate) stack_frames: Vec<FrameRef>,
    /// Where stack `i` ends in `stack_frames`; stack 0 is empty.
    pub(crate) ends: Vec<u32>,
    stack_index: HashTable<u32>,
    frame_index: HashTable<u32>,
    hasher: DefaultHashBuilder,
    dropped: u64,
}

/// The same stacks and frames in the same places.
impl PartialEq for Stacks {
    fn eq(&self, other: &Self) -> bool {
        self.frames == other.frames
            && self.stack_frames == other.stack_frames
            && self.ends == other.ends
            && self.dropped == other.dropped
    }
}

impl Default for Stacks {
    fn default() -> Self {
        Self::new()
    }
}

impl Stacks {
    /// A table that holds only "no stack".
    pub fn new() -> Self {
        Self {
            frames: Vec::new(),
            stack_frames: Vec::new(),
            ends: vec![0],
            stack_index: HashTable::new(),
            frame_index: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
            dropped: 0,
        }
    }

    /// From its columns; `None` if they do not fit. Only with `index` can it be added to.
    pub(crate) fn from_columns(
        frames: Vec<FrameRow>,
        stack_frames: Vec<FrameRef>,
        ends: Vec<u32>,
        index: bool,
    ) -> Option<Self> {
        let known = stack_frames
            .iter()
            .all(|frame| (frame.0 as usize) < frames.len());
        if !are_ends(&ends, stack_frames.len()) || !known {
            return None;
        }
        let mut stacks = Self {
            frames,
            stack_frames,
            ends,
            ..Self::new()
        };
        if index {
            let Self {
                frames,
                stack_frames,
                ends,
                stack_index,
                frame_index,
                hasher,
                ..
            } = &mut stacks;
            for place in 0..frames.len() as u32 {
                let hash = |i: u32| hasher.hash_one(frames[i as usize].pc);
                frame_index.insert_unique(hash(place), place, |&i| hash(i));
            }
            for place in 1..ends.len() as u32 {
                let hash = |i: u32| hasher.hash_one(stack_at(stack_frames, ends, i));
                stack_index.insert_unique(hash(place), place, |&i| hash(i));
            }
        }
        Some(stacks)
    }

    /// The place of the frame with `row`'s program counter; `row` is added if it is new.
    pub fn intern_frame(&mut self, row: FrameRow) -> FrameRef {
        let Self {
            frames,
            frame_index,
            hasher,
            ..
        } = self;
        let hash = hasher.hash_one(row.pc);
        if let Some(&found) = frame_index.find(hash, |&i| frames[i as usize].pc == row.pc) {
            return FrameRef(found);
        }
        let place = frames.len() as u32;
        frames.push(row);
        frame_index.insert_unique(hash, place, |&i| hasher.hash_one(frames[i as usize].pc));
        FrameRef(place)
    }

    /// The place of a stack, leaf first, which is added if it is new; "no stack" if there is no room
    /// ([`Self::dropped`]).
    pub fn intern(&mut self, stack: &[FrameRef]) -> StackRef {
        if stack.is_empty() {
            return StackRef::NONE;
        }
        let Self {
            stack_frames,
            ends,
            stack_index,
            hasher,
            dropped,
            ..
        } = self;
        let hash = hasher.hash_one(stack);
        if let Some(&found) = stack_index.find(hash, |&i| stack_at(stack_frames, ends, i) == stack)
        {
            return StackRef(found);
        }
        if stack.len() > MAX_STACK_FRAMES - stack_frames.len() {
            *dropped += 1;
            return StackRef::NONE;
        }
        let place = ends.len() as u32;
        stack_frames.extend_from_slice(stack);
        ends.push(stack_frames.len() as u32);
        stack_index.insert_unique(hash, place, |&i| {
            hasher.hash_one(stack_at(stack_frames, ends, i))
        });
        StackRef(place)
    }

    /// How many stacks found no room.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Bytes held.
    pub fn heap_bytes(&self) -> usize {
        self.frames.capacity() * size_of::<FrameRow>()
            + self.stack_frames.capacity() * size_of::<FrameRef>()
            + self.ends.capacity() * 4
            + self.stack_index.allocation_size()
            + self.frame_index.allocation_size()
    }

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
        stack_at(&self.stack_frames, &self.ends, stack.0)
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

fn stack_at<'a>(frames: &'a [FrameRef], ends: &[u32], place: u32) -> &'a [FrameRef] {
    let i = place as usize;
    if i == 0 || i >= ends.len() {
        return &[];
    }
    &frames[ends[i - 1] as usize..ends[i] as usize]
}
