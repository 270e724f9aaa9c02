//! The events of a range of time.

use std::rc::Rc;

use tracepane_analysis::format;
use tracepane_model::Nanos;
use tracepane_wire::Excerpt;
use tracepane_wire::excerpt::EventRow;

use super::{Rows, Value, head};
use crate::protocol::{Cell, ColumnHead, ColumnKind, EventsOf, LONGEST_FILTER, Link, Row};
use crate::worker::events::{link, since, within};
use crate::worker::opened::OpenTrace;
use crate::worker::words;

/// The table of events. Which there are, their filter included, was decided when they were read.
pub struct Events<'a> {
    open: &'a OpenTrace,
    excerpt: Rc<Excerpt>,
    /// What is asked for has nothing in common with the scope.
    outside: bool,
}

impl<'a> Events<'a> {
    /// These events.
    ///
    /// # Errors
    /// A sentence, if the file cannot be read any more.
    pub fn new(open: &'a OpenTrace, of: &EventsOf) -> Result<Self, String> {
        let here = within(open, of);
        let excerpt = open.events.excerpt(&open.trace, &here, &mut || false)?;
        Ok(Self {
            open,
            outside: here.start == Some(LONGEST_FILTER),
            excerpt: excerpt.ok_or("reading was given up")?,
        })
    }

    /// A moment to the nanosecond, in the same unit for the whole trace: events are close to one another.
    fn moment(&self, time: Nanos) -> String {
        let (unit, size, digits) = match self.open.trace.end.0 {
            ..1_000_000_000 => ("ms", 1_000_000, 6),
            _ => ("s", 1_000_000_000, 9),
        };
        let nanos = time.0.max(0);
        format!("{}.{:0digits$} {unit}", nanos / size, nanos % size)
    }

    fn event(&self, row: usize) -> &EventRow {
        &self.excerpt.rows()[row]
    }
}

/// A number that may be none.
fn number(prefix: &str, id: i64) -> String {
    match id {
        ..0 => String::new(),
        _ => format!("{prefix}{id}"),
    }
}

impl Rows for Events<'_> {
    fn columns(&self) -> Vec<ColumnHead> {
        vec![
            head(
                "time",
                "Time since the trace's start",
                ColumnKind::Time,
                "When, since the trace's start.",
            ),
            head(
                "type",
                "Type",
                ColumnKind::Word,
                "What Go's reader calls it.",
            ),
            head(
                "goroutine",
                "Goroutine",
                ColumnKind::Count,
                "The goroutine that executed it; the runtime may do so outside of any.",
            ),
            head(
                "proc",
                "Proc",
                ColumnKind::Count,
                "The proc that it was executed on.",
            ),
            head(
                "thread",
                "Thread",
                ColumnKind::Count,
                "The system's thread that it was executed on.",
            ),
            head(
                "arguments",
                "Arguments",
                ColumnKind::Text,
                "As go tool trace -d=parsed prints them. Choose a row for its stacks.",
            ),
        ]
    }

    fn len(&self) -> usize {
        self.excerpt.rows().len()
    }

    fn number(&self, column: usize, row: usize) -> f64 {
        let event = self.event(row);
        let number = match column {
            2 => event.goroutine.0,
            3 => event.proc.0,
            4 => event.thread.0,
            _ => since(&self.open.trace, event.time).0,
        };
        number as f64
    }

    fn text(&self, column: usize, row: usize) -> &str {
        let event = self.event(row);
        match column {
            1 => event.event_type.name(),
            _ => self.excerpt.arguments(event),
        }
    }

    /// All rows do: the others were not read.
    fn contains(&self, _row: usize, _needle: &str) -> bool {
        true
    }

    fn row(&self, row: usize) -> Row {
        let event = self.event(row);
        let goroutine = Cell {
            link: (event.goroutine.0 > 0).then(|| Link::Goroutine(event.goroutine.to_string())),
            ..words::text_cell(number("G", event.goroutine.0))
        };
        Row {
            cells: vec![
                Cell {
                    text: self.moment(since(&self.open.trace, event.time)),
                    link: Some(link(&self.open.trace, event)),
                    ..words::moment_cell(since(&self.open.trace, event.time))
                },
                words::text_cell(event.event_type.name()),
                goroutine,
                words::text_cell(number("P", event.proc.0)),
                words::text_cell(number("", event.thread.0)),
                words::text_cell(self.excerpt.arguments(event)),
            ],
            stack: None,
            bar: Vec::new(),
        }
    }

    fn values(&self, row: usize) -> Option<Vec<Value>> {
        let event = self.event(row);
        let number = |id: i64| match id {
            ..0 => Value::Empty,
            _ => Value::Whole(id),
        };
        Some(vec![
            Value::Whole(since(&self.open.trace, event.time).0),
            Value::Text(event.event_type.name().into()),
            number(event.goroutine.0),
            number(event.proc.0),
            number(event.thread.0),
            Value::Text(self.excerpt.arguments(event).into()),
        ])
    }

    fn caption(&self) -> String {
        let (rows, matched) = (self.len() as u64, self.excerpt.matched());
        let caption = match rows < matched {
            true => format!(
                "{}, of which the first {} are listed: choose a shorter time or a filter for others",
                format::counted(matched, "event"),
                format::count(rows)
            ),
            false => format::counted(matched, "event"),
        };
        let rule = match self.outside {
            true => "this time lies outside of the range that the page is about",
            false => "in the range",
        };
        self.open.at.caption(caption, rule)
    }
}
