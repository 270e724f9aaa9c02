//! `tracepane find`: what a query finds in a trace, as text or JSON; the queries are those of the page.

use std::path::PathBuf;

use anyhow::{Context, Result, anyhow};
use serde::Serialize;
use tracepane_analysis::find::{self, Hit, Kind, MAX_LISTED, Query, parse};
use tracepane_analysis::{TimeRange, format};
use tracepane_model::{Nanos, Trace};

use crate::time::{self, Moment};
use crate::{file, output, table};

#[derive(clap::Args)]
pub struct Arguments {
    /// The trace, gzip'ed or not; `-` reads standard input
    #[arg(value_name = "TRACE")]
    trace: PathBuf,
    /// What to find, e.g. 'runnable > 1ms', 'waiting:sync fn:net/http', 'region:parse > 5ms'
    #[arg(value_name = "QUERY")]
    query: String,
    /// Only what lies after this time, at least partly
    #[arg(long, value_name = "TIME", value_parser = time::moment, long_help = format!("Only what lies after this time, at least partly; {}", time::HELP))]
    start: Option<Moment>,
    /// Only what lies before this time, at least partly
    #[arg(long, value_name = "TIME", value_parser = time::moment, long_help = format!("Only what lies before this time, at least partly; {}", time::HELP))]
    end: Option<Moment>,
    /// How many hits to print, in time order
    #[arg(long, value_name = "N", default_value_t = 1000)]
    limit: usize,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What was found, as JSON has it. Names are kept once given out.
#[derive(Serialize)]
struct Found<'a> {
    query: &'a str,
    count: u64,
    hits: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    kind: &'static str,
    start_ns: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_ns: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    goroutine: Option<i64>,
    what: &'a str,
    text: &'a str,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let text = &arguments.query;
    let query: Query = parse(text).map_err(|error| {
        let place = text.get(error.from..error.to).unwrap_or_default();
        match place {
            "" => anyhow!("{text}: {error}"),
            place => anyhow!("{text}: at \"{place}\": {error}"),
        }
    })?;
    query.expr.as_ref().context("what is to be found?")?;
    let trace = file::load(&arguments.trace)?;
    let clock = |moment: Option<Moment>| {
        let since = |moment: Moment| {
            Nanos(
                moment
                    .on_clock(trace.clock_start)
                    .0
                    .saturating_sub(trace.clock_start.0),
            )
        };
        moment.map(since)
    };
    let within = TimeRange {
        start: clock(arguments.start).unwrap_or(TimeRange::ALL.start),
        end: clock(arguments.end).unwrap_or(TimeRange::ALL.end),
    };
    let within = (within != TimeRange::ALL).then_some(within);
    let hits = find::find(&trace, &query, within);
    let list = hits.list(&trace);
    let most = arguments.limit.min(MAX_LISTED);
    let rows: Vec<Row<'_>> = list
        .iter()
        .take(most)
        .filter_map(|&hit| row(&trace, hit))
        .collect();
    if arguments.json {
        let found = Found {
            query: text,
            count: hits.count(),
            hits: rows,
        };
        let mut json = serde_json::to_string_pretty(&found)?;
        json.push('\n');
        output::write_text(&json)?;
    } else {
        let mut table = table::Table::new(&["When", "Duration", "Goroutine", "What", "Where"]);
        for row in &rows {
            table.row(&[
                format::duration(Nanos(row.start_ns)),
                row.duration_ns
                    .map_or(String::new(), |nanos| format::duration(Nanos(nanos))),
                row.goroutine.map_or(String::new(), |id| format!("G{id}")),
                row.what.to_owned(),
                row.text.to_owned(),
            ]);
        }
        let count = hits.count();
        let shown = rows.len() as u64;
        let total = match shown < count {
            true => format!(
                "{}; the first {} are above\n",
                format::counted(count, "hit"),
                format::count(shown)
            ),
            false => format!("{}\n", format::counted(count, "hit")),
        };
        output::write_text(&(table.text() + &total))?;
    }
    output::warn(&output::about(&trace.report, trace.bytes));
    Ok(())
}

fn row(trace: &Trace, hit: Hit) -> Option<Row<'_>> {
    let (start, end) = hit.time(trace)?;
    let goroutine = hit.goroutine(trace);
    Some(Row {
        kind: hit.kind.name(),
        start_ns: start.0,
        duration_ns: (!matches!(hit.kind, Kind::Log | Kind::Sample))
            .then(|| end.0.saturating_sub(start.0)),
        goroutine: goroutine.map(|g| trace.goroutines.row(g).id.0),
        what: hit.what(trace),
        text: hit.text(trace),
    })
}
