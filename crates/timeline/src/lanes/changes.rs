//! What a user does to the lanes: pins, hides, opens, sorts and moves them; and all of that as names, for links.

use tracepane_model::{GoroutineIndex, Trace};

use super::Lanes;
use super::kind::LaneKind;
use super::names::{lane_of_name, name_of};
use super::order::{Move, Sort};
use crate::levels::Levels;

/// No more lanes than this are pinned.
pub const MAX_PINS: usize = 64;

/// No more lanes than this are hidden by hand.
pub const MAX_HIDDEN: usize = 256;

/// No more moves than this are kept; the oldest go first.
const MAX_MOVES: usize = 32;

/// No more of each are named in a link.
const MAX_NAMED: usize = 40;

/// How the lanes were changed by hand, by their names: see [`super::name_of`].
#[derive(Clone, PartialEq, Eq, Hash, Default, Debug)]
pub struct Layout {
    /// What is pinned, from the top.
    pub pins: Vec<String>,
    /// What is hidden.
    pub hidden: Vec<String>,
    /// What was moved, one after the other: which lane, and before which (behind all others if `None`).
    pub moves: Vec<(String, Option<String>)>,
    /// Goroutines whose regions and stacks are shown.
    pub opened: Vec<String>,
    /// What groups and goroutines are sorted by.
    pub sort: Sort,
    /// Whether all groups are folded, or none; `None`: as they start.
    pub folded: Option<bool>,
    /// Groups that are not as that says, and the procs or threads if they are not as they start.
    pub toggled: Vec<String>,
    /// The filter.
    pub filter: String,
}

impl Lanes {
    /// Whether a lane is pinned by itself.
    pub fn is_pinned(&self, lane: LaneKind) -> bool {
        self.pins.contains(&lane)
    }

    /// Pins a lane, or pins it no longer; with a group or the procs go those below them. What is pinned is no longer
    /// hidden. False if there is nothing to pin, or too much is pinned.
    pub fn pin(&mut self, trace: &Trace, lane: LaneKind, on: bool) -> bool {
        if matches!(lane, LaneKind::Heading(_)) || on && self.pins.len() >= MAX_PINS {
            return false;
        }
        self.pins.retain(|&pin| pin != lane);
        self.hidden.retain(|&hidden| hidden != lane);
        if on {
            self.pins.push(lane);
        }
        self.refilter(trace);
        true
    }

    /// Hides a lane; a group, the procs or the threads with those below them. It is no longer pinned. False if there
    /// is nothing to hide, or too much is hidden.
    pub fn hide(&mut self, trace: &Trace, lane: LaneKind) -> bool {
        if matches!(lane, LaneKind::Heading(_)) || self.hidden.len() >= MAX_HIDDEN {
            return false;
        }
        self.pins.retain(|&pin| pin != lane);
        if !self.hidden.contains(&lane) {
            self.hidden.push(lane);
        }
        self.refilter(trace);
        true
    }

    /// Shows what was hidden.
    pub fn show_hidden(&mut self, trace: &Trace) {
        self.hidden.clear();
        self.refilter(trace);
    }

    /// How many lanes were hidden by hand.
    pub fn hidden(&self) -> usize {
        self.hidden.len()
    }

    /// Whether a goroutine's regions and stacks are shown.
    pub fn is_open(&self, goroutine: GoroutineIndex) -> bool {
        self.opened.flames(goroutine).is_some()
    }

    /// Shows a goroutine's regions and stacks below its bars, or no longer.
    pub fn open(&mut self, trace: &Trace, levels: &Levels, goroutine: GoroutineIndex, on: bool) {
        self.opened.set(trace, levels, goroutine, on);
        self.lay_out();
    }

    /// Sorts groups and goroutines. What was moved by hand stays so.
    pub fn sort(&mut self, trace: &Trace, sort: Sort) {
        if self.sort != sort {
            self.sort = sort;
            // Where they were put was a place in another order.
            let sorted = |lane| matches!(lane, LaneKind::Group(_) | LaneKind::Goroutine(_));
            self.moves.retain(|step| !sorted(step.lane));
            self.rearrange(trace);
        }
    }

    /// What groups and goroutines are sorted by.
    pub fn sorted_by(&self) -> Sort {
        self.sort
    }

