//! Counting goroutines by following the span table, a part of the way at a time.

use std::ops::Range;

use tracepane_model::{SpanIndex, Trace};

use super::{Changes, class_before, rows_of, shown};
use crate::class::Class;
use crate::draw::budget::Share;
use crate::levels::Levels;
use crate::levels::census::{ALL, NO_SLOT};
use crate::scale::Columns;

/// So many rows are followed before anybody looks at the time.
const ROWS_AT_ONCE: u32 = 1 << 12;

/// A walk along the span table.
#[derive(Default, Debug)]
pub struct Walk {
    pub columns: Option<Columns>,
    /// The slots that are counted, and what changes in each.
    slots: Vec<u32>,
    pub counted: Vec<Changes>,
    /// By slot: its place in `slots`, or NO_SLOT.
    place_of: Vec<u32>,
    /// The next row, and the one after the last.
    next: u32,
    end: u32,
    /// By goroutine: in which walk its class was last seen, and the class.
    seen: Vec<(u32, Option<Class>)>,
    number: u32,
}

impl Walk {
    /// Whether it leads to this.
    pub fn leads_to(&self, columns: &Columns, slots: &[u32]) -> bool {
        self.columns.as_ref() == Some(columns) && self.slots == slots
    }

    pub fn begin(&mut self, trace: &Trace, levels: &Levels, columns: &Columns, slots: &[u32]) {
        self.columns = Some(*columns);
        self.slots.clear();
        self.slots.extend_from_slice(slots);
        self.place_of.clear();
        self.place_of.resize(levels.census.slots.len(), NO_SLOT);
        self.counted
            .resize_with(self.counted.len().max(slots.len()), Changes::default);
        let (first, end) = rows_of(trace, columns);
        let (roll, heads) = levels.census.roll_before(first);
        for (place, &slot) in slots.iter().enumerate() {
            if let Some(own) = self.place_of.get_mut(slot as usize) {
                *own = place as u32;
            }
            let changes = &mut self.counted[place];
            changes.begin(columns.count);
            if let Some(head) = heads.get(slot as usize) {
                changes.head = head.map(|n| n as f32);
            }
        }
        (self.next, self.end) = (roll, end);
        self.number = self.number.wrapping_add(1);
        if self.seen.len() != trace.goroutines.len() || self.number == 0 {
            self.seen.clear();
            self.seen.resize(trace.goroutines.len(), (0, None));
            self.number = 1;
        }
    }

    /// Goes on for as long as `share` allows; whether it has come to its end.
    pub fn go_on(&mut self, trace: &Trace, levels: &Levels, share: &Share) -> bool {
        let mut done = 0;
        while self.next < self.end {
            if done > 0 && !share.allows(done) {
                return false;
            }
            let to = self.end.min(self.next + ROWS_AT_ONCE);
            self.follow(trace, levels, self.next..to);
            self.next = to;
            done += ROWS_AT_ONCE as usize;
        }
        for changes in &mut self.counted[..self.slots.len()] {
            changes.finish();
        }
        self.columns = None;
        true
    }

    fn follow(&mut self, trace: &Trace, levels: &Levels, rows: Range<u32>) {
        let Some(columns) = self.columns else { return };
        let (number, counted) = (self.number, &mut self.counted);
        let place_of = |slot: u32| {
            let place = self.place_of.get(slot as usize).copied();
            place.filter(|&place| place != NO_SLOT)
        };
        let all = place_of(ALL);
        for row in rows.map(SpanIndex) {
            let g = trace.spans.goroutine(row);
            let Some(seen) = self.seen.get_mut(g.0 as usize) else {
                continue;
            };
            let group = trace.goroutines.row(g).group;
            let slot = levels.census.slot_of(group);
            let own = place_of(slot);
            if own.is_none() && all.is_none() {
                continue;
            }
            let class = shown(trace, levels, g, row);
            let old = if seen.0 == number {
                seen.1
            } else {
                class_before(trace, levels, g, row)
            };
            *seen = (number, class);
            if old == class {
                continue;
            }
            let time = trace.spans.start(row).0 as f64;
            for i in [own, all].into_iter().flatten() {
                let changes = &mut counted[i as usize];
                if let Some(old) = old {
                    changes.change(&columns, time, old, -1.0);
                }
                if let Some(class) = class {
                    changes.change(&columns, time, class, 1.0);
                }
            }
        }
    }

    pub fn heap_bytes(&self) -> usize {
        self.counted.iter().map(Changes::heap_bytes).sum::<usize>()
            + self.seen.capacity() * size_of::<(u32, Option<Class>)>()
    }
}
