//! A generation's numbers of strings, reasons and stacks → the trace's: looked up in plain vectors, filled on first use.

use rustc_hash::FxHashMap;
use tracepane_wire::{StackId, StringId, Tables};

use crate::span::{ReasonId, SpanKind};
use crate::stack::{FrameRef, FrameRow, StackRef, Stacks};
use crate::string::{StringRef, Strings};

/// Not looked up yet.
const UNKNOWN: u32 = u32::MAX;
/// Not looked up yet.
const UNKNOWN_REASON: u16 = u16::MAX;

/// The trace's text and stacks so far, and what the current generation calls them.
#[derive(Default)]
pub(crate) struct Interner {
    pub(crate) strings: Strings,
    pub(crate) stacks: Stacks,
    pub(crate) reasons: Reasons,
    local_strings: Vec<u32>,
    local_reasons: Vec<u16>,
    local_stacks: Vec<u32>,
    local_frames: Vec<u32>,
    scratch: Vec<FrameRef>,
}

impl Interner {
    /// Forgets the generation before.
    pub(crate) fn generation(&mut self, tables: &Tables) {
        refill(&mut self.local_strings, tables.string_count(), UNKNOWN);
        refill(
            &mut self.local_reasons,
            tables.string_count(),
            UNKNOWN_REASON,
        );
        refill(&mut self.local_stacks, tables.stack_count(), UNKNOWN);
        refill(&mut self.local_frames, tables.frames().len(), UNKNOWN);
    }

    #[inline]
    pub(crate) fn string(&mut self, id: StringId, tables: &Tables) -> StringRef {
        match self.local_strings.get(id.0 as usize) {
            Some(&known) if known != UNKNOWN => StringRef(known),
            _ => self.new_string(id, tables),
        }
    }

    #[cold]
    fn new_string(&mut self, id: StringId, tables: &Tables) -> StringRef {
        let place = self.strings.intern(tables.string(id));
        remember(
            &mut self.local_strings,
            id.0,
            place.0,
            tables.string_count(),
            UNKNOWN,
        );
        place
    }

    #[inline]
    pub(crate) fn reason(&mut self, id: StringId, tables: &Tables) -> ReasonId {
        match self.local_reasons.get(id.0 as usize) {
            Some(&known) if known != UNKNOWN_REASON => ReasonId(known),
            _ => self.new_reason(id, tables),
        }
    }

    #[cold]
    fn new_reason(&mut self, id: StringId, tables: &Tables) -> ReasonId {
        let text = self.string(id, tables);
        let reason = self.reasons.intern(text, &mut self.strings);
        remember(
            &mut self.local_reasons,
            id.0,
            reason.0,
            tables.string_count(),
            UNKNOWN_REASON,
        );
        reason
    }

    #[inline]
    pub(crate) fn stack(&mut self, id: StackId, tables: &Tables) -> StackRef {
        match self.local_stacks.get(id.0 as usize) {
            Some(&known) if known != UNKNOWN => StackRef(known),
            _ => self.new_stack(id, tables),
        }
    }

    #[cold]
    fn new_stack(&mut self, id: StackId, tables: &Tables) -> StackRef {
        let mut stack = std::mem::take(&mut self.scratch);
        stack.clear();
        stack.extend(
            tables
                .stack(id)
                .iter()
                .filter_map(|&frame| self.frame(frame, tables)),
        );
        let place = self.stacks.intern(&stack);
        self.scratch = stack;
        remember(
            &mut self.local_stacks,
            id.0,
            place.0,
            tables.stack_count(),
            UNKNOWN,
        );
        place
    }

    fn frame(&mut self, frame: u32, tables: &Tables) -> Option<FrameRef> {
        match self.local_frames.get(frame as usize) {
            Some(&known) if known != UNKNOWN => return Some(FrameRef(known)),
            _ => {}
        }
        let row = *tables.frames().get(frame as usize)?;
        let row = FrameRow {
            pc: row.pc,
            function: self.string(row.function, tables),
            file: self.string(row.file, tables),
            line: row.line,
        };
        let place = self.stacks.intern_frame(row);
        remember(
            &mut self.local_frames,
            frame,
            place.0,
            tables.frames().len(),
            UNKNOWN,
        );
        Some(place)
    }
}

fn refill<T: Copy>(column: &mut Vec<T>, count: usize, value: T) {
    column.clear();
    column.resize(count, value);
}

/// Notes what a number stands for. Tables may have grown since the generation began, but a number beyond them (which
/// no reader hands out) must not make the column large.
fn remember<T: Copy>(column: &mut Vec<T>, id: u32, value: T, count: usize, unknown: T) {
    let i = id as usize;
    if i >= count {
        return;
    }
    if i >= column.len() {
        column.resize(count, unknown);
    }
    column[i] = value;
}

/// The distinct reasons.
pub(crate) struct Reasons {
    pub(crate) names: Vec<StringRef>,
    index: FxHashMap<StringRef, ReasonId>,
    /// The reason "forever".
    forever: Option<ReasonId>,
}

impl Default for Reasons {
    fn default() -> Self {
        Self {
            names: vec![StringRef(0)],
            index: FxHashMap::from_iter([(StringRef(0), ReasonId::NONE)]),
            forever: None,
        }
    }
}

impl Reasons {
    /// The place of a reason; all that do not fit share the last one, "other".
    pub(crate) fn intern(&mut self, name: StringRef, strings: &mut Strings) -> ReasonId {
        if let Some(&known) = self.index.get(&name) {
            return known;
        }
        let last = usize::from(SpanKind::MAX_REASON);
        if self.names.len() >= last {
            if self.names.len() == last {
                self.names.push(strings.intern("other"));
            }
            return ReasonId(SpanKind::MAX_REASON);
        }
        let reason = ReasonId(self.names.len() as u16);
        self.names.push(name);
        self.index.insert(name, reason);
        if strings.get(name) == "forever" {
            self.forever = Some(reason);
        }
        reason
    }

    /// Takes these for all reasons; false if they are not distinct strings, the empty one first.
    pub(crate) fn take(&mut self, names: &[StringRef], strings: &Strings) -> bool {
        let mut fits = names.first() == Some(&StringRef(0));
        fits &= names.len() <= usize::from(SpanKind::MAX_REASON) + 1;
        for (i, &name) in names.iter().enumerate().skip(1) {
            let reason = ReasonId(i as u16);
            fits &= (name.0 as usize) < strings.len() && self.index.insert(name, reason).is_none();
            self.names.push(name);
            if strings.get(name) == "forever" {
                self.forever = Some(reason);
            }
        }
        fits
    }

    /// Whether a goroutine that blocks for this reason never comes back: `summary.go` takes that for its end.
    #[inline]
    pub(crate) fn is_forever(&self, reason: ReasonId) -> bool {
        self.forever == Some(reason)
    }
}
