//! Regions by type: those that have a name and were started at the same place of the program, with the distribution
//! of their durations. `/userregions` of `go tool trace`, except that its place is the root frame of the goroutine.
//!
//! Goroutines that were created inside a region inherit its task: `internal/trace/summary.go` makes a region without a
//! name of that, as long as the goroutine's life. Those are no regions of the program; here they are kept apart, as
//! [`Inherited`].

use std::cmp::Ordering;

use rustc_hash::FxHashMap;
use tracepane_model::{GoroutineIndex, Nanos, RegionRow, StackRef, StringRef, TaskId, Trace};

use crate::intervals::{Intervals, Overlaps};
use crate::place::{Place, Places, place_text};
use crate::profiles::Completeness;
use crate::scope::{TimeRange, touches};
use crate::sum;
use crate::time_histogram::TimeHistogram;

/// A type of regions, by its place in [`Regions::types`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct RegionTypeIndex(pub u32);

impl RegionTypeIndex {
    /// Of regions that do not count.
    const NONE: Self = Self(u32::MAX);
}

/// Regions with the same name, started at the same place.
#[derive(Clone, PartialEq, Debug)]
pub struct RegionType {
    /// The name.
    pub name: StringRef,
    /// Where they were started; `None` if all began before the trace.
    pub place: Option<Place>,
    /// How many have both their beginning and their end in the trace.
    pub complete: u64,
    /// How long all are together; of incomplete ones what the trace has of them.
    pub total: Nanos,
    /// The longest one.
    pub longest: Nanos,
    /// The durations of all, incomplete ones too (as `go tool trace` counts them).
    pub histogram: TimeHistogram,
}

impl RegionType {
    /// How many there are.
    pub fn count(&self) -> u64 {
        self.histogram.count()
    }

    fn new(name: StringRef, place: Option<Place>) -> Self {
        Self {
            name,
            place,
            complete: 0,
            total: Nanos(0),
            longest: Nanos(0),
            histogram: TimeHistogram::new(),
        }
    }

    fn add(&mut self, duration: Nanos, complete: bool) {
        self.complete += u64::from(complete);
        sum::add(&mut self.total, duration.0);
        self.longest = self.longest.max(duration);
        self.histogram.add(duration);
    }
}

/// The goroutines that were created at one place, inside a region of a task.
pub type Inherited = RegionType;

/// All regions of a trace by type.
#[derive(Clone, Default, Debug)]
pub struct Regions {
    /// The types, sorted by name, then place.
    pub types: Vec<RegionType>,
    /// Those that goroutines inherited, sorted by place. They have no names.
    pub inherited: Vec<Inherited>,
    places: Places,
    /// By row of [`Trace::regions`].
    type_of: Vec<RegionTypeIndex>,
    /// Goroutines that inherited a task, each with its place in `inherited`.
    heirs: Vec<(GoroutineIndex, u32)>,
}

impl Regions {
    /// Counts all regions of a trace.
    pub fn new(trace: &Trace) -> Self {
        Self::within(trace, TimeRange::ALL)
    }

    /// Counts those that touch a part of time, with all of their duration. The others have no type.
    pub fn within(trace: &Trace, time: TimeRange) -> Self {
        let places = Places::new(trace);
        let mut groups = Groups::default();
        let type_of = trace
            .regions
            .iter()
            .map(|row| {
                let own = time_of(trace, &row);
                if !touches(time, own.start, own.end) {
                    return RegionTypeIndex::NONE;
                }
                let group = groups.of(row.name, row.begin_stack, |stack| places.of(trace, stack));
                groups.types[group].add(own.length(), is_complete(&row));
                RegionTypeIndex(group as u32)
            })
            .collect();
        let mut inherited = Groups::default();
        let heirs = heirs(trace)
            .filter(|(_, life)| touches(time, life.start, life.end))
            .map(|(goroutine, time)| {
                let row = trace.goroutines.row(goroutine);
                let group = inherited.of(StringRef(0), row.created_at, |stack| {
                    places.of(trace, stack)
                });
                inherited.types[group].add(time.length(), row.ended.is_some());
                (goroutine, group as u32)
            })
            .collect();
        let mut regions = Self {
            types: groups.types,
            inherited: inherited.types,
            places,
            type_of,
            heirs,
        };
        regions.sort(trace);
        regions
    }

