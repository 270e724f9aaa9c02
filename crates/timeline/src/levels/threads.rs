//! What ran on which thread. Built when threads are looked at for the first time: most are never.

use tracepane_model::{Cause, ProcSpanState, SpanIndex, SpanState, ThreadIndex, Trace};

use super::actors::{ActorLevels, ActorPass, LogPass, OpenSpan};
use super::blocks::SequenceBlocks;
use super::rows_by::RowsBy;
use super::stretch::Stretch;
use super::{Levels, NONE};
use crate::class::Class;

/// How many classes a thread's time is divided into: see [`thread_class`].
pub const THREAD_CLASSES: usize = 4;

/// To which of the [`THREAD_CLASSES`] a goroutine's class counts: 0 the program, 1 the GC, 2 system calls, 3 those
/// that lost their proc.
pub(crate) fn thread_class(class: Class, worker: bool) -> usize {
    match class {
        Class::SyscallBlocked => 3,
        Class::Syscall => 2,
        Class::GcWork => 1,
        _ if worker => 1,
        _ => 0,
    }
}

/// The levels of detail of threads.
#[derive(Clone, Default, Debug)]
pub struct ThreadLevels {
    /// Rows of the span table that are Running, Syscall or SyscallBlocked, by thread.
    ran: RowsBy,
    levels: ActorLevels<THREAD_CLASSES>,
    /// Rows of the procs' own spans in which a proc had the thread, by thread.
    pub(crate) bound: RowsBy,
    /// CPU samples by thread.
    pub(crate) samples: RowsBy,
    /// Logs by thread.
    pub(crate) logs: RowsBy,
}

/// A goroutine while the span table is read.
#[derive(Clone, Copy)]
struct Now {
    on: OpenSpan,
    since: i64,
    class: usize,
}

impl ThreadLevels {
    /// Sums up a trace: a few passes over its spans.
    pub fn build(trace: &Trace, levels: &Levels) -> Self {
        let threads = trace.procs.threads.len();
        let placements = trace.procs.placements.iter();
        let thread_of: Vec<u32> = placements.map(|placement| placement.thread.0).collect();
        let thread_of = |row: u32| {
            let row = SpanIndex(row);
            match trace.spans.kind(row).state() {
                SpanState::Running | SpanState::Syscall | SpanState::SyscallBlocked => {}
                _ => return NONE,
            }
            match trace.spans.cause(row) {
                Cause::Placement(id) => thread_of.get(id.0 as usize).copied().unwrap_or(NONE),
                _ => NONE,
            }
        };
        let ran = RowsBy::new(threads, trace.spans.len(), |row| {
            Some(thread_of(row) as usize)
        });
        let stretch = Stretch::whole(trace);
        let ran_on = |thread| ran.of(thread as usize);
        let mut pass = ActorPass::<THREAD_CLASSES>::new(trace, &stretch, threads, ran_on);
        let mut logs = LogPass::new(trace, &stretch);
        let nowhere = Now {
            on: OpenSpan::NONE,
            since: 0,
            class: 0,
        };
        let mut now = vec![nowhere; trace.goroutines.len()];
        let where_is = |now: &[Now], g: usize| now.get(g).map_or(NONE, |now| now.on.actor());
        for (row, start) in trace.spans.iter() {
            logs.until(trace, start, |g| where_is(&now, g));
            let g = trace.spans.goroutine(row);
            let Some(now) = now.get_mut(g.0 as usize) else {
                continue;
            };
            let time = start.0.max(now.since);
            if now.on.is_some() {
                pass.end(now.on, now.class, time - now.since, time, row);
                now.on = OpenSpan::NONE;
            }
            let thread = thread_of(row.0);
            if thread != NONE {
                now.on = pass.begin(trace, thread, row, time);
                let class = levels.classes.of(trace.spans.kind(row));
                let worker = levels.classes.is_worker(trace, g);
                now.class = class.map_or(0, |class| thread_class(class, worker));
            }
            now.since = time;
        }
        let logs = logs.finish(trace, threads, |g| where_is(&now, g));
        let bound = RowsBy::new(threads, trace.procs.spans.len(), |row| {
            let span = trace.procs.spans.at(row as usize);
            span.thread
                .get()
                .filter(|_| span.state == ProcSpanState::Running)
        });
        Self {
            levels: pass.told().finish(),
            ran,
            bound,
            samples: RowsBy::new(threads, trace.samples.len(), |row| {
                trace.samples.at(row as usize).thread.get()
            }),
            logs,
        }
    }

    /// The goroutines' spans that were on `thread` (Running, Syscall, SyscallBlocked), as rows of the span table, in
    /// time order.
    pub fn ran(&self, thread: ThreadIndex) -> &[u32] {
        self.ran.of(thread.0 as usize)
    }

    /// The logs and the CPU samples on a thread: rows of [`Trace::logs`] and [`Trace::samples`].
    pub fn marks_of(&self, thread: ThreadIndex) -> (&[u32], &[u32]) {
        let i = thread.0 as usize;
        (self.logs.of(i), self.samples.of(i))
    }

    /// The blocks of a thread's spans, if it has many.
    pub(crate) fn blocks(&self, thread: ThreadIndex) -> Option<SequenceBlocks<'_, THREAD_CLASSES>> {
        self.levels.blocks(thread.0)
    }

    /// How many rows of the span table further the goroutine's next span is, for each of a thread's spans.
    pub(crate) fn ends(&self, thread: ThreadIndex) -> &[u8] {
        self.levels.ends(thread.0)
    }

    /// Bytes held.
    pub fn heap_bytes(&self) -> usize {
        self.ran.heap_bytes()
            + self.levels.heap_bytes()
            + self.bound.heap_bytes()
            + self.samples.heap_bytes()
            + self.logs.heap_bytes()
    }
}
