//! What a search found, by lanes: [`Highlights`]. Made once for a search; a frame then costs by its columns, however
//! many hits there are.
//!
//! Each kind of hit but spans (`span_hits.rs`) is a list of rows in the order of their beginnings. A lane has its own
//! part of each list, put there when lanes of its kind are first drawn.

mod span_hits;

use std::cell::OnceCell;
use std::rc::Rc;

use tracepane_model::{
    GoroutineIndex, Nanos, RangeKind, RangeScope, RegionRow, RowSet, SpanIndex, TaskIndex, Trace,
};

use self::span_hits::SpanHits;
use crate::family::task_times;
use crate::lanes::LaneKind;
use crate::scale::Columns;

/// How many rows before the first one in view are looked at for one that reaches into it: as many as regions are nested
/// in one another. Of spans it is one: a goroutine's don't overlap, nor do a proc's.
const LOOK_BACK: usize = 64;

/// How many rows that begin in one column are looked at one by one, before the last of them.
const EACH: usize = 4;

/// The rows that were found, each list in the order of their beginnings. Shared with who found them.
#[derive(Clone, Default, Debug)]
pub struct FoundRows {
    /// Rows of the span table.
    pub spans: Rc<RowSet>,
    /// Rows of the range table.
    pub ranges: Rc<Vec<u32>>,
    /// Rows of the region table.
    pub regions: Rc<Vec<u32>>,
    /// Tasks, by index.
    pub tasks: Rc<Vec<u32>>,
    /// Rows of the log table.
    pub logs: Rc<Vec<u32>>,
    /// Goroutines, by index: found where they were created.
    pub goroutines: Rc<Vec<u32>>,
    /// Rows of the sample table.
    pub samples: Rc<Vec<u32>>,
}

/// A kind of row, other than spans.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Rows {
    Ranges,
    Regions,
    Logs,
    Goroutines,
    Samples,
}

const ALL_ROWS: [Rows; 5] = [
    Rows::Ranges,
    Rows::Regions,
    Rows::Logs,
    Rows::Goroutines,
    Rows::Samples,
];

/// Whose lanes rows are put into.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Owners {
    Goroutines,
    Groups,
    Procs,
    Threads,
}

impl Owners {
    /// How many there are.
    fn count(self, trace: &Trace) -> usize {
        match self {
            Self::Goroutines => trace.goroutines.len(),
            Self::Groups => trace.goroutines.groups.len(),
            Self::Procs => trace.procs.ids.len(),
            Self::Threads => trace.procs.threads.len(),
        }
    }
}

/// Rows by owner, each owner's in the order of their beginnings.
#[derive(Clone, Default, Debug)]
struct Owned {
    starts: Vec<u32>,
    rows: Vec<u32>,
}

impl Owned {
    /// From rows with their owners, of which there are so many.
    fn new(owners: usize, rows: impl Iterator<Item = (u32, Option<usize>)> + Clone) -> Self {
        let owned = rows.filter_map(|(row, owner)| Some((row, owner.filter(|&o| o < owners)?)));
        let mut starts = vec![0u32; owners + 1];
        for (_, owner) in owned.clone() {
            starts[owner + 1] += 1;
        }
        for i in 0..owners {
            starts[i + 1] += starts[i];
        }
        let mut next = starts.clone();
        let mut sorted = vec![0; starts[owners] as usize];
        for (row, owner) in owned {
            sorted[next[owner] as usize] = row;
            next[owner] += 1;
        }
        Self {
            starts,
            rows: sorted,
        }
    }

    fn of(&self, owner: u32) -> &[u32] {
        let owner = owner as usize;
        match (self.starts.get(owner), self.starts.get(owner + 1)) {
            (Some(&start), Some(&end)) => &self.rows[start as usize..end as usize],
            _ => &[],
        }
    }
}

/// What is to be highlighted.
#[derive(Default, Debug)]
pub struct Highlights {
    found: FoundRows,
    /// By owner, then by kind of row; and the spans by owner.
    owned: [[OnceCell<Owned>; ALL_ROWS.len()]; 4],
    spans: [OnceCell<SpanHits>; 4],
    /// Rows of the GC's own lane.
    gc: OnceCell<Vec<u32>>,
    /// Tasks, sorted by index.
    tasks: Vec<u32>,
    /// Everything but what was found is dimmed.
    pub dims: bool,
}

