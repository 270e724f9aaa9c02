//! What a search found, in time order.

use std::rc::Rc;

use tracepane_analysis::find::{Hit, Kind};
use tracepane_analysis::{format, names};
use tracepane_model::{GoroutineIndex, Nanos, RangeKind, SpanIndex, SpanState, StackRef, Trace};

use super::{Rows, has, head};
use crate::protocol::{Cell, ColumnHead, ColumnKind, Link, Row};
use crate::worker::find::{Known, selection_of, time_of};
use crate::worker::opened::OpenTrace;
use crate::worker::words;

/// The table of hits.
pub struct HitRows<'a> {
    trace: &'a Trace,
    known: &'a Known,
    list: Rc<Vec<Hit>>,
}

impl<'a> HitRows<'a> {
    /// The hits of a query.
    ///
    /// # Errors
    /// A sentence, if something else was looked for last.
    pub fn new(open: &'a OpenTrace, query: &str) -> Result<Self, String> {
        let known = open.found.as_ref().filter(|known| known.query == query);
        let known = known.ok_or("Looking…")?;
        Ok(Self {
            trace: &open.trace,
            list: known.list(&open.trace),
            known,
        })
    }

    fn hit(&self, row: usize) -> Hit {
        self.list.get(row).copied().unwrap_or(Hit {
            kind: Kind::Span,
            row: u32::MAX,
        })
    }

    fn length(&self, hit: Hit) -> i64 {
        match hit.time(self.trace) {
            Some((start, end)) if !hit.is_moment() => end.0.saturating_sub(start.0),
            _ => -1,
        }
    }

    /// What it is: a state, a kind of range, a name.
    fn what(&self, hit: Hit) -> &'a str {
        let trace = self.trace;
        let row = hit.row as usize;
        match hit.kind {
            Kind::Span if row < trace.spans.len() => {
                let kind = trace.spans.kind(SpanIndex(hit.row));
                let reason = names::reason(trace, kind.reason());
                match kind.state() {
                    SpanState::Waiting if !reason.is_empty() => reason,
                    state => names::state(state),
                }
            }
            Kind::Span => "",
            Kind::Range => match trace.ranges.rows.get(row).map(|range| range.kind) {
                Some(RangeKind::GcMark) => "GC mark phase",
                Some(RangeKind::GcSweep) => "GC sweep",
                Some(RangeKind::GcMarkAssist) => "GC mark assist",
                Some(RangeKind::StopTheWorld(_)) => "stop the world",
                None => "",
            },
            Kind::Region => "region",
            Kind::Task => "task",
            Kind::Log => "log",
            Kind::Goroutine => "created",
            Kind::Sample => "CPU sample",
        }
    }

    /// What tells it from others of its kind: a name, a message, where in the program it was.
    fn text_of(&self, hit: Hit) -> &'a str {
        let trace = self.trace;
        let row = hit.row as usize;
        let text = |string| trace.strings.get(string);
        match hit.kind {
            Kind::Span => match self.stack(hit) {
                StackRef::NONE => self.function(hit),
                stack => match words::caller(trace, stack) {
                    "" => self.function(hit),
                    caller => caller,
                },
            },
            Kind::Range => match trace.ranges.rows.get(row).map(|range| range.kind) {
                Some(RangeKind::StopTheWorld(what)) => text(what),
                _ => "",
            },
            Kind::Region => trace
                .regions
                .get(row)
                .map_or("", |region| text(region.name)),
            Kind::Task => trace.tasks.get(row).map_or("", |task| text(task.name)),
            Kind::Log => trace.logs.get(row).map_or("", |log| text(log.message)),
            Kind::Goroutine => self.function(hit),
            Kind::Sample => trace.samples.get(row).map_or("", |sample| {
                trace
                    .stacks
                    .leaf(sample.stack)
                    .map_or("", |frame| text(frame.function))
            }),
        }
    }

    fn goroutine(&self, hit: Hit) -> Option<GoroutineIndex> {
        hit.goroutine(self.trace)
    }

    fn function(&self, hit: Hit) -> &'a str {
        let trace = self.trace;
        self.goroutine(hit)
            .map_or("", |g| trace.strings.get(trace.goroutines.row(g).name))
    }

    /// The stack that belongs to it, if it is its goroutine's own.
    fn stack(&self, hit: Hit) -> StackRef {
        let trace = self.trace;
        let span = SpanIndex(hit.row);
        if hit.kind != Kind::Span || hit.row as usize >= trace.spans.len() {
            return StackRef::NONE;
        }
        match trace.spans.kind(span).state() {
            SpanState::Waiting | SpanState::Syscall | SpanState::SyscallBlocked => {
                trace.spans.stack(span)
            }
            _ => StackRef::NONE,
        }
    }
}

impl Rows for HitRows<'_> {
    fn columns(&self) -> Vec<ColumnHead> {
        use ColumnKind::{Count, Text, Time, Word};
        vec![
            head("time", "When", Time, "Since the trace's start."),
            head("duration", "Duration", Time, "How long it lasts."),
            head(
                "what",
                "What",
                Word,
                "The state or reason, or what kind of thing it is.",
            ),
            head("goroutine", "Goroutine", Count, "Whose it is."),
            head(
                "where",
                "Where",
                Text,
                "The name or message; of spans the function of the program.",
            ),
        ]
    }

    fn len(&self) -> usize {
        self.list.len()
    }

    fn number(&self, column: usize, row: usize) -> f64 {
        let hit = self.hit(row);
        match column {
            0 => time_of(self.trace, hit).0,
            1 => self.length(hit) as f64,
            _ => self
                .goroutine(hit)
                .map_or(-1.0, |g| self.trace.goroutines.row(g).id.0 as f64),
        }
    }

    fn text(&self, column: usize, row: usize) -> &str {
        let hit = self.hit(row);
        match column {
            2 => self.what(hit),
            _ => self.text_of(hit),
        }
    }

    fn contains(&self, row: usize, needle: &str) -> bool {
        let hit = self.hit(row);
        has(self.what(hit), needle) || has(self.text_of(hit), needle)
    }

    fn row(&self, row: usize) -> Row {
        let trace = self.trace;
        let hit = self.hit(row);
        let (start, end) = time_of(trace, hit);
        let link = Link::Select {
            selection: selection_of(hit),
            time: (start, end),
        };
        let length = self.length(hit);
        let goroutine = match self.goroutine(hit) {
            None => words::text_cell(""),
            Some(g) => Cell {
                exact: Some(words::goroutine_name(trace, g)),
                ..words::text_cell(format!("G{}", trace.goroutines.row(g).id))
            },
        };
        Row {
            cells: vec![
                Cell {
                    link: Some(link),
                    ..words::moment_cell(Nanos(start as i64))
                },
                match length {
                    ..0 => words::text_cell(""),
                    0 => words::text_cell("0 ns"),
                    length => words::duration_cell(Nanos(length)),
                },
                words::text_cell(self.what(hit)),
                goroutine,
                words::text_cell(self.text_of(hit)),
            ],
            stack: None,
            bar: Vec::new(),
        }
    }

    fn caption(&self) -> String {
        let all = self.known.hits.count();
        match self.list.len() as u64 {
            listed if listed < all => format!(
                "The first {} of {} hits",
                format::count(listed),
                format::count(all)
            ),
            listed => format::counted(listed, "hit"),
        }
    }
}
