//! The spans that a search found, by lanes. They may be millions: which blocks of the span table have hits of an owner
//! is known of each owner, and the hits themselves are looked for there.

use tracepane_model::{Cause, PlacementId, RowSet, SpanIndex, SpanKind, SpanState, Trace};

use super::{Owned, Owners};

/// How many rows of the span table a block has.
const BLOCK: u32 = 256;

/// Nobody.
const NONE: u32 = u32::MAX;

/// The hits of all owners of a kind.
#[derive(Debug)]
pub(super) struct SpanHits {
    by: SpanOwners,
    blocks: Owned,
}

impl SpanHits {
    /// Looks at each hit once.
    pub fn new(trace: &Trace, owners: Owners, hits: &RowSet) -> Self {
        let by = SpanOwners::new(trace, owners);
        let count = owners.count(trace);
        // The last block that is noted of an owner.
        let mut last = vec![NONE; count];
        let mut noted = Vec::new();
        let mut piece = Piece::default();
        for block in 0..(trace.spans.len() as u32).div_ceil(BLOCK) {
            let (first, end) = rows(block);
            if hits.rows(first, end).next().is_none() {
                continue;
            }
            by.copy(trace, first, &mut piece);
            for row in hits.rows(first, end) {
                let owner = by.of_copied(&piece, (row - first) as usize);
                if let Some(last) = last.get_mut(owner as usize)
                    && *last != block
                {
                    *last = block;
                    noted.push((block, owner));
                }
            }
        }
        let noted = noted.iter();
        Self {
            by,
            blocks: Owned::new(
                count,
                noted.map(|&(block, owner)| (block, Some(owner as usize))),
            ),
        }
    }

    /// Whether an owner has any.
    pub fn any(&self, owner: u32) -> bool {
        !self.blocks.of(owner).is_empty()
    }

    /// An owner's first hit from a row on.
    pub fn first_from(&self, trace: &Trace, hits: &RowSet, owner: u32, row: u32) -> Option<u32> {
        let blocks = self.blocks.of(owner);
        let blocks = &blocks[blocks.partition_point(|&block| block < row / BLOCK)..];
        // In the first one they may all come before it.
        blocks.iter().find_map(|&block| {
            let (first, end) = rows(block);
            let mut rows = hits.rows(first.max(row), end);
            rows.find(|&row| self.by.of(trace, row) == owner)
        })
    }

    /// An owner's last hit before a row.
    pub fn last_before(&self, trace: &Trace, hits: &RowSet, owner: u32, row: u32) -> Option<u32> {
        let blocks = self.blocks.of(owner);
        let blocks = &blocks[..blocks.partition_point(|&block| rows(block).0 < row)];
        blocks.iter().rev().find_map(|&block| {
            let (first, end) = rows(block);
            let mut rows = hits.rows_back(first, end.min(row));
            rows.find(|&row| self.by.of(trace, row) == owner)
        })
    }
}

/// A block's first row, and the one after its last.
fn rows(block: u32) -> (u32, u32) {
    let first = block.saturating_mul(BLOCK);
    (first, first.saturating_add(BLOCK))
}

/// What tells whose a block's rows are.
struct Piece {
    goroutines: [u32; BLOCK as usize],
    placements: [PlacementId; BLOCK as usize],
    kinds: [SpanKind; BLOCK as usize],
}

impl Default for Piece {
    fn default() -> Self {
        Self {
            goroutines: [NONE; BLOCK as usize],
            placements: [PlacementId::NONE; BLOCK as usize],
            kinds: [SpanKind::default(); BLOCK as usize],
        }
    }
}

/// Whose spans are.
#[derive(Debug)]
struct SpanOwners {
    /// By goroutine or by placement: the owner.
    owners: Vec<u32>,
    by_placement: bool,
}

impl SpanOwners {
    fn new(trace: &Trace, owners: Owners) -> Self {
        let goroutines = &trace.goroutines;
        let placements = trace.procs.placements.iter();
        Self {
            owners: match owners {
                Owners::Goroutines => (0..goroutines.len() as u32).collect(),
                Owners::Groups => goroutines.rows.iter().map(|row| row.group.0).collect(),
                Owners::Procs => placements.map(|on| on.proc.0).collect(),
                Owners::Threads => placements.map(|on| on.thread.0).collect(),
            },
            by_placement: matches!(owners, Owners::Procs | Owners::Threads),
        }
    }

    /// Copies what tells whose a block's rows are.
    fn copy(&self, trace: &Trace, first: u32, piece: &mut Piece) {
        let first = first as usize;
        match self.by_placement {
            false => trace.spans.copy_goroutines(first, &mut piece.goroutines),
            true => {
                trace.spans.copy_placements(first, &mut piece.placements);
                trace.spans.copy_kinds(first, &mut piece.kinds);
            }
        }
    }

    #[inline]
    fn of_copied(&self, piece: &Piece, place: usize) -> u32 {
        let place = place % BLOCK as usize;
        let by = match self.by_placement {
            false => piece.goroutines[place],
            true if runs(piece.kinds[place].state()) => piece.placements[place].0,
            true => NONE,
        };
        self.owners.get(by as usize).copied().unwrap_or(NONE)
    }

    #[inline]
    fn of(&self, trace: &Trace, row: u32) -> u32 {
        let span = SpanIndex(row);
        if row as usize >= trace.spans.len() {
            return NONE;
        }
        let by = match self.by_placement {
            false => trace.spans.goroutine(span).0,
            true => match trace.spans.cause(span) {
                // Of others it is where they were woken.
                Cause::Placement(on) if runs(trace.spans.kind(span).state()) => on.0,
                _ => NONE,
            },
        };
        self.owners.get(by as usize).copied().unwrap_or(NONE)
    }
}

/// Whether a span in this state has a place where it ran.
fn runs(state: SpanState) -> bool {
    matches!(
        state,
        SpanState::Running | SpanState::Syscall | SpanState::SyscallBlocked
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::flows::placement_of;
    use crate::program::{steps, trace_of};

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn each_owner_has_its_hits_in_order(steps in steps(900), every in 1u32..300) {
            let trace = trace_of(&steps);
            let len = trace.spans.len() as u32;
            let hits = RowSet::of(len as usize, (0..len).step_by(every as usize));
            for owners in [Owners::Goroutines, Owners::Groups, Owners::Procs, Owners::Threads] {
                let found = SpanHits::new(&trace, owners, &hits);
                let owner_of = |row: &u32| {
                    let span = SpanIndex(*row);
                    let goroutine = trace.spans.goroutine(span);
                    match owners {
                        Owners::Goroutines => goroutine.0,
                        Owners::Groups => trace.goroutines.row(goroutine).group.0,
                        Owners::Procs => placement_of(&trace, span).0.0,
                        Owners::Threads => placement_of(&trace, span).1.0,
                    }
                };
                for owner in 0..owners.count(&trace) as u32 {
                    let own: Vec<u32> = hits.iter().filter(|row| owner_of(row) == owner).collect();
                    prop_assert_eq!(found.any(owner), !own.is_empty());
                    for row in (0..len + BLOCK).step_by(7).chain([u32::MAX]) {
                        let place = own.partition_point(|&own| own < row);
                        let first = found.first_from(&trace, &hits, owner, row);
                        prop_assert_eq!(first, own.get(place).copied());
                        let last = found.last_before(&trace, &hits, owner, row);
                        prop_assert_eq!(last, own[..place].last().copied());
                    }
                }
            }
        }
    }
}
