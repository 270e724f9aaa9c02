//! The v1 format as data: every event type with its arguments, and the names that the converter gives to reasons.
//!
//! After Go's `internal/trace/internal/tracev1/parser.go` (`EventDescriptions`, `STWReason`) and
//! `internal/trace/tracev1.go` (the strings that `init` adds).

/// A batch begins: the proc and the absolute time.
pub const BATCH: u8 = 1;
/// The clock's frequency in ticks per second.
pub const FREQUENCY: u8 = 2;
/// A stack with its frames.
pub const STACK: u8 = 3;
/// The goroutine that runs the timers.
pub const TIMER_GOROUTINE: u8 = 35;
/// A string with its id.
pub const STRING: u8 = 37;
/// A log message; its text follows the arguments.
pub const USER_LOG: u8 = 48;
/// A sample of the CPU profile, with a time of its own.
pub const CPU_SAMPLE: u8 = 49;

/// What the format says about one event type.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EventSpec {
    /// The name in Go's source; empty for a number that is no event type.
    pub name: &'static str,
    /// The first header version that has it.
    pub since: u8,
    /// Whether the last argument is a stack, which `args` does not name.
    pub stack: bool,
    /// The arguments after the time.
    pub args: &'static [&'static str],
}

impl EventSpec {
    /// How many numbers the event has on the wire: the time (if it has one), the arguments and the stack.
    /// [`STACK`] is the exception: its second argument says how many frames follow.
    pub const fn numbers(&self, event_type: u8) -> usize {
        let timed = !is_structure(event_type);
        self.args.len() + self.stack as usize + timed as usize
    }
}

const fn event(name: &'static str, since: u8, args: &'static [&'static str]) -> EventSpec {
    EventSpec {
        name,
        since,
        stack: false,
        args,
    }
}

const fn stacked(name: &'static str, since: u8, args: &'static [&'static str]) -> EventSpec {
    EventSpec {
        name,
        since,
        stack: true,
        args,
    }
}

/// What the format says about each event type, by its number.
pub const SPECS: [EventSpec; 50] = [
    event("", u8::MAX, &[]),
    event("Batch", 5, &["p", "ticks"]),
    event("Frequency", 5, &["freq"]),
    event("Stack", 5, &["id", "siz"]),
    stacked("Gomaxprocs", 5, &["procs"]),
    event("ProcStart", 5, &["thread"]),
    event("ProcStop", 5, &[]),
    stacked("GCStart", 5, &["seq"]),
    event("GCDone", 5, &[]),
    event("GCSTWStart", 5, &["kindid"]),
    event("GCSTWDone", 5, &[]),
    stacked("GCSweepStart", 5, &[]),
    event("GCSweepDone", 5, &["swept", "reclaimed"]),
    stacked("GoCreate", 5, &["g", "stack"]),
    event("GoStart", 5, &["g", "seq"]),
    event("GoEnd", 5, &[]),
    stacked("GoStop", 5, &[]),
    stacked("GoSched", 5, &[]),
    stacked("GoPreempt", 5, &[]),
    stacked("GoSleep", 5, &[]),
    stacked("GoBlock", 5, &[]),
    stacked("GoUnblock", 5, &["g", "seq"]),
    stacked("GoBlockSend", 5, &[]),
    stacked("GoBlockRecv", 5, &[]),
    stacked("GoBlockSelect", 5, &[]),
    stacked("GoBlockSync", 5, &[]),
    stacked("GoBlockCond", 5, &[]),
    stacked("GoBlockNet", 5, &[]),
    stacked("GoSysCall", 5, &[]),
    event("GoSysExit", 5, &["g", "seq", "ts"]),
    event("GoSysBlock", 5, &[]),
    event("GoWaiting", 5, &["g"]),
    event("GoInSyscall", 5, &["g"]),
    event("HeapAlloc", 5, &["mem"]),
    event("HeapGoal", 5, &["mem"]),
    event("TimerGoroutine", 5, &["g"]),
    event("FutileWakeup", 5, &[]),
    event("String", 7, &[]),
    event("GoStartLocal", 7, &["g"]),
    stacked("GoUnblockLocal", 7, &["g"]),
    event("GoSysExitLocal", 7, &["g", "ts"]),
    event("GoStartLabel", 8, &["g", "seq", "labelid"]),
    stacked("GoBlockGC", 8, &[]),
    stacked("GCMarkAssistStart", 9, &[]),
    event("GCMarkAssistDone", 9, &[]),
    stacked("UserTaskCreate", 11, &["taskid", "pid", "typeid"]),
    stacked("UserTaskEnd", 11, &["taskid"]),
    stacked("UserRegion", 11, &["taskid", "mode", "typeid"]),
    stacked("UserLog", 11, &["id", "keyid"]),
    stacked("CPUSample", 19, &["ts", "p", "g"]),
];

/// Whether an event type is a part of the format, with no time of its own.
pub const fn is_structure(event_type: u8) -> bool {
    matches!(
        event_type,
        BATCH | FREQUENCY | STACK | TIMER_GOROUTINE | STRING
    )
}

/// The spec of an event type in a trace of `version`, if it has that type.
#[inline]
pub fn spec(event_type: u8, version: u32) -> Option<&'static EventSpec> {
    let spec = SPECS.get(usize::from(event_type))?;
    (u32::from(spec.since) <= version).then_some(spec)
}

/// Why a goroutine stopped running, in the words of the v2 format (`traceV1Converter.init`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Reason {
    /// It waits for nothing, for ever: `select {}`.
    Forever,
    /// The runtime preempted it.
    Preempted,
    /// It called `runtime.Gosched`.
    Gosched,
    /// It sleeps.
    Sleep,
    /// It sends on a channel.
    ChanSend,
    /// It receives from a channel.
    ChanReceive,
    /// It waits for the network.
    Network,
    /// It waits for a lock.
    Sync,
    /// It waits for a condition.
    SyncCond,
    /// It selects.
    Select,
    /// The format does not say.
    Unknown,
    /// It waits for mark work.
    MarkAssistWait,
}

