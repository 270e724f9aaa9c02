//! Goroutines one by one: of a group, or all.

use std::rc::Rc;

use tracepane_analysis::statistics::{Statistic, statistics};
use tracepane_analysis::tables::{last_span, spans_in};
use tracepane_analysis::{format, names};
use tracepane_model::goroutine::GoroutineRow;
use tracepane_model::{GoroutineIndex, Nanos, SpanIndex, SpanState, Trace};

use super::{Rows, Search, Value, has, head, times};
use crate::protocol::{Cell, ColumnHead, ColumnKind, GoroutinesOf, LaneView, Link, Row, Table};
use crate::worker::opened::OpenTrace;
use crate::worker::{filters, words};

/// The table of goroutines.
pub struct Goroutines<'a> {
    open: &'a OpenTrace,
    data: Rc<Data>,
}

/// What is computed once.
struct Data {
    members: Vec<GoroutineIndex>,
    columns: Vec<Column>,
    longest: f64,
    caption: String,
}

/// A column.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Column {
    Id,
    /// The start function: where not all have the same.
    Name,
    Statistic(Statistic),
    Spans,
    Created,
    FirstRan,
    Ended,
    /// Whether it ended, or what it was doing when the trace did.
    AtEnd,
    Creator,
    /// The function that created it.
    CreatedIn,
    Label,
}

impl<'a> Goroutines<'a> {
    /// The goroutines of a group, or all; those with so much of a statistic.
    ///
    /// # Errors
    /// A sentence, if there is no such group or statistic.
    pub fn new(open: &'a OpenTrace, of: &GoroutinesOf) -> Result<Self, String> {
        let table = Table::Goroutines(of.clone());
        let data = open.at.kept.table(&table, || Data::new(open, of))?;
        Ok(Self { open, data })
    }

    fn known(&self, row: usize) -> &GoroutineRow {
        self.open.trace.goroutines.row(self.data.members[row])
    }

    fn text_of(&self, column: Column, row: usize) -> &str {
        let trace = &self.open.trace;
        let known = self.known(row);
        match column {
            Column::Name => names::or_inactive(trace.strings.get(known.name)),
            Column::AtEnd => at_end(self.open, self.data.members[row]),
            Column::CreatedIn => trace
                .stacks
                .leaf(known.created_at)
                .map_or("", |frame| trace.strings.get(frame.function)),
            Column::Label => trace.strings.get(known.label),
            _ => "",
        }
    }

    /// A number of ns or things, or `None`.
    fn number_of(&self, column: Column, row: usize) -> Option<i64> {
        let trace = &self.open.trace;
        let goroutine = self.data.members[row];
        let known = self.known(row);
        match column {
            Column::Id => Some(known.id.0),
            Column::Statistic(statistic) => {
                let nanos = statistic.of(self.open.times().parts(goroutine)).0;
                Some(nanos)
            }
            Column::Spans => Some(spans(self.open, goroutine) as i64),
            Column::Created => known.creation_seen.then_some(known.created.0),
            Column::FirstRan => known.first_ran.map(|time| time.0),
            Column::Ended => known.ended.map(|time| time.0),
            Column::Creator => {
                let creator = known.creator.is_some().then_some(known.creator)?;
                Some(trace.goroutines.row(creator).id.0)
            }
            _ => None,
        }
    }
}

/// The goroutines that a table is of, before the filter by a statistic: those that lived in the scope. Those that the
/// trace only mentions are none.
pub fn members(open: &OpenTrace, group: Option<&str>) -> Result<Vec<GoroutineIndex>, String> {
    let trace = &open.trace;
    let times = open.times();
    let with_spans = |g: &GoroutineIndex| !trace.goroutines.spans(*g).is_empty() && times.lived(*g);
    Ok(match group {
        Some(name) => {
            let group = filters::group(trace, name)?;
            let members = trace.goroutines.members(group).iter().copied();
            members.filter(with_spans).collect()
        }
        None => {
            let all = (0..trace.goroutines.len() as u32).map(GoroutineIndex);
            all.filter(with_spans).collect()
        }
    })
}

/// The statistic that the goroutines are looked at by.
///
/// # Errors
/// A sentence, if the trace has nothing of it.
pub fn statistic(open: &OpenTrace, of: &GoroutinesOf) -> Result<Statistic, String> {
    match &of.by {
        None => Ok(Statistic::Total),
        Some(key) => Statistic::from_key(&open.trace, key)
            .ok_or_else(|| format!("This trace has no times of the kind {key}.")),
    }
}

