//! What a tooltip says.

mod counts;
mod frames;
mod user;

use tracepane_model::{GoroutineIndex, GroupIndex, ProcIndex, RangeKind, SpanIndex, ThreadIndex};

use crate::axis::{Axis, AxisKind, Moment};
use crate::class::Class;
use crate::draw::Scene;
use crate::draw::name::{SpanLabel, call_site, title};
use crate::flows::{FlowKind, placement_of, wake, wake_before};
use crate::hit::Hit;
use crate::lanes::{Heading, LaneKind, group_name};
use crate::mark::Flag;
use crate::text::{Bytes, Count, Duration, short_name};

/// The lines of a tooltip for `hit`, plain text, the title first. (`x`, `y`) is the pointer, as for [`crate::hit()`].
pub fn tooltip(scene: &Scene<'_>, hit: &Hit, x: f64, _y: f64) -> Vec<String> {
    let scene = &scene.sane();
    let time = scene.view.time_at(x, scene.size);
    match *hit {
        Hit::Span(span) => span_lines(scene, span),
        Hit::ProcSpan { proc, span } => {
            let mut lines = span_lines(scene, span);
            if let Some(&id) = scene.trace.procs.ids.get(proc.0 as usize) {
                lines[0] = format!("P{id}: {}", lines[0]);
            }
            lines
        }
        Hit::ThreadSpan { thread, span } => {
            let mut lines = span_lines(scene, span);
            if let Some(&id) = scene.trace.procs.threads.get(thread.0 as usize) {
                lines[0] = format!("Thread {id}: {}", lines[0]);
            }
            lines
        }
        Hit::Range(row) => range_lines(scene, row),
        Hit::Region(row) => user::region_lines(scene, row),
        Hit::Log(row) => user::log_lines(scene, row),
        Hit::Sample(row) => sample_lines(scene, row),
        Hit::Task(task) => user::task_lines(scene, task),
        Hit::Bound(row) => bound_lines(scene, row),
        Hit::GroupLane(group) => {
            let mut lines = group_lines(scene, group);
            lines.push(at(scene, time));
            lines.extend(counts::of_group(scene, group, x));
            lines
        }
        Hit::GroupFold(group) => {
            let mut lines = group_lines(scene, group);
            let folded = scene.lanes.is_folded(group);
            lines.push(fold_hint(folded).to_owned());
            lines
        }
        Hit::ProcsFold => vec![
            format!("{} procs", Count(scene.trace.procs.ids.len() as u64)),
            fold_hint(scene.lanes.procs_folded()).to_owned(),
        ],
        Hit::ThreadsFold => vec![
            format!("{} threads", Count(scene.trace.procs.threads.len() as u64)),
            fold_hint(scene.lanes.threads_folded()).to_owned(),
        ],
        Hit::Counter(kind) => {
            let mut lines = vec![counts::name(kind).to_owned(), at(scene, time)];
            lines.extend(counts::of_counter(scene, kind, x));
            lines
        }
        Hit::Lane(kind) => lane_lines(scene, kind),
        Hit::Pin(kind) => match scene.lanes.is_pinned(kind) {
            true => vec!["Pin it no longer (X)".to_owned()],
            false => vec!["Pin: keep it above the others (X)".to_owned()],
        },
        Hit::Disclose(goroutine) => match scene.lanes.is_open(goroutine) {
            true => vec!["Hide its regions and stacks (V)".to_owned()],
            false => vec!["Show its regions and stacks over time (V)".to_owned()],
        },
        Hit::Frame { span, depth } => frames::frame_lines(scene, span, depth, x),
        Hit::Arrow { flow, count, back } => frames::arrow_lines(scene, flow, back, count),
        Hit::Ruler => vec![at(scene, time), scene.timing.axis.exact(time.max(0.0))],
        Hit::Flag(flag) => flag_lines(scene, flag),
    }
}

/// A moment on the scene's time axis.
fn moment(scene: &Scene<'_>, time: f64) -> Moment {
    scene.timing.axis.moment(time, scene.view.width())
}

/// A mark's name, its moment, and how far it is from the mark before.
fn flag_lines(scene: &Scene<'_>, flag: Flag) -> Vec<String> {
    let axis = &scene.timing.axis;
    match flag {
        Flag::Origin => vec![
            "Origin of the time axis".to_owned(),
            Axis {
                kind: AxisKind::Start,
                ..*axis
            }
            .exact(axis.origin),
            "Drag to move".to_owned(),
        ],
        Flag::Mark(i) => {
            let marks = scene.timing.marks;
            let Some(mark) = marks.get(i as usize) else {
                return Vec::new();
            };
            let mut lines = vec![mark.name.clone(), axis.exact(mark.time)];
            let before = marks.iter().filter(|other| other.time < mark.time);
            if let Some(before) = before.max_by(|a, b| a.time.total_cmp(&b.time)) {
                let after = Duration(mark.time - before.time);
                lines.push(format!("{after} after {}", before.name));
            }
            lines.push("Drag to move, click to rename".to_owned());
            lines
        }
    }
}