/// The text of each [`Reason`].
pub const REASONS: [&str; 12] = [
    "forever",
    "preempted",
    "runtime.Gosched",
    "sleep",
    "chan send",
    "chan receive",
    "network",
    "sync",
    "sync.(*Cond).Wait",
    "select",
    "",
    "GC mark assist wait for work",
];

/// The kinds of stop-the-world of header version 21, by their number (`STWReason` in `tracev1/parser.go`).
pub const STOP_KINDS: [&str; 17] = [
    "",
    "GC mark termination",
    "GC sweep termination",
    "write heap dump",
    "goroutine profile",
    "goroutine profile cleanup",
    "all goroutine stack trace",
    "read mem stats",
    "AllThreadsSyscall",
    "GOMAXPROCS",
    "start trace",
    "stop trace",
    "CountPagesInUse (test)",
    "ReadMetricsSlow (test)",
    "ReadMemStatsSlow (test)",
    "PageCachePagesLeaked (test)",
    "ResetDebugLog (test)",
];

/// The place in [`STOP_KINDS`] of the kind that a trace of `version` calls `kind` (`Trace.STWReason`).
pub fn stop_kind(version: u32, kind: u64) -> u32 {
    match (version, kind) {
        (..=20, 0 | 1) => kind as u32 + 1,
        (21, 0..=16) => kind as u32,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_count_the_time_and_the_stack() {
        assert_eq!(SPECS[usize::from(BATCH)].numbers(BATCH), 2);
        assert_eq!(SPECS[usize::from(FREQUENCY)].numbers(FREQUENCY), 1);
        assert_eq!(SPECS[6].numbers(6), 1);
        assert_eq!(SPECS[13].numbers(13), 4);
        assert_eq!(SPECS[usize::from(CPU_SAMPLE)].numbers(CPU_SAMPLE), 5);
    }

    #[test]
    fn older_headers_lack_newer_types() {
        assert!(spec(CPU_SAMPLE, 11).is_none());
        assert!(spec(CPU_SAMPLE, 19).is_some());
        assert!(spec(0, 21).is_none());
        assert!(spec(50, 21).is_none());
    }

    #[test]
    fn stop_kinds_depend_on_the_version() {
        assert_eq!(STOP_KINDS[stop_kind(11, 0) as usize], "GC mark termination");
        assert_eq!(
            STOP_KINDS[stop_kind(19, 1) as usize],
            "GC sweep termination"
        );
        assert_eq!(STOP_KINDS[stop_kind(21, 11) as usize], "stop trace");
        assert_eq!(STOP_KINDS[stop_kind(19, 2) as usize], "");
        assert_eq!(STOP_KINDS[stop_kind(21, 17) as usize], "");
    }
}
