//! Flows: who created or unblocked whom, and which task began which.
//!
//! Those of what is selected are asked for once, with [`of`]; those of a view are found anew for each frame, if it is
//! small enough.

use tracepane_model::sorting::sort_by_numbers;
use tracepane_model::{
    Cause, GoroutineIndex, Nanos, ProcIndex, SpanIndex, SpanState, TaskIndex, ThreadIndex, Trace,
};

use crate::draw::regions::region_times;
use crate::family::task_of;
use crate::hit::Hit;
use crate::lanes::LaneKind;

/// No more rows of the span table than this are searched for those whom something woke.
const MAX_SEARCHED: u32 = 1 << 21;

/// No more flows of a selection than this are kept.
pub const MAX_FLOWS: usize = 256;

/// Something that led to another thing in another lane.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Flow {
    /// A goroutine was created or unblocked: with this span, its wait to run, it began.
    Wake(SpanIndex),
    /// A task began below another one.
    Subtask {
        /// The task.
        task: TaskIndex,
        /// The one above it.
        parent: TaskIndex,
    },
}

/// How one thing led to another.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum FlowKind {
    /// A goroutine, or a timer of the runtime, created another one.
    Created,
    /// A goroutine ended another one's wait.
    Unblocked,
    /// The runtime (the network poller, a timer) ended a goroutine's wait.
    ByRuntime,
    /// A system call that had lost its proc ended.
    Returned,
    /// A task began another one below it.
    Subtask,
}

/// A goroutine's creation or the end of its wait.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Wake {
    /// Which of the two.
    pub kind: FlowKind,
    /// Who did it; NONE if no goroutine.
    pub by: GoroutineIndex,
    /// Who can run now.
    pub whom: GoroutineIndex,
    /// When.
    pub time: Nanos,
    /// When it ran then, and in which span; `None` if it never did.
    pub ran: Option<(Nanos, SpanIndex)>,
}

/// What a selection has to do with others.
#[derive(Clone, Default, PartialEq, Debug)]
pub struct Flows {
    /// What led to it, then what it led to, in time order.
    pub list: Vec<Flow>,
    /// How many of them led to it.
    pub into: usize,
    /// There may be more: the search ended early.
    pub cut: bool,
}

/// What has to do with a selection: who brought it about, and whom it created or unblocked meanwhile.
pub fn of(trace: &Trace, selection: Hit) -> Flows {
    let mut flows = Flows::default();
    match selection {
        Hit::Span(span) | Hit::ProcSpan { span, .. } | Hit::ThreadSpan { span, .. } => {
            if span.0 as usize >= trace.spans.len() {
                return flows;
            }
            flows.list.extend(wake_before(trace, span).map(Flow::Wake));
            flows.into = flows.list.len();
            let state = trace.spans.kind(span).state();
            if matches!(state, SpanState::Running | SpanState::Syscall) {
                let goroutine = trace.spans.goroutine(span);
                let times = (trace.spans.start(span), trace.span_end(span));
                flows.woken_by(trace, goroutine, times);
            }
        }
        Hit::Region(row) => {
            let Some(region) = trace.regions.get(row as usize) else {
                return flows;
            };
            let (start, end) = region_times(trace, row);
            let times = (Nanos(start as i64), Nanos(end as i64));
            flows.woken_by(trace, region.goroutine, times);
        }
        Hit::Lane(LaneKind::Goroutine(goroutine)) => {
            let first = trace.goroutines.spans(goroutine).first();
            let first = first.map(|&row| SpanIndex(row));
            let created = first.filter(|&span| wake(trace, span).is_some());
            flows.list.extend(created.map(Flow::Wake));
            flows.into = flows.list.len();
        }
        Hit::Task(task) => {
            let Some(row) = trace.tasks.get(task.0 as usize) else {
                return flows;
            };
            let parent = parent_of(trace, task);
            let into = parent.map(|parent| Flow::Subtask { task, parent });
            flows.list.extend(into);
            flows.into = flows.list.len();
            let mut children: Vec<_> = (0..trace.tasks.len() as u32)
                .map(TaskIndex)
                .filter(|child| trace.tasks[child.0 as usize].parent == row.id && *child != task)
                .collect();
            sort_by_numbers(&mut children, |child| {
                let start = trace.tasks[child.0 as usize].start;
                // One without a beginning comes first.
                start.map_or([0, 0], |start| [1, start.0])
            });
            flows.cut = children.len() > MAX_FLOWS;
            children.truncate(MAX_FLOWS);
            let parent = task;
            let below = children.into_iter();
            flows
                .list
                .extend(below.map(|task| Flow::Subtask { task, parent }));
        }
        _ => {}
    }
    flows
}

