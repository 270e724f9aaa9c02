//! The four profiles: how long goroutines were in a state, by the stack of the event that put them there.
//!
//! The rules are those of `cmd/trace/pprof.go` of Go 1.26 and newer (older ones skipped events without a stack, and so
//! counted too much).

use tracepane_model::sorting::{largest_first, sort_by_numbers};
use tracepane_model::{
    GoroutineIndex, Nanos, SpanIndex, SpanKind, SpanPiece, SpanState, StackRef, Trace,
};
use tracepane_pprof::{Builder, Frame, Measure};

use crate::cpu_profile::{self, cpu_profile, cpu_profile_within};
use crate::intervals::{Cursors, Intervals};
use crate::pieces::{KindClasses, for_each_piece, for_each_piece_of_all};
use crate::same_stacks::SameStacks;
use crate::scope::{self, GoroutineScope, Scope, TimeRange};
use crate::stack_reason;

pub use crate::top_stacks::{FrameText, TopStack, TopStacks, frames, top_stacks};

/// Which profile.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ProfileKind {
    /// Waiting for the network.
    Network,
    /// Waiting for channels, locks and the like.
    Sync,
    /// In system calls.
    Syscall,
    /// Ready to run, waiting for a proc.
    Scheduler,
    /// Samples of a CPU profile: see [`crate::cpu_profile()`]. `go tool trace` has no such profile.
    Cpu,
}

impl ProfileKind {
    /// Those of `go tool trace`, in the order of `go tool trace`'s page.
    pub const ALL: [Self; 4] = [Self::Network, Self::Sync, Self::Syscall, Self::Scheduler];

    /// The name in commands, addresses and file names: `go tool trace -pprof=NAME`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Network => "net",
            Self::Sync => "sync",
            Self::Syscall => "syscall",
            Self::Scheduler => "sched",
            Self::Cpu => "cpu",
        }
    }

    /// The kind with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        let all = Self::ALL.into_iter().chain([Self::Cpu]);
        all.into_iter().find(|kind| kind.name() == name)
    }

    /// What it shows, in words.
    pub fn title(self) -> &'static str {
        match self {
            Self::Network => "Network wait",
            Self::Sync => "Synchronization blocking",
            Self::Syscall => "System calls",
            Self::Scheduler => "Scheduling wait",
            Self::Cpu => "CPU time",
        }
    }

    /// Whether spans in `state` count.
    #[inline]
    fn wants(self, state: SpanState) -> bool {
        match self {
            Self::Network | Self::Sync => state == SpanState::Waiting,
            // A call that loses its proc goes on.
            Self::Syscall => matches!(state, SpanState::Syscall | SpanState::SyscallBlocked),
            Self::Scheduler => state == SpanState::Runnable,
            // Samples count, not spans.
            Self::Cpu => false,
        }
    }

    /// Whether spans with `reason` count (`computePprofIO`, `computePprofBlock`…: "synctest" is sync, too).
    pub fn wants_reason(self, reason: &str) -> bool {
        match self {
            Self::Network => reason == "network",
            Self::Sync => ["chan", "sync", "select"]
                .iter()
                .any(|s| reason.contains(s)),
            Self::Syscall | Self::Scheduler | Self::Cpu => true,
        }
    }
}

/// Which waits count.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub enum Completeness {
    /// Those that `go tool trace` counts, its oddities included: of each goroutine only what lies between its first
    /// run and its end, and only waits that ended before the trace did.
    #[default]
    AsGoToolTrace,
    /// All of them: also before a goroutine's first run, unfinished ones up to the trace's end, and those already in
    /// progress when the trace began.
    Complete,
}

/// The waits that began with one stack.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ProfileRow {
    /// The stack of the event that began them; of scheduling waits the waker's or creator's.
    pub stack: StackRef,
    /// How many.
    pub count: u64,
    /// How long in all.
    pub nanos: u64,
}

/// A profile.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Profile {
    /// Which.
    pub kind: ProfileKind,
    /// Which waits it counts.
    pub completeness: Completeness,
    /// One row for each stack, heaviest first; of equal ones the one with more waits, then in order of appearance.
    pub rows: Vec<ProfileRow>,
    /// How many waits there are in all.
    pub count: u64,
    /// How long they are in all.
    pub nanos: u64,
}

