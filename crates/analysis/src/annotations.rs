//! What the program says of itself, in one place: regions and tasks by type; and the profiles that one may ask of
//! them.

use tracepane_model::{GoroutineIndex, GroupIndex, TaskId, Trace};

use crate::intervals::Intervals;
use crate::profiles::{Completeness, Profile, ProfileKind, profile, profile_within};
use crate::regions::{RegionFilter, Regions};
use crate::scope::{GoroutineScope, Scope, TimeRange};
use crate::task_times::TaskWork;
use crate::tasks::{TaskFilter, Tasks};

/// Regions and tasks of a trace, counted once for all questions.
#[derive(Clone, Default, Debug)]
pub struct Annotations {
    /// The regions.
    pub regions: Regions,
    /// The tasks.
    pub tasks: Tasks,
}

impl Annotations {
    /// Counts those of a trace.
    pub fn new(trace: &Trace) -> Self {
        Self {
            regions: Regions::new(trace),
            tasks: Tasks::new(trace),
        }
    }

    /// Counts only those that touch a part of time, with all of their duration; what belongs to a task is all that
    /// belongs to it.
    pub fn within(trace: &Trace, time: TimeRange) -> Self {
        Self {
            regions: Regions::within(trace, time),
            tasks: Tasks::within(trace, time),
        }
    }
}

/// What a profile is of.
#[derive(Clone, PartialEq, Eq, Hash, Default, Debug)]
pub enum ProfileScope {
    /// All goroutines.
    #[default]
    All,
    /// Those that were started with the same function.
    Group(GroupIndex),
    /// One goroutine.
    Goroutine(GoroutineIndex),
    /// What goroutines did while they were in regions that pass a filter.
    Regions(RegionFilter),
    /// What goroutines did for tasks that pass a filter, and for their subtasks.
    Tasks(TaskFilter),
    /// What goroutines did for one task and its subtasks.
    Task(TaskId),
}

/// Why a scope has no profile.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NoProfile {
    /// No goroutine, region or task is meant.
    NothingMeant,
    /// Tasks lie within tasks so often that it cannot be known in a reasonable time who worked for them.
    TooMuch,
}

impl std::fmt::Display for NoProfile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::NothingMeant => "The trace has nothing that this profile could be of.",
            Self::TooMuch => "Too many tasks lie within each other to know who worked for them.",
        })
    }
}

impl std::error::Error for NoProfile {}

impl ProfileScope {
    /// Whether [`profile_of`] needs the annotations: all others may give it empty ones.
    pub fn needs_annotations(&self) -> bool {
        matches!(self, Self::Regions(_) | Self::Tasks(_) | Self::Task(_))
    }
}

/// Computes a profile of any scope, within a part of time or all of it.
///
/// # Errors
/// If nothing is meant: the scope matches no goroutine, region or task (`go tool trace` then says "failed to find
/// matching goroutines", or shows an empty profile of regions).
pub fn profile_of(
    trace: &Trace,
    annotations: &Annotations,
    kind: ProfileKind,
    scope: &ProfileScope,
    time: Option<TimeRange>,
    completeness: Completeness,
) -> Result<Profile, NoProfile> {
    let of_goroutines = |goroutines| {
        let scope = Scope { time, goroutines };
        let is_meant = crate::profiles::has_goroutines(trace, &scope);
        let profile = is_meant.then(|| profile(trace, kind, &scope, completeness));
        profile.ok_or(NoProfile::NothingMeant)
    };
    let within = |intervals: Intervals| {
        if intervals.is_empty() {
            return Err(NoProfile::NothingMeant);
        }
        let intervals = match time {
            Some(time) => intervals.within(time),
            None => intervals,
        };
        Ok(profile_within(trace, kind, &intervals, completeness))
    };
    match scope {
        ProfileScope::All => of_goroutines(GoroutineScope::All),
        &ProfileScope::Group(group) => of_goroutines(GoroutineScope::Group(group)),
        &ProfileScope::Goroutine(one) => of_goroutines(GoroutineScope::Goroutine(one)),
        ProfileScope::Regions(filter) => {
            within(annotations.regions.intervals(trace, filter, completeness))
        }
        ProfileScope::Tasks(filter) => {
            let mut work = TaskWork::new(trace, &annotations.tasks);
            within(work.intervals_of_all(filter).ok_or(NoProfile::TooMuch)?)
        }
        &ProfileScope::Task(id) => {
            let tasks = &annotations.tasks;
            let task = tasks.find(id).ok_or(NoProfile::NothingMeant)?;
            let mut work = TaskWork::new(trace, tasks);
            within(work.intervals(task).ok_or(NoProfile::TooMuch)?)
        }
    }
}

#[cfg(test)]
mod tests {
    use tracepane_model::Nanos;
    use tracepane_wire::GoroutineState;

    use super::*;
    use crate::script::{NOBODY, Script, g};

    #[test]
    fn every_scope_has_its_profile() {
        let mut t = Script::new();
        t.found(1, 1, GoroutineState::Running, "a<main.a");
        t.found(2, 2, GoroutineState::Running, "b<main.b");
        t.begin_task(10, 1, 7, 0, "request");
        t.begin_region(20, 2, 7, "outer", "b<main.b");
        t.block(30, 1, "select", "a<main.a");
        t.block(31, 2, "select", "b<main.b");
        t.wake(41, NOBODY, 1, "");
        t.wake(45, NOBODY, 2, "");
        t.run(46, 1);
        t.end_task(50, 1, 7, "request");
        let trace = t.finish(100);
        let annotations = Annotations::new(&trace);
        let of_time = |scope: &ProfileScope, time| {
            let how = Completeness::AsGoToolTrace;
            profile_of(&trace, &annotations, ProfileKind::Sync, scope, time, how)
                .map(|profile| (profile.count, profile.nanos))
        };
        let of = |scope| of_time(&scope, None);
        assert_eq!(of(ProfileScope::All), Ok((2, 11 + 14)));
        assert_eq!(of(ProfileScope::Goroutine(g(2))), Ok((1, 14)));
        let regions = RegionFilter {
            name: Some("outer".to_owned()),
            ..RegionFilter::default()
        };
        assert_eq!(of(ProfileScope::Regions(regions.clone())), Ok((1, 14)));
        let tasks = TaskFilter {
            name: Some("request".to_owned()),
            ..TaskFilter::default()
        };
        assert_eq!(of(ProfileScope::Tasks(tasks)), Ok((2, 25)));
        assert_eq!(of(ProfileScope::Task(TaskId(7))), Ok((2, 25)));
        assert_eq!(
            of(ProfileScope::Task(TaskId(8))),
            Err(NoProfile::NothingMeant)
        );
        let part = TimeRange {
            start: Nanos(40),
            end: Nanos(43),
        };
        let scope = ProfileScope::Regions(regions);
        assert_eq!(of_time(&scope, Some(part)), Ok((1, 3)));
        assert!(scope.needs_annotations() && !ProfileScope::All.needs_annotations());
    }
}