impl Highlights {
    /// From what was found.
    pub fn new(found: FoundRows, dims: bool) -> Self {
        let mut tasks = found.tasks.to_vec();
        tasks.sort_unstable();
        Self {
            found,
            tasks,
            dims,
            ..Self::default()
        }
    }

    /// Whether a span is among the hits.
    pub fn has_span(&self, span: SpanIndex) -> bool {
        self.found.spans.keeps(span.0)
    }

    fn rows(&self, kind: Rows) -> &[u32] {
        match kind {
            Rows::Ranges => &self.found.ranges,
            Rows::Regions => &self.found.regions,
            Rows::Logs => &self.found.logs,
            Rows::Goroutines => &self.found.goroutines,
            Rows::Samples => &self.found.samples,
        }
    }

    /// The rows of a kind that are an owner's.
    fn owned(&self, trace: &Trace, owners: Owners, owner: u32, kind: Rows) -> &[u32] {
        let rows = self.rows(kind);
        if rows.is_empty() {
            return &[];
        }
        let owned = self.owned[owners as usize][kind as usize].get_or_init(|| {
            let owner = |&row: &u32| (row, owner_of(trace, owners, kind, row));
            Owned::new(owners.count(trace), rows.iter().map(owner))
        });
        owned.of(owner)
    }

    /// The spans by owner, if any were found.
    fn spans(&self, trace: &Trace, owners: Owners) -> Option<&SpanHits> {
        let found = &self.found.spans;
        (!found.is_empty()).then(|| {
            self.spans[owners as usize].get_or_init(|| SpanHits::new(trace, owners, found))
        })
    }

    /// Whether a lane has any hit at all.
    pub fn any_in(&self, trace: &Trace, lane: LaneKind) -> bool {
        let spans = |(owners, owner)| Some(self.spans(trace, owners)?.any(owner));
        let mut any = owner_in(lane).and_then(spans).unwrap_or_default();
        self.lists(trace, lane, |_, rows| any |= !rows.is_empty());
        any || matches!(lane, LaneKind::Task(task) if self.has_task(task))
    }

    fn has_task(&self, task: TaskIndex) -> bool {
        self.tasks.binary_search(&task.0).is_ok()
    }

    /// The lists of hits other than spans that a lane shows.
    fn lists(&self, trace: &Trace, lane: LaneKind, mut each: impl FnMut(Rows, &[u32])) {
        if lane == LaneKind::Gc {
            let gc = self.gc.get_or_init(|| {
                let rows = self.found.ranges.iter().copied();
                rows.filter(|&row| is_global(trace, row)).collect()
            });
            each(Rows::Ranges, gc);
        }
        if let Some((owners, owner)) = owner_in(lane) {
            for kind in ALL_ROWS {
                each(kind, self.owned(trace, owners, owner, kind));
            }
        }
    }

    /// Marks in `lit` the columns of a lane in which hits are, and tells `wide` of each hit that is at least
    /// `wide_from` columns wide: its first column and the one after its last. Where columns have several hits, only the
    /// last ones may be told of.
    pub(crate) fn light(
        &self,
        trace: &Trace,
        lane: LaneKind,
        columns: &Columns,
        lit: &mut Vec<bool>,
        wide_from: usize,
        mut wide: impl FnMut(usize, usize),
    ) {
        lit.clear();
        lit.resize(columns.count, false);
        let mut light = |start: f64, end: f64| {
            if end < columns.start() || start >= columns.end() {
                return;
            }
            let from = columns.nearest(start).min(columns.count.saturating_sub(1));
            let to = columns
                .nearest(end)
                .clamp(from + 1, columns.count.max(from + 1));
            if let Some(lit) = lit.get_mut(from..to) {
                lit.fill(true);
            }
            if to - from >= wide_from {
                wide(from, to);
            }
        };
        if let LaneKind::Task(task) = lane {
            if let Some((start, end)) = task_times(trace, task).filter(|_| self.has_task(task)) {
                light(start, end);
            }
            return;
        }
        if let Some((owners, owner)) = owner_in(lane)
            && let Some(spans) = self.spans(trace, owners)
        {
            let own = LaneSpans {
                trace,
                all: &self.found.spans,
                spans,
                owner,
                overlap: owners == Owners::Groups,
            };
            own.walk(columns, &mut light);
        }
        self.lists(trace, lane, |kind, rows| {
            walk(trace, kind, rows, columns, &mut light);
        });
    }

