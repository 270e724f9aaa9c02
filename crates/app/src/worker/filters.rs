//! From what the page asks for to what the analysis can be asked.

use tracepane_analysis::annotations::ProfileScope as Scope;
use tracepane_analysis::profiles::ProfileKind;
use tracepane_analysis::regions::RegionFilter;
use tracepane_analysis::scope::group_named;
use tracepane_analysis::tasks::TaskFilter;
use tracepane_model::{GoroutineId, GoroutineIndex, GroupIndex, Nanos, TaskId, TaskIndex, Trace};

use super::opened::OpenTrace;
use crate::protocol::{ProfileName, ProfileScope, RegionsOf, TasksOf};

/// The analysis' name of a profile.
pub fn profile_kind(name: ProfileName) -> ProfileKind {
    match name {
        ProfileName::Net => ProfileKind::Network,
        ProfileName::Sync => ProfileKind::Sync,
        ProfileName::Syscall => ProfileKind::Syscall,
        ProfileName::Sched => ProfileKind::Scheduler,
        ProfileName::Cpu => ProfileKind::Cpu,
    }
}

/// The goroutine with this number, if the trace saw it do anything.
///
/// # Errors
/// A sentence, if there is none.
pub fn goroutine(trace: &Trace, id: &str) -> Result<GoroutineIndex, String> {
    id.parse()
        .ok()
        .and_then(|number| trace.goroutines.find(GoroutineId(number)))
        .filter(|&index| !trace.goroutines.spans(index).is_empty())
        .ok_or_else(|| format!("This trace has no goroutine {id}."))
}

/// The group with this name.
///
/// # Errors
/// A sentence, if there is none.
pub fn group(trace: &Trace, name: &str) -> Result<GroupIndex, String> {
    group_named(trace, name)
        .ok_or_else(|| format!("This trace has no goroutines that were started with {name}."))
}

/// The task with this number; the background is none.
///
/// # Errors
/// A sentence, if there is none.
pub fn task(open: &OpenTrace, id: &str) -> Result<TaskIndex, String> {
    id.parse()
        .ok()
        .map(TaskId)
        .filter(|&id| id != TaskId::BACKGROUND)
        .and_then(|id| open.annotations().tasks.find(id))
        .ok_or_else(|| format!("This trace has no task {id}."))
}

/// Which regions.
pub fn regions(of: &RegionsOf) -> RegionFilter {
    RegionFilter {
        inherited: of.inherited,
        name: (!of.inherited).then(|| of.name.clone()),
        place: of.place.clone(),
        root_pc: None,
        shortest: of.shortest.map(nanos),
        longest: of.longest.map(nanos),
        complete: of.complete,
    }
}

/// Which tasks.
pub fn tasks(of: &TasksOf) -> TaskFilter {
    TaskFilter {
        name: of.name.clone(),
        complete: of.complete,
        shortest: of.shortest.map(nanos),
        longest: of.longest.map(nanos),
        text: of.text.clone(),
        exact_case: false,
    }
}

/// What a profile is of.
///
/// # Errors
/// A sentence, if the trace has no such group, goroutine or task.
pub fn profile_scope(trace: &Trace, of: &ProfileScope) -> Result<Scope, String> {
    Ok(match of {
        ProfileScope::All => Scope::All,
        ProfileScope::Group(name) => Scope::Group(group(trace, name)?),
        ProfileScope::Goroutine(id) => Scope::Goroutine(goroutine(trace, id)?),
        ProfileScope::Regions(of) => Scope::Regions(regions(of)),
        ProfileScope::Tasks(of) => Scope::Tasks(tasks(of)),
        ProfileScope::Task(id) => {
            let number = id.parse().map(TaskId);
            Scope::Task(number.map_err(|_| format!("This trace has no task {id}."))?)
        }
    })
}

fn nanos(bound: u64) -> Nanos {
    Nanos(i64::try_from(bound).unwrap_or(i64::MAX))
}
