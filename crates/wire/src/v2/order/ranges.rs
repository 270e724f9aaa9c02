//! Ranges: GC mark, sweep, mark assist, stop-the-world; and the heap's size.

use super::{Answer, At, Context, Needs, Orderer, Out};
use crate::event::{EventKind, Metric, Range, Scope};
use crate::id::{GoroutineIndex, ProcIndex, StackId};
use crate::limits;
use crate::sink::Sink;
use crate::v2::state::{ABSENT, Gc, NONE, OpenRange};
use crate::v2::{seam, spec};

impl Orderer {
    /// `advanceGCActive`: a cycle was in progress when the generation began.
    #[inline(never)]
    pub(super) fn gc_active<K: Sink>(
        &mut self,
        out: &mut Out<'_, K>,
        at: At,
        context: Context,
        [seq]: [u64; 1],
    ) -> Answer {
        if self.generation == self.initial {
            if self.gc != Gc::Undetermined
                && self.unfit(out, at, || {
                    "GCActive in the first generation isn't first GC event".to_owned()
                })
            {
                return Answer::Broken;
            }
        } else {
            match self.gc_follows(out, at, seq) {
                Ok(()) => {}
                Err(answer) => return answer,
            }
            if self.gc != Gc::Running
                && self.unfit(out, at, || {
                    "encountered GCActive while GC was not in progress".to_owned()
                })
            {
                return Answer::Broken;
            }
            if self.lacks(out, at, context, Needs::USER) {
                return Answer::Broken;
            }
        }
        if self.gc == Gc::Undetermined {
            self.claims.collector(true, seq, context);
        }
        self.gc_seq = seq;
        self.gc = Gc::Running;
        let (range, scope) = (Range::GcMark, Scope::Global);
        let kind = EventKind::RangeActive { range, scope };
        out.emit(at.time, context, StackId::NONE, kind);
        Answer::Advanced
    }

    /// Whether a GC event is the next one; else the answer.
    fn gc_follows<K: Sink>(
        &mut self,
        out: &mut Out<'_, K>,
        at: At,
        seq: u64,
    ) -> Result<(), Answer> {
        let known = self.gc_seq;
        if seq != known.wrapping_add(1)
            && self.waits(out, at, || {
                format!(
                    "GC event {seq} should follow event {}, but {known} was the last",
                    seq.wrapping_sub(1)
                )
            })
        {
            return Err(Answer::NotYet);
        }
        Ok(())
    }

    /// `advanceGCBegin`.
    ///
    /// Begin and end may happen on different threads, so both have numbers: a wrong time cannot mistake one cycle's
    /// end for another's.
    #[inline(never)]
    pub(super) fn gc_begin<K: Sink>(
        &mut self,
        out: &mut Out<'_, K>,
        at: At,
        context: Context,
        [seq, stack]: [u64; 2],
    ) -> Answer {
        if self.gc != Gc::Undetermined {
            match self.gc_follows(out, at, seq) {
                Ok(()) => {}
                Err(answer) => return answer,
            }
            if self.gc == Gc::Running
                && self.unfit(out, at, || {
                    "encountered GCBegin while GC was already in progress".to_owned()
                })
            {
                return Answer::Broken;
            }
            if self.lacks(out, at, context, Needs::USER) {
                return Answer::Broken;
            }
        }
        let Some(stack) = self.stack(out, at, stack) else {
            return Answer::Broken;
        };
        if self.gc == Gc::Undetermined {
            self.claims.collector(false, seq, context);
        }
        self.gc_seq = seq;
        self.gc = Gc::Running;
        let (range, scope) = (Range::GcMark, Scope::Global);
        out.emit(
            at.time,
            context,
            stack,
            EventKind::RangeBegin { range, scope },
        );
        Answer::Advanced
    }

