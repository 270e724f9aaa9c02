//! The trace that is open, with what is computed of it once and asked for often.

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use tracepane_analysis::annotations::{Annotations, profile_of};
use tracepane_analysis::goroutines::{GoroutineTimes, goroutine_times};
use tracepane_analysis::profiles::{Completeness, Profile};
use tracepane_analysis::range_summary::{RangeSummary, range_summary};
use tracepane_analysis::scope::{Scope, TimeRange};
use tracepane_analysis::span_lengths::{Rank, SpanLengths};
use tracepane_analysis::tables::{GroupRow, group_rows};
use tracepane_model::{ReasonId, SpanState, Trace};
use tracepane_timeline::class::Classes;
use tracepane_timeline::flows::Flows;
use tracepane_timeline::{FunctionLevels, Lanes, Levels, ThreadLevels};

use super::events::Events;
use super::in_scope::InScope;
use super::trace_file::TraceFile;
use super::{filters, find};
use crate::protocol::{LanesState, ProfileOf, Selection, TimeScope};

/// How many profiles are kept: the four kinds, for two scopes.
const KEPT_PROFILES: usize = 8;

/// How many kinds of spans' lengths are kept.
const KEPT_LENGTHS: usize = 6;

/// How many parts of time are kept beside the one at hand and the whole trace.
const KEPT_SCOPES: usize = 2;

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
    /// Its procs by function, once they were coloured so.
    pub functions: Option<FunctionLevels>,
    /// What has to do with the selection, and with which.
    pub flows: (Option<Selection>, Flows),
    /// The classes of its spans.
    pub classes: Classes,
    /// What the last search found.
    pub found: Option<find::Known>,
    /// Its events, in the file.
    pub events: Events,
    /// What is known of the part of time that the question at hand is asked of.
    pub at: InScope,
    /// What is known of others, the last used at the end.
    others: Vec<InScope>,
    annotations: OnceCell<Annotations>,
    whole_times: OnceCell<GoroutineTimes>,
    /// Of the kinds of spans that were looked at last.
    lengths: RefCell<Vec<SpanLengths>>,
}

impl OpenTrace {
    /// Prepares a trace for questions.
    pub fn new(name: String, trace: Trace, levels: Levels, file: impl Into<TraceFile>) -> Self {
        Self {
            lanes: Lanes::new(&trace, &levels),
            levels,
            threads: None,
            functions: None,
            flows: Default::default(),
            classes: Classes::new(&trace),
            name,
            trace,
            found: None,
            events: Events::new(file.into()),
            at: InScope::default(),
            others: Vec::new(),
            annotations: OnceCell::new(),
            whole_times: OnceCell::new(),
            lengths: RefCell::default(),
        }
    }

    /// Where a span of this kind and length stands among all of its kind, and the median of those, ns.
    pub fn rank(&self, state: SpanState, reason: ReasonId, nanos: i64) -> (Rank, Option<u64>) {
        let mut kept = self.lengths.borrow_mut();
        let at = kept
            .iter()
            .position(|l| (l.state, l.reason) == (state, reason));
        let lengths = match at {
            Some(at) => kept.remove(at),
            None => SpanLengths::of(&self.trace, state, reason),
        };
        let found = (lengths.rank(nanos), lengths.median());
        if kept.len() == KEPT_LENGTHS {
            kept.remove(0);
        }
        kept.push(lengths);
        found
    }

    /// What comes is asked of this part of time.
    pub fn enter(&mut self, scope: Option<TimeScope>) {
        if self.at.scope == scope {
            return;
        }
        let known = self.others.iter().position(|other| other.scope == scope);
        let next = match known {
            Some(place) => self.others.remove(place),
            None => InScope::new(scope),
        };
        self.others.push(std::mem::replace(&mut self.at, next));
        let parts = self.others.iter().filter(|other| other.scope.is_some());
        if parts.count() > KEPT_SCOPES
            && let Some(oldest) = self.others.iter().position(|other| other.scope.is_some())
        {
            self.others.remove(oldest);
        }
    }

    /// The goroutines' times in the scope.
    pub fn times(&self) -> &GoroutineTimes {
        if self.at.scope.is_none() {
            return self.whole_times();
        }
        self.at
            .times
            .get_or_init(|| goroutine_times(&self.trace, &self.at.all(), Completeness::Complete))
    }

    /// The goroutines' times in the whole trace.
    pub fn whole_times(&self) -> &GoroutineTimes {
        self.whole_times
            .get_or_init(|| goroutine_times(&self.trace, &Scope::ALL, Completeness::Complete))
    }

    /// The groups that lived in the scope.
    pub fn groups(&self) -> &[GroupRow] {
        self.at
            .groups
            .get_or_init(|| group_rows(&self.trace, self.times()))
    }

    /// Regions and tasks of the whole trace.
    pub fn annotations(&self) -> &Annotations {
        self.annotations
            .get_or_init(|| Annotations::new(&self.trace))
    }

    /// Regions and tasks that touch the scope.
    pub fn annotations_here(&self) -> &Annotations {
        match self.at.time() {
            None => self.annotations(),
            Some(time) => self
                .at
                .annotations
                .get_or_init(|| Annotations::within(&self.trace, time)),
        }
    }

    /// What happened in the scope.
    pub fn range_summary(&self) -> &RangeSummary {
        let time = self.at.time().unwrap_or(TimeRange::ALL);
        self.at
            .summary
            .get_or_init(|| range_summary(&self.trace, time))
    }

    /// A profile of the scope.
    ///
    /// # Errors
    /// A sentence, if there is nothing that it could be of.
    pub fn profile(&self, of: &ProfileOf) -> Result<Rc<Profile>, String> {
        let mut kept = self.at.profiles.borrow_mut();
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
        let time = self.at.time();
        let computed = profile_of(&self.trace, annotations, kind, &scope, time, completeness)
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
            band: self.lanes.band_height(),
            layout: super::lane_layout::layout(self),
            count: u32::try_from(self.lanes.count()).unwrap_or(u32::MAX),
            reveal: None,
            elsewhere: None,
        }
    }
}