impl Flows {
    /// Adds whom a goroutine created or unblocked from `start` up to `end`.
    fn woken_by(&mut self, trace: &Trace, by: GoroutineIndex, (start, end): (Nanos, Nanos)) {
        if !by.is_some() {
            return;
        }
        let first = trace.spans.first_at(start).0;
        let last = trace.spans.first_at(end).0;
        self.cut = last - first > MAX_SEARCHED;
        for row in (first..last.min(first.saturating_add(MAX_SEARCHED))).map(SpanIndex) {
            if trace.spans.cause(row) != Cause::Goroutine(by) || wake(trace, row).is_none() {
                continue;
            }
            if self.list.len() == MAX_FLOWS {
                self.cut = true;
                return;
            }
            self.list.push(Flow::Wake(row));
        }
    }
}

/// The creation or the end of a wait with which a span began, if it is the one that says so: a wait to run, or the
/// first wait of a life.
pub fn wake(trace: &Trace, span: SpanIndex) -> Option<Wake> {
    let spans = &trace.spans;
    if span.0 as usize >= spans.len() {
        return None;
    }
    let state = spans.kind(span).state();
    if !matches!(state, SpanState::Runnable | SpanState::Waiting) || spans.kind(span).was_going_on()
    {
        return None;
    }
    let by = match spans.cause(span) {
        Cause::Goroutine(by) if (by.0 as usize) < trace.goroutines.len() => by,
        _ => GoroutineIndex::NONE,
    };
    let whom = spans.goroutine(span);
    let rows = trace.goroutines.spans(whom);
    let place = trace.goroutines.place_of(whom, span)?;
    let before = place
        .checked_sub(1)
        .map(|i| spans.kind(SpanIndex(rows[i])).state());
    let kind = match before {
        // A timer's function may start one too.
        None | Some(SpanState::Dead) if spans.cause(span) != Cause::None => FlowKind::Created,
        Some(SpanState::Waiting) if state != SpanState::Runnable => return None,
        Some(SpanState::Waiting) if by.is_some() => FlowKind::Unblocked,
        Some(SpanState::Waiting) => FlowKind::ByRuntime,
        Some(SpanState::Syscall | SpanState::SyscallBlocked) => FlowKind::Returned,
        _ => return None,
    };
    let next = rows.get(place + 1).map(|&row| SpanIndex(row));
    Some(Wake {
        kind,
        by,
        whom,
        time: spans.start(span),
        ran: next
            .filter(|&next| spans.kind(next).state() == SpanState::Running)
            .map(|next| (spans.start(next), next)),
    })
}

/// The wake-up that brought a span about: of a wait to run and of what follows it the one before; of another wait the
/// one that ended it.
pub fn wake_before(trace: &Trace, span: SpanIndex) -> Option<SpanIndex> {
    let whom = trace.spans.goroutine(span);
    let rows = trace.goroutines.spans(whom);
    let place = trace.goroutines.place_of(whom, span)?;
    let at = |place: usize| {
        let span = SpanIndex(*rows.get(place)?);
        wake(trace, span).map(|_| span)
    };
    match trace.spans.kind(span).state() {
        SpanState::Runnable => at(place),
        SpanState::Waiting => at(place).or_else(|| at(place + 1)),
        SpanState::Running => at(place.checked_sub(1)?),
        _ => None,
    }
}

/// The end of an arrow: where it comes from (`back`), or where it leads: what is to be selected there.
pub fn end_of(trace: &Trace, flow: Flow, back: bool) -> Option<Hit> {
    match flow {
        Flow::Subtask { task, parent } => Some(Hit::Task(if back { parent } else { task })),
        Flow::Wake(span) => {
            let wake = wake(trace, span)?;
            match back {
                true if wake.by.is_some() => span_at(trace, wake.by, wake.time).map(Hit::Span),
                true => None,
                false => Some(Hit::Span(span)),
            }
        }
    }
}

/// The task below which another one began.
pub fn parent_of(trace: &Trace, task: TaskIndex) -> Option<TaskIndex> {
    let row = trace.tasks.get(task.0 as usize)?;
    row.start?;
    task_of(trace, row.parent).filter(|&parent| parent != task)
}

