//! What a goroutine waits for that was already waiting when the trace began: the runtime's status events give no
//! reason, but from Go 1.23 on a stack, and its innermost frames are the runtime's own.

use tracepane_model::{StackRef, Trace};

/// How many frames to look at: `gopark` and what called it stand first.
const DEPTH: usize = 4;

/// Functions of the runtime that park a goroutine, and the reason that they give (`gopark`'s callers in
/// `runtime/*.go`, with the texts of `traceBlockReasonStrings`).
const PARKERS: [(&str, &str); 10] = [
    ("runtime.chanrecv", "chan receive"),
    ("runtime.chansend", "chan send"),
    ("runtime.selectgo", "select"),
    ("runtime.block", "forever"),
    ("runtime.netpollblock", "network"),
    ("runtime.semacquire1", "sync"),
    ("runtime.notifyListWait", "sync.(*Cond).Wait"),
    ("time.Sleep", "sleep"),
    ("runtime.timeSleep", "sleep"),
    ("sync.notifyListWait", "sync.(*Cond).Wait"),
];

/// The reason that a waiting goroutine's stack tells; empty if it tells none.
pub fn of(trace: &Trace, stack: StackRef) -> &'static str {
    trace
        .stacks
        .get(stack)
        .iter()
        .take(DEPTH)
        .find_map(|&frame| {
            let function = trace.strings.get(trace.stacks.frame(frame).function);
            PARKERS
                .iter()
                .find(|(parker, _)| *parker == function)
                .map(|&(_, reason)| reason)
        })
        .unwrap_or("")
}
