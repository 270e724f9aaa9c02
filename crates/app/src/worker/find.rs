//! Searches: the one at work, and what the last one found.

use std::cell::OnceCell;
use std::rc::Rc;

use tracepane_analysis::find::{
    self, Hit, Hits, Kind, MAX_HITS, MAX_LISTED, Search, WalkFrom, parse,
};
use tracepane_analysis::format;
use tracepane_model::{Nanos, Trace};
use tracepane_timeline::{FoundRows, Highlights};

use super::in_scope::range_of;
use super::opened::OpenTrace;
use crate::protocol::{HitAt, HitTo, SameAs, SearchFound, SearchHint, Selection, TimeScope};

/// A search at work.
pub struct Hunt {
    /// The question's number.
    pub number: u32,
    query: String,
    search: Search,
}

impl Hunt {
    /// Prepares a search.
    ///
    /// # Errors
    /// What is wrong with the query.
    pub fn new(
        number: u32,
        trace: &Trace,
        query: String,
        scope: Option<TimeScope>,
    ) -> Result<Self, String> {
        let parsed = parse(&query).map_err(|error| error.to_string())?;
        Ok(Self {
            number,
            search: Search::new(trace, &parsed, scope.map(range_of)),
            query,
        })
    }

    /// Goes on until all is found, or it is `late`; whether all is found.
    pub fn step(&mut self, trace: &Trace, late: &mut dyn FnMut() -> bool) -> bool {
        self.search.step(trace, late)
    }

    /// What was found.
    pub fn finish(self, trace: &Trace, dims: bool) -> Known {
        let hits = self.search.into_hits(trace);
        let rows = |kind| Rc::clone(hits.of(kind));
        let found = FoundRows {
            spans: Rc::clone(hits.spans()),
            ranges: rows(Kind::Range),
            regions: rows(Kind::Region),
            tasks: rows(Kind::Task),
            logs: rows(Kind::Log),
            goroutines: rows(Kind::Goroutine),
            samples: rows(Kind::Sample),
        };
        Known {
            query: self.query,
            highlights: Highlights::new(found, dims),
            hits,
            list: OnceCell::new(),
        }
    }
}

/// What the last search found.
pub struct Known {
    /// What was looked for.
    pub query: String,
    /// The hits.
    pub hits: Hits,
    /// The same for the timeline.
    pub highlights: Highlights,
    list: OnceCell<Rc<Vec<Hit>>>,
}

impl Known {
    /// The hits that are listed, in time order.
    pub fn list(&self, trace: &Trace) -> Rc<Vec<Hit>> {
        Rc::clone(self.list.get_or_init(|| Rc::new(self.hits.list(trace))))
    }

    /// What the page is told of it.
    pub fn answer(&self) -> SearchFound {
        let count = self.hits.count();
        let mut kinds: Vec<(String, f64)> = Kind::ALL
            .into_iter()
            .map(|kind| (kind.name().to_owned(), self.hits.count_of(kind) as f64))
            .filter(|&(_, count)| count > 0.0)
            .collect();
        kinds.sort_by(|a, b| b.1.total_cmp(&a.1));
        let number = |count: usize| format::count(count as u64);
        let note = if count > self.hits.kept() as u64 {
            Some(format!(
                "Of more than {} hits of a kind only the first are highlighted and gone to; {} are listed.",
                number(MAX_HITS),
                number(MAX_LISTED)
            ))
        } else if count > MAX_LISTED as u64 {
            Some(format!("The first {} are listed.", number(MAX_LISTED)))
        } else {
            None
        };
        SearchFound {
            query: self.query.clone(),
            count: count as f64,
            kinds,
            note,
        }
    }
}

/// A hit beside what is selected, or beside a moment.
pub fn hit_at(
    open: &OpenTrace,
    to: HitTo,
    selection: Option<Selection>,
    time: f64,
) -> Option<HitAt> {
    let known = open.found.as_ref()?;
    let trace = &open.trace;
    let selected = selection.and_then(hit_of);
    // What this trace does not have has no time.
    let selected = selected.filter(|hit| hit.time(trace).is_some());
    let from = match selected {
        Some(hit) => WalkFrom::Row(hit),
        None => WalkFrom::Time(Nanos(time.clamp(0.0, trace.end.0 as f64) as i64)),
    };
    let hits = &known.hits;
    let hit = match to {
        HitTo::Here => selected.filter(|&hit| hits.has(trace, hit)),
        // After the last comes the first.
        HitTo::Next => hits.next(trace, from).or_else(|| hits.edge(trace, true)),
        HitTo::Previous => hits
            .previous(trace, from)
            .or_else(|| hits.edge(trace, false)),
    }?;
    Some(HitAt {
        selection: selection_of(hit),
        time: time_of(trace, hit),
        place: hits.place(trace, hit) as f64 + 1.0,
    })
}

/// When a hit lasts, ns. Goroutines are found where they were created.
pub fn time_of(trace: &Trace, hit: Hit) -> (f64, f64) {
    let (start, end) = hit.time(trace).unwrap_or_default();
    let end = if hit.kind == Kind::Goroutine {
        start
    } else {
        end
    };
    (start.0 as f64, end.0 as f64)
}

/// What a hit is when it is selected.
pub fn selection_of(hit: Hit) -> Selection {
    match hit.kind {
        Kind::Span => Selection::Span(hit.row),
        Kind::Range => Selection::Range(hit.row),
        Kind::Region => Selection::Region(hit.row),
        Kind::Task => Selection::Task(hit.row),
        Kind::Log => Selection::Log(hit.row),
        Kind::Goroutine => Selection::Goroutine(hit.row),
        Kind::Sample => Selection::Sample(hit.row),
    }
}

/// What a selection is as a hit.
fn hit_of(selection: Selection) -> Option<Hit> {
    let (kind, row) = match selection {
        Selection::Span(row) => (Kind::Span, row),
        Selection::Range(row) => (Kind::Range, row),
        Selection::Region(row) => (Kind::Region, row),
        Selection::Task(row) => (Kind::Task, row),
        Selection::Log(row) => (Kind::Log, row),
        Selection::Goroutine(row) => (Kind::Goroutine, row),
        Selection::Sample(row) => (Kind::Sample, row),
        Selection::Group(_) => return None,
    };
    Some(Hit { kind, row })
}

/// What a selection has in common with others.
pub fn same(open: &OpenTrace, selection: Selection) -> Vec<SameAs> {
    let hit = hit_of(selection).filter(|hit| hit.time(&open.trace).is_some());
    let all = hit.map_or(Vec::new(), |hit| find::same(&open.trace, hit));
    all.into_iter()
        .map(|same| SameAs {
            what: same.what.to_owned(),
            query: same.query,
        })
        .collect()
}

/// What may be typed. `cursor` is in UTF-16 units, as the page has it.
pub fn hints(open: &OpenTrace, text: &str, cursor: u32) -> Vec<SearchHint> {
    let mut units = 0;
    let at = text
        .char_indices()
        .find(|(_, letter)| {
            let here = units >= cursor;
            units += letter.len_utf16() as u32;
            here
        })
        .map_or(text.len(), |(at, _)| at);
    find::hints(&open.trace, text, at)
        .into_iter()
        .map(|hint| SearchHint {
            cursor: hint.text[..hint.cursor].encode_utf16().count() as u32,
            text: hint.text,
            label: hint.label,
            help: hint.help,
        })
        .collect()
}
