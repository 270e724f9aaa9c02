//! Regions one by one, with where their time went; or the goroutines that inherited a task.

use std::rc::Rc;

use tracepane_analysis::regions::{is_complete, life, time_of};
use tracepane_analysis::statistics::{Parts, Statistic, statistics};
use tracepane_analysis::{Completeness, RegionTimes, TimeRange, format, region_times};
use tracepane_model::{GoroutineIndex, Nanos, RegionRow, TaskId};

use super::{Rows, has, head, times};
use crate::protocol::{Cell, ColumnHead, ColumnKind, Link, RegionsOf, Row, Selection, Table};
use crate::worker::opened::OpenTrace;
use crate::worker::{filters, words};

/// The table of regions.
pub struct Regions<'a> {
    open: &'a OpenTrace,
    data: Rc<Data>,
}

/// What is computed once.
struct Data {
    rows: Found,
    columns: Vec<Column>,
    caption: String,
}

/// The rows.
enum Found {
    /// Rows of the region table, with their times.
    Regions(Vec<u32>, RegionTimes),
    /// Goroutines that inherited a task.
    Heirs(Vec<GoroutineIndex>),
}

/// A column.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Column {
    Start,
    Duration,
    Goroutine,
    Task,
    Statistic(Statistic),
    Ends,
}

impl<'a> Regions<'a> {
    /// The regions that pass a filter.
    ///
    /// # Errors
    /// None; as other tables.
    pub fn new(open: &'a OpenTrace, of: &RegionsOf) -> Result<Self, String> {
        let table = Table::Regions(of.clone());
        let data = open.at.kept.table(&table, || Ok(Data::new(open, of)))?;
        Ok(Self { open, data })
    }

    /// A region's row; `None` of goroutines.
    fn region(&self, row: usize) -> Option<(u32, RegionRow)> {
        match &self.data.rows {
            Found::Regions(rows, _) => {
                let at = *rows.get(row)?;
                Some((at, self.open.trace.regions.get(at as usize)?))
            }
            Found::Heirs(_) => None,
        }
    }

    fn goroutine(&self, row: usize) -> GoroutineIndex {
        match (&self.data.rows, self.region(row)) {
            (_, Some((_, region))) => region.goroutine,
            (Found::Heirs(goroutines), None) => goroutines[row],
            _ => GoroutineIndex::NONE,
        }
    }

    fn task(&self, row: usize) -> TaskId {
        match self.region(row) {
            Some((_, region)) => region.task,
            None => {
                let goroutine = self.open.trace.goroutines.row(self.goroutine(row));
                goroutine.inherited_task
            }
        }
    }

    fn time(&self, row: usize) -> TimeRange {
        let trace = &self.open.trace;
        match self.region(row) {
            Some((_, region)) => time_of(trace, &region),
            None => life(trace, self.goroutine(row)),
        }
    }

    fn parts(&self, row: usize) -> Parts<'_> {
        self.data.rows.parts(self.open, row)
    }

    fn number_of(&self, column: Column, row: usize) -> i64 {
        match column {
            Column::Start => self.time(row).start.0,
            Column::Duration => self.time(row).length().0,
            Column::Goroutine => self.open.trace.goroutines.row(self.goroutine(row)).id.0,
            Column::Task => task_number(self.task(row)),
            Column::Statistic(statistic) => statistic.of(self.parts(row)).0,
            Column::Ends => 0,
        }
    }

    /// Whether the trace has all of it; nothing if it does.
    fn ends(&self, row: usize) -> &'static str {
        match self.region(row) {
            Some((_, region)) => match (region.start, region.end, region.end_seen) {
                _ if is_complete(&region) => "",
                (None, ..) => "began before",
                (_, Some(_), false) => "goroutine ended",
                _ => "not ended",
            },
            None => match self.open.trace.goroutines.row(self.goroutine(row)).ended {
                Some(_) => "",
                None => "not ended",
            },
        }
    }
}

/// A task's number, for sorting: the background's and none's come first.
pub fn task_number(task: TaskId) -> i64 {
    match task {
        TaskId::NONE => -1,
        task => i64::try_from(task.0).unwrap_or(i64::MAX),
    }
}

/// The cell of a task's number; empty for the background.
pub fn task_cell(task: TaskId) -> Cell {
    if task == TaskId::NONE || task == TaskId::BACKGROUND {
        return words::text_cell("");
    }
    Cell {
        link: Some(Link::Task(task.0.to_string())),
        ..words::text_cell(task.0.to_string())
    }
}

impl Found {
    fn len(&self) -> usize {
        match self {
            Self::Regions(rows, _) => rows.len(),
            Self::Heirs(goroutines) => goroutines.len(),
        }
    }

    fn is_whole(&self, open: &OpenTrace, row: usize) -> bool {
        match self {
            Self::Regions(rows, _) => {
                let region = open.trace.regions.get(rows[row] as usize);
                region.is_some_and(|region| is_complete(&region))
            }
            Self::Heirs(goroutines) => open.trace.goroutines.row(goroutines[row]).ended.is_some(),
        }
    }

    fn parts<'a>(&'a self, open: &'a OpenTrace, row: usize) -> Parts<'a> {
        match self {
            Self::Regions(_, found) => Parts {
                times: found.times(row),
                waits: found.waits(row),
                ranges: found.ranges(row),
            },
            Self::Heirs(goroutines) => open.whole_times().parts(goroutines[row]),
        }
    }
}

