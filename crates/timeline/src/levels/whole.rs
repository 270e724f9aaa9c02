//! [`Whole`]: what a worker that has only the beginning of a trace must know of the whole one to make its share of the
//! levels of detail: how many rows there are of what, and where the first blocks behind its own begin.

use tracepane_model::parts::TableBytes;
use tracepane_model::{GoroutineIndex, GroupIndex, ProcIndex, Trace};

use super::NONE;
use super::blocks::{BLOCK, MIN_SPANS, SUPER};
use super::bytes::{Put, Take};
use super::stretch::{group_of, rows_before, start_at};
use crate::class::Classes;

/// What is known of a whole trace.
#[derive(Clone, PartialEq, Debug)]
pub struct Whole {
    /// How many rows it has.
    pub(super) rows: usize,
    /// The group of the GC's workers, or NONE.
    workers: u32,
    /// By group: how many goroutines it has, and how many rows these have.
    groups: Vec<[u32; 2]>,
    /// By goroutine: its group, and how many rows it has.
    goroutines: Vec<[u32; 2]>,
    /// By goroutine: when the first superblock behind the beginning begins; if there is none, its last row.
    next_of: Vec<i64>,
    /// By proc: how many rows it has.
    procs: Vec<u32>,
    /// By proc, as by goroutine.
    next_on: Vec<i64>,
}

impl Whole {
    /// What is to be known of a trace by who has its first `beginning` rows.
    pub fn of(trace: &Trace, beginning: usize) -> Self {
        let classes = Classes::new(trace);
        let groups = (0..trace.goroutines.groups.len() as u32).map(GroupIndex);
        let workers = groups.clone().find(|&g| classes.is_worker_group(g));
        let groups = groups.map(|g| {
            let (goroutines, rows) = group_of(trace, g);
            [goroutines as u32, rows as u32]
        });
        let next = |rows: &[u32]| {
            if rows.len() < MIN_SPANS {
                return 0;
            }
            let place = rows_before(rows, beginning).next_multiple_of(BLOCK * SUPER);
            start_at(trace, rows, place, || None).unwrap_or_default()
        };
        let goroutines = (0..trace.goroutines.len() as u32).map(GoroutineIndex);
        let procs = (0..trace.procs.ids.len() as u32).map(ProcIndex);
        Self {
            rows: trace.spans.len(),
            workers: workers.map_or(NONE, |group| group.0),
            groups: groups.collect(),
            next_of: goroutines
                .clone()
                .map(|g| next(trace.goroutines.spans(g)))
                .collect(),
            goroutines: goroutines
                .map(|g| {
                    let rows = trace.goroutines.spans(g).len();
                    [trace.goroutines.row(g).group.0, rows as u32]
                })
                .collect(),
            next_on: procs.clone().map(|p| next(trace.procs.ran(p))).collect(),
            procs: procs.map(|p| trace.procs.ran(p).len() as u32).collect(),
        }
    }

    /// The classes of a beginning's spans, as they are in the whole. Its goroutines get their groups.
    pub(super) fn classes(&self, beginning: &mut Trace) -> Classes {
        let rows = beginning.goroutines.rows.iter_mut();
        for (row, &[group, _]) in rows.zip(&self.goroutines) {
            row.group = GroupIndex(group);
        }
        let workers = (self.workers != NONE).then_some(GroupIndex(self.workers));
        Classes::new(beginning).with_workers(workers)
    }

    pub(super) fn rows_of(&self, goroutine: GoroutineIndex) -> usize {
        let row = self.goroutines.get(goroutine.0 as usize);
        row.map_or(0, |&[_, rows]| rows as usize)
    }

    pub(super) fn next_of(&self, goroutine: GoroutineIndex) -> i64 {
        let next = self.next_of.get(goroutine.0 as usize);
        next.copied().unwrap_or_default()
    }

    pub(super) fn rows_on(&self, proc: u32) -> usize {
        let rows = self.procs.get(proc as usize);
        rows.map_or(0, |&rows| rows as usize)
    }

    pub(super) fn next_on(&self, proc: u32) -> i64 {
        let next = self.next_on.get(proc as usize);
        next.copied().unwrap_or_default()
    }

    pub(super) fn groups(&self) -> usize {
        self.groups.len()
    }

    pub(super) fn group(&self, group: GroupIndex) -> (usize, usize) {
        let [goroutines, rows] = self
            .groups
            .get(group.0 as usize)
            .copied()
            .unwrap_or_default();
        (goroutines as usize, rows as usize)
    }

    /// Writes it.
    pub fn put(&self, mut put: impl FnMut(&[u8])) {
        let mut to = Put::new(&mut put);
        to.short(&[self.rows as u32, self.workers]);
        to.short(self.groups.as_flattened());
        to.short(self.goroutines.as_flattened());
        to.signed(&self.next_of);
        to.short(&self.procs);
        to.signed(&self.next_on);
    }

    /// Reads what [`Self::put`] wrote; `None` if it is none.
    pub fn take(from: &mut dyn TableBytes) -> Option<Self> {
        let mut from = Take(from);
        let pairs = |numbers: Vec<u32>| -> Vec<[u32; 2]> { numbers.as_chunks().0.to_vec() };
        let [rows, workers] = from.short()?.try_into().ok()?;
        Some(Self {
            rows: rows as usize,
            workers,
            groups: pairs(from.short()?),
            goroutines: pairs(from.short()?),
            next_of: from.signed()?,
            procs: from.short()?,
            next_on: from.signed()?,
        })
    }
}
