//! Lanes by name: what stands in links, made of the runtime's own numbers, so that it outlives this program's indexes.

use tracepane_model::{
    GoroutineId, GoroutineIndex, GroupIndex, ProcIndex, TaskIndex, ThreadIndex, Trace,
};

use super::groups::group_name;
use super::kind::LaneKind;
use crate::family::task_of;

const FIXED: [(&str, LaneKind); 7] = [
    ("gc", LaneKind::Gc),
    ("heap", LaneKind::Heap),
    ("states", LaneKind::GoroutineStates),
    ("running", LaneKind::ThreadStates),
    ("arrivals", LaneKind::Arrivals),
    ("procs", LaneKind::ProcsHeader),
    ("threads", LaneKind::ThreadsHeader),
];

/// A lane's name; `None` for headings.
pub fn name_of(trace: &Trace, lane: LaneKind) -> Option<String> {
    if let Some((name, _)) = FIXED.iter().find(|(_, kind)| *kind == lane) {
        return Some((*name).to_owned());
    }
    Some(match lane {
        LaneKind::Goroutine(g) => format!("g{}", trace.goroutines.rows.get(g.0 as usize)?.id),
        LaneKind::Proc(p) => format!("p{}", trace.procs.ids.get(p.0 as usize)?),
        LaneKind::Thread(t) => format!("t{}", trace.procs.threads.get(t.0 as usize)?),
        LaneKind::Task(t) => format!("k{}", trace.tasks.get(t.0 as usize)?.id.0),
        LaneKind::Group(group) => {
            trace.goroutines.groups.get(group.0 as usize)?;
            format!("f{:x}", digest(group_name(trace, group)))
        }
        _ => return None,
    })
}

/// The lane with a name, if the trace has it.
pub fn lane_of_name(trace: &Trace, name: &str) -> Option<LaneKind> {
    if let Some((_, kind)) = FIXED.iter().find(|(fixed, _)| *fixed == name) {
        return Some(*kind);
    }
    let (kind, number) = name.split_at_checked(1)?;
    let place = |at: Option<usize>| at.map(|at| at as u32);
    Some(match kind {
        "g" => LaneKind::Goroutine(goroutine(trace, number.parse().ok()?)?),
        "p" => {
            let id = number.parse().ok()?;
            let at = trace.procs.ids.iter().position(|proc| proc.0 == id);
            LaneKind::Proc(ProcIndex(place(at)?))
        }
        "t" => {
            let id = number.parse().ok()?;
            let at = trace.procs.threads.iter().position(|t| t.0 == id);
            LaneKind::Thread(ThreadIndex(place(at)?))
        }
        "k" => {
            let id = number.parse().ok()?;
            let task: Option<TaskIndex> = task_of(trace, tracepane_model::TaskId(id));
            LaneKind::Task(task?)
        }
        "f" => {
            let wanted = u32::from_str_radix(number, 16).ok()?;
            let mut groups = (0..trace.goroutines.groups.len() as u32).map(GroupIndex);
            LaneKind::Group(groups.find(|&g| digest(group_name(trace, g)) == wanted)?)
        }
        _ => return None,
    })
}

fn goroutine(trace: &Trace, id: i64) -> Option<GoroutineIndex> {
    trace.goroutines.find(GoroutineId(id))
}

/// A function's name as 32 bits (FNV-1a): names are too long for an address.
fn digest(name: &str) -> u32 {
    name.bytes().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}
