//! What a tooltip says.

use tracepane_model::{GoroutineIndex, GroupIndex, Nanos, ProcIndex, RangeKind, SpanIndex};

use crate::class::Class;
use crate::draw::Scene;
use crate::draw::lane::region_times;
use crate::draw::name::{SpanLabel, call_site, title};
use crate::draw::overlay::{proc_of, wake_of};
use crate::hit::Hit;
use crate::lanes::{LaneKind, group_name};
use crate::levels::heap::value_at;
use crate::ruler::moment;
use crate::scale::Columns;
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
        Hit::Range(row) => range_lines(scene, row),
        Hit::Region(row) => region_lines(scene, row),
        Hit::GroupLane(group) => {
            let mut lines = group_lines(scene, group);
            lines.push(at(scene, time));
            lines.extend(density_lines(scene, Some(group), x));
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
        Hit::Counter(LaneKind::Heap) => heap_lines(scene, time),
        Hit::Counter(kind) => {
            let name = match kind {
                LaneKind::ProcsHeader => "Procs",
                _ => "Goroutines",
            };
            let mut lines = vec![name.to_owned(), at(scene, time)];
            lines.extend(density_lines(scene, None, x));
            lines
        }
        Hit::Lane(kind) => lane_lines(scene, kind),
        Hit::Ruler => vec![at(scene, time)],
    }
}

fn at(scene: &Scene<'_>, time: f64) -> String {
    format!("at {}", moment(time.max(0.0), scene.view))
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
    format!("{length}, from {}", moment(start, scene.view))
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
        Some(Class::Running) => match proc_of(trace, span) {
            Some(proc) => format!("running on P{}", trace.procs.ids[proc.0 as usize]),
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
    if let Some(wake) = wake_of(trace, span) {
        let by = goroutine_name(scene, wake.by);
        lines.push(match class {
            Some(Class::Runnable | Class::Running) => format!("made runnable by {by}"),
            _ => format!("ended by {by}"),
        });
    }
    lines
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

fn region_lines(scene: &Scene<'_>, row: u32) -> Vec<String> {
    let trace = scene.trace;
    let Some(region) = trace.regions.get(row as usize) else {
        return Vec::new();
    };
    let (start, end) = region_times(trace, row);
    let mut lines = vec![
        format!("Region {}", trace.strings.get(region.name)),
        times(scene, start, end),
        goroutine_name(scene, region.goroutine),
    ];
    if let Some(task) = trace.tasks.iter().find(|task| task.id == region.task) {
        let name = trace.strings.get(task.name);
        if !name.is_empty() {
            lines.push(format!("task {name} {}", task.id.0));
        }
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

/// How many goroutines are in which class in the column under the pointer.
fn density_lines(scene: &Scene<'_>, group: Option<GroupIndex>, x: f64) -> Vec<String> {
    let (trace, levels) = (scene.trace, scene.levels);
    let all = Columns::new(scene.view, scene.size);
    let pixels = (x - crate::lanes::GUTTER) * scene.size.sane_ratio();
    let column = (pixels / f64::from(all.pixels)).max(0.0) as usize;
    let one = all.only(column.min(all.count.saturating_sub(1)));
    let mut densities = crate::draw::density::Densities::default();
    densities.prepare(trace, levels, &one, group.into_iter(), group.is_none());
    let density = match group {
        Some(group) => densities.group(trace, levels, &one, group),
        None => densities.all(levels, &one),
    };
    let Some(average) = density.averages().first() else {
        return Vec::new();
    };
    Class::STACKED
        .into_iter()
        .filter(|&class| average[class as usize] > 0.0)
        .map(|class| {
            let n = average[class as usize];
            let name = class.name();
            if (n - n.round()).abs() < 0.005 {
                format!("{} {name}", Count(n.round() as u64))
            } else {
                format!("{n:.2} {name}")
            }
        })
        .collect()
}

fn heap_lines(scene: &Scene<'_>, time: f64) -> Vec<String> {
    let metrics = &scene.trace.metrics;
    let time_nanos = Nanos(time.max(0.0) as i64);
    let mut lines = vec!["Heap".to_owned(), at(scene, time)];
    if let Some(live) = value_at(&metrics.heap_objects, time_nanos) {
        lines.push(format!("live {}", Bytes(live)));
    }
    if let Some(goal) = value_at(&metrics.heap_goal, time_nanos) {
        lines.push(format!("goal {}", Bytes(goal)));
    }
    lines
}

fn lane_lines(scene: &Scene<'_>, kind: LaneKind) -> Vec<String> {
    match kind {
        LaneKind::Goroutine(goroutine) => goroutine_lines(scene, goroutine),
        LaneKind::Proc(ProcIndex(proc)) => {
            let id = scene.trace.procs.ids.get(proc as usize);
            id.map(|id| format!("P{id}")).into_iter().collect()
        }
        LaneKind::Group(group) => group_lines(scene, group),
        LaneKind::Gc => vec!["GC".to_owned()],
        LaneKind::Heap => vec!["Heap".to_owned()],
        LaneKind::GoroutineStates => vec!["Goroutines".to_owned()],
        LaneKind::ProcsHeader => vec!["Procs".to_owned()],
    }
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
        format!(
            "created at {} by {by}",
            moment(row.created.0 as f64, scene.view)
        )
    } else {
        "created before the trace".to_owned()
    });
    if let Some(ended) = row.ended {
        lines.push(format!("ended at {}", moment(ended.0 as f64, scene.view)));
    }
    let spans = trace.goroutines.spans(goroutine).len();
    lines.push(format!("{} spans", Count(spans as u64)));
    lines
}
