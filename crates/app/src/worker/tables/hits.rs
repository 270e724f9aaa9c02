//! What a search found, in time order.

use std::rc::Rc;

use tracepane_analysis::find::{Hit, Kind};
use tracepane_analysis::format;
use tracepane_model::{GoroutineIndex, Nanos, Trace};

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

    fn goroutine(&self, hit: Hit) -> Option<GoroutineIndex> {
        hit.goroutine(self.trace)
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
            2 => hit.what(self.trace),
            _ => hit.text(self.trace),
        }
    }

    fn contains(&self, row: usize, needle: &str) -> bool {
        let hit = self.hit(row);
        has(hit.what(self.trace), needle) || has(hit.text(self.trace), needle)
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
                words::text_cell(hit.what(self.trace)),
                goroutine,
                words::text_cell(hit.text(self.trace)),
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
