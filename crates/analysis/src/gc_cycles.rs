//! The garbage collector's cycles: when each one was, what its phases took, who worked for it, what became of the heap.
//!
//! The order of events is that of `gcStart`, `gcMarkDone` and `gcMarkTermination` in `runtime/mgc.go`: the mark phase's
//! range begins before the world is stopped for sweep termination and ends while it is stopped for mark termination;
//! sweeping follows until the next cycle.

use rustc_hash::FxHashMap;
use tracepane_model::sorting::sort_by_numbers;
use tracepane_model::{
    GoroutineIndex, GroupIndex, Nanos, RangeKind, RangeRow, RangeScope, StackRef, Trace,
};

use crate::gc_work::{GcWorkKind, for_each_gc_work};
use crate::scope::{TimeRange, touches};
use crate::sum;

/// Why a cycle began.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum GcTrigger {
    /// The heap reached the size at which the pacer starts.
    HeapSize,
    /// The program called `runtime.GC`.
    Call,
    /// The program called `debug.FreeOSMemory`.
    FreeMemory,
    /// None had been for two minutes.
    Periodic,
    /// Not known: it began before the trace, or without a stack.
    Unknown,
}

impl GcTrigger {
    /// In words.
    pub fn title(self) -> &'static str {
        match self {
            Self::HeapSize => "heap size",
            Self::Call => "runtime.GC",
            Self::FreeMemory => "debug.FreeOSMemory",
            Self::Periodic => "two minutes passed",
            Self::Unknown => "unknown",
        }
    }
}

/// A stretch of time of a cycle.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct GcPhase {
    /// Its place in [`tracepane_model::Ranges::rows`].
    pub range: u32,
    /// When it began.
    pub start: Nanos,
    /// When it ended.
    pub end: Nanos,
}

impl GcPhase {
    /// How long it is.
    pub fn length(&self) -> Nanos {
        Nanos(self.end.0.saturating_sub(self.start.0).max(0))
    }
}

/// What was swept.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Swept {
    /// How many times somebody began to sweep.
    pub count: u64,
    /// For how long, on procs.
    pub time: Nanos,
    /// How many bytes were looked at.
    pub swept: u64,
    /// How many of them were free again.
    pub reclaimed: u64,
    /// When the last one ended.
    pub until: Option<Nanos>,
}

/// How much goroutines had to help to mark.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Assists {
    /// How many times.
    pub count: u64,
    /// From beginning to end, waiting for others' marking included.
    pub time: Nanos,
    /// The part of it on a proc.
    pub running: Nanos,
}

/// A cycle.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GcCycle {
    /// The mark phase's place in [`tracepane_model::Ranges::rows`].
    pub range: u32,
    /// When it began.
    pub start: Nanos,
    /// When the world ran again after marking; the trace's end if that is not in it.
    pub end: Nanos,
    /// Whether its beginning is in the trace.
    pub begin_seen: bool,
    /// Whether the end of its marking is in the trace.
    pub end_seen: bool,
    /// Why it began.
    pub trigger: GcTrigger,
    /// Who began it, or NONE.
    pub by: GoroutineIndex,
    /// Where.
    pub stack: StackRef,
    /// The world is stopped to finish the sweeping of the cycle before.
    pub sweep_termination: Option<GcPhase>,
    /// The world is stopped to end marking, perhaps several times: there may be something left to mark.
    pub mark_terminations: Vec<GcPhase>,
    /// From the end of sweep termination to the first mark termination.
    pub mark: Nanos,
    /// What procs did for it, by [`GcWorkKind::ALL`]; of sweeping what [`Self::swept`] says.
    pub work: [Nanos; GcWorkKind::ALL.len()],
    /// Mark assists, all together.
    pub assists: Assists,
    /// Mark assists by goroutine group, most time first.
    pub assists_by_group: Vec<(GroupIndex, Assists)>,
    /// The sweeping that followed.
    pub swept: Swept,
    /// Bytes of heap when it began.
    pub heap_before: Option<u64>,
    /// The most bytes of heap while it marked.
    pub heap_peak: Option<u64>,
    /// Bytes of heap that it found alive.
    pub heap_live: Option<u64>,
    /// The heap size at which it was to be done.
    pub goal: Option<u64>,
    /// The goal of the next cycle, which follows from what was alive.
    pub next_goal: Option<u64>,
}

impl GcCycle {
    /// How long it took, without sweeping.
    pub fn length(&self) -> Nanos {
        Nanos(self.end.0.saturating_sub(self.start.0).max(0))
    }

    /// How long the world was stopped for it.
    pub fn paused(&self) -> Nanos {
        let phases = self.sweep_termination.iter().chain(&self.mark_terminations);
        sum::all(phases.map(GcPhase::length))
    }

