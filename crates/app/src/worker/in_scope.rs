//! What is computed once of a part of the trace's time, or of all of it.

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use tracepane_analysis::RangeSummary;
use tracepane_analysis::annotations::Annotations;
use tracepane_analysis::goroutines::GoroutineTimes;
use tracepane_analysis::profiles::Profile;
use tracepane_analysis::scope::{Scope, TimeRange};
use tracepane_analysis::tables::GroupRow;
use tracepane_model::Nanos;

use super::tables::Kept;
use super::{gc, scheduler};
use crate::protocol::{ProfileOf, TimeScope};

/// What is known of a part of time.
#[derive(Default)]
pub struct InScope {
    /// Which; all of the trace if `None`.
    pub scope: Option<TimeScope>,
    /// What was computed of its tables.
    pub kept: Kept,
    /// What is known of the GC.
    pub gc: gc::Known,
    /// What is known of the scheduler.
    pub scheduler: scheduler::Known,
    pub(super) times: OnceCell<GoroutineTimes>,
    pub(super) groups: OnceCell<Vec<GroupRow>>,
    pub(super) annotations: OnceCell<Annotations>,
    pub(super) summary: OnceCell<RangeSummary>,
    pub(super) profiles: RefCell<Vec<(ProfileOf, Rc<Profile>)>>,
}

impl InScope {
    /// Nothing is computed yet.
    pub fn new(scope: Option<TimeScope>) -> Self {
        let time = scope.map(range_of);
        Self {
            scope,
            gc: gc::Known::new(time),
            scheduler: scheduler::Known::new(time),
            ..Self::default()
        }
    }

    /// The part of time; all of it if `None`.
    pub fn time(&self) -> Option<TimeRange> {
        self.scope.map(range_of)
    }

    /// All goroutines in the part of time.
    pub fn all(&self) -> Scope {
        Scope {
            time: self.time(),
            ..Scope::ALL
        }
    }

    /// A table's caption with what the range has to do with it.
    pub fn caption(&self, caption: String, rule: &str) -> String {
        match self.scope {
            None => caption,
            Some(_) => format!("{caption} · {rule}"),
        }
    }
}

/// The analysis' name of it.
pub fn range_of(scope: TimeScope) -> TimeRange {
    let nanos = |time: u64| Nanos(i64::try_from(time).unwrap_or(i64::MAX));
    TimeRange {
        start: nanos(scope.start),
        end: nanos(scope.end),
    }
}
