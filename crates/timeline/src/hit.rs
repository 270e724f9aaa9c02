//! What is under a point.

use tracepane_model::{GoroutineIndex, GroupIndex, ProcIndex, SpanIndex, TaskIndex, ThreadIndex};

use crate::draw::Scene;
use crate::draw::arrows::Router;
use crate::draw::bars::Look;
use crate::draw::counters::{arrivals, is_network};
use crate::draw::frame::{bar_part, clear_part};
use crate::draw::lane::{ON_PROC, ON_THREAD};
use crate::draw::marks::{LOG_HEAD, SAMPLE_HEIGHT, logs, samples};
use crate::draw::regions::{by_depth, region_band, regions};
use crate::draw::strip::{bound_to_proc, bound_to_thread, ranges};
use crate::draw::track::{GoroutineTrack, ProcTrack, ThreadTrack};
use crate::draw::tracks::PAUSE_BOTTOM;
use crate::draw::walk::{Piece, Track, place_at, walk};
use crate::family::task_times;
use crate::flames::Reader;
use crate::flows::Flow;
use crate::lanes::{BAR, FRAME_ROW, GUTTER, Lane, LaneKind, RULER};
use crate::mark::{Flag, flag_at};
use crate::scale::Columns;

/// How far from a thin thing the pointer may be, in CSS pixels.
const REACH: f64 = 3.0;

/// No more spans than this are compared to find the one that is meant.
const MAX_COMPARED: usize = 1 << 14;

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
    /// A goroutine's span in the lane of the thread on which it was.
    ThreadSpan {
        /// The thread.
        thread: ThreadIndex,
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
    /// A user log: a row of [`tracepane_model::Trace::logs`].
    Log(
        /// The row.
        u32,
    ),
    /// A CPU sample: a row of [`tracepane_model::Trace::samples`].
    Sample(
        /// The row.
        u32,
    ),
    /// A user task.
    Task(TaskIndex),
    /// When a proc had a thread: a row of [`tracepane_model::Procs::spans`].
    Bound(
        /// The row.
        u32,
    ),
    /// The header of a group, where it shows what its goroutines did.
    GroupLane(GroupIndex),
    /// The header's name: a click folds and unfolds.
    GroupFold(GroupIndex),
    /// The name of the procs' header: a click folds and unfolds.
    ProcsFold,
    /// The name of the threads' header: a click folds and unfolds.
    ThreadsFold,
    /// A place in the track of a counter, or in the procs' or threads' header.
    Counter(LaneKind),
    /// A lane's name, or an empty place in it.
    Lane(LaneKind),
    /// The sign beside a lane's name with which it is pinned.
    Pin(LaneKind),
    /// The sign beside a goroutine's name that shows its regions and stacks.
    Disclose(GoroutineIndex),
    /// A frame of a goroutine's stack over time.
    Frame {
        /// When: the span in which it is.
        span: SpanIndex,
        /// How many frames below the root.
        depth: u16,
    },
    /// An arrow.
    Arrow {
        /// What it stands for; of several as one the first.
        flow: Flow,
        /// How many they are.
        count: u32,
        /// A click goes where it comes from.
        back: bool,
    },
    /// The time axis.
    Ruler,
    /// A mark or the origin, on the time axis.
    Flag(Flag),
}

