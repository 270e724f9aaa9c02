//! The compact form of an event between parsing and conversion: 28 bytes.

use crate::v1::spec::Reason;

/// What a [`Record`] says. The `Local` variants of the wire are folded into the others: their [`Record::b`] is [`ANY`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Kind {
    /// GOMAXPROCS; value in `a` and `b`.
    Gomaxprocs,
    /// A proc started; thread in `a` and `b`.
    ProcStart,
    /// A proc stopped.
    ProcStop,
    /// A GC cycle began; sequence in `b`.
    GcStart,
    /// The mark phase ended.
    GcDone,
    /// The world stopped; place of the kind in `a`.
    StopStart,
    /// The world went on.
    StopDone,
    /// Sweeping began.
    SweepStart,
    /// Sweeping ended; place of swept and reclaimed bytes in `a`.
    SweepDone,
    /// A goroutine was created; which in `a`, its start's stack in `b`.
    GoCreate,
    /// A goroutine started to run; sequence in `b`.
    GoStart,
    /// The same with a label; sequence in `b`, slot of the label in `a`.
    GoStartLabel,
    /// A goroutine ended.
    GoEnd,
    /// A goroutine stopped for ever.
    GoStop,
    /// A goroutine blocked; [`Reason`] in `a`.
    GoBlock,
    /// A goroutine stopped but can go on; [`Reason`] in `a`.
    GoYield,
    /// A goroutine was unblocked; which in `a`, sequence in `b`.
    GoUnblock,
    /// A system call.
    Syscall,
    /// A system call that blocks: the goroutine's next event is [`Kind::SysBlock`].
    SyscallBlocking,
    /// A goroutine came back from a system call; real time in `a` and `stack`, sequence in `b`.
    SysExit,
    /// A system call lost its proc.
    SysBlock,
    /// A goroutine was waiting when the trace began.
    GoWaiting,
    /// A goroutine was in a system call when the trace began.
    GoInSyscall,
    /// Bytes of live heap, in `a` and `b`.
    HeapAlloc,
    /// The heap's goal in bytes, in `a` and `b`.
    HeapGoal,
    /// The last wake-up was in vain.
    FutileWakeup,
    /// A mark assist began.
    AssistStart,
    /// A mark assist ended.
    AssistDone,
    /// A task began; place of its id and its parent in `a`, slot of its name in `b`.
    TaskCreate,
    /// A task ended; its id in `a` and `b`.
    TaskEnd,
    /// A region began; place of the task in `a`, slot of its name in `b`.
    RegionStart,
    /// A region ended; as for its start.
    RegionEnd,
    /// A region with a mode that is neither start nor end.
    RegionUnknown,
    /// A log message; place of its task, slot of the category and text in `a`.
    Log,
    /// A sample of the CPU profile; number of the proc in `a`.
    Sample,
}

impl Kind {
    /// The name in Go's source.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gomaxprocs => "Gomaxprocs",
            Self::ProcStart => "ProcStart",
            Self::ProcStop => "ProcStop",
            Self::GcStart => "GCStart",
            Self::GcDone => "GCDone",
            Self::StopStart => "GCSTWStart",
            Self::StopDone => "GCSTWDone",
            Self::SweepStart => "GCSweepStart",
            Self::SweepDone => "GCSweepDone",
            Self::GoCreate => "GoCreate",
            Self::GoStart => "GoStart",
            Self::GoStartLabel => "GoStartLabel",
            Self::GoEnd => "GoEnd",
            Self::GoStop => "GoStop",
            Self::GoBlock => "GoBlock",
            Self::GoYield => "GoSched",
            Self::GoUnblock => "GoUnblock",
            Self::Syscall | Self::SyscallBlocking => "GoSysCall",
            Self::SysExit => "GoSysExit",
            Self::SysBlock => "GoSysBlock",
            Self::GoWaiting => "GoWaiting",
            Self::GoInSyscall => "GoInSyscall",
            Self::HeapAlloc => "HeapAlloc",
            Self::HeapGoal => "HeapGoal",
            Self::FutileWakeup => "FutileWakeup",
            Self::AssistStart => "GCMarkAssistStart",
            Self::AssistDone => "GCMarkAssistDone",
            Self::TaskCreate => "UserTaskCreate",
            Self::TaskEnd => "UserTaskEnd",
            Self::RegionStart | Self::RegionEnd | Self::RegionUnknown => "UserRegion",
            Self::Log => "UserLog",
            Self::Sample => "CPUSample",
        }
    }
}