    /// `advanceGCEnd`.
    #[inline(never)]
    pub(super) fn gc_end<K: Sink>(
        &mut self,
        out: &mut Out<'_, K>,
        at: At,
        context: Context,
        [seq]: [u64; 1],
    ) -> Answer {
        match self.gc_follows(out, at, seq) {
            Ok(()) => {}
            Err(answer) => return answer,
        }
        if self.gc != Gc::Running
            && self.unfit(out, at, || {
                "encountered GCEnd when GC was not in progress".to_owned()
            })
        {
            return Answer::Broken;
        }
        if self.lacks(out, at, context, Needs::USER) {
            return Answer::Broken;
        }
        self.gc_seq = seq;
        self.gc = Gc::NotRunning;
        out.emit(
            at.time,
            context,
            StackId::NONE,
            end(Range::GcMark, Scope::Global),
        );
        Answer::Advanced
    }

    /// `advanceGCSweepActive`. It may name another proc than the context's.
    #[inline(never)]
    pub(super) fn sweep_active<K: Sink>(
        &mut self,
        out: &mut Out<'_, K>,
        at: At,
        context: Context,
        [id]: [u64; 1],
    ) -> Answer {
        let p = self.proc(id, out.resources);
        let known = self.ps.get(p as usize).copied();
        let Some(known) = known.filter(|known| known.status != ABSENT) else {
            return if self.unfit(out, at, || {
                format!("encountered GCSweepActive for unknown proc {id}")
            }) {
                Answer::Broken
            } else {
                Answer::Advanced
            };
        };
        // In the first generation it is news, later it must be known.
        if known.sweeping == (self.generation == self.initial)
            && self.unfit(out, at, || active(known.sweeping))
        {
            return Answer::Broken;
        }
        let proc = &mut self.ps[p as usize];
        if proc.sweep & (seam::ACTIVE | seam::BEGUN) != 0 && self.generation == self.initial {
            self.claims.again();
        }
        proc.sweeping = true;
        proc.sweep = seam::first(proc.sweep, seam::ACTIVE);
        let (range, scope) = (Range::GcSweep, Scope::Proc(ProcIndex(p)));
        let kind = EventKind::RangeActive { range, scope };
        out.emit(at.time, context, StackId::NONE, kind);
        Answer::Advanced
    }

    /// `advanceGCSweepBegin`.
    #[inline(never)]
    pub(super) fn sweep_begin<K: Sink>(
        &mut self,
        out: &mut Out<'_, K>,
        at: At,
        context: Context,
        [stack]: [u64; 1],
    ) -> Answer {
        if self.lacks(out, at, context, Needs::PROC) {
            return Answer::Broken;
        }
        let Some(stack) = self.stack(out, at, stack) else {
            return Answer::Broken;
        };
        let Some(proc) = self.ps.get_mut(context.p as usize) else {
            return Answer::Advanced;
        };
        proc.sweep = seam::first(proc.sweep, seam::BEGUN);
        if std::mem::replace(&mut proc.sweeping, true) {
            // Left out: it began already.
            return if self.unfit(out, at, || twice("sweep")) {
                Answer::Broken
            } else {
                Answer::Advanced
            };
        }
        let (range, scope) = (Range::GcSweep, Scope::Proc(ProcIndex(context.p)));
        out.emit(
            at.time,
            context,
            stack,
            EventKind::RangeBegin { range, scope },
        );
        Answer::Advanced
    }

    /// `advanceGCSweepEnd`.
    #[inline(never)]
    pub(super) fn sweep_end<K: Sink>(
        &mut self,
        out: &mut Out<'_, K>,
        at: At,
        context: Context,
        [swept, reclaimed]: [u64; 2],
    ) -> Answer {
        if self.lacks(out, at, context, Needs::PROC) {
            return Answer::Broken;
        }
        let Some(proc) = self.ps.get_mut(context.p as usize) else {
            return Answer::Advanced;
        };
        if !std::mem::replace(&mut proc.sweeping, false) {
            return if self.unfit(out, at, || not_open("sweep")) {
                Answer::Broken
            } else {
                Answer::Advanced
            };
        }
        let kind = EventKind::RangeEnd {
            range: Range::GcSweep,
            scope: Scope::Proc(ProcIndex(context.p)),
            swept,
            reclaimed,
        };
        out.emit(at.time, context, StackId::NONE, kind);
        Answer::Advanced
    }