/// What is at (`x`, `y`), CSS pixels from the canvas' top left. Of several spans in a column the longest; marks before
/// all else, pauses before GC phases, strips before the bars under them.
pub fn hit(scene: &Scene<'_>, x: f64, y: f64) -> Option<Hit> {
    let scene = &scene.sane();
    let (width, height) = (f64::from(scene.size.width), f64::from(scene.size.height));
    if !(0.0..width).contains(&x) || !(0.0..height).contains(&y) {
        return None;
    }
    if y < RULER {
        let flag = flag_at(&scene.timing, scene.view, scene.size, x);
        return Some(flag.map_or(Hit::Ruler, Hit::Flag));
    }
    let Some(lane) = scene.lane_at(y) else {
        return arrow(scene, x, y);
    };
    if x < GUTTER {
        let in_name = y - scene.lane_y(&lane) < lane.height.min(NAME_HEIGHT);
        if x >= PIN_FROM && in_name && !matches!(lane.kind, LaneKind::Heading(_)) {
            return Some(Hit::Pin(lane.kind));
        }
        if let LaneKind::Goroutine(goroutine) = lane.kind
            && in_name
            && x < DISCLOSE_TO
        {
            return Some(Hit::Disclose(goroutine));
        }
        return Some(match lane.kind {
            LaneKind::Group(group) => Hit::GroupFold(group),
            LaneKind::ProcsHeader => Hit::ProcsFold,
            LaneKind::ThreadsHeader => Hit::ThreadsFold,
            LaneKind::Task(task) => Hit::Task(task),
            kind => Hit::Lane(kind),
        });
    }
    if let Some(arrow) = arrow(scene, x, y) {
        return Some(arrow);
    }
    let point = Point::new(scene, (x, y), y - scene.lane_y(&lane));
    Some(point.find(&lane).unwrap_or(Hit::Lane(lane.kind)))
}

/// The part of a lane's name that has signs, in CSS pixels from its top.
pub const NAME_HEIGHT: f64 = 26.0;

/// From where on the sign for pinning is, in CSS pixels from the canvas' left.
pub const PIN_FROM: f64 = GUTTER - 26.0;

/// Up to where the sign for stacks is, in CSS pixels from the canvas' left.
pub const DISCLOSE_TO: f64 = 22.0;

