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
                to.stacks.intern_frame(row).0
            })
            .collect();
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
