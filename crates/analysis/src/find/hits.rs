//! What was found: rows of each table, in time order.

use std::rc::Rc;

use tracepane_model::{GoroutineIndex, Nanos, RowSet, SpanIndex, Trace};

use super::bits::Bits;
use super::kinds::Kind;
use super::thing::region_time;
use crate::tasks::time_of;

/// How many hits are kept as rows, of each kind: those that begin first. More are counted only (and spans are marked).
pub const MAX_HITS: usize = 1 << 22;

/// How many hits [`Hits::list`] has at most: those that begin first.
pub const MAX_LISTED: usize = 1 << 20;

/// One hit.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Hit {
    /// Which table it is a row of.
    pub kind: Kind,
    /// The row; of goroutines and tasks the index.
    pub row: u32,
}

impl Hit {
    /// From when to when it lasts, ns; the same for moments. `None` if the trace has no such row.
    pub fn time(self, trace: &Trace) -> Option<(Nanos, Nanos)> {
        let row = self.row as usize;
        let (start, end) = match self.kind {
            Kind::Span => {
                if row >= trace.spans.len() {
                    return None;
                }
                let span = SpanIndex(self.row);
                (trace.spans.start(span), trace.span_end(span))
            }
            Kind::Range => {
                let range = trace.ranges.rows.get(row)?;
                (range.start, range.end)
            }
            Kind::Region => {
                let (start, end) = region_time(trace, &trace.regions.get(row)?);
                (Nanos(start), Nanos(end))
            }
            Kind::Task => {
                let time = time_of(trace, trace.tasks.get(row)?);
                (time.start, time.end)
            }
            Kind::Log => {
                let time = trace.logs.get(row)?.time;
                (time, time)
            }
            Kind::Goroutine => {
                let goroutine = trace.goroutines.rows.get(row)?;
                (goroutine.created, goroutine.ended.unwrap_or(trace.end))
            }
            Kind::Sample => {
                let time = trace.samples.get(row)?.time;
                (time, time)
            }
        };
        Some((start, end.max(start)))
    }

    /// Whether it is a moment.
    pub fn is_moment(self) -> bool {
        matches!(self.kind, Kind::Log | Kind::Sample)
    }

    /// Whose it is, if it is one goroutine's.
    pub fn goroutine(self, trace: &Trace) -> Option<GoroutineIndex> {
        let row = self.row as usize;
        let goroutine = match self.kind {
            Kind::Span => {
                (row < trace.spans.len()).then(|| trace.spans.goroutine(SpanIndex(self.row)))?
            }
            Kind::Range => super::thing::Thing::range(&trace.ranges.rows.get(row)?).owner(),
            Kind::Region => trace.regions.get(row)?.goroutine,
            Kind::Task => trace.tasks.get(row)?.began_by,
            Kind::Log => trace.logs.get(row)?.goroutine,
            Kind::Goroutine => GoroutineIndex(self.row),
            Kind::Sample => trace.samples.get(row)?.goroutine,
        };
        goroutine
            .get()
            .filter(|&i| i < trace.goroutines.len())
            .map(|_| goroutine)
    }
}

/// When a row begins: cheaper than [`Hit::time`].
pub(super) fn start_of(trace: &Trace, kind: Kind, row: u32) -> i64 {
    let at = row as usize;
    match kind {
        Kind::Span => trace.spans.start(SpanIndex(row)).0,
        Kind::Range => trace.ranges.rows.get(at).map_or(0, |range| range.start.0),
        Kind::Region => trace
            .regions
            .get(at)
            .map_or(0, |region| region_time(trace, &region).0),
        Kind::Task => trace
            .tasks
            .get(at)
            .map_or(0, |task| time_of(trace, task).start.0),
        Kind::Log => trace.logs.get(at).map_or(0, |log| log.time.0),
        Kind::Goroutine => trace.goroutines.rows.get(at).map_or(0, |row| row.created.0),
        Kind::Sample => trace.samples.get(at).map_or(0, |sample| sample.time.0),
    }
}

/// What was found. Cheap to copy: who shows hits shares them.
#[derive(Clone, Default, Debug)]
pub struct Hits {
    /// The spans; at most [`MAX_HITS`] are kept.
    spans: Rc<RowSet>,
    /// The rows of each other kind in the order of their beginnings, then by row; at most [`MAX_HITS`].
    rows: [Rc<Vec<u32>>; Kind::COUNT],
    /// How many of each kind there are.
    counts: [u64; Kind::COUNT],
}

