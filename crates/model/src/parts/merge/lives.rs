//! Regions and the goroutines' rows: what began before goes on, what was created here inherits.

use tracepane_wire::{GoroutineIndex, TaskId};

use super::{Joint, Merger};
use crate::build::Builder;
use crate::build::goroutines::{NEVER_RAN, UNNAMED};
use crate::build::seam::{Fate, SeamLog};
use crate::build::user::NO_REGION;
use crate::goroutine::GoroutineRow;
use crate::parts::Unsound;
use crate::stack::StackRef;
use crate::task::RegionRow;

/// Where a part's regions are now, and what its goroutines inherited.
pub(super) struct Lives {
    regions: Vec<u32>,
    inherited: Vec<TaskId>,
}

impl Merger {
    /// Regions, in step with the ends and creations of goroutines between them.
    pub(super) fn join_lives(
        &mut self,
        part: &Builder,
        seam: &SeamLog,
        joint: &Joint,
    ) -> Result<Lives, Unsound> {
        let rows = &self.builder.rows;
        let goroutines = &joint.resolved.goroutines;
        let inherited = goroutines.iter().map(|&place| {
            let row = rows.get(place as usize);
            row.map_or(TaskId::NONE, |row| row.inherited_task)
        });
        let mut lives = Lives {
            regions: Vec::with_capacity(part.user.regions.len()),
            inherited: inherited.collect(),
        };
        let mut fates = seam.fates.iter().peekable();
        for (i, (row, outer)) in part
            .user
            .regions
            .iter()
            .zip(part.user.outer.iter())
            .enumerate()
        {
            while let Some(&(_, fate)) = fates.next_if(|&&(regions, _)| regions as usize <= i) {
                self.meet(fate, &mut lives, joint);
            }
            let place = self.join_region(row, outer, &lives, joint)?;
            lives.regions.push(place);
        }
        for &(_, fate) in fates {
            self.meet(fate, &mut lives, joint);
        }
        Ok(lives)
    }

    fn meet(&mut self, fate: Fate, lives: &mut Lives, joint: &Joint) {
        let Builder { states, user, .. } = &mut self.builder;
        match fate {
            Fate::Ends(goroutine, time) => {
                let goroutine = joint.goroutine(goroutine);
                if let Some(state) = states.get_mut(goroutine.0 as usize) {
                    user.close_regions(joint.clock.time(time), &mut state.open_region);
                }
            }
            Fate::Inherits(goroutine, creator) => {
                let open = states.get(joint.goroutine(creator).0 as usize);
                let open = open.map_or(NO_REGION, |state| state.open_region);
                let before = lives.inherited.get(creator.0 as usize).copied();
                let task = user.task_of_region(open).or(before).unwrap_or(TaskId::NONE);
                if let Some(inherited) = lives.inherited.get_mut(goroutine.0 as usize) {
                    *inherited = task;
                }
            }
            Fate::Gets(goroutine, task) => {
                if let Some(inherited) = lives.inherited.get_mut(goroutine.0 as usize) {
                    *inherited = task;
                }
            }
        }
    }

