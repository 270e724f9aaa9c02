//! Goroutines by start function.

use std::rc::Rc;

use tracepane_analysis::statistics::{Spread, Statistic, spread, statistics};
use tracepane_analysis::tables::GroupRow;
use tracepane_analysis::{format, names};
use tracepane_model::Nanos;

use super::{Rows, Value, has, head, times};
use crate::protocol::{Cell, ColumnHead, ColumnKind, Link, Measure, Row, Table};
use crate::worker::opened::OpenTrace;
use crate::worker::words;

/// The columns before the statistics.
const OWN: usize = 3;

/// The table of groups.
pub struct Groups<'a> {
    open: &'a OpenTrace,
    rows: &'a [GroupRow],
    measure: Measure,
    data: Rc<Data>,
}

/// What is computed once.
struct Data {
    statistics: Vec<Statistic>,
    /// A group's statistics stand together.
    values: Vec<Nanos>,
    longest: f64,
}

impl<'a> Groups<'a> {
    /// The groups of an open trace.
    pub fn new(open: &'a OpenTrace, measure: Measure) -> Result<Self, String> {
        let rows = open.groups();
        let data = open
            .at
            .kept
            .table(&Table::Groups(measure), || Ok(Data::new(open, measure)))?;
        Ok(Self {
            open,
            rows,
            measure,
            data,
        })
    }

    fn name(&self, row: usize) -> &str {
        names::or_inactive(self.open.trace.strings.get(self.rows[row].name))
    }

    fn values_of(&self, row: usize) -> &[Nanos] {
        let width = self.data.statistics.len();
        &self.data.values[row * width..(row + 1) * width]
    }
}

impl Data {
    fn new(open: &OpenTrace, measure: Measure) -> Self {
        let (trace, times, groups) = (&open.trace, open.times(), open.groups());
        let statistics = statistics(groups.iter().map(GroupRow::parts));
        let mut values = Vec::with_capacity(groups.len() * statistics.len());
        let mut members_values = Vec::new();
        for group in groups {
            let members = trace.goroutines.members(group.group);
            for &statistic in &statistics {
                let sum = statistic.of(group.parts());
                // What nobody has has no quantiles worth looking for.
                values.push(if measure == Measure::Sum || sum.0 == 0 {
                    sum
                } else {
                    members_values.clear();
                    members_values.extend(members.iter().map(|&g| statistic.of(times.parts(g)).0));
                    measured(measure, &spread(&mut members_values))
                });
            }
        }
        let longest = groups.iter().map(|row| row.times.total.0).max();
        Self {
            statistics,
            values,
            longest: longest.unwrap_or_default() as f64,
        }
    }
}

fn measured(measure: Measure, spread: &Spread) -> Nanos {
    match measure {
        Measure::Sum => spread.sum,
        Measure::Median => spread.p50,
        Measure::P90 => spread.p90,
        Measure::P99 => spread.p99,
        Measure::Max => spread.max,
    }
}

impl Rows for Groups<'_> {
    fn columns(&self) -> Vec<ColumnHead> {
        let mut heads = vec![
            head(
                "name",
                "Start function",
                ColumnKind::Text,
                "The function that the goroutines were started with.",
            ),
            head(
                "count",
                "Count",
                ColumnKind::Count,
                "How many goroutines the group has.",
            ),
            head(
                "alive",
                "Alive",
                ColumnKind::Count,
                "How many of them had not ended when the trace, or the range, did.",
            ),
        ];
        let statistics = self.data.statistics.iter();
        heads.extend(statistics.map(|&s| times::statistic_head(&self.open.trace, s)));
        heads
    }

    fn len(&self) -> usize {
        self.rows.len()
    }

    fn number(&self, column: usize, row: usize) -> f64 {
        match column {
            0 => 0.0,
            1 => self.rows[row].goroutines as f64,
            2 => self.rows[row].alive as f64,
            _ => self.values_of(row)[column - OWN].0 as f64,
        }
    }

    fn text(&self, _column: usize, row: usize) -> &str {
        self.name(row)
    }

    fn contains(&self, row: usize, needle: &str) -> bool {
        has(self.name(row), needle)
    }

    fn row(&self, row: usize) -> Row {
        let group = &self.rows[row];
        let name = self.open.trace.strings.get(group.name);
        let mut cells = vec![
            Cell {
                link: Some(Link::Group(name.into())),
                ..words::text_cell(names::or_inactive(name))
            },
            words::count_cell(group.goroutines),
            words::count_cell(group.alive),
        ];
        cells.extend(
            self.values_of(row)
                .iter()
                .copied()
                .map(words::duration_cell),
        );
        let bar = match self.measure {
            Measure::Sum => times::bar(
                &self.open.classes,
                &group.times,
                &group.waits,
                self.data.longest,
            ),
            _ => Vec::new(),
        };
        Row {
            cells,
            stack: None,
            bar,
        }
    }

    fn values(&self, row: usize) -> Option<Vec<Value>> {
        let group = &self.rows[row];
        let mut values = vec![
            Value::Text(self.name(row).into()),
            Value::Whole(group.goroutines as i64),
            Value::Whole(group.alive as i64),
        ];
        values.extend(
            self.values_of(row)
                .iter()
                .map(|nanos| Value::Whole(nanos.0)),
        );
        Some(values)
    }

    fn caption(&self) -> String {
        let goroutines = self.rows.iter().map(|row| row.goroutines).sum();
        let caption = format!(
            "{} in {}",
            format::counted(goroutines, "goroutine"),
            format::counted(self.rows.len() as u64, "group")
        );
        self.open
            .at
            .caption(caption, "only their time in the range")
    }
}