/// Computes a profile in one pass over the spans.
pub fn profile(
    trace: &Trace,
    kind: ProfileKind,
    scope: &Scope,
    completeness: Completeness,
) -> Profile {
    if kind == ProfileKind::Cpu {
        return cpu_profile(trace, scope);
    }
    let window = scope.time.unwrap_or(TimeRange::ALL);
    let nothing = TimeRange {
        start: Nanos(0),
        end: Nanos(0),
    };
    let bounds = (0..trace.goroutines.len())
        .map(|i| {
            let goroutine = GoroutineIndex(i as u32);
            if !scope.has(trace, goroutine) {
                nothing
            } else if completeness == Completeness::AsGoToolTrace {
                window.intersection(go_interval(trace, goroutine))
            } else {
                window
            }
        })
        .collect();
    let pass = Pass::new(trace, kind, When::Once(bounds), completeness);
    match scope.few(trace) {
        Some(few) => pass.run_few(&few),
        None => pass.run_within(window),
    }
}

/// Computes a profile of what lies in some goroutines' intervals: a wait counts with its part in them
/// (`pprofByRegion` of `cmd/trace/pprof.go`). Waits before a goroutine's first run count here in any case.
pub fn profile_within(
    trace: &Trace,
    kind: ProfileKind,
    intervals: &Intervals,
    completeness: Completeness,
) -> Profile {
    if kind == ProfileKind::Cpu {
        return cpu_profile_within(trace, intervals);
    }
    let goroutines = intervals.goroutines();
    let when = When::Often(intervals.cursors(trace));
    let pass = Pass::new(trace, kind, when, completeness);
    match scope::are_few(trace, goroutines) {
        true => pass.run_few(goroutines),
        false => pass.run_within(TimeRange::ALL),
    }
}

/// When a goroutine's waits count.
enum When<'a> {
    /// In one stretch of time; by goroutine.
    Once(Vec<TimeRange>),
    /// In any number of them.
    Often(Cursors<'a>),
}

impl When<'_> {
    /// How much of a wait counts; those of a goroutine are asked for in time order.
    #[inline]
    fn overlap(&mut self, goroutine: usize, since: Nanos, until: Nanos) -> i64 {
        match self {
            Self::Once(bounds) => bounds[goroutine].overlap(since, until),
            Self::Often(cursors) => cursors.overlap(goroutine, since, until),
        }
    }
}

/// A wait in progress; `since` is [`NOT_WAITING`] if there is none.
#[derive(Clone, Copy)]
struct Wait {
    since: i64,
    stack: StackRef,
}

const NOT_WAITING: i64 = i64::MIN;

/// A goroutine in such a span is in the profile's state.
const IN_STATE: u8 = 1;
/// A wait that counts begins with it, unless it is in one.
const BEGINS: u8 = 2;
/// The goroutine was found so; whether that counts its stack says.
const FOUND: u8 = 4;

/// What the loop over the spans carries along.
struct Pass<'a> {
    trace: &'a Trace,
    kind: ProfileKind,
    completeness: Completeness,
    classes: KindClasses<u8>,
    /// By goroutine.
    waits: Vec<Wait>,
    when: When<'a>,
    same: SameStacks,
    /// By stack: count and nanoseconds.
    sums: Vec<(u64, u64)>,
}

impl<'a> Pass<'a> {
    fn new(
        trace: &'a Trace,
        kind: ProfileKind,
        when: When<'a>,
        completeness: Completeness,
    ) -> Self {
        let wanted: Vec<bool> = (trace.spans.reasons.iter())
            .map(|&reason| kind.wants_reason(trace.strings.get(reason)))
            .collect();
        let classes = KindClasses::new(trace, |span| {
            if !kind.wants(span.state()) {
                return 0;
            }
            let wanted = wanted.get(usize::from(span.reason().0)) == Some(&true);
            let found = span.was_going_on() && completeness == Completeness::Complete;
            match (found, wanted) {
                (true, _) => IN_STATE | FOUND,
                (false, true) => IN_STATE | BEGINS,
                (false, false) => IN_STATE,
            }
        });
        let none = Wait {
            since: NOT_WAITING,
            stack: StackRef::NONE,
        };
        Self {
            trace,
            kind,
            completeness,
            classes,
            waits: vec![none; trace.goroutines.len()],
            when,
            same: SameStacks::new(&trace.stacks),
            sums: vec![(0, 0); trace.stacks.len().max(1)],
        }
    }

    /// Goes through the spans of some goroutines.
    fn run_few(mut self, goroutines: &[GoroutineIndex]) -> Profile {
        for &goroutine in goroutines {
            for &span in self.trace.goroutines.spans(goroutine) {
                self.span(SpanIndex(span));
            }
        }
        self.finish()
    }

