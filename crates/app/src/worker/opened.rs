//! The trace that is open, with what is computed of it once and asked for often.

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use tracepane_analysis::goroutines::{GoroutineTimes, goroutine_times};
use tracepane_analysis::profiles::{Completeness, Profile, ProfileKind, profile};
use tracepane_analysis::scope::{Scope, group_named};
use tracepane_analysis::tables::{GroupRow, group_rows};
use tracepane_model::{GoroutineId, Trace};
use tracepane_timeline::class::Classes;
use tracepane_timeline::{Lanes, Levels};

use super::tables::Kept;
use crate::protocol::{LanesState, ProfileName, ProfileOf, ProfileScope};

/// How many profiles are kept: the four kinds, for two scopes.
const KEPT_PROFILES: usize = 8;

/// An open trace.
pub struct OpenTrace {
    /// The file's name.
    pub name: String,
    /// The trace.
    pub trace: Trace,
    /// Its levels of detail.
    pub levels: Levels,
    /// Its lanes.
    pub lanes: Lanes,
    /// The classes of its spans.
    pub classes: Classes,
    /// What was computed of its tables.
    pub kept: Kept,
    times: OnceCell<GoroutineTimes>,
    groups: OnceCell<Vec<GroupRow>>,
    profiles: RefCell<Vec<(ProfileOf, Rc<Profile>)>>,
}

impl OpenTrace {
    /// Prepares a trace for questions.
    pub fn new(name: String, trace: Trace) -> Self {
        Self {
            levels: Levels::build(&trace),
            lanes: Lanes::new(&trace),
            classes: Classes::new(&trace),
            name,
            trace,
            kept: Kept::default(),
            times: OnceCell::new(),
            groups: OnceCell::new(),
            profiles: RefCell::default(),
        }
    }

    /// The goroutines' times.
    pub fn times(&self) -> &GoroutineTimes {
        self.times
            .get_or_init(|| goroutine_times(&self.trace, &Scope::ALL, Completeness::Complete))
    }

    /// The groups.
    pub fn groups(&self) -> &[GroupRow] {
        self.groups
            .get_or_init(|| group_rows(&self.trace, self.times()))
    }

    /// A profile.
    ///
    /// # Errors
    /// A sentence, if there is no such group.
    pub fn profile(&self, of: &ProfileOf) -> Result<Rc<Profile>, String> {
        let mut kept = self.profiles.borrow_mut();
        if let Some((_, found)) = kept.iter().find(|(known, _)| known == of) {
            return Ok(Rc::clone(found));
        }
        let scope = self.scope(&of.scope)?;
        let completeness = match of.complete {
            true => Completeness::Complete,
            false => Completeness::AsGoToolTrace,
        };
        let computed = Rc::new(profile(&self.trace, kind(of.kind), &scope, completeness));
        if kept.len() >= KEPT_PROFILES {
            kept.remove(0);
        }
        kept.push((of.clone(), Rc::clone(&computed)));
        Ok(computed)
    }

    /// The analysis' scope.
    fn scope(&self, of: &ProfileScope) -> Result<Scope, String> {
        Ok(match of {
            ProfileScope::All => Scope::ALL,
            ProfileScope::Group(name) => {
                Scope::group(group_named(&self.trace, name).ok_or_else(|| {
                    format!("This trace has no goroutines that were started with {name}.")
                })?)
            }
            ProfileScope::Goroutine(id) => Scope::goroutine(
                id.parse()
                    .ok()
                    .and_then(|id| self.trace.goroutines.find(GoroutineId(id)))
                    .ok_or_else(|| format!("This trace has no goroutine {id}."))?,
            ),
            ProfileScope::Regions(_) | ProfileScope::Tasks(_) | ProfileScope::Task(_) => {
                return Err("There is no such profile yet.".into());
            }
        })
    }

    /// How the lanes are.
    pub fn lanes_state(&self) -> LanesState {
        LanesState {
            height: self.lanes.total_height(),
            count: u32::try_from(self.lanes.count()).unwrap_or(u32::MAX),
            reveal: None,
        }
    }
}

/// The analysis' name of a profile.
fn kind(name: ProfileName) -> ProfileKind {
    match name {
        ProfileName::Net => ProfileKind::Network,
        ProfileName::Sync => ProfileKind::Sync,
        ProfileName::Syscall => ProfileKind::Syscall,
        ProfileName::Sched => ProfileKind::Scheduler,
    }
}
