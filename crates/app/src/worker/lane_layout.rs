//! What a user does to the lanes: pins, hides, moves, sorts, filters; and what is known of a lane.

use tracepane_model::{GoroutineIndex, TaskIndex};
use tracepane_timeline::family::task_times;
use tracepane_timeline::lanes::{self, Layout, Sort, lane_of_name, name_of};
use tracepane_timeline::{LaneKind, Scene, ThreadLevels};

use super::opened::OpenTrace;
use super::{details, words};
use crate::protocol::{
    DropPlace, Fold, LaneAt, LaneChange, LaneInfo, LaneLayout, LaneSort, Selection,
};

/// How the lanes were changed by hand.
pub fn layout(open: &OpenTrace) -> LaneLayout {
    let layout = open.lanes.layout(&open.trace);
    LaneLayout {
        pins: layout.pins,
        hidden: layout.hidden,
        moves: layout.moves,
        opened: layout.opened,
        sort: sort_of(layout.sort),
        folded: layout.folded,
        toggled: layout.toggled,
        filter: layout.filter,
    }
}

fn sort_of(sort: Sort) -> LaneSort {
    match sort {
        Sort::Usual => LaneSort::Usual,
        Sort::Created => LaneSort::Created,
        Sort::Running => LaneSort::Running,
        Sort::Runnable => LaneSort::Runnable,
        Sort::Waiting => LaneSort::Waiting,
        Sort::Name => LaneSort::Name,
        Sort::Count => LaneSort::Count,
    }
}

fn by(sort: LaneSort) -> Sort {
    match sort {
        LaneSort::Usual => Sort::Usual,
        LaneSort::Created => Sort::Created,
        LaneSort::Running => Sort::Running,
        LaneSort::Runnable => Sort::Runnable,
        LaneSort::Waiting => Sort::Waiting,
        LaneSort::Name => Sort::Name,
        LaneSort::Count => Sort::Count,
    }
}

/// Changes the lanes.
///
/// # Errors
/// A sentence, if the trace has no such lane or too much is pinned or hidden.
pub fn change(open: &mut OpenTrace, change: LaneChange) -> Result<(), String> {
    let trace = &open.trace;
    let find = |name: &str| {
        lane_of_name(trace, name).ok_or_else(|| format!("This trace has no lane {name}."))
    };
    let lanes = &mut open.lanes;
    match change {
        LaneChange::Pin { lane, on } => pin(lanes, trace, find(&lane)?, on)?,
        LaneChange::TogglePin(lane) => {
            let lane = find(&lane)?;
            let on = !lanes.is_pinned(lane);
            pin(lanes, trace, lane, on)?;
        }
        LaneChange::Hide(lane) => {
            if !lanes.hide(trace, find(&lane)?) {
                let most = lanes::MAX_HIDDEN;
                return Err(format!("No more than {most} lanes can be hidden."));
            }
        }
        LaneChange::ShowHidden => lanes.show_hidden(trace),
        LaneChange::ToggleStacks(lane) => {
            if let LaneKind::Goroutine(goroutine) = find(&lane)? {
                let on = !lanes.is_open(goroutine);
                lanes.open(trace, &open.levels, goroutine, on);
            }
        }
        LaneChange::Move { lane, before } => {
            let before = before.map(|before| find(&before)).transpose()?;
            lanes.move_lane(trace, find(&lane)?, before);
        }
        LaneChange::Sort(sort) => lanes.sort(trace, by(sort)),
        LaneChange::Filter { text, window } => {
            lanes.set_window(window);
            lanes.set_filter(trace, &text);
        }
        LaneChange::All { layout, window } => {
            let layout = Layout {
                pins: layout.pins,
                hidden: layout.hidden,
                moves: layout.moves,
                opened: layout.opened,
                sort: by(layout.sort),
                folded: layout.folded,
                toggled: layout.toggled,
                filter: layout.filter,
            };
            lanes.set_window(window);
            lanes.set_layout(trace, &open.levels, &layout);
            // Threads that are pinned are seen among procs too.
            let threads = layout.pins.iter().any(|name| name.starts_with('t'));
            if threads && open.threads.is_none() {
                open.threads = Some(ThreadLevels::build(trace, &open.levels));
            }
        }
    }
    Ok(())
}

fn pin(
    lanes: &mut tracepane_timeline::Lanes,
    trace: &tracepane_model::Trace,
    lane: LaneKind,
    on: bool,
) -> Result<(), String> {
    match lanes.pin(trace, lane, on) {
        true => Ok(()),
        false => Err(format!(
            "No more than {} lanes can be pinned.",
            lanes::MAX_PINS
        )),
    }
}