    /// Puts a lane before another one of its kind, or behind all of them. Pinned lanes change their order in the band.
    pub fn move_lane(&mut self, trace: &Trace, lane: LaneKind, before: Option<LaneKind>) {
        if before == Some(lane) {
            return;
        }
        if let Some(from) = self.pins.iter().position(|&pin| pin == lane) {
            self.pins.remove(from);
            let to = before.and_then(|before| self.pins.iter().position(|&pin| pin == before));
            self.pins.insert(to.unwrap_or(self.pins.len()), lane);
            self.lay_out();
            return;
        }
        if self.moves.last().is_some_and(|last| last.lane == lane) {
            self.moves.pop();
        }
        if self.moves.len() == MAX_MOVES {
            self.moves.remove(0);
        }
        self.moves.push(Move { lane, before });
        self.rearrange(trace);
    }

    /// How the lanes were changed by hand. Of very many changes a link holds the first.
    pub fn layout(&self, trace: &Trace) -> Layout {
        let names = |lanes: &[LaneKind]| -> Vec<String> {
            let names = lanes.iter().filter_map(|&lane| name_of(trace, lane));
            names.take(MAX_NAMED).collect()
        };
        let folds = self.groups.folds();
        let groups = folds.toggled.iter().map(|&group| LaneKind::Group(group));
        let mut toggled: Vec<_> = groups.collect();
        if self.procs_folded != self.procs_start_folded() {
            toggled.insert(0, LaneKind::ProcsHeader);
        }
        if self.threads_folded {
            toggled.insert(0, LaneKind::ThreadsHeader);
        }
        let opened: Vec<_> = self.opened.goroutines().map(LaneKind::Goroutine).collect();
        let moves = self.moves.iter().filter_map(|step| {
            let before = match step.before {
                Some(before) => Some(name_of(trace, before)?),
                None => None,
            };
            Some((name_of(trace, step.lane)?, before))
        });
        Layout {
            pins: names(&self.pins),
            hidden: names(&self.hidden),
            moves: moves.collect(),
            opened: names(&opened),
            sort: self.sort,
            folded: folds.all,
            toggled: names(&toggled),
            filter: self.filter.clone(),
        }
    }

    /// Changes the lanes to what a link says; names that the trace does not have are left out.
    pub fn set_layout(&mut self, trace: &Trace, levels: &Levels, layout: &Layout) {
        let lane = |name: &String| lane_of_name(trace, name);
        let distinct = |names: &[String], most: usize| {
            let mut lanes: Vec<LaneKind> = Vec::new();
            for found in names.iter().filter_map(lane).take(most) {
                if !lanes.contains(&found) {
                    lanes.push(found);
                }
            }
            lanes
        };
        self.pins = distinct(&layout.pins, MAX_PINS);
        self.hidden = distinct(&layout.hidden, MAX_HIDDEN);
        self.hidden.retain(|hidden| !self.pins.contains(hidden));
        let moves = layout.moves.iter().filter_map(|(name, before)| {
            let before = match before {
                Some(before) => Some(lane(before)?),
                None => None,
            };
            let lane = lane(name)?;
            Some(Move { lane, before })
        });
        let moves = moves.take(MAX_MOVES).collect();
        let wanted: Vec<_> = (distinct(&layout.opened, super::MAX_OPENED).into_iter())
            .filter_map(|lane| match lane {
                LaneKind::Goroutine(g) => Some(g),
                _ => None,
            })
            .collect();
        let closed: Vec<_> = (self.opened.goroutines())
            .filter(|g| !wanted.contains(g))
            .collect();
        for g in closed {
            self.opened.set(trace, levels, g, false);
        }
        for g in wanted {
            self.opened.set(trace, levels, g, true);
        }
        self.groups.folds_mut().set_all(layout.folded);
        self.procs_folded = self.procs_start_folded();
        self.threads_folded = false;
        for toggled in distinct(&layout.toggled, usize::MAX) {
            match toggled {
                LaneKind::Group(group) => {
                    let folds = self.groups.folds_mut();
                    let folded = folds.is_folded(group);
                    folds.fold(group, !folded);
                }
                LaneKind::ProcsHeader => self.procs_folded = !self.procs_folded,
                LaneKind::ThreadsHeader => self.threads_folded = true,
                _ => {}
            }
        }
        layout.filter.trim().clone_into(&mut self.filter);
        // Sorting costs a pass over all spans.
        if self.sort != layout.sort || self.moves != moves {
            self.sort = layout.sort;
            self.moves = moves;
            self.rearrange(trace);
        } else {
            self.refilter(trace);
        }
    }

    fn procs_start_folded(&self) -> bool {
        self.all_procs.len() > super::UNFOLDED_PROCS
    }
}
