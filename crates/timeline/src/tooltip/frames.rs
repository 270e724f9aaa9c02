//! What a tooltip says of a frame and of an arrow.

use tracepane_model::SpanIndex;

use super::{at, goroutine_name, times};
use crate::draw::Scene;
use crate::draw::track::GoroutineTrack;
use crate::draw::walk::Track as _;
use crate::flames::Reader;
use crate::flows::{Flow, FlowKind, wake};
use crate::text::Count;

/// No more spans than this are looked at to find how long a frame lasts.
const MOST: usize = 4096;

/// A frame of a goroutine's stack, so many below the root, in this span.
pub fn frame_lines(scene: &Scene<'_>, span: SpanIndex, depth: u16, x: f64) -> Vec<String> {
    let trace = scene.trace;
    if span.0 as usize >= trace.spans.len() {
        return Vec::new();
    }
    let goroutine = trace.spans.goroutine(span);
    let reader = Reader::new(trace, scene.levels, goroutine);
    let track = GoroutineTrack::new(trace, scene.levels, goroutine);
    let time = scene.view.time_at(x, scene.size);
    let Some(place) = trace.goroutines.place_of(goroutine, span) else {
        return Vec::new();
    };
    let Some(piece) = reader.piece_at(place, time.clamp(track.start(place), track.end(place)))
    else {
        return Vec::new();
    };
    let Some(frame) = piece.known.path.frame(trace, depth) else {
        return Vec::new();
    };
    let frame = *trace.stacks.frame(frame);
    let file = trace.strings.get(frame.file);
    let mut lines = vec![trace.strings.get(frame.function).to_owned()];
    if !file.is_empty() {
        lines.push(format!("{file}:{}", frame.line));
    }
    lines.push(goroutine_name(scene, goroutine));
    if let Some((start, end)) = reader.extent(place, &piece, depth, MOST) {
        lines.push(times(scene, start, end));
    }
    let class = scene.levels.classes.of(trace.spans.kind(span));
    lines.push(match (piece.sample, piece.known.deduced, class) {
        (Some(_), _, _) => "from a CPU sample, until the next one".to_owned(),
        (None, true, _) => "deduced: in the stacks before and after".to_owned(),
        (None, false, Some(class)) => format!("{} with this stack", class.name()),
        (None, false, None) => String::new(),
    });
    lines
}

/// An arrow, or several as one; `back`: a click goes where it comes from.
pub fn arrow_lines(scene: &Scene<'_>, flow: Flow, back: bool, count: u32) -> Vec<String> {
    let trace = scene.trace;
    let mut lines = Vec::new();
    match flow {
        Flow::Wake(span) => {
            let Some(wake) = wake(trace, span) else {
                return lines;
            };
            let by = match wake.by.is_some() {
                true => goroutine_name(scene, wake.by),
                false => "The runtime".to_owned(),
            };
            let whom = goroutine_name(scene, wake.whom);
            lines.push(match wake.kind {
                FlowKind::Created => format!("{by} created {whom}"),
                FlowKind::Returned => format!("{whom} is back from a system call"),
                _ => format!("{by} unblocked {whom}"),
            });
            lines.push(at(scene, wake.time.0 as f64));
            if count > 1 {
                let others = Count(u64::from(count - 1));
                lines.push(format!("and {others} more such arrows beside it"));
            }
            if !back {
                lines.push("Click to go to the one that was made ready".to_owned());
            } else if wake.by.is_some() {
                lines.push("Click to go to where it comes from".to_owned());
            }
        }
        Flow::Subtask { task, parent } => {
            let name = |task| super::user::task_title(scene, task);
            lines.push(format!("{} began below {}", name(task), name(parent)));
            let target = if back { "task above" } else { "subtask" };
            lines.push(format!("Click to go to the {target}"));
        }
    }
    lines
}
