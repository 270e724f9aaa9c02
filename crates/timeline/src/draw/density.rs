//! How many goroutines of a group were in each class, column by column.
//!
//! Three ways, chosen by what is least work: add up the spans of each member; follow the span table row by row from
//! the last head count (a view of few rows; done once for all lanes); or take differences of running totals.

use tracepane_model::{GoroutineIndex, GroupIndex, Nanos, SpanIndex, Trace};

use crate::class::{CLASSES, Class};
use crate::levels::Levels;
use crate::levels::census::{ALL, NO_SLOT};
use crate::scale::Columns;

/// No more rows of the span table than this are followed one by one.
const MAX_ROWS: u32 = 1 << 17;

/// Groups with at most so many members, and so many changes in the view, are added up member by member.
const FEW_MEMBERS: usize = 64;
const FEW_CHANGES: usize = 8192;

/// Average numbers of goroutines by class, column by column.
#[derive(Clone, Default, Debug)]
pub struct Density {
    /// First what changes within a column, then the averages.
    columns: Vec<[f32; CLASSES]>,
    /// Changes that hold from a column on.
    steps: Vec<[f32; CLASSES]>,
    head: [f32; CLASSES],
    /// By column: bit `c` is set if any goroutine was in class `c`, however briefly.
    present: Vec<u16>,
}

impl Density {
    fn begin(&mut self, columns: usize) {
        self.columns.clear();
        self.columns.resize(columns, [0.0; CLASSES]);
        self.steps.clear();
        self.steps.resize(columns + 1, [0.0; CLASSES]);
        self.head = [0.0; CLASSES];
        self.present.clear();
        self.present.resize(columns, 0);
    }

    /// From `time` on there is one more (or, with −1, one less) of `class`.
    #[inline]
    fn change(&mut self, columns: &Columns, time: f64, class: Class, by: f32) {
        let column = columns.of(time);
        if column < 0 {
            self.head[class as usize] += by;
            return;
        }
        let column = column as usize;
        if column >= columns.count {
            return;
        }
        let rest = ((columns.time(column + 1) - time) / columns.nanos) as f32;
        if by > 0.0 {
            self.present[column] |= 1 << class as u16;
        }
        self.columns[column][class as usize] += by * rest;
        self.steps[column + 1][class as usize] += by;
    }

    /// Turns changes into averages.
    fn finish(&mut self) {
        let mut level = self.head;
        let columns = self.columns.iter_mut().zip(&mut self.present);
        for ((column, present), step) in columns.zip(&self.steps) {
            for c in 0..CLASSES {
                // Whole numbers, so exact.
                level[c] += step[c];
                *present |= u16::from(level[c] > 0.5) << c;
                // Rounding leaves crumbs.
                let any = *present >> c & 1 != 0;
                column[c] = if any {
                    (column[c] + level[c]).max(0.0)
                } else {
                    0.0
                };
            }
        }
    }

    /// The averages by column, and which classes are there at all: bit `c` for class `c`.
    pub fn columns(&self) -> impl Iterator<Item = (&[f32; CLASSES], u16)> {
        self.columns.iter().zip(self.present.iter().copied())
    }

    /// The averages, by column.
    pub fn averages(&self) -> &[[f32; CLASSES]] {
        &self.columns
    }

    fn heap_bytes(&self) -> usize {
        (self.columns.capacity() + self.steps.capacity()) * size_of::<[f32; CLASSES]>()
            + self.present.capacity() * 2
    }
}

/// The densities of a frame's lanes, and the memory that they need.
#[derive(Default, Debug)]
pub struct Densities {
    /// The lanes for which the span table was followed.
    followed: Vec<Density>,
    used: usize,
    /// By slot: its place in `followed`, or NO_SLOT.
    place_of: Vec<u32>,
    one: Density,
    /// By goroutine: in which frame its class was last seen, and the class.
    seen: Vec<(u32, Option<Class>)>,
    frame: u32,
}

impl Densities {
    /// Bytes held.
    pub fn heap_bytes(&self) -> usize {
        self.followed.iter().map(Density::heap_bytes).sum::<usize>()
            + self.one.heap_bytes()
            + self.seen.capacity() * size_of::<(u32, Option<Class>)>()
    }