    /// How many hits begin in each of `count` equal parts of the time from `start` to `end` (ns): for strips over all of
    /// a view or a trace. Costs by `count` and not by the number of hits.
    pub fn counts(&self, trace: &Trace, (start, end): (f64, f64), count: usize) -> Vec<u32> {
        let mut counts = vec![0u32; count];
        let width = (end - start) / count.max(1) as f64;
        if !(width.is_finite() && width > 0.0) {
            return counts;
        }
        // `before` says how many hits begin before a time, or with it.
        let mut add = |before: &dyn Fn(f64, bool) -> usize| {
            let mut last = before(start, false);
            for (place, sum) in counts.iter_mut().enumerate() {
                let to = match place + 1 == count {
                    true => end,
                    false => start + width * (place + 1) as f64,
                };
                // The last part has its end too: what begins with the trace's end is seen.
                let now = before(to, place + 1 == count).max(last);
                *sum = sum.saturating_add((now - last) as u32);
                last = now;
            }
        };
        let is_before = |start: f64, time: f64, too: bool| start < time || too && start <= time;
        if !self.found.spans.is_empty() {
            add(&|time, too| {
                let time = if too { time.floor() + 1.0 } else { time };
                self.found.spans.place(first_row_at(trace, time))
            });
        }
        for kind in ALL_ROWS
            .into_iter()
            .filter(|&kind| !self.rows(kind).is_empty())
        {
            let start_of = |row| start_of(trace, kind, row);
            let rows = self.rows(kind);
            add(&|time, too| rows.partition_point(|&row| is_before(start_of(row), time, too)));
        }
        if !self.found.tasks.is_empty() {
            let start_of =
                |task| task_times(trace, TaskIndex(task)).map_or(0.0, |(start, _)| start);
            let tasks = &self.found.tasks;
            add(&|time, too| tasks.partition_point(|&task| is_before(start_of(task), time, too)));
        }
        counts
    }
}

/// Whose rows a lane shows.
fn owner_in(lane: LaneKind) -> Option<(Owners, u32)> {
    Some(match lane {
        LaneKind::Goroutine(goroutine) => (Owners::Goroutines, goroutine.0),
        LaneKind::Group(group) => (Owners::Groups, group.0),
        LaneKind::Proc(proc) => (Owners::Procs, proc.0),
        LaneKind::Thread(thread) => (Owners::Threads, thread.0),
        _ => return None,
    })
}

/// The spans of a lane that were found.
struct LaneSpans<'a> {
    trace: &'a Trace,
    all: &'a RowSet,
    spans: &'a SpanHits,
    owner: u32,
    /// Whether several may go on at once.
    overlap: bool,
}

impl LaneSpans<'_> {
    /// Tells of the spans that are in the columns.
    fn walk(&self, columns: &Columns, light: &mut impl FnMut(f64, f64)) {
        let Self { trace, spans, .. } = *self;
        let first_from = |row| spans.first_from(trace, self.all, self.owner, row);
        let last_before = |row| spans.last_before(trace, self.all, self.owner, row);
        let mut tell = |row| light(span_start(trace, row), span_end(trace, row));
        let each = if self.overlap { EACH } else { 0 };
        let mut next = first_row_at(trace, columns.start());
        if let Some(row) = last_before(next) {
            tell(row);
        }
        while let Some(row) = first_from(next) {
            let begins = span_start(trace, row);
            if begins >= columns.end() {
                break;
            }
            tell(row);
            // A column has its own rows at least.
            next = first_row_at(trace, columns.time(columns.clamped(begins) + 1)).max(row + 1);
            let mut told = row;
            for _ in 0..each {
                match first_from(told + 1).filter(|&row| row < next) {
                    Some(row) => told = row,
                    None => break,
                }
                tell(told);
            }
            // Of several in a column the last is what reaches out of it, if any does.
            if let Some(last) = last_before(next).filter(|&last| last > told) {
                tell(last);
            }
        }
    }
}

