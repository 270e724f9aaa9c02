//! What each row's bytes are.

use tracepane_wire::{
    ClockSnapshot, GoroutineId, GoroutineIndex, Nanos, ProcId, ProcIndex, ProcState, TaskId,
    ThreadId, ThreadIndex,
};

use super::code::{Row, rows, wrapped};
use crate::build::goroutines::State;
use crate::build::ranges::{Key, RangeEnd};
use crate::build::seam::{Deed, Fate, SeamDeed};
use crate::build::syscalls::{SummaryView, Syscall, Watched};
use crate::goroutine::{GoroutineRow, GroupIndex};
use crate::metric::MetricPoint;
use crate::proc::{Placement, ProcSpan, ProcSpanState};
use crate::range::{FoundRange, RangeKind, RangeRow, RangeScope};
use crate::sample::Sample;
use crate::span::{ReasonId, SpanIndex, SpanKind, SpanState, SyscallView};
use crate::stack::{FrameRef, FrameRow, StackRef};
use crate::string::StringRef;
use crate::task::{LabelRow, LogRow, RegionRow, TaskRow};
use crate::trace::GenerationRow;

wrapped!(
    Nanos(i64),
    GoroutineId(i64),
    ProcId(i64),
    ThreadId(i64),
    TaskId(u64),
    GoroutineIndex(u32),
    ProcIndex(u32),
    ThreadIndex(u32),
    StringRef(u32),
    StackRef(u32),
    FrameRef(u32),
    SpanIndex(u32),
    GroupIndex(u32),
    ReasonId(u16),
);

rows! {
    FrameRow { pc: u64, function: StringRef, file: StringRef, line: u64 }
    State { spans: u32, open_region: u32, syscall: u32, last: Option<SpanState>, open: u8 }
    GoroutineRow {
        id: GoroutineId, name: StringRef, group: GroupIndex, created: Nanos, creation_seen: bool,
        first_ran: Option<Nanos>, ended: Option<Nanos>, creator: GoroutineIndex, created_at: StackRef,
        started_with: StackRef, label: StringRef, inherited_task: TaskId, system: bool,
    }
    SummaryView {
        proc: ProcIndex, blocked_from: Option<Nanos>, found_with_proc: bool,
        really_found_with_proc: bool,
    }
    Syscall {
        first: SpanIndex, reason: ReasonId, proc: ProcIndex, thread: ThreadIndex, stack: StackRef,
        lost: Option<Nanos>, summary: SummaryView, watch: u32,
    }
    SyscallView { span: SpanIndex, blocked_from: Option<Nanos>, found_with_proc: bool }
    Watched { first: SpanIndex, goroutine: GoroutineIndex, lost: Option<Nanos>, over: bool }
    Placement { proc: ProcIndex, thread: ThreadIndex }
    ProcSpan { start: Nanos, proc: ProcIndex, thread: ThreadIndex, state: ProcSpanState }
    RangeRow {
        start: Nanos, end: Nanos, kind: RangeKind, scope: RangeScope, stack: StackRef,
        began_by: GoroutineIndex, ended_by: GoroutineIndex, begin_seen: bool, end_seen: bool,
        swept: u64, reclaimed: u64,
    }
    RangeEnd { key: Key, time: Nanos, by: GoroutineIndex, swept: u64, reclaimed: u64 }
    FoundRange { row: u32, time: Nanos, proc: ProcIndex }
    TaskRow {
        id: TaskId, parent: TaskId, name: StringRef, start: Option<Nanos>, end: Option<Nanos>,
        began_by: GoroutineIndex, ended_by: GoroutineIndex, begin_stack: StackRef, end_stack: StackRef,
    }
    RegionRow {
        goroutine: GoroutineIndex, task: TaskId, name: StringRef, start: Option<Nanos>,
        end: Option<Nanos>, depth: u16, end_seen: bool, begin_stack: StackRef, end_stack: StackRef,
    }
    LogRow {
        time: Nanos, goroutine: GoroutineIndex, task: TaskId, category: StringRef, message: StringRef,
        stack: StackRef,
    }
    LabelRow { time: Nanos, goroutine: GoroutineIndex, label: StringRef }
    MetricPoint { time: Nanos, value: u64 }
    Sample {
        time: Nanos, thread: ThreadIndex, proc: ProcIndex, goroutine: GoroutineIndex, stack: StackRef,
    }
    ClockSnapshot { trace: Nanos, monotonic: u64, wall_seconds: i64, wall_nanos: u32 }
    GenerationRow {
        number: u64, start: Nanos, offset: u64, bytes: u64, clock: Option<ClockSnapshot>, cut: bool,
    }
    SeamDeed {
        deed: Deed, time: Nanos, event: u64, spans: u32, proc_spans: u32, placements: u32,
    }
}

impl Row for SpanKind {
    const BYTES: usize = 2;

    #[inline(always)]
    fn put(self, to: &mut &mut [u8]) {
        self.packed().put(to);
    }

    #[inline(always)]
    fn get(from: &mut &[u8]) -> Option<Self> {
        u16::get(from).map(Self::from_packed)
    }
}

/// The smallest number is no time.
impl Row for Option<Nanos> {
    const BYTES: usize = 8;

    fn put(self, to: &mut &mut [u8]) {
        self.map_or(i64::MIN, |time| time.0).put(to);
    }

    fn get(from: &mut &[u8]) -> Option<Self> {
        let time = i64::get(from)?;
        Some((time != i64::MIN).then_some(Nanos(time)))
    }
}

impl Row for Option<ClockSnapshot> {
    const BYTES: usize = 1 + ClockSnapshot::BYTES;

