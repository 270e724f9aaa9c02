//! The v2 format as data: every event type with its name, its arguments and what they mean.
//!
//! After Go's `internal/trace/tracev2/events.go`. One row for each event type; a new Go release is a few new rows.

/// No experiment.
pub const NO_EXPERIMENT: u8 = 0;
/// The AllocFree experiment: `GODEBUG=traceallocfree=1`.
pub const ALLOC_FREE: u8 = 1;

/// The name of an experiment, if it is known.
pub fn experiment_name(id: u8) -> Option<&'static str> {
    (id == ALLOC_FREE).then_some("AllocFree")
}

/// What the format says about one event type.
///
/// Arguments are unsigned LEB128 numbers, in the order of `args`. A timed event has the time since the previous event
/// of its batch (`dt`, in ticks) before them; it is not in `args`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EventSpec {
    /// The name in Go's source and in the text form; empty for a number that is no event type.
    pub name: &'static str,
    /// The arguments' names. What stands after the last `_` (or all of it) says the type: `seq`, `pstatus`,
    /// `gstatus`, `g`, `m`, `p`, `string`, `stack`, `value`, `task`; others are plain numbers.
    pub args: &'static [&'static str],
    /// Which of `args` name a string.
    pub strings: &'static [u8],
    /// Which of `args` name a stack; the first one is the stack of the executing context.
    pub stacks: &'static [u8],
    /// The event that begins the range which this event ends or reports as active; 0 if none.
    pub start: u8,
    /// Whether it has a `dt` and belongs in the stream of events; the others are the format's structure.
    pub timed: bool,
    /// Whether a length and that many bytes follow the arguments.
    pub data: bool,
    /// Whether frames follow the arguments: the last argument counts them, each is four numbers
    /// (program counter, function string, file string, line).
    pub frames: bool,
    /// The first header version (minor Go version) that has it.
    pub since: u8,
    /// The experiment it belongs to, or [`NO_EXPERIMENT`].
    pub experiment: u8,
}

/// What no event type has.
const NONE: EventSpec = EventSpec {
    name: "",
    args: &[],
    strings: &[],
    stacks: &[],
    start: 0,
    timed: false,
    data: false,
    frames: false,
    since: 0,
    experiment: NO_EXPERIMENT,
};

