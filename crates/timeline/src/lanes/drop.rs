//! Where a lane goes that is dragged up or down: among those of its kind.

use tracepane_model::Trace;

use super::Lanes;
use super::kind::{Lane, LaneKind};

/// A place between two lanes.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Drop {
    /// CSS pixels from the top of the first lane, or of the first pinned one.
    pub y: f64,
    /// Whether it is among the pinned ones.
    pub pinned: bool,
    /// The lane that comes after it; `None` behind the last one.
    pub before: Option<LaneKind>,
}

impl Lanes {
    /// What is moved if a lane is dragged: a goroutine that stands alone is its group. `None` if it cannot be moved.
    pub fn movable(&self, trace: &Trace, lane: LaneKind) -> Option<LaneKind> {
        if self.pins.contains(&lane) {
            return Some(lane);
        }
        match lane {
            LaneKind::Heading(_) | LaneKind::Task(_) => None,
            LaneKind::ProcsHeader | LaneKind::ThreadsHeader => None,
            LaneKind::Goroutine(_) | LaneKind::Group(_) if !self.by_group() => None,
            LaneKind::Goroutine(g) if self.stands_alone(trace, g) => {
                let row = trace.goroutines.rows.get(g.0 as usize)?;
                Some(LaneKind::Group(row.group))
            }
            lane => Some(lane),
        }
    }

    /// Where a lane that is dragged would go at `y`, CSS pixels below the top of the first lane, or, if the lane is
    /// pinned, of the first pinned one. `None` if it cannot be moved.
    pub fn drop_at(&self, trace: &Trace, lane: LaneKind, y: f64) -> Option<Drop> {
        let lane = self.movable(trace, lane)?;
        if self.pins.contains(&lane) {
            return self.drop_among(&self.pins, true, y);
        }
        match lane {
            LaneKind::Proc(_) => {
                let procs: Vec<_> = self.procs.iter().map(|&p| LaneKind::Proc(p)).collect();
                self.drop_among(&procs, self.place(lane)?.pinned, y)
            }
            LaneKind::Thread(_) => {
                let threads: Vec<_> = self.threads.iter().map(|&t| LaneKind::Thread(t)).collect();
                self.drop_among(&threads, self.place(lane)?.pinned, y)
            }
            LaneKind::Group(_) => self.drop_group(y),
            LaneKind::Goroutine(_) => self.drop_member(lane, y),
            _ => self.drop_among(&self.shown_tracks, false, y),
        }
    }

    /// Among few, each of which has a place of its own or, if this arrangement does not show it, none.
    fn drop_among(&self, lanes: &[LaneKind], pinned: bool, y: f64) -> Option<Drop> {
        let mut last = None;
        for &kind in lanes {
            let Some(first) = self.place(kind) else {
                continue;
            };
            let end = self.end_of(kind, first);
            if y < (first.top + end) / 2.0 {
                return Some(Drop {
                    y: first.top,
                    pinned,
                    before: Some(kind),
                });
            }
            last = Some(end);
        }
        last.map(|y| Drop {
            y,
            pinned,
            before: None,
        })
    }

    /// Where what a lane heads ends.
    fn end_of(&self, kind: LaneKind, lane: Lane) -> f64 {
        let runs = match kind {
            LaneKind::Group(group) => {
                let section = self.groups.section_of(group);
                let section = section.and_then(|at| self.groups.sections.get(at));
                section.map(|section| (section.pinned, section.runs.end))
            }
            LaneKind::ProcsHeader if !self.procs_folded => self.run_after(lane),
            LaneKind::ThreadsHeader if !self.threads_folded => self.run_after(lane),
            _ => None,
        };
        let end = runs.and_then(|(pinned, end)| {
            let stack = if pinned { &self.band } else { &self.list };
            let run = stack.runs.get(end.checked_sub(1)?)?;
            Some(run.top + run.height * f64::from(run.count))
        });
        end.unwrap_or(lane.top + lane.height)
    }

    /// The end of the runs of which a header is the first of two.
    fn run_after(&self, lane: Lane) -> Option<(bool, usize)> {
        let stack = if lane.pinned { &self.band } else { &self.list };
        let at = stack.runs.partition_point(|run| run.top <= lane.top);
        Some((lane.pinned, (at + 1).min(stack.runs.len())))
    }

    fn drop_group(&self, y: f64) -> Option<Drop> {
        let sections = &self.groups.sections;
        let first = sections.iter().position(|section| !section.pinned)?;
        let times = |at: usize| {
            let runs = self.list.runs.get(sections[at].runs.clone())?;
            let (first, last) = (runs.first()?, runs.last()?);
            Some((first.top, last.top + last.height * f64::from(last.count)))
        };
        // Sections stand one below the other.
        let (mut low, mut high) = (first, sections.len());
        while low < high {
            let middle = low + (high - low) / 2;
            let (top, bottom) = times(middle)?;
            if (top + bottom) / 2.0 <= y {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        let before = sections
            .get(low)
            .map(|section| LaneKind::Group(section.group));
        let y = match before {
            Some(_) => times(low)?.0,
            None => times(low.checked_sub(1)?)?.1,
        };
        Some(Drop {
            y,
            pinned: false,
            before,
        })
    }

    fn drop_member(&self, lane: LaneKind, y: f64) -> Option<Drop> {
        let LaneKind::Goroutine(g) = lane else {
            return None;
        };
        let section = self.groups.section_at(self.groups.place_of(g)?)?;
        let at = |place: u32| {
            let g = self.groups.members.get(place as usize)?;
            self.place(LaneKind::Goroutine(*g))
        };
        let (mut low, mut high) = (section.first, section.first + section.count);
        while low < high {
            let middle = low + (high - low) / 2;
            let lane = at(middle)?;
            if lane.top + lane.height / 2.0 <= y {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        let next = (low < section.first + section.count).then_some(low);
        let (y, before) = match next {
            Some(next) => {
                let lane = at(next)?;
                (lane.top, Some(lane.kind))
            }
            None => {
                let lane = at(low.checked_sub(1)?)?;
                (lane.top + lane.height, None)
            }
        };
        Some(Drop {
            y,
            pinned: section.pinned,
            before,
        })
    }
}
