//! From the analysis' numbers to the words and links that the page shows.

use tracepane_analysis::{TimeHistogram, format, names, profiles};
use tracepane_model::{
    GoroutineIndex, GroupIndex, Nanos, SpanIndex, StackRef, TaskId, TaskIndex, Trace,
};
use tracepane_timeline::Class;
use tracepane_timeline::class::Classes;
use tracepane_timeline::family::task_of;

pub use crate::states::key as class_key;

use crate::protocol::{Bar, Cell, Fact, FrameText, Histogram, Link, Selection, StackText};

/// The key of what a span's goroutine does.
pub fn span_key(trace: &Trace, classes: &Classes, span: SpanIndex) -> &'static str {
    match classes.of(trace.spans.kind(span)) {
        None => "dead",
        Some(Class::Running) if classes.is_worker(trace, trace.spans.goroutine(span)) => "gc-work",
        Some(class) => class_key(class),
    }
}

/// A goroutine's number and function.
pub fn goroutine_name(trace: &Trace, goroutine: GoroutineIndex) -> String {
    let row = trace.goroutines.row(goroutine);
    format!(
        "G{} {}",
        row.id,
        names::or_inactive(trace.strings.get(row.name))
    )
}

/// A task's type and number.
pub fn task_name(trace: &Trace, task: TaskIndex) -> String {
    match trace.tasks.get(task.0 as usize) {
        Some(row) => match trace.strings.get(row.name) {
            "" => format!("task {}", row.id.0),
            name => format!("{name} {}", row.id.0),
        },
        None => String::new(),
    }
}

/// The task that something belongs to, if the program named one.
pub fn task_fact(trace: &Trace, id: TaskId) -> Option<Fact> {
    if id == TaskId::NONE || id == TaskId::BACKGROUND {
        return None;
    }
    let name = match task_of(trace, id) {
        Some(task) => task_name(trace, task),
        None => id.0.to_string(),
    };
    Some(Fact {
        link: Some(Link::Task(id.0.to_string())),
        ..fact("Task", name)
    })
}

/// A group's name as links have it: empty for goroutines without a stack.
pub fn group_name(trace: &Trace, group: GroupIndex) -> &str {
    trace
        .goroutines
        .groups
        .get(group.0 as usize)
        .map_or("", |&name| trace.strings.get(name))
}

/// A link to a goroutine's page.
pub fn goroutine_link(trace: &Trace, goroutine: GoroutineIndex) -> Link {
    Link::Goroutine(trace.goroutines.row(goroutine).id.to_string())
}

/// A span with its time, for links.
pub fn timed_span(trace: &Trace, span: SpanIndex) -> (Selection, (f64, f64)) {
    let time = (
        trace.spans.start(span).0 as f64,
        trace.span_end(span).0 as f64,
    );
    (Selection::Span(span.0), time)
}

/// A link that selects a span.
pub fn span_link(trace: &Trace, span: SpanIndex) -> Link {
    let (selection, time) = timed_span(trace, span);
    Link::Select { selection, time }
}

/// A stack with a title; `None` for "no stack".
pub fn stack(trace: &Trace, title: &str, stack: StackRef) -> Option<StackText> {
    if !stack.is_some() {
        return None;
    }
    Some(StackText {
        title: title.into(),
        frames: profiles::frames(trace, stack)
            .into_iter()
            .map(|frame| FrameText {
                place: frame.place(),
                function: frame.function,
            })
            .collect(),
    })
}

/// The first caller in a stack that is not the runtime's or the standard library's locking: where in the program it
/// happened. Empty if there is none.
pub fn caller(trace: &Trace, stack: StackRef) -> &str {
    let frames = trace.stacks.get(stack);
    let name = |i: usize| {
        frames
            .get(i)
            .map_or("", |&f| trace.strings.get(trace.stacks.frame(f).function))
    };
    (1..frames.len())
        .map(name)
        .find(|function| {
            !["runtime.", "sync.", "internal/", "syscall."]
                .iter()
                .any(|own| function.starts_with(own))
        })
        .unwrap_or_else(|| name(frames.len().saturating_sub(1).min(1)))
}

/// A fact that is only text.
pub fn fact(label: &str, value: impl Into<String>) -> Fact {
    Fact {
        label: label.into(),
        value: value.into(),
        exact: None,
        link: None,
        moment: None,
    }
}

/// A duration as a fact.
pub fn duration_fact(label: &str, nanos: Nanos) -> Fact {
    Fact {
        exact: Some(format::exact(nanos)),
        ..fact(label, format::duration(nanos))
    }
}

/// A moment as a fact: since the trace's start.
pub fn moment_fact(label: &str, time: Nanos) -> Fact {
    Fact {
        exact: Some(format!("{} after the trace's start", format::exact(time))),
        link: Some(Link::Time(time.0 as f64, time.0 as f64)),
        moment: Some(time.0 as f64),
        ..fact(label, format::duration(time))
    }
}

/// A text cell.
pub fn text_cell(text: impl Into<String>) -> Cell {
    Cell {
        text: text.into(),
        exact: None,
        share: None,
        bars: Vec::new(),
        link: None,
    }
}

/// A duration cell; empty for nothing, so that what is there stands out.
pub fn duration_cell(nanos: Nanos) -> Cell {
    if nanos.0 == 0 {
        return text_cell("");
    }
    Cell {
        exact: Some(format::exact(nanos)),
        ..text_cell(format::duration(nanos))
    }
}

/// A moment's cell: since the trace's start, with a link there.
pub fn moment_cell(time: Nanos) -> Cell {
    Cell {
        exact: Some(format!("{} after the trace's start", format::exact(time))),
        link: Some(Link::Time(time.0 as f64, time.0 as f64)),
        ..text_cell(format::duration(time))
    }
}

/// A moment at which a goroutine did something. It leads to what is selected there, or else to the span that the
/// goroutine was in, and shows that span in a fitting size.
pub fn moment_of_cell(
    trace: &Trace,
    goroutine: GoroutineIndex,
    time: Nanos,
    selection: Option<Selection>,
) -> Cell {
    let spans = match goroutine.get() {
        Some(i) if i < trace.goroutines.len() => trace.goroutines.spans(goroutine),
        _ => &[],
    };
    let place = trace.span_at(goroutine, time).filter(|_| !spans.is_empty());
    let span = place.and_then(|place| spans.get(place));
    let span = span.map(|&span| timed_span(trace, SpanIndex(span)));
    let moment = (time.0 as f64, time.0 as f64);
    let around = span.map_or(moment, |(_, time)| time);
    let link = selection
        .or(span.map(|(span, _)| span))
        .map(|selection| Link::Select {
            selection,
            time: around,
        });
    let plain = moment_cell(time);
    Cell {
        link: link.or(plain.link),
        ..plain
    }
}

/// A count cell.
pub fn count_cell(count: u64) -> Cell {
    text_cell(format::count(count))
}

impl From<&TimeHistogram> for Histogram {
    fn from(of: &TimeHistogram) -> Self {
        let bars = of.bars().map(|bar| Bar {
            from: bar.shortest.0 as f64,
            to: bar.longest.0 as f64,
            count: bar.count as f64,
        });
        Self {
            bars: bars.collect(),
        }
    }
}