fn at(scene: &Scene<'_>, time: f64) -> String {
    format!("at {}", moment(scene, time.max(0.0)))
}

fn fold_hint(folded: bool) -> &'static str {
    if folded {
        "Click to unfold"
    } else {
        "Click to fold"
    }
}

fn times(scene: &Scene<'_>, start: f64, end: f64) -> String {
    let length = Duration(end - start);
    format!("{length}, from {}", moment(scene, start))
}

fn goroutine_name(scene: &Scene<'_>, goroutine: GoroutineIndex) -> String {
    let trace = scene.trace;
    match trace.goroutines.rows.get(goroutine.0 as usize) {
        Some(row) => format!("G{} {}", row.id, short_name(trace.strings.get(row.name))),
        None => "an unknown goroutine".to_owned(),
    }
}

fn span_lines(scene: &Scene<'_>, span: SpanIndex) -> Vec<String> {
    let trace = scene.trace;
    if span.0 as usize >= trace.spans.len() {
        return vec![String::new()];
    }
    let goroutine = trace.spans.goroutine(span);
    let start = trace.spans.start(span).0 as f64;
    let end = trace.span_end(span).0 as f64;
    let kind = trace.spans.kind(span);
    let mut lines = vec![goroutine_name(scene, goroutine)];
    let class = scene.levels.classes.of(kind);
    let state = class.map_or("ended", Class::name);
    lines.push(match class {
        Some(Class::Running) => match place(scene, placement_of(trace, span)) {
            Some(place) => format!("running on {place}"),
            None => state.to_owned(),
        },
        Some(Class::Runnable | Class::GcWork) | None => state.to_owned(),
        Some(_) => format!("{state}: {}", SpanLabel { trace, span }),
    });
    lines.push(times(scene, start, end));
    if kind.was_going_on() {
        lines.push("since before the trace".to_owned());
    }
    if class == Some(Class::Running)
        && let Some(place) = trace.goroutines.place_of(goroutine, span)
        && let Some(&next) = trace.goroutines.spans(goroutine).get(place + 1)
        && let Some(site) = call_site(trace, trace.spans.stack(SpanIndex(next)))
    {
        lines.push(format!("until {site}"));
    }
    if let Some(wake) = wake_before(trace, span).and_then(|span| wake(trace, span)) {
        let by = match wake.by.is_some() {
            true => goroutine_name(scene, wake.by),
            false => "the runtime".to_owned(),
        };
        lines.push(match (class, wake.kind) {
            (_, FlowKind::Returned) => "back from a system call that had lost its proc".to_owned(),
            (Some(Class::Runnable | Class::Running), FlowKind::Created) => {
                format!("created by {by}")
            }
            (Some(Class::Runnable | Class::Running), _) => format!("unblocked by {by}"),
            _ => format!("ended by {by}"),
        });
    }
    lines
}

/// A proc and thread in words.
fn place(scene: &Scene<'_>, (proc, thread): (ProcIndex, ThreadIndex)) -> Option<String> {
    let procs = &scene.trace.procs;
    let proc = proc.get().and_then(|i| procs.ids.get(i));
    let thread = thread.get().and_then(|i| procs.threads.get(i));
    match (proc, thread) {
        (Some(proc), Some(thread)) => Some(format!("P{proc}, thread {thread}")),
        (Some(proc), None) => Some(format!("P{proc}")),
        (None, Some(thread)) => Some(format!("thread {thread}")),
        (None, None) => None,
    }
}

fn sample_lines(scene: &Scene<'_>, row: u32) -> Vec<String> {
    let trace = scene.trace;
    let Some(sample) = trace.samples.get(row as usize) else {
        return Vec::new();
    };
    let mut lines = vec!["CPU sample".to_owned()];
    if let Some(&leaf) = trace.stacks.get(sample.stack).first() {
        let function = trace.strings.get(trace.stacks.frame(leaf).function);
        lines.push(format!("in {}", short_name(function)));
    }
    if let Some(site) = call_site(trace, sample.stack)
        && lines
            .last()
            .is_none_or(|line| line != &format!("in {site}"))
    {
        lines.push(format!("called from {site}"));
    }
    if sample.goroutine.is_some() {
        lines.push(goroutine_name(scene, sample.goroutine));
    }
    lines.extend(place(scene, (sample.proc, sample.thread)));
    lines.push(at(scene, sample.time.0 as f64));
    lines
}

fn bound_lines(scene: &Scene<'_>, row: u32) -> Vec<String> {
    let trace = scene.trace;
    let Some(span) = trace.procs.spans.get(row as usize) else {
        return Vec::new();
    };
    let proc = place(scene, (span.proc, ThreadIndex::NONE));
    let thread = place(scene, (ProcIndex::NONE, span.thread));
    let title = match (proc, thread) {
        (Some(proc), Some(thread)) => format!("{proc} has {thread}"),
        (Some(proc), None) => format!("{proc} has a thread"),
        _ => return Vec::new(),
    };
    let (start, end) = scene.levels.bound.times(trace, row);
    vec![title, times(scene, start, end)]
}