    /// Begins a range on the context's goroutine; else the answer.
    fn begin_range<K: Sink>(
        &mut self,
        out: &mut Out<'_, K>,
        at: At,
        context: Context,
        range: OpenRange,
    ) -> Result<(), Answer> {
        if self.lacks(out, at, context, Needs::USER) {
            return Err(Answer::Broken);
        }
        self.first_range(context.g, range.kind, seam::BEGUN);
        let open = &mut self.extra(context.g).ok_or(Answer::Advanced)?.ranges;
        let known = open
            .iter()
            .any(|known| (known.kind, known.id) == (range.kind, range.id));
        if known || open.len() >= limits::OPEN_RANGES {
            return Err(if self.unfit(out, at, || twice("range")) {
                Answer::Broken
            } else {
                Answer::Advanced
            });
        }
        open.push(range);
        Ok(())
    }

    /// Notes what a goroutine's range was first seen as.
    fn first_range(&mut self, g: u32, kind: u8, how: u8) {
        if let Some(goroutine) = self.gs.get_mut(g as usize) {
            goroutine.ranges = match kind {
                spec::STW_BEGIN => goroutine.ranges | seam::PAUSED,
                _ => seam::first(goroutine.ranges, how),
            };
        }
    }

    /// Ends the first range of that kind on the context's goroutine; else the answer.
    fn end_range<K: Sink>(
        &mut self,
        out: &mut Out<'_, K>,
        at: At,
        context: Context,
        kind: u8,
    ) -> Result<OpenRange, Answer> {
        if self.lacks(out, at, context, Needs::USER) {
            return Err(Answer::Broken);
        }
        let open = &mut self.extra(context.g).ok_or(Answer::Advanced)?.ranges;
        match open.iter().position(|known| known.kind == kind) {
            Some(place) => Ok(open.swap_remove(place)),
            None => Err(if self.unfit(out, at, || not_open("range")) {
                Answer::Broken
            } else {
                Answer::Advanced
            }),
        }
    }

    /// `advanceGoRangeBegin` of a stop-the-world.
    #[inline(never)]
    pub(super) fn stw_begin<K: Sink>(
        &mut self,
        out: &mut Out<'_, K>,
        at: At,
        context: Context,
        [id, stack]: [u64; 2],
    ) -> Answer {
        let (Some(string), Some(stack)) = (self.string(out, at, id), self.stack(out, at, stack))
        else {
            return Answer::Broken;
        };
        let range = OpenRange {
            kind: spec::STW_BEGIN,
            id,
            name: self.names.of(string, &out.tables.tables),
        };
        match self.begin_range(out, at, context, range) {
            Ok(()) => {}
            Err(answer) => return answer,
        }
        let kind = EventKind::RangeBegin {
            range: Range::StopTheWorld(string),
            scope: Scope::Goroutine(GoroutineIndex(context.g)),
        };
        out.emit(at.time, context, stack, kind);
        Answer::Advanced
    }

    /// `advanceGoRangeEnd` of a stop-the-world: it has the kind of its beginning.
    #[inline(never)]
    pub(super) fn stw_end<K: Sink>(
        &mut self,
        out: &mut Out<'_, K>,
        at: At,
        context: Context,
        []: [u64; 0],
    ) -> Answer {
        let range = match self.end_range(out, at, context, spec::STW_BEGIN) {
            Ok(range) => range,
            Err(answer) => return answer,
        };
        let string = self.names.string(range.name, &mut out.tables.tables);
        let scope = Scope::Goroutine(GoroutineIndex(context.g));
        out.emit(
            at.time,
            context,
            StackId::NONE,
            end(Range::StopTheWorld(string), scope),
        );
        Answer::Advanced
    }

