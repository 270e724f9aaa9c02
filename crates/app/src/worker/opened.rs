//! The trace that is open, with what is computed of it once and asked for often.

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use tracepane_analysis::annotations::{Annotations, profile_of};
use tracepane_analysis::goroutines::{GoroutineTimes, goroutine_times};
use tracepane_analysis::profiles::{Completeness, Profile};
use tracepane_analysis::scope::Scope;
use tracepane_analysis::tables::{GroupRow, group_rows};
use tracepane_model::Trace;
use tracepane_timeline::class::Classes;
use tracepane_timeline::flows::Flows;
use tracepane_timeline::{Lanes, Levels, ThreadLevels};
use web_sys::File;

use super::events::Events;
use super::tables::Kept;
use super::{filters, gc, scheduler};
use crate::protocol::{LanesState, ProfileOf, Selection};

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
    /// The levels of its threads, once they were looked at.
    pub threads: Option<ThreadLevels>,
    /// What has to do with the selection, and with which.
    pub flows: (Option<Selection>, Flows),
    /// The classes of its spans.
    pub classes: Classes,
    /// What was computed of its tables.
    pub kept: Kept,
    /// What is known of the GC.
    pub gc: gc::Known,
    /// What is known of the scheduler.
    pub scheduler: scheduler::Known,
    /// Its events, in the file.
    pub events: Events,
    times: OnceCell<GoroutineTimes>,
    groups: OnceCell<Vec<GroupRow>>,
    annotations: OnceCell<Annotations>,
    profiles: RefCell<Vec<(ProfileOf, Rc<Profile>)>>,
}

impl OpenTrace {
    /// Prepares a trace for questions.
    pub fn new(name: String, trace: Trace, file: File) -> Self {
        let levels = Levels::build(&trace);
        Self {
            lanes: Lanes::new(&trace, &levels),
            levels,
            threads: None,
            flows: Default::default(),
            classes: Classes::new(&trace),
            name,
            trace,
            kept: Kept::default(),
            gc: gc::Known::default(),
            scheduler: scheduler::Known::default(),
            events: Events::new(file),
            times: OnceCell::new(),
            groups: OnceCell::new(),
            annotations: OnceCell::new(),
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

    /// Its regions and tasks.
    pub fn annotations(&self) -> &Annotations {
        self.annotations
            .get_or_init(|| Annotations::new(&self.trace))
    }

    /// A profile.
    ///
    /// # Errors
    /// A sentence, if there is nothing that it could be of.
    pub fn profile(&self, of: &ProfileOf) -> Result<Rc<Profile>, String> {
        let mut kept = self.profiles.borrow_mut();
        if let Some((_, found)) = kept.iter().find(|(known, _)| known == of) {
            return Ok(Rc::clone(found));
        }
        let scope = filters::profile_scope(&self.trace, &of.scope)?;
        let completeness = match of.complete {
            true => Completeness::Complete,
            false => Completeness::AsGoToolTrace,
        };
        let nothing = Annotations::default();
        let annotations = match scope.needs_annotations() {
            true => self.annotations(),
            false => &nothing,
        };
        let kind = filters::profile_kind(of.kind);
        let computed = profile_of(&self.trace, annotations, kind, &scope, None, completeness)
            .map_err(|error| error.to_string())?;
        let computed = Rc::new(computed);
        if kept.len() >= KEPT_PROFILES {
            kept.remove(0);
        }
        kept.push((of.clone(), Rc::clone(&computed)));
        Ok(computed)
    }

    /// How the lanes are.
    pub fn lanes_state(&self) -> LanesState {
        LanesState {
            height: self.lanes.total_height(),
            count: u32::try_from(self.lanes.count()).unwrap_or(u32::MAX),
            reveal: None,
            elsewhere: None,
        }
    }
}