    /// Where a region is now, or [`NO_REGION`] if it was the end of one that began before.
    fn join_region(
        &mut self,
        row: RegionRow,
        outer: u32,
        lives: &Lives,
        joint: &Joint,
    ) -> Result<u32, Unsound> {
        let row = RegionRow {
            goroutine: joint.goroutine(row.goroutine),
            task: row.task,
            name: joint.names.string(row.name),
            start: row.start.map(|time| joint.clock.time(time)),
            end: row.end.map(|time| joint.clock.time(time)),
            depth: row.depth,
            end_seen: row.end_seen,
            begin_stack: joint.names.stack(row.begin_stack),
            end_stack: joint.names.stack(row.end_stack),
        };
        let Builder {
            states, user, rows, ..
        } = &mut self.builder;
        let g = row.goroutine.0 as usize;
        let (Some(state), Some(life)) = (states.get_mut(g), rows.get(g)) else {
            return Err(Unsound::new("a region is nobody's"));
        };
        if row.start.is_none() {
            if state.open_region != NO_REGION {
                let place = state.open_region as usize;
                let known = user.regions.get(place);
                if known.is_none_or(|known| (known.task, known.name) != (row.task, row.name)) {
                    return Err(Unsound::new("a region ends that is not the innermost one"));
                }
                let Some(time) = row.end else {
                    return Err(Unsound::new("a region ends at no time"));
                };
                user.close(time, &mut state.open_region);
                if let Some(known) = user.regions.get_mut(place) {
                    known.end_seen = true;
                    known.end_stack = row.end_stack;
                }
                return Ok(NO_REGION);
            }
            // A goroutine that was taken to wait for ever has no open regions here, but in the file it has.
            if life.ended.is_some()
                && state
                    .last
                    .is_some_and(|last| last != crate::span::SpanState::Dead)
            {
                return Err(Unsound::new(
                    "a goroutine that waited for ever ends a region",
                ));
            }
        }
        let outer = match outer {
            NO_REGION => state.open_region,
            outer => lives
                .regions
                .get(outer as usize)
                .copied()
                .unwrap_or(NO_REGION),
        };
        let depth = match row.start {
            Some(_) => user.depth_inside(outer),
            None => 0,
        };
        let outer = if row.start.is_some() {
            outer
        } else {
            NO_REGION
        };
        user.push_region(RegionRow { depth, ..row }, outer)
            .ok_or_else(|| Unsound::new("there are too many regions"))
    }

    /// The goroutines' rows and states.
    pub(super) fn join_goroutines(
        &mut self,
        part: &Builder,
        lives: &Lives,
        joint: &Joint,
    ) -> Result<(), Unsound> {
        let time = |time: Option<tracepane_wire::Nanos>| time.map(|time| joint.clock.time(time));
        for label in part.user.labels.iter() {
            let created = part.rows.get(label.goroutine.0 as usize);
            let g = joint.goroutine(label.goroutine).0 as usize;
            if created.is_some_and(|row| !row.creation_seen)
                && let Some(row) = self.builder.rows.get_mut(g)
            {
                row.label = joint.names.string(label.label);
            }
        }
        for (i, (row, state)) in part.rows.iter().zip(&part.states).enumerate() {
            if state.last.is_none() {
                continue;
            }
            let g = joint.goroutine(GoroutineIndex(i as u32)).0 as usize;
            let (Some(to), Some(known)) =
                (self.builder.rows.get_mut(g), self.builder.states.get_mut(g))
            else {
                return Err(Unsound::new("a goroutine is not there"));
            };
            let named = row.started_with != StackRef::NONE;
            if row.creation_seen {
                *to = GoroutineRow {
                    id: to.id,
                    name: joint.names.string(row.name),
                    group: to.group,
                    created: joint.clock.time(row.created),
                    creation_seen: true,
                    first_ran: time(row.first_ran),
                    ended: time(row.ended),
                    creator: joint.goroutine(row.creator),
                    created_at: joint.names.stack(row.created_at),
                    started_with: joint.names.stack(row.started_with),
                    label: joint.names.string(row.label),
                    inherited_task: lives.inherited.get(i).copied().unwrap_or(TaskId::NONE),
                    system: to.system,
                };
                known.open = state.open & (UNNAMED | NEVER_RAN);
            } else {
                if known.last.is_none() {
                    return Err(Unsound::new("a goroutine was not known before"));
                }
                if known.open & UNNAMED != 0 && named {
                    to.name = joint.names.string(row.name);
                    if to.started_with == StackRef::NONE {
                        to.started_with = joint.names.stack(row.started_with);
                    }
                    known.open &= state.open | !UNNAMED;
                }
                if known.open & NEVER_RAN != 0 && state.open & NEVER_RAN == 0 {
                    to.first_ran = time(row.first_ran);
                    known.open &= !NEVER_RAN;
                }
                if row.ended.is_some() {
                    to.ended = time(row.ended);
                }
            }
            known.spans += state.spans;
            if state.spans > 0 {
                known.last = state.last;
            }
            if state.open_region != NO_REGION {
                let open = lives.regions.get(state.open_region as usize).copied();
                known.open_region = open.unwrap_or(NO_REGION);
            }
        }
        Ok(())
    }
}