    /// `advanceGoRangeActive` of a mark assist. It may name a goroutine that does not run.
    #[inline(never)]
    pub(super) fn assist_active<K: Sink>(
        &mut self,
        out: &mut Out<'_, K>,
        at: At,
        context: Context,
        [id]: [u64; 1],
    ) -> Answer {
        let g = self.goroutine(id, out.resources);
        let known = self.gs.get(g as usize).copied();
        if known.is_none_or(|known| known.status == ABSENT) {
            return if self.unfit(out, at, || format!("uninitialized goroutine {id} found")) {
                Answer::Broken
            } else {
                Answer::Advanced
            };
        }
        let first = self.generation == self.initial;
        if first
            && let Some(goroutine) = self.gs.get(g as usize)
            && goroutine.ranges & (seam::ACTIVE | seam::BEGUN) != 0
        {
            self.claims.again();
        }
        self.first_range(g, ASSIST.kind, seam::ACTIVE);
        let Some(extra) = self.extra(g) else {
            return Answer::Advanced;
        };
        let known = extra.ranges.iter().any(|range| range.kind == ASSIST.kind);
        if !known {
            extra.ranges.push(ASSIST);
        }
        if known == first && self.unfit(out, at, || active(known)) {
            return Answer::Broken;
        }
        let kind = EventKind::RangeActive {
            range: Range::GcMarkAssist,
            scope: Scope::Goroutine(GoroutineIndex(g)),
        };
        out.emit(at.time, context, StackId::NONE, kind);
        Answer::Advanced
    }

    /// `advanceGoRangeBegin` of a mark assist.
    #[inline(never)]
    pub(super) fn assist_begin<K: Sink>(
        &mut self,
        out: &mut Out<'_, K>,
        at: At,
        context: Context,
        [stack]: [u64; 1],
    ) -> Answer {
        let Some(stack) = self.stack(out, at, stack) else {
            return Answer::Broken;
        };
        match self.begin_range(out, at, context, ASSIST) {
            Ok(()) => {}
            Err(answer) => return answer,
        }
        let kind = EventKind::RangeBegin {
            range: Range::GcMarkAssist,
            scope: Scope::Goroutine(GoroutineIndex(context.g)),
        };
        out.emit(at.time, context, stack, kind);
        Answer::Advanced
    }

    /// `advanceGoRangeEnd` of a mark assist.
    #[inline(never)]
    pub(super) fn assist_end<K: Sink>(
        &mut self,
        out: &mut Out<'_, K>,
        at: At,
        context: Context,
        []: [u64; 0],
    ) -> Answer {
        match self.end_range(out, at, context, ASSIST.kind) {
            Ok(_) => {}
            Err(answer) => return answer,
        }
        let scope = Scope::Goroutine(GoroutineIndex(context.g));
        out.emit(
            at.time,
            context,
            StackId::NONE,
            end(Range::GcMarkAssist, scope),
        );
        Answer::Advanced
    }

    /// `advanceHeapMetric` of the live heap.
    #[inline(always)]
    pub(super) fn heap_alloc<K: Sink>(
        &mut self,
        out: &mut Out<'_, K>,
        at: At,
        context: Context,
        [value]: [u64; 1],
    ) -> Answer {
        self.heap(out, at, context, Metric::HeapObjects, value)
    }

    /// `advanceHeapMetric` of the heap goal.
    #[inline(always)]
    pub(super) fn heap_goal<K: Sink>(
        &mut self,
        out: &mut Out<'_, K>,
        at: At,
        context: Context,
        [value]: [u64; 1],
    ) -> Answer {
        self.heap(out, at, context, Metric::HeapGoal, value)
    }

    #[inline(always)]
    fn heap<K: Sink>(
        &mut self,
        out: &mut Out<'_, K>,
        at: At,
        context: Context,
        metric: Metric,
        value: u64,
    ) -> Answer {
        if self.lacks(out, at, context, Needs::PROC) {
            return Answer::Broken;
        }
        let kind = EventKind::Metric { metric, value };
        out.emit(at.time, context, StackId::NONE, kind);
        Answer::Advanced
    }
}

/// A mark assist; it has no description.
const ASSIST: OpenRange = OpenRange {
    kind: spec::GC_MARK_ASSIST_BEGIN,
    id: 0,
    name: NONE,
};

fn end(range: Range, scope: Scope) -> EventKind {
    EventKind::RangeEnd {
        range,
        scope,
        swept: 0,
        reclaimed: 0,
    }
}

fn active(known: bool) -> String {
    if known {
        "found named active range already in first gen".to_owned()
    } else {
        "resource is missing active range".to_owned()
    }
}

fn twice(what: &str) -> String {
    format!("discovered event already in-flight when starting {what}")
}

fn not_open(what: &str) -> String {
    format!("tried to end {what}, but not in-flight")
}
