//! The lanes: what they are arranged by, where a selection's lane is, and what a place of the canvas selects.

use tracepane_model::{
    GoroutineId, GoroutineIndex, GroupIndex, SpanIndex, TaskId, TaskIndex, Trace,
};
use tracepane_timeline::family::task_of;
use tracepane_timeline::{Arrangement, Hit, LaneKind, ThreadLevels};

use super::opened::OpenTrace;
use super::{details, words};
use crate::protocol::{Arranged, LaneView, LanesState, Selection};

/// Arranges the lanes.
///
/// # Errors
/// A sentence, if the trace has no such goroutine or task.
pub fn arrange(open: &mut OpenTrace, view: LaneView) -> Result<Arranged, String> {
    let trace = &open.trace;
    let (arrangement, title) = match &view {
        LaneView::Procs => (Arrangement::Procs, String::new()),
        LaneView::Threads => (Arrangement::Threads, String::new()),
        LaneView::Goroutine { id, depth } => {
            let goroutine = id
                .parse()
                .ok()
                .and_then(|id| trace.goroutines.find(GoroutineId(id)))
                .filter(|&goroutine| !trace.goroutines.spans(goroutine).is_empty())
                .ok_or_else(|| format!("This trace has no goroutine {id}."))?;
            let title = words::goroutine_name(trace, goroutine);
            let depth = *depth;
            (Arrangement::Goroutine { goroutine, depth }, title)
        }
        LaneView::Task { id } => {
            let task = id.parse().ok().and_then(|id| task_of(trace, TaskId(id)));
            let task = task.ok_or_else(|| format!("This trace has no task {id}."))?;
            (Arrangement::Task(task), words::task_name(trace, task))
        }
    };
    if arrangement == Arrangement::Threads && open.threads.is_none() {
        open.threads = Some(ThreadLevels::build(trace, &open.levels));
    }
    open.lanes.arrange(trace, &open.levels, arrangement);
    Ok(Arranged {
        view,
        lanes: open.lanes_state(),
        life: open.lanes.life(&open.trace),
        title,
    })
}

/// Makes a selection's lane visible and says where it is.
pub fn reveal(open: &mut OpenTrace, selection: Selection) -> LanesState {
    let trace = &open.trace;
    // What is pinned is seen wherever the others are.
    let place = |lane: tracepane_timeline::lanes::Lane| match lane.pinned {
        true => (f64::NAN, 0.0),
        false => (lane.top, lane.height),
    };
    let (reveal, elsewhere) = match selection {
        Selection::Group(group) => {
            let kind = LaneKind::Group(GroupIndex(group));
            (open.lanes.place(kind).map(place), Some(LaneView::Procs))
        }
        Selection::Task(task) => {
            let row = trace.tasks.get(task as usize);
            let kind = LaneKind::Task(TaskIndex(task));
            let elsewhere = row.map(|row| LaneView::Task {
                id: row.id.0.to_string(),
            });
            (open.lanes.place(kind).map(place), elsewhere)
        }
        _ => match details::lane_of(trace, selection) {
            Some(goroutine) => {
                let lane = open.lanes.reveal(trace, goroutine);
                (lane.map(place), Some(LaneView::Procs))
            }
            // It has no lane of its own.
            None => (None, None),
        },
    };
    LanesState {
        elsewhere: elsewhere.filter(|_| reveal.is_none()),
        reveal: reveal.filter(|(top, _)| top.is_finite()),
        ..open.lanes_state()
    }
}

/// What a click on something selects.
pub fn selection_of(hit: Hit) -> Option<Selection> {
    match hit {
        Hit::Span(span) | Hit::ProcSpan { span, .. } | Hit::ThreadSpan { span, .. } => {
            Some(Selection::Span(span.0))
        }
        Hit::Range(row) => Some(Selection::Range(row)),
        Hit::Region(row) => Some(Selection::Region(row)),
        Hit::Log(row) => Some(Selection::Log(row)),
        Hit::Sample(row) => Some(Selection::Sample(row)),
        Hit::Frame { span, .. } => Some(Selection::Span(span.0)),
        Hit::Task(task) | Hit::Lane(LaneKind::Task(task)) => Some(Selection::Task(task.0)),
        Hit::GroupLane(group) => Some(Selection::Group(group.0)),
        Hit::Lane(LaneKind::Goroutine(goroutine)) => Some(Selection::Goroutine(goroutine.0)),
        _ => None,
    }
}

/// What a selection looks like on the timeline.
pub fn hit_of(selection: Selection) -> Option<Hit> {
    Some(match selection {
        Selection::Span(row) => Hit::Span(SpanIndex(row)),
        Selection::Range(row) => Hit::Range(row),
        Selection::Region(row) => Hit::Region(row),
        Selection::Log(row) => Hit::Log(row),
        Selection::Sample(row) => Hit::Sample(row),
        Selection::Task(task) => Hit::Task(TaskIndex(task)),
        Selection::Group(group) => Hit::GroupLane(GroupIndex(group)),
        Selection::Goroutine(index) => Hit::Lane(LaneKind::Goroutine(GoroutineIndex(index))),
    })
}

/// The number of the task that something belongs to, as text, if the program named one.
pub fn task_number(trace: &Trace, id: TaskId) -> Option<String> {
    let named = id != TaskId::NONE && id != TaskId::BACKGROUND;
    (named && task_of(trace, id).is_some()).then(|| id.0.to_string())
}