impl Data {
    fn new(open: &OpenTrace, of: &GoroutinesOf) -> Result<Self, String> {
        let (trace, times) = (&open.trace, open.times());
        let mut members = members(open, of.group.as_deref())?;
        let statistics = statistics(members.iter().map(|&g| times.parts(g)));
        let whole = members.len();
        let ran = |members: &[GoroutineIndex]| {
            let ran = members.iter().map(|&g| times.times(g).running.0);
            ran.fold(0i64, i64::saturating_add)
        };
        if of.shortest.is_some() || of.longest.is_some() {
            let statistic = statistic(open, of)?;
            let bound =
                |nanos: Option<u64>, none| nanos.map_or(none, |n| n.min(i64::MAX as u64) as i64);
            // Times below 0 only come from damaged traces; they count as 0, as the bars have it.
            let (shortest, longest) = (bound(of.shortest, 0), bound(of.longest, i64::MAX));
            members
                .retain(|&g| (shortest..=longest).contains(&statistic.of(times.parts(g)).0.max(0)));
        }
        let mut caption = match members.len() == whole {
            true => format::counted(whole as u64, "goroutine"),
            false => format!(
                "{} of {}",
                format::count(members.len() as u64),
                format::counted(whole as u64, "goroutine")
            ),
        };
        let running = ran(&members);
        caption.push_str(&format!(
            ", running {} in all",
            format::duration(Nanos(running))
        ));
        if of.group.is_some() || members.len() < whole {
            let groups = open.groups().iter();
            let all = groups.fold(0i64, |sum, group| sum.saturating_add(group.times.running.0));
            let share = format::percent(running as f64, all as f64);
            caption.push_str(&format!(": {share} of what all goroutines ran"));
        }
        let mut columns = vec![Column::Id];
        if of.group.is_none() {
            columns.push(Column::Name);
        }
        columns.extend(statistics.into_iter().map(Column::Statistic));
        columns.extend([
            Column::Spans,
            Column::Created,
            Column::FirstRan,
            Column::Ended,
            Column::AtEnd,
            Column::Creator,
            Column::CreatedIn,
        ]);
        let labelled =
            |&g: &GoroutineIndex| !trace.strings.get(trace.goroutines.row(g).label).is_empty();
        if members.iter().any(labelled) {
            columns.push(Column::Label);
        }
        let longest = members.iter().map(|&g| times.times(g).total.0).max();
        Ok(Self {
            members,
            columns,
            longest: longest.unwrap_or_default() as f64,
            caption,
        })
    }
}

/// How many spans a goroutine has in the scope, its end not counted.
fn spans(open: &OpenTrace, goroutine: GoroutineIndex) -> usize {
    let trace = &open.trace;
    let spans = spans_in(trace, goroutine, &open.at.all());
    let dead = trace.goroutines.row(goroutine).ended.is_some()
        && spans
            .last()
            .is_some_and(|&span| trace.spans.kind(SpanIndex(span)).state() == SpanState::Dead);
    spans.len() - usize::from(dead)
}

/// How a goroutine ended, or what it was doing when the scope did.
pub fn at_end(open: &OpenTrace, goroutine: GoroutineIndex) -> &str {
    let trace = &open.trace;
    let scope = open.at.all();
    let Some(last) = last_span(trace, goroutine, &scope) else {
        return "";
    };
    let kind = trace.spans.kind(last);
    let end = scope.window(trace).end;
    let ended = trace.goroutines.row(goroutine).ended;
    let ended = ended.is_some_and(|ended| ended <= end);
    match kind.state() {
        SpanState::Dead => "ended",
        SpanState::Waiting if ended => "blocked forever",
        SpanState::Waiting => match names::reason(trace, kind.reason()) {
            "" => "waiting",
            "forever" => "blocked forever",
            reason => reason,
        },
        state => names::state(state),
    }
}

impl Column {
    fn head(self, trace: &Trace) -> ColumnHead {
        use ColumnKind::{Count, Text, Time};
        let (key, title, kind, help) = match self {
            Self::Statistic(statistic) => return times::statistic_head(trace, statistic),
            Self::Id => (
                "id",
                "Goroutine",
                Count,
                "The runtime's number of the goroutine.",
            ),
            Self::Name => (
                "name",
                "Start function",
                Text,
                "The function that it was started with.",
            ),
            Self::Spans => (
                "spans",
                "Spans",
                Count,
                "How many spans it has, or has a part of in the range: stretches in one state. They lead to its own timeline.",
            ),
            Self::Created => (
                "created",
                "Created",
                Time,
                "When it was created, since the trace's start; empty if before.",
            ),
            Self::FirstRan => (
                "first-ran",
                "First ran",
                Time,
                "When it first ran, since the trace's start; empty if never.",
            ),
            Self::Ended => (
                "ended",
                "Ended",
                Time,
                "When it ended, or blocked forever; empty if it outlived the trace.",
            ),
            Self::AtEnd => (
                "at-end",
                "At the end",
                Text,
                "Whether it ended, or what it was doing or waiting for when the trace, or the range, did.",
            ),
            Self::Creator => (
                "creator",
                "Created by",
                Count,
                "The goroutine that created it.",
            ),
            Self::CreatedIn => (
                "created-in",
                "Created in",
                Text,
                "The function that created it.",
            ),
            Self::Label => ("label", "Label", Text, "What the runtime calls it."),
        };
        head(key, title, kind, help)
    }