    /// How long procs worked for it: sweeping too, idle workers not.
    pub fn worked(&self) -> Nanos {
        let kinds = GcWorkKind::ALL.iter().zip(self.work);
        sum::all(
            kinds
                .filter(|(kind, _)| **kind != GcWorkKind::Idle)
                .map(|(_, time)| time),
        )
    }
}

/// All cycles.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct GcCycles {
    /// In time order.
    pub rows: Vec<GcCycle>,
    /// Sweeping for a cycle that ended before the trace began.
    pub swept_before: Swept,
    /// Mark assists by goroutine group over all cycles, most time first.
    pub assists_by_group: Vec<(GroupIndex, Assists)>,
    /// What procs did for the GC, by [`GcWorkKind::ALL`].
    pub work: [Nanos; GcWorkKind::ALL.len()],
    /// All procs' time: the trace's length by GOMAXPROCS; 0 if that is not known.
    pub available: Nanos,
}

/// Collects the cycles of a trace.
pub fn gc_cycles(trace: &Trace) -> GcCycles {
    let mut cycles = GcCycles {
        rows: rows(trace),
        available: available(trace),
        ..GcCycles::default()
    };
    pauses(trace, &mut cycles.rows);
    heap(trace, &mut cycles.rows);
    work(trace, &mut cycles);
    swept(trace, &mut cycles);
    cycles
}

/// The cycles that touch a part of time, from their beginning until their marking ended: with all that is known of
/// each, also what lies outside. What procs did, the assists by group and the procs' time are only those within it.
pub fn gc_cycles_within(trace: &Trace, time: TimeRange) -> GcCycles {
    let mut cycles = gc_cycles(trace);
    let time = time.intersection(TimeRange {
        start: Nanos(0),
        end: trace.end,
    });
    cycles
        .rows
        .retain(|cycle| cycle.start < time.end && cycle.end > time.start);
    cycles.available = available_within(trace, time);
    cycles.work = [Nanos(0); GcWorkKind::ALL.len()];
    cycles.swept_before = Swept::default();
    let mut assists: FxHashMap<GroupIndex, Assists> = FxHashMap::default();
    for_each_gc_work(trace, |work| {
        let nanos = time.overlap(work.start, work.end);
        sum::add(&mut cycles.work[work.kind as usize], nanos);
        if work.kind == GcWorkKind::Assist && nanos > 0 {
            let group = assists.entry(group_of(trace, work.goroutine)).or_default();
            sum::add(&mut group.running, nanos);
        }
    });
    for (goroutine, range) in trace.ranges.bound_to_goroutines() {
        if range.kind == RangeKind::GcMarkAssist && touches(time, range.start, range.end) {
            let group = assists.entry(group_of(trace, goroutine)).or_default();
            group.count += 1;
            sum::add(&mut group.time, time.overlap(range.start, range.end));
        }
    }
    cycles.assists_by_group = assists.into_iter().collect();
    most_first(&mut cycles.assists_by_group);
    cycles
}

fn group_of(trace: &Trace, goroutine: GoroutineIndex) -> GroupIndex {
    let row = goroutine.get().and_then(|i| trace.goroutines.rows.get(i));
    row.map_or(GroupIndex(0), |row| row.group)
}

fn rows(trace: &Trace) -> Vec<GcCycle> {
    let mut triggers = FxHashMap::default();
    let places = trace.ranges.gc_marks.iter();
    let marks = places.filter_map(|&place| Some((place, trace.ranges.rows.get(place as usize)?)));
    marks
        .map(|(place, mark)| GcCycle {
            range: place,
            start: mark.start,
            end: mark.end,
            begin_seen: mark.begin_seen,
            end_seen: mark.end_seen,
            trigger: *triggers
                .entry(mark.stack)
                .or_insert_with(|| trigger(trace, mark.stack)),
            by: mark.began_by,
            stack: mark.stack,
            sweep_termination: None,
            mark_terminations: Vec::new(),
            mark: Nanos(0),
            work: [Nanos(0); GcWorkKind::ALL.len()],
            assists: Assists::default(),
            assists_by_group: Vec::new(),
            swept: Swept::default(),
            heap_before: None,
            heap_peak: None,
            heap_live: None,
            goal: None,
            next_goal: None,
        })
        .collect()
}

/// What `gcStart` was called for, from the functions on the stack.
fn trigger(trace: &Trace, stack: StackRef) -> GcTrigger {
    let frames = trace.stacks.get(stack);
    let has = |wanted: &str| {
        frames.iter().any(|&frame| {
            let function = trace.stacks.frame(frame).function;
            trace.strings.get(function) == wanted
        })
    };
    if frames.is_empty() {
        GcTrigger::Unknown
    } else if has("runtime.GC") {
        GcTrigger::Call
    } else if has("runtime/debug.FreeOSMemory") || has("runtime/debug.freeOSMemory") {
        GcTrigger::FreeMemory
    } else if has("runtime.forcegchelper") {
        GcTrigger::Periodic
    } else {
        GcTrigger::HeapSize
    }
}

