//! Scheduling latency by goroutine group, and its worst cases.

use tracepane_analysis::latency::{Distribution, Latencies, WORST};
use tracepane_analysis::{Latency, format, names};
use tracepane_model::Nanos;

use super::{Rows, has, head};
use crate::protocol::{Cell, ColumnHead, ColumnKind, Link, Row};
use crate::worker::opened::OpenTrace;
use crate::worker::words;

/// The table of groups, most time first.
pub struct LatencyGroups<'a> {
    open: &'a OpenTrace,
    of: &'a Latencies,
}

impl<'a> LatencyGroups<'a> {
    /// All groups that had to wait for a proc.
    pub fn new(open: &'a OpenTrace) -> Self {
        Self {
            open,
            of: open.at.scheduler.latencies(&open.trace),
        }
    }

    fn name(&self, row: usize) -> &str {
        words::group_name(&self.open.trace, self.of.groups[row].group)
    }

    fn time(&self, column: usize, row: usize) -> Nanos {
        let of: Distribution = self.of.groups[row].latency;
        match column {
            3 => of.mean(),
            4 => of.p50,
            5 => of.p90,
            6 => of.p99,
            7 => of.p999,
            8 => of.longest,
            _ => of.total,
        }
    }
}

impl Rows for LatencyGroups<'_> {
    fn columns(&self) -> Vec<ColumnHead> {
        use ColumnKind::{Count, Text, Time};
        vec![
            head(
                "name",
                "Start function",
                Text,
                "The function that the goroutines were started with.",
            ),
            head(
                "count",
                "Waits",
                Count,
                "How many times one of them could run and had to wait for a proc.",
            ),
            head("total", "In all", Time, "How long in all."),
            head("mean", "Mean", Time, "How long on average."),
            head(
                "p50",
                "Median",
                Time,
                "Half of the waits are at most so long.",
            ),
            head("p90", "p90", Time, "90 of 100 are at most so long."),
            head("p99", "p99", Time, "99 of 100 are at most so long."),
            head("p999", "p99.9", Time, "999 of 1000 are at most so long."),
            head("longest", "Longest", Time, "The longest one."),
        ]
    }

    fn len(&self) -> usize {
        self.of.groups.len()
    }

    fn number(&self, column: usize, row: usize) -> f64 {
        match column {
            1 => self.of.groups[row].latency.count as f64,
            _ => self.time(column, row).0 as f64,
        }
    }

    fn text(&self, _column: usize, row: usize) -> &str {
        names::or_inactive(self.name(row))
    }

    fn contains(&self, row: usize, needle: &str) -> bool {
        has(names::or_inactive(self.name(row)), needle)
    }

    fn row(&self, row: usize) -> Row {
        let group = &self.of.groups[row];
        let name = self.name(row);
        let mut cells = vec![
            Cell {
                link: Some(Link::Group(name.to_owned())),
                ..words::text_cell(names::or_inactive(name))
            },
            words::count_cell(group.latency.count),
        ];
        cells.extend((2..8).map(|column| words::duration_cell(self.time(column, row))));
        cells.push(Cell {
            link: Some(words::span_link(&self.open.trace, group.worst)),
            ..words::duration_cell(self.time(8, row))
        });
        Row {
            cells,
            stack: None,
            bar: Vec::new(),
        }
    }

    fn caption(&self) -> String {
        let caption = format!(
            "{} in {}",
            format::counted(self.of.all.count, "wait"),
            format::counted(self.of.groups.len() as u64, "group")
        );
        self.open
            .at
            .caption(caption, "those that ended in the range")
    }
}

/// The table of the worst cases, worst first.
pub struct WorstLatencies<'a> {
    open: &'a OpenTrace,
    rows: &'a [Latency],
    all: u64,
}

impl<'a> WorstLatencies<'a> {
    /// Those that are kept.
    pub fn new(open: &'a OpenTrace) -> Self {
        let latencies = open.at.scheduler.latencies(&open.trace);
        Self {
            open,
            rows: &latencies.worst,
            all: latencies.all.count,
        }
    }