/// The first row of the span table that begins at or after a time.
fn first_row_at(trace: &Trace, time: f64) -> u32 {
    trace.spans.first_at(Nanos(time.ceil() as i64)).0
}

fn span_start(trace: &Trace, row: u32) -> f64 {
    trace.spans.start(SpanIndex(row)).0 as f64
}

fn span_end(trace: &Trace, row: u32) -> f64 {
    let end = trace.span_end(SpanIndex(row)).0 as f64;
    end.max(span_start(trace, row))
}

/// How many of the first rows pass; those that do come first. Costs by the logarithm of how many pass.
fn galloping(rows: &[u32], passes: impl Fn(&u32) -> bool) -> usize {
    let mut high = 1;
    while high <= rows.len() && passes(&rows[high - 1]) {
        high *= 2;
    }
    let low = high / 2;
    let end = high.min(rows.len());
    low + rows[low..end].partition_point(passes)
}

/// Tells of the rows of a list that are in the columns.
fn walk(
    trace: &Trace,
    kind: Rows,
    rows: &[u32],
    columns: &Columns,
    light: &mut impl FnMut(f64, f64),
) {
    let start = |row: u32| start_of(trace, kind, row);
    let mut place = rows.partition_point(|&row| start(row) < columns.start());
    for &row in &rows[place.saturating_sub(LOOK_BACK)..place] {
        light(start(row), end_of(trace, kind, row));
    }
    while let Some(&row) = rows.get(place) {
        let begins = start(row);
        if begins >= columns.end() {
            break;
        }
        light(begins, end_of(trace, kind, row));
        let column = columns.clamped(begins);
        let here = galloping(&rows[place..], |&row| start(row) < columns.time(column + 1));
        for &row in rows[place..place + here].iter().skip(1).take(EACH) {
            light(start(row), end_of(trace, kind, row));
        }
        // Of several in a column the last is what reaches out of it, if any does.
        if let Some(&last) = rows[place..place + here].last().filter(|_| here > EACH + 1) {
            light(start(last), end_of(trace, kind, last));
        }
        place += here.max(1);
    }
}

fn start_of(trace: &Trace, kind: Rows, row: u32) -> f64 {
    let at = row as usize;
    let start = match kind {
        Rows::Ranges => trace.ranges.rows.get(at).map(|range| range.start),
        Rows::Regions => trace
            .regions
            .get(at)
            .map(|region| region.start.unwrap_or_default()),
        Rows::Logs => trace.logs.get(at).map(|log| log.time),
        Rows::Goroutines => trace.goroutines.rows.get(at).map(|row| row.created),
        Rows::Samples => trace.samples.get(at).map(|sample| sample.time),
    };
    start.map_or(0.0, |start| start.0 as f64)
}

/// When a row ends. Goroutines are found where they are created: a moment.
fn end_of(trace: &Trace, kind: Rows, row: u32) -> f64 {
    let at = row as usize;
    let end = match kind {
        Rows::Ranges => trace.ranges.rows.get(at).map(|range| range.end),
        Rows::Regions => trace
            .regions
            .get(at)
            .map(|RegionRow { end, .. }| end.unwrap_or(trace.end)),
        _ => None,
    };
    let start = start_of(trace, kind, row);
    end.map_or(start, |end| (end.0 as f64).max(start))
}

/// Whether a range is one of the whole program: it has the GC's lane.
fn is_global(trace: &Trace, row: u32) -> bool {
    trace
        .ranges
        .rows
        .get(row as usize)
        .is_some_and(|range| matches!(range.kind, RangeKind::GcMark | RangeKind::StopTheWorld(_)))
}

