//! A part's tasks and ranges go to those before, or go on with them.

use hashbrown::HashSet;
use tracepane_wire::{GoroutineIndex, Nanos, ProcIndex, Scope};

use super::{Joint, Merger};
use crate::build::Builder;
use crate::build::ranges::{CARRIED_RANGE, Key, OF_GOROUTINE, OF_PROC, key};
use crate::parts::Unsound;
use crate::range::{RangeKind, RangeRow, RangeScope};
use crate::task::TaskRow;

impl Merger {
    pub(super) fn join_tasks(&mut self, part: &Builder, joint: &Joint) -> Result<(), Unsound> {
        let time = |time: Option<Nanos>| time.map(|time| joint.clock.time(time));
        // An id that is used again has several rows; only its first one can go on with one from before.
        let again = part.user.tasks.len() != part.user.task_rows.len();
        let mut seen = HashSet::new();
        let user = &mut self.builder.user;
        for row in &part.user.tasks {
            let row = TaskRow {
                id: row.id,
                parent: row.parent,
                name: joint.names.string(row.name),
                start: time(row.start),
                end: time(row.end),
                began_by: joint.goroutine(row.began_by),
                ended_by: joint.goroutine(row.ended_by),
                begin_stack: joint.names.stack(row.begin_stack),
                end_stack: joint.names.stack(row.end_stack),
            };
            let first = !again || seen.insert(row.id);
            let known = user.task_rows.get(&row.id.0).filter(|_| first);
            let Some(known) = known.and_then(|&known| user.tasks.get_mut(known as usize)) else {
                let place = user.add_task(row.id);
                let Some(new) = place.and_then(|place| user.tasks.get_mut(place)) else {
                    return Err(Unsound::new("there are too many tasks"));
                };
                *new = row;
                continue;
            };
            if row.start.is_some() {
                if known.start.is_some() || known.end.is_some() {
                    return Err(Unsound::new("a task's id is used again"));
                }
                *known = row;
            } else if row.end.is_some() {
                if known.end.is_some() {
                    return Err(Unsound::new("a task ends again"));
                }
                known.end = row.end;
                known.ended_by = row.ended_by;
                known.end_stack = row.end_stack;
            }
        }
        Ok(())
    }

    pub(super) fn join_ranges(&mut self, part: &Builder, joint: &Joint) -> Result<(), Unsound> {
        let (from, to) = (&part.ranges, &mut self.builder.ranges);
        let global = |(kind, of): Key| match kind & (OF_PROC | OF_GOROUTINE) {
            OF_PROC => (kind, joint.proc(ProcIndex(of)).0),
            OF_GOROUTINE => (kind, joint.goroutine(GoroutineIndex(of)).0),
            _ => (kind, of),
        };
        if from.unknown_ends > 0 || !from.found.is_empty() {
            return Err(Unsound::new("a range ends that never began"));
        }
        if to.rows.len() + from.rows.len() >= CARRIED_RANGE as usize {
            return Err(Unsound::new("there are too many ranges"));
        }
        if !from
            .carried
            .iter()
            .all(|&key| to.open.contains_key(&global(key)))
        {
            return Err(Unsound::new("a range goes on that never began"));
        }
        for end in &from.ends {
            let row = to.open.remove(&global(end.key));
            let Some(row) = row.and_then(|row| to.rows.get_mut(row as usize)) else {
                return Err(Unsound::new("a range ends that never began"));
            };
            row.end = joint.clock.time(end.time);
            row.end_seen = true;
            row.ended_by = joint.goroutine(end.by);
            row.swept = end.swept;
            row.reclaimed = end.reclaimed;
        }
        let base = to.rows.len() as u32;
        for row in from.rows.iter() {
            let scope = match row.scope {
                RangeScope::Global => Scope::Global,
                RangeScope::Proc(proc) => Scope::Proc(joint.proc(proc)),
                RangeScope::Goroutine(goroutine) => Scope::Goroutine(joint.goroutine(goroutine)),
            };
            if to.open.contains_key(&key(row.kind, scope)) {
                return Err(Unsound::new("a range begins that has not ended"));
            }
            let end = match row.end {
                Nanos(i64::MAX) => row.end,
                end => joint.clock.time(end),
            };
            to.rows.push(RangeRow {
                start: joint.clock.time(row.start),
                end,
                kind: match row.kind {
                    RangeKind::StopTheWorld(what) => {
                        RangeKind::StopTheWorld(joint.names.string(what))
                    }
                    kind => kind,
                },
                scope: match scope {
                    Scope::Global => RangeScope::Global,
                    Scope::Proc(proc) => RangeScope::Proc(proc),
                    Scope::Goroutine(goroutine) => RangeScope::Goroutine(goroutine),
                },
                stack: joint.names.stack(row.stack),
                began_by: joint.goroutine(row.began_by),
                ended_by: joint.goroutine(row.ended_by),
                ..row
            });
        }
        for (&key, &row) in &from.open {
            if row != CARRIED_RANGE {
                to.open.insert(global(key), base + row);
            }
        }
        Ok(())
    }
}