    fn kind(self) -> ColumnKind {
        match self {
            Self::Id | Self::Spans | Self::Creator => ColumnKind::Count,
            Self::Statistic(_) | Self::Created | Self::FirstRan | Self::Ended => ColumnKind::Time,
            Self::Name | Self::AtEnd | Self::CreatedIn | Self::Label => ColumnKind::Text,
        }
    }
}

impl Rows for Goroutines<'_> {
    fn columns(&self) -> Vec<ColumnHead> {
        let columns = self.data.columns.iter();
        columns
            .map(|column| column.head(&self.open.trace))
            .collect()
    }

    fn len(&self) -> usize {
        self.data.members.len()
    }

    fn number(&self, column: usize, row: usize) -> f64 {
        let column = self.data.columns[column];
        self.number_of(column, row).map_or(-1.0, |n| n as f64)
    }

    fn text(&self, column: usize, row: usize) -> &str {
        self.text_of(self.data.columns[column], row)
    }

    fn contains(&self, row: usize, needle: &str) -> bool {
        self.finder(needle)(row)
    }

    fn finder<'b>(&'b self, needle: &'b str) -> Box<dyn Fn(usize) -> bool + 'b> {
        let trace = &self.open.trace;
        // Names and creators' functions are few, goroutines many.
        let groups: Vec<bool> = trace
            .goroutines
            .groups
            .iter()
            .map(|&name| has(names::or_inactive(trace.strings.get(name)), needle))
            .collect();
        let named = self.data.columns.contains(&Column::Name);
        let search = Search::new(needle);
        let number: Option<i64> = needle.strip_prefix('g').unwrap_or(needle).parse().ok();
        Box::new(move |row| {
            let known = self.known(row);
            number == Some(known.id.0)
                || named && groups.get(known.group.0 as usize) == Some(&true)
                || search.finds(self.text_of(Column::AtEnd, row))
                || search.finds(self.text_of(Column::CreatedIn, row))
                || search.finds(self.text_of(Column::Label, row))
        })
    }

    fn row(&self, row: usize) -> Row {
        let trace = &self.open.trace;
        let goroutine = self.data.members[row];
        let known = self.known(row);
        let times = self.open.times();
        let cell = |&column: &Column| match column {
            Column::Id => Cell {
                link: Some(words::goroutine_link(trace, goroutine)),
                ..words::text_cell(format!("G{}", known.id))
            },
            Column::Creator if known.creator.is_some() => Cell {
                link: Some(words::goroutine_link(trace, known.creator)),
                exact: Some(words::goroutine_name(trace, known.creator)),
                ..words::text_cell(format!("G{}", trace.goroutines.row(known.creator).id))
            },
            Column::Spans => Cell {
                link: Some(Link::Lanes(LaneView::goroutine(known.id.to_string()))),
                ..words::count_cell(spans(self.open, goroutine) as u64)
            },
            Column::Created | Column::FirstRan | Column::Ended => {
                match self.number_of(column, row) {
                    Some(time) => words::moment_cell(Nanos(time)),
                    None => words::text_cell(""),
                }
            }
            column if column.kind() == ColumnKind::Text => {
                words::text_cell(self.text_of(column, row))
            }
            column => words::duration_cell(Nanos(self.number_of(column, row).unwrap_or_default())),
        };
        Row {
            cells: self.data.columns.iter().map(cell).collect(),
            stack: None,
            bar: times::bar(
                &self.open.classes,
                &times.times(goroutine),
                times.waits(goroutine),
                self.data.longest,
            ),
        }
    }

    fn values(&self, row: usize) -> Option<Vec<Value>> {
        let columns = self.data.columns.iter();
        let value = |&column: &Column| match column.kind() {
            ColumnKind::Text => Value::Text(self.text_of(column, row).into()),
            _ => self
                .number_of(column, row)
                .map_or(Value::Empty, Value::Whole),
        };
        Some(columns.map(value).collect())
    }

    fn caption(&self) -> String {
        let caption = self.data.caption.clone();
        self.open
            .at
            .caption(caption, "only their time in the range")
    }
}
