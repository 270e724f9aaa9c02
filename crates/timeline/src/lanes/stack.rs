//! Lanes one below the other, in runs of one kind and one height: a hundred thousand cost an index each.

use super::kind::{BAR, Below, LaneKind};

/// Lanes of one height, one below the other.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    pub top: f64,
    pub height: f64,
    pub count: u32,
    pub what: What,
    pub below: Below,
}

/// Which lanes are in a run.
#[derive(Clone, Copy, Debug)]
pub enum What {
    One(LaneKind),
    /// Procs: `procs[first..]` of those that are shown.
    Procs,
    /// Threads that are shown.
    Threads,
    /// Goroutines of a group: `groups.members[first..]`.
    Members {
        first: u32,
    },
    /// Lanes of the view of a goroutine or a task: `focus.list[first..]`.
    Listed {
        first: u32,
    },
}

/// Runs, from the top.
#[derive(Clone, Default, Debug)]
pub struct Stack {
    pub runs: Vec<Run>,
    pub height: f64,
}

impl Stack {
    pub fn clear(&mut self) {
        self.runs.clear();
        self.height = 0.0;
    }

    /// Adds lanes that have nothing below their bars.
    pub fn push(&mut self, what: What, height: f64, count: u32) {
        self.push_run(what, height, count, Below::NONE);
    }

    /// Adds goroutines' lanes.
    pub fn push_goroutines(&mut self, what: What, count: u32, below: Below) {
        self.push_run(what, BAR + below.height(), count, below);
    }

    pub fn push_run(&mut self, what: What, height: f64, count: u32, below: Below) {
        if count == 0 {
            return;
        }
        self.runs.push(Run {
            top: self.height,
            height,
            count,
            what,
            below,
        });
        self.height += height * f64::from(count);
    }

    /// How many lanes there are.
    pub fn count(&self) -> u64 {
        self.runs.iter().map(|run| u64::from(run.count)).sum()
    }

    /// The runs and the places in them that touch `from..=to`, CSS pixels from the top.
    pub fn visible(&self, from: f64, to: f64) -> impl Iterator<Item = (&Run, u32)> {
        let first = self.runs.partition_point(|run| run.top <= from);
        let first = first.saturating_sub(1);
        self.runs[first.min(self.runs.len())..]
            .iter()
            .take_while(move |run| run.top <= to)
            .flat_map(move |run| {
                let row = |y: f64| ((y - run.top) / run.height).max(0.0) as u32;
                let last = row(to).saturating_add(1).min(run.count);
                (row(from).min(last)..last).map(move |i| (run, i))
            })
    }

    /// The run of a single lane.
    pub fn one(&self, kind: LaneKind, runs: usize) -> Option<&Run> {
        let mut runs = self.runs.iter().take(runs);
        runs.find(|run| matches!(run.what, What::One(k) if k == kind))
    }
}