    /// Goes through the spans that have to do with a part of time, in which all lies that counts.
    fn run_within(mut self, window: TimeRange) -> Profile {
        let trace = self.trace;
        let (first, end) = (
            trace.spans.first_at(window.start),
            trace.spans.first_at(window.end),
        );
        // To look for what goroutines were doing costs more than to see what they did, unless that is much.
        if (end.0.saturating_sub(first.0)) as usize > trace.spans.len() / 2 {
            for_each_piece_of_all(trace, |piece| self.piece(piece));
            return self.finish();
        }
        for goroutine in 0..trace.goroutines.len() as u32 {
            let spans = trace.goroutines.spans(GoroutineIndex(goroutine));
            let before = spans.partition_point(|&span| span < first.0);
            let in_state =
                |&&span: &&u32| self.kind.wants(trace.spans.kind(SpanIndex(span)).state());
            let going_on = spans[..before].iter().rev().take_while(in_state).count();
            for &span in &spans[before - going_on..before] {
                self.span(SpanIndex(span));
            }
        }
        for_each_piece(trace, first, end, |piece| self.piece(piece));
        for goroutine in 0..trace.goroutines.len() {
            let spans = trace.goroutines.spans(GoroutineIndex(goroutine as u32));
            let next = match self.waits[goroutine].since {
                // What is only found later may have gone on before.
                NOT_WAITING => match spans.first() {
                    Some(&span) if span >= end.0 => 0,
                    _ => continue,
                },
                _ => spans.partition_point(|&span| span < end.0),
            };
            for &span in &spans[next..] {
                self.span(SpanIndex(span));
                if self.waits[goroutine].since == NOT_WAITING {
                    break;
                }
            }
        }
        self.finish()
    }

    /// Rows that follow each other; called for each piece, so that a browser compiles it well while the pass goes on.
    #[inline(never)]
    fn piece(&mut self, piece: &SpanPiece) {
        for (span, start, goroutine, kind, stack) in piece.rows() {
            self.row(span, start, goroutine, kind, stack);
        }
    }

    fn span(&mut self, span: SpanIndex) {
        let spans = &self.trace.spans;
        let (start, goroutine) = (spans.start(span).0, spans.goroutine(span));
        self.row(span, start, goroutine, spans.kind(span), spans.stack(span));
    }

    /// `makeComputePprofFunc`: a wait begins when a goroutine enters the state for a wanted reason, and ends when it
    /// leaves the state.
    #[inline(always)]
    fn row(
        &mut self,
        span: SpanIndex,
        start: i64,
        goroutine: GoroutineIndex,
        kind: SpanKind,
        stack: StackRef,
    ) {
        let goroutine = goroutine.0 as usize;
        let Some(wait) = self.waits.get_mut(goroutine) else {
            return;
        };
        let class = self.classes.of(kind);
        if wait.since != NOT_WAITING {
            if class & IN_STATE == 0 {
                let Wait { since, stack } = *wait;
                wait.since = NOT_WAITING;
                self.add(goroutine, since, start, stack, span.0);
            }
        } else if class & BEGINS != 0 {
            *wait = Wait {
                since: start,
                stack,
            };
        } else if class & FOUND != 0 && self.wanted_when_found(stack) {
            let since = found_since(self.trace, Nanos(start)).0;
            self.waits[goroutine] = Wait { since, stack };
        }
    }

    /// The runtime does not say what a goroutine waits for that waited when the trace began; its stack does.
    #[cold]
    fn wanted_when_found(&self, stack: StackRef) -> bool {
        self.kind.wants_reason(stack_reason::of(self.trace, stack))
    }

    /// Counts a wait; `order` is the row of the span that ended it.
    #[inline]
    fn add(&mut self, goroutine: usize, since: i64, until: i64, stack: StackRef, order: u32) {
        let overlap = self.when.overlap(goroutine, Nanos(since), Nanos(until));
        if overlap > 0
            && let Some(sum) = self.sums.get_mut(self.same.count(stack, order).0 as usize)
        {
            sum.0 += 1;
            sum.1 = sum.1.saturating_add(overlap as u64);
        }
    }

    fn finish(mut self) -> Profile {
        if self.completeness == Completeness::Complete {
            for goroutine in 0..self.waits.len() {
                let Wait { since, stack } = self.waits[goroutine];
                if since != NOT_WAITING {
                    self.add(goroutine, since, self.trace.end.0, stack, u32::MAX);
                }
            }
        }
        from_sums(self.kind, self.completeness, &self.same, &self.sums)
    }
}

