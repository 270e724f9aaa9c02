//! Whether the numbers of a part that was sent lead anywhere.

use tracepane_wire::{GoroutineIndex, ProcIndex, ThreadIndex};

use super::{BadPieces, SentPart};
use crate::build::goroutines::NO_SYSCALL;
use crate::build::seam::{CARRIED, UNKNOWN_HOLDER};
use crate::build::user::NO_REGION;
use crate::column::Column;
use crate::parts::merge::SpanSource as _;
use crate::range::{RangeKind, RangeScope};
use crate::stack::StackRef;
use crate::string::StringRef;

/// How many there are of what rows name.
struct Counts {
    goroutines: usize,
    procs: usize,
    threads: usize,
    strings: usize,
    stacks: usize,
}

impl Counts {
    fn goroutine(&self, goroutine: GoroutineIndex) -> bool {
        goroutine.get().is_none_or(|i| i < self.goroutines)
    }

    fn proc(&self, proc: ProcIndex) -> bool {
        proc.get().is_none_or(|i| i < self.procs)
    }

    fn thread(&self, thread: ThreadIndex) -> bool {
        thread.get().is_none_or(|i| i < self.threads)
    }

    fn string(&self, string: StringRef) -> bool {
        (string.0 as usize) < self.strings
    }

    fn stack(&self, stack: StackRef) -> bool {
        (stack.0 as usize) < self.stacks
    }

    fn holder(&self, holder: GoroutineIndex) -> bool {
        holder == UNKNOWN_HOLDER || self.goroutine(holder)
    }
}

fn all<T: Copy>(column: &Column<T>, fits: impl Fn(T) -> bool) -> bool {
    column.iter().all(fits)
}

impl SentPart {
    /// Checks that every number leads into its table, but for those of spans: they are checked as they are taken.
    pub(super) fn check(&self) -> Result<(), BadPieces> {
        let builder = &self.builder;
        let counts = Counts {
            goroutines: self.resources.goroutines.len(),
            procs: self.resources.procs.len(),
            threads: self.resources.threads.len(),
            strings: builder.interner.strings.len(),
            stacks: builder.interner.stacks.len(),
        };
        let fits = self.goroutines_fit(&counts)
            && self.procs_fit(&counts)
            && self.ranges_fit(&counts)
            && self.user_fits(&counts)
            && all(&builder.samples, |row| {
                counts.goroutine(row.goroutine)
                    && counts.proc(row.proc)
                    && counts.thread(row.thread)
                    && counts.stack(row.stack)
            });
        if fits {
            Ok(())
        } else {
            Err(BadPieces("a number leads out of its table"))
        }
    }

    fn goroutines_fit(&self, counts: &Counts) -> bool {
        let builder = &self.builder;
        let (slots, regions) = (builder.syscalls.slots.len(), builder.user.regions.len());
        let states_fit = builder.states.iter().all(|state| {
            let slot = state.syscall;
            let region = state.open_region;
            (slot == NO_SYSCALL || slot == CARRIED || (slot as usize) < slots)
                && (region == NO_REGION || (region as usize) < regions)
        });
        let spans: u64 = builder
            .states
            .iter()
            .map(|state| u64::from(state.spans))
            .sum();
        states_fit
            && spans == self.spans.rows() as u64
            && builder.states.len() == builder.rows.len()
            && builder.rows.len() <= counts.goroutines
            && builder.rows.iter().all(|row| {
                counts.goroutine(row.creator)
                    && counts.stack(row.created_at)
                    && counts.stack(row.started_with)
                    && counts.string(row.name)
                    && counts.string(row.label)
            })
    }

    fn procs_fit(&self, counts: &Counts) -> bool {
        let builder = &self.builder;
        let syscalls = &builder.syscalls;
        let spans = self.spans.rows();
        let mut holders = syscalls.holders.iter().chain(&syscalls.summary_holders);
        syscalls.holders.len() <= counts.procs
            && syscalls.summary_holders.len() <= counts.procs
            && syscalls.holders.len() == syscalls.summary_holders.len()
            && holders.all(|&holder| counts.holder(holder))
            && counts.holder(syscalls.at_first)
            && syscalls
                .free
                .iter()
                .all(|&slot| (slot as usize) < syscalls.slots.len())
            && syscalls.slots.iter().all(|slot| {
                counts.proc(slot.proc)
                    && counts.proc(slot.summary.proc)
                    && counts.thread(slot.thread)
                    && counts.stack(slot.stack)
            })
            && syscalls
                .views
                .iter()
                .all(|view| (view.span.0 as usize) < spans)
            && syscalls
                .watched
                .iter()
                .all(|row| (row.first.0 as usize) < spans)
            && builder.placements.counts.len() == builder.placements.all.len()
            && builder
                .placements
                .all
                .iter()
                .all(|place| counts.proc(place.proc) && counts.thread(place.thread))
            && all(&builder.proc_spans, |row| {
                counts.proc(row.proc) && counts.thread(row.thread)
            })
    }

    fn ranges_fit(&self, counts: &Counts) -> bool {
        let ranges = &self.builder.ranges;
        let rows = ranges.rows.len();
        all(&ranges.rows, |row| {
            let scope = match row.scope {
                RangeScope::Global => true,
                RangeScope::Proc(proc) => counts.proc(proc),
                RangeScope::Goroutine(goroutine) => counts.goroutine(goroutine),
            };
            let kind = match row.kind {
                RangeKind::StopTheWorld(what) => counts.string(what),
                _ => true,
            };
            scope
                && kind
                && counts.stack(row.stack)
                && counts.goroutine(row.began_by)
                && counts.goroutine(row.ended_by)
        }) && ranges
            .found
            .iter()
            .all(|found| (found.row as usize) < rows && counts.proc(found.proc))
    }

    fn user_fits(&self, counts: &Counts) -> bool {
        let user = &self.builder.user;
        let regions = user.regions.len();
        user.tasks.iter().all(|row| {
            counts.string(row.name)
                && counts.goroutine(row.began_by)
                && counts.goroutine(row.ended_by)
                && counts.stack(row.begin_stack)
                && counts.stack(row.end_stack)
        }) && user.outer.len() == regions
            && user
                .outer
                .iter()
                .enumerate()
                .all(|(i, outer)| outer == NO_REGION || (outer as usize) < i)
            && all(&user.regions, |row| {
                counts.string(row.name)
                    && counts.goroutine(row.goroutine)
                    && counts.stack(row.begin_stack)
                    && counts.stack(row.end_stack)
            })
            && all(&user.logs, |row| {
                counts.goroutine(row.goroutine)
                    && counts.string(row.category)
                    && counts.string(row.message)
                    && counts.stack(row.stack)
            })
            && all(&user.labels, |row| {
                counts.goroutine(row.goroutine) && counts.string(row.label)
            })
    }
}