    fn put(self, to: &mut &mut [u8]) {
        self.is_some().put(to);
        let none = ClockSnapshot {
            trace: Nanos(0),
            monotonic: 0,
            wall_seconds: 0,
            wall_nanos: 0,
        };
        self.unwrap_or(none).put(to);
    }

    fn get(from: &mut &[u8]) -> Option<Self> {
        let is_some = bool::get(from)?;
        let clock = ClockSnapshot::get(from)?;
        Some(is_some.then_some(clock))
    }
}

impl Row for Option<SpanState> {
    const BYTES: usize = 1;

    fn put(self, to: &mut &mut [u8]) {
        self.map_or(u8::MAX, |state| state as u8).put(to);
    }

    fn get(from: &mut &[u8]) -> Option<Self> {
        match u8::get(from)? {
            u8::MAX => Some(None),
            state => SpanState::ALL
                .get(usize::from(state))
                .map(|&state| Some(state)),
        }
    }
}

impl Row for ProcSpanState {
    const BYTES: usize = 1;

    fn put(self, to: &mut &mut [u8]) {
        (self == Self::Running).put(to);
    }

    fn get(from: &mut &[u8]) -> Option<Self> {
        Some(if bool::get(from)? {
            Self::Running
        } else {
            Self::Idle
        })
    }
}

impl Row for ProcState {
    const BYTES: usize = 1;

    fn put(self, to: &mut &mut [u8]) {
        (self as u8).put(to);
    }

    fn get(from: &mut &[u8]) -> Option<Self> {
        let all = [
            Self::Undetermined,
            Self::NotExist,
            Self::Running,
            Self::Idle,
        ];
        let place = usize::from(u8::get(from)?);
        all.get(place).copied()
    }
}

impl Row for RangeKind {
    const BYTES: usize = 5;

    fn put(self, to: &mut &mut [u8]) {
        let (kind, what) = match self {
            Self::GcMark => (0u8, 0),
            Self::GcSweep => (1, 0),
            Self::GcMarkAssist => (2, 0),
            Self::StopTheWorld(what) => (3, what.0),
        };
        (kind, what).put(to);
    }

    fn get(from: &mut &[u8]) -> Option<Self> {
        match <(u8, u32)>::get(from)? {
            (0, 0) => Some(Self::GcMark),
            (1, 0) => Some(Self::GcSweep),
            (2, 0) => Some(Self::GcMarkAssist),
            (3, what) => Some(Self::StopTheWorld(StringRef(what))),
            _ => None,
        }
    }
}

impl Row for RangeScope {
    const BYTES: usize = 5;

    fn put(self, to: &mut &mut [u8]) {
        let (scope, of) = match self {
            Self::Global => (0u8, 0),
            Self::Proc(proc) => (1, proc.0),
            Self::Goroutine(goroutine) => (2, goroutine.0),
        };
        (scope, of).put(to);
    }

    fn get(from: &mut &[u8]) -> Option<Self> {
        match <(u8, u32)>::get(from)? {
            (0, 0) => Some(Self::Global),
            (1, proc) => Some(Self::Proc(ProcIndex(proc))),
            (2, goroutine) => Some(Self::Goroutine(GoroutineIndex(goroutine))),
            _ => None,
        }
    }
}

impl Row for Deed {
    const BYTES: usize = 13;

    fn put(self, to: &mut &mut [u8]) {
        let words = match self {
            Self::ProcStatus(proc, state, thread) => (state as u8, [proc.0, thread.0, 0]),
            Self::ProcIdleAgain(proc, thread) => (8, [proc.0, thread.0, 0]),
            Self::ProcIdle(proc, real, summary) => {
                (9, [proc.0, u32::from(real), u32::from(summary)])
            }
            Self::ProcTaken(proc, goroutine) => (10, [proc.0, goroutine.0, 0]),
            Self::Leave(goroutine, first, end) => (11, [goroutine.0, first, end]),
        };
        words.put(to);
    }

    fn get(from: &mut &[u8]) -> Option<Self> {
        let (kind, [a, b, c]) = <(u8, [u32; 3])>::get(from)?;
        let state = |state: u8| ProcState::get(&mut [state].as_slice());
        Some(match kind {
            8 => Self::ProcIdleAgain(ProcIndex(a), ThreadIndex(b)),
            9 => Self::ProcIdle(ProcIndex(a), b != 0, c != 0),
            10 => Self::ProcTaken(ProcIndex(a), GoroutineIndex(b)),
            11 => Self::Leave(GoroutineIndex(a), b, c),
            kind => Self::ProcStatus(ProcIndex(a), state(kind)?, ThreadIndex(b)),
        })
    }
}

impl Row for Fate {
    const BYTES: usize = 13;

    fn put(self, to: &mut &mut [u8]) {
        match self {
            Self::Ends(goroutine, time) => (0u8, (goroutine, time.0 as u64)).put(to),
            Self::Inherits(goroutine, creator) => {
                (1u8, (goroutine, u64::from(creator.0))).put(to);
            }
            Self::Gets(goroutine, task) => (2u8, (goroutine, task.0)).put(to),
        }
    }

    fn get(from: &mut &[u8]) -> Option<Self> {
        let (kind, (goroutine, word)) = <(u8, (GoroutineIndex, u64))>::get(from)?;
        Some(match kind {
            0 => Self::Ends(goroutine, Nanos(word as i64)),
            1 => Self::Inherits(goroutine, GoroutineIndex(u32::try_from(word).ok()?)),
            2 => Self::Gets(goroutine, TaskId(word)),
            _ => return None,
        })
    }
}