/// A sequence number that is not on the wire: the event fits whatever the goroutine's sequence is.
pub const ANY: u32 = u32::MAX;
/// A sequence number that no goroutine can reach.
pub const NEVER: u32 = u32::MAX - 1;

/// One event, all its ids dense.
#[derive(Clone, Copy, Debug)]
pub struct Record {
    time: [u32; 2],
    /// The executing goroutine, a place in [`crate::v1::survey::Survey::goroutines`]; 0 is none.
    pub goroutine: u32,
    /// The stack's id on the wire; 0 is none.
    pub stack: u32,
    /// See [`Kind`].
    pub a: u32,
    /// See [`Kind`].
    pub b: u32,
    proc: [u8; 3],
    /// What happened.
    pub kind: Kind,
}

const _: () = assert!(size_of::<Record>() == 28);

/// The largest number of procs that fits into a [`Record`].
pub const MAX_PROCS: usize = 1 << 24;

impl Record {
    /// No event.
    pub const NONE: Self = Self {
        time: [0; 2],
        goroutine: 0,
        stack: 0,
        a: 0,
        b: 0,
        proc: [0; 3],
        kind: Kind::FutileWakeup,
    };

    /// An event without arguments. `proc` is below [`MAX_PROCS`].
    #[inline]
    pub fn new(kind: Kind, time: i64, proc: u32, goroutine: u32, stack: u32) -> Self {
        let [p0, p1, p2, _] = proc.to_le_bytes();
        Self {
            time: halves(time as u64),
            goroutine,
            stack,
            a: 0,
            b: 0,
            proc: [p0, p1, p2],
            kind,
        }
    }

    /// When, in ticks.
    #[inline]
    pub fn time(&self) -> i64 {
        whole(self.time) as i64
    }

    /// Changes the time.
    #[inline]
    pub fn set_time(&mut self, time: i64) {
        self.time = halves(time as u64);
    }

    /// The stream it came from, a place in [`crate::v1::survey::Survey::procs`].
    #[inline]
    pub fn proc(&self) -> u32 {
        let [p0, p1, p2] = self.proc;
        u32::from_le_bytes([p0, p1, p2, 0])
    }

    /// The number in `a` and `b`.
    #[inline]
    pub fn value(&self) -> u64 {
        whole([self.a, self.b])
    }

    /// Puts a number into `a` and `b`.
    #[inline]
    pub fn with_value(mut self, value: u64) -> Self {
        [self.a, self.b] = halves(value);
        self
    }

    /// Sets `a` and `b`.
    #[inline]
    pub fn with(mut self, a: u32, b: u32) -> Self {
        (self.a, self.b) = (a, b);
        self
    }

    /// Sets `a` to a reason.
    #[inline]
    pub fn because(self, reason: Reason) -> Self {
        self.with(reason as u32, 0)
    }

    /// The real time of a [`Kind::SysExit`], in ticks; 0 if it is not known.
    #[inline]
    pub fn real_time(&self) -> i64 {
        whole([self.a, self.stack]) as i64
    }

    /// Puts the real time of a [`Kind::SysExit`] where [`Self::real_time`] finds it.
    #[inline]
    pub fn with_real_time(mut self, time: u64) -> Self {
        [self.a, self.stack] = halves(time);
        self
    }
}

#[inline]
fn halves(value: u64) -> [u32; 2] {
    [value as u32, (value >> 32) as u32]
}

#[inline]
fn whole([low, high]: [u32; 2]) -> u64 {
    u64::from(high) << 32 | u64::from(low)
}