    fn sort(&mut self, trace: &Trace) {
        let places = sort(trace, &mut self.types);
        for of in &mut self.type_of {
            if *of != RegionTypeIndex::NONE {
                of.0 = places[of.0 as usize];
            }
        }
        let places = sort(trace, &mut self.inherited);
        for (_, of) in &mut self.heirs {
            *of = places[*of as usize];
        }
    }

    /// The type of a region.
    pub fn type_of(&self, region: u32) -> Option<RegionTypeIndex> {
        let of = self.type_of.get(region as usize).copied();
        of.filter(|&of| of != RegionTypeIndex::NONE)
    }

    /// Where a region or a goroutine was started with this stack.
    pub fn place(&self, trace: &Trace, stack: StackRef) -> Option<Place> {
        self.places.of(trace, stack)
    }

    /// The regions that pass a filter, in the order of [`Trace::regions`].
    pub fn matching(&self, trace: &Trace, filter: &RegionFilter) -> Vec<u32> {
        if filter.inherited {
            return Vec::new();
        }
        let wanted = filter.wanted(trace, &self.types);
        (0u32..)
            .zip(trace.regions.iter())
            .zip(&self.type_of)
            .filter(|&((_, row), of)| {
                wanted.get(of.0 as usize).copied().unwrap_or(false)
                    && filter.has_time(time_of(trace, &row).length(), is_complete(&row))
                    && filter.has_root(trace, row.begin_stack)
            })
            .map(|((i, _), _)| i)
            .collect()
    }

    /// The goroutines that inherited a task and pass a filter that asks for them, with the time that counts.
    pub fn matching_heirs(&self, trace: &Trace, filter: &RegionFilter) -> Vec<GoroutineIndex> {
        if !filter.inherited {
            return Vec::new();
        }
        let wanted = filter.wanted(trace, &self.inherited);
        self.heirs
            .iter()
            .filter(|&&(goroutine, of)| {
                let row = trace.goroutines.row(goroutine);
                let length = life(trace, goroutine).length();
                wanted.get(of as usize).copied().unwrap_or(false)
                    && filter.has_time(length, row.ended.is_some())
                    && filter.has_root(trace, row.created_at)
            })
            .map(|&(goroutine, _)| goroutine)
            .collect()
    }

    /// When goroutines were in regions that pass a filter, for [`crate::profile_within`].
    pub fn intervals(
        &self,
        trace: &Trace,
        filter: &RegionFilter,
        completeness: Completeness,
    ) -> Intervals {
        let mut all: Vec<(GoroutineIndex, TimeRange)> = self
            .matching(trace, filter)
            .into_iter()
            .filter_map(|region| trace.regions.get(region as usize))
            .map(|row| (row.goroutine, time_of(trace, &row)))
            .collect();
        all.extend(
            self.matching_heirs(trace, filter)
                .into_iter()
                .map(|goroutine| (goroutine, life(trace, goroutine))),
        );
        let overlaps = match completeness {
            Completeness::AsGoToolTrace => {
                // It takes 0 for the end of the region before the first. The clock of format v1 begins with -1, and
                // so it leaves out what was open when such a trace began.
                all.retain(|(_, time)| trace.clock_start.0.saturating_add(time.start.0) >= 0);
                Overlaps::OuterAsGoToolTrace
            }
            Completeness::Complete => Overlaps::Joined,
        };
        Intervals::new(all, overlaps)
    }
}

/// Groups by name and place.
#[derive(Default)]
struct Groups {
    types: Vec<RegionType>,
    index: FxHashMap<(StringRef, Option<Place>), usize>,
    /// By name and stack: there are fewer of these than regions, and finding a stack's place takes a while.
    by_stack: FxHashMap<(StringRef, StackRef), usize>,
}

impl Groups {
    fn of(
        &mut self,
        name: StringRef,
        stack: StackRef,
        place: impl Fn(StackRef) -> Option<Place>,
    ) -> usize {
        if let Some(&known) = self.by_stack.get(&(name, stack)) {
            return known;
        }
        let place = place(stack);
        let types = &mut self.types;
        let group = *self.index.entry((name, place)).or_insert_with(|| {
            types.push(RegionType::new(name, place));
            types.len() - 1
        });
        self.by_stack.insert((name, stack), group);
        group
    }
}

