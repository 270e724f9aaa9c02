//! The lanes of the views of one goroutine and of one task: a list made once, with the regions as bars of their own.

use std::collections::HashMap;

use tracepane_model::{GoroutineIndex, TaskIndex, Trace};

use super::kind::{Below, Heading, LaneKind};
use crate::family::Family;
use crate::filter::Wanted;
use crate::levels::Levels;
use crate::unblockers::{Unblocker, unblockers};

/// The lanes of such a view; none in the other views.
#[derive(Clone, Default, Debug)]
pub struct Focus {
    /// All of them, with what is below their bars.
    all: Vec<(LaneKind, Below)>,
    /// What the filter leaves.
    pub list: Vec<(LaneKind, Below)>,
    /// Where each stands in `list`.
    place_of: HashMap<LaneKind, u32>,
    /// The goroutines of a goroutine's view.
    unblockers: Vec<Unblocker>,
    wakes: HashMap<GoroutineIndex, u32>,
    /// The task of a task's view, with those below it.
    pub family: Option<Family>,
}

impl Focus {
    /// A goroutine and those that unblocked it, by distance.
    pub fn goroutine(
        trace: &Trace,
        levels: &Levels,
        goroutine: GoroutineIndex,
        depth: u32,
    ) -> Self {
        let unblockers = unblockers(trace, goroutine, depth);
        let mut all = Vec::with_capacity(unblockers.len() + 8);
        for equal in unblockers.chunk_by(|a, b| a.distance == b.distance) {
            let heading = match equal[0].distance {
                0 => Heading::Focus,
                distance => Heading::Unblockers(distance),
            };
            push(&mut all, LaneKind::Heading(heading));
            for unblocker in equal {
                push_goroutine(&mut all, trace, levels, unblocker.goroutine);
            }
        }
        if unblockers.len() == 1 && depth > 0 {
            push(&mut all, LaneKind::Heading(Heading::Nobody));
        }
        let others = unblockers.iter().filter(|u| u.distance > 0);
        Self {
            all,
            wakes: others.map(|u| (u.goroutine, u.wakes)).collect(),
            unblockers,
            ..Self::default()
        }
    }

    /// A task and those below it, then the goroutines that worked for them.
    pub fn task(trace: &Trace, levels: &Levels, task: TaskIndex) -> Self {
        let family = Family::new(trace, task);
        let mut all = Vec::with_capacity(family.tasks.len() + family.goroutines.len() + 2);
        if !family.tasks.is_empty() {
            push(&mut all, LaneKind::Heading(Heading::Tasks));
        }
        for member in &family.tasks {
            push(&mut all, LaneKind::Task(member.task));
        }
        if !family.goroutines.is_empty() {
            push(&mut all, LaneKind::Heading(Heading::Workers));
        }
        for &goroutine in &family.goroutines {
            push_goroutine(&mut all, trace, levels, goroutine);
        }
        Self {
            all,
            family: Some(family),
            ..Self::default()
        }
    }

    /// Keeps only the goroutines and tasks that are wanted and not `apart`, and the headings.
    pub fn filter(&mut self, trace: &Trace, wanted: &Wanted, apart: &[LaneKind]) {
        self.list.clear();
        let keeps = |&&(kind, _): &&(LaneKind, Below)| match kind {
            kind if apart.contains(&kind) => false,
            LaneKind::Goroutine(g) => {
                let rest = wanted.group(trace, trace.goroutines.row(g).group);
                rest.is_empty() || wanted.goroutine(trace, g, rest)
            }
            LaneKind::Task(task) => {
                wanted.text(trace.strings.get(trace.tasks[task.0 as usize].name))
            }
            _ => true,
        };
        self.list.extend(self.all.iter().filter(keeps));
        let places = self.list.iter().enumerate();
        self.place_of = places
            .map(|(place, &(kind, _))| (kind, place as u32))
            .collect();
    }

    /// Where a lane stands in `list`.
    pub fn place(&self, kind: LaneKind) -> Option<u32> {
        self.place_of.get(&kind).copied()
    }

    /// How many goroutines the filter leaves.
    pub fn goroutines(&self) -> usize {
        let is = |(kind, _): &&(LaneKind, Below)| matches!(kind, LaneKind::Goroutine(_));
        self.list.iter().filter(is).count()
    }

    /// How many lanes there are below a heading before filtering.
    pub fn headed(&self, heading: Heading) -> usize {
        let at = |wanted: u32| {
            let first = self.unblockers.partition_point(|u| u.distance < wanted);
            self.unblockers.partition_point(|u| u.distance <= wanted) - first
        };
        let family = self.family.as_ref();
        match heading {
            Heading::Focus => at(0),
            Heading::Unblockers(distance) => at(distance),
            Heading::Nobody => 0,
            Heading::Tasks => family.map_or(0, |family| family.tasks.len()),
            Heading::Workers => family.map_or(0, |family| family.goroutines.len()),
        }
    }

    /// How often a goroutine unblocked those one nearer.
    pub fn wakes(&self, goroutine: GoroutineIndex) -> Option<u32> {
        self.wakes.get(&goroutine).copied()
    }
}

fn push(all: &mut Vec<(LaneKind, Below)>, kind: LaneKind) {
    all.push((kind, Below::NONE));
}

fn push_goroutine(
    all: &mut Vec<(LaneKind, Below)>,
    trace: &Trace,
    levels: &Levels,
    goroutine: GoroutineIndex,
) {
    let below = Below {
        regions: levels.region_rows(trace, goroutine),
        ..Below::NONE
    };
    all.push((LaneKind::Goroutine(goroutine), below));
}
