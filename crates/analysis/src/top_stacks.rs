//! A profile's heaviest stacks in words, for the page.

use tracepane_model::{StackRef, StringRef, Trace};

use crate::profiles::Profile;

/// One frame in words.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct FrameText {
    /// The function's full name.
    pub function: String,
    /// The source file.
    pub file: String,
    /// The line in it.
    pub line: u64,
}

impl FrameText {
    /// `FILE:LINE`.
    pub fn place(&self) -> String {
        format!("{}:{}", self.file, self.line)
    }
}

/// A stack's frames in words, leaf first.
pub fn frames(trace: &Trace, stack: StackRef) -> Vec<FrameText> {
    let text = |string: StringRef| trace.strings.get(string).to_owned();
    trace
        .stacks
        .get(stack)
        .iter()
        .map(|&place| {
            let frame = trace.stacks.frame(place);
            FrameText {
                function: text(frame.function),
                file: text(frame.file),
                line: frame.line,
            }
        })
        .collect()
}

/// One of a profile's heaviest stacks.
#[derive(Clone, PartialEq, Debug)]
pub struct TopStack {
    /// The stack.
    pub stack: StackRef,
    /// Its frames, leaf first; none for waits that the trace gives no stack for.
    pub frames: Vec<FrameText>,
    /// How many waits.
    pub count: u64,
    /// How long in all.
    pub nanos: u64,
    /// Its part of the profile's time, 0 to 1.
    pub share: f64,
    /// The part that it and all heavier ones have together.
    pub cumulative: f64,
}

/// A profile's heaviest stacks.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct TopStacks {
    /// Heaviest first.
    pub rows: Vec<TopStack>,
    /// How many stacks the profile has.
    pub stacks: usize,
    /// How many waits the profile has.
    pub count: u64,
    /// How long they are in all.
    pub nanos: u64,
}

/// The `limit` heaviest stacks of a profile.
pub fn top_stacks(trace: &Trace, profile: &Profile, limit: usize) -> TopStacks {
    let whole = profile.nanos.max(1) as f64;
    let mut so_far = 0;
    let rows = profile
        .rows
        .iter()
        .take(limit)
        .map(|row| {
            so_far = row.nanos.saturating_add(so_far);
            TopStack {
                stack: row.stack,
                frames: frames(trace, row.stack),
                count: row.count,
                nanos: row.nanos,
                share: row.nanos as f64 / whole,
                cumulative: so_far as f64 / whole,
            }
        })
        .collect();
    TopStacks {
        rows,
        stacks: profile.rows.len(),
        count: profile.count,
        nanos: profile.nanos,
    }
}
