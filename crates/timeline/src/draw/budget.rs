//! How much may be summed up for a frame, where what is kept of those before can be shown instead.

use crate::lanes::LaneKind;

/// How much may be summed up for a frame.
#[derive(Clone, Copy, Default, Debug)]
pub enum Budget {
    /// All that there is.
    #[default]
    All,
    /// So many columns of lanes.
    Columns(usize),
    /// As much as can be done until then, by what the last columns cost.
    Until {
        /// The painter's clock, ms.
        now: fn() -> f64,
        /// When it ends, by that clock.
        at: f64,
    },
}

/// What a column is taken to cost before any was measured, and at most, ms.
const FIRST_PACE: f64 = 0.001;
const WORST_PACE: f64 = 0.01;

/// So few columns are summed up in any frame; and they say nothing about what one costs, as clocks of browsers tell
/// tenths of milliseconds.
const FEW: usize = 300;

/// A frame's budget while it is spent. Whoever does not get enough shows what was kept, and is the first in the next
/// frame; somebody always gets enough.
#[derive(Debug)]
pub struct Spending {
    budget: Budget,
    /// Of [`Budget::Columns`].
    left: usize,
    /// What a column costs, ms.
    pace: f64,
    /// How many columns were summed up.
    done: usize,
    /// The lane that is the first to get something, until it comes.
    awaited: Option<LaneKind>,
    /// The first lane that got nothing.
    left_out: Option<LaneKind>,
    /// Whether it was too little for all.
    pub unfinished: bool,
}

impl Default for Spending {
    fn default() -> Self {
        Self {
            budget: Budget::All,
            left: 0,
            pace: FIRST_PACE,
            done: 0,
            awaited: None,
            left_out: None,
            unfinished: false,
        }
    }
}

impl Spending {
    /// A frame with this budget begins.
    pub fn begin(&mut self, budget: Budget) {
        self.budget = budget;
        self.left = match budget {
            Budget::Columns(columns) => columns,
            _ => 0,
        };
        self.done = 0;
        self.awaited = self.left_out.take();
        self.unfinished = false;
    }

    /// Whether a lane's columns may be summed up, of which `missing` of `count` are to be; else it is shown by what is
    /// kept.
    pub fn grants(&mut self, lane: LaneKind, missing: usize, count: usize) -> bool {
        if self.awaited == Some(lane) {
            self.awaited = None;
        }
        if missing == 0 {
            return true;
        }
        // A few columns at the edge are no reason to wait for one's turn.
        let waits = self.awaited.is_some() && missing > count / 8;
        if !waits && (self.affords(missing) || self.done < FEW) {
            return true;
        }
        self.unfinished = true;
        if self.awaited.is_none() {
            self.left_out.get_or_insert(lane);
        }
        false
    }

    fn affords(&self, columns: usize) -> bool {
        match self.budget {
            Budget::All => true,
            Budget::Columns(_) => self.left >= columns,
            Budget::Until { now, at } => now() + self.pace * columns as f64 <= at,
        }
    }

    /// Half of what is left, for what is no lane.
    pub fn share(&self) -> Share {
        match self.budget {
            Budget::All => Share::All,
            Budget::Columns(_) => Share::Steps(self.left),
            Budget::Until { now, at } => Share::Until(now, (now() + at) / 2.0),
        }
    }

    /// Does what was granted, and counts what it costs.
    pub fn spend(&mut self, columns: usize, work: impl FnOnce()) {
        if columns == 0 {
            return work();
        }
        self.left = self.left.saturating_sub(columns);
        self.done += columns;
        match self.budget {
            Budget::Until { now, .. } if columns >= FEW => {
                let began = now();
                work();
                let pace = ((now() - began) / columns as f64).clamp(0.0, WORST_PACE);
                self.pace = (self.pace + pace) / 2.0;
            }
            _ => work(),
        }
    }
}

/// What a piece of work outside of lanes may have of a frame's budget.
#[derive(Clone, Copy, Debug)]
pub enum Share {
    /// All that it wants.
    All,
    /// So many steps.
    Steps(usize),
    /// As many as can be done until then, ms by the painter's clock.
    Until(fn() -> f64, f64),
}

impl Share {
    /// Whether more may be done after so many steps.
    pub fn allows(&self, steps: usize) -> bool {
        match *self {
            Self::All => true,
            Self::Steps(most) => steps < most,
            Self::Until(now, at) => now() < at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turn(spending: &mut Spending, budget: usize, lanes: &[LaneKind]) -> Vec<LaneKind> {
        spending.begin(Budget::Columns(budget));
        let mut served = Vec::new();
        for &lane in lanes {
            if spending.grants(lane, 1000, 1000) {
                spending.spend(1000, || served.push(lane));
            }
        }
        served
    }

    #[test]
    fn each_lane_gets_its_turn_however_small_the_budget() {
        let lanes = [
            LaneKind::Gc,
            LaneKind::Heap,
            LaneKind::Arrivals,
            LaneKind::ProcsHeader,
        ];
        let mut spending = Spending::default();
        for lane in lanes {
            assert_eq!(turn(&mut spending, 0, &lanes), [lane]);
            assert!(spending.unfinished);
        }
        assert_eq!(turn(&mut spending, 2500, &lanes), lanes[..2]);
        assert_eq!(turn(&mut spending, 9000, &lanes), lanes[2..]);
    }

    #[test]
    fn a_few_columns_need_no_turn() {
        let mut spending = Spending::default();
        spending.begin(Budget::Columns(1500));
        assert!(spending.grants(LaneKind::Gc, 1000, 1000));
        spending.spend(1000, || {});
        assert!(!spending.grants(LaneKind::Heap, 1000, 1000));
        spending.begin(Budget::Columns(1500));
        assert!(spending.grants(LaneKind::Gc, 10, 1000));
        assert!(!spending.grants(LaneKind::Arrivals, 1000, 1000));
        assert!(spending.grants(LaneKind::Heap, 1000, 1000));
    }
}