    /// Prepares a frame that will ask for these groups, and, if `all`, for all goroutines together.
    pub fn prepare(
        &mut self,
        trace: &Trace,
        levels: &Levels,
        columns: &Columns,
        groups: impl Iterator<Item = GroupIndex>,
        all: bool,
    ) {
        self.used = 0;
        self.place_of.clear();
        self.place_of.resize(levels.census.slots.len(), NO_SLOT);
        let first = trace.spans.first_at(nanos(columns.start())).0;
        let end = trace.spans.first_at(nanos(columns.end())).0;
        if end - first > MAX_ROWS {
            return;
        }
        let slots = groups
            .map(|group| levels.census.slot_of(group))
            .filter(|&slot| slot != NO_SLOT)
            .chain(all.then_some(ALL));
        let (roll, heads) = levels.census.roll_before(first);
        for slot in slots {
            self.place_of[slot as usize] = self.used as u32;
            if self.used == self.followed.len() {
                self.followed.push(Density::default());
            }
            let density = &mut self.followed[self.used];
            density.begin(columns.count);
            if let Some(head) = heads.get(slot as usize) {
                density.head = head.map(|n| n as f32);
            }
            self.used += 1;
        }
        if self.used > 0 {
            self.follow(trace, levels, columns, roll, end);
        }
    }

    /// Follows the span table from row `from` to `to`.
    fn follow(&mut self, trace: &Trace, levels: &Levels, columns: &Columns, from: u32, to: u32) {
        self.frame = self.frame.wrapping_add(1);
        if self.seen.len() != trace.goroutines.len() || self.frame == 0 {
            self.seen.clear();
            self.seen.resize(trace.goroutines.len(), (0, None));
            self.frame = 1;
        }
        let frame = self.frame;
        let followed = &mut self.followed[..self.used];
        let place_of = |slot: u32| {
            let place = self.place_of.get(slot as usize).copied();
            place.filter(|&place| place != NO_SLOT)
        };
        let all = place_of(ALL);
        for row in (from..to).map(SpanIndex) {
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
            let old = if seen.0 == frame {
                seen.1
            } else {
                class_before(trace, levels, g, row)
            };
            *seen = (frame, class);
            if old == class {
                continue;
            }
            let time = trace.spans.start(row).0 as f64;
            for i in [own, all].into_iter().flatten() {
                let density = &mut followed[i as usize];
                if let Some(old) = old {
                    density.change(columns, time, old, -1.0);
                }
                if let Some(class) = class {
                    density.change(columns, time, class, 1.0);
                }
            }
        }
        for density in followed {
            density.finish();
        }
    }

    /// The density of all goroutines together; [`Self::prepare`] was told so.
    pub fn all(&mut self, levels: &Levels, columns: &Columns) -> &Density {
        self.slot(levels, columns, ALL)
    }

    /// The density of a group; [`Self::prepare`] was told so.
    pub fn group(
        &mut self,
        trace: &Trace,
        levels: &Levels,
        columns: &Columns,
        group: GroupIndex,
    ) -> &Density {
        let members = trace.goroutines.members(group);
        let slot = levels.census.slot_of(group);
        let few = match levels.census.slots.get(slot as usize) {
            None => true,
            Some(slot) => {
                members.len() <= FEW_MEMBERS
                    && slot.changes(columns.start(), columns.end()) <= FEW_CHANGES
            }
        };
        if !few {
            return self.slot(levels, columns, slot);
        }
        self.one.begin(columns.count);
        for &g in members {
            self.add_member(trace, levels, columns, g);
        }
        self.one.finish();
        &self.one
    }

    fn slot(&mut self, levels: &Levels, columns: &Columns, slot: u32) -> &Density {
        match self.place_of.get(slot as usize) {
            None | Some(&NO_SLOT) => {}
            Some(&place) => return &self.followed[place as usize],
        }
        let Self { one, .. } = self;
        one.begin(columns.count);
        if let Some(slot) = levels.census.slots.get(slot as usize) {
            let width = 1.0 / columns.nanos as f32;
            slot.between(
                (0..=columns.count).map(|column| columns.time(column)),
                |column, totals| {
                    one.columns[column] = totals.map(|t| t * width);
                    let any = totals.iter().rev().map(|&total| u16::from(total > 0.0));
                    one.present[column] = any.fold(0, |mask, bit| mask << 1 | bit);
                },
            );
        }
        one
    }