/// Where a span ran.
pub fn placement_of(trace: &Trace, span: SpanIndex) -> (ProcIndex, ThreadIndex) {
    let nowhere = (ProcIndex::NONE, ThreadIndex::NONE);
    if span.0 as usize >= trace.spans.len() {
        return nowhere;
    }
    let state = trace.spans.kind(span).state();
    if !matches!(
        state,
        SpanState::Running | SpanState::Syscall | SpanState::SyscallBlocked
    ) {
        return nowhere;
    }
    match trace.spans.cause(span) {
        Cause::Placement(id) => {
            let placement = trace.procs.placement(id);
            let known = |i: Option<usize>, count: usize| i.is_some_and(|i| i < count);
            let proc = match known(placement.proc.get(), trace.procs.ids.len()) {
                true => placement.proc,
                false => ProcIndex::NONE,
            };
            let thread = match known(placement.thread.get(), trace.procs.threads.len()) {
                true => placement.thread,
                false => ThreadIndex::NONE,
            };
            (proc, thread)
        }
        _ => nowhere,
    }
}

/// The span in which a goroutine was at a moment.
pub fn span_at(trace: &Trace, goroutine: GoroutineIndex, time: Nanos) -> Option<SpanIndex> {
    let place = trace.span_at(goroutine, time)?;
    let row = *trace.goroutines.spans(goroutine).get(place)?;
    Some(SpanIndex(row))
}

#[cfg(test)]
mod tests {
    use tracepane_wire::GoroutineState as G;

    use super::*;
    use crate::program::Program;

    const NOBODY: u32 = u32::MAX;

    /// 0 creates 1 and unblocks it; nobody (the runtime) unblocks it once more.
    fn trace() -> Trace {
        let mut p = Program::new(3, 2);
        p.create(NOBODY, 0, "main.main").run(0, 0);
        p.at(10).create(0, 1, "main.worker");
        p.at(20).run(1, 1);
        p.at(30).stop(1, G::Waiting, "chan receive");
        p.at(40).wake(0, 1);
        p.at(45).stop(0, G::Runnable, "preempted");
        p.at(50).run(1, 0);
        p.at(60).stop(1, G::Waiting, "network");
        p.at(70).wake(NOBODY, 1);
        p.finish(100)
    }

    fn spans(trace: &Trace, g: u32) -> Vec<SpanIndex> {
        let rows = trace.goroutines.spans(GoroutineIndex(g));
        rows.iter().map(|&row| SpanIndex(row)).collect()
    }

    #[test]
    fn a_wake_tells_who_whom_and_when() {
        let trace = trace();
        let worker = spans(&trace, 1);
        // Runnable, running, waiting, runnable, running, waiting, runnable.
        let wakes: Vec<_> = worker
            .iter()
            .filter_map(|&span| wake(&trace, span))
            .map(|w| (w.kind, w.by.get(), w.time.0, w.ran.map(|ran| ran.0.0)))
            .collect();
        assert_eq!(
            wakes,
            [
                (FlowKind::Created, Some(0), 10, Some(20)),
                (FlowKind::Unblocked, Some(0), 40, Some(50)),
                (FlowKind::ByRuntime, None, 70, None),
            ]
        );
        assert_eq!(wake_before(&trace, worker[4]), Some(worker[3]));
        assert_eq!(wake_before(&trace, worker[2]), Some(worker[3]));
        assert_eq!(wake(&trace, SpanIndex(u32::MAX)), None);
    }

    #[test]
    fn a_span_knows_who_woke_it_and_whom_it_woke() {
        let trace = trace();
        let worker = spans(&trace, 1);
        let main = spans(&trace, 0);
        let out = of(&trace, Hit::Span(main[1]));
        let expected = [Flow::Wake(worker[0]), Flow::Wake(worker[3])];
        // Who created main is not known.
        assert_eq!((out.into, out.cut), (0, false));
        assert_eq!(out.list, expected);
        let into = of(&trace, Hit::Span(worker[1]));
        assert_eq!((into.into, into.list), (1, vec![Flow::Wake(worker[0])]));
        let lane = Hit::Lane(LaneKind::Goroutine(GoroutineIndex(1)));
        assert_eq!(of(&trace, lane).list, [Flow::Wake(worker[0])]);
        assert_eq!(of(&trace, Hit::Span(SpanIndex(999))), Flows::default());
    }

    #[test]
    fn a_task_knows_its_parent_and_its_children() {
        let mut p = Program::new(1, 1);
        p.create(NOBODY, 0, "main.main").run(0, 0);
        p.at(5).task(0, true, 1, 0, "a").task(0, true, 2, 1, "b");
        p.at(9).task(0, true, 3, 2, "c").task(0, true, 4, 2, "d");
        let trace = p.finish(10);
        let flows = of(&trace, Hit::Task(TaskIndex(1)));
        let expected = [(1, 0), (2, 1), (3, 1)].map(|(task, parent)| Flow::Subtask {
            task: TaskIndex(task),
            parent: TaskIndex(parent),
        });
        assert_eq!((flows.into, &flows.list[..]), (1, &expected[..]));
        assert_eq!(of(&trace, Hit::Task(TaskIndex(0))).into, 0);
    }
}
