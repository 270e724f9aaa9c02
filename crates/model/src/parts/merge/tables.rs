//! A part's strings, frames, stacks and reasons → the trace's. A part has them in the order in which its events first
//! used them, so that what is new comes in the order in which it would have come.

use crate::build::tables::Interner;
use crate::parts::Unsound;
use crate::span::{ReasonId, SpanKind};
use crate::stack::{FrameRef, FrameRow, StackRef};
use crate::string::StringRef;

/// What a part's numbers are called in the trace.
pub(super) struct Names {
    strings: Vec<u32>,
    pub(super) stacks: Vec<u32>,
    pub(super) reasons: Vec<ReasonId>,
}

impl Names {
    pub(super) fn new(to: &mut Interner, from: &Interner) -> Result<Self, Unsound> {
        let dropped = |interner: &Interner| interner.strings.dropped() + interner.stacks.dropped();
        let strings: Vec<u32> = from
            .strings
            .iter()
            .map(|(_, text)| to.strings.intern(text).0)
            .collect();
        let string = |local: StringRef| {
            let place = strings.get(local.0 as usize);
            StringRef(place.copied().unwrap_or_default())
        };
        let mut another_function = false;
        let frames: Vec<u32> = from
            .stacks
            .frames
            .iter()
            .map(|row| {
                let row = FrameRow {
                    function: string(row.function),
                    file: string(row.file),
                    ..*row
                };
                let place = to.stacks.intern_frame(row);
                // The first one counts; goroutines were named by this one.
                another_function |= to.stacks.frame(place).function != row.function;
                place.0
            })
            .collect();
        if another_function {
            return Err(Unsound::new(
                "a program counter belongs to another function",
            ));
        }
        let mut stacks = Vec::with_capacity(from.stacks.len());
        let mut scratch = Vec::new();
        for stack in 0..from.stacks.len() as u32 {
            scratch.clear();
            scratch.extend(
                from.stacks
                    .get(StackRef(stack))
                    .iter()
                    .filter_map(|frame| frames.get(frame.0 as usize).copied().map(FrameRef)),
            );
            stacks.push(to.stacks.intern(&scratch).0);
        }
        let mut reasons = Vec::with_capacity(from.reasons.names.len());
        for &name in &from.reasons.names {
            reasons.push(to.reasons.intern(string(name), &mut to.strings));
        }
        let most = usize::from(SpanKind::MAX_REASON);
        if from.reasons.names.len() >= most || to.reasons.names.len() >= most {
            return Err(Unsound::new("there are too many reasons"));
        }
        if dropped(to) + dropped(from) > 0 {
            return Err(Unsound::new("there are too many strings or stacks"));
        }
        Ok(Self {
            strings,
            stacks,
            reasons,
        })
    }

    pub(super) fn string(&self, local: StringRef) -> StringRef {
        let place = self.strings.get(local.0 as usize);
        StringRef(place.copied().unwrap_or_default())
    }

    pub(super) fn stack(&self, local: StackRef) -> StackRef {
        let place = self.stacks.get(local.0 as usize);
        StackRef(place.copied().unwrap_or_default())
    }

    pub(super) fn reason(&self, local: ReasonId) -> ReasonId {
        let reason = self.reasons.get(usize::from(local.0));
        reason.copied().unwrap_or(ReasonId::NONE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A part that has one stack, of one frame.
    fn part(pc: u64, function: &str) -> Interner {
        let mut interner = Interner::default();
        let row = FrameRow {
            pc,
            function: interner.strings.intern(function),
            file: StringRef(0),
            line: 0,
        };
        let frame = interner.stacks.intern_frame(row);
        interner.stacks.intern(&[frame]);
        interner
    }

    #[test]
    fn what_is_new_comes_last_and_what_is_known_is_found() {
        let mut all = part(1, "main.a");
        let names = Names::new(&mut all, &part(2, "main.b")).expect("names");
        assert_eq!(names.string(StringRef(1)), StringRef(2));
        assert_eq!(names.stack(StackRef(1)), StackRef(2));
        let names = Names::new(&mut all, &part(1, "main.a")).expect("names");
        assert_eq!(names.string(StringRef(1)), StringRef(1));
        assert_eq!(names.stack(StackRef(1)), StackRef(1));
        assert_eq!(all.stacks.len(), 3);
    }

    /// In order, a goroutine would have the name that its function had first.
    #[test]
    fn a_function_that_has_another_name_is_refused() {
        let mut all = part(1, "main.a");
        assert!(Names::new(&mut all, &part(1, "main.b")).is_err());
    }
}