    fn name(&self, row: usize) -> &str {
        let trace = &self.open.trace;
        let goroutine = trace.goroutines.row(self.rows[row].goroutine);
        names::or_inactive(trace.strings.get(goroutine.name))
    }

    fn id(&self, goroutine: Option<tracepane_model::GoroutineIndex>) -> i64 {
        let rows = &self.open.trace.goroutines.rows;
        let row = goroutine.and_then(|g| rows.get(g.get()?));
        row.map_or(-1, |row| row.id.0)
    }

    fn proc(&self, row: usize) -> i64 {
        let ids = &self.open.trace.procs.ids;
        let proc = self.rows[row].proc.and_then(|proc| ids.get(proc.get()?));
        proc.map_or(-1, |id| id.0)
    }
}

impl Rows for WorstLatencies<'_> {
    fn columns(&self) -> Vec<ColumnHead> {
        use ColumnKind::{Count, Text, Time};
        vec![
            head(
                "length",
                "Waited",
                Time,
                "How long it could run and did not.",
            ),
            head("start", "Since", Time, "Since the trace's start."),
            head("goroutine", "Goroutine", Count, "Who waited."),
            head(
                "by",
                "Woken by",
                Count,
                "Who woke or created it; empty if nobody did: it was preempted, or a timer or the network woke it.",
            ),
            head("proc", "Ran on", Count, "The proc that it ran on at last."),
            head(
                "name",
                "Start function",
                Text,
                "The function that it was started with.",
            ),
        ]
    }

    fn len(&self) -> usize {
        self.rows.len()
    }

    fn number(&self, column: usize, row: usize) -> f64 {
        let case = &self.rows[row];
        let number = match column {
            0 => case.length.0,
            1 => case.start.0,
            2 => self.id(Some(case.goroutine)),
            3 => self.id(case.woken_by),
            _ => self.proc(row),
        };
        number as f64
    }

    fn text(&self, _column: usize, row: usize) -> &str {
        self.name(row)
    }

    fn contains(&self, row: usize, needle: &str) -> bool {
        let id = needle.strip_prefix('g').and_then(|id| id.parse().ok());
        has(self.name(row), needle) || id == Some(self.id(Some(self.rows[row].goroutine)))
    }

    fn row(&self, row: usize) -> Row {
        let trace = &self.open.trace;
        let case = &self.rows[row];
        let goroutine = |goroutine| Cell {
            link: Some(words::goroutine_link(trace, goroutine)),
            exact: Some(words::goroutine_name(trace, goroutine)),
            ..words::text_cell(format!("G{}", trace.goroutines.row(goroutine).id))
        };
        let link = words::span_link(trace, case.span);
        let proc = match self.proc(row) {
            -1 => words::text_cell(""),
            id => Cell {
                link: Some(words::span_link(trace, case.ran)),
                ..words::text_cell(format!("Proc {id}"))
            },
        };
        Row {
            cells: vec![
                Cell {
                    link: Some(link.clone()),
                    ..words::duration_cell(case.length)
                },
                Cell {
                    link: Some(link),
                    ..words::moment_cell(case.start)
                },
                goroutine(case.goroutine),
                case.woken_by
                    .map_or_else(|| words::text_cell(""), goroutine),
                proc,
                words::text_cell(self.name(row)),
            ],
            stack: words::stack(trace, "Made runnable here", trace.spans.stack(case.span)),
            bar: Vec::new(),
        }
    }

    fn caption(&self) -> String {
        let caption = if self.all > WORST as u64 {
            format!(
                "The {} longest of {}",
                format::count(self.rows.len() as u64),
                format::counted(self.all, "wait")
            )
        } else {
            format::counted(self.rows.len() as u64, "wait")
        };
        self.open
            .at
            .caption(caption, "those that ended in the range")
    }
}