/// Gives each cycle its pauses. A cycle's last pause goes on for a while after its marking has ended.
fn pauses(trace: &Trace, cycles: &mut [GcCycle]) {
    let mut rest = cycles.iter_mut().peekable();
    for &place in &trace.ranges.stop_the_world {
        let Some(range) = trace.ranges.rows.get(place as usize) else {
            continue;
        };
        let RangeKind::StopTheWorld(kind) = range.kind else {
            continue;
        };
        let kind = trace.strings.get(kind);
        if !kind.starts_with("GC ") {
            continue;
        }
        // A pause that begins after a cycle's marking is not the cycle's.
        while rest.next_if(|cycle| cycle.end < range.start).is_some() {}
        let Some(cycle) = rest.peek_mut() else {
            break;
        };
        if range.end < cycle.start {
            continue;
        }
        let phase = GcPhase {
            range: place,
            start: range.start,
            end: range.end,
        };
        if kind == "GC sweep termination" {
            cycle.sweep_termination = Some(phase);
        } else {
            cycle.mark_terminations.push(phase);
        }
    }
    for cycle in cycles {
        let from = cycle
            .sweep_termination
            .map_or(cycle.start, |phase| phase.end);
        let to = (cycle.mark_terminations.first()).map_or(cycle.end, |phase| phase.start);
        cycle.mark = Nanos(to.0.saturating_sub(from.0).max(0));
        if let Some(last) = cycle.mark_terminations.last() {
            cycle.end = cycle.end.max(last.end);
        }
    }
}

/// The heap before, while and after each cycle: `resetLive` in `runtime/mgcpacer.go` writes what is alive right before
/// the mark phase ends, `gcControllerCommit` writes the new goal right after.
fn heap(trace: &Trace, cycles: &mut [GcCycle]) {
    let (heap, goals) = (&trace.metrics.heap_objects, &trace.metrics.heap_goal);
    let last_before = |column: &tracepane_model::Column<tracepane_model::metric::MetricPoint>,
                       time: Nanos| {
        let next = column.partition_point(|point| point.time <= time);
        next.checked_sub(1).and_then(|place| column.get(place))
    };
    let starts: Vec<Nanos> = cycles.iter().map(|cycle| cycle.start).collect();
    for (i, cycle) in cycles.iter_mut().enumerate() {
        let Some(mark) = trace.ranges.rows.get(cycle.range as usize) else {
            continue;
        };
        let next_cycle = starts.get(i + 1).copied().unwrap_or(Nanos(i64::MAX));
        if cycle.begin_seen {
            cycle.heap_before = last_before(heap, cycle.start).map(|point| point.value);
        }
        cycle.goal = last_before(goals, cycle.start).map(|point| point.value);
        let last_pause = cycle.mark_terminations.last();
        let marked = last_pause.map_or(mark.end, |pause| pause.start.min(mark.end));
        let first = heap.partition_point(|point| point.time < cycle.start);
        let end = heap.partition_point(|point| point.time <= marked);
        let peak = heap.range(first, end).map(|point| point.value).max();
        cycle.heap_peak = peak.max(cycle.heap_before);
        if cycle.end_seen {
            let live = last_before(heap, mark.end).filter(|point| point.time >= marked);
            cycle.heap_live = live.map(|point| point.value);
            let next = goals.partition_point(|point| point.time < mark.end);
            let next = goals.get(next).filter(|point| point.time < next_cycle);
            cycle.next_goal = next.map(|point| point.value);
        }
    }
}

/// The cycle that was going on at a time, or the last one before.
fn cycle_at(starts: &[Nanos], time: Nanos) -> Option<usize> {
    starts
        .partition_point(|&start| start <= time)
        .checked_sub(1)
}

