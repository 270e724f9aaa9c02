//! What `MutatorUtilizationV2` of `internal/trace/gc.go` sees, event by event.

use rustc_hash::FxHashMap;
use tracepane_model::sorting::sort_by_numbers;
use tracepane_model::{
    FoundRange, GoroutineIndex, Nanos, RangeKind, RangeRow, RangeScope, SpanIndex, SpanState, Trace,
};

use super::steps::{Change, Steps};
use super::{UtilizationFlags, UtilizationSeries, is_gc_pause, number};
use crate::gc_work::running_on;

/// How many steps may be corrected when ranges are found late: a damaged trace may have any number of both.
const MOST_CORRECTIONS: usize = 1 << 28;

/// What an event does.
#[derive(Clone, Copy)]
enum Effect {
    Change(Change),
    /// A range that was going on from the start is found; all that was noted so far was too much.
    FoundLate(u64),
}

pub(super) fn utilization(trace: &Trace, flags: UtilizationFlags) -> Vec<UtilizationSeries> {
    let metrics = &trace.metrics.gomaxprocs;
    // Before it is known how many procs there are, events are skipped.
    let Some(known) = metrics.iter().find(|point| point.value > 0) else {
        return Vec::new();
    };
    let mut events = Events {
        trace,
        flags,
        known: known.time,
        effects: Vec::new(),
    };
    for point in metrics.iter() {
        events.push(point.time, Change::Procs(point.value));
    }
    let labelled = events.labels();
    events.ranges(&labelled);
    let mut effects = events.effects;
    sort_by_numbers(&mut effects, |&(time, _)| [time.0, 0]);

    let mut steps = Steps::new(flags.per_proc, false);
    let mut corrections = 0;
    for (time, effect) in effects {
        match effect {
            Effect::Change(change) => steps.change(time, change),
            Effect::FoundLate(proc) => {
                corrections += steps.len();
                if !flags.per_proc && corrections <= MOST_CORRECTIONS {
                    steps.subtract_one_proc();
                }
                steps.change(time, Change::Begin(proc));
            }
        }
        steps.note(time);
    }
    steps.finish(trace.end)
}

struct Events<'a> {
    trace: &'a Trace,
    flags: UtilizationFlags,
    known: Nanos,
    effects: Vec<(Nanos, Effect)>,
}