impl Hits {
    /// From the spans as bits and the other kinds' rows in any order, which are [`MAX_HITS`] of each at most, with how
    /// many there are.
    pub(super) fn new(
        trace: &Trace,
        spans: Bits,
        mut rows: [Vec<u32>; Kind::COUNT],
        mut counts: [u64; Kind::COUNT],
    ) -> Self {
        for kind in Kind::ALL {
            rows[kind as usize].sort_by_key(|&row| (start_of(trace, kind, row), row));
        }
        // Spans are in time order as they are.
        let spans = RowSet::new(spans.into_words(), MAX_HITS);
        counts[Kind::Span as usize] = spans.count() as u64;
        Self {
            spans: Rc::new(spans),
            rows: rows.map(Rc::new),
            counts,
        }
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// How many of a kind there are.
    pub fn count_of(&self, kind: Kind) -> u64 {
        self.counts[kind as usize]
    }

    /// The spans.
    pub fn spans(&self) -> &Rc<RowSet> {
        &self.spans
    }

    /// The rows of a kind other than spans that are kept, in the order of their beginnings.
    pub fn of(&self, kind: Kind) -> &Rc<Vec<u32>> {
        &self.rows[kind as usize]
    }

    /// How many of a kind are kept.
    fn kept_of(&self, kind: Kind) -> usize {
        match kind {
            Kind::Span => self.spans.len(),
            _ => self.of(kind).len(),
        }
    }

    /// How many are kept as rows.
    pub fn kept(&self) -> usize {
        Kind::ALL.into_iter().map(|kind| self.kept_of(kind)).sum()
    }

    /// The hit at a place among those of its kind.
    fn at(&self, kind: Kind, place: usize) -> Option<Hit> {
        let row = match kind {
            Kind::Span => self.spans.row(place)?,
            _ => *self.of(kind).get(place)?,
        };
        Some(Hit { kind, row })
    }

    /// All of a kind that are kept, in their order.
    fn each(&self, kind: Kind) -> impl Iterator<Item = Hit> + '_ {
        let spans = (kind == Kind::Span).then(|| self.spans.iter());
        let others = self.of(kind).iter().copied();
        let rows = spans.into_iter().flatten().chain(others);
        rows.map(move |row| Hit { kind, row })
    }

    /// Whether something was found.
    pub fn has(&self, trace: &Trace, hit: Hit) -> bool {
        match hit.kind {
            Kind::Span => self.spans.has(hit.row),
            _ => {
                let key = key(trace, hit);
                let place = self.place_of(trace, hit.kind, |other| other < key);
                self.at(hit.kind, place) == Some(hit)
            }
        }
    }

    /// The first that comes after `from`: a moment, or something that need not have been found.
    pub fn next(&self, trace: &Trace, from: WalkFrom) -> Option<Hit> {
        let from = from.key(trace, true);
        let firsts = Kind::ALL
            .into_iter()
            .filter_map(|kind| self.at(kind, self.place_of(trace, kind, |key| key <= from)));
        firsts.min_by_key(|&hit| key(trace, hit))
    }

    /// The last that comes before it.
    pub fn previous(&self, trace: &Trace, from: WalkFrom) -> Option<Hit> {
        let from = from.key(trace, false);
        let lasts = Kind::ALL.into_iter().filter_map(|kind| {
            let place = self.place_of(trace, kind, |key| key < from);
            self.at(kind, place.checked_sub(1)?)
        });
        lasts.max_by_key(|&hit| key(trace, hit))
    }

    /// The first or the last of all.
    pub fn edge(&self, trace: &Trace, first: bool) -> Option<Hit> {
        let all = Kind::ALL.into_iter();
        if first {
            let firsts = all.filter_map(|kind| self.at(kind, 0));
            firsts.min_by_key(|&hit| key(trace, hit))
        } else {
            let lasts = all.filter_map(|kind| self.at(kind, self.kept_of(kind).checked_sub(1)?));
            lasts.max_by_key(|&hit| key(trace, hit))
        }
    }

    /// How many of those that are kept come before a hit.
    pub fn place(&self, trace: &Trace, hit: Hit) -> u64 {
        let before = key(trace, hit);
        let places = Kind::ALL
            .into_iter()
            .map(|kind| self.place_of(trace, kind, |key| key < before));
        places.map(|count| count as u64).sum()
    }

    /// The first [`MAX_LISTED`] of all, in time order.
    pub fn list(&self, trace: &Trace) -> Vec<Hit> {
        let mut list = Vec::with_capacity(self.kept().min(MAX_LISTED));
        let mut hits = Kind::ALL.map(|kind| self.each(kind).map(|hit| (key(trace, hit), hit)));
        let mut next = hits.each_mut().map(Iterator::next);
        while list.len() < MAX_LISTED {
            let Some(&(_, hit)) = next.iter().flatten().min() else {
                break;
            };
            list.push(hit);
            next[hit.kind as usize] = hits[hit.kind as usize].next();
        }
        list
    }

    /// Bytes held.
    pub fn heap_bytes(&self) -> usize {
        let rows = self.rows.iter().map(|rows| rows.capacity() * 4);
        rows.sum::<usize>() + self.spans.heap_bytes()
    }

    /// How many of a kind come before the first whose key does not pass; those that pass come first.
    fn place_of(&self, trace: &Trace, kind: Kind, passes: impl Fn(Key) -> bool) -> usize {
        let passes = |row| passes(key(trace, Hit { kind, row }));
        match kind {
            Kind::Span => {
                let (mut low, mut high) = (0, self.spans.len());
                while low < high {
                    let middle = low.midpoint(high);
                    match self.spans.row(middle).is_some_and(passes) {
                        true => low = middle + 1,
                        false => high = middle,
                    }
                }
                low
            }
            _ => self.of(kind).partition_point(|&row| passes(row)),
        }
    }
}

/// What hits are in order by: their beginnings, then kind and row.
type Key = (i64, Kind, u32);

fn key(trace: &Trace, hit: Hit) -> Key {
    (start_of(trace, hit.kind, hit.row), hit.kind, hit.row)
}

/// From where the next hit is looked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WalkFrom {
    /// A moment.
    Time(Nanos),
    /// A row of a table.
    Row(Hit),
}

impl WalkFrom {
    fn key(self, trace: &Trace, forward: bool) -> Key {
        match self {
            Self::Row(hit) => key(trace, hit),
            // What begins then comes after it, and not before it.
            Self::Time(time) if forward => (time.0.saturating_sub(1), Kind::Sample, u32::MAX),
            Self::Time(time) => (time.0, Kind::Span, 0),
        }
    }
}