/// Sorts types, and returns the new place of each.
fn sort(trace: &Trace, types: &mut Vec<RegionType>) -> Vec<u32> {
    let mut order: Vec<u32> = (0..types.len() as u32).collect();
    order.sort_by(|&a, &b| compare(trace, &types[a as usize], &types[b as usize]));
    let mut places = vec![0; types.len()];
    for (new, &old) in (0u32..).zip(&order) {
        places[old as usize] = new;
    }
    *types = order
        .iter()
        .map(|&old| types[old as usize].clone())
        .collect();
    places
}

fn compare(trace: &Trace, a: &RegionType, b: &RegionType) -> Ordering {
    let name = |of: &RegionType| trace.strings.get(of.name);
    let place = |of: &RegionType| {
        let frame = trace.stacks.frame(of.place?.0);
        Some((trace.strings.get(frame.function), frame.line))
    };
    name(a).cmp(name(b)).then_with(|| place(a).cmp(&place(b)))
}

/// Which regions are meant. All that is said must be true of a region.
#[derive(Clone, PartialEq, Eq, Hash, Default, Debug)]
pub struct RegionFilter {
    /// Goroutines that inherited a task are meant instead of regions; they have no names.
    pub inherited: bool,
    /// The name is this.
    pub name: Option<String>,
    /// It was started here: [`place_text`]. Empty: it began before the trace, so its place is not known.
    pub place: Option<String>,
    /// The program counter of the root frame where it was started, as `go tool trace` distinguishes regions
    /// (`pc=` in its addresses); 0 if it began before the trace.
    pub root_pc: Option<u64>,
    /// It is at least as long.
    pub shortest: Option<Nanos>,
    /// It is at most as long.
    pub longest: Option<Nanos>,
    /// Whether both its beginning and its end are in the trace.
    pub complete: Option<bool>,
}

impl RegionFilter {
    /// By type: whether it has the name and the place.
    fn wanted(&self, trace: &Trace, types: &[RegionType]) -> Vec<bool> {
        types
            .iter()
            .map(|of| {
                let name = self.name.as_deref();
                let has_name = name.is_none_or(|name| trace.strings.get(of.name) == name);
                has_name
                    && self.place.as_deref().is_none_or(|place| match of.place {
                        Some(known) => place_text(trace, known) == place,
                        None => place.is_empty(),
                    })
            })
            .collect()
    }

    fn has_time(&self, length: Nanos, complete: bool) -> bool {
        self.shortest.is_none_or(|shortest| length >= shortest)
            && self.longest.is_none_or(|longest| length <= longest)
            && self.complete.is_none_or(|wanted| complete == wanted)
    }

    fn has_root(&self, trace: &Trace, stack: StackRef) -> bool {
        self.root_pc.is_none_or(|pc| {
            let root = trace.stacks.root(stack);
            root.map_or(0, |frame| frame.pc) == pc
        })
    }
}

/// When a region was open, as far as the trace has it (`regionInterval` of `cmd/trace/regions.go`).
pub fn time_of(trace: &Trace, region: &RegionRow) -> TimeRange {
    let start = region.start.unwrap_or(Nanos(0));
    TimeRange {
        start,
        end: region.end.unwrap_or(trace.end).max(start),
    }
}

/// Whether both a region's beginning and its end are in the trace. One that its goroutine's end closed was not ended.
pub fn is_complete(region: &RegionRow) -> bool {
    region.start.is_some() && region.end_seen
}

/// From a goroutine's creation to its end, or the trace's.
pub fn life(trace: &Trace, goroutine: GoroutineIndex) -> TimeRange {
    let row = trace.goroutines.row(goroutine);
    TimeRange {
        start: row.created,
        end: row.ended.unwrap_or(trace.end).max(row.created),
    }
}

/// The goroutines that inherited a task, with their lives. The runtime's own ones do not count: the first garbage
/// collection may have begun in a region (`finalize` of `internal/trace/summary.go`).
pub(crate) fn heirs(trace: &Trace) -> impl Iterator<Item = (GoroutineIndex, TimeRange)> + '_ {
    (0u32..)
        .zip(&trace.goroutines.rows)
        .filter(|(_, row)| row.inherited_task != TaskId::NONE && !row.is_system())
        .map(|(i, _)| {
            let goroutine = GoroutineIndex(i);
            (goroutine, life(trace, goroutine))
        })
}

#[cfg(test)]
mod tests;