/// In whose lane a row of a table other than the spans' is.
fn owner_of(trace: &Trace, owners: Owners, kind: Rows, row: u32) -> Option<usize> {
    let at = row as usize;
    let goroutine = || match kind {
        Rows::Ranges => match trace.ranges.rows.get(at)?.scope {
            RangeScope::Goroutine(goroutine) if !is_global(trace, row) => Some(goroutine),
            _ => None,
        },
        Rows::Regions => Some(trace.regions.get(at)?.goroutine),
        Rows::Logs => Some(trace.logs.get(at)?.goroutine),
        Rows::Goroutines => Some(GoroutineIndex(row)),
        Rows::Samples => Some(trace.samples.get(at)?.goroutine),
    };
    match (owners, kind) {
        (Owners::Goroutines, _) => goroutine()?.get(),
        (Owners::Groups, _) => {
            let goroutine = goroutine()?.get()?;
            Some(trace.goroutines.rows.get(goroutine)?.group.0 as usize)
        }
        (Owners::Procs, Rows::Ranges) => match trace.ranges.rows.get(at)?.scope {
            RangeScope::Proc(proc) => proc.get(),
            _ => None,
        },
        (Owners::Procs, Rows::Samples) => trace.samples.get(at)?.proc.get(),
        (Owners::Threads, Rows::Samples) => trace.samples.get(at)?.thread.get(),
        (Owners::Procs | Owners::Threads, _) => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tracepane_model::SpanState;

    use super::*;
    use crate::program::{steps, trace_of};
    use crate::scale::{Size, View};

    /// The columns that a plain look at each row lights.
    fn plainly(trace: &Trace, rows: &[u32], columns: &Columns) -> Vec<bool> {
        let mut lit = vec![false; columns.count];
        for &row in rows {
            let (start, end) = (span_start(trace, row), span_end(trace, row));
            if end >= columns.start() && start < columns.end() {
                let from = columns.nearest(start).min(columns.count - 1);
                let to = columns.nearest(end).clamp(from + 1, columns.count);
                lit[from..to].fill(true);
            }
        }
        lit
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn what_is_lit_is_where_hits_are(
            steps in steps(300),
            every in 1u32..4,
            from in 0.0f64..0.9,
            width in 0.001f64..1.0,
        ) {
            let trace = trace_of(&steps);
            let is = |row: &u32| {
                let state = trace.spans.kind(SpanIndex(*row)).state();
                row.is_multiple_of(every) && state != SpanState::Dead
            };
            let spans: Vec<u32> = (0..trace.spans.len() as u32).filter(is).collect();
            let rows = RowSet::of(trace.spans.len(), spans.iter().copied());
            let found = FoundRows { spans: Rc::new(rows), ..FoundRows::default() };
            let highlights = Highlights::new(found, true);
            let end = trace.end.0 as f64;
            let view = View { start: end * from, end: end * (from + width).min(1.0) + 20.0, scroll: 0.0 };
            let size = Size { width: 420, height: 100, ratio: 1.0 };
            let columns = Columns::new(view, size);
            let mut lit = Vec::new();
            for g in (0..trace.goroutines.len() as u32).map(GoroutineIndex) {
                let own: Vec<u32> = spans
                    .iter()
                    .copied()
                    .filter(|&row| trace.spans.goroutine(SpanIndex(row)) == g)
                    .collect();
                let kind = LaneKind::Goroutine(g);
                highlights.light(&trace, kind, &columns, &mut lit, 3, |from, to| {
                    assert!(to - from >= 3);
                });
                prop_assert_eq!(&lit, &plainly(&trace, &own, &columns));
                prop_assert_eq!(highlights.any_in(&trace, kind), !own.is_empty());
            }
            let whole = highlights.counts(&trace, (0.0, end.max(1.0)), 37);
            prop_assert_eq!(whole.iter().sum::<u32>() as usize, spans.len());
        }
    }

    #[test]
    fn galloping_counts_what_passes() {
        let rows: Vec<u32> = (0..100).collect();
        for passing in 0..=100 {
            assert_eq!(galloping(&rows, |&row| row < passing), passing as usize);
        }
        assert_eq!(galloping(&[], |_| true), 0);
    }
}