fn arrow(scene: &Scene<'_>, x: f64, y: f64) -> Option<Hit> {
    if x < GUTTER {
        return None;
    }
    let columns = Columns::new(scene.view, scene.size);
    let found = Router { scene, columns }.at(x, y)?;
    Some(Hit::Arrow {
        flow: found.flow,
        count: found.count,
        back: found.back,
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
    /// Device pixels below the canvas' top.
    device_y: i32,
    columns: Columns,
    column: usize,
}

impl<'a, 's> Point<'a, 's> {
    /// At (`x`, `canvas_y`) of the canvas, in the lane that begins `y` above it; CSS pixels.
    fn new(scene: &'a Scene<'s>, (x, canvas_y): (f64, f64), y: f64) -> Self {
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
            device_y: (canvas_y * scene.size.sane_ratio()) as i32,
            columns,
            column: (column as usize).min(columns.count.saturating_sub(1)),
        }
    }

    /// What is there, if not only the lane.
    fn find(&self, lane: &Lane) -> Option<Hit> {
        let (trace, levels) = (self.scene.trace, self.scene.levels);
        match lane.kind {
            LaneKind::Gc => self.range().map(Hit::Range),
            LaneKind::Heap
            | LaneKind::GoroutineStates
            | LaneKind::ThreadStates
            | LaneKind::ProcsHeader
            | LaneKind::ThreadsHeader => Some(Hit::Counter(lane.kind)),
            LaneKind::Arrivals => {
                let rows = match is_network(self.y) {
                    true => &levels.network_wakeups,
                    false => &levels.syscall_returns,
                };
                let row = arrivals(trace, rows).at(self.time, self.reach)?;
                Some(Hit::Span(SpanIndex(row)))
            }
            LaneKind::Group(group) => Some(Hit::GroupLane(group)),
            LaneKind::Proc(proc) => self.proc(lane, proc),
            LaneKind::Thread(thread) => self.thread(lane, thread),
            LaneKind::Goroutine(goroutine) => self.goroutine(lane, goroutine),
            LaneKind::Task(task) => {
                let family = self.scene.lanes.family();
                let place = family.and_then(|family| family.place(task));
                if let Some((family, place)) = family.zip(place)
                    && let Some(log) = logs(trace, family.logs(place)).at(self.time, self.reach)
                {
                    return Some(Hit::Log(log));
                }
                let (start, end) = task_times(trace, task)?;
                let inside = start - self.reach..=end + self.reach;
                inside.contains(&self.time).then_some(Hit::Task(task))
            }
            LaneKind::Heading(_) => None,
        }
    }

    fn proc(&self, lane: &Lane, proc: ProcIndex) -> Option<Hit> {
        let (trace, levels) = (self.scene.trace, self.scene.levels);
        let i = proc.0 as usize;
        if let Some(mark) = self.mark(levels.proc_logs.of(i), levels.proc_samples.of(i)) {
            return Some(mark);
        }
        if self.device_y >= self.device_y_of(lane, bar_part(lane).1) {
            let bound = bound_to_thread(trace, levels, proc).at(self.time, self.reach);
            return bound.map(Hit::Bound);
        }
        if self.device_y >= self.clear_band(lane).1
            && let Some(sweep) = ranges(trace, levels.sweeps.of(i)).at(self.time, 0.0)
        {
            return Some(Hit::Range(sweep));
        }
        let track = ProcTrack::of_proc(trace, levels, proc);
        let place = match self.scene.functions {
            // What shares a column is stacked by function there.
            Some(_) => self.longest(&track, None),
            None => self.span(lane, &track, |y| Look::of_actor(y, &[], &ON_PROC)),
        };
        place.map(|place| Hit::ProcSpan {
            proc,
            span: SpanIndex(track.rows[place]),
        })
    }

    fn thread(&self, lane: &Lane, thread: ThreadIndex) -> Option<Hit> {
        let (trace, levels) = (self.scene.trace, self.scene.levels);
        let threads = self.scene.threads?;
        let i = thread.0 as usize;
        if let Some(mark) = self.mark(threads.logs.of(i), threads.samples.of(i)) {
            return Some(mark);
        }
        if self.device_y >= self.device_y_of(lane, bar_part(lane).1) {
            let bound = bound_to_proc(trace, levels, threads, thread);
            return bound.at(self.time, self.reach).map(Hit::Bound);
        }
        let track = ThreadTrack::of_thread(trace, levels, threads, thread);
        let place = self.span(lane, &track, |y| Look::of_actor(y, &[], &ON_THREAD));
        place.map(|place| Hit::ThreadSpan {
            thread,
            span: SpanIndex(track.rows[place]),
        })
    }

    // The strips' places are those of `draw/lane.rs` and `draw/regions.rs`.
    fn goroutine(&self, lane: &Lane, goroutine: GoroutineIndex) -> Option<Hit> {
        let (trace, levels) = (self.scene.trace, self.scene.levels);
        let i = goroutine.0 as usize;
        if lane.below.stacks && self.y >= lane.below.frames_top() {
            return self.frame(lane, goroutine);
        }
        if self.y >= BAR - 1.0 && lane.region_rows() > 0 {
            return self.region(goroutine, true).map(Hit::Region);
        }
        if let Some(mark) = self.mark(levels.logs.of(i), levels.samples.of(i)) {
            return Some(mark);
        }
        let (clear_top, clear_bottom) = self.clear_band(lane);
        if self.device_y < clear_top
            && let Some(row) = ranges(trace, levels.assists.of(i)).at(self.time, self.reach)
        {
            return Some(Hit::Range(row));
        }
        if self.device_y >= clear_bottom
            && lane.region_rows() == 0
            && let Some(row) = self.region(goroutine, false)
        {
            return Some(Hit::Region(row));
        }
        let track = GoroutineTrack::new(trace, levels, goroutine);
        self.span(lane, &track, |y| Look::of_goroutine(y, &[]))
            .map(|place| Hit::Span(SpanIndex(track.rows[place])))
    }

    /// A frame of a stack.
    fn frame(&self, lane: &Lane, goroutine: GoroutineIndex) -> Option<Hit> {
        let (trace, levels) = (self.scene.trace, self.scene.levels);
        let flames = self.scene.lanes.flames(goroutine)?;
        let depth = ((self.y - lane.below.frames_top()) / FRAME_ROW) as u16;
        if depth >= flames.frame_rows() {
            return None;
        }
        let track = GoroutineTrack::new(trace, levels, goroutine);
        let place = self.longest(&track, None)?;
        let piece = Reader::new(trace, levels, goroutine).piece_at(place, self.time)?;
        piece.known.path.frame(trace, depth)?;
        let span = SpanIndex(track.rows[place]);
        Some(Hit::Frame { span, depth })
    }

    /// A log's pin or a CPU sample.
    fn mark(&self, logged: &[u32], sampled: &[u32]) -> Option<Hit> {
        let trace = self.scene.trace;
        if self.y <= 3.0 + LOG_HEAD
            && let Some(log) = logs(trace, logged).at(self.time, self.reach)
        {
            return Some(Hit::Log(log));
        }
        let middle = BAR / 2.0;
        if (self.y - middle).abs() <= SAMPLE_HEIGHT / 2.0 + 1.0 {
            return samples(trace, sampled)
                .at(self.time, self.reach)
                .map(Hit::Sample);
        }
        None
    }

    /// A pause or a GC phase.
    fn range(&self) -> Option<u32> {
        let all = &self.scene.trace.ranges;
        let trace = self.scene.trace;
        let pause = ranges(trace, &all.stop_the_world).at(self.time, self.reach);
        let mark = || ranges(trace, &all.gc_marks).at(self.time, self.reach);
        match self.y < PAUSE_BOTTOM {
            true => pause.or_else(mark),
            false => mark().or(pause),
        }
    }

    /// The region: where they have bars the one whose bar it is, else the innermost.
    fn region(&self, goroutine: GoroutineIndex, bars: bool) -> Option<u32> {
        let trace = self.scene.trace;
        let mut found = None;
        for (depth, rows) in by_depth(trace, self.scene.levels, goroutine) {
            let (top, bottom) = region_band(depth);
            if bars && !(top..bottom).contains(&self.y) {
                continue;
            }
            found = regions(trace, rows).at(self.time, self.reach).or(found);
        }
        found
    }

    /// The place of the span that is meant: the one that fills the column; of several in it, the longest of the class
    /// that is drawn at the point, or of all where none is.
    fn span<const W: usize>(
        &self,
        lane: &Lane,
        track: &impl Track<W>,
        look: impl Fn((i32, i32)) -> Look<'static>,
    ) -> Option<usize> {
        let only = self.columns.only(self.column);
        let mut wanted = None;
        let mut whole = None;
        walk(track, &only, |piece| match piece {
            Piece::Span { place, .. } => whole = Some(place),
            Piece::Mixed {
                shares,
                present,
                long_wait,
                ..
            } => {
                let look = look(self.clear_band(lane));
                let heights = look.heights(&shares, present as u16, long_wait);
                wanted = look.class_at(&heights, self.device_y);
            }
        });
        if whole.is_some() {
            return whole;
        }
        self.longest(track, wanted)
    }

    /// The place of the span that takes most of the column, of the wanted class if there is one.
    fn longest<const W: usize>(
        &self,
        track: &impl Track<W>,
        wanted: Option<usize>,
    ) -> Option<usize> {
        let (from, to) = (
            self.columns.time(self.column),
            self.columns.time(self.column + 1),
        );
        // How long it is here, and which: of the wanted class, and of all.
        let (mut best, mut longest) = (None, None);
        for place in (place_at(track, from)..track.len()).take(MAX_COMPARED) {
            let (start, end) = (track.start(place), track.end(place));
            if start >= to {
                break;
            }
            let Some(class) = track.class(place) else {
                continue;
            };
            // The whole length only breaks ties.
            let length = end.min(to) - start.max(from) + (end - start) * 1e-9;
            let longer = |known: Option<(f64, usize)>| known.is_none_or(|(most, _)| length > most);
            if longer(longest) {
                longest = Some((length, place));
            }
            if wanted == Some(class) && longer(best) {
                best = Some((length, place));
            }
        }
        best.or(longest).map(|(_, place)| place)
    }

    /// Where a lane's bars are, in device pixels.
    fn clear_band(&self, lane: &Lane) -> (i32, i32) {
        let (top, bottom) = clear_part(self.scene.levels, lane);
        (self.device_y_of(lane, top), self.device_y_of(lane, bottom))
    }

    /// Device pixels from the canvas' top for CSS pixels from a lane's top.
    fn device_y_of(&self, lane: &Lane, y: f64) -> i32 {
        self.scene.size.device(self.scene.lane_y(lane) + y)
    }
}
