//! The goroutines: one row each, with the rows of [`crate::Spans`] that are theirs, and the groups they form.

use tracepane_wire::{GoroutineId, GoroutineIndex, Nanos, TaskId};

use crate::span::SpanIndex;
use crate::stack::StackRef;
use crate::string::StringRef;

/// A group: the goroutines that were started with the same function.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct GroupIndex(pub u32);

/// What is known of one goroutine.
///
/// An id that ended and was created again (cgo callbacks do it) keeps its row, which then tells of the last life, as
/// `internal/trace/summary.go` does; the spans tell of all lives.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct GoroutineRow {
    /// The runtime's number.
    pub id: GoroutineId,
    /// The function it was started with: that of the root frame of the first stack of its own that the trace has
    /// (`internal/trace/summary.go`); empty if it has none.
    pub name: StringRef,
    /// Its group.
    pub group: GroupIndex,
    /// When it was created, or, if it existed before the trace, when the generation began that first named it.
    pub created: Nanos,
    /// Whether its creation is in the trace.
    pub creation_seen: bool,
    /// When it first ran.
    pub first_ran: Option<Nanos>,
    /// When it ended, or blocked for ever (reason "forever", as in `select {}`: its last span is then Waiting, not
    /// Dead); `None` if it outlived the trace.
    pub ended: Option<Nanos>,
    /// Who created it, or NONE.
    pub creator: GoroutineIndex,
    /// Where it was created: the creator's stack.
    pub created_at: StackRef,
    /// Its own first stack: the function it was started with.
    pub started_with: StackRef,
    /// Its last label, or empty.
    pub label: StringRef,
    /// The task of the region that its creator was in when creating it, or of its creator's creator…; else
    /// [`TaskId::NONE`] (`summary.go` makes a region without a name of it, open for the goroutine's whole life).
    pub inherited_task: TaskId,
    /// See [`Self::is_system`].
    pub(crate) system: bool,
}

impl GoroutineRow {
    /// Whether it belongs to the runtime: no name, or one in package runtime but `runtime.main`
    /// (`internal/trace.IsSystemGoroutine`).
    pub fn is_system(&self) -> bool {
        self.system
    }

    /// A goroutine of which nothing is known.
    pub(crate) fn unknown(id: GoroutineId) -> Self {
        Self {
            id,
            name: StringRef(0),
            group: GroupIndex(0),
            created: Nanos(0),
            creation_seen: false,
            first_ran: None,
            ended: None,
            creator: GoroutineIndex::NONE,
            created_at: StackRef::NONE,
            started_with: StackRef::NONE,
            label: StringRef(0),
            inherited_task: TaskId::NONE,
            system: true,
        }
    }
}

/// All goroutines, by [`GoroutineIndex`]. Goroutines that the trace only mentions have no spans.
#[derive(Clone, Default, PartialEq, Debug)]
pub struct Goroutines {
    /// One row each.
    pub rows: Vec<GoroutineRow>,
    /// Rows of [`crate::Spans`], sorted by goroutine, then time.
    pub(crate) spans: Vec<u32>,
    /// Where goroutine `i`'s rows begin in `spans`; one more entry than goroutines.
    pub(crate) span_starts: Vec<u32>,
    /// The lists of spans were left out, here and in [`crate::Procs`].
    pub(crate) unlisted: bool,
    /// The groups' names, by [`GroupIndex`], in order of first appearance.
    pub groups: Vec<StringRef>,
    /// The goroutines, sorted by group, then index.
    pub(crate) members: Vec<GoroutineIndex>,
    /// Where group `i`'s goroutines begin in `members`; one more entry than groups.
    pub(crate) member_starts: Vec<u32>,
}

impl Goroutines {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// One goroutine.
    pub fn row(&self, goroutine: GoroutineIndex) -> &GoroutineRow {
        &self.rows[goroutine.0 as usize]
    }

    /// The spans of one goroutine as rows of [`crate::Spans`], in time order. An ended goroutine's last span is Dead.
    /// Not of a trace that was [loaded without lists](crate::SpanLists::LeftOut).
    pub fn spans(&self, goroutine: GoroutineIndex) -> &[u32] {
        debug_assert!(!self.unlisted, "this trace was loaded without lists");
        let i = goroutine.0 as usize;
        if i + 1 >= self.span_starts.len() {
            return &[];
        }
        &self.spans[self.span_starts[i] as usize..self.span_starts[i + 1] as usize]
    }

    /// The place of a span in its goroutine's list.
    pub fn place_of(&self, goroutine: GoroutineIndex, span: SpanIndex) -> Option<usize> {
        self.spans(goroutine).binary_search(&span.0).ok()
    }

    /// The goroutines of a group; those that the trace only mentions are in none.
    pub fn members(&self, group: GroupIndex) -> &[GoroutineIndex] {
        let i = group.0 as usize;
        if i + 1 >= self.member_starts.len() {
            return &[];
        }
        &self.members[self.member_starts[i] as usize..self.member_starts[i + 1] as usize]
    }

    /// The goroutine with this id, if the trace has it.
    pub fn find(&self, id: GoroutineId) -> Option<GoroutineIndex> {
        // Rare: a link or a search. A map for it would cost more than it saves.
        self.rows
            .iter()
            .position(|row| row.id == id)
            .map(|i| GoroutineIndex(i as u32))
    }
}