impl Events<'_> {
    fn push(&mut self, time: Nanos, change: Change) {
        if time >= self.known {
            self.effects.push((time, Effect::Change(change)));
        }
    }

    /// The number of the proc that a goroutine runs on.
    fn proc_of(&self, goroutine: GoroutineIndex, time: Nanos) -> Option<u64> {
        let place = self.trace.span_at(goroutine, time)?;
        self.proc_at(goroutine, place)
    }

    fn proc_at(&self, goroutine: GoroutineIndex, place: usize) -> Option<u64> {
        let &span = self.trace.goroutines.spans(goroutine).get(place)?;
        number(self.trace, running_on(self.trace, SpanIndex(span))?)
    }

    fn executing(&self, goroutine: GoroutineIndex, place: usize) -> bool {
        let spans = self.trace.goroutines.spans(goroutine);
        spans.get(place).is_some_and(|&span| {
            matches!(
                self.trace.spans.kind(SpanIndex(span)).state(),
                SpanState::Running | SpanState::Syscall | SpanState::SyscallBlocked
            )
        })
    }

    /// From when on goroutines count as mark workers: for ever, since they first said so.
    fn labels(&mut self) -> FxHashMap<GoroutineIndex, Nanos> {
        let mut labelled = FxHashMap::default();
        if !self.flags.background {
            return labelled;
        }
        for label in self.trace.labels.iter() {
            let name = self.trace.strings.get(label.label);
            let counts = name.starts_with("GC ")
                && name != "GC (idle)"
                && !(self.flags.per_proc && name == "GC (dedicated)");
            if !counts || label.time < self.known {
                continue;
            }
            if let Some(proc) = self.proc_of(label.goroutine, label.time) {
                self.push(label.time, Change::Begin(proc));
            }
            labelled.entry(label.goroutine).or_insert(label.time);
        }
        for (&goroutine, &since) in &labelled {
            self.transitions(goroutine, since, Nanos(i64::MAX));
        }
        labelled
    }

    /// A goroutine that is in the GC's service between two moments starts and stops running.
    fn transitions(&mut self, goroutine: GoroutineIndex, from: Nanos, to: Nanos) {
        let spans = self.trace.goroutines.spans(goroutine);
        let first = spans.partition_point(|&span| self.trace.spans.start(SpanIndex(span)) <= from);
        let mut executed = first > 0 && self.executing(goroutine, first - 1);
        for (place, &span) in spans.iter().enumerate().skip(first) {
            let time = self.trace.spans.start(SpanIndex(span));
            if time >= to {
                break;
            }
            let executes = self.executing(goroutine, place);
            let change = match (executed, executes) {
                (false, true) => self.proc_at(goroutine, place).map(Change::Begin),
                (true, false) => self.proc_at(goroutine, place - 1).map(Change::End),
                _ => None,
            };
            if let Some(change) = change {
                self.push(time, change);
            }
            executed = executes;
        }
    }

    fn ranges(&mut self, labelled: &FxHashMap<GoroutineIndex, Nanos>) {
        let (trace, known) = (self.trace, self.known);
        let generations = &trace.generations;
        let second = generations
            .get(1)
            .map_or(Nanos(i64::MAX), |next| next.start);
        let mut found: Vec<FoundRange> = trace.ranges.found.clone();
        sort_by_numbers(&mut found, |found| [found.row.into(), 0]);
        for (place, range) in trace.ranges.rows.iter().enumerate() {
            let place = place as u32;
            let found = || {
                let at = found.binary_search_by_key(&place, |found| found.row).ok()?;
                Some(found[at]).filter(|found| found.time < second && found.time >= known)
            };
            match (range.kind, range.scope) {
                (RangeKind::StopTheWorld(_), _)
                    if self.flags.stw && range.begin_seen && is_gc_pause(trace, &range) =>
                {
                    self.push(range.start, Change::Stop);
                    if range.end_seen {
                        self.push(range.end, Change::Start);
                    }
                }
                (RangeKind::GcSweep, RangeScope::Proc(proc)) if self.flags.sweep => {
                    if let Some(proc) = number(trace, proc) {
                        let found = if range.begin_seen { None } else { found() };
                        self.sweep(&range, proc, found);
                    }
                }
                (RangeKind::GcMarkAssist, RangeScope::Goroutine(goroutine))
                    if self.flags.assist =>
                {
                    let found = if range.begin_seen { None } else { found() };
                    let until = labelled.get(&goroutine).copied();
                    self.assist(&range, goroutine, found, until);
                }
                _ => {}
            }
        }
    }

    fn sweep(&mut self, range: &RangeRow, proc: u64, found: Option<FoundRange>) {
        if range.begin_seen {
            self.push(range.start, Change::Begin(proc));
        } else if let Some(found) = found
            && let Some(by) = number(self.trace, found.proc)
        {
            self.effects.push((found.time, Effect::FoundLate(by)));
        }
        if range.end_seen {
            self.push(range.end, Change::End(proc));
        }
    }

    /// `until`: from then on the goroutine counts as a mark worker anyway.
    fn assist(
        &mut self,
        range: &RangeRow,
        goroutine: GoroutineIndex,
        found: Option<FoundRange>,
        until: Option<Nanos>,
    ) {
        let mut since = None;
        if range.begin_seen {
            if let Some(proc) = self.proc_of(goroutine, range.start) {
                self.push(range.start, Change::Begin(proc));
            }
            since = Some(range.start).filter(|&start| start >= self.known);
        } else if let Some(found) = found {
            let place = self.trace.span_at(goroutine, found.time);
            let executing = place.is_some_and(|place| {
                let span = self.trace.goroutines.spans(goroutine)[place];
                self.executing(goroutine, place)
                    && self.trace.spans.start(SpanIndex(span)) >= self.known
            });
            if let Some(by) = number(self.trace, found.proc) {
                let effect = if executing {
                    Effect::FoundLate(by)
                } else {
                    Effect::Change(Change::Begin(by))
                };
                self.effects.push((found.time, effect));
            }
            since = Some(found.time);
        }
        if range.end_seen
            && let Some(proc) = self.proc_of(goroutine, range.end)
        {
            self.push(range.end, Change::End(proc));
        }
        if let Some(since) = since {
            let ends = range.end_seen || range.end < self.trace.end;
            let end = if ends { range.end } else { Nanos(i64::MAX) };
            self.transitions(goroutine, since, until.map_or(end, |until| end.min(until)));
        }
    }
}
