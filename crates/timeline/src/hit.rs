//! What is under a point.

use tracepane_model::{GroupIndex, ProcIndex, SpanIndex};

use crate::draw::Scene;
use crate::draw::lane::{ASSIST_HEIGHT, REGION_HEIGHT, region_times};
use crate::draw::strip::{Intervals, ranges};
use crate::draw::track::{GoroutineTrack, ProcTrack};
use crate::draw::walk::{Track, place_at};
use crate::lanes::{GUTTER, LaneKind, RULER};
use crate::levels::REGION_DEPTHS;
use crate::scale::Columns;

/// How far from a thin thing the pointer may be, in CSS pixels.
const REACH: f64 = 3.0;

/// No more spans than this are compared to find the one that is meant.
const MAX_COMPARED: usize = 256;

/// Something on the timeline that can be pointed at and selected.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Hit {
    /// A span in its goroutine's lane.
    Span(SpanIndex),
    /// A goroutine's span in the lane of the proc on which it ran.
    ProcSpan {
        /// The proc.
        proc: ProcIndex,
        /// The span.
        span: SpanIndex,
    },
    /// A GC mark phase, a stop-the-world pause, a mark assist: a row of [`tracepane_model::Ranges`].
    Range(
        /// The row.
        u32,
    ),
    /// A user region: a row of [`tracepane_model::Trace::regions`].
    Region(
        /// The row.
        u32,
    ),
    /// The header of a group, where it shows what its goroutines did.
    GroupLane(GroupIndex),
    /// The header's name: a click folds and unfolds.
    GroupFold(GroupIndex),
    /// The name of the procs' header: a click folds and unfolds.
    ProcsFold,
    /// A place in the heap track, in the track of goroutine states or in the procs' header.
    Counter(LaneKind),
    /// A lane's name, or an empty place in it.
    Lane(LaneKind),
    /// The time axis.
    Ruler,
}

/// What is at (`x`, `y`), CSS pixels from the canvas' top left. Of several spans in a column the longest; pauses before GC phases, strips before the bars under them.
pub fn hit(scene: &Scene<'_>, x: f64, y: f64) -> Option<Hit> {
    let scene = &scene.sane();
    let (width, height) = (f64::from(scene.size.width), f64::from(scene.size.height));
    if !(0.0..width).contains(&x) || !(0.0..height).contains(&y) {
        return None;
    }
    if y < RULER {
        return Some(Hit::Ruler);
    }
    let lanes_y = y - RULER + scene.view.scroll.max(0.0);
    let (kind, top, height) = scene.lanes.lane_at(lanes_y)?;
    if x < GUTTER {
        return Some(match kind {
            LaneKind::Group(group) => Hit::GroupFold(group),
            LaneKind::ProcsHeader => Hit::ProcsFold,
            kind => Hit::Lane(kind),
        });
    }
    let point = Point::new(scene, x, lanes_y - top);
    Some(match kind {
        LaneKind::Gc => point.range().map_or(Hit::Lane(kind), Hit::Range),
        LaneKind::Heap | LaneKind::GoroutineStates | LaneKind::ProcsHeader => Hit::Counter(kind),
        LaneKind::Group(group) => Hit::GroupLane(group),
        LaneKind::Proc(proc) => {
            let track = ProcTrack::new(scene.trace, scene.levels, proc);
            match point.span(&track) {
                Some(place) => Hit::ProcSpan {
                    proc,
                    span: SpanIndex(track.rows[place]),
                },
                None => Hit::Lane(kind),
            }
        }
        LaneKind::Goroutine(goroutine) => {
            let i = goroutine.0 as usize;
            // The strips' places are those of `draw/lane.rs`.
            if point.y < 2.0 + ASSIST_HEIGHT {
                let assists = ranges(scene.trace, scene.levels.assists.of(i));
                if let Some(row) = assists.at(point.time, point.reach) {
                    return Some(Hit::Range(row));
                }
            }
            if point.y >= height - 2.0 - REGION_HEIGHT
                && let Some(row) = point.region(i)
            {
                return Some(Hit::Region(row));
            }
            let track = GoroutineTrack::new(scene.trace, scene.levels, goroutine);
            match point.span(&track) {
                Some(place) => Hit::Span(SpanIndex(track.rows[place])),
                None => Hit::Lane(kind),
            }
        }
    })
}

/// A point in a lane.
struct Point<'a, 's> {
    scene: &'a Scene<'s>,
    time: f64,
    /// ns that are [`REACH`] wide.
    reach: f64,
    /// CSS pixels below the lane's top.
    y: f64,
    columns: Columns,
    column: usize,
}

impl<'a, 's> Point<'a, 's> {
    fn new(scene: &'a Scene<'s>, x: f64, y: f64) -> Self {
        let columns = Columns::new(scene.view, scene.size);
        let pixels = (x - GUTTER) * scene.size.sane_ratio();
        let column = (pixels / f64::from(columns.pixels)).max(0.0);
        let per_pixel = columns.nanos / f64::from(columns.pixels) * scene.size.sane_ratio();
        Self {
            scene,
            // What is drawn at this place: columns are on a grid of their own.
            time: columns.time(0) + column * columns.nanos,
            reach: REACH * per_pixel,
            y,
            columns,
            column: (column as usize).min(columns.count.saturating_sub(1)),
        }
    }

    /// A pause or a GC phase.
    fn range(&self) -> Option<u32> {
        let all = &self.scene.trace.ranges;
        let trace = self.scene.trace;
        ranges(trace, &all.stop_the_world)
            .at(self.time, self.reach)
            .or_else(|| ranges(trace, &all.gc_marks).at(self.time, self.reach))
    }

    /// The innermost region.
    fn region(&self, goroutine: usize) -> Option<u32> {
        let trace = self.scene.trace;
        let mut rows = self.scene.levels.regions.of(goroutine);
        let mut found = None;
        for depth in 0..REGION_DEPTHS {
            let at_depth = |&row: &u32| trace.regions.at(row as usize).depth <= depth;
            let count = match depth + 1 {
                REGION_DEPTHS => rows.len(),
                _ => rows.partition_point(at_depth),
            };
            let (here, deeper) = rows.split_at(count);
            rows = deeper;
            let regions = Intervals {
                rows: here,
                times: |row| region_times(trace, row),
            };
            found = regions.at(self.time, self.reach).or(found);
        }
        found
    }

    /// The place of the span that is meant: the one that fills the column, else the longest of those in it.
    fn span<const W: usize>(&self, track: &impl Track<W>) -> Option<usize> {
        let (from, to) = (
            self.columns.time(self.column),
            self.columns.time(self.column + 1),
        );
        let mut best: Option<(f64, usize)> = None;
        for place in (place_at(track, from)..track.len()).take(MAX_COMPARED) {
            let (start, end) = (track.start(place), track.end(place));
            if start >= to {
                break;
            }
            if track.class(place).is_none() {
                continue;
            }
            // The whole length only breaks ties.
            let length = end.min(to) - start.max(from) + (end - start) * 1e-9;
            if best.is_none_or(|(longest, _)| length > longest) {
                best = Some((length, place));
            }
        }
        best.map(|(_, place)| place)
    }
}