impl Data {
    fn new(open: &OpenTrace, of: &RegionsOf) -> Self {
        let trace = &open.trace;
        let regions = &open.annotations_here().regions;
        let filter = filters::regions(of);
        let (rows, thing) = if of.inherited {
            (
                Found::Heirs(regions.matching_heirs(trace, &filter)),
                "goroutine",
            )
        } else {
            let rows = regions.matching(trace, &filter);
            let times = region_times(trace, &rows, Completeness::Complete);
            (Found::Regions(rows, times), "region")
        };
        let all = statistics((0..rows.len()).map(|row| rows.parts(open, row)));
        let mut columns = match of.inherited {
            true => vec![Column::Goroutine, Column::Start, Column::Duration],
            false => vec![Column::Start, Column::Duration, Column::Goroutine],
        };
        columns.push(Column::Task);
        // The total is the duration, but for what is not known of a goroutine.
        let others = all.into_iter().filter(|&of| of != Statistic::Total);
        columns.extend(others.map(Column::Statistic));
        if (0..rows.len()).any(|row| !rows.is_whole(open, row)) {
            columns.push(Column::Ends);
        }
        let mut caption = format::counted(rows.len() as u64, thing);
        if let Found::Regions(_, times) = &rows
            && times.is_cut()
        {
            caption.push_str(
                "; too many lie within each other to tell for all of them why they waited",
            );
        }
        Self {
            rows,
            columns,
            caption,
        }
    }
}

impl Rows for Regions<'_> {
    fn columns(&self) -> Vec<ColumnHead> {
        let heirs = matches!(self.data.rows, Found::Heirs(_));
        let columns = self.data.columns.iter();
        columns
            .map(|&column| match column {
                Column::Start if heirs => head(
                    "start",
                    "Created",
                    ColumnKind::Time,
                    "When the goroutine was created, since the trace's start.",
                ),
                Column::Start => head(
                    "start",
                    "Began",
                    ColumnKind::Time,
                    "When it began, since the trace's start; 0 if before.",
                ),
                Column::Duration => head(
                    "duration",
                    if heirs { "Lifetime" } else { "Duration" },
                    ColumnKind::Time,
                    "How long it lasted; of what the trace does not have all of, as much as it has.",
                ),
                Column::Goroutine => head(
                    "goroutine",
                    "Goroutine",
                    ColumnKind::Count,
                    if heirs { "The goroutine." } else { "Where it ran." },
                ),
                Column::Task => head(
                    "task",
                    "Task",
                    ColumnKind::Count,
                    if heirs { "The task that it inherited." } else { "The task that it belongs to." },
                ),
                Column::Statistic(statistic) => times::statistic_head(&self.open.trace, statistic),
                Column::Ends => head(
                    "ends",
                    "Not complete",
                    ColumnKind::Word,
                    "What the trace does not have of it: it began before, had not ended when the trace did, or was open when its goroutine ended.",
                ),
            })
            .collect()
    }

    fn len(&self) -> usize {
        self.data.rows.len()
    }

    fn number(&self, column: usize, row: usize) -> f64 {
        self.number_of(self.data.columns[column], row) as f64
    }

    fn text(&self, _column: usize, row: usize) -> &str {
        self.ends(row)
    }

    fn contains(&self, row: usize, needle: &str) -> bool {
        let number = needle.strip_prefix('g').unwrap_or(needle);
        let is = |id: i64| number.parse() == Ok(id);
        is(self.number_of(Column::Goroutine, row))
            || is(task_number(self.task(row)))
            || has(self.ends(row), needle)
    }

    fn row(&self, row: usize) -> Row {
        let trace = &self.open.trace;
        let time = self.time(row);
        let region = self.region(row);
        let goroutine = self.goroutine(row);
        let parts = self.parts(row);
        let cell = |&column: &Column| match column {
            Column::Start => match region {
                Some((at, _)) => Cell {
                    link: Some(Link::Select {
                        selection: Selection::Region(at),
                        time: (time.start.0 as f64, time.end.0 as f64),
                    }),
                    ..words::moment_cell(time.start)
                },
                None => words::moment_cell(time.start),
            },
            Column::Duration => words::duration_cell(time.length()),
            Column::Goroutine => Cell {
                link: Some(words::goroutine_link(trace, goroutine)),
                exact: Some(words::goroutine_name(trace, goroutine)),
                ..words::text_cell(format!("G{}", trace.goroutines.row(goroutine).id))
            },
            Column::Task => task_cell(self.task(row)),
            Column::Statistic(statistic) => words::duration_cell(statistic.of(parts)),
            Column::Ends => words::text_cell(self.ends(row)),
        };
        Row {
            cells: self.data.columns.iter().map(cell).collect(),
            stack: region
                .and_then(|(_, region)| words::stack(trace, "Started here", region.begin_stack)),
            bar: times::bar(
                &self.open.classes,
                &parts.times,
                parts.waits,
                time.length().0 as f64,
            ),
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

/// How long each region or goroutine is.
pub fn durations(open: &OpenTrace, of: &RegionsOf) -> Vec<Nanos> {
    let trace = &open.trace;
    let regions = &open.annotations_here().regions;
    let filter = filters::regions(of);
    let rows = regions.matching(trace, &filter).into_iter();
    let rows = rows.filter_map(|row| trace.regions.get(row as usize));
    let heirs = regions.matching_heirs(trace, &filter).into_iter();
    rows.map(|row| time_of(trace, &row).length())
        .chain(heirs.map(|goroutine| life(trace, goroutine).length()))
        .collect()
}