    /// Adds what one goroutine did. Its group has few spans, or few of them are in the view.
    fn add_member(
        &mut self,
        trace: &Trace,
        levels: &Levels,
        columns: &Columns,
        goroutine: GoroutineIndex,
    ) {
        let rows = trace.goroutines.spans(goroutine);
        let start_of = |i: usize| trace.spans.start(SpanIndex(rows[i])).0 as f64;
        let (from, to) = (columns.start(), columns.end());
        let first = match rows.len() {
            0..=4 => 0,
            _ => rows
                .partition_point(|&row| (trace.spans.start(SpanIndex(row)).0 as f64) <= from)
                .saturating_sub(1),
        };
        let mut old = None;
        for (i, &row) in rows.iter().enumerate().skip(first) {
            let time = start_of(i);
            if time >= to {
                break;
            }
            let class = shown(trace, levels, goroutine, SpanIndex(row));
            if let Some(old) = old {
                self.one.change(columns, time, old, -1.0);
            }
            if let Some(class) = class {
                self.one.change(columns, time, class, 1.0);
            }
            old = class;
        }
    }
}

/// How many goroutines (of a group, or all) are in each class at `time`, exactly; `None` if that would take too long.
pub fn head_count(
    trace: &Trace,
    levels: &Levels,
    group: Option<GroupIndex>,
    time: f64,
) -> Option<[u32; CLASSES]> {
    let mut counts = [0u32; CLASSES];
    let change = |counts: &mut [u32; CLASSES], class: Option<Class>, by: i32| {
        if let Some(class) = class {
            let count = &mut counts[class as usize];
            *count = count.saturating_add_signed(by);
        }
    };
    let slot = group.map_or(ALL, |group| levels.census.slot_of(group));
    if slot == NO_SLOT {
        // A group of few spans.
        let time = Nanos(time.max(0.0) as i64);
        for &g in group.map_or(&[][..], |group| trace.goroutines.members(group)) {
            if let Some(place) = trace.span_at(g, time) {
                let row = SpanIndex(trace.goroutines.spans(g)[place]);
                change(&mut counts, shown(trace, levels, g, row), 1);
            }
        }
        return Some(counts);
    }
    // From the last head count on, row by row.
    let end = trace.spans.first_at(Nanos(time.max(0.0) as i64 + 1)).0;
    let (roll, heads) = levels.census.roll_before(end);
    if end.saturating_sub(roll) > MAX_ROWS {
        return None;
    }
    if let Some(head) = heads.get(slot as usize) {
        counts = *head;
    }
    for row in (roll..end).map(SpanIndex) {
        let g = trace.spans.goroutine(row);
        let Some(known) = trace.goroutines.rows.get(g.0 as usize) else {
            continue;
        };
        if group.is_some_and(|group| group != known.group) {
            continue;
        }
        change(&mut counts, class_before(trace, levels, g, row), -1);
        change(&mut counts, shown(trace, levels, g, row), 1);
    }
    Some(counts)
}

fn nanos(time: f64) -> Nanos {
    // `as` saturates.
    Nanos(time.ceil().max(0.0) as i64)
}

/// The class in which a span is counted.
fn shown(
    trace: &Trace,
    levels: &Levels,
    goroutine: GoroutineIndex,
    row: SpanIndex,
) -> Option<Class> {
    match levels.classes.of(trace.spans.kind(row)) {
        Some(Class::Running) if levels.classes.is_worker(trace, goroutine) => Some(Class::GcWork),
        class => class,
    }
}

/// The class of a goroutine's span before `row`.
fn class_before(
    trace: &Trace,
    levels: &Levels,
    goroutine: GoroutineIndex,
    row: SpanIndex,
) -> Option<Class> {
    let before = trace.goroutines.place_of(goroutine, row)?.checked_sub(1)?;
    let row = SpanIndex(trace.goroutines.spans(goroutine)[before]);
    shown(trace, levels, goroutine, row)
}