const fn structural(name: &'static str, since: u8, args: &'static [&'static str]) -> EventSpec {
    EventSpec {
        name,
        args,
        since,
        ..NONE
    }
}

const fn timed(name: &'static str, since: u8, args: &'static [&'static str]) -> EventSpec {
    EventSpec {
        timed: true,
        ..structural(name, since, args)
    }
}

impl EventSpec {
    const fn strings(self, strings: &'static [u8]) -> Self {
        Self { strings, ..self }
    }

    const fn stacks(self, stacks: &'static [u8]) -> Self {
        Self { stacks, ..self }
    }

    const fn of(self, start: u8) -> Self {
        Self { start, ..self }
    }

    const fn with_data(self) -> Self {
        Self { data: true, ..self }
    }

    const fn with_frames(self) -> Self {
        Self {
            frames: true,
            ..self
        }
    }

    const fn of_experiment(self, experiment: u8) -> Self {
        Self { experiment, ..self }
    }

    /// Whether this is an event type at all.
    pub const fn exists(&self) -> bool {
        !self.name.is_empty()
    }

    /// Which of `args` is the stack of the executing context.
    pub fn stack(&self) -> Option<usize> {
        self.stacks.first().map(|&i| usize::from(i))
    }
}

macro_rules! events {
    ($($(#[$doc:meta])+ $number:literal $constant:ident = $spec:expr;)+) => {
        $($(#[$doc])+ pub const $constant: u8 = $number;)+

        /// The event types by number.
        pub static EVENTS: [EventSpec; 256] = {
            let mut events = [NONE; 256];
            $(events[$number] = $spec;)+
            events
        };
    };
}

events! {
    /// Start of per-M batch of events.
    1 EVENT_BATCH = structural("EventBatch", 22, &["gen", "m", "time", "size"]);
    /// Start of a section of the stack table.
    2 STACKS = structural("Stacks", 22, &[]);
    /// Stack table entry.
    3 STACK = structural("Stack", 22, &["id", "nframes"]).with_frames();
    /// Start of a section of the string dictionary.
    4 STRINGS = structural("Strings", 22, &[]);
    /// String dictionary entry.
    5 STRING = structural("String", 22, &["id"]).with_data();
    /// Start of a section of CPU samples.
    6 CPU_SAMPLES = structural("CPUSamples", 22, &[]);
    /// CPU profiling sample.
    7 CPU_SAMPLE = structural("CPUSample", 22, &["time", "m", "p", "g", "stack"]).stacks(&[4]);
    /// Timestamp units per sec.
    8 FREQUENCY = structural("Frequency", 22, &["freq"]);
    /// Current value of GOMAXPROCS.
    9 PROCS_CHANGE = timed("ProcsChange", 22, &["procs_value", "stack"]).stacks(&[1]);
    /// Start of P.
    10 PROC_START = timed("ProcStart", 22, &["p", "p_seq"]);
    /// Stop of P.
    11 PROC_STOP = timed("ProcStop", 22, &[]);
    /// P was stolen.
    12 PROC_STEAL = timed("ProcSteal", 22, &["p", "p_seq", "m"]);
    /// P status at the start of a generation.
    13 PROC_STATUS = timed("ProcStatus", 22, &["p", "pstatus"]);
    /// Goroutine creation.
    14 GO_CREATE = timed("GoCreate", 22, &["new_g", "new_stack", "stack"]).stacks(&[2, 1]);
    /// Goroutine appears in syscall (cgo callback).
    15 GO_CREATE_SYSCALL = timed("GoCreateSyscall", 22, &["new_g"]);
    /// Goroutine starts running.
    16 GO_START = timed("GoStart", 22, &["g", "g_seq"]);
    /// Goroutine ends.
    17 GO_DESTROY = timed("GoDestroy", 22, &[]);
    /// Goroutine ends in syscall (cgo callback).
    18 GO_DESTROY_SYSCALL = timed("GoDestroySyscall", 22, &[]);
    /// Goroutine yields its time, but is runnable.
    19 GO_STOP = timed("GoStop", 22, &["reason_string", "stack"]).strings(&[0]).stacks(&[1]);
    /// Goroutine blocks.
    20 GO_BLOCK = timed("GoBlock", 22, &["reason_string", "stack"]).strings(&[0]).stacks(&[1]);
    /// Goroutine is unblocked.
    21 GO_UNBLOCK = timed("GoUnblock", 22, &["g", "g_seq", "stack"]).stacks(&[2]);
    /// Syscall enter.
    22 GO_SYSCALL_BEGIN = timed("GoSyscallBegin", 22, &["p_seq", "stack"]).stacks(&[1]);
    /// Syscall exit.
    23 GO_SYSCALL_END = timed("GoSyscallEnd", 22, &[]).of(GO_SYSCALL_BEGIN);
    /// Syscall exit and it blocked at some point.
    24 GO_SYSCALL_END_BLOCKED = timed("GoSyscallEndBlocked", 22, &[]).of(GO_SYSCALL_BEGIN);
    /// Goroutine status at the start of a generation.
    25 GO_STATUS = timed("GoStatus", 22, &["g", "m", "gstatus"]);
    /// STW start.
    26 STW_BEGIN = timed("STWBegin", 22, &["kind_string", "stack"]).strings(&[0]).stacks(&[1]);
    /// STW done.
    27 STW_END = timed("STWEnd", 22, &[]).of(STW_BEGIN);
    /// GC active.
    28 GC_ACTIVE = timed("GCActive", 22, &["gc_seq"]).of(GC_BEGIN);
    /// GC start.
    29 GC_BEGIN = timed("GCBegin", 22, &["gc_seq", "stack"]).stacks(&[1]);
    /// GC done.
    30 GC_END = timed("GCEnd", 22, &["gc_seq"]).of(GC_BEGIN);
    /// GC sweep active.
    31 GC_SWEEP_ACTIVE = timed("GCSweepActive", 22, &["p"]).of(GC_SWEEP_BEGIN);
    /// GC sweep start.
    32 GC_SWEEP_BEGIN = timed("GCSweepBegin", 22, &["stack"]).stacks(&[0]);
    /// GC sweep done.
    33 GC_SWEEP_END = timed("GCSweepEnd", 22, &["swept_value", "reclaimed_value"]).of(GC_SWEEP_BEGIN);
    /// GC mark assist active.
    34 GC_MARK_ASSIST_ACTIVE = timed("GCMarkAssistActive", 22, &["g"]).of(GC_MARK_ASSIST_BEGIN);
    /// GC mark assist start.
    35 GC_MARK_ASSIST_BEGIN = timed("GCMarkAssistBegin", 22, &["stack"]).stacks(&[0]);
    /// GC mark assist done.
    36 GC_MARK_ASSIST_END = timed("GCMarkAssistEnd", 22, &[]).of(GC_MARK_ASSIST_BEGIN);
    /// Live heap bytes (`gcController.heapLive`).
    37 HEAP_ALLOC = timed("HeapAlloc", 22, &["heapalloc_value"]);
    /// Heap goal in bytes (`gcController.heapGoal`).
    38 HEAP_GOAL = timed("HeapGoal", 22, &["heapgoal_value"]);
    /// Apply string label to current running goroutine.
    39 GO_LABEL = timed("GoLabel", 22, &["label_string"]).strings(&[0]);
    /// `trace.NewTask`.
    40 USER_TASK_BEGIN = timed("UserTaskBegin", 22, &["task", "parent_task", "name_string", "stack"]).strings(&[2]).stacks(&[3]);
    /// End of a task.
    41 USER_TASK_END = timed("UserTaskEnd", 22, &["task", "stack"]).stacks(&[1]);
    /// `trace.StartRegion` or the start of `trace.WithRegion`.
    42 USER_REGION_BEGIN = timed("UserRegionBegin", 22, &["task", "name_string", "stack"]).strings(&[1]).stacks(&[2]);
    /// `Region.End` or the end of `trace.WithRegion`.
    43 USER_REGION_END = timed("UserRegionEnd", 22, &["task", "name_string", "stack"]).strings(&[1]).stacks(&[2]).of(USER_REGION_BEGIN);
    /// `trace.Log`.
    44 USER_LOG = timed("UserLog", 22, &["task", "key_string", "value_string", "stack"]).strings(&[1, 2]).stacks(&[3]);
    /// Goroutine switch (coroswitch).
    45 GO_SWITCH = timed("GoSwitch", 23, &["g", "g_seq"]);
    /// Goroutine switch and destroy.
    46 GO_SWITCH_DESTROY = timed("GoSwitchDestroy", 23, &["g", "g_seq"]);
    /// Goroutine creation (starts blocked).
    47 GO_CREATE_BLOCKED = timed("GoCreateBlocked", 23, &["new_g", "new_stack", "stack"]).stacks(&[2, 1]);
    /// Goroutine status at the start of a generation, with a stack.
    48 GO_STATUS_STACK = timed("GoStatusStack", 23, &["g", "m", "gstatus", "stack"]).stacks(&[3]);
    /// A batch whose content belongs to an experiment.
    49 EXPERIMENTAL_BATCH = structural("ExperimentalBatch", 23, &["exp", "gen", "m", "time"]).with_data();
    /// Start of a sync batch.
    50 SYNC = structural("Sync", 25, &[]);
    /// Snapshot of trace, mono and wall clocks.
    51 CLOCK_SNAPSHOT = timed("ClockSnapshot", 25, &["mono", "sec", "nsec"]);
    /// End of a generation, between batches.
    52 END_OF_GENERATION = structural("EndOfGeneration", 26, &[]);
    /// Heap span exists.
    128 SPAN = timed("Span", 23, &["id", "npages_value", "kindclass"]).of_experiment(ALLOC_FREE);
    /// Heap span alloc.
    129 SPAN_ALLOC = timed("SpanAlloc", 23, &["id", "npages_value", "kindclass"]).of_experiment(ALLOC_FREE);
    /// Heap span free.
    130 SPAN_FREE = timed("SpanFree", 23, &["id"]).of_experiment(ALLOC_FREE);
    /// Heap object exists.
    131 HEAP_OBJECT = timed("HeapObject", 23, &["id", "type"]).of_experiment(ALLOC_FREE);
    /// Heap object alloc.
    132 HEAP_OBJECT_ALLOC = timed("HeapObjectAlloc", 23, &["id", "type"]).of_experiment(ALLOC_FREE);
    /// Heap object free.
    133 HEAP_OBJECT_FREE = timed("HeapObjectFree", 23, &["id"]).of_experiment(ALLOC_FREE);
    /// Goroutine stack exists.
    134 GOROUTINE_STACK = timed("GoroutineStack", 23, &["id", "order"]).of_experiment(ALLOC_FREE);
    /// Goroutine stack alloc.
    135 GOROUTINE_STACK_ALLOC = timed("GoroutineStackAlloc", 23, &["id", "order"]).of_experiment(ALLOC_FREE);
    /// Goroutine stack free.
    136 GOROUTINE_STACK_FREE = timed("GoroutineStackFree", 23, &["id"]).of_experiment(ALLOC_FREE);
}

/// The event type of that name.
pub fn by_name(name: &str) -> Option<u8> {
    (0..=u8::MAX).find(|&number| {
        let spec = &EVENTS[usize::from(number)];
        spec.exists() && spec.name == name
    })
}

/// What a goroutine's status argument (`gstatus`) says.
pub mod goroutine_status {
    /// Ready to run.
    pub const RUNNABLE: u64 = 1;
    /// Running on a proc.
    pub const RUNNING: u64 = 2;
    /// In a system call.
    pub const SYSCALL: u64 = 3;
    /// Blocked.
    pub const WAITING: u64 = 4;
}

/// What a proc's status argument (`pstatus`) says.
pub mod proc_status {
    /// Bound to a running thread.
    pub const RUNNING: u64 = 1;
    /// Not bound.
    pub const IDLE: u64 = 2;
    /// Bound to a thread that is in a system call.
    pub const SYSCALL: u64 = 3;
    /// As [`SYSCALL`], but the proc is stolen before its thread appears in this generation.
    pub const SYSCALL_ABANDONED: u64 = 4;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_consistent() {
        for (number, spec) in EVENTS.iter().enumerate().filter(|(_, s)| s.exists()) {
            assert!([22, 23, 25, 26].contains(&spec.since), "{}", spec.name);
            assert_eq!(by_name(spec.name).map(usize::from), Some(number));
            assert!(!(spec.timed && (spec.data || spec.frames)), "{}", spec.name);
            for &i in spec.strings {
                assert!(spec.args[usize::from(i)].ends_with("string"));
            }
            for &i in spec.stacks {
                assert!(spec.args[usize::from(i)].ends_with("stack"));
            }
            for (i, arg) in spec.args.iter().enumerate() {
                let known = spec.strings.contains(&(i as u8)) || spec.stacks.contains(&(i as u8));
                assert_eq!(known, arg.ends_with("string") || arg.ends_with("stack"));
            }
            if spec.start != 0 {
                let start = EVENTS[usize::from(spec.start)].name;
                assert!(start.ends_with("Begin"), "{} starts {}", start, spec.name);
            }
        }
        assert_eq!(EVENTS.iter().filter(|s| s.exists()).count(), 61);
    }
}