fn range_lines(scene: &Scene<'_>, row: u32) -> Vec<String> {
    let trace = scene.trace;
    let Some(range) = trace.ranges.rows.get(row as usize) else {
        return Vec::new();
    };
    let title = match range.kind {
        RangeKind::GcMark => {
            let number = trace.ranges.gc_marks.partition_point(|&r| r < row) + 1;
            format!("GC {number}: mark phase")
        }
        RangeKind::GcSweep => "GC sweep".to_owned(),
        RangeKind::GcMarkAssist => "GC mark assist".to_owned(),
        RangeKind::StopTheWorld(reason) => match trace.strings.get(reason) {
            "" => "Stop the world".to_owned(),
            reason => format!("Stop the world: {reason}"),
        },
    };
    let mut lines = vec![
        title,
        times(scene, range.start.0 as f64, range.end.0 as f64),
    ];
    if !range.begin_seen {
        lines.push("since before the trace".to_owned());
    }
    if !range.end_seen {
        lines.push("until after the trace".to_owned());
    }
    if range.swept > 0 {
        let (swept, reclaimed) = (Bytes(range.swept), Bytes(range.reclaimed));
        lines.push(format!("{swept} swept, {reclaimed} reclaimed"));
    }
    lines
}

fn group_lines(scene: &Scene<'_>, group: GroupIndex) -> Vec<String> {
    let trace = scene.trace;
    let members = trace.goroutines.members(group).len() as u64;
    let size = scene.levels.census.sizes.get(group.0 as usize);
    let most = size.map_or(0, |size| size.most_alive);
    let mut lines = vec![match group_name(trace, group) {
        "" => title("").to_owned(),
        name => name.to_owned(),
    }];
    lines.push(match members {
        1 => "1 goroutine".to_owned(),
        n => format!(
            "{} goroutines, at most {} at once",
            Count(n),
            Count(u64::from(most))
        ),
    });
    lines
}

fn lane_lines(scene: &Scene<'_>, kind: LaneKind) -> Vec<String> {
    match kind {
        LaneKind::Goroutine(goroutine) => goroutine_lines(scene, goroutine),
        LaneKind::Proc(ProcIndex(proc)) => {
            let id = scene.trace.procs.ids.get(proc as usize);
            id.map(|id| format!("P{id}")).into_iter().collect()
        }
        LaneKind::Thread(ThreadIndex(thread)) => {
            let id = scene.trace.procs.threads.get(thread as usize);
            id.map(|id| format!("Thread {id}")).into_iter().collect()
        }
        LaneKind::Group(group) => group_lines(scene, group),
        LaneKind::Task(task) => user::task_lines(scene, task),
        LaneKind::Heading(heading) => heading_lines(heading),
        LaneKind::Arrivals => [
            "Arrivals",
            "above: goroutines that the network woke",
            "below: goroutines that returned from system calls that had lost their proc",
        ]
        .map(str::to_owned)
        .to_vec(),
        LaneKind::Gc => vec!["GC".to_owned()],
        kind => vec![counts::name(kind).to_owned()],
    }
}

fn heading_lines(heading: Heading) -> Vec<String> {
    let text = match heading {
        Heading::Focus => "The goroutine that this view is about",
        Heading::Unblockers(1) => "Goroutines that ended a wait of the one above",
        Heading::Unblockers(_) => "Goroutines that ended a wait of those above",
        Heading::Nobody => "Only the runtime (the network, timers) ended its waits, or nothing did",
        Heading::Tasks => "The task that this view is about, and those below it",
        Heading::Workers => {
            "Goroutines that began or ended them, logged in them or had regions of them"
        }
    };
    vec![text.to_owned()]
}

fn goroutine_lines(scene: &Scene<'_>, goroutine: GoroutineIndex) -> Vec<String> {
    let trace = scene.trace;
    let Some(row) = trace.goroutines.rows.get(goroutine.0 as usize) else {
        return Vec::new();
    };
    let mut lines = vec![goroutine_name(scene, goroutine)];
    let label = trace.strings.get(row.label);
    if !label.is_empty() {
        lines.push(label.to_owned());
    }
    lines.push(if row.creation_seen {
        let by = goroutine_name(scene, row.creator);
        format!("created at {} by {by}", moment(scene, row.created.0 as f64))
    } else {
        "created before the trace".to_owned()
    });
    if let Some(ended) = row.ended {
        lines.push(format!("ended at {}", moment(scene, ended.0 as f64)));
    }
    let spans = trace.goroutines.spans(goroutine).len();
    lines.push(format!("{} spans", Count(spans as u64)));
    if let Some(wakes) = scene.lanes.wakes(goroutine) {
        lines.push(match wakes {
            1 => "unblocked those above once".to_owned(),
            n => format!("unblocked those above {} times", Count(u64::from(n))),
        });
    }
    lines
}