/// What is known of a lane; `None` if there is none, or it is a mere heading.
pub fn lane(scene: &Scene<'_>, open: &OpenTrace, at: LaneAt) -> Option<LaneInfo> {
    let trace = &open.trace;
    let found = match at {
        LaneAt::Place { y, .. } => scene.lane_at(y)?,
        LaneAt::Selection(Selection::Group(group)) => {
            let group = tracepane_model::GroupIndex(group);
            open.lanes.place(LaneKind::Group(group))?
        }
        LaneAt::Selection(Selection::Task(task)) => {
            open.lanes.place(LaneKind::Task(TaskIndex(task)))?
        }
        LaneAt::Selection(selection) => {
            let goroutine = details::lane_of(trace, selection)?;
            open.lanes.lane_of(trace, goroutine)?
        }
    };
    let lane = name_of(trace, found.kind)?;
    let movable = open.lanes.movable(trace, found.kind);
    let mut info = LaneInfo {
        title: lane.clone(),
        movable: movable.and_then(|lane| name_of(trace, lane)),
        pinned: open.lanes.is_pinned(found.kind),
        folded: None,
        fold: None,
        open: None,
        goroutine: None,
        group: None,
        life: None,
        place: (scene.lane_y(&found), found.height),
        lane,
    };
    match found.kind {
        LaneKind::Goroutine(goroutine) => of_goroutine(&mut info, open, goroutine),
        LaneKind::Group(group) => {
            let name = trace.goroutines.groups.get(group.0 as usize).copied();
            info.group = name.map(|name| trace.strings.get(name).to_owned());
            info.title = words::group_name(trace, group).to_owned();
            info.folded = Some(open.lanes.is_folded(group));
            info.fold = Some(Fold::Toggle { group: group.0 });
        }
        LaneKind::ProcsHeader => {
            info.title = "Procs".into();
            info.folded = Some(open.lanes.procs_folded());
            info.fold = Some(Fold::Procs);
        }
        LaneKind::ThreadsHeader => {
            info.title = "Threads".into();
            info.folded = Some(open.lanes.threads_folded());
            info.fold = Some(Fold::Threads);
        }
        LaneKind::Proc(proc) => {
            let id = trace.procs.ids.get(proc.0 as usize)?;
            info.title = format!("P{id}");
        }
        LaneKind::Thread(thread) => {
            let id = trace.procs.threads.get(thread.0 as usize)?;
            info.title = format!("Thread {id}");
        }
        LaneKind::Task(task) => {
            info.title = words::task_name(trace, task);
            info.life = task_times(trace, task);
        }
        LaneKind::Gc => info.title = "GC".into(),
        LaneKind::Heap => info.title = "Heap".into(),
        LaneKind::GoroutineStates => info.title = "Goroutines".into(),
        LaneKind::ThreadStates => info.title = "Threads".into(),
        LaneKind::Arrivals => info.title = "Arrivals".into(),
        LaneKind::Heading(_) => return None,
    }
    Some(info)
}

fn of_goroutine(info: &mut LaneInfo, open: &OpenTrace, goroutine: GoroutineIndex) {
    let trace = &open.trace;
    let Some(row) = trace.goroutines.rows.get(goroutine.0 as usize) else {
        return;
    };
    info.title = words::goroutine_name(trace, goroutine);
    info.goroutine = Some(row.id.to_string());
    info.open = Some(open.lanes.is_open(goroutine));
    let name = trace.goroutines.groups.get(row.group.0 as usize).copied();
    info.group = name.map(|name| trace.strings.get(name).to_owned());
    let end = row.ended.unwrap_or(trace.end);
    info.life = Some((row.created.0 as f64, end.0 as f64));
}

/// Where a lane would go that is dragged to `y`, CSS pixels from the canvas' top.
pub fn drop_place(scene: &Scene<'_>, open: &OpenTrace, lane: &str, y: f64) -> Option<DropPlace> {
    let trace = &open.trace;
    let lane = lane_of_name(trace, lane)?;
    let pinned = open.lanes.place(lane).is_some_and(|lane| lane.pinned);
    let found = open.lanes.drop_at(trace, lane, scene.lanes_y(y, pinned))?;
    let before = match found.before {
        Some(before) => Some(name_of(trace, before)?),
        None => None,
    };
    Some(DropPlace {
        y: scene.canvas_y(found.y, found.pinned),
        before,
    })
}
