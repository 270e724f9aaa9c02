//! The types of regions: names and places where they were started; and the places where goroutines were created in
//! regions, and so inherited tasks.

use std::rc::Rc;

use rustc_hash::FxHashMap;
use tracepane_analysis::format;
use tracepane_analysis::place::{Place, place_file, place_text};
use tracepane_analysis::regions::RegionType;
use tracepane_model::Nanos;

use super::durations::Axis;
use super::{Rows, has, head};
use crate::protocol::{Cell, ColumnHead, ColumnKind, Link, RegionsOf, Row, Table};
use crate::worker::opened::OpenTrace;
use crate::worker::words;

/// What stands for the place of regions that began before the trace.
const BEFORE: &str = "before the trace";

/// The table of types.
pub struct RegionTypes<'a> {
    open: &'a OpenTrace,
    rows: &'a [RegionType],
    inherited: bool,
    data: Rc<Data>,
}

/// What is computed once.
struct Data {
    /// The text of each place, once.
    places: Vec<String>,
    /// By row: its place's text.
    place_of: Vec<u32>,
    axis: Axis,
    caption: String,
}

/// The columns, in their order; inherited ones have no name.
const COLUMNS: [&str; 8] = [
    "name",
    "place",
    "count",
    "complete",
    "mean",
    "longest",
    "total",
    "durations",
];

impl<'a> RegionTypes<'a> {
    /// The types of the program's own regions, or the places of inherited ones.
    ///
    /// # Errors
    /// None; as other tables.
    pub fn new(open: &'a OpenTrace, inherited: bool) -> Result<Self, String> {
        let regions = &open.annotations_here().regions;
        let (rows, table) = match inherited {
            true => (&regions.inherited, Table::InheritedTypes),
            false => (&regions.types, Table::RegionTypes),
        };
        let data = open
            .at
            .kept
            .table(&table, || Ok(Data::new(open, rows, inherited)))?;
        Ok(Self {
            open,
            rows,
            inherited,
            data,
        })
    }

    fn column(&self, place: usize) -> &'static str {
        let skipped = usize::from(self.inherited);
        COLUMNS.get(place + skipped).copied().unwrap_or_default()
    }

    fn name(&self, row: usize) -> &str {
        self.open.trace.strings.get(self.rows[row].name)
    }

    fn place(&self, row: usize) -> &str {
        &self.data.places[self.data.place_of[row] as usize]
    }

    fn link(&self, row: usize) -> Link {
        let place = match self.rows[row].place {
            Some(_) => self.place(row).to_owned(),
            None => String::new(),
        };
        Link::Regions(RegionsOf {
            name: self.name(row).to_owned(),
            place: Some(place),
            inherited: self.inherited,
            ..RegionsOf::default()
        })
    }
}

impl Data {
    fn new(open: &OpenTrace, rows: &[RegionType], inherited: bool) -> Self {
        let trace = &open.trace;
        let mut known: FxHashMap<Option<Place>, u32> = FxHashMap::default();
        let mut places = Vec::new();
        let place_of = rows
            .iter()
            .map(|row| {
                *known.entry(row.place).or_insert_with(|| {
                    places.push(match row.place {
                        Some(place) => place_text(trace, place),
                        None => BEFORE.to_owned(),
                    });
                    places.len() as u32 - 1
                })
            })
            .collect();
        let count = rows.iter().map(RegionType::count).sum();
        let caption = match inherited {
            true => format!(
                "{} at {}",
                format::counted(count, "goroutine"),
                format::counted(rows.len() as u64, "place")
            ),
            false => format!(
                "{} of {}",
                format::counted(count, "region"),
                format::counted(rows.len() as u64, "type")
            ),
        };
        Self {
            places,
            place_of,
            axis: Axis::of(rows.iter().map(|row| &row.histogram)),
            caption,
        }
    }
}

/// The mean of durations.
pub fn mean(total: Nanos, count: u64) -> Nanos {
    Nanos(total.0 / i64::try_from(count.max(1)).unwrap_or(i64::MAX))
}

impl Rows for RegionTypes<'_> {
    fn columns(&self) -> Vec<ColumnHead> {
        let (count, complete) = match self.inherited {
            false => (
                "How many regions there are.",
                "How many of them both begin and end in the trace.",
            ),
            true => (
                "How many goroutines there are.",
                "How many of them ended in the trace.",
            ),
        };
        let durations = self.data.axis.title();
        let all = [
            head(
                "name",
                "Region",
                ColumnKind::Word,
                "The name that the program gives it.",
            ),
            head(
                "place",
                if self.inherited {
                    "Goroutines created at"
                } else {
                    "Started at"
                },
                ColumnKind::Text,
                "The function and line.",
            ),
            head("count", "Count", ColumnKind::Count, count),
            head(
                "complete",
                if self.inherited { "Ended" } else { "Complete" },
                ColumnKind::Count,
                complete,
            ),
            head(
                "mean",
                "Mean",
                ColumnKind::Time,
                "How long they are on average; incomplete ones count with what the trace has of them.",
            ),
            head(
                "longest",
                "Longest",
                ColumnKind::Time,
                "How long the longest is.",
            ),
            head(
                "total",
                "Total",
                ColumnKind::Time,
                "How long all are together.",
            ),
            head(
                "durations",
                &durations,
                ColumnKind::Bars,
                "How many are how long. The axis is logarithmic, and the same in all rows.",
            ),
        ];
        let skipped = usize::from(self.inherited);
        all.into_iter().skip(skipped).collect()
    }

    fn len(&self) -> usize {
        self.rows.len()
    }

    fn number(&self, column: usize, row: usize) -> f64 {
        let of = &self.rows[row];
        match self.column(column) {
            "complete" => of.complete as f64,
            "mean" => mean(of.total, of.count()).0 as f64,
            "longest" => of.longest.0 as f64,
            "total" => of.total.0 as f64,
            _ => of.count() as f64,
        }
    }

    fn text(&self, column: usize, row: usize) -> &str {
        match self.column(column) {
            "name" => self.name(row),
            _ => self.place(row),
        }
    }

    fn contains(&self, row: usize, needle: &str) -> bool {
        has(self.name(row), needle) || has(self.place(row), needle)
    }

    fn row(&self, row: usize) -> Row {
        let of = &self.rows[row];
        let link = Some(self.link(row));
        let place = Cell {
            exact: of.place.map(|place| place_file(&self.open.trace, place)),
            link: link.clone().filter(|_| self.inherited),
            ..words::text_cell(self.place(row))
        };
        let name = match self.name(row) {
            "" => "(no name)",
            name => name,
        };
        let mut cells = vec![
            Cell {
                link,
                ..words::text_cell(name)
            },
            place,
            words::count_cell(of.count()),
            words::count_cell(of.complete),
            words::duration_cell(mean(of.total, of.count())),
            words::duration_cell(of.longest),
            words::duration_cell(of.total),
            self.data.axis.cell(&of.histogram),
        ];
        if self.inherited {
            cells.remove(0);
        }
        Row {
            cells,
            stack: None,
            bar: Vec::new(),
        }
    }

    fn caption(&self) -> String {
        let caption = self.data.caption.clone();
        self.open.at.caption(
            caption,
            "those that touch the range, with all of their time",
        )
    }
}