fn work(trace: &Trace, cycles: &mut GcCycles) {
    let starts: Vec<Nanos> = cycles.rows.iter().map(|cycle| cycle.start).collect();
    // By cycle and group.
    let mut assists: FxHashMap<(u32, GroupIndex), Assists> = FxHashMap::default();
    for_each_gc_work(trace, |work| {
        let nanos = work.end.0.saturating_sub(work.start.0);
        sum::add(&mut cycles.work[work.kind as usize], nanos);
        // Sweeps are given to cycles by their ranges.
        if work.kind == GcWorkKind::Sweep {
            return;
        }
        let Some(cycle) = cycle_at(&starts, work.start) else {
            return;
        };
        let row = &mut cycles.rows[cycle];
        sum::add(&mut row.work[work.kind as usize], nanos);
        if work.kind == GcWorkKind::Assist {
            sum::add(&mut row.assists.running, nanos);
            let group = (cycle as u32, group_of(trace, work.goroutine));
            sum::add(&mut assists.entry(group).or_default().running, nanos);
        }
    });
    for (goroutine, range) in trace.ranges.bound_to_goroutines() {
        if range.kind != RangeKind::GcMarkAssist {
            continue;
        }
        let Some(cycle) = cycle_at(&starts, range.start) else {
            continue;
        };
        let nanos = range.end.0.saturating_sub(range.start.0);
        let group = assists
            .entry((cycle as u32, group_of(trace, goroutine)))
            .or_default();
        for assists in [group, &mut cycles.rows[cycle].assists] {
            assists.count += 1;
            sum::add(&mut assists.time, nanos);
        }
    }
    let mut in_all: FxHashMap<GroupIndex, Assists> = FxHashMap::default();
    for ((cycle, group), assists) in assists {
        let all = in_all.entry(group).or_default();
        all.count += assists.count;
        sum::add(&mut all.time, assists.time.0);
        sum::add(&mut all.running, assists.running.0);
        if let Some(cycle) = cycles.rows.get_mut(cycle as usize) {
            cycle.assists_by_group.push((group, assists));
        }
    }
    for cycle in &mut cycles.rows {
        most_first(&mut cycle.assists_by_group);
    }
    cycles.assists_by_group = in_all.into_iter().collect();
    most_first(&mut cycles.assists_by_group);
}

fn most_first(groups: &mut [(GroupIndex, Assists)]) {
    sort_by_numbers(groups, |&(group, _)| [group.0.into(), 0]);
    sort_by_numbers(groups, |(_, assists)| [!assists.time.0, !assists.running.0]);
}

/// Sweeping counts for the cycle whose marking ended last: what is swept while the next one begins is still its own.
fn swept(trace: &Trace, cycles: &mut GcCycles) {
    let marked = |cycle: &GcCycle| {
        let mark = trace.ranges.rows.get(cycle.range as usize);
        mark.map_or(cycle.end, |mark| mark.end)
    };
    let ends: Vec<Nanos> = cycles.rows.iter().map(marked).collect();
    for range in trace.ranges.rows.iter() {
        if range.kind != RangeKind::GcSweep || !matches!(range.scope, RangeScope::Proc(_)) {
            continue;
        }
        match cycle_at(&ends, range.start) {
            Some(cycle) => {
                let cycle = &mut cycles.rows[cycle];
                add_sweep(&mut cycle.swept, &range);
                cycle.work[GcWorkKind::Sweep as usize] = cycle.swept.time;
            }
            None => add_sweep(&mut cycles.swept_before, &range),
        }
    }
}

fn add_sweep(swept: &mut Swept, range: &RangeRow) {
    swept.count += 1;
    sum::add(&mut swept.time, range.end.0.saturating_sub(range.start.0));
    swept.swept = swept.swept.saturating_add(range.swept);
    swept.reclaimed = swept.reclaimed.saturating_add(range.reclaimed);
    swept.until = swept.until.max(Some(range.end));
}

/// All procs' time: GOMAXPROCS × time, its first value from the trace's beginning on.
pub(crate) fn available(trace: &Trace) -> Nanos {
    let mut sum = 0i128;
    let mut before: Option<(i64, u64)> = None;
    for point in trace.metrics.gomaxprocs.iter() {
        if let Some((since, count)) = before {
            sum += i128::from(count) * i128::from(point.time.0.saturating_sub(since));
        }
        let since = if before.is_none() { 0 } else { point.time.0 };
        before = Some((since, point.value));
    }
    if let Some((since, count)) = before {
        sum += i128::from(count) * i128::from(trace.end.0.saturating_sub(since));
    }
    Nanos(i64::try_from(sum).unwrap_or(i64::MAX))
}

/// All procs' time in a part of the trace's.
pub(crate) fn available_within(trace: &Trace, time: TimeRange) -> Nanos {
    let mut sum = 0i128;
    let mut before: Option<(Nanos, u64)> = None;
    let mut add = |before: Option<(Nanos, u64)>, until: Nanos| {
        if let Some((since, count)) = before {
            sum += i128::from(count) * i128::from(time.overlap(since, until));
        }
    };
    for point in trace.metrics.gomaxprocs.iter() {
        add(before, point.time);
        let since = if before.is_none() {
            Nanos(0)
        } else {
            point.time
        };
        before = Some((since, point.value));
    }
    add(before, trace.end);
    Nanos(i64::try_from(sum).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests;