/// The profile of counts and nanoseconds by stack.
pub(crate) fn from_sums(
    kind: ProfileKind,
    completeness: Completeness,
    same: &SameStacks,
    sums: &[(u64, u64)],
) -> Profile {
    let mut rows: Vec<ProfileRow> = sums
        .iter()
        .enumerate()
        .filter(|(_, (count, _))| *count > 0)
        .map(|(stack, &(count, nanos))| ProfileRow {
            stack: same.shown(StackRef(stack as u32)),
            count,
            nanos,
        })
        .collect();
    sort_by_numbers(&mut rows, |row| [row.nanos, row.count].map(largest_first));
    Profile {
        kind,
        completeness,
        count: rows.iter().map(|row| row.count).sum(),
        nanos: rows
            .iter()
            .fold(0, |sum, row| sum.saturating_add(row.nanos)),
        rows,
    }
}

/// When the waits of a goroutine count for `go tool trace`: from its first run, or the beginning of time if it never
/// ran, to its end or the trace's (`pprofMatchingGoroutines` of `cmd/trace/pprof.go`).
fn go_interval(trace: &Trace, goroutine: GoroutineIndex) -> TimeRange {
    let row = trace.goroutines.row(goroutine);
    let start = match row.first_ran {
        None => Nanos(i64::MIN),
        // `StartTime` 0 means "not yet" there, and format v1 counts from 0: the next run becomes the first.
        Some(ran) if trace.clock_start.0.wrapping_add(ran.0) == 0 => {
            second_run(trace, goroutine, ran)
        }
        Some(ran) => ran,
    };
    TimeRange {
        start,
        end: row.ended.unwrap_or(trace.end),
    }
}

fn second_run(trace: &Trace, goroutine: GoroutineIndex, first: Nanos) -> Nanos {
    let spans = &trace.spans;
    spans
        .iter_from(spans.first_at(first))
        .find(|&(span, start)| {
            start > first
                && spans.goroutine(span) == goroutine
                && spans.kind(span).state() == SpanState::Running
        })
        .map_or(Nanos(i64::MIN), |(_, start)| start)
}

/// Since when a goroutine that is found in a state at `time` has surely been in it: the beginning of that generation.
pub(crate) fn found_since(trace: &Trace, time: Nanos) -> Nanos {
    let after = trace.generations.partition_point(|g| g.start <= time);
    after
        .checked_sub(1)
        .map_or(Nanos(0), |i| trace.generations[i].start)
}

impl Profile {
    /// The profile in pprof's format, gzip'ed: what `go tool pprof` reads.
    pub fn to_pprof(&self, trace: &Trace) -> Vec<u8> {
        let mut builder = Builder::measuring(match self.kind {
            ProfileKind::Cpu => cpu_profile::measure(trace),
            _ => Measure::Waits,
        });
        for row in &self.rows {
            let frames = trace.stacks.get(row.stack).iter().map(|&place| {
                let frame = trace.stacks.frame(place);
                Frame {
                    pc: frame.pc,
                    function: trace.strings.get(frame.function),
                    file: trace.strings.get(frame.file),
                    line: frame.line,
                }
            });
            builder.add(frames, row.count, row.nanos);
        }
        builder.finish().to_gzip()
    }

    /// A name for its file: `NAME.sched.pb.gz`, or `NAME.sched-1.2ms-3.4ms.pb.gz` of a part of time.
    pub fn file_name(&self, trace_name: &str, time: Option<TimeRange>) -> String {
        let mut stem = trace_name;
        for suffix in [".gz", ".trace", ".out"] {
            stem = stem.strip_suffix(suffix).unwrap_or(stem);
        }
        let stem = if stem.is_empty() { "trace" } else { stem };
        let complete = match self.completeness {
            Completeness::AsGoToolTrace => "",
            Completeness::Complete => "-complete",
        };
        let part = time.map_or_else(String::new, |time| format!("-{}", time.for_file_name()));
        format!("{stem}.{}{complete}{part}.pb.gz", self.kind.name())
    }
}

/// Whether a scope can have no profile at all: a group or goroutine that the trace does not have
/// (`go tool trace` says "failed to find matching goroutines").
pub fn has_goroutines(trace: &Trace, scope: &Scope) -> bool {
    match scope.goroutines {
        GoroutineScope::All => !trace.goroutines.is_empty(),
        GoroutineScope::Group(group) => !trace.goroutines.members(group).is_empty(),
        GoroutineScope::Goroutine(one) => (one.0 as usize) < trace.goroutines.len(),
    }
}

#[cfg(test)]
mod tests;
