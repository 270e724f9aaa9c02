//! Tooltips of counters: exact values at a moment, and the average where a pixel holds many moments.

use tracepane_model::{GroupIndex, Nanos};

use crate::class::{CLASSES, Class};
use crate::draw::Scene;
use crate::draw::budget::Spending;
use crate::draw::counters::WITH_THREAD;
use crate::draw::density::{Densities, head_count};
use crate::lanes::LaneKind;
use crate::levels::heap::value_at;
use crate::scale::Columns;
use crate::text::{Bytes, Count};

/// What a counter's lane is called.
pub fn name(kind: LaneKind) -> &'static str {
    match kind {
        LaneKind::Heap => "Heap",
        LaneKind::GoroutineStates => "Goroutines",
        LaneKind::ThreadStates | LaneKind::ThreadsHeader => "Threads",
        LaneKind::ProcsHeader => "Procs",
        _ => "",
    }
}

/// The values of a counter under the pointer.
pub fn of_counter(scene: &Scene<'_>, kind: LaneKind, x: f64) -> Vec<String> {
    let time = scene.view.time_at(x, scene.size).max(0.0);
    match kind {
        LaneKind::Heap => heap(scene, time),
        LaneKind::ProcsHeader => procs(scene, time, x),
        LaneKind::ThreadStates | LaneKind::ThreadsHeader => {
            classes(scene, None, x, |class| WITH_THREAD.contains(&class))
        }
        _ => classes(scene, None, x, |_| true),
    }
}

/// How many goroutines of a group are in which class.
pub fn of_group(scene: &Scene<'_>, group: GroupIndex, x: f64) -> Vec<String> {
    classes(scene, Some(group), x, |_| true)
}

fn heap(scene: &Scene<'_>, time: f64) -> Vec<String> {
    let metrics = &scene.trace.metrics;
    let time = Nanos(time as i64);
    let value = |bytes: u64| format!("{} ({} bytes)", Bytes(bytes), Count(bytes));
    let live = value_at(&metrics.heap_objects, time).map(|live| format!("live {}", value(live)));
    let goal = value_at(&metrics.heap_goal, time).map(|goal| format!("goal {}", value(goal)));
    live.into_iter().chain(goal).collect()
}

fn procs(scene: &Scene<'_>, time: f64, x: f64) -> Vec<String> {
    let trace = scene.trace;
    let bound = scene.levels.bound.count(trace, time);
    let mut lines = Vec::new();
    let have = if bound == 1 { "has" } else { "have" };
    lines.push(
        match value_at(&trace.metrics.gomaxprocs, Nanos(time as i64)) {
            Some(most) => format!("{bound} of {} {have} a thread", Count(most)),
            None => format!("{bound} {have} a thread"),
        },
    );
    lines.extend(classes(scene, None, x, |class| {
        matches!(class, Class::Running | Class::GcWork | Class::Syscall)
    }));
    lines
}

/// How many goroutines are in each of these classes: at the moment under the pointer, and on average over the pixel
/// where that is another number.
fn classes(
    scene: &Scene<'_>,
    group: Option<GroupIndex>,
    x: f64,
    wanted: impl Fn(Class) -> bool,
) -> Vec<String> {
    let time = scene.view.time_at(x, scene.size).max(0.0);
    let now = head_count(scene.trace, scene.levels, group, time);
    let average = average(scene, group, x);
    Class::STACKED
        .into_iter()
        .filter(|&class| wanted(class))
        .filter_map(|class| {
            let average = average[class as usize];
            let name = class.name();
            let Some(now) = now.map(|now| now[class as usize]) else {
                return (average > 0.0).then(|| format!("{average:.2} {name} on average here"));
            };
            // What is hardly there on average is only an artefact of the pixel's edge.
            if now == 0 && average < 0.005 {
                return None;
            }
            let count = Count(u64::from(now));
            Some(if (average - now as f32).abs() < 0.005 {
                format!("{count} {name}")
            } else {
                format!("{count} {name} ({average:.2} on average here)")
            })
        })
        .collect()
}

fn average(scene: &Scene<'_>, group: Option<GroupIndex>, x: f64) -> [f32; CLASSES] {
    let (trace, levels) = (scene.trace, scene.levels);
    let all = Columns::new(scene.view, scene.size);
    let pixels = (x - crate::lanes::GUTTER) * scene.size.sane_ratio();
    let column = (pixels / f64::from(all.pixels)).max(0.0) as usize;
    let one = all.only(column.min(all.count.saturating_sub(1)));
    let mut densities = Densities::default();
    let mut spending = Spending::default();
    let groups = group.into_iter();
    densities.prepare(
        (trace, levels),
        &one,
        groups,
        group.is_none(),
        &mut spending,
    );
    let density = match group {
        Some(group) => densities.group(trace, levels, &one, group),
        None => densities.all(),
    };
    density.averages().first().copied().unwrap_or_default()
}
